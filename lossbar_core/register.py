"""What the five papers contain: the typed view of ``data/register.yml``."""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from lossbar_core.papers.base import PROFILES

RELATIONS = ("equals", "at_most", "at_least", "between", "is_true")
KINDS = ("figure", "table", "algorithm", "theorem", "claim", "remark", "method")
STATUS = ("R", "r", "T", "S", "X", "!")
FULL_PROFILES = PROFILES[1:]  # smoke is a test of the code and never the paper's own setting
FILE = Path("data") / "register.yml"

# Ids name result files, on file systems that ignore case and refuse a dot at the end too.
_ID = re.compile(r"[A-Z]+-[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_TEXTS = ("id", "row", "paper", "place", "title", "computed", "paper_value", "criterion", "full_profile")
_CHECK_LISTS = ("checks", "contradicts", "setting")


@dataclass(frozen=True)
class Check:
    """One condition on a measured value, ``value relation bound``, with a text if the name does not say all.

    ``relation`` is one of `RELATIONS`; ``bound`` is a number, a pair ``(low, high)`` for ``between``, True
    for ``is_true``, and a number, text, bool or tuple of them for ``equals``.
    """

    value: str
    relation: str
    bound: Any
    text: str = ""


@dataclass(frozen=True)
class Entry:
    """One item of a paper: where it stands, what the paper says, and what decides about it.

    ``checks`` decide whether the criterion is met; ``setting`` (with ``full_profile``) whether it was met
    in the paper's own setting; ``contradicts``, when all hold, that the paper's statement is contradicted.
    ``chapter`` is the stem of the notebook and None while it is to come; ``planned`` is then its theme.
    """

    id: str
    row: str
    paper: str
    place: str
    kind: str
    status: tuple[str, ...]
    title: str
    computed: str
    paper_value: str
    criterion: str
    chapter: str | None
    full_profile: str
    checks: tuple[Check, ...] = ()
    contradicts: tuple[Check, ...] = ()
    setting: tuple[Check, ...] = ()
    planned: str = ""
    note: str = ""
    illustrative: bool = False

    @property
    def value_names(self) -> tuple[str, ...]:
        """Names that a result of this item must hold, in the register's order, each once."""
        return tuple(dict.fromkeys(check.value for name in _CHECK_LISTS for check in getattr(self, name)))

    def bound(self, value: str) -> Any:
        """What the criterion asks of a value.

        Raises
        ------
        KeyError
            If no check is about it.

        Examples
        --------
        >>> Register.load()["BSL-Fig2"].bound("max_error")
        0.002
        """
        bounds = {check.value: check.bound for check in self.checks}
        if value not in bounds:
            raise KeyError(
                f"expected a value that {self.id} checks, got {value!r}; choose one of {list(bounds)}"
            )
        return bounds[value]


@dataclass(frozen=True)
class Register:
    """All items of the five papers, in the order of the papers.

    Examples
    --------
    >>> register = Register.load()
    >>> len(register), register["BSL-Fig2"].title
    (141, 'Six-hump camel')
    >>> [entry.id for entry in register.of_chapter("05_morse_complex")]
    ['BSL-App6.1']
    """

    entries: tuple[Entry, ...]
    papers: Mapping[str, str]

    @classmethod
    def load(cls, path: str | os.PathLike[str] | None = None) -> Register:
        """Read and validate a register.

        Parameters
        ----------
        path : path-like, optional
            The YAML file; by default ``data/register.yml`` of the repository (see `find_root`).

        Returns
        -------
        Register
            Its entries in the order of the file.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is no register; the message names the item and the field.
        """
        file = Path(path) if path is not None else find_root() / FILE
        if not file.is_file():
            raise FileNotFoundError(f"expected a register at {file}, found no file; give its path")
        document = _read(file)
        papers, items = document.get("papers"), document.get("items")
        if not isinstance(papers, dict) or not isinstance(items, list) or not items:
            raise ValueError(f"{file}: expected a mapping 'papers' and a list 'items'")
        entries = tuple(parse_entry(item, papers, f"{file.name}: ") for item in items)
        taken = Counter(entry.id.casefold() for entry in entries)
        twice = [entry.id for entry in entries if taken[entry.id.casefold()] > 1]
        if twice:
            raise ValueError(f"{file}: expected unique ids (ignoring case), got {', '.join(twice)}")
        return cls(entries, papers)

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __contains__(self, id: object) -> bool:
        return any(entry.id == id for entry in self.entries)

    def __getitem__(self, id: str) -> Entry:
        for entry in self.entries:
            if entry.id == id:
                return entry
        near = get_close_matches(str(id), [entry.id for entry in self.entries], n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "Register.load().entries lists all"
        raise ValueError(f"expected the id of an item in the register, got {id!r}; {hint}")

    def of_paper(self, paper: str) -> tuple[Entry, ...]:
        """The items of one paper (``"BSL"``, ``"TO"``, ``"FB"``, ``"SR"``, ``"HI"``).

        Raises
        ------
        ValueError
            For a prefix that is not in the register.
        """
        if paper not in self.papers:
            raise ValueError(f"expected a paper among {', '.join(self.papers)}, got {paper!r}")
        return tuple(entry for entry in self.entries if entry.paper == paper)

    def of_chapter(self, chapter: str | None) -> tuple[Entry, ...]:
        """The items of one chapter (the notebook's stem), or of none yet (None)."""
        return tuple(entry for entry in self.entries if entry.chapter == chapter)

    @property
    def chapters(self) -> tuple[str, ...]:
        """Stems of the notebooks that hold items, sorted."""
        return tuple(sorted({entry.chapter for entry in self.entries if entry.chapter is not None}))

    def counts(self, by: str = "paper") -> dict[Any, int]:
        """Number of items by a field (``paper``, ``chapter``, ``kind``, ``planned``).

        Raises
        ------
        ValueError
            For a field that an entry does not have.
        """
        names = [field.name for field in fields(Entry)]
        if by not in names:
            raise ValueError(f"expected a field among {', '.join(names)}, got {by!r}")
        return dict(Counter(getattr(entry, by) for entry in self.entries))


def find_root() -> Path:
    """The repository's root: ``LOSSBAR_ROOT``, else upwards from here, else beside the package.

    Returns
    -------
    pathlib.Path
        A folder that holds ``data/register.yml``.

    Raises
    ------
    FileNotFoundError
        If no such folder is found; the message says how to name it.
    """
    named = os.environ.get("LOSSBAR_ROOT")
    if named:
        if (Path(named) / FILE).is_file():
            return Path(named).resolve()
        raise FileNotFoundError(
            f"expected {FILE.as_posix()} in LOSSBAR_ROOT={named}, found none; set it to the repository's root"
        )
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[1]):
        if (folder / FILE).is_file():
            return folder
    raise FileNotFoundError(
        f"expected {FILE.as_posix()} in {here}, above it or beside the package; "
        "work inside a clone of the repository or set LOSSBAR_ROOT to its root"
    )


def parse_entry(item: Any, papers: Mapping[str, str], where: str = "") -> Entry:
    """Build one entry from its mapping in the file.

    Raises
    ------
    ValueError
        Naming the item, the field, what was expected and what came.
    """
    where += f"item {item.get('id', '?')}" if isinstance(item, dict) else "item ?"
    known = [field.name for field in fields(Entry)]
    if not isinstance(item, dict) or not all(name in known for name in item):
        wrong = item if not isinstance(item, dict) else sorted(map(str, set(item) - set(known)))
        raise ValueError(f"{where}: expected a mapping with fields among {', '.join(known)}; got {wrong}")
    texts = (*_TEXTS, *(name for name in ("planned", "note") if name in item))
    for name in texts:
        text = item.get(name)
        _expect(where, name, "a text that is not empty", text, isinstance(text, str) and bool(text.strip()))
    status = item.get("status")
    letters = isinstance(status, list) and all(letter in STATUS for letter in status)
    _expect(where, "id", "letters, digits, dots and hyphens", item["id"], bool(_ID.fullmatch(item["id"])))
    _expect(where, "paper", f"one of {list(papers)}", item["paper"], item["paper"] in papers)
    _expect(where, "kind", f"one of {KINDS}", item.get("kind"), item.get("kind") in KINDS)
    _expect(where, "status", f"a list of letters among {STATUS}", status, letters)
    full = item["full_profile"]
    _expect(where, "full_profile", f"one of {FULL_PROFILES}", full, full in FULL_PROFILES)
    illustrative = item.get("illustrative", False)
    _expect(where, "illustrative", "true or false", illustrative, isinstance(illustrative, bool))
    _expect_chapter(where, item)
    checks = {name: _parse_checks(where, name, item.get(name, [])) for name in _CHECK_LISTS}
    return Entry(**{**item, "status": tuple(item["status"]), **checks})


def _expect_chapter(where: str, item: Mapping[str, Any]) -> None:
    """A chapter comes with checks; without one, the theme is planned."""
    chapter = item.get("chapter", "")
    if chapter is None:
        _expect(where, "planned", "the theme of the chapter to come", None, "planned" in item)
        return
    named = isinstance(chapter, str) and bool(chapter.strip())
    _expect(where, "chapter", "the stem of a notebook, or null", chapter, named)
    _expect(where, "planned", "nothing, since there is a chapter", item.get("planned"), "planned" not in item)
    _expect(where, "checks", "at least one check, since there is a chapter", [], bool(item.get("checks")))


def _parse_checks(where: str, name: str, listed: Any) -> tuple[Check, ...]:
    _expect(where, name, "a list of checks", listed, isinstance(listed, list))
    return tuple(_parse_check(f"{where}, {name}", check) for check in listed)


def _parse_check(where: str, item: Any) -> Check:
    relations = [key for key in RELATIONS if isinstance(item, dict) and key in item]
    one = len(relations) == 1 and set(item) <= {"value", "text", *relations}
    _expect(where, "check", f"a value, one of {RELATIONS} and perhaps a text", item, one)
    value, relation, bound = item.get("value"), relations[0], item[relations[0]]
    _expect(where, "value", "the name of a measured value", value, isinstance(value, str) and bool(value))
    if relation in ("at_most", "at_least"):
        _expect(where, relation, "a number", bound, is_number(bound))
    elif relation == "between":
        pair = isinstance(bound, list) and len(bound) == 2 and all(map(is_number, bound))
        _expect(where, relation, "a pair [low, high] with low <= high", bound, pair and bound[0] <= bound[1])
    elif relation == "is_true":
        _expect(where, relation, "true", bound, bound is True)
    else:
        _expect(where, relation, "a number, a text, true, false or a list", bound, bound is not None)
    return Check(value, relation, tuple(bound) if isinstance(bound, list) else bound, item.get("text", ""))


def is_number(x: Any) -> bool:
    """Whether x is a real number that can be compared: no bool (an int in Python), no NaN."""
    return isinstance(x, int | float) and not isinstance(x, bool) and not math.isnan(x)


def _expect(where: str, field: str, expected: str, got: Any, holds: bool) -> None:
    if not holds:
        raise ValueError(f"{where}: expected {expected} as {field!r}, got {got!r}; correct the register")


def _read(file: Path) -> dict[str, Any]:
    try:
        import yaml
    except ImportError as error:
        raise ImportError("reading the register needs PyYAML: pip install 'lossbar-core[book]'") from error
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{file}: expected YAML, got {error}; correct the register") from error
    if not isinstance(document, dict):
        raise ValueError(f"{file}: expected a mapping, got {type(document).__name__}; correct the register")
    return document
