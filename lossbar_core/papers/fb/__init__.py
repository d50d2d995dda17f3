"""Topology and geometry of deep rectified network optimization landscapes (FB)."""

from lossbar_core.papers.fb import (
    algorithm,
    cartoon,
    components,
    disconnected,
    dss_sweep,
    peak,
    practicalities,
    rectified,
)

__all__ = [
    "algorithm",
    "cartoon",
    "components",
    "disconnected",
    "dss_sweep",
    "peak",
    "practicalities",
    "rectified",
]
