"""The toys as surfaces in float64, and one more."""

from lossbar_core.landscapes import BENT_DOUBLE_WELL, CURVY_VALLEY, EGG_CARTON, FLAT, AnalyticLandscape

CURVY_ENDS = CURVY_VALLEY.minima
BENT_ENDS = BENT_DOUBLE_WELL.minima


def egg_carton() -> AnalyticLandscape:
    return EGG_CARTON.landscape()


def curvy() -> AnalyticLandscape:
    return CURVY_VALLEY.landscape()


def bent() -> AnalyticLandscape:
    return BENT_DOUBLE_WELL.landscape()


def plane() -> AnalyticLandscape:
    return FLAT.landscape()


def double_well() -> AnalyticLandscape:
    """Minima 0 at (+-1, 0), saddle 1 at the origin; the chord is the best path."""
    return AnalyticLandscape(lambda x: (x[:, 0] ** 2 - 1) ** 2 + x[:, 1] ** 2, 2, name="double well")
