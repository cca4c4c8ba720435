"""Which pages a statement asks for, table by table: those of its triggers, foreign keys and functions among them.

EXPLAIN counts the pages of the plan alone. What a foreign key looks for after a DELETE it only times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mnemo_helpers import render, sql
from mnemo_helpers.plans._explain import send, undone

_COUNTED = """
SELECT c.oid::pg_catalog.regclass::text, pg_catalog.pg_stat_get_xact_numscans(c.oid),
    pg_catalog.pg_stat_get_xact_tuples_returned(c.oid), pg_catalog.pg_stat_get_xact_blocks_fetched(c.oid)
FROM pg_catalog.pg_class AS c
WHERE c.relkind IN ('r', 'm', 'i') AND c.relnamespace <> 'pg_catalog'::pg_catalog.regnamespace
"""


@dataclass(frozen=True)
class Touched:
    """What was read of a table or an index.

    Attributes:
        scans: how often it was gone through or looked into from the start.
        rows: how many rows, or entries of an index, these scans met.
        pages: how many pages were asked for, from the cache or not.
    """

    scans: int
    rows: int
    pages: int


@dataclass(frozen=True)
class Tally(render.Showing):
    """What a statement and all that it sets off read.

    Attributes:
        reads: by table and by index, the most pages first.
    """

    reads: Mapping[str, Touched] = field(repr=False)

    @property
    def pages(self) -> int:
        """How many pages were asked for in all."""
        return sum(read.pages for read in self.reads.values())

    def of(self, relation: str) -> Touched:
        """Return what was read of a table or an index; nothing of one that was left alone.

        Args:
            relation: its name.
        """
        return self.reads.get(relation, Touched(0, 0, 0))

    @cached_property
    def shown(self) -> render.Shown:
        """A line for each table and index, and one for all."""
        rows = [(name, f"{one.scans:,}", f"{one.rows:,}", f"{one.pages:,}") for name, one in self.reads.items()]
        rows.append(("in all", "", "", f"{self.pages:,}"))
        return render.table(("table or index", "scans", "rows", "pages"), rows, right=(False, True, True, True))


def tally(
    text: str, *, first: str = "", session: str | None = None, variables: Mapping[str, Any] | None = None
) -> Tally:
    """Return what a statement reads with all that it sets off: cascades, foreign keys, triggers, functions.

    It is run in a transaction that is rolled back, or below a savepoint where one is open.

    Args:
        text: one statement or several.
        first: statements that are run before, undone too and not counted.
        session: the session in which it runs; None is the main one.
        variables: what ``:name`` may stand for.

    Raises:
        SQLError: the server refused it.

    Source: PostgreSQL's manual, The Cumulative Statistics System: counts of the transaction.
    """
    connection = sql.session(session)
    before, counted = (sql.split(sql.bind(part, variables or {}, connection)) for part in (first, text))
    with undone(connection):
        for statement in before:
            send(connection, statement)
        then = {name: counts for name, *counts in send(connection, _COUNTED)}
        for statement in counted:
            send(connection, statement)
        # What the statement has made was not there before.
        now = {name: (counts, then.get(name, (0, 0, 0))) for name, *counts in send(connection, _COUNTED)}
    reads = {
        name: Touched(*(after - earlier for after, earlier in zip(*both, strict=True))) for name, both in now.items()
    }
    names = sorted((name for name in reads if reads[name].pages), key=lambda name: (-reads[name].pages, name))
    return Tally({name: reads[name] for name in names})
