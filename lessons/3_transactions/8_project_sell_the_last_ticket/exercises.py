"""Exercises of lesson 3.8."""

from mnemo_helpers.grading import Invariant, Order, Raced, Steps, choice, stage, wrong

promised = stage(
    "3.8.1",
    minutes=6,
    tables="""
        CREATE TABLE concerts (concert text PRIMARY KEY, seats int NOT NULL, free int NOT NULL);
        CREATE TABLE bookings (
            customer text PRIMARY KEY, concert text NOT NULL REFERENCES concerts, answer text NOT NULL
        );
        INSERT INTO concerts VALUES ('Friday', 2, 2), ('Saturday', 3, 3);
    """,
    says="In each concert the seats that are gone are those of bookings that were sold, and no more than there are.",
    asks=Invariant(
        good={
            "The sale has not begun.": "",
            "Ada has bought a seat.": """
                UPDATE concerts SET free = 1 WHERE concert = 'Friday';
                INSERT INTO bookings VALUES ('Ada', 'Friday', 'sold')""",
            "Friday is sold out, and Cleo was told so.": """
                UPDATE concerts SET free = 0 WHERE concert = 'Friday';
                INSERT INTO bookings VALUES ('Ada', 'Friday', 'sold'), ('Ben', 'Friday', 'sold'),
                    ('Cleo', 'Friday', 'sold out')""",
        },
        broken={
            "Two have bought one seat.": """
                UPDATE concerts SET free = 1 WHERE concert = 'Friday';
                INSERT INTO bookings VALUES ('Ada', 'Friday', 'sold'), ('Ben', 'Friday', 'sold')""",
            "A seat is gone, and nobody has bought one.": "UPDATE concerts SET free = 2 WHERE concert = 'Saturday'",
            "Three have bought the two seats of Friday.": """
                UPDATE concerts SET free = -1 WHERE concert = 'Friday';
                INSERT INTO bookings VALUES ('Ada', 'Friday', 'sold'), ('Ben', 'Friday', 'sold'),
                    ('Cleo', 'Friday', 'sold')""",
            "Ada has bought for Friday, and the seat went from Saturday.": """
                UPDATE concerts SET free = 2 WHERE concert = 'Saturday';
                INSERT INTO bookings VALUES ('Ada', 'Friday', 'sold')""",
        },
    ),
    reference="""
        NOT EXISTS (
            SELECT FROM concerts AS c
            WHERE free < 0
               OR seats - free <> (SELECT count(*) FROM bookings AS o WHERE o.concert = c.concert AND answer = 'sold')
        )
    """,
    accepts=(
        """
        SELECT bool_and(free >= 0 AND seats = free + sold)
        FROM (
            SELECT seats, free, count(customer) AS sold
            FROM concerts LEFT JOIN bookings ON bookings.concert = concerts.concert AND answer = 'sold'
            GROUP BY concerts.concert
        ) AS counted;
        """,
        """
        (SELECT count(*) FROM concerts) = (
            SELECT count(*) FROM concerts
            WHERE free BETWEEN 0 AND seats
              AND free = seats - (SELECT count(*) FILTER (WHERE answer = 'sold') FROM bookings
                                  WHERE bookings.concert = concerts.concert)
        )
        """,
    ),
    rejects={
        "never_too_many": wrong(
            "NOT EXISTS (SELECT FROM concerts AS c WHERE free < 0 OR seats <"
            " (SELECT count(*) FROM bookings AS o WHERE o.concert = c.concert AND answer = 'sold'))",
            "You forbid too many. A seat that is gone and nobody's is a broken promise as well: it stays empty, and "
            "somebody was told that there is none.",
            hint="Count the seats that are gone on both sides.",
        ),
        "all_concerts_together": wrong(
            "(SELECT min(free) >= 0 AND sum(seats) - sum(free) = (SELECT count(*) FROM bookings WHERE answer = 'sold')"
            " FROM concerts)",
            "Summed over all concerts, a seat too many in one makes up for a seat too few in another.",
            hint="The promise is made for each concert.",
        ),
        "all_concerts_by_sums_alone": wrong(
            "(SELECT sum(seats - free) FROM concerts) = (SELECT count(*) FROM bookings WHERE answer = 'sold')",
            "Summed over all concerts, a seat too many in one makes up for a seat too few in another; and sums see no "
            "concert that has sold more than it has.",
            hint="The promise is made for each concert.",
        ),
        "every_booking_counts": wrong(
            "NOT EXISTS (SELECT FROM concerts AS c WHERE free < 0 OR seats - free <>"
            " (SELECT count(*) FROM bookings AS o WHERE o.concert = c.concert))",
            "Who was told that it is sold out has a booking here too, and no seat.",
            hint="Which bookings have a seat?",
        ),
        "only_where_there_are_bookings": wrong(
            "NOT EXISTS (SELECT FROM concerts JOIN bookings USING (concert) WHERE answer = 'sold'"
            " GROUP BY concert HAVING min(free) < 0 OR min(seats - free) <> count(*))",
            "A concert without a sold booking is not in the join, so whatever happens to its seats goes unseen.",
            hint="Begin with the concerts, and count the bookings of each.",
        ),
        "counts_the_empty_row": wrong(
            "NOT EXISTS (SELECT FROM concerts AS c LEFT JOIN bookings AS o ON o.concert = c.concert AND answer = 'sold'"
            " GROUP BY c.concert HAVING free < 0 OR seats - free <> count(*))",
            "A concert without a sold booking still has one row in the LEFT JOIN, and count(*) counts it.",
            hint="Count a column that is NULL where there is no booking.",
        ),
        "books_agree": wrong(
            "NOT EXISTS (SELECT FROM concerts AS c WHERE seats - free <>"
            " (SELECT count(*) FROM bookings AS o WHERE o.concert = c.concert AND answer = 'sold'))",
            "The two books agree, and three people hold tickets for two seats.",
            hint="What may free never be?",
        ),
    },
    hints=(
        "Look at the first line of the table in which your sentence says something else than it should.",
        "For each concert: seats - free against the number of its bookings that were sold; and free on its own.",
        "NOT EXISTS (SELECT FROM concerts AS c WHERE free < 0 OR seats - free <> (SELECT count(*) FROM bookings …)), "
        "with the bookings of that concert that were sold.",
    ),
)

