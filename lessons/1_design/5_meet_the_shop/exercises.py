"""Exercises of lesson 1.5."""

from mnemo_helpers.grading import (
    Action,
    Question,
    choice,
    counterexample,
    history,
    never,
    prediction,
    query,
    refused,
    schema,
    wrong,
)

# One seller, three customers and one product: what orders and events refer to.
BASE = """
    INSERT INTO languages VALUES ('en', 'English', 'Latin');
    INSERT INTO currencies VALUES ('USD', 'US dollar', 2);
    INSERT INTO countries VALUES ('US', 'United States', 'en', 'USD');
    INSERT INTO regions VALUES (1, 'US', 'Lake Country', 'America/Chicago');
    INSERT INTO tenants VALUES (1, 'Everfield', 'US', '2023-06-06');
    INSERT INTO tenant_currencies VALUES (1, 'USD');
    INSERT INTO brands VALUES (1, 'Plain', 1);
    INSERT INTO categories VALUES (1, NULL, 'lamps', 'Lamps');
    INSERT INTO products VALUES (1, 1, 1, 1, 'L-1', 'Lamp', 'Gives light.', 900, '2024-01-01', '2024-01-01');
    INSERT INTO users SELECT n, n || '@example.com', 'Customer ' || n, 1, '2024-01-01', '2024-01-01'
    FROM generate_series(1, 3) AS n;
    INSERT INTO addresses SELECT n, 1, 'Customer ' || n, '1 Quay', 'Lakeside', '60001', 1, NULL, '2024-01-01'
    FROM generate_series(1, 3) AS n;
"""


def orders(numbers: str) -> str:
    """Return SQL that adds orders of these numbers, with a visit and a cart of the same number each."""
    return f"""
        INSERT INTO sessions SELECT n, 1, 1, 'phone', '2025-03-01 10:00', '2025-03-01 10:20'
        FROM unnest(ARRAY[{numbers}]) AS n;
        INSERT INTO carts SELECT n, n, '2025-03-01 10:00', '2025-03-01 10:10' FROM unnest(ARRAY[{numbers}]) AS n;
        INSERT INTO orders SELECT n, n, 1, 1, 1, 'USD', 'placed', 0, '2025-03-01 10:20', '2025-03-01 10:20'
        FROM unnest(ARRAY[{numbers}]) AS n;
    """


def logged(values: str) -> str:
    """Return SQL that adds entries of the log: rows of (order, state before, state after)."""
    return f"""
        INSERT INTO audit_log
        SELECT row_number() OVER (), 'shop', 'order', number, before, after, '2025-03-01 10:20'
        FROM (VALUES {values}) AS v (number, before, after);
    """


def events(values: str) -> str:
    """Return SQL that adds two visits and what they asked for: rows of (visit, screen, time)."""
    return f"""
        INSERT INTO sessions SELECT n, 1, 1, 'phone', '2025-03-01 00:00', '2025-03-09 00:00'
        FROM generate_series(1, 2) AS n;
        INSERT INTO events
        SELECT row_number() OVER (ORDER BY at), visit, screen, CASE WHEN screen = 'product' THEN 1 END, at
        FROM (SELECT visit, screen, at::timestamptz AS at FROM (VALUES {values}) AS v (visit, screen, at)) AS e;
    """


who_has_ordered = prediction(
    "1.5.1",
    minutes=1,
    label="customers",
    unit="customers",
    measure="SELECT count(DISTINCT user_id) FROM orders",
    within_factor=1.5,
    because={
        "too_high": "A row of users is an account. Nearly half of the accounts have never ordered anything.",
        "too_low": "There are more than twice as many orders as accounts, and those who order come back; but they are "
        "more than half of the accounts.",
    },
)

MISSING = """
    SELECT order_id, 'log' AS missing_in FROM orders
    WHERE NOT EXISTS (SELECT FROM audit_log WHERE subject_id = order_id)
    UNION
    SELECT subject_id, 'orders' FROM audit_log
    WHERE NOT EXISTS (SELECT FROM orders WHERE order_id = subject_id)
"""

