"""HI-PCA and HI-PCA-lemma: trainings, symmetries, nulls and projections."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lossbar_core.papers import load_items
from lossbar_core.papers.hi import projection, solution_tasks, solutions
from lossbar_core.papers.hi.solutions import SMOKE
from lossbar_core.register import Register

TASK = solutions.split(SMOKE)[0]


@pytest.fixture(scope="module")
def found():
    return load_items()["HI-PCA"].function(SMOKE)


@pytest.fixture(scope="module")
def lemma():
    entry = load_items()["HI-PCA-lemma"]
    return entry.function(entry.profiles["smoke"])


def test_values_that_the_register_checks_are_there(found, lemma):
    assert set(Register.load()["HI-PCA"].value_names) <= set(found.values)
    assert set(Register.load()["HI-PCA-lemma"].value_names) <= set(lemma.values)


def test_tasks_train_every_network_once():
    tasks = solutions.split(replace(SMOKE, networks=23))
    numbers = [task.first + i for task in tasks for i in range(task.count)]
    assert numbers == list(range(23))
    longer = solution_tasks.train(TASK).arrays["start"]
    alone = solution_tasks.train(replace(TASK, first=7, count=1)).arrays["start"]
    np.testing.assert_array_equal(alone[0], longer[7])


def test_training_lowers_the_loss():
    landscape = solution_tasks.landscape_of(TASK)
    arrays = solution_tasks.train(TASK).arrays
    before = landscape.losses(torch.from_numpy(arrays["start"])).numpy()
    assert (arrays["loss"] < before).mean() > 0.8


def moved(theta, factor, shift):
    """The same network after a symmetry: a factor between the convolutions, a shift of all classes."""
    other = theta.clone()
    other[:26] *= factor
    other[26:51] /= factor
    other[52:542].view(10, 49).add_(shift)
    other[542:] += shift[0]
    return other


def test_canonical_form_is_that_of_all_symmetric_copies():
    landscape = solution_tasks.landscape_of(TASK)
    theta = torch.from_numpy(solution_tasks.train(TASK).arrays["theta"][0])
    other = moved(theta, 3.0, torch.linspace(-1, 1, 49))
    assert float((landscape.losses(other[None]) - landscape.losses(theta[None])).abs()) < 1e-5
    assert float((other - theta).norm()) > 1
    forms = [solution_tasks.canonical(landscape, point) for point in (theta, other)]
    torch.testing.assert_close(forms[0], forms[1], atol=1e-4, rtol=1e-3)
    assert float((landscape.losses(forms[0][None]) - landscape.losses(theta[None])).abs()) < 1e-5


def test_symmetric_copies_are_far_apart_only_before_alignment(found):
    assert found.values["mean_distance_canonical"] < found.values["mean_distance"]


def test_shuffling_keeps_every_coordinate():
    points = np.random.default_rng(0).normal(size=(12, 5))
    mixed = solutions.shuffled(points, np.random.default_rng(1))
    np.testing.assert_array_equal(np.sort(mixed, axis=0), np.sort(points, axis=0))
    assert (mixed != points).any(axis=0).all()


def test_clusters_stand_out_of_the_null_and_a_cloud_does_not():
    rng = np.random.default_rng(0)
    config = replace(SMOKE, draws=20)
    best = np.arange(30)
    clear = rng.normal(size=(60, 40)) + 8 * rng.normal(size=(3, 40))[np.arange(60) % 3]
    cloud = rng.normal(size=(60, 40))
    excess = {
        name: solutions._clusters(points, points, best, config, np.random.default_rng(1)).values
        for name, points in (("clear", clear), ("cloud", cloud))
    }
    assert excess["clear"]["silhouette_plane_excess"] > 0.1
    assert excess["clear"]["clusters_space"] == 3
    assert excess["cloud"]["silhouette_space"] < 0.1
    assert excess["cloud"]["silhouette_plane"] > 0.25  # a plane shows clusters where there are none


def test_components_are_those_of_the_covariance():
    points = np.random.default_rng(3).normal(size=(30, 6)) * [5, 3, 1, 1, 1, 0.1]
    plane, share = solutions.plane_of(points)
    spectrum = np.linalg.eigvalsh(np.cov(points.T))
    np.testing.assert_allclose(np.var(plane, axis=0, ddof=1), spectrum[::-1][:2])
    assert share == pytest.approx(spectrum[-2:].sum() / spectrum.sum())


def test_losses_that_are_not_finite_are_refused():
    results = [solution_tasks.train(task) for task in solutions.split(SMOKE)]
    spoilt = replace(results[0], arrays={**results[0].arrays, "loss": np.full(10, np.nan, np.float32)})
    with pytest.raises(ValueError, match="expected finite losses, got 10 that are not"):
        solutions.many_solutions(SMOKE, [spoilt, *results[1:]])


def test_projection_never_lengthens_and_keeps_planar_distances(lemma):
    v = lemma.values
    assert v["violations"] == 0
    assert v["equalities"] == v["flat_pairs"]
    assert v["most_kept"] <= 1 + 1e-12
    assert v["close_distance"] > 0.5


def test_a_longer_distance_is_a_violation():
    assert projection._longer(np.array([1.0, 2.0]), np.array([1.0 + 1e-9, 2.0])) == 1
