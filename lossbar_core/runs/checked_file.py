"""A JSON file and the arrays beside it, whole or recognised as damaged.

``<name>.json`` holds a dictionary with a checksum of its content; ``<name>.npz`` holds the arrays, and the
JSON holds its sha256. Both are written atomically, the JSON last.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lossbar_core.runs.atomic import sha256, write_atomically
from lossbar_core.runs.jsonable import canonical, decode, encode


class DamagedRecordError(ValueError):
    """A file of the store is truncated, edited or not a record."""


def write_checked(content: Mapping[str, Any], arrays: Mapping[str, np.ndarray], path: Path) -> None:
    """Write ``content`` to ``path`` (.json) and the arrays beside it (.npz).

    Parameters
    ----------
    content
        JSON-able; the names ``arrays`` and ``sha256`` are added.
    arrays
        Arrays of numbers or text; without any, there is no second file.
    path
        Where the JSON goes.
    """
    content, beside = dict(content), path.with_suffix(".npz")
    if arrays:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        content["arrays"] = {"names": sorted(arrays), "sha256": sha256(buffer.getvalue())}
        write_atomically(beside, buffer.getvalue())
    content["sha256"] = sha256(canonical(content).encode())
    text = json.dumps(encode(content), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_atomically(path, (text + "\n").encode())
    if not arrays:
        beside.unlink(missing_ok=True)


def read_checked(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what :func:`write_checked` wrote: the content without what was added, and the arrays.

    Raises
    ------
    DamagedRecordError
        If a file cannot be read or does not fit its checksum.
    """
    try:
        content = decode(json.loads(path.read_bytes()))
        claimed, described = content.pop("sha256"), content.get("arrays")
        arrays_sha = described["sha256"] if described else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedRecordError(f"{path.name} is not a whole record ({type(error).__name__})") from error
    if sha256(canonical(content).encode()) != claimed:
        raise DamagedRecordError(f"{path.name} does not fit its checksum; it was edited or cut short")
    content.pop("arrays", None)
    return content, _read_arrays(path.with_suffix(".npz"), arrays_sha) if arrays_sha else {}


def _read_arrays(path: Path, claimed: str) -> dict[str, np.ndarray]:
    data = path.read_bytes() if path.is_file() else b""
    if sha256(data) != claimed:
        raise DamagedRecordError(f"{path.name} does not fit its checksum; it is absent, edited or cut short")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DamagedRecordError(f"{path.name} holds something other than plain arrays: {error}") from error
