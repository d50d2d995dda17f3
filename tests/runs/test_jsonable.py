import json
import math

import numpy as np
import pytest

from lossbar_core.runs.jsonable import canonical, decode, encode


def test_round_trip_through_strict_json():
    value = {"a": [1, 2.5, math.inf, -math.inf, None, True, "text"], "b": {"float": 1.0}}
    text = json.dumps(encode(value), allow_nan=False)
    assert decode(json.loads(text)) == value
    assert math.isnan(decode(encode(math.nan)))


def test_numpy_scalars_become_plain():
    found = encode({"n": np.int64(3), "x": np.float32(0.5), "yes": np.bool_(True)})
    assert found == {"n": 3, "x": 0.5, "yes": True}
    assert type(found["n"]) is int
    assert type(found["yes"]) is bool


@pytest.mark.parametrize("value", [np.zeros(2), {1: 2}, object(), {1, 2}, b"bytes"])
def test_refuses_what_json_does_not_hold(value):
    with pytest.raises(TypeError, match=r"expected JSON-able values .* put arrays into Result.arrays"):
        encode({"key": value})


def test_canonical_does_not_depend_on_order_of_keys():
    assert canonical({"b": 1, "a": 2.0}) == canonical({"a": 2.0, "b": 1}) == '{"a":2.0,"b":1}'
