"""Paths between linear networks: what follows the product, what refuses, and what fails where it should."""

import numpy as np
import pytest
import torch

from lossbar_core.papers.rectified.curve import Curve, distance, flat
from lossbar_core.papers.rectified.linear import linear_path, product, transposed
from lossbar_core.papers.rectified.linear_limits import (
    chain,
    deep_bars,
    deep_pass,
    deep_ridge,
    mirrored,
    narrow_pass,
    two_layer_bars,
)
from lossbar_core.papers.rectified.linear_networks import _least_penalty
from lossbar_core.papers.rectified.linear_regression import at_level, random_regression, random_weights
from lossbar_core.papers.rectified.ridge import balanced, nuclear_norm, ridge_path
from lossbar_core.papers.rectified.rotations import completed, full_rank_path, polar, rotation_path

SHAPES = [(3, 4, 2), (3, 4, 4, 2), (2, 5, 4, 3, 6), (3, 4, 5, 5, 2), (1, 2, 1)]


def draw(widths, rng, rank=None):
    weights = random_weights(widths, rng)
    if rank is None:
        return weights
    last = rng.normal(size=(widths[-1], rank)) @ rng.normal(size=(rank, widths[-2]))
    return (*weights[:-1], last)


def off_segment(maps, first, last):
    """Distance of linear maps from the segment between two of them."""
    way = (last - first).ravel()
    worst = 0.0
    for linear in maps:
        gone = (linear - first).ravel()
        t = np.clip(gone @ way / (way @ way), 0, 1)
        worst = max(worst, float(np.abs(gone - t * way).max()))
    return worst


@pytest.mark.parametrize("widths", SHAPES)
@pytest.mark.parametrize("rank", [None, 1])
def test_the_product_stays_on_the_segment(widths, rank):
    rng = np.random.default_rng(0)
    a, b = draw(widths, rng, rank), draw(widths, rng, rank)
    path = linear_path(a, b)
    assert distance(path.at(0.0), a) < 1e-12
    assert distance(path.at(1.0), b) < 1e-9
    assert path.jumps() < 1e-9
    assert off_segment([product(w) for w in path.sampled(15)], product(a), product(b)) < 1e-9


def test_last_layer_of_zeros_is_opened():
    rng = np.random.default_rng(1)
    inner, _ = draw((3, 4, 2), rng)
    path = linear_path((inner, np.zeros((2, 4))), draw((3, 4, 2), rng))
    assert path.jumps() < 1e-9


@pytest.mark.parametrize("widths", [(3, 2, 2), (3, 4, 2, 2), (1, 1, 1), (2, 2, 5)])
def test_as_many_units_as_the_smaller_end_are_refused(widths):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="take wider layers"):
        linear_path(draw(widths, rng), draw(widths, rng))


def test_nearly_dependent_rows_are_refused():
    rng = np.random.default_rng(0)
    inner, outer = draw((3, 4, 2), rng)
    outer[1] = outer[0] + 1e-8 * rng.normal(size=4)
    with pytest.raises(ValueError, match="nearly 0"):
        linear_path((inner, outer), draw((3, 4, 2), rng))


def test_weights_that_are_not_numbers_are_refused():
    weights = draw((3, 4, 2), np.random.default_rng(0))
    with pytest.raises(ValueError, match="finite"):
        linear_path(weights, tuple(np.nan * w for w in weights))


def test_networks_of_different_shapes_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="one shape"):
        linear_path(draw((3, 4, 2), rng), draw((3, 5, 2), rng))


def test_transposed_network_has_the_transposed_product():
    weights = draw((3, 4, 5, 2), np.random.default_rng(0))
    assert np.allclose(product(transposed(weights)), product(weights).T)


@pytest.mark.parametrize("widths", [(3, 4, 2), (2, 5, 3), (1, 2, 1)])
@pytest.mark.parametrize("rank", [None, 1])
def test_with_a_ridge_nothing_is_above_the_ends(widths, rank):
    rng = np.random.default_rng(2)
    task = random_regression(widths[0], widths[-1], 50, ridge=0.1)
    a, b = draw(widths, rng, rank), draw(widths, rng, rank)
    path = ridge_path(a, b)
    risks = [task.risk(w) for w in path.sampled(30)]
    assert max(risks) <= max(task.risk(a), task.risk(b)) * (1 + 1e-9)
    assert path.jumps() < 1e-6  # square roots of singular values that rounding has left
    assert distance(path.at(1.0), b) < 1e-9


def test_ridge_of_three_layers_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="two layers"):
        ridge_path(draw((2, 3, 3, 2), rng), draw((2, 3, 3, 2), rng))


@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (4, 4), (1, 5)])
def test_balanced_factors_attain_the_nuclear_norm(shape):
    matrix = np.random.default_rng(3).normal(size=shape)
    inner, outer = balanced(matrix, shape[0] + 1)
    assert np.allclose(outer @ inner, matrix)
    assert np.allclose(outer.T @ outer, inner @ inner.T)
    assert ((inner**2).sum() + (outer**2).sum()) / 2 == pytest.approx(nuclear_norm(matrix), rel=1e-12)


@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (1, 4)])
@pytest.mark.parametrize("more", [0, 2])
def test_no_factors_with_more_units_are_below_the_nuclear_norm(shape, more):
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=shape)
    found = _least_penalty(matrix, max(shape) + more, rng)
    assert found == pytest.approx(nuclear_norm(matrix), rel=1e-8)


