"""Exercises of lesson 2.6."""

from mnemo_helpers.grading import Read, choice, index, prediction, query, wrong

which_operators = choice(
    "2.6.1",
    minutes=2,
    options={
        "a": "`products @> ARRAY[250]`, and not `250 = ANY (products)`",
        "b": "`250 = ANY (products)`, and not `products @> ARRAY[250]`",
        "c": "both, since they ask the same",
        "d": "neither: it is an index on arrays, and 250 is a number",
    },
    proof="""
        SELECT CASE WHEN bool_or(amopopr = '@>(anyarray, anyarray)'::regoperator)
            THEN CASE WHEN bool_or(amopopr = '=(integer, integer)'::regoperator) THEN 'c' ELSE 'a' END
            ELSE CASE WHEN bool_or(amopopr = '=(integer, integer)'::regoperator) THEN 'b' ELSE 'd' END END
        FROM pg_amop JOIN pg_opfamily AS f ON f.oid = amopfamily JOIN pg_am AS a ON a.oid = opfmethod
        WHERE amname = 'gin' AND opfname = 'array_ops'
    """,
    because={
        "b": "It is the other way round. `= ANY` compares two numbers, again and again, and the index is on arrays.",
        "c": "They ask the same, and to you that is all there is. An index answers the operators of its class, and the "
        "planner does not turn one question into the other.",
        "d": "The index takes the arrays apart: its entries are the numbers in them.",
    },
    predicts=True,
)


def bookings(wish: str) -> str:
    """Return statements that make 10,000 bookings, of which those wish for a cot for which that is true."""
    return f"""
        CREATE TABLE bookings (booking_id integer PRIMARY KEY, document jsonb NOT NULL);
        INSERT INTO bookings
        SELECT n, jsonb_build_object(
            'email', 'guest' || n * 7919 % 5000 || '@example.com', 'room', 100 + n % 90, 'nights', 1 + n % 6,
            'price', 60 + n * 31 % 400,
            'address', jsonb_build_object('street', md5(n::text), 'city', 'city ' || n % 700),
            'wishes', jsonb_build_array('wish ' || n * 13 % 60, 'wish ' || n * 17 % 60)
                || CASE WHEN {wish} THEN '["cot"]' ELSE '[]' END::jsonb
                || CASE WHEN n % 500 = 7 THEN '["late supper"]' ELSE '[]' END::jsonb)
        FROM generate_series(1, 10000) AS n
    """


BOOKED = """
    INSERT INTO bookings SELECT booking_id + 30000, document FROM bookings WHERE booking_id % 50 = 0
"""
WISHES = "CREATE INDEX ON bookings USING gin ((document -> 'wishes'))"
EMAIL = "CREATE INDEX ON bookings ((document ->> 'email'))"

