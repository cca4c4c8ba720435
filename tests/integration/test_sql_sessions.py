"""Named sessions: two in one notebook, what passes between them, and what is said when one is lost."""

from __future__ import annotations

import io
import os
import random
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import redirect_stdout

import psycopg
import pytest
from cells import Cells
from server_room import until

from mnemo_helpers import database, server, sql
from mnemo_helpers.errors import MnemoError, ServerUnavailable, SQLError, UnknownName

GONE = "Its temporary tables, settings, prepared statements and locks are gone."
ROLLED_BACK = "The transaction that was open in it has been rolled back."


def there(outside: database.Connection, pid: int, condition: str = "true") -> bool:
    """Tell whether that backend is there and in that condition."""
    query = f"SELECT {condition} FROM pg_stat_activity WHERE pid = %s"
    row = outside.execute(query.encode(), [pid]).fetchone()
    return row is not None and bool(row[0])


def end(outside: database.Connection, pid: int) -> None:
    """Terminate a backend and wait until it is gone."""
    outside.execute("SELECT pg_terminate_backend(%s)", [pid])
    until(lambda: not there(outside, pid), "the backend is gone")


def pid_of(session: str | None = None) -> int:
    """Return the backend of a session, opened if need be."""
    return sql.session(session).info.backend_pid


def test_two_sessions_see_each_other_only_after_commit(run: Cells) -> None:
    """Each name is a session of its own, and every output says whose it is."""
    run("%sql CREATE TABLE seen (i int)")
    assert run("%%sql @bob\nBEGIN; INSERT INTO seen VALUES (1)").text == "bob: BEGIN\nbob: INSERT 0 1"
    assert run("%sql SELECT count(*) AS n FROM seen").text == "n\n-\n0\n1 row"
    assert run("%sql bob SELECT count(*) AS n FROM seen").text == "n\n-\n1\n1 row · session bob"
    assert (
        run("%%sql bob\nDO $$ BEGIN RAISE NOTICE 'hi'; END $$; COMMIT").text == "bob: NOTICE:  hi\nbob: DO\nbob: COMMIT"
    )
    assert run("%sql SELECT count(*) AS n FROM seen").text == "n\n-\n1\n1 row"
    assert pid_of() != pid_of("bob")


def test_a_name_holds_for_its_cell(run: Cells) -> None:
    """A cell that names no session runs in the main one, whatever the cell before it named."""
    main = run("%sql SELECT pg_backend_pid()").value[0]
    run("%sql @bob SELECT 1")
    assert run("%sql SELECT pg_backend_pid()").value[0] == main
    assert run("%%sql main\nSELECT pg_backend_pid()").value[0] == main


def test_sessions_are_listed_opened_and_closed(run: Cells) -> None:
    """-l lists them with what they are in, -x closes one and says so."""
    assert run("%sql @bob").text == "· Session bob is open."
    run("%sql bob BEGIN")
    assert run("%sql -l").text == (
        "session | state\n--------+-----------------\nmain    | not connected\nbob     | in a transaction\n2 rows"
    )
    assert sql.sessions() == ("main", "bob")
    assert run("%sql -x bob").text == "· Session bob is closed."
    assert sql.sessions() == ("main",)
    ran = run("%sql -x bbo")
    assert isinstance(ran.error, UnknownName)
    with pytest.raises(UnknownName, match="no session 'bob'"):
        sql.session("bob")
    assert isinstance(run("%sql @b.c SELECT 1").error, MnemoError)


def test_using_another_database_forgets_the_sessions(run: Cells, opener: Callable[[str], database.Connection]) -> None:
    """Opening a lesson again closes what was open: an open transaction of before does not reach into it."""
    run("%sql BEGIN")
    before = sql.session()
    sql.use(opener)
    assert before.closed
    assert sql.sessions() == ("main",)
    assert run("%sql -l").value[0] == ("main", "not connected")


