"""Optimizers of P parameter vectors at once: the rules of torch.optim, every vector on its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from lossbar_core.checks import as_positive

State = dict[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class Optimizer(ABC):
    r"""What moves the vectors; l2 adds :math:`\lambda \theta` to the gradient, clip bounds the gradient's norm first.

    Parameters
    ----------
    l2 : float
        Weight :math:`\lambda \ge 0` of the penalty :math:`\lambda |\theta|^2 / 2`, the `weight_decay` of torch. 0: the
        TO paper trains its minima without (tables A.1 and A.2). The losses that are reported do not contain it.
    clip : float, optional
        Largest norm of each vector's gradient, as `torch.nn.utils.clip_grad_norm_` has it; 5 in the FB paper's code for
        Penn Treebank.
    """

    l2: float = 0.0
    clip: float | None = None

    def __post_init__(self) -> None:
        as_share(self.l2, "l2", high=float("inf"))
        if self.clip is not None:
            as_positive(self.clip, "clip")

    def settings(self) -> dict[str, Any]:
        """Name and parameters, as plain values."""
        given = asdict(self).items()
        return {"name": type(self).__name__} | {
            name: value if isinstance(value, bool) or value is None else float(value) for name, value in given
        }

    @abstractmethod
    def state(self, thetas: Tensor) -> State:
        """Memory of the first step, one row a vector: tensors (P, M)."""

    @abstractmethod
    def _move(self, thetas: Tensor, gradients: Tensor, state: State, rate: float, step: int) -> None:
        """Move the vectors and their memory in place."""

    def move(self, thetas: Tensor, gradients: Tensor, state: State, rate: float, step: int) -> None:
        """Move vectors (P, M) by gradients (P, M) at a rate, in place, and their memory; steps are counted from 0."""
        if self.clip is not None:
            norms = gradients.norm(dim=1, keepdim=True)
            gradients = gradients * (self.clip / (norms + 1e-6)).clamp(max=1.0)
        if self.l2:
            gradients = gradients.add(thetas, alpha=self.l2)
        self._move(thetas, gradients, state, rate, step)


@dataclass(frozen=True)
class SGD(Optimizer):
    r"""Gradient descent with momentum: :math:`b \leftarrow \mu b + g`, :math:`\theta \leftarrow \theta - r b`.

    Nesterov's variant moves by :math:`g + \mu b` instead. As `torch.optim.SGD`.

    Parameters
    ----------
    momentum : float
        In [0, 1). 0.9, as in the TO paper's tables A.1 and A.2.
    nesterov : bool
        True for the AutoNEB code's DenseNets.

    Raises
    ------
    TypeError
        If a number is no number, or nesterov no truth value.
    ValueError
        If the momentum is not in [0, 1), nesterov is True without momentum, or l2 or clip is negative.

    Examples
    --------
    >>> thetas = torch.tensor([[1.0]])
    >>> optimizer = SGD(momentum=0.0)
    >>> optimizer.move(thetas, 2 * thetas, optimizer.state(thetas), rate=0.25, step=0)
    >>> thetas
    tensor([[0.5000]])
    """

    momentum: float = 0.9
    nesterov: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        as_share(self.momentum, "momentum")
        if not isinstance(self.nesterov, bool):
            raise TypeError(f"expected nesterov True or False, got {self.nesterov!r}; pass a bool")
        if self.nesterov and self.momentum == 0:
            raise ValueError("expected momentum > 0 with nesterov=True, got 0; choose one such as 0.9")

    def state(self, thetas: Tensor) -> State:
        return {"momentum": torch.zeros_like(thetas)} if self.momentum else {}

    def _move(self, thetas: Tensor, gradients: Tensor, state: State, rate: float, step: int) -> None:
        if self.momentum:
            kept = state["momentum"].mul_(self.momentum).add_(gradients)
            gradients = gradients.add(kept, alpha=self.momentum) if self.nesterov else kept
        thetas.sub_(gradients, alpha=rate)


@dataclass(frozen=True)
class Adam(Optimizer):
    r"""Adam: :math:`\theta \leftarrow \theta - r\, \hat m / (\sqrt{\hat v} + \epsilon)`, as `torch.optim.Adam`.

    The TO paper's fully connected networks (section 2.1) and the FB paper's (rate 1e-3) are trained with it.

    Parameters
    ----------
    beta1, beta2 : float
        Decay of the means of the gradient and of its square, in [0, 1): 0.9 and 0.999, the usual values.
    epsilon : float

    Raises
    ------
    TypeError
        If one is no number.
    ValueError
        If a decay is not in [0, 1), epsilon not positive, or l2 or clip negative.

    Examples
    --------
    >>> Adam().settings()["beta2"]
    0.999
    """

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        as_share(self.beta1, "beta1"), as_share(self.beta2, "beta2"), as_positive(self.epsilon, "epsilon")

    def state(self, thetas: Tensor) -> State:
        return {"mean": torch.zeros_like(thetas), "square": torch.zeros_like(thetas)}

    def _move(self, thetas: Tensor, gradients: Tensor, state: State, rate: float, step: int) -> None:
        mean = state["mean"].lerp_(gradients, 1 - self.beta1)
        square = state["square"].mul_(self.beta2).addcmul_(gradients, gradients, value=1 - self.beta2)
        biases = 1 - self.beta1 ** (step + 1), 1 - self.beta2 ** (step + 1)
        spread = square.sqrt().div_(biases[1] ** 0.5).add_(self.epsilon)
        thetas.addcdiv_(mean, spread, value=-rate / biases[0])


def as_share(value: Any, name: str, high: float = 1.0) -> float:
    """A number in [0, high).

    Raises
    ------
    TypeError
        If it is no number.
    ValueError
        If it lies outside.
    """
    number = 0.0 if isinstance(value, (int, float)) and value == 0 else as_positive(value, name)
    if number >= high:
        raise ValueError(f"expected {name} in [0, {high:g}), got {number:g}; choose another {name}")
    return number
