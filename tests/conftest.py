"""Settings and fixtures of all tests: hypothesis is deterministic and keeps nothing on disk."""

import sys
from importlib.util import find_spec

import pytest
from hypothesis import settings

NEED_TORCH = ("alignment", "landscapes", "networks", "paths", "study", "training")
collect_ignore_glob = [] if find_spec("torch") else [f"{folder}/*" for folder in NEED_TORCH]

settings.register_profile("lossbar", deadline=None, derandomize=True, database=None, max_examples=60)
settings.load_profile("lossbar")


@pytest.fixture
def no_network(monkeypatch, tmp_path):
    """An empty cache of data sets, no LOSSBAR_DATA, no server; returns the list of what the server was asked for."""
    import pooch

    asked = []

    def retrieve(url, known_hash, fname, path):
        asked.append((url, known_hash, fname, path))
        raise ConnectionError("no route to host")

    monkeypatch.delenv("LOSSBAR_DATA", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    monkeypatch.setattr(pooch, "retrieve", retrieve)
    return asked


@pytest.fixture
def data_folder(no_network, monkeypatch, tmp_path):
    """A folder that LOSSBAR_DATA names."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("LOSSBAR_DATA", str(folder))
    return folder


@pytest.fixture
def foreign(tmp_path, monkeypatch):
    """Name of a module with a user's own networks and data; its folder is on the search path while the test runs."""
    from foreign_project import FOREIGN

    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "foreign_nets.py").write_text(FOREIGN)
    monkeypatch.syspath_prepend(folder)
    yield "foreign_nets"
    sys.modules.pop("foreign_nets", None)