orphans_of_the_log = query(
    "1.5.2",
    minutes=5,
    reference=MISSING,
    rows={
        "one order that was never logged": BASE + orders("4"),
        "an order that is gone after three entries, one that was never logged and one that is whole": BASE
        + orders("4, 5")
        + logged("(4, NULL, 'placed'), (9, NULL, 'placed'), (9, 'placed', 'paid'), (9, 'paid', 'shipped')"),
        "an order of which only the beginning is missing": BASE
        + orders("6")
        + logged("(6, 'placed', 'paid'), (8, 'placed', 'cancelled')"),
    },
    accepts=(
        "SELECT DISTINCT coalesce(order_id, subject_id), CASE WHEN order_id IS NULL THEN 'orders' ELSE 'log' END "
        "FROM orders FULL JOIN audit_log ON subject_id = order_id WHERE order_id IS NULL OR subject_id IS NULL",
        "(SELECT order_id, 'log' FROM orders EXCEPT SELECT subject_id, 'log' FROM audit_log) UNION ALL "
        "(SELECT subject_id, 'orders' FROM audit_log EXCEPT SELECT order_id, 'orders' FROM orders)",
        "SELECT order_id, 'log' AS missing_in FROM orders WHERE order_id NOT IN (SELECT subject_id FROM audit_log) "
        "UNION ALL SELECT subject_id, 'orders' FROM audit_log WHERE subject_id NOT IN (SELECT order_id FROM orders) "
        "GROUP BY subject_id",
        "SELECT n, CASE WHEN bool_or(here) THEN 'log' ELSE 'orders' END FROM (SELECT order_id AS n, true AS here "
        "FROM orders UNION ALL SELECT DISTINCT subject_id, false FROM audit_log) AS both_sides "
        "GROUP BY n HAVING count(*) = 1",
    ),
    rejects={
        "only_the_log": wrong(
            "SELECT DISTINCT subject_id, 'orders' FROM audit_log "
            "WHERE NOT EXISTS (SELECT FROM orders WHERE order_id = subject_id)",
            "You looked for entries without an order. An order without an entry is missing from the log, and this is "
            "the direction that not even a foreign key would guard.",
            hint="There are two tables, and a number may be missing in either.",
        ),
        "only_the_orders": wrong(
            "SELECT order_id, 'log' FROM orders WHERE NOT EXISTS (SELECT FROM audit_log WHERE subject_id = order_id)",
            "You looked for orders without an entry. An entry may also tell of an order that is gone: nothing refused "
            "its deletion.",
            hint="There are two tables, and a number may be missing in either.",
        ),
        "once_for_each_entry": wrong(
            "SELECT order_id, 'log' FROM orders WHERE NOT EXISTS (SELECT FROM audit_log WHERE subject_id = order_id) "
            "UNION ALL SELECT subject_id, 'orders' FROM audit_log "
            "WHERE NOT EXISTS (SELECT FROM orders WHERE order_id = subject_id)",
            "An order has several entries, one for each change of its state, and yours names it once for each.",
            hint="What is one row of audit_log? An order is asked for, not an entry.",
        ),
        "first_entry_only": wrong(
            "SELECT coalesce(order_id, subject_id), CASE WHEN order_id IS NULL THEN 'orders' ELSE 'log' END "
            "FROM orders FULL JOIN (SELECT * FROM audit_log WHERE old_status IS NULL) AS born "
            "ON subject_id = order_id WHERE order_id IS NULL OR subject_id IS NULL",
            "You looked only at the entries that tell of an order's beginning. A later entry is a trace as well.",
        ),
        "sides_mixed_up": wrong(
            "SELECT order_id, 'orders' AS missing_in FROM orders WHERE NOT EXISTS (SELECT FROM audit_log "
            "WHERE subject_id = order_id) UNION SELECT subject_id, 'log' FROM audit_log "
            "WHERE NOT EXISTS (SELECT FROM orders WHERE order_id = subject_id)",
            "The numbers are right and the sides are not: missing_in says where the number is not.",
        ),
        "joined_by_its_own_number": wrong(
            "SELECT DISTINCT coalesce(order_id, audit_id), CASE WHEN order_id IS NULL THEN 'orders' ELSE 'log' END "
            "FROM orders FULL JOIN audit_log ON audit_id = order_id WHERE order_id IS NULL OR audit_id IS NULL",
            "audit_id is the number of the entry. Which order it tells of stands in subject_id.",
            hint="Read the comments on the columns of audit_log.",
        ),
    },
    hints=(
        "There are two questions in one: which orders have no entry, and which entries have no order?",
        "NOT EXISTS answers each of them. One stands below the other.",
        "An order with three entries should come once: UNION, or DISTINCT, or GROUP BY.",
    ),
)

