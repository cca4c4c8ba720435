"""Exercises of lesson 1.9."""

from mnemo_helpers.grading import (
    Action,
    Question,
    at,
    choice,
    history,
    prediction,
    query,
    refused,
    schema,
    wrong,
)

rewritten_invoices = prediction(
    "1.9.1",
    minutes=1,
    label="lines",
    unit="lines",
    measure="""
        SELECT count(*)
        FROM orders JOIN order_lines USING (order_id) JOIN prices USING (product_id, currency_code)
        WHERE valid_to IS NULL AND amount <> unit_price
    """,
    within_factor=1.3,
    because={
        "too_low": "A price is revised every few months, and most of these orders are older than that.",
        "too_high": "There are 862 lines in all, and some are younger than the last change of their price.",
    },
)

# A seller and products 1 to 8, to which prices can be given.
SHOP = """
    INSERT INTO languages VALUES ('en', 'English', 'Latin');
    INSERT INTO currencies VALUES ('USD', 'US dollar', 2), ('EUR', 'Euro', 2);
    INSERT INTO countries VALUES ('US', 'United States', 'en', 'USD');
    INSERT INTO tenants VALUES (1, 'Everfield', 'US', '2023-06-06');
    INSERT INTO brands VALUES (1, 'Plain', 1);
    INSERT INTO categories VALUES (1, NULL, 'lamps', 'Lamps');
    INSERT INTO products
    SELECT n, 1, 1, 1, 'L-' || n, 'Lamp ' || n, 'Gives light.', 900, '2024-01-01', '2024-01-01'
    FROM generate_series(1, 8) AS n;
"""


def priced(values: str) -> str:
    """Return SQL that fills the shop with prices: rows of (product, currency, from, to, amount)."""
    return f"{SHOP} INSERT INTO prices VALUES {values};"


def compared(in_force: str, *, keep: str = "a.amount <> b.amount", of: str = "currency_code = 'USD'") -> str:
    """Return a query that joins the prices of two instants; in ``in_force`` the instant is called ``at``."""
    january, july = (in_force.replace("at", f"timestamptz '2025-{month}-01'") for month in ("01", "07"))
    return f"""
        SELECT product_id, a.amount AS january, b.amount AS july
        FROM (SELECT * FROM prices WHERE {of} AND {january}) AS a
        JOIN (SELECT * FROM prices WHERE {of} AND {july}) AS b USING (product_id)
        WHERE {keep}
    """


half_a_year = query(
    "1.9.2",
    minutes=4,
    reference=compared("tstzrange(valid_from, valid_to) @> at"),
    rows={
        "prices that begin and end on these very days": priced("""
            (1, 'USD', '2024-01-01', '2025-01-01', 10), (1, 'USD', '2025-01-01', '2025-07-01', 11),
            (1, 'USD', '2025-07-01', NULL, 12)
        """),
        "a price that came back, one that never changed, a new product, one given up, and prices in euros": priced("""
            (2, 'USD', '2024-01-01', '2025-02-01', 20), (2, 'USD', '2025-02-01', '2025-05-01', 25),
            (2, 'USD', '2025-05-01', NULL, 20),
            (3, 'USD', '2024-01-01', NULL, 30),
            (4, 'USD', '2025-03-01', '2025-04-01', 40), (4, 'USD', '2025-04-01', NULL, 41),
            (5, 'USD', '2024-01-01', '2025-02-01', 49), (5, 'USD', '2025-02-01', '2025-06-01', 50),
            (6, 'USD', '2024-01-01', '2025-06-01', 60), (6, 'USD', '2025-06-01', '2025-09-01', 61),
            (6, 'USD', '2025-09-01', NULL, 62),
            (7, 'EUR', '2024-01-01', '2025-06-01', 70), (7, 'EUR', '2025-06-01', NULL, 71),
            (7, 'USD', '2024-01-01', NULL, 75)
        """),
    },
    accepts=(
        compared("valid_from <= at AND (valid_to > at OR valid_to IS NULL)"),
        compared("at >= valid_from AND at < coalesce(valid_to, 'infinity')", keep="NOT a.amount = b.amount"),
        """
        WITH asked AS (
            SELECT product_id,
                   max(amount) FILTER (WHERE tstzrange(valid_from, valid_to) @> timestamptz '2025-01-01') AS january,
                   max(amount) FILTER (WHERE tstzrange(valid_from, valid_to) @> timestamptz '2025-07-01') AS july
            FROM prices WHERE currency_code = 'USD' GROUP BY product_id
        )
        SELECT * FROM asked WHERE january <> july ORDER BY product_id
        """,
        """
        SELECT DISTINCT a.product_id, a.amount, b.amount FROM prices AS a, prices AS b
        WHERE a.product_id = b.product_id AND a.currency_code = 'USD' AND b.currency_code = 'USD'
          AND a.amount <> b.amount
          AND a.valid_from <= '2025-01-01' AND (a.valid_to > '2025-01-01' OR a.valid_to IS NULL)
          AND b.valid_from <= '2025-07-01' AND (b.valid_to > '2025-07-01' OR b.valid_to IS NULL)
        """,
    ),
    rejects={
        "between": wrong(
            compared("at BETWEEN valid_from AND valid_to"),
            "BETWEEN takes both ends: where one price ends and the next begins you get two. And the price that still "
            "holds has no end, so that you do not get it at all.",
            hint="A period contains its beginning and not its end.",
        ),
        "still_valid_forgotten": wrong(
            compared("valid_from <= at AND valid_to > at"),
            "The price that still holds has NULL for its end, and no instant is before NULL. You lose every product "
            "whose price of July is the last one.",
            hint="“Until further notice” is a NULL. A range takes it for infinity.",
        ),
        "other_end": wrong(
            compared("valid_from < at AND (valid_to >= at OR valid_to IS NULL)"),
            "At the very beginning of a period you take the price before. `valid_from` belongs to its period, "
            "`valid_to` to the next one.",
            hint="Which of the two comparisons needs the =?",
        ),
        "all_currencies": wrong(
            compared("tstzrange(valid_from, valid_to) @> at", of="true"),
            "A product has a price in each currency that its seller sells in, and you compare dollars with yen.",
        ),
        "same_price_too": wrong(
            compared("tstzrange(valid_from, valid_to) @> at", keep="true"),
            "Products that cost the same on both days are in your answer.",
        ),
        "a_change_in_between": wrong(
            """
            SELECT a.product_id, a.amount, b.amount
            FROM prices AS a JOIN prices AS b USING (product_id, currency_code)
            WHERE currency_code = 'USD' AND b.valid_from = a.valid_to AND a.amount <> b.amount
              AND b.valid_from > '2025-01-01' AND b.valid_from <= '2025-07-01'
            """,
            "You list the changes of the half-year. Asked is what the two days differ in: a price may have gone up and "
            "come back, and a product may have changed its price twice.",
            hint="Find the price of one day first, then that of the other, and join the two.",
        ),
        "last_begun": wrong(
            """
            SELECT a.product_id, a.amount, b.amount
            FROM (SELECT DISTINCT ON (product_id) product_id, amount FROM prices
                  WHERE currency_code = 'USD' AND valid_from <= '2025-01-01'
                  ORDER BY product_id, valid_from DESC) AS a
            JOIN (SELECT DISTINCT ON (product_id) product_id, amount FROM prices
                  WHERE currency_code = 'USD' AND valid_from <= '2025-07-01'
                  ORDER BY product_id, valid_from DESC) AS b USING (product_id)
            WHERE a.amount <> b.amount
            """,
            "The price that began last need not hold any more. A product that was given up has none in July.",
            hint="valid_to has to be asked as well.",
        ),
        "new_products_too": wrong(
            """
            SELECT product_id, a.amount, b.amount
            FROM (SELECT * FROM prices WHERE currency_code = 'USD'
                  AND tstzrange(valid_from, valid_to) @> timestamptz '2025-01-01') AS a
            FULL JOIN (SELECT * FROM prices WHERE currency_code = 'USD'
                  AND tstzrange(valid_from, valid_to) @> timestamptz '2025-07-01') AS b USING (product_id)
            WHERE a.amount IS DISTINCT FROM b.amount
            """,
            "A product without a price on one of the two days is in your answer. It has not changed its price: it "
            "began or was given up.",
        ),
    },
    hints=(
        "Take one day. Which rows of `prices` hold then? There must be at most one for each product.",
        "Two such queries, one for each day, joined by the product.",
        "tstzrange(valid_from, valid_to) @> timestamptz '2025-01-01', and the same for July.",
    ),
)

