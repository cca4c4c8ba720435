"""Whether the stages of the course drift: each is played again and again from where its lesson stands."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
RUNS = int(os.environ.get("RUNS", "200"))
_MAGIC = "%%stage"
_SAID = "transcripts: "
_STANDS, _PLAYED = "mnemo_drift", "mnemo_drift_played"


@contextmanager
def busy() -> Iterator[None]:
    """Keep every core busy with something else."""
    idlers = [multiprocessing.Process(target=_count, daemon=True) for _ in range(os.cpu_count() or 1)]
    for idler in idlers:
        idler.start()
    try:
        yield
    finally:
        for idler in idlers:
            idler.kill()


def _count() -> None:
    while True:
        pass


def course_stages() -> str:
    """Every ``%%stage`` cell of the course, each run from the same state: how many have several transcripts."""
    from mnemo_helpers import build, course

    counts: list[int] = []
    with busy():
        for text in course.texts():
            if any(cell.source.startswith(_MAGIC) for cell in build.source(text).cells):
                counts += _in_lesson(text.id)
    return f"{sum(count > 1 for count in counts)} of {len(counts)} stages had more than one transcript"


def _in_lesson(number: str) -> list[int]:
    """Run a lesson or page, and before each of its stages count the transcripts that there are of it."""
    from nbformat.v4 import new_code_cell

    from mnemo_helpers import build, course, places

    text = next(text for text in course.texts() if text.id == number)
    notebook, cells = build.source(text), []
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source.startswith(_MAGIC):
            told = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom tests.benchmarks import drift\n"
            cells.append(new_code_cell(f"{told}drift.play_again({cell.source.partition(chr(10))[2]!r})"))
        cells.append(cell)
    notebook.cells = cells
    build.execute(text, notebook, places.state())
    said = "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", ()))
    return [int(line.removeprefix(_SAID)) for line in said.split("\n") if line.startswith(_SAID)]


def play_again(script: str) -> None:
    """Play a stage many times, each in a copy of the lesson's database, and print how many transcripts came of it.

    Called in the kernel of a lesson, where a stage is about to be played.
    """
    from mnemo_helpers import server
    from mnemo_helpers.stage import Stage

    held = server.ensure()
    learner = server.conninfo(held, "learner", _PLAYED)
    seen = set()
    with psycopg.connect(server.conninfo(held, "owner"), autocommit=True) as admin:
        _dump(admin, held)
        # A copy need not outlive the machine, and waiting for the disk would be nearly all of the time.
        _set(admin, "SET fsync = off")
        try:
            for _ in range(RUNS):
                _clone(admin, held.learner)
                seen.add(Stage(script, learner).run().text)
        finally:
            _set(admin, "RESET fsync")
            for name in (_PLAYED, _STANDS):
                admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} (FORCE)").format(sql.Identifier(name)))
    for text in sorted(seen) if len(seen) > 1 else ():
        print(text, end="\n\n")
    print(f"\n{_SAID}{len(seen)}")


def _set(admin: psycopg.Connection[tuple[object, ...]], setting: str) -> None:
    admin.execute(f"ALTER SYSTEM {setting}".encode())
    admin.execute("SELECT pg_reload_conf()")


def _dump(admin: psycopg.Connection[tuple[object, ...]], held: object) -> None:
    """Copy the lesson's database as it is, while its sessions are open."""
    from mnemo_helpers import server
    from mnemo_helpers import sql as cells

    with cells.connect("drift") as own:
        name = own.info.dbname
    bindir = Path(str(admin.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchone()[0]))  # type: ignore[index]
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} (FORCE)").format(sql.Identifier(_STANDS)))
    admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(_STANDS)))
    dumped = subprocess.run(
        [bindir / "pg_dump", "-Fc", "-d", server.conninfo(held, "owner", name)],  # type: ignore[arg-type]
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    restore = [bindir / "pg_restore", "-d", server.conninfo(held, "owner", _STANDS)]  # type: ignore[arg-type]
    subprocess.run(restore, input=dumped.stdout, check=True)


def _clone(admin: psycopg.Connection[tuple[object, ...]], learner: str) -> None:
    played, stands, owner = map(sql.Identifier, (_PLAYED, _STANDS, learner))
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} (FORCE)").format(played))
    admin.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(played, owner, stands))
