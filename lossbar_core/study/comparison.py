"""Straight lines between minima, as they are and after their hidden units are matched."""
