"""Running what a learner wrote: one statement at a time, under the answer role, never longer than allowed."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any

import psycopg
from psycopg import capabilities, generators, pq
from psycopg.pq.abc import PGconn

from mnemo_helpers import database, sql
from mnemo_helpers.database import Connection
from mnemo_helpers.errors import MnemoError, ServerUnavailable, SQLError
from mnemo_helpers.grading._rows import Rows

_CHUNK_ROWS = 1000
_MOST_CHARACTERS = 64_000_000
_GRACE_S = 1.0
# What a session is told as it connects outranks what ALTER ROLE and ALTER DATABASE have set.
_FIXED = {
    "role": "none",
    "search_path": "public",
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
    "default_transaction_read_only": "off",
    "default_transaction_isolation": "read\\ committed",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "client_min_messages": "error",
}
_COPY = {pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH}
_ROWS = {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.SINGLE_TUPLE, pq.ExecStatus.TUPLES_CHUNK}


class Refused(Exception):
    """The server refused a statement; ``error`` reads as psql's message does."""

    def __init__(self, error: SQLError) -> None:
        """Keep the server's error."""
        self.error = error
        super().__init__("\n".join(error.lines()))


class TimedOut(Exception):
    """A statement ran longer than it may, and was ended."""


class SessionEnded(Exception):
    """The session is over though its server is not: the statement has ended it."""


class ServerGone(MnemoError):
    """The server went away in the middle of a check."""

    def __init__(self) -> None:
        """Say that nothing was judged."""
        super().__init__("The server went away in the middle of the check.", remedy="Run this cell again.")


class Session:
    """A connection of a check's own, watched from outside."""

    def __init__(self, name: str, role: str, connection: Connection) -> None:
        """Note which server this is, to tell later whether it went away."""
        self.connection = connection
        self.ended_by_us = False
        self._database, self._role = name, role
        self._began = self._server_began()

    def run(self, statement: str, *, most: int | None = None) -> Rows | None:
        """Run one statement by the extended protocol, in which the server refuses two.

        Args:
            statement: sent as it is.
            most: rows after which reading stops; None keeps none.

        Returns:
            The rows, or None where the statement is of a kind that gives none.

        Raises:
            Refused: the server refused it.
            TimedOut: it took too long and was ended.
            SessionEnded: it ended its own session.
            ServerGone: the server went away.
        """
        if "\0" in statement or not _encodable(statement):
            raise Refused(SQLError(["ERROR:  the statement holds a character that no text may hold"], "22021"))
        return self._exchange(lambda pgconn: pgconn.send_query_params(statement.encode(), None), most)

    def control(self, statements: str) -> None:
        """Run statements of the check's own, several in one go; raises as ``run`` does."""
        self._exchange(lambda pgconn: pgconn.send_query(statements.encode()), None)

    def _exchange(self, send: Callable[[PGconn], None], most: int | None) -> Rows | None:
        try:
            return self.connection.wait(_results(self.connection, send, most))
        except Refused as refused:
            if refused.error.sqlstate == "57014":
                raise TimedOut from None
            if refused.error.sqlstate == "57P02":  # another session crashed, and the server begins anew
                raise ServerGone from None
            if self.connection.pgconn.status == pq.ConnStatus.BAD:
                raise self._loss() from None
            raise
        except psycopg.Error:
            raise self._loss() from None

    def _loss(self) -> Exception:
        if self.ended_by_us:
            return TimedOut()
        try:
            with database.connect(self._database, role=self._role, name="mnemo check") as other:
                here = Session(self._database, self._role, other)
        except (MnemoError, psycopg.Error):
            return ServerGone()
        return SessionEnded() if here._began == self._began else ServerGone()

    def _server_began(self) -> str:
        row = self.connection.execute("SELECT pg_catalog.pg_postmaster_start_time()::pg_catalog.text").fetchone()
        return str(row)


