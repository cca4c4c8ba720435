"""A SQL cell and psql, asked the same on the same server, answer the same."""

from __future__ import annotations

import os
import random
import re
import subprocess
from pathlib import Path

import pytest
from cells import Cells
from server_room import psql as binary

from mnemo_helpers import server, sql
from mnemo_helpers.errors import SQLError
from mnemo_helpers.sql._lexer import bind, statements

FIELD, RECORD, MARK = "\x1f", "\x1e", "\x1c"
BLANKS = " \t\n\r\f\v"

# What makes ready, and what is then asked.
QUERIES = [
    "SELECT 1, -1, 1.50, 1e-7::float8, 'NaN'::float8, 0.1::float4, 10^30, 2::numeric / 3",
    "SELECT true, false, NULL, '', 'NULL', ' a ', 'é€😀', E'tab\\there'",
    "SELECT E'two\\nlines', E'back\\\\slash', E'\\x01', 'it''s', $$do'llar$$, U&'\\00e9', U&'!00e9' UESCAPE '!'",
    "SELECT E'a'\n  'b\\'c', 'a'\n'b'",
    "SELECT B'101', X'1F', N'n', '\\x00ff'::bytea, '\\001'",
    "SELECT '{1,2,NULL}'::int[], '{{1,2},{3,4}}'::int[], ARRAY['a b', 'c,d', 'e\"f', NULL], (ARRAY[1,2,3])[2:3]",
    """SELECT '{"k": 1, "a" : [1,2]}'::json, '{"k": 1, "a" : [1,2]}'::jsonb, '{"a":{"b":2}}'::jsonb #>> '{a,b}'""",
    """SELECT '{"a":1}'::jsonb @> '{}', '{"a":1}'::jsonb ? 'a', '{"a":1}'::jsonb ?| '{a,b}', '[1]'::jsonb @? '$[*]'""",
    "SELECT DATE '2013-01-02', TIME '03:04:05.6', TIMESTAMP '2013-01-02 03:04', INTERVAL '1 month 2 days 03:00'",
    "SET TIME ZONE 'Asia/Tokyo';¦ SELECT TIMESTAMPTZ '2013-07-01 00:00Z', 'infinity'::date, '0044-03-15 BC'::date",
    "SET DateStyle = 'German';¦ SELECT DATE '2013-01-02'",
    "SET IntervalStyle = 'iso_8601';¦ SELECT INTERVAL '1 day 2 hours'",
    "SET bytea_output = 'escape';¦ SELECT '\\x00ff'::bytea",
    "SET extra_float_digits = 0;¦ SELECT 0.1::float8 + 0.2",
    "SELECT ROW(1, 'a b', NULL), int4range(1, 5), '(1,2)'::point, '10.0.0.1/8'::inet, '1.50'::money",
    "SELECT 'pg_class'::regclass, 'now'::name, 1::oid, 'a & b'::tsquery, to_tsvector('simple', 'b a')",
    "SELECT 7 % 4, 2 # 3, ~1, @ -5, |/ 25, 'a' || 1, 1 << 3, 'a' !~~ 'b%'",
    "SELECT i, i * 2 AS \"Two;\" FROM generate_series(1, 3) AS i ORDER BY i DESC",
    "VALUES (1, 'a'), (2, NULL)",
    "SELECT 1 WHERE false",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) TABLE r",
    "CREATE TEMP TABLE t (i int, s text); INSERT INTO t VALUES (1, 'a;b'), (2, $$c$$);¦ SELECT * FROM t",
    "CREATE TEMP TABLE t (i int);¦ INSERT INTO t VALUES (1), (2) RETURNING i, i + 1",
    "CREATE FUNCTION pg_temp.f(int) RETURNS int LANGUAGE sql AS $$ SELECT $1 + 1; $$;¦ SELECT pg_temp.f(41)",
    "CREATE FUNCTION pg_temp.g() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 7 END; END;¦"
    "SELECT pg_temp.g()",
    "CREATE TEMP TABLE t (i int, s text);\nCOPY t FROM STDIN;\n1\ta;'b\n2\t\\N\n3\t\\t\\\\\n\\.\n¦SELECT * FROM t",
    "CREATE TEMP TABLE t (i int, s text);\nCOPY t FROM STDIN (FORMAT csv);\n1,\"a;\nb\"\n2,\n\\.\n¦TABLE t",
    "BEGIN; CREATE TEMP TABLE t (i int); SAVEPOINT a; INSERT INTO t VALUES (1); ROLLBACK TO a;¦ SELECT count(*) FROM t",
    "PREPARE p(int) AS SELECT $1 + 1;¦ EXECUTE p(41)",
    "BEGIN; DECLARE c CURSOR FOR SELECT generate_series(1, 9); FETCH 2 FROM c;¦ FETCH ALL FROM c",
    "SHOW server_version;¦ SHOW TimeZone",
    "EXPLAIN (COSTS off) SELECT * FROM generate_series(1, 3) AS i WHERE i > 1",
    "EXPLAIN (FORMAT json, COSTS off) SELECT 1",
    "/* a /* b; */ c */ SELECT 1 -- ; SELECT 2\n + 1",
    "SELECT 1;;¦; SELECT 2",
]  # fmt: skip

