"""Benchmark functions with boxes, minima and exact barcodes, and losses of small networks."""

from lossbar_core.functions.benchmark import (
    ALPINE_01,
    CROWNED_CROSS,
    EGG_CRATE,
    FUNCTIONS,
    HOLDER_TABLE,
    HUMP_CAMEL_3,
    HUMP_CAMEL_6,
    LANGERMANN,
    NAMES,
    SCHWEFEL_26,
    WAVY,
    XIN_SHE_YANG_04,
    BenchmarkFunction,
    get,
)
from lossbar_core.functions.descent import adam
from lossbar_core.functions.networks import SmallNetwork
from lossbar_core.functions.reference import ReferenceBarcode, reference_barcode
from lossbar_core.functions.separable import ExactBarcode, exact_barcode, interval_barcode
from lossbar_core.functions.training_data import target

__all__ = [
    "ALPINE_01",
    "CROWNED_CROSS",
    "EGG_CRATE",
    "FUNCTIONS",
    "HOLDER_TABLE",
    "HUMP_CAMEL_3",
    "HUMP_CAMEL_6",
    "LANGERMANN",
    "NAMES",
    "SCHWEFEL_26",
    "WAVY",
    "XIN_SHE_YANG_04",
    "BenchmarkFunction",
    "ExactBarcode",
    "ReferenceBarcode",
    "SmallNetwork",
    "adam",
    "exact_barcode",
    "get",
    "interval_barcode",
    "reference_barcode",
    "target",
]
