"""Exercises of lesson 1.10."""

from mnemo_helpers.grading import (
    Action,
    Question,
    Rule,
    alike,
    at,
    choice,
    counterexample,
    history,
    query,
    refused,
    schema,
    wrong,
)

ACTIONS = (
    Action("offer", ("sku", "name", "price"), says="A product is offered, under a name and at a price."),
    Action("rename", ("sku", "name"), says="A product is called something else from now on."),
    Action("reprice", ("sku", "price"), says="A product costs something else from now on."),
    Action("sell", ("order_no", "sku", "quantity"), says="Pieces of a product are sold, as it is offered now."),
    Action("withdraw", ("sku",), says="A product that was never sold goes."),
)
QUESTIONS = (
    Question("invoices", ("order_no", "sku", "name", "quantity", "price"), says="What was sold, as it was sold."),
    Question("offers", ("sku", "name", "price"), says="What is offered, as it is now."),
)

PRODUCTS = "CREATE TABLE products (sku text PRIMARY KEY, name text NOT NULL, price numeric NOT NULL);"
LINES = """
CREATE TABLE lines (
    order_no int     NOT NULL,
    sku      text    NOT NULL REFERENCES products,
    quantity int     NOT NULL CHECK (quantity > 0),
    name     text    NOT NULL,
    price    numeric NOT NULL,
    PRIMARY KEY (order_no, sku)
);
"""
BARE = "CREATE TABLE lines (order_no int NOT NULL, sku text NOT NULL REFERENCES products, quantity int NOT NULL);"
SECTIONS = {
    "offer": "INSERT INTO products (sku, name, price) VALUES (:sku, :name, :price);",
    "rename": "UPDATE products SET name = :name WHERE sku = :sku;",
    "reprice": "UPDATE products SET price = :price WHERE sku = :sku;",
    "sell": """
INSERT INTO lines (order_no, sku, quantity, name, price)
VALUES (:order_no, :sku, :quantity, (SELECT name FROM products WHERE sku = :sku),
        (SELECT price FROM products WHERE sku = :sku));
""",
    "withdraw": "DELETE FROM products WHERE sku = :sku;",
    "invoices": "SELECT order_no, sku, name, quantity, price FROM lines;",
    "offers": "SELECT sku, name, price FROM products;",
}
# A row for each state of a product: a change adds one, and a line names the one that it was sold from.
VERSIONS = """
CREATE TABLE products (sku text PRIMARY KEY);
CREATE TABLE versions (
    version int     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku     text    NOT NULL REFERENCES products,
    name    text    NOT NULL,
    price   numeric NOT NULL
);
CREATE TABLE lines (order_no int NOT NULL, version int NOT NULL REFERENCES versions, quantity int NOT NULL);
"""
OF_VERSIONS = {
    "offer": """
INSERT INTO products VALUES (:sku);
INSERT INTO versions (sku, name, price) VALUES (:sku, :name, :price);
""",
    "rename": """
INSERT INTO versions (sku, name, price)
SELECT sku, :name, price FROM versions WHERE sku = :sku ORDER BY version DESC LIMIT 1;
""",
    "reprice": """
INSERT INTO versions (sku, name, price)
SELECT sku, name, :price FROM versions WHERE sku = :sku ORDER BY version DESC LIMIT 1;
""",
    "sell": "INSERT INTO lines VALUES (:order_no, (SELECT max(version) FROM versions WHERE sku = :sku), :quantity);",
    "invoices": "SELECT order_no, sku, name, quantity, price FROM lines JOIN versions USING (version);",
    "offers": "SELECT DISTINCT ON (sku) sku, name, price FROM versions ORDER BY sku, version DESC;",
}
# A period for each state of a product, as in lesson 1.9: the line tells when it was sold.
HISTORY = """
CREATE TABLE products (sku text PRIMARY KEY);
CREATE TABLE offered (
    sku       text        REFERENCES products,
    name      text        NOT NULL,
    price     numeric     NOT NULL,
    since     timestamptz NOT NULL DEFAULT now(),
    until     timestamptz CHECK (until > since),
    PRIMARY KEY (sku, since)
);
CREATE TABLE lines (
    order_no int NOT NULL, sku text NOT NULL REFERENCES products, quantity int NOT NULL,
    sold_at timestamptz NOT NULL DEFAULT now()
);
"""
OF_HISTORY = {
    "offer": """
INSERT INTO products VALUES (:sku);
INSERT INTO offered (sku, name, price) VALUES (:sku, :name, :price);
""",
    "rename": """
WITH ended AS (UPDATE offered SET until = now() WHERE sku = :sku AND until IS NULL RETURNING *)
INSERT INTO offered (sku, name, price) SELECT sku, :name, price FROM ended;
""",
    "reprice": """
WITH ended AS (UPDATE offered SET until = now() WHERE sku = :sku AND until IS NULL RETURNING *)
INSERT INTO offered (sku, name, price) SELECT sku, name, :price FROM ended;
""",
    "sell": "INSERT INTO lines (order_no, sku, quantity) VALUES (:order_no, :sku, :quantity);",
    "invoices": """
SELECT order_no, l.sku, name, quantity, price FROM lines AS l
JOIN offered AS o ON o.sku = l.sku AND since <= sold_at AND (until IS NULL OR sold_at < until);
""",
    "offers": "SELECT sku, name, price FROM offered WHERE until IS NULL;",
}
# The lines are filled by the database, whoever sells.
FILLED = """
CREATE FUNCTION as_offered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT name, price INTO NEW.name, NEW.price FROM products WHERE sku = NEW.sku;
    RETURN NEW;
END $$;
CREATE TRIGGER as_offered BEFORE INSERT ON lines FOR EACH ROW EXECUTE FUNCTION as_offered();
"""


def design(*tables: str, **sections: str) -> str:
    """Return an answer to 1.10.1: its tables, and the sections of the reference except those given."""
    told = SECTIONS | sections
    parts = [f"{part.heading}\n{told[part.name].strip()}" for part in (*ACTIONS, *QUESTIONS)]
    return "\n".join([*(table.strip() for table in tables or (PRODUCTS, LINES)), *parts])


def edited(text: str, *changes: tuple[str, str]) -> str:
    """Return a text with parts of it replaced, each of which must be there."""
    for old, new in changes:
        if old not in text:
            raise ValueError(f"{old!r} is not in the text")
        text = text.replace(old, new)
    return text


# Who keeps a history tells by the clock what was offered when something was sold.
NINE, TEN, ELEVEN, NOON, ONE = (at(f"2026-03-02 {hour}:00") for hour in ("09", "10", "11", "12", "13"))
LAMP = ("offer", "L-1", "Lamp", "20")
SOLD = (NINE, LAMP, TEN, ("sell", "1", "L-1", "2"), ELEVEN)

