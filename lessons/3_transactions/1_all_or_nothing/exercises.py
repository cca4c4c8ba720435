"""Exercises of lesson 3.1."""

from mnemo_helpers.grading import (
    Action,
    Invariant,
    Order,
    Question,
    Steps,
    choice,
    history,
    prediction,
    schema,
    stage,
    wrong,
)

PURSES = """
CREATE TABLE purses (owner text PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0));
INSERT INTO purses VALUES ('Ada', 100), ('Ben', 100), ('Cleo', 100);
"""
TRANSFERS = """
CREATE TABLE transfers (giver text NOT NULL REFERENCES purses, taker text NOT NULL REFERENCES purses,
                        amount int NOT NULL CHECK (amount > 0));
"""
# What each COMMIT leaves, noted at its very end: so two halves in two transactions do not go unseen.
AUDITS = """
CREATE TABLE audits (total int NOT NULL);
CREATE FUNCTION note_total() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audits SELECT sum(balance) FROM purses;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER note_total AFTER INSERT OR UPDATE OR DELETE ON purses DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION note_total();
"""
TAKE = "UPDATE purses SET balance = balance - :amount WHERE owner = :giver"
GIVE = "UPDATE purses SET balance = balance + :amount WHERE owner = :taker"
NOTE = "INSERT INTO transfers VALUES (:giver, :taker, :amount)"

