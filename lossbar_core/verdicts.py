"""Whether a result meets a criterion: verdicts computed from measured values and the register."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lossbar_core.papers.base import PROFILES
from lossbar_core.register import Check, Entry, is_number

REPRODUCED = "reproduced"
REDUCED = "finding reproduced (reduced setting)"
NOT_REPRODUCED = "not reproduced"
CONTRADICTED = "contradicted"
ILLUSTRATIVE = "illustrative"
NO_VALUE = "no value in the source"
NOT_RUN = "not run"
WORDS = (REPRODUCED, REDUCED, NOT_REPRODUCED, CONTRADICTED, ILLUSTRATIVE, NO_VALUE, NOT_RUN)

Role = Literal["check", "setting", "contradicts"]


@dataclass(frozen=True)
class CheckOutcome:
    """One check, judged.

    ``value`` names the measured value, ``measured`` and ``bound`` are texts for a table, ``problem`` says why
    a value could not be compared (then ``passed`` is False). ``role`` is ``check``, ``setting`` or
    ``contradicts``; for the last one, ``passed`` means that the evidence against the paper holds.
    """

    value: str
    label: str
    measured: str
    bound: str
    passed: bool
    problem: str = ""
    role: Role = "check"

    @property
    def text(self) -> str:
        """The outcome in words, for instance ``max error: 0.0031, expected at most 0.002``."""
        return f"{self.label}: {self.problem or self.measured}, expected {self.bound}"


@dataclass(frozen=True)
class Verdict:
    """A word of `WORDS`, why it was given, and the outcome of every check that the register names."""

    word: str
    reason: str
    outcomes: tuple[CheckOutcome, ...] = ()

    def __str__(self) -> str:
        return f"{self.word}: {self.reason}" if self.reason else self.word


def verdict(entry: Entry, values: Mapping[str, Any] | None, profile: str | None) -> Verdict:
    """Judge the values that an item measured by the criterion of the register.

    A word is never better than the criterion: a value that is missing or is NaN fails its check, and only a
    run of at least ``entry.full_profile`` (never ``smoke``) whose ``entry.setting`` holds is *reproduced*.

    Parameters
    ----------
    entry : Entry
        The item, with its checks.
    values : mapping or None
        ``Result.values``; None when there is no result.
    profile : {"smoke", "quick", "paper"} or None
        How the result was computed; looked at only when there are values.

    Returns
    -------
    Verdict
        The word, the reason and the outcome of each check.

    Raises
    ------
    ValueError
        For an unknown profile.

    Examples
    --------
    >>> from lossbar_core.register import Register
    >>> fig2 = Register.load()["BSL-Fig2"]
    >>> values = {"n_bars": 5, "max_error": 0.0011, "mirror_gap": 0.0004, "n_points": 200_000}
    >>> print(verdict(fig2, values, "quick"))
    not reproduced: number of bars: 5, expected 6
    >>> print(verdict(fig2, {**values, "n_bars": 6}, "quick"))
    reproduced: all checks hold
    """
    if entry.chapter is None:
        return Verdict(NOT_RUN, "chapter to come")
    if values is None:
        return Verdict(NOT_RUN, "no committed result")
    if profile not in PROFILES:
        raise ValueError(f"expected a profile among {PROFILES}, got {profile!r}; say how {entry.id} was run")
    against = _judge_all(entry.contradicts, values, "contradicts")
    checks = _judge_all(entry.checks, values, "check")
    setting = _judge_all(entry.setting, values, "setting")
    word, reason = _decide(entry, profile, against, checks, setting)
    return Verdict(word, reason, (*checks, *setting, *against))


def _decide(
    entry: Entry,
    profile: str,
    against: tuple[CheckOutcome, ...],
    checks: tuple[CheckOutcome, ...],
    setting: tuple[CheckOutcome, ...],
) -> tuple[str, str]:
    """The rules in their order: evidence against the paper, failures, then how good a success is."""
    if against and all(outcome.passed for outcome in against):
        return CONTRADICTED, _join(against)
    failed = [outcome for outcome in checks if not outcome.passed]
    failed += [outcome for outcome in (*setting, *against) if outcome.problem]
    if failed:
        return NOT_REPRODUCED, _join(failed)
    if not checks:
        return NOT_REPRODUCED, "the register names no check for this item"
    if entry.illustrative:
        return ILLUSTRATIVE, "a drawing whose checks hold"
    if "X" in entry.status:
        return NO_VALUE, "the checks hold, but the source states no value to compare with"
    short = [outcome for outcome in setting if not outcome.passed]
    if profile == PROFILES[0] or PROFILES.index(profile) < PROFILES.index(entry.full_profile):
        return (
            REDUCED,
            f"all checks hold in the {profile} profile; the paper's setting is {entry.full_profile}",
        )
    if short:
        return REDUCED, f"all checks hold, short of the paper's setting: {_join(short)}"
    return REPRODUCED, "all checks hold"


def judge(check: Check, values: Mapping[str, Any], role: Role = "check") -> CheckOutcome:
    """Compare one measured value with its bound; bounds belong to what passes.

    Parameters
    ----------
    check : Check
        The condition.
    values : mapping
        Measured values; numpy scalars and arrays are taken as numbers and lists.
    role : {"check", "setting", "contradicts"}
        What the condition is for.

    Returns
    -------
    CheckOutcome
        Failed with a ``problem`` when the value is missing, NaN or of a kind that cannot be compared.

    Examples
    --------
    >>> judge(Check("exponent", "between", (0.95, 1.25)), {"exponent": 1.07}).text
    'exponent: 1.07, expected between 0.95 and 1.25'
    >>> judge(Check("exponent", "at_most", 1.25), {}).text
    'exponent: missing, expected at most 1.25'
    """
    measured = _plain(values.get(check.value))
    problem = _problem(check, measured)
    return CheckOutcome(
        value=check.value,
        label=check.text or re.sub("^n ", "number of ", check.value.replace("_", " ")),
        measured=_format_beside(measured, check.bound),
        bound=format_bound(check),
        passed=not problem and _holds(check, measured),
        problem=problem,
        role=role,
    )


def format_number(x: Any, digits: int = 4) -> str:
    """A measured value as a short text.

    Parameters
    ----------
    x : object
        A number, bool, text, list of these, or None.
    digits : int
        Significant digits of numbers that are not whole.

    Returns
    -------
    str
        Without trailing zeros; whole numbers in groups of three.

    Examples
    --------
    >>> [format_number(x) for x in (1000000, 0.00123456, 2.5e-9, True, None, [8, 16, 24], float("inf"))]
    ['1,000,000', '0.001235', '2.5e-09', 'yes', 'missing', '8, 16, 24', 'infinite']
    """
    x = _plain(x)
    if x is None:
        return "missing"
    if isinstance(x, bool):
        return "yes" if x else "no"
    if isinstance(x, list | tuple):
        return ", ".join(format_number(part, digits) for part in x)
    if not isinstance(x, int | float):
        return str(x)
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "infinite" if x > 0 else "minus infinite"
    if x == int(x) and abs(x) < 1e15:
        return f"{int(x):,}"
    return f"{x:.{digits}g}"


def format_bound(check: Check) -> str:
    """What a check expects, in words.

    Examples
    --------
    >>> format_bound(Check("n_points", "at_least", 100_000))
    'at least 100,000'
    """
    if check.relation == "between":
        return f"between {format_number(check.bound[0])} and {format_number(check.bound[1])}"
    words = {"equals": "", "is_true": "", "at_most": "at most ", "at_least": "at least "}
    return words[check.relation] + format_number(check.bound)


def _format_beside(measured: Any, bound: Any) -> str:
    """With enough digits that a value beside its bound does not look equal to it."""
    beside = [bound] if is_number(bound) else [part for part in _parts(bound) if is_number(part)]
    for digits in range(4, 18):
        text = format_number(measured, digits)
        if not any(text == format_number(part) and measured != part for part in beside):
            break
    return text


def _judge_all(checks: Iterable[Check], values: Mapping[str, Any], role: Role) -> tuple[CheckOutcome, ...]:
    return tuple(judge(check, values, role) for check in checks)


def _holds(check: Check, measured: Any) -> bool:
    if check.relation == "equals":
        return _equal(measured, check.bound)
    if check.relation == "is_true":
        return measured is True
    if check.relation == "between":
        return check.bound[0] <= measured <= check.bound[1]
    return measured <= check.bound if check.relation == "at_most" else measured >= check.bound


def _problem(check: Check, measured: Any) -> str:
    """Why a value cannot be compared, or nothing."""
    if measured is None:
        return "missing"
    if any(isinstance(part, float) and math.isnan(part) for part in _parts(measured)):
        return "not a number (NaN)"
    if check.relation in ("at_most", "at_least", "between") and not is_number(measured):
        return f"not a number ({measured!r})"
    if check.relation == "is_true" and not isinstance(measured, bool):
        return f"neither true nor false ({measured!r})"
    return ""


def _equal(a: Any, b: Any) -> bool:
    """Equality by parts in which True is not 1."""
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(_equal, a, b))
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def _parts(x: Any) -> list[Any]:
    """The scalars of a list of lists."""
    return [leaf for part in x for leaf in _parts(part)] if isinstance(x, list | tuple) else [x]


def _plain(x: Any) -> Any:
    """A numpy scalar or array as Python numbers, without an import of numpy."""
    return x.tolist() if hasattr(x, "tolist") else x


def _join(outcomes: Iterable[CheckOutcome]) -> str:
    return "; ".join(outcome.text for outcome in outcomes)
