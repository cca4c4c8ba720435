"""The same question under one design after another, each built, looked at and undone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mnemo_helpers import render, sql
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.plans._explain import explain, send, undone
from mnemo_helpers.plans._indexes import index_bytes
from mnemo_helpers.plans._node import Node
from mnemo_helpers.plans._plan import Plan

_PAGE_BYTES = 8192


@dataclass(frozen=True, eq=False)
class WhatIf(render.Showing):
    """A question under several designs; as a sequence it is the plans.

    Attributes:
        designs: the statements of each design.
        plans: how the question was answered under each.
        index_bytes: how much larger all indexes together were under each, new.
    """

    designs: tuple[str, ...]
    plans: tuple[Plan, ...] = field(repr=False)
    index_bytes: tuple[int, ...]

    def __iter__(self) -> Iterator[Plan]:
        """Yield the plans, in the order of the designs."""
        return iter(self.plans)

    def __len__(self) -> int:
        """Return how many designs there are."""
        return len(self.plans)

    def __getitem__(self, number: int) -> Plan:
        """Return the plan under a design, counted from 0."""
        return self.plans[number]

    @cached_property
    def shown(self) -> render.Shown:
        """The designs below one another: how tables are read, what is sorted, what is asked for, what is kept."""
        heads = ("design", "way", "rows read", "sort", "pages", "pages of its indexes")
        rows = [
            (" ".join(design.split()) or "as it is", *_told(plan), f"{grown_bytes / _PAGE_BYTES:,.0f}")
            for design, plan, grown_bytes in zip(self.designs, self.plans, self.index_bytes, strict=True)
        ]
        return render.table(heads, rows, right=(False, False, True, False, True, True))


def what_if(
    question: str,
    designs: Sequence[str],
    *,
    first: str = "",
    runs: int = 2,
    session: str | None = None,
    variables: Mapping[str, Any] | None = None,
) -> WhatIf:
    """Ask a question under one design after another; each is real while the question runs, and is undone then.

    Building takes the time and the locks that it always takes: who writes to the table waits meanwhile.

    Args:
        question: one statement that has a plan; what it changes is undone too.
        designs: each one or several statements, such as ``CREATE INDEX``; an empty one is how things are.
        first: statements that are run under every design, such as ``SET LOCAL``.
        runs: how often the question is executed under each; the plan is that of the last.
        session: the session in which it runs; None is the main one.
        variables: what ``:name`` may stand for.

    Raises:
        SQLError: the server refused something.
        MnemoError: there is no design; the question is no one statement, or one that has no plan.
    """
    if isinstance(designs, str) or not designs:
        raise MnemoError("There is no design to try.", remedy='Give a list, as ["", "CREATE INDEX ON …"].')
    connection = sql.session(session)
    found, grown_bytes = [], []
    for design in designs:
        with undone(connection):
            before = index_bytes(connection)
            for statement in sql.split(design):
                send(connection, statement)
            grown_bytes.append(sum(index_bytes(connection).values()) - sum(before.values()))
            found.append(explain(question, runs=runs, first=first, session=session, variables=variables))
    return WhatIf(tuple(designs), tuple(found), tuple(grown_bytes))


def _told(plan: Plan) -> tuple[str, ...]:
    reads = [node for node in plan.nodes if node.relation and node.loops and "Scan" in node.type]
    ways = dict.fromkeys(_way(node) for node in reads)
    sorts = dict.fromkeys(node.type for node in plan.sorts())
    return "; ".join(ways), f"{sum(map(_rows_read, reads)):,.0f}", ", ".join(sorts) or "no", f"{plan.buffers:,}"


def _way(node: Node) -> str:
    return f"{node.type} Backward" if node.told.get("Scan Direction") == "Backward" else node.type


def _rows_read(node: Node) -> float:
    return node.rows + node.removed_by("Filter") + node.removed_by("Index Recheck")
