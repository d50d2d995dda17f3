"""What the chapters call: run an item, show its verdict, open a chapter.

Everything shown is the same in every run of the same code: what the clock says (the volatile values of an
item) is taken from committed runs alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lossbar_core.provenance import machine_label
from lossbar_core.register import Check, Entry, Register, find_root
from lossbar_core.results import Record, ResultStore, compute, find_item
from lossbar_core.runs.chapters import find_chapters, items_of, parameters
from lossbar_core.runs.compute import described
from lossbar_core.runs.markdown import badge, escape, table
from lossbar_core.runs.timings import phrase, read_timings
from lossbar_core.verdicts import Verdict, judge, verdict

TIMED = "timed, see the committed run"


def run(item_id: str, profile: str | None = None, **overrides: Any) -> Record:
    """Run an item now.

    The first run of a profile in its own setting becomes the committed result; later runs leave it alone as
    long as it is fresh. Runs of the smoke profile, or with other parameters, are never stored.

    Parameters
    ----------
    item_id
        Id in the register, for instance ``"BSL-Fig2"``.
    profile
        ``"smoke"``, ``"quick"`` (default) or ``"paper"``; an item without that profile runs its quick one.
    overrides
        Fields of the item's configuration to replace, for instance ``seed=1``.

    Returns
    -------
    Record
        With ``values`` (numbers and texts) and ``arrays`` (for pictures).

    Raises
    ------
    ValueError, TypeError
        For an unknown item or field, or a value of another type, before any work starts.
    """
    item = find_item(item_id)
    chosen = profile if profile in item.profiles or profile not in ("smoke", "paper") else "quick"
    record = compute(item_id, chosen or "quick", overrides)
    own_setting = record.config == described(item.profiles[record.profile])
    if own_setting and record.profile != "smoke":
        ResultStore().save(record)
    return record


def committed(item_id: str) -> Record | None:
    """The best committed record of an item, or None; its volatile values may be shown."""
    return ResultStore().best(item_id)


def verdict_table(records: Iterable[Record | str], name: str, caption: str) -> None:
    """Show *item | paper | best committed run | this run | verdict* for the items of a chapter.

    Parameters
    ----------
    records
        Live records as :func:`run` returns them; an id stands for an item that this chapter does not run.
    name
        Label of the table, for instance ``"tab-verdicts-02"``.
    caption
        Caption in MyST.
    """
    register, store = Register.load(), ResultStore()
    rows = [verdict_row(register, store, record) for record in records]
    header = ["Item", "Paper", "Best committed run", "This run", "Verdict"]
    show(table(header, rows, caption=caption, name=name, css_class="verdict-cards"))


def verdict_row(register: Register, store: ResultStore, live: Record | str) -> list[str]:
    """Cells of one item in MyST."""
    item_id = live if isinstance(live, str) else live.id
    entry, best = register[item_id], store.best(item_id)
    judged = verdict(entry, best.values if best else None, best.profile if best else None)
    now = "not run here" if isinstance(live, str) else _this_run(entry, live, best)
    item = f"**{entry.id}**<br>{escape(entry.title)}<br>{escape(entry.place)}"
    return [
        item,
        escape(entry.paper_value),
        _best_run(entry, best, store),
        now,
        _verdict_cell(entry, judged, live),
    ]


def _measured(entry: Entry, record: Record, hidden: Sequence[str] = ()) -> list[str]:
    """The values that decide about the item, each in words."""
    checks: dict[str, Check] = {check.value: check for check in (*entry.contradicts, *entry.checks)}
    lines = []
    for check in checks.values():
        outcome = judge(check, record.values)
        measured = TIMED if check.value in hidden else outcome.problem or outcome.measured
        lines.append(f"{escape(outcome.label)}: {escape(measured)}")
    return lines


def _best_run(entry: Entry, best: Record | None, store: ResultStore) -> str:
    if best is None:
        return "none yet"
    where = f"{best.profile} profile, {machine_label(best.machine)}, {best.date[:10]}"
    state = store.freshness(best)
    if state.state != "fresh":
        where += f", {state}"
    return "<br>".join([*_measured(entry, best), f"*{escape(where)}*"])


def _this_run(entry: Entry, live: Record, best: Record | None) -> str:
    hidden = find_item(live.id).volatile
    shown = _measured(entry, live, hidden)
    same = best is not None and best.config == live.config and shown == _measured(entry, best, hidden)
    if same and not any(line.endswith(TIMED) for line in shown):
        return f"the same values ({live.profile} profile)"
    return "<br>".join([*shown, f"*{live.profile} profile*"])


def _verdict_cell(entry: Entry, judged: Verdict, live: Record | str) -> str:
    cell = f"{badge(judged.word)}<br>{escape(judged.reason)}"
    if isinstance(live, str) or find_item(live.id).volatile:
        return cell
    now = verdict(entry, live.values, live.profile)
    return (
        cell if now.word == judged.word else f"{cell}<br>this run: {badge(now.word)}<br>{escape(now.reason)}"
    )


def chapter_box(chapter: str, data: str = "none; everything is computed from formulas") -> None:
    """Open a chapter: the papers' sections, the items, the run time, the data and the parameters.

    Parameters
    ----------
    chapter
        Name or number of the chapter, for instance ``"02_barcodes"``.
    data
        What the chapter reads.
    """
    root, register = find_root(), Register.load()
    found = find_chapters(root, [chapter])[0]
    entries = [register[item] for item in items_of(found, register) if item in register]
    lines = [":::{admonition} At a glance", ":class: chapter-box", ""]
    for prefix, title in register.papers.items():
        places = [e.place for e in entries if e.paper == prefix]
        if places:
            lines.append(f"- **From** *{escape(title)}*: {escape('; '.join(dict.fromkeys(places)))}")
    if entries:
        lines.append(f"- **Items of the register:** {', '.join(escape(entry.id) for entry in entries)}")
    given = ", ".join(f"`{key} = {value!r}`" for key, value in parameters(found).items())
    lines += [f"- **Run time:** {phrase(read_timings(root).get(found.name))}"]
    lines += [f"- **Data:** {data}", f"- **Parameters:** {given}", ":::"]
    show("\n".join(lines))


def glue_values(record: Record, prefix: str, *, volatile: bool = False) -> None:
    """Make the scalars of a record available to the text as ``{glue:text}`prefix.name```.

    Parameters
    ----------
    record
        What to glue.
    prefix
        Put before every name, with a dot.
    volatile
        Glue what the clock says too; right for a committed record, never for a live one.
    """
    from myst_nb import glue

    hidden = () if volatile else find_item(record.id).volatile
    for name, value in record.values.items():
        if name not in hidden and isinstance(value, bool | int | float | str):
            glue(f"{prefix}.{name}", value, display=False)


def show(text: str) -> None:
    """Display MyST in the notebook."""
    from IPython.display import Markdown, display

    display(Markdown(text))
