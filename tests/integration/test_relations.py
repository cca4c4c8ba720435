"""Relations in PostgreSQL: tables made, filled, split and joined back; dependencies found in rows and verified."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from mnemo_helpers import database, sql
from mnemo_helpers.errors import MnemoError, SQLError, UnknownName
from mnemo_helpers.relations import Relation, _ddl, discover, discover_nearly, exceptions, holds_in

SEED = 20_260_101


@pytest.fixture
def db(outside: database.Connection) -> Iterator[database.Connection]:
    """A connection in whose transaction everything is undone afterwards."""
    outside.execute("BEGIN")
    yield outside
    outside.execute("ROLLBACK")


def fetch(db: database.Connection, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    return db.execute(query.encode()).fetchall()


def legal_rows(rng: random.Random, relation: Relation, count: int) -> list[tuple[str, ...]]:
    """Return random rows that keep the dependencies: each is kept that breaks nothing with those before it."""
    rows: list[tuple[str, ...]] = []
    for _ in range(count):
        row = tuple(f"{name}{rng.randint(1, 3)}" for name in relation.attributes)
        if row not in rows and relation.satisfied_by([*rows, row]):
            rows.append(row)
    return rows


SCHEMAS = [
    ("abcde", "a -> b; bc -> d"),
    ("abc", "ab -> c; c -> b"),
    ("abc", "a ->> b"),
    ("ABCD", "A -> B; B -> C; C -> D; D -> A"),
    ("abcd", "{} -> a; b -> c"),
    (["order", "select", "first name"], 'order -> "first name"; "first name" -> select'),
    (["course", "teacher", "book", "hour"], "course ->> teacher; course ->> book; hour -> course"),
]


@pytest.mark.parametrize(("attributes", "dependencies"), SCHEMAS)
@pytest.mark.parametrize("way", ["BCNF", "4NF", "3NF"])
def test_a_split_is_made_filled_and_joined_back(
    db: database.Connection, attributes: Any, dependencies: str, way: str
) -> None:
    """The tables take the parts of legal rows, every key and foreign key among them, and give the rows again."""
    relation = Relation(attributes, dependencies, name="whole")
    rows = legal_rows(random.Random(SEED), relation, 60)
    assert len(rows) > 1
    made = relation.synthesize() if way == "3NF" else relation.decompose(way)
    db.execute(relation.to_sql().encode())
    columns = tuple(relation.attributes)
    with db.cursor() as cursor:
        cursor.executemany(f"INSERT INTO whole VALUES ({', '.join(['%s'] * len(columns))})".encode(), rows)
    db.execute(made.to_sql().encode())
    db.execute(made.split_sql("whole").encode())
    assert sorted(fetch(db, made.join_sql())) == sorted(rows)


def test_the_tables_refuse_what_breaks_a_dependency(db: database.Connection) -> None:
    """The keys of the parts keep the dependencies; foreign keys keep the parts together."""
    made = Relation("abcde", "a -> b; bc -> d", name="part").synthesize()
    db.execute(made.to_sql().encode())
    db.execute("INSERT INTO part_1 VALUES ('a', 'b'); INSERT INTO part_2 VALUES ('b', 'c', 'd')")
    for statement, state in (
        ("INSERT INTO part_1 VALUES ('a', 'other')", "23505"),
        ("INSERT INTO part_2 VALUES ('b', 'c', 'other')", "23505"),
        ("INSERT INTO part_3 VALUES ('nowhere', 'c', 'e')", "23503"),
    ):
        with pytest.raises(psycopg.Error) as refused, db.transaction():
            db.execute(statement.encode())
        assert refused.value.sqlstate == state


def test_the_rows_of_a_lossy_split_appear_in_the_server_too(db: database.Connection) -> None:
    """The counterexample, cut and joined by PostgreSQL, gives the rows that were foretold."""
    relation = Relation("abc", "", name="ring")
    parts = ["ab", "bc", "ca"]
    shown, new = relation.is_lossless(parts).counterexamples
    made = relation.split(parts)
    db.execute(made.to_sql().encode())
    db.execute(made.split_sql(f"(SELECT * FROM {shown.values_sql()}) AS shown").encode())
    assert {*fetch(db, made.join_sql())} - {*shown.rows} == {*new.rows}


def test_what_no_part_refuses_breaks_the_whole(db: database.Connection) -> None:
    """The rows of a dependency that is lost go into the parts' tables; joined they break it."""
    relation = Relation(["title", "theater", "city"], "theater -> city; title, city -> theater", name="booking")
    made = relation.decompose("BCNF")
    db.execute(made.to_sql().encode())
    for i, table in enumerate(relation.preserves(made.parts).counterexamples, start=1):
        db.execute(f"INSERT INTO booking_{i} SELECT * FROM {table.values_sql()}".encode())
    joined = fetch(db, made.join_sql())
    assert not relation.satisfied_by(joined)
    assert relation.satisfied_by(joined).because.startswith("title, city -> theater")


def test_reserved_words_are_those_of_the_server(db: database.Connection) -> None:
    """A name that the server reserves is quoted."""
    words = {word for (word,) in fetch(db, "SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')")}
    assert words <= _ddl._RESERVED


