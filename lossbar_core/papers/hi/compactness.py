"""HI-compact: what a ridge does to sublevel sets, to the Hessian and to degenerate points (HI section 4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor
from torch.func import grad, jacrev

from lossbar_core.datasets import load
from lossbar_core.landscapes import Landscape
from lossbar_core.networks import MLP
from lossbar_core.papers.base import Result, item
from lossbar_core.training import Adam, train_ensemble

TARGET = torch.diag(
    torch.tensor([2.0, 1.0], dtype=torch.float64)
)  # of the linear network, on whitened inputs
NULL = 1e-10  # of the largest eigenvalue: below it an eigenvalue of the 8 x 8 Hessian is rounding
BISECTIONS = 50


@dataclass(frozen=True)
class Ridge:
    """Networks 196-10-10 with ReLU on pooled images, trained until they separate the classes; rays through them.

    ``weights`` of the ridge; ``linear_weights``, below the smaller singular value 1 of the linear network's target,
    and the length ``tilt`` of its linear term. All chosen here; the paper says "a very small number".
    """

    networks: int = 20
    n_train: int = 500
    epochs: int = 100
    hidden: int = 10
    weights: tuple[float, ...] = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
    linear_weights: tuple[float, ...] = (1e-4, 1e-3, 1e-2, 0.1, 0.5)
    tilt: float = 1e-2
    stretch: float = 1000.0
    seed: int = 0


@item("HI-compact", smoke=Ridge(networks=2, n_train=60, epochs=60), quick=Ridge(), paper=Ridge(networks=200))
def compact_sublevel_sets(config: Ridge) -> Result:
    r"""Radius of :math:`\{L + \lambda |w|^2 \le L(0)\}`, shift of the Hessian, nullity with a ridge: HI section 4.

    :math:`L \ge 0`, so there :math:`\lambda |w|^2 \le L(0)`.

    Parameters
    ----------
    config : Ridge

    Returns
    -------
    Result
        ``largest_share`` of the radius sqrt(L0 / lambda) that a ray reaches inside the set, over all weights, and
        ``share_at_smallest``, at the smallest; ``exponent`` of the largest radius as a power of lambda, below 1e-3;
        ``stretched_change``, relative, of the loss without ridge when a network is stretched along its ReLU symmetry,
        and ``stretched_norm``, its length after and before; ``shift``, mean difference of the Hessians with and without
        ridge over lambda, ``shift_error`` its largest deviation from 2 lambda I, over lambda. For a linear network with
        ridge: ``gradient`` at its known critical points, ``least_nullity`` there, ``most_nullity`` after a linear term
        was added, and ``circle_change``, of the loss along a circle of critical points. ``l0``, ``separated`` networks.
        Arrays: ``weights``, ``radius`` (largest) and ``bound``.
    """
    landscape, thetas = _trained(config)
    l0 = float(landscape.losses(torch.zeros_like(thetas[:1]))[0])
    weights = np.array(config.weights)
    radius = np.array([reach(landscape, thetas, weight, l0) for weight in weights])
    bound = np.sqrt(l0 / weights)
    small = weights < 1e-3
    slope = np.polyfit(np.log(weights[small]), np.log(radius[small]), 1)[0]
    values = {
        "l0": l0,
        "networks": config.networks,
        "separated": int((np.asarray(landscape.accuracies(thetas)) == 1).sum()),
        "largest_share": float((radius / bound).max()),
        "share_at_smallest": float((radius / bound)[weights.argmin()]),
        "exponent": float(slope),
    }
    values |= stretched(landscape, thetas[0], config.stretch) | linear_network(config)
    return Result(values, {"weights": weights, "radius": radius, "bound": bound})


def _trained(config: Ridge) -> tuple[Landscape, Tensor]:
    """Networks that separate their data, so that the loss falls to 0 along the rays through them."""
    data = load("mnist", n_train=config.n_train, size=14, variant="small", flatten=True, seed=config.seed)
    module = MLP((196, config.hidden, 10), "relu")
    landscape = Landscape(module, "cross_entropy", data.train, dtype=torch.float64)
    found = train_ensemble(
        landscape,
        [config.seed * config.networks + i for i in range(config.networks)],
        optimizer=Adam(),
        schedule=0.01,
        epochs=config.epochs,
        batch=50,
        batch_seed=config.seed,
    )
    return landscape, found.thetas


def reach(landscape: Landscape, thetas: Tensor, weight: float, level: float) -> float:
    r"""Largest :math:`|w|` on the rays through some points with :math:`L(w) + \lambda |w|^2 \le` level.

    A ray is searched from far outside: beyond sqrt(level / lambda) no point belongs to the set, since L >= 0.

    Parameters
    ----------
    landscape : Landscape
    thetas : (P, M) tensor
    weight, level : float

    Returns
    -------
    float
        0 where no point of the rays is found in the set.
    """
    directions = thetas / thetas.norm(dim=1, keepdim=True)
    radii = torch.linspace(0, 1, 101, dtype=thetas.dtype)[1:] * (level / weight) ** 0.5
    inside = torch.stack([_below(landscape, directions * r, weight, level) for r in radii])
    found = inside.any(dim=0)
    if not found.any():
        return 0.0
    last = torch.where(inside, radii[:, None], 0.0).amax(dim=0)
    low, high = last, last + (radii[1] - radii[0])
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        within = _below(landscape, directions * middle[:, None], weight, level)
        low, high = torch.where(within, middle, low), torch.where(within, high, middle)
    return float(low[found].max())


def _below(landscape: Landscape, points: Tensor, weight: float, level: float) -> Tensor:
    return landscape.losses(points) + weight * points.square().sum(dim=1) <= level


def stretched(landscape: Landscape, theta: Tensor, factor: float) -> dict[str, float]:
    """Scale the hidden units' incoming weights up and the outgoing ones down: another point of the same loss.

    Returns
    -------
    dict
        ``stretched_change``, relative, and ``stretched_norm``, the quotient of the lengths.
    """
    parts = dict(landscape.layout.split(theta[None]))
    first, *_, last = [name for name, value in parts.items() if value.ndim == 3]
    scaled = {
        name: value[0] / factor if name == last else value[0] * (factor if _feeds(name, first) else 1.0)
        for name, value in parts.items()
    }
    moved = torch.cat([scaled[name].reshape(-1) for name in parts])
    before, after = landscape.losses(torch.stack([theta, moved]))
    return {
        "stretched_change": float((after - before).abs() / before),
        "stretched_norm": float(moved.norm() / theta.norm()),
    }


def _feeds(name: str, first: str) -> bool:
    """Whether a parameter belongs to the first layer."""
    return name.rsplit(".", 1)[0] == first.rsplit(".", 1)[0]


def linear_loss(w: Tensor, weight: float = 0.0, tilt: Tensor | None = None) -> Tensor:
    r"""The loss :math:`|W_2 W_1 - A|^2 + \lambda |w|^2 + v \cdot w` of a linear network with two hidden units.

    Turning the hidden units changes neither of the first two terms.

    Examples
    --------
    >>> linear_loss(torch.zeros(8, dtype=torch.float64)).item()
    5.0
    """
    w1, w2 = w.reshape(2, 2, 2)
    loss = (w2 @ w1 - TARGET).square().sum() + weight * w.square().sum()
    return loss if tilt is None else loss + tilt @ w


def linear_network(config: Ridge) -> dict[str, float]:
    r"""The Hessian's shift, and its nullity at the critical points :math:`W_1 = W_2 = (A - \lambda I)^{1/2}`."""
    rng = np.random.default_rng(config.seed)
    tilt = torch.from_numpy(rng.normal(size=8))
    tilt *= config.tilt / tilt.norm()
    rows = [
        _at_weight(weight, torch.from_numpy(rng.normal(size=8)), tilt) for weight in config.linear_weights
    ]
    table = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return {
        "shift": float(table["shift"].mean()),
        "shift_error": float(table["shift_error"].max()),
        "gradient": float(table["gradient"].max()),
        "circle_change": float(table["circle_change"].max()),
        "least_nullity": int(table["nullity"].min()),
        "most_nullity": int(table["tilted_nullity"].max()),
    }


