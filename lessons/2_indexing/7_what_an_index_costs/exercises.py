"""Exercises of lesson 2.7."""

from mnemo_helpers.grading import Read, index, prediction, query, wrong


def bikes(silent: str) -> str:
    """Return statements that make 20,000 bikes; those for which this is true have not been heard of for weeks."""
    return f"""
        CREATE TABLE bikes (
            bike_id integer PRIMARY KEY, station_id integer NOT NULL, battery integer NOT NULL,
            seen_at timestamptz NOT NULL
        ) WITH (fillfactor = 50);
        INSERT INTO bikes
        SELECT n, n * 7919 % 400, n % 100, CASE WHEN {silent} THEN '2025-02-01'::timestamptz + n * interval '1 minute'
            ELSE '2025-03-03'::timestamptz + n * interval '1 second' END
        FROM generate_series(1, 20000) AS n
    """


paid_by_each_report = index(
    "2.7.1",
    minutes=6,
    states={
        "as shown, one bike in two hundred silent": bikes("n % 200 = 0"),
        "after a storm, one in five": bikes("n % 5 = 0"),
    },
    given="CREATE INDEX by_station ON bikes (station_id); CREATE INDEX by_seen ON bikes (seen_at)",
    reads={
        "bikes at a station": Read(
            "SELECT bike_id, battery FROM bikes WHERE station_id = :station",
            values=({"station": 7}, {"station": 399}),
            most_pages=60,
        ),
        "one bike": Read("SELECT * FROM bikes WHERE bike_id = 4711", most_pages=4),
        "silent since Sunday, asked at six every morning": Read(
            "SELECT bike_id FROM bikes WHERE seen_at < '2025-03-02'", most_pages=400
        ),
    },
    writes={
        "a second's reports": "UPDATE bikes SET seen_at = '2025-03-04', battery = battery - 1 WHERE bike_id % 100 = 3"
    },
    most_records=0.4,
    reference="DROP INDEX by_seen",
    accepts=(
        "DROP INDEX IF EXISTS by_seen; ANALYZE bikes",
        "DROP INDEX by_seen; DROP INDEX by_station; CREATE INDEX ON bikes (station_id, bike_id)",
    ),
    rejects={
        # What leaves the question of the stations alone and is written all the same is known by this one.
        "still_mentioned": wrong(
            "DROP INDEX by_seen; CREATE INDEX ON bikes (bike_id) WHERE seen_at < '2025-03-02'",
            "An index still mentions what each report changes, `seen_at` or `battery`: as a column of its own, in its "
            "INCLUDE or in its WHERE. So no update is a HOT one, and the other indexes get an entry too.",
            hint="How many pages would the question of the morning ask for without such an index?",
        ),
        "the_other_one": wrong(
            "DROP INDEX by_station",
            "An index on what a report does not change is written only because another one is.",
        ),
        "all_of_them": wrong(
            "DROP INDEX by_seen, by_station", "The stations are asked for all day, and their index costs nothing alone."
        ),
    },
    hints=(
        "Look at the demands: one question may become much dearer, and it is asked once a day.",
        "A report changes `seen_at` and `battery`. Which index mentions one of these?",
        "Drop that one, and make nothing in its place.",
    ),
)


def rentals(out: str) -> str:
    """Return statements that make 20,000 rentals; those for which this is true are not back yet."""
    return f"""
        CREATE TABLE rentals (
            rental_id integer PRIMARY KEY, code text NOT NULL CONSTRAINT rentals_code_key UNIQUE,
            customer_id integer NOT NULL, bike_id integer NOT NULL, started_at timestamptz NOT NULL,
            status text NOT NULL, fee integer NOT NULL
        );
        INSERT INTO rentals
        SELECT n, 'R' || n * 7919 % 99991, n * 7907 % 600, n * 6101 % 2000,
            '2025-01-01'::timestamptz + n * interval '1 minute', CASE WHEN {out} THEN 'out' ELSE 'back' END,
            n * 31 % 900
        FROM generate_series(1, 20000) AS n
    """


