"""Ratios against the neighbours, in one run, and the bars that they must pass (``make bench``).

    python benchmarks/bench.py [--small] [--only SECTION ...]   (--help names the sections)

Prints a table, writes benchmarks/results.json and the table of benchmarks/README.md, and exits with 1 if a
bar is missed. --small divides the sizes by ten and writes nothing.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
import peers
from hessians import bench_hessians
from paths import bench_paths
from record import Row, child, faster, seconds, table, write

import lossbar_core as lb
from lossbar_core.barcodes.neighbours import nearest_neighbours
from lossbar_core.functions import SmallNetwork, get


def cloud(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((n, d), dtype=np.float32) * 20 - 10


def bench_knn(n: int) -> list[Row]:
    rows = []
    for d, bar in ((2, 2), (3, 2), (4, 3), (6, 5)):
        points = cloud(n, d)
        ours = seconds(lambda p=points, d=d: nearest_neighbours(p, 2 * d))
        for name, peer in peers.EXACT_KNN.items():
            theirs = seconds(lambda p=points, d=d, f=peer: f(p, 2 * d), repeats=3 if d < 6 else 1)
            rows.append(
                faster(f"k nearest neighbours, N = {n:.0e}, D = {d}, k = {2 * d}", ours, name, theirs, bar)
            )
    for d in (2, 6):
        points = cloud(n // 10, d)
        ours = seconds(lambda p=points, d=d: nearest_neighbours(p, 2 * d), repeats=5)
        theirs = seconds(lambda p=points, d=d: peers.hnswlib_knn(p, 2 * d), repeats=1)
        rows.append(
            faster(
                f"k nearest neighbours, N = {n // 10:.0e}, D = {d}", ours, "hnswlib (approximate)", theirs, 50
            )
        )
    return rows


def bench_graph(n: int) -> list[Row]:
    rows = []
    for d in (2, 6):
        points = cloud(n, d)
        values, graph = get("Alpine01")(points), lb.knn_graph(points)
        edges = graph.edges()
        lists = peers.neighbour_lists(n, edges)
        bars = lb.graph_barcode(values, graph)
        # Equal values end bars at once; peers order them in another way, or leave such bars out.
        finite = int(((bars.persistence > 0) & ~bars.essential).sum())
        ours = seconds(lambda v=values, g=graph: lb.graph_barcode(v, g))
        for name, call, bar in (
            ("GUDHI ToMATo", lambda v=values, x=lists: peers.tomato_bars(v, x), 10),
            ("GUDHI SimplexTree", lambda v=values, e=edges: peers.simplex_tree_bars(v, e), 30),
        ):
            found = call()
            assert found == finite, f"{name} finds {found} bars, we {finite}"
            rows.append(
                faster(
                    f"graph_barcode, N = {n:.0e}, D = {d}, {finite} bars", ours, name, seconds(call, 1), bar
                )
            )
    return rows


def bench_merge(n: int) -> list[Row]:
    """The barcode stage alone, graph and values given, against a sort of the values alone.

    Functions are what the bar is for; values without any order in space make every eighth point a minimum.
    """
    points = cloud(10 * n, 3)
    graph = lb.knn_graph(points)
    rows = []
    noise = np.random.default_rng(1).random(10 * n, dtype=np.float32)
    for name, values, bar in (("Alpine01", get("Alpine01")(points), 4), ("random values", noise, 8)):
        sort = seconds(lambda v=values: np.argsort(v), repeats=5)
        ours = seconds(lambda v=values: lb.graph_barcode(v, graph), repeats=5)
        label = f"graph_barcode, N = {10 * n:.0e}, D = 3, {name}"
        rows.append(
            Row(label, ours, "np.argsort of the values", sort, ours / sort, f"<= {bar} x", ours <= bar * sort)
        )
    return rows


def bench_grid(n: int) -> list[Row]:
    side = int(np.sqrt(n))
    axis = np.linspace(-10, 10, side)
    image = get("HolderTable")(np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)).reshape(
        side, side
    )
    noise = np.random.default_rng(0).random((side, side))
    rows = []
    # A function has few minima; noise, where every fifth pixel is one, only has to be no slower than the peers.
    for name, array, to_pass in (("HolderTable", image, (4, 20)), ("white noise", noise, (1, 1))):
        bars = len(lb.grid_barcode(array))
        ours = seconds(lambda a=array: lb.grid_barcode(a), repeats=5)
        for peer, call, bar in (
            ("cripser", peers.cripser_bars, to_pass[0]),
            ("GUDHI CubicalComplex", peers.cubical_bars, to_pass[1]),
        ):
            found = call(array)
            assert found == bars, f"{peer} finds {found} bars on {name}, we {bars}"
            theirs = seconds(lambda a=array, c=call: c(a), repeats=1)
            rows.append(
                faster(f"grid_barcode, {side} x {side} pixels, {name}, {bars} bars", ours, peer, theirs, bar)
            )
    return rows


def bench_scaling(n: int) -> list[Row]:
    sizes = [10**e for e in range(4, int(np.log10(n)) + 2)]
    rows = []
    for d in (2, 3):
        merge, whole = [], []
        for size in sizes:
            points = cloud(size, d)
            repeats = max(3, min(20, 10**6 // size))
            values, graph = get("Alpine01")(points), lb.knn_graph(points)
            merge.append(seconds(lambda v=values, g=graph: lb.graph_barcode(v, g), repeats))
            whole.append(seconds(lambda p=points, v=values: lb.graph_barcode(v, lb.knn_graph(p)), repeats))
        for what, times in (("graph_barcode", merge), ("knn_graph + graph_barcode", whole)):
            slope = float(np.polyfit(np.log(sizes), np.log(times), 1)[0])
            label = f"exponent of time in N, {what}, D = {d}, N = 1e4 .. {sizes[-1]:.0e}"
            rows.append(Row(label, slope, "linear", 1.0, slope, "<= 1.15", slope <= 1.15))
    return rows


def adversarial_cases(n: int) -> dict[str, tuple[lb.NeighborGraph, dict[str, np.ndarray]]]:
    """Graphs with their random case and the values that hurt: name -> (graph, {case: values})."""
    rng = np.random.default_rng(0)
    steps = np.arange(n, dtype=np.float64)
    zigzag = np.where(
        steps % 2 == 0, -steps, steps
    )  # every saddle joins the whole chain to one more, lower minimum
    path = lb.NeighborGraph.from_edges(n, np.stack([steps[:-1], steps[1:]], axis=1).astype(np.int64))
    star = lb.NeighborGraph.from_edges(n, np.stack([np.zeros(n - 1), steps[1:]], axis=1).astype(np.int64))
    points = cloud(n, 2)
    along = points[:, 0].astype(np.float64)
    return {
        "chain": (path, {"random": rng.random(n), "zigzag": zigzag, "sorted": steps, "plateau": np.zeros(n)}),
        "star": (
            star,
            {"random": rng.random(n), "centre on top": np.r_[n, steps[1:]], "plateau": np.zeros(n)},
        ),
        "cloud, D = 2": (
            lb.knn_graph(points),
            {"random": rng.random(n), "sorted": along, "sorted down": -along, "plateau": np.zeros(n)},
        ),
    }


def bench_adversarial(n: int) -> list[Row]:
    rows = []
    for name, (graph, cases) in adversarial_cases(n).items():
        times = {case: seconds(lambda v=v, g=graph: lb.graph_barcode(v, g)) for case, v in cases.items()}
        for case, ours in times.items():
            if case != "random":
                ratio = ours / times["random"]
                label = f"graph_barcode on a {name}, N = {n:.0e}: {case}"
                rows.append(Row(label, ours, "random values", times["random"], ratio, "<= 3 x", ratio <= 3))
    return rows


def bench_memory(n: int) -> list[Row]:
    code = (
        "import lossbar_core as lb; from lossbar_core.functions import get; from record import peak_memory; "
        f"lb.sample_barcode(get('Alpine01'), [(-10, 10)] * 3, {10 * n}); "
        "print(peak_memory() / 2**30)"
    )
    peak = float(child(code))
    label = f"peak memory of sample_barcode, N = {10 * n:.0e}, D = 3, in GiB"
    return [Row(label, peak, "bar", 4.0, peak / 4, "< 4 GB", peak * 2**30 < 4e9)]


def bench_import(_: int) -> list[Row]:
    code = (
        "import time; t = time.perf_counter(); import lossbar_core, sys; "
        "print(time.perf_counter() - t, 'torch' in sys.modules)"
    )
    runs = [child(code).split() for _ in range(3)]
    best = min(float(run[0]) for run in runs)
    torch_free = all(run[1] == "False" for run in runs)
    return [
        Row(
            "import lossbar_core, without torch",
            best,
            "bar",
            0.5,
            best / 0.5,
            "< 0.5 s",
            best < 0.5 and torch_free,
        )
    ]


def bench_networks(n: int) -> list[Row]:
    rows = []
    for widths in ((2,), (3,), (2, 2), (3, 2), (3, 3), (2, 2, 2), (3, 2, 2)):
        for activation in ("relu", "tanh"):
            network = SmallNetwork(widths, activation, l2=5e-4)
            for dtype in (np.float32, np.float64):
                thetas = np.random.default_rng(0).standard_normal((n // 10, network.dimension), dtype)
                gap = np.abs(network(thetas) / peers.torch_losses(network, thetas) - 1).max()
                assert gap < 1e4 * np.finfo(dtype).eps, f"torch's losses of {network!r} differ by {gap:.1e}"
                # A call takes milliseconds: the median of a few would be the noise of the machine.
                ours = seconds(lambda t=thetas, f=network: f(t), repeats=25)
                theirs = seconds(lambda t=thetas, f=network: peers.torch_losses(f, t), repeats=9)
                what = f"losses of {n // 10:.0e} networks {'x'.join(map(str, widths))}, {activation}, {thetas.dtype}"
                rows.append(faster(what, ours, "torch.baddbmm", theirs, 5))
    return rows


SECTIONS = {
    "knn": bench_knn,
    "graph": bench_graph,
    "merge": bench_merge,
    "grid": bench_grid,
    "scaling": bench_scaling,
    "adversarial": bench_adversarial,
    "networks": bench_networks,
    "paths": bench_paths,
    "hessians": bench_hessians,
    "memory": bench_memory,
    "import": bench_import,
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", action="store_true", help="a tenth of the points, nothing written")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    options = parser.parse_args()
    rows: list[Row] = []
    for name in options.only:
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows += SECTIONS[name](10**5 if options.small else 10**6)
    print(table(rows))
    if not options.small and len(options.only) == len(SECTIONS):
        write(rows)
    missed = [row.what for row in rows if not row.passed]
    print(f"{len(rows) - len(missed)} of {len(rows)} bars passed")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
