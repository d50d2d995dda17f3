"""The public interface: names, parameters and fields that users rely on. It may grow, it may not change."""

import inspect
import subprocess
import sys

import numpy as np
import pytest

import lossbar_core as lb

SIGNATURES = {
    "knn_graph": "(points, k=None, radius=None)",
    "graph_barcode": "(values, graph)",
    "grid_barcode": "(array, connectivity='faces')",
    "sample_barcode": "(function, bounds, n, seed=0, k=None, radius=None)",
    "point_barcode": "(values, points, k=None, radius=None)",
    "bottleneck_distance": "(a, b)",
    "to_score": "(bars, norm='sup')",
    "NeighborGraph.from_edges": "(n, edges)",
    "NeighborGraph.from_csr": "(indptr, indices)",
    "NeighborGraph.from_scipy": "(matrix)",
    "NeighborGraph.edges": "(self)",
    "NeighborGraph.to_csr": "(self)",
    "NeighborGraph.neighbors": "(self, vertex)",
    "NeighborGraph.n_components": "(self)",
    "Barcode.from_diagram": "(diagram)",
    "Barcode.filter": "(self, min_size=0, min_persistence=0.0)",
    "Barcode.to_diagram": "(self)",
    "Barcode.to_frame": "(self)",
    "Barcode.merge_tree": "(self)",
    "Barcode.path": "(self, i)",
    "Barcode.plot": "(self, ax=None)",
    "Barcode.__len__": "(self)",
    "Barcode.__getitem__": "(self, mask)",
}
FIELDS = {
    "birth": np.float32,
    "death": np.float32,
    "persistence": np.float32,
    "minimum": np.int64,
    "saddle": np.int64,
    "swallower": np.int64,
    "size": np.int64,
    "mean_height": np.float64,
    "essential": np.bool_,
}


def leading_parameters(function, count):
    """The signature without annotations and without what was added behind."""
    parameters = list(inspect.signature(function).parameters.values())
    added = parameters[count:]
    assert all(p.default is not p.empty for p in added), "an added parameter needs a default"
    shown = [p.replace(annotation=p.empty) for p in parameters[:count]]
    assert all(p.kind is p.POSITIONAL_OR_KEYWORD for p in shown)
    return str(inspect.Signature(shown))


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name):
    function = lb
    for part in name.split("."):
        function = getattr(function, part)
    assert leading_parameters(function, SIGNATURES[name].count(",") + 1) == SIGNATURES[name]


def test_exports():
    names = {name.split(".")[0] for name in SIGNATURES}
    assert names <= set(lb.__all__)
    for name in lb.__all__:
        assert getattr(lb, name).__doc__


def test_fields_of_a_barcode():
    bars = lb.graph_barcode(np.float32([0, 2, 1]), lb.NeighborGraph.from_edges(3, [(0, 1), (1, 2)]))
    for name, dtype in FIELDS.items():
        field = getattr(bars, name)
        assert field.shape == (2,), name
        assert field.dtype == dtype, name
    assert len(bars) == 2


def test_fields_of_a_sample_and_a_graph():
    bars = lb.sample_barcode(lambda x: x[:, 0], [(0, 1)], 20)
    assert bars.points.shape == (20, 1)
    assert bars.values.shape == (20,)
    assert isinstance(bars.graph, lb.NeighborGraph)
    assert isinstance(bars.graph.n_vertices, int)
    assert isinstance(bars.graph.n_edges, int)


def test_the_merge_tree_has_its_fields():
    tree = lb.graph_barcode([0.0, 2.0, 1.0], lb.NeighborGraph.from_edges(3, [(0, 1), (1, 2)])).merge_tree()
    for name in ("birth", "death", "minimum", "saddle", "parent"):
        assert len(getattr(tree, name)) == 2
    assert len(tree.simplify(5.0)) == tree.n_components(0.5) == 1


def test_import_is_light_and_quick():
    code = (
        "import sys, time; start = time.perf_counter(); import lossbar_core\n"
        "print(time.perf_counter() - start, *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    seconds, loaded = [], set()
    for _ in range(3):
        found = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        seconds.append(float(found.split()[0]))
        loaded |= set(found.split()[1:])
    heavy = {"torch", "pandas", "matplotlib", "plotly", "scipy", "gudhi", "yaml", "sklearn", "tqdm"}
    assert not heavy & loaded
    assert min(seconds) < 0.5


def test_computing_barcodes_imports_no_heavy_package():
    code = (
        "import sys, lossbar_core as lb\n"
        "bars = lb.sample_barcode(lambda x: x[:, 0] ** 2, [(-1, 1)], 100)\n"
        "bars.filter(min_size=2).merge_tree(), lb.grid_barcode([[0.0, 1.0]]).to_diagram()\n"
        "print(sorted({'torch', 'pandas', 'matplotlib', 'plotly', 'gudhi'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found == "[]\n"
