"""Histories: what an application does step by step, and what must come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Step = tuple[Any, ...]

# Steps that no application takes; no action can be called so.
AT, RELOAD = "it is now", "dump and restore"


@dataclass(frozen=True)
class History:
    """What an application does, and what must come of it.

    Attributes:
        steps: each an action's name and its values.
        gives: the rows that a question must give afterwards, by its name.
        sqlstates: codes, or their first two characters, with one of which the last step must be refused.
        at_once: whether that holds as well when two sessions take the last two steps at the same time.
        broken: what has happened where nothing refuses, in the words of the business.
    """

    steps: tuple[Step, ...]
    gives: Mapping[str, Sequence[Sequence[Any]]] = field(default_factory=dict)
    sqlstates: tuple[str, ...] = ()
    at_once: bool = False
    broken: str = ""

    @property
    def timed(self) -> bool:
        """Whether it sets the clock."""
        return any(name == AT for name, *_ in self.steps)


@dataclass(frozen=True)
class RoundTrip:
    """Original rows that go in through actions and come back through questions.

    Attributes:
        feed: actions, each with a query on the data as shown whose rows are its values.
        gives: for a question, a query on the data as shown that gives the same rows.
    """

    feed: tuple[tuple[str, str], ...]
    gives: Mapping[str, str]


def history(*steps: Step, gives: Mapping[str, Sequence[Sequence[Any]]] | None = None, at_once: bool = False) -> History:
    """Describe steps that all go in.

    Args:
        steps: each an action's name and its values.
        gives: the rows that a question must give afterwards, by its name, in any order.
        at_once: True to take the last two steps in two sessions at once as well, of which both must then go in.
    """
    return History(steps, gives=gives or {}, at_once=at_once)


def refused(*steps: Step, sqlstates: tuple[str, ...], at_once: bool = False, broken: str = "") -> History:
    """Describe steps of which the last must be refused, and all others go in.

    Args:
        steps: each an action's name and its values.
        sqlstates: codes, or their first two characters, one of which the refusal must have.
        at_once: True to try the last two steps in two sessions at once as well, of which one must then be refused.
        broken: what has happened where nothing refuses, in the words of the business: ``"a room is booked twice"``.
    """
    return History(steps, sqlstates=tuple(sqlstates), at_once=at_once, broken=broken)


def at(moment: str) -> Step:
    """Return the step that sets the clock; a history that sets it begins with this step.

    Args:
        moment: what ``now()`` says from here on, as ``"2026-03-01 09:00"``, in UTC.
    """
    return (AT, moment)


def reload() -> Step:
    """Return the step that dumps and restores the rows: each CHECK is asked again, of all of them."""
    return (RELOAD,)


def round_trip(*, feed: tuple[tuple[str, str], ...], gives: Mapping[str, str]) -> RoundTrip:
    """Describe original rows that go in through actions and must come back through questions.

    Args:
        feed: actions, each with a query on the data as shown whose rows are its values.
        gives: for a question, a query on the data as shown that gives the same rows.
    """
    return RoundTrip(tuple(feed), gives)
