"""A room of one's own for each fault, whose servers are gone when the test is."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from server_room import Room

from mnemo_helpers import places
from mnemo_helpers.server import _server


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A room with nothing in it yet, used in this process."""
    with _used(tmp_path, monkeypatch) as room:
        yield room
    room.clear()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where a room stands that several tests use, one after the other: each finds what the last one left."""
    base = tmp_path_factory.mktemp("room")
    yield base
    with pytest.MonkeyPatch.context() as patch, _used(base, patch) as room:
        room.clear()


@pytest.fixture
def room(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A room in which earlier tests have been; its server may run or not."""
    with _used(shared, monkeypatch) as room:
        yield room


@contextlib.contextmanager
def _used(base: Path, patch: pytest.MonkeyPatch) -> Iterator[Room]:
    patch.setenv("MNEMO_STATE", str(base / "state"))
    patch.delenv("MNEMO_SERVER", raising=False)
    try:
        yield Room(base, places.server(), dict(os.environ))
    finally:
        _server._let_go()


@pytest.fixture
def ordinary(ordinary_user: dict[str, Any]) -> Iterator[Room]:
    """A room with nothing in it yet, whose processes run as an ordinary user."""
    base = Path(tempfile.mkdtemp(prefix="mnemo-test-"))
    if places.as_root():
        shutil.chown(base, "daemon", "daemon")
    environment = {name: value for name, value in os.environ.items() if name != "MNEMO_SERVER"}
    environment |= {"HOME": str(base), "MNEMO_STATE": str(base / "state")}
    room = Room(base, base / "state" / "server", environment, ordinary_user)
    yield room
    room.clear()


@pytest.fixture(scope="session")
def ordinary_user() -> dict[str, Any]:
    """How to start a process as an ordinary user: as ourselves, or where we are root as one of the system's users."""
    if not places.as_root():
        return {}
    plain: dict[str, Any] = {"user": "daemon", "group": "daemon", "extra_groups": []}
    # Where the interpreter stands in a directory of root's own, the user may read everything; but write nothing.
    reading = ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
    setpriv = ["setpriv", "--reuid", "daemon", "--regid", "daemon", "--clear-groups", *reading]
    for manners in (plain, {"prefix": setpriv}):
        more = dict(manners)
        argv = [*more.pop("prefix", []), sys.executable, "-c", "import psycopg, mnemo_helpers"]
        try:
            if subprocess.run(argv, capture_output=True, cwd="/", **more).returncode == 0:
                return manners
        except (OSError, subprocess.SubprocessError):
            continue
    pytest.skip("WARNING: not tested, no ordinary user can run this Python here")
