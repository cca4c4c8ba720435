"""What a learner wrote: an attempt or not, a number, a letter."""

from __future__ import annotations

import pytest

from mnemo_helpers.grading._answer import NotAnAttempt, letter, number, require_attempt

OPTIONS = {"a": "one row", "b": "every row", "yes": "none at all"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "-- only a comment",
        "/* a /* nested */ comment */\n-- and another",
        "SELECT ____ FROM stones",
        "rows:",
        "times smaller:  \n",
        "-- what do you think?\nletter:",
    ],
)
def test_what_is_no_attempt(text: str) -> None:
    """Nothing, comments, a gap, a bare label."""
    with pytest.raises(NotAnAttempt):
        require_attempt(text)


@pytest.mark.parametrize(
    "text",
    ["SELECT 1", "SELECT 1 -- put something in place of ____", "SELECT '--'", "SELEC", ";", "SELECT 'a:'"],
)
def test_what_is_an_attempt(text: str) -> None:
    """Anything written, right or wrong; a gap counts only where it must be filled."""
    assert require_attempt(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("40", 40),
        ("rows: 40", 40),
        ("rows: 1,000,000", 1_000_000),
        ("336_776", 336_776),
        ("1 000", 1000),
        ("~2.5", 2.5),
        (".5", 0.5),
        ("about 1e6", 1e6),
        ("40 rows", 40),
        ("rows: 40 rows.", 40),
        ("40x", 40),
        ("+7 -- a guess", 7),
        ("0", 0),
    ],
)
def test_numbers_as_people_write_them(text: str, value: float) -> None:
    """With a label, with groups of digits, with the unit behind."""
    assert number(text, words=("rows",)) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rows: many", "“many” is not one number"),
        ("-3", "below zero"),
        ("1e400", "larger than anything"),
        ("3 or 4", "not one number"),
        ("3/4", "not one number"),
        ("2,5", "not one number"),
        ("10k", "not one number"),
        ("10 apples", "not one number"),
        ("nan", "not one number"),
        ("inf", "not one number"),
        ("e5", "not one number"),
        ("12,34", "not one number"),
        ("10.000", "may be a fraction or thousands"),
        ("about 5%", "is a share; asked is a number of rows"),
        ("x" * 500, "…”"),
    ],
)
def test_what_cannot_be_meant_as_a_number_is_told(text: str, said: str) -> None:
    """It is no attempt, and the message says what is wrong with it."""
    with pytest.raises(NotAnAttempt, match=said):
        number(text, words=("rows",))


@pytest.mark.parametrize(
    "text",
    [
        "b",
        "B",
        "(b)",
        "b)",
        "b.",
        "b (every row)",
        "b: every row",
        "letter: b",
        "every row",
        "answer: Every  row",
        '"b"',
    ],
)
def test_a_letter_in_any_dress(text: str) -> None:
    """The letter or the text it stands for."""
    assert letter(text, OPTIONS) == "b"


@pytest.mark.parametrize("text", ["c", "a b", "letter: d", "row", "a (every row)"])
def test_another_letter_names_those_that_there_are(text: str) -> None:
    """It is no attempt."""
    with pytest.raises(NotAnAttempt, match="Write one of a, b, yes"):
        letter(text, OPTIONS)
