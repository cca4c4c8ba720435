"""Processes of the server: run as ``nobody`` where we are root, away from the caller's terminal, pipes and secrets."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from mnemo_helpers import places

_children: list[subprocess.Popen[bytes]] = []


@functools.cache
def account() -> tuple[int, int] | None:
    """Return the user and group id that the server runs as when we are root; None when it runs as ourselves."""
    if not places.as_root():
        return None
    import pwd

    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def hand_over(path: str | Path) -> None:
    """Give a file that we made to the account that the server runs as."""
    owner = account()
    if owner is not None:
        os.chown(path, *owner, follow_symlinks=False)


def run(argv: Sequence[str | Path], text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program of the server to its end, with ``text`` as its input."""
    return subprocess.run(
        [str(word) for word in argv], input=text, capture_output=True, encoding="utf-8", errors="replace", **_manners()
    )


def start(argv: Sequence[str | Path], output: IO[Any] | int) -> subprocess.Popen[bytes]:
    """Start a program of the server that outlives us; nothing of ours is passed on but ``output``."""
    child = subprocess.Popen(
        [str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **_manners()
    )
    _children.append(child)
    return child


def start_python(module: str, arguments: Sequence[str], output: IO[Any] | int) -> None:
    """Start a Python process of Mnemo's own, as ourselves, that outlives us."""
    here = str(Path(__file__).resolve().parents[2])
    inherited = os.environ.get("PYTHONPATH")
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join([here, inherited]) if inherited else here
    environment["MNEMO_STATE"] = str(places.state())
    child = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=environment,
        cwd=os.path.abspath(os.sep),
        **_detached(),
    )
    _children.append(child)


def reap() -> None:
    """Collect those of our children that have ended, so that none stays as a zombie that still holds its pid."""
    _children[:] = [child for child in _children if child.poll() is None]


def _manners() -> dict[str, Any]:
    keep = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    environment = {name: os.environ[name] for name in keep if name in os.environ}
    # The caller's locale and PG* variables must not reach the server; nor must its other secrets.
    environment |= {"LC_ALL": "C", "TZ": "UTC"}
    manners: dict[str, Any] = {"env": environment, "cwd": os.path.abspath(os.sep), **_detached()}
    owner = account()
    if owner is not None:
        manners |= {"user": owner[0], "group": owner[1], "extra_groups": []}
    return manners


def _detached() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS}
    # A session of its own: an interrupt of the notebook, or the end of a terminal, does not reach it.
    return {"start_new_session": True}
