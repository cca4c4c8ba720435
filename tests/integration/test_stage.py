"""A stage: sessions on real connections, waits as the server tells them, the same on every run."""

from __future__ import annotations

import os
import signal
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping

import pytest
from server_room import until

from mnemo_helpers import database, server, sql
from mnemo_helpers.errors import MnemoError, ServerUnavailable
from mnemo_helpers.stage import Run, Stage
from mnemo_helpers.stage._cast import Cast
from mnemo_helpers.stage._play import Player
from mnemo_helpers.stage._session import Session

TABLE = (
    "setup: DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 0), (2, 0)\n"
)
ON_STAGE = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name <> 'outside'"


@pytest.fixture(scope="module")
def dsn(scratch_db: str) -> str:
    """Where the stage is."""
    return server.conninfo(server.ensure(), "learner", scratch_db)


@pytest.fixture
def play(dsn: str) -> Callable[..., Run]:
    """Plays a script on a table of two rows."""
    return lambda script, **settings: Stage(TABLE + script, dsn, **settings).run()


def one(connection: database.Connection, query: str) -> object:
    """Return the one value of a query."""
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_lost_update(play: Callable[..., Run]) -> None:
    """Two sessions in the written order: who waits, for what, when it goes on and how it ends."""
    run = play("""
alice: BEGIN ISOLATION LEVEL REPEATABLE READ
bob:   BEGIN ISOLATION LEVEL REPEATABLE READ
alice: SELECT n FROM t WHERE id = 1
bob:   SELECT * FROM t ORDER BY id
alice: UPDATE t SET n = 1 WHERE id = 1
bob:   UPDATE t SET n = 2
         WHERE id = 1
alice: COMMIT
bob:   COMMIT
""")
    assert (
        run.text
        == """\
1 alice: BEGIN ISOLATION LEVEL REPEATABLE READ
2   bob: BEGIN ISOLATION LEVEL REPEATABLE READ
3 alice: SELECT n FROM t WHERE id = 1
           n = 0
4   bob: SELECT * FROM t ORDER BY id
           id | n
           ---+--
            1 | 0
            2 | 0
5 alice: UPDATE t SET n = 1 WHERE id = 1
           UPDATE 1
6   bob: UPDATE t SET n = 2
         WHERE id = 1
           waits for alice: a row of t
7 alice: COMMIT
    bob: step 6 fails
           ✘ 40001 could not serialize access due to concurrent update
8   bob: COMMIT
           ROLLBACK"""
    )
    assert run.value(3) == "0"
    assert run.rows(4) == (("1", "0"), ("2", "0"))
    assert run.errors("bob") == ("40001",)
    assert run.errors("alice") == ()
    assert (run.waits, run.step(6).wait.until if run.step(6).wait else None) == (1, 7)


def test_the_picture_carries_the_same(play: Callable[..., Run]) -> None:
    """The lanes are SVG without script, and hold each step, each wait and the whole text."""
    run = play("alice: BEGIN\nalice: UPDATE t SET n = n + 1\nbob: DELETE FROM t WHERE n < 9\nalice: COMMIT")
    picture = ET.fromstring(run._repr_mimebundle_()["text/html"])
    title = picture.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == run.text
    words = ["".join(text.itertext()) for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert {"alice", "bob", "DELETE FROM t WHERE n < 9", "waits for alice: a row of t", "step 3 goes on"} <= set(words)
    assert "DELETE 2" in words
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}rect"))) == 1
    assert not list(picture.iter("{http://www.w3.org/2000/svg}script"))


def test_of_a_deadlock_the_step_that_closes_the_circle_ends(play: Callable[..., Run]) -> None:
    """Which session the server ends is foreseeable, and the same each time, in either direction."""
    for first, second in 3 * [("alice", "bob"), ("bob", "alice")]:
        run = play(f"""
{first}: BEGIN
{second}: BEGIN
{first}: UPDATE t SET n = 1 WHERE id = 1
{second}: UPDATE t SET n = 2 WHERE id = 2
{first}: UPDATE t SET n = 1 WHERE id = 2
{second}: UPDATE t SET n = 2 WHERE id = 1
{first}: COMMIT
{second}: COMMIT
""")
        assert run.errors(second) == ("40P01",)
        assert run.errors(first) == ()
        assert "deadlock detected: alice waits for bob, bob waits for alice" in run.text
        assert run.step(5).wait is not None


