"""Any differentiable function of points as a surface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lossbar_core.checks import as_count
from lossbar_core.landscapes.blocks import LossBlock
from lossbar_core.landscapes.surface import Surface

Function = Callable[[Tensor], Tensor]


class AnalyticLandscape(Surface):
    r"""A function :math:`f: \mathbb R^d \to \mathbb R` given by a formula, with gradients by autograd.

    Parameters
    ----------
    function : callable
        (n, d) tensor -> (n,) tensor, differentiable, one value a row, each of its own row alone.
    dimension : int
        The number d of coordinates.
    gradient : callable, optional
        (n, d) tensor -> (n, d) tensor, instead of autograd.
    name : str, optional
        For the provenance; by default the function's own.
    dtype : torch.dtype
        float64 by default: exact saddle heights are compared to many digits (tuned here).
    device : torch.device or str

    Raises
    ------
    TypeError
        If the function or gradient cannot be called, the dimension is no integer, the function does not return
        a tensor or is not differentiable, or the dtype is neither float32 nor float64.
    ValueError
        If what the function or gradient returns has the wrong shape, or a value depends on the other rows.

    Examples
    --------
    >>> bowl = AnalyticLandscape(lambda x: (x * x).sum(dim=1), 2)
    >>> bowl.losses_and_gradients([[1.0, 2.0]])
    (tensor([5.], dtype=torch.float64), tensor([[2., 4.]], dtype=torch.float64))
    """

    def __init__(
        self,
        function: Function,
        dimension: int,
        *,
        gradient: Function | None = None,
        name: str | None = None,
        dtype: torch.dtype = torch.float64,
        device: torch.device | str = "cpu",
    ) -> None:
        for part, what in ((function, "function"), (gradient or function, "gradient")):
            if not callable(part):
                raise TypeError(
                    f"expected a {what} of (n, d) tensors, got {part!r}; pass a callable, such as "
                    "lambda x: (x * x).sum(dim=1)"
                )
        super().__init__(as_count(dimension, "dimension"), dtype, device)
        self.function, self.gradient = function, gradient
        self.name = name or getattr(function, "__name__", type(function).__name__)
        self._try_out()

    def __repr__(self) -> str:
        return f"AnalyticLandscape({self.name}, dimension={self.dimension}, dtype={self.dtype})"

    def settings(self) -> dict[str, Any]:
        return super().settings() | {"function": self.name}

    def blocks(self, size: int | None = None) -> list[LossBlock]:
        """The function as the only summand of itself, for second derivatives; see `Landscape.blocks`.

        Returns
        -------
        list of one LossBlock
            Whose outputs are the function's value.
        """
        return [LossBlock(1.0, 0, lambda theta: self._values(theta[None])[0], lambda value: value)]

    def _losses(self, thetas: Tensor, rows: Tensor | None) -> Tensor:
        return self._values(thetas)

    def _losses_and_gradients(self, thetas: Tensor, rows: Tensor | None) -> tuple[Tensor, Tensor]:
        if self.gradient is not None:
            with torch.no_grad():
                return self._values(thetas), self._slopes(thetas, self.gradient)
        points = thetas.clone().requires_grad_()
        values = self._values(points)
        if not values.requires_grad:
            raise TypeError(
                f"expected a differentiable {self.name}, got values that autograd cannot trace; compute with "
                "torch alone (no numpy, no .item(), no .detach()), or pass gradient=..."
            )
        return values, torch.autograd.grad(values.sum(), points)[0]

    def _values(self, thetas: Tensor) -> Tensor:
        values = self.function(thetas)
        if not isinstance(values, Tensor):
            raise TypeError(
                f"expected {self.name} to return a tensor, got {type(values).__name__}; compute with torch"
            )
        if values.shape != thetas.shape[:1]:
            raise ValueError(
                f"expected {self.name} to return shape ({len(thetas)},) for {tuple(thetas.shape)}, got "
                f"{tuple(values.shape)}; return one value a row, such as x.sum(dim=1)"
            )
        return values.to(self.dtype)

    def _slopes(self, thetas: Tensor, gradient: Function) -> Tensor:
        slopes = torch.as_tensor(gradient(thetas))
        if slopes.shape != thetas.shape:
            raise ValueError(
                f"expected a gradient of shape {tuple(thetas.shape)}, got {tuple(slopes.shape)}; "
                "return one row a point"
            )
        return slopes.to(self.device, self.dtype)

    def _try_out(self) -> None:
        """Two points, together and alone: a function that mixes its rows would give neighbours each other's loss."""
        points = torch.randn(2, self.dimension, generator=torch.Generator().manual_seed(0))
        points = points.to(self.device, self.dtype)
        together, _ = self._losses_and_gradients(points, None)
        alone = torch.cat([self._values(points[:1]), self._values(points[1:])])
        if not torch.allclose(together.detach(), alone.detach(), rtol=1e-3, atol=1e-6, equal_nan=True):
            raise ValueError(
                f"expected each value of {self.name} to depend on its own row alone, got {together.tolist()} for two "
                f"points together and {alone.tolist()} for each alone; reduce over dim=1 only"
            )
