"""No test of this folder sees the machine's data or cache, or uses a network."""

import pooch
import pytest


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """An empty cache, no LOSSBAR_DATA, no server; returns the list of what the server was asked for."""
    asked = []

    def retrieve(url, known_hash, fname, path):
        asked.append((url, known_hash, fname, path))
        raise ConnectionError("no route to host")

    monkeypatch.delenv("LOSSBAR_DATA", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    monkeypatch.setattr(pooch, "retrieve", retrieve)
    return asked


@pytest.fixture
def data(nowhere, monkeypatch, tmp_path):
    """A folder that LOSSBAR_DATA names."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("LOSSBAR_DATA", str(folder))
    return folder
