"""How fresh every chapter and every result is, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lossbar_core.papers.base import ITEMS, PROFILES
from lossbar_core.register import Register
from lossbar_core.results import Freshness, ResultStore
from lossbar_core.runs.chapters import Chapter, fingerprint
from lossbar_core.runs.fingerprint import differences


def chapter_state(
    chapter: Chapter,
    target: Path,
    given: Mapping[str, Any],
    register: Register,
    store: ResultStore,
) -> Freshness:
    """Compare an executed notebook with its source, parameters, code and data of today.

    Parameters
    ----------
    chapter
        The source.
    target
        The executed notebook.
    given
        Parameters other than the defaults.
    register, store
        What the chapter's tables show.
    """
    if not target.is_file():
        return Freshness("missing", ("never run",))
    try:
        recorded = json.loads(target.read_bytes())["metadata"]["lossbar"]
        differing = _parameters(recorded["parameters"], given)
        current = fingerprint(chapter, register, store)
        if recorded["source"] != current["source"]:
            differing.append(f"source: notebooks/{chapter.name}.md changed")
        differing += differences(recorded["code"], current["code"])
        differing += _data(recorded["data"], current["data"])
    except (ValueError, KeyError, TypeError) as error:
        return Freshness("stale", (f"file: {target.name} is no executed chapter ({type(error).__name__})",))
    return Freshness("stale", tuple(differing)) if differing else Freshness("fresh")


def _parameters(recorded: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    return [
        f"parameters: {name} {recorded.get(name, 'default')} -> {given.get(name, 'default')}"
        for name in sorted(set(recorded) | set(given))
        if recorded.get(name) != given.get(name)
    ]


def _data(recorded: Mapping[str, str], current: Mapping[str, str]) -> list[str]:
    names = sorted(set(recorded) | set(current))
    return [
        f"data: what is known of {name} changed" for name in names if recorded.get(name) != current.get(name)
    ]


def item_states(store: ResultStore) -> dict[tuple[str, str], Freshness]:
    """State of every stored record, and of the quick profile of every item without one."""
    keys = set(store.stored())
    stored = {item for item, _ in keys}
    keys |= {(item, "quick") for item in ITEMS if item not in stored}
    ordered = sorted(keys, key=lambda key: (key[0], PROFILES.index(key[1])))
    return {key: store.state(*key) for key in ordered}
