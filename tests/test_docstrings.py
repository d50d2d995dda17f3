"""What the public functions say of their errors and results is what their code does."""

import ast
import inspect
import re
from pathlib import Path

import pytest

import lossbar_core as lb

PACKAGE = Path(lb.__file__).parent


def public_functions():
    """(file:line, node, docstring) of every public function and method of the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield (
                    f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}",
                    node,
                    ast.get_docstring(node) or "",
                )


def raised(node: ast.FunctionDef) -> set[str]:
    """Names of the exceptions that the function's own body raises (not those that it raises again)."""
    inner = {
        n
        for child in ast.walk(node)
        if child is not node and isinstance(child, ast.FunctionDef)
        for n in ast.walk(child)
    }
    names = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Raise) and part not in inner and isinstance(part.exc, ast.Call):
            called = part.exc.func
            if isinstance(called, ast.Name) and called.id[0].isupper():
                names.add(called.id)
    return names


def test_functions_that_raise_say_so():
    silent = [
        f"{place}: {name}"
        for place, node, text in public_functions()
        for name in sorted(raised(node) - {"AssertionError", "AttributeError"})
        if name not in text
    ]
    assert not silent, "add to the Raises section:\n" + "\n".join(silent)


@pytest.mark.parametrize("name", [name for name in lb.__all__ if inspect.isfunction(getattr(lb, name))])
def test_public_interface_is_documented(name):
    text = inspect.getdoc(getattr(lb, name))
    for section in ("Parameters", "Returns", "Raises", "Examples"):
        assert re.search(rf"^{section}\n-+$", text, re.MULTILINE), f"{name} lacks {section}"


@pytest.mark.parametrize("name", [name for name in lb.__all__ if inspect.isclass(getattr(lb, name))])
def test_public_classes_show_an_example(name):
    assert ">>>" in inspect.getdoc(getattr(lb, name))
