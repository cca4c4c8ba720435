"""Candidate keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from mnemo_helpers.relations._heading import bits
from mnemo_helpers.relations._theory import Operators, Pair, TooMany, closure, reduced, unbroken

MOST_KEYS = 1_000


def keys(full: int, functional: Iterable[Pair]) -> list[int]:
    """Return every candidate key, the shortest first.

    From each key K and dependency X -> Y, X with what K has outside Y holds a key again, and none is missed so.
    Source: Lucchesi and Osborn, Candidate keys for relations, JCSS 17(2), 1978.

    Raises:
        TooMany: there are more than a thousand.
    """
    pairs = [(x, y & ~x) for x, y in functional if y & ~x]

    def superkey(left: int) -> bool:
        return not full & ~closure(pairs, left)

    found = [reduced(superkey, full)]
    tried = set()
    for key in found:
        for x, y in pairs:
            wider = x | key & ~y
            if wider in tried:
                continue
            tried.add(wider)
            if any(not other & ~wider for other in found):
                continue
            if len(found) >= MOST_KEYS:
                raise TooMany(
                    f"There are more than {MOST_KEYS:,} candidate keys; there may be exponentially many.",
                    tried=[f"found {MOST_KEYS:,} and was not at the end"],
                    remedy="Ask about one set of attributes, with is_key, or about fewer attributes, with project.",
                )
            found.append(reduced(superkey, wider))
    return sorted(found, key=lambda key: (key.bit_count(), [bit.bit_length() for bit in bits(key)]))


def without_key(part: Operators) -> Iterator[int]:
    """Yield sets in a part that do not determine all of it, every largest one among them.

    Raises:
        TooMany: there are too many sets to look at.
    """

    def superkey(left: int) -> bool:
        return part.closure(left) == part.full

    known: list[int] = []
    return unbroken(part.full, lambda here: _key_in(here, known, superkey), "the sets that hold no key")


def _key_in(here: int, known: list[int], superkey: Callable[[int], bool]) -> int | None:
    for key in known:
        if not key & ~here:
            return key
    if not superkey(here):
        return None
    known.append(reduced(superkey, here))
    return known[-1]
