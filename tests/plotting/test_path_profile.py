"""Profiles: what is drawn is what was given, and the highest loss is where it belongs."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lossbar_core.plotting.path_profile import ProfileCurve, plot_profile

AT = np.linspace(0, 1, 5)
LOSSES = np.array([0.1, 0.5, 2.0, 0.7, 0.2])


def squares(ax):
    return [tuple(np.ravel(line.get_data())) for line in ax.lines if line.get_marker() == "s"]


def test_the_highest_loss_is_marked():
    (ax,) = plot_profile(ProfileCurve(AT, LOSSES))
    assert squares(ax) == [(0.5, 2.0)]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), LOSSES)


def test_accuracies_have_a_panel_of_their_own():
    loss_axes, accuracy_axes = plot_profile(ProfileCurve(AT, LOSSES, accuracies=1 - LOSSES / 4))
    np.testing.assert_array_equal(accuracy_axes.lines[0].get_ydata(), 1 - LOSSES / 4)
    assert loss_axes.get_shared_x_axes().joined(loss_axes, accuracy_axes)


def test_a_curve_without_accuracies_beside_one_with():
    curves = {"low": ProfileCurve(AT, LOSSES, accuracies=AT), "straight": ProfileCurve(AT, 2 * LOSSES)}
    loss_axes, accuracy_axes = plot_profile(curves)
    assert len(accuracy_axes.lines) == 1
    assert squares(loss_axes) == [(0.5, 2.0), (0.5, 4.0)]
    labels = [text.get_text() for text in loss_axes.get_legend().get_texts()]
    assert {"low", "straight", "highest"} == set(labels)


def test_pivots_are_marked():
    (ax,) = plot_profile(ProfileCurve(AT, LOSSES, is_pivot=[1, 0, 1, 0, 1]))
    dots = next(line for line in ax.lines if line.get_marker() == "o")
    np.testing.assert_array_equal(dots.get_xdata(), AT[::2])


def test_given_axes_are_used_and_accuracies_left_out():
    ax = plt.subplots()[1]
    assert plot_profile(ProfileCurve(AT, LOSSES, accuracies=AT), ax=ax) == [ax]


@pytest.mark.parametrize(
    ("curves", "kind", "message"),
    [
        ([1, 2], TypeError, "must be a ProfileCurve or map names to such"),
        ({"a": [1, 2]}, TypeError, "a must be a ProfileCurve"),
        ({}, ValueError, "1 to 5 curves, got 0"),
        ({str(i): ProfileCurve(AT, LOSSES) for i in range(6)}, ValueError, "got 6"),
        (ProfileCurve(AT, LOSSES[:3]), ValueError, "arrays of one length"),
        (ProfileCurve([0], [1]), ValueError, "at least 2"),
        (ProfileCurve(AT, LOSSES * np.nan), ValueError, "finite 1-D arrays"),
        (ProfileCurve(AT[::-1], LOSSES), ValueError, "do not decrease"),
        (ProfileCurve(AT, LOSSES, accuracies=[1]), ValueError, "arrays of one length"),
    ],
)
def test_bad_input_is_explained(curves, kind, message):
    with pytest.raises(kind, match=message):
        plot_profile(curves)
