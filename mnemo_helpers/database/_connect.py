"""Connections: the only place that opens them above the server's own layer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from mnemo_helpers import server
from mnemo_helpers.errors import MnemoError, NoAnswerRole, ServerUnavailable

Connection = psycopg.Connection[TupleRow]

MAINTENANCE = "postgres"
# What a role has set for itself, or a teacher for a class, must not stop a clone or reach the data: these win over it.
_UNHINDERED = (
    "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 -c role=none "
    "-c default_transaction_read_only=off -c client_min_messages=error -c search_path="
)


def connect(database: str, role: str = "learner", *, name: str = "mnemo", **settings: Any) -> Connection:
    """Open a connection that behaves as psql does: each statement commits by itself, nothing is prepared behind it.

    Args:
        database: the database's name.
        role: ``learner``, ``answer`` or ``owner``.
        name: what ``pg_stat_activity`` shows as ``application_name``.
        settings: anything else that ``psycopg.connect`` takes.

    Raises:
        NoAnswerRole: the role is ``answer`` and the server has none.
        ServerUnavailable: the server does not let us in; with what it said.
    """
    held = server.ensure()
    if role == "answer" and held.answer is None:
        raise NoAnswerRole()
    settings = {"autocommit": True, "prepare_threshold": None, "application_name": name, **settings}
    try:
        return psycopg.connect(server.conninfo(held, role, database), **settings)
    except psycopg.OperationalError as problem:
        said = str(problem).strip().splitlines()[0].rpartition("FATAL:")[2].strip()
        remedy = "Is the server still there? `mnemo status` tells. Then run the cell again."
        if said == f'database "{database}" does not exist':
            remedy = "Open the lesson again: lesson.open() makes its database anew."
        raise ServerUnavailable(
            f"There is no connection to the database {database}.", tried=[said], remedy=remedy
        ) from None


def admin_role(held: server.Server) -> str:
    """Return the role that makes and drops databases: the owner where we have one, else the learner."""
    return "learner" if held.owner is None else "owner"


def admin(held: server.Server, database: str = MAINTENANCE) -> Connection:
    """Open a connection of the role that makes and drops databases."""
    schemas = "pg_catalog" if database == MAINTENANCE else "public"
    return connect(database, admin_role(held), name="mnemo housekeeping", options=_UNHINDERED + schemas)


def terminate(pid: int) -> bool:
    """End another session of the learner or of the answer role from outside.

    Args:
        pid: its backend, as ``pg_backend_pid()`` tells.

    Returns:
        Whether it was there.

    Raises:
        MnemoError: none of the roles that we have may end it.
    """
    # A role may always end its own sessions, so that this works without any right on a given server too.
    for role in ("learner", "answer"):
        try:
            with connect(MAINTENANCE, role, name="mnemo housekeeping") as connection:
                return bool(value(connection.execute("SELECT pg_catalog.pg_terminate_backend(%s)", [pid])))
        except (psycopg.errors.InsufficientPrivilege, NoAnswerRole):
            continue
    raise MnemoError("That session is not ours to end.")


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Turn what the server refuses into an error that says what was being done and what to do now."""
    try:
        yield
    except psycopg.errors.DiskFull as problem:
        raise MnemoError(
            f"The server's disk is full: {doing} was not possible.",
            tried=[_line(problem)],
            remedy="Make room on the disk that holds the server's data, then run the cell again.",
        ) from None
    except psycopg.errors.InsufficientPrivilege as problem:
        raise MnemoError(
            f"The server does not allow it: {doing} was not possible.",
            tried=[_line(problem)],
            remedy="Ask whoever runs the server: the role that MNEMO_SERVER names needs CREATEDB, "
            "and nobody else may be at work in the database.",
        ) from None
    except psycopg.Error as problem:
        raise ServerUnavailable(
            f"{doing[0].upper()}{doing[1:]} was broken off.",
            tried=[_line(problem)],
            remedy="Run the cell again: nothing half-made is kept.",
        ) from None


def _line(problem: psycopg.Error) -> str:
    return problem.diag.message_primary or (str(problem).strip().splitlines() or [type(problem).__name__])[0]


def value(cursor: psycopg.Cursor[TupleRow]) -> Any:
    """Return the first column of the first row; None where there is no row."""
    row = cursor.fetchone()
    return None if row is None else row[0]