last_seat = stage(
    "3.8.2",
    minutes=7,
    tables="""
        CREATE TABLE concerts (
            concert text PRIMARY KEY, seats int NOT NULL, free int NOT NULL CHECK (free >= 0)
        );
        CREATE TABLE bookings (customer text PRIMARY KEY, answer text NOT NULL);
        INSERT INTO concerts VALUES ('Friday', 40, 1), ('Saturday', 40, 40);
    """,
    given="carl: UPDATE concerts SET free = free - 1 WHERE concert = 'Saturday'",
    invariant="(SELECT 1 - free FROM concerts WHERE concert = 'Friday')"
    " = (SELECT count(*) FROM bookings WHERE answer = 'sold')",
    says="The last seat for Friday is free, or one booking has it.",
    asks=Steps(
        ("ada", "ben"),
        values={"ada": {"customer": "Ada"}, "ben": {"customer": "Ben"}},
        must_do="(SELECT string_agg(answer, ', ' ORDER BY answer) FROM bookings) = 'sold, sold out'",
        says="Both have an answer: one is told sold, the other one sold out.",
        most_waits=1,
        most_steps=5,
        may_fail=(),
    ),
    reference="""
        BEGIN;
        UPDATE concerts SET free = free - 1 WHERE concert = 'Friday' AND free > 0 RETURNING 'sold' AS got;
        INSERT INTO bookings VALUES (:customer, coalesce(:got, 'sold out'));
        COMMIT
    """,
    accepts=(
        """
        BEGIN;
        SELECT free FROM concerts WHERE concert = 'Friday' FOR UPDATE;
        UPDATE concerts SET free = :free - 1 WHERE concert = 'Friday' AND :free > 0;
        INSERT INTO bookings VALUES (:customer, CASE WHEN :free > 0 THEN 'sold' ELSE 'sold out' END);
        COMMIT
        """,
        """
        WITH taken AS (
            UPDATE concerts SET free = free - 1 WHERE concert = 'Friday' AND free > 0 RETURNING 1
        )
        INSERT INTO bookings SELECT :customer, CASE WHEN EXISTS (SELECT FROM taken) THEN 'sold' ELSE 'sold out' END
        """,
        # In none of the orders does anybody stop in the middle; lesson 3.8 comes back to it.
        """
        UPDATE concerts SET free = free - 1 WHERE concert = 'Friday' AND free > 0 RETURNING 'sold' AS got;
        INSERT INTO bookings VALUES (:customer, coalesce(:got, 'sold out'))
        """,
    ),
    rejects={
        "looks_first": wrong(
            "BEGIN; SELECT free FROM concerts WHERE concert = 'Friday';"
            "UPDATE concerts SET free = :free - 1 WHERE concert = 'Friday' AND :free > 0;"
            "INSERT INTO bookings VALUES (:customer, CASE WHEN :free > 0 THEN 'sold' ELSE 'sold out' END); COMMIT",
            "Both look, both see one seat, and both write that none is left. BEGIN and COMMIT around it do not make "
            "the look and the write one thing, and the CHECK sees a zero.",
            hint="Who decides whether a seat is free, and with which version of the row?",
        ),
        "told_all_the_same": wrong(
            "BEGIN; UPDATE concerts SET free = free - 1 WHERE concert = 'Friday' AND free > 0;"
            "INSERT INTO bookings VALUES (:customer, 'sold'); COMMIT",
            "Your UPDATE changes no row when nothing is left. That is no error (lesson 3.1), and you say sold.",
            hint="How do you learn whether the UPDATE found a seat?",
        ),
        "the_check_refuses": wrong(
            "BEGIN; UPDATE concerts SET free = free - 1 WHERE concert = 'Friday';"
            "INSERT INTO bookings VALUES (:customer, 'sold'); COMMIT",
            "The CHECK keeps the seat from being sold twice. But the second customer gets an error, and is in no book.",
            hint="That nothing is left is an answer. It must be given and kept.",
        ),
        "free_is_what_is_left": wrong(
            "BEGIN; UPDATE concerts SET free = free - 1 WHERE concert = 'Friday' AND free > 0 RETURNING free;"
            "INSERT INTO bookings VALUES (:customer, CASE WHEN :free > 0 THEN 'sold' ELSE 'sold out' END); COMMIT",
            "RETURNING gives the row as it is after the UPDATE. Who takes the last seat reads 0, and is told sold out.",
            hint="What tells a row with 0 from no row?",
        ),
        "only_who_gets_one": wrong(
            "WITH taken AS (UPDATE concerts SET free = free - 1 WHERE concert = 'Friday' AND free > 0 RETURNING 1)"
            "INSERT INTO bookings SELECT :customer, 'sold' FROM taken",
            "The seat is safe. But who comes second finds nothing written about it.",
            hint="Two bookings are to be there at the end.",
        ),
        "whole_house": wrong(
            "BEGIN; LOCK TABLE concerts; UPDATE concerts SET free = free - 1 WHERE concert = 'Friday' AND free > 0"
            " RETURNING 'sold' AS got; INSERT INTO bookings VALUES (:customer, coalesce(:got, 'sold out')); COMMIT",
            "You shut the house: who wants Saturday waits as well.",
            hint="Two who want the same row must meet. A lock on the row does that.",
        ),
        "never_kept": wrong(
            "BEGIN; UPDATE concerts SET free = free - 1 WHERE concert = 'Friday' AND free > 0 RETURNING 'sold' AS got;"
            "INSERT INTO bookings VALUES (:customer, coalesce(:got, 'sold out'))",
            "Nothing of it is kept until you COMMIT.",
        ),
    },
    hints=(
        "Both can read that one seat is free. Look in the picture for what each of them writes then.",
        "Let the UPDATE decide: it takes a seat only where free > 0, and RETURNING tells whether it did.",
        "UPDATE concerts SET free = free - 1 WHERE concert = 'Friday' AND free > 0 RETURNING 'sold' AS got; "
        "where no row comes back, :got is NULL.",
    ),
)

