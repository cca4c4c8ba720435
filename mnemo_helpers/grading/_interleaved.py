"""Whether an answer about sessions at work at the same time is right, and which misconception a wrong one shows."""

from __future__ import annotations

import functools
from typing import Literal

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading import _ends, _orders
from mnemo_helpers.grading._exercise import Verdict
from mnemo_helpers.grading._ground import Ground, ground
from mnemo_helpers.grading._run import SessionEnded, TimedOut
from mnemo_helpers.grading._seen import ENDED, RIGHT, Seen
from mnemo_helpers.grading._stage import Interleaved, Invariant, Level, Order, Steps
from mnemo_helpers.grading._steps import Unreadable, read_level, read_order, read_steps
from mnemo_helpers.stage import Exploration, Script, Stage

Until = Literal["read", "alone", "together"]

# How far an answer gets that fails in these ways; in all others, sessions played together.
_FAILS: dict[str, Until] = {"unreadable": "read", **dict.fromkeys(_orders.ALONE, "alone")}


def judge(exercise: Interleaved, answer: str) -> Verdict:
    """Play what an answer says in a database of its own, in every order that can happen."""
    seen = _look(exercise, answer)
    if seen.way == RIGHT:
        return Verdict("pass", seen.message, evidence=seen.evidence)
    name = _misconception(exercise, seen)
    begin = exercise.rejects[name].because if name else "Not yet."
    return Verdict("fail", f"{begin}\n{seen.message}", name, seen.evidence)


def _misconception(exercise: Interleaved, seen: Seen) -> str | None:
    """Return the known wrong answer that fails in the same way with the same ends, or alone with the same errors."""
    alike = []
    for name in exercise.rejects:
        known = _known(exercise, name, _FAILS.get(seen.way, "together"))
        if known.way == seen.way:
            if known.ends == seen.ends:
                return name
            if seen.errors and known.errors == seen.errors:
                alike.append(name)
    return alike[0] if len(alike) == 1 else None


@functools.lru_cache(maxsize=512)
def _known(exercise: Interleaved, name: str, until: Until) -> Seen:
    """Look at a known wrong answer once, no further than it is of use."""
    if until == "together" and (alone := _known(exercise, name, "alone")).way != RIGHT:
        return alone
    return _look(exercise, exercise.rejects[name].answer, until)


def _look(exercise: Interleaved, answer: str, until: Until = "together") -> Seen:
    script: Script | None = None
    try:
        match exercise.asks:
            case Steps() as asks:
                script = read_steps(exercise, asks, answer)
            case Order():
                script = read_order(exercise, answer)
            case Level():
                return _orders.level(read_level(answer), _explored(exercise))
    except Unreadable as no:
        return Seen("unreadable", str(no), ends=no.reason, errors=no.reason)
    if until == "read":
        return Seen(RIGHT, "It can be read.")
    with ground(exercise) as place:
        try:
            return _played(place, script, answer, until)
        except SessionEnded:
            return Seen("stuck", ENDED)


@functools.lru_cache(maxsize=64)
def _explored(exercise: Interleaved) -> Exploration:
    """Explore given steps at every level, once: what can happen depends on no answer."""
    with ground(exercise) as place:
        return _orders.every_level(place, Stage(exercise.given).script)


def _played(place: Ground, script: Script | None, answer: str, until: Until) -> Seen:
    exercise = place.exercise
    try:
        match exercise.asks:
            case Steps() as asks if script is not None:
                return _orders.steps(place, asks, script, together=until == "together")
            case Order() if script is not None:
                return _orders.order(place, script)
            case Invariant() as asks:
                return _ends.invariant(place, asks, answer)
        raise MnemoError(f"Nothing is asked in exercise {exercise.id}.")
    except _orders.CannotPlay as no:
        if place.timed_out.is_set():
            raise MnemoError(
                f"The check had not ended after {place.all_s:g} seconds, and was stopped.",
                remedy="Does a step take long? Otherwise the machine is busy: run this cell again.",
            ) from None
        place.still_there()
        told = ENDED if isinstance(no, _orders.Lost) else f"Your steps could not be played in every order. {no}"
        return Seen("stuck", told)
    except TimedOut:
        took = f"With your answer, the check had not ended after {exercise.timeout_s:g} seconds, and was stopped."
        return Seen("time", took)