# 1.9.3: a history in which no two values hold at once.

COMMISSION_ACTIONS = (
    Action("agree", ("seller", "percent", "since", "until"), says="A commission holds for a period."),
    Action("change", ("seller", "percent", "since"), says="The one that holds ends, and this one begins."),
)
COMMISSION_QUESTIONS = (
    Question("commissions", ("seller", "percent", "since", "until"), says="All of them, with their periods."),
)
GIST = "CREATE EXTENSION btree_gist;\n"
RANGES = """
CREATE TABLE commissions (
    seller  text NOT NULL,
    percent numeric NOT NULL,
    during  daterange NOT NULL CHECK (NOT isempty(during)),
    EXCLUDE USING gist (seller WITH =, during WITH &&)
);
"""
OF_RANGES = {
    "agree": "INSERT INTO commissions VALUES (:seller, :percent, daterange(:since, :until));",
    "change": """
UPDATE commissions SET during = daterange(lower(during), :since) WHERE seller = :seller AND upper_inf(during);
INSERT INTO commissions VALUES (:seller, :percent, daterange(:since, NULL));
""",
    "commissions": "SELECT seller, percent, lower(during), upper(during) FROM commissions;",
}
TWO_DAYS = """
CREATE TABLE commissions (
    seller  text NOT NULL,
    percent numeric NOT NULL,
    since   date NOT NULL,
    until   date,
    CHECK (until > since),
    EXCLUDE USING gist (seller WITH =, daterange(since, until) WITH &&)
);
"""
OF_TWO_DAYS = {
    "agree": "INSERT INTO commissions VALUES (:seller, :percent, :since, :until);",
    "change": """
UPDATE commissions SET until = :since WHERE seller = :seller AND until IS NULL;
INSERT INTO commissions VALUES (:seller, :percent, :since, NULL);
""",
    "commissions": "SELECT seller, percent, since, until FROM commissions;",
}
EXCLUDED = ",\n    EXCLUDE USING gist (seller WITH =, daterange(since, until) WITH &&)"
LOOK = """
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {first}
    IF EXISTS (SELECT FROM commissions WHERE seller = NEW.seller AND ctid IS DISTINCT FROM {itself}
               AND daterange(since, until) && daterange(NEW.since, NEW.until)) THEN
        RAISE exclusion_violation USING MESSAGE = 'this seller has a commission then';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER look BEFORE INSERT ON commissions FOR EACH ROW EXECUTE FUNCTION look();
"""


def commissions(*tables: str, told: dict[str, str], **sections: str) -> str:
    """Return an answer: tables, and the sections of ``told`` except those given."""
    parts = [
        f"{part.heading}\n{(told | sections)[part.name].strip()}"
        for part in (*COMMISSION_ACTIONS, *COMMISSION_QUESTIONS)
    ]
    return "\n".join([*(table.strip() for table in tables), *parts])


def replaced(text: str, *changes: tuple[str, str]) -> str:
    """Return a text with parts replaced, each of which must be there."""
    for old, new in changes:
        if old not in text:
            raise ValueError(f"{old!r} is not in it")
        text = text.replace(old, new)
    return text


