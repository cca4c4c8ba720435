"""Exercises of lesson 1.8."""

from mnemo_helpers.grading import (
    Action,
    Question,
    at,
    choice,
    history,
    prediction,
    refused,
    reload,
    schema,
    wrong,
)

LIBRARY = """
CREATE TABLE readers (reader_id int PRIMARY KEY, email text NOT NULL UNIQUE, name text NOT NULL, joined date NOT NULL);
CREATE TABLE secrets (reader_id int PRIMARY KEY REFERENCES readers, secret text NOT NULL);
INSERT INTO readers VALUES
    (1, 'ada@example.org', 'Ada', '2025-03-01'), (2, 'ben@example.org', 'Ben', '2025-03-01'),
    (3, 'cem@example.org', 'Cem', '2025-03-08');
INSERT INTO secrets VALUES (1, 'hash of Ada''s'), (2, 'hash of Ben''s');
"""

DENIED = ("42501",)


def beyond(*tables: str, due: str) -> str:
    """Return a law: who may do more to these tables than is due, a list of (who, may, what), the last a pattern."""
    relations = ", ".join(f"to_regclass('{table}')" for table in tables)
    return f"""
        WITH given_to AS (
            SELECT who, may, attrelid::regclass || '.' || attname AS what
            FROM pg_attribute
            CROSS JOIN unnest(ARRAY['shop_web', 'shop_login', 'shop_support', 'shop_analyst']) AS who
            CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES',
                                    'SELECT WITH GRANT OPTION', 'UPDATE WITH GRANT OPTION']) AS may
            WHERE attrelid IN ({relations}) AND attnum > 0 AND has_column_privilege(who, attrelid, attnum, may)
            UNION ALL
            SELECT who, may, oid::regclass::text
            FROM pg_class
            CROSS JOIN unnest(ARRAY['shop_web', 'shop_login', 'shop_support', 'shop_analyst']) AS who
            CROSS JOIN unnest(ARRAY['DELETE', 'TRUNCATE', 'TRIGGER']) AS may
            WHERE oid IN ({relations}) AND has_table_privilege(who, oid, may)
        )
        SELECT who, may, what FROM given_to
        WHERE NOT EXISTS (SELECT FROM (VALUES {due}) AS due (who, may, what)
                          WHERE (due.who, due.may) = (given_to.who, given_to.may) AND given_to.what LIKE due.what)
        ORDER BY who, may, what
    """


def grants(
    *,
    web: str = "GRANT SELECT (reader_id, name) ON readers TO shop_web;",
    login: str = "GRANT SELECT (reader_id, email) ON readers TO shop_login; "
    "GRANT SELECT, UPDATE (secret) ON secrets TO shop_login;",
    support: str = "GRANT SELECT (reader_id, email, name), UPDATE (name) ON readers TO shop_support;",
    analyst: str = "GRANT SELECT (joined) ON readers TO shop_analyst;",
) -> str:
    """Return an answer to 1.8.1."""
    return "\n".join((web, login, support, analyst))


