"""Opening and resetting the lesson that this process is in."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from mnemo_helpers import course, render
from mnemo_helpers.errors import MnemoError

if TYPE_CHECKING:
    import psycopg

    from mnemo_helpers.course import Lesson
    from mnemo_helpers.database import Opened

_now: tuple[Lesson, str] | None = None


def open(number: str) -> None:
    """Open a lesson: its server runs, its database is there, and in IPython the magics work on it.

    Args:
        number: the lesson's id, as ``"1.1"``.

    Raises:
        UnknownName: there is no such lesson; the message names the nearest.
        ServerUnavailable: there is no server, and none could be started.
        MnemoError: the database cannot be made.
    """
    from mnemo_helpers import database

    global _now
    began = time.perf_counter()
    lesson = course.lesson(number)
    said = _Said()
    opened = database.open_lesson(lesson, said.say)
    _now = (lesson, opened.database)
    _connect(opened.database)
    _register()
    said.say(_lines(opened, time.perf_counter() - began))


def reset() -> None:
    """Bring the open lesson's database back to the start, and say what that ended.

    Raises:
        MnemoError: no lesson is open, or the database cannot be made.
    """
    from mnemo_helpers import database

    if _now is None:
        raise MnemoError("No lesson is open.", remedy='Begin with lesson.open("0.1").')
    lesson, name = _now
    said = _Said()
    done = database.reset_lesson(lesson, said.say)
    _connect(name)
    lines = [f"The database {done.database} is back at the start: {done.rows:,} rows, in {done.seconds:.1f} s."]
    if done.ended:
        lines.append(f"Ended: {'; '.join(done.ended)}.")
    said.say("\n".join(lines))


def database_of(exercise: str) -> str | None:
    """Return the open database if an exercise belongs to the open lesson."""
    return _now[1] if _now and exercise.startswith(f"{_now[0].id}.") else None


def _connect(name: str) -> None:
    from mnemo_helpers import database, sql

    def opener(session: str) -> psycopg.Connection[tuple[object, ...]]:
        return database.connect(name, name=session)

    sql.use(opener)


def _register() -> None:
    shell = _shell()
    if shell is not None:
        from mnemo_helpers import sql
        from mnemo_helpers.lesson import _magics

        sql.load(shell)
        _magics.register(shell)


def _lines(opened: Opened, seconds: float) -> str:
    state = "as you left it" if opened.kept else "new"
    second = "Opening it again keeps what you did; lesson.reset() wipes it and brings back the start."
    if opened.stale:
        second += " The lesson's data have changed since: only a reset brings them in."
    return (
        f"{opened.server.how}. Database {opened.database}, {state}: {opened.rows:,} rows, in {seconds:.1f} s.\n{second}"
    )


class _Said:
    """What is shown while something takes time: in a notebook each line takes the place of the one before."""

    def __init__(self) -> None:
        self._handle: Any = None

    def say(self, text: str) -> None:
        shown = render.note("info", text)
        if self._handle is not None:
            self._handle.update(shown)
        elif _shell() is None:
            print(shown.text)
        else:
            from IPython.display import display

            self._handle = display(shown, display_id=True)


def _shell() -> Any:
    found = sys.modules.get("IPython")
    return None if found is None else found.get_ipython()
