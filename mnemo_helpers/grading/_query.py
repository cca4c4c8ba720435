"""The kind ``query``: one statement whose rows are compared with the right ones on several data sets."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mnemo_helpers import database, render, server
from mnemo_helpers.errors import MnemoError, ServerUnavailable, SQLError
from mnemo_helpers.grading import _rows
from mnemo_helpers.grading._exercise import FreeAnswer, Verdict, Wrong
from mnemo_helpers.grading._rows import Rows
from mnemo_helpers.grading._run import Refused, SessionEnded, TimedOut, session

_AS_SHOWN = "the data as shown"
_GRACE_S = 2.0
_MOST_OF_REFERENCE = 1_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Query(FreeAnswer):
    """A question that one statement answers.

    Attributes:
        rows: SQL that fills the empty schema of the data set, by what to call that data set after "With".
        ordered_by: the columns of the reference by which the rows must be ordered, ties in any order.
    """

    kind: ClassVar[str] = "query"

    rows: Mapping[str, str]
    ordered_by: str | None = None


@dataclass(frozen=True)
class _Outcome:
    """What a statement did on one data set: rows, or an error, or neither."""

    rows: Rows | None = None
    error: SQLError | None = None
    ended: str = ""

    def like(self, other: _Outcome, keys: Sequence[int]) -> bool:
        if self.rows and other.rows:
            far_too_many = not self.rows.complete and not other.rows.complete
            return far_too_many or _rows.same(self.rows, other.rows, keys)
        mine, theirs = self.error, other.error
        return bool(mine and theirs and mine.sqlstate == theirs.sqlstate)


def query(
    id: str,
    *,
    minutes: int,
    reference: str,
    rows: Mapping[str, str],
    hints: tuple[str, ...],
    ordered_by: str | None = None,
    accepts: tuple[str, ...] = (),
    rejects: Mapping[str, Wrong] | None = None,
    optional: bool = False,
    timeout_s: float = 5.0,
) -> Query:
    """Describe a question that one statement answers, judged on the data as shown and on each of ``rows``.

    Args:
        id: the lesson's id and a number.
        minutes: how long it takes.
        reference: a right answer.
        rows: SQL that fills the empty schema, by what to call that data set after "With": first the boundary, then
            one that tells the misconceptions apart.
        hints: three, each nearer to the answer.
        ordered_by: the reference's columns that give the order, None where it does not matter.
        accepts: other right answers.
        rejects: wrong answers by misconception.
        optional: True where the lesson goes on without it.
        timeout_s: seconds that the answer may take on one data set.
    """
    return Query(
        id=id,
        minutes=minutes,
        hints=tuple(hints),
        optional=optional,
        reference=reference,
        accepts=tuple(accepts),
        rejects=rejects or {},
        timeout_s=timeout_s,
        rows=rows,
        ordered_by=ordered_by,
    )


def judge(exercise: Query, answer: str, dataset: str) -> Verdict:
    """Run an answer on every data set of the exercise and compare what it gives."""
    try:
        return _judge(exercise, answer, dataset)
    except ServerUnavailable:
        # Somebody may have dropped a grading database that this process has seen.
        _place.cache_clear()
        return _judge(exercise, answer, dataset)


def _judge(exercise: Query, answer: str, dataset: str) -> Verdict:
    database.secure_answer()
    held = server.ensure()
    here = (held.host, held.port, held.learner)
    places = {_AS_SHOWN: _place(here, dataset, None)}
    places |= {words: _place(here, dataset, filling) for words, filling in exercise.rows.items()}
    right = {words: _right(exercise, place) for words, place in places.items()}
    keys = _keys(exercise, right[_AS_SHOWN])
    given: dict[str, _Outcome] = {}
    for words, place in places.items():
        try:
            given[words] = _outcome(place, answer, exercise.timeout_s, _most(right[words]))
        except TimedOut:
            return _too_slow(exercise, words)
    wrong = [words for words in places if not given[words].like(_Outcome(right[words]), keys)]
    if not wrong:
        return Verdict(
            "pass", f"Right, on {len(places)} data sets: {', '.join(places)}." if exercise.rows else "Right."
        )
    # The smallest shows it best; of equals the first, which is the reader's own.
    words = min(wrong, key=lambda words: len(right[words].rows))
    if (yours := given[words].rows) and len(yours.columns) != len(right[words].columns):
        # Without rows nothing tells which column is too many.
        words = min(wrong, key=lambda words: (not right[words].rows, len(right[words].rows)))
    name = _misconception(exercise, places, right, given, keys)
    why, evidence = _explain(words, given, right[words], keys, exercise)
    message = f"{exercise.rejects[name].because}\n{why}" if name else f"Not yet. {why}"
    return Verdict("fail", message, name, evidence)


def _right(exercise: Query, place: str) -> Rows:
    try:
        outcome = _known(place, exercise.reference, 6 * exercise.timeout_s, _MOST_OF_REFERENCE)
    except TimedOut:
        outcome = _Outcome(ended="It takes too long.")
    if outcome.rows is None or not outcome.rows.complete:
        raise MnemoError(
            f"The right answer of exercise {exercise.id} itself does not run here.",
            tried=outcome.error.lines() if outcome.error else (outcome.ended,),
            remedy="Nothing is wrong with yours; try again, and report it if it stays so.",
        )
    return outcome.rows


def _most(right: Rows) -> int:
    return 10 * len(right.rows) + 1000


def _keys(exercise: Query, right: Rows) -> tuple[int, ...]:
    names = [key.split()[0].strip('"') for key in (exercise.ordered_by or "").split(",") if key.strip()]
    return tuple(int(name) - 1 if name.isdigit() else right.columns.index(name) for name in names)


def _outcome(place: str, statement: str, timeout_s: float, most: int) -> _Outcome:
    with session(place, statement_s=timeout_s, all_s=timeout_s + _GRACE_S) as own:
        # Once a query has run in it, a read-only transaction cannot be made to write.
        own.control("BEGIN READ ONLY; SELECT 1")
        try:
            return _Outcome(own.run(statement, most=most))
        except Refused as refused:
            return _Outcome(error=refused.error)
        except SessionEnded:
            return _Outcome(ended="Your statement ended its own session.")


@functools.lru_cache(maxsize=512)
def _place(_server: tuple[str, int, str], dataset: str, filling: str | None) -> str:
    return database.grading(dataset, filling)


@functools.lru_cache(maxsize=512)
def _known(place: str, statement: str, timeout_s: float, most: int) -> _Outcome:
    """Return what the course's own statement gives; a grading database never changes, so once is enough."""
    return _outcome(place, statement, timeout_s, most)


