"""Worker processes: bounded, replaced when they die, never left behind."""

import os
import subprocess
import sys
import time
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool

import psutil
import pytest
from toy_project import ROOT
from toy_tasks import Draw, draw_and_mark, environment, kill_the_worker

from lossbar_core.runs import process_pool as module
from lossbar_core.runs.process_pool import ProcessPool, bounds


def pid_after(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def divide(a: float, b: float) -> float:
    return a / b


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())}


@pytest.mark.slow
def test_threads_of_workers_are_bounded_and_ours_are_not(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    with ProcessPool(1, threads=3) as pool:
        values = pool.submit(environment, Draw()).result().values
        with pytest.raises(ZeroDivisionError):
            pool.submit(divide, 1, 0).result()
        assert pool.submit(divide, 1, 2).result() == 0.5
    assert values["threads"] == 3
    assert values["OPENBLAS_NUM_THREADS"] == "3"
    assert values["parent"] == os.getpid()
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "OPENBLAS_NUM_THREADS" not in os.environ
    with pytest.raises(RuntimeError, match="expected an open pool"):
        pool.submit(divide, 1, 2)


@pytest.mark.slow
def test_a_worker_that_dies_takes_only_its_own_call_with_it(tmp_path):
    configs = [Draw(seed, folder=str(tmp_path), trap=2) for seed in range(6)]
    with ProcessPool(2) as pool:
        futures = [pool.submit(kill_the_worker, config) for config in configs]
        assert isinstance(futures[2].exception(timeout=60), BrokenProcessPool)
        assert "died 2 times" in str(futures[2].exception())
        expected = [draw_and_mark(config).values for config in configs]
        found = [future.result(timeout=60).values for future in futures if future is not futures[2]]
    assert found == [values for seed, values in enumerate(expected) if seed != 2]


@pytest.mark.slow
def test_leaving_with_an_error_ends_the_workers_now():
    before = children()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt), ProcessPool(2) as pool:  # noqa: PT012
        first = pool.submit(pid_after, 0.0)
        late = [pool.submit(pid_after, 60.0) for _ in range(4)]
        first.result(timeout=60)
        raise KeyboardInterrupt
    assert time.monotonic() - start < 30
    assert children() <= before
    assert sum(future.cancelled() for future in late) >= 2
    assert not wait([first, *late], timeout=10).not_done  # nobody waits for ever


@pytest.mark.slow
def test_a_cancelled_call_does_not_run():
    with ProcessPool(1) as pool:
        first = pool.submit(pid_after, 0.2)
        second, third = pool.submit(pid_after, 0.0), pool.submit(pid_after, 0.0)
        assert second.cancel()
        assert len(wait([first, third], timeout=60).done) == 2
        assert first.result() == third.result()
    assert second.cancelled()


def test_when_no_process_can_start_the_call_says_so(monkeypatch):
    def refuse(*given, **more):
        raise OSError("no more processes")

    monkeypatch.setattr(module, "ProcessPoolExecutor", refuse)
    with ProcessPool(2) as pool:
        futures = [pool.submit(divide, 1, 2) for _ in range(3)]
        assert [str(future.exception(timeout=10)) for future in futures] == ["no more processes"] * 3


@pytest.mark.slow
def test_a_script_without_a_guard_is_told_at_once(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from lossbar_core.runs.process_pool import ProcessPool\n"
        "with ProcessPool(1) as pool:\n"
        "    futures = [pool.submit(abs, -1) for _ in range(50)]\n"
        "    print(sum(future.result() for future in futures))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=60
    )
    assert found.returncode == 1
    assert found.stdout == ""
    assert "a script needs `if __name__ == '__main__':`" in found.stderr.splitlines()[-1]


def test_bounds_cover_the_libraries_below_numpy():
    assert {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"} <= set(bounds(1))
    assert set(bounds(4).values()) == {"4"}
