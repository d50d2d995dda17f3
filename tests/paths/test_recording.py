"""A recording changes nothing and keeps what was there at its steps."""

import numpy as np
import pytest
import torch

from lossbar_core.landscapes import BENT_DOUBLE_WELL
from lossbar_core.paths import AutoNEB, ElasticBand, Path
from lossbar_core.paths.recording import SHARES, Recording


def test_recording_does_not_change_the_path():
    surface, ends = BENT_DOUBLE_WELL.landscape(), BENT_DOUBLE_WELL.minima
    method = ElasticBand(steps=30, tolerance=0.0)
    recording = Recording(every=10)
    watched = method.connect(surface, *ends, stop=recording)
    assert torch.equal(watched.pivots, method.connect(surface, *ends).pivots)
    assert recording.steps == [1, 10, 20, 30]


def test_profiles_go_from_the_start_to_the_end_of_the_run():
    surface, ends = BENT_DOUBLE_WELL.landscape(), BENT_DOUBLE_WELL.minima
    recording = Recording(every=10)
    path = ElasticBand(steps=40, tolerance=0.0).connect(surface, *ends, stop=recording)
    recording.add_to([path])
    losses = path.history["recorded_losses"]
    assert losses.shape == (5, SHARES)
    np.testing.assert_allclose(losses[:, 0], float(surface.losses(path.pivots[:1])), atol=1e-12)
    assert losses[-1].max() < losses[0].max()
    at = path.at(path.history["recorded_shares"])
    np.testing.assert_allclose(losses[-1], surface.losses(at).numpy(), atol=1e-9)


def test_chains_that_grow_have_profiles_of_one_length(tmp_path):
    recording = Recording(every=50)
    path = AutoNEB().connect(BENT_DOUBLE_WELL.landscape(), *BENT_DOUBLE_WELL.minima, stop=recording)
    recording.add_to([path])
    assert len({len(chain[0]) for chain in recording.chains}) > 1
    path.save(tmp_path / "path.npz")
    loaded = Path.load(tmp_path / "path.npz")
    np.testing.assert_array_equal(loaded.history["recorded_losses"], path.history["recorded_losses"])


def test_other_paths_are_refused():
    surface, ends = BENT_DOUBLE_WELL.landscape(), BENT_DOUBLE_WELL.minima
    recording = Recording()
    path = ElasticBand(steps=2).connect(surface, *ends)
    with pytest.raises(ValueError, match="the 0 paths of the recorded run, got 1"):
        recording.add_to([path])
    path = ElasticBand(steps=2).connect(surface, *ends, stop=recording)
    with pytest.raises(ValueError, match="the 1 paths of the recorded run, got 2"):
        recording.add_to([path, path])
    path.surface = None
    with pytest.raises(ValueError, match="add before saving"):
        recording.add_to([path])
    with pytest.raises(ValueError, match="every >= 1"):
        Recording(0)
