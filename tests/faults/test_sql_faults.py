"""A SQL cell when the server itself goes away: the loss is said, nothing is pretended, and the next cell works."""

from __future__ import annotations

import io
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import redirect_stdout

import psycopg
import pytest
from server_room import Room, ask, until

from mnemo_helpers import database, server, sql
from mnemo_helpers.errors import SQLError

GONE = "Its temporary tables, settings, prepared statements and locks are gone."


@pytest.fixture
def held(room: Room) -> Iterator[server.Server]:
    """A server of one's own, with cells in front of it."""
    held = room.open()
    sql.use(lambda session: database.connect("postgres", name=session))
    yield held
    sql.close_all()


def test_a_crash_under_a_statement_is_told_and_recovery_is_waited_for(held: server.Server) -> None:
    """A backend dies by a signal: the server recovers, and the new session is there when it has."""
    # Nothing but the cell itself waits for the recovery here.
    sql.use(lambda session: psycopg.connect(server.conninfo(held, "owner"), autocommit=True))
    sql.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS n; BEGIN; UPDATE kept SET n = 8")
    pid = sql.session().info.backend_pid

    def kill() -> None:
        until(lambda: ask(held, f"SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = {pid}"), "it sleeps")
        os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(SQLError) as lost:
        sql.execute("SELECT pg_sleep(60)")
    killer.join()
    assert lost.value.lines() == [
        "The session was lost: server closed the connection unexpectedly.",
        "The transaction that was open in it has been rolled back.",
        GONE,
        "A new session is open. Nothing was run again in it.",
    ]
    assert (result := sql.execute("SELECT n FROM kept")) is not None
    assert result[0] == (7,)


def test_a_server_that_was_stopped_between_two_cells_is_started_again(held: server.Server) -> None:
    """The cell says that its session is a new one, and runs."""
    sql.execute("SELECT 1")
    before = sql.session()
    assert server.stop()
    with redirect_stdout(io.StringIO()) as told:
        assert (result := sql.execute("SELECT 1 AS n")) is not None
    assert result[0] == (1,)
    assert "The session was lost: terminating connection due to administrator command." in told.getvalue()
    assert GONE in told.getvalue()
    with pytest.raises(psycopg.OperationalError):
        before.execute("SELECT 1")
