"""Landscapes of modules: against plain autograd, for many kinds of modules, data and settings; nothing of the user's
is changed."""

import copy

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from lossbar_core.landscapes import Landscape, Surface  # noqa: E402

CLASSES = 3


def images(n=12, channels=1):
    generator = torch.Generator().manual_seed(0)
    return torch.rand(n, channels, 6, 6, generator=generator), torch.arange(n) % CLASSES


def vectors(n=12, width=5):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(n, width, generator=generator), torch.arange(n) % CLASSES


def words(n=12, length=4):
    generator = torch.Generator().manual_seed(2)
    return torch.randint(0, 7, (n, length), generator=generator), torch.arange(n) % CLASSES


def mlp():
    return nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, CLASSES))


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.GroupNorm(2, 4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16, CLASSES),
    )


class Tied(nn.Module):
    """An embedding whose weight is the output layer's too."""

    def __init__(self):
        super().__init__()
        self.embed, self.out = nn.Embedding(7, 4), nn.Linear(4, 7, bias=False)
        self.out.weight = self.embed.weight

    def forward(self, x):
        return self.out(torch.tanh(self.embed(x).mean(dim=1)))


class Shared(nn.Module):
    """One layer used twice, and one never."""

    def __init__(self):
        super().__init__()
        self.inner, self.out, self.unused = nn.Linear(5, 5), nn.Linear(5, CLASSES), nn.Linear(2, 2)
        self.again = self.inner
        self.register_buffer("shift", torch.ones(5))

    def forward(self, x):
        return self.out(self.again(torch.relu(self.inner(x))) + self.shift)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.lstm, self.out = (
            nn.Embedding(7, 4),
            nn.LSTM(4, 5, batch_first=True),
            nn.Linear(5, CLASSES),
        )

    def forward(self, x):
        return self.out(self.lstm(self.embed(x))[0][:, -1])


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(7, 8)
        self.block = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.out = nn.Linear(8, CLASSES)

    def forward(self, x):
        return self.out(self.block(self.embed(x)).mean(dim=1))


class Branching(nn.Module):
    """Control flow that depends on values: vmap cannot do it."""

    def __init__(self):
        super().__init__()
        self.out = nn.Linear(5, CLASSES)

    def forward(self, x):
        return self.out(x) if self.out.weight.sum() > 0 else -self.out(x)


class Halved(nn.Module):
    def forward(self, weight):
        return weight / 2


def parametrised():
    module = mlp()
    nn.utils.parametrize.register_parametrization(module[0], "weight", Halved())
    return module


def weight_normed():
    module = mlp()
    nn.utils.parametrizations.weight_norm(module[0])
    return module


KINDS = {
    "mlp": (mlp, vectors),
    "cnn": (cnn, images),
    "tied": (Tied, lambda: (words()[0], words()[0][:, 0])),
    "shared": (Shared, vectors),
    "lstm": (Recurrent, words),
    "attention": (Attention, words),
    "branching": (Branching, vectors),
    "parametrised": (parametrised, vectors),
    "weight norm": (weight_normed, vectors),
}


def build(kind, dtype=torch.float64, **options):
    torch.manual_seed(0)
    make, data = KINDS[kind]
    module = make().to(dtype)
    return module, Landscape(module, "cross_entropy", data(), **options)


def near(surface, count=3, scale=0.3):
    noise = torch.randn(
        count, surface.dimension, generator=torch.Generator().manual_seed(5), dtype=surface.dtype
    )
    return surface.vector() + scale * noise


def by_hand(module, theta, inputs, targets, loss=functional.cross_entropy):
    """Loss and gradient with plain autograd on a copy whose parameters are filled one by one."""
    module = copy.deepcopy(module)
    begin = 0
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(theta[begin : begin + parameter.numel()].view_as(parameter))
            begin += parameter.numel()
    assert begin == len(theta)
    value = loss(module(inputs), targets)
    slopes = torch.autograd.grad(value, list(module.parameters()), materialize_grads=True, allow_unused=True)
    return value.detach(), torch.cat([slope.flatten() for slope in slopes])


