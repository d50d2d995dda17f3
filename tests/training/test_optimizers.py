"""Optimizers: every vector moves as torch.optim would move it alone."""

import pytest
import torch

from lossbar_core.training import SGD, Adam

CASES = {
    "plain": (SGD(0.0), torch.optim.SGD, {}),
    "momentum": (SGD(), torch.optim.SGD, {"momentum": 0.9}),
    "nesterov": (SGD(0.8, nesterov=True), torch.optim.SGD, {"momentum": 0.8, "nesterov": True}),
    "l2": (SGD(0.9, l2=0.01), torch.optim.SGD, {"momentum": 0.9, "weight_decay": 0.01}),
    "adam": (Adam(), torch.optim.Adam, {}),
    "adam, l2": (
        Adam(0.8, 0.99, 1e-6, l2=0.1),
        torch.optim.Adam,
        {"betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.1},
    ),
}


def gradient(thetas):
    """Of a Rosenbrock function in pairs of coordinates."""
    x, y = thetas[..., 0::2], thetas[..., 1::2]
    slope = 20 * (y - x**2)
    return torch.stack((-2 * x * slope - 2 * (1 - x), slope), dim=-1).flatten(-2)


@pytest.mark.parametrize("clip", [None, 2.0])
@pytest.mark.parametrize("name", CASES)
def test_steps_are_those_of_torch(name, clip):
    ours, theirs, options = CASES[name]
    ours = with_clip(ours, clip)
    starts = torch.randn(3, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    thetas = starts.clone()
    state = ours.state(thetas)
    for step in range(40):
        ours.move(thetas, gradient(thetas), state, 0.002 / (1 + step), step)
    for start, found in zip(starts, thetas, strict=True):
        alone = start.clone().requires_grad_()
        optimizer = theirs([alone], lr=0.01, **options)
        for step in range(40):
            optimizer.param_groups[0]["lr"] = 0.002 / (1 + step)
            alone.grad = gradient(alone.detach())
            if clip:
                torch.nn.utils.clip_grad_norm_([alone], clip)
            optimizer.step()
        torch.testing.assert_close(found, alone.detach(), rtol=1e-10, atol=1e-12)


def with_clip(optimizer, clip):
    settings = optimizer.settings() | {"clip": clip}
    settings.pop("name")
    return type(optimizer)(**settings)


def test_gradients_stay_as_they_are():
    thetas = torch.ones(1, 2)
    gradients = torch.full((1, 2), 3.0)
    optimizer = SGD(0.9, l2=0.1, clip=1.0)
    optimizer.move(thetas, gradients, optimizer.state(thetas), 0.1, 0)
    assert gradients.eq(3.0).all()


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: SGD(1.0), r"momentum in \[0, 1\), got 1"),
        (ValueError, lambda: SGD(-0.1), "momentum, got -0.1"),
        (TypeError, lambda: SGD("0.9"), "number as momentum"),
        (TypeError, lambda: SGD(0.9, 1), "nesterov True or False, got 1"),
        (ValueError, lambda: SGD(0.0, True), "momentum > 0 with nesterov"),
        (ValueError, lambda: SGD(l2=-1e-5), "finite l2, got -1e-05"),
        (ValueError, lambda: Adam(clip=0), "finite clip, got 0"),
        (ValueError, lambda: Adam(beta2=1), r"beta2 in \[0, 1\), got 1"),
        (ValueError, lambda: Adam(epsilon=0), "finite epsilon, got 0"),
    ],
)
def test_bad_input(error, call, message):
    with pytest.raises(error, match=message):
        call()
