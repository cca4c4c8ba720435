"""Exercises of lesson 2.8."""

from mnemo_helpers.grading import Action, Question, Read, history, index, prediction, query, schema, wrong

# 2.8.1: round trips of one screen.

NEWEST = "SELECT order_id FROM orders ORDER BY placed_at DESC, order_id DESC LIMIT 50"

round_trips = prediction(
    "2.8.1",
    minutes=2,
    label="round trips",
    unit="round trips",
    measure=f"SELECT 1 + 50 + 50 + count(*) FROM order_lines WHERE order_id IN ({NEWEST})",
    within_factor=1.4,
    because={
        "too_low": "Each `ask` is one. Two stand in a loop over the orders, and a third in a loop within that loop.",
        "too_high": "One for the orders; for each order its customer and its lines; for each line its product. An "
        "order of this shop has two lines or so.",
    },
)

# 2.8.2: the latest of each, in one question.

BASE = """
    INSERT INTO languages VALUES ('en', 'English', 'Latin');
    INSERT INTO currencies VALUES ('USD', 'US dollar', 2);
    INSERT INTO countries VALUES ('US', 'United States', 'en', 'USD');
    INSERT INTO regions VALUES (1, 'US', 'Lake Country', 'America/Chicago'),
        (2, 'US', 'Harbor Coast', 'America/Chicago'), (3, 'US', 'High Plains', 'America/Denver');
"""
FEW = """
    INSERT INTO sessions VALUES (1, NULL, 1, 'phone', '2025-03-01 10:00', '2025-03-01 10:20'),
        (2, NULL, 3, 'phone', '2025-03-01 11:00', '2025-03-01 11:20');
"""
AT_ONCE = """
    INSERT INTO sessions SELECT n, NULL, 1, 'phone', '2025-03-01 10:00', '2025-03-01 10:20'
        FROM generate_series(1, 5) AS n;
    INSERT INTO sessions SELECT 20 - n, NULL, 2, 'tablet', '2025-03-01 09:00'::timestamptz + n * interval '1 hour',
        '2025-03-02 10:20' FROM generate_series(1, 9) AS n;
"""
LATEST = """
    SELECT r.region_id, s.session_id, s.started_at
    FROM regions AS r LEFT JOIN LATERAL (
        SELECT session_id, started_at FROM sessions WHERE region_id = r.region_id
        ORDER BY started_at DESC, session_id DESC LIMIT 3) AS s ON true
"""
NUMBERED = """
    SELECT r.region_id, s.session_id, s.started_at
    FROM regions AS r LEFT JOIN (
        SELECT *, {number} OVER (PARTITION BY region_id ORDER BY {order}) AS n FROM sessions) AS s
        ON s.region_id = r.region_id AND s.n <= 3
"""

latest_of_each = query(
    "2.8.2",
    minutes=6,
    optional=True,
    rows={
        "a region that nobody came from": BASE + FEW,
        "five visits in the same instant": BASE + AT_ONCE,
    },
    reference=LATEST,
    accepts=(
        NUMBERED.format(number="row_number()", order="started_at DESC, session_id DESC"),
        """
        WITH latest AS (
            SELECT region_id, unnest((array_agg(session_id ORDER BY started_at DESC, session_id DESC))[1:3]) AS id
            FROM sessions GROUP BY region_id)
        SELECT r.region_id, s.session_id, s.started_at
        FROM regions AS r LEFT JOIN latest USING (region_id) LEFT JOIN sessions AS s ON s.session_id = id
        """,
    ),
    rejects={
        "no_region_without": wrong(
            LATEST.replace("LEFT JOIN LATERAL", "CROSS JOIN LATERAL").replace("AS s ON true", "AS s"),
            "A region that nobody came from has no row to join to, and is gone from the map.",
            hint="CROSS JOIN LATERAL drops it. Which join keeps it?",
        ),
        "not_of_the_region": wrong(
            LATEST.replace("WHERE region_id = r.region_id", ""),
            "The subquery does not say of which region. Each region gets the three latest visits of all.",
            hint="LATERAL lets the subquery name the row before it: `r.region_id`.",
        ),
        "latest_of_all": wrong(
            "SELECT region_id, session_id, started_at FROM sessions ORDER BY started_at DESC, session_id DESC"
            " LIMIT 3 * (SELECT count(*) FROM regions)",
            "These are the latest of all, however many of one region are among them.",
        ),
        "one_of_each": wrong(
            """
            SELECT DISTINCT ON (r.region_id) r.region_id, s.session_id, s.started_at
            FROM regions AS r LEFT JOIN sessions AS s USING (region_id)
            ORDER BY r.region_id, s.started_at DESC, s.session_id DESC
            """,
            "DISTINCT ON keeps one row of each. Three are asked for.",
        ),
        "ranks_with_ties": wrong(
            NUMBERED.format(number="rank()", order="started_at DESC"),
            "Those who came in the same instant have the same rank, so that there can be more than three.",
            hint="row_number(), and an order without ties.",
        ),
        "first_of_each": wrong(
            LATEST.replace("started_at DESC, session_id DESC", "started_at, session_id"),
            "These are the first visits, not the latest.",
        ),
    },
    hints=(
        "The subquery is asked once for each region: which region is it asked for?",
        "`WHERE region_id = r.region_id ORDER BY …, … LIMIT 3`, with an order that has no ties.",
        "For a region without a visit: `LEFT JOIN LATERAL ( … ) AS s ON true`.",
    ),
)

