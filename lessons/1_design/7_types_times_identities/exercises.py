"""Exercises of lesson 1.7."""

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

books_that_balance = prediction(
    "1.7.1",
    minutes=1,
    label="transactions",
    unit="transactions",
    measure="""
        SELECT count(*)
        FROM (SELECT FROM ledger_entries GROUP BY transaction_id
              HAVING sum(amount::double precision ORDER BY account_id) = 0) AS balanced
    """,
    within_factor=1.5,
    because={
        "too_high": "Three or four amounts are enough: each is a little off, and the little bits need not cancel each "
        "other.",
        "too_low": "Most balance all the same: amounts without cents are exact as floats too, and often what is off in "
        "one entry is off in another, the other way round.",
    },
)

# 1.7.2: receipts of a cash desk.
PRINT = Action(
    "print_receipt",
    ("receipt_no", "printed_at", "business_day", "amount", "remark"),
    says="The cash desk prints a receipt.",
)
ASK_FROM = Action(
    "ask_from",
    ("zone",),
    says="Somebody asks from another time zone.",
    sql="SELECT set_config('TimeZone', :zone, true)",
)
RECEIPTS = """
CREATE TABLE receipts (
    receipt_no   text PRIMARY KEY,
    printed_at   timestamptz NOT NULL,
    business_day date NOT NULL,
    amount       numeric NOT NULL CHECK (amount > 0 AND amount <> 'NaN' AND amount = round(amount, 2)),
    remark       text
);
"""
RECEIPT_SECTIONS = {
    "print_receipt": "INSERT INTO receipts VALUES (:receipt_no, :printed_at, :business_day, :amount, :remark);",
    "receipts": "SELECT receipt_no, printed_at, business_day, amount, remark FROM receipts;",
    "total": "SELECT sum(amount) FROM receipts;",
}


def receipts(*changes: tuple[str, str], before: str = "", **sections: str) -> str:
    """Return an answer: the table of the reference with parts of it replaced, and its sections except those given."""
    table = RECEIPTS
    for old, new in changes:
        if old not in table:
            raise ValueError(f"{old!r} is not in the table")
        table = table.replace(old, new)
    told = RECEIPT_SECTIONS | sections
    return f"""{before}{table}
-- action print_receipt(receipt_no, printed_at, business_day, amount, remark)
{told["print_receipt"]}
-- question receipts(receipt_no, printed_at, business_day, amount, remark)
{told["receipts"]}
-- question total(amount)
{told["total"]}
"""


CHECKED = "numeric NOT NULL CHECK (amount > 0 AND amount <> 'NaN' AND amount = round(amount, 2))"
NIGHT = "2025-10-25 23:30:00+00"


def receipt(
    number: str | None = "00417",
    when: str | None = NIGHT,
    day: str | None = "2025-10-25",
    amount: str | None = "12.50",
    remark: str | None = None,
) -> tuple[str | None, ...]:
    """Return a step: a receipt, all right where nothing else is said."""
    return ("print_receipt", number, when, day, amount, remark)


LONG = "Gift wrapped in blue; " * 13

