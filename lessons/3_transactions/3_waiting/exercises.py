"""Exercises of lesson 3.3."""

from mnemo_helpers.grading import Order, Steps, choice, stage, wrong

# The goods of the lesson, and their sales.
SHOP = """
    CREATE TABLE goods (
        good_id int PRIMARY KEY, name text NOT NULL UNIQUE,
        price int NOT NULL, stock int NOT NULL CHECK (stock >= 0)
    );
    CREATE TABLE sales (sale_no int PRIMARY KEY, good_id int NOT NULL REFERENCES goods, pieces int NOT NULL DEFAULT 1);
    INSERT INTO goods VALUES (1, 'lamp', 40, 5), (2, 'shelf', 90, 5), (3, 'stool', 60, 5);
"""


def raised(how: str) -> str:
    """Return a raise that reads the price of the lamp with a lock."""
    return f"""
        BEGIN;
        SELECT price FROM goods WHERE good_id = 1 {how};
        UPDATE goods SET price = :price + :by WHERE good_id = 1;
        COMMIT
    """


raise_the_price = stage(
    "3.3.1",
    minutes=5,
    tables=SHOP,
    given="carol: INSERT INTO sales VALUES (1, 1)",
    # What somebody reads before is no matter; either both raises are made, or not yet one.
    invariant="(SELECT price FROM goods WHERE good_id = 1) IN (40, 55)",
    says="No raise is lost.",
    asks=Steps(
        ("alice", "bob"),
        values={"alice": {"by": 5}, "bob": {"by": 10}},
        must_do="""
            (SELECT array_agg(price ORDER BY good_id) FROM goods) = '{55, 90, 60}' AND (SELECT count(*) FROM sales) = 1
        """,
        says="The lamp costs 40 + 5 + 10, no other price is new, and one lamp has been sold.",
        most_waits=1,
        may_fail=(),
    ),
    reference=raised("FOR NO KEY UPDATE"),
    accepts=(
        "UPDATE goods SET price = price + :by WHERE good_id = 1",
        """
        BEGIN;
        SELECT pg_advisory_xact_lock(1);
        SELECT price FROM goods WHERE good_id = 1;
        UPDATE goods SET price = :price + :by WHERE good_id = 1;
        COMMIT
        """,
        """
        BEGIN;
        UPDATE goods SET price = price WHERE good_id = 1 RETURNING price;
        UPDATE goods SET price = :price + :by WHERE good_id = 1;
        COMMIT
        """,
        raised("FOR NO KEY UPDATE").replace("BEGIN;", "BEGIN; SELECT price FROM goods WHERE good_id = 1;"),
    ),
    rejects={
        "no_lock": wrong(
            raised(""),
            "Between your read and your write the other clerk has raised the price, and one of the two raises is lost.",
            hint="The lock must be there when you read.",
        ),
        "for_update": wrong(
            raised("FOR UPDATE"),
            "Like FOR UPDATE, your lock keeps out who only needs the key. A sale points at the key, so it waits.",
            hint="The price is no key. Which strength says so?",
        ),
        "for_share": wrong(
            raised("FOR SHARE"),
            "FOR SHARE is a lock that two can hold. Then each wants to write, and waits for the other to let go.",
            hint="Take what the write will need when you read.",
        ),
        "nowait": wrong(
            raised("FOR NO KEY UPDATE NOWAIT"),
            "The strength is right. With NOWAIT you give up instead of waiting, and this raise is not made.",
        ),
        "level_above": wrong(
            raised("").replace("BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ"),
            "A higher level notices the other clerk, and then ends you. Asked is that nobody has to try again.",
            hint="Stay at READ COMMITTED, and lock.",
        ),
        "never_committed": wrong(
            raised("FOR NO KEY UPDATE").replace("COMMIT", "").strip().rstrip(";"),
            "Nothing ends the transaction, so its lock is held for ever, and the other clerk waits.",
            hint="What comes last?",
        ),
        "skips": wrong(
            raised("FOR NO KEY UPDATE SKIP LOCKED"),
            "The strength is right. SKIP LOCKED leaves out the lamp that the other one has, and you read nothing.",
        ),
        "all_goods": wrong(
            "UPDATE goods SET price = price + :by",
            "The shelf and the stool are dearer now, too.",
        ),
    },
    hints=(
        "Two clerks who read the same price are one too many. Who of them must wait, and from when on?",
        "In the matrix, look for a strength that waits for itself and not for what an INSERT into sales takes.",
        "SELECT … FOR NO KEY UPDATE.",
    ),
)

