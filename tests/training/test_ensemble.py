"""Ensembles: equal to torch alone, resumed bit for bit, stopped at a level, failures told."""

import re

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from lossbar_core.datasets import load
from lossbar_core.landscapes import AnalyticLandscape, Landscape, MiniBatches
from lossbar_core.networks import MLP, cnn, initialise
from lossbar_core.training import SGD, Adam, Schedule, initial_vectors, loop, train_ensemble


@pytest.fixture(scope="module")
def digits():
    return load("mnist", 60, 20, size=7, variant="small")


@pytest.fixture(scope="module")
def landscape(digits):
    return Landscape(MLP((49, 8, 10)), "cross_entropy", digits.train)


def bowls(dtype=torch.float64):
    return AnalyticLandscape(lambda x: (x * x).sum(dim=1), 2, name="bowl", dtype=dtype)


def alone(network, data, optimizer, schedule, epochs, batch, seed):
    """The plain torch loop."""
    inputs, targets = data
    batches = MiniBatches(len(inputs), batch, seed)
    for step in range(epochs * batches.per_epoch):
        rows = batches.rows(step)
        optimizer.param_groups[0]["lr"] = schedule.rate(step, batches.per_epoch)
        optimizer.zero_grad()
        cross_entropy(network(inputs[rows]), targets[rows]).backward()
        optimizer.step()
    return torch.cat([value.detach().flatten() for value in network.parameters()])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (SGD(), lambda p: torch.optim.SGD(p, lr=1.0, momentum=0.9)),
        (
            SGD(0.9, True, l2=1e-3),
            lambda p: torch.optim.SGD(p, lr=1.0, momentum=0.9, nesterov=True, weight_decay=1e-3),
        ),
        (Adam(), lambda p: torch.optim.Adam(p, lr=1.0)),
    ],
    ids=["sgd", "nesterov", "adam"],
)
@pytest.mark.parametrize("architecture", ["mlp", "cnn"])
def test_each_network_is_trained_as_torch_would_alone(digits, ours, theirs, architecture):
    inputs, targets = digits.train.inputs.double(), digits.train.targets
    if architecture == "cnn":
        inputs = torch.nn.functional.pad(inputs, (0, 1, 0, 1))

    def made():
        network = MLP((49, 8, 10)) if architecture == "mlp" else cnn(2, 3, True, image=(1, 8, 8))
        return network.double()

    schedule = Schedule(1, 3, 0.05, 0.01)
    trained = train_ensemble(
        Landscape(made(), "cross_entropy", (inputs, targets)),
        [0, 5],
        schedule=schedule,
        epochs=4,
        batch=16,
        optimizer=ours,
        scheme="to",
        batch_seed=3,
    )
    for seed, theta in zip((0, 5), trained.thetas, strict=True):
        network = initialise(made(), seed, "to")
        expected = alone(network, (inputs, targets), theirs(network.parameters()), schedule, 4, 16, 3)
        torch.testing.assert_close(theta, expected, rtol=1e-6, atol=1e-8)


def test_what_is_noted(landscape, digits):
    trained = train_ensemble(landscape, range(3), schedule=0.1, epochs=5, batch=25)
    assert trained.history["rate"].tolist() == [0.1] * 5
    assert trained.history["loss"].shape == (5, 3)
    assert (np.diff(trained.history["loss"], axis=0) < 0).all()
    torch.testing.assert_close(trained.losses, landscape.losses(trained.thetas))
    torch.testing.assert_close(trained.accuracies, landscape.accuracies(trained.thetas))
    assert trained.epochs.tolist() == [5, 5, 5]
    assert trained.settings["landscape"] == landscape.settings()
    assert trained.settings["optimizer"]["momentum"] == 0.9
    assert re.match(
        r"Ensemble\(3 networks of 490 parameters, losses [\d.]+ to [\d.]+, 0 failed\)", repr(trained)
    )
    assert len(trained) == 3


def test_first_epoch_loss_is_the_mean_over_rows_before_each_step(landscape):
    """At a rate that changes nothing, it is the loss of all data, also with a smaller last batch."""
    trained = train_ensemble(landscape, [0, 1], schedule=1e-30, epochs=1, batch=25)
    expected = landscape.losses(initial_vectors(landscape, [0, 1]))
    np.testing.assert_allclose(trained.history["loss"][0], expected.numpy(), rtol=1e-5)


@pytest.mark.parametrize("independent", [False, True])
def test_networks_do_not_see_each_other(landscape, independent):
    options = {"schedule": 0.05, "epochs": 3, "batch": 25, "independent": independent}
    many = train_ensemble(landscape, [7, 1, 2], **options)
    one = train_ensemble(landscape, [7], **options)
    torch.testing.assert_close(many.thetas[:1], one.thetas, rtol=1e-4, atol=1e-6)
    assert torch.equal(many.thetas, train_ensemble(landscape, [7, 1, 2], **options).thetas)


