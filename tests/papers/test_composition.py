"""GN-eq1-2 and GN-eq3: derivatives written by hand, differences, and the two sums."""

from dataclasses import replace

import pytest
import torch

from lossbar_core.hessians import exact_hessian, gauss_newton
from lossbar_core.papers import load_items
from lossbar_core.papers.sr.composition import LOSSES, Composition, Parts, differences, problem_of
from lossbar_core.register import Register


def smoke(name, **changes):
    entry = load_items()[name]
    return entry.function(replace(entry.profiles["smoke"], **changes))


@pytest.mark.parametrize("name", ["GN-eq1-2", "GN-eq3"])
def test_values_that_the_register_checks_are_there(name):
    assert set(Register.load()[name].value_names) <= set(smoke(name).values)


@pytest.mark.parametrize("name", LOSSES)
def test_derivatives_by_hand_are_autograds(name):
    loss = LOSSES[name]
    s = torch.linspace(-3, 3, 13, dtype=torch.float64, requires_grad=True)
    y = torch.where(torch.arange(13) % 2 == 0, 1.0, -1.0).double()
    (first,) = torch.autograd.grad(loss.value(s, y).sum(), s, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), s)
    torch.testing.assert_close(loss.first(s, y), first)
    torch.testing.assert_close(loss.second(s, y).expand(13), second)
    assert (second >= 0).all()


def test_chain_rule_holds():
    found = smoke("GN-eq1-2").values
    assert found["gradient_error"] < 1e-8
    assert found["hessian_error"] < 1e-6
    assert found["cases"] == 3 * len(LOSSES)


def test_chain_rule_is_that_of_one_sample():
    with pytest.raises(ValueError, match="expected 1 row for equations 1 and 2, got 3"):
        smoke("GN-eq1-2", rows=3)


def test_differences_are_of_fourth_order():
    landscape, theta = problem_of(Composition(1, rows=4), "exponential", "sigmoid", 0)
    gradient, second = differences(landscape, theta)
    torch.testing.assert_close(gradient, landscape.gradients(theta[None])[0], rtol=1e-8, atol=1e-9)
    exact = exact_hessian(landscape, theta, route="products").matrix
    torch.testing.assert_close(second, exact, rtol=1e-6, atol=1e-7)


def test_printed_sum_fails_and_the_right_one_does_not():
    found = smoke("GN-eq3").values
    assert found["largest_error"] < 1e-12
    assert found["printed_smallest_error"] > 1e-4
    assert found["negative"] > -1e-12
    assert found["one_label_printed_error"] < 1e-12  # where l'' = l'


def test_first_term_is_the_engines():
    landscape, theta = problem_of(Composition(1, rows=5), "logistic", "tanh", 0)
    torch.testing.assert_close(
        Parts.at(landscape, theta).covariance(LOSSES["logistic"]), gauss_newton(landscape, theta)
    )


def test_labels_have_both_signs():
    landscape, _ = problem_of(Composition(1, rows=6), "logistic", "tanh", 0)
    assert sorted(landscape.data.targets.tolist()) == [-1, -1, -1, 1, 1, 1]
