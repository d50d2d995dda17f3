"""Where each parameter of a module lies in a flat vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class ParameterLayout:
    """Names and shapes of the coordinates, in the order of ``module.named_parameters()``.

    A tied parameter stands once, under its first name. A frozen one (``requires_grad=False``) is no coordinate.

    Attributes
    ----------
    names : tuple of str
    shapes : tuple of torch.Size
    n_parameters : int
        How many of them are parameters; BatchNorm statistics come behind, where they are coordinates.

    Examples
    --------
    >>> layout = ParameterLayout.of(nn.Linear(3, 2))
    >>> layout.dimension, layout.slices
    (8, {'weight': slice(0, 6, None), 'bias': slice(6, 8, None)})
    """

    names: tuple[str, ...]
    shapes: tuple[torch.Size, ...]
    n_parameters: int

    @classmethod
    def of(cls, module: nn.Module, statistics: tuple[str, ...] = ()) -> ParameterLayout:
        """The layout of a module's trainable parameters, and of the named buffers behind them.

        Raises
        ------
        ValueError
            If no parameter is trainable.
        """
        parts: dict[str, Tensor] = {
            name: value for name, value in module.named_parameters() if value.requires_grad
        }
        count = len(parts)
        if sum(value.numel() for value in parts.values()) == 0:
            raise ValueError(
                f"expected {type(module).__name__} to have parameters with requires_grad=True, got none; "
                "frozen parameters are no coordinates: call module.requires_grad_()"
            )
        parts |= {name: module.get_buffer(name) for name in statistics}
        return cls(tuple(parts), tuple(value.shape for value in parts.values()), count)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names without those of BatchNorm statistics."""
        return self.names[: self.n_parameters]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Coordinates of each part."""
        return tuple(prod(shape) for shape in self.shapes)

    @property
    def dimension(self) -> int:
        """Number M of coordinates."""
        return sum(self.sizes)

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Where each part lies."""
        begin, found = 0, {}
        for name, size in zip(self.names, self.sizes, strict=True):
            found[name] = slice(begin, begin + size)
            begin += size
        return found

    def split(self, thetas: Tensor) -> dict[str, Tensor]:
        """The parts (P, *shape) of vectors (P, M), as views."""
        pieces = thetas.split(self.sizes, dim=1)
        return {
            name: piece.view(len(thetas), *shape)
            for name, shape, piece in zip(self.names, self.shapes, pieces, strict=True)
        }

    def join(self, parts: Mapping[str, Tensor]) -> Tensor:
        """Vectors (P, M) from parts (P, *shape); the inverse of `split`."""
        return torch.cat([parts[name].flatten(start_dim=1) for name in self.names], dim=1)

    def add(self, thetas: Tensor, parts: Sequence[Tensor], share: float, first: bool = False) -> None:
        """Add a share of the parameters' parts (P, *shape), in their order, to vectors (P, M) in place.

        The first time, what the vectors held is overwritten, with 0 at the BatchNorm statistics.
        """
        targets = self.split(thetas)
        for name, part in zip(self.parameters, parts, strict=True):
            if first:
                torch.mul(part, share, out=targets[name])
            else:
                targets[name].add_(part, alpha=share)
        if first:
            thetas[:, sum(self.sizes[: self.n_parameters]) :] = 0

    def vector(self, module: nn.Module) -> Tensor:
        """The vector (M,) of a module with these names and shapes, a copy.

        Raises
        ------
        ValueError
            If a name is missing or a shape is another one.
        """
        state = dict(module.named_parameters(remove_duplicate=False)) | dict(module.named_buffers())
        for name, shape in zip(self.names, self.shapes, strict=True):
            found = tuple(state[name].shape) if name in state else "nothing"
            if found != tuple(shape):
                raise ValueError(
                    f"expected {name} of shape {tuple(shape)} in the module, got {found}; pass a module of the "
                    "architecture that the landscape was made of"
                )
        return torch.cat([state[name].detach().flatten() for name in self.names])

    def write(self, module: nn.Module, theta: Tensor) -> None:
        """Copy the vector (M,) into a module's parameters and buffers."""
        state = dict(module.named_parameters(remove_duplicate=False)) | dict(module.named_buffers())
        with torch.no_grad():
            for name, value in self.split(theta[None]).items():
                state[name].copy_(value[0])
