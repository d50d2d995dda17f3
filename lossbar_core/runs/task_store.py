"""Finished tasks on disk: ``<root>/<function>/<key>.json`` with the ``.npz`` beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from lossbar_core.register import find_root
from lossbar_core.runs.atomic import locked
from lossbar_core.runs.checked_file import DamagedRecordError, read_checked, write_checked
from lossbar_core.runs.tasks import Task, TaskResult, content_key, plain

_FILE = re.compile(r"[0-9a-f]{64}\.json")
_STORED = tuple(f.name for f in fields(TaskResult) if f.name not in ("arrays", "resumed"))

_KINDS: dict[str, Any] = {
    **dict.fromkeys(("code", "values", "versions", "machine"), dict),
    **dict.fromkeys(("function", "date"), str),
    "seconds": int | float,
    "origin": dict | None,
}


@dataclass(frozen=True)
class StoredTask:
    """A file of the store: which call, by which code, and what came out."""

    function: str
    config: Any
    code: dict[str, str]
    result: TaskResult

    @property
    def key(self) -> str:
        """Content key, computed from the content."""
        return content_key(self.function, self.config, self.code)


class TaskStore:
    """Finished tasks under ``root`` (default: ``.lossbar/tasks`` of the repository)."""

    def __init__(self, root: Path | str | None = None):
        self.root = Path(root) if root is not None else find_root() / ".lossbar" / "tasks"

    def path(self, task: Task | StoredTask) -> Path:
        """File of a task."""
        return self.root / task.function / f"{task.key}.json"

    def load(self, task: Task) -> TaskResult | None:
        """Read the result of a task; None if there is none.

        Raises
        ------
        DamagedRecordError
            If a file was truncated, edited or renamed.
        """
        path = self.path(task)
        if not path.is_file():
            return None
        try:
            return read_task(path).result
        except (
            DamagedRecordError
        ):  # or another process has replaced one of the two files, and not yet the other
            with locked(path.parent / ".lock"):
                return read_task(path).result

    def save(self, task: Task, result: TaskResult) -> None:
        """Store the result of a task."""
        self.write(StoredTask(task.function, plain(task.config), dict(task.code), result))

    def write(self, stored: StoredTask) -> None:
        """Store a task as it was read elsewhere."""
        content = {name: getattr(stored.result, name) for name in _STORED}
        content |= {"function": stored.function, "config": stored.config, "code": stored.code, "format": 1}
        path = self.path(stored)
        # Two processes may finish the same task: the two files of one must not mix with those of the other.
        with locked(path.parent / ".lock"):
            write_checked(content, stored.result.arrays, path)

    def finished(self, tasks: Iterable[Task]) -> int:
        """Return how many of the tasks have a file, whole or not; nothing is read."""
        return sum(self.path(task).is_file() for task in tasks)

    def stored(self) -> Iterator[Path]:
        """Files of all tasks, sorted."""
        return (path for path in sorted(self.root.glob("*/*.json")) if _FILE.fullmatch(path.name))


def read_task(path: Path) -> StoredTask:
    """Read and check a file of a task store.

    Raises
    ------
    DamagedRecordError
        If it does not fit its checksum, is no task, or is not the task that its name says.
    """
    content, arrays = read_checked(path)
    if set(content) != {*_STORED, "function", "config", "code", "format"} or content["format"] != 1:
        raise DamagedRecordError(f"{path.name} does not have the fields of a task of format 1")
    if any(not isinstance(content[name], kind) for name, kind in _KINDS.items()):
        raise DamagedRecordError(f"{path.name} has a field of another type than a task's")
    result = TaskResult(arrays=arrays, **{name: content[name] for name in _STORED})
    stored = StoredTask(content["function"], content["config"], content["code"], result)
    if (path.parent.name, path.stem) != (stored.function, stored.key):
        raise DamagedRecordError(f"{path.name} holds another task than its name and folder say")
    return stored
