"""The slider shows at every step the profile of that step and nothing else but the first."""

import numpy as np
import pytest

from lossbar_core.plotting.interactive import mime_bundle
from lossbar_core.plotting.path_animation import MAX_FRAMES, relaxation_figure

SHARES = np.linspace(0, 1, 5)
HILL = np.array([0.0, 1.0, 4.0, 1.0, 0.0])
STEPS = [0, 10, 40]
LOSSES = np.stack([HILL, HILL / 2, HILL / 4])


def test_every_step_of_the_slider_shows_its_profile():
    figure = relaxation_figure(SHARES, LOSSES, STEPS)
    for i, step in enumerate(figure.layout.sliders[0].steps):
        visible = step.args[0]["visible"]
        shown = [figure.data[j] for j, on in enumerate(visible) if on]
        np.testing.assert_allclose(shown[0].y, LOSSES[0])
        np.testing.assert_allclose(shown[1].y, LOSSES[i], atol=1e-4)
        assert len(shown) == 2
        assert step.label == str(STEPS[i])


def test_the_last_step_is_shown_first():
    figure = relaxation_figure(SHARES, LOSSES, STEPS)
    assert [trace.visible for trace in figure.data[1:]] == [False, False, True]
    assert figure.layout.sliders[0].active == 2


def test_the_highest_point_is_marked():
    figure = relaxation_figure(SHARES, LOSSES, STEPS)
    assert np.argmax(figure.data[3].marker.size) == 2


def test_the_words_say_what_was_gained():
    bundle = mime_bundle(relaxation_figure(SHARES, LOSSES, STEPS))
    assert "from 4 at step 0 to 1 at step 40" in bundle["text/plain"]


def test_many_steps_are_thinned_with_both_ends():
    figure = relaxation_figure(SHARES, np.tile(HILL, (300, 1)), range(300))
    labels = [step.label for step in figure.layout.sliders[0].steps]
    assert len(labels) == MAX_FRAMES
    assert (labels[0], labels[-1]) == ("0", "299")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"losses": LOSSES[:2]}, r"\(3, 5\), got \(2, 5\)"),
        ({"shares": SHARES[:4]}, r"\(3, 4\), got \(3, 5\)"),
        ({"losses": LOSSES[:0], "steps": []}, "a row a step"),
        ({"losses": LOSSES * np.nan}, "must be finite"),
        ({"steps": [0, 10, 10]}, "must increase"),
    ],
)
def test_bad_input_is_explained(change, message):
    with pytest.raises(ValueError, match=message):
        relaxation_figure(**({"shares": SHARES, "losses": LOSSES, "steps": STEPS} | change))
