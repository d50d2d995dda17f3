"""Path methods by name, with plain settings: what a notebook's parameters and a JSON file can say."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Mapping
from typing import Any

from lossbar_core.paths import (
    AutoNEB,
    Cycle,
    ElasticBand,
    Equal,
    GradientFlow,
    Highest,
    PathMethod,
    StraightLine,
)
from lossbar_core.paths.curves import BezierCurve, PolygonalChain
from lossbar_core.paths.strings import StringSampling

# Three pivots, four insertions of up to two, a rest: tuned here on small networks, where more cycles gain little.
SHORT_CYCLES = (Cycle(Equal(3), 100), *[Cycle(Highest(2), 100)] * 4, Cycle(None, 100))


def _auto_neb(**settings: Any) -> AutoNEB:
    return AutoNEB(**{"cycles": SHORT_CYCLES, **settings})


METHODS: dict[str, Callable[..., PathMethod]] = {
    "auto_neb": _auto_neb,
    "neb": ElasticBand,
    "gradient_flow": GradientFlow,
    "dss": StringSampling,
    "bezier": BezierCurve,
    "polygonal": PolygonalChain,
    "straight": StraightLine,
}
_CLASSES: dict[str, type[PathMethod]] = {**METHODS, "auto_neb": AutoNEB}  # type: ignore[dict-item]


def make_method(
    method: Any, settings: Mapping[str, Any] | None = None, *, budget: int | None = None, seed: int = 0
) -> PathMethod:
    """The method of a name, with some of its fields set; a method that is made already comes back as it is.

    Parameters
    ----------
    method : str or PathMethod
        "auto_neb", "neb", "gradient_flow", "dss", "bezier", "polygonal" or "straight".
    settings : mapping, optional
        Fields of the method's class, such as ``{"batch": 512}``.
    budget : int, optional
        Gradients a path may spend, where the method has a budget and the settings do not say it.
    seed : int
        Likewise.

    Returns
    -------
    PathMethod

    Raises
    ------
    TypeError
        If the method is neither, settings are no mapping, or come with a method that is made already.
    ValueError
        If the name or a field is unknown.

    Examples
    --------
    >>> make_method("neb", {"pivots": 9}, budget=1000).settings()["budget"]
    1000
    """
    given = {} if settings is None else settings
    if not isinstance(given, Mapping):
        raise TypeError(
            f"expected method_settings as a dict, got {type(given).__name__}; write {{'batch': 512}}"
        )
    if isinstance(method, PathMethod):
        if given:
            raise TypeError(
                f"expected no method_settings beside a {type(method).__name__}, got {sorted(given)}; set its fields"
            )
        return method
    if not isinstance(method, str):
        raise TypeError(
            f"expected a method's name or a PathMethod, got {type(method).__name__}; take one of {', '.join(METHODS)}"
        )
    if method not in METHODS:
        raise ValueError(
            f"expected one of {', '.join(METHODS)}, got method {method!r}{_near(method, METHODS)}"
        )
    fields = {field.name for field in dataclasses.fields(_CLASSES[method])}  # type: ignore[arg-type]
    for name in given:
        if name not in fields:
            raise ValueError(
                f"expected fields of {_CLASSES[method].__name__} in method_settings, got {name!r}"
                f"{_near(name, fields)}; it has {', '.join(sorted(fields))}"
            )
    needed = [f.name for f in dataclasses.fields(_CLASSES[method]) if _is_required(f) and f.name not in given]  # type: ignore[arg-type]
    if needed:
        raise ValueError(
            f"expected method_settings to give {', '.join(needed)} for method {method!r}, got "
            f"{sorted(given) or 'none'}; it has no default that fits every loss"
        )
    common = {"budget": budget, "seed": seed}
    return METHODS[method](**{name: value for name, value in common.items() if name in fields} | dict(given))


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _near(name: Any, known: Any) -> str:
    near = difflib.get_close_matches(str(name), list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
