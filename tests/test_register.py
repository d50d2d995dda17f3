"""The register: its schema, its counts, and what the reader refuses."""

import copy
import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from lossbar_core.register import Check, Entry, Register

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "data" / "register.yml"
SCHEMA = ROOT / "data" / "register.schema.json"
ROWS = {"BSL": 27, "TO": 32, "FB": 30, "SR": 28, "HI": 24}
CHAPTERS = (
    "02_barcodes",
    "03_algorithm",
    "04_benchmark_functions",
    "05_morse_complex",
    "06_convergence",
    "07_small_networks",
    "08_known_landscapes",
    "09_depth_and_width",
    "10_dynamic_strings",
    "12_negative_directions",
    "13_many_solutions",
    "14_curvature",
    "15_connected_level_sets",
    "16_curved_level_sets",
)
RESERVED = {"con", "prn", "aux", "nul"}


@pytest.fixture(scope="module")
def document() -> dict:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def register() -> Register:
    return Register.load(FILE)


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def write(folder: Path, document: object) -> Path:
    file = folder / "register.yml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return file


def test_file_follows_schema(document, validator):
    errors = [f"{list(e.path)}: {e.message}" for e in validator.iter_errors(document)]
    assert not errors


def test_no_key_is_written_twice():
    class Strict(yaml.SafeLoader):
        def construct_mapping(self, node, deep=False):
            keys = [self.construct_object(key) for key, _ in node.value]
            assert len(keys) == len(set(keys)), f"{node.start_mark}: a key occurs twice among {keys}"
            return super().construct_mapping(node, deep)

    assert yaml.load(FILE.read_text(encoding="utf-8"), Loader=Strict)  # a subclass of the safe loader
    with pytest.raises(AssertionError, match="occurs twice"):
        yaml.load("{a: 1, a: 2}", Loader=Strict)


def test_rows_per_paper(register):
    assert register.counts() == ROWS
    assert len(register) == len(list(register)) == 141
    assert {paper: len(register.of_paper(paper)) for paper in register.papers} == ROWS
    assert sum(entry.id.startswith("FBF-") for entry in register.of_paper("FB")) == 9


def test_ids_name_files(register):
    ids = [entry.id for entry in register]
    assert len({id.casefold() for id in ids}) == len(ids)
    assert len({entry.row for entry in register}) == len(ids)
    for id in ids:
        assert re.fullmatch(r"[A-Za-z0-9.-]+", id)
        assert not id.endswith(".")
        assert id.split(".")[0].lower() not in RESERVED


def test_prefix_of_id_belongs_to_paper(register):
    prefixes = {"BSL": {"BSL"}, "TO": {"TO"}, "FB": {"FB", "FBF"}, "SR": {"SR", "NEB", "GN"}, "HI": {"HI"}}
    for entry in register:
        assert entry.id.split("-")[0] in prefixes[entry.paper]
        assert entry.row.startswith(entry.id.split("-")[0])


def test_chapters_are_known_and_cover_what_exists_now(register):
    assert register.chapters == CHAPTERS
    assert {chapter: len(register.of_chapter(chapter)) for chapter in CHAPTERS} == dict(
        zip(CHAPTERS, (9, 4, 4, 1, 3, 7, 16, 13, 16, 20, 2, 11, 13, 6), strict=True)
    )
    assert len(register.of_chapter(None)) == 16


def test_chapters_exist_as_notebooks(register):
    for stem in register.chapters:
        assert (ROOT / "notebooks" / f"{stem}.md").is_file(), stem


def test_every_item_says_enough(register):
    for entry in register:
        assert (entry.chapter is None) == bool(entry.planned), entry.id
        assert (entry.chapter is None) == (not entry.checks), entry.id
        assert entry.illustrative == (entry.status == ("S",)), entry.id
        if "X" in entry.status:
            assert entry.paper_value.startswith("No value in the source"), entry.id
        if "!" in entry.status and not entry.id.startswith("HI-"):  # there, one note serves several rows
            assert entry.note, entry.id


