"""Paths between points of a loss surface: straight lines, elastic bands, gradient flow, strings, curves."""

from lossbar_core.paths.auto_neb import CODE_CYCLES, CYCLES, AutoNEB, Cycle, Equal, Highest
from lossbar_core.paths.checkpoint import Checkpoint
from lossbar_core.paths.curves import BezierCurve, PolygonalChain
from lossbar_core.paths.gradient_flow import GradientFlow
from lossbar_core.paths.insertion import Insertion
from lossbar_core.paths.method import PathMethod
from lossbar_core.paths.minima import MinimaBarcode, barcode_of_minima
from lossbar_core.paths.neb import ElasticBand, PlainBand
from lossbar_core.paths.optimisers import SGD, Adam, Fire
from lossbar_core.paths.path import Path
from lossbar_core.paths.profile import Profile
from lossbar_core.paths.simplices import SaddleComplex, SimplexRelaxation, saddle_complex
from lossbar_core.paths.spanning import minimax_closure, minimum_spanning_tree, ultrametric_violation
from lossbar_core.paths.straight import StraightLine
from lossbar_core.paths.strings import StringSampling

__all__ = [
    "CODE_CYCLES",
    "CYCLES",
    "SGD",
    "Adam",
    "AutoNEB",
    "BezierCurve",
    "Checkpoint",
    "Cycle",
    "ElasticBand",
    "Equal",
    "Fire",
    "GradientFlow",
    "Highest",
    "Insertion",
    "MinimaBarcode",
    "Path",
    "PathMethod",
    "PlainBand",
    "PolygonalChain",
    "Profile",
    "SaddleComplex",
    "SimplexRelaxation",
    "StraightLine",
    "StringSampling",
    "barcode_of_minima",
    "minimax_closure",
    "minimum_spanning_tree",
    "saddle_complex",
    "ultrametric_violation",
]