library = schema(
    "1.8.1",
    minutes=6,
    given=LIBRARY,
    actions=(
        Action(
            "new_secret",
            ("reader_id", "secret"),
            sql="UPDATE secrets SET secret = :secret WHERE reader_id = :reader_id",
            role="shop_login",
        ),
        Action(
            "correct_name",
            ("reader_id", "name"),
            sql="UPDATE readers SET name = :name WHERE reader_id = :reader_id",
            role="shop_support",
        ),
        Action("web_reads_emails", (), sql="SELECT email FROM readers", role="shop_web"),
        Action("web_reads_secrets", (), sql="SELECT secret FROM secrets", role="shop_web"),
        Action("web_renames", (), sql="UPDATE readers SET name = 'Nobody'", role="shop_web"),
        Action("login_reads_names", (), sql="SELECT name FROM readers", role="shop_login"),
        Action(
            "login_hands_on_a_secret",
            (),
            sql="UPDATE secrets SET reader_id = 3 WHERE reader_id = 1",
            role="shop_login",
        ),
        Action("login_deletes_secrets", (), sql="DELETE FROM secrets", role="shop_login"),
        Action("support_reads_secrets", (), sql="SELECT secret FROM secrets", role="shop_support"),
        Action(
            "support_changes_email",
            (),
            sql="UPDATE readers SET email = 'mine@example.org' WHERE reader_id = 1",
            role="shop_support",
        ),
        Action("analyst_reads_people", (), sql="SELECT name, email FROM readers", role="shop_analyst"),
    ),
    questions=(
        Question("names", ("reader_id", "name"), sql="SELECT reader_id, name FROM readers", role="shop_web"),
        Question(
            "secret_of_ada",
            ("secret",),
            sql="SELECT secret FROM readers JOIN secrets USING (reader_id) WHERE email = 'ada@example.org'",
            role="shop_login",
        ),
        Question(
            "desk",
            ("reader_id", "email", "name"),
            sql="SELECT reader_id, email, name FROM readers WHERE email = 'ben@example.org'",
            role="shop_support",
        ),
        Question(
            "joined",
            ("joined", "readers"),
            sql="SELECT joined, count(*) FROM readers GROUP BY joined",
            role="shop_analyst",
        ),
    ),
    legal={
        "The web pages show the names of readers, by their numbers.": history(
            gives={"names": [(1, "Ada"), (2, "Ben"), (3, "Cem")]}
        ),
        "The login finds the secret of an e-mail.": history(gives={"secret_of_ada": [("hash of Ada's",)]}),
        "The login stores a new secret for a reader.": history(
            ("new_secret", 1, "a new hash"), gives={"secret_of_ada": [("a new hash",)]}
        ),
        "The support desk sees readers and corrects a name.": history(
            ("correct_name", 2, "Benedict"), gives={"desk": [(2, "ben@example.org", "Benedict")]}
        ),
        "The analyst counts who joined when.": history(gives={"joined": [("2025-03-01", 2), ("2025-03-08", 1)]}),
    },
    illegal={
        "The web pages read no e-mail.": refused(
            ("web_reads_emails",), sqlstates=DENIED, broken="a page has read every e-mail"
        ),
        "The web pages read no secret.": refused(
            ("web_reads_secrets",), sqlstates=DENIED, broken="a page has read every secret"
        ),
        "The web pages write nothing.": refused(
            ("web_renames",), sqlstates=DENIED, broken="a page has renamed every reader"
        ),
        "The login reads no name.": refused(
            ("login_reads_names",), sqlstates=DENIED, broken="the login has read what it does not need"
        ),
        "The login stores a secret, and hands it to nobody else.": refused(
            ("login_hands_on_a_secret",), sqlstates=DENIED, broken="Cem signs in with Ada's password"
        ),
        "The login deletes no secret.": refused(
            ("login_deletes_secrets",), sqlstates=DENIED, broken="nobody can sign in any more"
        ),
        "The support desk reads no secret.": refused(
            ("support_reads_secrets",), sqlstates=DENIED, broken="the desk has read every secret"
        ),
        "The support desk corrects names and nothing else.": refused(
            ("support_changes_email",), sqlstates=DENIED, broken="the desk has taken over Ada's account"
        ),
        "The analyst sees nobody's name or e-mail.": refused(
            ("analyst_reads_people",), sqlstates=DENIED, broken="the analyst has read who they are"
        ),
    },
    laws={
        "Nobody may do what no sentence asks for.": beyond(
            "readers",
            "secrets",
            due="('shop_web', 'SELECT', 'readers.reader_id'), ('shop_web', 'SELECT', 'readers.name'), "
            "('shop_login', 'SELECT', 'readers.reader_id'), ('shop_login', 'SELECT', 'readers.email'), "
            "('shop_login', 'SELECT', 'secrets.%'), ('shop_login', 'UPDATE', 'secrets.secret'), "
            "('shop_support', 'SELECT', 'readers.reader_id'), ('shop_support', 'SELECT', 'readers.email'), "
            "('shop_support', 'SELECT', 'readers.name'), ('shop_support', 'UPDATE', 'readers.name'), "
            "('shop_analyst', 'SELECT', 'readers.reader_id'), ('shop_analyst', 'SELECT', 'readers.joined')",
        ),
    },
    reference="""
GRANT SELECT (reader_id, name) ON readers TO shop_web;
GRANT SELECT (reader_id, email) ON readers TO shop_login;
GRANT SELECT, UPDATE (secret) ON secrets TO shop_login;
GRANT SELECT (reader_id, email, name), UPDATE (name) ON readers TO shop_support;
GRANT SELECT (joined) ON readers TO shop_analyst;
""",
    accepts=(
        grants(
            login="GRANT SELECT (reader_id, email) ON readers TO shop_login; "
            "GRANT SELECT (reader_id, secret) ON secrets TO shop_login; GRANT UPDATE (secret) ON secrets TO "
            "shop_login;",
            analyst="GRANT SELECT (reader_id, joined) ON readers TO shop_analyst;",
        ),
        "GRANT SELECT (reader_id) ON readers TO shop_web, shop_login, shop_support; "
        "GRANT SELECT (name) ON readers TO shop_web, shop_support; "
        "GRANT SELECT (email) ON readers TO shop_login, shop_support; "
        "GRANT UPDATE (name) ON readers TO shop_support; GRANT SELECT (joined) ON readers TO shop_analyst; "
        "GRANT SELECT (reader_id, secret), UPDATE (secret) ON secrets TO shop_login",
        "REVOKE ALL ON readers, secrets FROM PUBLIC; " + grants(),
    ),
    rejects={
        "whole_table_to_the_web": wrong(
            grants(web="GRANT SELECT ON readers TO shop_web; REVOKE SELECT (email, joined) ON readers FROM shop_web;"),
            "SELECT on a table is SELECT on each of its columns, and the web pages read the e-mails. Taking one column "
            "back afterwards changes nothing: it was never granted by itself.",
            hint="Name the columns in the GRANT, in brackets after SELECT.",
        ),
        "whole_tables_to_all": wrong(
            "GRANT SELECT ON readers TO shop_web, shop_login, shop_support, shop_analyst; "
            "GRANT UPDATE ON readers TO shop_support; GRANT SELECT, UPDATE ON secrets TO shop_login",
            "You granted whole tables, so each part sees all columns of the readers, and may write where it should "
            "only correct. A right may be granted on some columns.",
            hint="GRANT SELECT (one, two), UPDATE (two) ON a_table TO somebody.",
        ),
        "whole_row_to_correct": wrong(
            grants(
                support="GRANT SELECT (reader_id, email, name) ON readers TO shop_support; "
                "GRANT UPDATE ON readers TO shop_support;"
            ),
            "Whoever may update the whole row may change the e-mail, and with the e-mail the account is theirs.",
            hint="UPDATE takes columns in brackets, as SELECT does.",
        ),
        "all_on_the_secrets": wrong(
            grants(
                login="GRANT SELECT (reader_id, email) ON readers TO shop_login; GRANT ALL ON secrets TO shop_login;"
            ),
            "The login may now delete all secrets, and give one reader's secret to another. It reads, and it changes "
            "one column.",
            hint="What does the login write, and what names the row that it writes?",
        ),
        "secret_moves_on": wrong(
            grants(
                login="GRANT SELECT (reader_id, email) ON readers TO shop_login; "
                "GRANT SELECT, UPDATE ON secrets TO shop_login;"
            ),
            "The login may change whose secret it is. It changes the secret alone; the number only says in which row.",
            hint="UPDATE takes columns in brackets, as SELECT does.",
        ),
        "where_reads_too": wrong(
            grants(
                login="GRANT SELECT (reader_id, email) ON readers TO shop_login; "
                "GRANT SELECT (secret), UPDATE (secret) ON secrets TO shop_login;"
            ),
            "A column in a WHERE or in a join is read, so the login needs SELECT on the number of the reader in "
            "secrets as well.",
            hint="Which columns does the login compare?",
        ),
        "login_reads_the_whole_reader": wrong(
            grants(
                login="GRANT SELECT ON readers TO shop_login; GRANT SELECT, UPDATE (secret) ON secrets TO shop_login;"
            ),
            "The login reads the names as well, and needs none: it has the whole table, a column too many, or what "
            "was granted to PUBLIC, which is everybody.",
            hint="Which two columns of a reader lead the login to the secret?",
        ),
        "to_everybody": wrong(
            grants(web="GRANT SELECT (reader_id, name) ON readers TO PUBLIC;"),
            "PUBLIC is everybody: the login and whoever comes later read the names too.",
            hint="Grant to the role that needs it.",
        ),
        "write_without_reading": wrong(
            grants(
                login="GRANT SELECT (reader_id, email) ON readers TO shop_login; GRANT SELECT ON secrets TO shop_login;"
            ),
            "The login finds secrets and cannot store a new one: UPDATE is a right of its own.",
            hint="Read the second sentence to its end.",
        ),
        "number_left_out": wrong(
            grants(web="GRANT SELECT (name) ON readers TO shop_web;"),
            "The web pages show a name by its number: the number is compared, so it is read, and needs its grant.",
            hint="Read the first sentence to its end.",
        ),
        "more_than_was_asked": wrong(
            grants(analyst="GRANT SELECT (joined, email) ON readers TO shop_analyst;")
            + " GRANT DELETE ON readers TO shop_web; GRANT INSERT, DELETE ON secrets TO shop_web;",
            "All that the sentences ask for works, and somebody may do more. A right that nobody needs is of use to "
            "nobody but the one who finds a hole.",
            hint="For each row below: which sentence asks for it?",
        ),
    },
    hints=(
        "Take a sentence at a time and underline the columns: which are shown, which are compared, which are written?",
        "Each part gets SELECT on the columns that it shows or compares, and UPDATE on those that it writes.",
        "For the support desk: GRANT SELECT (reader_id, email, name), UPDATE (name) ON readers TO shop_support.",
    ),
)


def log(columns: str, *more: str) -> str:
    """Return an answer to 1.8.2: the columns of its table, and what follows the usual grants."""
    return "\n".join(
        (
            f"CREATE TABLE reader_log ({columns});",
            "GRANT INSERT ON reader_log TO shop_web;",
            "GRANT SELECT ON reader_log TO shop_support;",
            *more,
        )
    )


