"""Exercises of lesson 2.4."""

from mnemo_helpers.grading import Read, choice, index, prediction, query, wrong

distinct = choice(
    "2.4.1",
    minutes=2,
    options={
        "a": "`orders.user_id`, who ordered",
        "b": "`events.kind`, which screen it was",
        "c": "`events.session_id`, in which visit it was",
        "d": "`events.event_id`, the primary key",
    },
    predicts=True,
    proof="""
        WITH noted AS (
            SELECT letter, CASE WHEN n_distinct < 0 THEN -n_distinct * reltuples ELSE n_distinct END AS noted, there
            FROM (VALUES ('a', 'orders', 'user_id', (SELECT count(DISTINCT user_id) FROM orders)),
                ('b', 'events', 'kind', (SELECT count(DISTINCT kind) FROM events)),
                ('c', 'events', 'session_id', (SELECT count(DISTINCT session_id) FROM events)),
                ('d', 'events', 'event_id', (SELECT count(*) FROM events))) AS v (letter, tablename, attname, there)
            JOIN pg_stats USING (tablename, attname) JOIN pg_class ON relname = tablename
            WHERE schemaname = 'public' AND relnamespace = 'public'::regnamespace)
        SELECT letter FROM noted ORDER BY abs(ln(noted / there)) DESC LIMIT 1
    """,
    because={
        "a": "`orders` has fewer rows than a sample: all of them were read, so that every customer was counted.",
        "b": "Five screens, each of them in thousands of sampled rows: none can be missed.",
        "d": "No value came twice in the sample; from that PostgreSQL concludes that none does, and it is right.",
    },
)

seller_and_currency = prediction(
    "2.4.2",
    minutes=2,
    label="orders expected",
    unit="orders",
    measure="""
        SELECT round(reltuples * product) FROM pg_class, (
            SELECT exp(sum(ln(share))) AS product
            FROM pg_stats, unnest(most_common_vals::text::text[], most_common_freqs) AS m (value, share)
            WHERE schemaname = 'public' AND tablename = 'orders'
                AND (attname, value) IN (('tenant_id', '3'), ('currency_code', 'JPY'))) AS both_conditions
        WHERE oid = 'public.orders'::regclass
    """,
    within_factor=1.3,
    because={
        "too_low": "Each condition keeps a share of the orders. The planner takes the one share of the other.",
        "too_high": "Asked is what the planner expects, and not what there is. It knows each column by itself, and "
        "multiplies the two shares.",
    },
)

hidden_value = prediction(
    "2.4.5",
    minutes=2,
    label="lines expected",
    unit="lines",
    measure="""
        SELECT round(reltuples / CASE WHEN n_distinct < 0 THEN -n_distinct * reltuples ELSE n_distinct END)
        FROM pg_class JOIN pg_stats ON relname = tablename
        WHERE pg_class.oid = 'public.order_lines'::regclass AND schemaname = 'public' AND attname = 'product_id'
    """,
    within_factor=1.5,
    because={
        "too_low": "It knows that a product is asked for, and how many lines a product has on average.",
        "too_high": "That would need the number of the product. The subquery has not run yet when the plan is made, so "
        "that the planner takes the mean: all lines, shared out among all products.",
    },
)

BASE = """
    INSERT INTO languages VALUES ('en', 'English', 'Latin');
    INSERT INTO currencies VALUES ('USD', 'US dollar', 2), ('JPY', 'Yen', 0), ('EUR', 'Euro', 2);
    INSERT INTO countries VALUES ('US', 'United States', 'en', 'USD');
    INSERT INTO regions VALUES (1, 'US', 'Lake Country', 'America/Chicago');
    INSERT INTO tenants SELECT n, 'Seller ' || n, 'US', '2023-06-06' FROM generate_series(1, 3) AS n;
    INSERT INTO tenant_currencies SELECT n, currency_code FROM generate_series(1, 3) AS n, currencies;
    INSERT INTO users VALUES (1, '1@example.com', 'Customer 1', 1, '2024-01-01', '2024-01-01');
    INSERT INTO addresses VALUES (1, 1, 'Customer 1', '1 Quay', 'Lakeside', '60001', 1, NULL, '2024-01-01');
"""


def orders(first: int, last: int, seller: int, currency: str) -> str:
    """Return SQL that adds orders of these numbers, of one seller and in one currency."""
    return f"""
        INSERT INTO sessions SELECT n, 1, 1, 'phone', '2025-03-01 10:00', '2025-03-01 10:20'
        FROM generate_series({first}, {last}) AS n;
        INSERT INTO carts SELECT n, n, '2025-03-01 10:00', '2025-03-01 10:10'
        FROM generate_series({first}, {last}) AS n;
        INSERT INTO orders
        SELECT n, n, 1, 1, {seller}, '{currency}', 'placed', 0, '2025-03-01 10:20', '2025-03-01 10:20'
        FROM generate_series({first}, {last}) AS n;
    """


