"""Survey report on the topology, geometry and second-order properties of loss surfaces (SR), with NEB and GN."""

from lossbar_core.papers.sr import auto, band, barriers, comparison, connected, springs, strings, toys, tree

__all__ = ["auto", "band", "barriers", "comparison", "connected", "springs", "strings", "toys", "tree"]
