"""Databases as wholes: what they are called and marked with, how one is locked, cloned and dropped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass

import psycopg
from psycopg import sql

from mnemo_helpers import server
from mnemo_helpers.database._connect import MAINTENANCE, Connection, admin, connect, value
from mnemo_helpers.errors import MnemoError

Say = Callable[[str], None]

# Room for "_new" within the 63 bytes that PostgreSQL keeps of a name.
_NAME_BYTES = 59


def silent(_text: str) -> None:
    """Say nothing."""


def digest(*parts: bytes) -> str:
    """Return eight characters that stand for these bytes."""
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:8]


def fit(name: str) -> str:
    """Return a name that PostgreSQL keeps whole; a long one is cut and told apart by a hash."""
    if len(name.encode()) <= _NAME_BYTES:
        return name
    return name.encode()[: _NAME_BYTES - 9].decode(errors="ignore") + "_" + digest(name.encode())


@dataclass(frozen=True)
class Mark:
    """What Mnemo notes of a database in its comment.

    Attributes:
        data: the data set that it was made from.
        version: the hash of the data set's files.
        rows: how many rows all its tables had together when it was made.
        extras: whether the schema ``mnemo`` holds extensions.
    """

    data: str
    version: str
    rows: int
    extras: bool

    def comment(self, name: str) -> sql.Composable:
        """Return the statement that notes it on a database."""
        text = json.dumps({"mnemo": asdict(self)})
        return sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(text))


@dataclass(frozen=True)
class Found:
    """A database that is there.

    Attributes:
        mark: None where its comment is not ours (a learner may write another).
        trusted: whether its owner is who asks, or one who administers the server.
    """

    name: str
    mark: Mark | None
    trusted: bool


def find(connection: Connection, names: Iterable[str]) -> dict[str, Found]:
    """Return which of these databases are there, by name."""
    rows = connection.execute(
        "SELECT datname, shobj_description(d.oid, 'pg_database'),"
        " r.rolname = current_user OR r.rolsuper OR r.rolcreaterole"
        " FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE datname = ANY (%s)",
        [list(names)],
    )
    return {name: Found(name, _read(comment), trusted) for name, comment, trusted in rows}


def _read(comment: str | None) -> Mark | None:
    try:
        return Mark(**json.loads(comment or "")["mnemo"])
    except (ValueError, TypeError, KeyError):
        return None


@contextmanager
def lock(connection: Connection, what: str, say: Say = silent) -> Iterator[None]:
    """Keep every other process from doing the same; the server lets go when this session ends, whatever ends it."""
    key = int.from_bytes(hashlib.sha256(f"mnemo {what}".encode()).digest()[:8], signed=True)
    if not value(connection.execute("SELECT pg_try_advisory_lock(%s::int8)", [key])):
        say(f"Another process is at work on {what}; waiting for it.")
        connection.execute("SELECT pg_advisory_lock(%s::int8)", [key])
    try:
        yield
    finally:
        with suppress(psycopg.Error):
            connection.execute("SELECT pg_advisory_unlock(%s::int8)", [key])


def make(
    connection: Connection,
    held: server.Server,
    name: str,
    template: str,
    *,
    owner: str,
    settle: Callable[[str], Sequence[sql.Composable]],
    fill: Callable[[Connection], None] | None = None,
    displace: Callable[[], None] | None = None,
) -> None:
    """Clone a template; the clone gets its name as the last step, so that what has the name is whole.

    Call it under a lock on the name.

    Args:
        connection: of the role that makes databases.
        held: the server.
        name: the clone's.
        template: what it is a clone of.
        owner: who owns the clone, and so everything in it.
        settle: given what the clone is called for now, what is then run on it from outside, in one transaction.
        fill: what is run inside it, before.
        displace: run when the clone is ready to take its name.
    """
    new = new_name(name)
    drop(connection, new)
    with dropped_on_failure(connection, new):
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(*map(sql.Identifier, (new, owner, template)))
        )
        if fill is not None:
            with admin(held, new) as inside:
                fill(inside)
        if displace is not None:
            displace()
        together(connection, [*settle(new), rename(new, name)])


@contextmanager
def dropped_on_failure(connection: Connection, name: str) -> Iterator[None]:
    """Drop a database that does not become whole; where that is not possible now, the next attempt does it."""
    try:
        yield
    except BaseException:
        with suppress(psycopg.Error, MnemoError):
            drop(connection, name)
        raise


def new_name(name: str) -> str:
    """Return what a database is called until it is whole."""
    return f"{name}_new"


def rename(old: str, new: str) -> sql.Composable:
    """Return the statement that gives a database another name."""
    return sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))


def together(connection: Connection, statements: Iterable[sql.Composable]) -> None:
    """Run statements in one round trip and one transaction."""
    connection.execute(sql.SQL("; ").join(statements))


def drop(connection: Connection, name: str) -> None:
    """Drop a database if it is there, ending whatever is at work in it."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    try:
        connection.execute(statement)
    except psycopg.errors.ObjectInUse:
        _release(connection, name)
        connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        if server.ensure().kind != "given":
            raise
        # On a given server the learner may not end the answer role's sessions; that role itself may. Without FORCE,
        # the server waits for what is about to go.
        _end_answers(name)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _end_answers(name: str) -> None:
    with suppress(MnemoError), connect(MAINTENANCE, "answer", name="mnemo housekeeping") as answer:
        answer.execute(
            "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity"
            " WHERE datname = %s AND usename = current_user",
            [name],
        )


def prepared(connection: Connection, name: str) -> list[str]:
    """Return the prepared transactions of a database; they outlive their sessions and bar its dropping."""
    return [gid for (gid,) in connection.execute("SELECT gid FROM pg_prepared_xacts WHERE database = %s", [name])]


def _release(connection: Connection, name: str) -> None:
    """Undo prepared transactions and end replication: what bars even DROP … WITH (FORCE)."""
    connection.execute(
        "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots"
        " WHERE database = %s AND active_pid IS NOT NULL",
        [name],
    )
    waiting = prepared(connection, name)
    if waiting:
        with admin(server.ensure(), name) as inside:
            for gid in waiting:
                inside.execute(sql.SQL("ROLLBACK PREPARED {}").format(sql.Literal(gid)))
