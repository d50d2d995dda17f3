"""A task: one function of a module and one configuration, run in any process.

What travels to another process is plain data: names, numbers, texts and arrays. The function and the classes
of the configuration are found there by name, after a check that the code there is the one that was asked for.
"""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from importlib import import_module
from types import FunctionType
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result
from lossbar_core.provenance import machine, versions
from lossbar_core.runs.atomic import sha256
from lossbar_core.runs.fingerprint import differences, modules_code
from lossbar_core.runs.jsonable import canonical, decode, encode

_CLASS = "dataclass"  # {"dataclass": "module.Name", "fields": {...}}: a configuration as plain data
_TAKEN = ("file", "allow_pickle")  # by arguments of numpy.savez, which gets the arrays by name
_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")


class OtherCodeError(RuntimeError):
    """A process was asked for a task whose code it does not have."""


@dataclass(frozen=True)
class TaskResult:
    """What a task returned, and its provenance.

    ``seconds`` is the wall time of the function, ``date`` the UTC time of its end. ``origin`` is None for a
    task of this repository, else where it was imported from; ``resumed`` says that it was on disk already.
    """

    values: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    versions: Mapping[str, str]
    machine: Mapping[str, str | int]
    seconds: float
    date: str
    origin: Mapping[str, str] | None = None
    resumed: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Task:
    """The call ``function(config)``; ``code`` is the fingerprint of the modules that it imports."""

    function: str
    config: Any
    code: Mapping[str, str]

    @cached_property
    def key(self) -> str:
        """Content key: sha256 of function, configuration and code, 64 hexadecimal digits."""
        return content_key(self.function, plain(self.config), self.code)

    @property
    def lasts(self) -> bool:
        """Whether its result may be used later: a notebook's own functions change without a trace."""
        return not self.function.startswith("__main__.")

    def request(self) -> dict[str, Any]:
        """The task as plain data, for :func:`execute_task`."""
        return {"function": self.function, "config": plain(self.config), "code": dict(self.code)}


def content_key(function: str, config: Any, code: Mapping[str, str]) -> str:
    """Key of a task from its plain data.

    >>> content_key("a.f", {"seed": 0}, {"a": "1"}) == content_key("a.f", {"seed": 1}, {"a": "1"})
    False
    """
    return sha256(canonical({"function": function, "config": config, "code": dict(code)}).encode())


def make_tasks(function: Callable[[Any], Result], configs: Iterable[Any]) -> list[Task]:
    """Return one task a configuration.

    Parameters
    ----------
    function
        Function of a module, from a configuration to a `Result`.
    configs
        Frozen dataclasses with a ``seed``.

    Raises
    ------
    TypeError
        If another process could not find the function or the class of a configuration, or a configuration is no
        dataclass with a seed.
    """
    name = f"{function.__module__}.{getattr(function, '__qualname__', function)}"
    if not isinstance(function, FunctionType) or not _at_top(function) or not _NAME.fullmatch(name):
        raise TypeError(
            f"expected a function at the top of a module as task, got {name}; move it there, so that another "
            "process can find it"
        )
    tasks, codes = [], {}
    for config in configs:
        if not is_dataclass(config) or isinstance(config, type) or not hasattr(config, "seed"):
            raise TypeError(f"expected dataclasses with a seed as configurations of {name}, got {config!r}")
        modules = modules_of(name, plain(config))
        if modules not in codes:
            codes[modules] = modules_code(modules)
        tasks.append(Task(name, config, codes[modules]))
    return tasks


def plain(config: Any) -> Any:
    """Plain data of a configuration: dataclasses become dictionaries with the name of their class.

    Raises
    ------
    TypeError
        For anything that JSON cannot hold, and a dataclass that is not at the top of a module.
    """
    if is_dataclass(config) and not isinstance(config, type):
        if not _at_top(type(config)):
            raise TypeError(
                f"expected dataclasses at the top of a module, got {type(config).__qualname__} of "
                f"{type(config).__module__}; move it there, so that another process can find it"
            )
        inner = {f.name: plain(getattr(config, f.name)) for f in fields(config) if f.init}
        return {_CLASS: f"{type(config).__module__}.{type(config).__qualname__}", "fields": inner}
    if isinstance(config, tuple | list):
        return type(config)(plain(entry) for entry in config)
    if isinstance(config, dict) and _CLASS not in config:
        return {key: plain(value) for key, value in config.items()}
    encode(config)  # raises for what is not plain
    return config.item() if isinstance(config, np.generic) else config


def _at_top(named: Callable[..., Any] | type) -> bool:
    """Whether a function or class can be found by its module and its one name."""
    return "." not in named.__qualname__


