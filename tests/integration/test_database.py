"""A lesson's database: cloned from its template, kept, reset, owned by the learner and closed to others."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import small_data
from psycopg import sql
from server_room import until

from mnemo_helpers import database, server
from mnemo_helpers.errors import MnemoError, ServerUnavailable


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A small data set that only this test has, in a course at ``tmp_path``; no template of it is there."""
    with small_data.small(tmp_path, monkeypatch) as name:
        yield name


@pytest.fixture
def owner() -> Iterator[database.Connection]:
    """A superuser's connection to look from outside."""
    with database.connect("postgres", "owner") as connection:
        yield connection


def made_from(owner: database.Connection, data: str) -> list[str]:
    """Return every database whose name tells that it was made from the data set."""
    found = owner.execute("SELECT datname FROM pg_database WHERE strpos(datname, %s) > 0 ORDER BY 1", [data])
    return [name for (name,) in found]


def run(code: str, **environment: str) -> subprocess.Popen[str]:
    """Start a Python process with these lines."""
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=os.environ | environment
    )


def value(connection: database.Connection, query: str) -> object:
    """Return what the query gives, one value."""
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_opening_makes_the_database_and_comes_back_to_what_was_left(data: str) -> None:
    """The first opening clones the data; the second finds what the learner did to them."""
    lesson = small_data.lesson(data)
    first = database.open_lesson(lesson)
    assert (first.kept, first.rows, first.stale) == (False, small_data.ROWS, False)
    assert first.database == f"{server.ensure().learner}_{lesson.id.replace('.', '_')}"
    with database.connect(first.database) as learner:
        learner.execute("DELETE FROM piles")
    second = database.open_lesson(lesson)
    assert (second.kept, second.rows, second.stale) == (True, small_data.ROWS, False)
    with database.connect(second.database) as learner:
        assert value(learner, "SELECT count(*) FROM piles") == 0


def test_the_learner_owns_everything_in_it(data: str) -> None:
    """What is in the database can be altered and dropped, and new things can be made beside it."""
    opened = database.open_lesson(small_data.lesson(data))
    with database.connect(opened.database) as learner:
        learner.execute("ALTER TABLE stones ADD COLUMN weight_g int; CREATE INDEX ON stones (name); DROP TABLE piles")
        learner.execute("CREATE SCHEMA mine; CREATE TABLE mine.stones AS TABLE stones; CREATE EXTENSION hstore")
        owners = learner.execute(
            "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'i') AND relname LIKE 'stones%'"
        ).fetchall()
        assert owners == [("pg_database_owner",)]


def test_a_comment_of_the_learner_s_own_is_not_taken_for_a_stale_database(data: str) -> None:
    """Mnemo's note may be overwritten without harm."""
    lesson = small_data.lesson(data)
    name = database.open_lesson(lesson).database
    with database.connect(name) as learner:
        learner.execute(sql.SQL("COMMENT ON DATABASE {} IS 'my room'").format(sql.Identifier(name)))
    again = database.open_lesson(lesson)
    assert (again.kept, again.rows, again.stale) == (True, small_data.ROWS, False)
    database.drop_lesson(lesson)


def test_a_reset_restores_the_data_and_says_what_it_ends(data: str) -> None:
    """Sessions are named with what they were doing, prepared transactions too; afterwards all is as at the start."""
    lesson = small_data.lesson(data)
    name = database.open_lesson(lesson).database
    with database.connect(name, name="alice") as alice, database.connect(name, name="bob"):
        alice.execute("DROP TABLE piles")
        alice.execute(f"BEGIN; INSERT INTO stones VALUES (9, 'nine'); PREPARE TRANSACTION '{data}'".encode())
        alice.execute("BEGIN; DELETE FROM stones")
        reset = database.reset_lesson(lesson)
        assert reset.ended == (
            "alice (idle in transaction, its open transaction undone)",
            "bob (idle)",
            f"the prepared transaction {data}, undone",
        )
        with pytest.raises(psycopg.OperationalError):
            alice.execute("SELECT 1")
    assert (reset.database, reset.rows) == (name, small_data.ROWS)
    with database.connect(name) as learner:
        assert value(learner, "SELECT count(*) FROM stones") == 5
        assert value(learner, "SELECT count(*) FROM piles") == 2
    assert database.reset_lesson(lesson).ended == ()


