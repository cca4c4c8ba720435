"""Exercises of lesson 2.3."""

from mnemo_helpers.grading import Read, index, prediction, wrong

longest_queue = prediction(
    "2.3.1",
    minutes=1,
    label="orders",
    unit="orders",
    measure="""
        SELECT max(waiting) FROM (
            SELECT sum(CASE new_status WHEN 'paid' THEN 1 ELSE -1 END) OVER (ORDER BY occurred_at, audit_id) AS waiting
            FROM audit_log WHERE 'paid' IN (old_status, new_status)
        ) AS over_time
    """,
    within_factor=2.0,
    because={
        "too_low": "In December the shop sells twice as much as in July, and nothing is packed on a Sunday: the queue "
        "of one evening in summer says little.",
        "too_high": "Orders are packed every day but Sunday, so a queue never holds more than a few days' orders.",
    },
)


def parcels(columns: str, values: str) -> str:
    """Return statements that make 20,000 parcels with these columns besides the usual ones."""
    return f"""
        CREATE TABLE parcels (
            parcel_id integer PRIMARY KEY, customer_id integer NOT NULL, sent_at timestamptz NOT NULL,
            {columns}, note text NOT NULL
        );
        INSERT INTO parcels
        SELECT n, n * 7919 % 500, '2024-01-01'::timestamptz + n * 7907 % 20011 * interval '30 minutes',
            {values}, repeat('x', 60)
        FROM generate_series(1, 20000) AS n
    """


def on_the_way(which: str) -> str:
    """Return statements that make parcels of which those have not arrived for which that is true."""
    return parcels("arrived_at timestamptz", f"CASE WHEN NOT ({which}) THEN '2025-03-01'::timestamptz END")


NOTED = "UPDATE parcels SET note = 'left with a neighbour' WHERE parcel_id BETWEEN 5001 AND 5200"
ONE = Read("SELECT * FROM parcels WHERE parcel_id = :parcel", values=({"parcel": 7}, {"parcel": 19_000}))

not_arrived = index(
    "2.3.2",
    minutes=4,
    states={"as shown": on_the_way("n % 100 = 0"), "carriers on strike": on_the_way("n % 30 = 7")},
    reads={
        "on their way, oldest first": Read(
            "SELECT parcel_id, sent_at FROM parcels WHERE arrived_at IS NULL ORDER BY sent_at LIMIT 20",
            most_pages=30,
            sorts=False,
        ),
        "one parcel": ONE,
    },
    writes={"notes on 200 parcels": NOTED},
    most_bytes=64 * 1024,
    most_records=1.1,
    reference="CREATE INDEX ON parcels (sent_at) WHERE arrived_at IS NULL",
    accepts=(
        "CREATE INDEX CONCURRENTLY waiting ON parcels (sent_at DESC) INCLUDE (parcel_id) WHERE arrived_at IS NULL",
        "CREATE UNIQUE INDEX ON parcels (sent_at, parcel_id) WHERE NOT arrived_at IS NOT NULL",
    ),
    rejects={
        "every_row": wrong(
            "CREATE INDEX ON parcels (arrived_at, sent_at)",
            "It holds an entry for each parcel that ever arrived, and nobody will ask for those by it.",
        ),
        "the_other_half": wrong(
            "CREATE INDEX ON parcels (sent_at) WHERE arrived_at IS NOT NULL",
            "That is the part that nobody asks for: a parcel that has arrived has an `arrived_at`.",
        ),
        "order_left_to_a_sort": wrong(
            "CREATE INDEX ON parcels (parcel_id) WHERE arrived_at IS NULL",
            "It has the right rows, and not in the order that is asked for: all of them are fetched and sorted, for "
            "twenty.",
        ),
        "order_of_nothing": wrong(
            "CREATE INDEX ON parcels (arrived_at) WHERE arrived_at IS NULL",
            "It has the right rows, and in each of them `arrived_at` is NULL: there is no order in that. All of them "
            "are fetched and sorted, for twenty.",
        ),
        "equal_to_null": wrong(
            "CREATE INDEX ON parcels (sent_at) WHERE arrived_at = NULL",
            "Nothing is equal to NULL, not even NULL, so this index has no rows; and the question says IS NULL.",
        ),
        "the_clock": wrong(
            "CREATE INDEX ON parcels (sent_at) WHERE sent_at > now() - interval '30 days'",
            "What an index holds is decided when a row is written, and no row leaves it because time passes.",
        ),
        "no_part": wrong(
            "CREATE INDEX ON parcels (sent_at)",
            "In the order of time stand mostly parcels that have arrived, and all are passed by on the way to twenty.",
        ),
    },
    hints=(
        "Which parcels does the screen never show, and how many of them are there?",
        "The WHERE of the index takes the words of the question; the columns of the index give its order.",
        "`(sent_at) WHERE arrived_at IS NULL`.",
    ),
)

