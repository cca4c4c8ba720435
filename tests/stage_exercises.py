"""Small exercises of the kind ``stage``: one for each question, and three ways to count visits."""

from __future__ import annotations

from mnemo_helpers.grading import Invariant, Level, Order, Raced, Steps, stage, wrong

DOCTORS = """
CREATE TABLE doctors (name text PRIMARY KEY, on_call boolean NOT NULL, phone text);
INSERT INTO doctors VALUES ('Ada', true), ('Ben', true), ('Cleo', false);
"""
SOMEBODY = "(SELECT count(*) FROM doctors WHERE on_call) >= 1"
SKEW = """
alice: BEGIN; SELECT count(*) AS here FROM doctors WHERE on_call
alice: UPDATE doctors SET on_call = false WHERE name = 'Ada' AND :here >= 2
alice: COMMIT
bob:   BEGIN; SELECT count(*) AS here FROM doctors WHERE on_call
bob:   UPDATE doctors SET on_call = false WHERE name = 'Ben' AND :here >= 2
bob:   COMMIT
"""
HINTS = ("One?", "Two?", "Three?")

ON_CALL = stage(
    "3.2.1",
    minutes=5,
    tables=DOCTORS,
    given="carol: UPDATE doctors SET phone = '42' WHERE name = 'Cleo'",
    invariant=SOMEBODY,
    says="Somebody is on call.",
    asks=Steps(
        ("alice", "bob"),
        values={"alice": {"doctor": "Ada"}, "bob": {"doctor": "Ben"}},
        must_do="(SELECT count(*) FROM doctors WHERE on_call) = 1",
        says="Who asks first has gone home, and the other is on call.",
        most_waits=1,
    ),
    reference="""
        BEGIN;
        SELECT name FROM doctors WHERE on_call ORDER BY name FOR UPDATE;
        UPDATE doctors SET on_call = false
        WHERE name = :doctor AND (SELECT count(*) FROM doctors WHERE on_call) >= 2;
        COMMIT
    """,
    accepts=(
        """
        WITH here AS (SELECT name FROM doctors WHERE on_call ORDER BY name FOR UPDATE)
        UPDATE doctors SET on_call = false WHERE name = :doctor AND (SELECT count(*) FROM here) >= 2
        """,
        """
        BEGIN; -- one at a time
        SELECT pg_advisory_xact_lock(1);
        SELECT count(*) AS others FROM doctors WHERE on_call AND name <> :doctor;
        UPDATE doctors SET on_call = false WHERE name = :doctor AND :others > 0;
        COMMIT;
        """,
    ),
    rejects={
        "looks_first": wrong(
            "BEGIN; SELECT count(*) AS here FROM doctors WHERE on_call;"
            "UPDATE doctors SET on_call = false WHERE name = :doctor AND :here >= 2; COMMIT",
            "What you have counted may be over by the time you act on it.",
        ),
        "no_condition": wrong(
            "UPDATE doctors SET on_call = false WHERE name = :doctor",
            "You let everybody go, whoever is left.",
        ),
        "nobody_goes": wrong("SELECT name FROM doctors FOR UPDATE", "Nobody gets to go home."),
        "whole_table": wrong(
            "BEGIN; LOCK TABLE doctors; UPDATE doctors SET on_call = false"
            " WHERE name = :doctor AND (SELECT count(*) FROM doctors WHERE on_call) >= 2; COMMIT",
            "You shut the whole table, for those too who do not go off call.",
        ),
        "never_committed": wrong(
            "BEGIN; SELECT name FROM doctors WHERE on_call ORDER BY name FOR UPDATE;"
            "UPDATE doctors SET on_call = false WHERE name = :doctor",
            "Nothing of it is kept until you COMMIT.",
        ),
        "locks_in_another_order": wrong(
            "BEGIN; UPDATE doctors SET on_call = on_call WHERE name = :doctor;"
            "SELECT name FROM doctors WHERE on_call FOR UPDATE NOWAIT;"
            "UPDATE doctors SET on_call = false"
            " WHERE name = :doctor AND (SELECT count(*) FROM doctors WHERE on_call) >= 2; COMMIT",
            "You do not wait for the other; you give up.",
        ),
    },
    hints=HINTS,
)

