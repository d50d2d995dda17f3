"""Paths between points of a loss surface: straight lines, elastic bands, gradient flow, strings, curves."""

from lossbar_core.paths.auto_neb import CODE_CYCLES, CYCLES, AutoNEB, Cycle, Equal, Highest
from lossbar_core.paths.checkpoint import Checkpoint
from lossbar_core.paths.gradient_flow import GradientFlow
from lossbar_core.paths.insertion import Insertion
from lossbar_core.paths.method import PathMethod
from lossbar_core.paths.neb import ElasticBand, PlainBand
from lossbar_core.paths.optimisers import SGD, Adam, Fire
from lossbar_core.paths.path import Path
from lossbar_core.paths.profile import Profile
from lossbar_core.paths.straight import StraightLine

__all__ = [
    "CODE_CYCLES",
    "CYCLES",
    "SGD",
    "Adam",
    "AutoNEB",
    "Checkpoint",
    "Cycle",
    "ElasticBand",
    "Equal",
    "Fire",
    "GradientFlow",
    "Highest",
    "Insertion",
    "Path",
    "PathMethod",
    "PlainBand",
    "Profile",
    "StraightLine",
]
