"""Functions by name: ``"module:function"`` becomes the function, by an import and nothing else."""

from __future__ import annotations

import difflib
import hashlib
import importlib
import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SHOWN = 3  # folders of the search path that a message lists


def resolve(name: Any, what: str = "function") -> Callable[..., Any]:
    """The callable that ``"package.module:name"`` names; a callable comes back as it is.

    Parameters
    ----------
    name : str or callable
        Module and name with one colon between them; the name may have dots (``"nets:Builder.small"``).
    what : str
        Its part in the study, for the messages.

    Returns
    -------
    callable

    Raises
    ------
    TypeError
        If it is neither text nor callable, or what it names cannot be called.
    ValueError
        If the text is not of the form ``module:name``.
    ImportError
        If the module cannot be found, or fails while it is imported.
    AttributeError
        If the module has no such name.

    Examples
    --------
    >>> resolve("math:sqrt")(4.0)
    2.0
    """
    if callable(name):
        return name
    if not isinstance(name, str):
        raise TypeError(
            f"expected {what} as text 'module:name' or a callable, got {type(name).__name__}; "
            "write for instance 'mypackage.nets:make'"
        )
    module_name, attribute = _parts(name, what)
    found: Any = _imported(module_name, name, what)
    for step in attribute.split("."):
        if not hasattr(found, step):
            raise AttributeError(
                f"expected {step!r} in {name!r} for {what}, got {_place(found)} without it"
                f"{_near(step, dir(found))}; check the name behind the colon"
            )
        found = getattr(found, step)
    if not callable(found):
        raise TypeError(
            f"expected {what} {name!r} to be callable, got {type(found).__name__}; name a function that returns it"
        )
    return found


def call_without_arguments(function: Callable[..., Any], what: str) -> Any:
    """What the function returns when it is called as ``function()``.

    Raises
    ------
    TypeError
        If it needs arguments.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-in callables have none; the call itself will tell
        return function()
    needed = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if needed:
        raise TypeError(
            f"expected {what} {label(function)} to need no arguments, got {', '.join(needed)}; give them defaults, "
            "or name a function that calls it with your values"
        )
    return function()


def label(function: Any) -> str:
    """``module:name`` of a callable, or the text itself.

    >>> label(resolve), label("nets:make")
    ('lossbar_core.study.named:resolve', 'nets:make')
    """
    if isinstance(function, str):
        return function
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return f"{getattr(function, '__module__', None) or type(function).__module__}:{name}"


def source_sum(function: Callable[..., Any]) -> str | None:
    """sha256 of the file that defines a callable; None where there is no file (a notebook's own functions)."""
    try:
        file = inspect.getsourcefile(inspect.unwrap(function))
    except TypeError:  # built-in, or an instance: then the file of its class
        file = inspect.getsourcefile(type(function)) if type(function).__module__ != "builtins" else None
    if file is None or not Path(file).is_file():
        return None
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()


def _parts(name: str, what: str) -> tuple[str, str]:
    module, colon, attribute = name.strip().partition(":")
    steps = [*module.split("."), *attribute.split(".")]
    is_file = module.endswith(".py") or "/" in module or os.sep in module
    if not colon or is_file or not all(step.isidentifier() for step in steps):
        hint = ""
        if is_file:
            hint = f"; not a file but a module: '{Path(module).stem}:{attribute or 'name'}'"
        elif not colon and "." in module:
            hint = f"; did you mean '{':'.join(module.rsplit('.', 1))}'?"
        raise ValueError(f"expected {what} as 'module:name' with one colon, got {name!r}{hint}")
    return module, attribute


def _imported(module: str, name: str, what: str) -> Any:
    importlib.invalidate_caches()  # a file that was written a moment ago, beside a running notebook
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and (module == error.name or module.startswith(f"{error.name}.")):
            raise ImportError(_not_found(error.name, name, what)) from None
        raise ImportError(
            f"expected {what} {name!r} to import, got {error} while {module} was imported; install what it needs"
        ) from error
    except Exception as error:  # whatever a foreign module does at its top level
        raise ImportError(
            f"expected {what} {name!r} to import, got {type(error).__name__}: {error}; "
            f"mend the module: python -c 'import {module}' shows where"
        ) from error


def _not_found(missing: str, name: str, what: str) -> str:
    folders = [entry or os.getcwd() for entry in sys.path]
    shown = ", ".join(folders[:SHOWN]) + (f" and {len(folders) - SHOWN} more" if len(folders) > SHOWN else "")
    top = missing.partition(".")[0]
    return (
        f"expected {what} {name!r} to be importable, got no module {missing!r} in {shown}; install its project "
        f"(pip install -e .), add its folder to PYTHONPATH, or put {top}.py into {os.getcwd()}"
    )


def _place(found: Any) -> str:
    file = getattr(found, "__file__", None)
    return f"{getattr(found, '__name__', type(found).__name__)}{f' ({file})' if file else ''}"


def _near(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
