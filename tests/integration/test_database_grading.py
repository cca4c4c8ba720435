"""The databases that answers are judged in, and what the answer role can and cannot do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from mnemo_helpers import database
from mnemo_helpers.errors import MnemoError, ServerUnavailable


@pytest.fixture
def owner() -> Iterator[database.Connection]:
    """A superuser's connection to look from outside."""
    with database.connect("postgres", "owner") as connection:
        yield connection


def there(owner: database.Connection, name: str) -> bool:
    """Tell whether there is such a database."""
    return owner.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount == 1


def test_the_answer_role_reads_the_data_as_shown(data: str) -> None:
    """The database is made once and kept."""
    name = database.grading(data)
    with database.connect(name, "answer") as answer:
        assert answer.execute("SELECT count(*) FROM stones").fetchone() == (5,)
    assert database.grading(data) == name


def test_rows_of_an_exercise_fill_the_empty_tables(data: str) -> None:
    """Other rows, another database; the tables keep their keys, and the planner knows the rows."""
    few = database.grading(data, "INSERT INTO stones VALUES (7, 'seven'); INSERT INTO piles VALUES (7), (7)")
    none = database.grading(data, "-- nothing")
    assert len({few, none, database.grading(data)}) == 3
    with database.connect(few, "answer") as answer:
        assert answer.execute("TABLE stones").fetchall() == [(7, "seven")]
        assert answer.execute("SELECT reltuples FROM pg_class WHERE oid = 'piles'::regclass").fetchone() == (2,)
    with database.connect(none, "answer") as answer:
        assert answer.execute("TABLE stones").fetchall() == []


def test_rows_that_break_a_promise_are_told_and_leave_nothing(data: str, owner: database.Connection) -> None:
    """Whoever writes the exercise reads what the server said."""
    with pytest.raises(MnemoError, match="violates foreign key"):
        database.grading(data, "INSERT INTO piles VALUES (1)")
    assert owner.execute("SELECT FROM pg_database WHERE datname LIKE %s", [f"%{data}%\\_new"]).rowcount == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO piles VALUES (1)",
        "UPDATE stones SET name = ''",
        "TRUNCATE piles",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE DATABASE mine",
        "COPY stones TO '/tmp/stones'",
        "COPY piles FROM PROGRAM 'echo 1'",
        "COPY stones TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_ls_dir('/')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT * FROM pg_authid",
        "SELECT * FROM mnemo.heap_page_items('stones', 0)",
        "SELECT query FROM mnemo.pg_stat_statements",
        "SET ROLE learner",
        "SET SESSION AUTHORIZATION mnemo",
        "ALTER SYSTEM SET work_mem = '1GB'",
        "GRANT pg_read_server_files TO answer",
    ],
)
def test_the_answer_role_can_read_and_nothing_else(data: str, statement: str) -> None:
    """Even after it has switched off the default of reading only."""
    with database.connect(database.grading(data), "answer") as answer:
        answer.execute("SET default_transaction_read_only = off")
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable)):
            answer.execute(statement.encode())


def test_a_grading_database_is_closed_to_the_learner_and_reads_only(data: str) -> None:
    """A learner cannot change what answers are judged by, not by mistake."""
    name = database.grading(data)
    with pytest.raises(ServerUnavailable, match="permission denied"):
        database.connect(name)
    with database.connect(name, "answer") as answer:
        assert answer.execute("SHOW transaction_read_only").fetchone() == ("on",)


def test_a_throw_away_database_is_the_answer_role_s_until_it_goes(owner: database.Connection) -> None:
    """Schemas, extensions that are trusted, everything; afterwards it is gone, with sessions and prepared work."""
    with database.scratch() as name:
        with pytest.raises(ServerUnavailable, match="permission denied"):
            database.connect(name)
        answer = database.connect(name, "answer")
        answer.execute("CREATE TABLE t (id int); CREATE SCHEMA mine; CREATE EXTENSION citext")
        answer.execute(f"BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION '{name}'".encode())
        assert there(owner, name)
    assert not there(owner, name)
    with pytest.raises(psycopg.OperationalError):
        answer.execute("SELECT 1")


def test_a_throw_away_database_goes_when_the_check_fails(owner: database.Connection) -> None:
    """The check's own error is the one that is seen."""
    names = []

    def check() -> None:
        with database.scratch("learner") as name, database.connect(name) as learner:
            names.append(name)
            learner.execute("SELECT 1 / 0")

    with pytest.raises(psycopg.errors.DivisionByZero):
        check()
    assert not there(owner, names[0])


def test_what_a_killed_check_left_is_swept_and_what_is_in_use_is_not(owner: database.Connection) -> None:
    """The next check drops the killed one's database, never that of a check that still runs."""
    killed = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from mnemo_helpers import database; import time; held = database.scratch(); name = held.__enter__();"
            "print(name, flush=True); time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert killed.stdout is not None
    left = killed.stdout.readline().strip()
    with database.scratch() as other:
        assert there(owner, left)
    assert left != other
    killed.kill()
    killed.wait()
    # Its session ends a moment after it; then its lock is free.
    owner.execute("SELECT pg_advisory_lock(%s, %s)", [0x6D6E656D, int(left[-8:], 16)])
    owner.execute("SELECT pg_advisory_unlock(%s, %s)", [0x6D6E656D, int(left[-8:], 16)])
    with database.scratch():
        assert not there(owner, left)
