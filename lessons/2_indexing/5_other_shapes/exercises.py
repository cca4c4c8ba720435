"""Exercises of lesson 2.5."""

from hashlib import md5

from mnemo_helpers.grading import Read, index, prediction, query, wrong


def address(click: str) -> str:
    """Return SQL for the address that a click went to; ``click`` is SQL too."""
    return (
        f"'https://shop.example/offer/' || {click} % 50 || '?campaign=autumn&reader=' || md5('reader' || {click})"
        f" || '&signature=' || md5('one' || {click}) || md5('two' || {click})"
    )


def address_of(click: int) -> str:
    """Return that address."""
    reader, one, two = (md5(f"{word}{click}".encode()).hexdigest() for word in ("reader", "one", "two"))
    return f"https://shop.example/offer/{click % 50}?campaign=autumn&reader={reader}&signature={one}{two}"


def clicks(customers: int) -> str:
    """Return statements that make 30,000 clicks of so many customers."""
    return f"""
        CREATE TABLE clicks (
            click_id integer PRIMARY KEY, customer_id integer NOT NULL, clicked_at timestamptz NOT NULL,
            address text NOT NULL
        );
        INSERT INTO clicks
        SELECT n, n * 7919 % {customers}, '2026-01-01'::timestamptz + n * interval '20 seconds', {address("n")}
        FROM generate_series(1, 30000) AS n
    """


long_and_short = index(
    "2.5.1",
    minutes=6,
    states={"as shown, 400 customers": clicks(400), "a small newsletter, 211 customers": clicks(211)},
    reads={
        "by address": Read(
            "SELECT click_id FROM clicks WHERE address = :address",
            values=({"address": address_of(7)}, {"address": address_of(29_000)}),
            most_pages=6,
        ),
        "by customer": Read(
            "SELECT clicked_at FROM clicks WHERE customer_id = :customer",
            values=({"customer": 3}, {"customer": 177}),
            most_pages=160,
        ),
        "one click": Read("SELECT * FROM clicks WHERE click_id = 7"),
    },
    most_bytes=1600 * 1024,
    reference="CREATE INDEX ON clicks USING hash (address); CREATE INDEX ON clicks (customer_id)",
    accepts=(
        "CREATE INDEX ON clicks (customer_id DESC); CREATE INDEX CONCURRENTLY ON clicks USING hash (address)",
        "CREATE INDEX ON clicks USING btree (customer_id) WITH (fillfactor = 100);"
        "CREATE INDEX ON clicks USING hash (address) WHERE address IS NOT NULL",
    ),
    rejects={
        "two_b_trees": wrong(
            "CREATE INDEX ON clicks (address); CREATE INDEX ON clicks (customer_id)",
            "Both questions are served. But the B-tree on the address has every letter of it once more.",
            hint="Which kind has the same size, whatever is in the column?",
        ),
        "two_hashes": wrong(
            "CREATE INDEX ON clicks USING hash (address); CREATE INDEX ON clicks USING hash (customer_id)",
            "A hash saves where values are long. A customer's number is short and comes again and again: a B-tree "
            "writes it once for many rows.",
        ),
        "only_the_address": wrong(
            "CREATE INDEX ON clicks USING hash (address)", "One of the two questions still reads the whole table."
        ),
        "only_the_customer": wrong(
            "CREATE INDEX ON clicks (customer_id)",
            "Who clicks still waits for the whole table to be read: the address has no index.",
        ),
        "b_tree_of_the_address": wrong(
            "CREATE INDEX ON clicks (address)",
            "It has each letter of the address once more, and who asks for a customer reads the whole table.",
        ),
        "b_tree_of_both": wrong(
            "CREATE INDEX ON clicks (address, customer_id)",
            "Who knows only the customer finds no beginning in it, since the address comes first.",
        ),
        "range_of_addresses": wrong(
            "CREATE INDEX ON clicks USING brin (address); CREATE INDEX ON clicks (customer_id)",
            "BRIN is small, and leaves out pages only where the rows lie in the order of the column. Addresses do not.",
        ),
        "hash_of_both": wrong(
            "CREATE INDEX ON clicks USING hash (address, customer_id)",
            "A hash is of one column; and if it were of two, it would answer only who knows both values.",
        ),
        "expression": wrong(
            "CREATE INDEX ON clicks (md5(address)); CREATE INDEX ON clicks (customer_id)",
            "That is a hash made by hand. It is found only by a question that says `md5(address) = …`, and this one "
            "does not.",
        ),
        "a_piece": wrong(
            "CREATE INDEX ON clicks (left(address, 60)); CREATE INDEX ON clicks (customer_id DESC)",
            "An index on a piece of the address is found only by a question for that piece.",
        ),
    },
    hints=(
        "Two questions, each for one column and by `=`. How long are the values, and how often does each come?",
        "In the table of sizes above, which kind was the smaller for an address, and which for a number that repeats?",
        "A hash on one column, and a B-tree on the other.",
    ),
)

