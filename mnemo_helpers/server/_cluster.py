"""One server of Mnemo's own on disk: its programs, its data directory, how it is made and started."""

from __future__ import annotations

import errno
import os
import random
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from mnemo_helpers import places
from mnemo_helpers.errors import ServerUnavailable
from mnemo_helpers.server import _postmaster, _process, _roles, _settings
from mnemo_helpers.server._choice import Choice

Say = Callable[[str], None]

_EXE = ".exe" if sys.platform == "win32" else ""
_SOCKET_BYTES = 103
_LOG_BYTES = 1_000_000


@dataclass(frozen=True)
class Cluster:
    """The places of one cluster.

    Attributes:
        key: kind and major version.
        control: what is ours alone: locks, passwords, the log, the port to keep.
        home: what the server's account owns: programs, template, data directory, socket.
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
    """Return the places of a cluster, making the directories they stand in."""
    control = places.state() / "server" / key
    home = places.server() / key
    try:
        control.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.mkdir(mode=0o700, exist_ok=True)
        if places.as_root():
            _process.hand_over(home)
    except OSError as problem:
        raise _unwritable(problem, control) from None
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
        raise _unwritable(problem, cluster.control) from None
    try:
        yield
    finally:
        lock.release()


def _unwritable(problem: OSError, path: Path) -> ServerUnavailable:
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(path)
    return ServerUnavailable(
        f"Mnemo cannot write to its directory {path}: {problem.strerror}.",
        remedy="Set MNEMO_STATE to a directory that you may write to.",
    )


def _full(path: Path) -> ServerUnavailable:
    return ServerUnavailable(
        f"The disk that holds {path} is full.",
        remedy="A server needs about 150 MB and the data sets as much again. Make room, "
        "or set MNEMO_STATE to a directory on another disk.",
    )


# --- making ---


def start(cluster: Cluster, choice: Choice, say: Say) -> _postmaster.Postmaster:
    """Start the server, making whatever is missing: its programs, its data directory, its passwords.

    Call it under the lock, when no server runs.

    Raises:
        ServerUnavailable: it cannot be made or does not start; with what it said.
    """
    try:
        bindir = _programs(cluster, choice, say)
        _postmaster.clear(cluster.data)
        if not cluster.data.is_dir():
            _make_data(cluster, bindir, choice.version, say)
        elif not cluster.passfile.exists():
            with _new_passwords(cluster) as sql:
                _single(bindir, cluster.data, sql)
        _configure(cluster.data)
    except OSError as problem:
        raise _unwritable(problem, cluster.home) from None
    return _launch(cluster, bindir, say)


def _programs(cluster: Cluster, choice: Choice, say: Say) -> Path:
    assert choice.bindir is not None
    if choice.kind != "embedded":
        return choice.bindir
    # The package may be reinstalled or removed while its server runs: the server runs from files of its own.
    package = choice.bindir.parents[1]
    copied = cluster.home / f"bin-{choice.version}"
    if not copied.is_dir():
        say("Copying PostgreSQL to Mnemo's directory.")
        with _whole(copied) as new:
            _take(package, new / package.name)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.is_dir():
                _take(libraries, new / libraries.name)
    return copied / package.name / "pginstall" / "bin"


def _take(source: Path, target: Path) -> None:
    def take(one: str, other: str) -> str:
        # A second name for the same file is as lasting as a copy of it, and quicker.
        try:
            if places.as_root() and not os.stat(one).st_mode & stat.S_IROTH:
                raise PermissionError
            os.link(one, other)
        except OSError:
            shutil.copyfile(one, other)
            os.chmod(other, 0o755 if os.stat(one).st_mode & stat.S_IXUSR else 0o644)
        return other

    shutil.copytree(source, target, copy_function=take, ignore=shutil.ignore_patterns("__pycache__"))
    for folder, _, _ in os.walk(target):
        os.chmod(folder, 0o755)


def _make_data(cluster: Cluster, bindir: Path, version: int, say: Say) -> None:
    template = cluster.home / f"template-{version}"
    if not template.is_dir():
        say("Making a database cluster; this happens once on a machine.")
        with _whole(template) as new:
            _initdb(bindir, new, version)
            syncing = _process.start([bindir / f"initdb{_EXE}", "--sync-only", "-D", new], subprocess.DEVNULL)
            _fill_data(cluster, bindir, new)
            syncing.wait()
    else:
        _fill_data(cluster, bindir, template)


def _fill_data(cluster: Cluster, bindir: Path, template: Path) -> None:
    with _new_passwords(cluster) as sql, _whole(cluster.data) as new:
        shutil.copytree(template, new, symlinks=True, dirs_exist_ok=True)
        for folder, _, files in os.walk(new):
            for name in (folder, *(os.path.join(folder, file) for file in files)):
                _process.hand_over(Path(name))
        _single(bindir, new, sql)
        _checked(_process.run([bindir / f"initdb{_EXE}", "--sync-only", "-D", new]), new)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    # Made under another name and renamed when complete, so that what was left half-made is never taken for whole.
    new = path.with_name(path.name + ".new")
    _remove(new)
    new.mkdir(mode=0o700)
    _process.hand_over(new)
    try:
        yield new
        new.rename(path)
    except BaseException:
        _remove(new)
        raise


def _remove(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)


@contextmanager
def _new_passwords(cluster: Cluster) -> Iterator[str]:
    # The passfile appears when its roles are set: a data directory without one gets new passwords.
    passwords = _roles.make_passwords()
    ready = cluster.passfile.with_name("passfile.set")
    cluster.passfile.unlink(missing_ok=True)
    _roles.write_passfile(ready, passwords)
    yield _roles.setup_sql(passwords)
    ready.rename(cluster.passfile)


def _initdb(bindir: Path, data: Path, version: int) -> None:
    tried: list[str] = []
    for ctype in ("C.UTF-8", "en_US.UTF-8", "C"):
        flags = _settings.locale_arguments(version, ctype)
        # Nobody may log in to a template; who may log in to what is made of it is told by pg_hba.conf.
        argv: list[str | Path] = [
            bindir / f"initdb{_EXE}",
            "-D",
            data,
            "-U",
            _roles.OWNER,
            "--auth=reject",
            "--no-sync",
            *flags,
        ]
        done = _process.run([*argv, "--no-instructions"])
        if done.returncode == 0:
            break
        tried.append(f"initdb: {_last(done.stderr)}")
        if "locale" not in done.stderr:
            _checked(done, data)
    else:
        raise ServerUnavailable("PostgreSQL could not make a database cluster.", tried=tried)
    with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\ninclude_if_exists 'mnemo.conf'\n")


def _single(bindir: Path, data: Path, sql: str) -> None:
    # No server needs to listen, and no password to exist, for the first passwords to be set.
    argv: list[str | Path] = [
        bindir / f"postgres{_EXE}",
        "--single",
        "-D",
        data,
        "-c",
        "exit_on_error=true",
        "postgres",
    ]
    done = _process.run(argv, sql)
    if "ERROR:" in done.stderr:
        raise ServerUnavailable("The roles of the server could not be made.", tried=[_last(done.stderr, "ERROR:")])
    _checked(done, data)


def _checked(done: subprocess.CompletedProcess[str], data: Path) -> None:
    if done.returncode == 0:
        return
    if "No space left on device" in done.stderr or "Disk quota exceeded" in done.stderr:
        raise _full(data)
    program = Path(done.args[0]).name
    raise ServerUnavailable(
        "PostgreSQL could not make a database cluster.",
        tried=[f"{program}: {_last(done.stderr)}"],
        remedy="mnemo doctor tells what is missing. MNEMO_SERVER=local uses another PostgreSQL of this machine.",
    )


def _last(text: str, word: str = "") -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and word in line]
    return lines[-1] if lines else "it said nothing"


# --- starting ---


def _configure(data: Path) -> None:
    for name, text in (("mnemo.conf", _settings.configuration()), ("pg_hba.conf", _settings.HBA)):
        new = data / f"{name}.new"
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        _process.hand_over(new)
        os.replace(new, data / name)


def _launch(cluster: Cluster, bindir: Path, say: Say) -> _postmaster.Postmaster:
    kept = cluster.control / "port"
    try:
        port = int(kept.read_text())
    except (OSError, ValueError):
        port = 0
    for _ in range(8):
        if not _free(port):
            port = _free_port()
        found, said = _try(cluster, bindir, port)
        if found is not None:
            kept.write_text(str(port))
            return found
        if "Address already in use" not in said and "could not create any TCP/IP sockets" not in said:
            break
        say(f"Port {port} was taken by another program; trying another.")
        port = 0
    if "No space left on device" in said:
        raise _full(cluster.home)
    fatal = [line.split("UTC", 1)[-1].strip() for line in said.splitlines() if "FATAL" in line or "HINT" in line]
    raise ServerUnavailable(
        "The server did not start.",
        tried=fatal[-4:] or [_last(said)],
        remedy=f"Its log is {cluster.log}. If a setting made with ALTER SYSTEM is the cause, "
        f"remove its line from {cluster.data / 'postgresql.auto.conf'}.",
    )


def _try(cluster: Cluster, bindir: Path, port: int) -> tuple[_postmaster.Postmaster | None, str]:
    if cluster.log.exists() and cluster.log.stat().st_size > _LOG_BYTES:
        os.replace(cluster.log, cluster.log.with_name("log.old"))
    sockets = str(cluster.sockets or "").replace('"', '""')
    argv: list[str | Path] = [
        bindir / f"postgres{_EXE}",
        "-D",
        cluster.data,
        "-p",
        str(port),
        "-c",
        "listen_addresses=127.0.0.1",
    ]
    argv += ["-c", f'unix_socket_directories="{sockets}"' if sockets else "unix_socket_directories="]
    argv += ["-c", "unix_socket_permissions=0700"]
    with os.fdopen(os.open(cluster.log, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "rb+") as log:
        begin = log.seek(0, os.SEEK_END)
        child = _process.start(argv, log)
        # It says so in its postmaster.pid as soon as it listens, long before a recovery has ended.
        while child.poll() is None:
            found = _postmaster.find(cluster.data)
            if found is not None and found.pid == child.pid and found.state:
                return found, ""
            time.sleep(0.005)
        log.seek(begin)
        return None, log.read().decode("utf-8", "replace")


def _free(port: int) -> bool:
    if not port:
        return False
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
    raise ServerUnavailable("No free port was found on 127.0.0.1.")
