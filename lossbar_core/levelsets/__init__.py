"""Level sets of surfaces of two parameters on a grid, and the shortest paths inside them."""

from lossbar_core.levelsets.geodesics import Distances, distances_from
from lossbar_core.levelsets.grid import LevelGrid

__all__ = ["Distances", "LevelGrid", "distances_from"]