as_sold = schema(
    "1.10.1",
    minutes=7,
    actions=ACTIONS,
    questions=QUESTIONS,
    legal={
        "What nobody has changed stands on the invoice as it is offered, with the price of one piece.": history(
            *SOLD, gives={"invoices": [(1, "L-1", "Lamp", 2, 20)], "offers": [("L-1", "Lamp", 20)]}
        ),
        "What was sold keeps its price.": history(
            *SOLD,
            ("reprice", "L-1", "25"),
            gives={"invoices": [(1, "L-1", "Lamp", 2, 20)], "offers": [("L-1", "Lamp", 25)]},
        ),
        "What was sold keeps its name.": history(
            *SOLD,
            ("rename", "L-1", "Light"),
            gives={"invoices": [(1, "L-1", "Lamp", 2, 20)], "offers": [("L-1", "Light", 20)]},
        ),
        "What is sold later is sold as it is then, and other products are left alone.": history(
            *SOLD,
            ("offer", "T-1", "Tent", "90"),
            ("rename", "L-1", "Light"),
            NOON,
            ("reprice", "L-1", "25"),
            ONE,
            ("sell", "2", "L-1", "1"),
            ("sell", "2", "T-1", "1"),
            gives={
                "invoices": [
                    (1, "L-1", "Lamp", 2, 20),
                    (2, "L-1", "Light", 1, 25),
                    (2, "T-1", "Tent", 1, 90),
                ],
                "offers": [("L-1", "Light", 25), ("T-1", "Tent", 90)],
            },
        ),
    },
    illegal={
        # These set the clock as well, so that what an invoice shows is looked at first.
        "What nobody offers is not sold.": refused(NINE, LAMP, ("sell", "1", "X-9", "1"), sqlstates=("23",)),
        "A product is offered once.": refused(NINE, LAMP, ("offer", "L-1", "Lantern", "30"), sqlstates=("23",)),
        "A product that was sold is not deleted.": refused(
            *SOLD, ("withdraw", "L-1"), sqlstates=("23",), broken="a line names a product that is gone"
        ),
    },
    reference=design(),
    accepts=(
        design(VERSIONS, **OF_VERSIONS),
        design(HISTORY, **OF_HISTORY),
        design(
            PRODUCTS,
            LINES,
            FILLED,
            sell="INSERT INTO lines (order_no, sku, quantity) VALUES (:order_no, :sku, :quantity);",
        ),
        design(
            edited(
                PRODUCTS,
                ("sku text PRIMARY KEY", "id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sku text UNIQUE"),
            ),
            """
CREATE TABLE lines (
    order_no int, product int NOT NULL REFERENCES products, quantity int, sold_as text, sold_at numeric(12, 2)
);
""",
            sell="""
INSERT INTO lines
VALUES (:order_no, (SELECT id FROM products WHERE sku = :sku), :quantity,
        (SELECT name FROM products WHERE sku = :sku), (SELECT price FROM products WHERE sku = :sku));
""",
            invoices="SELECT order_no, sku, sold_as, quantity, sold_at FROM lines JOIN products ON id = product;",
        ),
    ),
    rejects={
        "reads_the_list": wrong(
            design(
                PRODUCTS,
                BARE,
                sell="INSERT INTO lines VALUES (:order_no, :sku, :quantity);",
                invoices="SELECT order_no, sku, name, quantity, price FROM lines JOIN products USING (sku);",
            ),
            "Your old invoices follow the product: they read its name and price as they are now, or each change is "
            "carried on to them, as one does with a copy. They then say what nobody agreed to. What was agreed is a "
            "fact of its own, and is stored nowhere.",
            hint="When was the price of a line agreed to, and where does it stand after the next change?",
        ),
        "keeps_the_price_alone": wrong(
            design(
                PRODUCTS,
                edited(LINES, ("    name     text    NOT NULL,\n", "")),
                sell="""
INSERT INTO lines VALUES (:order_no, :sku, :quantity, (SELECT price FROM products WHERE sku = :sku));
""",
                invoices="SELECT order_no, sku, name, quantity, l.price FROM lines AS l JOIN products USING (sku);",
            ),
            "The price is kept as agreed, the name is not: so does the shop of this lesson. An old invoice names what "
            "nobody ordered.",
            hint="Which columns of an invoice can change after the sale?",
        ),
        "keeps_the_name_alone": wrong(
            design(
                PRODUCTS,
                edited(LINES, ("    price    numeric NOT NULL,\n", "")),
                sell="""
INSERT INTO lines VALUES (:order_no, :sku, :quantity, (SELECT name FROM products WHERE sku = :sku));
""",
                invoices="SELECT order_no, sku, l.name, quantity, price FROM lines AS l JOIN products USING (sku);",
            ),
            "The name is kept as it was sold, and the price is today's. Somebody pays another amount than agreed.",
            hint="Which columns of an invoice can change after the sale?",
        ),
        "price_of_the_line": wrong(
            design(invoices="SELECT order_no, sku, name, quantity, quantity * price FROM lines;"),
            "Nothing has changed since the sale, and the invoice differs from it already. The price is that of one "
            "piece, as it was offered, and the quantity says how many.",
            hint="Show price as it stands in the line, and leave the sum to whoever prints the invoice.",
        ),
        "sold_from_nothing": wrong(
            design(
                sell="""
INSERT INTO lines (order_no, sku, quantity, name, price)
SELECT :order_no, sku, :quantity, name, price FROM products WHERE sku = :sku;
""",
            ),
            "A sale of a product that nobody offers is not refused. INSERT … SELECT finds no product, puts in no row "
            "and says nothing; and a line that takes NULL for its product takes anything.",
            hint="Let the sku that was given reach a column that refers to the products.",
        ),
        "refers_to_nothing": wrong(
            design(PRODUCTS, edited(LINES, (" REFERENCES products", ""), ("NOT NULL", ""))),
            "Your line names a product, and nothing says that it must be there: one that nobody offers is sold, and "
            "one that was sold is deleted. That the line keeps its own name and price does not make the product's "
            "number its own.",
            hint="sku text NOT NULL REFERENCES products says both.",
        ),
        "a_new_product_each_time": wrong(
            design(
                "CREATE TABLE products (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sku text NOT NULL, "
                "name text NOT NULL, price numeric NOT NULL);\n"
                "CREATE TABLE lines (order_no int, product int NOT NULL REFERENCES products, quantity int);",
                **OF_VERSIONS
                | {
                    "offer": SECTIONS["offer"],
                    "rename": "INSERT INTO products (sku, name, price) SELECT sku, :name, price FROM products "
                    "WHERE sku = :sku ORDER BY id DESC LIMIT 1;",
                    "reprice": "INSERT INTO products (sku, name, price) SELECT sku, name, :price FROM products "
                    "WHERE sku = :sku ORDER BY id DESC LIMIT 1;",
                    "sell": "INSERT INTO lines VALUES (:order_no, (SELECT max(id) FROM products WHERE sku = :sku), "
                    ":quantity);",
                    "invoices": "SELECT order_no, sku, name, quantity, price FROM lines JOIN products ON id = product;",
                    "offers": "SELECT DISTINCT ON (sku) sku, name, price FROM products ORDER BY sku, id DESC;",
                },
            ),
            "No key says any more that a product is offered once: a second product under the same sku is taken for a "
            "change of the first, or stands beside it.",
            hint="What is there once for each sku, whatever it costs and is called?",
        ),
    },
    hints=(
        "Take a line that was sold, and change the product's name and price. Which columns of the invoice may follow?",
        "None. So the line needs columns of its own for both, filled when it is sold.",
        "In sell: VALUES (:order_no, :sku, :quantity, (SELECT name …), (SELECT price …)), and sku REFERENCES products.",
    ),
)

