"""Histories: what an application does step by step, run on a learner's schema and undone."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mnemo_helpers import sql
from mnemo_helpers.errors import SQLError
from mnemo_helpers.grading._rows import Rows
from mnemo_helpers.grading._run import Refused, Session
from mnemo_helpers.grading._sections import Design

Step = tuple[Any, ...]

# Qualified throughout: the learner owns this database and may have put a pg_class or an operator of their own in it.
# Oids from 16384 on are what users made; TOAST tables are of another relkind.
_TOUCHED = """
SELECT c.relname,
       pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid),
       pg_catalog.pg_stat_get_xact_tuples_updated(c.oid),
       pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid)
FROM pg_catalog.pg_class AS c
WHERE c.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
  AND c.relkind OPERATOR(pg_catalog.=) 'r'::pg_catalog."char"
"""
_MOST_ROWS = 10_000


@dataclass(frozen=True)
class History:
    """What an application does, and what must come of it.

    Attributes:
        steps: each an action's name and its values.
        gives: the rows that a question must give afterwards, by its name.
        sqlstates: codes, or their first two characters, with one of which the last step must be refused.
    """

    steps: tuple[Step, ...]
    gives: Mapping[str, Sequence[Sequence[Any]]] = field(default_factory=dict)
    sqlstates: tuple[str, ...] = ()


@dataclass(frozen=True)
class RoundTrip:
    """Original rows that go in through actions and come back through questions.

    Attributes:
        feed: actions, each with a query on the data as shown whose rows are its values.
        gives: for a question, a query on the data as shown that gives the same rows.
    """

    feed: tuple[tuple[str, str], ...]
    gives: Mapping[str, str]


@dataclass(frozen=True)
class Seen:
    """What came of a history.

    Attributes:
        went_in: how many steps did.
        refused: the server's error at the step after these, if it refused one.
        touched: for each table how many rows the last step inserted, updated and deleted.
        answers: what each question gave, an error where the server refused it.
    """

    went_in: int
    refused: SQLError | None = None
    touched: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    answers: Mapping[str, Rows | SQLError] = field(default_factory=dict)

    @property
    def rows_touched(self) -> int:
        """How many rows the last step touched, in all tables."""
        return sum(map(sum, self.touched.values()))


class TransactionEnded(Exception):
    """A section has ended the transaction in which its history runs; the text is its name."""


def history(*steps: Step, gives: Mapping[str, Sequence[Sequence[Any]]] | None = None) -> History:
    """Describe steps that all go in.

    Args:
        steps: each an action's name and its values.
        gives: the rows that a question must give afterwards, by its name, in any order.
    """
    return History(steps, gives=gives or {})


def refused(*steps: Step, sqlstates: tuple[str, ...]) -> History:
    """Describe steps of which the last must be refused, and all others go in.

    Args:
        steps: each an action's name and its values.
        sqlstates: codes, or their first two characters, one of which the refusal must have.
    """
    return History(steps, sqlstates=tuple(sqlstates))


def round_trip(*, feed: tuple[tuple[str, str], ...], gives: Mapping[str, str]) -> RoundTrip:
    """Describe original rows that go in through actions and must come back through questions.

    Args:
        feed: actions, each with a query on the data as shown whose rows are its values.
        gives: for a question, a query on the data as shown that gives the same rows.
    """
    return RoundTrip(tuple(feed), gives)


def play(
    own: Session, design: Design, args: Mapping[str, tuple[str, ...]], steps: Sequence[Step], ask: Sequence[str] = ()
) -> Seen:
    """Run steps in one transaction, each as if it were committed, ask questions, and undo everything.

    Args:
        own: a session on the learner's schema.
        design: the learner's SQL.
        args: the names of each action's values.
        steps: what to do.
        ask: the names of the questions to ask afterwards.

    Raises:
        TransactionEnded: a section holds a COMMIT, or something like it.
    """
    own.control("BEGIN")
    try:
        before: dict[str, tuple[int, int, int]] = {}
        for i, (name, *given) in enumerate(steps):
            if i == len(steps) - 1:
                before = _touched(own)
            try:
                _act(own, name, design.actions[name], dict(zip(args[name], given, strict=True)))
            except Refused as no:
                return Seen(i, no.error)
        touched = {}
        for table, (inserted, updated, deleted) in _touched(own).items():
            i, u, d = before.get(table, (0, 0, 0))
            if (inserted, updated, deleted) != (i, u, d):
                touched[table] = (inserted - i, updated - u, deleted - d)
        return Seen(
            len(steps), touched=touched, answers={name: _ask(own, name, design.questions[name]) for name in ask}
        )
    finally:
        if not own.connection.closed:
            own.control("ROLLBACK")


def _act(own: Session, name: str, statements: Sequence[str], values: Mapping[str, Any]) -> None:
    """Run an action's statements and then what a COMMIT would check, without changing what is deferred."""
    mark = _mark()
    own.control(f"SAVEPOINT {mark}")
    for statement in statements:
        own.run(sql.bind(statement, values, own.connection))
    try:
        own.control(
            f"RELEASE SAVEPOINT {mark}; SAVEPOINT {mark}; SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK TO SAVEPOINT {mark}"
        )
    except Refused as no:
        raise _ended(name, no) or no from None


def _ask(own: Session, name: str, query: str) -> Rows | SQLError:
    mark = _mark()
    own.control(f"SAVEPOINT {mark}")
    try:
        found = own.run(query, most=_MOST_ROWS)
        answer = SQLError(["This statement gives no rows; a query is asked for."], None) if found is None else found
    except Refused as no:
        answer = no.error
    try:
        own.control(f"ROLLBACK TO SAVEPOINT {mark}")
    except Refused as no:
        raise _ended(name, no) or no from None
    return answer


def _mark() -> str:
    # A name that nobody can guess, so that no statement of the learner's can put another savepoint in its place.
    return f"mnemo_{secrets.token_hex(8)}"


def _ended(name: str, refused: Refused) -> TransactionEnded | None:
    # No such savepoint, no transaction: then not the constraints were refused, but our mark is gone.
    return TransactionEnded(name) if refused.error.sqlstate in ("3B001", "25P01") else None


def _touched(own: Session) -> dict[str, tuple[int, int, int]]:
    found = own.run(_TOUCHED, most=_MOST_ROWS)
    return {str(name): (int(i or 0), int(u or 0), int(d or 0)) for name, i, u, d in found.rows} if found else {}