NINE = """
    CREATE INDEX by_code ON rentals (code);
    CREATE INDEX by_customer ON rentals (customer_id);
    CREATE INDEX by_customer_and_start ON rentals (customer_id, started_at);
    CREATE INDEX by_start ON rentals (started_at);
    CREATE INDEX by_start_down ON rentals (started_at DESC);
    CREATE INDEX by_status ON rentals (status);
    CREATE INDEX out_now ON rentals (started_at) WHERE status = 'out';
    CREATE INDEX by_bike ON rentals (bike_id);
    CREATE INDEX by_fee ON rentals (fee)
"""

five_of_nine = index(
    "2.7.2",
    minutes=9,
    states={"as shown, one in a hundred out": rentals("n % 100 = 0"), "a sunny day": rentals("n > 19000")},
    given=NINE,
    reads={
        "a customer's latest five": Read(
            "SELECT * FROM rentals WHERE customer_id = :customer ORDER BY started_at DESC LIMIT 5",
            values=({"customer": 7}, {"customer": 599}),
            most_pages=10,
            sorts=False,
        ),
        "how many a customer has had": Read(
            "SELECT count(*) FROM rentals WHERE customer_id = :customer", values=({"customer": 7},), most_pages=10
        ),
        "the latest ten of all": Read("SELECT * FROM rentals ORDER BY started_at DESC LIMIT 10", most_pages=15),
        "those of one morning": Read(
            "SELECT count(fee) FROM rentals WHERE started_at >= '2025-01-08 06:00' AND started_at < '2025-01-08 12:00'",
            most_pages=20,
        ),
        "out for longest": Read(
            "SELECT * FROM rentals WHERE status = 'out' ORDER BY started_at LIMIT 20", most_pages=25, sorts=False
        ),
        "one by its code": Read("SELECT * FROM rentals WHERE code = 'R7919'", most_pages=4),
        "the foreign key, when a bike is scrapped": Read(
            "SELECT FROM ONLY rentals WHERE bike_id = :bike", values=({"bike": 3}, {"bike": 1999}), most_pages=20
        ),
    },
    writes={
        "rented": "INSERT INTO rentals SELECT 50000 + n, 'N' || n, n, n, '2025-02-01', 'out', 0"
        " FROM generate_series(1, 200) AS n",
        "brought back": "UPDATE rentals SET status = 'back', fee = 7 WHERE rental_id > 19000 AND status = 'out'",
    },
    most_records=0.62,
    reference="DROP INDEX by_code, by_customer, by_start_down, by_status, by_fee",
    accepts=(
        "DROP INDEX by_code; DROP INDEX by_customer; DROP INDEX by_start; DROP INDEX by_status; DROP INDEX by_fee",
        "DROP INDEX by_code, by_customer, by_customer_and_start, by_start, by_start_down, by_status, by_fee;"
        "CREATE INDEX ON rentals (customer_id, started_at DESC); CREATE INDEX ON rentals (started_at)",
    ),
    rejects={
        # What drops too few and nothing that is needed is known by this one, whichever it drops.
        "too_few": wrong(
            "DROP INDEX by_code, by_fee",
            "Nothing is missed, and too much is still written. Of those that stay, one at least does what another "
            "does, or what nobody asks for; how often it was read does not tell.",
            hint="An index is read from both ends, and a longer one begins like a shorter one. Who asks by `status`?",
        ),
        "the_zeros": wrong(
            "DROP INDEX by_bike, by_fee",
            "In ninety days nobody has scrapped a bike, so that `by_bike` was not read. On the day when somebody does, "
            "the foreign key looks there. Among those that were read, some do what another one does.",
        ),
        "the_least_read": wrong(
            "DROP INDEX by_bike, by_fee, by_status, by_start, by_start_down",
            "Those are the five that were read least. A count tells how often one was read, and not what it is like "
            "without it: what asks by the start and by the bike has nothing now, and `by_code` is still there twice.",
        ),
        "never_read": wrong(
            "DROP INDEX by_code, by_customer, by_start_down, by_fee, by_bike",
            "In ninety days nobody has scrapped a bike, so that the index on `bike_id` was not read. On the day when "
            "somebody does, the foreign key reads the whole table for each bike.",
        ),
        "the_longer_one": wrong(
            "DROP INDEX by_code, by_customer_and_start, by_start_down, by_status, by_fee",
            "The shorter one finds a customer's rentals and knows no order among them.",
        ),
        "the_constraint": wrong(
            "DROP INDEX rentals_code_key, by_customer, by_start_down, by_status, by_fee",
            "Of two on the code, one keeps the constraint: it refuses a code that comes twice, whoever reads it.",
        ),
        "both_ways": wrong(
            "DROP INDEX by_code, by_customer, by_start, by_start_down, by_fee",
            "One of the two on `started_at` is enough, since it is read both ways; none is not.",
        ),
        "the_part": wrong(
            "DROP INDEX by_code, by_customer, by_start_down, out_now, by_fee",
            "The index on `status` is one entry for each rental, nearly all of them the same; the partial one has only "
            "those that are out, and in the order that is asked for.",
        ),
        "one_too_many": wrong(
            "DROP INDEX by_code, by_customer, by_start_down, by_status, by_fee, by_customer_and_start",
            "Of the two that begin with the customer, one has to stay.",
        ),
    },
    hints=(
        "Ask of each: which other one answers the same question, with the same pages?",
        "`(customer_id, started_at)` begins with the customer, an order can be read backwards, UNIQUE has an index.",
        "by_code, by_customer, one of the two on the start, by_status, by_fee.",
    ),
)

