"""Exercises of lesson 3.5."""

from mnemo_helpers.grading import Level, Order, Steps, prediction, stage, wrong

CARD = """
CREATE TABLE gift_cards (card text PRIMARY KEY, worth integer NOT NULL);
CREATE TABLE redemptions (card text NOT NULL REFERENCES gift_cards, who text NOT NULL, amount integer NOT NULL);
CREATE VIEW balances AS
SELECT card, worth - (SELECT coalesce(sum(amount), 0) FROM redemptions AS r WHERE r.card = c.card) AS money
FROM gift_cards AS c;
INSERT INTO gift_cards VALUES ('HOME', 100);
"""
NOT_OVERDRAWN = "(SELECT min(money) FROM balances) >= 0"
OVERDRAWN_NEVER = "Nobody takes more from the card than it is worth."

second_try = stage(
    "3.5.1",
    minutes=6,
    tables=f"{CARD} INSERT INTO redemptions VALUES ('HOME', 'carol', 40);",
    levels=("serializable",),
    invariant=NOT_OVERDRAWN,
    says=OVERDRAWN_NEVER,
    asks=Steps(
        ("alice", "bob"),
        values={"alice": {"who": "alice", "seen": 100}, "bob": {"who": "bob", "seen": 100}},
        must_do="(SELECT array_agg(amount) FROM redemptions WHERE who <> 'carol') = '{50}'",
        says="Of Alice and Bob, who comes first has taken 50, and the other nothing.",
        decides="level",
    ),
    reference="""
        BEGIN;
        SELECT money FROM balances WHERE card = 'HOME';
        INSERT INTO redemptions SELECT 'HOME', :who, 50 WHERE :money >= 50;
        COMMIT
    """,
    accepts=(
        "INSERT INTO redemptions SELECT card, :who, 50 FROM balances WHERE card = 'HOME' AND money >= 50",
        """
        BEGIN ISOLATION LEVEL SERIALIZABLE; -- writes first, and takes it back
        INSERT INTO redemptions VALUES ('HOME', :who, 50);
        SELECT money AS after FROM balances WHERE card = 'HOME';
        DELETE FROM redemptions WHERE who = :who AND :after < 0;
        COMMIT
        """,
        """
        BEGIN;
        SELECT worth FROM gift_cards WHERE card = 'HOME' FOR UPDATE;
        SELECT sum(amount) AS spent FROM redemptions WHERE card = 'HOME';
        INSERT INTO redemptions SELECT 'HOME', :who, 50 WHERE :worth - :spent >= 50;
        COMMIT
        """,
    ),
    rejects={
        "as_seen_before": wrong(
            "BEGIN; INSERT INTO redemptions SELECT 'HOME', :who, 50 WHERE :seen >= 50; COMMIT",
            "You write without reading anew. What the failed try has read was true then; it was rolled back because "
            "it is not true any more.",
            hint="Which statements did the failed try consist of? All of them belong into the second one.",
        ),
        "read_before": wrong(
            "SELECT money FROM balances WHERE card = 'HOME';"
            "BEGIN; INSERT INTO redemptions SELECT 'HOME', :who, 50 WHERE :money >= 50; COMMIT",
            "What you decide by is read in another transaction than the one that writes, or at a level at which the "
            "server does not look at what was read. So nobody finds out when it is over.",
            hint="Where must BEGIN stand, so that the server sees what the writing rests on?",
        ),
        "whatever_is_left": wrong(
            "BEGIN; SELECT money FROM balances WHERE card = 'HOME';"
            "INSERT INTO redemptions SELECT 'HOME', :who, least(50, :money) WHERE :money > 0; COMMIT",
            "You hand out what is left. Who wants 50 gets 50, or nothing.",
            hint="Compare what is left with 50.",
        ),
        "gives_up": wrong(
            "BEGIN; SELECT money FROM balances WHERE card = 'HOME'; COMMIT",
            "Nobody gets anything. There are 60 left, enough for one of the two.",
            hint="Read, and then write if the money is there.",
        ),
        "no_colon": wrong(
            "BEGIN; SELECT money FROM balances WHERE card = 'HOME';"
            "INSERT INTO redemptions SELECT 'HOME', :who, 50 WHERE money >= 50; COMMIT",
            "A statement names a column that none of its own tables has. What an earlier statement has read, the "
            "program keeps, and a later one names it with a colon.",
            hint="After SELECT money FROM … the value is :money.",
        ),
        "never_committed": wrong(
            "BEGIN; SELECT money FROM balances WHERE card = 'HOME';"
            "INSERT INTO redemptions SELECT 'HOME', :who, 50 WHERE :money >= 50",
            "A try ends with COMMIT; until then nothing of it is kept.",
        ),
    },
    hints=(
        ":seen is what the first try has read. Is it still true, after somebody was faster?",
        "The second try is a whole transaction: it reads, decides by what it has read, and writes.",
        "BEGIN; SELECT money FROM balances WHERE card = 'HOME'; INSERT … SELECT 'HOME', :who, 50 WHERE :money >= 50; "
        "COMMIT.",
    ),
)