@pytest.mark.parametrize("kind", KINDS)
def test_losses_and_gradients_are_those_of_autograd(kind):
    module, surface = build(kind)
    thetas = near(surface)
    inputs, targets = KINDS[kind][1]()
    inputs = inputs.double() if inputs.is_floating_point() else inputs
    own = torch.tensor([[0, 5], [3, 2], [1, 1]])
    for rows in (None, torch.tensor([4, 0, 7]), own):
        losses, gradients = surface.losses_and_gradients(thetas, rows)
        for p, theta in enumerate(thetas):
            mine = slice(None) if rows is None else rows[p] if rows.ndim == 2 else rows
            value, slope = by_hand(module, theta, inputs[mine], targets[mine])
            assert torch.allclose(losses[p], value, rtol=1e-9)
            assert torch.allclose(gradients[p], slope, rtol=1e-9, atol=1e-12)
        assert torch.allclose(surface.losses(thetas, rows), losses, rtol=1e-12)
        assert torch.equal(surface.gradients(thetas, rows), gradients)
    assert isinstance(surface, Surface)


@pytest.mark.parametrize("kind", ["mlp", "cnn", "tied", "shared", "parametrised", "attention"])
def test_most_modules_run_at_once(kind):
    assert build(kind)[1].vectorised


def test_a_module_that_branches_runs_in_a_loop():
    assert not build("branching")[1].vectorised


@pytest.mark.parametrize("kind", ["mlp", "cnn", "lstm", "attention"])
def test_float32_is_kept(kind):
    _, surface = build(kind, torch.float32)
    losses, gradients = surface.losses_and_gradients(near(surface))
    assert losses.dtype == gradients.dtype == surface.dtype == torch.float32
    inputs, targets = KINDS[kind][1]()
    exact = Landscape(
        surface.module(surface.vector()), "cross_entropy", (inputs, targets), dtype=torch.float64
    )
    assert exact.dtype == torch.float64
    assert torch.allclose(losses.double(), exact.losses(near(surface).double()), rtol=1e-5)


def test_tied_weights_stand_once_and_unused_ones_do_not_move():
    _, surface = build("tied")
    assert surface.dimension == 28
    assert surface.layout.names == ("embed.weight",)
    _, surface = build("shared")
    assert surface.dimension == 5 * 5 + 5 + 5 * 3 + 3 + 6
    gradients = surface.gradients(near(surface))
    assert (gradients[:, surface.layout.slices["unused.weight"]] == 0).all()
    assert (gradients[:, surface.layout.slices["inner.weight"]] != 0).any()


def test_accuracies():
    module, surface = build("mlp")
    thetas = near(surface)
    inputs, targets = vectors()
    accuracies = surface.accuracies(thetas)
    for theta, accuracy in zip(thetas, accuracies, strict=True):
        outputs = surface.module(theta)(inputs.double())
        assert accuracy.item() == pytest.approx((outputs.argmax(dim=1) == targets).double().mean().item())
    assert surface.accuracies(thetas, [[0], [1], [2]]).shape == (3,)
    assert Landscape(nn.Linear(5, 1), "mse", (inputs, inputs[:, :1])).accuracies(torch.zeros(1, 6)) is None
    own = Landscape(module, functional.cross_entropy, vectors(), accuracy=lambda outputs, targets: 0.25)
    assert own.accuracies(thetas).tolist() == [0.25] * 3


