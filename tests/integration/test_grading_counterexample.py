"""Verdicts on counterexamples, on a real server: rows that refute, that are not legal, that break nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from server_room import until

from mnemo_helpers import database
from mnemo_helpers.grading import (
    Counterexample,
    Verdict,
    alike,
    counterexample,
    determines,
    joins_back,
    judge,
    keeps,
    never,
    wrong,
)
from mnemo_helpers.relations import Relation

# One flight flies one route; a carrier may fly from several airports.
CARRIER = counterexample(
    "1.1.1",
    minutes=1,
    tables="""
        CREATE TABLE flights (
            flight int PRIMARY KEY CHECK (flight > 0),
            carrier text NOT NULL,
            origin text NOT NULL CHECK (origin <> 'XXX')
        )
    """,
    claim=determines("flights", "origin", "carrier"),
    reference="INSERT INTO flights VALUES (1, 'AA', 'JFK'), (2, 'UA', 'JFK')",
    mistake="""
        SELECT CASE WHEN count(*) > count(DISTINCT origin) THEN 'same_carrier'
                    WHEN count(*) > count(DISTINCT carrier) THEN 'converse' END
        FROM flights
    """,
    rejects={
        "same_carrier": wrong("(1, 'AA', 'JFK'), (2, 'AA', 'JFK')", "Both rows say the same."),
        "converse": wrong("(1, 'AA', 'JFK'), (2, 'AA', 'LGA')", "That is the other direction."),
        "key_twice": wrong("(1, 'AA', 'JFK'), (1, 'UA', 'JFK')", "One flight is one row."),
        "no_carrier": wrong("(1, 'AA', 'JFK'), (2, NULL, 'JFK')", "A carrier must be named."),
        "no_airport": wrong("(1, 'AA', 'XXX')", "There is no such airport."),
        "whole_list": wrong(
            "(1,'A','J'), (2,'B','K'), (3,'C','L'), (4,'D','M'), (5,'E','N'), (6,'F','J')", "Fewer will do."
        ),
    },
    hints=("1", "2", "3"),
)
# Three columns and two rules; the split is lossy all the same.
SPLIT = counterexample(
    "1.1.2",
    minutes=1,
    tables="CREATE TABLE r (a int NOT NULL, b int NOT NULL, c int NOT NULL)",
    claim=joins_back("r", "a, b", "b, c"),
    given=(determines("r", "a", "b"),),
    reference="(1, 1, 1), (2, 1, 2)",
    rejects={"breaks_rule": wrong("(1, 1, 1), (1, 2, 2)", "But a determines b.")},
    hints=("1", "2", "3"),
)
UNUSED = counterexample(
    "1.1.3",
    minutes=1,
    tables="""
        CREATE TABLE planes (tailnum text PRIMARY KEY);
        CREATE TABLE flights (flight int PRIMARY KEY, tailnum text REFERENCES planes);
    """,
    claim=alike(
        "SELECT tailnum FROM planes WHERE tailnum NOT IN (SELECT tailnum FROM flights)",
        "SELECT tailnum FROM planes WHERE NOT EXISTS (SELECT FROM flights WHERE flights.tailnum = planes.tailnum)",
    ),
    reference="INSERT INTO flights VALUES (1, NULL); INSERT INTO planes VALUES ('N1')",
    hints=("1", "2", "3"),
)
BALANCE = counterexample(
    "1.1.4",
    minutes=1,
    tables="CREATE TABLE seats (plane int, seat int, guest text, CHECK (guest <> ''), UNIQUE (plane, seat, guest));"
    "INSERT INTO seats VALUES (1, 1, 'Ann')",
    claim=never("No seat is sold twice.", "SELECT plane, seat FROM seats GROUP BY 1, 2 HAVING count(*) > 1"),
    reference="(1, 1, 'Bob')",
    most_rows=1,
    hints=("1", "2", "3"),
)


def check(exercise: Counterexample, answer: str) -> Verdict:
    """Judge an answer; the lesson's data have no part in it."""
    return judge(exercise, answer, dataset="none")


