"""Mini-batches: every row once an epoch, a pure function of seed and step, independent where asked."""

import pytest

torch = pytest.importorskip("torch")

from lossbar_core.landscapes import MiniBatches  # noqa: E402


def epoch_of(batches, epoch, **options):
    steps = range(epoch * batches.per_epoch, (epoch + 1) * batches.per_epoch)
    return torch.cat([batches.rows(step, **options) for step in steps], dim=-1)


@pytest.mark.parametrize(("n_rows", "size"), [(10, 3), (10, 5), (7, 7), (4, 1)])
def test_every_row_comes_once_an_epoch(n_rows, size):
    batches = MiniBatches(n_rows, size, seed=3)
    for epoch in (0, 1, 5):
        assert epoch_of(batches, epoch).sort().values.tolist() == list(range(n_rows))
    assert batches.rows(0).dtype == torch.int64


def test_epochs_and_seeds_differ():
    batches = MiniBatches(50, 10, seed=0)
    first = epoch_of(batches, 0)
    assert not torch.equal(first, epoch_of(batches, 1))
    assert not torch.equal(first, epoch_of(MiniBatches(50, 10, seed=1), 0))


@pytest.mark.parametrize("independent", [False, True])
def test_rows_do_not_depend_on_what_was_asked_before(independent):
    used = MiniBatches(20, 6, seed=5, independent=independent)
    in_order = [used.rows(step, 3) for step in range(12)]
    for step in (11, 0, 7, 3):
        assert torch.equal(used.rows(step, 3), in_order[step])
        assert torch.equal(MiniBatches(20, 6, 5, independent).rows(step, 3), in_order[step])


def test_torch_and_numpy_states_play_no_part():
    batches = MiniBatches(20, 6)
    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    rows = MiniBatches(20, 6).rows(4)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.equal(rows, batches.rows(4))


def test_independent_vectors_have_their_own_rows_whatever_their_number():
    batches = MiniBatches(30, 10, independent=True)
    few, many = batches.rows(1, 2), batches.rows(1, 5)
    assert many.shape == (5, 10)
    assert torch.equal(many[:2], few)
    assert len({tuple(rows.tolist()) for rows in many}) == 5
    everything = epoch_of(batches, 2, n_vectors=4)
    assert everything.sort(dim=1).values.tolist() == [list(range(30))] * 4


def test_shared_rows_are_the_same_for_any_number_of_vectors():
    batches = MiniBatches(30, 10)
    assert torch.equal(batches.rows(2, 7), batches.rows(2))


def test_changing_the_answer_changes_nothing_kept():
    batches = MiniBatches(10, 10)
    first = batches.rows(0)
    kept = first.clone()
    first.zero_()
    assert torch.equal(batches.rows(0), kept)


@pytest.mark.parametrize(
    ("error", "arguments", "message"),
    [
        (ValueError, (0, 1), "n_rows in 1"),
        (ValueError, (5, 6), "size in 1..5, got 6"),
        (ValueError, (5, 0), "size in 1..5, got 0"),
        (TypeError, (5, 2.0), "integer size"),
        (ValueError, (5, 2, -1), "seed >= 0"),
        (TypeError, (5, 2, None), "integer seed"),
        (TypeError, (5, 2, 0, "yes"), "independent True or False"),
    ],
)
def test_bad_input(error, arguments, message):
    with pytest.raises(error, match=message):
        MiniBatches(*arguments)


def test_bad_steps():
    with pytest.raises(ValueError, match="step >= 0, got -1"):
        MiniBatches(5, 2).rows(-1)
    with pytest.raises(ValueError, match="n_vectors >= 1, got 0"):
        MiniBatches(5, 2).rows(0, 0)
