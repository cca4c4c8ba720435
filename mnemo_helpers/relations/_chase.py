"""The chase: what dependencies force on a few rows; whether a split loses nothing, and what it invents.

Source: Aho, Beeri and Ullman, The theory of joins in relational databases, TODS 4(3), 1979; Maier, Mendelzon and Sagiv,
Testing implications of data dependencies, TODS 4(4), 1979.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mnemo_helpers.relations._heading import bits
from mnemo_helpers.relations._theory import Theory, TooMany

MOST_ROWS = 2_000
# A set of k parts falls into groups in Bell(k) ways: 877 for seven, 4,140 for eight.
MOST_GROUPINGS = 5_000
Row = tuple[int, ...]


@dataclass(frozen=True)
class Forced:
    """One step of a chase.

    Attributes:
        left: the left side of the dependency that forced it.
        right: its right side.
        multivalued: whether it is multivalued.
        pair: the two rows, as positions.
        rows: all rows afterwards.
    """

    left: int
    right: int
    multivalued: bool
    pair: tuple[int, int]
    rows: tuple[Row, ...]


def tableau(width: int, parts: Sequence[int]) -> list[Row]:
    """Return one row a part: 0 in its columns, a value of its own in each other."""
    return [tuple(0 if part >> c & 1 else i for c in range(width)) for i, part in enumerate(parts, start=1)]


def chase(theory: Theory, rows: Sequence[Row], *, until: Row | None = None) -> tuple[list[Row], list[Forced]]:
    """Apply the dependencies until every one holds, or until a row is there.

    A functional dependency makes two values one, the smaller; a multivalued one adds a row.

    Raises:
        TooMany: there are more rows than are allowed.
    """
    rows, steps = list(dict.fromkeys(rows)), list[Forced]()
    while until is None or until not in rows:
        step = _equate(theory, rows) or _add(theory, rows)
        if step is None:
            break
        rows = list(step.rows)
        steps.append(step)
        if len(rows) > MOST_ROWS:
            raise TooMany(
                f"The chase was broken off with more than {MOST_ROWS:,} rows.",
                remedy="Ask about fewer parts, or about fewer multivalued dependencies.",
            )
    return rows, steps


def agree(a: Row, b: Row) -> int:
    """Return the columns in which two rows are alike."""
    found = 0
    for c, (x, y) in enumerate(zip(a, b, strict=True)):
        if x == y:
            found |= 1 << c
    return found


def mixed(a: Row, b: Row, right: int) -> Row:
    """Return the row that has the columns ``right`` of one and all others of another."""
    return tuple(x if right >> c & 1 else y for c, (x, y) in enumerate(zip(a, b, strict=True)))


def is_lossless(theory: Theory, parts: Sequence[int]) -> tuple[bool, list[Row], list[Forced]]:
    """Tell whether what is split comes back by joining, with the chase's first rows and its steps."""
    width = theory.full.bit_length()
    start = tableau(width, parts)
    whole = (0,) * width
    rows, steps = chase(theory, start, until=whole)
    return whole in rows, start, steps


def invented(theory: Theory, parts: Sequence[int]) -> list[Row]:
    """Return as few rows as can be that keep the dependencies, and whose parts join to a row of zeros as well.

    Several parts may be cut from one row: each way of putting parts together is a chase with fewer rows. With
    functional dependencies alone this finds the fewest; of more than eight parts only halves are tried, then all.

    Args:
        theory: the dependencies.
        parts: a split that loses something.
    """
    width = theory.full.bit_length()
    whole = (0,) * width
    best: list[Row] | None = None
    for groups in groupings(parts):
        if best is not None and len(groups) >= len(best):
            break
        if len(groups) == 2:
            # Two parts lose nothing where what they share determines, as a multivalued dependency, either.
            two = breaks_in_two(theory, groups[0] & groups[1], groups[0], True)
            if two is not None:
                return two
            continue
        rows, _ = chase(theory, tableau(width, groups), until=whole)
        if whole not in rows:
            rows = _closer(theory, tableau(width, groups), rows, groups)
            if best is None or len(rows) < len(best):
                best = rows
    assert best is not None
    # Numbered afresh in each column: the values of merged rows have left gaps.
    places = [sorted({0, *column}) for column in zip(*best, strict=True)]
    return [tuple(place.index(value) for place, value in zip(places, row, strict=True)) for row in best]


