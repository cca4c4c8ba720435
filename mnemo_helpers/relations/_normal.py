"""The normal forms: which dependencies stand in the way of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from mnemo_helpers.errors import UnknownName
from mnemo_helpers.relations import _keys
from mnemo_helpers.relations._heading import bits
from mnemo_helpers.relations._theory import Operators, Pair, reduced

FORMS = ("2NF", "3NF", "BCNF", "4NF")


def known_form(form: object, among: Sequence[str] = FORMS) -> str:
    """Return the normal form that is meant.

    Raises:
        UnknownName: it is none of those; the message names the nearest.
    """
    name = str(form).strip().upper()
    if name not in among:
        raise UnknownName("normal form here", str(form), among)
    return name


def on_part_of_key(keys: Iterable[int], prime: int, part: Operators) -> list[Pair]:
    """Return what breaks the second normal form: a part of a key determines attributes that are in no key."""
    found: dict[int, int] = {}
    for key in keys:
        for one in bits(key):
            some = key & ~one
            for attribute in bits(part.closure(some) & ~prime & ~some):
                left = reduced(partial(_determines, part, attribute), some)
                found[left] = found.get(left, 0) | attribute
    return list(found.items())


def transitive(functional: Iterable[Pair], prime: int, part: Operators) -> list[Pair]:
    """Return what breaks the third normal form: a left side without a key, and on the right what is in no key."""
    found = [(x, y & ~x & ~prime) for x, y in functional if part.closure(x) != part.full]
    return [pair for pair in dict.fromkeys(found) if pair[1]]


def without_key(functional: Iterable[Pair], part: Operators) -> list[Pair]:
    """Return what breaks Boyce-Codd normal form: a left side without a key that determines something else."""
    found = [(x, y & ~x) for x, y in functional if part.closure(x) != part.full]
    return [pair for pair in dict.fromkeys(found) if pair[1]]


def independent(multivalued: Iterable[Pair], part: Operators) -> list[Pair]:
    """Return which of these multivalued dependencies break the fourth normal form.

    One does where it is not trivial (it splits what is outside its left side) and its left side holds no key.
    """
    found = []
    for x, y in multivalued:
        inside, outside = y & ~x & part.full, part.full & ~x & ~y
        if inside and outside and part.closure(x) != part.full:
            found.append((x, inside))
    return list(dict.fromkeys(found))


def hidden_without_key(part: Operators) -> Pair | None:
    """Return a functional dependency that breaks Boyce-Codd normal form in a part, None where there is none.

    One that breaks it has a left side X without a key; some largest set without a key holds X and, being closed, all
    that X determines: it is enough to look whether in such a set one attribute follows from the others. None is looked
    at where no attribute follows from the part without it and one more (Tsou and Fischer, Decomposition of a relation
    scheme into Boyce-Codd normal form, SIGACT News 14(3), 1982).

    Raises:
        TooMany: there are too many sets to look at.
    """
    singles = bits(part.full)
    follows = sum(a for a in singles if any(part.closure(part.full & ~(a | b)) & a for b in singles if b != a))
    if not follows:
        return None
    for widest in _keys.without_key(part):
        for a in bits(widest & follows):
            if part.closure(widest & ~a) & a:
                left = reduced(partial(_determines, part, a), widest & ~a)
                return left, part.closure(left) & ~left
    return None


def split_without_key(part: Operators) -> Pair | None:
    """Return a multivalued dependency that breaks the fourth normal form in a part, None where there is none.

    If some left side without a key separates a from b, then so does the largest such set without a and b: it is enough
    to look at each largest set without a key, less each two attributes.

    Raises:
        TooMany: there are too many sets to look at.
    """
    singles = bits(part.full)
    for widest in _keys.without_key(part):
        for i, a in enumerate(singles):
            for b in singles[i + 1 :]:
                left = widest & ~(a | b)
                if _separates(part, a, b, left):
                    left = reduced(partial(_separates, part, a, b), left)
                    return left, next(block for block in part.basis(left) if block & a)
    return None


def _separates(part: Operators, a: int, b: int, left: int) -> bool:
    return any(block & a and not block & b for block in part.basis(left))


def _determines(part: Operators, attribute: int, left: int) -> bool:
    return bool(part.closure(left) & attribute)