from_cart_to_order = choice(
    "1.5.3",
    minutes=1,
    options={
        "a": "exactly one order",
        "b": "none or one order",
        "c": "at least one order",
        "d": "any number of orders",
    },
    proof="""
        WITH seen AS (
            SELECT EXISTS (SELECT FROM carts WHERE NOT EXISTS (SELECT FROM orders WHERE orders.cart_id = carts.cart_id))
                       AS some_without,
                   EXISTS (SELECT FROM pg_constraint AS k JOIN pg_attribute AS a ON a.attrelid = k.conrelid
                           WHERE k.conrelid = 'orders'::regclass AND k.contype = 'u' AND a.attname = 'cart_id'
                             AND k.conkey = ARRAY[a.attnum]) AS at_most_one
        )
        SELECT CASE WHEN at_most_one AND some_without THEN 'b' WHEN at_most_one THEN 'a'
                    WHEN some_without THEN 'd' ELSE 'c' END
        FROM seen
    """,
    because={
        "a": "A third of the carts were left behind: no order was made of them.",
        "c": "A third of the carts were left behind. And the column cart_id of orders is unique, so that no cart comes "
        "twice.",
        "d": "Carts may be left behind, so much is right. But the column cart_id of orders is unique: no cart comes "
        "twice.",
    },
    predicts=True,
)

