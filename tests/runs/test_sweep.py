"""A sweep computes what is missing, keeps what is finished, and says what failed."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pytest
from toy_project import ROOT
from toy_tasks import Draw, draw, draw_and_mark, draw_or_fail

from lossbar_core.runs.executors import InProcess
from lossbar_core.runs.sweep import SweepError, run_tasks, summary
from lossbar_core.runs.task_store import TaskStore
from lossbar_core.runs.tasks import make_tasks


@pytest.fixture
def store(tmp_path) -> TaskStore:
    return TaskStore(tmp_path / ".lossbar" / "tasks")


def runs(folder: Path) -> dict[str, int]:
    """How often each seed ran."""
    return {path.name.removeprefix("ran-"): len(path.read_text()) for path in folder.glob("ran-*")}


def assert_equal(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.values == other.values
        assert set(one.arrays) == set(other.arrays)
        for name in one.arrays:
            np.testing.assert_array_equal(one.arrays[name], other.arrays[name], strict=True)


def test_results_come_in_the_order_of_the_tasks(store):
    tasks = make_tasks(draw, [Draw(seed) for seed in (4, 1, 4)])
    found = run_tasks(tasks, InProcess(), store, progress=False)
    assert [result.values["seed"] for result in found] == [4, 1, 4]
    assert len(list(store.stored())) == 2
    assert run_tasks([], InProcess(), store, progress=False) == []


def test_a_rerun_computes_only_what_is_missing(store, tmp_path):
    tasks = make_tasks(draw_and_mark, [Draw(seed, folder=str(tmp_path)) for seed in range(5)])
    run_tasks(tasks[:2], InProcess(), store, progress=False)
    again = run_tasks(tasks, InProcess(), store, progress=False)
    assert runs(tmp_path) == dict.fromkeys("01234", 1)
    assert [result.resumed for result in again] == [True, True, False, False, False]
    fresh = run_tasks(tasks, InProcess(), store, resume=False, progress=False)
    assert runs(tmp_path) == dict.fromkeys("01234", 2)
    assert_equal(again, fresh)


@pytest.mark.parametrize("suffix", [".json", ".npz"])
def test_a_damaged_file_runs_again(store, tmp_path, suffix):
    tasks = make_tasks(draw_and_mark, [Draw(seed, folder=str(tmp_path)) for seed in range(2)])
    first = run_tasks(tasks, InProcess(), store, progress=False)
    cut = store.path(tasks[1]).with_suffix(suffix)
    cut.write_bytes(cut.read_bytes()[:-7])
    assert_equal(run_tasks(tasks, InProcess(), store, progress=False), first)
    assert runs(tmp_path) == {"0": 1, "1": 2}
    assert store.load(tasks[1]).values == first[1].values


def test_a_task_with_other_code_runs_again(store, tmp_path):
    from dataclasses import replace

    (task,) = make_tasks(draw_and_mark, [Draw(0, folder=str(tmp_path))])
    (result,) = run_tasks([task], InProcess(), store, progress=False)
    store.save(replace(task, code={"toy_tasks": "0"}), result)
    store.path(task).unlink()
    run_tasks([task], InProcess(), store, progress=False)
    assert runs(tmp_path) == {"0": 2}


def test_a_failed_task_is_reported_and_stops_nobody(store, capsys):
    tasks = make_tasks(draw_or_fail, [Draw(seed) for seed in range(5)])
    with pytest.raises(SweepError) as caught:
        run_tasks(tasks, InProcess(), store, label="TOY-Sum", progress=False)
    text = str(caught.value)
    assert text.startswith("2 of 5 tasks failed; the others are kept, the same command continues")
    assert "toy_tasks.draw_or_fail(seed=1, n=100" in text
    assert "    KeyError: 'no draw 3'" in text
    assert [failure.task.config.seed for failure in caught.value.failures] == [1, 3]
    assert store.finished(tasks) == 3
    assert capsys.readouterr().err.splitlines() == [
        f"failed: toy_tasks.draw_or_fail: KeyError: 'no draw {seed}'" for seed in (1, 3)
    ]
    log = (store.root.parent / "logs" / "TOY-Sum.log").read_text()
    assert log.count("Traceback (most recent call last)") == 2
    assert log.count("in draw_or_fail") == 2
    assert str(store.root.parent / "logs" / "TOY-Sum.log") in text


def test_a_long_list_of_failures_is_cut(capsys):
    tasks = make_tasks(draw_or_fail, [Draw(seed) for seed in range(1, 19, 2)])
    with pytest.raises(SweepError, match="9 of 9 tasks failed") as caught:
        run_tasks(tasks, InProcess(), progress=False)
    assert str(caught.value).endswith("and 4 more")
    assert len(caught.value.failures) == 9


def test_any_executor_will_do(store):
    tasks = make_tasks(draw, [Draw(seed) for seed in range(20)])
    serial = run_tasks(tasks, InProcess(), progress=False)
    with ThreadPoolExecutor(3) as executor:
        assert_equal(run_tasks(tasks, executor, store, progress=False), serial)


class Refusing(Executor):
    """Breaks after one task; the second is cancelled."""

    def __init__(self):
        self.taken = 0

    def submit(self, fn, /, *args, **kwargs):
        self.taken += 1
        if self.taken == 1:
            return InProcess().submit(fn, *args, **kwargs)
        if self.taken == 2:
            future = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future
        raise RuntimeError("cannot schedule new futures after shutdown")


def test_an_executor_that_breaks_leaves_what_was_finished(store):
    tasks = make_tasks(draw, [Draw(seed) for seed in range(4)])
    with pytest.raises(SweepError, match="3 of 4 tasks failed") as caught:
        run_tasks(tasks, Refusing(), store, progress=False)
    assert store.finished(tasks) == 1
    errors = [failure.error for failure in caught.value.failures]
    assert errors[0].startswith("cancelled; the executor was closed")
    assert errors[1:] == ["RuntimeError: cannot schedule new futures after shutdown"] * 2


class Losing(Executor):
    """Loses the answer of every call at first, or the calls of one seed always."""

    def __init__(self, error, always=None):
        self.error, self.always, self.calls = error, always, []

    def submit(self, fn, /, *args, **kwargs):
        seed = args[0]["config"]["fields"]["seed"]
        self.calls.append(seed)
        if self.calls.count(seed) > 1 and seed != self.always:
            return InProcess().submit(fn, *args, **kwargs)
        future = Future()
        future.set_exception(self.error)
        return future


def test_what_an_executor_loses_starts_again_once(capsys):
    tasks = make_tasks(draw, [Draw(seed) for seed in range(4)])
    losing = Losing(ValueError("too many values to unpack (expected 3)"))
    assert_equal(run_tasks(tasks, losing, progress=False), run_tasks(tasks, InProcess(), progress=False))
    assert sorted(losing.calls) == sorted([0, 1, 2, 3] * 2)
    losing = Losing(ValueError("too many"), always=2)
    with pytest.raises(SweepError, match="1 of 4 tasks failed"):
        run_tasks(tasks, losing, progress=False)
    assert losing.calls.count(2) == 2


def test_a_task_that_killed_its_workers_is_not_tried_again(capsys):
    losing = Losing(BrokenProcessPool("its worker process died 2 times"))
    with pytest.raises(SweepError, match="BrokenProcessPool: its worker process died 2 times"):
        run_tasks(make_tasks(draw, [Draw(1)]), losing, progress=False)
    assert losing.calls == [1]


def test_bar_is_labelled_and_counts_what_was_there(store, capsys):
    tasks = make_tasks(draw, [Draw(seed) for seed in range(4)])
    run_tasks(tasks[:3], InProcess(), store, progress=False)
    assert capsys.readouterr().err == ""
    run_tasks(tasks, InProcess(), store, label="TOY-Sum")
    err = capsys.readouterr().err
    assert "TOY-Sum" in err
    assert "4.00/4.00" in err


def test_summary_says_where_the_tasks_ran():
    from dataclasses import replace

    found = run_tasks(make_tasks(draw, [Draw(seed) for seed in range(3)]), InProcess(), progress=False)
    other = {**found[0].machine, "cpu": "Other"}
    mixed = [
        replace(found[0], machine=other, seconds=5.0, resumed=True),
        *(replace(result, seconds=1.0) for result in found[1:]),
    ]
    told = summary(mixed)
    assert (told["count"], told["resumed"], told["seconds"]) == (3, 1, 7.0)
    assert [(place["machine"]["cpu"], place["tasks"], place["seconds"]) for place in told["places"]] == [
        ("Other", 1, 5.0),
        (found[0].machine["cpu"], 2, 2.0),
    ]
    assert summary([])["places"] == []


INTERRUPTED = """
import sys
from pathlib import Path
from toy_tasks import Draw, draw_in_a_trap
from lossbar_core.runs.executors import executor_from
from lossbar_core.runs.sweep import run_tasks
from lossbar_core.runs.task_store import TaskStore
from lossbar_core.runs.tasks import make_tasks

