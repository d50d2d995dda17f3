"""The theory of FB made numerical: when level sets of linear and of rectified networks are connected."""

from lossbar_core.papers.rectified import (
    few_units,
    linear_networks,
    pigeonhole,
    poor_minima,
    risks,
    small_angles,
    teachers,
    theorem,
    two_gaussians,
    width,
)

__all__ = [
    "few_units",
    "linear_networks",
    "pigeonhole",
    "poor_minima",
    "risks",
    "small_angles",
    "teachers",
    "theorem",
    "two_gaussians",
    "width",
]
