"""The seven networks: dimensions of the register, limits, and that the reduced loss is the least over output layers."""

import numpy as np
import pytest

from lossbar_core.papers.bsl.net_models import KINKS, NETS, VARIANTS, limits, network, title

DIMENSIONS = {
    "fixed": (4, 6, 8, 11, 15, 12, 15),
    "free": (7, 10, 13, 17, 22, 19, 23),
    "normalised": (5, 7, 11, 14, 19, 17, 20),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_dimensions(variant):
    assert tuple(network(variant, widths).dimension for widths in NETS) == DIMENSIONS[variant]


def test_fixed_biases_come_from_the_seed():
    one, same, other = (network("fixed", (3, 2), seed).template for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("widths", [(2,), (2, 2)])
def test_reduced_loss_is_a_lower_bound_that_is_attained(variant, widths):
    whole, reduced = network(variant, widths, 3), network(variant, widths, 3, reduced=True)
    rng = np.random.default_rng(0)
    inner = rng.standard_normal((20, reduced.dimension))
    least = reduced(inner)
    outer = rng.standard_normal((50, 20, whole.dimension - reduced.dimension))
    for some in outer:
        assert (whole(np.concatenate([inner, some], axis=1)) >= least - 1e-12).all()
    best = reduced.full(inner)[:, whole.positions]
    assert np.allclose(whole(best), least, rtol=1e-9)


def test_limits_by_layer():
    model = network("normalised", (2, 2))
    box = limits(model, "normalised")
    by_name = dict(zip(model.names, box[:, 1], strict=True))
    assert by_name["b1[0]"] == KINKS
    assert by_name["W2[0,0]"] == 2.0
    assert by_name["W3[0,0]"] == by_name["b3[0]"] == 4.0
    assert np.array_equal(box[:, 0], -box[:, 1])


def test_first_weights_are_normalised():
    assert network("normalised", (3,)).template[:3].tolist() == [1.5, -1.5, 1.5]


def test_unknown_variant():
    with pytest.raises(ValueError, match="expected a variant"):
        network("linear", (2,))


def test_titles():
    assert [title(widths) for widths in NETS] == [
        "(2)",
        "(3)",
        "(2x2)",
        "(3x2)",
        "(3x3)",
        "(2x2x2)",
        "(3x2x2)",
    ]
