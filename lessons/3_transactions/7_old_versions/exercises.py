"""Exercises of lesson 3.7."""

from mnemo_helpers.grading import Action, Level, Order, Question, Steps, choice, history, refused, schema, stage, wrong

REPORT = """
report: BEGIN; SELECT units FROM shelf
report: COMMIT
seller: UPDATE shelf SET units = 4
seller: UPDATE shelf SET units = 3
seller: VACUUM (FREEZE) shelf
seller: INSERT INTO shelf VALUES ('kite', 7) RETURNING ctid
"""
BEGINS, ENDS, SELLS, SELLS_AGAIN, CLEANS, ADDS = REPORT.strip().split("\n")


def in_order(*lines: str) -> str:
    """Return steps as an answer writes them."""
    return "\n".join(lines)


held = stage(
    "3.7.1",
    minutes=4,
    tables="""
        CREATE TABLE shelf (good text PRIMARY KEY, units integer NOT NULL);
        INSERT INTO shelf VALUES ('lamp', 5);
    """,
    given=REPORT,
    invariant="NOT EXISTS (SELECT FROM shelf WHERE ctid = '(0,4)')",
    says="No row needs a fourth place on the page.",
    levels=("repeatable read",),
    asks=Order(),
    reference=in_order(BEGINS, SELLS, SELLS_AGAIN, CLEANS, ADDS, ENDS),
    accepts=(
        in_order(SELLS, BEGINS, SELLS_AGAIN, CLEANS, ADDS, ENDS),
        """
        report: begin; select units from shelf;
        seller: update shelf set units = 4; -- the report still sees 5
        seller: update shelf
                set units = 3;
        seller: vacuum (freeze) shelf;
        report: commit;
        seller: insert into shelf values ('kite', 7) returning ctid;
        """,
    ),
    rejects={
        "ended_before": wrong(
            in_order(BEGINS, SELLS, SELLS_AGAIN, ENDS, CLEANS, ADDS),
            "When VACUUM comes, the report has ended, and nobody can ask for the old versions any more. The kite takes "
            "a place that has become free.",
            hint="The report must still be open when VACUUM runs.",
        ),
        # A report that begins after both UPDATEs holds nothing, as long as no transaction anywhere on the server is
        # older than they are: that is no answer to be proven here.
        "never_ended": wrong(
            in_order(BEGINS, SELLS, SELLS_AGAIN, CLEANS, ADDS),
            "Each of the six steps has its place. The report's COMMIT may come when VACUUM has been there in vain.",
        ),
        "cleaned_first": wrong(
            in_order(BEGINS, CLEANS, SELLS, SELLS_AGAIN, ADDS, ENDS),
            "The seller's own steps keep their order; only between them the report's may stand.",
        ),
    },
    hints=(
        "Which versions can the report still ask for, and when does it stop asking?",
        "A version can go when every snapshot is younger than its death, or gone. Its death is the UPDATE after it.",
        "The report begins before the second UPDATE at the latest, and ends after VACUUM.",
    ),
)

SHOP = """
CREATE TABLE goods (good text PRIMARY KEY, free integer NOT NULL CHECK (free >= 0));
INSERT INTO goods VALUES ('lamp', 1);
CREATE TABLE purchases (customer text PRIMARY KEY);
CREATE TABLE charges (
    customer text PRIMARY KEY REFERENCES purchases,
    alone boolean NOT NULL DEFAULT (pg_current_xact_id_if_assigned() IS NULL)
);
"""
RESERVES = """
WITH taken AS (UPDATE goods SET free = free - 1 WHERE good = 'lamp' AND free > 0 RETURNING good)
INSERT INTO purchases SELECT :customer FROM taken"""
CALLS = "INSERT INTO charges SELECT customer FROM purchases WHERE customer = :customer"
TAKES = "UPDATE goods SET free = free - 1 WHERE good = 'lamp' AND free > 0"
BUYS = "INSERT INTO purchases VALUES (:customer)"


