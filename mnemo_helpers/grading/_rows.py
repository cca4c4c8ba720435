"""The rows of an answer and of the right answer: what is alike, what differs, what to show of it."""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from mnemo_helpers import render

# Type oids, fixed in PostgreSQL's own catalog (pg_type.dat).
_BOOL, _TEXT, _INTEGERS, _FLOATS, _NUMERIC = 16, 25, {20, 21, 23, 26}, {700, 701}, 1700
_TIMES, _JSON, _PADDED = {1082, 1114, 1184}, {114, 3802}, 1042
_TOLERANCE = 1e-9
_SHOWN = 5


@dataclass(frozen=True)
class Rows:
    """What a statement gave, as the server's text.

    Attributes:
        columns: their names.
        types: their type oids.
        rows: one tuple a row; None is NULL.
        complete: False where reading stopped because there were far too many.
    """

    columns: tuple[str, ...]
    types: tuple[int, ...]
    rows: tuple[tuple[str | None, ...], ...]
    complete: bool = True

    @classmethod
    def of(cls, columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> Rows:
        """Return values of Python as the server would write them, all of them text."""

        def text(value: Any) -> str | None:
            return ("t" if value else "f") if isinstance(value, bool) else None if value is None else str(value)

        return cls(tuple(columns), (_TEXT,) * len(columns), tuple(tuple(map(text, row)) for row in rows))

    def readable(self) -> list[tuple[int | Decimal | str | None, ...]]:
        """Return the rows with their numbers as numbers, everything else as the server wrote it."""
        return [tuple(map(_display, row, self.types)) for row in self.rows]

    def pick(self, order: Sequence[int]) -> Rows:
        """Return these columns only, in this order."""
        rows = tuple(tuple(row[i] for i in order) for row in self.rows)
        return replace(self, columns=_pick(self.columns, order), types=_pick(self.types, order), rows=rows)


def difference(yours: Rows, right: Rows, *, loosely: bool = False) -> tuple[list[int], list[int]]:
    """Return which rows are only in ``yours`` and which only in ``right``, as positions; order does not count.

    Numbers are compared as numbers, whatever their types, fractions within one part in a billion; a date is the
    timestamp of its midnight, as for PostgreSQL itself.

    Args:
        yours: as many columns as ``right``.
        right: what is asked for.
        loosely: True where the types are the learner's own choice: 1, 1.0 and '1' are one, but '01' is not.
    """
    mine, theirs = values(yours, loosely=loosely), values(right, loosely=loosely)
    spare = Counter(theirs)
    left: list[int] = []
    for i, row in enumerate(mine):
        if spare[row]:
            spare[row] -= 1
        else:
            left.append(i)
    missing: list[int] = []
    for i in reversed(range(len(theirs))):
        if spare[theirs[i]]:
            spare[theirs[i]] -= 1
            missing.append(i)
    missing.reverse()
    fractions = (
        []
        if loosely
        else [i for i, pair in enumerate(zip(yours.types, right.types, strict=True)) if {*pair} & {_NUMERIC, *_FLOATS}]
    )
    return _nearly(mine, left, theirs, missing, fractions) if fractions and left and missing else (left, missing)


def same(yours: Rows, right: Rows, keys: Sequence[int] = ()) -> bool:
    """Tell whether both hold the same rows, and in the same order of the columns ``keys``."""
    if len(yours.columns) != len(right.columns) or not (yours.complete and right.complete):
        return False
    return (
        len(yours.rows) == len(right.rows)
        and difference(yours, right) == ([], [])
        and disorder(yours, right, keys) is None
    )


def disorder(yours: Rows, right: Rows, keys: Sequence[int]) -> int | None:
    """Return the first position at which the columns ``keys`` differ, None if there is none; ties are free."""
    if not keys:
        return None
    pairs = zip(values(yours.pick(keys)), values(right.pick(keys)), strict=True)
    return next((i for i, (a, b) in enumerate(pairs) if not all(map(_close, a, b))), None)


def permutation(yours: Rows, right: Rows) -> tuple[int, ...] | None:
    """Return the columns of ``yours`` that, in that order, are the right answer; None if none are."""
    given, asked = len(yours.columns), len(right.columns)
    if given < asked or math.perm(given, asked) > 1000 or len(yours.rows) != len(right.rows):
        return None
    orders = itertools.permutations(range(given), asked)
    return next((order for order in orders if difference(yours.pick(order), right) == ([], [])), None)


def unlike_types(yours: Rows, mine: Sequence[int], right: Rows, theirs: Sequence[int]) -> str:
    """Return a sentence on the column whose values read alike and are of unlike types, or nothing."""
    from psycopg import adapters

    for at, (a, b) in enumerate(zip(yours.types, right.types, strict=True)):
        here, there = ({rows.rows[i][at] for i in of} for rows, of in ((yours, mine), (right, theirs)))
        if a != b and here == there:
            known = [info.regtype if (info := adapters.types.get(oid)) else "another type" for oid in (a, b)]
            return f" Column {at + 1} reads alike, but is {known[0]} in yours and {known[1]} in the right answer."
    return ""


def values(rows: Rows, *, loosely: bool = False) -> list[tuple[Any, ...]]:
    """Return the rows as values that are equal where PostgreSQL would call them equal."""
    if loosely:
        return [tuple(map(_loose, row)) for row in rows.rows]
    return [tuple(map(_value, row, rows.types)) for row in rows.rows]


def beside(
    yours: Rows,
    mine: Sequence[int],
    right: Rows,
    theirs: Sequence[int],
    *,
    sort: bool = True,
    titles: tuple[str, str] = ("yours", "right"),
) -> render.Shown:
    """Show two small tables, these rows of each, at most five."""
    return render.beside(_some(yours, mine, titles[0], sort), _some(right, theirs, titles[1], sort))


def _some(rows: Rows, positions: Sequence[int], whose: str, sort: bool) -> render.Shown:
    readable = rows.readable()
    chosen = [readable[i] for i in positions]
    if sort:
        chosen.sort(key=lambda row: [(cell is None, isinstance(cell, str), cell) for cell in row])
    more = len(chosen) - _SHOWN
    title = whose + (": no such row" if not chosen else f" (and {more} more)" if more > 0 else "")
    return render.stack(render.pre(title), render.table(rows.columns, chosen[:_SHOWN]))


def _pick(of: Sequence[Any], order: Sequence[int]) -> tuple[Any, ...]:
    return tuple(of[i] for i in order)


def _value(text: str | None, oid: int) -> Any:
    if text is None:
        return None
    if oid in _INTEGERS:
        return int(text)
    if oid in _FLOATS or oid == _NUMERIC:
        if text.lstrip("-") in {"NaN", "Infinity"}:
            return ("number", text)
        return Decimal(text) if oid == _NUMERIC else float(text)
    if oid == _BOOL:
        return ("bool", text)
    if oid in _TIMES:
        # The session's zone is UTC, so that without its offset an instant reads as a timestamp does.
        day = text.removesuffix("+00")
        return ("time", f"{day} 00:00:00" if oid == 1082 else day)
    if oid in _JSON:
        return ("json", json.dumps(json.loads(text), sort_keys=True))
    return text.rstrip(" ") if oid == _PADDED else text


def _display(text: str | None, oid: int) -> Any:
    value = _value(text, oid)
    if isinstance(value, float):
        return Decimal(str(text))
    return value if isinstance(value, int | Decimal) else text


def _loose(text: str | None) -> Any:
    if text is None:
        return None
    try:
        number = Decimal(text)
    except ArithmeticError:
        return text.removesuffix("+00").removesuffix(" 00:00:00")
    whole = text.lstrip("-").partition(".")[0]
    return number if number.is_finite() and whole == (whole.lstrip("0") or "0") else text


def _close(a: Any, b: Any) -> bool:
    if a == b:
        return True
    numbers = isinstance(a, int | float | Decimal) and isinstance(b, int | float | Decimal)
    exact = isinstance(a, int) and isinstance(b, int)
    return numbers and not exact and math.isclose(a, b, rel_tol=_TOLERANCE, abs_tol=1e-12)


def _nearly(
    mine: list[tuple[Any, ...]],
    left: list[int],
    theirs: list[tuple[Any, ...]],
    missing: list[int],
    fractions: list[int],
) -> tuple[list[int], list[int]]:
    """Pair what is left where only the last digits of fractions differ, and return what has no partner."""

    def grouped(rows: list[tuple[Any, ...]], positions: list[int]) -> dict[tuple[Any, ...], list[int]]:
        groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for i in positions:
            numbers = {j for j in fractions if isinstance(rows[i][j], int | float | Decimal)}
            groups[tuple(... if j in numbers else cell for j, cell in enumerate(rows[i]))].append(i)
        for group in groups.values():
            group.sort(key=lambda i: [rows[i][j] for j in fractions if isinstance(rows[i][j], int | float | Decimal)])
        return groups

    partners = grouped(theirs, missing)
    alone, unmet = [], []
    for key, ours in grouped(mine, left).items():
        others = partners.pop(key, [])
        a = b = 0
        while a < len(ours) and b < len(others):
            x, y = mine[ours[a]], theirs[others[b]]
            if all(map(_close, x, y)):
                a, b = a + 1, b + 1
            elif [x[j] for j in fractions if x[j] is not None] < [y[j] for j in fractions if y[j] is not None]:
                alone.append(ours[a])
                a += 1
            else:
                unmet.append(others[b])
                b += 1
        alone += ours[a:]
        unmet += others[b:]
    unmet += itertools.chain.from_iterable(partners.values())
    return sorted(alone), sorted(unmet)
