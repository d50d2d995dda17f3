"""What was measured: the store of records, which keeps the best of them and knows how fresh each is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lossbar_core.papers.base import ITEMS, PROFILES
from lossbar_core.provenance import machine_label
from lossbar_core.register import find_root
from lossbar_core.runs.compute import compute, described, find_item, item_code
from lossbar_core.runs.fingerprint import differences
from lossbar_core.runs.record import DamagedRecordError, Record, read_record, write_record

__all__ = ["DamagedRecordError", "Freshness", "Record", "ResultStore", "compute", "find_item"]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


@dataclass(frozen=True)
class Freshness:
    """``fresh``, ``stale``, ``missing`` or ``foreign`` (imported from another machine), with the reasons."""

    state: str
    reasons: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether a chapter may show the record: fresh, or computed elsewhere by the same code."""
        return self.state in ("fresh", "foreign")

    def __str__(self) -> str:
        return f"{self.state} ({'; '.join(self.reasons)})" if self.reasons else self.state


class ResultStore:
    """The committed results under ``root`` (default: ``data/results`` of the repository)."""

    def __init__(self, root: Path | str | None = None):
        self.root = Path(root) if root is not None else find_root() / "data" / "results"

    def path(self, item_id: str, profile: str) -> Path:
        """File of a record.

        Raises
        ------
        ValueError
            If the id cannot name a folder or the profile is unknown.
        """
        if not _ID.fullmatch(item_id):
            raise ValueError(f"expected an item id of letters, digits and . _ + -, got {item_id!r}")
        if profile not in PROFILES:
            raise ValueError(f"expected a profile among {', '.join(PROFILES)}, got {profile!r}")
        return self.root / item_id / f"{profile}.json"

    def stored(self) -> Iterator[tuple[str, str]]:
        """Item and profile of every stored record, sorted by item, then from the smallest profile up."""
        for folder in sorted(self.root.glob("*/")):
            for profile in PROFILES:
                if (folder / f"{profile}.json").is_file():
                    yield folder.name, profile

    def load(self, item_id: str, profile: str) -> Record | None:
        """Read a record; None if there is none.

        Raises
        ------
        DamagedRecordError
            If a file was truncated or edited: its checksum does not fit.
        """
        path = self.path(item_id, profile)
        return read_record(path) if path.is_file() else None

    def best(self, item_id: str) -> Record | None:
        """Readable record of the largest profile that was ever run, or None."""
        for profile in reversed(PROFILES):
            try:
                record = self.load(item_id, profile)
            except DamagedRecordError:
                continue
            if record is not None:
                return record
        return None

    def save(self, record: Record, *, force: bool = False) -> bool:
        """Store a record unless a usable one of its profile is there; say whether it was stored.

        ``force`` replaces a usable record too. Records of other profiles are never touched.
        """
        path = self.path(record.id, record.profile)
        if not force and self.state(record.id, record.profile).usable:
            return False
        write_record(record, path)
        return True

    def state(self, item_id: str, profile: str) -> Freshness:
        """Freshness of what is stored for an item and a profile; a damaged file is stale."""
        try:
            return self.freshness(self.load(item_id, profile))
        except DamagedRecordError as error:
            return Freshness("stale", (f"file: {error}",))

    def freshness(self, record: Record | None) -> Freshness:
        """Compare a record with the configuration and the code of today."""
        if record is None:
            return Freshness("missing", ("never run",))
        item = ITEMS.get(record.id)
        if item is None:
            return Freshness("stale", ("item: no function computes it any more",))
        if record.profile not in item.profiles:
            return Freshness("stale", (f"config: the item has no profile {record.profile!r} any more",))
        current = described(item.profiles[record.profile])
        reasons = _config_differences(record.config, current) + differences(record.code, item_code(item))
        if reasons:
            return Freshness("stale", tuple(reasons))
        if record.origin is not None:
            return Freshness(
                "foreign", (f"imported from {record.origin['from']}: {machine_label(record.machine)}",)
            )
        return Freshness("fresh")


def _config_differences(recorded: dict[str, Any], current: dict[str, Any]) -> list[str]:
    reasons = []
    for name in sorted(set(recorded) | set(current)):
        if recorded.get(name) != current.get(name):
            reasons.append(f"config: {name} {recorded.get(name, 'absent')} -> {current.get(name, 'absent')}")
    return reasons
