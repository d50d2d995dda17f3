"""What the neighbours offer for the same question, each at its best: two threads, float32 where it has it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lossbar_core.checks import thread_count
from lossbar_core.functions import SmallNetwork


def scipy_knn(points: np.ndarray, k: int) -> None:
    from scipy.spatial import cKDTree

    cKDTree(points).query(points, k + 1, workers=thread_count())


def pykdtree_knn(points: np.ndarray, k: int) -> None:
    from pykdtree.kdtree import KDTree

    KDTree(points).query(points, k=k + 1)


def pynanoflann_knn(points: np.ndarray, k: int) -> None:
    import pynanoflann

    tree = pynanoflann.KDTree(n_neighbors=k + 1, metric="L2", leaf_size=20)
    tree.fit(points)
    tree.kneighbors(points, n_jobs=thread_count())


def sklearn_knn(points: np.ndarray, k: int) -> None:
    from sklearn.neighbors import NearestNeighbors

    tree = NearestNeighbors(n_neighbors=k, algorithm="kd_tree", n_jobs=thread_count())
    tree.fit(points).kneighbors()


def hnswlib_knn(points: np.ndarray, k: int) -> None:
    """Approximate, with the settings of the paper's code."""
    import hnswlib

    index = hnswlib.Index(space="l2", dim=points.shape[1])
    index.init_index(len(points), ef_construction=200, M=16)
    index.set_num_threads(thread_count())
    index.add_items(points)
    index.set_ef(120 + k)
    index.knn_query(points, k + 1)


EXACT_KNN: dict[str, Callable[[np.ndarray, int], None]] = {
    "scipy cKDTree": scipy_knn,
    "pykdtree": pykdtree_knn,
    "pynanoflann": pynanoflann_knn,
    "scikit-learn kd_tree": sklearn_knn,
}


def neighbour_lists(n: int, edges: np.ndarray) -> list[np.ndarray]:
    """Symmetric adjacency lists, the form that ToMATo reads (it does not symmetrise)."""
    both = np.concatenate([edges, edges[:, ::-1]])
    both = both[np.argsort(both[:, 0], kind="stable")]
    return np.split(both[:, 1], np.cumsum(np.bincount(both[:, 0], minlength=n))[:-1])


def tomato_bars(values: np.ndarray, lists: list[np.ndarray]) -> int:
    """GUDHI's ToMATo on a given graph; returns the number of finite bars of positive length."""
    from gudhi.clustering.tomato import Tomato

    tomato = Tomato(graph_type="manual", density_type="manual")
    tomato.fit(lists, weights=-values)
    return int(np.count_nonzero(tomato.diagram_[:, 0] != tomato.diagram_[:, 1]))


def simplex_tree_bars(values: np.ndarray, edges: np.ndarray) -> int:
    """GUDHI's SimplexTree: edges first, then the vertices' values (the other order changes them)."""
    import gudhi

    tree = gudhi.SimplexTree()
    tree.insert_batch(np.arange(len(values), dtype=np.int32)[None], np.full(len(values), -np.inf))
    tree.insert_batch(np.ascontiguousarray(edges.T, dtype=np.int32), np.full(len(edges), -np.inf))
    for vertex, value in enumerate(values.tolist()):
        tree.assign_filtration([vertex], value)
    tree.make_filtration_non_decreasing()
    tree.compute_persistence(homology_coeff_field=2, min_persistence=0)
    pairs = tree.persistence_intervals_in_dimension(0)
    return int(np.isfinite(pairs[:, 1]).sum())


def cubical_bars(array: np.ndarray) -> int:
    """GUDHI's CubicalComplex with pixels as vertices, degree 0."""
    import gudhi

    complex_ = gudhi.CubicalComplex(vertices=array)
    complex_.compute_persistence(homology_coeff_field=2, min_persistence=0)
    return len(complex_.persistence_intervals_in_dimension(0))


def cripser_bars(array: np.ndarray) -> int:
    """cripser's V-construction (pixels as vertices), degree 0."""
    import cripser

    pairs = cripser.compute_ph(array, maxdim=0)
    return int(np.count_nonzero(pairs[:, 0] == 0))


def torch_losses(network: SmallNetwork, thetas: np.ndarray, chunk: int = 2**12) -> np.ndarray:
    """Losses of small networks by batched matrix products, so many at a time that its temporaries stay small."""
    import torch

    torch.set_num_threads(thread_count())
    y = torch.from_numpy(network.y.astype(thetas.dtype))
    x = torch.from_numpy(network.x.astype(thetas.dtype))[None, :, None]
    activate = torch.relu_ if network.activation == "relu" else torch.tanh_
    losses = []
    with torch.inference_mode():
        for part in torch.from_numpy(thetas).split(chunk):
            h, begin = x.expand(len(part), -1, -1), 0
            for layer, (out, into) in enumerate(network.layers.shapes, 1):
                middle, end = begin + out * into, begin + out * (into + 1)
                weights = part[:, begin:middle].reshape(-1, out, into).transpose(1, 2)
                h = torch.baddbmm(part[:, None, middle:end], h, weights)
                h = activate(h) if layer < len(network.layers.shapes) else h
                begin = end
            penalty = network.l1 * part.abs().sum(1) + network.l2 * part.square().sum(1)
            losses.append((h[:, :, 0] - y).square().mean(1) + penalty)
    return torch.cat(losses).numpy()
