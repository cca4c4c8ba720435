"""Starting a server of Mnemo's own: its configuration, its port, and what it says when it will not start."""

from __future__ import annotations

import os
import random
import re
import socket
import sys
import time
from pathlib import Path

from mnemo_helpers.errors import ServerUnavailable
from mnemo_helpers.server import _make, _postmaster, _process, _settings
from mnemo_helpers.server._choice import Choice
from mnemo_helpers.server._cluster import EXE, Cluster, Say, full, unwritable

_LOG_BYTES = 1_000_000
_ATTEMPTS = 8


def start(cluster: Cluster, choice: Choice, say: Say) -> None:
    """Start the server, making whatever is missing; it then listens, but may still recover.

    Call it under the cluster's lock, when no server runs.

    Raises:
        ServerUnavailable: it cannot be made or does not start; with what it said.
    """
    try:
        bindir = _make.programs(cluster, choice, say)
        if cluster.data.is_dir():
            if (cluster.data / "postmaster.pid").exists():
                say("The server ended without warning; starting it again, it recovers what was committed.")
            _postmaster.clear(cluster.data)
        _make.data(cluster, bindir, choice.version, say)
        _launch(cluster, bindir, say)
    except OSError as problem:
        raise unwritable(problem, cluster.home) from None


def _launch(cluster: Cluster, bindir: Path, say: Say) -> None:
    kept = cluster.control / "port"
    try:
        port = int(kept.read_text())
    except (OSError, ValueError):
        port = 0
    without: tuple[str, ...] = ()
    said = ""
    for _ in range(_ATTEMPTS):
        port = port or _free_port()
        _configure(cluster.data, without)
        listens, said = _try(cluster, bindir, port)
        if listens:
            kept.write_text(str(port))
            return
        if "Address already in use" in said:
            say(f"Port {port} was taken by another program; trying another.")
            port = 0
        elif 'could not access file "pg_stat_statements"' in said and not without:
            # A PostgreSQL without its contrib modules is good for all but the lessons that use this one.
            without = ("shared_preload_libraries",)
        else:
            break
    if "No space left on device" in said:
        raise full(cluster.home)
    told = re.findall(r"(?:FATAL|PANIC|ERROR|HINT|DETAIL|LOG): .*", said)
    raise ServerUnavailable(
        "The server did not start.",
        tried=told[-4:] or ["it said nothing"],
        remedy=f"Its log is {cluster.log}. Where a setting made with ALTER SYSTEM is the cause, "
        f"remove its line from {cluster.data / 'postgresql.auto.conf'}.",
    )


def _configure(data: Path, without: tuple[str, ...]) -> None:
    for name, text in ((_settings.FILE, _settings.configuration(without)), ("pg_hba.conf", _settings.HBA)):
        new = data / f"{name}.new"
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        _process.hand_over(new)
        os.replace(new, data / name)


def _try(cluster: Cluster, bindir: Path, port: int) -> tuple[bool, str]:
    # Whether it listens; if not, what it said before it ended.
    if cluster.log.exists() and cluster.log.stat().st_size > _LOG_BYTES:
        os.replace(cluster.log, cluster.log.with_name("log.old"))
    sockets = str(cluster.sockets or "").replace('"', '""')
    argv: list[str | Path] = [bindir / f"postgres{EXE}", "-D", cluster.data, "-p", str(port)]
    argv += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_permissions=0700"]
    argv += ["-c", f'unix_socket_directories="{sockets}"' if sockets else "unix_socket_directories="]
    with os.fdopen(os.open(cluster.log, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "rb+") as log:
        begin = log.seek(0, os.SEEK_END)
        child = _process.start(argv, log)
        # Its postmaster.pid tells its state as soon as it listens, before it has recovered.
        while child.poll() is None:
            found = _postmaster.find(cluster.data)
            if found is not None and found.pid == child.pid and found.state:
                return True, ""
            time.sleep(0.005)
        log.seek(begin)
        return False, log.read().decode("utf-8", "replace")


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    # Below the ports that systems hand out to outgoing connections, so that ours is still free at the next start.
    for port in random.sample(range(20000, 32000), 200):
        if _free(port):
            return port
    raise ServerUnavailable(
        "No free port was found on 127.0.0.1.", remedy="End some of the programs that listen there."
    )
