"""Interactive figures: small, byte-stable, described, without plotly's script, with the right hover texts."""

import json
import re
import subprocess
import sys

import numpy as np
import plotly.graph_objects as go
import pytest
from conftest import BOUNDS, camel

import lossbar_core as lb
from lossbar_core.plotting import describe, interactive, linked_figure, show, surface_figure
from lossbar_core.plotting.interactive import MIME_TYPE, InteractiveFigure, mime_bundle, rounded
from lossbar_core.plotting.surface import beyond
from lossbar_core.plotting.words import number

MAKERS = (surface_figure, linked_figure)


@pytest.fixture(params=MAKERS, ids=lambda maker: maker.__name__)
def maker(request):
    return request.param


def page(figure, **options):
    return mime_bundle(figure, **options)["text/html"]


def traces(figure, name):
    return [trace for trace in figure.data if trace.name == name]


def test_the_page_has_an_alternative_text_and_no_script_of_plotly(maker, camel_grid, camel_bars):
    html = page(maker(camel_grid, BOUNDS, camel_bars, name="six-hump camel"))
    label = re.search(r'role="img" aria-label="([^"]*)"', html).group(1)
    assert "six-hump camel" in label
    assert describe(camel_bars) in label
    assert 'class="plotly-graph-div"' in html  # what tells the book's pages to load the script
    assert "src=" not in html
    assert "http" not in html
    assert len(html) < 80_000


def test_bytes_are_stable_and_the_id_follows_from_the_content(maker, camel_grid, camel_bars):
    first, second = (page(maker(camel_grid, BOUNDS, camel_bars)) for _ in range(2))
    assert first == second
    other = page(maker(camel_grid + 1, BOUNDS, lb.grid_barcode(camel_grid + 1)))
    ids = [re.search(r'id="(lossbar-[0-9a-f]{12})"', html).group(1) for html in (first, other)]
    assert ids[0] != ids[1]


def test_id_and_alt_can_be_given(camel_grid, camel_bars):
    html = page(surface_figure(camel_grid, BOUNDS, camel_bars), alt='A "quoted" <surface>', id="fig-camel")
    assert 'aria-label="A &quot;quoted&quot; &lt;surface&gt;"' in html
    assert 'id="fig-camel"' in html
    assert 'getElementById("fig-camel")' in html


@pytest.mark.parametrize("bad", ["1st", "a b", '"><script>', "ä"])
def test_ids_that_would_break_the_page_are_refused(bad):
    with pytest.raises(ValueError, match="id must start with a letter"):
        mime_bundle(go.Figure(), id=bad)


def test_only_plotly_figures_are_shown():
    with pytest.raises(TypeError, match="figure must be a plotly Figure, got list"):
        show([1])


def test_texts_cannot_end_the_script():
    figure = go.Figure(go.Scatter(x=[1], y=[1], text=["</script><b>"]))
    assert page(figure).count("</script>") == 1


def test_jupyter_gets_the_same_figure_in_plotlys_format(maker, camel_grid, camel_bars):
    figure = maker(camel_grid, BOUNDS, camel_bars)
    content = mime_bundle(figure)[MIME_TYPE]
    assert go.Figure(data=content["data"], layout=content["layout"]) == go.Figure(figure)
    assert content["config"]["responsive"] is True
    assert "bdata" not in json.dumps(content)  # lists, not bytes that depend on the machine


def test_figures_show_themselves_in_a_notebook(monkeypatch, camel_grid, camel_bars):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append((data, raw)))
    figure = surface_figure(camel_grid, BOUNDS, camel_bars)
    assert isinstance(figure, InteractiveFigure)
    figure._ipython_display_()
    ((bundle, raw),) = shown
    assert raw
    assert set(bundle) == {MIME_TYPE, "text/html", "text/plain"}


def test_colab_draws_with_its_own_renderer(monkeypatch):
    shown = []
    monkeypatch.setitem(sys.modules, "google.colab", object())
    monkeypatch.setattr(go.Figure, "show", lambda self, **options: shown.append(options["renderer"]))
    show(go.Figure())
    assert shown == ["colab"]


