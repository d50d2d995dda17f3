"""Run chapters: several at a time, each in its own process, skipping what is fresh."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from lossbar_core.papers import load_items
from lossbar_core.register import Register
from lossbar_core.results import ResultStore
from lossbar_core.runs.chapters import DEFAULTS, Chapter, check_parameters
from lossbar_core.runs.execute import Job
from lossbar_core.runs.executors import VARIABLE
from lossbar_core.runs.fingerprint import PACKAGE
from lossbar_core.runs.process_pool import bounds
from lossbar_core.runs.status import chapter_state


@dataclass(frozen=True)
class Outcome:
    """What became of a chapter: ``done``, ``fresh`` (skipped) or ``failed``, with a message."""

    chapter: str
    state: str
    message: str = ""


@dataclass(frozen=True)
class Plan:
    """Which chapters to run, with which parameters, and where the executed notebooks go.

    ``parameters`` are those that differ from the defaults. Without ``output``, the book gets the runs that
    use the defaults, and ``_build/runs/<profile>`` all others. ``executor`` names where the tasks of sweeps run.
    """

    root: Path
    chapters: tuple[Chapter, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    jobs: int = 1
    force: bool = False
    output: Path | None = None
    executor: str | None = None

    @property
    def folder(self) -> Path:
        """Where the executed notebooks go: the book, or beside it where parameters differ from the book's."""
        if self.output is not None:
            return self.output
        if not self.parameters:
            return self.root / "book"
        return self.root / "_build" / "runs" / str(self.parameters.get("profile", "quick"))

    def job(self, chapter: Chapter) -> Job:
        """What the process that executes the chapter has to know."""
        official = self.output is None and not self.parameters
        target = str((self.folder / f"{chapter.name}.ipynb").resolve())
        return Job(str(self.root), chapter.name, target, dict(self.parameters), official)


def make_plan(
    root: Path,
    chapters: list[Chapter],
    given: Mapping[str, Any],
    *,
    jobs: int = 1,
    force: bool = False,
    output: Path | None = None,
    executor: str | None = None,
) -> Plan:
    """Check everything before any chapter starts.

    Raises
    ------
    ValueError, TypeError
        For a parameter that one of the chapters does not have or that has another type, ``jobs < 1``, a negative
        seed, or an output that is no folder.
    """
    if jobs < 1:
        raise ValueError(f"expected at least 1 job, got {jobs}")
    if given.get("seed", 0) < 0:
        raise ValueError(f"expected a seed of at least 0, got {given['seed']}; choose another")
    if output is not None and output.exists() and not output.is_dir():
        raise ValueError(f"expected a folder for the executed notebooks, got the file {output}; name another")
    for chapter in chapters:
        check_parameters(chapter, given)
    differing = {name: value for name, value in given.items() if DEFAULTS.get(name) != value}
    return Plan(root, tuple(chapters), differing, jobs, force, output, executor)


def run_chapters(plan: Plan, *, bars: bool = True) -> list[Outcome]:
    """Run the chapters of a plan; the back matter starts when all others are finished.

    Returns
    -------
    list of Outcome
        One a chapter, in the order of the plan. A failure does not stop the others.
    """
    load_items()
    outcomes: list[Outcome] = []
    for late in (False, True):
        outcomes += _run_wave(plan, [c for c in plan.chapters if c.is_back_matter is late], bars)
    return outcomes


def _run_wave(plan: Plan, chapters: list[Chapter], bars: bool) -> list[Outcome]:
    register = Register.load(plan.root / "data" / "register.yml")
    store = ResultStore(plan.root / "data" / "results")
    outcomes: dict[str, Outcome] = {}
    waiting = []
    for chapter in chapters:
        target = Path(plan.job(chapter).target)
        state = chapter_state(chapter, target, plan.parameters, register, store).state
        if state == "fresh" and not plan.force:
            outcomes[chapter.name] = Outcome(chapter.name, "fresh")
        else:
            waiting.append(chapter)
    events: queue.Queue[tuple[_Worker, dict[str, Any]]] = queue.Queue()
    running: set[_Worker] = set()
    try:
        while waiting or running:
            while waiting and len(running) < plan.jobs:
                running.add(_Worker(plan, waiting.pop(0), events, bars))
            worker, event = events.get()
            outcome = worker.take(event)
            if outcome is not None:
                running.discard(worker)
                outcomes[outcome.chapter] = outcome
    finally:
        for worker in running:
            worker.stop()
    return [outcomes[chapter.name] for chapter in chapters]


class _Worker:
    """One process with one chapter, and its bar."""

    def __init__(self, plan: Plan, chapter: Chapter, events: queue.Queue[Any], bars: bool):
        self.name = chapter.name
        self.outcome: Outcome | None = None
        self.log = plan.root / ".lossbar" / "logs" / f"{self.name}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lossbar_core.runs.execute"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment(plan),
                start_new_session=True,  # Ctrl-C reaches this process alone, which then stops the others
                text=True,
            )
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # it died at once; its exit code will say so
            self.process.stdin.write(plan.job(chapter).to_line())
            self.process.stdin.flush()
        self.bar = tqdm(desc=self.name, total=len(chapter.notebook.cells), unit="cell", disable=not bars)
        threading.Thread(target=self._listen, args=(events,), daemon=True).start()

    def _listen(self, events: queue.Queue[Any]) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                events.put((self, json.loads(line)))
        events.put((self, {"event": "end", "code": self.process.wait()}))

    def take(self, event: dict[str, Any]) -> Outcome | None:
        """Use one event; the outcome comes with the last one."""
        if event["event"] == "cell":
            self.bar.total = event["total"]
            self.bar.update(event["done"] - self.bar.n)
        elif event["event"] == "done":
            change = "" if event["changed"] else ", content unchanged"
            self.outcome = Outcome(self.name, "done", f"{event['seconds']:.0f} s{change}")
        elif event["event"] == "failed":
            self.outcome = Outcome(self.name, "failed", event["message"])
        else:
            self._close()
            died = f"its process ended with code {event['code']}; see {self.log}"
            return self.outcome or Outcome(self.name, "failed", died)
        return None

    def stop(self) -> None:
        """End the process, by force where it does not listen."""
        self._close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _close(self) -> None:
        """Close the bar, and the process's input, on which it ends."""
        self.bar.close()
        with suppress(BrokenPipeError):
            if self.process.stdin is not None:
                self.process.stdin.close()


def _environment(plan: Plan) -> dict[str, str]:
    """Same code, same repository, same order of sets in every process, and no more threads than cores."""
    threads = max(1, (os.cpu_count() or 1) // plan.jobs)
    inherited = os.environ.get("PYTHONPATH")
    return {
        **os.environ,
        **bounds(threads),
        **({VARIABLE: plan.executor} if plan.executor else {}),
        "TQDM_DISABLE": "1",  # the bar of a sweep would go into the notebook; `lossbar status` counts its tasks
        "PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), *([inherited] if inherited else [])]),
        "PYTHONHASHSEED": "0",
        "LOSSBAR_ROOT": str(plan.root),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
