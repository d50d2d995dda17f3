"""What an item of a paper is: a pure, seeded function from a configuration to a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
class Sweep:
    """A computation in independent parts: the item's result is ``gather(config, [task(c) for c in split(config)])``.

    ``split`` gives the configurations of the tasks, frozen dataclasses with a seed; ``task`` is a function of a module,
    so that another process can find it; ``gather`` gets the results in the order of the configurations.
    """

    split: Callable[[Any], Sequence[Any]]
    task: Callable[[Any], Result]
    gather: Callable[[Any, Sequence[Result]], Result]


@dataclass(frozen=True)
class Item:
    """A registered item: its id in the register, its function and one configuration a profile.

    ``volatile`` names the values that differ from run to run (seconds, exponents of seconds); they are
    stored, but a chapter never prints a live one, so that notebooks stay byte-stable. An item with a
    ``sweep`` may run its tasks elsewhere; its function runs them here, one after another.
    """

    id: str
    function: Callable[[Any], Result]
    profiles: Mapping[str, Any]
    volatile: tuple[str, ...] = ()
    sweep: Sweep | None = None

    @property
    def module(self) -> str:
        """Dotted name of the module that computes the item."""
        return (self.sweep.gather if self.sweep else self.function).__module__


def item(id: str, *, volatile: tuple[str, ...] = (), **profiles: Any) -> Callable[[Callable], Callable]:
    """Register a function as the computation of the register's item ``id``.

    Raises
    ------
    ValueError
        For an unknown profile, a missing quick profile, or an id that is taken.
    TypeError
        If a configuration is not a dataclass with a ``seed``.
    """
    _check_profiles(id, profiles)

    def registered(function: Callable) -> Callable:
        """Keep the function in the list of items; it stays as it is."""
        ITEMS[id] = Item(id, function, dict(profiles), volatile)
        return function

    return registered


def sweep_item(
    id: str,
    *,
    split: Callable[[Any], Sequence[Any]],
    task: Callable[[Any], Result],
    volatile: tuple[str, ...] = (),
    **profiles: Any,
) -> Callable[[Callable], Callable]:
    """Register a function ``gather(config, results)`` as the end of a sweep that computes the item ``id``.

    Raises
    ------
    ValueError, TypeError
        As `item` does.
    """
    _check_profiles(id, profiles)

    def registered(gather: Callable) -> Callable:
        """Keep the end of the sweep in the list of items; it stays as it is."""

        def serial(config: Any) -> Result:
            return gather(config, [task(part) for part in split(config)])

        ITEMS[id] = Item(id, serial, dict(profiles), volatile, Sweep(split, task, gather))
        return gather

    return registered


def _check_profiles(id: str, profiles: Mapping[str, Any]) -> None:
    """Known profiles with dataclasses that have a seed, for an id that is free."""
    unknown = set(profiles) - set(PROFILES)
    if unknown or "quick" not in profiles:
        raise ValueError(f"expected profiles among {PROFILES} with 'quick', got {sorted(profiles)}")
    if id in ITEMS:
        raise ValueError(f"item {id!r} is registered by {ITEMS[id].module} already; choose another id")
    for name, config in profiles.items():
        if not is_dataclass(config) or not hasattr(config, "seed"):
            raise TypeError(f"expected a dataclass with a seed as profile {name!r} of {id}, got {config!r}")


def config_dict(config: Any) -> dict[str, Any]:
    """The configuration as a plain dictionary, the form in which it is stored and hashed."""
    return asdict(config)
