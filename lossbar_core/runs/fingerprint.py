"""Which code a result depends on.

The code of a computation is the set of modules that its module imports, directly or not, found by
reading the sources (imports inside functions count too). A module is hashed without its comments,
docstrings and blank lines, because these cannot change a number.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lossbar_core.runs.atomic import sha256

PACKAGE = Path(__file__).parent.parent

# Registration and drawing: they import everything, or are imported by everything, and change no number.
NOT_COMPUTING = ("lossbar_core.papers", "lossbar_core.papers.base", "lossbar_core.plotting")

_CYTHON_IMPORT = re.compile(r"^\s*(?:from|import|cimport)\s+([\w.]+)", re.MULTILINE)


def code_fingerprint(
    modules: Iterable[str],
    *,
    packages: Mapping[str, Path] | None = None,
    ignore: Iterable[str] = NOT_COMPUTING,
) -> dict[str, str]:
    """Hash every module that ``modules`` import, themselves included.

    Parameters
    ----------
    modules
        Dotted names; names outside ``packages`` are skipped.
    packages
        Folder of each top-level package that is followed (default: ``lossbar_core`` alone).
    ignore
        Modules that are neither hashed nor followed, with everything below them; ``lossbar_core.papers``
        stands for itself alone, since the items live below it.

    Returns
    -------
    dict
        Module name to the first 16 hexadecimal digits of its hash, sorted by name.

    Examples
    --------
    >>> "lossbar_core.runs.atomic" in code_fingerprint(["lossbar_core.runs.fingerprint"])
    True
    """
    sources = _Sources(dict(packages or {"lossbar_core": PACKAGE}))
    skipped = set(ignore)
    pending, found = list(modules), {}
    while pending:
        name = pending.pop()
        path = sources.locate(name)
        if name in found or path is None or _ignored(name, skipped):
            continue
        found[name] = _hash_of(path)[:16]
        pending += sources.imports(name, path)
    return dict(sorted(found.items()))


def modules_code(modules: Iterable[str]) -> dict[str, str]:
    """Fingerprint of modules of this package or of another one that can be imported here.

    Modules without a source that can be found (a notebook's ``__main__``) are left out.

    >>> list(modules_code(["lossbar_core.runs.atomic", "__main__"]))
    ['lossbar_core.runs.atomic']
    """
    packages, wanted = {"lossbar_core": PACKAGE}, list(modules)
    for top in {name.partition(".")[0] for name in wanted} - {"lossbar_core", "__main__"}:
        spec = find_spec(top)
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            packages[top] = origin.parent if spec.submodule_search_locations else origin.with_suffix("")
    return code_fingerprint(wanted, packages=packages)


def _ignored(name: str, skipped: set[str]) -> bool:
    below = (s for s in skipped if s != "lossbar_core.papers")
    return name in skipped or any(name.startswith(s + ".") for s in below)


def differences(recorded: Mapping[str, str], current: Mapping[str, str]) -> list[str]:
    """Say in which modules two fingerprints differ.

    >>> differences({"a": "1", "b": "2"}, {"a": "3", "c": "4"})
    ['code: a changed', 'code: b is no longer used', 'code: c is used now']
    """
    reasons = []
    for name in sorted(set(recorded) | set(current)):
        if name not in current:
            reasons.append(f"code: {name} is no longer used")
        elif name not in recorded:
            reasons.append(f"code: {name} is used now")
        elif recorded[name] != current[name]:
            reasons.append(f"code: {name} changed")
    return reasons


class _Sources:
    """Finds the sources of some packages and reads what they import."""

    def __init__(self, packages: dict[str, Path]):
        self.packages = packages

    def locate(self, name: str) -> Path | None:
        """File of a module, or None for one outside the packages."""
        top, *rest = name.split(".")
        if top not in self.packages or not all(part.isidentifier() for part in rest):
            return None
        base = self.packages[top].joinpath(*rest)
        candidates = (
            base.with_name(base.name + ".py"),
            base / "__init__.py",
            base.with_name(base.name + ".pyx"),
        )
        return next((path for path in candidates if path.is_file()), None)

    def imports(self, name: str, path: Path) -> list[str]:
        """Modules that a module imports, those that only hand a name on looked through."""
        if path.suffix == ".pyx":
            return _CYTHON_IMPORT.findall(path.read_text(encoding="utf-8"))
        return [
            self._provider(module, attribute) for module, attribute in _imports(name, path, _stamp(path))[0]
        ]

    def _provider(self, module: str, attribute: str | None) -> str:
        """Return the module that defines ``attribute`` of ``module``, looking through re-exports."""
        if attribute is None:
            return module
        if self.locate(f"{module}.{attribute}"):
            return f"{module}.{attribute}"
        path = self.locate(module)
        if path is not None and path.name == "__init__.py":
            exported = _imports(module, path, _stamp(path))[1].get(attribute)
            if exported:
                return self._provider(*exported)
        return module


@cache
def _imports(
    name: str, path: Path, stamp: tuple[int, int]
) -> tuple[list[tuple[str, str | None]], dict[str, tuple[str, str]]]:
    """All imports of a module as (module, attribute), and the names that its top level re-exports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: list[tuple[str, str | None]] = []
    exported = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(node, name, path)
            found += [(module, alias.name) for alias in node.names]
            if node in tree.body:
                exported.update({alias.asname or alias.name: (module, alias.name) for alias in node.names})
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
            found.append((node.value, None))  # a module named by a string: importlib, tables of lazy exports
    return found, exported


def _absolute(node: ast.ImportFrom, name: str, path: Path) -> str:
    """Absolute name of the module that a ``from ... import`` names inside module ``name``."""
    if not node.level:
        return node.module or ""
    parts = name.split(".")
    keep = len(parts) - node.level + (path.name == "__init__.py")
    return ".".join(parts[:keep] + ([node.module] if node.module else []))


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


def _hash_of(path: Path) -> str:
    return _kernel_hash(path) if path.suffix == ".pyx" else _python_hash(path, _stamp(path))


@cache
def _python_hash(path: Path, stamp: tuple[int, int]) -> str:
    return sha256(normalised_python(path.read_text(encoding="utf-8")).encode())


def _kernel_hash(path: Path) -> str:
    """Hash a kernel with the declarations and headers of its folder that it, or one of them, names."""
    texts, waiting = [path.read_text(encoding="utf-8")], sorted(path.parent.glob("*"))
    waiting = [helper for helper in waiting if helper.suffix in {".pxd", ".pxi", ".h"}]
    for text in texts:  # grows on the way
        named = [helper for helper in waiting if re.search(rf"\b{re.escape(helper.stem)}\b", text)]
        texts += [helper.read_text(encoding="utf-8") for helper in named]
        waiting = [helper for helper in waiting if helper not in named]
    return sha256("\n".join(map(_normalised_kernel, texts)).encode())


def normalised_python(text: str) -> str:
    r"""Python source without comments, docstrings, blank lines and trailing spaces.

    Works on positions of tokens, not on a printed syntax tree, so that every Python version gives the
    same text.

    >>> normalised_python('def f():\n    "Doc."\n\n    return 1  # why\n')
    'def f():\n    return 1'
    """
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            docstrings.add((node.body[0].lineno, node.body[0].col_offset))
    cuts = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and token.start in docstrings):
            cuts.append((token.start, token.end))
    lines = text.splitlines()
    for (first, left), (last, right) in reversed(cuts):
        lines[first - 1 : last] = [lines[first - 1][:left] + lines[last - 1][right:]]
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _normalised_kernel(text: str) -> str:
    lines = (line.rstrip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.lstrip().startswith(("# ", "//")))
