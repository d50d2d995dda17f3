"""The checks that every surface shares, with a smallest surface that has data."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from lossbar_core.landscapes import AnalyticLandscape, Evaluations, Landscape, Surface  # noqa: E402
from lossbar_core.landscapes.surface import as_dtype  # noqa: E402


class Distance(Surface):
    """Mean squared distance to the rows of some points: a surface with data, written by hand."""

    def __init__(self, points, dtype=torch.float64):
        super().__init__(points.shape[1], dtype, None, len(points))
        self.points = points.to(dtype)

    def _gaps(self, thetas, rows):
        points = self.points if rows is None else self.points[rows]
        return thetas[:, None] - points

    def _losses(self, thetas, rows):
        return (self._gaps(thetas, rows) ** 2).sum(dim=2).mean(dim=1)

    def _losses_and_gradients(self, thetas, rows):
        return self._losses(thetas, rows), 2 * self._gaps(thetas, rows).mean(dim=1)


@pytest.fixture
def surface():
    return Distance(torch.arange(12.0).reshape(4, 3))


def test_a_list_of_floats_keeps_its_digits(surface):
    assert surface.as_points([[0.1, 0.2, 0.3]]).tolist() == [[0.1, 0.2, 0.3]]


def test_rows_are_all_the_same_for_all_or_own(surface):
    thetas = torch.zeros(2, 3, dtype=torch.float64)
    squares = (surface.points**2).sum(dim=1)
    assert surface.losses(thetas).tolist() == [squares.mean().item()] * 2
    assert surface.losses(thetas, torch.tensor([1])).tolist() == [squares[1].item()] * 2
    assert surface.losses(thetas, [[0, 0], [3, 3]]).tolist() == [squares[0].item(), squares[3].item()]


def test_evaluations_are_counted_by_vector(surface):
    thetas = torch.zeros(5, 3, dtype=torch.float64)
    surface.losses(thetas)
    surface.gradients(thetas, [0])
    surface.losses_and_gradients(thetas[:2])
    assert surface.evaluations == Evaluations(losses=5, gradients=7)
    surface.evaluations.reset()
    assert surface.evaluations == Evaluations()


def test_points_are_checked_copies(surface):
    thetas = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    points = surface.as_points(thetas)
    assert not points.requires_grad
    points += 1
    assert thetas.sum() == 0
    for other in (np.zeros((2, 3), np.float32), [[0, 0, 0]], torch.zeros(1, 3, dtype=torch.bfloat16)):
        assert surface.as_points(other).dtype == torch.float64


def test_results_carry_no_graph_even_for_traced_vectors(surface):
    thetas = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    assert not surface.losses(thetas).requires_grad
    with torch.no_grad():
        losses, gradients = surface.losses_and_gradients(thetas)
    assert not losses.requires_grad
    assert not gradients.requires_grad


def test_a_diverged_vector_gets_a_loss_and_the_others_keep_theirs(surface):
    thetas = torch.zeros(2, 3, dtype=torch.float64)
    alone = surface.losses(thetas[:1])
    thetas[1, 0] = torch.nan
    losses = surface.losses(thetas)
    assert losses[0] == alone[0]
    assert losses[1].isnan()


def test_accuracies_and_settings(surface):
    assert surface.accuracies(torch.zeros(1, 3)) is None
    assert surface.settings() == {
        "kind": "Distance", "dimension": 3, "dtype": "float64", "device": "cpu", "n_rows": 4, "probe": surface.probe
    }  # fmt: skip


def test_the_probe_tells_surfaces_of_one_name_apart():
    one, other = (AnalyticLandscape(lambda x, s=s: s * (x * x).sum(1), 2, name="bowl") for s in (1.0, 2.0))
    assert one.settings() != other.settings()
    activations = [nn.ReLU(), nn.Tanh()]
    data = torch.rand(20, 3), torch.rand(20, 1)
    nets = [
        Landscape(nn.Sequential(nn.Linear(3, 4), act, nn.Linear(4, 1)), "mse", data) for act in activations
    ]
    assert nets[0].settings() != nets[1].settings()
    again = Landscape(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)), "mse", data)
    assert nets[1].settings() == again.settings()  # other first weights, the same surface


@pytest.mark.parametrize(
    ("error", "thetas", "message"),
    [
        (ValueError, [0.0, 0.0, 0.0], r"shape \(P, 3\) with P >= 1, got \(3,\).*theta\[None\]"),
        (ValueError, [[0.0, 0.0]], r"got \(1, 2\)"),
        (ValueError, np.zeros((0, 3)), r"got \(0, 3\)"),
        (TypeError, [[0.0], [0.0, 1.0]], "tensor or array of real numbers, got list"),
        (TypeError, "theta", "got str"),
        (TypeError, None, "got NoneType"),
        (TypeError, np.zeros((1, 3), complex), "complex128"),
        (TypeError, np.zeros((1, 3), bool), "torch.bool"),
    ],
)
def test_bad_vectors(surface, error, thetas, message):
    for method in (surface.as_points, surface.losses, surface.gradients):
        with pytest.raises(error, match=message):
            method(thetas)


def test_points_must_be_finite(surface):
    with pytest.raises(ValueError, match=r"got nan at vector 1, coordinate 2 \(2 such"):
        surface.as_points([[0, 0, 0], [0, 0, np.nan], [np.inf, 0, 0]])
    with pytest.raises(ValueError, match="got inf at vector 0"):
        Distance(surface.points, torch.float32).as_points(np.full((1, 3), 1e300))


@pytest.mark.parametrize(
    ("error", "rows", "message"),
    [
        (ValueError, [4], r"rows in 0\.\.3, got 4"),
        (ValueError, [[0], [-1]], "got -1"),
        (ValueError, [[0]], r"shape \(b,\) or \(2, b\) with b >= 1, got \(1, 1\)"),
        (ValueError, torch.zeros(0, dtype=torch.int64), r"got \(0,\)"),
        (ValueError, 3, r"got \(\)"),
        (TypeError, [0.0], "torch.float32"),
        (TypeError, [True, False, True, True], "not a mask"),
    ],
)
def test_bad_rows(surface, error, rows, message):
    with pytest.raises(error, match=message):
        surface.losses(torch.zeros(2, 3, dtype=torch.float64), rows)


@pytest.mark.parametrize(
    "dtype", [torch.bfloat16, torch.float16, torch.int64, torch.complex64, "float32", None]
)
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(TypeError, match=r"expected dtype torch.float32 or torch.float64, got .*module.float"):
        as_dtype(dtype)
