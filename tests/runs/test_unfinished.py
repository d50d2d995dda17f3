import pytest
import toy_tasks
from toy_project import toy_items

from lossbar_core.papers.base import ITEMS
from lossbar_core.results import ResultStore
from lossbar_core.runs.executors import InProcess
from lossbar_core.runs.sweep import run_tasks
from lossbar_core.runs.task_store import TaskStore
from lossbar_core.runs.tasks import make_tasks
from lossbar_core.runs.unfinished import unfinished


@pytest.fixture
def stores(tmp_path, monkeypatch):
    for name in list(ITEMS):
        monkeypatch.delitem(ITEMS, name)
    monkeypatch.setitem(ITEMS, "TOY-Sum", toy_tasks.sweep_toy())
    monkeypatch.setitem(ITEMS, "TOY-Clock", toy_items()["TOY-Clock"])
    monkeypatch.setenv("LOSSBAR_ROOT", str(tmp_path))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "register.yml").write_text("")
    return ResultStore(), TaskStore()


def test_what_was_never_started_is_left_out(stores):
    assert unfinished(*stores) == {}


def test_tasks_on_disk_are_counted(stores):
    results, store = stores
    config = ITEMS["TOY-Sum"].profiles["paper"]
    tasks = make_tasks(toy_tasks.draw, toy_tasks.split(config))
    run_tasks(tasks[:7], InProcess(), store, progress=False)
    # The tasks of the smaller profiles are among those of the largest.
    assert unfinished(results, store) == {
        ("TOY-Sum", "smoke"): (1, 1),
        ("TOY-Sum", "quick"): (4, 4),
        ("TOY-Sum", "paper"): (7, 12),
    }


def test_finished_sweeps_are_left_out(stores):
    from lossbar_core.results import compute

    results, store = stores
    results.save(compute("TOY-Sum", "paper"))
    assert ("TOY-Sum", "paper") not in unfinished(results, store)
