r"""Does a negative eigenvalue mean a way down? The loss along an eigenvector, against :math:`\lambda s^2 / 2`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from lossbar_core.hessians.products import as_vector
from lossbar_core.landscapes import Surface


@dataclass(frozen=True, eq=False)
class DescentTest:
    r"""The even part of the change of the loss along a direction: the gradient's part drops out.

    Attributes
    ----------
    steps : (T,) float64 array
        Distances s.
    measured : (T,) float64 array
        :math:`(L(\theta + s v) + L(\theta - s v)) / 2 - L(\theta)`.
    predicted : (T,) float64 array
        :math:`\lambda s^2 / 2`.
    lower : (T,) float64 array
        :math:`\min_\pm L(\theta \pm s v) - L(\theta)`, what can be gained in truth.
    """

    steps: np.ndarray
    measured: np.ndarray
    predicted: np.ndarray
    lower: np.ndarray

    @property
    def agreement(self) -> np.ndarray:
        """Measured over predicted, (T,); near 1 where the eigenvalue describes the surface."""
        return self.measured / self.predicted


def descent_test(surface: Surface, theta: Any, direction: Any, eigenvalue: float, steps: Any) -> DescentTest:
    """Move along an eigenvector both ways: are the negative directions of HI section 5.2 real?

    Parameters
    ----------
    surface : Surface
        In float64 where the changes are small.
    theta, direction : (M,) tensors
        The direction is normalised.
    eigenvalue : float
    steps : (T,) floats

    Returns
    -------
    DescentTest

    Raises
    ------
    TypeError
        If entries are no real numbers.
    ValueError
        If a shape is wrong, an entry is not finite, the direction is 0, or the eigenvalue is.

    Examples
    --------
    >>> from lossbar_core.landscapes import AnalyticLandscape
    >>> saddle = AnalyticLandscape(lambda x: x[:, 0] ** 2 - x[:, 1] ** 2, 2)
    >>> test = descent_test(saddle, [1.0, 0.0], [0.0, 1.0], -2.0, [0.5])
    >>> test.measured, test.predicted
    (array([-0.25]), array([-0.25]))
    """
    theta, direction = as_vector(surface, theta), as_vector(surface, direction)
    length = float(torch.linalg.vector_norm(direction))
    if length == 0 or eigenvalue == 0:
        raise ValueError(
            f"expected a direction and an eigenvalue other than 0, got length {length:g} and {eigenvalue:g}; "
            "take an eigenvector with its eigenvalue"
        )
    sizes = np.asarray(steps, dtype=np.float64)
    moves = torch.as_tensor(sizes).to(theta)[:, None] * direction / length
    losses = surface.losses(torch.cat([theta[None], theta + moves, theta - moves])).double().cpu().numpy()
    start, ahead, behind = losses[0], losses[1 : len(sizes) + 1], losses[len(sizes) + 1 :]
    return DescentTest(
        sizes, (ahead + behind) / 2 - start, eigenvalue * sizes**2 / 2, np.minimum(ahead, behind) - start
    )
