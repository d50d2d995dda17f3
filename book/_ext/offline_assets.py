"""Put MathJax and plotly beside the pages, so that the book reads from disk without a network."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

MATHJAX = "_static/mathjax/tex-svg.js"
PLOTLY = "_static/plotly.min.js"


def _folder(module: str) -> Path:
    """Folder of an installed package; some carriers of files have names that Python cannot import."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the book needs the package {module}; install lossbar-core[book]")
    return Path(spec.origin).parent


def _sources() -> dict[str, Path]:
    return {
        MATHJAX: _folder("sphinx-mathjax-offline") / "static" / "mathjax" / "tex-svg.js",
        PLOTLY: _folder("plotly") / "package_data" / "plotly.min.js",
    }


def copy_assets(app: Any, exception: Exception | None) -> None:
    """Copy what changed once the pages are written."""
    if exception is not None or app.builder.format != "html":
        return
    for name, source in _sources().items():
        target = Path(app.outdir) / name
        if not target.is_file() or target.stat().st_size != source.stat().st_size:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def add_plotly(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Load plotly (4 MB) only on pages that draw with it."""
    if "plotly-graph-div" in context.get("body", ""):
        app.add_js_file(Path(PLOTLY).name, priority=100)


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.config.mathjax_path = MATHJAX.removeprefix("_static/")
    app.connect("html-page-context", add_plotly)
    app.connect("build-finished", copy_assets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