@pytest.mark.parametrize(
    ("exercise", "answer", "seen"),
    [
        (CARRIER, CARRIER.reference, ["flight | carrier | origin", "     1 | AA      | JFK", "     2 | UA      | JFK"]),
        (CARRIER, "(3, 'x', 'EWR') (1, 'b', 'y') (2, 'a', 'y')", ["     2 | a       | y", "     1 | b       | y"]),
        (SPLIT, SPLIT.reference, ["a | b | c", "1 | 1 | 2", "2 | 1 | 1"]),
        (UNUSED, UNUSED.reference, ["the query: no such row", "asked for", "N1"]),
        (UNUSED, "INSERT INTO flights VALUES (1, DEFAULT);\nINSERT INTO planes VALUES ('N2'), ('N1')", ["N1", "N2"]),
        (BALANCE, BALANCE.reference, ["plane | seat", "    1 |    1"]),
        (BALANCE, "INSERT INTO seats VALUES (1, 1, NULL)", ["    1 |    1"]),
    ],
)
def test_rows_that_refute_pass_and_show_how(exercise: Counterexample, answer: str, seen: list[str]) -> None:
    """Any rows, in any form; the verdict shows which of them, or what came from them."""
    verdict = check(exercise, answer)
    assert verdict.status == "pass", str(verdict)
    assert verdict.message.startswith(f"Right: the rows are legal, and it is not so that “{exercise.claim.says}”")
    assert [line for line in seen if line not in str(verdict).splitlines()] == [], str(verdict)


@pytest.mark.parametrize(
    ("exercise", "answer", "misconception", "said"),
    [
        (CARRIER, "(7, 'B6', 'LGA'), (8, 'B6', 'LGA'), (9, 'B6', 'SWF')", "same_carrier",
         "the claim holds for them: In flights, origin determines carrier.\n  For each origin, there is one carrier:\n"
         "origin | rows | different carrier\n-------+------+------------------\nLGA    |    2 |                 1"),
        (CARRIER, "(5, 'DL', 'LGA'), (6, 'DL', 'SWF')", "converse", "SWF    |    1 |                 1"),
        (CARRIER, "(5, 'DL', 'LGA')", None, "Not yet.\n  Your rows are legal, and the claim holds"),
        (CARRIER, "(9, 'DL', 'LGA'), (9, 'EV', 'LGA')", "key_twice", "refuse these rows.\nERROR:  duplicate"),
        (CARRIER, "(9, NULL, 'LGA')", "no_carrier", "SQLSTATE:  23502"),
        (CARRIER, "(0, 'DL', 'LGA')", None, "Not yet.\n  The tables refuse these rows.\nERROR:  new row for relation"),
        (CARRIER, "(9, 'DL', 'XXX')", "no_airport", "flights_origin_check"),
        (CARRIER, "('nine', 'DL', 'LGA')", None, 'invalid input syntax for type integer: "nine"'),
        (CARRIER, "(1,'A','J') (2,'B','J') (3,'C','J') (4,'D','J') (5,'E','J') (6,'F','J') (7,'G','J')", "whole_list",
         "You give 7 rows; 5 rows are the most."),
        (CARRIER, "(1, 'A\0', 'J')", None, "a character that no text may hold"),
        (SPLIT, "(4, 1, 1), (4, 2, 1)", "breaks_rule",
         "Your rows break a rule that is given: In r, a determines b.\n  These rows agree in a and differ in b:\n"
         "a | b | c\n--+---+--\n4 | 1 | 1"),
        (SPLIT, "(1, 1, 1), (2, 2, 2)", None, "Joined back, the parts give the rows that you put in:\na | b | c"),
        (UNUSED, "INSERT INTO flights VALUES (1, NULL)", None, "The query gives what is asked for:\ntailnum"),
        (UNUSED, "INSERT INTO flights VALUES (1, 'N1')", None, "violates foreign key constraint"),
        (BALANCE, "(2, 1, 'Bob')", None, "the claim holds for them: No seat is sold twice."),
        (BALANCE, "(1, 1, 'Bob'), (1, 1, 'Cid')", None, "You give 2 rows; 1 row is the most."),
    ],
)  # fmt: skip
def test_each_failure_is_told_with_what_shows_it(
    exercise: Counterexample, answer: str, misconception: str | None, said: str
) -> None:
    """Too many, not legal, against a given rule, or breaking nothing; known mistakes by what they do."""
    verdict = check(exercise, answer)
    assert (verdict.status, verdict.misconception) == ("fail", misconception), str(verdict)
    assert said in str(verdict), str(verdict)
    assert verdict.message.startswith(exercise.rejects[misconception].because if misconception else "Not yet.")


