"""Covers: fewest and smallest dependencies that say the same, of a relation or of a part of its attributes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import partial

from mnemo_helpers.relations._heading import bits
from mnemo_helpers.relations._theory import Operators, Pair, Theory, closure, reduced, unbroken


def functional_cover(part: Operators, start: Iterable[Pair] = ()) -> list[Pair]:
    """Return functional dependencies from which every one follows that holds in the part.

    For each attribute it looks for the largest closed sets without it; where a set is not closed, a dependency that
    says so joins the cover. In the end both have the same closed sets.

    Args:
        part: the operators of the part.
        start: dependencies that are known to hold in it.

    Raises:
        TooMany: there are too many sets to look at.
    """
    cover = list(start)

    def broken_by(here: int) -> int | None:
        wider = part.closure(here)
        if wider == here:
            return None
        for x, y in cover:
            if not x & ~here and y & ~here:
                return x
        missing = wider & ~here
        one = missing & -missing
        x = reduced(lambda left: bool(part.closure(left) & one), here)
        cover.append((x, part.closure(x)))
        return x

    for attribute in bits(part.full):
        _exhaust(unbroken(part.full & ~attribute, broken_by, "the dependencies that hold"))
    return cover


def multivalued_cover(part: Operators, functional: list[Pair]) -> list[Pair]:
    """Return multivalued dependencies that, beside the functional ones, separate all that the part separates.

    Raises:
        TooMany: there are too many sets to look at.
    """
    cover: list[Pair] = []

    def separates(left: int, a: int, b: int) -> bool:
        return any(block & a and not block & b for block in part.basis(left)) and not left & (a | b)

    singles = bits(part.full)
    for i, a in enumerate(singles):
        for b in singles[i + 1 :]:

            def broken_by(here: int, a: int = a, b: int = b) -> int | None:
                if not separates(here, a, b):
                    return None
                # A dependency already in the cover may do it, taken to this left side.
                found = Theory(part.full, tuple(functional), tuple(cover))
                left = here
                if not any(block & a and not block & b for block in found.basis(here)):
                    left = reduced(lambda x: separates(x, a, b), here)
                    cover.append((left, next(block for block in part.basis(left) if block & a)))
                    return left
                return reduced(lambda x: any(k & a and not k & b for k in found.basis(x)), left)

            _exhaust(unbroken(part.full & ~(a | b), broken_by, "the multivalued dependencies that hold"))
    return cover


def minimal_cover(theory: Theory) -> tuple[list[Pair], list[Pair], list[tuple[str, int, int, bool]]]:
    """Return a minimal cover, functional and multivalued, and what was done: what, left, right, multivalued.

    One attribute on each right side of a functional dependency; no attribute on a left side and no dependency that
    could go. Source: Maier, The Theory of Relational Databases, 1983, chapter 5.
    """
    done: list[tuple[str, int, int, bool]] = []
    single: list[Pair] = []
    for x, y in theory.functional:
        parts = [(x, a) for a in bits(y & ~x)]
        if len(parts) != 1 or parts[0] != (x, y):
            done.append(("split" if parts else "trivial", x, y, False))
        single += parts
    many = [(x, y & ~x) for x, y in theory.multivalued]
    now = Theory(theory.full, tuple(dict.fromkeys(single)), tuple(dict.fromkeys(many)))
    # Shortening a left side keeps what follows from the whole, so one theory answers for all of them.
    short = []
    for x, a in now.functional:
        smaller = reduced(partial(now.implies, right=a), x)
        if smaller != x:
            done.append(("shorten", x, a, False))
            done.append(("to", smaller, a, False))
        short.append((smaller, a))
    short_many = []
    for x, y in now.multivalued:
        smaller = reduced(partial(now.implies, right=y, multivalued=True), x)
        if smaller != x:
            done.append(("shorten", x, y, True))
            done.append(("to", smaller, y & ~smaller, True))
        short_many.append((smaller, y & ~smaller))
    functional, multivalued = list(dict.fromkeys(short)), list(dict.fromkeys(short_many))
    for pair in list(functional):
        rest = [other for other in functional if other != pair]
        implied = (
            Theory(theory.full, tuple(rest), tuple(multivalued)).implies(*pair)
            if multivalued
            else not pair[1] & ~closure(rest, pair[0])
        )
        if implied:
            functional = rest
            done.append(("drop", *pair, False))
    for pair in list(multivalued):
        rest = [other for other in multivalued if other != pair]
        if Theory(theory.full, tuple(functional), tuple(rest)).implies(*pair, True):
            multivalued = rest
            done.append(("drop", *pair, True))
    return functional, multivalued, done


def _exhaust(search: Iterable[int]) -> None:
    # What is wanted is what the search writes into the cover on its way.
    deque(search, maxlen=0)
