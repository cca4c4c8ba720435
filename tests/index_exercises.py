"""Small exercises of the kind ``index``: one to make, none to make, some to drop, data to change, a question to ask."""

from __future__ import annotations

from mnemo_helpers.grading import Read, index, wrong

HINTS = ("One?", "Two?", "Three?")


def parcels(open_: str) -> str:
    """Return statements that make 20,000 parcels, of which those are open for which that is true."""
    return f"""
        CREATE TABLE parcels (
            parcel_id integer PRIMARY KEY, customer_id integer NOT NULL, sent_at timestamptz NOT NULL,
            status text NOT NULL, note text NOT NULL
        );
        INSERT INTO parcels
        SELECT n, n * 7919 % 500, '2024-01-01'::timestamptz + n * interval '1 minute',
            CASE WHEN {open_} THEN 'open' ELSE 'closed' END, repeat('x', 60)
        FROM generate_series(1, 20000) AS n
    """


SENT = "INSERT INTO parcels SELECT 30000 + n, 3, now(), 'open', 'x' FROM generate_series(1, 200) AS n"

LATEST = index(
    "2.2.1",
    minutes=5,
    states={"as shown": parcels("n % 100 = 0"), "a busy week": parcels("n % 3 = 0")},
    reads={
        "latest": Read(
            "SELECT * FROM parcels WHERE customer_id = :customer ORDER BY sent_at DESC LIMIT 5",
            values=({"customer": 3}, {"customer": 499}),
            most_pages=10,
            sorts=False,
        ),
        "one": Read("SELECT * FROM parcels WHERE parcel_id = 7"),
    },
    writes={"sent": SENT},
    most_bytes=900 * 1024,
    most_records=1.6,
    reference="CREATE INDEX ON parcels (customer_id, sent_at)",
    accepts=(
        "CREATE INDEX CONCURRENTLY latest ON parcels (customer_id, sent_at DESC)",
        "CREATE UNIQUE INDEX ON parcels (customer_id, sent_at DESC, parcel_id);",
    ),
    rejects={
        "customer_alone": wrong("CREATE INDEX ON parcels (customer_id)", "It finds the rows, and not their order."),
        "other_way_round": wrong(
            "CREATE INDEX ON parcels (sent_at, customer_id)", "It begins with what nobody asks for."
        ),
        "each_column": wrong(
            "CREATE INDEX ON parcels (customer_id, sent_at); CREATE INDEX ON parcels (sent_at);"
            "CREATE INDEX ON parcels (customer_id); CREATE INDEX ON parcels (status)",
            "Each index is written with each row.",
        ),
        "nothing": wrong("none", "It reads the whole table."),
        "no_such_column": wrong("CREATE INDEX ON parcels (customer, sent_at)", "There is no such column."),
        "no_such_time": wrong("CREATE INDEX ON parcels (customer_id, placed_at)", "Parcels are sent, not placed."),
        "own_primary_key_gone": wrong(
            "CREATE INDEX ON parcels (customer_id, sent_at); ALTER TABLE parcels DROP CONSTRAINT parcels_pkey",
            "The table's key is not in question.",
        ),
    },
    hints=HINTS,
)

NO_INDEX = index(
    "2.1.1",
    minutes=4,
    states={"as shown": parcels("n % 10 > 0")},
    reads={"open": Read("SELECT count(note) FROM parcels WHERE status = 'open'", by={"parcels": ("Seq Scan",)})},
    writes={"sent": SENT},
    most_records=1.1,
    reference="none",
    accepts=("No index.", "ANALYZE parcels"),
    rejects={
        "filter": wrong("CREATE INDEX ON parcels (status)", "Nine rows in ten are open."),
        "partial": wrong("CREATE INDEX ON parcels (parcel_id) WHERE status = 'open'", "It holds nearly all rows."),
        "covering": wrong("CREATE INDEX ON parcels (status) INCLUDE (note)", "It is the table once more."),
    },
    hints=HINTS,
)

DROPPED = index(
    "2.7.1",
    minutes=6,
    states={"as shown": parcels("n % 100 = 0")},
    given="""
        CREATE INDEX by_customer ON parcels (customer_id);
        CREATE INDEX by_customer_and_time ON parcels (customer_id, sent_at);
        CREATE INDEX by_time ON parcels (sent_at);
        CREATE INDEX by_status ON parcels (status);
        CREATE UNIQUE INDEX again ON parcels (parcel_id);
    """,
    reads={
        "latest": Read("SELECT * FROM parcels WHERE customer_id = 3 ORDER BY sent_at DESC LIMIT 5", most_pages=10),
        "count": Read("SELECT count(*) FROM parcels WHERE customer_id = 3", most_pages=10),
        "week": Read("SELECT count(*) FROM parcels WHERE sent_at < '2024-01-02'", most_pages=40),
        "one": Read("SELECT * FROM parcels WHERE parcel_id = 7", most_pages=4),
    },
    writes={"sent": SENT},
    most_bytes=-600 * 1024,
    most_records=0.7,
    reference="DROP INDEX by_customer, by_status, again",
    accepts=(
        "DROP INDEX by_customer; DROP INDEX by_status; DROP INDEX again",
        "DROP INDEX IF EXISTS again; DROP INDEX by_status, by_customer",
    ),
    rejects={
        "too_many": wrong("DROP INDEX by_customer, by_status, again, by_time", "Somebody asks by time."),
        "the_longer_one": wrong("DROP INDEX by_customer_and_time, by_status, again", "The shorter one knows no order."),
        "only_one": wrong("DROP INDEX by_status", "More of them do nothing that another does not."),
        "the_key": wrong("DROP INDEX parcels_pkey, by_customer, by_status", "A constraint rests on it."),
    },
    hints=HINTS,
)

