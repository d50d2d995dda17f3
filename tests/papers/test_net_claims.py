"""Claims 1 to 3: made-up clouds for which the answer is plain, and that each statement can fail."""

from types import SimpleNamespace

import numpy as np
import pytest

from lossbar_core.papers.bsl import net_claims
from lossbar_core.papers.bsl.net_models import NETS
from lossbar_core.papers.bsl.net_sweep import PROFILES, split
from lossbar_core.papers.bsl.net_tasks import measure
from lossbar_core.register import Register

CONFIG = PROFILES["smoke"]
CLAIMS = {
    "BSL-Claim1": net_claims.low_in_the_range,
    "BSL-Claim2": net_claims.lower_with_depth,
    "BSL-Claim3": net_claims.lower_with_width,
}


def cloud(widths, ends, births=(0.1,), seed=0, highest=200.0):
    return SimpleNamespace(
        task=SimpleNamespace(variant="fixed", reduced=True, widths=widths, seed=seed),
        last=True,
        ends=np.array(ends, dtype=float),
        births=np.array(births, dtype=float),
        values={"highest": highest, "highest_death": 1.4},
    )


def table(level):
    """Three repeats of all networks; ``level(widths, repeat)`` gives their upper ends."""
    return [cloud(widths, level(widths, r), seed=r) for widths in NETS for r in range(3)]


def depth(clouds):
    by = [net_claims._by_net(clouds, "fixed", True, True, part) for part in (np.mean, np.min, np.max)]
    return net_claims._depth_values(*by)


@pytest.mark.parametrize("name", CLAIMS)
def test_values_that_the_register_checks_are_there(name):
    results = [measure(part) for part in split(CONFIG)]
    assert set(Register.load()[name].value_names) <= set(CLAIMS[name](CONFIG, results).values)


def test_ladder_ends_with_the_sweep_itself():
    results = [measure(part) for part in split(CONFIG)]
    found = net_claims.lower_with_depth(CONFIG, results)
    assert found.arrays["ladder_runs"].tolist() == [*CONFIG.ladder, CONFIG.runs]
    means = found.arrays["mean_fixed_reduced"][[NETS.index(widths) for widths in net_claims.DEEPER]]
    assert found.arrays["ladder_reduced"].shape == (3, 2)
    expected = [row[np.isfinite(row)].mean() if np.isfinite(row).any() else np.nan for row in means]
    assert np.array_equal(found.arrays["ladder_reduced"][:, -1], expected, equal_nan=True)


def test_depth_as_the_paper_states_it():
    stated = {1: (0.55, 0.65), 2: (0.35, 0.45), 3: (0.1, 0.3)}
    found = depth(table(lambda widths, r: stated[len(widths)]))
    assert (found["ordered_repeats"], found["disjoint_repeats"], found["largest_gap"]) == (3, 3, 0.0)


def test_depth_with_intervals_that_overlap_or_do_not_descend():
    wide = {1: (0.3, 0.9), 2: (0.3, 0.6), 3: (0.2, 0.4)}
    found = depth(table(lambda widths, r: wide[len(widths)]))
    assert (found["ordered_repeats"], found["disjoint_repeats"]) == (3, 0)
    found = depth(table(lambda widths, r: (0.5 + 0.1 * (len(widths) == 3 and r == 1) - 0.01 * len(widths),)))
    assert found["ordered_repeats"] == 2
    assert found["largest_gap"] == pytest.approx(0.47 + 0.1 / 3 - 0.3)


def test_depth_without_bars_proves_nothing():
    found = depth(table(lambda widths, r: () if len(widths) == 3 else (0.5 / len(widths),)))
    assert found["ordered_repeats"] == 0
    assert np.isnan(found["largest_gap"])


def test_width_by_sign():
    lower = net_claims._width_values(table(lambda widths, r: (1 / sum(widths),)), "fixed", True, True)
    assert (lower["lower_ends"], lower["comparisons_ends"]) == (12, 12)
    assert lower["p_ends"] == pytest.approx(2.0**-12)
    assert lower["p_births"] == 1.0  # equal births are not lower
    higher = net_claims._width_values(table(lambda widths, r: (sum(widths),)), "fixed", True, True)
    assert (higher["lower_ends"], higher["p_ends"]) == (0, 1.0)


def test_highest_end_falls_back_on_noise():
    assert net_claims._highest_end(cloud((2,), (0.4, 0.6))) == 0.6
    assert net_claims._highest_end(cloud((2,), ())) == 1.4