@pytest.mark.parametrize(
    "answer",
    [
        "DROP TABLE flights",
        "(1, 'AA', 'JFK'); DROP TABLE flights; CREATE TABLE flights (origin text, carrier text)",
        "COMMIT; (1, 'AA', 'JFK')",
        "INSERT INTO flights SELECT n, n::text, 'JFK' FROM generate_series(1, 1000000000) AS n",
        "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 1 FROM r) SELECT count(*) FROM r",
        "(1, (SELECT pg_sleep(60)::text), 'JFK')",
        "DO $$ BEGIN LOOP END LOOP; END $$",
        "ALTER TABLE flights DROP CONSTRAINT flights_pkey; (1, 'AA', 'JFK'), (1, 'UA', 'JFK')",
        "SET session_replication_role = replica; (1, 'AA', 'JFK'), (1, 'UA', 'JFK')",
        "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; (1, 'AA', 'JFK')",
        "INSERT INTO flights VALUES (1, 'AA', 'JFK') ON CONFLICT DO NOTHING",
        "INSERT INTO pg_authid VALUES (1)",
        "COPY flights FROM PROGRAM 'echo 1'",
        "(1, 'AA', :origin)",
        "(1, 'AA', current_user)",
        "UPDATE flights SET carrier = 'UA'",
        "TRUNCATE flights",
        "Two flights of different carriers.",
        "1,AA,JFK\n2,UA,JFK",
    ],
)
def test_what_is_not_rows_is_never_run(answer: str) -> None:
    """It fails in words, whatever it would have done, and the next answer is judged as before."""
    verdict = check(CARRIER, answer)
    assert verdict.status == "fail", str(verdict)
    assert verdict.evidence == ()
    assert "SQLSTATE" not in verdict.message
    assert check(CARRIER, CARRIER.reference).status == "pass"


@pytest.mark.parametrize("answer", ["", "-- INSERT INTO flights VALUES (1, 'AA', 'JFK')", "(1, 'AA', ____)", "rows:"])
def test_what_was_not_tried_is_not_judged(answer: str) -> None:
    """Nothing, a comment, a gap."""
    assert check(CARRIER, answer).status == "not_attempted"


def test_a_deferred_constraint_is_asked_before_the_claim() -> None:
    """Rows that only a COMMIT would refuse are not legal either."""
    later = replace(UNUSED, tables=UNUSED.tables.replace("REFERENCES planes", "REFERENCES planes INITIALLY DEFERRED"))
    verdict = check(later, "INSERT INTO flights VALUES (1, NULL), (2, 'N9'); INSERT INTO planes VALUES ('N1')")
    assert verdict.status == "fail"
    assert "23503" in str(verdict)


def test_a_query_that_an_answer_breaks_is_refuted_by_the_error() -> None:
    """It does not give what is asked for."""
    halves = replace(
        CARRIER,
        claim=alike("SELECT 9 / (flight - 7) FROM flights", "SELECT 9 / (flight - 7) FROM flights WHERE flight <> 7"),
    )
    verdict = check(halves, "(7, 'AA', 'JFK')")
    assert verdict.status == "pass"
    assert "division by zero" in str(verdict)


def test_a_check_that_does_not_end_is_ended() -> None:
    """Where rows make a query of the course's own run in a circle."""
    circle = replace(
        CARRIER,
        timeout_s=0.4,
        claim=never(
            "It ends.", "WITH RECURSIVE r AS (SELECT flight FROM flights UNION ALL TABLE r) SELECT count(*) FROM r"
        ),
    )
    verdict = check(circle, CARRIER.reference)
    assert verdict.status == "fail"
    assert "the check had not ended after 0.4 seconds, and was stopped" in verdict.message
    with database.connect("postgres", "owner") as owner:
        left = "SELECT FROM pg_stat_activity WHERE datname LIKE 'mnemo_scratch_%' AND query LIKE '%FROM flights UNION%'"
        until(lambda: owner.execute(left).rowcount == 0, "its process is gone")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tables": "CREATE TABLE flights (flight nothing)"}, "The tables of exercise 1.1.1 does not run"),
        ({"claim": never("x", "SELECT nothing")}, "The claim of exercise 1.1.1 does not run"),
        ({"claim": never("x", "SET a.b = 1")}, "The claim of exercise 1.1.1 is no query."),
        ({"claim": alike("SELECT 1", "SELECT 1, 2")}, "do not give the same columns"),
        ({"claim": never("x", "SELECT WHERE false"), "mistake": "SELECT 'other'"}, "finds 'other'"),
        ({"given": (never("x", "SELECT nothing"),)}, "The rule of exercise 1.1.1 does not run"),
    ],
)
def test_an_exercise_that_is_itself_wrong_passes_nobody(change: dict[str, object], said: str) -> None:
    """It is not graded, and says which part of it is broken."""
    verdict = check(replace(CARRIER, **change), CARRIER.reference)  # type: ignore[arg-type]
    assert verdict.status == "not_graded", str(verdict)
    assert said in verdict.message