types_of_a_receipt = schema(
    "1.7.2",
    minutes=8,
    actions=(PRINT, ASK_FROM),
    questions=(
        Question("receipts", ("receipt_no", "printed_at", "business_day", "amount", "remark"), says="Every receipt."),
        Question("total", ("amount",), says="What all receipts come to."),
    ),
    legal={
        "A receipt without a remark goes in and comes back as it was.": history(
            receipt("52817"), gives={"receipts": [("52817", NIGHT, "2025-10-25", "12.50", None)]}
        ),
        "A receipt has the number that is printed on it: 00417 and 417 are two.": history(
            receipt("00417"),
            receipt("417"),
            gives={
                "receipts": [
                    ("00417", NIGHT, "2025-10-25", "12.50", None),
                    ("417", NIGHT, "2025-10-25", "12.50", None),
                ]
            },
        ),
        "In the night in which clocks are put back, half past two comes twice, and an hour lies between.": history(
            receipt("00418", "2025-10-26 02:30:00+02"),
            receipt("00419", "2025-10-26 02:30:00+01"),
            gives={
                "receipts": [
                    ("00418", "2025-10-26 00:30:00+00", "2025-10-25", "12.50", None),
                    ("00419", "2025-10-26 01:30:00+00", "2025-10-25", "12.50", None),
                ]
            },
        ),
        "Amounts are exact: 0.10 and 0.20 are 0.30.": history(
            receipt("00420", amount="0.10"), receipt("00421", amount="0.20"), gives={"total": [("0.30",)]}
        ),
        "Large amounts are exact as well.": history(
            receipt("00422", amount="1234567.89"), receipt("00423", amount="0.04"), gives={"total": [("1234567.93",)]}
        ),
        "A remark is as long as one likes.": history(receipt("00424", remark=LONG)),
        # London has left summer time by the instant, and not yet at the midnight before: only a day moves.
        "A day of business is the same day, wherever one asks from.": history(
            receipt("00425", "2025-10-26 01:30:00+00"),
            ("ask_from", "Europe/London"),
            gives={"receipts": [("00425", "2025-10-26 01:30:00+00", "2025-10-25", "12.50", None)]},
        ),
    },
    illegal={
        "No two receipts have one number.": refused(
            receipt("00417"), receipt("00417", amount="3.00"), sqlstates=("23",)
        ),
        "A part of a cent is refused, not rounded.": refused(receipt(amount="12.345"), sqlstates=("22", "23")),
        "An amount is more than nothing.": refused(receipt(amount="0.00"), sqlstates=("22", "23")),
        "What is no number is no amount.": refused(receipt(amount="NaN"), sqlstates=("22", "23")),
        "A receipt has a number.": refused(receipt(None), sqlstates=("22", "23")),
        "A receipt belongs to a day of business.": refused(receipt(day=None), sqlstates=("22", "23")),
        "A receipt has an amount.": refused(receipt(amount=None), sqlstates=("22", "23")),
        "A receipt was printed at an instant.": refused(receipt(when=None), sqlstates=("22", "23")),
        "A day of business is a day of the calendar.": refused(receipt(day="2025-02-30"), sqlstates=("22", "23")),
    },
    reference=receipts(),
    accepts=(
        # A domain says what an amount is, for every table that has one. NaN counts as more than Infinity.
        receipts(
            (CHECKED, "euros NOT NULL"),
            before="CREATE DOMAIN euros AS numeric CHECK (VALUE > 0 AND VALUE < 'Infinity' AND scale(VALUE) <= 2);",
        ),
        # Whole cents. What is no whole number of them is no bigint.
        receipts(
            (f"amount       {CHECKED}", "cents bigint NOT NULL CHECK (cents > 0)"),
            print_receipt="INSERT INTO receipts VALUES (:receipt_no, :printed_at, :business_day, "
            "trim_scale(:amount::numeric * 100)::text::bigint, :remark);",
            receipts="SELECT receipt_no, printed_at, business_day, cents / 100.0, remark FROM receipts;",
            total="SELECT sum(cents) / 100 FROM receipts;",
        ),
        # An instant by the clock of UTC, and a third digit that is there only to be refused.
        receipts(
            ("timestamptz", "timestamp"),
            (CHECKED, "numeric(12,3) NOT NULL CHECK (amount BETWEEN 0.01 AND 999999999 AND amount % 0.01 = 0)"),
            print_receipt="INSERT INTO receipts VALUES (:receipt_no, :printed_at::timestamptz AT TIME ZONE 'UTC', "
            ":business_day, :amount, :remark);",
        ),
    ),
    rejects={
        "as_usual": wrong(
            receipts((CHECKED, "numeric(12,2) NOT NULL CHECK (amount > 0)")),
            "So it stands in many schemas. A part of a cent goes in: numeric(12,2) rounds it before any check sees it, "
            "and numeric alone keeps it. And 'NaN' counts as more than nothing.",
            hint="Let the type take more digits than are allowed, and a check refuse them, and 'NaN' by name.",
        ),
        "not_a_number": wrong(
            receipts((CHECKED, "numeric NOT NULL CHECK (amount > 0 AND amount = round(amount, 2))")),
            "'NaN' is a value of the type numeric. It counts as larger than every number and equal to itself, so both "
            "conditions hold for it.",
            hint="Name it: amount <> 'NaN'. Or give an upper bound.",
        ),
        "rounded_by_the_type": wrong(
            receipts((CHECKED, "numeric(12,2) NOT NULL CHECK (amount > 0 AND amount <> 'NaN')")),
            "A part of a cent went in, and no check refused it. numeric(12,2) rounds before any check sees the amount; "
            "numeric alone keeps every digit.",
            hint="Let the type take more digits than are allowed, and a check refuse them.",
        ),
        "may_lack": wrong(
            receipts((" NOT NULL", "")),
            "A receipt may be without its amount: a check refuses what is false, and a comparison with NULL is not.",
            hint="Which words keep NULL out?",
        ),
        "day_may_lack": wrong(
            receipts(("date NOT NULL", "date")),
            "All but the remark it must have, and a receipt may be without its day. A type takes NULL if nothing says "
            "otherwise.",
            hint="Which words keep NULL out?",
        ),
        "number_may_lack": wrong(
            receipts(("text PRIMARY KEY", "text UNIQUE")),
            "UNIQUE takes NULL, as often as it comes: a receipt may be without its number.",
            hint="A primary key is UNIQUE and NOT NULL.",
        ),
        "day_as_instant": wrong(
            receipts(("business_day date", "business_day timestamptz")),
            "As an instant, a day is the midnight of the session that wrote it. Who asks by another clock sees another "
            "time, and further west another day.",
            hint="Which type knows no clock?",
        ),
        "double_precision": wrong(
            receipts(
                (
                    CHECKED,
                    "double precision NOT NULL CHECK (amount > 0 AND amount <> 'NaN' AND "
                    "amount::numeric = round(amount::numeric, 2))",
                )
            ),
            "A float counts in halves and quarters: 0.10 and 0.20 do not come to 0.30.",
            hint="Which type counts in tenths?",
        ),
        "real": wrong(
            receipts(
                (
                    CHECKED,
                    "real NOT NULL CHECK (amount > 0 AND amount <> 'NaN' AND "
                    "amount::numeric = round(amount::numeric, 2))",
                )
            ),
            "`real` keeps six digits or seven. A million euros and some cents have nine.",
            hint="Which type counts in tenths, with as many digits as there are?",
        ),
        "type_money": wrong(
            receipts((CHECKED, "money NOT NULL CHECK (amount > 0::money)")),
            "`money` writes its amounts with the sign of a currency that is a setting of the server, and rounds a part "
            "of a cent away. The euros are dollars on this one.",
            hint="Which type holds a number and nothing else, exactly?",
        ),
        "cents_as_sent": wrong(
            receipts(
                (f"amount       {CHECKED}", "cents bigint NOT NULL CHECK (cents > 0)"),
                receipts="SELECT receipt_no, printed_at, business_day, cents / 100.0, remark FROM receipts;",
                total="SELECT sum(cents) / 100 FROM receipts;",
            ),
            "Whole cents are exact. But the desk sends 12.50, and no whole number is written like that.",
            hint="Make cents of it in the action, and refuse what is no whole number of them. Or let the column take "
            "euros.",
        ),
        "rounded_to_cents": wrong(
            receipts(
                (f"amount       {CHECKED}", "cents bigint NOT NULL CHECK (cents > 0)"),
                print_receipt="INSERT INTO receipts VALUES (:receipt_no, :printed_at, :business_day, "
                "(:amount::numeric * 100)::bigint, :remark);",
                receipts="SELECT receipt_no, printed_at, business_day, cents / 100.0, remark FROM receipts;",
                total="SELECT sum(cents) / 100 FROM receipts;",
            ),
            "Whole cents are exact, but a cast to a whole number rounds: a part of a cent goes in as something else.",
            hint="Something must compare what came in with what is kept.",
        ),
        "no_check": wrong(
            receipts((CHECKED, "numeric NOT NULL")),
            "The type takes every number, and 'NaN' besides. What is not to happen, a check must say.",
            hint="Three conditions on the amount, joined by AND.",
        ),
        "number_as_integer": wrong(
            receipts(("receipt_no   text", "receipt_no   integer")),
            "As an integer, 00417 is 417. A number with which nobody calculates is a name, and its zeros belong to it.",
            hint="Would you ever add up numbers of receipts?",
        ),
        "clock_without_zone": wrong(
            receipts(("timestamptz", "timestamp")),
            "A `timestamp` takes what the clock shows and drops the +02 and +01 without a word. So half past two came "
            "twice, at one instant.",
            hint="Which type keeps the instant?",
        ),
        "varchar_255": wrong(
            receipts(("remark       text", "remark       varchar(255)")),
            "No sentence knows of 255. varchar(255) saves nothing, and refuses a long remark.",
            hint="What weighs as much as varchar, and knows no limit?",
        ),
        "day_as_text": wrong(
            receipts(("business_day date", "business_day text")),
            "As text, the thirtieth of February is a day.",
            hint="There is a type for a day.",
        ),
        "day_of_the_clock": wrong(
            receipts(
                print_receipt="INSERT INTO receipts VALUES (:receipt_no, :printed_at, "
                "(:printed_at::timestamptz)::date, :amount, :remark);",
            ),
            "You take the day from the clock. What is sold after midnight belongs to the day before, and the cash desk "
            "knows it: the day is a value of its own.",
            hint="Keep the day that comes in.",
        ),
        "everything_text": wrong(
            """
CREATE TABLE receipts (receipt_no text PRIMARY KEY, printed_at text, business_day text, amount text, remark text);
-- action print_receipt(receipt_no, printed_at, business_day, amount, remark)
INSERT INTO receipts VALUES (:receipt_no, :printed_at, :business_day, :amount, :remark);
-- question receipts(receipt_no, printed_at, business_day, amount, remark)
SELECT receipt_no, printed_at::timestamptz, business_day, amount, remark FROM receipts;
-- question total(amount)
SELECT sum(amount::numeric) FROM receipts;
""",
            "Text keeps everything as it came, and takes everything: no amount, a part of a cent, a day that is none.",
            hint="Give each column the type whose values are just what the sentence allows, or nearly.",
        ),
    },
    hints=(
        "For each column: which values must come back as they were, and which must not go in at all?",
        "A name with digits is text; an instant is timestamptz; a day is date; an exact amount is numeric.",
        "numeric without digits in brackets does not round. Then CHECK (amount > 0 AND amount <> 'NaN' AND …).",
    ),
)

