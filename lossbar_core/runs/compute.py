"""Run one item, live, and describe the run."""

from __future__ import annotations

import difflib
import inspect
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np

from lossbar_core.papers.base import ITEMS, Item, Result, config_dict
from lossbar_core.provenance import machine, versions
from lossbar_core.runs.atomic import sha256
from lossbar_core.runs.executors import executor_from
from lossbar_core.runs.fingerprint import modules_code
from lossbar_core.runs.jsonable import canonical, decode, encode
from lossbar_core.runs.record import Record
from lossbar_core.runs.sweep import run_tasks, summary
from lossbar_core.runs.task_store import TaskStore
from lossbar_core.runs.tasks import as_loaded, check_result, make_tasks


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


def compute(
    item_id: str,
    profile: str = "quick",
    overrides: Mapping[str, Any] | None = None,
    *,
    executor: str | None = None,
    resume: bool | None = None,
) -> Record:
    """Run an item and return its record; no record is stored, but the finished tasks of a sweep are.

    Parameters
    ----------
    item_id
        Id in the register, for instance ``"BSL-Fig2"``.
    profile
        ``"smoke"``, ``"quick"`` or ``"paper"``.
    overrides
        Fields of the profile's configuration to replace.
    executor
        Where the tasks of a sweep run, see :func:`lossbar_core.runs.executors.executor_from`.
    resume
        Take finished tasks from disk. By default all runs of sweeps do so but those that belong to the book, the smoke
        and quick profiles in their own setting: what they show, and how long it took, is computed now.

    Raises
    ------
    ValueError, TypeError
        For an unknown item, profile or field, or a value of another type, before any work starts.
    """
    item = find_item(item_id)
    config = configured(item, profile, overrides)
    _remember_code()
    code = as_loaded(item_code(item))
    if item.sweep is None:
        start = time.perf_counter()
        result, seconds = item.function(config), time.perf_counter() - start
        where, tasks = machine(), None
    else:
        live = profile != "paper" and config == item.profiles[profile]
        resume = not live if resume is None else resume
        store = None if live and profile == "smoke" else _task_store()
        result, seconds, tasks = _compute_sweep(item, config, executor, store, resume)
        where = tasks["places"][0]["machine"] if tasks["places"] else machine()
    check_result(result, f"item {item.id}")
    stored = described(config)
    return Record(
        id=item.id,
        profile=profile,
        config=stored,
        config_hash=sha256(canonical(stored).encode())[:16],
        seed=config.seed,
        dataset=None,
        code=code,
        versions=versions(),
        machine=where,
        device=stored.get("device") or "cpu",
        seconds=float(f"{seconds:.3g}"),
        date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        values=decode(encode(dict(result.values))),
        arrays=dict(result.arrays),
        tasks=tasks,
    )


def _task_store() -> TaskStore | None:
    """The repository's store of tasks; none outside a repository, where nothing is kept."""
    try:
        return TaskStore()
    except FileNotFoundError:
        if os.environ.get("LOSSBAR_ROOT"):  # named, but wrong
            raise
        return None


@cache
def _remember_code() -> None:
    """Note the code of all items before the first one runs, since their modules are loaded now.

    One that is edited while another item runs for hours would pass for the new code, and its record for fresh.
    """
    as_loaded(modules_code({function.__module__ for item in ITEMS.values() for function in _functions(item)}))


def _compute_sweep(
    item: Item, config: Any, executor: str | None, store: TaskStore | None, resume: bool
) -> tuple[Result, float, dict[str, Any]]:
    """Result of a sweep, seconds of its tasks and of gathering them, and where the tasks ran."""
    assert item.sweep is not None
    tasks = make_tasks(item.sweep.task, item.sweep.split(config))
    with executor_from(executor) as opened:
        found = run_tasks(tasks, opened, store, resume=resume, label=item.id)
    start = time.perf_counter()
    result = item.sweep.gather(config, [Result(task.values, task.arrays) for task in found])
    gathering = time.perf_counter() - start
    return result, gathering + sum(task.seconds for task in found), summary(found)


def item_code(item: Item) -> dict[str, str]:
    """Code fingerprint of an item: the modules that the modules of its functions import.

    A function of a notebook has no module; then its text stands for it.
    """
    functions = _functions(item)
    modules = {function.__module__ for function in functions}
    code = modules_code(modules)
    homeless = {m: [f for f in functions if f.__module__ == m] for m in sorted(modules) if m not in code}
    return {**code, **{module: _source_hash(found) for module, found in homeless.items()}}


def _functions(item: Item) -> list[Callable]:
    if item.sweep is None:
        return [item.function]
    return [item.sweep.gather, item.sweep.split, item.sweep.task]


def _source_hash(functions: list[Callable]) -> str:
    try:
        return sha256("".join(inspect.getsource(function) for function in functions).encode())[:16]
    except (OSError, TypeError):
        return "unknown"
