import json
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from toy_project import chapter, make_project

from lossbar_core.runs.chapters import Chapter
from lossbar_core.runs.notebook import errors, normalise, prepare, to_bytes

UUIDS = "8a2f6c5e-3f1b-4c7d-9b1a-0123456789ab", "0b1f6c5e-3f1b-4c7d-8b1a-0123456789ab"


@pytest.fixture
def one(tmp_path) -> Chapter:
    return Chapter(make_project(tmp_path / "toy", c01_one=chapter("First", "1 + 1")), "01_one")


def executed(root: Path, uuid: str, address: str) -> dict:
    """A notebook as papermill leaves it: every run with other ids, times, paths."""
    html = f'<div id="{uuid}"></div><script>draw("{uuid}")</script>'
    code = new_code_cell(
        "f()",
        metadata={"papermill": {"duration": hash(uuid)}, "execution": {"start": uuid}, "tags": ["keep"]},
        outputs=[
            new_output("stream", name="stdout", text="a"),
            new_output("stream", name="stderr", text=f"warning {uuid}"),
            new_output("stream", name="stdout", text=f"b {root}/data <X at {address}>"),
            new_output("display_data", {"text/html": html, "application/vnd.x+json": {"id": [uuid]}}),
            new_output("display_data", {"image/png": f"{uuid}=="}),
        ],
    )
    injected = new_code_cell("seed = 1", metadata={"tags": ["injected-parameters"]})
    return new_notebook(
        cells=[new_markdown_cell("Text"), injected, code],
        metadata={"papermill": {"version": uuid}, "widgets": {}},
    )


def test_only_the_content_is_left(one):
    versions = [
        normalise(executed(one.root, u, a), one, {"source": "x"})
        for u, a in zip(UUIDS, ("0x7f", "0x8e"), strict=True)
    ]
    for notebook in versions:
        notebook.cells[2].outputs.pop()  # the image is not touched
    assert to_bytes(versions[0]) == to_bytes(versions[1])
    notebook = versions[0]
    assert set(notebook.metadata) == {"kernelspec", "language_info", "lossbar"}
    assert notebook.cells[1].metadata["tags"] == ["injected-parameters", "hide-input"]
    assert notebook.cells[2].metadata == {"tags": ["keep"]}
    stream, display = notebook.cells[2].outputs
    assert stream.text == "ab data <X>"
    ids = set(display.data["application/vnd.x+json"]["id"])
    assert len(ids) == 1
    assert display.data["text/html"].count(ids.pop()) == 2
    assert str(one.root) not in json.dumps(notebook)


def test_images_stay_as_they_are(one):
    notebook = normalise(executed(one.root, UUIDS[0], "0x7f"), one, {})
    assert notebook.cells[2].outputs[-1].data["image/png"] == f"{UUIDS[0]}=="


def test_prepared_notebook_fetches_the_library_on_colab(one):
    notebook = prepare(one)
    first = notebook.cells[0]
    assert "remove-cell" in first.metadata["tags"]
    assert "https://github.com/lossbar/lossbar" in first.source
    assert 'if "google.colab" in sys.modules' in first.source
    compile(first.source, "cell", "exec")
    assert [cell.cell_type for cell in notebook.cells] == ["code", "markdown", "code", "code"]
    assert "jupytext" not in notebook.metadata
    assert to_bytes(notebook) == to_bytes(prepare(Chapter(one.root, "01_one")))


def test_errors_are_counted_as_in_the_source(one):
    notebook = prepare(one)
    notebook.cells[-1].outputs = [new_output("error", ename="KeyError", evalue="'x'", traceback=[])]
    assert errors(notebook) == ["code cell 2, \"1 + 1\": KeyError: 'x'"]
