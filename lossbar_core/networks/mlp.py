"""Fully connected networks of any depth and width."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from lossbar_core.networks.parameters import as_flag, as_sizes

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
}


class MLP(nn.Sequential):
    r"""Fully connected network :math:`x \mapsto W_k\, \sigma(\dots \sigma(W_1 x + b_1) \dots) + b_k`.

    Inputs of any shape (n, ...) are flattened to (n, widths[0]); outputs are (n, widths[-1]).

    Parameters
    ----------
    widths : sequence of int
        Of all layers, input and output included: (784, 32, 32, 10) has two hidden layers. The TO paper's Figure 2
        has 2, 3, 4, 6 or 8 hidden layers of 32 units: 26506, 27562, 28618, 30730, 32842 parameters.
    activation : {"relu", "sigmoid", "softplus", "tanh"}
        After each hidden layer. ReLU by default, as in the TO paper's code for convolutional networks.
    bias : bool
        False for the FB paper's quadratic task, whose code does not use them.
    activate_output : bool
        True puts the activation behind the output too, as in that task.

    Raises
    ------
    TypeError
        If the widths are no integers, or bias or activate_output no truth value.
    ValueError
        If there are fewer than two widths, one is not positive, or the activation is unknown.

    Examples
    --------
    >>> from lossbar_core.networks import n_parameters
    >>> n_parameters(MLP((784, 32, 32, 10)))
    26506
    """

    def __init__(
        self,
        widths: Sequence[int],
        activation: str = "relu",
        *,
        bias: bool = True,
        activate_output: bool = False,
    ) -> None:
        sizes = as_sizes(widths, "widths", least=2)
        kind = as_activation(activation)
        as_flag(bias, "bias"), as_flag(activate_output, "activate_output")
        parts: list[nn.Module] = [nn.Flatten()]
        for wide, narrow in pairwise(sizes):
            parts += [nn.Linear(wide, narrow, bias=bias), kind()]
        super().__init__(*(parts if activate_output else parts[:-1]))
        self.widths = sizes

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (n, widths[-1]) of inputs (n, ...).

        Raises
        ------
        ValueError
            If an input has not widths[0] entries.
        """
        if inputs.shape[1:].numel() != self.widths[0]:
            raise ValueError(
                f"expected inputs of {self.widths[0]} entries each, got shape {tuple(inputs.shape)}; "
                "change the first width, or put the rows in the first axis"
            )
        return super().forward(inputs)


def as_activation(name: str) -> type[nn.Module]:
    """The module of an activation.

    Raises
    ------
    ValueError
        If the name is unknown.
    """
    if name not in ACTIVATIONS:
        raise ValueError(
            f"expected an activation of {', '.join(ACTIVATIONS)}, got {name!r}; choose one of them"
        )
    return ACTIVATIONS[name]
