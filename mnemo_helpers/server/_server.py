"""The server that this process uses: made ready once, held while the process lives."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg
from psycopg.conninfo import make_conninfo

from mnemo_helpers.errors import MnemoError, ServerUnavailable
from mnemo_helpers.server import _cast, _cluster, _given, _keeper, _lease, _postmaster, _roles, _start
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
        reach: how to reach each role, as libpq reads it, without a database and without a password.
    """

    kind: Kind
    version: int
    host: str
    port: int
    how: str
    owner: str | None
    learner: str
    answer: str | None
    reach: Mapping[str, str] = field(repr=False, compare=False)


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


@dataclass(frozen=True)
class _Held:
    pid: int
    asked: tuple[str | None, ...]
    server: Server
    connection: _lease.Connection


# libpq hands these on to every server; on one of Mnemo's own the same cell answers the same.
_WORDS_FOR_OTHERS = ("PGTZ", "PGDATESTYLE", "PGGEQO")

_guard = threading.RLock()
_held: _Held | None = None
# Connections that came through a fork are the parent's: they are neither used nor closed here.
_inherited: list[_Held] = []


def ensure(say: Say = _cluster.silent) -> Server:
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
        _let_go()
        choice = choose()
        server, connection = _open_given(choice) if choice.kind == "given" else _open_own(choice, say)
        _held = _Held(os.getpid(), _asked(), server, connection)
        return server


def _asked() -> tuple[str | None, ...]:
    return tuple(os.environ.get(name) for name in ("MNEMO_SERVER", "MNEMO_STATE", "MNEMO_ANSWER"))


def _still(held: _Held) -> bool:
    if held.pid != os.getpid() or held.asked != _asked():
        return False
    try:
        held.connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def _let_go() -> None:
    global _held
    if _held is not None and _held.pid == os.getpid():
        _held.connection.close()
    elif _held is not None:
        _inherited.append(_held)
    _held = None


def _open_own(choice: Choice, say: Say) -> tuple[Server, _lease.Connection]:
    for variable in _WORDS_FOR_OTHERS:
        os.environ.pop(variable, None)
    cluster = _cluster.locate(choice.key)
    with _cluster.locked(cluster, say):
        for _ in range(3):
            found = _postmaster.find(cluster.data)
            if found is not None and not cluster.passfile.exists():
                # Its passwords are lost: it gets new ones, which takes a restart.
                _postmaster.shut_down(found, cluster.data)
                found = None
            if found is None:
                _start.start(cluster, choice, say)
            connection = _lease.connect(cluster, say, "mnemo lease")
            found = _postmaster.find(cluster.data)
            if connection is not None and found is not None:
                break
        else:
            raise ServerUnavailable("The server ends as soon as it has started.", remedy=f"Its log is {cluster.log}.")
        _roles.repair(connection, cluster.passfile)
        _keeper.make_sure(cluster)
    roles = {"owner": _roles.OWNER, "learner": _roles.LEARNER, "answer": _roles.ANSWER}
    server = Server(
        kind=choice.kind,
        version=connection.info.server_version,
        host=connection.info.host,
        port=connection.info.port,
        how=choice.how,
        **roles,
        reach={role: _lease.reach(cluster, found, name) for role, name in roles.items()},
    )
    return server, connection


def _open_given(choice: Choice) -> tuple[Server, _lease.Connection]:
    assert choice.dsn is not None
    given = _given.open_given(choice.dsn)
    info = given.connection.info
    server = Server(
        kind="given",
        version=info.server_version,
        host=info.host,
        port=info.port,
        how=f"PostgreSQL {shown(info.server_version)}, {choice.how}",
        owner=None,
        learner=given.learner,
        answer=given.answer,
        reach=given.reach,
    )
    return server, given.connection


def conninfo(server: Server, role: str = "learner", database: str = "postgres") -> str:
    """Return how to connect to the server, for libpq and everything built on it; never with a password in it.

    Args:
        server: as ``ensure`` returned it.
        role: ``learner``, ``answer`` or ``owner``.
        database: the database's name.

    Raises:
        MnemoError: the server has no such role.
    """
    if role in server.reach:
        return make_conninfo(server.reach[role], dbname=database)
    remedies = {
        "answer": "The teacher makes a second role for each learner: set MNEMO_ANSWER to its connection string.",
        "owner": "Only a server of Mnemo's own has one: unset MNEMO_SERVER.",
    }
    raise MnemoError(
        f"This server has no {role} role that Mnemo may use.",
        remedy=remedies.get(role, f"There are {', '.join(sorted(server.reach))}."),
    )


def cast() -> tuple[str, ...]:
    """Return the names of the cast, roles for SET ROLE, when the learner and the answer role may put on each.

    Raises:
        MnemoError: they may not, which happens on a given server; with what to send to it.
        ServerUnavailable: there is no server.
    """
    with _guard:
        held = ensure()
        members = [role for role in (held.learner, held.answer) if role is not None]
        assert _held is not None
        lacking = _cast.lacking(_held.connection, *members)
        if lacking:
            raise MnemoError(
                f"This server lacks roles to put on by SET ROLE: {', '.join(lacking)}.",
                remedy="Whoever runs it makes them once, and lets you put them on: "
                f"{_cast.remedy(_held.connection, *members)} Or unset MNEMO_SERVER to use a server of your own.",
            )
    return _cast.CAST


def status() -> Status:
    """Look at the server without starting it.

    Raises:
        ServerUnavailable: there is none that could be started.
    """
    choice = choose()
    if choice.dsn is not None:
        try:
            _, connection = _given.connect(choice.dsn, "MNEMO_SERVER", "learner")
        except ServerUnavailable as problem:
            return Status(False, "given", 0, problem.what)
        with connection:
            return Status(True, "given", connection.info.server_version, choice.how, port=connection.info.port)
    cluster = _cluster.locate(choice.key)
    data = str(cluster.data)
    found = _postmaster.find(cluster.data)
    if found is None:
        return Status(False, choice.kind, choice.version, choice.how, data_directory=data)
    version, clients = choice.version, None
    try:
        with _lease.open_once(cluster, found, "mnemo status") as connection:
            version, clients = connection.info.server_version, _keeper.count_users(connection)
    except psycopg.Error:
        clients = None  # It recovers, or has no room for us: the rest is true all the same.
    uptime_s = max(0.0, time.time() - found.started)
    return Status(True, choice.kind, version, choice.how, found.port, found.pid, data, uptime_s, clients)


def stop(say: Say = _cluster.silent) -> bool:
    """Stop the server if it is Mnemo's own and runs; its sessions end, its data stay.

    Returns:
        Whether one was stopped.

    Raises:
        MnemoError: the server is a given one, or does not stop.
    """
    choice = choose()
    if choice.bindir is None:
        raise MnemoError(
            "The server that MNEMO_SERVER names is not Mnemo's to stop.", remedy="Whoever runs it can stop it."
        )
    cluster = _cluster.locate(choice.key)
    with _guard:
        _let_go()
        with _cluster.locked(cluster, say):
            found = _postmaster.find(cluster.data)
            if found is not None:
                say("Stopping the server.")
                _postmaster.shut_down(found, cluster.data)
        _keeper.wait_gone(cluster)
        return found is not None