tries = prediction(
    "3.5.2",
    minutes=1,
    label="tries",
    unit="tries",
    measure="""
        -- While n customers are left, all n try, and one of them gets through.
        SELECT sum(n) FROM generate_series(1, 8) AS n
    """,
    within_factor=1.2,
    because={
        "too_low": "In each round all who are left try, and one gets through: 8 tries, then 7, then 6, down to 1.",
        "too_high": "In each round one gets through and does not come back: 8 tries, then 7, then 6.",
    },
    hints=(
        "Of eight who write to one version of a row, how many find that version still there?",
        "How many try in the first round? And in the second?",
        "8 + 7 + 6 + 5 + 4 + 3 + 2 + 1.",
    ),
)

one_of_two = stage(
    "3.5.3",
    minutes=3,
    optional=True,
    tables=CARD,
    given="""
alice: BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT money FROM balances WHERE card = 'HOME'
alice: INSERT INTO redemptions SELECT 'HOME', 'alice', 60 WHERE :money >= 60
alice: COMMIT
bob:   BEGIN; SELECT money FROM balances WHERE card = 'HOME'
bob:   INSERT INTO redemptions SELECT 'HOME', 'bob', 60 WHERE :money >= 60
bob:   COMMIT
""",
    invariant=NOT_OVERDRAWN,
    says=OVERDRAWN_NEVER,
    asks=Order(),
    reference="""
alice: BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT money FROM balances WHERE card = 'HOME'
bob:   BEGIN; SELECT money FROM balances WHERE card = 'HOME'
alice: INSERT INTO redemptions SELECT 'HOME', 'alice', 60 WHERE :money >= 60
alice: COMMIT
bob:   INSERT INTO redemptions SELECT 'HOME', 'bob', 60 WHERE :money >= 60
bob:   COMMIT
""",
    accepts=(
        """
bob:   BEGIN; SELECT money FROM balances WHERE card = 'HOME'
alice: BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT money FROM balances WHERE card = 'HOME'
alice: INSERT INTO redemptions SELECT 'HOME', 'alice', 60 WHERE :money >= 60
bob:   INSERT INTO redemptions SELECT 'HOME', 'bob', 60 WHERE :money >= 60
bob:   COMMIT
alice: COMMIT
""",
        """
bob:   begin; select money from balances where card = 'HOME'
bob:   insert into redemptions select 'HOME', 'bob', 60 where :money >= 60
-- not committed yet
alice: begin isolation level serializable; select money from balances where card = 'HOME'
bob:   commit
alice: insert into redemptions select 'HOME', 'alice', 60 where :money >= 60
alice: commit
""",
    ),
    rejects={
        "one_by_one": wrong(
            """
alice: BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT money FROM balances WHERE card = 'HOME'
alice: INSERT INTO redemptions SELECT 'HOME', 'alice', 60 WHERE :money >= 60
alice: COMMIT
bob:   BEGIN; SELECT money FROM balances WHERE card = 'HOME'
bob:   INSERT INTO redemptions SELECT 'HOME', 'bob', 60 WHERE :money >= 60
bob:   COMMIT
""",
            "Bob reads when Alice has committed, and finds 40.",
            hint="What must both of them have read before either has committed?",
        ),
        "one_by_one_bob_first": wrong(
            """
bob:   BEGIN; SELECT money FROM balances WHERE card = 'HOME'
bob:   INSERT INTO redemptions SELECT 'HOME', 'bob', 60 WHERE :money >= 60
bob:   COMMIT
alice: BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT money FROM balances WHERE card = 'HOME'
alice: INSERT INTO redemptions SELECT 'HOME', 'alice', 60 WHERE :money >= 60
alice: COMMIT
""",
            "Alice reads when Bob has committed, and finds 40.",
            hint="What must both of them have read before either has committed?",
        ),
        "both_alike": wrong(
            """
alice: BEGIN; SELECT money FROM balances WHERE card = 'HOME'
bob:   BEGIN; SELECT money FROM balances WHERE card = 'HOME'
alice: INSERT INTO redemptions SELECT 'HOME', 'alice', 60 WHERE :money >= 60
alice: COMMIT
bob:   INSERT INTO redemptions SELECT 'HOME', 'bob', 60 WHERE :money >= 60
bob:   COMMIT
""",
            "The steps are given, and only their order is asked for. Alice is to be as careful as she can be.",
        ),
    },
    hints=(
        "When does Alice's transaction get in nobody's way? When somebody has read before her COMMIT what she changes.",
        "Let both read first. Bob may begin before or after Alice.",
        "alice: BEGIN … SELECT, bob: BEGIN … SELECT, then Alice's other two steps, then Bob's.",
    ),
)

