"""Verdicts on sessions at work at the same time: what holds in every order, what breaks and in which, what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from stage_exercises import ALL, BUY, LAST_TICKET, LOST, ON_CALL, OVERWRITE, SHIFTS, TRIAGE, VISITS, WEAKEST

from mnemo_helpers import database
from mnemo_helpers.grading import Interleaved, Steps, Verdict, judge, wrong
from mnemo_helpers.grading._interleaved import _KNOWN

RIGHT = [(exercise, answer) for exercise in ALL for answer in (exercise.reference, *exercise.accepts)]
WRONG = [(exercise, name) for exercise in ALL for name in exercise.rejects]
QUICK = replace(VISITS, timeout_s=0.5, rejects={})


def check(exercise: Interleaved, answer: str) -> Verdict:
    """Judge an answer; the lesson's data have no part in it."""
    return judge(exercise, answer, dataset="none")


@pytest.mark.parametrize(("exercise", "answer"), RIGHT)
def test_right_answers_of_any_shape_pass(exercise: Interleaved, answer: str) -> None:
    """One statement, a lock, a version; another way to write a level, a sentence, an order."""
    verdict = check(exercise, answer)
    assert verdict.status == "pass", str(verdict)
    assert verdict.message.startswith("Right")


@pytest.mark.parametrize(("exercise", "name"), WRONG)
def test_wrong_answers_are_named(exercise: Interleaved, name: str) -> None:
    """Each known one fails as itself."""
    verdict = check(exercise, exercise.rejects[name].answer)
    assert (verdict.status, verdict.misconception) == ("fail", name), str(verdict)
    assert verdict.message.startswith(exercise.rejects[name].because)


@pytest.mark.parametrize(
    ("exercise", "answer", "name"),
    [
        (ON_CALL, "UPDATE doctors SET on_call = (SELECT count(*) FROM doctors WHERE on_call) < 2 WHERE name = :doctor",
         "looks_first"),
        (VISITS, "SELECT n + 1 AS next FROM counter WHERE page = 'home';"
         "WITH c AS (UPDATE counter SET n = :next WHERE page = 'home' RETURNING 1) INSERT INTO visits VALUES (:who)",
         "read_then_write"),
        (WEAKEST, "READ UNCOMMITTED", "default"),
        (SHIFTS, "EXISTS (SELECT FROM doctors WHERE on_call)", "anybody"),
        (SHIFTS, "true", None),
        (SHIFTS, "1", "number"),
        (OVERWRITE, "bob: BEGIN; SELECT n FROM counter\nbob: UPDATE counter SET n = :n + 1\nbob: COMMIT\n"
         "alice: BEGIN; SELECT n FROM counter\nalice: UPDATE counter SET n = :n + 1\nalice: COMMIT", "one_by_one"),
        (TRIAGE, "UPDATE seats SET guest = 'Alice' WHERE seat = 1;UPDATE seats SET guest = 'Alice' WHERE seat = 2",
         "other_way_round"),
        (LAST_TICKET, BUY.replace("BEGIN;", "BEGIN; SELECT seats FROM shows;").replace("free = free - 1", "free = 0"),
         "only_the_last"),
        (LAST_TICKET, BUY.replace(":key", "substr(md5(random()::text), 1, 9)::text || :key"), None),
    ],
)  # fmt: skip
def test_mistakes_are_known_by_what_they_do(exercise: Interleaved, answer: str, name: str | None) -> None:
    """Other words, other steps, the same ends; and an answer that ends otherwise is not taken for one that is known."""
    verdict = check(exercise, answer)
    assert (verdict.status, verdict.misconception) == ("fail", name), str(verdict)


def test_two_that_violate_different_constraints_are_not_the_same_mistake() -> None:
    """What is known of one key says nothing of another."""
    twice = "INSERT INTO visits VALUES (:who); INSERT INTO visits VALUES (:who)"
    visits = replace(VISITS, rejects={"comes_twice": wrong(twice, "It comes twice.")})
    assert check(visits, twice).misconception == "comes_twice"
    other = check(visits, "INSERT INTO visits VALUES (:who); INSERT INTO counter SELECT * FROM counter")
    assert (other.status, other.misconception) == ("fail", None), str(other)
    assert "alice fails: 23505" in str(other)


