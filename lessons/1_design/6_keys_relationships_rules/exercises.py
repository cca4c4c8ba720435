"""Exercises of lesson 1.6."""

from mnemo_helpers.grading import (
    Action,
    Question,
    Rule,
    at,
    choice,
    counterexample,
    history,
    prediction,
    refused,
    reload,
    schema,
    wrong,
)

below_a_customer = prediction(
    "1.6.1",
    minutes=1,
    label="rows",
    unit="rows",
    measure="""
        WITH placed AS (SELECT order_id FROM orders WHERE user_id = 67),
             visits AS (SELECT session_id FROM sessions WHERE user_id = 67),
             filled AS (SELECT cart_id FROM carts WHERE session_id IN (TABLE visits))
        SELECT (SELECT count(*) FROM users WHERE user_id = 67)
             + (SELECT count(*) FROM credentials WHERE user_id = 67)
             + (SELECT count(*) FROM addresses WHERE user_id = 67)
             + (SELECT count(*) FROM visits)
             + (SELECT count(*) FROM search_queries WHERE session_id IN (TABLE visits))
             + (SELECT count(*) FROM events WHERE session_id IN (TABLE visits))
             + (SELECT count(*) FROM filled)
             + (SELECT count(*) FROM cart_lines WHERE cart_id IN (TABLE filled))
             + (SELECT count(*) FROM placed)
             + (SELECT count(*) FROM order_lines WHERE order_id IN (TABLE placed))
             + (SELECT count(*) FROM payments WHERE order_id IN (TABLE placed))
             + (SELECT count(*) FROM shipments WHERE order_id IN (TABLE placed))
             + (SELECT count(*) FROM returns WHERE order_id IN (TABLE placed))
             + (SELECT count(*) FROM refunds WHERE order_id IN (TABLE placed))
             + (SELECT count(*) FROM reviews WHERE order_id IN (TABLE placed))
             + (SELECT count(*) FROM stock_moves WHERE order_id IN (TABLE placed))
             + (SELECT count(*) FROM ledger_transactions WHERE order_id IN (TABLE placed))
             + (SELECT count(*) FROM ledger_entries JOIN ledger_transactions USING (transaction_id)
                WHERE order_id IN (TABLE placed))
    """,
    within_factor=2,
    because={
        "too_low": "An order has lines, payments, parcels, returns, reviews and entries in the books; a visit has "
        "pages and carts. Each of them hangs on a foreign key.",
        "too_high": "A cascade goes down from the customer and never up: products, sellers and other customers stay.",
    },
)

ACTIONS = (
    Action("record_person", ("email",), says="A person becomes known."),
    Action("record_seller", ("seller",), says="A seller becomes known."),
    Action("give_role", ("email", "seller", "role"), says="A person gets a role with a seller."),
    Action("remove_seller", ("seller",), says="A seller leaves, and its roles with it."),
    Action("remove_person", ("email",), says="A person is removed."),
)
QUESTIONS = (
    Question("staff", ("email", "seller", "role"), says="Who has which role with whom."),
    Question("people", ("email",), says="Every person that is known."),
)
KNOWN = """
CREATE TABLE people (email text PRIMARY KEY);
CREATE TABLE sellers (seller text PRIMARY KEY);
"""
STAFF = """
CREATE TABLE staff (
    email  text NOT NULL REFERENCES people,
    seller text NOT NULL REFERENCES sellers ON DELETE CASCADE,
    role   text CHECK (role IN ('buyer', 'packer', 'owner')) NOT NULL,
    PRIMARY KEY (email, seller, role)
);
"""
LOOKS_FOR_OWNERS = """
CREATE FUNCTION looks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.role = 'owner' AND EXISTS (SELECT FROM staff WHERE seller = NEW.seller AND role = 'owner') THEN
        RAISE unique_violation USING MESSAGE = NEW.seller || ' has an owner';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER looks BEFORE INSERT ON staff FOR EACH ROW EXECUTE FUNCTION looks();
"""
ONE_OWNER = "CREATE UNIQUE INDEX one_owner ON staff (seller) WHERE role = 'owner';"
SECTIONS = {
    "record_person": "INSERT INTO people (email) VALUES (:email);",
    "record_seller": "INSERT INTO sellers (seller) VALUES (:seller);",
    "give_role": "INSERT INTO staff (email, seller, role) VALUES (:email, :seller, :role);",
    "remove_seller": "DELETE FROM sellers WHERE seller = :seller;",
    "remove_person": "DELETE FROM people WHERE email = :email;",
    "staff": "SELECT email, seller, role FROM staff;",
    "people": "SELECT email FROM people;",
}


def design(*tables: str, **sections: str) -> str:
    """Return an answer to the exercise on roles: its tables, and the sections of the reference except those given."""
    told = SECTIONS | sections
    parts = [f"{part.heading}\n{told[part.name].strip()}" for part in (*ACTIONS, *QUESTIONS)]
    return "\n".join([*(table.strip() for table in tables or (KNOWN, STAFF, ONE_OWNER)), *parts])


def changed(old: str, new: str, owner: str = ONE_OWNER, **sections: str) -> str:
    """Return the reference with a part of its table of roles replaced, which must be there."""
    if old not in STAFF:
        raise ValueError(f"{old!r} is not in the table")
    return design(KNOWN, STAFF.replace(old, new), owner, **sections)


ADA, BEN = ("record_person", "ada@example.org"), ("record_person", "ben@example.org")
NORD, SUED = ("record_seller", "Nord"), ("record_seller", "Sued")

