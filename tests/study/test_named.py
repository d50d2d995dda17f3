"""Names of functions: what resolves, and what every wrong name is told."""

import sys

import pytest

from lossbar_core.study.named import call_without_arguments, label, resolve, source_sum

MODULE = """
import torch

WIDTH = 3


class Nets:
    @staticmethod
    def small():
        return torch.nn.Linear(2, WIDTH)


def make(bias=True):
    return torch.nn.Linear(2, WIDTH, bias=bias)


def needs(width, *, depth):
    return width
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package on the search path; what it leaves in sys.modules goes away."""
    folder = tmp_path / "strange_package"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "nets.py").write_text(MODULE)
    (folder / "broken.py").write_text("1 / 0\n")
    (folder / "wrong.py").write_text("def f(:\n")
    (folder / "needy.py").write_text("import a_package_that_nobody_has\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "strange_package"]:
        del sys.modules[name]


def test_a_function_and_a_method_resolve(package):
    assert resolve("strange_package.nets:make")().out_features == 3
    assert resolve("strange_package.nets:Nets.small")().out_features == 3
    assert resolve(" strange_package.nets:make ")().out_features == 3


def test_a_callable_comes_back():
    assert resolve(len) is len


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        (3, TypeError, "expected model as text 'module:name' or a callable, got int"),
        ("nets", ValueError, "with one colon, got 'nets'"),
        ("nets.make", ValueError, "did you mean 'nets:make'"),
        ("nets.py:make", ValueError, "not a file but a module: 'nets:make'"),
        ("my folder/nets.py", ValueError, "not a file but a module: 'nets:name'"),
        ("a:b:c", ValueError, "with one colon"),
        (":make", ValueError, "with one colon"),
        ("nets:", ValueError, "with one colon"),
        ("nets:make()", ValueError, "with one colon"),
        ("__import__('os'):system", ValueError, "with one colon"),
        ("nobody_has_this:make", ImportError, "no module 'nobody_has_this'.*pip install -e.*PYTHONPATH"),
        ("strange_package.no:make", ImportError, "no module 'strange_package.no'"),
        ("strange_package.needy:make", ImportError, "a_package_that_nobody_has.*install what it needs"),
        ("strange_package.broken:make", ImportError, "ZeroDivisionError: division by zero"),
        ("strange_package.wrong:f", ImportError, "SyntaxError"),
        ("strange_package.nets:mak", AttributeError, "did you mean 'make'"),
        ("strange_package.nets:Nets.smallnet", AttributeError, "did you mean 'small'"),
        ("strange_package.nets:WIDTH", TypeError, "to be callable, got int"),
    ],
)
def test_wrong_names_are_explained(package, name, kind, message):
    with pytest.raises(kind, match=message):
        resolve(name, "model")


def test_a_file_written_after_the_first_try_is_found(package):
    with pytest.raises(ImportError):
        resolve("strange_package.late:f")
    (package / "late.py").write_text("def f():\n    return 5\n")
    assert resolve("strange_package.late:f")() == 5


def test_functions_that_need_arguments_are_refused(package):
    with pytest.raises(
        TypeError, match=r"model strange_package\.nets:needs to need no arguments, got width, depth"
    ):
        call_without_arguments(resolve("strange_package.nets:needs"), "model")
    assert call_without_arguments(lambda *args, **more: 1, "model") == 1
    assert call_without_arguments(dict, "data") == {}


def test_labels_say_where_a_callable_is_from():
    assert label("a:b") == "a:b"
    assert label(resolve) == "lossbar_core.study.named:resolve"

    class Made:
        def __call__(self):
            return 1

    assert label(Made()).endswith("Made")


def test_the_sum_of_a_source_changes_with_it(package):
    first = source_sum(resolve("strange_package.nets:make"))
    assert first == source_sum(resolve("strange_package.nets:Nets.small"))
    (package / "nets.py").write_text(MODULE + "\n# another\n")
    assert source_sum(resolve("strange_package.nets:make")) != first
    assert source_sum(len) is None