def sends(*statements: str) -> str:
    """Return statements as a learner writes them."""
    return ";\n".join(statement.strip() for statement in statements)


slow_call = stage(
    "3.7.2",
    minutes=6,
    tables=SHOP,
    # What wrote or locked before the call has a number by then; what writes after it leaves the same xmin.
    invariant="""
        (SELECT free FROM goods) + (SELECT count(*) FROM purchases) = 1
        AND (SELECT coalesce(bool_and(alone), true) FROM charges)
        AND NOT EXISTS (SELECT FROM charges AS c, (SELECT xmin FROM goods UNION ALL SELECT xmin FROM purchases) AS w
                        WHERE w.xmin = c.xmin)
    """,
    says="The lamp is free or somebody's, and no transaction calls the provider that does anything else.",
    asks=Steps(
        ("alice", "bob"),
        values={"alice": {"customer": "Alice"}, "bob": {"customer": "Bob"}},
        must_do="(SELECT count(*) FROM purchases) = 1 AND (SELECT count(*) FROM charges) = 1",
        says="The first has bought the lamp and was charged; the second has nothing and was not charged.",
        most_waits=1,
    ),
    reference=sends(RESERVES, CALLS),
    accepts=(
        sends("BEGIN", RESERVES, "COMMIT", CALLS),
        sends(
            """
WITH bought AS (
    INSERT INTO purchases SELECT :customer FROM goods WHERE good = 'lamp' AND free > 0 FOR UPDATE RETURNING customer
)
UPDATE goods SET free = free - 1 FROM bought WHERE good = 'lamp'""",
            CALLS,
        ),
        sends(
            "BEGIN",
            "SELECT free FROM goods WHERE good = 'lamp' FOR UPDATE",
            "UPDATE goods SET free = 0 WHERE :free = 1",
            "INSERT INTO purchases SELECT :customer WHERE :free = 1",
            "COMMIT",
            "BEGIN",
            CALLS,
            "COMMIT",
        ),
    ),
    rejects={
        "one_transaction": wrong(
            sends("BEGIN", RESERVES, CALLS, "COMMIT"),
            "You call the provider while the transaction holds the lamp's row: for as long as the answer takes, "
            "everybody who wants a lamp waits. A savepoint is in the same transaction, and so is one statement that "
            "does all.",
            hint="End the transaction before the call.",
        ),
        "charges_first": wrong(
            sends("INSERT INTO charges VALUES (:customer)", RESERVES),
            "You charge first and look for a lamp afterwards. The second customer would pay for nothing.",
            hint="Reserve and commit, then call.",
        ),
        "calls_anyway": wrong(
            sends(RESERVES, "INSERT INTO charges VALUES (:customer)"),
            "Who comes too late has reserved nothing, and you call the provider all the same.",
            hint="INSERT INTO charges SELECT … FROM purchases: no purchase, no call.",
        ),
        "does_not_look": wrong(
            sends(TAKES, BUYS, "INSERT INTO charges VALUES (:customer)"),
            "An UPDATE of no row is no error. The second customer takes nothing, and your steps go on: bought, and "
            "charged, without a lamp.",
            hint="The purchase must come from what the UPDATE has taken: UPDATE … RETURNING inside of WITH.",
        ),
        "takes_below_nothing": wrong(
            sends(TAKES.removesuffix(" AND free > 0"), BUYS, CALLS),
            "You take a lamp that is not there, and the CHECK ends it. Who comes too late shall get no error, only no "
            "lamp.",
            hint="AND free > 0: then the UPDATE finds no row, and what follows must depend on that.",
        ),
        "charges_all": wrong(
            sends(RESERVES, "INSERT INTO charges SELECT customer FROM purchases"),
            "The second checkout writes the row of the first once more, and is refused. It shall charge its own "
            ":customer, written without quotes, and that one only if there is a purchase.",
            hint="WHERE customer = :customer.",
        ),
        "looks_first": wrong(
            sends(
                "SELECT free FROM goods WHERE good = 'lamp'",
                "BEGIN",
                "UPDATE goods SET free = :free - 1 WHERE good = 'lamp' AND :free > 0",
                "INSERT INTO purchases SELECT :customer WHERE :free > 0",
                "COMMIT",
                CALLS,
            ),
            "Short transactions, and yet the one lamp is sold twice: both have read that it is free before either "
            "took it.",
            hint="Ask in the UPDATE itself whether it is still free.",
        ),
        "never_called": wrong(
            RESERVES.strip(),
            "Nobody is charged. The call, which is the INSERT into charges, comes after the lamp is reserved.",
        ),
        "nothing_reserved": wrong(
            sends(BUYS, CALLS),
            "You reserve nothing: the lamp stays free in goods, and each who asks is charged.",
            hint="The UPDATE of goods decides who gets it; insert what it has RETURNING.",
        ),
    },
    hints=(
        "The call must not lie inside a transaction that writes anything else. What has to be committed before it?",
        "Two transactions: reserve the lamp, then call. A statement outside of BEGIN and COMMIT is one by itself.",
        "WITH taken AS (UPDATE goods … WHERE free > 0 RETURNING good) INSERT INTO purchases SELECT …, then the call.",
    ),
)