def test_frozen_parameters_are_constants():
    torch.manual_seed(0)
    module = mlp()
    module[0].weight.requires_grad_(False)
    surface = Landscape(module, "cross_entropy", vectors())
    assert surface.layout.names == ("0.bias", "2.weight", "2.bias")
    assert surface.settings()["frozen_parameters"] == 20
    value = functional.cross_entropy(module(vectors()[0]), vectors()[1])
    assert torch.allclose(surface.losses(surface.vector()[None])[0], value.detach())
    with pytest.raises(ValueError, match="requires_grad=True, got none"):
        Landscape(mlp().requires_grad_(False), "cross_entropy", vectors())


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("batchnorm", ["batch", "recompute", "frozen", "coordinates"])
def test_nothing_of_the_users_is_changed(training, batchnorm):
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Dropout(0.5), nn.Linear(32, 3)
    )
    module.train(training)[2].eval()
    state = copy.deepcopy(module.state_dict())
    flags = [part.training for part in module.modules()]
    random = torch.random.get_rng_state()
    surface = Landscape(module, "cross_entropy", images(), batchnorm=batchnorm, dropout=3)
    thetas = near(surface, scale=0.01)
    surface.losses_and_gradients(thetas, [0, 1, 2])
    surface.losses(thetas), surface.accuracies(thetas)
    made = surface.module(thetas[0])
    with torch.no_grad():
        made[0].weight.zero_()
    assert torch.equal(torch.random.get_rng_state(), random)
    assert [part.training for part in module.modules()] == flags == [part.training for part in made.modules()]
    assert all(torch.equal(value, state[name]) for name, value in module.state_dict().items())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in module.parameters())
    assert torch.equal(surface.module(thetas[0])[0].weight.flatten(), thetas[0, :18])
    assert torch.equal(surface.vector(surface.module(thetas[1])), thetas[1])


def test_vectors_of_other_modules():
    _, surface = build("mlp")
    assert torch.equal(
        surface.vector(mlp().double().requires_grad_(False)).isfinite().all(), torch.tensor(True)
    )
    with pytest.raises(ValueError, match=r"expected 0.weight of shape \(4, 5\) in the module, got \(4, 6\)"):
        surface.vector(nn.Sequential(nn.Linear(6, 4)))
    with pytest.raises(ValueError, match="got nothing"):
        surface.vector(nn.Tanh())
    with pytest.raises(ValueError, match="expected thetas of shape"):
        surface.module(torch.zeros(3))


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(5, CLASSES), nn.Linear(2, CLASSES, bias=False)

    def forward(self, x, z):
        return self.left(x) + self.right(z)


def test_several_inputs():
    x, y = vectors()
    z = np.random.default_rng(0).normal(size=(12, 2)).astype(np.float32)
    module = Two()
    expected = functional.cross_entropy(module(x, torch.as_tensor(z)), y).item()
    for inputs in ((x, z), {"z": z, "x": x}):
        surface = Landscape(module, "cross_entropy", (inputs, y.numpy().astype(np.int32)))
        assert surface.losses(surface.vector()[None]).item() == pytest.approx(expected)
        assert surface.vectorised


def test_dropout_is_refused_switched_off_or_one_mask():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(5, 40), nn.Dropout(0.5), nn.Linear(40, CLASSES))
    with pytest.raises(ValueError, match=r"dropout in 1 \(Dropout\); pass dropout='off'"):
        Landscape(module, "cross_entropy", vectors())
    off = Landscape(module, "cross_entropy", vectors(), dropout="off")
    thetas = near(off, scale=0.1)
    inputs, targets = vectors()
    assert off.losses(off.vector()[None]).item() == pytest.approx(
        functional.cross_entropy(copy.deepcopy(module).eval()(inputs), targets).item()
    )
    seeded = Landscape(module, "cross_entropy", vectors(), dropout=1)
    first = seeded.losses_and_gradients(thetas)
    torch.rand(3)
    again = seeded.losses_and_gradients(thetas)
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert torch.allclose(seeded.losses(thetas[1:2])[0], first[0][1], rtol=1e-5)
    assert not torch.allclose(first[0], off.losses(thetas), rtol=1e-3)
    assert not torch.allclose(
        first[0], Landscape(module, "cross_entropy", vectors(), dropout=2).losses(thetas), rtol=1e-3
    )


