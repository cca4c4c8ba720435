"""Throw-away databases, in which an answer builds what it likes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

import psycopg
from psycopg import sql

from mnemo_helpers import server
from mnemo_helpers.database._connect import Connection, admin, told, value
from mnemo_helpers.database._databases import drop, silent, together
from mnemo_helpers.database._template import create_plain, data_set, ready
from mnemo_helpers.errors import MnemoError, NoAnswerRole

_PREFIX = "mnemo_scratch_"
# Half of an advisory lock's key; the other half says which database is in use.
_IN_USE = 0x6D6E656D


@contextmanager
def scratch(role: Literal["answer", "learner"] = "answer", dataset: str | None = None) -> Iterator[str]:
    """Make a database in which the role may do everything; drop it afterwards, whatever is at work in it.

    What a killed check has left behind is dropped first.

    Args:
        role: whose it is.
        dataset: the data set that it is a copy of; None for an empty one. On a server where the role cannot own a
            copy, it may read what is in it and make tables beside.

    Yields:
        The database's name.

    Raises:
        NoAnswerRole: the role is ``answer`` and the server has none.
        MnemoError: it cannot be made.
    """
    held = server.ensure()
    user = held.answer if role == "answer" else held.learner
    if user is None:
        raise NoAnswerRole()
    number = secrets.randbits(31)
    name = f"{_PREFIX}{number:08x}"
    # This session stays open and holds the lock that tells others that the database is in use.
    with admin(held) as connection:
        with told("making a database for the check"):
            _sweep(connection)
            connection.execute("SELECT pg_advisory_lock(%s, %s)", [_IN_USE, number])
            _create(connection, held, name, user, dataset)
        try:
            yield name
        finally:
            # What cannot be dropped now, the next check drops.
            with suppress(psycopg.Error, MnemoError):
                _see_them_off(connection, name)
                drop(connection, name)


def _see_them_off(connection: Connection, name: str) -> None:
    """Wait a moment for sessions that are closed already; DROP DATABASE, once it meets one, waits for 100 ms."""
    for _ in range(20):
        if not value(connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [name])):
            return
        time.sleep(0.002)


def _create(connection: Connection, held: server.Server, name: str, user: str, dataset: str | None) -> None:
    here, who = sql.Identifier(name), sql.Identifier(user)
    own = held.owner is not None or user == held.learner
    if dataset is None:
        create_plain(connection, held, name, owner=user if own else None)
    else:
        template, _ = ready(connection, held, data_set(dataset), "full", silent)
        owner = sql.SQL("OWNER {}").format(who) if own else sql.SQL("")
        connection.execute(sql.SQL("CREATE DATABASE {} {} TEMPLATE {}").format(here, owner, sql.Identifier(template)))
    together(
        connection,
        [
            sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(here),
            sql.SQL("GRANT ALL ON DATABASE {} TO {}").format(here, who),
        ],
    )
    if not own:
        # Only a member of a role may make it an owner.
        with admin(held, name) as inside:
            inside.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(who))
            inside.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(who))


def _sweep(connection: Connection) -> None:
    left = connection.execute(
        "SELECT datname FROM pg_database WHERE datname ~ %s AND pg_has_role(datdba, 'USAGE')",
        [f"^{_PREFIX}[0-9a-f]{{8}}$"],
    ).fetchall()
    for (name,) in left:
        key = [_IN_USE, int(name.removeprefix(_PREFIX), 16)]
        if value(connection.execute("SELECT pg_try_advisory_lock(%s, %s)", key)):
            drop(connection, name)
            connection.execute("SELECT pg_advisory_unlock(%s, %s)", key)
