"""The README keeps its promises: its example runs, its files and commands exist."""

import doctest
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text()


def test_example_runs():
    failures, tried = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert tried > 5
    assert failures == 0


def test_named_files_exist():
    named = re.findall(r"`((?:notebooks|benchmarks|book)/[\w./]*|CITATION\.cff)`|\]\((book/[^)]+)\)", TEXT)
    paths = [a or b for a, b in named]
    assert len(paths) >= 4
    for path in paths:
        assert (ROOT / path).exists(), path


def test_named_targets_exist():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"(?:^|`)make ([a-z-]+)", TEXT, re.MULTILINE))
    assert {"book", "test", "help"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
