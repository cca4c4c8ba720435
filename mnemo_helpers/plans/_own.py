"""What each node of a plan took by itself, so that all of it adds up to what the statement took.

EXPLAIN gives each node what it took together with all that it executed. Most of that stands below it. An InitPlan or a
CTE stands below the node that declares it and is executed by whatever asks for it first, somewhere else; what a node
executes in workers is not on its own clock. Where EXPLAIN does not tell who executed what, a figure is an interval.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mnemo_helpers.plans._interval import ZERO, Interval, known, total
from mnemo_helpers.plans._node import COUNTS, Node, above, below

# A mean is printed with three digits behind the point, in milliseconds.
_ROUNDED_MS = 0.0005
_WORKERS = "ms in workers"
_MS = "ms"
_RETURNS = re.compile(r"\(returns ([$\d, ]+)\)")
# A parameter that a plan sets, up to PostgreSQL 16 and from 17 on.
_MENTION = re.compile(r"\$\d+|\(InitPlan \d+\)")
_NO_EXPRESSION = {"Node Type", "Subplan Name", "Relation Name", "Alias", "Index Name", "CTE Name", "Schema"}

Figures = dict[str, Interval]


@dataclass(frozen=True)
class Own:
    """What one node took by itself.

    Attributes:
        ms: on the clock of the session; None where times were not measured.
        workers_ms: on the clocks of workers, summed.
        counts: pages and WAL, by EXPLAIN's names.
    """

    ms: Interval | None
    workers_ms: Interval
    counts: Mapping[str, Interval] = field(repr=False)

    @property
    def pages(self) -> Interval:
        """How many pages it asked for, from the cache or not."""
        return total(self.counts[f"{kind} {how} Blocks"] for kind in ("Shared", "Local") for how in ("Hit", "Read"))

    @property
    def temp_pages(self) -> Interval:
        """How many pages of temporary files it read and wrote."""
        return self.counts["Temp Read Blocks"].plus(self.counts["Temp Written Blocks"])


@dataclass(frozen=True)
class Owned:
    """What the nodes took, and what ran after the root had ended.

    Attributes:
        nodes: what each took by itself, by its number.
        elsewhere: the same of what no node's clock has seen: statements in WITH that change data go on when the rest
            has ended.
        whole: what the root took, and what is ``elsewhere``.
        impossible: the numbers of nodes for which EXPLAIN's figures leave less than nothing.
    """

    nodes: Mapping[int, Own]
    elsewhere: Own
    whole: Own
    impossible: tuple[int, ...]


def own(nodes: Sequence[Node], triggers: Sequence[Mapping[str, Any]] = ()) -> Owned:
    """Share out what a plan took among its nodes.

    Args:
        nodes: all of them, parents first.
        triggers: EXPLAIN's triggers.
    """
    totals = _totals(nodes)
    left: dict[int, Figures] = {}
    for node in nodes:
        figures = dict(totals[node.number])
        for child in node.children:
            if not child.aside:
                below_ = totals[child.number]
                # Workers have clocks of their own: what they took is not on that of the node that waits for them.
                figures = _less(figures, {**below_, _WORKERS: ZERO} if node.parallel else below_)
        left[node.number] = figures
    elsewhere = dict.fromkeys(totals[1], ZERO)
    for node in nodes:
        if node.aside and node.loops:
            for taker, share in _shares(node, nodes, totals):
                if taker is None:
                    elsewhere = {name: elsewhere[name].plus(share[name]) for name in elsewhere}
                else:
                    left[taker.number] = _less(left[taker.number], share)
    for node in nodes:
        fired = _within(node, triggers)
        if fired and _MS in left[node.number]:
            left[node.number] = _less(left[node.number], {_MS: Interval(0, fired)})
    impossible = tuple(n for n, figures in left.items() if any(figure.high < 0 for figure in figures.values()))
    whole = {name: totals[1][name].plus(elsewhere[name]) for name in totals[1]}
    started = (child for node in nodes if node.parallel for child in node.children if not child.aside)
    whole[_WORKERS] = total(totals[child.number][_WORKERS] for child in started)
    return Owned({n: _told(figures) for n, figures in left.items()}, _told(elsewhere), _told(whole), impossible)


def _told(figures: Figures) -> Own:
    ms = figures[_MS].above_zero() if _MS in figures else None
    return Own(ms, figures[_WORKERS].above_zero(), {name: figures[name].above_zero() for name in COUNTS})


def _less(figures: Figures, taken: Mapping[str, Interval]) -> Figures:
    return {name: figure.less(taken[name]) if name in taken else figure for name, figure in figures.items()}


def _totals(nodes: Sequence[Node]) -> dict[int, Figures]:
    """Return what each node took together with all that it executed."""
    timed = "Actual Total Time" in nodes[0].told
    verbose = any("Output" in node.told for node in nodes)
    inside: dict[int, Node | None] = {}
    totals: dict[int, Figures] = {}
    for node in nodes:
        inside[node.number] = _starter(node, inside)
        figures = {name: known(int(node.told.get(name, 0))) for name in COUNTS}
        ms, in_workers = _clocks(node, inside[node.number], verbose=verbose)
        totals[node.number] = {**figures, _WORKERS: in_workers, **({_MS: ms} if timed else {})}
    return totals


def _starter(node: Node, inside: Mapping[int, Node | None]) -> Node | None:
    """Return the node whose workers may execute this one too; None where there is none."""
    if node.parent is None:
        return None
    if node.parent.parallel:
        return None if node.aside else node.parent
    return inside[node.parent.number]


def _clocks(node: Node, gather: Node | None, *, verbose: bool) -> tuple[Interval, Interval]:
    """Return the node's time on the session's clock and on those of workers."""
    everywhere = _measured(node.told)
    if gather is None or not gather.told.get("Workers Launched"):
        return everywhere, ZERO
    in_workers = total(_measured(worker) for worker in node.told.get("Workers", ()))
    if not verbose:
        unknown = Interval(0, everywhere.high)
        return unknown, unknown
    here = everywhere.less(in_workers).above_zero()
    alone = sum(int(worker["Actual Loops"]) for worker in node.told.get("Workers", ())) == node.loops
    return (ZERO if alone else here), in_workers


def _measured(told: Mapping[str, Any]) -> Interval:
    loops = int(told.get("Actual Loops", 0))
    mean = float(told.get("Actual Total Time", 0))
    return Interval(max(0.0, mean - _ROUNDED_MS) * loops, (mean + _ROUNDED_MS) * loops)


def _shares(plan: Node, nodes: Sequence[Node], totals: Mapping[int, Figures]) -> Iterable[tuple[Node | None, Figures]]:
    """Yield who executed what stands aside, with how much of it; None is after the root has ended."""
    took = totals[plan.number]
    if plan.subplan.startswith("CTE "):
        takers: list[Node | None] = [scan for scan in _scans(plan, nodes) if scan.loops]
        # What changes data is executed to its end, whatever was asked of it.
        if any(node.type == "ModifyTable" for node in below(plan)):
            takers.append(None)
        split = True
    else:
        takers, split = list(_users(plan, nodes)), False
    for taker in takers:
        share = {}
        for name, figure in took.items():
            most = figure.high if taker is None else min(figure.high, totals[taker.number][name].high)
            others = sum(figure.high if t is None else totals[t.number][name].high for t in takers if t is not taker)
            if len(takers) == 1:
                share[name] = figure
            else:
                share[name] = Interval(max(0.0, figure.low - others) if split else 0.0, most)
        yield taker, share


def _scans(cte: Node, nodes: Sequence[Node]) -> list[Node]:
    """Return the scans of that CTE: the nearest declaration of its name above a scan is the one that it means."""
    name, found = cte.subplan.removeprefix("CTE "), []
    for node in nodes:
        if node.type == "CTE Scan" and node.told.get("CTE Name") == name:
            declared = (other for upper in above(node) for other in upper.children if other.subplan == cte.subplan)
            if next(declared, None) is cte:
                found.append(node)
    return found


def _users(plan: Node, nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes of which one has executed an InitPlan: those that ran and mention what it returns."""
    within = {node.number for node in below(plan)}
    returned = _RETURNS.search(plan.subplan)
    words = set(re.findall(r"\$\d+", returned[1])) if returned else {f"({plan.subplan})"}
    mentions = {node: _mentioning(node, words) for node in nodes if node.number not in within and node.loops}
    users = [
        node for node, where in mentions.items() if where and not (where == {"Output"} and _passed(node, mentions))
    ]
    # What is mentioned by workers is evaluated by the node that starts them, before it does.
    owner = plan.parent
    started = [
        next((up for up in above(user) if up.parallel and (up is owner or owner in above(up))), user) for user in users
    ]
    if started:
        return list(dict.fromkeys(started))
    assert owner is not None
    ran = [node for node in below(owner) if node.loops and node.number not in within]
    # How many rows a Limit leaves is the one expression that EXPLAIN does not print.
    return [node for node in ran if node.type == "Limit"] or ran


def _mentioning(node: Node, words: set[str]) -> set[str]:
    return {
        key
        for key, value in node.told.items()
        if key not in _NO_EXPRESSION
        for text in (value if isinstance(value, list) else [value])
        if isinstance(text, str) and words & {*_MENTION.findall(text)}
    }


def _passed(node: Node, mentions: Mapping[Node, set[str]]) -> bool:
    """Tell whether a node only hands on what one below it has put out."""
    inputs = [child for child in node.children if child.role not in ("InitPlan", "SubPlan")]
    return any(mentions.get(lower) and "Output" in mentions[lower] for child in inputs for lower in below(child))


def _within(node: Node, triggers: Sequence[Mapping[str, Any]]) -> float:
    """Return how much of the node's time may have gone into triggers that fire before the root ends, in ms."""
    if node.type != "ModifyTable":
        return 0.0
    tables = {str(target.get("Relation Name")) for target in (node.told, *node.told.get("Target Tables", ()))}
    per_table: dict[str, float] = defaultdict(float)
    for trigger in triggers:
        if "Constraint Name" not in trigger:
            per_table[str(trigger.get("Relation"))] += float(trigger.get("Time", 0))
    return sum(per_table[table] for table in tables)