# One seller, two warehouses, products and one order: what shelves and moves refer to.
BASE = """
    INSERT INTO languages VALUES ('en', 'English', 'Latin');
    INSERT INTO currencies VALUES ('USD', 'US dollar', 2);
    INSERT INTO countries VALUES ('US', 'United States', 'en', 'USD');
    INSERT INTO regions VALUES (1, 'US', 'Lake Country', 'America/Chicago');
    INSERT INTO warehouses VALUES (1, 1, 'Lakeside'), (2, 1, 'Northgate');
    INSERT INTO tenants VALUES (1, 'Everfield', 'US', '2023-06-06');
    INSERT INTO tenant_currencies VALUES (1, 'USD');
    INSERT INTO brands VALUES (1, 'Plain', 1);
    INSERT INTO categories VALUES (1, NULL, 'lamps', 'Lamps');
    INSERT INTO products SELECT n, 1, 1, 1, 'L-' || n, 'Lamp ' || n, 'Gives light.', 900, '2024-01-01', '2024-01-01'
    FROM generate_series(1, 6) AS n;
    INSERT INTO users VALUES (1, '1@example.com', 'Customer 1', 1, '2024-01-01', '2024-01-01');
    INSERT INTO addresses VALUES (1, 1, 'Customer 1', '1 Quay', 'Lakeside', '60001', 1, NULL, '2024-01-01');
    INSERT INTO sessions VALUES (1, 1, 1, 'phone', '2025-03-01 10:00', '2025-03-01 10:20');
    INSERT INTO carts VALUES (1, 1, '2025-03-01 10:00', '2025-03-01 10:10');
    INSERT INTO orders VALUES (1, 1, 1, 1, 1, 'USD', 'placed', 0, '2025-03-01 10:20', '2025-03-01 10:20');
    INSERT INTO order_lines SELECT 1, n, n, 9, 5, 0, NULL FROM generate_series(1, 6) AS n;
"""


def shelves(numbers: str, moves: str) -> str:
    """Return SQL that adds shelves, rows of (warehouse, product, number kept), and moves, rows of the same and why."""
    return f"""{BASE}
        INSERT INTO inventory SELECT w, p, kept, '2025-03-02' FROM (VALUES {numbers}) AS v (w, p, kept);
        INSERT INTO stock_moves
        SELECT row_number() OVER (), w, p, quantity, why, CASE WHEN why <> 'receipt' THEN 1 END,
               CASE WHEN why <> 'receipt' THEN p END, '2025-03-02'
        FROM (VALUES {moves}) AS v (w, p, quantity, why);
    """


COUNTED = """
    SELECT warehouse_id, product_id, on_hand, coalesce(sum(quantity), 0) AS counted
    FROM inventory LEFT JOIN stock_moves USING (warehouse_id, product_id)
    GROUP BY warehouse_id, product_id, on_hand
    HAVING on_hand <> coalesce(sum(quantity), 0)
"""