def _misconception(
    exercise: Query,
    places: Mapping[str, str],
    right: Mapping[str, Rows],
    given: Mapping[str, _Outcome],
    keys: Sequence[int],
) -> str | None:
    for name, wrong in exercise.rejects.items():
        try:
            if all(
                given[words].like(_known(place, wrong.answer, 6 * exercise.timeout_s, _most(right[words])), keys)
                for words, place in places.items()
            ):
                return name
        except TimedOut:
            continue
    return None


def _too_slow(exercise: Query, words: str) -> Verdict:
    return Verdict(
        "fail",
        f"Not yet. With {words}, your query had not ended after {exercise.timeout_s:g} seconds, and was stopped. "
        "The right answer takes far less; look for a subquery that is worked out anew for each row, "
        "a join without its condition, or a loop without an end.",
    )


def _explain(
    words: str, outcomes: Mapping[str, _Outcome], right: Rows, keys: Sequence[int], exercise: Query
) -> tuple[str, tuple[render.Shown, ...]]:
    """Return one or two sentences on what is different with these data, and what shows it."""
    given = outcomes[words]
    yours, asked = given.rows, f"({', '.join(right.columns)})"
    if given.error:
        always = all(outcome.error for outcome in outcomes.values())
        refusal = f"{'The' if always else f'With {words}, the'} server refuses your statement."
        return refusal, (render.pre("\n".join(given.error.lines())),)
    if yours is None:
        return given.ended or "Your statement gives no rows; a query is asked for.", ()
    if not yours.complete:
        found = f"{len(right.rows):,} row{'s' if len(right.rows) != 1 else ''}"
        return f"With {words}, your query gives more than {_most(right):,} rows; the right answer has {found}.", ()
    order = _rows.permutation(yours, right)
    if len(yours.columns) != len(right.columns):
        count = f"{len(yours.columns)} column{'s' if len(yours.columns) != 1 else ''}"
        extra = [name for i, name in enumerate(yours.columns) if i not in order] if order else []
        without = f" Without {', '.join(extra)} it would be right with {words}." if extra else ""
        return f"Your answer has {count}; asked are {len(right.columns)}: {asked}.{without}", ()
    mine, theirs = _rows.difference(yours, right)
    if not mine and not theirs:
        at = _rows.disorder(yours, right, keys) or 0
        around = range(at, min(at + 5, len(right.rows)))
        return (
            f"With {words}, the rows are right but their order is not: asked is {exercise.ordered_by}. "
            f"From row {at + 1} on:",
            (_rows.beside(yours, around, right, around, sort=False),),
        )
    # Few rows can look like the right ones in another order by accident; the names then tell.
    if order and [name.lower() for name in yours.columns] != [name.lower() for name in right.columns]:
        return f"The columns stand in another order than is asked: {asked}. Yours: ({', '.join(yours.columns)}).", ()
    unlike = _rows.unlike_types(yours, mine, right, theirs)
    return f"With {words}, these rows differ.{unlike}", (_rows.beside(yours, mine, right, theirs),)