# 1.7.3: both times of a row, kept by the database.
OFFERS = """
CREATE TABLE offers (
    sku text PRIMARY KEY, name text NOT NULL, price numeric NOT NULL,
    created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL
);
"""
TRIGGER = """
CREATE TRIGGER keep_times BEFORE INSERT OR UPDATE ON offers
FOR EACH ROW EXECUTE FUNCTION keep_times();
"""


def keeper(body: str, trigger: str = TRIGGER, more: str = "") -> str:
    """Return an answer: a trigger function of this body, its trigger and what else there is."""
    return f"""
CREATE FUNCTION keep_times() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{body}
END $$;
{trigger}{more}
"""


BOTH = """
    IF TG_OP = 'INSERT' THEN
        NEW.created_at := now();
        NEW.updated_at := now();
    ELSE
        NEW.created_at := OLD.created_at;
        NEW.updated_at := OLD.updated_at;
        IF NEW IS DISTINCT FROM OLD THEN
            NEW.updated_at := now();
        END IF;
    END IF;
    RETURN NEW;
"""
# The function that the lesson shows.
EACH_SAVE = """
    NEW.created_at := CASE TG_OP WHEN 'INSERT' THEN now() ELSE OLD.created_at END;
    NEW.updated_at := now();
    RETURN NEW;
"""
DEFAULTS = "ALTER TABLE offers ALTER created_at SET DEFAULT now(), ALTER updated_at SET DEFAULT now();\n"
MORNING, NOON, EVENING = "2026-03-01 09:00:00+00", "2026-03-01 12:00:00+00", "2026-03-02 20:00:00+00"

