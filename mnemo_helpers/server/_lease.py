"""Connections of Mnemo's own to a server of Mnemo's own; the idle one of a process is its hold on the server."""

from __future__ import annotations

import os
import time
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from mnemo_helpers.errors import ServerUnavailable
from mnemo_helpers.server import _postmaster, _roles
from mnemo_helpers.server._cluster import Cluster, Say

Connection = psycopg.Connection[tuple[Any, ...]]

_PATIENCE_S = 600.0
_REFUSALS_S = 5.0


def reach(cluster: Cluster, found: _postmaster.Postmaster, role: str) -> str:
    """Return how to reach a role of the server, as libpq reads it: with a passfile, never a password."""
    settings: dict[str, str | int] = {
        "host": found.sockets or "127.0.0.1",
        "port": found.port,
        "user": role,
        "passfile": str(cluster.passfile),
        "connect_timeout": 10,
        "client_encoding": "UTF8",
        # It speaks to this machine only; asking for encryption first would be a round trip for nothing.
        "sslmode": "disable",
        "gssencmode": "disable",
    }
    # What the reader's shell says of another server must not lead away from this one.
    for variable, setting in (("PGHOSTADDR", "hostaddr"), ("PGPASSWORD", "password"), ("PGOPTIONS", "options")):
        if variable in os.environ:
            settings[setting] = ""
    return make_conninfo("", **settings)


def connect(cluster: Cluster, say: Say, name: str) -> Connection | None:
    """Connect as the owner, waiting while the server recovers; None when it ended meanwhile.

    Raises:
        ServerUnavailable: it refuses, or makes no progress for ten minutes.
    """
    heard, begun = "", time.monotonic()
    refused_s: float | None = None
    while (found := _postmaster.find(cluster.data)) is not None:
        try:
            return open_once(cluster, found, name)
        except psycopg.OperationalError as problem:
            said = str(problem).strip()
        now = time.monotonic()
        if found.state.startswith("stopping"):
            # Somebody asked it to stop when its clients have left: with kernels open that may be never.
            _postmaster.shut_down(found, cluster.data)
            continue
        conninfo = make_conninfo(reach(cluster, found, _roles.OWNER), dbname="postgres")
        if psycopg.pq.PGconn.ping(conninfo.encode()) == psycopg.pq.Ping.OK:
            refused_s = now if refused_s is None else refused_s
            if "authentication failed" in said or "password" in said or now - refused_s > _REFUSALS_S:
                raise _refusal(cluster, said)
        progress = _progress(cluster)
        if progress != heard:
            heard, begun = progress, now
            say(progress)
        if now - begun > _PATIENCE_S:
            raise ServerUnavailable(
                "The server runs but does not answer.", tried=[heard or said], remedy=f"Its log is {cluster.log}."
            )
        time.sleep(0.01)
    return None


def open_once(cluster: Cluster, found: _postmaster.Postmaster, name: str) -> Connection:
    """Connect as the owner, or fail at once."""
    return psycopg.connect(
        reach(cluster, found, _roles.OWNER),
        dbname="postgres",
        application_name=name,
        # What the reader sets for the whole server is not meant for this session, which waits for a living.
        options="-c idle_session_timeout=0 -c statement_timeout=0",
        autocommit=True,
        prepare_threshold=None,
    )


def _refusal(cluster: Cluster, said: str) -> ServerUnavailable:
    if "password" in said or "authentication failed" in said:
        return ServerUnavailable(
            "Mnemo's own server refuses Mnemo's password.",
            remedy=f"Was the role {_roles.OWNER} changed? Remove {cluster.passfile} and try again: "
            "the server is started anew with new passwords, its data stay.",
        )
    return ServerUnavailable(
        "The server runs but refuses Mnemo's connection.", tried=[said], remedy="Stop it with mnemo stop and try again."
    )


def _progress(cluster: Cluster) -> str:
    try:
        with cluster.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 4000))
            lines = log.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    for line in reversed(lines):
        if "in progress" in line or "syncing data directory" in line:
            return f"The server recovers: {line.split('LOG:')[-1].strip()}"
        if "database system was" in line:
            return ""
    return ""