transfer = stage(
    "3.1.1",
    minutes=8,
    tables=PURSES + TRANSFERS + AUDITS,
    invariant="(SELECT sum(balance) = 300 FROM purses) AND NOT EXISTS (SELECT FROM audits WHERE total <> 300)",
    says="After each COMMIT the three purses hold 300 together.",
    asks=Steps(
        ("alice", "bob"),
        values={
            "alice": {"giver": "Ada", "taker": "Ben", "amount": 30},
            "bob": {"giver": "Ada", "taker": "Dora", "amount": 20},
        },
        must_do="(SELECT array_agg(balance ORDER BY owner) = '{70,130,100}' FROM purses) "
        "AND NOT EXISTS (SELECT FROM transfers WHERE taker = 'Dora')",
        says="Ada has 70, Ben 130 and Cleo 100, and nothing is left of the transfer to Dora.",
        # What a constraint or the answer's own arithmetic refuses.
        may_fail=("23503", "23514", "23502", "22012"),
    ),
    reference=f"BEGIN; {NOTE}; {TAKE}; {GIVE}; COMMIT",
    accepts=(
        # One statement that moves both rows or none.
        """
        UPDATE purses SET balance = balance + CASE owner WHEN :giver THEN -:amount ELSE :amount END
        WHERE owner IN (:giver, :taker) AND (SELECT count(*) FROM purses WHERE owner IN (:giver, :taker)) = 2
        """,
        # The second half reads what the first has met.
        """
        WITH given AS (
            UPDATE purses SET balance = balance + :amount WHERE owner = :taker RETURNING owner
        )
        UPDATE purses SET balance = balance - :amount WHERE owner = :giver AND EXISTS (SELECT FROM given)
        """,
        # Looks first whether both are there, and writes what the server computes.
        """
        BEGIN;
        SELECT count(*) AS there FROM purses WHERE owner IN (:giver, :taker);
        UPDATE purses SET balance = balance - :amount WHERE owner = :giver AND :there = 2;
        UPDATE purses SET balance = balance + :amount WHERE owner = :taker AND :there = 2;
        COMMIT
        """,
        # The note last: it refuses the whole transaction all the same.
        f"BEGIN; {TAKE}; {GIVE}; {NOTE}; COMMIT;",
    ),
    rejects={
        "nobody_looks": wrong(
            f"BEGIN; {TAKE}; {GIVE}; COMMIT",
            "The UPDATE of Dora's purse meets no row. That is no error, so COMMIT keeps the other half.",
            hint="Which constraint could be asked whether Dora has a purse?",
        ),
        "no_transaction": wrong(
            f"{NOTE}; {TAKE}; {GIVE}",
            "The note is refused, and that was one statement. Those behind it are statements by themselves, and take "
            "Ada's money all the same.",
            hint="What makes several statements one?",
        ),
        "two_transactions": wrong(
            f"BEGIN; {NOTE}; {TAKE}; COMMIT; {GIVE}",
            "You commit one half before the other. In between there is too little, and if your program died there, it "
            "would stay so.",
            hint="Where does the transaction end, and what still belongs in it?",
        ),
        "note_apart": wrong(
            f"{NOTE}; BEGIN; {TAKE}; {GIVE}; COMMIT",
            "The note is a transaction of its own. It is refused, and what comes behind it takes Ada's money all the "
            "same.",
            hint="What does the error have to end?",
        ),
        "asked_and_apart": wrong(
            f"{TAKE} AND EXISTS (SELECT FROM purses WHERE owner = :taker); {GIVE}",
            "You ask whether there is a taker, and that is right. But the halves are two transactions: in between, "
            "money is in no purse.",
            hint="What makes several statements one?",
        ),
        "purse_made_up": wrong(
            f"BEGIN; INSERT INTO purses VALUES (:taker, 0) ON CONFLICT DO NOTHING; {NOTE}; {TAKE}; {GIVE}; COMMIT",
            "Now Dora has a purse that she never asked for, and the money.",
            hint="A transfer to nobody is to come to nothing.",
        ),
        "if_not_found": wrong(
            f"BEGIN; {TAKE}; {GIVE}; IF NOT FOUND THEN ROLLBACK; END IF; COMMIT",
            "The steps are plain SQL. What belongs to PL/pgSQL, as IF NOT FOUND does, has no place among them: a "
            "constraint or a condition must notice Dora.",
            hint="Which constraint could be asked whether Dora has a purse?",
        ),
        "only_noted": wrong(
            NOTE,
            "The transfer is noted and no purse has changed. In this shop balances are kept.",
            hint="Two purses change as well.",
        ),
        "half": wrong(
            f"BEGIN; {NOTE}; {TAKE}; COMMIT",
            "Ada's money is taken, and Ben does not get it.",
            hint="What goes out of one purse goes into another.",
        ),
        "never_committed": wrong(
            f"BEGIN; {NOTE}; {TAKE}; {GIVE}",
            "Nothing counts before COMMIT, and the row that you hold keeps others waiting.",
            hint="How does the transaction end?",
        ),
        "not_even_noticed": wrong(
            f"BEGIN; {TAKE}; {GIVE}",
            "Nothing counts before COMMIT, and the row that you hold keeps others waiting. Nobody notices Dora either.",
            hint="How does the transaction end?",
        ),
        "rolled_back": wrong(
            f"BEGIN; {NOTE}; {TAKE}; {GIVE}; ROLLBACK",
            "Your ROLLBACK undoes Alice's good transfer too. The error alone makes Bob's come to nothing.",
            hint="What does COMMIT answer after an error?",
        ),
        "alice_twice": wrong(
            "BEGIN; INSERT INTO transfers VALUES ('Ada', 'Ben', 30); "
            "UPDATE purses SET balance = balance - 30 WHERE owner = 'Ada'; "
            "UPDATE purses SET balance = balance + 30 WHERE owner = 'Ben'; COMMIT",
            "Bob's session runs your text too, and gives Ben 30 once more. It is to serve for every transfer.",
            hint="Who gives, who takes and how much stand in :giver, :taker and :amount.",
        ),
        "savepoint_between": wrong(
            f"BEGIN; {TAKE}; SAVEPOINT taken; {NOTE}; ROLLBACK TO taken; {GIVE}; COMMIT",
            "A savepoint between the halves undoes the refusal, and half a transfer is committed.",
            hint="Let the error end the whole transaction.",
        ),
    },
    hints=(
        "Bob's transfer must come to nothing. What in it could raise an error, if you wrote it down?",
        "BEGIN, a row into transfers, two UPDATEs that add and subtract, COMMIT.",
        "INSERT INTO transfers VALUES (:giver, :taker, :amount): for Dora that is 23503, and nothing of it stays.",
    ),
)

