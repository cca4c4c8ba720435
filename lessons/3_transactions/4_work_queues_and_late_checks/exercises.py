"""The exercises of lesson 3.4."""

from mnemo_helpers.grading import Action, Question, Steps, choice, history, refused, schema, stage, wrong

TAKE = "SELECT parcel_id FROM parcels WHERE urgent AND packed_by IS NULL ORDER BY parcel_id LIMIT 1"
PACK = "UPDATE parcels SET packed_by = :packer WHERE parcel_id = :parcel_id"

take = stage(
    "3.4.1",
    minutes=6,
    tables="""
        CREATE TABLE parcels (parcel_id int PRIMARY KEY, urgent boolean NOT NULL, packed_by text);
        INSERT INTO parcels VALUES (4, true, NULL), (3, true, NULL), (2, true, NULL), (1, false, NULL);
    """,
    says="Each of the two packs a parcel of their own, as if one came after the other.",
    asks=Steps(
        ("ada", "ben"),
        values={"ada": {"packer": "Ada"}, "ben": {"packer": "Ben"}},
        must_do="(SELECT array_agg(parcel_id ORDER BY parcel_id) = '{2,3}' "
        "AND array_agg(packed_by ORDER BY packed_by) = '{Ada,Ben}' FROM parcels WHERE packed_by IS NOT NULL)",
        says="Each has packed one under their own name, the urgent ones of the lowest numbers first.",
        most_waits=0,
        may_fail=(),
    ),
    reference=f"BEGIN; {TAKE} FOR UPDATE SKIP LOCKED; {PACK}; COMMIT",
    accepts=(
        # In one statement, which needs no BEGIN.
        f"UPDATE parcels SET packed_by = :packer WHERE parcel_id = ({TAKE} FOR UPDATE SKIP LOCKED)",
        # With the row in a WITH, and a weaker lock that conflicts with itself.
        f"""
        WITH mine AS ({TAKE} FOR NO KEY UPDATE OF parcels SKIP LOCKED)
        UPDATE parcels SET packed_by = :packer FROM mine WHERE parcels.parcel_id = mine.parcel_id
        RETURNING parcels.parcel_id
        """,
    ),
    rejects={
        "looks_first": wrong(
            f"BEGIN; {TAKE}; {PACK}; COMMIT",
            "When both are at it, only one parcel is packed. Mostly both have found the same one free: nothing locks "
            "it from the look to the COMMIT, since there is no lock, or it ends with a statement that stands outside "
            "of a transaction. Or else the first locks more than it takes, and the second finds nothing.",
            hint="What a lock is taken for must come in the same transaction, and LIMIT 1 where the lock is taken.",
        ),
        "waits": wrong(
            f"BEGIN; {TAKE} FOR UPDATE; {PACK}; COMMIT",
            "Nothing is packed twice, but whoever comes second stands behind the first until it has packed. Two "
            "packers do the work of one.",
            hint="A lock that is taken can be passed by: two words behind FOR UPDATE.",
        ),
        "gives_up": wrong(
            f"BEGIN; {TAKE} FOR UPDATE NOWAIT; {PACK}; COMMIT",
            "NOWAIT does not wait, and it does not look further either: the second fails with 55P03, while other "
            "parcels lie there.",
            hint="The second should pass by what is locked, and take the next.",
        ),
        "shares": wrong(
            f"BEGIN; {TAKE} FOR SHARE SKIP LOCKED; {PACK}; COMMIT",
            "FOR SHARE is a lock that two can hold at once: both get the same parcel, and neither can write it "
            "while the other holds on.",
            hint="SKIP LOCKED passes by what conflicts with one's own lock. Which lock conflicts with itself?",
        ),
        "any_parcel": wrong(
            "UPDATE parcels SET packed_by = :packer WHERE parcel_id = (SELECT parcel_id FROM parcels "
            "WHERE packed_by IS NULL ORDER BY parcel_id LIMIT 1 FOR UPDATE SKIP LOCKED)",
            "A parcel is taken that is not urgent, while urgent ones lie there.",
        ),
        "packed_already": wrong(
            f"BEGIN; {TAKE.replace(' AND packed_by IS NULL', '')} FOR UPDATE SKIP LOCKED; {PACK}; COMMIT",
            "A lock says that somebody is at it now. What has been packed and committed has no lock any more, and is "
            "packed again.",
            hint="What says of a parcel that it is packed?",
        ),
        "not_committed": wrong(
            f"BEGIN; {TAKE} FOR UPDATE SKIP LOCKED; {PACK}",
            "Your transaction stays open, so that nothing of it is kept.",
        ),
        "all_parcels": wrong(
            "UPDATE parcels SET packed_by = :packer WHERE parcel_id IN (SELECT parcel_id FROM parcels "
            "WHERE urgent AND packed_by IS NULL FOR UPDATE SKIP LOCKED)",
            "The first takes whatever there is, and leaves nothing to the other.",
            hint="LIMIT 1, and an ORDER BY that says which.",
        ),
        "any_order": wrong(
            f"BEGIN; {TAKE.replace(' ORDER BY parcel_id', '')} FOR UPDATE SKIP LOCKED; {PACK}; COMMIT",
            "Without ORDER BY, LIMIT 1 gives any of them, here the one that was put in first.",
            hint="Which of the urgent parcels is to come first?",
        ),
        "locks_a_minimum": wrong(
            f"BEGIN; SELECT min(parcel_id) AS parcel_id FROM parcels WHERE urgent AND packed_by IS NULL "
            f"FOR UPDATE SKIP LOCKED; {PACK}; COMMIT",
            "A smallest number is no row, and what is no row cannot be locked.",
            hint="ORDER BY parcel_id LIMIT 1 gives the same number, together with its row.",
        ),
        "reads_many": wrong(
            f"BEGIN; {TAKE.replace(' LIMIT 1', '')} FOR UPDATE SKIP LOCKED; {PACK}; COMMIT",
            "PostgreSQL cannot read one of your statements. Where it stops at a colon, the name behind it stands for "
            "nothing: a later statement can name what was read only if it was one row.",
            hint="LIMIT 1 stands in the SELECT; an UPDATE has neither LIMIT nor ORDER BY.",
        ),
        "only_locked": wrong(
            f"BEGIN; {TAKE} FOR UPDATE SKIP LOCKED; COMMIT",
            "A lock is gone with its transaction, and nothing says that the parcel is packed.",
            hint="What has to be written before the COMMIT?",
        ),
        "one_name": wrong(
            f"BEGIN; {TAKE} FOR UPDATE SKIP LOCKED; {PACK.replace(':packer', chr(39) + 'Ada' + chr(39))}; COMMIT",
            "Both parcels are packed by Ada now, and Ben has packed one of them.",
            hint=":packer is who runs this.",
        ),
    },
    hints=(
        "Which two statements does a packer need, and what must not happen between them?",
        "Look and mark in one transaction, and lock the row when you look.",
        "SELECT … ORDER BY parcel_id LIMIT 1 FOR UPDATE SKIP LOCKED, then UPDATE … WHERE parcel_id = :parcel_id.",
    ),
)