STATUS = "(ARRAY['held', 'waiting', 'lost'])[1 + n / {step} % 3]"


def by_status(step: int) -> str:
    """Return statements that make parcels of which one in ``step`` is not done, by turns held, waiting and lost."""
    value = STATUS.format(step=step)
    return parcels("status text NOT NULL", f"CASE WHEN n % {step} = 0 THEN {value} ELSE 'done' END")


three_screens = index(
    "2.3.3",
    minutes=5,
    states={"as shown": by_status(100), "after a holiday": by_status(60)},
    reads={
        "held, oldest first": Read(
            "SELECT parcel_id, sent_at FROM parcels WHERE status = 'held' ORDER BY sent_at LIMIT 20",
            most_pages=30,
            sorts=False,
        ),
        "waiting too long": Read(
            "SELECT parcel_id, sent_at FROM parcels WHERE status = 'waiting' AND sent_at < '2024-03-01'", most_pages=50
        ),
        "all that is not done": Read(
            "SELECT status, count(*) FROM parcels WHERE status <> 'done' GROUP BY status", most_pages=40
        ),
        "one parcel": ONE,
    },
    writes={"notes on 200 parcels": NOTED},
    most_bytes=40 * 1024,
    most_records=1.1,
    reference="CREATE INDEX ON parcels (status, sent_at) WHERE status <> 'done'",
    accepts=(
        "CREATE INDEX open_ones ON parcels (status, sent_at DESC) WHERE NOT status = 'done'",
        "CREATE INDEX ON parcels (status, sent_at) WHERE status NOT IN ('done')",
    ),
    rejects={
        "one_screen": wrong(
            "CREATE INDEX ON parcels (sent_at) WHERE status = 'held'", "It holds the rows of one screen only."
        ),
        "by_time_alone": wrong(
            "CREATE INDEX ON parcels (sent_at) WHERE status <> 'done'",
            "The part is right. But two screens want one status of it, and the third counts by status: an index on the "
            "time alone sends all three to the table to look.",
        ),
        "by_time_with_the_status": wrong(
            "CREATE INDEX ON parcels (sent_at) INCLUDE (status) WHERE status <> 'done'",
            "The part is right, and the third screen is answered by the index alone. But what is only included finds "
            "nothing: those held are looked for among all that is not done.",
        ),
        "named_one_by_one": wrong(
            "CREATE INDEX ON parcels (status, sent_at) WHERE status IN ('held', 'waiting', 'lost')",
            "These are the same rows today. But `status <> 'done'` might be a fourth status, and nothing is proven.",
            hint="Which condition follows from each of the three questions?",
        ),
        "not_in_plain_words": wrong(
            "CREATE INDEX ON parcels (status, sent_at) WHERE status NOT LIKE 'done'",
            "The same rows again, and no question has LIKE in it: the planner compares constants, and takes no pattern "
            "apart.",
        ),
        "every_row": wrong(
            "CREATE INDEX ON parcels (status, sent_at)", "It serves all three, and 99 entries in 100 serve none."
        ),
        "one_each": wrong(
            "CREATE INDEX ON parcels (sent_at) WHERE status = 'held';"
            "CREATE INDEX ON parcels (sent_at) WHERE status = 'waiting';"
            "CREATE INDEX ON parcels (status) WHERE status <> 'done'",
            "Each is small, and three are more than is allowed; the third could do the work of the other two.",
        ),
        "order_left_to_a_sort": wrong(
            "CREATE INDEX ON parcels (status) WHERE status <> 'done'",
            "The part is right. The first screen wants its rows by time, and twenty of them.",
        ),
    },
    hints=(
        "Write the three conditions below each other. Of which condition is each of them a special case?",
        "From `status = 'held'` the planner can prove `status <> 'done'`, and the other way round it cannot.",
        "The part is `WHERE status <> 'done'`; the columns are what the screens compare and sort by, in this order.",
    ),
)

