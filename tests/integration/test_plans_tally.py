"""What a statement reads with all that it sets off."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from mnemo_helpers import database, plans, sql
from mnemo_helpers.errors import SQLError

TABLES = """
CREATE TABLE owners (id int PRIMARY KEY);
CREATE TABLE things (id int PRIMARY KEY, owner_id int REFERENCES owners ON DELETE CASCADE, note text);
INSERT INTO owners SELECT n FROM generate_series(1, 500) AS n;
INSERT INTO things SELECT n, n % 400 + 1, repeat('x', 100) FROM generate_series(1, 20000) AS n
"""
GONE = "DELETE FROM owners WHERE id = :id"


@pytest.fixture(scope="module", autouse=True)
def _tables(opener: Callable[[str], database.Connection]) -> Iterator[None]:
    sql.use(opener)
    for statement in sql.split(TABLES):
        sql.session().execute(statement.encode())
    yield
    sql.close_all()


def pages_of(table: str) -> int:
    """Return how many pages a table has."""
    row = sql.session().execute(f"SELECT pg_relation_size('{table}') / 8192".encode()).fetchone()
    assert row
    return int(row[0])


def test_what_a_foreign_key_reads_is_counted() -> None:
    """EXPLAIN counts the plan alone; a cascade without an index reads the other table for each row that goes."""
    read = plans.tally("DELETE FROM owners WHERE id IN (:id, 499)", variables={"id": 500})
    assert read.of("things").scans == 2
    assert read.of("things").rows == 40_000
    assert read.of("things").pages >= 2 * pages_of("things")
    explained = plans.explain("DELETE FROM owners WHERE id IN (499, 500)")
    assert explained.buffers < pages_of("things") < read.pages
    assert f"{read.pages:,}" in read.shown.text


def test_what_comes_first_is_undone_and_not_counted() -> None:
    """An index that is tried leads to the rows, and is not there afterwards."""
    read = plans.tally(GONE, first="CREATE INDEX tried ON things (owner_id)", variables={"id": 500})
    assert read.of("tried").scans == 1
    assert read.of("things").scans == 0
    assert read.pages < pages_of("things") / 2
    assert sql.session().execute("SELECT to_regclass('tried'), count(*) FROM owners").fetchone() == (None, 500)


def test_what_was_left_alone_was_read_no_page_of() -> None:
    """A table that the statement does not need, and one that there is not."""
    read = plans.tally("SELECT count(*) FROM owners")
    assert read.of("things") == read.of("nothing") == plans.Touched(0, 0, 0)
    assert [*read.reads] == ["owners"]


def test_an_open_transaction_goes_on() -> None:
    """What was done in it stays, what was tried in it does not; a refusal leaves it usable."""
    sql.session().execute("BEGIN; INSERT INTO owners VALUES (501)")
    plans.tally(GONE, variables={"id": 501})
    with pytest.raises(SQLError, match="does not exist"):
        plans.tally("DELETE FROM nothing")
    assert sql.session().execute("SELECT count(*) FROM owners").fetchone() == (501,)
    sql.session().execute("ROLLBACK")
