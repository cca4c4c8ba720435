"""What follows from dependencies: closures, dependency bases and implication, on sets that are numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.relations._heading import bits

Pair = tuple[int, int]
# How many sets a search may look at before it says that there are too many.
MOST_SETS = 20_000


class TooMany(MnemoError):
    """An answer that may be exponentially large, and is not computed to its end."""


@dataclass(frozen=True)
class Theory:
    """Dependencies over the attributes of ``full``.

    Attributes:
        full: all attributes.
        functional: left and right side of each functional dependency.
        multivalued: the same of each multivalued one.
    """

    full: int
    functional: tuple[Pair, ...]
    multivalued: tuple[Pair, ...] = ()
    _closures: dict[int, int] = field(default_factory=dict, compare=False, repr=False)
    _bases: dict[int, list[int]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, full: int, dependencies: Iterable[tuple[int, int, bool]]) -> Theory:
        """Return the theory of dependencies: left side, right side, and whether multivalued."""
        every = list(dependencies)
        functional = tuple((x, y) for x, y, many in every if not many)
        return cls(full, functional, tuple((x, y) for x, y, many in every if many))

    def closure(self, left: int) -> int:
        """Return every attribute that ``left`` determines.

        With multivalued dependencies, A is determined by X where {A} is a block of X's dependency basis and A stands
        on the right of a functional dependency that does not have it on the left too.
        Source: Beeri, On the membership problem for functional and multivalued dependencies, TODS 5(3), 1980.
        """
        found = self._closures.get(left)
        if found is None:
            found = closure(self.functional, left)
            if self.multivalued:
                fixed = 0
                for x, y in self.functional:
                    fixed |= y & ~x
                for block in self.basis(left):
                    if block & (block - 1) == 0:
                        found |= block & fixed
            self._closures[left] = found
        return found

    def basis(self, left: int) -> list[int]:
        """Return the dependency basis of ``left``: the finest blocks that vary independently once it is given.

        The blocks part what is outside ``left``; ``left ->> Y`` holds where Y is a union of them (Beeri 1980).
        """
        found = self._bases.get(left)
        if found is None:
            known = closure(self.functional, left)
            rest = self.full & ~known
            found = bits(known & ~left) + ([rest] if rest else [])
            if self.multivalued and rest:
                found = refined(found, self.all_as_multivalued())
            self._bases[left] = found
        return found

    def all_as_multivalued(self) -> list[Pair]:
        """Return every dependency as a multivalued one: X -> AB says X ->> A and X ->> B."""
        return [(x, a) for x, y in self.functional for a in bits(y & ~x)] + list(self.multivalued)

    def implies(self, left: int, right: int, multivalued: bool = False) -> bool:
        """Tell whether a dependency holds in every relation that keeps these."""
        if not multivalued:
            return right & ~self.closure(left) == 0
        return all(block & right in (0, block) for block in self.basis(left))

    def within(self, part: int) -> Operators:
        """Return what is left of it in the columns of ``part``."""
        return Operators(part, lambda x: self.closure(x) & part, lambda x: _nonempty(b & part for b in self.basis(x)))


@dataclass(frozen=True)
class Operators:
    """What the dependencies say about a part of the attributes.

    Attributes:
        full: the part.
        closure: from a set to what it determines.
        basis: from a set to the blocks that then vary independently.
    """

    full: int
    closure: Callable[[int], int]
    basis: Callable[[int], list[int]]


def closure(functional: Iterable[Pair], left: int) -> int:
    """Return what ``left`` determines by functional dependencies alone."""
    waiting, found = list(functional), left
    while True:
        before, still = found, []
        for x, y in waiting:
            if x & ~found:
                still.append((x, y))
            else:
                found |= y
        if found == before:
            return found
        waiting = still


def refined(blocks: list[int], pairs: list[Pair]) -> list[int]:
    """Split blocks as long as some ``x ->> y`` has x outside a block and cuts it in two."""
    blocks = list(blocks)
    again = True
    while again:
        again = False
        for x, y in pairs:
            for i, block in enumerate(blocks):
                inside = block & y
                if inside and inside != block and not x & block:
                    blocks[i : i + 1] = [inside, block & ~inside]
                    again = True
                    break
    return blocks


def reduced(holds: Callable[[int], bool], left: int) -> int:
    """Take attributes out of ``left``, from the last on, as long as ``holds`` stays true."""
    for one in reversed(bits(left)):
        if holds(left & ~one):
            left &= ~one
    return left


def unbroken(start: int, broken_by: Callable[[int], int | None], what: str) -> Iterator[int]:
    """Yield sets within ``start`` that nothing breaks, every largest one among them.

    Args:
        start: where the search begins.
        broken_by: from a set to a subset of it that no unbroken subset may hold whole; None where it is unbroken.
        what: what is being searched, for the error.

    Raises:
        TooMany: more sets had to be looked at than are allowed.

    A tree of hitting sets (Reiter, A theory of diagnosis from first principles, 1987) without repetition.
    """
    seen, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        conflict = broken_by(here)
        if conflict is None:
            yield here
            continue
        for one in bits(conflict):
            smaller = here & ~one
            if smaller not in seen:
                if len(seen) >= MOST_SETS:
                    raise TooMany(
                        f"Finding {what} was broken off after {MOST_SETS:,} sets: there may be exponentially many.",
                        remedy="Ask about fewer attributes (project first), or about one dependency (implies).",
                    )
                seen.add(smaller)
                waiting.append(smaller)


def largest(sets: Iterable[int]) -> list[int]:
    """Return the sets that no other one holds, each once."""
    kept: list[int] = []
    for one in sorted(set(sets), key=lambda s: -s.bit_count()):
        if not any(one & ~other == 0 for other in kept):
            kept.append(one)
    return kept


def _nonempty(sets: Iterable[int]) -> list[int]:
    return [one for one in sets if one]