def test_hover_texts_tell_everything_about_a_bar(maker, camel_grid, camel_bars):
    figure = maker(camel_grid, BOUNDS, camel_bars)
    minima = traces(figure, "minimum")[-1]
    assert len(minima.text) == 6
    second = minima.text[1]
    for word, value in (
        ("birth", camel_bars.birth[1]),
        ("death", camel_bars.death[1]),
        ("persistence", camel_bars.persistence[1]),
    ):
        assert f"{word} {number(value)}" in second
    assert re.search(r"size [\d\N{THIN SPACE}]+ points", second)
    assert "minimum at (" in second
    assert "1-saddle at (" in second
    assert "never" in minima.text[0]
    assert minima.hovertemplate == "%{text}<extra></extra>"
    assert list(minima.customdata) == [1, 2, 3, 4, 5, 6]


def test_colours_suit_light_and_dark_pages(maker, camel_grid, camel_bars):
    layout = maker(camel_grid, BOUNDS, camel_bars).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.font.color == "#797979"
    assert layout.font.size >= 11
    assert layout.hoverlabel.bgcolor == "#222222"


def test_surface_places_marks_and_bars(camel_grid, camel_bars):
    figure = surface_figure(camel_grid, BOUNDS, camel_bars)
    lift = 0.03 * np.ptp(camel_grid)
    (minima,), (saddles,), (stems,) = (traces(figure, name) for name in ("minimum", "1-saddle", "bar"))
    np.testing.assert_allclose(minima.z, camel_bars.birth + lift, atol=1e-3)
    np.testing.assert_allclose(minima.x, -2 + 4 * (camel_bars.minimum // 46) / 60, atol=1e-3)
    np.testing.assert_allclose(saddles.z, camel_bars.death[1:] + lift, atol=1e-3)
    assert stems.x.count(None) == 5  # one polyline a finite bar: foot, top, saddle, gap
    for bar, saddle in enumerate(zip(saddles.x, saddles.y, saddles.z, strict=True)):
        foot, top, end = (np.array([stems[axis][4 * bar + i] for axis in "xyz"]) for i in range(3))
        np.testing.assert_allclose(foot[:2], top[:2])
        np.testing.assert_allclose(end, saddle, atol=1e-3)
        assert top[2] == end[2]


def test_surface_values_have_the_first_variable_along_x(camel_grid, camel_bars):
    (surface,) = traces(surface_figure(camel_grid, BOUNDS, camel_bars), "surface")
    np.testing.assert_allclose(np.array(surface.z, float), camel_grid.T, atol=5.1e-3)
    assert (len(surface.x), len(surface.y)) == (61, 46)


def test_a_steep_rim_is_cut_off_with_one_cell_left(camel_grid, camel_bars):
    (surface,) = traces(surface_figure(camel_grid, BOUNDS, camel_bars, limits=(None, 4.0)), "surface")
    heights = np.array([[np.nan if v is None else v for v in row] for row in surface.z]).T
    assert np.nanmax(heights) == 4
    np.testing.assert_array_equal(np.isnan(heights), beyond(camel_grid, 4.0))
    assert np.isnan(heights).any()
    assert not np.isnan(heights[camel_grid <= 4]).any()


def test_functions_are_evaluated_at_the_resolution(maker):
    bars = lb.sample_barcode(camel, BOUNDS, n=2000, seed=1).filter(min_persistence=0.1)
    figure = maker(camel, BOUNDS, bars, resolution=21)
    (field,) = (trace for trace in figure.data if trace.type in ("surface", "heatmap"))
    assert np.shape(field.z) == (21, 21)


def test_large_grids_are_thinned(maker):
    grid = np.add.outer(np.linspace(-1, 1, 300) ** 2, np.linspace(-1, 1, 250) ** 2)
    figure = maker(grid, [(-1, 1), (-1, 1)], lb.grid_barcode(grid))
    (field,) = (trace for trace in figure.data if trace.type in ("surface", "heatmap"))
    assert np.shape(field.z) == (121, 121)
    assert len(page(figure)) < 200_000


def test_a_single_essential_bar_needs_no_saddle(maker):
    grid = np.add.outer(np.arange(-2.0, 3) ** 2, np.arange(-2.0, 3) ** 2)
    figure = maker(grid, [(-1, 1), (-1, 1)], lb.grid_barcode(grid))
    assert traces(figure, "1-saddle") == []
    assert traces(figure, "minimum")[0].text[0].count("saddle") == 0


def test_top_limits_the_marks(maker, camel_grid, camel_bars):
    assert len(traces(maker(camel_grid, BOUNDS, camel_bars, top=2), "minimum")[-1].x) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resolution": 500}, "resolution must be from 2 to 121, got 500"),
        ({"bounds": [(0, 1)]}, "bounds must be 2 pairs"),
        ({"barcode": [[0.0, np.inf]]}, "no vertex ids in 'minimum'"),
        ({"limits": (2, 1)}, "low < high"),
    ],
)
def test_bad_input_is_explained(maker, camel_grid, camel_bars, change, message):
    given = {"function": camel_grid, "bounds": BOUNDS, "barcode": camel_bars} | change
    with pytest.raises(ValueError, match=message):
        maker(**given)


