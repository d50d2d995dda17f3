"""BatchNorm layers as functions of parameters alone: statistics of the batch, given, or measured over data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.instancenorm import _InstanceNorm

POLICIES = ("batch", "recompute", "frozen", "coordinates")


def norms(module: nn.Module) -> dict[str, _BatchNorm]:
    """The BatchNorm layers of a module by name, a shared one once."""
    return {name: part for name, part in module.named_modules() if isinstance(part, _BatchNorm)}


def check_norms(module: nn.Module, policy: str) -> None:
    """Refuse what a policy cannot do with the module's norms.

    Raises
    ------
    ValueError
        If the policy is unknown, needs statistics that a layer does not keep or a momentum that it does not
        have, or a layer is a SyncBatchNorm or an InstanceNorm that tracks statistics.
    """
    if policy not in POLICIES:
        raise ValueError(
            f"expected batchnorm one of {', '.join(POLICIES)}, got {policy!r}; choose one of them"
        )
    for name, part in module.named_modules():
        if isinstance(part, nn.SyncBatchNorm):
            raise ValueError(
                f"expected no SyncBatchNorm, got {name}; there is one process: use nn.BatchNorm2d instead"
            )
        if isinstance(part, _InstanceNorm) and part.track_running_stats:
            raise ValueError(
                f"expected InstanceNorm without tracking, got {name} with track_running_stats=True; "
                "make it with track_running_stats=False"
            )
    for name, norm in norms(module).items():
        if policy != "batch" and norm.running_mean is None:
            raise ValueError(
                f"expected running statistics in {name} for batchnorm={policy!r}, got a layer without them; "
                "use batchnorm='batch', or make the layer with track_running_stats=True"
            )
        if policy == "coordinates" and norm.momentum is None:
            raise ValueError(
                f"expected a momentum in {name} for batchnorm='coordinates', got None (cumulative average, "
                "which needs a count beside the vector); set the layer's momentum, such as 0.1"
            )


def statistics_names(module: nn.Module) -> tuple[str, ...]:
    """Names of the running means and variances, layer by layer."""
    return tuple(statistics_name(name, which) for name in norms(module) for which in ("mean", "var"))


def statistics_name(layer: str, which: str) -> str:
    """The buffer's name of a layer's running "mean" or "var"; the layer "" is the module itself."""
    return f"{layer}.running_{which}".removeprefix(".")


def use_batch_statistics(module: nn.Module) -> None:
    """Let every BatchNorm normalise with the statistics of the rows it sees, and keep none."""
    for norm in norms(module).values():
        norm.running_mean = norm.running_var = norm.num_batches_tracked = None


@dataclass
class Moments:
    """Mean and biased variance (P, C) of what a layer saw, and how many values a channel there were."""

    mean: Tensor
    variance: Tensor
    count: int

    def merged(self, other: Moments) -> Moments:
        r"""Moments of both together: with :math:`n = n_1 + n_2` and :math:`\delta = \mu_2 - \mu_1`,
        :math:`\mu = \mu_1 + \delta n_2 / n`, :math:`v = (n_1 v_1 + n_2 v_2) / n + \delta^2 n_1 n_2 / n^2`.
        """
        count = self.count + other.count
        share = other.count / count
        gap = other.mean - self.mean
        variance = (1 - share) * self.variance + share * other.variance + share * (1 - share) * gap**2
        return Moments(self.mean + share * gap, variance, count)

    @property
    def unbiased(self) -> Tensor:
        """Variance with the divisor n - 1: what torch keeps as the running variance."""
        return self.variance * (self.count / max(self.count - 1, 1))


@dataclass
class MomentsRecorder:
    """Hooks that note the mean and variance of what reaches each BatchNorm during one forward pass.

    Examples
    --------
    >>> module = nn.BatchNorm1d(1)
    >>> recorder = MomentsRecorder(module)
    >>> _ = module(torch.tensor([[1.0], [3.0]]))
    >>> recorder.take()
    ({'': [(tensor([2.]), tensor([1.]))]}, {'': [2]})
    """

    module: nn.Module
    seen: dict[str, list[tuple[Tensor, Tensor]]] = field(default_factory=dict)
    counts: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, norm in norms(self.module).items():
            norm.register_forward_pre_hook(lambda _, inputs, name=name: self._note(name, inputs[0]))

    def _note(self, name: str, values: Tensor) -> None:
        axes = [axis for axis in range(values.ndim) if axis != 1]
        variance, mean = torch.var_mean(values, dim=axes, correction=0)
        self.seen.setdefault(name, []).append((mean, variance))
        self.counts.setdefault(name, []).append(values.numel() // values.shape[1])

    def take(self) -> tuple[dict[str, list[tuple[Tensor, Tensor]]], dict[str, list[int]]]:
        """What was noted since the last call: (mean, variance) of each call of each layer, and the counts."""
        found, counts = self.seen, self.counts
        self.seen, self.counts = {}, {}
        return found, counts


def per_call(
    found: dict[str, list[tuple[Tensor, Tensor]]], counts: dict[str, list[int]]
) -> Iterator[tuple[str, Moments]]:
    """(layer, moments) of every call, in order."""
    for name, calls in found.items():
        for (mean, variance), count in zip(calls, counts[name], strict=True):
            yield name, Moments(mean, variance, count)
