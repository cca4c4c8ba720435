"""A server that somebody else runs: lessons with CREATEDB alone, among other learners."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import small_data
from psycopg import sql

from mnemo_helpers import database, server
from mnemo_helpers.errors import MnemoError, NoAnswerRole, ServerUnavailable


@dataclass(frozen=True)
class Class:
    """A given server with pairs of roles, as a teacher makes them."""

    data: str
    owner: database.Connection
    learner: str
    other: str

    def dsn(self, role: str) -> str:
        """Return the connection string that the teacher hands out."""
        info = self.owner.info
        return f"postgresql://{role}:a%40b@127.0.0.1:{info.port}/postgres"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    """Two learners with an answer role each."""
    with (
        pytest.MonkeyPatch.context() as patch,
        small_data.small(tmp_path_factory.mktemp("course"), patch) as data,
        database.connect("postgres", "owner") as owner,
    ):
        first, second = (f"pupil{secrets.token_hex(3)}" for _ in range(2))
        roles = [first, f"{first}_a", second, f"{second}_a"]
        for role in roles:
            createdb = "CREATEDB" if role in (first, second) else ""
            owner.execute(
                sql.SQL(
                    f"CREATE ROLE {{0}} LOGIN {createdb} PASSWORD 'a@b'; GRANT CONNECT ON DATABASE postgres TO {{0}}"
                ).format(sql.Identifier(role))
            )
        yield Class(data, owner, first, second)
        for role in roles:
            for (name,) in owner.execute(
                "SELECT datname FROM pg_database WHERE datdba = %s::regrole", [role]
            ).fetchall():
                owner.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(name)))
                owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            owner.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(role)))


@pytest.fixture
def given(there: Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Class:
    """A given server with Mnemo in the first learner's place."""
    become(monkeypatch, there, there.learner, tmp_path)
    return there


def become(patch: pytest.MonkeyPatch, there: Class, learner: str, home: Path) -> None:
    """Be that learner of the class."""
    patch.setenv("MNEMO_STATE", str(home / learner))
    patch.setenv("MNEMO_SERVER", there.dsn(learner))
    patch.setenv("MNEMO_ANSWER", there.dsn(f"{learner}_a"))


def test_a_lesson_opens_with_createdb_alone(given: Class) -> None:
    """The learner owns the clone, text is ordered by code points, and the room's settings are the database's."""
    lesson = small_data.lesson(given.data)
    opened = database.open_lesson(lesson)
    assert opened.server.kind == "given"
    assert (opened.kept, opened.rows, opened.stale) == (False, small_data.ROWS, False)
    with database.connect(opened.database) as learner:
        learner.execute("ALTER TABLE stones ADD COLUMN weight_g int; DROP TABLE piles")
        shown = [
            learner.execute(f"SHOW {name}".encode()).fetchone()
            for name in ("statement_timeout", "idle_in_transaction_session_timeout", "search_path")
        ]
        assert shown == [("5min",), ("15min",), ('"$user", public',)]
        found = learner.execute(
            "SELECT setconfig FROM pg_db_role_setting s JOIN pg_database d ON d.oid = setdatabase"
            " WHERE datname = current_database()"
        ).fetchone()
        assert found is not None
        assert {"TimeZone=UTC", "jit=off", "synchronize_seqscans=off", "client_connection_check_interval=1s"} <= set(
            found[0]
        )
        assert learner.execute("SELECT 'B' < 'a', lower('É')").fetchone() == (True, "é")
    assert database.open_lesson(lesson).kept
    assert database.reset_lesson(lesson).rows == small_data.ROWS


