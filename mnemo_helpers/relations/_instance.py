"""Rows themselves: whether they keep a dependency, and what joining their parts gives. By definition, not by theory."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.relations._heading import Heading
from mnemo_helpers.relations._values import Table

Values = tuple[Any, ...]


def rejoin(rows: Any, attributes: str | Iterable[str], parts: Iterable[str | Iterable[str]]) -> Table:
    """Cut rows into parts, join the parts, and return the rows that the join invents: those that were not there.

    Args:
        rows: one sequence of values a row, in the order of the attributes; or a ``Table`` or a result of a query.
        attributes: the names of the columns.
        parts: the attributes of each part; together they are all.

    Raises:
        MnemoError: a row has not one value for each attribute, or a part names an unknown one.
    """
    heading = Heading(attributes)
    found = rows_of(rows, heading.names)
    masks = [heading.mask(part, f"part number {i}") for i, part in enumerate(parts, start=1)]
    there = set(found)
    return Table(heading.names, tuple(row for row in joined(found, masks, len(heading.names)) if row not in there))


def rows_of(rows: Any, names: Sequence[str]) -> list[Values]:
    """Return rows as tuples, each once.

    Raises:
        MnemoError: a row has not one value for each name.
    """
    found = []
    if not isinstance(rows, Iterable):
        raise MnemoError(
            f"Rows cannot be {rows!r}.", remedy=f"Give a list, with a value for each of {', '.join(names)}."
        )
    for place, row in enumerate(rows, start=1):
        values = (row,) if isinstance(row, str) or not isinstance(row, Iterable) else tuple(row)
        if len(values) != len(names):
            raise MnemoError(
                f"Row {place} has {len(values)} value{'s' if len(values) != 1 else ''}; {len(names)} were expected.",
                tried=[repr(row)],
                remedy=f"Give one value for each of {', '.join(names)}, in this order.",
            )
        if not all(isinstance(value, Hashable) for value in values):
            raise MnemoError(
                f"Row {place} holds a value that cannot be compared: {row!r}.",
                remedy="Give texts, numbers, dates, or None for NULL.",
            )
        found.append(values)
    return list(dict.fromkeys(found))


def broken(rows: Sequence[Values], left: int, right: int, multivalued: bool) -> list[Values] | None:
    """Return two rows that break a dependency, None where the rows keep it. NULL (None) equals NULL."""
    groups: dict[Values, list[Values]] = {}
    for row in rows:
        groups.setdefault(_pick(row, left), []).append(row)
    for group in groups.values():
        if not multivalued:
            for row in group[1:]:
                if _pick(row, right) != _pick(group[0], right):
                    return [group[0], row]
            continue
        there = set(group)
        for a in group:
            for b in group:
                if (
                    tuple(x if (left | right) >> c & 1 else y for c, (x, y) in enumerate(zip(a, b, strict=True)))
                    not in there
                ):
                    return [a, b]
    return None


def joined(rows: Sequence[Values], parts: Sequence[int], width: int) -> list[Values]:
    """Return the natural join of the parts of rows, each row once."""
    seen, found = 0, [dict[int, Any]()]
    for part in parts:
        columns = [c for c in range(width) if part >> c & 1]
        shared = [c for c in columns if seen >> c & 1]
        matching: dict[Values, list[Values]] = {}
        for cut in dict.fromkeys(tuple(row[c] for c in columns) for row in rows):
            key = tuple(v for c, v in zip(columns, cut, strict=True) if c in shared)
            matching.setdefault(key, []).append(cut)
        found = [
            {**row, **dict(zip(columns, cut, strict=True))}
            for row in found
            for cut in matching.get(tuple(row[c] for c in shared), ())
        ]
        seen |= part
    return list(dict.fromkeys(tuple(row[c] for c in range(width)) for row in found))


def _pick(row: Values, mask: int) -> Values:
    return tuple(value for c, value in enumerate(row) if mask >> c & 1)
