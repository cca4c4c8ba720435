"""The steps of a result and the rows of a counterexample, as tables for a reader."""

from __future__ import annotations

from collections.abc import Sequence

from mnemo_helpers.relations._chase import Forced, Row
from mnemo_helpers.relations._decompose import Split
from mnemo_helpers.relations._dependency import Masks, write
from mnemo_helpers.relations._derive import Line, fired
from mnemo_helpers.relations._heading import Heading, bits
from mnemo_helpers.relations._instance import joined
from mnemo_helpers.relations._theory import Pair, Theory
from mnemo_helpers.relations._values import Table


def values(heading: Heading, rows: Sequence[Row], part: int | None = None) -> Table:
    """Return rows of numbers with a readable value in each column of a part: ``a1``, ``a2``, or ``carrier 1``."""
    shown = heading.full if part is None else part
    columns = [c for c in range(len(heading.names)) if shown >> c & 1]
    return Table(
        tuple(heading.names[c] for c in columns),
        tuple(dict.fromkeys(tuple(_value(heading, c, row[c] + 1) for c in columns) for row in rows)),
    )


def closing(heading: Heading, theory: Theory, left: int) -> Table:
    """Return how a closure grows, a dependency a row."""
    known = left
    rows = [("start", "", heading.text(known))]
    whole = theory.closure(left)
    functional = 0
    waiting = True
    while waiting:
        pair = next(((x, y) for x, y in theory.functional if not x & ~known and y & ~known), None)
        waiting = pair is not None
        if pair is not None:
            new = pair[1] & ~known
            known |= pair[1]
            rows.append((_dependency(heading, (*pair, False)), heading.text(new), heading.text(known)))
    functional = known
    for one in bits(whole & ~functional):
        known |= one
        why = f"{heading.text(one)} is a block of its own in the basis of {heading.text(left)}"
        rows.append((why, heading.text(one), heading.text(known)))
    caption = "determines every attribute" if known == heading.full else f"not: {heading.text(heading.full & ~known)}"
    return Table(("by", "adds", "known"), tuple(rows), caption)


def lines(heading: Heading, derived: Sequence[Line]) -> Table:
    """Return a derivation, a rule a row."""
    rows = []
    for place, line in enumerate(derived, start=1):
        of = f" of {' and '.join(str(i + 1) for i in line.of)}" if line.of else ""
        rows.append((place, _dependency(heading, (line.left, line.right, line.multivalued)), line.rule + of))
    return Table(("line", "holds", "by"), tuple(rows))


def keys(heading: Heading, theory: Theory, found: Sequence[int]) -> Table:
    """Return what must be in every key and what can be in none, and then each key."""
    every = sum(one for one in bits(heading.full) if not theory.closure(heading.full & ~one) & one)
    rows = [("in every key", heading.text(every), "nothing else determines it" if every else "")]
    for key in found:
        used = fired(theory.functional, key, heading.full) if not theory.multivalued else []
        why = "; ".join(_dependency(heading, (*pair, False)) for pair in used)
        rows.append(("key", heading.text(key), f"determines all by {why}" if why else "determines all"))
    return Table(("what", "attributes", "why"), tuple(rows))


def covering(heading: Heading, done: Sequence[tuple[str, int, int, bool]], left: int) -> Table:
    """Return what was done to reach a minimal cover."""
    rows: list[tuple[str, str]] = []
    for what, x, y, many in done:
        said = _dependency(heading, (x, y, many))
        if what == "to":
            rows[-1] = (rows[-1][0], f"shortened to {said}: the rest of its left side determines it too")
        else:
            text = {
                "split": "split: one attribute on the right side of each",
                "trivial": "dropped: it says nothing",
                "shorten": "shortened",
                "drop": "dropped: it follows from the others",
            }[what]
            rows.append((said, text))
    count = "1 dependency is left" if left == 1 else f"{left} dependencies are left"
    return Table(("dependency", "what is done"), tuple(rows), count)


def violating(heading: Heading, theory: Theory, found: Sequence[Masks], form: str, some: Sequence[int]) -> Table:
    """Return why each dependency breaks a form."""
    rows = []
    for x, y, many in found:
        left, right = heading.text(x), heading.text(y)
        if form == "2NF":
            key = next(key for key in some if not x & ~key)
            why = f"{left} is only a part of the key {heading.text(key)}, and {right} is in no key"
        elif form == "3NF":
            why = f"{left} holds no key, and {right} is in no key"
        elif many:
            why = f"{left} holds no key, and {right} varies independently of the rest"
        else:
            why = f"{left} holds no key: it does not determine {heading.text(heading.full & ~theory.closure(x))}"
        rows.append((_dependency(heading, (x, y, many)), why))
    return Table(("dependency", f"breaks {form} because"), tuple(rows))


