"""Paths: geometry, tops, straightening, saving."""

import math

import numpy as np
import pytest
import torch
from paths.surfaces import curvy, double_well

from lossbar_core.paths import Path, StraightLine


def bent(surface=None):
    return Path(torch.tensor([[-1.0, 0.0], [0.0, 2.0], [1.0, 0.0]], dtype=torch.float64), surface)


def test_length_chord_and_their_ratio():
    path = bent()
    assert len(path) == 3
    assert path.length == pytest.approx(2 * math.sqrt(5))
    assert path.chord == 2
    assert path.normalised_length == pytest.approx(math.sqrt(5))
    assert Path(torch.zeros(2, 1)).normalised_length == 1
    assert Path(torch.tensor([[0.0], [1.0], [0.0]])).normalised_length == math.inf


def test_top_barrier_and_where():
    path = bent(double_well())
    assert path.top == 5.0
    assert path.barrier == 5.0
    assert path.top_at == pytest.approx(0.5)
    assert path.profile() is path.profile(9)
    assert len(path.profile(1)) == 5


def test_points_at_shares():
    path = bent()
    points = path.at([0, 0.25, 0.5, 1])
    np.testing.assert_allclose(points.numpy(), [[-1, 0], [-0.5, 1], [0, 2], [1, 0]], atol=1e-15)
    assert torch.equal(path.at(0.0)[0], path.pivots[0])
    assert torch.equal(path.at(1.0)[0], path.pivots[-1])
    for bad in (-0.1, 1.1, float("nan"), [[0.5]]):
        with pytest.raises(ValueError, match="share"):
            path.at(bad)


def test_resampling_is_equally_spaced_on_the_same_polygon():
    pivots = torch.tensor([[0.0, 0.0], [0.0, 1.0], [3.0, 1.0]], dtype=torch.float64)
    path = Path(pivots, history={"top": np.ones(3)}).resampled(9)
    np.testing.assert_allclose((path.pivots[1:] - path.pivots[:-1]).norm(dim=1), 0.5)
    assert torch.equal(path.pivots[[0, -1]], pivots[[0, -1]])
    assert path.history["top"].tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="n >= 2"):
        path.resampled(1)


def test_straightening_drops_what_the_top_does_not_need():
    surface = double_well()
    detour = Path(torch.tensor([[-1.0, 0], [-0.5, 0.3], [0, 0.1], [0.4, 0.5], [1, 0]]).double(), surface)
    straight = detour.straightened()
    assert len(straight) == 2
    assert straight.top <= detour.top


def test_straightening_keeps_the_corners_of_a_bent_valley():
    surface = curvy()
    x = torch.linspace(-2.5 * math.pi, 2.5 * math.pi, 81, dtype=torch.float64)
    valley = Path(torch.stack([x, x.sin()], dim=1), surface)
    loose, tight = valley.straightened(0.2), valley.straightened(0.0)
    assert 2 < len(loose) < len(valley)
    assert len(loose) <= len(tight)
    assert tight.top <= valley.top + 1e-12
    assert loose.top <= valley.top + 0.2 + 1e-12
    assert loose.length <= valley.length + 1e-12
    for bad in (-1, math.inf, math.nan):
        with pytest.raises(ValueError, match="tolerance"):
            valley.straightened(bad)
    with pytest.raises(TypeError, match="tolerance"):
        valley.straightened("0")


def test_reversing():
    path = Path(torch.tensor([[-1.0, 0], [0.5, 1], [1, 0]]).double(), double_well())
    assert path.reversed().top == pytest.approx(path.top)
    assert path.reversed().top_at == pytest.approx(1 - path.top_at)
    assert torch.equal(path.reversed().reversed().pivots, path.pivots)


def test_saving_and_loading(tmp_path):
    surface = double_well()
    path = StraightLine(5).connect(surface, [-1.0, 0.0], [1.0, 0.0])
    path.history["top"] = np.arange(3.0)
    path.failure, path.gradient_evaluations = "loss nan at step 3", 7
    path.profile()
    path.save(tmp_path / "p.npz")
    again = Path.load(tmp_path / "p.npz")
    assert torch.equal(again.pivots, path.pivots)
    assert again.settings == path.settings
    assert again.failure == path.failure
    assert again.gradient_evaluations == 7
    assert again.history["top"].tolist() == [0, 1, 2]
    assert again.top == 1.0  # the profile came with it
    assert again.profile().accuracies is None
    with pytest.raises(ValueError, match=r"load it as Path.load\(file, surface\)"):
        again.profile(3)
    assert len(Path.load(tmp_path / "p.npz", surface).profile(3)) == 17


def test_loading_refuses_other_files_and_surfaces(tmp_path):
    from lossbar_core.landscapes import AnalyticLandscape
    from lossbar_core.paths.checkpoint import write_arrays

    write_arrays(tmp_path / "x.npz", {"pivots": np.zeros((2, 2))}, {"step": 1})
    with pytest.raises(ValueError, match="expected a saved path"):
        Path.load(tmp_path / "x.npz")
    with pytest.raises(FileNotFoundError):
        Path.load(tmp_path / "none.npz")
    bent().save(tmp_path / "p.npz")
    with pytest.raises(ValueError, match="dimension 2, got 1"):
        Path.load(tmp_path / "p.npz", AnalyticLandscape(lambda x: x[:, 0], 1))


@pytest.mark.parametrize("pivots", [np.zeros((2, 2)), torch.zeros(2, 2, dtype=torch.int64)])
def test_pivots_of_another_kind(pivots):
    with pytest.raises(TypeError, match="floating tensor"):
        Path(pivots)


@pytest.mark.parametrize("shape", [(1, 2), (3,), (2, 2, 2)])
def test_pivots_of_another_shape(shape):
    with pytest.raises(ValueError, match="N >= 2"):
        Path(torch.zeros(shape))


@pytest.fixture
def band():
    from lossbar_core.landscapes import BENT_DOUBLE_WELL
    from lossbar_core.paths import ElasticBand
    from lossbar_core.paths.recording import Recording

    recording = Recording(every=5)
    method = ElasticBand(pivots=7, steps=10)
    path = method.connect(BENT_DOUBLE_WELL.landscape(), *BENT_DOUBLE_WELL.minima, stop=recording)
    recording.add_to([path])
    return path


def test_a_path_draws_its_profile_its_plane_and_its_relaxation(band):
    import matplotlib

    matplotlib.use("Agg")
    (axes,) = band.plot()
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), band.profile().losses)
    plane = band.plot("plane")
    assert len(plane.lines[0].get_xdata()) == len(band)
    figure = band.plot("relaxation")
    assert [step.label for step in figure.layout.sliders[0].steps] == ["1", "5", "10"]
    matplotlib.pyplot.close("all")


def test_what_cannot_be_drawn_is_explained(band):
    with pytest.raises(ValueError, match="'profile', 'plane' or 'relaxation', got 'surface'"):
        band.plot("surface")
    band.history = {}
    with pytest.raises(ValueError, match="pass stop=Recording"):
        band.plot("relaxation")


def test_drawing_is_imported_when_it_is_asked_for():
    import subprocess
    import sys

    code = "import sys, lossbar_core.paths; print({'matplotlib', 'plotly'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found == "set()\n"
