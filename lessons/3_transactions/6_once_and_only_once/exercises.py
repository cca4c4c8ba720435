"""Exercises of lesson 3.6."""

from mnemo_helpers.grading import Action, Question, Steps, choice, history, refused, schema, stage, wrong

TRIES = {"first": {"try": "first"}, "again": {"try": "again"}}

one_answer = stage(
    "3.6.1",
    minutes=6,
    tables="""
        CREATE TABLE charges (
            charge_id   int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            request_key text NOT NULL UNIQUE,
            amount      numeric(12,2) NOT NULL
        );
        CREATE TABLE replies (try text PRIMARY KEY, charge_id int NOT NULL);
    """,
    given="other: INSERT INTO charges (request_key, amount) VALUES ('another wish', 12.00)",
    invariant="((SELECT count(*) FROM charges WHERE request_key <> 'another wish'),"
    " (SELECT count(*) FROM replies JOIN charges USING (charge_id) WHERE request_key = 'a wish')) IN ((0, 0), (1, 2))",
    says="There is one charge, and both tries are told of it.",
    asks=Steps(
        ("first", "again"),
        values=TRIES,
        must_do="(SELECT string_agg(amount::text, ',') FROM charges WHERE request_key = 'a wish') = '70.70'"
        " AND (SELECT count(*) FROM replies) = 2",
        says="“a wish” is charged with 70.70, once, and both tries have a reply.",
        most_waits=1,
        may_fail=(),
    ),
    reference="""
        BEGIN;
        INSERT INTO charges (request_key, amount) VALUES ('a wish', 70.70) ON CONFLICT DO NOTHING;
        INSERT INTO replies SELECT :try, charge_id FROM charges WHERE request_key = 'a wish';
        COMMIT
    """,
    accepts=(
        # A conflict on purpose, all in one statement.
        """
        WITH charged AS (
            INSERT INTO charges (request_key, amount) VALUES ('a wish', 70.70)
            ON CONFLICT (request_key) DO UPDATE SET amount = charges.amount
            RETURNING charge_id
        )
        INSERT INTO replies SELECT :try, charge_id FROM charged
        """,
        # One at a time: then looking first is right.
        """
        BEGIN;
        SELECT pg_advisory_xact_lock(hashtext('a wish'));
        INSERT INTO charges (request_key, amount)
        SELECT 'a wish', 70.70 WHERE NOT EXISTS (SELECT FROM charges WHERE request_key = 'a wish');
        INSERT INTO replies VALUES (:try, (SELECT charge_id FROM charges WHERE request_key = 'a wish'));
        COMMIT
        """,
        # Without a transaction around them: the charge is its own answer.
        """
        INSERT INTO charges (request_key, amount) VALUES ('a wish', 70.70) ON CONFLICT (request_key) DO NOTHING;
        SELECT charge_id AS mine FROM charges WHERE request_key = 'a wish';
        INSERT INTO replies VALUES (:try, :mine)
        """,
    ),
    rejects={
        "returning_alone": wrong(
            """
            BEGIN;
            WITH charged AS (
                INSERT INTO charges (request_key, amount) VALUES ('a wish', 70.70) ON CONFLICT DO NOTHING
                RETURNING charge_id
            )
            INSERT INTO replies SELECT :try, charge_id FROM charged;
            COMMIT
            """,
            "DO NOTHING returns nothing. It is charged once, and the second try is told nothing at all.",
            hint="Where is the answer of the first try? Read it there.",
        ),
        "one_statement": wrong(
            """
            WITH charged AS (
                INSERT INTO charges (request_key, amount) VALUES ('a wish', 70.70) ON CONFLICT DO NOTHING
                RETURNING charge_id
            )
            INSERT INTO replies
            SELECT :try, charge_id FROM charged
            UNION ALL SELECT :try, charge_id FROM charges WHERE request_key = 'a wish'
            """,
            "One statement has one snapshot, and yours is from before it waited. What it waited for is not in it, so "
            "the second try is told nothing when both come at once.",
            hint="Which statement has a newer snapshot?",
        ),
        "looks_first": wrong(
            """
            BEGIN;
            INSERT INTO charges (request_key, amount)
            SELECT 'a wish', 70.70 WHERE NOT EXISTS (SELECT FROM charges WHERE request_key = 'a wish');
            INSERT INTO replies SELECT :try, charge_id FROM charges WHERE request_key = 'a wish';
            COMMIT
            """,
            "You look whether the wish is there before you write it. Both look, both find nothing, and one is refused.",
            hint="The unique constraint knows better than your look. How do you say that a conflict is no error?",
        ),
        "key_of_the_try": wrong(
            """
            BEGIN;
            INSERT INTO charges (request_key, amount) VALUES (:try, 70.70) ON CONFLICT DO NOTHING;
            INSERT INTO replies SELECT :try, charge_id FROM charges WHERE request_key = :try;
            COMMIT
            """,
            "Each try has a key of its own, so that the second is a new wish.",
            hint="The key names the wish. Both tries send the same.",
        ),
        "newest_charge": wrong(
            """
            BEGIN;
            INSERT INTO charges (request_key, amount) VALUES ('a wish', 70.70) ON CONFLICT DO NOTHING;
            INSERT INTO replies SELECT :try, max(charge_id) FROM charges;
            COMMIT
            """,
            "You tell of the newest charge, and by then it may be somebody else's.",
            hint="By what does the shop know which charge is this wish's?",
        ),
        "every_charge": wrong(
            """
            BEGIN;
            INSERT INTO charges (request_key, amount) VALUES ('a wish', 70.70) ON CONFLICT DO NOTHING;
            INSERT INTO replies SELECT :try, charge_id FROM charges;
            COMMIT
            """,
            "You tell of every charge that there is, somebody else's too, and a try has one reply.",
            hint="By what does the shop know which charge is this wish's?",
        ),
        "quoted": wrong(
            """
            BEGIN;
            INSERT INTO charges (request_key, amount) VALUES ('a wish', 70.70) ON CONFLICT DO NOTHING;
            INSERT INTO replies SELECT ':try', charge_id FROM charges WHERE request_key = 'a wish';
            COMMIT
            """,
            "In quotes, :try is a text of four letters, the same for both. Write it without.",
        ),
        "no_conflict": wrong(
            """
            BEGIN;
            INSERT INTO charges (request_key, amount) VALUES ('a wish', 70.70);
            INSERT INTO replies SELECT :try, charge_id FROM charges WHERE request_key = 'a wish';
            COMMIT
            """,
            "The key keeps the second charge out, and the second try fails. Its caller learns that something went "
            "wrong, and not that the payment is done.",
            hint="A conflict is what you expect here. Say so to the INSERT.",
        ),
        "empty_reply": wrong(
            """
            BEGIN;
            INSERT INTO charges (request_key, amount) VALUES ('a wish', 70.70) ON CONFLICT DO NOTHING
            RETURNING charge_id AS mine;
            INSERT INTO replies VALUES (:try, :mine);
            COMMIT
            """,
            "DO NOTHING returns no row, so that the second try has no charge to tell of.",
            hint="Where is the answer of the first try? Read it there.",
        ),
        "whole_table": wrong(
            """
            BEGIN;
            LOCK TABLE charges;
            INSERT INTO charges (request_key, amount)
            SELECT 'a wish', 70.70 WHERE NOT EXISTS (SELECT FROM charges WHERE request_key = 'a wish');
            INSERT INTO replies SELECT :try, charge_id FROM charges WHERE request_key = 'a wish';
            COMMIT
            """,
            "You shut the whole table, so that everybody else's payment waits for this one.",
            hint="The unique constraint makes two of one key wait for each other, and nobody else.",
        ),
    },
    hints=(
        "The second try must neither charge nor fail. Which words after INSERT say so, and what do they return?",
        "The second statement may read what the first one did not return: it has a newer snapshot.",
        "INSERT INTO charges … ON CONFLICT DO NOTHING; then INSERT INTO replies SELECT :try, charge_id FROM charges "
        "WHERE request_key = 'a wish'.",
    ),
)

