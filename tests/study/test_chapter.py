"""Chapter 11 itself, run by papermill alone on a network that the library has never seen."""

import json
import os
import subprocess
import sys

import pytest

from lossbar_core.register import find_root
from lossbar_core.study import load_study

CHAPTER = "11_your_own_network"


def run(tmp_path, parameters):
    """Execute the chapter's source; returns the finished process and the notebook."""
    root, executed = find_root(), tmp_path / "out.ipynb"
    source = tmp_path / "in.ipynb"
    convert = [
        sys.executable,
        "-m",
        "jupytext",
        "--to",
        "ipynb",
        "-o",
        str(source),
        str(root / "notebooks" / f"{CHAPTER}.md"),
    ]
    subprocess.run(convert, check=True, capture_output=True)
    pairs = [
        word
        for name, value in parameters.items()
        for word in (
            ["-y", json.dumps({name: value})] if isinstance(value, dict) else ["-p", name, str(value)]
        )
    ]
    command = [
        sys.executable,
        "-m",
        "papermill",
        str(source),
        str(executed),
        "-k",
        "python3",
        "--no-progress-bar",
        *pairs,
    ]
    path = os.pathsep.join([str(tmp_path / "project"), str(root), os.environ.get("PYTHONPATH", "")])
    environment = {
        **os.environ,
        "PYTHONPATH": path,
        "LOSSBAR_ROOT": str(root),
        "TQDM_DISABLE": "1",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    return done, executed


@pytest.mark.slow
def test_the_chapter_runs_on_a_transformer(foreign, tmp_path):
    parameters = {"profile": "smoke", "model": f"{foreign}:transformer", "data": f"{foreign}:sequences"}
    done, executed = run(tmp_path, {**parameters, "export": tmp_path / "export"})
    assert done.returncode == 0, done.stderr[-3000:]
    notebook = json.loads(executed.read_text())
    pictures = [
        output
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {}) or "image/svg+xml" in output.get("data", {})
    ]
    assert len(pictures) == 6
    result = load_study(tmp_path / "export")
    assert result.settings["model"] == f"{foreign}:transformer"
    assert len(result.barcode) == 3


@pytest.mark.slow
def test_a_wrong_name_ends_the_chapter_with_its_message(foreign, tmp_path):
    done, _ = run(
        tmp_path, {"profile": "smoke", "model": f"{foreign}:transformr", "export": tmp_path / "export"}
    )
    assert done.returncode != 0
    assert "did you mean 'transformer'" in done.stderr
    assert not (tmp_path / "export").exists()


@pytest.mark.slow
def test_a_model_without_source_and_no_budget(foreign, tmp_path):
    """inspect.getsource refuses a functools.partial; ten times no budget is none."""
    parameters = {"profile": "paper", "model": f"{foreign}:narrow", "data": f"{foreign}:sequences"}
    parameters |= {"n_minima": 2, "epochs": 2, "path_budget": None, "method": "straight"}
    done, executed = run(tmp_path, {**parameters, "export": tmp_path / "export"})
    assert done.returncode == 0, done.stderr[-3000:]
    text = executed.read_text()
    assert "functools.partial" in text
    assert load_study(tmp_path / "export").settings["path_budget"] is None


@pytest.mark.slow
def test_failed_paths_are_named_with_their_reason(tmp_path):
    settings = {"level": 0.9, "depth": 1, "steps": 2}
    parameters = {"profile": "smoke", "method": "dss", "method_settings": settings}
    done, executed = run(tmp_path, {**parameters, "export": tmp_path / "export"})
    assert done.returncode == 0, done.stderr[-3000:]
    failures = load_study(tmp_path / "export").found.failures
    assert len(failures) == 3
    text = executed.read_text()
    for (i, j), why in failures.items():
        assert f"Path from {i + 1} to {j + 1}: {why}" in text
