"""Pages that read from disk, without a network and without a complaint of the browser."""

from __future__ import annotations

import re
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

MATHJAX = "_static/mathjax/tex-svg.js"
PLOTLY = "_static/plotly.min.js"
FONT_PRELOAD = re.compile(r'<link rel="preload" as="font"[^>]*>\s*')


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


def drop_live_code(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Leave out thebe, which this book does not use: it is declared twice, which browsers call an error."""
    for kind in ("script_files", "css_files"):
        context[kind] = [entry for entry in context[kind] if "thebe" not in _described(entry).lower()]


def _described(entry: Any) -> str:
    return f"{entry} {getattr(entry, 'filename', '')} {getattr(entry, 'attributes', '')}"


def drop_font_preloads(app: Any, exception: Exception | None) -> None:
    """Take out hints that browsers refuse with a warning on a page from disk; the styles load the fonts anyway."""
    if exception is not None or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        cleaned = FONT_PRELOAD.sub("", text)
        if cleaned != text:
            page.write_text(cleaned, encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.config.mathjax_path = MATHJAX.removeprefix("_static/")
    app.connect("html-page-context", add_plotly)
    app.connect("html-page-context", drop_live_code, priority=900)
    app.connect("build-finished", copy_assets)
    app.connect("build-finished", drop_font_preloads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