multiplied = query(
    "2.4.3",
    minutes=6,
    rows={
        "one order": BASE + orders(1, 1, 1, "USD"),
        "three sellers and three currencies, of which not all go together": BASE
        + orders(1, 7, 1, "USD")
        + orders(8, 10, 1, "JPY")
        + orders(11, 13, 2, "JPY")
        + orders(14, 17, 3, "EUR"),
    },
    reference="""
        SELECT tenant_id, currency_code, count(*) AS orders,
            round((SELECT count(*) FROM orders AS t WHERE t.tenant_id = o.tenant_id)::numeric
                * (SELECT count(*) FROM orders AS c WHERE c.currency_code = o.currency_code)
                / (SELECT count(*) FROM orders)) AS expected
        FROM orders AS o GROUP BY tenant_id, currency_code
    """,
    accepts=(
        """
        SELECT tenant_id, currency_code, n,
            round(sum(n) OVER (PARTITION BY tenant_id) * sum(n) OVER (PARTITION BY currency_code) / sum(n) OVER ())
        FROM (SELECT tenant_id, currency_code, count(*) AS n FROM orders GROUP BY 1, 2) AS pairs
        """,
        """
        WITH sellers AS (SELECT tenant_id, count(*)::numeric AS n FROM orders GROUP BY 1),
            currency AS (SELECT currency_code, count(*)::numeric AS n FROM orders GROUP BY 1),
            pairs AS (SELECT tenant_id, currency_code, count(*) AS n FROM orders GROUP BY 1, 2)
        SELECT tenant_id, currency_code, pairs.n, round(sellers.n * currency.n / (SELECT sum(n) FROM sellers))
        FROM pairs JOIN sellers USING (tenant_id) JOIN currency USING (currency_code)
        """,
    ),
    rejects={
        "shares_of_whole_numbers": wrong(
            """
            SELECT tenant_id, currency_code, n,
                round((sum(n) OVER (PARTITION BY tenant_id))::bigint / (sum(n) OVER ())::bigint
                    * (sum(n) OVER (PARTITION BY currency_code))::bigint)
            FROM (SELECT tenant_id, currency_code, count(*) AS n FROM orders GROUP BY 1, 2) AS pairs
            """,
            "A share of two whole numbers is 0 or 1: `/` cuts off what is behind the point. Multiply first, or cast to "
            "numeric.",
        ),
        "all_pairs": wrong(
            """
            SELECT tenant_id, currency_code, (SELECT count(*) FROM orders AS o
                    WHERE o.tenant_id = s.tenant_id AND o.currency_code = c.currency_code),
                round(s.n * c.n / (SELECT count(*) FROM orders))
            FROM (SELECT tenant_id, count(*)::numeric AS n FROM orders GROUP BY 1) AS s,
                (SELECT currency_code, count(*)::numeric AS n FROM orders GROUP BY 1) AS c
            """,
            "Here are pairs as well that no order has. They are worth a look, since the planner expects rows there; "
            "asked are those that have orders.",
        ),
        "the_smaller_share": wrong(
            """
            SELECT tenant_id, currency_code, n,
                least(sum(n) OVER (PARTITION BY tenant_id), sum(n) OVER (PARTITION BY currency_code))
            FROM (SELECT tenant_id, currency_code, count(*) AS n FROM orders GROUP BY 1, 2) AS pairs
            """,
            "That is the most that there can be, as if one condition implied the other. The planner takes it that "
            "they have nothing to do with each other.",
        ),
        "mean_of_a_pair": wrong(
            """
            SELECT tenant_id, currency_code, count(*), round((SELECT count(*) FROM orders)::numeric
                / (SELECT count(DISTINCT tenant_id) * count(DISTINCT currency_code) FROM orders))
            FROM orders GROUP BY 1, 2
            """,
            "That is the same for every pair. The planner knows how common this seller and this currency are.",
        ),
        "compared_with_itself": wrong(
            """
            SELECT tenant_id, currency_code, count(*),
                round((SELECT count(*) FROM orders AS t WHERE t.tenant_id = tenant_id)::numeric
                    * (SELECT count(*) FROM orders AS c WHERE c.currency_code = currency_code)
                    / (SELECT count(*) FROM orders))
            FROM orders AS o GROUP BY tenant_id, currency_code
            """,
            "Inside the brackets a name without a table is the nearest one's: there the column is compared with "
            "itself, and every order counts. Write `o.` before the one from outside.",
        ),
        "divided_by_its_own": wrong(
            """
            SELECT tenant_id, currency_code, count(*),
                round((SELECT count(*) FROM orders AS t WHERE t.tenant_id = o.tenant_id)::numeric
                    * (SELECT count(*) FROM orders AS c WHERE c.currency_code = o.currency_code) / count(*))
            FROM orders AS o GROUP BY tenant_id, currency_code
            """,
            "`count(*)` alone counts the orders of the pair. The shares are shares of all orders, and those need a "
            "subquery of their own.",
        ),
    },
    hints=(
        "Seller 3 has 6.2 in 100 orders, 11.4 in 100 are in yen. How many orders of 26,999 is 6.2 of 11.4 in 100?",
        "For a pair: the seller's orders, times the currency's orders, divided by all orders.",
        "Gaps one and two count the orders of this seller and of this currency: `t.tenant_id = o.tenant_id` and "
        "`c.currency_code = o.currency_code`. The third is the number of all: `SELECT count(*) FROM orders`.",
    ),
)


