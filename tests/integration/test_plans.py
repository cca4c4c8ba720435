"""EXPLAIN, asked of a server: what a statement does is measured and undone."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator

import plan_queries
import pytest
from server_room import until

from mnemo_helpers import database, plans, sql
from mnemo_helpers.errors import MnemoError, SQLError
from mnemo_helpers.plans._interval import total
from mnemo_helpers.plans._node import COUNTS


@pytest.fixture(scope="module", autouse=True)
def _tables(opener: Callable[[str], database.Connection]) -> Iterator[None]:
    sql.use(opener)
    for statement in (*sql.split(plan_queries.TABLES), "VACUUM ANALYZE parents, children, log"):
        sql.session().execute(statement.encode())
    yield
    sql.close_all()


def counted(table: str = "parents") -> object:
    """Return how many rows a table has, as the main session sees it."""
    row = sql.session().execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("name", plan_queries.QUERIES)
def test_what_the_nodes_took_adds_up_on_this_server(name: str) -> None:
    """Whatever its version and its load: no figure below nothing, and the sum is the statement's."""
    query = plan_queries.QUERIES[name]
    plan = plans.explain(query.sql, first=query.first)
    own, whole = list(plan.owned.nodes.values()), plan.owned.whole
    assert plan.owned.impossible == ()
    for one in COUNTS:
        summed = total(figures.counts[one] for figures in own)
        assert summed.low <= whole.counts[one].high, one
        assert whole.counts[one].low <= summed.high, one
    assert whole.ms is not None
    assert total(figures.ms for figures in own if figures.ms).low <= whole.ms.high + 1e-6
    assert counted() == 2000


def test_what_a_statement_changes_is_undone() -> None:
    """A change is measured, WAL and all, and the rows are there afterwards."""
    plan = plans.explain("DELETE FROM children WHERE id < 100")
    assert plan.wal_bytes > 0
    assert plan.root.told["Operation"] == "Delete"
    assert counted("children") == 40_000


def test_an_open_transaction_stays_as_it_was() -> None:
    """What it did before is kept, what the plan's statement did is undone, also when that fails."""
    session = sql.session()
    session.execute("BEGIN")
    session.execute("DELETE FROM parents WHERE id = 2000 AND NOT EXISTS (SELECT FROM children WHERE parent_id = 2000)")
    session.execute("INSERT INTO parents VALUES (3000, 1, 'mine')")
    plans.explain("DELETE FROM parents WHERE id = 3000")
    with pytest.raises(SQLError, match="does not exist"):
        plans.explain("SELECT * FROM nowhere")
    assert counted() == 2001
    session.execute("ROLLBACK")


def test_what_comes_first_is_undone_too() -> None:
    """An index that is only tried is used, and gone."""
    before = plans.explain("SELECT * FROM children WHERE word = 'x'")
    after = plans.explain("SELECT * FROM children WHERE word = 'x'", first="CREATE INDEX tried ON children (word)")
    assert (before.scans("children"), after.uses("tried")) == ("Seq Scan", True)
    assert sql.session().execute("SELECT to_regclass('tried')").fetchone() == (None,)
    found = plans.compare(before, after)
    assert found.same_rows
    assert found.pages_ratio > 100
    assert "Seq Scan on children" in found.shown.text


def test_two_questions_are_not_compared_as_one() -> None:
    """Other rows mean another question, and that is said."""
    found = plans.compare(plans.explain("SELECT 1"), plans.explain("SELECT generate_series(1, 3)"))
    assert not found.same_rows
    assert "not the same question" in found.shown.text
    with pytest.raises(MnemoError, match="not executed"):
        plans.compare(plans.explain("SELECT 1"), plans.explain("SELECT 1", analyze=False))


def test_several_runs_give_a_median() -> None:
    """Each begins from the same state; the plan keeps how long each took."""
    plan = plans.explain("DELETE FROM parents WHERE id > 1990 AND id NOT IN (SELECT parent_id FROM children)", runs=3)
    assert len(plan.times_ms) == 3
    assert min(plan.times_ms) <= plan.ms <= max(plan.times_ms)
    assert "3 runs" in plan.shown.text


def test_only_asked_nothing_is_executed() -> None:
    """An endless statement is planned in no time."""
    plan = plans.explain("SELECT * FROM children WHERE pg_sleep(1000) IS NULL", analyze=False)
    assert not plan.measured
    assert plan.scans("children") == "Seq Scan"


def test_names_are_filled_in() -> None:
    """As in a SQL cell."""
    plan = plans.explain("SELECT * FROM children WHERE id = :n", variables={"n": 7})
    assert plan.rows == 1


