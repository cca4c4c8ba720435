"""What a SQL cell does, below the magic: every statement sent as it is written, every answer shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import pq
from psycopg.errors import Diagnostic

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError, SQLError
from mnemo_helpers.sql._exchange import Exchange, encoding_of
from mnemo_helpers.sql._lexer import Statement, bind, binds, first_word, statements
from mnemo_helpers.sql._problem import describe
from mnemo_helpers.sql._psql import refuse
from mnemo_helpers.sql._result import Result
from mnemo_helpers.sql._session import Session, farewell
from mnemo_helpers.sql._sessions import Sessions

ROWS_SHOWN = 100

_CLIPPED = 60
_COMMITS = ("commit", "end", "prepare")


def run(
    sessions: Sessions,
    session: Session,
    text: str,
    variables: Mapping[str, Any],
    *,
    expect: Sequence[str] = (),
    keep: int | None = ROWS_SHOWN,
    show: int | None = ROWS_SHOWN,
    feedback: bool = True,
) -> Result | None:
    """Run a cell's statements one after the other, and stop at the first error.

    Args:
        sessions: where other sessions are found by process id.
        session: the one to run in.
        text: the cell.
        variables: what ``:name`` may stand for.
        expect: SQLSTATEs, or classes of two letters, one of which must come.
        keep: how many rows are kept as Python values; None for all.
        show: how many rows are shown; None for all.
        feedback: whether status lines are printed.

    Returns:
        The rows of the last answer, not yet shown, or None if it had none.

    Raises:
        SQLError: the server refused a statement, or an error was expected and another came.
        MnemoError: an expected error did not come; psql's commands; a value that cannot be filled in.
    """
    if "\0" in text:
        raise MnemoError("There is a NUL character in this cell; PostgreSQL would read no further.")
    found = list(statements(text))
    for statement in found:
        if statement.command is not None:
            refuse(statement.command)
    last = None
    try:
        if found:
            last = _Cell(sessions, session, variables, keep=keep, show=show, feedback=feedback).run(found)
        else:
            render.show(render.note("info", "There is no SQL in this cell, so nothing was sent."))
    except SQLError as problem:
        if not expect:
            raise
        if not any((problem.sqlstate or "").startswith(code) for code in expect):
            *lines, last_line = problem.lines()
            expected = f"EXPECTED:  {' or '.join(expect)}"
            raise SQLError([*lines[:6], last_line, expected], problem.sqlstate) from None
        render.show(render.note("pass", "The expected error came:", render.pre("\n".join(problem.lines()))))
        return None
    if expect:
        if last is not None:
            render.show(last.shown)
        raise MnemoError(
            f"This cell expects SQLSTATE {' or '.join(expect)}, and no error came.",
            remedy="If the statement is right as it is, take --expect away.",
        )
    return last


class _Cell:
    """The statements of one cell on their way."""

    def __init__(
        self,
        sessions: Sessions,
        session: Session,
        variables: Mapping[str, Any],
        *,
        keep: int | None,
        show: int | None,
        feedback: bool,
    ) -> None:
        self._sessions, self._session, self._variables = sessions, session, variables
        self._keep, self._show, self._feedback = keep, show, feedback
        self._last: Result | None = None

    def run(self, found: Sequence[Statement]) -> Result | None:
        connection = self._session.connection()
        # All values are filled in before anything is sent: one that cannot be stops the cell while it is whole.
        filled = [bind(statement.text, self._variables, connection) for statement in found]
        with self._session.first_notices():
            for number, (statement, text) in enumerate(zip(found, filled, strict=True), start=1):
                self._flush()
                self._send(connection, text, statement.data, f"{number} of {len(found)}" if len(found) > 1 else "")
        last, self._last = self._last, None
        return last

    def _send(self, connection: psycopg.Connection[Any], text: str, data: str | None, place: str) -> None:
        in_transaction = self._session.in_transaction
        exchange = Exchange(connection, session=self._session.label, keep=self._keep, show=self._show)
        try:
            exchange.run(text, data, self._answer)
        except UnicodeEncodeError as problem:
            raise MnemoError(
                f"{problem.object[problem.start]!r} does not exist in this session's client_encoding.",
                remedy="RESET client_encoding gives you UTF-8 back.",
            ) from None
        if exchange.gone is not None:
            rolled_back = in_transaction and first_word(text) not in _COMMITS
            said = farewell(Diagnostic(exchange.refused, encoding_of(connection))) if exchange.refused else None
            raise self._session.broke(exchange.gone, said, rolled_back=rolled_back)
        if exchange.refused is not None:
            clipped = " ".join(text.split())
            clipped = clipped if len(clipped) <= _CLIPPED else clipped[: _CLIPPED - 2] + " …"
            raise describe(
                exchange.refused,
                encoding_of(connection),
                sessions=self._sessions.by_pid(),
                hint=self._unfilled(exchange.refused.error_field(pq.DiagnosticField.STATEMENT_POSITION), text),
                statement=f"{place}: {clipped}" if place else "",
            )
        if exchange.interrupted:
            self._flush()
            raise MnemoError("The cell was interrupted when this statement had already been done.")

    def _answer(self, answer: Result | str) -> None:
        self._flush()
        if isinstance(answer, Result):
            self._last = answer
        elif answer and self._feedback:
            self._session.say(answer)

    def _flush(self) -> None:
        # The last rows of a cell are its value; all before them are shown as they come.
        if self._last is not None:
            shown, self._last = self._last.shown, None
            render.show(shown)

    def _unfilled(self, position: bytes | None, text: str) -> str:
        # A colon that PostgreSQL stumbles over is most often a name that no variable has.
        for start, end in binds(text) if position else ():
            if start == int(position or 0) - 1:
                return f"There is no Python variable {text[start + 1 : end]!r}, so {text[start:end]} was sent as it is."
        return ""
