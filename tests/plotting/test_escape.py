"""The view of a bar: what is visible for each choice, and that it is small and stable."""

import numpy as np
import pytest

from lossbar_core.plotting.escape import Escape, escape_figure
from lossbar_core.plotting.interactive import mime_bundle

X = np.linspace(-1, 1, 9)
ESCAPES = [
    Escape(0.1, 0.5, {"minimum": X, "1-saddle": 0 * X, "swallower": -X}, [0.1, 0.45, 0.05]),
    Escape(0.2, 0.3, {"minimum": X**2, "1-saddle": X**3, "swallower": -X}, [0.2, 0.25, 0.1]),
]


def test_each_choice_shows_its_own_bar():
    figure = escape_figure(X, X**2, ESCAPES)
    buttons = figure.layout.updatemenus[0].buttons
    assert [button.label for button in buttons] == ["bar 1: 0.100 to 0.500", "bar 2: 0.200 to 0.300"]
    for number, (button, escape) in enumerate(zip(buttons, ESCAPES, strict=True), start=1):
        shown = [trace for trace, on in zip(figure.data, button.args[0]["visible"], strict=True) if on]
        by_name = {trace.name: trace for trace in shown}
        assert len(by_name) == len(shown)
        assert list(by_name["chosen bar"].x) == [number, number]
        assert np.allclose(by_name["1-saddle"].y, escape.fits["1-saddle"], atol=1e-3)
        assert np.allclose(by_name["loss on the path"].y, escape.profile, atol=1e-3)
        assert list(by_name["death in the cloud"].y) == [escape.death] * 2


def test_the_first_bar_is_shown_first():
    figure = escape_figure(X, X**2, ESCAPES)
    first = figure.layout.updatemenus[0].buttons[0].args[0]["visible"]
    assert [trace.visible is not False for trace in figure.data] == list(first)


def test_same_bytes_and_alternative_text():
    one, two = (mime_bundle(escape_figure(X, X**2, ESCAPES, name="the (2) network")) for _ in range(2))
    assert one == two
    assert "2 bars of the (2) network" in one["text/plain"]


def test_no_bars():
    with pytest.raises(ValueError, match="expected one bar"):
        escape_figure(X, X, [])
