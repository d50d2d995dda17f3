from dataclasses import replace

import numpy as np
import pytest
from toy_project import Config, toy_items

from lossbar_core.papers.base import ITEMS
from lossbar_core.results import DamagedRecordError, Freshness, Record, ResultStore, compute


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    for name, item in toy_items().items():
        monkeypatch.setitem(ITEMS, name, item)


@pytest.fixture
def store(tmp_path) -> ResultStore:
    return ResultStore(tmp_path / "results")


@pytest.fixture
def record() -> Record:
    return compute("TOY-Sum")


def test_save_and_load(store, record):
    assert store.load("TOY-Sum", "quick") is None
    assert store.save(record)
    assert store.load("TOY-Sum", "quick") == record
    np.testing.assert_array_equal(store.load("TOY-Sum", "quick").arrays["numbers"], [1, 2, 3])
    assert list(store.stored()) == [("TOY-Sum", "quick")]
    assert store.freshness(record) == Freshness("fresh")


def test_default_place_is_the_repository(monkeypatch, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "register.yml").write_text("")
    monkeypatch.setenv("LOSSBAR_ROOT", str(tmp_path))
    assert ResultStore().root == tmp_path / "data" / "results"


@pytest.mark.parametrize(
    ("item", "profile", "message"),
    [
        ("../outside", "quick", "expected an item id"),
        ("a/b", "quick", "item id"),
        ("TOY-Sum", "fast", "a profile among"),
    ],
)
def test_names_that_are_no_place(store, item, profile, message):
    with pytest.raises(ValueError, match=message):
        store.load(item, profile)


def test_fresh_record_is_kept_unless_forced(store, record):
    store.save(record)
    other = replace(record, seconds=99.0)
    assert not store.save(other)
    assert store.load("TOY-Sum", "quick").seconds == record.seconds
    assert store.save(other, force=True)
    assert store.load("TOY-Sum", "quick").seconds == 99.0


def test_stale_and_damaged_records_are_replaced(store, record):
    store.save(replace(record, code={"toy_project": "0"}))
    assert store.save(record)
    store.path("TOY-Sum", "quick").write_text("{")
    with pytest.raises(DamagedRecordError, match="not a whole record"):
        store.load("TOY-Sum", "quick")
    assert store.state("TOY-Sum", "quick").state == "stale"
    assert "file: quick.json is not a whole record" in str(store.state("TOY-Sum", "quick"))
    assert store.save(record)
    assert store.state("TOY-Sum", "quick").state == "fresh"


def test_best_is_the_largest_profile_that_can_be_read(store, record):
    assert store.best("TOY-Sum") is None
    store.save(compute("TOY-Sum", "paper"))
    store.save(record)
    store.save(compute("TOY-Sum", "smoke"))
    assert store.best("TOY-Sum").profile == "paper"
    assert [profile for _, profile in store.stored()] == ["smoke", "quick", "paper"]
    arrays = store.path("TOY-Sum", "paper").with_suffix(".npz")
    arrays.write_bytes(arrays.read_bytes()[:-10])
    assert store.best("TOY-Sum").profile == "quick"


def test_a_smaller_profile_leaves_the_larger_alone(store, record):
    store.save(compute("TOY-Sum", "paper"))
    before = store.path("TOY-Sum", "paper").read_bytes()
    store.save(record)
    store.save(compute("TOY-Sum", "smoke"), force=True)
    assert store.path("TOY-Sum", "paper").read_bytes() == before


def test_stale_says_which_parameter(store, record, monkeypatch):
    changed = replace(toy_items()["TOY-Sum"], profiles={"quick": Config(n=4, seed=2)})
    monkeypatch.setitem(ITEMS, "TOY-Sum", changed)
    state = store.freshness(record)
    assert state == Freshness("stale", ("config: n 3 -> 4", "config: seed 0 -> 2"))
    assert str(state) == "stale (config: n 3 -> 4; config: seed 0 -> 2)"
    assert not state.usable


def test_stale_says_which_module(store, record):
    changed = replace(record, code={**record.code, "toy_project": "0", "gone": "1"})
    reasons = store.freshness(changed).reasons
    assert reasons == ("code: gone is no longer used", "code: toy_project changed")


def test_stale_when_item_or_profile_went_away(store, record, monkeypatch):
    monkeypatch.setitem(ITEMS, "TOY-Sum", replace(toy_items()["TOY-Sum"], profiles={"smoke": Config()}))
    assert store.freshness(record).reasons == ("config: the item has no profile 'quick' any more",)
    monkeypatch.delitem(ITEMS, "TOY-Sum")
    assert store.freshness(record).reasons == ("item: no function computes it any more",)


def test_missing_and_foreign(store, record):
    assert store.state("TOY-Sum", "quick") == Freshness("missing", ("never run",))
    foreign = store.freshness(replace(record, origin={"from": "cluster", "imported": "2026-11-21"}))
    assert (foreign.state, foreign.usable) == ("foreign", True)
    assert foreign.reasons[0].startswith("imported from cluster: ")
