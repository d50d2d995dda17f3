"""Checkpoints: whole or absent, of one request, refused when damaged."""

import os

import numpy as np
import pytest

from lossbar_core.paths import Checkpoint
from lossbar_core.paths.checkpoint import Keeper, read_arrays, write_arrays


def test_arrays_and_facts_come_back_bit_for_bit(tmp_path):
    arrays = {"a": np.random.default_rng(0).random((3, 2)), "empty": np.zeros((0, 2), np.float32)}
    write_arrays(tmp_path / "deep" / "x.npz", arrays, {"step": 3, "failure": None})
    found, facts = read_arrays(tmp_path / "deep" / "x.npz")
    assert facts == {"step": 3, "failure": None}
    assert set(found) == set(arrays)
    for name in arrays:
        assert found[name].dtype == arrays[name].dtype
        np.testing.assert_array_equal(found[name], arrays[name])
    assert os.listdir(tmp_path / "deep") == ["x.npz"]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "x.npz"
    write_arrays(file, {"a": np.ones(2)}, {})
    before = file.read_bytes()

    def full_disk(descriptor):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_arrays(file, {"a": np.zeros(2)}, {})
    assert file.read_bytes() == before
    assert os.listdir(tmp_path) == ["x.npz"]


@pytest.mark.parametrize("harm", ["cut", "flip", "empty", "text", "foreign", "pickled"])
def test_a_damaged_file_is_refused(tmp_path, harm):
    file = tmp_path / "x.npz"
    write_arrays(file, {"a": np.arange(1000.0)}, {"step": 1})
    content = bytearray(file.read_bytes())
    if harm == "foreign":
        np.savez(file, a=np.ones(3))
    elif harm == "pickled":
        np.savez(file, a=np.array([{}], dtype=object), allow_pickle=True)
    else:
        middle = len(content) // 2
        content[middle] ^= 1
        damaged = {"cut": content[:middle], "flip": content, "empty": b"", "text": b"hello"}[harm]
        file.write_bytes(damaged)
    with pytest.raises(ValueError, match=r"undamaged checkpoint .* delete it and run again"):
        read_arrays(file, "checkpoint")


def test_a_sum_that_does_not_fit_is_refused(tmp_path):
    """The archive itself is whole, its content is not what was summed."""
    file = tmp_path / "x.npz"
    write_arrays(file, {"a": np.ones(2)}, {"step": 1})
    with np.load(file) as stored:
        entries = dict(stored)
    np.savez(file, **{**entries, "a": np.zeros(2)})
    with pytest.raises(ValueError, match="its sum is another one"):
        read_arrays(file)


def test_keeper_saves_loads_and_removes_the_state_of_its_request(tmp_path):
    keeper = Keeper(Checkpoint(tmp_path / "x.npz", every=5), {"method": "NEB", "ends": ["a"]})
    assert keeper.load() is None
    assert [step for step in range(1, 12) if keeper.due(step)] == [5, 10]
    keeper.save({"pivots": np.ones(3)}, {"step": 5})
    arrays, facts = Keeper(tmp_path / "x.npz", {"ends": ["a"], "method": "NEB"}).load()
    np.testing.assert_array_equal(arrays["pivots"], np.ones(3))
    assert facts == {"step": 5}
    with pytest.raises(ValueError, match=r"got that of another method.*delete it"):
        Keeper(tmp_path / "x.npz", {"method": "TO"}).load()
    keeper.remove()
    keeper.remove()
    assert not (tmp_path / "x.npz").exists()


def test_without_a_file_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keeper = Keeper(None, {})
    keeper.save({"a": np.ones(1)}, {})
    assert keeper.load() is None
    assert not keeper.due(100)
    assert os.listdir(tmp_path) == []


def test_bad_input(tmp_path):
    with pytest.raises(TypeError, match="expected a file name as checkpoint, got 3"):
        Checkpoint(3)
    with pytest.raises(TypeError, match="expected a file name"):
        Keeper(True, {})
    with pytest.raises(ValueError, match="every >= 1"):
        Checkpoint("x", every=0)
    with pytest.raises(ValueError, match="got the folder"):
        Checkpoint(tmp_path)
