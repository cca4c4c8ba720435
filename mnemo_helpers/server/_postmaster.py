"""The main process of a server: which one works in a data directory, how far it is, how it is stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from mnemo_helpers import places
from mnemo_helpers.errors import ServerUnavailable
from mnemo_helpers.server import _process

# postmaster.pid has whole seconds, and the kernel's boot time, from which create_time is reckoned, has them too.
_CLOCK_S = 3.0
_ORPHANS_LEAVE_S, _ORPHANS_END_S = 0.5, 20.0


@dataclass(frozen=True)
class Postmaster:
    """A server that runs in a data directory.

    Attributes:
        process: its main process.
        started: when it started, in seconds since 1970.
        sockets: the directory of its socket; empty where it listens on TCP only.
        state: ``starting``, ``ready`` or ``stopping``, as it says itself; empty before it listens.
        certain: whether the process was made when the server says that it started.
    """

    process: psutil.Process
    started: float
    port: int
    sockets: str
    state: str
    certain: bool

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid


def find(data: Path) -> Postmaster | None:
    """Return the server that works in this data directory; None where a ``postmaster.pid`` is stale or foreign."""
    _process.reap()
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        pid, started, port = int(lines[0]), float(lines[2]), int(lines[3])
        process = psutil.Process(pid)
        certain = abs(process.create_time() - started) <= _CLOCK_S
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return None
    works_here = _works_in(process, data)
    if works_here is False or (works_here is None and not certain):
        return None
    sockets = lines[4] if len(lines) > 4 else ""
    state = lines[7].strip() if len(lines) > 7 else ""
    return Postmaster(process, started, port, sockets, state, certain)


def workers(data: Path) -> list[psutil.Process]:
    """Return every PostgreSQL process that works in this data directory, children of a dead server included."""
    return [process for process in psutil.process_iter() if _works_in(process, data)]


def _works_in(process: psutil.Process, data: Path) -> bool | None:
    # A server changes into its data directory, and its children stay there. None: we are not allowed to know.
    try:
        if not process.name().lower().startswith(("postgres", "postmaster")):
            return False
        where = _directory(process)
        return None if where is None else os.path.samefile(where, data)
    except (psutil.NoSuchProcess, OSError):
        return False


def _directory(process: psutil.Process) -> str | None:
    try:
        return process.cwd()
    except psutil.AccessDenied:
        if not places.as_root() or process.uids().real != (_process.account() or (0, 0))[0]:
            return None
    # Root in a container may not look into processes of other accounts, but each account may look into its own.
    return _process.run(["readlink", f"/proc/{process.pid}/cwd"]).stdout.rstrip("\n") or None


def clear(data: Path) -> None:
    """Make way for a new server: end what is left of a dead one, then remove a ``postmaster.pid`` of a reused pid.

    The sockets of a server stand beside its data directory.

    Raises:
        ServerUnavailable: processes of the dead server do not end.
    """
    begun, asked = time.monotonic(), False
    while left := workers(data):
        waited_s = time.monotonic() - begun
        if waited_s > _ORPHANS_END_S:
            raise ServerUnavailable(
                "Processes of an earlier server still work in Mnemo's data directory.",
                tried=[f"waited {waited_s:.0f} s for pid {', '.join(str(process.pid) for process in left)}"],
                remedy="End these processes, then try again.",
            )
        if waited_s > _ORPHANS_LEAVE_S and not asked:
            # Most leave by themselves; one in the middle of a query does not notice that its server is dead.
            asked = True
            for process in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGQUIT)
        time.sleep(0.02)
    # A socket's lock file holds a pid too, and the same doubt.
    for name in data.parent.glob(".s.PGSQL.*"):
        name.unlink(missing_ok=True)
    pidfile = data / "postmaster.pid"
    try:
        pid = int(pidfile.read_text(encoding="utf-8", errors="replace").split()[0])
    except (OSError, ValueError, IndexError):
        # None there, or an empty one, which PostgreSQL would refuse.
        pidfile.unlink(missing_ok=True)
        return
    if psutil.pid_exists(pid):
        pidfile.unlink(missing_ok=True)


def shut_down(found: Postmaster, data: Path, wait_s: float = 60.0) -> None:
    """Stop a server the fast way (clients are disconnected, everything is written) and wait until it is gone.

    Raises:
        ServerUnavailable: it is not certain whose process that is, or it does not end.
    """
    if not found.certain:
        raise ServerUnavailable(
            f"Process {found.pid} works in Mnemo's data directory but began at another time than its server says.",
            remedy=f"Was the clock set? If it is the PostgreSQL in {data}, stop it with: pg_ctl stop -D '{data}'",
        )
    if sys.platform == "win32":
        pg_ctl = Path(found.process.exe()).with_name("pg_ctl.exe")
        _process.run([pg_ctl, "stop", "-W", "-m", "fast", "-D", data])
    else:
        try:
            found.process.send_signal(signal.SIGINT)
        except psutil.NoSuchProcess:
            return
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline:
        _process.reap()
        try:
            if not found.process.is_running() or found.process.status() == psutil.STATUS_ZOMBIE:
                return
        except psutil.NoSuchProcess:
            return
        time.sleep(0.01)
    raise ServerUnavailable(
        f"The server (pid {found.pid}) did not stop within {wait_s:.0f} s.",
        remedy="It may be writing a lot to a slow disk: wait, then try again.",
    )