drift_of_the_shelves = query(
    "1.10.2",
    minutes=5,
    # Somebody may count the moves of each shelf by itself, which is right and slow.
    timeout_s=15,
    reference=COUNTED,
    rows={
        "one shelf with a piece too many": shelves("(1, 1, 11)", "(1, 1, 5, 'receipt'), (1, 1, 5, 'receipt')"),
        "a product that is right only over both warehouses, and shelves where nothing ever moved": shelves(
            "(1, 1, 6), (2, 1, 4), (1, 2, 3), (1, 3, 0), (2, 3, 7)",
            "(1, 1, 5, 'receipt'), (2, 1, 5, 'receipt'), (2, 3, 7, 'receipt')",
        ),
        "shelves from which something was sold and to which something came back": shelves(
            "(1, 1, 7), (1, 2, 10), (2, 4, 2), (2, 5, 1)",
            """(1, 1, 10, 'receipt'), (1, 1, -4, 'sale'), (1, 1, 1, 'return'), (1, 2, 10, 'receipt'),
               (1, 2, -2, 'sale'), (2, 4, 1, 'receipt'), (2, 4, 1, 'receipt'), (2, 5, 3, 'receipt')""",
        ),
    },
    accepts=(
        "SELECT warehouse_id, product_id, on_hand, counted FROM inventory NATURAL JOIN (SELECT warehouse_id, "
        "product_id, sum(n) AS counted FROM (SELECT warehouse_id, product_id, quantity AS n FROM stock_moves UNION ALL "
        "SELECT warehouse_id, product_id, 0 FROM inventory) AS moves GROUP BY 1, 2) AS c WHERE counted <> on_hand",
        "WITH moved AS (SELECT warehouse_id, product_id, sum(quantity) AS n FROM stock_moves GROUP BY 1, 2) "
        "SELECT i.warehouse_id, i.product_id, on_hand, coalesce(n, 0) FROM inventory AS i "
        "LEFT JOIN moved AS m ON m.warehouse_id = i.warehouse_id AND m.product_id = i.product_id "
        "WHERE n IS DISTINCT FROM on_hand AND (n IS NOT NULL OR on_hand <> 0)",
        "SELECT warehouse_id, product_id, sum(kept), sum(moved) FROM (SELECT warehouse_id, product_id, "
        "on_hand AS kept, 0 AS moved FROM inventory UNION ALL SELECT warehouse_id, product_id, 0, quantity "
        "FROM stock_moves) AS all_rows GROUP BY 1, 2 HAVING sum(kept) <> sum(moved)",
    ),
    rejects={
        "nothing_ever_moved": wrong(
            "SELECT warehouse_id, product_id, on_hand, sum(quantity) FROM inventory JOIN stock_moves "
            "USING (warehouse_id, product_id) GROUP BY 1, 2, 3 HAVING on_hand <> sum(quantity)",
            "A shelf without any move is left out: a join finds no partner for it, and a sum over nothing is NULL, "
            "which is neither equal to a number nor different from it. Three pieces that never came are drift too.",
            hint="LEFT JOIN keeps the shelf. What does sum() give for it, and what should it be?",
        ),
        "unknown_is_not_none": wrong(
            "SELECT warehouse_id, product_id, on_hand, sum(quantity) FROM inventory LEFT JOIN stock_moves "
            "USING (warehouse_id, product_id) GROUP BY 1, 2, 3 HAVING on_hand IS DISTINCT FROM sum(quantity)",
            "A shelf where nothing ever moved counts NULL in your query, and so an empty shelf that says 0 is reported "
            "as drift. The sum of no moves is 0.",
            hint="coalesce(sum(quantity), 0) is what is counted.",
        ),
        "none_is_shown_as_unknown": wrong(
            "SELECT warehouse_id, product_id, on_hand, counted FROM inventory FULL JOIN (SELECT warehouse_id, "
            "product_id, sum(quantity) AS counted FROM stock_moves GROUP BY warehouse_id, product_id) AS c "
            "USING (warehouse_id, product_id) WHERE coalesce(on_hand, 0) <> coalesce(counted, 0)",
            "You find every shelf that drifts. Where nothing ever moved, your query shows NULL for what was counted, "
            "and the sum of no moves is 0.",
            hint="coalesce(counted, 0) belongs into the list of columns as well.",
        ),
        "grouped_by_product": wrong(
            "SELECT warehouse_id, product_id, on_hand, counted FROM inventory FULL JOIN (SELECT product_id, "
            "sum(quantity) AS counted FROM stock_moves GROUP BY product_id) AS c USING (product_id) "
            "WHERE coalesce(on_hand, 0) <> coalesce(counted, 0)",
            "You count the moves of a product in all warehouses together, and compare each shelf with that.",
            hint="Which columns are the key of inventory? Group the moves by both.",
        ),
        "joined_to_the_product": wrong(
            "SELECT warehouse_id, product_id, on_hand, counted FROM inventory JOIN (SELECT product_id, "
            "sum(quantity) AS counted FROM stock_moves GROUP BY product_id) AS c USING (product_id) "
            "WHERE on_hand <> counted",
            "You compare each shelf with the moves of its product in all warehouses. A shelf whose product never moved "
            "is left out besides: a join finds no partner for it.",
            hint="Which columns are the key of inventory? Group the moves by both, and LEFT JOIN keeps the shelf.",
        ),
        "over_all_warehouses": wrong(
            "WITH kept AS (SELECT min(warehouse_id) AS w, product_id, sum(on_hand) AS n FROM inventory GROUP BY 2), "
            "moved AS (SELECT product_id, sum(quantity) AS n FROM stock_moves GROUP BY 1) SELECT w, product_id, "
            "kept.n, coalesce(moved.n, 0) FROM kept LEFT JOIN moved USING (product_id) "
            "WHERE kept.n <> coalesce(moved.n, 0)",
            "You add up a product over all warehouses, and there a piece too many in one makes up for a piece too few "
            "in the other. The copy is kept for each shelf.",
            hint="Which columns are the key of inventory?",
        ),
        "joined_by_product": wrong(
            "SELECT i.warehouse_id, product_id, on_hand, coalesce(sum(quantity), 0) FROM inventory AS i "
            "LEFT JOIN stock_moves USING (product_id) GROUP BY 1, 2, 3 HAVING on_hand <> coalesce(sum(quantity), 0)",
            "Joined by the product alone, each shelf counts the moves of every warehouse.",
            hint="Which columns are the key of inventory?",
        ),
        "receipts_alone": wrong(
            "SELECT warehouse_id, product_id, on_hand, coalesce(sum(quantity), 0) FROM inventory LEFT JOIN (SELECT * "
            "FROM stock_moves WHERE quantity > 0) AS came USING (warehouse_id, product_id) GROUP BY 1, 2, 3 "
            "HAVING on_hand <> coalesce(sum(quantity), 0)",
            "You add up what came and leave out what was sold. A sale is a move with a quantity below zero.",
        ),
        "counts_moves": wrong(
            "SELECT warehouse_id, product_id, on_hand, count(quantity) FROM inventory LEFT JOIN stock_moves "
            "USING (warehouse_id, product_id) GROUP BY 1, 2, 3 HAVING on_hand <> count(quantity)",
            "You count the moves. A move has a quantity, and a carton of five is one move.",
        ),
        "too_many_alone": wrong(
            "SELECT warehouse_id, product_id, on_hand, coalesce(sum(quantity), 0) FROM inventory LEFT JOIN stock_moves "
            "USING (warehouse_id, product_id) GROUP BY 1, 2, 3 HAVING on_hand > coalesce(sum(quantity), 0)",
            "You look for shelves that say too much. A number that is too small is as wrong, and sells nothing.",
        ),
    },
    hints=(
        "For each shelf there are two numbers. One stands in inventory; where does the other come from?",
        "Group the moves by warehouse and product, and keep the shelves that have none: LEFT JOIN.",
        "HAVING on_hand <> coalesce(sum(quantity), 0): without coalesce, a shelf without moves is never compared.",
    ),
)

A_NUMBER = r"value ~ '^-?(\d+\.?\d*|\.\d+)$'"