CHARGES = """
CREATE TABLE charges (
    charge_id   int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer    text NOT NULL,
    request_key text NOT NULL,
    amount      numeric(12,2) NOT NULL
);
CREATE TABLE replies (try_no int PRIMARY KEY, status int NOT NULL, amount numeric(12,2));
"""
OF_A_CUSTOMER = "ALTER TABLE charges ADD UNIQUE (customer, request_key);"
CHARGE = "INSERT INTO charges (customer, request_key, amount) VALUES (:customer, :request_key, :amount)"
ONCE = f"{CHARGE} ON CONFLICT DO NOTHING;"
TELL = """
INSERT INTO replies
SELECT :try_no, CASE WHEN amount = :amount THEN 201 ELSE 422 END, CASE WHEN amount = :amount THEN amount END
FROM charges WHERE customer = :customer AND request_key = :request_key;
"""
BOOK = Action(
    "book",
    ("customer", "request_key", "amount"),
    says="A job writes a charge.",
    sql=CHARGE,
)


def paid(*parts: str, adds: str = OF_A_CUSTOMER) -> str:
    """Return an answer to the exercise on payloads: what it adds, and what it does with a try."""
    return "\n".join([adds.strip(), f"\n{TRY.heading}", *(part.strip() for part in parts)])


TRY = Action(
    "try",
    ("try_no", "customer", "request_key", "amount"),
    says="A try comes in.",
)
ADA, BEN = ("ada", "k1", "70.70"), ("ben", "k1", "12.00")

