"""GN-Lemma4.1 and GN-Thm4.2: exact ranks, and zeros that must be there."""

from dataclasses import replace

import numpy as np
import pytest

from lossbar_core.papers import load_items
from lossbar_core.papers.sr import rank
from lossbar_core.register import Register


def smoke(name, **changes):
    entry = load_items()[name]
    return entry.function(replace(entry.profiles["smoke"], **changes)).values


@pytest.mark.parametrize("name", ["GN-Lemma4.1", "GN-Thm4.2"])
def test_values_that_the_register_checks_are_there(name):
    assert set(Register.load()[name].value_names) <= set(smoke(name))


@pytest.mark.parametrize(
    ("matrix", "one"),
    [([[1, 2], [2, 4]], True), ([[1, 2], [2, 5]], False), ([[0, 0], [0, 0]], False), ([[0, 3]], True)],
)
def test_both_tests_of_rank_one(matrix, one):
    matrix = np.array(matrix)
    assert rank._has_rank_one(matrix) == rank._is_product(matrix) == one
    assert (np.linalg.matrix_rank(matrix) == 1) == one


def test_lemma_holds_and_zero_vectors_are_the_exception():
    found = smoke("GN-Lemma4.1", cases=200)
    assert [found[name] for name in ("wrong_ranks", "wrong_factors", "disagreements")] == [0, 0, 0]
    assert found["zero_product_rank"] == 0


def test_theorem_holds_and_is_sharp_for_generic_data():
    found = smoke("GN-Thm4.2", trials=3, sums=60)
    assert found["zeros_wide"] == [rank.WIDE[0] - rank.WIDE[1]]
    assert found["zeros_tall"] == [0]
    assert found["softmax_shortfalls"] == found["sum_shortfalls"] == 0
    assert found["softmax_least_bound"] > 0  # else the bound would say nothing


def test_opposite_terms_cancel():
    generator = np.random.default_rng(0)
    slack = [np.subtract(*rank._sum_case(generator, 12)) for _ in range(100)]
    assert min(slack) == 0
    assert max(slack) > 0


def test_nothing_is_said_of_networks_on_all_of_mnist():
    found = smoke("GN-Thm4.2")
    assert {found[f"bound_{name}"] for name in ("2_mlp", "3_mlp", "cnn")} == {0}
