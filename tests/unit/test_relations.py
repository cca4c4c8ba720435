"""The relations library as a reader uses it: published examples, steps, pictures, SQL, and bad input."""

from __future__ import annotations

import copy
import itertools
import pickle
from typing import Any

import pytest

from mnemo_helpers.errors import MnemoError, UnknownName
from mnemo_helpers.relations import Dependency, Listed, Relation, Table, TooMany, rejoin

EMP_PROJ = Relation(
    ["ssn", "pnumber", "hours", "ename", "pname", "plocation"],
    "ssn, pnumber -> hours; ssn -> ename; pnumber -> pname, plocation",
)
TIMETABLE = Relation("CTHRSG", "C -> T; HR -> C; HT -> R; CS -> G; HS -> R")
BOOKINGS = Relation(["title", "theater", "city"], "theater -> city; title, city -> theater")
TEXTS = Relation(["course", "teacher", "text"], "course ->> teacher | text")


def sets(*words: str) -> set[frozenset[str]]:
    """Return sets of letters."""
    return {frozenset(word) for word in words}


# Published examples


def test_works_on_of_elmasri_and_navathe() -> None:
    """Fundamentals of Database Systems, 7th edition, chapters 14 and 15: closures, the key, what breaks 2NF."""
    assert EMP_PROJ.closure("ssn") == {"ssn", "ename"}
    assert EMP_PROJ.closure("pnumber") == {"pnumber", "pname", "plocation"}
    assert EMP_PROJ.keys() == {frozenset({"ssn", "pnumber"})}
    assert set(map(str, EMP_PROJ.violations("2NF"))) == {"ssn -> ename", "pnumber -> pname, plocation"}
    parts = EMP_PROJ.decompose("BCNF")
    assert parts.parts == {
        frozenset({"ssn", "ename"}),
        frozenset({"pnumber", "pname", "plocation"}),
        frozenset({"ssn", "pnumber", "hours"}),
    }
    assert not parts.lost


def test_minimal_cover_of_elmasri_and_navathe() -> None:
    """The same book, section 15.1.3: B -> A, D -> A, AB -> D is B -> D, D -> A."""
    assert set(map(str, Relation("ABD", "B -> A; D -> A; AB -> D").minimal_cover())) == {"B -> D", "D -> A"}


def test_closure_and_cover_of_silberschatz_korth_and_sudarshan() -> None:
    """Database System Concepts, 7th edition, section 7.4: (AG)+, what is implied, a canonical cover."""
    relation = Relation("ABCGHI", "A -> B; A -> C; CG -> H; CG -> I; B -> H")
    assert relation.closure("AG") == frozenset("ABCGHI")
    assert relation.is_key("AG")
    for implied in ("A -> H", "CG -> HI", "AG -> I"):
        assert relation.implies(implied)
    assert not relation.implies("B -> C")
    cover = Relation("ABC", "A -> BC; B -> C; A -> B; AB -> C").minimal_cover()
    assert set(map(str, cover)) == {"A -> B", "B -> C"}


def test_timetable_of_ullman() -> None:
    """Principles of Database Systems, 2nd edition 1982, chapter 7: one key, a split in BCNF that loses, a synthesis."""
    assert TIMETABLE.keys() == sets("HS")
    made = TIMETABLE.decompose("BCNF")
    assert TIMETABLE.is_lossless(made.parts)
    assert all(not part.violations("BCNF") for part in made.relations)
    assert made.lost
    synthesis = TIMETABLE.synthesize()
    assert synthesis.parts == sets("CT", "CHR", "HRT", "CGS", "HRS")
    assert not synthesis.lost