OFFICE = "America/Chicago"

day_in_chicago = index(
    "2.3.4",
    minutes=5,
    states={"as shown": on_the_way("n % 100 = 0")},
    given="CREATE INDEX by_time ON parcels (sent_at)",
    reads={
        "of a day": Read(
            f"SELECT parcel_id FROM parcels WHERE (sent_at AT TIME ZONE '{OFFICE}')::date = :day",
            values=({"day": "2024-02-01"}, {"day": "2024-03-10"}, {"day": "2024-11-03"}),
            most_pages=60,
        )
    },
    decides="question",
    reference=f"""
        SELECT parcel_id FROM parcels
        WHERE sent_at >= :day::timestamp AT TIME ZONE '{OFFICE}'
          AND sent_at < (:day::date + 1)::timestamp AT TIME ZONE '{OFFICE}'
    """,
    accepts=(
        f"""
        SELECT parcel_id FROM parcels
        WHERE sent_at >= timezone('{OFFICE}', :day::timestamp)
          AND sent_at < timezone('{OFFICE}', :day::timestamp + interval '1 day')
        """,
        f"""
        SELECT parcel_id FROM parcels
        WHERE sent_at BETWEEN (:day || ' {OFFICE}')::timestamptz
          AND ((:day::date + 1) || ' {OFFICE}')::timestamptz - interval '1 microsecond'
        """,
    ),
    rejects={
        "day_of_utc": wrong(
            "SELECT parcel_id FROM parcels WHERE sent_at >= :day::timestamptz AND sent_at < :day::date + 1",
            "That is the day of the session's clock, which is UTC here. In Chicago it begins five or six hours later.",
            hint="When did that day begin in Chicago? AT TIME ZONE turns what a clock shows into an instant.",
        ),
        "the_other_direction": wrong(
            f"""SELECT parcel_id FROM parcels WHERE sent_at >= :day::date AT TIME ZONE '{OFFICE}'
                AND sent_at < (:day::date + 1) AT TIME ZONE '{OFFICE}'""",
            "AT TIME ZONE takes a date for an instant, midnight by the session's clock, and tells what clocks in "
            "Chicago show then: that is the other direction.",
            hint="Of a `timestamp`, which is what a clock shows, AT TIME ZONE makes an instant.",
        ),
        "a_day_has_24_hours": wrong(
            f"""SELECT parcel_id FROM parcels WHERE sent_at >= :day::timestamp AT TIME ZONE '{OFFICE}'
                AND sent_at < :day::timestamp AT TIME ZONE '{OFFICE}' + interval '24 hours'""",
            "Most days have 24 hours. When the clocks are changed, one has 23 and one has 25.",
            hint="Add the day to what the clock shows, and ask for the instant afterwards.",
        ),
        "midnight_twice": wrong(
            f"""SELECT parcel_id FROM parcels WHERE sent_at BETWEEN (:day::timestamp AT TIME ZONE '{OFFICE}')
                AND ((:day::date + 1)::timestamp AT TIME ZONE '{OFFICE}')""",
            "BETWEEN takes both ends: a parcel that was sent at midnight sharp would be of two days.",
        ),
        "six_hours": wrong(
            """SELECT parcel_id FROM parcels WHERE sent_at >= :day::timestamptz + interval '6 hours'
                AND sent_at < :day::timestamptz + interval '30 hours'""",
            "Six hours lie between Chicago and UTC in winter, and five in summer.",
            hint="The server knows when clocks are changed; AT TIME ZONE asks it.",
        ),
        "hidden_and_day_of_utc": wrong(
            "SELECT parcel_id FROM parcels WHERE sent_at::date = :day",
            "That is the day of the session's clock, which is UTC here; and the column does not stand alone yet.",
            hint="At which instant did that day begin in Chicago, and at which the next one?",
        ),
        "no_end": wrong(
            f"SELECT parcel_id FROM parcels WHERE sent_at >= :day::timestamp AT TIME ZONE '{OFFICE}'",
            "It begins where the day begins, and does not end with it.",
        ),
        "still_hidden": wrong(
            f"SELECT parcel_id FROM parcels WHERE date_trunc('day', sent_at AT TIME ZONE '{OFFICE}') = :day",
            "The rows are right. The column does not stand alone yet, so its index is not considered.",
        ),
    },
    hints=(
        "The column stands alone on the left. What comes on the right is the instant at which the day begins, and the "
        "instant at which the next one begins.",
        "A date becomes midnight by `::timestamp`; `AT TIME ZONE 'America/Chicago'` says when clocks there show it.",
        "`:day::timestamp AT TIME ZONE 'America/Chicago'`, and `(:day::date + 1)::timestamp AT TIME ZONE …`.",
    ),
)

