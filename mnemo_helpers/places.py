"""Where Mnemo keeps what is its own on this machine."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
from pathlib import Path

import platformdirs

from mnemo_helpers.errors import MnemoError


def state() -> Path:
    """Return the user's private state directory, made on first use.

    ``MNEMO_STATE`` names another one; otherwise it is the platform's (``~/.local/state/mnemo`` on Linux).

    Raises:
        MnemoError: the directory cannot be made.
    """
    named = os.environ.get("MNEMO_STATE")
    path = Path(named).expanduser().absolute() if named else platformdirs.user_state_path("mnemo", appauthor=False)
    return _private(path)


def as_root() -> bool:
    """Tell whether this process is root, under which PostgreSQL refuses to run."""
    return sys.platform != "win32" and os.geteuid() == 0


def server() -> Path:
    """Return the directory that holds binaries and clusters, made on first use.

    It is ``state()/server``, except as root: there the server runs as ``nobody``, who cannot enter a HOME of mode 0700,
    so it is a directory of nobody's own under ``/var/tmp``, keyed by ``state()``.

    Raises:
        MnemoError: the directory cannot be made, or somebody else made it.
    """
    if not as_root():
        return _private(state() / "server")
    import pwd

    nobody = pwd.getpwnam("nobody")
    key = hashlib.sha256(os.fsencode(state())).hexdigest()[:12]
    path = Path("/var/tmp") / f"mnemo-{key}"
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    found = path.lstat()
    # A directory that another user put in this public place must not be trusted with a server.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (0, nobody.pw_uid) or found.st_mode & 0o077:
        raise MnemoError(
            f"{path} is there already and is not Mnemo's.",
            remedy="Remove it, or set MNEMO_STATE to another directory.",
        )
    if found.st_uid == 0:
        # Just made, here or by a process that starts beside us.
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return path


def _private(path: Path) -> Path:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise MnemoError(
            f"Mnemo cannot make its directory {path}: {problem.strerror}.",
            remedy="Set MNEMO_STATE to a directory that you may write to.",
        ) from None
    return path
