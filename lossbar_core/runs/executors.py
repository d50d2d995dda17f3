"""Where tasks run, named in one text: ``serial``, ``processes:4``, ``dask:tcp://host:8786``."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lossbar_core.checks import thread_count
from lossbar_core.runs.process_pool import ProcessPool

VARIABLE = "LOSSBAR_EXECUTOR"
SERIAL = "serial"
TIMEOUT = 10.0  # seconds to wait for a scheduler, tuned here: a working one answers in a fraction of one
_ADDRESS = r"\S+:\d+"
EXPECTED = "expected 'serial', 'processes:WORKERS', 'processes:WORKERS:THREADS' or 'dask:ADDRESS'"


class InProcess(Executor):
    """Runs every call at once, in this process; the future that `submit` returns is finished.

    >>> InProcess().submit(abs, -3).result()
    3
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Call ``fn`` and return a finished future; only an interruption is raised here."""
        future: Future = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass(frozen=True)
class Place:
    """What a text names: ``kind`` is ``serial``, ``processes`` (with workers and threads) or ``dask``."""

    kind: str
    workers: int = 1
    threads: int = 1
    address: str = ""


def parse_executor(text: str) -> Place:
    """Read the name of an executor; nothing is started.

    Examples
    --------
    >>> parse_executor("dask:tcp://host:8786")
    Place(kind='dask', workers=1, threads=1, address='tcp://host:8786')

    Raises
    ------
    ValueError
        For another text, or more workers times threads than this process has processors.
    """
    if text == SERIAL:
        return Place(SERIAL)
    if text.startswith("dask:") and re.fullmatch(_ADDRESS, text.removeprefix("dask:")):
        return Place("dask", address=text.removeprefix("dask:"))
    found = re.fullmatch(r"processes:([1-9]\d*)(?::([1-9]\d*))?", text)
    if not found:
        raise ValueError(f"{EXPECTED}, got {text!r}; name one of these")
    workers = int(found[1])
    # OMP_NUM_THREADS is the share of this process, so that chapters side by side do not crowd each other.
    threads = int(found[2]) if found[2] else max(1, thread_count() // workers)
    if found[2] and workers * threads > _processors():
        raise ValueError(
            f"expected workers times threads of at most {_processors()} processors, got {workers} times {threads}; "
            f"leave the threads away, or take fewer"
        )
    return Place("processes", workers, threads)


def executor_name(workers: int | None = None, dask: str | None = None) -> str | None:
    """Name of the executor that a command line asks for, or None; checked, and a scheduler reached.

    Raises
    ------
    ValueError
        If both are given, or one is not valid.
    """
    if workers is not None and dask is not None:
        raise ValueError("expected --workers or --dask, got both; choose one")
    if workers is None and dask is None:
        return None
    if workers is not None and workers < 1:
        raise ValueError(f"expected --workers of at least 1, got {workers}; leave it away to run here")
    if dask is not None and not re.fullmatch(_ADDRESS, dask):
        raise ValueError(
            f"expected an address such as tcp://host:8786 as --dask, got {dask!r}; the scheduler prints it"
        )
    name = f"processes:{workers}" if dask is None else f"dask:{dask}"
    if parse_executor(name).kind == "dask":
        with executor_from(name):
            pass
    return name


@contextmanager
def executor_from(text: str | None = None) -> Iterator[Executor]:
    """Open the executor that ``text`` names (default: ``LOSSBAR_EXECUTOR``, else serial), and close it.

    Parameters
    ----------
    text
        ``"serial"``, ``"processes:4"`` or ``"processes:4:2"`` (with 2 threads a worker), ``"dask:tcp://host:8786"``.

    Raises
    ------
    ValueError
        For another text, or when dask is named and not installed.
    ConnectionError
        If the scheduler does not answer.

    Examples
    --------
    >>> with executor_from("serial") as executor:
    ...     executor.submit(max, 1, 2).result()
    2
    """
    place = parse_executor(text or os.environ.get(VARIABLE) or SERIAL)
    if place.kind == "dask":
        with _dask(place.address) as executor:
            yield executor
    elif place.kind == "processes":
        with ProcessPool(place.workers, place.threads) as executor:
            yield executor
    else:
        yield InProcess()


@contextmanager
def _dask(address: str) -> Iterator[Executor]:
    """Executor of a cluster; its scheduler gives the tasks of a worker that dies to the others."""
    try:
        from distributed import Client
    except ImportError as error:
        raise ValueError(
            f"expected dask.distributed for {address}, got {error}; pip install 'lossbar_core[cluster]'"
        ) from None
    try:
        client = Client(address, timeout=TIMEOUT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConnectionError(
            f"expected a dask scheduler at {address}, got no answer in {TIMEOUT:g} s ({error}); start one with "
            "`dask scheduler`, and give the address that it prints"
        ) from error
    with client:
        # Not pure: a task that failed runs again when it is asked for again.
        yield client.get_executor(pure=False, retries=2)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
