"""A surface whose level is one quantity while another one is descended: a test error cannot be differentiated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from lossbar_core.landscapes import Landscape, Surface


class Measured(Surface):
    r"""The level sets of a measure :math:`E(\theta)`, with the gradients of a training loss :math:`L(\theta)`.

    FB's image networks have a level of the test error in percent, its language model one of the perplexity; both are
    trained by the cross-entropy. On all rows the value is E; on rows that are named it is L, as a step of training
    needs it. Gradients are always those of L.

    Parameters
    ----------
    trained : Landscape
        The training loss L.
    measure : callable
        (P, M) tensor -> (P,) tensor, in any unit.
    name : str
        What is measured, for the provenance.

    Raises
    ------
    TypeError
        If ``trained`` is no landscape of data.

    Examples
    --------
    >>> import torch
    >>> x = torch.linspace(-1, 1, 5)[:, None]
    >>> loss = Landscape(torch.nn.Linear(1, 1), "mse", (x, 2 * x + 1))
    >>> surface = Measured(loss, lambda thetas: thetas.abs().sum(1), "sum of sizes")
    >>> theta = torch.tensor([[2.0, 1.0]])
    >>> surface.losses(theta).tolist(), surface.losses(theta, rows=[0]).tolist()
    ([3.0], [0.0])
    """

    def __init__(self, trained: Landscape, measure: Callable[[Tensor], Tensor], name: str) -> None:
        if not isinstance(trained, Landscape):
            raise TypeError(
                f"expected a landscape of a module, got {type(trained).__name__}; "
                "wrap it as Landscape(module, loss, data)"
            )
        super().__init__(trained.dimension, trained.dtype, trained.device, trained.n_rows)
        self.trained, self.measure, self.name = trained, measure, name

    def settings(self) -> dict[str, Any]:
        return super().settings() | {"measure": self.name, "trained": self.trained.settings()}

    def at_once(self, n_rows: int | None = None) -> int:
        return self.trained.at_once(n_rows)

    def _losses(self, thetas: Tensor, rows: Tensor | None) -> Tensor:
        return self.measure(thetas) if rows is None else self.trained.losses(thetas, rows)

    def _losses_and_gradients(self, thetas: Tensor, rows: Tensor | None) -> tuple[Tensor, Tensor]:
        losses, gradients = self.trained.losses_and_gradients(thetas, rows)
        return (self.measure(thetas) if rows is None else losses), gradients
