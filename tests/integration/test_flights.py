"""The flights: what the card says of them is what the database holds."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from mnemo_helpers import course, database

FOLDER = course.root() / "datasets" / "flights"
CARD = (FOLDER / "card.md").read_text(encoding="utf-8")
DEFECT = re.compile(
    r"^### (?P<title>.+?)$(?:(?!^###).)*?^```sql\n(?P<query>.*?)^```$\n\nCount: (?P<count>[\d,]+)$", re.M | re.S
)


@pytest.fixture(scope="module")
def flights() -> Iterator[database.Connection]:
    """The data as shown."""
    with database.connect(database.grading("flights"), "answer") as connection:
        yield connection


def one(connection: database.Connection, query: str) -> Any:
    """Return the first row that a query gives."""
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row if len(row) > 1 else row[0]


def number(text: str) -> int:
    """Return a number as the card writes it."""
    return int(text.replace(",", ""))


@pytest.mark.parametrize("defect", [pytest.param(found, id=found["title"]) for found in DEFECT.finditer(CARD)])
def test_each_defect_of_the_card_is_counted_by_its_query(flights: database.Connection, defect: re.Match[str]) -> None:
    """The query beside the sentence gives the number beside the query."""
    assert one(flights, defect["query"]) == number(defect["count"])


def test_no_defect_of_the_card_goes_without_a_count() -> None:
    """Each heading has its query and its count."""
    assert [found["title"] for found in DEFECT.finditer(CARD)] == re.findall(r"^### (.+)$", CARD, re.M)


def test_the_tables_have_the_rows_that_the_card_says(flights: database.Connection) -> None:
    """All tables, and no others."""
    said = {name: number(rows) for name, rows in re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", CARD, re.M)}
    tables = flights.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    )
    assert {name: one(flights, f"SELECT count(*) FROM {name}") for (name,) in tables.fetchall()} == said


FILES = ("airlines", "airports", "planes", "weather", "flights")


@pytest.mark.parametrize("table", FILES)
def test_a_table_is_its_file(flights: database.Connection, table: str) -> None:
    """Written out in the order of its pages it is the file again, line for line: nothing lost, repaired or moved."""
    expected = lines_of(table)
    assert written(flights, table, expected[0]) == expected


def test_the_flat_table_has_the_order_of_the_file(flights: database.Connection) -> None:
    """Its first and its last pages hold the first and the last lines."""
    header, *expected = lines_of("flights")
    pages = one(flights, "SELECT pg_relation_size('flights_flat') / 8192")
    first = written(flights, f"flights_flat WHERE ctid < '({pages // 10},0)'", header)[1:]
    last = written(flights, f"flights_flat WHERE ctid >= '({pages * 9 // 10},0)'", header)[1:]
    assert len(first) > 10_000
    assert len(last) > 10_000
    assert first == expected[: len(first)]
    assert last == expected[-len(last) :]


def written(flights: database.Connection, where: str, header: str) -> list[str]:
    """Return rows as the package's files write them, in the order of the pages."""
    columns = header.replace("time_hour", """to_char(time_hour, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS time_hour""")
    query = f"COPY (SELECT {columns} FROM {where}) TO STDOUT (FORMAT csv, HEADER, NULL 'NA')"
    flights.execute("SET synchronize_seqscans = off")
    with flights.cursor().copy(query.encode()) as copy:
        return b"".join(copy).decode().splitlines()


def lines_of(table: str) -> list[str]:
    """Return the lines of the package's file, its numbers written as PostgreSQL writes them."""
    folder = course.load(FOLDER / "load.py").files()
    if table == "flights":
        with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
            return archive.read("flights.csv").decode().splitlines()
    text = (folder / f"{table}.csv").read_text(encoding="utf-8")
    # A fraction is the same number in PostgreSQL's shortest form.
    shortest = re.sub(r"\d+(\.\d+|e\d)", lambda number: repr(float(number[0])).removesuffix(".0"), text)
    return shortest.splitlines()


def test_what_the_flat_table_repeats_is_what_the_others_say(flights: database.Connection) -> None:
    """The flight itself, its airline, airports and plane; NULL where they are not known."""
    header = lines_of("flights")[0].split(",")
    wrong = f"""
        SELECT count(*), count(*) FILTER (WHERE ({", ".join(f"t.{name}" for name in header)}) IS DISTINCT FROM (f.*)
            OR (t.carrier_name, t.origin_name, t.dest_name) IS DISTINCT FROM (a.name, o.name, d.name)
            OR t.dest_tzone IS DISTINCT FROM d.tzone
            OR (t.plane_year, t.plane_manufacturer, t.plane_model, t.plane_seats)
               IS DISTINCT FROM (p.year, p.manufacturer, p.model, p.seats))
        FROM flights_flat t JOIN flights f USING (time_hour, carrier, flight) JOIN airlines a USING (carrier)
        JOIN airports o ON o.faa = f.origin LEFT JOIN airports d ON d.faa = f.dest
        LEFT JOIN planes p ON p.tailnum = f.tailnum
    """
    assert one(flights, wrong) == (336_776, 0)
    lists = flights.execute("SELECT DISTINCT carrier, carrier_origins FROM flights_flat ORDER BY carrier").fetchall()
    assert lists[:3] == [("9E", "EWR,JFK,LGA"), ("AA", "EWR,JFK,LGA"), ("AS", "EWR")]
    assert len(lists) == 16


def test_constraints_have_names_and_the_flat_table_has_none(flights: database.Connection) -> None:
    """Keys where the data allow them."""
    found = flights.execute(
        "SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1"
    )
    assert [name for (name,) in found] == [
        "airlines_pkey",
        "airports_pkey",
        "flights_carrier_fkey",
        "flights_origin_fkey",
        "flights_pkey",
        "planes_pkey",
        "weather_origin_fkey",
        "weather_pkey",
    ]
    flat = "FROM pg_attribute WHERE attrelid = 'flights_flat'::regclass AND attnum > 0"
    assert one(flights, f"SELECT count(*), count(*) FILTER (WHERE attnotnull) {flat}") == (28, 0)


def test_everything_is_described_and_ready(flights: database.Connection) -> None:
    """Each table and column has a comment, belongs to whoever owns the database, and needs no vacuum."""
    undescribed = """
        SELECT count(*) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND attnum >= 0
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND col_description(c.oid, attnum) IS NULL
    """
    assert one(flights, undescribed) == 0
    state = """
        SELECT bool_and(pg_get_userbyid(relowner) = 'pg_database_owner'),
               bool_and(relpages - relallvisible <= 64), bool_and(obj_description(oid, 'pg_class') IS NOT NULL)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    """
    assert one(flights, state) == (True, True, True)


def test_the_empty_tables_are_the_same_tables(flights: database.Connection) -> None:
    """An exercise's own rows meet the columns, types and keys of the data as shown."""
    shape = """
        SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull
        FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i') AND attnum > 0 ORDER BY 1, attnum
    """
    with database.connect(database.grading("flights", "-- no rows"), "answer") as empty:
        assert empty.execute(shape.encode()).fetchall() == flights.execute(shape.encode()).fetchall()
        assert sum(one(empty, f"SELECT count(*) FROM {table}") for table in (*FILES, "flights_flat")) == 0