def test_every_check_list_has_distinct_conditions(register):
    for entry in register:
        for checks in (entry.checks, entry.setting, entry.contradicts):
            conditions = [(check.value, check.relation) for check in checks]
            assert len(conditions) == len(set(conditions)), entry.id


def test_no_text_points_outside_the_repository():
    text = FILE.read_text(encoding="utf-8")
    assert not re.search(r"/work|/tmp|shared/|REGISTER\.md|\[chk\]|\[inf\]", text)


def test_value_names_are_each_named_once(register):
    names = register["BSL-Def1"].value_names
    assert names == ("count_mismatches", "overused_saddles", "trials")


def test_checks_are_typed(register):
    checks = {check.value: check for check in register["BSL-Fig4"].checks}
    assert checks["multiplicities"] == Check("multiplicities", "equals", (8, 16, 24))
    assert checks["max_error"].bound == 0.002
    assert register["BSL-Alg1"].checks[2].bound == (0.95, 1.25)


def test_entries_are_immutable(register):
    with pytest.raises(AttributeError, match="title"):
        register["BSL-Fig2"].title = "other"


def test_lookup_suggests_near_ids(register):
    assert "BSL-Fig2" in register
    assert "BSL-Fig22" not in register
    with pytest.raises(ValueError, match=r"got 'BSL-Fg2'; did you mean .*BSL-Fig2"):
        register["BSL-Fg2"]
    with pytest.raises(ValueError, match=r"got '\?'; Register"):
        register["?"]


def test_unknown_paper_or_field(register):
    with pytest.raises(ValueError, match="expected a paper among BSL, TO, FB, SR, HI, got 'GN'"):
        register.of_paper("GN")
    with pytest.raises(ValueError, match="expected a field among"):
        register.counts("colour")
    assert sum(register.counts("kind").values()) == 141


