"""One item in plain text, for the command line."""

from __future__ import annotations

import textwrap

from lossbar_core.provenance import machine_label
from lossbar_core.register import Entry
from lossbar_core.results import Freshness, Record
from lossbar_core.verdicts import format_number, verdict


def describe(entry: Entry, record: Record | None, state: Freshness) -> str:
    """What the register says about an item, what was measured, where, and the verdict.

    Parameters
    ----------
    entry
        The item.
    record, state
        The result to show, or None, and how fresh it is.
    """
    lines = [f"{entry.id}: {entry.title} ({entry.paper}, {entry.place})"]
    for name, text in (("paper", entry.paper_value), ("criterion", entry.criterion)):
        lines += textwrap.wrap(f"{name}: {text}", 100, subsequent_indent="  ")
    judged = verdict(entry, record.values if record else None, record.profile if record else None)
    lines.append(f"verdict: {judged}")
    lines += [f"  {'+' if outcome.passed else '-'} {outcome.text}" for outcome in judged.outcomes]
    lines.append(f"state: {state}")
    if record is not None:
        lines.append(
            f"run: {record.profile} profile, {record.seconds:g} s, {record.date}, seed {record.seed}"
        )
        lines.append(f"machine: {machine_label(record.machine)} ({record.device})")
        lines += _tasks(record)
        lines.append("versions: " + ", ".join(f"{name} {v}" for name, v in record.versions.items()))
        lines.append("config: " + ", ".join(f"{name}={value!r}" for name, value in record.config.items()))
        lines.append(f"code: {len(record.code)} modules")
        lines += [
            f"  {name} = {_short(format_number(value, 6))}" for name, value in sorted(record.values.items())
        ]
        lines += [f"  {name}: {a.dtype} {a.shape}" for name, a in sorted(record.arrays.items())]
    return "\n".join(lines)


def _tasks(record: Record) -> list[str]:
    """Where the tasks of a sweep ran, if it was one."""
    if record.tasks is None:
        return []
    told = record.tasks
    head = f"tasks: {told['count']} in {told['seconds']:g} s, {told['resumed']} of them from an earlier run"
    return [head, *(f"  {p['tasks']} on {machine_label(p['machine'])}" for p in told["places"])]


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."
