"""A record: one run of one item with its provenance, and its two files.

``<profile>.json`` holds everything but the arrays, ``<profile>.npz`` the arrays; see
:mod:`lossbar_core.runs.checked_file`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from lossbar_core.runs.checked_file import DamagedRecordError, read_checked, write_checked

__all__ = ["DamagedRecordError", "Record", "read_record", "write_record"]


@dataclass(frozen=True)
class Record:
    """One run of one item: what was asked, what came out, and where, when and by which code.

    ``seconds`` is the wall time of the item's function; for a sweep the sum over its tasks, wherever and
    whenever they ran, and of gathering them. ``date`` is the UTC time of its end in ISO 8601.
    ``origin`` is None for a result of this repository, else where it was imported from; ``dataset`` is
    None for items that need no data. ``tasks`` is None but for a sweep: its number of tasks, how many were
    on disk already, and on which machines how many of them ran (``machine`` is the one with most seconds).
    """

    id: str
    profile: str
    config: dict[str, Any]
    config_hash: str
    seed: int
    dataset: dict[str, str] | None
    code: dict[str, str]
    versions: dict[str, str]
    machine: dict[str, str | int]
    device: str
    seconds: float
    date: str
    values: dict[str, Any]
    arrays: dict[str, np.ndarray] = field(default_factory=dict, compare=False)
    origin: dict[str, str] | None = None
    tasks: dict[str, Any] | None = None


def write_record(record: Record, path: Path) -> None:
    """Write a record to ``path`` (.json) and its arrays beside it (.npz)."""
    content = {f.name: getattr(record, f.name) for f in fields(record) if f.name != "arrays"}
    if content["tasks"] is None:  # as every record was before there were sweeps
        del content["tasks"]
    write_checked({**content, "format": 1}, record.arrays, path)


def read_record(path: Path) -> Record:
    """Read and check a record.

    Raises
    ------
    DamagedRecordError
        If the JSON cannot be read, misses a field, or does not fit a checksum.
    """
    content, arrays = read_checked(path)
    needed = {f.name for f in fields(Record)} - {"arrays", "tasks"}
    if set(content) - {"tasks", "format"} != needed or content.get("format") != 1:
        raise DamagedRecordError(f"{path.name} does not have the fields of a record of format 1")
    del content["format"]
    return Record(arrays=arrays, **content)
