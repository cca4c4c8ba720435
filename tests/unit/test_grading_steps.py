"""What sessions are to do, as it is written: read into steps, or refused with a sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stage_exercises import HINTS, OVERWRITE, SKEW, TRIAGE, VISITS

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading import Interleaved, Invariant, Level, Order, Raced, Steps, stage
from mnemo_helpers.grading._answer import NotAnAttempt
from mnemo_helpers.grading._stage import Asked
from mnemo_helpers.grading._steps import Unreadable, read_level, read_order, read_steps

RACED = Raced(values={"key": "{client}"}, told=("key",), laws={})
KEYED = Steps(("carl", "dora"), "true", "So.", values={"carl": {"key": "c"}, "dora": {"key": "d"}})


def of(exercise: Interleaved, answer: str, session: str, **changed: object) -> list[str]:
    """Return the steps of a session."""
    assert isinstance(exercise.asks, Steps)
    asks = replace(exercise.asks, **changed)  # type: ignore[arg-type]
    return [step.sql for step in read_steps(exercise, asks, answer).steps if step.session == session]


@pytest.mark.parametrize(
    ("answer", "steps"),
    [
        ("BEGIN; SELECT 1; -- so\nUPDATE t SET who = :who; COMMIT;",
         ["BEGIN; SELECT 1", "UPDATE t SET who = 'Bob'", "COMMIT"]),
        ("UPDATE t SET n = 1", ["BEGIN; UPDATE t SET n = 1", "COMMIT"]),
        ("SELECT 1; SELECT 1 FOR UPDATE", ["SELECT 1", "BEGIN; SELECT 1 FOR UPDATE", "COMMIT"]),
        ("BEGIN; SAVEPOINT a; ROLLBACK TO a; ROLLBACK; DELETE FROM t",
         ["BEGIN; SAVEPOINT a", "ROLLBACK TO a", "ROLLBACK", "BEGIN; DELETE FROM t", "COMMIT"]),
        ("LOCK TABLE t", ["LOCK TABLE t"]),
        ("BEGIN", ["BEGIN"]),
    ],
)  # fmt: skip
def test_a_change_and_its_commit_are_two_steps(answer: str, steps: list[str]) -> None:
    """A statement alone is a transaction too, and others may come before its end; BEGIN alone is no step."""
    assert of(VISITS, answer, "bob") == steps


def test_a_transaction_that_is_given_stands_around_the_steps() -> None:
    """Whether or not the session's name stands before each."""
    assert of(TRIAGE, "SELECT 1; SELECT 2", "alice") == ["BEGIN; SELECT 1", "SELECT 2", "COMMIT"]
    assert of(TRIAGE, "alice: SELECT 1\nalice: SELECT 2", "alice") == ["BEGIN; SELECT 1", "SELECT 2", "COMMIT"]
    assert len(of(TRIAGE, "SELECT 1", "bob")) == 3


def test_each_of_several_sessions_has_its_own_steps() -> None:
    """Where the sessions do different things, their names stand before their steps."""
    answer = "alice: BEGIN\nalice: SELECT 1\nbob: SELECT 2\nalice: COMMIT"
    assert of(VISITS, answer, "alice", values={}) == ["BEGIN", "SELECT 1", "COMMIT"]
    for lacking, told in (("alice: SELECT 1", "no step of bob"), ("carol: SELECT 1", "no session 'carol'")):
        with pytest.raises(Unreadable, match=told):
            of(VISITS, lacking, "alice", values={})


@pytest.mark.parametrize(
    ("decides", "answer", "reason"),
    [
        ("nothing", "BEGIN; SELECT 1", "transaction"),
        ("nothing", "SELECT 1; COMMIT", "transaction"),
        ("transaction", "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1", "level"),
        ("transaction", "BEGIN; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "level"),
        ("level", "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE", "place"),
        ("level", "SET default_transaction_isolation = serializable", "place"),
    ],
)
def test_what_is_given_cannot_be_decided(decides: str, answer: str, reason: str) -> None:
    """The transaction, its level, the session's settings."""
    with pytest.raises(Unreadable) as no:
        of(VISITS, answer, "alice", decides=decides)
    assert no.value.reason == reason
    assert of(VISITS, "BEGIN ISOLATION LEVEL SERIALIZABLE; COMMIT", "bob", decides="level")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("bob:   COMMIT", ""), "missing"),
        (("bob:   COMMIT", "bob: ROLLBACK"), "changed"),
        (("alice: COMMIT", "alice: COMMIT\nalice: COMMIT"), "twice"),
        (("alice: UPDATE counter SET n = :n + 1\nalice: COMMIT", "alice: COMMIT\nalice: UPDATE counter SET n = :n + 1"),
         "turned"),
        (("bob:   COMMIT", "dave: COMMIT"), "no steps"),
    ],
)  # fmt: skip
def test_an_order_has_the_steps_that_are_given(change: tuple[str, str], reason: str) -> None:
    """All of them, no other, each session's own in their order."""
    answer = OVERWRITE.reference.replace(*change)
    assert answer != OVERWRITE.reference
    with pytest.raises(Unreadable) as no:
        read_order(OVERWRITE, answer)
    assert no.value.reason == reason


@pytest.mark.parametrize(
    ("answer", "level"),
    [
        ("Serializable", "serializable"),
        ("BEGIN ISOLATION LEVEL REPEATABLE   READ;", "repeatable read"),
        ("level: read_committed", "read committed"),
        ("read uncommitted", "read committed"),
    ],
)
def test_a_level_is_read_however_it_is_written(answer: str, level: str) -> None:
    """Of PostgreSQL's four names, two mean the same."""
    assert read_level(answer) == level
    with pytest.raises(NotAnAttempt):
        read_level("snapshot")


@pytest.mark.parametrize(
    ("asks", "given", "levels", "told"),
    [
        (Level(), SKEW, ("snapshot",), "no isolation level snapshot"),
        (Level(), "alice: SELECT 1", ("serializable",), "two or more sessions"),
        (Order(), SKEW, ("read committed", "serializable"), "at one level"),
        (Invariant({}, {"no": "SELECT 1"}), "", ("serializable",), "a good end and a broken one"),
        (Steps(("alice",), "true", "So."), "", ("serializable",), "make two or more"),
        (Steps(("alice", "bob"), "true", "So."), SKEW, ("serializable",), "make two or more"),
        (Steps(("carl", "dora"), "true", "So.", values={"carl": {}}), "", ("serializable",), "each session has its"),
        (Steps(("carl", "dora"), "true", "So.", race=RACED), "", ("serializable",), "A race is run at one level"),
        (replace(KEYED, race=RACED), "", ("serializable", "read committed"), "A race is run at one level"),
        (replace(KEYED, race=RACED), SKEW, ("serializable",), "A race is run at one level"),
        (replace(KEYED, race=replace(RACED, values={"n": "1"})), "", ("serializable",), "the values that its sessions"),
    ],
)
def test_an_exercise_whose_parts_do_not_fit_is_refused(
    asks: Asked, given: str, levels: tuple[str, ...], told: str
) -> None:
    """When it is written, not when somebody answers."""
    with pytest.raises(MnemoError, match=told):
        stage(
            "3.2.1", minutes=1, tables="", says="So.", asks=asks, reference="", hints=HINTS, given=given, levels=levels
        )