GIVE = "INSERT INTO points SELECT 'Nora', job_id, 10 FROM"

finish = stage(
    "3.4.2",
    minutes=6,
    optional=True,
    tables="""
        CREATE TABLE jobs (job_id int PRIMARY KEY, taken_by text, done boolean NOT NULL);
        INSERT INTO jobs VALUES (1, 'Ben', false);
        CREATE TABLE points (customer text, job_id int, points int);
        CREATE TABLE seen (jobs_done int, points int);
    """,
    given="carol: INSERT INTO seen SELECT (SELECT count(*) FROM jobs WHERE done), "
    "(SELECT coalesce(sum(points), 0) FROM points)",
    invariant="(SELECT coalesce(sum(points), 0) FROM points) = (SELECT count(*) * 10 FROM jobs WHERE done) "
    "AND NOT EXISTS (SELECT FROM seen WHERE points <> jobs_done * 10)",
    says="At any time that Carol can see, there are 10 points for each job that is done.",
    asks=Steps(
        ("ada", "ben"),
        values={"ada": {"me": "Ada"}, "ben": {"me": "Ben"}},
        must_do="(SELECT done FROM jobs) AND (SELECT sum(points) = 10 AND bool_and(customer = 'Nora') FROM points)",
        says="The job is done, and Nora has 10 points.",
        most_waits=1,
        may_fail=(),
    ),
    reference=f"""
        WITH finished AS (UPDATE jobs SET done = true WHERE job_id = 1 AND NOT done RETURNING job_id)
        {GIVE} finished
    """,
    accepts=(
        # Only by whom the job is now.
        f"""
        WITH finished AS (
            UPDATE jobs SET done = true WHERE job_id = 1 AND taken_by = :me AND NOT done RETURNING job_id
        )
        {GIVE} finished
        """,
        # Locked first, then looked at.
        """
        BEGIN;
        SELECT done FROM jobs WHERE job_id = 1 FOR UPDATE;
        INSERT INTO points SELECT 'Nora', 1, 10 WHERE NOT :done;
        UPDATE jobs SET done = true WHERE job_id = 1;
        COMMIT
        """,
        # The number of rows is what the next step goes by.
        f"""
        BEGIN;
        WITH finished AS (UPDATE jobs SET done = true WHERE job_id = 1 AND NOT done RETURNING job_id)
        SELECT count(*) AS finished FROM finished;
        {GIVE} jobs WHERE job_id = 1 AND :finished = 1;
        COMMIT
        """,
    ),
    rejects={
        "whoever": wrong(
            "BEGIN; UPDATE jobs SET done = true WHERE job_id = 1; INSERT INTO points VALUES ('Nora', 1, 10); COMMIT",
            "Both give points, and Nora has 20. That a job is yours was true when you took it, and need not be any "
            "more. If your UPDATE asks, the second changes 0 rows; that is no error, and the INSERT goes on.",
            hint="RETURNING gives a row for each row that was changed. Let the INSERT read from it.",
        ),
        "looks_first": wrong(
            "BEGIN; SELECT done FROM jobs WHERE job_id = 1; INSERT INTO points SELECT 'Nora', 1, 10 WHERE NOT :done; "
            "UPDATE jobs SET done = true WHERE job_id = 1; COMMIT",
            "Both look before either has committed, and both find the job open.",
            hint="Look and mark in one statement, or lock the row when you look.",
        ),
        "two_transactions": wrong(
            f"UPDATE jobs SET done = true WHERE job_id = 1 AND taken_by = :me; {GIVE} jobs WHERE taken_by = :me",
            "The mark and the points are two transactions. What Carol sees between them is what is left for good if "
            "you are killed there.",
            hint="BEGIN and COMMIT around both, or one statement.",
        ),
        "only_marked": wrong(
            "UPDATE jobs SET done = true WHERE job_id = 1 AND NOT done",
            "The job is marked as done, and Nora has got nothing.",
        ),
        "only_ada": wrong(
            f"""
            WITH finished AS (
                UPDATE jobs SET done = true WHERE job_id = 1 AND taken_by = 'Ada' AND NOT done RETURNING job_id
            )
            {GIVE} finished
            """,
            "Nobody finishes the job. Ben has taken it over; it is his now.",
            hint=":me is who runs this.",
        ),
        "to_the_worker": wrong(
            """
            WITH finished AS (UPDATE jobs SET done = true WHERE job_id = 1 AND taken_by = :me RETURNING job_id)
            INSERT INTO points SELECT :me, job_id, 10 FROM finished
            """,
            "The points are the customer's, and here the worker gets them.",
        ),
    },
    hints=(
        "Two sessions are through with one job. Which of them may give the points, and how does it find out?",
        "UPDATE … WHERE job_id = 1 AND NOT done changes 1 row for one of them and 0 for the other.",
        "WITH finished AS (UPDATE … WHERE … AND NOT done RETURNING job_id) INSERT INTO points SELECT … FROM finished.",
    ),
)

