"""How rows are read: every way in which people write them, and nothing that would run."""

from __future__ import annotations

import pytest

from mnemo_helpers.grading._given_rows import Given, Unreadable, place, read

FLIGHTS = {"flights": ("carrier", "origin")}
BOTH = {"planes": ("tailnum",), "flights": ("flight", "tailnum")}


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO flights (carrier, origin) VALUES ('AA', 'JFK'), ('UA', 'JFK');",
        "insert into FLIGHTS values ('AA', 'JFK'), ('UA', 'JFK')",
        "INSERT INTO \"flights\" (\"carrier\", origin) VALUES ('AA', 'JFK')\n('UA', 'JFK'),",
        "VALUES ('AA', 'JFK'), ('UA', 'JFK')",
        "('AA', 'JFK')\n('UA', 'JFK')\n",
        "-- two\n('AA' /* American */, 'JFK'), ('UA', 'JFK');;",
        "VALUES ('AA', 'JFK'); VALUES ('UA', 'JFK')",
    ],
)
def test_rows_are_read_however_they_are_written(text: str) -> None:
    """With the head of an INSERT or without it, with commas or a line between them."""
    rows = [row for part in place(read(text), FLIGHTS) for row in part.rows]
    assert rows == [("'AA'", "'JFK'"), ("'UA'", "'JFK'")]


@pytest.mark.parametrize(
    "value",
    [
        "12", "-5", "- 5", "+1.5", ".5", "1.", "1e-5", "2E3", "'it''s'", "E'a\\'b'", "''", "'a; DROP TABLE x -- ('",
        "NULL", "null", "True", "DEFAULT", "DATE '2013-01-01'", "timestamp with time zone '2013-01-01 00:00+00'",
        "'2013-01-01'::date", "'1'::double precision", "'7'::text::int", "'été'",
    ],
)  # fmt: skip
def test_a_value_stays_as_it_was_written(value: str) -> None:
    """Numbers, texts, the words for what is missing, and either with its type."""
    assert read(f"(1, {value}, 'z')") == [Given("", (), (("1", value, "'z'"),))]


def test_what_is_referred_to_goes_in_first() -> None:
    """Rows of several tables stand in the order of the tables, whatever the answer's; each under its columns."""
    placed = place(
        read("INSERT INTO flights (tailnum, flight) VALUES ('N1', 1); INSERT INTO planes VALUES ('N1')"), BOTH
    )
    assert [part.statement for part in placed] == [
        'INSERT INTO "planes" ("tailnum") VALUES (\'N1\')',
        'INSERT INTO "flights" ("tailnum", "flight") VALUES (\'N1\', 1)',
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("DROP TABLE flights", "“DROP” begins no rows. Rows are given as INSERT INTO table (columns) VALUES"),
        ("('AA', 'JFK'); DROP TABLE flights", "“DROP” begins no rows"),
        ("('AA', 'JFK') DROP TABLE flights", "“DROP” has no place after the rows"),
        ("INSERT INTO flights SELECT 'AA', 'JFK'", "“SELECT” stands where VALUES is due"),
        ("INSERT INTO flights VALUES ('AA', 'JFK') ON CONFLICT DO NOTHING", "“ON” has no place after the rows"),
        ("INSERT INTO flights VALUES ('AA', 'JFK') RETURNING pg_sleep(60)", "“RETURNING” has no place"),
        ("INSERT INTO public.flights VALUES ('AA', 'JFK')", "“.” stands where VALUES is due"),
        ("INSERT flights VALUES ('AA', 'JFK')", "After INSERT comes INTO and a table."),
        ("INSERT INTO flights (carrier, origin VALUES ('AA', 'JFK')", "“(” stands where a column or ) is due"),
        ("INSERT INTO flights () VALUES ('AA', 'JFK')", "“)” stands where a column or ) is due"),
        ("INSERT INTO flights VALUES", "There is no row after VALUES."),
        ("what do you want?", "“what” begins no rows"),
        ("(AA, 'JFK')", "In row 1, AA is no value. Text stands in quotes: 'AA'."),
        ("('AA', 'JFK'), (\"UA\", 'JFK')", "In row 2, \"UA\" would name a column. Text stands in single quotes: 'UA'."),
        ("('AA', )", "In row 1, a value is missing. Where there is none, write NULL."),
        ("('AA' 'JFK')", "“'JFK'” stands in row 1 where a comma or ) is due."),
        ("('AA', 'JFK'", "The end stands in row 1 where a comma or ) is due."),
        ("('AA', 'JFK)", "In row 1, a text has no closing quote: 'JFK)"),
        ("('AA', $$JFK$$)", "“$$JFK$$” is no value. Write values out"),
        ("(12ab, 'JFK')", "In row 1, “12ab” is no number."),
        ("(pg_sleep(60), 'JFK')", "“pg_sleep” is no value. Write values out"),
        ("((SELECT 1), 'JFK')", "“(” is no value."),
        ("('A' || 'A', 'JFK')", "“|” stands in row 1 where a comma or ) is due."),
        ("('1'::(int), 'JFK')", "a type is due after ::, not “(”."),
        ("(-'1', 'JFK')", "“-” is no value."),
        ("('AA')", "Row 1 of flights has 1 value, ('AA'); due are (carrier, origin)."),
        ("INSERT INTO flights (carrier) VALUES ('AA', 'JFK')", "has 2 values, ('AA', 'JFK'); due are (carrier)."),
        ("INSERT INTO flight VALUES ('AA', 'JFK')", "There is no table called flight. Did you mean flights? There is: "
         "flights (carrier, origin)."),
        ("INSERT INTO flights (origine) VALUES ('JFK')", "There is no column of flights called origine. Did you mean "
         "origin?"),
        ("INSERT INTO pg_class VALUES (1)", "There is no table called pg_class."),
        ("('" + "x" * 30_000 + "', 'JFK')", "This is longer than 20,000 characters"),
    ],
)  # fmt: skip
def test_what_is_no_row_is_told_apart(text: str, said: str) -> None:
    """What it is, where it stands, what is due."""
    with pytest.raises(Unreadable) as told:
        place(read(text), FLIGHTS)
    assert said in str(told.value)
    assert len(str(told.value)) < 400


def test_of_several_tables_one_must_be_named() -> None:
    """And they are told, each with its columns."""
    with pytest.raises(Unreadable, match=r"Say into which table.*planes \(tailnum\), flights \(flight, tailnum\)"):
        place(read("('N1')"), BOTH)