ERRORS = [
    "SELECT 1 FORM t",
    "SELECT\n  nothing,\n\t1",
    "SELECT 'é€😀', nothing",
    "SELECT '" + "x" * 200 + "', nothing, '" + "y" * 200 + "'",
    "SELECT * FROM nowhere",
    "SELECT 1/0",
    "SELECT 'abc'::int",
    "SELECT '{1,2'::int[]",
    """SELECT '{"k": }'::json""",
    "SELECT 'unterminated",
    "SELECT $$ unterminated",
    "SELECT /* unterminated",
    "SELECT lower(1, 2)",
    "CREATE TABLE pg_catalog.t (i int)",
    "DROP TABLE nowhere",
    "INSERT INTO pg_temp.nowhere VALUES (1)",
    "SELECT generate_series(1, 10) / (generate_series(1, 10) - 5)",
    "COMMIT AND CHAIN",
    "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETRUN 1; END $$",
    "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS $$ SELECT nothing $$",
]

COMMANDS = """
begin; CREATE TABLE once (i int PRIMARY KEY); INSERT INTO once VALUES (1), (2); UPDATE once SET i = i + 10;
DELETE FROM once WHERE i > 11; SAVEPOINT a; RELEASE a; DECLARE c CURSOR FOR TABLE once; CLOSE c; ROLLBACK;
SET work_mem = '4MB'; RESET work_mem; UNLISTEN *; DISCARD PLANS; CREATE TEMP TABLE t (i int); TRUNCATE t; ANALYZE t;
MERGE INTO t USING (VALUES (1)) AS v(i) ON false WHEN NOT MATCHED THEN INSERT VALUES (v.i);
DROP TABLE t
"""

NOTICES = [
    "DO $$ BEGIN RAISE NOTICE 'one' USING DETAIL = E'two\\nthree', HINT = 'four'; END $$",
    "DO $$ BEGIN RAISE WARNING 'careful'; RAISE INFO 'told'; RAISE DEBUG 'unseen'; END $$",
    "DROP TABLE IF EXISTS nowhere",
    "ROLLBACK",
]


def psql(database: str, script: str, *options: str) -> tuple[str, str]:
    """Return what psql prints and what it complains about, on the same server and in the same encoding."""
    conninfo = server.conninfo(server.ensure(), "learner", database)
    command = [binary(), "-X", "-d", conninfo, *options, "-f", "-"]
    done = subprocess.run(
        command, input=script.encode(), capture_output=True, env=os.environ | {"PGCLIENTENCODING": "UTF8"}, check=False
    )
    # Reading from a file, psql says before each complaint where in it that was.
    return done.stdout.decode(), re.sub(r"^psql:<stdin>:\d+: ", "", done.stderr.decode(), flags=re.MULTILINE)


@pytest.mark.parametrize("query", QUERIES)
def test_rows_are_psqls(query: str, run: Cells, scratch_db: str) -> None:
    """What comes back is, letter for letter, what psql prints."""
    before, _, asked = query.rpartition("¦")
    options = ("-q", "-A", "-t", "-P", "null=∅", "-F", FIELD, "-R", RECORD)
    printed, complaint = psql(scratch_db, f"{before}\n\\echo {MARK}\n{asked};", *options)
    theirs = printed.partition(MARK + "\n")[2].removesuffix("\n")
    sql.execute(before)
    result = sql.execute(asked)
    assert result is not None
    mine = RECORD.join(FIELD.join("∅" if value is None else value for value in row) for row in result.texts)
    assert (mine, complaint) == (theirs, "")