FIRST = "Ada Beth Cleo Dan Ewan Faye Gus Hazel Ines Jon Kay Liam Mona Ned Otto Pia Quin Rosa Sam Tess"
LAST = (
    "Abbot Birch Copper Dale Elm Finch Grove Hart Iron Jay Kestrel Lark Marsh North Oak Pine Quarry Reed Slate Thorn "
    "Upton Vale West Yarrow Zeal Alder Brook Crane Down Eagle"
)


OTHER_ORDER = """
    DO $$
    DECLARE
        locale text;
    BEGIN
        FOREACH locale IN ARRAY ARRAY['icu en', 'libc en_US.UTF-8', 'libc en-US', 'libc C.UTF-8', 'libc C'] LOOP
            BEGIN
                EXECUTE format('CREATE COLLATION other_order (provider = %s, locale = %L)',
                               split_part(locale, ' ', 1), split_part(locale, ' ', 2));
                EXIT;
            EXCEPTION WHEN OTHERS THEN NULL;  -- this machine has none of that name
            END;
        END LOOP;
    END $$;
"""


def members(order: str) -> str:
    """Return statements that make 20,000 members, one in five typed in capitals, with names in that order of text."""
    name = f"(string_to_array('{LAST}', ' '))[1 + n % 30] || ', ' || (string_to_array('{FIRST}', ' '))[1 + n / 30 % 20]"
    return f"""
        {OTHER_ORDER}
        CREATE TABLE members (
            member_id integer PRIMARY KEY, email text NOT NULL, name text COLLATE {order} NOT NULL,
            joined_on date NOT NULL
        );
        INSERT INTO members
        SELECT n, CASE n % 5 WHEN 0 THEN upper(email) ELSE email END, CASE n % 5 WHEN 0 THEN upper(name) ELSE name END,
            '2020-01-01'::date + n / 10
        FROM (SELECT n, {name} AS name, 'member' || n * 7919 % 20011 || '@club.example' AS email
              FROM generate_series(1, 20000) AS n) AS typed
    """


look_up = index(
    "2.3.5",
    minutes=5,
    states={"as shown": members('"C"'), "in another order of text": members("other_order")},
    given="CREATE INDEX by_email ON members (email); CREATE INDEX by_name ON members (name)",
    reads={
        "by e-mail": Read(
            "SELECT member_id, name FROM members WHERE lower(email) = lower(:typed)",
            values=({"typed": "Member7919@Club.example"}, {"typed": "member1@club.example"}),
            most_pages=6,
        ),
        "by the name's beginning": Read(
            "SELECT member_id, name FROM members WHERE lower(name) LIKE :start",
            values=({"start": "kestrel, r%"}, {"start": "thorn, qu%"}),
            most_pages=60,
        ),
        "one member": Read("SELECT * FROM members WHERE member_id = 4711"),
    },
    writes={
        "new members": "INSERT INTO members SELECT 30000 + n, 'new' || n, 'N', now() FROM generate_series(1, 200) AS n"
    },
    most_bytes=300 * 1024,
    most_records=1.1,
    reference="""
        CREATE INDEX ON members (lower(email));
        CREATE INDEX ON members (lower(name) text_pattern_ops);
        DROP INDEX by_email, by_name
    """,
    accepts=(
        "DROP INDEX by_email; DROP INDEX by_name; CREATE UNIQUE INDEX ON members (lower(email) text_pattern_ops);"
        "CREATE INDEX CONCURRENTLY ON members (lower(name) text_pattern_ops)",
        "DROP INDEX by_name, by_email; CREATE INDEX ON members (lower(email));"
        'CREATE INDEX ON members (lower(name) COLLATE "C")',
    ),
    rejects={
        "learned_on_one_server": wrong(
            "CREATE INDEX ON members (lower(email)); CREATE INDEX ON members (lower(name));"
            "DROP INDEX by_email, by_name",
            "It does where text is in the order of letters' numbers. On the other server, what begins alike does not "
            "lie in one piece of this index.",
            hint="Which kind of index is in the order of letters' numbers everywhere?",
        ),
        "columns_only": wrong(
            "CREATE INDEX ON members (email text_pattern_ops); CREATE INDEX ON members (name text_pattern_ops);"
            "DROP INDEX by_email, by_name",
            "They hold the column, in another order; the questions ask for `lower(…)` of it.",
        ),
        "another_function": wrong(
            "CREATE INDEX ON members (upper(email)); CREATE INDEX ON members (upper(name) text_pattern_ops);"
            "DROP INDEX by_email, by_name",
            "An index on an expression serves that expression, and no other one, even if the rows would be the same.",
        ),
        "both_in_one": wrong(
            "CREATE INDEX ON members (lower(email), lower(name)); DROP INDEX by_email, by_name",
            "In an index on both, names are in order only among members of one e-mail.",
        ),
        "old_ones_kept": wrong(
            "CREATE INDEX ON members (lower(email)); CREATE INDEX ON members (lower(name) text_pattern_ops)",
            "It finds everything. The indexes that found nothing before still find nothing, and are written with each "
            "member.",
        ),
        "pattern_on_the_wrong_one": wrong(
            "CREATE INDEX ON members (lower(email) text_pattern_ops); DROP INDEX by_email",
            "That serves the e-mail. The name is asked for as well.",
        ),
    },
    hints=(
        "What stands on the left of each comparison? Is there an index that holds just that?",
        "Each question needs an index on its own expression. Which of the old ones does a question use then?",
        "`(lower(email))`, `(lower(name) text_pattern_ops)`, and `DROP INDEX by_email, by_name`.",
    ),
)

