"""Whether rows refute a claim: put into tables of their own, then asked."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from mnemo_helpers import database, render
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading import _rows
from mnemo_helpers.grading._claims import Alike, Rule
from mnemo_helpers.grading._counterexample import Counterexample
from mnemo_helpers.grading._exercise import Verdict
from mnemo_helpers.grading._given_rows import Given, Unreadable, place, read
from mnemo_helpers.grading._rows import Rows
from mnemo_helpers.grading._run import Refused, Session, SessionEnded, TimedOut, session

_ALL_S = 20.0
_MOST_ROWS = 1000
_SHOWN = 8
# In the order in which they were made, so that what is referred to goes in first.
_TABLES = """
SELECT c.relname, a.attname
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY c.oid, a.attnum
"""


@dataclass(frozen=True)
class _Seen:
    """What became of rows.

    Attributes:
        way: in what way they fail, or ``refuted``.
        detail: what tells this failure from others of its way.
        message: what to tell the reader.
        mistake: the misconception that the exercise's own query has found.
    """

    way: Literal["refuted", "unreadable", "too many", "illegal", "rule", "time", "holds"]
    detail: str
    message: str
    evidence: tuple[render.Shown, ...] = field(default=(), compare=False)
    mistake: str | None = None


def judge(exercise: Counterexample, answer: str) -> Verdict:
    """Put the rows of an answer into the exercise's tables, and see whether the claim fails."""
    seen = _look(exercise, answer)
    if seen.way == "refuted":
        return Verdict("pass", seen.message, evidence=seen.evidence)
    name = _misconception(exercise, seen)
    begin = exercise.rejects[name].because if name else "Not yet."
    return Verdict("fail", f"{begin}\n{seen.message}", name, seen.evidence)


def _misconception(exercise: Counterexample, seen: _Seen) -> str | None:
    if seen.way == "holds":
        return seen.mistake
    for name, wrong in exercise.rejects.items():
        known = _known(exercise, wrong.answer)
        if (known.way, known.detail) == (seen.way, seen.detail):
            return name
    return None


@functools.lru_cache(maxsize=256)
def _known(exercise: Counterexample, answer: str) -> _Seen:
    return _look(exercise, answer)


def _look(exercise: Counterexample, answer: str) -> _Seen:
    database.secure_answer()
    try:
        given = read(answer)
        with (
            database.scratch() as name,
            session(name, statement_s=exercise.timeout_s, all_s=_ALL_S) as own,
        ):
            return _try(own, exercise, place(given, _made(own, exercise)))
    except Unreadable as problem:
        return _Seen("unreadable", str(problem), str(problem))
    except TimedOut:
        took = f"With your rows, the check had not ended after {exercise.timeout_s:g} seconds, and was stopped."
        return _Seen("time", "", took)
    except SessionEnded:
        raise MnemoError(f"The check of exercise {exercise.id} ended its own session.") from None


def _made(own: Session, exercise: Counterexample) -> dict[str, tuple[str, ...]]:
    """Make the tables in a transaction that is never committed, and return their columns."""
    try:
        own.control("BEGIN")
        own.control(exercise.tables)
    except Refused as no:
        raise _broken(exercise, "tables", no) from None
    columns: dict[str, tuple[str, ...]] = {}
    for table, column in _asked(own, exercise, "tables", _TABLES).rows:
        columns[str(table)] = (*columns.get(str(table), ()), str(column))
    return columns


