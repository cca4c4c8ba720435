"""The kind ``index``: judged by pages, plans, size and what writes cost, on every state of the data."""

from __future__ import annotations

import re
from collections.abc import Iterator

import index_exercises
import pytest
from index_exercises import ASKED, DROPPED, HINTS, LATEST, LEFT, NO_INDEX, TOGETHER

from mnemo_helpers import server
from mnemo_helpers.database._connect import admin
from mnemo_helpers.database._databases import drop
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading import Indexed, Read, Verdict, index, judge
from mnemo_helpers.grading import _workload as workload

every = pytest.mark.parametrize("exercise", index_exercises.ALL, ids=lambda exercise: exercise.id)

pytestmark = pytest.mark.skipif(
    bool(server.ensure().answer is None), reason="this server has no role for answers, so that they are not graded"
)


@pytest.fixture(scope="module", autouse=True)
def _leave_nothing() -> Iterator[None]:
    yield
    for exercise in index_exercises.ALL:
        workload.forget(exercise)


def verdict(exercise: Indexed, answer: str) -> Verdict:
    """Judge an answer."""
    return judge(exercise, answer, dataset="shop:tiny")


@every
def test_right_answers_pass(exercise: Indexed) -> None:
    """The reference and those of another shape, twice, whatever was tried in between."""
    for _ in range(2):
        for answer in (exercise.reference, *exercise.accepts):
            found = verdict(exercise, answer)
            assert found.status == "pass", (answer, str(found))


@every
def test_wrong_answers_are_known_as_themselves(exercise: Indexed) -> None:
    """Each gets its own text, and a table of what was demanded and what it did."""
    for name, known in exercise.rejects.items():
        found = verdict(exercise, known.answer)
        assert (found.status, found.misconception) == ("fail", name), (name, str(found))
        assert found.message.startswith(known.because)


@every
def test_the_demands_are_shown_before_there_is_an_answer(exercise: Indexed) -> None:
    """Every question, what it takes now, and what it may take."""
    found = verdict(exercise, "-- your answer\n")
    assert found.status == "not_attempted"
    for name in (*exercise.reads, *exercise.writes, "demand"):
        assert name in str(found)


@pytest.mark.parametrize("answer", ["-- your answer\n", "DROP INDEX by_status"])
def test_the_tables_and_the_workload_can_be_read(answer: str) -> None:
    """Columns, indexes, questions with their values, writes: before an answer and beside a wrong one."""
    found = str(verdict(DROPPED, answer))
    assert re.search(r"^\W*parcels, \d{3} pages$", found, re.M)
    assert "parcel_id integer, customer_id integer, sent_at timestamp with time zone, status text, note text" in found
    assert "CREATE INDEX by_customer_and_time ON parcels USING btree (customer_id, sent_at)" in found
    assert "SELECT count(*) FROM parcels WHERE customer_id = 3\n" in found
    assert "INSERT INTO parcels SELECT 30000 + n, 3, now(), 'open', 'x'" in found
    assert "with :customer = 3; or :customer = 499" in str(verdict(LATEST, "none"))


@pytest.mark.parametrize("kind", ["(mcv)", "(dependencies, ndistinct)"])
def test_statistics_that_are_not_filled_are_known_whatever_their_kind(kind: str) -> None:
    """As long as no ANALYZE has come after them, the kind that was asked for makes no difference."""
    answer = f"ANALYZE; CREATE STATISTICS own {kind} ON currency, country, depot FROM parcels; ANALYZE scans"
    assert verdict(TOGETHER, answer).misconception == "not_filled"


def test_indexes_on_everything_fail_by_their_figures() -> None:
    """Size and writes, each with what it is and what it may be."""
    found = verdict(LATEST, LATEST.rejects["each_column"].answer)
    assert "may grow by 900 kB" in found.message
    assert "times the records of WAL; at most 1.6 times" in found.message


def test_each_write_may_have_a_price_of_its_own() -> None:
    """What one write may cost is not asked of another, and a write without a price may cost anything."""
    sent, closed = index_exercises.SENT, "UPDATE parcels SET note = 'y' WHERE parcel_id < 100"
    priced = index(
        "2.7.3",
        minutes=1,
        states={"as shown": index_exercises.parcels("n % 100 = 0")},
        reads={"one": Read("SELECT * FROM parcels WHERE parcel_id = 7")},
        writes={"sent": sent, "sent again": sent.replace("30000", "60000"), "closed": closed},
        most_records={"sent": 1.1, "sent again": 1.9},
        reference="none",
        hints=HINTS,
    )
    found = verdict(priced, "CREATE INDEX ON parcels (note)")
    assert found.status == "fail"
    assert len(found.message.splitlines()) == 1
    assert "“sent” writes" in found.message
    assert verdict(priced, "-- It is cheap as it is.\nnone").status == "pass"
    workload.forget(priced)


