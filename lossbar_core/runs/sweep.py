"""Run many tasks: only those that are missing, each on disk as soon as it is finished."""

from __future__ import annotations

import queue
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lossbar_core.progress import progress_bar
from lossbar_core.runs.checked_file import DamagedRecordError
from lossbar_core.runs.jsonable import canonical
from lossbar_core.runs.task_store import TaskStore
from lossbar_core.runs.tasks import Task, TaskResult, execute_task

SHOWN = 5  # failures that an error lists; the log holds all
# Errors of the executors of concurrent.futures and dask that come after attempts of their own.
WORKER_KILLED = ("BrokenExecutor", "BrokenProcessPool", "BrokenThreadPool", "KilledWorker")


@dataclass(frozen=True)
class Failure:
    """A task that failed: the error in one line, and its traceback, which is empty when a worker died."""

    task: Task
    error: str
    traceback: str = ""


class SweepError(RuntimeError):
    """Some tasks of a sweep failed; the others are finished, and on disk where there is a store."""

    def __init__(self, failures: Sequence[Failure], total: int, log: Path | None = None):
        self.failures = tuple(failures)
        lines = [f"{len(failures)} of {total} tasks failed; the others are kept, the same command continues"]
        for failure in self.failures[:SHOWN]:
            lines.append(f"{failure.task.function}({_short(failure.task.config)})")
            told = failure.traceback.strip().splitlines()[-3:] or [failure.error]
            lines += [f"    {line.strip()}" for line in told]
        if len(failures) > SHOWN:
            lines.append(f"and {len(failures) - SHOWN} more")
        if log is not None:
            lines.append(f"the tracebacks are in {log}")
        super().__init__("\n".join(lines))


def run_tasks(
    tasks: Iterable[Task],
    executor: Executor,
    store: TaskStore | None = None,
    *,
    resume: bool = True,
    label: str = "tasks",
    progress: bool = True,
) -> list[TaskResult]:
    """Run the tasks that are missing.

    Parameters
    ----------
    tasks
        Independent tasks; equal ones run once.
    executor
        Any executor of ``concurrent.futures``.
    store
        Where finished tasks go at once; nothing is stored without it.
    resume
        Take what the store has; else run all, and store them again.
    label
        What the bar and the log are called.
    progress
        Show a bar.

    Returns
    -------
    list of TaskResult
        In the order of the tasks.

    Raises
    ------
    SweepError
        If tasks failed, after all others are finished.
    """
    tasks = list(tasks)
    distinct = {task.key: task for task in tasks}
    results = _stored(distinct.values(), store) if store is not None and resume else {}
    log = store.root.parent / "logs" / f"{label}.log" if store is not None else None
    failures = []
    if log is not None:
        log.unlink(missing_ok=True)
    missing = [task for key, task in distinct.items() if key not in results]
    with (
        progress_bar(label, len(distinct), progress) as advance,
        closing(_outcomes(missing, executor)) as outcomes,
    ):
        advance(len(results))
        for task, outcome in outcomes:
            advance(1)
            if isinstance(outcome, Failure):
                failures.append(outcome)
                _report(outcome, log)
                continue
            results[task.key] = outcome
            if store is not None and task.lasts:
                store.save(task, outcome)
    if failures:
        raise SweepError(failures, len(distinct), log)
    return [results[task.key] for task in tasks]


def _stored(tasks: Iterable[Task], store: TaskStore) -> dict[str, TaskResult]:
    found = {}
    for task in tasks:
        with suppress(DamagedRecordError):  # then it runs again, and its file is replaced
            result = store.load(task) if task.lasts else None
            if result is not None:
                found[task.key] = replace(result, resumed=True)
    return found


def _outcomes(
    tasks: Sequence[Task], executor: Executor
) -> Generator[tuple[Task, TaskResult | Failure], None, None]:
    """Tasks in the order in which they finish; those that have not started are cancelled if the caller stops."""
    flight = _Flight(executor)
    try:
        for task in tasks:
            yield from flight.start(task)
            # An executor that computes in submit has finished now; nothing waits for the last task.
            while not flight.finished.empty():
                yield from flight.land()
        while flight.pending:
            yield from flight.land()
    finally:
        for future in flight.pending:
            future.cancel()


class _Flight:
    """The tasks that an executor has and has not given back."""

    def __init__(self, executor: Executor):
        self.executor = executor
        self.finished: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self.pending: dict[Future, Task] = {}
        self.retried: set[str] = set()

    def start(self, task: Task) -> Iterator[tuple[Task, Failure]]:
        """Hand a task to the executor; a failure comes out if it takes none any more."""
        try:
            future = self.executor.submit(execute_task, task.request())
        except RuntimeError as error:  # broken or closed
            yield task, Failure(task, f"{type(error).__name__}: {error}")
            return
        self.pending[future] = task
        future.add_done_callback(self.finished.put)

    def land(self) -> Iterator[tuple[Task, TaskResult | Failure]]:
        """Wait for the next task; nothing comes out if it has to start again."""
        future = self.finished.get()
        task = self.pending.pop(future)
        try:
            answer = dict(future.result())
        except CancelledError:
            yield task, Failure(task, "cancelled; the executor was closed, or lost its scheduler")
        except Exception as error:  # of the executor: a task's own errors come as an answer
            # A result that is lost with its worker while it arrives looks like an error to dask's executor.
            if type(error).__name__ not in WORKER_KILLED and task.key not in self.retried:
                self.retried.add(task.key)
                yield from self.start(task)
            else:
                yield task, Failure(task, f"{type(error).__name__}: {error}")
        else:
            failed = answer.pop("state") == "failed"
            yield task, Failure(task, **answer) if failed else TaskResult(**answer)


def _report(failure: Failure, log: Path | None) -> None:
    print(f"failed: {failure.task.function}: {failure.error}", file=sys.stderr)
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as stream:
            text = failure.traceback or failure.error + "\n"
            stream.write(f"{failure.task.function} {canonical(asdict(failure.task.config))}\n{text}\n")


def _short(config: Any) -> str:
    text = ", ".join(f"{name}={value!r}" for name, value in asdict(config).items())
    return text if len(text) <= 200 else text[:197] + "..."


def summary(results: Sequence[TaskResult]) -> dict[str, Any]:
    """Where the tasks of a sweep ran: ``count``, ``resumed``, ``seconds``, and ``places``.

    A place is one kind of machine with one set of versions, how many tasks ran there, and their seconds; the
    place with most seconds comes first.
    """
    places: dict[str, dict[str, Any]] = {}
    for result in results:
        where = {"machine": dict(result.machine), "versions": dict(result.versions)}
        place = places.setdefault(canonical(where), {**where, "tasks": 0, "seconds": 0.0})
        place["tasks"] += 1
        place["seconds"] += result.seconds
    ordered = sorted(places.items(), key=lambda entry: (-entry[1]["seconds"], entry[0]))
    for _, place in ordered:
        place["seconds"] = float(f"{place['seconds']:.3g}")
    return {
        "count": len(results),
        "resumed": sum(result.resumed for result in results),
        "seconds": float(f"{sum(result.seconds for result in results):.3g}"),
        "places": [place for _, place in ordered],
    }