def test_the_shortest_order_that_breaks_it_is_drawn() -> None:
    """As lanes, and as text that carries the same."""
    verdict = check(ON_CALL, ON_CALL.rejects["looks_first"].answer)
    assert "At READ COMMITTED, 126 of the 140 orders that can happen break this: Somebody is on call." in str(verdict)
    assert "<svg" in verdict._repr_mimebundle_()["text/html"]
    assert str(verdict).count("here = 2") == 2
    assert "UPDATE doctors SET on_call = false WHERE name = 'Ben' AND 2 >= 2" in str(verdict)


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        (ON_CALL, ON_CALL.reference, ["each of the 42 orders that can happen", "At most 1 step waits"]),
        (ON_CALL, ON_CALL.rejects["whole_table"].answer,
         ["But in this order 2 steps wait; it can be done so that at most 1 step waits.", "waits for"]),
        (VISITS, VISITS.accepts[1], ["each of the 98 orders that can happen", "bob: step 4 goes on", "INSERT 0 0"]),
        (VISITS, VISITS.rejects["only_noted"].answer, ["One after the other, alice first, this breaks:"]),
        (WEAKEST, "serializable", ["in 18 of 20 orders a session must try again", "REPEATABLE READ, 18 of"]),
        (LOST, "serializable", ["It holds at SERIALIZABLE, but at a weaker level too.", "in 12 of 14 orders"]),
        (LOST, "repeatable read", ["It would hold too at a stronger level.", "At READ COMMITTED, 12 of the 14 orders"]),
        (SHIFTS, SHIFTS.rejects["anybody"].answer,
         ["Everybody has left the hospital.", "is as it should be, and your sentence is false of it"]),
        (OVERWRITE, OVERWRITE.rejects["waits"].answer, ["cannot happen here: bob still waits for alice since step 4."]),
        (TRIAGE, TRIAGE.rejects["other_way_round"].answer, ["alice fails with 40P01, and here nobody tries again"]),
        (LAST_TICKET, LAST_TICKET.reference,
         ["Cut off after each of its 4 steps", "16 clients with 4 requests each raced, 16 of the requests cut off"]),
        (LAST_TICKET, LAST_TICKET.rejects["two_transactions"].answer,
         ["But cut off after step 2 of 5, before it hears the answer", "\n  So it is after 2 of 5 steps."]),
        (LAST_TICKET, LAST_TICKET.rejects["refused_again"].answer,
         ["But cut off after step 4 of 4, before it hears the answer", "and then alice_again fails: 23505"]),
        (LAST_TICKET, LAST_TICKET.rejects["looks_for_the_key"].answer,
         ["The same request, sent twice at once. This holds", "alice fails with 23505, and nobody expects that."]),
        (LAST_TICKET, LAST_TICKET.rejects["answer_is_lost"].answer,
         ["cut off after step 5 of 5, before it hears the answer, alice tries again with the same values",
          "Who is told an answer finds it again.", "cut_off = t", "Alice | sold out | sold", "sales"]),
        (LAST_TICKET, LAST_TICKET.rejects["key_of_its_own"].answer, ["Nobody has bought twice.", "Alice |     2"]),
        (LAST_TICKET, LAST_TICKET.rejects["steps_aside"].answer,
         ["Of two clients it holds. But 16 clients with 4 requests each raced", "sessions ended in the middle |"]),
        (TRIAGE, TRIAGE.reference, ["at READ COMMITTED this holds", "at REPEATABLE READ this holds"]),
    ],
)  # fmt: skip
def test_what_it_costs_and_where_it_breaks_is_said(exercise: Interleaved, answer: str, said: list[str]) -> None:
    """Waits, transactions to be tried again, orders counted."""
    text = str(check(exercise, answer))
    assert [line for line in said if line not in text] == [], text


