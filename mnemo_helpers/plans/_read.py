"""From EXPLAIN's JSON to a plan."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.plans._node import Node
from mnemo_helpers.plans._plan import Plan

DEEPEST = 5_000
_HOW = "Take it from EXPLAIN (ANALYZE, BUFFERS, VERBOSE, FORMAT JSON), whole."


def read(text: str, sql: str = "") -> Plan:
    """Read a plan that EXPLAIN has written as JSON, of this server or of another.

    Args:
        text: the JSON, as EXPLAIN, auto_explain or psql print it.
        sql: the statement that it is the plan of, to be shown beside it.

    Raises:
        MnemoError: it is no plan in JSON: text, YAML, XML, something cut off, or something else.
    """
    return plan(_parsed(text), sql)


def plan(found: object, sql: str = "", times_ms: tuple[float, ...] = ()) -> Plan:
    """Return the plan in EXPLAIN's JSON, parsed.

    Args:
        found: what was parsed.
        sql: the statement.
        times_ms: how long each run took.

    Raises:
        MnemoError: it is no plan.
    """
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if isinstance(found, list):
        raise MnemoError(f"There are {len(found)} plans; one is read at a time.", remedy="Take one of them out.")
    if not isinstance(found, dict) or not isinstance(found.get("Plan"), dict):
        raise MnemoError("This JSON is no plan: it has no Plan in it.", remedy=_HOW)
    nodes = list(_nodes(found["Plan"]))
    told = {name: value for name, value in found.items() if name != "Plan"}
    return Plan(tuple(nodes), told, sql, times_ms)


def _parsed(text: str) -> object:
    text = text.strip().removeprefix("\ufeff")
    # psql prints "QUERY PLAN", a line, and marks where its lines go on; auto_explain begins with what it measured.
    start = min((at for at in (text.find("["), text.find("{")) if at >= 0), default=-1)
    head = text[: max(start, 0)].lstrip()
    for sign, what in (("<explain", "XML"), ("- Plan:", "YAML"), ("Plan:", "YAML")):
        if text.startswith(sign):
            raise MnemoError(f"This plan is {what}, and JSON is read.", remedy=_HOW)
    if start < 0 or "(cost=" in head or "(actual " in head:
        raise MnemoError(
            "This is no plan in JSON." if "(cost=" not in text else "This plan is text, and JSON is read.", remedy=_HOW
        )
    return parsed(text[start:].replace("+\n", "\n"))


def parsed(body: str | bytes) -> Any:
    """Return the JSON at the beginning of a text, also of a plan that is deep.

    Args:
        body: the text.

    Raises:
        MnemoError: it is cut off or broken, or deeper than any plan.
    """
    text = body if isinstance(body, str) else body.decode()
    with _deep():
        try:
            return json.JSONDecoder().raw_decode(text)[0]
        except RecursionError:
            raise MnemoError(f"This JSON is more than {DEEPEST:,} levels deep.") from None
        except ValueError as problem:
            raise MnemoError(f"This JSON ends too early or is broken: {problem}.", remedy=_HOW) from None


@contextmanager
def _deep() -> Iterator[None]:
    """Let the parser go deeper than Python's own limit: each node of a plan is two levels."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 2 * DEEPEST))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _nodes(root: Mapping[str, Any]) -> Iterator[Node]:
    """Yield every node, parents before their children; plans are deeper than Python's stack may be."""
    left: list[tuple[Any, Node | None]] = [(root, None)]
    number = 0
    while left:
        raw, parent = left.pop()
        if not isinstance(raw, dict) or not isinstance(raw.get("Node Type"), str):
            raise MnemoError(
                "A node of this plan has no Node Type; it is broken, or none of PostgreSQL's.", remedy=_HOW
            )
        number += 1
        told = {name: value for name, value in raw.items() if name != "Plans"}
        node = Node(number, 0 if parent is None else parent.depth + 1, parent, told)
        if parent is not None:
            parent.children.append(node)
        plans = raw.get("Plans", [])
        if not isinstance(plans, list):
            raise MnemoError("The Plans of a node are no list; this plan is broken.", remedy=_HOW)
        left += [(child, node) for child in reversed(plans)]
        yield node
