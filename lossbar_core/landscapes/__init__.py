"""Losses as functions of flat parameter vectors, P vectors at once: formulas, toys, and any torch module."""

from lossbar_core.landscapes.analytic import AnalyticLandscape
from lossbar_core.landscapes.batches import MiniBatches
from lossbar_core.landscapes.blocks import LossBlock
from lossbar_core.landscapes.layout import ParameterLayout
from lossbar_core.landscapes.modules import Landscape
from lossbar_core.landscapes.surface import Evaluations, Surface
from lossbar_core.landscapes.toys import (
    BENT_DOUBLE_WELL,
    CURVY_VALLEY,
    EGG_CARTON,
    FLAT,
    TOYS,
    Toy,
    benchmark_toy,
)

__all__ = [
    "BENT_DOUBLE_WELL",
    "CURVY_VALLEY",
    "EGG_CARTON",
    "FLAT",
    "TOYS",
    "AnalyticLandscape",
    "Evaluations",
    "Landscape",
    "LossBlock",
    "MiniBatches",
    "ParameterLayout",
    "Surface",
    "Toy",
    "benchmark_toy",
]
