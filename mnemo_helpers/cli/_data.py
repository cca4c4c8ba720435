"""The shop from the command line: loaded, exported, checked."""

from __future__ import annotations

import argparse
import itertools
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mnemo_helpers.errors import MnemoError

INTERRUPTED = 130
_BAR = 30
Say = Callable[[str], None]


def add(parser: argparse.ArgumentParser) -> None:
    """Add what ``mnemo data`` takes."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION", dest="action")

    def action(name: str, about: str) -> argparse.ArgumentParser:
        added = actions.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        added.add_argument("--size", default="small", help="tiny, small, large, or a factor of small as 0.25")
        added.add_argument("--seed", default="7", help="which of the equally likely histories; a whole number")
        return added

    def form(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--form", help="another form besides the tables: flat, documents, or raw with its dirt")

    load = action("load", "make a shop and load it into a database")
    load.add_argument("--into", required=True, metavar="DSN", help="a connection string, as postgresql://…")
    form(load)
    export = action("export", "make a shop and write it to files")
    export.add_argument("--format", default="csv", choices=("csv", "sql"), help="csv if not given")
    export.add_argument("--to", required=True, metavar="DIR", type=Path, help="a directory that is not there yet")
    form(export)
    check = action("check", "say whether a shop keeps its rules, and what it is like")
    check.add_argument("--dsn", help="look at the shop in this database, rather than make one")


def run(options: argparse.Namespace, say: Say) -> int:
    """Do what was asked and return the exit status.

    Args:
        options: as ``add`` lets them be given.
        say: is told the outcome.
    """
    # What the driver logs of a connection that is broken off, our line says.
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    logging.getLogger("psycopg").propagate = False
    try:
        return {"load": _load, "export": _export, "check": _check}[options.action](options, say)
    except KeyboardInterrupt:
        print("\nInterrupted: nothing was kept.", file=sys.stderr)
        return INTERRUPTED


def _load(options: argparse.Namespace, say: Say) -> int:
    from mnemo_helpers import datagen

    plan = datagen.plan(options.size, options.seed)
    with datagen.connected(options.into) as connection:
        began = time.perf_counter()
        rows = datagen.load(connection, plan, _Bar(), options.form)
    say(f"Loaded {_rate(rows, began)}.")
    return 0


def _export(options: argparse.Namespace, say: Say) -> int:
    from mnemo_helpers import datagen

    plan = datagen.plan(options.size, options.seed)
    bar, began = _Bar(), time.perf_counter()
    files = datagen.export(plan, options.format, options.to.absolute(), bar, options.form)
    say(f"Wrote {_rate(bar.rows, began)}, to {options.to} ({len(files)} {'file' if len(files) == 1 else 'files'}).")
    return 0


def _check(options: argparse.Namespace, say: Say) -> int:
    from mnemo_helpers import datagen

    plan = datagen.plan(options.size, options.seed)
    errors = looked = 0
    where = datagen.connected(options.dsn, read_only=True) if options.dsn else datagen.loaded(plan, _Bar())
    with where as connection:
        compared = [] if options.dsn else [datagen.compare(connection, plan)]
        for finding in itertools.chain(compared, datagen.check(connection)):
            say(finding.line())
            looked += 1
            errors += finding.verdict == "ERROR"
    if errors:
        raise MnemoError(
            f"{errors} of {looked} findings are errors.",
            remedy="Each line above that begins with ERROR says what should hold; "
            "its query stands in datasets/shop/rules.toml.",
        )
    say(f"{looked} findings, no error.")
    return 0


def _rate(rows: int, began: float) -> str:
    seconds = time.perf_counter() - began
    return f"{rows:,} rows in {seconds:.1f} s, {rows / max(seconds, 0.001):,.0f} a second"


class _Bar:
    """A line that shows how far it has come, where somebody is looking."""

    def __init__(self) -> None:
        self.rows = 0
        self._began = time.perf_counter()
        self._shown = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        self.rows = done
        if not self._shown:
            return
        filled = _BAR * done // max(total, 1)
        end = "\n" if done >= total else ""
        print(
            f"\r[{'#' * filled}{' ' * (_BAR - filled)}] {_rate(done, self._began)} ",
            end=end,
            file=sys.stderr,
            flush=True,
        )
