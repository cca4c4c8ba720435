"""Exercises of lesson 2.9."""

from mnemo_helpers.grading import Action, Question, Read, choice, history, index, prediction, schema, wrong

visits_with_a_late_screen = prediction(
    "2.9.1",
    minutes=2,
    label="percent",
    unit="percent",
    measure="""
        SELECT 100 * avg(1 - power(0.95, screens))
        FROM (SELECT count(*) AS screens FROM events GROUP BY session_id) AS visits
    """,
    within_factor=1.6,
    because={
        "too_low": "A visit has several screens, and one late screen is enough.",
        "too_high": "Half of all visits have three screens or fewer, and most of these are lucky.",
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
        "carries_the_time": wrong(
            "CREATE INDEX ON messages (customer_id) INCLUDE (sent_at); DROP INDEX messages_customer_id_idx",
            "The entries carry the time and are not in its order: all of a customer's are still read and sorted.",
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
        SELECT n, n / 6, (ARRAY['home', 'product', 'product', 'search', 'add to cart', 'checkout'])[1 + n % 6],
            CASE WHEN n % 6 IN (1, 2, 4) THEN CASE WHEN n % 7 = 0 THEN 1 ELSE 2 + n * 7919 % 599 END END,
            '2024-01-01'::timestamptz + n * interval '35 minutes'
        FROM generate_series(1, 30000) AS n
    """


BOUGHT_TOGETHER = """
    SELECT b.product_id, count(*) FROM order_lines AS a JOIN order_lines AS b USING (order_id)
    WHERE a.product_id = :product AND b.product_id <> :product GROUP BY 1 ORDER BY 2 DESC LIMIT 4
"""
BEST, RARE = {"product": 1}, {"product": 599}
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
            values=(BEST,),
            most_pages=15,
        ),
        "rarely looked at": Read(
            "SELECT occurred_at FROM events WHERE product_id = :product ORDER BY occurred_at DESC LIMIT 10",
            values=(RARE,),
            most_pages=15,
        ),
        "bought together": Read(BOUGHT_TOGETHER, values=(RARE,), most_pages=150),
        "bought with the best seller": Read(BOUGHT_TOGETHER, values=(BEST,)),
        "search": Read(
            "SELECT product_id, name FROM products WHERE name ILIKE '%' || :piece || '%' LIMIT 20",
            values=({"piece": "zzz"},),
        ),
        "best sellers": Read(
            """
            SELECT product_id, sum(quantity)
            FROM orders JOIN order_lines USING (order_id) JOIN products USING (product_id)
            WHERE category_id = :category AND placed_at >= timestamptz '2025-12-25' - interval '28 days'
            GROUP BY product_id ORDER BY 2 DESC LIMIT 5
            """,
            values=({"category": 11},),
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
            values=({"visit": 4000},),
            most_pages=10,
        ),
    },
    writes={
        "visits": """
            INSERT INTO events
            SELECT 100000 + n, 20000 + n / 6, 'home', CASE WHEN n % 6 IN (1, 2, 4) THEN 1 + n * 31 % 600 END,
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
    most_bytes=1200 * 1024,
    most_records={"visits": 1.25, "orders": 1.1, "their lines": 1.1, "delivered": 1.1},
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
        "as_it_is": wrong("none", "Five of the ten are over their pages, on one evening or the other."),
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
            "With each visit entries are written that no question reads. Look at each index that events has then: who "
            "asks by it, and who asks for a row without a product?",
            hint="An index may hold a part of the table (lesson 2.3). And one of last year's is on events.",
        ),
        "found_and_sorted": wrong(
            DROPPED + MADE.replace("(product_id, occurred_at)", "(product_id)"),
            "The looks at a product are found, and then all of them are read and sorted for the sake of ten. For the "
            "best seller that is most of the table.",
        ),
        "found_sorted_and_too_many": wrong(
            DROPPED + MADE.replace("(product_id, occurred_at) WHERE product_id IS NOT NULL", "(product_id)"),
            "The looks at a product are found, and then all are read and sorted for the sake of ten. And many events "
            "have no product: each has its entry, and nobody asks for it.",
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
            "All are served, and one of your indexes carries columns or rows that its question can do without. All of "
            "a visit in its index, for one, is a second copy of events, to spare two pages.",
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

ANSWERS = "CREATE TABLE answers (question text NOT NULL, ms numeric NOT NULL)"


def answered(question: str, ms: int, times: int) -> tuple[str, str, str, str]:
    """Return the step that notes some answers to a question, each of which took so long."""
    return ("answered", question, str(ms), str(times))


def late(having: str, such: str = "") -> str:
    """Return an answer that groups by question."""
    return f"-- question late(question)\nSELECT question FROM answers {such} GROUP BY question HAVING {having};"


judged = schema(
    "2.9.6",
    minutes=4,
    given=ANSWERS,
    actions=(
        Action(
            "answered",
            ("question", "ms", "times"),
            sql="INSERT INTO answers SELECT :question, CAST(:ms AS numeric) "
            "FROM generate_series(1, CAST(:times AS int))",
        ),
    ),
    questions=(Question("late", ("question",)),),
    legal={
        "A question of which 4 of 100 take four seconds keeps the objective.": history(
            answered("search", 5, 96), answered("search", 4000, 4), gives={"late": []}
        ),
        "A question of which 10 of 100 take 150 ms misses it, however quick the others are.": history(
            answered("a visit", 1, 90), answered("a visit", 150, 10), gives={"late": [("a visit",)]}
        ),
        "Who is asked rarely is not hidden by who is asked often.": history(
            answered("product", 1, 980),
            answered("product", 150, 20),
            answered("a visit", 150, 11),
            answered("a visit", 1, 9),
            gives={"late": [("a visit",)]},
        ),
        "Four of twenty are more than five of a hundred.": history(
            answered("unpaid", 150, 4), answered("unpaid", 1, 16), gives={"late": [("unpaid",)]}
        ),
        "Within 100 ms is also in 100 ms.": history(answered("sign in", 100, 20), gives={"late": []}),
    },
    reference=late("percentile_disc(0.95) WITHIN GROUP (ORDER BY ms) > 100"),
    accepts=(
        late("percentile_cont(0.95) WITHIN GROUP (ORDER BY ms) > 100"),
        late("count(*) FILTER (WHERE ms > 100) > 0.05 * count(*)"),
        late("avg(CASE WHEN ms <= 100 THEN 1.0 ELSE 0 END) < 0.95"),
        "-- question late(question)\nSELECT question FROM (SELECT question, ms, cume_dist() "
        "OVER (PARTITION BY question ORDER BY ms) AS share FROM answers) AS ranked "
        "GROUP BY 1 HAVING min(ms) FILTER (WHERE share >= 0.95) > 100;",
    ),
    rejects={
        "mean": wrong(
            late("avg(ms) > 100"),
            "That is the screen in the office. Four very late answers make the mean late, and ten of a hundred do not.",
        ),
        "each_late_answer": wrong(
            "-- question late(question)\nSELECT question FROM answers WHERE ms > 100;",
            "That is a row for each late answer. Which questions have more of them than five of a hundred?",
        ),
        "slowest": wrong(
            late("max(ms) > 100"),
            "One late answer is enough for you. The objective lets five of a hundred be late.",
        ),
        "half": wrong(
            late("percentile_disc(0.5) WITHIN GROUP (ORDER BY ms) > 100"),
            "That is the median: half of the answers may be as late as they like.",
        ),
        "counted": wrong(
            late("count(*) FILTER (WHERE ms > 100) > 5"),
            "Five of a hundred is a share. A question that is asked a thousand times may have fifty late answers.",
            hint="Of how many? Compare with 0.05 times count(*).",
        ),
        "all_together": wrong(
            late(
                "max(ms) > 100",
                "WHERE (SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY ms) > 100 FROM answers)",
            ),
            "You take the share of all answers together. The question that is asked most decides it for all.",
        ),
        "other_end": wrong(
            late("percentile_disc(0.05) WITHIN GROUP (ORDER BY ms) > 100"),
            "That is the time within which the quickest five of a hundred are answered.",
        ),
    },
    hints=(
        "Ten late of a hundred miss it, twenty of a thousand do not. So what is counted, and beside what?",
        "Group by question. The condition on a group stands in HAVING.",
        "percentile_disc(0.95) WITHIN GROUP (ORDER BY ms) is the time within which 95 of 100 were answered.",
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
