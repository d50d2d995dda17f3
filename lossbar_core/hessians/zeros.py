r"""Directions in which a loss does not bend at all, whatever the data's labels: zero eigenvalues that are known.

* An input that is 0 in all rows: its weights into any unit change nothing.
* A ReLU that is 0 in all rows: neither its incoming nor its outgoing parameters change anything, nearby.
* The softmax: the same number added to what all classes take from a feature shifts all logits alike.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lossbar_core.hessians.chains import LinearLayer, chain_of, propagated
from lossbar_core.hessians.heads import Head, head_of
from lossbar_core.hessians.products import as_vector
from lossbar_core.landscapes import Landscape
from lossbar_core.landscapes.memory import even_blocks

ROWS = 2000  # of a pass


def known_zeros(landscape: Landscape, theta: object) -> int:
    """The number of zero eigenvalues that these symmetries force, for chains; for other networks that of the softmax.

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
    head = head_of(landscape)
    if head is None:
        return 0
    return _of_head(head, _awake_features(landscape, theta, head), shifted)


def _of_chain(layers: list[LinearLayer], theta: Tensor, rows: Tensor, shifted: bool) -> int:
    """Zeros layer by layer: inputs asleep of units awake, all inputs of units asleep; then shifts of the logits."""
    reaching = [torch.zeros(layer.inputs, dtype=torch.bool, device=theta.device) for layer in layers]
    handed = [torch.zeros(layer.units, dtype=torch.bool, device=theta.device) for layer in layers]
    for block in even_blocks(len(rows), ROWS):
        passed = propagated(layers, theta, rows[block])
        for k, (inputs, part) in enumerate(zip(passed.inputs, passed.activated, strict=True)):
            reaching[k] |= inputs.high.ne(0).any(dim=0)
            open_ = part.slope.high.ne(0).any(dim=0) if isinstance(layers[k].activation, nn.ReLU) else True
            handed[k] |= torch.as_tensor(open_, device=theta.device)
    found = 0
    for layer, seen, awake in zip(layers, reaching, handed, strict=True):
        asleep = int((~seen).sum())
        found += int(awake.sum()) * asleep + int((~awake).sum()) * layer.inputs
    linear_output = isinstance(layers[-1].activation, nn.Identity)
    return found + int(reaching[-1].sum()) * (shifted and linear_output)


def _awake_features(landscape: Landscape, theta: Tensor, head: Head) -> int:
    """Features that are not 0 in all rows, with the constant of the bias."""
    awake = torch.zeros(head.features, dtype=torch.bool, device=theta.device)
    with torch.no_grad():
        for block in landscape.blocks(ROWS):
            awake |= head.features_of(block, theta).ne(0).any(dim=0)
    return int(awake.sum()) + head.biased


def _of_head(head: Head, awake: int, shifted: bool) -> int:
    asleep = head.features + head.biased - awake
    return head.classes * asleep + awake * shifted
