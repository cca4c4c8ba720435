"""Exercises of lesson 3.2."""

from mnemo_helpers.grading import Invariant, Level, Order, Steps, choice, stage, wrong

report = stage(
    "3.2.1",
    minutes=3,
    tables="""
        CREATE TABLE stock (warehouse text PRIMARY KEY, on_hand int NOT NULL);
        INSERT INTO stock VALUES ('Pier Nine', 30), ('Talmühle', 10);
        CREATE TABLE reports (kettles int NOT NULL);
    """,
    given="""
ada:    BEGIN; UPDATE stock SET on_hand = on_hand - 5 WHERE warehouse = 'Pier Nine'
ada:    UPDATE stock SET on_hand = on_hand + 5 WHERE warehouse = 'Talmühle'
ada:    COMMIT
ben:    BEGIN; UPDATE stock SET on_hand = on_hand - 2 WHERE warehouse = 'Pier Nine'
ben:    UPDATE stock SET on_hand = on_hand + 2 WHERE warehouse = 'Talmühle'
ben:    COMMIT
report: INSERT INTO reports SELECT sum(on_hand) FROM stock
""",
    invariant="(SELECT sum(on_hand) FROM stock) = 40 AND NOT EXISTS (SELECT FROM reports WHERE kettles <> 40)",
    says="There are forty kettles, and every report says so.",
    asks=Level(),
    reference="READ COMMITTED",
    accepts=("BEGIN ISOLATION LEVEL READ COMMITTED;", "level: read uncommitted"),
    rejects={
        "reports_need_a_snapshot": wrong(
            "REPEATABLE READ",
            "The report is one statement, and sees one moment at every level. And both clerks let the UPDATE compute: "
            "where it waited, it is now refused.",
        ),
        "strongest_is_safe": wrong(
            "SERIALIZABLE",
            "It is safe, and refuses what was right. Ask of each session what it reads and computes with: none keeps "
            "a number from one statement to the next.",
        ),
    },
    hints=(
        "How many statements does the report need?",
        "What does on_hand - 5 compute with, after it has waited?",
        "If no session keeps anything that it has read, then a level above the default has nothing to protect.",
    ),
)

SALES = """
    CREATE TABLE stock (product text PRIMARY KEY, on_hand int NOT NULL);
    INSERT INTO stock VALUES ('kettle', 10);
    CREATE TABLE sales (till text PRIMARY KEY, pieces int NOT NULL);
    CREATE TABLE audits (kettles int NOT NULL);
"""
NOTED = "INSERT INTO sales VALUES (:till, :pieces)"


def taken(left: str, where: str = "", *, before: str = "") -> str:
    """Return a sale that takes and notes in one statement: each step that a wrong answer does without is orders saved.

    Args:
        left: what the number on hand becomes.
        where: what else is asked of the row.
        before: the statement before it, in the same transaction.
    """
    return (
        f"BEGIN; {before}; WITH taken AS (UPDATE stock SET on_hand = {left} WHERE product = 'kettle' {where}"
        " RETURNING product) INSERT INTO sales SELECT :till, :pieces FROM taken; COMMIT"
    )


LOOKED = "SELECT on_hand FROM stock WHERE product = 'kettle'"

