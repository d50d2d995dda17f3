"""The bar of a long call: shown when asked for, on stderr, with its label; silent otherwise."""

import subprocess
import sys

import pytest

from lossbar_core.progress import progress_bar


def test_shown_with_label_and_count(capsys):
    with progress_bar("neighbours", 2000, show=True) as advance:
        advance(500)
        advance(1500)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "neighbours: 100%" in captured.err
    assert "2.00k/2.00k" in captured.err


def test_silent_when_not_wanted(capsys):
    with progress_bar("neighbours", 10, show=False) as advance:
        advance(10)
    assert capsys.readouterr() == ("", "")


def interrupted():
    with progress_bar("values", 10, show=True) as advance:
        advance(4)
        raise KeyboardInterrupt


def test_closed_when_the_work_is_interrupted(capsys):
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    error = capsys.readouterr().err
    assert "values:  40%" in error
    assert error.endswith("\n")


def test_tqdm_is_not_imported_before_a_bar_is_shown():
    code = "import sys, lossbar_core; print('tqdm' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