two_clicks = stage(
    "3.8.3",
    minutes=4,
    tables="CREATE TABLE bookings (key text NOT NULL, customer text NOT NULL)",
    given="""
first: BEGIN; SELECT count(*) AS known FROM bookings WHERE key = 'a wish'
first: INSERT INTO bookings SELECT 'a wish', 'Ada' WHERE :known = 0
first: COMMIT
again: BEGIN; SELECT count(*) AS known FROM bookings WHERE key = 'a wish'
again: INSERT INTO bookings SELECT 'a wish', 'Ada' WHERE :known = 0
again: COMMIT
""",
    invariant="NOT EXISTS (SELECT FROM bookings GROUP BY key HAVING count(*) > 1)",
    says="A key has at most one booking.",
    asks=Order(),
    reference="""
first: BEGIN; SELECT count(*) AS known FROM bookings WHERE key = 'a wish'
first: INSERT INTO bookings SELECT 'a wish', 'Ada' WHERE :known = 0
again: BEGIN; SELECT count(*) AS known FROM bookings WHERE key = 'a wish'
first: COMMIT
again: INSERT INTO bookings SELECT 'a wish', 'Ada' WHERE :known = 0
again: COMMIT
""",
    accepts=(
        """
again: BEGIN; SELECT count(*) AS known FROM bookings WHERE key = 'a wish'
first: BEGIN; SELECT count(*) AS known FROM bookings WHERE key = 'a wish'
first: INSERT INTO bookings SELECT 'a wish', 'Ada' WHERE :known = 0
first: COMMIT
again: INSERT INTO bookings SELECT 'a wish', 'Ada' WHERE :known = 0
again: COMMIT
""",
        """
first: begin; select count(*) as known from bookings where key = 'a wish';
again: begin; select count(*) as known from bookings where key = 'a wish';
again: insert into bookings select 'a wish', 'Ada' where :known = 0;
first: insert into bookings select 'a wish', 'Ada' where :known = 0;
again: commit;
first: commit;
""",
    ),
    rejects={
        "one_after_the_other": wrong(
            """
first: BEGIN; SELECT count(*) AS known FROM bookings WHERE key = 'a wish'
first: INSERT INTO bookings SELECT 'a wish', 'Ada' WHERE :known = 0
first: COMMIT
again: BEGIN; SELECT count(*) AS known FROM bookings WHERE key = 'a wish'
again: INSERT INTO bookings SELECT 'a wish', 'Ada' WHERE :known = 0
again: COMMIT
""",
            "So it was tested, and so it works: the second try looks after the first has committed.",
            hint="What does the second try see while the first is under way?",
        ),
        "commit_forgotten": wrong(
            """
first: BEGIN; SELECT count(*) AS known FROM bookings WHERE key = 'a wish'
again: BEGIN; SELECT count(*) AS known FROM bookings WHERE key = 'a wish'
first: INSERT INTO bookings SELECT 'a wish', 'Ada' WHERE :known = 0
again: INSERT INTO bookings SELECT 'a wish', 'Ada' WHERE :known = 0
first: COMMIT
""",
            "Every step has its place; without its COMMIT the second booking is not there.",
        ),
        "writes_before_it_looks": wrong(
            """
first: BEGIN; SELECT count(*) AS known FROM bookings WHERE key = 'a wish'
first: INSERT INTO bookings SELECT 'a wish', 'Ada' WHERE :known = 0
again: INSERT INTO bookings SELECT 'a wish', 'Ada' WHERE :known = 0
again: BEGIN; SELECT count(*) AS known FROM bookings WHERE key = 'a wish'
first: COMMIT
again: COMMIT
""",
            "Each try is a program: its own steps come in their order. You decide only whose turn it is.",
        ),
        "looks_a_third_time": wrong(
            """
first: BEGIN; SELECT count(*) AS known FROM bookings WHERE key = 'a wish'
again: BEGIN; SELECT count(*) AS known FROM bookings WHERE key = 'a wish'
again: BEGIN; SELECT count(*) AS known FROM bookings WHERE key = 'a wish'
first: INSERT INTO bookings SELECT 'a wish', 'Ada' WHERE :known = 0
first: COMMIT
again: INSERT INTO bookings SELECT 'a wish', 'Ada' WHERE :known = 0
again: COMMIT
""",
            "Each step is played once.",
        ),
    },
    hints=(
        "When does the second try see that the first one's booking is there?",
        "It sees what is committed. So it must look before a certain step of the first.",
        "Both look before either of them commits; all that comes after may be in any order.",
    ),
)