LEFT = index(
    "2.1.2",
    minutes=4,
    states={"as shown": parcels("n % 100 = 0")},
    given="CREATE INDEX by_status ON parcels (status)",
    reads={"open": Read("SELECT count(note) FROM parcels WHERE status = 'open'", by={"parcels": ("Seq Scan",)})},
    decides="data",
    reference="UPDATE parcels SET status = 'open'",
    accepts=(
        "DELETE FROM parcels WHERE status = 'closed'",
        "INSERT INTO parcels SELECT parcel_id + 100000, 1, sent_at, 'open', note FROM parcels;"
        "DELETE FROM parcels WHERE parcel_id < 100000",
    ),
    rejects={
        "too_few": wrong(
            "UPDATE parcels SET status = 'open' WHERE parcel_id <= 300", "Few are still found sooner by the index."
        ),
        "other_rows": wrong("DELETE FROM parcels WHERE status = 'open'", "The fewer there are, the better the index."),
        "nothing": wrong("none", "The planner has no reason to change its mind."),
        "no_index": wrong("DROP INDEX by_status", "The data are to be changed, and the index is to stay."),
    },
    hints=HINTS,
)

TOGETHER = index(
    "2.4.1",
    minutes=5,
    states={
        "as shown": """
            CREATE TABLE parcels (parcel_id integer PRIMARY KEY, depot integer, country integer, currency integer);
            INSERT INTO parcels SELECT n, n % 40, n % 40, n % 40 FROM generate_series(1, 20000) AS n;
            CREATE TABLE scans (parcel_id integer, scan_no integer, PRIMARY KEY (parcel_id, scan_no));
            INSERT INTO scans SELECT n, m FROM generate_series(1, 20000) AS n, generate_series(1, 3) AS m
        """
    },
    reads={
        "scans": Read(
            "SELECT max(s.scan_no) FROM parcels JOIN scans AS s USING (parcel_id)"
            " WHERE depot = 5 AND country = 5 AND currency = 5",
            most_pages=900,
        )
    },
    reference="CREATE STATISTICS own ON depot, country, currency FROM parcels; ANALYZE parcels",
    accepts=(
        "CREATE STATISTICS own (mcv) ON currency, country, depot FROM parcels; ANALYZE",
        "CREATE STATISTICS own (dependencies) ON depot, country, currency FROM parcels; ANALYZE parcels",
    ),
    rejects={
        "groups": wrong(
            "CREATE STATISTICS own (ndistinct) ON depot, country, currency FROM parcels; ANALYZE parcels",
            "Only GROUP BY asks for that.",
        ),
        "not_filled": wrong("CREATE STATISTICS own ON depot, country, currency FROM parcels", "ANALYZE fills it."),
        "two_only": wrong("CREATE STATISTICS own ON depot, country FROM parcels; ANALYZE", "The third is multiplied."),
        "nothing": wrong("none", "It expects a single parcel."),
    },
    hints=HINTS,
)

ASKED = index(
    "2.3.1",
    minutes=4,
    states={"as shown": parcels("n % 100 = 0"), "nothing is open": parcels("false")},
    given="CREATE INDEX by_time ON parcels (sent_at)",
    reads={
        "of a day": Read(
            "SELECT parcel_id, status FROM parcels WHERE date_trunc('day', sent_at) = :day",
            values=({"day": "2024-01-02"}, {"day": "2023-12-31"}),
            most_pages=60,
        )
    },
    decides="question",
    reference="""SELECT parcel_id, status FROM parcels
        WHERE sent_at >= :day AND sent_at < :day::timestamptz + interval '1 day'""",
    accepts=(
        "SELECT parcel_id, status FROM parcels WHERE :day <= sent_at AND sent_at - interval '1 day' < :day"
        " AND sent_at < :day::timestamptz + interval '1 day';",
        "WITH day AS (SELECT * FROM parcels WHERE sent_at BETWEEN :day AND :day::timestamptz + interval '86399.999 s')"
        " SELECT parcel_id, status FROM day ORDER BY 1 DESC",
    ),
    rejects={
        "still_hidden": wrong(
            "SELECT parcel_id, status FROM parcels WHERE sent_at::date = :day", "The column still stands in a function."
        ),
        "one_too_many": wrong(
            "SELECT parcel_id, status FROM parcels WHERE sent_at BETWEEN :day AND :day::timestamptz + interval '1 day'",
            "Midnight is of the next day.",
        ),
        "another_column": wrong(
            "SELECT parcel_id FROM parcels WHERE sent_at >= :day AND sent_at < :day::timestamptz + interval '1 day'",
            "Two columns are asked for.",
        ),
    },
    hints=HINTS,
)

ALL = (LATEST, NO_INDEX, DROPPED, LEFT, TOGETHER, ASKED)