def test_independent_orders_differ(landscape):
    thetas = initial_vectors(landscape, [0])
    starts = torch.cat([thetas, thetas])
    options = {"schedule": 0.05, "epochs": 1, "batch": 25, "starts": starts}
    same = train_ensemble(landscape, [0, 1], **options).thetas
    own = train_ensemble(landscape, [0, 1], independent=True, **options).thetas
    torch.testing.assert_close(same[0], same[1])
    assert (own[0] - own[1]).abs().max() > 1e-4
    assert torch.equal(starts[0], thetas[0])  # the user's starts stay


def test_stop_at_a_level_stops_each_at_its_own_epoch():
    starts = [[1.0, 0.0], [100.0, 0.0], [1e-9, 0.0]]
    trained = train_ensemble(
        bowls(), [0, 1, 2], schedule=0.25, epochs=100, optimizer=SGD(0.0), starts=starts, stop_at=1e-6
    )
    # Each step halves the distance; 1e-3 is reached after 10 and 17 halvings.
    assert trained.epochs.tolist() == [10, 17, 1]
    assert (trained.losses <= 1e-6).all()
    assert len(trained.history["rate"]) == 17
    assert np.isnan(trained.history["loss"][10:, 0]).all()
    assert np.isfinite(trained.history["loss"][:, 1]).all()
    assert trained.history["full_loss"][9, 0] == pytest.approx(0.25**10)


def test_looks_for_the_level_only_now_and_then():
    trained = train_ensemble(
        bowls(),
        [0],
        schedule=0.25,
        epochs=100,
        optimizer=SGD(0.0),
        starts=[[1.0, 0.0]],
        stop_at=1e-6,
        check_every=8,
    )
    assert trained.epochs.tolist() == [16]
    assert np.isfinite(trained.history["full_loss"][:, 0]).nonzero()[0].tolist() == [7, 15]


def test_failures_are_told_and_the_others_go_on():
    # The root is not real beyond 10, where the second one jumps at this rate.
    surface = AnalyticLandscape(lambda x: torch.sqrt(100 - (x * x).sum(dim=1)).neg(), 1, name="dome")
    trained = train_ensemble(
        surface, [0, 1], schedule=25.0, epochs=50, optimizer=SGD(0.0), starts=[[0.0], [3.0]]
    )
    assert trained.failures[0] is None
    assert re.fullmatch(r"loss nan at step \d+ \(epoch \d+\)", trained.failures[1])
    assert trained.losses[0] == -10
    assert torch.isnan(trained.losses[1])
    assert trained.epochs[0] == 50
    assert trained.epochs[1] < 50
    assert trained.good.tolist() == [True, False]
    assert "1 failed" in repr(trained)


def test_a_bound_is_a_failure_too():
    trained = train_ensemble(
        bowls(),
        [0, 1],
        schedule=1.5,
        epochs=9,
        optimizer=SGD(0.0),
        starts=[[1.0, 0.0], [0.0, 0.0]],
        bound=100.0,
    )
    assert trained.failures == ("loss 256 above the bound 100 at step 4 (epoch 4)", None)


def test_all_failed_ends_at_once():
    trained = train_ensemble(
        bowls(), [0], schedule=1.5, epochs=10**6, optimizer=SGD(0.0), starts=[[1.0, 0.0]]
    )
    assert trained.failures[0].startswith("loss inf at step")
    assert "no losses" in repr(trained)