roles = schema(
    "1.6.2",
    minutes=7,
    actions=ACTIONS,
    questions=QUESTIONS,
    legal={
        "A person may have several roles with one seller, and roles with several sellers.": history(
            ADA,
            NORD,
            SUED,
            ("give_role", "ada@example.org", "Nord", "buyer"),
            ("give_role", "ada@example.org", "Nord", "packer"),
            ("give_role", "ada@example.org", "Sued", "buyer"),
            gives={
                "staff": [
                    ("ada@example.org", "Nord", "buyer"),
                    ("ada@example.org", "Nord", "packer"),
                    ("ada@example.org", "Sued", "buyer"),
                ]
            },
        ),
        "A seller may have several buyers.": history(
            ADA,
            BEN,
            NORD,
            ("give_role", "ada@example.org", "Nord", "buyer"),
            ("give_role", "ben@example.org", "Nord", "buyer"),
            gives={"staff": [("ada@example.org", "Nord", "buyer"), ("ben@example.org", "Nord", "buyer")]},
        ),
        "Each seller may have an owner, and one person may own several.": history(
            ADA,
            NORD,
            SUED,
            ("give_role", "ada@example.org", "Nord", "owner"),
            ("give_role", "ada@example.org", "Sued", "owner"),
            gives={"staff": [("ada@example.org", "Nord", "owner"), ("ada@example.org", "Sued", "owner")]},
        ),
        "When a seller leaves, its roles go with it, and no other role and no person does.": history(
            ADA,
            BEN,
            NORD,
            SUED,
            ("give_role", "ada@example.org", "Nord", "owner"),
            ("give_role", "ben@example.org", "Nord", "packer"),
            ("give_role", "ada@example.org", "Sued", "buyer"),
            ("remove_seller", "Nord"),
            gives={
                "staff": [("ada@example.org", "Sued", "buyer")],
                "people": [("ada@example.org",), ("ben@example.org",)],
            },
        ),
        "A person without a role can be removed.": history(
            ADA,
            BEN,
            NORD,
            ("give_role", "ada@example.org", "Nord", "buyer"),
            ("remove_person", "ben@example.org"),
            gives={"people": [("ada@example.org",)], "staff": [("ada@example.org", "Nord", "buyer")]},
        ),
    },
    illegal={
        "Nobody has one role with one seller twice.": refused(
            ADA,
            NORD,
            ("give_role", "ada@example.org", "Nord", "buyer"),
            ("give_role", "ada@example.org", "Nord", "buyer"),
            sqlstates=("23505", "23P01"),
            broken="somebody is buyer twice",
        ),
        "A seller has at most one owner.": refused(
            ADA,
            BEN,
            NORD,
            ("give_role", "ada@example.org", "Nord", "owner"),
            ("give_role", "ben@example.org", "Nord", "owner"),
            sqlstates=("23505", "23P01"),
            at_once=True,
            broken="whoever enters a second owner is not told that there is one",
        ),
        "A role is buyer, packer or owner.": refused(
            ADA, NORD, ("give_role", "ada@example.org", "Nord", "baker"), sqlstates=("23", "22P02")
        ),
        "A role is with a seller that is known.": refused(
            ADA, NORD, ("give_role", "ada@example.org", "Ost", "buyer"), sqlstates=("23503", "23502")
        ),
        "A role is of a person who is known.": refused(
            ADA, NORD, ("give_role", "eva@example.org", "Nord", "buyer"), sqlstates=("23503", "23502")
        ),
        "A person who has a role is not removed.": refused(
            ADA,
            NORD,
            ("give_role", "ada@example.org", "Nord", "buyer"),
            ("remove_person", "ada@example.org"),
            sqlstates=("23503", "23001"),
        ),
        "A person is known by the e-mail.": refused(ADA, ADA, sqlstates=("23505",)),
        "A role is always somebody's.": refused(
            ADA,
            NORD,
            ("give_role", None, "Nord", "buyer"),
            sqlstates=("23",),
            broken="a seller has a buyer, and nobody knows who it is",
        ),
        "A role is always with a seller.": refused(
            ADA,
            NORD,
            ("give_role", "ada@example.org", None, "buyer"),
            sqlstates=("23",),
            broken="a buyer buys for nobody",
        ),
        "It is always known which role it is.": refused(
            ADA, NORD, ("give_role", "ada@example.org", "Nord", None), sqlstates=("23",), broken="a role has no name"
        ),
    },
    one_fact={
        "That somebody has a role is one fact.": history(ADA, NORD, ("give_role", "ada@example.org", "Nord", "packer")),
    },
    reference=design(),
    accepts=(
        # Numbers beside the keys of the business; the roles of a seller are taken out by the action.
        design(
            """
CREATE TABLE people (person_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE sellers (seller_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, seller text NOT NULL UNIQUE);
CREATE TABLE staff (
    person_id int  NOT NULL REFERENCES people ON DELETE RESTRICT,
    seller_id int  NOT NULL REFERENCES sellers,
    role      text NOT NULL CHECK (role IN ('buyer', 'packer', 'owner')),
    UNIQUE (seller_id, role, person_id),
    EXCLUDE USING btree (seller_id WITH =) WHERE (role = 'owner')
);
""",
            give_role="""
INSERT INTO staff (person_id, seller_id, role)
VALUES ((SELECT person_id FROM people WHERE email = :email),
        (SELECT seller_id FROM sellers WHERE seller = :seller), :role);
""",
            remove_seller="""
DELETE FROM staff USING sellers WHERE staff.seller_id = sellers.seller_id AND seller = :seller;
DELETE FROM sellers WHERE seller = :seller;
""",
            staff="SELECT email, seller, role FROM staff JOIN people USING (person_id) JOIN sellers USING (seller_id);",
        ),
        # The roles are a table.
        design(
            KNOWN,
            "CREATE TABLE roles (role text PRIMARY KEY);",
            "INSERT INTO roles VALUES ('buyer'), ('packer'), ('owner');",
            STAFF.replace("text CHECK (role IN ('buyer', 'packer', 'owner'))", "text REFERENCES roles"),
            ONE_OWNER,
        ),
        # An owner is something else than the other two.
        design(
            "CREATE TYPE role AS ENUM ('buyer', 'packer', 'owner');",
            KNOWN,
            STAFF.replace("text CHECK (role IN ('buyer', 'packer', 'owner'))", "role CHECK (role <> 'owner')"),
            """
CREATE TABLE owners (
    seller text PRIMARY KEY REFERENCES sellers ON DELETE CASCADE,
    email  text NOT NULL REFERENCES people
);
""",
            give_role="""
INSERT INTO staff SELECT :email, :seller, :role WHERE :role::role IS DISTINCT FROM 'owner';
INSERT INTO owners SELECT :seller, :email WHERE :role::role = 'owner';
""",
            staff="SELECT email, seller, role FROM staff UNION ALL SELECT email, seller, 'owner' FROM owners;",
        ),
    ),
    rejects={
        "number_and_no_key": wrong(
            changed(
                "    PRIMARY KEY (email, seller, role)",
                "    id     int GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            ),
            "Somebody gets one role with one seller twice, and each time the row gets a number of its own. The number "
            "tells rows apart, and nothing tells the facts apart.",
            hint="Which columns, taken together, must not come twice?",
        ),
        "one_role_each": wrong(
            changed("PRIMARY KEY (email, seller, role)", "PRIMARY KEY (email, seller)"),
            "With person and seller as the key, a person has one role with a seller. Several are asked for.",
            hint="What may be there twice for one person and one seller, as long as it differs?",
        ),
        "one_person_a_role": wrong(
            changed("PRIMARY KEY (email, seller, role)", "UNIQUE (seller, role)", ""),
            "That each role of a seller is somebody's once keeps a second owner out, and a second buyer as well.",
            hint="Say “at most one” of the owners and of nobody else: an index can have a WHERE.",
        ),
        "one_seller_each": wrong(
            changed("PRIMARY KEY (email, seller, role)", "UNIQUE (email, role)"),
            "A person has each role once in the whole shop. They may have it with every seller.",
            hint="A key that lacks a column forbids too much. Which one?",
        ),
        "any_number_of_owners": wrong(
            design(KNOWN, STAFF),
            "Whoever enters a second owner is not told. The key of the table keeps one person from being owner twice, "
            "and not two people. An owner in a column of the seller is written over. And a give_role that writes only "
            "WHERE NOT EXISTS drops the row without an error, and two at once both find none.",
            hint="Among the rows of owners, the seller is unique. Lesson 1.5 ended with an index for that.",
        ),
        "looks_for_owners": wrong(
            design(KNOWN, STAFF, LOOKS_FOR_OWNERS),
            "Your code looks whether there is an owner before it writes one. Two people who write at once both find "
            "none, as in lesson 1.4. Let an index refuse the second.",
            hint="Among the rows of owners, the seller is unique. Lesson 1.5 ended with an index for that.",
        ),
        "looks_and_gives_no_code": wrong(
            design(KNOWN, STAFF, LOOKS_FOR_OWNERS.replace("unique_violation USING MESSAGE =", "EXCEPTION '%',")),
            "Your code looks whether there is an owner before it writes one. Two people who write at once both find "
            "none, as in lesson 1.4. And RAISE EXCEPTION has the code P0001, whatever was wrong. An index refuses the "
            "second owner at any time, with 23505.",
            hint="Among the rows of owners, the seller is unique. Lesson 1.5 ended with an index for that.",
        ),
        "may_lack": wrong(
            changed("PRIMARY KEY", "UNIQUE").replace(" NOT NULL", ""),
            "A role goes in that is nobody's, or with no seller, or without a name. UNIQUE, CHECK and a foreign key "
            "let NULL pass. A PRIMARY KEY does not.",
            hint="Which of the three columns may be missing? In which of them should NULL be refused?",
        ),
        "one_owner_in_the_shop": wrong(
            design(KNOWN, STAFF, "CREATE UNIQUE INDEX ON staff (role) WHERE role = 'owner';"),
            "The role is unique among the owners: the whole shop has one. It is the seller that comes once there.",
        ),
        "owner_of_one": wrong(
            design(KNOWN, STAFF, "CREATE UNIQUE INDEX ON staff (email) WHERE role = 'owner';"),
            "Your index says that nobody owns two sellers. Asked for is that no seller has two owners.",
            hint="Which column comes once among the owners?",
        ),
        "cascade_from_people": wrong(
            changed("REFERENCES people,", "REFERENCES people ON DELETE CASCADE,"),
            "Removing a person takes their roles along, and a seller has lost its buyer without a word. The roles are "
            "a part of the seller; of the person they are not.",
            hint="Each foreign key has an ON DELETE of its own. Which of the two should refuse?",
        ),
        "no_cascade": wrong(
            changed(" ON DELETE CASCADE", ""),
            "A seller that has staff cannot leave: its roles hold it back. Either the foreign key says what becomes of "
            "them, or your remove_seller does.",
            hint="The roles are parts of the seller. Which ON DELETE is for parts?",
        ),
        "set_null": wrong(
            changed("ON DELETE CASCADE", "ON DELETE SET NULL"),
            "SET NULL would leave roles with nobody, and the key of the table does not let the seller be NULL. So the "
            "seller cannot leave.",
            hint="The roles are parts of the seller. Which ON DELETE is for parts?",
        ),
        "any_role": wrong(
            changed("text CHECK (role IN ('buyer', 'packer', 'owner'))", "text"),
            "A baker is taken on. Nothing in your schema says which roles there are.",
            hint="A check, a foreign key or a type can keep a list of words.",
        ),
        "sellers_not_looked_up": wrong(
            changed(" REFERENCES sellers ON DELETE CASCADE", ""),
            "Nothing looks the seller up. A role is given with one that nobody knows, and when a seller leaves, its "
            "roles stay behind.",
        ),
        "people_not_looked_up": wrong(
            changed(" REFERENCES people,", ","),
            "Nothing looks the person up. Somebody unknown gets a role, and somebody who has one is removed.",
        ),
        "conflict_passed_over": wrong(
            design(give_role=f"{SECTIONS['give_role'].rstrip(';')} ON CONFLICT DO NOTHING;"),
            "Your constraints are right, and ON CONFLICT DO NOTHING swallows what they say: the second row is dropped "
            "without an error. The person at the screen believes that it is done.",
            hint="Let the refusal reach whoever asked.",
        ),
        "lost_without_a_word": wrong(
            design(
                give_role="""
INSERT INTO staff (email, seller, role)
SELECT email, seller, :role FROM people CROSS JOIN sellers WHERE email = :email AND seller = :seller
ON CONFLICT DO NOTHING;
"""
            ),
            "Your give_role passes over what the constraints would refuse: where nobody is found it inserts nothing, "
            "and ON CONFLICT DO NOTHING swallows the rest. The person at the screen believes that it is done.",
            hint="Let the values that were given reach the columns, and let the refusal reach whoever asked.",
        ),
    },
    hints=(
        "Many people, many sellers: a table of pairs. What does a pair carry besides, and is that in the key?",
        "Two foreign keys with two answers to ON DELETE. At most one owner is a UNIQUE index with a WHERE.",
        "PRIMARY KEY (email, seller, role), REFERENCES sellers ON DELETE CASCADE, REFERENCES people, and "
        "UNIQUE (seller) WHERE role = 'owner'.",
    ),
)

pointed_at_by_number = choice(
    "1.6.3",
    minutes=2,
    options={
        "a": "a seller's currency, by seller and currency",
        "b": "a currency, by its ISO code",
        "c": "a customer, by e-mail",
        "d": "a line, by order and line number",
    },
    proof="""
        -- Which of the four tables has a number of its own as the key, and UNIQUE on one other column beside it?
        SELECT option
        FROM (VALUES ('a', 'tenant_currencies'), ('b', 'currencies'), ('c', 'users'), ('d', 'order_lines'))
                 AS the (option, table_name)
        JOIN pg_constraint AS key ON key.conrelid = table_name::regclass AND key.contype = 'p'
        JOIN pg_constraint AS other ON other.conrelid = key.conrelid AND other.contype = 'u'
        JOIN pg_attribute AS number ON number.attrelid = key.conrelid AND ARRAY[number.attnum] = key.conkey
        WHERE number.atttypid = 'int'::regtype AND cardinality(other.conkey) = 1
    """,
    because={
        "a": "The pair is made of two keys, and it must be unique in any case. A number would only be one thing more.",
        "b": "The code is short, somebody outside keeps it unique, and it can be read without a join.",
        "d": "A line keeps its place in its order, and what points at it points at the order too.",
    },
    hints=(
        "Whose key can change while the thing stays the same?",
        "Who decides on the key: a standard, the database itself, or a person?",
        "Of these four tables of the shop, one has a number as its key, and UNIQUE on something else.",
    ),
)

two_prices = counterexample(
    "1.6.4",
    minutes=3,
    tables="""
        CREATE TABLE price_list (
            sku     text    NOT NULL,
            channel text,
            price   numeric NOT NULL CHECK (price > 0),
            UNIQUE (sku, channel)
        );
    """,
    claim=Rule(
        says="A product has one price in a channel, and one for all the others.",
        breaks="""
            SELECT sku, coalesce(channel, 'all the others') AS channel, count(*) AS prices,
                   string_agg(price::text, ' and ' ORDER BY price) AS which
            FROM price_list GROUP BY sku, price_list.channel HAVING count(*) > 1 ORDER BY sku, channel
        """,
        broken="These have several prices:",
        seen="""
            SELECT sku, coalesce(channel, 'all the others') AS channel, price
            FROM price_list ORDER BY sku, price_list.channel NULLS LAST, price
        """,
        held="Each of these has one price:",
    ),
    most_rows=3,
    reference="INSERT INTO price_list (sku, channel, price) VALUES ('lamp', NULL, 20), ('lamp', NULL, 25)",
    accepts=(
        "('A-1', NULL, 5), ('A-1', 'web', 4), ('A-1', NULL, 5)",
        "INSERT INTO price_list (sku, price) VALUES ('shelf', 80), ('shelf', 90)",
    ),
    mistake="""
        SELECT CASE WHEN count(*) < 2 THEN 'one_row'
                    WHEN count(DISTINCT sku) = count(*) THEN 'two_products'
                    WHEN count(*) FILTER (WHERE channel IS NULL) > 0 THEN 'one_and_the_others'
                    ELSE 'two_channels' END
        FROM price_list
    """,
    rejects={
        "same_channel": wrong(
            "('lamp', 'web', 20), ('lamp', 'web', 25)",
            "UNIQUE refuses a product that comes twice in one channel, where the channel is known. An empty text is "
            "known too: it is equal to itself.",
            hint="UNIQUE compares with =. Which two values are not equal, though they look the same?",
        ),
        "two_channels": wrong(
            "('lamp', 'web', 20), ('lamp', 'store', 25)",
            "Two channels may have two prices. That is what the list is for.",
            hint="The claim speaks of one channel, or of all the others.",
        ),
        "one_and_the_others": wrong(
            "('lamp', 'web', 20), ('lamp', NULL, 25)",
            "One price in a channel and another for all the others: so it is meant.",
            hint="Of which of the two can there be a second one?",
        ),
        "two_products": wrong(
            "('lamp', NULL, 20), ('shelf', NULL, 25)",
            "Two products, each with one price for all channels. The claim speaks of one product.",
        ),
        "no_price": wrong(
            "('lamp', 'web', 20), ('lamp', 'web', NULL)",
            "The price is NOT NULL, so the check has no hole. Look for a column that may be NULL.",
        ),
        "nothing_to_pay": wrong(
            "('lamp', NULL, 0), ('lamp', 'web', 0)",
            "The check refuses a price that is not above zero, and it is not the price that must be odd.",
        ),
        "one_row": wrong(
            "('lamp', NULL, 20)",
            "One row gives one price. It takes a second one that contradicts it.",
        ),
    },
    hints=(
        "Which of the three columns may be NULL?",
        "Is NULL = NULL true? UNIQUE refuses rows that are equal.",
        "The same product twice, both times with NULL as the channel, and two prices.",
    ),
)

TICKETS = """
CREATE TABLE agents (
    agent_id  int PRIMARY KEY,
    seller_id int NOT NULL
);
CREATE TABLE tickets (
    ticket_id int PRIMARY KEY,
    seller_id int NOT NULL,
    agent_id  int
);
"""
PAIR = "ALTER TABLE agents ADD UNIQUE (agent_id, seller_id);"
OF_ITS_SELLER = (
    "ALTER TABLE tickets ADD FOREIGN KEY (agent_id, seller_id) REFERENCES agents (agent_id, seller_id) "
    "ON DELETE SET NULL (agent_id);"
)
LOOKS_FOR_SELLER = """
CREATE FUNCTION looks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM agents WHERE agent_id = NEW.agent_id AND seller_id <> NEW.seller_id) THEN
        RAISE foreign_key_violation USING MESSAGE = 'this agent works for another seller';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER looks BEFORE INSERT OR UPDATE ON tickets FOR EACH ROW EXECUTE FUNCTION looks();
ALTER TABLE tickets ADD FOREIGN KEY (agent_id) REFERENCES agents ON DELETE SET NULL;
"""
LOOKS_FOR_TICKETS = """
CREATE FUNCTION looks_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM tickets WHERE agent_id = NEW.agent_id AND seller_id <> NEW.seller_id) THEN
        RAISE foreign_key_violation USING MESSAGE = 'this agent has tickets';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER looks_back BEFORE UPDATE ON agents FOR EACH ROW EXECUTE FUNCTION looks_back();
"""
HIRED, ASKED = ("hire", 1, 100), ("ask", 7, 100)

own_agents = schema(
    "1.6.5",
    minutes=6,
    optional=True,
    given=TICKETS,
    actions=(
        Action(
            "hire",
            ("agent_id", "seller_id"),
            says="An agent begins to work for a seller.",
            sql="INSERT INTO agents (agent_id, seller_id) VALUES (:agent_id, :seller_id)",
        ),
        Action(
            "ask",
            ("ticket_id", "seller_id"),
            says="A customer asks a seller something.",
            sql="INSERT INTO tickets (ticket_id, seller_id) VALUES (:ticket_id, :seller_id)",
        ),
        Action(
            "assign",
            ("ticket_id", "agent_id"),
            says="A ticket gets an agent, or waits again.",
            sql="UPDATE tickets SET agent_id = :agent_id WHERE ticket_id = :ticket_id",
        ),
        Action(
            "go_over",
            ("agent_id", "seller_id"),
            says="An agent goes over to another seller.",
            sql="UPDATE agents SET seller_id = :seller_id WHERE agent_id = :agent_id",
        ),
        Action("leave", ("agent_id",), says="An agent leaves.", sql="DELETE FROM agents WHERE agent_id = :agent_id"),
    ),
    questions=(
        Question(
            "desk",
            ("ticket_id", "seller_id", "agent_id"),
            says="Every ticket.",
            sql="SELECT ticket_id, seller_id, agent_id FROM tickets",
        ),
    ),
    legal={
        "A ticket may wait without an agent.": history(ASKED, gives={"desk": [(7, 100, None)]}),
        "A ticket is assigned to an agent of its own seller, and may wait again.": history(
            HIRED,
            ASKED,
            ("ask", 8, 100),
            ("assign", 7, 1),
            ("assign", 8, 1),
            ("assign", 8, None),
            gives={"desk": [(7, 100, 1), (8, 100, None)]},
        ),
        "When an agent leaves, the tickets stay with their seller and wait.": history(
            HIRED,
            ("hire", 2, 100),
            ASKED,
            ("ask", 8, 100),
            ("assign", 7, 1),
            ("assign", 8, 2),
            ("leave", 1),
            gives={"desk": [(7, 100, None), (8, 100, 2)]},
        ),
        "An agent without tickets may go over to another seller.": history(
            HIRED, ASKED, ("go_over", 1, 200), gives={"desk": [(7, 100, None)]}
        ),
    },
    illegal={
        "A ticket is not assigned to an agent of another seller.": refused(
            HIRED, ("hire", 2, 200), ASKED, ("assign", 7, 2), sqlstates=("23",), broken="another seller reads it"
        ),
        "An agent works for one seller.": refused(HIRED, ("hire", 1, 200), sqlstates=("23505",)),
        "A ticket is assigned to an agent who is known.": refused(HIRED, ASKED, ("assign", 7, 9), sqlstates=("23",)),
        "An agent with tickets does not take them along to another seller.": refused(
            HIRED,
            ASKED,
            ("assign", 7, 1),
            ("go_over", 1, 200),
            sqlstates=("23",),
            at_once=True,
            broken="an agent of another seller has the ticket",
        ),
    },
    reference=f"{PAIR}\n{OF_ITS_SELLER}",
    accepts=(
        # Two foreign keys: the first empties the ticket, the second says that the two fit.
        "ALTER TABLE agents ADD CONSTRAINT pair UNIQUE (seller_id, agent_id);\n"
        "ALTER TABLE tickets ADD FOREIGN KEY (agent_id) REFERENCES agents ON DELETE SET NULL,\n"
        "    ADD FOREIGN KEY (seller_id, agent_id) REFERENCES agents (seller_id, agent_id);",
        # The tickets are emptied by code, the rule is kept by a constraint.
        "CREATE UNIQUE INDEX ON agents (seller_id, agent_id);\n"
        "ALTER TABLE tickets ADD FOREIGN KEY (seller_id, agent_id) REFERENCES agents (seller_id, agent_id);\n"
        "CREATE FUNCTION let_wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
        "    UPDATE tickets SET agent_id = NULL WHERE agent_id = OLD.agent_id; RETURN OLD; END $$;\n"
        "CREATE TRIGGER let_wait BEFORE DELETE ON agents FOR EACH ROW EXECUTE FUNCTION let_wait();",
    ),
    rejects={
        "one_column": wrong(
            "ALTER TABLE tickets ADD FOREIGN KEY (agent_id) REFERENCES agents ON DELETE SET NULL;",
            "A foreign key on the agent alone asks whether there is such an agent, and not for whom they work.",
            hint="A foreign key may have several columns. What does it need at its upper end, then?",
        ),
        "full": wrong(
            f"{PAIR}\n{OF_ITS_SELLER.replace('ON DELETE', 'MATCH FULL ON DELETE')}",
            "MATCH FULL wants all columns or none. A ticket that waits has a seller and no agent, so it is refused. "
            "Here the hole is what the sentence asks for.",
        ),
        "sets_both": wrong(
            f"{PAIR}\n{OF_ITS_SELLER.replace('SET NULL (agent_id)', 'SET NULL')}",
            "SET NULL empties every column of the foreign key, the seller too, and the seller must be there. So the "
            "agent cannot leave.",
            hint="Since PostgreSQL 15, SET NULL may be followed by the columns that it is to empty.",
        ),
        "cannot_leave": wrong(
            f"{PAIR}\n{OF_ITS_SELLER.replace(' ON DELETE SET NULL (agent_id)', '')}",
            "Without an ON DELETE, an agent who has tickets cannot leave.",
            hint="Which ON DELETE leaves the rows below and lets go of the link?",
        ),
        "tickets_go_too": wrong(
            f"{PAIR}\n{OF_ITS_SELLER.replace('SET NULL (agent_id)', 'CASCADE')}",
            "With CASCADE the tickets go with the agent, and the customers wait for ever. A ticket is no part of the "
            "agent.",
            hint="Which ON DELETE leaves the rows below and lets go of the link?",
        ),
        "takes_them_along": wrong(
            f"{PAIR}\n{OF_ITS_SELLER.replace('ON DELETE', 'ON UPDATE CASCADE ON DELETE')}",
            "An agent who has tickets goes over to another seller, and nothing refuses it. Either ON UPDATE CASCADE "
            "carries the new seller into the tickets, or your code looks when a ticket is written and not when the "
            "agent's row is.",
            hint="A foreign key is asked at both ends. What should it say to the agent's change?",
        ),
        "pair_not_declared": wrong(
            OF_ITS_SELLER,
            "A foreign key points at a primary key, or at exactly the columns that a UNIQUE names. That the agent is "
            "unique alone does not count.",
            hint="Lesson 1.4 met the same code, 42830.",
        ),
        "the_pair_is_the_key": wrong(
            "ALTER TABLE agents DROP CONSTRAINT agents_pkey, ADD PRIMARY KEY (agent_id, seller_id);\n"
            + OF_ITS_SELLER.replace("agents (agent_id, seller_id)", "agents"),
            "With the pair as its only key, an agent is there once for each seller. The pair is needed for the foreign "
            "key to point at, beside the key that was there.",
            hint="A table may have one PRIMARY KEY and any number of UNIQUE.",
        ),
        "nobody_waits": wrong(
            f"{PAIR}\n{OF_ITS_SELLER}\nALTER TABLE tickets ALTER agent_id SET NOT NULL;",
            "NOT NULL closes the hole, and with it the door: no ticket comes in before it has an agent.",
            hint="Which of the two columns of the foreign key may lack, by the second sentence?",
        ),
        "looks_on_both_sides": wrong(
            LOOKS_FOR_SELLER + LOOKS_FOR_TICKETS,
            "Your code looks at both ends, and one session after the other it holds. When a ticket is assigned while "
            "the agent goes over, each of the two looks and sees what was there before.",
            hint="Which constraint is asked at both ends, and waits for others?",
        ),
    },
    hints=(
        "One foreign key cannot see whether the seller fits unless it holds the seller. At what does it point, then?",
        "UNIQUE (agent_id, seller_id) with the agents, and a foreign key of both columns with the tickets.",
        "ON DELETE SET NULL would empty the seller as well. It may name the column: SET NULL (agent_id).",
    ),
)

RENTALS = """
CREATE EXTENSION btree_gist;
CREATE TABLE rentals (
    rental_no int PRIMARY KEY,
    van       text NOT NULL,
    begins_at timestamptz NOT NULL,
    ends_at   timestamptz NOT NULL
);
"""
ONE_AT_A_TIME = "ALTER TABLE rentals ADD EXCLUDE USING gist (van WITH =, tstzrange(begins_at, ends_at) WITH &&);"
TAKES_TIME = "ALTER TABLE rentals ADD CHECK (ends_at > begins_at);"
LOOKS_FOR_RENTALS = """
CREATE FUNCTION looks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM rentals WHERE van = NEW.van AND rental_no <> NEW.rental_no
               AND begins_at < NEW.ends_at AND ends_at > NEW.begins_at) THEN
        RAISE exclusion_violation USING MESSAGE = NEW.van || ' is out';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER looks BEFORE INSERT OR UPDATE ON rentals FOR EACH ROW EXECUTE FUNCTION looks();
"""
TEN_TO_NOON = ("rent", 1, "red van", "2026-03-02 10:00+00", "2026-03-02 12:00+00")
NOON_TO_TWO = ("rent", 2, "red van", "2026-03-02 12:00+00", "2026-03-02 14:00+00")

vans = schema(
    "1.6.6",
    minutes=4,
    given=RENTALS,
    actions=(
        Action(
            "rent",
            ("rental_no", "van", "begins_at", "ends_at"),
            says="A van is rented for a while.",
            sql="INSERT INTO rentals (rental_no, van, begins_at, ends_at) "
            "VALUES (:rental_no, :van, :begins_at, :ends_at)",
        ),
        Action(
            "bring_back",
            ("rental_no", "ends_at"),
            says="It will come back at another time.",
            sql="UPDATE rentals SET ends_at = :ends_at WHERE rental_no = :rental_no",
        ),
    ),
    questions=(
        Question("out", ("rental_no", "van"), says="What is rented.", sql="SELECT rental_no, van FROM rentals"),
    ),
    legal={
        "A van may go out at the instant at which it comes back.": history(
            TEN_TO_NOON, NOON_TO_TWO, gives={"out": [(1, "red van"), (2, "red van")]}
        ),
        "Two vans may be out at the same time, even from the same instant.": history(
            TEN_TO_NOON, ("rent", 2, "blue van", "2026-03-02 10:00+00", "2026-03-02 12:00+00")
        ),
        "A rental may become longer, up to the next one.": history(
            NOON_TO_TWO,
            ("rent", 1, "red van", "2026-03-02 10:00+00", "2026-03-02 11:00+00"),
            ("bring_back", 1, "2026-03-02 12:00+00"),
            gives={"out": [(1, "red van"), (2, "red van")]},
        ),
    },
    illegal={
        "A van is with one customer at a time.": refused(
            TEN_TO_NOON,
            ("rent", 2, "red van", "2026-03-02 11:00+00", "2026-03-02 13:00+00"),
            sqlstates=("23",),
            at_once=True,
            broken="a van is with two customers at the same time",
        ),
        "A rental does not lie within another one.": refused(
            ("rent", 1, "red van", "2026-03-02 08:00+00", "2026-03-02 18:00+00"),
            ("rent", 2, "red van", "2026-03-02 08:00+00", "2026-03-02 13:00+00"),
            sqlstates=("23",),
            broken="a van is with two customers at the same time",
        ),
        "A rental does not become longer into the next one.": refused(
            TEN_TO_NOON,
            NOON_TO_TWO,
            ("bring_back", 1, "2026-03-02 13:00+00"),
            sqlstates=("23",),
            broken="a van is with two customers at the same time",
        ),
        "A rental takes some time.": refused(
            ("rent", 1, "red van", "2026-03-02 10:00+00", "2026-03-02 10:00+00"), sqlstates=("23",)
        ),
        "A rental does not end before it begins.": refused(
            ("rent", 1, "red van", "2026-03-02 10:00+00", "2026-03-02 09:00+00"), sqlstates=("23", "22000")
        ),
    },
    reference=f"{ONE_AT_A_TIME}\n{TAKES_TIME}",
    accepts=(
        # The period is a column that the server fills.
        """
ALTER TABLE rentals
    ADD during tstzrange NOT NULL GENERATED ALWAYS AS (tstzrange(begins_at, ends_at)) STORED,
    ADD CONSTRAINT takes_time CHECK (NOT isempty(during)),
    ADD CONSTRAINT one_at_a_time EXCLUDE USING gist (during WITH &&, van WITH =)
""",
        # Code that makes others wait before it looks; UPDATE and INSERT.
        LOOKS_FOR_RENTALS.replace("BEGIN\n", "BEGIN\n    PERFORM pg_advisory_xact_lock(hashtext(NEW.van));\n", 1)
        + TAKES_TIME,
        # Tried at the end of the transaction.
        ONE_AT_A_TIME.replace("&&);", "&&) DEFERRABLE INITIALLY DEFERRED;") + "\n" + TAKES_TIME,
    ),
    rejects={
        "same_beginning": wrong(
            f"ALTER TABLE rentals ADD UNIQUE (van, begins_at);\n{TAKES_TIME}",
            "UNIQUE refuses two rentals that begin at the same instant. Two that overlap mostly do not.",
            hint="UNIQUE compares with =. Which constraint lets you choose the operator?",
        ),
        "same_beginning_alone": wrong(
            "ALTER TABLE rentals ADD UNIQUE (van, begins_at);",
            "UNIQUE refuses two rentals that begin at the same instant. Two that overlap mostly do not. And it says "
            "nothing of a rental that ends before it begins, or at once.",
            hint="UNIQUE compares with =. Which constraint lets you choose the operator?",
        ),
        "not_gist": wrong(
            f"{ONE_AT_A_TIME.replace('USING gist ', '')}\n{TAKES_TIME}",
            "An exclusion constraint gets a B-tree where nothing else is said, and that index knows =, < and > and no "
            "overlap.",
            hint="USING says which kind of index. Which kind did the docks have?",
        ),
        "lasts_and_no_more": wrong(
            TAKES_TIME,
            "That a rental takes some time is kept. A check sees one row; that two rows overlap it cannot see.",
            hint="Which constraint compares a row with all the others?",
        ),
        "one_van_for_all": wrong(
            f"ALTER TABLE rentals ADD EXCLUDE USING gist (tstzrange(begins_at, ends_at) WITH &&);\n{TAKES_TIME}",
            "No two rentals overlap, of whatever van: the shop has a single van now.",
            hint="In which column must two rows be equal to be in each other's way?",
        ),
        "both_ends": wrong(
            ONE_AT_A_TIME.replace("ends_at) WITH", "ends_at, '[]') WITH") + f"\n{TAKES_TIME}",
            "With '[]' a rental holds its last instant too, and the next one, which begins then, is refused.",
            hint="tstzrange(a, b) alone holds a and not b.",
        ),
        "no_length": wrong(
            ONE_AT_A_TIME,
            "A rental from ten to ten goes in. Its range is empty, and an empty range overlaps nothing. A check that "
            "lets the two ends be equal does not help.",
            hint="Compare the two columns, and leave out the case in which they are equal.",
        ),
        "looks_first": wrong(
            f"{LOOKS_FOR_RENTALS}{TAKES_TIME}",
            "Your code looks before it writes. Two customers who ask at once both find the van free.",
            hint="A constraint sees what others have not committed yet, and waits. Which one is for overlaps?",
        ),
        "looks_and_gives_no_code": wrong(
            LOOKS_FOR_RENTALS.replace("exclusion_violation USING MESSAGE =", "EXCEPTION '%',") + TAKES_TIME,
            "Your code looks before it writes. Two customers who ask at once both find the van free. And RAISE "
            "EXCEPTION has the code P0001, whatever was wrong.",
            hint="A constraint sees what others have not committed yet, and waits. Which one is for overlaps?",
        ),
        "looks_at_new_ones": wrong(
            f"{LOOKS_FOR_RENTALS.replace('INSERT OR UPDATE', 'INSERT')}{TAKES_TIME}",
            "Your code looks when a rental comes in, and only then: one becomes longer into the next. And two that "
            "come at once do not see each other.",
            hint="A constraint is asked at every write, whoever writes. Which one is for overlaps?",
        ),
    },
    hints=(
        "Two sentences, two constraints: one looks at a single row, the other compares a row with all others.",
        "For the second, EXCLUDE USING gist (column WITH operator, …). In what are the two rentals equal?",
        "EXCLUDE USING gist (van WITH =, tstzrange(begins_at, ends_at) WITH &&), and CHECK (ends_at > begins_at).",
    ),
)

COUPONS = """
CREATE TABLE coupons (
    code       text PRIMARY KEY,
    expires_at timestamptz NOT NULL,
    note       text
);
"""
AFTER_ISSUE = """
ALTER TABLE coupons
    ADD issued_at timestamptz NOT NULL DEFAULT now(),
    ADD CHECK (expires_at > issued_at);
"""
BY_THE_DAY = AFTER_ISSUE.replace("timestamptz NOT NULL DEFAULT now()", "date NOT NULL DEFAULT current_date")
USABLE = "CREATE VIEW usable AS SELECT code FROM coupons WHERE expires_at > now();"
AT_THE_WRITE = """
CREATE FUNCTION not_expired() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.expires_at <= now() THEN
        RAISE check_violation USING MESSAGE = NEW.code || ' has expired already';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER not_expired BEFORE INSERT ON coupons FOR EACH ROW EXECUTE FUNCTION not_expired();
"""
MARCH, APRIL = at("2026-03-01 09:00"), at("2026-04-05 09:00")
AFTERNOON = at("2026-03-01 15:00")
SPRING = ("give_out", "SPRING", "2026-03-31 18:00+00")
AT_TEN = ("give_out", "HOUR", "2026-03-01 10:00+00")

coupons = schema(
    "1.6.7",
    minutes=5,
    given=COUPONS,
    actions=(
        Action(
            "give_out",
            ("code", "expires_at"),
            says="A coupon is given out.",
            sql="INSERT INTO coupons (code, expires_at) VALUES (:code, :expires_at)",
        ),
        Action(
            "load",
            ("code", "expires_at"),
            says="A job loads a coupon from a list; it names every column, and has NULL for the others.",
            sql="INSERT INTO coupons SELECT (jsonb_populate_record(NULL::coupons, "
            "jsonb_build_object('code', :code::text, 'expires_at', :expires_at::text))).*",
        ),
        Action(
            "write_note",
            ("code", "note"),
            says="Somebody writes something on it.",
            sql="UPDATE coupons SET note = :note WHERE code = :code",
        ),
    ),
    questions=(Question("usable", ("code",), says="What can be used now.", sql="SELECT code FROM usable"),),
    legal={
        "A coupon is usable as long as it has not expired.": history(
            MARCH, SPRING, at("2026-03-30 09:00"), gives={"usable": [("SPRING",)]}
        ),
        "It is not usable when it has expired, and others are.": history(
            MARCH,
            SPRING,
            ("give_out", "SUMMER", "2026-08-31 18:00+00"),
            APRIL,
            gives={"usable": [("SUMMER",)]},
        ),
        "A coupon may hold for an hour, and in the afternoon of that day it is not usable.": history(
            MARCH, AT_TEN, AFTERNOON, gives={"usable": []}
        ),
        "A note can be written on a coupon that has expired.": history(
            MARCH, SPRING, APRIL, ("write_note", "SPRING", "returned by Ada"), gives={"usable": []}
        ),
        "A backup can be restored when a coupon has expired.": history(MARCH, SPRING, APRIL, reload()),
    },
    illegal={
        "Nobody gives out a coupon that has expired.": refused(
            ("give_out", "WINTER", "2025-12-31 18:00+00"), sqlstates=("23", "P0001")
        ),
        "Nor does anybody at any other time.": refused(
            MARCH,
            SPRING,
            APRIL,
            ("give_out", "EASTER", "2026-04-01 18:00+00"),
            sqlstates=("23", "P0001"),
            broken="a coupon is given out that has expired already",
        ),
        "A job that has NULL for all else loads no expired coupon either.": refused(
            ("load", "WINTER", "2025-12-31 18:00+00"),
            # 428C9: a column that the server generates is not to be named.
            sqlstates=("23", "P0001", "428C9"),
            broken="a coupon is given out that has expired already",
        ),
        "In the afternoon, nobody gives out a coupon that expired in the morning.": refused(
            AFTERNOON, AT_TEN, sqlstates=("23", "P0001"), broken="a coupon is given out that has expired already"
        ),
    },
    reference=f"{AFTER_ISSUE.strip()}\n{USABLE}",
    accepts=(
        # A rule about the write, at the write.
        f"{AT_THE_WRITE}\nCREATE VIEW usable AS SELECT * FROM coupons WHERE NOT expires_at <= CURRENT_TIMESTAMP",
        # How long it holds, beside when it began.
        """
ALTER TABLE coupons ADD COLUMN given_out timestamptz DEFAULT clock_timestamp() NOT NULL,
    ADD COLUMN holds interval GENERATED ALWAYS AS (expires_at - given_out) STORED,
    ADD CONSTRAINT holds_some_time CHECK (holds > interval '0');
CREATE VIEW usable (code) AS SELECT c.code FROM coupons AS c WHERE c.given_out + c.holds > statement_timestamp();
""",
    ),
    rejects={
        "against_the_clock": wrong(
            f"ALTER TABLE coupons ADD CHECK (expires_at > now());\n{USABLE}",
            "Your check compares with the clock. It is kept on the day of the write; later the row is false by itself, "
            "and neither a note nor a backup goes in any more.",
            hint="Which second column would the rule need, so that its answer never changes?",
        ),
        "asked_at_every_write": wrong(
            f"{AT_THE_WRITE.replace('BEFORE INSERT', 'BEFORE INSERT OR UPDATE')}\n{USABLE}",
            "Your rule is asked whenever the row is written, by a trigger on UPDATE or by a check that is NOT VALID. "
            "A note on an expired coupon does not give it out again.",
            hint="The sentence is about giving out. Which write is that?",
        ),
        "no_rule": wrong(
            USABLE,
            "The view shows what is valid, and a coupon that has expired is given out all the same. Either no rule "
            "speaks of it, or it compares with a column that is NULL, and a check lets NULL pass.",
            hint="When a coupon is given out is a fact of its own. Where is it written down?",
        ),
        "may_lack": wrong(
            f"{AFTER_ISSUE.replace(' NOT NULL', '')}{USABLE}",
            "A DEFAULT fills in what is not named, and a job that names the column with NULL gets NULL. Then the check "
            "compares with NULL, and lets an expired coupon pass.",
            hint="What closes the hole that NULL leaves in a check?",
        ),
        "a_fixed_day": wrong(
            f"ALTER TABLE coupons ADD CHECK (expires_at > '2026-03-01');\n{USABLE}",
            "Your check compares with a day that somebody wrote into it. What was right on that day lets expired "
            "coupons in a month later. A DEFAULT that is a fixed day does the same.",
            hint="Let the row say when it was given out: a column with DEFAULT now().",
        ),
        "by_the_day": wrong(
            f"{BY_THE_DAY}{USABLE.replace('now()', 'current_date')}",
            "You compare with days, and a coupon expires at an instant. A date counts as its midnight, so what expired "
            "this morning can be given out and used until the evening.",
            hint="Which type holds an instant, and which function gives the present one?",
        ),
        "issued_on_a_day": wrong(
            f"{BY_THE_DAY}{USABLE}",
            "The view is right. But the rule compares with the day of giving out, and a date counts as its midnight: "
            "in the afternoon, a coupon that expired in the morning is given out.",
            hint="expires_at is an instant. Let the column beside it be one too.",
        ),
        "from_the_next_day": wrong(
            f"{AFTER_ISSUE.replace('expires_at > issued_at', 'expires_at::date > issued_at::date')}{USABLE}",
            "You compare days. A coupon that holds until this evening or for an hour expires on the day on which it is "
            "given out, and your check refuses it.",
            hint="Compare the two instants as they are.",
        ),
        "usable_all_day": wrong(
            f"{AFTER_ISSUE}{USABLE.replace('now()', 'current_date')}",
            "The rule about giving out is kept. But the view compares with today, which counts as its midnight, so a "
            "coupon that expired this morning is usable until the evening.",
            hint="expires_at is an instant. Compare it with one.",
        ),
        "nobody_says_when": wrong(
            f"{AFTER_ISSUE.replace(' DEFAULT now()', '')}{USABLE}",
            "No coupon is given out at all. A column that must be there, and that give_out does not name, needs a "
            "default.",
            hint="What can the server fill in by itself?",
        ),
        "shows_all": wrong(
            f"{AFTER_ISSUE}CREATE VIEW usable AS SELECT code FROM coupons;",
            "The rule about giving out is kept. But the view shows coupons that have expired: it has no condition, or "
            "one that does not ask what time it is now.",
            hint="A view asks its question anew each time. It may ask for the time.",
        ),
        "shown_as_of_once": wrong(
            f"{AFTER_ISSUE}CREATE TABLE usable AS SELECT code FROM coupons WHERE expires_at > now();",
            "A table, or a materialized view, holds what was true when it was made. What is usable changes with time, "
            "without a write.",
            hint="A view asks its question anew each time.",
        ),
    },
    hints=(
        "Two rules: one about the moment of giving out, one about the moment of asking. Which can a CHECK keep?",
        "Write down when a coupon was given out: a column with DEFAULT now(). Then compare two columns.",
        "ADD issued_at timestamptz NOT NULL DEFAULT now(), ADD CHECK (expires_at > issued_at); the view compares with "
        "now().",
    ),
)

reviews_of_a_line = choice(
    "1.6.8",
    minutes=1,
    options={"a": "exactly one", "b": "at most one", "c": "at least one", "d": "any number"},
    proof="""
        -- Nothing declared makes a line have a review. Are the columns of the foreign key a key of the reviews too?
        SELECT CASE WHEN bool_or(own.conkey <@ fk.conkey) THEN 'b' ELSE 'd' END
        FROM pg_constraint AS fk JOIN pg_constraint AS own USING (conrelid)
        WHERE fk.contype = 'f' AND fk.conrelid = 'reviews'::regclass AND fk.confrelid = 'order_lines'::regclass
          AND own.contype IN ('p', 'u')
    """,
    because={
        "a": "A foreign key looks from the review to the line. Nothing makes a line have a review.",
        "c": "Nothing makes a line have a review; and that a second one is refused, the primary key says.",
        "d": "The columns of the foreign key are the primary key as well, so they come once.",
    },
    hints=(
        "What does the primary key say of two reviews of one line?",
        "In which direction does the foreign key look?",
        "A foreign key that is unique is one to one, and its lower end may be missing.",
    ),
)
