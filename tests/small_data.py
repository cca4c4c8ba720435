"""A small data set in a course of the test's own, under a name that no other test has."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from psycopg import sql

from mnemo_helpers import course, database

SCHEMA = """
CREATE TABLE stones (id int NOT NULL, name text NOT NULL);
CREATE TABLE piles (stone int NOT NULL);
"""

# With HOLD in the environment, the loading stops in the middle for whoever wants to end it there.
LOAD = """
import os

def load(connection, progress):
    connection.execute("INSERT INTO stones SELECT n, 'stone ' || n FROM generate_series(1, 5) AS n")
    if "HOLD" in os.environ:
        print("loading", flush=True)
        connection.execute("SELECT pg_sleep(60)")
    connection.execute("INSERT INTO piles VALUES (1), (2)")
    progress(5, 5)
"""

FINISH = """
ALTER TABLE stones ADD CONSTRAINT stones_pkey PRIMARY KEY (id);
ALTER TABLE piles ADD CONSTRAINT piles_stone_fkey FOREIGN KEY (stone) REFERENCES stones;
"""

ROWS = 7


def write(root: Path, name: str) -> Path:
    """Write a course without lessons, with the data set, into ``root``; return the data set's folder."""
    folder = root / "datasets" / name
    folder.mkdir(parents=True)
    (root / "lessons").mkdir()
    (root / "lessons" / "course.toml").write_text("modules = []\n")
    for file, text in {"schema.sql": SCHEMA, "load.py": LOAD, "finish.sql": FINISH, "card.md": "# Stones\n"}.items():
        (folder / file).write_text(text)
    return folder


def lesson(data: str) -> course.Lesson:
    """Return a lesson that has the data set and a number of its own."""
    number = f"{secrets.randbelow(10**9)}.1"
    return course.Lesson(number, Path("nowhere"), "module", "title", 1, (), (), data)


@contextmanager
def small(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Make the data set the course's only one; drop afterwards every database that was made from it."""
    name = f"stones{secrets.token_hex(4)}"
    write(root, name)
    monkeypatch.setenv("MNEMO_COURSE", str(root))
    try:
        yield name
    finally:
        monkeypatch.undo()
        with database.connect("postgres", "owner") as owner:
            for (made,) in owner.execute(
                "SELECT datname FROM pg_database WHERE strpos(datname, %(n)s) > 0"
                " OR strpos(shobj_description(oid, 'pg_database'), %(n)s) > 0",
                {"n": name},
            ).fetchall():
                for statement in ("ALTER DATABASE {} IS_TEMPLATE false", "DROP DATABASE {} WITH (FORCE)"):
                    owner.execute(sql.SQL(statement).format(sql.Identifier(made)))