def test_a_notification_is_shown_in_the_next_cell_of_who_listens(run: Cells) -> None:
    """Channel and payload; no process id, which would differ at each run."""
    run("%sql LISTEN news")
    run("%%sql @bob\nNOTIFY news, 'it''s out'; NOTIFY news;")
    assert run("%sql SELECT 1 AS n").text == (
        'Notification on news with payload "it\'s out"\nNotification on news\nn\n-\n1\n1 row'
    )


def test_a_notification_to_oneself_is_shown_at_once(run: Cells) -> None:
    """It comes with the answer to the statement that sent it."""
    assert run("%%sql\nLISTEN me; NOTIFY me").text == "LISTEN\nNotification on me\nNOTIFY"


def test_a_deadlock_names_the_sessions(run: Cells, outside: database.Connection) -> None:
    """DETAIL tells who waits for whom by name, not by process id."""
    run("%%sql\nCREATE TABLE d (i int PRIMARY KEY); INSERT INTO d VALUES (1), (2)")
    run("%%sql\nBEGIN; UPDATE d SET i = i WHERE i = 1")
    run("%%sql @bob\nBEGIN; UPDATE d SET i = i WHERE i = 2")
    main, bob = pid_of(), sql.session("bob")

    def close_the_circle() -> None:
        until(lambda: there(outside, main, "wait_event_type = 'Lock'"), "main waits")
        bob.execute("UPDATE d SET i = i WHERE i = 1")

    other = threading.Thread(target=close_the_circle)
    other.start()
    ran = run("%sql --expect 40P01 UPDATE d SET i = i WHERE i = 2")
    other.join()
    assert ran.error is None
    assert "DETAIL:  session main waits for ShareLock on transaction " in ran.text
    assert "; blocked by session bob." in ran.text
    assert str(main) not in ran.text


def test_a_session_lost_between_two_cells_is_opened_anew_and_said(run: Cells, outside: database.Connection) -> None:
    """Nothing had been sent, so the cell runs; what is gone with the old session is named."""
    run("%sql CREATE TEMP TABLE mine (i int)")
    end(outside, pid_of())
    ran = run("%sql SELECT 1 AS n")
    assert ran.error is None
    assert ran.text == (
        "· The session was lost: terminating connection due to administrator command.\n"
        f"  {GONE}\n  A new session is open. This cell runs in it.\nn\n-\n1\n1 row"
    )
    assert "does not exist" in run("%sql TABLE mine").text


def test_a_cell_does_not_run_outside_the_transaction_it_was_written_for(
    run: Cells, outside: database.Connection
) -> None:
    """With a transaction lost, the next cell is not sent: its UPDATE would commit alone."""
    run("%sql CREATE TABLE kept (i int)")
    run("%%sql @bob\nBEGIN; INSERT INTO kept VALUES (1)")
    end(outside, pid_of("bob"))
    ran = run("%sql bob INSERT INTO kept VALUES (2)")
    assert isinstance(ran.error, SQLError)
    assert ran.error.lines() == [
        "The session bob was lost: terminating connection due to administrator command.",
        ROLLED_BACK,
        GONE,
        "A new session is open. Nothing of this cell was run in it.",
        "SQLSTATE:  57P01",
    ]
    assert run("%sql bob SELECT count(*) FROM kept").value[0] == (0,)


def test_a_transaction_that_idled_too_long_is_told(run: Cells, outside: database.Connection) -> None:
    """The server ends it; the next cell says so, with the server's words and SQLSTATE."""
    run("%%sql\nSET idle_in_transaction_session_timeout = '1ms'; BEGIN")
    pid = sql._sessions.named(None).pid
    assert pid is not None
    until(lambda: not there(outside, pid), "the backend is gone")
    ran = run("%sql --expect 25P03 SELECT 1")
    assert ran.error is None
    assert "The session was lost: terminating connection due to idle-in-transaction timeout." in ran.text
    assert ROLLED_BACK in ran.text


