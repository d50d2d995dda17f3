"""The command ``lossbar``: run chapters, say what is fresh, build the book, handle results."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lossbar_core.papers.base import PROFILES
from lossbar_core.register import find_root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0 (good), 1 (something failed), 2 (bad request), 130 (interrupted)."""
    given = _parser().parse_args(arguments)
    try:
        return given.command(given)
    except (ValueError, TypeError, OSError, MemoryError) as error:
        print(f"lossbar: {error}", file=sys.stderr)
        return 2
    except ImportError as error:  # a plain installation brings the library alone
        print(
            f"lossbar: {error}; pip install 'lossbar_core[book]' brings what the book needs", file=sys.stderr
        )
        return 2
    except KeyboardInterrupt:
        print(
            "\nlossbar: interrupted; what had finished is kept, the same command continues", file=sys.stderr
        )
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lossbar", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_run(commands)
    status = commands.add_parser("status", help="say which chapters and results are fresh, and why not")
    status.add_argument("chapters", nargs="*", metavar="chapter", help="only these chapters (default: all)")
    status.add_argument("--check", action="store_true", help="exit with 1 if anything is stale or missing")
    status.set_defaults(command=_status)
    build = commands.add_parser("build", help="build the pages strictly and check them")
    build.set_defaults(command=_build)
    _add_results(commands)
    return parser


def _add_run(commands: Any) -> None:
    run = commands.add_parser("run", help="execute chapters", description=_RUN)
    run.add_argument("chapters", nargs="*", metavar="chapter", help="number, name or path (default: all)")
    run.add_argument("--profile", choices=PROFILES, default="quick", help="size of the computations")
    run.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="chapters at a time (default 1: clean timings)"
    )
    run.add_argument("--force", action="store_true", help="run fresh chapters too")
    run.add_argument("--output", type=Path, metavar="DIR", help="where executed notebooks go")
    run.add_argument(
        "-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), help="set a parameter"
    )
    _add_executor(run)
    run.set_defaults(command=_run)


_RUN = """Execute chapters that are not fresh. The default profile and parameters go to book/, all others to
_build/runs/<profile>/ unless --output names a folder."""


def _add_executor(command: argparse.ArgumentParser) -> None:
    command.add_argument("--workers", type=int, metavar="N", help="run the tasks of sweeps in N processes")
    command.add_argument(
        "--dask", metavar="ADDRESS", help="run the tasks of sweeps on the cluster of this scheduler"
    )


def _add_results(commands: Any) -> None:
    results = commands.add_parser("results", help="list, show, import, verify or compute results")
    actions = results.add_subparsers(required=True, metavar="action")
    listed = actions.add_parser("list", help="every stored result with its state and verdict")
    listed.set_defaults(command=_results_list)
    shown = actions.add_parser("show", help="one item: the register, the best result, its provenance")
    shown.add_argument("id")
    shown.add_argument("--profile", choices=PROFILES, help="default: the best that is stored")
    shown.set_defaults(command=_results_show)
    imported = actions.add_parser("import", help="take over results that another machine made")
    imported.add_argument("folder", type=Path, help="holds <item>/<profile>.json, or tasks/")
    imported.add_argument("--force", action="store_true", help="take stale results, replace fresh ones")
    imported.set_defaults(command=_results_import)
    verified = actions.add_parser("verify", help="check the checksums of all results")
    verified.add_argument("ids", nargs="*", metavar="id")
    verified.add_argument("--recompute", action="store_true", help="run them again and compare")
    verified.add_argument("--profile", choices=PROFILES, help="only results of this profile")
    verified.set_defaults(command=_results_verify)
    computed = actions.add_parser("compute", help="run items and store their results")
    computed.add_argument("ids", nargs="+", metavar="id")
    computed.add_argument("--profile", choices=PROFILES, default="quick")
    computed.add_argument("--force", action="store_true", help="replace a fresh result")
    computed.add_argument(
        "-p",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="set a field; nothing is stored",
    )
    _add_executor(computed)
    computed.set_defaults(command=_results_compute)


def parse_value(text: str) -> Any:
    """Read a parameter from the command line: JSON or a Python constant if it is one, else text.

    >>> [parse_value(text) for text in ("1", "2.5", "True", "null", "[1, 2]", "sobol")]
    [1, 2.5, True, None, [1, 2], 'sobol']
    """
    constants = {"True": True, "False": False, "None": None}
    if text in constants:
        return constants[text]
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _values(pairs: list[list[str]]) -> dict[str, Any]:
    return {name: parse_value(text) for name, text in pairs}


def _run(given: argparse.Namespace) -> int:
    from lossbar_core.runs.chapters import find_chapters
    from lossbar_core.runs.executors import executor_name
    from lossbar_core.runs.run import make_plan, run_chapters

    root = find_root()
    parameters = {"profile": given.profile, **_values(given.p)}
    chapters = find_chapters(root, given.chapters)
    plan = make_plan(
        root,
        chapters,
        parameters,
        jobs=given.jobs,
        force=given.force,
        output=given.output,
        executor=executor_name(given.workers, given.dask),
    )
    outcomes = run_chapters(plan)
    for outcome in outcomes:
        print(f"{outcome.state:7} {outcome.chapter}{': ' if outcome.message else ''}{outcome.message}")
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    if failed:
        print(
            f"{len(failed)} of {len(outcomes)} chapters failed; their logs are in .lossbar/logs",
            file=sys.stderr,
        )
    return 1 if failed else 0