COURSES = """
CREATE TABLE courses (course text PRIMARY KEY, seats integer NOT NULL);
CREATE TABLE bookings (course text NOT NULL REFERENCES courses, guest text NOT NULL, PRIMARY KEY (course, guest));
CREATE FUNCTION seat_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM bookings WHERE course = NEW.course)
       >= (SELECT seats FROM courses WHERE course = NEW.course) THEN
        RAISE check_violation USING MESSAGE = 'This course is full.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER seat_left BEFORE INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION seat_left();
"""
COUNTS = """
    IF (SELECT count(*) FROM bookings WHERE course = NEW.course)
       >= (SELECT seats FROM courses WHERE course = NEW.course) THEN
        RAISE check_violation USING MESSAGE = 'This course is full.';
    END IF;
"""


def seat_left(before: str = "", *, counts: str = COUNTS, after: str = "") -> str:
    """Return an answer to 3.7.3: the trigger's function with other statements in it."""
    body = f"{before}\n{counts.strip()}\n{after}".strip()
    return f"""
CREATE OR REPLACE FUNCTION seat_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{body}
    RETURN NEW;
END $$;
"""


OPENED = ("open", "knots", "2")
ADA, BEN, CLEO = (("book", "knots", guest) for guest in ("Ada", "Ben", "Cleo"))
ALONE = ("open", "kites", "1")
FLIES, FLIES_TOO = ("book", "kites", "Dan"), ("book", "kites", "Eva")