@pytest.mark.parametrize("optimizer", [SGD(), Adam()], ids=["sgd", "adam"])
@pytest.mark.parametrize("broken_at", [1, 7, 11])
def test_a_killed_run_continues_bit_for_bit(landscape, monkeypatch, tmp_path, optimizer, broken_at):
    options = {
        "schedule": Schedule(1, 3, 0.05, 0.01),
        "epochs": 4,
        "batch": 25,
        "optimizer": optimizer,
        "independent": True,
        "stop_at": 1.9,
    }
    whole = train_ensemble(landscape, range(3), **options)
    monkeypatch.setattr(loop, "SAVE_SECONDS", 0.0)
    file = tmp_path / "run.npz"
    advance, calls = loop.Run.advance, []

    def killed(run):
        calls.append(run.step)
        if len(calls) > broken_at:
            raise KeyboardInterrupt
        advance(run)

    with monkeypatch.context() as patch:
        patch.setattr(loop.Run, "advance", killed)
        with pytest.raises(KeyboardInterrupt):
            train_ensemble(landscape, range(3), checkpoint=file, **options)
    assert file.exists()
    continued = train_ensemble(landscape, range(3), checkpoint=file, **options)
    assert torch.equal(continued.thetas, whole.thetas)
    assert torch.equal(continued.losses, whole.losses)
    assert torch.equal(continued.epochs, whole.epochs)
    assert continued.history.keys() == whole.history.keys()
    for name, values in whole.history.items():
        np.testing.assert_array_equal(continued.history[name], values)
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_keeps_failures_and_belongs_to_one_run(monkeypatch, tmp_path):
    monkeypatch.setattr(loop, "SAVE_SECONDS", 0.0)
    options = {"epochs": 9, "optimizer": SGD(0.0), "starts": [[1.0, 0.0], [0.1, 0.0]], "bound": 5.0}
    file = tmp_path / "run.npz"
    advance = loop.Run.advance

    def killed(run):
        if run.step == 3:
            raise KeyboardInterrupt
        advance(run)

    with monkeypatch.context() as patch:
        patch.setattr(loop.Run, "advance", killed)
        with pytest.raises(KeyboardInterrupt):
            train_ensemble(bowls(), [0, 1], schedule=1.1, checkpoint=file, **options)
    with pytest.raises(ValueError, match="other settings"):
        train_ensemble(bowls(), [0, 1], schedule=1.2, checkpoint=file, **options)
    with pytest.raises(ValueError, match="other settings"):
        train_ensemble(
            bowls(), [0, 1], schedule=1.1, checkpoint=file, **options | {"starts": [[1.0, 0.0], [0.2, 0.0]]}
        )
    continued = train_ensemble(bowls(), [0, 1], schedule=1.1, checkpoint=file, **options)
    assert continued.failures == train_ensemble(bowls(), [0, 1], schedule=1.1, **options).failures
    assert continued.failures[0] is not None


def test_networks_without_vmap_train_too():
    from lossbar_core.datasets import load_text
    from lossbar_core.networks import LanguageModel

    text = load_text("alice", 12, 2, length=5, vocabulary=20)
    landscape = Landscape(LanguageModel(20, 4, 1), "cross_entropy", text.train)
    trained = train_ensemble(landscape, [0, 1], schedule=1.0, epochs=3, batch=6, optimizer=SGD(0.0, clip=5.0))
    assert (trained.history["loss"][-1] < trained.history["loss"][0]).all()


@pytest.mark.parametrize(
    ("error", "options", "message"),
    [
        (TypeError, {"optimizer": "adam"}, r"expected SGD\(...\) or Adam\(...\), got 'adam'"),
        (TypeError, {"schedule": None}, "schedule or a rate, got None"),
        (ValueError, {"epochs": 0}, "epochs >= 1, got 0"),
        (ValueError, {"batch": 61}, r"size in 1..60, got 61"),
        (ValueError, {"starts": torch.zeros(3, 490)}, r"one start a seed \(2\), got 3"),
        (ValueError, {"starts": torch.zeros(2, 4)}, r"shape \(P, 490\)"),
        (ValueError, {"starts": torch.full((2, 490), torch.nan)}, "expected finite thetas, got nan"),
        (TypeError, {"stop_at": "0.1"}, "stop_at as a loss, got '0.1'"),
        (ValueError, {"stop_at": float("nan")}, "finite stop_at, got nan"),
        (ValueError, {"bound": 0}, "finite bound, got 0"),
        (ValueError, {"check_every": 0}, "check_every >= 1"),
        (ValueError, {"scheme": "he"}, "scheme of torch"),
        (ValueError, {"checkpoint": "absent/run.npz"}, r"an .npz file in a folder that exists"),
    ],
)
def test_bad_input(landscape, error, options, message):
    evaluated = landscape.evaluations.gradients
    with pytest.raises(error, match=message):
        train_ensemble(landscape, [0, 1], **{"schedule": 0.1, "epochs": 1} | options)
    assert landscape.evaluations.gradients == evaluated  # before any work


def test_bad_landscapes(digits):
    with pytest.raises(TypeError, match=r"expected a landscape, got MLP; wrap"):
        train_ensemble(MLP((2, 1)), [0], schedule=0.1, epochs=1)
    with pytest.raises(ValueError, match="batch=None for AnalyticLandscape, which has no data, got 5"):
        train_ensemble(bowls(), [0], schedule=0.1, epochs=1, starts=[[0.0, 0.0]], batch=5)
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(49, 10), torch.nn.BatchNorm1d(10))
    landscape = Landscape(network, "cross_entropy", digits.train, batchnorm="coordinates")
    with pytest.raises(ValueError, match="got batchnorm='coordinates'"):
        train_ensemble(landscape, [0], schedule=0.1, epochs=1)