BASE = """
    INSERT INTO languages VALUES ('en', 'English', 'Latin');
    INSERT INTO currencies VALUES ('USD', 'US dollar', 2);
    INSERT INTO countries VALUES ('US', 'United States', 'en', 'USD');
    INSERT INTO regions VALUES (1, 'US', 'Lake Country', 'America/Chicago');
"""


def visits(*spans: tuple[str, str]) -> str:
    """Return SQL that adds visits from the one time to the other, on the evening of 28 November 2025."""
    rows = ", ".join(
        f"({number}, NULL, 1, 'phone', '2025-11-28 {start}', '2025-11-28 {end}')"
        for number, (start, end) in enumerate(spans, 1)
    )
    return f"{BASE} INSERT INTO sessions VALUES {rows};"


DOWN, UP = "'2025-11-28 20:00'", "'2025-11-28 20:10'"

VISITS = "SELECT session_id, started_at, ended_at FROM sessions"

going_on = query(
    "2.5.2",
    minutes=5,
    rows={
        "visits before, within and after": visits(
            ("19:00", "19:30"), ("20:02", "20:08"), ("20:20", "20:40"), ("19:50", "20:05"), ("20:05", "20:30")
        ),
        "a visit that lasts longer than the ten minutes": visits(("19:50", "20:30"), ("18:00", "18:20")),
        "visits that begin or end at the minute, some of a single screen": visits(
            ("19:50", "20:00"),
            ("20:10", "20:20"),
            ("20:09", "20:20"),
            ("20:04", "20:04"),
            ("19:59", "19:59"),
            ("20:00", "20:00"),
        ),
    },
    reference=f"{VISITS} WHERE started_at < {UP} AND ended_at >= {DOWN}",
    accepts=(
        f"{VISITS} WHERE tstzrange(started_at, ended_at, '[]') && tstzrange({DOWN}, {UP})",
        f"{VISITS} WHERE NOT (ended_at < {DOWN} OR started_at >= {UP})",
        f"""
        {VISITS}
        WHERE (started_at >= {DOWN} AND started_at < {UP}) OR (ended_at >= {DOWN} AND ended_at < {UP})
            OR (started_at < {DOWN} AND ended_at >= {UP})
        """,
    ),
    rejects={
        "began_within": wrong(
            f"{VISITS} WHERE started_at >= {DOWN} AND started_at < {UP}",
            "These visits began in the ten minutes. Who had come before and was about to pay is missing.",
            hint="When must a visit have begun at the latest, and when must it have ended at the earliest?",
        ),
        "between": wrong(
            f"{VISITS} WHERE started_at BETWEEN {DOWN} AND {UP}",
            "These visits began in the ten minutes, or at 20:10, which BETWEEN takes in. Who had come before and was "
            "about to pay is missing.",
        ),
        "wholly_within": wrong(
            f"{VISITS} WHERE started_at >= {DOWN} AND ended_at < {UP}",
            "These visits lie wholly within the ten minutes. Most that were going on only meet them.",
        ),
        "an_end_within": wrong(
            f"{VISITS} WHERE (started_at >= {DOWN} AND started_at < {UP}) OR (ended_at >= {DOWN} AND ended_at < {UP})",
            "A visit that was there before and after, and all the time between, has neither of its ends within.",
        ),
        "an_end_between": wrong(
            f"{VISITS} WHERE started_at BETWEEN {DOWN} AND {UP} OR ended_at BETWEEN {DOWN} AND {UP}",
            "A visit that was there before and after has neither of its ends within. And BETWEEN takes in who came at "
            "20:10, when the provider was there again.",
        ),
        "all_the_time": wrong(
            f"{VISITS} WHERE started_at <= {DOWN} AND ended_at >= {UP}",
            "These visits lasted through all of the ten minutes. A part of them is enough.",
            hint="When must a visit have begun at the latest, and when must it have ended at the earliest?",
        ),
        "either": wrong(
            f"{VISITS} WHERE started_at < {UP} OR ended_at >= {DOWN}",
            "Every visit either began before 20:10 or ended after 20:00. One that was going on did both.",
        ),
        "last_screen_left_out": wrong(
            f"{VISITS} WHERE started_at < {UP} AND ended_at > {DOWN}",
            "The last screen belongs to the visit: whose last screen came at 20:00 was there at 20:00.",
        ),
        "end_left_out": wrong(
            f"{VISITS} WHERE tstzrange(started_at, ended_at) && tstzrange({DOWN}, {UP})",
            "`tstzrange(a, b)` holds `a` and not `b`. So the last screen of a visit is not in it, and a visit of one "
            "screen is an empty range, which overlaps nothing.",
            hint="The third argument of `tstzrange` says which ends belong to it: `'[]'` both.",
        ),
        "both_ends_closed": wrong(
            f"{VISITS} WHERE started_at <= {UP} AND ended_at >= {DOWN}",
            "At 20:10 the provider was there again; who came at that moment met nothing.",
        ),
        "the_word_overlaps": wrong(
            f"{VISITS} WHERE (started_at, ended_at) OVERLAPS ({DOWN}::timestamptz, {UP})",
            "SQL's OVERLAPS leaves out the end of each period, unless the period is a single moment: a visit whose "
            "last screen came at 20:00 is missing.",
        ),
    },
    hints=(
        "Which visits were *not* going on? There are two sorts of them.",
        "A visit is not meant if it was over before 20:00, or began at 20:10 or later. Say the contrary.",
        "Two comparisons with AND: its beginning with the end of the ten minutes, and its end with their beginning.",
    ),
)