SALE = """
    CREATE TABLE concerts (
        concert text PRIMARY KEY, price numeric(12,2) NOT NULL,
        seats int NOT NULL, free int NOT NULL CHECK (free >= 0)
    );
    CREATE TABLE bookings (
        booking_no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        key text NOT NULL UNIQUE, customer text NOT NULL, answer text NOT NULL
    );
    CREATE TABLE charges (booking_no int PRIMARY KEY REFERENCES bookings, amount numeric(12,2) NOT NULL);
    INSERT INTO concerts VALUES ('Friday', 30, 1, 1);
"""
KEPT = """
    (SELECT seats - free FROM concerts) = (SELECT count(*) FROM bookings WHERE answer = 'sold')
    AND NOT EXISTS (SELECT FROM bookings FULL JOIN charges USING (booking_no)
                    WHERE (answer = 'sold') IS DISTINCT FROM (amount IS NOT NULL))
"""
NEW = "INSERT INTO bookings (key, customer, answer) VALUES (:key, :customer, 'asked') ON CONFLICT (key) DO NOTHING"
CHECKOUT = f"""
    BEGIN;
    {NEW} RETURNING booking_no AS new;
    UPDATE concerts SET free = free - 1 WHERE free > 0 AND :new IS NOT NULL RETURNING price;
    INSERT INTO charges SELECT :new, :price WHERE :price IS NOT NULL;
    UPDATE bookings SET answer = CASE WHEN :price IS NULL THEN 'sold out' ELSE 'sold' END WHERE booking_no = :new;
    SELECT answer FROM bookings WHERE key = :key;
    COMMIT
"""

