"""Checkpoints of a relaxation: whole or absent, checked by a sum, of one request only."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

import numpy as np

from lossbar_core.checks import as_count

FACTS = "__facts__"  # entry of the plain values, JSON as bytes
SUM = "__sha256__"  # entry of the sum over all others


@dataclass(frozen=True)
class Checkpoint:
    """Where a run keeps its state, and how often: every ``every`` steps, by default 100 (chosen here).

    Every path method takes one, or a file name, as ``checkpoint=``. The state belongs to one request (method,
    surface, ends): another request that finds it is refused. A surface is known by its settings and its losses at two
    fixed vectors, a schedule of rates by its name only. A finished run removes it.

    Examples
    --------
    >>> Checkpoint("paths.npz", every=500)
    Checkpoint(file='paths.npz', every=500)
    """

    file: str | os.PathLike[str]
    every: int = 100

    def __post_init__(self) -> None:
        if not isinstance(self.file, (str, os.PathLike)):
            raise TypeError(
                f"expected a file name as checkpoint, got {self.file!r}; pass a string or a pathlib.Path"
            )
        as_count(self.every, "every")
        if File(self.file).is_dir():
            raise ValueError(
                f"expected a file as checkpoint, got the folder {self.file}; add a name such as paths.npz"
            )


class Keeper:
    """Reads, writes and removes the state of one request; without a checkpoint it does nothing.

    Parameters
    ----------
    checkpoint : Checkpoint, file name or None
    request : mapping
        What is computed, in plain values. Its sum is stored beside the state.
    """

    def __init__(self, checkpoint: Any, request: Mapping[str, Any]):
        if checkpoint is not None and not isinstance(checkpoint, Checkpoint):
            checkpoint = Checkpoint(checkpoint)
        self._checkpoint = checkpoint
        self._key = digest(request)

    def load(self) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
        """Arrays and facts of the interrupted run, None where there is none.

        Raises
        ------
        ValueError
            If the file is damaged, is no checkpoint, or belongs to another request.
        """
        if self._checkpoint is None or not File(self._checkpoint.file).exists():
            return None
        arrays, facts = read_arrays(self._checkpoint.file, "checkpoint")
        if facts.pop("request", None) != self._key:
            raise ValueError(
                f"expected the checkpoint of this run in {self._checkpoint.file}, got that of another method, "
                "surface or pair of ends; delete it or name another file"
            )
        return arrays, facts

    def due(self, step: int) -> bool:
        """Whether the state is to be written after this step (counted from 1)."""
        return self._checkpoint is not None and step % self._checkpoint.every == 0

    def save(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Replace the state on disk by this one."""
        if self._checkpoint is not None:
            write_arrays(self._checkpoint.file, arrays, {**facts, "request": self._key})

    def remove(self) -> None:
        """The run is finished: nothing to continue from."""
        if self._checkpoint is not None:
            File(self._checkpoint.file).unlink(missing_ok=True)


def digest(request: Mapping[str, Any]) -> str:
    """sha256 of plain values, independent of the order of their names.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()


def write_arrays(
    file: str | os.PathLike[str], arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]
) -> None:
    """Arrays and plain values as one .npz file, written beside the target, flushed to disk and renamed."""
    target = File(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    entries = {name: np.asarray(array) for name, array in arrays.items()}
    entries[FACTS] = np.frombuffer(json.dumps(dict(facts)).encode(), np.uint8)
    entries[SUM] = np.frombuffer(_sum(entries), np.uint8)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            np.savez(stream, **entries)  # type: ignore[arg-type]
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def read_arrays(
    file: str | os.PathLike[str], what: str = "file of arrays"
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and plain values that :func:`write_arrays` wrote; nothing is unpickled.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is damaged or was written by something else.
    """
    content = File(file).read_bytes()
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            entries = {name: stored[name] for name in stored.files}
        kept = entries.pop(SUM)
        if kept.tobytes() != _sum(entries):
            raise ValueError("its sum is another one")
        facts = json.loads(entries.pop(FACTS).tobytes())
    except (ValueError, KeyError, OSError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"expected an undamaged {what} of this library in {file}, got one that cannot be read ({error}); "
            "delete it and run again"
        ) from None
    return entries, facts


def _sum(entries: Mapping[str, np.ndarray]) -> bytes:
    """sha256 over names, kinds, shapes and bytes."""
    total = hashlib.sha256()
    for name in sorted(entries):
        array = np.ascontiguousarray(entries[name])
        total.update(f"{name} {array.dtype.str} {entries[name].shape};".encode())
        total.update(array.tobytes())
    return total.digest()
