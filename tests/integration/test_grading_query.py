"""Verdicts on queries, on a real server: right, wrong, mistaken in a known way, and meant to fool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from psycopg import sql
from server_room import until

from mnemo_helpers import database
from mnemo_helpers.grading import Verdict, judge, query, wrong

# Five stones as shown, of which the first two lie in a pile.
STONES = query(
    "1.1.1",
    minutes=1,
    reference="SELECT id, count(stone) AS n FROM stones LEFT JOIN piles ON stone = id GROUP BY id ORDER BY n DESC",
    rows={
        "no stone at all": "",
        "a stone that lies twice": "INSERT INTO stones VALUES (1, 'a'), (2, 'b'); INSERT INTO piles VALUES (1), (1)",
    },
    ordered_by="n DESC",
    rejects={
        "inner_join": wrong("SELECT stone, count(*) FROM piles GROUP BY 1 ORDER BY 2 DESC", "A join drops it."),
        "counts_padding": wrong(
            "SELECT id, count(*) AS n FROM stones LEFT JOIN piles ON stone = id GROUP BY id ORDER BY n DESC",
            "It counts the row of NULLs.",
        ),
        "wrong_function": wrong("SELECT id, sum(name) FROM stones GROUP BY id", "Names have no sum."),
        "every_pair": wrong("SELECT id, n FROM stones, generate_series(1, 1000) n", "Every stone meets every number."),
    },
    hints=("1", "2", "3"),
)


@pytest.fixture
def check(data: str) -> Callable[[str], Verdict]:
    """What judges an answer to the exercise above."""
    return lambda answer: judge(STONES, answer, dataset=data)


@pytest.mark.parametrize(
    "answer",
    [
        STONES.reference,
        f"  {STONES.reference} ;  -- done",
        "SELECT id, (SELECT count(*) FROM piles WHERE stone = id)::numeric FROM stones ORDER BY 2 DESC, id DESC",
        "WITH n AS (SELECT stone, count(*) FROM piles GROUP BY 1)"
        " SELECT id, coalesce(count, 0)::float8 FROM stones LEFT JOIN n ON stone = id ORDER BY 2 DESC",
        'SELECT "id" AS "Stone; --", count(stone) FROM public.stones NATURAL LEFT JOIN'
        " (SELECT stone, stone AS id FROM piles) p GROUP BY 1 ORDER BY 2 DESC",
    ],
)
def test_right_answers_of_any_shape_pass(check: Callable[[str], Verdict], answer: str) -> None:
    """Names of columns, number types and the order of ties are free."""
    verdict = check(answer)
    assert verdict.status == "pass", str(verdict)
    assert verdict.message == "Right, on 3 data sets: the data as shown, no stone at all, a stone that lies twice."


@pytest.mark.parametrize(
    ("answer", "misconception"),
    [
        ("SELECT p.stone AS s, count(p.*) FROM piles p GROUP BY p.stone ORDER BY count(p.*) DESC", "inner_join"),
        ("SELECT id, greatest(count(stone), 1) FROM stones LEFT JOIN piles ON stone = id GROUP BY id ORDER BY 2 DESC",
         "counts_padding"),
        ("SELECT name, sum(name) FROM stones GROUP BY name", "wrong_function"),
        ("SELECT id, 1 FROM stones, generate_series(1, 2000)", "every_pair"),
        ("SELECT 1, 1 FROM generate_series(1, 100000)", None),
        ("SELECT id, 0 FROM stones", None),
    ],
)  # fmt: skip
def test_a_misconception_is_known_by_what_it_does(
    check: Callable[[str], Verdict], answer: str, misconception: str | None
) -> None:
    """Not by its text; an error is known by its SQLSTATE."""
    verdict = check(answer)
    assert (verdict.status, verdict.misconception) == ("fail", misconception), str(verdict)
    begin = STONES.rejects[misconception].because if misconception else "Not yet."
    assert verdict.message.startswith(begin)


def test_the_smallest_rows_that_differ_are_shown(check: Callable[[str], Verdict]) -> None:
    """On the smallest data set that tells, two tables with the differing rows only."""
    shown = str(check("SELECT stone, count(*) FROM piles GROUP BY 1 ORDER BY 2 DESC"))
    assert shown.splitlines() == [
        "✘ A join drops it.",
        "  With a stone that lies twice, these rows differ.",
        "yours: no such row",
        "stone | count",
        "------+------",
        "",
        "right",
        "id | n",
        "---+--",
        " 2 | 0",
    ]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("SELECT id FROM stones", "Your answer has 1 column; asked are 2: (id, n)."),
        (
            "SELECT id, name, (SELECT count(*) FROM piles WHERE stone = id) FROM stones ORDER BY 3 DESC",
            "has 3 columns; asked are 2: (id, n). Without name it would be right",
        ),
        (
            "SELECT count(stone) AS n, id FROM stones LEFT JOIN piles ON stone = id GROUP BY id ORDER BY 1 DESC",
            "The columns stand in another order than is asked: (id, n). Yours: (n, id).",
        ),
        (
            "SELECT count(stone) AS id, s.id AS n FROM stones s LEFT JOIN piles ON stone = s.id GROUP BY s.id",
            "these rows differ.",
        ),
        (
            "SELECT id, count(stone) FROM stones LEFT JOIN piles ON stone = id GROUP BY id ORDER BY 2",
            "the rows are right but their order is not: asked is n DESC. From row 1 on:",
        ),
        (
            "SELECT id, count(stone)::text FROM stones LEFT JOIN piles ON stone = id GROUP BY id ORDER BY 2 DESC",
            "Column 2 reads alike, but is text in yours and bigint in the right answer.",
        ),
        (
            "SELECT a, b FROM generate_series(1, 9999) a, generate_series(1, 9999) b",
            "gives more than 1,000 rows; the right answer has 0 rows.",
        ),
        ("SELECT id, 1 / (id - 2) FROM stones", "With a stone that lies twice, the server refuses your statement."),
    ],
)
def test_what_is_different_is_told_in_words(check: Callable[[str], Verdict], answer: str, said: str) -> None:
    """Columns, order, types, too many rows, an error on some data only."""
    verdict = check(answer)
    assert verdict.status == "fail"
    assert said in verdict.message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("SELECT 1; SELECT 2", "cannot insert multiple commands"),
        ("SELECT id, 1 FROM stones; DROP TABLE stones", "cannot insert multiple commands"),
        ("DROP TABLE stones", "cannot execute DROP TABLE in a read-only transaction"),
        ("DELETE FROM piles RETURNING stone, 1", "cannot execute DELETE in a read-only transaction"),
        ("WITH d AS (DELETE FROM piles RETURNING *) SELECT * FROM d", "in a read-only transaction"),
        ("SET statement_timeout = 0", "Your statement gives no rows"),
        ("SET search_path = pg_temp", "Your statement gives no rows"),
        ("BEGIN", "Your statement gives no rows"),
        ("COMMIT", "Your statement gives no rows"),
        ("SET TRANSACTION READ WRITE", "must be set before any query"),
        ("SELECT set_config('transaction_read_only', 'off', true), 1", "must be set before any query"),
        ("CREATE TEMPORARY TABLE stones (id int)", "in a read-only transaction"),
        ("ALTER ROLE CURRENT_USER SET search_path = mine", "cannot execute ALTER ROLE in a read-only transaction"),
        ("COPY piles TO PROGRAM 'cat'", "SQLSTATE:  42501"),
        ("COPY piles FROM PROGRAM 'echo 1'", "SQLSTATE:  42501"),
        ("COPY piles TO STDOUT", "COPY from or to the client has no place in an answer"),
        ("COPY (SELECT generate_series(1, 1000000)) TO STDOUT", "COPY from or to the client has no place"),
        ("COPY piles FROM STDIN", "permission denied for table piles"),
        ("SELECT pg_terminate_backend(pg_backend_pid())", "Your statement ended its own session."),
        ("SELEC id FROM stones", 'syntax error at or near "SELEC"'),
        ("what is it?", "syntax error"),
        (";", "Your statement gives no rows"),
        ("SELECT 'unfinished", "unterminated quoted string"),
        ("SELECT 1 \0 FROM stones", "a character that no text may hold"),
        ("SELECT '\ud800'", "a character that no text may hold"),
        ("SELECT E'\\x00'", "invalid byte sequence"),
        ("SELECT * FROM nowhere", "LINE 1: SELECT * FROM nowhere"),
        ("DO $$ BEGIN COMMIT; END $$", "invalid transaction termination"),
        ("EXPLAIN SELECT 1", "Your answer has 1 column"),
    ],
)
def test_what_is_no_query_or_meant_to_harm_fails(check: Callable[[str], Verdict], answer: str, said: str) -> None:
    """With the server's own message in at most eight lines, and nothing left behind."""
    verdict = check(answer)
    assert verdict.status == "fail"
    assert said in str(verdict)
    assert len(str(verdict).splitlines()) <= 1 + 8
    assert check(STONES.reference).status == "pass"


