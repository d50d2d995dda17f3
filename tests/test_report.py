import pytest
from toy_project import Config, chapter, make_project, toy_items

from lossbar_core import report
from lossbar_core.papers.base import ITEMS, Item, Result
from lossbar_core.results import ResultStore, compute
from lossbar_core.runs.timings import phrase, record_timing


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    for name, item in toy_items().items():
        monkeypatch.setitem(ITEMS, name, item)
    root = make_project(tmp_path / "toy", c01_one=chapter("First"))
    monkeypatch.setenv("LOSSBAR_ROOT", str(root))
    return root


@pytest.fixture
def shown(monkeypatch):
    texts: list[str] = []
    monkeypatch.setattr(report, "show", texts.append)
    return texts


def stored():
    return list(ResultStore().stored())


def test_first_run_is_committed_and_later_ones_leave_it():
    first = report.run("TOY-Clock")
    assert stored() == [("TOY-Clock", "quick")]
    second = report.run("TOY-Clock", "quick", seed=0)
    assert second.values["ticks"] != first.values["ticks"]
    assert report.committed("TOY-Clock").values["ticks"] == first.values["ticks"]


def test_smoke_runs_and_other_parameters_are_not_committed():
    assert report.run("TOY-Sum", "smoke").profile == "smoke"
    assert report.run("TOY-Sum", n=5).values["total"] == 15.0
    assert report.run("TOY-Sum", seed=1).seed == 1
    assert stored() == []
    assert report.committed("TOY-Sum") is None


def test_item_without_the_profile_runs_its_quick_one():
    assert report.run("TOY-Clock", "paper").profile == "quick"
    with pytest.raises(ValueError, match="item TOY-Clock has no profile 'fast'"):
        report.run("TOY-Clock", "fast")


def cells(text: str) -> list[str]:
    (row,) = [line for line in text.splitlines() if line.startswith("| **TOY")]
    return [cell.strip() for cell in row.strip("| ").split(" | ")]


def test_verdict_table(shown):
    report.verdict_table([report.run("TOY-Sum")], "tab-one", "Verdicts of {cite:t}`key`")
    (text,) = shown
    assert text.startswith(
        ":::{table} Verdicts of {cite:t}`key`\n:name: tab-one\n:class: verdict-cards\n\n| Item | Paper |"
    )
    item, paper, best, now, verdict = cells(text)
    assert item == "**TOY-Sum**<br>A sum<br>section 1"
    assert paper == r"a \| b is 6"
    assert best.startswith("total: 6<br>*quick profile, ")
    assert now == "the same values (quick profile)"
    assert verdict == "[reproduced]{.verdict .verdict-reproduced}<br>all checks hold"


def test_other_values_of_this_run_are_shown_with_their_verdict(shown):
    report.run("TOY-Sum")
    report.verdict_table([report.run("TOY-Sum", n=2)], "tab", "Verdicts")
    _, _, best, now, verdict = cells(shown[0])
    assert best.startswith("total: 6<br>")
    assert now == "total: 3<br>*quick profile*"
    assert (
        "this run: [not reproduced]{.verdict .verdict-not-reproduced}<br>total: 3, expected at least 6"
        in verdict
    )


def test_times_are_those_of_the_committed_run(shown):
    first, second = report.run("TOY-Clock"), report.run("TOY-Clock")
    for record in (first, second):
        report.verdict_table([record], "tab", "Verdicts")
    assert shown[0] == shown[1]
    _, _, best, now, _ = cells(shown[0])
    assert f"clock: {first.values['ticks']:,}" in best
    assert now == "clock: timed, see the committed run<br>*quick profile*"


def test_items_that_were_not_run(shown):
    report.verdict_table(["TOY-Sum"], "tab", "Verdicts")
    assert cells(shown[0])[2:4] == ["none yet", "not run here"]
    assert "[not run]{.verdict .verdict-not-run}<br>no committed result" in shown[0]


def test_best_run_says_when_it_is_stale(shown, monkeypatch):
    ResultStore().save(compute("TOY-Sum", "paper"))
    live = report.run("TOY-Sum")
    changed = Item("TOY-Sum", ITEMS["TOY-Sum"].function, {"quick": Config(), "paper": Config(n=101)})
    monkeypatch.setitem(ITEMS, "TOY-Sum", changed)
    report.verdict_table([live], "tab", "Verdicts")
    assert "paper profile" in cells(shown[0])[2]
    assert r"stale (config: n 100 -\> 101)" in cells(shown[0])[2]


def test_chapter_box(shown, root):
    report.chapter_box("01", data="none")
    assert "- **Run time:** not measured for this book yet" in shown[0]
    entry = record_timing(root, "01_one", "quick", 65.0)
    report.chapter_box("01_one")
    assert shown[1].splitlines() == [
        ":::{admonition} At a glance",
        ":class: chapter-box",
        "",
        "- **From** *A paper*: section 1",
        "- **Items of the register:** TOY-Sum, TOY-Clock",
        f"- **Run time:** {phrase(entry)}",
        "- **Data:** none; everything is computed from formulas",
        "- **Parameters:** `profile = 'quick'`, `seed = 0`, `n = 3`",
        ":::",
    ]
    assert "65 s in the quick profile" in shown[1]


def test_glue_takes_scalars_and_no_times(monkeypatch):
    import myst_nb

    glued: dict[str, object] = {}
    monkeypatch.setattr(myst_nb, "glue", lambda name, value, display: glued.update({name: value}))
    report.glue_values(report.run("TOY-Sum"), "one")
    assert glued == {"one.total": 6.0, "one.n": 3, "one.worst": float("inf")}
    glued.clear()
    report.glue_values(report.run("TOY-Clock"), "two")
    assert set(glued) == {"two.n"}
    report.glue_values(report.committed("TOY-Clock"), "two", volatile=True)
    assert set(glued) == {"two.n", "two.ticks"}


def test_show_displays_markdown(monkeypatch):
    from IPython import display

    texts = []
    monkeypatch.setattr(display, "display", lambda found: texts.append(found.data))
    report.show("*text*")
    assert texts == ["*text*"]


def test_verdict_row_of_a_failing_item(monkeypatch, shown):
    bad = Item("TOY-Sum", lambda config: Result({"total": 5.0}), {"quick": Config()})
    monkeypatch.setitem(ITEMS, "TOY-Sum", bad)
    report.verdict_table([report.run("TOY-Sum")], "tab", "Verdicts")
    assert cells(shown[0])[4].startswith(
        "[not reproduced]{.verdict .verdict-not-reproduced}<br>total: 5, expected"
    )
