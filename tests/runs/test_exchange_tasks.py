"""Tasks of another machine: taken when whole, of today's code and what their name says; else refused with a reason."""

from dataclasses import replace

import pytest
from toy_tasks import Draw, draw, draw_and_mark

from lossbar_core.provenance import machine
from lossbar_core.runs.checked_file import read_checked, write_checked
from lossbar_core.runs.exchange_tasks import Checked, import_tasks
from lossbar_core.runs.executors import InProcess
from lossbar_core.runs.sweep import run_tasks
from lossbar_core.runs.task_store import StoredTask, TaskStore
from lossbar_core.runs.tasks import make_tasks, plain

NAME = "toy_tasks.draw"


@pytest.fixture
def tasks():
    return make_tasks(draw, [Draw(seed) for seed in range(3)])


@pytest.fixture
def elsewhere(tmp_path, tasks) -> TaskStore:
    """Finished tasks of another machine, in its ``.lossbar/tasks``."""
    store = TaskStore(tmp_path / "cluster" / "tasks")
    for task, result in zip(tasks, run_tasks(tasks, InProcess(), progress=False), strict=True):
        store.save(task, replace(result, machine={**machine(), "cpu": "Other", "cores": 128}))
    return store


@pytest.fixture
def store(tmp_path) -> TaskStore:
    return TaskStore(tmp_path / "here")


@pytest.mark.parametrize("folder", [".", "tasks"])
def test_a_sweep_goes_on_from_imported_tasks(elsewhere, store, tasks, folder):
    found = import_tasks(elsewhere.root.parent / folder, store)
    assert found == [Checked(NAME, "3 tasks", "imported")]
    results = run_tasks(tasks, InProcess(), store, progress=False)
    assert all(result.resumed for result in results)
    assert {result.machine["cpu"] for result in results} == {"Other"}
    assert results[0].origin["from"] == ("cluster" if folder == "." else "tasks")
    assert results[0].origin["imported"].startswith("20")


def test_origin_is_kept_and_own_tasks_stay_own(elsewhere, store, tasks):
    first = {"from": "a first place", "imported": "2026-01-01"}
    elsewhere.save(tasks[0], replace(elsewhere.load(tasks[0]), origin=first))
    elsewhere.save(tasks[1], replace(elsewhere.load(tasks[1]), machine=machine()))
    import_tasks(elsewhere.root, store)
    assert store.load(tasks[0]).origin == first
    assert store.load(tasks[1]).origin is None


def test_what_is_here_stays_unless_forced_or_damaged(elsewhere, store, tasks):
    run_tasks(tasks[:2], InProcess(), store, progress=False)
    store.path(tasks[1]).write_text("cut")
    assert set(import_tasks(elsewhere.root, store)) == {
        Checked(NAME, "1 task", "skipped", "here already (--force replaces it)"),
        Checked(NAME, "2 tasks", "imported"),
    }
    assert store.load(tasks[0]).origin is None
    assert store.load(tasks[1]).origin is not None
    assert import_tasks(elsewhere.root, store, force=True) == [Checked(NAME, "3 tasks", "imported")]
    assert store.load(tasks[0]).origin is not None


def test_tampered_tasks_are_rejected(elsewhere, store, tasks):
    edited, cut, swapped = (elsewhere.path(task) for task in tasks)
    edited.write_text(edited.read_text().replace('"n": 100', '"n": 101'))
    cut.with_suffix(".npz").write_bytes(cut.with_suffix(".npz").read_bytes()[:-1])
    swapped.with_suffix(".npz").write_bytes(edited.with_suffix(".npz").read_bytes())
    found = import_tasks(elsewhere.root, store)
    assert [checked.state for checked in found] == ["rejected"] * 3
    assert all("does not fit its checksum" in checked.reason for checked in found)
    assert not list(store.stored())


def rewrite(path, **changes):
    """Change a file and its checksum with it, as one who wants to deceive would."""
    content, arrays = read_checked(path)
    write_checked({**content, **changes}, arrays, path)


