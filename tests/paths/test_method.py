"""What every method checks before it starts, and says of itself."""

from dataclasses import dataclass

import pytest
import torch
from paths.surfaces import double_well, egg_carton

from lossbar_core.paths import PathMethod, StraightLine
from lossbar_core.paths.method import fingerprint


@dataclass(frozen=True)
class Inner:
    rate: float = 0.1


@dataclass(frozen=True)
class Recording(PathMethod):
    """Returns the straight chain and keeps what it was given."""

    parts: tuple = (Inner(), Inner(0.2))
    rate: object = None

    def _connect_all(self, surface, ends, run):
        self.parts  # noqa: B018
        run.keeper.save({}, {"step": 1})
        return [self._path(surface, torch.stack(pair)) for pair in ends]


def test_pairs_come_back_in_order_as_copies_of_the_surfaces_kind():
    a = torch.tensor([1.0, 0.0], dtype=torch.float32)
    paths = StraightLine().connect_many(double_well(), [(a, [0, 0]), ([2.0, 2.0], a.numpy())])
    assert [path.pivots[0].tolist() for path in paths] == [[1, 0], [2, 2]]
    assert all(path.pivots.dtype == torch.float64 for path in paths)
    paths[0].pivots[0] = 7
    assert a.tolist() == [1, 0]
    assert StraightLine().connect_many(double_well(), []) == []


def test_settings_are_plain_and_name_nested_kinds():
    settings = Recording(rate=egg_carton).settings()
    assert settings["method"] == "Recording"
    assert settings["parts"] == [{"kind": "Inner", "rate": 0.1}, {"kind": "Inner", "rate": 0.2}]
    assert settings["rate"] == "egg_carton"
    path = Recording().connect(double_well(), [0, 0], [1, 1])
    assert path.settings["method"]["method"] == "Recording"
    assert path.settings["surface"]["dimension"] == 2


def test_a_checkpoint_of_other_ends_is_refused(tmp_path):
    from lossbar_core.paths.checkpoint import Keeper

    surface, method, file = double_well(), Recording(), tmp_path / "x.npz"
    method.connect(surface, [0, 0], [1, 1], checkpoint=file)
    ends = [(torch.zeros(2).double(), torch.ones(2).double())]
    request = {"method": method.settings(), "surface": surface.settings(), "ends": fingerprint(ends)}
    assert Keeper(file, request).load() is not None
    with pytest.raises(ValueError, match="another method, surface or pair"):
        Keeper(file, {**request, "ends": fingerprint([ends[0][::-1]])}).load()


@pytest.mark.parametrize(
    ("error", "pairs", "message"),
    [
        (TypeError, torch.zeros(2, 2), r"list of pairs \(a, b\), got Tensor"),
        (TypeError, [torch.zeros(2)], r"pair 0 as \(a, b\), got Tensor"),
        (TypeError, [([0, 0], [1, 1]), ([0, 0],)], "pair 1"),
        (ValueError, [([0, 0], [1, 1, 1])], r"shape \(2,\), got \(3,\)"),
        (ValueError, [([[0, 0]], [1, 1])], r"shape \(2,\), got \(1, 2\)"),
        (ValueError, [([0, 0], [float("nan"), 1])], "finite"),
        (ValueError, [([0, 0], [0.0, 0.0])], "two different ends in pair 0"),
    ],
)
def test_bad_pairs(error, pairs, message):
    with pytest.raises(error, match=message):
        StraightLine().connect_many(double_well(), pairs)


def test_other_bad_input():
    with pytest.raises(TypeError, match="expected a Surface, got function"):
        StraightLine().connect(lambda x: x, [0, 0], [1, 1])
    with pytest.raises(TypeError, match=r"stop\(step, chains\)"):
        StraightLine().connect(double_well(), [0, 0], [1, 1], stop=3)