@pytest.mark.parametrize(
    "answer",
    [
        "SELECT pg_sleep(60), set_config('statement_timeout', '0', false)",
        "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT 1 FROM r) SELECT count(*) FROM r",
        "DO $$ BEGIN LOOP END LOOP; END $$",
        # Catches the server's timeout and a cancellation alike; only ending its process ends it.
        "DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$",
    ],
)
def test_what_does_not_end_is_ended(answer: str, data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From outside if need be, and its process is gone."""
    for module in ("_query", "_run"):
        monkeypatch.setattr(f"mnemo_helpers.grading.{module}._GRACE_S", 0.2)
    verdict = judge(replace(STONES, timeout_s=0.4), answer, dataset=data)
    assert verdict.status == "fail"
    assert "had not ended after 0.4 seconds, and was stopped" in verdict.message
    with database.connect("postgres", "owner") as owner:
        left = "SELECT FROM pg_stat_activity WHERE strpos(datname, %s) > 0 AND state <> 'idle'"
        until(lambda: owner.execute(left, [data]).rowcount == 0, "its process is gone")


def test_the_same_answer_gets_the_same_verdict(check: Callable[[str], Verdict]) -> None:
    """Word for word, warm or not."""
    answer = "SELECT stone, count(*) FROM piles GROUP BY 1"
    assert len({str(check(answer)) for _ in range(5)}) == 1


def test_an_exercise_that_is_itself_wrong_passes_nobody(data: str) -> None:
    """It is not graded, and the reader is told that it is not their fault."""
    broken = query("1.1.2", minutes=1, reference="SELECT nothing", rows={}, hints=())
    for answer in ("SELECT nothing", "SELECT 1"):
        verdict = judge(broken, answer, dataset=data)
        assert verdict.status == "not_graded"
        assert "itself does not run here" in verdict.message
        assert "Nothing is wrong with yours" in verdict.message
    bad_key = query("1.1.3", minutes=1, reference="SELECT 1 AS a", rows={}, ordered_by="b", hints=())
    assert "defect of the course" in judge(bad_key, "SELECT 1", dataset=data).message


def test_a_grading_database_that_was_dropped_is_made_anew(check: Callable[[str], Verdict], data: str) -> None:
    """The verdict is the same, and no error shows."""
    assert check(STONES.reference).status == "pass"
    with database.connect("postgres", "owner") as owner:
        owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database.grading(data, ""))))
    assert check(STONES.reference).status == "pass"
