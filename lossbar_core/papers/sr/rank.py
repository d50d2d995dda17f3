"""GN-Lemma4.1 and GN-Thm4.2: sums of rank-one matrices, and the zero eigenvalues that they must have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from lossbar_core.hessians import gauss_newton, least_nullity
from lossbar_core.landscapes import Landscape
from lossbar_core.networks import MLP
from lossbar_core.papers.base import Result, item
from lossbar_core.training.starts import initial_vectors

ZERO = 1e-12  # the register's, for logistic regressions whose largest eigenvalue is of order 1
WIDE, TALL = (200, 50), (50, 200)  # M and N: the register's
NETWORKS = {"2-MLP": 7960, "3-MLP": 8070, "CNN": 552}  # parameters, HI section 5; MNIST has 60,000 images
IMAGES, CLASSES = 60_000, 10


@dataclass(frozen=True)
class Matrices:
    """Random matrices of every shape up to ``largest`` rows and columns."""

    cases: int
    largest: int = 12
    seed: int = 0


@item("GN-Lemma4.1", smoke=Matrices(20), quick=Matrices(1000))
def outer_products(config: Matrices) -> Result:
    r"""SR Lemma 4.1: a matrix has rank one if and only if it is :math:`v w^T` with v, w not 0.

    Parameters
    ----------
    config : Matrices

    Returns
    -------
    Result
        ``wrong_ranks`` of outer products of integer vectors, exact: a minor of size 2 that is not 0, or a matrix of
        zeros. ``wrong_factors``: matrices that the column and the row through an entry do not give back.
        ``disagreements`` of both tests when one entry is changed. ``zero_product_rank``: of
        :math:`0 w^T`, for which the lemma as printed says one.
    """
    generator = np.random.default_rng(config.seed)
    wrong_ranks = wrong_factors = disagreements = 0
    for _ in range(config.cases):
        rows, columns = generator.integers(1, config.largest + 1, size=2)
        outer = np.outer(_not_zero(generator, rows), _not_zero(generator, columns))
        wrong_ranks += not _has_rank_one(outer)
        wrong_factors += not _is_product(outer)
        if min(rows, columns) > 1:
            outer[0, 0] += 1  # of rank two now, as a rule: both tests must say the same
            disagreements += _has_rank_one(outer) != _is_product(outer)
    zero = np.outer(np.zeros(3), np.ones(3))
    return Result(
        {
            "cases": config.cases,
            "wrong_ranks": wrong_ranks,
            "wrong_factors": wrong_factors,
            "disagreements": disagreements,
            "zero_product_rank": int(np.linalg.matrix_rank(zero)),
        }
    )


def _not_zero(generator: np.random.Generator, length: int) -> np.ndarray:
    vector = generator.integers(-9, 10, size=length)
    vector[generator.integers(length)] = generator.choice([-3, -1, 2, 5])
    return vector


def _has_rank_one(matrix: np.ndarray) -> bool:
    """All minors of size 2 vanish and some entry does not, in integers."""
    products = matrix[:, None, :, None] * matrix[None, :, None, :]
    return bool((products == products.swapaxes(2, 3)).all() and matrix.any())


def _is_product(matrix: np.ndarray) -> bool:
    """Whether the column and the row through an entry a that is not 0 give a times the matrix."""
    if not matrix.any():
        return False
    i, j = np.argwhere(matrix)[0]
    return bool((np.outer(matrix[:, j], matrix[i]) == matrix[i, j] * matrix).all())


@dataclass(frozen=True)
class Nullities:
    """Logistic regressions, ``trials`` of each kind, and ``sums`` of random rank-one matrices."""

    trials: int
    sums: int
    largest: int = 30
    seed: int = 0


@item("GN-Thm4.2", smoke=Nullities(1, sums=10, largest=12), quick=Nullities(10, sums=300))
def nullity(config: Nullities) -> Result:
    """SR Theorem 4.2: N rank-one M x M matrices add up to one with at least M - N zero eigenvalues.

    Parameters
    ----------
    config : Nullities

    Returns
    -------
    Result
        ``zeros_wide``: sorted different counts of eigenvalues below 1e-12, logistic regression with M = 200, N = 50;
        ``zeros_tall`` with M = 50, N = 200. ``softmax_shortfalls``: softmax regressions and networks whose
        Gauss-Newton matrix has fewer zeros than M - N (C - 1), ``softmax_slack`` the most that one has beyond, with
        ``softmax_case`` its M, N, C. ``sum_shortfalls`` of random sums, ``sum_slack``. ``bound_...``: what the theorem
        says of the networks of HI on all of MNIST.
    """
    generator = np.random.default_rng(config.seed)
    wide, tall = (
        {_small_eigenvalues(*shape, generator) for _ in range(config.trials)} for shape in (WIDE, TALL)
    )
    softmax = np.array(
        [_softmax_case(network, t, config.seed) for t in range(config.trials) for network in (False, True)]
    )
    sums = np.array([_sum_case(generator, config.largest) for _ in range(config.sums)])
    slack, extra = softmax[:, 0] - softmax[:, 1], sums[:, 0] - sums[:, 1]
    bounds = {
        f"bound_{name.replace('-', '_').lower()}": least_nullity(size, IMAGES, CLASSES, softmax=True)
        for name, size in NETWORKS.items()
    }
    return Result(
        {
            "zeros_wide": sorted(wide),
            "zeros_tall": sorted(tall),
            "trials": config.trials,
            "softmax_cases": len(softmax),
            "softmax_shortfalls": int((slack < 0).sum()),
            "softmax_slack": int(slack.max()),
            "softmax_least_bound": int(softmax[:, 1].min()),
            "sum_cases": len(sums),
            "sum_shortfalls": int((extra < 0).sum()),
            "sum_slack": int(extra.max()),
            **bounds,
        }
    )


def _small_eigenvalues(parameters: int, rows: int, generator: np.random.Generator) -> int:
    """Eigenvalues below `ZERO` of a logistic regression's Hessian at a random vector, Gaussian inputs."""
    inputs = torch.from_numpy(generator.standard_normal((rows, parameters)))
    labels = torch.from_numpy(generator.integers(0, 2, (rows, 1)).astype(np.float64))
    module = nn.Linear(parameters, 1, bias=False, dtype=torch.float64)
    landscape = Landscape(module, "bce", (inputs, labels))
    theta = torch.from_numpy(generator.standard_normal(parameters)) / parameters**0.5
    return int((torch.linalg.eigvalsh(gauss_newton(landscape, theta)).abs() < ZERO).sum())


