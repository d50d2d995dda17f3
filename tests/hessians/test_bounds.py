"""The theorems hold in every random case, at random and at trained points; a wrong index is refused."""

import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from nets import convolutional, dense, images, landscape, rows  # noqa: E402
from torch import nn  # noqa: E402

from lossbar_core.hessians import (  # noqa: E402
    Bound,
    BoundViolatedError,
    exact_hessian,
    index_bounds,
    index_of,
    spectrum_of,
)
from lossbar_core.hessians.bounds import check_bounds  # noqa: E402
from lossbar_core.landscapes import Landscape  # noqa: E402


def trained(surface, steps=300, rate=0.5):
    theta = surface.vector()
    for _ in range(steps):
        theta = theta - rate * surface.gradients(theta[None])[0]
    return theta


@settings(max_examples=60, deadline=None)
@given(
    hidden=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    activation=st.sampled_from(["relu", "leaky", "tanh", "sigmoid", "none"]),
    loss=st.sampled_from(["cross_entropy", "shares", "mse"]),
    bias=st.booleans(),
    classes=st.integers(2, 4),
    dark=st.integers(0, 4),
    scale=st.sampled_from([0.1, 1.0, 5.0]),
    learn=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_no_dense_network_has_a_larger_index(
    hidden, activation, loss, bias, classes, dark, scale, learn, seed
):
    net = dense(tuple(hidden), activation, bias, classes=classes).double()
    inputs = rows(30, dark=dark, seed=seed)
    torch.manual_seed(seed)
    labels = torch.randint(0, classes, (30,))
    targets = {
        "cross_entropy": labels,
        "shares": torch.rand(30, classes).softmax(1),
        "mse": torch.randn(30, classes),
    }
    surface = Landscape(
        net, loss.replace("shares", "cross_entropy"), (inputs, targets[loss]), dtype=torch.float64
    )
    theta = scale * torch.randn(surface.dimension, dtype=torch.float64)
    theta = trained(surface, 50) if learn else theta
    found = index_of(surface, theta)
    assert found.bounds
    assert found.low <= found.high <= min(bound.value for bound in found.bounds)


@settings(max_examples=15, deadline=None)
@given(activation=st.sampled_from(["relu", "tanh"]), channels=st.integers(1, 2), seed=st.integers(0, 1000))
def test_no_convolutional_network_has_a_larger_index(activation, channels, seed):
    torch.manual_seed(seed)
    surface = landscape(convolutional(activation, channels=channels), inputs=images(seed=seed), seed=seed)
    found = index_of(surface, surface.vector())
    assert [bound.theorem for bound in found.bounds] == ["last layer"]
    assert found.low <= found.bounds[0].value == surface.dimension - (8 * 3 + 3)


def test_one_hidden_layer_reaches_its_bound_at_random():
    surface = landscape(dense((5,)), inputs=rows(200))
    found = index_of(surface, surface.vector())
    assert (found.bounds[0].theorem, found.bounds[0].value) == ("one hidden layer", 10)
    assert found.low == found.high == 10


def test_the_bound_of_one_hidden_layer_needs_no_more_than_the_inputs_rank():
    surface = landscape(dense((3,), width=1, bias=False, classes=4), inputs=rows(30, width=1, dark=0))
    assert index_bounds(surface)[0].value == 3


@pytest.mark.parametrize(
    ("make", "loss", "expected"),
    [
        (lambda: dense((4, 4)), "cross_entropy", {"last layer": 75 - 15, "first layer": 75 - 40}),
        (lambda: dense((4, 4), "tanh"), "cross_entropy", {"last layer": 75 - 15}),
        (lambda: dense((4,)), "mse", {"last layer": 55 - 15, "first layer": 15, "one hidden layer": 12}),
        (lambda: nn.Sequential(nn.Linear(9, 3), nn.Tanh()), "cross_entropy", {}),
    ],
)
def test_which_theorems_apply(make, loss, expected):
    assert {bound.theorem: bound.value for bound in index_bounds(landscape(make(), loss))} == expected


def test_a_loss_of_ones_own_has_no_bound():
    surface = Landscape(
        dense().double(), lambda outputs, targets: -(outputs**2).mean(), (rows(), torch.zeros(40))
    )
    assert index_bounds(surface) == []


def test_the_last_layer_is_convex_and_the_others_need_not_be():
    surface = landscape(dense((5, 4), "tanh"))
    hessian = exact_hessian(surface, surface.vector())
    last = list(hessian.parts.values())[-2].start
    assert torch.linalg.eigvalsh(hessian.matrix[last:, last:])[0] > -1e-12
    assert spectrum_of(hessian).interval[0] > 0


def test_what_a_theorem_excludes_is_refused():
    check_bounds(3, [Bound("last layer", 3)])
    with pytest.raises(BoundViolatedError, match="at most 3"):
        check_bounds(4, [Bound("last layer", 3)])


@pytest.mark.parametrize("seed", range(8))
def test_an_activation_behind_the_outputs_lifts_the_bound(seed):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(12, 3), nn.ReLU(), nn.Linear(3, 4), nn.ReLU())
    surface = Landscape(
        net, "cross_entropy", (torch.randn(60, 12), torch.arange(60) % 4), dtype=torch.float64
    )
    bound = index_bounds(surface)[0]
    assert (bound.theorem, bound.value) == ("one hidden layer", 12)
    assert index_of(surface, 2 * surface.vector()).low <= 12