def test_risk_of_the_landscape_is_that_of_the_rows():
    task = random_regression(3, 2, 40, ridge=0.3)
    weights = draw((3, 4, 4, 2), np.random.default_rng(4))
    value = float(task.landscape((3, 4, 4, 2)).losses(torch.from_numpy(flat(weights))[None]))
    assert value == pytest.approx(task.risk(weights), rel=1e-12)


def test_least_risk_of_a_rank_is_not_beaten():
    task = random_regression(4, 3, 60)
    rng = np.random.default_rng(5)
    bound = task.least_of_rank(1)
    tried = [task.of_map(np.outer(rng.normal(size=3), rng.normal(size=4))) for _ in range(200)]
    left, values, right = np.linalg.svd(task.optimum)
    assert min(tried) > bound
    assert task.of_map(values[0] * np.outer(left[:, 0], right[0])) >= bound - 1e-12
    assert task.least_of_rank(3) == pytest.approx(task.of_map(task.optimum))


def test_end_is_at_the_level():
    task = random_regression(3, 2, 60)
    high, low = draw((3, 4, 2), np.random.default_rng(6)), balanced(task.optimum, 4)
    level = (task.risk(low) + task.of_map(np.zeros((2, 3)))) / 2
    assert task.risk(at_level(task, high, low, level)) == pytest.approx(level, rel=1e-12)


def test_narrow_networks_meet_the_exact_pass():
    task = random_regression(3, 2, 100)
    low = balanced(task.optimum, 2)
    assert np.allclose(product(mirrored(low)), product(low))
    found = narrow_pass(task, low, band_steps=200, seed=0)
    assert task.risk(low) < found["bound"]
    assert found["band"] == pytest.approx(found["bound"], rel=0.01)
    assert found["strings"] == 0


def test_chain_of_two_has_two_components_below_zero_s_height():
    bars = two_layer_bars(0.05)
    assert len(bars) == 2
    assert bars[1, 1] == pytest.approx(1.0, abs=1e-9)


def test_chain_of_three_with_a_ridge_has_a_poor_minimum_at_zero():
    found, surface = deep_pass(0.2), chain(3, 0.2)
    rng = np.random.default_rng(7)
    sphere = rng.normal(size=(1000, 3))
    sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
    near = surface.losses(torch.from_numpy(0.1 * sphere)).numpy()
    top = surface.losses(torch.from_numpy(0.2 * np.sqrt(3) * sphere)).numpy()  # the sphere of the pass
    assert near.min() > found["zero"] == 1.0
    assert top.min() >= found["pass"] - 1e-12
    assert found["best"] < 1.0
    with pytest.raises(ValueError, match="take less"):
        deep_pass(0.6)
    assert deep_pass(0.01)["pass"] == pytest.approx(1 + 0.01**3, abs=1e-8)


@pytest.mark.parametrize("ridge", [0.15, 0.2, 0.3])
def test_barcode_of_a_lattice_has_the_pass_of_the_formula(ridge):
    wanted, bars = deep_pass(ridge), deep_bars(ridge, side=49)
    assert len(bars) == 5  # four global minima, and zero
    highest = bars[bars[:, 0].argmax()]
    height = wanted["pass"] - wanted["zero"]
    assert highest[0] == wanted["zero"]
    assert abs(highest[1] - wanted["pass"]) < 0.1 * height
    assert bars[0, 0] == pytest.approx(wanted["best"], abs=0.01)
    assert abs(highest[1] - deep_pass(ridge + 0.02)["pass"]) > 0.1 * height  # another ridge is told apart


def test_pass_that_a_lattice_cannot_see_is_refused():
    assert deep_ridge(0.2)["miss"] < 0.02
    with pytest.raises(ValueError, match="take a larger ridge"):
        deep_ridge(0.05)


def test_rotations_reach_their_targets():
    rng = np.random.default_rng(8)
    for size in (2, 3, 5, 6):
        target = completed(np.linalg.qr(rng.normal(size=(size, size - 1)))[0].T)
        path = rotation_path(target)
        assert np.allclose(path(0.0), np.eye(size))
        assert np.allclose(path(1.0), target)
        assert np.allclose(path(0.3) @ path(0.3).T, np.eye(size))
    assert np.allclose(rotation_path(np.diag([-1.0, -1.0, 1.0]))(1.0), np.diag([-1.0, -1.0, 1.0]))


def test_reflections_are_no_rotations():
    with pytest.raises(ValueError, match="determinant -1"):
        rotation_path(np.diag([-1.0, 1.0]))
    with pytest.raises(ValueError, match="orthogonal"):
        rotation_path(np.ones((2, 2)))


def test_full_rank_paths_keep_the_rank_and_square_ones_do_not_exist():
    rng = np.random.default_rng(9)
    start, end = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    path = full_rank_path(start, end)
    least = min(np.linalg.svd(path(t), compute_uv=False)[-1] for t in np.linspace(0, 1, 50))
    ends = min(np.linalg.svd(w, compute_uv=False)[-1] for w in (start, end))
    assert least >= ends - 1e-12  # the positive factor moves on a segment
    assert np.allclose(path(1.0), end)
    with pytest.raises(ValueError, match="fewer rows than columns"):
        full_rank_path(rng.normal(size=(2, 2)), rng.normal(size=(2, 2)))


def test_polar_factors():
    wide = np.random.default_rng(10).normal(size=(2, 4))
    positive, rows = polar(wide)
    assert np.allclose(positive @ rows, wide)
    assert np.allclose(rows @ rows.T, np.eye(2))
    assert np.linalg.eigvalsh(positive).min() > 0


def test_a_curve_needs_a_name_a_piece():
    with pytest.raises(ValueError, match="one name a piece"):
        Curve((), ("a",))
