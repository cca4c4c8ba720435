"""The line of a magic: options, a session and a name for the rows come first; the rest is SQL to the letter."""

from __future__ import annotations

import pytest
from sql.magic import SqlMagic

from mnemo_helpers.errors import MnemoError, UnknownName
from mnemo_helpers.sql import _magic
from mnemo_helpers.sql._order import Order, read

ORDERS = [
    ("", "SELECT 1\n", Order("SELECT 1\n")),
    ("SELECT  'a  b' -- c", "", Order("SELECT  'a  b' -- c\n")),
    ("SELECT 'it''s', \"x", 'y"', Order("SELECT 'it''s', \"x\ny\"")),
    ("SELECT -1 -l", "", Order("SELECT -1 -l\n")),
    ("-- a comment", "SELECT 1", Order("-- a comment\nSELECT 1")),
    ("@bob", "SELECT 1", Order("SELECT 1", session="@bob")),
    ("bob", "SELECT 1", Order("SELECT 1", session="bob")),
    ("amy", "SELECT 1", Order("amy\nSELECT 1")),
    ("postgresql://a:b@c/d SELECT 1", "", Order(" SELECT 1\n", session="postgresql://a:b@c/d")),
    ("found << SELECT 1", "", Order(" SELECT 1\n", result="found")),
    ("", "found <<\nSELECT 1", Order("\nSELECT 1", result="found")),
    ("", "SELECT 1 << 2", Order("SELECT 1 << 2")),
    ("--expect 23505 @bob x << INSERT", "", Order(" INSERT\n", session="@bob", result="x", expect=("23505",))),
    ("bob --expect=23505", "INSERT", Order("INSERT", session="bob", expect=("23505",))),
    ("--expect 23505,23503 P0001 BEGIN", "", Order(" BEGIN\n", expect=("23505", "23503", "P0001"))),
    ("--expect 23 40 SELECT 1", "", Order(" SELECT 1\n", expect=("23", "40"))),
    ("-f 'a b.sql'", "SELECT 1", Order("SELECT 1", file="a b.sql")),
    ("-l", "", Order("", list=True)),
    ("--close bob", "", Order("", close="bob")),
]


@pytest.mark.parametrize(("line", "cell", "order"), ORDERS)
def test_what_is_no_order_is_sql(line: str, cell: str, order: Order) -> None:
    """Options, session and name are taken off the front; what is left is not touched."""
    assert read(line, cell, _magic.PARSER, ["main", "bob"]) == order


@pytest.mark.parametrize(("line", "nearest"), [("--expct 23505", "--expect"), ("--clse bob", "--close"), ("-q", "-")])
def test_an_unknown_option_is_refused_with_the_nearest(line: str, nearest: str) -> None:
    """ipython-sql takes it for a comment, and what it was to check passes for nothing."""
    with pytest.raises(UnknownName, match=f"Did you mean '{nearest}"):
        read(line, "SELECT 1", _magic.PARSER, [])


@pytest.mark.parametrize("line", ["SELECT 1 --expect 22012", "SELECT 1 --whatever"])
def test_an_option_after_the_sql_is_refused(line: str) -> None:
    """It would be a comment to the server."""
    with pytest.raises(MnemoError, match="stands after the SQL"):
        read(line, "", _magic.PARSER, [])


@pytest.mark.parametrize("line", ["--persist df", "--append df", "-p df", "-c make", "-s section", "-a {}"])
def test_options_that_are_not_for_these_cells_say_what_to_do(line: str) -> None:
    """They are ipython-sql's, and what they do is done here in another way."""
    with pytest.raises(MnemoError, match="is not for these cells") as refused:
        read(line, "", _magic.PARSER, [])
    assert refused.value.remedy


@pytest.mark.parametrize("line", ["--expect", "--expect SELECT 1", "--file", "--expect 2350"])
def test_an_option_without_its_value_is_refused(line: str) -> None:
    """A SQLSTATE has five characters, its class two."""
    with pytest.raises(MnemoError, match="needs"):
        read(line, "", _magic.PARSER, [])


def test_expect_is_known_to_the_parser_of_ipython_sql() -> None:
    """Otherwise ipython-sql would drop it as a comment."""
    assert "--expect" in SqlMagic.execute.parser.format_help()
    assert _magic.PARSER is SqlMagic.execute.parser