last_seat = schema(
    "3.7.3",
    minutes=6,
    given=COURSES,
    actions=(
        Action("open", ("course", "seats"), sql="INSERT INTO courses VALUES (:course, :seats)"),
        Action("book", ("course", "guest"), sql="INSERT INTO bookings VALUES (:course, :guest)"),
        Action(
            "rename",
            ("course", "guest", "name"),
            sql="UPDATE bookings SET guest = :name WHERE course = :course AND guest = :guest",
        ),
        Action("cancel", ("course", "guest"), sql="DELETE FROM bookings WHERE course = :course AND guest = :guest"),
    ),
    questions=(Question("bookings", ("course", "guest"), sql="SELECT course, guest FROM bookings"),),
    legal={
        "As many guests book as there are seats.": history(
            OPENED, ALONE, ADA, BEN, FLIES, gives={"bookings": [("knots", "Ada"), ("knots", "Ben"), ("kites", "Dan")]}
        ),
        "A guest of a full course may change the name.": history(
            ALONE, FLIES, ("rename", "kites", "Dan", "Daniel"), gives={"bookings": [("kites", "Daniel")]}
        ),
        "A seat that was given back is booked again.": history(
            OPENED,
            ADA,
            BEN,
            ("cancel", "knots", "Ada"),
            CLEO,
            gives={"bookings": [("knots", "Ben"), ("knots", "Cleo")]},
        ),
    },
    illegal={
        "A course never has more guests than seats.": refused(
            OPENED, ADA, BEN, CLEO, sqlstates=("23",), at_once=True, broken="two guests have the last seat"
        ),
        "A course of one seat has one guest.": refused(
            ALONE, FLIES, FLIES_TOO, sqlstates=("23",), at_once=True, broken="two guests sit on one seat"
        ),
    },
    reference=seat_left("    PERFORM FROM courses WHERE course = NEW.course FOR NO KEY UPDATE;"),
    accepts=(
        # A counter of its own, and a constraint that the server keeps.
        """
ALTER TABLE courses ADD COLUMN taken integer NOT NULL DEFAULT 0, ADD CHECK (taken <= seats);
CREATE OR REPLACE FUNCTION seat_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE courses SET taken = taken + 1 WHERE course = NEW.course;
        RETURN NEW;
    END IF;
    UPDATE courses SET taken = taken - 1 WHERE course = OLD.course;
    RETURN OLD;
END $$;
CREATE TRIGGER seat_back BEFORE DELETE ON bookings FOR EACH ROW EXECUTE FUNCTION seat_left();
""",
        seat_left("    PERFORM pg_advisory_xact_lock(hashtext('seats'), hashtext(NEW.course));"),
        """
CREATE OR REPLACE FUNCTION seat_left() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    room integer;
BEGIN
    SELECT seats INTO room FROM courses WHERE course = NEW.course FOR UPDATE;
    SELECT room - count(*) INTO room FROM bookings WHERE course = NEW.course;
    IF room <= 0 THEN
        RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'full';
    END IF;
    RETURN NEW;
END $$;
""",
    ),
    rejects={
        "as_it_was": wrong(
            seat_left("    PERFORM FROM courses WHERE course = NEW.course FOR SHARE;"),
            "Two sessions at once each count without the other, since a count sees what is committed, and both find a "
            "seat. A lock that both may hold, as FOR SHARE, changes nothing, nor one that is taken after counting.",
            hint="Before it counts, the second must wait for the first. Which lock does not stand beside itself?",
        ),
        "locks_the_guests": wrong(
            seat_left("    PERFORM FROM bookings WHERE course = NEW.course FOR UPDATE;"),
            "You lock the bookings that are there. Of an empty course there are none, and a row that is not there yet "
            "cannot be locked.",
            hint="Lock one row that both sessions can find: that of the course.",
        ),
        "skips": wrong(
            seat_left(
                "    PERFORM FROM courses WHERE course = NEW.course FOR NO KEY UPDATE;",
                counts=COUNTS.replace("RAISE check_violation USING MESSAGE = 'This course is full.'", "RETURN NULL"),
            ),
            "Nobody is refused. Is there still something that counts? With > in the place of >= one too many goes in, "
            "since the row is not yet among those you count. And a BEFORE trigger that returns NULL skips the row "
            "without an error: the guest is told INSERT 0 0, and whoever does not read that believes in a seat.",
            hint="Refuse with an error, so that nobody can take it for a yes.",
        ),
        "only_counts_up": wrong(
            """
ALTER TABLE courses ADD COLUMN taken integer NOT NULL DEFAULT 0, ADD CHECK (taken <= seats);
CREATE OR REPLACE FUNCTION seat_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE courses SET taken = taken + 1 WHERE course = NEW.course;
    RETURN NEW;
END $$;
""",
            "A booking counts up, and nothing counts down when it is cancelled: the seat stays taken for ever.",
            hint="A second trigger, BEFORE DELETE, takes one off again; or lock and count the rows that there are.",
        ),
        "check_that_counts": wrong(
            """
CREATE FUNCTION guests_of(text) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM bookings WHERE course = $1';
CREATE FUNCTION seats_of(text) RETURNS integer LANGUAGE sql AS 'SELECT seats FROM courses WHERE course = $1';
DROP TRIGGER seat_left ON bookings;
ALTER TABLE bookings ADD CHECK (guests_of(course) < seats_of(course));
""",
            "A CHECK that asks other rows through a function looks like a constraint, and is none: it reads what is "
            "committed and waits for nobody. And it is asked again when a guest of a full course changes the name.",
            hint="The function of the trigger may stay; it has to wait before it counts.",
        ),
        "another_level": wrong(
            seat_left("    SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;"),
            "A trigger runs in the middle of its transaction, whose level was settled before. The server refuses every "
            "booking.",
            hint="A lock can be taken in the middle.",
        ),
    },
    hints=(
        "Both sessions count before either has committed. How could the second be made to wait with its count?",
        "Let the trigger lock a row that every booking of this course needs, and count after that.",
        "PERFORM FROM courses WHERE course = NEW.course FOR NO KEY UPDATE; before the IF.",
    ),
)

