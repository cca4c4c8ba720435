"""Exercises of lesson 2.9."""

from mnemo_helpers.grading import Read, choice, index, prediction, wrong

visits_with_a_late_page = prediction(
    "2.9.1",
    minutes=2,
    label="percent",
    unit="percent",
    measure="""
        SELECT 100 * avg(1 - power(0.95, pages))
        FROM (SELECT count(*) AS pages FROM events GROUP BY session_id) AS visits
    """,
    within_factor=1.6,
    because={
        "too_low": "A visit has several pages, and one late page is enough.",
        "too_high": "Half of all visits have three pages or fewer, and most of these are lucky.",
    },
)

what_to_mend_first = choice(
    "2.9.2",
    minutes=2,
    options={
        "a": "an index that has the price in it, for product",
        "b": "an index on the product, for bought together",
        "c": "an index on the visit, for a visit",
        "d": "a kept sum, for best sellers",
    },
    proof="""
        -- How often it is asked, times the pages that it asks for and need not.
        SELECT letter FROM (VALUES
            ('a', 37 * 2),
            ('b', 4 * pg_relation_size('order_lines') / 8192),
            ('c', 3 * pg_relation_size('events') / 8192),
            ('d', 4 * (pg_relation_size('order_lines') + pg_relation_size('products') + 30 * 8192) / 8192)
        ) AS proposals (letter, pages_spared) ORDER BY pages_spared DESC LIMIT 1
    """,
    because={
        "a": "It is asked most, and has next to nothing that could be spared: 37 times 2 pages.",
        "b": "4 times 430 pages, if all could be spared. A product's lines and what was bought with it still have to "
        "be read.",
        "d": "4 times some 500 pages. It is the longest statement, and that says nothing about pages.",
    },
)

HUNDRED = "INSERT INTO messages SELECT 50000 + n, n * 13 % 3000, now(), 'x' FROM generate_series(1, 400) AS n"


def messages(busy: int, share: int) -> str:
    """Return statements that make 24,000 messages; one in ``share`` is of the customer ``busy``."""
    return f"""
        CREATE TABLE messages (
            message_id integer PRIMARY KEY, customer_id integer NOT NULL, sent_at timestamptz NOT NULL,
            body text NOT NULL
        );
        INSERT INTO messages
        SELECT n, CASE WHEN n % {share} = 0 THEN {busy} ELSE n * 7919 % 3000 END,
            '2025-01-01'::timestamptz + n * interval '20 minutes', repeat('x', 150)
        FROM generate_series(1, 24000) AS n
    """


one_customers_tail = index(
    "2.9.3",
    minutes=8,
    states={
        "as shown, customer 17 is a hotel": messages(17, 12),
        "a year later, customer 40 is another": messages(40, 6),
    },
    given="CREATE INDEX messages_customer_id_idx ON messages (customer_id)",
    reads={
        "a customer's newest five": Read(
            "SELECT sent_at, body FROM messages WHERE customer_id = :customer ORDER BY sent_at DESC LIMIT 5",
            values=tuple({"customer": n} for n in (3, 17, 40, 2500)),
            most_pages=20,
        ),
        "how many": Read(
            "SELECT count(*) FROM messages WHERE customer_id = :customer",
            values=({"customer": 17}, {"customer": 2500}),
            most_pages=20,
        ),
    },
    writes={"messages of an hour": HUNDRED},
    most_bytes=800 * 1024,
    most_records=1.1,
    reference="""
        CREATE INDEX ON messages (customer_id, sent_at);
        DROP INDEX messages_customer_id_idx
    """,
    accepts=(
        "DROP INDEX messages_customer_id_idx; CREATE INDEX newest ON messages (customer_id, sent_at DESC)",
        "CREATE UNIQUE INDEX ON messages (customer_id, sent_at, message_id); DROP INDEX messages_customer_id_idx",
        "CREATE INDEX ON messages (customer_id, sent_at DESC); DROP INDEX messages_customer_id_idx; ANALYZE messages",
    ),
    rejects={
        "good_on_average": wrong(
            "none",
            "Nearly every customer is served by a few pages, and so is the question on average. One is not: the one "
            "that asks most.",
        ),
        "one_more": wrong(
            "CREATE INDEX ON messages (customer_id, sent_at)",
            "The question is served. The old index begins with the same column, has no more to offer, and is written "
            "with each message all the same.",
        ),
        "one_for_each": wrong(
            "CREATE INDEX ON messages (sent_at)",
            "The new index serves the hotel, and the old one everybody else: two are written with each message, where "
            "one could serve both.",
        ),
        "by_time": wrong(
            "CREATE INDEX ON messages (sent_at); DROP INDEX messages_customer_id_idx",
            "Read backward by time, it meets the busy customer's messages soon. Of a quiet customer it goes through "
            "everybody else's first, and the tail has only changed customers.",
        ),
        "other_way_round": wrong(
            "CREATE INDEX ON messages (sent_at, customer_id); DROP INDEX messages_customer_id_idx",
            "The column that is compared with = comes first, then the one that gives the order.",
        ),
        "for_the_one": wrong(
            "CREATE INDEX ON messages (sent_at) WHERE customer_id = 17",
            "It names the busiest customer of today. The tail is not a customer; there will be another.",
        ),
        "carries_the_body": wrong(
            "CREATE INDEX ON messages (customer_id, sent_at) INCLUDE (body); DROP INDEX messages_customer_id_idx",
            "It is the table once more, to save five pages.",
        ),
    },
    hints=(
        "Ask for customer 17 and for customer 3: `plans.explain` on the first state shows who pays.",
        "The index finds a customer's messages. What has to be done with all of them before five can be shown?",
        "(customer_id, sent_at) has them in order. What is the old index for, after that?",
    ),
)


