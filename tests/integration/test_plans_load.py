"""What indexes cost the writes, and what many clients make of the answers' times."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from mnemo_helpers import database, plans, server, sql
from mnemo_helpers.errors import MnemoError, SQLError

TABLES = """
CREATE TABLE notes (id int PRIMARY KEY, author int, body text) WITH (fillfactor = 50);
INSERT INTO notes SELECT n, n % 50, md5(n::text) FROM generate_series(1, 5000) AS n
"""
WORKLOAD = {
    "added": "INSERT INTO notes SELECT n, n % 50, md5(n::text) FROM generate_series(10001, 11000) AS n",
    "signed": "UPDATE notes SET author = author + 1 WHERE id <= 500",
    "gone": "DELETE FROM notes WHERE id <= 500 AND id % 50 = 0",
}


@pytest.fixture(scope="module", autouse=True)
def _tables(opener: Callable[[str], database.Connection]) -> Iterator[None]:
    sql.use(opener)
    for statement in sql.split(TABLES):
        sql.session().execute(statement.encode())
    yield
    sql.close_all()


@pytest.fixture(scope="module")
def priced() -> plans.Price:
    """The price of an index on a column that is updated, and of one more."""
    # Once: what was undone leaves no room on its pages as long as anybody on the server may still want to see it.
    return plans.price("CREATE INDEX ON notes (author); CREATE INDEX ON notes (body)", WORKLOAD, runs=1)


def test_each_row_is_written_once_more_for_each_index(priced: plans.Price) -> None:
    """A record of WAL for the row, one for its primary key, and one for each of two indexes."""
    added = priced.writes["added"]
    without, having = (records / added.rows for records in added.wal_records)
    assert added.rows == 1000
    assert 1.9 < without < 2.2
    assert 3.8 < having < 4.4
    assert added.wal_bytes[1] > 1.3 * added.wal_bytes[0]


def test_an_update_of_an_indexed_column_is_no_longer_hot(priced: plans.Price) -> None:
    """Without an index on the column it needs no new entry, and with one it does."""
    signed = priced.writes["signed"]
    assert signed.updates == 500
    assert signed.hot[0] > 400
    assert signed.hot[1] == 0
    assert "HOT" in priced.shown.text


def test_a_write_does_not_pay_for_what_was_undone_before_it(priced: plans.Price) -> None:
    """A DELETE writes no entry, so it costs the same with indexes and without, though its rows were just updated."""
    gone = priced.writes["gone"]
    without, having = (records / gone.rows for records in gone.wal_records)
    assert 0.9 < without < 1.2
    assert 0.9 < having < 1.2


def test_nothing_of_it_stays(priced: plans.Price) -> None:
    """Neither rows nor indexes."""
    row = (
        sql.session()
        .execute("SELECT count(*), (SELECT count(*) FROM pg_indexes WHERE tablename = 'notes') FROM notes")
        .fetchone()
    )
    assert row == (5000, 1)
    assert priced.index_bytes > 8192


@pytest.mark.parametrize(
    ("ddl", "workload", "said"),
    [
        ("", WORKLOAD, "nothing to price"),
        ("CREATE INDEX ON notes (author)", {}, "nothing to price"),
        ("CREATE TABLE other (a int)", WORKLOAD, "make no index"),
        ("CREATE INDEX ON notes (author)", {"read": "SELECT * FROM notes"}, "read writes nothing"),
    ],
)
def test_what_has_no_price_is_refused(ddl: str, workload: dict[str, str], said: str) -> None:
    """With what to give instead; nothing stays of it."""
    with pytest.raises(MnemoError, match=said):
        plans.price(ddl, workload)
    assert sql.session().execute("SELECT to_regclass('other')").fetchone() == (None,)


def test_a_statement_that_is_refused_leaves_the_session_usable() -> None:
    """What the server says is said, and the transaction is over."""
    with pytest.raises(SQLError, match="does not exist"):
        plans.price("CREATE INDEX ON notes (nothing)", WORKLOAD)
    sql.session().execute("BEGIN")
    with pytest.raises(MnemoError, match="transaction is open"):
        plans.price("CREATE INDEX ON notes (author)", WORKLOAD)
    sql.session().execute("ROLLBACK")


@pytest.fixture(scope="module")
def dsn(scratch_db: str) -> str:
    """Where the clients connect."""
    return server.conninfo(server.ensure(), "learner", scratch_db)


def test_every_question_is_timed_under_load(dsn: str) -> None:
    """Each has a median and a tail, and the limit tells which are late; an average is among them, and is not enough."""
    questions = {"quick": "SELECT * FROM notes WHERE id = :id", "slow": "SELECT pg_sleep(0.02), :id"}
    load = plans.under_load(questions, 3, 0.5, values={"id": range(1, 5000)}, limit_ms=15, dsn=dsn)
    assert load.percentile("slow", 0.5) >= 20
    assert load.percentile("slow", 0.5) <= load.percentile("slow", 0.95) <= load.percentile("slow", 0.99)
    assert "slow" in load.late
    for name in questions:
        assert name in load.shown.text
        assert name in load.shown.html


def test_each_round_trip_takes_the_latency(dsn: str) -> None:
    """A question of three statements crosses the network three times."""
    load = plans.under_load({"one": "SELECT 1", "three": "SELECT 1; SELECT 2; SELECT 3"}, 1, 0.3, latency_ms=5, dsn=dsn)
    assert load.percentile("one", 0.0) >= 5
    assert load.percentile("three", 0.0) >= 15


def test_what_weighs_more_is_asked_more_often(dsn: str) -> None:
    """And what weighs nothing never; the mean is that of all askings, not of the questions."""
    questions = {"quick": "SELECT 1", "slow": "SELECT pg_sleep(0.02)", "never": "SELECT 2"}
    load = plans.under_load(questions, 2, 0.5, weights={"slow": 1, "quick": 20, "never": 0}, dsn=dsn)
    assert set(load.times_ms) == {"quick", "slow"}
    assert load.asked == len(load.times_ms["quick"]) + len(load.times_ms["slow"])
    assert len(load.times_ms["quick"]) > 4 * len(load.times_ms["slow"])
    of_questions = [sum(times) / len(times) for times in load.times_ms.values()]
    assert min(of_questions) < load.mean_ms < sum(of_questions) / 2


@pytest.mark.parametrize(
    ("questions", "settings", "said"),
    [
        ({}, {}, "nothing to ask"),
        ({"one": " -- nothing"}, {}, "nothing to ask"),
        ({"one": "SELECT 1"}, {"latency_ms": -1.0}, "no less than no time"),
        ({"one": "SELECT 1"}, {"weights": {"one": 0}}, "weights do not fit"),
        ({"one": "SELECT 1"}, {"weights": {"two": 1}}, "weights do not fit"),
        ({"one": "SELECT 1"}, {"weights": {"one": 1, "two": 1}}, "weights do not fit"),
        ({"one": "SELECT 1"}, {"clients": 0}, "at least one client"),
        ({"one": "SELECT 1 / 0"}, {"seconds": 60.0}, "question one was refused(.|\n)*22012"),
    ],
)
def test_what_is_no_load_is_refused(questions: dict[str, str], settings: dict[str, float], said: str, dsn: str) -> None:
    """Nothing to ask, no clients, a question that fails."""
    with pytest.raises(MnemoError, match=said):
        plans.under_load(questions, dsn=dsn, **settings)  # type: ignore[arg-type]