rows_looked_at = prediction(
    "2.7.3",
    minutes=2,
    label="rows",
    unit="rows",
    measure="SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM search_queries)",
    within_factor=1.5,
    because={
        "too_low": "Nothing tells where the rows are that refer to a visit: two of the three tables have no index on "
        "`session_id`, and are read from end to end.",
        "too_high": "Each of the tables that refer to `sessions` is read at most once for one visit.",
    },
)


def sales(voucher: str) -> str:
    """Return statements that make 25,000 sales, each with the voucher that this gives, or none."""
    return f"""
        CREATE TABLE vouchers (voucher_id integer PRIMARY KEY, code text NOT NULL UNIQUE);
        INSERT INTO vouchers SELECT n, 'V' || n FROM generate_series(1, 500) AS n;
        CREATE TABLE sales (
            sale_id integer PRIMARY KEY, customer_id integer NOT NULL,
            voucher_id integer CONSTRAINT sales_voucher_id_fkey REFERENCES vouchers, amount integer NOT NULL,
            note text NOT NULL
        );
        INSERT INTO sales SELECT n, n * 7919 % 3000, {voucher}, n % 97, repeat('x', 40)
        FROM generate_series(1, 25000) AS n
    """


small_enough = index(
    "2.7.4",
    minutes=6,
    states={
        "as shown, one sale in forty with a voucher": sales("CASE WHEN n % 40 = 0 THEN n / 40 % 400 + 1 END"),
        "after a campaign": sales("CASE WHEN n > 23000 THEN n % 450 + 1 END"),
    },
    reads={
        "the foreign key, when a voucher is deleted": Read(
            "SELECT FROM ONLY sales WHERE voucher_id = :voucher",
            values=({"voucher": 11}, {"voucher": 499}),
            most_pages=12,
        ),
        "a customer's sales": Read("SELECT sum(amount) FROM sales WHERE customer_id = 12"),
    },
    writes={
        "an hour's sales, without a voucher": "INSERT INTO sales SELECT 50000 + n, n, NULL, 5, 'x'"
        " FROM generate_series(1, 200) AS n"
    },
    most_bytes=96 * 1024,
    most_records=1.1,
    reference="CREATE INDEX ON sales (voucher_id) WHERE voucher_id IS NOT NULL",
    accepts=(
        "CREATE INDEX CONCURRENTLY used ON sales (voucher_id, sale_id) WHERE voucher_id IS NOT NULL",
        "CREATE INDEX ON sales (voucher_id) INCLUDE (amount) WHERE voucher_id > 0",
    ),
    rejects={
        "the_whole_column": wrong(
            "CREATE INDEX ON sales (voucher_id)",
            "It leads to the rows, and has an entry for each sale without a voucher too, which refers to nothing.",
            hint="Which rows does the foreign key never look for?",
        ),
        "the_other_side": wrong(
            "CREATE INDEX ON vouchers (voucher_id)",
            "That side has its index already, since it is a key. What is looked for are the sales that refer.",
        ),
        "nothing": wrong("none", "Each deleted voucher reads all sales. Nothing makes an index for a foreign key."),
        "not_in_front": wrong(
            "CREATE INDEX ON sales (customer_id, voucher_id)",
            "The sales of one voucher lie all over this index, below each customer.",
        ),
        "the_wrong_part": wrong(
            "CREATE INDEX ON sales (voucher_id) WHERE voucher_id IS NULL",
            "That part has just those that refer to nothing.",
        ),
        "by_another_column": wrong(
            "CREATE INDEX ON sales (sale_id) WHERE voucher_id IS NOT NULL",
            "This index knows all sales with a voucher, and not which voucher: each of them has to be looked at.",
        ),
    },
    hints=(
        "What does the foreign key look for, and in which table?",
        "How many of the sales can a voucher be the voucher of? The others need no entry.",
        "An index on `voucher_id` can carry a WHERE that leaves out those without a voucher.",
    ),
)