parts_of_a_document = index(
    "2.6.2",
    minutes=7,
    states={
        "as shown, one booking in 400 with a cot": bookings("n % 400 = 3"),
        "in the holidays": bookings("n % 160 = 3"),
    },
    reads={
        "bookings with a wish": Read(
            "SELECT booking_id, document FROM bookings WHERE document -> 'wishes' ? :wish",
            values=({"wish": "cot"}, {"wish": "late supper"}),
            most_pages=75,
        ),
        "a guest's bookings": Read(
            "SELECT booking_id, document FROM bookings WHERE document ->> 'email' = :email",
            values=({"email": "guest7@example.com"}, {"email": "guest4900@example.com"}),
            most_pages=12,
        ),
        "one booking": Read("SELECT * FROM bookings WHERE booking_id = 7"),
    },
    writes={"200 new bookings": BOOKED},
    most_bytes=800 * 1024,
    most_records=6.0,
    reference=f"{WISHES}; {EMAIL}",
    accepts=(
        "CREATE INDEX wishes ON bookings USING gin ((document -> 'wishes') jsonb_ops);"
        "CREATE INDEX email ON bookings USING hash ((document ->> 'email'))",
        f"{EMAIL}; CREATE INDEX CONCURRENTLY ON bookings USING gin ((document->'wishes')) WITH (fastupdate = on)",
    ),
    rejects={
        "the_whole_document": wrong(
            "CREATE INDEX ON bookings USING gin (document)",
            "This index answers operators with the whole document on their left. The questions take a field out first, "
            "by `->` or `->>`, and ask about that.",
        ),
        "paths_of_the_document": wrong(
            "CREATE INDEX ON bookings USING gin (document jsonb_path_ops)",
            "An index on the document, whatever its class, answers `document @> …`. Nobody asks that here.",
        ),
        "everything": wrong(
            f"CREATE INDEX ON bookings USING gin (document); {WISHES}; {EMAIL}",
            "The third of them, on the whole document, answers no question, and is the largest of all.",
        ),
        "only_wishes": wrong(
            WISHES,
            "The wishes are found. Who looks for a guest asks for `document ->> 'email'`, and no index is on that.",
        ),
        "no_parentheses": wrong(
            "CREATE INDEX ON bookings USING gin (document -> 'wishes')",
            "The server cannot read it. An index on an expression needs parentheses around the expression, and around "
            "the list of columns: `ON t ((a + b))`.",
        ),
        "only_email": wrong(EMAIL, "The guest is found. Who looks for a wish still reads all bookings."),
        "wishes_in_order": wrong(
            f"CREATE INDEX ON bookings ((document -> 'wishes')); {EMAIL}",
            "A B-tree has the list of wishes as one value, and so finds only bookings with that list and no other.",
        ),
        "wishes_by_path": wrong(
            f"CREATE INDEX ON bookings USING gin ((document -> 'wishes') jsonb_path_ops); {EMAIL}",
            "`jsonb_path_ops` is the smaller class, and has no `?`: look at the list of operators above.",
        ),
    },
    hints=(
        "Look at the table of questions and indexes above: what stands to the left of the operator?",
        "Two fields are asked for, each by another operator. What kind of index answers `?`, and what kind `=`?",
        "Index the expressions as they stand in the questions: `document -> 'wishes'` by GIN, `document ->> 'email'` "
        "by a B-tree. An expression has parentheses of its own.",
    ),
)

FIRST = "'{ash,birch,cole,dun,elder,fair,green,halver,iron,jar,kings,lang,marl,north,oak,penn,quarry,red,stan,thorn}'"
SECOND = "'{bury,croft,dale,field,gate,ham,hurst,land,ley,low,mere,mond,ridge,stead,sten,stow,thwaite,ton,well,worth}'"


def tickets(series: str) -> str:
    """Return statements that make tickets of these numbers, for 400 family names."""
    return f"""
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        CREATE TABLE tickets (
            ticket_id integer PRIMARY KEY, code text NOT NULL, holder text NOT NULL, seat text NOT NULL
        );
        INSERT INTO tickets
        SELECT n, 'K7-' || lpad((n * 7919 % 100003)::text, 6, '0') || '-' || left(md5(n::text), 12),
            (ARRAY['Ada', 'Bo', 'Chidi', 'Dag', 'Ewa', 'Finn', 'Gül'])[1 + n % 7] || ' '
                || initcap(({FIRST}::text[])[1 + n * 13 % 20] || ({SECOND}::text[])[1 + n / 20 * 7 % 20]),
            'row ' || n % 40 || ', seat ' || n % 31
        FROM generate_series({series}) AS n
    """


PIECES = "CREATE INDEX ON tickets USING gin (holder gin_trgm_ops)"
CODE = "CREATE INDEX ON tickets (code)"

