"""What is to be noticed in a plan: each a sentence on what was measured, and an experiment that shows more.

A finding says what the plan says. Whether an index, a statistic or more memory helps, the experiment tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mnemo_helpers.plans._node import Node, below
from mnemo_helpers.plans._plan import Plan

Kind = Literal[
    "misestimate",
    "rows removed",
    "heap fetches",
    "spill",
    "loops",
    "sort",
    "hidden by a function",
    "lossy bitmap",
]

WRONG_BY = 10.0
"""From which factor on an estimate is worth a look; joins are planned well with less."""
_MANY_ROWS = 1_000
_REMOVED_SHARE = 0.9
_MANY_LOOPS = 1_000
_LARGE_SHARE = 0.3
_FEW_ROWS = 100
_CRUMB = 0.1

_NAME = r'(?:[a-z_][a-z0-9_$]*|"[^"]+")'
_COLUMN = re.compile(rf"(?<![\w.\"'])(?:{_NAME}\.)?({_NAME})(?![\w\"(.'])")
_CALL_OF_COLUMN = re.compile(rf"\(*({_NAME})\(\(*(?:{_NAME}\.)?({_NAME})\)*(?:::[a-z ]+)?[^()]*\)+\s*(?:=|<|>|~~|IN\b)")
_CAST_OF_COLUMN = re.compile(rf"\(\(*(?:{_NAME}\.)?({_NAME})\)*\)?::([a-z ]+)\)?\s*(?:=|<|>)")
_LITERAL = re.compile(r"'(?:[^']|'')*'(?:::[a-z_ \[\]\"]+)?")
_UNKNOWN = re.compile(r"\(InitPlan \d+\)|\$\d")
_WORDS = re.compile(
    "(?i:and|or|not|is|null|any|all|true|false|case|when|then|else|end|distinct|from|array|in|between|like|subplan|initplan"
    "|hashed|row|collate|exists|cte)"
)


@dataclass(frozen=True)
class Finding:
    """Something in a plan that is worth a look.

    Attributes:
        kind: what it is about.
        node: where.
        says: what was measured, in one sentence.
        experiment: a cell that shows what it is worth; nothing that it does stays, unless it says so.
    """

    kind: Kind
    node: Node
    says: str
    experiment: str


def find(plan: Plan) -> tuple[Finding, ...]:
    """Return what is to be noticed in a plan that was executed, in the order of its nodes; nothing in another.

    Args:
        plan: the plan.
    """
    if not plan.measured:
        return ()
    looks = (_misestimate, _removed, _heap_fetches, _spill, _loops, _sort, _hidden, _lossy)
    return tuple(found for node in plan.nodes if node.loops for look in looks for found in look(plan, node))


def _misestimate(plan: Plan, node: Node) -> Iterator[Finding]:
    factor = plan.misestimate(node)
    if factor is None or factor < WRONG_BY or max(node.estimated_rows, node.rows / node.loops) < _FEW_ROWS:
        return
    if any((plan.misestimate(lower) or 1.0) >= WRONG_BY for lower in below(node)[1:]):
        # It is wrong because what it reads is.
        return
    got = node.rows / node.loops
    more = "more" if got > node.estimated_rows else "fewer"
    columns = _columns(node, "Filter", "Index Cond", "Recheck Cond")
    why = ""
    if node.relation and _planned_without_a_value(node):
        why = " It was planned without a value that is known only when it runs."
        cell = (
            f"-- ask for the value first, and write it where {' and '.join(columns) or 'a column'} is compared with it"
        )
    elif node.relation and len(columns) > 1:
        listed = ", ".join(columns[:8])
        cell = (
            f"ANALYZE {node.relation};\n-- then the plan again; where it stays wrong, the columns may go together:\n"
            f"-- CREATE STATISTICS tried ON {listed} FROM {node.relation};\n-- ANALYZE {node.relation};\n"
            "-- DROP STATISTICS tried takes it back"
        )
    else:
        tables = list(dict.fromkeys(lower.relation for lower in below(node) if lower.relation))
        cell = "".join(f"ANALYZE {table};\n" for table in tables[:8]) + "-- then the plan again"
    yield Finding(
        "misestimate",
        node,
        f"The planner expected {_rows(node.estimated_rows)}{_each(node)} and there were {_number(got)}: "
        f"{factor:,.0f} times {more}.{why}",
        f"%%sql\n{cell}",
    )


def _planned_without_a_value(node: Node) -> bool:
    """Tell whether a condition takes its value from a subquery or a parameter."""
    conditions = (str(node.told.get(name, "")) for name in ("Filter", "Index Cond", "Recheck Cond"))
    return any(_UNKNOWN.search(_LITERAL.sub("''", condition)) for condition in conditions)


def _removed(plan: Plan, node: Node) -> Iterator[Finding]:
    if "Scan" not in node.type or not node.relation or any(_hidden(plan, node)):
        return
    removed = node.removed_by("Filter")
    if not _matters(plan, node):
        return
    if removed < _MANY_ROWS or removed < _REMOVED_SHARE * (removed + node.rows):
        return
    columns = _columns(node, "Filter")
    what = f"CREATE INDEX ON {node.relation} ({', '.join(columns[:3]) or '…'})"
    yield Finding(
        "rows removed",
        node,
        f"It read {_number(removed + node.rows)} rows and its filter kept {_number(node.rows)} of them.",
        _compared(plan, what),
    )


def _heap_fetches(plan: Plan, node: Node) -> Iterator[Finding]:
    fetches = int(node.told.get("Heap Fetches", 0))
    if node.type != "Index Only Scan" or fetches < max(_FEW_ROWS, 0.1 * node.rows):
        return
    yield Finding(
        "heap fetches",
        node,
        f"It reads the index only, but went to the table for {_number(fetches)} of {_number(node.rows)} rows, "
        "since their pages are not marked as visible to all.",
        f"%%sql\nVACUUM {node.relation};\n-- then the plan again",
    )


def _spill(plan: Plan, node: Node) -> Iterator[Finding]:
    own = plan.own(node).temp_pages
    disk = node.told.get("Sort Space Type") == "Disk"
    batches = max(int(node.told.get("Hash Batches", 1)), int(node.told.get("HashAgg Batches", 1)))
    if own.low == 0 and not disk and batches <= 1:
        return
    parts = f" in {batches} parts" if batches > 1 else ""
    pages = f", {_number(own.high)} pages written and read" if own.high else ""
    yield Finding(
        "spill",
        node,
        f"What it works on did not fit into its memory and went to temporary files{parts}{pages}.",
        _compared(plan, "SET LOCAL work_mem = '256MB'"),
    )


def _loops(plan: Plan, node: Node) -> Iterator[Finding]:
    if node.parent is None or node.parent.type != "Nested Loop" or node.role != "Inner" or node.loops < _MANY_LOOPS:
        return
    share = node.pages / plan.root.pages if plan.root.pages else 0.0
    if share < _LARGE_SHARE:
        return
    yield Finding(
        "loops",
        node,
        f"It was executed {_number(node.loops)} times, once for each row of the other side, and asked for "
        f"{_number(node.pages)} pages in all, {share:.0%} of the statement's.",
        _compared(plan, "SET LOCAL enable_nestloop = off"),
    )


def _sort(plan: Plan, node: Node) -> Iterator[Finding]:
    if node.type != "Sort" or (node.rows < _MANY_ROWS and _input(node).rows < _MANY_ROWS):
        return
    scan = _input(node)
    if not scan.relation or "Seq Scan" not in scan.type:
        return
    keys = [str(key) for key in node.told.get("Sort Key", ())]
    plain = [re.sub(rf"^{_NAME}\.", "", key) for key in keys]
    if not all(re.fullmatch(rf"{_NAME}( DESC)?( NULLS (FIRST|LAST))?", key) for key in plain):
        return
    yield Finding(
        "sort",
        node,
        f"It sorts {_number(scan.rows)} rows of {scan.relation} by {', '.join(plain)}; a B-tree can give that order.",
        _compared(plan, f"CREATE INDEX ON {scan.relation} ({', '.join(plain)})"),
    )


def _hidden(plan: Plan, node: Node) -> Iterator[Finding]:
    if "Seq Scan" not in node.type or node.removed_by("Filter") < _FEW_ROWS:
        return
    condition = _LITERAL.sub("''", str(node.told.get("Filter", "")))
    call, cast = _CALL_OF_COLUMN.search(condition), _CAST_OF_COLUMN.search(condition)
    if call:
        expression = f"{call[1]}({call[2]})"
    elif cast and cast[2].strip() not in ("text", "character varying"):
        expression = f"({cast[1]}::{cast[2].strip()})"
    else:
        return
    yield Finding(
        "hidden by a function",
        node,
        f"Its filter compares {expression}, which an index on the column alone cannot look up.",
        _compared(plan, f"CREATE INDEX ON {node.relation} ({expression})"),
    )


def _lossy(plan: Plan, node: Node) -> Iterator[Finding]:
    lossy = int(node.told.get("Lossy Heap Blocks", 0))
    if not lossy:
        return
    exact = int(node.told.get("Exact Heap Blocks", 0))
    yield Finding(
        "lossy bitmap",
        node,
        f"The bitmap did not fit into its memory: {_number(lossy)} of {_number(lossy + exact)} pages are known as a "
        "whole, and every row on them is checked again.",
        _compared(plan, "SET LOCAL work_mem = '256MB'"),
    )


def _matters(plan: Plan, node: Node) -> bool:
    """Tell whether a node's own part in the statement is more than a crumb."""
    own, whole = plan.own(node), plan.owned.whole
    pages = own.pages.high >= _CRUMB * whole.pages.high
    return pages or (own.ms is not None and whole.ms is not None and own.ms.high >= _CRUMB * whole.ms.high)


