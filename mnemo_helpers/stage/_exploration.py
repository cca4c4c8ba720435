"""What an exploration has found: what can happen at each level, and the shortest order that breaks what must hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from mnemo_helpers import render
from mnemo_helpers.errors import UnknownName
from mnemo_helpers.stage._interleavings import Order
from mnemo_helpers.stage._outcome import SERIAL
from mnemo_helpers.stage._run import Run
from mnemo_helpers.stage._script import Script
from mnemo_helpers.stage._stage import Stage

_ROWS_SHOWN = 6


@dataclass(frozen=True)
class Outcome:
    """One way to end.

    Attributes:
        errors: the SQLSTATEs of each session that had errors.
        open: whether a step still waited at the end.
        rows: the rows of each table.
        true: whether the invariant held.
        count: how many of the orders end so.
        order: the one of them in which the turn passes least often.
    """

    errors: tuple[tuple[str, tuple[str, ...]], ...]
    open: bool
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    true: bool
    count: int
    order: Order


@dataclass(frozen=True)
class Explored:
    """What can happen at one level.

    Attributes:
        level: the isolation level.
        total: how many orders there are.
        considered: how many were looked at; all, or as many as were drawn.
        impossible: how many of these cannot happen, since the next step's session waits.
        runs: how many were played.
        sampled: whether orders were drawn instead of all looked at.
        waits: how many steps wait, in all orders that can happen together.
        outcomes: the ways to end, the most frequent first.
        shortest: an order that breaks the invariant with the fewest changes of turn, or None.
        run: that order, played.
        slowest: an order in which as many steps wait as in any, played; None where no order can happen.
        dsn: where it was played.
    """

    level: str
    total: int
    considered: int
    impossible: int
    runs: int
    sampled: bool
    waits: int
    outcomes: tuple[Outcome, ...]
    shortest: Order | None
    run: Run | None
    slowest: Run | None = None
    dsn: str | None = None

    @property
    def holds(self) -> bool:
        """Whether the invariant held in every order that was looked at."""
        return self.shortest is None

    @property
    def feasible(self) -> int:
        """How many of the orders that were looked at can happen."""
        return self.considered - self.impossible

    @property
    def broken(self) -> int:
        """How many of them break the invariant."""
        return sum(outcome.count for outcome in self.outcomes if not outcome.true)

    @property
    def skipped(self) -> int:
        """How many were not played, since they must end as one that was, or begin with what cannot happen."""
        return self.considered - self.runs


@dataclass(frozen=True)
class Exploration(render.Showing):
    """What an exploration has found, level by level."""

    script: Script
    invariant: str
    levels: tuple[Explored, ...]

    def __getitem__(self, level: str) -> Explored:
        """Return what was found at a level.

        Raises:
            UnknownName: it was not explored.
        """
        for explored in self.levels:
            if explored.level == level:
                return explored
        raise UnknownName("explored level", level, [explored.level for explored in self.levels])

    @property
    def weakest(self) -> str | None:
        """The first level at which the invariant holds in every order; None where it does at none."""
        return next((explored.level for explored in self.levels if explored.holds), None)

    def stage(self, level: str) -> Stage | None:
        """Return the shortest order that breaks the invariant at a level, to play again; None where it holds.

        Played, it commits what its steps commit, unless the script has a teardown.
        """
        found = self[level]
        if found.shortest is None:
            return None
        return Stage(self.script.ordered(found.shortest), found.dsn, level=level)

    @cached_property
    def shown(self) -> render.Shown:
        """What was found, and the shortest order that breaks the invariant at the strongest level that lets it."""
        rows = [
            (
                found.level,
                f"{found.feasible:,}",
                f"{found.broken:,}",
                len(found.outcomes),
                f"{found.runs:,}",
                f"{found.skipped:,}",
            )
            for found in self.levels
        ]
        table = render.table(
            ("level", "can happen", "break it", "ways to end", "played", "skipped"),
            rows,
            right=(False, True, True, True, True, True),
        )
        says = "One after the other, in some order" if self.invariant == SERIAL else self.invariant
        notes = [self._counted(found) for found in self.levels if found.sampled]
        head = render.note("fail" if any(not found.holds for found in self.levels) else "pass", says, table)
        worst = next((found for found in reversed(self.levels) if found.run is not None), None)
        parts = [head, *(render.note("info", note) for note in notes)]
        if worst is not None and worst.run is not None:
            parts += [
                render.note("info", f"The shortest order that breaks it at {worst.level.upper()}:"),
                worst.run.shown,
            ]
        return render.stack(*parts)

    @property
    def text(self) -> str:
        """What was found, as text."""
        return self.shown.text

    @staticmethod
    def _counted(found: Explored) -> str:
        return (
            f"There are {found.total:,} orders at {found.level.upper()}; {found.considered:,} of them were drawn at "
            "random, so that one which breaks it may have been missed."
        )
