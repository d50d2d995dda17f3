"""A mean loss as a sum over blocks of rows, each a function of one vector that can be differentiated twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class LossBlock:
    r"""A summand of :math:`L(\theta) = \sum_b s_b\, \ell_b(N_b(\theta))`, for `torch.func` and autograd alike.

    The two functions keep the graph, so that derivatives of any order can be taken through them.

    Attributes
    ----------
    share : float
        :math:`s_b`, the rows of the block over all rows.
    n_rows : int
        Rows of the block; 0 for a formula without data.
    outputs : callable
        Vector (M,) -> what the module gives for the rows, as a rule (b, ...).
    loss : callable
        Outputs -> scalar, the mean over the rows of the block.

    Examples
    --------
    >>> import torch
    >>> from lossbar_core.landscapes import AnalyticLandscape
    >>> cubic = AnalyticLandscape(lambda x: (x**3).sum(dim=1), 1)
    >>> (block,) = cubic.blocks()
    >>> torch.func.jacrev(torch.func.grad(block.value))(torch.tensor([2.0], dtype=torch.float64))
    tensor([[12.]], dtype=torch.float64)
    """

    share: float
    n_rows: int
    outputs: Callable[[Tensor], Any]
    loss: Callable[[Any], Tensor]

    def value(self, theta: Tensor) -> Tensor:
        """Mean loss of the block at a vector (M,), a scalar."""
        return self.loss(self.outputs(theta))
