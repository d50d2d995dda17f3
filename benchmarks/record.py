"""What a benchmark records: a row a comparison, the machine, and the table."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from lossbar_core.checks import physical_memory, thread_count

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
PACKAGES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "pykdtree",
    "pynanoflann",
    "hnswlib",
    "gudhi",
    "cripser",
    "torch",
)


@dataclass
class Row:
    """One comparison: our seconds (or other figure), the peer's, their ratio and the bar it must pass."""

    what: str
    ours: float
    peer: str
    theirs: float
    ratio: float
    bar: str
    passed: bool


def seconds(call: Callable[[], Any], repeats: int = 3) -> float:
    """Median of a few runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def peak_memory() -> int:
    """Bytes that this process has held at most. Not ru_maxrss: a child starts with the peak of its parent."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return 1024 * int(found[1])


def child(code: str) -> str:
    """Last line that a fresh interpreter prints; it can import this module."""
    code = f"import sys; sys.path.insert(0, {str(HERE)!r})\n{code}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


def faster(what: str, ours: float, peer: str, theirs: float, bar: float) -> Row:
    ratio = theirs / ours
    return Row(what, ours, peer, theirs, ratio, f">= {bar:g} x", ratio >= bar)


def table(rows: list[Row]) -> str:
    lines = ["| what | Lossbar | peer | peer's | ratio | bar | |", "|---|--:|---|--:|--:|---|---|"]
    for row in rows:
        mark = "pass" if row.passed else "**miss**"
        lines.append(
            f"| {row.what} | {row.ours:.3g} | {row.peer} | {row.theirs:.3g} | {row.ratio:.3g} | {row.bar} | {mark} |"
        )
    return "\n".join(lines)


def machine(packages: Iterable[str] = PACKAGES) -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "processor": platform.processor() or platform.machine(),
        "threads": thread_count(),
        "memory_gib": round(physical_memory() / 2**30, 1),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def write(rows: list[Row]) -> None:
    record = {"machine": machine(), "rows": [asdict(row) for row in rows]}
    (HERE / "results.json").write_text(json.dumps(record, indent=1) + "\n")
    readme = HERE / "README.md"
    head, rest = readme.read_text().split(BEGIN)
    tail = rest.split(END)[1]
    facts = record["machine"]
    where = (
        f"{facts['threads']} threads, {facts['memory_gib']} GiB, Python {facts['python']}, {facts['date']}; "
        + ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    )
    readme.write_text(f"{head}{BEGIN}\n{where}\n\n{table(rows)}\n{END}{tail}")
