"""Exercises of lesson 2.1."""

from mnemo_helpers.grading import Read, choice, index, prediction, query, wrong

pages_of_the_best_seller = prediction(
    "2.1.1",
    minutes=2,
    label="pages",
    unit="pages",
    measure="SELECT count(DISTINCT (ctid::text::point)[0]) FROM events WHERE product_id = 1",
    within_factor=2.0,
    because={
        "too_low": "Rows lie in the order in which they came, and this product is looked at every day: its rows are "
        "spread over the whole table, not side by side.",
        "too_high": "There are no more pages than the table has.",
    },
)

BASE = """
    INSERT INTO languages VALUES ('en', 'English', 'Latin');
    INSERT INTO currencies VALUES ('USD', 'US dollar', 2);
    INSERT INTO countries VALUES ('US', 'United States', 'en', 'USD');
    INSERT INTO regions VALUES (1, 'US', 'Lake Country', 'America/Chicago');
"""


def visits(numbers: str, device: str) -> str:
    """Return SQL that adds visits of these numbers with that device."""
    return f"""
        INSERT INTO sessions SELECT n, NULL, 1, {device}, '2025-03-01 10:00', '2025-03-01 10:20'
        FROM generate_series({numbers}) AS n;
    """


MIXED = "(ARRAY['phone', 'desktop', 'tablet'])[1 + n % 3]"
PAGE = "(ctid::text::point)[0]"

visits_by_page = query(
    "2.1.2",
    minutes=5,
    rows={
        "two visits": BASE + visits("1, 2", "'phone'"),
        "visits by phone first, and all others after them": BASE
        + visits("1, 700", "'phone'")
        + visits("701, 1900", MIXED),
    },
    reference=f"""
        SELECT device, count(*) AS visits, count(DISTINCT {PAGE}) AS pages,
            round(count(*)::numeric / count(DISTINCT {PAGE})) AS rows_on_a_page
        FROM sessions GROUP BY device
    """,
    accepts=(
        """
        SELECT device, sum(n), count(*), round(avg(n)) FROM (
            SELECT device, split_part(trim(both '()' from ctid::text), ',', 1) AS page, count(*) AS n
            FROM sessions GROUP BY 1, 2) AS by_page
        GROUP BY device
        """,
        f"""
        WITH placed AS (SELECT device, {PAGE} AS page FROM sessions)
        SELECT device, count(*), count(DISTINCT page), round(1.0 * count(page) / count(DISTINCT page))
        FROM placed GROUP BY device
        """,
    ),
    rejects={
        "places_not_pages": wrong(
            "SELECT device, count(*), count(DISTINCT ctid), round(count(*)::numeric / count(DISTINCT ctid))"
            " FROM sessions GROUP BY device",
            "Each row has a `ctid` of its own: it is the page and the place on it. Only the page is asked for.",
            hint="Which part of `(17,4)` is the page?",
        ),
        "place_on_the_page": wrong(
            "SELECT device, count(*), count(DISTINCT (ctid::text::point)[1]),"
            " round(count(*)::numeric / count(DISTINCT (ctid::text::point)[1])) FROM sessions GROUP BY device",
            "That is the place on the page; the page stands before the comma.",
        ),
        "whole_division": wrong(
            f"SELECT device, count(*), count(DISTINCT {PAGE}), count(*) / count(DISTINCT {PAGE})"
            " FROM sessions GROUP BY device",
            "Two whole numbers are divided to a whole number, and what is left is cut off, not rounded.",
        ),
        "pages_of_all": wrong(
            f"SELECT device, count(*), (SELECT count(DISTINCT {PAGE}) FROM sessions),"
            f" round(count(*)::numeric / (SELECT count(DISTINCT {PAGE}) FROM sessions)) FROM sessions GROUP BY device",
            "These are the pages of the whole table, for every device the same. A device may lie on some of them only.",
        ),
    },
    hints=(
        "`SELECT ctid, device FROM sessions LIMIT 200` shows what an address looks like.",
        "An address becomes a point of two numbers, and the first of them is the page.",
        "Both gaps are the same expression: `(ctid::text::point)[0]`.",
    ),
)


def parcels(is_open: str) -> str:
    """Return statements that make 20,000 parcels, of which those are open for which that is true."""
    return f"""
        CREATE TABLE parcels (
            parcel_id integer PRIMARY KEY, customer_id integer NOT NULL, sent_at timestamptz NOT NULL,
            status text NOT NULL, note text NOT NULL
        );
        INSERT INTO parcels
        SELECT n, n * 7919 % 500, '2024-01-01'::timestamptz + n * interval '1 minute',
            CASE WHEN {is_open} THEN 'open' ELSE 'closed' END, repeat('x', 60)
        FROM generate_series(1, 20000) AS n
    """


SENT = "INSERT INTO parcels SELECT 30000 + n, 3, now(), 'open', 'x' FROM generate_series(1, 200) AS n"

