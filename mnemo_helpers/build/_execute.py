"""A notebook run from top to bottom on a kernel of its own, and its outputs made the same on every machine."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from mnemo_helpers import course
from mnemo_helpers.build._notebook import Cell, Notebook, tags
from mnemo_helpers.errors import MnemoError

CELL_TIMEOUT_S = 300
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LONGEST_TRACEBACK = 15


def environment(state: Path, own: Path) -> dict[str, str]:
    """Return the environment of a kernel whose outputs may depend on nothing but the course.

    Args:
        state: Mnemo's state directory for that kernel; several kernels may share its server.
        own: a directory of that kernel's own, empty at the start: nobody has made progress yet.
    """
    # libpq reads PGOPTIONS, PGTZ and more; what a maintainer has set there must not reach an output.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {
        **kept,
        "MNEMO_STATE": str(state),
        "MNEMO_PROGRESS": str(own / "progress.sqlite"),
        "IPYTHONDIR": str(own / "ipython"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }


def fresh(number: str) -> None:
    """Drop the lesson's database, so that opening it next begins at the start."""
    from mnemo_helpers import database

    database.drop_lesson(course.lesson(number))


def execute(
    lesson: course.Text, notebook: Notebook, state: Path, *, server: str | None = None, anew: bool = True
) -> None:
    """Run the notebook's cells in order on a kernel of their own and keep their outputs, normalised.

    Args:
        state: Mnemo's state directory for the kernel.
        server: which server it uses, as ``MNEMO_SERVER``; as this process does where not given.
        anew: begin with a fresh database; otherwise on what an earlier run has left.

    Raises:
        MnemoError: a cell raised, took longer than ``CELL_TIMEOUT_S`` seconds or ended the kernel; the message names
            the lesson and the cell.
    """
    from nbclient import NotebookClient
    from nbformat import v4

    folder = course.root() / "notebooks" / lesson.notebook.parent
    folder.mkdir(parents=True, exist_ok=True)
    # In the kernel, since this process may use another state, and as one expression: it leaves no name behind that
    # the lesson could lean on.
    start = v4.new_code_cell(f"__import__('mnemo_helpers.build', fromlist=['fresh']).fresh({lesson.opens!r})")
    places = [where(lesson, notebook, index) for index in range(len(notebook.cells))]
    running = v4.new_notebook()
    running.cells = [start, *notebook.cells] if anew else list(notebook.cells)
    client = NotebookClient(
        running, timeout=CELL_TIMEOUT_S, kernel_name="python3", record_timing=False, force_raise_errors=True
    )
    named = ["before its first cell"] * anew + places
    with tempfile.TemporaryDirectory(prefix="mnemo-kernel-", ignore_cleanup_errors=True) as own:
        env = environment(state, Path(own)) | ({"MNEMO_SERVER": server} if server else {})
        with client.setup_kernel(env=env, cwd=str(folder), stderr=subprocess.DEVNULL):
            for index, (cell, place) in enumerate(zip(running.cells, named, strict=True)):
                if cell.cell_type == "code":
                    _run(client, index, lesson, place)
    normalise(notebook)


def where(lesson: course.Text, notebook: Notebook, index: int) -> str:
    """Say which cell that is: its number in the notebook and its line in the lesson's text."""
    cell = notebook.cells[index]
    text = lesson.source.read_text(encoding="utf-8")
    place = text.find(cell.source)
    line = f", line {text.count(chr(10), 0, place) + 1} of {lesson.source.relative_to(course.root())}"
    return f"in cell {index + 1}{line if place >= 0 else ''}"


def _run(client: Any, index: int, lesson: course.Text, place: str) -> None:
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    cell = client.nb.cells[index]
    try:
        client.execute_cell(cell, index)
        return
    except CellExecutionError:
        said = next(output for output in cell.outputs if output.output_type == "error")
        lines = _ANSI.sub("", "\n".join(said.traceback) or f"{said.ename}: {said.evalue}").split("\n")
    except CellTimeoutError:
        lines = [f"It ran for more than {CELL_TIMEOUT_S} s."]
    except DeadKernelError:
        lines = ["The kernel died."]
    quoted = "\n".join(f"    {line}".rstrip() for line in [*cell.source.split("\n"), "", *lines[-_LONGEST_TRACEBACK:]])
    raise MnemoError(f"Lesson {lesson.id}, {lesson.title}, stopped {place}:\n\n{quoted}")


def normalise(notebook: Notebook) -> None:
    """Number the cells in their order, join what was printed in pieces, and drop what only this run knows."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, start=1):
        cell.execution_count = number
        merged: list[Cell] = []
        for output in cell.outputs:
            last = merged[-1] if merged else None
            if last and output.output_type == last.output_type == "stream" and output.name == last.name:
                last.text += output.text
                continue
            if output.output_type == "execute_result":
                output.execution_count = number
            merged.append(output)
        cell.outputs = merged


def keep_measured(built: Notebook, committed: Notebook) -> None:
    """Put back the committed outputs of the ``measured`` cells whose source is unchanged: their id says so."""
    before = {cell.id: cell for cell in committed.cells if cell.cell_type == "code"}
    for cell in built.cells:
        if "measured" in tags(cell) and cell.id in before and before[cell.id].outputs:
            cell.outputs = before[cell.id].outputs
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = cell.execution_count


_LEAKS = {
    "a path": re.compile(r"(?<![\w./:])/(?:home|root|tmp|var|Users|private|usr|opt)/[\w.]|\b[A-Z]:\\[\w.]"),
    "a port": re.compile(r"(?:127\.0\.0\.1|localhost|::1\]?):\d{2,5}\b|\bport[ =]+\d{2,5}\b"),
    "a process id": re.compile(r"\b(?:pid|process)[ =]+\d+\b", re.IGNORECASE),
    "an address in memory": re.compile(r"\bat 0x[0-9a-f]{6,}\b"),
}


def leak(cell: Cell) -> str | None:
    """Tell what in the cell's outputs belongs to one machine or one run: a path, a port, a process, an address."""
    if cell.cell_type != "code":
        return None
    shown: list[str] = []
    for output in cell.outputs:
        data = output.get("data", {})
        shown += [output.text] if "text" in output else [str(data[kind]) for kind in data if "text" in kind]
    for kind, pattern in _LEAKS.items():
        if any(pattern.search(text) for text in shown):
            return kind
    return None