def test_what_a_broken_off_reset_left_is_no_hindrance(data: str, owner: database.Connection) -> None:
    """A clone that never got its name is dropped by the next opening, even while somebody is in it."""
    lesson = small_data.lesson(data)
    name = database.open_lesson(lesson).database
    owner.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(f"{name}_new")))
    with database.connect(f"{name}_new", "owner") as left:
        left.execute("DROP TABLE stones CASCADE")
        opened = database.open_lesson(lesson)
    assert (opened.database, opened.kept) == (name, False)
    assert value(owner, f"SELECT count(*) FROM pg_database WHERE datname = '{name}_new'") == 0
    with database.connect(name) as learner:
        assert value(learner, "SELECT count(*) FROM stones") == 5


def test_a_lesson_whose_data_have_changed_says_so_until_it_is_reset(
    own: str, tmp_path: Path, owner: database.Connection
) -> None:
    """The learner's rows stay; the reset brings the new data in, and the templates of the old are dropped."""
    lesson = small_data.lesson(own)
    name = database.open_lesson(lesson).database
    old = database.template(own)
    with (tmp_path / "datasets" / own / "finish.sql").open("a") as finish:
        finish.write("INSERT INTO piles VALUES (3);\n")
    again = database.open_lesson(lesson)
    assert (again.kept, again.stale, again.rows) == (True, True, small_data.ROWS)
    with database.connect(name) as learner:
        assert value(learner, "SELECT count(*) FROM piles") == 2
    reset = database.reset_lesson(lesson)
    assert reset.rows == small_data.ROWS + 1
    assert not database.open_lesson(lesson).stale
    assert old not in made_from(owner, own)


def test_others_cannot_enter_a_lesson(data: str) -> None:
    """The answer role gets into no lesson, nor into the databases that every server has; nobody into a template."""
    name = database.open_lesson(small_data.lesson(data)).database
    for closed in (name, "postgres", "template1"):
        with pytest.raises(ServerUnavailable, match="permission denied"):
            database.connect(closed, "answer")
    for role in ("learner", "answer", "owner"):
        with pytest.raises(ServerUnavailable, match="not currently accepting connections"):
            database.connect(database.template(data), role)


def test_what_needs_a_superuser_is_there_for_the_learner(data: str) -> None:
    """Pages, indexes and statistics can be looked into, and the two settings of lessons on locks and plans be set."""
    name = database.open_lesson(small_data.lesson(data)).database
    with database.connect(name) as learner:
        there = {row[0] for row in learner.execute("SELECT extname FROM pg_extension")}
        assert {"pgstattuple", "pg_stat_statements", "postgres_fdw", "pageinspect"} <= there
        known = {row[0] for row in learner.execute("SELECT name FROM pg_available_extensions")}
        assert ("hypopg" in there) == ("hypopg" in known)
        assert value(learner, "SELECT count(*) FROM heap_page_items('stones', 0)") == 5
        assert value(learner, "SELECT t_ctid::text FROM mnemo.heap_page_items('public.stones', 0) LIMIT 1") == "(0,1)"
        assert value(learner, "SELECT level FROM bt_metap('stones_pkey')") == 0
        assert value(learner, "SELECT live_items FROM bt_page_stats('stones_pkey', 1)") == 5
        assert value(learner, "SELECT count(*) FROM bt_page_items('stones_pkey', 1)") == 5
        assert value(learner, "SELECT tuple_count FROM pgstattuple('stones')") == 5
        assert value(learner, "SELECT count(*) >= 0 FROM pg_stat_statements") is True
        learner.execute("CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw")
        learner.execute("SET deadlock_timeout = '2s'; SET track_io_timing = on")