class Functional(nn.Module):
    """Drops values by hand, where no layer shows it."""

    def __init__(self, always=False):
        super().__init__()
        self.out, self.always = nn.Linear(5, CLASSES), always

    def forward(self, x):
        return functional.dropout(self.out(x), 0.5, training=self.training or self.always)


def test_hidden_randomness_is_found():
    for module in (Functional(), nn.Sequential(Functional()).eval()):
        with pytest.raises(ValueError, match="its forward pass in training mode"):
            Landscape(module, "cross_entropy", vectors())
    assert Landscape(Functional(), "cross_entropy", vectors(), dropout="off").settings()["dropout"] == "off"
    with pytest.raises(ValueError, match="randomness in evaluation mode"):
        Landscape(Functional(always=True), "cross_entropy", vectors(), dropout="off")
    recurrent = nn.LSTM(4, 5, num_layers=2, dropout=0.3)
    with pytest.raises(ValueError, match=r"the module \(LSTM\)"):
        Landscape(recurrent, lambda outputs, targets: outputs[0].mean(), (torch.rand(3, 2, 4), [0, 1, 2]))


def test_a_diverged_vector_leaves_the_others_alone():
    _, surface = build("cnn")
    thetas = near(surface)
    expected = surface.losses_and_gradients(thetas)
    thetas[1] = torch.nan
    losses, gradients = surface.losses_and_gradients(thetas)
    assert losses[1].isnan()
    for p in (0, 2):
        assert torch.equal(losses[p], expected[0][p])
        assert torch.equal(gradients[p], expected[1][p])


@pytest.mark.parametrize("kind", ["mlp", "cnn", "lstm"])
def test_results_repeat_bit_for_bit_and_hardly_depend_on_memory(kind):
    _, surface = build(kind)
    thetas = near(surface, 7)
    losses, gradients = surface.losses_and_gradients(thetas)
    again = build(kind)[1].losses_and_gradients(thetas)
    assert torch.equal(losses, again[0])
    assert torch.equal(gradients, again[1])
    footprint = surface.footprint
    for rows, count in ((1, 1), (5, 1), (12, 2), (12, 3)):
        small = build(kind, memory=count * (footprint.vector + footprint.cell * rows) + 1)[1]
        found = small.losses_and_gradients(thetas)
        assert torch.allclose(found[0], losses, rtol=1e-12)
        assert torch.allclose(found[1], gradients, rtol=1e-9, atol=1e-14)
        assert torch.allclose(small.accuracies(thetas), surface.accuracies(thetas))


def test_too_little_memory_is_refused():
    with pytest.raises(MemoryError, match=r"one vector on 1 rows.*raise memory"):
        build("mlp", memory=10.0)


def test_settings_name_what_matters():
    _, surface = build("mlp")
    settings = surface.settings()
    assert settings["module"] == "Sequential"
    assert settings["loss"] == "cross_entropy"
    assert settings["batchnorm"] is None
    assert len(settings["data"]) == 64
    x, y = vectors()
    assert Landscape(mlp(), "cross_entropy", (x + 1, y)).fingerprint != surface.fingerprint
    assert "vectorised=True" in repr(surface)


def sums(outputs, targets):
    return functional.cross_entropy(outputs, targets, reduction="sum")


def weighted(outputs, targets):
    return functional.cross_entropy(outputs, targets, weight=outputs.new_tensor([1.0, 5.0, 25.0]))