pieces_of_a_name = index(
    "2.6.3",
    minutes=6,
    states={"as shown": tickets("1, 20000"), "a full house": tickets("1, 22000")},
    reads={
        "a piece of the name": Read(
            "SELECT ticket_id, holder, seat FROM tickets WHERE holder ILIKE '%' || :piece || '%'",
            values=({"piece": "thornmond"}, {"piece": "alverst"}),
            most_pages=180,
        ),
        "a name misspelt": Read(
            "SELECT ticket_id, holder, seat FROM tickets WHERE :typed <% holder",
            values=({"typed": "quarythwaite"},),
            most_pages=180,
        ),
        "the beginning of a code": Read(
            "SELECT ticket_id, holder, seat FROM tickets WHERE code LIKE :start || '%'",
            values=({"start": "K7-01234"}, {"start": "K7-000017"}),
            most_pages=20,
        ),
        "one ticket": Read("SELECT * FROM tickets WHERE ticket_id = 7"),
    },
    writes={
        "200 tickets sold": "INSERT INTO tickets SELECT ticket_id + 50000, code, holder, seat FROM tickets LIMIT 200"
    },
    most_bytes=2100 * 1024,
    most_records=5.0,
    reference=f"{PIECES}; {CODE}",
    accepts=(
        f"CREATE INDEX by_code ON tickets (code text_pattern_ops); {PIECES}",
        f"CREATE UNIQUE INDEX ON tickets (code, ticket_id); {PIECES} WITH (fastupdate = on);",
    ),
    rejects={
        "in_order": wrong(
            f"CREATE INDEX ON tickets (holder); {CODE}",
            "A B-tree is in the order of beginnings. A piece may stand anywhere, and a misspelt name begins nowhere.",
        ),
        "trigrams_for_all": wrong(
            f"{PIECES}; CREATE INDEX ON tickets USING gin (code gin_trgm_ops)",
            "A beginning is what a B-tree can look up. A code has twenty pieces, many of them its own.",
        ),
        "trigrams_of_both": wrong(
            "CREATE INDEX ON tickets USING gin (holder gin_trgm_ops, code gin_trgm_ops)",
            "One index for both columns holds the pieces of both, and those of the codes are many times more.",
        ),
        "words": wrong(
            f"CREATE INDEX ON tickets USING gin (to_tsvector('simple', holder)); {CODE}",
            "That is an index of words, which answers `@@`. The desk asks for pieces of words, by `ILIKE` and `<%`.",
        ),
        "lower_case": wrong(
            f"CREATE INDEX ON tickets USING gin (lower(holder) gin_trgm_ops); {CODE}",
            "The questions ask about `holder`, and the index is on `lower(holder)`. Pieces are in lower case anyway.",
        ),
        "at_once": wrong(
            f"{PIECES} WITH (fastupdate = off); {CODE}",
            "All questions are answered. With `fastupdate` off, each ticket sold pays for all its pieces at once.",
        ),
        "pieces_alone": wrong(PIECES, "Names are found. Who has the beginning of a code still reads all tickets."),
        "code_alone": wrong(CODE, "Codes are found. Who looks for a name still reads all tickets."),
    },
    hints=(
        "Three questions, two columns. Which of them say how the text begins?",
        "`gin_trgm_ops` answers `ILIKE` and `<%`. Look at what the size allows before you use it twice.",
        "A GIN of pieces on `holder`, and a plain index on `code`.",
    ),
)

BASE = """
    INSERT INTO languages VALUES ('en', 'English', 'Latin');
    INSERT INTO currencies VALUES ('USD', 'US dollar', 2);
    INSERT INTO countries VALUES ('US', 'United States', 'en', 'USD');
    INSERT INTO tenants VALUES (1, 'Halden', 'US', '2023-07-01');
    INSERT INTO brands VALUES (1, 'Halden', 2);
    INSERT INTO categories VALUES (1, NULL, 'home', 'Home');
    INSERT INTO products
    SELECT n, 1, 1, 1, 'HOM-' || n, name, description, 500, '2024-01-01', '2024-01-01'
    FROM (VALUES {}) AS p (n, name, description);
"""


NAME_A = "setweight(to_tsvector('english', name), 'A')"
WORDS = f"{NAME_A} || setweight(to_tsvector('english', description), 'B')"
TYPED = "websearch_to_tsquery('english', 'wool -socks')"


def found(words: str = WORDS, sought: str = TYPED, wanted: str = "websearch_to_tsquery('english', 'wool')") -> str:
    """Return an answer to 2.6.4: of these words, what is sought, ranked by what is wanted."""
    return f"""
        SELECT product_id, name, ts_rank(words, {wanted}) AS rank
        FROM products, LATERAL (SELECT {words} AS words) AS w
        WHERE words @@ {sought} ORDER BY rank DESC, product_id
    """