one_commission = schema(
    "1.9.3",
    minutes=5,
    actions=COMMISSION_ACTIONS,
    questions=COMMISSION_QUESTIONS,
    legal={
        "One commission ends on the day on which the next begins.": history(
            ("agree", "Everfield", "12", "2025-01-01", "2025-07-01"),
            ("agree", "Everfield", "10", "2025-07-01", None),
            gives={
                "commissions": [
                    ("Everfield", "12", "2025-01-01", "2025-07-01"),
                    ("Everfield", "10", "2025-07-01", None),
                ]
            },
        ),
        "After a change both commissions can be read, and the old one ends where the new one begins.": history(
            ("agree", "Everfield", "12", "2025-01-01", None),
            ("change", "Everfield", "10", "2025-07-01"),
            gives={
                "commissions": [
                    ("Everfield", "12", "2025-01-01", "2025-07-01"),
                    ("Everfield", "10", "2025-07-01", None),
                ]
            },
        ),
        "Each seller has a commission of its own, and the change of one leaves the other alone.": history(
            ("agree", "Everfield", "12", "2025-01-01", None),
            ("agree", "Harbour", "8", "2025-01-01", None),
            ("change", "Everfield", "10", "2025-07-01"),
            gives={
                "commissions": [
                    ("Everfield", "12", "2025-01-01", "2025-07-01"),
                    ("Everfield", "10", "2025-07-01", None),
                    ("Harbour", "8", "2025-01-01", None),
                ]
            },
        ),
    },
    illegal={
        "On each day a seller has at most one commission.": refused(
            ("agree", "Everfield", "12", "2025-01-01", "2025-07-01"),
            ("agree", "Everfield", "10", "2025-06-01", "2025-09-01"),
            sqlstates=("23",),
            at_once=True,
            broken="a seller owes two commissions on one day",
        ),
        "What holds until further notice leaves no room for another.": refused(
            ("agree", "Everfield", "12", "2025-01-01", None),
            ("agree", "Everfield", "10", "2026-01-01", None),
            sqlstates=("23",),
            broken="a seller owes two commissions on one day",
        ),
        "A period lasts at least a day.": refused(
            ("agree", "Everfield", "12", "2025-01-01", "2025-01-01"),
            sqlstates=("23",),
            broken="a commission holds on no day at all",
        ),
        "A period does not end before it begins.": refused(
            ("agree", "Everfield", "12", "2025-07-01", "2025-01-01"), sqlstates=("22000", "23")
        ),
    },
    reference=commissions(GIST, RANGES, told=OF_RANGES),
    accepts=(
        commissions(GIST, TWO_DAYS, told=OF_TWO_DAYS),
        # Sellers of their own, and both writes in one statement.
        commissions(
            GIST,
            """
CREATE TABLE sellers (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE commissions (
    seller_id integer NOT NULL REFERENCES sellers,
    percent   smallint NOT NULL CHECK (percent BETWEEN 0 AND 100),
    during    daterange NOT NULL,
    CONSTRAINT one_at_a_time EXCLUDE USING gist (seller_id WITH =, during WITH &&),
    CONSTRAINT lasts CHECK (during <> 'empty')
);
""",
            told=OF_RANGES,
            agree="""
INSERT INTO sellers (name) VALUES (:seller) ON CONFLICT DO NOTHING;
INSERT INTO commissions SELECT id, :percent, daterange(:since, :until) FROM sellers WHERE name = :seller;
""",
            change="""
WITH ended AS (
    UPDATE commissions SET during = daterange(lower(during), :since)
    WHERE seller_id = (SELECT id FROM sellers WHERE name = :seller) AND upper_inf(during)
    RETURNING seller_id, upper(during) AS since
)
INSERT INTO commissions SELECT seller_id, :percent, daterange(since, NULL) FROM ended;
""",
            commissions="""
SELECT name, percent, lower(during), upper(during) FROM commissions JOIN sellers ON id = seller_id;
""",
        ),
        # Code that looks, after it has locked what it looks at.
        commissions(
            TWO_DAYS.replace(EXCLUDED, ""),
            LOOK.format(first="PERFORM pg_advisory_xact_lock(hashtext(NEW.seller));", itself="NULL"),
            told=OF_TWO_DAYS,
        ),
    ),
    rejects={
        "keyed_by_the_beginning": wrong(
            commissions(
                TWO_DAYS.replace(EXCLUDED, ",\n    PRIMARY KEY (seller, since)"),
                told=OF_TWO_DAYS,
            ),
            "Two commissions of one seller overlap, and nobody is refused. A key compares beginnings only, and these "
            "begin on different days; ON CONFLICT DO NOTHING would leave the second out without a word.",
            hint="Which kind of constraint knows the operator &&?",
        ),
        "one_without_an_end": wrong(
            commissions(
                TWO_DAYS.replace(EXCLUDED, ""),
                "CREATE UNIQUE INDEX ON commissions (seller) WHERE until IS NULL;",
                told=OF_TWO_DAYS,
            ),
            "At most one commission without an end: that is kept. Periods with an end overlap as they like, each other "
            "and the one that holds.",
            hint="An exclusion constraint compares whole periods.",
        ),
        "looks_first": wrong(
            commissions(TWO_DAYS.replace(EXCLUDED, ""), LOOK.format(first="", itself="NULL"), told=OF_TWO_DAYS),
            "Your trigger looks whether there is room, and sees what others have committed. Two people who enter a "
            "commission at the same time both find room.",
            hint="A constraint sees what is not committed yet, and waits.",
        ),
        "part_of_a_range": wrong(
            commissions(
                GIST,
                RANGES,
                told=OF_RANGES,
                change="""
UPDATE commissions SET upper(during) = :since WHERE seller = :seller AND upper_inf(during);
INSERT INTO commissions VALUES (:seller, :percent, daterange(:since, NULL));
""",
            ),
            "The change does not go in, and the server says below why. If it is about upper(during): that can be read "
            "and not set. A range is one value, and is replaced as a whole.",
            hint="SET during = daterange(lower(during), :since).",
        ),
        "both_ends_belong": wrong(
            commissions(
                GIST,
                RANGES,
                told=OF_RANGES,
                agree="INSERT INTO commissions VALUES (:seller, :percent, daterange(:since, :until, '[]'));",
                change=replaced(OF_RANGES["change"], ("lower(during), :since)", "lower(during), :since, '[]')")),
            ),
            "With `[]` the last day belongs to the period, and the next one, which begins on that day, overlaps it. "
            "`until` is the first day after.",
            hint="Leave the third argument out: [) is what daterange makes by itself.",
        ),
        "one_for_all_sellers": wrong(
            commissions(RANGES.replace("(seller WITH =, during WITH &&)", "(during WITH &&)"), told=OF_RANGES),
            "Two sellers cannot have a commission at the same time. What may not overlap are the periods of one and "
            "the same seller.",
            hint="In an exclusion constraint, WITH = stands beside what must be equal for two rows to be in conflict.",
        ),
        "off_by_a_day": wrong(
            commissions(
                GIST,
                RANGES,
                told=OF_RANGES,
                change=replaced(OF_RANGES["change"], ("lower(during), :since)", "lower(during), :since::date - 1)")),
            ),
            "After the change the rows are not those that are due; they stand below side by side. `until` is the first "
            "day after the period, so that the old commission ends on the very day on which the new one begins.",
            hint="With half-open periods nobody subtracts a day.",
        ),
        "overwritten": wrong(
            commissions(
                GIST,
                RANGES,
                told=OF_RANGES,
                change="UPDATE commissions SET percent = :percent WHERE seller = :seller AND upper_inf(during);",
            ),
            "The change writes over the old commission. What was owed in the spring cannot be told any more: the past "
            "now has the new percentage.",
            hint="A change ends one row and adds another.",
        ),
        "old_one_removed": wrong(
            commissions(
                GIST,
                RANGES,
                told=OF_RANGES,
                change="""
DELETE FROM commissions WHERE seller = :seller AND upper_inf(during);
INSERT INTO commissions VALUES (:seller, :percent, daterange(:since, NULL));
""",
            ),
            "The old commission is gone. It ends; it has not ceased to have been.",
            hint="Give the old row an end instead of deleting it.",
        ),
        "old_one_goes_on": wrong(
            commissions(
                GIST,
                RANGES,
                told=OF_RANGES,
                change="INSERT INTO commissions VALUES (:seller, :percent, daterange(:since, NULL));",
            ),
            "The old commission holds until further notice, so that a new one has no room. It has to end first. In one "
            "WITH, the order in which you write is not the order in which it happens: the INSERT has to read from the "
            "UPDATE.",
            hint="Which row holds now? Set its end, then insert.",
        ),
        "everybody_ends": wrong(
            commissions(
                GIST,
                RANGES,
                told=OF_RANGES,
                change=replaced(OF_RANGES["change"], ("WHERE seller = :seller AND", "WHERE")),
            ),
            "The change of one seller changes what another one pays.",
        ),
        "empty_periods": wrong(
            commissions(GIST, RANGES.replace(" CHECK (NOT isempty(during))", ""), told=OF_RANGES),
            "A period from a day to the same day is empty. It overlaps nothing, so that the exclusion constraint lets "
            "in any number of them. A CHECK that compares lower() and upper() does not help, since both are NULL then.",
            hint="isempty() tells; a CHECK refuses.",
        ),
    },
    hints=(
        "“At most one on each day” is about periods that overlap. Keys compare for equality: what compares for &&?",
        "EXCLUDE USING gist (seller WITH =, during WITH &&), and a CHECK against empty periods.",
        "change: first UPDATE the row whose upper_inf(during), so that it ends at :since, then INSERT the next.",
    ),
)

