"""From a text notebook to an executed one whose bytes depend on nothing but its content."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lossbar_core.runs.chapters import Chapter

_ADDED = {"injected-parameters", "on-colab"}  # tags of the cells that are not in the source
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b")
_ADDRESS = re.compile(r" at 0x[0-9a-f]+>")
_LANGUAGE = {
    "name": "python",
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "pygments_lexer": "ipython3",
}
_KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}

_ON_COLAB = """\
# On Colab there is nothing but this notebook: fetch the repository and install the library.
import os
import subprocess
import sys

if "google.colab" in sys.modules and not os.path.isdir("lossbar"):
    subprocess.run(["git", "clone", "--depth", "1", "{url}", "lossbar"], check=True)
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "./lossbar[book]"], check=True)
    os.environ["LOSSBAR_ROOT"] = os.path.abspath("lossbar")"""


def prepare(chapter: Chapter) -> Any:
    """Return the chapter as a notebook that papermill can execute.

    Its first cell, which the book hides, fetches the library on Colab.
    """
    from nbformat.v4 import new_code_cell, new_notebook

    first = new_code_cell(_ON_COLAB.format(url=repository_url(chapter.root)))
    first.metadata["tags"] = ["remove-cell", "on-colab"]
    notebook = new_notebook(cells=[first, *(cell.copy() for cell in chapter.notebook.cells)])
    notebook.metadata = {"kernelspec": dict(_KERNEL), "language_info": dict(_LANGUAGE)}
    return _with_stable_ids(notebook, chapter.name)


def repository_url(root: Path) -> str:
    """Address of the repository: stated once, in ``_config.yml``."""
    import yaml

    return yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]


def normalise(notebook: Any, chapter: Chapter, metadata: dict[str, Any]) -> Any:
    """Remove from an executed notebook what differs from run to run.

    Cell ids are set from the chapter and the position; timings, papermill's metadata, the standard error
    stream, absolute paths, addresses of objects and random ids of outputs go; the cell of injected
    parameters is hidden. ``metadata`` is stored under ``lossbar``.
    """
    notebook.metadata = {"kernelspec": dict(_KERNEL), "language_info": dict(_LANGUAGE), "lossbar": metadata}
    for cell in notebook.cells:
        for name in ("papermill", "execution", "ExecuteTime"):
            cell.metadata.pop(name, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.metadata["tags"] = ["injected-parameters", "hide-input"]
        if cell.cell_type == "code":
            cell.outputs = _outputs(cell.outputs)
    clean = _cleaner(chapter)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "text" in output:
                output["text"] = clean(output["text"])
            for mime, data in output.get("data", {}).items():
                if not mime.startswith(("image/png", "image/jpeg")):  # base64, no place for a path
                    output["data"][mime] = _deep(clean, data)
    return _with_stable_ids(notebook, chapter.name)


def errors(notebook: Any) -> list[str]:
    """Code cell (counted as in the source), its first line and the message of every error.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook, new_output
    >>> failed = new_output("error", ename="ValueError", evalue="expected n > 0", traceback=[])
    >>> errors(new_notebook(cells=[new_code_cell("f(0)", outputs=[failed])]))
    ['code cell 1, "f(0)": ValueError: expected n > 0']
    """
    found = []
    code = [
        c for c in notebook.cells if c.cell_type == "code" and not _ADDED & set(c.metadata.get("tags", []))
    ]
    for position, cell in enumerate(code, start=1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                first = next((line for line in cell.source.splitlines() if line.strip()), "")
                found.append(f'code cell {position}, "{first.strip()}": {output.ename}: {output.evalue}')
    return found


def to_bytes(notebook: Any) -> bytes:
    """The notebook's file content, after validation."""
    import nbformat

    nbformat.validate(notebook)
    return (nbformat.writes(notebook, version=4) + "\n").encode()


def _with_stable_ids(notebook: Any, name: str) -> Any:
    for position, cell in enumerate(notebook.cells):
        cell["id"] = hashlib.sha256(f"{name}-{position}".encode()).hexdigest()[:8]
    return notebook


def _outputs(outputs: list[Any]) -> list[Any]:
    """Drop the standard error and join neighbouring pieces of the standard output."""
    kept: list[Any] = []
    for output in outputs:
        if output.output_type == "stream" and output.name == "stderr":
            continue
        if kept and output.output_type == "stream" and kept[-1].output_type == "stream":
            kept[-1]["text"] += output["text"]
        else:
            output.pop("transient", None)
            kept.append(output)
    return kept


def _cleaner(chapter: Chapter) -> Callable[[str], str]:
    """A function that replaces paths, addresses and random ids, the same id by the same one everywhere."""
    names: dict[str, str] = {}

    def stable(match: re.Match[str]) -> str:
        found = match[0]
        return names.setdefault(found, str(uuid.uuid5(uuid.NAMESPACE_URL, f"{chapter.name}/{len(names)}")))

    def clean(text: str) -> str:
        for folder in (str(chapter.root.resolve()), str(chapter.root)):
            text = text.replace(folder + "/", "").replace(folder, ".")
        return _UUID.sub(stable, _ADDRESS.sub(">", text))

    return clean


def _deep(clean: Callable[[str], str], data: Any) -> Any:
    if isinstance(data, str):
        return clean(data)
    if isinstance(data, list):
        return [_deep(clean, part) for part in data]
    if isinstance(data, dict):
        return {key: _deep(clean, part) for key, part in data.items()}
    return data