MADE = """
alice: BEGIN; SELECT balance AS ada FROM purses WHERE owner = 'Ada'
bob: BEGIN; UPDATE purses SET balance = balance - 10 WHERE owner = 'Cleo'
bob: UPDATE purses SET balance = balance + 10 WHERE owner = 'Ada'
bob: COMMIT
alice: UPDATE purses SET balance = :ada - 30 WHERE owner = 'Ada'
alice: UPDATE purses SET balance = balance + 30 WHERE owner = 'Ben'; COMMIT
"""
STEPS = [line for line in MADE.split("\n") if line]
ALICE = [line for line in STEPS if line.startswith("alice")]
BOB = [line for line in STEPS if line.startswith("bob")]

overwritten = stage(
    "3.1.2",
    minutes=3,
    optional=True,
    tables=PURSES,
    given="\n".join(ALICE + BOB),
    invariant="(SELECT sum(balance) = 300 FROM purses)",
    says="The three purses hold 300 together.",
    asks=Order(),
    reference=MADE,
    accepts=(
        # Alice reads when Bob has written and not committed: she sees what was before.
        "\n".join([BOB[0], BOB[1], ALICE[0], BOB[2], ALICE[1], ALICE[2]]),
        "\n".join([BOB[0], ALICE[0], BOB[1], BOB[2], ALICE[1], ALICE[2]]),
        # Alice waits for Bob's row, and then writes over it.
        "\n".join([BOB[0], BOB[1], ALICE[0], ALICE[1], BOB[2], ALICE[2]]),
    ),
    rejects={
        "one_by_one": wrong(
            "\n".join(BOB + ALICE),
            "One after the other: Alice reads what Bob has committed, and her sum is right.",
            hint="What must Alice have read before Bob's COMMIT?",
        ),
        "bob_adds_later": wrong(
            "\n".join([ALICE[0], ALICE[1], BOB[0], ALICE[2], BOB[1], BOB[2]]),
            "Alice has written before Bob adds. He adds to what is there then, so nothing is lost.",
            hint="Only Alice computes by herself. Between which two of her steps must Bob come?",
        ),
        "while_bob_waits": wrong(
            "\n".join([ALICE[0], ALICE[1], BOB[0], BOB[1], BOB[2], ALICE[2]]),
            "This order cannot happen: Bob waits for Ada's row, which Alice has written, so he cannot go on before she "
            "commits.",
            hint="Who writes a row first lets the other wait for it.",
        ),
        "step_left_out": wrong(
            "\n".join([ALICE[0], BOB[0], BOB[1], ALICE[1], ALICE[2]]),
            "Each of the steps has its place, the COMMIT too.",
            hint="There are six steps.",
        ),
    },
    hints=(
        "Which of the two has a number in hand that can grow old?",
        "Between Alice's SELECT and her first UPDATE, something must happen to Ada's purse.",
        "Alice's first step, then all of Bob's, then the rest of Alice's.",
    ),
)