times_kept = schema(
    "1.7.3",
    minutes=6,
    given=OFFERS,
    actions=(
        Action(
            "offer",
            ("sku", "name", "price"),
            says="A program offers something and says nothing of times.",
            sql="INSERT INTO offers (sku, name, price) VALUES (:sku, :name, :price)",
        ),
        Action(
            "offer_with_times",
            ("sku", "name", "price", "time"),
            says="A program offers something and sends times of its own.",
            sql="INSERT INTO offers VALUES (:sku, :name, :price, :time, :time)",
        ),
        Action(
            "rename",
            ("sku", "name"),
            says="A program changes the name.",
            sql="UPDATE offers SET name = :name WHERE sku = :sku",
        ),
        Action(
            "reprice",
            ("sku", "price"),
            says="A program changes the price.",
            sql="UPDATE offers SET price = :price WHERE sku = :sku",
        ),
        Action(
            "renumber",
            ("sku", "new_sku"),
            says="A program changes the number of what is offered.",
            sql="UPDATE offers SET sku = :new_sku WHERE sku = :sku",
        ),
        Action(
            "backdate",
            ("sku", "time"),
            says="A program changes nothing but the times.",
            sql="UPDATE offers SET created_at = :time, updated_at = :time WHERE sku = :sku",
        ),
        Action(
            "save",
            ("sku", "name", "time"),
            says="A program writes the whole row back, with times of its own.",
            sql="UPDATE offers SET name = :name, created_at = :time, updated_at = :time WHERE sku = :sku",
        ),
    ),
    questions=(
        Question(
            "times",
            ("sku", "created_at", "updated_at"),
            says="Both times of each offer.",
            sql="SELECT sku, created_at, updated_at FROM offers",
        ),
    ),
    legal={
        "A row that says nothing of times gets both.": history(
            at(MORNING), ("offer", "L-1", "Lamp", "9.00"), gives={"times": [("L-1", MORNING, MORNING)]}
        ),
        "When the name changes, updated_at does, and created_at does not.": history(
            at(MORNING),
            ("offer", "L-1", "Lmap", "9.00"),
            ("offer", "M-1", "Mirror", "20.00"),
            at(NOON),
            ("rename", "L-1", "Lamp"),
            gives={"times": [("L-1", MORNING, NOON), ("M-1", MORNING, MORNING)]},
        ),
        "A new price is a change.": history(
            at(MORNING),
            ("offer", "L-1", "Lamp", "9.00"),
            at(EVENING),
            ("reprice", "L-1", "8.50"),
            gives={"times": [("L-1", MORNING, EVENING)]},
        ),
        "A new number is a change, since whatever is changed is one.": history(
            at(MORNING),
            ("offer", "L-1", "Lamp", "9.00"),
            at(EVENING),
            ("renumber", "L-1", "L-7"),
            gives={"times": [("L-7", MORNING, EVENING)]},
        ),
        "Times that a program sends with a new row are not believed.": history(
            at(NOON),
            ("offer_with_times", "L-1", "Lmap", "9.00", "1999-12-31 23:59:00"),
            at(EVENING),
            ("rename", "L-1", "Lamp"),
            gives={"times": [("L-1", NOON, EVENING)]},
        ),
        "Times that a program sends with a change are not believed.": history(
            at(MORNING),
            ("offer", "L-1", "Lmap", "9.00"),
            at(NOON),
            ("save", "L-1", "Lamp", "1999-12-31 23:59:00"),
            gives={"times": [("L-1", MORNING, NOON)]},
        ),
        "Times that a program sends with nothing else are not believed.": history(
            at(MORNING),
            ("offer", "L-1", "Lamp", "9.00"),
            at(NOON),
            ("backdate", "L-1", "1999-12-31 23:59:00"),
            gives={"times": [("L-1", MORNING, MORNING)]},
        ),
        "A name that is set to what it was is no change.": history(
            at(MORNING),
            ("offer", "L-1", "Lamp", "9.00"),
            at(NOON),
            ("rename", "L-1", "Lamp"),
            gives={"times": [("L-1", MORNING, MORNING)]},
        ),
        "A row that is written back as it was, with other times, is not changed.": history(
            at(MORNING),
            ("offer", "L-1", "Lamp", "9.00"),
            at(NOON),
            ("save", "L-1", "Lamp", "1999-12-31 23:59:00"),
            gives={"times": [("L-1", MORNING, MORNING)]},
        ),
    },
    reference=keeper(BOTH),
    accepts=(
        # Two triggers and two functions; what else there is, as one value without the times.
        """
CREATE FUNCTION born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT now(), now() INTO NEW.created_at, NEW.updated_at;
    RETURN NEW;
END $$;
CREATE FUNCTION changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.created_at = OLD.created_at;
    IF to_jsonb(NEW) - 'updated_at' = to_jsonb(OLD) - 'updated_at' THEN
        NEW.updated_at = OLD.updated_at;
    ELSE
        NEW.updated_at = current_timestamp;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER born BEFORE INSERT ON offers FOR EACH ROW EXECUTE FUNCTION born();
CREATE TRIGGER changed BEFORE UPDATE ON offers FOR EACH ROW EXECUTE FUNCTION changed();
""",
        # Column by column.
        keeper("""
    NEW.created_at := CASE TG_OP WHEN 'INSERT' THEN now() ELSE OLD.created_at END;
    NEW.updated_at := CASE WHEN TG_OP = 'INSERT'
                             OR (NEW.sku, NEW.name, NEW.price) IS DISTINCT FROM (OLD.sku, OLD.name, OLD.price)
                           THEN now() ELSE OLD.updated_at END;
    RETURN NEW;
"""),
        # What is no change is not written at all.
        keeper("""
    IF TG_OP = 'UPDATE' THEN
        NEW.created_at := OLD.created_at;
        NEW.updated_at := OLD.updated_at;
        IF NEW = OLD THEN
            RETURN NULL;
        END IF;
    ELSE
        NEW.created_at := now();
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
"""),
    ),
    rejects={
        "each_save": wrong(
            keeper(EACH_SAVE),
            "That is the trigger of the lesson. For it each save is a change, also one that changes nothing, and the "
            "partner fetches it all.",
            hint="When is the row the same as before? Let the times not take part in it.",
        ),
        "compared_with_the_times": wrong(
            """
CREATE FUNCTION keep_times() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.created_at := CASE TG_OP WHEN 'INSERT' THEN now() ELSE OLD.created_at END;
    NEW.updated_at := now();
    RETURN NEW;
END $$;
CREATE TRIGGER born BEFORE INSERT ON offers FOR EACH ROW EXECUTE FUNCTION keep_times();
CREATE TRIGGER changed BEFORE UPDATE ON offers FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW)
EXECUTE FUNCTION keep_times();
""",
            "Old and new row are compared with all that is in them, and the times that were sent make them differ. So "
            "a save that changes nothing else is taken for a change.",
            hint="Put the old times into the new row first, and compare then.",
        ),
        "defaults": wrong(
            DEFAULTS,
            "A default speaks once, when a row is made and says nothing. No change moves updated_at, and a time that "
            "is sent is taken.",
            hint="What does the server call at each write?",
        ),
        "default_and_update": wrong(
            keeper(
                "    NEW.updated_at := now();\n    RETURN NEW;",
                "CREATE TRIGGER keep_times BEFORE UPDATE ON offers FOR EACH ROW EXECUTE FUNCTION keep_times();\n",
                DEFAULTS,
            ),
            "updated_at moves. But created_at is what a program says it is, in a new row and in a changed one.",
            hint="Take the old row's created_at at a change, and now() at the beginning, whatever was sent.",
        ),
        "created_at_can_be_changed": wrong(
            keeper("""
    IF TG_OP = 'INSERT' THEN
        NEW.created_at := now();
        NEW.updated_at := now();
    ELSIF (NEW.sku, NEW.name, NEW.price) IS DISTINCT FROM (OLD.sku, OLD.name, OLD.price) THEN
        NEW.updated_at := now();
    ELSE
        NEW.updated_at := OLD.updated_at;
    END IF;
    RETURN NEW;
"""),
            "A new row is safe. A program that writes the row back brings a created_at of its own, and it is taken.",
            hint="In an UPDATE the trigger has OLD too.",
        ),
        "both_at_each_change": wrong(
            keeper("    NEW.created_at := now();\n    NEW.updated_at := now();\n    RETURN NEW;"),
            "Each change makes the row new: its created_at moves too.",
            hint="TG_OP says whether it is an 'INSERT' or an 'UPDATE'.",
        ),
        "insert_only": wrong(
            keeper(BOTH, TRIGGER.replace("INSERT OR UPDATE", "INSERT")),
            "The trigger stands where rows come in, and not where they are changed.",
            hint="BEFORE INSERT OR UPDATE.",
        ),
        "update_only": wrong(
            keeper(BOTH, TRIGGER.replace("INSERT OR UPDATE", "UPDATE")),
            "The trigger stands where rows are changed. A new row without times is refused, since both are NOT NULL.",
            hint="BEFORE INSERT OR UPDATE.",
        ),
        "after": wrong(
            keeper(BOTH, TRIGGER.replace("BEFORE", "AFTER")),
            "What your function does to NEW goes nowhere. AFTER the row has been written it is too late; and without "
            "FOR EACH ROW the server calls it once for the statement, where there is no NEW.",
            hint="Which words make the server call the function before it writes a row, and for each one?",
        ),
        "of_the_name": wrong(
            keeper(BOTH, TRIGGER.replace("INSERT OR UPDATE", "INSERT OR UPDATE OF name")),
            "UPDATE OF name is called when the name is set. A new price passes it, and so do times that "
            "are sent alone.",
            hint="Leave OF out, and think of the columns that come next year.",
        ),
        "looks_at_the_name": wrong(
            keeper(BOTH.replace("NEW IS DISTINCT FROM OLD", "NEW.name IS DISTINCT FROM OLD.name")),
            "You look whether the name is another. A new price or a new number is a change as well.",
            hint="Whole rows can be compared: NEW and OLD.",
        ),
        "forgets_the_number": wrong(
            keeper(
                BOTH.replace("NEW IS DISTINCT FROM OLD", "(NEW.name, NEW.price) IS DISTINCT FROM (OLD.name, OLD.price)")
            ),
            "You look at name and price. The number can be changed too, and next year there are more columns.",
            hint="Whole rows can be compared: NEW and OLD.",
        ),
        "updates_again": wrong(
            """
CREATE FUNCTION keep_times() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE offers SET updated_at = now() WHERE sku = NEW.sku;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_times AFTER UPDATE ON offers FOR EACH ROW EXECUTE FUNCTION keep_times();
"""
            + DEFAULTS,
            "Your trigger updates the row, which calls the trigger, which updates the row, until the server gives up.",
            hint="BEFORE the row is written, what is to be written can be changed in NEW.",
        ),
        "default_steps_back": wrong(
            keeper(BOTH, TRIGGER.replace("INSERT OR UPDATE", "UPDATE"), DEFAULTS),
            "A default steps back where a program sends a time. What is not believed, the trigger must overwrite.",
            hint="BEFORE INSERT OR UPDATE.",
        ),
    },
    hints=(
        "Which of the two times has to be set at an INSERT, which at an UPDATE, and to what?",
        "At an UPDATE, first put both old times into NEW. If it differs from OLD then, it is a change.",
        "BEFORE INSERT OR UPDATE … FOR EACH ROW, and in it IF NEW IS DISTINCT FROM OLD THEN NEW.updated_at := now().",
    ),
)

