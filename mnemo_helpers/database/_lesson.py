"""A lesson's database: opened as the learner left it, or made anew from the lesson's data."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from mnemo_helpers import server
from mnemo_helpers.course import Lesson
from mnemo_helpers.database._connect import Connection, admin, told
from mnemo_helpers.database._databases import Mark, Say, drop, find, fit, lock, make, new_name, prepared, silent
from mnemo_helpers.database._template import data_set, ready

# People read between BEGIN and COMMIT; in a class the others wait.
_OWN = {"statement_timeout": "5min", "idle_in_transaction_session_timeout": "1h"}
_GIVEN = {
    "statement_timeout": "5min",
    "idle_in_transaction_session_timeout": "15min",
    # What our own servers are set to as a whole, as far as a database can have it.
    "timezone": "UTC",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "synchronize_seqscans": "off",
}


# Work for a client that is gone ends within a second; a server on Windows cannot look, and refuses the setting.
_LOOK_FOR_CLIENT = """DO $$ BEGIN ALTER DATABASE {} SET client_connection_check_interval = '1s';
EXCEPTION WHEN invalid_parameter_value THEN NULL; END $$"""


@dataclass(frozen=True)
class Opened:
    """A lesson's database, ready.

    Attributes:
        database: its name.
        server: where it is.
        kept: whether it was there already, as the learner left it.
        rows: how many rows its tables had together when it was made.
        seconds: how long opening took.
        stale: whether the lesson's data have changed since it was made; only a reset brings them in.
    """

    database: str
    server: server.Server
    kept: bool
    rows: int
    seconds: float
    stale: bool


@dataclass(frozen=True)
class Reset:
    """A lesson's database, back at the start.

    Attributes:
        database: its name.
        server: where it is.
        ended: what was at work in it and is no more, one line each.
        rows: how many rows its tables have together.
        seconds: how long it took.
    """

    database: str
    server: server.Server
    ended: tuple[str, ...]
    rows: int
    seconds: float


def open_lesson(lesson: Lesson, say: Say = silent) -> Opened:
    """Return the lesson's database as the learner left it, or make it.

    Args:
        lesson: which.
        say: is told what takes time.

    Raises:
        ServerUnavailable: there is no server.
        MnemoError: the database cannot be made.
    """
    began = time.perf_counter()
    held = server.ensure(say)
    data = data_set(lesson.data)
    name = _name(held, lesson)
    with told(f"opening lesson {lesson.id}"), admin(held) as connection:
        there = find(connection, [name])
        kept = name in there
        if not kept:
            with lock(connection, f"lesson {lesson.id}", say):
                if name not in find(connection, [name]):
                    _make(connection, held, lesson, name, say)
            there = find(connection, [name])
        # A learner may have written another comment: then the data are taken to be today's.
        mark = there[name].mark or ready(connection, held, data, "full", say)[1]
    stale = (mark.data, mark.version) != (data.name, data.version)
    return Opened(name, held, kept, mark.rows, time.perf_counter() - began, stale)


def reset_lesson(lesson: Lesson, say: Say = silent) -> Reset:
    """Bring the lesson's database back to the start, ending whatever is at work in it.

    What was there goes only when the new one is ready, so that a reset that is broken off loses nothing by halves.

    Args:
        lesson: which.
        say: is told what takes time.

    Raises:
        ServerUnavailable: there is no server.
        MnemoError: the database cannot be made.
    """
    began = time.perf_counter()
    held = server.ensure(say)
    name = _name(held, lesson)
    with (
        told(f"resetting lesson {lesson.id}"),
        admin(held) as connection,
        lock(connection, f"lesson {lesson.id}", say),
    ):
        ended, mark = _make(connection, held, lesson, name, say)
    return Reset(name, held, ended, mark.rows, time.perf_counter() - began)


def drop_lesson(lesson: Lesson) -> None:
    """Drop the lesson's database if it is there; opening the lesson makes it anew."""
    held = server.ensure()
    name = _name(held, lesson)
    with told(f"dropping lesson {lesson.id}"), admin(held) as connection, lock(connection, f"lesson {lesson.id}"):
        drop(connection, name)
        drop(connection, new_name(name))


def _name(held: server.Server, lesson: Lesson) -> str:
    return fit(f"{held.learner}_{lesson.id.replace('.', '_')}")


def _make(
    connection: Connection, held: server.Server, lesson: Lesson, name: str, say: Say
) -> tuple[tuple[str, ...], Mark]:
    template, mark = ready(connection, held, data_set(lesson.data), "full", say)
    ended: list[str] = []

    def settle(new: str) -> Sequence[sql.Composable]:
        here = sql.Identifier(new)
        limits = _limits(held, mark)
        return [
            sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(here),
            *(sql.SQL("ALTER DATABASE {} SET {} = {}").format(here, sql.Identifier(k), v) for k, v in limits.items()),
            *([sql.SQL(_LOOK_FOR_CLIENT).format(here)] if held.kind == "given" else []),
            mark.comment(new),
        ]

    def displace() -> None:
        ended.extend(_at_work(connection, name))
        drop(connection, name)

    make(connection, held, name, template, owner=held.learner, settle=settle, displace=displace)
    return tuple(ended), mark


def _limits(held: server.Server, mark: Mark) -> dict[str, sql.Composable]:
    limits = dict(_GIVEN if held.kind == "given" else _OWN)
    shown: dict[str, sql.Composable] = {name: sql.Literal(text) for name, text in limits.items()}
    if mark.extras:
        shown["search_path"] = sql.SQL('"$user", public, mnemo')
    return shown


def _at_work(connection: Connection, name: str) -> list[str]:
    """Say which sessions of a database a reset ends, and what each was doing."""
    found = connection.execute(
        "SELECT coalesce(nullif(application_name, ''), 'a session without a name'), state, xact_start IS NOT NULL"
        " FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend' ORDER BY backend_start",
        [name],
    )
    said = []
    for application, state, in_transaction in found:
        undone = ", its open transaction undone" if in_transaction else ""
        said.append(f"{application} ({state or 'of another role'}{undone})")
    return said + [f"the prepared transaction {gid}, undone" for gid in prepared(connection, name)]
