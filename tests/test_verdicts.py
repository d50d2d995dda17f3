"""Verdicts: every rule from both sides, and that a worse value never gives a better word."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbar_core import verdicts
from lossbar_core.register import Check, Entry, Register
from lossbar_core.verdicts import format_bound, format_number, judge, verdict

PASSING = {"n_bars": 6, "error": 0.001, "share": 0.5, "exponent": 1.0, "same": True}
CHECKS = (
    Check("n_bars", "equals", 6),
    Check("error", "at_most", 0.002),
    Check("share", "at_least", 0.3),
    Check("exponent", "between", (0.95, 1.25)),
    Check("same", "is_true", True, "mirror bars agree"),
)
ENTRY = Entry(
    id="BSL-Fig2",
    row="BSL-Fig2",
    paper="BSL",
    place="section 4",
    kind="figure",
    status=("R",),
    title="t",
    computed="c",
    paper_value="v",
    criterion="a",
    chapter="04_benchmark_functions",
    full_profile="quick",
    checks=CHECKS,
)


def word(entry=ENTRY, profile="quick", /, **values):
    return verdict(entry, {**PASSING, **values}, profile).word


def test_words_are_the_seven():
    assert set(verdicts.WORDS) == {
        "reproduced",
        "finding reproduced (reduced setting)",
        "not reproduced",
        "contradicted",
        "illustrative",
        "no value in the source",
        "not run",
    }


def test_not_run_without_chapter_or_result():
    coming = replace(ENTRY, chapter=None, planned="convergence", checks=())
    assert verdict(coming, None, None) == verdicts.Verdict("not run", "chapter to come")
    assert verdict(coming, PASSING, "quick").word == "not run"
    assert verdict(ENTRY, None, "quick") == verdicts.Verdict("not run", "no committed result")
    assert word() == "reproduced"


def test_every_item_without_chapter_is_not_run_yet_and_no_other_reason_exists():
    for entry in Register.load():
        reason = "chapter to come" if entry.chapter is None else "no committed result"
        assert verdict(entry, None, None) == verdicts.Verdict("not run", reason)


def test_profile_decides_between_reproduced_and_finding():
    full = replace(ENTRY, full_profile="paper")
    assert [word(ENTRY, p) for p in ("smoke", "quick", "paper")] == [verdicts.REDUCED, *["reproduced"] * 2]
    assert [word(full, p) for p in ("smoke", "quick", "paper")] == [*[verdicts.REDUCED] * 2, "reproduced"]
    assert "paper's setting is paper" in verdict(full, PASSING, "quick").reason
    with pytest.raises(ValueError, match=r"expected a profile among .* got 'full'"):
        verdict(ENTRY, PASSING, "full")
    with pytest.raises(ValueError, match="got None; say how BSL-Fig2 was run"):
        verdict(ENTRY, PASSING, None)


def test_setting_decides_between_reproduced_and_finding():
    entry = replace(ENTRY, setting=(Check("n_points", "at_least", 100_000),))
    assert word(entry, n_points=100_000) == "reproduced"
    short = verdict(entry, {**PASSING, "n_points": 99_999}, "paper")
    assert short.word == verdicts.REDUCED
    assert "number of points: 99,999, expected at least 100,000" in short.reason
    assert [outcome.role for outcome in short.outcomes] == [*["check"] * 5, "setting"]
    assert word(entry) == "not reproduced"  # a missing condition is not passed over
    assert word(entry, n_points=100_000, error=0.1) == "not reproduced"


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("n_bars", [6, 6.0, np.int64(6), np.float32(6)], [5, 7, 6.5, True, "6", [6]]),
        ("error", [0.002, 0, -1.0, np.float64(0.001)], [0.0020001, math.inf, "small", True, [0.001]]),
        ("share", [0.3, 1, math.inf], [0.2999, -math.inf, False, None]),
        ("exponent", [0.95, 1.25, 1], [0.9499, 1.2501, math.inf, None]),
        ("same", [True, np.True_], [False, 1, "yes", np.False_]),
    ],
)
def test_each_relation_passes_and_fails(name, good, bad):
    for value in good:
        assert word(**{name: value}) == "reproduced", value
    for value in (*bad, None, math.nan, np.nan):
        assert word(**{name: value}) == "not reproduced", value


@pytest.mark.parametrize("relation", ["equals", "at_most", "at_least", "between", "is_true"])
def test_missing_and_nan_never_pass(relation):
    check = next(check for check in CHECKS if check.relation == relation)
    for values, problem in (({}, "missing"), ({check.value: math.nan}, "not a number (NaN)")):
        outcome = judge(check, values)
        assert not outcome.passed
        assert outcome.problem == problem
        assert problem in outcome.text
        missing = {name: value for name, value in PASSING.items() if name != check.value}
        result = verdict(ENTRY, {**missing, **values}, "paper")
        assert result.word == "not reproduced"
        assert problem in result.reason


def test_lists_are_compared_by_part():
    check = Check("multiplicities", "equals", (8, 16, 24))
    assert judge(check, {"multiplicities": [8, 16, 24]}).passed
    assert judge(check, {"multiplicities": np.array([8, 16, 24])}).passed
    for wrong in ([8, 16], [8, 16, 24, 32], [16, 8, 24], [8, 16, math.nan], 8, [[8, 16, 24]], []):
        assert not judge(check, {"multiplicities": wrong}).passed
    assert judge(check, {"multiplicities": [8, 16, math.nan]}).problem == "not a number (NaN)"
    assert not judge(Check("ok", "equals", (True,)), {"ok": [1]}).passed


def test_no_check_is_no_proof():
    assert word(replace(ENTRY, checks=())) == "not reproduced"


def test_illustrative_only_if_checks_pass():
    drawing = replace(ENTRY, status=("S",), illustrative=True)
    assert word(drawing) == "illustrative"
    assert word(drawing, "smoke") == "illustrative"
    assert word(drawing, error=0.1) == "not reproduced"


def test_no_value_in_the_source_only_if_checks_pass():
    silent = replace(ENTRY, status=("r", "X"))
    assert word(silent) == "no value in the source"
    assert word(silent, error=0.1) == "not reproduced"


def test_contradicted_needs_all_its_evidence():
    against = (
        Check("printed_gap", "at_least", 1, "gap of the printed formula"),
        Check("trials", "at_least", 9),
    )
    entry = replace(ENTRY, contradicts=against)
    result = verdict(entry, {**PASSING, "printed_gap": 2.5, "trials": 10}, "quick")
    assert result.word == "contradicted"
    assert "gap of the printed formula: 2.5, expected at least 1" in result.reason
    assert word(entry, printed_gap=0.5, trials=10) == "reproduced"
    assert word(entry, printed_gap=2.5, trials=8) == "reproduced"
    assert word(entry, printed_gap=2.5, trials=10, error=9.0) == "contradicted"
    assert word(entry, printed_gap=2.5) == "not reproduced"  # half of the evidence is missing
    assert word(entry, printed_gap=math.nan, trials=10) == "not reproduced"


def test_outcomes_say_measured_bound_and_passed():
    result = verdict(ENTRY, {**PASSING, "error": 0.0020000001, "same": False}, "quick")
    assert [outcome.passed for outcome in result.outcomes] == [True, False, True, True, False]
    error = result.outcomes[1]
    assert (error.value, error.bound) == ("error", "at most 0.002")
    assert error.measured == "0.0020000001"  # enough digits to see that it is beyond the bound
    assert str(result) == (
        "not reproduced: error: 0.0020000001, expected at most 0.002; mirror bars agree: no, expected yes"
    )
    assert str(verdicts.Verdict("reproduced", "")) == "reproduced"


def test_numbers_are_legible():
    cases = {6: "6", 1_000_000: "1,000,000", 0.00012344: "0.0001234", -0.5: "-0.5", 1e-12: "1e-12", 3.0: "3"}
    assert {x: format_number(x) for x in cases} == cases
    assert [format_number(x) for x in (math.nan, math.inf, -math.inf)] == [
        "NaN",
        "infinite",
        "minus infinite",
    ]
    assert format_number(np.float32(0.5)) == "0.5"
    assert format_number([1, (2, 0.25)]) == "1, 2, 0.25"
    assert format_number("a text") == "a text"
    assert format_number(1 / 3, digits=2) == "0.33"
    bounds = [format_bound(check) for check in CHECKS]
    assert bounds == ["6", "at most 0.002", "at least 0.3", "between 0.95 and 1.25", "yes"]


RANK = {
    verdicts.REPRODUCED: 3,
    verdicts.REDUCED: 2,
    verdicts.ILLUSTRATIVE: 2,
    verdicts.NO_VALUE: 2,
    verdicts.NOT_REPRODUCED: 1,
    verdicts.CONTRADICTED: 0,
    verdicts.NOT_RUN: 0,
}
REAL = st.floats(-10, 10)
STEP = st.floats(0, 10) | st.sampled_from([math.inf, math.nan, None])


def worsen(check: Check, value, step):
    """The same value or one that is farther from passing; None and NaN are the worst."""
    if step is None or math.isnan(step) or value is None:
        return step if step is None or math.isnan(step) else None
    if check.relation == "is_true":
        return value and step == 0
    if check.relation == "equals":
        return value if step == 0 or value != check.bound else value + 1
    if check.relation == "between":
        return value + step if value > sum(check.bound) / 2 else value - step
    return value + step if check.relation == "at_most" else value - step


@settings(max_examples=300, deadline=None)
@given(
    values=st.fixed_dictionaries(
        {
            "n_bars": st.integers(5, 7),
            "error": REAL,
            "share": REAL,
            "exponent": REAL,
            "same": st.booleans(),
            "n_points": REAL,
            "printed": REAL,
        }
    ),
    passing=st.sets(st.sampled_from(sorted(PASSING))),
    which=st.sampled_from([*CHECKS, Check("n_points", "at_least", 0.0)]),
    step=STEP,
    profile=st.sampled_from(["smoke", "quick", "paper"]),
    status=st.sampled_from([("R",), ("T", "!"), ("S",), ("r", "X")]),
    against=st.booleans(),
)
def test_a_worse_value_never_gives_a_better_word(values, passing, which, step, profile, status, against):
    entry = replace(
        ENTRY,
        status=status,
        illustrative=status == ("S",),
        setting=(Check("n_points", "at_least", 0.0),),
        contradicts=(Check("printed", "at_least", 5.0),) if against else (),
    )
    before = {**values, **{name: PASSING[name] for name in passing}}
    after = {**before, which.value: worsen(which, before[which.value], step)}
    first, second = verdict(entry, before, profile), verdict(entry, after, profile)
    assert RANK[second.word] <= RANK[first.word], (first, second)


@settings(max_examples=200, deadline=None)
@given(
    values=st.dictionaries(
        st.sampled_from(sorted(PASSING)),
        st.none()
        | st.booleans()
        | REAL
        | st.just(math.nan)
        | st.text(max_size=3)
        | st.lists(REAL, max_size=3),
    ),
    profile=st.sampled_from(["smoke", "quick", "paper"]),
)
def test_a_good_word_needs_every_check(values, profile):
    result = verdict(ENTRY, values, profile)
    assert (RANK[result.word] >= 2) == all(outcome.passed for outcome in result.outcomes)
    assert len(result.outcomes) == len(CHECKS)
    if profile == "smoke":
        assert result.word != "reproduced"
