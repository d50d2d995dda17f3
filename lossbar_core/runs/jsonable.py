"""Values as strict JSON: numpy scalars become Python's, infinite values and NaN are spelled out."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

_SPELLED = "float"  # {"float": "inf"}: JSON has no infinity


def encode(value: Any) -> Any:
    """Turn a value into plain JSON.

    Raises
    ------
    TypeError
        For anything but None, bool, int, float, str, numpy scalars, and lists, tuples and string-keyed
        dictionaries of these.

    Examples
    --------
    >>> encode({"death": (1.5, float("inf")), "bars": np.int64(6)})
    {'death': [1.5, {'float': 'inf'}], 'bars': 6}
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else {_SPELLED: str(value)}
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | tuple):
        return [encode(entry) for entry in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: encode(entry) for key, entry in value.items()}
    raise TypeError(
        f"expected JSON-able values (numbers, strings, lists, dictionaries), got {type(value).__name__}; "
        "put arrays into Result.arrays"
    )


def decode(value: Any) -> Any:
    """Undo :func:`encode` (lists stay lists).

    >>> decode({"death": [1.5, {"float": "inf"}]})
    {'death': [1.5, inf]}
    """
    if isinstance(value, list):
        return [decode(entry) for entry in value]
    if isinstance(value, dict):
        if set(value) == {_SPELLED} and value[_SPELLED] in ("inf", "-inf", "nan"):
            return float(value[_SPELLED])
        return {key: decode(entry) for key, entry in value.items()}
    return value


def canonical(value: Any) -> str:
    """The one text of a value that is hashed and compared.

    >>> canonical({"b": 1, "a": (2,)})
    '{"a":[2],"b":1}'
    """
    return json.dumps(
        encode(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
