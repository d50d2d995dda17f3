"""The drawing of TO section 1.1: two minima that look alike and are not equally hard to leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BPoly

from lossbar_core.barcodes.from_grid import grid_barcode
from lossbar_core.papers.base import Result, item

VALUE, CURVATURE = 1.0, 4.0  # of both minima
REACH = 0.3  # half width of the stretch on which both are the same parabola


@dataclass(frozen=True)
class Line:
    """``n`` points on [0, 8], best 8 k + 1; ``seed`` is unused, nothing is drawn."""

    seed: int = 0
    n: int = 4001


@item("TO-Fig1", smoke=Line(n=401), quick=Line())
def alike_locally(config: Line) -> Result:
    r"""Two minima of equal value and curvature whose bars differ: TO section 1.1, figure 1.

    :math:`f''` is measured by central differences at the minima that the barcode found, not taken from the
    construction; a bar's length is :math:`h_p - f(p)`, TO equation 1.

    Parameters
    ----------
    config : Line

    Returns
    -------
    Result
        ``curvature_gap`` and ``length_ratio`` of the two highest minima, their ``birth_gap`` and lengths, and
        ``neighbourhood_gap``, how far the stretches of half width ``reach`` around them differ when they are
        laid upon each other. Arrays ``x`` and ``f``.

    Raises
    ------
    ValueError
        If the grid is too coarse to show the two minima.
    """
    x = np.linspace(0.0, 8.0, config.n)
    f = landscape()(x)
    bars = grid_barcode(f)
    pair = np.sort(bars.minimum[~bars.essential])
    if len(pair) != 2:
        raise ValueError(f"expected two finite bars, got {len(pair)}; take more points than {config.n}")
    step = x[1] - x[0]
    curvature = (f[pair - 1] - 2 * f[pair] + f[pair + 1]) / step**2
    stretch = np.arange(-round(REACH / step), round(REACH / step) + 1)
    left, right = f[pair[0] + stretch], f[pair[1] + stretch]
    length = bars.persistence[~bars.essential]
    birth = bars.birth[~bars.essential]
    return Result(
        {
            "curvature_gap": float(abs(curvature[0] - curvature[1])),
            "curvature": float(curvature[0]),
            "birth_gap": float(abs(birth[0] - birth[1])),
            "neighbourhood_gap": float(np.abs(left - right).max()),
            "reach": REACH,
            "short_length": float(length.min()),
            "long_length": float(length.max()),
            "length_ratio": float(length.max() / length.min()),
        },
        {"x": x, "f": f},
    )


def landscape() -> BPoly:
    """A function on [0, 8], twice differentiable: two equal wells, a low and a high ridge, a deeper well.

    Each piece is the quintic with given value, slope and second derivative at both ends; around the two wells
    these are those of one parabola, and the quintic between them is that parabola.
    """
    rim = VALUE + CURVATURE / 2 * REACH**2
    well = [
        (-REACH, (rim, -CURVATURE * REACH, CURVATURE)),
        (REACH, (rim, CURVATURE * REACH, CURVATURE)),
    ]
    knots = [
        (0.0, (4.6, -3.0, 0.0)),
        *((1.6 + t, d) for t, d in well),
        (2.3, (1.5, 0.0, -3.0)),
        (3.8, (0.0, 0.0, 4.0)),
        (5.2, (4.4, 0.0, -10.0)),
        *((6.4 + t, d) for t, d in well),
        (8.0, (4.8, 2.5, 0.0)),
    ]
    return BPoly.from_derivatives([t for t, _ in knots], [d for _, d in knots])
