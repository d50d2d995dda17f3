"""The four BatchNorm policies against torch's own training and evaluation modes; moments; refusals."""

import copy

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from lossbar_core.landscapes import Landscape  # noqa: E402
from lossbar_core.landscapes.batchnorm import Moments, MomentsRecorder  # noqa: E402
from lossbar_core.paths import SGD, BezierCurve, ElasticBand, GradientFlow, StringSampling  # noqa: E402

POLICIES = ["batch", "recompute", "frozen", "coordinates"]
INPUTS = torch.randn(12, 1, 5, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
TARGETS = torch.arange(12) % 3


def network(momentum=0.1, tracking=True):
    torch.manual_seed(1)
    options = {"momentum": momentum, "track_running_stats": tracking}
    module = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2, **options), nn.Tanh(), nn.Flatten(),
        nn.Linear(18, 4), nn.BatchNorm1d(4, **options), nn.ReLU(), nn.Linear(4, 3),
    ).double()  # fmt: skip
    for part in module:
        if isinstance(part, nn.modules.batchnorm._BatchNorm) and tracking:
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2.0)
    return module


def landscape(policy, module=None, **options):
    return Landscape(module or network(), "cross_entropy", (INPUTS, TARGETS), batchnorm=policy, **options)


def near(surface, count=3):
    noise = torch.randn(
        count, surface.dimension, generator=torch.Generator().manual_seed(2), dtype=torch.float64
    )
    noise[:, 123:].abs_()  # variances stay positive
    return surface.vector() + 0.2 * noise


def filled(theta, training, momentum=None):
    """A module with the parameters of theta and the statistics of `network`, in torch's own mode."""
    module = network(momentum or 0.1)
    torch.nn.utils.vector_to_parameters(theta[:123], module.parameters())
    return module.train(training)


def torch_loss(module, rows=slice(None)):
    value = functional.cross_entropy(module(INPUTS[rows]), TARGETS[rows])
    return value.detach(), torch.cat(
        [s.flatten() for s in torch.autograd.grad(value, list(module.parameters()))]
    )


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_runs_at_once(policy):
    surface = landscape(policy)
    assert surface.vectorised
    assert surface.dimension == 123 + (12 if policy == "coordinates" else 0)
    assert surface.settings()["batchnorm"] == policy


@pytest.mark.parametrize("rows", [None, [0, 5, 7, 2], [[0, 1, 2], [3, 4, 5], [6, 7, 8]]])
def test_batch_is_torchs_training_mode(rows):
    surface = landscape("batch")
    thetas = near(surface)
    losses, gradients = surface.losses_and_gradients(thetas, rows)
    for p, theta in enumerate(thetas):
        mine = slice(None) if rows is None else rows[p] if isinstance(rows[0], list) else rows
        value, slope = torch_loss(filled(theta, True), mine)
        assert torch.allclose(losses[p], value, rtol=1e-10)
        assert torch.allclose(gradients[p], slope, rtol=1e-8, atol=1e-12)


def test_blocks_of_batch_statistics_are_fixed_and_do_not_depend_on_memory():
    surface = landscape("batch", statistics_rows=5)
    thetas = near(surface)
    losses, gradients = surface.losses_and_gradients(thetas)
    for p, theta in enumerate(thetas):
        blocks = [torch_loss(filled(theta, True), slice(i, i + 4)) for i in (0, 4, 8)]
        assert torch.allclose(losses[p], sum(value for value, _ in blocks) / 3, rtol=1e-10)
        assert torch.allclose(gradients[p], sum(slope for _, slope in blocks) / 3, rtol=1e-8, atol=1e-12)
    enough = surface.footprint.vector + 5 * surface.footprint.cell
    small = landscape("batch", statistics_rows=5, memory=enough)
    assert torch.allclose(small.losses(thetas), losses, rtol=1e-12)
    with pytest.raises(MemoryError, match=r"on 5 rows.*lower statistics_rows"):
        landscape("batch", statistics_rows=5, memory=0.9 * enough)


@pytest.mark.parametrize("policy", ["frozen", "coordinates"])
def test_running_statistics_are_torchs_evaluation_mode(policy):
    surface = landscape(policy)
    thetas = surface.vector() + 0.2 * torch.nn.functional.pad(
        near(landscape("frozen")) - landscape("frozen").vector(), (0, surface.dimension - 123)
    )
    losses, gradients = surface.losses_and_gradients(thetas, [1, 2, 3])
    for p, theta in enumerate(thetas):
        value, slope = torch_loss(filled(theta, False), [1, 2, 3])
        assert torch.allclose(losses[p], value, rtol=1e-10)
        assert torch.allclose(gradients[p, :123], slope, rtol=1e-8, atol=1e-12)
    assert (gradients[:, 123:] == 0).all()


def test_coordinates_hold_the_statistics():
    surface = landscape("coordinates")
    assert surface.layout.names[-4:] == ("1.running_mean", "1.running_var", "5.running_mean", "5.running_var")
    theta = near(surface)[0]
    made = surface.module(theta)
    assert torch.equal(made[5].running_var, theta[-4:])
    value = functional.cross_entropy(made.eval()(INPUTS), TARGETS)
    assert torch.allclose(surface.losses(theta[None])[0], value.detach(), rtol=1e-10)
    assert torch.equal(surface.vector(made), theta)


def test_recomputed_statistics_are_those_of_a_training_pass_with_momentum_1():
    surface = landscape("recompute")
    thetas = near(surface)
    losses, gradients = surface.losses_and_gradients(thetas, [3, 4, 5])
    for p, theta in enumerate(thetas):
        module = filled(theta, True, momentum=1.0)
        module(INPUTS)
        value, slope = torch_loss(module.eval(), [3, 4, 5])
        assert torch.allclose(losses[p], value, rtol=1e-10)
        assert torch.allclose(gradients[p], slope, rtol=1e-8, atol=1e-12)
        made = surface.module(theta)
        assert torch.allclose(made[5].running_var, module[5].running_var, rtol=1e-10)


