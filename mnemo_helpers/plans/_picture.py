"""A plan drawn: its tree, a line a node, with bars for what each took by itself; below it what is to be noticed."""

from __future__ import annotations

from collections.abc import Iterator

from mnemo_helpers import render
from mnemo_helpers.plans._findings import Finding, find
from mnemo_helpers.plans._interval import Interval
from mnemo_helpers.plans._node import Node
from mnemo_helpers.plans._plan import Plan

_DEEPEST_INDENT = 24


def plan(of: Plan) -> render.Shown:
    """Draw a plan.

    Args:
        of: the plan.
    """
    branches = tuple(_branch(of, node) for node in of.nodes)
    tree = render.tree(branches, _columns(of), bars=_bars(of))
    parts = [tree, render.pre(_summary(of))]
    parts += [_said(finding) for finding in find(of)]
    return render.stack(*parts)


def _columns(of: Plan) -> tuple[str, ...]:
    if not of.measured:
        return ("rows expected", "cost")
    return (
        ("own ms", "own pages", "rows", "expected", "loops") if of.timed else ("own pages", "rows", "expected", "loops")
    )


def _bars(of: Plan) -> str:
    return "" if not of.measured else "own time" if of.timed else "own pages"


def _branch(of: Plan, node: Node) -> render.Branch:
    name = f"{node.subplan}: {node.label}" if node.subplan else node.label
    if not of.measured:
        cost = float(node.told.get("Total Cost", 0))
        return render.Branch(min(node.depth, _DEEPEST_INDENT), name, (_rows(node.estimated_rows), f"{cost:,.2f}"))
    if not node.loops:
        blanks = len(_columns(of)) - 2
        values = (*("" for _ in range(blanks)), _rows(node.estimated_rows), "never executed")
        return render.Branch(min(node.depth, _DEEPEST_INDENT), name, values)
    own = of.own(node)
    values = (
        _interval(own.pages, 0),
        _rows(node.rows) if node.counted else "?",
        _expected(of, node),
        f"{node.loops:,}",
    )
    share = _share(own.pages, of.owned.whole.pages)
    if own.ms is not None and of.owned.whole.ms is not None:
        values = (_interval(own.ms, 3), *values)
        share = _share(own.ms, of.owned.whole.ms)
    return render.Branch(min(node.depth, _DEEPEST_INDENT), name, values, share)


def _expected(of: Plan, node: Node) -> str:
    """Return how many rows the planner expected, of all executions."""
    factor = of.misestimate(node)
    return _rows(node.estimated_rows * node.loops) + (f" (×{factor:,.0f})" if factor and factor >= 2 else "")


def _share(own: Interval, whole: Interval) -> tuple[float, float]:
    most = max(whole.high, 1e-9)
    return min(own.low / most, 1.0), min(own.high / most, 1.0)


def _interval(figure: Interval, digits: int) -> str:
    low, high = (f"{bound:,.{digits}f}" for bound in figure)
    # A mean of thousandths, many times over, is not known to the thousandth; half a per cent does no harm.
    if low == high or (digits and figure.high - figure.low <= max(0.01, 0.01 * figure.high)):
        return f"{figure.middle:,.{digits}f}"
    return f"{low} to {high}"


def _rows(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 10 or figure == int(figure) else f"{figure:,.2f}"


def _summary(of: Plan) -> str:
    return "\n".join(_lines(of))


def _lines(of: Plan) -> Iterator[str]:
    if not of.measured:
        yield "It was not executed: these are the planner's estimates, and a cost is no time."
        return
    whole = of.owned.whole
    if whole.ms is not None:
        yield f"All nodes together: {whole.ms.middle:,.3f} ms, {_interval(whole.pages, 0)} pages."
        if whole.workers_ms.high:
            yield f"In workers beside it: {_interval(whole.workers_ms, 3)} ms."
    else:
        yield f"All nodes together: {_interval(whole.pages, 0)} pages."
    if of.owned.elsewhere.ms and of.owned.elsewhere.ms.high:
        yield f"Of that after the last row: {_interval(of.owned.elsewhere.ms, 3)} ms."
    if len(of.times_ms) > 1:
        span = f"{min(of.times_ms):,.3f} to {max(of.times_ms):,.3f} ms"
        yield f"{len(of.times_ms)} runs: {span}, in the middle {of.ms:,.3f} ms."
    elif "Execution Time" in of.told:
        yield f"Planning {of.planning_ms:,.3f} ms, execution {of.ms:,.3f} ms."
    for trigger in of.told.get("Triggers", ()):
        name = trigger.get("Constraint Name") or trigger.get("Trigger Name")
        took = f", {float(trigger['Time']):,.3f} ms" if "Time" in trigger else ""
        yield f"Trigger {name} on {trigger.get('Relation')}: {trigger.get('Calls')} calls{took}."
    if "JIT" in of.told:
        yield f"Compiling, within the nodes' times: {float(of.told['JIT'].get('Timing', {}).get('Total', 0)):,.3f} ms."
    if of.wal_bytes:
        yield f"WAL: {of.wal_bytes:,} bytes."
    settings = {name: value for name, value in of.told.get("Settings", {}).items() if name != "search_path"}
    if settings:
        yield "Settings: " + ", ".join(f"{name} = {value}" for name, value in settings.items())


def _said(finding: Finding) -> render.Shown:
    told = f"{finding.node.label}: {finding.says}\nTry it:"
    return render.note("hint", told, render.pre(finding.experiment))
