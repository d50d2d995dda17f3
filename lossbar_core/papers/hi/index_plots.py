"""HI-plots: the eigenvalue distributions (a) to (f) of HI section 5.2, one trained run a case."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.hi.index_claims import CASES, PROFILES, Claims
from lossbar_core.papers.hi.index_nets import CLASSES, NOISE, IndexTask, measure
from lossbar_core.papers.hi.index_tables import usual_runs

OUTLIER = 10.0  # times the 95th percentile of the eigenvalues: the register's criterion


def split(config: Claims) -> list[IndexTask]:
    """The first trained run of every case.

    Examples
    --------
    >>> [(task.network, task.dataset, task.run) for task in split(PROFILES["smoke"])[:2]]
    [('2mlp', 'mnist', 0), ('2mlp', 'fashion-mnist', 0)]
    """
    return [usual_runs(config.runs(network, dataset, True))[0] for network, dataset in CASES]


@sweep_item("HI-plots", split=split, task=measure, **PROFILES)
def distributions(config: Claims, results: Sequence[Result]) -> Result:
    """Outliers and gaps of the spectra: HI section 5.2.

    Parameters
    ----------
    config : Claims
    results : sequence of Result

    Returns
    -------
    Result
        Smallest and largest over the cases: ``outliers`` above 10 times the 95th percentile, ``split``, the number of
        eigenvalues above the largest gap of the logarithms among those above float32's noise, ``gap`` its factor;
        ``negative_split`` and ``negative_gap`` the same for the negative ones. ``share_null``: closer to 0 than that
        noise. Arrays: the values of each case, and ``eigenvalues_<i>``.
    """
    spectra = [np.sort(result.arrays["eigenvalues"]) for result in results]
    rows = np.array([_shape(spectrum) for spectrum in spectra])
    names = ("outliers", "split", "gap", "negative_split", "negative_gap", "share_null")
    values = {}
    for name, column in zip(names, rows.T, strict=True):
        values[f"smallest_{name}"], values[f"largest_{name}"] = float(column.min()), float(column.max())
    arrays = {name: column for name, column in zip(names, rows.T, strict=True)}
    arrays |= {f"eigenvalues_{i}": spectrum.astype(np.float32) for i, spectrum in enumerate(spectra)}
    setting = {"n_images": min(result.values["n_images"] for result in results), "classes": CLASSES}
    return Result({**values, **setting}, arrays)


def _shape(spectrum: np.ndarray) -> tuple[float, ...]:
    """Outliers, then place and factor of the largest gap on each side, and the share of the bulk at 0."""
    noise = NOISE * np.abs(spectrum).max()
    outliers = float((spectrum > OUTLIER * np.percentile(spectrum, 95)).sum())
    sides = [_largest_gap(spectrum[spectrum > noise]), _largest_gap(-spectrum[spectrum < -noise])]
    return (outliers, *sides[0], *sides[1], float((np.abs(spectrum) <= noise).mean()))


def _largest_gap(sizes: np.ndarray) -> tuple[float, float]:
    """How many lie above the largest gap of the logarithms, and the gap as a factor; (0, 1) where there is none.

    Examples
    --------
    >>> _largest_gap(np.array([1.0, 2.0, 100.0]))
    (1.0, 50.0)
    """
    ordered = np.sort(sizes)[::-1]
    if len(ordered) < 2:
        return 0.0, 1.0
    factors = ordered[:-1] / ordered[1:]
    place = int(factors.argmax())
    return float(place + 1), float(factors[place])
