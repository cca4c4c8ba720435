"""Checks on a server that somebody else runs: with a pair of roles, and without the second one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import small_data
from psycopg import sql

from mnemo_helpers import database, server
from mnemo_helpers.grading import (
    Action,
    Question,
    choice,
    counterexample,
    determines,
    history,
    judge,
    prediction,
    query,
    refused,
    schema,
    wrong,
)
from mnemo_helpers.server import _cast

COUNT = query("1.1.1", minutes=1, reference="SELECT count(*) FROM stones", rows={"no stone at all": ""}, hints=())
LETTER = choice("1.1.2", minutes=1, options={"a": "x", "b": "y"}, because={"b": "No."}, proof="SELECT 'a'")
GUESS = prediction("1.1.3", minutes=1, label="stones", measure="SELECT count(*) FROM stones")
SCHEMA = (
    "CREATE TABLE t (a int PRIMARY KEY);\n-- action put(a)\nINSERT INTO t VALUES (:a);\n-- question all(a)\nTABLE t;"
)
KEYLESS = SCHEMA.replace(" PRIMARY KEY", "")
ONCE = schema(
    "1.1.4",
    minutes=1,
    actions=(Action("put", ("a",)),),
    questions=(Question("all", ("a",)),),
    legal={"Two may be put.": history(("put", 1), ("put", 2), gives={"all": [(1,), (2,)]})},
    illegal={"Each is put once.": refused(("put", 1), ("put", 1), sqlstates=("23505",))},
    one_fact={"A stone is one row.": history(("put", 1))},
    reference=SCHEMA,
    rejects={"no_key": wrong(KEYLESS, "Nothing keeps it out.")},
    hints=(),
)
ROWS = counterexample(
    "1.1.6",
    minutes=1,
    tables="CREATE TABLE t (a int, b int)",
    claim=determines("t", "a", "b"),
    reference="(1, 1), (1, 2)",
    hints=(),
)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A data set on a server where Mnemo has a learner's role with CREATEDB, and an answer role."""
    with (
        small_data.small(tmp_path, monkeypatch) as data,
        database.connect("postgres", "owner") as owner,
    ):
        learner = f"pupil{secrets.token_hex(3)}"
        roles = [learner, f"{learner}_a"]
        for role, right in zip(roles, ("CREATEDB", ""), strict=True):
            owner.execute(
                sql.SQL(
                    f"CREATE ROLE {{0}} LOGIN {right} PASSWORD 'given'; GRANT CONNECT ON DATABASE postgres TO {{0}}"
                ).format(sql.Identifier(role))
            )
        monkeypatch.setenv("MNEMO_STATE", str(tmp_path / "state"))
        for variable, role in zip(("MNEMO_SERVER", "MNEMO_ANSWER"), roles, strict=True):
            monkeypatch.setenv(variable, f"postgresql://{role}:given@127.0.0.1:{owner.info.port}/postgres")
        yield data
        monkeypatch.undo()
        made = owner.execute("SELECT datname FROM pg_database WHERE datdba = %s::regrole", [learner]).fetchall()
        for (name,) in made:
            owner.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(name)))
            owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        for role in roles:
            owner.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(role)))


def test_every_kind_is_judged_with_a_pair_of_roles(data: str) -> None:
    """With CREATEDB alone; a wrong answer is known here too."""
    for exercise, right, wrong_ in (
        (COUNT, COUNT.reference, "SELECT 5"),
        (LETTER, "a", "b"),
        (GUESS, "5", "50"),
        (ROWS, ROWS.reference, "(1, 1), (2, 2)"),
        (ONCE, SCHEMA, KEYLESS),
    ):
        passed, failed = (judge(exercise, answer, dataset=data) for answer in (right, wrong_))
        assert passed.status == "pass", str(passed)
        assert failed.status == "fail", str(failed)
    assert failed.misconception == "no_key"
    loop = "DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$"
    hasty = query("1.1.5", minutes=1, reference="SELECT 1", rows={}, hints=(), timeout_s=0.3)
    assert "was stopped" in judge(hasty, loop, dataset=data).message


def test_without_an_answer_role_nothing_is_graded(data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is said who can mend it."""
    monkeypatch.delenv("MNEMO_ANSWER")
    for exercise, answer in (
        (COUNT, COUNT.reference),
        (LETTER, "a"),
        (GUESS, "5"),
        (ROWS, ROWS.reference),
        (ONCE, SCHEMA),
    ):
        verdict = judge(exercise, answer, dataset=data)
        assert verdict.status == "not_graded", str(verdict)
        assert "Your answer was not judged. This server has no role for running answers." in verdict.message
        assert "Set MNEMO_ANSWER" in verdict.message
    assert judge(COUNT, "-- nothing", dataset=data).status == "not_attempted"


@pytest.mark.parametrize("part", ["shop_support", "not_there"])
def test_without_the_cast_what_needs_it_is_not_graded(data: str, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """A role that may not be put on, or is not there, is not the answer's fault; it is said what to send."""
    for module in (server, _cast):
        monkeypatch.setattr(module, "CAST", (part,))
    shown = schema(
        "1.1.5",
        minutes=1,
        actions=(),
        questions=(Question("all", ("a",), sql="SELECT a FROM t", role=part),),
        legal={"They see all.": history(gives={"all": []})},
        reference=f"CREATE TABLE t (a int); GRANT SELECT ON t TO {part}",
        hints=(),
    )
    verdict = judge(shown, shown.reference, dataset=data)
    assert verdict.status == "not_graded", str(verdict)
    assert f"This server lacks roles to put on by SET ROLE: {part}." in verdict.message
    held = server.ensure()
    assert f'GRANT "{part}" TO "{held.learner}", "{held.answer}"' in verdict.message
