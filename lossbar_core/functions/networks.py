"""Small fully connected networks as functions of their parameters: the losses of the BSL paper's Figure 7."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossbar_core.checks import as_count, as_positive, as_real, thread_count
from lossbar_core.functions import backprop
from lossbar_core.functions.layers import Layers, as_layers
from lossbar_core.functions.training_data import as_inputs, training_data
from lossbar_core.kernels.network import NetworkLoss, fits


class SmallNetwork:
    r"""Loss of a network with one input and one output as a function of its free parameters, for n vectors at once.

    .. math:: L(\theta) = \min_v \frac1m \sum_i (N_{\theta, v}(x_i) - y_i)^2 + \lambda_1 |\theta|_1
        + \lambda_2 |\theta|_2^2 + \lambda_2 |v|_2^2

    The free parameters are some entries of a full vector, the others stay as the template has them. The
    parameters v are eliminated: the output bias, or the whole output layer, takes its best value in closed form.
    The loss is convex in v. Move v along the straight line to its best value, which depends continuously on
    :math:`\theta`: the move never goes up, so the sublevel sets of the full loss shrink onto those of the reduced
    one, and the barcode of the loss over all v is exactly that of the reduced function, in degree 0 (the
    minima) and in all others. That needs v free of bounds. For the bias alone, with residuals r without it,
    :math:`v = -\bar r / (1 + \lambda_2)` and the loss is the mean of r^2 less :math:`\bar r^2 / (1 + \lambda_2)`.

    Up to four hidden layers of up to eight units run in a kernel; wider networks give the same in numpy, slowly.

    Parameters
    ----------
    widths : sequence of int
        Of the hidden layers, such as (2,) or (3, 2, 2).
    activation : {"relu", "tanh"}
    x, y : (m,) arrays, optional
        Inputs and targets. By default 101 equally spaced x on [-pi, pi] (the paper), and y = target(x).
    l1, l2 : float
        Weights of the penalties, which are sums over the free parameters, not means (the authors' code). l1 does
        not act on eliminated parameters.
    template : (F,) array, optional
        Full parameters: layer by layer the weights, row-major (out x in), then the biases. By default zeros.
    free : (D,) integers, optional
        Positions of the free parameters in the template, in the order of theta. By default all that are not
        eliminated.
    eliminate : {None, "bias", "layer"}
        "layer" needs l2 > 0, without which the best output layer jumps where a hidden unit dies.

    Attributes
    ----------
    dimension : int
        Number D of free parameters.
    names : tuple of str
        Of the free parameters: W1[0,0] is a weight and b1[0] a bias of the first layer.
    widths, activation, x, y, l1, l2, template, eliminate
        As above.
    positions, eliminated : integer arrays
        Where the free and the eliminated parameters lie in the full vector.
    layers : Layers

    Raises
    ------
    TypeError
        If an argument has the wrong type.
    ValueError
        If a width, activation, penalty, template, position or the choice of what to eliminate is wrong.

    Examples
    --------
    >>> network = SmallNetwork.free((2, 2))
    >>> network.dimension, network(np.zeros((1, 13))).round(3)
    (13, array([0.73]))
    """

    def __init__(
        self,
        widths: Sequence[int],
        activation: str = "relu",
        *,
        x: Any = None,
        y: Any = None,
        l1: float = 0.0,
        l2: float = 0.0,
        template: Any = None,
        free: Any = None,
        eliminate: str | None = None,
    ):
        self.layers: Layers = as_layers(widths, activation)
        self.widths, self.activation = self.layers.widths, activation
        self.x, self.y = training_data(x, y)
        self.l1, self.l2 = _penalty(l1, "l1"), _penalty(l2, "l2")
        if eliminate == "layer" and self.l2 == 0.0:
            raise ValueError("expected l2 > 0 with eliminate='layer', got 0; choose a small l2 such as 1e-6")
        self.eliminate = eliminate
        count, last = self.layers.n_parameters, self.layers.n_eliminated(eliminate)
        self.eliminated = np.arange(count - last, count)
        self.template = self.layers.as_template(template)
        self.positions = self.layers.as_positions(free, count - last)
        for array in (self.x, self.y, self.template, self.positions, self.eliminated):
            array.setflags(write=False)  # the kernel reads them where they are
        self._kernel = self._of_kernel() if fits(self.widths, len(self.x)) else None

    @classmethod
    def fixed_biases(
        cls,
        widths: Sequence[int],
        biases: Any = None,
        *,
        seed: int = 0,
        l1: float = 0.0,
        l2: float = 0.0,
        x: Any = None,
        y: Any = None,
    ) -> SmallNetwork:
        """ReLU network whose hidden biases are given constants, its output bias eliminated: the weights are free.

        The class of the authors' repository; D = 4, 6, 8, 11, 15, 12, 15 for the networks of Figure 7. Their biases
        are not published: by default they are standard normal numbers of a seed.

        Raises
        ------
        TypeError
            If the biases are no real numbers, or the seed is no integer.
        ValueError
            If there is not one bias a hidden unit.

        Examples
        --------
        >>> SmallNetwork.fixed_biases((3, 2)).dimension
        11
        """
        layers = as_layers(widths, "relu")
        where = layers.positions("b")[:-1]
        if biases is None:
            biases = np.random.default_rng(as_count(seed, "seed", low=0)).standard_normal(len(where))
        biases = as_real(biases, "biases")
        if biases.shape != where.shape:
            raise ValueError(
                f"expected {len(where)} biases, one a hidden unit, got shape {biases.shape}; "
                "give them in one row, layer by layer"
            )
        template = np.zeros(layers.n_parameters)
        template[where] = biases
        return cls(
            widths, x=x, y=y, l1=l1, l2=l2, template=template, free=layers.positions("W"), eliminate="bias"
        )

    @classmethod
    def free(
        cls,
        widths: Sequence[int],
        *,
        l1: float = 0.0,
        l2: float = 5e-4,
        eliminate: str | None = None,
        x: Any = None,
        y: Any = None,
    ) -> SmallNetwork:
        """Tanh network with all parameters free, or all that are not eliminated.

        The authors' notebook on networks, and its l2; D = 7, 10, 13, 17, 22, 19, 23 for the networks of Figure 7.

        Examples
        --------
        >>> SmallNetwork.free((3, 2)).dimension, SmallNetwork.free((3, 2), eliminate="layer").dimension
        (17, 14)
        """
        return cls(widths, "tanh", x=x, y=y, l1=l1, l2=l2, eliminate=eliminate)

    @classmethod
    def normalised(
        cls,
        widths: Sequence[int],
        signs: Any = None,
        scale: float = 1.5,
        *,
        l1: float = 0.0,
        l2: float = 0.0,
        eliminate: str | None = None,
        x: Any = None,
        y: Any = None,
    ) -> SmallNetwork:
        """ReLU network whose first weights are plus or minus a constant, the others free.

        A ReLU unit computes the same if its incoming weight and bias are multiplied by a positive number and its
        outgoing weights divided by it. So every network whose first weights are not zero has an equal one here, for the
        same signs (all plus by default). The scale 1.5 is that of the authors' oldest notebook. D = 5 for (2,) and
        7 for (3,).

        Raises
        ------
        TypeError
            If the signs or the scale are no real numbers.
        ValueError
            If there is not one sign, 1 or -1, a unit of the first layer, or the scale is not positive.

        Examples
        --------
        >>> SmallNetwork.normalised((2,), signs=[1, -1]).names
        ('b1[0]', 'b1[1]', 'W2[0,0]', 'W2[0,1]', 'b2[0]')
        """
        layers = as_layers(widths, "relu")
        first, count = layers.widths[0], layers.n_parameters
        signs = np.ones(first) if signs is None else as_real(signs, "signs")
        if signs.shape != (first,) or not np.all(np.abs(signs) == 1):
            raise ValueError(
                f"expected {first} signs 1 or -1, one a unit of the first layer, got {signs.tolist()}; mend the signs"
            )
        template = np.zeros(count)
        template[:first] = as_positive(scale, "scale") * signs
        free = np.arange(first, count - layers.n_eliminated(eliminate))
        return cls(widths, x=x, y=y, l1=l1, l2=l2, template=template, free=free, eliminate=eliminate)

    def __repr__(self) -> str:
        return (
            f"SmallNetwork({self.widths}, {self.activation!r}, dimension={self.dimension}, l1={self.l1:g}, "
            f"l2={self.l2:g}, eliminate={self.eliminate!r})"
        )

    @property
    def dimension(self) -> int:
        """Number D of free parameters."""
        return len(self.positions)

    @property
    def names(self) -> tuple[str, ...]:
        """One name a free parameter."""
        return tuple(self.layers.names[position] for position in self.positions)

    def __call__(self, thetas: Any) -> np.ndarray:
        """Losses (n,) of free parameters (n, D), in their dtype.

        All is computed in float64; for float32 parameters tanh only to 1e-10, which the rounding at the end hides.

        Raises
        ------
        TypeError
            If the parameters are no real numbers.
        ValueError
            If they are not (n, D), or not finite.
        """
        thetas = self._checked(thetas)
        if self._kernel is None:
            return backprop.losses(self, thetas).astype(thetas.dtype)
        values = np.empty(len(thetas), thetas.dtype)
        self._kernel.losses(thetas, values, self._threads(thetas))
        return values

    def gradient(self, thetas: Any) -> np.ndarray:
        """Gradients (n, D) of the loss, penalties included, in float64; the derivative of a ReLU at 0 is 0.

        Raises
        ------
        TypeError
            If the parameters are no real numbers.
        ValueError
            If they are not (n, D), or not finite.
        """
        thetas = self._checked(thetas).astype(np.float64, copy=False)
        if self._kernel is None:
            return backprop.gradients(self, thetas)
        slopes = np.empty(thetas.shape)
        self._kernel.gradients(thetas, slopes, self._threads(thetas))
        return slopes

    def full(self, thetas: Any) -> np.ndarray:
        """All parameters (n, F) in float64: the template's, with the free ones, and the eliminated ones at their best.

        Raises
        ------
        TypeError
            If the parameters are no real numbers.
        ValueError
            If they are not (n, D), or not finite.
        """
        thetas = self._checked(thetas)
        full = np.repeat(self.template[None], len(thetas), axis=0)
        full[:, self.positions] = thetas
        full[:, self.eliminated] = 0.0
        full[:, self.eliminated] = backprop.eliminated(self, full)
        return full

    def predict(self, thetas: Any, x: Any = None) -> np.ndarray:
        """Outputs (n, len(x)) of the networks, eliminated parameters at their best for the training data.

        Raises
        ------
        TypeError
            If the parameters or inputs are no real numbers.
        ValueError
            If the parameters are not (n, D) or the inputs not (m,), or one is not finite.
        """
        x = self.x if x is None else as_inputs(x)
        return self.layers.output(self.full(thetas), x)

    def _of_kernel(self) -> NetworkLoss:
        places, tanh = self.positions, self.activation == "tanh"
        return NetworkLoss(
            self.widths, tanh, self.x, self.y, self.template, places, self.l1, self.l2, self.eliminate
        )

    def _threads(self, thetas: np.ndarray) -> int:
        return thread_count(len(thetas) * len(self.x))

    def _checked(self, thetas: Any) -> np.ndarray:
        thetas = as_real(thetas, "thetas")
        if thetas.ndim != 2 or thetas.shape[1] != self.dimension:
            raise ValueError(
                f"expected thetas of shape (n, {self.dimension}) for {self!r}, got {thetas.shape}; "
                "write a single vector as theta[None]"
            )
        return thetas


def _penalty(value: Any, name: str) -> float:
    """A penalty's weight: 0, or a positive finite number."""
    return 0.0 if isinstance(value, (int, float)) and value == 0 else as_positive(value, name)