def test_chase_of_ullman() -> None:
    """The same book: AD, AB, BE, CDE, AE lose nothing under A -> C, B -> C, C -> D, DE -> C, CE -> A."""
    relation = Relation("ABCDE", "A -> C; B -> C; C -> D; DE -> C; CE -> A")
    answer = relation.is_lossless(["AD", "AB", "BE", "CDE", "AE"])
    assert answer
    assert answer.counterexample is None
    assert "lossless" in answer.steps.caption
    assert [row[0] for row in answer.steps.rows[:5]] == [f"part {part}" for part in ("AD", "AB", "BE", "CDE", "AE")]


def test_preservation_in_a_ring_of_ullman() -> None:
    """The same book: of A -> B, B -> C, C -> D, D -> A even the last is kept by AB, BC, CD, though no part has it."""
    answer = Relation("ABCD", "A -> B; B -> C; C -> D; D -> A").preserves(["AB", "BC", "CD"])
    assert answer
    assert ("D -> A", "yes, through several parts") in answer.steps.rows


def test_bookings_of_garcia_molina_ullman_and_widom() -> None:
    """Database Systems: The Complete Book, section 3.4.4: in 3NF, not in BCNF, and the split loses a dependency."""
    assert BOOKINGS.keys() == {frozenset({"title", "city"}), frozenset({"title", "theater"})}
    assert BOOKINGS.is_in("3NF")
    assert list(map(str, BOOKINGS.violations("BCNF"))) == ["theater -> city"]
    made = BOOKINGS.decompose("BCNF")
    assert made.parts == {frozenset({"theater", "city"}), frozenset({"title", "theater"})}
    assert list(map(str, made.lost)) == ["title, city -> theater"]
    theaters, titles = BOOKINGS.preserves(made.parts).counterexamples
    assert len(theaters) == len(titles) == 2


def test_courses_teachers_and_texts_of_date() -> None:
    """An Introduction to Database Systems, 8th edition, chapter 13: in BCNF, and the fourth normal form is broken."""
    assert TEXTS.is_in("BCNF")
    assert not TEXTS.is_in("4NF")
    made = TEXTS.decompose("4NF")
    assert made.parts == {frozenset({"course", "teacher"}), frozenset({"course", "text"})}
    assert not made.lost
    assert TEXTS.is_lossless(made.parts)


def test_three_pairs_need_three_rows() -> None:
    """AB, BC, CA lose something that no two rows show (Aho, Beeri and Ullman, TODS 4(3), 1979, have the tableau)."""
    answer = Relation("ABC").is_lossless(["AB", "BC", "CA"])
    shown, new = answer.counterexamples
    assert len(shown) == 3
    assert rejoin(shown, "ABC", ["AB", "BC", "CA"]) == new
    for two in itertools.combinations(shown.rows, 2):
        assert len(rejoin(two, "ABC", ["AB", "BC", "CA"])) == 0


# What is asked and what comes back


def test_a_set_equals_any_set_and_keeps_its_order() -> None:
    """Order is the heading's, whatever Python's hashes are; copies are equal."""
    found = Relation(["zebra", "ape", "cat"], "zebra -> cat").closure("zebra")
    assert found == {"cat", "zebra"}
    assert isinstance(found, frozenset)
    assert list(found) == ["zebra", "cat"]
    assert str(found) == "{zebra, cat}"
    assert pickle.loads(pickle.dumps(found)) == copy.deepcopy(found) == found


def test_an_answer_is_its_truth_value() -> None:
    """In a condition and compared with True or False."""
    relation = Relation("AB", "A -> B")
    assert relation.implies("A -> B") == True  # noqa: E712
    assert relation.implies("B -> A") == False  # noqa: E712
    assert relation.implies("B -> A") != relation.implies("A -> B")
    assert relation.implies("A -> B").counterexample is None


