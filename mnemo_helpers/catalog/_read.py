"""Tables and foreign keys as the catalog has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg.sql import Composed

from mnemo_helpers import sql
from mnemo_helpers.errors import MnemoError, UnknownName

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Table:
    """A table, or the parent of partitions.

    Attributes:
        oid: its number in the catalog.
        name: as it is called, with its schema before it where the search path does not reach it.
    """

    oid: int
    name: str


@dataclass(frozen=True)
class Reference:
    """A foreign key.

    Attributes:
        name: of the constraint.
        table: the name of the table that refers.
        columns: those that refer.
        nullable: those of them that may be NULL, so that a row refers to nothing.
        unique: columns among them that are unique, so that at most one row refers; none where many may.
        to: the name of the table that is referred to.
        valid: whether it has been checked for all rows; not so after NOT VALID or NOT ENFORCED.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    nullable: tuple[str, ...]
    unique: tuple[str, ...]
    to: str
    valid: bool


# A partition's parent speaks for it. What initdb made is no table of anybody's.
_TABLES = """
SELECT c.oid::bigint, n.nspname, c.relname, pg_catalog.quote_ident(n.nspname), pg_catalog.quote_ident(c.relname),
       pg_catalog.pg_table_is_visible(c.oid)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_(?!temp_)' AND n.nspname <> 'information_schema'
  AND NOT pg_catalog.pg_is_other_temp_schema(n.oid)
  AND NOT c.relispartition
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
"""

# A partial index and one WITHOUT OVERLAPS promise no more than one row under conditions only. An expression stands in
# an index as column 0, which no foreign key has.
_REFERENCES = """
SELECT k.conname, k.conrelid::bigint, k.confrelid::bigint,
       ARRAY(SELECT a.attname FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u (attnum, n)
             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.attnum ORDER BY u.n)::text[],
       ARRAY(SELECT a.attname FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u (attnum, n)
             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
             WHERE NOT a.attnotnull ORDER BY u.n)::text[],
       coalesce((SELECT ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute AS a
                              WHERE a.attrelid = k.conrelid AND a.attnum = ANY (keys.of) ORDER BY a.attnum)::text[]
                 FROM pg_catalog.pg_index AS i
                 CROSS JOIN LATERAL (SELECT (i.indkey::smallint[])[0:i.indnkeyatts - 1] AS of) AS keys
                 WHERE i.indrelid = k.conrelid AND i.indisunique AND i.indisvalid AND NOT i.indisexclusion
                   AND i.indpred IS NULL AND keys.of <@ k.conkey
                 ORDER BY i.indnkeyatts, i.indexrelid LIMIT 1), '{}'),
       k.convalidated
FROM pg_catalog.pg_constraint AS k
WHERE k.contype = 'f'
ORDER BY k.conrelid, k.conkey, k.conname COLLATE "C"
"""

_KEYS = """
SELECT a.attrelid::bigint, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attname,
       pg_catalog.array_remove(ARRAY[
           CASE WHEN pg_catalog.bool_or(k.contype = 'p') THEN 'PK' END,
           CASE WHEN pg_catalog.bool_or(k.contype = 'f') THEN 'FK' END,
           CASE WHEN pg_catalog.bool_or(k.contype = 'u' AND pg_catalog.cardinality(k.conkey) = 1) THEN 'UK' END
       ], NULL) AS marks
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_constraint AS k ON k.conrelid = a.attrelid AND a.attnum = ANY (k.conkey)
WHERE a.attrelid = ANY (%s) AND k.contype IN ('p', 'f', 'u')
GROUP BY a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod
ORDER BY a.attrelid, a.attnum
"""


def ask(
    connection: Connection | None, query: LiteralString | Composed, parameters: Sequence[Any] = ()
) -> list[tuple[Any, ...]]:
    """Return the rows of a query on the catalog.

    Args:
        connection: where to ask; None for the main session of the SQL cells.
        query: what to ask.
        parameters: for its placeholders.

    Raises:
        SQLError: the server refuses it, as in a transaction that has failed.
        MnemoError: no connection is given, and no lesson is open.
    """
    place = sql.session() if connection is None else connection
    try:
        cursor = place.cursor(row_factory=psycopg.rows.tuple_row)
        return cursor.execute(query, list(parameters) if parameters else None).fetchall()
    except psycopg.Error as problem:
        raise sql.error_from(problem) from None


def tables(names: Sequence[str], connection: Connection | None) -> list[Table]:
    """Return the tables of these names, in their order; without names, all that the search path reaches and that last.

    Raises:
        UnknownName: there is no such table; the message names the nearest.
        MnemoError: there is no table at all.
    """
    by_spelling: dict[str, Table] = {}
    plainly: dict[str, Table] = {}
    reached = []
    for oid, schema, relation, quoted_schema, quoted_relation, visible in ask(connection, _TABLES):
        one = Table(oid, relation if visible else f"{schema}.{relation}")
        by_spelling[f"{quoted_schema}.{quoted_relation}"] = one
        plainly.setdefault(f"{schema}.{relation}", one)
        if visible:
            by_spelling[quoted_relation] = one
            plainly[relation] = one
            # What is gone with the session is nobody's schema.
            reached += [] if schema.startswith("pg_temp_") else [one]
    if not names:
        if not reached:
            raise MnemoError("The search path reaches no table.", remedy="Name tables with their schema: sales.orders.")
        return reached
    chosen: dict[int, Table] = {}
    for name in names:
        found = by_spelling.get(name) or plainly.get(name)
        if found is None:
            raise UnknownName("table", name, {table.name for table in plainly.values()})
        chosen[found.oid] = found
    return list(chosen.values())


def references(connection: Connection | None) -> list[Reference]:
    """Return every foreign key of the database, by the table that refers."""
    named = {
        oid: relation if visible else f"{schema}.{relation}"
        for oid, schema, relation, _, _, visible in ask(connection, _TABLES)
    }
    return [
        Reference(name, named[table], tuple(columns), tuple(nullable), tuple(unique), named[to], valid)
        for name, table, to, columns, nullable, unique, valid in ask(connection, _REFERENCES)
        if table in named and to in named
    ]


def keys(chosen: Sequence[Table], connection: Connection | None) -> dict[int, list[tuple[str, str, tuple[str, ...]]]]:
    """Return the key columns of tables by oid: type, name, and PK, FK and UK as far as they apply."""
    found: dict[int, list[tuple[str, str, tuple[str, ...]]]] = {table.oid: [] for table in chosen}
    for oid, type, column, marks in ask(connection, _KEYS, [list(found)]):
        if marks:
            found[oid].append((type, column, tuple(marks)))
    return found


def by_table(names: Sequence[str], connection: Connection | None, query: LiteralString) -> list[tuple[Any, ...]]:
    """Return what a query tells of tables, table by table as ``tables`` gives them.

    Args:
        names: as for ``tables``.
        connection: where to ask; None for the main session of the SQL cells.
        query: gives the number of a table first; its two placeholders are the numbers of those that are asked about.

    Returns:
        The rows, with the name of the table in place of its number; within a table in the query's order.

    Raises:
        UnknownName: there is no such table.
        SQLError: the server refuses to tell.
    """
    named = {table.oid: table.name for table in tables(names, connection)}
    place = {oid: i for i, oid in enumerate(named)}
    rows = ask(connection, query, [list(named), list(named)])
    return [(named[oid], *told) for oid, *told in sorted(rows, key=lambda row: place[row[0]])]


def singular(name: str) -> str:
    """Return a name without case, blanks and the s of many, by which names are compared."""
    word = name.casefold().replace(" ", "_").replace("-", "_")
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word.removesuffix("s")