turnover = index(
    "2.3.6",
    minutes=5,
    states={
        "as shown": parcels("price numeric(8,2) NOT NULL", "5 + n % 37"),
        "every parcel another price": parcels("price numeric(8,2) NOT NULL", "5 + n % 9973 / 100.0"),
    },
    given="CREATE INDEX by_customer ON parcels (customer_id); CREATE INDEX by_price ON parcels (price)",
    reads={
        "what a customer paid": Read(
            "SELECT sum(price) FROM parcels WHERE customer_id = :customer",
            values=({"customer": 3}, {"customer": 499}),
            most_pages=8,
        ),
        "a customer's parcels": Read("SELECT * FROM parcels WHERE customer_id = 7"),
        "one parcel": ONE,
    },
    writes={
        "200 parcels": "INSERT INTO parcels SELECT 30000 + n, n, now(), 9, 'x' FROM generate_series(1, 200) AS n",
    },
    most_bytes=500 * 1024,
    most_records=0.9,
    reference="DROP INDEX by_customer, by_price; CREATE INDEX ON parcels (customer_id) INCLUDE (price)",
    accepts=(
        "CREATE INDEX ON parcels (customer_id, price); DROP INDEX by_customer; DROP INDEX by_price",
        "DROP INDEX by_price, by_customer; CREATE INDEX paid ON parcels (customer_id DESC, price DESC)",
    ),
    rejects={
        "as_it_is": wrong(
            "none",
            "The customer's index leads to forty rows on forty pages. The one on the price cannot say the price of any "
            "of them: it is in the order of prices.",
        ),
        "other_way_round": wrong(
            "CREATE INDEX ON parcels (price, customer_id); DROP INDEX by_customer, by_price",
            "It has all that is asked for, and the customer's entries are all over it.",
        ),
        "the_wrong_one_covers": wrong(
            "DROP INDEX by_price; CREATE INDEX ON parcels (price) INCLUDE (customer_id)",
            "The question finds its rows by the customer; so that is the index that must bring the price along.",
        ),
        "a_third_one": wrong(
            "CREATE INDEX ON parcels (customer_id, price)",
            "It answers alone. Then what do the other two do, but be written with each parcel?",
        ),
        "all_but_the_price": wrong(
            "CREATE INDEX ON parcels (customer_id) INCLUDE (price); DROP INDEX by_price",
            "Whatever the index on the customer alone can find, the new one finds too.",
        ),
    },
    hints=(
        "Look at the way: how many pages of the table are read, and what for?",
        "An index answers alone if it has every column of the question. Which columns are in this one?",
        "One index with `customer_id` first and `price` in it; it does the work of the other two.",
    ),
)
