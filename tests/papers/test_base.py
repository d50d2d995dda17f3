"""What an item is: registered once, with known profiles and a seeded configuration."""

from dataclasses import FrozenInstanceError, dataclass, fields, replace

import numpy as np
import pytest

from lossbar_core.papers import ITEMS, PAPERS, PROFILES, Result, config_dict, item, load_items, sweep_item
from lossbar_core.register import Register


@dataclass(frozen=True)
class Coin:
    seed: int = 0
    tosses: int = 10


@pytest.fixture
def registry(monkeypatch):
    """An empty registry, so that a test item does not stay."""
    items = {}
    monkeypatch.setattr("lossbar_core.papers.base.ITEMS", items)
    return items


def heads(config):
    return Result({"heads": int(np.random.default_rng(config.seed).integers(0, 2, config.tosses).sum())})


def test_item_keeps_the_function_and_its_profiles(registry):
    assert item("BSL-Coin", smoke=Coin(tosses=2), quick=Coin(), volatile=("seconds",))(heads) is heads
    entry = registry["BSL-Coin"]
    assert entry.function is heads
    assert entry.volatile == ("seconds",)
    assert entry.profiles == {"smoke": Coin(tosses=2), "quick": Coin()}
    assert entry.module == __name__


def test_a_sweep_gathers_what_its_tasks_return(registry):
    def total(config, results):
        return Result({"tosses": config.tosses, "heads": [r.values["heads"] for r in results]})

    split = lambda config: [Coin(seed, config.tosses) for seed in range(3)]  # noqa: E731
    assert sweep_item("BSL-Coin", split=split, task=heads, quick=Coin())(total) is total
    entry = registry["BSL-Coin"]
    assert entry.sweep.gather is total
    assert entry.module == __name__
    expected = [heads(Coin(seed)).values["heads"] for seed in range(3)]
    assert entry.function(Coin()).values == {"tosses": 10, "heads": expected}


def test_an_id_is_registered_once(registry):
    item("BSL-Coin", quick=Coin())(heads)
    with pytest.raises(ValueError, match=r"registered by .*choose another id"):
        item("BSL-Coin", quick=Coin())


@pytest.mark.parametrize("profiles", [{}, {"paper": Coin()}, {"quick": Coin(), "huge": Coin()}])
def test_profiles_are_known_and_hold_quick(registry, profiles):
    with pytest.raises(ValueError, match="with 'quick', got"):
        item("BSL-Coin", **profiles)


def test_a_configuration_is_a_dataclass_with_a_seed(registry):
    @dataclass(frozen=True)
    class Seedless:
        tosses: int = 1

    for config in ({"seed": 0}, Seedless()):
        with pytest.raises(TypeError, match="a dataclass with a seed"):
            item("BSL-Coin", quick=config)


def test_config_dict_is_plain():
    assert config_dict(Coin(seed=3)) == {"seed": 3, "tosses": 10}


def test_every_item_stands_in_the_register_and_can_be_configured_only_by_replacement():
    register = Register.load()
    items = load_items()
    assert items is ITEMS
    assert {"bsl", "to"} <= set(PAPERS)
    for entry in items.values():
        assert entry.id in register, entry.id
        assert set(entry.profiles) <= set(PROFILES)
        config = entry.profiles["quick"]
        assert replace(config, seed=5).seed == 5
        with pytest.raises(FrozenInstanceError, match="seed"):
            config.seed = 1
        assert all(field.name for field in fields(config))


def test_every_item_of_these_papers_that_has_a_chapter_is_computed():
    """*Not run* is for items whose chapter is to come, for nothing else."""
    register, items = Register.load(), load_items()
    wanted = {entry.id for entry in register if entry.chapter == "02_barcodes"}
    assert wanted
    assert wanted <= set(items)
