"""Barycentric lattices: counts, faces, neighbours, harmonic filling, refinement of linear maps."""

from math import comb

import numpy as np
import pytest
import torch

from lossbar_core.paths.lattice import Lattice, refined

CASES = [(1, 4), (2, 3), (2, 6), (3, 4), (4, 5)]


@pytest.mark.parametrize(("degree", "divisions"), CASES)
def test_points_and_faces(degree, divisions):
    grid = Lattice(degree, divisions)
    assert len(grid.points) == comb(divisions + degree, degree)
    assert np.all(grid.points.sum(1) == divisions)
    assert grid.points.tolist() == sorted(grid.points.tolist())
    assert len(grid.interior) == comb(divisions - 1, degree)
    for without in range(degree + 1):
        face = np.delete(grid.points[grid.face(without)], without, axis=1)
        assert face.tolist() == Lattice(degree - 1, divisions).points.tolist()


@pytest.mark.parametrize(("degree", "divisions"), CASES)
def test_linear_simplices_stay_linear(degree, divisions):
    """The harmonic filling of flat faces is flat, and refining it gives the finer flat lattice."""
    corners = torch.from_numpy(np.random.default_rng(degree).normal(size=(degree + 1, 7)))
    flat = torch.from_numpy(Lattice(degree, divisions).points / divisions) @ corners
    emptied = flat.clone()
    emptied[Lattice(degree, divisions).interior] = 0
    torch.testing.assert_close(Lattice(degree, divisions).harmonic @ emptied, flat)
    fine = torch.from_numpy(Lattice(degree, 4 * divisions).points / (4 * divisions)) @ corners
    torch.testing.assert_close(refined(flat, degree, divisions, 2), fine)


def test_neighbours_are_one_step_away():
    grid = Lattice(2, 5)
    for point, around in zip(grid.points[grid.interior], grid.neighbours, strict=True):
        steps = np.abs(grid.points[around] - point)
        assert len({*around.tolist()}) == 6
        assert np.all(steps.sum(1) == 2)
    ahead, behind = grid.along
    middles = (grid.points[ahead] + grid.points[behind]) / 2
    assert np.array_equal(middles, np.repeat(grid.points[grid.interior][:, None], 2, axis=1))
