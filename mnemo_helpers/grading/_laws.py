"""Laws: what must be so of all that a learner's questions give, whatever the tables behind them."""

from __future__ import annotations

from collections.abc import Iterator

from mnemo_helpers.grading import _findings
from mnemo_helpers.grading._findings import NOT_SO, Finding
from mnemo_helpers.grading._play import TookTooLong
from mnemo_helpers.grading._run import Refused, Session, TimedOut
from mnemo_helpers.grading._schema import Schema
from mnemo_helpers.grading._sections import Design, Question

_LOOK = "What your answer keeps cannot be looked at."


def hold(own: Session, exercise: Schema, design: Design) -> Iterator[Finding | None]:
    """Ask each question once, and hold its rows to the laws."""
    own.control("BEGIN")
    try:
        lacks = [lack for question in exercise.questions if (lack := _set_down(own, question, design))]
        yield from lacks
        if lacks:
            return
        # Only now do they get their names, which tables of the learner's may have.
        for question in exercise.questions:
            own.control(f'ALTER TABLE pg_temp.{_set_down_as(question)} RENAME TO "{question.name}"')
        for sentence, law in exercise.laws.items():
            own.control("SAVEPOINT law")
            try:
                found = own.run(law, most=1000)
            except Refused as no:
                # A law compares what the answer gives; a type of the learner's may not compare.
                yield Finding(
                    f"law: {sentence}",
                    "refused",
                    str(no.error.sqlstate),
                    f"{NOT_SO}{sentence}\nIt cannot be told, since the server does not compare what your questions "
                    "give.",
                    (_findings.said(no.error),),
                )
            else:
                yield _findings.unlawful(f"law: {sentence}", sentence, found) if found else None
            own.control("ROLLBACK TO SAVEPOINT law")
    finally:
        if not own.connection.closed:
            own.control("ROLLBACK")


def _set_down(own: Session, question: Question, design: Design) -> Finding | None:
    """Keep what a question gives in a table of this session's."""
    # Within another statement it may not end as one of its own.
    query, check = design.questions[question.name].rstrip().removesuffix(";"), f"question: {question.name}"
    own.control("SAVEPOINT question")
    try:
        columns = own.run(f"SELECT * FROM (\n{query}\n) AS asked LIMIT 0", most=1)
        if columns and (lack := _findings.short_of(check, _LOOK, question, columns)):
            return lack
        names = ", ".join(f'"{name}"' for name in question.columns)
        own.run(f"CREATE TEMPORARY TABLE {_set_down_as(question)} ({names}) AS\n{query}")
    except Refused as no:
        own.control("ROLLBACK TO SAVEPOINT question")
        return _findings.unanswered(check, _LOOK, question, no.error)
    except TimedOut:
        raise TookTooLong(question.heading) from None
    return None


def _set_down_as(question: Question) -> str:
    return f"mnemo_asked_{question.name}"