def rebuild(data: Any) -> Any:
    """Undo :func:`plain`.

    Raises
    ------
    TypeError
        If a name in it is no dataclass.
    """
    if isinstance(data, tuple | list):
        return type(data)(rebuild(entry) for entry in data)
    if not isinstance(data, dict):
        return data
    if _CLASS not in data:
        return {key: rebuild(value) for key, value in data.items()}
    found = _find(data[_CLASS])
    if not (isinstance(found, type) and is_dataclass(found)):
        raise TypeError(f"expected a dataclass as {data[_CLASS]}, got {found!r}")
    return found(**rebuild(data["fields"]))


def modules_of(function: str, data: Any) -> tuple[str, ...]:
    """Modules of a task's function and of the classes of its plain configuration, sorted.

    >>> modules_of("a.f", {"dataclass": "b.Config", "fields": {"seed": 0}})
    ('a', 'b')
    """
    names, waiting = {function.rpartition(".")[0]}, [data]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if _CLASS in part:
                names.add(part[_CLASS].rpartition(".")[0])
            waiting += part.values()
        elif isinstance(part, tuple | list):
            waiting += part
    return tuple(sorted(names))


def _find(name: str) -> Any:
    """What a module calls by this name; nothing but names of modules and of what they define is followed."""
    if not _NAME.fullmatch(name):
        raise TypeError(f"expected a dotted name, got {name!r}")
    module, _, attribute = name.rpartition(".")
    found = getattr(import_module(module), attribute, None)
    if getattr(found, "__module__", None) != module:
        raise TypeError(f"expected {module} to define {attribute}, got {found!r}; name the module that does")
    return found


@cache
def loaded_code(modules: tuple[str, ...]) -> dict[str, str]:
    """Code of this process: each module as it was when first asked for, since Python does not load it again."""
    return as_loaded(modules_code(modules))


def as_loaded(code: Mapping[str, str]) -> dict[str, str]:
    """Code as it was when its modules were first asked for in this process: that is what runs here.

    A notebook's own functions are what they are now: they can be defined again.

    >>> as_loaded({"toy.a": "1"}) == as_loaded({"toy.a": "2"})
    True
    """
    return {name: now if name == "__main__" else _SEEN.setdefault(name, now) for name, now in code.items()}


_SEEN: dict[str, str] = {}


def execute_task(request: Mapping[str, Any]) -> dict[str, Any]:
    """Run a task in this process, whichever it is.

    Parameters
    ----------
    request
        What `Task.request` gave, perhaps in another process.

    Returns
    -------
    dict
        Plain data: ``state`` is ``"done"``, with the fields of a `TaskResult`, or ``"failed"``, with ``error`` (one
        line) and ``traceback`` as texts, since not every exception can travel.
    """
    try:
        function, data = request["function"], request["config"]
        _check_code(function, request["code"], loaded_code(modules_of(function, data)))
        return _run(_find_function(function), rebuild(data))
    except (Exception, SystemExit) as error:  # a task that calls sys.exit ends itself, not the sweep
        line = f"{type(error).__name__}: {error}"
        return {"state": "failed", "error": line, "traceback": traceback.format_exc()}


def _check_code(function: str, wanted: Mapping[str, str], here: Mapping[str, str]) -> None:
    module = function.rpartition(".")[0]
    if module not in here and module != "__main__":
        raise OtherCodeError(
            f"expected the source of {module} on this machine, found none; install it there, or start the "
            "worker where it can be imported"
        )
    reasons = differences(here, wanted)
    if reasons:
        raise OtherCodeError(
            f"expected the code that the task was made with, got another ({'; '.join(reasons)}); bring the "
            "code of this process up to date and start it again"
        )


def _find_function(name: str) -> Callable[[Any], Any]:
    found = _find(name)
    if not isinstance(found, FunctionType):
        raise TypeError(f"expected a function as {name}, got {found!r}")
    return found


def _run(function: Callable[[Any], Any], config: Any) -> dict[str, Any]:
    start = time.perf_counter()
    result = function(config)
    seconds = time.perf_counter() - start
    check_result(result, f"task {function.__module__}.{function.__qualname__}")
    return {
        "state": "done",
        "values": decode(encode(dict(result.values))),
        "arrays": dict(result.arrays),
        "versions": versions(),
        "machine": machine(),
        "seconds": float(f"{seconds:.3g}"),
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def check_result(result: Any, what: str) -> None:
    """Refuse what cannot be stored.

    Raises
    ------
    TypeError
        If it is no `Result`, an array holds objects, or its name cannot be stored.
    """
    if not isinstance(result, Result):
        raise TypeError(f"expected a Result from {what}, got {type(result).__name__}")
    for name, array in result.arrays.items():
        if not isinstance(name, str) or name in _TAKEN:
            raise TypeError(
                f"expected a text other than {' and '.join(_TAKEN)} as name of an array of {what}, got {name!r}; "
                "choose another name"
            )
        if not isinstance(array, np.ndarray) or array.dtype.hasobject:
            raise TypeError(
                f"expected a numpy array of numbers or text as array {name!r} of {what}, got {array!r}"
            )
