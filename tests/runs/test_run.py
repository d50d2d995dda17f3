"""Chapters really executed, each in a process with a kernel, as the command line does it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from toy_project import chapter, command, environment, lossbar, make_project

from lossbar_core.cli import main
from lossbar_core.runs.chapters import find_chapters
from lossbar_core.runs.run import Plan, _environment, make_plan, run_chapters

REPORT = "import toy_project; toy_project.register_toys(); from lossbar_core import report"
SUM = f"{REPORT}\nsum_now = report.run('TOY-Sum', profile, seed=seed)\nprint(sum_now.values['total'])"
CLOCK = "clock_now = report.run('TOY-Clock', profile)"
TABLE = "report.verdict_table([sum_now, clock_now, 'TOY-Later'], 'tab', 'Verdicts')\nreport.chapter_box('01')"
PLACE = "import os, uuid\nprint(os.environ['LOSSBAR_ROOT'], object(), {'b', 'a'})\nseed + n"

FAIL = "x = 1\nraise KeyError('no such pass')"
SLOW = "import time\nopen('started', 'w').close()\ntime.sleep(60)"


def notebooks(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.slow
def test_runs_are_byte_identical_and_fresh_chapters_are_skipped(tmp_path):
    one, two = chapter("First", SUM, CLOCK, TABLE), chapter("Second", PLACE)
    root = make_project(tmp_path / "toy", c01_one=one, c02_two=two, c90_last=chapter("Last", "1"))
    first = lossbar(root, "run", "--jobs", "2")
    assert first.returncode == 0, first.stderr
    assert "01_one:" in first.stderr  # a labelled bar
    executed, data = notebooks(root / "book"), notebooks(root / "data")
    runs = json.loads(data["runs.json"])
    assert set(runs) == {"01_one", "02_two"}  # the back matter shows times and has none
    text = executed["01_one.ipynb"].decode()
    assert f"{runs['01_one']['seconds']:.1f} s in the quick profile" in text
    assert "timed, see the committed run" in text
    assert str(root) not in executed["02_two.ipynb"].decode()

    again = lossbar(root, "run")
    assert [line.split()[0] for line in again.stdout.splitlines()] == ["fresh"] * 3
    forced = lossbar(root, "run", "--force", "--jobs", "2")
    assert forced.stdout.count("content unchanged") == 3
    assert notebooks(root / "book") == executed
    assert lossbar(root, "run", "01", "--output", str(root / "scratch")).returncode == 0
    assert notebooks(root / "scratch")["01_one.ipynb"] == executed["01_one.ipynb"]
    assert notebooks(root / "data") == data
    assert lossbar(root, "status", "--check", "01", "02", "90").returncode == 0


@pytest.mark.slow
def test_failure_is_reported_and_stops_nobody(tmp_path, monkeypatch, capsys):
    root = make_project(tmp_path / "toy", c01_bad=chapter("Bad", FAIL), c02_good=chapter("Good", "print(n)"))
    for name in ("LOSSBAR_ROOT", "PYTHONPATH"):
        monkeypatch.setenv(name, environment(root)[name])
    (root / "book" / "01_bad.ipynb").write_text("an earlier run")
    assert main(["run"]) == 1
    found = capsys.readouterr()
    assert "failed  01_bad: code cell 2, \"x = 1\": KeyError: 'no such pass'" in found.out
    assert "done    02_good" in found.out
    assert "1 of 2 chapters failed" in found.err
    assert (root / "book" / "01_bad.ipynb").read_text() == "an earlier run"
    assert (root / "book" / "02_good.ipynb").is_file()
    assert (root / ".lossbar" / "failed" / "01_bad.ipynb").is_file()
    assert "KeyError" in (root / ".lossbar" / "logs" / "01_bad.log").read_text()
    assert "01_bad" not in json.loads((root / "data" / "runs.json").read_text())


@pytest.mark.slow
def test_worker_that_dies_is_reported_and_its_chapter_runs_again(tmp_path, monkeypatch):
    root = make_project(tmp_path / "toy", c01_one=chapter("First", "import os\nos.kill(os.getppid(), 9)"))
    for name in ("LOSSBAR_ROOT", "PYTHONPATH"):
        monkeypatch.setenv(name, environment(root)[name])
    (outcome,) = run_chapters(make_plan(root, find_chapters(root), {}), bars=False)
    assert (outcome.chapter, outcome.state) == ("01_one", "failed")
    assert "its process ended with code -9; see " in outcome.message
    assert not notebooks(root / "book")
    (root / "notebooks" / "01_one.md").write_text(chapter("First"))
    (outcome,) = run_chapters(make_plan(root, find_chapters(root), {}), bars=False)
    assert outcome.state == "done"


def test_threads_are_shared_among_jobs(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setenv("LOSSBAR_EXECUTOR", "processes:9")
    assert _environment(Plan(tmp_path, ()))["LOSSBAR_EXECUTOR"] == "processes:9"
    plan = Plan(tmp_path, (), jobs=3, executor="processes:2")
    found = _environment(plan)
    assert found["OMP_NUM_THREADS"] == found["OPENBLAS_NUM_THREADS"] == "2"
    assert found["LOSSBAR_ROOT"] == str(tmp_path)
    assert found["LOSSBAR_EXECUTOR"] == "processes:2"


SWEEP = f"""{REPORT}
import toy_tasks
toy_project.ITEMS["TOY-Sum"] = toy_tasks.sweep_toy()
found = report.run("TOY-Sum", profile, seed=seed)
print(found.values["sums"])
print(found.tasks["count"], "tasks,", found.tasks["resumed"], "from disk")"""


def printed(path: Path) -> str:
    """What the code of a notebook printed."""
    outputs = [output for cell in json.loads(path.read_text())["cells"] for output in cell.get("outputs", [])]
    assert {output["name"] for output in outputs} == {"stdout"}  # no bar
    return "".join(text for output in outputs for text in output["text"])


@pytest.mark.slow
def test_sweeps_run_in_worker_processes_of_a_kernel_and_go_on(tmp_path):
    root = make_project(tmp_path / "toy", c01_one=chapter("First", SWEEP))
    runs = root / "_build" / "runs" / "paper" / "01_one.ipynb"
    first = lossbar(root, "run", "01", "--profile", "paper", "--workers", "2")
    assert first.returncode == 0, first.stderr
    assert printed(runs).endswith("\n12 tasks, 0 from disk\n")
    sums = printed(runs).splitlines()[0]
    record = json.loads((root / "data" / "results" / "TOY-Sum" / "paper.json").read_text())
    assert record["tasks"]["count"] == 12
    (root / "data" / "results" / "TOY-Sum" / "paper.json").unlink()
    again = lossbar(root, "run", "01", "--profile", "paper", "--force")
    assert again.returncode == 0, again.stderr
    assert printed(runs) == f"{sums}\n12 tasks, 12 from disk\n"

    official = lossbar(root, "run", "01", "--workers", "2")
    assert official.returncode == 0, official.stderr
    assert printed(root / "book" / "01_one.ipynb").endswith("4 tasks, 0 from disk\n")
    assert not (root / "data" / "runs.json").exists()  # the time in workers is not the chapter's
    assert lossbar(root, "run", "01", "--force").returncode == 0
    assert "01_one" in json.loads((root / "data" / "runs.json").read_text())


@pytest.mark.slow
def test_other_parameters_go_elsewhere(tmp_path):
    root = make_project(tmp_path / "toy", c01_one=chapter("First", SUM))
    assert lossbar(root, "run", "01", "-p", "seed", "1", "-p", "profile", "smoke").returncode == 0
    assert not notebooks(root / "book")
    assert not (root / "data" / "runs.json").exists()
    assert not (root / "data" / "results").exists()  # a smoke run is no result
    notebook = json.loads((root / "_build" / "runs" / "smoke" / "01_one.ipynb").read_text())
    assert notebook["metadata"]["lossbar"]["parameters"] == {"profile": "smoke", "seed": 1}
    (injected,) = [c for c in notebook["cells"] if "injected-parameters" in c["metadata"].get("tags", [])]
    assert "hide-input" in injected["metadata"]["tags"]


def wait_for(condition, seconds: float = 40.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "nothing happened"
        time.sleep(0.05)


def descendants(pid: int) -> list[int]:
    import psutil

    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def alive(pid: int) -> bool:
    import psutil

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.fixture
def heed_interrupts():
    """Tests that a shell runs in its background ignore Ctrl-C, and would hand that down to what they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow
