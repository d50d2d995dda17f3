"""The largest clouds that this machine carries, each in a process of its own (``make scale``).

    python benchmarks/scale.py [CASE ...] [--small]

Runs the named cases, or all; writes benchmarks/scale.json and benchmarks/scale.md after each, and exits with 1 if
a bar is missed or a case fails. --small takes a hundredth of the points and writes nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from record import machine, peak_memory

import lossbar_core as lb
from lossbar_core.barcodes.from_points import will_stream
from lossbar_core.functions import SmallNetwork, get

HERE = Path(__file__).resolve().parent
MINUTE, GIGABYTE = 60.0, 1e9
NETWORKS = {"(2) network": (2,), "(3x2x2) network": (3, 2, 2)}


@dataclass(frozen=True)
class Case:
    """A cloud, how it is run, and the seconds and bytes that it may take."""

    function: str
    dimension: int
    n: int
    seconds: float
    bytes: float = 22 * GIGABYTE
    stream: bool | None = None


CASES = {
    "plane": Case("Alpine01", 2, 10**8, 15 * MINUTE),
    "plane-stream": Case("Alpine01", 2, 10**8, 15 * MINUTE, stream=True),
    "space": Case("Alpine01", 3, 10**8, 15 * MINUTE),
    "space-stream": Case("Alpine01", 3, 10**8, 15 * MINUTE, stream=True),
    "network": Case("(2) network", 4, 10**8, 15 * MINUTE),
    "six": Case("Alpine01", 6, 10**7, 5 * MINUTE),
    "six-stream": Case("Alpine01", 6, 10**7, 5 * MINUTE, stream=True),
    "fifteen": Case("(3x2x2) network", 15, 2 * 10**6, 60 * MINUTE),
}


def function_of(case: Case) -> tuple[Callable[[np.ndarray], np.ndarray], list[tuple[float, float]]]:
    """A function and its box."""
    if case.function in NETWORKS:
        network = SmallNetwork.fixed_biases(NETWORKS[case.function])
        assert network.dimension == case.dimension
        return network, [(-2.0, 2.0)] * case.dimension
    return get(case.function), get(case.function).bounds(case.dimension)


def measure(case: Case) -> dict[str, Any]:
    """Run a case here; the digest stands for all bars, bit for bit."""
    function, bounds = function_of(case)
    streamed = will_stream(case.n, case.dimension, 2 * case.dimension, 4, case.stream)
    start = time.perf_counter()
    bars = lb.sample_barcode(function, bounds, case.n, stream=case.stream, progress=True)
    seconds = time.perf_counter() - start
    digest = hashlib.sha256()
    for name in ("birth", "death", "minimum", "saddle", "swallower", "size", "mean_height"):
        digest.update(np.ascontiguousarray(getattr(bars, name)).tobytes())
    return {
        "seconds": seconds,
        "peak_bytes": peak_memory(),
        "streamed": streamed,
        "bars": len(bars),
        "digest": digest.hexdigest()[:16],
    }


def table(rows: dict[str, Any]) -> str:
    lines = [
        "| function | D | points | way | bars | minutes | bar | peak GB | bar | digest of the bars | |",
        "|---|--:|--:|---|--:|--:|--:|--:|--:|---|---|",
    ]
    for name, row in rows.items():
        case = CASES[name]
        lines.append(
            f"| {case.function} | {case.dimension} | {case.n:.0e} | {'stream' if row['streamed'] else 'graph'} "
            f"| {row['bars']:,} | {row['seconds'] / MINUTE:.1f} | < {case.seconds / MINUTE:.0f} "
            f"| {row['peak_bytes'] / GIGABYTE:.1f} | < {case.bytes / GIGABYTE:.0f} | `{row['digest']}` "
            f"| {'pass' if passed(name, row) else '**miss**'} |"
        )
    return "\n".join(lines)


def passed(name: str, row: dict[str, Any]) -> bool:
    return row["seconds"] < CASES[name].seconds and row["peak_bytes"] < CASES[name].bytes


TEXT = """# Scale

`make scale` runs each of these clouds from the sample to the barcode (`lossbar_core.sample_barcode`, k = 2D, float32)
in a process of its own. *graph* keeps the graph in memory; *stream* searches the neighbours twice and never holds a
table of them; the memory estimate decides where nothing is said. Both ways give the same bars, bit for bit: rows of
the same cloud have the same digest of births, deaths, ids, sizes and heights.

{where}

{table}
"""


def write(record: dict[str, Any]) -> None:
    (HERE / "scale.json").write_text(json.dumps(record, indent=1) + "\n")
    facts = record["machine"]
    versions = ", ".join(f"{name} {facts['versions'][name]}" for name in ("numpy", "scipy"))
    size = f"{facts['threads']} threads, {facts['memory_gib']} GiB"
    where = f"{size}, Python {facts['python']}, {versions}, {facts['date']}"
    (HERE / "scale.md").write_text(TEXT.format(where=where, table=table(record["rows"])))


def run(name: str, small: bool) -> dict[str, Any] | None:
    """Run a case in a process of its own, whose peak of memory is then the case's; None if it fails."""
    command = [sys.executable, __file__, name, "--here", *(["--small"] if small else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        print(f"{name} failed with exit status {done.returncode}", flush=True)
        return None
    row = json.loads(done.stdout.splitlines()[-1])
    print(name, json.dumps(row), flush=True)
    return row


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"among {', '.join(CASES)} (default: all)")
    parser.add_argument("--small", action="store_true", help="a hundredth of the points, nothing written")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.cases = options.cases or list(CASES)
    if unknown := sorted(set(options.cases) - set(CASES)):
        parser.error(f"expected cases among {', '.join(CASES)}, got {', '.join(unknown)}")
    return options


def main() -> int:
    options = parse()
    if options.here:
        case = CASES[options.cases[0]]
        print(json.dumps(measure(replace(case, n=case.n // 100) if options.small else case)))
        return 0
    stored = HERE / "scale.json"
    rows = json.loads(stored.read_text())["rows"] if stored.is_file() else {}
    good = 0
    for name in options.cases:
        row = run(name, options.small)
        good += row is not None and passed(name, row)
        if row is not None and not options.small:
            rows[name] = row
            write(
                {
                    "machine": machine(("numpy", "scipy")),
                    "rows": {key: rows[key] for key in CASES if key in rows},
                }
            )
    print(f"{good} of {len(options.cases)} cases passed")
    return 0 if good == len(options.cases) else 1


if __name__ == "__main__":
    raise SystemExit(main())
