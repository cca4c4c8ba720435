"""What indexes may be spared, and which are missing: what the catalog and the statistics tell, and what they cannot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from psycopg.sql import SQL, Identifier

from mnemo_helpers import render
from mnemo_helpers.catalog import _read
from mnemo_helpers.catalog._read import Connection

_LEAST_DENSE = 60
_LEAST_PAGES = 16

# A line an index: what it is on, and all that decides whether another one can serve in its place.
_INDEXES = """
SELECT i.indrelid::bigint, c.relname, c.oid::bigint, m.amname,
       i.indisunique, i.indisvalid, i.indisready, k.conname, k.contype::text, i.indisexclusion, i.indisreplident,
       ARRAY(SELECT pg_catalog.concat_ws(' ', pg_catalog.pg_get_indexdef(i.indexrelid, place::int, true), op, coll, opt)
             FROM ROWS FROM (pg_catalog.unnest(i.indclass::oid[]), pg_catalog.unnest(i.indcollation::oid[]),
                             pg_catalog.unnest(i.indoption::int2[])) WITH ORDINALITY AS x (op, coll, opt, place)
             ORDER BY place),
       ARRAY(SELECT a.attname
             FROM pg_catalog.unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS x (number, place)
             LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = x.number
             ORDER BY place),
       ARRAY(SELECT a.attname
             FROM pg_catalog.unnest((i.indkey::int2[])[i.indnkeyatts:]) AS x (number)
             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = x.number),
       pg_catalog.pg_get_expr(i.indpred, i.indrelid),
       pg_catalog.pg_relation_size(c.oid), coalesce(s.idx_scan, 0), c.relpages,
       EXISTS (SELECT FROM pg_catalog.pg_constraint AS f WHERE f.contype = 'f' AND f.conindid = c.oid)
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_constraint AS k ON k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_catalog.pg_stat_user_indexes AS s ON s.indexrelid = c.oid
WHERE i.indrelid = ANY (%s)
ORDER BY i.indrelid, c.relname
"""
_REFERENCES = """
SELECT f.conrelid::bigint, f.conname, f.confrelid::pg_catalog.regclass::text, f.confdeltype::text,
       ARRAY(SELECT a.attname FROM pg_catalog.unnest(f.conkey) AS x (number)
             JOIN pg_catalog.pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = x.number)
