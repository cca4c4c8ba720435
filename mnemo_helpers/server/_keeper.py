"""The process that stops a server when nobody has used it for some minutes.

It runs beside the server as ``python -m mnemo_helpers.server._keeper KEY BINDIR`` and holds its own lock file
for life, so that whoever opens the server can tell whether there is one.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from filelock import Timeout

from mnemo_helpers.errors import ServerUnavailable
from mnemo_helpers.server import _cluster, _lease, _postmaster, _process

# Sessions of people and programs; ours and the server's own workers do not count.
_USERS = (
    "SELECT count(*) FROM pg_catalog.pg_stat_activity"
    " WHERE backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid()"
    " AND application_name <> 'mnemo keeper'"
)


def keep_s() -> float:
    """Return after how many seconds without users a server is stopped."""
    try:
        return float(os.environ.get("MNEMO_KEEP_S", ""))
    except ValueError:
        return 300.0


def make_sure(cluster: _cluster.Cluster, bindir: Path) -> None:
    """Start a keeper for this cluster unless one runs."""
    lock = cluster.keeper_lock()
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return
    lock.release()
    _process.start_python("mnemo_helpers.server._keeper", [cluster.key, str(bindir)], subprocess.DEVNULL)


def wait_gone(cluster: _cluster.Cluster, wait_s: float = 5.0) -> None:
    """Wait until the keeper of a stopped server has noticed and ended."""
    lock = cluster.keeper_lock()
    try:
        lock.acquire(timeout=wait_s, poll_interval=0.01)
    except Timeout:
        return
    lock.release()


def _silent(text: str) -> None:
    pass


def keep(cluster: _cluster.Cluster, bindir: Path) -> None:
    """Watch until the server ends, or stop it when it has had no user for ``keep_s``."""
    limit_s = keep_s()
    used = time.monotonic()
    connection = None
    while cluster.control.is_dir():
        found = _postmaster.find(cluster.data)
        if found is None:
            return
        try:
            if connection is None or connection.closed:
                connection = _lease.connect(cluster, _silent, "mnemo keeper")
                if connection is None:
                    return
            if count_users(connection):
                used = time.monotonic()
        except (psycopg.Error, ServerUnavailable):
            connection = None
            time.sleep(0.1)
            continue
        if time.monotonic() - used >= limit_s and _stop_unused(cluster, bindir, found, connection):
            return
        # Wakes up at once when the server closes our connection.
        select.select([connection.fileno()], [], [], max(0.05, min(5.0, limit_s / 5)))
    found = _postmaster.find(cluster.data)
    if found is not None:
        # The directory with the passwords is gone: nobody can use this server any more.
        _postmaster.shut_down(found, bindir, cluster.data)


def _stop_unused(
    cluster: _cluster.Cluster,
    bindir: Path,
    found: _postmaster.Postmaster,
    connection: psycopg.Connection[tuple[object, ...]],
) -> bool:
    lock = cluster.lock()
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    try:
        if count_users(connection):
            return False
        connection.close()
        _postmaster.shut_down(found, bindir, cluster.data)
        return True
    finally:
        lock.release()


def count_users(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    """Return how many client sessions the server has, those of Mnemo's keeper and this one aside."""
    row = connection.execute(_USERS).fetchone()
    return int(str(row[0])) if row else 0


def main(key: str, bindir: str) -> None:
    """Be the keeper of that cluster, unless it has one."""
    cluster = _cluster.locate(key)
    lock = cluster.keeper_lock()
    try:
        lock.acquire(timeout=2.0)
    except Timeout:
        return
    keep(cluster, Path(bindir))


if __name__ == "__main__":
    main(*sys.argv[1:])
