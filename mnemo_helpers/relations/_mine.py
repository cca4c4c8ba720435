"""Dependencies that hold in rows, found in memory: each column is an array of codes, equal where its values are.

Pairs of rows that stand side by side when sorted by a column agree on much; what they agree on and what not rules out
most candidates at once. Each that is left is checked on all rows, and what breaks it rules out more. So does HyFD
(Papenbrock and Naumann, A hybrid approach to functional dependency discovery, SIGMOD 2016).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mnemo_helpers.relations._heading import bits
from mnemo_helpers.relations._theory import Pair

Codes = npt.NDArray[np.int64]
_NEIGHBOURS = 3
_EXAMPLES = 2_000


def minimal(codes: Codes, most_left: int) -> list[Pair]:
    """Return every minimal functional dependency with at most ``most_left`` attributes on its left.

    Args:
        codes: one line a column, one place a row; equal codes are equal values.
        most_left: how many attributes a left side may have.
    """
    width, found = len(codes), dict[int, int]()
    full = (1 << width) - 1
    if codes.shape[1] == 0:
        return [(0, full)]
    agreed = _neighbours(codes)
    grouping = _Grouping(codes)
    for size in range(most_left + 1):
        for columns in itertools.combinations(range(width), size):
            left = sum(1 << c for c in columns)
            known = _known(found, columns)
            if known & left:
                continue
            wanted = full & ~left & ~known
            # A pair of rows that agrees on the left side rules out all that it does not agree on.
            wanted &= _common(agreed, left, full)
            if not wanted:
                continue
            like = grouping.like(columns)
            for one in bits(wanted):
                if not one & _common(agreed, left, full):
                    continue
                column = codes[one.bit_length() - 1]
                wrong = np.flatnonzero(column[like] != column)
                if len(wrong) == 0:
                    found[left] = found.get(left, 0) | one
                else:
                    some = wrong[:: max(1, len(wrong) // _EXAMPLES)]
                    agreed = np.union1d(agreed, _agreeing(codes, some, like[some]))
    return list(found.items())


def wrong_rows(codes: Codes, left: Sequence[int], right: int) -> int:
    """Return how few rows would have to go for a dependency to hold.

    Source: the measure g3 of Kivinen and Mannila, Approximate inference of functional dependencies from relations,
    TCS 149(1), 1995.
    """
    groups = _dense(codes, left)
    pairs = _finer(groups, codes[right])
    most = np.zeros(int(groups.max(initial=-1)) + 1, dtype=np.int64)
    group_of = np.zeros(int(pairs.max(initial=-1)) + 1, dtype=np.int64)
    group_of[pairs] = groups
    np.maximum.at(most, group_of, np.bincount(pairs))
    return int(codes.shape[1] - most.sum())


def nearly(codes: Codes, most_left: int, most_wrong: int) -> list[tuple[int, int, int]]:
    """Return the minimal dependencies that hold but for a few rows: left side, right side, how many rows break it.

    Args:
        codes: as for ``minimal``.
        most_left: how many attributes a left side may have.
        most_wrong: how many rows may break one.
    """
    width, near = len(codes), list[tuple[int, int, int]]()
    done: dict[int, int] = {}
    for size in range(most_left + 1):
        for columns in itertools.combinations(range(width), size):
            left = sum(1 << c for c in columns)
            known = _known(done, columns)
            if known & left:
                continue
            for one in bits((1 << width) - 1 & ~left & ~known):
                wrong = wrong_rows(codes, columns, one.bit_length() - 1)
                if wrong <= most_wrong:
                    done[left] = done.get(left, 0) | one
                    near += [(left, one, wrong)] if wrong else []
    return near


class _Grouping:
    """For each row, the first row that is like it in some columns; the columns before the last are grouped once."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes
        self._columns: tuple[int, ...] = ()
        self._groups: Codes = np.zeros(codes.shape[1], dtype=np.int64)

    def like(self, columns: tuple[int, ...]) -> Codes:
        if self._columns != columns[:-1]:
            self._columns, self._groups = columns[:-1], _dense(self._codes, columns[:-1])
        groups = self._groups if not columns else _finer(self._groups, self._codes[columns[-1]])
        last = np.empty(int(groups.max()) + 1, dtype=np.int64)
        last[groups] = np.arange(len(groups))
        return last[groups]


def _dense(codes: Codes, columns: Sequence[int]) -> Codes:
    groups: Codes = np.zeros(codes.shape[1], dtype=np.int64)
    for column in columns:
        groups = _finer(groups, codes[column])
    return groups


def _finer(groups: Codes, column: Codes) -> Codes:
    # Loaded on first use: it takes a while, and most of the theory does without.
    from pandas import factorize

    found: Codes = factorize(groups * (int(column.max(initial=0)) + 1) + column)[0]
    return found


def _neighbours(codes: Codes) -> Codes:
    """Return on which columns rows agree that stand near each other, sorted by each column in turn."""
    found = [_agreeing(codes, np.arange(codes.shape[1] - 1), np.arange(1, codes.shape[1]))]
    for by in codes:
        order = np.argsort(by, kind="stable")
        masks = [np.zeros(max(0, len(order) - away), dtype=np.int64) for away in range(1, _NEIGHBOURS + 1)]
        for place, column in enumerate(codes):
            in_order = column[order]
            for away, mask in enumerate(masks, start=1):
                mask |= (in_order[away:] == in_order[:-away]).astype(np.int64) << place
        found += map(_distinct, masks)
    return np.unique(np.concatenate(found))


def _agreeing(codes: Codes, some: Codes, others: Codes) -> Codes:
    masks = np.zeros(len(some), dtype=np.int64)
    for place, column in enumerate(codes):
        masks |= (column[some] == column[others]).astype(np.int64) << place
    return _distinct(masks)


def _distinct(masks: Codes) -> Codes:
    # Few of many: by hashes quicker than by sorting, as np.unique does.
    from pandas import unique

    found: Codes = unique(masks)
    return found


def _common(agreed: Codes, left: int, full: int) -> int:
    there = agreed[(agreed & left) == left]
    return int(np.bitwise_and.reduce(there, initial=full))


def _known(found: dict[int, int], columns: tuple[int, ...]) -> int:
    """Return what smaller parts of a left side determine."""
    known = 0
    for size in range(len(columns)):
        for some in itertools.combinations(columns, size):
            known |= found.get(sum(1 << c for c in some), 0)
    return known
