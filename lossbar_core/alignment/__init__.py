"""Symmetries of networks: hidden units permuted, signs flipped, scales moved, and two networks matched by them."""

from lossbar_core.alignment.chain import HiddenLayer, hidden_layers
from lossbar_core.alignment.matching import Alignment, weight_matching
from lossbar_core.alignment.scaling import balanced, random_symmetry
from lossbar_core.alignment.symmetry import Symmetry, check_same_function

__all__ = [
    "Alignment",
    "HiddenLayer",
    "Symmetry",
    "balanced",
    "check_same_function",
    "hidden_layers",
    "random_symmetry",
    "weight_matching",
]
