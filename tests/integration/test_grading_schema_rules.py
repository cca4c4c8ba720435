"""Verdicts on rules: what two sessions at once get in, what ages, who may, what a load leaves, what kept what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import small_data
from large_schema import LARGE

from mnemo_helpers import database
from mnemo_helpers.grading import Action, Question, Schema, Verdict, at, history, judge, refused, reload, schema, wrong

ONCE = "A room is booked once at a time."
BOOKINGS = """
CREATE EXTENSION btree_gist;
CREATE TABLE bookings (room int NOT NULL, guest text NOT NULL, stay daterange NOT NULL);
"""
EXCLUDED = "ALTER TABLE bookings ADD CONSTRAINT once EXCLUDE USING gist (room WITH =, stay WITH &&)"
LOOKS_FIRST = """
CREATE FUNCTION looks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM bookings WHERE room = NEW.room AND stay && NEW.stay) THEN
        RAISE exclusion_violation USING MESSAGE = 'this room is taken';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER looks BEFORE INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION looks();
"""
LOCKS_FIRST = LOOKS_FIRST.replace("BEGIN\n", "BEGIN\n    LOCK TABLE bookings IN SHARE ROW EXCLUSIVE MODE;\n", 1)
BOOK = Action("book", ("room", "guest", "stay"), sql="INSERT INTO bookings VALUES (:room, :guest, :stay)")
ADA = ("book", 7, "Ada", "[2026-03-01,2026-03-05)")
BEN = ("book", 7, "Ben", "[2026-03-04,2026-03-06)")

ROOMS = schema(
    "1.1.1",
    minutes=1,
    given=BOOKINGS,
    actions=(BOOK,),
    questions=(Question("booked", ("room", "guest"), sql="SELECT room, guest FROM bookings"),),
    legal={
        "One leaves, another comes.": history(
            ADA, ("book", 7, "Ben", "[2026-03-05,2026-03-06)"), gives={"booked": [(7, "Ada"), (7, "Ben")]}
        )
    },
    illegal={ONCE: refused(ADA, BEN, sqlstates=("23P01",), at_once=True, broken="a room is booked twice")},
    reference=EXCLUDED,
    rejects={"looks_first": wrong(LOOKS_FIRST, "It looks before it writes.")},
    hints=("1", "2", "3"),
)


def said(verdict: Verdict) -> list[str]:
    """Return the lines of a verdict, of its tables only those with rows."""
    return [line for line in str(verdict).splitlines() if not set(line) <= set("-+")]


@pytest.mark.parametrize("answer", [EXCLUDED, LOCKS_FIRST])
def test_what_refuses_one_of_two_sessions_passes(data: str, answer: str) -> None:
    """A constraint does, and so does code that makes the second session wait."""
    verdict = judge(ROOMS, answer, dataset=data)
    assert (verdict.status, verdict.message) == ("pass", "Right: 3 checks, and each holds."), str(verdict)


def test_what_looks_before_it_writes_loses_a_race(data: str) -> None:
    """One session after the other it refuses; two at once both get in, and what they got in is shown."""
    verdict = judge(ROOMS, LOOKS_FIRST, dataset=data)
    assert said(verdict) == [
        "✘ It looks before it writes. 2 of 3 checks hold.",
        f"  Your schema keeps this as long as one session comes after the other: {ONCE}",
        "  A room is booked twice. The last two steps were taken in two sessions at once, and neither was refused. "
        "What looks before it writes does not see what another session has not committed yet:",
        "step | action | with",
        "   1 | book   | room 7, guest Ada, stay [2026-03-01,2026-03-05)",
        "   2 | book   | room 7, guest Ben, stay [2026-03-04,2026-03-06)",
        "room | guest | stay",
        "   7 | Ada   | [2026-03-01,2026-03-05)",
        "   7 | Ben   | [2026-03-04,2026-03-06)",
        "now in bookings",
    ]


WISHES = schema(
    "1.1.1",
    minutes=1,
    given="CREATE TABLE wishes (key text PRIMARY KEY); CREATE TABLE told (try int PRIMARY KEY, key text NOT NULL)",
    actions=(Action("wish", ("try", "key")),),
    questions=(Question("told", ("try", "key"), sql="SELECT try, key FROM told"),),
    legal={
        "Each try is told of its wish.": history(
            ("wish", 1, "a"), ("wish", 2, "a"), gives={"told": [(1, "a"), (2, "a")]}, at_once=True
        )
    },
    reference="""
        -- action wish(try, key)
        INSERT INTO wishes VALUES (:key) ON CONFLICT DO NOTHING;
        INSERT INTO told SELECT :try, key FROM wishes WHERE key = :key
    """,
    hints=("1", "2", "3"),
)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (
            "INSERT INTO wishes SELECT :key WHERE NOT EXISTS (SELECT FROM wishes WHERE key = :key);"
            "INSERT INTO told VALUES (:try, :key)",
            "Step 2, wish, should go in, but is refused.",
        ),
        (
            "WITH new AS (INSERT INTO wishes VALUES (:key) ON CONFLICT DO NOTHING RETURNING key)"
            "INSERT INTO told SELECT :try, key FROM (TABLE new UNION SELECT key FROM wishes WHERE key = :key) AS kept",
            "These rows differ in what the question told gives:",
        ),
    ],
)
def test_what_must_go_in_goes_in_also_when_two_come_at_once(data: str, answer: str, found: str) -> None:
    """What does so only one after the other fails, with what is refused or missing."""
    assert str(judge(WISHES, WISHES.reference, dataset=data)).startswith("✔ Right: 2 checks")
    verdict = judge(WISHES, f"-- action wish(try, key)\n{answer}", dataset=data)
    assert said(verdict)[:4] == [
        "✘ Not yet. 1 of 2 checks hold.",
        "  Not so in your schema: Each try is told of its wish.",
        "  The last two steps were taken in two sessions at once; one after the other they do as they should.",
        f"  {found}",
    ]


def test_a_broken_rule_is_told_in_the_words_of_the_business(data: str) -> None:
    """With the rows that went in."""
    verdict = judge(ROOMS, "ALTER TABLE bookings ADD PRIMARY KEY (room, stay)", dataset=data)
    lines = said(verdict)
    assert lines[1:3] == [
        f"  Nothing in your schema keeps this: {ONCE}",
        "  A room is booked twice. None of these was refused:",
    ]
    assert lines[-3:-1] == ["   7 | Ada   | [2026-03-01,2026-03-05)", "   7 | Ben   | [2026-03-04,2026-03-06)"]


def test_each_sentence_is_shown_with_what_kept_it(data: str) -> None:
    """And a constraint that nothing has met is named, but not one that was given."""
    answer = f"{EXCLUDED}; ALTER TABLE bookings ADD CONSTRAINT long CHECK (upper(stay) - lower(stay) < 30)"
    verdict = judge(ROOMS, answer, dataset=data)
    assert said(verdict)[1:] == [
        "sentence                         | kept by | which is",
        f"{ONCE} | once    | EXCLUDE USING gist (room WITH =, stay WITH &&)",
        "table    | constraint | which is",
        "bookings | long       | CHECK (((upper(stay) - lower(stay)) < 30))",
        "Nothing that was tried has met these. Is there a sentence that asks for each?",
    ]


ISSUE = Action("issue", ("code", "until"), sql="INSERT INTO vouchers VALUES (:code, :until)")
RENAME = Action("rename", ("code", "new"), sql="UPDATE vouchers SET code = :new WHERE code = :code")
REDEEM = Action("redeem", ("code",), sql="UPDATE vouchers SET redeemed_at = now() WHERE code = :code")
MARCH, MAY = at("2026-03-01 09:00"), at("2026-05-01 09:00")
VOUCHERS = schema(
    "1.1.1",
    minutes=1,
    given="CREATE TABLE vouchers (code text PRIMARY KEY, expires_on date NOT NULL, redeemed_at timestamptz)",
    actions=(ISSUE, RENAME, REDEEM),
    questions=(Question("redeemed", ("code", "at"), sql="SELECT code, redeemed_at FROM vouchers"),),
    legal={
        "A misprint is mended whenever it is seen.": history(
            MARCH, ("issue", "WINTR", "2026-04-01"), MAY, ("rename", "WINTR", "WINTER")
        ),
        "A backup comes back whenever it is needed.": history(MARCH, ("issue", "WINTER", "2026-04-01"), MAY, reload()),
        "A voucher is redeemed while it is good.": history(
            MARCH, ("issue", "X", "2026-04-01"), ("redeem", "X"), gives={"redeemed": [("X", "2026-03-01 09:00:00+00")]}
        ),
    },
    illegal={
        "Nobody redeems what has expired.": refused(
            MARCH, ("issue", "X", "2026-04-01"), MAY, ("redeem", "X"), sqlstates=("23514",)
        )
    },
    reference="ALTER TABLE vouchers ADD CHECK ((redeemed_at AT TIME ZONE 'UTC')::date <= expires_on)",
    rejects={
        "ages": wrong(
            "ALTER TABLE vouchers ADD CONSTRAINT good CHECK (expires_on >= CURRENT_DATE)", "The present passes."
        )
    },
    hints=("1", "2", "3"),
)


@pytest.mark.parametrize(
    "answer",
    [
        VOUCHERS.reference,
        """
        CREATE FUNCTION good() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            IF NEW.expires_on < pg_catalog.now()::date OR NEW.expires_on < LOCALTIMESTAMP(0) THEN
                RAISE check_violation;
            END IF;
            RETURN NEW;
        END $body$;
        CREATE TRIGGER good BEFORE UPDATE OF redeemed_at ON vouchers FOR EACH ROW EXECUTE FUNCTION good()
        """,
    ],
)
def test_rules_about_the_write_hold_as_time_passes(data: str, answer: str) -> None:
    """The clock that a history sets is read by constraints, by code and by the exercise's own actions."""
    verdict = judge(VOUCHERS, answer, dataset=data)
    assert verdict.status == "pass", str(verdict)
    assert "Nobody redeems what has expired. | " in str(verdict)


