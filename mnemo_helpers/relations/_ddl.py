"""Tables for a relation and for its parts: keys, foreign keys, and the way there and back, as SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# What pg_get_keywords() calls reserved, on PostgreSQL 15 to 18.
_RESERVED = frozenset(
    # A text is easier to compare with the server's own list.
    """all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
    column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
    from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
    localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
    returning right select session_user similar some symmetric system_user table tablesample then to trailing true union
    unique user using variadic verbose when where window with""".split()  # noqa: SIM905
)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class Part:
    """A table to be: its name, its columns in order, and its keys, each in the order of the columns."""

    name: str
    columns: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]


def identifier(name: str) -> str:
    """Return a name as SQL takes it: quoted where it must be."""
    return name if _PLAIN.fullmatch(name) and name not in _RESERVED else '"' + name.replace('"', '""') + '"'


def names(columns: Sequence[str]) -> str:
    """Return names as SQL takes them, with commas."""
    return ", ".join(map(identifier, columns))


def create(parts: Sequence[Part], types: Mapping[str, str]) -> str:
    """Return the statements that make the tables, those that are pointed at first.

    The shortest key is the primary one, every other is UNIQUE and NOT NULL. A table that holds another's key
    points at it, unless that one already leads back. A relation whose every attribute is constant has the empty key:
    one row at most.

    Args:
        parts: the tables.
        types: a type for each column; text where none is given.
    """
    ordered, points = _pointing(parts)
    return "\n\n".join(_table(part, points[part.name], types) for part in ordered)


def split(parts: Sequence[Part], source: str) -> str:
    """Return the statements that fill the tables from a table or a query in parentheses."""
    ordered, _ = _pointing(parts)
    return "\n".join(
        f"INSERT INTO {identifier(part.name)} SELECT DISTINCT {names(part.columns)} FROM {source};" for part in ordered
    )


def join(parts: Sequence[Part], columns: Sequence[str]) -> str:
    """Return the query that joins the tables back, on the columns that they share."""
    tables = "\nNATURAL JOIN ".join(identifier(part.name) for part in parts)
    return f"SELECT {names(columns)}\nFROM {tables}"


def _pointing(parts: Sequence[Part]) -> tuple[list[Part], dict[str, list[tuple[tuple[str, ...], Part]]]]:
    points: dict[str, list[tuple[tuple[str, ...], Part]]] = {part.name: [] for part in parts}

    def reaches(start: str, end: str) -> bool:
        return start == end or any(reaches(other.name, end) for _, other in points[start])

    for part in parts:
        for other in parts:
            key = next((key for key in other.keys if key and set(key) <= set(part.columns)), None)
            if key is not None and not reaches(other.name, part.name):
                points[part.name].append((key, other))
    # What a table in between already promises is not said again.
    points = {
        name: [
            (key, other)
            for key, other in some
            if not any(set(key) <= set(wider) and (key, other) in points[between.name] for wider, between in some)
        ]
        for name, some in points.items()
    }
    ordered: list[Part] = []

    def visit(part: Part) -> None:
        if part not in ordered:
            for _, other in points[part.name]:
                visit(other)
            ordered.append(part)

    for part in parts:
        visit(part)
    return ordered, points


def _table(part: Part, points: Sequence[tuple[tuple[str, ...], Part]], types: Mapping[str, str]) -> str:
    width = max(len(identifier(column)) for column in part.columns)
    first, *others = part.keys
    # What is in the primary key is NOT NULL by itself.
    filled = {column for key in others for column in key if column not in first}
    lines = [
        f"{identifier(column).ljust(width)} {types.get(column, 'text')}{' NOT NULL' if column in filled else ''}"
        for column in part.columns
    ]
    if first:
        lines.append(f"PRIMARY KEY ({names(first)})")
    lines += [f"UNIQUE ({names(key)})" for key in others]
    lines += [f"FOREIGN KEY ({names(key)}) REFERENCES {identifier(other.name)} ({names(key)})" for key, other in points]
    body = ",\n".join(f"    {line}" for line in lines)
    made = f"CREATE TABLE {identifier(part.name)} (\n{body}\n);"
    if not first:
        made += f"\nCREATE UNIQUE INDEX ON {identifier(part.name)} ((true));"
    return made