if __name__ == "__main__":
    folder, name = sys.argv[1:]
    tasks = make_tasks(draw_in_a_trap, [Draw(seed, folder=folder, trap=5) for seed in range(8)])
    with executor_from(name) as executor:
        run_tasks(tasks, executor, TaskStore(Path(folder) / "tasks"), label="TOY", progress=False)
"""


def wait_for(condition, seconds: float = 30.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "nothing happened"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    import psutil

    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.slow
@pytest.mark.parametrize("name", ["serial", "processes:2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_sweep_keeps_what_is_finished_and_continues(tmp_path, name, number):
    import psutil

    script = tmp_path / "script.py"
    script.write_text(INTERRUPTED)
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import signal, runpy, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
            "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')",
            str(script),
            str(tmp_path),
            name,
        ],
        env={**os.environ, "PYTHONPATH": path},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_for((tmp_path / "trapped").exists)
    stored = lambda: len(list((tmp_path / "tasks").glob("*/*.json")))  # noqa: E731
    wait_for(lambda: stored() == (5 if name == "serial" else 7))
    children = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does: the workers get it too
    else:
        os.kill(process.pid, number)
    _, said = process.communicate(timeout=20)
    assert process.returncode != 0
    if number == signal.SIGINT:
        assert said.count("KeyboardInterrupt") == 1  # the workers keep quiet
    wait_for(lambda: all(map(gone, children)), 10)
    finished = stored()

    tasks = make_tasks(
        __import__("toy_tasks").draw_in_a_trap,
        [Draw(seed, folder=str(tmp_path), trap=5) for seed in range(8)],
    )
    again = run_tasks(tasks, InProcess(), TaskStore(tmp_path / "tasks"), progress=False)
    assert sum(result.resumed for result in again) == finished >= 5
    assert runs(tmp_path) == dict.fromkeys("01234567", 1)
    assert_equal(again, run_tasks(tasks, InProcess(), progress=False))


def test_log_names_the_configuration(store):
    tasks = make_tasks(draw_or_fail, [Draw(1)])
    with pytest.raises(SweepError):
        run_tasks(tasks, InProcess(), store, label="TOY", progress=False)
    first = (store.root.parent / "logs" / "TOY.log").read_text().splitlines()[0]
    assert json.loads(first.partition(" ")[2])["seed"] == 1
