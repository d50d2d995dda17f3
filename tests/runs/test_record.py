import io
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from toy_project import ROOT, toy_items

from lossbar_core.papers.base import ITEMS
from lossbar_core.results import ResultStore
from lossbar_core.runs.atomic import sha256
from lossbar_core.runs.compute import compute
from lossbar_core.runs.jsonable import canonical
from lossbar_core.runs.record import DamagedRecordError, Record, read_record, write_record


@pytest.fixture
def record(monkeypatch) -> Record:
    for name, item in toy_items().items():
        monkeypatch.setitem(ITEMS, name, item)
    return compute("TOY-Sum")


def test_round_trip(record, tmp_path):
    path = tmp_path / "quick.json"
    write_record(record, path)
    again = read_record(path)
    assert again == record
    np.testing.assert_array_equal(again.arrays["numbers"], [1.0, 2.0, 3.0])
    assert math.isinf(again.values["worst"])
    json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_same_record_gives_same_bytes(record, tmp_path):
    for name in "ab":
        write_record(record, tmp_path / name / "quick.json")
    for suffix in ("json", "npz"):
        assert (tmp_path / f"a/quick.{suffix}").read_bytes() == (tmp_path / f"b/quick.{suffix}").read_bytes()


def test_record_without_arrays_has_one_file(record, tmp_path):
    path = tmp_path / "quick.json"
    write_record(record, path)
    write_record(replace(record, arrays={}), path)
    assert [p.name for p in tmp_path.iterdir()] == ["quick.json"]
    assert read_record(path).arrays == {}


@pytest.mark.parametrize("suffix", [".json", ".npz"])
@pytest.mark.parametrize("kept", [0, 0.5, 0.99])
def test_truncated_file_is_recognised(record, tmp_path, suffix, kept):
    path = tmp_path / "quick.json"
    write_record(record, path)
    cut = path.with_suffix(suffix)
    cut.write_bytes(cut.read_bytes()[: int(kept * cut.stat().st_size)])
    with pytest.raises(DamagedRecordError, match=cut.name):
        read_record(path)


def test_edited_number_is_recognised(record, tmp_path):
    path = tmp_path / "quick.json"
    write_record(record, path)
    path.write_text(path.read_text().replace('"total": 6.0', '"total": 7.0'))
    with pytest.raises(DamagedRecordError, match="does not fit its checksum"):
        read_record(path)


def test_absent_arrays_are_recognised(record, tmp_path):
    path = tmp_path / "quick.json"
    write_record(record, path)
    path.with_suffix(".npz").unlink()
    with pytest.raises(DamagedRecordError, match=r"quick.npz .* absent"):
        read_record(path)


@pytest.mark.parametrize("content", ["[]", "{}", '{"sha256": "x"}', "null"])
def test_other_json_is_no_record(tmp_path, content):
    path = tmp_path / "quick.json"
    path.write_text(content)
    with pytest.raises(DamagedRecordError, match=r"quick\.json"):
        read_record(path)


def test_valid_checksum_of_other_fields_is_no_record(tmp_path):
    path = tmp_path / "quick.json"
    path.write_text(json.dumps({"format": 1, "sha256": sha256(canonical({"format": 1}).encode())}))
    with pytest.raises(DamagedRecordError, match="fields of a record"):
        read_record(path)


def test_pickles_are_never_loaded(record, tmp_path):
    path = tmp_path / "quick.json"
    write_record(record, path)
    buffer = io.BytesIO()
    np.savez(buffer, numbers=np.array([{"an": "object"}], dtype=object))
    content = json.loads(path.read_text())
    content["arrays"]["sha256"] = sha256(buffer.getvalue())
    del content["sha256"]
    content["sha256"] = sha256(canonical(content).encode())
    path.write_text(json.dumps(content))
    path.with_suffix(".npz").write_bytes(buffer.getvalue())
    with pytest.raises(DamagedRecordError, match=r"plain arrays: .*allow_pickle=False"):
        read_record(path)
    with pytest.raises(ValueError, match="allow_pickle"):
        write_record(replace(record, arrays={"numbers": np.array([object()])}), tmp_path / "other.json")


def test_records_say_where_tasks_ran_and_older_ones_need_not(record, tmp_path):
    tasks = {"count": 2, "resumed": 0, "seconds": 1.5, "places": []}
    write_record(replace(record, tasks=tasks), tmp_path / "quick.json")
    assert read_record(tmp_path / "quick.json").tasks == tasks
    write_record(record, tmp_path / "quick.json")
    assert "tasks" not in json.loads((tmp_path / "quick.json").read_text())  # byte for byte as before
    assert read_record(tmp_path / "quick.json").tasks is None


def test_committed_records_still_read():
    store = ResultStore(ROOT / "data" / "results")
    found = [store.load(*key) for key in store.stored()]
    assert len(found) >= 15
    assert all(read is not None and read.values for read in found)