def test_a_rule_about_the_present_is_tried_at_another_time(data: str) -> None:
    """A CHECK on the present refuses an unrelated change later, and a backup's return."""
    verdict = judge(VOUCHERS, VOUCHERS.rejects["ages"].answer, dataset=data)
    assert verdict.misconception == "ages"
    lines = said(verdict)
    assert lines[:2] == [
        "✘ The present passes. 2 of 4 checks hold.",
        "  Not so in your schema: A misprint is mended whenever it is seen.",
    ]
    assert "   3 | it is now | 2026-05-01 09:00" in lines
    assert "SQLSTATE:  23514" in lines


def test_what_only_a_reload_finds_is_found(data: str) -> None:
    """A CHECK that no change meets again is asked of all rows, under its own name."""
    answer = """
        CREATE DOMAIN future AS date CONSTRAINT ahead CHECK (value > current_date);
        ALTER TABLE vouchers ALTER expires_on TYPE future;
    """
    verdict = judge(VOUCHERS, answer, dataset=data)
    assert "dump and restore, should go in, but is refused." in str(verdict)
    assert 'violates check constraint "ahead"' in str(verdict) or "contains values that violate" in str(verdict)


PEOPLE = """
CREATE TABLE people (id int PRIMARY KEY, email text, hash text);
INSERT INTO people VALUES (1, 'ada@example.org', 'h');
"""
SEEN = schema(
    "1.1.1",
    minutes=1,
    given=PEOPLE,
    actions=(
        Action("peep", (), sql="SELECT hash FROM people", role="shop_support"),
        Action("join", ("id", "email"), sql="INSERT INTO people VALUES (:id, :email)"),
    ),
    questions=(Question("emails", ("email",), sql="SELECT email FROM people", role="shop_support"),),
    legal={
        "Support sees whom it writes to.": history(
            ("join", 2, "ben@example.org"), gives={"emails": [("ada@example.org",), ("ben@example.org",)]}
        )
    },
    illegal={"Support sees no hash.": refused(("join", 2, "b"), ("peep",), sqlstates=("42501",))},
    reference="GRANT SELECT (email) ON people TO shop_support",
    rejects={"all": wrong("GRANT SELECT ON people TO PUBLIC", "Everybody sees everything.")},
    hints=("1", "2", "3"),
)