NUMBERED = "entry_no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
WHOLE = f"{NUMBERED}, reader_id int NOT NULL, what text NOT NULL"

log_of_readers = schema(
    "1.8.2",
    minutes=5,
    given="""
CREATE TABLE readers (reader_id int PRIMARY KEY, email text NOT NULL UNIQUE);
INSERT INTO readers VALUES (1, 'ada@example.org'), (2, 'ben@example.org');
GRANT SELECT, DELETE ON readers TO shop_support;
""",
    actions=(
        Action(
            "note",
            ("reader_id", "what"),
            sql="INSERT INTO reader_log (reader_id, what) VALUES (:reader_id, :what)",
            role="shop_web",
        ),
        Action("leave", ("reader_id",), sql="DELETE FROM readers WHERE reader_id = :reader_id", role="shop_support"),
        Action("web_reads", (), sql="SELECT what FROM reader_log", role="shop_web"),
        Action("web_rewrites", (), sql="UPDATE reader_log SET what = 'nothing'", role="shop_web"),
        Action("web_deletes", (), sql="DELETE FROM reader_log", role="shop_web"),
        Action(
            "support_notes",
            (),
            sql="INSERT INTO reader_log (reader_id, what) VALUES (1, 'asked for it')",
            role="shop_support",
        ),
        Action("support_rewrites", (), sql="UPDATE reader_log SET what = 'nothing'", role="shop_support"),
        Action("support_deletes", (), sql="DELETE FROM reader_log", role="shop_support"),
        Action(
            "read_a_backup_in_twice",
            (),
            sql="INSERT INTO reader_log (entry_no, reader_id, what) OVERRIDING SYSTEM VALUE "
            "SELECT entry_no, reader_id, what FROM reader_log",
        ),
    ),
    questions=(
        Question(
            "entries",
            ("reader_id", "what"),
            sql="SELECT reader_id, what FROM reader_log",
            role="shop_support",
        ),
        Question("numbers", ("numbers",), sql="SELECT count(DISTINCT entry_no) FROM reader_log", role="shop_support"),
        Question("readers_left", ("reader_id",), sql="SELECT reader_id FROM readers"),
    ),
    legal={
        "The web pages write entries, and the support desk reads them.": history(
            ("note", 1, "signed in"), gives={"entries": [(1, "signed in")]}
        ),
        "Each entry gets a number of its own from the table.": history(
            ("note", 1, "signed in"), ("note", 1, "signed in"), gives={"numbers": [(2,)]}
        ),
        "A reader can be deleted, and each entry still says what it said.": history(
            ("note", 1, "signed in"),
            ("note", 2, "signed in"),
            ("note", 1, "e-mail changed"),
            ("leave", 1),
            gives={
                "entries": [(1, "signed in"), (2, "signed in"), (1, "e-mail changed")],
                "readers_left": [(2,)],
            },
        ),
    },
    illegal={
        "No two entries have one number.": refused(
            ("note", 1, "signed in"),
            ("read_a_backup_in_twice",),
            sqlstates=("23505", "23P01"),
            broken="two entries have one number",
        ),
        "An entry says about whom it is.": refused(
            ("note", None, "signed in"), sqlstates=("23502", "23514"), broken="an entry is about nobody"
        ),
        "An entry says what was done.": refused(
            ("note", 1, None), sqlstates=("23502", "23514"), broken="an entry says nothing"
        ),
        "The web pages read no entry.": refused(
            ("note", 1, "signed in"), ("web_reads",), sqlstates=DENIED, broken="a page has read the log"
        ),
        "The web pages change no entry.": refused(
            ("note", 1, "signed in"), ("web_rewrites",), sqlstates=DENIED, broken="a page has rewritten the log"
        ),
        "The web pages delete no entry.": refused(
            ("note", 1, "signed in"), ("web_deletes",), sqlstates=DENIED, broken="a page has emptied the log"
        ),
        "The support desk writes no entry.": refused(
            ("support_notes",), sqlstates=DENIED, broken="the desk has noted what never happened"
        ),
        "The support desk changes no entry.": refused(
            ("note", 1, "signed in"),
            ("support_rewrites",),
            sqlstates=DENIED,
            broken="the desk has rewritten the log",
        ),
        "The support desk deletes no entry.": refused(
            ("note", 1, "signed in"), ("support_deletes",), sqlstates=DENIED, broken="the desk has emptied the log"
        ),
    },
    laws={
        "Nobody may do anything else with the log.": beyond(
            "reader_log", due="('shop_web', 'INSERT', 'reader_log.%'), ('shop_support', 'SELECT', 'reader_log.%')"
        ),
    },
    reference="""
CREATE TABLE reader_log (
    entry_no  int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reader_id int NOT NULL,
    what      text NOT NULL
);
GRANT INSERT ON reader_log TO shop_web;
GRANT SELECT ON reader_log TO shop_support;
""",
    accepts=(
        "CREATE TABLE reader_log (entry_no bigserial UNIQUE, reader_id bigint NOT NULL, what varchar(100) NOT NULL, "
        "noted_at timestamptz NOT NULL DEFAULT now()); GRANT INSERT (entry_no, reader_id, what) ON reader_log TO "
        "shop_web; GRANT USAGE ON SEQUENCE reader_log_entry_no_seq TO shop_web; "
        "GRANT SELECT (entry_no, reader_id, what) ON reader_log TO shop_support",
        log("entry_no uuid PRIMARY KEY DEFAULT gen_random_uuid(), reader_id int NOT NULL, what text NOT NULL"),
        # The log as the lesson has it.
        f"CREATE TABLE reader_log ({WHOLE}); GRANT INSERT (reader_id, what) ON reader_log TO shop_web; "
        "GRANT SELECT ON reader_log TO shop_support",
        # Whose number it was is kept beside the log, so that a reference is possible and outlives the reader.
        "CREATE TABLE numbers_given (reader_id int PRIMARY KEY); INSERT INTO numbers_given SELECT reader_id FROM "
        f"readers; CREATE TABLE reader_log ({NUMBERED}, reader_id int NOT NULL REFERENCES numbers_given, "
        "what text NOT NULL); GRANT INSERT ON reader_log TO shop_web; GRANT SELECT ON reader_log TO shop_support",
        log(WHOLE, "REVOKE UPDATE, DELETE, TRUNCATE ON reader_log FROM shop_web, shop_support, PUBLIC;"),
    ),
    rejects={
        "refers_to_readers": wrong(
            log(f"{NUMBERED}, reader_id int NOT NULL REFERENCES readers, what text NOT NULL"),
            "The log's foreign key keeps the reader: whoever has an entry can never be deleted.",
            hint="Must the reader of an old entry still be there?",
        ),
        "goes_with_the_reader": wrong(
            log(f"{NUMBERED}, reader_id int NOT NULL REFERENCES readers ON DELETE CASCADE, what text NOT NULL"),
            "The entries go with the reader. Whoever has something to hide deletes the account.",
            hint="What must the log still say after the deletion?",
        ),
        "forgets_whom": wrong(
            log(f"{NUMBERED}, reader_id int REFERENCES readers ON DELETE SET NULL, what text NOT NULL"),
            "The deletion rewrites the log, with the rights of its owner, and nobody can tell any more whom the entry "
            "is about.",
            hint="What must the log still say after the deletion?",
        ),
        "all_to_both": wrong(
            f"CREATE TABLE reader_log ({WHOLE}); GRANT ALL ON reader_log TO shop_web, shop_support",
            "With ALL, both parts may rewrite and empty the log. INSERT is a right of its own, and so is SELECT.",
            hint="Which one right does each of them need?",
        ),
        "web_reads_it_too": wrong(
            log(WHOLE, "GRANT SELECT ON reader_log TO shop_web;"),
            "A page that writes need not read: with SELECT, a hole in a page opens the whole log.",
            hint="INSERT needs no SELECT.",
        ),
        "support_writes": wrong(
            log(WHOLE, "GRANT INSERT ON reader_log TO shop_support;"),
            "The support desk can note what never happened. A log is written by what does the work.",
            hint="Read the second sentence again.",
        ),
        "no_key": wrong(
            log("entry_no int GENERATED ALWAYS AS IDENTITY, reader_id int NOT NULL, what text NOT NULL"),
            "Two entries may have one number, and then a number says nothing. IDENTITY gives numbers; it does not say "
            "that each comes once: a backup that is read in twice brings its own.",
            hint="Which constraint says that a value comes once?",
        ),
        "number_from_nowhere": wrong(
            log("entry_no int PRIMARY KEY, reader_id int NOT NULL, what text NOT NULL"),
            "The web pages send a reader and what was done, and your table gives no number.",
            hint="Which columns fill themselves in? The log of the lesson has one.",
        ),
        "sequence_is_locked": wrong(
            log("entry_no serial PRIMARY KEY, reader_id int NOT NULL, what text NOT NULL"),
            "The web pages have no right to what your INSERT uses. With serial, that is a sequence, a thing of its "
            "own with grants of its own. IDENTITY needs none.",
            hint="GENERATED ALWAYS AS IDENTITY, or GRANT USAGE ON SEQUENCE.",
        ),
        "entry_about_nobody": wrong(
            log(f"{NUMBERED}, reader_id int, what text"),
            "An entry about nobody, or one that says nothing, goes in. The log has no foreign key, so NOT NULL is "
            "all that keeps the number there.",
            hint="Which columns may be NULL in your table, and what would the entry then say?",
        ),
        "more_than_was_asked": wrong(
            log(WHOLE, "GRANT TRUNCATE ON reader_log TO shop_web; GRANT SELECT ON reader_log TO shop_analyst;"),
            "All that the sentences ask for works, and somebody may do more.",
            hint="For each row below: which sentence asks for it?",
        ),
        "to_public": wrong(
            f"CREATE TABLE reader_log ({WHOLE}); GRANT SELECT, INSERT ON reader_log TO PUBLIC",
            "PUBLIC is everybody: the web pages read the log, and the support desk writes it.",
            hint="Grant each right to the role that needs it.",
        ),
    },
    hints=(
        "Which right does each of the two parts need, and which constraint would a deletion run into?",
        "A log is true of the time when it was written. Its number need not lead anywhere any more.",
        "A primary key that is GENERATED ALWAYS AS IDENTITY, a plain column for the number of the reader, and two "
        "grants of one right each.",
    ),
)

