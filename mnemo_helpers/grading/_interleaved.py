"""Whether an answer about sessions at work at the same time is right, and which misconception a wrong one shows."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, Self, get_args

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading import _ends, _faults, _orders
from mnemo_helpers.grading._exercise import Verdict
from mnemo_helpers.grading._ground import Ground, ground
from mnemo_helpers.grading._run import SessionEnded, TimedOut
from mnemo_helpers.grading._seen import ENDED, RIGHT, Seen
from mnemo_helpers.grading._stage import Interleaved, Invariant, Level, Order, Steps
from mnemo_helpers.grading._steps import Unreadable, read_client, read_level, read_order, read_steps
from mnemo_helpers.stage import Exploration, Script, Stage

Until = Literal["read", "alone", "cut off", "together", "twice", "raced"]

# How far an answer gets that fails in these ways, the cheaper looks first; in all others, sessions played together.
_LOOKS: tuple[Until, ...] = get_args(Until)
_FAILS: dict[str, Until] = {
    "unreadable": "read",
    **dict.fromkeys(_orders.ALONE, "alone"),
    "cut off": "cut off",
    "twice": "twice",
    "raced": "raced",
}


_ALL_KNOWN_S = 600.0
_KNOWN: dict[tuple[Interleaved, str, Until], Seen] = {}


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
    with _Lent(exercise) as lent:
        for name in exercise.rejects:
            known = _known(exercise, name, _FAILS.get(seen.way, "together"), lent)
            if known.way == seen.way:
                if known.ends == seen.ends:
                    return name
                if seen.errors and known.errors == seen.errors:
                    alike.append(name)
    return alike[0] if len(alike) == 1 else None


class _Lent:
    """A ground lent to one known wrong answer after the other: making one takes as long as playing on it."""

    def __init__(self, exercise: Interleaved) -> None:
        self._exercise = exercise
        self._stack = contextlib.ExitStack()
        self._place: Ground | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self._stack.close()

    @contextlib.contextmanager
    def place(self) -> Iterator[Ground]:
        """Lend it, its tables as at first; after an answer that ends sessions the next gets another."""
        if self._place is None:
            self._place = self._stack.enter_context(ground(self._exercise, all_s=_ALL_KNOWN_S))
        else:
            self._place.make()
        try:
            yield self._place
        except SessionEnded:
            self._place = None
            raise


def _known(exercise: Interleaved, name: str, until: Until, lent: _Lent) -> Seen:
    """Look at a known wrong answer once, no further than it is of use."""
    key = (exercise, name, until)
    if key not in _KNOWN:
        alone = _known(exercise, name, "alone", lent) if until == "together" else None
        fails = alone is not None and alone.way != RIGHT
        _KNOWN[key] = alone if alone and fails else _look(exercise, exercise.rejects[name].answer, until, lent)
    return _KNOWN[key]


def _look(exercise: Interleaved, answer: str, until: Until = "raced", lent: _Lent | None = None) -> Seen:
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
    try:
        with ground(exercise) if lent is None else lent.place() as place:
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
                return _steps(place, asks, script, answer, until)
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
        if isinstance(no, _orders.Lost):
            raise SessionEnded from None
        return Seen("stuck", f"Your steps could not be played in every order. {no}")
    except TimedOut:
        took = f"With your answer, the check had not ended after {exercise.timeout_s:g} seconds, and was stopped."
        return Seen("time", took)


def _steps(place: Ground, asks: Steps, script: Script, answer: str, until: Until) -> Seen:
    """Look at the steps of an answer, as far as is of use, until they fail."""
    far, raced = _LOOKS.index(until), asks.race
    client = read_client(place.exercise, asks, answer) if raced else None
    seen = _orders.alone(place, asks, script)
    if seen is None and raced and client and far >= _LOOKS.index("cut off"):
        seen = _faults.cut_off(place, asks, raced, client)
    if seen is not None or far < _LOOKS.index("together"):
        return seen or Seen(RIGHT, "So far, it does what is asked.")
    together = _orders.every_order(place, asks, script)
    if together.way != RIGHT or raced is None or client is None:
        return together
    if far >= _LOOKS.index("twice"):
        seen = _faults.twice(place, asks, raced, client)
    if seen is None and far >= _LOOKS.index("raced"):
        seen = _faults.race(place, asks, raced, client)
    return seen or replace(together, message=f"{together.message}\n{_faults.praise(raced, client)}")
