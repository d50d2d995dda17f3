from dataclasses import replace

import numpy as np
import pytest
from toy_project import Config, toy_items

from lossbar_core.papers.base import ITEMS, Item, Result
from lossbar_core.runs.compute import compute, configured, did_you_mean, find_item, item_code


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    for name, item in toy_items().items():
        monkeypatch.setitem(ITEMS, name, item)


def test_record_describes_the_run():
    record = compute("TOY-Sum", "quick", {"n": 4, "seed": 7})
    assert record.values["total"] == 10.0
    assert record.config == {"n": 4, "scale": 1.0, "sampler": "grid", "shape": [1, 2], "seed": 7}
    assert (record.id, record.profile, record.seed, record.device) == ("TOY-Sum", "quick", 7, "cpu")
    assert record.date.endswith("Z")
    assert record.seconds >= 0
    assert record.origin is record.dataset is None
    assert record.config_hash != compute("TOY-Sum").config_hash
    assert "toy_project" in record.code


@pytest.mark.parametrize(
    ("overrides", "error", "message"),
    [
        ({"sede": 1}, ValueError, "item TOY-Sum has no parameter 'sede'; did you mean 'seed'"),
        ({"n": 2.5}, TypeError, "expected int as parameter n of TOY-Sum .*, got 2.5"),
        ({"n": True}, TypeError, "expected int as parameter n"),
        ({"scale": "big"}, TypeError, "expected float as parameter scale"),
        ({"sampler": 3}, TypeError, "expected str as parameter sampler"),
        ({"shape": (1, "a")}, TypeError, "expected int as entry of parameter shape"),
        ({"shape": 3}, TypeError, "expected tuple as parameter shape"),
    ],
)
def test_bad_overrides(overrides, error, message):
    with pytest.raises(error, match=message):
        compute("TOY-Sum", "quick", overrides)


def test_overrides_take_the_type_of_the_field():
    config = configured(toy_items()["TOY-Sum"], "quick", {"scale": 2, "shape": [3, 4], "n": np.int32(5)})
    assert config == Config(n=5, scale=2.0, shape=(3, 4))
    assert type(config.scale) is float
    assert type(config.n) is int


def test_unknown_item_and_profile():
    with pytest.raises(ValueError, match="no function computes item 'TOY-Sun'; did you mean 'TOY-Sum'"):
        find_item("TOY-Sun")
    with pytest.raises(ValueError, match="item TOY-Clock has no profile 'paper'; it has quick"):
        compute("TOY-Clock", "paper")


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ({"total": 1}, "expected a Result from item TOY-Sum, got dict"),
        (Result({}, {"a": [1, 2]}), "expected a numpy array of numbers or text as array 'a'"),
        (Result({}, {"a": np.array([None])}), "expected a numpy array"),
        (Result({"a": np.zeros(2)}), "expected JSON-able values"),
    ],
)
def test_bad_results(monkeypatch, result, message):
    monkeypatch.setitem(ITEMS, "TOY-Sum", replace(toy_items()["TOY-Sum"], function=lambda config: result))
    with pytest.raises(TypeError, match=message):
        compute("TOY-Sum")


def test_code_of_a_function_of_a_notebook(monkeypatch):
    def here(config):
        return Result({})

    here.__module__ = "__main__"
    item = Item("TOY-Here", here, {"quick": Config()})
    assert list(item_code(item)) == ["__main__"]
    assert item_code(item)["__main__"] != "unknown"
    nowhere = function_without_source()
    assert item_code(Item("TOY-Nowhere", nowhere, {"quick": Config()})) == {"__main__": "unknown"}


def function_without_source():
    """A callable without a source."""

    class Callable:
        __module__ = "__main__"

        def __call__(self, config):
            return Result({})

    return Callable()


def test_did_you_mean_lists_what_there_is():
    assert did_you_mean("x", []) == ""
    assert did_you_mean("zzz", ["b", "a"]) == "; known: a, b"
    assert did_you_mean("zzz", map(str, range(20))).endswith(", ...")