sale = stage(
    "3.2.2",
    minutes=7,
    tables=SALES,
    given="""
auditor: INSERT INTO audits SELECT on_hand + (SELECT coalesce(sum(pieces), 0) FROM sales) FROM stock
""",
    invariant="""
        (SELECT on_hand FROM stock) + (SELECT coalesce(sum(pieces), 0) FROM sales) = 10
        AND NOT EXISTS (SELECT FROM audits WHERE kettles <> 10)
        AND (SELECT count(*) FROM sales) <> 1
    """,
    says="Kettles sold and kettles left are ten, at the end and in every audit, and both tills sell.",
    asks=Steps(
        ("ada", "ben"),
        values={"ada": {"till": "Ada", "pieces": 3}, "ben": {"till": "Ben", "pieces": 4}},
        must_do="(SELECT on_hand FROM stock) = 3 AND (SELECT sum(pieces) FROM sales) = 7",
        says="Seven kettles are sold and noted, and three are left.",
        most_waits=1,
        may_fail=(),
        most_steps=5,
    ),
    reference=f"""
        BEGIN;
        UPDATE stock SET on_hand = on_hand - :pieces WHERE product = 'kettle';
        {NOTED};
        COMMIT
    """,
    accepts=(
        f"""
        BEGIN;
        SELECT on_hand FROM stock WHERE product = 'kettle' FOR UPDATE;
        UPDATE stock SET on_hand = :on_hand - :pieces WHERE product = 'kettle';
        {NOTED};
        COMMIT
        """,
        """
        WITH taken AS (
            UPDATE stock SET on_hand = on_hand - :pieces WHERE product = 'kettle' RETURNING product
        )
        INSERT INTO sales SELECT :till, :pieces FROM taken
        """,
        f"""
        BEGIN;
        SELECT pg_advisory_xact_lock(1);
        SELECT on_hand FROM stock WHERE product = 'kettle';
        UPDATE stock SET on_hand = :on_hand - :pieces WHERE product = 'kettle';
        {NOTED};
        COMMIT
        """,
    ),
    rejects={
        "only_noted": wrong(
            NOTED,
            "The sale is noted, and the kettles are still on the shelf.",
            hint="The stock has to change as well.",
        ),
        "read_then_write": wrong(
            "BEGIN; SELECT on_hand FROM stock WHERE product = 'kettle';"
            f"UPDATE stock SET on_hand = :on_hand - :pieces WHERE product = 'kettle'; {NOTED}; COMMIT",
            "You write a number that was computed from what was there when you looked. What the other till took since "
            "is lost. If your UPDATE asks whether that number is still there, it changes 0 rows then, which is no "
            "error, and the sale is noted all the same.",
            hint="Who computes what is left, and with which version of the row?",
        ),
        "whole_table": wrong(
            taken("on_hand - :pieces", before="LOCK TABLE stock"),
            "The tills wait for each other, and so does everybody who only wants to read.",
            hint="Two writers of one row must meet. A lock on the row is enough for that.",
        ),
        "shared_lock": wrong(
            taken(":on_hand - :pieces", before=f"{LOOKED} FOR SHARE"),
            "FOR SHARE lets both tills in: each holds the row, and each waits for the other to let go of it. The "
            "server ends one of them.",
            hint="Whoever reads in order to write must say so when reading.",
        ),
        "gives_up": wrong(
            taken(":on_hand - :pieces", "AND on_hand = :on_hand", before=LOOKED),
            "Nothing is written over, and no sale is noted that was none. But whoever was slower sells nothing, though "
            "enough is there, and nobody tells the customer.",
            hint="Rather than ask whether it is still the same number, take off from whatever number is there.",
        ),
        "stronger_level": wrong(
            "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT on_hand FROM stock WHERE product = 'kettle';"
            f"UPDATE stock SET on_hand = :on_hand - :pieces WHERE product = 'kettle'; {NOTED}; COMMIT",
            "A stronger level would lose nothing, and would refuse one of the tills. Here the level stays as it is.",
            hint="What is written must not depend on what was read before the wait.",
        ),
        "refused_at_once": wrong(
            taken("on_hand - :pieces", before=f"{LOOKED} FOR UPDATE NOWAIT"),
            "NOWAIT turns the wait into an error, and whoever was slower sells nothing, though enough is there.",
            hint="Let the second till wait.",
        ),
        "passed_over": wrong(
            taken(":on_hand - :pieces", before=f"{LOOKED} FOR UPDATE SKIP LOCKED"),
            "SKIP LOCKED passes over a row that somebody holds. The second till reads nothing, and computes with NULL.",
            hint="There is one row, and both need it: let the second till wait.",
        ),
        "two_transactions": wrong(
            f"UPDATE stock SET on_hand = on_hand - :pieces WHERE product = 'kettle'; {NOTED}",
            "The tills do each other no harm. But between your two statements the kettles are gone and not yet sold, "
            "and everybody can see it.",
            hint="What belongs together becomes visible together: at COMMIT.",
        ),
    },
    hints=(
        "Both tills can read 10. Look in the picture for what each of them writes then.",
        "Either the second till must not read before the first is done, or nothing that was read is computed with.",
        "UPDATE stock SET on_hand = on_hand - :pieces takes the newest version after it has waited.",
    ),
)