def test_other_learners_stay_outside(given: Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the lesson nor the grading database of one lets another in."""
    names = [database.open_lesson(small_data.lesson(given.data)).database, database.grading(given.data)]
    become(monkeypatch, given, given.other, tmp_path)
    for name in names:
        for role in ("learner", "answer"):
            with pytest.raises(ServerUnavailable, match="permission denied"):
                database.connect(name, role)


def test_another_learner_s_template_is_not_trusted(
    given: Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each builds a template of its own, unless one who administers the server has made it for all."""
    mine = database.template(given.data)
    become(monkeypatch, given, given.other, tmp_path)
    theirs = database.template(given.data)
    assert mine != theirs
    # The name that a teacher's template would have, taken by a learner.
    shared = mine.rpartition("_")[0]
    given.owner.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} IS_TEMPLATE true").format(
            sql.Identifier(shared), sql.Identifier(given.learner)
        )
    )
    given.owner.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(shared), note(given, mine)))
    assert database.template(given.data) == theirs
    given.owner.execute(sql.SQL("ALTER DATABASE {} OWNER TO CURRENT_USER").format(sql.Identifier(shared)))
    assert database.template(given.data) == shared


def note(given: Class, name: str) -> sql.Literal:
    """Return what Mnemo has noted on a database."""
    found = given.owner.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    assert found is not None
    return sql.Literal(found[0])


def test_answers_are_judged_under_the_second_role(given: Class, tmp_path: Path) -> None:
    """Reading in grading databases, everything in a throw-away one, and its settings are taken back."""
    database.secure_answer()
    name = database.grading(given.data, "INSERT INTO stones VALUES (1, 'one')")
    with database.connect(name, "answer") as answer:
        assert answer.execute("TABLE stones").fetchall() == [(1, "one")]
        answer.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            answer.execute("DELETE FROM stones")
        answer.execute("ALTER ROLE CURRENT_USER SET search_path = mine")
    database.secure_answer()
    with database.connect(name, "answer") as answer:
        assert answer.execute("SHOW search_path").fetchone() == ('"$user", public',)
    with database.scratch() as scratch:
        left = database.connect(scratch, "answer")
        left.execute("CREATE TABLE t (id int); CREATE SCHEMA mine")
    assert given.owner.execute("SELECT FROM pg_database WHERE datname = %s", [scratch]).rowcount == 0
    with database.connect(name, "answer") as answer:
        assert database.terminate(answer.info.backend_pid) is True


def test_without_a_second_role_nothing_is_judged(given: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs it says so; the lesson itself opens."""
    monkeypatch.delenv("MNEMO_ANSWER")
    assert server.ensure().answer is None
    assert database.open_lesson(small_data.lesson(given.data)).rows == small_data.ROWS
    with pytest.raises(NoAnswerRole, match="MNEMO_ANSWER"):
        database.grading(given.data)
    with pytest.raises(NoAnswerRole):
        database.secure_answer()
    with pytest.raises(NoAnswerRole), database.scratch():
        pass
    with pytest.raises(NoAnswerRole):
        database.connect("postgres", "answer")


def test_an_answer_role_that_no_longer_lets_us_in_is_told(given: Class) -> None:
    """On a given server only the teacher can set the password again; the check says so and judges nothing."""
    server.ensure()
    set_to = sql.SQL("ALTER ROLE {} PASSWORD {}")
    answer = sql.Identifier(f"{given.learner}_a")
    given.owner.execute(set_to.format(answer, "other"))
    try:
        with pytest.raises(NoAnswerRole, match="password authentication failed") as raised:
            database.secure_answer()
    finally:
        given.owner.execute(set_to.format(answer, "a@b"))
    assert "a@b" not in str(raised.value)


def test_a_role_that_may_make_no_database_is_told(given: Class) -> None:
    """One sentence that names the right that is missing."""
    right = sql.SQL("ALTER ROLE {} {}")
    learner = sql.Identifier(given.learner)
    given.owner.execute(right.format(learner, sql.SQL("NOCREATEDB")))
    try:
        with pytest.raises(MnemoError, match=r"(?s)does not allow it.*CREATEDB"):
            database.open_lesson(small_data.lesson(given.data))
    finally:
        given.owner.execute(right.format(learner, sql.SQL("CREATEDB")))
