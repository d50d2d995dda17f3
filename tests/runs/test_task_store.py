import json
import multiprocessing
from dataclasses import replace

import numpy as np
import pytest
from toy_tasks import Draw, draw

from lossbar_core.runs.checked_file import DamagedRecordError
from lossbar_core.runs.task_store import TaskStore, read_task
from lossbar_core.runs.tasks import TaskResult, execute_task, make_tasks


def result_of(task) -> TaskResult:
    answer = execute_task(task.request())
    assert answer.pop("state") == "done"
    return TaskResult(**answer)


@pytest.fixture
def store(tmp_path) -> TaskStore:
    return TaskStore(tmp_path / "tasks")


@pytest.fixture
def task():
    return make_tasks(draw, [Draw(5)])[0]


def test_round_trip_is_exact(store, task):
    assert store.load(task) is None
    result = result_of(task)
    store.save(task, result)
    again = store.load(task)
    assert replace(again, arrays={}) == replace(result, arrays={})
    for name, array in result.arrays.items():
        np.testing.assert_array_equal(again.arrays[name], array, strict=True)
    assert store.path(task).parent.name == "toy_tasks.draw"
    assert list(store.stored()) == [store.path(task)]
    assert store.finished([task, *make_tasks(draw, [Draw(6)])]) == 1


@pytest.mark.parametrize("suffix", [".json", ".npz"])
@pytest.mark.parametrize("kept", [0, 0.5, 0.99])
def test_truncated_file_is_recognised(store, task, suffix, kept):
    store.save(task, result_of(task))
    path = store.path(task).with_suffix(suffix)
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    with pytest.raises(DamagedRecordError, match=path.name):
        store.load(task)


def test_edited_and_renamed_files_are_recognised(store, task):
    store.save(task, result_of(task))
    path = store.path(task)
    whole = path.read_text()
    path.write_text(whole.replace('"seed": 5', '"seed": 6'))
    with pytest.raises(DamagedRecordError, match="does not fit its checksum"):
        store.load(task)
    path.write_text(whole)
    other = path.with_name("0" * 64 + ".json")
    path.rename(other)
    path.with_suffix(".npz").rename(other.with_suffix(".npz"))
    with pytest.raises(DamagedRecordError, match="holds another task than its name and folder say"):
        read_task(other)


def test_a_checked_file_of_something_else_is_no_task(store, task):
    from lossbar_core.runs.checked_file import write_checked

    path = store.path(task)
    write_checked({"format": 1, "function": "toy_tasks.draw"}, {}, path)
    with pytest.raises(DamagedRecordError, match="does not have the fields of a task"):
        store.load(task)


def _save_often(root, value):
    task = make_tasks(draw, [Draw(5)])[0]
    store = TaskStore(root)
    for _ in range(20):
        store.save(task, replace(result_of(task), arrays={"numbers": np.full(2000, value)}))


@pytest.mark.slow
def test_two_processes_that_finish_the_same_task_leave_one_whole_result(store, task):
    """Even when their results differ, as those of a task that measures time."""
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_save_often, args=(store.root, value)) for value in (1.0, 2.0)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):  # a reader sees one of the two, never a mixture
        seen = store.load(task)
        assert seen is None or len(set(seen.arrays["numbers"])) == 1
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    assert store.load(task).arrays["numbers"][0] in (1.0, 2.0)
    assert not list(store.root.rglob("*.tmp"))


def test_default_place_is_not_committed(monkeypatch, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "register.yml").write_text("")
    monkeypatch.setenv("LOSSBAR_ROOT", str(tmp_path))
    assert TaskStore().root == tmp_path.resolve() / ".lossbar" / "tasks"


def test_files_are_plain_json(store, task):
    store.save(task, result_of(task))
    content = json.loads(store.path(task).read_text())
    assert content["function"] == "toy_tasks.draw"
    assert content["config"]["fields"]["seed"] == 5
    assert "toy_tasks" in content["code"]
