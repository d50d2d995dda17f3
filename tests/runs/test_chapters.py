from pathlib import Path

import pytest
from toy_project import chapter, make_project, toy_items

from lossbar_core.papers.base import ITEMS
from lossbar_core.register import Register
from lossbar_core.results import ResultStore, compute
from lossbar_core.runs.chapters import (
    Chapter,
    check_parameters,
    find_chapters,
    fingerprint,
    items_of,
    parameters,
)


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    for name, item in toy_items().items():
        monkeypatch.setitem(ITEMS, name, item)
    one = chapter("First", "%config X\nimport lossbar_core.barcodes.oracle\nitems = ['TOY-Later']")
    return make_project(tmp_path / "toy", c01_one=one, c02_two=chapter("Second"), c90_last=chapter("Last"))


def world(root: Path) -> tuple[Register, ResultStore]:
    return Register.load(root / "data" / "register.yml"), ResultStore(root / "data" / "results")


@pytest.mark.parametrize("name", ["02", "2", "02_two", "notebooks/02_two.md", "book/02_two.ipynb"])
def test_chapters_have_many_names(root, name):
    (found,) = find_chapters(root, [name])
    assert (found.name, found.title, found.is_back_matter) == ("02_two", "Second", False)


def test_all_chapters_in_order(root):
    assert [c.name for c in find_chapters(root)] == ["01_one", "02_two", "90_last"]
    assert [c.name for c in find_chapters(root, ["90", "1"])] == ["01_one", "90_last"]
    assert find_chapters(root)[-1].is_back_matter


def test_unknown_chapter(root, tmp_path):
    with pytest.raises(ValueError, match="no chapter '02_tow'; did you mean '02_two'"):
        find_chapters(root, ["02_tow"])
    with pytest.raises(ValueError, match=r"expected chapters named NN_name.md"):
        find_chapters(tmp_path / "nowhere")


def test_parameters(root):
    assert parameters(Chapter(root, "01_one")) == {"profile": "quick", "seed": 0, "n": 3}


@pytest.mark.parametrize("line", ['profile = "quick"', "seed = 0"])
def test_every_chapter_needs_profile_and_seed(root, line):
    source = Chapter(root, "01_one").source
    source.write_text(source.read_text().replace(line, ""))
    with pytest.raises(ValueError, match=f"chapter 01_one: expected {line.split()[0]} = "):
        parameters(Chapter(root, "01_one"))


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"sed": 1}, ValueError, "chapter 01_one has no parameter 'sed'; did you mean 'seed'"),
        ({"n": "many"}, TypeError, "expected int as parameter n, got 'many'"),
        ({"n": True}, TypeError, "expected int as parameter n, got True"),
        ({"n": 2.5}, TypeError, "expected int as parameter n, got 2.5"),
        ({"profile": "fast"}, ValueError, "expected a profile among smoke, quick, paper, got 'fast'"),
    ],
)
def test_bad_parameters(root, given, error, message):
    with pytest.raises(error, match=message):
        check_parameters(Chapter(root, "01_one"), given)


def test_good_parameters(root):
    source = Chapter(root, "01_one").source
    source.write_text(source.read_text().replace("n = 3", "n = 3\nc = 1.5\nfree = None"))
    check_parameters(Chapter(root, "01_one"), {"n": 4, "seed": 1, "profile": "smoke", "c": 2, "free": "text"})


def test_items_by_register_and_by_code(root):
    register, _ = world(root)
    assert items_of(Chapter(root, "01_one"), register) == ["TOY-Sum", "TOY-Clock"]
    two = Chapter(root, "02_two")
    two.source.write_text(chapter("Second", "run('TOY-Clock')"))
    assert items_of(two, register) == ["TOY-Clock"]


def test_fingerprint_holds_source_code_and_data(root):
    register, store = world(root)
    found = fingerprint(Chapter(root, "01_one"), register, store)
    assert {"lossbar_core.barcodes.oracle", "toy_project"} <= set(found["code"])
    assert set(found["data"]) == {"TOY-Sum", "TOY-Clock"}
    store.save(compute("TOY-Sum"))
    again = fingerprint(Chapter(root, "01_one"), register, store)
    assert again["data"]["TOY-Sum"] != found["data"]["TOY-Sum"]
    assert again["data"]["TOY-Clock"] == found["data"]["TOY-Clock"]


def test_back_matter_depends_on_all_data(root):
    register, store = world(root)
    before = fingerprint(Chapter(root, "90_last"), register, store)["data"]
    assert set(before) == {"register.yml", "results"}
    store.save(compute("TOY-Clock"))
    (root / "data" / "runs.json").write_text("{}")
    after = fingerprint(Chapter(root, "90_last"), register, store)["data"]
    assert after["results"] != before["results"]
    assert set(after) == {"register.yml", "results", "runs.json"}


def test_bookkeeping_is_no_part_of_a_chapter(root):
    two = Chapter(root, "02_two")
    two.source.write_text(chapter("Second", "from lossbar_core import report"))
    code = fingerprint(two, *world(root))["code"]
    assert {"lossbar_core.report", "lossbar_core.verdicts", "lossbar_core.runs.markdown"} <= set(code)
    assert not {"lossbar_core.results", "lossbar_core.runs.atomic", "lossbar_core.runs.compute"} & set(code)
