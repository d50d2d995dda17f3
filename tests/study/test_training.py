"""Minima of a study: the training that was asked for, and what happens under each BatchNorm policy."""

import numpy as np
import pytest
import torch

from lossbar_core.study import Study, load_problem
from lossbar_core.study.training import train
from lossbar_core.training import Adam, Schedule, train_ensemble


def trained(study, state=None):
    problem = load_problem(study)
    return problem, train(study, problem, state, False)


def test_minima_are_those_of_the_ensemble(foreign):
    study = Study(f"{foreign}:dense", data=f"{foreign}:points", n_minima=2, epochs=10, batch=16, l2=1e-3)
    problem, found = trained(study)
    ensemble = train_ensemble(
        problem.landscape,
        [0, 1],
        starts=problem.starts,
        schedule=Schedule(5, 10, 0.01, 1e-4),
        epochs=10,
        batch=16,
        optimizer=Adam(l2=1e-3),
    )
    assert torch.equal(found.minima, ensemble.thetas)
    np.testing.assert_array_equal(found.history[1:], ensemble.history["loss"])
    np.testing.assert_allclose(found.history[0], problem.landscape.losses(problem.starts), rtol=1e-6)
    assert len(found.epochs) == 11


def test_momentum_reaches_the_optimizer(foreign):
    base = {"data": f"{foreign}:points", "n_minima": 2, "epochs": 5, "batch": 40, "optimizer": "sgd"}
    _, without = trained(Study(f"{foreign}:dense", momentum=0.0, **base))
    problem, with_it = trained(Study(f"{foreign}:dense", momentum=0.9, **base))
    moved = [float((found.minima - problem.starts).norm()) for found in (without, with_it)]
    assert moved[1] > 1.5 * moved[0] > 0


@pytest.mark.parametrize("policy", ["batch", "recompute", "frozen", "coordinates"])
def test_every_policy_ends_lower_than_it_began(policy, foreign):
    study = Study(
        f"{foreign}:unet", "mse", f"{foreign}:images", n_minima=2, epochs=20, batch=6, batchnorm=policy
    )
    problem, found = trained(study)
    losses = problem.landscape.losses(found.minima)
    assert bool((losses < problem.landscape.losses(problem.starts)).all())
    assert found.minima.shape == (2, problem.landscape.dimension)


def test_statistics_that_are_coordinates_are_those_of_the_trained_network(foreign):
    base = {"data": f"{foreign}:images", "n_minima": 2, "epochs": 5, "batch": 6}
    batch, by_batch = trained(Study(f"{foreign}:unet", "mse", batchnorm="batch", **base))
    own, by_coordinates = trained(Study(f"{foreign}:unet", "mse", batchnorm="coordinates", **base))
    count = batch.landscape.dimension
    assert torch.equal(by_batch.minima, by_coordinates.minima[:, :count])
    settled = own.landscape.updated_statistics(by_coordinates.minima)
    torch.testing.assert_close(settled, by_coordinates.minima, rtol=1e-3, atol=1e-4)


def test_a_network_that_ends_above_its_start_is_no_minimum(foreign):
    """A step so long that every unit dies, but no loss overflows."""
    study = Study(f"{foreign}:dense", data=f"{foreign}:points", n_minima=2, epochs=1, batch=40, rate=10.0)
    with pytest.raises(RuntimeError, match=r"ends at loss .*, above its start"):
        trained(study)


def test_trained_minima_are_taken_up(foreign, tmp_path, monkeypatch):
    study = Study(f"{foreign}:dense", data=f"{foreign}:points", n_minima=2, epochs=3, batch=16)
    _, first = trained(study, tmp_path)
    monkeypatch.setattr("lossbar_core.study.training.train_ensemble", None)
    _, second = trained(study, tmp_path)
    assert torch.equal(first.minima, second.minima)
    for name in ("seeds", "history", "epochs"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    assert (first.diverged, first.gradients) == (second.diverged, second.gradients)