# 1.9.4: soft delete, and signing up again.

CLUB = "CREATE TABLE members (user_id int PRIMARY KEY, email text NOT NULL, deleted_at timestamptz);"
ALIVE = "CREATE VIEW live_members AS SELECT user_id, email FROM members WHERE deleted_at IS NULL;"
ONE_ALIVE = "CREATE UNIQUE INDEX ON members (email) WHERE deleted_at IS NULL;"
ADA, ADA_AGAIN = ("sign_up", "1", "ada@example.org"), ("sign_up", "2", "ada@example.org")

signs_up_again = schema(
    "1.9.4",
    minutes=4,
    given=CLUB,
    actions=(
        Action(
            "sign_up",
            ("user_id", "email"),
            says="Somebody becomes a member.",
            sql="INSERT INTO members (user_id, email) VALUES (:user_id, :email)",
        ),
        Action(
            "leave",
            ("user_id",),
            says="A member leaves.",
            sql="UPDATE members SET deleted_at = now() WHERE user_id = :user_id",
        ),
        Action(
            "undo",
            ("user_id",),
            says="The leaving was a mistake.",
            sql="UPDATE members SET deleted_at = NULL WHERE user_id = :user_id",
        ),
    ),
    questions=(
        Question("live", ("user_id", "email"), says="Who has not left.", sql="SELECT user_id, email FROM live_members"),
    ),
    legal={
        "The view has those who have not left.": history(
            ADA, ("sign_up", "2", "ben@example.org"), ("leave", "1"), gives={"live": [("2", "ben@example.org")]}
        ),
        "Who has left can sign up again, as often as they like.": history(
            at("2026-01-10 09:00"),
            ADA,
            ("leave", "1"),
            at("2026-02-10 09:00"),
            ADA_AGAIN,
            ("leave", "2"),
            at("2026-03-10 09:00"),
            ("sign_up", "3", "ada@example.org"),
            gives={"live": [("3", "ada@example.org")]},
        ),
        "Who comes back and leaves again is not held up, be it in the same instant.": history(
            at("2026-01-10 09:00"),
            ADA,
            ("leave", "1"),
            ADA_AGAIN,
            ("leave", "2"),
            gives={"live": []},
        ),
        "A leaving can be undone.": history(
            ADA, ("leave", "1"), ("undo", "1"), gives={"live": [("1", "ada@example.org")]}
        ),
    },
    illegal={
        "Among the members who have not left, an address is there once.": refused(
            ADA, ADA_AGAIN, sqlstates=("23",), at_once=True, broken="two live members share an address"
        ),
        "No leaving is undone beside a new account with the same address.": refused(
            ADA, ("leave", "1"), ADA_AGAIN, ("undo", "1"), sqlstates=("23",), broken="two live members share an address"
        ),
    },
    reference=f"{ONE_ALIVE}\n{ALIVE}",
    accepts=(
        f"ALTER TABLE members ADD EXCLUDE USING btree (email WITH =) WHERE (deleted_at IS NULL);\n{ALIVE}",
        "ALTER TABLE members ADD COLUMN live_email text "
        "GENERATED ALWAYS AS (CASE WHEN deleted_at IS NULL THEN email END) STORED UNIQUE;\n"
        "CREATE VIEW live_members AS SELECT user_id, live_email AS email FROM members WHERE live_email IS NOT NULL;",
    ),
    rejects={
        "unique_for_ever": wrong(
            f"ALTER TABLE members ADD UNIQUE (email);\n{ALIVE}",
            "The row of whoever has left is still a row, and holds the address. Nobody can sign up again.",
            hint="The address is unique among some of the rows only. An index can have a WHERE.",
        ),
        "never_compared": wrong(
            f"ALTER TABLE members ADD UNIQUE (email, deleted_at);\n{ALIVE}",
            "Two who have not left share an address, and nothing refuses them. A view refuses nothing, nor does an "
            "index that is not UNIQUE. And UNIQUE (email, deleted_at) does not compare them: both have NULL in "
            "`deleted_at`, and for UNIQUE one NULL is not equal to another.",
            hint="An index can be UNIQUE and have a WHERE; then it holds only the rows that are meant.",
        ),
        "nulls_are_equal": wrong(
            f"ALTER TABLE members ADD UNIQUE NULLS NOT DISTINCT (email, deleted_at);\n{ALIVE}",
            "Those who have not left are compared, and an address is there once among them. Those who have left are "
            "compared too: two rows of one address with the same `deleted_at` are refused, as an import or a job that "
            "closes accounts makes them.",
            hint="Say which rows must not share an address: an index can be UNIQUE and have a WHERE.",
        ),
        "looks_first": wrong(
            """
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.deleted_at IS NULL AND EXISTS (
        SELECT FROM members WHERE email = NEW.email AND deleted_at IS NULL AND user_id <> NEW.user_id) THEN
        RAISE unique_violation USING MESSAGE = 'this address is taken';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER look BEFORE INSERT OR UPDATE ON members FOR EACH ROW EXECUTE FUNCTION look();
"""
            + ALIVE,
            "Your code looks first, and finds nothing where two sign up at the same time: neither sees what the other "
            "has not committed.",
            hint="An index that is UNIQUE waits for the other session.",
        ),
        "wrong_half": wrong(
            f"CREATE UNIQUE INDEX ON members (email) WHERE deleted_at IS NOT NULL;\n{ALIVE}",
            "Your index holds those who have left. Nobody could leave twice, and those who have not left are not "
            "compared.",
        ),
        "view_of_all": wrong(
            f"{ONE_ALIVE}\nCREATE VIEW live_members AS SELECT user_id, email FROM members;",
            "The view does not have those who have not left, and only those; the rows below show it.",
            hint="The view needs the same WHERE as the index.",
        ),
    },
    hints=(
        "Which rows must not share an address? Say it with a WHERE.",
        "UNIQUE as a constraint has no WHERE. CREATE UNIQUE INDEX has one.",
        "WHERE deleted_at IS NULL, once in the index and once in the view.",
    ),
)

