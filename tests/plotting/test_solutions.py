"""Planes and distances of many solutions: what is drawn is what was given."""

import numpy as np
import pytest

from lossbar_core.plotting.solutions import plot_distances, plot_planes

POINTS = np.array([[0.0, 1.0], [3.0, -1.0], [1.0, 2.0]])
LOSS = np.array([1.0, 0.01, 0.1])


def test_planes_share_one_scale_and_colours():
    axes = plot_planes({"a": POINTS, "b": 2 * POINTS}, LOSS, best=[1])
    assert axes[0].get_xlim() == axes[1].get_xlim()
    first, second = (ax.collections[0] for ax in axes)
    np.testing.assert_allclose(first.get_array(), [0.0, -1.0, -2.0])  # the lowest loss is drawn last
    np.testing.assert_allclose(second.get_offsets(), 2 * POINTS[[0, 2, 1]])
    assert axes[0].lines[0].get_xdata().tolist() == [3.0]


def test_all_points_lie_inside():
    ax = plot_planes({"a": POINTS}, LOSS)[0]
    low, high = ax.get_xlim()
    assert low < -3.0
    assert high > 3.0


def test_distances_have_area_one():
    ax = plot_distances({"all": [1.0, 2.0, 2.0], "best": [0.5]}, bins=10)
    for patch in ax.patches:
        data = patch.get_data()
        assert np.sum(data.values * np.diff(data.edges)) == pytest.approx(1.0)
        assert data.edges[0] == 0.0
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"all", "best"}


@pytest.mark.parametrize(
    ("planes", "loss", "match"),
    [
        ({}, LOSS, "at least one plane"),
        ({"a": POINTS}, LOSS[:2], r"got \(3, 2\) and \(2,\)"),
        ({"a": POINTS}, [0.0, 1.0, 1.0], "positive losses"),
    ],
)
def test_bad_planes(planes, loss, match):
    with pytest.raises(ValueError, match=match):
        plot_planes(planes, loss)


@pytest.mark.parametrize("given", [{}, {"a": []}, {"a": [np.nan]}, {"a": [-1.0]}])
def test_bad_distances(given):
    with pytest.raises(ValueError, match="expected"):
        plot_distances(given)
