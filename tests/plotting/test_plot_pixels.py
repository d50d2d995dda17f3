"""Pictures as pixels: fewer bytes than vectors, the same bytes again, few colours."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from lossbar_core.plotting import show_pixels, svg_bytes
from lossbar_core.plotting.pixels import png_bytes


@pytest.fixture
def crowded():
    figure, ax = plt.subplots(figsize=(4, 3))
    ax.scatter(*np.random.default_rng(0).random((2, 2000)), c=np.arange(2000), cmap="viridis")
    yield figure
    plt.close(figure)


def test_few_bytes_and_colours_and_always_the_same(crowded):
    data = png_bytes(crowded, dpi=100, colors=32)
    assert data == png_bytes(crowded, dpi=100, colors=32)
    assert len(data) < len(svg_bytes(crowded)) / 3
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (400, 300)
        assert len(image.getcolors()) <= 32


@pytest.mark.parametrize("colors", [1, 257])
def test_the_palette_has_a_size(crowded, colors):
    with pytest.raises(ValueError, match="2 to 256 colors"):
        png_bytes(crowded, colors=colors)


def test_show_displays_the_picture_and_closes_the_figure(crowded, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    show_pixels(crowded)
    assert shown[0].data == png_bytes(crowded)
    assert not plt.fignum_exists(crowded.number)