SHELF = """
CREATE TABLE shelf (
    product text PRIMARY KEY,
    price   integer NOT NULL,
    on_hand integer NOT NULL CHECK (on_hand >= 0),
    version integer NOT NULL
);
CREATE TABLE replies (who text PRIMARY KEY, said text NOT NULL);
CREATE TABLE changes (who text PRIMARY KEY, from_version integer, replies_before integer NOT NULL);
INSERT INTO shelf VALUES ('socks', 19, 11, 1);
"""
SALE = """
    UPDATE shelf SET on_hand = on_hand - :n, version = version + 1
    WHERE product = 'socks' AND version = :version AND on_hand >= :n
"""
TELL = """
    INSERT INTO replies
    SELECT :who, CASE WHEN :sold = 1 THEN 'sold' WHEN on_hand < :n THEN 'not enough' ELSE 'try again' END
    FROM shelf WHERE product = 'socks'
"""
OPTIMISTIC = f"""
BEGIN;
WITH sold AS ({SALE} RETURNING product) SELECT count(*) AS sold FROM sold;
{TELL};
COMMIT
"""

optimistic_sale = stage(
    "3.5.4",
    minutes=8,
    tables=SHELF,
    given="""
dan:   WITH done AS (UPDATE shelf SET on_hand = on_hand - 9 WHERE on_hand >= 9 RETURNING product)
       INSERT INTO changes SELECT 'dan', NULL, (SELECT count(*) FROM replies) FROM done
carol: WITH done AS (UPDATE shelf SET price = 21, version = version + 1 RETURNING version)
       INSERT INTO changes SELECT 'carol', version - 1, (SELECT count(*) FROM replies) FROM done
""",
    # Dan comes first, so that of the ways to take 0 rows for an old page each fails in an order of its own.
    # Whether Dan had sold when Alice read the shelf again, only the orders of one after the other tell.
    invariant="""
        (SELECT on_hand FROM shelf) = 11 - 9 * (SELECT count(*) FROM changes WHERE who = 'dan')
                                         - 3 * (SELECT count(*) FROM replies WHERE said = 'sold')
        AND (SELECT version FROM shelf) = 1 + (SELECT count(*) FROM changes WHERE who = 'carol')
                                            + (SELECT count(*) FROM replies WHERE said = 'sold')
        AND NOT EXISTS (SELECT FROM replies WHERE CASE said
            WHEN 'sold' THEN EXISTS (SELECT FROM changes WHERE who = 'carol' AND from_version = 1)
            WHEN 'try again' THEN NOT EXISTS (SELECT FROM changes WHERE who = 'carol' AND from_version = 1)
            ELSE NOT EXISTS (SELECT FROM changes WHERE who = 'dan') END)
    """,
    says="What is sold has left the shelf, at the price that the page showed; Carol's change and Alice's order have "
    "each raised the version; and the reply is true.",
    asks=Steps(
        ("alice",),
        values={"alice": {"who": "alice", "n": 3, "version": 1}},
        must_do="""
            (SELECT said FROM replies WHERE who = 'alice') = CASE
                WHEN EXISTS (SELECT FROM changes WHERE who = 'dan' AND replies_before = 0) THEN 'not enough'
                WHEN EXISTS (SELECT FROM changes WHERE who = 'carol' AND replies_before = 0) THEN 'try again'
                ELSE 'sold' END
        """,
        says="If Dan has sold before, Alice is told 'not enough'; otherwise, if the price has changed before, "
        "'try again'; otherwise 'sold'.",
        most_steps=4,
    ),
    reference=OPTIMISTIC.strip(),
    accepts=(
        f"""
        WITH sold AS ({SALE} RETURNING product)
        INSERT INTO replies
        SELECT :who, CASE WHEN EXISTS (SELECT FROM sold) THEN 'sold' WHEN on_hand < :n THEN 'not enough'
                          ELSE 'try again' END
        FROM shelf WHERE product = 'socks'
        """,
        """
        BEGIN;
        SELECT on_hand, version AS current FROM shelf WHERE product = 'socks' FOR UPDATE;
        UPDATE shelf SET on_hand = :on_hand - :n, version = :current + 1
        WHERE product = 'socks' AND :current = :version AND :on_hand >= :n;
        INSERT INTO replies VALUES (:who, CASE WHEN :on_hand < :n THEN 'not enough'
                                               WHEN :current = :version THEN 'sold' ELSE 'try again' END);
        COMMIT
        """,
        f"""
        {SALE} RETURNING version AS mine;
        SELECT on_hand FROM shelf WHERE product = 'socks';
        INSERT INTO replies
        SELECT :who, CASE WHEN :mine IS NOT NULL THEN 'sold' WHEN :on_hand >= :n THEN 'try again' ELSE 'not enough' END
        """,
    ),
    rejects={
        "no_row_is_not_enough": wrong(
            OPTIMISTIC.replace("WHEN on_hand < :n THEN 'not enough' ELSE 'try again'", "ELSE 'not enough'"),
            "You take 0 rows for an empty shelf. The socks are there, only the page was old, and Alice goes "
            "home without them.",
            hint="What does the shelf say after an UPDATE of 0 rows? Read it again, and compare.",
        ),
        "no_row_is_try_again": wrong(
            OPTIMISTIC.replace("WHEN on_hand < :n THEN 'not enough' ELSE 'try again'", "ELSE 'try again'"),
            "Alice tries again, and there are not 3 pairs left. An UPDATE of 0 rows does not always mean an old page.",
            hint="What does the shelf say after an UPDATE of 0 rows? Read it again, and compare.",
        ),
        "version_before_stock": wrong(
            OPTIMISTIC.replace(
                "WHEN on_hand < :n THEN 'not enough' ELSE 'try again'",
                "WHEN version <> :version THEN 'try again' ELSE 'not enough'",
            ),
            "Where both is so, the page old and too few left, you say 'try again', and it is for nothing. You look at "
            "the version before you look at the stock.",
            hint="Which of the two is true whatever the page says?",
        ),
        "no_version": wrong(
            OPTIMISTIC.replace("AND version = :version ", ""),
            "You sell to Alice though her page is of an old version. She has agreed to another price.",
            hint="Which column says whether the page is still true? Compare it in the WHERE of the UPDATE.",
        ),
        "version_stays": wrong(
            OPTIMISTIC.replace(", version = version + 1", ""),
            "You compare the version and do not raise it. Who has read the row before you finds the version that they "
            "know, and takes their page for true.",
            hint="Who sells from a page raises the version, so that others' pages grow old.",
        ),
        "check_answers": wrong(
            OPTIMISTIC.replace(" AND on_hand >= :n", ""),
            "You leave the stock to the CHECK, which refuses the UPDATE with an error. An error ends the "
            "transaction, and with it the reply.",
            hint="What would keep the UPDATE from finding the row when there are too few?",
        ),
        "own_sale_taken_for_another": wrong(
            OPTIMISTIC.replace(
                "WHEN :sold = 1 THEN 'sold' WHEN on_hand < :n THEN 'not enough' ELSE 'try again'",
                "WHEN version <> :version THEN 'try again' WHEN on_hand < :n THEN 'not enough' ELSE 'sold'",
            ),
            "You ask the shelf whether you have sold. Your own UPDATE has raised the version, so you take your own "
            "sale for somebody else's.",
            hint="Only the UPDATE knows whether it has found its row. Count what it returns, and ask for that first.",
        ),
        "told_before_the_shelf": wrong(
            """
            BEGIN;
            SELECT on_hand, version AS current FROM shelf WHERE product = 'socks';
            UPDATE shelf SET on_hand = on_hand - :n, version = version + 1
            WHERE product = 'socks' AND version = :version AND on_hand >= :n;
            INSERT INTO replies VALUES (:who, CASE WHEN :on_hand < :n THEN 'not enough'
                                                   WHEN :current = :version THEN 'sold' ELSE 'try again' END);
            COMMIT
            """,
            "You reply by what you read before the UPDATE, and not by what the UPDATE has done. Between the two "
            "the shelf can change.",
            hint="Only the UPDATE knows whether it has found its row. Count what it returns.",
        ),
        "no_reply": wrong(
            f"WITH sold AS ({SALE} RETURNING product) INSERT INTO replies SELECT :who, 'sold' FROM sold",
            "Who gets nothing is told nothing.",
            hint="Where the UPDATE finds no row, sold is empty. From which table do you take the row for the reply?",
        ),
    },
    hints=(
        "The UPDATE says in its WHERE what it rests on: the version and the stock. Of 0 rows, two things may be true.",
        "WITH sold AS (UPDATE … RETURNING product) SELECT count(*) AS sold FROM sold; then :sold is 1 or 0. Read the "
        "shelf again in a statement behind it.",
        "CASE WHEN :sold = 1 THEN 'sold' WHEN on_hand < :n THEN 'not enough' ELSE 'try again' END, FROM shelf.",
    ),
)