def _softmax_case(hidden: bool, trial: int, seed: int) -> tuple[int, int]:
    """Zero eigenvalues of the Gauss-Newton matrix of a softmax regression or network, and the bound."""
    generator = np.random.default_rng((seed, trial, hidden))
    features, classes, rows = (int(generator.integers(*span)) for span in ((4, 20), (2, 6), (2, 12)))
    widths = (features, 8, classes) if hidden else (features, classes)
    data = (
        torch.from_numpy(generator.standard_normal((rows, features))),
        torch.from_numpy(generator.integers(0, classes, rows)),
    )
    landscape = Landscape(MLP(widths, "tanh"), "cross_entropy", data, dtype=torch.float64)
    matrix = gauss_newton(landscape, initial_vectors(landscape, [trial])[0])
    rank = int(torch.linalg.matrix_rank(matrix, hermitian=True))
    return landscape.dimension - rank, least_nullity(landscape.dimension, rows, classes, softmax=True)


def _sum_case(generator: np.random.Generator, largest: int) -> tuple[int, int]:
    """Nullity of a sum of rank-one matrices, some of them equal or opposite, and the bound."""
    size, terms = (int(generator.integers(1, largest + 1)) for _ in range(2))
    left, right = (np.stack([_not_zero(generator, size) for _ in range(terms)]) for _ in range(2))
    if generator.random() < 0.5:  # the theorem asks for nothing but rank one
        left[-1], right[-1] = generator.choice([-1, 1]) * left[0], right[0]
    total = left.T @ right  # of integers: opposite terms cancel exactly
    return size - int(np.linalg.matrix_rank(total)), max(size - terms, 0)
