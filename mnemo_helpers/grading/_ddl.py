"""A learner's DDL, run in a database of its own: what the exercise gives, then what the answer adds."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import pq

from mnemo_helpers import server, sql
from mnemo_helpers.catalog import Constraint
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading import _clock, _findings, _keepers
from mnemo_helpers.grading._answer import excerpt
from mnemo_helpers.grading._findings import Finding
from mnemo_helpers.grading._run import Refused, Session, TimedOut, session
from mnemo_helpers.grading._schema import Schema
from mnemo_helpers.grading._sections import Design

_MOST_TABLES = 60

# Of which kind a relation is, and its number: another table of the same name has another.
_Made = tuple[str, str]

# What the learner's schema is made of: relations that are there, with what kind they are of.
_RELATIONS = """
SELECT c.oid::pg_catalog.regclass::pg_catalog.text, c.relkind::pg_catalog.text, c.oid::pg_catalog.text
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
  AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog."char"[])
  AND NOT pg_catalog.starts_with(n.nspname::pg_catalog.text, 'pg_')
"""


def build(
    place: str, exercise: Schema, design: Design, *, clock: bool, all_s: float
) -> tuple[Finding | None, tuple[Constraint, ...]]:
    """Run what is given and then the answer's DDL.

    Args:
        place: an empty database, or one with the lesson's data.
        exercise: what is given, and how long a statement may take.
        design: the learner's SQL.
        clock: True to make the clock first that the design then reads.
        all_s: seconds after which the session is ended.

    Returns:
        What is wrong, or None; and the constraints that are not the answer's.

    Raises:
        MnemoError: the server refuses what the exercise gives, or lacks the cast that takes its actions.
    """
    if exercise.roles & {*server.CAST}:
        server.cast()  # before a GRANT to a role that is not there looks like the answer's fault
    with session(place, statement_s=exercise.timeout_s, all_s=all_s) as own:
        try:
            for statement in _clock.MADE if clock else ():
                own.control(statement)
            for statement in sql.split(_clock.rewritten(exercise.given) if clock else exercise.given):
                own.run(statement)
        except Refused as no:
            raise MnemoError(
                f"What exercise {exercise.id} gives cannot be made: {no.error}",
                remedy="This is a defect of the course, or of the server's rights. Please report it.",
            ) from None
        before = _relations(own)
        given = _keepers.constraints(own) if before else ()
        count = len(design.ddl)
        for i, statement in enumerate(design.ddl, 1):
            where = f"statement {i} of {count}, “{excerpt(statement)}”"
            try:
                own.run(statement)
            except Refused as no:
                message = f"The server refuses your schema, at {where}."
                return Finding("ddl", "refused", str(no.error.sqlstate), message, (_findings.said(no.error),)), given
            except TimedOut:
                message = f"Your schema's {where}, had not ended after {exercise.timeout_s:g} seconds, and was stopped."
                return Finding("time", "too long", "ddl", message), given
        if own.connection.info.transaction_status != pq.TransactionStatus.IDLE:
            message = "Your schema begins a transaction and does not end it, so nothing of it stays."
            return Finding("ddl", "open transaction", "", message), given
        return _odd(before, _relations(own)), given


def _odd(before: Mapping[str, _Made], after: Mapping[str, _Made]) -> Finding | None:
    """Say that the answer does not make what any answer has to make."""
    if gone := sorted(name for name, (_, oid) in before.items() if name not in after or after[name][1] != oid):
        message = (
            f"Your answer drops or replaces what the exercise gave: {', '.join(gone)}. Expected is that it stays, and "
            "that your answer adds to it."
        )
        return Finding("ddl", "drops", ", ".join(gone), message)
    tables = [name for name, (kind, _) in after.items() if kind in ("r", "p") and name not in before]
    if len(tables) > _MOST_TABLES:
        message = (
            f"Your answer makes {len(tables)} tables; expected are as many as the sentences speak of, and at most 15."
        )
        return Finding("ddl", "too many tables", "", message)
    if not tables and not before:
        views = sorted(name for name, (kind, _) in after.items() if kind in ("v", "m"))
        what = f"no table, and {', '.join(views)} is a view, which stores no row of its own" if views else "no table"
        message = f"Your answer makes {what}. Expected are tables that hold what the actions record."
        return Finding("ddl", "no table", str(bool(views)), message)
    return None


def _relations(own: Session) -> dict[str, _Made]:
    found = own.run(_RELATIONS, most=10_000)
    return {str(name): (str(kind), str(oid)) for name, kind, oid in found.rows} if found else {}