which_level = stage(
    "3.5.5",
    minutes=2,
    tables="""
        CREATE TABLE shelf (product text PRIMARY KEY, on_hand integer NOT NULL, version integer NOT NULL);
        CREATE TABLE sales (who text, n integer);
        INSERT INTO shelf VALUES ('socks', 11, 1);
    """,
    given="""
alice: SELECT on_hand, version FROM shelf
alice: BEGIN; WITH sold AS (UPDATE shelf SET on_hand = :on_hand - 3, version = version + 1
              WHERE version = :version RETURNING product) INSERT INTO sales SELECT 'alice', 3 FROM sold
alice: COMMIT
bob:   SELECT on_hand, version FROM shelf
bob:   BEGIN; WITH sold AS (UPDATE shelf SET on_hand = :on_hand - 4, version = version + 1
              WHERE version = :version RETURNING product) INSERT INTO sales SELECT 'bob', 4 FROM sold
bob:   COMMIT
""",
    invariant="(SELECT on_hand FROM shelf) = 11 - (SELECT coalesce(sum(n), 0) FROM sales)",
    says="What is sold has left the shelf.",
    asks=Level(),
    reference="READ COMMITTED",
    accepts=("read uncommitted", "BEGIN ISOLATION LEVEL READ COMMITTED"),
    rejects={
        "snapshot": wrong(
            "REPEATABLE READ",
            "The version is compared by the UPDATE itself, on the row as it is then, locked. A snapshot adds nothing "
            "to that but a 40001 in place of 0 rows.",
        ),
        "strongest": wrong(
            "SERIALIZABLE",
            "The reading is a transaction of its own here, as it is where a person thinks in between. No level of the "
            "second transaction knows about it; the version does.",
        ),
    },
    hints=(
        "Who compares the version, and when? What does an UPDATE do that has waited?",
        "At the weakest level an UPDATE looks again at the row that it has waited for. Is the version still the same?",
        "It holds at each of the three. Which is the weakest?",
    ),
)
