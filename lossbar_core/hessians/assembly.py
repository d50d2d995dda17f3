r"""The Hessian of a dense chain, put together from Gram matrices of what reaches its layers.

Let :math:`z_m` be what layer m makes of its inputs :math:`a_{m-1}`, :math:`a_m = g(z_m)`, :math:`\epsilon_m` the
derivative of a row's loss in :math:`z_m`, and :math:`J_{mk} = \partial z_m / \partial z_k`. The loss bends in the
outputs by :math:`C = S`, their second derivative, and behind every layer whose activation bends by
:math:`C_m = \operatorname{diag}(\delta_m g''(z_m))` with :math:`\delta_m = \partial \ell / \partial a_m`. The block of
layers :math:`k \le l` is the mean over rows of

.. math::
    \Big( \sum_{m \ge l} J_{mk}^T C_m J_{ml} \Big)_{ii'} a_{k-1,j}\, a_{l-1,j'}
    + [k < l]\; \epsilon_{l,i'} \Big( g'(z_{l-1}) J_{l-1,k} \Big)_{j'i} a_{k-1,j} .

For piecewise linear activations S alone bends, and the first term is the Gauss-Newton matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from lossbar_core.hessians.balls import Ball, growth, reciprocal
from lossbar_core.hessians.chains import (
    LinearLayer,
    Propagated,
    diagonal,
    loss_derivatives,
    propagated,
    with_constant,
)
from lossbar_core.landscapes.memory import even_blocks

ROWS = 2000  # of a pass: the Gram matrices of so many are long enough for the processor; tuned here
STRIPES = 4  # in so many a symmetric Gram matrix is computed, from the diagonal on: 62 percent of the work
MEMORY = 1e9  # bytes of the coefficients of one pass; tuned here


@dataclass(frozen=True, eq=False)
class Assembled:
    """A Hessian and what is known of its error.

    Attributes
    ----------
    matrix : (M, M) tensor
        Symmetric.
    error : float
        Bound on the spectral norm of the difference from the exact Hessian of the same numbers and slopes.
    unsure : int
        Kinks whose argument is 0 up to rounding.
    """

    matrix: Tensor
    error: float
    unsure: int


@dataclass
class _Sums:
    """Sums over rows, block by block, and for each parameter a bound on the sum of the errors in its line.

    Of the Gram matrices, blocks (k, k, i, j), only the inputs ``lit`` are kept, those that are not 0 in all rows, and
    only the stripes from the diagonal on.
    """

    layers: list[LinearLayer]
    blocks: dict[tuple[int, ...], Tensor]
    lines: list[Tensor]
    lit: list[Tensor]
    unsure: int = 0

    def add(self, key: tuple[int, ...], part: Tensor) -> None:
        if key in self.blocks:
            self.blocks[key] += part
        else:
            self.blocks[key] = part


def assembled(
    layers: list[LinearLayer],
    loss: str,
    theta: Tensor,
    inputs: Tensor,
    targets: Tensor,
    *,
    curved: bool = True,
    passed: Callable[[int], object] | None = None,
) -> Assembled:
    """The Hessian of the mean loss of a chain.

    Parameters
    ----------
    layers : list of LinearLayer
    loss : {"cross_entropy", "mse"}
    theta : (M,) tensor
    inputs : (n, d) tensor
    targets : (n,) classes, or (n, C)
    curved : bool
        False takes the outputs as linear: the Gauss-Newton matrix.
    passed : callable, optional
        Is told after each pass how many more rows are done.

    Returns
    -------
    Assembled
    """
    lines = [theta.new_zeros(layer.units, layer.inputs) for layer in layers]
    sums = _Sums(layers, {}, lines, _lit(layers, inputs))
    blocks = list(even_blocks(len(inputs), _rows_of_a_pass(layers, theta.element_size())))
    share = reciprocal(len(inputs), theta)
    for block in blocks:
        rows = _Rows.of(layers, loss, theta, inputs[block], targets[block], share, curved)
        sums.unsure += rows.passed.unsure
        # Sums over the rows of a pass, over passes, and two products.
        _add(sums, rows, growth(block.stop - block.start + len(blocks) + 2, theta.dtype))
        if passed is not None:
            passed(block.stop - block.start)
    matrix = theta.new_zeros(len(theta), len(theta))
    for key, part in sums.blocks.items():
        _place(matrix, sums, key, part)
    return Assembled(matrix, float(torch.stack([line.max() for line in sums.lines]).max()), sums.unsure)


def _lit(layers: list[LinearLayer], inputs: Tensor) -> list[Tensor]:
    """Places of the inputs of each layer that are not 0 in all rows, as far as that is known before: of the first."""
    found = [torch.arange(layer.inputs, device=inputs.device) for layer in layers]
    dark = inputs.eq(0).all(dim=0).nonzero()[:, 0]
    return [found[0][~torch.isin(found[0], dark)], *found[1:]]


def _rows_of_a_pass(layers: list[LinearLayer], item: int) -> int:
    crossed = (a.units * b.units * b.inputs for i, a in enumerate(layers) for b in layers[i + 1 :])
    widest = max(*crossed, *(layer.units**2 for layer in layers), 1)
    return max(min(ROWS, int(MEMORY / (4 * item * widest))), 1)


@dataclass
class _Rows:
    """What the rows of one pass contribute.

    Attributes
    ----------
    jacobians : dict
        (m, k) to :math:`J_{mk}`, (b, units of m, units of k).
    slopes : list of Ball (b, units)
        The :math:`\\epsilon_m`, times the share of a row.
    bends : dict
        m to :math:`C_m`, (b, units, units), times the share of a row; without those that are 0.
    """

    passed: Propagated
    jacobians: dict[tuple[int, int], Ball]
    slopes: list[Ball]
    bends: dict[int, Ball]
    curved: bool

    @classmethod
    def of(
        cls,
        layers: list[LinearLayer],
        loss: str,
        theta: Tensor,
        inputs: Tensor,
        targets: Tensor,
        weight: Ball,
        curved: bool,
    ) -> _Rows:
        """Pass rows forward, and the loss's derivatives back; arguments as of `assembled`, ``weight`` a row's share."""
        passed = propagated(layers, theta, inputs)
        slope, bend = loss_derivatives(loss, passed.outputs, targets)
        delta = slope * weight
        bends: dict[int, Ball] = {}
        slopes: list[Ball] = []
        last = len(layers) - 1
        for m in range(last, -1, -1):
            part = passed.activated[m]
            inner = diagonal(delta * part.bend) if part.bend is not None and curved else None
            if m == last:
                outer = part.slope[:, :, None] * (bend * weight) * part.slope[:, None, :]
                inner = outer if inner is None else inner + outer
            if inner is not None:
                bends[m] = inner
            slopes.insert(0, delta * part.slope)
            delta = (slopes[0][:, None, :] @ layers[m].weights(theta))[:, 0]
        return cls(passed, _jacobians(layers, theta, passed), slopes, bends, curved)


def _jacobians(layers: list[LinearLayer], theta: Tensor, passed: Propagated) -> dict[tuple[int, int], Ball]:
    found: dict[tuple[int, int], Ball] = {}
    for k in range(len(layers)):
        for m in range(k + 1, len(layers)):
            slope = passed.activated[m - 1].slope
            moved = diagonal(slope) if m == k + 1 else slope[:, :, None] * found[m - 1, k]
            found[m, k] = layers[m].weights(theta) @ moved
    return found


def _add(sums: _Sums, rows: _Rows, gamma: float) -> None:
    for high, layer in enumerate(sums.layers):
        # J_ml^T C_m for l = high and all m from l on
        bent = {m: _times(rows.jacobians.get((m, high)), bend) for m, bend in rows.bends.items() if m >= high}
        for k in range(high + 1):
            parts = [part if m == k else part @ rows.jacobians[m, k] for m, part in bent.items()]
            weights = sum(parts[1:], parts[0]).mT  # (b, units of k, units of high)
            if k == high:
                _add_diagonal(sums, k, weights, rows.passed.inputs[k], gamma)
                continue
            coefficients = weights[:, :, :, None] * rows.passed.inputs[high][:, None, None, :]
            if rows.curved:
                slope = rows.passed.activated[high - 1].slope
                moved = diagonal(slope) if high == k + 1 else slope[:, :, None] * rows.jacobians[high - 1, k]
                moved = (
                    with_constant(moved, 0.0) if layer.biased else moved
                )  # (b, inputs of high, units of k)
                coefficients = coefficients + rows.slopes[high][:, None, :, None] * moved.mT[:, :, None, :]
            _add_cross(sums, k, high, coefficients, rows.passed.inputs[k], gamma)


def _times(jacobian: Ball | None, bend: Ball) -> Ball:
    """The transposed Jacobian times a bend; None is the identity."""
    return bend if jacobian is None else jacobian.mT @ bend


def _add_diagonal(sums: _Sums, k: int, weights: Ball, reaching: Ball, gamma: float) -> None:
    """Weighted Gram matrices of what reaches a layer, one a pair of units, over the rows where both count."""
    weights = weights.moved(_mirrored)  # what is computed of a pair of units stands for both orders
    high = reaching.high
    length = high.sum(dim=1)[:, None, None]
    sums.lines[k] += torch.einsum("nj,nip->ij", high, (weights.rad + gamma * weights.high) * length)
    if reaching.rad.any():  # the network's inputs have none
        spread = reaching.rad.sum(dim=1)[:, None, None]
        sums.lines[k] += torch.einsum("nj,nip->ij", reaching.rad, weights.high * length)
        sums.lines[k] += torch.einsum("nj,nip->ij", high, weights.high * spread)
    lit = reaching.mid[:, sums.lit[k]]
    for i in range(weights.mid.shape[1]):
        awake = weights.mid[:, i].any(dim=1).nonzero()[:, 0]
        rows, own = lit[awake], weights.mid[awake, i]
        for j in range(i, weights.mid.shape[2]):
            both = own[:, j].nonzero()[:, 0]
            block = sums.blocks.setdefault((k, k, i, j), rows.new_zeros(rows.shape[1], rows.shape[1]))
            _add_gram(block, rows[both], own[both, j])


def _mirrored(part: Tensor) -> Tensor:
    """The upper triangle, and its mirror image."""
    return part.triu() + part.triu(1).mT


def _add_gram(total: Tensor, rows: Tensor, weights: Tensor) -> None:
    """Add Rows^T diag(weights) rows, which is symmetric: its stripes from the diagonal on."""
    weighted = weights[:, None] * rows
    for stripe in _stripes(len(total)):
        total[stripe, stripe.start :] += rows[:, stripe].mT @ weighted[:, stripe.start :]


def _stripes(size: int) -> list[slice]:
    return list(even_blocks(size, -(-size // STRIPES))) if size else []


def _completed(total: Tensor) -> Tensor:
    """The symmetric matrix of which the stripes from the diagonal on are known."""
    for stripe in _stripes(len(total)):
        square = total[stripe, stripe]
        total[stripe, stripe] = (square + square.mT) / 2  # rounding apart the two are one
        total[stripe.stop :, stripe] = total[stripe, stripe.stop :].mT
    return total


def _add_cross(sums: _Sums, k: int, high: int, coefficients: Ball, reaching: Ball, gamma: float) -> None:
    """The block of layers k and high from coefficients (b, units of k, units of high, inputs of high)."""
    part = reaching.mid.mT @ coefficients.mid.flatten(1)  # (inputs of k, the rest)
    units = coefficients.mid.shape[1]
    sums.add((k, high), part.view(len(part), units, -1).movedim(0, 1).flatten(0, 1))
    unsure = coefficients.rad + gamma * coefficients.high
    sums.lines[k] += (reaching.high.mT @ unsure.sum(dim=(2, 3))).mT
    sums.lines[k] += (reaching.rad.mT @ coefficients.high.sum(dim=(2, 3))).mT
    sums.lines[high] += torch.einsum("n,nipj->pj", reaching.high.sum(dim=1), unsure)
    sums.lines[high] += torch.einsum("n,nipj->pj", reaching.rad.sum(dim=1), coefficients.high)


def _place(matrix: Tensor, sums: _Sums, key: tuple[int, ...], part: Tensor) -> None:
    """Write a block and its mirror image where its parameters lie."""
    k, high, *units = key
    rows, columns = (sums.layers[layer].places.to(part.device) for layer in (k, high))
    if units:
        rows, columns = (sums.layers[k].places.to(part.device)[unit, sums.lit[k]] for unit in units)
        part = _completed(part)
    rows, columns = rows.flatten(), columns.flatten()
    matrix[rows[:, None], columns] = part
    if k != high or units[0] != units[1]:
        matrix[columns[:, None], rows] = part.mT
