"""A plan: its nodes, what it took, and what can be asked of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.plans import _early, _own
from mnemo_helpers.plans._node import Node


@dataclass(frozen=True, eq=False)
class Plan(render.Showing):
    """What PostgreSQL did to answer a statement, or would do.

    Attributes:
        nodes: parents before their children, in the order in which EXPLAIN prints.
        told: what EXPLAIN says of the statement as a whole, by its names.
        sql: the statement.
        times_ms: how long each run took, where it was run several times; the plan is that of the last.
    """

    nodes: tuple[Node, ...] = field(repr=False)
    told: Mapping[str, Any] = field(repr=False)
    sql: str = ""
    times_ms: tuple[float, ...] = field(default=(), repr=False)

    @property
    def root(self) -> Node:
        """The node that gives the answer."""
        return self.nodes[0]

    @property
    def measured(self) -> bool:
        """Whether the statement was executed."""
        return "Actual Loops" in self.root.told

    @property
    def timed(self) -> bool:
        """Whether each node's time was measured."""
        return "Actual Total Time" in self.root.told

    @property
    def ms(self) -> float:
        """How long the execution took; the median of several runs.

        Raises:
            MnemoError: it was not executed.
        """
        self._must_be_measured("how long it took")
        if self.times_ms:
            ordered = sorted(self.times_ms)
            return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
        return float(self.told.get("Execution Time", self.root.told.get("Actual Total Time", 0)))

    @property
    def planning_ms(self) -> float:
        """How long planning took."""
        return float(self.told.get("Planning Time", 0))

    @property
    def rows(self) -> int:
        """How many rows came out.

        Raises:
            MnemoError: it was not executed.
        """
        self._must_be_measured("how many rows there are")
        return round(self.root.rows)

    @property
    def buffers(self) -> int:
        """How many pages were asked for, from the cache or not.

        Raises:
            MnemoError: it was not executed.
        """
        self._must_be_measured("how many pages it read")
        return self.root.pages

    @property
    def wal_bytes(self) -> int:
        """How many bytes of WAL it wrote.

        Raises:
            MnemoError: it was not executed.
        """
        self._must_be_measured("how much WAL it wrote")
        return int(self.root.told.get("WAL Bytes", 0))

    @cached_property
    def owned(self) -> _own.Owned:
        """What each node took by itself.

        Raises:
            MnemoError: it was not executed.
        """
        self._must_be_measured("what each node took")
        return _own.own(self.nodes, self.told.get("Triggers", ()))

    def own(self, node: Node) -> _own.Own:
        """Return what a node took by itself.

        Args:
            node: one of the plan's.

        Raises:
            MnemoError: the plan was not executed.
        """
        return self.owned.nodes[node.number]

    def uses(self, index: str) -> bool:
        """Tell whether an index is read.

        Args:
            index: its name.
        """
        return any(node.index == index for node in self.nodes)

    def scans(self, relation: str) -> str:
        """Return how a table is read, as ``Index Only Scan``; several ways by their order, with commas; none is empty.

        Args:
            relation: the table's name, or what the statement calls it.
        """
        ways = [
            node.type for node in self.nodes if node.type.endswith("Scan") and relation in (node.relation, node.alias)
        ]
        return ", ".join(dict.fromkeys(ways))

    def sorts(self) -> tuple[Node, ...]:
        """Return the nodes that sort."""
        return tuple(node for node in self.nodes if node.type in ("Sort", "Incremental Sort"))

    def partitions(self, relation: str) -> tuple[str, ...]:
        """Return the partitions of a table that are read, by name; not those that are left out before or on the way.

        Args:
            relation: the partitioned table's name, or what the statement calls it.
        """
        alias = re.compile(rf"{re.escape(relation)}(_\d+)?")
        read = [node for node in self.nodes if node.relation and alias.fullmatch(node.alias)]
        return tuple(dict.fromkeys(node.relation for node in read if node.loops or not self.measured))

    def misestimate(self, node: Node) -> float | None:
        """Return by which factor the planner was wrong about a node's rows, 1 or more.

        None where it cannot be told: the node was not executed, or may have been stopped before its end, as below a
        LIMIT that had enough; or its rows are not counted. Less than one row counts as one.

        Args:
            node: one of the plan's.
        """
        if not self.measured or not node.loops or node.number not in self.ended or not node.counted:
            return None
        # Below a node that starts workers, both are of one process.
        expected, got = max(node.estimated_rows, 1.0), max(node.rows / node.loops, 1.0)
        return max(expected / got, got / expected)

    @cached_property
    def ended(self) -> frozenset[int]:
        """The numbers of the nodes that were certainly read to their end."""
        return _early.read_to_the_end(self.nodes)

    @cached_property
    def shown(self) -> render.Shown:
        """The tree, and what is to be noticed."""
        from mnemo_helpers.plans import _picture

        return _picture.plan(self)

    def _must_be_measured(self, what: str) -> None:
        if not self.measured:
            raise MnemoError(
                f"This plan does not tell {what}: the statement was not executed.",
                remedy="Ask for it with analyze=True, or %%plan without --plain.",
            )