def test_renamed_tasks_are_rejected(elsewhere, store, tasks):
    path = elsewhere.path(tasks[0])
    path.rename(path.with_name("f" * 64 + ".json"))
    path.with_suffix(".npz").rename(path.with_name("f" * 64 + ".npz"))
    rewrite(elsewhere.path(tasks[1]), config=plain(Draw(77)))
    other = elsewhere.path(tasks[2])
    (other.parent.parent / "toy_tasks.draw_and_mark").mkdir()
    for suffix in (".json", ".npz"):
        moved = other.with_suffix(suffix)
        moved.rename(moved.parent.parent / "toy_tasks.draw_and_mark" / moved.name)
    found = import_tasks(elsewhere.root, store)
    assert [checked.state for checked in found] == ["rejected"] * 3
    assert all("holds another task than its name and folder say" in checked.reason for checked in found)
    assert not list(store.stored())


@pytest.mark.parametrize("force", [False, True])
def test_stale_tasks_are_skipped_whatever_is_forced(elsewhere, store, tasks, force):
    stale = replace(tasks[0], code={**tasks[0].code, "toy_tasks": "0"})
    elsewhere.save(stale, elsewhere.load(tasks[0]))
    elsewhere.path(tasks[0]).unlink()
    found = {(c.profile, c.state, c.reason) for c in import_tasks(elsewhere.root, store, force=force)}
    assert found == {("1 task", "skipped", "code: toy_tasks changed"), ("2 tasks", "imported", "")}
    assert store.finished([stale]) == 0


def test_foreign_tasks_are_rejected(elsewhere, store, tasks):
    result = elsewhere.load(tasks[0])
    elsewhere.write(StoredTask("nowhere_known.draw", plain(Draw()), {"nowhere_known": "1"}, result))
    elsewhere.write(StoredTask("lossbar_core.nowhere.draw", plain(Draw()), {}, result))
    elsewhere.write(StoredTask(".hidden", plain(Draw()), {}, result))
    found = {c.id: c for c in import_tasks(elsewhere.root, store)}
    assert found[NAME].state == "imported"
    assert found["nowhere_known.draw"].reason == "there is no module nowhere_known here"
    assert found["lossbar_core.nowhere.draw"].reason == "there is no module lossbar_core.nowhere here"
    assert {c.state for name, c in found.items() if name != NAME} == {"rejected"}
    assert {path.parent.name for path in store.stored()} == {NAME}


@pytest.mark.parametrize(
    "changes",
    [
        {"code": ["a"]},
        {"function": 3},
        {"machine": "mine"},
        {"seconds": "soon"},
        {"origin": 1},
        {"format": 2},
    ],
)
def test_other_types_are_rejected(elsewhere, store, tasks, changes):
    rewrite(elsewhere.path(tasks[0]), **changes)
    found = [c for c in import_tasks(elsewhere.root, store) if c.state != "imported"]
    assert [c.state for c in found] == ["rejected"]


def test_a_configuration_of_nonsense_is_rejected(elsewhere, store, tasks):
    result = elsewhere.load(tasks[0])
    elsewhere.write(StoredTask(NAME, {"dataclass": 5, "fields": {}}, {}, result))
    (rejected,) = [c for c in import_tasks(elsewhere.root, store) if c.state != "imported"]
    assert "names no code (AttributeError" in rejected.reason


def test_other_files_and_folders_are_left_alone(tmp_path, store):
    (tmp_path / "other" / "BSL-Fig2").mkdir(parents=True)
    (tmp_path / "other" / "BSL-Fig2" / "quick.json").write_text("{}")
    assert import_tasks(tmp_path / "other", store) == []
    assert import_tasks(tmp_path / "absent", store) == []


def test_no_code_runs_on_import(elsewhere, store, tmp_path, monkeypatch):
    (tmp_path / "evil.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    result = elsewhere.load(make_tasks(draw, [Draw(0)])[0])
    from lossbar_core.runs.fingerprint import modules_code

    elsewhere.write(StoredTask("evil.f", {"seed": 0}, modules_code(["evil"]), result))
    found = {c.id: c.state for c in import_tasks(elsewhere.root, store)}
    assert found == {NAME: "imported", "evil.f": "imported"}  # it fits this machine; nothing asks for it


def test_tasks_of_several_functions_are_counted_apart(elsewhere, store, tmp_path):
    marked = make_tasks(draw_and_mark, [Draw(0, folder=str(tmp_path))])
    run_tasks(marked, InProcess(), elsewhere, progress=False)
    assert {(c.id, c.profile) for c in import_tasks(elsewhere.root, store)} == {
        (NAME, "3 tasks"),
        ("toy_tasks.draw_and_mark", "1 task"),
    }
