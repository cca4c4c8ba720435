"""What befalls a check: an answer that changes its own role, a server that goes away in the middle."""

from __future__ import annotations

import secrets
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import small_data
from server_room import Room, ask, until

from mnemo_helpers import database, server
from mnemo_helpers.grading import (
    Action,
    Exercise,
    Question,
    Verdict,
    counterexample,
    history,
    judge,
    never,
    query,
    refused,
    schema,
    wrong,
)

COUNT = query(
    "1.1.1",
    minutes=1,
    reference="SELECT count(*) FROM stones",
    rows={"no stone at all": ""},
    rejects={"piles": wrong("SELECT count(*) FROM piles", "Those are piles.")},
    hints=("1", "2", "3"),
    timeout_s=60,
)
SCHEMA = """
CREATE TABLE t (a int PRIMARY KEY);
-- action put(a)
INSERT INTO t VALUES (:a);
-- question all(a)
TABLE t;
"""
ONCE = schema(
    "1.1.2",
    minutes=1,
    actions=(Action("put", ("a",)),),
    questions=(Question("all", ("a",)),),
    legal={"Two may be put.": history(("put", 1), ("put", 2), gives={"all": [(1,), (2,)]})},
    illegal={"Each is put once.": refused(("put", 1), ("put", 1), sqlstates=("23505",))},
    one_fact={},
    reference=SCHEMA,
    rejects={"no_key": wrong(SCHEMA.replace(" PRIMARY KEY", ""), "Nothing keeps it out.")},
    hints=("1", "2", "3"),
)
SLOW = counterexample(
    "1.1.3",
    minutes=1,
    tables="CREATE TABLE t (a int PRIMARY KEY)",
    claim=never("Nothing is there.", "SELECT a, pg_sleep(60) FROM t"),
    reference="(1)",
    hints=("1", "2", "3"),
    timeout_s=60,
)


@pytest.fixture
def data(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A small data set on a server of the test's own: what is changed here belongs to the whole server."""
    name = f"stones{secrets.token_hex(4)}"
    small_data.write(tmp_path, name)
    monkeypatch.setenv("MNEMO_COURSE", str(tmp_path))
    return name


def test_an_answer_cannot_lock_its_role_out_or_set_it_up(data: str) -> None:
    """Its password and its settings are back before anything of it is judged, and for the next answer."""
    evil = """
        ALTER ROLE CURRENT_USER PASSWORD 'mine';
        ALTER ROLE CURRENT_USER SET search_path = nowhere;
        ALTER ROLE CURRENT_USER SET statement_timeout = 1;
        ALTER ROLE CURRENT_USER SET default_transaction_read_only = on;
    """
    assert judge(ONCE, f"{evil}{SCHEMA}", dataset=data).status == "pass"
    assert judge(ONCE, f"{evil}{SCHEMA.replace(' PRIMARY KEY', '')}", dataset=data).misconception == "no_key"
    # Not even what only its own question would feel: for whom a = NULL means a IS NULL.
    nulls = SCHEMA.replace("\nTABLE t;", "\nSELECT a FROM t WHERE (a = NULL) IS NULL;")
    assert (
        judge(ONCE, f"ALTER ROLE CURRENT_USER SET transform_null_equals = on; {nulls}", dataset=data).status == "pass"
    )
    # Broken off in the middle, it leaves them behind; the next check takes them away.
    assert judge(ONCE, f"{evil} SELECT nothing; {SCHEMA}", dataset=data).status == "fail"
    assert judge(COUNT, "SELECT count(*) FROM stones", dataset=data).status == "pass"


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (COUNT, "SELECT count(*), pg_sleep(60) FROM stones"),
        (replace(ONCE, timeout_s=60), SCHEMA.replace("\nTABLE t;", "\nSELECT pg_sleep(60);")),
        (SLOW, SLOW.reference),
    ],
    ids=["query", "schema", "counterexample"],
)
def test_a_server_that_goes_away_in_the_middle(data: str, room: Room, exercise: Exercise, answer: str) -> None:
    """It is neither passed nor failed; the next answer is judged, on the server that was started again."""
    running = server.ensure()
    assert judge(COUNT, COUNT.reference, dataset=data).status == "pass"
    verdicts: list[Verdict] = []
    checking = threading.Thread(target=lambda: verdicts.append(judge(exercise, answer, dataset=data)))
    checking.start()
    asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    until(lambda: ask(running, asleep) == 1, "the answer runs")
    room.found().process.kill()
    checking.join(30)
    assert [verdict.status for verdict in verdicts] == ["not_graded"]
    assert "went away in the middle" in verdicts[0].message
    assert "Run this cell again." in verdicts[0].message
    assert judge(COUNT, COUNT.reference, dataset=data).status == "pass"
    assert judge(ONCE, SCHEMA, dataset=data).status == "pass"
    with database.connect("postgres", "owner") as owner:
        left = owner.execute("SELECT datname FROM pg_database WHERE datname LIKE 'mnemo_scratch_%'").fetchall()
        assert left == []