# 1.9.5: what a foreign key can be told about a parent that is marked as gone.

ACCOUNTS = """
CREATE TABLE customers (customer_id int PRIMARY KEY, closed_at timestamptz);
CREATE TABLE orders (order_id int PRIMARY KEY, delivered_at timestamptz,
                     customer_id int NOT NULL REFERENCES customers);
"""
JOINED, PLACED, DELIVERED, CLOSED = ("join", "1"), ("place", "7", "1"), ("deliver", "7"), ("close", "1")
GUARDS = """
CREATE FUNCTION guard_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM customers WHERE customer_id = NEW.customer_id AND closed_at IS NULL{lock};
    IF NEW.delivered_at IS NULL AND NOT FOUND THEN
        RAISE foreign_key_violation USING MESSAGE = 'this account is closed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_order BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION guard_order();
CREATE FUNCTION guard_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.closed_at IS NOT NULL AND EXISTS (
        SELECT FROM orders WHERE customer_id = NEW.customer_id AND delivered_at IS NULL) THEN
        RAISE foreign_key_violation USING MESSAGE = 'an order is under way';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_customer BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION guard_customer();
"""

closed_accounts = schema(
    "1.9.5",
    minutes=8,
    optional=True,
    given=ACCOUNTS,
    actions=(
        Action(
            "join", ("customer_id",), says="An account begins.", sql="INSERT INTO customers VALUES (:customer_id, NULL)"
        ),
        Action(
            "place",
            ("order_id", "customer_id"),
            says="An order comes in.",
            sql="INSERT INTO orders (order_id, customer_id) VALUES (:order_id, :customer_id)",
        ),
        Action(
            "deliver",
            ("order_id",),
            says="It is delivered.",
            sql="UPDATE orders SET delivered_at = now() WHERE order_id = :order_id",
        ),
        Action(
            "take_back",
            ("order_id",),
            says="It was not delivered after all.",
            sql="UPDATE orders SET delivered_at = NULL WHERE order_id = :order_id",
        ),
        Action(
            "close",
            ("customer_id",),
            says="An account is closed.",
            sql="UPDATE customers SET closed_at = now() WHERE customer_id = :customer_id",
        ),
    ),
    questions=(
        Question(
            "orders", ("order_id", "customer_id"), says="All orders.", sql="SELECT order_id, customer_id FROM orders"
        ),
        Question(
            "closed",
            ("customer_id",),
            says="Closed accounts.",
            sql="SELECT customer_id FROM customers WHERE closed_at IS NOT NULL",
        ),
    ),
    legal={
        "An account has several orders under way.": history(
            JOINED, PLACED, ("place", "8", "1"), gives={"orders": [("7", "1"), ("8", "1")], "closed": []}
        ),
        "An account whose orders were delivered is closed, and the orders stay.": history(
            JOINED, PLACED, DELIVERED, CLOSED, gives={"orders": [("7", "1")], "closed": [("1",)]}
        ),
        "A delivery of an open account is taken back.": history(
            JOINED, PLACED, DELIVERED, ("take_back", "7"), gives={"orders": [("7", "1")]}
        ),
    },
    illegal={
        "A closed account gets no new orders.": refused(
            JOINED, CLOSED, PLACED, sqlstates=("23",), at_once=True, broken="a closed account waits for an order"
        ),
        "An account with an order under way is not closed.": refused(
            JOINED, PLACED, CLOSED, sqlstates=("23",), at_once=True, broken="a closed account waits for an order"
        ),
        "No delivery of a closed account is taken back.": refused(
            JOINED,
            PLACED,
            DELIVERED,
            CLOSED,
            ("take_back", "7"),
            sqlstates=("23",),
            broken="a closed account waits for an order",
        ),
    },
    reference="""
ALTER TABLE customers
    ADD COLUMN live boolean GENERATED ALWAYS AS (CASE WHEN closed_at IS NULL THEN true END) STORED,
    ADD UNIQUE (customer_id, live);
ALTER TABLE orders
    ADD COLUMN under_way boolean GENERATED ALWAYS AS (CASE WHEN delivered_at IS NULL THEN true END) STORED,
    ADD FOREIGN KEY (customer_id, under_way) REFERENCES customers (customer_id, live);
""",
    accepts=(
        # The customer's number itself is the key of the living, and NULL for the others.
        """
ALTER TABLE customers ADD COLUMN live_id int
    GENERATED ALWAYS AS (CASE WHEN closed_at IS NULL THEN customer_id END) STORED UNIQUE;
ALTER TABLE orders ADD COLUMN waiting int
    GENERATED ALWAYS AS (CASE WHEN delivered_at IS NULL THEN customer_id END) STORED REFERENCES customers (live_id);
""",
        # Code on both tables that locks the account before it looks.
        GUARDS.format(lock=" FOR SHARE"),
    ),
    rejects={
        "code_on_orders": wrong(
            GUARDS.format(lock="").split("CREATE FUNCTION guard_customer")[0],
            "Your code is asked when an order is written, be it a trigger or a function in a CHECK. Nobody asks it "
            "when an account is closed, and two sessions at once pass it by.",
            hint="Which change of which table can break the rule? There are three.",
        ),
        "both_look_first": wrong(
            GUARDS.format(lock=""),
            "One after the other, both of your triggers refuse what they should. At the same time, neither sees what "
            "the other session has not committed.",
            hint="A foreign key sees it. Which key do only open accounts have?",
        ),
        "all_orders_hold_it": wrong(
            """
ALTER TABLE customers
    ADD COLUMN live boolean GENERATED ALWAYS AS (CASE WHEN closed_at IS NULL THEN true END) STORED,
    ADD UNIQUE (customer_id, live);
ALTER TABLE orders
    ADD COLUMN live boolean NOT NULL DEFAULT true CHECK (live),
    ADD FOREIGN KEY (customer_id, live) REFERENCES customers (customer_id, live);
""",
            "As with the subscriptions, every order needs an open account, delivered ones too. So nobody who ever "
            "ordered can close the account.",
            hint="Only an order under way needs an open account. Can the column in orders be NULL for the others?",
        ),
        "false_is_not_null": wrong(
            """
ALTER TABLE customers
    ADD COLUMN live boolean GENERATED ALWAYS AS (closed_at IS NULL) STORED,
    ADD UNIQUE (customer_id, live);
ALTER TABLE orders
    ADD COLUMN under_way boolean GENERATED ALWAYS AS (delivered_at IS NULL) STORED,
    ADD FOREIGN KEY (customer_id, under_way) REFERENCES customers (customer_id, live);
""",
            "An order that is delivered cannot be delivered: it would ask for an account that is closed. A foreign key "
            "passes over NULL, and false is not NULL.",
            hint="CASE WHEN … THEN true END is NULL where the condition does not hold.",
        ),
        "carried_along": wrong(
            """
ALTER TABLE customers
    ADD COLUMN live boolean GENERATED ALWAYS AS (CASE WHEN closed_at IS NULL THEN true END) STORED,
    ADD UNIQUE (customer_id, live);
ALTER TABLE orders
    ADD COLUMN live boolean DEFAULT true,
    ADD FOREIGN KEY (customer_id, live) REFERENCES customers (customer_id, live) ON UPDATE CASCADE;
""",
            "ON UPDATE CASCADE carries the NULL of a closed account into its orders, and a foreign key asks nothing "
            "of a NULL. An order under way does not keep its account open.",
            hint="The column in orders must follow from the order alone.",
        ),
        "check_with_a_query": wrong(
            "ALTER TABLE orders ADD CHECK (NOT EXISTS (SELECT FROM customers AS c "
            "WHERE c.customer_id = orders.customer_id AND closed_at IS NOT NULL));",
            "A CHECK sees the row that is written and no other; PostgreSQL refuses a query in it.",
            hint="What looks into another table is a foreign key.",
        ),
        "part_of_a_foreign_key": wrong(
            "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (customer_id) "
            "WHERE (delivered_at IS NULL);",
            "That would say it, and SQL has no foreign key with a WHERE. It passes over rows with a NULL, though.",
            hint="A generated column can be NULL for the orders that do not matter.",
        ),
        "part_of_a_key": wrong(
            "CREATE UNIQUE INDEX ON customers (customer_id) WHERE closed_at IS NULL;\n"
            "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (customer_id);",
            "A foreign key does not point at an index with a WHERE; yours points at the primary key once more, which "
            "closed accounts have too.",
            hint="Make a column that only open accounts have, and declare it unique together with the number.",
        ),
    },
    hints=(
        "A foreign key sees keys. Which key could an account have only while it is open?",
        "A generated column is true while closed_at IS NULL, and NULL after. UNIQUE (customer_id, live) makes a key.",
        "A generated column of orders is true while delivered_at IS NULL. A foreign key of both columns skips NULL.",
    ),
)

