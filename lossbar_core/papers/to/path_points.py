"""TO-2.6a, TO-2.6b and TO-FigF.7: how many points a path needs, and what insertion and a penalty do to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.image_nets import WITHIN, Connected, Falling, Training, connected, minima_of
from lossbar_core.paths import SGD, GradientFlow, Insertion, MinimaBarcode, Path

FEW, MANY = 19, 100  # points of a path, both minima among them (TO section 2.6 and Figure F.7)
L2 = 1e-5  # on path points (tables D.5 and D.6)
KINDS = {
    "many": (MANY, False),
    "insertion": (FEW, True),
    "few": (FEW, False),
}  # points, and whether to insert


@dataclass(frozen=True)
class Points:
    """Minima of one dense network, and TO paths between all pairs of them.

    Eight hidden layers: of the networks of Figure 2 those where the loss between the points counts most. The paper's
    network is a small ResNet on CIFAR-10. Other mini-batches lead to other paths with other tops, so every item
    repeats its paths with some.
    """

    n_train: int | None
    epochs: int
    path_steps: int
    minima: int = 3
    side: int = 14
    hidden: tuple[int, ...] = (32,) * 8
    dataset: str = "mnist"
    variant: str = "small"
    path_batch: int = 100
    path_rate: float = 0.01
    checks: int = 11  # TO: 300 epochs, one every 25
    repeats: int = 3  # of all paths, with other mini-batches
    seed: int = 0

    def flow(self, pivots: int, insertion: bool = False, l2: float = L2) -> GradientFlow:
        """Paths of one kind: the same rates and rows for all."""
        every = max(1, self.path_steps // (self.checks + 1))
        return GradientFlow(
            pivots=pivots,
            steps=self.path_steps,
            optimiser=SGD(Falling(self.path_rate, self.path_steps), momentum=0.9),
            insertion=Insertion("loss", every=every) if insertion else None,
            l2=l2,
            batch=self.path_batch,
            independent=False,
            seed=self.seed,
        )


def paths_of(
    config: Points, pivots: int, insertion: bool = False, l2: float = L2, repeat: int = 0
) -> Connected:
    """Paths of one kind; items share them, so a process relaxes each kind once. A repeat has other mini-batches."""
    return _relaxed(config, pivots, insertion, l2, repeat)


@lru_cache(maxsize=32)
def _relaxed(config: Points, pivots: int, insertion: bool, l2: float, repeat: int) -> Connected:
    """The cache of `paths_of`, which does not tell one call from another that leaves defaults out."""
    method = replace(config.flow(pivots, insertion, l2), seed=config.seed + repeat)
    return connected(minima_of(Training.part_of(config)), method)


SMOKE = Points(n_train=100, epochs=2, path_steps=12, hidden=(8, 8), minima=2)
QUICK = Points(n_train=1000, epochs=60, path_steps=150, minima=2)
PAPER = Points(n_train=10_000, epochs=60, path_steps=1000, minima=4, side=28, variant="any")


@item("TO-2.6a", smoke=SMOKE, quick=QUICK, paper=PAPER)
def few_points_suffice(config: Points) -> Result:
    """Deaths from 19 points with insertion against those from 100 points without: TO section 2.6.

    Parameters
    ----------
    config : Points

    Returns
    -------
    Result
        ``largest_excess`` of a death with 19 points and insertion over that with 100 points, over all minima and
        repeats with other mini-batches, ``mean_excess`` and the ``share_not_higher``; ``mean_few``, ``mean_many``,
        ``mean_none`` (19 points without insertion), with ``sd_...`` over the repeats, points of the finished path, and
        gradients a path. Arrays: deaths (kinds, repeats, minima).
    """
    births = minima_of(Training.part_of(config)).births
    found = {
        name: [paths_of(config, *kind, repeat=repeat) for repeat in range(config.repeats)]
        for name, kind in KINDS.items()
    }
    deaths = {
        name: np.stack([MinimaBarcode.from_tops(births, tried.tops).direct_deaths for tried in repeats])
        for name, repeats in found.items()
    }
    finite = np.isfinite(deaths["many"])
    excess = deaths["insertion"][finite] - deaths["many"][finite]
    values: dict[str, Any] = {
        "n_repeats": config.repeats,
        "n_deaths": int(finite.sum()),
        "largest_excess": float(excess.max()),
        "smallest_excess": float(excess.min()),
        "mean_excess": float(excess.mean()),
        "share_not_higher": float((excess <= 0).mean()),
        "n_points_few": float(np.mean([len(path) for tried in found["insertion"] for path in tried.paths])),
        "failures": sum(tried.failures for repeats in found.values() for tried in repeats),
        "mean_birth": float(births.mean()),
    }
    for name, kind in (("few", "insertion"), ("many", "many"), ("none", "few")):
        means = [row[known].mean() for row, known in zip(deaths[kind], finite, strict=True)]
        paths = [path for tried in found[kind] for path in tried.paths]
        values[f"mean_{name}"] = float(deaths[kind][finite].mean())
        values[f"sd_{name}"] = float(np.std(means))
        values[f"gradients_{name}"] = float(np.mean([path.gradient_evaluations for path in paths]))
    stacked = np.stack([deaths[kind] for kind in ("insertion", "many", "few")])
    return Result(_facts(config) | values, {"births": births, "deaths": stacked})


@item("TO-2.6b", smoke=SMOKE, quick=QUICK, paper=PAPER)
def penalty_keeps_points_together(config: Points) -> Result:
    r"""Mean distance of neighbouring points with :math:`\lambda \theta` added to gradients, and without: TO 2.6.

    No insertion: it would change the distances too. The authors' code adds the norm of all points together and not
    its square, so that the pull there is weaker and depends on the number of points.

    Parameters
    ----------
    config : Points

    Returns
    -------
    Result
        ``with_penalty`` and ``without_penalty``, mean segment lengths over paths and repeats; ``shrinks``, and the
        ``share_that_shrinks`` of the repeats; the mean ``relative_change`` with its standard deviation over repeats
        with other mini-batches, which tells whether it is more than chance, and the same for a penalty a hundred
        times as large.
    """
    lengths = np.array(
        [
            [_mean_segment(paths_of(config, FEW, False, weight, repeat)) for weight in (0.0, L2, 100 * L2)]
            for repeat in range(config.repeats)
        ]
    )
    change = lengths[:, 1:] / lengths[:, :1] - 1
    without, usual, large = lengths.mean(axis=0)
    return Result(
        _facts(config)
        | {
            "n_repeats": config.repeats,
            "without_penalty": float(without),
            "with_penalty": float(usual),
            "with_large_penalty": float(large),
            "at_the_start": _mean_chord(paths_of(config, FEW)) / (FEW - 1),
            "shrinks": bool(usual < without),
            "relative_change": float(change[:, 0].mean()),
            "relative_change_sd": float(change[:, 0].std()),
            "relative_change_large": float(change[:, 1].mean()),
            "relative_change_large_sd": float(change[:, 1].std()),
            "share_that_shrinks": float((change[:, 0] < 0).mean()),
        },
        {"lengths": lengths},
    )


@item("TO-FigF.7", smoke=SMOKE, quick=QUICK, paper=PAPER)
def between_the_points(config: Points) -> Result:
    r"""Highest loss between the points over that at them, :math:`\max_\alpha L / \max_i L(\theta_i)`: TO Figure F.7.

    Parameters
    ----------
    config : Points

    Returns
    -------
    Result
        ``ratio_many`` of 100 points without insertion, the median over paths and repeats with other mini-batches;
        ``ratio_insertion`` of 19 points with it, ``ratio_few`` of 19 without; ``smallest_ratio_...`` and
        ``largest_ratio_...``; ``closer_to_one``, and the ``share_closer`` of single paths for which that is so. Arrays:
        profiles of the first path of each kind; ratios (repeats, paths).
    """
    values = _facts(config) | {"n_repeats": config.repeats}
    arrays: dict[str, np.ndarray] = {}
    for name, kind in KINDS.items():
        found = [paths_of(config, *kind, repeat=repeat) for repeat in range(config.repeats)]
        ratios = np.array([[_ratio(path) for path in tried.paths] for tried in found])
        values[f"ratio_{name}"] = float(np.median(ratios))
        values[f"smallest_ratio_{name}"] = float(ratios.min())
        values[f"largest_ratio_{name}"] = float(ratios.max())
        profile = found[0].paths[0].profile(WITHIN)
        arrays |= {
            f"ratios_{name}": ratios,
            f"share_{name}": profile.share,
            f"loss_{name}": profile.losses,
            f"pivot_{name}": profile.is_pivot,
        }
    values["closer_to_one"] = bool(abs(values["ratio_insertion"] - 1) < abs(values["ratio_many"] - 1))
    closer = np.abs(arrays["ratios_insertion"] - 1) < np.abs(arrays["ratios_many"] - 1)
    values["share_closer"] = float(closer.mean())
    return Result(values, arrays)


def _ratio(path: Path) -> float:
    profile = path.profile(WITHIN)
    return float(profile.losses.max() / profile.losses[profile.is_pivot].max())


def _mean_segment(found: Connected) -> float:
    return float(np.mean([path.length / (len(path) - 1) for path in found.paths]))


def _mean_chord(found: Connected) -> float:
    return float(np.mean([path.chord for path in found.paths]))


def _facts(config: Points) -> dict[str, Any]:
    """What decides whether a run has the paper's setting."""
    minima = minima_of(Training.part_of(config))
    return {
        "data": minima.data.variant,
        "n_train": minima.landscape.n_rows,
        "n_paths": config.minima * (config.minima - 1) // 2,
        "convolutional": config.hidden[0] == "cnn",
    }