# 2.8.3: what it adds up to.

all_screens = prediction(
    "2.8.3",
    minutes=2,
    label="rows",
    unit="rows",
    measure="""
        SELECT sum(least(n, 50 * k))
        FROM (SELECT count(*) AS n FROM orders) AS o, generate_series(1, (n + 49) / 50) AS k
    """,
    within_factor=1.5,
    because={
        "too_low": "Screen 1 takes 50 rows, screen 2 takes 100, the last takes all of them. The middle one takes half "
        "of all, and there are 540 screens.",
        "too_high": "The last screen takes all orders; not every screen does. On average it is half of them.",
    },
)

# 2.8.4: the next screen, with ties.

LOGGED = """
    INSERT INTO audit_log SELECT {number}, '{actor}', 'order', n, 'shipped', 'delivered', {at}
    FROM generate_series(1, {n}) AS n;
"""
LAST = "('2025-06-30 12:00:00+00', 120017)"
NEXT = f"""
    SELECT audit_id, subject_id, new_status, occurred_at FROM audit_log
    WHERE actor = 'carrier' AND (occurred_at, audit_id) < {LAST}
    ORDER BY occurred_at DESC, audit_id DESC LIMIT 20
"""
TIED = LOGGED.format(actor="carrier", number="119997 + n", at="'2025-06-30 12:00:00+00'", n=40)
BEFORE = LOGGED.format(
    actor="carrier", number="n", at="'2025-06-29 12:00:00+00'::timestamptz + n * interval '1 minute'", n=50
)
LATE = LOGGED.format(
    actor="carrier", number="120500 + n", at="'2025-06-30 11:00:00+00'::timestamptz + n * interval '1 second'", n=30
)
OTHERS = LOGGED.format(actor="warehouse", number="119900 + n", at="'2025-06-30 12:00:00+00'", n=9)

