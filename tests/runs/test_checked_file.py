import io
import json

import numpy as np
import pytest

from lossbar_core.runs.atomic import sha256
from lossbar_core.runs.checked_file import DamagedRecordError, read_checked, write_checked
from lossbar_core.runs.jsonable import canonical


def test_round_trip(tmp_path):
    arrays = {"a": np.arange(3, dtype=np.int16), "b": np.array("text")}
    write_checked({"x": float("inf"), "y": [1, 2.5]}, arrays, tmp_path / "one.json")
    content, again = read_checked(tmp_path / "one.json")
    assert content == {"x": float("inf"), "y": [1, 2.5]}
    assert set(again) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(again[name], array, strict=True)


def test_without_arrays_there_is_one_file(tmp_path):
    write_checked({"x": 1}, {"a": np.zeros(2)}, tmp_path / "one.json")
    write_checked({"x": 1}, {}, tmp_path / "one.json")
    assert [path.name for path in tmp_path.iterdir()] == ["one.json"]
    assert read_checked(tmp_path / "one.json") == ({"x": 1}, {})


def plain_array() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(2))
    return buffer.getvalue()


@pytest.mark.parametrize("data", [b"no archive", b"PK\x03\x04 half of one", b"", plain_array()])
def test_what_is_no_archive_is_damaged_even_with_a_fitting_checksum(tmp_path, data):
    content = {"x": 1, "arrays": {"names": ["a"], "sha256": sha256(data)}}
    content["sha256"] = sha256(canonical(content).encode())
    (tmp_path / "one.json").write_text(json.dumps(content))
    (tmp_path / "one.npz").write_bytes(data)
    with pytest.raises(DamagedRecordError, match=r"one\.npz holds something other than plain arrays"):
        read_checked(tmp_path / "one.json")


@pytest.mark.parametrize("arrays", [1, ["sha256"], {"names": []}])
def test_arrays_without_a_checksum_are_damaged(tmp_path, arrays):
    content = {"x": 1, "arrays": arrays}
    content["sha256"] = sha256(canonical(content).encode())
    (tmp_path / "one.json").write_text(json.dumps(content))
    with pytest.raises(DamagedRecordError, match=r"one\.json is not a whole record"):
        read_checked(tmp_path / "one.json")


def test_endless_brackets_are_damaged(tmp_path):
    """A foreign file may be anything; the others are imported all the same."""
    (tmp_path / "one.json").write_text("[" * 100_000)
    with pytest.raises(DamagedRecordError, match=r"one\.json is not a whole record \(RecursionError\)"):
        read_checked(tmp_path / "one.json")