entries = prediction(
    "2.5.3",
    minutes=2,
    label="entries",
    unit="entries",
    measure="SELECT count(*) FROM sessions WHERE started_at < '2025-11-28 20:10'",
    within_factor=1.4,
    because={
        "too_low": "The first column of the index is the beginning, and every visit of almost two years began before "
        "20:10 of that evening. That it also ended long ago stands in the second column, entry by entry.",
        "too_high": "There are no more entries than visits, and those of December began later.",
    },
)


def lockers(room: str) -> str:
    """Return statements that make 30,000 lockers, of which those have room for which that is true."""
    return f"""
        CREATE TABLE lockers (locker_id integer PRIMARY KEY, place point NOT NULL, free integer NOT NULL);
        INSERT INTO lockers
        SELECT n, point((hashint4(n)::bigint + 2147483648) % 40000 / 100.0,
                        (hashint4(-n)::bigint + 2147483648) % 40000 / 100.0),
            CASE WHEN {room} THEN 1 + n % 9 ELSE 0 END
        FROM generate_series(1, 30000) AS n
    """


nearest_with_room = index(
    "2.5.4",
    minutes=6,
    states={
        "as shown, one locker in 200 has room": lockers("n % 200 = 7"),
        "the first of December, one in 80": lockers("n % 80 = 7"),
    },
    reads={
        "nearest three with room": Read(
            "SELECT locker_id FROM lockers WHERE free > 0 ORDER BY place <-> :here::point LIMIT 3",
            values=({"here": "(120,310)"}, {"here": "(390,15)"}, {"here": "(3,3)"}),
            most_pages=15,
            sorts=False,
        ),
        "with room within 15 km": Read(
            "SELECT count(*) FROM lockers WHERE free > 0 AND place <@ circle(:here::point, 15)",
            values=({"here": "(120,310)"}, {"here": "(390,15)"}),
            most_pages=20,
        ),
        "one locker": Read("SELECT * FROM lockers WHERE locker_id = 7"),
    },
    most_bytes=200 * 1024,
    reference="CREATE INDEX ON lockers USING gist (place) WHERE free > 0",
    accepts=(
        "CREATE INDEX CONCURRENTLY with_room ON lockers USING gist (place) INCLUDE (locker_id) WHERE free > 0",
        "CREATE INDEX ON lockers USING spgist (place) WHERE (free > 0)",
    ),
    rejects={
        "every_locker": wrong(
            "CREATE INDEX ON lockers USING gist (place)",
            "The index brings lockers from near to far, the full ones too, and each is looked up and thrown away. It "
            "is far to the third that has room.",
            hint="Which lockers need not be in the index at all?",
        ),
        "room_beside_it": wrong(
            "CREATE INDEX ON lockers USING gist (place) INCLUDE (free)",
            "That spares the way to the table for some questions, and the full lockers are in the way all the same.",
        ),
        "by_room": wrong(
            "CREATE INDEX ON lockers (free)",
            "That finds those with room, wherever they are, and leaves a sort.",
        ),
        "two_coordinates": wrong(
            "CREATE INDEX ON lockers ((place[0]), (place[1])) WHERE free > 0",
            "Two numbers have no order in which what is near on the map lies side by side; and the question is for "
            "`place`, not for its parts.",
        ),
        "one_place": wrong(
            "CREATE INDEX ON lockers ((place <-> '(120,310)'::point)) WHERE free > 0",
            "That is an index on the distances from one place, and every customer stands at another.",
        ),
        "other_words": wrong(
            "CREATE INDEX ON lockers USING gist (place) WHERE free >= 1",
            "For whole numbers `free >= 1` is `free > 0`, and the planner does not know it: the part has to be said in "
            "the words of the question.",
        ),
        "no_index": wrong("none", "Then all distances are worked out and sorted, for three lockers."),
        "only_those_with_room": wrong(
            "CREATE INDEX ON lockers (locker_id) INCLUDE (place) WHERE free > 0",
            "The right lockers are in it, by their number; the distances are worked out for all of them and sorted.",
        ),
        "b_tree_of_points": wrong(
            "CREATE INDEX ON lockers (place) WHERE free > 0",
            "Without a word on its kind an index is a B-tree, and points have no order that a B-tree could keep.",
        ),
        "room_in_the_tree": wrong(
            "CREATE INDEX ON lockers USING gist (place, free)",
            "Of itself GiST has no operators for whole numbers; `btree_gist` would bring them. They are not needed to "
            "leave the full lockers out.",
            hint="Which lockers need not be in the index at all?",
        ),
    },
    hints=(
        "Two questions, two operators: `<->` and `<@`. Which kind answers both, for points?",
        "Why is the nearest locker in the index of no use here? Look at how many lockers have room.",
        "An index of that kind on a part of the table: `WHERE`, in the words of the question.",
    ),
)


