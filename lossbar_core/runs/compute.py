"""Run one item, live, and describe the run."""

from __future__ import annotations

import difflib
import inspect
import json
import time
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from lossbar_core.papers.base import ITEMS, Item, Result, config_dict
from lossbar_core.provenance import machine, versions
from lossbar_core.runs.atomic import sha256
from lossbar_core.runs.fingerprint import PACKAGE, code_fingerprint
from lossbar_core.runs.jsonable import canonical, decode, encode
from lossbar_core.runs.record import Record


def find_item(item_id: str) -> Item:
    """Return a registered item.

    Raises
    ------
    ValueError
        If no function computes it; the message names the nearest ids.
    """
    if item_id not in ITEMS:
        from lossbar_core.papers import load_items

        load_items()
    if item_id not in ITEMS:
        raise ValueError(f"no function computes item {item_id!r}{did_you_mean(item_id, ITEMS)}")
    return ITEMS[item_id]


def did_you_mean(word: str, known: Any) -> str:
    """The end of an error message about an unknown name.

    >>> did_you_mean("sede", ["seed", "n"])
    "; did you mean 'seed'?"
    """
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=3, cutoff=0.5)
    if near:
        return f"; did you mean {' or '.join(map(repr, near))}?"
    return f"; known: {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}" if names else ""


def configured(item: Item, profile: str, overrides: Mapping[str, Any] | None = None) -> Any:
    """Return the item's configuration of a profile with some fields replaced.

    Raises
    ------
    ValueError
        For a profile or a field that the item does not have.
    TypeError
        If a value is not of the type that the profile has there.
    """
    if profile not in item.profiles:
        raise ValueError(f"item {item.id} has no profile {profile!r}; it has {', '.join(item.profiles)}")
    config = item.profiles[profile]
    names = [entry.name for entry in fields(config)]
    checked = {}
    for name, value in (overrides or {}).items():
        if name not in names:
            raise ValueError(f"item {item.id} has no parameter {name!r}{did_you_mean(name, names)}")
        checked[name] = _like(value, getattr(config, name), f"parameter {name} of {item.id}")
    return replace(config, **checked)


def described(config: Any) -> dict[str, Any]:
    """A configuration as it is stored: plain JSON."""
    return json.loads(canonical(config_dict(config)))


def _like(value: Any, example: Any, what: str) -> Any:
    """Return ``value`` in the type of ``example``, if that loses nothing."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(example, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(example, tuple) and isinstance(value, list | tuple):
        model = example[0] if example else None
        return tuple(_like(entry, model, f"entry of {what}") for entry in value)
    if example is None or type(value) is type(example):
        return value
    raise TypeError(f"expected {type(example).__name__} as {what} (as in {example!r}), got {value!r}")


def compute(item_id: str, profile: str = "quick", overrides: Mapping[str, Any] | None = None) -> Record:
    """Run an item and return its record; nothing is stored.

    Parameters
    ----------
    item_id
        Id in the register, for instance ``"BSL-Fig2"``.
    profile
        ``"smoke"``, ``"quick"`` or ``"paper"``.
    overrides
        Fields of the profile's configuration to replace.

    Raises
    ------
    ValueError, TypeError
        For an unknown item, profile or field, or a value of another type, before any work starts.
    """
    item = find_item(item_id)
    config = configured(item, profile, overrides)
    start = time.perf_counter()
    result = item.function(config)
    seconds = time.perf_counter() - start
    _check(result, item)
    stored = described(config)
    return Record(
        id=item.id,
        profile=profile,
        config=stored,
        config_hash=sha256(canonical(stored).encode())[:16],
        seed=config.seed,
        dataset=None,
        code=item_code(item),
        versions=versions(),
        machine=machine(),
        device=stored.get("device") or "cpu",
        seconds=float(f"{seconds:.3g}"),
        date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        values=decode(encode(dict(result.values))),
        arrays=dict(result.arrays),
    )


def _check(result: Any, item: Item) -> None:
    if not isinstance(result, Result):
        raise TypeError(f"expected a Result from item {item.id}, got {type(result).__name__}")
    for name, array in result.arrays.items():
        if not isinstance(array, np.ndarray) or array.dtype.hasobject:
            raise TypeError(
                f"expected a numpy array of numbers or text as array {name!r} of {item.id}, got {array!r}"
            )


def item_code(item: Item) -> dict[str, str]:
    """Code fingerprint of an item: the modules that its function's module imports.

    A function of a notebook has no module; then the text of the function stands for it.
    """
    packages = {"lossbar_core": PACKAGE}
    top = item.module.partition(".")[0]
    if top not in packages:
        spec = find_spec(top) if top != "__main__" else None
        if spec is None or spec.origin is None:
            return {item.module: _source_hash(item)}
        origin = Path(spec.origin)
        packages[top] = origin.parent if spec.submodule_search_locations else origin.with_suffix("")
    return code_fingerprint([item.module], packages=packages)


def _source_hash(item: Item) -> str:
    try:
        return sha256(inspect.getsource(item.function).encode())[:16]
    except (OSError, TypeError):
        return "unknown"