def _at_weight(weight: float, place: Tensor, tilt: Tensor) -> dict[str, float]:
    difference = _hessian(place, weight) - _hessian(place, 0.0)
    root = (TARGET - weight * torch.eye(2, dtype=torch.float64)).clamp(min=0).sqrt()
    point = torch.stack([root, root]).reshape(-1)
    turned = torch.stack([_turned(root, angle) for angle in np.linspace(0, 2 * np.pi, 9)])
    losses = torch.stack([linear_loss(w, weight) for w in turned])
    return {
        "shift": float(difference.diagonal().mean() / weight),
        "shift_error": float((difference / weight - 2 * torch.eye(8)).abs().max()),
        "gradient": float(grad(linear_loss)(point, weight).norm()),
        "circle_change": float((losses - losses[0]).abs().max()),
        "nullity": _nullity(_hessian(point, weight)),
        "tilted_nullity": _nullity(_hessian(_lowest_near(point, weight, tilt), weight)),
    }


def _turned(root: Tensor, angle: float) -> Tensor:
    c, s = np.cos(angle), np.sin(angle)
    turn = torch.tensor([[c, -s], [s, c]], dtype=torch.float64)
    return torch.stack([turn @ root, root @ turn.T]).reshape(-1)


def _hessian(w: Tensor, weight: float) -> Tensor:
    """A linear term has none, so that this is also the Hessian of the tilted loss."""
    return torch.as_tensor(jacrev(grad(linear_loss))(w, weight))


def _nullity(hessian: Tensor) -> int:
    eigenvalues = torch.linalg.eigvalsh(hessian)
    return int((eigenvalues.abs() <= NULL * eigenvalues.abs().max()).sum())


def _lowest_near(point: Tensor, weight: float, tilt: Tensor) -> Tensor:
    """A minimum of the tilted loss, by a method of trust regions from the untilted critical point."""

    def call(function: Callable[..., Tensor]) -> Callable[[np.ndarray], np.ndarray]:
        return lambda w: function(torch.from_numpy(w), weight, tilt).numpy()

    found = minimize(
        call(linear_loss),
        point.numpy(),
        jac=call(grad(linear_loss)),
        hess=call(jacrev(grad(linear_loss))),
        method="trust-exact",
        options={"gtol": 1e-10},
    )
    return torch.from_numpy(found.x)
