"""The plane of a path: its pivots lie in it where they can, and the losses are those of its points."""

import numpy as np
import pytest
import torch

from lossbar_core.landscapes import CURVY_VALLEY, AnalyticLandscape
from lossbar_core.paths.plane import path_plane


@pytest.fixture
def space():
    return AnalyticLandscape(lambda x: (x[:, 0] - 0.3) ** 2 + 2 * x[:, 1].abs() + x[:, 2] ** 4, 3)


def arc(n=7, lift=0.0):
    angle = torch.linspace(0, torch.pi, n, dtype=torch.float64)
    third = lift * torch.sin(5 * angle)
    return torch.stack([angle.cos(), angle.sin(), third], dim=1)


def test_pivots_in_a_plane_are_found_exactly(space):
    plane = path_plane(space, arc())
    torch.testing.assert_close(plane.origin + torch.as_tensor(plane.coordinates) @ plane.axes, arc())
    assert plane.explained == pytest.approx(1.0)
    torch.testing.assert_close(plane.axes @ plane.axes.T, torch.eye(2, dtype=torch.float64))


def test_what_lies_beside_the_plane_is_counted(space):
    plane = path_plane(space, arc(lift=0.3))
    beside = arc(lift=0.3) - plane.origin - torch.as_tensor(plane.coordinates) @ plane.axes
    whole = arc(lift=0.3) - plane.origin
    assert plane.explained == pytest.approx(1 - float((beside**2).sum() / (whole**2).sum()))
    assert plane.explained < 0.999


def test_losses_belong_to_their_places(space):
    plane = path_plane(space, arc(), resolution=5)
    for i, j in ((0, 0), (3, 1), (4, 4)):
        theta = plane.origin + plane.x[i] * plane.axes[0] + plane.y[j] * plane.axes[1]
        assert plane.losses[i, j] == pytest.approx(float(space.losses(theta[None])))


def test_the_grid_surrounds_the_path(space):
    plane = path_plane(space, arc(), margin=0.5)
    for ends, axis in ((plane.x, 0), (plane.y, 1)):
        assert ends[0] < plane.coordinates[:, axis].min()
        assert ends[-1] > plane.coordinates[:, axis].max()


def test_mirrored_input_gives_the_same_axes(space):
    one, other = path_plane(space, arc()), path_plane(space, arc().flip(0))
    torch.testing.assert_close(one.axes, other.axes)
    np.testing.assert_allclose(one.coordinates, other.coordinates[::-1], atol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pivots": arc(2)}, "at least 3 pivots"),
        ({"resolution": 1}, "resolution >= 2"),
        ({"margin": 0.0}, "positive finite margin"),
        ({"pivots": arc() * float("nan")}, "finite thetas"),
    ],
)
def test_bad_input_is_explained(change, message, space):
    with pytest.raises(ValueError, match=message):
        path_plane(space, **({"pivots": arc()} | change))


def test_the_real_plane_of_a_function_of_two_variables():
    surface = CURVY_VALLEY.landscape()
    bend = torch.tensor([[-1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], dtype=torch.float64)
    plane = path_plane(surface, bend, resolution=3)
    corner = plane.origin + plane.x[2] * plane.axes[0] + plane.y[0] * plane.axes[1]
    assert plane.losses[2, 0] == pytest.approx(float(surface.losses(corner[None])))