next_screen = query(
    "2.8.4",
    minutes=6,
    rows={
        "forty parcels scanned in the same instant": BEFORE + TIED + OTHERS,
        "a scanner that sent its entries late": BEFORE + LATE,
    },
    ordered_by="occurred_at DESC, audit_id DESC",
    reference=NEXT,
    accepts=(
        """
        SELECT audit_id, subject_id, new_status, occurred_at FROM audit_log
        WHERE actor = 'carrier' AND occurred_at <= '2025-06-30 12:00:00+00'
            AND (occurred_at < '2025-06-30 12:00:00+00' OR audit_id < 120017)
        ORDER BY occurred_at DESC, audit_id DESC FETCH FIRST 20 ROWS ONLY
        """,
        """
        SELECT audit_id, subject_id, new_status, occurred_at FROM audit_log
        WHERE actor = 'carrier' AND (occurred_at < '2025-06-30 12:00:00+00'
            OR (occurred_at = '2025-06-30 12:00:00+00' AND audit_id < 120017))
        ORDER BY 4 DESC, 1 DESC LIMIT 20
        """,
        f"""
        SELECT audit_id, subject_id, new_status, occurred_at FROM audit_log
        WHERE actor = 'carrier'
            AND ROW ('2025-06-30 12:00:00+00'::timestamptz, 120017::bigint) > (occurred_at, audit_id)
            AND NOT (occurred_at, audit_id) >= {LAST}
        ORDER BY occurred_at DESC, audit_id DESC LIMIT 20
        """,
    ),
    rejects={
        "ties_skipped": wrong(
            NEXT.replace(f"(occurred_at, audit_id) < {LAST}", "occurred_at < '2025-06-30 12:00:00+00'"),
            "Entries of the same instant as the last one seen are skipped: nobody will ever see them on a screen.",
            hint="The time alone does not say where on the list you are.",
        ),
        "ties_again": wrong(
            NEXT.replace(f"(occurred_at, audit_id) < {LAST}", "occurred_at <= '2025-06-30 12:00:00+00'"),
            "Entries of the same instant come again, the last one seen among them. If there are more of them than fit "
            "on a screen, the list never goes on.",
            hint="The time alone does not say where on the list you are.",
        ),
        "number_alone": wrong(
            NEXT.replace(f"(occurred_at, audit_id) < {LAST}", "audit_id < 120017"),
            "You go on by number, and the list is in the order of time. Where the two differ, entries are skipped.",
        ),
        "each_by_itself": wrong(
            NEXT.replace(
                f"(occurred_at, audit_id) < {LAST}", "occurred_at <= '2025-06-30 12:00:00+00' AND audit_id < 120017"
            ),
            "Both conditions are asked of every row. But the number matters only among entries of the same instant; an "
            "earlier one may have a higher number.",
            hint="A comparison of rows, `(a, b) < (x, y)`, asks b only where a is equal.",
        ),
        "or_of_everything": wrong(
            NEXT.replace(
                f"(occurred_at, audit_id) < {LAST}",
                "occurred_at < '2025-06-30 12:00:00+00'"
                " OR occurred_at = '2025-06-30 12:00:00+00' AND audit_id < 120017",
            ),
            "AND binds more tightly than OR: after your OR nobody asks for the carrier any more, and entries of others "
            "come in.",
            hint="Parentheses, or a comparison of rows.",
        ),
        "looked_up": wrong(
            NEXT.replace(LAST, "(SELECT occurred_at, audit_id FROM audit_log WHERE audit_id = 120017)"),
            "You look up the last entry seen. Where it has been taken out since, nothing comes before it, and the list "
            "ends. What was on the screen is known: write it down.",
            hint="Both values of its place are in the task.",
        ),
        "everybodys": wrong(
            NEXT.replace("actor = 'carrier' AND ", ""),
            "The list is of the carrier's entries, and these are everybody's.",
        ),
        "other_end": wrong(
            NEXT.replace("occurred_at DESC, audit_id DESC", "occurred_at, audit_id"),
            "These are the oldest of the log, not those that follow on the list.",
        ),
    },
    hints=(
        "Where on the list is the last entry seen? Its time does not say it if there are others of the same instant.",
        "Compare both columns in the order of the list: time first, then number.",
        f"`(occurred_at, audit_id) < {LAST}`, and the same ORDER BY as before.",
    ),
)


# 2.8.5: the index for it.


def parcels(sent_at: str) -> str:
    """Return statements that make 20,000 parcels, sent at that time; depot 1 is busy, depot 9 has one in 400."""
    return f"""
        CREATE TABLE parcels (
            parcel_id integer PRIMARY KEY, depot_id integer NOT NULL, sent_at timestamptz NOT NULL, note text NOT NULL
        );
        INSERT INTO parcels
        SELECT n, CASE WHEN n % 400 = 7 THEN 9 WHEN n % 2 = 0 THEN 1 ELSE 2 + n % 7 END, {sent_at}, repeat('x', 60)
        FROM generate_series(1, 20000) AS n
    """


SENT = "INSERT INTO parcels SELECT 30000 + n, 3, now(), 'x' FROM generate_series(1, 200) AS n"
RIGHT = "CREATE INDEX ON parcels (depot_id, sent_at, parcel_id)"