@pytest.mark.parametrize("exercise", [ON_CALL, TRIAGE, OVERWRITE])
def test_the_same_answer_gets_the_same_verdict(exercise: Interleaved) -> None:
    """To the letter, also where a deadlock is broken by the server."""
    answers = [exercise.reference, *(wrong.answer for wrong in exercise.rejects.values())]
    first = [str(check(exercise, answer)) for answer in answers]
    _KNOWN.clear()
    assert [str(check(exercise, answer)) for answer in answers] == first


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (";", "There is no step of alice, bob."),
        ("SELECT 'a\0'", "a character that no text may hold"),
        ("alice: SELECT 1", "which every session runs: write it without a name"),
        ("SET statement_timeout = 0", "This has no place in a step"),
        ("COPY visits FROM STDIN", "This has no place in a step"),
        ("DROP TABLE visits", "This has no place in a step"),
        ("COMMIT PREPARED 'a'", "This has no place in a step"),
        ("SELECT set_config('deadlock_timeout', '1h', false)", "set_config has no place in a step"),
        ("SELECT 1;" * 7, "alice takes 7 steps; 6 steps are the most."),
        ("SELECT '" + "x" * 10_000 + "'", "longer than 10,000 characters"),
        ("UPDATE countre SET n = 1", '42P01 relation "countre" does not exist'),
        ("UPDATE counter SET n = :m WHERE page = 'home'", "42601 syntax error"),
        ("BEGIN; SELECT 1", "alice's transaction was still open at the end"),
        ("COMMIT", "this is not so afterwards: Both visits are noted."),
        ('SELECT "pg_sleep"(600)', "did not return within 0.5 s"),
        ("WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 1 FROM r) SELECT count(*) FROM r", "did not return within"),
        ("SELECT repeat('x', 1000) FROM generate_series(1, 1000000)", "answers with more than 16 MB of rows"),
        ('SELECT "pg_terminate_backend"(pg_backend_pid())', "has ended the sessions of the check"),
        ('SELECT "pg_terminate_backend"(pid) FROM pg_stat_activity WHERE datname = current_database()',
         "Your answer has ended the sessions of the check"),
        ("""SELECT "set_config"('statement_timeout', '1', false), "set_config"('search_path', 'x', false)""",
         "this is not so afterwards: Both visits are noted."),
        ("SELECT pg_advisory_lock(1); INSERT INTO visits VALUES (:who)", "bob still waits for alice"),
    ],
)  # fmt: skip
def test_steps_that_break_out_fail_with_a_sentence(answer: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be played, does not end, ends sessions or changes their settings is told, and leaves nothing."""
    scratch, made = database.scratch, list[str]()

    @contextmanager
    def noted() -> Iterator[str]:
        with scratch() as name:
            made.append(name)
            yield name

    monkeypatch.setattr(database, "scratch", noted)
    verdict = check(QUICK, answer)
    assert verdict.status == "fail", str(verdict)
    assert said in str(verdict), str(verdict)
    with database.connect("postgres", "learner") as outside:
        left = "SELECT (SELECT count(*) FROM pg_database WHERE datname = ANY (%s)), count(*) FROM pg_stat_activity"
        row = outside.execute(f"{left} WHERE datname = ANY (%s)".encode(), [made, made]).fetchone()
    assert row == (0, 0)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("SELECT true, true", "It gives 1 rows of 2 columns"),
        ("true), (true", "It gives 1 rows of 2 columns"),
        ("1 / 0 = 1", "division by zero"),
        ("NULL::boolean", "it is NULL, which no check takes for true"),
        ("WITH gone AS (DELETE FROM doctors RETURNING 1) SELECT count(*) = 3 FROM gone", "read-only transaction"),
        ("DELETE FROM doctors", "syntax error"),
        ("COMMIT", 'column "commit" does not exist'),
        ("true; DROP TABLE doctors", "syntax error"),
        ("(SELECT pg_sleep(100)) IS NULL", "the check had not ended after 0.5 seconds"),
        ("pg_terminate_backend(pg_backend_pid())", "Your answer has ended the sessions of the check"),
    ],
)
def test_sentences_that_are_none_fail(answer: str, said: str) -> None:
    """One value, a boolean, and nothing is written."""
    verdict = check(replace(SHIFTS, timeout_s=0.5, rejects={}), answer)
    assert verdict.status == "fail", str(verdict)
    assert said in str(verdict), str(verdict)


@pytest.mark.parametrize("answer", ["", "-- read committed", "chaos", "read committed or serializable", "level:"])
def test_what_names_no_level_is_no_attempt(answer: str) -> None:
    """Nothing is counted as wrong that was not said."""
    verdict = check(WEAKEST, answer)
    assert verdict.status == "not_attempted"
    assert verdict.message


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"tables": "CREATE TABLE counter (n nonsense)"}, 'type "nonsense" does not exist'),
        ({"invariant": "(SELECT n FROM counter WHERE page = 'home') = 7"}, "is not true before the first step"),
        ({"invariant": "1"}, "It is no boolean, it is 1."),
        ({"asks": replace(VISITS.asks, must_do="nonsense") if isinstance(VISITS.asks, Steps) else None}, "nonsense"),
    ],
)
def test_an_exercise_that_does_not_work_is_not_graded(broken: dict[str, object], said: str) -> None:
    """A learner's right answer does not fail for it."""
    verdict = check(replace(VISITS, **broken), VISITS.reference)  # type: ignore[arg-type]
    assert verdict.status == "not_graded", str(verdict)
    assert said in str(verdict)


def test_the_level_may_be_the_answers_own() -> None:
    """Where the exercise leaves it open, SERIALIZABLE is a right answer, and what it costs is said."""
    assert isinstance(VISITS.asks, Steps)
    free = replace(VISITS, asks=replace(VISITS.asks, decides="level"))
    answer = (
        "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT n FROM counter WHERE page = 'home';"
        "UPDATE counter SET n = :n + 1 WHERE page = 'home'; INSERT INTO visits VALUES (:who); COMMIT"
    )
    verdict = check(free, answer)
    assert verdict.status == "pass", str(verdict)
    assert "a session must try again" in verdict.message
    assert check(free, answer.replace(" ISOLATION LEVEL SERIALIZABLE", "")).misconception == "read_then_write"


def test_something_gets_done_in_every_order() -> None:
    """That each session may fail does not let all of them fail."""
    assert isinstance(ON_CALL.asks, Steps)
    values = {
        "alice": {"doctor": "Ada", "own": 1, "others": 2},
        "bob": {"doctor": "Ben", "own": 2, "others": 1},
    }
    asks = replace(ON_CALL.asks, values=values, may_fail=("22012",))
    verdict = check(
        replace(ON_CALL, given="", asks=asks, rejects={}),
        """
        SELECT pg_advisory_lock(:own);
        UPDATE doctors SET on_call = false WHERE name = :doctor
            AND (SELECT count(*) FROM doctors WHERE on_call) >= 2 / pg_try_advisory_lock(:others)::int;
        SELECT pg_advisory_unlock_all()
        """,
    )
    assert verdict.status == "fail"
    assert "alice and bob fail, and nothing gets done. One of them:" in str(verdict)


def test_tables_may_number_their_rows() -> None:
    """A column that is an identity or a serial one, and a sequence of its own, are made anew for each order."""
    visits = replace(
        VISITS,
        tables="""
            CREATE SEQUENCE tickets;
            CREATE TABLE counter (id integer GENERATED ALWAYS AS IDENTITY, seq serial, page text PRIMARY KEY, n integer,
                                  version integer DEFAULT nextval('tickets'));
            INSERT INTO counter (page, n) VALUES ('home', 0), ('help', 0);
            CREATE TABLE visits (who text PRIMARY KEY, id integer GENERATED BY DEFAULT AS IDENTITY);
        """,
    )
    verdict = check(visits, VISITS.reference)
    assert verdict.status == "pass", str(verdict)


def test_a_race_gives_each_answer_one_verdict() -> None:
    """In which order many clients come differs from run to run; what is said of the answer does not."""
    raced = ("takes_again", "only_the_last", "steps_aside")
    answers = [LAST_TICKET.reference, *(LAST_TICKET.rejects[name].answer for name in raced)]
    said = [{check(LAST_TICKET, answer).message for _ in range(3)} for answer in answers]
    assert [len(each) for each in said] == [1, 1, 1, 1]


def test_a_client_that_is_asked_to_try_again_is_told_in_the_end() -> None:
    """At SERIALIZABLE many transactions are undone; the race sends them again, and every law holds."""
    assert isinstance(LAST_TICKET.asks, Steps)
    free = replace(LAST_TICKET, asks=replace(LAST_TICKET.asks, decides="level", most_waits=None), rejects={})
    verdict = check(free, BUY.replace("BEGIN", "BEGIN ISOLATION LEVEL SERIALIZABLE"))
    assert verdict.status == "pass", str(verdict)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (BUY.replace("BEGIN;", "SELECT pg_advisory_lock(hashtext(:key)) IS NULL AS held; BEGIN;"),
         "cannot happen here: alice_again still waits for alice since step 6."),
        (BUY.replace("SELECT answer", "SELECT answer || '?' AS answer"), "Who is told an answer finds it again."),
        (BUY + "; SELECT 1 / (count(*) < 5)::int FROM sales", "failed with 22012, and nobody expects that."),
    ],
)  # fmt: skip
def test_faults_are_told_with_what_they_lead_to(answer: str, said: str) -> None:
    """A lock that outlives its transaction, an answer of its own, and an error that only a crowd meets."""
    verdict = check(replace(LAST_TICKET, rejects={}), answer)
    assert verdict.status == "fail", str(verdict)
    assert said in str(verdict), str(verdict)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"laws": {"All is well.": "SELECT nonsense"}}, "its law “All is well.”"),
        ({"laws": {"All is well.": "CREATE TABLE t ()"}}, "is no query: All is well."),
        ({"tables": "UPDATE shows SET nonsense = 1"}, "its tables of the race"),
        ({"twice": "UPDATE shows SET nonsense = 1"}, "does not work: its tables."),
    ],
)
def test_a_race_that_does_not_work_is_not_graded(broken: dict[str, object], said: str) -> None:
    """A learner's right answer does not fail for it."""
    assert isinstance(LAST_TICKET.asks, Steps)
    assert LAST_TICKET.asks.race is not None
    race = replace(LAST_TICKET.asks.race, **broken)  # type: ignore[arg-type]
    verdict = check(replace(LAST_TICKET, asks=replace(LAST_TICKET.asks, race=race)), LAST_TICKET.reference)
    assert verdict.status == "not_graded", str(verdict)
    assert said in str(verdict)
