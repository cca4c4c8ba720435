"""One node of a plan, as EXPLAIN tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PAGES = (
    "Shared Hit Blocks",
    "Shared Read Blocks",
    "Shared Dirtied Blocks",
    "Shared Written Blocks",
    "Local Hit Blocks",
    "Local Read Blocks",
    "Local Dirtied Blocks",
    "Local Written Blocks",
    "Temp Read Blocks",
    "Temp Written Blocks",
)
WAL = ("WAL Records", "WAL FPI", "WAL Bytes")
COUNTS = (*PAGES, *WAL)
"""What is counted exactly, for a node and all that it executes."""

# Pages asked for by a scan, wherever they were found.
_TOUCHED = ("Shared Hit Blocks", "Shared Read Blocks", "Local Hit Blocks", "Local Read Blocks")


@dataclass(frozen=True, eq=False)
class Node:
    """A node of a plan.

    Attributes:
        number: counted from 1, parents before their children, in the order in which EXPLAIN prints.
        depth: how many nodes stand above it.
        parent: the node above; None for the root.
        children: the nodes below.
        told: what EXPLAIN says of it, by its names; without the nodes below.
    """

    number: int
    depth: int
    parent: Node | None = field(repr=False)
    told: Mapping[str, Any] = field(repr=False)
    children: list[Node] = field(default_factory=list, repr=False)

    @property
    def type(self) -> str:
        """What it does, as ``Index Scan``."""
        return str(self.told["Node Type"])

    @property
    def role(self) -> str:
        """What it is to its parent: ``Outer``, ``Inner``, ``Member``, ``Subquery``, ``InitPlan`` or ``SubPlan``."""
        return str(self.told.get("Parent Relationship", ""))

    @property
    def subplan(self) -> str:
        """Its name where it is an InitPlan, a SubPlan or a CTE; empty otherwise."""
        return str(self.told.get("Subplan Name", ""))

    @property
    def relation(self) -> str:
        """The table that it reads or writes; empty where there is none."""
        return str(self.told.get("Relation Name", ""))

    @property
    def alias(self) -> str:
        """What the statement calls that table."""
        return str(self.told.get("Alias", ""))

    @property
    def index(self) -> str:
        """The index that it reads; empty where there is none."""
        return str(self.told.get("Index Name", ""))

    @property
    def estimated_rows(self) -> float:
        """How many rows the planner expected of one execution."""
        return float(self.told.get("Plan Rows", 0))

    @property
    def loops(self) -> int:
        """How often it was executed, in all processes together."""
        return int(self.told.get("Actual Loops", 0))

    @property
    def rows(self) -> float:
        """How many rows it gave, all executions together; before PostgreSQL 18 from a mean that was rounded."""
        return float(self.told.get("Actual Rows", 0)) * self.loops

    def removed_by(self, why: str) -> float:
        """Return how many rows it read and gave to nobody, all executions together.

        Args:
            why: as EXPLAIN has it: ``Filter`` or ``Index Recheck``.
        """
        return float(self.told.get(f"Rows Removed by {why}", 0)) * self.loops

    @property
    def counted(self) -> bool:
        """Whether its rows are counted: of what joins bitmaps, EXPLAIN always says 0 (the manual, Using EXPLAIN)."""
        return self.type not in ("BitmapAnd", "BitmapOr")

    @property
    def pages(self) -> int:
        """How many pages it and all that it executes asked for, from the cache or not."""
        return sum(int(self.told.get(name, 0)) for name in _TOUCHED)

    @property
    def parallel(self) -> bool:
        """Whether it starts workers."""
        return self.type in ("Gather", "Gather Merge")

    @property
    def aside(self) -> bool:
        """Whether it stands below the node that declares it, and is executed by the one that uses it."""
        return self.role == "InitPlan"

    @property
    def label(self) -> str:
        """What it does and on what, in a few words."""
        parts = [self.type]
        if self.type == "Aggregate" and self.told.get("Strategy") not in (None, "Plain"):
            parts = [f"{self.told['Strategy']} Aggregate"]
        if self.type in ("Hash Join", "Merge Join", "Nested Loop") and self.told.get("Join Type", "Inner") != "Inner":
            parts.append(str(self.told["Join Type"]))
        if self.told.get("Partial Mode") in ("Partial", "Finalize"):
            parts.insert(0, str(self.told["Partial Mode"]))
        if self.told.get("Parallel Aware"):
            parts.insert(0, "Parallel")
        if self.type == "ModifyTable":
            parts = [str(self.told.get("Operation", "ModifyTable"))]
        if self.told.get("Scan Direction") == "Backward":
            parts.append("Backward")
        if self.index:
            parts.append(f"using {self.index}")
        what = self.relation or str(self.told.get("CTE Name", "")) or str(self.told.get("Function Name", ""))
        if what:
            parts.append(f"on {what}" + (f" {self.alias}" if self.alias not in ("", what) else ""))
        elif self.alias and not self.index:
            parts.append(f"on {self.alias}")
        return " ".join(parts)


def below(node: Node) -> list[Node]:
    """Return the node and all below it, in the order in which EXPLAIN prints."""
    found, left = [], [node]
    while left:
        found.append(left.pop())
        left += reversed(found[-1].children)
    return found


def above(node: Node) -> list[Node]:
    """Return the nodes above, the nearest first."""
    found = []
    while node.parent is not None:
        node = node.parent
        found.append(node)
    return found
