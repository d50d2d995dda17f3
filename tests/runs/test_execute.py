import io
import json
from pathlib import Path

import pytest
from toy_project import chapter, environment, make_project

from lossbar_core.runs import execute as module
from lossbar_core.runs.execute import ChapterError, Job, execute
from lossbar_core.runs.timings import UNKNOWN, phrase, read_timings


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    root = make_project(tmp_path / "toy", c01_one=chapter("First", "print(seed)"))
    for name in ("LOSSBAR_ROOT", "PYTHONPATH"):
        monkeypatch.setenv(name, environment(root)[name])
    return root


def fake_papermill(text: str):
    """Stands for the kernel: one output that shows the run time which the data held before."""
    from nbformat.v4 import new_output

    def run(chapter, given, progress):
        from lossbar_core.runs.notebook import prepare

        notebook = prepare(chapter)
        shown = phrase(read_timings(chapter.root).get(chapter.name))
        notebook.cells[-1].outputs = [new_output("stream", name="stdout", text=f"{text}: {shown}")]
        progress(1, 1)
        return notebook

    return run


def job(root: Path, **fields) -> Job:
    return Job(str(root), "01_one", str(root / "book" / "01_one.ipynb"), **fields)


def test_run_time_is_recorded_once_and_shown_at_once(root, monkeypatch):
    monkeypatch.setattr(module, "_run_papermill", fake_papermill("found"))
    assert execute(job(root), lambda done, total: None)
    text = (root / "book" / "01_one.ipynb").read_text()
    entry = read_timings(root)["01_one"]
    assert f"found: {phrase(entry)}" in text
    assert UNKNOWN not in text
    assert not execute(job(root), lambda done, total: None)
    assert (root / "book" / "01_one.ipynb").read_text() == text

    (root / "data" / "runs.json").write_text(json.dumps({"01_one": {**entry, "seconds": 1234.0}}))
    monkeypatch.setattr(module, "_run_papermill", fake_papermill("something else"))
    assert execute(job(root), lambda done, total: None)
    assert read_timings(root)["01_one"]["seconds"] < 1234.0


def test_other_runs_leave_the_times_alone(root, monkeypatch):
    monkeypatch.setattr(module, "_run_papermill", fake_papermill("found"))
    execute(job(root, official=False, parameters={"seed": 1}), lambda done, total: None)
    assert read_timings(root) == {}
    assert UNKNOWN in (root / "book" / "01_one.ipynb").read_text()


@pytest.mark.slow
def test_kernel_and_progress(root, monkeypatch):
    steps = []
    execute(
        job(root, parameters={"seed": 5}, official=False), lambda done, total: steps.append((done, total))
    )
    assert steps == [(i, 5) for i in range(1, 6)]
    outputs = [
        cell.get("outputs") for cell in json.loads((root / "book" / "01_one.ipynb").read_text())["cells"]
    ]
    assert outputs[-1][0]["text"] == ["5\n"]


@pytest.mark.slow
def test_tolerated_errors_are_errors(root):
    source = root / "notebooks" / "01_one.md"
    tagged = source.read_text().replace(
        "ipython3\nprint(seed)", "ipython3\n:tags: [raises-exception]\n\n1 / 0"
    )
    source.write_text(tagged)
    with pytest.raises(ChapterError, match='code cell 2, "1 / 0": ZeroDivisionError'):
        execute(job(root), lambda done, total: None)
    assert not (root / "book" / "01_one.ipynb").exists()


def test_main_reports_events(root, monkeypatch):
    events = io.StringIO()
    monkeypatch.setattr(module.os, "dup", lambda fd: fd)
    monkeypatch.setattr(module.os, "dup2", lambda a, b: None)
    monkeypatch.setattr(module.os, "fdopen", lambda *a, **k: events)
    monkeypatch.setattr(module, "_end_with_parent", lambda: None)
    monkeypatch.setattr(module.sys, "stdin", io.StringIO(job(root).to_line()))
    monkeypatch.setattr(module, "_run_papermill", fake_papermill("found"))
    assert module.main() == 0
    found = [json.loads(line) for line in events.getvalue().splitlines()]
    assert [event["event"] for event in found] == ["cell", "done"]
    assert found[-1]["changed"]


def test_main_reports_failures(root, monkeypatch, capsys):
    events = io.StringIO()
    monkeypatch.setattr(module.os, "dup", lambda fd: fd)
    monkeypatch.setattr(module.os, "dup2", lambda a, b: None)
    monkeypatch.setattr(module.os, "fdopen", lambda *a, **k: events)
    monkeypatch.setattr(module, "_end_with_parent", lambda: None)
    monkeypatch.setattr(module.sys, "stdin", io.StringIO(job(root).to_line()))

    def fail(*arguments):
        raise ChapterError("code cell 1")

    monkeypatch.setattr(module, "_run_papermill", fail)
    assert module.main() == 1
    assert json.loads(events.getvalue()) == {"event": "failed", "message": "code cell 1"}
    assert "ChapterError" in capsys.readouterr().err
