"""Derivations: how an implied dependency follows, rule by rule.

Source: Armstrong, Dependency structures of data base relationships, IFIP 1974; for multivalued dependencies Beeri,
Fagin and Howard, A complete axiomatization for functional and multivalued dependencies, SIGMOD 1977, and Beeri's rule
of the dependency basis, TODS 5(3), 1980.
"""

from __future__ import annotations

from dataclasses import dataclass

from mnemo_helpers.relations._heading import bits
from mnemo_helpers.relations._theory import Pair, Theory, closure


@dataclass(frozen=True)
class Line:
    """One line of a derivation.

    Attributes:
        left: the left side of what follows.
        right: its right side.
        multivalued: whether it is multivalued.
        rule: by which rule.
        of: the lines that the rule is applied to, by position.
    """

    left: int
    right: int
    multivalued: bool
    rule: str
    of: tuple[int, ...] = ()


def fired(functional: tuple[Pair, ...], left: int, right: int) -> list[Pair]:
    """Return the dependencies by which ``left`` comes to hold ``right``, in order, none that is of no use.

    Args:
        functional: the dependencies.
        left: where the closure starts.
        right: what it shall hold; it must be determined.
    """
    known, used = left, list[Pair]()
    while right & ~known:
        pair = next((x, y) for x, y in functional if not x & ~known and y & ~known)
        used.append(pair)
        known |= pair[1]
    # From the end: one that brings nothing that is wanted goes.
    for pair in reversed(used[:]):
        rest = [other for other in used if other is not pair]
        if not right & ~closure(rest, left):
            used = rest
    return used


def derivation(theory: Theory, left: int, right: int, multivalued: bool) -> list[Line]:
    """Return the lines that end in a dependency that is implied.

    Functional dependencies from functional ones take Armstrong's three axioms: reflexivity, augmentation, transitivity.
    """
    if multivalued and (left, right) in theory.multivalued:
        return [Line(left, right, True, "given")]
    if not right & ~closure(theory.functional, left):
        lines = _armstrong(theory.functional, left, right)
        if multivalued:
            lines.append(Line(left, right, True, "replication", (len(lines) - 1,)))
        return lines
    return _needed(_by_basis(theory, left, right, multivalued))


def _armstrong(functional: tuple[Pair, ...], left: int, right: int) -> list[Line]:
    used = fired(functional, left, right)
    if (left, right) in used:
        return [Line(left, right, False, "given")]
    if not used:
        return [Line(left, right, False, "reflexivity")]
    lines = list[Line]()
    known, at = left, -1
    for x, y in used:
        lines.append(Line(x, y, False, "given"))
        if (x, y) != (known, known | y):
            # known holds x: augmented by known, x is known.
            lines.append(Line(known, known | y, False, "augmentation", (len(lines) - 1,)))
        known |= y
        if at >= 0:
            lines.append(Line(left, known, False, "transitivity", (at, len(lines) - 1)))
        at = len(lines) - 1
    if lines[at].right != right:
        lines.append(Line(lines[at].right, right, False, "reflexivity"))
        lines.append(Line(left, right, False, "transitivity", (at, len(lines) - 1)))
    return lines


def _by_basis(theory: Theory, left: int, right: int, multivalued: bool) -> list[Line]:
    lines = [Line(left, left, True, "reflexivity"), Line(left, theory.full & ~left, True, "complementation", (0,))]
    blocks = {theory.full & ~left: 1}
    again = True
    while again:
        again = False
        for x, y, functional in [(x, y, True) for x, y in theory.functional] + [
            (x, y, False) for x, y in theory.multivalued
        ]:
            for piece in bits(y & ~x) if functional else [y]:
                for block in [b for b in blocks if b & piece and b & ~piece and not b & x]:
                    given = len(lines)
                    lines.append(Line(x, y, not functional, "given"))
                    if functional:
                        if piece != y:
                            lines.append(Line(x, piece, False, "decomposition", (given,)))
                        lines.append(Line(x, piece, True, "replication", (len(lines) - 1,)))
                    of = (blocks.pop(block), len(lines) - 1)
                    for part in (block & piece, block & ~piece):
                        blocks[part] = len(lines)
                        lines.append(Line(left, part, True, "subset rule", of))
                    again = True
    if multivalued:
        within = tuple(at for block, at in blocks.items() if not block & ~right)
        if len(within) == 1 and not right & left:
            return lines[: within[0] + 1]
        return [*lines, Line(left, right, True, "union", (*((0,) if right & left else ()), *within))]
    ends = []
    for one in bits(right & ~left):
        x, y = next((x, y) for x, y in theory.functional if y & one and not x & one)
        lines.append(Line(x, y, False, "given"))
        lines.append(Line(left, one, False, "coalescence", (blocks[one], len(lines) - 1)))
        ends.append(len(lines) - 1)
    if len(ends) > 1 or right & left:
        lines.append(Line(left, right, False, "union", tuple(ends)))
    return lines


def _needed(lines: list[Line]) -> list[Line]:
    """Keep the lines on which the last one rests, each given once, numbered anew."""
    needed, waiting = {len(lines) - 1}, [len(lines) - 1]
    while waiting:
        for at in lines[waiting.pop()].of:
            if at not in needed:
                needed.add(at)
                waiting.append(at)
    kept: list[Line] = []
    place: dict[int, int] = {}
    for at in sorted(needed):
        line = lines[at]
        new = Line(line.left, line.right, line.multivalued, line.rule, tuple(place[i] for i in line.of))
        if new in kept:
            place[at] = kept.index(new)
        else:
            place[at] = len(kept)
            kept.append(new)
    return kept