# Discovery


def by_definition(rows: list[tuple[Any, ...]], names: list[str], most_left: int) -> set[str]:
    """Return the minimal dependencies of rows, each tried in a dict of Python."""
    found: list[tuple[frozenset[str], str]] = []
    for size in range(most_left + 1):
        for left in itertools.combinations(range(len(names)), size):
            for right in set(range(len(names))) - set(left):
                smaller = any(x <= {names[i] for i in left} and a == names[right] for x, a in found)
                seen: dict[tuple[Any, ...], Any] = {}
                if not smaller and all(
                    seen.setdefault(tuple(row[i] for i in left), row[right]) == row[right] for row in rows
                ):
                    found.append((frozenset(names[i] for i in left), names[right]))
    return {f"{sorted(left)} {right}" for left, right in found}


def spelled(found: Any) -> set[str]:
    """Return discovered dependencies as ``by_definition`` has them."""
    return {f"{sorted(one.left)} {next(iter(one.right))}" for one in found.dependencies}


@pytest.mark.parametrize("seed", range(12))
def test_what_is_discovered_is_what_holds(db: database.Connection, seed: int) -> None:
    """Random rows with NULLs, empty texts, tabs and several types, against a dict; read whole, and as a sample."""
    rng = random.Random(SEED + seed)
    names = [f"c{i}" for i in range(5)]
    texts = ["", "a\tb", "\\N", "NULL", "é\n", None]
    columns = []
    count = rng.choice((1, 3, 30, 300))
    for _ in names:
        many = rng.choice((1, 2, 4, 12))
        columns.append([rng.choice(texts) if many == 4 else str(rng.randint(1, many)) for _ in range(count)])
    columns[4] = [f"{a}{b}" if a and b else None for a, b in zip(columns[0], columns[1], strict=True)]
    rows = list(zip(*columns, strict=True))
    db.execute("CREATE TABLE t (c0 text, c1 text, c2 text, c3 text, c4 text)")
    with db.cursor() as cursor:
        cursor.executemany("INSERT INTO t VALUES (%s, %s, %s, %s, %s)", rows)
    found = discover("t", connection=db)
    assert found.rows == found.read == count
    assert spelled(found) == by_definition(rows, names, 3)
    sampled = discover("t", connection=db, sample_rows=max(1, count // 10))
    assert sampled.dependencies == found.dependencies


def test_equal_values_that_are_written_unlike_are_equal(db: database.Connection) -> None:
    """1.0 is 1.00, and a day is 24 hours, as for the server itself."""
    query = (
        "SELECT * FROM (VALUES (1.0, interval '1 day', 1), (1.00, '24 hours', 1), (2.5, '1 hour', 2),"
        " (2.50, '60 min', 2)) AS v (n, i, k) -- the end"
    )
    names = ["n", "i", "k"]
    assert spelled(discover(query, connection=db)) == by_definition([(1, 1, 1), (2, 2, 2)], names, 3)
    with pytest.raises(MnemoError, match="too many rows"):
        discover(query, connection=db, sample_rows=2)


def test_flights_of_january_have_the_dependencies_that_hold(flights: database.Connection) -> None:
    """Eleven columns of real rows, every candidate put to the server one by one."""
    names = ["month", "day", "hour", "minute", "sched_dep_time", "time_hour", "carrier", "flight", "origin", "dest"]
    query = f"SELECT {', '.join(names)} FROM flights WHERE month = 1 AND day <= 3"
    found = discover(query, connection=flights)
    assert spelled(found) == by_definition(fetch(flights, query), names, 3)
    assert found.relation.is_superkey("time_hour, carrier, flight")


@pytest.fixture(scope="module")
def flights() -> Iterator[database.Connection]:
    """The data as shown."""
    with database.connect(database.grading("flights"), "answer") as connection:
        yield connection


def test_all_flights_have_the_dependencies_that_hyfd_finds(flights: database.Connection) -> None:
    """Nine columns of 336,776 rows, two on the left; all nineteen with three, 69 of them, are in the benchmarks.

    The set is what HyFD finds as Desbordante 2.5 implements it, on the same file with NULL equal to NULL.
    """
    names = ["year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "hour", "minute", "time_hour"]
    found = discover("flights", columns=names, most_left=2, connection=flights)
    assert set(map(str, found.dependencies)) == {
        "{} -> year",
        "sched_dep_time -> hour",
        "sched_dep_time -> minute",
        "time_hour -> month",
        "time_hour -> day",
        "time_hour -> hour",
        "dep_time, sched_dep_time -> dep_delay",
        "sched_dep_time, dep_delay -> dep_time",
        "hour, minute -> sched_dep_time",
        "minute, time_hour -> sched_dep_time",
    }
    assert found.rows == found.read == 336_776
    assert "10 minimal dependencies hold in 336,776 rows" in str(found)


def test_what_nearly_holds_comes_with_what_breaks_it(flights: database.Connection) -> None:
    """Most planes fly for one airline; the exceptions are counted and shown."""
    columns = ["carrier", "tailnum", "origin", "dest"]
    near = discover_nearly("flights", columns=columns, connection=flights)
    assert [row[0] for row in near] == ["tailnum -> carrier"]
    count = fetch(
        flights,
        "SELECT sum(n) - sum(top) FROM (SELECT sum(n) AS n, max(n) AS top FROM"
        " (SELECT tailnum, carrier, count(*) AS n FROM flights GROUP BY 1, 2) AS a GROUP BY tailnum) AS b",
    )[0][0]
    assert near.rows[0][1] == count
    shown = exceptions("flights", "tailnum -> carrier", connection=flights, most=1000)
    per_plane: dict[Any, list[int]] = {}
    for tailnum, _, rows in shown:
        per_plane.setdefault(tailnum, []).append(rows)
    assert all(len(rows) > 1 for rows in per_plane.values())
    assert sum(sum(rows) - max(rows) for rows in per_plane.values()) == count


def test_whether_a_dependency_holds_is_asked_of_the_server(flights: database.Connection) -> None:
    """Functional and multivalued, yes and no; a no shows rows of the table."""
    assert holds_in("flights", "time_hour -> month, day", connection=flights)
    answer = holds_in("flights", "origin, dest -> distance", connection=flights)
    assert not answer
    assert answer.counterexample is not None
    assert {row[1] for row in answer.counterexample} == {"EGE"}
    many = holds_in("SELECT carrier, origin, dest FROM flights", "carrier ->> origin", connection=flights)
    assert not many
    assert many.counterexample is not None
    (carrier, origin, dest) = many.counterexample.rows[0]
    there = "SELECT count(*) FROM flights WHERE carrier = '{}' AND {}"
    assert fetch(flights, there.format(carrier, f"origin = '{origin}'"))[0][0]
    assert fetch(flights, there.format(carrier, f"dest = '{dest}'"))[0][0]
    assert not fetch(flights, there.format(carrier, f"origin = '{origin}' AND dest = '{dest}'"))[0][0]


def test_a_multivalued_dependency_with_nulls_holds_in_rows(db: database.Connection) -> None:
    """Every combination is there, NULL among them; nothing given, and everything given."""
    query = (
        "SELECT * FROM (VALUES (1, NULL, 'x'), (1, NULL, 'y'), (1, 2, 'x'), (1, 2, 'y'), (NULL, 3, 'x')) AS v (a, b, c)"
    )
    for dependency, holds in {"a ->> b": True, "a ->> c": True, "{} ->> b": False, "a ->> b, c": True}.items():
        assert holds_in(query, dependency, connection=db) == holds
    assert not holds_in(query + " LIMIT 3", "a ->> b", connection=db)


def test_the_main_session_is_asked_where_no_other_is_named(
    opener: Callable[[str], database.Connection],
) -> None:
    """As in a lesson: what its cells see."""
    sql.use(opener)
    try:
        sql.session().execute("CREATE TEMP TABLE mine AS SELECT i, i % 2 AS odd FROM generate_series(1, 9) AS i")
        assert list(map(str, discover("mine").dependencies)) == ["i -> odd"]
    finally:
        sql.close_all()


def test_an_empty_table_keeps_everything(db: database.Connection) -> None:
    """Of no rows each column is constant."""
    db.execute("CREATE TABLE nothing (a int, b int)")
    assert set(map(str, discover("nothing", connection=db).dependencies)) == {"{} -> a", "{} -> b"}
    assert holds_in("nothing", "a ->> b", connection=db)


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda db: discover("no_such_table", connection=db), SQLError, "no_such_table"),
        (lambda db: discover(" ", connection=db), MnemoError, "no table"),
        (lambda db: discover("SELECT 1 AS a, 2 AS a", connection=db), MnemoError, "called 'a'"),
        (lambda db: discover("SELECT 1 AS abc", columns=["abd"], connection=db), UnknownName, "'abc'"),
        (lambda db: discover("SELECT 1 AS a", most_left=-1, connection=db), MnemoError, "most_left is -1"),
        (lambda db: discover("SELECT 1 AS a", sample_rows=0, connection=db), MnemoError, "sample_rows is 0"),
        (lambda db: discover_nearly("SELECT 1 AS a", tolerance=1, connection=db), MnemoError, "tolerance is 1"),
        (lambda db: holds_in("SELECT 1 AS a", "a -> b", connection=db), MnemoError, "no attribute 'b'"),
        (lambda db: exceptions("SELECT 1 AS a, 2 AS b", "a ->> b", connection=db), MnemoError, "multivalued"),
        (lambda db: discover("SELECT '{}'::json AS j, 1 AS k", connection=db), SQLError, "ordering operator"),
        (
            lambda db: discover(f"SELECT {', '.join(f'{i} AS c{i}' for i in range(61))}", connection=db),
            MnemoError,
            "61 columns",
        ),
    ],
)
def test_a_source_that_makes_no_sense_is_refused(
    db: database.Connection, ask: Any, error: type[MnemoError], said: str
) -> None:
    """As a SQL cell would say it, or with what was expected."""
    with pytest.raises(error) as refused:
        ask(db)
    assert said in str(refused.value)
