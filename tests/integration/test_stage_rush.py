"""Clients that are cut off and try again: what each of them is told, and what is left on the server."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import psycopg
import pytest
from server_room import until

from mnemo_helpers import database, server
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.stage import plot_races, rush

NOTE = """
client: BEGIN; INSERT INTO noted VALUES (:who, :n)
client: SELECT count(*) AS mine FROM noted WHERE who = :who
client: COMMIT
"""
CLIENTS = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'client %'"
ONCE = NOTE.replace("VALUES (:who, :n)", "VALUES (:who, :n) ON CONFLICT DO NOTHING")


@pytest.fixture(scope="module")
def dsn(scratch_db: str) -> str:
    """Where the clients are."""
    return server.conninfo(server.ensure(), "learner", scratch_db)


@pytest.fixture
def noted(opener: Callable[[str], database.Connection]) -> Iterator[database.Connection]:
    """A table of what was noted, and a connection to look at it."""
    with opener("outside") as connection:
        connection.execute("DROP TABLE IF EXISTS noted; CREATE TABLE noted (who text, n int)")
        yield connection


def who(client: int, request: int) -> dict[str, object]:
    """Return what a request has of its own."""
    return {"who": f"client {client}", "n": request}


def there(connection: database.Connection) -> list[tuple[object, ...]]:
    """Return what was noted."""
    return connection.execute("SELECT who, n FROM noted ORDER BY who, n").fetchall()


def test_each_request_is_told_what_its_last_try_has_read(dsn: str, noted: database.Connection) -> None:
    """With its values, in the order of clients and requests, after the set-up; and a rush is a race."""
    noted.execute("INSERT INTO noted VALUES ('of before', 1)")
    steps = f"setup: TRUNCATE noted{NOTE}"
    done = rush(steps, 3, 2, values=who, invariant="(SELECT count(*) FROM noted) < 7", dsn=dsn)
    assert [(each["client"], each["request"], each["who"], each["mine"]) for each in done.told] == [
        (c, r, f"client {c}", r) for c in (1, 2, 3) for r in (1, 2)
    ]
    assert (done.clients, done.commits, done.retries, done.failures, done.killed, done.holds) == (3, 6, {}, {}, 0, True)
    assert len(done.times_s) == 6
    assert "commits" in plot_races({"noted": {3: done}}, "clients").text


def test_a_cut_comes_after_each_step_in_turn(dsn: str, noted: database.Connection) -> None:
    """Cut off after COMMIT, a request that is sent again is done twice; before it, nothing is left of the first try."""
    done = rush(NOTE, 4, 3, values=who, cuts=12, dsn=dsn)
    assert (done.commits, done.killed, done.failures) == (12, 12, {})
    times = Counter(there(noted))
    assert sorted(times.values()) == [1] * 8 + [2] * 4
    noted.execute("TRUNCATE noted; ALTER TABLE noted ADD UNIQUE (who, n)")
    again = rush(ONCE, 4, 3, values=who, cuts=12, dsn=dsn)
    assert (again.commits, again.killed) == (12, 12)
    assert {*Counter(there(noted)).values()} == {1}
    assert len(there(noted)) == 12


def test_the_same_seed_cuts_the_same_requests(dsn: str, noted: database.Connection) -> None:
    """What is left by cuts after COMMIT is the same each time, and other with another seed."""
    left = []
    for seed in (1, 1, 2):
        noted.execute("TRUNCATE noted")
        rush(NOTE, 4, 3, values=who, cuts=6, seed=seed, dsn=dsn)
        left.append(there(noted))
    assert left[0] == left[1] != left[2]


def test_a_request_that_fails_is_told_nothing(dsn: str, noted: database.Connection) -> None:
    """It is counted by its SQLSTATE, what it did is rolled back, and its client goes on."""
    steps = "client: BEGIN; INSERT INTO noted VALUES (:who, :n)\nclient: SELECT 1 / (:n - 1)\nclient: COMMIT"
    done = rush(steps, 2, 3, values=who, dsn=dsn)
    assert (done.commits, done.failures) == (4, {"22012": 2})
    assert [(each["client"], each["request"]) for each in done.told] == [(1, 2), (1, 3), (2, 2), (2, 3)]
    assert len(there(noted)) == 4


def test_what_is_undone_is_sent_again_whole(dsn: str, noted: database.Connection) -> None:
    """At SERIALIZABLE, each sees how many there were before; no two of them saw the same."""
    steps = """
    client: BEGIN; SELECT count(*) AS before FROM noted
    client: INSERT INTO noted VALUES (:who, :before)
    client: COMMIT
    """
    done = rush(steps, 4, 5, values=who, level="serializable", dsn=dsn)
    assert (done.commits, done.failures) == (20, {})
    assert {*done.retries} <= {"40001"}
    assert sorted(int(each["before"]) for each in done.told) == [*range(20)]
    gives_up = "client: DO $$ BEGIN RAISE serialization_failure; END $$"
    assert rush(gives_up, 1, attempts=3, dsn=dsn).retries == {"40001": 2}


def test_a_step_that_takes_too_long_fails(dsn: str, noted: database.Connection) -> None:
    """Its time is limited, its waits included."""
    noted.execute("BEGIN; LOCK TABLE noted")
    done = rush(NOTE, 2, values=who, limit_s=0.1, dsn=dsn)
    noted.execute("ROLLBACK")
    assert (done.commits, done.failures) == (0, {"57014": 2})


def test_nobody_is_left_when_a_session_is_ended_from_elsewhere(dsn: str, noted: database.Connection) -> None:
    """What ends it is raised, the others are stopped, and no session stays."""
    steps = 'client: SELECT "pg_terminate_backend"(pg_backend_pid())'
    with pytest.raises(psycopg.errors.AdminShutdown):
        rush(steps, 3, dsn=dsn)
    until(lambda: noted.execute(CLIENTS).fetchone() == (0,), "every session has ended")


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_every_client(
    dsn: str, noted: database.Connection, opener: Callable[[str], database.Connection]
) -> None:
    """Those that wait too; nothing of them is kept."""

    def interrupt() -> None:
        with opener("looks") as looks:
            until(lambda: looks.execute(f"{CLIENTS} AND wait_event_type = 'Lock'").fetchone() == (2,), "both wait")
        os.kill(os.getpid(), signal.SIGINT)

    noted.execute("BEGIN; LOCK TABLE noted")
    helper = threading.Thread(target=interrupt)
    helper.start()
    with pytest.raises(KeyboardInterrupt):
        rush(NOTE, 2, values=who, limit_s=60, dsn=dsn)
    helper.join()
    noted.execute("ROLLBACK")
    until(lambda: noted.execute(CLIENTS).fetchone() == (0,), "every session has ended")
    assert there(noted) == []


@pytest.mark.parametrize(
    ("steps", "changed", "said"),
    [
        ("a: SELECT 1\nb: SELECT 1", {}, "write those of one session"),
        (NOTE, {"clients": 0}, "needs a client"),
        (NOTE, {"cuts": 3}, "no more cuts than requests"),
        (NOTE, {"invariant": "1"}, "no boolean"),
    ],
)
def test_what_is_no_rush_is_told(dsn: str, steps: str, changed: dict[str, object], said: str) -> None:
    """Before a client is let in."""
    with pytest.raises(MnemoError, match=said):
        rush(steps, **{"clients": 2, "values": who, "dsn": dsn} | changed)  # type: ignore[arg-type]