def shop(of_the_hotel: str, unpaid: str) -> str:
    """Return statements that make a smaller shop: which orders are customer 1's, and which are not paid yet."""
    return f"""
        CREATE TABLE users (
            user_id integer PRIMARY KEY, email text NOT NULL CONSTRAINT users_email_key UNIQUE,
            display_name text NOT NULL
        );
        CREATE TABLE products (
            product_id integer PRIMARY KEY, category_id integer NOT NULL, name text NOT NULL, description text NOT NULL
        );
        CREATE TABLE orders (
            order_id bigint PRIMARY KEY, cart_id bigint NOT NULL CONSTRAINT orders_cart_id_key UNIQUE,
            user_id integer NOT NULL, tenant_id integer NOT NULL, currency_code text NOT NULL, status text NOT NULL,
            shipping numeric(12,2) NOT NULL, placed_at timestamptz NOT NULL, updated_at timestamptz NOT NULL
        );
        CREATE TABLE order_lines (
            order_id bigint, line_no smallint, product_id integer NOT NULL, quantity smallint NOT NULL,
            unit_price numeric(12,2) NOT NULL, discount numeric(12,2) NOT NULL, PRIMARY KEY (order_id, line_no),
            CONSTRAINT order_lines_order_id_product_id_key UNIQUE (order_id, product_id)
        );
        CREATE TABLE events (
            event_id bigint PRIMARY KEY, session_id bigint NOT NULL, kind text NOT NULL, product_id integer,
            occurred_at timestamptz NOT NULL
        );
        INSERT INTO users
        SELECT n, format('c%s@mail.example', n), format('Customer %s', n) FROM generate_series(1, 2000) AS n;
        INSERT INTO products
        SELECT n, 1 + n % 20, format('%s %s', (ARRAY['Red', 'Wool', 'Light', 'Small'])[1 + n % 4], n), repeat('x', 120)
        FROM generate_series(1, 600) AS n;
        INSERT INTO orders
        SELECT n, 3 * n, CASE WHEN {of_the_hotel} THEN 1 ELSE 2 + n * 7919 % 1999 END, 1 + n % 18, 'EUR',
            CASE WHEN {unpaid} THEN 'placed' WHEN n > 11600 THEN 'paid' ELSE 'delivered' END,
            4.90, placed_at, placed_at + interval '3 days'
        FROM (
            SELECT n, '2024-01-01'::timestamptz + n * interval '87 minutes' AS placed_at
            FROM generate_series(1, 12000) AS n
        ) AS placed;
        INSERT INTO order_lines
        SELECT n, line, CASE WHEN (n + line) % 12 = 0 THEN 1 ELSE 2 + (n * 7919 + line * 131) % 599 END, 1, 19.90, 0
        FROM generate_series(1, 12000) AS n, generate_series(1, 2) AS line;
        INSERT INTO events
        SELECT n, n / 6, (ARRAY['home', 'home', 'product', 'search', 'add to cart', 'checkout'])[1 + n % 6],
            CASE WHEN n % 6 IN (2, 4) THEN CASE WHEN n % 7 = 0 THEN 1 ELSE 2 + n * 7919 % 599 END END,
            '2024-01-01'::timestamptz + n * interval '35 minutes'
        FROM generate_series(1, 30000) AS n
    """


BOUGHT_TOGETHER = """
    SELECT b.product_id, count(*) FROM order_lines AS a JOIN order_lines AS b USING (order_id)
    WHERE a.product_id = :product AND b.product_id <> :product GROUP BY 1 ORDER BY 2 DESC LIMIT 4
"""
RARE, SOME = {"product": 599}, {"product": 300}
BEST = {"product": 1}
DROPPED = "DROP INDEX events_kind_idx, order_lines_order_id_idx, orders_user_id_idx, orders_status_idx;"
MADE = """
    CREATE INDEX ON events (session_id);
    CREATE INDEX ON events (product_id, occurred_at) WHERE product_id IS NOT NULL;
    CREATE INDEX ON order_lines (product_id);
    CREATE INDEX ON orders (user_id, placed_at);
    CREATE INDEX ON orders (placed_at) WHERE status = 'placed'
"""

