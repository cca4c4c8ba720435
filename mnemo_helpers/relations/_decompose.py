"""Decompositions, on sets that are numbers: into Boyce-Codd and fourth normal form, and by synthesis into the third."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mnemo_helpers.relations._normal import hidden_without_key, independent, split_without_key, without_key
from mnemo_helpers.relations._theory import Pair, Theory, largest, reduced


@dataclass(frozen=True)
class Split:
    """One step of a decomposition: a part, and the dependency along which it falls in two.

    Attributes:
        part: what was looked at.
        left: the left side of what breaks the form in it.
        right: the right side; 0 where nothing breaks it.
        multivalued: whether the dependency is multivalued.
    """

    part: int
    left: int = 0
    right: int = 0
    multivalued: bool = False

    @property
    def into(self) -> tuple[int, int]:
        """The two parts: the dependency's own attributes; the left side with all the rest."""
        return self.left | self.right, self.part & ~self.right


def decompose(theory: Theory, form: str) -> tuple[list[int], list[Split]]:
    """Split as long as a part breaks the form; return the parts and every step.

    Each split is along a dependency that holds in the part, so each is lossless.

    Raises:
        TooMany: a part has too many dependencies to look at.
    """
    waiting, parts, steps = [theory.full], list[int](), list[Split]()
    while waiting:
        step = _look(theory, waiting.pop(), form)
        steps.append(step)
        if step.right:
            waiting += reversed(step.into)
        else:
            parts.append(step.part)
    return widest(parts), steps


def synthesize(theory: Theory, cover: Sequence[Pair]) -> tuple[list[int], list[Pair], int | None]:
    """Put each left side of a minimal cover together with all it determines there; add a key where no part holds one.

    Source: Bernstein, Synthesizing third normal form relations from functional dependencies, TODS 1(4), 1976; the key
    is of Biskup, Dayal and Bernstein, Synthesizing independent database schemas, SIGMOD 1979.

    Returns:
        The parts; the left and right side of each group; the key that was added, if one was.
    """
    groups: dict[int, int] = {}
    for x, y in cover:
        groups[x] = groups.get(x, 0) | y
    parts, key = [x | y for x, y in groups.items()], None
    if not any(theory.closure(part) == theory.full for part in parts):
        key = reduced(lambda left: theory.closure(left) == theory.full, theory.full)
        parts.append(key)
    return widest(parts), list(groups.items()), key


def widest(parts: Sequence[int]) -> list[int]:
    """Return the parts that no other one holds, in the order in which they came."""
    kept = set(largest(parts))
    return [part for part in dict.fromkeys(parts) if part in kept]


def _look(theory: Theory, part: int, form: str) -> Split:
    """Find what breaks the form in the part, where anything does; first among what was given."""
    here = theory.within(part)
    given = [(x, here.closure(x)) for x, _ in theory.functional if not x & ~part]
    broken = without_key(given, here)
    if broken:
        return Split(part, *broken[0])
    if form == "BCNF" or not theory.multivalued:
        return Split(part, *(hidden_without_key(here) or (0, 0)))
    pairs = independent([(x, y) for x, y in theory.multivalued if not x & ~part], here)
    pair = pairs[0] if pairs else split_without_key(here)
    if pair is None:
        return Split(part)
    left, right = pair
    determined = here.closure(left) & ~left
    return Split(part, left, determined or right, multivalued=not determined)
