"""What is tried once, on a few rows, before a landscape is used."""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from lossbar_core.landscapes.batchnorm import norms, use_batch_statistics
from lossbar_core.landscapes.dropout import is_random, random_parts, seeded
from lossbar_core.landscapes.evaluation import agrees_with_loop, tensors_of
from lossbar_core.landscapes.memory import Footprint, footprint

if TYPE_CHECKING:
    from lossbar_core.landscapes.modules import Landscape

ROWS = 8  # of the first trial: enough that several classes are among them; tuned here
TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-9}  # relative; far above rounding, far below a mistake


def check_module(landscape: Landscape) -> Tensor:
    """Run the module once, and return the targets as its loss needs them.

    Raises
    ------
    TypeError
        If the loss is no real tensor that autograd can trace, or targets are of another kind than it needs.
    ValueError
        If the module cannot run on the data, is random, changes its buffers, or the loss is no mean over rows.
    """
    module, data = landscape._active, landscape.data
    rows = torch.linspace(0, data.n_rows - 1, min(ROWS, data.n_rows)).long().unique().to(landscape.device)
    arguments, keywords, _ = data.take(rows)
    _check_random(landscape, arguments, keywords)
    before = {name: value.clone() for name, value in module.named_buffers()}
    with torch.no_grad(), seeded(landscape._seed or 0, 0, landscape.device):
        try:
            outputs = module(*arguments, **keywords)
        except Exception as error:
            shapes = [tuple(part.shape) for part in (*arguments, *keywords.values())]
            raise ValueError(
                f"expected {type(module).__name__} to run on {len(rows)} rows of the data, inputs of shapes {shapes}, "
                f"got {type(error).__name__}: {error}; check the inputs' shape and dtype (a tuple means several "
                "arguments)"
            ) from error
    for name, value in module.named_buffers():
        if not torch.equal(value.nan_to_num(), before[name].nan_to_num()):
            raise ValueError(
                f"expected buffers that stay as they are, got {name} changed by the forward pass; "
                "a loss that depends on earlier evaluations is no function of the parameters"
            )
    targets = landscape.loss.check(outputs, data.targets)
    data.targets = targets
    _check_loss(landscape, rows)
    return targets


def _check_random(landscape: Landscape, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    if landscape.dropout is None:
        parts = random_parts(landscape._template)
        training = deepcopy(landscape._template).train()
        use_batch_statistics(training)
        if not parts and _differs(training, arguments, keywords, landscape.device):
            parts = ["its forward pass in training mode"]
        if parts:
            raise ValueError(
                f"expected a module without randomness, got dropout in {', '.join(parts)}; pass dropout='off' to "
                "evaluate without it, or a seed for one mask that all evaluations share"
            )
    if landscape._seed is None and _differs(landscape._active, arguments, keywords, landscape.device):
        raise ValueError(
            "expected a module without randomness in evaluation mode, got outputs that change from call to call; "
            "let it depend on self.training, or pass dropout=seed"
        )


def _differs(
    module: nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any], device: torch.device
) -> bool:
    def outputs() -> list[Tensor]:
        return [value.clone() for value in tensors_of(module(*arguments, **keywords))]

    with torch.no_grad():
        try:
            return is_random(outputs, device)
        except Exception:  # what is wrong with it is said where it runs in earnest
            return False


def _check_loss(landscape: Landscape, rows: Tensor) -> None:
    """Shape and kind of the loss, and that it is a mean: of 1 and of the other rows, weighted, as of all together."""
    theta = landscape.layout.vector(landscape._template)[None]

    def loss(chosen: Tensor) -> Tensor:
        return landscape._block(
            theta, {}, landscape.data.take(chosen), False, 0, partial(_checked, landscape), False, False
        )[0]

    with torch.no_grad():
        whole = loss(rows)
        coupled = any(norm.running_mean is None for norm in norms(landscape._active).values())
        if coupled or landscape._seed is not None or len(rows) == 1:
            return
        parts = (loss(rows[:1]) + (len(rows) - 1) * loss(rows[1:])) / len(rows)
    if not torch.allclose(whole, parts, rtol=1e-3, atol=1e-6, equal_nan=True):
        raise ValueError(
            f"expected a loss that is a mean over rows, got {whole.item():g} on {len(rows)} rows but {parts.item():g} "
            "as the mean of its parts; use reduction='mean', without class weights or ignored rows, and a module that "
            "treats each row alone"
        )


def _checked(landscape: Landscape, outputs: Any, targets: Tensor) -> Tensor:
    """The loss, which must be one real number that torch computed."""
    value = landscape.loss.mean(outputs, targets)
    if not isinstance(value, Tensor) or not value.dtype.is_floating_point:
        found = value.dtype if isinstance(value, Tensor) else type(value).__name__
        raise TypeError(
            f"expected a real tensor from loss {landscape.loss.name!r}, got {found}; compute with torch alone"
        )
    if value.shape != ():
        raise ValueError(
            f"expected one number from loss {landscape.loss.name!r}, got shape {tuple(value.shape)}; "
            "take its mean over rows"
        )
    return value


def _pair(landscape: Landscape) -> Tensor:
    """The module's own vector and another one nearby."""
    theta = landscape.layout.vector(landscape._template)
    return torch.stack([theta, 0.9 * theta])


def can_be_vectorised(landscape: Landscape) -> bool:
    """Whether vmap gives what the loop gives, for 2 vectors on 2 rows.

    Raises
    ------
    TypeError
        If autograd cannot trace the loss back to the parameters.
    """
    thetas = _pair(landscape)
    rows = torch.tensor([0, landscape.n_rows - 1], device=landscape.device)

    def evaluate(vectorised: bool) -> tuple[Tensor, ...]:
        """Losses on shared and on own rows, accuracies, and all gradients in one vector."""
        data = landscape.data.take(rows)
        block = partial(landscape._block, thetas, {}, vectorised=vectorised)
        with torch.enable_grad():
            losses, gradients = block(data, False, 0, landscape._loss, True)
        with torch.no_grad():
            own, _ = block(landscape.data.take(rows.expand(2, 2)), True, 0, landscape._loss, False)
            right = (
                ()
                if landscape.loss.accuracy is None
                else block(data, False, 0, landscape._accuracy, False)[:1]
            )
        # In one vector: a bias before BatchNorm has gradient 0, and only rounding to compare.
        return losses, own, *right, torch.cat([part.flatten() for part in gradients])

    try:
        evaluate(False)
    except RuntimeError as error:
        if "does not require grad" not in str(error):
            raise
        raise TypeError(
            f"expected loss {landscape.loss.name!r} to be differentiable in the parameters, got a value that autograd "
            "cannot trace; compute with torch alone (no .item(), no .detach(), no numpy)"
        ) from error
    return agrees_with_loop(evaluate, TOLERANCE[landscape.dtype])


def measured_footprint(landscape: Landscape) -> Footprint:
    """Bytes a vector and a row, from what autograd saves for 2 vectors (1 in a loop)."""
    thetas = _pair(landscape)[: 2 if landscape.vectorised else 1]

    def evaluate(count: int) -> Tensor:
        rows = torch.arange(count, device=landscape.device) % landscape.n_rows
        return landscape._block(thetas, {}, landscape.data.take(rows), False, 0, landscape._loss, True)[0]

    vector = landscape.dimension * thetas.element_size()
    with torch.enable_grad():
        return footprint(evaluate, len(thetas), vector, landscape.data.row_bytes)
