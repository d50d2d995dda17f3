"""Sweeps that were interrupted: how many of their tasks are on disk."""

from __future__ import annotations

from lossbar_core.papers.base import ITEMS
from lossbar_core.results import ResultStore
from lossbar_core.runs.task_store import TaskStore
from lossbar_core.runs.tasks import make_tasks


def unfinished(results: ResultStore, store: TaskStore) -> dict[tuple[str, str], tuple[int, int]]:
    """Item and profile of every sweep without a usable result: how many tasks are finished, of how many.

    Sweeps that were never started are left out.
    """
    found = {}
    for name, item in ITEMS.items():
        if item.sweep is None or not any(store.root.glob(f"{item.sweep.task.__module__}.*")):
            continue
        for profile, config in item.profiles.items():
            if results.state(name, profile).usable:
                continue
            tasks = make_tasks(item.sweep.task, item.sweep.split(config))
            done = store.finished(tasks)
            if done:
                found[name, profile] = (done, len(tasks))
    return found
