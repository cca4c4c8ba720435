"""Every notebook of the course through nbval: what it needs beside, and what is said at the end.

Loaded as a plugin (``-p`` in pyproject.toml), since the summary is printed by a process that collects nothing.
``pytest tests/notebooks`` runs every lesson, ``pytest notebooks/1_design/1_one_fact_one_place.ipynb`` one.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import nbval.plugin
import played_together
import pytest
from nbval.kernel import RunningKernel, start_new_kernel
from nbval.plugin import IPyNbCell, NbCellError
from xdist.scheduler import LoadFileScheduling

from mnemo_helpers import build, course, database, places, server
from mnemo_helpers.errors import MnemoError

HERE = Path(__file__).resolve().parent
SLOWEST = 5
# How often a kernel that owes an answer is looked at.
LOOK_S = 0.5
# The outputs are those of this version of PostgreSQL and of the usual seed; elsewhere the claims decide.
COMPARED_MAJOR = 18
OTHER_SEED = os.environ.get("MNEMO_SEED")
# Which cell stopped a lesson, as it would stop Run All.
STOPPED: dict[Path, str] = {}
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

os.environ.setdefault("MNEMO_STATE", str(HERE.parents[1] / ".cache" / "state"))


class Notebooks(pytest.Directory):
    """The directory of this file; it stands for the notebooks of the course."""

    def collect(self) -> Iterator[pytest.Collector]:
        """Yield every notebook."""
        for path in sorted((course.root() / "notebooks").rglob("*.ipynb")):
            text = lesson_of(path)
            if text is not None and not text.alone:
                yield Together.from_parent(self, path=path)
            elif ".ipynb_checkpoints" not in path.parts:
                yield from self.ihook.pytest_collect_file(file_path=path, parent=self)


class Kernel(RunningKernel):
    """nbval's kernel, in the environment that the build uses, and noticed at once when it dies."""

    def __init__(self, kernel_name: str, cwd: str | None = None, startup_timeout: float = 60) -> None:
        """Start it; what it prints beside its outputs is dropped."""
        self.own = tempfile.TemporaryDirectory(prefix="mnemo-kernel-", ignore_cleanup_errors=True)
        self.km, self.kc = start_new_kernel(
            startup_timeout=startup_timeout,
            kernel_name=kernel_name,
            stderr=subprocess.DEVNULL,
            cwd=cwd,
            env=build.environment(places.state(), Path(self.own.name)),
        )
        self._ensure_iopub_up()

    def get_message(self, stream: str, timeout: float | None = None) -> Any:
        """Return the next message; nbval alone would wait for it until the cell's time is up."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = LOOK_S if end is None else max(0.0, min(LOOK_S, end - time.monotonic()))
            try:
                return super().get_message(stream, timeout=left)
            except Empty:
                if not self.km.is_alive():
                    raise RuntimeError("The kernel died while this cell ran.") from None
                if end is not None and time.monotonic() >= end:
                    raise

    def stop(self) -> None:
        """End it, and what it kept for itself."""
        super().stop()
        self.own.cleanup()


nbval.plugin.RunningKernel = Kernel


class Again(pytest.File):
    """A notebook once more, on what its first run has left: learners press Run All again."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the one test."""
        yield RunAgain.from_parent(self, name="Run All again")


class RunAgain(pytest.Item):
    """Runs every cell on a new kernel, without a reset; outputs may differ, errors may not come."""

    def runtest(self) -> None:
        """Run the notebook."""
        lesson = lesson_of(self.path)
        assert lesson is not None
        build.execute(lesson, build.read(self.path), places.state(), anew=False)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Say which cell cannot be run twice."""
        if isinstance(excinfo.value, MnemoError):
            return f"When it is run again without a reset:\n{excinfo.value}"
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the test."""
        return self.path, 0, f"{self.path.name}: {self.name}"


class Together(pytest.File):
    """A notebook whose cells wait for those of another one."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the one test, at the first of the notebooks that are played together."""
        text = lesson_of(self.path)
        assert isinstance(text, course.Page)
        if text == played_together.pages(text.lesson)[0]:
            yield PlayedTogether.from_parent(self, name="played together")


class PlayedTogether(pytest.Item):
    """Plays the notebooks step by step, a kernel each, twice in a row."""

    def runtest(self) -> None:
        """Play them."""
        text = lesson_of(self.path)
        assert isinstance(text, course.Page)
        for _ in range(2):
            played_together.play(text.lesson)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Say which step went wrong."""
        return str(excinfo.value) if isinstance(excinfo.value, AssertionError) else super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the test."""
        return self.path, 0, f"{self.path.name}: {self.name}"


def lesson_of(path: Path) -> course.Text | None:
    """Return the lesson or the page whose notebook that is."""
    return known().get(path)


@functools.cache
def known() -> dict[Path, course.Text]:
    """Return every lesson and page by its notebook."""
    return {course.root() / "notebooks" / text.notebook: text for text in course.texts()}


