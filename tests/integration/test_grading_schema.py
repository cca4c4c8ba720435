"""Verdicts on schemas, on a real server: judged by what they let in, refuse, change and give back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from server_room import until

from mnemo_helpers import database
from mnemo_helpers.grading import (
    Action,
    Question,
    Verdict,
    history,
    judge,
    refused,
    round_trip,
    schema,
    wrong,
)

REFERENCE = """
CREATE TABLE carriers (code text PRIMARY KEY, name text NOT NULL);
CREATE TABLE flights (code text REFERENCES carriers, flight int, PRIMARY KEY (code, flight));
-- action record_carrier(code, name)
INSERT INTO carriers VALUES (:code, :name);
-- action rename_carrier(code, name)
UPDATE carriers SET name = :name WHERE code = :code;
-- action record_flight(code, flight)
INSERT INTO flights VALUES (:code, :flight);
-- question flights(name, flight)
SELECT name, flight FROM flights JOIN carriers USING (code);
-- question carriers(code, name)
TABLE carriers;
"""
FLAT = """
CREATE TABLE one (code text, name text, flight int);
-- action record_carrier(code, name)
INSERT INTO one VALUES (:code, :name, NULL);
-- action rename_carrier(code, name)
UPDATE one SET name = :name WHERE code = :code;
-- action record_flight(code, flight)
INSERT INTO one SELECT DISTINCT :code, name, :flight FROM one WHERE code = :code;
-- question flights(name, flight)
SELECT name, flight FROM one WHERE flight IS NOT NULL;
-- question carriers(code, name)
SELECT DISTINCT code, name FROM one;
"""
UNGUARDED = REFERENCE.replace(" REFERENCES carriers", "")
UA = ("record_carrier", "UA", "United")
FLIES = "A carrier flies under several numbers."
KNOWN = "A flight belongs to a carrier that is known."
ONCE = "A carrier has a number once."
ONE_NAME = "The name of a carrier is one fact."

DESIGN = schema(
    "1.1.1",
    minutes=1,
    actions=(
        Action("record_carrier", ("code", "name"), "A carrier is there before it flies."),
        Action("rename_carrier", ("code", "name")),
        Action("record_flight", ("code", "flight")),
    ),
    questions=(Question("flights", ("name", "flight")), Question("carriers", ("code", "name"))),
    legal={
        FLIES: history(
            UA,
            ("record_flight", "UA", 1),
            ("record_flight", "UA", 2),
            gives={"flights": [("United", 2), ("United", 1)], "carriers": [("UA", "United")]},
        ),
    },
    illegal={
        KNOWN: refused(UA, ("record_flight", "XX", 1), sqlstates=("23503",)),
        ONCE: refused(UA, ("record_flight", "UA", 1), ("record_flight", "UA", 1), sqlstates=("23",)),
    },
    one_fact={
        ONE_NAME: history(
            UA, ("record_flight", "UA", 1), ("record_flight", "UA", 2), ("rename_carrier", "UA", "United Airlines")
        )
    },
    round_trip=round_trip(
        feed=(("record_carrier", "SELECT id::text, name FROM stones ORDER BY id"),),
        gives={"carriers": "SELECT id, name FROM stones"},
    ),
    reference=REFERENCE,
    rejects={
        "flat": wrong(FLAT, "The name stands in each flight."),
        "unguarded": wrong(UNGUARDED, "Nobody asks whether the carrier exists."),
    },
    hints=("1", "2", "3"),
)
HASTY = replace(DESIGN, timeout_s=0.4)

GUARD, KEY = " REFERENCES carriers", ", PRIMARY KEY (code, flight)"
RECORD = "INSERT INTO carriers VALUES (:code, :name);"
RENAME = "UPDATE carriers SET name = :name WHERE code = :code;"


@pytest.fixture
def check(data: str) -> Callable[[str], Verdict]:
    """What judges an answer to the exercise above."""
    return lambda answer: judge(DESIGN, answer, dataset=data)


def changed(*changes: tuple[str, str], of: str = REFERENCE) -> str:
    """Return the right answer with parts of it replaced."""
    for before, after in changes:
        assert before in of
        of = of.replace(before, after)
    return of


@pytest.mark.parametrize(
    "answer",
    [
        REFERENCE,
        # Names, types, schemas and ways of one's own.
        """
        CREATE SCHEMA air;
        CREATE DOMAIN air.code AS varchar(8);
        CREATE TABLE air.line (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, c air.code UNIQUE, n text NOT NULL);
        CREATE TABLE air."number" (line int NOT NULL REFERENCES air.line, flight text, UNIQUE (line, flight));
        CREATE FUNCTION air.line(text) RETURNS int LANGUAGE sql
            RETURN (SELECT coalesce(max(id), -1) FROM air.line WHERE c = $1);
        -- action rename_carrier
        UPDATE air.line SET n = :name WHERE id = air.line(:code)
        -- question carriers
        SELECT c, n FROM air.line
        -- action record_carrier
        INSERT INTO air.line (c, n) VALUES (:code, :name)
        -- action record_flight
        INSERT INTO air."number" SELECT air.line(:code), :flight
        -- question flights
        SELECT n, flight::numeric FROM air.line JOIN air."number" ON line = id
        """,
        # Checked late, as at a COMMIT; a name that changes is a new row.
        """
        CREATE TABLE carriers (code text PRIMARY KEY);
        CREATE TABLE names (id serial, code text REFERENCES carriers, name text);
        CREATE TABLE flights (code text REFERENCES carriers DEFERRABLE INITIALLY DEFERRED, flight int);
        ALTER TABLE flights ADD UNIQUE (code, flight) DEFERRABLE INITIALLY DEFERRED;
        CREATE VIEW now AS SELECT DISTINCT ON (code) code, name FROM names ORDER BY code, id DESC;
        -- action record_carrier(code, name)
        INSERT INTO carriers VALUES (:code);
        INSERT INTO names (code, name) VALUES (:code, :name);
        -- action rename_carrier(code, name)
        INSERT INTO names (code, name) VALUES (:code, :name);
        -- action record_flight(code, flight)
        INSERT INTO flights VALUES (:code, :flight);
        -- question flights(name, flight)
        SELECT name, flight FROM flights JOIN now USING (code);
        -- question carriers(code, name)
        TABLE now;
        """,
    ],
)
def test_right_schemas_of_any_shape_pass(check: Callable[[str], Verdict], answer: str) -> None:
    """Only behaviour is judged."""
    verdict = check(answer)
    assert verdict.status == "pass", str(verdict)
    assert verdict.message == "Right: 5 checks, and each holds."


@pytest.mark.parametrize(
    ("changes", "misconception", "said"),
    [
        ([(GUARD, "")], "unguarded", f"Nothing in your schema keeps this: {KNOWN}"),
        ([(GUARD, " CHECK (code <> 'YY')")], "unguarded", f"Nothing in your schema keeps this: {KNOWN}"),
        ([(GUARD, ""), (KEY, "")], None, f"Nothing in your schema keeps this: {KNOWN}"),
        ([(KEY, "")], None, f"Nothing in your schema keeps this: {ONCE}"),
        ([(KEY, ", PRIMARY KEY (code)")], None, "Step 3, record_flight, should go in, but is refused."),
        ([(GUARD, " CHECK (code = 'UA')")], None, f"“{KNOWN}” is kept, but with the SQLSTATE 23514, by"),
        ([("USING (code)", "USING (code) LIMIT 1")], None, "These rows differ in what the question flights gives:"),
        ([("SELECT name,", "SELECT")], None, "under -- question flights(name, flight) gives 1, not 2 columns."),
        ([("SELECT name,", "SELECT nam,")], None, "The server refuses the question flights."),
        ([("SET name", "SET nam")], None, "Step 4, rename_carrier, should go in, but is refused."),
        (
            [("carriers (code text", "carriers (code int")],
            None,
            "The server refuses your schema, at statement 2 of 2, “CREATE TABLE flights",
        ),
        (
            [("name text NOT NULL", "name text CHECK (name <> 'stone 3')")],
            None,
            "The original rows go in and come back.",
        ),
        ([("-- action record_flight(code, flight)", "")], None, "-- action record_flight(code, flight)"),
        ([(GUARD, ""), ("TABLE flights", "TEMP TABLE flights")], None, 'relation "flights" does not exist'),
        ([("CREATE TABLE flights", "BEGIN; CREATE TABLE flights")], None, "begins a transaction and does not end it"),
    ],
)
def test_what_a_schema_does_wrong_is_told(
    check: Callable[[str], Verdict], changes: list[tuple[str, str]], misconception: str | None, said: str
) -> None:
    """In the sentences of the business, with the rows; a known mistake is known by what it breaks."""
    verdict = check(changed(*changes))
    assert (verdict.status, verdict.misconception) == ("fail", misconception), str(verdict)
    assert said in str(verdict)


def test_what_went_in_against_a_rule_is_shown(check: Callable[[str], Verdict]) -> None:
    """Step by step, with how many checks hold."""
    assert str(check(UNGUARDED)).splitlines() == [
        "✘ Nobody asks whether the carrier exists. 4 of 5 checks hold.",
        f"  Nothing in your schema keeps this: {KNOWN}",
        "  None of these was refused:",
        "step | action         | with",
        "-----+----------------+---------------------",
        "   1 | record_carrier | code UA, name United",
        "   2 | record_flight  | code XX, flight 1",
        "code | flight",
        "-----+-------",
        "XX   |      1",
        "now in flights",
    ]


def test_copies_that_the_server_keeps_are_counted(check: Callable[[str], Verdict]) -> None:
    """What triggers and cascades write is written all the same."""
    trigger = """
    CREATE TABLE copies (name text); INSERT INTO copies VALUES ('a');
    CREATE FUNCTION spread() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN UPDATE copies SET name = NEW.name; RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER spread AFTER UPDATE ON carriers DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION spread();
    -- action record_carrier"""
    copied = check(changed(("\n-- action record_carrier", trigger)))
    cascaded = check(
        changed(
            (GUARD, " REFERENCES carriers (name) ON UPDATE CASCADE"),
            ("name text NOT NULL", "name text UNIQUE"),
            (
                "VALUES (:code, :flight)",
                "VALUES (coalesce((SELECT name FROM carriers WHERE code = :code), ''), :flight)",
            ),
            ("SELECT name, flight FROM flights JOIN carriers USING (code)", "SELECT code, flight FROM flights"),
        )
    )
    for verdict, touched in ((copied, 2), (cascaded, 3)):
        assert f"Not so in your schema: {ONE_NAME}" in verdict.message
        assert f"The last step, rename_carrier, touched {touched} rows instead of one." in verdict.message
        assert "4 of 5 checks hold." in verdict.message
    assert [line.split() for line in str(copied).splitlines()[-2:]] == [
        ["carriers", "|", "0", "|", "1", "|", "0"],
        ["copies", "|", "0", "|", "1", "|", "0"],
    ]


FOOLS = {
    "tables": """CREATE TABLE public.pg_class (oid oid, relname name, relkind "char");""",
    "functions": """
        CREATE FUNCTION public.never(oid, oid) RETURNS bool LANGUAGE sql RETURN false;
        CREATE OPERATOR public.>= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = public.never);
        CREATE FUNCTION public.pg_stat_get_xact_tuples_updated(oid) RETURNS bigint LANGUAGE sql RETURN 0;
        """,
    "settings": """
        SET search_path = public, pg_catalog;
        DO $$ DECLARE here name := current_database(); BEGIN
            EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', here);
            EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', here);
            EXECUTE format('ALTER DATABASE %I SET statement_timeout = 1', here);
            EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = nowhere', current_user, here);
        END $$;
        """,
}


@pytest.mark.parametrize("fool", FOOLS.values(), ids=FOOLS)
def test_the_checker_is_not_fooled(check: Callable[[str], Verdict], fool: str) -> None:
    """A right schema passes beside such things, and a wrong one fails as it does without."""
    right = check(f"{fool}{REFERENCE}")
    assert right.status == "pass", str(right)
    flat = check(f"{fool}{FLAT}")
    assert flat.misconception == "flat", str(flat)


@pytest.mark.parametrize(
    ("section", "evil"),
    [
        (RENAME, f"{RENAME} COMMIT;"),
        (RENAME, f"{RENAME} COMMIT; BEGIN;"),
        (RENAME, f"{RENAME} COMMIT AND CHAIN;"),
        (RENAME, "ROLLBACK;"),
        (RENAME, f"{RENAME} PREPARE TRANSACTION 'mine';"),
        ("TABLE carriers;", "COMMIT"),
    ],
)
def test_a_section_cannot_end_the_transaction(check: Callable[[str], Verdict], section: str, evil: str) -> None:
    """It is said, and nothing of it stays on the server."""
    verdict = check(changed((section, evil)))
    assert verdict.status == "fail"
    assert "ends the transaction in which it runs" in verdict.message
    with database.connect("postgres", "owner") as owner:
        assert owner.execute("SELECT FROM pg_prepared_xacts WHERE gid = 'mine'").rowcount == 0


TOO_LONG, OWN_SESSION = "had not ended after 0.4 seconds", "A statement of your answer ended its own session."


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("", "SELECT pg_sleep(60);", TOO_LONG),
        ("", "COPY (SELECT 1) TO PROGRAM 'cat';", "SQLSTATE:  42501"),
        ("", "COPY (SELECT 1) TO STDOUT;", "COPY from or to the client has no place in an answer"),
        ("", "CREATE TABLE t (a int); COPY t FROM STDIN;", "COPY from or to the client has no place in an answer"),
        ("", "SELECT pg_terminate_backend(pg_backend_pid());", OWN_SESSION),
        (RECORD, "SELECT pg_sleep(60);", TOO_LONG),
        (RECORD, "SELECT pg_terminate_backend(pg_backend_pid());", OWN_SESSION),
        (RECORD, "COPY carriers FROM STDIN;", "COPY from or to the client has no place in an answer"),
        (RECORD, "INSERT INTO carriers VALUES ($1, $2);", "SQLSTATE"),
        ("TABLE carriers;", "SELECT pg_sleep(60);", TOO_LONG),
        ("TABLE carriers;", "SELECT 1, a FROM generate_series(1, 20000) a;", "(and 9995 more)"),
        ("TABLE carriers;", "COPY carriers TO STDOUT;", "COPY from or to the client has no place in an answer"),
    ],
)
def test_what_is_meant_to_harm_fails(
    data: str, before: str, after: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, and no database and no process is left."""
    monkeypatch.setattr("mnemo_helpers.grading._run._GRACE_S", 0.2)
    answer = changed((before, after)) if before else after + REFERENCE
    verdict = judge(HASTY, answer, dataset=data)
    assert verdict.status == "fail"
    assert said in str(verdict)


def test_a_loop_that_catches_its_cancelling_is_ended(data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From outside, once the whole check has taken too long."""
    monkeypatch.setattr("mnemo_helpers.grading._run._GRACE_S", 0.2)
    monkeypatch.setattr("mnemo_helpers.grading._behaviour._ALL_S", 0.6)
    loop = (
        "DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$;"
    )
    verdict = judge(HASTY, f"{loop}{REFERENCE}", dataset=data)
    assert verdict.status == "fail"
    assert "had not ended" in verdict.message
    with database.connect("postgres", "owner") as owner:
        left = (
            "SELECT FROM pg_stat_activity WHERE query LIKE 'DO $$ BEGIN LOOP BEGIN%' AND datname LIKE 'mnemo_scratch_%'"
        )
        until(lambda: owner.execute(left).rowcount == 0, "its process is gone")


@pytest.mark.parametrize("answer", ["", "-- action record_carrier(code, name)", REFERENCE.replace("int", "____")])
def test_what_was_not_tried_is_not_judged(check: Callable[[str], Verdict], answer: str) -> None:
    """Headings alone are no attempt."""
    assert check(answer).status == "not_attempted"