undocumented = query(
    "1.5.4",
    minutes=5,
    optional=True,
    reference="""
        SELECT c.relname AS table_name, a.attname AS column_name
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
          AND col_description(c.oid, a.attnum) IS NULL
    """,
    rows={
        "a table of which only the table has a comment, and one without any": """
            CREATE TABLE wishes (wish_id integer PRIMARY KEY, body text);
            COMMENT ON TABLE wishes IS 'What a customer would like to find.';
            CREATE TABLE notes (body text);
        """,
        "a column that was added, one that was dropped, a table without a comment and a view": """
            ALTER TABLE brands ADD COLUMN country text, ADD COLUMN gone text;
            ALTER TABLE brands DROP COLUMN gone;
            COMMENT ON TABLE brands IS NULL;
            CREATE VIEW plain_brands AS SELECT name FROM brands WHERE tier = 1;
        """,
    },
    accepts=(
        "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "LEFT JOIN pg_description d ON d.objoid = a.attrelid AND d.objsubid = a.attnum "
        "AND d.classoid = 'pg_class'::regclass WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' "
        "AND a.attnum > 0 AND NOT a.attisdropped AND d.description IS NULL",
        "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables "
        "USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE' "
        "AND col_description(format('%I.%I', table_schema, table_name)::regclass, ordinal_position::int) IS NULL",
        "SELECT tablename, attname FROM pg_tables JOIN pg_attribute ON attrelid = tablename::regclass "
        "WHERE schemaname = 'public' AND attnum > 0 AND NOT attisdropped AND NOT EXISTS "
        "(SELECT FROM pg_description WHERE objoid = attrelid AND objsubid = attnum) ORDER BY 1, 2",
    ),
    rejects={
        "comment_of_the_table": wrong(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped "
            "AND obj_description(c.oid, 'pg_class') IS NULL",
            "`obj_description` gives the comment of the table. A table may have one and its columns none, or the other "
            "way round.",
            hint="There is a function for columns beside it: col_description(table, number).",
        ),
        "any_comment_will_do": wrong(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped "
            "AND NOT EXISTS (SELECT FROM pg_description d WHERE d.objoid = c.oid)",
            "In pg_description the table and all its columns have one objoid. Which column is meant stands in "
            "objsubid; without it, one comment anywhere in the table is enough for all its columns.",
            hint="objsubid is the column's number, and 0 for the table itself.",
        ),
        "join_loses_them": wrong(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "JOIN pg_description d ON d.objoid = c.oid AND d.objsubid = a.attnum "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND d.description IS NULL",
            "Your query never finds anything. If it joins to pg_description: a column without a comment has no row "
            "there at all, and an inner join loses just those that you look for.",
            hint="Which join keeps rows that find no partner?",
        ),
        "dropped_columns": wrong(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 "
            "AND col_description(c.oid, a.attnum) IS NULL",
            "A dropped column leaves its row in pg_attribute, under a name made of dots. It is marked attisdropped.",
        ),
        "system_columns": wrong(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT a.attisdropped "
            "AND col_description(c.oid, a.attnum) IS NULL",
            "Each table has a few columns of the system's, such as ctid and xmin. Their attnum is below zero.",
        ),
        "indexes_too": wrong(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped "
            "AND col_description(c.oid, a.attnum) IS NULL",
            "pg_class holds indexes and views beside the tables, and their columns stand in pg_attribute too. relkind "
            "tells them apart: r is a table.",
        ),
        "views_too": wrong(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND col_description(format('%I.%I', table_schema, table_name)::regclass, ordinal_position::int) IS NULL",
            "information_schema.columns has the columns of views as well. Asked are those of tables.",
        ),
    },
    hints=(
        "pg_attribute has a row for each column, pg_class one for each table. What tells a table from an index?",
        "col_description(table, number of the column) gives the comment, NULL where there is none.",
        "Keep relkind 'r' in the schema public, attnum above 0, and what is not attisdropped.",
    ),
)

BY_HOUR = "SELECT kind, count(*) AS n FROM events GROUP BY kind, date_trunc('hour', occurred_at)"