payload = schema(
    "3.6.2",
    minutes=7,
    given=CHARGES,
    actions=(TRY, BOOK),
    questions=(
        Question(
            "charged",
            ("customer", "request_key", "amount"),
            says="What was charged.",
            sql="SELECT customer, request_key, amount FROM charges",
        ),
        Question(
            "told",
            ("try_no", "status", "amount"),
            says="What each try is told.",
            sql="SELECT try_no, status, amount FROM replies",
        ),
    ),
    legal={
        "A wish is charged, and the try is told so.": history(
            ("try", 1, *ADA), gives={"charged": [ADA], "told": [(1, 201, "70.70")]}
        ),
        "A wish that is tried again is charged once, and each try has the same reply.": history(
            ("try", 1, *ADA),
            ("try", 2, *ADA),
            ("try", 3, *ADA),
            gives={"charged": [ADA], "told": [(1, 201, "70.70"), (2, 201, "70.70"), (3, 201, "70.70")]},
        ),
        "The same key with another amount charges nothing, and is told 422.": history(
            ("try", 1, *ADA),
            ("try", 2, "ada", "k1", "7.07"),
            gives={"charged": [ADA], "told": [(1, 201, "70.70"), (2, 422, None)]},
        ),
        "After a refused amount, the wish itself may still be tried again.": history(
            ("try", 1, *ADA),
            ("try", 2, "ada", "k1", "7.07"),
            ("try", 3, *ADA),
            gives={"charged": [ADA], "told": [(1, 201, "70.70"), (2, 422, None), (3, 201, "70.70")]},
        ),
        "Two tries of a wish that come at once have the same reply.": history(
            ("try", 1, *ADA),
            ("try", 2, *ADA),
            gives={"charged": [ADA], "told": [(1, 201, "70.70"), (2, 201, "70.70")]},
            at_once=True,
        ),
        "Two customers may use the same key.": history(
            ("try", 1, *ADA),
            ("try", 2, *BEN),
            gives={"charged": [ADA, BEN], "told": [(1, 201, "70.70"), (2, 201, "12.00")]},
        ),
        "Two customers may use the same key for the same amount.": history(
            ("try", 1, *ADA),
            ("try", 2, "ben", "k1", "70.70"),
            gives={
                "charged": [ADA, ("ben", "k1", "70.70")],
                "told": [(1, 201, "70.70"), (2, 201, "70.70")],
            },
        ),
        "A customer may have two wishes of one amount.": history(
            ("try", 1, *ADA),
            ("try", 2, "ada", "k2", "70.70"),
            gives={
                "charged": [ADA, ("ada", "k2", "70.70")],
                "told": [(1, 201, "70.70"), (2, 201, "70.70")],
            },
        ),
    },
    illegal={
        "The job charges no customer twice with one key.": refused(
            ("book", *ADA),
            ("book", *ADA),
            sqlstates=("23505", "23P01"),
            at_once=True,
            broken="one wish is charged twice",
        ),
        "Nor with another amount.": refused(
            ("book", *ADA),
            ("book", "ada", "k1", "7.07"),
            sqlstates=("23505", "23P01"),
            at_once=True,
            broken="one wish is charged twice, with two amounts",
        ),
    },
    reference=paid(ONCE, TELL),
    accepts=(
        # A conflict on purpose gives the row back, and the amount that was charged with it.
        paid(
            """
WITH charged AS (
    INSERT INTO charges AS c (customer, request_key, amount) VALUES (:customer, :request_key, :amount)
    ON CONFLICT (customer, request_key) DO UPDATE SET amount = c.amount
    RETURNING amount
)
INSERT INTO replies
SELECT :try_no, CASE amount WHEN :amount THEN 201 ELSE 422 END, NULLIF(amount, NULLIF(amount, :amount)) FROM charged;
""",
            adds="CREATE UNIQUE INDEX a_wish ON charges (request_key, customer);",
        ),
        # The requests are a table of their own, with a hash.
        paid(
            """
WITH new AS (
    INSERT INTO requests VALUES (:customer, :request_key, sha256(convert_to(:amount::numeric(12,2)::text, 'UTF8')))
    ON CONFLICT DO NOTHING RETURNING customer
)
INSERT INTO charges (customer, request_key, amount) SELECT :customer, :request_key, :amount FROM new;
INSERT INTO replies
SELECT :try_no, CASE WHEN same THEN 201 ELSE 422 END, CASE WHEN same THEN :amount::numeric END
FROM (SELECT print = sha256(convert_to(:amount::numeric(12,2)::text, 'UTF8')) AS same
      FROM requests WHERE (customer, request_key) = (:customer, :request_key)) AS asked;
""",
            adds="""
ALTER TABLE charges ADD CONSTRAINT one_charge UNIQUE (customer, request_key);
CREATE TABLE requests (customer text, request_key text, print bytea NOT NULL, PRIMARY KEY (customer, request_key));
""",
        ),
        # Two replies, of which one is written.
        paid(
            ONCE,
            """
INSERT INTO replies SELECT :try_no, 201, :amount
WHERE EXISTS (SELECT FROM charges WHERE customer = :customer AND request_key = :request_key AND amount = :amount);
INSERT INTO replies SELECT :try_no, 422, NULL
WHERE NOT EXISTS (SELECT FROM charges WHERE customer = :customer AND request_key = :request_key AND amount = :amount);
""",
        ),
    ),
    rejects={
        "key_for_all": wrong(
            paid(
                ONCE,
                TELL.replace("customer = :customer AND ", ""),
                adds="ALTER TABLE charges ADD UNIQUE (request_key);",
            ),
            "The key alone is unique, in the whole shop. Another customer who happens to send the same key is not "
            "charged, and is told of somebody else's payment, or of nothing.",
            hint="Whose is a key? Put that into the constraint.",
        ),
        "amount_in_the_key": wrong(
            paid(ONCE, TELL, adds="ALTER TABLE charges ADD UNIQUE (customer, request_key, amount);"),
            "With the amount in the key, the same key with another amount is a wish of its own, and is charged.",
            hint="What makes two tries the same wish? The amount is compared, and is no part of that.",
        ),
        "amount_not_looked_at": wrong(
            paid(
                ONCE,
                "INSERT INTO replies SELECT :try_no, 201, amount FROM charges "
                "WHERE customer = :customer AND request_key = :request_key;",
            ),
            "Whoever sends another amount with an old key is told 201, as if it had been done.",
            hint="Compare what was charged with what is asked now.",
        ),
        "asked_amount_told": wrong(
            paid(ONCE, "INSERT INTO replies VALUES (:try_no, 201, :amount);"),
            "Each try is told 201 and the amount that it asked for, whatever was charged.",
            hint="The reply is read from what was charged.",
        ),
        "told_of_the_old": wrong(
            paid(ONCE, TELL.replace("CASE WHEN amount = :amount THEN amount END", "amount")),
            "It is refused, and yet told an amount: that of another wish. Then its caller cannot tell what 422 means.",
            hint="The amount, too, depends on whether it is the same.",
        ),
        "anybodys_answer": wrong(
            paid(ONCE, TELL.replace("customer = :customer AND ", "")),
            "The charge is kept for each customer, and the reply is read by the key alone: it finds other people's "
            "charges too.",
            hint="The reply is read by the columns that are unique together.",
        ),
        "no_conflict": wrong(
            paid(f"{CHARGE};", TELL),
            "The second try fails with 23505. Its caller learns that something went wrong, and not that it is done.",
            hint="A conflict is what you expect here. Say so to the INSERT.",
        ),
        "looks_before_the_key": wrong(
            paid(
                """
INSERT INTO charges (customer, request_key, amount) SELECT :customer, :request_key, :amount
WHERE NOT EXISTS (SELECT FROM charges WHERE customer = :customer AND request_key = :request_key);
""",
                TELL,
            ),
            "You look whether the wish is there before you write it. Two at once both find nothing, and the key "
            "refuses one of them, which has no reply.",
            hint="The constraint knows better than your look. How do you say that a conflict is no error?",
        ),
        "one_statement": wrong(
            paid(
                f"""
WITH new AS ({CHARGE} ON CONFLICT DO NOTHING RETURNING amount),
kept AS (
    TABLE new UNION ALL SELECT amount FROM charges WHERE customer = :customer AND request_key = :request_key
)
INSERT INTO replies
SELECT :try_no, CASE WHEN amount = :amount THEN 201 ELSE 422 END, CASE WHEN amount = :amount THEN amount END FROM kept;
"""
            ),
            "One statement has one snapshot, from before it waited. When two tries come at once, the second finds "
            "nothing to tell.",
            hint="Read the answer in a statement of its own.",
        ),
        "new_ones_only": wrong(
            paid(
                f"""
WITH charged AS ({CHARGE} ON CONFLICT DO NOTHING RETURNING amount)
INSERT INTO replies SELECT :try_no, 201, amount FROM charged;
"""
            ),
            "DO NOTHING returns nothing, so that only the first try has a reply.",
            hint="Read the answer in a statement of its own.",
        ),
        "every_conflict_422": wrong(
            paid(
                f"""
WITH charged AS ({CHARGE} ON CONFLICT DO NOTHING RETURNING amount)
INSERT INTO replies SELECT :try_no, CASE WHEN amount IS NULL THEN 422 ELSE 201 END, amount
FROM (VALUES (1)) AS one LEFT JOIN charged ON true;
"""
            ),
            "You refuse each try but the first, the same wish too. Its caller learns that it cannot be done, and it "
            "was done.",
            hint="A conflict has two meanings here. What tells them apart?",
        ),
        "overwritten": wrong(
            paid(f"{CHARGE} ON CONFLICT (customer, request_key) DO UPDATE SET amount = excluded.amount;", TELL),
            "You write the new amount over the one that was charged.",
            hint="excluded.amount is what is asked now; what was charged is charges.amount.",
        ),
        "looks_first": wrong(
            paid(
                """
INSERT INTO charges (customer, request_key, amount) SELECT :customer, :request_key, :amount
WHERE NOT EXISTS (SELECT FROM charges WHERE customer = :customer AND request_key = :request_key);
""",
                TELL,
                adds="CREATE INDEX ON charges (customer, request_key);",
            ),
            "Your code looks before it writes, and no constraint stands behind it. The job does not look, and two who "
            "look at once both find nothing.",
            hint="Which columns, taken together, must not come twice?",
        ),
    },
    hints=(
        "Three cases: the wish is new, it is the same, it is another under an old key. What tells the last two apart?",
        "UNIQUE (customer, request_key), and an INSERT that does nothing on a conflict. Then a second statement reads "
        "what was charged.",
        "INSERT INTO replies SELECT :try_no, CASE WHEN amount = :amount THEN 201 ELSE 422 END, CASE … END FROM charges "
        "WHERE customer = :customer AND request_key = :request_key.",
    ),
)

