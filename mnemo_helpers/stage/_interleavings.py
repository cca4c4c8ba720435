"""The orders in which sessions can take turns."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import factorial, prod

Order = tuple[str, ...]


def count(turns: Mapping[str, int]) -> int:
    """Return how many orders there are, for the number of steps of each session."""
    return factorial(sum(turns.values())) // prod(factorial(steps) for steps in turns.values())


def every(turns: Mapping[str, int]) -> Iterator[Order]:
    """Yield each order once, those first in which the sessions named first take their turns first."""
    if not any(turns.values()):
        yield ()
        return
    for session, steps in turns.items():
        if steps:
            for rest in every({**turns, session: steps - 1}):
                yield (session, *rest)


def some(turns: Mapping[str, int], seed: int) -> Iterator[Order]:
    """Yield orders drawn at random, each as likely as the next, without end; the same for the same seed."""
    draw = random.Random(seed)
    bag = [session for session, steps in turns.items() for _ in range(steps)]
    while True:
        yield tuple(draw.sample(bag, len(bag)))


def switches(order: Order) -> int:
    """Return how often the turn passes from one session to another."""
    return sum(before != after for before, after in pairwise(order))