fallen = prediction(
    "1.8.3",
    minutes=1,
    label="accounts",
    unit="accounts",
    measure="""
        WITH for_sale (hash) AS (
            VALUES ('d5c0607301ad5d5c1528962a83992ac8'), ('2e30e9560875b01d1355c8d22722b0c7'),
                   ('d0763edaa9d9bd2a9516280e9044d885'), ('3fc0a7acf087f549ac2b266baf94b8b1'),
                   ('75cde41049a834165c74787bf657b64f'), ('d5c0607301ad5d5c1528962a83992ac8'),
                   ('2ac9cb7dc02b3c0083eb70898e549b63'), ('af2b92b9aebc57594770c54b45afcb99'),
                   ('19d7c17b742ec63446cb96a235b16a72'), ('ae939eb2b67c52a7921802cad9b12241'),
                   ('b56e0b4ea4962283bee762525c2d490f'), ('2e30e9560875b01d1355c8d22722b0c7'),
                   ('8621ffdbc5698829397d97767ac13db3'), ('41b63e93bb5a26fd4166a085b93aee95'),
                   ('0d107d09f5bbe40cade3de5c71e9e9b7'), ('d5c0607301ad5d5c1528962a83992ac8'),
                   ('40256e91096d942e59a918b285c7a64f'), ('0c8ecda74df69774fd8ee11a327b1b07'),
                   ('21225e326ce70619190e1a9382a823f8'), ('b9ff604555b7f6ed12e46431ba7a1040')
        )
        SELECT count(*)
        FROM for_sale
        JOIN (SELECT written || ending AS candidate
              FROM unnest(ARRAY['sunshine', 'football', 'dragon', 'monkey', 'princess', 'shadow', 'summer', 'winter',
                                'autumn', 'welcome', 'password', 'qwerty', 'letmein', 'master', 'freedom', 'whatever',
                                'cookie', 'pepper', 'ginger', 'tiger', 'chelsea', 'hello', 'flower', 'diamond']) AS word
              CROSS JOIN LATERAL (VALUES (word), (initcap(word))) AS w (written)
              CROSS JOIN unnest(ARRAY['', '1', '12', '123', '1234', '!', '01', '99', '2024', '2025']) AS ending
             ) AS candidates ON md5(candidate) = hash
    """,
    within_factor=1.4,
    because={
        "too_low": "People choose from few words, with a capital and a number at the end when a rule asks for them. "
        "Two thirds of these accounts open.",
        "too_high": "Those who chose something of their own, or had a program choose, are on no list.",
    },
)

quick_is_enough = choice(
    "1.8.4",
    minutes=2,
    options={
        "a": "a PIN of four digits",
        "b": "the name of one's first pet, as an answer to a question",
        "c": "32 random bytes that the shop itself has made",
        "d": "a password of at least twelve characters, with a digit",
    },
    # One of each is stored, and a thief tries all PINs, the commonest names of pets, and words with a year.
    proof="""
        WITH stored (letter, hash) AS (
            VALUES ('a', sha256('4711')), ('b', sha256('bella')), ('d', sha256('sunshine2025')),
                   ('c', sha256('\\x8f1d3a60b7c2e94855a07d16f2c9e34b0a6d7781e5f3b2904c18d6a7539e0f42'))
        ),
        tried (guess) AS (
            SELECT lpad(n::text, 4, '0') FROM generate_series(0, 9999) AS n
            UNION ALL SELECT unnest(ARRAY['bella', 'luna', 'max', 'charlie', 'rocky', 'minka', 'felix', 'leo'])
            UNION ALL SELECT word || year
            FROM unnest(ARRAY['sunshine', 'football', 'princess', 'password']) AS word
            CROSS JOIN generate_series(1950, 2026) AS year
        )
        SELECT letter FROM stored WHERE hash NOT IN (SELECT sha256(convert_to(guess, 'UTF8')) FROM tried)
    """,
    because={
        "a": "There are ten thousand PINs, and all are tried in less time than it takes to blink. Here even a slow "
        "function helps little: count the failures.",
        "b": "A few hundred names are most pets, and some owners tell them to everybody. It is a password, and a short "
        "one.",
        "d": "The rule makes `sunshine2025`, which has twelve characters and a digit. What people choose needs a slow "
        "function, with a salt for each.",
    },
    hints=(
        "Whoever steals the hash makes a list and hashes it. For which of the four is there a list?",
        "How many different values are there, and who has chosen among them?",
        "Two to the power of 256 cannot be tried, at any speed.",
    ),
)


