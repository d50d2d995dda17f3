import importlib
from dataclasses import replace

import numpy as np
import pytest
import toy_tasks
from toy_project import Config, make_project, toy_items

from lossbar_core.papers.base import ITEMS, Item, Result
from lossbar_core.provenance import machine
from lossbar_core.runs import compute as module
from lossbar_core.runs import jsonable
from lossbar_core.runs.compute import compute, configured, did_you_mean, find_item, item_code
from lossbar_core.runs.sweep import SweepError
from lossbar_core.runs.task_store import TaskStore
from lossbar_core.runs.tasks import make_tasks


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


@pytest.fixture
def edited(monkeypatch, tmp_path):
    """A module with an item that returns 1, and what edits it to return 2."""
    source = tmp_path / f"edited_{tmp_path.name}.py"
    source.write_text(
        "from lossbar_core.papers.base import Result\ndef f(c):\n    return Result({'one': 1})\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(module, "_remember_code", module._remember_code.__wrapped__)
    function = importlib.import_module(source.stem).f
    monkeypatch.setitem(ITEMS, "TOY-Edited", Item("TOY-Edited", function, {"quick": Config()}))
    return lambda: source.write_text(source.read_text().replace("1})", "2})"))


def test_code_of_a_record_is_that_of_the_start(monkeypatch, edited):
    """Whoever edits a module while its item runs for hours must not find a fresh record of the new code."""
    item = ITEMS["TOY-Edited"]

    def edit(config):
        edited()
        return item.function(config)

    edit.__module__ = item.module
    monkeypatch.setitem(ITEMS, "TOY-Edited", replace(item, function=edit))
    before = item_code(item)
    record = compute("TOY-Edited")
    assert record.values == {"one": 1}
    assert record.code == before != item_code(item)


def test_code_of_a_record_is_what_was_loaded(edited):
    """The second item of a command is edited while the first one runs."""
    item = ITEMS["TOY-Edited"]
    before = item_code(item)
    compute("TOY-Sum")
    edited()
    record = compute("TOY-Edited")
    assert record.values == {"one": 1}
    assert record.code == before != item_code(item)


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


@pytest.fixture
def sweep(monkeypatch, tmp_path):
    """An item in parts, in a repository of its own; the executors that were opened."""
    root = make_project(tmp_path / "toy")
    monkeypatch.setenv("LOSSBAR_ROOT", str(root))
    monkeypatch.setitem(ITEMS, "TOY-Sum", toy_tasks.sweep_toy())
    opened = []

    def executor_from(text):
        opened.append(text)
        return real(text)

    real = module.executor_from
    monkeypatch.setattr(module, "executor_from", executor_from)
    return opened


def test_a_sweep_gives_what_its_function_gives_and_says_where_it_ran(sweep):
    record = compute("TOY-Sum")
    expected = ITEMS["TOY-Sum"].function(record_config := ITEMS["TOY-Sum"].profiles["quick"])
    assert record.values == expected.values
    assert record.arrays["numbers"].tobytes() == expected.arrays["numbers"].tobytes()
    assert record.seed == record_config.seed
    assert (record.tasks["count"], record.tasks["resumed"]) == (4, 0)
    (place,) = record.tasks["places"]
    assert place["tasks"] == 4
    assert place["machine"] == record.machine == machine()
    assert record.seconds >= record.tasks["seconds"]
    assert sweep == [None]
    assert compute("TOY-Clock").tasks is None


@pytest.mark.parametrize(
    ("profile", "overrides", "resume", "resumed"),
    [
        ("quick", {}, None, 0),
        ("quick", {"seed": 0}, None, 0),  # as a chapter asks for it: still the profile's own setting
        ("smoke", {}, None, 0),
        ("quick", {"seed": 1}, None, 4),
        ("paper", {}, None, 12),
        ("paper", {}, False, 0),
        ("quick", {}, True, 4),
    ],
)
def test_the_books_own_runs_are_live_and_all_others_resume(sweep, profile, overrides, resume, resumed):
    first = compute("TOY-Sum", profile, overrides)
    again = compute("TOY-Sum", profile, overrides, resume=resume)
    assert again.tasks["resumed"] == resumed
    assert again.values == first.values
    stored = TaskStore().finished(
        make_tasks(toy_tasks.draw, toy_tasks.split(toy_tasks.Draws(**first.config)))
    )
    assert stored == (0 if profile == "smoke" else first.config["count"])


def test_seconds_of_a_resumed_sweep_are_those_of_its_tasks(sweep):
    compute("TOY-Sum", "paper")
    store = TaskStore()
    tasks = make_tasks(toy_tasks.draw, toy_tasks.split(ITEMS["TOY-Sum"].profiles["paper"]))
    for task in tasks:
        slow = {**machine(), "cpu": "Slow"}
        store.save(task, replace(store.load(task), seconds=10.0, machine=slow))
    record = compute("TOY-Sum", "paper")
    assert 120 <= record.seconds < 121
    assert record.machine["cpu"] == "Slow"
    assert record.tasks["resumed"] == 12


@pytest.mark.slow
def test_the_environment_and_the_caller_name_the_executor(sweep, monkeypatch):
    monkeypatch.setenv("LOSSBAR_EXECUTOR", "processes:2")
    parallel = compute("TOY-Sum")
    serial = compute("TOY-Sum", executor="serial")
    assert parallel.values == serial.values
    assert parallel.arrays["numbers"].tobytes() == serial.arrays["numbers"].tobytes()
    monkeypatch.setenv("LOSSBAR_EXECUTOR", "elsewhere")
    with pytest.raises(ValueError, match="got 'elsewhere'"):
        compute("TOY-Sum")


def test_outside_a_repository_a_sweep_runs_and_keeps_nothing(sweep, monkeypatch):
    def absent():
        raise FileNotFoundError("no repository")

    monkeypatch.setattr(module, "TaskStore", absent)
    with pytest.raises(FileNotFoundError, match="no repository"):  # LOSSBAR_ROOT names one
        compute("TOY-Sum", "quick")
    monkeypatch.delenv("LOSSBAR_ROOT")
    assert compute("TOY-Sum", "quick").tasks["resumed"] == 0


def test_a_sweep_with_failures_makes_no_record(sweep, monkeypatch):
    item = toy_tasks.sweep_toy()
    failing = replace(item, sweep=replace(item.sweep, task=toy_tasks.draw_or_fail))
    monkeypatch.setitem(ITEMS, "TOY-Sum", failing)
    with pytest.raises(SweepError, match=r"2 of 4 tasks failed(.|\n)*TOY-Sum\.log"):
        compute("TOY-Sum")
    assert "toy_tasks" in item_code(failing)


def test_code_of_a_sweep_is_that_of_all_its_functions(sweep):
    item = toy_tasks.sweep_toy()
    assert "lossbar_core.runs.jsonable" not in item_code(item)
    elsewhere = replace(item, sweep=replace(item.sweep, split=jsonable.canonical))
    assert "lossbar_core.runs.jsonable" in item_code(elsewhere)