def test_every_way_to_write_dependencies_says_the_same() -> None:
    """One text, several, values, other arrows, blanks and quotes."""
    asked = [
        "A->B;B C -> D",
        "A → B\nBC → D;",
        ["A -> B", "B, C -> D"],
        [Dependency(frozenset("A"), frozenset("B")), "BC -> D"],
        '"A" -> "B"; "B" "C" -> D',
    ]
    assert len({frozenset(Relation("ABCD", text).dependencies) for text in asked}) == 1
    assert Relation("ABC", "A ->> B | C").dependencies == Relation("A, B, C", "A ↠ B; A →→ C").dependencies
    odd = Relation(["first name", "a;b", "x->y"], '"first name" -> "a;b"; "a;b" -> "x->y"')
    assert odd.closure(["first name"]) == {"first name", "a;b", "x->y"}
    assert Relation(odd.attributes, list(map(str, odd.dependencies))).dependencies == odd.dependencies


def test_a_constant_is_determined_by_nothing() -> None:
    """``{} -> A``: the same value in every row, so its table has one row."""
    relation = Relation(["year", "flight"], "{} -> year")
    assert relation.closure("{}") == {"year"}
    assert relation.keys() == {frozenset({"flight"})}
    assert relation.synthesize().parts == {frozenset({"year"}), frozenset({"flight"})}
    assert "((true))" in relation.synthesize().to_sql()


def test_a_key_that_is_no_key_says_why() -> None:
    """Too small has two rows; too large names what could go."""
    small, large = TIMETABLE.is_key("HR"), TIMETABLE.is_key("HSG")
    assert not small
    assert small.counterexample is not None
    assert len(small.counterexample) == 2
    assert not large
    assert "G could go" in large.because
    assert "determines every attribute" in large.steps.caption


@pytest.mark.parametrize(
    ("cover", "because"),
    [
        ("A -> B", "does not follow from yours"),
        ("A -> B; B -> C; C -> A", "does not follow from the given"),
        ("A -> BC; B -> C", "has more than one attribute"),
        ("AC -> B; B -> C; A -> C", "holds without C"),
        ("A -> B; B -> C; A -> C", "could go"),
    ],
)
def test_a_cover_that_is_not_minimal_says_why(cover: str, because: str) -> None:
    """It says less, more, too much at once, or the same twice."""
    answer = Relation("ABC", "A -> B; B -> C").is_minimal_cover(cover)
    assert not answer
    assert because in answer.because


def test_a_derivation_of_what_does_not_follow_is_refused_with_rows() -> None:
    """The rows that break it are in the message."""
    with pytest.raises(MnemoError, match="no derivation") as refused:
        Relation("AB", "A -> B").derive("B -> A")
    assert len(refused.value.tried) == 4


def test_rows_are_judged_by_definition() -> None:
    """Rows of any kind; NULL equals NULL; the two rows that break it are shown."""
    relation = Relation("AB", "A -> B")
    assert relation.satisfied_by([(None, 1), (None, 1), (2, None)])
    answer = relation.satisfied_by([(1, 1), (2, 1), (None, 1), (None, 2)])
    assert answer.counterexample == Table(("A", "B"), ((None, 1), (None, 2)))
    many = TEXTS.satisfied_by([("c", "t1", "x1"), ("c", "t2", "x2")])
    assert not many
    assert "there is no row" in many.because
    assert relation.satisfied_by([])


def test_the_names_of_the_forms_are_read_loosely_and_no_others() -> None:
    """The nearest is named."""
    assert BOOKINGS.is_in(" 3nf ")
    with pytest.raises(UnknownName, match="Did you mean '3NF'"):
        BOOKINGS.violations("3FN")
    with pytest.raises(UnknownName, match="4NF"):
        BOOKINGS.decompose("2NF")


# Pictures, steps, SQL