LOOK = "NOT EXISTS (SELECT FROM runs WHERE night = '3 March')"
RUN = f"INSERT INTO runs SELECT '3 March', :who WHERE :mine AND {LOOK}"

nightly = stage(
    "3.4.3",
    minutes=5,
    tables="""
        CREATE TABLE runs (night text NOT NULL, started_by text NOT NULL);
        INSERT INTO runs VALUES ('1 March', 'one'), ('2 March', 'two');
        CREATE TABLE next_night (started_by text);
    """,
    given="three: WITH lock AS (SELECT pg_try_advisory_xact_lock(3) AS mine) "
    "INSERT INTO next_night SELECT 'three' FROM lock WHERE mine",
    invariant="(SELECT count(*) FROM runs WHERE night = '3 March') <= 1",
    says="The night of 3 March is run at most once.",
    asks=Steps(
        ("one", "two"),
        values={"one": {"who": "one"}, "two": {"who": "two"}},
        must_do="(SELECT count(*) FROM runs WHERE night = '3 March') = 1 AND EXISTS (SELECT FROM next_night)",
        says="The night of 3 March has run once, and so has the next.",
        decides="nothing",
        most_waits=0,
        most_steps=3,
        may_fail=(),
    ),
    reference=f"SELECT pg_try_advisory_xact_lock(3) AS mine; {RUN}",
    accepts=(
        # Looks in a statement of its own.
        """
        SELECT pg_try_advisory_xact_lock(hashtext('nightly'), 0) AS mine;
        SELECT count(*) AS ran FROM runs WHERE night = '3 March';
        INSERT INTO runs (night, started_by) SELECT '3 March', :who WHERE :mine AND :ran = 0
        """,
        # Rows can stand for the night as well.
        f"""
        SELECT count(*) = 1 AS mine
        FROM (SELECT FROM runs WHERE night = '1 March' FOR UPDATE SKIP LOCKED) AS locked;
        {RUN}
        """,
    ),
    rejects={
        "no_lock": wrong(
            f"INSERT INTO runs SELECT '3 March', :who WHERE {LOOK}",
            "Both look before either has committed, and both run. Either nothing is locked, or two can hold "
            "the lock (shared), or nobody heeds what the try has answered, or you look before you have the lock, or "
            "you give it back before the COMMIT.",
            hint="First the lock, then the look, then the work, and the lock until COMMIT.",
        ),
        "only_locked": wrong(
            "SELECT pg_try_advisory_xact_lock(3) AS mine; INSERT INTO runs SELECT '3 March', :who WHERE :mine",
            "A lock keeps two from running at the same time. When the second is started a little late, the first has "
            "committed and the lock is free.",
            hint="Who has the lock must still look whether anybody has run the night.",
        ),
        "waits": wrong(
            f"SELECT pg_advisory_xact_lock(3), true AS mine; {RUN}",
            "It runs once, but the second stands and waits for an hour, to find out that there is nothing to do.",
            hint="The same function with try in its name answers at once.",
        ),
        "kept": wrong(
            f"SELECT pg_try_advisory_lock(3) AS mine; {RUN}",
            "A lock of the session stays until it is given back or the session ends. The program stays connected, so "
            "that nobody gets the lock in the next night.",
            hint="One word in the name of the function ties the lock to the transaction.",
        ),
        "never": wrong(
            f"SELECT pg_try_advisory_xact_lock(3) AS mine; "
            f"INSERT INTO runs SELECT '3 March', :who WHERE NOT :mine AND {LOOK}",
            "Nobody runs the night. Either who gets the lock goes away, or the look finds other nights.",
        ),
        "no_colon": wrong(
            f"SELECT pg_try_advisory_xact_lock(3) AS mine; "
            f"INSERT INTO runs SELECT '3 March', :who WHERE mine AND {LOOK}",
            "A name is no column here. What an earlier statement has read has a colon in front of it: :mine.",
        ),
        "fails_instead": wrong(
            f"LOCK TABLE runs IN EXCLUSIVE MODE NOWAIT; INSERT INTO runs SELECT '3 March', :who WHERE {LOOK}",
            "The second does not wait, but it fails. An alarm at three in the morning, and nothing is wrong.",
            hint="A function with try in its name says false, and no error comes.",
        ),
    },
    hints=(
        "Two questions: is the other one at it now, and has the night run already?",
        "pg_try_advisory_xact_lock answers the first, a look into runs the second. Which of them comes first?",
        "SELECT pg_try_advisory_xact_lock(3) AS mine; INSERT … WHERE :mine AND NOT EXISTS (…).",
    ),
)

