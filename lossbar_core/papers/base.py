"""What an item of a paper is: a pure, seeded function from a configuration to a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import Any

import numpy as np

PROFILES = ("smoke", "quick", "paper")

ITEMS: dict[str, Item] = {}


@dataclass(frozen=True)
class Result:
    """What an item measured.

    ``values`` holds the small JSON-able numbers that a criterion looks at; ``arrays`` holds what a
    picture needs.
    """

    values: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """A registered item: its id in the register, its function and one configuration a profile.

    ``volatile`` names the values that differ from run to run (seconds, exponents of seconds); they are
    stored, but a chapter never prints a live one, so that notebooks stay byte-stable.
    """

    id: str
    function: Callable[[Any], Result]
    profiles: Mapping[str, Any]
    volatile: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """Dotted name of the module that computes the item."""
        return self.function.__module__


def item(id: str, *, volatile: tuple[str, ...] = (), **profiles: Any) -> Callable[[Callable], Callable]:
    """Register a function as the computation of the register's item ``id``.

    Raises
    ------
    ValueError
        For an unknown profile, a missing quick profile, or an id that is taken.
    TypeError
        If a configuration is not a dataclass with a ``seed``.
    """
    unknown = set(profiles) - set(PROFILES)
    if unknown or "quick" not in profiles:
        raise ValueError(f"expected profiles among {PROFILES} with 'quick', got {sorted(profiles)}")
    if id in ITEMS:
        raise ValueError(f"item {id!r} is registered by {ITEMS[id].module} already; choose another id")
    for name, config in profiles.items():
        if not is_dataclass(config) or not hasattr(config, "seed"):
            raise TypeError(f"expected a dataclass with a seed as profile {name!r} of {id}, got {config!r}")

    def register(function: Callable) -> Callable:
        ITEMS[id] = Item(id, function, dict(profiles), volatile)
        return function

    return register


def config_dict(config: Any) -> dict[str, Any]:
    """The configuration as a plain dictionary, the form in which it is stored and hashed."""
    return asdict(config)
