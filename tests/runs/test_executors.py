"""The same sweep gives the same bits in this process, in several, and on a cluster that loses a worker."""

import logging
import os
import signal
import sys
import threading
import time

import numpy as np
import pytest
from toy_tasks import Draw, draw_in_a_trap, environment

from lossbar_core.runs import executors as module
from lossbar_core.runs.executors import (
    InProcess,
    Place,
    executor_from,
    executor_name,
    parse_executor,
)
from lossbar_core.runs.sweep import SweepError, run_tasks
from lossbar_core.runs.task_store import TaskStore
from lossbar_core.runs.tasks import make_tasks


def assert_same_bits(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.values == other.values
        assert set(one.arrays) == set(other.arrays)
        for name, array in one.arrays.items():
            assert array.dtype == other.arrays[name].dtype
            assert array.tobytes() == other.arrays[name].tobytes()


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes and a scheduler on free ports of this machine."""
    import dask
    from distributed import LocalCluster

    # Dask knocks at a dead worker's door for 30 s when its results were being fetched.
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "3s"}),
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # a free port; bokeh is absent, so that there is no dashboard
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        yield cluster


def kill_who_is_trapped(folder, killed: list[int]) -> None:
    """Wait for a worker to say that it is in the trap, and kill it there."""
    limit = time.monotonic() + 60
    while not (folder / "trapped").exists():
        if time.monotonic() > limit:
            return
        time.sleep(0.02)
    pid = int((folder / "trapped").read_text())
    os.kill(pid, signal.SIGKILL)
    killed.append(pid)


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_gives_every_result_bit_for_bit(cluster, tmp_path):
    tasks = make_tasks(
        draw_in_a_trap, [Draw(seed, n=1000, folder=str(tmp_path), trap=5) for seed in range(16)]
    )
    workers = {info["pid"] for info in _worker_processes(cluster)}
    killed: list[int] = []
    killer = threading.Thread(target=kill_who_is_trapped, args=(tmp_path, killed))
    killer.start()
    store = TaskStore(tmp_path / "tasks")
    with executor_from(f"dask:{cluster.scheduler_address}") as executor:
        found = run_tasks(tasks, executor, store, progress=False)
    killer.join()
    assert len(killed) == 1
    assert killed[0] in workers
    assert killed[0] != os.getpid()
    serial = run_tasks(tasks, InProcess(), progress=False)
    assert_same_bits(found, serial)
    assert store.finished(tasks) == 16
    assert_same_bits(run_tasks(tasks, InProcess(), store, progress=False), serial)


def _worker_processes(cluster) -> list[dict]:
    from distributed import Client

    with Client(cluster.scheduler_address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=30)
        return [{"pid": pid} for pid in client.run(os.getpid).values()]


@pytest.mark.slow
def test_failures_on_a_cluster_are_reported(cluster):
    from dataclasses import replace

    from toy_tasks import draw_or_fail

    tasks = make_tasks(draw_or_fail, [Draw(seed) for seed in range(3)])
    tasks.append(replace(tasks[0], code={**tasks[0].code, "toy_tasks": "0"}))
    with executor_from(f"dask:{cluster.scheduler_address}") as executor:
        with pytest.raises(SweepError, match="2 of 4 tasks failed") as caught:
            run_tasks(tasks, executor, progress=False)
        errors = {failure.error for failure in caught.value.failures}
        assert "KeyError: 'no draw 1'" in errors
        assert any("code: toy_tasks changed" in error for error in errors)
        (threads,) = run_tasks(make_tasks(environment, [Draw()]), executor, progress=False)
    assert threads.values["threads"] == 1  # dask's own default for its workers


@pytest.mark.slow
def test_processes_give_the_bits_of_the_serial_run(tmp_path):
    from toy_tasks import draw

    tasks = make_tasks(draw, [Draw(seed, n=1000) for seed in range(12)])
    with executor_from("processes:2") as executor:
        found = run_tasks(tasks, executor, progress=False)
    assert_same_bits(found, run_tasks(tasks, InProcess(), progress=False))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("serial", Place("serial")),
        ("processes:2", Place("processes", 2, 4)),
        ("processes:3", Place("processes", 3, 2)),
        ("processes:20", Place("processes", 20, 1)),
        ("processes:2:3", Place("processes", 2, 3)),
        ("dask:tcp://node-1:8786", Place("dask", address="tcp://node-1:8786")),
        ("dask:node-1:8786", Place("dask", address="node-1:8786")),
    ],
)
def test_names(monkeypatch, text, place):
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    monkeypatch.setattr(module, "_processors", lambda: 8)
    assert parse_executor(text) == place


@pytest.mark.parametrize(
    "text", ["", "Serial", "processes", "processes:0", "processes:-1", "processes:a", "dask:", "dask:tcp://x"]
)
def test_other_names_are_refused(text):
    with pytest.raises(ValueError, match="expected 'serial', 'processes:WORKERS'"):
        parse_executor(text)


def test_more_threads_than_processors_are_refused(monkeypatch):
    monkeypatch.setattr(module, "_processors", lambda: 8)
    with pytest.raises(ValueError, match="at most 8 processors, got 3 times 4"):
        parse_executor("processes:3:4")


def test_the_environment_names_the_default(monkeypatch):
    monkeypatch.delenv("LOSSBAR_EXECUTOR", raising=False)
    with executor_from() as executor:
        assert isinstance(executor, InProcess)
    monkeypatch.setenv("LOSSBAR_EXECUTOR", "cloud")
    with pytest.raises(ValueError, match="got 'cloud'"), executor_from():
        pass
    with executor_from("serial") as executor:
        assert isinstance(executor, InProcess)


def test_options_of_the_command_line():
    assert executor_name() is None
    assert executor_name(workers=3) == "processes:3"
    with pytest.raises(ValueError, match="expected --workers or --dask, got both"):
        executor_name(2, "tcp://x:1")
    with pytest.raises(ValueError, match="expected --workers of at least 1, got 0"):
        executor_name(workers=0)
    with pytest.raises(ValueError, match="expected an address such as tcp://host:8786 as --dask, got 'here'"):
        executor_name(dask="here")


def free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT", 0.5)
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(
        ConnectionError, match=rf"expected a dask scheduler at {address}, got no answer in 0.5 s"
    ):
        executor_name(dask=address)
    with pytest.raises(ConnectionError, match="expected a dask scheduler at ftp://x:1"):
        executor_name(dask="ftp://x:1")


def test_without_dask_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match=r"pip install 'lossbar_core\[cluster\]'"):
        executor_name(dask="tcp://x:1")


def test_in_process_hands_on_errors_and_interruptions():
    def interrupt():
        raise KeyboardInterrupt

    assert isinstance(InProcess().submit(np.linalg.inv, np.zeros((2, 2))).exception(), np.linalg.LinAlgError)
    with pytest.raises(KeyboardInterrupt):
        InProcess().submit(interrupt)