BANNERS = """
CREATE TABLE banners (
    banner text PRIMARY KEY,
    place  int NOT NULL CHECK (place BETWEEN 1 AND 3)
);
"""
ONE_STATEMENT = """
UPDATE banners AS mine SET place = other.place
FROM banners AS other
WHERE (mine.banner, other.banner) IN ((:a, :b), (:b, :a));
"""
TWO_STATEMENTS = """
UPDATE banners SET place = 6 - place - (SELECT place FROM banners WHERE banner NOT IN (:a, :b)) WHERE banner = :a;
UPDATE banners SET place = 6 - place - (SELECT place FROM banners WHERE banner NOT IN (:a, :b)) WHERE banner = :b;
"""
LATE = "ALTER TABLE banners ADD UNIQUE (place) DEFERRABLE;"
AT_COMMIT = "ALTER TABLE banners ADD UNIQUE (place) DEFERRABLE INITIALLY DEFERRED;"
SHOWN = (("show", "kite", "1"), ("show", "lamp", "2"), ("show", "sock", "3"))


def swapped(ddl: str, *statements: str) -> str:
    """Return an answer: what is added to the table, and the statements of the action."""
    return "\n".join([ddl, "-- action swap(a, b)", *(statement.strip() for statement in statements)])


swap = schema(
    "3.4.4",
    minutes=6,
    given=BANNERS,
    actions=(
        Action(
            "show",
            ("banner", "place"),
            says="A banner is put on the page.",
            sql="INSERT INTO banners VALUES (:banner, :place)",
        ),
        Action("swap", ("a", "b"), says="Two banners change places."),
        Action("move_on", (), says="Each banner moves on by one.", sql="UPDATE banners SET place = place % 3 + 1"),
    ),
    questions=(Question("page", ("place", "banner"), says="What is where.", sql="SELECT place, banner FROM banners"),),
    legal={
        "Two banners change places.": history(
            *SHOWN, ("swap", "kite", "sock"), gives={"page": [("1", "sock"), ("2", "lamp"), ("3", "kite")]}
        ),
        "They change back.": history(
            *SHOWN,
            ("swap", "lamp", "kite"),
            ("swap", "lamp", "kite"),
            gives={"page": [("1", "kite"), ("2", "lamp"), ("3", "sock")]},
        ),
        "All move on by one, in one statement.": history(
            *SHOWN, ("move_on",), gives={"page": [("1", "sock"), ("2", "kite"), ("3", "lamp")]}
        ),
    },
    illegal={
        "A place holds one banner, also when two people fill it at once.": refused(
            ("show", "kite", "1"),
            ("show", "lamp", "1"),
            sqlstates=("23505", "23P01"),
            at_once=True,
            broken="two banners lie on one place",
        ),
    },
    reference=swapped(LATE, ONE_STATEMENT),
    accepts=(
        # Put off to COMMIT by the constraint, and each place known from the two others.
        swapped(AT_COMMIT, TWO_STATEMENTS),
        # Put off by the transaction.
        swapped(
            LATE.replace("UNIQUE", "CONSTRAINT one_banner UNIQUE"),
            "SET CONSTRAINTS one_banner DEFERRED;",
            TWO_STATEMENTS,
        ),
        # An exclusion constraint can wait as well.
        swapped("ALTER TABLE banners ADD EXCLUDE (place WITH =) DEFERRABLE;", ONE_STATEMENT),
        # Taken out, and put in again.
        swapped(
            f"{LATE}\nCREATE TABLE moved (banner text, place int);",
            "INSERT INTO moved SELECT banner, place FROM banners WHERE banner IN (:a, :b);",
            "DELETE FROM banners WHERE banner IN (:a, :b);",
            "INSERT INTO banners SELECT mine.banner, other.place FROM moved AS mine JOIN moved AS other "
            "ON mine.banner <> other.banner;",
            "DELETE FROM moved;",
        ),
    ),
    rejects={
        "at_each_row": wrong(
            swapped("ALTER TABLE banners ADD UNIQUE (place);", ONE_STATEMENT),
            "A plain UNIQUE is looked at row by row, so that the first of the two banners meets the second where it "
            "still lies.",
            hint="Which word lets a constraint be looked at later than at the row?",
        ),
        "at_each_statement": wrong(
            swapped(LATE, TWO_STATEMENTS),
            "When it is looked at, two rows are alike. DEFERRABLE alone looks when your first statement ends. "
            "INITIALLY DEFERRED looks at COMMIT; then your second statement must not ask for a place that the first "
            "has changed.",
            hint="One statement that changes both sees the places as they were.",
        ),
        "of_two_places": wrong(
            swapped(LATE, "UPDATE banners SET place = 3 - place WHERE banner IN (:a, :b);"),
            "3 - place changes 1 and 2. There are three places, and any two of them may be asked for.",
            hint="Each of the two gets the place of the other: UPDATE … FROM banners AS other.",
        ),
        "renamed": wrong(
            swapped(
                "ALTER TABLE banners ADD UNIQUE (place);",
                "UPDATE banners SET banner = '-' WHERE banner = :a;",
                "UPDATE banners SET banner = :a WHERE banner = :b;",
                "UPDATE banners SET banner = :b WHERE banner = '-';",
            ),
            "Your swap gets by without two banners on one place. But a plain UNIQUE is looked at row by row, and the "
            "program that moves all banners on is refused in the middle.",
            hint="What is right at the end of a statement is to be looked at there.",
        ),
        "parked": wrong(
            swapped(
                LATE,
                "UPDATE banners SET place = 0 WHERE banner = :a;",
                "UPDATE banners SET place = 1 WHERE banner = :b;",
                "UPDATE banners SET place = 3 WHERE banner = :a;",
            ),
            "You park one of them on a place that there is not. All three places are taken, and the check knows no "
            "fourth.",
            hint="No banner needs to be parked if UNIQUE looks late enough.",
        ),
        "no_rule": wrong(
            swapped("", ONE_STATEMENT),
            "They change places, and nothing keeps two banners from lying on one.",
            hint="UNIQUE, and a word behind it.",
        ),
        "an_index": wrong(
            swapped("CREATE UNIQUE INDEX ON banners (place) DEFERRABLE;", ONE_STATEMENT),
            "A unique index cannot be put off; only a constraint can.",
            hint="ALTER TABLE … ADD UNIQUE …",
        ),
        "looks_first": wrong(
            swapped(
                """
CREATE FUNCTION place_is_free() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM banners WHERE place = NEW.place) > 1 THEN
        RAISE unique_violation;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER place_is_free AFTER INSERT OR UPDATE ON banners
    DEFERRABLE FOR EACH ROW EXECUTE FUNCTION place_is_free();
""",
                ONE_STATEMENT,
            ),
            "Your code looks for the other banner, and cannot see what somebody else has not committed.",
            hint="A constraint waits for the other one to commit. UNIQUE can be put off too.",
        ),
    },
    hints=(
        "Half-way through a swap two banners lie on one place. When is UNIQUE to look?",
        "ADD UNIQUE (place) DEFERRABLE looks at the end of each statement. Can one UPDATE change both?",
        "UPDATE banners AS mine SET place = other.place FROM banners AS other WHERE …, for both at once.",
    ),
)

