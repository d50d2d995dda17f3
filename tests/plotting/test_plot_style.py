"""The house style is legible where it claims to be: contrasts and colour distances are computed here."""

import itertools
from types import SimpleNamespace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from lossbar_core.plotting import plot_barcode, save_svg, style, svg_bytes, use_style

PAGES = ("#ffffff", "#121212", "#14181e")

# Machado, Oliveira, Fernandes (2009), severity 1: linear RGB as a reader with each deficiency sees it.
VISION = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(color):
    value = np.asarray(mpl.colors.to_rgb(color))
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """WCAG 2 contrast ratio."""
    low, high = sorted(float(linear(c) @ XYZ[1]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(color, vision):
    seen = np.clip(np.asarray(VISION[vision]) @ linear(color), 0, 1)
    t = XYZ @ seen / [0.95047, 1, 1.08883]
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_contrast_oracle_knows_the_extremes():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # a well-known value of WCAG


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("color", sorted({style.GREY, *style.PALETTE}))
def test_text_and_lines_contrast_with_light_and_dark_pages(color, page):
    assert contrast(color, page) >= 3


def test_text_has_nearly_the_best_contrast_one_colour_can_have():
    assert min(contrast(style.GREY, page) for page in PAGES[:2]) >= 4.25  # the optimum is 4.33


@pytest.mark.parametrize("vision", VISION)
def test_palette_is_told_apart_by_colour_blind_readers(vision):
    pairs = itertools.combinations(style.PALETTE, 2)
    assert min(np.linalg.norm(lab(a, vision) - lab(b, vision)) for a, b in pairs) >= 30


@pytest.mark.parametrize("vision", VISION)
def test_colour_map_rises_evenly_in_lightness(vision):
    lightness = np.array(
        [lab(c, vision)[0] for c in mpl.colormaps[style.COLOR_MAP](np.linspace(0, 1, 33))[:, :3]]
    )
    steps = np.diff(lightness)
    assert (steps > 0).all()
    if vision == "normal":
        assert steps.max() < 1.5 * steps.mean()


def test_marks_on_a_colour_map_always_stand_out():
    for color in mpl.colormaps[style.COLOR_MAP](np.linspace(0, 1, 65))[:, :3]:
        assert max(contrast(style.INK, color), contrast(style.PAPER, color)) >= 4.5


def test_sizes_suit_a_narrow_page():
    assert style.WIDTH <= style.MAX_WIDTH == 6
    assert (
        min(style.RC[key] for key in style.RC if key.endswith("size") and key.startswith(("x", "y", "font")))
        >= 11
    )
    on_phone = 358 / (
        style.WIDTH * 72
    )  # CSS pixels per point when the figure fills a page of 390 px with margins
    assert style.SMALL_SIZE * on_phone >= 10


def test_use_style_sets_the_session_and_keeps_the_page_visible():
    with mpl.rc_context():
        use_style()
        assert mpl.rcParams["figure.facecolor"] == "none"
        assert mpl.rcParams["text.color"] == style.GREY
        assert mpl.rcParams["svg.hashsalt"] == "lossbar"


def test_use_style_rejects_unknown_formats():
    with pytest.raises(ValueError, match="format must be 'svg', 'png' or 'retina', got 'gif'"):
        use_style("gif")


def test_use_style_tells_a_notebook_to_store_stable_svg(monkeypatch):
    from matplotlib_inline import backend_inline
    from matplotlib_inline.config import InlineBackend

    calls = {}
    backend = SimpleNamespace()
    monkeypatch.setattr(style, "_notebook_shell", lambda: backend)
    monkeypatch.setattr(InlineBackend, "instance", lambda **_: backend)
    monkeypatch.setattr(
        backend_inline,
        "set_matplotlib_formats",
        lambda *formats, **options: calls.update(options, formats=formats),
    )
    with mpl.rc_context():
        use_style()
    assert calls == {"formats": ("svg",), "metadata": {"Date": None, "Creator": None}, "bbox_inches": None}
    assert backend.figure_formats == {"svg"}


def test_outside_a_notebook_there_is_no_shell():
    assert style._notebook_shell() is None


def test_plots_leave_the_callers_settings_alone(diagram):
    before = dict(mpl.rcParams)
    plot_barcode(diagram)
    assert dict(mpl.rcParams) == before


def test_new_figures_are_transparent_and_at_most_six_inches_wide(diagram):
    figure = plot_barcode(diagram).figure
    assert figure.get_facecolor()[3] == 0
    assert figure.axes[0].get_facecolor()[3] == 0
    assert style.new_axes(None, width=9).figure.get_figwidth() == 6


def test_given_axes_are_used(diagram):
    ax = plt.subplots()[1]
    assert plot_barcode(diagram, ax=ax) is ax


def test_something_else_than_axes_is_refused(diagram):
    with pytest.raises(TypeError, match="ax must be a matplotlib Axes or None, got Figure"):
        plot_barcode(diagram, ax=plt.figure())


def test_svg_is_byte_stable_and_has_no_date(diagram, tmp_path):
    first, second = (svg_bytes(plot_barcode(diagram).figure) for _ in range(2))
    assert first == second
    assert b"<dc:date>" not in first
    assert b"Matplotlib" not in first
    path = save_svg(plot_barcode(diagram).figure, tmp_path / "bars.svg")
    assert path.read_bytes() == first


@pytest.mark.parametrize("width", [1.7, 2.6, 5.2])
def test_the_legend_never_squeezes_the_axes(diagram, width):
    figure, ax = plt.subplots(figsize=(width, 3), layout="constrained")
    plot_barcode(diagram, ax=ax, min_persistence=0.9)
    figure.canvas.draw()  # a collapsed layout warns, and warnings are errors here
    legend = ax.get_legend()
    assert len(legend.get_texts()) == 4
    assert legend.get_window_extent().width <= figure.bbox.width
    assert ax.get_window_extent().width > 0.4 * figure.bbox.width


def test_different_figures_have_different_bytes(diagram):
    assert svg_bytes(plot_barcode(diagram).figure) != svg_bytes(plot_barcode(diagram[:2]).figure)