busiest_hour = query(
    "1.5.5",
    minutes=4,
    reference=f"SELECT kind AS screen, max(n) AS requests FROM ({BY_HOUR}) AS hours GROUP BY kind",
    rows={
        "two requests in one hour and two at that hour of other days": BASE
        + events(
            "(1, 'home', '2025-03-01 10:05'), (2, 'home', '2025-03-01 10:50'), (1, 'home', '2025-03-02 10:15'), "
            "(2, 'home', '2025-03-03 10:20')"
        ),
        "two screens with their rush in different hours": BASE
        + events(
            "(1, 'home', '2025-03-01 09:10'), (1, 'home', '2025-03-01 09:20'), (1, 'home', '2025-03-01 09:30'), "
            "(1, 'home', '2025-03-01 20:30'), (2, 'search', '2025-03-01 09:40'), (1, 'search', '2025-03-01 20:00'), "
            "(1, 'search', '2025-03-01 20:59'), (1, 'search', '2025-03-01 21:00'), (1, 'product', '2025-03-04 09:00')"
        ),
    },
    accepts=(
        "SELECT DISTINCT ON (kind) kind, count(*) FROM events GROUP BY kind, date_bin('1 hour', occurred_at, "
        "'2000-01-01 00:00+00') ORDER BY kind, count(*) DESC",
        "SELECT DISTINCT kind, max(count(*)) OVER (PARTITION BY kind) FROM events "
        "GROUP BY kind, to_char(occurred_at, 'YYYY-MM-DD HH24')",
        "SELECT kind, n FROM (SELECT kind, count(*) AS n, row_number() OVER (PARTITION BY kind ORDER BY count(*) DESC) "
        "AS place FROM events GROUP BY kind, occurred_at::date, extract(hour FROM occurred_at)) AS h WHERE place = 1",
    ),
    rejects={
        "hour_of_the_day": wrong(
            "SELECT kind, max(n) FROM (SELECT kind, count(*) AS n FROM events "
            "GROUP BY kind, extract(hour FROM occurred_at)) AS hours GROUP BY kind",
            "`extract(hour …)` gives 10 for ten o'clock of every day, so you have added up the mornings of two years. "
            "A machine that is built for that serves a crowd that never comes.",
            hint="date_trunc('hour', …) keeps the day.",
        ),
        "busiest_day": wrong(
            "SELECT kind, max(n) FROM (SELECT kind, count(*) AS n FROM events "
            "GROUP BY kind, date_trunc('day', occurred_at)) AS days GROUP BY kind",
            "These are the busiest days.",
        ),
        "average_hour": wrong(
            f"SELECT kind, round(avg(n)) FROM ({BY_HOUR}) AS hours GROUP BY kind",
            "This is the average of the hours that had any request. What must be served is the busiest one.",
        ),
        "one_hour_for_all": wrong(
            "SELECT kind, count(*) FROM events WHERE date_trunc('hour', occurred_at) = (SELECT date_trunc('hour', "
            "occurred_at) FROM events GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1) GROUP BY kind",
            "You took the hour that was busiest for the shop as a whole. Each screen has a rush of its own.",
        ),
        "all_requests": wrong(
            "SELECT kind, count(*) FROM events GROUP BY kind",
            "These are all requests of two years.",
        ),
        "counts_visits": wrong(
            "SELECT kind, max(n) FROM (SELECT kind, count(DISTINCT session_id) AS n FROM events "
            "GROUP BY kind, date_trunc('hour', occurred_at)) AS hours GROUP BY kind",
            "You counted visits. A visit that asks for a screen three times has it made three times.",
        ),
    },
    hints=(
        "First count the requests of each screen in each hour. date_trunc('hour', occurred_at) names the hour.",
        "That is a query with GROUP BY of two things. Put it into FROM, in parentheses, and give it a name.",
        "Around it, take the largest count of each screen: max(…) … GROUP BY kind.",
    ),
)

PAYMENTS = """
CREATE TABLE payments (
    order_id       int      NOT NULL,
    attempt_no     smallint NOT NULL,
    status         text     NOT NULL,
    decline_reason text,
    CONSTRAINT payments_pkey PRIMARY KEY (order_id, attempt_no),
    CONSTRAINT payments_attempt_no_check CHECK (attempt_no BETWEEN 1 AND 3),
    CONSTRAINT payments_status_check CHECK (status IN ('captured', 'declined')),
    CONSTRAINT payments_decline_reason_check CHECK ((status = 'declined') = (decline_reason IS NOT NULL))
);
"""