def test_each_action_has_the_rights_of_its_role(data: str) -> None:
    """And those without one have the owner's; what refused is shown as a right that is lacking."""
    verdict = judge(SEEN, SEEN.reference, dataset=data)
    assert said(verdict)[2] == "Support sees no hash. | a right that was not granted | SQLSTATE 42501", str(verdict)
    assert judge(SEEN, SEEN.rejects["all"].answer, dataset=data).misconception == "all"
    nothing = judge(SEEN, "CREATE VIEW emails AS SELECT email FROM people", dataset=data)
    assert "The server refuses the question emails." in nothing.message


def test_a_role_that_the_server_lacks_is_not_the_answers_fault(data: str) -> None:
    """Then nothing is judged."""
    exercise = replace(SEEN, actions=(replace(SEEN.actions[0], role="pg_monitor"), SEEN.actions[1]))
    verdict = judge(exercise, SEEN.reference, dataset=data)
    assert verdict.status == "not_graded"
    assert "The check cannot put on the role pg_monitor: ERROR:  permission denied" in str(verdict)


BOOKS = schema(
    "1.1.1",
    minutes=1,
    given="CREATE TABLE entries (id int PRIMARY KEY, entry int NOT NULL, cents int NOT NULL)",
    actions=(
        Action("post", ("a", "b"), sql="INSERT INTO entries VALUES (:a, 1, 5); INSERT INTO entries VALUES (:b, 1, -5)"),
        Action("raise", ("a",), sql="UPDATE entries SET cents = 9 WHERE id = :a"),
        Action("void", ("entry",), sql="DELETE FROM entries WHERE entry = :entry"),
    ),
    legal={"An entry is voided and posted again.": history(("post", 1, 2), ("void", 1), ("post", 1, 2))},
    illegal={"An entry balances.": refused(("post", 1, 2), ("raise", 1), sqlstates=("P0001",))},
    reference="""
        CREATE FUNCTION balances() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT EXISTS (SELECT FROM entries WHERE id = NEW.id) THEN
                RAISE 'the row that was written is not there';
            END IF;
            IF (SELECT sum(cents) FROM entries WHERE entry = NEW.entry) <> 0 THEN
                RAISE 'entry % does not balance', NEW.entry;
            END IF;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER balances AFTER INSERT OR UPDATE ON entries DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION balances()
    """,
    hints=("1", "2", "3"),
)