# 1.9.6: to erase a person, and nothing else.

PEOPLE = """
CREATE TABLE people (person_id int PRIMARY KEY, email text NOT NULL, name text NOT NULL);
CREATE TABLE orders (order_id int PRIMARY KEY, person_id int REFERENCES people,
                     ship_to text NOT NULL, total numeric NOT NULL);
CREATE TABLE letters (letter_no int PRIMARY KEY, sent_to text NOT NULL, subject text NOT NULL);
CREATE TABLE log (entry int GENERATED ALWAYS AS IDENTITY, before jsonb NOT NULL);
CREATE FUNCTION log_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO log (before) VALUES (to_jsonb(OLD));
    RETURN NULL;
END $$;
CREATE TRIGGER log_person AFTER UPDATE OR DELETE ON people FOR EACH ROW EXECUTE FUNCTION log_person();
CREATE FUNCTION find_text(wanted text) RETURNS TABLE (found_in text) LANGUAGE plpgsql AS $$
DECLARE
    there boolean;
BEGIN
    FOR found_in IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I AS t WHERE strpos(t::text, $1) > 0)', found_in)
            INTO there USING wanted;
        IF there THEN RETURN NEXT; END IF;
    END LOOP;
END $$;
"""
LETTERS = """
UPDATE letters SET sent_to = 'erased'
WHERE sent_to IN (SELECT email FROM people WHERE person_id = :person_id
                  UNION SELECT before ->> 'email' FROM log WHERE before ->> 'person_id' = :person_id);
"""
LETTERS_OF_TODAY = (
    "UPDATE letters SET sent_to = 'erased' WHERE sent_to IN (SELECT email FROM people WHERE person_id = :person_id);"
)
ORDERS = "UPDATE orders SET person_id = NULL, ship_to = 'erased' WHERE person_id = :person_id;"
GOES = "DELETE FROM people WHERE person_id = :person_id;"
LOG = "UPDATE log SET before = before - 'email' - 'name' WHERE before ->> 'person_id' = :person_id;"


def erase(*statements: str, ddl: str = "") -> str:
    """Return an answer: what is added to the tables, and the statements of the action."""
    return "\n".join(part.strip() for part in (ddl, "-- action erase(person_id)", *statements) if part)


NORA = (
    ("join", "1", "nora@example.org", "Nora Quill"),
    ("buy", "7", "1", "84"),
    ("write", "1", "1", "Order 7 is on its way"),
)
ERASED = ("erase", "1")

