from dataclasses import replace

import pytest
from toy_project import Config, total, toy_items

from lossbar_core.papers.base import ITEMS, Result
from lossbar_core.results import ResultStore, compute
from lossbar_core.runs.exchange import import_results, verify


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    for name, item in toy_items().items():
        monkeypatch.setitem(ITEMS, name, item)


@pytest.fixture
def cluster(tmp_path) -> ResultStore:
    """Results of another machine."""
    store = ResultStore(tmp_path / "cluster")
    for name, profile in (("TOY-Sum", "paper"), ("TOY-Clock", "quick")):
        record = compute(name, profile)
        store.save(replace(record, machine={**record.machine, "cpu": "Other", "cores": 128}))
    return store


@pytest.fixture
def store(tmp_path) -> ResultStore:
    return ResultStore(tmp_path / "results")


def states(found):
    return {checked.id: checked.state for checked in found}


def test_imported_records_say_where_they_come_from(cluster, store):
    assert states(import_results(cluster.root, store)) == {"TOY-Sum": "imported", "TOY-Clock": "imported"}
    record = store.best("TOY-Sum")
    assert record.origin["from"] == "cluster"
    assert record.machine["cores"] == 128
    assert store.freshness(record).state == "foreign"
    assert record.arrays["numbers"].size == 100


def test_own_records_stay_own(tmp_path, store):
    elsewhere = ResultStore(tmp_path / "elsewhere")
    elsewhere.save(compute("TOY-Sum"))
    import_results(elsewhere.root, store)
    assert store.best("TOY-Sum").origin is None


def test_damaged_and_unknown_records_are_rejected(cluster, store, monkeypatch):
    path = cluster.path("TOY-Sum", "paper")
    path.write_text(path.read_text()[:-20])
    monkeypatch.delitem(ITEMS, "TOY-Clock")
    found = {checked.id: checked for checked in import_results(cluster.root, store)}
    assert found["TOY-Sum"].state == found["TOY-Clock"].state == "rejected"
    assert "not a whole record" in found["TOY-Sum"].reason
    assert "no function computes item 'TOY-Clock'" in found["TOY-Clock"].reason
    assert not list(store.stored())


def test_record_under_another_name_is_rejected(cluster, store):
    cluster.path("TOY-Sum", "paper").rename(cluster.path("TOY-Sum", "quick"))
    cluster.path("TOY-Sum", "paper").with_suffix(".npz").rename(
        cluster.path("TOY-Sum", "quick").with_suffix(".npz")
    )
    (rejected,) = [checked for checked in import_results(cluster.root, store) if checked.id == "TOY-Sum"]
    assert (rejected.state, rejected.profile) == ("rejected", "quick")


def test_stale_records_are_skipped_unless_forced(cluster, store):
    record = cluster.best("TOY-Sum")
    cluster.save(replace(record, code={"toy_project": "0"}), force=True)
    (skipped,) = [checked for checked in import_results(cluster.root, store) if checked.id == "TOY-Sum"]
    assert skipped.state == "skipped"
    assert "code: toy_project changed" in skipped.reason
    assert states(import_results(cluster.root, store, force=True))["TOY-Sum"] == "imported"


def test_fresh_records_are_not_replaced_unless_forced(cluster, store):
    store.save(compute("TOY-Clock"))
    mine = store.best("TOY-Clock").values["ticks"]
    assert states(import_results(cluster.root, store))["TOY-Clock"] == "skipped"
    assert store.best("TOY-Clock").values["ticks"] == mine
    import_results(cluster.root, store, force=True)
    assert store.best("TOY-Clock").values["ticks"] != mine


@pytest.mark.parametrize("name", ["empty", "absent"])
def test_nothing_to_import(tmp_path, store, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"expected records <item>/<profile>.json"):
        import_results(tmp_path / name, store)


def test_verify_reads_every_file(cluster):
    assert [checked.state for checked in verify(cluster, [])] == ["ok", "ok"]
    arrays = cluster.path("TOY-Sum", "paper").with_suffix(".npz")
    arrays.write_bytes(b"x" + arrays.read_bytes()[1:])
    found = {checked.id: checked for checked in verify(cluster, [])}
    assert (found["TOY-Sum"].state, found["TOY-Clock"].state) == ("bad", "ok")
    assert [checked.id for checked in verify(cluster, ["TOY-Clock"])] == ["TOY-Clock"]


def test_one_profile_can_be_verified_alone(cluster):
    profiles = {profile for _, profile in cluster.stored()}
    for profile in profiles:
        assert {checked.profile for checked in verify(cluster, [], profile=profile)} == {profile}
    assert list(verify(cluster, ["TOY-Sum"], profile="smoke")) == []


def test_recompute_confirms_all_but_the_clock(cluster):
    assert {checked.state for checked in verify(cluster, [], recompute=True)} == {"ok"}


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            lambda c: Result({**total(c).values, "total": 0.0}, total(c).arrays),
            "total: 5050.0 recorded, 0.0 now",
        ),
        (lambda c: Result({**total(c).values, "n": True}, total(c).arrays), "n: 100 recorded, True now"),
        (lambda c: Result(total(c).values, {"numbers": total(c).arrays["numbers"][1:]}), "numbers: "),
        (lambda c: Result({**total(c).values, "parts": [1.0]}, total(c).arrays), "parts: "),
        (lambda c: Result({"total": 5050.0}, total(c).arrays), "parts: "),
    ],
)
def test_recompute_says_what_differs(store, monkeypatch, function, message):
    store.save(compute("TOY-Sum", "paper"))
    function.__module__ = "toy_project"
    monkeypatch.setitem(ITEMS, "TOY-Sum", replace(toy_items()["TOY-Sum"], function=function))
    (checked,) = verify(store, ["TOY-Sum"], recompute=True)
    assert checked.state == "bad"
    assert message in checked.reason


def test_recompute_does_not_run_what_is_stale(store, monkeypatch):
    store.save(compute("TOY-Sum"))
    monkeypatch.setitem(ITEMS, "TOY-Sum", replace(toy_items()["TOY-Sum"], profiles={"quick": Config(n=9)}))
    (checked,) = verify(store, [], recompute=True)
    assert (checked.state, checked.reason) == ("bad", "stale (config: n 3 -> 9)")