VISITS = stage(
    "3.2.2",
    minutes=5,
    tables="""
        CREATE TABLE counter (page text PRIMARY KEY, n integer NOT NULL, version integer NOT NULL);
        INSERT INTO counter VALUES ('home', 0, 0), ('help', 0, 0);
        CREATE TABLE visits (who text PRIMARY KEY);
    """,
    given="carol: UPDATE counter SET n = n + 1 WHERE page = 'help'",
    invariant="(SELECT n FROM counter WHERE page = 'home') = (SELECT count(*) FROM visits)",
    says="Each visit that is noted is counted.",
    asks=Steps(
        ("alice", "bob"),
        values={"alice": {"who": "Alice"}, "bob": {"who": "Bob"}},
        must_do="(SELECT count(*) FROM visits) = 2",
        says="Both visits are noted.",
        most_waits=1,
    ),
    reference="BEGIN; UPDATE counter SET n = n + 1 WHERE page = 'home'; INSERT INTO visits VALUES (:who); COMMIT",
    accepts=(
        """
        BEGIN;
        SELECT n FROM counter WHERE page = 'home' FOR UPDATE;
        UPDATE counter SET n = :n + 1 WHERE page = 'home';
        INSERT INTO visits VALUES (:who);
        COMMIT
        """,
        """
        SELECT n, version FROM counter WHERE page = 'home';
        WITH counted AS (
            UPDATE counter SET n = :n + 1, version = :version + 1
            WHERE page = 'home' AND version = :version RETURNING page
        )
        INSERT INTO visits SELECT :who FROM counted
        """,
    ),
    rejects={
        "read_then_write": wrong(
            "BEGIN; SELECT n FROM counter WHERE page = 'home';"
            "UPDATE counter SET n = :n + 1 WHERE page = 'home'; INSERT INTO visits VALUES (:who); COMMIT",
            "Between your read and your write the other one counted too, and you have overwritten it.",
        ),
        "version_not_looked_at": wrong(
            "SELECT n, version FROM counter WHERE page = 'home';"
            "UPDATE counter SET n = :n + 1, version = :version + 1 WHERE page = 'home' AND version = :version;"
            "INSERT INTO visits VALUES (:who)",
            "Your update may change no row, and you note the visit all the same.",
        ),
        "only_noted": wrong("INSERT INTO visits VALUES (:who)", "Nothing is counted."),
        "all_or_nothing_else": wrong(
            "BEGIN; LOCK TABLE counter; UPDATE counter SET n = n + 1 WHERE page = 'home';"
            "INSERT INTO visits VALUES (:who); COMMIT",
            "The other page has to wait as well.",
        ),
        "another_level": wrong(
            "BEGIN ISOLATION LEVEL SERIALIZABLE; UPDATE counter SET n = n + 1 WHERE page = 'home';"
            "INSERT INTO visits VALUES (:who); COMMIT",
            "It must do at the level that is given.",
        ),
    },
    hints=HINTS,
)

WEAKEST = stage(
    "3.2.3",
    minutes=3,
    tables=DOCTORS,
    given=SKEW,
    invariant=SOMEBODY,
    says="Somebody is on call.",
    asks=Level(),
    reference="SERIALIZABLE",
    accepts=("BEGIN ISOLATION LEVEL SERIALIZABLE;", "level: serializable"),
    rejects={
        "default": wrong("read committed", "Each statement sees what is committed, and the count is older."),
        "snapshot": wrong("REPEATABLE READ", "Two snapshots, and neither shows what the other one does."),
    },
    hints=HINTS,
)

LOST = stage(
    "3.2.4",
    minutes=3,
    tables="CREATE TABLE counter (n integer); INSERT INTO counter VALUES (0); CREATE TABLE visits (who text)",
    given="""
alice: BEGIN; SELECT n FROM counter
alice: UPDATE counter SET n = :n + 1
alice: INSERT INTO visits VALUES ('Alice'); COMMIT
bob:   BEGIN; SELECT n FROM counter
bob:   UPDATE counter SET n = :n + 1
bob:   INSERT INTO visits VALUES ('Bob'); COMMIT
""",
    invariant="(SELECT n FROM counter) = (SELECT count(*) FROM visits)",
    says="Each visit that is noted is counted.",
    asks=Level(),
    reference="repeatable read",
    accepts=("REPEATABLE_READ", "begin isolation level repeatable read"),
    rejects={
        "default": wrong("read uncommitted", "The second update waits, and then overwrites."),
        "strongest": wrong("SERIALIZABLE", "It is safe, and dearer than need be."),
    },
    hints=HINTS,
)

