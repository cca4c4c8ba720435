"""Which nodes were read to their end, and so gave all the rows that the planner had estimated."""

from __future__ import annotations

from collections.abc import Sequence

from mnemo_helpers.plans._node import Node

# These ask their input for everything before they give a row.
_READS_ALL = {"Sort", "Hash", "Bitmap Heap Scan", "BitmapAnd", "BitmapOr", "ModifyTable"}


def read_to_the_end(nodes: Sequence[Node]) -> frozenset[int]:
    """Return the numbers of those that certainly were; where it cannot be told, they are left out.

    Args:
        nodes: of one plan, parents first, executed.
    """
    ended: set[int] = set()
    for node in nodes:
        if node.loops and (node.parent is None or _reads(node.parent, node, node.parent.number in ended)):
            ended.add(node.number)
    return frozenset(ended)


def _reads(parent: Node, child: Node, to_the_end: bool) -> bool:
    """Tell whether a node has read this input to its end, given whether it was itself read to its end."""
    if child.role in ("InitPlan", "SubPlan"):
        return False
    match parent.type:
        case "Aggregate" if parent.told.get("Strategy", "Plain") in ("Plain", "Hashed"):
            return True
        case kind if kind in _READS_ALL:
            return True
        case "Limit":
            # The planner expects of it no more rows than it may let through.
            return to_the_end and parent.rows < parent.estimated_rows * parent.loops
        case "Merge Join":
            return False
        case "Nested Loop" if child.role == "Inner":
            stops = parent.told.get("Inner Unique") or parent.told.get("Join Type") in ("Semi", "Anti")
            return to_the_end and not stops
        case "Hash Join" if child.role == "Outer":
            # Without a row to meet, it does not read on.
            inner = next(other for other in parent.children if other.role == "Inner")
            return to_the_end and inner.rows > 0
        case "Materialize" | "Memoize":
            return False if child.parent and child.parent.loops > 1 else to_the_end
        case _:
            return to_the_end