no_index = index(
    "2.1.4",
    minutes=7,
    states={"as shown, most parcels closed": parcels("n % 10 = 0"), "a bad week": parcels("n % 2 = 0")},
    reads={
        "closed parcels, counted by note": Read(
            "SELECT note, count(*) FROM parcels WHERE status = 'closed' GROUP BY note", most_pages=300
        ),
        "one parcel": Read(
            "SELECT * FROM parcels WHERE parcel_id = :parcel", values=({"parcel": 7}, {"parcel": 19_000})
        ),
        "the last day": Read("SELECT count(note) FROM parcels WHERE sent_at >= '2024-01-14'"),
    },
    writes={"a morning's parcels": SENT},
    most_bytes=64 * 1024,
    most_records=1.1,
    reference="none",
    accepts=("No index.", "ANALYZE parcels"),
    rejects={
        "index_the_filter": wrong(
            "CREATE INDEX ON parcels (status)",
            "At least half of all parcels are closed, so that this index is not used for them, and rightly. It is "
            "written with each parcel all the same.",
        ),
        "index_part_of_it": wrong(
            "CREATE INDEX ON parcels (status) WHERE status = 'closed'",
            "A part that is most of the table is not much smaller than the whole, and leads to the same pages.",
        ),
        "cover_it_all": wrong(
            "CREATE INDEX ON parcels (status) INCLUDE (note)",
            "It can answer the question alone, and is nearly the table once more: as many pages to read, and each "
            "parcel is written twice.",
        ),
        "index_the_last_day": wrong(
            "CREATE INDEX ON parcels (sent_at)",
            "The last day gets better by it, and nobody has asked for that: it is to get no worse. Each parcel is "
            "written to this index too.",
        ),
        "index_the_groups": wrong(
            "CREATE INDEX ON parcels (note)",
            "By whatever the closed parcels are counted, they are half of the table or more, and all of it is read.",
        ),
        "index_both": wrong(
            "CREATE INDEX ON parcels (status, note)",
            "The demand on pages is met without it, and each parcel is written to it too.",
        ),
        "index_everything": wrong(
            "CREATE INDEX ON parcels (status); CREATE INDEX ON parcels (sent_at); CREATE INDEX ON parcels (note)",
            "Whatever they help, each of them is written with each parcel; look at what the demands allow.",
        ),
    },
    hints=(
        "Look at the demands: how many pages may the question ask for, and how many does it ask for now?",
        "How many of a hundred rows does it want? Where were the crossings in the picture above?",
        "All demands are met as things are, and any index breaks the one on writes.",
    ),
)

leave_the_index = index(
    "2.1.5",
    minutes=6,
    states={"as shown, one parcel in a hundred open": parcels("n % 100 = 0"), "a week later": parcels("n % 80 = 3")},
    given="CREATE INDEX by_status ON parcels (status)",
    reads={
        "open parcels": Read("SELECT count(note) FROM parcels WHERE status = 'open'", by={"parcels": ("Seq Scan",)}),
    },
    decides="data",
    reference="UPDATE parcels SET status = 'open'",
    accepts=(
        "DELETE FROM parcels WHERE status <> 'open'",
        "UPDATE parcels SET status = 'open' WHERE parcel_id > 500",
        "INSERT INTO parcels SELECT parcel_id + 100000, 1, sent_at, 'open', note FROM parcels;"
        "DELETE FROM parcels WHERE parcel_id < 100000",
    ),
    rejects={
        "a_few_more": wrong(
            "UPDATE parcels SET status = 'open' WHERE parcel_id <= 300",
            "That is still a small part, and these rows lie side by side: the index is a good way to them.",
        ),
        "half_of_them": wrong(
            "UPDATE parcels SET status = 'open' WHERE parcel_id % 2 = 0",
            "Half are open, and the index is still good: an UPDATE puts new versions of its rows behind the others, so "
            "that they lie side by side. Go on until there is hardly a page without one.",
        ),
        "fewer": wrong(
            "DELETE FROM parcels WHERE status = 'open'",
            "The fewer rows are wanted, the better the index is. Go the other way.",
        ),
        "others_gone": wrong(
            "UPDATE parcels SET status = 'closed'", "Now none is open, and an index finds nothing faster than anything."
        ),
        "as_it_is": wrong("none", "As things are, the index is used: one row in a hundred is open."),
        "drop_it": wrong("DROP INDEX by_status", "The index stays, and the rows are to be changed."),
    },
    hints=(
        "In the table under the picture, at which share of the rows is all of it read?",
        "Which rows would have to be open, so that an index leads to nearly every page, many times?",
        "Make nearly all parcels open, or take away nearly all that are not.",
    ),
)

most_pages = choice(
    "2.1.3",
    minutes=2,
    options={
        "a": "the sort",
        "b": "the scan of orders",
        "c": "the lookups of users",
        "d": "the lookups of lines",
    },
    proof="""
        SELECT CASE WHEN pg_relation_size('orders') / 8192 > 10 * (SELECT count(*) FROM orders WHERE status = 'placed')
            THEN 'b' ELSE 'c' END
    """,
    because={
        "a": "A sort reads no page of a table: what it works on comes from below.",
        "c": "One lookup of a user asks for three pages or so, and there are only a handful of them.",
        "d": "One lookup of lines asks for three or four pages, and there are only a handful of them.",
    },
)
