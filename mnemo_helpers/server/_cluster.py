"""One server of Mnemo's own on disk: where its parts stand, and the lock that opening and stopping share."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from mnemo_helpers import places
from mnemo_helpers.errors import ServerUnavailable
from mnemo_helpers.server import _process

Say = Callable[[str], None]

EXE = ".exe" if sys.platform == "win32" else ""
_SOCKET_BYTES = 103


def silent(text: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Cluster:
    """The places of one cluster.

    Attributes:
        key: kind and major version.
        control: what is ours alone: locks, passwords, the log, the template, the port to keep.
        home: what the server's account owns: programs, data directory, socket.
    """

    key: str
    control: Path
    home: Path

    @property
    def data(self) -> Path:
        """The data directory; it exists only when it is whole."""
        return self.home / "data"

    @property
    def passfile(self) -> Path:
        """The passwords of its roles, as libpq reads them."""
        return self.control / "passfile"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.control / "log"

    @property
    def sockets(self) -> Path | None:
        """The directory of its socket; None where the path is too long or one that libpq would take apart."""
        path = os.fsencode(self.home / ".s.PGSQL.65535")
        unfit = sys.platform == "win32" or len(path) > _SOCKET_BYTES or b"," in path or b"\n" in path
        return None if unfit else self.home

    def lock(self) -> FileLock:
        """The lock that whoever starts, opens or stops this server holds."""
        return FileLock(self.control / "lock", mode=0o600)

    def keeper_lock(self) -> FileLock:
        """The lock that its keeper holds for life."""
        return FileLock(self.control / "keeper.lock", mode=0o600)


def locate(key: str) -> Cluster:
    """Return the places of a cluster, making the directories that they stand in.

    Raises:
        MnemoError: they cannot be made.
    """
    control = places.state() / "server" / key
    home = places.server() / key
    try:
        control.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.mkdir(mode=0o700, exist_ok=True)
        if places.as_root() and home.stat().st_uid == 0:
            _process.hand_over(home)
    except OSError as problem:
        raise unwritable(problem, control) from None
    return Cluster(key, control, home)


@contextmanager
def locked(cluster: Cluster, say: Say) -> Iterator[None]:
    """Hold the cluster's lock; say so when another process makes us wait for it."""
    lock = cluster.lock()
    try:
        try:
            lock.acquire(timeout=1.0, poll_interval=0.01)
        except Timeout:
            say("Another program is starting or stopping the server; waiting for it.")
            lock.acquire(poll_interval=0.05)
    except OSError as problem:
        raise unwritable(problem, cluster.control) from None
    try:
        yield
    finally:
        lock.release()


def unwritable(problem: OSError, path: Path) -> ServerUnavailable:
    """Say what keeps us from writing there."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return full(path)
    return ServerUnavailable(
        f"Mnemo cannot write to its directory {path}: {problem.strerror or problem}.",
        remedy="Set MNEMO_STATE to a directory that you may write to.",
    )


def full(path: Path) -> ServerUnavailable:
    """Say that the disk is full."""
    return ServerUnavailable(
        f"The disk that holds {path} is full.",
        remedy="A server needs about 150 MB, and its data sets as much again. Make room, "
        "or set MNEMO_STATE to a directory on another disk.",
    )