smaller = stage(
    "3.7.4",
    minutes=3,
    optional=True,
    tables=COURSES
    + seat_left("    PERFORM FROM courses WHERE course = NEW.course FOR NO KEY UPDATE;")
    + "INSERT INTO courses VALUES ('knots', 2); INSERT INTO bookings VALUES ('knots', 'Ada');",
    given="""
office: BEGIN; UPDATE courses SET seats = 1 WHERE course = 'knots' AND (SELECT count(*) FROM bookings) <= 1
office: COMMIT
ben:    BEGIN; INSERT INTO bookings VALUES ('knots', 'Ben')
ben:    COMMIT
""",
    invariant="(SELECT count(*) FROM bookings) <= (SELECT seats FROM courses)",
    says="The course has no more guests than seats.",
    asks=Level(),
    reference="SERIALIZABLE",
    accepts=("begin isolation level serializable;", "level: Serializable"),
    rejects={
        "default": wrong(
            "READ COMMITTED",
            "The trigger waits and counts after that; the office counts and waits after that. Ben has locked the row "
            "of the course and not changed it, so that the office does not look again when it gets the row.",
        ),
        "snapshot": wrong(
            "repeatable read",
            "Ben locks the row of the course and does not change it, so that nothing collides when the office gets it. "
            "And its count is that of its snapshot.",
        ),
    },
    hints=(
        "Who waits for whom, if Ben comes first, and when has the office counted?",
        "A subquery that names no column of the row is computed once, before the statement waits for the row.",
        "Only one level watches what was read.",
    ),
)

