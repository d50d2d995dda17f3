"""Run times of the chapters: ``data/runs.json``, committed, changed only when a chapter's content changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lossbar_core.provenance import machine
from lossbar_core.runs.atomic import write_atomically

UNKNOWN = "not measured for this book yet"


def read_timings(root: Path) -> dict[str, dict[str, Any]]:
    """Chapter to ``{profile, seconds, machine, date}``; empty if there is no file yet."""
    path = root / "data" / "runs.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def record_timing(root: Path, chapter: str, profile: str, seconds: float) -> dict[str, Any]:
    """Store and return the entry of a chapter; the caller holds the lock of the repository's runs."""
    entry = {
        "profile": profile,
        "seconds": float(f"{seconds:.2g}"),
        "machine": machine(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
    }
    timings = {**read_timings(root), chapter: entry}
    text = json.dumps(timings, indent=1, sort_keys=True) + "\n"
    write_atomically(root / "data" / "runs.json", text.encode())
    return entry


def phrase(entry: dict[str, Any] | None) -> str:
    """Run time in words.

    >>> two_cores = {"cpu": "Z80", "cores": 2}
    >>> phrase({"profile": "quick", "seconds": 75.0, "machine": two_cores, "date": "2026-11-21"})
    '75 s in the quick profile on 2 cores (Z80, 2026-11-21)'
    >>> phrase(None)
    'not measured for this book yet'
    """
    if entry is None:
        return UNKNOWN
    described = f"{entry['machine']['cpu']}, {entry['date']}"
    seconds = f"{entry['seconds']:.0f}" if entry["seconds"] >= 10 else f"{entry['seconds']:.1f}"
    return f"{seconds} s in the {entry['profile']} profile on {entry['machine']['cores']} cores ({described})"
