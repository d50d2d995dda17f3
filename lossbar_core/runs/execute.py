"""Execute one chapter in a process of its own: ``python -m lossbar_core.runs.execute``.

The job comes as one line of JSON on standard input; progress goes out as lines of JSON on standard output.
Standard input stays open: when it ends, the parent is gone, and this process ends with its kernel. Nothing
is written to the place of the result before the chapter has run through.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lossbar_core.papers import load_items
from lossbar_core.register import Register
from lossbar_core.results import ResultStore
from lossbar_core.runs.atomic import locked, write_atomically
from lossbar_core.runs.chapters import Chapter, fingerprint
from lossbar_core.runs.executors import SERIAL, VARIABLE
from lossbar_core.runs.notebook import errors, normalise, prepare, to_bytes
from lossbar_core.runs.timings import phrase, read_timings, record_timing


@dataclass(frozen=True)
class Job:
    """What to run, how, and where to put it; ``official`` when it is the committed run of the book."""

    root: str
    chapter: str
    target: str
    parameters: dict[str, Any] = field(default_factory=dict)
    official: bool = True

    def to_line(self) -> str:
        """One line of JSON, as the process that executes it reads it."""
        return json.dumps(asdict(self)) + "\n"


class ChapterError(RuntimeError):
    """A cell of a chapter failed."""


def execute(job: Job, progress: Callable[[int, int], None]) -> bool:
    """Run a chapter and move the result to its place; say whether its content changed.

    Parameters
    ----------
    job
        What to run.
    progress
        Called with the number of cells that are done and their total.

    Raises
    ------
    ChapterError
        If a cell fails; the executed notebook is kept as ``.lossbar/failed/<chapter>.ipynb``.
    """
    chapter = Chapter(Path(job.root), job.chapter)
    load_items()
    before = _fingerprint(chapter)
    shown = phrase(read_timings(chapter.root).get(chapter.name))
    start = time.perf_counter()
    executed = _run_papermill(chapter, job.parameters, progress)
    seconds = time.perf_counter() - start
    profile = job.parameters.get("profile", "quick")
    described = {"profile": profile, "parameters": job.parameters, **before}
    target = Path(job.target)
    with locked(chapter.root / ".lossbar" / "lock"):
        described["data"] = _fingerprint(chapter)["data"]  # the run itself may have stored results
        notebook = normalise(executed, chapter, described)
        changed = _content(notebook, shown) != _content(_existing(target), shown)
        here = os.environ.get(VARIABLE, SERIAL) == SERIAL  # the time of a cluster is not the chapter's
        if job.official and here and not chapter.is_back_matter:
            known = chapter.name in read_timings(chapter.root)
            if changed or not known:
                entry = record_timing(chapter.root, chapter.name, profile, seconds)
                notebook = _replace(notebook, shown, phrase(entry))
        write_atomically(target, to_bytes(notebook))
    return changed


def _fingerprint(chapter: Chapter) -> dict[str, Any]:
    data = chapter.root / "data"
    return fingerprint(chapter, Register.load(data / "register.yml"), ResultStore(data / "results"))


def _existing(target: Path) -> Any:
    import nbformat

    try:
        return nbformat.read(target, as_version=4)
    except (OSError, ValueError):  # absent, or not a whole notebook
        return None


def _content(notebook: Any, shown: str) -> str | None:
    """Cells of a notebook as text, without the run time that it shows."""
    return (
        json.dumps(notebook.cells, sort_keys=True).replace(json.dumps(shown)[1:-1], "") if notebook else None
    )


def _replace(notebook: Any, old: str, new: str) -> Any:
    """Show the new run time where the chapter showed the old one."""
    import nbformat

    old, new = (json.dumps(text, ensure_ascii=False)[1:-1] for text in (old, new))
    text = nbformat.writes(notebook).replace(old, new)
    return nbformat.reads(text, as_version=4)


def _run_papermill(chapter: Chapter, given: dict[str, Any], progress: Callable[[int, int], None]) -> Any:
    import nbformat
    import papermill

    _register_engine(progress)
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "source.ipynb", Path(folder) / "output.ipynb"
        source.write_bytes(to_bytes(prepare(chapter)))
        try:
            papermill.execute_notebook(
                source,
                output,
                parameters=given,
                engine_name="lossbar",
                kernel_name="python3",
                cwd=chapter.root / "notebooks",
                progress_bar=False,
                request_save_on_cell_execute=False,
            )
        except Exception as error:
            _keep_failed(chapter, output)
            failed = errors(nbformat.read(output, as_version=4)) if output.is_file() else []
            raise ChapterError(failed[0] if failed else f"{type(error).__name__}: {error}") from error
        notebook = nbformat.read(output, as_version=4)
    if errors(notebook):  # a cell tagged raises-exception does not stop papermill
        raise ChapterError(errors(notebook)[0])
    return notebook


def _keep_failed(chapter: Chapter, output: Path) -> None:
    if output.is_file():
        write_atomically(chapter.root / ".lossbar" / "failed" / f"{chapter.name}.ipynb", output.read_bytes())


def _register_engine(progress: Callable[[int, int], None]) -> None:
    """Give papermill an engine that reports every finished cell."""
    from papermill.engines import NBClientEngine, papermill_engines

    class ReportingEngine(NBClientEngine):
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
            """Execute as papermill does, and report every cell."""
            complete, total = nb_man.cell_complete, len(nb_man.nb.cells)

            def cell_complete(cell: Any, cell_index: int | None = None, **more: Any) -> None:
                complete(cell, cell_index=cell_index, **more)
                progress((cell_index or 0) + 1, total)

            nb_man.cell_complete = cell_complete
            return super().execute_managed_notebook(nb_man, kernel_name, **options)

    papermill_engines.register("lossbar", ReportingEngine)


def _end_with_parent() -> None:
    """Wait for the end of standard input, then end the kernel, however busy it is, and this process."""
    import psutil  # comes with the kernel

    sys.stdin.read()
    for child in psutil.Process().children(recursive=True):
        child.kill()
    os._exit(1)


def main() -> int:
    """Read a job, run it, report."""
    events = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever a library or a kernel prints belongs to the log, not between the events
    job = Job(**json.loads(sys.stdin.readline()))
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def send(**event: Any) -> None:
        events.write(json.dumps(event) + "\n")

    start = time.perf_counter()
    try:
        changed = execute(job, lambda done, total: send(event="cell", done=done, total=total))
    except Exception as error:
        import traceback

        traceback.print_exc()
        send(event="failed", message=str(error))
        return 1
    send(event="done", changed=changed, seconds=round(time.perf_counter() - start, 2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
