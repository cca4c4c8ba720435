"""Exploring: every order that can happen, what must hold in each, and what is proven to end alike."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator

import pytest
from server_room import until

from mnemo_helpers import database, server
from mnemo_helpers.errors import MnemoError, UnknownName
from mnemo_helpers.stage import LEVELS, Exploration, _cast, explore

SKEW = """
alice: BEGIN; SELECT count(*) FROM doctors WHERE on_call
alice: UPDATE doctors SET on_call = false WHERE name = 'Ada'
alice: COMMIT
bob:   BEGIN; SELECT count(*) FROM doctors WHERE on_call
bob:   UPDATE doctors SET on_call = false WHERE name = 'Ben'
bob:   COMMIT
"""
TABLES = """
DROP TABLE IF EXISTS doctors, child, parent, account, noted; DROP SEQUENCE IF EXISTS ticket;
CREATE TABLE doctors (name text PRIMARY KEY, on_call boolean);
INSERT INTO doctors VALUES ('Ada', true), ('Ben', true);
CREATE TABLE parent (id int PRIMARY KEY, n int);
INSERT INTO parent VALUES (1, 0);
CREATE TABLE child (id int GENERATED ALWAYS AS IDENTITY, parent_id int REFERENCES parent,
  twice int GENERATED ALWAYS AS (parent_id * 2) STORED);
CREATE TABLE account (id int PRIMARY KEY, n int NOT NULL CHECK (n >= 0));
INSERT INTO account VALUES (1, 10), (2, 10);
CREATE TABLE noted (what text);
CREATE SEQUENCE ticket;
"""

ON_STAGE = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name <> 'outside'"


@pytest.fixture(scope="module")
def dsn(scratch_db: str) -> str:
    """Where the stage is."""
    return server.conninfo(server.ensure(), "learner", scratch_db)


@pytest.fixture
def tables(opener: Callable[[str], database.Connection]) -> Iterator[database.Connection]:
    """Tables to explore on, and a connection to look at them."""
    with opener("outside") as connection:
        connection.execute(TABLES.encode())
        yield connection


def rows(connection: database.Connection, query: str) -> list[tuple[object, ...]]:
    """Return the rows of a query."""
    return connection.execute(query.encode()).fetchall()


def test_write_skew_at_each_level(dsn: str, tables: database.Connection) -> None:
    """Only SERIALIZABLE keeps what a query decides; the shortest order that breaks it can be played again."""
    found = explore(SKEW + "-- someone is on call", "serial", dsn=dsn)
    assert [(one.level, one.total, one.feasible, one.broken) for one in found.levels] == [
        ("read committed", 20, 20, 18),
        ("repeatable read", 20, 20, 18),
        ("serializable", 20, 20, 0),
    ]
    assert found.weakest == "serializable"
    assert found.stage("serializable") is None
    again = found.stage("repeatable read")
    assert again is not None
    assert again.run() == found["repeatable read"].run
    assert rows(tables, "SELECT count(*) FROM doctors WHERE NOT on_call") == [(2,)]


def test_an_invariant_in_sql(dsn: str, tables: database.Connection) -> None:
    """A sentence is judged after each run; outcomes tell who failed and which rows are left."""
    script = """
alice: BEGIN; SELECT n FROM account WHERE id = 1
alice: UPDATE account SET n = 15 WHERE id = 1
alice: COMMIT
bob: UPDATE account SET n = n + 5 WHERE id = 1
"""
    found = explore(script, "(SELECT n FROM account WHERE id = 1) IN (10, 20)", ["read committed"], dsn=dsn)
    outcomes = found["read committed"].outcomes
    assert [(o.errors, o.rows[0][1][0], o.true, o.count) for o in outcomes] == [
        ((), "(1,15)", False, 2),
        ((), "(1,20)", True, 2),
    ]
    assert found.weakest is None
    found = explore(script, "(SELECT n FROM account WHERE id = 1) > 0", ["repeatable read"], dsn=dsn)
    assert found.weakest == "repeatable read"
    assert {o.errors for o in found["repeatable read"].outcomes} == {
        (),
        (("alice", ("40001",)),),
        (("bob", ("40001",)),),
    }


def test_the_tables_are_as_they_were(dsn: str, tables: database.Connection) -> None:
    """Without a set-up the tables of the steps are copied and put back, sequences, identities, triggers and all."""
    tables.execute(
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN INSERT INTO noted VALUES (TG_OP); RETURN NEW; END $$"
    )
    tables.execute("CREATE TRIGGER noting AFTER INSERT ON child FOR EACH ROW EXECUTE FUNCTION note()")
    tables.execute("INSERT INTO child (parent_id) VALUES (1), (1); SELECT nextval('ticket')")
    look = (
        "SELECT *, (SELECT last_value FROM ticket), (SELECT count(*) FROM noted) FROM child, parent ORDER BY child.id"
    )
    before = rows(tables, look)
    script = """