under_thirty = counterexample(
    "1.10.3",
    minutes=3,
    tables="""
        CREATE TABLE facts (
            product_id int, attribute text, value text NOT NULL,
            PRIMARY KEY (product_id, attribute)
        );
    """,
    claim=alike(
        "SELECT product_id, value AS price FROM facts WHERE attribute = 'price' AND value < '30'",
        f"SELECT product_id, value AS price FROM facts "
        f"WHERE attribute = 'price' AND CASE WHEN {A_NUMBER} THEN value::numeric < 30 END",
        says="value < '30' finds the products whose price is under 30.",
    ),
    given=(
        Rule(
            says="Each price is a number, written in digits.",
            breaks=f"SELECT * FROM facts WHERE attribute = 'price' AND NOT {A_NUMBER} ORDER BY product_id",
            broken="These are none:",
        ),
    ),
    most_rows=3,
    reference="INSERT INTO facts (product_id, attribute, value) VALUES (1, 'price', '100')",
    accepts=(
        "(7, 'price', '9')",
        "INSERT INTO facts VALUES (1, 'price', '20'), (2, 'price', '129.90'), (3, 'price', '40')",
        "VALUES (5, 'price', '4.50')",
    ),
    mistake="""
        SELECT CASE WHEN count(*) = 0 THEN 'no_price'
                    WHEN bool_and(value < '30') THEN 'cheap' WHEN bool_or(value < '30') THEN 'some_of_each'
                    ELSE 'dear' END
        FROM facts WHERE attribute = 'price'
    """,
    rejects={
        "cheap": wrong(
            "(1, 'price', '20')",
            "What you gave is under 30, as a number and as a text: the query is right about it. Texts are compared "
            "sign by sign, from the left.",
            hint="Which number begins with a smaller digit than 3 and is larger than 30?",
        ),
        "dear": wrong(
            "(1, 'price', '45'), (2, 'price', '300')",
            "These begin with a digit that is not below 3, and they are not under 30: the query leaves them out, and "
            "rightly. Texts are compared sign by sign, from the left.",
            hint="Which number begins with a smaller digit than 3 and is larger than 30?",
        ),
        "some_of_each": wrong(
            "(1, 'price', '20'), (2, 'price', '45')",
            "The query takes the one and leaves the other, as it should. As long as numbers have as many digits as 30 "
            "before the point, texts and numbers are in one order.",
            hint="Try another number of digits.",
        ),
        "no_price": wrong(
            "(1, 'weight', '100')",
            "The query looks at prices only, and there is none.",
        ),
        "no_number": wrong(
            "(1, 'price', '1 on request')",
            "True, the table takes that as well. Here each price is to be a number, and the claim breaks all the same.",
            hint="Texts are compared sign by sign, from the left.",
        ),
        "two_prices": wrong(
            "(1, 'price', '20'), (1, 'price', '100')",
            "The key lets an attribute of a product in once: this much EAV does refuse.",
            hint="One row is enough.",
        ),
    },
    hints=(
        "value is a text. How are two texts compared?",
        "Sign by sign, from the left: the first that differs decides. Does '100' come before '30'?",
        "'100' is smaller than '30' as a text, since 1 comes before 3; '9' is larger.",
    ),
)

MESSAGES = "CREATE TABLE messages (body jsonb NOT NULL);"
AN_AMOUNT = """ADD CHECK (CASE jsonb_typeof(body -> 'amount')
        WHEN 'number' THEN (body ->> 'amount')::numeric > 0 ELSE false END)"""
AN_ID = "ADD CHECK (coalesce(jsonb_typeof(body -> 'id') = 'string', false))"
ONCE = "CREATE UNIQUE INDEX messages_id ON messages ((body ->> 'id'));"


def kept_by(amount: str = AN_AMOUNT, id: str = AN_ID, once: str = ONCE) -> str:
    """Return an answer to 1.10.4: what keeps the amount, what the id, what keeps a message from coming twice."""
    return f"ALTER TABLE messages\n    {amount},\n    {id};\n{once}"


def body(text: str) -> tuple[str, str]:
    """Return the step that receives a message."""
    return ("receive", text)


FIRST = body('{"id": "e-1", "amount": 12.50}')

