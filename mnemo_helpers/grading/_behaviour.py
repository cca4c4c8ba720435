"""How a learner's schema behaves: built in a database of its own, then tried history by history."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from mnemo_helpers import database
from mnemo_helpers.catalog import Constraint
from mnemo_helpers.errors import MnemoError, SQLError
from mnemo_helpers.grading import _clock, _findings, _keepers, _laws
from mnemo_helpers.grading._bench import Bench, Place
from mnemo_helpers.grading._ddl import build
from mnemo_helpers.grading._exercise import Verdict
from mnemo_helpers.grading._findings import NOT_SO, Finding
from mnemo_helpers.grading._histories import History, Step
from mnemo_helpers.grading._play import Seen, TookTooLong, TransactionEnded, play
from mnemo_helpers.grading._race import race
from mnemo_helpers.grading._run import Refused, Session, SessionEnded, TimedOut, session
from mnemo_helpers.grading._schema import Schema
from mnemo_helpers.grading._sections import Design, Incomplete, take_apart

_ALL_S = 20.0
# Databases of checks that are there at the same time: more are not made any faster.
_AT_ONCE = 3
_MOST_ORIGINALS = 5000
_AT_ONCE_TOO = "\nThe last two steps were taken in two sessions at once; one after the other they do as they should."
# Findings after which no other check can be made.
_WHOLE = {"sections", "ddl", "time", "transaction", "session"}


@dataclass
class _Tried:
    """What came of trying an answer.

    Attributes:
        findings: what is wrong with it.
        kept: by the sentence that would have been broken, what the server said.
        rules: the constraints of its schema.
    """

    findings: list[Finding] = field(default_factory=list)
    kept: dict[str, SQLError] = field(default_factory=dict)
    rules: _keepers.Rules = field(default_factory=_keepers.Rules)

    @property
    def ways(self) -> list[tuple[str, str, str]]:
        return [finding.way for finding in self.findings]

    @property
    def details(self) -> list[str]:
        return [finding.detail for finding in self.findings]

    @property
    def over(self) -> bool:
        return any(finding.check in _WHOLE for finding in self.findings)


def judge(exercise: Schema, answer: str, dataset: str) -> Verdict:
    """Build the schema that an answer describes in a database of its own, and see how it behaves."""
    alone = _try_alone(exercise, answer, dataset)
    besides = _Tried() if alone.over else _try_besides(exercise, answer, dataset)
    findings = [*alone.findings, *besides.findings]
    if not findings:
        paired = _keepers.pair(alone.rules, alone.kept | besides.kept)
        return Verdict("pass", f"Right: {exercise.checks} checks, and each holds.", evidence=paired)
    first = findings[0]
    name = _misconception(exercise, alone, besides, dataset)
    begin = exercise.rejects[name].because if name else "Not yet."
    holds = f" {exercise.checks - len(findings)} of {exercise.checks} checks hold." if first.check not in _WHOLE else ""
    return Verdict("fail", f"{begin}{holds}\n{first.message}", name, first.evidence)


def _misconception(exercise: Schema, alone: _Tried, besides: _Tried, dataset: str) -> str | None:
    """Return the wrong answer that breaks the same checks, if possible in the same way."""
    known = _known_alone(exercise, dataset)
    candidates = tuple(name for name, tried in known.items() if tried.ways == alone.ways)
    more = dict.fromkeys(candidates, _Tried()) if alone.over else _known_besides(exercise, candidates, dataset)
    candidates = tuple(name for name in candidates if more[name].ways == besides.ways)
    details = alone.details + besides.details
    alike = () if alone.over else candidates
    exact = (name for name in candidates if known[name].details + more[name].details == details)
    return next(exact, next(iter(alike), None))


@functools.lru_cache(maxsize=256)
def _known_alone(exercise: Schema, dataset: str) -> Mapping[str, _Tried]:
    """Try what known wrong answers do alone; they come one after the other into the same few databases."""

    def trial(name: str, where: Place | None) -> _Tried:
        return _try_alone(exercise, exercise.rejects[name].answer, dataset, where)

    return _side_by_side(exercise, trial, tuple(exercise.rejects))


@functools.lru_cache(maxsize=256)
def _known_besides(exercise: Schema, names: tuple[str, ...], dataset: str) -> Mapping[str, _Tried]:
    """Try what some of the known wrong answers do at another time and in two sessions."""

    def trial(name: str, where: Place | None) -> _Tried:
        return _try_besides(exercise, exercise.rejects[name].answer, dataset, where)

    return _side_by_side(exercise, trial, names)


def _side_by_side(
    exercise: Schema, trial: Callable[[str, Place | None], _Tried], names: Sequence[str]
) -> dict[str, _Tried]:
    with Bench() as bench, ThreadPoolExecutor(_AT_ONCE) as pool:
        where = None if exercise.with_data else bench.place
        return dict(zip(names, pool.map(lambda name: trial(name, where), names), strict=True))


def _try_alone(exercise: Schema, answer: str, dataset: str, where: Place | None = None) -> _Tried:
    """Try what one session can try, at the time that it is."""
    try:
        design = take_apart(answer, exercise.actions, exercise.questions)
    except Incomplete as lack:
        return _Tried([Finding("sections", "lacking", str(lack), str(lack))])
    originals = _originals(exercise, dataset)

    def look(place: str, given: tuple[Constraint, ...], tried: _Tried) -> Iterator[Finding | None]:
        with session(place, statement_s=exercise.timeout_s, all_s=_all_s(exercise)) as own:
            yield from _checks(own, exercise, design, tried.kept, timed=False)
            if originals:
                yield from _come_back(own, exercise, design, originals)
            if exercise.laws:
                yield from _laws.hold(own, exercise, design)
            if not tried.findings:
                tried.rules = _keepers.read(own, given)

    return _gather(exercise, design, dataset, look, where=where)


def _try_besides(exercise: Schema, answer: str, dataset: str, where: Place | None = None) -> _Tried:
    """Try what needs another time, or two sessions at once, each in a database of its own."""
    design = take_apart(answer, exercise.actions, exercise.questions)
    clocked = _clock.reading(design)

    def later() -> _Tried:
        def look(place: str, _: object, tried: _Tried) -> Iterator[Finding | None]:
            with session(place, statement_s=exercise.timeout_s, all_s=_all_s(exercise)) as own:
                yield from _checks(own, exercise, clocked, tried.kept, timed=True)

        return _gather(exercise, clocked, dataset, look, clock=True, where=where)

    def at_once(sentence: str, history: History) -> _Tried:
        its = clocked if history.timed else design

        def look(place: str, *_: object) -> Iterator[Finding | None]:
            seen = race(place, its, exercise, history.steps, tuple(history.gives), all_s=_all_s(exercise))
            check = f"at once: {sentence}"
            if history.sqlstates:
                yield _findings.raced(exercise, check, sentence, history, seen)
            else:
                yield _as_told(exercise, check, f"{sentence}{_AT_ONCE_TOO}", history, seen)

        return _gather(exercise, its, dataset, look, clock=history.timed, where=where)

    histories = (*exercise.legal.values(), *exercise.illegal.values(), *exercise.one_fact.values())
    trials: list[Callable[[], _Tried]] = [later] if any(history.timed for history in histories) else []
    trials += [functools.partial(at_once, *item) for item in exercise.raced.items()]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        tried = list(pool.map(lambda trial: trial(), trials))
    return _Tried([finding for each in tried for finding in each.findings], _merged(each.kept for each in tried))


def _merged(parts: Iterable[Mapping[str, SQLError]]) -> dict[str, SQLError]:
    return {sentence: error for part in parts for sentence, error in part.items()}


def _all_s(exercise: Schema) -> float:
    return max(_ALL_S, 4 * exercise.timeout_s)


def _gather(
    exercise: Schema,
    design: Design,
    dataset: str,
    look: Callable[[str, tuple[Constraint, ...], _Tried], Iterator[Finding | None]],
    *,
    clock: bool = False,
    where: Place | None = None,
) -> _Tried:
    """Build the schema in a database of its own, look at it there, and return what is found."""
    tried = _Tried()
    ours = where is not None  # a known wrong answer sets nothing for its role
    if not ours:
        database.secure_answer()
    found = tried.findings
    with where() if where else database.scratch(dataset=dataset if exercise.with_data else None) as place:
        try:
            finding, given = build(place, exercise, design, clock=clock, all_s=_all_s(exercise))
            if finding:
                found.append(finding)
                return tried
            if not ours:
                # What the DDL has set for its role must not outlive it.
                database.secure_answer()
            for finding in look(place, given, tried):
                if finding:
                    found.append(finding)
        except TookTooLong as name:
            message = f"“{name}” had not ended after {exercise.timeout_s:g} seconds, and was stopped."
            found[:] = [Finding("time", "too long", str(name), message)]
        except TimedOut:
            took = f"A statement of your answer had not ended after {exercise.timeout_s:g} seconds, and was stopped."
            found[:] = [Finding("time", "too long", "", took)]
        except SessionEnded:
            found[:] = [Finding("session", "ended", "", "A statement of your answer ended its own session.")]
        except TransactionEnded as ended:
            message = (
                f"The section {ended} ends the transaction in which it runs. It is the application that commits: "
                "leave COMMIT and ROLLBACK out."
            )
            found[:] = [Finding("transaction", "ended", str(ended), message)]
    return tried


def _checks(
    own: Session, exercise: Schema, design: Design, kept: dict[str, SQLError], *, timed: bool
) -> Iterator[Finding | None]:
    """Play every history that sets the clock, or every other."""

    def of(histories: Mapping[str, History]) -> list[tuple[str, History]]:
        return [(sentence, history) for sentence, history in histories.items() if history.timed is timed]

    def played(history: History, *, contents: bool = False) -> Seen:
        return play(own, design, exercise, history.steps, tuple(history.gives), contents=contents)

    for sentence, history in of(exercise.legal):
        yield _as_told(exercise, f"legal: {sentence}", sentence, history, played(history))
    for sentence, history in of(exercise.illegal):
        seen = played(history, contents=True)
        finding = _findings.let_in(exercise, f"illegal: {sentence}", sentence, history, seen)
        if seen.refused and not finding:
            kept[sentence] = seen.refused
        yield finding
    for sentence, history in of(exercise.one_fact):
        check = f"one fact: {sentence}"
        seen = played(history)
        yield _findings.kept_from(exercise, check, f"{NOT_SO}{sentence}", history.steps, seen) or _findings.spread(
            exercise, check, sentence, history.steps, seen
        )


def _as_told(exercise: Schema, check: str, sentence: str, history: History, seen: Seen) -> Finding | None:
    return _findings.kept_from(exercise, check, f"{NOT_SO}{sentence}", history.steps, seen) or _findings.misremembered(
        exercise, check, f"{NOT_SO}{sentence}", history.gives, seen, _findings.told(exercise, history.steps)
    )


def _come_back(own: Session, exercise: Schema, design: Design, originals: _Originals) -> Iterator[Finding | None]:
    seen = play(own, design, exercise, originals.steps, tuple(originals.gives))
    check, opening = "round trip", f"{NOT_SO}The original rows go in and come back."
    yield _findings.kept_from(exercise, check, opening, originals.steps, seen) or _findings.misremembered(
        exercise, check, opening, originals.gives, seen
    )


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
