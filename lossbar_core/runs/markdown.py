"""MyST text: escaped cells, tables that the book numbers, verdict badges."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|$~#^])")


def escape(text: str) -> str:
    r"""Text that MyST shows as it stands, on one line.

    >>> escape("c(D)*N | <b>")
    'c(D)\\*N \\| \\<b\\>'
    """
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    caption: str,
    name: str,
    align: str = "",
    css_class: str = "",
) -> str:
    """A numbered table with a caption and a label; cells are MyST already.

    Parameters
    ----------
    header, rows
        Cells; every row has as many as the header.
    caption, name
        Caption (MyST) and the label that the text refers to.
    align
        One of ``l``, ``c``, ``r`` a column (default: all left).
    css_class
        Class of the table in the page.

    Examples
    --------
    >>> print(table(["a", "b"], [["1", "2"]], caption="Two numbers", name="tab-two", align="lr"))
    :::{table} Two numbers
    :name: tab-two
    <BLANKLINE>
    | a | b |
    |:--|--:|
    | 1 | 2 |
    :::
    """
    rules = {"l": ":--", "c": ":-:", "r": "--:"}
    lines = [f":::{{table}} {caption}", f":name: {name}"]
    if css_class:
        lines.append(f":class: {css_class}")
    lines += ["", _row(header), "|" + "|".join(rules[a] for a in align or "l" * len(header)) + "|"]
    return "\n".join([*lines, *map(_row, rows), ":::"])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def badge(word: str) -> str:
    """A verdict's word as a badge; the word itself says everything, the colour only repeats it.

    >>> badge("finding reproduced (reduced setting)")
    '[finding reproduced (reduced setting)]{.verdict .verdict-finding-reproduced}'
    """
    short = re.sub(r"\s*\(.*\)", "", word).replace(" ", "-")
    return f"[{word}]{{.verdict .verdict-{short}}}"
