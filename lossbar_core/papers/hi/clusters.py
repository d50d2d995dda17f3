"""Are there clusters among points: k-means and the silhouette, by their usual formulas."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import pdist, squareform

STARTS = 10  # of k-means, as scikit-learn long had it
ROUNDS = 100


def squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances (n, m) between points (n, d) and (m, d), not negative.

    Examples
    --------
    >>> squared_distances(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]]))
    array([[25.]])
    """
    products = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2 * a @ b.T
    return np.asarray(np.maximum(products, 0.0))


def k_means(points: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Labels (n,) of the best of several runs of Lloyd's iteration from k-means++ starts.

    Parameters
    ----------
    points : (n, d) array
    k : int
        Number of clusters, between 1 and n.
    rng : numpy Generator

    Returns
    -------
    (n,) int64 array

    Raises
    ------
    ValueError
        If there are fewer points than clusters, or k is below 1.

    Examples
    --------
    >>> labels = k_means(np.array([[0.0], [0.1], [5.0], [5.1]]), 2, np.random.default_rng(0))
    >>> bool(labels[0] == labels[1] != labels[2] == labels[3])
    True
    """
    if not 1 <= k <= len(points):
        raise ValueError(
            f"expected between 1 and {len(points)} clusters, one a point, got {k}; choose another k"
        )
    found = [_lloyd(points, _spread_start(points, k, rng)) for _ in range(STARTS)]
    return min(found, key=lambda run: run[1])[0]


def _spread_start(points: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Centres drawn one after another with probability proportional to the squared distance to those there."""
    chosen = [int(rng.integers(len(points)))]
    nearest = squared_distances(points, points[chosen])[:, 0]
    for _ in range(k - 1):
        whole = nearest.sum()
        share = nearest / whole if whole > 0 else np.full(len(points), 1 / len(points))
        chosen.append(int(rng.choice(len(points), p=share)))
        nearest = np.minimum(nearest, squared_distances(points, points[chosen[-1:]])[:, 0])
    return np.array(points[chosen])


def _lloyd(points: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, float]:
    labels = np.full(len(points), -1)
    for _ in range(ROUNDS):
        squared = squared_distances(points, centres)
        nearest = squared.argmin(axis=1)
        if (nearest == labels).all():
            break
        labels = nearest
        members = labels == np.arange(len(centres))[:, None]
        sizes = members.sum(axis=1, keepdims=True)
        centres = np.where(sizes > 0, members @ points / np.maximum(sizes, 1), centres)
    return labels, float(squared.min(axis=1).sum())


def silhouette(distances: np.ndarray, labels: np.ndarray) -> float:
    r"""Mean of :math:`(b - a) / \max(a, b)`: a the mean distance to the own cluster, b to the nearest other one.

    A point alone in its cluster counts 0 (Rousseeuw, 1987).

    Parameters
    ----------
    distances : (n, n) array
    labels : (n,) integers

    Returns
    -------
    float
        In [-1, 1]; 1 for clusters that are far apart and small.

    Raises
    ------
    ValueError
        If there are not at least two clusters.

    Examples
    --------
    >>> x = np.array([0.0, 1.0, 10.0, 11.0])
    >>> round(silhouette(np.abs(x[:, None] - x), np.array([0, 0, 1, 1])), 3)
    0.9
    """
    names, own = np.unique(labels, return_inverse=True)
    if len(names) < 2:
        raise ValueError("expected at least two clusters, got one; choose k of at least 2")
    members = (labels[:, None] == names).astype(np.float64)
    sizes, sums = members.sum(axis=0), distances @ members
    rows = np.arange(len(labels))
    mates = sizes[own] - 1
    inside = sums[rows, own] / np.maximum(mates, 1)
    means = sums / sizes
    means[rows, own] = np.inf
    outside = means.min(axis=1)
    widest = np.maximum(inside, outside)
    score = np.where((mates > 0) & (widest > 0), (outside - inside) / np.where(widest > 0, widest, 1.0), 0.0)
    return float(score.mean())


def best_silhouettes(points: np.ndarray, counts: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Silhouettes of the clusters that k-means finds, one for each number k of clusters.

    Examples
    --------
    >>> points = np.array([[0.0], [0.1], [5.0], [5.1]])
    >>> best_silhouettes(points, (2, 3), np.random.default_rng(0)).round(2)
    array([0.98, 0.49])
    """
    distances = squareform(pdist(points))
    return np.array([silhouette(distances, k_means(points, k, rng)) for k in counts])