zero_by_currency = stage(
    "3.1.3",
    minutes=5,
    tables="""
        CREATE TABLE accounts (account text PRIMARY KEY, currency text NOT NULL);
        INSERT INTO accounts VALUES ('cash', 'EUR'), ('sales', 'EUR'), ('shipping', 'EUR'), ('yen', 'JPY'),
                                    ('yen sales', 'JPY');
        CREATE TABLE lines (entry int NOT NULL, account text NOT NULL REFERENCES accounts, amount int NOT NULL);
    """,
    says="What an entry does to the accounts of one currency comes to zero.",
    asks=Invariant(
        good={
            "Nothing was booked yet.": "",
            "A sale.": "INSERT INTO lines VALUES (1, 'cash', 50), (1, 'sales', -50)",
            "A sale with shipping: three lines.": "INSERT INTO lines VALUES (1, 'cash', 55), (1, 'sales', -50), "
            "(1, 'shipping', -5)",
            "A sale and another one, in yen.": "INSERT INTO lines VALUES (1, 'cash', 50), (1, 'sales', -50), "
            "(2, 'yen', 900), (2, 'yen sales', -900)",
            "One entry with both currencies, each in balance.": "INSERT INTO lines VALUES (1, 'cash', 50), "
            "(1, 'sales', -50), (1, 'yen', 900), (1, 'yen sales', -900)",
        },
        broken={
            "A line is missing.": "INSERT INTO lines VALUES (1, 'cash', 50)",
            "The other line is missing.": "INSERT INTO lines VALUES (1, 'sales', -50)",
            "Two entries are off, by as much in opposite directions.": "INSERT INTO lines VALUES (1, 'cash', 50), "
            "(1, 'sales', -40), (2, 'cash', 40), (2, 'sales', -50)",
            "50 euros came in, and 50 yen went out.": "INSERT INTO lines VALUES (1, 'cash', 50), (1, 'yen sales', -50)",
            "One entry is right, another one is not.": "INSERT INTO lines VALUES (1, 'cash', 50), (1, 'sales', -50), "
            "(2, 'cash', 7), (2, 'sales', -5)",
        },
    ),
    reference="NOT EXISTS (SELECT FROM lines JOIN accounts USING (account) GROUP BY entry, currency "
    "HAVING sum(amount) <> 0)",
    accepts=(
        "SELECT coalesce(bool_and(total = 0), true) FROM (SELECT sum(amount) AS total FROM lines AS l JOIN accounts "
        "AS a ON a.account = l.account GROUP BY entry, currency) AS totals;",
        "(SELECT count(*) FROM (SELECT entry, currency FROM lines NATURAL JOIN accounts GROUP BY 1, 2 "
        "HAVING sum(amount) != 0) AS off) = 0",
        "0 = ALL (SELECT sum(amount) FROM lines JOIN accounts USING (account) GROUP BY entry, currency)",
    ),
    rejects={
        "all_together": wrong(
            "(SELECT coalesce(sum(amount), 0) = 0 FROM lines)",
            "You sum up all entries. Two that are off by as much in opposite directions hide each other.",
            hint="GROUP BY, and a condition on each group.",
        ),
        "empty_is_unknown": wrong(
            "(SELECT sum(amount) = 0 FROM lines)",
            "You sum up all entries, and the sum of no row is NULL, not 0: books without an entry are in order.",
            hint="NOT EXISTS asks for what must not be, and is true where there is nothing.",
        ),
        "no_entry_is_unknown": wrong(
            "(SELECT bool_and(total = 0) FROM (SELECT sum(amount) AS total FROM lines JOIN accounts USING (account) "
            "GROUP BY entry, currency) AS totals)",
            "Of each entry you ask the right thing. Where there is no entry, bool_and is NULL: neither true nor false.",
            hint="coalesce, or NOT EXISTS.",
        ),
        "currencies_mixed": wrong(
            "NOT EXISTS (SELECT FROM lines GROUP BY entry HAVING sum(amount) <> 0)",
            "You sum up each entry, and add yen to euros.",
            hint="Where does the currency of a line stand?",
        ),
        "by_currency_alone": wrong(
            "NOT EXISTS (SELECT FROM lines JOIN accounts USING (account) GROUP BY currency HAVING sum(amount) <> 0)",
            "You sum up each currency over all entries. Two that are off by as much in opposite directions hide each "
            "other.",
            hint="Of what must the sum be zero: of the books, or of each entry?",
        ),
        "by_account": wrong(
            "NOT EXISTS (SELECT FROM lines GROUP BY entry, account HAVING sum(amount) <> 0)",
            "You ask each account to come to zero by itself. Then nothing could ever be booked: an entry takes from "
            "one and gives to another.",
            hint="Which lines of an entry are summed up together?",
        ),
        "too_much_alone": wrong(
            "NOT EXISTS (SELECT FROM lines JOIN accounts USING (account) GROUP BY entry, currency "
            "HAVING sum(amount) > 0)",
            "You look for too much. Too little is as wrong.",
            hint="A sum that is not zero may lie on either side of it.",
        ),
        "two_lines": wrong(
            "NOT EXISTS (SELECT FROM lines JOIN accounts USING (account) GROUP BY entry, currency "
            "HAVING sum(amount) <> 0 OR count(*) <> 2)",
            "An entry may have three lines, or more.",
            hint="Only the sum counts.",
        ),
        "what_is_wrong": wrong(
            "EXISTS (SELECT FROM lines JOIN accounts USING (account) GROUP BY entry, currency HAVING sum(amount) <> 0)",
            "Your sentence is true when the books are wrong.",
            hint="An invariant says what is so when all is well.",
        ),
    },
    hints=(
        "Look for the group that must not be there. What makes a group?",
        "NOT EXISTS (SELECT … GROUP BY entry, currency HAVING …), with the accounts joined.",
        "HAVING sum(amount) <> 0, over lines JOIN accounts USING (account).",
    ),
)