def sign_ins(columns: str, *, into: str, out: str, on: str) -> str:
    """Return an answer to 1.8.5."""
    return f"""
CREATE TABLE sign_ins ({columns});
-- action sign_in(reader_id, token)
{into};
-- action sign_out(token)
{out};
-- question lets_in(token, reader_id)
SELECT shown.token, reader_id FROM shown JOIN sign_ins ON {on};
"""


HASH = "sha256(convert_to({}, 'UTF8'))"
COLUMNS = """
    token_hash bytea PRIMARY KEY,
    reader_id  int NOT NULL REFERENCES readers ON DELETE CASCADE,
    expires_at timestamptz NOT NULL DEFAULT now() + interval '8 hours',
    ended_at   timestamptz
"""
HASHED = {
    "into": f"INSERT INTO sign_ins (token_hash, reader_id) VALUES ({HASH.format(':token')}, :reader_id)",
    "out": f"UPDATE sign_ins SET ended_at = now() WHERE token_hash = {HASH.format(':token')}",
    "on": f"token_hash = {HASH.format('shown.token')} AND expires_at > now() AND ended_at IS NULL",
}

# Whatever stands in the table is shown, as it is or read from what only spells it differently.
STOLEN = """
INSERT INTO shown
SELECT form
FROM sign_ins AS stolen
CROSS JOIN LATERAL jsonb_each_text(to_jsonb(stolen)) AS cell (name, written)
CROSS JOIN LATERAL (VALUES {}) AS forms (form)
WHERE form IS NOT NULL
"""
SPELLED_BACK = r"""
    (CASE WHEN written ~ '^\\x([0-9a-f]{2})+$' THEN encode(decode(substr(written, 3), 'hex'), 'escape') END),
    (CASE WHEN written ~* '^([0-9a-f]{2})+$' THEN encode(decode(written, 'hex'), 'escape') END),
    (CASE WHEN written ~ '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'
          THEN encode(decode(written, 'base64'), 'escape') END)
"""

