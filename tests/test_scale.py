"""The script of the largest clouds, with a hundredth of their points."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


def scale(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(BENCHMARKS / "scale.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_both_ways_give_the_same_bars_and_nothing_is_written():
    before = {path: path.read_bytes() for path in BENCHMARKS.glob("scale.[jm]*")}
    done = scale("six", "six-stream", "--small")
    assert done.returncode == 0, done.stderr
    lines = [line.split(" ", 1) for line in done.stdout.splitlines()]
    rows = {name: json.loads(text) for name, text in lines[:2]}
    assert rows["six"]["digest"] == rows["six-stream"]["digest"]
    assert (rows["six"]["streamed"], rows["six-stream"]["streamed"]) == (False, True)
    assert done.stdout.splitlines()[-1] == "2 of 2 cases passed"
    assert {path: path.read_bytes() for path in BENCHMARKS.glob("scale.[jm]*")} == before


def test_an_unknown_case_is_refused():
    done = scale("seven")
    assert done.returncode == 2
    assert "expected cases among plane, plane-stream" in done.stderr
