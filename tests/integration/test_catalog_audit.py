"""What inherited tables may be hiding: each kind of finding, what refutes it, and the query that shows it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from mnemo_helpers import catalog, database, sql
from mnemo_helpers.errors import SQLError, UnknownName

DDL = """
CREATE TYPE mood AS ENUM ('calm', 'glad');
CREATE DOMAIN amount AS text;
-- 1500 rows: what the first thousand keep, the others may break.
CREATE TABLE "Waren {c} %" AS
SELECT n AS id, NULL::int AS nothing, 'EUR' AS "Währung", nullif(n % 2, 0) AS one_or_none,
       n::text AS number, (n / 100.0)::text AS price, to_char(n, 'FM00000') AS code,
       (CASE WHEN n = 1500 THEN 'none' ELSE n::text END)::amount AS nearly,
       (date '2024-01-01' + n)::text AS day, (timestamptz '2024-01-01 10:00+00' + n * interval '1 h')::text AS at,
       md5(n::text)::uuid::text AS ref, CASE WHEN n % 3 = 0 THEN 'red' ELSE 'red,blue' END AS colours,
       CASE WHEN n > 1200 THEN 'late' END AS late, 'calm'::mood AS mood, '{"a": 1}'::json AS json,
       (n % 24) * 100 + n % 60 AS clock, n % 60 AS minute, (n % 5) * 100 AS few, n * 61 AS no_clock
FROM generate_series(1, 1500) AS n;
ALTER TABLE "Waren {c} %" ADD PRIMARY KEY (id);
CREATE TABLE shops (id int PRIMARY KEY, code text UNIQUE, town text);
INSERT INTO shops SELECT n, 's' || n, 'Ulm' FROM generate_series(1, 10) AS n;
CREATE TABLE sales (shop_id int, code text, town text, shops_id text, n int);
INSERT INTO sales SELECT n % 12, 's' || n % 10 + 1, 'Ulm' || n % 2, n % 10 + 1, n FROM generate_series(1, 120) AS n;
INSERT INTO sales VALUES (NULL, NULL, 'Ulm1', '3', 120);
CREATE TABLE kept (shop_id int REFERENCES shops, code text, n int, UNIQUE (code, n));
INSERT INTO kept SELECT 1, 'x' || n % 2, n FROM generate_series(1, 4) AS n;
CREATE UNIQUE INDEX kept_one ON kept (n) WHERE n > 2;
CREATE TABLE half (n int, m int);
CREATE UNIQUE INDEX half_n ON half (n) WHERE m > 0;
INSERT INTO half VALUES (1, 1), (2, 2), (2, 0), (3, 0);
CREATE TABLE folded (email text);
CREATE UNIQUE INDEX folded_email ON folded (lower(email));
INSERT INTO folded VALUES ('a@x'), ('b@x');
CREATE TABLE empty (n int);
CREATE TABLE single (n text);
INSERT INTO single VALUES ('1');
CREATE TABLE bare ();
INSERT INTO bare DEFAULT VALUES;
"""


@pytest.fixture(scope="module")
def here(scratch_db: str) -> Iterator[database.Connection]:
    """A connection to a database with such tables."""
    with database.connect(scratch_db) as connection:
        connection.execute(DDL.encode())
        yield connection


def test_columns_are_told_by_what_their_rows_keep(here: database.Connection) -> None:
    """Each kind, with what holds first; what a later row breaks is not told, and a value that comes late is seen."""
    found = catalog.audit("Waren {c} %", connection=here)
    assert [(each.column, each.kind, each.seen) for each in found.findings] == [
        ("nothing", "always NULL", "no row has a value"),
        ("Währung", "constant", "always EUR"),
        ("one_or_none", "constant", "NULL or 1"),
        ("number", "number as text", "every value reads as a number"),
        ("price", "number as text", "every value reads as a number"),
        ("code", "candidate key", "no value comes twice, none is missing"),
        ("nearly", "candidate key", "no value comes twice, none is missing"),
        ("day", "date as text", "every value reads as a date or an instant"),
        ("at", "date as text", "every value reads as a date or an instant"),
        ("ref", "uuid as text", "every value reads as a uuid"),
        ("colours", "list as text", "every value reads as words with commas between"),
        ("late", "constant", "NULL or late"),
        ("mood", "constant", "always calm"),
        ("json", "constant", 'always {"a": 1}'),
        ("clock", "clock as number", "every value reads as hhmm"),
        ("no_clock", "candidate key", "no value comes twice, none is missing"),
    ]
    assert found.rows == {"Waren {c} %": 1500}
    assert found.of("always NULL") == ("Waren {c} %.nothing",)


def test_each_query_shows_its_finding(here: database.Connection) -> None:
    """It runs as it is, names in quotes included; of a candidate key it gives the values that come twice: none."""
    for each in catalog.audit(connection=here).findings:
        rows = here.execute(each.query.encode()).fetchall()
        assert bool(rows) != (each.kind in ("candidate key", "no key", "reference")), each


def test_a_table_without_a_key_is_told(here: database.Connection) -> None:
    """A unique index with a condition is no key; one over several columns or an expression is."""
    found = catalog.audit("sales", "kept", "half", "folded", connection=here)
    assert found.of("no key") == ("sales", "half")
    # Within a key of two columns, one of them may be a key by itself.
    assert found.of("candidate key") == ("kept.n", "folded.email")


def test_what_is_called_like_a_key_is_looked_up(here: database.Connection) -> None:
    """By its name or the table's; also where types differ; not where most is not found, and not where a key says so."""
    found = catalog.audit("shops", "sales", "kept", connection=here)
    partners = [(each.kind, each.table, each.column, each.seen) for each in found.findings if "shops." in each.seen]
    assert partners == [
        ("orphans", "sales", "shop_id", "20 rows, 2 values, are not in shops.id"),
        ("reference", "sales", "code", "each is in shops.code, and no foreign key says so"),
    ]
    with here.transaction(force_rollback=True):
        here.execute("ALTER TABLE sales ALTER shop_id TYPE text; DELETE FROM sales WHERE shop_id IN ('0', '11')")
        assert "sales.shop_id" in catalog.audit("shops", "sales", connection=here).of("reference")
        here.execute("UPDATE sales SET shop_id = '20' WHERE n <= 60")
        assert catalog.audit("shops", "sales", connection=here).of("orphans") == ()


