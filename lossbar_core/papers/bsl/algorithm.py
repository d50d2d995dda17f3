"""Items of BSL section 3, each in a module of its own, so that its record depends on that code alone."""

from lossbar_core.papers.bsl import algorithm1, boxes, complexity, radius

__all__ = ["algorithm1", "boxes", "complexity", "radius"]