alice: BEGIN; INSERT INTO child (parent_id) VALUES (1) RETURNING id -- noted
alice: SELECT nextval('ticket')
alice: COMMIT
bob: UPDATE parent SET n = n + 1
bob: DELETE FROM child
"""
    found = explore(script, "(SELECT count(*) FROM child) < 3", ["read committed"], dsn=dsn)
    first = {outcome.rows for outcome in found["read committed"].outcomes}
    assert len(first) == len(found["read committed"].outcomes)
    assert rows(tables, look) == before
    assert explore(script, "(SELECT count(*) FROM child) < 3", ["read committed"], dsn=dsn).text == found.text
    tables.execute("INSERT INTO child (parent_id) VALUES (1)")
    assert rows(tables, "SELECT max(id), (SELECT count(*) FROM noted) FROM child") == [(3, 3)]
    tables.execute("DROP FUNCTION note CASCADE")


def test_a_table_that_is_not_named(dsn: str, tables: database.Connection) -> None:
    """What could not be put back is not written: the step is stopped, and nothing has changed."""
    tables.execute("CREATE FUNCTION spend() RETURNS void LANGUAGE sql AS 'UPDATE account SET n = 0'")
    with pytest.raises(MnemoError, match="writes to a table that no step names"):
        explore("alice: SELECT spend()\nbob: SELECT 1", dsn=dsn)
    assert rows(tables, "SELECT sum(n) FROM account") == [(20,)]
    assert explore("alice: SELECT spend() -- account\nbob: SELECT 1", dsn=dsn).weakest == "read committed"
    assert rows(tables, "SELECT sum(n) FROM account") == [(20,)]
    tables.execute("DROP FUNCTION spend")


def test_a_set_up_of_the_scripts_own(dsn: str, tables: database.Connection) -> None:
    """With set-up lines each run makes its tables, and the steps may change them too."""
    script = """
setup: CREATE TABLE made (n int); INSERT INTO made VALUES (1)
alice: BEGIN; SELECT n FROM made
alice: SELECT n FROM made
alice: COMMIT
bob: ALTER TABLE made ADD m int DEFAULT 2
bob: UPDATE made SET n = m
teardown: DROP TABLE made
"""
    found = explore(script, "serial", ["read committed", "repeatable read"], dsn=dsn)
    assert (found["read committed"].total, found["read committed"].impossible) == (10, 3)
    assert rows(tables, "SELECT to_regclass('made')") == [(None,)]
    plain = script.replace("ALTER TABLE made ADD m int DEFAULT 2", "UPDATE made SET n = 2").replace("= m", "= n + 1")
    found = explore(plain, "(SELECT n FROM made) IN (1, 3)", ["read committed"], dsn=dsn)
    assert [(o.rows, o.count) for o in found["read committed"].outcomes] == [((("made", ("(3)",)),), 10)]
    assert rows(tables, "SELECT to_regclass('made')") == [(None,)]
    with pytest.raises(MnemoError, match="changes the tables themselves"):
        explore("alice: ALTER TABLE account ADD m int\nbob: SELECT 1", dsn=dsn)


def test_somebody_else_in_the_tables(
    dsn: str, tables: database.Connection, monkeypatch: pytest.MonkeyPatch, opener: Callable[[str], database.Connection]
) -> None:
    """What cannot be put back because of another's open transaction is told, and not waited for without end."""
    monkeypatch.setattr(_cast, "LOCK_TIMEOUT", "50ms")
    with opener("somebody") as somebody:
        somebody.execute("BEGIN; SELECT FROM account FOR UPDATE")
        with pytest.raises(MnemoError, match=r"first state failed: .*lock timeout \(55P03\)") as raised:
            explore("alice: UPDATE account SET n = 0\nbob: SELECT 1", dsn=dsn)
        assert "COMMIT or ROLLBACK in your other sessions" in str(raised.value)
        somebody.execute("ROLLBACK")
    assert rows(tables, "SELECT sum(n) FROM account") == [(20,)]


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt(dsn: str, tables: database.Connection) -> None:
    """The tables are put back, and every session ends."""

    def interrupt() -> None:
        until(lambda: rows(tables, ON_STAGE + " AND wait_event = 'PgSleep'") == [(1,)], "the stage plays")
        os.kill(os.getpid(), signal.SIGINT)

    helper = threading.Thread(target=interrupt)
    helper.start()
    with pytest.raises(KeyboardInterrupt):
        explore("alice: UPDATE account SET n = 0\nbob: SELECT pg_sleep(600)", dsn=dsn)
    helper.join()
    until(lambda: rows(tables, ON_STAGE) == [(0,)], "every session has ended")
    assert rows(tables, "SELECT sum(n) FROM account") == [(20,)]


