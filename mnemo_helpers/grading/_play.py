"""Playing a history: its steps run on a learner's schema, are looked at, and undone."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mnemo_helpers import server, sql
from mnemo_helpers.errors import MnemoError, SQLError
from mnemo_helpers.grading import _clock
from mnemo_helpers.grading._histories import AT, RELOAD, Step
from mnemo_helpers.grading._rows import Rows
from mnemo_helpers.grading._run import Refused, Session, TimedOut
from mnemo_helpers.grading._schema import Schema
from mnemo_helpers.grading._sections import Design, Question

# Qualified throughout: the learner owns this database and may have put a pg_class or an operator of their own in it.
# Oids from 16384 on are what users made; TOAST tables are of another relkind.
_TOUCHED = """
SELECT c.oid::pg_catalog.regclass,
       pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid),
       pg_catalog.pg_stat_get_xact_tuples_updated(c.oid),
       pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid)
FROM pg_catalog.pg_class AS c
WHERE c.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
  AND c.relkind OPERATOR(pg_catalog.=) 'r'::pg_catalog."char"
"""
_MOST_ROWS, _ROWS_SHOWN = 10_000, 20
_DEFERRED = """
SELECT DISTINCT pg_catalog.format('%I.%I', n.nspname, k.conname)
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) k.connamespace
WHERE k.condeferred AND k.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
"""

# A dump is restored row by row, so that each CHECK is asked again. NOT VALID is dumped, and not asked.
_CHECKS = """
SELECT pg_catalog.format('ALTER %s %s DROP CONSTRAINT %I; ALTER %1$s %2$s ADD CONSTRAINT %3$I %s',
                         CASE WHEN conrelid OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN 'DOMAIN' ELSE 'TABLE' END,
                         CASE WHEN conrelid OPERATOR(pg_catalog.=) 0::pg_catalog.oid
                              THEN contypid::pg_catalog.regtype::pg_catalog.text
                              ELSE conrelid::pg_catalog.regclass::pg_catalog.text END,
                         conname, pg_catalog.pg_get_constraintdef(oid))
FROM pg_catalog.pg_constraint
WHERE contype OPERATOR(pg_catalog.=) 'c'::pg_catalog."char" AND oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
  AND convalidated AND coninhcount OPERATOR(pg_catalog.=) 0
