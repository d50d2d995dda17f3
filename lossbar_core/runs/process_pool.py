"""Worker processes with bounded threads, which end with their parent and are replaced when they die."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

THREADS = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "BLIS")
DEATHS = 2  # of its worker that a call survives: the second time it ran alone


@dataclass(eq=False)
class _Call:
    function: Callable[[], Any]
    future: Future = field(default_factory=Future)
    deaths: int = 0


@dataclass(frozen=True)
class _Stop:
    at_once: bool
    cancel: bool


class ProcessPool(Executor):
    """A process pool of ``workers`` spawned processes, each with at most ``threads`` threads in the kernels.

    A worker that dies (killed, out of memory) takes the standard pool with it. Here a new pool goes on: the calls that
    were running then run once more, one at a time, and the one that kills its worker again fails alone.
    """

    def __init__(self, workers: int, threads: int = 1):
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._closed = False
        dispatcher = _Dispatcher(workers, threads, self._events)
        self._thread = threading.Thread(target=dispatcher.run, name="lossbar-processes", daemon=True)
        self._thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Run ``fn`` in a worker.

        Raises
        ------
        RuntimeError
            After the shutdown.
        """
        if self._closed:
            raise RuntimeError("expected an open pool, got one after its shutdown; open another")
        call = _Call(partial(fn, *args, **kwargs))
        self._events.put(call)
        return call.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for all calls, or (without ``wait``) end the workers now, whatever they do."""
        self._closed = True
        self._events.put(_Stop(at_once=not wait, cancel=cancel_futures or not wait))
        self._thread.join()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.shutdown(wait=kind is None)


class _Dispatcher:
    """Hands calls to workers, in a thread of its own: nothing here is shared, so nothing is locked."""

    def __init__(self, workers: int, threads: int, events: queue.SimpleQueue[Any]):
        self.workers, self.threads, self.events = workers, threads, events
        self.waiting: deque[_Call] = deque()
        self.suspects: deque[_Call] = deque()
        self.running: set[_Call] = set()
        self.alone = False  # a suspect is running
        self.stop: _Stop | None = None
        self.pool: ProcessPoolExecutor | None = None
        self.lifeline: Connection | None = None
        self.unable: BrokenProcessPool | None = None

    def run(self) -> None:
        """Take one event after another until a stop, and after it until all calls are finished."""
        while not (self.stop and (self.stop.at_once or not (self.running or self.waiting or self.suspects))):
            event = self.events.get()
            if isinstance(event, _Call):
                self.waiting.append(event)
            elif isinstance(event, _Stop):
                self._take_stop(event)
            else:
                self._take_end(*event)
            if not (self.stop and self.stop.at_once):
                self._start()
        self._close(at_once=self.stop.at_once)
        for call in self.running:  # none but after a stop at once: whoever waits for them would wait for ever
            call.future.set_exception(_ended())

    def _take_stop(self, stop: _Stop) -> None:
        self.stop = stop
        if stop.cancel:
            for call in (*self.waiting, *self.suspects):
                if call.future.cancel():
                    call.future.set_running_or_notify_cancel()
                else:  # a suspect has run already
                    call.future.set_exception(_ended())
            self.waiting.clear()
            self.suspects.clear()

    def _take_end(self, call: _Call, pool: ProcessPoolExecutor, inner: Future) -> None:
        self.running.discard(call)
        self.alone = False
        error = inner.exception()
        if not isinstance(error, BrokenProcessPool):
            _hand_over(call.future, inner)
            return
        if self.pool is pool:
            self._close(at_once=True)
        call.deaths += 1
        if call.deaths < DEATHS:
            self.suspects.append(call)
        else:
            call.future.set_exception(
                BrokenProcessPool(
                    f"its worker process died {call.deaths} times; it may need more memory than there is"
                )
            )

    def _start(self) -> None:
        """Hand out calls while workers are free; a suspect runs alone."""
        while self.suspects or self.waiting:
            if len(self.running) >= (1 if self.suspects or self.alone else self.workers):
                return
            self.alone = bool(self.suspects)
            call = (self.suspects or self.waiting).popleft()
            if call.deaths or call.future.set_running_or_notify_cancel():
                self.running.add(call)
                try:
                    self._submit(call)
                except Exception as error:  # no process can start: say so, or the caller would wait for ever
                    self.running.discard(call)
                    call.future.set_exception(error)

    def _submit(self, call: _Call) -> None:
        if self.pool is None:
            self._open()
        pool = self.pool
        assert pool is not None
        try:
            with _bounded(self.threads):  # a worker inherits it when submit starts one
                inner = pool.submit(call.function)
        except BrokenProcessPool:  # a worker died between two calls
            self._close(at_once=True)
            self._submit(call)
            return
        inner.add_done_callback(lambda future: self.events.put((call, pool, future)))

    def _open(self) -> None:
        """Start the workers and wait for them, to tell those that cannot start from those that a call kills."""
        if self.unable is not None:
            raise self.unable
        context = multiprocessing.get_context("spawn")  # a fork would copy threads' locks
        theirs, self.lifeline = context.Pipe(duplex=False)
        self.pool = ProcessPoolExecutor(self.workers, context, initializer=_attend, initargs=(theirs,))
        try:
            with _bounded(self.threads):
                greetings = [self.pool.submit(os.getpid) for _ in range(self.workers)]
            for greeting in greetings:
                greeting.result()
        except BrokenProcessPool:
            self._close(at_once=True)
            self.unable = BrokenProcessPool(
                "expected worker processes, but they end as they start (their own messages are above); "
                "a script needs `if __name__ == '__main__':` around what it runs"
            )
            raise self.unable from None

    def _close(self, *, at_once: bool) -> None:
        """End the workers: after their calls, or now."""
        if self.pool is None or self.lifeline is None:
            return
        if at_once:
            self.lifeline.close()
        self.pool.shutdown(wait=True)
        self.lifeline.close()
        self.pool = self.lifeline = None


def _ended() -> BrokenProcessPool:
    return BrokenProcessPool(
        "expected the pool to stay open until its calls are finished, but it was closed; run the call again"
    )


def _hand_over(future: Future, finished: Future) -> None:
    error = finished.exception()
    if error is None:
        future.set_result(finished.result())
    else:
        future.set_exception(error)


def _attend(lifeline: Connection) -> None:
    """Prepare a worker: Ctrl-C is for its parent, and when the parent's end of the pipe closes, it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        lifeline.poll(None)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def bounds(threads: int) -> dict[str, str]:
    """Environment of a process whose libraries use at most this many threads.

    >>> bounds(2)["OMP_NUM_THREADS"]
    '2'
    """
    return {f"{name}_NUM_THREADS": str(threads) for name in THREADS}


@contextmanager
def _bounded(threads: int) -> Iterator[None]:
    """Set the bounds for processes that start meanwhile: they must be there before numpy is imported."""
    before = {name: os.environ.get(name) for name in bounds(threads)}
    os.environ.update(bounds(threads))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
