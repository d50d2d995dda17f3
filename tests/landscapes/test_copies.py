"""Copies of modules: dtype, modes, and modules that cannot be copied."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from lossbar_core.landscapes.copies import dtype_of, evaluated_copy, template_of  # noqa: E402


def test_dtypes():
    assert dtype_of(nn.Linear(1, 1).double()) == torch.float64
    assert dtype_of(nn.Linear(1, 1).half(), torch.float32) == torch.float32
    assert dtype_of(nn.ReLU()) == torch.float32


def test_a_template_shares_nothing_with_the_module():
    module = nn.BatchNorm1d(2)
    made = template_of(module, torch.float64, None)
    made.running_mean += 1
    assert module.running_mean.sum() == 0
    assert made.weight.dtype == torch.float64
    assert module.weight.dtype == torch.float32


@pytest.mark.parametrize("random", [False, True])
def test_batchnorm_is_never_in_training_mode(random):
    made = evaluated_copy(nn.Sequential(nn.BatchNorm1d(2), nn.Dropout()), random, False)
    assert not made[0].training
    assert made[1].training is random
    assert not made[0].weight.requires_grad


def test_what_cannot_be_copied_is_explained():
    module = nn.Linear(2, 2)
    module.kept = module(torch.ones(1, 2))
    with pytest.raises(ValueError, match=r"expected Linear to allow copy.deepcopy.*kept as an attribute"):
        template_of(module, None, None)
    module = nn.Module()
    module.weight = nn.Parameter(torch.ones(2, dtype=torch.complex64))
    with pytest.raises(ValueError, match=r"weight of torch.complex64"):
        template_of(module, None, None)
