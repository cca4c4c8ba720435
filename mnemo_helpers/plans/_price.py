"""What an index costs: to build, to keep, and with each write."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from mnemo_helpers import render, sql
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.plans import _read
from mnemo_helpers.plans._explain import send, undone
from mnemo_helpers.plans._indexes import index_bytes

_MEASURED = "EXPLAIN (ANALYZE, BUFFERS, WAL, TIMING OFF, FORMAT JSON)\n"
_UPDATED = """
SELECT coalesce(sum(pg_stat_get_xact_tuples_updated(oid)), 0),
    coalesce(sum(pg_stat_get_xact_tuples_hot_updated(oid)), 0)
FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace <> 'pg_catalog'::regnamespace
"""


@dataclass(frozen=True)
class Written:
    """What one statement wrote, with and without the indexes in question: the first figure is without.

    Attributes:
        rows: how many rows it wrote.
        wal_bytes: how much WAL.
        wal_records: in how many records; an entry of an index is one.
        rows_per_s: how fast, the median of the runs.
        updates: how many rows were updated.
        hot: how many of these needed no new entry in any index.
    """

    rows: int
    wal_bytes: tuple[int, int]
    wal_records: tuple[int, int]
    rows_per_s: tuple[float, float]
    updates: int
    hot: tuple[int, int]


@dataclass(frozen=True)
class Price(render.Showing):
    """The price of indexes.

    Attributes:
        build_s: how long building took, the median of the runs.
        index_bytes: how large they are, new.
        writes: what each statement of the workload wrote, by its name.
    """

    build_s: float
    index_bytes: int
    writes: Mapping[str, Written] = field(repr=False)

    @cached_property
    def shown(self) -> render.Shown:
        """The price of each statement, with and without."""
        rows: list[tuple[str, str, str, str, str]] = []
        for name, one in self.writes.items():
            per_row = 1 / max(one.rows, 1)
            rows += [
                _line(name, "rows per second", one.rows_per_s),
                _line("", "bytes of WAL for a row", one.wal_bytes, per_row),
                _line("", "records of WAL for a row", one.wal_records, per_row, digits=2),
            ]
            if one.updates:
                rows.append(_line("", "updates that needed no entry (HOT)", one.hot))
        heads = ("statement", "", "without", "with", "with : without")
        table = render.table(heads, rows, right=(False, False, True, True, True))
        said = f"Built in {self.build_s * 1000:,.0f} ms; {self.index_bytes:,} bytes."
        return render.stack(render.pre(said), table)


def price(ddl: str, workload: Mapping[str, str], *, runs: int = 3, session: str | None = None) -> Price:
    """Measure what indexes cost: building, size, and the same writes with and without them, in turn.

    Nothing stays: each write is undone, and so are the indexes; dead rows and numbers taken from sequences stay.

    Args:
        ddl: one or several ``CREATE INDEX``.
        workload: statements that write, by their names.
        runs: how often each write is done on either side.
        session: the session in which it runs; None is the main one. No transaction may be open in it.

    Raises:
        SQLError: the server refused something.
        MnemoError: a statement of the workload writes nothing; the DDL makes no index; a transaction is open.

    Source: PostgreSQL's manual, EXPLAIN and Heap-Only Tuples.
    """
    connection = sql.session(session)
    if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        raise MnemoError("A transaction is open, and this works in its own.", remedy="COMMIT or ROLLBACK it.")
    statements = sql.split(ddl)
    if not statements or not workload or runs < 1:
        raise MnemoError("There is nothing to price.", remedy="Give a CREATE INDEX, and statements that write.")
    without: dict[str, list[_Write]] = {name: [] for name in workload}
    having: dict[str, list[_Write]] = {name: [] for name in workload}
    builds_s, made_bytes = [], 0
    for _ in range(runs):
        for name, statement in workload.items():
            without[name].append(_write(connection, name, statement))
        with undone(connection):
            before = index_bytes(connection)
            began = time.perf_counter()
            for statement in statements:
                send(connection, statement)
            builds_s.append(time.perf_counter() - began)
            made = [size for oid, size in index_bytes(connection).items() if oid not in before]
            if not made:
                raise MnemoError("These statements make no index.", remedy="Give one or several CREATE INDEX.")
            made_bytes = sum(made)
            for name, statement in workload.items():
                having[name].append(_write(connection, name, statement))
    writes = {name: _written(without[name], having[name]) for name in workload}
    return Price(statistics.median(builds_s), made_bytes, writes)


@dataclass(frozen=True)
class _Write:
    rows: int
    took_ms: float
    wal_bytes: int
    wal_records: int
    updated: int
    hot: int


def _write(connection: psycopg.Connection[Any], name: str, statement: str) -> _Write:
    with undone(connection):
        _tidy(connection, statement)
        updated, hot = send(connection, _UPDATED)[0]
        told = send(connection, _MEASURED + statement)[0][0]
        updated_after, hot_after = send(connection, _UPDATED)[0]
    plan = _read.plan(told)
    root = plan.root.told
    tables = [node for node in plan.nodes if node.type == "ModifyTable"]
    if not tables:
        raise MnemoError(f"{name} writes nothing.", remedy="A workload is INSERT, UPDATE, DELETE and MERGE.")
    rows = round(sum(child.rows for node in tables for child in node.children if not child.aside))
    return _Write(
        rows,
        plan.ms,
        int(root.get("WAL Bytes", 0)),
        int(root.get("WAL Records", 0)),
        int(updated_after - updated),
        int(hot_after - hot),
    )


def _tidy(connection: psycopg.Connection[Any], statement: str) -> None:
    """Read the tables that a statement reads and writes, so that what was undone before is cleared off their pages now.

    Building an index does so on the one side; on the other the statement would do it, and pay for it in WAL. Who only
    inserts clears up nothing.
    """
    planned = _read.plan(send(connection, f"EXPLAIN (VERBOSE, FORMAT JSON) {statement}")[0][0])
    scanned = {node.relation for node in planned.nodes if "Scan" in node.type}
    for node in planned.nodes:
        if node.type == "ModifyTable" and node.relation in scanned:
            table = Identifier(str(node.told["Schema"]), node.relation)
            # Of a row as a whole: rows alone might be counted in an index.
            send(connection, SQL("SELECT count(written) FROM {} AS written").format(table).as_string(connection))


def _written(without: Sequence[_Write], having: Sequence[_Write]) -> Written:
    sides = (without, having)
    # What comes with a page that is written for the first time since a checkpoint is not the statement's: the least is.
    return Written(
        rows=having[-1].rows,
        wal_bytes=_pair(min(run.wal_bytes for run in side) for side in sides),
        wal_records=_pair(min(run.wal_records for run in side) for side in sides),
        rows_per_s=_pair(statistics.median(run.rows / max(run.took_ms, 1e-3) * 1000 for run in side) for side in sides),
        updates=having[-1].updated,
        hot=_pair(side[-1].hot for side in sides),
    )


def _pair(figures: Any) -> Any:
    first, second = figures
    return first, second


def _line(
    name: str, what: str, figures: tuple[float, float], factor: float = 1.0, digits: int = 0
) -> tuple[str, str, str, str, str]:
    without, having = (figure * factor for figure in figures)
    ratio = f"{having / without:,.2f}" if without else ""
    return name, what, f"{without:,.{digits}f}", f"{having:,.{digits}f}", ratio