BOOKS = """
CREATE TABLE bookings (booking_id int PRIMARY KEY, says text NOT NULL);
CREATE TABLE booking_lines (
    booking_id int  NOT NULL REFERENCES bookings,
    account    text NOT NULL,
    cents      int  NOT NULL,
    PRIMARY KEY (booking_id, account)
);
"""


UNBALANCED = "RAISE check_violation USING MESSAGE = 'the lines of a booking do not add up to zero';"
OF_THE_ROW = f"""
    IF EXISTS (SELECT FROM booking_lines WHERE booking_id IN (NEW.booking_id, OLD.booking_id)
               GROUP BY booking_id HAVING sum(cents) <> 0) THEN
        {UNBALANCED}
    END IF;"""
OF_ALL = """
    PERFORM FROM booking_lines GROUP BY booking_id HAVING sum(cents) <> 0;
    IF FOUND THEN
        RAISE EXCEPTION 'a booking is out of balance';
    END IF;"""
OF_THE_NEW = f"""
    IF (SELECT sum(cents) FROM booking_lines WHERE booking_id = NEW.booking_id) <> 0 THEN
        {UNBALANCED}
    END IF;"""
OF_THE_OLD = OF_THE_NEW.replace("NEW.", "OLD.")
AFTER_ALL = "AFTER INSERT OR UPDATE OR DELETE"


