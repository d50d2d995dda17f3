"""An export is whole, readable without the library, and refused when it was touched."""

import csv
import json

import numpy as np
import pytest
import torch

from lossbar_core.paths import Path
from lossbar_core.paths.minima import MinimaBarcode
from lossbar_core.study import StudyResult, export_study, load_study
from lossbar_core.study.export import REPORT

TOPS = [[0.0, 9.0, 4.0], [9.0, 1.0, np.inf], [4.0, np.inf, 2.0]]


@pytest.fixture
def result():
    """Three minima in two dimensions; one path failed."""
    minima = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    paths = {(i, j): Path(minima[[i, j]]) for i, j in ((0, 1), (0, 2), (1, 2))}
    paths[1, 2].failure = "diverged at step 3"
    found = MinimaBarcode.from_tops(
        [0.0, 1.0, 2.0], TOPS, paths=paths, failures={(1, 2): "diverged at step 3"}
    )
    return StudyResult(
        minima=minima,
        seeds=np.array([0, 2, 3]),
        losses=found.births,
        accuracies=None,
        history=np.ones((4, 4)),
        epochs=np.arange(4.0),
        diverged={1: "loss nan at step 7"},
        found=found,
        straight=np.array([[0, 9, 5], [9, 1, 8], [5, 8, 2.0]]),
        straight_aligned=None,
        gradients={"training": 16, "paths": 40},
        layout=[("weight", (1, 2))],
        settings={"model": "a:b"},
        provenance={"request": {}},
    )


def test_what_is_written_comes_back(result, tmp_path):
    files = export_study(result, tmp_path / "out")
    assert files[0].name == REPORT
    loaded = load_study(tmp_path / "out")
    assert loaded.summary() == result.summary()
    assert loaded.rows() == result.rows()
    assert (loaded.diverged, loaded.gradients, loaded.layout) == (
        result.diverged,
        result.gradients,
        result.layout,
    )
    assert loaded.found.failures == result.found.failures
    for name in ("seeds", "losses", "history", "epochs", "straight"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(result, name))
    np.testing.assert_array_equal(loaded.found.tops, result.found.tops)
    assert loaded.accuracies is None is loaded.straight_aligned
    assert torch.equal(loaded.found.paths[0, 2].pivots, result.found.paths[0, 2].pivots)


def test_the_files_need_no_library_and_no_pickle(result, tmp_path):
    export_study(result, tmp_path)
    with np.load(tmp_path / "minima.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["thetas"], result.minima.numpy())
    rows = list(csv.DictReader((tmp_path / "barcode.csv").read_text().splitlines()))
    assert [(row["birth"], row["death"], row["swallower"]) for row in rows] == [
        ("0.0", "inf", ""),
        ("1.0", "9.0", "0"),
        ("2.0", "4.0", "0"),
    ]
    stored = json.loads((tmp_path / "barcode.json").read_text(), parse_constant=pytest.fail)
    assert stored["tops"][1] == [9.0, 1.0, None]
    assert stored["bars"][0]["death"] is None
    with np.load(tmp_path / "paths" / "01-02.npz", allow_pickle=False) as arrays:
        assert arrays["pivots"].shape == (2, 2)


def test_an_export_replaces_an_earlier_one_whole(result, tmp_path):
    export_study(result, tmp_path)
    (tmp_path / "paths" / "07-08.npz").write_bytes(b"of an earlier study")
    export_study(result, tmp_path)
    assert not (tmp_path / "paths" / "07-08.npz").exists()


def test_without_its_report_an_export_is_unfinished(result, tmp_path, monkeypatch):
    monkeypatch.setattr("lossbar_core.study.export._report", lambda result: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_study(result, tmp_path)
    with pytest.raises(FileNotFoundError, match="expected a finished study"):
        load_study(tmp_path)


@pytest.mark.parametrize("name", ["minima.npz", "barcode.csv", "barcode.json", "paths/00-01.npz"])
def test_a_touched_or_missing_file_is_named(name, result, tmp_path):
    export_study(result, tmp_path)
    file = tmp_path / name
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(ValueError, match=f"expected {name} as it was exported .* another content"):
        load_study(tmp_path)
    file.unlink()
    with pytest.raises(ValueError, match="got none"):
        load_study(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"kind": "another"}'])
def test_another_report_is_refused(text, tmp_path):
    (tmp_path / REPORT).write_text(text)
    with pytest.raises(ValueError, match="report of a study"):
        load_study(tmp_path)