@pytest.mark.parametrize(
    ("begin", "told"),
    [
        ("", "Whether this statement took effect is not known: look before you run it again."),
        ("BEGIN;", ROLLED_BACK),
    ],
)
def test_a_session_that_ends_under_a_statement_is_told_and_nothing_runs_again(
    begin: str, told: str, run: Cells
) -> None:
    """Inside a transaction all is rolled back; outside, what happened is not known and not guessed."""
    run("%sql SELECT 1")
    ran = run(f"%%sql\n{begin} SELECT pg_terminate_backend(pg_backend_pid()); CREATE TABLE never (i int)")
    assert isinstance(ran.error, SQLError)
    assert ran.error.lines() == [
        "The session was lost: terminating connection due to administrator command.",
        told,
        GONE,
        "A new session is open. Nothing was run again in it.",
        "SQLSTATE:  57P01",
    ]
    assert run("%sql SELECT to_regclass('never') IS NULL").value[0] == (True,)


def test_what_became_of_a_commit_is_not_guessed(run: Cells) -> None:
    """A session that ends while it commits may have committed or not."""
    run(
        "%%sql\nCREATE TEMP TABLE t (i int); CREATE FUNCTION pg_temp.die() RETURNS trigger LANGUAGE plpgsql AS\n"
        "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;\n"
        "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED\n"
        "FOR EACH ROW EXECUTE FUNCTION pg_temp.die()"
    )
    ran = run("%%sql\nBEGIN; INSERT INTO t VALUES (1); /* now */ COMMIT")
    assert isinstance(ran.error, SQLError)
    assert "Whether this statement took effect is not known: look before you run it again." in ran.error.lines()


def test_a_connection_that_breaks_without_a_word_is_told(run: Cells, outside: database.Connection) -> None:
    """When the server cannot say why, what is said is what is known."""
    pid = pid_of()
    line = socket.socket(fileno=os.dup(sql.session().fileno()))

    def cut() -> None:
        until(lambda: there(outside, pid, "wait_event = 'PgSleep'"), "it sleeps")
        line.shutdown(socket.SHUT_RDWR)
        line.close()

    other = threading.Thread(target=cut)
    other.start()
    ran = run("%sql SELECT pg_sleep(60)")
    other.join()
    assert isinstance(ran.error, SQLError)
    assert ran.error.sqlstate is None
    assert ran.error.lines()[:2] == [
        "The session was lost: server closed the connection unexpectedly.",
        "Whether this statement took effect is not known: look before you run it again.",
    ]
    assert run("%sql SELECT 1").error is None
    database.terminate(pid)


def test_when_no_new_session_can_be_opened_the_next_cell_tries_again(
    run: Cells, outside: database.Connection, opener: Callable[[str], database.Connection]
) -> None:
    """The loss is told at once, the reason why nothing could be opened too."""
    away = False

    def sometimes(name: str) -> database.Connection:
        return psycopg.connect("host=127.0.0.1 port=1 dbname=x") if away else opener(name)

    sql.use(sometimes)
    end(outside, pid_of())
    away = True
    lost = run("%sql SELECT 1")
    assert isinstance(lost.error, SQLError)
    assert "The session was lost: terminating connection" in lost.text
    assert "No new session could be opened: connection failed" in lost.text
    still = run("%sql SELECT 1")
    assert isinstance(still.error, ServerUnavailable)
    away = False
    assert run("%sql SELECT 1 AS n").text == "n\n-\n1\n1 row"


INTERRUPTED = [
    "SELECT a FROM generate_series(1, 100000) AS a, generate_series(1, 1000) AS b",
    "COPY (SELECT a FROM generate_series(1, 100000) AS a, generate_series(1, 1000) AS b) TO STDOUT",
    "SELECT pg_sleep(0.01)",
    "SELECT 1; SELECT 2; SELECT 3",
    "CREATE TEMP TABLE c (i text);\nCOPY c FROM STDIN;\n" + "abc\n" * 50_000 + "\\.\nDROP TABLE c",
    "DO $$ BEGIN FOR i IN 1..2000 LOOP RAISE NOTICE '%', i; END LOOP; END $$",
]


