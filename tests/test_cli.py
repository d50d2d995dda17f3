import json
import subprocess
import sys
from dataclasses import replace

import pytest
import toy_tasks
from toy_project import chapter, command, environment, make_project, toy_items

from lossbar_core import cli
from lossbar_core import papers as papers
from lossbar_core.cli import main, parse_value
from lossbar_core.papers.base import ITEMS
from lossbar_core.results import ResultStore, compute


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    for name in list(ITEMS):
        monkeypatch.delitem(ITEMS, name)
    for name, item in toy_items().items():
        monkeypatch.setitem(ITEMS, name, item)
    monkeypatch.setattr(papers, "load_items", lambda: ITEMS)
    root = make_project(tmp_path / "toy", c01_one=chapter("First"), c02_two=chapter("Second"))
    monkeypatch.setenv("LOSSBAR_ROOT", str(root))
    return root


def test_compute_list_show_verify(root, capsys):
    assert main(["results", "compute", "TOY-Sum", "--profile", "paper"]) == 0
    assert main(["results", "compute", "TOY-Sum", "TOY-Clock"]) == 0
    assert [line.split()[:3] for line in capsys.readouterr().out.splitlines()] == [
        ["stored", "TOY-Sum", "paper"],
        ["stored", "TOY-Sum", "quick"],
        ["stored", "TOY-Clock", "quick"],
    ]
    assert main(["results", "compute", "TOY-Sum"]) == 0
    assert capsys.readouterr().out == "fresh  TOY-Sum quick\n"
    assert main(["results", "compute", "TOY-Sum", "--force"]) == 0
    assert capsys.readouterr().out.startswith("stored  TOY-Sum quick")

    assert main(["results", "list"]) == 0
    found = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in found] == [
        ["TOY-Clock", "quick", "fresh"],
        ["TOY-Sum", "quick", "fresh"],
        ["TOY-Sum", "paper", "fresh"],
    ]
    assert found[-1].endswith("reproduced: all checks hold")

    assert main(["results", "show", "TOY-Sum"]) == 0
    text = capsys.readouterr().out
    assert "verdict: reproduced: all checks hold\n  + total: 5,050, expected at least 6\nstate: fresh" in text
    assert "numbers: float64 (100,)" in text
    assert main(["results", "show", "TOY-Sum", "--profile", "smoke"]) == 0
    assert "state: missing (never run)" in capsys.readouterr().out
    assert main(["results", "verify", "--recompute"]) == 0
    assert capsys.readouterr().out.count("ok ") == 3


def test_compute_with_other_values_stores_nothing(root, capsys):
    assert main(["results", "compute", "TOY-Sum", "-p", "n", "2"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out[out.index("{") :])["total"] == 3.0
    assert not (root / "data" / "results").exists()


def test_damaged_results_are_listed_and_fail_verification(root, capsys):
    store = ResultStore()
    store.save(compute("TOY-Sum"))
    path = store.path("TOY-Sum", "quick")
    path.write_text(path.read_text()[:100])
    assert main(["results", "list"]) == 0
    assert "stale    no verdict" in capsys.readouterr().out
    assert main(["results", "verify", "TOY-Sum"]) == 1
    assert "bad       TOY-Sum quick: quick.json is not a whole record" in capsys.readouterr().out


def test_import(root, tmp_path, capsys):
    ResultStore(tmp_path / "cluster").save(compute("TOY-Sum", "paper"))
    assert main(["results", "import", str(tmp_path / "cluster")]) == 0
    assert capsys.readouterr().out == "imported  TOY-Sum paper\n"
    assert ResultStore().best("TOY-Sum").profile == "paper"
    assert main(["results", "import", str(tmp_path / "absent")]) == 2


@pytest.fixture
def sweep(monkeypatch):
    """The toy item in parts."""
    monkeypatch.setitem(ITEMS, "TOY-Sum", toy_tasks.sweep_toy())


def test_import_of_tasks(root, sweep, tmp_path, capsys):
    assert main(["results", "compute", "TOY-Sum", "--profile", "paper"]) == 0
    (root / ".lossbar").rename(tmp_path / "cluster")
    (root / "data" / "results" / "TOY-Sum" / "paper.json").unlink()
    capsys.readouterr()
    assert main(["results", "import", str(tmp_path / "cluster")]) == 0
    assert capsys.readouterr().out == "imported  toy_tasks.draw 12 tasks\n"
    assert compute("TOY-Sum", "paper").tasks["resumed"] == 12
    assert main(["results", "import", str(root / "notebooks")]) == 2
    assert "expected records <item>/<profile>.json or tasks/<function>/<key>.json" in capsys.readouterr().err


def test_unfinished_sweeps_are_counted(root, sweep, capsys):
    assert main(["results", "compute", "TOY-Sum", "--profile", "paper"]) == 0
    (root / "data" / "results" / "TOY-Sum" / "paper.json").unlink()
    sorted((root / ".lossbar" / "tasks").glob("*/*.json"))[0].unlink()
    capsys.readouterr()
    assert main(["status"]) == 0
    assert (
        "missing  TOY-Sum paper\n          never run\n          11 of 12 tasks done\n"
        in capsys.readouterr().out
    )


@pytest.mark.slow
def test_compute_in_workers_and_show_where(root, sweep, capsys):
    assert main(["results", "compute", "TOY-Sum", "--workers", "2"]) == 0
    assert main(["results", "show", "TOY-Sum"]) == 0
    text = capsys.readouterr().out
    assert "tasks: 4 in " in text
    assert "0 of them from an earlier run\n  4 on " in text


def test_a_sweep_that_fails_stops_no_other_item(root, sweep, monkeypatch, capsys):
    item = toy_tasks.sweep_toy()
    failing = replace(item, sweep=replace(item.sweep, task=toy_tasks.draw_or_fail))
    monkeypatch.setitem(ITEMS, "TOY-Sum", failing)
    assert main(["results", "compute", "TOY-Sum", "TOY-Clock"]) == 1
    found = capsys.readouterr()
    assert found.out.startswith("stored  TOY-Clock quick")
    assert "failed  TOY-Sum quick: 2 of 4 tasks failed" in found.err
    assert (root / ".lossbar" / "logs" / "TOY-Sum.log").is_file()


def test_status_says_why_and_check_fails(root, capsys):
    assert main(["status"]) == 0
    out = capsys.readouterr().out
    assert "missing  01_one\n          never run\n" in out
    assert "missing  TOY-Sum quick\n" in out
    assert main(["status", "--check"]) == 1
    assert main(["status", "02"]) == 0
    assert "TOY" not in capsys.readouterr().out.split("TOY-Sum quick")[-1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "03"], "no chapter '03'; known: 01_one, 02_two"),
        (["run", "01", "-p", "sed", "1"], "chapter 01_one has no parameter 'sed'; did you mean 'seed'"),
        (["run", "01", "-p", "n", "many"], "expected int as parameter n, got 'many'"),
        (["run", "--jobs", "0"], "expected at least 1 job, got 0"),
        (["results", "compute", "TOY-Sun"], "no function computes item 'TOY-Sun'; did you mean 'TOY-Sum'"),
        (["results", "compute", "TOY-Sum", "-p", "m", "1"], "item TOY-Sum has no parameter 'm'"),
        (["results", "compute", "TOY-Clock", "--profile", "paper"], "item TOY-Clock has no profile 'paper'"),
        (["results", "show", "TOY-Sun"], "expected the id of an item in the register, got 'TOY-Sun'"),
        (["run", "--workers", "0"], "expected --workers of at least 1, got 0"),
        (["run", "--workers", "2", "--dask", "tcp://x:1"], "expected --workers or --dask, got both"),
        (["results", "compute", "TOY-Sum", "--dask", "x"], "as --dask, got 'x'"),
        (["results", "verify", "TOY-Sun"], "no function computes item 'TOY-Sun'"),
    ],
)
def test_bad_requests(arguments, message, capsys):
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_outside_a_repository(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("LOSSBAR_ROOT", str(tmp_path))
    assert main(["status"]) == 2
    assert "LOSSBAR_ROOT" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["fly"], ["run", "--profile", "fast"], ["results"]])
