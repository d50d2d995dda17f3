"""What the back matter shows: the scoreboard, and where the committed results come from."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from importlib import metadata

from lossbar_core.papers import load_items
from lossbar_core.provenance import machine_label
from lossbar_core.register import Entry, Register, find_root
from lossbar_core.results import Freshness, Record, ResultStore
from lossbar_core.runs.chapters import find_chapters
from lossbar_core.runs.markdown import badge, escape, table
from lossbar_core.runs.timings import read_timings
from lossbar_core.verdicts import WORDS, Verdict, verdict

# Packages whose version a reader may want to know; the lock file lists all.
SHOWN = (
    "numpy",
    "scipy",
    "torch",
    "gudhi",
    "cripser",
    "matplotlib",
    "plotly",
    "jupyter-book",
    "papermill",
    "jupytext",
)


@dataclass(frozen=True)
class Score:
    """One item with its best committed record and the verdict on it."""

    entry: Entry
    record: Record | None
    verdict: Verdict
    freshness: Freshness


def scores() -> list[Score]:
    """Every item of the register, judged by its best committed record."""
    load_items()
    store, found = ResultStore(), []
    for entry in Register.load():
        record = store.best(entry.id)
        judged = verdict(entry, record.values if record else None, record.profile if record else None)
        found.append(Score(entry, record, judged, store.freshness(record)))
    return found


def counts(listed: list[Score]) -> dict[str, dict[str, int]]:
    """Number of items, first by verdict (only words that occur, in their order), then by paper."""
    papers = list(dict.fromkeys(score.entry.paper for score in listed))
    number = Counter((score.verdict.word, score.entry.paper) for score in listed)
    words = [word for word in WORDS if any(number[word, paper] for paper in papers)]
    return {word: {paper: number[word, paper] for paper in papers} for word in words}


def counts_table(listed: list[Score], name: str, caption: str) -> str:
    """Papers against words, with totals."""
    number = counts(listed)
    titles = Register.load().papers
    papers = list(next(iter(number.values())))
    rows = []
    for paper in papers:
        row = [number[word][paper] for word in number]
        rows.append([f"{paper}: *{escape(titles[paper])}*", *map(str, row), str(sum(row))])
    totals = [sum(number[word].values()) for word in number]
    rows.append(["**All**", *(f"**{n}**" for n in totals), f"**{sum(totals)}**"])
    header = ["Paper", *map(badge, number), "All"]
    return table(header, rows, caption=caption, name=name, align="l" + "r" * (len(header) - 1))


def paper_table(listed: list[Score], paper: str, name: str, caption: str) -> str:
    """All items of one paper with verdict, reason, the run behind it, and the chapter."""
    written = {chapter.name for chapter in find_chapters(find_root())}
    rows = [
        [
            f"{score.entry.id}<br>{escape(score.entry.title)}",
            badge(score.verdict.word),
            escape(score.verdict.reason),
            _behind(score),
            _link(score.entry, written),
        ]
        for score in listed
        if score.entry.paper == paper
    ]
    header = ["Item", "Verdict", "Why", "Run", "Chapter"]
    return table(header, rows, caption=caption, name=name, css_class="scores")


def _behind(score: Score) -> str:
    if score.record is None:
        return "none"
    state = "" if score.freshness.state == "fresh" else f", {score.freshness.state}"
    return f"{score.record.profile}, {score.record.date[:10]}{state}"


def _link(entry: Entry, written: set[str]) -> str:
    if entry.chapter is None:
        return f"to come: {escape(entry.planned)}"
    number = str(int(entry.chapter[:2]))
    return f"[Chapter {number}]({entry.chapter}.ipynb)" if entry.chapter in written else f"Chapter {number}"


def versions_table(name: str, caption: str) -> str:
    """Pinned and installed versions of the packages that matter most."""
    lock = find_root() / "requirements.lock"
    text = lock.read_text(encoding="utf-8") if lock.is_file() else ""
    pinned = dict(re.findall(r"^([\w.-]+)==([\w.+!-]+)", text, re.MULTILINE))
    rows = [[package, pinned.get(package, "not pinned"), _installed(package)] for package in SHOWN]
    return table(["Package", "Pinned", "These pages"], rows, caption=caption, name=name)


def _installed(package: str) -> str:
    try:
        return metadata.version(package).partition("+")[0]
    except metadata.PackageNotFoundError:
        return "not used"


def machines_table(name: str, caption: str) -> str:
    """The machines that made the committed records, with the versions that they used."""
    grouped: dict[tuple[str, str], list[Record]] = {}
    for record in _records():
        used = ", ".join(f"{package} {version}" for package, version in record.versions.items())
        grouped.setdefault((machine_label(record.machine), used), []).append(record)
    rows = []
    for (label, used), records in sorted(grouped.items()):
        dates = sorted(record.date[:10] for record in records)
        span = dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
        rows.append([escape(label), escape(used), str(len(records)), span])
    header = ["Machine", "Versions", "Results", "Dates"]
    return table(header, rows, caption=caption, name=name, align="llrl")


def chapter_times_table(name: str, caption: str) -> str:
    """Run time of every chapter that has one."""
    root = find_root()
    timings = read_timings(root)
    rows = [
        [
            f"[{chapter.title}]({chapter.name}.ipynb)",
            f"{timings[chapter.name]['seconds']:g}",
            timings[chapter.name]["profile"],
            escape(machine_label(timings[chapter.name]["machine"])),
            timings[chapter.name]["date"],
        ]
        for chapter in find_chapters(root)
        if chapter.name in timings
    ]
    header = ["Chapter", "Seconds", "Profile", "Machine", "Date"]
    return table(header, rows, caption=caption, name=name, align="lrlll")


def item_times_table(name: str, caption: str, longest: int = 15) -> str:
    """The committed results that took longest."""
    records = sorted(_records(), key=lambda record: (-record.seconds, record.id, record.profile))
    rows = [
        [
            record.id,
            record.profile,
            f"{record.seconds:g}",
            escape(machine_label(record.machine)),
            record.date[:10],
        ]
        for record in records[:longest]
    ]
    header = ["Item", "Profile", "Seconds", "Machine", "Date"]
    return table(header, rows, caption=caption, name=name, align="llrll")


def _records() -> list[Record]:
    store = ResultStore()
    loaded = (store.load(item, profile) for item, profile in store.stored())
    return [record for record in loaded if record is not None]