TAKEN = """
    UPDATE goods SET stock = stock - 1 WHERE good_id = :first;
    UPDATE goods SET stock = stock - 1 WHERE good_id = :second
"""

checkout = stage(
    "3.3.2",
    minutes=5,
    tables=SHOP,
    given="carol: UPDATE goods SET stock = stock - 1 WHERE good_id = 3",
    # What somebody reads before is no matter; either all have bought, or not yet one.
    invariant="(SELECT array_agg(stock ORDER BY good_id) FROM goods) IN ('{5, 5, 5}', '{3, 3, 4}')",
    says="Each gets both goods.",
    asks=Steps(
        ("alice", "bob"),
        values={"alice": {"first": 1, "second": 2}, "bob": {"first": 2, "second": 1}},
        must_do="(SELECT array_agg(stock ORDER BY good_id) FROM goods) = '{3, 3, 4}'",
        says="Two pieces each of goods 1 and 2 are gone, and one of good 3.",
        decides="nothing",
        most_waits=1,
        most_steps=4,
        may_fail=(),
    ),
    reference=f"SELECT FROM goods WHERE good_id IN (:first, :second) ORDER BY good_id FOR NO KEY UPDATE; {TAKEN}",
    accepts=(
        """
        UPDATE goods SET stock = stock - 1 WHERE good_id = least(:first, :second);
        UPDATE goods SET stock = stock - 1 WHERE good_id = greatest(:first, :second)
        """,
        """
        WITH cart AS (
            SELECT good_id FROM goods WHERE good_id IN (:first, :second) ORDER BY good_id DESC FOR UPDATE
        )
        UPDATE goods SET stock = stock - 1 FROM cart WHERE goods.good_id = cart.good_id
        """,
        f"SELECT pg_advisory_xact_lock(42); {TAKEN}",
        f"""
        SELECT stock FROM goods WHERE good_id IN (:first, :second);
        SELECT FROM goods WHERE good_id IN (:first, :second) ORDER BY good_id FOR NO KEY UPDATE; {TAKEN}
        """,
    ),
    rejects={
        "as_in_the_cart": wrong(
            TAKEN,
            "Each holds what the other one asks for: locked in the order of its cart, or by a lock that two can hold.",
            hint="What order do all carts have in common?",
        ),
        "whole_table": wrong(
            f"LOCK TABLE goods IN EXCLUSIVE MODE; {TAKEN}",
            "No circle, since there is one lock for all. But who buys something else waits as well.",
            hint="Lock the rows of the cart, and no others.",
        ),
        "nowait": wrong(
            f"SELECT FROM goods WHERE good_id IN (:first, :second) ORDER BY good_id FOR NO KEY UPDATE NOWAIT; {TAKEN}",
            "With NOWAIT there is no wait and so no circle, and there is no sale either.",
        ),
        "skips": wrong(
            """
            WITH cart AS (
                SELECT good_id FROM goods WHERE good_id IN (:first, :second) ORDER BY good_id
                FOR NO KEY UPDATE SKIP LOCKED
            )
            UPDATE goods SET stock = stock - 1 FROM cart WHERE goods.good_id = cart.good_id
            """,
            "SKIP LOCKED leaves out what somebody else has, and the customer does not get it.",
        ),
        "half_a_cart": wrong(
            "UPDATE goods SET stock = stock - 1 WHERE good_id = :first",
            "Who locks one row only has no circle. The second thing in the cart is never taken from the stock.",
        ),
    },
    hints=(
        "Write down, for Alice and for Bob, which row is locked first. When are the two the same?",
        "Lock both rows before the first UPDATE, in an order that does not come from the cart.",
        "SELECT FROM goods WHERE good_id IN (:first, :second) ORDER BY good_id FOR NO KEY UPDATE.",
    ),
)