def readings(late: str) -> str:
    """Return statements that make 60,000 readings, of which those came late for which that is true."""
    return f"""
        CREATE TABLE readings (
            reading_id integer PRIMARY KEY, sensor_id integer NOT NULL, taken_at timestamptz NOT NULL,
            celsius numeric(4, 1) NOT NULL, note text NOT NULL
        );
        INSERT INTO readings
        SELECT n, n % 60,
            '2026-01-01'::timestamptz + n * interval '2 minutes'
                - CASE WHEN {late} THEN n * 7919 % 40 * interval '1 day' ELSE interval '0' END,
            4 + n % 70 / 10.0, repeat('-', 30)
        FROM generate_series(1, 60000) AS n
    """


SEVERAL = "timestamptz_minmax_multi_ops"

late_readings = index(
    "2.5.5",
    minutes=6,
    states={
        "as shown, one reading in 500 comes late": readings("n % 500 = 3"),
        "a week of storms": readings("n % 500 = 3 OR (n BETWEEN 30000 AND 35000 AND n % 90 = 7)"),
    },
    reads={
        "a day": Read(
            "SELECT avg(celsius) FROM readings WHERE taken_at >= :day::timestamptz"
            " AND taken_at < :day::timestamptz + interval '1 day'",
            values=({"day": "2026-01-12"}, {"day": "2026-02-10"}, {"day": "2026-03-20"}),
            most_pages=150,
        ),
        "one reading": Read("SELECT * FROM readings WHERE reading_id = 7"),
    },
    most_bytes=100 * 1024,
    reference=f"CREATE INDEX ON readings USING brin (taken_at {SEVERAL}) WITH (pages_per_range = 32)",
    accepts=(
        f"CREATE INDEX ON readings USING brin (taken_at {SEVERAL}) WITH (pages_per_range = 16)",
        "CREATE INDEX ON readings USING brin (taken_at) WITH (pages_per_range = 1)",
    ),
    rejects={
        "b_tree": wrong(
            "CREATE INDEX ON readings (taken_at)",
            "It is the best by far for the question, and has every reading's time once more.",
        ),
        "one_stretch": wrong(
            "CREATE INDEX ON readings USING brin (taken_at)",
            "One late reading among the thousands of a range stretches its line over weeks, and so the range is read "
            "for each of these days.",
            hint="There is a way to write a line as several stretches; and a line may stand for fewer pages.",
        ),
        "too_coarse": wrong(
            f"CREATE INDEX ON readings USING brin (taken_at {SEVERAL})",
            "The stretches bear the late readings. But each line is of 128 pages, and a day is less than eight.",
            hint="How many pages does one day take, if its readings lie side by side?",
        ),
        "finer_alone": wrong(
            "CREATE INDEX ON readings USING brin (taken_at) WITH (pages_per_range = 32)",
            "Finer lines, and each still has a late reading or more among its three thousand.",
        ),
        "as_fine_as_a_day": wrong(
            "CREATE INDEX ON readings USING brin (taken_at) WITH (pages_per_range = 8)",
            "A line is about a day, and has more than 700 readings: one of them came late.",
        ),
        "stretches_of_each_page": wrong(
            f"CREATE INDEX ON readings USING brin (taken_at {SEVERAL}) WITH (pages_per_range = 1)",
            "A line for each page, and several stretches in each line: that is more than a day needs.",
        ),
        "cut_to_the_day": wrong(
            "CREATE INDEX ON readings (date_trunc('day', taken_at))",
            "When a day begins depends on the time zone of who asks, so the server takes no such index. And the "
            "question is for `taken_at`.",
        ),
        "by_number": wrong(
            "CREATE INDEX ON readings USING brin (reading_id)",
            "The numbers do lie in order, and nobody asks for them: the question is for `taken_at`.",
        ),
        "hash": wrong(
            "CREATE INDEX ON readings USING hash (taken_at)", "A hash answers `=`, and a day is a stretch of time."
        ),
        "the_newest": wrong(
            "CREATE INDEX ON readings (taken_at) WHERE taken_at >= '2026-03-18'",
            "That is small and serves the last days. Earlier ones are asked for as well.",
        ),
    },
    hints=(
        "How large may the index be, and how large is a B-tree on 60,000 times? That leaves one kind.",
        "What does a late reading do to the line of its range? The last index on `feed` bears that.",
        f"`USING brin (taken_at {SEVERAL})`, and with `pages_per_range` lines that are not much longer than a day.",
    ),
)
