"""The data dictionary: what COMMENT ON says of tables and columns, beside what the catalog knows of them."""

from __future__ import annotations

from dataclasses import dataclass

from mnemo_helpers import render
from mnemo_helpers.catalog import _read
from mnemo_helpers.catalog._read import Connection

_ENTRIES = """
SELECT c.oid::bigint, NULL, NULL, NULL, NULL, pg_catalog.obj_description(c.oid, 'pg_class'), 0 AS attnum
FROM pg_catalog.pg_class AS c
WHERE c.oid = ANY (%s)
UNION ALL
SELECT a.attrelid::bigint, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
       coalesce((SELECT pg_catalog.string_agg(
                     CASE k.contype WHEN 'p' THEN 'primary' WHEN 'u' THEN 'unique' ELSE '→ ' END
                     || CASE WHEN k.contype <> 'f' THEN ''
                             WHEN pg_catalog.pg_table_is_visible(t.oid) THEN t.relname
                             ELSE n.nspname || '.' || t.relname END,
                     ', ' ORDER BY pg_catalog.array_position('{p,u,f}', k.contype), k.conname COLLATE "C")
                 FROM pg_catalog.pg_constraint AS k
                 LEFT JOIN pg_catalog.pg_class AS t ON t.oid = k.confrelid
                 LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
                 WHERE k.conrelid = a.attrelid AND a.attnum = ANY (k.conkey) AND k.contype IN ('p', 'u', 'f')
                   AND (k.contype <> 'f' OR k.conparentid = 0)), ''),
       pg_catalog.col_description(a.attrelid, a.attnum), a.attnum
FROM pg_catalog.pg_attribute AS a
WHERE a.attrelid = ANY (%s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY 1, attnum
"""


@dataclass(frozen=True)
class Entry:
    """One line of a dictionary: a table, or a column of it.

    Attributes:
        table: the table's name.
        column: the column's, None where the line is about the table itself.
        type: the column's type, as SQL writes it; None of a table.
        nullable: whether it may be NULL; None of a table.
        key: ``primary``, ``unique`` and ``→ table``, as far as they apply; None of a table.
        comment: what COMMENT ON says; None where nothing is said.
    """

    table: str
    column: str | None
    type: str | None
    nullable: bool | None
    key: str | None
    comment: str | None

    @property
    def name(self) -> str:
        """The table, or ``table.column``."""
        return self.table if self.column is None else f"{self.table}.{self.column}"


@dataclass(frozen=True)
class Dictionary(render.Showing):
    """Tables and their columns, each with what is said of it."""

    entries: tuple[Entry, ...]

    @property
    def undocumented(self) -> tuple[str, ...]:
        """The tables and ``table.column`` of which nothing is said; blanks say nothing either."""
        return tuple(entry.name for entry in self.entries if not (entry.comment or "").strip())

    @property
    def shown(self) -> render.Shown:
        """The dictionary as a table."""
        rows = [
            (
                entry.table if entry.column is None else "",
                entry.column or "",
                entry.type or "",
                {True: "may be NULL", False: "", None: ""}[entry.nullable],
                entry.key or "",
                (entry.comment or "").strip() or "— undocumented —",
            )
            for entry in self.entries
        ]
        return render.table(["table", "column", "type", "null", "key", "comment"], rows)


def dictionary(*tables: str, connection: Connection | None = None) -> Dictionary:
    """Return the data dictionary: each table, then its columns in their order.

    Args:
        tables: their names; without names, all that the search path reaches.
        connection: where to ask; None for the main session of the SQL cells.

    Raises:
        UnknownName: there is no such table.
        SQLError: the server refuses to tell.
    """
    return Dictionary(tuple(Entry(table, *told) for table, *told, _ in _read.by_table(tables, connection, _ENTRIES)))


def undocumented(*tables: str, connection: Connection | None = None) -> tuple[str, ...]:
    """Return the tables and columns that COMMENT ON says nothing of, as ``orders`` and ``orders.status``.

    Args:
        tables: their names; without names, all that the search path reaches.
        connection: where to ask; None for the main session of the SQL cells.

    Raises:
        UnknownName: there is no such table.
        SQLError: the server refuses to tell.
    """
    return dictionary(*tables, connection=connection).undocumented
