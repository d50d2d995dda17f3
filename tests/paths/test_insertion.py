"""TO's Algorithm 3: corrected, as printed, and the code's index fault."""

import pytest
import torch
from paths.surfaces import BENT_ENDS, bent, egg_carton

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.paths import SGD, GradientFlow, Insertion
from lossbar_core.paths.band import Band
from lossbar_core.paths.insertion import refined, refined_as_coded, refined_as_printed

LINE = AnalyticLandscape(lambda x: x[:, 0] ** 2, 1)


def column(*values):
    return torch.tensor(values, dtype=torch.float64)[:, None]


def flat(parts):
    return [part.flatten().tolist() for part in parts]


@pytest.mark.parametrize("worst", [(6, 2), (2, 6), (3, 4), (0, 8), (8, 0), (5,), (0,), (8,), ()])
def test_corrected_insertion_keeps_one_chain_and_the_number_of_pivots(worst):
    scores = torch.ones(9, dtype=torch.float64)
    for rank, segment in enumerate(worst):
        scores[segment] = 9 - rank
    chain, left, right = refined(column(*range(10)), scores, 1.2)
    whole = torch.cat([left, chain, right]).flatten().tolist()
    assert whole == sorted([*range(10), *(segment + 0.5 for segment in worst)])
    assert len(chain) == 10
    assert abs(len(left) - len(right)) == len(worst) % 2


def test_a_single_midpoint_freezes_the_far_end():
    scores = torch.tensor([2.0, 1, 1, 1])
    assert flat(refined(column(0, 1, 2, 3, 4), scores, 1.2)) == [[0.0, 0.5, 1.0, 2.0, 3.0], [], [4.0]]
    assert flat(refined(column(0, 1, 2, 3, 4), scores.flip(0), 1.2)) == [[1.0, 2.0, 3.0, 3.5, 4.0], [0.0], []]


def test_three_bad_segments_get_two_midpoints():
    chain, left, right = refined(column(0, 1, 2, 3, 4), torch.tensor([3.0, 4, 2, 1]), 1.2)
    assert flat((left, chain, right)) == [[0.0], [0.5, 1.0, 1.5, 2.0, 3.0], [4.0]]


def test_the_printed_algorithm_overwrites_and_shifts():
    """Register 2.c.5 b and c: the second index is one too small where it lies right of the first."""
    chain, left, right = refined_as_printed(column(*range(7)), torch.tensor([1.0, 9, 1, 1, 8, 1]), 1.2)
    # worst 1 -> pivot 1 becomes 1.5; segment 4 is number 3 of the shortened list -> pivot 3 becomes 3.5
    assert flat((left, chain, right)) == [[0.0], [1.5, 2.0, 3.5, 4.0, 5.0], [6.0]]
    assert flat(refined_as_printed(column(0, 1, 2, 3), torch.ones(3), 1.2))[0] == [0.0, 1.0, 2.0, 3.0]


def test_the_codes_fault_makes_a_zigzag():
    """Register 2.c.7: segments 6 and 2 of 0..9 give ..., 2, 3, 2.5, 4, ...; with 2 and 6 all is well."""
    scores = torch.tensor([0.0, 0, 8, 0, 0, 0, 9, 0, 0])
    chain, left, right = refined_as_coded(column(*range(10)), scores)
    assert flat((left, right)) == [[0.0], [9.0]]
    assert chain.flatten().tolist() == [1, 2, 3, 2.5, 4, 5, 6, 6.5, 7, 8]
    chain, _, _ = refined_as_coded(column(*range(10)), scores.flip(0))
    assert chain.flatten().tolist() == sorted(chain.flatten().tolist())


