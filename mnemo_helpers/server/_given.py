"""A server that somebody else runs and MNEMO_SERVER names: used with the rights that it grants."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from mnemo_helpers import places
from mnemo_helpers.errors import ServerUnavailable
from mnemo_helpers.server import _cast, _cluster, _roles
from mnemo_helpers.server._choice import OLDEST_MAJOR, shown
from mnemo_helpers.server._lease import Connection

_SHAPE = "postgresql://user:password@host:port/database"


@dataclass(frozen=True)
class Given:
    """A given server that answered.

    Attributes:
        connection: an open one, as the learner.
        learner: its role, the one in the connection string.
        answer: the role to check answers under; None where there is none.
        reach: how to reach ``learner`` and ``answer``, as libpq reads it, without a password.
    """

    connection: Connection
    learner: str
    answer: str | None
    reach: dict[str, str]


def open_given(dsn: str) -> Given:
    """Connect to the server that ``dsn`` names, find or make its answer role, and make the cast where that is allowed.

    Raises:
        ServerUnavailable: it does not answer, refuses, or is too old; the message holds no password.
    """
    reach, connection = connect(dsn, "MNEMO_SERVER", "learner")
    learner = connection.info.user
    try:
        answer = _named_answer(connection) or _made_answer(connection, reach)
        if _makes_roles(connection):
            _cast.make(connection, learner, *([answer[0]] if answer else []))
    except BaseException:
        connection.close()
        raise
    if answer is None:
        return Given(connection, learner, None, {"learner": reach})
    return Given(connection, learner, answer[0], {"learner": reach, "answer": answer[1]})


def connect(dsn: str, variable: str, role: str) -> tuple[str, Connection]:
    """Connect to a given server; return also how to reach it, as libpq reads it, without a password.

    Args:
        dsn: may hold a password, which goes to a private file for libpq to read.
        variable: where the reader has set it.
        role: ``learner`` or ``answer``.

    Raises:
        ServerUnavailable: it does not answer, refuses, or is too old; the message holds no password.
    """
    try:
        settings: dict[str, Any] = dict(conninfo_to_dict(dsn))
    except psycopg.ProgrammingError:
        # libpq's own words would repeat the string, and with it the password.
        raise ServerUnavailable(
            f"{variable} is not a connection string that libpq understands.",
            remedy=f"Its form is {_SHAPE}; a special character in a part of it is written as %XX (@ is %40).",
        ) from None
    password = settings.pop("password", None)
    settings = {"connect_timeout": "10", **settings, "client_encoding": "UTF8"}
    if password:
        passfile = _home(settings) / f"passfile-{role}"
        _roles.write_passfile(passfile, {"*": password})
        settings |= {"passfile": str(passfile)}
        if "PGPASSWORD" in os.environ:
            settings["password"] = ""
    reach = make_conninfo("", **settings)
    try:
        connection: Connection = psycopg.connect(reach, autocommit=True, prepare_threshold=None)
    except psycopg.OperationalError as problem:
        raise _refusal(str(problem), variable, password) from None
    if connection.info.server_version < OLDEST_MAJOR * 10000:
        version = shown(connection.info.server_version)
        connection.close()
        raise ServerUnavailable(
            f"The server that {variable} names is PostgreSQL {version}; Mnemo needs {OLDEST_MAJOR} or later.",
            remedy="Name a newer server, or unset MNEMO_SERVER: Mnemo then starts one of its own.",
        )
    return reach, connection


def _home(settings: dict[str, Any]) -> Path:
    # One private directory for each server and role, known by what names them.
    named = "\n".join(f"{name}={settings.get(name)}" for name in ("host", "hostaddr", "port", "user"))
    home = places.state() / "server" / f"given-{hashlib.sha256(named.encode()).hexdigest()[:12]}"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise _cluster.unwritable(problem, home) from None
    return home


def _refusal(said: str, variable: str, password: str | None) -> ServerUnavailable:
    if password:
        said = said.replace(password, "…")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if "authentication failed" in said or "no password supplied" in said or "no pg_hba.conf entry" in said:
        remedy = f"Check the user and the password in {variable}, and that the server lets this user in from here."
    elif "does not exist" in said:
        remedy = f"Check the database at the end of {variable} ({_SHAPE})."
    elif "permission denied for database" in said:
        remedy = f"Name a database in {variable} that this user may connect to ({_SHAPE})."
    elif "resolve host" in said or "translate host name" in said:
        remedy = f"Check the host in {variable}."
    else:
        remedy = f"Check that the server runs and that the host and the port in {variable} are right."
    return ServerUnavailable(
        f"The server that {variable} names does not let Mnemo in.",
        tried=lines[:3],
        remedy=f"{remedy} Without MNEMO_SERVER, Mnemo starts a server of its own.",
    )


def _named_answer(connection: Connection) -> tuple[str, str] | None:
    dsn = os.environ.get("MNEMO_ANSWER", "").strip()
    if not dsn:
        return None
    reach, other = connect(dsn, "MNEMO_ANSWER", "answer")
    with other:
        same = "SELECT pg_catalog.pg_postmaster_start_time()::text"
        if other.execute(same).fetchone() != connection.execute(same).fetchone():
            raise ServerUnavailable(
                "MNEMO_ANSWER and MNEMO_SERVER name two different servers.",
                remedy="Both are roles of the same server: one that learns, one that its answers are checked under.",
            )
        if other.info.user == connection.info.user:
            raise ServerUnavailable(
                "MNEMO_ANSWER and MNEMO_SERVER name the same role.",
                remedy="Answers are checked under a second role, so that an answer cannot touch the learner's work.",
            )
        return other.info.user, reach


def _made_answer(connection: Connection, reach: str) -> tuple[str, str] | None:
    # A role that may make roles gets its answer role made; its password is ours alone.
    if not _makes_roles(connection):
        return None
    learner = connection.info.user
    name = f"{learner[:56]}_answer"
    settings: dict[str, Any] = dict(conninfo_to_dict(reach))
    home = _home(settings)
    passfile = home / "passfile-answer"
    settings |= {"user": name, "passfile": str(passfile)}
    if "PGPASSWORD" in os.environ:
        settings["password"] = ""
    answer = make_conninfo("", **settings)
    with _cluster.locked(_cluster.Cluster("given", home, home), _cluster.silent):
        if not _works(answer):
            password = _roles.make_password()
            _set_answer(connection, name, learner, _roles.verifier(password))
            _roles.write_passfile(passfile, {"*": password})
            if not _works(answer):
                return None
    return name, answer


def _makes_roles(connection: Connection) -> bool:
    row = connection.execute(
        "SELECT rolcreaterole OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = session_user"
    ).fetchone()
    return bool(row and row[0])


def _works(reach: str) -> bool:
    try:
        psycopg.connect(reach).close()
    except psycopg.OperationalError as problem:
        # Let in by its password, and not into this database: others will be its own.
        return "permission denied for database" in str(problem)
    return True


def _set_answer(connection: Connection, name: str, learner: str, verifier: str) -> None:
    role = sql.Identifier(name)
    try:
        with connection.transaction():
            if not connection.execute("SELECT FROM pg_catalog.pg_roles WHERE rolname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {}").format(role))
                # So that the learner may make databases that belong to it.
                connection.execute(sql.SQL("GRANT {} TO {}").format(role, sql.Identifier(learner)))
            connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(verifier)))
    except psycopg.errors.InsufficientPrivilege:
        pass  # A role of that name belongs to somebody else: there is none for us.
