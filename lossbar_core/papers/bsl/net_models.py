"""The seven networks of BSL Figure 7 in three parameterisations, and the box in which each is looked at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lossbar_core.functions.networks import SmallNetwork

NETS = ((2,), (3,), (2, 2), (3, 2), (3, 3), (2, 2, 2), (3, 2, 2))  # in the order of Figure 7
VARIANTS = ("fixed", "free", "normalised")
L2 = 5e-4  # of the authors' notebook on tanh networks; the paper gives none
SCALE = 1.5  # of the normalised first weights, of the authors' oldest notebook
HIDDEN, OUTPUT = 2.0, 4.0  # the notebook clips minima there: hidden parameters, output layer
KINKS = SCALE * math.pi  # a normalised unit has its kink at an input of [-pi, pi] for biases up to this


def network(
    variant: str, widths: Sequence[int], seed: int = 0, *, reduced: bool = False, y: Any = None
) -> SmallNetwork:
    """A network of a variant; the seed draws the fixed biases, which are published nowhere.

    ``fixed``: ReLU, standard normal hidden biases that stay, output bias eliminated. ``free``: tanh, everything
    free. ``normalised``: ReLU, first weights +-1.5 with alternating signs. With ``reduced`` the whole output layer
    is eliminated, which changes no bar (see `SmallNetwork`) as long as that layer is not held in a box.

    Raises
    ------
    ValueError
        For an unknown variant.

    Examples
    --------
    >>> [network(variant, (2, 2)).dimension for variant in VARIANTS]
    [8, 13, 11]
    >>> network("fixed", (2,), reduced=True).names
    ('W1[0,0]', 'W1[1,0]')
    """
    eliminate = "layer" if reduced else None
    if variant == "fixed":
        model = SmallNetwork.fixed_biases(widths, seed=seed, l2=L2, y=y)
        if not reduced:
            return model
        inner = model.positions[: -model.widths[-1]]
        return SmallNetwork(widths, l2=L2, y=y, template=model.template, free=inner, eliminate="layer")
    if variant == "free":
        return SmallNetwork.free(widths, l2=L2, eliminate=eliminate, y=y)
    if variant == "normalised":
        signs = [(-1.0) ** unit for unit in range(widths[0])]
        return SmallNetwork.normalised(widths, signs, SCALE, l2=L2, eliminate=eliminate, y=y)
    raise ValueError(f"expected a variant among {VARIANTS}, got {variant!r}; choose one of them")


def limits(model: SmallNetwork, variant: str) -> np.ndarray:
    """The box (D, 2): [-2, 2] for hidden parameters, [-4, 4] for the output layer, all kinks if normalised.

    The authors clip the minima that they find to these limits and sample inside. We clip every step of the
    descent, so that what is found is a minimum of the loss in the box (BSL section 6.1, remark).

    Examples
    --------
    >>> limits(network("fixed", (2,)), "fixed")[:, 1]
    array([2., 2., 4., 4.])
    """
    last = str(len(model.widths) + 1)
    bound = [OUTPUT if name[1] == last else HIDDEN for name in model.names]
    if variant == "normalised":
        bound = [KINKS if name.startswith("b1") else b for name, b in zip(model.names, bound, strict=True)]
    high = np.array(bound)
    return np.stack([-high, high], axis=1)


def title(widths: Sequence[int]) -> str:
    """A network's name as the paper writes it.

    Examples
    --------
    >>> title((3, 2, 2))
    '(3x2x2)'
    """
    return f"({'x'.join(map(str, widths))})"
