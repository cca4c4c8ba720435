"""The catalog of a real database: odd names, several schemas, partitions, self-references, composite keys."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from mnemo_helpers import catalog, database, sql
from mnemo_helpers.catalog import Comparison, Relationship
from mnemo_helpers.errors import MnemoError, SQLError, UnknownName

DDL = """
CREATE SCHEMA "Sales Dept";
CREATE TABLE "Kunden %" (id int PRIMARY KEY, "E-Mail" text UNIQUE);
CREATE TABLE "Sales Dept"."Aufträge" (
    nr int, am date, kunde int REFERENCES "Kunden %", berater int NOT NULL REFERENCES "Kunden %", PRIMARY KEY (nr, am)
) PARTITION BY RANGE (am);
CREATE TABLE "Sales Dept".of_2020 PARTITION OF "Sales Dept"."Aufträge" FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE lines (
    nr int, am date, n int, note text,
    PRIMARY KEY (nr, am, n), FOREIGN KEY (nr, am) REFERENCES "Sales Dept"."Aufträge"
);
CREATE TABLE bills (nr int, am date, PRIMARY KEY (nr, am), FOREIGN KEY (nr, am) REFERENCES "Sales Dept"."Aufträge");
CREATE TABLE 人 (番号 numeric(10,2) PRIMARY KEY CHECK (番号 > 0), 上司 numeric REFERENCES 人, gone int);
ALTER TABLE 人 DROP COLUMN gone;
CREATE UNIQUE INDEX one_boss ON 人 ((上司 IS NULL)) WHERE 上司 IS NULL;
CREATE TABLE tags (name text PRIMARY KEY);
CREATE TABLE also_tagged (tag text NOT NULL REFERENCES tags, kunde int NOT NULL REFERENCES "Kunden %");
CREATE TABLE tagged (tag text REFERENCES tags, kunde int REFERENCES "Kunden %", PRIMARY KEY (tag, kunde));
-- Neither makes kunde unique: the one has a condition, the other is on something else.
CREATE TABLE half (kunde int REFERENCES "Kunden %", old boolean, UNIQUE (kunde, old));
CREATE UNIQUE INDEX half_new ON half (kunde) WHERE NOT old;
CREATE UNIQUE INDEX half_shifted ON half ((kunde + 1));
CREATE TABLE badges (n int PRIMARY KEY, kunde int NOT NULL REFERENCES "Kunden %");
CREATE UNIQUE INDEX badges_kunde ON badges (kunde) INCLUDE (n);
CREATE TABLE late (tag text NOT NULL);
ALTER TABLE late ADD FOREIGN KEY (tag) REFERENCES tags NOT VALID;
CREATE VIEW looks AS SELECT * FROM tags;
COMMENT ON TABLE lines IS 'A line of an order.';
COMMENT ON COLUMN lines.n IS 'Number of the line.';
COMMENT ON COLUMN lines.note IS '  ';
COMMENT ON CONSTRAINT lines_pkey ON lines IS 'An order has a line once.';
COMMENT ON INDEX one_boss IS 'One person has no boss.';
"""


@pytest.fixture(scope="module")
def here(scratch_db: str) -> Iterator[database.Connection]:
    """A connection to a database with such tables."""
    with database.connect(scratch_db) as connection:
        connection.execute(DDL.encode())
        yield connection


def test_a_foreign_key_says_how_many(here: database.Connection) -> None:
    """NULL lets a row refer to nothing, something unique within the key lets one row refer; partitions say nothing."""
    drawn = catalog.diagram("Kunden %", "Sales Dept.Aufträge", "lines", "bills", "人", connection=here)
    assert set(drawn.relationships) == {
        Relationship("Kunden %", "0..1", "0..*", "Sales Dept.Aufträge", "kunde"),
        Relationship("Kunden %", "1", "0..*", "Sales Dept.Aufträge", "berater"),
        Relationship("Sales Dept.Aufträge", "1", "0..*", "lines", "nr, am"),
        Relationship("Sales Dept.Aufträge", "1", "0..1", "bills", "nr, am"),
        Relationship("人", "0..1", "0..*", "人", "上司"),
    }
    assert len(drawn.relationships) == 5
    keys = {entity.name: [(column, marks) for _, column, marks in entity.keys] for entity in drawn.entities}
    assert keys["lines"] == [("nr", ("PK", "FK")), ("am", ("PK", "FK")), ("n", ("PK",))]
    assert keys["Kunden %"] == [("id", ("PK",)), ("E-Mail", ("UK",))]


def test_a_unique_index_counts_only_without_conditions(here: database.Connection) -> None:
    """One with a condition or on an expression lets several rows refer; columns that it only carries do not matter."""
    drawn = catalog.diagram('"Kunden %"', "half", "badges", connection=here)
    assert set(drawn.relationships) == {
        Relationship("Kunden %", "0..1", "0..*", "half", "kunde"),
        Relationship("Kunden %", "1", "0..1", "badges", "kunde"),
    }
    # Nor is a column unique that is so only together with another.
    assert drawn.entities[1].keys == (("integer", "kunde", ("FK",)),)


def test_a_foreign_key_that_was_not_checked_is_marked(here: database.Connection) -> None:
    """What NOT VALID let stay refers to nothing, whatever the key says."""
    assert catalog.diagram("tags", "late", connection=here).relationships == (
        Relationship("tags", "1", "0..*", "late", "tag (not valid)"),
    )


def test_tables_are_named_as_in_sql(here: database.Connection) -> None:
    """With and without quotes and schema, in the order that was asked for; no name for all that the path reaches."""
    spelled = ['public."Kunden %"', '"Sales Dept"."Aufträge"', "public.lines", "lines"]
    drawn = catalog.diagram(*spelled, connection=here)
    assert [entity.name for entity in drawn.entities] == ["Kunden %", "Sales Dept.Aufträge", "lines"]
    everything = [entity.name for entity in catalog.diagram(connection=here).entities]
    assert everything == ["Kunden %", "also_tagged", "badges", "bills", "half", "late", "lines", "tagged", "tags", "人"]
    with pytest.raises(UnknownName, match="Did you mean 'lines'"):
        catalog.diagram("line", connection=here)
    with pytest.raises(UnknownName, match="of_2020"):
        catalog.diagram("Sales Dept.of_2020", connection=here)


def test_what_is_drawn_is_a_sketch_without_differences(here: database.Connection) -> None:
    """Read back from its text and compared, it agrees; so a diagram drawn afterwards finds nothing."""
    names = ["Kunden %", "Sales Dept.Aufträge", "lines", "bills", "人", "half", "badges"]
    drawn = catalog.sketch(str(catalog.diagram(*names, connection=here)))
    found = catalog.compare(drawn, *names, connection=here)
    assert found.differences == ()
    assert found.agreed == drawn.relationships
    assert "No differences; 7 relationships as sketched" in str(found)


def found_in(here: database.Connection, text: str, *tables: str, **known_as: str) -> Comparison:
    """Compare a sketch."""
    return catalog.compare(catalog.sketch(text), *tables, known_as=known_as, connection=here)


@pytest.mark.parametrize(
    ("text", "sketched", "built", "because"),
    [
        ("kunden 1 -- 1..* badges", "kunden: at least one of badges", "none or one", "kunde is unique in badges."),
        ("badges 1 -- 1 kunden", "kunden: exactly one of badges", "none or one", "no constraint asks for a row"),
        ("kunden 1 -- * badges", "kunden: any number of badges", "none or one", "kunde is unique in badges."),
        (
            "kunden 0..1 -- 0..1 badges",
            "badges: none or one of kunden",
            "exactly one",
            "No column of kunde may be NULL",
        ),
        ("kunden * -- 0..1 badges", "badges: any number of kunden", "exactly one", "A row holds one value of kunde"),
        ("kunden 1 -- * half", "half: exactly one of kunden", "none or one", "kunde of half may be NULL."),
        (
            "half 1..* -- 0..1 kunden",
            "kunden: at least one of half",
            "any number",
            "No constraint asks for a first row",
        ),
        ("half 0..1 -- 0..1 kunden", "kunden: none or one of half", "any number", "Nothing unique lies within kunde"),
    ],
)
def test_a_count_that_differs_is_explained(
    here: database.Connection, text: str, sketched: str, built: str, because: str
) -> None:
    """From whichever side it was written; with what in the catalog says so."""
    tables = ("Kunden %", "half" if "half" in text else "badges")
    found = found_in(here, text, *tables, kunden="Kunden %")
    assert [(each.where, each.sketched, each.built) for each in found.differences] == [("count", sketched, built)]
    assert because in found.differences[0].because
    assert found.agreed == ()


def test_what_one_side_lacks_is_named(here: database.Connection) -> None:
    """Entities, tables and foreign keys; names match without case, blanks and the s of many."""
    found = found_in(here, 'TAG\n"Line"\nplanets\n"kunden"', "tags", "lines", "bills", "Kunden %", kunden="Kunden %")
    assert [(each.where, each.sketched, each.built) for each in found.differences] == [
        ("table", "planets", ""),
        ("table", "", "bills"),
    ]
    found = found_in(here, "half\nkunden", "half", "Kunden %", kunden="Kunden %")
    assert [each.built for each in found.differences] == ['"Kunden %" 0..1 -- 0..* half : kunde']
    assert "half_kunde_fkey" in found.differences[0].because
    assert '"Kunden %" 0..1 -- 0..* half : kunde' in str(found)


def test_many_to_many_is_kept_by_a_table_between(here: database.Connection) -> None:
    """A table that refers to both is as good; a longer way is told, with what it says of how many."""
    tables = ("tags", "tagged", "Kunden %", "half", "badges", "人")
    known = {"kunden": "Kunden %"}
    found = found_in(here, "tags * -- * kunden\ntagged\nhalf\nbadges\npeople", *tables, **known, people="人")
    assert found.agreed == (Relationship("tags", "0..*", "0..*", "kunden"),)
    found = found_in(here, "badges 1 -- * half\nbadges 1 -- 1 people", *tables, people="人")
    ways = [each for each in found.differences if each.where == "relationship" and each.sketched]
    assert [(each.sketched, each.built) for each in ways] == [
        ("badges 1 -- 0..* half", "badges 0..1 -- 0..* half"),
        ("badges 1 -- 1 people", ""),
    ]
    assert ways[0].because.endswith("the way leads by Kunden %.")
    assert "No foreign key leads from one to the other" in ways[1].because
    # The way is looked for among the tables that are compared, and only then among all.
    found = found_in(here, "tags 1 -- * kunden", "tags", "tagged", "Kunden %", kunden="Kunden %")
    assert [each.because.partition("; ")[2] for each in found.differences if each.sketched] == [
        "the way leads by tagged."
    ]
    found = found_in(here, "kunden 1 -- 1 tags\nkunden 1 -- * lines", "Kunden %", "tags", "lines", kunden="Kunden %")
    assert [(each.built, each.because.partition("; ")[2]) for each in found.differences] == [
        ('"Kunden %" 0..* -- 0..* tags', "the way leads by also_tagged."),
        (
            '"Kunden %" 0..1 -- 0..* lines',
            "the way leads by Sales Dept.Aufträge. kunde of Sales Dept.Aufträge may be NULL.",
        ),
    ]


def test_what_has_come_to_differ_is_told_apart(here: database.Connection) -> None:
    """A constraint that goes is news; what differed before is none, and a diagram drawn afterwards has nothing."""
    text, tables = "kunden 1 -- 0..1 badges\nplanets", ("Kunden %", "badges")
    before = found_in(here, text, *tables, kunden="Kunden %")
    with here.transaction(force_rollback=True):
        here.execute("DROP INDEX badges_kunde")
        news = found_in(here, text, *tables, kunden="Kunden %").beyond(before)
        assert catalog.compare(catalog.diagram(*tables, connection=here), *tables, connection=here).differences == ()
    assert [each.sketched for each in before.differences] == ["planets"]
    assert [(each.sketched, each.built) for each in news.differences] == [
        ("kunden: none or one of badges", "any number")
    ]
    assert str(news).endswith("1 difference; 0 relationships as sketched")


def test_a_table_may_refer_to_itself(here: database.Connection) -> None:
    """Written from either side it is the same."""
    assert found_in(here, "people * -- 0..1 people", "人", people="人").differences == ()
    found = found_in(here, "people 1 -- * people", "人", people="人")
    assert [each.because for each in found.differences] == ["上司 of 人 may be NULL."]


def test_two_foreign_keys_between_two_tables_are_two_relationships(here: database.Connection) -> None:
    """A label that names the columns says which is meant; without one, the nearest is."""
    tables = ("Kunden %", "Sales Dept.Aufträge")
    text = "kunden 1 -- * auftraege : kunde\nkunden 1 -- * auftraege : berater"
    found = found_in(here, text, *tables, kunden="Kunden %", auftraege="Sales Dept.Aufträge")
    assert [each.sketched for each in found.differences] == ["auftraege: exactly one of kunden"]
    assert found.agreed == (Relationship("kunden", "1", "0..*", "auftraege", "berater"),)
    found = found_in(here, "kunden 1 -- * auftraege", *tables, kunden="Kunden %", auftraege="Sales Dept.Aufträge")
    assert len(found.agreed) == 1
    assert [each.because for each in found.differences] == ["The foreign key Aufträge_kunde_fkey."]


def test_wrong_names_in_known_as_are_named(here: database.Connection) -> None:
    """Of the sketch, and of the tables."""
    with pytest.raises(UnknownName, match="entity in the sketch"):
        found_in(here, "kunden", "tags", customers="tags")
    with pytest.raises(UnknownName, match="table among those compared"):
        found_in(here, "kunden", "tags", kunden="lines")


def test_the_dictionary_tells_columns_as_they_are(here: database.Connection) -> None:
    """Type, null, keys and comment, in the order of the columns, without what was dropped."""
    told = catalog.dictionary("lines", "人", connection=here)
    assert [(entry.name, entry.type, entry.nullable, entry.key, entry.comment) for entry in told.entries] == [
        ("lines", None, None, None, "A line of an order."),
        ("lines.nr", "integer", False, "primary, → Sales Dept.Aufträge", None),
        ("lines.am", "date", False, "primary, → Sales Dept.Aufträge", None),
        ("lines.n", "integer", False, "primary", "Number of the line."),
        ("lines.note", "text", True, "", "  "),
        ("人", None, None, None, None),
        ("人.番号", "numeric(10,2)", False, "primary", None),
        ("人.上司", "numeric", True, "→ 人", None),
    ]
    assert told.undocumented == ("lines.nr", "lines.am", "lines.note", "人", "人.番号", "人.上司")
    assert catalog.undocumented("lines", connection=here) == ("lines.nr", "lines.am", "lines.note")
    assert "— undocumented —" in str(told)
    assert "may be NULL" in str(told)


def test_constraints_carry_their_sentences(here: database.Connection) -> None:
    """Keys first, then checks; a unique index is as good as a constraint, an index on a partition is none."""
    found = catalog.constraints("lines", "人", "Sales Dept.Aufträge", connection=here).all
    assert [(each.name, each.kind, each.sentence) for each in found] == [
        ("lines_pkey", "primary key", "An order has a line once."),
        ("lines_nr_am_fkey", "foreign key", None),
        ("人_pkey", "primary key", None),
        ("one_boss", "unique", "One person has no boss."),
        ("人_上司_fkey", "foreign key", None),
        ("人_番号_check", "check", None),
        ("Aufträge_pkey", "primary key", None),
        ("Aufträge_berater_fkey", "foreign key", None),
        ("Aufträge_kunde_fkey", "foreign key", None),
    ]
    assert found[3].definition == 'UNIQUE ((("上司" IS NULL))) WHERE ("上司" IS NULL)'
    assert found[5].definition == 'CHECK (("番号" > (0)::numeric))'


def test_sentences_and_constraints_are_paired(here: database.Connection) -> None:
    """Word for word but for blanks and the full stop; what is alone on either side is named."""
    said = ["An order has  a line once", "An order has at least one line.", " "]
    found = catalog.pair(said, "lines", connection=here)
    assert [(sentence, [each.name for each in keepers]) for sentence, keepers in found.pairs] == [
        ("An order has  a line once", ["lines_pkey"])
    ]
    assert found.without_constraint == ("An order has at least one line.",)
    assert [each.name for each in found.without_sentence] == ["lines_nr_am_fkey"]
    assert "Sentences without a constraint" in str(found)
    # A comment that nobody says any more is no sentence.
    assert len(catalog.pair(["Something else."], "lines", connection=here).without_sentence) == 2
    whole = catalog.pair(["One person has no boss."], "tags", connection=here)
    assert [each.name for each in whole.without_sentence] == ["tags_pkey"]


def test_a_pairing_without_gaps_says_so(here: database.Connection) -> None:
    """Nothing alone on either side."""
    with here.transaction(force_rollback=True):
        here.execute("COMMENT ON CONSTRAINT tags_pkey ON tags IS 'A tag is there once.'")
        assert "each constraint its sentence" in str(catalog.pair(["A tag is there once."], "tags", connection=here))


def test_the_open_session_is_asked(here: database.Connection, scratch_db: str) -> None:
    """Without a connection the main session tells, with what its open transaction has changed and others do not see."""
    sql.use(lambda name: database.connect(scratch_db, name=name))
    try:
        sql.session().execute("BEGIN; ALTER TABLE tags ADD COLUMN colour text; CREATE TEMPORARY TABLE passing (x int)")
        assert "tags.colour" in catalog.undocumented("tags")
        # A temporary table is none of the schema's, but it may be asked for.
        assert catalog.undocumented("passing") == ("passing", "passing.x")
        assert "passing" not in catalog.undocumented()
        with pytest.raises(psycopg.errors.DivisionByZero):
            sql.session().execute("SELECT 1/0")
        with pytest.raises(SQLError, match="current transaction is aborted"):
            catalog.undocumented("tags")
    finally:
        sql.close_all()


def test_an_empty_database_is_said() -> None:
    """Nothing to draw is no empty drawing."""
    with (
        database.scratch("learner") as name,
        database.connect(name) as connection,
        pytest.raises(MnemoError, match="reaches no table"),
    ):
        catalog.diagram(connection=connection)