def test_a_circle_of_three(play: Callable[..., Run]) -> None:
    """A session that waits twice is no circle; the one who closes it is named with the others."""
    run = play("""
setup: INSERT INTO t VALUES (3, 0)
alice: BEGIN
bob: BEGIN
carol: BEGIN
alice: UPDATE t SET n = 1 WHERE id = 1
bob: UPDATE t SET n = 1 WHERE id = 2
carol: UPDATE t SET n = 1 WHERE id = 3
alice: UPDATE t SET n = 1 WHERE id = 2
bob: UPDATE t SET n = 1 WHERE id = 3
carol: UPDATE t SET n = 1 WHERE id = 1
bob: COMMIT
alice: COMMIT
carol: COMMIT
""")
    assert run.errors("carol") == ("40P01",)
    assert "alice waits for bob, bob waits for carol, carol waits for alice" in run.text
    assert [step.wait.until for step in run.steps if step.wait] == [10, 9]


def test_who_waits_has_looked_for_a_circle_before_another_can_close_one(
    play: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob, whom alice waits for, looks as soon as he waits; the stage goes on when the server says that he has.

    Otherwise he may look when carol has closed the circle, on a busy machine, and is ended in her place.
    """
    noted = Player._note_waits
    looked: list[bool] = []

    def note(player: Player, graph: Mapping[str, frozenset[int]]) -> None:
        bob = player._cast.sessions["bob"]
        if bob.active and bob._may_tell:
            looked.append(bob.looked)
        noted(player, graph)

    monkeypatch.setattr(Player, "_note_waits", note)
    for _ in range(20):
        play("""
setup: INSERT INTO t VALUES (3, 0)
alice: BEGIN; UPDATE t SET n = 1 WHERE id = 1
bob: BEGIN; UPDATE t SET n = 1 WHERE id = 2
carol: BEGIN; UPDATE t SET n = 1 WHERE id = 3
alice: UPDATE t SET n = 1 WHERE id = 2
bob: UPDATE t SET n = 1 WHERE id = 3
carol: COMMIT
bob: COMMIT
alice: COMMIT
""")
    assert all(looked)


@pytest.mark.parametrize(
    ("held", "wanted", "lock"),
    [
        ("LOCK TABLE t", "SELECT 1 FROM t", "AccessShareLock on the table t"),
        ("SELECT 1 FROM t WHERE id = 1", "ALTER TABLE t ADD m int", "AccessExclusiveLock on the table t"),
        ("SELECT 1 FROM t FOR SHARE", "UPDATE t SET n = 1", "a row of t"),
        ("SELECT pg_advisory_xact_lock(7)", "SELECT pg_advisory_lock(7)", "the advisory lock 7 (ExclusiveLock)"),
        ("INSERT INTO t VALUES (3, 3)", "INSERT INTO t VALUES (3, 4)", "the end of its transaction"),
        ("INSERT INTO t VALUES (3, 3)", "CREATE INDEX CONCURRENTLY ON t (n)", "the end of its transaction"),
    ],
)
def test_what_is_waited_for(play: Callable[..., Run], held: str, wanted: str, lock: str) -> None:
    """The lock is told as the server names it, rows by their table."""
    wait = play(f"alice: BEGIN\nalice: {held}\nbob: {wanted}\nalice: COMMIT").step(3).wait
    assert wait is not None
    assert (wait.whom, wait.lock, wait.until) == (("alice",), lock, 4)


def test_nobody_looks_on_while_vacuum_begins(play: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looks on has a snapshot, by which VACUUM would leave what has died; it is asked only when a step is slow."""
    looks: list[str] = []
    blockers = Cast.blockers

    def noted(cast: Cast, sessions: Iterable[Session]) -> dict[str, frozenset[int]]:
        looks.append("look")
        return blockers(cast, sessions)

    monkeypatch.setattr(Cast, "blockers", noted)
    run = play("alice: VACUUM t")
    assert (run.errors("alice"), looks) == ((), [])


def test_a_plain_reader_behind_a_waiting_alter(play: Callable[..., Run]) -> None:
    """Whoever waits in a queue waits for those before it, and they go on one after the other."""
    run = play(
        "alice: BEGIN\nalice: SELECT FROM t\nbob: ALTER TABLE t ADD m int\ncarol: SELECT m FROM t\nalice: COMMIT"
    )
    assert [step.wait.whom for step in run.steps if step.wait] == [("alice",), ("bob",)]
    assert [step.wait.until for step in run.steps if step.wait] == [5, 5]
    assert run.rows(4) == ((None,), (None,))


def test_a_step_for_a_session_that_waits_cannot_happen(play: Callable[..., Run]) -> None:
    """The order is told to be impossible, and nothing hangs."""
    run = play("alice: BEGIN\nalice: LOCK TABLE t\nbob: BEGIN\nbob: SELECT FROM t\nbob: COMMIT\nalice: COMMIT")
    assert run.impossible == "Step 5 (bob: COMMIT) cannot happen here: bob still waits for alice since step 4."
    assert len(run.steps) == 4
    assert run.text.endswith(run.impossible)


def test_a_session_left_open(play: Callable[..., Run], outside: database.Connection) -> None:
    """What is open at the end is rolled back, and said."""
    run = play("alice: BEGIN\nalice: UPDATE t SET n = 5\nbob: UPDATE t SET n = 6")
    assert run.notes == (
        "bob still waits for alice at the end; step 3 was given up.",
        "alice's transaction was still open at the end; it was rolled back.",
    )
    assert one(outside, "SELECT sum(n) FROM t") == 0
    until(lambda: one(outside, ON_STAGE) == 0, "every session has ended")


def test_a_time_limit_ends_a_wait(play: Callable[..., Run]) -> None:
    """A wait that ends by itself is waited for, so that the next step finds the same each time."""
    run = play("""
alice: BEGIN
alice: LOCK TABLE t
bob: SET lock_timeout = '20ms'
bob: SELECT FROM t
bob: SELECT 'on'
alice: COMMIT
""")
    assert run.errors("bob") == ("55P03",)
    assert run.value(5) == "on"
    run = play("""
alice: BEGIN
alice: LOCK TABLE t
alice: SET LOCAL idle_in_transaction_session_timeout = '50ms'
bob: SELECT count(*) FROM t
alice: COMMIT
""")
    assert run.value(4) == "2"
    assert run.errors("alice") == ("25P03",)


def test_a_client_that_dies(play: Callable[..., Run]) -> None:
    """A session that ends lets the others go on; its later steps say that it is gone."""
    run = play("""
alice: BEGIN
alice: UPDATE t SET n = 9
bob: UPDATE t SET n = n + 1
alice: SELECT pg_terminate_backend(pg_backend_pid())
alice: COMMIT
bob: SELECT sum(n) FROM t
""")
    assert run.errors("alice") == ("57P01", "08003")
    assert run.step(3).wait is not None
    assert run.value(6) == "2"


def test_a_client_that_another_ends(play: Callable[..., Run]) -> None:
    """Its transaction is gone with it, so nothing was left open at the end."""
    run = play("""
alice: BEGIN; UPDATE t SET n = 9
network: SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE application_name = 'alice' AND datname = current_database()
bob: SELECT sum(n) FROM t
""")
    assert (run.value(2), run.value(3), run.notes) == ("t", "0", ())


def test_a_step_that_never_returns(play: Callable[..., Run], outside: database.Connection) -> None:
    """It is cancelled, and said; nothing of it stays."""
    with pytest.raises(MnemoError, match=r"Step 1 \(bob: SELECT pg_sleep\(600\)\) did not return within 0.1 s"):
        play("bob: SELECT pg_sleep(600)", limit_s=0.1)
    until(lambda: one(outside, ON_STAGE) == 0, "every session has ended")


def test_a_wait_for_somebody_else(play: Callable[..., Run], dsn: str, outside: database.Connection) -> None:
    """Somebody else's open transaction is named at once, and left alone."""
    play("alice: SELECT 1")
    outside.execute("BEGIN; UPDATE t SET n = 7 WHERE id = 1")
    try:
        with pytest.raises(MnemoError, match=r"not on the stage: outside \(idle in transaction\)") as raised:
            Stage("alice: BEGIN\nalice: UPDATE t SET n = 8", dsn).run()
        assert "COMMIT or ROLLBACK there" in str(raised.value)
        assert one(outside, "SELECT n FROM t WHERE id = 1") == 7
    finally:
        outside.execute("ROLLBACK")


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_in_mid_wait(play: Callable[..., Run], outside: database.Connection) -> None:
    """All sessions end, the one that waits too; nothing is left in pg_stat_activity."""

    def interrupt() -> None:
        until(lambda: one(outside, ON_STAGE + " AND wait_event = 'PgSleep'") == 1, "the stage plays")
        os.kill(os.getpid(), signal.SIGINT)

    helper = threading.Thread(target=interrupt)
    helper.start()
    with pytest.raises(KeyboardInterrupt):
        play("alice: BEGIN\nalice: UPDATE t SET n = 1\nbob: UPDATE t SET n = 2\nalice: SELECT pg_sleep(600)")
    helper.join()
    until(lambda: one(outside, ON_STAGE) == 0, "every session has ended")
    assert one(outside, "SELECT sum(n) FROM t") == 0


def test_what_the_server_says_beside(play: Callable[..., Run]) -> None:
    """Notices, several statements in a step, and a copy without rows are all told."""
    run = play("""
alice: DO $$ BEGIN RAISE NOTICE 'so far'; END $$
alice: SELECT 1 AS a; SELECT 2 AS b WHERE false
alice: COPY t FROM STDIN
alice: COPY (SELECT 1) TO STDOUT
alice: SELECT NULL AS nothing
""")
    assert (
        run.text
        == """\
1 alice: DO $$ BEGIN RAISE NOTICE 'so far'; END $$
           NOTICE:  so far
2 alice: SELECT 1 AS a; SELECT 2 AS b WHERE false
           a = 1
           b
           -
           no rows
3 alice: COPY t FROM STDIN
           ✘ 57014 COPY from stdin failed: a step on a stage has no rows to copy
4 alice: COPY (SELECT 1) TO STDOUT
           COPY 1
5 alice: SELECT NULL AS nothing
           nothing = NULL"""
    )


def test_the_level_of_a_bare_begin(play: Callable[..., Run]) -> None:
    """A level given to the stage is what BEGIN alone means."""
    script = "alice: BEGIN\nalice: SHOW transaction_isolation\nalice: COMMIT"
    assert play(script).value(2) == "read committed"
    assert play(script, level="serializable").value(2) == "serializable"


def test_where_it_is_played(dsn: str, opener: Callable[[str], database.Connection]) -> None:
    """Without an address it is where the lesson works; a wrong one is told without a password."""
    sql.use(opener)
    try:
        database_name = Stage("alice: SELECT current_database()").run().value(1)
    finally:
        sql.close_all()
    assert f"dbname={database_name}" in dsn
    with pytest.raises(ServerUnavailable) as raised:
        Stage("alice: SELECT 1", "host=127.0.0.1 port=1 user=me password=hidden").run()
    assert "hidden" not in str(raised.value)


def test_a_setup_that_fails(dsn: str) -> None:
    """It is told with the server's words, and nothing is played."""
    with pytest.raises(MnemoError, match=r'set-up of the stage failed: relation "no_table" does not exist \(42P01\)'):
        Stage("setup: DELETE FROM no_table\nalice: SELECT 1", dsn).run()


def test_a_value_that_was_read_is_named_later(play: Callable[..., Run]) -> None:
    """Each session knows the columns of the one row that it read last; what is NULL or a text stays so."""
    run = play("""
alice: INSERT INTO t VALUES (3, NULL); SELECT id, n, 'it''s' AS said, -7 AS below FROM t WHERE id = 3
bob:   SELECT id FROM t WHERE id = 1
alice: SELECT :id, :n IS NULL, :said, 1-:below, ':id'
bob:   SELECT :id
alice: SELECT id FROM t WHERE id = 9
alice: SELECT :id IS NULL
alice: SELECT id, n AS many FROM t
alice: SELECT :many
carol: SELECT :id
""")
    assert run.rows(3) == (("3", "t", "it's", "8", ":id"),)
    assert [run.value(number) for number in (4, 6)] == ["1", "t"]
    # Of several rows none is known, and nobody knows what another has read.
    assert (run.errors("alice"), run.errors("carol")) == (("42601",), ("42601",))


def test_a_step_that_answers_too_much(play: Callable[..., Run], outside: database.Connection) -> None:
    """It is stopped before it fills the memory."""
    with pytest.raises(MnemoError, match="answers with more than 16 MB of rows"):
        play("alice: SELECT repeat('x', 1000) FROM generate_series(1, 10000000)")
    until(lambda: one(outside, ON_STAGE) == 0, "every session has ended")
