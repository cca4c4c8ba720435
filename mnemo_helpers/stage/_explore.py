"""Plays every order that can happen, at each isolation level, and tells which of them break what must hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise, permutations

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.stage import _interleavings
from mnemo_helpers.stage._cast import Cast, opener
from mnemo_helpers.stage._equivalence import Class, class_of, places
from mnemo_helpers.stage._exploration import Exploration, Explored, Outcome
from mnemo_helpers.stage._interleavings import Order
from mnemo_helpers.stage._outcome import SERIAL, End, end_of, holds
from mnemo_helpers.stage._play import LIMIT_S, Player
from mnemo_helpers.stage._run import Run
from mnemo_helpers.stage._script import Script, read
from mnemo_helpers.stage._state import State, state_of
from mnemo_helpers.stage._touched import Known, Watch

LEVELS = ("read committed", "repeatable read", "serializable")
BUDGET = 2_000


def explore(
    script: str | Script,
    invariant: str = SERIAL,
    levels: Sequence[str] = LEVELS,
    *,
    dsn: str | None = None,
    budget: int = BUDGET,
    seed: int = 1,
    skip: bool = True,
    limit_s: float = LIMIT_S,
    orders: Sequence[Order] | None = None,
) -> Exploration:
    """Play the sessions' steps in every order that can happen, at each isolation level, each from the same state.

    Orders that must end alike are played once: those that differ only in neighbouring steps that touch nothing in
    common, as the server's locks tell. Beyond the budget orders are drawn at random, which is then said.

    The state is what the script's ``setup:`` lines make; without any, the tables that the steps name are copied, put
    back before each run, and are at the end as they were.

    Args:
        script: the steps; the order in which they are written does not matter. ``BEGIN`` without a level takes the one
            that is explored.
        invariant: what must be true after each run, in SQL; or ``serial``: what is read, raised and left must be what
            it is when the sessions that were not asked to try again run one after the other, in some order.
        levels: the isolation levels.
        dsn: where; None is the open lesson's database.
        budget: how many orders are considered at each level.
        seed: for drawing orders beyond the budget.
        skip: whether orders that must end alike are played once only.
        limit_s: how long a step that waits for nobody may take.
        orders: the only orders to look at, each as whose turn it is, step by step; None for all.

    Returns:
        What can happen at each level, and the shortest order that breaks the invariant.

    Raises:
        MnemoError: the invariant is no boolean, or not true before the first step; the state cannot be kept; a level is
            none; a step does not return.
        ServerUnavailable: a session cannot be opened.
    """
    played = script if isinstance(script, Script) else read(script)
    for level in levels:
        if level not in LEVELS:
            raise MnemoError(f"There is no isolation level {level!r}.", remedy=f"There are: {', '.join(LEVELS)}.")
    if budget < 1:
        raise MnemoError("A budget is at least one order.")
    with Cast(played.sessions, opener(dsn)) as cast:
        state = state_of(cast, played, invariant)
        try:
            state.restore()
            if invariant != SERIAL and not holds(cast, invariant):
                raise MnemoError(f"The invariant is not true before the first step: {invariant}")
            explorers = [_Explorer(cast, state, played, invariant, level, skip, limit_s) for level in levels]
            found = tuple(explorer.explore(budget, seed, orders) for explorer in explorers)
        finally:
            cast.end_steps()
            state.leave()
    return Exploration(played, invariant, tuple(replace(one, dsn=dsn) for one in found))


@dataclass(frozen=True)
class _Seen:
    order: Order
    end: End
    true: bool
    run: Run


class _Explorer:
    """Every order at one level."""

    def __init__(
        self, cast: Cast, state: State, script: Script, invariant: str, level: str, skip: bool, limit_s: float
    ) -> None:
        self._cast, self._state, self._script = cast, state, script
        self._invariant, self._level, self._skip, self._limit_s = invariant, level, skip, limit_s
        self._turns = {name: script.order.count(name) for name in script.sessions}
        self._serial: dict[tuple[str, ...], set[End]] = {}
        self._runs = 0

    def explore(self, budget: int, seed: int, only: Sequence[Order] | None) -> Explored:
        self._cast.begin_anew(self._level, hurried=True)
        self._player = Player(self._cast, limit_s=self._limit_s)
        self._known = Known(self._cast, self._script.steps)
        # What a step may leave in its session goes with it; plain statements leave nothing.
        self._lasting = any(self._known.sort(step.sql)[0] in ("opaque", "neutral") for step in self._script.steps)
        total = _interleavings.count(self._turns)
        sampled = only is None and total > budget
        seen: list[tuple[Class, _Seen]] = []
        dead: list[tuple[Class, Order]] = []
        members: dict[int, list[Order]] = {}
        impossible = 0
        for order in self._orders(budget, seed, sampled) if only is None else only:
            at = places(order)
            if any(_begins(order, at, known, prefix) for known, prefix in dead):
                impossible += 1
                continue
            like = next((i for i, (known, _) in enumerate(seen) if self._skip and known.holds(at)), None)
            if like is None:
                run, known = self._play(order)
                if run.impossible:
                    impossible += 1
                    dead.append((known, order[: len(run.steps) + 1]))
                    continue
                like = len(seen)
                seen.append((known, self._judged(order, run)))
            members.setdefault(like, []).append(order)
        return self._told(total, sampled, impossible, [one for _, one in seen], members)

    def _orders(self, budget: int, seed: int, sampled: bool) -> Iterator[Order]:
        if not sampled:
            return _interleavings.every(self._turns)
        return iter(dict.fromkeys(islice(_interleavings.some(self._turns, seed), budget)))

    def _play(self, order: Order) -> tuple[Run, Class]:
        self._runs += 1
        self._state.restore()
        if self._lasting or any(session.lost for session in self._cast.sessions.values()):
            self._cast.begin_anew(self._level, hurried=True)
        watch = Watch(self._cast, self._known) if self._skip else None
        run = self._player.play(self._script.ordered(order).steps, watch)
        if watch is None:
            # Without a look at what it touches, a run stands for itself alone.
            at = list(places(order[: len(run.steps)]))
            return run, Class(len(run.steps), tuple(pairwise(at)))
        return run, class_of(order, watch.steps, self._level, self._known)

    def _judged(self, order: Order, run: Run) -> _Seen:
        end, true = end_of(run, self._cast, self._state.tables(), self._invariant)
        if self._invariant == SERIAL:
            true = self._is_serial(end)
        return _Seen(order, end, true, run)

    def _is_serial(self, end: End) -> bool:
        """Tell whether the same could have come about one session after the other."""
        if end in self._one_by_one(self._script.sessions):
            return True
        rest = tuple(name for name in self._script.sessions if name not in end.undone)
        return bool(end.undone) and end.without(end.undone) in self._one_by_one(rest)

    def _one_by_one(self, sessions: tuple[str, ...]) -> set[End]:
        if sessions not in self._serial:
            ends = set()
            for names in permutations(sessions):
                self._state.restore()
                if self._lasting:
                    self._cast.begin_anew(self._level, hurried=True)
                steps = [step for name in names for step in self._script.steps if step.session == name]
                run = replace(self._player.play(steps), sessions=sessions)
                ends.add(end_of(run, self._cast, self._state.tables())[0])
            self._serial[sessions] = ends
        return self._serial[sessions]

    def _told(
        self, total: int, sampled: bool, impossible: int, seen: list[_Seen], members: dict[int, list[Order]]
    ) -> Explored:
        groups: dict[tuple[object, ...], list[int]] = {}
        for i, one in enumerate(seen):
            groups.setdefault((one.end.errors, one.end.open, one.end.rows, one.true), []).append(i)
        outcomes = []
        for ones in groups.values():
            first, orders = seen[ones[0]], [order for i in ones for order in members[i]]
            outcomes.append(
                Outcome(first.end.errors, first.end.open, first.end.rows, first.true, len(orders), _shortest(orders))
            )
        broken = [order for i, one in enumerate(seen) if not one.true for order in members[i]]
        shortest = _shortest(broken) if broken else None
        played = {one.order: one.run for one in seen}
        run = (played.get(shortest) or self._again(shortest)) if shortest else None
        slowest = max(seen, key=lambda one: (one.run.waits, -_interleavings.switches(one.order)), default=None)
        return Explored(
            self._level,
            total,
            sum(map(len, members.values())) + impossible,
            impossible,
            self._runs,
            sampled,
            sum(one.run.waits * len(members[i]) for i, one in enumerate(seen)),
            tuple(sorted(outcomes, key=lambda outcome: (-outcome.count, outcome.errors, outcome.rows))),
            shortest,
            run,
            slowest.run if slowest else None,
        )

    def _again(self, order: Order) -> Run:
        self._state.restore()
        self._cast.begin_anew(self._level, hurried=True)
        return self._player.play(self._script.ordered(order).steps)


def _begins(order: Order, at: dict[tuple[str, int], int], known: Class, prefix: Order) -> bool:
    """Tell whether an order begins with steps after which the next cannot happen."""
    length = len(prefix) - 1
    return order[length] == prefix[-1] and Counter(order[:length]) == Counter(prefix[:-1]) and known.holds(at)


def _shortest(orders: Sequence[Order]) -> Order:
    return min(orders, key=lambda order: (_interleavings.switches(order), order))