SHIFTS = stage(
    "3.2.5",
    minutes=4,
    tables="""
        CREATE TABLE doctors (name text, shift text, on_call boolean);
        INSERT INTO doctors VALUES ('Ada', 'day', true), ('Ben', 'day', true), ('Cleo', 'night', true);
    """,
    says="In each shift somebody is on call.",
    asks=Invariant(
        good={
            "Nothing has happened.": "",
            "Ada went home.": "UPDATE doctors SET on_call = false WHERE name = 'Ada'",
            "Everybody has left the hospital.": "DELETE FROM doctors",
        },
        broken={
            "Cleo went home at night.": "UPDATE doctors SET on_call = false WHERE name = 'Cleo'",
            "Nobody is on call.": "UPDATE doctors SET on_call = false",
            "Nobody knows about Cleo.": "UPDATE doctors SET on_call = NULL WHERE name = 'Cleo'",
        },
    ),
    reference="NOT EXISTS (SELECT FROM doctors GROUP BY shift HAVING count(*) FILTER (WHERE on_call) = 0)",
    accepts=(
        "SELECT coalesce(bool_and(n > 0), true) FROM (SELECT count(*) FILTER (WHERE on_call) AS n"
        " FROM doctors GROUP BY shift) AS shifts;",
        "(SELECT count(DISTINCT shift) FROM doctors WHERE on_call) = (SELECT count(DISTINCT shift) FROM doctors)",
    ),
    rejects={
        "anybody": wrong(
            "(SELECT count(*) FROM doctors WHERE on_call) >= 1", "One on call by day does not help by night."
        ),
        "everybody": wrong("(SELECT bool_and(on_call) FROM doctors)", "Not everybody has to be there."),
        "empty_is_bad": wrong(
            "(SELECT min(n) FROM (SELECT count(*) FILTER (WHERE on_call) AS n FROM doctors GROUP BY shift) s) > 0",
            "Where there is no shift, there is no minimum either.",
        ),
        "number": wrong("(SELECT count(*) FROM doctors WHERE on_call)", "A number is no sentence."),
    },
    hints=HINTS,
)

OVERWRITE = stage(
    "3.2.6",
    minutes=4,
    tables="CREATE TABLE counter (n integer); INSERT INTO counter VALUES (0)",
    given="""
alice: BEGIN; SELECT n FROM counter
alice: UPDATE counter SET n = :n + 1
alice: COMMIT
bob:   BEGIN; SELECT n FROM counter
bob:   UPDATE counter SET n = :n + 1
bob:   COMMIT
""",
    says="What comes of it came of one after the other too.",
    asks=Order(),
    reference="""
alice: BEGIN; SELECT n FROM counter
bob:   BEGIN; SELECT n FROM counter
alice: UPDATE counter SET n = :n + 1
alice: COMMIT
bob:   UPDATE counter SET n = :n + 1
bob:   COMMIT
""",
    accepts=(
        """
        alice: begin; select n from counter;
        bob: begin; select n from counter;
        bob: update counter
             set n = :n + 1; -- first
        alice: update counter set n = :n + 1;
        bob: commit
        alice: commit
        """,
        """
bob: BEGIN; SELECT n FROM counter
alice: BEGIN; SELECT n FROM counter
alice: UPDATE counter SET n = :n + 1
bob: UPDATE counter SET n = :n + 1
alice: COMMIT
bob: COMMIT
""",
    ),
    rejects={
        "one_by_one": wrong(
            """
alice: BEGIN; SELECT n FROM counter
alice: UPDATE counter SET n = :n + 1
alice: COMMIT
bob:   BEGIN; SELECT n FROM counter
bob:   UPDATE counter SET n = :n + 1
bob:   COMMIT
""",
            "One after the other, each reads what the other has written.",
        ),
        "waits": wrong(
            """
alice: BEGIN; SELECT n FROM counter
bob:   BEGIN; SELECT n FROM counter
alice: UPDATE counter SET n = :n + 1
bob:   UPDATE counter SET n = :n + 1
bob:   COMMIT
alice: COMMIT
""",
            "Who waits does not commit.",
        ),
        "commit_forgotten": wrong(
            """
alice: BEGIN; SELECT n FROM counter
bob:   BEGIN; SELECT n FROM counter
alice: UPDATE counter SET n = :n + 1
bob:   UPDATE counter SET n = :n + 1
alice: COMMIT
""",
            "Every step has its place.",
        ),
    },
    hints=HINTS,
)