class ByLesson(LoadFileScheduling):
    """Keeps the notebooks of a lesson and of its pages on one worker, since they share a database."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(self.config.rootpath, super()._split_scope(nodeid))


def scope(root: Path, file: str) -> str:
    """Return the name of what runs on one worker with the tests of that file, given relative to ``root``."""
    text = lesson_of(root / file)
    return f"lesson {text.opens}" if text else file


def pytest_sessionstart(session: pytest.Session) -> None:
    """Make the data sets of the lessons before workers share a server.

    DROP DATABASE lets every session forget which page of a table it was filling, so that a data set that is made
    meanwhile has its rows on other pages; some lessons show pages.
    """
    if not hasattr(session.config, "workerinput") and runs_notebooks(session.config):
        for name in sorted({text.data for text in course.lessons().values()}):
            database.template(name)


def runs_notebooks(config: pytest.Config) -> bool:
    """Tell whether that run is asked for notebooks."""
    asked = [(config.invocation_params.dir / name.partition("::")[0]).resolve() for name in config.args]
    of_course = course.root() / "notebooks"
    return not config.option.collectonly and any(
        HERE.is_relative_to(path) or path.is_relative_to(of_course) for path in asked
    )


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByLesson | None:
    """Let xdist know what belongs together."""
    return ByLesson(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Let this directory stand for the notebooks."""
    return Notebooks.from_parent(parent, path=path) if path == HERE else None


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out what cannot run by itself; it is played with its others where all notebooks are run."""
    text = lesson_of(collection_path)
    return True if text is not None and not text.alone else None


@pytest.hookimpl(trylast=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Put the second run of a lesson behind its first, which nbval collects."""
    if file_path.suffix == ".ipynb" and parent.config.option.nbval_lax and lesson_of(file_path):
        return Again.from_parent(parent, path=file_path)
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin each lesson with a fresh database; leave out what comes after the cell that stopped it."""
    if item.path in STOPPED and isinstance(item, IPyNbCell | RunAgain):
        pytest.skip(f"the lesson stopped at {STOPPED[item.path]}")
    if not isinstance(item, IPyNbCell):
        return
    lesson = lesson_of(item.path)
    if item.parent.kernel is None and lesson is not None:
        build.fresh(lesson.opens)
    version = server.ensure().version
    if OTHER_SEED or version // 10000 != COMPARED_MAJOR:
        item.options["check"] = False
    item.user_properties += [("version", version), *(("claim", claim) for claim in build.claims_in(item.cell.source))]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Let a failed cell name its lesson, itself, its SQL and what the server said."""
    report = yield
    if isinstance(item, IPyNbCell) and call.excinfo is not None and report.failed:
        problem = call.excinfo.value
        if str(problem) != "Cell outputs differ":
            STOPPED[item.path] = item.name
        report.longrepr = told(item, problem)
    return report


def told(item: IPyNbCell, problem: BaseException) -> str:
    """Return what is to be read about a cell that failed."""
    index = next(index for index, cell in enumerate(item.parent.nb.cells) if cell is item.cell)
    lesson = lesson_of(item.path)
    place = f"Lesson {lesson.id}, {lesson.title}, {build.where(lesson, item.parent.nb, index)}" if lesson else item.name
    detail = getattr(problem, "inner_traceback", None) or ""
    said = ANSI.sub("", f"{problem}\n{detail}").strip("\n").split("\n")
    if not isinstance(problem, NbCellError):
        said = f"{type(problem).__name__}: {problem}".split("\n")
    lines = [*item.cell.source.split("\n"), "", *said]
    return "\n".join([f"{place}:", "", *(f"    {line}".rstrip() for line in lines)])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say which claims were proven, and which lessons took longest."""
    reports = [report for group in terminalreporter.stats.values() for report in group if hasattr(report, "duration")]
    cells = [report for report in reports if "ipynb::" in report.nodeid]
    if not cells:
        return
    terminalreporter.section("lessons")
    for line in summary(cells):
        terminalreporter.write_line(line)


def summary(reports: Iterable[Any]) -> list[str]:
    """Return the lines to say about notebooks that were run.

    Args:
        reports: of every cell, its setup, call and teardown.
    """
    took: dict[str, float] = defaultdict(float)
    proven, failed, versions = set(), set(), set()
    for report in reports:
        took[report.nodeid.partition("::")[0]] += report.duration
        if report.when != "call":
            continue
        for name, value in report.user_properties:
            if name == "claim":
                (proven if report.passed else failed).add(value)
            elif name == "version":
                versions.add(value // 10000)
    made = course.claims()
    held = [claim for claim in made if claim in proven - failed]
    open_ = [claim for claim in made if claim not in held]
    lines = [f"claims proven: {len(held)} of {len(made)}" + (f"; not: {', '.join(open_)}" if open_ else "")]
    others = sorted(versions - {COMPARED_MAJOR})
    lines += [f"outputs were not compared: this is PostgreSQL {major}, they are those of {COMPARED_MAJOR}" for major in others]
    if OTHER_SEED:
        lines.append(f"outputs were not compared: the shop is the one of MNEMO_SEED={OTHER_SEED}")
    slowest = sorted(took.items(), key=lambda pair: -pair[1])[:SLOWEST]
    return [*lines, "slowest lessons:", *(f"  {seconds:6.1f} s  {name}" for name, seconds in slowest)]
