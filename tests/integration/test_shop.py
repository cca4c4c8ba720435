"""The shop in a database: its bytes, its schema, its other forms, and the dirt that the answer key knows."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import small_data

from mnemo_helpers import course, database, datagen
from mnemo_helpers.datagen import _load
from mnemo_helpers.errors import MnemoError, UnknownName

Connection = psycopg.Connection[Any]
FOLDER = course.root() / "datasets" / "shop"
CARD = (FOLDER / "card.md").read_text(encoding="utf-8")
TOGETHER = int(re.findall(r"^\| together \| ([\d,]+) \|", CARD, re.M)[0].replace(",", ""))
TINY = datagen.plan("tiny")


def quiet(_done: int, _total: int) -> None:
    """Do not say how far it has come."""


@pytest.fixture(scope="module")
def shop() -> Iterator[Connection]:
    """The tiny shop as a lesson would have it, read by the answer role."""
    with database.connect(database.grading("shop:tiny"), "answer") as connection:
        yield connection


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    """Return what a query gives."""
    return connection.execute(query.encode()).fetchall()


def test_the_bytes_are_those_that_are_committed(shop: Connection) -> None:
    """On every version of the server, through the template and its clone."""
    known = datagen.committed(TINY)
    assert set(known) == set(datagen.tables())
    assert datagen.fingerprints(shop) == known


def test_a_changed_row_changes_the_hash() -> None:
    """Of its table, and of no other."""
    with datagen.loaded(TINY, quiet) as connection:
        connection.execute("UPDATE reviews SET rating = 6 - rating WHERE rating <> 3")
        found, known = datagen.fingerprints(connection), datagen.committed(TINY)
        assert {table for table in known if found[table] != known[table]} == {"reviews"}
        assert datagen.compare(connection, TINY).verdict == "ERROR"


def test_the_card_says_how_many_rows_there_are(shop: Connection) -> None:
    """For each table, in the column of ``tiny``; and it names them all."""
    part = CARD.split("## Tables")[1]
    said = {name: int(tiny.replace(",", "")) for name, tiny in re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", part, re.M)}
    there = {table: rows(shop, f"SELECT count(*) FROM {table}")[0][0] for table in datagen.tables()}
    assert there == said


def test_everything_is_described_and_belongs_to_whoever_owns_the_database(shop: Connection) -> None:
    """Each table and column has a comment, each constraint a name that says what it is on."""
    undescribed = rows(
        shop,
        "SELECT c.relname, attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND attnum >= 0"
        " AND NOT attisdropped WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND coalesce(col_description(c.oid, attnum), '') = ''",
    )
    undescribed += rows(
        shop,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND (obj_description(oid, 'pg_class') IS NULL OR pg_get_userbyid(relowner) <> 'pg_database_owner')",
    )
    assert undescribed == []
    unnamed = "SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n' AND "
    unnamed += "conname !~ ('^' || conrelid::regclass::text || '_(\\w+_)?(pkey|key|fkey|check)$')"
    assert rows(shop, unnamed) == []


def test_no_key_is_lost_in_the_loading(shop: Connection) -> None:
    """Those that are dropped while rows come in are there afterwards, and valid."""
    shape = (
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"
    )
    with database.connect(database.grading("shop:tiny", "-- no rows"), "answer") as empty:
        assert rows(empty, shape) == rows(shop, shape)
        assert rows(empty, "SELECT count(*) FROM orders") == [(0,)]
    assert len(_load._keys(shop)) > 90


def test_every_script_is_there(shop: Connection) -> None:
    """Names in each language of the shop, in its own letters."""
    scripts = {"el": "[Α-ω]", "uk": "[А-яІіЇїЄє]", "ja": "[぀-ヿ一-鿿]", "hi": "[ऀ-ॿ]", "ar": "[؀-ۿ]", "de": "[A-Za-z]"}
    query = "SELECT bool_and(query ~ %s) FROM search_queries WHERE language_code = %s HAVING count(*) > 0"
    for code, letters in scripts.items():
        assert shop.execute(query, [letters, code]).fetchone() == (True,), code


@pytest.mark.parametrize("form", datagen.FORMS)
@pytest.mark.parametrize(("size", "seed"), [("tiny", 7), ("0.1", 5)])
def test_all_dirt_is_found_and_nothing_else(form: str, size: str, seed: int) -> None:
    """Each query of the answer key gives exactly the keys, to somebody who does not know them."""
    with datagen.loaded(datagen.plan(size, seed), quiet, form) as connection:
        for dirt in datagen.dirt():
            if dirt.form == form:
                found = sorted(str(key) for (key,) in rows(connection, dirt.find))
                assert found == sorted(dirt.keys), dirt.name
                assert len(found) == dirt.count, dirt.name


def test_what_is_not_planted_is_not_found() -> None:
    """Before the planting no query of the answer key gives a key."""
    for form in ("documents", "raw"):
        with datagen.loaded(TINY, quiet) as connection:
            connection.execute(datagen.form_schema(form))
            connection.execute((FOLDER / "forms" / form / "fill.sql").read_bytes())
            for dirt in datagen.dirt():
                if dirt.form == form:
                    assert rows(connection, dirt.find) == [], dirt.name


def test_the_wide_table_is_the_shop() -> None:
    """A row for each line; its facts are those of the tables, and its totals add up."""
    with database.connect(database.grading("shop:tiny:flat"), "answer") as flat:
        assert rows(flat, "SELECT count(*) FROM order_export") == rows(flat, "SELECT count(*) FROM order_lines")
        wrong = """
            SELECT count(*) FROM order_export e
            JOIN orders o USING (order_id) JOIN order_lines l USING (order_id, line_no)
            JOIN users u USING (user_id) JOIN products p USING (product_id)
            LEFT JOIN (SELECT order_id, count(*) AS n, max(amount) AS amount FROM payments GROUP BY order_id) y
            USING (order_id)
            WHERE (e.customer_email, e.sku, e.unit_price, e.status)
            IS DISTINCT FROM (u.email, p.sku, l.unit_price, o.status)
            OR e.payment_attempts <> y.n OR e.order_total <> y.amount
        """
        assert rows(flat, wrong) == [(0,)]
        undescribed = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'order_export'::regclass AND attnum > 0"
        assert rows(flat, undescribed + " AND col_description(attrelid, attnum) IS NULL") == [(0,)]


def test_documents_have_drifted() -> None:
    """Numbers as text and as numbers, two formats of dates, three names for the customer; every order is there."""
    with database.connect(database.grading("shop:tiny:documents"), "answer") as store:
        kinds = rows(
            store,
            "SELECT DISTINCT jsonb_typeof(document -> '_id'),"
            " coalesce(document ->> 'date' ~ '^[0-9]{2}/', false), document ? 'customer_email',"
            " document ? 'customer', document ? 'customerId' FROM order_documents ORDER BY 1, 4",
        )
        assert kinds == [
            ("number", False, False, False, True),
            ("number", False, False, True, False),
            ("string", True, True, False, False),
        ]
        count = "SELECT count(DISTINCT document ->> '_id') = (SELECT count(*) FROM orders) FROM order_documents"
        assert rows(store, count) == [(True,)]
        assert rows(store, "SELECT count(*) FROM customer_documents") == rows(store, "SELECT count(*) FROM users")


def test_a_lesson_opens_it_and_its_learner_owns_it() -> None:
    """With the rows that the card says; opening it again finds it as it was left."""
    lesson = small_data.lesson("shop:tiny")
    try:
        opened = database.open_lesson(lesson)
        assert (opened.kept, opened.rows, opened.stale) == (False, TOGETHER, False)
        with database.connect(opened.database) as learner:
            learner.execute("ALTER TABLE orders ADD COLUMN note text")
            learner.execute("DELETE FROM audit_log")
        again = database.open_lesson(lesson)
        assert (again.kept, again.rows, again.stale) == (True, TOGETHER, False)
    finally:
        database.drop_lesson(lesson)


def test_variants_have_templates_of_their_own() -> None:
    """Side by side; building one leaves the others, and asking again builds nothing."""
    names = [database.template(data) for data in ("shop:tiny", "shop:tiny:8", "shop:tiny:raw")]
    assert len(set(names)) == 3
    assert [database.template(data) for data in ("shop:tiny:7", "shop:tiny:8", "shop:tiny:7:raw")] == names


def test_lessons_can_be_tried_on_other_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """A seed in the environment stands for the usual one, and not for one that is named; nonsense is refused."""
    monkeypatch.setenv("MNEMO_SEED", "8")
    loader = course.load(course.root() / "datasets" / "shop" / "load.py")
    assert loader.variant("tiny", "raw") == ("tiny", "8", "raw")
    assert loader.variant("tiny", "7") == ("tiny", "7")
    monkeypatch.setenv("MNEMO_SEED", "x")
    with pytest.raises(MnemoError, match="The seed 'x' is no whole number"):
        loader.variant()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("shop:huge", "There is no size 'huge'"),
        ("shop:tiny:x", "The seed 'x' is no whole number"),
        ("shop:tiny:7:wide", "There is no form of the shop 'wide'"),
        ("flights:tiny", "The data set flights comes in one variant only"),
    ],
)
def test_a_variant_that_is_not_there_says_so(data: str, said: str) -> None:
    """Before anything is built."""
    with pytest.raises((MnemoError, UnknownName), match=said):
        database.template(data)


def test_csv_files_hold_what_the_tables_hold(tmp_path: Path, shop: Connection) -> None:
    """A file for each table, with a line of names; NULL and an empty text stay apart."""
    files = datagen.export(TINY, "csv", tmp_path / "out", quiet, "raw")
    assert {file.stem for file in files} == {*datagen.tables(), *(f"raw_{name}" for name in RAW)}
    for table in ("users", "orders", "products"):
        with (tmp_path / "out" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
        columns = ", ".join(f"{name}::text" for name in lines[0])
        expected = [list(row) for row in rows(shop, f"SELECT {columns} FROM {table}")]
        assert lines[1:] == expected
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


RAW = ("customers", "order_lines", "orders", "products")


def test_a_number_of_every_kind_is_read_as_it_was_meant() -> None:
    """The binary rows are those that the server would have made of the same values: NULL, minus, letters, zero."""
    import numpy as np

    from mnemo_helpers.datagen import _copy

    null = _copy.NULL
    words = _copy.Vocabulary(["", "a", "Ähre", "日本"])
    columns: _copy.Columns = {
        "small": "int2",
        "large": "int8",
        "at": "time",
        "amount": "money",
        "word": words,
        "text": _copy.Text((words, "-", _copy.Digits(5, 2))),
    }
    values = {
        "small": np.array([1, -2, null, 0]),
        "large": np.array([2**40, null, -1, 0]),
        "at": np.array([0, 946_684_800_000_001, null, -1]),
        "amount": np.array([0, -5, 1_234_567_890_12, 100]),
        "word": np.array([0, 2, null, 3]),
        "text.0": np.array([1, 3, 0, null]),
        "text.2": np.array([0, 12345, 7, 1]),
    }
    with database.scratch("learner") as name, database.connect(name) as connection:
        connection.execute(
            "CREATE TABLE t (small int2, large int8, at timestamptz, amount numeric(14,2), word text, text text)"
        )
        with connection.cursor().copy("COPY t FROM STDIN (FORMAT binary)") as into:
            into.write(_copy.HEADER + _copy.encode(columns, values) + _copy.TRAILER)
        assert rows(connection, "SELECT small, large, at::text, amount::text, word, text FROM t") == [
            (1, 2**40, "1970-01-01 00:00:00+00", "0.00", "", "a-00"),
            (-2, None, "2000-01-01 00:00:00.000001+00", "-0.05", "Ähre", "日本-12345"),
            (None, -1, None, "1234567890.12", None, "-07"),
            (0, 0, "1969-12-31 23:59:59.999999+00", "1.00", "日本", None),
        ]