def test_a_session_that_ends_itself(dsn: str, tables: database.Connection) -> None:
    """Each order begins with every session there, whatever became of it in the one before."""
    script = (
        "alice: BEGIN; UPDATE account SET n = 0\nalice: SELECT pg_terminate_backend(pg_backend_pid())\nbob: SELECT 1"
    )
    one = explore(script, "(SELECT sum(n) FROM account) = 20", ["read committed"], dsn=dsn)["read committed"]
    assert [(o.errors, o.count) for o in one.outcomes] == [((("alice", ("57P01",)),), 3)]
    assert one.holds


def counted(found: Exploration) -> list[object]:
    """Return all that was found, but for how many orders were played."""
    return [
        (
            one.level,
            one.total,
            one.feasible,
            sorted((o.errors, o.open, o.rows, o.true, o.count, o.order) for o in one.outcomes),
            one.shortest,
            one.waits,
        )
        for one in found.levels
    ]


ALIKE = {
    "write skew": (LEVELS, SKEW),
    "two accounts, two ways": (
        ("repeatable read",),
        """
alice: BEGIN; UPDATE account SET n = n - 1 WHERE id = 1
alice: UPDATE account SET n = n + 1 WHERE id = 2
alice: COMMIT
bob: BEGIN; UPDATE account SET n = n - 1 WHERE id = 2
bob: UPDATE account SET n = n + 1 WHERE id = 1
bob: COMMIT
""",
    ),
    "a child and its parent": (
        ("repeatable read",),
        """
alice: BEGIN; INSERT INTO child (parent_id) VALUES (1)
alice: COMMIT
bob: BEGIN; SELECT * FROM parent
bob: DELETE FROM parent
bob: COMMIT
""",
    ),
    "a sequence": (
        ("repeatable read",),
        """
alice: BEGIN; SELECT sum(n) FROM account
alice: SELECT nextval('ticket')
alice: ROLLBACK
bob: INSERT INTO noted SELECT is_called::text FROM ticket
bob: UPDATE account SET n = n - 11 WHERE id = 1
""",
    ),
    "a chain of three": (
        ("serializable",),
        """
alice: BEGIN; SELECT n FROM parent; INSERT INTO noted VALUES ('alice')
alice: COMMIT
bob: BEGIN; UPDATE parent SET n = 1; SELECT sum(n) FROM account
bob: COMMIT
carol: BEGIN; UPDATE account SET n = 0
carol: COMMIT
""",
    ),
    "advisory locks": (
        ("repeatable read",),
        """
alice: BEGIN; SELECT pg_advisory_xact_lock(1)
alice: COMMIT
bob: SELECT pg_try_advisory_lock(1)
bob: SELECT pg_advisory_unlock_all()
carol: SELECT count(*) FROM doctors
""",
    ),
    "a snapshot": (
        LEVELS,
        """
alice: BEGIN; INSERT INTO doctors VALUES ('Cleo', true)
alice: SELECT count(*) FROM parent
alice: COMMIT
bob: BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM account
bob: SELECT count(*) FROM doctors
bob: COMMIT
""",
    ),
    "a lock before the snapshot": (
        ("serializable",),
        """
alice: BEGIN; LOCK TABLE doctors IN SHARE MODE
alice: SELECT n FROM parent
alice: UPDATE account SET n = n + 1 WHERE id = 1
alice: COMMIT
bob: INSERT INTO doctors VALUES ('Cleo', true)
bob: UPDATE account SET n = n + 1 WHERE id = 1
""",
    ),
    "skip locked": (
        ("repeatable read",),
        """
alice: BEGIN; SELECT id FROM account ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1
alice: DELETE FROM account WHERE id = 1
alice: COMMIT
bob: BEGIN; SELECT id FROM account ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1
bob: COMMIT
carol: SELECT count(*) FROM doctors
""",
    ),
    "a savepoint": (
        ("repeatable read",),
        """
alice: BEGIN; SAVEPOINT a
alice: UPDATE account SET n = n + 5 WHERE id = 1
alice: ROLLBACK TO a
bob: UPDATE account SET n = n * 2
carol: SELECT sum(n) FROM account
""",
    ),
}


