"""Losses by name, their accuracies, and what their targets must look like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.nn import functional

Measure = Callable[[Any, Tensor], Tensor]


@dataclass(frozen=True)
class LossFunction:
    """A mean loss over rows, and the share of rows that it calls right.

    Attributes
    ----------
    name : str
    mean : callable
        (outputs, targets) -> scalar tensor.
    accuracy : callable or None
        (outputs, targets) -> scalar tensor in [0, 1].
    """

    name: str
    mean: Measure
    accuracy: Measure | None = None

    def check(self, outputs: Any, targets: Tensor) -> Tensor:
        """The targets, as the named loss needs them; those of a loss of one's own pass.

        Parameters
        ----------
        outputs : tensor
            Of the module, on some of the rows.
        targets : tensor
            All of them.

        Raises
        ------
        TypeError
            If the outputs are no tensor, or targets are of another kind.
        ValueError
            If the shapes do not fit, or a target is out of range.
        """
        if self.name not in NAMED:
            return targets
        if not isinstance(outputs, Tensor):
            raise TypeError(
                f"expected a tensor from the module for loss {self.name!r}, got {type(outputs).__name__}; "
                "pass a loss of your own, a function of (outputs, targets)"
            )
        if self.name == "cross_entropy" and not targets.dtype.is_floating_point:
            return _classes(outputs, targets)
        return _values(self.name, outputs, targets)


def _classes(outputs: Tensor, targets: Tensor) -> Tensor:
    wanted = (outputs.shape[0], *outputs.shape[2:])
    if outputs.ndim < 2 or targets.shape[1:] != wanted[1:]:
        raise ValueError(
            f"expected outputs (b, C, ...) and class numbers (b, ...), got {tuple(outputs.shape)} and "
            f"{tuple(targets.shape)}; targets are one class number a row, not one-hot integers"
        )
    low, high = int(targets.min()), int(targets.max())
    if low < 0 or high >= outputs.shape[1]:
        raise ValueError(
            f"expected classes in 0..{outputs.shape[1] - 1}, got {low if low < 0 else high}; "
            "number the classes from 0, and drop rows that are to be ignored"
        )
    return targets


def _values(name: str, outputs: Tensor, targets: Tensor) -> Tensor:
    if targets.shape[1:] != outputs.shape[1:]:
        raise ValueError(
            f"expected targets of the outputs' shape {('b', *outputs.shape[1:])} for loss {name!r}, got "
            f"{('b', *targets.shape[1:])}; reshape them, such as targets[:, None], or give integer classes to "
            "cross_entropy"
        )
    targets = targets.to(outputs.dtype)
    if name in ("bce", "cross_entropy") and (targets.min() < 0 or targets.max() > 1):
        raise ValueError(
            f"expected targets in [0, 1] for loss {name!r}, got {targets.min():g} to {targets.max():g}; "
            "give probabilities, 0 or 1"
        )
    return targets


def _hits(outputs: Tensor, targets: Tensor) -> Tensor:
    wanted = targets.argmax(dim=1) if targets.dtype.is_floating_point else targets
    return (outputs.argmax(dim=1) == wanted).to(outputs.dtype).mean()


def _signs(outputs: Tensor, targets: Tensor) -> Tensor:
    return ((outputs > 0) == (targets > 0.5)).to(outputs.dtype).mean()


NAMED = {
    "cross_entropy": LossFunction("cross_entropy", functional.cross_entropy, _hits),
    "mse": LossFunction("mse", functional.mse_loss),
    "mae": LossFunction("mae", functional.l1_loss),
    "bce": LossFunction("bce", functional.binary_cross_entropy_with_logits, _signs),
}


def as_loss(loss: Any, accuracy: Any = None) -> LossFunction:
    """A loss from its name or a function.

    Parameters
    ----------
    loss : str or callable
        "cross_entropy" (of logits), "mse", "mae", "bce" (of logits), or (outputs, targets) -> mean over rows.
    accuracy : callable, optional
        (outputs, targets) -> mean over rows; by default that of the named loss, where it has one.

    Raises
    ------
    TypeError
        If the loss is neither a name nor callable, or the accuracy not callable.
    ValueError
        If the name is unknown.

    Examples
    --------
    >>> import torch
    >>> as_loss("bce").mean(torch.zeros(1), torch.ones(1))
    tensor(0.6931)
    """
    if accuracy is not None and not callable(accuracy):
        raise TypeError(
            f"expected a callable accuracy, got {accuracy!r}; pass a function of (outputs, targets)"
        )
    if isinstance(loss, str):
        if loss not in NAMED:
            raise ValueError(
                f"expected one of {', '.join(NAMED)}, got loss {loss!r}; or pass a function of (outputs, targets)"
            )
        named = NAMED[loss]
        return LossFunction(named.name, named.mean, accuracy or named.accuracy)
    if not callable(loss):
        raise TypeError(
            f"expected a loss name or a function of (outputs, targets), got {loss!r}; such as 'cross_entropy'"
        )
    name = getattr(loss, "__qualname__", None) or type(loss).__qualname__
    return LossFunction(name if name not in NAMED else f"{name} (own)", loss, accuracy)
