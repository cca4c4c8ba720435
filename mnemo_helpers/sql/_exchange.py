"""One statement sent as psql sends it (the simple protocol), and its answers read in constant memory."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import capabilities, pq
from psycopg.adapt import Transformer
from psycopg.pq.abc import PGresult
from psycopg.waiting import Ready, Wait

from mnemo_helpers.sql._result import Result

_Waits = Generator[Wait, Ready | int, None]

_CHUNK_ROWS = 256
_COPY_BYTES = 1 << 16
_CANCEL_TIMEOUT_S = 5.0
# Whoever interrupts this often does not want to wait for the server's answer any longer.
_PATIENCE = 3
_NO_DATA = b"the cell holds no rows; end the statement with a semicolon and write them on the lines below it"
# The types that psql puts to the right: int2, int4, int8, oid, float4, float8, numeric, money, xid, cid, xid8.
_RIGHT = frozenset({20, 21, 23, 26, 28, 29, 700, 701, 790, 1700, 5069})


class Exchange:
    """A statement, from sending it to the last of its answers.

    Attributes:
        refused: the server's error, if it answered with one.
        gone: what broke the connection, if something did.
    """

    def __init__(
        self, connection: psycopg.Connection[Any], *, session: str, keep: int | None, show: int | None
    ) -> None:
        """Prepare for one statement.

        Args:
            connection: a raw connection on which nothing is running.
            session: the name that results carry, or "".
            keep: how many rows to keep as Python values; None for all.
            show: how many rows to keep as text; None for all.
        """
        self.refused: PGresult | None = None
        self.gone: str | None = None
        self._connection = connection
        self._pgconn = connection.pgconn
        self._encoding = encoding_of(connection)
        self._session = session
        self._keep, self._show = keep, show
        self._interrupts = self._cancels = 0

    @property
    def interrupted(self) -> bool:
        """Whether the reader interrupted the cell; the statement was then cancelled on the server."""
        return self._interrupts > 0

    def run(self, statement: str, data: str | None, answer: Callable[[Result | str], None]) -> None:
        """Send it and hand over each answer: rows as a ``Result``, anything else as its status line.

        Whatever happens, the connection is ready for the next statement afterwards, or ``gone``.
        """
        with self._connection.lock, self._heeding_interrupts():
            try:
                self._pgconn.send_query(statement.encode(self._encoding))
                if capabilities.has_stream_chunked():
                    self._pgconn.set_chunked_rows_mode(_CHUNK_ROWS)
                else:
                    self._pgconn.set_single_row_mode()
                self._wait(self._flush())
                self._read(data, answer)
            except psycopg.OperationalError as problem:
                self.gone = str(problem)
            except KeyboardInterrupt:
                self._connection.close()
                self.gone = "the server did not answer when the cell was interrupted"
            except BaseException:
                self._abandon()
                raise
            if self.gone is None and self._pgconn.status != pq.ConnStatus.OK:
                self.gone = self._pgconn.get_error_message()

    @contextmanager
    def _heeding_interrupts(self) -> Iterator[None]:
        # A KeyboardInterrupt raised anywhere would be lost in libpq's callbacks, or leave an answer half read. So it is
        # noted, the server is asked to cancel at the next safe place, and its answer is read to the end.
        def note(number: int, frame: object) -> None:
            self._interrupts += 1
            if self._interrupts == _PATIENCE:
                raise KeyboardInterrupt

        before = signal.getsignal(signal.SIGINT)
        if before is None or threading.current_thread() is not threading.main_thread():
            yield
            return
        signal.signal(signal.SIGINT, note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _heed(self) -> None:
        if self._interrupts > self._cancels:
            self._cancels = self._interrupts
            self._connection.cancel_safe(timeout=_CANCEL_TIMEOUT_S)

    def _read(self, data: str | None, answer: Callable[[Result | str], None]) -> None:
        rows: _Rows | None = None
        while (result := self._next()) is not None:
            match result.status:
                case pq.ExecStatus.TUPLES_CHUNK | pq.ExecStatus.SINGLE_TUPLE | pq.ExecStatus.TUPLES_OK:
                    rows = rows or _Rows(self._connection, result, keep=self._keep, show=self._show)
                    rows.add(result)
                    if result.status == pq.ExecStatus.TUPLES_OK:
                        answer(rows.result(self._session))
                        rows = None
                case pq.ExecStatus.COMMAND_OK:
                    answer(self._status(result))
                case pq.ExecStatus.COPY_OUT:
                    answer(self._copy_out(binary=bool(result.binary_tuples)))
                case pq.ExecStatus.COPY_IN:
                    self._wait(self._copy_in(data))
                case pq.ExecStatus.EMPTY_QUERY:
                    pass
                case _:
                    # With chunks the rows before an error have been read; psql shows none of them either.
                    self.refused = self.refused or result

    def _copy_out(self, *, binary: bool) -> Result | str:
        most = None if self._keep is None or self._show is None else max(self._keep, self._show)
        lines: list[str] = []
        count = size = 0

        def take(row: bytes) -> None:
            nonlocal count, size
            count, size = count + 1, size + len(row)
            if most is None or count <= most:
                lines.append(row.decode(self._encoding, "backslashreplace").removesuffix("\n"))

        self._wait(self._copied(take))
        result = self._next()
        if result is None or result.status != pq.ExecStatus.COMMAND_OK:
            self.refused = self.refused or result
            return ""
        if binary:
            return f"{self._status(result)} ({size:,} bytes in binary, not shown)"
        shown: list[list[str | None]] = [[line] for line in lines[: self._show]]
        kept = [(line,) for line in lines[: self._keep]]
        return Result(("COPY",), count, self._status(result), self._session, kept, shown, (False,))

    def _status(self, result: PGresult) -> str:
        return (result.command_status or b"").decode(self._encoding, "replace")

    def _wait(self, waits: _Waits) -> None:
        self._connection.wait(waits)

    def _next(self) -> PGresult | None:
        self._heed()
        seen: list[PGresult | None] = []
        try:
            self._wait(self._fetch(seen))
        except psycopg.OperationalError as problem:
            # What the server said before it went has been read by then.
            self.gone = str(problem)
        return seen[0] if seen else None

    def _ready(self, wanted: Wait) -> Generator[Wait, Ready | int, Ready | int]:
        while not (ready := (yield wanted)):
            self._heed()
        return ready

    def _fetch(self, seen: list[PGresult | None]) -> _Waits:
        while self._pgconn.is_busy():
            yield from self._ready(Wait.R)
            self._pgconn.consume_input()
        deliver_notifications(self._pgconn)
        seen.append(self._pgconn.get_result())

    def _flush(self) -> _Waits:
        while self._pgconn.flush():
            ready = yield from self._ready(Wait.RW)
            if ready & Ready.R:
                self._pgconn.consume_input()

    def _copied(self, take: Callable[[bytes], None]) -> _Waits:
        while True:
            length, row = self._pgconn.get_copy_data(1)
            if length < 0:
                return
            if length > 0:
                take(bytes(row))
                self._heed()
            else:
                yield from self._ready(Wait.R)
                self._pgconn.consume_input()

    def _copy_in(self, data: str | None) -> _Waits:
        sent = (data or "").encode(self._encoding)
        for start in range(0, len(sent), _COPY_BYTES):
            self._heed()
            while not self._pgconn.put_copy_data(sent[start : start + _COPY_BYTES]):
                yield from self._ready(Wait.W)
            yield from self._flush()
        while not self._pgconn.put_copy_end(_NO_DATA if data is None else None):
            yield from self._ready(Wait.W)
        yield from self._flush()

    def _abandon(self) -> None:
        # Cancel, then read what is left: a connection with an unread answer could not be used again.
        try:
            self._connection.cancel_safe(timeout=_CANCEL_TIMEOUT_S)
            while (result := self._next()) is not None:
                if result.status == pq.ExecStatus.COPY_OUT:
                    self._wait(self._copied(lambda row: None))
                elif result.status == pq.ExecStatus.COPY_IN:
                    self._wait(self._copy_in(None))
        except (psycopg.Error, KeyboardInterrupt):
            self._connection.close()


class _Rows:
    """Rows as they arrive: the first ones kept, the others counted."""

    def __init__(
        self, connection: psycopg.Connection[Any], first: PGresult, *, keep: int | None, show: int | None
    ) -> None:
        encoding = encoding_of(connection)
        fields = range(first.nfields)
        self._columns = tuple((first.fname(i) or b"").decode(encoding, "replace") for i in fields)
        self._right = tuple(first.ftype(i) in _RIGHT for i in fields)
        self._encoding = encoding
        self._loader = Transformer.from_context(connection)
        self._keep, self._show = keep, show
        self._kept: list[tuple[Any, ...]] = []
        self._shown: list[list[str | None]] = []
        self._count = 0
        self._status = b""

    def add(self, result: PGresult) -> None:
        arrived = result.ntuples
        # libpq leaves the status on the last chunk that has rows, not on the empty one that ends them.
        self._status = result.command_status or self._status
        self._count += arrived
        show = arrived if self._show is None else min(arrived, self._show - len(self._shown))
        for row in range(show):
            self._shown.append([self._text(result.get_value(row, column)) for column in range(len(self._columns))])
        keep = arrived if self._keep is None else min(arrived, self._keep - len(self._kept))
        if keep > 0:
            self._kept += self._load(result, keep)

    def result(self, session: str) -> Result:
        status = self._status.decode(self._encoding, "replace")
        return Result(self._columns, self._count, status, session, self._kept, self._shown, self._right)

    def _text(self, value: bytes | None) -> str | None:
        return None if value is None else value.decode(self._encoding, "backslashreplace")

    def _load(self, result: PGresult, rows: int) -> list[tuple[Any, ...]]:
        self._loader.set_pgresult(result)
        try:
            return self._loader.load_rows(0, rows, tuple)
        except Exception:
            # Python has no date for 'infinity' or 4713 BC, psycopg reads no interval in ISO 8601: such values are given
            # as the server's text, for what the server can show a cell must show.
            return [
                tuple(self._value(result, row, column) for column in range(len(self._columns))) for row in range(rows)
            ]

    def _value(self, result: PGresult, row: int, column: int) -> Any:
        value = result.get_value(row, column)
        if value is None:
            return None
        try:
            return self._loader.get_loader(result.ftype(column), pq.Format.TEXT).load(value)
        except Exception:
            return self._text(value)


def encoding_of(connection: psycopg.Connection[Any]) -> str:
    """Return Python's name of the connection's encoding; SQL_ASCII lets every byte pass, so it is read as UTF-8."""
    encoding = connection.info.encoding
    return "utf-8" if encoding == "ascii" else encoding


def deliver_notifications(pgconn: pq.abc.PGconn) -> None:
    """Hand the notifications that have arrived to the connection's handlers."""
    while (notification := pgconn.notifies()) is not None:
        if pgconn.notify_handler:
            pgconn.notify_handler(notification)
