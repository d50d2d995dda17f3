r"""Directions in which a loss does not bend at all, whatever the data's labels: zero eigenvalues that are known.

* An input that is 0 in all rows: its weights into any unit change nothing.
* A ReLU that is closed in all rows: neither its incoming nor its outgoing parameters change anything, nearby. (A
  unit that hands on 0 for another reason, such as zero weights, is no such case.)
* The softmax: the same number added to what all classes take from a feature shifts all logits alike.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lossbar_core.hessians.chains import LinearLayer, chain_of, propagated
from lossbar_core.hessians.convolutions import ConvolutionalChain, convolutions_of, passed_on
from lossbar_core.hessians.heads import Head, head_of
from lossbar_core.hessians.products import as_vector
from lossbar_core.landscapes import Landscape
from lossbar_core.landscapes.memory import even_blocks

ROWS = 2000  # of a pass


def known_zeros(landscape: Landscape, theta: object) -> int:
    """Zero eigenvalues that these symmetries force (SR section 4.1), their number, for chains; else the softmax's.

    Parameters
    ----------
    landscape : Landscape
    theta : (M,) tensor

    Returns
    -------
    int
        Dimension of the space that they span.

    Examples
    --------
    >>> from lossbar_core.networks import MLP
    >>> inputs = torch.tensor([[0.0, 1.0], [0.0, 2.0]])
    >>> landscape = Landscape(MLP((2, 3)), "cross_entropy", (inputs, torch.tensor([0, 1])))
    >>> known_zeros(landscape, landscape.vector())   # 3 weights of the dark input, 1 + 1 shifts of the logits
    5
    """
    theta = as_vector(landscape, theta)
    shifted = landscape.loss.name == "cross_entropy"
    layers = chain_of(landscape)
    if layers is not None:
        return _of_chain(layers, theta, landscape.data.arguments[0].flatten(1), shifted)
    chain = convolutions_of(landscape)
    if chain is not None:
        return _of_head(chain.head, _closed_features(chain, theta, landscape.data.arguments[0]), shifted)
    head = head_of(landscape)
    return _of_head(head, 0, shifted) if head is not None else 0


def _of_chain(layers: list[LinearLayer], theta: Tensor, rows: Tensor, shifted: bool) -> int:
    """Zeros layer by layer: inputs asleep of units awake, all inputs of units asleep; then shifts of the logits."""
    dark = torch.ones(layers[0].inputs, dtype=torch.bool, device=theta.device)
    closed = [torch.ones(layer.units, dtype=torch.bool, device=theta.device) for layer in layers]
    for block in even_blocks(len(rows), ROWS):
        passed = propagated(layers, theta, rows[block])
        dark &= passed.inputs[0].mid.eq(0).all(dim=0)
        for k, part in enumerate(passed.activated):
            closed[k] &= part.slope.high.eq(0).all(dim=0)
    found, asleep = 0, int(dark.sum())
    for layer, units in zip(layers, closed, strict=True):
        sleeping = int(units.sum())
        found += (layer.units - sleeping) * asleep + sleeping * layer.inputs
        awake, asleep = layer.inputs - asleep, sleeping
    linear_output = isinstance(layers[-1].activation, nn.Identity)
    return found + awake * (shifted and linear_output)


def _closed_features(chain: ConvolutionalChain, theta: Tensor, images: Tensor) -> int:
    """Features of a convolutional chain whose unit is closed for all images: nothing nearby depends on them."""
    closed = torch.ones(chain.head.features, dtype=torch.bool, device=theta.device)
    for block in even_blocks(len(images), ROWS // 10):
        slope = passed_on(chain, theta, images[block])[-1].activated.slope
        closed &= slope.high.flatten(1).eq(0).all(dim=0)
    return int(closed.sum())


def _of_head(head: Head, asleep: int, shifted: bool) -> int:
    awake = head.features + head.biased - asleep
    return head.classes * asleep + awake * shifted