# 1.7.4: what two receipts say.
# One seller, three customers and one product: what orders refer to.
BASE = """
    INSERT INTO languages VALUES ('en', 'English', 'Latin');
    INSERT INTO currencies VALUES ('USD', 'US dollar', 2);
    INSERT INTO countries VALUES ('US', 'United States', 'en', 'USD');
    INSERT INTO regions VALUES (1, 'US', 'Lake Country', 'America/Chicago');
    INSERT INTO tenants VALUES (1, 'Everfield', 'US', '2023-06-06');
    INSERT INTO tenant_currencies VALUES (1, 'USD');
    INSERT INTO users SELECT n, n || '@example.com', 'Customer ' || n, 1, '2024-01-01', '2024-01-01'
    FROM generate_series(1, 4) AS n;
    INSERT INTO addresses SELECT n, 1, 'Customer ' || n, '1 Quay', 'Lakeside', '60001', 1, NULL, '2024-01-01'
    FROM generate_series(1, 4) AS n;
"""


def orders(values: str) -> str:
    """Return SQL that fills the shop with orders: rows of (number, customer, time)."""
    return f"""{BASE}
        INSERT INTO sessions SELECT n, who, 1, 'phone', at::timestamptz, at::timestamptz
        FROM (VALUES {values}) AS v (n, who, at);
        INSERT INTO carts SELECT session_id, session_id, started_at, started_at FROM sessions;
        INSERT INTO orders SELECT session_id, session_id, user_id, 1, 1, 'USD', 'placed', 0, started_at, started_at
        FROM sessions;
    """


DAYS = "extract(epoch FROM max(placed_at) - min(placed_at)) / 86400"
A_WEEK = "max(placed_at) - min(placed_at) >= interval '7 days'"

