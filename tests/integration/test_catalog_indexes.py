"""What the catalog tells of indexes: which may go, which do not work, which are missing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from server_room import until

from mnemo_helpers import catalog, database
from mnemo_helpers.errors import UnknownName

TABLES = """
CREATE TABLE owners (id int PRIMARY KEY);
CREATE TABLE things (
    id int PRIMARY KEY,
    owner_id int REFERENCES owners ON DELETE CASCADE,
    lender_id int CONSTRAINT lent REFERENCES owners,
    keeper_id int CONSTRAINT kept REFERENCES owners,
    name text CONSTRAINT name_once UNIQUE,
    colour text,
    span int4range,
    CONSTRAINT apart EXCLUDE USING gist (span WITH &&)
);
CREATE INDEX by_owner ON things (owner_id);
CREATE INDEX by_owner_too ON things (owner_id);
CREATE INDEX by_owner_and_name ON things (owner_id, name);
CREATE INDEX by_owner_down ON things (owner_id DESC);
CREATE INDEX by_owner_red ON things (owner_id) WHERE colour = 'red';
CREATE INDEX by_owner_covering ON things (owner_id) INCLUDE (colour);
CREATE INDEX by_lower ON things (lower(colour));
CREATE INDEX by_pattern ON things (colour text_pattern_ops);
CREATE INDEX by_colour ON things (colour);
CREATE UNIQUE INDEX id_again ON things (id);
CREATE INDEX by_keeper_red ON things (keeper_id) WHERE colour = 'red';
"""


@pytest.fixture(scope="module")
def inside(scratch_db: str) -> Iterator[database.Connection]:
    """A connection where the tables are."""
    with database.connect(scratch_db) as connection:
        connection.execute(TABLES.encode())
        yield connection


@pytest.fixture(scope="module")
def report(inside: database.Connection) -> catalog.IndexReport:
    """What is found before anything has been read."""
    return catalog.index_report("things", connection=inside)


def test_doubles_are_found_and_one_of_them_stays(report: catalog.IndexReport) -> None:
    """Of two that are alike the later one goes; one that holds more stands in for both; a constraint's stays."""
    assert report.of("duplicate") == ("by_owner", "by_owner_too", "id_again")
    assert "the same as by_owner_covering" in report.shown.text
    assert "it refuses doubles" in report.shown.text


def test_what_only_looks_alike_is_no_double(report: catalog.IndexReport) -> None:
    """Another order, another operator class, a condition, an expression: each serves something else."""
    apart = {"by_owner_down", "by_owner_red", "by_lower", "by_pattern", "by_colour", "by_keeper_red", "things_pkey"}
    assert not apart & {*report.of("duplicate"), *report.of("covered")}


def test_a_longer_one_covers_a_shorter_one(inside: database.Connection) -> None:
    """With the same beginning; but a unique one refuses what the longer one lets in."""
    inside.execute(
        "CREATE TABLE pairs (a int, b int); CREATE INDEX short ON pairs (a); CREATE INDEX long ON pairs (a, b)"
    )
    inside.execute("CREATE UNIQUE INDEX once ON pairs (a)")
    found = catalog.index_report("pairs", connection=inside)
    assert found.of("covered") == ()
    assert found.of("duplicate") == ("short",)
    inside.execute("DROP INDEX once")
    assert catalog.index_report("pairs", connection=inside).of("covered") == ("short",)


def test_a_foreign_key_without_an_index_is_named(report: catalog.IndexReport) -> None:
    """One with a condition does not find every row that refers, one that begins with the column does."""
    assert report.of("foreign key without index") == ("kept", "lent")


def test_an_index_without_the_rows_that_refer_to_nothing_serves_a_foreign_key(inside: database.Connection) -> None:
    """It has every row that refers; one that leaves out more does not."""
    inside.execute("CREATE TABLE lendings (to_id int CONSTRAINT lent_to REFERENCES owners, until date)")
    inside.execute("CREATE INDEX ON lendings (to_id) WHERE until IS NOT NULL")
    assert catalog.index_report("lendings", connection=inside).of("foreign key without index") == ("lent_to",)
    inside.execute("CREATE INDEX ON lendings (to_id) WHERE to_id IS NOT NULL")
    assert catalog.index_report("lendings", connection=inside).of("foreign key without index") == ()


def test_an_index_is_unused_until_it_is_read(inside: database.Connection, report: catalog.IndexReport) -> None:
    """Those of constraints never are; and it is said since when reads are counted."""
    assert "by_colour" in report.of("unused")
    assert not {"things_pkey", "name_once", "apart", "id_again"} & {*report.of("unused")}
    assert f"since {report.since:%Y-%m-%d %H:%M}" in report.shown.text
    inside.execute("BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    inside.execute("SELECT * FROM things WHERE colour = 'blue'")
    inside.execute("COMMIT")

    def read() -> bool:
        inside.execute("SELECT pg_stat_force_next_flush()")
        return "by_colour" not in catalog.index_report("things", connection=inside).of("unused")

    until(read, "the read is counted")


def test_what_concurrently_has_left_behind_is_found(inside: database.Connection, scratch_db: str) -> None:
    """A build that found doubles leaves an index that is not written; one that was cut off is, and refuses."""
    inside.execute("CREATE TABLE doubles AS SELECT 1 AS n, m FROM generate_series(1, 2) AS m")
    with pytest.raises(Exception, match="could not create unique index"):
        inside.execute("CREATE UNIQUE INDEX CONCURRENTLY left_behind ON doubles (n)")
    with database.connect(scratch_db) as other:
        other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM owners")
        inside.execute("SET lock_timeout = '50ms'")
        with pytest.raises(Exception, match="lock timeout"):
            inside.execute("CREATE UNIQUE INDEX CONCURRENTLY cut_off ON doubles (m)")
        inside.execute("RESET lock_timeout")
    report = catalog.index_report("doubles", connection=inside)
    assert report.of("invalid") == ("cut_off", "left_behind")
    cut_off, left_behind = report.findings
    assert "never read, and written" in cut_off.seen
    assert cut_off.serves == "it refuses doubles"
    assert "neither read nor written" in left_behind.seen
    assert left_behind.serves == ""
    with pytest.raises(Exception, match="cut_off"):
        inside.execute("INSERT INTO doubles VALUES (1, 2)")


def test_an_index_full_of_air_is_found(data: str, report: catalog.IndexReport) -> None:
    """Where rows went and pages stayed, and the extension is there that looks; built anew it is not."""
    assert "without the extension pgstattuple" in report.shown.text
    with database.scratch("learner", dataset=data) as name, database.connect(name) as inside:
        row = inside.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pgstattuple'").fetchone()
        if row == (0,):
            pytest.skip("a given server, and without pgstattuple")
        inside.execute("CREATE TABLE many AS SELECT n FROM generate_series(1, 20000) AS n")
        inside.execute("CREATE INDEX airy ON many (n)")
        inside.execute("DELETE FROM many WHERE n % 10 > 0")
        inside.execute("VACUUM ANALYZE many")
        assert catalog.index_report("many", connection=inside).of("bloated") == ("airy",)
        inside.execute("REINDEX INDEX airy")
        assert catalog.index_report("many", connection=inside).of("bloated") == ()


def test_a_table_that_there_is_not_is_refused(inside: database.Connection) -> None:
    """With the nearest that there is."""
    with pytest.raises(UnknownName, match="things"):
        catalog.index_report("thing", connection=inside)
