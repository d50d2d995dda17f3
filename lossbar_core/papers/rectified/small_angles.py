"""FB-Prop2.3: two ReLU units at an angle, exactly for Gaussian inputs and sampled for others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.rectified.arc_cosine import bounds, inner_product

ANGLES = (0.0, 0.3, 0.8, 1.5, 2.5, 3.1)  # the register's
LAWS = ("cube", "Laplace", "two Gaussians")
TOLERANCE = 3.0  # standard errors
DIGITS = 4
ROUNDING = 1e-15


@dataclass(frozen=True)
class SmallAngles:
    """``rows`` draws of each law in R^``inputs``, at ``angles`` equally spaced angles, each in its own random plane."""

    rows: int
    angles: int
    inputs: int = 3
    seed: int = 0


@item(
    "FB-Prop2.3",
    smoke=SmallAngles(2000, 5),
    quick=SmallAngles(200_000, 25),
    paper=SmallAngles(2_000_000, 60),
)
def small_angles(config: SmallAngles) -> Result:
    r"""Inner products of units against both bounds: FB equation 7 and the display below it.

    Parameters
    ----------
    config : SmallAngles

    Returns
    -------
    Result
        ``exact`` and ``upper`` at the register's angles to four digits; ``formula_error`` of the kernel against
        quadrature; ``violations`` of 1001 angles; ``positive_below``, the angle from which the lower bound is negative,
        and ``sharper_below``, the same for :math:`\frac{1 + \cos a}{2} q - s \frac{1 - \cos a}{2}`, which holds too:
        for every x, :math:`z(w) z(u) \ge z(\frac{w + u}{2})^2 - (\frac{w - u}{2} \cdot x)^2`. ``display_left`` and
        ``display_right``: what the display says at angle 0; ``cosine_violations``: angles of 1001 at which its last
        line fails. ``sampled_violations`` of either bound by more than 3 standard errors, of ``sampled`` tests with
        three laws that are not Gaussian; ``sharper_violations`` of the sharper one there, and ``sharper_fails``, of the
        1001 angles. Arrays of the curves, and means over the draws of the product and of the printed bounds,
        ``product``, ``below`` and ``above`` (laws, angles).
    """
    fine = np.linspace(0.0, np.pi, 1001)
    low, high = bounds(fine)
    exact, sharper = inner_product(fine), sharper_bound(fine)
    asked = np.array(ANGLES)
    drawn = [_draw(law, config) for law in LAWS]
    return Result(
        {
            "exact": inner_product(asked).round(DIGITS).tolist(),
            "upper": bounds(asked)[1].round(DIGITS).tolist(),
            "formula_error": max(abs(_quadrature(a) - float(inner_product(a))) for a in ANGLES),
            "violations": int(((exact > high + ROUNDING) | (exact < low - ROUNDING)).sum()),
            "positive_below": brentq(lambda a: float(bounds(a)[0]), 0.1, 1.0),
            "sharper_below": brentq(lambda a: float(sharper_bound(a)), 0.1, 2.0),
            "display_left": 2 / 3,
            "display_right": 1 / 2,
            "sharper_fails": int((exact < sharper - ROUNDING).sum()),
            "cosine_violations": int((exact > np.cos(fine) / 2 + ROUNDING).sum()),
            "rows": config.rows,
            "sampled": 2 * len(LAWS) * config.angles,
            "sampled_violations": sum(int(one["printed"].sum()) for one in drawn),
            "sharper_violations": sum(int(one["sharper"].sum()) for one in drawn),
        },
        {
            "angle": fine,
            "exact": exact,
            "low": low,
            "high": high,
            "sharper": sharper,
            "sampled_angle": _angles(config),
            **{
                name: np.stack([one[f"mean_{name}"] for one in drawn])
                for name in ("product", "below", "above")
            },
        },
    )


def sharper_bound(
    angle: np.ndarray | float, energy: float | np.ndarray = 0.5, spread: float = 1.0
) -> np.ndarray:
    r"""The lower bound that a pointwise inequality gives: :math:`\frac{1 + \cos a}{2} q - s \frac{1 - \cos a}{2}`.

    Parameters
    ----------
    angle : float or array
        Between unit vectors, in [0, pi].
    energy : float or array
        :math:`q = E z(w_m)^2` of the bisector; 1/2 for a standard normal X.
    spread : float
        :math:`s`, the spectral norm of :math:`E X X^T`; 1 for a standard normal X.

    Examples
    --------
    >>> sharper_bound(np.array([0.0, np.pi])).round(3).tolist()
    [0.5, -1.0]
    """
    cosine = np.cos(angle)
    return (1 + cosine) / 2 * energy - spread * (1 - cosine) / 2


def _quadrature(angle: float) -> float:
    """The same integral in polar coordinates, where E r^2 = 2, without the formula."""
    ends = (angle - np.pi / 2, np.pi / 2)  # where both units fire
    return quad(lambda turn: np.cos(turn) * np.cos(turn - angle), *ends)[0] / np.pi


def _angles(config: SmallAngles) -> np.ndarray:
    return np.pi * (np.arange(config.angles) + 0.5) / config.angles


def _draw(law: str, config: SmallAngles) -> dict[str, np.ndarray]:
    """Means at all angles, and where a bound fails by more than its standard errors."""
    generator = np.random.default_rng((config.seed, LAWS.index(law)))
    x = _sample(law, config, generator)
    spread = float(np.linalg.eigvalsh(x.T @ x / len(x))[-1])
    found: dict[str, list] = {
        name: [] for name in ("printed", "sharper", "mean_product", "mean_below", "mean_above")
    }
    for angle in _angles(config):
        w, across = np.linalg.qr(generator.normal(size=(config.inputs, 2)))[0].T
        turned = np.cos(angle) * w + np.sin(angle) * across
        product = np.maximum(x @ w, 0) * np.maximum(x @ turned, 0)
        bisector = np.maximum(x @ (w + turned), 0) ** 2 / (2 + 2 * np.cos(angle))
        above = (1 + np.cos(angle)) / 2 * bisector
        slack = bounds(angle, 0.0, spread)[0]
        found["printed"].append([_fails(above - product), _fails(product - above - slack)])
        found["sharper"].append(_fails(product - above - sharper_bound(angle, 0.0, spread)))
        found["mean_product"].append(product.mean() / spread)
        found["mean_above"].append(above.mean() / spread)
        found["mean_below"].append((above.mean() + slack) / spread)
    return {name: np.array(values) for name, values in found.items()}


def _fails(differences: np.ndarray) -> bool:
    """Whether differences that are at least 0 in the mean are not, by more than chance explains."""
    return bool(differences.mean() < -TOLERANCE * differences.std(ddof=1) / np.sqrt(len(differences)))


def _sample(law: str, config: SmallAngles, generator: np.random.Generator) -> np.ndarray:
    """Inputs (rows, inputs), stretched, so that no law is round."""
    shape = (config.rows, config.inputs)
    stretch = 1.0 + np.arange(config.inputs)
    if law == "cube":
        return generator.uniform(-1, 1, shape) * stretch
    if law == "Laplace":
        return generator.laplace(size=shape) * stretch
    sides = generator.integers(0, 2, config.rows)[:, None]
    return generator.normal(size=shape) + np.where(sides == 0, 3.0, -1.0) * stretch
