"""HI-params: how many parameters the networks of HI section 5.1 have."""

from __future__ import annotations

from dataclasses import dataclass

from lossbar_core.networks import n_parameters
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.hi.index_nets import IndexTask, module_of


@dataclass(frozen=True)
class Parameters:
    """The three networks on images of 28 x 28."""

    seed: int = 0


@item("HI-params", smoke=Parameters(), quick=Parameters())
def parameter_counts(config: Parameters) -> Result:
    """Weights and biases: HI section 5.1.

    Parameters
    ----------
    config : Parameters

    Returns
    -------
    Result
        ``mlp_2``, ``mlp_3`` and ``cnn``; ``first_2`` and ``last_cnn``, those of the first and of the last layer.
    """
    nets = {
        name: module_of(IndexTask(name, "mnist", False, 0, None, 28, 0, 0.0))
        for name in ("2mlp", "3mlp", "cnn")
    }
    return Result(
        {
            "mlp_2": n_parameters(nets["2mlp"]),
            "mlp_3": n_parameters(nets["3mlp"]),
            "cnn": n_parameters(nets["cnn"]),
            "first_2": n_parameters(nets["2mlp"].get_submodule("1")),
            "last_cnn": n_parameters(nets["cnn"].get_submodule("7")),
        }
    )
