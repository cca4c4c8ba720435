"""What is there, what is missing, what to do about it."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mnemo_helpers import course, places, server
from mnemo_helpers.errors import MnemoError

OLDEST_PYTHON = (3, 11)
# The server's programs, its first data directory and the flights take about this much.
NEEDED_MB = 700
EXTENSION = "mnemo-sql"
REINSTALL = "pip install -c constraints.txt -e . in the clone; make lab does it."


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is as it should be, what was seen, what to do where it is not."""

    well: bool
    seen: str
    remedy: str = ""


def run(say: Callable[[str], None]) -> int:
    """Look at everything that the course needs, start nothing, and say what was found.

    Returns:
        0 where all is well, else 1.
    """
    well = True
    for look in (_python, _packages, _course, _jupyterlab, _state, _server, _data):
        try:
            findings = list(look())
        except MnemoError as problem:
            findings = [
                Finding(False, problem.what + "".join(f"; tried {one}" for one in problem.tried), problem.remedy)
            ]
        for finding in findings:
            say(f"{'✔' if finding.well else '✘'} {finding.seen}")
            if not finding.well and finding.remedy:
                say(f"  What to do: {finding.remedy}")
            well = well and finding.well
    return 0 if well else 1


def _python() -> Iterator[Finding]:
    oldest = ".".join(map(str, OLDEST_PYTHON))
    yield Finding(
        sys.version_info >= OLDEST_PYTHON,
        f"Python {sys.version.split()[0]}, {sys.executable}",
        f"Install Python {oldest} or later, then make lab PYTHON=/path/to/it.",
    )


def _packages() -> Iterator[Finding]:
    from packaging.requirements import Requirement

    missing = []
    try:
        needed = [Requirement(line) for line in importlib.metadata.requires("mnemo") or ()]
    except importlib.metadata.PackageNotFoundError:
        raise MnemoError("The course is not installed in this Python.", remedy=REINSTALL) from None
    due = [one for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    for one in due:
        try:
            found = importlib.metadata.version(one.name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(f"{one.name} is not installed")
            continue
        if not one.specifier.contains(found, prereleases=True):
            missing.append(f"{one.name} is {found}, {one.specifier} is due")
    yield Finding(
        not missing,
        "; ".join(missing) or f"the {len(due)} packages that the course needs",
        REINSTALL,
    )


def _course() -> Iterator[Finding]:
    lessons = course.lessons()
    yield Finding(True, f"{len(lessons)} lessons, {course.root()}")


def _jupyterlab() -> Iterator[Finding]:
    from jupyter_core.paths import jupyter_path

    try:
        found = importlib.metadata.version("jupyterlab")
    except importlib.metadata.PackageNotFoundError:
        return  # said among the packages
    placed = [folder for folder in jupyter_path("labextensions") if os.path.isdir(os.path.join(folder, EXTENSION))]
    yield Finding(
        bool(placed),
        f"JupyterLab {found}, {'with' if placed else 'without'} the colours for SQL cells",
        f"{REINSTALL} The cells work without colours too.",
    )


def _state() -> Iterator[Finding]:
    for folder in dict.fromkeys((places.state(), places.server())):
        free_mb = shutil.disk_usage(folder).free // 1_000_000
        writable = os.access(folder, os.W_OK)
        yield Finding(
            writable and free_mb >= NEEDED_MB,
            f"{folder}: {free_mb} MB free{'' if writable else ', not writable'}",
            f"Make room ({NEEDED_MB} MB are due), or set MNEMO_STATE to another directory.",
        )


def _server() -> Iterator[Finding]:
    choice = server.choose()
    yield Finding(True, f"server to use: {choice.how}")
    now = server.status()
    if choice.kind == "given":
        yield Finding(now.running, now.how, "Ask who runs it, or unset MNEMO_SERVER for a server of your own.")
    elif now.running:
        yield Finding(True, f"it runs: process {now.pid}, port {now.port}")
    else:
        yield Finding(True, "it does not run; the next lesson starts it")


def _data() -> Iterator[Finding]:
    from mnemo_helpers import database

    if not server.status().running:
        yield Finding(True, "data: looked at when the server runs")
        return
    for dataset in database.datasets():
        built = database.built(dataset)
        yield Finding(True, f"data {dataset}: {'ready' if built else 'built by the first lesson that needs it'}")