shapes_refused = schema(
    "1.10.4",
    minutes=6,
    optional=True,
    given=MESSAGES,
    actions=(Action("receive", ("body",), sql="INSERT INTO messages (body) VALUES (:body)"),),
    questions=(Question("messages", ("id", "amount"), sql="SELECT body ->> 'id', body ->> 'amount' FROM messages"),),
    legal={
        "A message may hold more than its id and its amount, and messages may have one amount.": history(
            FIRST,
            body('{"id": "e-2", "amount": 12.50, "currency": "EUR", "lines": [1, 2]}'),
            body('{"id": "e-3", "amount": 0.01, "note": null}'),
            gives={"messages": [("e-1", "12.50"), ("e-2", "12.50"), ("e-3", "0.01")]},
        ),
    },
    illegal={
        "A message has an amount.": refused(
            FIRST,
            body('{"id": "e-2", "amonut": 5}'),
            sqlstates=("23", "22"),
            broken="a message without an amount is kept, since its key is misspelt",
        ),
        "An amount is known.": refused(FIRST, body('{"id": "e-2", "amount": null}'), sqlstates=("23", "22")),
        "An amount is a number.": refused(FIRST, body('{"id": "e-2", "amount": "5"}'), sqlstates=("23", "22")),
        "An amount is above zero.": refused(FIRST, body('{"id": "e-2", "amount": 0}'), sqlstates=("23", "22")),
        "A message has an id.": refused(FIRST, body('{"amount": 5}'), sqlstates=("23", "22")),
        "An id is a text.": refused(FIRST, body('{"id": 2, "amount": 5}'), sqlstates=("23", "22")),
        "No message comes in twice.": refused(
            FIRST,
            body('{"id": "e-2", "amount": 5, "sent": 1}'),
            body('{"id": "e-2", "amount": 5, "sent": 2}'),
            sqlstates=("23",),
            at_once=True,
            broken="one payment is booked twice",
        ),
    },
    reference=kept_by(),
    accepts=(
        """
ALTER TABLE messages
    ADD COLUMN id text GENERATED ALWAYS AS (CASE jsonb_typeof(body -> 'id') WHEN 'string' THEN body ->> 'id' END)
        STORED NOT NULL UNIQUE,
    ADD COLUMN amount numeric GENERATED ALWAYS AS (
        CASE jsonb_typeof(body -> 'amount') WHEN 'number' THEN (body ->> 'amount')::numeric END
    ) STORED NOT NULL CHECK (amount > 0);
""",
        """
ALTER TABLE messages ADD CHECK (
    body @? '$ ? (@.amount.type() == "number" && @.amount > 0 && @.id.type() == "string")'
), ADD EXCLUDE USING btree ((body ->> 'id') WITH =);
""",
        kept_by(
            "ADD CHECK ((jsonb_typeof(body -> 'amount') = 'number' AND body -> 'amount' > '0') IS TRUE)",
            "ADD CHECK (body ? 'id' AND jsonb_typeof(body -> 'id') = 'string')",
        ),
    ),
    rejects={
        "missing_passes": wrong(
            kept_by("ADD CHECK ((body ->> 'amount')::numeric > 0)", "ADD CHECK (body ->> 'id' <> '')"),
            "Where the key is not there, ->> gives NULL, the comparison gives NULL, and a check refuses only what is "
            "false. It also gives a text, whatever was there, and the text of a number can be cast.",
            hint="What must the check give where the key is missing? CASE … ELSE false, or … IS TRUE, says it.",
        ),
        "plain_check": wrong(
            "ALTER TABLE messages ADD CHECK ((body ->> 'amount')::numeric > 0);",
            "Your check refuses an amount that is there and not above zero, and so far it is right. A key that is not "
            "there gives NULL, which a check lets pass, and ->> makes a text of everything, so that a text passes too. "
            "And nothing speaks of the id yet.",
            hint="Ask jsonb_typeof first. What must the check give where the key is missing?",
        ),
        "plain_check_and_a_key": wrong(
            "ALTER TABLE messages ADD CHECK ((body ->> 'amount')::numeric > 0), ADD CHECK (body ? 'id');",
            "The id must be there, and may be anything, as often as it likes. The amount, if it is there, is above "
            "zero: a key that is not there gives NULL, which a check lets pass.",
            hint="Ask jsonb_typeof first, of both. What must the check give where the key is missing?",
        ),
        "plain_check_beside_an_id": wrong(
            kept_by("ADD CHECK ((body ->> 'amount')::numeric > 0)", "ADD CHECK (body ->> 'id' IS NOT NULL)"),
            "An id must be there, once. Of an amount that is missing your check asks nothing: NULL > 0 is NULL, and a "
            "check refuses only what is false. And ->> makes a text of everything, so a text passes for a number, and "
            "a number for a text.",
            hint="Ask jsonb_typeof first, of both. What must the check give where the key is missing?",
        ),
        "drawn_out": wrong(
            """
ALTER TABLE messages
    ADD COLUMN id text GENERATED ALWAYS AS (body ->> 'id') STORED NOT NULL UNIQUE,
    ADD COLUMN amount numeric GENERATED ALWAYS AS ((body ->> 'amount')::numeric) STORED NOT NULL CHECK (amount > 0);
""",
            "The columns that you generate are sound: what is missing is refused, and what is there twice. But ->> "
            'makes a text of whatever was there, so the amount "5" passes for 5, and the id 2 for "2".',
            hint="CASE jsonb_typeof(body -> 'amount') WHEN 'number' THEN … END in the column gives NULL for all else.",
        ),
        "typed_but_missing": wrong(
            kept_by(
                "ADD CHECK (jsonb_typeof(body -> 'amount') = 'number' AND (body ->> 'amount')::numeric > 0)",
                "ADD CHECK (jsonb_typeof(body -> 'id') = 'string')",
            ),
            "You ask for the type of what is there. Of what is not there the type is NULL, and so is the comparison: a "
            "message without the key passes.",
            hint="Wrap the condition so that NULL becomes false: IS TRUE, coalesce, or CASE with ELSE.",
        ),
        "key_alone": wrong(
            kept_by("ADD CHECK (body ? 'amount')", "ADD CHECK (body ? 'id')"),
            "The ? asks whether the key is there, not what it holds. A null, a text and a zero are there as well.",
            hint="jsonb_typeof(body -> 'amount') tells what it holds.",
        ),
        "a_text_that_can_be_cast": wrong(
            kept_by(
                "ADD COLUMN amount numeric GENERATED ALWAYS AS ((body ->> 'amount')::numeric) STORED NOT NULL "
                "CHECK (amount > 0)"
            ),
            'The column that you generate is sound. The document behind it may say "5" where it should say 5, and '
            "whoever reads the document finds a text.",
            hint="Ask jsonb_typeof before you cast.",
        ),
        "zero_is_a_number": wrong(
            kept_by("ADD CHECK (coalesce(jsonb_typeof(body -> 'amount') = 'number', false))"),
            "An amount must be there and be a number, so far it is kept. Zero is a number too.",
        ),
        "again_with_another_word": wrong(
            kept_by(once="ALTER TABLE messages ADD UNIQUE (body);"),
            "The same message comes in twice: as a whole document it differs, by the time at which it was sent again, "
            "or nothing compares it at all. What tells messages apart is the id.",
            hint="An index can be UNIQUE on an expression: ((body ->> 'id')).",
        ),
        "looks_first": wrong(
            kept_by(
                once="""
CREATE FUNCTION looks_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM messages WHERE body ->> 'id' = NEW.body ->> 'id') THEN
        RAISE unique_violation USING MESSAGE = 'this message is here';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER looks_first BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION looks_first();
"""
            ),
            "Your trigger looks first, and two sessions at once both find nothing. A unique index waits to know.",
            hint="An index can be UNIQUE on an expression: ((body ->> 'id')).",
        ),
        "nothing_else": wrong(
            kept_by(AN_AMOUNT + ",\n    ADD CHECK (body - 'id' - 'amount' = '{}')"),
            "You refuse what you have not heard of. The service adds keys when it likes, and a message that is refused "
            "is lost. Check what you need.",
        ),
    },
    hints=(
        'Try your check on {} and on {"amonut": 5} first. What does it give there: false, or NULL?',
        "jsonb_typeof(body -> 'amount') = 'number' asks for the type. CASE … ELSE false, or IS TRUE, makes NULL false.",
        "And CREATE UNIQUE INDEX ON messages ((body ->> 'id')), with two pairs of brackets.",
    ),
)

PATHS = """
CREATE TABLE paths (
    path   text PRIMARY KEY,
    parent text GENERATED ALWAYS AS (CASE WHEN path LIKE '%/%' THEN regexp_replace(path, '/[^/]*$', '') END) STORED
           REFERENCES paths
);
"""
ALL_PATHS = (
    "shop",
    "shop/home",
    "shop/home/lamps",
    "shop/home/lamps/desk",
    "shop/home/lamps/desk/green",
    "shop/kitchen",
    "shop/kitchen/knives",
    "shop/kitchen/tea",
    "shop/kitchen/tea/green",
    "shop/kitchen/tea towels",
    "shop/kitchen/tea towels/linen",
    "shop/kitchen/workshop",
    "shop/kitchen/workshop/kitchen tools",
    "shop/outdoor",
)


MOVE = Action("move", ("path", "under"), says="A category goes below another one, with all that is below it.")


def moves(sql: str) -> str:
    """Return an answer to 1.10.5."""
    return f"{MOVE.heading}\n{sql.strip()}"


def after(path: str, under: str) -> list[tuple[str]]:
    """Return the paths after a move, worked out apart from any SQL."""
    begin = path.rpartition("/")[0]
    return [(under + old[len(begin) :] if old == path or old.startswith(f"{path}/") else old,) for old in ALL_PATHS]


