"""FB-Fig1 and FBF-conn: a real run of string sampling, step by step, in a plane and in three components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.fb.polynomial import QUADRATIC
from lossbar_core.papers.fb.strings import Strings, losses_along, measure

SIDE = 61  # of the square of losses in the plane
MARGIN = 0.35  # around the beads, as a share of their spread


@dataclass(frozen=True)
class OneRun:
    """A batch of the quadratic task from which one string is drawn, the first connected one with enough beads."""

    level: float
    pairs: int = 20
    beads: int = 5
    inputs: int = 200
    rate: float = 1e-3
    t_star: str = "argmax"
    seed: int = 0


def split(config: OneRun) -> list[Strings]:
    """One batch."""
    return [
        Strings(
            QUADRATIC,
            config.level,
            config.pairs,
            inputs=config.inputs,
            rate=config.rate,
            t_star=config.t_star,
            seed=config.seed,
        )
    ]


def chosen(result: Result, beads: int) -> int:
    """The first connected string with at least so many beads, or the one with most."""
    connected, counts = result.arrays["connected"], result.arrays["beads"]
    enough = np.flatnonzero(connected & (counts >= beads))
    return int(enough[0]) if len(enough) else int(np.where(connected, counts, 0).argmax())


@sweep_item(
    "FB-Fig1",
    split=split,
    task=measure,
    smoke=OneRun(0.05, pairs=4, inputs=50, rate=0.01),
    quick=OneRun(0.05),
)
def figure_1(config: OneRun, results: Sequence[Result]) -> Result:
    r"""The steps of a run, in the plane through both ends and the first bead: FB section 3.1, Figure 1.

    Parameters
    ----------
    config : OneRun
    results : sequence of Result
        One.

    Returns
    -------
    Result
        ``n_steps`` depths, ``n_beads``, ``certified``; ``in_plane``: share of the beads' squared distances from
        the first end that lies in the plane. Arrays: ``stage_<k>`` (N, 2) with depths up to k, ``start_<k>`` where
        the beads of depth k began, ``along_<k>`` (2, T) losses; ``losses`` (side, side) in the plane over ``box``.
    """
    part, result = split(config)[0], results[0]
    number = chosen(result, config.beads)
    chain, depth = result.arrays[f"string_{number}"].astype(np.float64), result.arrays[f"depth_{number}"]
    surface, last = part.surface, int(depth.max())
    origin, axes = _plane(chain[0], chain[-1], chain[np.flatnonzero(depth == 1)[0]])
    flat = (chain - origin) @ axes.T
    arrays: dict[str, np.ndarray] = {}
    for k in range(last + 1):
        stage = chain[depth <= k]
        arrays[f"stage_{k}"] = flat[depth <= k]
        arrays[f"along_{k}"] = losses_along(surface, stage.astype(np.float32))
        if k:
            starts = _starts(part, chain, depth, k)
            arrays[f"start_{k}"] = (starts - origin) @ axes.T
    arrays["box"], arrays["losses"] = _losses_in_plane(part, origin, axes, flat)
    arrays["depth"] = depth
    offsets = chain - origin
    values = {
        "n_steps": last,
        "n_beads": len(chain),
        "certified": bool(
            result.arrays["connected"][number] and result.arrays["top"][number] <= part.method.limit
        ),
        "in_plane": float((flat**2).sum() / (offsets**2).sum()),
        "limit": part.method.limit,
        "level": config.level,
        "pair": number,
    }
    return Result(values, arrays)


def _plane(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Origin a and two orthonormal axes: from a to b, and across, towards c."""
    along = (b - a) / np.linalg.norm(b - a)
    across = c - a - ((c - a) @ along) * along
    return a, np.stack([along, across / np.linalg.norm(across)])


def _starts(part: Strings, chain: np.ndarray, depth: np.ndarray, k: int) -> np.ndarray:
    """Where the beads of depth k began: at the highest loss inside their segment, or in its middle."""
    found = []
    for bead in np.flatnonzero(depth == k):
        left = bead - 1 - int(np.argmax(depth[:bead][::-1] < k))
        right = bead + 1 + int(np.argmax(depth[bead + 1 :] < k))
        share = 0.5
        if part.t_star == "argmax":
            inner = losses_along(
                part.surface, chain[[left, right]].astype(np.float32), part.method.points - 2
            )
            share = float(inner[0, 1 + int(inner[1, 1:-1].argmax())])
        found.append(chain[left] + share * (chain[right] - chain[left]))
    return np.array(found)


def _losses_in_plane(
    part: Strings, origin: np.ndarray, axes: np.ndarray, flat: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Box (2, 2) around the projected beads, and losses on a square of points, the second coordinate first."""
    low, high = flat.min(axis=0), flat.max(axis=0)
    room = MARGIN * (high - low).max()
    box = np.stack([low - room, high + room], axis=1)
    x, y = np.linspace(box[:, 0], box[:, 1], SIDE).T
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    thetas = torch.from_numpy(origin + places @ axes).to(torch.float32)
    return box, part.surface.losses(thetas).numpy().reshape(SIDE, SIDE)


@sweep_item(
    "FBF-conn",
    split=split,
    task=measure,
    smoke=OneRun(0.05, pairs=4, inputs=50, rate=0.01, t_star="middle"),
    quick=OneRun(0.01, beads=12, t_star="middle"),
)
def snapshots(config: OneRun, results: Sequence[Result]) -> Result:
    """Three principal components of the beads of a string: final text, snapshots of a quadratic run.

    Parameters
    ----------
    config : OneRun
    results : sequence of Result
        One.

    Returns
    -------
    Result
        ``n_beads``, ``certified``, ``explained``: share of the variance in three components, ``explained_1`` to
        ``explained_3``. Arrays: ``coordinates`` (N, 3), ``depth`` of every bead.
    """
    part, result = split(config)[0], results[0]
    number = chosen(result, config.beads)
    chain, depth = result.arrays[f"string_{number}"].astype(np.float64), result.arrays[f"depth_{number}"]
    centred = chain - chain.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    share = sizes**2 / (sizes**2).sum()
    values = {
        "n_beads": len(chain),
        "certified": bool(
            result.arrays["connected"][number] and result.arrays["top"][number] <= part.method.limit
        ),
        "components": min(3, len(share)),
        "explained": float(share[:3].sum()),
        **{f"explained_{i + 1}": float(share[i]) for i in range(min(3, len(share)))},
        "level": config.level,
        "pair": number,
        "depths": int(depth.max()),
    }
    return Result(values, {"coordinates": centred @ axes[:3].T, "depth": depth})
