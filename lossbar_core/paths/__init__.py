"""Paths between points of a loss surface: straight lines, elastic bands, gradient flow, strings, curves."""

from lossbar_core.paths.checkpoint import Checkpoint
from lossbar_core.paths.method import PathMethod
from lossbar_core.paths.path import Path
from lossbar_core.paths.profile import Profile
from lossbar_core.paths.straight import StraightLine

__all__ = ["Checkpoint", "Path", "PathMethod", "Profile", "StraightLine"]