index_of_the_list = index(
    "2.8.5",
    minutes=6,
    states={
        "as shown, a parcel a minute": parcels("'2024-01-01'::timestamptz + n * interval '1 minute'"),
        "a lorry of 400 parcels scanned at once": parcels("'2024-01-01'::timestamptz + n / 400 * interval '1 day'"),
    },
    reads={
        "the next 20 of a depot": Read(
            "SELECT parcel_id, sent_at, note FROM parcels WHERE depot_id = :depot"
            " AND (sent_at, parcel_id) < (:sent_at, :parcel) ORDER BY sent_at DESC, parcel_id DESC LIMIT 20",
            values=(
                {"depot": 1, "sent_at": "2024-02-20", "parcel": 20_001},
                {"depot": 1, "sent_at": "2024-01-02", "parcel": 600},
                {"depot": 9, "sent_at": "2024-02-20", "parcel": 20_001},
            ),
            most_pages=26,
            sorts=False,
        ),
        "one parcel": Read(
            "SELECT * FROM parcels WHERE parcel_id = :parcel", values=({"parcel": 7}, {"parcel": 19_000})
        ),
    },
    writes={"a morning's parcels": SENT},
    most_bytes=900 * 1024,
    most_records=1.7,
    reference=RIGHT,
    accepts=(
        "CREATE INDEX CONCURRENTLY of_depot ON parcels (depot_id, sent_at DESC, parcel_id DESC)",
        "CREATE UNIQUE INDEX ON parcels (depot_id, sent_at, parcel_id);",
    ),
    rejects={
        "no_tie_breaker": wrong(
            "CREATE INDEX ON parcels (depot_id, sent_at)",
            "It knows the order of time, and no order among parcels of the same instant: these have to be fetched and "
            "sorted.",
            hint="An index that is to give the list has all columns of its ORDER BY.",
        ),
        "depot_alone": wrong(
            "CREATE INDEX ON parcels (depot_id)",
            "It finds the parcels of a depot, all of them: they are fetched and sorted, and twenty are kept.",
            hint="The index should give them in the order of the list, so that the server can stop after twenty.",
        ),
        "without_the_depot": wrong(
            "CREATE INDEX ON parcels (sent_at, parcel_id)",
            "It gives the list of all depots. For a depot that sends little, all of it is walked for twenty parcels.",
            hint="What the question fixes by equality comes first (lesson 2.2).",
        ),
        "mixed_directions": wrong(
            "CREATE INDEX ON parcels (depot_id, sent_at DESC, parcel_id)",
            "The list falls in both columns. Your index falls in one and rises in the other, so that neither way of "
            "reading it is the list.",
        ),
        "number_before_time": wrong(
            "CREATE INDEX ON parcels (depot_id, parcel_id, sent_at)",
            "The list is in the order of time, then number. An index has one order, and this one has the other.",
        ),
        "one_for_each_column": wrong(
            "CREATE INDEX ON parcels (depot_id); CREATE INDEX ON parcels (sent_at); CREATE INDEX ON parcels (note)",
            "No two indexes together have the order of the list, and each is written with each parcel.",
        ),
        "and_one_for_the_time": wrong(
            f"{RIGHT}; CREATE INDEX ON parcels (sent_at)",
            "The first alone gives the list. The second is written with each parcel, and nothing asks for it.",
        ),
        "covering": wrong(
            "CREATE INDEX ON parcels (depot_id, sent_at, parcel_id) INCLUDE (note)",
            "It can answer alone, and is nearly the table once more. Twenty rows may well be fetched.",
        ),
        "nothing": wrong("none", "Without an index the list is read and sorted as a whole for each screen."),
    },
    hints=(
        "Which column is fixed by equality? Which columns, in which order, does the list have?",
        "An index on the depot, then on all columns of ORDER BY; it is read backwards for DESC, DESC.",
        f"`{RIGHT}`, and no second one.",
    ),
)

# 2.8.6: a view that can be refreshed while people read.

SALES = "CREATE TABLE sales (sale_id int PRIMARY KEY, seller text NOT NULL, day date NOT NULL, pieces int NOT NULL);"
BOARD = "CREATE MATERIALIZED VIEW board AS SELECT seller, day, sum(pieces) AS pieces FROM sales GROUP BY 1, 2{filled};"
FILLED, KEYED = BOARD.format(filled=""), "CREATE UNIQUE INDEX ON board (seller, day);"
MONDAY, TUESDAY = "2026-03-02", "2026-03-03"

