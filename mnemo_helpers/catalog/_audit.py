"""What inherited tables may be hiding: hypotheses that their rows suggest, each with the query that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mnemo_helpers import render
from mnemo_helpers.catalog import _read
from mnemo_helpers.catalog._hypotheses import HYPOTHESES, Hypothesis
from mnemo_helpers.catalog._read import Connection, singular

_SAMPLE_ROWS = 1000
# A row of a result has at most 1664 values, and some ten are asked of a column.
_COLUMNS_AT_ONCE = 100

# A line a column: its table, as SQL writes it too, its name, as SQL writes it too, its type and the type's category;
# whether it alone tells rows apart, whether it refers to something, whether its table has a key at all. A unique index
# with a condition tells apart some rows only; an expression stands in one as column 0.
_COLUMNS = """
WITH keys AS (
    SELECT i.indrelid, (i.indkey::smallint[])[0:i.indnkeyatts - 1] AS of
    FROM pg_catalog.pg_index AS i
    WHERE i.indrelid = ANY (%s) AND i.indisunique AND i.indisvalid AND NOT i.indisexclusion AND i.indpred IS NULL
)
SELECT a.attrelid::bigint, a.attrelid::pg_catalog.regclass::text, a.attname, pg_catalog.quote_ident(a.attname),
       pg_catalog.format_type(a.atttypid, NULL), t.typcategory::text,
       EXISTS (SELECT FROM keys AS k WHERE k.indrelid = a.attrelid AND k.of = ARRAY[a.attnum]),
       EXISTS (SELECT FROM pg_catalog.pg_constraint AS k
               WHERE k.conrelid = a.attrelid AND k.contype = 'f' AND a.attnum = ANY (k.conkey)),
       EXISTS (SELECT FROM keys AS k WHERE k.indrelid = a.attrelid)
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
WHERE a.attrelid = ANY (%s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""


@dataclass(frozen=True)
class Finding:
    """A hypothesis about a table.

    Attributes:
        kind: ``no key``, ``candidate key``, ``always NULL``, ``constant``, ``number as text``, ``date as text``,
            ``uuid as text``, ``list as text``, ``clock as number``; ``reference`` where each value has a partner and
            no foreign key says so, ``orphans`` where some have none.
        table: the table's name.
        column: the column's; empty where it is about the table.
        seen: what was seen, in a few words.
        query: SQL that shows it.
    """

    kind: str
    table: str
    column: str
    seen: str
    query: str


@dataclass(frozen=True)
class Audit(render.Showing):
    """What was found in tables.

    Attributes:
        findings: table by table.
        rows: how many rows each table has; of fewer than two nothing is said.
    """

    findings: tuple[Finding, ...]
    rows: dict[str, int]

    def of(self, kind: str) -> tuple[str, ...]:
        """Return where findings of this kind were made, as ``orders.status``, or ``orders`` where it is the table."""
        return tuple(f"{each.table}.{each.column}".rstrip(".") for each in self.findings if each.kind == kind)

    @property
    def shown(self) -> render.Shown:
        """The findings as a table."""
        of = ", ".join(f"{table} ({rows:,} row{'' if rows == 1 else 's'})" for table, rows in self.rows.items())
        if not self.findings:
            return render.note("info", f"Nothing to ask about in {of}.")
        rows = [(each.table, each.column, each.kind, each.seen, each.query) for each in self.findings]
        number = "1 hypothesis" if len(rows) == 1 else f"{len(rows)} hypotheses"
        return render.table(["table", "column", "may be", "seen", "shown by"], rows, caption=f"{number} about {of}")


@dataclass(frozen=True)
class _Column:
    """A column; ``of`` and ``sql`` are its table and itself as SQL writes them."""

    of: str
    name: str
    sql: str
    type: str
    category: str
    is_key: bool
    refers: bool
    table_has_key: bool


def audit(*tables: str, connection: Connection | None = None) -> Audit:
    """Look at tables that somebody else has made, before anything is changed in them.

    Of a table: no key. Of a column: constant, always NULL, text that always reads as a number, a date, a uuid or a
    list, numbers that always read as a clock (517 for 05:17), values that never come twice though no key says so. Of
    two tables: a column that is called like the key of the other, or ``order_id`` where that is ``orders.id``, and that
    no foreign key holds, if most of its values are found there.

    What the first thousand rows refute is not asked of the others, so that one pass decides what is left of a table.
    A finding is a hypothesis: it holds for the rows of today, and a name is no promise.

    Args:
        tables: their names; without names, all that the search path reaches.
        connection: where to ask; None for the main session of the SQL cells.

    Raises:
        UnknownName: there is no such table.
        SQLError: the server refuses to tell.
    """
    named = {table.oid: table.name for table in _read.tables(tables, connection)}
    columns: dict[str, list[_Column]] = {name: [] for name in named.values()}
    for oid, *told in _read.ask(connection, _COLUMNS, [list(named), list(named)]):
        columns[named[oid]].append(_Column(*told))
    findings: list[Finding] = []
    rows: dict[str, int] = {}
    for table, own in columns.items():
        rows[table] = _count(own, connection)
        if rows[table] < 2:
            continue
        if not own[0].table_has_key:
            name = own[0].of.replace("'", "''")
            query = f"SELECT * FROM pg_constraint WHERE conrelid = '{name}'::regclass AND contype IN ('p', 'u')"
            findings.append(Finding("no key", table, "", "nothing tells its rows apart", query))
        for start in range(0, len(own), _COLUMNS_AT_ONCE):
            findings += _of_columns(table, own[start : start + _COLUMNS_AT_ONCE], connection)
        for column in own:
            if not column.is_key and not column.refers:
                findings += _partners(table, column, columns, connection)
    return Audit(tuple(findings), rows)


def _count(columns: Sequence[_Column], connection: Connection | None) -> int:
    # A table without columns has nothing to be asked about.
    if not columns:
        return 0
    return int(_read.ask(connection, f"SELECT pg_catalog.count(*) FROM {columns[0].of}")[0][0])


def _of_columns(table: str, columns: Sequence[_Column], connection: Connection | None) -> list[Finding]:
    """Return what holds in all rows, the first for each column."""
    open = [(column, each) for column in columns for each in HYPOTHESES if _asked(column, each)]
    first = f"(SELECT * FROM {columns[0].of} LIMIT {_SAMPLE_ROWS}) AS first_rows"
    # NULL decides nothing yet: so far the column has no value.
    kept = _aggregates(first, [each.kept for _, each in open], [column for column, _ in open], connection)
    open = [pair for pair, yes in zip(open, kept, strict=True) if yes is not False]
    asked = [f"CASE WHEN {each.kept} AND {each.besides} THEN {each.seen} END" for _, each in open]
    seen = _aggregates(columns[0].of, asked, [column for column, _ in open], connection)
    found: dict[str, Finding] = {}
    for (column, each), words in zip(open, seen, strict=True):
        if words is not None and column.name not in found:
            # Of json, xml and points no two values can be compared, but how they are written can.
            shown = f"{column.sql}::text" if column.category in "UG" else column.sql
            query = each.query.format(column=shown, table=column.of)
            found[column.name] = Finding(each.kind, table, column.name, words, query)
    return list(found.values())


def _asked(column: _Column, hypothesis: Hypothesis) -> bool:
    if hypothesis.kind == "candidate key" and column.is_key:
        return False
    return not hypothesis.category or column.category == hypothesis.category


def _aggregates(
    source: str, templates: Sequence[str], columns: Sequence[_Column], connection: Connection | None
) -> list[Any]:
    if not templates:
        return []
    written = [
        template.format(column=column.sql, c=f'{column.sql}::text COLLATE "C"')
        for template, column in zip(templates, columns, strict=True)
    ]
    return list(_read.ask(connection, f"SELECT {', '.join(written)} FROM {source}")[0])


def _partners(
    table: str, column: _Column, columns: dict[str, list[_Column]], connection: Connection | None
) -> list[Finding]:
    """Return the keys of other tables in which most values of a column are found."""
    found = []
    for other, theirs in columns.items():
        for key in theirs:
            alike = column.name in (key.name, f"{singular(other)}_{key.name}")
            if other == table or not key.is_key or not alike:
                continue
            cast = "" if key.type == column.type else "::text"
            here, there = f"{column.of}.{column.sql}{cast}", f"{key.of}.{key.sql}{cast}"
            lacking = f"{column.sql} IS NOT NULL AND NOT EXISTS (SELECT FROM {key.of} WHERE {there} = {here})"
            ((rows, missing, values),) = _read.ask(
                connection,
                f"SELECT (SELECT count({column.sql}) FROM {column.of}), count(*), count(DISTINCT {column.sql}::text)"
                f" FROM {column.of} WHERE {lacking}",
            )
            if 2 * missing >= rows:
                continue
            query = f"SELECT {column.sql}, count(*) FROM {column.of} WHERE {lacking} GROUP BY {column.sql}"
            seen = f"each is in {other}.{key.name}, and no foreign key says so"
            if missing:
                seen = f"{missing:,} rows, {values:,} values, are not in {other}.{key.name}"
            found.append(Finding("orphans" if missing else "reference", table, column.name, seen, query))
    return found