BAD = {
    "": "no statement",
    "-- nothing": "no statement",
    "SELECT 1; SELECT 2": "There are 2 statements",
    "EXPLAIN SELECT 1": "Leave out EXPLAIN",
    "VACUUM": "VACUUM has no plan",
    "create table x (a int)": "CREATE has no plan",
    "BEGIN": "BEGIN has no plan",
    "SELEC 1": 'syntax error at or near "SELEC"',
    "SELECT * FROM nowhere": 'relation "nowhere" does not exist',
    "SELECT 1 / 0": "division by zero",
    "UPDATE children SET parent_id = -1": "violates foreign key",
}


@pytest.mark.parametrize("text", BAD)
def test_what_has_no_plan_gets_a_sentence(text: str) -> None:
    """Nothing, too much, DDL, a slip: each is said, and the session goes on."""
    with pytest.raises(MnemoError) as raised:
        plans.explain(text)
    assert BAD[text] in str(raised.value)
    assert counted() == 2000


def test_what_does_not_make_sense_is_refused() -> None:
    """No runs at all."""
    with pytest.raises(MnemoError, match="at least once"):
        plans.explain("SELECT 1", runs=0)


def test_each_design_is_tried_and_undone() -> None:
    """What one builds the next does not see; how each reads, sorts and grows is told, and no index is left."""
    tried = plans.what_if(
        "SELECT * FROM children WHERE parent_id = :parent ORDER BY id DESC LIMIT 3",
        ["", "CREATE INDEX tried ON children (parent_id, id)", "CREATE INDEX other ON parents (id)"],
        first="SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off",
        variables={"parent": 7},
    )
    before, indexed, elsewhere = tried
    assert indexed.uses("tried")
    assert not elsewhere.uses("tried")
    assert before.rows == indexed.rows == elsewhere.rows
    assert tried.index_bytes[0] == 0 < tried.index_bytes[1]
    assert "Index Scan Backward" in tried.shown.text
    assert "as it is" in tried.shown.text
    assert tried[1].sql == indexed.sql
    assert "= 7 " in indexed.sql
    row = sql.session().execute("SELECT to_regclass('tried'), to_regclass('other')").fetchone()
    assert row == (None, None)


def test_rows_that_a_filter_removes_are_rows_read() -> None:
    """They were read, although they are not in the answer."""
    tried = plans.what_if("SELECT count(*) FROM children WHERE id + 0 < 0", [""])
    assert "40,000" in tried.shown.text


def test_a_design_within_an_open_transaction_leaves_it_as_it_was() -> None:
    """Also when a design is refused."""
    session = sql.session()
    session.execute("BEGIN")
    session.execute("CREATE INDEX mine ON parents (id)")
    plans.what_if("SELECT * FROM parents WHERE id = 1", ["DROP INDEX mine"])
    with pytest.raises(SQLError, match="does not exist"):
        plans.what_if("SELECT * FROM parents WHERE id = 1", ["CREATE INDEX ON parents (nothing)"])
    assert session.execute("SELECT to_regclass('mine') IS NOT NULL").fetchone() == (True,)
    session.execute("ROLLBACK")


@pytest.mark.parametrize("designs", [[], "CREATE INDEX ON parents (id)"])
def test_without_a_list_of_designs_it_says_so(designs: list[str]) -> None:
    """One statement is no list of them, each letter a design."""
    with pytest.raises(MnemoError, match="no design to try"):
        plans.what_if("SELECT 1", designs)


def test_1600_columns(outside: database.Connection) -> None:
    """A table as wide as a table can be is drawn all the same."""
    outside.execute(f"CREATE TABLE wide ({', '.join(f'column_{n} int' for n in range(1600))})".encode())
    assert plans.explain("SELECT * FROM wide").scans("wide") == "Seq Scan"


def test_a_plan_of_500_levels(outside: database.Connection) -> None:
    """A statement that was put together by a program is deep, and is read all the same."""
    text = "SELECT 1 AS n"
    for _ in range(500):
        text = f"SELECT n + 1 AS n FROM ({text} OFFSET 0) AS inner_one"
    assert len(plans.explain(text).nodes) == 501


def test_an_interrupted_statement_is_undone(outside: database.Connection, interruptible: None) -> None:
    """The statement is cancelled, the session is there, and its transaction is over."""

    def interrupt() -> None:
        asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
        until(lambda: outside.execute(asleep).fetchone() == (1,), "the statement sleeps")
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            plans.explain("SELECT pg_sleep(60)")
    finally:
        thread.join()
    assert counted() == 2000