def trigger(
    when: str, looks: str, *, kind: str = "CONSTRAINT TRIGGER", late: str = "DEFERRABLE INITIALLY DEFERRED"
) -> str:
    """Return a trigger on the lines, with the function that it calls."""
    name = "on_" + when.lower().replace(" ", "_")
    return f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN{looks}
    RETURN NULL;
END $$;
CREATE {kind} {name} {when} ON booking_lines
    {late} FOR EACH ROW EXECUTE FUNCTION {name}();
"""


SALE = ("book", "1", "cash", "goods", "500")
REFUSALS = ("23", "P0001")

balanced = schema(
    "3.4.5",
    minutes=8,
    optional=True,
    given=BOOKS,
    actions=(
        Action(
            "book",
            ("booking_id", "debit", "credit", "cents"),
            says="Money goes from one account to another, in two lines.",
            sql="""
                INSERT INTO bookings VALUES (:booking_id, 'sale');
                INSERT INTO booking_lines VALUES (:booking_id, :debit, :cents);
                INSERT INTO booking_lines SELECT :booking_id, :credit, - cents FROM booking_lines
                WHERE booking_id = :booking_id AND account = :debit
            """,
        ),
        Action(
            "correct",
            ("booking_id", "debit", "credit", "cents"),
            says="An amount is put right, in both lines.",
            sql="""
                UPDATE booking_lines SET cents = :cents WHERE booking_id = :booking_id AND account = :debit;
                UPDATE booking_lines SET cents = - (SELECT cents FROM booking_lines
                    WHERE booking_id = :booking_id AND account = :debit)
                WHERE booking_id = :booking_id AND account = :credit
            """,
        ),
        Action(
            "add_line",
            ("booking_id", "account", "cents"),
            says="One line is added.",
            sql="INSERT INTO booking_lines VALUES (:booking_id, :account, :cents)",
        ),
        Action(
            "change_line",
            ("booking_id", "account", "cents"),
            says="One line is changed.",
            sql="UPDATE booking_lines SET cents = :cents WHERE booking_id = :booking_id AND account = :account",
        ),
        Action(
            "lend",
            ("lender", "borrower", "account", "cents"),
            says="One booking lends to another.",
            sql="""
                UPDATE booking_lines SET cents = cents - :cents WHERE booking_id = :lender AND account = :account;
                UPDATE booking_lines SET cents = cents + :cents WHERE booking_id = :borrower AND account = :account
            """,
        ),
        Action(
            "hand_over",
            ("account", "giver", "taker", "against"),
            says="A line goes over to another booking, and a line there makes up for it.",
            sql="""
                UPDATE booking_lines SET booking_id = :taker WHERE booking_id = :giver AND account = :account;
                UPDATE booking_lines SET cents = cents - (SELECT cents FROM booking_lines
                    WHERE booking_id = :taker AND account = :account)
                WHERE booking_id = :taker AND account = :against
            """,
        ),
        Action(
            "remove_line",
            ("booking_id", "account"),
            says="One line is removed.",
            sql="DELETE FROM booking_lines WHERE booking_id = :booking_id AND account = :account",
        ),
        Action(
            "remove",
            ("booking_id",),
            says="A booking is removed with all its lines.",
            sql="""
                DELETE FROM booking_lines WHERE booking_id = :booking_id;
                DELETE FROM bookings WHERE booking_id = :booking_id
            """,
        ),
    ),
    questions=(
        Question(
            "lines",
            ("account", "cents"),
            says="What is booked.",
            sql="SELECT account, cents FROM booking_lines",
        ),
    ),
    legal={
        "A booking has lines that add up to zero.": history(SALE, gives={"lines": [("cash", 500), ("goods", -500)]}),
        "An amount can be put right in both lines.": history(
            SALE, ("correct", "1", "cash", "goods", "450"), gives={"lines": [("cash", 450), ("goods", -450)]}
        ),
        "A booking can go with all its lines.": history(SALE, ("remove", "1"), gives={"lines": []}),
    },
    illegal={
        "No line comes alone.": refused(
            SALE, ("add_line", "1", "fees", "20"), sqlstates=REFUSALS, broken="a booking does not add up to zero"
        ),
        "No line changes alone.": refused(
            SALE, ("change_line", "1", "cash", "400"), sqlstates=REFUSALS, broken="a booking does not add up to zero"
        ),
        "No booking lends to another.": refused(
            SALE,
            ("book", "2", "cash", "goods", "300"),
            ("lend", "1", "2", "cash", "100"),
            sqlstates=REFUSALS,
            broken="two bookings do not add up to zero, and only together they do",
        ),
        "No line leaves its booking alone.": refused(
            SALE,
            ("book", "2", "bank", "fees", "300"),
            ("hand_over", "cash", "1", "2", "fees"),
            sqlstates=REFUSALS,
            broken="a booking that a line has left does not add up to zero",
        ),
        "No line goes alone.": refused(
            SALE, ("remove_line", "1", "goods"), sqlstates=REFUSALS, broken="a booking does not add up to zero"
        ),
    },
    reference=trigger(AFTER_ALL, OF_THE_ROW).strip(),
    accepts=(
        trigger(AFTER_ALL, OF_ALL),
        # Two triggers by what they look at.
        trigger("AFTER INSERT OR UPDATE", OF_THE_NEW) + trigger("AFTER UPDATE OR DELETE", OF_THE_OLD),
    ),
    rejects={
        "at_each_row": wrong(
            trigger(AFTER_ALL, OF_ALL, kind="TRIGGER", late=""),
            "Your trigger looks after each row. The first line of a booking cannot add up to zero, so that nothing "
            "can be booked.",
            hint="CREATE CONSTRAINT TRIGGER … DEFERRABLE INITIALLY DEFERRED.",
        ),
        "deferrable_only": wrong(
            trigger(AFTER_ALL, OF_THE_ROW, late="DEFERRABLE"),
            "The first line of a booking stands alone, and is refused. DEFERRABLE alone says that the trigger may be "
            "put off, and nobody does so. If yours is put off, your question is not about the sum of one booking.",
            hint="INITIALLY DEFERRED puts it off in every transaction.",
        ),
        "only_new_lines": wrong(
            trigger("AFTER INSERT", OF_THE_NEW),
            "New lines are looked at. A line that is changed or removed puts a booking out of balance all the same.",
            hint="INSERT OR UPDATE OR DELETE. What is there of NEW when a row is deleted?",
        ),
        "never_deleted": wrong(
            trigger("AFTER INSERT OR UPDATE", OF_THE_ROW),
            "A line that is removed puts a booking out of balance all the same. Either your trigger is not called "
            "then, or it asks NEW for its booking, and of a row that is deleted there is no NEW: it is NULL.",
            hint="AFTER … OR DELETE, and OLD for the row that is gone.",
        ),
        "only_new": wrong(
            trigger(AFTER_ALL, OF_THE_NEW),
            "Your trigger asks NEW for its booking. Of a line that goes over to another booking, NEW says where it is "
            "now, and not where it was; of a line that is removed there is no NEW: it is NULL.",
            hint="OLD is the row as it was: booking_id IN (NEW.booking_id, OLD.booking_id).",
        ),
        "where_it_is": wrong(
            trigger(AFTER_ALL, OF_THE_NEW.replace("NEW.booking_id", "coalesce(NEW.booking_id, OLD.booking_id)")),
            "A line that goes over to another booking changes two. NEW says where it is now, OLD where it was; you ask "
            "one of them, and the booking that it has left is out of balance.",
            hint="booking_id IN (NEW.booking_id, OLD.booking_id), or look at all bookings.",
        ),
        "no_sum": wrong(
            trigger(AFTER_ALL, OF_THE_NEW.replace("<> 0", "IS DISTINCT FROM 0")),
            "A booking whose lines are all gone has no sum: it is NULL, and you refuse that too.",
            hint="NULL <> 0 is not true.",
        ),
        "too_much_only": wrong(
            trigger(AFTER_ALL, OF_THE_ROW.replace("<> 0", "> 0")),
            "A sum below zero is out of balance as well.",
        ),
        "all_together": wrong(
            trigger(AFTER_ALL, OF_THE_NEW.replace(" WHERE booking_id = NEW.booking_id", "")),
            "You add up the lines of all bookings together, so that what one lacks another may have too much.",
            hint="One sum for each booking: WHERE booking_id = …, or GROUP BY booking_id.",
        ),
        "a_check": wrong(
            "ALTER TABLE booking_lines ADD CHECK (sum(cents) = 0)",
            "A check sees one row, and the rule is about all lines of a booking.",
            hint="What runs code when rows are written, and can be put off?",
        ),
    },
    hints=(
        "Half-way through a booking its lines do not add up. When is the rule to be asked?",
        "CREATE CONSTRAINT TRIGGER … AFTER INSERT OR UPDATE OR DELETE … DEFERRABLE INITIALLY DEFERRED FOR EACH ROW.",
        "In the function, RAISE check_violation IF EXISTS (SELECT … GROUP BY booking_id HAVING sum(cents) <> 0).",
    ),
)

put_off = choice(
    "3.4.6",
    minutes=1,
    options={"a": "all 54", "b": "those that say NO ACTION", "c": "those that say RESTRICT", "d": "none"},
    proof="""
        SELECT CASE count(*) FILTER (WHERE condeferrable) WHEN 0 THEN 'd' WHEN count(*) THEN 'a' ELSE 'b' END
        FROM pg_constraint WHERE contype = 'f'
    """,
    because={
        "a": "SET CONSTRAINTS ALL speaks to those that may be put off, and passes by the others without a word.",
        "b": "NO ACTION can be put off if the constraint is DEFERRABLE. That is a word of its own.",
        "c": "RESTRICT refuses at once, whatever is put off.",
    },
    hints=(
        "Who decides whether a constraint may be put off: who makes it, or who writes?",
        "What does a foreign key say of it when nothing is said?",
        "NOT DEFERRABLE is the default, and ALL means all that may be.",
    ),
)
