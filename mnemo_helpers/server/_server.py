"""The server that this process uses: made ready once, held while the process lives."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass

import psycopg

from mnemo_helpers.errors import MnemoError, ServerUnavailable
from mnemo_helpers.server import _cluster, _given, _keeper, _lease, _postmaster, _roles
from mnemo_helpers.server._choice import Choice, Kind, choose, shown
from mnemo_helpers.server._cluster import Say


@dataclass(frozen=True)
class Server:
    """A PostgreSQL that runs and that this process holds.

    Attributes:
        kind: where it comes from.
        version: as ``server_version_num``.
        host: the directory of its socket, or its address.
        how: one sentence on what it is and how it was found.
        owner: its superuser; None on a given server.
        learner: the role that lessons run as.
        answer: the role that a learner's answers are checked under; None where there is none.
    """

    kind: Kind
    version: int
    host: str
    port: int
    how: str
    owner: str | None
    learner: str
    answer: str | None


@dataclass(frozen=True)
class Status:
    """What can be seen of the server without starting it.

    Attributes:
        version: as ``server_version_num``; 0 where it cannot be told without connecting.
        data_directory: where its data are; None for a given server.
        uptime_s: for how many seconds it has run.
        clients: how many client sessions it has, Mnemo's keeper aside; None where it cannot be told.
    """

    running: bool
    kind: Kind
    version: int
    how: str
    port: int | None = None
    pid: int | None = None
    data_directory: str | None = None
    uptime_s: float | None = None
    clients: int | None = None


@dataclass
class _Held:
    pid: int
    asked: tuple[str | None, ...]
    server: Server
    connection: psycopg.Connection[tuple[object, ...]]


_guard = threading.RLock()
_held: _Held | None = None


def _silent(text: str) -> None:
    pass


def ensure(say: Say = _silent) -> Server:
    """Return the server, started if need be, and hold it by an idle connection while this process lives.

    Args:
        say: is told, in one sentence each, what takes time.

    Raises:
        ServerUnavailable: there is none, or it does not start; with what was tried and what to do.
    """
    global _held
    with _guard:
        if _held is not None and _still(_held):
            return _held.server
        _held = None
        choice = choose()
        if choice.kind == "given":
            server, connection = _open_given(choice)
        else:
            server, connection = _open_own(choice, say)
        _held = _Held(os.getpid(), _asked(), server, connection)
        return server


def _asked() -> tuple[str | None, ...]:
    return tuple(os.environ.get(name) for name in ("MNEMO_SERVER", "MNEMO_STATE", "MNEMO_ANSWER"))


def _still(held: _Held) -> bool:
    # A connection that came through a fork is the parent's.
    if held.pid != os.getpid() or held.asked != _asked():
        return False
    try:
        held.connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def _open_own(choice: Choice, say: Say) -> tuple[Server, psycopg.Connection[tuple[object, ...]]]:
    cluster = _cluster.locate(choice.key)
    assert choice.bindir is not None
    with _cluster.locked(cluster, say):
        for _ in range(3):
            found = _postmaster.find(cluster.data)
            if found is not None and not cluster.passfile.exists():
                _postmaster.shut_down(found, choice.bindir, cluster.data)
                found = None
            if found is None:
                _cluster.start(cluster, choice, say)
            connection = _lease.connect(cluster, say, "mnemo lease")
            if connection is not None:
                break
        else:
            raise ServerUnavailable("The server ends as soon as it has started.", remedy=f"Its log is {cluster.log}.")
        _keeper.make_sure(cluster, choice.bindir)
    info = connection.info
    server = Server(
        kind=choice.kind,
        version=info.server_version,
        host=info.host,
        port=info.port,
        how=choice.how,
        owner=_roles.OWNER,
        learner=_roles.LEARNER,
        answer=_roles.ANSWER,
    )
    return server, connection


def _open_given(choice: Choice) -> tuple[Server, psycopg.Connection[tuple[object, ...]]]:
    assert choice.dsn is not None
    connection = _given.connect(choice.dsn)
    info = connection.info
    server = Server(
        kind="given",
        version=info.server_version,
        host=info.host,
        port=info.port,
        how=f"PostgreSQL {shown(info.server_version)}, {choice.how}",
        owner=None,
        learner=info.user,
        answer=_given.answer_role(connection),
    )
    return server, connection


def conninfo(server: Server, role: str = "learner", database: str = "postgres") -> str:
    """Return how to connect to the server, for libpq and everything built on it; never with a password in it.

    Args:
        role: ``learner``, ``answer`` or ``owner``.
        database: the database's name.

    Raises:
        MnemoError: the server has no such role.
    """
    names = {"learner": server.learner, "answer": server.answer, "owner": server.owner}
    if role not in names:
        raise MnemoError(f"There is no role {role!r} for a connection.", remedy=f"There are {', '.join(names)}.")
    name = names[role]
    if name is None:
        raise MnemoError(
            f"This server has no {role} role that Mnemo may use.",
            remedy="On a given server, set MNEMO_ANSWER to a connection string of a second role, made by the teacher."
            if role == "answer"
            else "Only a server that Mnemo started itself has one: unset MNEMO_SERVER.",
        )
    if server.kind == "given":
        return _given.conninfo(role, database)
    cluster = _cluster.locate(f"{server.kind}-{server.version // 10000}")
    sockets = "" if server.host == "127.0.0.1" else server.host
    return _lease.own_conninfo(cluster, sockets, server.port, name, database)


def status() -> Status:
    """Look at the server without starting it.

    Raises:
        ServerUnavailable: there is none that could be started.
    """
    choice = choose()
    if choice.kind == "given":
        return _given_status(choice)
    cluster = _cluster.locate(choice.key)
    data = str(cluster.data)
    found = _postmaster.find(cluster.data)
    if found is None:
        return Status(False, choice.kind, choice.version, choice.how, data_directory=data)
    version, clients = choice.version, None
    try:
        into = _lease.own_conninfo(cluster, found.sockets, found.port, _roles.OWNER, "postgres", "mnemo status")
        with psycopg.connect(into, autocommit=True) as connection:
            version, clients = connection.info.server_version, _keeper.count_users(connection)
    except psycopg.Error:
        pass  # It runs but recovers, or is full: the rest is still true.
    uptime_s = max(0.0, time.time() - found.started)
    return Status(True, choice.kind, version, choice.how, found.port, found.pid, data, uptime_s, clients)


def _given_status(choice: Choice) -> Status:
    assert choice.dsn is not None
    try:
        with _given.connect(choice.dsn) as connection:
            info = connection.info
            return Status(True, "given", info.server_version, choice.how, port=info.port)
    except ServerUnavailable as problem:
        return Status(False, "given", 0, problem.what)


def stop(say: Say = _silent) -> bool:
    """Stop the server if it is Mnemo's own and runs; its sessions end, its data stay.

    Returns:
        Whether one was stopped.

    Raises:
        MnemoError: the server is a given one, or does not stop.
    """
    global _held
    choice = choose()
    if choice.kind == "given":
        raise MnemoError(
            "The server is not Mnemo's to stop: MNEMO_SERVER names it.", remedy="Whoever runs it can stop it."
        )
    assert choice.bindir is not None
    cluster = _cluster.locate(choice.key)
    with _guard, _cluster.locked(cluster, say):
        if _held is not None and _held.pid == os.getpid():
            _held.connection.close()
        _held = None
        found = _postmaster.find(cluster.data)
        if found is None:
            return False
        say("Stopping the server.")
        _postmaster.shut_down(found, choice.bindir, cluster.data)
        _keeper.wait_gone(cluster)
        return True