one_default = stage(
    "3.2.3",
    minutes=4,
    optional=True,
    tables="""
        CREATE TABLE addresses (
            customer text, address text, is_default boolean,
            PRIMARY KEY (customer, address)
        );
        INSERT INTO addresses VALUES ('Ira', 'home', true), ('Ira', 'office', false), ('Jo', 'home', true);
    """,
    says="A customer who has addresses has exactly one that is the default.",
    asks=Invariant(
        good={
            "Nothing has happened.": "",
            "Ira's parcels go to the office.": "UPDATE addresses SET is_default = (address = 'office')"
            " WHERE customer = 'Ira'",
            "Jo has left.": "DELETE FROM addresses WHERE customer = 'Jo'",
            "Nobody has an address.": "DELETE FROM addresses",
            "Nobody knows of Ira's office.": "UPDATE addresses SET is_default = NULL WHERE address = 'office'",
        },
        broken={
            "Ira has two defaults.": "UPDATE addresses SET is_default = true WHERE customer = 'Ira'",
            "Ira has none.": "UPDATE addresses SET is_default = false WHERE customer = 'Ira'",
            "Ira has two, and Jo has none.": "UPDATE addresses SET is_default = (customer = 'Ira')",
            "Nobody knows of Jo's.": "UPDATE addresses SET is_default = NULL WHERE customer = 'Jo'",
        },
    ),
    reference="NOT EXISTS (SELECT FROM addresses GROUP BY customer HAVING count(*) FILTER (WHERE is_default) <> 1)",
    accepts=(
        "SELECT coalesce(bool_and(n = 1), true) FROM (SELECT count(*) FILTER (WHERE is_default) AS n"
        " FROM addresses GROUP BY customer) AS each",
        "1 = ALL (SELECT sum(CASE WHEN is_default THEN 1 ELSE 0 END) FROM addresses GROUP BY customer)",
        "NOT EXISTS (SELECT FROM addresses AS a"
        " WHERE (SELECT count(*) FROM addresses AS b WHERE b.customer = a.customer AND b.is_default) <> 1)",
    ),
    rejects={
        "in_all": wrong(
            "(SELECT count(*) FROM addresses WHERE is_default) = (SELECT count(DISTINCT customer) FROM addresses)",
            "You compare totals. One customer with two defaults and one with none make up for each other.",
            hint="The sentence is about each customer: group by them.",
        ),
        "at_most_one": wrong(
            "NOT EXISTS (SELECT FROM addresses WHERE is_default GROUP BY customer HAVING count(*) > 1)",
            "That no customer has two is half of the sentence. A customer without a default breaks it too, and is in "
            "no group where WHERE has taken the rows away.",
            hint="Count the defaults of all customers who have rows, also where the count is 0: FILTER does that.",
        ),
        "at_least_one": wrong(
            "NOT EXISTS (SELECT FROM addresses GROUP BY customer HAVING NOT coalesce(bool_or(is_default), false))",
            "That everybody has a default is half of the sentence. Two of them pass.",
            hint="How many are there for each customer?",
        ),
        "false_counts": wrong(
            "NOT EXISTS (SELECT FROM addresses GROUP BY customer HAVING count(is_default) <> 1)",
            "count(is_default) counts the rows in which is_default is not NULL. False is not NULL, and is counted.",
            hint="Which rows of a customer must be counted? FILTER says so.",
        ),
        "null_passes": wrong(
            "NOT EXISTS (SELECT FROM addresses GROUP BY customer HAVING sum(is_default::int) <> 1)",
            "Where is_default is NULL for all of a customer's rows, the sum is NULL, and NULL <> 1 is not true.",
            hint="count(*) FILTER (WHERE …) is a number, whatever is NULL.",
        ),
        "empty_is_unknown": wrong(
            "SELECT bool_and(n = 1) FROM (SELECT count(*) FILTER (WHERE is_default) AS n"
            " FROM addresses GROUP BY customer) AS each",
            "Where nobody has an address, nothing is there to be added up, and the answer is NULL.",
            hint="NOT EXISTS is true of an empty table.",
        ),
    },
    hints=(
        "Which customers break the sentence? Look for those, and say that there are none.",
        "GROUP BY customer, and count those of each group that are the default; 0 must be countable too.",
        "HAVING count(*) FILTER (WHERE is_default) <> 1 finds the customers who break it.",
    ),
)

