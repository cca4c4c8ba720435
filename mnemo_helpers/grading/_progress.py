"""What a learner has done, in one small SQLite file that several kernels write."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mnemo_helpers import places
from mnemo_helpers.errors import MnemoError

_BUSY_S = 5.0
_TABLE = """
CREATE TABLE IF NOT EXISTS progress (
    exercise      TEXT PRIMARY KEY,
    tries         INTEGER NOT NULL DEFAULT 0,
    passed        INTEGER NOT NULL DEFAULT 0,
    misconception TEXT,                        -- of the last try
    hinted        TEXT,                        -- the misconception whose own hint was given last
    hints         INTEGER NOT NULL DEFAULT 0,  -- how many of the exercise's hints were given
    guess         TEXT,                        -- of a prediction
    changed_at    TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
)
"""
_SET = """
INSERT INTO progress (exercise, tries, passed, misconception, hinted, hints, guess)
VALUES (:exercise, :tries, :passed, :misconception, :hinted, :hints, :guess)
ON CONFLICT (exercise) DO UPDATE SET
    tries = tries + excluded.tries,
    passed = max(passed, excluded.passed),
    misconception = CASE WHEN excluded.tries > 0 THEN excluded.misconception ELSE misconception END,
    hinted = coalesce(excluded.hinted, hinted),
    hints = hints + excluded.hints,
    guess = coalesce(excluded.guess, guess),
    changed_at = CURRENT_TIMESTAMP
"""

# What could not be written yet; it goes in with the next write.
_waiting: list[dict[str, str | int | None]] = []


@dataclass(frozen=True)
class Entry:
    """What is known of one exercise."""

    tries: int = 0
    passed: bool = False
    misconception: str | None = None
    hinted: str | None = None
    hints: int = 0
    guess: str | None = None


def path() -> Path:
    """Return the file that holds the progress; ``MNEMO_PROGRESS`` names another one."""
    named = os.environ.get("MNEMO_PROGRESS")
    return Path(named) if named else places.state() / "progress.sqlite"


def add(
    exercise: str,
    *,
    tries: int = 0,
    passed: bool = False,
    misconception: str | None = None,
    hinted: str | None = None,
    hints: int = 0,
    guess: str | None = None,
) -> str | None:
    """Add to what is known of an exercise, and return what the learner must be told if the file is in trouble.

    Nothing is lost by that: a file that is no database is moved aside, and what cannot be written now is written with
    the next.
    """
    _waiting.append(
        {
            "exercise": exercise,
            "tries": tries,
            "passed": int(passed),
            "misconception": misconception,
            "hinted": hinted,
            "hints": hints,
            "guess": guess,
        }
    )
    try:
        try:
            _flush()
        except sqlite3.DatabaseError as problem:
            if not _unreadable(problem):
                raise
            said = _move_aside()
            _flush()
            return said
    except (sqlite3.Error, OSError, MnemoError) as problem:
        return (
            f"Your progress could not be noted ({problem}); it is kept in this kernel and noted with the next answer."
        )
    return None


def read() -> tuple[dict[str, Entry], str | None]:
    """Return what is known, by exercise, and what the learner must be told if the file is in trouble."""
    try:
        try:
            return _read(), None
        except sqlite3.DatabaseError as problem:
            if not _unreadable(problem):
                raise
            return {}, _move_aside()
    except (sqlite3.Error, OSError, MnemoError) as problem:
        return {}, f"Your progress could not be read ({problem})."


def _flush() -> None:
    with _connection() as connection:
        connection.executemany(_SET, _waiting)
    _waiting.clear()


def _read() -> dict[str, Entry]:
    with _connection() as connection:
        found = connection.execute(
            "SELECT exercise, tries, passed, misconception, hinted, hints, guess FROM progress ORDER BY exercise"
        )
        return {name: Entry(tries, bool(passed), *rest) for name, tries, passed, *rest in found}


@contextlib.contextmanager
def _connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path(), timeout=_BUSY_S, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_TABLE)
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()


def _unreadable(problem: sqlite3.DatabaseError) -> bool:
    return getattr(problem, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _move_aside() -> str:
    """Move a file that is no database out of the way, unless another kernel has done it already."""
    import filelock

    file = path()
    with filelock.FileLock(file.with_suffix(".lock"), timeout=_BUSY_S):
        try:
            with _connection() as connection:
                whole = connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
        except sqlite3.DatabaseError as problem:
            if not _unreadable(problem):
                raise
            whole = False
        if not whole:
            when = f"{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 1000}"
            file.rename(file.with_name(f"progress-unreadable-{when}.sqlite"))
    return (
        "The file of your progress could not be read. It is kept beside it under another name, and a new one is begun."
    )
