"""Playing what an answer says: one session after the other, then in every order that can happen, or in its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice, permutations

import psycopg

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading._ground import Ground
from mnemo_helpers.grading._seen import ENDED, RIGHT, Seen
from mnemo_helpers.grading._stage import TRY_AGAIN, Interleaved, Steps
from mnemo_helpers.stage import Exploration, Explored, Outcome, Play, Run, Script, Stage, explore

ALONE = ("open", "fails", "undone", "broken alone")
"""The ways in which steps fail already where one session comes after the other."""

_BUDGET = 1_000
_MOST_TURNS = 24
_ENDED = "57P01"


class CannotPlay(Exception):
    """Steps could not be played to their end; the text says which, and why."""


class Lost(CannotPlay):
    """A session was ended from outside; which of them an answer reaches before its own, nobody can tell."""


def alone(place: Ground, asks: Steps, script: Script) -> Seen | None:
    """Judge the steps of an answer, the given ones among them, by one session after the other; None where it holds.

    Args:
        place: where they play.
        asks: what they must do.
        script: all of them.

    Raises:
        CannotPlay: a step does not return, ends sessions, or waits for nobody's end.
        MnemoError: the exercise itself does not work.
    """
    exercise = place.exercise
    if exercise.invariant != "serial" and not place.true("invariant", exercise.invariant):
        raise MnemoError(f"The invariant of exercise {exercise.id} is not true before the first step.")
    with _stage(place, script).rehearsal() as play:
        for level in exercise.levels:
            for names in islice(permutations(script.sessions), _MOST_TURNS):
                if (seen := _one_by_one(place, asks, script, names, level, play)) is not None:
                    return seen
    return None


def every_order(place: Ground, asks: Steps, script: Script) -> Seen:
    """Judge the steps of an answer, the given ones among them, by every order that can happen.

    Args:
        place: where they play.
        asks: what they may cost.
        script: all of them.

    Raises:
        CannotPlay: a step does not return, ends sessions, or waits for nobody's end.
        MnemoError: the exercise itself does not work.
    """
    exercise = place.exercise
    with playing():
        found = explore(
            _with(place, script),
            exercise.invariant,
            exercise.levels,
            dsn=place.dsn,
            budget=_BUDGET,
            limit_s=exercise.timeout_s,
        )
    for check in (_broken, _failing, _waiting):
        for explored in found.levels:
            if (seen := check(place, asks, found, explored)) is not None:
                return seen
    return Seen(RIGHT, "\n".join(_praise(exercise, each) for each in found.levels), _slowest(found.levels))


def order(place: Ground, script: Script) -> Seen:
    """Judge an order of the given steps: whether it can happen, and whether the invariant breaks in it.

    Raises:
        CannotPlay: a step does not return.
        MnemoError: the exercise itself does not work.
    """
    exercise, (level,) = place.exercise, place.exercise.levels
    whole = _with(place, script)
    with playing():
        (found,) = explore(
            whole, exercise.invariant, [level], dsn=place.dsn, orders=[script.order], limit_s=exercise.timeout_s
        ).levels
        run = found.run or played(place, script, level)
    if run.impossible:
        return Seen("impossible", run.impossible, (run.shown,), errors=tuple(_errors(run)))
    # Which of two like sessions came first is no matter.
    ends = (tuple(outcome.rows for outcome in found.outcomes), tuple(sorted(tuple(step.said()) for step in run.steps)))
    if found.holds:
        said = f"In this order nothing breaks at {level.upper()}: {exercise.says}"
        return Seen("harmless", said, (run.shown,), ends)
    return Seen(RIGHT, f"Right: at {level.upper()} this order breaks it: {exercise.says}", (run.shown,))


def every_level(place: Ground, script: Script) -> Exploration:
    """Play the given steps in every order at every level.

    Raises:
        MnemoError: the exercise itself does not work.
    """
    exercise = place.exercise
    return explore(_with(place, script), exercise.invariant, dsn=place.dsn, budget=_BUDGET, limit_s=exercise.timeout_s)


def level(said: str, found: Exploration) -> Seen:
    """Judge a level: the invariant holds at it in every order, and at no weaker one.

    Raises:
        MnemoError: the invariant holds at no level.
    """
    here, right = found[said], found.weakest
    if right is None:
        raise MnemoError("The invariant breaks at every isolation level.")
    name = said.upper()
    if not here.holds and here.run is not None:
        return Seen("weak", f"{_count(here)} break it. The shortest:", (here.run.shown,), said, said)
    costs = [_costs(each) for each in found.levels if each.holds and each.level != said]
    if said != right:
        message = f"It holds at {name}, but at a weaker level too. {_costs(here)}"
        return Seen("strong", message, (), said, said)
    weaker = [each for each in found.levels if not each.holds]
    lines = [f"Right: at {name} it holds in each of the {here.feasible} orders that can happen. {_costs(here)}"]
    lines += [f"{_count(each)} break it." for each in weaker]
    lines += [f"It would hold too at a stronger level. {cost}" for cost in costs]
    shown = weaker[-1].run if weaker else None
    if shown is not None:
        lines.append(f"The shortest that breaks it at {weaker[-1].level.upper()}:")
    return Seen(RIGHT, "\n".join(lines), (shown.shown,) if shown else ())


def _one_by_one(
    place: Ground, asks: Steps, script: Script, names: Sequence[str], level: str, play: Play
) -> Seen | None:
    """Play one session after the other, which must get done what is asked for."""
    exercise = place.exercise
    turns = [name for name in names for step in script.steps if step.session == name]
    with playing():
        run = play(_with(place, script.ordered(turns)), level)
    if any(code == _ENDED for _, code in _errors(run)):
        # Which of the sessions it ends first is left to chance, so no more is said.
        return Seen("stuck", ENDED)
    when = f"One after the other, {names[0]} first"
    shown = (run.shown,)
    ends = (tuple(_errors(run)), place.contents())
    if run.notes or run.impossible:
        told = run.impossible or run.notes[0]
        return Seen("open", f"{when}, the sessions do not come to an end. {told}", shown, ends)
    expected = {code for code in asks.may_fail if code not in TRY_AGAIN}
    for session, code, said in failures(run):
        if code not in expected:
            # Two that violate different constraints are not the same mistake; the server's sentence names which.
            rule = said if code.startswith("23") else ""
            return Seen("fails", f"{when}, {session} fails: {code} {said}", shown, (*ends, rule), (session, code, rule))
    if not place.true("work to be done", asks.must_do):
        message = f"{when}, this is not so afterwards: {asks.says}"
        return Seen("undone", message, (*shown, place.shown()), ends, tuple(_errors(run)))
    if exercise.invariant != "serial" and not place.true("invariant", exercise.invariant):
        message = f"{when}, this breaks: {exercise.says}"
        return Seen("broken alone", message, (*shown, place.shown()), ends, tuple(_errors(run)))
    return None


def _broken(place: Ground, asks: Steps, found: Exploration, level: Explored) -> Seen | None:
    if level.run is None:
        return None
    message = f"{_count(level)} break this: {place.exercise.says}\nThe shortest of them:"
    return _wrong("broken", message, (level.run.shown,), found)


def _failing(place: Ground, asks: Steps, found: Exploration, level: Explored) -> Seen | None:
    """Tell whether a session fails in a way that nobody expects, all fail, or one waits for ever."""
    # Of one session that is asked for, another may be the one that gets done.
    ours = asks.sessions if len(asks.sessions) > 1 else found.script.sessions
    for outcome in level.outcomes:
        # What comes after a session's first failure is a consequence of it.
        strange = [(name, codes[0]) for name, codes in outcome.errors if codes[0] not in asks.may_fail]
        if outcome.open:
            said = "a step still waits when nothing more is to come"
        elif strange:
            name, code = strange[0]
            said = f"{name} fails with {code}, and " + (
                "here nobody tries again" if code in TRY_AGAIN else "nobody expects that"
            )
        elif {*ours} <= {name for name, _ in outcome.errors}:
            said = f"{' and '.join(ours)} fail, and nothing gets done"
        else:
            continue
        run = played(place, found.script.ordered(outcome.order), level.level)
        message = f"This holds: {place.exercise.says}\nBut in {_of(outcome.count, level)} {said}. One of them:"
        return _wrong("failing", message, (run.shown,), found)
    return None


def _waiting(place: Ground, asks: Steps, found: Exploration, level: Explored) -> Seen | None:
    slowest = level.slowest
    if asks.most_waits is None or slowest is None or slowest.waits <= asks.most_waits:
        return None
    most = f"at most {_waits(asks.most_waits)}" if asks.most_waits else "none does"
    message = (
        f"This holds: {place.exercise.says}\nBut in this order {_waits(slowest.waits)}; it can be done so that {most}."
    )
    return _wrong("waiting", message, (slowest.shown,), found)


def _wrong(way: str, message: str, evidence: tuple[render.Shown, ...], found: Exploration) -> Seen:
    waits = tuple(level.slowest.waits if level.slowest else 0 for level in found.levels) if way == "waiting" else ()
    return Seen(way, message, evidence, (_outcomes(found.levels), waits), (_outcomes(found.levels, rows=False), waits))


def _outcomes(levels: Iterable[Explored], *, rows: bool = True) -> frozenset[tuple[object, ...]]:
    """Return the ways to end, without how often: that depends on how many steps there are."""
    return frozenset(
        (
            level.level,
            tuple((name, codes[0]) for name, codes in outcome.errors),
            outcome.open,
            outcome.true,
            *((outcome.rows,) if rows else ()),
        )
        for level in levels
        for outcome in level.outcomes
    )


def _praise(exercise: Interleaved, level: Explored) -> str:
    looked = f"{level.feasible} orders that were drawn of {level.total:,}" if level.sampled else _all(level)
    return f"Right: in each of the {looked} at {level.level.upper()} this holds: {exercise.says} {_costs(level)}"


def _all(level: Explored) -> str:
    return f"{level.feasible} orders that can happen"


def _count(level: Explored) -> str:
    return f"At {level.level.upper()}, {level.broken} of the {_all(level)}"


def _of(count: int, level: Explored) -> str:
    return f"{count} of the {_all(level)} at {level.level.upper()}"


def _costs(level: Explored) -> str:
    """Say what a level costs: waits, and transactions to be tried again."""
    waits = level.slowest.waits if level.slowest else 0
    said = f"At most {_waits(waits)}" if waits else "No step waits"
    again = sum(outcome.count for outcome in level.outcomes if _tried_again(outcome))
    tries = f"in {again} of {level.feasible} orders a session must try again" if again else "nobody must try again"
    return f"{said} at {level.level.upper()}, and {tries}."


def _tried_again(outcome: Outcome) -> bool:
    return any(code in TRY_AGAIN for _, codes in outcome.errors for code in codes)


def _waits(count: int) -> str:
    return f"{count} step waits" if count == 1 else f"{count} steps wait"


def _slowest(levels: Sequence[Explored]) -> tuple[render.Shown, ...]:
    """Return the order that shows best what the answer does: one in which it waits most."""
    runs = [level.slowest for level in levels if level.slowest and level.slowest.waits]
    return (max(runs, key=lambda run: run.waits).shown,) if runs else ()


def _with(place: Ground, script: Script) -> Script:
    return replace(script, setup=(place.setup,))


def played(place: Ground, script: Script, level: str) -> Run:
    """Play steps in their order.

    Raises:
        CannotPlay: a step does not return, ends sessions, or waits for nobody's end.
    """
    with playing(), _stage(place, script).rehearsal() as play:
        return play(_with(place, script), level)


def _stage(place: Ground, script: Script) -> Stage:
    return Stage(script, place.dsn, limit_s=place.exercise.timeout_s)


@contextmanager
def playing() -> Iterator[None]:
    """Tell what keeps steps from being played to their end.

    Raises:
        CannotPlay: something did.
    """
    try:
        yield
    except MnemoError as problem:
        raise CannotPlay(problem.what) from None
    except psycopg.Error as problem:
        if problem.sqlstate in (None, _ENDED):  # the connection is lost
            raise Lost from None
        raise CannotPlay(str(problem).strip().split("\n")[0]) from None


def _errors(run: Run) -> Iterator[tuple[str, str]]:
    for session, code, _ in failures(run):
        yield session, code


def failures(run: Run) -> Iterator[tuple[str, str, str]]:
    """Yield the first error of each session, whatever follows from it."""
    failed: set[str] = set()
    for step in run.steps:
        if step.error is not None and step.session not in failed:
            failed.add(step.session)
            yield step.session, step.error.sqlstate, step.error.message