signed_in = schema(
    "1.8.5",
    minutes=8,
    given="""
CREATE TABLE readers (reader_id int PRIMARY KEY, name text NOT NULL);
INSERT INTO readers VALUES (1, 'Ada'), (2, 'Ben');
CREATE TABLE shown (token text NOT NULL);
""",
    actions=(
        Action("sign_in", ("reader_id", "token"), "A reader has proven who they are, and gets a token."),
        Action("sign_out", ("token",), "Whoever shows the token signs out."),
        Action("show", ("token",), sql="INSERT INTO shown VALUES (:token)"),
        Action("show_what_was_stolen", (), sql=STOLEN.format("(written), (substr(written, 3)), (reverse(written))")),
        Action("show_it_spelled_back", (), sql=STOLEN.format(SPELLED_BACK)),
        Action("leave", ("reader_id",), sql="DELETE FROM readers WHERE reader_id = :reader_id"),
    ),
    questions=(Question("lets_in", ("token", "reader_id"), "Which of the shown tokens let in, and whom?"),),
    legal={
        "Whoever shows a token is let in as the reader who signed in with it.": history(
            ("sign_in", 1, "tok-ada-7f3"),
            ("sign_in", 2, "tok-ben-91c"),
            ("show", "tok-ada-7f3"),
            ("show", "a guess"),
            gives={"lets_in": [("tok-ada-7f3", 1)]},
        ),
        "Signing out ends this token and no other.": history(
            ("sign_in", 1, "tok-ada-7f3"),
            ("sign_in", 1, "tok-ada-phone"),
            ("sign_out", "tok-ada-7f3"),
            ("show", "tok-ada-7f3"),
            ("show", "tok-ada-phone"),
            gives={"lets_in": [("tok-ada-phone", 1)]},
        ),
        "Nothing that stands in a stolen copy lets anybody in.": history(
            ("sign_in", 1, "tok-ada-7f3"), ("show_what_was_stolen",), gives={"lets_in": []}
        ),
        "Nothing that can be spelled back from it does either.": history(
            ("sign_in", 1, "tok-ada-7f3"), ("show_it_spelled_back",), gives={"lets_in": []}
        ),
        "When a reader is deleted, their tokens go.": history(
            ("sign_in", 1, "tok-ada-7f3"),
            ("sign_in", 2, "tok-ben-91c"),
            ("leave", 1),
            ("show", "tok-ada-7f3"),
            ("show", "tok-ben-91c"),
            gives={"lets_in": [("tok-ben-91c", 2)]},
        ),
        "After seven hours the token still lets in.": history(
            at("2026-03-02 09:00"),
            ("sign_in", 1, "tok-ada-7f3"),
            ("show", "tok-ada-7f3"),
            at("2026-03-02 16:00"),
            gives={"lets_in": [("tok-ada-7f3", 1)]},
        ),
        "After eight hours and a minute it does not.": history(
            at("2026-03-02 09:00"),
            ("sign_in", 1, "tok-ada-7f3"),
            ("show", "tok-ada-7f3"),
            at("2026-03-02 17:01"),
            gives={"lets_in": []},
        ),
        "Signing out late and restoring a backup are no trouble the next day.": history(
            at("2026-03-02 09:00"),
            ("sign_in", 1, "tok-ada-7f3"),
            at("2026-03-03 09:00"),
            ("sign_out", "tok-ada-7f3"),
            ("sign_in", 1, "tok-ada-8aa"),
            reload(),
            ("show", "tok-ada-8aa"),
            gives={"lets_in": [("tok-ada-8aa", 1)]},
        ),
    },
    illegal={
        "A token lets one reader in.": refused(
            ("sign_in", 1, "tok-ada-7f3"),
            ("sign_in", 2, "tok-ada-7f3"),
            sqlstates=("23505", "23P01"),
            broken="one token lets two readers in",
        ),
        "A token is of a reader who is there.": refused(
            ("sign_in", 7, "tok-nobody"), sqlstates=("23503", "23502"), broken="nobody is let in"
        ),
        "A token is of somebody.": refused(
            ("sign_in", None, "tok-nobody"), sqlstates=("23502", "23514"), broken="a token lets in nobody in particular"
        ),
    },
    reference=sign_ins(COLUMNS, **HASHED),
    accepts=(
        # Signing out may also forget the token, and when it ends may be worked out.
        sign_ins(
            "token_md5 text UNIQUE NOT NULL, started_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP, "
            "reader_id int NOT NULL REFERENCES readers (reader_id) ON DELETE CASCADE",
            into="INSERT INTO sign_ins (reader_id, token_md5) VALUES (:reader_id, md5(:token))",
            out="DELETE FROM sign_ins WHERE token_md5 = md5(:token)",
            on="token_md5 = md5(token) AND started_at > now() - interval '8 hours'",
        ),
        sign_ins(
            "sign_in_no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, reader_id int NOT NULL, hash text NOT NULL "
            "UNIQUE, valid tstzrange NOT NULL, FOREIGN KEY (reader_id) REFERENCES readers ON DELETE CASCADE",
            into="INSERT INTO sign_ins (reader_id, hash, valid) VALUES (:reader_id, "
            "encode(sha512(('a word of ours' || :token)::bytea), 'hex'), tstzrange(now(), now() + interval '8 hours'))",
            out="UPDATE sign_ins SET valid = 'empty' WHERE hash = encode(sha512(('a word of ours' || "
            ":token)::bytea), 'hex')",
            on="hash = encode(sha512(('a word of ours' || token)::bytea), 'hex') AND valid @> now()",
        ),
        sign_ins(
            COLUMNS + ", CHECK (ended_at >= expires_at - interval '8 hours')",
            **HASHED
            | {
                "on": f"(token_hash, true) = ({HASH.format('token')}, ended_at IS NULL) "
                "WHERE expires_at > clock_timestamp()"
            },
        ),
    ),
    rejects={
        "token_as_it_is": wrong(
            sign_ins(
                COLUMNS.replace("token_hash bytea", "token text"),
                into="INSERT INTO sign_ins (token, reader_id) VALUES (:token, :reader_id)",
                out="UPDATE sign_ins SET ended_at = now() WHERE token = :token",
                on="sign_ins.token = shown.token AND expires_at > now() AND ended_at IS NULL",
            ),
            "What stands in your table is what the browser shows. Whoever has a copy of it is signed in as everybody.",
            hint="Store what can be worked out from the token, and from which the token cannot: sha256(...).",
        ),
        "only_spelled_differently": wrong(
            sign_ins(
                COLUMNS.replace("token_hash bytea", "kept text"),
                into="INSERT INTO sign_ins (kept, reader_id) VALUES "
                "(encode(convert_to(:token, 'UTF8'), 'base64'), :reader_id)",
                out="UPDATE sign_ins SET ended_at = now() WHERE kept = encode(convert_to(:token, 'UTF8'), 'base64')",
                on="kept = encode(convert_to(token, 'UTF8'), 'base64') AND expires_at > now() AND ended_at IS NULL",
            ),
            "Hexadecimal and base64 spell the token differently, and anybody spells it back: they hide nothing. A hash "
            "has no way back.",
            hint="encode() and decode() are a pair. Has sha256() a partner?",
        ),
        "lasts_for_ever": wrong(
            sign_ins(COLUMNS, **HASHED | {"on": f"token_hash = {HASH.format('token')} AND ended_at IS NULL"}),
            "A token that nobody has signed out lets in for ever. That it expires stands in a column at best, and "
            "nobody asks for it.",
            hint="What must be true of the time when a token is shown?",
        ),
        "check_on_the_clock": wrong(
            sign_ins(
                COLUMNS + ", CHECK (expires_at > now())",
                **HASHED | {"on": f"token_hash = {HASH.format('token')} AND ended_at IS NULL"},
            ),
            "A CHECK is asked when the row is written, not as time passes: the token lets in for ever, and the next "
            "day signing out and restoring a backup are refused.",
            hint="Put the question to the clock into the query that lets in.",
        ),
        "check_and_question": wrong(
            sign_ins(COLUMNS + ", CHECK (expires_at > now())", **HASHED),
            "Your query asks the clock, and that is enough. The CHECK on now() is true when the row is written; the "
            "next day it refuses the signing out, and the restore of a backup.",
            hint="What does the CHECK keep that the query does not?",
        ),
        "signs_out_everywhere": wrong(
            sign_ins(
                COLUMNS,
                **HASHED
                | {
                    "out": "UPDATE sign_ins SET ended_at = now() WHERE reader_id = "
                    f"(SELECT reader_id FROM sign_ins WHERE token_hash = {HASH.format(':token')})"
                },
            ),
            "Signing out at the library ends the session on the telephone too. That may be a button of its own; asked "
            "is this token.",
            hint="Which rows does your sign_out change?",
        ),
        "does_not_sign_out": wrong(
            sign_ins(COLUMNS, **HASHED | {"on": f"token_hash = {HASH.format('token')} AND expires_at > now()"}),
            "You note that the session has ended, and let in whoever shows its token all the same.",
            hint="Which of your columns does the question not look at?",
        ),
        "bars_the_deletion": wrong(
            sign_ins(COLUMNS.replace(" ON DELETE CASCADE", ""), **HASHED),
            "A reader who was ever signed in can no longer be deleted. A token is of use only as long as its reader is "
            "there.",
            hint="What should the foreign key do when the reader goes?",
        ),
        "nobodys_token": wrong(
            sign_ins(COLUMNS.replace("REFERENCES readers ON DELETE CASCADE", ""), **HASHED),
            "Nothing ties a token to a reader: somebody who is not there is let in, and whoever was deleted "
            "comes back.",
            hint="Which constraint says that the reader is there?",
        ),
        "token_without_a_reader": wrong(
            sign_ins(
                COLUMNS.replace(
                    "int NOT NULL REFERENCES readers ON DELETE CASCADE", "int REFERENCES readers ON DELETE SET NULL"
                ),
                **HASHED,
            ),
            "The token outlives its reader, and lets in nobody in particular.",
            hint="A sign-in is of no use without its reader. What should become of it?",
        ),
        "token_of_nobody": wrong(
            sign_ins(COLUMNS.replace("int NOT NULL", "int"), **HASHED),
            "A foreign key does not look at NULL, so a token may be of nobody, and lets in whoever has it.",
            hint="Which columns may be NULL in your table?",
        ),
        "not_a_text_for_sha256": wrong(
            sign_ins(
                COLUMNS, **HASHED | {"on": HASHED["on"].replace(HASH.format("shown.token"), "sha256(shown.token)")}
            ),
            "The server cannot work out your question as it is written. sha256() takes bytes and no text: "
            "convert_to(token, 'UTF8') makes them. And where both tables have a column token, say whose you mean: "
            "shown.token.",
            hint="sha256(convert_to(shown.token, 'UTF8')).",
        ),
        "column_of_which_table": wrong(
            sign_ins(
                COLUMNS.replace("token_hash bytea", "token text"),
                into="INSERT INTO sign_ins (token, reader_id) VALUES (:token, :reader_id)",
                out="UPDATE sign_ins SET ended_at = now() WHERE token = :token",
                on="sign_ins.token = token AND expires_at > now() AND ended_at IS NULL",
            ),
            "Both tables have a column token: say whose you mean, sign_ins.token or shown.token. And if "
            "yours holds the token itself, whoever has a copy of the table has it too.",
            hint="Call the column by what it holds, token_hash, and store sha256(convert_to(:token, 'UTF8')).",
        ),
        "same_token_twice": wrong(
            sign_ins(COLUMNS.replace("bytea PRIMARY KEY", "bytea NOT NULL"), **HASHED),
            "Two readers may hold one token, and then it lets in both. Nothing in the table says that a token "
            "comes once.",
            hint="Which column is a key?",
        ),
    },
    hints=(
        "Four columns are enough: what of the token you keep, whose it is, until when, and whether it was ended.",
        "sha256(convert_to(token, 'UTF8')) can be worked out from what is shown, each time anew. Compare that.",
        "ON token_hash = sha256(convert_to(shown.token, 'UTF8')) AND expires_at > now() AND ended_at IS NULL.",
    ),
)


