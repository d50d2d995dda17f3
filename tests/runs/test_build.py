import shutil

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from toy_project import ROOT, chapter, make_project

from lossbar_core.runs.build import build, check_notebooks
from lossbar_core.runs.notebook import to_bytes

TOC = """\
format: jb-book
root: intro
defaults: {numbered: 2}
parts:
  - caption: Part
    chapters: [{file: 01_one}, {file: text}]
"""

TABLE = ":::{table} Found\n:name: tab\n\n| a |\n|---|\n| [not run]{.verdict .verdict-not-run} |\n:::"
PLOT = '<div class="plotly-graph-div" id="plot"></div>'


@pytest.fixture
def root(tmp_path):
    root = make_project(tmp_path / "toy", c01_one=chapter("First"))
    shutil.copytree(ROOT / "book" / "_ext", root / "book" / "_ext")
    (root / "book" / "_toc.yml").write_text(TOC)
    (root / "book" / "intro.md").write_text("# Toy\n\nSee [one](01_one.ipynb).\n")
    (root / "book" / "text.md").write_text("# Text\n\n$$ x^2 $$\n")
    return root


def write_chapter(root, *outputs, text="# First\n\nSee {numref}`tab`."):
    cells = [new_markdown_cell(text), new_code_cell("f()", outputs=list(outputs))]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = new_notebook(cells=cells, metadata=metadata)
    for position, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{position}"
    (root / "book" / "01_one.ipynb").write_bytes(to_bytes(notebook))


def shown(**data):
    return new_output("display_data", {f"text/{kind}": text for kind, text in data.items()})


@pytest.mark.slow
def test_book_reads_without_a_network(root):
    write_chapter(root, shown(markdown=TABLE), shown(html=PLOT))
    stale = root / "_build" / "html" / "left_over.html"
    stale.parent.mkdir(parents=True)
    stale.write_text("from another table of contents")
    assert build(root) == []
    html = root / "_build" / "html"
    page = (html / "01_one.html").read_text()
    assert '<span class="verdict verdict-not-run">not run</span>' in page
    assert "_static/plotly.min.js" in page
    assert "plotly.min.js" not in (html / "text.html").read_text()
    assert "_static/mathjax/tex-svg.js" in (html / "text.html").read_text()
    assert (html / "_static" / "mathjax" / "tex-svg.js").stat().st_size > 1e6
    assert (html / "_static" / "plotly.min.js").stat().st_size > 1e6
    assert "THEBE_JS_URL" not in page
    assert 'as="font"' not in page
    assert not stale.exists()


@pytest.mark.slow
def test_a_warning_is_a_failure_and_pages_are_checked(root):
    write_chapter(
        root, shown(html='<img src="https://img.org/x.png">'), text="# First\n\nSee {ref}`nowhere`."
    )
    first, second = build(root)
    assert first.startswith("jupyter-book ended with code 1")
    assert second == "01_one.html: loads https://img.org/x.png from the network"


def test_nothing_is_built_from_bad_notebooks(root):
    assert build(root) == ["book/01_one.ipynb is missing; lossbar run 01 makes it"]
    write_chapter(root, new_output("error", ename="KeyError", evalue="'x'", traceback=[]))
    assert check_notebooks(root) == ["book/01_one.ipynb: code cell 1, \"f()\": KeyError: 'x'"]
    (root / "book" / "01_one.ipynb").write_text('{"cells": [')
    (problem,) = check_notebooks(root)
    assert "it is not a whole notebook" in problem
    assert not (root / "_build").exists()


def test_table_of_contents_of_the_book_names_every_chapter():
    import yaml

    toc = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text())
    listed = {chapter["file"] for part in toc["parts"] for chapter in part["chapters"]}
    assert {path.stem for path in (ROOT / "notebooks").glob("*.md")} <= listed