orders_from_receipts = query(
    "1.7.4",
    minutes=4,
    optional=True,
    reference=f"""
        SELECT user_id, round((max(order_id) - min(order_id)) / ({DAYS}), 1) AS orders_a_day
        FROM orders
        GROUP BY user_id
        HAVING {A_WEEK}
    """,
    rows={
        "one customer, whose two orders lie just seven days apart": orders(
            "(100, 1, '2025-03-03 12:00'), (345, 1, '2025-03-10 12:00')"
        ),
        "four customers: one with three orders, one back after ten days and a half, one too soon, one never": orders(
            "(10, 1, '2025-03-03 12:00'), (20, 1, '2025-03-05 12:00'), (115, 1, '2025-03-13 12:00'), "
            "(11, 2, '2025-03-03 12:00'), (120, 2, '2025-03-13 23:00'), "
            "(12, 3, '2025-03-03 12:00'), (99, 3, '2025-03-10 11:00'), (50, 4, '2025-03-06 12:00')"
        ),
    },
    accepts=(
        """
        WITH first AS (SELECT DISTINCT ON (user_id) user_id, order_id, placed_at FROM orders
                       ORDER BY user_id, order_id),
             last AS (SELECT DISTINCT ON (user_id) user_id, order_id, placed_at FROM orders
                      ORDER BY user_id, order_id DESC)
        SELECT user_id, round((last.order_id - first.order_id) * 86400
                              / extract(epoch FROM last.placed_at - first.placed_at), 1)
        FROM first JOIN last USING (user_id)
        WHERE last.placed_at >= first.placed_at + interval '7 days'
        """,
        """
        SELECT user_id, round((numbers / (seconds / 86400.0))::numeric, 1)
        FROM (SELECT user_id, max(order_id) - min(order_id) AS numbers,
                     extract(epoch FROM max(placed_at)) - extract(epoch FROM min(placed_at)) AS seconds
              FROM orders GROUP BY user_id) AS u
        WHERE seconds >= 7 * 86400
        ORDER BY user_id
        """,
    ),
    rejects={
        "own_orders": wrong(
            f"SELECT user_id, round(count(*) / ({DAYS}), 1) FROM orders GROUP BY user_id HAVING {A_WEEK}",
            "You counted the customer's own orders. What the shop sold in between shows in the numbers: the last one "
            "less the first.",
            hint="What stands on the two receipts?",
        ),
        "from_the_beginning": wrong(
            f"SELECT user_id, round(max(order_id) / ({DAYS}), 1) FROM orders GROUP BY user_id HAVING {A_WEEK}",
            "The last number counts all orders since the shop began, and the days only those between the two receipts.",
            hint="How many orders came between the first receipt and the last?",
        ),
        "whole_days": wrong(
            "SELECT user_id, round((max(order_id) - min(order_id)) / extract(day FROM max(placed_at) - min(placed_at)),"
            f" 1) FROM orders GROUP BY user_id HAVING {A_WEEK}",
            "extract(day FROM …) drops the hours: ten days and eleven hours count as ten.",
            hint="extract(epoch FROM …) gives all of it, in seconds.",
        ),
        "days_of_the_calendar": wrong(
            "SELECT user_id, round((max(order_id) - min(order_id))::numeric / (max(placed_at)::date - "
            f"min(placed_at)::date), 1) FROM orders GROUP BY user_id HAVING {A_WEEK}",
            "A difference of dates counts midnights, and loses the parts of days at both ends.",
            hint="extract(epoch FROM …) gives the time between two instants, in seconds.",
        ),
        "calendar_in_both": wrong(
            "SELECT user_id, round((max(order_id) - min(order_id))::numeric / (max(placed_at)::date - "
            "min(placed_at)::date), 1) FROM orders GROUP BY user_id "
            "HAVING max(placed_at)::date - min(placed_at)::date >= 7",
            "You count midnights. Who came back an hour short of seven days is in it, and the parts of days are lost.",
            hint="A difference of two timestamptz is the whole time between them. Compare it with an interval.",
        ),
        "whole_orders": wrong(
            "SELECT user_id, round((max(order_id) - min(order_id)) / (max(placed_at)::date - min(placed_at)::date), 1) "
            "FROM orders GROUP BY user_id HAVING max(placed_at)::date - min(placed_at)::date >= 7",
            "A difference of dates is a whole number of midnights, and a whole number divided by one drops the rest: "
            "what is after the point was gone before round saw it.",
            hint="extract(epoch FROM …) of a difference of timestamptz is numeric, in seconds.",
        ),
        "everybody": wrong(
            f"SELECT user_id, round((max(order_id) - min(order_id)) / ({DAYS}), 1) FROM orders GROUP BY user_id "
            "HAVING count(*) > 1",
            "Those who came back within a week are in it too. Their numbers say little: one busy day is most of it.",
            hint="HAVING can compare a difference of times with an interval.",
        ),
        "counts_both_ends": wrong(
            f"SELECT user_id, round((max(order_id) - min(order_id) + 1) / ({DAYS}), 1) FROM orders GROUP BY user_id "
            f"HAVING {A_WEEK}",
            "With one added, the first order is counted as well, and the time before it is not: a fence has one post "
            "more than it has gaps.",
            hint="From number 10 at noon to number 12 at the next noon, two orders came.",
        ),
    },
    hints=(
        "The first and the last order of each customer: min and max, of the number and of the time.",
        "A difference of two timestamptz is an interval. extract(epoch FROM …) makes seconds of it; a day has 86,400.",
        "round((max(order_id) - min(order_id)) / (extract(epoch FROM max(placed_at) - min(placed_at)) / 86400), 1).",
    ),
)

# 1.7.5: the time in an id of version 7.


def reader(body: str, *, language: str = "sql") -> str:
    """Return an answer: the function with this body."""
    return f"CREATE FUNCTION made_at(id uuid) RETURNS timestamptz LANGUAGE {language} IMMUTABLE AS $$\n{body}\n$$;"


HEX = "left(replace(id::text, '-', ''), 12)"
AS_TIME = f"to_timestamp(('x' || {HEX})::bit(48)::bigint / 1000.0)"
SEVEN, EARLIER, FOUR = (
    "01957f48-4e80-7abc-8def-0123456789ab",
    "018cc251-f400-7000-8000-000000000001",
    "c4ca4238-a0b9-4382-8dcc-509a6f75849b",
)
# Version 4, and a seven where only the variant's digits follow.
FOUR_WITH_SEVENS = "77777777-7777-4777-8777-777777777777"
# Version 1, the example of RFC 9562. It holds a time, of which uuid_extract_timestamp knows.
ONE = "c232ab00-9414-11ec-b3c8-9f6bdeced846"

