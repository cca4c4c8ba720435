"""How a learner's schema behaves: built in a database of its own, then tried history by history."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import pq

from mnemo_helpers import database, render
from mnemo_helpers.errors import MnemoError, SQLError
from mnemo_helpers.grading import _rows
from mnemo_helpers.grading._exercise import Verdict
from mnemo_helpers.grading._histories import History, Seen, Step, TransactionEnded, play
from mnemo_helpers.grading._rows import Rows
from mnemo_helpers.grading._run import Refused, Session, SessionEnded, TimedOut, session
from mnemo_helpers.grading._schema import Schema
from mnemo_helpers.grading._sections import Design, Incomplete, take_apart

_ALL_S = 20.0
_MOST_ORIGINALS = 5000
_STEPS_SHOWN = 8
_NOT_SO = "Not so in your schema: "
# Findings after which no other check can be made.
_WHOLE = {"sections", "ddl", "time", "transaction", "session"}


@dataclass(frozen=True)
class _Finding:
    """One check that an answer does not pass.

    Attributes:
        check: its name.
        how: in what way it fails.
        detail: what tells this failure from others of its way.
        message: what to tell the reader.
    """

    check: str
    how: str
    detail: str
    message: str
    evidence: tuple[render.Shown, ...] = field(default=(), compare=False)


def judge(exercise: Schema, answer: str, dataset: str) -> Verdict:
    """Build the schema that an answer describes in a database of its own, and see how it behaves."""
    findings = _findings(exercise, answer, dataset)
    count = _count(exercise)
    if not findings:
        return Verdict("pass", f"Right: {count} checks, and each holds.")
    first = findings[0]
    name = _misconception(exercise, findings, dataset)
    begin = exercise.rejects[name].because if name else "Not yet."
    kept = f" {count - len(findings)} of {count} checks hold." if first.check not in _WHOLE else ""
    return Verdict("fail", f"{begin}{kept}\n{first.message}", name, first.evidence)


def _count(exercise: Schema) -> int:
    return len(exercise.legal) + len(exercise.illegal) + len(exercise.one_fact) + bool(exercise.round_trip)


def _misconception(exercise: Schema, findings: Sequence[_Finding], dataset: str) -> str | None:
    """Return the wrong answer that breaks the same checks, if possible in the same way."""
    ways = [(finding.check, finding.how) for finding in findings]
    details = [finding.detail for finding in findings]
    alike = None
    for name, wrong in exercise.rejects.items():
        known = _known(exercise, wrong.answer, dataset)
        if [(finding.check, finding.how) for finding in known] == ways:
            if [finding.detail for finding in known] == details:
                return name
            if alike is None and findings[0].check not in _WHOLE:
                alike = name
    return alike


@functools.lru_cache(maxsize=128)
def _known(exercise: Schema, answer: str, dataset: str) -> tuple[_Finding, ...]:
    return _findings(exercise, answer, dataset)


def _findings(exercise: Schema, answer: str, dataset: str) -> tuple[_Finding, ...]:
    try:
        design = take_apart(answer, exercise.actions, exercise.questions)
    except Incomplete as lack:
        return (_Finding("sections", "lacking", str(lack), str(lack)),)
    database.secure_answer()
    originals = _originals(exercise, dataset)
    with database.scratch() as place:
        try:
            if finding := _build(place, design, exercise.timeout_s):
                return (finding,)
            # What the DDL has set for its role must not outlive it.
            database.secure_answer()
            with session(place, statement_s=exercise.timeout_s, all_s=_ALL_S) as own:
                return tuple(filter(None, _checks(own, exercise, design, originals)))
        except TimedOut:
            took = f"A statement of your answer had not ended after {exercise.timeout_s:g} seconds, and was stopped."
            return (_Finding("time", "too long", "", took),)
        except SessionEnded:
            return (_Finding("session", "ended", "", "A statement of your answer ended its own session."),)
        except TransactionEnded as ended:
            message = (
                f"The section {ended} ends the transaction in which it runs. It is the application that commits: "
                "leave COMMIT and ROLLBACK out."
            )
            return (_Finding("transaction", "ended", str(ended), message),)


def _build(place: str, design: Design, timeout_s: float) -> _Finding | None:
    with session(place, statement_s=timeout_s, all_s=_ALL_S) as own:
        for statement in design.ddl:
            try:
                own.run(statement)
            except Refused as no:
                return _Finding(
                    "ddl", "refused", str(no.error.sqlstate), "The server refuses your schema.", (_said(no.error),)
                )
        if own.connection.info.transaction_status != pq.TransactionStatus.IDLE:
            message = "Your schema begins a transaction and does not end it, so nothing of it stays."
            return _Finding("ddl", "open transaction", "", message)
    return None


def _checks(own: Session, exercise: Schema, design: Design, originals: _Originals | None) -> Iterator[_Finding | None]:
    def played(steps: Sequence[Step], ask: Mapping[str, object] | None = None) -> Seen:
        return play(own, design, exercise.args, steps, tuple(ask or ()))

    for sentence, history in exercise.legal.items():
        check = f"legal: {sentence}"
        seen = played(history.steps, history.gives)
        yield _kept_from(exercise, check, sentence, history.steps, seen) or _misremembered(
            exercise, check, f"{_NOT_SO}{sentence}", history.gives, seen, _told(exercise, history.steps)
        )
    for sentence, history in exercise.illegal.items():
        yield _let_in(exercise, f"illegal: {sentence}", sentence, history, played(history.steps))
    for sentence, history in exercise.one_fact.items():
        check = f"one fact: {sentence}"
        seen = played(history.steps)
        yield _kept_from(exercise, check, sentence, history.steps, seen) or _spread(
            exercise, check, sentence, history.steps, seen
        )
    if originals:
        seen = played(originals.steps, originals.gives)
        sentence = "The original rows go in and come back."
        yield _kept_from(exercise, "round trip", sentence, originals.steps, seen) or _misremembered(
            exercise, "round trip", f"{_NOT_SO}{sentence}", originals.gives, seen
        )


def _kept_from(exercise: Schema, check: str, sentence: str, steps: Sequence[Step], seen: Seen) -> _Finding | None:
    """Say that a step which should go in does not."""
    if seen.refused is None:
        return None
    name, *_ = steps[seen.went_in]
    message = f"{_NOT_SO}{sentence}\nStep {seen.went_in + 1}, {name}, should go in, but is refused."
    detail = f"{seen.went_in + 1} {seen.refused.sqlstate}"
    return _Finding(
        check, "refused", detail, message, (_told(exercise, steps[: seen.went_in + 1]), _said(seen.refused))
    )


def _let_in(exercise: Schema, check: str, sentence: str, history: History, seen: Seen) -> _Finding | None:
    """Say that a step which should be refused is not, or not for the right reason."""
    if seen.refused is None:
        message = f"Nothing in your schema keeps this: {sentence}\nNone of these was refused:"
        return _Finding(check, "went in", "", message, (_told(exercise, history.steps),))
    if seen.went_in < len(history.steps) - 1:
        return _kept_from(exercise, check, f"it can be tried whether {sentence}", history.steps, seen)
    state = seen.refused.sqlstate or ""
    if state in history.sqlstates or state[:2] in history.sqlstates:
        return None
    expected = " or ".join(history.sqlstates)
    message = f"“{sentence}” is kept, but not by a rule of its own: expected is SQLSTATE {expected}."
    return _Finding(check, "another code", state, message, (_told(exercise, history.steps), _said(seen.refused)))


def _spread(exercise: Schema, check: str, sentence: str, steps: Sequence[Step], seen: Seen) -> _Finding | None:
    """Say that one fact is not in one place."""
    if seen.rows_touched == 1:
        return None
    name, *_ = steps[-1]
    message = f"{_NOT_SO}{sentence}\nThe last step, {name}, touched {seen.rows_touched} rows instead of one."
    counts = render.table(
        ("table", "inserted", "updated", "deleted"), [(table, *seen.touched[table]) for table in sorted(seen.touched)]
    )
    evidence = (_told(exercise, steps), *((counts,) if seen.touched else ()))
    return _Finding(check, "touched", str(seen.rows_touched), message, evidence)


def _misremembered(
    exercise: Schema,
    check: str,
    sentence: str,
    expected: Mapping[str, Sequence[Sequence[Any]]],
    seen: Seen,
    *evidence: render.Shown,
) -> _Finding | None:
    """Say that a question gives other rows than it should."""
    for question in exercise.questions:
        if question.name not in expected:
            continue
        yours, asked = seen.answers[question.name], f"the question {question.name}"
        if isinstance(yours, SQLError):
            message = f"{sentence}\nThe server refuses {asked}."
            return _Finding(
                check, "question refused", f"{question.name} {yours.sqlstate}", message, (*evidence, _said(yours))
            )
        if len(yours.columns) != len(question.columns):
            given, due = len(yours.columns), len(question.columns)
            message = f"{sentence}\nYour query under {question.heading} gives {given}, not {due} columns."
            return _Finding(check, "columns", f"{question.name} {given}", message, evidence)
        right = Rows.of(question.columns, expected[question.name])
        mine, theirs = _rows.difference(yours, right, loosely=True)
        if mine or theirs or not yours.complete:
            message = f"{sentence}\nThese rows differ in what {asked} gives:"
            detail = f"{question.name} {sorted(map(repr, _rows.values(yours, loosely=True)))}"
            return _Finding(check, "rows", detail, message, (*evidence, _rows.beside(yours, mine, right, theirs)))
    return None


@dataclass(frozen=True)
class _Originals:
    """The rows of a round trip: what goes in, and what must come back."""

    steps: tuple[Step, ...]
    gives: Mapping[str, Sequence[Sequence[Any]]]


@functools.cache
def _originals(exercise: Schema, dataset: str) -> _Originals | None:
    if exercise.round_trip is None:
        return None
    with session(database.grading(dataset), statement_s=30, all_s=60) as own:

        def rows(statement: str) -> list[tuple[Any, ...]]:
            try:
                found = own.run(statement, most=_MOST_ORIGINALS)
            except (Refused, TimedOut) as problem:
                raise MnemoError(f"The original rows of exercise {exercise.id} cannot be read: {problem}") from None
            if found is None or not found.complete:
                raise MnemoError(f"Exercise {exercise.id} has more than {_MOST_ORIGINALS} original rows, or none.")
            return found.readable()

        steps = tuple((action, *row) for action, statement in exercise.round_trip.feed for row in rows(statement))
        return _Originals(steps, {name: rows(statement) for name, statement in exercise.round_trip.gives.items()})


def _told(exercise: Schema, steps: Sequence[Step]) -> render.Shown:
    """Show the last of these steps as a table."""
    rows = []
    for i, (name, *given) in enumerate(steps, 1):
        values = zip(exercise.args[name], ("NULL" if value is None else value for value in given), strict=True)
        rows.append((i, name, ", ".join(f"{arg} {value}" for arg, value in values)))
    earlier = len(rows) - _STEPS_SHOWN
    caption = f"{earlier} steps before these" if earlier > 0 else ""
    return render.table(("step", "action", "with"), rows[-_STEPS_SHOWN:], caption=caption)


def _said(error: SQLError) -> render.Shown:
    return render.pre("\n".join(error.lines()))
