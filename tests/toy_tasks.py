"""Tasks small enough for tests, in a module of their own, so that worker processes find them."""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lossbar_core.checks import thread_count
from lossbar_core.papers.base import Item, Result, Sweep


@dataclass(frozen=True)
class Box:
    low: float = 0.0
    high: float = float("inf")


@dataclass(frozen=True)
class Draw:
    """A task: ``folder`` is where it leaves marks, ``trap`` the seed whose first run waits to be killed."""

    seed: int = 0
    n: int = 100
    box: Box = Box()
    shape: tuple[int, ...] = (1, 2)
    folder: str = ""
    trap: int = -1


@dataclass(frozen=True)
class Draws:
    seed: int = 0
    count: int = 4
    n: int = 100


def draw(config: Draw) -> Result:
    """Sorted random numbers, the same on every machine."""
    numbers = np.sort(np.random.default_rng(config.seed).standard_normal(config.n))
    values = {
        "sum": float(numbers.sum()),
        "worst": config.box.high,
        "shape": config.shape,
        "seed": config.seed,
    }
    return Result(values, {"numbers": numbers, "order": np.arange(config.n, dtype=np.int32)})


def draw_or_fail(config: Draw) -> Result:
    if config.seed % 2:
        raise KeyError(f"no draw {config.seed}")
    return draw(config)


def draw_or_exit(config: Draw) -> Result:
    sys.exit(3)


def draw_and_mark(config: Draw) -> Result:
    """A draw that counts how often each seed ran."""
    with (Path(config.folder) / f"ran-{config.seed}").open("a") as marks:
        marks.write("x")
    return draw(config)


def draw_in_a_trap(config: Draw) -> Result:
    """A draw whose worker, at the trap, says who it is and waits to be killed; the next one gets through."""
    trapped = Path(config.folder) / "trapped"
    if config.seed == config.trap and not trapped.exists():
        temporary = trapped.with_name(f"{os.getpid()}.tmp")
        temporary.write_text(str(os.getpid()))
        temporary.rename(trapped)
        time.sleep(60)
    return draw_and_mark(config)


def kill_the_worker(config: Draw) -> Result:
    if config.seed == config.trap:
        os.kill(os.getpid(), 9)
    return draw_and_mark(config)


def environment(config: Draw) -> Result:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return Result({"threads": thread_count(), "parent": os.getppid(), **{n: os.environ[n] for n in names}})


def no_result(config: Draw) -> dict:
    return {"sum": 1}


def split(config: Draws) -> list[Draw]:
    return [Draw(config.seed + i, config.n) for i in range(config.count)]


def gather(config: Draws, results: list[Result]) -> Result:
    numbers = np.concatenate([np.asarray(result.arrays["numbers"]) for result in results])
    return Result({"sums": [result.values["sum"] for result in results]}, {"numbers": numbers})


def sweep_toy() -> Item:
    """An item in four parts; twelve in the paper profile."""
    profiles = {"smoke": Draws(count=1), "quick": Draws(), "paper": Draws(count=12)}
    serial = lambda config: gather(config, [draw(part) for part in split(config)])  # noqa: E731
    return Item("TOY-Sum", serial, profiles, (), Sweep(split, draw, gather))
