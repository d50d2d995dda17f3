"""Schedules against the formula of appendix A, and against torch's own."""

import numpy as np
import pytest
import torch

from lossbar_core.training import Cyclical, Schedule, StepDecay
from lossbar_core.training.schedule import as_rates


@pytest.mark.parametrize("per_epoch", [1, 3, 196])
@pytest.mark.parametrize(
    "numbers", [(10, 80, 1e-2, 1e-4), (50, 100, 5e-2, 1e-4), (270, 300, 2e-3, 1.25e-4), (0, 2, 1.0, 0.5)]
)
def test_s_is_that_of_appendix_a(per_epoch, numbers):
    m1, m2, high, low = numbers
    schedule = Schedule(*numbers)
    batches = np.arange(0, (m2 + 2) * per_epoch)
    expected = np.interp(batches, [m1 * per_epoch, m2 * per_epoch], [high, low])
    found = [schedule.rate(int(batch), per_epoch) for batch in batches]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert found[m1 * per_epoch] == high
    assert found[m2 * per_epoch] == low


@pytest.mark.parametrize("batch", [0, 1, 195, 10**6])
def test_a_constant_has_no_division_by_zero(batch):
    assert Schedule(0, 0, 1e-4, 1e-4).rate(batch, 196) == 1e-4
    assert Schedule.constant(1e-4) == Schedule(0, 0, 1e-4, 1e-4)


def test_equal_knots_make_a_step():
    schedule = Schedule(2, 2, 1.0, 0.1)
    assert [schedule.rate(batch, 3) for batch in (5, 6, 7)] == [1.0, 1.0, 0.1]


def of_torch(make, batches):
    weight = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.1, momentum=0.9)
    scheduler = make(optimizer)
    rates = []
    for _ in range(batches):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


@pytest.mark.parametrize("mode", ["triangular", "triangular2"])
def test_cyclical_is_that_of_torch(mode):
    def make(optimizer):
        return torch.optim.lr_scheduler.CyclicLR(optimizer, 0.01, 0.2, step_size_up=12, mode=mode)

    rates = Cyclical(0.01, 0.2, half=3, mode=mode)
    np.testing.assert_allclose([rates.rate(i, 4) for i in range(100)], of_torch(make, 100), rtol=1e-9)


def test_step_decay_is_that_of_torch():
    def make(optimizer):
        return torch.optim.lr_scheduler.MultiStepLR(optimizer, [8, 12], gamma=0.3)

    rates = StepDecay(0.1, [2, 3], 0.3)
    np.testing.assert_allclose([rates.rate(i, 4) for i in range(20)], of_torch(make, 20), rtol=1e-12)


def test_a_number_is_a_constant_rate():
    assert as_rates(0.1) == Schedule.constant(0.1)
    assert as_rates(Cyclical(0.1, 0.2, 1)) == Cyclical(0.1, 0.2, 1)


def test_settings_are_plain():
    assert type(as_rates(np.float32(0.5)).settings()["high"]) is float
    assert StepDecay(0.1, [2, 3]).settings() == {
        "name": "StepDecay",
        "start": 0.1,
        "epochs": (2, 3),
        "factor": 0.1,
    }


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: Schedule(80, 10, 0.1, 0.01), "m1 <= m2, got 80 and 10"),
        (ValueError, lambda: Schedule(0, 1, 0.01, 0.1), "high >= low, got 0.01 and 0.1"),
        (ValueError, lambda: Schedule(-1, 1, 0.1, 0.01), "finite m1, got -1"),
        (ValueError, lambda: Schedule(0, float("nan"), 0.1, 0.01), "finite m2, got nan"),
        (TypeError, lambda: Schedule("0", 1, 0.1, 0.01), "number as m1, got '0'"),
        (ValueError, lambda: Schedule(0, 0, 0.0, 0.0), "finite high, got 0.0"),
        (ValueError, lambda: Cyclical(0.2, 0.1, 1), "low <= high"),
        (ValueError, lambda: Cyclical(0.1, 0.2, 0), "finite half, got 0"),
        (ValueError, lambda: Cyclical(0.1, 0.2, 1, "cosine"), "triangular, triangular2, got 'cosine'"),
        (ValueError, lambda: StepDecay(0.1, (3, 2)), "rising epochs"),
        (TypeError, lambda: StepDecay(0.1, 3), "epochs as a sequence, got 3"),
        (ValueError, lambda: StepDecay(0.1, (3,), 0), "finite factor, got 0"),
        (TypeError, lambda: as_rates("0.1"), "schedule or a rate, got '0.1'"),
        (ValueError, lambda: as_rates(-0.1), "finite high, got -0.1"),
    ],
)
def test_bad_input(error, call, message):
    with pytest.raises(error, match=message):
        call()
