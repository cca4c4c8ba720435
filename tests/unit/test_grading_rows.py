"""Comparing rows: what counts as the same, and what is shown of a difference."""

from __future__ import annotations

import pytest

from mnemo_helpers.grading import _rows
from mnemo_helpers.grading._rows import Rows

BOOL, INT, TEXT, JSON, FLOAT, CHAR, DATE, STAMP, STAMPTZ, NUMERIC, JSONB = (
    16, 23, 25, 114, 701, 1042, 1082, 1114, 1184, 1700, 3802,
)  # fmt: skip


def column(type_: int, *values: str | None) -> Rows:
    """Return rows of one column."""
    return Rows(("x",), (type_,), tuple((value,) for value in values))


@pytest.mark.parametrize(
    ("yours", "right"),
    [
        (column(INT, "1", "2", "2"), column(INT, "2", "1", "2")),
        (column(NUMERIC, "1.00"), column(INT, "1")),
        (column(FLOAT, "0.1"), column(NUMERIC, "0.10")),
        (column(FLOAT, "0.30000000000000004"), column(NUMERIC, "0.3")),
        (column(FLOAT, "3e+20"), column(FLOAT, "3.0000000000000004e+20")),
        (column(NUMERIC, "12.6390704257304329"), column(NUMERIC, "12.63907042573043290000")),
        (column(FLOAT, "NaN", None), column(NUMERIC, None, "NaN")),
        (column(DATE, "2013-01-01"), column(STAMP, "2013-01-01 00:00:00")),
        (column(STAMPTZ, "2013-01-01 05:00:00+00"), column(STAMP, "2013-01-01 05:00:00")),
        (column(CHAR, "UA  "), column(TEXT, "UA")),
        (column(JSON, '{"b": 1,  "a": 2}'), column(JSONB, '{"a": 2, "b": 1}')),
        (column(INT), column(INT)),
    ],
)
def test_what_is_the_same(yours: Rows, right: Rows) -> None:
    """Order does not count, nor does the type where PostgreSQL would call the values equal."""
    assert _rows.same(yours, right)


@pytest.mark.parametrize(
    ("yours", "right"),
    [
        (column(INT, "1", "1"), column(INT, "1")),
        (column(INT, "1", "1", "2"), column(INT, "1", "2", "2")),
        (column(TEXT, "1"), column(INT, "1")),
        (column(BOOL, "t"), column(INT, "1")),
        (column(BOOL, "t"), column(TEXT, "t")),
        (column(TEXT, "2013-01-01 00:00:00"), column(STAMP, "2013-01-01 00:00:00")),
        (column(TEXT, None), column(TEXT, "")),
        (column(FLOAT, "0.3001"), column(NUMERIC, "0.3")),
        (column(INT, "1000000001"), column(INT, "1000000000")),
        (column(NUMERIC, "NaN"), column(NUMERIC, "0")),
    ],
)
def test_what_is_not_the_same(yours: Rows, right: Rows) -> None:
    """Repeats count, text is no number, whole numbers are exact."""
    assert not _rows.same(yours, right)
    assert not _rows.same(right, yours)


def test_repeats_are_told_apart() -> None:
    """A row that is there once too often is shown once, and so is one that is missing once."""
    assert _rows.difference(column(INT, "1", "1", "2"), column(INT, "1", "2", "2")) == ([1], [2])
    assert _rows.difference(column(INT, "1", "1", "1"), column(INT, "1")) == ([1, 2], [])


def test_fractions_are_paired_within_their_group() -> None:
    """Of many rows whose last digits differ, only the one that really differs is left."""
    yours = Rows(("k", "v"), (TEXT, FLOAT), tuple((f"k{i % 7}", repr(i / 3 * (1 + 1e-13))) for i in range(500)))
    right = Rows(("k", "v"), (TEXT, NUMERIC), tuple((f"k{i % 7}", f"{i / 3:.12f}") for i in reversed(range(500))))
    assert _rows.same(yours, right)
    wrong = Rows(yours.columns, yours.types, (*yours.rows[:200], ("k4", "66.7"), *yours.rows[201:]))
    mine, theirs = _rows.difference(wrong, right)
    assert [wrong.rows[i] for i in mine] == [("k4", "66.7")]
    assert [right.rows[i] for i in theirs] == [("k4", "66.666666666667")]


def test_order_counts_by_its_keys_only() -> None:
    """Rows that tie may come in any order."""
    right = Rows(("k", "n"), (TEXT, INT), (("a", "2"), ("b", "2"), ("c", "1")))
    tied = Rows(("k", "n"), (TEXT, INT), (("b", "2"), ("a", "2"), ("c", "1")))
    turned = Rows(("k", "n"), (TEXT, INT), (("c", "1"), ("a", "2"), ("b", "2")))
    assert _rows.same(tied, right, (1,))
    assert not _rows.same(turned, right, (1,))
    assert _rows.disorder(turned, right, (1,)) == 0
    assert not _rows.same(tied, right, (0,))
    large = ("1000000001", "1000000000")
    assert _rows.disorder(column(INT, *large), column(INT, *reversed(large)), (0,)) == 0
    assert _rows.disorder(column(NUMERIC, "0.30", "0.1"), column(FLOAT, "0.30000000000000004", "0.1"), (0,)) is None


def test_columns_in_another_order_are_found() -> None:
    """Also where there are too many of them, unless the tries would be endless."""
    right = Rows(("k", "n"), (TEXT, INT), (("a", "2"), ("b", "1")))
    assert _rows.permutation(Rows(("n", "k"), (INT, TEXT), (("2", "a"), ("1", "b"))), right) == (1, 0)
    assert _rows.permutation(Rows(("n", "x", "k"), (INT, INT, TEXT), (("2", "9", "a"), ("1", "9", "b"))), right) == (
        2,
        0,
    )
    assert _rows.permutation(Rows(("n", "k"), (INT, TEXT), (("2", "a"), ("3", "b"))), right) is None
    wide = Rows(tuple("abcdefgh"), (INT,) * 8, (tuple("12345678"),))
    assert _rows.permutation(wide, wide) is None


@pytest.mark.parametrize(
    ("yours", "expected", "alike"),
    [
        ("1", 1, True),
        ("1.0", 1, True),
        ("t", True, True),
        ("2013-01-01 00:00:00", "2013-01-01", True),
        ("2013-01-01 05:00:00+00", "2013-01-01 05:00:00", True),
        (None, None, True),
        ("007", 7, False),
        ("", None, False),
        ("NaN", "NaN", True),
        ("-0.50", "-0.5", True),
    ],
)
def test_types_of_ones_own_are_compared_loosely(yours: str | None, expected: object, alike: bool) -> None:
    """The learner chooses the types; but what loses its leading zeros is not the same."""
    right = Rows.of(("x",), [(expected,)])
    assert (_rows.difference(column(TEXT, yours), right, loosely=True) == ([], [])) is alike


def test_two_small_tables_show_what_differs() -> None:
    """At most five rows of each, and how many more there are."""
    yours = column(INT, *map(str, range(10, 0, -1)))
    right = column(INT, "0", None)
    shown = _rows.beside(yours, range(10), right, (0, 1)).text
    assert "yours (and 5 more)" in shown
    assert [line.strip() for line in shown.splitlines()][:8] == [
        "yours (and 5 more)",
        "x",
        "-",
        "1",
        "2",
        "3",
        "4",
        "5",
    ]
    assert shown.endswith("0\nNULL")