def splitting(heading: Heading, steps: Sequence[Split], form: str) -> Table:
    """Return a decomposition, a part a row."""
    rows = []
    for step in steps:
        said = _dependency(heading, (step.left, step.right, step.multivalued)) if step.right else f"nothing: in {form}"
        into = " and ".join(map(heading.text, step.into)) if step.right else ""
        rows.append((heading.text(step.part), said, into))
    return Table(("part", f"what breaks {form}", "split into"), tuple(rows))


def synthesizing(heading: Heading, groups: Sequence[Pair], key: int | None, parts: Sequence[int]) -> Table:
    """Return a synthesis, a group a row."""
    rows = []
    for x, y in groups:
        fate = "" if x | y in parts else "dropped: another part holds it"
        rows.append((_dependency(heading, (x, y, False)), heading.text(x | y), fate))
    if key is not None:
        rows.append(("no part holds a key", heading.text(key), ""))
    if not any(fate for *_, fate in rows):
        return Table(("from the minimal cover", "part"), tuple(row[:2] for row in rows))
    return Table(("from the minimal cover", "part", "then"), tuple(rows))


def chasing(heading: Heading, parts: Sequence[int], start: Sequence[Row], forced: Sequence[Forced]) -> Table:
    """Return a chase: the tableau of the parts, then each row that a dependency changes or adds."""
    rows: list[tuple[str, ...]] = []
    for part, row in zip(parts, start, strict=True):
        rows.append((f"part {heading.text(part)}", *_tableau(heading, row)))
    before = list(dict.fromkeys(start))
    for step in forced:
        by = _dependency(heading, (step.left, step.right, step.multivalued))
        new = [row for row in step.rows if row not in before]
        rows += [(by, *_tableau(heading, row)) for row in new or step.rows[:1]]
        before = list(step.rows)
    whole = (0,) * len(heading.names)
    caption = "a row without a number is there: lossless" if whole in before else "no row is without numbers: lossy"
    return Table(("by", *heading.names), tuple(rows), caption)


def invented(heading: Heading, parts: Sequence[int], rows: Sequence[Row]) -> tuple[Table, Table]:
    """Return rows, and the rows that joining their parts adds."""
    there = set(rows)
    new = [row for row in joined(rows, parts, len(heading.names)) if row not in there]
    # The row of zeros is the one that the search was for.
    new.sort(key=any)
    first, second = values(heading, rows), values(heading, new)
    return (
        Table(first.columns, first.rows, "the rows"),
        Table(second.columns, second.rows, "what the join of the parts has besides"),
    )


def preserving(heading: Heading, kept: Sequence[tuple[Masks, bool]], parts: Sequence[int]) -> Table:
    """Return for each dependency whether the parts keep it."""
    rows = []
    for (x, y, many), is_kept in kept:
        whole = next((part for part in parts if not (x | y) & ~part), None)
        why = (
            f"yes, within {heading.text(whole)}"
            if is_kept and whole is not None
            else "yes, through several parts"
            if is_kept
            else "no"
        )
        rows.append((_dependency(heading, (x, y, many)), why))
    return Table(("dependency", "kept"), tuple(rows))


def held(heading: Heading, parts: Sequence[int], rows: Sequence[set[Row]]) -> tuple[Table, ...]:
    """Return the rows of each part."""
    tables = []
    for part, some in zip(parts, rows, strict=True):
        table = values(heading, sorted(some), part)
        tables.append(Table(table.columns, table.rows, f"part {heading.text(part)}"))
    return tuple(tables)


def _tableau(heading: Heading, row: Row) -> tuple[str, ...]:
    return tuple(_value(heading, c, value) for c, value in enumerate(row))


def _value(heading: Heading, column: int, number: int) -> str:
    name = heading.names[column]
    if len(name) == 1:
        return f"{name.lower()}{number or ''}"
    return f"{name} {number}" if number else name


def _dependency(heading: Heading, masks: Masks) -> str:
    return str(write(heading, masks))