TRIAGE = stage(
    "3.2.7",
    minutes=4,
    tables="CREATE TABLE seats (seat integer PRIMARY KEY, guest text); INSERT INTO seats VALUES (1, NULL), (2, NULL)",
    given="""
bob: BEGIN; UPDATE seats SET guest = 'Bob' WHERE seat = 2 AND guest IS NULL
bob: UPDATE seats SET guest = 'Bob' WHERE seat = 1 AND guest IS NULL
bob: COMMIT
""",
    invariant="(SELECT count(DISTINCT guest) FROM seats) < 2",
    says="The two seats go to one guest.",
    levels=("read committed", "repeatable read"),
    asks=Steps(
        ("alice",),
        must_do="(SELECT count(guest) FROM seats) = 2",
        says="The two seats are taken.",
        decides="nothing",
        most_waits=1,
        may_fail=("40001",),
    ),
    reference="UPDATE seats SET guest = 'Alice' WHERE seat = 2 AND guest IS NULL;"
    "UPDATE seats SET guest = 'Alice' WHERE seat = 1 AND guest IS NULL",
    accepts=(
        "alice: SELECT FROM seats ORDER BY seat DESC FOR UPDATE\n"
        "alice: UPDATE seats SET guest = 'Alice' WHERE guest IS NULL",
        "SELECT count(*) AS free FROM (SELECT FROM seats WHERE guest IS NULL ORDER BY seat DESC FOR UPDATE) AS s;"
        "UPDATE seats SET guest = 'Alice' WHERE :free = 2",
    ),
    rejects={
        "other_way_round": wrong(
            "UPDATE seats SET guest = 'Alice' WHERE seat = 1 AND guest IS NULL;"
            "UPDATE seats SET guest = 'Alice' WHERE seat = 2 AND guest IS NULL",
            "Each of you holds what the other wants.",
        ),
        "one_seat": wrong("UPDATE seats SET guest = 'Alice' WHERE seat = 2 AND guest IS NULL", "Two seats are wanted."),
        "own_commit": wrong("BEGIN; UPDATE seats SET guest = 'Alice'; COMMIT", "The transaction is there already."),
        "takes_all": wrong("UPDATE seats SET guest = 'Alice'", "You take what is Bob's already."),
    },
    hints=HINTS,
)

