"""Chance without floats: the same numbers for the same names, in any order and on any processor.

Two sources. A stream is Philox, asked for the raw bits of entities ``first`` to ``first + count``: what an entity draws
does not depend on how the work is cut up. A trait is a hash of one entity's number, for what must be known again from
the number alone (where a customer lives). Distributions are integer quantiles, read by linear interpolation.

Sources: J. Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (SC 2011), for Philox; G. Steele et al., Fast
Splittable Pseudorandom Number Generators (OOPSLA 2014), for the mixing function of SplitMix64.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
# A Philox step gives four words.
_STEP = 4


@functools.cache
def _key(seed: int, name: str) -> tuple[int, int]:
    hashed = hashlib.sha256(f"{seed} {name}".encode()).digest()
    return int.from_bytes(hashed[:8], "little"), int.from_bytes(hashed[8:16], "little")


def stream(seed: int, name: str, first: int, count: int) -> Words:
    """Return four words of chance for each of the entities from ``first`` on.

    Args:
        seed: of the data set.
        name: which stream; each has its own numbers.
        first: number of the first entity.
        count: of how many entities.

    Returns:
        An array of shape (4, count).
    """
    low, high = _key(seed, name)
    bits = np.random.Philox(counter=first, key=low | high << 64)
    return np.ascontiguousarray(bits.random_raw(_STEP * count).reshape(count, _STEP).T)


def trait(seed: int, name: str, entities: Ints) -> Words:
    """Return a word of chance that belongs to each entity for good.

    Args:
        seed: of the data set.
        name: which trait; each has its own numbers.
        entities: their numbers, not negative.
    """
    low, high = _key(seed, name)
    word = (entities.astype(np.uint64) + np.uint64(low)) * _GOLDEN
    word ^= np.uint64(high)
    word ^= word >> np.uint64(30)
    word *= _MIX_1
    word ^= word >> np.uint64(27)
    word *= _MIX_2
    word ^= word >> np.uint64(31)
    return word


def part(word: Words, shift: int, bits: int) -> Ints:
    """Return some bits of words of chance, as integers from 0 to ``2 ** bits - 1``."""
    return (word >> np.uint64(shift) & np.uint64((1 << bits) - 1)).astype(np.int64)


def below(word: Words, shift: int, bound: int | Ints) -> Ints:
    """Return integers from 0 to ``bound - 1`` from 24 bits of words of chance; ``bound`` is at most 2 ** 38."""
    return part(word, shift, 24) * bound >> 24


def happens(word: Words, shift: int, of_256: int | Ints) -> npt.NDArray[np.bool_]:
    """Tell what happens, with a chance of so many in 256, from eight bits of words of chance."""
    return part(word, shift, 8) < of_256


def quantile(table: Sequence[int] | Ints, word: Words, shift: int) -> Ints:
    """Return values that are distributed as a table of 17 quantiles says, from 16 bits of words of chance.

    Args:
        table: the smallest value, that which a sixteenth is below, …, the bound of the largest.
        word: words of chance.
        shift: the first of the bits to use.
    """
    steps = np.asarray(table, dtype=np.int64)
    drawn = part(word, shift, 16)
    step, within = drawn >> 12, drawn & 4095
    values: Ints = steps[step] + ((steps[step + 1] - steps[step]) * within >> 12)
    return values


def cumulative(weights: Sequence[int] | Ints) -> Ints:
    """Return the running sums of weights, beginning with 0."""
    sums = np.zeros(len(weights) + 1, dtype=np.int64)
    np.cumsum(np.asarray(weights, dtype=np.int64), out=sums[1:])
    return sums


def choose(sums: Ints, word: Words, shift: int = 0) -> Ints:
    """Return indexes drawn by weight, from 36 bits of words of chance.

    Args:
        sums: as ``cumulative`` gives them; at most 2 ** 27.
        word: words of chance.
        shift: the first of the bits to use.
    """
    places: Ints = np.searchsorted(sums, part(word, shift, 36) * sums[-1] >> 36, side="right") - 1
    return places


def popularity(ranks: Ints, flat: int, scale: int) -> Ints:
    """Return the weights of ranks by the law of Zipf and Mandelbrot with exponent 1: ``scale / (rank + flat)``."""
    return np.maximum(scale // (ranks + flat), 1)