erased = schema(
    "1.9.6",
    minutes=8,
    given=PEOPLE,
    actions=(
        Action(
            "join",
            ("person_id", "email", "name"),
            says="A person comes.",
            sql="INSERT INTO people VALUES (:person_id, :email, :name)",
        ),
        Action(
            "move",
            ("person_id", "email"),
            says="A person has another address.",
            sql="UPDATE people SET email = :email WHERE person_id = :person_id",
        ),
        Action(
            "buy",
            ("order_id", "person_id", "total"),
            says="A person orders.",
            sql="INSERT INTO orders SELECT :order_id, person_id, name, :total FROM people WHERE person_id = :person_id",
        ),
        Action(
            "write",
            ("letter_no", "person_id", "subject"),
            says="A letter is sent.",
            sql="INSERT INTO letters SELECT :letter_no, email, :subject FROM people WHERE person_id = :person_id",
        ),
        Action("erase", ("person_id",), says="A person is forgotten."),
    ),
    questions=(
        Question(
            "traces",
            ("found_in", "text"),
            says="Where the first person can be found.",
            sql="""
                SELECT found_in, wanted AS text
                FROM unnest(ARRAY['Nora Quill', 'nora@example.org', 'nora@new.example', md5('nora@example.org'),
                                  md5('Nora Quill'), encode(sha256('nora@example.org'), 'hex'),
                                  encode(sha256('Nora Quill'), 'hex')]) AS wanted CROSS JOIN find_text(wanted)
            """,
        ),
        Question("books", ("order_id", "total"), says="What was sold.", sql="SELECT order_id, total FROM orders"),
        Question("sent", ("letter_no", "subject"), says="What was sent.", sql="SELECT letter_no, subject FROM letters"),
        Question(
            "others",
            ("where", "what"),
            says="What is known of the second person.",
            sql="""
                SELECT 'people' AS "where", email || ', ' || name AS what FROM people WHERE person_id = 2
                UNION ALL SELECT 'orders', person_id || ', ' || ship_to FROM orders WHERE order_id = 8
                UNION ALL SELECT 'letters', sent_to FROM letters WHERE letter_no = 2
                UNION ALL SELECT 'log', before ->> 'email' FROM log WHERE before ->> 'person_id' = '2'
            """,
        ),
        Question(
            "log",
            ("entries",),
            # An erasure may change the person more than once, and writes an entry each time.
            says="How many entries the log has, counted as far as two.",
            sql="SELECT least(count(*), 2) AS entries FROM log",
        ),
    ),
    legal={
        "Each order keeps its total, each letter its subject, and the log has the move and the erasure.": history(
            *NORA,
            ("move", "1", "nora@new.example"),
            ERASED,
            gives={"books": [("7", "84")], "sent": [("1", "Order 7 is on its way")], "log": [("2",)]},
        ),
        "Name and address are in no table any more, not even as a hash.": history(*NORA, ERASED, gives={"traces": []}),
        "An address that the person had before is gone too.": history(
            *NORA, ("move", "1", "nora@new.example"), ERASED, gives={"traces": []}
        ),
        "Other people lose nothing.": history(
            *NORA,
            ("join", "2", "ben@example.org", "Ben Ito"),
            ("buy", "8", "2", "12"),
            ("write", "2", "2", "Order 8 is on its way"),
            ("move", "2", "ben@new.example"),
            ERASED,
            gives={
                "others": [
                    ("people", "ben@new.example, Ben Ito"),
                    ("orders", "2, Ben Ito"),
                    ("letters", "ben@example.org"),
                    ("log", "ben@example.org"),
                ]
            },
        ),
    },
    illegal={},
    reference=erase(LETTERS, ORDERS, GOES, LOG),
    accepts=(
        # The row stays as a number, so that the orders still belong together.
        erase(
            LETTERS,
            "UPDATE orders SET ship_to = '' WHERE person_id = :person_id;",
            "UPDATE people SET email = 'erased', name = 'erased' WHERE person_id = :person_id;",
            "UPDATE log SET before = jsonb_build_object('person_id', before -> 'person_id') "
            "WHERE before ->> 'person_id' = :person_id;",
        ),
        # A function, which notes the erasure for the day on which a backup is restored.
        erase(
            "SELECT forget(:person_id);",
            ddl="""
CREATE TABLE erasures (person_id int PRIMARY KEY, erased_at timestamptz NOT NULL DEFAULT now());
CREATE FUNCTION forget(who int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    known text[];
BEGIN
    SELECT array_agg(email) INTO known FROM people WHERE person_id = who;
    SELECT known || coalesce(array_agg(before ->> 'email'), '{}') INTO known
    FROM log WHERE (before ->> 'person_id')::int = who;
    UPDATE letters SET sent_to = '-' WHERE sent_to = ANY (known);
    UPDATE orders SET ship_to = '-', person_id = NULL WHERE person_id = who;
    DELETE FROM people WHERE person_id = who;
    UPDATE log SET before = '{}' WHERE (before ->> 'person_id')::int = who;
    INSERT INTO erasures (person_id) VALUES (who);
END $$;
""",
        ),
    ),
    rejects={
        "parcel_forgotten": wrong(
            erase(LETTERS, replaced(ORDERS, (", ship_to = 'erased'", "")), GOES, LOG),
            "Something is left; the rows below say what and where. The name was copied onto the parcel, the address "
            "onto the letter, and the trigger copies both into the log. A hash of either counts as well.",
            hint="Go through the tables one by one: which columns can hold a name or an address?",
        ),
        "only_hidden": wrong(
            erase(
                "UPDATE people SET deleted_at = now() WHERE person_id = :person_id;",
                ddl="ALTER TABLE people ADD COLUMN deleted_at timestamptz;",
            ),
            "A mark erases nothing. The row is there, with name and address, and the log has got a copy more.",
            hint="find_text of the lesson tells where a name is left. Ask it after your statements.",
        ),
        "deleted_and_refused": wrong(
            erase(GOES),
            "The orders refer to the person, so that the person cannot go before they let go.",
            hint="Look at the tables one by one. What does each know of the person?",
        ),
        "emptied": wrong(
            erase(replaced(LETTERS, ("'erased'", "NULL")), replaced(ORDERS, ("'erased'", "NULL")), GOES, LOG),
            "`sent_to` and `ship_to` may not be empty, so that the server refuses the NULL. Write another word there, "
            "or drop the NOT NULL before the section begins.",
            hint="ALTER TABLE letters ALTER sent_to DROP NOT NULL, or SET sent_to = 'erased'.",
        ),
        "letters_emptied": wrong(
            erase(replaced(LETTERS_OF_TODAY, ("'erased'", "NULL")), ORDERS, GOES, LOG),
            "`sent_to` may not be empty, so that the server refuses the NULL. Write another word there, or drop its "
            "NOT NULL. And letters to an address that the person had before are not found.",
            hint="ALTER TABLE letters ALTER sent_to DROP NOT NULL, or SET sent_to = 'erased'.",
        ),
        "orders_go_too": wrong(
            erase(LETTERS, "DELETE FROM orders WHERE person_id = :person_id;", GOES, LOG),
            "Something is lost that should stay; the rows below say what. An order keeps its total, a letter its "
            "subject, and the log its entries. Only who it was goes.",
            hint="person_id of orders may be NULL, and before - 'email' takes a key out of a jsonb.",
        ),
        "everything_goes": wrong(
            erase(
                replaced(LETTERS_OF_TODAY, ("UPDATE letters SET sent_to = 'erased'", "DELETE FROM letters")),
                "DELETE FROM orders WHERE person_id = :person_id;",
                GOES,
                "DELETE FROM log WHERE before ->> 'person_id' = :person_id;",
            ),
            "You delete whatever has to do with the person, and the books go with it. An order keeps its total, a "
            "letter its subject, the log its entries: overwrite the columns that say who it was.",
            hint="DELETE only the row in people.",
        ),
        "letters_go_too": wrong(
            erase(LETTERS.replace("UPDATE letters SET sent_to = 'erased'", "DELETE FROM letters"), ORDERS, GOES, LOG),
            "That a letter was sent is to be known further on. Only to whom is not.",
        ),
        "log_goes_too": wrong(
            erase(LETTERS, ORDERS, GOES, "DELETE FROM log WHERE before ->> 'person_id' = :person_id;"),
            "Entries of the log are lost. That something was changed stays; whose name and address it was goes.",
            hint="before - 'email' takes a key out of a jsonb.",
        ),
        "log_emptied": wrong(
            erase(LETTERS, ORDERS, GOES, "TRUNCATE log;"),
            "The whole log is gone, with what it has on everybody else. Entries stay, of this person as well; only "
            "name and address are taken out of them.",
            hint="UPDATE log, with a WHERE that finds the entries of this person.",
        ),
        "not_logged": wrong(
            erase("ALTER TABLE people DISABLE TRIGGER USER;", LETTERS, ORDERS, GOES, LOG),
            "The log has the move, and nothing of the erasure. Whatever happens to a person is logged: let the "
            "trigger write its entry, and take out of it who it was.",
            hint="Let the trigger on, and clean the log after people.",
        ),
        "only_where_they_are": wrong(
            erase("UPDATE people SET email = 'erased', name = 'erased' WHERE person_id = :person_id;"),
            "In people the person is gone. The name was copied onto the parcel, the address onto the letter, and the "
            "log has just copied both.",
            hint="Which columns of which tables can hold a name or an address?",
        ),
        "log_forgotten": wrong(
            erase(LETTERS, ORDERS, GOES),
            "The log keeps each row as it was before a change. Your own DELETE or UPDATE has made it write the person "
            "down once more.",
            hint="before - 'email' - 'name' takes both out of an entry.",
        ),
        "log_first": wrong(
            erase(LETTERS, LOG, ORDERS, GOES),
            "You clean the log and change people after it. Then the trigger writes the person into the log again.",
            hint="In which order?",
        ),
        "address_of_today": wrong(
            erase(LETTERS_OF_TODAY, ORDERS, GOES, LOG),
            "The address of today is gone. One that the person had before is left, where the rows below say.",
            hint="Where is it noted which address somebody had before? Ask before you clean it.",
        ),
        "address_already_gone": wrong(
            erase(
                ORDERS,
                GOES,
                LETTERS_OF_TODAY,
                LOG,
            ),
            "When the letters are looked for, nobody knows the address any more: the person is gone already.",
            hint="Letters first, as long as it is known what to look for.",
        ),
        "hashed": wrong(
            erase(
                replaced(LETTERS, ("'erased'", "md5(sent_to)")),
                replaced(ORDERS, ("'erased'", "md5(ship_to)")),
                GOES,
                LOG,
            ),
            "A hash of an address is found again by everybody who has the address, as the lesson has shown.",
            hint="Nothing that is computed from the address may stay.",
        ),
        "letters_hashed": wrong(
            erase(replaced(LETTERS, ("'erased'", "md5(sent_to)")), ORDERS, GOES, LOG),
            "On the letter stands a hash of the address now. Whoever has the address makes the same hash and finds "
            "the letter, as the lesson has shown.",
            hint="One and the same word for everybody says nothing of anybody.",
        ),
        "everybody": wrong(
            erase(
                "UPDATE letters SET sent_to = 'erased';",
                ORDERS,
                GOES,
                "UPDATE log SET before = before - 'email' - 'name';",
            ),
            "Other people have lost something, who did not ask for it; the rows below say what.",
        ),
    },
    hints=(
        "Four tables. Which columns of each can hold the name or the address?",
        "Letters have an address only. Which addresses had the person, now and before? The log knows, so ask first.",
        "Letters, then orders, then people, and the log last, since a change of people writes into it.",
    ),
)

