"""Whether an answer about indexes meets the workload's demands, and which misconception a wrong one shows."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import psycopg

from mnemo_helpers import database, render, sql
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading import _demands, _rows, _workload
from mnemo_helpers.grading._answer import excerpt
from mnemo_helpers.grading._exercise import Verdict
from mnemo_helpers.grading._index import Indexed, Read
from mnemo_helpers.grading._rows import Rows
from mnemo_helpers.grading._run import Refused, SessionEnded, TimedOut
from mnemo_helpers.grading._workload import Measured, Place

# Pages of an index, and of a table that was written to and rolled back, vary by a few.
_SLACK, _SLACK_PAGES = 1.1, 3
_NONE = re.compile(r"\s*(none|no index|no indexes|nothing)\s*[.;]?\s*", re.I)
_ALLOWED = {
    "indexes": re.compile(
        r"(CREATE\s+(UNIQUE\s+)?INDEX|DROP\s+INDEX|CREATE\s+STATISTICS|DROP\s+STATISTICS|ANALYZE)\b", re.I
    ),
    "data": re.compile(r"(INSERT|UPDATE|DELETE|MERGE|WITH)\b", re.I),
    "question": re.compile(r"(SELECT|WITH|VALUES|TABLE)\b", re.I),
}
_ASKED = {
    "indexes": "CREATE INDEX, DROP INDEX, CREATE STATISTICS and ANALYZE",
    "data": "INSERT, UPDATE and DELETE",
    "question": "SELECT and WITH",
}


@dataclass(frozen=True)
class _Miss:
    """A demand that is not met: what tells it from others, and how it is said."""

    demand: str
    message: str


@dataclass(frozen=True)
class _Seen:
    """What an answer did; ``shape`` is what it has made, dropped and changed, whatever it is called."""

    missed: frozenset[str]
    shape: frozenset[tuple[str, ...]]
    message: str
    evidence: tuple[render.Shown, ...] = field(default=(), compare=False)


def judge(exercise: Indexed, answer: str) -> Verdict:
    """Measure the workload without the answer and with it, on every state of the data."""
    try:
        seen = _look(exercise, answer)
    except (MnemoError, psycopg.Error):
        # Its databases may have gone with the server; the next check makes them anew.
        _workload.forget(exercise)
        raise
    if not seen.missed:
        return Verdict("pass", seen.message, evidence=seen.evidence)
    name = _misconception(exercise, seen)
    begin = f"{exercise.rejects[name].because}\n" if name else ""
    about = _demands.list_workload(_workload.place(exercise, next(iter(exercise.states))))
    return Verdict("fail", f"{begin}{seen.message}", name, (*seen.evidence, about))


def rules(exercise: Indexed) -> render.Shown:
    """Return what the workload is, and what is demanded beside what it takes without an answer."""
    first = next(iter(exercise.states))
    database.secure_answer()
    place = _workload.place(exercise, first)
    return render.stack(_demands.list_workload(place), _demands.compare(exercise, place.before, None, first))


def _misconception(exercise: Indexed, seen: _Seen) -> str | None:
    """Return the known wrong answer that is the same, or the only one that misses the same demands."""
    alike = []
    for name in exercise.rejects:
        known = _known(exercise, name, seen.missed)
        if known and known.missed == seen.missed:
            if known.shape == seen.shape:
                return name
            alike.append(name)
    return alike[0] if len(alike) == 1 else None


def _known(exercise: Indexed, name: str, within: frozenset[str]) -> _Seen | None:
    """Return what a known wrong answer does, or None once it misses a demand beyond these."""
    missed: frozenset[str] = frozenset()
    shape: frozenset[tuple[str, ...]] = frozenset()
    for state in exercise.states:
        seen = _known_on(exercise, name, state)
        if not seen.shape:  # It could not be measured at all.
            return seen
        missed, shape = missed | seen.missed, shape | seen.shape
        if not missed <= within:
            return None
    return _Seen(missed, shape, "")


@functools.lru_cache(maxsize=1024)
def _known_on(exercise: Indexed, name: str, state: str) -> _Seen:
    return _look(exercise, exercise.rejects[name].answer, (state,))


def _look(exercise: Indexed, answer: str, states: Sequence[str] = ()) -> _Seen:
    database.secure_answer()
    statements = [] if _NONE.fullmatch(sql.uncommented(answer)) else [_plain(one) for one in sql.split(answer)]
    for number, statement in enumerate(statements, 1):
        if not _ALLOWED[exercise.decides].match(sql.uncommented(statement).lstrip()):
            told = f"Statement {number}, “{excerpt(statement)}”, is none of {_ASKED[exercise.decides]}."
            return _Seen(frozenset({"another statement"}), frozenset(), told)
    if exercise.decides == "question" and len(statements) > 1:
        told = f"There are {len(statements)} statements; the question is to be asked in one."
        return _Seen(frozenset({"several statements"}), frozenset(), told)
    missed: set[str] = set()
    said: list[str] = []
    evidence: tuple[render.Shown, ...] = ()
    shape: set[tuple[str, ...]] = set()
    for state in states or exercise.states:
        place = _workload.place(exercise, state)
        before, found = place.before, _measured(place, statements)
        if isinstance(found, _Seen):
            return found
        shape.add(tuple(f"+{made}" for made in _minus(found.indexes, before.indexes)))
        shape.add(tuple(f"-{gone}" for gone in _minus(before.indexes, found.indexes)))
        shape.add(found.contents)
        shape |= {(*answer.columns, str(answer.rows)) for answer in found.answers}
        here = [miss for miss in _misses(exercise, before, found) if miss.demand not in missed]
        # Shown is the first state of the data, or the first in which a demand is missed; of others it is said.
        elsewhere = f" (The data: {state}.)" if missed else ""
        if not evidence or (here and not missed):
            evidence = (_demands.compare(exercise, before, found, state), *_other_rows(before, found))
        said += [miss.message + elsewhere for miss in here]
        missed |= {miss.demand for miss in here}
    told = "\n".join(said or ["Right: every demand is met."])
    return _Seen(frozenset(missed), frozenset(shape), told, evidence)


def _measured(place: Place, statements: Sequence[str]) -> Measured | _Seen:
    exercise = place.exercise
    try:
        with place.check() as own:
            if exercise.decides == "question":
                return _workload.measure(exercise, own, "".join(statements) or None)
            for number, statement in enumerate(statements, 1):
                where = f"statement {number} of {len(statements)}, “{excerpt(statement)}”"
                try:
                    own.run(statement)
                except Refused as no:
                    told = f"The server refuses {where}."
                    shown = render.pre("\n".join(no.error.lines()))
                    # One code has several reasons: which it was tells the first line.
                    shape = frozenset({tuple(no.error.lines()[:1])})
                    return _Seen(frozenset({f"refused {no.error.sqlstate}"}), shape, told, (shown,))
            if exercise.decides == "data":
                own.run("ANALYZE")
            try:
                return _workload.measure(exercise, own)
            except Refused as no:
                told = "With your answer, the workload cannot be run any more."
                shown = render.pre("\n".join(no.error.lines()))
                return _Seen(frozenset({f"broken {no.error.sqlstate}"}), frozenset(), told, (shown,))
    except Refused as no:
        shown = render.pre("\n".join(no.error.lines()))
        return _Seen(
            frozenset({f"refused {no.error.sqlstate}"}), frozenset(), "The server refuses your question.", (shown,)
        )
    except TimedOut:
        told = f"With your answer, a statement had not ended after {exercise.timeout_s:g} seconds, and was stopped."
        return _Seen(frozenset({"time"}), frozenset(), told)
    except SessionEnded:
        return _Seen(frozenset({"ended"}), frozenset(), "Your answer has ended the check's session.")


def _misses(exercise: Indexed, before: Measured, found: Measured) -> Iterator[_Miss]:
    for name, read in exercise.reads.items():
        yield from _read_misses(name, read, before, found)
        asked_with = read.values or ({},)
        for values, right, yours in zip(asked_with, before.answers, found.answers, strict=False):
            if not _rows.same(yours, right):
                given = ", ".join(f"{key} = {value}" for key, value in values.items())
                told = f"Your question gives other rows{f' with {given}' if given else ''}."
                yield _Miss("rows", f"{told} {_columns(yours, right)}".rstrip())
                break
    grown = found.grown(before)
    if exercise.most_bytes is not None and grown > exercise.most_bytes:
        wanted = (
            f"they may grow by {_demands.kilobytes(exercise.most_bytes)}"
            if exercise.most_bytes >= 0
            else f"they are to shrink by {_demands.kilobytes(-exercise.most_bytes)}"
        )
        have = f"grow by {_demands.kilobytes(grown)}" if grown > 0 else f"shrink by {_demands.kilobytes(-grown)}"
        yield _Miss("size", f"Your indexes {have}; {wanted}.")
    for name, records in found.records.items():
        ratio = records / max(before.records[name], 1)
        most = exercise.most_of(name)
        if most is not None and ratio > most:
            told = f"“{name}” writes {ratio:.2f} times the records of WAL; at most {most:g} times."
            yield _Miss(f"write {name}", told)


def _read_misses(name: str, read: Read, before: Measured, found: Measured) -> Iterator[_Miss]:
    worst, had = max(found.pages[name]), max(before.pages[name])
    if read.most_pages is not None and worst > read.most_pages:
        yield _Miss(f"pages {name}", f"“{name}” asks for {worst:,} pages; at most {read.most_pages:,}.")
    elif not read.asked and any(
        now > then * _SLACK + _SLACK_PAGES for now, then in zip(found.pages[name], before.pages[name], strict=True)
    ):
        yield _Miss(f"worse {name}", f"“{name}” gets worse: {worst:,} pages, and it was {had:,}.")
    for table, ways in (read.by or {}).items():
        for plan in found.plans[name]:
            way = plan.scans(table)
            if way not in ways:
                yield _Miss(f"way {name}", f"“{name}” reads {table} by {way or 'nothing'}, not by {' or '.join(ways)}.")
                break
    if not read.sorts and any(plan.sorts() for plan in found.plans[name]):
        yield _Miss(f"sort {name}", f"“{name}” still sorts.")


def _columns(yours: Rows, right: Rows) -> str:
    if len(yours.columns) == len(right.columns):
        return ""
    return f"The columns are to be {', '.join(right.columns)}; yours gives {len(yours.columns)}."


def _other_rows(before: Measured, found: Measured) -> tuple[render.Shown, ...]:
    """Show what rows a question in other words gives beside those that are asked for, the first time they differ."""
    for right, yours in zip(before.answers, found.answers, strict=True):
        if len(yours.columns) == len(right.columns) and not _rows.same(yours, right):
            mine, theirs = _rows.difference(yours, right)
            return (_rows.beside(yours, mine, right, theirs),)
    return ()


def _minus(these: Sequence[str], those: Sequence[str]) -> list[str]:
    left = list(these)
    for one in those:
        if one in left:
            left.remove(one)
    return sorted(left)


def _plain(statement: str) -> str:
    """Return a statement as it can be run in a transaction: the index that comes of it is the same."""
    return re.sub(
        r"(?i)^(\s*(?:CREATE\s+(?:UNIQUE\s+)?|DROP\s+)INDEX\s+)CONCURRENTLY\s+", r"\1", sql.uncommented(statement)
    )