def _status(given: argparse.Namespace) -> int:
    from lossbar_core.papers import load_items
    from lossbar_core.register import Register
    from lossbar_core.results import ResultStore
    from lossbar_core.runs.chapters import find_chapters
    from lossbar_core.runs.status import chapter_state, item_states
    from lossbar_core.runs.task_store import TaskStore
    from lossbar_core.runs.unfinished import unfinished

    root, register = find_root(), Register.load()
    load_items()
    store = ResultStore()
    good = True
    for chapter in find_chapters(root, given.chapters):
        state = chapter_state(chapter, root / "book" / f"{chapter.name}.ipynb", {}, register, store)
        good &= state.usable
        _print_state(chapter.name, state)
    if not given.chapters:
        counted = unfinished(store, TaskStore())
        states = item_states(store)
        for key, state in states.items():
            good &= state.usable
            _print_state(" ".join(key), state, counted.get(key))
        for key in sorted(
            counted.keys() - states.keys()
        ):  # nothing shows these, so that they may stay unfinished
            _print_state(" ".join(key), store.state(*key), counted[key])
    return 1 if given.check and not good else 0


def _print_state(name: str, state: Any, tasks: tuple[int, int] | None = None) -> None:
    print(f"{state.state:8} {name}")
    for reason in state.reasons:
        print(f"{'':10}{reason}")
    if tasks is not None:
        print(f"{'':10}{tasks[0]} of {tasks[1]} tasks done")


def _build(given: argparse.Namespace) -> int:
    from lossbar_core.runs.build import build

    root = find_root()
    problems = build(root)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"lossbar: {len(problems)} problems in the book", file=sys.stderr)
        return 1
    print(f"The book is at {root / '_build' / 'html' / 'index.html'}")
    return 0


def _results_list(given: argparse.Namespace) -> int:
    from lossbar_core.papers import load_items
    from lossbar_core.register import Register
    from lossbar_core.results import ResultStore
    from lossbar_core.verdicts import verdict

    load_items()
    store, register = ResultStore(), Register.load()
    for item, profile in store.stored():
        state = store.state(item, profile)
        record = (
            None if any(reason.startswith("file:") for reason in state.reasons) else store.load(item, profile)
        )
        known = record is not None and item in register
        word = str(verdict(register[item], record.values, profile)) if known and record else "no verdict"
        print(f"{item:18} {profile:6} {state.state:8} {word}")
    return 0


def _results_show(given: argparse.Namespace) -> int:
    from lossbar_core.papers import load_items
    from lossbar_core.register import Register
    from lossbar_core.results import ResultStore
    from lossbar_core.runs.describe import describe

    load_items()
    store = ResultStore()
    entry = Register.load()[given.id]
    record = store.load(given.id, given.profile) if given.profile else store.best(given.id)
    print(describe(entry, record, store.freshness(record)))
    if record is None:  # never run, or damaged: then say what is wrong with which file
        damaged = {name: store.state(given.id, name) for name in PROFILES}
        found = [f"{name}: {state}" for name, state in damaged.items() if state.state == "stale"]
        print(*found, sep="\n", end="\n" if found else "")
        return 1 if found else 0
    return 0


def _results_import(given: argparse.Namespace) -> int:
    from lossbar_core.results import ResultStore
    from lossbar_core.runs.exchange import import_results
    from lossbar_core.runs.task_store import TaskStore

    return _print_checked(import_results(given.folder, ResultStore(), force=given.force, tasks=TaskStore()))


def _results_verify(given: argparse.Namespace) -> int:
    from lossbar_core.results import ResultStore, find_item
    from lossbar_core.runs.exchange import verify

    for item in given.ids:
        find_item(item)
    found = verify(ResultStore(), given.ids, profile=given.profile, recompute=given.recompute)
    return _print_checked(found)


def _print_checked(found: Any) -> int:
    good = True
    for checked in found:
        reason = f": {checked.reason}" if checked.reason else ""
        print(f"{checked.state:9} {checked.id} {checked.profile}{reason}")
        good &= checked.state not in ("bad", "rejected")
    return 0 if good else 1


def _results_compute(given: argparse.Namespace) -> int:
    from lossbar_core.results import ResultStore, compute, find_item
    from lossbar_core.runs.compute import configured
    from lossbar_core.runs.executors import executor_name
    from lossbar_core.runs.sweep import SweepError

    overrides = _values(given.p)
    for item in given.ids:  # everything is checked before the first item starts
        configured(find_item(item), given.profile, overrides)
    executor = executor_name(given.workers, given.dask)
    store, good = ResultStore(), True
    for item in given.ids:
        if not overrides and not given.force and store.state(item, given.profile).usable:
            print(f"fresh  {item} {given.profile}")
            continue
        try:
            record = compute(item, given.profile, overrides, executor=executor)
        except SweepError as error:
            print(f"failed  {item} {given.profile}: {error}", file=sys.stderr)
            good = False
            continue
        stored = not overrides and store.save(record, force=given.force)
        print(f"{'stored' if stored else 'ran'}  {item} {given.profile} in {record.seconds:g} s")
        if overrides:
            print(json.dumps(record.values, indent=1, default=str))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