@pytest.mark.parametrize(
    ("error", "arguments", "message"),
    [
        (TypeError, {"module": mlp}, "expected a torch.nn.Module, got function"),
        (TypeError, {"module": mlp().bfloat16()}, r"got torch.bfloat16; .*dtype=torch.float32"),
        (TypeError, {"module": mlp().half()}, "got torch.float16"),
        (TypeError, {"dtype": torch.bfloat16}, "got torch.bfloat16"),
        (TypeError, {"module": nn.Sequential(nn.Linear(5, 4), nn.Linear(4, 3).double())}, "one dtype"),
        (ValueError, {"module": nn.Sequential(nn.LazyLinear(3))}, "0.weight uninitialised; run it once"),
        (ValueError, {"module": nn.Flatten()}, "requires_grad=True, got none"),
        (ValueError, {"module": nn.Linear(6, 3)}, "expected Linear to run on 8 rows .*RuntimeError"),
        (ValueError, {"loss": "nll"}, "expected one of cross_entropy.* got loss 'nll'"),
        (TypeError, {"loss": 3}, "got 3"),
        (ValueError, {"loss": sums}, "a mean over rows, got .*reduction='mean'"),
        (ValueError, {"loss": weighted}, "a mean over rows"),
        (
            ValueError,
            {"loss": lambda o, t: functional.cross_entropy(o, t, reduction="none")},
            r"got shape \(8,\)",
        ),
        (
            TypeError,
            {"loss": lambda o, t: functional.cross_entropy(o, t).item()},
            "a real tensor .* got float",
        ),
        (TypeError, {"loss": lambda o, t: functional.cross_entropy(o, t).detach()}, "differentiable"),
        (ValueError, {"loss": "mse"}, r"the outputs' shape \('b', 3\) for loss 'mse', got \('b',\)"),
        (TypeError, {"accuracy": 0.5}, "callable accuracy"),
        (TypeError, {"data": vectors()[0]}, r"a pair \(inputs, targets\), got Tensor"),
        (ValueError, {"data": (vectors()[0], vectors()[1][:5])}, "as many rows"),
        (ValueError, {"data": (torch.zeros(0, 5), torch.zeros(0))}, "at least 1"),
        (
            ValueError,
            {"data": (vectors()[0] * torch.nan, vectors()[1])},
            r"finite inputs, got nan at \[0, 0\]",
        ),
        (ValueError, {"data": (vectors()[0], vectors()[1] + 1)}, r"classes in 0\.\.2, got 3"),
        (ValueError, {"data": (vectors()[0], vectors()[1] - 1)}, r"classes in 0\.\.2, got -1"),
        (ValueError, {"data": (vectors()[0], vectors()[1].float())}, "integer classes"),
        (TypeError, {"data": ("images", [0])}, "expected inputs as a tensor or array"),
        (ValueError, {"batchnorm": "train"}, "batchnorm one of batch, recompute"),
        (ValueError, {"dropout": "on"}, "dropout None, 'off' or a seed"),
        (ValueError, {"dropout": True}, "dropout None, 'off' or a seed"),
        (ValueError, {"memory": 0.0}, "positive finite memory"),
        (ValueError, {"statistics_rows": 0}, "statistics_rows >= 1"),
    ],
)
def test_bad_arguments(error, arguments, message):
    settings = {"module": mlp(), "loss": "cross_entropy", "data": vectors()} | arguments
    with pytest.raises(error, match=message):
        Landscape(settings.pop("module"), settings.pop("loss"), settings.pop("data"), **settings)


class Counting(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(5, CLASSES)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        self.calls += 1
        return self.out(x)


def test_buffers_that_change_are_refused():
    module = Counting()
    with pytest.raises(ValueError, match="got calls changed by the forward pass"):
        Landscape(module, "cross_entropy", vectors())
    assert module.calls == 0


def test_one_row_is_enough():
    x, y = vectors()
    surface = Landscape(mlp(), "cross_entropy", (x[:1], y[:1]))
    assert surface.losses(near(surface)).shape == (3,)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("kind", KINDS)
def test_cuda_equals_the_cpu(kind):
    _, here = build(kind)
    _, there = build(kind, device="cuda")
    thetas = near(here)
    losses, gradients = there.losses_and_gradients(thetas)
    assert losses.device == there.device
    assert torch.allclose(losses.cpu(), here.losses(thetas), rtol=1e-9)
    assert torch.allclose(gradients.cpu(), here.gradients(thetas), rtol=1e-7, atol=1e-10)