paid_twice = counterexample(
    "1.5.6",
    minutes=3,
    tables=PAYMENTS,
    claim=never(
        "An order is paid at most once.",
        "SELECT order_id, count(*) AS times_paid FROM payments WHERE status = 'captured' "
        "GROUP BY order_id HAVING count(*) > 1",
    ),
    most_rows=3,
    reference="INSERT INTO payments VALUES (1, 1, 'captured', NULL), (1, 2, 'captured', NULL)",
    accepts=(
        "INSERT INTO payments (order_id, attempt_no, status) VALUES (7, 1, 'captured'), (7, 3, 'captured')",
        "(5, 1, 'declined', 'card expired'), (5, 2, 'captured', NULL), (5, 3, 'captured', NULL)",
    ),
    mistake="""
        SELECT CASE WHEN count(*) FILTER (WHERE status = 'captured') > 1 THEN 'two_orders'
                    WHEN count(*) FILTER (WHERE status = 'declined') > 1 THEN 'two_declined'
                    WHEN count(*) > 1 THEN 'tried_again' END
        FROM payments
    """,
    rejects={
        "two_orders": wrong(
            "(1, 1, 'captured', NULL), (2, 1, 'captured', NULL)",
            "Two orders are paid, each once. The sentence is about one order.",
            hint="Both rows need the same order_id.",
        ),
        "two_declined": wrong(
            "(1, 1, 'declined', 'card expired'), (1, 2, 'declined', 'limit exceeded')",
            "Two attempts failed: nobody paid. What is paid is captured.",
        ),
        "tried_again": wrong(
            "(1, 1, 'declined', 'card expired'), (1, 2, 'captured', NULL)",
            "It was tried twice and paid once, as it should be.",
        ),
        "one_number_twice": wrong(
            "(1, 1, 'captured', NULL), (1, 1, 'captured', NULL)",
            "The primary key keeps this out: an order has an attempt of one number once. It does not keep out two "
            "attempts.",
            hint="What does the primary key say of the second attempt?",
        ),
        "fourth_attempt": wrong(
            "(1, 1, 'captured', NULL), (1, 4, 'captured', NULL)",
            "Attempts are numbered from 1 to 3.",
        ),
        "paid_for_a_reason": wrong(
            "(1, 1, 'captured', 'paid'), (1, 2, 'captured', 'paid again')",
            "A declined attempt has a reason and a captured one has none: the last CHECK says both.",
        ),
        "another_word": wrong(
            "(1, 1, 'paid', NULL), (1, 2, 'paid', NULL)",
            "The table knows two words for the status: captured and declined. What is paid is captured.",
        ),
    },
    hints=(
        "Two rows are enough. What must be the same in both, and what must differ for the primary key?",
        "An attempt that was captured has taken the money. What refuses a second one?",
        "Order 1, attempts 1 and 2, both 'captured', both with NULL as their reason.",
    ),
)

ACTIONS = (
    Action("place", ("order_no",), says="An order is placed."),
    Action("attempt", ("order_no", "attempt_no", "status", "reason"), says="Somebody tries to pay it."),
)
QUESTIONS = (
    Question("attempts", ("order_no", "attempt_no", "status", "reason"), says="Every attempt."),
    Question("paid", ("order_no",), says="The orders that are paid."),
)

ORDERS = "CREATE TABLE orders (order_no int PRIMARY KEY);"
ATTEMPTS = """
CREATE TABLE payments (
    order_no   int      NOT NULL REFERENCES orders,
    attempt_no smallint NOT NULL,
    status     text     NOT NULL CHECK (status IN ('captured', 'declined')),
    reason     text,
    PRIMARY KEY (order_no, attempt_no),
    CHECK ((status = 'declined') = (reason IS NOT NULL))
);
"""
ONCE = "CREATE UNIQUE INDEX payments_once ON payments (order_no) WHERE status = 'captured';"
TRY = "INSERT INTO payments VALUES (:order_no, :attempt_no, :status, :reason);"


def payments(once: str = ONCE, *changes: tuple[str, str], attempt: str = TRY, paid: str = "") -> str:
    """Return an answer: the two tables with parts of them replaced, what keeps a second payment out, the sections."""
    tables = ATTEMPTS
    for old, new in changes:
        if old not in tables:
            raise ValueError(f"{old!r} is not in the tables")
        tables = tables.replace(old, new)
    return f"""
{ORDERS}{tables}{once}
-- action place(order_no)
INSERT INTO orders (order_no) VALUES (:order_no);
-- action attempt(order_no, attempt_no, status, reason)
{attempt}
-- question attempts(order_no, attempt_no, status, reason)
SELECT order_no, attempt_no, status, reason FROM payments;
-- question paid(order_no)
{paid or "SELECT order_no FROM payments WHERE status = 'captured';"}
"""


