"""Lossbar: exact barcodes of minima, and five papers on loss surfaces made executable."""

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.distances import bottleneck_distance, to_score
from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.from_grid import grid_barcode
from lossbar_core.barcodes.from_points import point_barcode
from lossbar_core.barcodes.from_samples import sample_barcode
from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.barcodes.neighbours import knn_graph

__version__ = "0.1.0"

__all__ = [
    "Barcode",
    "NeighborGraph",
    "bottleneck_distance",
    "graph_barcode",
    "grid_barcode",
    "knn_graph",
    "point_barcode",
    "sample_barcode",
    "to_score",
]