def test_of_fewer_than_two_rows_nothing_is_said(here: database.Connection) -> None:
    """Of one row everything would be constant; a table may have no column at all."""
    found = catalog.audit("empty", "single", "bare", connection=here)
    assert found.findings == ()
    assert str(found) == "· Nothing to ask about in empty (0 rows), single (1 row), bare (0 rows)."


def test_wide_tables_are_looked_at(here: database.Connection) -> None:
    """More may be asked of 300 columns than one row of a result can hold."""
    with here.transaction(force_rollback=True):
        columns = ", ".join(f"c{i} text" for i in range(300))
        here.execute(f"CREATE TABLE wide ({columns}); INSERT INTO wide (c299) VALUES ('1'), ('2')".encode())
        found = catalog.audit("wide", connection=here)
        assert len(found.of("always NULL")) == 299
        assert found.of("number as text") == ("wide.c299",)


def test_an_audit_is_shown_with_its_rows(here: database.Connection) -> None:
    """One line a finding, and below how much was looked at."""
    text = str(catalog.audit("half", "shops", connection=here))
    assert "half  |        | no key" in text
    assert text.endswith("2 hypotheses about half (4 rows), shops (10 rows)")
    assert "1 hypothesis about shops" in str(catalog.audit("shops", connection=here))


def test_what_cannot_be_told_is_said(here: database.Connection, scratch_db: str) -> None:
    """A table that is not there; and without a connection the open session is asked, broken transaction included."""
    with pytest.raises(UnknownName, match="Did you mean 'sales'"):
        catalog.audit("sale", connection=here)
    sql.use(lambda name: database.connect(scratch_db, name=name))
    try:
        sql.session().execute("BEGIN; INSERT INTO empty VALUES (1), (1)")
        assert catalog.audit("empty").of("constant") == ("empty.n",)
        with pytest.raises(psycopg.errors.DivisionByZero):
            sql.session().execute("SELECT 1/0")
        with pytest.raises(SQLError, match="current transaction is aborted"):
            catalog.audit("empty")
    finally:
        sql.close_all()
