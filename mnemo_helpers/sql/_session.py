"""A named session of the cells: its raw connection, and what is said when it is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import pq
from psycopg.errors import Diagnostic

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError, ServerUnavailable, SQLError
from mnemo_helpers.sql._exchange import deliver_notifications

# What the server said when it ended a session, and the SQLSTATE.
Farewell = tuple[str, str | None]
Opener = Callable[[str], "psycopg.Connection[Any]"]

_NOTICES_SHOWN = 100
_STARTING = ("starting up", "recovery mode", "shutting down", "not yet accepting connections")
# Right after a crash the server may also let us in and end us again, before it has noticed.
_CRASHING = (*_STARTING, "closed the connection unexpectedly", "crash of another server process")
_STARTING_TIMEOUT_S = 20.0
_POLL_S = 0.05

_ROLLED_BACK = "The transaction that was open in it has been rolled back."
_UNKNOWN = "Whether this statement took effect is not known: look before you run it again."
_GONE = "Its temporary tables, settings, prepared statements and locks are gone."


class Session:
    """One named session, connected on first use.

    Attributes:
        name: as a cell calls it.
        label: the name as its outputs carry it; "" for the main session.
    """

    def __init__(self, name: str, opener: Opener, *, label: str) -> None:
        """Note how it is opened; nothing is connected yet."""
        self.name = name
        self.label = label
        self._opener = opener
        self._connection: psycopg.Connection[Any] | None = None
        self._farewell: Farewell | None = None
        self._notices: int | None = None

    @property
    def state(self) -> str:
        """What it is doing, in a word or two."""
        if self._connection is None:
            return "not connected"
        return {
            pq.TransactionStatus.IDLE: "idle",
            pq.TransactionStatus.INTRANS: "in a transaction",
            pq.TransactionStatus.INERROR: "in an aborted transaction",
        }.get(pq.TransactionStatus(self._connection.pgconn.transaction_status), "lost")

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open in it, aborted or not."""
        return self.state.startswith("in ")

    @property
    def pid(self) -> int | None:
        """The server's process, if connected."""
        return self._connection.pgconn.backend_pid if self._connection else None

    def say(self, line: str) -> None:
        """Print one line, with the session's name before it unless it is the main one."""
        print(f"{self.label}: {line}" if self.label else line)

    def connection(self) -> psycopg.Connection[Any]:
        """Return the connection, opened on first use and anew after a loss, which is then said.

        Raises:
            SQLError: a transaction was open in the session that was lost, so nothing may run as if it still were.
            ServerUnavailable: no connection can be opened.
        """
        if self._connection is None:
            self._connection = self._connect()
        in_transaction = self.in_transaction
        lost = self._look(self._connection)
        if lost is None:
            return self._connection
        told, sqlstate = self._told(lost, _ROLLED_BACK if in_transaction else "")
        told += [self._replace("Nothing of this cell was run in it." if in_transaction else "This cell runs in it.")]
        if in_transaction or self._connection is None:
            raise SQLError(_with(told, sqlstate), sqlstate)
        render.show(render.note("info", "\n".join(told)))
        return self._connection

    def broke(self, cause: str, farewell: Farewell | None, *, rolled_back: bool) -> SQLError:
        """Open a new connection after one that broke under a statement, and return what to raise.

        Args:
            cause: what psycopg said.
            farewell: the error that the server answered with before it went.
            rolled_back: whether the statement was one inside an open transaction.
        """
        self._farewell = farewell or self._farewell
        told, sqlstate = self._told(cause, _ROLLED_BACK if rolled_back else _UNKNOWN)
        told += [self._replace("Nothing was run again in it.")]
        return SQLError(_with(told, sqlstate), sqlstate)

    def close(self) -> None:
        """Close the connection; the server rolls an open transaction back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def first_notices(self) -> Iterator[None]:
        """Show the first notices of a cell only, and at its end say how many more there were."""
        self._notices = 0
        try:
            yield
        finally:
            more, self._notices = self._notices - _NOTICES_SHOWN, None
            if more > 0:
                self.say(f"… and {more:,} more notices")

    def _look(self, connection: psycopg.Connection[Any]) -> str | None:
        # Reading what has arrived since the last cell: notifications, or the server's farewell.
        try:
            with connection.lock:
                connection.pgconn.consume_input()
                deliver_notifications(connection.pgconn)
        except psycopg.Error as problem:
            return str(problem)
        return "" if self._farewell else None

    def _told(self, cause: str, effect: str) -> tuple[list[str], str | None]:
        sqlstate = None
        if self._farewell:
            cause, sqlstate = self._farewell
        cause = cause.strip().split("\n")[0].removeprefix("consuming input failed: ").rstrip(".")
        name = f" {self.label}" if self.label else ""
        return [f"The session{name} was lost: {cause}.", *([effect] if effect else []), _GONE], sqlstate

    def _replace(self, then: str) -> str:
        dead = self._connection
        try:
            self._connection = self._connect(_CRASHING)
            told = f"A new session is open. {then}"
        except MnemoError as problem:
            # The next cell tries again; what was lost has been said by then.
            self._connection = None
            told = f"No new session could be opened: {' '.join([problem.what, *problem.tried])}"
        if dead is not None:
            dead.close()
        return told

    def _connect(self, passing: tuple[str, ...] = _STARTING) -> psycopg.Connection[Any]:
        deadline = time.monotonic() + _STARTING_TIMEOUT_S
        while True:
            try:
                connection = self._opener(self.name)
            except (psycopg.OperationalError, ServerUnavailable) as problem:
                # A server that starts or recovers answers, and says so.
                if any(word in str(problem) for word in passing) and time.monotonic() < deadline:
                    time.sleep(_POLL_S)
                    continue
                if isinstance(problem, ServerUnavailable):
                    raise
                raise ServerUnavailable(
                    str(problem).strip().split("\n")[0], remedy="Is the server there? Then run the cell again."
                ) from None
            self._farewell = None
            connection.add_notice_handler(self._notice)
            connection.add_notify_handler(self._notification)
            return connection

    def _notice(self, diagnostic: Diagnostic) -> None:
        if diagnostic.severity_nonlocalized in ("FATAL", "PANIC"):
            self._farewell = farewell(diagnostic)
            return
        if self._notices is not None:
            self._notices += 1
            if self._notices > _NOTICES_SHOWN:
                return
        self.say(f"{diagnostic.severity}:  {diagnostic.message_primary}")
        for label, text in (("DETAIL", diagnostic.message_detail), ("HINT", diagnostic.message_hint)):
            if text:
                self.say(f"{label}:  {text}")

    def _notification(self, notification: psycopg.Notify) -> None:
        payload = f" with payload {notification.payload!r}" if notification.payload else ""
        self.say(f"Notification on {notification.channel}{payload}")


def farewell(diagnostic: Diagnostic) -> Farewell:
    """Return what the server said; a diagnostic itself is empty once psycopg has handed it over."""
    return diagnostic.message_primary or "", diagnostic.sqlstate


def _with(lines: list[str], sqlstate: str | None) -> list[str]:
    return [*lines, f"SQLSTATE:  {sqlstate}"] if sqlstate else lines