BEGINS = "(i.indkey::int2[])[0:cardinality(f.conkey) - 1] @> f.conkey"

without_an_index = query(
    "2.7.5",
    minutes=6,
    optional=True,
    reference=f"""
        SELECT f.conrelid::regclass::text AS table_name, f.conname AS foreign_key
        FROM pg_constraint AS f
        WHERE f.contype = 'f' AND NOT EXISTS (
            SELECT FROM pg_index AS i WHERE i.indrelid = f.conrelid AND i.indpred IS NULL AND {BEGINS})
    """,
    rows={
        "two tables, one with an index for its foreign key": """
            CREATE TABLE owners (id int PRIMARY KEY);
            CREATE TABLE cats (owner_id int REFERENCES owners);
            CREATE TABLE dogs (owner_id int REFERENCES owners);
            CREATE INDEX ON dogs (owner_id);
        """,
        "foreign keys of two columns": """
            CREATE TABLE rooms (house int, room int, PRIMARY KEY (house, room));
            CREATE TABLE beds (bed int PRIMARY KEY, house int, room int, FOREIGN KEY (house, room) REFERENCES rooms);
            CREATE TABLE chairs (chair int, room int, house int, FOREIGN KEY (house, room) REFERENCES rooms);
            CREATE INDEX ON chairs (room, house);
            CREATE INDEX ON beds (house);
        """,
        "indexes that begin with something else, or leave rows out": """
            CREATE INDEX ON events (occurred_at, session_id);
            CREATE INDEX ON events (product_id) WHERE kind = 'add to cart';
            CREATE INDEX ON search_queries (session_id, searched_at);
        """,
    },
    accepts=(
        """
        WITH begins AS (
            SELECT conrelid, conname, bool_or(indexrelid IS NOT NULL) AS has_one
            FROM pg_constraint LEFT JOIN pg_index ON indrelid = conrelid AND indpred IS NULL
                AND indnkeyatts >= cardinality(conkey) AND (indkey::int2[])[0:cardinality(conkey) - 1] <@ conkey
            WHERE contype = 'f' GROUP BY conrelid, conname)
        SELECT conrelid::regclass, conname FROM begins WHERE NOT has_one
        """,
        """
        SELECT f.conrelid::regclass::text, f.conname FROM pg_constraint AS f
        WHERE f.contype = 'f' AND 0 = (
            SELECT count(*) FROM pg_index AS i WHERE i.indrelid = f.conrelid AND i.indpred IS NULL
              AND (SELECT count(*) FROM unnest(f.conkey) AS c
                   WHERE c = ANY ((i.indkey::int2[])[0:cardinality(f.conkey) - 1])) = cardinality(f.conkey))
        """,
    ),
    rejects={
        "the_other_side": wrong(
            "SELECT f.conrelid::regclass::text, f.conname FROM pg_constraint AS f WHERE f.contype = 'f' AND NOT EXISTS "
            f"(SELECT FROM pg_index AS i WHERE i.indrelid = f.confrelid AND i.indpred IS NULL AND {BEGINS})",
            "`confrelid` is the table that is referred to. It has an index always. The one that refers is `conrelid`.",
        ),
        "anywhere_in_it": wrong(
            "SELECT f.conrelid::regclass::text, f.conname FROM pg_constraint AS f WHERE f.contype = 'f' AND NOT EXISTS "
            "(SELECT FROM pg_index AS i WHERE i.indrelid = f.conrelid AND i.indpred IS NULL"
            " AND i.indkey::int2[] @> f.conkey)",
            "An index that has the column at its second place leads nowhere: the first columns count.",
        ),
        "the_first_alone": wrong(
            "SELECT f.conrelid::regclass::text, f.conname FROM pg_constraint AS f WHERE f.contype = 'f' AND NOT EXISTS "
            "(SELECT FROM pg_index AS i WHERE i.indrelid = f.conrelid AND i.indpred IS NULL"
            " AND i.indkey[0] = ANY (f.conkey))",
            "That looks at the first column alone. Where a foreign key has two, the index is to begin with both.",
        ),
        "in_the_same_order": wrong(
            "SELECT f.conrelid::regclass::text, f.conname FROM pg_constraint AS f WHERE f.contype = 'f' AND NOT EXISTS "
            "(SELECT FROM pg_index AS i WHERE i.indrelid = f.conrelid AND i.indpred IS NULL"
            " AND (i.indkey::int2[])[0:cardinality(f.conkey) - 1] = f.conkey)",
            "The order of the columns does not matter here, since all of them are asked for by `=`.",
        ),
        "the_other_way": wrong(
            "SELECT f.conrelid::regclass::text, f.conname FROM pg_constraint AS f WHERE f.contype = 'f' AND NOT EXISTS "
            "(SELECT FROM pg_index AS i WHERE i.indrelid = f.conrelid AND i.indpred IS NULL"
            " AND (i.indkey::int2[])[0:cardinality(f.conkey) - 1] <@ f.conkey)",
            "That is the other way round: an index on one of two columns is contained in the key, and has not all of "
            "it.",
        ),
        "partial_too": wrong(
            "SELECT f.conrelid::regclass::text, f.conname FROM pg_constraint AS f WHERE f.contype = 'f' AND NOT EXISTS "
            f"(SELECT FROM pg_index AS i WHERE i.indrelid = f.conrelid AND {BEGINS})",
            "A partial index does not have every row that refers, unless it leaves out NULLs alone; leave that aside.",
        ),
    },
    hints=(
        "pg_constraint has the table that refers, `conrelid`, and its columns by number, `conkey`.",
        "pg_index has the table, `indrelid`, and its columns by number, `indkey`, which begins at 0.",
        "The first gap is `f.conrelid`; the part of `indkey` that is cut out has to contain `f.conkey`: `@>`.",
    ),
)