SALES = {
    name: (
        f"{name}: BEGIN; INSERT INTO sales VALUES ({number}, 1)",
        f"{name}: SELECT stock FROM goods WHERE good_id = 1 FOR UPDATE",
        f"{name}: COMMIT",
    )
    for name, number in (("alice", 1), ("bob", 2))
}


def turns(*whose: str) -> str:
    """Return the steps of the two sales in an order: whose turn it is, step by step."""
    steps = {name: iter(lines) for name, lines in SALES.items()}
    return "\n".join(next(steps[name]) for name in whose)


one_row = stage(
    "3.3.3",
    minutes=4,
    tables=SHOP,
    given=turns("alice", "alice", "alice", "bob", "bob", "bob"),
    invariant="(SELECT count(*) FROM sales) <> 1",
    says="Both sales are there in the end.",
    asks=Order(),
    reference=turns("alice", "bob", "alice", "bob", "alice", "bob"),
    accepts=(
        turns("alice", "bob", "bob", "alice", "bob", "alice"),
        turns("bob", "alice", "bob", "alice", "alice", "bob"),
    ),
    rejects={
        "one_after_the_other": wrong(
            turns("alice", "alice", "alice", "bob", "bob", "bob"),
            "One after the other, nobody holds what another one wants.",
            hint="Both must hold something before either asks for more.",
        ),
        "commits_while_it_waits": wrong(
            turns("alice", "bob", "alice", "alice", "bob", "bob"),
            "A session that waits cannot take its next step, not even COMMIT. Whose turn can it be?",
        ),
        "lock_before_insert": wrong(
            "\n".join(SALES[name][step] for step in (1, 0, 2) for name in SALES),
            "To lock before the INSERT is the cure. Here their program is as it is; only the turns are yours.",
        ),
        "never_committed": wrong(
            turns("alice", "bob", "alice", "bob"),
            "The two COMMIT are missing. A sale that was not committed is not there anyhow.",
        ),
    },
    hints=(
        "What does an INSERT into sales lock in goods, and can two hold that at once?",
        "Let both insert first. Then let one ask for FOR UPDATE: it waits. And the other one?",
        "Alice inserts, Bob inserts, Alice locks, Bob locks, Alice commits, Bob commits.",
    ),
)


def sold(*steps: str) -> str:
    """Return steps of a sale of the lamp; ``INSERT`` stands for noting it."""
    return ";\n".join(step.replace("INSERT", "INSERT INTO sales VALUES (:sale_no, 1)") for step in steps)


LEFT = "UPDATE goods SET stock = :stock - 1 WHERE good_id = 1"
TAKE = "UPDATE goods SET stock = stock - 1 WHERE good_id = 1"
READ = "SELECT stock FROM goods WHERE good_id = 1"