@pytest.mark.parametrize("name", ALIKE)
def test_orders_that_must_end_alike_do(dsn: str, tables: database.Connection, name: str) -> None:
    """What is skipped would have ended as what was played: playing every order tells the same."""
    levels, script = ALIKE[name]
    quick = explore(script, levels=levels, dsn=dsn)
    slow = explore(script, levels=levels, dsn=dsn, skip=False)
    assert counted(quick) == counted(slow)
    assert all(one.runs <= two.runs for one, two in zip(quick.levels, slow.levels, strict=True))


def test_what_cannot_happen_is_counted(dsn: str, tables: database.Connection) -> None:
    """An order in which a session that waits would have to go on is no order; what begins like it is not tried."""
    script = """
alice: BEGIN; UPDATE account SET n = n + 1
alice: SELECT 1
alice: COMMIT
bob: BEGIN; UPDATE account SET n = n + 1
bob: COMMIT
"""
    one = explore(script, "serial", ["read committed"], dsn=dsn)["read committed"]
    assert (one.total, one.feasible, one.impossible) == (10, 5, 5)
    assert one.holds
    assert one.waits > 0
    assert one.runs + one.skipped == 10
    assert one.runs == 9


def test_more_orders_than_the_budget(dsn: str, tables: database.Connection) -> None:
    """Past the budget orders are drawn by a seed, and the reader is told."""
    many = "\n".join(f"{name}: SELECT {i}" for name in ("alice", "bob", "carol") for i in range(9))
    found = explore(many, dsn=dsn, budget=40, levels=["read committed"])
    one = found["read committed"]
    assert (one.total, one.sampled, one.considered, one.runs) == (227_873_431_500, True, 40, 1)
    assert "40 of them were drawn at random" in found.text
    assert found.text == explore(many, dsn=dsn, budget=40, levels=["read committed"]).text


@pytest.mark.parametrize(
    ("invariant", "told"),
    [
        ("SELECT 1", "The invariant is no boolean, it is 1"),
        ("SELECT n > 0 FROM account", "gives 2 rows of 1 columns"),
        ("SELECT true, true", "gives 1 rows of 2 columns"),
        ("false", "not true before the first step"),
        ("NULL::boolean", "not true before the first step"),
        ("no_column", "The invariant failed: column"),
        ("DELETE FROM account", "The invariant failed: syntax error"),
    ],
)
def test_what_is_no_invariant(dsn: str, tables: database.Connection, invariant: str, told: str) -> None:
    """An invariant that says nothing is refused before anything is played."""
    with pytest.raises(MnemoError, match=told):
        explore("alice: UPDATE account SET n = 0\nbob: SELECT 1", invariant, dsn=dsn)
    assert rows(tables, "SELECT sum(n) FROM account") == [(20,)]


def test_a_level_that_there_is_not(dsn: str, tables: database.Connection) -> None:
    """It is told before anything is played; a level that was not explored is no key."""
    with pytest.raises(MnemoError, match="no isolation level 'snapshot'"):
        explore(SKEW, levels=["snapshot"], dsn=dsn)
    found = explore("alice: SELECT 1\nbob: SELECT 2", levels=LEVELS[:1], dsn=dsn)
    with pytest.raises(UnknownName):
        found["serializable"]


