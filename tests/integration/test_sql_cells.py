"""SQL cells: what is written is what PostgreSQL gets, and what it says is what a reader sees."""

from __future__ import annotations

import datetime
import decimal
import re
import uuid
from collections.abc import Callable

import pytest
from cells import Cells

from mnemo_helpers import sql
from mnemo_helpers.errors import MnemoError, SQLError, UnknownName

# What ipython-sql alone gets wrong, silently or with a traceback: cells, and what the last of them shows.
TRAPS = {
    "a parameter in a body": (
        [
            "%sql CREATE FUNCTION pg_temp.h(int) RETURNS int LANGUAGE sql AS $$ SELECT $1 + 1 $$",
            "%sql SELECT pg_temp.h(41)",
        ],
        " h\n--\n42\n1 row",
    ),
    "an array": (["%sql SELECT '{1,2}'::int[] AS a"], "a\n-----\n{1,2}\n1 row"),
    "json": (["""%sql SELECT '{"k":1}'::json AS j"""], 'j\n-------\n{"k":1}\n1 row'),
    "a name in a string": (["x = 5", "%sql SELECT ':x' AS s, :x AS n"], "s  | n\n---+--\n:x | 5\n1 row"),
    "a name in a body": (
        ["x = 5", "%%sql\nDO $$ BEGIN RAISE NOTICE '% :x', ':x'; END $$"],
        "NOTICE:  :x :x\nDO",
    ),
    "a cast is no name": (["int = 5", "%sql SELECT '7'::int AS n"], "n\n-\n7\n1 row"),
    "a slice is no name": (
        ["m = 5", "%sql SELECT (ARRAY[1,2,3])[2:m] AS a FROM (SELECT 3) AS t(m)"],
        "a\n-----\n{2,3}\n1 row",
    ),
    "Python's braces and dollars": (
        ["x = 5", "%sql SELECT '{x} $x {{x}} %(x)s %d' AS s"],
        "s\n---------------------\n{x} $x {{x}} %(x)s %d\n1 row",
    ),
    "a percent sign": (["%sql SELECT 7 % 4 AS n, 'a' LIKE '%a' AS l"], "n | l\n--+--\n3 | t\n1 row"),
    "dollar quotes": (["%sql SELECT $a$ $$;$$ $a$ AS s"], "s\n-------\n $$;$$\n1 row"),
    "nested comments": (["%sql /* a /* b; */ c; */ SELECT 1 AS n"], "n\n-\n1\n1 row"),
    "begin without a semicolon": (["%sql begin"], "BEGIN"),
    "a rollback two cells later": (
        [
            "%sql CREATE TEMP TABLE t AS SELECT 1 AS i",
            "%sql begin",
            "%sql UPDATE t SET i = 2",
            "%sql ROLLBACK",
            "%sql TABLE t",
        ],
        "i\n-\n1\n1 row",
    ),
    "savepoints": (
        [
            "%sql CREATE TEMP TABLE s (i int UNIQUE)",
            "%%sql\nBEGIN; INSERT INTO s VALUES (1); SAVEPOINT a;",
            "%sql --expect 23505 INSERT INTO s VALUES (1)",
            "%%sql\nROLLBACK TO a; INSERT INTO s VALUES (2); COMMIT;",
            "%sql SELECT count(*) AS n FROM s",
        ],
        "n\n-\n2\n1 row",
    ),
    "VACUUM": (["%%sql\nCREATE TEMP TABLE t (i int);\nVACUUM FULL t"], "CREATE TABLE\nVACUUM"),
    "CONCURRENTLY": (
        ["%sql CREATE TABLE conc (i int)", "%%sql\nCREATE INDEX CONCURRENTLY ON conc (i);\nDROP TABLE conc"],
        "CREATE INDEX\nDROP TABLE",
    ),
    "a notice": (
        ["%%sql\nDO $$ BEGIN RAISE NOTICE 'one' USING DETAIL = 'two', HINT = 'three'; END $$"],
        "NOTICE:  one\nDETAIL:  two\nHINT:  three\nDO",
    ),
    "copy out, and the session lives": (
        ["%sql COPY (VALUES (1, 'a'), (2, NULL)) TO STDOUT", "%sql SELECT 1 AS n"],
        "n\n-\n1\n1 row",
    ),
    "copy out as csv": (
        ["%sql COPY (SELECT 1 AS a, E'x\\ny' AS b) TO STDOUT (FORMAT csv, HEADER)"],
        'a,b\n1,"x\ny"',
    ),
    "copy out in binary": (
        ["%sql COPY (SELECT 1) TO STDOUT (FORMAT binary)"],
        "COPY 1 (31 bytes in binary, not shown)",
    ),
    "copy in": (
        [
            "%sql CREATE TEMP TABLE c (a int, b text)",
            "%%sql\nCOPY c FROM STDIN;\n1\ta;b'\n2\t\\N\n\\.\nCOPY c FROM STDIN (FORMAT csv);\n3,\"x;\"\n\n",
            "%sql TABLE c",
        ],
        "a | b\n--+-----\n1 | a;b'\n2 | NULL\n3 | x;\n3 rows",
    ),
    "copy in of nothing": (["%sql CREATE TEMP TABLE c (a int)", "%sql COPY c FROM STDIN;"], "COPY 0"),
    "every answer is shown": (
        ["%%sql\nSELECT 1 AS a; CREATE TEMP TABLE t (i int); INSERT INTO t VALUES (1) RETURNING i; SELECT 2 AS b"],
        "a\n-\n1\n1 row\nCREATE TABLE\ni\n-\n1\n1 row · INSERT 0 1\nb\n-\n2\n1 row",
    ),
    "no columns": (["%sql SELECT FROM generate_series(1, 3)"], "3 rows"),
    "no rows": (["%sql SELECT 1 AS a WHERE false"], "a\n-\n0 rows"),
    "a plan": (["%sql EXPLAIN (COSTS off) SELECT 1 WHERE false"], "Result\n  One-Time Filter: false"),
    "what is out of Python's reach": (
        ["%sql SELECT 'infinity'::date AS d, '4713-01-01 BC'::date AS e, 1e-7::float8 AS f"],
        "d        | e             |     f\n---------+---------------+------\ninfinity | 4713-01-01 BC | 1e-07\n1 row",
    ),
    "an empty cell": (["%%sql"], "· There is no SQL in this cell, so nothing was sent."),
    "a comment only": (["%%sql\n-- later\n/* or never */"], "· There is no SQL in this cell, so nothing was sent."),
    "a script from a file": (["open('cell.sql', 'w').write('SELECT 1 AS a;')", "%sql -f cell.sql"], "a\n-\n1\n1 row"),
    "SQL on the first line of a cell": (["%%sql SELECT 1 AS a"], "a\n-\n1\n1 row"),
}  # fmt: skip


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_of_the_front_end_is_none_here(name: str, run: Cells, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What ipython-sql mangles, refuses, commits, drops or fetches whole arrives and is shown as PostgreSQL says it."""
    cells, shown = TRAPS[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.getbasetemp())
        ran = run.last(*cells)
    assert (ran.text, ran.error) == (shown, None)


def test_a_database_can_be_made_from_a_cell(run: Cells, scratch_db: str) -> None:
    """CREATE DATABASE runs outside any transaction."""
    made = f"{scratch_db}_made"
    assert run(f"%%sql\nCREATE DATABASE {made};\nDROP DATABASE {made}").text == "CREATE DATABASE\nDROP DATABASE"


ERRORS = {
    "SQL that is not SQL": (
        "%%sql\nSELECT 1\nFORM t",
        ['ERROR:  syntax error at or near "t"', "LINE 2: FORM t", "             ^", "SQLSTATE:  42601"],
    ),
    "a constraint": (
        "%%sql\nCREATE TEMP TABLE t (i int CONSTRAINT once UNIQUE);\nINSERT INTO t VALUES (1), (1)",
        [
            'ERROR:  duplicate key value violates unique constraint "once"',
            "DETAIL:  Key (i)=(1) already exists.",
            "STATEMENT:  2 of 2: INSERT INTO t VALUES (1), (1)",
            "SQLSTATE:  23505",
        ],
    ),
    "a hint of the server's": (
        "%sql SELECT datnam FROM pg_database",
        [
            'ERROR:  column "datnam" does not exist',
            "LINE 1: SELECT datnam FROM pg_database",
            "               ^",
            'HINT:  Perhaps you meant to reference the column "pg_database.datname".',
            "SQLSTATE:  42703",
        ],
    ),
    "inside a function": (
        "%%sql\nDO $$ BEGIN PERFORM 1 / 0; END $$",
        ["ERROR:  division by zero", 'CONTEXT:  SQL statement "SELECT 1 / 0"', "SQLSTATE:  22012"],
    ),
    "a name that no variable has": (
        "%sql SELECT :lo",
        [
            'ERROR:  syntax error at or near ":"',
            "LINE 1: SELECT :lo",
            "               ^",
            "HINT:  There is no Python variable 'lo', so :lo was sent as it is.",
            "SQLSTATE:  42601",
        ],
    ),
    "a session that is not open": (
        "%%sql bob\nSELECT 1",
        [
            'ERROR:  syntax error at or near "bob"',
            "LINE 1: bob",
            "        ^",
            "SQLSTATE:  42601",
            "HINT:  If bob is to be a session, %%sql @bob opens it.",
        ],
    ),
    "more lines than eight": (
        "%%sql\nDO $$ BEGIN RAISE E'a\\nb\\nc\\nd' USING DETAIL = E'e\\nf\\ng\\nh', HINT = E'i\\nj\\nk'; END $$",
        [
            "ERROR:  a",
            "b …",
            "DETAIL:  e",
            "f …",
            "HINT:  i",
            "j …",
            "CONTEXT:  PL/pgSQL function inline_code_block line 1 at RAISE",
            "SQLSTATE:  P0001",
        ],
    ),
    "rows that COPY does not get": (
        "%%sql\nCREATE TEMP TABLE c (i int);\nCOPY c FROM STDIN",
        [
            "ERROR:  COPY from stdin failed: the cell holds no rows; end the statement with a semicolon and write them "
            "on the lines below it",
            "CONTEXT:  COPY c, line 1",
            "STATEMENT:  2 of 2: COPY c FROM STDIN",
            "SQLSTATE:  57014",
        ],
    ),
    "a string that does not end": (
        "%sql SELECT 'a; SELECT 2",
        [
            "ERROR:  unterminated quoted string at or near \"'a; SELECT 2\"",
            "LINE 1: SELECT 'a; SELECT 2",
            "               ^",
            "SQLSTATE:  42601",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_fails_the_cell_in_at_most_eight_lines(name: str, run: Cells) -> None:
    """It is raised, with the caret, DETAIL, HINT and SQLSTATE, and without a traceback."""
    cell, lines = ERRORS[name]
    ran = run(cell)
    assert isinstance(ran.error, SQLError)
    assert ran.error.lines() == lines
    assert len(lines) <= 8
    assert ran.text.endswith("\n".join(lines))
    assert "Traceback" not in ran.text


def test_nothing_is_run_after_an_error(run: Cells) -> None:
    """A cell stops at its first error, as a script of psql's does with ON_ERROR_STOP."""
    ran = run("%%sql\nCREATE TEMP TABLE t (i int); SELECT 1/0; INSERT INTO t VALUES (1)")
    assert isinstance(ran.error, SQLError)
    assert run("%sql SELECT count(*) FROM t").value[0] == (0,)


def test_an_aborted_transaction_stays_aborted(run: Cells) -> None:
    """No rollback is sent behind the learner's back: until ROLLBACK every statement is refused, with what to do."""
    run("%sql BEGIN")
    run("%sql SELECT 1/0")
    for _ in range(2):
        refused = run("%sql SELECT 1")
        assert isinstance(refused.error, SQLError)
        assert refused.error.sqlstate == "25P02"
        assert any("HINT:  A statement before this one failed. ROLLBACK ends" in line for line in refused.error.lines())
    assert run("%sql -l").value[0] == ("main", "in an aborted transaction")
    assert run("%sql COMMIT").text == "ROLLBACK"
    assert run("%sql SELECT 1").error is None


def test_an_expected_error_is_shown_and_the_cell_goes_on(run: Cells) -> None:
    """Where the error is the lesson, it is shown in full and the notebook does not stop."""
    ran = run("%%sql --expect 22012\nSELECT 1/0")
    assert ran.error is None
    assert ran.text == "✔ The expected error came:\nERROR:  division by zero\nSQLSTATE:  22012"


@pytest.mark.parametrize("codes", ["22012", "42P01 22012", "42P01,22012", "22", "23 22"])
def test_any_of_the_expected_codes_or_classes_will_do(codes: str, run: Cells) -> None:
    """Several codes, or the two letters of a class."""
    assert run(f"%sql --expect {codes} SELECT 1/0").error is None


def test_an_expected_error_that_does_not_come_fails_the_cell(run: Cells) -> None:
    """Over a statement that works, --expect is not satisfied; what the statement returned is shown."""
    ran = run("%sql --expect 23505 SELECT 1 AS a")
    assert isinstance(ran.error, MnemoError)
    assert ran.text.startswith("a\n-\n1\n1 row\nThis cell expects SQLSTATE 23505, and no error came.")


@pytest.mark.parametrize("cell", ["%%sql --expect 23505\n-- nothing", "%sql --expect 23505 SELECT 1/0"])
def test_another_error_than_the_expected_fails_the_cell(cell: str, run: Cells) -> None:
    """Neither nothing nor another error passes for the expected one."""
    ran = run(cell)
    assert isinstance(ran.error, MnemoError)
    assert "23505" in ran.text


def test_an_unknown_option_stops_the_cell_before_anything_is_sent(run: Cells) -> None:
    """A misspelt --expect over a statement that works is not taken for a comment."""
    ran = run("%%sql --expct 23505\nCREATE TABLE never (i int)")
    assert isinstance(ran.error, UnknownName)
    assert "Did you mean '--expect'?" in ran.text
    assert run("%sql SELECT to_regclass('never') IS NULL").value[0] == (True,)


def test_rows_are_text_for_the_eye_and_values_for_python(run: Cells) -> None:
    """A result shows the server's text and gives Python the values."""
    row = run(
        "%sql SELECT 1 AS i, 2.50 AS n, 'a' AS t, true AS b, NULL AS x, DATE '2013-01-02' AS d, ARRAY[1,2] AS a, "
        """'{"k": [1]}'::jsonb AS j, '00000000-0000-0000-0000-000000000001'::uuid AS u"""
    ).value
    assert isinstance(row, sql.Result)
    assert row.columns == ("i", "n", "t", "b", "x", "d", "a", "j", "u")
    assert row[0] == (
        1, decimal.Decimal("2.50"), "a", True, None, datetime.date(2013, 1, 2), [1, 2], {"k": [1]}, uuid.UUID(int=1)
    )  # fmt: skip
    assert row.texts == [
        ["1", "2.50", "a", "t", None, "2013-01-02", "{1,2}", '{"k": [1]}', "00000000-0000-0000-0000-000000000001"]
    ]
    assert next(row.dicts())["n"] == decimal.Decimal("2.50")


def test_html_stands_beside_the_text(run: Cells) -> None:
    """A notebook gets both, markup in the data is data, and numbers stand to the right."""
    bundle = run("%sql SELECT '<b>&' AS s, 1 AS n").value._repr_mimebundle_()
    assert "&lt;b&gt;&amp;" in bundle["text/html"]
    assert "text-align:right" in bundle["text/html"]
    assert bundle["text/plain"] == "s    | n\n-----+--\n<b>& | 1\n1 row"


def test_values_go_in_and_come_back_the_same(run: Cells) -> None:
    """What :name writes, the server reads as the same value."""
    values = {
        "n": -5, "f": 1.5, "d": decimal.Decimal("1.50"), "b": False, "t": "it's \\", "day": datetime.date(2013, 1, 2),
        "when": datetime.datetime(2013, 1, 2, 3, 4, tzinfo=datetime.UTC), "u": uuid.UUID(int=7), "raw": b"\0'\\\xff",
        "many": [1, 2, None], "words": ["a'", "{b}"], "doc": {"k": ["it's", None, 1.5]}, "none": None,
    }  # fmt: skip
    run.shell.user_ns.update(values)
    run("%sql SET TIME ZONE 'UTC'")
    got = run("%sql SELECT " + ", ".join(f":{name}" for name in values)).value[0]
    assert [type(value) for value in got[:2]] == [int, decimal.Decimal]
    assert got[0] == -5
    assert float(got[1]) == 1.5
    assert list(got[2:]) == list(values.values())[2:]


def test_lists_are_arrays_of_their_elements_type(run: Cells) -> None:
    """An int column is compared with int[], not with smallint[]."""
    run.shell.user_ns["ids"] = [1, 3]
    assert run("%sql SELECT ARRAY[1,2] && :ids, 3 = ANY(:ids), pg_typeof(:ids)::text").value[0] == (
        True,
        True,
        "integer[]",
    )


def test_a_variable_of_the_function_around_the_magic_is_found(run: Cells) -> None:
    """%sql in a function sees that function's variables first."""
    run("y = 1")
    run("def f(y):\n    got = %sql SELECT :y\n    return got[0][0]")
    assert run("f(7)").value == 7


def test_a_value_that_cannot_be_filled_in_stops_the_whole_cell(run: Cells) -> None:
    """Nothing is sent, not even the statements before it."""
    run("import os")
    ran = run("%%sql\nCREATE TABLE never (i int);\nSELECT :os")
    assert isinstance(ran.error, MnemoError)
    assert ":os cannot be filled in" in ran.text
    assert run("%sql SELECT to_regclass('never') IS NULL").value[0] == (True,)


LONG = "SELECT i FROM generate_series(1, 1000) AS i"


def test_a_long_result_shows_its_first_rows_and_counts_the_others(run: Cells) -> None:
    """A hundred are shown, all are counted, and what was not kept is never passed off as the whole."""
    result = run(f"%sql {LONG}").value
    assert isinstance(result, sql.Result)
    assert (len(result), result[99], result[:2]) == (1000, (100,), [(1,), (2,)])
    assert str(result).endswith("\n100\nthe first 100 of 1,000 rows; NAME << SELECT … keeps all")
    refusals: list[Callable[[], object]] = [
        result.DataFrame, lambda: list(result), lambda: list(result.dicts()), lambda: result[100], lambda: result[-1],
        lambda: result[:101],
    ]  # fmt: skip
    for refused in refusals:
        with pytest.raises(MnemoError, match="only the first 100 were kept") as error:
            refused()
        assert "NAME << SELECT" in str(error.value)


@pytest.mark.parametrize(
    "cell", [f"%sql all_rows << {LONG}", f"%%sql all_rows <<\n{LONG}", f"%%sql\nall_rows << {LONG};"]
)
def test_a_name_keeps_all_rows(cell: str, run: Cells) -> None:
    """With << every row is there for Python."""
    ran = run(cell.format(LONG))
    assert (ran.text, ran.error) == ("all_rows: 1,000 rows", None)
    kept = run.shell.user_ns["all_rows"]
    assert (len(list(kept)), kept[-1]) == (1000, (1000,))
    assert kept.DataFrame()["i"].sum() == 500500
    assert str(kept).endswith("the first 100 of 1,000 rows")


def test_copy_out_is_cut_like_a_table(run: Cells) -> None:
    """A hundred lines are shown, << keeps all."""
    ran = run(f"%sql COPY ({LONG}) TO STDOUT")
    assert ran.text.endswith("\n100\nthe first 100 of 1,000 rows; NAME << SELECT … keeps all")
    run(f"%sql lines << COPY ({LONG}) TO STDOUT")
    assert run.shell.user_ns["lines"][999] == ("1000",)


def test_a_flood_of_notices_is_cut(run: Cells) -> None:
    """A hundred are shown and the others counted."""
    ran = run("%%sql\nDO $$ BEGIN FOR i IN 1..250 LOOP RAISE NOTICE '%', i; END LOOP; END $$")
    assert ran.text.endswith("NOTICE:  100\nDO\n… and 150 more notices")


def test_two_columns_of_one_name_make_no_dict(run: Cells) -> None:
    """One of the values would be lost; as a table and as rows they are shown."""
    result = run("%sql SELECT 1 AS a, 2 AS a").value
    assert result[0] == (1, 2)
    with pytest.raises(MnemoError, match="Two columns are called 'a'"):
        result.dicts()


@pytest.mark.parametrize(
    ("cell", "instead"),
    [
        ("%sql \\d flights", "information_schema.columns WHERE table_name = 'flights'"),
        ("%sql \\dt", "FROM pg_class"),
        ("%%sql\nSELECT 1;\n\\df+", "FROM pg_proc"),
        ("%sql SELECT 1 \\gset", "NAME << SELECT"),
        ("%sql \\nonsense", "information_schema"),
    ],
)
def test_a_command_of_psql_is_answered_with_sql(cell: str, instead: str, run: Cells) -> None:
    """Nothing is sent, and the error says what to write."""
    ran = run(cell)
    assert isinstance(ran.error, MnemoError)
    assert "is a command of psql" in ran.text
    assert instead in ran.text


def test_settings_are_heeded_or_refused(run: Cells) -> None:
    """%config sets what means something here; what does not is refused, not kept unheeded."""
    try:
        run("%config SqlMagic.displaylimit = 2")
        assert run(f"%sql {LONG}").text == "i\n-\n1\n2\nthe first 2 of 1,000 rows; NAME << SELECT … keeps all"
        run("%config SqlMagic.displaylimit = 0")
        assert run(f"%sql {LONG}").text.endswith("\n1000\n1,000 rows")
        run("%config SqlMagic.feedback = False")
        assert run("%sql SET work_mem = '4MB'").text == ""
        run("%config SqlMagic.autopandas = True")
        assert run(f"%sql {LONG}").value.shape == (1000, 1)
        run("%config SqlMagic.autopandas = False")
        run("%config SqlMagic.column_local_vars = True")
        assert run("%sql SELECT 1 AS one, 2 AS two").text == "one, two: 1 row"
        assert run("one, two").value == ((1,), (2,))
    finally:
        for setting in ("displaylimit = None", "feedback = True", "autopandas = False", "column_local_vars = False"):
            run(f"%config SqlMagic.{setting}")


@pytest.mark.parametrize(
    "setting", ["autocommit = False", "autolimit = 5", "style = 'MSWORD_FRIENDLY'", "displaylimit = -1"]
)
def test_a_setting_without_meaning_is_refused(setting: str, run: Cells, caplog: pytest.LogCaptureFixture) -> None:
    """It stays as it was."""
    run(f"%config SqlMagic.{setting}")
    name = setting.split()[0]
    assert re.search(f"SqlMagic.{name} cannot be set|'{name}' trait", caplog.text)
    assert run("%sql SELECT 1").error is None


def test_ipython_sqls_own_magic_does_not_come_back(run: Cells) -> None:
    """%load_ext sql, out of habit, changes nothing."""
    run("%load_ext sql")
    assert run("%sql SELECT '{1,2}'::int[] AS a").value.texts == [["{1,2}"]]


def test_loading_twice_changes_nothing(run: Cells) -> None:
    """A lesson may be opened again in the same notebook."""
    sql.load(run.shell)
    assert run("%%sql\n").text == "· There is no SQL in this cell, so nothing was sent."
    assert [type(c).__name__ for c in run.shell.configurables].count("SqlMagic") == 1


def test_the_encoding_of_the_session_is_followed(run: Cells) -> None:
    """Text goes out and comes in as client_encoding says; what it does not have is refused with the remedy."""
    run("%sql SET client_encoding = 'LATIN1'")
    assert run("%sql SELECT 'é' AS é").value.columns == ("é",)
    assert "'€' does not exist in this session's client_encoding" in run("%sql SELECT '€'").text
    run("%sql SET client_encoding = 'SQL_ASCII'")
    assert run("%sql SELECT 'é€'").value.texts == [["é€"]]


def test_the_plain_function_does_what_the_cell_does(run: Cells, capsys: pytest.CaptureFixture[str]) -> None:
    """From Python: status lines are printed, the last rows returned, errors raised."""
    got = sql.execute("CREATE TEMP TABLE t (i int); INSERT INTO t VALUES (:n) RETURNING i", variables={"n": 5})
    assert got is not None
    assert got[0] == (5,)
    assert capsys.readouterr().out == "CREATE TABLE\n"
    with pytest.raises(SQLError) as refused:
        sql.execute("SELECT 1/0")
    assert refused.value.sqlstate == "22012"
    assert sql.execute("SELECT 1/0", expect="22") is None
    with pytest.raises(MnemoError, match="no error came"):
        sql.execute("SELECT 1", expect=["22012"])
    kept = sql.execute(LONG, keep_all=True)
    assert kept is not None
    assert len(list(kept)) == 1000


def test_what_psycopg_raises_reads_as_in_a_cell(run: Cells) -> None:
    """An error of the raw connection can be shown in the same lines."""
    import psycopg

    with pytest.raises(psycopg.Error) as raised:
        sql.session().execute("SELECT nothing")
    assert sql.error_from(raised.value).lines() == [
        'ERROR:  column "nothing" does not exist', "LINE 1: SELECT nothing", "               ^", "SQLSTATE:  42703"
    ]  # fmt: skip
