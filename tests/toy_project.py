"""A repository in a temporary folder, small enough to be run in a second, and two items for it."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lossbar_core.papers.base import ITEMS, Item, Result

ROOT = Path(__file__).resolve().parents[1]

CONFIG = """\
title: Toy
author: Nobody
copyright: "2026"
only_build_toc_files: true
execute: {execute_notebooks: "off"}
parse:
  myst_enable_extensions: [attrs_inline, colon_fence, dollarmath]
repository: {url: "https://github.com/lossbar/lossbar", path_to_book: book, branch: main}
sphinx:
  local_extensions: {offline_assets: book/_ext}
  config: {numfig: true, nb_render_markdown_format: myst}
"""

REGISTER = """\
papers: {TOY: A paper}
items:
  - &first
    id: TOY-Sum
    row: TOY-Sum
    paper: TOY
    place: section 1
    kind: claim
    status: [R]
    title: A sum
    computed: The sum of n numbers.
    paper_value: a | b is 6
    criterion: The sum is at least 6.
    chapter: 01_one
    full_profile: quick
    checks: [{value: total, at_least: 6}]
  - <<: *first
    id: TOY-Clock
    row: TOY-Clock
    title: A time
    checks: [{value: ticks, at_least: 0, text: clock}]
  - <<: *first
    id: TOY-Later
    row: TOY-Later
    title: Not written
    chapter: null
    planned: the future
    checks: []
"""

HEADER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# {title}

```{{code-cell}} ipython3
:tags: [parameters]

profile = "quick"
seed = 0
n = 3
```
"""


@dataclass(frozen=True)
class Config:
    n: int = 3
    scale: float = 1.0
    sampler: str = "grid"
    shape: tuple[int, ...] = (1, 2)
    seed: int = 0


def total(config: Config) -> Result:
    """The sum of 1 ... n, times the scale."""
    numbers = np.arange(1, config.n + 1) * config.scale
    values = {"total": float(numbers.sum()), "n": config.n, "worst": float("inf"), "parts": numbers.tolist()}
    return Result(values, {"numbers": numbers})


def clock(config: Config) -> Result:
    """A value that never repeats."""
    import time

    return Result({"ticks": time.perf_counter_ns(), "n": config.n})


def toy_items() -> dict[str, Item]:
    """The items of the toy register."""
    profiles = {"smoke": Config(n=1), "quick": Config(), "paper": Config(n=100)}
    return {
        "TOY-Sum": Item("TOY-Sum", total, profiles),
        "TOY-Clock": Item("TOY-Clock", clock, {"quick": Config()}, ("ticks",)),
    }


def register_toys() -> None:
    """Make the items known to this process; chapters of the toy project call it."""
    ITEMS.update(toy_items())


def chapter(title: str, *cells: str) -> str:
    """Text of a chapter with its parameters and the given code cells."""
    fenced = (f"\n```{{code-cell}} ipython3\n{cell}\n```\n" for cell in cells)
    return HEADER.format(title=title) + "".join(fenced)


def make_project(root: Path, **chapters: str) -> Path:
    """Write a repository with the given chapters (name without the leading ``c`` = text)."""
    for folder in ("data", "book", "notebooks"):
        (root / folder).mkdir(parents=True)
    (root / "_config.yml").write_text(CONFIG)
    (root / "data" / "register.yml").write_text(REGISTER)
    for name, text in chapters.items():
        (root / "notebooks" / f"{name.removeprefix('c')}.md").write_text(text)
    return root


def environment(root: Path) -> dict[str, str]:
    """For processes that work on a toy project."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    return {**os.environ, "LOSSBAR_ROOT": str(root), "PYTHONPATH": path}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "lossbar_core.cli", *arguments]


def lossbar(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line on a toy project."""
    return subprocess.run(
        command(*arguments), cwd=root, env=environment(root), capture_output=True, text=True, check=False
    )