def test_what_is_told(dsn: str, tables: database.Connection) -> None:
    """The table of levels and the shortest order that breaks it, as text and as a page with a picture."""
    found = explore(SKEW, "(SELECT bool_or(on_call) FROM doctors)", ["repeatable read"], dsn=dsn)
    assert (
        found.text
        == """\
✘ (SELECT bool_or(on_call) FROM doctors)
level           | can happen | break it | ways to end | played | skipped
----------------+------------+----------+-------------+--------+--------
repeatable read |         20 |       20 |           1 |      8 |      12
· The shortest order that breaks it at REPEATABLE READ:
1 alice: BEGIN; SELECT count(*) FROM doctors WHERE on_call
           count = 2
2 alice: UPDATE doctors SET on_call = false WHERE name = 'Ada'
           UPDATE 1
3 alice: COMMIT
4   bob: BEGIN; SELECT count(*) FROM doctors WHERE on_call
           count = 1
5   bob: UPDATE doctors SET on_call = false WHERE name = 'Ben'
           UPDATE 1
6   bob: COMMIT"""
    )
    assert "<svg" in found._repr_mimebundle_()["text/html"]


def test_only_the_orders_that_are_asked_for(dsn: str, tables: database.Connection) -> None:
    """Judged as if all had been looked at, one that cannot happen as well."""
    bad, good = ("alice", "bob", "alice", "bob", "alice", "bob"), ("alice",) * 3 + ("bob",) * 3
    found = explore(SKEW, "serial", ["repeatable read"], dsn=dsn, orders=[good])["repeatable read"]
    assert (found.total, found.considered, found.broken, found.sampled) == (20, 1, 0, False)
    found = explore(SKEW, "serial", ["repeatable read"], dsn=dsn, orders=[bad, good])["repeatable read"]
    assert (found.considered, found.broken, found.shortest) == (2, 1, bad)
    stuck = "alice: BEGIN; LOCK TABLE account\nbob: SELECT FROM account\nbob: SELECT 1\nalice: COMMIT"
    found = explore(stuck, "serial", ["read committed"], dsn=dsn, orders=[("alice", "bob", "bob", "alice")]).levels[0]
    assert (found.considered, found.impossible, found.outcomes, found.slowest) == (1, 1, (), None)


def test_the_order_that_waits_most(dsn: str, tables: database.Connection) -> None:
    """It is kept as it was played."""
    script = "alice: BEGIN; UPDATE account SET n = 1\nalice: COMMIT\n"
    script += "bob: UPDATE account SET n = 2\ncarol: DELETE FROM account"
    slowest = explore(script, "true", ["read committed"], dsn=dsn)["read committed"].slowest
    assert slowest is not None
    assert slowest.waits == 2
    assert slowest.steps[0].session == "alice"


def test_what_was_read_is_written(dsn: str, tables: database.Connection) -> None:
    """A later step of the session that read a value may name it: a lost update is one that an application makes."""
    script = """
alice: SELECT n FROM account WHERE id = 1
alice: UPDATE account SET n = :n + 1 WHERE id = 1
bob:   SELECT n FROM account WHERE id = 1
bob:   UPDATE account SET n = :n + 1 WHERE id = 1
"""
    found = explore(script, "(SELECT n FROM account WHERE id = 1) IN (10, 12)", ["read committed"], dsn=dsn).levels[0]
    assert (found.feasible, found.broken) == (6, 4)


def test_advisory_locks_leave_rows_only(dsn: str) -> None:
    """Each run begins without them, and with the rows as the set-up made them, though the tables stay."""
    script = """
setup: DROP TABLE IF EXISTS made; CREATE TABLE made (n int); INSERT INTO made VALUES (0)
alice: SELECT pg_advisory_lock(7)
alice: UPDATE made SET n = n + 1
bob:   SELECT pg_advisory_xact_lock(7)
bob:   UPDATE made SET n = n + 1
teardown: DROP TABLE made
"""
    found = explore(script, "(SELECT n FROM made) IN (0, 1, 2)", ["read committed"], dsn=dsn)["read committed"]
    assert {(outcome.rows, outcome.open) for outcome in found.outcomes} == {((("made", ("(2)",)),), False)}
    assert (found.total, found.impossible) == (6, 3)
