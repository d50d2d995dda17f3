"""Names, shapes and places of parameters; there and back."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from lossbar_core.landscapes import ParameterLayout  # noqa: E402


def test_split_and_join_are_inverse():
    layout = ParameterLayout.of(nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 4)))
    thetas = torch.arange(2.0 * layout.dimension).view(2, -1)
    parts = layout.split(thetas)
    assert layout.dimension == 20
    assert parts["1.weight"].shape == (2, 4, 2)
    assert torch.equal(layout.join(parts), thetas)
    assert torch.equal(thetas[1, layout.slices["1.weight"]], parts["1.weight"][1].flatten())


def test_write_and_vector_are_inverse():
    module = nn.BatchNorm1d(2)
    layout = ParameterLayout.of(module, ("running_mean",))
    theta = torch.arange(6.0)
    layout.write(module, theta)
    assert module.running_mean.tolist() == [4.0, 5.0]
    assert torch.equal(layout.vector(module), theta)
    assert layout.parameters == ("weight", "bias")


def test_add_touches_the_parameters_only():
    layout = ParameterLayout.of(nn.BatchNorm1d(2), ("running_mean",))
    thetas = torch.zeros(1, 6)
    layout.add(thetas, [torch.ones(1, 2), 2 * torch.ones(1, 2)], 0.5)
    assert thetas.tolist() == [[0.5, 0.5, 1.0, 1.0, 0.0, 0.0]]
    thetas[:] = float("nan")
    layout.add(thetas, [torch.ones(1, 2), 2 * torch.ones(1, 2)], 0.5, first=True)
    assert thetas.tolist() == [[0.5, 0.5, 1.0, 1.0, 0.0, 0.0]]


def test_a_module_without_coordinates_is_refused():
    with pytest.raises(ValueError, match="expected ReLU to have parameters"):
        ParameterLayout.of(nn.ReLU())