INVOICES = """
CREATE TABLE orders (order_id integer PRIMARY KEY, shipped boolean NOT NULL DEFAULT false);
INSERT INTO orders VALUES (1), (2);
CREATE TABLE invoices (invoice_no integer PRIMARY KEY, order_id integer NOT NULL REFERENCES orders);
CREATE TABLE numbers (last integer NOT NULL);
INSERT INTO numbers VALUES (0);
CREATE SEQUENCE invoice_numbers;
"""
gapless = stage(
    "3.7.5",
    minutes=5,
    optional=True,
    tables=INVOICES,
    given="carol: UPDATE orders SET shipped = true WHERE order_id = 1",
    invariant="(SELECT count(*) FROM invoices) = (SELECT coalesce(max(invoice_no), 0) FROM invoices)",
    says="The numbers of the invoices have no gap.",
    asks=Steps(
        ("alice", "bob"),
        values={"alice": {"order": 1}, "bob": {"order": 99}},
        must_do="(SELECT string_agg(invoice_no || ' for ' || order_id, ', ') FROM invoices) = '1 for 1'",
        says="Order 1 has invoice 1; order 99, which there is not, has none.",
        most_waits=1,
        may_fail=("23503", "40001", "40P01"),
    ),
    reference=sends(
        "BEGIN",
        "UPDATE numbers SET last = last + 1 RETURNING last",
        "INSERT INTO invoices VALUES (:last, :order)",
        "COMMIT",
    ),
    accepts=(
        """
        WITH next AS (UPDATE numbers SET last = last + 1 RETURNING last)
        INSERT INTO invoices SELECT last, :order FROM next
        """,
        """
        BEGIN;
        SELECT last FROM numbers FOR UPDATE;
        INSERT INTO invoices VALUES (:last + 1, :order);
        UPDATE numbers SET last = :last + 1;
        COMMIT;
        """,
        """
        BEGIN;
        SELECT pg_advisory_xact_lock(1);
        INSERT INTO invoices SELECT coalesce(max(invoice_no), 0) + 1, :order FROM invoices;
        COMMIT;
        """,
    ),
    rejects={
        "sequence": wrong(
            "INSERT INTO invoices VALUES (nextval('invoice_numbers'), :order)",
            "nextval is never taken back. The invoice of order 99 fails, its number is gone, and the next one leaves a "
            "gap.",
            hint="The number must roll back together with the invoice: keep it in a row.",
        ),
        "number_committed_first": wrong(
            sends(
                "UPDATE numbers SET last = last + 1 RETURNING last",
                "INSERT INTO invoices VALUES (:last, :order)",
            ),
            "Your number is committed before there is an invoice. When the invoice fails, the number stays taken.",
            hint="BEGIN before the one, COMMIT after the other.",
        ),
        "highest_so_far": wrong(
            "INSERT INTO invoices SELECT coalesce(max(invoice_no), 0) + 1, :order FROM invoices",
            "max sees what is committed. Two at once take the same number, and the second is refused with 23505.",
            hint="The second must wait before it looks, for a row that both write.",
        ),
        "looks_first": wrong(
            sends(
                "BEGIN",
                "SELECT last FROM numbers",
                "UPDATE numbers SET last = :last + 1",
                "INSERT INTO invoices VALUES (:last + 1, :order)",
                "COMMIT",
            ),
            "Both read the same last number before either writes the next. The second is refused with 23505, or would "
            "be if invoice_no were no key.",
            hint="Let one statement read and write: UPDATE … RETURNING.",
        ),
        "locks_the_orders": wrong(
            sends(
                "BEGIN",
                "LOCK TABLE orders",
                "INSERT INTO invoices SELECT coalesce(max(invoice_no), 0) + 1, :order FROM invoices",
                "COMMIT",
            ),
            "No gap, and whoever ships an order waits for your invoice as well. Only those who need a number shall "
            "wait for a number.",
            hint="Lock the row in numbers and nothing else.",
        ),
    },
    hints=(
        "What fails takes back the rows that it wrote, and no number of a sequence.",
        "Keep the last number in a row, and write number and invoice in one transaction.",
        "UPDATE numbers SET last = last + 1 RETURNING last, then INSERT with :last, between BEGIN and COMMIT.",
    ),
)

which_limit = choice(
    "3.7.6",
    minutes=1,
    options={
        "a": "statement_timeout",
        "b": "lock_timeout",
        "c": "idle_in_transaction_session_timeout",
        "d": "idle_session_timeout",
    },
    proof="""
        SELECT letter
        FROM (VALUES ('a', 'statement_timeout'), ('b', 'lock_timeout'), ('c', 'idle_in_transaction_session_timeout'),
                     ('d', 'idle_session_timeout')) AS limits (letter, name) JOIN pg_settings USING (name)
        WHERE short_desc LIKE '%idle time between queries, when in a transaction%'
    """,
    because={
        "a": "No statement is running: the last one has long answered. The application is what takes its time.",
        "b": "It ends the wait of those who stand behind the lock, not the one who holds it. They come back, and wait "
        "again.",
        "d": "It is for sessions that are idle outside of a transaction; those hold nothing.",
    },
    hints=(
        "What does the server see of this session: a statement that runs, a wait, or silence?",
        "The session is silent, in the middle of a transaction.",
        "Its name says both: idle, and in transaction.",
    ),
)
