"""What a barcode or a path names as a pass, and the critical point there: is its index 1 (HI sections 1 and 6)?"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from lossbar_core.datasets import load
from lossbar_core.hessians import CriticalPoint, critical_point, exact_hessian, lowest_pair
from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.networks import MLP, n_parameters

STEPS = 200  # of Newton's method, at most; a few dozen are needed
ASIDE = 0.01  # from a saddle, both ways along its lowest eigenvector, the descents start


@dataclass(frozen=True, eq=False)
class Pass:
    """A point that was named a pass, and what Newton's method finds from there.

    Attributes
    ----------
    loss, gradient_norm : float
        At the point that was named.
    saddle : CriticalPoint
        One negative eigenvalue was asked for; ``saddle.spectrum.interval`` says what there is.
    sides : pair of CriticalPoint
        The minima below both sides of the saddle.
    """

    loss: float
    gradient_norm: float
    saddle: CriticalPoint
    sides: tuple[CriticalPoint, CriticalPoint]


def pass_at(surface: AnalyticLandscape, named: Tensor) -> Pass:
    """Go from the highest point of a path, or the death of a bar, to the saddle, and from there down both sides.

    Parameters
    ----------
    surface : AnalyticLandscape
    named : (M,) tensor

    Returns
    -------
    Pass

    Examples
    --------
    >>> wells = AnalyticLandscape(lambda x: (x[:, 0] ** 2 - 1) ** 2 + x[:, 1] ** 2, 2)
    >>> found = pass_at(wells, torch.tensor([0.1, 0.2]))
    >>> found.saddle.spectrum.interval, [round(abs(float(side.theta[0])), 9) for side in found.sides]
    ((1, 1), [1.0, 1.0])
    """
    losses, gradients = surface.losses_and_gradients(named[None])
    saddle = critical_point(surface, named, climb=1, steps=STEPS)
    _, direction = lowest_pair(exact_hessian(surface, saddle.theta))
    down = [
        critical_point(surface, saddle.theta + sign * ASIDE * direction, climb=0, steps=STEPS)
        for sign in (1, -1)
    ]
    return Pass(float(losses[0]), float(torch.linalg.vector_norm(gradients[0])), saddle, (down[0], down[1]))


def ridged_network(
    hidden: int = 3, *, n_train: int = 300, side: int = 7, weight: float = 1e-3, activation: str = "tanh"
) -> AnalyticLandscape:
    r"""Cross-entropy of a 2-MLP on pooled digits plus :math:`\lambda |w|^2`: smooth, and its minima are finite.

    Parameters
    ----------
    hidden, n_train, side : int
    weight : float
        Lambda. All chosen here.
    activation : str

    Returns
    -------
    AnalyticLandscape
    """
    inputs, targets = load("mnist", n_train, size=side, variant="small", flatten=True).train
    inputs, targets = torch.as_tensor(inputs, dtype=torch.float64), torch.as_tensor(targets)
    module = MLP((side**2, hidden, 10), activation).double()
    shapes = {name: part.shape for name, part in module.named_parameters()}

    def loss(theta: Tensor) -> Tensor:
        parts = theta.split([shape.numel() for shape in shapes.values()])
        given = {name: part.view(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}
        outputs = functional_call(module, given, (inputs,))
        return nn.functional.cross_entropy(outputs, targets) + weight * theta @ theta

    return AnalyticLandscape(vmap(loss), n_parameters(module), name=f"2-MLP with a ridge of {weight:g}")


def minima(surface: AnalyticLandscape, starts: int, scale: float = 0.5, seed: int = 0) -> list[CriticalPoint]:
    """Different minima from normal starts, the lowest first.

    Parameters
    ----------
    surface : AnalyticLandscape
    starts : int
    scale : float
        Standard deviation of the starts.
    seed : int

    Returns
    -------
    list of CriticalPoint
        Where Newton's method converged to a positive definite Hessian; one for each value of the loss.
    """
    generator = torch.Generator().manual_seed(seed)
    drawn = scale * torch.randn(starts, surface.dimension, generator=generator, dtype=torch.float64)
    ends = [critical_point(surface, start, climb=0, steps=STEPS) for start in drawn]
    known: dict[float, CriticalPoint] = {}
    for end in sorted(ends, key=lambda one: one.loss):
        if end.converged and end.spectrum.interval == (0, 0):
            known.setdefault(round(end.loss, 8), end)  # copies by symmetry have the same loss
    return list(known.values())
