"""Interactive figures in a notebook and in the book: small, byte-stable, with an alternative text.

A figure is stored twice: in plotly's own format, which Jupyter, VS Code and Binder draw, and as HTML without
the script of plotly, which the book's pages load once. In Google Colab it is shown by plotly itself.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import sys
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from lossbar_core.plotting.style import FONT_SIZE, GREY, SMALL_SIZE

CONFIG = {"displayModeBar": False, "displaylogo": False, "responsive": True, "scrollZoom": False}
MIME_TYPE = "application/vnd.plotly.v1+json"
DEFAULT_ALT = "Interactive figure"
PANEL_AXIS: dict[str, Any] = {  # an axis of a figure with several panels
    "color": GREY,
    "linecolor": GREY,
    "showline": True,
    "showgrid": False,
    "zeroline": False,
    "ticks": "outside",
    "tickfont": {"size": SMALL_SIZE + 2},
    "fixedrange": True,  # a finger that slides over the figure scrolls the page
}

# The book's page may load the script of plotly after this one, hence the second try once everything is there.
# With "link", pointing at a mark moves the last two traces to the marks of the same bar, one in each panel.
PAGE = """<div class="lossbar-figure" role="img" aria-label="{alt}">
<div id="{id}" class="plotly-graph-div" style="width:100%;height:{height}px"></div>
<script type="text/javascript">
(function () {{
  var element = document.getElementById("{id}"), figure = {figure};
  function draw() {{
    if (!window.Plotly) {{ return false; }}
    Plotly.newPlot(element, figure.data, figure.layout, figure.config){link};
    return true;
  }}
  if (!draw()) {{
    window.addEventListener("load", function () {{
      if (!draw()) {{ element.textContent = "Run this notebook, or read the book, to see the figure."; }}
    }});
  }}
}})();
</script>
</div>"""

LINK = """.then(function () {
      var shown, last = figure.data.length - 1;
      function point(event) {
        var bar = event.points[0].customdata, x = [[], []], y = [[], []];
        if (bar === undefined || bar === shown) { return; }
        shown = bar;
        figure.data.forEach(function (trace) {
          var panel = trace.xaxis === "x2" ? 1 : 0, i = (trace.customdata || []).indexOf(bar);
          if (i >= 0) { x[panel].push(trace.x[i]); y[panel].push(trace.y[i]); }
        });
        Plotly.restyle(element, {x: x, y: y}, [last - 1, last]);
      }
      element.on("plotly_hover", point);
      element.on("plotly_click", point);
    })"""


class InteractiveFigure(go.Figure):
    """A plotly figure that a notebook stores with an alternative text and without the script of plotly."""

    def _ipython_display_(self) -> None:
        show(self)


def show(figure: go.Figure, alt: str | None = None, id: str | None = None) -> None:
    """Display a plotly figure in a notebook, with an alternative text and a fixed id.

    Parameters
    ----------
    figure : plotly Figure
        What to show.
    alt : str, optional
        Alternative text; default: the one that the figure's function computed from the barcode.
    id : str, optional
        Id of the HTML element, letters, digits and dashes; default: computed from the content, so that the
        same figure always has the same id. Give one when a page shows one figure twice.

    Raises
    ------
    TypeError
        When it is no plotly figure.
    ValueError
        When the id holds other characters.

    Examples
    --------
    >>> import plotly.graph_objects as go
    >>> from lossbar_core.plotting import show
    >>> show(go.Figure(), alt="An empty figure", id="empty")  # doctest: +SKIP
    """
    bundle = mime_bundle(figure, alt, id)
    if "google.colab" in sys.modules:  # Colab draws neither of the two formats
        go.Figure(figure).show(renderer="colab", config=CONFIG)
        return
    from IPython.display import display

    display(bundle, raw=True)


def mime_bundle(figure: go.Figure, alt: str | None = None, id: str | None = None) -> dict[str, Any]:
    """Return a figure in the formats that a notebook stores.

    Parameters
    ----------
    figure : plotly Figure
        What to store.
    alt, id : str, optional
        As for `show`.

    Returns
    -------
    dict
        Content by mime type: plotly's JSON, HTML and plain text.

    Raises
    ------
    TypeError, ValueError
        As for `show`.
    """
    if not isinstance(figure, go.Figure):
        raise TypeError(
            f"figure must be a plotly Figure, got {type(figure).__name__}; matplotlib shows its own."
        )
    content = figure.to_plotly_json()
    text = json.dumps({"data": content["data"], "layout": content["layout"], "config": CONFIG}, cls=_Encoder)
    meta = content["layout"].get("meta") or {}
    alt = alt or meta.get("alt") or DEFAULT_ALT
    id = id or f"lossbar-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", id):
        raise ValueError(f"id must start with a letter and hold letters, digits and dashes, got {id!r}.")
    page = PAGE.format(
        alt=html.escape(alt),
        id=id,
        height=content["layout"].get("height", 450),
        figure=text.replace("<", "\\u003c"),  # no text in the figure can end the script element
        link=LINK if meta.get("link") else "",
    )
    return {MIME_TYPE: json.loads(text), "text/html": page, "text/plain": alt}


class _Encoder(json.JSONEncoder):
    """JSON of plotly's values; arrays are written as lists, which do not depend on the machine."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "sort_keys": True, "separators": (",", ":")})

    def default(self, o: Any) -> Any:
        if isinstance(o, np.ndarray | np.generic):
            return o.tolist()
        return super().default(o)


def rounded(values: ArrayLike, digits: int = 4) -> list[Any]:
    """Round to so many digits of the values' range: what a picture can show, whatever the machine."""
    array = np.asarray(values, dtype=np.float64)
    finite = array[np.isfinite(array)]
    span = float(np.ptp(finite)) if finite.size else 0.0
    scale = span or float(np.abs(finite).max(initial=0.0)) or 1.0
    return (np.round(array, digits - int(np.floor(np.log10(scale))) - 1) + 0.0).tolist()


def base_layout(height: int, alt: str, link: bool = False) -> dict[str, Any]:
    """Return the layout that all interactive figures share: transparent, mid-grey text, legend above."""
    return {
        "template": "none",
        "height": height,
        "meta": {"alt": alt, "link": link},
        "margin": {"l": 0, "r": 0, "t": 40, "b": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": GREY, "size": FONT_SIZE + 2, "family": "sans-serif"},
        "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"},
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": "#222222",  # opaque and dark on both pages
            "bordercolor": "#ffffff",
            "font": {"color": "#ffffff", "size": FONT_SIZE + 2, "family": "sans-serif"},
            "align": "left",
        },
    }
