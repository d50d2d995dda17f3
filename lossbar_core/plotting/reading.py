"""What the plots read from a barcode: plain arrays, checked once, whatever class they came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

MAX_EXPANDED = 100_000  # bars of a barcode given by multiplicities; more cannot be told apart in a picture


@dataclass(frozen=True)
class Bars:
    """Arrays of length b, one entry a bar, sorted as in the barcode; ids are -1 where there are none."""

    birth: NDArray[np.float64]
    death: NDArray[np.float64]
    minimum: NDArray[np.int64]
    saddle: NDArray[np.int64]
    swallower: NDArray[np.int64]
    size: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.birth)

    def __getitem__(self, pick: Any) -> Bars:
        return Bars(**{name: getattr(self, name)[pick] for name in _FIELDS})

    @property
    def essential(self) -> NDArray[np.bool_]:
        """Which bars never die."""
        return np.isinf(self.death)

    @property
    def persistence(self) -> NDArray[np.float64]:
        """Death minus birth, infinite for essential bars."""
        return self.death - self.birth

    def longest(self, count: int | None) -> NDArray[np.int64]:
        """Return the indices of the longest bars, in barcode order; essential bars come first."""
        if count is None or count >= len(self):
            return np.arange(len(self))
        order = np.argsort(-self.persistence, kind="stable")
        return np.sort(order[:count])

    def span(self) -> tuple[float, float]:
        """Return the lowest birth and the highest finite value, the range that a plot has to show."""
        finite = self.death[~self.essential]
        low = float(self.birth.min())
        return low, float(max(self.birth.max(), finite.max(initial=low)))


_FIELDS = ("birth", "death", "minimum", "saddle", "swallower", "size")


def read_bars(barcode: Any, name: str = "barcode", needs: Sequence[str] = ()) -> Bars:
    """Read the bars of a `Barcode`, a `MergeTree`, an exact barcode with multiplicities, or a (b, 2) diagram.

    Parameters
    ----------
    barcode : Barcode, MergeTree, object with ``birth`` and ``death``, or (b, 2) array
        Bars in the units of the function's values; ``death = inf`` marks an essential bar.
    name : str
        How the argument is called in an error message.
    needs : sequence of str
        Fields that must hold vertex ids, e.g. ``("minimum", "saddle")``.

    Returns
    -------
    Bars
        The bars as float64 and int64 arrays.

    Raises
    ------
    TypeError
        When it is neither a barcode nor a diagram.
    ValueError
        When there is no bar, a value is not a number, a bar dies before its birth, or ids are missing.
    """
    if not (hasattr(barcode, "birth") and hasattr(barcode, "death")):
        barcode = _from_diagram(barcode, name)
    if hasattr(barcode, "parent"):
        barcode = _from_merge_tree(barcode)
    repeat = _multiplicities(barcode, name)
    columns: dict[str, NDArray[Any]] = {}
    for field in ("birth", "death"):
        columns[field] = np.repeat(np.asarray(getattr(barcode, field), dtype=np.float64).ravel(), repeat)
    count = len(columns["birth"])
    for field in _FIELDS[2:]:
        ids = getattr(barcode, field, None)
        whole = np.full(count, -1) if ids is None else np.repeat(np.asarray(ids).ravel(), repeat)
        columns[field] = whole.astype(np.int64)
    _check_bars(columns, name, needs)
    if (columns["minimum"] < 0).all():
        columns["size"] = np.full(count, -1)  # a barcode made from a diagram knows no sizes
    return Bars(**columns)


def _from_diagram(diagram: Any, name: str) -> Any:
    try:
        array = np.asarray(diagram, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.ndim != 2 or array.shape[1] != 2:
        raise TypeError(
            f"{name} must be a Barcode or a (b, 2) array of births and deaths, got {type(diagram).__name__}; "
            "compute one with graph_barcode, grid_barcode or sample_barcode."
        )
    return SimpleNamespace(birth=array[:, 0], death=array[:, 1])


def _from_merge_tree(tree: Any) -> Any:
    parent = np.asarray(tree.parent)
    swallower = np.where(parent >= 0, np.asarray(tree.minimum)[parent], -1)
    return SimpleNamespace(
        birth=tree.birth, death=tree.death, minimum=tree.minimum, saddle=tree.saddle, swallower=swallower
    )


def _multiplicities(barcode: Any, name: str) -> Any:
    given = getattr(barcode, "multiplicity", None)
    if given is None:
        return 1
    total = sum(int(m) for m in np.asarray(given).ravel())  # Python integers: the sum may exceed 64 bits
    if total > MAX_EXPANDED:
        raise ValueError(
            f"{name} has {total} bars with multiplicities, at most {MAX_EXPANDED} can be drawn; "
            "filter it or choose a lower dimension."
        )
    return np.asarray(given).ravel().astype(np.int64)


def _check_bars(columns: dict[str, NDArray[Any]], name: str, needs: Sequence[str]) -> None:
    birth, death = columns["birth"], columns["death"]
    if len(birth) == 0:
        raise ValueError(
            f"{name} must have at least one bar, got none; loosen the filter or check the values."
        )
    if any(len(column) != len(birth) for column in columns.values()):
        raise ValueError(
            f"the arrays of {name} must have one length, got {[len(c) for c in columns.values()]}."
        )
    if not np.isfinite(birth).all() or np.isnan(death).any():
        raise ValueError(
            f"births of {name} must be finite and deaths not NaN; recompute it from finite values."
        )
    if (death < birth).any():
        worst = int(np.argmin(death - birth))
        raise ValueError(
            f"bar {worst} of {name} dies at {death[worst]:g}, before its birth at {birth[worst]:g}; "
            "give births first, and bars of a sublevel filtration."
        )
    for field in needs:
        expected = np.ones(len(birth), bool) if field == "minimum" else np.isfinite(death)
        if (columns[field][expected] < 0).any():
            raise ValueError(
                f"{name} has no vertex ids in '{field}', which this plot needs; "
                "pass a barcode computed by graph_barcode, grid_barcode or sample_barcode, not a diagram."
            )


def read_bounds(bounds: ArrayLike, dimension: int = 2) -> NDArray[np.float64]:
    """Return bounds as a (dimension, 2) array of low and high ends, or say what is wrong with them.

    Raises
    ------
    ValueError
        If the shape is another one, a bound is not finite, or low >= high.
    """
    array = np.asarray(bounds, dtype=np.float64)
    if array.shape != (dimension, 2):
        raise ValueError(
            f"bounds must be {dimension} pairs (low, high), got an array of shape {array.shape}; "
            "plots of surfaces and colour maps need a function of two variables."
        )
    if not np.isfinite(array).all() or (array[:, 0] >= array[:, 1]).any():
        raise ValueError(f"bounds must be finite with low < high, got {array.tolist()}; swap or mend them.")
    return array


def read_names(names: Sequence[str] | None, count: int, default: str) -> list[str]:
    """Return one name a bar: the given ones, or ``default`` numbered from 1.

    Raises
    ------
    ValueError
        If their number is another one.
    """
    if names is None:
        return [f"${default}_{{{i + 1}}}$" for i in range(count)]
    if len(names) != count:
        raise ValueError(f"names must have one entry a bar ({count}), got {len(names)}; order them by birth.")
    return list(names)