def test_distance_scores_are_1_on_equal_gaps_whatever_the_bend():
    """Register 2.c.5 g: the printed mean is below every gap of a bent path, so that it always inserts."""
    corner = torch.tensor([[0.0, 0.0], [1, 0], [1, 1]], dtype=torch.float64)
    losses = torch.zeros(3, dtype=torch.float64)
    torch.testing.assert_close(Insertion().scores(bent(), corner, losses), torch.ones(2).double())
    printed = Insertion(as_printed=True).scores(bent(), corner, losses)
    torch.testing.assert_close(printed, torch.full((2,), 3 / 2**0.5).double())


def test_loss_scores_divide_by_the_largest_loss_on_the_pivots():
    pivots, losses = column(-2, 2, 3), torch.tensor([4.0, 4, 9]).double()
    scores = Insertion("loss", points=3).scores(LINE, pivots, losses)
    torch.testing.assert_close(
        scores, torch.tensor([1.0, 2.75**2]).double() / torch.tensor([9.0, 9]).double()
    )
    printed = Insertion("loss", points=3, as_printed=True).scores(LINE, pivots, losses)
    torch.testing.assert_close(printed, torch.tensor([1.0, 2.75**2]).double() / 4)


def test_negative_losses_are_measured_from_the_lowest():
    surface = egg_carton()
    pivots = torch.tensor([[0.5, 0.5], [1.5, 0.5]], dtype=torch.float64)
    scores = Insertion("loss").scores(surface, pivots, surface.losses(pivots))
    assert float(scores[0]) > 1.2


def test_borders_and_chain_are_one_path_and_gaps_stay_bounded():
    """Register TO-Alg3."""
    method = GradientFlow(optimiser=SGD(0.02), steps=400, insertion=Insertion(every=50), tolerance=0.0)
    chains = []
    path = method.connect(bent(), *BENT_ENDS, stop=lambda step, now: chains.append(now[0]))
    left, right = path.settings["frozen"]
    assert left > 0
    assert right > 0
    assert len(path) == 19 + left + right
    torch.testing.assert_close(path.pivots[0], torch.tensor(BENT_ENDS[0]).double())
    torch.testing.assert_close(path.pivots[-1], torch.tensor(BENT_ENDS[1]).double())
    lengths = [len(chain) for chain in chains]
    assert lengths == sorted(lengths)
    gaps = (path.pivots[1:] - path.pivots[:-1]).norm(dim=1)
    without = GradientFlow(optimiser=SGD(0.02), steps=400, tolerance=0.0).connect(bent(), *BENT_ENDS)
    assert float(gaps.max()) < float((without.pivots[1:] - without.pivots[:-1]).norm(dim=1).max()) / 2
    assert path.history["normal"].shape == (400, 17)  # free pivots stay


def test_frozen_pivots_do_not_move():
    method = GradientFlow(optimiser=SGD(0.02), steps=120, insertion=Insertion(every=50), tolerance=0.0)
    chains = []
    path = method.connect(bent(), *BENT_ENDS, stop=lambda step, now: chains.append(now[0]))
    left, right = path.settings["frozen"]
    assert torch.equal(path.pivots[: left + 1], chains[100][: left + 1])
    assert torch.equal(path.pivots[-right - 1 :], chains[100][-right - 1 :])


def test_a_diverging_band_is_left_to_the_loop():
    chain = column(-1, 0, 1)
    band = Band.of(chain, torch.ones(2).double(), limit=0.5)
    Insertion(threshold=0.1).refine(LINE, band)
    assert torch.equal(band.pivots, chain)
    assert len(band.left) == 0


@pytest.mark.parametrize(
    ("error", "settings", "message"),
    [
        (ValueError, {"criterion": "angle"}, "criterion 'distance' or 'loss', got 'angle'"),
        (ValueError, {"threshold": 0.0}, "finite threshold"),
        (ValueError, {"every": 0}, "every >= 1"),
        (ValueError, {"points": 0}, "points >= 1"),
        (ValueError, {"as_printed": True, "code_bug": True}, "got both"),
    ],
)
def test_bad_settings(error, settings, message):
    with pytest.raises(error, match=message):
        Insertion(**settings)