def test_the_same_answer_gets_the_same_verdict() -> None:
    """Word for word."""
    answer = "(7, 'B6', 'LGA'), (8, 'B6', 'LGA')"
    assert len({str(check(CARRIER, answer)) for _ in range(3)}) == 1


@pytest.mark.parametrize(
    ("left", "right", "rows", "broken"),
    [
        ("a", "b", "(1, 1, 1), (1, 2, 1)", True),
        ("a", "b", "(NULL, 1, 1), (NULL, 2, 1)", True),
        ("a", "b", "(1, 1, 1), (1, NULL, 1)", True),
        ("a", "b", "(1, NULL, 1), (1, NULL, 2)", False),
        ("a, b", "c", "(1, 1, 1), (1, 2, 2)", False),
        ("a, b", "c", "(1, 1, 1), (1, 1, 2)", True),
        ("a", "b, c", "(1, 1, 1), (1, 1, 2)", True),
        ("a", "b, c", "(1, 1, 1), (2, 1, 2)", False),
    ],
)
def test_a_dependency_takes_null_for_equal_to_null(left: str, right: str, rows: str, broken: bool) -> None:
    """Several columns on either side."""
    asked = replace(SPLIT, tables="CREATE TABLE r (a int, b int, c int)", claim=determines("r", left, right), given=())
    assert check(asked, rows).status == ("pass" if broken else "fail")


@pytest.mark.parametrize(
    ("parts", "rows", "broken"),
    [
        (("a, b", "b, c"), "(1, 1, 1), (2, 1, 2)", True),
        (("a, b", "b, c"), "(1, 1, 1), (2, 2, 2)", False),
        (("a, b", "c"), "(1, 1, 1), (2, 2, 2)", True),
        # Three parts of which two rows break none, and three do.
        (("a, b", "b, c", "c, a"), "(1, 1, 1), (2, 1, 2)", False),
        (("a, b", "b, c", "c, a"), "(1, 1, 2), (2, 1, 1), (1, 2, 1)", True),
    ],
)
def test_a_decomposition_is_joined_for_real(parts: tuple[str, ...], rows: str, broken: bool) -> None:
    """Two parts or three, with a column in common or none."""
    assert check(replace(SPLIT, claim=joins_back("r", *parts), given=()), rows).status == ("pass" if broken else "fail")


@pytest.mark.parametrize(
    ("rows", "status", "said"),
    [
        ("(1, 1, 1), (2, 1, 2)", "pass", "Joined back, these rows appear from nowhere"),
        ("(1, 1, 1), (1, 2, 1)", "fail", "Your rows break a rule that is given: In r, A determines B."),
        ("(1, 1, 1), (2, 1, 1), (2, 1, 2)", "pass", ""),
    ],
)
def test_dependencies_of_a_relation_are_rules_for_rows(rows: str, status: str, said: str) -> None:
    """Each as it is written there."""
    verdict = check(replace(SPLIT, given=keeps("r", Relation("ABC", "A -> B"))), rows)
    assert verdict.status == status, str(verdict)
    assert said in verdict.message


def test_a_multivalued_dependency_is_a_rule_too() -> None:
    """Rows that keep it pass the rule; rows that do not are shown what is missing."""
    many = replace(SPLIT, given=keeps("r", Relation("ABC", "A ->> B")))
    verdict = check(many, "(1, 1, 1), (1, 2, 2)")
    assert verdict.status == "fail"
    assert "r, split into (A, B) and (A, C), joins back to what it was." in verdict.message
    assert check(many, "(1, 1, 1), (2, 1, 2)").status == "pass"