move_a_subtree = schema(
    "1.10.5",
    minutes=5,
    given=PATHS + "INSERT INTO paths VALUES " + ", ".join(f"('{path}')" for path in ALL_PATHS),
    actions=(MOVE,),
    questions=(Question("paths", ("path",), sql="SELECT path FROM paths"),),
    legal={
        "A category without any below it moves.": history(
            ("move", "shop/kitchen/knives", "shop/home"), gives={"paths": after("shop/kitchen/knives", "shop/home")}
        ),
        "What is below a category moves with it, and stays below it.": history(
            ("move", "shop/home/lamps", "shop/outdoor"), gives={"paths": after("shop/home/lamps", "shop/outdoor")}
        ),
        "Tea moves, and tea towels stay.": history(
            ("move", "shop/kitchen/tea", "shop/home"), gives={"paths": after("shop/kitchen/tea", "shop/home")}
        ),
        "The kitchen moves, with the kitchen tools of its workshop.": history(
            ("move", "shop/kitchen", "shop/outdoor"), gives={"paths": after("shop/kitchen", "shop/outdoor")}
        ),
    },
    illegal={
        "Nothing goes below itself.": refused(("move", "shop/kitchen", "shop/kitchen/tea"), sqlstates=("23", "P0")),
        "Nothing goes below what is not there.": refused(
            ("move", "shop/kitchen/tea", "shop/attic"), sqlstates=("23", "P0")
        ),
    },
    reference=moves("""
UPDATE paths SET path = :under || substr(path, length(regexp_replace(:path, '/[^/]*$', '')) + 1)
WHERE path = :path OR starts_with(path, :path || '/');
"""),
    accepts=(
        moves("""
UPDATE paths SET path = :under || '/' || regexp_replace(:path, '.*/', '') || substr(path, length(:path) + 1)
WHERE path = :path OR path LIKE :path || '/%';
"""),
        moves("""
WITH RECURSIVE down AS (
    SELECT path, :under || '/' || regexp_replace(path, '.*/', '') AS new FROM paths WHERE path = :path
    UNION ALL
    SELECT paths.path, down.new || '/' || regexp_replace(paths.path, '.*/', '')
    FROM down JOIN paths ON paths.parent = down.path
)
UPDATE paths SET path = down.new FROM down WHERE down.path = paths.path;
"""),
        moves("""
UPDATE paths AS p SET path = concat(:under, right(p.path, -length(top.parent)))
FROM paths AS top WHERE top.path = :path AND left(p.path || '/', length(:path) + 1) = :path || '/';
"""),
    ),
    rejects={
        "only_the_top": wrong(
            moves("""
UPDATE paths SET path = :under || '/' || regexp_replace(:path, '.*/', '') WHERE path = :path;
"""),
            "You move one row. What is below it has the old path in its own, and the foreign key refuses to leave it "
            "without a parent. That is the price of a path: the whole subtree is written.",
            hint="Which other rows begin with this path?",
        ),
        "only_what_is_below": wrong(
            moves("""
UPDATE paths SET path = :under || '/' || regexp_replace(:path, '.*/', '') || substr(path, length(:path) + 1)
WHERE path LIKE :path || '/%';
"""),
            "What is below the category would move, and the category itself would stay. Its own path does not end in "
            "a slash.",
            hint="Two conditions: the path itself, or one that begins with it and a slash.",
        ),
        "begins_alike": wrong(
            moves("""
UPDATE paths SET path = :under || '/' || regexp_replace(:path, '.*/', '') || substr(path, length(:path) + 1)
WHERE path LIKE :path || '%';
"""),
            "Tea towels begin with the letters of tea and are not below it. What is below has a slash there.",
            hint="Two conditions: the path itself, or one that begins with it and a slash.",
        ),
        "replaced_everywhere": wrong(
            moves("""
UPDATE paths SET path = replace(path, :path, :under || '/' || regexp_replace(:path, '.*/', ''))
WHERE path = :path OR path LIKE :path || '/%';
"""),
            "replace() replaces wherever it finds the letters, and the workshop of the kitchen holds them a second "
            "time. Cut off the beginning instead, by its length.",
            hint="substr(path, n) gives the path from its n-th letter on.",
        ),
        "its_own_name_is_lost": wrong(
            moves("""
UPDATE paths SET path = :under || substr(path, length(:path) + 1) WHERE path = :path OR path LIKE :path || '/%';
"""),
            "You put what is below the category directly below the new one. The category's own name, the last part of "
            "its path, is gone, and its row would have the path of another.",
            hint="Cut off the parent of :path, not :path.",
        ),
        "all_in_one_row": wrong(
            moves("""
UPDATE paths SET path = :under || '/' || regexp_replace(path, '.*/', '') WHERE path = :path OR path LIKE :path || '/%';
"""),
            "Each category of the subtree goes directly below the new one, and what was below what is forgotten.",
            hint="Keep all of the path from the category's own name on.",
        ),
        "copied_and_deleted": wrong(
            moves("""
INSERT INTO paths
SELECT :under || '/' || regexp_replace(:path, '.*/', '') || substr(path, length(:path) + 1) FROM paths
WHERE path = :path OR path LIKE :path || '/%';
DELETE FROM paths WHERE path = :path OR path LIKE :path || '/%';
"""),
            "You copy the subtree and delete the old one. Where it goes below itself, the copy is deleted as well, and "
            "all of it is gone without a word. One UPDATE would have been refused.",
            hint="A foreign key is looked at when a statement ends. Let one statement do it.",
        ),
    },
    hints=(
        "First WHERE: which rows move? The category, and those whose path begins with its path and a slash.",
        "Then the new path: :under, and the old path without what stands before the category's own name.",
        "substr(path, length(regexp_replace(:path, '/[^/]*$', '')) + 1) is the rest, from the slash on.",
    ),
)

CATEGORIES = """
CREATE TABLE categories (slug text PRIMARY KEY, parent text REFERENCES categories CHECK (parent <> slug));
"""
CLIMB = """IF EXISTS (
        WITH RECURSIVE up AS (
            SELECT NEW.parent AS slug UNION SELECT parent FROM categories JOIN up USING (slug)
        )
        SELECT FROM up WHERE slug = NEW.slug
    ) THEN
        RAISE check_violation USING MESSAGE = NEW.slug || ' would be below itself';
    END IF;"""
WAIT = "PERFORM pg_advisory_xact_lock(27);"


def guarded(*steps: str, on: str = "BEFORE INSERT OR UPDATE", declare: str = "", instead: str = "NEW") -> str:
    """Return an answer to 1.10.6: what the trigger does, and when."""
    lines = "\n    ".join(steps)
    return f"""
CREATE FUNCTION no_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
{declare}
BEGIN
    {lines}
    RETURN {instead};
END $$;
CREATE TRIGGER no_cycle {on} ON categories
FOR EACH ROW EXECUTE FUNCTION no_cycle();
"""


SHOP = (("add", "shop", None), ("add", "home", "shop"), ("add", "kitchen", "shop"), ("add", "tea", "kitchen"))