def test_an_answer_is_judged_on_every_state_of_the_data() -> None:
    """What is right for the rows as shown and wrong for others fails, and it is said for which."""
    partial = "CREATE INDEX ON parcels (customer_id, sent_at) WHERE status = 'open'"
    assert verdict(LATEST, partial).status == "fail"
    states = {"few are open": index_exercises.parcels("n % 100 = 0"), "many are": index_exercises.parcels("n % 10 > 0")}
    read = Read("SELECT count(note) FROM parcels WHERE status = 'open'", most_pages=250)
    two = index("2.3.1", minutes=1, states=states, reads={"open": read}, reference="none", hints=HINTS)
    found = verdict(two, "CREATE INDEX ON parcels (status)")
    workload.forget(two)
    assert found.status == "fail"
    assert "The data: many are." in str(found)


def test_a_demand_missed_elsewhere_says_where() -> None:
    """The table shows one state of the data; a figure of another one is not left beside it as if it were the same."""
    states = {"few are open": index_exercises.parcels("n % 100 = 0"), "many are": index_exercises.parcels("n % 10 > 0")}
    read = Read("SELECT count(note) FROM parcels WHERE status = 'closed'", most_pages=100)
    two = index(
        "2.3.1", minutes=1, states=states, reads={"closed": read}, most_bytes=16384, reference="none", hints=HINTS
    )
    found = verdict(two, "CREATE INDEX ON parcels (customer_id) WHERE status = 'open' AND parcel_id % 10 > 0")
    workload.forget(two)
    assert "The data: few are open." in str(found)
    first, grown = found.message.split("\n")
    assert first.endswith("at most 100.")
    assert grown.endswith("(The data: many are.)")


def test_what_gets_worse_is_named() -> None:
    """A question with no demand of its own must not pay for the others."""
    found = verdict(DROPPED, "DROP INDEX by_customer, by_status, again, by_customer_and_time")
    assert "“latest” asks for" in found.message
    read = {"month": Read("SELECT count(*) FROM parcels WHERE sent_at < '2024-01-02'")}
    asked = {"open": Read("SELECT count(*) FROM parcels WHERE status = 'open'", most_pages=400)}
    worse = index(
        "2.7.2",
        minutes=1,
        states={"as shown": index_exercises.parcels("n % 100 = 0")},
        given="CREATE INDEX by_time ON parcels (sent_at)",
        reads={**read, **asked},
        reference="none",
        hints=HINTS,
    )
    assert "“month” gets worse" in verdict(worse, "DROP INDEX by_time").message
    workload.forget(worse)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("SELECT 1", "is none of CREATE INDEX"),
        ("COMMIT", "is none of CREATE INDEX"),
        ("CREATE INDEX ON parcels (customer_id); COMMIT", "Statement 2, “COMMIT”"),
        ("SET enable_seqscan = off", "is none of CREATE INDEX"),
        ("DROP TABLE parcels", "is none of CREATE INDEX"),
        ("CREATE INDEX ON nowhere (a)", "The server refuses statement 1 of 1"),
        ("DROP INDEX parcels_pkey", "The server refuses statement 1 of 1"),
        ("CREATE INDEX ON parcels ((pg_sleep(1)))", "The server refuses statement 1 of 1"),
        ("CREATE INDEX ON parcels (", "syntax error"),
    ],
)
def test_an_answer_that_is_none_gets_a_sentence(answer: str, said: str) -> None:
    """Other statements, what the server refuses: said, and the next right answer passes."""
    found = verdict(LATEST, answer)
    assert found.status == "fail"
    assert said in str(found)
    assert verdict(LATEST, LATEST.reference).status == "pass"


