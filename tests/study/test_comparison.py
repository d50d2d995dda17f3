"""Straight lines, before and after hidden units are matched."""

import numpy as np
import pytest
import torch
from torch import nn

from lossbar_core.alignment import random_symmetry
from lossbar_core.landscapes import Landscape
from lossbar_core.study import Study, load_problem
from lossbar_core.study.comparison import Matcher, straight_tops


@pytest.fixture
def net():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 3)).double()
    data = torch.randn(30, 2, dtype=torch.float64), torch.randint(0, 3, (30,))
    return Landscape(module, "cross_entropy", data)


def test_tops_are_those_of_a_fine_line(net):
    thetas = torch.randn(3, net.dimension, dtype=torch.float64)
    tops = straight_tops(net, thetas)
    shares = torch.linspace(0, 1, 11, dtype=torch.float64)[:, None]
    for i, j in ((0, 1), (0, 2), (1, 2)):
        line = torch.lerp(thetas[i], thetas[j], shares)
        assert tops[i, j] == tops[j, i] == pytest.approx(float(net.losses(line).max()), rel=1e-12)
    np.testing.assert_allclose(np.diag(tops), net.losses(thetas))


def test_a_permuted_copy_has_no_barrier_once_it_is_matched(net):
    theta = net.vector()
    moved = random_symmetry(net, seed=1).apply(theta, net.layout)
    both = torch.stack([theta, moved])
    loss = float(net.losses(theta[None]))
    matcher = Matcher.of(net, torch.randn(2, net.dimension, dtype=torch.float64), required=True)
    assert straight_tops(net, both)[0, 1] > loss + 1e-3
    assert matcher.straight_tops(both)[0, 1] == pytest.approx(loss, rel=1e-9)


def test_aligned_minima_are_the_same_functions(net):
    thetas = torch.randn(3, net.dimension, dtype=torch.float64)
    matcher = Matcher.of(net, thetas, required=True)
    aligned = matcher.all_to_first(thetas)
    assert torch.equal(aligned[0], thetas[0])
    torch.testing.assert_close(net.losses(aligned), net.losses(thetas))
    before, after = (torch.linalg.norm(t[1:] - t[0], dim=1) for t in (thetas, aligned))
    assert bool((after < before).all())


def test_networks_with_branches_have_no_matcher(foreign):
    problem = load_problem(Study(f"{foreign}:transformer", data=f"{foreign}:sequences", n_minima=2))
    assert Matcher.of(problem.landscape, problem.starts, required=False) is None
    with pytest.raises(ValueError, match="use align=False"):
        Matcher.of(problem.landscape, problem.starts, required=True)
