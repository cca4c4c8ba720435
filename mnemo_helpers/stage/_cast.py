"""The sessions of a stage together, and one more that looks on: who waits for whom, and for which lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from types import TracebackType
from typing import Any

import psycopg
from psycopg import pq
from psycopg.pq.abc import PGresult

from mnemo_helpers import sql
from mnemo_helpers.errors import MnemoError, ServerUnavailable
from mnemo_helpers.stage._answer import Refusal, read, value
from mnemo_helpers.stage._session import IDLE_TIMEOUTS, OWN_TIMEOUTS, Connection, Session

Opener = Callable[[str], Connection]

LOCK_TIMEOUT = "3s"

# pg_isolation_test_session_is_blocked asks these two as well, but does not say who it is.
_BLOCKED = b"""SELECT pid, pg_blocking_pids(pid) || pg_safe_snapshot_blocking_pids(pid)
FROM unnest($1::int[]) AS pid"""
_WAITING = b"""SELECT granted, locktype, mode, relation::regclass, objid FROM pg_lock_status()
WHERE pid = $1::int AND (NOT granted OR locktype = 'tuple')"""
_LIMITS = b"SELECT name, reset_val FROM pg_settings WHERE name = ANY ($1::text[])"
_OUTSIDE = b"""SELECT coalesce(nullif(application_name, ''), 'no name'), state FROM pg_stat_activity
WHERE pid = $1::int AND pid > 0"""


class Cast:
    """Sessions by name, open.

    Attributes:
        sessions: in the order in which they were named.
    """

    def __init__(self, names: Sequence[str], opener: Opener, *, hasten: bool = True) -> None:
        """Open one session for each name, and the one that looks on.

        Args:
            names: the sessions' names.
            opener: opens a connection.
            hasten: whether sessions may be told when to look for deadlocks.

        Raises:
            MnemoError: the server does not let us in.
        """
        self._opener = opener
        self.sessions: dict[str, Session] = {}
        self._names: dict[bytes, bytes] = {}
        self._guard: Connection | None = None
        self._looker = opener("stage")
        try:
            self._looker.pgconn.notice_handler = None
            # Whoever is not on the stage may hold what the set-up needs; it is not waited for without end.
            self._looker.pgconn.exec_(f"SET lock_timeout = '{LOCK_TIMEOUT}'".encode())
            for name in names:
                self.sessions[name] = Session(name, opener(name), hasten=hasten)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Cast:
        """Return the cast."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every session."""
        self.close()

    @cached_property
    def limits_s(self) -> dict[str, float]:
        """What a new session's limits on waiting are, by their names, in seconds; 0 is none."""
        rows = self.ask(_LIMITS, array({*OWN_TIMEOUTS, *IDLE_TIMEOUTS}))
        return {name or "": int(limit_ms or 0) / 1000 for name, limit_ms in rows}

    @property
    def guarding(self) -> int | None:
        """The server's process of the session that guards what must not be written to."""
        return self._guard.pgconn.backend_pid if self._guard else None

    @property
    def active(self) -> list[Session]:
        """The sessions in which a step is under way."""
        return [session for session in self.sessions.values() if session.active]

    @property
    def pids(self) -> dict[int, str]:
        """The sessions' names by the server's process."""
        return {session.pid: session.name for session in self.sessions.values()}

    def blockers(self, sessions: Iterable[Session]) -> dict[str, frozenset[int]]:
        """Return, for each session, the processes that it waits for; none where it does not wait."""
        names = {str(session.pid).encode(): session.name for session in sessions}
        result = self._prepared(_BLOCKED, [b"{" + b",".join(names) + b"}"])
        found = {}
        for row in range(result.ntuples):
            pids = (result.get_value(row, 1) or b"{}")[1:-1]
            found[names[result.get_value(row, 0) or b""]] = frozenset(map(int, filter(None, pids.split(b","))))
        return found

    def lock(self, session: Session) -> str:
        """Say which lock a waiting session waits for."""
        rows = self.ask(_WAITING, str(session.pid))
        # Whoever waits for another transaction to let go of a row has locked the row's place in the queue.
        row_of = next((relation for granted, kind, _, relation, _ in rows if granted == "t" and kind == "tuple"), None)
        waits = [row for row in rows if row[0] == "f"]
        return _lock_said(waits[0], row_of) if waits else "a safe snapshot"

    def outsider(self, pid: int) -> tuple[str, str]:
        """Return the name and the state of a session that is not on the stage."""
        rows = self.ask(_OUTSIDE, str(pid))
        return (rows[0][0] or "", rows[0][1] or "of another role") if rows else ("a prepared transaction", "prepared")

    def ask(self, query: bytes, *parameters: str) -> list[tuple[str | None, ...]]:
        """Return the rows of a query of the session that looks on."""
        result = self._prepared(query, [p.encode() for p in parameters])
        return [tuple(value(result, row, i) for i in range(result.nfields)) for row in range(result.ntuples)]

    def _prepared(self, query: bytes, parameters: list[bytes]) -> PGresult:
        # The same few questions are asked over and over: planning them is most of their time.
        if query not in self._names:
            self._names[query] = f"asked_{len(self._names)}".encode()
            self._looker.pgconn.prepare(self._names[query], query)
        result = self._looker.pgconn.exec_prepared(self._names[query], parameters)
        if result.status != pq.ExecStatus.TUPLES_OK:
            said = read(result)
            told = said.message if isinstance(said, Refusal) else "no rows came"
            raise MnemoError(f"The session that looks on got no answer: {told}")
        return result

    def tell(self, text: str, what: str) -> PGresult:
        """Run statements in the session that looks on, and return the last answer.

        Raises:
            MnemoError: the server refuses; ``what`` names the statements.
        """
        result = self._looker.pgconn.exec_(text.encode())
        said = read(result)
        if isinstance(said, Refusal):
            self._looker.pgconn.exec_(b"ROLLBACK")
            remedy = "Somebody else holds a lock: COMMIT or ROLLBACK in your other sessions, then run this again."
            raise MnemoError(
                f"The {what} failed: {said.message} ({said.sqlstate}).",
                remedy=remedy if said.sqlstate == "55P03" else "",
            )
        return result

    def guard(self, text: str) -> None:
        """Run statements in a session of their own, which keeps what it has locked until the end."""
        self._guard = self._guard or self._opener("stage")
        said = read(self._guard.pgconn.exec_(f"SET lock_timeout = '{LOCK_TIMEOUT}'; {text}".encode()))
        if isinstance(said, Refusal):
            raise MnemoError(f"The other tables cannot be guarded: {said.message} ({said.sqlstate}).")

    def reopen(self, name: str) -> None:
        """Open a session anew whose connection is gone."""
        self.sessions[name].close()
        self.sessions[name] = Session(name, self._opener(name))

    def begin_anew(self, level: str | None = None, *, hurried: bool = False) -> None:
        """Make every session as it was when it was opened, whatever is under way in it.

        Args:
            level: the level that BEGIN alone means, or None for the server's.
            hurried: whether COMMIT may return before the disk has it.
        """
        self.end_steps()
        for name, session in list(self.sessions.items()):
            if session.lost:
                self.reopen(name)
            self.sessions[name].begin_anew(level, hurried=hurried)

    def end_steps(self) -> None:
        """Give up every step that is under way, and roll back every transaction that is open."""
        # One that waits must not go on because the one that it waits for is given up: those whom nobody waits for go
        # first, one by one.
        while active := self.active:
            waited_for = frozenset().union(*self.blockers(active).values())
            last = next((session for session in active if session.pid not in waited_for), active[0])
            last.give_up()
        for session in self.sessions.values():
            if session.in_transaction:
                session.run("ROLLBACK")

    def close(self) -> None:
        """End every session, one that waits too; nothing of them stays on the server."""
        with suppress(psycopg.Error, MnemoError):
            for session in self.active:
                self.ask(b"SELECT pg_terminate_backend($1::int)", str(session.pid))
        for session in self.sessions.values():
            session.close()
        if self._guard is not None:
            self._guard.close()
        self._looker.close()


