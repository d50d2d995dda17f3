"""What a study is asked to do: three functions, and how to train and to connect."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lossbar_core.checks import as_count, as_positive
from lossbar_core.landscapes.batchnorm import POLICIES
from lossbar_core.paths import PathMethod
from lossbar_core.paths.checkpoint import digest
from lossbar_core.study.methods import make_method
from lossbar_core.study.named import label

DTYPES = ("float32", "float64")
OPTIMIZERS = ("adam", "sgd")
PAIRS = ("all", "suggested")

Named = str | Callable[..., Any]


@dataclass(frozen=True)
class Study:
    """A study of one network's minima: which network, how many minima, how they are trained and connected.

    Parameters
    ----------
    model : str or callable
        ``"module:function"`` of a function without arguments that returns a new ``nn.Module`` with random weights.
    loss : str or callable
        "cross_entropy", "mse", "mae", "bce", or ``"module:function"`` of (outputs, targets) -> mean loss.
    data : str or callable
        ``"module:function"`` of a function without arguments that returns (inputs, targets), a row an example.
    n_minima : int
        At least 2. The pairs grow as its square.
    seed : int
        Network k starts from ``model()`` under torch's seed ``seed + k``.
    epochs, batch, rate, optimizer, momentum, l2
        Of the training, for all networks at once: "adam" or "sgd". 200 epochs of 128 rows at 0.01 suit the example
        (tuned here); take your own network's. A batch is at most all rows.
    method : str or PathMethod
        How minima are connected, see :func:`lossbar_core.study.make_method`.
    method_settings : mapping
        Fields of the method.
    path_budget : int
        Gradients of single parameter vectors that a path may spend. 5,000: tuned here; the authors of AutoNEB spend
        16,000 steps of some ten pivots.
    pairs : {"all", "suggested"}
        Every pair, or as AutoNEB suggests them: a spanning tree and what could lower it.
    align : bool
        Permute the hidden units of every minimum to match the first one's before connecting (MLPs, plain CNNs).
    batchnorm : {"batch", "recompute", "frozen", "coordinates"}
    dropout : None, "off" or int
        See :class:`lossbar_core.landscapes.Landscape`; a network with dropout needs a decision.
    dtype : None, "float32" or "float64"
    device : str, optional
        Such as "cuda". By default the model's own.
    memory : float
        Bytes that an evaluation may take: 4 GB, the landscape's default.
    max_minutes : float, optional
        Refuse to start where the estimate is longer.

    Raises
    ------
    TypeError
        If a setting has the wrong type.
    ValueError
        If it is out of range or unknown.

    Examples
    --------
    >>> Study(n_minima=3, method="neb").path_method().pivots
    19
    """

    model: Named = "lossbar_core.study.example:model"
    loss: Named = "cross_entropy"
    data: Named = "lossbar_core.study.example:data"
    n_minima: int = 6
    seed: int = 0
    epochs: int = 200
    batch: int = 128
    rate: float = 0.01
    optimizer: str = "adam"
    momentum: float = 0.9
    l2: float = 0.0
    method: str | PathMethod = "auto_neb"
    method_settings: Mapping[str, Any] = field(default_factory=dict)
    path_budget: int | None = 5000
    pairs: str = "all"
    align: bool = False
    batchnorm: str = "batch"
    dropout: int | str | None = None
    dtype: str | None = None
    device: str | None = None
    memory: float = 4e9
    max_minutes: float | None = None

    def __post_init__(self) -> None:
        as_count(self.n_minima, "n_minima", low=2)
        as_count(self.seed, "seed", low=0)
        as_count(self.epochs, "epochs")
        as_count(self.batch, "batch")
        as_positive(self.rate, "rate")
        as_positive(self.memory, "memory")
        if self.path_budget is not None:
            as_count(self.path_budget, "path_budget")
        if self.max_minutes is not None:
            as_positive(self.max_minutes, "max_minutes")
        _check_share("momentum", self.momentum, 1.0)
        _check_share("l2", self.l2, math.inf)
        _check_choice("optimizer", self.optimizer, OPTIMIZERS)
        _check_choice("pairs", self.pairs, PAIRS)
        _check_choice("batchnorm", self.batchnorm, POLICIES)
        if self.dtype is not None:
            _check_choice("dtype", self.dtype, DTYPES)
        if not isinstance(self.align, bool):
            raise TypeError(f"expected align True or False, got {self.align!r}; pass a bool")
        self.path_method()

    def path_method(self) -> PathMethod:
        """The path method with its settings, budget and seed."""
        return make_method(self.method, self.method_settings, budget=self.path_budget, seed=self.seed)

    @property
    def key(self) -> str:
        """Twelve digits that name the settings: for a folder of one's own a study.

        >>> Study().key == Study(max_minutes=5).key != Study(seed=1).key
        True
        """
        return digest({**self.settings(), "max_minutes": None})[:12]

    def settings(self) -> dict[str, Any]:
        """All settings as plain values: functions by their names, the method with its fields.

        >>> Study().settings()["model"]
        'lossbar_core.study.example:model'
        """
        plain = {entry.name: getattr(self, entry.name) for entry in dataclasses.fields(self)}
        names = {name: label(plain[name]) for name in ("model", "loss", "data")}
        del plain["method_settings"]
        return as_plain(plain | names | {"method": self.path_method().settings()})


def as_plain(value: Any) -> Any:
    """The same in what JSON can hold; infinite numbers become text.

    >>> as_plain({"spring": float("inf"), "cycles": (1, 2)})
    {'spring': 'inf', 'cycles': [1, 2]}
    """
    if isinstance(value, Mapping):
        return {str(name): as_plain(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"expected {name} one of {', '.join(map(repr, choices))}, got {value!r}; choose one")


def _check_share(name: str, value: Any, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"expected a number as {name}, got {value!r}; pass a float")
    if not 0 <= value < high:
        raise ValueError(f"expected 0 <= {name} < {high:g}, got {value}; choose another")
