"""The topology, geometry, and second order properties of the loss surface of deep neural networks (SR)."""

from lossbar_core.papers.sr import strings

__all__ = ["strings"]
