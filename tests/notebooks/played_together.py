"""Notebooks whose cells wait for each other, played step by step: a kernel each, and a session that looks on.

A cell says in a comment which step it is, and whether it waits: ``-- step 5 waits``. Cells that say none open the lesson.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import start_new_kernel

from mnemo_helpers import build, course, database, places

DEADLINE_S = 60.0
# How long a kernel's answer is waited for before the server is asked again.
LOOK_S = 0.02
_STEP = re.compile(r"^-- step (\d+)( waits)?$", re.MULTILINE)
_WAITS = (
    "SELECT application_name FROM pg_stat_activity"
    " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
)
# Whoever has waited for so long has looked for a circle, and does not look again: who closes one is ended.
_HAVE_LOOKED = (
    "SELECT coalesce(bool_and(clock_timestamp() - waitstart > 1.5 * current_setting('deadlock_timeout')::interval), true)"
    " FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()"
)


@dataclass
class Cell:
    """A cell that is played.

    Attributes:
        who: the page's name.
        step: its number.
        waits: whether it must wait.
        source: what is run.
        shown: what it has shown.
        status: ``ok`` or ``error`` when it has ended, None before.
    """

    who: str
    step: int
    waits: bool
    source: str
    shown: str = ""
    status: str | None = None


@dataclass
class Notebook:
    """A page's kernel, and the cell that is under way in it.

    Attributes:
        client: what speaks with the kernel.
        under_way: the cell, or None.
        message: what the kernel calls it.
    """

    client: Any
    under_way: Cell | None = None
    message: str = ""

    def send(self, cell: Cell) -> None:
        """Start a cell."""
        assert self.under_way is None, f"step {cell.step}: {cell.who} still waits in step {self.under_way}"
        self.under_way, self.message = cell, self.client.execute(cell.source)

    def look(self) -> None:
        """Take in what the kernel says within a moment."""
        from queue import Empty

        try:
            got = self.client.get_iopub_msg(timeout=LOOK_S)
        except Empty:
            return
        cell, content = self.under_way, got["content"]
        if cell is None or got["parent_header"].get("msg_id") != self.message:
            return
        if got["msg_type"] == "status" and content["execution_state"] == "idle":
            cell.status = cell.status or "ok"
            self.under_way = None
        elif got["msg_type"] == "error":
            cell.status = "error"
            cell.shown += "\n".join(content["traceback"])
        else:
            said = content.get("text") or content.get("data", {}).get("text/plain")
            cell.shown += f"{said}\n" if said else ""


@dataclass
class Played:
    """What was played, cell by cell in the order of the steps."""

    cells: list[Cell] = field(default_factory=list)

    def shown(self, step: int) -> str:
        """Return what the cell of a step has shown."""
        return next(cell.shown for cell in self.cells if cell.step == step)

    def opened(self, who: str) -> str:
        """Return what opening the lesson has shown in a page."""
        return [cell.shown for cell in self.cells if cell.who == who and cell.step == 0][-1]


def pages(lesson: course.Lesson) -> list[course.Page]:
    """Return the pages of a lesson that are played together."""
    return [page for page in course.pages(lesson) if not page.alone]


def play(
    lesson: course.Lesson,
    before: Callable[[str], str] = lambda who: "",
    connect: Callable[[], database.Connection] | None = None,
) -> Played:
    """Play the pages of a lesson together, and prove that each cell waits if it says so, and ends.

    Args:
        lesson: beside which they stand.
        before: what is run in the kernel of a page before its first cell.
        connect: opens the session that looks on; where it is not given, one of this process's own.
    """
    names = [page.source.stem for page in pages(lesson)]
    first = [Cell(name, 0, False, before(name)) for name in names]
    played = Played(sorted([*first, *_cells(lesson)], key=lambda cell: cell.step))
    with _kernels(names) as notebooks:
        opening = [cell for cell in played.cells if cell.step == 0]
        for cell in opening:
            notebooks[cell.who].send(cell)
            _until(lambda cell=cell: cell.status, cell, notebooks)
        with (connect or (lambda: _looker(lesson)))() as looker:
            for cell in played.cells[len(opening) :]:
                _until(lambda: looker.execute(_HAVE_LOOKED).fetchone() == (True,), cell, notebooks)
                notebooks[cell.who].send(cell)
                _until(lambda cell=cell: (cell.waits or cell.status) and _settled(looker, notebooks), cell, notebooks)
                assert not (cell.waits and cell.status), f"step {cell.step} of {cell.who} does not wait:\n{cell}"
    for cell in played.cells:
        assert cell.status == "ok", f"step {cell.step} of {cell.who}:\n{cell.source}\n\n{cell.shown}"
    return played


def _cells(lesson: course.Lesson) -> Iterator[Cell]:
    for page in pages(lesson):
        step = 0
        for cell in build.read(course.root() / "notebooks" / page.notebook).cells:
            if cell.cell_type == "code":
                found = _STEP.search(cell.source)
                step = int(found[1]) if found else step
                yield Cell(page.source.stem, step, bool(found and found[2]), cell.source)


def _looker(lesson: course.Lesson) -> database.Connection:
    return database.connect(database.open_lesson(lesson).database, name="looker")


def _settled(looker: database.Connection, notebooks: Mapping[str, Notebook]) -> bool:
    """Tell whether each cell that is under way waits for a session that does nothing; a circle is the server's."""
    waiting = {name for (name,) in looker.execute(_WAITS)}
    under_way = {who for who, notebook in notebooks.items() if notebook.under_way}
    return under_way <= waiting and under_way != {*notebooks}


def _until(true: Callable[[], object], cell: Cell, notebooks: Mapping[str, Notebook]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < deadline, f"step {cell.step} of {cell.who} neither ends nor waits as it should:\n{cell}"
        for notebook in notebooks.values():
            notebook.look()


@contextmanager
def _kernels(names: Sequence[str]) -> Iterator[dict[str, Notebook]]:
    managers = []
    with tempfile.TemporaryDirectory(prefix="mnemo-kernel-", ignore_cleanup_errors=True) as own:
        try:
            notebooks = {}
            for name in names:
                env = build.environment(places.state(), Path(own) / name)
                manager, client = start_new_kernel(
                    startup_timeout=DEADLINE_S, kernel_name="python3", stderr=subprocess.DEVNULL, env=env
                )
                managers.append((manager, client))
                notebooks[name] = Notebook(client)
            yield notebooks
        finally:
            for manager, client in managers:
                client.stop_channels()
                manager.shutdown_kernel(now=True)