alive_twice = choice(
    "1.9.7",
    minutes=1,
    options={
        "a": "UNIQUE (email)",
        "b": "UNIQUE (email, deleted_at)",
        "c": "a unique index on email WHERE deleted_at IS NULL",
        "d": "UNIQUE NULLS NOT DISTINCT (email, deleted_at)",
    },
    proof="""
        WITH one (email, deleted_at) AS (VALUES ('ada@example.org', NULL::timestamptz)), other AS (TABLE one)
        SELECT letter
        FROM one, other, LATERAL (VALUES
            ('a', one.email = other.email),
            ('b', (one.email, one.deleted_at) = (other.email, other.deleted_at)),
            ('c', one.email = other.email AND one.deleted_at IS NULL AND other.deleted_at IS NULL),
            ('d', (one.email, one.deleted_at) IS NOT DISTINCT FROM (other.email, other.deleted_at))
        ) AS compared (letter, the_same)
        WHERE the_same IS NOT TRUE
    """,
    because={
        "a": "It lets nobody in twice, alive or not. It keeps out too many, not too few.",
        "c": "That index holds those who are alive, and among them an address is there once.",
        "d": "Here NULL counts as equal to NULL, so that two who are alive are compared. It refuses too much: also two "
        "of one address who left in the same instant.",
    },
    hints=(
        "Both rows have NULL in deleted_at. Which of the four compares them?",
        "For a plain UNIQUE, rows with a NULL are never equal.",
        "Look for the plain UNIQUE that has deleted_at in it.",
    ),
)
