"""The report on a shop: every rule with its verdict, figures beside their targets, and how far the planner is off."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import psycopg

from mnemo_helpers.datagen._files import folder
from mnemo_helpers.datagen._fingerprint import committed, fingerprints
from mnemo_helpers.datagen._load import tables
from mnemo_helpers.datagen._plan import Plan
from mnemo_helpers.errors import MnemoError

Verdict = Literal["ok", "ERROR", "too small to tell"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: of the rule or figure.
        verdict: ``ERROR`` where a rule is broken or a figure is outside its bounds.
        seen: what was counted or measured.
        wanted: what it should be.
    """

    name: str
    verdict: Verdict
    seen: str
    wanted: str

    def line(self) -> str:
        """Return the finding as a line of text."""
        return f"{self.verdict:5}  {self.name}: {self.seen} ({self.wanted})"


@functools.cache
def rules() -> dict[str, list[dict[str, Any]]]:
    """Return what ``rules.toml`` says, by kind: ``rules``, ``figures`` and ``misestimates``."""
    with (folder() / "rules.toml").open("rb") as file:
        return tomllib.load(file)


def compare(connection: psycopg.Connection[Any], plan: Plan) -> Finding:
    """Return whether a shop that was just loaded is, to the byte, the one that everybody gets.

    Args:
        connection: to the database that holds it.
        plan: what it was made from.
    """
    known = committed(plan)
    if not known:
        return Finding("the same bytes as everywhere", "ok", "not compared", "hashes are kept of tiny and small only")
    found = fingerprints(connection)
    other = [table for table in known if known[table] != found.get(table)]
    seen = f"{len(other)} of {len(known)} tables differ" + "".join(f", {table}" for table in other[:3])
    return Finding("the same bytes as everywhere", "ERROR" if other else "ok", seen, "hashes.toml")


def check(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Yield what is found in a shop: first the rules, then the figures, then the planner's misestimates.

    Args:
        connection: to the database that holds it; nothing is written there.

    Raises:
        MnemoError: there is no shop.
    """
    missing = [
        table
        for (table,) in connection.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL", [list(tables())]
        )
    ]
    if missing:
        raise MnemoError(
            f"There is no whole shop in this database: it has no table {', '.join(missing[:3])}.",
            remedy="Load one with mnemo data load --into DSN, or name another database.",
        )
    for rule in rules()["rules"]:
        broken = int(_value(connection, rule["broken"]))
        yield Finding(rule["name"], "ERROR" if broken else "ok", f"{broken:,} broken", rule["says"])
    orders = int(_value(connection, "SELECT count(*) FROM orders"))
    for figure in rules()["figures"]:
        yield _figure(figure, orders, _value(connection, figure["value"]))
    for join in rules()["misestimates"]:
        yield _misestimate(connection, join, orders)


def _figure(figure: dict[str, Any], orders: int, value: Any) -> Finding:
    low, high = figure["low"], figure["high"]
    well = value is not None and low <= value <= high
    verdict: Verdict = "ok" if well else "ERROR" if orders >= figure["least_orders"] else "too small to tell"
    seen = "none" if value is None else f"{float(value):.3g}"
    return Finding(figure["name"], verdict, seen, f"{low} to {high}. {figure['says']}")


def _misestimate(connection: psycopg.Connection[Any], join: dict[str, Any], orders: int) -> Finding:
    plan = _value(connection, f"EXPLAIN (ANALYZE, TIMING off, SUMMARY off, FORMAT json) {join['query']}")[0]["Plan"]
    expected, there = max(plan["Plan Rows"], 1), max(plan["Actual Rows"], 1)
    factor = max(expected, there) / min(expected, there)
    well = factor >= join["low"]
    verdict: Verdict = "ok" if well else "ERROR" if orders >= join["least_orders"] else "too small to tell"
    seen = f"off by a factor of {factor:.3g}, {expected:,} rows expected, {there:,.0f} there"
    return Finding(f"misestimate, {join['name']}", verdict, seen, f"at least {join['low']}. {join['says']}")


def _value(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(query.encode()).fetchone()
    return None if row is None else row[0]
