"""One package a paper, one function an item: configuration to result, pure and seeded.

``bsl``, ``to``, ``fb``, ``sr`` and ``hi`` are named after the papers; ``rectified`` holds the theory of FB (its
section 2), ``curvature`` its larger networks and the calibration of lengths, ``fb`` the algorithm and the polynomials.
"""

from importlib import import_module

from lossbar_core.papers.base import ITEMS, PROFILES, Item, Result, Sweep, config_dict, item, sweep_item

PAPERS = ("bsl", "to", "fb", "rectified", "curvature", "sr", "hi")

__all__ = [
    "ITEMS",
    "PAPERS",
    "PROFILES",
    "Item",
    "Result",
    "Sweep",
    "config_dict",
    "item",
    "load_items",
    "sweep_item",
]


def load_items() -> dict[str, Item]:
    """Import every paper's package and return all registered items by id."""
    for paper in PAPERS:
        import_module(f"lossbar_core.papers.{paper}")
    return ITEMS