refreshed = schema(
    "2.8.6",
    minutes=4,
    given=SALES,
    actions=(
        Action(
            "sell",
            ("sale_id", "seller", "day", "pieces"),
            says="A seller sells.",
            sql="INSERT INTO sales VALUES (:sale_id, :seller, :day, :pieces)",
        ),
        Action(
            "refresh",
            (),
            says="The board is brought up to date, and people go on reading it.",
            sql="REFRESH MATERIALIZED VIEW CONCURRENTLY board",
        ),
    ),
    questions=(
        Question(
            "board",
            ("seller", "day", "pieces"),
            says="What each seller sold on each day.",
            sql="SELECT seller, day, pieces FROM board",
        ),
    ),
    legal={
        "The board can be refreshed before anybody has sold anything.": history(("refresh",), gives={"board": []}),
        "A seller may sell twice on a day; after a refresh the board has the sum.": history(
            ("sell", "1", "Ada", MONDAY, "2"),
            ("sell", "2", "Ada", MONDAY, "3"),
            ("refresh",),
            gives={"board": [("Ada", MONDAY, "5")]},
        ),
        "A seller may sell on two days.": history(
            ("sell", "1", "Ada", MONDAY, "2"),
            ("sell", "2", "Ada", TUESDAY, "1"),
            ("refresh",),
            gives={"board": [("Ada", MONDAY, "2"), ("Ada", TUESDAY, "1")]},
        ),
        "Two sellers may sell on the same day.": history(
            ("sell", "1", "Ada", MONDAY, "2"),
            ("sell", "2", "Ben", MONDAY, "2"),
            ("refresh",),
            gives={"board": [("Ada", MONDAY, "2"), ("Ben", MONDAY, "2")]},
        ),
        "What was sold since the last refresh is not on the board yet.": history(
            ("sell", "1", "Ada", MONDAY, "2"), gives={"board": []}
        ),
    },
    reference=f"{FILLED}\n{KEYED}",
    accepts=(
        f"{BOARD.format(filled=' WITH NO DATA')}\nCREATE UNIQUE INDEX ON board (day, seller) INCLUDE (pieces);\n"
        "REFRESH MATERIALIZED VIEW board;",
        "CREATE MATERIALIZED VIEW board AS SELECT DISTINCT seller, day,"
        " sum(pieces) OVER (PARTITION BY seller, day) AS pieces FROM sales;\n"
        f"CREATE INDEX ON board (day); {KEYED}",
    ),
    rejects={
        "no_key": wrong(
            FILLED,
            "The refresh compares the old rows with the new ones, and needs a unique index to tell which is which. "
            "An index that is not UNIQUE, has a WHERE or is on an expression does not count.",
            hint="Which columns tell two rows of the board apart?",
        ),
        "never_filled": wrong(
            f"{BOARD.format(filled=' WITH NO DATA')}\n{KEYED}",
            "CONCURRENTLY compares with what is there, and this view was never filled: 0A000.",
            hint="A first fill, without CONCURRENTLY.",
        ),
        "one_row_a_day": wrong(
            f"{FILLED}\nCREATE UNIQUE INDEX ON board (day);",
            "The index says that there is one row a day. As long as the board is empty nobody contradicts; the second "
            "seller of a day makes the refresh fail.",
        ),
        "table": wrong(
            FILLED.replace("MATERIALIZED VIEW", "TABLE") + KEYED,
            "A table forgets the question that filled it. There is nothing to refresh.",
            hint="Which kind of view keeps its answer, and its question too?",
        ),
        "plain_view": wrong(
            "CREATE VIEW board AS SELECT seller, day, sum(pieces) AS pieces FROM sales GROUP BY seller, day;",
            "A plain view is a question that is asked anew each time. There is nothing to refresh.",
        ),
        "sales_themselves": wrong(
            f"CREATE MATERIALIZED VIEW board AS SELECT seller, day, pieces FROM sales;\n{KEYED}",
            "The board has a row for each sale, not for each seller and day.",
            hint="GROUP BY seller, day.",
        ),
    },
    hints=(
        "What did the refresh ask for in the lesson? Two things must be there before it.",
        "A unique index on plain columns that tell each row from all others, and without WHERE.",
        f"`{KEYED}` after the view, which is to be filled.",
    ),
)