def test_everything_is_shown_as_text_and_as_html() -> None:
    """In a notebook and on a terminal."""
    for thing in (
        TIMETABLE,
        TIMETABLE.closure("HS"),
        TIMETABLE.keys(),
        TIMETABLE.keys().steps,
        TIMETABLE.implies("HS -> G"),
        TIMETABLE.implies("S -> G"),
        TIMETABLE.decompose("BCNF"),
        TIMETABLE.decompose("BCNF").steps,
        TIMETABLE.synthesize().steps,
        TIMETABLE.minimal_cover().steps,
        TIMETABLE.violations("BCNF"),
        TIMETABLE.split(["CTHR", "HSG"]).steps,
        next(iter(TIMETABLE.dependencies)),
    ):
        shown: Any = thing
        bundle = shown._repr_mimebundle_()
        assert bundle["text/plain"].strip()
        assert bundle["text/html"].strip()


def test_a_diagram_has_the_facts_in_its_text_and_no_script() -> None:
    """Each dependency is a line of the text and an arrow of the picture; names are escaped."""
    shown = Relation(["a<b", "c", "d"], "a<b -> c; c ->> d").diagram()
    assert shown.text.splitlines() == ["a<b | c | d", "a<b -> c", "c ->> d"]
    assert "a&lt;b" in shown.html
    assert "<b" not in shown.html
    assert "stroke-dasharray" in shown.html
    assert "script" not in shown.html


def test_steps_tell_how_a_closure_grows() -> None:
    """One dependency a row, and at the end what is not reached."""
    steps = Relation("ABCDE", "A -> B; BC -> D").closure("AC").steps
    assert steps.rows == (("start", "", "AC"), ("A -> B", "B", "ABC"), ("BC -> D", "D", "ABCD"))
    assert steps.caption == "not: E"


def test_sql_has_keys_and_points_at_them_once() -> None:
    """The parts are made in an order in which each finds what it points at; what follows is not said again."""
    made = Relation("abcde", "a -> b; bc -> d", name="order").decompose("BCNF").to_sql({"a": "integer"})
    assert made.count("CREATE TABLE order_") == 3
    assert made.count("FOREIGN KEY") == 2
    assert "a integer" in made
    assert 'CREATE TABLE "order" (' in Relation("ab", name="order").to_sql()
    keys = Relation("abc", "a -> bc; b -> ac").to_sql()
    assert "PRIMARY KEY (a)" in keys
    assert "b text NOT NULL" in keys
    assert "UNIQUE (b)" in keys


def test_rows_become_values() -> None:
    """Quoted as PostgreSQL takes them."""
    table = Table(("a", "b c"), (("it's", 1), (None, 2)))
    assert table.values_sql() == """(VALUES ('it''s', 1), (NULL, 2)) AS "r" ("a", "b c")"""
    with pytest.raises(MnemoError, match="no rows"):
        Table(("a",), ()).values_sql()


# Limits and bad input


def test_exponentially_many_keys_are_an_honest_limit() -> None:
    """Ten pairs of twins have 2 ** 10 keys; one key is still judged."""
    left, right = "ABCDEFGHIJ", "KLMNOPQRST"
    twins = Relation(left + right, [f"{a} -> {b}" for a, b in zip(left + right, right + left, strict=True)])
    with pytest.raises(TooMany, match="more than 1,000 candidate keys") as refused:
        twins.keys()
    assert "is_key" in refused.value.remedy
    assert twins.is_key(left)
    assert twins.decompose("BCNF").parts
    fewer = Relation("ABCDEFGH", [f"{a} -> {b}" for a, b in zip("ABCDEFGH", "EFGHABCD", strict=True)])
    assert len(fewer.keys()) == 16


def test_twenty_attributes_and_thirty_dependencies_are_no_limit() -> None:
    """A chain with thirty dependencies: one key, and every question has its answer."""
    letters = "ABCDEFGHIJKLMNOPQRST"
    chain = [f"{a} -> {b}" for a, b in itertools.pairwise(letters)]
    wide = Relation(letters, chain + [f"{letters[i]}{letters[i + 2]} -> {letters[i + 5]}" for i in range(11)])
    assert wide.keys() == sets("A")
    assert len(wide.minimal_cover()) == 19
    made = wide.decompose("BCNF")
    assert wide.is_lossless(made.parts)
    assert wide.preserves(wide.synthesize().parts)
    assert wide.derive("A -> T").rows[-1][1] == "A -> T"


