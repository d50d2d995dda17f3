"""Layers: where each parameter lies, and what a network makes of it."""

import numpy as np
import pytest

from lossbar_core.functions.layers import Layers, as_layers


def test_names_and_positions_follow_the_order_of_the_parameters():
    layers = Layers((2, 1))
    assert layers.names == (
        "W1[0,0]",
        "W1[1,0]",
        "b1[0]",
        "b1[1]",
        "W2[0,0]",
        "W2[0,1]",
        "b2[0]",
        "W3[0,0]",
        "b3[0]",
    )
    assert layers.n_parameters == 9
    assert layers.positions("W").tolist() == [0, 1, 4, 5, 7]
    assert layers.positions("b", 2).tolist() == [6]
    assert Layers((1,) * 8).positions("W", 1).tolist() == [0]


def test_split_gives_views_of_every_layer():
    layers, full = Layers((2, 3)), np.arange(2 * 17.0).reshape(2, 17)
    (w1, b1), (w2, b2), (w3, b3) = layers.split(full)
    assert [w.shape for w in (w1, w2, w3)] == [(2, 2, 1), (2, 3, 2), (2, 1, 3)]
    assert w2[1].tolist() == [[21, 22], [23, 24], [25, 26]]
    assert b1[0, :, 0].tolist() == [2, 3]
    assert b2[0, :, 0].tolist() == [10, 11, 12]
    assert b3[0, :, 0].tolist() == [16]


@pytest.mark.parametrize(("activation", "phi"), [("relu", lambda z: np.maximum(z, 0)), ("tanh", np.tanh)])
def test_output_of_one_hidden_layer(activation, phi):
    w, c, v, d = 2.0, -1.0, 3.0, 0.5
    x = np.array([-1.0, 0.25, 2.0])
    layers = Layers((1,), activation)
    np.testing.assert_allclose(layers.output(np.array([[w, c, v, d]]), x)[0], v * phi(w * x + c) + d)
    h = phi(x)
    np.testing.assert_allclose(layers.slope(h), (x > 0) if activation == "relu" else 1 - np.tanh(x) ** 2)


def test_eliminated_parameters_are_counted():
    layers = Layers((3, 2))
    assert [layers.n_eliminated(what) for what in (None, "bias", "layer")] == [0, 1, 3]
    with pytest.raises(ValueError, match="got 'weights'"):
        layers.n_eliminated("weights")


def test_templates_and_positions_are_copies():
    layers, template, free = Layers((1,)), np.arange(4.0), np.array([2, 0])
    full, positions = layers.as_template(template), layers.as_positions(free, 4)
    template[0], free[0] = 9.0, 3
    assert full.tolist() == [0, 1, 2, 3]
    assert positions.tolist() == [2, 0]
    assert layers.as_positions(None, 3).tolist() == [0, 1, 2]


def test_bad_widths():
    for widths in ("22", 3, None):
        with pytest.raises(TypeError, match="expected hidden widths"):
            as_layers(widths, "relu")
    with pytest.raises(ValueError, match="got 9"):
        as_layers((1,) * 9, "relu")
    assert as_layers(np.array([2, 3]), "tanh") == Layers((2, 3), "tanh")
