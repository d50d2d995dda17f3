import re

import pytest
from toy_project import chapter, make_project, toy_items

from lossbar_core.papers.base import ITEMS
from lossbar_core.results import ResultStore, compute
from lossbar_core.runs import overview
from lossbar_core.runs.timings import record_timing


@pytest.fixture
def root(tmp_path, monkeypatch):
    for name, item in toy_items().items():
        monkeypatch.setitem(ITEMS, name, item)
    monkeypatch.setattr(overview, "load_items", dict)
    root = make_project(tmp_path / "toy", c01_one=chapter("First"), c02_two=chapter("Second"))
    monkeypatch.setenv("LOSSBAR_ROOT", str(root))
    ResultStore().save(compute("TOY-Sum"))
    return root


def rows(text: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line[1:-1].split(" | ")]
        for line in text.splitlines()
        if line.startswith("| ")
    ]


def test_every_item_is_judged(root):
    words = {score.entry.id: str(score.verdict) for score in overview.scores()}
    assert words == {
        "TOY-Sum": "reproduced: all checks hold",
        "TOY-Clock": "not run: no committed result",
        "TOY-Later": "not run: chapter to come",
    }


def test_counts_add_up(root):
    scores = overview.scores()
    assert overview.counts(scores) == {"reproduced": {"TOY": 1}, "not run": {"TOY": 2}}
    table = rows(overview.counts_table(scores, "tab", "Counts"))
    assert table[1] == ["TOY: *A paper*", "1", "2", "3"]
    assert table[2] == ["**All**", "**1**", "**2**", "**3**"]


def test_items_of_a_paper(root):
    header, first, clock, later = rows(overview.paper_table(overview.scores(), "TOY", "tab", "Items"))
    assert header == ["Item", "Verdict", "Why", "Run", "Chapter"]
    assert first[1] == "[reproduced]{.verdict .verdict-reproduced}"
    assert re.fullmatch(r"quick, \d{4}-\d\d-\d\d", first[3])
    assert first[4] == "[Chapter 1](01_one.ipynb)"
    assert clock[3] == "none"
    assert later[4] == "to come: the future"


def test_stale_results_and_unwritten_chapters_are_told(root, monkeypatch):
    monkeypatch.delitem(ITEMS, "TOY-Sum")
    (root / "notebooks" / "01_one.md").unlink()
    _, first, *_ = rows(overview.paper_table(overview.scores(), "TOY", "tab", "Items"))
    assert first[3].endswith(", stale")
    assert first[4] == "Chapter 1"


def test_versions_pinned_and_used(root):
    import numpy

    (root / "requirements.lock").write_text("numpy==0.0.1\nno-such==1\n")
    found = {row[0]: row[1:] for row in rows(overview.versions_table("tab", "Versions"))}
    assert found["numpy"] == ["0.0.1", numpy.__version__]
    assert found["papermill"][0] == "not pinned"


def test_package_that_is_not_there(root, monkeypatch):
    monkeypatch.setattr(overview, "SHOWN", ("no-such-package",))
    assert rows(overview.versions_table("tab", "Versions"))[1] == [
        "no-such-package",
        "not pinned",
        "not used",
    ]


def test_machines_and_times(root):
    record_timing(root, "01_one", "quick", 12.34)
    assert rows(overview.machines_table("tab", "Machines"))[1][2] == "1"
    chapters = rows(overview.chapter_times_table("tab", "Times"))
    assert len(chapters) == 2  # the second chapter never ran
    assert chapters[1][:3] == ["[First](01_one.ipynb)", "12", "quick"]
    assert rows(overview.item_times_table("tab", "Longest"))[1][:2] == ["TOY-Sum", "quick"]
    assert len(rows(overview.item_times_table("tab", "Longest", longest=0))) == 1