@contextlib.contextmanager
def session(name: str, *, statement_s: float, all_s: float, role: str = "answer") -> Iterator[Session]:
    """Open a watched session of its own on a database, closed afterwards.

    Args:
        name: the database.
        statement_s: seconds that the server gives one statement.
        all_s: seconds after which the session is ended from outside, whatever it has set for itself.
        role: whose rights the statements have.
    """
    options = settings(statement_s)
    try:
        connection = database.connect(name, role=role, name="mnemo check", options=options)
    except ServerUnavailable:
        if role != "answer":
            raise
        # An answer that another kernel checks at this moment may have given the role another password.
        database.secure_answer()
        connection = database.connect(name, role=role, name="mnemo check", options=options)
    done = threading.Event()
    try:
        opened = Session(name, role, connection)
        watch = threading.Thread(target=_end_after, args=(all_s, opened, done), name="mnemo watchdog", daemon=True)
        watch.start()
        yield opened
    finally:
        done.set()
        connection.close()


def settings(statement_s: float) -> str:
    """Return what a check's session is told as it connects.

    Args:
        statement_s: seconds that the server gives one statement; 0 for any.
    """
    fixed = _FIXED | {"statement_timeout": str(round(statement_s * 1000))}
    return " ".join(f"-c {name}={value}" for name, value in fixed.items())


def _end_after(seconds: float, watched: Session, done: threading.Event) -> None:
    """Cancel what runs, then end its backend from another connection, then shut the socket."""
    connection = watched.connection
    pid, descriptor = connection.info.backend_pid, connection.fileno()
    if done.wait(seconds):
        return
    watched.ended_by_us = True

    def shut() -> None:
        with socket.fromfd(descriptor, socket.AF_INET, socket.SOCK_STREAM) as ours:
            ours.shutdown(socket.SHUT_RDWR)

    for end in (lambda: connection.cancel_safe(timeout=_GRACE_S), lambda: database.terminate(pid), shut):
        # Whatever keeps one of them from working must not keep the next from being tried.
        with contextlib.suppress(Exception):
            end()
        if done.wait(_GRACE_S):
            return


def _results(
    connection: Connection, send: Callable[[PGconn], None], most: int | None
) -> Generator[Any, Any, Rows | None]:
    pgconn = connection.pgconn
    send(pgconn)
    if capabilities.has_stream_chunked():
        pgconn.set_chunked_rows_mode(_CHUNK_ROWS)
    else:
        pgconn.set_single_row_mode()
    yield from generators.send(pgconn)
    columns: tuple[str, ...] | None = None
    types: tuple[int, ...] = ()
    rows: list[tuple[str | None, ...]] = []
    characters, full, error = 0, False, None
    while result := (yield from generators.fetch(pgconn)):
        if result.status in _COPY:
            yield from _leave_copy(connection, result.status)
            error = SQLError(["ERROR:  COPY from or to the client has no place in an answer"], "0A000")
        elif result.status == pq.ExecStatus.FATAL_ERROR:
            error = error or sql.error_from(psycopg.errors.error_from_result(result))
        elif result.status in _ROWS and not full:
            count = range(result.nfields)
            if columns is None:
                columns = tuple((result.fname(i) or b"").decode() for i in count)
                types = tuple(result.ftype(i) for i in count)
            if most is None:
                continue
            for i in range(result.ntuples):
                cells = [result.get_value(i, j) for j in count]
                characters += sum(len(cell) for cell in cells if cell)
                rows.append(tuple(None if cell is None else cell.decode(errors="replace") for cell in cells))
            if len(rows) > most or characters > _MOST_CHARACTERS:
                full = True
                connection.cancel_safe(timeout=_GRACE_S)
    if error and not full:
        raise Refused(error)
    return None if columns is None else Rows(columns, types, tuple(rows[:most]), complete=not full)


def _leave_copy(connection: Connection, status: int) -> Generator[Any, Any, None]:
    with contextlib.suppress(psycopg.Error):
        if status == pq.ExecStatus.COPY_IN:
            yield from generators.copy_end(connection.pgconn, b"no rows are given")
        else:
            connection.cancel_safe(timeout=_GRACE_S)
            while not isinstance((yield from generators.copy_from(connection.pgconn)), pq.PGresult):
                pass


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
