"""What a check finds wrong with a learner's schema, and how that is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mnemo_helpers import render
from mnemo_helpers.errors import SQLError
from mnemo_helpers.grading import _rows
from mnemo_helpers.grading._histories import AT, RELOAD, History, Step
from mnemo_helpers.grading._play import Seen
from mnemo_helpers.grading._race import ALWAYS_RIGHT
from mnemo_helpers.grading._rows import Rows
from mnemo_helpers.grading._schema import Schema
from mnemo_helpers.grading._sections import Question

NOT_SO = "Not so in your schema: "
_NOT_TRIED = "It cannot be tried yet whether your schema keeps this: "
_STEPS_SHOWN, _ROWS_SHOWN = 8, 10


@dataclass(frozen=True)
class Finding:
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

    @property
    def way(self) -> tuple[str, str, str]:
        """What makes two failures alike: a misspelt column is refused for another reason than a row that is."""
        refused = self.how in ("refused", "question refused", "another code")
        return (self.check, self.how, self.detail.rpartition(" ")[2][:2] if refused else "")


def kept_from(exercise: Schema, check: str, opening: str, steps: Sequence[Step], seen: Seen) -> Finding | None:
    """Say that a step which should go in does not, after an opening line."""
    if seen.refused is None:
        return None
    name, *_ = steps[seen.went_in]
    message = f"{opening}\nStep {seen.went_in + 1}, {name}, should go in, but is refused."
    detail = f"{seen.went_in + 1} {seen.refused.sqlstate}"
    return Finding(check, "refused", detail, message, (told(exercise, steps[: seen.went_in + 1]), said(seen.refused)))


def let_in(exercise: Schema, check: str, sentence: str, history: History, seen: Seen) -> Finding | None:
    """Say that a step which should be refused is not, or not for the right reason."""
    if seen.refused is None:
        message = f"Nothing in your schema keeps this: {sentence}\n{_outcome(history)}None of these was refused:"
        return Finding(check, "went in", "", message, (told(exercise, history.steps), *_held(seen)))
    if seen.went_in < len(history.steps) - 1:
        return kept_from(exercise, check, f"{_NOT_TRIED}{sentence}", history.steps, seen)
    state = seen.refused.sqlstate or ""
    if state in history.sqlstates or state[:2] in history.sqlstates:
        return None
    return _with_another_code(exercise, check, f"“{sentence}” is kept", history, seen.refused)


def raced(exercise: Schema, check: str, sentence: str, history: History, seen: Seen) -> Finding | None:
    """Say that two sessions at once get in what one after the other does not."""
    if seen.refused is None:
        message = (
            f"Your schema keeps this as long as one session comes after the other: {sentence}\n{_outcome(history)}"
            "The last two steps were taken in two sessions at once, and neither was refused. What looks before it "
            "writes does not see what another session has not committed yet:"
        )
        return Finding(check, "went in", "", message, (told(exercise, history.steps), *_held(seen)))
    state, steps = seen.refused.sqlstate or "", history.steps
    among = state in (codes := (*history.sqlstates, *ALWAYS_RIGHT)) or state[:2] in codes
    if seen.went_in < len(steps) - (2 if among else 1):
        return kept_from(exercise, check, f"{_NOT_TRIED}{sentence}", steps, seen)
    opening = f"In two sessions at once, “{sentence}” is kept"
    return None if among else _with_another_code(exercise, check, opening, history, seen.refused)


def unlawful(check: str, sentence: str, rows: Rows) -> Finding | None:
    """Say that rows break a law."""
    if not rows.rows:
        return None
    shown = rows.readable()[:_ROWS_SHOWN]
    more = "" if len(shown) == len(rows.rows) and rows.complete else f"; the first {len(shown)} of them"
    evidence = render.table(rows.columns, shown)
    return Finding(check, "rows", str(shown), f"{NOT_SO}{sentence}\nThese rows break it{more}:", (evidence,))


def spread(exercise: Schema, check: str, sentence: str, steps: Sequence[Step], seen: Seen) -> Finding | None:
    """Say that one fact is not in one place."""
    if seen.rows_touched == 1:
        return None
    name, *_ = steps[-1]
    message = f"{NOT_SO}{sentence}\nThe last step, {name}, touched {seen.rows_touched} rows instead of one."
    counts = render.table(
        ("table", "inserted", "updated", "deleted"), [(table, *seen.touched[table]) for table in sorted(seen.touched)]
    )
    evidence = (told(exercise, steps), *((counts,) if seen.touched else ()))
    return Finding(check, "touched", str(seen.rows_touched), message, evidence)


def misremembered(
    exercise: Schema,
    check: str,
    sentence: str,
    expected: Mapping[str, Sequence[Sequence[Any]]],
    seen: Seen,
    *evidence: render.Shown,
) -> Finding | None:
    """Say that a question gives other rows than it should."""
    for question in exercise.questions:
        if question.name not in expected:
            continue
        yours, asked = seen.answers[question.name], f"the question {question.name}"
        if isinstance(yours, SQLError):
            return unanswered(check, sentence, question, yours, *evidence)
        if lack := short_of(check, sentence, question, yours, *evidence):
            return lack
        right = Rows.of(question.columns, expected[question.name])
        mine, theirs = _rows.difference(yours, right, loosely=True)
        if mine or theirs or not yours.complete:
            message = f"{sentence}\nThese rows differ in what {asked} gives:"
            detail = f"{question.name} {sorted(map(repr, _rows.values(yours, loosely=True)))}"
            return Finding(check, "rows", detail, message, (*evidence, _rows.beside(yours, mine, right, theirs)))
    return None


def unanswered(check: str, sentence: str, question: Question, error: SQLError, *evidence: render.Shown) -> Finding:
    """Say that the server refuses a question."""
    message = f"{sentence}\nThe server refuses the question {question.name}."
    return Finding(check, "question refused", f"{question.name} {error.sqlstate}", message, (*evidence, said(error)))


def short_of(check: str, sentence: str, question: Question, rows: Rows, *evidence: render.Shown) -> Finding | None:
    """Say that a question gives more or fewer columns than it should."""
    given, due = len(rows.columns), len(question.columns)
    if given == due:
        return None
    message = f"{sentence}\nYour query under {question.heading} gives {given}, not {due} columns."
    return Finding(check, "columns", f"{question.name} {given}", message, evidence)


def told(exercise: Schema, steps: Sequence[Step]) -> render.Shown:
    """Show the last of these steps as a table."""
    rows = [(i, name, _given(exercise, name, given)) for i, (name, *given) in enumerate(steps, 1)]
    earlier = len(rows) - _STEPS_SHOWN
    caption = f"{earlier} steps before these" if earlier > 0 else ""
    return render.table(("step", "action", "with"), rows[-_STEPS_SHOWN:], caption=caption)


def said(error: SQLError) -> render.Shown:
    """Show what the server said."""
    return render.pre("\n".join(error.lines()))


def _with_another_code(exercise: Schema, check: str, opening: str, history: History, refused: SQLError) -> Finding:
    state = refused.sqlstate or "none"
    expected = " or ".join(code if len(code) == 5 else f"one that begins with {code}" for code in history.sqlstates)
    message = (
        f"{opening}, but with the SQLSTATE {state}, by which a program cannot tell that it was this. "
        f"Expected is {expected}."
    )
    return Finding(check, "another code", state, message, (told(exercise, history.steps), said(refused)))


def _given(exercise: Schema, name: str, given: Sequence[Any]) -> str:
    if name in (AT, RELOAD):
        return " ".join(map(str, given))
    values = zip(exercise.action(name).args, ("NULL" if value is None else value for value in given), strict=True)
    return ", ".join(f"{arg} {value}" for arg, value in values)


def _outcome(history: History) -> str:
    broken = history.broken.strip().rstrip(".")
    return f"{broken[0].upper()}{broken[1:]}. " if broken else ""


def _held(seen: Seen) -> tuple[render.Shown, ...]:
    """Show what the tables hold that the last step touched."""
    return tuple(
        render.table(rows.columns, rows.readable(), caption=f"now in {table}")
        for table, rows in sorted(seen.contents.items())
    )
