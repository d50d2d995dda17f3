"""The code that a result depends on: found through every way of importing, blind to comments."""

import os
from pathlib import Path

import pytest

from lossbar_core.runs.fingerprint import code_fingerprint, differences, normalised_python

FILES = {
    "__init__.py": "from toy.shapes import area as surface\nfrom .far import away\n",
    "shapes.py": "from toy import units\ndef area(r):\n    return units.PI * r * r\n",
    "units.py": "PI = 3\n",
    "far.py": "away = 1\n",
    "late.py": "def f():\n    import toy.units\n    return toy.units.PI\n",
    "re_export.py": "from toy import surface\n",
    "relative.py": "from . import units\nfrom .sub.deep import x\n",
    "sub/__init__.py": "",
    "sub/deep.py": "from ..units import PI\nx = PI\n",
    "named.py": "import importlib\ndef f():\n    return importlib.import_module('toy.units')\n",
    "kernel.pyx": "from toy.units import PI\ncimport links\ncdef extern from 'first.h':\n    pass\n",
    "links.pxd": "cdef int a\n",
    "first.h": '#include "second.h"\n',
    "second.h": "// says why\nint two;\n",
    "unused.h": "int three;\n",
    "uses_kernel.py": "from toy import kernel\n",
    "circle.py": "import toy.circle\nimport numpy\n",
}


@pytest.fixture
def toy(tmp_path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "toy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "toy"


def prints(toy: Path, *modules: str, ignore=()) -> dict[str, str]:
    return code_fingerprint(modules, packages={"toy": toy}, ignore=ignore)


def rewrite(path: Path, text: str) -> None:
    path.write_text(text)
    stamp = path.stat().st_mtime_ns + 1_000_000  # the clock of a file system may be too coarse to see it
    os.utime(path, ns=(stamp, stamp))


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("toy.shapes", ["toy.shapes", "toy.units"]),
        ("toy.late", ["toy.late", "toy.units"]),
        (
            "toy.re_export",
            ["toy.re_export", "toy.shapes", "toy.units"],
        ),  # not toy.far: it is not what is used
        ("toy.relative", ["toy.relative", "toy.sub.deep", "toy.units"]),
        ("toy.named", ["toy.named", "toy.units"]),
        ("toy.uses_kernel", ["toy.kernel", "toy.units", "toy.uses_kernel"]),
        ("toy.circle", ["toy.circle"]),
        ("toy", ["toy", "toy.far", "toy.shapes", "toy.units"]),
        ("elsewhere.module", []),
    ],
)
def test_follows_every_kind_of_import(toy, module, expected):
    assert list(prints(toy, module)) == expected


def test_ignored_modules_are_not_followed(toy):
    assert list(prints(toy, "toy.shapes", ignore=["toy.units"])) == ["toy.shapes"]
    assert list(prints(toy, "toy.relative", ignore=["toy.sub"])) == ["toy.relative", "toy.units"]


def test_comments_docstrings_and_blank_lines_do_not_count(toy):
    before = prints(toy, "toy.units")
    rewrite(toy / "units.py", '"""Doc."""\n\n# why\nPI = 3  # about\n')
    assert prints(toy, "toy.units") == before
    rewrite(toy / "units.py", "PI = 4\n")
    assert differences(before, prints(toy, "toy.units")) == ["code: toy.units changed"]


def test_strings_that_are_no_docstrings_count():
    assert normalised_python('x = "# no comment"\n') == 'x = "# no comment"'
    assert normalised_python("def f():\n    return 'a'\n") != normalised_python("def f():\n    return 'b'\n")


@pytest.mark.parametrize("name", ["kernel.pyx", "links.pxd", "first.h", "second.h"])
def test_kernel_changes_with_the_files_that_it_names(toy, name):
    before = prints(toy, "toy.uses_kernel")
    rewrite(toy / name, (toy / name).read_text() + "int more;\n")
    assert differences(before, prints(toy, "toy.uses_kernel")) == ["code: toy.kernel changed"]


def test_kernel_does_not_change_with_others_or_with_comments(toy):
    before = prints(toy, "toy.uses_kernel")
    rewrite(toy / "unused.h", "int four;\n")
    rewrite(toy / "second.h", "int two;\n\n// says why, better\n")
    assert prints(toy, "toy.uses_kernel") == before


def test_real_item_depends_on_its_computation_but_not_on_drawing_or_bookkeeping():
    found = code_fingerprint(["lossbar_core.papers.bsl.definitions"])
    assert {"lossbar_core.papers.bsl.definitions", "lossbar_core.barcodes.oracle"} <= set(found)
    assert not any(name.startswith(("lossbar_core.plotting", "lossbar_core.runs")) for name in found)
    assert "lossbar_core.papers.base" not in found
