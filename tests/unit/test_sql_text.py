"""The text of a cell: cut into statements where psql cuts it, filled in only where a name stands for a value."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any

import pytest

from mnemo_helpers import sql
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.sql._lexer import statements

# Each text, cut where there is a broken bar.
CUTS = [
    "SELECT 1;¦ SELECT 2",
    "SELECT 1;¦ SELECT 2;",
    "SELECT ';';¦ SELECT 2",
    "SELECT 'it''s;';¦ SELECT 2",
    r"SELECT E'it\'s;';¦ SELECT 2",
    r"SELECT 'a\';¦ SELECT 2",
    "SELECT E'a'\n  'b\\';c';¦ SELECT 2",
    "SELECT E'a' -- not the end of it\n 'b\\';c';¦ SELECT 2",
    "SELECT nameE'a\\';¦ SELECT 2",
    "SELECT U&'\\0061;' UESCAPE '!', U&\"a;b\";¦ SELECT 2",
    "SELECT N'a;b', B'1', X'1F';¦ SELECT 2",
    'SELECT ";" AS "a"";b";¦ SELECT 2',
    "SELECT $$;$$, $a$ $$;$b$; $a$;¦ SELECT 2",
    "SELECT $é$;$é$;¦ SELECT 2",
    "SELECT a$$b;¦ SELECT c$$d",
    "SELECT $1, $2$$;$$;¦ SELECT 2",
    "SELECT 1a$$;¦ SELECT 2 $$",
    "SELECT 1.5$$;$$;¦ SELECT 2",
    "/* a /* b; */ c; */ SELECT 1;¦ SELECT 2",
    "SELECT 1 -- a;\n + 2;¦ SELECT 2",
    "SELECT 1 @--a;\n 2;¦ SELECT 2",
    "SELECT 1 -- a;\r + 2;¦ SELECT 2",
    "SELECT a @> b, c ?| d, e #>> '{f}', g || h, i ->> 'j', k <@ l, m !~ 'n', o @? p;¦ SELECT 2",
    "CREATE RULE r AS ON INSERT TO t DO (DELETE FROM t; DELETE FROM u);¦ SELECT 2",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;¦ SELECT 2",
    "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT 1; END;¦ SELECT 2",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; SELECT 2 $$;¦ SELECT 2",
    "BEGIN;¦ SELECT 1;¦ END;",
    "SELECT (1;2)",
    "SELECT 1);¦ SELECT 2",
    "SELECT 'unterminated; SELECT 2",
    "SELECT $$ unterminated; SELECT 2",
    "SELECT 1 /* unterminated; SELECT 2",
    'SELECT "unterminated; SELECT 2',
    "/* unterminated",
    "SELECT '\N{NO-BREAK SPACE};', 'ü;' AS \N{NO-BREAK SPACE}x;¦ SELECT 2",
]


@pytest.mark.parametrize("text", CUTS)
def test_a_text_is_cut_only_at_the_ends_of_its_statements(text: str) -> None:
    """A semicolon cuts where psql sends what it has read, and nowhere else."""
    assert sql.split(text.replace("¦", "")) == [piece.strip(" ") for piece in text.split("¦")]


@pytest.mark.parametrize("text", ["", " \n", ";", " ; ;\n", "-- a comment", "/* a /* b */ */ -- c\n;"])
def test_what_is_empty_has_no_statement(text: str) -> None:
    """Blanks, comments and semicolons alone are nothing to send."""
    assert sql.split(text) == []


def test_a_statement_is_what_was_written() -> None:
    """Inside a statement every blank, comment and line stays."""
    text = "-- first\nSELECT  1 /* one */\n  ,\t2;"
    assert sql.split(f"\n\n{text}\n\n") == [text]


def test_rows_that_follow_copy_are_its_data() -> None:
    """They begin on the next line and end at the line with a backslash and a dot; what follows is SQL again."""
    text = (
        "COPY t FROM STDIN; SELECT 1\n1\ta;b'\n\n2\t$$\n\\.\n;SELECT 2;\ncopy u from stdin with (format csv);\n3,x\n\n"
    )
    found = [(statement.text, statement.data) for statement in statements(text)]
    assert found == [
        ("COPY t FROM STDIN;", "1\ta;b'\n\n2\t$$\n"),
        ("SELECT 1\n;", None),
        ("SELECT 2;", None),
        ("copy u from stdin with (format csv);", "3,x\n"),
    ]


@pytest.mark.parametrize(
    "text", ["COPY t TO STDOUT;\nSELECT 1", "SELECT 'copy t from stdin;\n1'", "COPY t FROM '/stdin';\n"]
)
def test_other_statements_take_no_data(text: str) -> None:
    """Only COPY … FROM STDIN reads the lines below it."""
    assert all(statement.data is None for statement in statements(text))


VALUES: dict[str, Any] = {
    "n": 5,
    "minus": -5,
    "big": 10**20,
    "half": 0.5,
    "nan": float("nan"),
    "price": decimal.Decimal("1.50"),
    "yes": True,
    "none": None,
    "text": "it's",
    "backslash": "a\\b",
    "day": datetime.date(2013, 1, 2),
    "hour": datetime.time(3, 4),
    "instant": datetime.datetime(2013, 1, 2, 3, 4, tzinfo=datetime.UTC),
    "span": datetime.timedelta(days=1),
    "id": uuid.UUID(int=1),
    "raw": b"\x00\xff",
    "numbers": [1, 2, None],
    "words": ("a", "b'"),
    "nested": [[1], [2]],
    "empty": [],
    "object": {"k": [1, "it's"]},
    "_hidden": 1,
    "hi": 9,
}

FILLED = [
    (":n", "5"),
    ("1 -:minus", "1 - -5"),
    (":big", "100000000000000000000"),
    (":half", "0.5"),
    (":nan", "'NaN'::float8"),
    (":price", "1.50"),
    (":yes", "true"),
    (":none", "NULL"),
    (":text", "'it''s'"),
    (":backslash", " E'a\\\\b'"),
    (":day", "'2013-01-02'::date"),
    (":hour", "'03:04:00'::time"),
    (":instant", "'2013-01-02 03:04:00+00:00'::timestamptz"),
    (":span", "'1 day 0:00:00'::interval"),
    (":id", "'00000000000000000000000000000001'::uuid"),
    (":raw", " E'\\\\000\\\\377'::bytea"),
    (":numbers", "ARRAY[1, 2, NULL]"),
    (":words", "ARRAY['a', 'b''']"),
    (":nested", "ARRAY[ARRAY[1], ARRAY[2]]"),
    (":empty", "'{}'"),
    (":object", "'{\"k\": [1, \"it''s\"]}'::jsonb"),
    ("LIMIT:n", "LIMIT 5"),
    ("'a':text'b'", "'a' 'it''s' 'b'"),
    ("(:n,:n)", "(5,5)"),
    ("f(x:=:n)", "f(x:=5)"),
    ("a[:n]", "a[5]"),
    ("ARRAY[1,:n]", "ARRAY[1,5]"),
    ("ARRAY[CASE WHEN a THEN :n END]", "ARRAY[CASE WHEN a THEN 5 END]"),
    ("a[(:n)]", "a[(5)]"),
    ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END; SELECT :n", None),
]

UNTOUCHED = [
    "':n'",
    "E'\\':n'",
    '":n"',
    "$$:n$$",
    "$a$ $$ :n $a$",
    "/* :n /* :n */ :n */",
    "-- :n",
    "a::n",
    "f(n := 1)",
    "a[1:n]",
    "a[lo:hi]",
    "a[f(x):hi]",
    ":unknown",
    ":_hidden",
    ": n",
    "$1",
    "{n} $n %(n)s",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT :n; END",
]


@pytest.mark.parametrize(("text", "filled"), FILLED)
def test_a_name_becomes_a_literal(text: str, filled: str | None) -> None:
    """Every kind of value is written as PostgreSQL reads it, apart from what stands beside it."""
    assert sql.bind(text, VALUES) == (filled or text.replace(":n", "5"))


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_is_no_name_of_a_value_stays(text: str) -> None:
    """Strings, quoted names, comments, bodies, casts, slices and unknown names are sent as they are."""
    assert sql.bind(text, VALUES) == text


@pytest.mark.parametrize("value", [pytest, object(), {"k": {1}}, "nul \0", [object()]])
def test_a_value_without_a_literal_is_refused_by_its_name(value: object) -> None:
    """The error names the variable, and nothing half-filled comes back."""
    with pytest.raises(MnemoError, match=":odd cannot be filled in"):
        sql.bind("SELECT :odd", {"odd": value})