ORDER BY conname
"""


@dataclass(frozen=True)
class Seen:
    """What came of a history.

    Attributes:
        went_in: how many steps did.
        refused: the server's error at the step after these, if it refused one.
        touched: for each table how many rows the last step inserted, updated and deleted.
        answers: what each question gave, an error where the server refused it.
        contents: for each table that the last step touched some of its rows, as far as they were asked for.
    """

    went_in: int
    refused: SQLError | None = None
    touched: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    answers: Mapping[str, Rows | SQLError] = field(default_factory=dict)
    contents: Mapping[str, Rows] = field(default_factory=dict)

    @property
    def rows_touched(self) -> int:
        """How many rows the last step touched, in all tables."""
        return sum(map(sum, self.touched.values()))


class TransactionEnded(Exception):
    """A section has ended the transaction in which its history runs; the text is its name."""


class TookTooLong(Exception):
    """A section ran longer than it may; the text is its name."""


def play(
    own: Session,
    design: Design,
    exercise: Schema,
    steps: Sequence[Step],
    asked: Sequence[str] = (),
    *,
    contents: bool = False,
) -> Seen:
    """Run steps in one transaction, each as if it were committed, ask questions, and undo everything.

    Args:
        own: a session on the learner's schema.
        design: the learner's SQL.
        exercise: what its actions and questions are.
        steps: what to do.
        asked: the names of the questions to ask afterwards.
        contents: True to read what the tables hold that the last step touches.

    Raises:
        TransactionEnded: a section holds a COMMIT, or something like it.
        TookTooLong: a section had to be stopped.
    """
    own.control("BEGIN")
    try:
        deferred = _deferred(own)
        before: dict[str, tuple[int, int, int]] = {}
        for i, step in enumerate(steps):
            if i == len(steps) - 1:
                before = touched(own)
            try:
                _take(own, design, exercise, step, deferred)
            except Refused as no:
                return Seen(i, no.error)
        now = touched(own)
        changed = {
            table: (counts[0] - was[0], counts[1] - was[1], counts[2] - was[2])
            for table, counts in now.items()
            if counts != (was := before.get(table, (0, 0, 0)))
        }
        answers = {
            question.name: ask(own, question, design.questions[question.name])
            for question in exercise.questions
            if question.name in asked
        }
        return Seen(len(steps), touched=changed, answers=answers, contents=read(own, changed) if contents else {})
    finally:
        if not own.connection.closed:
            own.control("ROLLBACK")


def act(own: Session, design: Design, exercise: Schema, step: Step) -> None:
    """Run an action's statements, as the role that takes it.

    Raises:
        Refused: the server refused one of them.
        TookTooLong: one of them had to be stopped.
        MnemoError: the server lacks the role.
    """
    name, *given = step
    action = exercise.action(name)
    values = dict(zip(action.args, given, strict=True))
    with _as_role(own, action.role):
        for statement in design.actions[name]:
            try:
                own.run(sql.bind(statement, values, own.connection))
            except TimedOut:
                raise TookTooLong(action.heading) from None


def touched(own: Session) -> dict[str, tuple[int, int, int]]:
    """Return how many rows this transaction has inserted, updated and deleted by now, for each table."""
    found = own.run(_TOUCHED, most=_MOST_ROWS)
    return {str(name): (int(i or 0), int(u or 0), int(d or 0)) for name, i, u, d in found.rows} if found else {}


def read(own: Session, tables: Iterable[str]) -> dict[str, Rows]:
    """Return the first rows of tables."""
    found = {}
    for table in tables:
        with contextlib.suppress(Refused):
            mark = _mark()
            own.control(f"SAVEPOINT {mark}")
            try:
                rows = own.run(f"SELECT * FROM {table} LIMIT {_ROWS_SHOWN}", most=_ROWS_SHOWN)
            finally:
                own.control(f"ROLLBACK TO SAVEPOINT {mark}")
            if rows is not None:
                found[table] = rows
    return found


def ask(own: Session, question: Question, query: str) -> Rows | SQLError:
    """Return what a question gives, or the error with which the server refuses it; nothing of it stays.

    Raises:
        TookTooLong: it had to be stopped.
        TransactionEnded: it holds a COMMIT, or something like it.
    """
    mark = _mark()
    own.control(f"SAVEPOINT {mark}")
    try:
        with _as_role(own, question.role):
            found = own.run(query, most=_MOST_ROWS)
        answer = SQLError(["This statement gives no rows; a query is asked for."], None) if found is None else found
    except Refused as no:
        answer = no.error
    except TimedOut:
        raise TookTooLong(question.heading) from None
    try:
        own.control(f"ROLLBACK TO SAVEPOINT {mark}")
    except Refused as no:
        raise _ended(question.name, no) or no from None
    return answer


def _take(own: Session, design: Design, exercise: Schema, step: Step, deferred: str) -> None:
    match step:
        case (name, moment) if name == AT:
            own.control(_clock.setting(moment))
        case (name,) if name == RELOAD:
            _reload(own)
        case _:
            mark = _mark()
            own.control(f"SAVEPOINT {mark}")
            act(own, design, exercise, step)
            _as_if_committed(own, step[0], mark, deferred)


def _as_if_committed(own: Session, name: str, mark: str, deferred: str) -> None:
    """Have checked what a COMMIT would check, and defer again what the next transaction would defer."""
    try:
        own.control(f"RELEASE SAVEPOINT {mark}; SET CONSTRAINTS ALL IMMEDIATE; {deferred}")
    except Refused as no:
        raise _ended(name, no) or no from None


def _deferred(own: Session) -> str:
    """Return the statement that defers what a transaction begins by deferring, or nothing."""
    found = own.run(_DEFERRED, most=_MOST_ROWS)
    names = [str(name) for (name,) in found.rows] if found else []
    return f"SET CONSTRAINTS {', '.join(names)} DEFERRED" if names else ""


def _reload(own: Session) -> None:
    mark = _mark()
    own.control(f"SAVEPOINT {mark}; SET CONSTRAINTS ALL IMMEDIATE")
    checks = own.run(_CHECKS, most=_MOST_ROWS)
    for (both,) in checks.rows if checks else ():
        own.control(str(both))
    own.control(f"ROLLBACK TO SAVEPOINT {mark}")


@contextlib.contextmanager
def _as_role(own: Session, role: str) -> Iterator[None]:
    """Run what follows as one of the server's cast; after a refusal a rollback is due, which ends the role too."""
    if role:
        try:
            own.control(f'SET LOCAL ROLE "{role}"')
        except Refused as no:
            server.cast()  # says what is lacking, and who can mend it
            raise MnemoError(f"The check cannot put on the role {role}: {no.error.lines()[0]}") from None
    yield
    if role:
        own.control("SET LOCAL ROLE NONE")


def _mark() -> str:
    # A name that nobody can guess, so that no statement of the learner's can put another savepoint in its place.
    return f"mnemo_{secrets.token_hex(8)}"


def _ended(name: str, refused: Refused) -> TransactionEnded | None:
    # No such savepoint, no transaction: then not the constraints were refused, but our mark is gone.
    return TransactionEnded(name) if refused.error.sqlstate in ("3B001", "25P01") else None
