"""Survey on topology, geometry and second-order properties of loss surfaces (SR), and the elastic bands it reviews."""

from lossbar_core.papers.sr import auto, band, comparison, springs, toys, tree

__all__ = ["auto", "band", "comparison", "springs", "toys", "tree"]