@pytest.mark.parametrize("statement", ERRORS)
def test_errors_are_psqls(statement: str, run: Cells, scratch_db: str) -> None:
    """Message, line, caret, DETAIL, HINT and CONTEXT are those that psql prints; the SQLSTATE is added."""
    _, complaint = psql(scratch_db, statement, "-q")
    with pytest.raises(SQLError) as refused:
        sql.execute(statement)
    *lines, last = refused.value.lines()
    theirs = complaint.rstrip("\n").split("\n")
    assert last == f"SQLSTATE:  {refused.value.sqlstate}"
    # psql shows the whole context, and the query inside a function; a cell the context's first line.
    assert lines == [line for line in theirs if not line.startswith("QUERY:")][: len(lines)]
    assert len(lines) >= min(len(theirs), 3)


def test_status_lines_are_psqls(run: Cells, scratch_db: str) -> None:
    """Each command answers with the same words."""
    printed, complaint = psql(scratch_db, COMMANDS, "-A", "-t")
    assert (run(f"%%sql\n{COMMANDS}").text, complaint) == (printed.strip(), "")


@pytest.mark.parametrize("statement", NOTICES)
def test_notices_are_psqls(statement: str, run: Cells, scratch_db: str) -> None:
    """NOTICE, WARNING and INFO with their DETAIL and HINT."""
    _, complaint = psql(scratch_db, statement, "-q")
    *said, status = run(f"%%sql\n{statement}").text.split("\n")
    assert (said, status) == (complaint.rstrip("\n").split("\n"), status.upper())


def test_copied_lines_are_psqls(run: Cells, scratch_db: str) -> None:
    """COPY TO STDOUT gives the same lines in text and CSV."""
    for form in ("", " (FORMAT csv, HEADER)"):
        statement = f"COPY (SELECT i, E'a\\tb', NULL FROM generate_series(1, 5) AS i) TO STDOUT{form}"
        printed, _ = psql(scratch_db, statement, "-q")
        result = sql.execute(statement)
        assert result is not None
        assert [line for (line,) in result] == printed.splitlines()


PIECES = (
    "' '' \" $$ $a$ $b$ /* */ -- ; ; ; ( ) E' e' U&' U&\" \\' x 1 $1 :v :v ::v := :=:v begin end case é $é$ a$ b$$ 1e5 "
    "@> N' ¦create function f() ¦create or replace procedure p() ¦atomic ¦select 1 ¦\n ¦\n"
)


def test_scripts_of_shreds_are_cut_and_filled_as_psql_does(scratch_db: str, tmp_path: Path) -> None:
    """Whatever the text, what is sent is what psql sends, variables included; asked with scripts of tricky shreds."""
    shreds = [*PIECES.split("¦")[0].split(), *(piece.strip(" ") for piece in PIECES.split("¦")[1:])]
    chance = random.Random(20130101)
    tried = 0
    while tried < 40:
        script = "".join(chance.choice(shreds) + chance.choice(["", " "]) for _ in range(chance.randint(3, 25)))
        found = list(statements(script))
        # Outside strings a backslash is a command to psql; in a body psql fills in and a cell does not.
        if any(statement.command for statement in found) or ("atomic" in script and ":v" in script):
            continue
        tried += 1
        log = tmp_path / "log"
        log.unlink(missing_ok=True)
        psql(scratch_db, script, "-q", "-v", "v=5", "-L", str(log))
        sent = re.findall(r"/\*{8} QUERY \*{9}/\n(.*?)\n/\*{24}/\n", log.read_text(), re.DOTALL) if log.exists() else []
        mine = [_plain(bind(statement.text, {"v": 5})) for statement in found]
        assert mine == [_plain(text) for text in sent if list(statements(text))], script


def _plain(text: str) -> str:
    # psql drops comments before a statement and empty lines in it, and puts no blanks around what it fills in.
    text = re.sub(rf"^(?:[{BLANKS}]*--[^\n]*\n)+", "", text)
    return re.sub(r"\n+", "\n", text).strip(BLANKS).replace(" ", "")