def opener(dsn: str | None) -> Opener:
    """Return what opens a session: at an address, or where the open lesson works."""
    if dsn is None:
        return sql.connect

    def open(name: str) -> Connection:
        settings: dict[str, Any] = {"application_name": name, "client_encoding": "UTF8"}
        try:
            return psycopg.connect(dsn, autocommit=True, prepare_threshold=None, **settings)
        except psycopg.Error as problem:
            said = str(problem).strip().split("\n")[0]
            raise ServerUnavailable(f"The stage's session {name} cannot be opened.", tried=[said]) from None

    return open


def _lock_said(row: tuple[str | None, ...], row_of: str | None) -> str:
    _, kind, mode, relation, objid = row
    match kind:
        case "relation":
            return f"{mode} on the table {relation}"
        case "tuple":
            return f"a row of {relation}, behind another that waits for it"
        case "transactionid" | "spectoken":
            return f"a row of {row_of}" if row_of else "the end of its transaction"
        case "virtualxid":
            return "the end of its transaction"
        case "advisory":
            return f"the advisory lock {objid} ({mode})"
    return f"{mode} on {kind}" + (f" of {relation}" if relation else "")


def named(pids: Iterable[int], names: Mapping[int, str]) -> tuple[str, ...]:
    """Return the names of those processes that are on the stage, sorted."""
    return tuple(sorted(names[pid] for pid in pids if pid in names))


def array(names: Iterable[str]) -> str:
    """Return names as an array's text."""
    quoted = ('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' for name in sorted(names))
    return "{" + ",".join(quoted) + "}"
