"""A record: one run of one item with its provenance, and its two files.

``<profile>.json`` holds everything but the arrays, with a checksum of its content; ``<profile>.npz`` holds
the arrays, and the JSON holds its sha256. Both are written atomically, the JSON last.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from lossbar_core.runs.atomic import sha256, write_atomically
from lossbar_core.runs.jsonable import canonical, decode, encode


class DamagedRecordError(ValueError):
    """A file of the store is truncated, edited or not a record."""


@dataclass(frozen=True)
class Record:
    """One run of one item: what was asked, what came out, and where, when and by which code.

    ``seconds`` is the wall time of the item's function, ``date`` the UTC time of its end in ISO 8601.
    ``origin`` is None for a result of this repository, else where it was imported from; ``dataset`` is
    None for items that need no data.
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


def write_record(record: Record, path: Path) -> None:
    """Write a record to ``path`` (.json) and its arrays beside it (.npz)."""
    content = {f.name: getattr(record, f.name) for f in fields(record) if f.name != "arrays"}
    content["format"] = 1
    arrays = path.with_suffix(".npz")
    if record.arrays:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **record.arrays)
        content["arrays"] = {"names": sorted(record.arrays), "sha256": sha256(buffer.getvalue())}
        write_atomically(arrays, buffer.getvalue())
    content["sha256"] = sha256(canonical(content).encode())
    text = json.dumps(encode(content), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_atomically(path, (text + "\n").encode())
    if not record.arrays:
        arrays.unlink(missing_ok=True)


def read_record(path: Path) -> Record:
    """Read and check a record.

    Raises
    ------
    DamagedRecordError
        If the JSON cannot be read, misses a field, or does not fit a checksum.
    """
    try:
        content = decode(json.loads(path.read_bytes()))
        claimed, described = content.pop("sha256"), content.get("arrays")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedRecordError(f"{path.name} is not a whole record ({type(error).__name__})") from error
    if sha256(canonical(content).encode()) != claimed:
        raise DamagedRecordError(f"{path.name} does not fit its checksum; it was edited or cut short")
    names = {f.name for f in fields(Record)} - {"arrays"}
    if set(content) - {"arrays", "format"} != names or content["format"] != 1:
        raise DamagedRecordError(f"{path.name} does not have the fields of a record of format 1")
    arrays = _read_arrays(path.with_suffix(".npz"), described["sha256"]) if described else {}
    return Record(arrays=arrays, **{name: content[name] for name in names})


def _read_arrays(path: Path, claimed: str) -> dict[str, np.ndarray]:
    data = path.read_bytes() if path.is_file() else b""
    if sha256(data) != claimed:
        raise DamagedRecordError(f"{path.name} does not fit its checksum; it is absent, edited or cut short")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except ValueError as error:
        raise DamagedRecordError(f"{path.name} holds something other than plain arrays: {error}") from error