FROM pg_catalog.pg_constraint AS f WHERE f.contype = 'f' AND f.conrelid = ANY (%s) ORDER BY f.conname
"""
_SINCE = """
SELECT coalesce(d.stats_reset, pg_catalog.pg_postmaster_start_time()), d.stats_reset IS NOT NULL,
       pg_catalog.pg_is_in_recovery(),
       (SELECT n.nspname FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE p.proname = 'pgstatindex' AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE') LIMIT 1)
FROM pg_catalog.pg_stat_database AS d WHERE d.datname = pg_catalog.current_database()
"""
_DENSITY = SQL("SELECT avg_leaf_density FROM {}.pgstatindex(%s::bigint::oid::regclass)")


@dataclass(frozen=True)
class IndexFinding:
    """Something about an index, or about one that is not there.

    Attributes:
        kind: ``unused``, ``duplicate``, ``covered`` (another one begins with the same columns), ``invalid``,
            ``bloated``, or ``foreign key without index``.
        table: the table's name.
        index: the index; of a foreign key the constraint.
        seen: what was seen.
        serves: what it is for all the same, or who could not be asked; empty where there is nothing.
        bytes: how large it is.
    """

    kind: str
    table: str
    index: str
    seen: str
    serves: str
    bytes: int


@dataclass(frozen=True)
class IndexReport(render.Showing):
    """What was found about the indexes of tables.

    Attributes:
        findings: table by table.
        since: from when on reads have been counted.
        unknown: what could not be told, in sentences.
    """

    findings: tuple[IndexFinding, ...]
    since: datetime
    unknown: tuple[str, ...]

    def of(self, kind: str) -> tuple[str, ...]:
        """Return the names of the indexes, or constraints, of which this was found."""
        return tuple(finding.index for finding in self.findings if finding.kind == kind)

    @cached_property
    def shown(self) -> render.Shown:
        """The findings as a table, and what it cannot tell."""
        rows = [
            (each.table, each.index, each.kind, each.seen, each.serves, f"{each.bytes:,}") for each in self.findings
        ]
        heads = ["table", "index", "is", "seen", "but", "bytes"]
        found = (
            render.table(heads, rows, right=(False, False, False, False, False, True))
            if rows
            else render.note("info", "Nothing was found.")
        )
        return render.stack(found, *(render.note("info", sentence) for sentence in self.unknown))


@dataclass(frozen=True)
class _Index:
    """An index; ``parts`` are its columns and expressions with how each is compared and ordered."""

    table: int
    name: str
    oid: int
    method: str
    unique: bool
    valid: bool
    ready: bool
    constraint: str | None
    kind: str | None
    exclusion: bool
    identity: bool
    parts: Sequence[str]
    columns: Sequence[str | None]
    included: Sequence[str]
    condition: str | None
    bytes: int
    scans: int
    pages: int
    referred: bool

    @property
    def serves(self) -> str:
        """What the index is for, whether it is read or not."""
        kinds = {"p": "PRIMARY KEY", "u": "UNIQUE", "x": "EXCLUDE"}
        said = []
        if self.kind:
            said.append(f"it keeps {kinds[self.kind]} {self.constraint}")
        elif self.unique:
            said.append("it refuses doubles")
        if self.referred:
            said.append("foreign keys rest on it")
        if self.identity:
            said.append("replication tells rows apart by it")
        return "; ".join(said)


def index_report(*tables: str, connection: Connection | None = None) -> IndexReport:
    """Look for indexes that may be spared, for those that do not work, and for foreign keys without one.

    Unused is what nothing has read since reads are counted, on this server: a replica counts its own, and a yearly
    report may not have come yet. A constraint's index does its work without being read. One that begins with the same
    columns can stand in for a shorter one that is not unique, at the price of its size.

    Args:
        tables: their names; without names, all that the search path reaches.
        connection: where to ask; None for the main session of the SQL cells.

    Raises:
        UnknownName: there is no such table.
        SQLError: the server refuses to tell.

    Source: PostgreSQL's manual, The Cumulative Statistics System, and pg_index.
    """
    named = {table.oid: table.name for table in _read.tables(tables, connection)}
    since, reset, replica, extension = _read.ask(connection, _SINCE)[0]
    indexes = [_Index(*row) for row in _read.ask(connection, _INDEXES, [list(named)])]
    findings: list[IndexFinding] = []
    for oid, name in named.items():
        own = [index for index in indexes if index.table == oid]
        for index in own:
            findings += _of(index, name, own, f"{since:%Y-%m-%d %H:%M}")
            if extension and index.method == "btree" and index.valid and index.pages >= _LEAST_PAGES:
                findings += _bloated(index, name, extension, connection)
    for oid, constraint, to, on_delete, columns in _read.ask(connection, _REFERENCES, [list(named)]):
        if not any(_leads(index, columns) for index in indexes if index.table == oid):
            why = "to take the rows that refer with it" if on_delete == "c" else "to look for rows that refer"
            effect = f"a DELETE there reads all of this table, {why}"
            seen = f"({', '.join(columns)}) refers to {to}, and no index begins with it"
            findings.append(IndexFinding("foreign key without index", named[oid], constraint, seen, effect, 0))
    place = list(named.values())
    findings.sort(key=lambda finding: place.index(finding.table))
    unknown = [
        f"Reads are counted since {since:%Y-%m-%d %H:%M}"
        + ("" if reset else ", when the server started or before")
        + ", on this server alone: what a replica reads, and what comes once a year, is not in it."
    ]
    if replica:
        unknown.append("This is a replica: what the primary reads is not in it.")
    if not extension:
        unknown.append("How much of each index is air cannot be told without the extension pgstattuple.")
    return IndexReport(tuple(findings), since, tuple(unknown))


def _of(index: _Index, table: str, own: Sequence[_Index], since: str) -> Iterator[IndexFinding]:
    if not index.valid:
        # A build that failed leaves nothing to write to; one that only could not be checked is written from then on.
        seen = "never read, and written with each row" if index.ready else "neither read nor written"
        seen = f"not valid: a CREATE or REINDEX CONCURRENTLY has not come to its end; it is {seen}"
        yield IndexFinding("invalid", table, index.name, seen, index.serves if index.ready else "", index.bytes)
        return
    others = [other for other in own if other is not index and other.valid and _alike(index, other)]
    twins = [other for other in others if list(other.parts) == list(index.parts)]
    longer = [other for other in others if len(other.parts) > len(index.parts) and not index.unique]
    better = max(twins, key=_worth, default=index)
    if _worth(index) < _worth(better):
        yield IndexFinding("duplicate", table, index.name, f"the same as {better.name}", index.serves, index.bytes)
    elif covering := [other for other in longer if list(other.parts[: len(index.parts)]) == list(index.parts)]:
        seen = f"{covering[0].name} begins with the same columns, with {covering[0].bytes:,} bytes"
        yield IndexFinding("covered", table, index.name, seen, index.serves, index.bytes)
    if not index.scans and not index.serves:
        yield IndexFinding("unused", table, index.name, f"not read since {since}", "", index.bytes)


def _alike(one: _Index, other: _Index) -> bool:
    """Tell whether the other holds the same rows in the same way, with all that this one holds beside its key."""
    if one.exclusion or other.exclusion or (one.method, one.condition) != (other.method, other.condition):
        return False
    return {*one.included} <= {*other.included, *other.columns}


def _worth(index: _Index) -> tuple[bool, bool, int, int]:
    """Return what tells which of several that are alike is to stay: the one that does most, and of equals the first."""
    return index.kind is not None, index.unique, len(index.included), -index.oid


def _leads(index: _Index, columns: Sequence[str]) -> bool:
    """Tell whether the index finds the rows that refer: with these columns first, in any order."""
    first = index.columns[: len(columns)]
    # A row with a NULL there refers to nothing.
    every = {None, *(f"({column} IS NOT NULL)" for column in columns)}
    return index.valid and index.method == "btree" and index.condition in every and {*first} == {*columns}


def _bloated(index: _Index, table: str, extension: str, connection: Connection | None) -> Iterator[IndexFinding]:
    density = _read.ask(connection, _DENSITY.format(Identifier(extension)), [index.oid])[0][0]
    if density < _LEAST_DENSE:
        seen = f"its pages are filled to {density:.0f} %; new they are filled to 90"
        yield IndexFinding("bloated", table, index.name, seen, "what is written next may fill them", index.bytes)