@pytest.mark.usefixtures("heed_interrupts")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_killed_run_keeps_what_was_finished_and_continues(tmp_path, number):
    root = make_project(tmp_path / "toy", c01_quick=chapter("Quick", SUM), c02_slow=chapter("Slow", SLOW))
    process = subprocess.Popen(
        command("run"),
        cwd=root,
        env=environment(root),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for((root / "notebooks" / "started").exists)
    others = descendants(process.pid)
    assert len(others) >= 2  # a worker and its kernel
    os.kill(process.pid, number)
    _, said = process.communicate(timeout=20)
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert "the same command continues" in said
    wait_for(lambda: not any(map(alive, others)), 10.0)  # nobody goes on alone

    finished = notebooks(root / "book")
    assert list(finished) == ["01_quick.ipynb"]
    json.loads(finished["01_quick.ipynb"])
    assert not list(root.rglob("*.tmp"))
    (root / "notebooks" / "02_slow.md").write_text(chapter("Not slow any more", "n"))
    again = lossbar(root, "run")
    assert again.stdout.startswith("fresh   01_quick\ndone    02_slow"), again.stderr
    assert notebooks(root / "book")["01_quick.ipynb"] == finished["01_quick.ipynb"]


@pytest.mark.slow
def test_jupytext_and_papermill_do_without_us(tmp_path):
    root = make_project(tmp_path / "toy", c01_one=chapter("First", SUM))
    folder = Path(sys.executable).parent
    pipe = f"{folder}/jupytext --to ipynb -o - notebooks/01_one.md | {folder}/papermill - out.ipynb -p seed 1"
    found = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {pipe}"],
        cwd=root,
        env=environment(root),
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stderr
    assert "6.0" in (root / "out.ipynb").read_text()


def test_plan_knows_where_results_go(tmp_path):
    root = make_project(tmp_path / "toy", c01_one=chapter("First"))
    chapters = find_chapters(root)
    book = make_plan(root, chapters, {"profile": "quick", "seed": 0})
    assert (book.folder, book.job(chapters[0]).official) == (root / "book", True)
    paper = make_plan(root, chapters, {"profile": "paper"})
    assert (paper.folder, paper.job(chapters[0]).official) == (root / "_build" / "runs" / "paper", False)
    assert make_plan(root, chapters, {"seed": 3}).folder == root / "_build" / "runs" / "quick"
    named = make_plan(root, chapters, {}, output=tmp_path / "out")
    assert (named.folder, named.job(chapters[0]).official) == (tmp_path / "out", False)


def test_bad_plans_are_refused_before_any_work(tmp_path):
    root = make_project(tmp_path / "toy", c01_one=chapter("First"))
    with pytest.raises(ValueError, match="expected at least 1 job, got 0"):
        make_plan(root, find_chapters(root), {}, jobs=0)
    with pytest.raises(ValueError, match="has no parameter 'm'"):
        make_plan(root, find_chapters(root), {"m": 1})


@pytest.mark.parametrize(
    ("given", "output", "message"),
    [
        ({"seed": -1}, None, "expected a seed of at least 0, got -1"),
        ({}, "a_file", "expected a folder for the executed notebooks, got the file"),
    ],
)
def test_refused_before_a_kernel_starts(tmp_path, given, output, message):
    root = make_project(tmp_path / "toy", c01_one=chapter("First", SUM))
    (root / "a_file").write_text("")
    with pytest.raises(ValueError, match=message):
        make_plan(root, find_chapters(root), given, output=root / output if output else None)