checkout = stage(
    "3.8.4",
    minutes=15,
    tables=SALE,
    invariant=KEPT,
    says="Each seat that is gone has one booking that was sold, and each of these has one charge.",
    asks=Steps(
        ("ada", "ben"),
        values={"ada": {"key": "a", "customer": "Ada"}, "ben": {"key": "b", "customer": "Ben"}},
        must_do="(SELECT free FROM concerts) = 0 AND (SELECT count(*) FROM charges) = 1",
        says="The last seat is sold, and charged once.",
        most_waits=1,
        most_steps=7,
        race=Raced(
            values={"key": "{client}-{request}", "customer": "customer {client}-{request}"},
            told=("customer", "answer"),
            laws={
                "Nobody has two bookings.": "SELECT customer, count(*) AS bookings FROM bookings"
                " GROUP BY customer HAVING count(*) > 1",
                "Everybody is told what stands in the book.": "SELECT customer, told.answer AS told, bookings.answer"
                " FROM told LEFT JOIN bookings USING (customer) WHERE told.answer IS DISTINCT FROM bookings.answer",
                "Everybody is told sold or sold out.": "SELECT customer, answer AS told FROM told"
                " WHERE answer IS NULL OR answer NOT IN ('sold', 'sold out')",
                "Nobody is told sold out while there are seats.": "SELECT customer, free FROM told, concerts"
                " WHERE answer = 'sold out' AND free > 0",
            },
            tables="UPDATE concerts SET seats = 40, free = 40",
            twice="UPDATE concerts SET seats = 40, free = 40",
        ),
    ),
    reference=CHECKOUT,
    accepts=(
        """
        BEGIN;
        SELECT free FROM concerts FOR UPDATE;
        INSERT INTO bookings (key, customer, answer)
        VALUES (:key, :customer, CASE WHEN :free > 0 THEN 'sold' ELSE 'sold out' END)
        ON CONFLICT (key) DO NOTHING RETURNING booking_no AS new, answer AS given;
        WITH gone AS (UPDATE concerts SET free = free - 1 WHERE :given = 'sold' RETURNING price)
        INSERT INTO charges SELECT :new, price FROM gone;
        SELECT answer FROM bookings WHERE key = :key;
        COMMIT
        """,
        f"""
        BEGIN;
        WITH new AS ({NEW} RETURNING booking_no),
             gone AS (UPDATE concerts SET free = free - 1 FROM new WHERE free > 0 RETURNING booking_no, price)
        INSERT INTO charges SELECT booking_no, price FROM gone;
        UPDATE bookings AS b SET answer = CASE WHEN EXISTS (SELECT FROM charges AS c WHERE c.booking_no = b.booking_no)
                                        THEN 'sold' ELSE 'sold out' END
        WHERE key = :key AND answer = 'asked';
        SELECT answer FROM bookings WHERE key = :key;
        COMMIT
        """,
    ),
    rejects={
        "no_transaction": wrong(
            CHECKOUT.replace("BEGIN;", "").replace(
                "SELECT answer FROM bookings WHERE key = :key;\n    COMMIT",
                "SELECT answer FROM bookings WHERE key = :key",
            ),
            "Each statement is a transaction of its own. Who is cut off between two of them leaves half a "
            "checkout, and the second try finds the key and believes that all is done.",
            hint="What must be there together, or not at all?",
        ),
        "charged_later": wrong(
            f"BEGIN; {NEW} RETURNING booking_no AS new;"
            "WITH gone AS (UPDATE concerts SET free = free - 1 WHERE free > 0 AND :new IS NOT NULL RETURNING price)"
            "UPDATE bookings SET answer = CASE WHEN EXISTS (SELECT FROM gone) THEN 'sold' ELSE 'sold out' END"
            " WHERE booking_no = :new; COMMIT;"
            "INSERT INTO charges SELECT booking_no, price FROM bookings, concerts"
            " WHERE booking_no = :new AND answer = 'sold';"
            "SELECT answer FROM bookings WHERE key = :key",
            "The charge comes after the COMMIT. Who is cut off between the two sits for nothing: the second try finds "
            "the booking, and nobody ever writes the charge.",
            hint="To which transaction does the charge belong?",
        ),
        "takes_again": wrong(
            CHECKOUT.replace("free > 0 AND :new IS NOT NULL", "free > 0").replace(
                "WHERE :price IS NOT NULL", "WHERE :price IS NOT NULL AND :new IS NOT NULL"
            ),
            "The second try finds its key, and takes a seat all the same. Nobody has that one.",
            hint="May a try whose key is known already take a seat?",
        ),
        "free_is_what_is_left": wrong(
            CHECKOUT.replace("RETURNING price", "RETURNING free, price")
            .replace("WHERE :price IS NOT NULL", "WHERE :free > 0")
            .replace("WHEN :price IS NULL THEN 'sold out' ELSE 'sold'", "WHEN :free > 0 THEN 'sold' ELSE 'sold out'"),
            "RETURNING gives the row as it is after the UPDATE. Who takes the last seat reads 0, and is told sold out.",
            hint="What tells a row with 0 from no row?",
        ),
        "key_of_each_try": wrong(
            CHECKOUT.replace(":key", ":mine").replace("BEGIN;", "SELECT gen_random_uuid() AS mine; BEGIN;"),
            "Your key names the try. Whoever tries again has another one, and buys again.",
            hint="Which value is the same in both tries?",
        ),
        "refused_again": wrong(
            CHECKOUT.replace("ON CONFLICT (key) DO NOTHING", ""),
            "The key is known, and 23505 is no answer to a customer who has a ticket.",
            hint="What should happen where the key is there already, and what should be read then?",
        ),
        "answer_of_this_try": wrong(
            CHECKOUT.replace(
                "SELECT answer FROM bookings WHERE key = :key;",
                "SELECT CASE WHEN :price IS NULL THEN 'sold out' ELSE 'sold' END AS answer;",
            ),
            "Nothing is done twice, and that is half of it. The second try hears what *it* has done: nothing. It says "
            "sold out to somebody who has a ticket.",
            hint="Where does the answer of the first try stand?",
        ),
        "looks_for_the_key": wrong(
            "BEGIN; SELECT count(*) AS known FROM bookings WHERE key = :key;"
            "UPDATE concerts SET free = free - 1 WHERE free > 0 AND :known = 0 RETURNING price;"
            "INSERT INTO bookings (key, customer, answer) SELECT :key, :customer, "
            "CASE WHEN :price IS NULL THEN 'sold out' ELSE 'sold' END WHERE :known = 0 RETURNING booking_no AS new;"
            "INSERT INTO charges SELECT :new, :price WHERE :price IS NOT NULL;"
            "SELECT answer FROM bookings WHERE key = :key; COMMIT",
            "You look whether the key is there. The first try may be under way still, and then it is there a "
            "moment later.",
            hint="Who can tell that somebody is about to write the same key?",
        ),
        "looks_for_a_seat": wrong(
            f"BEGIN; SELECT free, price FROM concerts; {NEW} RETURNING booking_no AS new;"
            "UPDATE concerts SET free = :free - 1 WHERE :free > 0 AND :new IS NOT NULL;"
            "INSERT INTO charges SELECT :new, :price WHERE :free > 0 AND :new IS NOT NULL;"
            "UPDATE bookings SET answer = CASE WHEN EXISTS (SELECT FROM charges WHERE booking_no = :new) THEN 'sold'"
            " ELSE 'sold out' END WHERE booking_no = :new; SELECT answer FROM bookings WHERE key = :key; COMMIT",
            "You look whether a seat is free, and write what you computed from it: exercise 3.8.2, again.",
            hint="Let the UPDATE decide.",
        ),
        "right_for_the_last": wrong(
            CHECKOUT.replace("free = free - 1", "free = 0"),
            "For the last ticket that is right, and for forty it sells one.",
            hint="How many seats does one checkout take?",
        ),
        "steps_aside": wrong(
            f"BEGIN; WITH new AS ({NEW} RETURNING booking_no),"
            " seat AS (SELECT concert FROM concerts WHERE free > 0 FOR UPDATE SKIP LOCKED),"
            " gone AS (UPDATE concerts AS c SET free = free - 1 FROM new, seat WHERE c.concert = seat.concert"
            " RETURNING booking_no, price)"
            "INSERT INTO charges SELECT booking_no, price FROM gone;"
            "UPDATE bookings AS b SET answer = CASE WHEN"
            " EXISTS (SELECT FROM charges AS c WHERE c.booking_no = b.booking_no) THEN 'sold'"
            " ELSE 'sold out' END WHERE key = :key AND answer = 'asked';"
            "SELECT answer FROM bookings WHERE key = :key; COMMIT",
            "Whoever finds the row locked steps aside, and is told that nothing is left. SKIP LOCKED is for a queue in "
            "which any row will do (lesson 3.4).",
            hint="Two customers want the same row. One of them must wait.",
        ),
    },
    hints=(
        "Read the picture from where the line breaks. What does the second try find, and what is it told?",
        "The booking with its key comes first, ON CONFLICT DO NOTHING; the seat is taken only where it is new; "
        "the charge, the answer and both of these stand in one transaction; at last the answer is read by the key.",
        "RETURNING booking_no AS new gives NULL where the key was there. UPDATE concerts … WHERE free > 0 AND :new IS "
        "NOT NULL RETURNING price gives NULL where nothing was taken.",
    ),
)

