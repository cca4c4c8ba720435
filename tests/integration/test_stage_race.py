"""Races of many clients, and transactions that are tried again."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest

from mnemo_helpers import database, server
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.stage import Race, plot_races, race, retry

ADD = b"UPDATE counter SET n = n + 1"


@pytest.fixture(scope="module")
def dsn(scratch_db: str) -> str:
    """Where the race is."""
    return server.conninfo(server.ensure(), "learner", scratch_db)


@pytest.fixture
def counter(opener: Callable[[str], database.Connection]) -> Iterator[database.Connection]:
    """A table with one number, and a connection to look at it."""
    with opener("outside") as connection:
        connection.execute("DROP TABLE IF EXISTS counter; CREATE TABLE counter (n int); INSERT INTO counter VALUES (0)")
        yield connection


def number(connection: database.Connection) -> object:
    """Return the number."""
    row = connection.execute("SELECT n FROM counter").fetchone()
    assert row is not None
    return row[0]


def read_and_write(connection: database.Connection, draw: random.Random) -> None:
    """Add one in two steps, as an application does."""
    connection.execute(f"UPDATE counter SET n = {int(str(number(connection))) + 1}".encode())


def test_nothing_is_lost_where_the_server_counts(dsn: str, counter: database.Connection) -> None:
    """Every commit is counted, and the invariant is asked at the end."""
    done = race(lambda c, draw: c.execute(ADD), 4, transactions=20, invariant="(SELECT n FROM counter) <= 80", dsn=dsn)
    assert (done.commits, done.retries, done.failures, done.holds) == (80, {}, {}, True)
    assert number(counter) == 80
    assert len(done.times_s) == 80
    assert done.times_s[0] <= done.p95_s <= done.times_s[-1]


def test_what_is_read_and_written_at_each_level(dsn: str, counter: database.Connection) -> None:
    """At READ COMMITTED updates are lost; above it the transaction is tried again, whole, and none is."""
    done = race(read_and_write, 4, transactions=15, level="repeatable read", dsn=dsn)
    assert (done.commits, done.failures) == (60, {})
    assert set(done.retries) <= {"40001"}
    assert number(counter) == 60
    again = race(read_and_write, 4, transactions=40, invariant="(SELECT n FROM counter) = 220", dsn=dsn)
    assert again.commits == 160
    assert again.holds is (number(counter) == 220)


def test_tries_are_counted(dsn: str, counter: database.Connection) -> None:
    """What is tried again is counted by its SQLSTATE, and its transaction once."""
    seen: set[int] = set()

    def fails_first(connection: database.Connection, draw: random.Random) -> None:
        connection.execute(ADD)
        if connection.info.backend_pid not in seen:
            seen.add(connection.info.backend_pid)
            connection.execute("DO $$ BEGIN RAISE deadlock_detected; END $$")

    done = race(fails_first, 3, transactions=4, dsn=dsn)
    assert (done.commits, done.retries, done.failures) == (12, {"40P01": 3}, {})
    assert number(counter) == 12
    assert "\ntried again, 40P01 | " in done.shown.text


def test_sessions_are_ended_in_the_middle(dsn: str, counter: database.Connection) -> None:
    """Their clients go on with a new connection; what was not committed is undone."""
    done = race(lambda c, draw: c.execute(ADD), 4, transactions=25, kills=3, dsn=dsn)
    assert done.killed == 3
    assert done.commits + sum(done.failures.values()) == 100
    assert set(done.failures) <= {"57P01", "08006"}
    # A session may be ended after its COMMIT and before its client hears of it.
    assert done.commits <= int(str(number(counter))) <= 100
    assert "sessions ended in the middle" in done.shown.text


def test_an_error_that_is_an_answer(dsn: str, counter: database.Connection) -> None:
    """What the server refuses for good is counted by its SQLSTATE; what the worker itself does wrong is raised."""
    counter.execute("ALTER TABLE counter ADD CHECK (n <= 5)")
    done = race(lambda c, draw: c.execute(ADD), 2, transactions=5, dsn=dsn)
    assert (done.commits, done.failures) == (5, {"23514": 5})
    with pytest.raises(ZeroDivisionError):
        race(lambda c, draw: 1 // 0, 2, transactions=5, dsn=dsn)


def test_the_clients_are_drawn_by_the_seed(dsn: str, counter: database.Connection) -> None:
    """Each client's random numbers are its own, and the same for the same seed."""
    drawn: dict[int, set[float]] = {}
    for seed in (1, 1, 2):
        seen: set[float] = set()
        race(lambda c, draw, seen=seen: seen.add(draw.random()), 3, transactions=2, seed=seed, dsn=dsn)  # type: ignore[misc]
        assert drawn.setdefault(seed, seen) == seen
        assert len(seen) == 6
    assert drawn[1] != drawn[2]


