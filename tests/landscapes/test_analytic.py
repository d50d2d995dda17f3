"""Formulas as surfaces: gradients, what the formula may return, and what it may not do."""

import pytest

torch = pytest.importorskip("torch")

from lossbar_core.landscapes import AnalyticLandscape, Surface  # noqa: E402


def bowl(x):
    return (x * x).sum(dim=1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_losses_and_gradients(dtype):
    surface = AnalyticLandscape(bowl, 3, dtype=dtype)
    thetas = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 1.0]], dtype=dtype)
    losses, gradients = surface.losses_and_gradients(thetas)
    assert losses.dtype == gradients.dtype == dtype
    assert losses.tolist() == surface.losses(thetas).tolist() == [14.0, 1.0]
    assert torch.equal(gradients, 2 * thetas)
    assert isinstance(surface, Surface)
    assert surface.n_rows == 0


def test_a_gradient_of_ones_own_is_used():
    surface = AnalyticLandscape(lambda x: bowl(x).detach(), 2, gradient=lambda x: 3 * x)
    assert surface.gradients([[1.0, 2.0]]).tolist() == [[3.0, 6.0]]


def test_trying_out_leaves_the_random_state_and_counts_nothing():
    state = torch.random.get_rng_state()
    assert AnalyticLandscape(bowl, 2).evaluations.gradients == 0
    assert torch.equal(torch.random.get_rng_state(), state)


def test_the_name_is_in_the_settings():
    assert AnalyticLandscape(bowl, 2).settings()["function"] == "bowl"
    assert AnalyticLandscape(bowl, 2, name="my bowl").settings()["function"] == "my bowl"


def test_rows_are_refused():
    with pytest.raises(ValueError, match="expected rows=None for AnalyticLandscape"):
        AnalyticLandscape(bowl, 2).losses(torch.zeros(1, 2, dtype=torch.float64), [0])


@pytest.mark.parametrize(
    ("error", "arguments", "message"),
    [
        (TypeError, {"function": 3}, "expected a function of"),
        (TypeError, {"function": bowl, "gradient": 3}, "expected a gradient of"),
        (TypeError, {"function": bowl, "dimension": 2.0}, "expected an integer dimension"),
        (ValueError, {"function": bowl, "dimension": 0}, "dimension >= 1, got 0"),
        (TypeError, {"function": bowl, "dtype": torch.float16}, "expected dtype"),
        (TypeError, {"function": lambda x: bowl(x).detach()}, "differentiable .*gradient="),
        (TypeError, {"function": lambda x: bowl(x).detach().numpy()}, "return a tensor, got ndarray"),
        (ValueError, {"function": lambda x: (x * x).sum()}, r"shape \(2,\) for \(2, 2\), got \(\)"),
        (ValueError, {"function": lambda x: x[:, :1]}, r"got \(2, 1\)"),
        (ValueError, {"function": lambda x: bowl(x) + x.mean()}, "own row alone"),
        (ValueError, {"function": bowl, "gradient": bowl}, r"gradient of shape \(2, 2\), got \(2,\)"),
    ],
)
def test_bad_formulas(error, arguments, message):
    with pytest.raises(error, match=message):
        AnalyticLandscape(**({"dimension": 2} | arguments))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_cuda():
    surface = AnalyticLandscape(bowl, 2, device="cuda")
    assert surface.gradients([[1.0, 2.0]]).device == surface.device
