"""The chapters of the book: their sources, their parameters, and what each depends on."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lossbar_core.papers.base import ITEMS, PROFILES
from lossbar_core.register import Register
from lossbar_core.results import ResultStore
from lossbar_core.runs.atomic import sha256
from lossbar_core.runs.compute import did_you_mean, item_code
from lossbar_core.runs.fingerprint import code_fingerprint
from lossbar_core.runs.jsonable import canonical

DEFAULTS = {"profile": "quick", "seed": 0}

# What a chapter uses without showing it: how records are made and kept.
BEHIND = (
    *("lossbar_core.papers", "lossbar_core.papers.base", "lossbar_core.provenance", "lossbar_core.results"),
    *(f"lossbar_core.runs.{name}" for name in ("atomic", "compute", "fingerprint", "jsonable", "record")),
)
BACK_MATTER = 90  # chapters from this number on show the results of all others, so they run last


@dataclass(frozen=True)
class Chapter:
    """A notebook of ``notebooks/`` in text form; ``root`` is the repository."""

    root: Path
    name: str

    @property
    def source(self) -> Path:
        """The notebook in text form."""
        return self.root / "notebooks" / f"{self.name}.md"

    @property
    def is_back_matter(self) -> bool:
        """Whether it comes after the chapters: scoreboard and environment."""
        return int(self.name[:2]) >= BACK_MATTER

    @cached_property
    def notebook(self) -> Any:
        """The notebook as read from the source, without outputs."""
        import jupytext

        return jupytext.read(self.source)

    @cached_property
    def title(self) -> str:
        """First heading of the source."""
        found = re.search(r"^# (.+)$", self.source.read_text(encoding="utf-8"), re.MULTILINE)
        return found[1].strip() if found else self.name

    @cached_property
    def code(self) -> str:
        """Text of all code cells; lines of shell and magic commands are dropped."""
        cells = (cell.source for cell in self.notebook.cells if cell.cell_type == "code")
        return re.sub(r"^\s*[%!].*$", "", "\n".join(cells), flags=re.MULTILINE)


def find_chapters(root: Path, names: Iterable[str] = ()) -> list[Chapter]:
    """Return the named chapters, or all, in the order of the book.

    Parameters
    ----------
    root
        The repository.
    names
        Numbers (``"04"``), names (``"04_benchmark_functions"``) or paths of notebooks.

    Raises
    ------
    ValueError
        For a name that is no chapter, or when there is none at all.
    """
    known = sorted(path.stem for path in (root / "notebooks").glob("[0-9][0-9]_*.md"))
    if not known:
        raise ValueError(f"expected chapters named NN_name.md in {root / 'notebooks'}, found none")
    wanted = [_resolve(name, known) for name in names] or known
    return [Chapter(root, name) for name in known if name in wanted]


def _resolve(name: str, known: list[str]) -> str:
    stem = Path(name).stem
    for candidate in known:
        if stem in (candidate, candidate[:2], candidate[:2].lstrip("0")):
            return candidate
    raise ValueError(f"no chapter {name!r}{did_you_mean(stem, known)}")


def parameters(chapter: Chapter) -> dict[str, Any]:
    """Names and default values of the chapter's parameters.

    Raises
    ------
    ValueError
        If the chapter has no cell tagged ``parameters`` with at least ``profile = "quick"`` and ``seed = 0``.
    """
    cells = [c for c in chapter.notebook.cells if "parameters" in c.metadata.get("tags", [])]
    found = {}
    for node in ast.parse(cells[0].source).body if cells else []:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = ast.literal_eval(node.value)
    for name, value in DEFAULTS.items():
        if found.get(name) != value:
            raise ValueError(
                f"chapter {chapter.name}: expected {name} = {value!r} in a cell tagged parameters"
            )
    return found


def check_parameters(chapter: Chapter, given: Mapping[str, Any]) -> None:
    """Refuse parameters that the chapter does not have or that are of another type.

    Papermill itself only warns about these, and then runs the chapter with its defaults.

    Raises
    ------
    ValueError, TypeError
        Naming the parameter, and the near names or the expected type.
    """
    known = parameters(chapter)
    for name, value in given.items():
        if name not in known:
            raise ValueError(f"chapter {chapter.name} has no parameter {name!r}{did_you_mean(name, known)}")
        if not _fits(value, known[name]):
            expected = type(known[name]).__name__
            raise TypeError(f"chapter {chapter.name}: expected {expected} as parameter {name}, got {value!r}")
    if given.get("profile", "quick") not in PROFILES:
        raise ValueError(f"expected a profile among {', '.join(PROFILES)}, got {given['profile']!r}")


def _fits(value: Any, default: Any) -> bool:
    if default is None or type(value) is type(default):
        return True
    return type(default) is float and type(value) is int


def items_of(chapter: Chapter, register: Register) -> list[str]:
    """Ids of the items of a chapter: those that the register places there, and those that its code names."""
    placed = [entry.id for entry in register.of_chapter(chapter.name)]
    strings = {node.value for node in ast.walk(ast.parse(chapter.code)) if isinstance(node, ast.Constant)}
    return placed + sorted(s for s in strings if s in ITEMS and s not in placed)


def fingerprint(chapter: Chapter, register: Register, store: ResultStore) -> dict[str, Any]:
    """What an executed chapter is compared with: its source, the code it uses, the data it shows."""
    items = items_of(chapter, register)
    code = code_fingerprint(_imported(chapter.code), ignore=BEHIND)
    for item in items:
        if item in ITEMS:
            code.update(item_code(ITEMS[item]))
    return {
        "source": sha256(chapter.source.read_bytes())[:16],
        "code": dict(sorted(code.items())),
        "data": _all_data(chapter.root, store) if chapter.is_back_matter else _data(items, register, store),
    }


def _imported(code: str) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


def _data(items: list[str], register: Register, store: ResultStore) -> dict[str, str]:
    """One hash an item: what the register says about it and which records of it there are."""
    hashes = {}
    for item in items:
        entry = dataclasses.asdict(register[item]) if item in register else None
        records = [_content(path) for path in sorted((store.root / item).glob("*.json"))]
        hashes[item] = sha256((canonical(entry) + "".join(records)).encode())[:16]
    return hashes


def _all_data(root: Path, store: ResultStore) -> dict[str, str]:
    files = [root / "data" / "register.yml", root / "data" / "runs.json", root / "requirements.lock"]
    hashes = {path.name: _content(path)[:16] for path in files if path.is_file()}
    records = [
        f"{path.parent.name}/{path.name} {_content(path)}" for path in sorted(store.root.glob("*/*.json"))
    ]
    return {**hashes, "results": sha256("\n".join(records).encode())[:16]}


def _content(path: Path) -> str:
    return sha256(path.read_bytes())