BAD = [
    ((("",), {}), "at least one attribute"),
    ((([],), {}), "at least one attribute"),
    ((("ABCA",), {}), "called 'A': the 1st and the 4th"),
    (((["a", "b", "a"],), {}), "called 'a'"),
    (((["a", ""],), {}), "is no name"),
    (((["a", 3],), {}), "is no name"),
    ((([f"c{i}" for i in range(200)],), {}), "200 attributes"),
    ((("ABC", "A"), {}), "number 1 cannot be read: A"),
    ((("ABC", "A -> B; B = C"), {}), "number 2 cannot be read: B = C"),
    ((("ABC", "A => B"), {}), "'=>' is no arrow"),
    ((("ABC", "-> B"), {}), "nothing stands left"),
    ((("ABC", "A ->"), {}), "nothing stands right"),
    ((("ABC", "A -> B -> C"), {}), "two arrows"),
    ((("ABC", "A -> B | C"), {}), "bar belongs"),
    ((("ABC", "A ->> B |"), {}), "one side of"),
    ((("ABC", 'A -> "B'), {}), "not closed"),
    ((("ABC", [("A", "B")]), {}), "number 1 cannot be read"),
    ((("ABC", 7), {}), "number 1 cannot be read: 7"),
    (((7,), {}), "cannot be 7"),
    ((("ABC", "A -> D"), {}), "no attribute 'D'"),
    ((("ABC", "AD -> B"), {}), "no attribute 'D'"),
    (((["carrier", "flight"], "carier -> flight"), {}), "Did you mean 'carrier'"),
]


@pytest.mark.parametrize(("given", "said"), BAD)
def test_bad_input_is_told_what_is_wrong_and_what_was_expected(given: tuple[Any, Any], said: str) -> None:
    """Where it is, and what to do; never a traceback of Python's own."""
    args, settings = given
    with pytest.raises(MnemoError) as refused:
        Relation(*args, **settings)
    assert said in str(refused.value)
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda r: r.closure("AX"), "no attribute 'X'"),
        (lambda r: r.is_lossless(["AB", "AX"]), "part number 2"),
        (lambda r: r.is_lossless(["AB", "BC"]), "No part has D"),
        (lambda r: r.is_lossless("ABCD"), "as one text"),
        (lambda r: r.is_lossless(["ABCD", ""]), "no attribute in part number 2"),
        (lambda r: r.project(""), "no attribute in"),
        (lambda r: r.implies(""), "One dependency is asked for"),
        (lambda r: r.implies("A -> B; B -> C"), "has 2"),
        (lambda r: r.implies(3), "cannot be read"),
        (lambda r: r.satisfied_by([(1, 2)]), "Row 1 has 2 values; 4"),
        (lambda r: r.satisfied_by([(1, 2, 3, [4])]), "cannot be compared"),
        (lambda r: r.satisfied_by([1]), "Row 1 has 1 value; 4"),
        (lambda r: r.satisfied_by(1), "Rows cannot be 1"),
        (lambda r: r.closure(None), "cannot be None"),
        (lambda r: r.is_lossless(["AB", 3]), "Part number 2 cannot be 3"),
        (lambda r: r.is_lossless(None), "Parts cannot be None"),
        (lambda r: r.split(["AB", "CD"]).split_sql(" "), "no source"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(ask: Any, said: str) -> None:
    """Each with what was expected."""
    with pytest.raises(MnemoError) as refused:
        ask(Relation("ABCD", "A -> B"))
    assert said in str(refused.value)
    assert refused.value.remedy


def test_a_list_shows_itself_where_nothing_explains_it() -> None:
    """A set that was made by hand has its members as steps."""
    assert Listed(["b", "a", "b"]).steps.rows == (("b",), ("a",))