def test_an_interrupt_at_any_moment_leaves_the_session_in_order(run: Cells) -> None:
    """Whatever was being sent, read, shown or copied: the next statement gets its own answer, in the same session."""
    run("%sql CREATE TEMP TABLE mine AS SELECT 7 AS n")
    pid, chance = pid_of(), random.Random(20130101)
    before = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    interrupted = 0
    try:
        for _ in range(60):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005 + 0.04 * chance.random() ** 3)
                with redirect_stdout(io.StringIO()):
                    sql.execute(chance.choice(INTERRUPTED))
                signal.setitimer(signal.ITIMER_REAL, 0)
            except MnemoError as problem:
                interrupted += isinstance(problem, SQLError) and problem.sqlstate == "57014"
            except KeyboardInterrupt:
                pass  # it came while nothing was being sent
            signal.setitimer(signal.ITIMER_REAL, 0)
            assert run("%sql SELECT n FROM mine").value[0] == (7,)
            run("%sql DROP TABLE IF EXISTS c")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert pid_of() == pid
    assert interrupted > 0


@pytest.fixture
def address(scratch_db: str) -> str:
    """An address with the learner's password in it, which must never be seen."""
    parts = psycopg.conninfo.conninfo_to_dict(server.conninfo(server.ensure(), "learner", scratch_db))
    with open(str(parts["passfile"]), encoding="utf-8") as lines:
        passwords = {line.rstrip("\n").split(":")[3]: line.rstrip("\n").split(":")[4] for line in lines}
    password = passwords[str(parts["user"])]
    return f"postgresql://{parts['user']}:{password}@/{scratch_db}?host={parts['host']}&port={parts['port']}"


def test_an_address_opens_a_session_and_never_shows_its_password(
    address: str, run: Cells, scratch_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ipython-sql's way to name a database works, from the environment too, beside the lesson's sessions."""
    password = address.split(":")[2].split("@")[0]
    monkeypatch.setenv("ADDRESS_OF_TEST", address.removeprefix("postgresql://"))
    name = f"{server.ensure().learner}@{scratch_db}"
    shown = []
    for cell in (
        f"%%sql {address}\nBEGIN",
        f"%%sql {address}\nSELECT 1 AS n",
        f"%sql {name} SELECT 1/0",
        f"%sql {name} COMMIT",
        "%%sql postgresql://$ADDRESS_OF_TEST\nSELECT 1 AS n",
        f"%sql {address.replace(password, 'x' + password)} SELECT 1",
        f"%sql {address.replace(password, password + '@')} SELECT 1",
        f"%sql {address.replace(password, password + '/')} SELECT 1",
        f"%sql {address}&nonsense=1 SELECT 1",
        "%sql -l",
    ):
        ran = run(cell)
        shown += [ran.text, str(ran.error), str(getattr(ran.value, "shown", ""))]
    assert not [text for text in shown if password in text]
    assert f"session {name}" in shown[3]
    assert "division by zero" in shown[6]
    assert shown[12] == f"n\n-\n1\n1 row · session {name}"
    assert "password authentication failed" in shown[15]
    assert "The address of the database cannot be read." in shown[18]
    assert "The address of the database cannot be read." in shown[21]
    assert run("%sql SELECT 1 AS n").text == "n\n-\n1\n1 row"


def test_without_a_lesson_the_address_is_where_bare_cells_run(
    address: str, run: Cells, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in ipython-sql, the connection named last is the one that is used; @name opens another to the same place."""
    alone = sql._sessions.__class__()
    monkeypatch.setattr(sql, "_sessions", alone)
    sql.load(run.shell)
    try:
        refused = run("%sql SELECT 1")
        assert isinstance(refused.error, MnemoError)
        assert "lesson.open(" in refused.text
        assert run(f"%sql {address} SELECT 1 AS n").text == "n\n-\n1\n1 row"
        assert run("%sql SELECT 1 AS n").text == "n\n-\n1\n1 row"
        assert run("%sql @bob SELECT 1 AS n").text == "n\n-\n1\n1 row · session bob"
    finally:
        alone.close_all()
