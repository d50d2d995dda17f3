"""Finished tasks from elsewhere: taken over after checks, so that a sweep goes on from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from lossbar_core.provenance import machine
from lossbar_core.runs.checked_file import DamagedRecordError
from lossbar_core.runs.fingerprint import differences, modules_code
from lossbar_core.runs.task_store import StoredTask, TaskStore, read_task
from lossbar_core.runs.tasks import modules_of


@dataclass(frozen=True)
class Checked:
    """One record, or some tasks, and what was found: ``imported``, ``skipped``, ``rejected``; ``ok`` or ``bad``."""

    id: str
    profile: str
    state: str
    reason: str = ""


def import_tasks(folder: Path, store: TaskStore, *, force: bool = False) -> list[Checked]:
    """Take over the tasks of another store that are whole, of today's code, and not here already.

    Parameters
    ----------
    folder
        Holds ``tasks/<function>/<key>.json`` or is that folder ``tasks``, for instance another machine's ``.lossbar``.
    store
        Where they go; the machine they came from stays in them.
    force
        Also replace those that are here. Tasks of other code are never taken: their keys say that they belong to it.

    Returns
    -------
    list of Checked
        One for all tasks of a function with which the same happened; empty if there are no tasks in the folder.
    """
    source = TaskStore(folder / "tasks" if (folder / "tasks").is_dir() else folder)
    codes: dict[tuple[str, ...], dict[str, str]] = {}
    origin = {"from": folder.resolve().name, "imported": datetime.now(UTC).strftime("%Y-%m-%d")}
    found = [_import_one(path, store, codes, origin, force) for path in source.stored()]
    return _grouped(found)


def _import_one(
    path: Path,
    store: TaskStore,
    codes: dict[tuple[str, ...], dict[str, str]],
    origin: dict[str, str],
    force: bool,
) -> Checked:
    name = path.parent.name
    try:
        task = read_task(path)
        modules = modules_of(task.function, task.config)
        if modules not in codes:
            codes[modules] = modules_code(modules)
    except DamagedRecordError as error:
        return Checked(name, "task", "rejected", str(error))
    except (ValueError, TypeError, AttributeError, ImportError) as error:
        return Checked(
            name, "task", "rejected", f"{path.name} names no code ({type(error).__name__}: {error})"
        )
    module = task.function.rpartition(".")[0]
    if module not in codes[modules]:
        return Checked(name, "task", "rejected", f"there is no module {module} here")
    reasons = differences(task.code, codes[modules])
    if reasons:
        return Checked(name, "task", "skipped", "; ".join(reasons))
    if not force and _is_here(store, task):
        return Checked(name, "task", "skipped", "here already (--force replaces it)")
    if task.result.machine != machine() and task.result.origin is None:
        task = replace(task, result=replace(task.result, origin=origin))
    store.write(task)
    return Checked(name, "task", "imported")


def _is_here(store: TaskStore, task: StoredTask) -> bool:
    try:
        return read_task(store.path(task)).key == task.key
    except (DamagedRecordError, OSError):
        return False


def _grouped(found: Iterable[Checked]) -> list[Checked]:
    counts = Counter(found)
    return [
        replace(one, profile="1 task" if count == 1 else f"{count} tasks") for one, count in counts.items()
    ]
