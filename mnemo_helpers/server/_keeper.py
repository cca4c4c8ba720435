"""The process that stops a server when nobody has used it for some minutes.

It runs beside the server and holds a lock file of its own for life, so that whoever opens the server can tell whether
there is one. It becomes one, or ceases to be one, only under the cluster's lock or by dying.
"""

from __future__ import annotations

import os
import select
import sys
import time
from pathlib import Path

import psycopg
from filelock import Timeout

from mnemo_helpers.server import _cluster, _lease, _postmaster, _process
from mnemo_helpers.server._cluster import Cluster

_NAME = "mnemo keeper"
_KEEP_S = 300.0
_LOOK_S = 5.0
# Sessions of people and programs; ours and the server's own workers do not count.
_USERS = (
    "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'"
    f" AND pid <> pg_catalog.pg_backend_pid() AND application_name <> '{_NAME}'"
)


def make_sure(cluster: Cluster) -> None:
    """Start a keeper for this cluster unless one runs; call it under the cluster's lock."""
    lock = cluster.keeper_lock()
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return
    lock.release()
    with os.fdopen(
        os.open(cluster.control / "keeper.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"
    ) as output:
        _process.start_python("mnemo_helpers.server", [cluster.key, str(cluster.control), str(cluster.home)], output)


def wait_gone(cluster: Cluster, wait_s: float = 5.0) -> None:
    """Wait until the keeper of a stopped server has ended, or keeps another that was started meanwhile."""
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline:
        with _cluster.locked(cluster, _cluster.silent):
            if _postmaster.find(cluster.data) is not None:
                return
            lock = cluster.keeper_lock()
            try:
                lock.acquire(timeout=0)
                lock.release()
                return
            except Timeout:
                pass
        time.sleep(0.01)


def count_users(connection: _lease.Connection) -> int:
    """Return how many client sessions the server has, those of Mnemo's keeper and this one aside."""
    row = connection.execute(_USERS).fetchone()
    return int(row[0]) if row else 0


def main(key: str, control: str, home: str) -> None:
    """Be the keeper of that cluster, unless it has one, or was removed since we were called."""
    cluster = Cluster(key, Path(control), Path(home))
    if not cluster.control.is_dir():
        return
    lock = cluster.keeper_lock()
    try:
        lock.acquire(timeout=2.0, poll_interval=0.02)
    except Timeout:
        return
    while True:
        _watch(cluster)
        if not cluster.control.is_dir():
            _stop_deserted(cluster)
            return
        # Whoever opens the server from here on must either find us keeping it, or find no keeper at all.
        with _cluster.locked(cluster, _cluster.silent):
            _stop_deserted(cluster)
            if _postmaster.find(cluster.data) is None:
                lock.release()
                return


def _watch(cluster: Cluster) -> None:
    # Until the server has ended, by itself or by us, or its passwords have vanished.
    limit_s = _limit_s()
    used = time.monotonic()
    connection: _lease.Connection | None = None
    while cluster.passfile.exists() and (found := _postmaster.find(cluster.data)) is not None:
        try:
            if connection is None:
                connection = _lease.open_once(cluster, found, _NAME)
            if count_users(connection):
                used = time.monotonic()
            elif time.monotonic() - used >= limit_s:
                _stop_unused(cluster, found, connection)
        except psycopg.Error:
            # It recovers, or its sessions were ended, or it is going down: look again soon.
            connection = None
            time.sleep(0.2)
            continue
        if sys.platform == "win32":
            time.sleep(min(_LOOK_S, limit_s / 5))
        else:
            # Wakes up at once when the server closes our connection.
            select.select([connection.fileno()], [], [], max(0.05, min(_LOOK_S, limit_s / 5)))


def _stop_deserted(cluster: Cluster) -> None:
    # Without its passwords nobody can use a server any more.
    found = _postmaster.find(cluster.data)
    if found is not None and not cluster.passfile.exists():
        _postmaster.shut_down(found, cluster.data)


def _stop_unused(cluster: Cluster, found: _postmaster.Postmaster, connection: _lease.Connection) -> None:
    lock = cluster.lock()
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return
    try:
        if not count_users(connection):
            _postmaster.shut_down(found, cluster.data)
    finally:
        lock.release()


def _limit_s() -> float:
    try:
        return max(0.0, float(os.environ["MNEMO_KEEP_S"]))
    except (KeyError, ValueError):
        return _KEEP_S
