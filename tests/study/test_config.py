"""Settings of a study: what they refuse, and that they are plain values."""

import json

import pytest

from lossbar_core.paths import ElasticBand
from lossbar_core.study import Study
from lossbar_core.study.example import data, model


def test_settings_are_plain_and_name_the_functions():
    settings = Study(model=model, data=data, method=ElasticBand()).settings()
    assert settings["model"] == "lossbar_core.study.example:model"
    assert settings["method"]["spring"] == "inf"
    assert json.loads(json.dumps(settings, allow_nan=False)) == settings


def test_names_and_functions_are_the_same_study():
    assert Study(model=model, data=data).settings() == Study().settings()


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"n_minima": 1}, ValueError, "n_minima >= 2, got 1"),
        ({"n_minima": "6"}, TypeError, "an integer n_minima"),
        ({"seed": -1}, ValueError, "seed >= 0"),
        ({"epochs": 0}, ValueError, "epochs >= 1"),
        ({"rate": 0}, ValueError, "positive finite rate"),
        ({"rate": "high"}, TypeError, "a number as rate"),
        ({"momentum": 1.0}, ValueError, "0 <= momentum < 1"),
        ({"l2": -1e-3}, ValueError, "0 <= l2"),
        ({"l2": True}, TypeError, "a number as l2"),
        ({"optimizer": "Adam"}, ValueError, "'adam', 'sgd', got 'Adam'"),
        ({"pairs": "some"}, ValueError, "'all', 'suggested'"),
        ({"batchnorm": "eval"}, ValueError, "batchnorm one of 'batch'"),
        ({"dtype": "bfloat16"}, ValueError, "'float32', 'float64', got 'bfloat16'"),
        ({"align": 1}, TypeError, "align True or False"),
        ({"memory": -1}, ValueError, "positive finite memory"),
        ({"max_minutes": 0}, ValueError, "positive finite max_minutes"),
        ({"path_budget": 0}, ValueError, "path_budget >= 1"),
        ({"method": "neb", "method_settings": {"tangents": 1}}, ValueError, "did you mean 'tangent'"),
    ],
)
def test_wrong_settings_are_explained(change, kind, message):
    with pytest.raises(kind, match=message):
        Study(**change)
