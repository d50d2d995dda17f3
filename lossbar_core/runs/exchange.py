"""Results from elsewhere: import them after checks; verify those that are here."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from lossbar_core.provenance import machine
from lossbar_core.results import DamagedRecordError, Record, ResultStore, compute, find_item
from lossbar_core.runs.exchange_tasks import Checked, import_tasks
from lossbar_core.runs.sweep import SweepError
from lossbar_core.runs.task_store import TaskStore

__all__ = ["Checked", "import_results", "verify"]

RELATIVE, ABSOLUTE = 1e-9, 1e-12  # two machines may sum in another order


def import_results(
    folder: Path, store: ResultStore, *, force: bool = False, tasks: TaskStore | None = None
) -> list[Checked]:
    """Take over the records, and the finished tasks, of another store that are whole, current, and not here already.

    Parameters
    ----------
    folder
        A store's root: ``<item>/<profile>.json`` with the ``.npz`` beside it; see `import_tasks` for tasks.
    store
        Where records go; the machine they came from stays in the record.
    force
        Also take records whose code or configuration differs from today's, and replace what is here.
    tasks
        Where tasks go; they are left alone without it.

    Raises
    ------
    ValueError
        If the folder holds neither records nor tasks.
    """
    source = ResultStore(folder)
    found = list(source.stored()) if folder.is_dir() else []
    checked = [_import_one(source, store, *key, force=force) for key in found]
    if tasks is not None:
        checked += import_tasks(folder, tasks, force=force)
    if not checked:
        raise ValueError(
            f"expected records <item>/<profile>.json or tasks/<function>/<key>.json in {folder}, found none"
        )
    return checked


def _import_one(
    source: ResultStore, store: ResultStore, item_id: str, profile: str, *, force: bool
) -> Checked:
    try:
        record = source.load(item_id, profile)
        find_item(item_id)
    except ValueError as error:  # damaged, or an item that nothing computes
        return Checked(item_id, profile, "rejected", str(error))
    if record is None or (record.id, record.profile) != (item_id, profile):
        return Checked(
            item_id, profile, "rejected", "the record is of another item or profile than its file's name"
        )
    state = store.freshness(record)
    if not state.usable and not force:
        return Checked(item_id, profile, "skipped", f"{'; '.join(state.reasons)} (--force takes it)")
    if record.machine != machine():
        today = datetime.now(UTC).strftime("%Y-%m-%d")
        record = replace(record, origin={"from": source.root.resolve().name, "imported": today})
    if not store.save(record, force=force):
        return Checked(
            item_id, profile, "skipped", "a fresh record of this profile is here (--force replaces it)"
        )
    return Checked(item_id, profile, "imported")


def verify(
    store: ResultStore, ids: list[str], *, profile: str | None = None, recompute: bool = False
) -> Iterator[Checked]:
    """Read every record again and check it; on request run it again and compare what is not volatile.

    Parameters
    ----------
    store
        What to verify.
    ids
        Items to verify; all when empty.
    profile
        The only profile to verify; all by default.
    recompute
        Run the items again, in the recorded profile. Records that are stale are not run.
    """
    for item_id, stored in store.stored():
        if (ids and item_id not in ids) or profile not in (None, stored):
            continue
        try:
            record = store.load(item_id, stored)
        except DamagedRecordError as error:
            yield Checked(item_id, stored, "bad", str(error))
            continue
        assert record is not None
        problem = _recomputed(record, store) if recompute else ""
        yield Checked(item_id, stored, "bad" if problem else "ok", problem)


def _recomputed(record: Record, store: ResultStore) -> str:
    """Why a record cannot be confirmed by running it again, or nothing."""
    state = store.freshness(record)
    if not state.usable:
        return str(state)
    try:
        again = compute(record.id, record.profile, resume=False)
    except SweepError as error:
        return str(error)
    hidden = find_item(record.id).volatile
    differing = [
        f"{name}: {recorded.get(name)!r} recorded, {now.get(name)!r} now"
        for recorded, now in ((record.values, again.values), (record.arrays, again.arrays))
        for name in sorted(set(recorded) | set(now))
        if name not in hidden and not _agree(recorded.get(name), now.get(name))
    ]
    return "; ".join(differing)


def _agree(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.shape != b.shape or a.dtype.kind != b.dtype.kind:
            return False
        inexact = a.dtype.kind in "fc"
        return bool(
            np.allclose(a, b, RELATIVE, ABSOLUTE, equal_nan=True) if inexact else np.array_equal(a, b)
        )
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_agree, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=RELATIVE, abs_tol=ABSOLUTE) or (math.isnan(a) and math.isnan(b))
    return type(a) is type(b) and bool(a == b)