handled_once = stage(
    "3.6.3",
    minutes=5,
    tables="""
        CREATE TABLE handled (event_id bigint PRIMARY KEY);
        CREATE TABLE stock (product text PRIMARY KEY, on_hand int NOT NULL);
        INSERT INTO stock VALUES ('lamp', 10);
        CREATE TABLE sales (in_order boolean NOT NULL);
    """,
    given="""till: INSERT INTO sales
          SELECT on_hand = 10 - 3 * (SELECT count(*) FROM handled) FROM stock WHERE product = 'lamp';
          UPDATE stock SET on_hand = on_hand - 1 WHERE product = 'lamp'""",
    invariant="(SELECT bool_and(in_order) FROM sales) IS NOT FALSE"
    " AND (SELECT on_hand FROM stock WHERE product = 'lamp') + (SELECT count(*) FROM sales)"
    " = 10 - 3 * (SELECT count(*) FROM handled)",
    says="At any moment the stock is what the handled events and the sales say.",
    asks=Steps(
        ("first", "again"),
        values={"first": {"worker": "first"}, "again": {"worker": "again"}},
        must_do="(SELECT on_hand FROM stock WHERE product = 'lamp') = 6"
        " AND (SELECT array_agg(event_id) FROM handled) = '{7}'",
        says="Event 7 is handled, and four lamps are gone: three with the event, one sold at the till.",
        most_waits=2,
        most_steps=4,
        may_fail=(),
    ),
    reference="""
        WITH new AS (INSERT INTO handled VALUES (7) ON CONFLICT DO NOTHING RETURNING event_id)
        UPDATE stock SET on_hand = on_hand - 3 FROM new WHERE product = 'lamp'
    """,
    accepts=(
        # What was new is asked in the application.
        """
        BEGIN;
        INSERT INTO handled VALUES (7) ON CONFLICT DO NOTHING RETURNING event_id AS new;
        UPDATE stock SET on_hand = on_hand - 3 WHERE product = 'lamp' AND :new = 7;
        COMMIT
        """,
        # The row of the stock is the queue; then looking first is right.
        """
        BEGIN;
        SELECT on_hand FROM stock WHERE product = 'lamp' FOR UPDATE;
        UPDATE stock SET on_hand = on_hand - 3
        WHERE product = 'lamp' AND NOT EXISTS (SELECT FROM handled WHERE event_id = 7);
        INSERT INTO handled VALUES (7) ON CONFLICT DO NOTHING;
        COMMIT
        """,
    ),
    rejects={
        "both_work": wrong(
            """
            BEGIN;
            INSERT INTO handled VALUES (7) ON CONFLICT DO NOTHING;
            UPDATE stock SET on_hand = on_hand - 3 WHERE product = 'lamp';
            COMMIT
            """,
            "The number is kept once, and the lamps are taken twice: the second statement does not ask what the first "
            "one did.",
            hint="RETURNING has a row only where the event was new. Let the UPDATE depend on it.",
        ),
        "looks_first": wrong(
            """
            BEGIN;
            SELECT count(*) AS seen FROM handled WHERE event_id = 7;
            UPDATE stock SET on_hand = on_hand - 3 WHERE product = 'lamp' AND :seen = 0;
            INSERT INTO handled SELECT 7 WHERE :seen = 0;
            COMMIT
            """,
            "Both look and find nothing. The key then refuses one of them, which fails.",
            hint="Write the number first, and let the conflict be no error.",
        ),
        "looks_in_the_update": wrong(
            """
            BEGIN;
            UPDATE stock SET on_hand = on_hand - 3
            WHERE product = 'lamp' AND NOT EXISTS (SELECT FROM handled WHERE event_id = 7);
            INSERT INTO handled VALUES (7) ON CONFLICT DO NOTHING;
            COMMIT
            """,
            "The UPDATE waits for the other's, and looks into handled with the snapshot from before: it finds nothing, "
            "and takes three lamps again. Of its own row it looks at the new version, as in lesson 3.2, and at nothing "
            "else.",
            hint="Write the number first. Its key is asked anew, and knows how the other ended.",
        ),
        "nothing_kept": wrong(
            "UPDATE stock SET on_hand = on_hand - 3 WHERE product = 'lamp'",
            "Nobody keeps that event 7 was handled, so that each delivery is the first.",
            hint="There is a table for the numbers of events. Its key knows what has been.",
        ),
        "asks_the_stock": wrong(
            """
            BEGIN;
            INSERT INTO handled VALUES (7) ON CONFLICT DO NOTHING;
            UPDATE stock SET on_hand = on_hand - 3 WHERE product = 'lamp' AND on_hand = 10;
            COMMIT
            """,
            "You ask the stock whether the event is new. The till has sold a lamp meanwhile, and three lamps that are "
            "gone stay in the books.",
            hint="Only handled knows which events have been.",
        ),
        "writes_what_it_knows": wrong(
            """
            BEGIN;
            INSERT INTO handled VALUES (7) ON CONFLICT DO NOTHING;
            UPDATE stock SET on_hand = 7 WHERE product = 'lamp';
            COMMIT
            """,
            "To write 7 twice is to write it once, and yet it is wrong: it writes over what others have sold "
            "meanwhile.",
            hint="Take three from what is there, and only if the event is new.",
        ),
        "no_conflict": wrong(
            """
            BEGIN;
            INSERT INTO handled VALUES (7);
            UPDATE stock SET on_hand = on_hand - 3 WHERE product = 'lamp';
            COMMIT
            """,
            "The second delivery is refused by the key, and the worker fails. The broker takes that for an event that "
            "nobody has handled, and sends it again, and again.",
            hint="A second delivery is expected. Say so to the INSERT.",
        ),
        "number_first": wrong(
            """
            INSERT INTO handled VALUES (7) ON CONFLICT DO NOTHING RETURNING event_id AS new;
            UPDATE stock SET on_hand = on_hand - 3 WHERE product = 'lamp' AND :new = 7
            """,
            "Two statements, two commits. If the server stops between them, the event counts as handled, and the lamps "
            "are still there. Nobody will deliver it again.",
            hint="What belongs together is one transaction, or one statement.",
        ),
        "work_first": wrong(
            """
            UPDATE stock SET on_hand = on_hand - 3
            WHERE product = 'lamp' AND NOT EXISTS (SELECT FROM handled WHERE event_id = 7);
            INSERT INTO handled VALUES (7) ON CONFLICT DO NOTHING
            """,
            "Two statements, two commits. If the server stops between them, the lamps are gone and nobody knows that "
            "the event was handled; delivered again, it takes three more.",
            hint="What belongs together is one transaction, or one statement.",
        ),
    },
    hints=(
        "Which of the two writes tells whether the event is new?",
        "INSERT … ON CONFLICT DO NOTHING RETURNING gives a row only to whoever was first. Both writes must have one "
        "commit.",
        "WITH new AS (INSERT INTO handled VALUES (7) ON CONFLICT DO NOTHING RETURNING event_id) UPDATE stock … FROM "
        "new.",
    ),
)