no_cycle = schema(
    "1.10.6",
    minutes=8,
    optional=True,
    given=CATEGORIES,
    actions=(
        Action("add", ("slug", "parent"), sql="INSERT INTO categories (slug, parent) VALUES (:slug, :parent)"),
        Action("move", ("slug", "parent"), sql="UPDATE categories SET parent = :parent WHERE slug = :slug"),
    ),
    questions=(Question("tree", ("slug", "parent"), sql="SELECT slug, parent FROM categories"),),
    legal={
        "A category moves below another one, with what is below it.": history(
            *SHOP,
            ("move", "kitchen", "home"),
            gives={"tree": [("shop", None), ("home", "shop"), ("kitchen", "home"), ("tea", "kitchen")]},
        ),
        "A category moves up, and to the top.": history(
            *SHOP,
            ("move", "tea", "shop"),
            ("move", "kitchen", None),
            gives={"tree": [("shop", None), ("home", "shop"), ("kitchen", None), ("tea", "shop")]},
        ),
        "What was above may be below, once it is free.": history(
            *SHOP,
            ("move", "tea", None),
            ("move", "kitchen", "tea"),
            gives={"tree": [("shop", None), ("home", "shop"), ("kitchen", "tea"), ("tea", None)]},
        ),
    },
    illegal={
        "Of two categories, not each is below the other.": refused(
            *SHOP,
            ("move", "kitchen", "home"),
            ("move", "home", "kitchen"),
            sqlstates=("23", "P0"),
            at_once=True,
            broken="home and kitchen are below each other, and below nothing else",
        ),
        "No category is below itself, however far.": refused(
            *SHOP,
            ("add", "lamps", "home"),
            # Each move is of two rows, and no row is in both.
            ("move", "kitchen", "lamps"),
            ("move", "home", "tea"),
            sqlstates=("23", "P0"),
            at_once=True,
            broken="four categories go round in a circle",
        ),
    },
    reference=guarded(WAIT, CLIMB),
    accepts=(
        guarded("LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE;", CLIMB),
        guarded(
            "PERFORM FROM categories ORDER BY slug FOR UPDATE;",
            "above := NEW.parent;",
            "WHILE above IS NOT NULL LOOP",
            "    IF above = NEW.slug THEN RAISE EXCEPTION 'a cycle'; END IF;",
            "    SELECT parent INTO above FROM categories WHERE slug = above;",
            "END LOOP;",
            on="BEFORE INSERT OR UPDATE OF parent",
            declare="DECLARE above text;",
        ),
        """
CREATE FUNCTION one_at_a_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('categories'));
    RETURN NULL;
END $$;
CREATE TRIGGER one_at_a_time BEFORE UPDATE ON categories FOR EACH STATEMENT EXECUTE FUNCTION one_at_a_time();
CREATE FUNCTION no_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        WITH RECURSIVE up AS (SELECT slug, parent FROM categories WHERE slug = NEW.slug UNION ALL
                              SELECT c.slug, c.parent FROM categories AS c JOIN up ON c.slug = up.parent)
                  CYCLE slug SET again USING trail
        SELECT FROM up WHERE again
    ) THEN
        RAISE EXCEPTION 'a cycle';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER no_cycle AFTER UPDATE ON categories FOR EACH ROW EXECUTE FUNCTION no_cycle();
""",
    ),
    rejects={
        "looks_and_does_not_wait": wrong(
            guarded(CLIMB),
            "One after the other nobody gets through. Two people at once do: neither sees what the other has not "
            "committed yet, so each finds the way up free.",
            hint="Before it looks, the trigger can take a lock that every move takes: pg_advisory_xact_lock(n).",
        ),
        "locks_the_rows_of_the_move": wrong(
            guarded("PERFORM FROM categories WHERE slug IN (NEW.slug, NEW.parent) FOR UPDATE;", CLIMB),
            "You lock the two rows of the move. The other move has two other rows, and both go through. All moves must "
            "take one and the same lock.",
            hint="pg_advisory_xact_lock(n) with one number for all moves is such a lock, and so is LOCK TABLE.",
        ),
        "one_step_up": wrong(
            guarded(
                WAIT,
                "IF (SELECT parent FROM categories WHERE slug = NEW.parent) = NEW.slug THEN",
                "    RAISE check_violation;",
                "END IF;",
            ),
            "You look one step up. A cycle may be longer: climb until there is no parent, or until you meet the "
            "category that moves.",
            hint="WITH RECURSIVE, or a loop.",
        ),
        "nobody_is_told": wrong(
            guarded(WAIT, CLIMB, on="BEFORE INSERT"),
            "A move that closes a cycle is not refused. Nothing looks when a row is changed, or what looks sees this "
            "row alone, or it leaves the row as it is and says nothing, so that whoever moved it thinks that it moved.",
            hint="A trigger BEFORE INSERT OR UPDATE can climb from the new parent, and RAISE refuses.",
        ),
        "what_has_others_below_it_stays": wrong(
            guarded(
                WAIT,
                "IF EXISTS (SELECT FROM categories WHERE parent = NEW.slug) THEN",
                "    RAISE check_violation;",
                "END IF;",
            ),
            "No cycle comes of that, and no category that has others below it can move any more.",
            hint="What is below does not matter. Climb from the new parent: whom must you not meet?",
        ),
    },
    hints=(
        "Climb from the new parent. Whom must you not meet on the way?",
        "That is seen too late when two people move at once. What can the second wait for, before it looks?",
        "PERFORM pg_advisory_xact_lock(1) first: it is held until the transaction ends, and a second one waits.",
    ),
)

what_drifts = choice(
    "1.10.7",
    minutes=1,
    options={
        "a": "order_lines.unit_price",
        "b": "inventory.on_hand",
        "c": "reviews.rating",
        "d": "prices.amount",
    },
    proof="""
        -- Every shelf says what its moves add up to.
        SELECT 'b' WHERE NOT EXISTS (
            SELECT warehouse_id, product_id, on_hand FROM inventory
            EXCEPT
            SELECT warehouse_id, product_id, sum(quantity) FROM stock_moves GROUP BY warehouse_id, product_id
        )
    """,
    because={
        "a": "It looks like a copy of the price and is what was agreed: most lines differ from today's list, and none "
        "of them is wrong.",
        "c": "A rating is said once, by one customer, and follows from no other row.",
        "d": "The list is where prices come from. Others may copy it.",
    },
    hints=(
        "A copy is what other rows determine, now and at any time.",
        "Which of the four could you compute anew, without asking anybody?",
        "The sum of the moves of a shelf is what lies on it.",
    ),
)
