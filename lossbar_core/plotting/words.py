"""A barcode in words: sentences for alternative texts, computed from the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossbar_core.plotting.reading import Bars, read_bars

OPENINGS = {
    "barcode": "Barcode",
    "diagram": "Persistence diagram",
    "correspondence": "Colour map of a function of two variables, each minimum joined to its 1-saddle",
    "surface": "Surface of a function of two variables with its minima and 1-saddles marked",
    "merge tree": "Merge tree",
    "line": "Graph of a function of one variable, with an arrow wherever one component swallows another",
}


def number(value: float) -> str:
    """Format a value for people: four significant digits, a true minus sign, no negative zero."""
    text = f"{value:.4g}"
    return "0" if text in ("-0", "0") else text.replace("-", "\N{MINUS SIGN}")


def describe(barcode: Any) -> str:
    """Say in one sentence what a barcode holds: number of bars, ranges, longest finite bar.

    Parameters
    ----------
    barcode : Barcode or (b, 2) array
        Bars in the units of the function's values.

    Returns
    -------
    str
        A sentence that ends with a full stop.

    Raises
    ------
    TypeError, ValueError
        When it is no barcode or has no bar.

    Examples
    --------
    >>> from lossbar_core.plotting import describe
    >>> print(describe([[0.0, float("inf")], [1.0, 4.0]]))
    2 bars, one of which never ends; births from 0 to 1, finite end 4; the longest finite bar goes from 1
    to 4.
    """
    bars = read_bars(barcode)
    parts = [_count(bars), _ranges(bars)]
    finite = bars[~bars.essential]
    if len(finite):
        longest = int(np.argmax(finite.persistence))
        ends = f"from {number(finite.birth[longest])} to {number(finite.death[longest])}"
        parts.append(f"the longest finite bar goes {ends}")
    return "; ".join(parts) + "."


def alt_text(barcode: Any, kind: str = "barcode", name: str | None = None) -> str:
    """Write the alternative text of a plot of a barcode.

    Parameters
    ----------
    barcode : Barcode or (b, 2) array
        What the plot shows.
    kind : {"barcode", "diagram", "correspondence", "surface", "merge tree", "line"}
        Which plot it is.
    name : str, optional
        The function's name.

    Returns
    -------
    str
        Two sentences: what kind of picture it is, and `describe` of its bars.

    Raises
    ------
    ValueError
        When the kind is unknown.

    Examples
    --------
    >>> from lossbar_core.plotting import alt_text
    >>> print(alt_text([[0.0, float("inf")]], kind="diagram", name="Wavy"))
    Persistence diagram (Wavy). 1 bar, which never ends; birth 0.
    """
    if kind not in OPENINGS:
        raise ValueError(f"kind must be one of {', '.join(sorted(OPENINGS))}, got {kind!r}.")
    return f"{OPENINGS[kind]}{f' ({name})' if name else ''}. {describe(barcode)}"


def bar_label(bars: Bars, index: int) -> str:
    """Return the three facts about one bar that a hover text needs, as HTML lines."""
    essential = bool(bars.essential[index])
    lines = [
        f"birth {number(bars.birth[index])}",
        f"death {'never' if essential else number(bars.death[index])}",
        f"persistence {'infinite' if essential else number(bars.persistence[index])}",
    ]
    if bars.size[index] >= 0:
        lines.append(f"size {bars.size[index]:,} points".replace(",", "\N{THIN SPACE}"))
    return "<br>".join(lines)


def _count(bars: Bars) -> str:
    total, never = len(bars), int(bars.essential.sum())
    if total == 1:
        return "1 bar, which never ends" if never else "1 bar"
    which = {0: "all of which end", 1: "one of which never ends", total: "none of which ends"}
    return f"{total} bars, {which.get(never, f'{never} of which never end')}"


def _ranges(bars: Bars) -> str:
    finite = bars.death[~bars.essential]
    births = _range("birth", bars.birth)
    return f"{births}, {_range('finite end', finite)}" if len(finite) else births


def _range(word: str, values: np.ndarray) -> str:
    low, high = number(values.min()), number(values.max())
    if len(values) == 1:
        return f"{word} {low}"
    return f"all {word}s at {low}" if low == high else f"{word}s from {low} to {high}"
