"""One labelled progress bar for a long call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def progress_bar(label: str, total: int, show: bool) -> Iterator[Callable[[int], Any]]:
    """A function that advances the bar, or does nothing when no bar is wanted.

    Examples
    --------
    >>> with progress_bar("points", 10, show=False) as advance:
    ...     advance(5)
    """
    if not show:
        yield lambda steps: None
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, desc=label, unit_scale=True) as bar:
        yield bar.update