given_back = stage(
    "3.8.5",
    minutes=8,
    optional=True,
    tables="""
        CREATE TABLE concerts (concert text PRIMARY KEY, seats int NOT NULL, free int NOT NULL CHECK (free <= seats));
        CREATE TABLE bookings (key text PRIMARY KEY, answer text NOT NULL);
        INSERT INTO concerts VALUES ('Friday', 40, 37);
        INSERT INTO bookings VALUES ('a', 'sold'), ('b', 'sold'), ('c', 'sold');
    """,
    invariant="(SELECT seats - free FROM concerts) = (SELECT count(*) FROM bookings WHERE answer = 'sold')",
    says="Each seat that is gone has one booking that was sold.",
    asks=Steps(
        ("relay", "other"),
        values={"relay": {"key": "a"}, "other": {"key": "b"}},
        must_do="(SELECT free FROM concerts) = 39 AND (SELECT count(*) FROM bookings WHERE answer = 'given back') = 2",
        says="Two seats are free again, and their bookings are given back.",
        most_waits=1,
        most_steps=5,
        race=Raced(
            values={"key": "{client}-{request}"},
            told=("key",),
            laws={
                "What is done is in the book.": "SELECT key, answer FROM told JOIN bookings USING (key)"
                " WHERE answer <> 'given back'",
            },
            tables="""
                TRUNCATE bookings;
                INSERT INTO bookings
                SELECT client || '-' || request, 'sold'
                FROM generate_series(1, 16) AS client, generate_series(1, 4) AS request;
                UPDATE concerts SET seats = 100, free = 36;
            """,
        ),
    ),
    reference="""
        BEGIN;
        UPDATE bookings SET answer = 'given back' WHERE key = :key AND answer = 'sold' RETURNING 1 AS back;
        UPDATE concerts SET free = free + 1 WHERE :back = 1;
        COMMIT
    """,
    accepts=(
        """
        WITH back AS (
            UPDATE bookings SET answer = 'given back' WHERE key = :key AND answer = 'sold' RETURNING key
        )
        UPDATE concerts SET free = free + 1 FROM back
        """,
        """
        BEGIN;
        SELECT answer FROM bookings WHERE key = :key FOR UPDATE;
        UPDATE bookings SET answer = 'given back' WHERE key = :key AND :answer = 'sold';
        UPDATE concerts SET free = free + 1 WHERE :answer = 'sold';
        COMMIT
        """,
    ),
    rejects={
        "each_time": wrong(
            "BEGIN; UPDATE bookings SET answer = 'given back' WHERE key = :key;"
            "UPDATE concerts SET free = free + 1; COMMIT",
            "The message comes twice, and one seat is given back twice.",
            hint="How does the second message learn that the first has done it?",
        ),
        "looks_first": wrong(
            "BEGIN; SELECT answer FROM bookings WHERE key = :key;"
            "UPDATE bookings SET answer = 'given back' WHERE key = :key;"
            "UPDATE concerts SET free = free + 1 WHERE :answer = 'sold'; COMMIT",
            "Both messages look before either has written, and both see sold.",
            hint="Let the UPDATE that changes the state tell whether it has changed it.",
        ),
        "seat_first": wrong(
            "UPDATE concerts SET free = free + 1"
            " WHERE EXISTS (SELECT FROM bookings WHERE key = :key AND answer = 'sold');"
            "UPDATE bookings SET answer = 'given back' WHERE key = :key",
            "Two transactions: between them the seat is free and the booking still sold, and who comes then gives it "
            "back once more.",
            hint="The state and the seat change together.",
        ),
        "state_first": wrong(
            "UPDATE bookings SET answer = 'given back' WHERE key = :key AND answer = 'sold' RETURNING 1 AS back;"
            "UPDATE concerts SET free = free + 1 WHERE :back = 1",
            "Two transactions: who is cut off between them leaves a seat that is nobody's, and the second message "
            "believes that all is done.",
            hint="The state and the seat change together.",
        ),
        "counts_anew": wrong(
            "BEGIN; UPDATE bookings SET answer = 'given back' WHERE key = :key AND answer = 'sold';"
            "UPDATE concerts SET free = seats - (SELECT count(*) FROM bookings WHERE answer = 'sold'); COMMIT",
            "Two relays with two messages: each counts the bookings without what the other is about to commit, and who "
            "waits for the seats has counted before.",
            hint="Change the number by what you have done, instead of writing what you counted.",
        ),
        "only_the_state": wrong(
            "UPDATE bookings SET answer = 'given back' WHERE key = :key AND answer = 'sold'",
            "The booking is given back, and its seat stays empty.",
        ),
    },
    hints=(
        "The same message can come twice, also at once, and can be cut off. Which of these does the picture show?",
        "Change the state first, only where it is still sold, and give the seat back only where that did something.",
        "UPDATE bookings SET answer = 'given back' WHERE key = :key AND answer = 'sold' RETURNING 1 AS back; then "
        ":back is 1 or NULL.",
    ),
)