def test_unknown_commands(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage: lossbar" in capsys.readouterr().err


def test_run_summary_and_exit_code(monkeypatch, capsys):
    from lossbar_core.runs import run as module

    outcomes = [module.Outcome("01_one", "done", "3 s"), module.Outcome("02_two", "failed", "code cell 1")]
    monkeypatch.setattr(module, "run_chapters", lambda plan: outcomes)
    assert main(["run", "--force"]) == 1
    found = capsys.readouterr()
    assert found.out == "done    01_one: 3 s\nfailed  02_two: code cell 1\n"
    assert "1 of 2 chapters failed" in found.err
    monkeypatch.setattr(module, "run_chapters", lambda plan: outcomes[:1])
    assert main(["run"]) == 0


def test_build_summary_and_exit_code(monkeypatch, capsys):
    from lossbar_core.runs import build as module

    monkeypatch.setattr(module, "build", lambda root: ["page.html: loads x"])
    assert main(["build"]) == 1
    assert "page.html: loads x\nlossbar: 1 problems" in capsys.readouterr().err
    monkeypatch.setattr(module, "build", lambda root: [])
    assert main(["build"]) == 0
    assert "index.html" in capsys.readouterr().out


def test_interrupt(monkeypatch, capsys):
    def interrupted(given):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_build", interrupted)
    assert main(["build"]) == 130
    assert "the same command continues" in capsys.readouterr().err


def test_values_of_the_command_line():
    found = [parse_value(text) for text in ("7", "1e-3", "False", "None", "true", "grid", '"7"', "[1, 2]")]
    assert found == [7, 0.001, False, None, True, "grid", "7", [1, 2]]


def test_runs_as_a_module(root):
    found = subprocess.run(
        command("--help"), env=environment(root), capture_output=True, text=True, check=True
    )
    assert found.stdout.startswith("usage: lossbar")
    heavy = "{'torch', 'matplotlib', 'papermill', 'jupytext'}"
    loaded = f"import sys, lossbar_core.cli; print(sorted({heavy} & set(sys.modules)))"
    quiet = subprocess.run(
        [sys.executable, "-c", loaded], env=environment(root), capture_output=True, text=True
    )
    assert quiet.stdout == "[]\n"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError("expected less"), "lossbar: expected less"),
        (PermissionError("not writable"), "lossbar: not writable"),
        (ModuleNotFoundError("No module named 'nbformat'"), "pip install 'lossbar_core[book]'"),
    ],
)
def test_errors_of_the_machine_need_no_traceback(monkeypatch, capsys, error, said):
    def fail(given):
        raise error

    monkeypatch.setattr(cli, "_status", fail)
    assert main(["status"]) == 2
    assert said in capsys.readouterr().err


def test_a_damaged_result_is_named(root, capsys):
    assert main(["results", "compute", "TOY-Sum", "--force"]) == 0
    path = root / "data" / "results" / "TOY-Sum" / "quick.json"
    path.write_text(path.read_text()[:40])
    capsys.readouterr()
    assert main(["results", "show", "TOY-Sum"]) == 1
    assert "quick: stale (file: " in capsys.readouterr().out
