import json
import pickle
from dataclasses import dataclass, replace

import numpy as np
import pytest
import toy_tasks
from toy_tasks import Box, Draw, draw, draw_or_fail

from lossbar_core.papers.base import Result
from lossbar_core.runs import tasks as module
from lossbar_core.runs.jsonable import canonical, decode
from lossbar_core.runs.tasks import content_key, execute_task, make_tasks, modules_of, plain, rebuild


@pytest.fixture
def task():
    return make_tasks(draw, [Draw(3)])[0]


def test_key_depends_on_function_configuration_and_code(task):
    others = [
        make_tasks(draw_or_fail, [Draw(3)])[0],
        make_tasks(draw, [Draw(4)])[0],
        make_tasks(draw, [Draw(3, box=Box(high=1.0))])[0],
        replace(task, code={**task.code, "toy_tasks": "0"}),
    ]
    assert len({task.key, *(other.key for other in others)}) == 5
    assert make_tasks(draw, [Draw(3)])[0].key == task.key
    assert len(task.key) == 64
    assert {"toy_tasks", "lossbar_core.checks"} <= set(task.code)


def test_key_survives_json(task):
    request = decode(json.loads(canonical(task.request())))
    assert content_key(**request) == task.key


def test_configuration_travels_as_plain_data():
    config = Draw(1, box=Box(-1.0, 2.5), shape=(3, 4))
    data = plain(config)
    assert data["fields"]["box"] == {"dataclass": "toy_tasks.Box", "fields": {"low": -1.0, "high": 2.5}}
    assert rebuild(data) == config
    assert type(plain(replace(config, n=np.int64(5)))["fields"]["n"]) is int
    assert rebuild(plain({"a": [1, (2,)]})) == {"a": [1, (2,)]}
    assert modules_of("m.f", [data]) == ("m", "toy_tasks")


def test_task_runs_from_its_request_alone(task):
    answer = pickle.loads(pickle.dumps(execute_task(pickle.loads(pickle.dumps(task.request())))))
    expected = draw(Draw(3))
    assert answer["state"] == "done"
    assert answer["values"] == {**expected.values, "shape": [1, 2]}
    for name, array in expected.arrays.items():
        np.testing.assert_array_equal(answer["arrays"][name], array, strict=True)
    assert answer["machine"]["cores"] >= 1
    assert "numpy" in answer["versions"]
    assert answer["date"].endswith("Z")
    assert answer["seconds"] >= 0


def test_failure_comes_back_as_text():
    answer = execute_task(make_tasks(draw_or_fail, [Draw(1)])[0].request())
    assert answer["state"] == "failed"
    assert answer["error"] == "KeyError: 'no draw 1'"
    assert "in draw_or_fail" in answer["traceback"]


def test_other_code_is_refused_by_name(task):
    request = {**task.request(), "code": {**task.code, "toy_tasks": "0"}}
    answer = execute_task(request)
    assert answer["state"] == "failed"
    assert answer["error"].startswith("OtherCodeError: expected the code that the task was made with")
    assert "code: toy_tasks changed" in answer["error"]
    assert "start it again" in answer["error"]


def test_code_of_a_process_is_what_it_loaded(task, monkeypatch):
    """A worker that is older than an edit must not pass for one that has it."""
    assert execute_task(task.request())["state"] == "done"
    module.loaded_code.cache_clear()
    edited = {**task.code, "toy_tasks": "0"}
    monkeypatch.setattr(module, "modules_code", lambda modules: dict(edited))
    try:
        assert make_tasks(draw, [Draw(3)])[0].code == edited
        assert execute_task({**task.request(), "code": edited})["state"] == "failed"
        assert execute_task(task.request())["state"] == "done"
    finally:
        module.loaded_code.cache_clear()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"function": "no_such_module.f", "code": {}},
            "expected the source of no_such_module on this machine",
        ),
        ({"function": "toy_tasks.no_such"}, "expected toy_tasks to define no_such, got None"),
        ({"function": "toy_tasks.Result"}, "expected toy_tasks to define Result"),
        ({"function": "toy_tasks.Draw"}, "expected a function as toy_tasks.Draw"),
        ({"function": "toy_tasks.os.getpid"}, "OtherCodeError"),
        ({"config": {"dataclass": "toy_tasks.draw", "fields": {}}}, "expected a dataclass as toy_tasks.draw"),
        (
            {"config": {"dataclass": "toy_tasks.Draw", "fields": {"sede": 1}}},
            "unexpected keyword argument 'sede'",
        ),
    ],
)
def test_only_functions_and_dataclasses_of_known_modules_are_found(task, change, message):
    answer = execute_task({**task.request(), **change})
    assert answer["state"] == "failed"
    assert message in answer["error"]


def test_names_are_no_expressions():
    with pytest.raises(TypeError, match=r"expected a dotted name, got .os\.system"):
        module._find("os.system('ls')")


def test_what_is_no_result_is_a_failure():
    assert (
        "expected a Result from task toy_tasks.no_result, got dict"
        in (execute_task(make_tasks(toy_tasks.no_result, [Draw()])[0].request())["error"])
    )


def test_arrays_are_plain():
    with pytest.raises(TypeError, match="expected a numpy array of numbers or text as array 'a' of it"):
        module.check_result(Result({}, {"a": np.array([None])}), "it")


@pytest.mark.parametrize("name", ["file", "allow_pickle", 1])
def test_names_of_arrays_can_be_stored(name):
    with pytest.raises(TypeError, match="expected a text other than file and allow_pickle as name"):
        module.check_result(Result({}, {name: np.zeros(1)}), "it")


def test_a_task_that_exits_fails_alone():
    answer = execute_task(make_tasks(toy_tasks.draw_or_exit, [Draw(1)])[0].request())
    assert answer["state"] == "failed"
    assert answer["error"] == "SystemExit: 3"
    assert "in draw_or_exit" in answer["traceback"]


class Outer:
    @dataclass(frozen=True)
    class Inner:
        seed: int = 0

    @staticmethod
    def inner(config):
        return Result({})


def test_what_lies_in_a_class_cannot_travel():
    with pytest.raises(TypeError, match=r"expected dataclasses at the top of a module, got Outer\.Inner"):
        make_tasks(draw, [Outer.Inner()])
    with pytest.raises(
        TypeError, match=r"expected a function at the top of a module as task, got .*Outer\.inner"
    ):
        make_tasks(Outer.inner, [Draw()])


@dataclass(frozen=True)
class Seedless:
    n: int = 1


def test_tasks_that_cannot_travel_are_refused():
    def local(config):
        return Result({})

    for function in (local, lambda config: Result({}), len):
        with pytest.raises(TypeError, match="expected a function at the top of a module as task"):
            make_tasks(function, [Draw()])
    for config in (Seedless(), {"seed": 0}, Draw):
        with pytest.raises(TypeError, match="expected dataclasses with a seed"):
            make_tasks(draw, [config])
    with pytest.raises(TypeError, match="expected JSON-able values"):
        make_tasks(draw, [Draw(n=np.zeros(2))])


def test_functions_of_a_notebook_run_here_but_do_not_last(monkeypatch):
    main = __import__("__main__")

    def own(config):
        return draw(config)

    own.__module__, own.__qualname__ = "__main__", "own"
    monkeypatch.setattr(main, "own", own, raising=False)
    (task,) = make_tasks(own, [Draw(1)])
    assert not task.lasts
    assert execute_task(task.request())["values"]["seed"] == 1
