"""One session on a stage: a raw connection on which a step is started, looked at, and finished."""

from __future__ import annotations

import re
import select
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import pq
from psycopg.errors import Diagnostic
from psycopg.pq.abc import PGresult

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.stage._answer import Refusal, read

Connection = psycopg.Connection[Any]

# What ends a wait from the side of the one that waits, and of the one that is waited for.
OWN_TIMEOUTS = ("lock_timeout", "statement_timeout", "transaction_timeout")
IDLE_TIMEOUTS = ("idle_in_transaction_session_timeout", "transaction_timeout")

_UNITS_S = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_CANCEL_TIMEOUT_S = 5.0
_CANCEL_AGAIN_S = 0.2
_COPY = (pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT)
_IN_TRANSACTION = (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR)
# Which waiter of a circle the server ends is the one that looks first: the one that closes it looks at once.
_LOOKS_AT_ONCE, _LOOKS_LATE = "1ms", "10s"
# Having looked, the server says in its log that the session still waits, and so tells the session as well.
_TELLS = ("SET log_lock_waits = on", "SET client_min_messages = log")
_STILL_WAITS = "still waiting for"


class Session:
    """A session by its name.

    Attributes:
        name: as the script calls it.
        pid: the server's process.
        notices: what the server has said, whole, since the last step began.
        notices_ever: how often it has said something.
        on_notice: is told what it says at once.
        heard_bytes: about how much the server has answered to the last step so far.
        farewell: the error with which the server ended the session, if it did while nothing was under way.
        looked: whether it has looked for a circle since the last step began, and found none.
    """

    def __init__(self, name: str, connection: Connection, *, hasten: bool = True) -> None:
        """Take a connection on which nothing is running, and keep it.

        Args:
            name: as the script calls it.
            connection: on which nothing is running.
            hasten: whether it may be told when to look for deadlocks.
        """
        self.name = name
        self.notices: list[str] = []
        self.notices_ever = 0
        self.heard_bytes = 0
        self.farewell: Refusal | None = None
        self.on_notice: Callable[[str], None] = lambda text: None
        self._connection = connection
        self.pgconn = connection.pgconn
        self.pid = self.pgconn.backend_pid
        self.pgconn.notice_handler = self._notice
        self._active = False
        self._poll = select.poll()
        self._poll.register(self.pgconn.socket, select.POLLIN)
        self._looks: str | None = None
        self._looks_at_start: str | None = None
        # A role that may not say when it looks for deadlocks looks when the server is set to.
        self.may_hasten = hasten and self._try(f"SET deadlock_timeout = '{_LOOKS_LATE}'")
        self._looks = self._looks_at_start = _LOOKS_LATE if self.may_hasten else None
        self.looked = False
        self._may_tell = self.may_hasten and self._try("; ".join(_TELLS))

    @property
    def yet_to_look(self) -> bool:
        """Whether it is about to look if it waits in a circle, and will say that it has."""
        return self._may_tell and self.may_hasten and self._looks == _LOOKS_AT_ONCE and not self.looked

    @property
    def active(self) -> bool:
        """Whether a step is under way."""
        return self._active

    @property
    def lost(self) -> bool:
        """Whether the connection is gone."""
        return self.pgconn.status != pq.ConnStatus.OK

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, aborted or not."""
        return self.pgconn.transaction_status in _IN_TRANSACTION

    @property
    def aborted(self) -> bool:
        """Whether the open transaction takes no more statements."""
        return self.pgconn.transaction_status == pq.TransactionStatus.INERROR

    def hasten(self, at_once: bool) -> None:
        """Say how soon the next step, if it waits, looks whether it waits in a circle."""
        wanted = _LOOKS_AT_ONCE if at_once else _LOOKS_LATE
        if not self.may_hasten or self._looks == wanted or self.aborted or self.lost:
            return
        if self._try(f"SET deadlock_timeout = '{wanted}'"):
            self._looks = wanted
            if not self.in_transaction:
                self._looks_at_start = wanted

    def start(self, sql: str) -> None:
        """Send a step; nothing is waited for."""
        self.notices = []
        self.heard_bytes = 0
        self.looked = False
        self._active = True
        with suppress(psycopg.OperationalError):  # Then it is lost, which its results say.
            self.pgconn.send_query(sql.encode())
            self._flush()

    def busy(self) -> bool:
        """Look, without waiting, whether the step is still under way."""
        try:
            self.heard_bytes += _waiting_bytes(self.pgconn.socket)
            self.pgconn.consume_input()
            return bool(self.pgconn.is_busy())
        except psycopg.OperationalError:
            return False

    def wait(self, timeout_s: float) -> None:
        """Wait until the server says something, or the time is over."""
        self._poll.poll(timeout_s * 1000)

    def results(self) -> list[PGresult]:
        """Return what the step answered, once it is not busy."""
        found = []
        while (result := self.pgconn.get_result()) is not None:
            found.append(result)
            if result.status in _COPY:
                self._end_copy(result)
            if self.lost:
                break
        self._active = False
        if self.pgconn.transaction_status == pq.TransactionStatus.IDLE:
            committed = bool(found) and (found[-1].command_status or b"") == b"COMMIT"
            if not committed and self._looks != self._looks_at_start:
                self._looks = self._looks_at_start
            self._looks_at_start = self._looks
        elif any((result.command_status or b"") == b"ROLLBACK" for result in found):
            self._looks = None  # Back to a savepoint, or to the value from before it: not known.
        return found

    def run(self, sql: str) -> list[PGresult]:
        """Run a statement of ours to its end, and return what it answered."""
        self.start(sql)
        return self.results()

    def setting(self, name: str) -> str | None:
        """Return a setting's value as this session has it; None where it cannot say now. Takes no snapshot."""
        if self.aborted or self.lost or self.active:
            return None
        found = self.run(f"SHOW {name}")
        if found and found[0].status == pq.ExecStatus.TUPLES_OK:
            return (found[0].get_value(0, 0) or b"").decode()
        return None

    def begin_anew(self, level: str | None, *, hurried: bool) -> None:
        """Forget everything that a run has left in this session, and set the level that BEGIN alone means.

        Args:
            level: the level, or None for the server's.
            hurried: whether COMMIT may return before the disk has it, which no other session can tell.

        Raises:
            MnemoError: the server does not let it.
        """
        settings = [f"SET default_transaction_isolation = '{level}'"] if level else []
        settings += ["SET synchronous_commit = off"] if hurried else []
        settings += [f"SET deadlock_timeout = '{_LOOKS_LATE}'"] if self.may_hasten else []
        settings += _TELLS if self._may_tell else ()
        for sent in (*(["ROLLBACK"] if self.in_transaction else []), "DISCARD ALL", "; ".join(settings)):
            for result in self.run(sent):
                said = read(result)
                if isinstance(said, Refusal):
                    raise MnemoError(f"The session {self.name} cannot begin anew: {said.message}")
        self._looks = self._looks_at_start = _LOOKS_LATE if self.may_hasten else None

    def give_up(self) -> None:
        """Have the server give up the step that is under way, and wait until it has."""
        while self.busy():
            # A request that comes before the server has begun with the step does nothing.
            with suppress(psycopg.Error):
                self._connection.cancel_safe(timeout=_CANCEL_TIMEOUT_S)
            self.wait(_CANCEL_AGAIN_S)
        self.results()

    def close(self) -> None:
        """Close the connection; the server rolls an open transaction back."""
        self._connection.close()

    def _try(self, sql: str) -> bool:
        notices = self.notices
        results = self.run(sql)
        self.notices = notices
        return bool(results) and all(result.status == pq.ExecStatus.COMMAND_OK for result in results)

    def _flush(self) -> None:
        while self.pgconn.flush():
            select.select([], [self.pgconn.socket], [])

    def _end_copy(self, result: PGresult) -> None:
        # A step has no rows to give, and nobody to take a stream of them.
        if result.status == pq.ExecStatus.COPY_IN:
            self.pgconn.put_copy_end(b"a step on a stage has no rows to copy")
            self._flush()
            return
        while self.pgconn.get_copy_data(0)[0] > 0:
            pass

    def _notice(self, result: PGresult) -> None:
        text = (result.error_message or b"").decode("utf-8", "backslashreplace")
        said = Diagnostic(result, "utf-8")
        if said.severity_nonlocalized == "LOG":
            self.looked = self.looked or _STILL_WAITS in text
            return
        self.notices_ever += 1
        self.on_notice(text)
        if said.severity_nonlocalized in ("FATAL", "PANIC"):
            self.farewell = Refusal(said.sqlstate or "08006", said.message_primary or "")
        else:
            self.notices.append(text)


def _waiting_bytes(socket: int) -> int:
    import fcntl  # not on Windows, where the rest of the course is to be imported all the same
    import termios

    (count,) = struct.unpack("i", fcntl.ioctl(socket, termios.FIONREAD, bytes(4)))
    return int(count)


def wait_for_any(sessions: Iterable[Session], timeout_s: float) -> None:
    """Wait until the server says something to one of the sessions, or the time is over."""
    poll = select.poll()
    for session in sessions:
        if not session.lost:
            poll.register(session.pgconn.socket, select.POLLIN)
    poll.poll(timeout_s * 1000)


def seconds(shown: str) -> float:
    """Return a time as PostgreSQL shows it in seconds; 0 is none."""
    found = re.fullmatch(r"(\d+)([a-z]*)", shown)
    return int(found[1]) * _UNITS_S.get(found[2], 0.001) if found else 0.0