sell_a_lamp = stage(
    "3.3.4",
    minutes=5,
    optional=True,
    tables=SHOP,
    # Either both have bought, or not yet one.
    invariant="""
        ((SELECT stock FROM goods WHERE good_id = 1), (SELECT count(*) FROM sales)) IN ((5, 0), (3, 2))
    """,
    says="Both get a lamp, and two are gone from the stock.",
    asks=Steps(
        ("alice", "bob"),
        values={"alice": {"sale_no": 1}, "bob": {"sale_no": 2}},
        must_do="""
            (SELECT count(*) FROM sales WHERE good_id = 1 AND pieces = 1) = 2
            AND (SELECT array_agg(stock ORDER BY good_id) FROM goods) = '{3, 5, 5}'
        """,
        says="Both sales are noted, of one lamp each; two lamps are gone from the stock, and nothing else.",
        decides="nothing",
        most_waits=1,
        most_steps=3,
        may_fail=(),
    ),
    reference=sold(TAKE, "INSERT"),
    accepts=(
        sold(f"{READ} FOR UPDATE", "INSERT", LEFT),
        sold("INSERT", f"{READ} FOR NO KEY UPDATE", LEFT),
        sold(READ, "INSERT", TAKE),
        """
        WITH gone AS (UPDATE goods SET stock = stock - 1 WHERE good_id = 1 RETURNING good_id)
        INSERT INTO sales SELECT :sale_no, good_id FROM gone
        """,
    ),
    rejects={
        "as_it_was": wrong(
            sold("INSERT", f"{READ} FOR UPDATE", LEFT),
            "Both hold a lock that two can hold, the INSERT's or FOR SHARE. Then each asks for more, and waits.",
            hint="Take the strongest lock first, or need no stronger one.",
        ),
        "not_locked": wrong(
            sold("INSERT", READ, LEFT),
            "Without a lock there is no circle. But both read the same stock, and one piece is sold twice.",
        ),
        "nowait": wrong(
            sold(f"{READ} FOR NO KEY UPDATE NOWAIT", "INSERT", LEFT),
            "Who comes second does not wait, and does not sell.",
        ),
        "stock_forgotten": wrong(
            sold("INSERT"),
            "The sale is noted, and the lamp is still in the stock.",
        ),
        "all_goods": wrong(
            sold("INSERT", "UPDATE goods SET stock = stock - 1"),
            "A shelf and a stool are gone from the stock with each lamp.",
            hint="WHERE?",
        ),
    },
    hints=(
        "Which locks on the lamp does a sale take, one after the other? Where does it ask for more than it has?",
        "Either the strongest comes first, or none of them is stronger than what another INSERT can bear.",
        "UPDATE goods SET stock = stock - 1 WHERE good_id = 1, before the INSERT or behind it.",
    ),
)

who_waits_for_a_report = choice(
    "3.3.5",
    minutes=2,
    options={
        "a": "an UPDATE of an order that it has read",
        "b": "CREATE INDEX on the orders",
        "c": "ALTER TABLE orders ADD COLUMN",
        "d": "none of them",
    },
    # What this query itself holds on the table that it reads: one mode conflicts with it.
    proof="""
        SELECT CASE string_agg(DISTINCT mode, ', ')
               WHEN 'AccessShareLock' THEN 'c' WHEN 'RowShareLock' THEN 'b' WHEN 'ShareLock' THEN 'a' ELSE 'd' END
        FROM pg_locks
        WHERE pid = pg_backend_pid() AND relation = 'orders'::regclass AND (SELECT count(*) FROM orders) > 0
    """,
    because={
        "a": "The UPDATE writes a new version of the row, and the report goes on reading the old one.",
        "b": "CREATE INDEX keeps writers out while it reads the table. A reader is no writer.",
        "d": "Who reads locks no row, and yet the table, against whatever changes the table itself.",
    },
    hints=(
        "A reader needs the table to be there, with the columns that it had when the reader began.",
        "A SELECT takes ACCESS SHARE. The manual's table of lock modes says what conflicts with it; it is one mode.",
        "It is ACCESS EXCLUSIVE. Which of the three takes that?",
    ),
)

which_column = choice(
    "3.3.6",
    minutes=1,
    options={"a": "name", "b": "weight_g", "c": "sku", "d": "updated_at"},
    proof="""
        SELECT min(CASE attname WHEN 'name' THEN 'a' WHEN 'weight_g' THEN 'b' WHEN 'sku' THEN 'c' ELSE 'd' END)
        FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
        WHERE indrelid = 'products'::regclass AND indisunique AND indpred IS NULL
          AND attname IN ('name', 'weight_g', 'sku', 'updated_at')
    """,
    because={
        "a": "Two products of the shop may have one name: it is no key, so its change takes NO KEY UPDATE.",
        "b": "The weight is no key. Its change takes NO KEY UPDATE, which an INSERT below does not wait for.",
        "d": "The time is no key. Its change takes NO KEY UPDATE, which an INSERT below does not wait for.",
    },
)