read_the_time = schema(
    "1.7.5",
    minutes=4,
    optional=True,
    given="CREATE TABLE vouchers (voucher uuid PRIMARY KEY);",
    actions=(Action("issue", ("voucher",), says="A voucher is issued.", sql="INSERT INTO vouchers VALUES (:voucher)"),),
    questions=(
        Question(
            "made",
            ("voucher", "made_at"),
            says="When the id of each voucher was made.",
            sql="SELECT voucher, made_at(voucher) FROM vouchers",
        ),
    ),
    legal={
        "An id of version 7 tells when it was made.": history(
            ("issue", SEVEN),
            ("issue", EARLIER),
            gives={"made": [(SEVEN, "2025-03-10 09:00:00+00"), (EARLIER, "2024-01-01 00:00:00+00")]},
        ),
        "To the millisecond.": history(
            ("issue", "01957f48-4fd9-7abc-8def-0123456789ab"),
            gives={"made": [("01957f48-4fd9-7abc-8def-0123456789ab", "2025-03-10 09:00:00.345+00")]},
        ),
        "An id of another version tells nothing.": history(
            ("issue", FOUR),
            ("issue", FOUR_WITH_SEVENS),
            ("issue", ONE),
            gives={"made": [(FOUR, None), (FOUR_WITH_SEVENS, None), (ONE, None)]},
        ),
    },
    reference=reader(f"    SELECT CASE WHEN substr(id::text, 15, 1) = '7' THEN {AS_TIME} END"),
    accepts=(
        # Byte by byte.
        reader(
            """
    SELECT to_timestamp((get_byte(b, 0) * 1099511627776 + get_byte(b, 1) * 4294967296
                         + get_byte(b, 2) * 16777216::bigint + get_byte(b, 3) * 65536
                         + get_byte(b, 4) * 256 + get_byte(b, 5)) / 1000.0)
    FROM (SELECT uuid_send(id) AS b) AS bytes
    WHERE get_byte(b, 6) / 16 = 7
"""
        ),
        # Reckoned from the first of January 1970.
        reader(
            f"""
BEGIN
    IF split_part(id::text, '-', 3) NOT LIKE '7%' THEN
        RETURN NULL;
    END IF;
    RETURN timestamptz '1970-01-01 00:00+00' + ('x' || {HEX})::bit(48)::bigint * interval '1 millisecond';
END
""",
            language="plpgsql",
        ),
    ),
    rejects={
        "any_version": wrong(
            reader(f"    SELECT {AS_TIME}"),
            "Your function tells a time for other versions too. In version 4 the bits are random, and a voucher comes "
            "from the far future. Version 1 has a time, which uuid_extract_timestamp reads; asked is version 7 alone.",
            hint="The version is the first digit of the third group.",
        ),
        "as_seconds": wrong(
            reader(
                f"    SELECT CASE WHEN substr(id::text, 15, 1) = '7' THEN "
                f"to_timestamp(('x' || {HEX})::bit(48)::bigint) END"
            ),
            "to_timestamp wants seconds, and the id counts milliseconds. Taken for seconds, they lead tens of "
            "thousands of years ahead.",
            hint="Divide by 1000.0.",
        ),
        "another_digit": wrong(
            reader(f"    SELECT CASE WHEN substr(id::text, 14, 1) = '7' THEN {AS_TIME} END"),
            "Your function gives NULL for version 7 too: where it looks for the version, there is none.",
            hint="With its dashes, the text has the first digit of the third group at place 15; without, at place 13.",
        ),
        "counted_without_dashes": wrong(
            reader(f"    SELECT CASE WHEN substr(id::text, 13, 1) = '7' THEN {AS_TIME} END"),
            "The thirteenth character of the text is the last of the second group, since a dash is a character too.",
            hint="Take the dashes out first, or count them.",
        ),
        "seconds_only": wrong(
            reader(
                f"    SELECT CASE WHEN substr(id::text, 15, 1) = '7' THEN "
                f"to_timestamp(('x' || {HEX})::bit(48)::bigint / 1000) END"
            ),
            "A whole number divided by a whole number drops what is left over, here the milliseconds.",
            hint="1000.0 is no whole number.",
        ),
        "seven_anywhere": wrong(
            reader(f"    SELECT CASE WHEN id::text LIKE '%-7%' THEN {AS_TIME} END"),
            "A group that begins with 7 may be another than the third: your function takes ids of version 4 for "
            "version 7.",
            hint="substr(id::text, 15, 1) is the first digit of the third group.",
        ),
        "first_eight_digits": wrong(
            reader(
                "    SELECT CASE WHEN substr(id::text, 15, 1) = '7' THEN "
                "to_timestamp(('x' || left(id::text, 8))::bit(32)::bigint * 65536 / 1000.0) END"
            ),
            "The first group is two thirds of the time: 32 bits of 48. The rest, a minute or so, stands in the second.",
            hint="Twelve digits, once the dashes are gone.",
        ),
    },
    hints=(
        "The version is one digit of the text. The time is the first twelve, without the dash.",
        "('x' || digits)::bit(48)::bigint makes a number of twelve digits in base sixteen.",
        "The number counts milliseconds; to_timestamp takes seconds. CASE WHEN … THEN … END gives NULL otherwise.",
    ),
)

# 1.7.6: one member for an address.
SIGN_UP = Action(
    "sign_up",
    ("member_no", "seller", "email"),
    says="Somebody becomes a member.",
    sql="INSERT INTO members (member_no, seller, email) VALUES (:member_no, :seller, :email)",
)
CHANGE = Action(
    "change_email",
    ("member_no", "email"),
    says="Somebody changes the address.",
    sql="UPDATE members SET email = :email WHERE member_no = :member_no",
)
LOOSE = r"ALTER TABLE members ADD CONSTRAINT looks_like_one CHECK (email ~ '^[^@\s]+@[^@\s]+$');"
FOLDED = "CREATE UNIQUE INDEX members_email ON members (seller, lower(email));"
FOLDS_ON_THE_WAY = """
ALTER TABLE members ADD UNIQUE (seller, email);
CREATE FUNCTION fold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.email := lower(NEW.email);
    RETURN NEW;
END $$;
CREATE TRIGGER fold BEFORE INSERT OR UPDATE ON members FOR EACH ROW EXECUTE FUNCTION fold();
"""
ADA = ("sign_up", "1", "Everfield", "Ada@Example.com")