the_whole_shop = index(
    "2.9.4",
    minutes=18,
    states={
        "as shown, a hotel ordered in the first year and six orders are unpaid": shop(
            "n % 100 = 0 AND n < 6000", "n % 2000 = 1999"
        ),
        "another evening, the hotel is back and the bank is down": shop("n % 40 = 0", "n > 10800"),
    },
    given="""
        CREATE INDEX events_kind_idx ON events (kind);
        CREATE INDEX order_lines_order_id_idx ON order_lines (order_id);
        CREATE INDEX orders_user_id_idx ON orders (user_id);
        CREATE INDEX orders_status_idx ON orders (status);
        CREATE INDEX orders_placed_at_idx ON orders (placed_at);
    """,
    reads={
        "product": Read("SELECT name FROM products WHERE product_id = :product", values=(BEST, RARE)),
        "looked at": Read(
            "SELECT occurred_at FROM events WHERE product_id = :product ORDER BY occurred_at DESC LIMIT 10",
            values=(BEST, RARE),
            most_pages=15,
        ),
        "bought together": Read(BOUGHT_TOGETHER, values=(RARE, SOME), most_pages=150),
        "bought with the best seller": Read(BOUGHT_TOGETHER, values=(BEST,)),
        "search": Read(
            "SELECT product_id, name FROM products WHERE name ILIKE '%' || :piece || '%' LIMIT 20",
            values=({"piece": "woo"}, {"piece": "zzz"}),
        ),
        "best sellers": Read(
            """
            SELECT product_id, sum(quantity)
            FROM orders JOIN order_lines USING (order_id) JOIN products USING (product_id)
            WHERE category_id = :category AND placed_at >= timestamptz '2025-12-25' - interval '28 days'
            GROUP BY product_id ORDER BY 2 DESC LIMIT 5
            """,
            values=({"category": 2}, {"category": 11}),
        ),
        "sign in": Read("SELECT user_id, display_name FROM users WHERE email = 'c77@mail.example'"),
        "my orders": Read(
            "SELECT order_id, placed_at, status FROM orders WHERE user_id = :customer ORDER BY placed_at DESC LIMIT 10",
            values=({"customer": 1}, {"customer": 1500}),
            most_pages=20,
        ),
        "an order": Read(
            "SELECT line_no, name, quantity FROM order_lines JOIN products USING (product_id) WHERE order_id = 7000"
        ),
        "unpaid": Read(
            "SELECT order_id, user_id, placed_at FROM orders WHERE status = 'placed' ORDER BY placed_at LIMIT 20",
            most_pages=25,
        ),
        "a visit": Read(
            "SELECT kind, product_id, occurred_at FROM events WHERE session_id = :visit ORDER BY occurred_at",
            values=({"visit": 10}, {"visit": 4000}),
            most_pages=10,
        ),
    },
    writes={
        "visits": """
            INSERT INTO events
            SELECT 100000 + n, 20000 + n / 6, 'home', CASE WHEN n % 6 IN (2, 4) THEN 1 + n * 31 % 600 END,
                '2025-12-31'::timestamptz + n * interval '1 second'
            FROM generate_series(1, 600) AS n
        """,
        "orders": """
            INSERT INTO orders
            SELECT 20000 + n, 90000 + n, 1 + n * 17 % 2000, 1, 'EUR', 'placed', 4.90,
                '2025-12-31'::timestamptz + n * interval '1 second', '2025-12-31'
            FROM generate_series(1, 300) AS n
        """,
        "their lines": """
            INSERT INTO order_lines
            SELECT 20000 + n / 2, n % 2, 1 + n * 31 % 600, 1, 19.90, 0 FROM generate_series(1, 600) AS n
        """,
        "delivered": """
            UPDATE orders SET status = 'delivered', updated_at = now() WHERE order_id BETWEEN 11601 AND 11900
        """,
    },
    most_bytes=1000 * 1024,
    most_records=1.15,
    reference=DROPPED + MADE,
    accepts=(
        DROPPED.replace(", orders_status_idx", "")
        + MADE.replace("(placed_at) WHERE status = 'placed'", "(status, placed_at)")
        + "; DROP INDEX orders_status_idx",
        DROPPED
        + MADE.replace("order_lines (product_id)", "order_lines (product_id, order_id)").replace(
            "(user_id, placed_at)", "(user_id, placed_at DESC)"
        ),
        DROPPED.replace(";", ", orders_placed_at_idx;")
        + MADE
        + "; CREATE INDEX ON orders USING brin (placed_at) WITH (pages_per_range = 4)",
    ),
    rejects={
        "as_it_is": wrong("none", "Four questions are over their pages on one evening or the other."),
        "the_two_that_were_late": wrong(
            "DROP INDEX events_kind_idx; CREATE INDEX ON events (session_id);"
            "CREATE INDEX ON events (product_id, occurred_at) WHERE product_id IS NOT NULL",
            "You have mended the two that were late. Others have a tail too: a customer, a product, an evening.",
        ),
        "only_added": wrong(
            MADE,
            "All questions are served, and every write pays for your indexes and for the old ones. Which of these does "
            "nobody need any more?",
            hint="Which columns do the primary keys begin with? And your own new indexes?",
        ),
        "dropped_too_much": wrong(
            DROPPED.replace(";", ", orders_placed_at_idx;") + MADE,
            "One of the five does work that nothing else does.",
            hint="Which of the ten asks for orders by their time, whatever their state?",
        ),
        "entries_for_nothing": wrong(
            DROPPED + MADE.replace(" WHERE product_id IS NOT NULL", ""),
            "Two of three events have no product, and each of them has its entry in your index. No question asks for "
            "those.",
            hint="An index may hold a part of the table (lesson 2.3).",
        ),
        "found_and_sorted": wrong(
            DROPPED + MADE.replace("(product_id, occurred_at)", "(product_id)"),
            "The looks at a product are found, and then all of them are read and sorted for the sake of ten. For the "
            "best seller that is most of the table.",
        ),
        "by_the_clock": wrong(
            DROPPED
            + MADE.replace("events (product_id, occurred_at) WHERE product_id IS NOT NULL", "events (occurred_at)"),
            "Backward by time, ten looks at the best seller are found soon. At a product that is rarely looked at it "
            "goes through everything.",
        ),
        "the_customer_has_one": wrong(
            DROPPED.replace(", orders_user_id_idx", "")
            + MADE.replace("CREATE INDEX ON orders (user_id, placed_at);", ""),
            "There is an index on the customer, and for nearly everyone it is enough. For the hotel it finds orders "
            "without their order in time, or is passed over.",
        ),
        "enough_on_a_quiet_evening": wrong(
            DROPPED.replace(", orders_status_idx", "")
            + MADE.replace(";\n    CREATE INDEX ON orders (placed_at) WHERE status = 'placed'", ""),
            "With six unpaid orders the index on the status is enough. When the bank is down, all that are unpaid are "
            "read and sorted for the sake of the oldest twenty.",
        ),
        "the_key_has_it": wrong(
            DROPPED + MADE.replace("CREATE INDEX ON order_lines (product_id);", ""),
            "The product is in a key of order_lines, but behind the order: who looks for a product alone reads it all.",
        ),
        "carries_everything": wrong(
            DROPPED + MADE.replace("(session_id)", "(session_id) INCLUDE (kind, product_id, occurred_at)"),
            "That is a second copy of events, to spare a visit two pages.",
        ),
        "a_rule_goes": wrong(
            DROPPED.replace(";", ", orders_cart_id_key;") + MADE,
            "Nobody asks by cart, and that index is not there for questions: it keeps a cart from becoming two orders.",
        ),
    },
    hints=(
        "Take the demands one by one, and for each find which column is compared with =, and which gives the order.",
        "Then the five that are there: which begins with what a key or a new index begins with, and which does no "
        "question use?",
        "Five to make: a visit, a product's looks (where there is a product), a product's lines, a customer's orders "
        "in time, and the unpaid ones in time. Four of the five old ones can go.",
    ),
)

which_look_again = choice(
    "2.9.5",
    minutes=2,
    options={
        "a": "“A visit asks for a handful of pages. Look again when one of the hundred longest asks for more than 40.”",
        "b": "“My orders asks for ten pages or so. Look again when the mean over all customers has doubled.”",
        "c": "“Unpaid is a part of orders. Look again when more than one order in ten is unpaid.”",
        "d": "“Search reads all products. Look again when there are ten times as many.”",
    },
    proof="""
        -- One page for each order of the busiest customer: by how much does the mean over all customers grow?
        SELECT CASE WHEN max(orders)::numeric / count(*) < avg(orders) THEN 'b' ELSE 'a' END
        FROM (SELECT count(*) AS orders FROM orders GROUP BY user_id) AS customers
    """,
    because={
        "a": "It looks at the tail: at the longest visits, one by one.",
        "c": "That is the number on which the size of the index rests, and it can be counted.",
        "d": "What search reads is the table, for whatever is asked, so that its size is what to watch.",
    },
)