def apart(ddl: str, **sections: str) -> str:
    """Return an answer to 1.8.6: its DDL and its sections, the usual ones where none is given."""
    return ddl + "".join(
        f"\n-- {heading}\n{sections.get(name, usual)}\n" for name, (heading, usual) in SECTIONS.items()
    )


OF_PERSON = "(SELECT person_id FROM people WHERE email = :email)"
SECTIONS = {
    "register": (
        "action register(email, name, secret)",
        "INSERT INTO people (email, name) VALUES (:email, :name); INSERT INTO credentials (person_id, secret) "
        f"VALUES ({OF_PERSON}, :secret);",
    ),
    "rename": ("action rename(email, name)", "UPDATE people SET name = :name WHERE email = :email;"),
    "change_secret": (
        "action change_secret(email, secret)",
        f"UPDATE credentials SET secret = :secret WHERE person_id = {OF_PERSON};",
    ),
    "sign_in": (
        "action sign_in(email, token_hash)",
        f"INSERT INTO sign_ins (person_id, token_hash) VALUES ({OF_PERSON}, :token_hash);",
    ),
    "leave": ("action leave(email)", "DELETE FROM people WHERE email = :email;"),
    "names": ("question names(email, name)", "SELECT email, name FROM people;"),
    "secrets": (
        "question secrets(email, secret)",
        "SELECT email, secret FROM people JOIN credentials USING (person_id);",
    ),
    "signed_in": (
        "question signed_in(email, token_hash)",
        "SELECT email, token_hash FROM people JOIN sign_ins USING (person_id);",
    ),
}
PEOPLE = """
CREATE TABLE people (
    person_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, name text NOT NULL
);
CREATE TABLE credentials (person_id int PRIMARY KEY REFERENCES people ON DELETE CASCADE, secret text NOT NULL);
CREATE TABLE sign_ins (token_hash text PRIMARY KEY, person_id int NOT NULL REFERENCES people ON DELETE CASCADE);
"""
GRANTS = """
GRANT SELECT (email, name) ON people TO shop_web;
GRANT SELECT (person_id, email) ON people TO shop_login;
GRANT SELECT ON credentials TO shop_login;
"""
BY_EMAIL = {
    "register": "INSERT INTO people VALUES (:email, :name); INSERT INTO credentials VALUES (:email, :secret);",
    "change_secret": "UPDATE credentials SET secret = :secret WHERE email = :email;",
    "sign_in": "INSERT INTO sign_ins (email, token_hash) VALUES (:email, :token_hash);",
    "secrets": "SELECT email, secret FROM credentials;",
    "signed_in": "SELECT email, token_hash FROM sign_ins;",
}
NATURAL = """
CREATE TABLE people (email text PRIMARY KEY, name text NOT NULL);
CREATE TABLE credentials (email text PRIMARY KEY REFERENCES people ON DELETE CASCADE, secret text NOT NULL);
CREATE TABLE sign_ins (
    email text NOT NULL REFERENCES people ON DELETE CASCADE, token_hash text, PRIMARY KEY (email, token_hash)
);
"""
NATURAL_GRANTS = "GRANT SELECT ON people TO shop_web; GRANT SELECT ON credentials TO shop_login;"
ADA, BEN = "ada@example.org", "ben@example.org"
JOINS = (("register", ADA, "Ada", "hash 1"), ("register", BEN, "Ben", "hash 2"))