def test_pages_that_the_learner_may_not_read_stay_closed(data: str) -> None:
    """The wrappers run with a superuser's rights and hand none of them on."""
    name = database.open_lesson(small_data.lesson(data)).database
    with database.connect(name) as learner:
        for call in (
            "heap_page_items('pg_catalog.pg_authid', 0)",
            "bt_page_items('pg_catalog.pg_authid_rolname_index', 1)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                learner.execute(f"SELECT * FROM mnemo.{call}".encode())
        # A function of the same name, nearer on the learner's search path, is not the one that they call.
        learner.execute(
            "CREATE FUNCTION public.get_raw_page(text, bigint) RETURNS bytea LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'caught as %', current_user; END $$"
        )
    with database.connect(name) as learner:
        assert value(learner, "SELECT count(*) FROM mnemo.heap_page_items('stones', 0)") == 5


def test_the_limits_of_a_lesson_are_set_on_its_database(data: str) -> None:
    """Every session gets them, those of other programs too, and may set others for itself."""
    name = database.open_lesson(small_data.lesson(data)).database
    with database.connect(name) as learner:
        assert value(learner, "SHOW statement_timeout") == "5min"
        assert value(learner, "SHOW idle_in_transaction_session_timeout") == "1h"
        assert value(learner, "SHOW search_path") == '"$user", public, mnemo'
        learner.execute("SET statement_timeout = 0")


def test_two_that_need_a_template_at_once_build_it_once(own: str, owner: database.Connection) -> None:
    """Two processes start together: one builds, both get it."""
    code = f"from mnemo_helpers import database; print(database.template({own!r}, 'full', print), flush=True)"
    both = [run(code) for _ in range(2)]
    said = [process.communicate(timeout=60)[0].splitlines() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert said[0][-1] == said[1][-1]
    assert sum(f"{own}: preparing the data, once on this server." in lines for lines in said) == 1
    assert made_from(owner, own) == [said[0][-1]]


def test_two_that_open_a_lesson_at_once_make_one_database(data: str) -> None:
    """The second finds what the first has made."""
    lesson = small_data.lesson(data)
    code = (
        "import small_data; from mnemo_helpers import course, database; from pathlib import Path;"
        f"lesson = course.Lesson({lesson.id!r}, Path('x'), 'm', 't', 1, (), (), {data!r});"
        "name = database.open_lesson(lesson).database; c = database.connect(name);"
        "print(name, c.execute('SELECT oid FROM pg_database WHERE datname = current_database()').fetchone())"
    )
    both = [run(code, PYTHONPATH=str(Path(small_data.__file__).parent)) for _ in range(2)]
    first, second = (process.communicate(timeout=60)[0] for process in both)
    assert first == second
    assert first.startswith(database.open_lesson(lesson).database)


def test_a_template_that_is_not_marked_as_whole_is_built_anew(own: str, owner: database.Connection) -> None:
    """Nobody knows what is in it."""
    name = database.template(own)
    owner.execute(sql.SQL("COMMENT ON DATABASE {} IS NULL").format(sql.Identifier(name)))
    assert not database.built(own)
    assert database.template(own) == name
    assert database.built(own)


def test_a_building_that_is_killed_leaves_nothing(own: str, owner: database.Connection) -> None:
    """kill -9 in the middle of the rows: there is no template, and the next building is not hindered."""
    builder = run(f"from mnemo_helpers import database; database.template({own!r})", HOLD="1")
    assert builder.stdout is not None
    assert builder.stdout.readline() == "loading\n"
    assert re.fullmatch(rf"mnemo_{own}_[0-9a-f]{{8}}_new", made_from(owner, own)[0])
    builder.kill()
    builder.wait()
    name = database.template(own)
    assert made_from(owner, own) == [name]
    assert value(owner, f"SELECT datistemplate AND NOT datallowconn FROM pg_database WHERE datname = '{name}'") is True


def test_a_building_that_fails_leaves_nothing(own: str, tmp_path: Path, owner: database.Connection) -> None:
    """Rows that break a promise of the data set: it says what was not possible, and the half-made goes."""
    with (tmp_path / "datasets" / own / "finish.sql").open("a") as finish:
        finish.write("INSERT INTO stones VALUES (1, 'again');\n")
    with pytest.raises(MnemoError, match=f"(?s)Preparing the data set {own}.*duplicate key"):
        database.template(own)
    assert made_from(owner, own) == []


def test_a_building_tells_how_far_it_is(own: str) -> None:
    """It begins with what it does and ends with all rows."""
    said: list[str] = []
    database.template(own, "full", said.append)
    assert said == [f"{own}: preparing the data, once on this server.", f"{own}: 5 of 5 rows"]
    database.template(own, "full", said.append)
    assert len(said) == 2


def test_an_empty_template_has_tables_and_keys_and_no_rows(own: str, owner: database.Connection) -> None:
    """It is a database of its own beside the full one."""
    empty = database.template(own, "empty")
    assert made_from(owner, own) == [empty]
    assert not database.built(own)
    assert '"rows": 0' in str(
        value(owner, f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{empty}'")
    )


def test_the_work_of_a_killed_kernel_ends(data: str, owner: database.Connection) -> None:
    """A process is killed while its query runs: the server notices by itself and ends the query."""
    name = database.open_lesson(small_data.lesson(data)).database
    kernel = run(
        f"from mnemo_helpers import database; c = database.connect({name!r});"
        "print(c.info.backend_pid, flush=True); c.execute('SELECT pg_sleep(100)')"
    )
    assert kernel.stdout is not None
    pid = int(kernel.stdout.readline())
    at_work = f"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid} AND query LIKE '%pg_sleep%'"
    until(lambda: value(owner, at_work) == 1, "the query runs")
    kernel.kill()
    kernel.wait()
    until(lambda: value(owner, at_work) == 0, "the query has ended")


def test_a_session_can_be_ended_from_outside(data: str) -> None:
    """Whatever the session has set for itself."""
    name = database.open_lesson(small_data.lesson(data)).database
    with database.connect(name) as learner:
        learner.execute("SET statement_timeout = 0")
        assert database.terminate(learner.info.backend_pid) is True
        with pytest.raises(psycopg.OperationalError):
            learner.execute("SELECT 1")
    assert database.terminate(2**22) is False


def test_a_connection_behaves_as_psql_does(data: str) -> None:
    """Each statement commits by itself, a transaction is open only after BEGIN, and the session has its name."""
    name = database.open_lesson(small_data.lesson(data)).database
    with database.connect(name, name="alice") as alice, database.connect(name) as other:
        alice.execute("INSERT INTO piles VALUES (3)")
        assert value(other, "SELECT count(*) FROM piles") == 3
        here = "FROM pg_stat_activity WHERE application_name = 'alice' AND datname = current_database()"
        assert value(other, f"SELECT count(*) {here}") == 1
        for _ in range(10):
            alice.execute("SELECT %s", [1])
        assert value(alice, "SELECT count(*) FROM pg_prepared_statements") == 0
        assert alice.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_a_database_that_is_not_there_says_what_to_do() -> None:
    """One sentence and a remedy, no traceback of the driver and no password."""
    with pytest.raises(ServerUnavailable) as raised:
        database.connect("learner_0_0")
    assert raised.value.lines() == [
        "There is no connection to the database learner_0_0.",
        '  tried: database "learner_0_0" does not exist',
        "What to do: Open the lesson again: lesson.open() makes its database anew.",
    ]


def test_dropping_a_lesson_s_database_is_repeatable(data: str) -> None:
    """It goes with whoever is in it; a second time there is nothing to do."""
    lesson = small_data.lesson(data)
    name = database.open_lesson(lesson).database
    with database.connect(name):
        database.drop_lesson(lesson)
    database.drop_lesson(lesson)
    with pytest.raises(ServerUnavailable):
        database.connect(name)
