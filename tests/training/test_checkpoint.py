"""Checkpoints: whole or absent, refused where they do not belong."""

import numpy as np
import pytest

from lossbar_core.training.checkpoint import as_file, key_of, load, save


def test_round_trip_replaces_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "run.npz"
    for value in (1.0, 2.0):
        save(path, "key", {"a": np.array([value]), "words": np.array(["loss nan", ""])})
    found = load(path, "key")
    assert found["a"].tolist() == [2.0]
    assert found["words"].tolist() == ["loss nan", ""]
    assert [file.name for file in tmp_path.iterdir()] == ["run.npz"]
    assert load(tmp_path / "other.npz", "key") is None


def test_other_settings_and_broken_files_are_refused(tmp_path):
    path = tmp_path / "run.npz"
    save(path, key_of({"rate": 0.1}), {"a": np.zeros(3)})
    with pytest.raises(ValueError, match="checkpoint of this run, got one with other settings"):
        load(path, key_of({"rate": 0.2}))
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ValueError, match=r"cannot be read .*delete it"):
        load(path, "key")
    np.savez(path, a=np.zeros(3))
    with pytest.raises(ValueError, match="cannot be read"):
        load(path, "key")


def test_names(tmp_path):
    assert as_file(None) is None
    assert as_file(str(tmp_path / "a.npz")) == tmp_path / "a.npz"
    for wrong in (tmp_path / "a.pt", tmp_path / "no" / "a.npz", tmp_path):
        with pytest.raises(ValueError, match=r"an .npz file in a folder that exists"):
            as_file(wrong)
    with pytest.raises(TypeError, match="checkpoint as a path, got True"):
        as_file(True)