STAFF = """
    CREATE TABLE staff (name text PRIMARY KEY, at_work boolean NOT NULL);
    INSERT INTO staff VALUES ('Ada', true), ('Ben', true);
"""
LOOKS = "SELECT count(*) AS here FROM staff WHERE at_work"
ADA = (
    "ada: BEGIN",
    f"ada: {LOOKS}",
    "ada: UPDATE staff SET at_work = false WHERE name = 'Ada' AND :here > 1",
    "ada: COMMIT",
)
BEN = (
    "ben: BEGIN",
    f"ben: {LOOKS}",
    "ben: UPDATE staff SET at_work = false WHERE name = 'Ben' AND :here > 1",
    "ben: COMMIT",
)


def told(*steps: str) -> str:
    """Return steps as an answer has them, a line each."""
    return "\n".join(steps)


nobody_stays = stage(
    "3.2.4",
    minutes=4,
    tables=STAFF,
    given=told(*ADA, *BEN),
    invariant="EXISTS (SELECT FROM staff WHERE at_work)",
    says="Somebody is at work.",
    levels=("repeatable read",),
    asks=Order(),
    reference=told(ADA[0], BEN[0], ADA[1], BEN[1], ADA[2], BEN[2], ADA[3], BEN[3]),
    accepts=(
        told(ADA[0], ADA[1], BEN[0], BEN[1], BEN[2], BEN[3], ADA[2], ADA[3]),
        told(BEN[0], BEN[1], BEN[2], *ADA, BEN[3]),
        told(*ADA[:3], *(step.lower().replace("'ben'", "'Ben'") + ";" for step in BEN), ADA[3]),
    ),
    rejects={
        "begun_together": wrong(
            told(ADA[0], BEN[0], *ADA[1:], *BEN[1:]),
            "Ben has looked after Ada's COMMIT. Whether he said BEGIN before it does not matter: the snapshot is taken "
            "by the first statement, and Ben's shows that he is alone.",
            hint="Who must not have committed when Ben looks?",
        ),
        "begun_together_ben_first": wrong(
            told(ADA[0], *BEN, *ADA[1:]),
            "Ada has looked after Ben's COMMIT. Whether she said BEGIN before it does not matter: the snapshot is "
            "taken by the first statement.",
            hint="Who must not have committed when Ada looks?",
        ),
        "not_to_the_end": wrong(
            told(ADA[0], BEN[0], ADA[1], BEN[1], ADA[2], BEN[2], ADA[3]),
            "What Ben has done is gone, as long as he does not commit. All eight steps have a place.",
            hint="Count the steps.",
        ),
        "writes_first": wrong(
            told(ADA[0], BEN[0], ADA[2], ADA[1], BEN[2], BEN[1], ADA[3], BEN[3]),
            "A program looks before it writes; each one's own steps stay in their order. Only whose turn it is can be "
            "chosen.",
            hint="Go down both lists from the top.",
        ),
    },
    hints=(
        "Both must believe that the other one stays.",
        "Each must look before the other has committed. What each writes is a row of their own, so nobody waits.",
        "BEGIN and look, both of them. Then the rest comes in any order.",
    ),
)