sign_up = stage(
    "3.6.4",
    minutes=5,
    optional=True,
    tables="""
        CREATE TABLE accounts (
            email   text PRIMARY KEY,
            made_by text NOT NULL DEFAULT current_setting('application_name')
        );
        CREATE TABLE replies (caller text PRIMARY KEY, status int NOT NULL);
    """,
    given="cleo: INSERT INTO accounts (email) VALUES ('cleo@example.org')",
    invariant="(SELECT coalesce(array_agg(status ORDER BY status), '{201,409}') FROM replies) = '{201,409}'"
    " AND NOT EXISTS (SELECT FROM replies WHERE (status = 201) <> (caller IN (SELECT made_by FROM accounts)))",
    says="Whoever has made the account is told 201, and the other 409.",
    asks=Steps(
        ("ada", "eve"),
        values={"ada": {"caller": "ada"}, "eve": {"caller": "eve"}},
        must_do="(SELECT string_agg(email, ' ' ORDER BY email) FROM accounts) = 'ada@example.org cleo@example.org'"
        " AND (SELECT count(*) FROM replies) = 2",
        says="Ada and Cleo each have an account, and both callers have a reply.",
        most_waits=1,
        may_fail=(),
    ),
    reference="""
        WITH new AS (
            INSERT INTO accounts (email) VALUES ('ada@example.org') ON CONFLICT DO NOTHING RETURNING email
        )
        INSERT INTO replies SELECT :caller, CASE WHEN EXISTS (SELECT FROM new) THEN 201 ELSE 409 END
    """,
    accepts=(
        # What RETURNING gave is asked in the application.
        """
        BEGIN;
        INSERT INTO accounts (email) VALUES ('ada@example.org') ON CONFLICT (email) DO NOTHING RETURNING email AS mine;
        INSERT INTO replies VALUES (:caller, CASE WHEN :mine IS NULL THEN 409 ELSE 201 END);
        COMMIT
        """,
        # The account says whose it is, and a statement of its own sees it.
        """
        INSERT INTO accounts (email, made_by) VALUES ('ada@example.org', :caller) ON CONFLICT DO NOTHING;
        INSERT INTO replies SELECT :caller, CASE made_by WHEN :caller THEN 201 ELSE 409 END
        FROM accounts WHERE email = 'ada@example.org'
        """,
        # One at a time: then looking first is right.
        """
        BEGIN;
        SELECT pg_advisory_xact_lock(hashtext('ada@example.org'));
        SELECT count(*) AS taken FROM accounts WHERE email = 'ada@example.org';
        INSERT INTO accounts (email) SELECT 'ada@example.org' WHERE :taken = 0;
        INSERT INTO replies VALUES (:caller, 201 + 208 * :taken);
        COMMIT
        """,
    ),
    rejects={
        "found_so_mine": wrong(
            """
            BEGIN;
            INSERT INTO accounts (email) VALUES ('ada@example.org') ON CONFLICT DO NOTHING;
            INSERT INTO replies SELECT :caller, 201 FROM accounts WHERE email = 'ada@example.org';
            COMMIT
            """,
            "Both are told 201, and share one account. That there is a row, in the table or from DO UPDATE, does not "
            "tell whose it is. For a payment that is sent again the first one's answer is right; here the second is "
            "somebody else.",
            hint="What does RETURNING give to whoever comes second?",
        ),
        "no_conflict": wrong(
            """
            BEGIN;
            INSERT INTO accounts (email) VALUES ('ada@example.org');
            INSERT INTO replies VALUES (:caller, 201);
            COMMIT
            """,
            "The second fails with 23505. In a program that reads the code that is well; in plain SQL there is nobody "
            "who reads it.",
            hint="Say to the INSERT that a conflict is no error.",
        ),
        "told_before": wrong(
            """
            BEGIN;
            INSERT INTO replies SELECT :caller, CASE WHEN EXISTS (
                SELECT FROM accounts WHERE email = 'ada@example.org') THEN 409 ELSE 201 END;
            INSERT INTO accounts (email) VALUES ('ada@example.org') ON CONFLICT DO NOTHING;
            COMMIT
            """,
            "You tell before you write. Both look, the address is free, and both are told 201; one of them has no "
            "account.",
            hint="Let the constraint decide, and ask it what it has decided.",
        ),
        "found_so_taken": wrong(
            """
            BEGIN;
            INSERT INTO accounts (email) VALUES ('ada@example.org') ON CONFLICT DO NOTHING;
            INSERT INTO replies SELECT :caller, CASE WHEN EXISTS (
                SELECT FROM accounts WHERE email = 'ada@example.org') THEN 409 ELSE 201 END;
            COMMIT
            """,
            "After the INSERT there is a row in any case. You take your own for somebody else's, and refuse everybody.",
            hint="What does RETURNING give to whoever comes second?",
        ),
        "ada_is_first": wrong(
            """
            BEGIN;
            INSERT INTO accounts (email) VALUES ('ada@example.org') ON CONFLICT DO NOTHING;
            INSERT INTO replies VALUES (:caller, CASE :caller WHEN 'ada' THEN 201 ELSE 409 END);
            COMMIT
            """,
            "You decide by the name. Where Eve comes first, the account is hers, and she is told 409.",
            hint="Who was first is what the INSERT knows.",
        ),
        "only_winners": wrong(
            """
            WITH new AS (
                INSERT INTO accounts (email) VALUES ('ada@example.org') ON CONFLICT DO NOTHING RETURNING email
            )
            INSERT INTO replies SELECT :caller, 201 FROM new
            """,
            "Whoever comes second has no row in RETURNING, and so no reply.",
            hint="That there is no row is an answer too: 409.",
        ),
        "looks_first": wrong(
            """
            BEGIN;
            SELECT count(*) AS taken FROM accounts WHERE email = 'ada@example.org';
            INSERT INTO accounts (email) SELECT 'ada@example.org' WHERE :taken = 0;
            INSERT INTO replies VALUES (:caller, CASE WHEN :taken = 0 THEN 201 ELSE 409 END);
            COMMIT
            """,
            "Both look, and the address is free. Then the constraint refuses one of them, which is told nothing. In "
            "one statement, with NOT EXISTS, it is the same.",
            hint="Let the constraint decide, and ask it what it has decided.",
        ),
        "whole_table": wrong(
            """
            BEGIN;
            LOCK TABLE accounts;
            SELECT count(*) AS taken FROM accounts WHERE email = 'ada@example.org';
            INSERT INTO accounts (email) SELECT 'ada@example.org' WHERE :taken = 0;
            INSERT INTO replies VALUES (:caller, CASE WHEN :taken = 0 THEN 201 ELSE 409 END);
            COMMIT
            """,
            "You shut the whole table, so that nobody else can sign up meanwhile, under whatever address.",
            hint="The unique constraint makes two of one address wait for each other, and nobody else.",
        ),
    },
    hints=(
        "Who knows for certain whether the address was free? Not whoever looks.",
        "INSERT … ON CONFLICT DO NOTHING RETURNING gives a row to one of the two.",
        "WITH new AS (…) INSERT INTO replies SELECT :caller, CASE WHEN EXISTS (SELECT FROM new) THEN 201 ELSE 409 END.",
    ),
)

