"""One function for all parts of the TO items' sweeps, so that items share what is on disk."""

from __future__ import annotations

from functools import lru_cache

from lossbar_core.papers.base import Result
from lossbar_core.papers.to.instruments import InstrumentTask, measure_instruments
from lossbar_core.papers.to.net_tasks import NetTask, measure_net

Task = NetTask | InstrumentTask


def measure(task: Task) -> Result:
    """What one part gives. Items share parts, so a process computes each of them once.

    Raises
    ------
    TypeError
        If it is no part of a sweep.
    """
    return _measured(task)


@lru_cache(maxsize=64)
def _measured(task: Task) -> Result:
    if isinstance(task, NetTask):
        return measure_net(task)
    if isinstance(task, InstrumentTask):
        return measure_instruments(task)
    raise TypeError(f"expected a NetTask or an InstrumentTask, got {task!r}; build one of them")
