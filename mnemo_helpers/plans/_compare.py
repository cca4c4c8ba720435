"""The same question under two designs, side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.plans._node import Node
from mnemo_helpers.plans._plan import Plan


@dataclass(frozen=True, eq=False)
class Comparison(render.Showing):
    """Two plans.

    Attributes:
        before: the one.
        after: the other.
    """

    before: Plan = field(repr=False)
    after: Plan = field(repr=False)

    @property
    def pages_ratio(self) -> float:
        """How many pages the one asks for, for each of the other's."""
        return self.before.buffers / max(self.after.buffers, 1)

    @property
    def ms_ratio(self) -> float:
        """How much time the one takes for each of the other's: medians, where there are several runs."""
        return self.before.ms / max(self.after.ms, 0.001)

    @property
    def same_rows(self) -> bool:
        """Whether they gave equally many rows."""
        return self.before.rows == self.after.rows

    @cached_property
    def shown(self) -> render.Shown:
        """The figures side by side, and how each was answered."""
        one, other = self.before, self.after
        lines = [
            ("answered by", _way(one), _way(other), ""),
            ("rows", f"{one.rows:,}", f"{other.rows:,}", ""),
            ("pages", f"{one.buffers:,}", f"{other.buffers:,}", _ratio(self.pages_ratio)),
            ("temporary pages", _temporary(one), _temporary(other), ""),
            ("WAL, bytes", f"{one.wal_bytes:,}", f"{other.wal_bytes:,}", ""),
            (_timed(one, other), f"{one.ms:,.3f}", f"{other.ms:,.3f}", _ratio(self.ms_ratio)),
        ]
        kept = [line for line in lines if line[1:3] != ("0", "0")]
        table = render.table(("", "before", "after", "before : after"), kept, right=(False, True, True, True))
        if self.same_rows:
            return table
        return render.note(
            "fail", "They do not give the same number of rows, so they are not the same question.", table
        )


def compare(before: Plan, after: Plan) -> Comparison:
    """Put two plans side by side: how each is answered, its rows, pages and time.

    Args:
        before: the plan under one design.
        after: the plan of the same question under another one.

    Raises:
        MnemoError: one of them was not executed.
    """
    if not (before.measured and after.measured):
        raise MnemoError("Plans that were not executed cannot be compared.", remedy="Ask for both with analyze=True.")
    return Comparison(before, after)


def _way(plan: Plan) -> str:
    """Say how the tables are read, in the order of the plan."""
    reads = [node for node in plan.nodes if node.loops and (node.relation or node.index)]
    return "; ".join(dict.fromkeys(_read(node) for node in reads)) or plan.root.label


def _read(node: Node) -> str:
    return f"{node.type} on {node.index or node.relation}"


def _temporary(plan: Plan) -> str:
    return f"{plan.owned.whole.temp_pages.high:,.0f}"


def _timed(one: Plan, other: Plan) -> str:
    runs = {len(plan.times_ms) or 1 for plan in (one, other)}
    return f"ms, median of {runs.pop()} runs" if len(runs) == 1 and runs != {1} else "ms, of single runs"


def _ratio(figure: float) -> str:
    return f"{figure:,.2f}" if figure < 10 else f"{figure:,.0f}"