def _input(node: Node) -> Node:
    """Return what a node works on, past what only hands rows on."""
    inputs = [child for child in node.children if child.role == "Outer"]
    while inputs and inputs[0].type in ("Gather", "Gather Merge", "Subquery Scan"):
        inputs = [child for child in inputs[0].children if child.role in ("Outer", "Subquery")]
    return inputs[0] if inputs else node


def _columns(node: Node, *conditions: str) -> list[str]:
    """Return the columns that a node's conditions name, as well as their text tells."""
    found: list[str] = []
    for name in conditions:
        text = re.sub(r"::[a-z_ ]+(\[\])?", "", _LITERAL.sub("''", str(node.told.get(name, ""))))
        found += [match[1] for match in _COLUMN.finditer(text) if not _WORDS.fullmatch(match[1])]
    return list(dict.fromkeys(found))


def _compared(plan: Plan, first: str) -> str:
    statement = plan.sql.strip() or "…"
    question = repr(statement) if '"""' in statement or "\\" in statement else f'"""{statement}"""'
    return (
        f"question = {question}\n"
        f"plans.compare(plans.explain(question, runs=5), plans.explain(question, runs=5, first={first!r}))"
    )


def _each(node: Node) -> str:
    return " of each execution" if node.loops > 1 else ""


def _number(figure: float) -> str:
    return f"{figure:,.0f}"


def _rows(figure: float) -> str:
    return f"{_number(figure)} row{'' if round(figure) == 1 else 's'}"
