"""Build the pages, strictly, and check what the build itself does not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from lossbar_core.runs.notebook import errors
from lossbar_core.runs.pages import check_pages

STRICT = ("-W", "-n", "--keep-going", "--all")


def build(root: Path) -> list[str]:
    """Build ``_build/html`` from ``book/`` and return what is wrong with it.

    A page may not need the network, a link may not lead nowhere, a notebook may not hold an error; Jupyter
    Book itself builds all of these without a word.

    Returns
    -------
    list of str
        One line a problem; empty when the book is good.
    """
    problems = check_notebooks(root)
    if problems:
        return problems
    html = root / "_build" / "html"
    shutil.rmtree(html, ignore_errors=True)  # no page of an earlier table of contents may survive
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", "book"]
    options = ["--config", "_config.yml", "--path-output", ".", *STRICT]
    code = subprocess.run([*command, *options], cwd=root, check=False).returncode
    if code:
        problems.append(f"jupyter-book ended with code {code}; its warnings are errors here")
    return problems + (check_pages(html) if html.is_dir() else [])


def check_notebooks(root: Path) -> list[str]:
    """Chapters of the table of contents that were not executed, or hold an error."""
    import nbformat
    import yaml

    toc = yaml.safe_load((root / "book" / "_toc.yml").read_text(encoding="utf-8"))
    problems = []
    for name in (chapter["file"] for part in toc["parts"] for chapter in part["chapters"]):
        notebook = root / "book" / f"{name}.ipynb"
        if (root / "book" / f"{name}.md").is_file():
            continue
        if not notebook.is_file():
            problems.append(f"book/{name}.ipynb is missing; lossbar run {name[:2]} makes it")
            continue
        try:
            found = errors(nbformat.read(notebook, as_version=4))
        except (ValueError, json.JSONDecodeError) as error:
            found = [f"it is not a whole notebook ({type(error).__name__})"]
        problems += [f"book/{name}.ipynb: {message}" for message in found]
    return problems