paid_twice = choice(
    "3.6.5",
    minutes=1,
    options={
        "a": "refused, since an order is captured once",
        "b": "refused, since the amount would be more than the order's",
        "c": "it goes in",
        "d": "it goes in, and the first becomes declined",
    },
    proof="""
        -- Is there a unique index on payments that needs no attempt_no, or a trigger that looks or changes?
        SELECT CASE
            WHEN EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'payments'::regclass AND NOT tgisinternal) THEN 'd'
            WHEN EXISTS (SELECT FROM pg_index WHERE indrelid = 'payments'::regclass AND indisunique AND NOT (
                SELECT attnum FROM pg_attribute WHERE attrelid = 'payments'::regclass AND attname = 'attempt_no'
            ) = ANY (indkey::int2[])) THEN 'a'
            ELSE 'c' END
    """,
    because={
        "a": "The primary key is the order and the attempt: another attempt is another row. A unique index on the "
        "order, of those captured only, would say so, as in lesson 1.5.",
        "b": "A check sees one row. What the order costs stands in others.",
        "d": "A constraint refuses or lets in. It changes nothing.",
    },
    hints=(
        "Which columns have to be equal for the primary key to refuse?",
        "A number that is made anew for each try names the try.",
        "The key keeps attempts apart; no constraint counts the captured ones.",
    ),
)