lines_lost = prediction(
    "3.1.4",
    minutes=1,
    label="lines",
    unit="lines",
    measure="""
        -- One transaction, one error that nobody undoes: not one of the lines stays.
        SELECT count(*) FROM raw_orders
    """,
    within_factor=1.001,
    because={
        "too_low": "After the first error the transaction is aborted. The good lines behind it are refused too, and "
        "those before it are undone with the rest: COMMIT answers ROLLBACK.",
        "too_high": "There are no more lines than were delivered.",
    },
)

DELIVERIES = """
CREATE TABLE delivered (line int PRIMARY KEY, order_no text, amount text);
CREATE TABLE booked (order_no int PRIMARY KEY, amount numeric NOT NULL CHECK (amount > 0));
CREATE TABLE set_aside (line int PRIMARY KEY, reason text NOT NULL);
"""
LOOP = """
-- action take_in()
DO $$
DECLARE
    d delivered;
BEGIN
    FOR d IN SELECT * FROM delivered ORDER BY line LOOP
%s
    END LOOP;
END $$;
"""
BOOK = "INSERT INTO booked VALUES (d.order_no::int, d.amount::numeric);"
ASIDE = "INSERT INTO set_aside VALUES (d.line, SQLSTATE);"
CAUGHT = f"BEGIN {BOOK} EXCEPTION WHEN OTHERS THEN {ASIDE} END;"

