"""EXPLAIN, asked: the statement is executed, its plan is read, and what it changed is undone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import pq
from psycopg.types.json import set_json_loads

from mnemo_helpers import sql
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.plans import _read
from mnemo_helpers.plans._plan import Plan

_SAVEPOINT = "mnemo_plan"
_PLAIN = "EXPLAIN (VERBOSE, SETTINGS, FORMAT JSON)"
_WHOLE = "EXPLAIN (ANALYZE, VERBOSE, BUFFERS, WAL, SETTINGS, FORMAT JSON)"
_WITHOUT_PLAN = re.compile(
    "ABORT|ALTER|ANALYZE|BEGIN|CALL|CHECKPOINT|CLUSTER|COMMENT|COMMIT|COPY|DEALLOCATE|DISCARD|DO|DROP|END|FETCH|GRANT|LISTEN"
    "|LOCK|MOVE|NOTIFY|PREPARE|REFRESH|REINDEX|RELEASE|RESET|REVOKE|ROLLBACK|SAVEPOINT|SET|SHOW|START|TRUNCATE|VACUUM"
)
_EXPLAINED = "SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES, TABLE, WITH, EXECUTE, DECLARE, CREATE TABLE … AS"


def explain(
    text: str,
    *,
    analyze: bool = True,
    runs: int = 1,
    first: str = "",
    session: str | None = None,
    variables: Mapping[str, Any] | None = None,
) -> Plan:
    """Return how PostgreSQL answers a statement; what the statement changes is undone.

    It is executed in a transaction that is rolled back, or below a savepoint where one is open. What no rollback
    undoes stays: numbers taken from a sequence, dead rows, and the counts of rows and pages in ``pg_class`` that an
    ``ANALYZE`` in ``first`` has written.

    Args:
        text: one statement that has a plan.
        analyze: execute it and measure; otherwise only ask what would be done.
        runs: how often it is executed, each time from the same start; the plan is that of the last.
        first: statements that are run before and undone too, such as ``CREATE INDEX`` or ``SET LOCAL``.
        session: the session in which it runs; None is the main one.
        variables: what ``:name`` may stand for.

    Raises:
        SQLError: the server refused it.
        MnemoError: it is no one statement, or one that has no plan; nothing is open.

    Source: PostgreSQL's manual, EXPLAIN.
    """
    if runs < 1:
        raise MnemoError("A statement is run at least once.", remedy="Give runs a number of 1 or more.")
    connection = sql.session(session)
    statement = sql.bind(_one(text), variables or {}, connection)
    prepared = sql.split(sql.bind(first, variables or {}, connection))
    times_ms = []
    for _ in range(runs if analyze else 1):
        with undone(connection):
            for before in prepared:
                send(connection, before)
            rows = send(connection, f"{_WHOLE if analyze else _PLAIN}\n{statement}")
        times_ms.append(rows[0][0][0].get("Execution Time", 0.0))
    return _read.plan(rows[0][0], statement, tuple(times_ms) if runs > 1 and analyze else ())


def _one(text: str) -> str:
    found = sql.split(text)
    if not found or not sql.uncommented(found[0]).strip():
        raise MnemoError("There is no statement to explain.", remedy="Write one below %%plan.")
    if len(found) > 1:
        raise MnemoError(
            f"There are {len(found)} statements, and one has a plan at a time.",
            remedy="Run those that come before in a %%sql cell, or give them as first=…",
        )
    words = sql.uncommented(found[0]).upper().split()
    if words[0] == "EXPLAIN":
        raise MnemoError("EXPLAIN is what this asks for by itself.", remedy="Leave out EXPLAIN and its options.")
    if _WITHOUT_PLAN.fullmatch(words[0]) or (words[0] == "CREATE" and "AS" not in words):
        raise MnemoError(
            f"{words[0]} has no plan: EXPLAIN takes no such statement.",
            remedy=f"It takes {_EXPLAINED}. Other statements run in a %%sql cell.",
        )
    return found[0]


@contextmanager
def undone(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Undo all that is done within, and leave an open transaction as it was; one within another undoes its own part.

    Args:
        connection: where.
    """
    open_already = connection.info.transaction_status != pq.TransactionStatus.IDLE
    send(connection, f"SAVEPOINT {_SAVEPOINT}" if open_already else "BEGIN")
    try:
        yield
    finally:
        if not connection.closed:
            done = f"ROLLBACK TO {_SAVEPOINT}; RELEASE {_SAVEPOINT}" if open_already else "ROLLBACK"
            for statement in done.split("; "):
                connection.execute(statement.encode())


def send(connection: psycopg.Connection[Any], statement: str) -> Sequence[Any]:
    """Run a statement and return its rows.

    Args:
        connection: where.
        statement: the SQL.

    Raises:
        SQLError: the server refused it.
    """
    try:
        cursor = connection.cursor()
        set_json_loads(_read.parsed, cursor)
        cursor.execute(statement.encode())
        return cursor.fetchall() if cursor.description else ()
    except psycopg.Error as problem:
        raise sql.error_from(problem) from None