def test_linked_marks_share_the_number_of_their_bar(camel_grid, camel_bars):
    figure = linked_figure(camel_grid, BOUNDS, camel_bars)
    saddles = traces(figure, "1-saddle")
    assert [list(trace.customdata) for trace in saddles] == [[2, 3, 4, 5, 6]] * 2
    assert {trace.yaxis for trace in saddles} == {"y", "y2"}
    last = figure.data[-2:]
    assert [(trace.name, trace.xaxis, len(trace.x)) for trace in last] == [
        ("highlight", "x", 0),
        ("highlight", "x2", 0),
    ]


def test_only_linked_figures_carry_the_linking_script(camel_grid, camel_bars):
    assert "plotly_hover" in page(linked_figure(camel_grid, BOUNDS, camel_bars))
    assert "plotly_hover" not in page(surface_figure(camel_grid, BOUNDS, camel_bars))


def test_linked_figures_let_a_finger_scroll_the_page(camel_grid, camel_bars):
    layout = linked_figure(camel_grid, BOUNDS, camel_bars).layout
    assert layout.dragmode is False
    assert all(layout[axis].fixedrange for axis in ("xaxis", "yaxis", "xaxis2", "yaxis2"))


def test_rounding_keeps_what_a_picture_shows():
    assert rounded([0.0, 1.23456789, 9.0]) == [0, 1.235, 9]
    assert rounded([0.0, 123456.0]) == [0, 123500]
    assert rounded([7.0, 7.0]) == [7, 7]
    assert str(rounded([-1e-9, 1.0])[0]) == "0.0"
    assert rounded([]) == []


def test_numpy_values_are_written_and_others_refused():
    figure = go.Figure(
        go.Scatter(x=np.array([1.0, 2.0]), y=np.array([1, 2])), layout={"meta": {"n": np.int64(3)}}
    )
    assert '"n":3' in json.dumps(figure.to_plotly_json(), cls=interactive._Encoder)
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps({1j: 1j}.values().__iter__().__next__(), cls=interactive._Encoder)


def test_plotly_is_imported_only_when_it_is_needed():
    code = (
        "import sys, lossbar_core.plotting as p; assert 'plotly' not in sys.modules; "
        "p.surface_figure; assert 'plotly' in sys.modules; "
        "import lossbar_core; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_library_itself_imports_no_plotting():
    code = "import sys, lossbar_core; assert not {'matplotlib', 'plotly', 'pandas'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_names_are_attribute_errors():
    import lossbar_core.plotting as plotting

    with pytest.raises(AttributeError, match="no attribute 'plot_pie'"):
        plotting.plot_pie  # noqa: B018
    assert all(hasattr(plotting, name) for name in plotting.__all__)
