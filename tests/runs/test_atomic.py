import errno
import os
import subprocess
import sys

import pytest

from lossbar_core.runs import atomic
from lossbar_core.runs.atomic import locked, write_atomically


def test_replaces_whole_and_leaves_nothing_else(tmp_path):
    target = tmp_path / "deep" / "file.json"
    write_atomically(target, b"old")
    write_atomically(target, b"new")
    assert target.read_bytes() == b"new"
    assert os.listdir(target.parent) == ["file.json"]


def test_failure_keeps_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "file.json"
    write_atomically(target, b"old")

    def fail(*paths):
        raise OSError("no space left")

    monkeypatch.setattr(atomic.os, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        write_atomically(target, b"new")
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file.json"]


def test_a_full_disk_names_the_file(tmp_path, monkeypatch):
    def fail(number):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", fail)
    with pytest.raises(OSError, match=r"No space left on device: '.*file\.json'"):
        write_atomically(tmp_path / "file.json", b"new")
    assert os.listdir(tmp_path) == []


def test_sweeps_what_a_dead_process_left_but_not_a_living_one(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    living = os.getppid()
    (tmp_path / f".file.json.{dead.pid}.tmp").write_bytes(b"half")
    (tmp_path / f".file.json.{living}.tmp").write_bytes(b"half")
    write_atomically(tmp_path / "file.json", b"whole")
    assert sorted(os.listdir(tmp_path)) == [f".file.json.{living}.tmp", "file.json"]


def test_lock_waits_for_the_other_process(tmp_path):
    holder = "import sys; from pathlib import Path; from lossbar_core.runs.atomic import locked\n"
    holder += (
        f"with locked(Path({str(tmp_path / 'lock')!r})):\n print('held', flush=True); sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "held\n"
    process.kill()  # even then the lock is free again
    with locked(tmp_path / "lock"):
        pass
    process.communicate()