def _try(own: Session, exercise: Counterexample, given: Sequence[Given]) -> _Seen:
    count = sum(len(part.rows) for part in given)
    if count > exercise.most_rows:
        rows = render.table(("table", "rows"), [(part.table.strip('"'), len(part.rows)) for part in given])
        most = f"{exercise.most_rows} row{'s are' if exercise.most_rows != 1 else ' is'} the most"
        return _Seen("too many", "", f"You give {count} rows; {most}. Which of them does the claim need?", (rows,))
    try:
        for part in given:
            own.run(part.statement)
        own.control("SET CONSTRAINTS ALL IMMEDIATE")
    except Refused as no:
        lines, state = no.error.lines(), no.error.sqlstate or ""
        # The first line names the constraint, and never a value; of other errors the code tells enough.
        detail = f"{state} {lines[0]}" if state.startswith("23") else state
        return _Seen("illegal", detail, "The tables refuse these rows.", (render.pre("\n".join(lines)),))
    for rule in exercise.given:
        if (found := _asked(own, exercise, "rule", rule.breaks)).rows:
            message = f"Your rows break a rule that is given: {rule.says}\n{rule.broken}"
            return _Seen("rule", rule.says, message, (_table(found),))
    match exercise.claim:
        case Rule() as rule:
            seen = _ruled(own, exercise, rule)
        case Alike() as pair:
            seen = _compared(own, exercise, pair)
    return seen


def _ruled(own: Session, exercise: Counterexample, rule: Rule) -> _Seen:
    if (found := _asked(own, exercise, "claim", rule.breaks)).rows:
        message = f"Right: the rows are legal, and it is not so that “{rule.says}”\n{rule.broken}"
        return _Seen("refuted", "", message, (_table(found),))
    seen = (_table(_asked(own, exercise, "claim", rule.seen)),) if rule.seen else ()
    return _held(own, exercise, rule.held, *seen)


def _compared(own: Session, exercise: Counterexample, pair: Alike) -> _Seen:
    right = _asked(own, exercise, "right query", pair.right)
    try:
        claimed = own.run(pair.claimed, most=_MOST_ROWS)
    except Refused as no:
        message = f"Right: the rows are legal, and it is not so that “{pair.says}” With them, the server refuses it."
        return _Seen("refuted", "", message, (render.pre("\n".join(no.error.lines())),))
    if claimed is None or len(claimed.columns) != len(right.columns):
        raise MnemoError(f"The two queries of exercise {exercise.id} do not give the same columns.")
    ours, theirs = _rows.difference(claimed, right)
    if ours or theirs:
        message = f"Right: the rows are legal, and it is not so that “{pair.says}” These rows differ:"
        shown = _rows.beside(claimed, ours, right, theirs, titles=("the query", "asked for"))
        return _Seen("refuted", "", message, (shown,))
    return _held(own, exercise, "The query gives what is asked for:", _table(right))


def _held(own: Session, exercise: Counterexample, held: str, *evidence: render.Shown) -> _Seen:
    name = None
    if exercise.mistake:
        found = _asked(own, exercise, "search for a mistake", exercise.mistake)
        name = found.rows[0][0] if len(found.rows) == 1 and len(found.columns) == 1 else ""
        if name is not None and name not in exercise.rejects:
            raise MnemoError(f"Exercise {exercise.id} looks for mistakes and finds {name!r}, which it does not know.")
    message = f"Your rows are legal, and the claim holds for them: {exercise.claim.says}"
    return _Seen("holds", "", f"{message}\n{held}" if held else message, evidence, name)


def _asked(own: Session, exercise: Counterexample, part: str, query: str) -> Rows:
    """Return what a query of the course's own gives on the rows."""
    try:
        found = own.run(query, most=_MOST_ROWS)
    except Refused as no:
        raise _broken(exercise, part, no) from None
    if found is None:
        raise MnemoError(f"The {part} of exercise {exercise.id} is no query.")
    return found


def _broken(exercise: Counterexample, part: str, no: Refused) -> MnemoError:
    return MnemoError(
        f"The {part} of exercise {exercise.id} does not run on these rows.",
        tried=no.error.lines(),
        remedy="Try other rows, and report it if it stays so.",
    )


def _table(found: Rows) -> render.Shown:
    more = len(found.rows) - _SHOWN
    caption = f"and {more} more" if more > 0 else "" if found.rows else "no row"
    return render.table(found.columns, found.readable()[:_SHOWN], caption=caption)
