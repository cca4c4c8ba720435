"""What dependencies mean, by brute force: every set of rows over two values is looked at, and no theory is used.

A relation of n attributes has 2 ** n possible rows of zeros and ones, so 2 ** (2 ** n) instances: 65,536 for four.
A set of instances is one long integer, a bit an instance. Two values suffice to break what can be broken by two rows.
"""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Iterable, Sequence

Set = frozenset[int]
# Left side, right side, and whether it is multivalued; attributes are 0, 1, 2, …
Rule = tuple[Set, Set, bool]


def subsets(of: Iterable[int]) -> list[Set]:
    """Return every subset, the small ones first."""
    members = sorted(of)
    return [frozenset(some) for k in range(len(members) + 1) for some in itertools.combinations(members, k)]


@functools.cache
def rows(width: int) -> list[tuple[int, ...]]:
    """Return every row of zeros and ones."""
    return list(itertools.product((0, 1), repeat=width))


@functools.cache
def _holding(width: int, row: int) -> int:
    """Return the instances that hold a row."""
    run, count = 1 << row, 1 << (1 << width)
    block = ((1 << run) - 1) << run
    while run * 2 < count:
        block |= block << (run * 2)
        run *= 2
    return block


@functools.cache
def everything(width: int) -> int:
    """Return all instances."""
    return (1 << (1 << (1 << width))) - 1


@functools.cache
def keeping(width: int, rule: Rule) -> int:
    """Return the instances that keep a dependency, by its definition."""
    left, right, multivalued = rule
    there, kept = rows(width), everything(width)
    for i, a in enumerate(there):
        for k, b in enumerate(there):
            if i == k or any(a[c] != b[c] for c in left):
                continue
            both = _holding(width, i) & _holding(width, k)
            if not multivalued:
                if any(a[c] != b[c] for c in right):
                    kept &= ~both
            else:
                third = there.index(tuple(a[c] if c in left | right else b[c] for c in range(width)))
                kept &= ~(both & ~_holding(width, third))
    return kept


@functools.cache
def rejoining(width: int, parts: frozenset[Set]) -> int:
    """Return the instances that are the join of their parts, by definition."""
    there, kept = rows(width), everything(width)
    for i, whole in enumerate(there):
        matched = everything(width)
        for part in parts:
            some = 0
            for k, row in enumerate(there):
                if all(row[c] == whole[c] for c in part):
                    some |= _holding(width, k)
            matched &= some
        kept &= ~(matched & ~_holding(width, i))
    return kept


def legal(width: int, rules: Iterable[Rule]) -> int:
    """Return the instances that keep all the dependencies."""
    found = everything(width)
    for rule in rules:
        found &= keeping(width, rule)
    return found


def implied(width: int, rules: Iterable[Rule], rule: Rule) -> bool:
    """Tell whether no instance keeps the dependencies and breaks this one."""
    return not legal(width, rules) & ~keeping(width, rule)


def determined(width: int, rules: Iterable[Rule]) -> dict[Set, Set]:
    """Return for each set of attributes what it determines in every legal instance."""
    found, rules = {}, list(rules)
    instances = legal(width, rules)
    for left in subsets(range(width)):
        found[left] = frozenset(
            a for a in range(width) if not instances & ~keeping(width, (left, frozenset({a}), False))
        )
    return found


def keeps(given: Sequence[Sequence[object]], rule: Rule) -> bool:
    """Tell whether rows keep a dependency, by definition."""
    left, right, multivalued = rule
    there = {tuple(row) for row in given}
    for a in there:
        for b in there:
            if all(a[c] == b[c] for c in left):
                if not multivalued and any(a[c] != b[c] for c in right):
                    return False
                if multivalued and tuple(a[c] if c in left | right else b[c] for c in range(len(a))) not in there:
                    return False
    return True


def join(tables: Sequence[tuple[Set, set[tuple[object, ...]]]], width: int) -> set[tuple[object, ...]]:
    """Join tables, each a set of columns in ascending order and its rows, by trying every choice of one row of each."""
    found = set()
    for choice in itertools.product(*(sorted(rows, key=repr) for _, rows in tables)):
        values: dict[int, object] = {}
        fits = True
        for (columns, _), row in zip(tables, choice, strict=True):
            for c, value in zip(sorted(columns), row, strict=True):
                fits = fits and values.setdefault(c, value) == value
        if fits and len(values) == width:
            found.add(tuple(values[c] for c in range(width)))
    return found


def few_rows(width: int, count: int) -> Iterable[tuple[tuple[int, ...], ...]]:
    """Return every instance of so many rows, up to the names of its values: a column is a way to group the rows."""

    def groupings(n: int) -> list[tuple[int, ...]]:
        if n == 0:
            return [()]
        return [(*start, last) for start in groupings(n - 1) for last in range(max(start, default=-1) + 2)]

    return (tuple(zip(*columns, strict=True)) for columns in itertools.product(groupings(count), repeat=width))


def random_rules(rng: random.Random, width: int, multivalued: bool) -> list[Rule]:
    """Return one to five dependencies at random, now and then with an empty left side."""
    found = []
    for _ in range(rng.randint(1, 5)):
        left = rng.sample(range(width), rng.choice((0, 1, 1, 1, 2, 2, 3)) if rng.random() < 0.5 else rng.randint(1, 2))
        right = rng.sample(range(width), rng.choice((1, 1, 2)))
        found.append((frozenset(left), frozenset(right), multivalued and rng.random() < 0.5))
    return found


def random_parts(rng: random.Random, width: int) -> list[Set]:
    """Return two or three parts at random that together have every attribute."""
    parts = [set(rng.sample(range(width), rng.randint(1, width - 1))) for _ in range(rng.choice((2, 2, 3)))]
    for c in range(width):
        if not any(c in part for part in parts):
            rng.choice(parts).add(c)
    return [frozenset(part) for part in parts]