one_member = schema(
    "1.7.6",
    minutes=5,
    given="CREATE TABLE members (member_no int PRIMARY KEY, seller text NOT NULL, email text NOT NULL);",
    actions=(SIGN_UP, CHANGE),
    questions=(
        Question(
            "members",
            ("member_no", "email"),
            says="Every member.",
            sql="SELECT member_no, email FROM members",
        ),
    ),
    legal={
        "An address comes back as it was typed.": history(ADA, gives={"members": [(1, "Ada@Example.com")]}),
        "Every address that is well formed may come in.": history(
            ("sign_up", "1", "Everfield", "ada+shop@example.com"),
            ("sign_up", "2", "Everfield", "o'brien@mail.example.org"),
            ("sign_up", "3", "Everfield", "ada@example.photography"),
            ("sign_up", "4", "Everfield", "дана@bücher.example"),
            gives={
                "members": [
                    (1, "ada+shop@example.com"),
                    (2, "o'brien@mail.example.org"),
                    (3, "ada@example.photography"),
                    (4, "дана@bücher.example"),
                ]
            },
        ),
        "Who owns an address may write it otherwise.": history(
            ADA, ("change_email", "1", "ada@example.com"), gives={"members": [(1, "ada@example.com")]}
        ),
        "The same person may be a member with another seller.": history(
            ADA,
            ("sign_up", "2", "Brightwell", "Ada@Example.com"),
            gives={"members": [(1, "Ada@Example.com"), (2, "Ada@Example.com")]},
        ),
    },
    illegal={
        "With one seller an address belongs to one member, in large letters or small.": refused(
            ADA,
            ("sign_up", "2", "Everfield", "ada@example.COM"),
            sqlstates=("23505", "23P01"),
            at_once=True,
            broken="Ada is a member twice",
        ),
        "Nobody changes to an address that somebody has.": refused(
            ADA,
            ("sign_up", "2", "Everfield", "eva@example.com"),
            ("change_email", "2", "ADA@example.com"),
            sqlstates=("23505", "23P01"),
        ),
        "An address has an @.": refused(("sign_up", "1", "Everfield", "ada.example.com"), sqlstates=("23514",)),
        "An address has something before its @.": refused(
            ("sign_up", "1", "Everfield", "@example.com"), sqlstates=("23514",)
        ),
        "An address has something behind its @.": refused(("sign_up", "1", "Everfield", "ada@"), sqlstates=("23514",)),
        "An address has no blank.": refused(("sign_up", "1", "Everfield", "ada @example.com"), sqlstates=("23514",)),
    },
    reference=f"{LOOSE}\n{FOLDED}",
    accepts=(
        # What is compared stands in a column of its own.
        "ALTER TABLE members ADD folded text GENERATED ALWAYS AS (lower(email)) STORED, ADD UNIQUE (folded, seller), "
        r"ADD CHECK (email LIKE '_%@_%' AND email !~ '\s');",
        # An exclusion constraint, which is a constraint with a name.
        r"ALTER TABLE members ADD CONSTRAINT once EXCLUDE (seller WITH =, lower(email) WITH =), "
        "ADD CHECK (position('@' IN email) > 1 AND email NOT LIKE '%@' AND email NOT LIKE '% %');",
        # Upper case does as well.
        "CREATE UNIQUE INDEX ON members (upper(email), seller);\n"
        r"ALTER TABLE members ADD CHECK (email ~ '^\S+@\S+$');",
    ),
    rejects={
        "unique_as_typed": wrong(
            f"{LOOSE}\nALTER TABLE members ADD UNIQUE (seller, email);",
            "UNIQUE (seller, email) compares letter by letter: Ada@Example.com and ada@example.COM are two texts.",
            hint="An index can be unique on what a function gives.",
        ),
        "lower_case_only": wrong(
            f"{LOOSE}\nALTER TABLE members ADD UNIQUE (seller, email), ADD CHECK (email = lower(email));",
            "Ada is refused, because she types her name with a capital. It is a rule for those who write programs, not "
            "for people.",
            hint="Keep what was typed, and compare what is folded.",
        ),
        "folded_on_the_way": wrong(
            f"{LOOSE}\n{FOLDS_ON_THE_WAY}",
            "Your trigger makes small letters of what was typed, and it does not come back as it was.",
            hint="The table may keep one thing and the index another.",
        ),
        "folded_on_the_way_and_no_check": wrong(
            FOLDS_ON_THE_WAY,
            "Your trigger makes small letters of what was typed, and it does not come back as it was. And nothing says "
            "how an address looks.",
            hint="The table may keep one thing and the index another. For how it looks there is CHECK.",
        ),
        "lower_case_and_no_check": wrong(
            "ALTER TABLE members ADD UNIQUE (seller, email), ADD CHECK (email = lower(email));",
            "Ada is refused, because she types her name with a capital. And what is no address at all goes in, as long "
            "as its letters are small.",
            hint="Keep what was typed, and compare what is folded. For how an address looks, a CHECK with a pattern.",
        ),
        "looks_first": wrong(
            f"""{LOOSE}
CREATE FUNCTION look_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM members
               WHERE seller = NEW.seller AND lower(email) = lower(NEW.email) AND member_no <> NEW.member_no) THEN
        RAISE unique_violation USING MESSAGE = 'this address has a member';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER look_first BEFORE INSERT OR UPDATE ON members FOR EACH ROW EXECUTE FUNCTION look_first();""",
            "Your code looks first, and does not see what another session has not committed yet. Two people, or one "
            "who clicks twice, get in at once.",
            hint="What sees rows that are not committed yet, and waits to know?",
        ),
        "of_the_whole_shop": wrong(
            f"{LOOSE}\nCREATE UNIQUE INDEX members_email ON members (lower(email));",
            "With the address alone as the key, who is a member with one seller cannot become one with another.",
            hint="Within what is an address there once?",
        ),
        "strict_pattern": wrong(
            f"{FOLDED}\nALTER TABLE members ADD CHECK "
            r"(email ~ '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,4}$');",
            "Your pattern refuses addresses of people. It may keep out letters of other scripts, an apostrophe or a "
            "long domain, all of which exist.",
            hint="Say only what the sentence says: something, an @, something, and no blank.",
        ),
        "no_check": wrong(
            FOLDED,
            "One member for an address is kept. But what has no name before its @, or no domain behind it, goes in.",
            hint="A CHECK with a pattern: ~ '^…$', or LIKE.",
        ),
        "at_sign_anywhere": wrong(
            f"{FOLDED}\nALTER TABLE members ADD CHECK (email LIKE '%@%');",
            "You ask for an @ and nothing else. Before it or behind it may be nothing, since % stands for nothing as "
            "well, and a blank may be anywhere.",
            hint="In LIKE, _ stands for one letter. position(…) = 1 says that nothing is before it.",
        ),
        "blanks_pass": wrong(
            f"{FOLDED}\nALTER TABLE members ADD CHECK (email LIKE '%_@_%');",
            "A blank is a letter for LIKE.",
            hint="Say that there is no blank: email !~ '\\s'.",
        ),
        "nobody_rewrites": wrong(
            f"{LOOSE}\n{FOLDED}\n"
            """CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE check_violation USING MESSAGE = 'an address stays';
END $$;
CREATE TRIGGER keep BEFORE UPDATE OF email ON members FOR EACH ROW EXECUTE FUNCTION keep();""",
            "People change their addresses. No sentence says that they may not.",
        ),
    },
    hints=(
        "Two things are to be kept: how an address looks, and that it comes once. One is a CHECK. The other?",
        "A unique index can be made on what a function gives, and the column keeps what was typed.",
        r"CREATE UNIQUE INDEX … ON members (seller, lower(email)), and CHECK (email ~ '^[^@\s]+@[^@\s]+$').",
    ),
)

which_list_is_a_table = choice(
    "1.7.7",
    minutes=1,
    options={
        "a": "the states of an order",
        "b": "the devices of a visit",
        "c": "the currencies of a price",
        "d": "the screens in the log",
    },
    proof="""
        -- More is said of a word where it refers to a table with more columns than one, as a currency has its digits.
        WITH lists (letter, of, word) AS (
            VALUES ('a', 'orders'::regclass, 'status'), ('b', 'sessions', 'device'),
                   ('c', 'prices', 'currency_code'), ('d', 'events', 'kind')
        )
        SELECT letter
        FROM lists JOIN pg_attribute AS a ON a.attrelid = of AND a.attname = word
             JOIN pg_constraint AS k ON k.conrelid = of AND k.contype = 'f' AND k.conkey = ARRAY[a.attnum]
        WHERE (SELECT count(*) FROM pg_attribute WHERE attrelid = k.confrelid AND attnum > 0) > 1
    """,
    because={
        "a": "A state is a word that the program knows. A new one is of no use before the program is changed.",
        "b": "Nothing is said of a device but its name, and the program tells them apart.",
        "d": "A screen is made by the program. Nothing else is said of it.",
    },
    hints=(
        "Of which of these words does the shop know more than the word?",
        "Which list is changed by the business, without a new program?",
        "One of them has a number of digits after the point.",
    ),
)