def test_what_is_deferred_is_asked_after_each_action_and_then_no_more(data: str) -> None:
    """As at a COMMIT: a deferred trigger sees the rows that its own transaction wrote, not later ones."""
    verdict = judge(BOOKS, BOOKS.reference, dataset=data)
    assert verdict.status == "pass", str(verdict)
    at_once = BOOKS.reference.replace(" DEFERRABLE INITIALLY DEFERRED", "")
    assert "Step 1, post, should go in, but is refused." in str(judge(BOOKS, at_once, dataset=data))
    by_default = BOOKS.reference.replace("INITIALLY DEFERRED", "INITIALLY IMMEDIATE")
    assert "Step 1, post, should go in, but is refused." in str(judge(BOOKS, by_default, dataset=data))


LOAD = schema(
    "1.1.1",
    minutes=1,
    with_data=True,
    actions=(),
    questions=(Question("kept", ("id", "name")), Question("stones", ("id",), sql="SELECT id FROM mine")),
    laws={
        "Every stone is kept.": "SELECT id, name FROM public.stones EXCEPT SELECT id, name FROM kept",
        "Nothing is kept that was not there.": "SELECT id FROM stones EXCEPT SELECT id FROM public.stones",
    },
    reference="CREATE TABLE mine AS SELECT * FROM stones;\n-- question kept(id, name)\nSELECT id, name FROM mine",
    hints=("1", "2", "3"),
)


@pytest.mark.parametrize("end", ["", ";", " ;\n", "; -- all of them\n"])
def test_laws_hold_of_what_was_loaded(data: str, end: str) -> None:
    """On a copy of the data set; a question may be called as a table is, and end as statements do."""
    verdict = judge(LOAD, LOAD.reference + end, dataset=data)
    assert (verdict.status, verdict.message) == ("pass", "Right: 2 checks, and each holds."), str(verdict)


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("FROM stones;", "FROM stones WHERE id > 1;", ["Every stone is kept.", "These rows break it"]),
        ("FROM stones;", "FROM stones UNION SELECT 99, 'x';", ["Nothing is kept that was not there.", "99"]),
        ("SELECT id, name FROM mine", "SELECT id FROM mine", ["gives 1, not 2 columns"]),
        ("SELECT id, name FROM mine", "SELECT id, nome FROM mine", ["refuses the question kept", "42703"]),
        ("SELECT id, name FROM mine", "SELECT id, ARRAY[name] FROM mine", ["does not compare"]),
    ],
)
def test_rows_that_break_a_law_are_shown(data: str, old: str, new: str, lines: list[str]) -> None:
    """Each with the sentence that it breaks."""
    assert old in LOAD.reference
    verdict = judge(LOAD, LOAD.reference.replace(old, new), dataset=data)
    assert verdict.status == "fail", str(verdict)
    assert all(line in str(verdict) for line in lines), str(verdict)


@pytest.fixture(scope="module")
def own(data: str) -> Iterator[str]:
    """A learner's database, with a table that is called as those of the exercise."""
    lesson = small_data.lesson(data)
    name = database.open_lesson(lesson).database
    with database.connect(name) as learner:
        learner.execute("CREATE TABLE bookings AS SELECT 'Ada' AS guest")
    yield name
    database.drop_lesson(lesson)


