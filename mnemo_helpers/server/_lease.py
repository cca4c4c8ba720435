"""This process's hold on the server: one idle connection, which ends with the process whatever ends it."""

from __future__ import annotations

import os
import time

import psycopg
from psycopg.conninfo import make_conninfo

from mnemo_helpers.errors import ServerUnavailable
from mnemo_helpers.server import _postmaster, _roles
from mnemo_helpers.server._cluster import Cluster, Say

_PATIENCE_S = 600.0


def own_conninfo(cluster: Cluster, sockets: str, port: int, role: str, database: str, name: str = "") -> str:
    """Return how to reach a role of Mnemo's own server: with a passfile, never a password."""
    settings: dict[str, str | int] = {
        "host": sockets or "127.0.0.1",
        "port": port,
        "user": role,
        "dbname": database,
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
    if name:
        settings["application_name"] = name
    return make_conninfo("", **settings)


def connect(cluster: Cluster, say: Say, name: str) -> psycopg.Connection[tuple[object, ...]] | None:
    """Connect as the owner, waiting while the server recovers; None when the server ended meanwhile.

    Raises:
        ServerUnavailable: it refuses our password, or makes no progress for ten minutes.
    """
    heard, patience = "", time.monotonic() + _PATIENCE_S
    while (found := _postmaster.find(cluster.data)) is not None:
        conninfo = own_conninfo(cluster, found.sockets, found.port, _roles.OWNER, "postgres", name)
        try:
            return psycopg.connect(conninfo, autocommit=True, prepare_threshold=None)
        except psycopg.OperationalError as problem:
            waits = psycopg.pq.PGconn.ping(conninfo.encode()) != psycopg.pq.Ping.OK
            if not waits and "authentication failed" in str(problem):
                raise ServerUnavailable(
                    "Mnemo's own server refuses Mnemo's password.",
                    remedy="Was the role mnemo changed? Stop the server (mnemo stop), remove "
                    f"{cluster.passfile}, and open the lesson again: its data stay, new passwords are set.",
                ) from None
        progress = _progress(cluster)
        if progress != heard:
            heard, patience = progress, time.monotonic() + _PATIENCE_S
            say(progress)
        if time.monotonic() > patience:
            raise ServerUnavailable(
                "The server runs but does not answer.", tried=[heard], remedy=f"Its log is {cluster.log}."
            )
        time.sleep(0.01)
    return None


def _progress(cluster: Cluster) -> str:
    try:
        with cluster.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 4000))
            lines = log.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    for line in reversed(lines):
        if "in progress" in line or "syncing data directory" in line:
            return f"The server recovers from a crash: {line.split('LOG:')[-1].strip()}"
        if "database system was" in line:
            return "The server recovers from a crash." if "interrupted" in line or "not properly" in line else ""
    return ""