def test_no_race(dsn: str, counter: database.Connection) -> None:
    """Numbers that make none, and an invariant that is none, are told before anybody runs."""
    for clients, seconds in ((0, 1.0), (1, 0.0)):
        with pytest.raises(MnemoError, match="at least one client"):
            race(lambda c, draw: None, clients, seconds, dsn=dsn)
    with pytest.raises(MnemoError, match="no boolean"):
        race(lambda c, draw: None, 1, transactions=1, invariant="1", dsn=dsn)


def test_races_are_drawn(dsn: str, counter: database.Connection) -> None:
    """One line for each way, its points in the text too."""
    times = tuple(0.001 * i for i in range(100))
    races = {
        "one": {1.0: Race(1, 2.0, 100, {}, {}, 0, times), 4.0: Race(4, 2.0, 300, {"40001": 7}, {}, 0, times)},
        "two": {1.0: Race(1, 2.0, 80, {}, {}, 0, times), 4.0: Race(4, 2.0, 20, {}, {}, 0, ())},
    }
    shown = plot_races(races, "clients")
    assert "one: 50 at 1, 150 at 4\ntwo: 40 at 1, 10 at 4" in shown.text
    assert "one |       4 |                150 |     95.0 ms |           7" in shown.text
    assert shown.html.startswith("<svg")
    assert "<script" not in shown.html


def test_a_whole_transaction_is_tried_again(dsn: str, counter: database.Connection) -> None:
    """The work runs again from its first statement, and what it returns is returned."""
    seen: list[object] = []
    noted: list[str] = []
    slept: list[float] = []

    def work(connection: database.Connection) -> object:
        seen.append(number(connection))
        if len(seen) < 4:
            counter.execute(ADD)
        connection.execute(ADD)
        return seen[-1]

    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert (
            retry(
                connection,
                work,
                noted=noted.append,
                draw=lambda: 0.5,
                sleep=slept.append,
                pause_s=1.0,
                longest_pause_s=3.0,
            )
            == 3
        )
    assert seen == [0, 1, 2, 3]
    assert noted == 3 * ["40001"]
    assert slept == [0.5, 1.0, 1.5]
    assert number(counter) == 4


def test_a_deadlock_is_tried_again(dsn: str, counter: database.Connection) -> None:
    """40P01 is another try's reason too."""
    counter.execute("INSERT INTO counter VALUES (100)")
    both = threading.Barrier(2)
    tries: list[str] = []

    def client(first: int, second: int) -> None:
        met = False

        def work(connection: database.Connection) -> None:
            nonlocal met
            connection.execute("UPDATE counter SET n = n + 1 WHERE n %% 100 < 50 AND n / 100 = %s", [first])
            if not met:
                met = True
                both.wait(timeout=30)
            connection.execute("UPDATE counter SET n = n + 1 WHERE n %% 100 < 50 AND n / 100 = %s", [second])

        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("SET deadlock_timeout = '10ms'")
            retry(connection, work, noted=tries.append)

    threads = [threading.Thread(target=client, args=pair) for pair in ((0, 1), (1, 0))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "40P01" in tries
    assert counter.execute("SELECT array_agg(n ORDER BY n) FROM counter").fetchone() == ([2, 102],)


def test_what_is_not_tried_again(dsn: str, counter: database.Connection) -> None:
    """Another error is raised at once; so is a broken connection; and the tries have an end."""
    calls: list[int] = []

    def ends_itself(connection: database.Connection) -> None:
        calls.append(1)
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    def never(connection: database.Connection) -> None:
        calls.append(1)
        connection.execute("DO $$ BEGIN RAISE serialization_failure; END $$")

    with psycopg.connect(dsn, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            retry(connection, lambda c: c.execute("SELECT 1 / 0"))
        with pytest.raises(psycopg.errors.SerializationFailure) as raised:
            retry(connection, never, attempts=3, sleep=lambda seconds: None)
        assert len(calls) == 3
        assert raised.value.__notes__ == ["Given up after 3 tries."]
        with pytest.raises(MnemoError, match="at least once"):
            retry(connection, never, attempts=0)
        calls.clear()
        with pytest.raises(psycopg.errors.AdminShutdown):
            retry(connection, ends_itself)
        assert calls == [1]


def test_only_a_whole_transaction(dsn: str, counter: database.Connection) -> None:
    """Inside of an open transaction nothing is tried: its beginning would be left out."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("BEGIN")
        with pytest.raises(MnemoError, match="A transaction is open"):
            retry(connection, lambda c: c.execute(ADD))
        connection.execute("ROLLBACK")
    assert number(counter) == 0