search_page = query(
    "2.6.4",
    minutes=7,
    rows={
        "one product with it in the description": BASE.format("(1, 'Halden throw', 'Throw. Made of recycled wool.')"),
        "other forms of the words": BASE.format(
            """
            (1, 'Halden throw', 'Throw. Made of recycled wool.'), (2, 'Halden wool blanket', 'Warm.'),
            (3, 'Halden blanket', 'Of many wools, warm.'), (4, 'Halden wool socks', 'Warm.'),
            (5, 'Halden slippers', 'Of wool, worn over a sock.'), (6, 'Halden quilt', 'Of cotton.'),
            (7, 'Halden wool throw', 'Wool, and nothing but wool.')
            """
        ),
    },
    ordered_by="rank DESC, product_id",
    reference=found(),
    accepts=(
        found(sought="to_tsquery('english', 'wool & !socks')", wanted=f"querytree({TYPED})::tsquery"),
        """
        WITH prepared AS (
            SELECT product_id, name, setweight(to_tsvector('english', name), 'A')
                || setweight(to_tsvector('english', coalesce(description, '')), 'B') AS words FROM products)
        SELECT product_id, name, ts_rank('{0.1, 0.2, 0.4, 1.0}', words, 'wool')
        FROM prepared WHERE words @@ to_tsquery('english', 'wool') AND NOT words @@ to_tsquery('english', 'socks')
        ORDER BY 3 DESC, 1
        """,
    ),
    rejects={
        "minus_in_the_rank": wrong(
            found(wanted=TYPED),
            "With the minus in it, every rank is next to nothing, and what is left is the order of numbers.",
        ),
        "no_weights": wrong(
            found("to_tsvector('english', name || ' ' || description)"),
            "Words without a weight count for 0.1, wherever they stand: in a name as in a description.",
        ),
        "one_weight": wrong(
            found("setweight(to_tsvector('english', name || ' ' || description), 'A')"),
            "All words have weight A here, also those of the description.",
        ),
        "weights_exchanged": wrong(
            found(WORDS.replace("'A'", "'?'").replace("'B'", "'A'").replace("'?'", "'B'")),
            "A is the heaviest, and the name is to have it.",
        ),
        "names_only": wrong(found(NAME_A), "What has it in the description only is to be found too, further down."),
        "as_written": wrong(
            found(WORDS.replace("english", "simple"), TYPED.replace("english", "simple"), "'wool'::tsquery"),
            "`simple` knows no forms of a word: `wools` is another word to it than `wool`, and `sock` than `socks`.",
        ),
        "two_languages": wrong(
            found(WORDS.replace("english", "simple")),
            "Text and question are taken apart by two configurations, and a stem of the one is no word of the other.",
        ),
        "socks_too": wrong(
            found(sought="websearch_to_tsquery('english', 'wool')"),
            "What is wanted decides the order. Which rows come at all is decided by all that was typed, minus and all.",
        ),
        "minus_not_read": wrong(
            found(sought="plainto_tsquery('english', 'wool -socks')"),
            "`plainto_tsquery` knows no minus: it wants both words to be there.",
        ),
    },
    hints=(
        "Three gaps: by what to rank, what the words of a product are, and what they must match.",
        "`setweight(to_tsvector('english', name), 'A')` is the first half of the words; `||` joins the second.",
        "Match by `websearch_to_tsquery('english', 'wool -socks')`, and rank by the same function of `'wool'` alone.",
    ),
)

found_searches = prediction(
    "2.6.5",
    minutes=1,
    label="percent",
    unit="per cent",
    within_factor=1.3,
    measure="""
        WITH goods AS MATERIALIZED (
            SELECT to_tsvector('english', name || ' ' || description) AS words FROM products
        ), asked AS MATERIALIZED (
            SELECT websearch_to_tsquery('english', query) AS sought, count(*) AS times
            FROM search_queries WHERE language_code = 'en' GROUP BY query
        )
        SELECT round(100.0 * sum(times) FILTER (WHERE EXISTS (SELECT FROM goods WHERE words @@ sought)) / sum(times))
        FROM asked
    """,
    because={
        "too_low": "The words for goods are in their names, and most searches have one of these.",
        "too_high": "One word that no product has is enough to find nothing: cheap, best, red. People type what they "
        "wish for.",
    },
)
