"""Whether checks within the parts of a relation keep a dependency of the whole, and rows that slip through."""

from __future__ import annotations

from collections.abc import Sequence

from mnemo_helpers.relations._chase import MOST_ROWS, Row, agree, mixed
from mnemo_helpers.relations._theory import Theory, TooMany


def preserves(
    theory: Theory, parts: Sequence[int], left: int, right: int, multivalued: bool
) -> tuple[bool, list[set[Row]]]:
    """Tell whether checks within each part keep a dependency of the whole.

    Two rows that agree on the left side are cut into the parts; then each part is made to keep what holds in it. If the
    joined parts still break the dependency, they are rows that no check within a part refuses.

    Returns:
        Whether it is kept, and the rows of each part; in columns outside the part stands 0.
    """
    if not multivalued and any(not (left | right) & ~part for part in parts):
        return True, []
    width = theory.full.bit_length()
    first: Row = (0,) * width
    second: Row = tuple(0 if left >> c & 1 else 1 for c in range(width))
    held = [{_cut(first, part), _cut(second, part)} for part in parts]
    same = left
    while True:
        before = same, sum(map(len, held))
        for i, part in enumerate(parts):
            same |= _settle(theory, part, held[i])
            # Values made equal in one part are equal in all.
            held = [{_merge(row, same) for row in rows} for rows in held]
        if before == (same, sum(map(len, held))):
            break
    second = _merge(second, same)
    if not multivalued:
        return not right & ~same, held
    swapped = mixed(first, second, left | right)
    return all(_cut(swapped, part) in rows for part, rows in zip(parts, held, strict=True)), held


def _settle(theory: Theory, part: int, rows: set[Row]) -> int:
    """Add the rows that the part's multivalued dependencies force; return the columns whose values become one."""
    same = 0
    again = True
    while again:
        again = False
        for a in list(rows):
            for b in list(rows):
                if a is b:
                    continue
                alike = agree(a, b) & part
                new = theory.closure(alike) & part & ~alike
                same |= new
                if new or not theory.multivalued:
                    # Values that become one come first: what they force is seen when they are one.
                    continue
                for block in theory.basis(alike):
                    inside = block & part
                    if inside and part & ~alike & ~inside:
                        made = _cut(mixed(a, b, inside), part)
                        if made not in rows:
                            rows.add(made)
                            again = True
        if len(rows) > MOST_ROWS:
            raise TooMany(
                f"The check within the parts was broken off with more than {MOST_ROWS:,} rows.",
                remedy="Ask about fewer parts, or about fewer multivalued dependencies.",
            )
    return same


def _cut(row: Row, part: int) -> Row:
    return tuple(value if part >> c & 1 else 0 for c, value in enumerate(row))


def _merge(row: Row, same: int) -> Row:
    return tuple(0 if same >> c & 1 else value for c, value in enumerate(row))
