"""Dependencies found in codes: the same set as by trying each in a dict, one wrong row among thousands included."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from mnemo_helpers.relations import _mine
from mnemo_helpers.relations._source import encoded

SEED = 20_260_101


def by_definition(codes: np.ndarray, most_left: int) -> set[tuple[int, int]]:
    """Return each minimal dependency as a set of columns and a column."""
    found: set[tuple[int, int]] = set()
    width, rows = len(codes), codes.T.tolist()
    for size in range(most_left + 1):
        for left in itertools.combinations(range(width), size):
            mask = sum(1 << c for c in left)
            for right in set(range(width)) - {*left}:
                if any(not x & ~mask and a == right for x, a in found):
                    continue
                seen: dict[tuple[int, ...], int] = {}
                if all(seen.setdefault(tuple(row[c] for c in left), row[right]) == row[right] for row in rows):
                    found.add((mask, right))
    return found


def singles(found: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return what was found, a pair for each column on a right side."""
    return {(x, c) for x, y in found for c in range(y.bit_length()) if y >> c & 1}


@pytest.mark.parametrize("seed", range(60))
def test_random_codes_have_the_dependencies_that_hold(seed: int) -> None:
    """Few and many rows, few and many values, left sides of nothing to three columns."""
    rng = np.random.default_rng(SEED + seed)
    rows = int(rng.choice([1, 2, 5, 20, 100, 400]))
    codes = np.array([rng.integers(0, rng.choice([1, 2, 3, 8, 40]), rows) for _ in range(int(rng.integers(1, 7)))])
    if len(codes) > 3:
        codes[-1] = codes[0] * 100 + codes[1]
    assert singles(_mine.minimal(codes, 3)) == by_definition(codes, 3)


@pytest.mark.parametrize("seed", range(20))
def test_a_single_wrong_row_is_enough(seed: int) -> None:
    """What holds in all rows but one does not hold, wherever that row stands."""
    rng = np.random.default_rng(SEED + seed)
    a, b, c = rng.integers(0, 12, 2000), rng.integers(0, 12, 2000), rng.integers(0, 12, 2000)
    codes = np.array([a, b, c, a * 144 + b * 12 + c, rng.permutation(2000)])
    wrong, like = rng.choice(2000, 2, replace=False)
    codes[:4, wrong] = codes[:4, like]
    assert (0b111, 3) in singles(_mine.minimal(codes, 3))
    codes[3, wrong] += 5000
    assert (0b111, 3) not in singles(_mine.minimal(codes, 3))
    assert singles(_mine.minimal(codes, 3)) == by_definition(codes, 3)
    assert _mine.wrong_rows(codes, (0, 1, 2), 3) == 1
    assert (0b111, 0b1000, 1) in _mine.nearly(codes[:4], 3, 1)


def test_how_few_rows_would_have_to_go_is_counted() -> None:
    """The rows of each left side but those of its most frequent right side."""
    rng = random.Random(SEED)
    for _ in range(50):
        rows = [(rng.randint(0, 3), rng.randint(0, 3), rng.randint(0, 2)) for _ in range(rng.randint(1, 40))]
        codes = np.array(rows).T
        for left in ((), (0,), (0, 1)):
            groups: dict[tuple[int, ...], list[int]] = {}
            for row in rows:
                groups.setdefault(tuple(row[c] for c in left), []).append(row[2])
            fewest = sum(len(group) - max(map(group.count, group)) for group in groups.values())
            assert _mine.wrong_rows(codes, left, 2) == fewest


def test_texts_that_look_like_numbers_stay_apart() -> None:
    """007 is not 7, 1e0 not 1, an empty text not NULL; and NULL is like NULL."""
    first, second = encoded(b"007\t\n7\t\\N\n1\t\\N\n1e0\tNA\n", 2).tolist()
    assert len(set(first)) == 4
    assert second[1] == second[2]
    assert len(set(second)) == 3