which_change = choice(
    "3.8.6",
    minutes=2,
    options={
        "a": "“Let us run the whole checkout at SERIALIZABLE and try it again, so nobody has to think about locks.”",
        "b": "“Let us ask the payment provider right after COMMIT, from the web server. Then the customer sees at once "
        "whether the card is good, and we need no relay.”",
        "c": "“Let us keep the free seats in two rows of twenty, and take one from either. Fewer wait for each other.”",
        "d": "“Let us lock the concert with FOR UPDATE before anything else. Then the checkout reads as a list.”",
    },
    proof="""
        -- A line that breaks between two transactions leaves the first without the second.
        SELECT letter
        FROM (VALUES ('a', 'booking', 1), ('a', 'charge', 1),
                     ('b', 'booking', 1), ('b', 'charge', 2),
                     ('c', 'booking', 1), ('c', 'charge', 1),
                     ('d', 'booking', 1), ('d', 'charge', 1)) AS changes (letter, what, its_transaction)
        GROUP BY letter HAVING count(DISTINCT its_transaction) > 1
    """,
    because={
        "a": "It keeps every promise, and pays with transactions that are done for nothing.",
        "c": "It keeps every promise, if who finds one row empty looks into the other. It costs a harder question: how "
        "many are left?",
        "d": "It keeps every promise. Who only asks again waits in the queue too.",
    },
)

no_key = choice(
    "3.8.7",
    minutes=1,
    options={
        "a": "none",
        "b": "one",
        "c": "as many as there are",
        "d": "none until COMMIT, then one",
    },
    proof="SELECT CASE WHEN (NULL::text = NULL::text) IS NULL THEN 'c' ELSE 'b' END",
    because={
        "a": "UNIQUE does not say NOT NULL.",
        "b": "NULL is not equal to NULL, so no two of them are the same to UNIQUE.",
        "d": "UNIQUE is looked at when the row is written, if it is not put off; and NULL never collides.",
    },
)
