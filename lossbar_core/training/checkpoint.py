"""Checkpoints of long runs: one .npz file, replaced in one step, that only the same run takes up again."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

KEY = "settings_sha256"


def key_of(settings: Mapping[str, Any]) -> str:
    """sha256 of plain settings, the same in every process.

    Examples
    --------
    >>> key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()


def save(path: Path, key: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Replace the file by these arrays: a killed process leaves the old file or the new one.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    stream = io.BytesIO()
    named: dict[str, Any] = {KEY: np.array(key), **arrays}
    np.savez(stream, **named)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(stream.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def load(path: Path, key: str) -> dict[str, np.ndarray] | None:
    """The arrays of an earlier, unfinished run with the same settings, or None where there is no file.

    Raises
    ------
    ValueError
        If the file is broken, or of a run with other settings.
    """
    if not path.exists():
        return None
    try:
        # From bytes: np.load leaves a file open that it cannot read.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        saved = str(arrays.pop(KEY))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"expected {path} to be a checkpoint, got a file that cannot be read ({error}); delete it to start afresh"
        ) from None
    if saved != key:
        raise ValueError(
            f"expected {path} to be a checkpoint of this run, got one with other settings; delete it, or name another "
            "file"
        )
    return arrays


def as_file(checkpoint: Any) -> Path | None:
    """The checkpoint's path, in a folder that exists.

    Raises
    ------
    TypeError
        If it is no path.
    ValueError
        If its folder does not exist, or it is a folder itself, or does not end in .npz.
    """
    if checkpoint is None:
        return None
    if not isinstance(checkpoint, (str, Path)):
        raise TypeError(f"expected checkpoint as a path, got {checkpoint!r}; pass 'folder/name.npz'")
    path = Path(checkpoint)
    if path.suffix != ".npz" or not path.parent.is_dir() or path.is_dir():
        raise ValueError(
            f"expected checkpoint as an .npz file in a folder that exists, got {str(path)!r}; make the folder first"
        )
    return path
