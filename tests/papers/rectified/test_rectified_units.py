"""ReLU units under Gaussian inputs: kernel, risks, compressions, the theorem's path, spare units."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from lossbar_core.papers.rectified.arc_cosine import bounds, inner_product, kernel
from lossbar_core.papers.rectified.bounded_path import SUB_PATHS, bounded_path, compressions
from lossbar_core.papers.rectified.capacity import (
    best_units,
    chosen_units,
    compressed,
    every_choice,
    one_descent,
    turned,
)
from lossbar_core.papers.rectified.curve import distance
from lossbar_core.papers.rectified.random_paths import Draw, cases, risks_along
from lossbar_core.papers.rectified.regression import random_units, smooth_regression
from lossbar_core.papers.rectified.spare_unit import path_with_spare, permuted
from lossbar_core.papers.rectified.theorem import bend, margins, partly


def test_kernel_is_what_samples_give():
    left, right = random_units(3, 3, 0), 2 * random_units(4, 3, 1)
    x = torch.from_numpy(np.random.default_rng(2).normal(size=(400_000, 3)))
    sampled = (x @ left.T).relu().T @ (x @ right.T).relu() / len(x)
    assert torch.allclose(kernel(left, right), sampled, atol=0.01)


def test_kernel_of_unit_vectors_is_the_formula_at_all_angles():
    angles = np.concatenate([[0.0, 1e-9, 1e-4], np.linspace(0.1, np.pi, 20)])
    turned_units = torch.from_numpy(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    found = kernel(torch.eye(2, dtype=torch.float64)[:1], turned_units)[0].numpy()
    assert np.allclose(found, inner_product(angles), atol=1e-15)


def test_kernel_has_a_gradient_where_units_are_equal():
    units = torch.ones(2, 2, dtype=torch.float64, requires_grad=True)
    kernel(units, units).sum().backward()
    assert torch.isfinite(units.grad).all()
    assert torch.autograd.gradcheck(kernel, (random_units(2, 3, 0).requires_grad_(), random_units(3, 3, 1)))


def test_printed_bounds_hold_and_a_wrong_one_does_not():
    angles = np.linspace(0, np.pi, 200)
    exact, (low, high) = inner_product(angles), bounds(angles)
    assert (exact <= high + 1e-15).all()
    assert (exact >= low - 1e-15).all()
    assert (exact > np.cos(angles) / 2 + 1e-15)[1:].all()  # the display below the proposition


@pytest.mark.parametrize("inputs", [2, 3])
def test_oracle_risk_is_the_limit_of_empirical_ones(inputs):
    task = smooth_regression(inputs, ridge=0.01)
    inner = random_units(5, inputs, 1)
    outer = torch.from_numpy(np.random.default_rng(2).normal(size=5))
    x, y = task.sample(400_000, 3)
    sampled = ((x @ inner.T).relu() @ outer - y).square().mean() + 0.01 * outer.square().sum()
    assert float(task.risk(inner, outer)) == pytest.approx(float(sampled), rel=0.02)
    assert task.energy == pytest.approx(1.0)
    assert float(y.square().mean()) == pytest.approx(1.0, rel=0.02)


def test_best_outer_weights_are_the_best():
    task = smooth_regression(2, ridge=0.01)
    inner = random_units(6, 2, 0)
    best = task.best_outer(inner)
    rng = np.random.default_rng(1)
    assert float(task.best_risk(inner)) == pytest.approx(float(task.risk(inner, best)), rel=1e-9)
    for _ in range(20):
        other = best + 0.1 * torch.from_numpy(rng.normal(size=6))
        assert float(task.risk(inner, other)) > float(task.risk(inner, best))


def test_landscape_does_not_see_the_length_of_units():
    task, rng = smooth_regression(2, ridge=0.01), np.random.default_rng(0)
    surface, theta = task.landscape(4), torch.from_numpy(rng.normal(size=12))
    longer = torch.cat([3 * theta[:8], theta[8:]])
    assert torch.allclose(surface.losses(theta[None]), surface.losses(longer[None]))


def test_descents_lower_the_risk_and_units_have_norm_one():
    task = smooth_regression(2, ridge=1e-3)
    inner, risks = best_units(task, 4, 5, 0)
    assert torch.allclose(inner.norm(dim=1), torch.ones(4, dtype=torch.float64))
    assert float(task.best_risk(inner)) == pytest.approx(risks.min(), rel=1e-9)
    assert risks.max() < float(task.best_risk(random_units(4, 2, 0)))


@pytest.mark.parametrize("count", [1, 3, 6])
def test_choices_are_the_best_ones(count):
    task, inner = smooth_regression(2, ridge=1e-3), random_units(7, 2, 3)
    chosen = chosen_units(task, inner, count)
    assert len(set(chosen)) == count
    assert float(task.best_risk(inner[chosen])) == pytest.approx(every_choice(task, inner, count), rel=1e-9)


def test_more_units_than_there_are_cannot_be_chosen():
    with pytest.raises(ValueError, match="count"):
        chosen_units(smooth_regression(2, ridge=1e-3), random_units(3, 2, 0), 4)


def test_units_turn_by_no_more_than_the_angle():
    inner = random_units(50, 3, 0)
    found = turned(inner, 100 * torch.from_numpy(np.random.default_rng(1).normal(size=(50, 3))), 0.3)
    angles = (found * inner).sum(1).clamp(-1, 1).acos()
    assert torch.allclose(found.norm(dim=1), torch.ones(50, dtype=torch.float64))
    assert 0.25 < float(angles.max()) <= 0.3 + 1e-12
    assert torch.allclose(turned(inner, torch.zeros_like(inner), 0.3), inner)


def test_larger_angles_are_no_worse():
    task, inner = smooth_regression(2, ridge=1e-3), random_units(8, 2, 5)
    risks = [risk for _, _, risk in compressed(task, inner, 3, (0.0, 0.1, 0.3))]
    assert risks[0] > risks[1] > risks[2]


def test_one_descent_knows_of_no_other_angle():
    task, inner = smooth_regression(2, ridge=1e-3), random_units(8, 2, 5)
    rows, units, risk = compressed(task, inner, 3, (0.2,))[0]
    alone, own = one_descent(task, inner[rows], 0.2)
    assert own == risk
    assert torch.equal(alone, units)
    assert own == pytest.approx(float(task.best_risk(alone)), rel=1e-12)
    inherited = compressed(task, inner, 3, (0.2, 0.2000001))
    assert inherited[1][2] <= inherited[0][2]


def case(units=8, kept=5, angle=0.1):
    task = smooth_regression(2, ridge=1e-3)
    sides = [compressions(task, random_units(units, 2, seed), kept, (angle,))[0] for seed in (1, 2)]
    ends = [(side.units, side.fitted[None] + 0.01) for side in sides]
    oracle, _ = best_units(task, units - kept, 3, 0)
    path = bounded_path(
        ends[0], ends[1], (sides[0], sides[1]), (oracle.numpy(), task.best_outer(oracle).numpy())
    )
    return task, ends, sides, path


def test_the_theorem_s_path_joins_both_ends():
    task, ends, sides, path = case()
    allowed = max(
        *(s.fitted_risk for s in sides),
        *(s.sparse_risk for s in sides),
        *(risks_along(task, [e])[0] for e in ends),
    )
    bending = max(bend(task, side) for side in sides)
    assert distance(path.at(0.0), ends[0]) < 1e-12
    assert distance(path.at(1.0), ends[1]) < 1e-12
    assert path.jumps() < 1e-12
    assert [name for name in path.names if name in SUB_PATHS] == list(SUB_PATHS)
    assert risks_along(task, path.sampled(20)).max() <= allowed + bending + 1e-9
    for piece, name in zip(path.pieces, path.names, strict=True):
        risks = risks_along(task, [piece(t) for t in np.linspace(0, 1, 30)])
        if name not in (SUB_PATHS[1], SUB_PATHS[4]):
            assert risks.max() <= max(risks[0], risks[-1]) + 1e-12


def test_too_few_free_rows_are_refused():
    task = smooth_regression(2, ridge=1e-3)
    side = compressions(task, random_units(4, 2, 0), 3, (0.1,))[0]
    ends = (side.units, side.fitted[None])
    with pytest.raises(ValueError, match="keep fewer units"):
        bounded_path(ends, ends, (side, side), (np.eye(2), np.ones(2)))


def sides_of(task, units=4, kept=2):
    side = compressions(task, random_units(units, 2, 0), kept, (0.1,))[0]
    return side, (side.units, side.fitted[None])


def test_units_of_another_norm_are_refused():
    task = smooth_regression(2, ridge=1e-3)
    side, end = sides_of(task)
    longer = 2 * side.units
    with pytest.raises(ValueError, match="one of norm 2 in the end"):
        bounded_path(end, (longer, end[1]), (side, replace(side, units=longer)), (np.eye(2), np.ones(2)))
    with pytest.raises(ValueError, match=r"one of norm 0\.5 in the oracle"):
        bounded_path(end, end, (side, side), (0.5 * np.eye(2), np.ones(2)))
    with pytest.raises(ValueError, match="in a compression"):
        bounded_path(end, end, (side, replace(side, turned=longer)), (np.eye(2), np.ones(2)))


def test_compressions_of_other_units_are_refused():
    task = smooth_regression(2, ridge=1e-3)
    side, end = sides_of(task)
    other = compressions(task, random_units(4, 2, 1), 2, (0.1,))[0]
    with pytest.raises(ValueError, match="the end's own units"):
        bounded_path(end, end, (side, other), (np.eye(2), np.ones(2)))
    wider, _ = sides_of(task, units=5)
    with pytest.raises(ValueError, match=r"the start's \(4, 2\) units, got one of \(5, 2\)"):
        bounded_path(end, end, (wider, side), (np.eye(2), np.ones(2)))


def test_only_paths_that_could_exceed_the_bound_test_it():
    draw = Draw((8,), (0.5,), (0.01, 0.1), pairs=1, starts=2, seed=0)
    light = list(cases(smooth_regression(2, ridge=1e-3), draw))
    assert not any(path.tests for path in light)  # the bound is above the risk of predicting 0
    task = smooth_regression(2, ridge=1.0)
    small, large = cases(task, draw)
    assert not small.tests  # the level is above eps, and an end reaches the level
    assert large.tests
    found = margins([(task, large)])
    assert found["top_over_bound"] == pytest.approx(large.top / (large.largest + 0.1))
    assert found["top_over_bound"] < 1
    assert 0 < found["bend_over_printed"] < 1
    higher = [risks + 1.01 * (large.bound - large.top) for risks in large.risks]
    assert margins([(task, replace(large, risks=tuple(higher)))])["top_over_bound"] > 1
    with pytest.raises(ValueError, match="larger penalties"):
        margins([])


def test_longer_inputs_change_the_printed_term_and_not_the_risk():
    # inputs c times larger, outer weights c times smaller, the penalty c^2 times larger: the same risk
    inner, outer = random_units(5, 2, 1), torch.from_numpy(np.random.default_rng(2).normal(size=5))
    one, other = smooth_regression(2, ridge=0.3), smooth_regression(2, ridge=0.3 * 7.0**2)
    assert float(other.risk(7 * inner, outer / 7)) == pytest.approx(float(one.risk(inner, outer)), rel=1e-12)


def test_bending_vanishes_with_the_angle_and_mixing_does_not_bend():
    task, _, sides, _ = case(angle=0.2)
    whole, half, none = (bend(task, partly(task, sides[0], share)) for share in (1.0, 0.5, 0.0))
    assert none < 1e-12 < half < whole
    assert partly(task, sides[0], 1.0).turned == pytest.approx(sides[0].turned, abs=1e-9)
    assert bend(task, replace(sides[0], turned=sides[0].units)) < 1e-12


@pytest.mark.parametrize("order", [[1, 0], [0, 1]])
def test_two_units_change_places_around_a_third(order):
    inner = torch.tensor([[1.0, 2.0], [3.0, 4.0], [0.5, 0.5]])
    outer = torch.tensor([[1.0, -1.0, 0.0]])
    x = torch.randn(20, 2, generator=torch.Generator().manual_seed(0))

    def predictions(theta):
        return (x @ theta[:6].reshape(3, 2).T).relu() @ theta[6:]

    pivots = path_with_spare(inner, outer, order)
    wanted = torch.cat([part.flatten() for part in permuted(inner, outer, [*order, 2])])
    assert torch.equal(pivots[-1], wanted)
    for a, b in itertools.pairwise(pivots):
        for t in (0.0, 0.3, 1.0):
            assert torch.allclose(predictions((1 - t) * a + t * b), predictions(pivots[0]), atol=1e-5)


def test_a_unit_in_use_is_not_spare():
    with pytest.raises(ValueError, match="free a unit"):
        path_with_spare(torch.eye(2), torch.ones(1, 2), [0])
    with pytest.raises(ValueError, match="name every unit once"):
        path_with_spare(torch.eye(2), torch.tensor([[1.0, 0.0]]), [1])


def test_kernel_at_pi_is_zero():
    units = torch.tensor([[1.0, 0.0], [-1.0, 0.0]], dtype=torch.float64)
    assert float(kernel(units, units)[0, 1]) == pytest.approx(0.0, abs=1e-16)
    assert float(kernel(units, units)[0, 0]) == pytest.approx(0.5)
    assert math.isclose(float(inner_product(np.array(np.pi))), 0.0, abs_tol=1e-16)