def last_line(line: str) -> tuple[str, str]:
    """Return the change that adds a line to the table of attempts."""
    return ("(reason IS NOT NULL))\n", f"(reason IS NOT NULL)),\n    {line}\n")


PLACED = (("place", "7"), ("place", "8"))
CAPTURED = ("attempt", "7", "1", "captured", None)

each_sentence_kept = schema(
    "1.5.7",
    minutes=8,
    optional=True,
    actions=ACTIONS,
    questions=QUESTIONS,
    legal={
        "What was declined may be tried again.": history(
            *PLACED,
            ("attempt", "7", "1", "declined", "card expired"),
            ("attempt", "7", "2", "declined", "limit exceeded"),
            ("attempt", "7", "3", "captured", None),
            gives={
                "attempts": [
                    (7, 1, "declined", "card expired"),
                    (7, 2, "declined", "limit exceeded"),
                    (7, 3, "captured", None),
                ],
                "paid": [(7,)],
            },
        ),
        "It may be declined for one reason more than once.": history(
            *PLACED,
            ("attempt", "7", "1", "declined", "card expired"),
            ("attempt", "7", "2", "declined", "card expired"),
            gives={"paid": []},
        ),
        "Every order may be paid, at its first attempt or later.": history(
            *PLACED,
            CAPTURED,
            ("attempt", "8", "1", "declined", "limit exceeded"),
            ("attempt", "8", "2", "captured", None),
            gives={"paid": [(7,), (8,)]},
        ),
    },
    illegal={
        "An order is paid at most once.": refused(
            *PLACED, CAPTURED, ("attempt", "7", "2", "captured", None), sqlstates=("23",)
        ),
        "An attempt belongs to an order.": refused(
            *PLACED, ("attempt", "9", "1", "captured", None), sqlstates=("23503", "23502")
        ),
        "No two attempts of an order have one number.": refused(
            *PLACED,
            ("attempt", "7", "1", "declined", "card expired"),
            ("attempt", "7", "1", "declined", "limit exceeded"),
            sqlstates=("23",),
        ),
        "What is declined has a reason.": refused(
            *PLACED, ("attempt", "7", "1", "declined", None), sqlstates=("23514", "23502")
        ),
        "What is captured has no reason.": refused(
            *PLACED, ("attempt", "7", "1", "captured", "card expired"), sqlstates=("23514",)
        ),
    },
    one_fact={},
    reference=payments(),
    accepts=(
        payments("", last_line("EXCLUDE USING btree (order_no WITH =) WHERE (status = 'captured')")),
        payments(
            "",
            last_line("paid int GENERATED ALWAYS AS (CASE status WHEN 'captured' THEN order_no END) STORED UNIQUE"),
        ),
        payments(
            "CREATE TABLE captures (order_no int PRIMARY KEY REFERENCES orders);",
            attempt=f"{TRY}\nINSERT INTO captures SELECT :order_no::int WHERE :status = 'captured';",
            paid="SELECT order_no FROM captures;",
        ),
        payments(
            ONCE,
            (
                "CHECK ((status = 'declined') = (reason IS NOT NULL))",
                "CHECK (CASE status WHEN 'declined' THEN reason IS NOT NULL ELSE reason IS NULL END)",
            ),
        ),
    ),
    rejects={
        "no_constraint": wrong(
            payments(""),
            "An order is paid twice and nothing refuses it. Either no constraint says so, or your SQL passes over the "
            "second payment without a word, and the money is taken all the same.",
            hint="Among the rows that are captured, the order's number is unique. An index can have a WHERE.",
        ),
        "one_attempt": wrong(
            payments("", ("NOT NULL REFERENCES orders", "NOT NULL UNIQUE REFERENCES orders")),
            "With order_no unique, an order has one attempt. Whoever was declined cannot try again.",
            hint="The number of an order is unique only among the rows that are captured.",
        ),
        "status_in_the_key": wrong(
            payments("", last_line("UNIQUE (order_no, status)")),
            "UNIQUE (order_no, status) keeps a second capture out, and a second decline too.",
            hint="The number of an order is unique only among the rows that are captured.",
        ),
        "no_reason_only_once": wrong(
            payments("", last_line("UNIQUE NULLS NOT DISTINCT (order_no, reason)")),
            "It is clever to let NULL, the reason of what is captured, come once. But each other reason comes once "
            "too, and a card may be expired twice.",
            hint="Say it of the rows that are captured, and of no others.",
        ),
        "no_foreign_key": wrong(
            payments(ONCE, ("NOT NULL REFERENCES orders", "NOT NULL")),
            "An order that does not exist is paid for. “Belongs to an order” is a foreign key.",
        ),
        "no_key": wrong(
            payments(ONCE, ("    PRIMARY KEY (order_no, attempt_no),\n", "")),
            "Two attempts of one order have the same number.",
        ),
        "numbers_of_the_whole_shop": wrong(
            payments(ONCE, ("PRIMARY KEY (order_no, attempt_no)", "PRIMARY KEY (attempt_no)")),
            "Each order counts its attempts from 1. With attempt_no alone as the key, the whole shop has one first "
            "attempt.",
        ),
        "reason_may_lack": wrong(
            payments(ONCE, (",\n    CHECK ((status = 'declined') = (reason IS NOT NULL))", "")),
            "Nothing ties the reason to the status: a declined attempt may have none, and a captured one may have one.",
        ),
        "null_passes": wrong(
            payments(ONCE, ("(status = 'declined') = (reason IS NOT NULL)", "(status = 'declined') = (reason <> '')")),
            "A declined attempt without a reason goes in. With a reason of NULL, reason <> '' is neither true nor "
            "false, and CHECK refuses only what is false.",
            hint="IS NOT NULL is the question whether there is a reason.",
        ),
        "one_direction": wrong(
            payments(
                ONCE, ("(status = 'declined') = (reason IS NOT NULL)", "status = 'captured' OR reason IS NOT NULL")
            ),
            "What is declined has a reason, so far it is kept. But a captured attempt may have one too.",
            hint="The sentence has two halves: declined with a reason, captured without one.",
        ),
        "reason_always": wrong(
            payments(
                ONCE,
                ("reason     text,", "reason     text     NOT NULL,"),
                (",\n    CHECK ((status = 'declined') = (reason IS NOT NULL))", ""),
            ),
            "A reason for every attempt: then nothing can be captured, since what is captured has none.",
        ),
    },
    hints=(
        "Take the sentences one by one, and ask of each which constraint of your tables refuses what breaks it.",
        "REFERENCES keeps the first, PRIMARY KEY the second, CHECK with an = between two conditions the third.",
        "CREATE UNIQUE INDEX … ON payments (order_no) WHERE status = 'captured' keeps the fourth.",
    ),
)

what_no_key_keeps = choice(
    "1.5.8",
    minutes=1,
    options={
        "a": "an order has a customer",
        "b": "a cart becomes at most one order",
        "c": "an order has at least one line",
        "d": "a line names a product that exists",
    },
    proof="""
        WITH kept (letter, by) AS (
            VALUES ('a', 'orders_user_id_fkey'), ('b', 'orders_cart_id_key'), ('d', 'order_lines_product_id_fkey')
        )
        SELECT CASE count(*) WHEN 3 THEN 'c' END FROM kept JOIN pg_constraint ON conname = by
    """,
    because={
        "a": "A foreign key that is NOT NULL says exactly this: orders.user_id.",
        "b": "A foreign key says that the cart exists, and a unique constraint on it that it comes once: "
        "orders.cart_id.",
        "d": "That is what a foreign key is for: order_lines.product_id.",
    },
    hints=(
        "In which direction does a foreign key look: from the row that refers, or from the one that is referred to?",
        "A key speaks about rows that are there. Which sentence is about rows that are not there?",
        "No key refuses an order with nothing below it.",
    ),
)
