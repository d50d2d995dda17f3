"""Survey report on the topology, geometry and second-order properties of loss surfaces (SR), with NEB and GN."""

from lossbar_core.papers.sr import barriers, connected

__all__ = ["barriers", "connected"]