OPEN = """
    CREATE TABLE customers (customer text PRIMARY KEY, credit_limit int NOT NULL);
    INSERT INTO customers VALUES ('Ira', 100), ('Jo', 100);
    CREATE TABLE open_orders (browser text PRIMARY KEY, customer text NOT NULL, amount int NOT NULL);
"""
OWED = "SELECT coalesce(sum(amount), 0) AS owed FROM open_orders WHERE customer = 'Ira'"
WITHIN = "(SELECT coalesce(sum(amount), 0) FROM open_orders WHERE customer = 'Ira') <= 100"

credit = stage(
    "3.2.5",
    minutes=3,
    tables=OPEN,
    given=f"""
phone:  BEGIN; {OWED}
phone:  INSERT INTO open_orders SELECT 'phone', 'Ira', 60 WHERE :owed + 60 <= 100
phone:  COMMIT
laptop: BEGIN; {OWED}
laptop: INSERT INTO open_orders SELECT 'laptop', 'Ira', 60 WHERE :owed + 60 <= 100
laptop: COMMIT
""",
    invariant=WITHIN,
    says="Ira owes at most 100.",
    asks=Level(),
    reference="SERIALIZABLE",
    accepts=("BEGIN ISOLATION LEVEL SERIALIZABLE;", "level: serializable"),
    rejects={
        "in_a_transaction": wrong(
            "READ COMMITTED",
            "Each browser sees nothing open, and adds its order. That both are transactions does not keep the other "
            "one out.",
        ),
        "no_phantoms": wrong(
            "REPEATABLE READ",
            "No row appears between two looks, and that is the trouble: neither browser sees the other's order. Each "
            "inserts a row of its own, so nobody writes the same row second.",
        ),
    },
    hints=(
        "What does each browser read, and what does it write?",
        "REPEATABLE READ refuses whoever writes the same row second. Do they?",
        "Each decides by rows that the other one adds. Which level keeps in mind what was read?",
    ),
)

ORDERED = "INSERT INTO open_orders SELECT :browser, 'Ira', 60 WHERE :owed + 60 <= 100"
AT_ONCE = (
    "INSERT INTO open_orders SELECT :browser, 'Ira', 60"
    " WHERE (SELECT coalesce(sum(amount), 0) FROM open_orders WHERE customer = 'Ira') + 60 <= 100"
)

