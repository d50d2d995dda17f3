"""k-means and silhouettes, against scikit-learn and cases that are known."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from lossbar_core.papers.hi.clusters import best_silhouettes, k_means, silhouette, squared_distances


def blobs(seed, centres, spread=0.1, n=30):
    rng = np.random.default_rng(seed)
    own = np.arange(n) % len(centres)
    return np.array(centres)[own] + spread * rng.normal(size=(n, len(centres[0]))), own


@pytest.mark.parametrize("seed", range(3))
def test_silhouette_is_that_of_scikit_learn(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(seed)
    points, labels = rng.normal(size=(40, 5)), rng.integers(0, 4, 40)
    labels[0] = 7  # alone in its cluster
    ours = silhouette(squareform(pdist(points)), labels)
    assert ours == pytest.approx(metrics.silhouette_score(points, labels))


def test_k_means_finds_clear_clusters():
    points, own = blobs(0, [[0, 0], [5, 0], [0, 5]])
    labels = k_means(points, 3, np.random.default_rng(1))
    assert len({(a, b) for a, b in zip(own.tolist(), labels.tolist(), strict=True)}) == 3


def test_k_means_is_as_good_as_scikit_learn():
    cluster = pytest.importorskip("sklearn.cluster")
    points = np.random.default_rng(2).normal(size=(60, 3))
    labels = k_means(points, 4, np.random.default_rng(3))
    centres = np.stack([points[labels == k].mean(axis=0) for k in range(4)])
    ours = squared_distances(points, centres).min(axis=1).sum()
    theirs = cluster.KMeans(4, n_init=10, random_state=0).fit(points).inertia_
    assert ours <= 1.03 * theirs


def test_the_right_number_of_clusters_has_the_largest_silhouette():
    points, _ = blobs(4, [[0, 0], [9, 0], [0, 9]])
    scores = best_silhouettes(points, (2, 3, 4, 5), np.random.default_rng(0))
    assert scores.argmax() == 1
    assert scores[1] > 0.9


def test_equal_points_and_one_cluster_each():
    same = np.zeros((4, 2))
    labels = k_means(same, 2, np.random.default_rng(0))
    assert labels.shape == (4,)
    assert silhouette(np.zeros((3, 3)), np.array([0, 1, 1])) == 0.0


def test_bad_numbers_of_clusters():
    with pytest.raises(ValueError, match="between 1 and 3 clusters, one a point, got 4"):
        k_means(np.zeros((3, 1)), 4, np.random.default_rng(0))
    with pytest.raises(ValueError, match="at least two clusters"):
        silhouette(np.zeros((3, 3)), np.zeros(3, int))