def test_recomputed_moments_are_merged_over_blocks():
    whole, cut = landscape("recompute"), landscape("recompute", statistics_rows=5)
    theta = near(whole)[0]
    one, other = whole.module(theta), cut.module(theta)
    # What reaches the first layer does not depend on the blocks; later layers see other batch statistics.
    assert torch.allclose(one[1].running_mean, other[1].running_mean, rtol=1e-12)
    assert torch.allclose(one[1].running_var, other[1].running_var, rtol=1e-12)
    assert not torch.allclose(one[5].running_var, other[5].running_var, rtol=1e-6)


@pytest.mark.parametrize("rows", [[0, 1, 2, 3, 4], [[0, 1, 2], [3, 4, 5], [6, 7, 8]], None])
def test_statistics_move_as_in_training(rows):
    surface = landscape("coordinates", network(0.3), statistics_rows=6)
    thetas = near(surface)
    moved = surface.updated_statistics(thetas, rows)
    assert torch.equal(moved[:, :123], thetas[:, :123])
    for p, theta in enumerate(thetas):
        module = surface.module(theta).train()
        mine = None if rows is None else rows[p] if isinstance(rows[0], list) else rows
        for batch in [slice(0, 6), slice(6, 12)] if mine is None else [mine]:
            module(INPUTS[batch])
        assert torch.allclose(moved[p], surface.vector(module), rtol=1e-10)


def test_a_band_moves_statistics_by_training_passes_and_other_methods_refuse_them():
    surface = landscape("coordinates")
    ends = near(surface, 2)
    ends = [surface.updated_statistics(end[None])[0] for end in ends]
    path = GradientFlow(5, steps=150, optimiser=SGD(1e-9)).connect(surface, *ends)
    settled = path.pivots[1:-1]
    for _ in range(150):
        settled = surface.updated_statistics(settled)
    assert surface.statistics == slice(123, surface.dimension)
    assert torch.allclose(path.pivots[1:-1], settled, atol=1e-5)
    for method in (BezierCurve(), StringSampling(level=100.0)):
        with pytest.raises(ValueError, match=r"'recompute' or 'frozen' for .*, got 'coordinates'"):
            method.connect(surface, *ends)


def test_a_last_batch_of_one_row_is_refused_before_the_work():
    module = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    surface = Landscape(module, "mse", (torch.rand(9, 3), torch.rand(9, 4)))
    pair = [surface.vector(), surface.vector() + 0.1]
    with pytest.raises(ValueError, match="at least 2 rows for batchnorm='batch', got 9 rows in batches of 4"):
        ElasticBand(batch=4).connect(surface, *pair)
    assert surface.mini_batches(3).smallest == 3


def test_only_coordinates_can_be_moved():
    surface = landscape("batch")
    with pytest.raises(ValueError, match=r"expected batchnorm='coordinates' .* got 'batch'"):
        surface.updated_statistics(near(surface))


@pytest.mark.parametrize("policy", POLICIES)
def test_the_loop_gives_the_same(policy):
    surface = landscape(policy)
    thetas = near(surface)
    losses, gradients = surface.losses_and_gradients(thetas)
    surface.vectorised = False
    again = surface.losses_and_gradients(thetas)
    assert torch.allclose(again[0], losses, rtol=1e-10)
    assert torch.allclose(again[1], gradients, rtol=1e-8, atol=1e-12)


def test_merged_moments_are_those_of_all_values():
    values = torch.randn(3, 20, dtype=torch.float64) + 100
    parts = [
        Moments(part.mean(dim=1), part.var(dim=1, correction=0), part.shape[1])
        for part in values.split([3, 17], 1)
    ]
    merged = parts[0].merged(parts[1])
    assert torch.allclose(merged.mean, values.mean(dim=1))
    assert torch.allclose(merged.unbiased, values.var(dim=1))


def test_a_recorder_forgets_what_was_taken():
    module = nn.BatchNorm1d(2)
    recorder = MomentsRecorder(module)
    module(torch.randn(4, 2))
    assert recorder.take()[1] == {"": [4]}
    assert recorder.take() == ({}, {})


def test_a_layer_that_keeps_no_statistics_allows_batch_only():
    module = network(tracking=False)
    surface = landscape("batch", copy.deepcopy(module))
    assert torch.allclose(surface.losses(surface.vector()[None])[0], torch_loss(module)[0])
    for policy in POLICIES[1:]:
        with pytest.raises(ValueError, match=r"running statistics in 1 .*use batchnorm='batch'"):
            landscape(policy, module)


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"momentum in 1 .*got None"):
        landscape("coordinates", network(momentum=None))
    tracking = nn.Sequential(
        nn.InstanceNorm2d(1, track_running_stats=True), nn.Flatten(), nn.Linear(25, 3)
    ).double()
    with pytest.raises(ValueError, match="InstanceNorm without tracking, got 0"):
        landscape("batch", tracking)
    synced = nn.SyncBatchNorm.convert_sync_batchnorm(network())
    with pytest.raises(ValueError, match="expected no SyncBatchNorm, got 1"):
        landscape("batch", synced)


def test_instance_norm_needs_nothing():
    module = nn.Sequential(nn.InstanceNorm2d(1), nn.Flatten(), nn.Linear(25, 3)).double()
    surface = landscape("batch", module)
    assert surface.settings()["batchnorm"] is None
    assert torch.allclose(surface.losses(surface.vector()[None])[0], torch_loss(module)[0])