credit_locked = stage(
    "3.2.6",
    minutes=6,
    optional=True,
    tables=OPEN,
    given="""
other: INSERT INTO open_orders SELECT 'tablet', customer, 90 FROM customers WHERE customer = 'Jo' FOR UPDATE
""",
    invariant=WITHIN,
    says="Ira owes at most 100.",
    asks=Steps(
        ("phone", "laptop"),
        values={"phone": {"browser": "phone"}, "laptop": {"browser": "laptop"}},
        must_do="(SELECT count(*) FROM open_orders WHERE customer = 'Ira') = 1"
        " AND (SELECT count(*) FROM open_orders WHERE customer = 'Jo') = 1"
        " AND NOT EXISTS (SELECT FROM customers WHERE credit_limit <> 100)",
        says="Ira has one order, and Jo has one; the limits are 100.",
        most_waits=1,
        most_steps=4,
        may_fail=(),
    ),
    reference=f"""
        BEGIN;
        SELECT credit_limit FROM customers WHERE customer = 'Ira' FOR UPDATE;
        {OWED};
        {ORDERED};
        COMMIT
    """,
    accepts=(
        """
        BEGIN;
        SELECT FROM customers WHERE customer = 'Ira' FOR NO KEY UPDATE;
        INSERT INTO open_orders SELECT :browser, 'Ira', 60
        WHERE (SELECT sum(amount) FROM open_orders WHERE customer = 'Ira') + 60 <= 100
            OR NOT EXISTS (SELECT FROM open_orders WHERE customer = 'Ira');
        COMMIT
        """,
        f"""
        BEGIN;
        UPDATE customers SET credit_limit = credit_limit WHERE customer = 'Ira';
        {OWED};
        {ORDERED};
        COMMIT
        """,
        f"""
        BEGIN;
        SELECT pg_advisory_xact_lock(hashtext('Ira'));
        {OWED};
        {ORDERED};
        COMMIT
        """,
    ),
    rejects={
        "looks_first": wrong(
            f"BEGIN; {AT_ONCE}; COMMIT",
            "Each browser decides by what it saw before the other's order was committed. Either nothing makes it wait: "
            "no lock, one that lets others in (FOR SHARE), or one on orders, of which there is none yet. Or it waits "
            "too late: after its look, or in the same statement, which sees the moment at which it began.",
            hint="The second must wait before it looks. For which row, that is there already?",
        ),
        "everybody_waits": wrong(
            f"BEGIN; SELECT FROM customers ORDER BY customer FOR UPDATE; {AT_ONCE}; COMMIT",
            "You lock more than Ira's row. Jo's order has nothing to do with Ira's limit, and waits.",
            hint="Whose row must both of Ira's browsers go through, and nobody else?",
        ),
        "refused_at_once": wrong(
            f"BEGIN; SELECT FROM customers WHERE customer = 'Ira' FOR UPDATE NOWAIT; {AT_ONCE}; COMMIT",
            "NOWAIT turns the wait into an error. The second browser is to learn that the limit is reached, and not "
            "that somebody else was there.",
            hint="Let the second wait, and look when the first is done.",
        ),
        "nobody_orders": wrong(
            f"BEGIN; SELECT FROM customers WHERE customer = 'Ira' FOR UPDATE; {OWED}; COMMIT",
            "No order of Ira's goes in, though the first is within the limit. A sum over no row is NULL, and NULL + 60 "
            "<= 100 is not true; and what others owe does not count.",
            hint="What does your condition say while nothing of Ira's is open?",
        ),
        "no_limit": wrong(
            "INSERT INTO open_orders SELECT :browser, 'Ira', 60",
            "Both orders go in, even one after the other. Nothing asks what Ira owes with these 60 among it.",
            hint="Add up what is open, and insert only if 60 more are within the limit.",
        ),
        "limit_used_up": wrong(
            "BEGIN; UPDATE customers SET credit_limit = credit_limit - 60"
            f" WHERE customer = 'Ira' AND credit_limit >= 60; {AT_ONCE}; COMMIT",
            "Ira's limit is 40 now, and 60 are owed: at the next order both count, and they are the same 60. The limit "
            "is what Ira may owe, not what is left of it.",
            hint="A lock needs no change: FOR UPDATE takes it.",
        ),
    },
    hints=(
        "In lesson 1.6 the second waited because of a constraint. Here no row of open_orders is there to wait for.",
        "Both browsers must first take a lock on one thing that is there: the row of the customer.",
        "SELECT FROM customers WHERE customer = 'Ira' FOR UPDATE. Add up in a statement of its own, and insert last.",
    ),
)

never_below_zero = choice(
    "3.2.7",
    minutes=1,
    options={
        "a": "the re-check, which refuses the second",
        "b": "the transactions, since each of them is whole",
        "c": "the CHECK on inventory",
        "d": "nothing",
    },
    proof="""
        SELECT CASE WHEN count(*) > 0 THEN 'c' ELSE 'd' END FROM pg_constraint
        WHERE conrelid = 'inventory'::regclass AND contype = 'c' AND pg_get_constraintdef(oid) LIKE '%on_hand >= 0%'
    """,
    because={
        "a": "The re-check computes with the newest version of the row: 10 − 20. That is right, and it is −10.",
        "b": "Whole and alone are two things. Each takes 20, all of it, and each commits.",
        "d": "Look at the shop's inventory again: lesson 1.5 has its constraints, and 1.6 what they keep.",
    },
)