def groupings(parts: Sequence[int]) -> Iterator[list[int]]:
    """Yield the ways to put parts together, those with the fewest groups first; the parts alone are the last."""
    if len(parts) <= 8:
        for count in range(2, len(parts) + 1):
            yield from _into(list(parts), count)
        return
    whole = list(parts)
    for i in range(1, min(1 << len(parts) - 1, MOST_GROUPINGS)):
        groups = [0, 0]
        for k, part in enumerate(whole):
            groups[i >> k & 1] |= part
        yield groups
    yield whole


def breaks_in_two(theory: Theory, left: int, right: int, multivalued: bool) -> list[Row] | None:
    """Return two rows that keep every dependency and break this one, or None where it is implied.

    The rows differ in one block of the left side's dependency basis and nowhere else. Two rows always suffice.
    Source: Sagiv, Delobel, Parker and Fagin, An equivalence between relational database dependencies and a fragment of
    propositional logic, JACM 28(3), 1981.
    """
    known = theory.closure(left)
    for block in theory.basis(left):
        inside = block & right
        if block & known or not inside or (multivalued and inside == block):
            continue
        width = theory.full.bit_length()
        return [(0,) * width, tuple(block >> c & 1 for c in range(width))]
    return None


def repeats(theory: Theory, left: int, right: int) -> list[Row]:
    """Return rows that keep every dependency and say one thing more than once, since ``left`` holds no key.

    Where ``left`` determines ``right``, two rows repeat it. Where it does not and ``left ->> right``, four rows pair
    each of two values inside with each of two outside.
    """
    known, width = theory.closure(left), theory.full.bit_length()
    free = [block for block in theory.basis(left) if block & ~known]
    inside = next((block for block in free if block & right), 0)
    outside = next(block for block in free if not block & right)
    rows = [
        tuple(a if inside >> c & 1 else b if outside >> c & 1 else 0 for c in range(width))
        for a in (0, 1)
        for b in (0, 1)
    ]
    return list(dict.fromkeys(rows))


def _equate(theory: Theory, rows: list[Row]) -> Forced | None:
    for x, y in theory.functional:
        seen: dict[Row, int] = {}
        columns = [bit.bit_length() - 1 for bit in bits(x)]
        for i, row in enumerate(rows):
            other = seen.setdefault(tuple(row[c] for c in columns), i)
            differ = y & ~agree(rows[other], row)
            if differ:
                for bit in bits(differ):
                    c = bit.bit_length() - 1
                    low, high = sorted((rows[other][c], row[c]))
                    rows = [(*r[:c], low, *r[c + 1 :]) if r[c] == high else r for r in rows]
                    row = rows[i]
                return Forced(x, y, False, (other, i), tuple(dict.fromkeys(rows)))
    return None


def _add(theory: Theory, rows: list[Row]) -> Forced | None:
    there = set(rows)
    for x, y in theory.multivalued:
        for i, a in enumerate(rows):
            for k, b in enumerate(rows):
                if i != k and not x & ~agree(a, b):
                    made = mixed(a, b, x | y)
                    if made not in there:
                        return Forced(x, y, True, (i, k), (*rows, made))
    return None


def _closer(theory: Theory, start: list[Row], rows: list[Row], groups: Sequence[int]) -> list[Row]:
    """Make more values one, where that leaves fewer rows that still do without a row of zeros."""
    if not theory.multivalued:
        return rows
    whole = (0,) * len(start[0])
    again = True
    while again:
        again = False
        for c in range(len(whole)):
            values = sorted({row[c] for row in start})
            for high in values[1:]:
                for low in values[: values.index(high)]:
                    tried = [(*r[:c], low, *r[c + 1 :]) if r[c] == high else r for r in start]
                    found, _ = chase(theory, tried, until=whole)
                    if whole not in found and len(found) < len(rows):
                        start, rows, again = tried, found, True
                        break
                if again:
                    break
            if again:
                break
    return rows


def _into(parts: list[int], count: int) -> Iterator[list[int]]:
    """Yield the ways to put parts into this many groups, as the union of each."""

    def place(i: int, groups: list[int]) -> Iterator[list[int]]:
        if len(parts) - i < count - len(groups):
            return
        if i == len(parts):
            yield list(groups)
            return
        for k in range(len(groups)):
            yield from place(i + 1, [*groups[:k], groups[k] | parts[i], *groups[k + 1 :]])
        if len(groups) < count:
            yield from place(i + 1, [*groups, parts[i]])

    return place(0, [])