accounts_apart = schema(
    "1.8.6",
    minutes=10,
    optional=True,
    actions=(
        Action("register", ("email", "name", "secret"), "Somebody opens an account."),
        Action("rename", ("email", "name"), "They change their name."),
        Action("change_secret", ("email", "secret"), "They change their secret."),
        Action("sign_in", ("email", "token_hash"), "They sign in, once more."),
        Action("leave", ("email",), "They go."),
        Action("web_reads_secrets", (), sql="SELECT secret FROM credentials", role="shop_web"),
        Action("login_reads_names", (), sql="SELECT name FROM people", role="shop_login"),
    ),
    questions=(
        Question("names", ("email", "name"), "Who is there?", role="shop_web"),
        Question("secrets", ("email", "secret"), "What does the login check?", role="shop_login"),
        Question("signed_in", ("email", "token_hash"), "Who is signed in, by which token?"),
        Question("left_of_them", ("secrets",), sql="SELECT count(*) FROM credentials"),
    ),
    legal={
        "A person has a name and a secret, and each part reads its own.": history(
            *JOINS, gives={"names": [(ADA, "Ada"), (BEN, "Ben")], "secrets": [(ADA, "hash 1"), (BEN, "hash 2")]}
        ),
        "A person may be signed in any number of times, or not at all.": history(
            *JOINS, ("sign_in", ADA, "t1"), ("sign_in", ADA, "t2"), gives={"signed_in": [(ADA, "t1"), (ADA, "t2")]}
        ),
        "A new secret takes the place of the old one.": history(
            *JOINS, ("change_secret", ADA, "hash 3"), gives={"secrets": [(ADA, "hash 3"), (BEN, "hash 2")]}
        ),
        "When a person leaves, nothing of them stays.": history(
            *JOINS,
            ("sign_in", ADA, "t1"),
            ("sign_in", BEN, "t2"),
            ("leave", ADA),
            gives={"names": [(BEN, "Ben")], "signed_in": [(BEN, "t2")], "left_of_them": [(1,)]},
        ),
    },
    illegal={
        "An e-mail belongs to one person.": refused(
            JOINS[0],
            ("register", ADA, "Adam", "hash 4"),
            sqlstates=("23505", "23P01"),
            broken="two people share an e-mail",
        ),
        "A person has an e-mail.": refused(
            ("register", None, "Ada", "hash 1"), sqlstates=("23502", "23514"), broken="somebody can never sign in"
        ),
        "A person has a name.": refused(
            ("register", ADA, None, "hash 1"), sqlstates=("23502", "23514"), broken="a page greets nobody"
        ),
        "A person has a secret.": refused(
            ("register", ADA, "Ada", None), sqlstates=("23502", "23514"), broken="there is nothing to check"
        ),
        "The web pages read no secret.": refused(
            JOINS[0], ("web_reads_secrets",), sqlstates=DENIED, broken="a page has read every secret"
        ),
        "The login reads no name.": refused(
            JOINS[0], ("login_reads_names",), sqlstates=DENIED, broken="the login has read what it does not need"
        ),
    },
    one_fact={
        "A new name is one row.": history(
            JOINS[0], ("sign_in", ADA, "t1"), ("sign_in", ADA, "t2"), ("rename", ADA, "Ada Lovelace")
        ),
        "A new secret is one row.": history(
            JOINS[0], ("sign_in", ADA, "t1"), ("sign_in", ADA, "t2"), ("change_secret", ADA, "hash 3")
        ),
    },
    reference=apart(PEOPLE + GRANTS),
    accepts=(
        apart(NATURAL + NATURAL_GRANTS, **BY_EMAIL),
        # Leaving may be said step by step as well.
        apart(
            PEOPLE.replace(" ON DELETE CASCADE", "") + GRANTS,
            leave=f"DELETE FROM sign_ins WHERE person_id = {OF_PERSON}; "
            f"DELETE FROM credentials WHERE person_id = {OF_PERSON}; DELETE FROM people WHERE email = :email;",
        ),
        apart(
            PEOPLE + GRANTS,
            register="WITH person AS (INSERT INTO people (email, name) VALUES (:email, :name) RETURNING person_id) "
            "INSERT INTO credentials (person_id, secret) SELECT person_id, :secret FROM person;",
        ),
    ),
    rejects={
        "one_token_a_person": wrong(
            apart(
                NATURAL.replace("PRIMARY KEY (email, token_hash)", "PRIMARY KEY (email)") + NATURAL_GRANTS,
                **BY_EMAIL
                | {
                    "sign_in": "INSERT INTO sign_ins (email, token_hash) VALUES (:email, :token_hash) "
                    "ON CONFLICT (email) DO UPDATE SET token_hash = EXCLUDED.token_hash;"
                },
            ),
            "With one token for a person, signing in on the telephone signs out at home. How many may there be "
            "at once?",
            hint="What is one row of the table of sign-ins?",
        ),
        "second_sign_in_refused": wrong(
            apart(
                NATURAL.replace("PRIMARY KEY (email, token_hash)", "PRIMARY KEY (email)") + NATURAL_GRANTS, **BY_EMAIL
            ),
            "Whoever is signed in at home cannot sign in on the telephone: your key lets a person have one sign-in.",
            hint="What is one row of the table of sign-ins, and which columns tell it from the others?",
        ),
        "secret_with_each_sign_in": wrong(
            apart(
                """
CREATE TABLE people (email text PRIMARY KEY, name text NOT NULL);
CREATE TABLE credentials (
    email text NOT NULL REFERENCES people ON DELETE CASCADE, secret text NOT NULL, token_hash text,
    UNIQUE (email, token_hash)
);
"""
                + NATURAL_GRANTS,
                **BY_EMAIL
                | {
                    "register": "INSERT INTO people VALUES (:email, :name); "
                    "INSERT INTO credentials VALUES (:email, :secret, NULL);",
                    "sign_in": "INSERT INTO credentials SELECT DISTINCT email, secret, :token_hash FROM credentials "
                    "WHERE email = :email;",
                    "secrets": "SELECT DISTINCT email, secret FROM credentials;",
                    "signed_in": "SELECT email, token_hash FROM credentials WHERE token_hash IS NOT NULL;",
                },
            ),
            "The secret stands in the row of each sign-in, so a new secret is several rows. How somebody proves who "
            "they are and where they are signed in are two facts.",
            hint="Which of the two is there once for a person?",
        ),
        "person_cannot_leave": wrong(
            apart(PEOPLE.replace(" ON DELETE CASCADE", "") + GRANTS),
            "A person who has a secret cannot leave: the foreign keys keep them.",
            hint="What should become of secret and sign-ins when the person goes?",
        ),
        "rows_without_a_person": wrong(
            apart(NATURAL.replace(" REFERENCES people ON DELETE CASCADE", "") + NATURAL_GRANTS, **BY_EMAIL),
            "Secret and sign-ins stay when the person has gone, and open an account that is not there.",
            hint="Which constraint ties them to the person?",
        ),
        "whole_tables_to_both": wrong(
            apart(PEOPLE + "GRANT SELECT ON people, credentials TO shop_web, shop_login;"),
            "Both parts read both tables, so nothing was won by taking them apart.",
            hint="Which columns of people does the login need?",
        ),
        "login_reads_the_whole_person": wrong(
            apart(
                PEOPLE
                + "GRANT SELECT (email, name) ON people TO shop_web; GRANT SELECT ON people, credentials TO shop_login;"
            ),
            "The login needs the e-mail, and what leads from it to the secret. It has the names as well.",
            hint="SELECT may name columns, in brackets.",
        ),
        "email_twice": wrong(
            apart(
                PEOPLE.replace("email text NOT NULL UNIQUE", "email text NOT NULL") + GRANTS,
                register="WITH person AS (INSERT INTO people (email, name) VALUES (:email, :name) RETURNING person_id) "
                "INSERT INTO credentials (person_id, secret) SELECT person_id, :secret FROM person;",
            ),
            "Two people may have one e-mail, and a number of their own does not help: the login asks by the e-mail.",
            hint="A surrogate key is no reason to leave out the natural one.",
        ),
        "name_and_secret_may_be_missing": wrong(
            apart(
                PEOPLE.replace("name text NOT NULL", "name text").replace("secret text NOT NULL", "secret text")
                + GRANTS
            ),
            "A person without a name goes in, and a credential without a secret. What each person has is NOT NULL.",
            hint="Read the first sentence to its end: what has a person?",
        ),
        "secret_may_be_missing": wrong(
            apart(PEOPLE.replace("secret text NOT NULL", "secret text") + GRANTS),
            "A credential without a secret goes in, and the login has nothing to check.",
            hint="Which columns may be NULL in your tables?",
        ),
        "name_may_be_missing": wrong(
            apart(PEOPLE.replace("name text NOT NULL", "name text") + GRANTS),
            "A person without a name goes in.",
            hint="Which columns may be NULL in your tables?",
        ),
    },
    hints=(
        "Three facts: who somebody is, how they prove it, and where they are signed in. How many of each has a person?",
        "The secret has the person as its key. A sign-in has a key of its own, and refers to the person.",
        "REFERENCES people ON DELETE CASCADE in both, and column grants: the login needs no name.",
    ),
)

what_is_left = choice(
    "1.8.7",
    minutes=1,
    options={
        "a": "all columns but the e-mail: the REVOKE takes that one out of the grant",
        "b": "all columns: there was no grant of the e-mail by itself that the REVOKE could take back",
        "c": "none: the REVOKE breaks the grant of the whole table",
    },
    # Who checks this reads users by a grant of the whole table; no column has a grant that could be taken back.
    proof="""
        SELECT CASE WHEN NOT bool_and(has_column_privilege('users', attnum, 'SELECT')) THEN 'a'
                    WHEN bool_and(attacl IS NULL) THEN 'b' ELSE 'c' END
        FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0
    """,
    because={
        "a": "The REVOKE takes back a grant of that column, and there was none: the column is read by the grant of the "
        "whole table.",
        "c": "The REVOKE names one column, and takes nothing from the grant of the table.",
    },
)