BUY = """
    BEGIN;
    INSERT INTO sales (key, guest, answer) VALUES (:key, :guest, 'asked') ON CONFLICT (key) DO NOTHING;
    WITH left_one AS (
        UPDATE shows SET free = free - 1
        WHERE free > 0 AND EXISTS (SELECT FROM sales WHERE key = :key AND answer = 'asked') RETURNING 1
    )
    UPDATE sales SET answer = CASE WHEN EXISTS (SELECT FROM left_one) THEN 'sold' ELSE 'sold out' END
    WHERE key = :key AND answer = 'asked';
    SELECT answer FROM sales WHERE key = :key;
    COMMIT
"""
LAST_TICKET = stage(
    "3.2.8",
    minutes=12,
    tables="""
        CREATE TABLE shows (show integer PRIMARY KEY, seats integer NOT NULL, free integer NOT NULL);
        CREATE TABLE sales (key text PRIMARY KEY, guest text NOT NULL, answer text NOT NULL);
        INSERT INTO shows VALUES (1, 1, 1);
    """,
    invariant="(SELECT seats - free FROM shows) = (SELECT count(*) FROM sales WHERE answer = 'sold')"
    " AND (SELECT free >= 0 FROM shows)",
    says="Each ticket that is gone is somebody's.",
    asks=Steps(
        ("alice", "bob"),
        values={"alice": {"key": "a", "guest": "Alice"}, "bob": {"key": "b", "guest": "Bob"}},
        must_do="(SELECT free FROM shows) = 0",
        says="The last ticket is sold.",
        most_waits=1,
        race=Raced(
            values={"key": "{client}-{request}", "guest": "guest {client}-{request}"},
            told=("guest", "answer"),
            laws={
                "Nobody has bought twice.": "SELECT guest, count(*) FROM sales GROUP BY guest HAVING count(*) > 1",
                "Who is told an answer finds it again.": "SELECT guest, told.answer, sales.answer AS kept"
                " FROM told LEFT JOIN sales USING (guest) WHERE told.answer IS DISTINCT FROM sales.answer",
                "Nobody is told that it is sold out while there are tickets.": "SELECT guest, free FROM told, shows"
                " WHERE answer = 'sold out' AND free > 0",
            },
            tables="UPDATE shows SET seats = 40, free = 40",
            twice="UPDATE shows SET seats = 40, free = 40",
        ),
    ),
    reference=BUY,
    accepts=(
        """
        BEGIN;
        SELECT free FROM shows FOR UPDATE;
        SELECT max(answer) AS answer FROM sales WHERE key = :key;
        SELECT coalesce(:answer, CASE WHEN :free > 0 THEN 'sold' ELSE 'sold out' END) AS answer, :answer IS NULL AS new;
        WITH sale AS (
            INSERT INTO sales SELECT :key, :guest, :answer WHERE :new RETURNING answer
        )
        UPDATE shows SET free = free - 1 FROM sale WHERE sale.answer = 'sold';
        COMMIT
        """,
        """
        BEGIN;
        WITH mine AS (
            INSERT INTO sales VALUES (:key, :guest, 'asked') ON CONFLICT (key) DO UPDATE SET key = excluded.key
            RETURNING answer
        ), gone AS (UPDATE shows SET free = free - 1 FROM mine WHERE answer = 'asked' AND free > 0 RETURNING 1)
        SELECT CASE WHEN answer <> 'asked' THEN answer WHEN EXISTS (SELECT FROM gone) THEN 'sold' ELSE 'sold out' END
            AS answer FROM mine;
        UPDATE sales SET answer = :answer WHERE key = :key;
        COMMIT
        """,
    ),
    rejects={
        "two_transactions": wrong(
            "BEGIN; UPDATE shows SET free = free - 1 WHERE free > 0 RETURNING 'sold' AS answer; COMMIT;"
            "BEGIN; INSERT INTO sales VALUES (:key, :guest, coalesce(:answer, 'sold out')) ON CONFLICT DO NOTHING;"
            "COMMIT;"
            "SELECT answer FROM sales WHERE key = :key",
            "Between your two transactions the ticket is nobody's.",
        ),
        "key_of_its_own": wrong(
            BUY.replace(":key", ":mine").replace("BEGIN;", "SELECT gen_random_uuid()::text AS mine; BEGIN;"),
            "Who tries again must be known by the key of the first try.",
        ),
        "refused_again": wrong(
            BUY.replace("ON CONFLICT (key) DO NOTHING", ""),
            "An error is no answer to somebody who has bought.",
        ),
        "looks_for_the_key": wrong(
            "BEGIN; SELECT count(*) AS known FROM sales WHERE key = :key;"
            "UPDATE shows SET free = free - 1 WHERE free > 0 AND :known = 0 RETURNING 'sold' AS got;"
            "INSERT INTO sales SELECT :key, :guest, coalesce(:got, 'sold out') WHERE :known = 0;"
            "SELECT answer FROM sales WHERE key = :key; COMMIT",
            "You look for the key while the first try is about to write it.",
        ),
        "answer_is_lost": wrong(
            "BEGIN; INSERT INTO sales VALUES (:key, :guest, 'sold out') ON CONFLICT DO NOTHING RETURNING 1 AS new;"
            "UPDATE shows SET free = free - 1 WHERE free > 0 AND :new = 1 RETURNING 'sold' AS got;"
            "UPDATE sales SET answer = 'sold' WHERE key = :key AND :got = 'sold';"
            "SELECT coalesce(:got, 'sold out') AS answer; COMMIT",
            "Who tries again hears that it is sold out, and has a ticket.",
        ),
        "takes_again": wrong(
            BUY.replace("free > 0 AND EXISTS (SELECT FROM sales WHERE key = :key AND answer = 'asked')", "free > 0"),
            "The second try takes a ticket that nobody has.",
        ),
        "only_the_last": wrong(
            BUY.replace("free = free - 1", "free = 0"), "That is right of the last ticket, and of no other."
        ),
        "steps_aside": wrong(
            BUY.replace(
                "UPDATE shows SET free = free - 1\n        WHERE free > 0 AND",
                "UPDATE shows SET free = free - 1 WHERE show = (SELECT show FROM shows WHERE free > 0"
                " FOR UPDATE SKIP LOCKED) AND",
            ),
            "Who finds the row locked is told that nothing is left.",
        ),
    },
    hints=HINTS,
)

ALL = (ON_CALL, VISITS, WEAKEST, LOST, SHIFTS, OVERWRITE, TRIAGE, LAST_TICKET)
