"""Values read off the authors' pictures: complete, and as the register tells of them."""

import numpy as np

from lossbar_core.papers.bsl.convergence import OF_THE_PAPER
from lossbar_core.papers.bsl.notebook_values import MEAN_LOG10, SIZES, at_size


def test_every_function_has_every_size():
    assert set(MEAN_LOG10) == {(name, d) for name in OF_THE_PAPER for d in (3, 4, 5)}
    assert {len(values) for values in MEAN_LOG10.values()} == {len(SIZES)}


def test_slopes_are_those_of_the_register_s_note():
    for name, slope in (("Alpine01", -0.17), ("Schwefel26", -0.11)):
        assert round(at_size(name, 3, 100_000) - at_size(name, 3, 10_000), 2) in (slope, slope + 0.01)
    for d in (4, 5):  # rises
        assert at_size("XinSheYang04", d, 100_000) > at_size("XinSheYang04", d, 1000)


def test_what_the_notebooks_do_not_have():
    assert np.isnan(at_size("Alpine01", 6, 1000))
    assert np.isnan(at_size("Alpine01", 3, 3162))