def carrier(parcels: int, strays: int) -> str:
    """Return statements that make a carrier's parcels, three scans of each, and strays that another depot took over."""
    return f"""
        CREATE TABLE parcels (
            parcel_id integer PRIMARY KEY, depot integer NOT NULL, country text NOT NULL, currency text NOT NULL,
            weight_g integer NOT NULL, note text NOT NULL
        );
        INSERT INTO parcels
        SELECT n, n % 40, 'C' || n % 40 / 4, 'M' || n % 40 / 4, n * 7919 % 5000, repeat('x', 60)
        FROM generate_series(1, {parcels}) AS n;
        UPDATE parcels SET depot = 30 WHERE parcel_id % 40 = 5 AND parcel_id <= 40 * {strays};
        CREATE TABLE scans (
            parcel_id integer, scan_no integer, scanned_at timestamptz NOT NULL, PRIMARY KEY (parcel_id, scan_no)
        );
        INSERT INTO scans
        SELECT n, m, '2025-01-01'::timestamptz + n * interval '1 minute' + m * interval '9 hours'
        FROM generate_series(1, {parcels}) AS n, generate_series(1, 3) AS m;
        ALTER TABLE scans ADD FOREIGN KEY (parcel_id) REFERENCES parcels
    """


SCANS_OF = """
    SELECT max(s.scanned_at) FROM parcels AS p JOIN scans AS s USING (parcel_id)
    WHERE p.depot = :depot AND p.country = :country AND p.currency = :currency
"""

noted_together = index(
    "2.4.4",
    minutes=7,
    states={"as shown, 20,000 parcels": carrier(20_000, 6), "a year later": carrier(26_000, 7)},
    reads={
        "scans of a depot's parcels": Read(
            SCANS_OF,
            values=(
                {"depot": 5, "country": "C1", "currency": "M1"},
                {"depot": 17, "country": "C4", "currency": "M4"},
            ),
            most_pages=1_000,
        ),
        "scans of the strays": Read(
            SCANS_OF, values=({"depot": 30, "country": "C1", "currency": "M1"},), most_pages=450
        ),
        "scans of one parcel": Read("SELECT * FROM scans WHERE parcel_id = 77"),
    },
    most_bytes=64 * 1024,
    reference="CREATE STATISTICS together ON depot, country, currency FROM parcels; ANALYZE parcels",
    accepts=(
        "CREATE STATISTICS together (mcv) ON currency, country, depot FROM parcels; ANALYZE parcels",
        "CREATE STATISTICS together (dependencies, mcv) ON depot, country, currency FROM parcels; ANALYZE;",
    ),
    rejects={
        "an_index": wrong(
            "CREATE INDEX ON parcels (depot, country, currency)",
            "One search becomes cheaper, and there are as many of them as before, parcel by parcel: an index tells the "
            "planner nothing about how its columns go together.",
        ),
        "looked_at_again": wrong(
            "ANALYZE parcels",
            "What is noted of each column was right already. It is their product that is wrong.",
        ),
        "never_filled": wrong(
            "CREATE STATISTICS together ON depot, country, currency FROM parcels",
            "So far you have asked for statistics; they are filled by the next ANALYZE.",
        ),
        "how_many_groups": wrong(
            "CREATE STATISTICS together (ndistinct) ON depot, country, currency FROM parcels; ANALYZE parcels",
            "That is noted for GROUP BY, how many combinations there are, and is not asked by WHERE.",
        ),
        "two_of_three": wrong(
            "CREATE STATISTICS together ON country, currency FROM parcels; ANALYZE parcels",
            "Two of the three conditions are now known to go together; with the third the planner still multiplies.",
        ),
        "two_others": wrong(
            "CREATE STATISTICS together ON depot, country FROM parcels; ANALYZE parcels",
            "The depot and its country are now noted together, and the share of the currency is still multiplied with "
            "theirs.",
        ),
        "pairs_of_two": wrong(
            "CREATE STATISTICS together (mcv) ON depot, country FROM parcels; ANALYZE parcels",
            "Each depot and country is now noted as a pair. The currency is not among them, and is still multiplied.",
        ),
        "dependencies_alone": wrong(
            "CREATE STATISTICS together (dependencies) ON depot, country, currency FROM parcels; ANALYZE parcels",
            "A depot nearly always has one country, and so the planner believes of every depot and every country that "
            "they go together. The strays are those that do not.",
        ),
    },
    hints=(
        "How many parcels fulfil all three conditions, and how many does the planner expect? The plan of seller 3's "
        "orders in yen was such a one.",
        "The three columns go together, except for strays. Which of the three kinds notes single combinations?",
        "`CREATE STATISTICS together ON depot, country, currency FROM parcels`, and then `ANALYZE parcels`.",
    ),
)