good_lines_stay = schema(
    "3.1.5",
    minutes=7,
    optional=True,
    given=DELIVERIES,
    actions=(
        Action(
            "deliver",
            ("line", "order_no", "amount"),
            says="A line comes in.",
            sql="INSERT INTO delivered VALUES (:line, :order_no, :amount)",
        ),
        Action("take_in", (), says="All lines that were delivered are booked or set aside."),
    ),
    questions=(
        Question("booked", ("order_no", "amount"), sql="SELECT order_no, amount FROM booked"),
        Question("set_aside", ("line", "reason"), sql="SELECT line, reason FROM set_aside"),
    ),
    legal={
        "Good lines are booked.": history(
            ("deliver", 1, "17", "40"),
            ("deliver", 2, "18", "50.5"),
            ("take_in",),
            gives={"booked": [(17, 40), (18, 50.5)], "set_aside": []},
        ),
        "A line whose order or amount is no number is set aside, and the good ones round it are booked.": history(
            ("deliver", 1, "17", "40"),
            ("deliver", 2, "18", "forty"),
            ("deliver", 3, "N19", "50"),
            ("deliver", 4, "20", "60"),
            ("take_in",),
            gives={"booked": [(17, 40), (20, 60)], "set_aside": [(2, "22P02"), (3, "22P02")]},
        ),
        "An amount that is not above zero is set aside.": history(
            ("deliver", 1, "17", "40"),
            ("deliver", 2, "18", "-5"),
            ("deliver", 3, "19", "0"),
            ("deliver", 4, "20", "60"),
            ("take_in",),
            gives={"booked": [(17, 40), (20, 60)], "set_aside": [(2, "23514"), (3, "23514")]},
        ),
        "Of two lines for one order the first is booked, and the second set aside.": history(
            ("deliver", 1, "17", "40"),
            ("deliver", 2, "17", "41"),
            ("deliver", 3, "19", "60"),
            ("take_in",),
            gives={"booked": [(17, 40), (19, 60)], "set_aside": [(2, "23505")]},
        ),
    },
    reference=(LOOP % f"        {CAUGHT}").strip(),
    accepts=(
        # Named conditions, and the state asked for.
        LOOP.replace("    d delivered;", "    d delivered;\n    state text;")
        % f"""        BEGIN
            {BOOK}
        EXCEPTION
            WHEN data_exception OR integrity_constraint_violation THEN
                GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
                INSERT INTO set_aside (line, reason) VALUES (d.line, state);
        END;""",
        # A function for one line; one statement for all.
        f"""
        CREATE FUNCTION try_line(d delivered) RETURNS text LANGUAGE plpgsql AS $$
        BEGIN
            {BOOK}
            RETURN NULL;
        EXCEPTION WHEN OTHERS THEN
            RETURN SQLSTATE;
        END $$;
        -- action take_in()
        INSERT INTO set_aside
        SELECT line, reason FROM (SELECT line, try_line(d) AS reason FROM delivered AS d ORDER BY line) AS tried
        WHERE reason IS NOT NULL;
        """,
        # No try at all: SQL looks first.
        """
        -- action take_in()
        WITH looked AS (
            SELECT line, order_no, amount,
                   CASE WHEN order_no !~ '^[0-9]+$' OR amount !~ '^-?[0-9]+([.][0-9]+)?$' THEN '22P02'
                        WHEN amount::numeric <= 0 THEN '23514' END AS state
            FROM delivered
        ),
        counted AS (
            SELECT *, row_number() OVER (PARTITION BY order_no, state IS NULL ORDER BY line) AS n FROM looked
        ),
        apart AS (
            INSERT INTO set_aside
            SELECT line, coalesce(state, '23505') FROM counted WHERE state IS NOT NULL OR n > 1
        )
        INSERT INTO booked SELECT order_no::int, amount::numeric FROM counted WHERE state IS NULL AND n = 1;
        """,
    ),
    rejects={
        "nothing_caught": wrong(
            LOOP % f"        {BOOK}",
            "The first bad line ends all of it: no good line is booked either.",
            hint="In PL/pgSQL, which block has a savepoint of its own?",
        ),
        "caught_outside": wrong(
            f"""
            -- action take_in()
            DO $$
            DECLARE
                d delivered;
            BEGIN
                FOR d IN SELECT * FROM delivered ORDER BY line LOOP
                    {BOOK}
                END LOOP;
            EXCEPTION WHEN OTHERS THEN
                {ASIDE}
            END $$;
            """,
            "Your block is round the whole loop. The first bad line undoes the good ones before it, and those behind "
            "it are never tried.",
            hint="How much shall one error undo? The block goes round just that.",
        ),
        "thrown_away": wrong(
            LOOP % f"        BEGIN {BOOK} EXCEPTION WHEN OTHERS THEN NULL; END;",
            "You catch the error and throw the line away. Nobody will ever know of it.",
            hint="What happens to the line in EXCEPTION WHEN … THEN?",
        ),
        "savepoint_by_name": wrong(
            LOOP % f"        SAVEPOINT line; {BOOK} ROLLBACK TO line;",
            "PL/pgSQL knows no SAVEPOINT and no ROLLBACK TO.",
            hint="In PL/pgSQL, which block has a savepoint of its own?",
        ),
        "savepoint_alone": wrong(
            LOOP % f"        SAVEPOINT line; {BOOK}",
            "PL/pgSQL refuses SAVEPOINT: its savepoints are blocks.",
            hint="In PL/pgSQL, which block has a savepoint of its own?",
        ),
        "committed_inside": wrong(
            LOOP % f"        {CAUGHT.replace(' EXCEPTION', ' COMMIT; EXCEPTION')}",
            "Each line is set aside. A COMMIT cannot stand in a block with EXCEPTION, and its own error is what you "
            "catch.",
            hint="A savepoint is no COMMIT, and needs none.",
        ),
        "reason_made_up": wrong(
            LOOP % f"        {CAUGHT.replace('SQLSTATE', chr(39) + '23505' + chr(39))}",
            "Each bad line gets the same reason, whatever was wrong with it.",
            hint="In the EXCEPTION part PL/pgSQL has a variable that says what the error was.",
        ),
        "on_conflict_alone": wrong(
            LOOP % f"        {BOOK.replace(';', ' ON CONFLICT DO NOTHING;')}",
            "ON CONFLICT knows of keys only. A bad number or a check still ends all of it, and an order that comes "
            "twice leaves no trace.",
            hint="Which block catches any error?",
        ),
        "unique_alone": wrong(
            LOOP % f"        BEGIN {BOOK} EXCEPTION WHEN unique_violation THEN {ASIDE} END;",
            "You catch one kind of error. The others end all of it.",
            hint="Errors of class 22 and 23 are meant: bad values, and constraints.",
        ),
        "constraints_alone": wrong(
            LOOP % f"        BEGIN {BOOK} EXCEPTION WHEN integrity_constraint_violation THEN {ASIDE} END;",
            "A text that is no number is refused before any constraint is asked: 22P02, of class 22.",
            hint="Which class of errors has values that cannot be read?",
        ),
        "message_kept": wrong(
            LOOP % f"        {CAUGHT.replace('SQLSTATE', 'SQLERRM')}",
            "You keep the message. Its words differ by version and language; the SQLSTATE is what programs can read.",
            hint="SQLSTATE is a variable of the EXCEPTION part, as SQLERRM is.",
        ),
    },
    hints=(
        "How much shall one bad line undo? A savepoint goes round just that.",
        "In PL/pgSQL, BEGIN … EXCEPTION WHEN … THEN … END is a savepoint; inside of the loop.",
        "BEGIN, the INSERT INTO booked, EXCEPTION WHEN OTHERS THEN the INSERT of d.line and SQLSTATE, END.",
    ),
)

which_clock = choice(
    "3.1.6",
    minutes=1,
    options={"a": "now()", "b": "statement_timestamp()", "c": "clock_timestamp()", "d": "current_timestamp"},
    proof="""
        -- Asked a thousand times within one statement: which of them has gone on?
        SELECT CASE WHEN count(DISTINCT now()) > 1 THEN 'a'
                    WHEN count(DISTINCT statement_timestamp()) > 1 THEN 'b'
                    WHEN count(DISTINCT clock_timestamp()) > 1 THEN 'c' END
        FROM generate_series(1, 1000)
    """,
    because={
        "a": "now() is the start of the transaction. The last row would say that it was booked when the first one was.",
        "b": "statement_timestamp() is the arrival of the statement, and all rows come from one.",
        "d": "current_timestamp is another word for now(), the start of the transaction.",
    },
    hints=(
        "How many statements are there, and how many transactions?",
        "One of the clocks is read anew for each row.",
        "It is the one whose name says that it is a clock.",
    ),
)