def test_load_finds_the_repository(tmp_path, monkeypatch):
    monkeypatch.delenv("LOSSBAR_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    assert len(Register.load()) == 141  # beside the package
    (tmp_path / "data").mkdir()
    write(tmp_path / "data", {"version": 1, "papers": {"BSL": "t"}, "items": [item()]})
    deep = tmp_path / "notebooks" / "deep"
    deep.mkdir(parents=True)
    (tmp_path / "_config.yml").write_text("")
    monkeypatch.chdir(deep)
    assert len(Register.load()) == 1  # above the working directory
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("LOSSBAR_ROOT", str(tmp_path))
    assert len(Register.load()) == 1  # named


def test_load_refuses_a_wrong_place(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"expected a register at .*; give its path"):
        Register.load(tmp_path / "none.yml")
    monkeypatch.setenv("LOSSBAR_ROOT", str(tmp_path))
    with pytest.raises((FileNotFoundError, ValueError), match="LOSSBAR_ROOT"):
        Register.load()


def item(**changes: object) -> dict:
    base = {
        "id": "BSL-Fig1",
        "row": "BSL-Fig1",
        "paper": "BSL",
        "place": "p",
        "kind": "figure",
        "status": ["R"],
        "title": "t",
        "computed": "c",
        "paper_value": "v",
        "criterion": "a",
        "chapter": "02_barcodes",
        "full_profile": "quick",
        "checks": [{"value": "n", "equals": 4}],
    }
    return {key: value for key, value in {**base, **changes}.items() if value != "DROP"}


def test_the_valid_item_is_accepted(tmp_path, validator):
    papers = dict.fromkeys(ROWS, "t")
    document = {"version": 1, "papers": papers, "items": [item()]}
    assert not list(validator.iter_errors(document))
    assert isinstance(Register.load(write(tmp_path, document))["BSL-Fig1"], Entry)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "BSL Fig/1"}, "expected letters, digits, dots and hyphens as 'id', got 'BSL Fig/1'"),
        ({"id": "BSL-Fig1."}, "expected letters"),
        ({"id": "DROP"}, "expected a text that is not empty as 'id', got None"),
        ({"title": ""}, "expected a text that is not empty as 'title'"),
        ({"criterion": 3}, "as 'criterion', got 3"),
        ({"note": ""}, "as 'note'"),
        ({"paper": "XX"}, "expected one of .* as 'paper', got 'XX'"),
        ({"kind": "poem"}, "as 'kind', got 'poem'"),
        ({"status": ["Q"]}, "as 'status'"),
        ({"status": "R"}, "as 'status'"),
        ({"full_profile": "smoke"}, "as 'full_profile', got 'smoke'"),
        ({"illustrative": "yes"}, "expected true or false as 'illustrative'"),
        ({"colour": "red"}, r"got \['colour'\]"),
        ({"chapter": "DROP"}, "expected the stem of a notebook, or null as 'chapter'"),
        ({"chapter": None, "checks": []}, "expected the theme of the chapter to come as 'planned'"),
        ({"planned": "x"}, "expected nothing, since there is a chapter as 'planned'"),
        ({"checks": []}, "expected at least one check"),
        ({"checks": {"value": "n"}}, "expected a list of checks as 'checks'"),
        ({"checks": [{"value": "n"}]}, "expected a value, one of"),
        ({"checks": [{"value": "n", "equals": 1, "at_most": 2}]}, "expected a value, one of"),
        ({"checks": [{"value": "n", "equals": 1, "unit": "s"}]}, "expected a value, one of"),
        ({"checks": [{"equals": 1}]}, "expected the name of a measured value"),
        ({"checks": [{"value": "n", "at_most": "two"}]}, "expected a number as 'at_most', got 'two'"),
        ({"checks": [{"value": "n", "at_least": True}]}, "expected a number as 'at_least'"),
        ({"checks": [{"value": "n", "between": [1]}]}, "expected a pair"),
        ({"checks": [{"value": "n", "is_true": False}]}, "expected true as 'is_true'"),
        ({"checks": [{"value": "n", "equals": None}]}, "as 'equals', got None"),
    ],
)
def test_a_wrong_item_is_refused_by_reader_and_schema(tmp_path, validator, changes, message):
    document = {"version": 1, "papers": dict.fromkeys(ROWS, "t"), "items": [item(**changes)]}
    with pytest.raises(ValueError, match=message):
        Register.load(write(tmp_path, document))
    assert list(validator.iter_errors(document))


def test_what_only_the_reader_can_refuse(tmp_path, document):
    between = item(checks=[{"value": "n", "between": [2, 1]}])
    papers = {"BSL": "t"}
    with pytest.raises(ValueError, match="low <= high"):
        Register.load(write(tmp_path, {"version": 1, "papers": papers, "items": [between]}))
    twice = {"version": 1, "papers": papers, "items": [item(), item(id="BSL-FIG1")]}
    with pytest.raises(ValueError, match=r"unique ids .*BSL-Fig1, BSL-FIG1"):
        Register.load(write(tmp_path, twice))
    gap = copy.deepcopy(document)
    gap["items"][3] = "BSL-Prop2.2"
    with pytest.raises(ValueError, match="expected a mapping with fields among"):
        Register.load(write(tmp_path, gap))


@pytest.mark.parametrize(
    ("text", "message"),
    [("[1, 2]", "expected a mapping, got list"), ("{a: [", "expected YAML"), ("papers: {}", "list 'items'")],
)
def test_a_file_that_is_no_register(tmp_path, text, message):
    file = tmp_path / "register.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        Register.load(file)


def test_what_a_criterion_asks_of_a_value(register):
    assert register["BSL-Fig5"].bound("max_abs_death") == 0.1
    with pytest.raises(KeyError, match="expected a value that BSL-Fig5 checks, got 'seconds'; choose one of"):
        register["BSL-Fig5"].bound("seconds")