def unindexed(parcels: int) -> str:
    """Return statements that make a carrier's parcels, of which customer 1 has one in four, and three scans of each."""
    return f"""
        CREATE TABLE parcels (parcel_id integer PRIMARY KEY, customer_id integer NOT NULL, note text NOT NULL);
        INSERT INTO parcels SELECT n, CASE WHEN n % 4 = 0 THEN 1 ELSE 2 + n * 7919 % 2000 END, repeat('x', 60)
        FROM generate_series(1, {parcels}) AS n;
        CREATE TABLE scans (
            depot integer NOT NULL, scanned_at timestamptz NOT NULL, parcel_id integer NOT NULL,
            PRIMARY KEY (depot, scanned_at, parcel_id)
        );
        INSERT INTO scans
        SELECT (n + m * 11) % 40, '2025-01-01'::timestamptz + n * interval '1 minute' + m * interval '9 hours', n
        FROM generate_series(1, 3) AS m, generate_series(1, {parcels}) AS n;
        ALTER TABLE scans ADD FOREIGN KEY (parcel_id) REFERENCES parcels
    """


SCANNED = """
    INSERT INTO scans SELECT n % 40, '2025-03-01'::timestamptz + n * interval '1 second', n * 60
    FROM generate_series(1, 300) AS n
"""

one_by_one = index(
    "2.4.6",
    minutes=5,
    states={"as shown, 20,000 parcels": unindexed(20_000), "a year later": unindexed(28_000)},
    given="CREATE INDEX by_customer ON parcels (customer_id)",
    reads={
        "scans of a customer's parcels": Read(
            "SELECT s.* FROM parcels AS p JOIN scans AS s USING (parcel_id) WHERE p.customer_id = :customer",
            values=({"customer": 77}, {"customer": 1500}),
            most_pages=150,
        ),
        "scans of the largest customer's parcels": Read(
            "SELECT s.* FROM parcels AS p JOIN scans AS s USING (parcel_id) WHERE p.customer_id = 1"
        ),
        "a depot's morning": Read("SELECT * FROM scans WHERE depot = 7 AND scanned_at < '2025-01-02'"),
    },
    writes={"scans that come in": SCANNED},
    most_bytes=1_600 * 1024,
    most_records=1.7,
    reference="CREATE INDEX ON scans (parcel_id)",
    accepts=(
        "CREATE INDEX CONCURRENTLY scans_of_a_parcel ON scans (parcel_id DESC)",
        "CREATE INDEX ON scans USING btree (parcel_id) WITH (fillfactor = 95); ANALYZE scans;",
    ),
    rejects={
        "nothing": wrong(
            "none",
            "Without a way to look a parcel's scans up, all scans are read for the sake of twenty.",
        ),
        "the_other_side": wrong(
            "CREATE INDEX ON parcels (customer_id, parcel_id)",
            "The parcels of a customer were found quickly as it was. It is their scans that nothing leads to.",
        ),
        "in_second_place": wrong(
            "CREATE INDEX ON scans (scanned_at, parcel_id)",
            "An index that begins with another column leads to that one. A loop looks a parcel up.",
        ),
        "the_other_side_alone": wrong(
            "CREATE INDEX ON parcels (customer_id) INCLUDE (parcel_id)",
            "That leads to a customer's parcels, and so did the index that there was. Nothing leads on to their scans.",
        ),
        "everything_in_it": wrong(
            "CREATE INDEX ON scans (parcel_id) INCLUDE (depot, scanned_at)",
            "That leads to a parcel's scans, and takes more room than is allowed. Of one column, a B-tree is smaller "
            "here than a hash index; of several, which are not needed to look the scans up?",
        ),
        "noted_together": wrong(
            "CREATE STATISTICS together ON customer_id, parcel_id FROM parcels; ANALYZE",
            "The planner expected the right number of parcels. It knows what it should do, and has no way to do it.",
        ),
    },
    hints=(
        "A loop takes each parcel of the customer and looks up its scans. By what?",
        "By the parcel's number; in the primary key of `scans` that stands last.",
        "One index on `scans`, and one column in it: the one by which they are joined.",
    ),
)