def test_an_answer_that_never_ends_is_stopped() -> None:
    """An expression that spins while the index is built."""
    spin = """CREATE INDEX ON parcels ((length(repeat(note, 4000000)) + length(repeat(note, 3000001))))"""
    slow = index(
        "2.7.3",
        minutes=1,
        states={"as shown": index_exercises.parcels("true")},
        reads={"open": Read("SELECT 1", most_pages=1)},
        reference="none",
        hints=HINTS,
        timeout_s=0.5,
    )
    found = verdict(slow, spin)
    workload.forget(slow)
    assert found.status == "fail"
    assert "was stopped" in found.message


def test_the_tenth_check_measures_what_the_first_has_measured() -> None:
    """What a check writes is cleared up, also where it lies on few pages; else the table grows with the checks."""
    few = "INSERT INTO parcels SELECT 30000 + n, 3, '2024-01-05', 'open', 'x' FROM generate_series(1, 300) AS n"
    often = index(
        "2.3.1",
        minutes=1,
        states={"as shown": index_exercises.parcels("n % 100 = 0")},
        given="CREATE INDEX ON parcels (sent_at)",
        reads={"all": Read("SELECT count(note) FROM parcels", most_pages=1000)},
        writes={"sent": few},
        reference="none",
        hints=HINTS,
    )
    place = workload.place(often, "as shown")
    pages = []
    for _ in range(10):
        with place.check() as own:
            pages += workload.measure(often, own).pages["all"]
    workload.forget(often)
    assert pages[-1] <= pages[0] + 1


def test_data_may_be_changed_and_are_put_back() -> None:
    """The planner leaves the index for other rows, and the next answer begins with those as shown."""
    assert verdict(LEFT, "UPDATE parcels SET status = 'open'").status == "pass"
    assert verdict(LEFT, "UPDATE parcels SET status = 'open' WHERE parcel_id = 1").status == "fail"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("CREATE INDEX ON parcels (parcel_id)", "is none of SELECT and WITH"),
        ("SELECT 1; SELECT 2", "There are 2 statements"),
        ("SELECT parcel_id, status FROM parcels WHERE sent_at > :never", "The server refuses your question"),
        ("SELECT parcel_id, status FROM parcels WHERE false", "other rows with day = 2024-01-02"),
        ("SELECT parcel_id FROM parcels", "The columns are to be parcel_id, status; yours gives 1"),
        ("none", "pages; at most 60"),
    ],
)
def test_a_question_in_other_words_gives_the_same_rows(answer: str, said: str) -> None:
    """What is no question, what is refused, other rows, other columns, and the question as it stands."""
    found = verdict(ASKED, answer)
    assert found.status == "fail"
    assert said in str(found)


def test_rows_that_differ_are_shown() -> None:
    """Those of the answer beside those that are asked for."""
    found = verdict(ASKED, ASKED.rejects["one_too_many"].answer)
    assert "right: no such row" in str(found)


def test_databases_that_are_gone_are_made_anew() -> None:
    """After a server that was away, the first check says so, and the next one judges."""
    assert verdict(NO_INDEX, "none").status == "pass"
    name = workload.place(NO_INDEX, "as shown").name
    with admin(server.ensure()) as other:
        drop(other, name)
    assert verdict(NO_INDEX, "none").status == "not_graded"
    assert verdict(NO_INDEX, "none").status == "pass"


def test_parts_that_do_not_fit_together_are_refused() -> None:
    """No state of the data, nothing demanded, a price of writes without writes or without that one."""
    common = {"minutes": 1, "reference": "none", "hints": HINTS}
    reads = {"one": Read("SELECT 1")}
    with pytest.raises(MnemoError, match="something that it demands"):
        index("2.1.9", states={"as shown": "SELECT 1"}, reads=reads, **common)  # type: ignore[arg-type]
    with pytest.raises(MnemoError, match="measured on writes"):
        index("2.1.9", states={"as shown": "SELECT 1"}, reads=reads, most_records=1.0, **common)  # type: ignore[arg-type]
    with pytest.raises(MnemoError, match="stands alone"):
        index(
            "2.1.9",
            states={"as shown": "SELECT 1"},
            reads={"one": Read("SELECT 1", most_pages=1), "two": Read("SELECT 2")},
            decides="question",
            **common,  # type: ignore[arg-type]
        )
    common |= {"states": {"as shown": "SELECT 1"}, "reads": reads, "writes": {"sent": "SELECT 1"}}
    with pytest.raises(MnemoError, match="a write that is not there"):
        index("2.1.9", most_records={"send": 1.0}, **common)  # type: ignore[arg-type]
