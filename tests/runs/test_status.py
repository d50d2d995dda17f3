import json
from pathlib import Path

import pytest
from toy_project import chapter, make_project, toy_items

from lossbar_core.papers.base import ITEMS
from lossbar_core.register import Register
from lossbar_core.results import Freshness, ResultStore, compute
from lossbar_core.runs.chapters import Chapter, fingerprint
from lossbar_core.runs.status import chapter_state, item_states


@pytest.fixture
def one(tmp_path, monkeypatch) -> Chapter:
    for name, item in toy_items().items():
        monkeypatch.setitem(ITEMS, name, item)
    return Chapter(make_project(tmp_path / "toy", c01_one=chapter("First")), "01_one")


def state(chapter: Chapter, **given) -> Freshness:
    register = Register.load(chapter.root / "data" / "register.yml")
    store = ResultStore(chapter.root / "data" / "results")
    chapter = Chapter(chapter.root, chapter.name)  # as a new process sees it
    return chapter_state(chapter, target(chapter), given, register, store)


def target(chapter: Chapter) -> Path:
    return chapter.root / "book" / f"{chapter.name}.ipynb"


def pretend_executed(chapter: Chapter, **given) -> None:
    register = Register.load(chapter.root / "data" / "register.yml")
    store = ResultStore(chapter.root / "data" / "results")
    metadata = {"profile": "quick", "parameters": given, **fingerprint(chapter, register, store)}
    target(chapter).write_text(json.dumps({"cells": [], "metadata": {"lossbar": metadata}}))


def test_missing_then_fresh(one):
    assert state(one) == Freshness("missing", ("never run",))
    pretend_executed(one)
    assert state(one) == Freshness("fresh")


def test_changed_source(one):
    pretend_executed(one)
    one.source.write_text(one.source.read_text() + "\nMore.\n")
    assert state(one).reasons == ("source: notebooks/01_one.md changed",)


def test_other_parameters(one):
    pretend_executed(one, seed=1)
    assert state(one, seed=1) == Freshness("fresh")
    assert state(one).reasons == ("parameters: seed 1 -> default",)
    assert state(one, seed=2, n=4).reasons == ("parameters: n default -> 4", "parameters: seed 1 -> 2")


def test_changed_code_and_data(one):
    pretend_executed(one)
    notebook = json.loads(target(one).read_text())
    notebook["metadata"]["lossbar"]["code"]["toy_project"] = "0"
    target(one).write_text(json.dumps(notebook))
    ResultStore(one.root / "data" / "results").save(compute("TOY-Sum"))
    assert state(one).reasons == ("code: toy_project changed", "data: what is known of TOY-Sum changed")


@pytest.mark.parametrize(
    "content", ["", '{"cells": [', "[]", '{"metadata": {}}', '{"metadata": {"lossbar": {}}}']
)
def test_damaged_notebook(one, content):
    target(one).write_text(content)
    assert state(one).state == "stale"
    assert state(one).reasons[0].startswith("file: 01_one.ipynb is no executed chapter")


def test_items_stored_and_not(one):
    store = ResultStore(one.root / "data" / "results")
    store.save(compute("TOY-Sum", "paper"))
    found = {key: state for key, state in item_states(store).items() if key[0].startswith("TOY")}
    assert found == {
        ("TOY-Clock", "quick"): Freshness("missing", ("never run",)),
        ("TOY-Sum", "paper"): Freshness("fresh"),
    }