MANY = "DO $$ BEGIN FOR i IN 1..300 LOOP EXECUTE format('CREATE TABLE t%s (a int)', i); END LOOP; END $$;"


@pytest.mark.parametrize(
    ("exercise", "answer", "lines"),
    [
        (
            ROOMS,
            f"{EXCLUDED}; CREATE TABLE guests (name text UNIQUE); CREATE TABLE stays (of int REFERENCES guests (name))",
            ["at statement 3 of 3, “CREATE TABLE stays (of int REFERENCES guests (name))”.", "SQLSTATE:  42804"],
        ),
        (
            ROOMS,
            "DROP TABLE bookings CASCADE",
            ["Your answer drops or replaces what the exercise gave: bookings.", "Expected is"],
        ),
        (ROOMS, "DROP TABLE bookings; CREATE TABLE bookings (room int)", ["drops or replaces what the exercise gave"]),
        (ROOMS, "ALTER TABLE bookings RENAME TO stays", ["replaces what the exercise gave: bookings"]),
        (ROOMS, MANY, ["Your answer makes 300 tables", "at most 15"]),
        (ROOMS, "ALTER TABLE bookings DROP guest", ["Step 1, book, should go in, but is refused.", "SQLSTATE:  42601"]),
        (
            LOAD,
            LOAD.reference.replace("CREATE TABLE", "SELECT pg_sleep(1000); CREATE TABLE"),
            ["Your schema's statement 1 of 2, “SELECT pg_sleep(1000)”, had not ended after 0.3 seconds"],
        ),
        (
            LOAD,
            LOAD.reference.replace("SELECT id, name FROM mine", "SELECT pg_sleep(1000)::text, id FROM mine"),
            ["“-- question kept(id, name)” had not ended after 0.3 seconds"],
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_is(
    data: str, own: str, exercise: Schema, answer: str, lines: list[str]
) -> None:
    """Which statement or section, what was expected; a table of that name in the learner's database is untouched."""
    verdict = judge(replace(exercise, timeout_s=0.3 if exercise is LOAD else 5), answer, dataset=data)
    assert verdict.status == "fail"
    assert all(line in str(verdict) for line in lines), str(verdict)
    with database.connect(own) as learner:
        assert learner.execute("SELECT guest FROM bookings").fetchall() == [("Ada",)]


@pytest.mark.parametrize(
    ("ddl", "said"),
    [
        ("SELECT 1", "Your answer makes no table."),
        ("CREATE VIEW mine AS SELECT 1 AS id", "Your answer makes no table, and mine is a view"),
    ],
)
def test_an_answer_without_a_table_is_told_what_is_expected(data: str, ddl: str, said: str) -> None:
    """A view stores nothing."""
    exercise = replace(LOAD, with_data=False)
    verdict = judge(exercise, LOAD.reference.replace("CREATE TABLE mine AS SELECT * FROM stones", ddl), dataset=data)
    assert said in verdict.message
    assert "Expected are tables" in verdict.message


def test_names_may_have_quotes_and_any_letters(data: str) -> None:
    """Of tables, columns, constraints and schemas."""
    answer = '''
        CREATE SCHEMA "das ""Archiv""";
        CREATE TABLE "das ""Archiv"""."камни, все" (id int, "имя' \" text);
        INSERT INTO "das ""Archiv"""."камни, все" SELECT id, name FROM stones WHERE id > 1;
        CREATE VIEW mine AS SELECT id FROM "das ""Archiv"""."камни, все";
        -- question kept(id, name)
        SELECT id, "имя' \" FROM "das ""Archiv"""."камни, все"
    '''
    verdict = judge(LOAD, answer, dataset=data)
    assert "These rows break it" in str(verdict), str(verdict)
    assert "stone 1" in str(verdict)
    verdict = judge(LOAD, answer.replace("WHERE id > 1", ""), dataset=data)
    assert verdict.status == "pass", str(verdict)


def test_schemas_of_fifteen_tables_are_judged(data: str) -> None:
    """With enums, domains, exclusion constraints, generated columns and triggers."""
    verdict = judge(LARGE, LARGE.reference, dataset=data)
    assert verdict.status == "pass", str(verdict)
    for name, known in LARGE.rejects.items():
        assert judge(LARGE, known.answer, dataset=data).misconception == name
