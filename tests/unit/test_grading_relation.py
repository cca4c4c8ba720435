"""The kind ``relation``: any right answer passes, a wrong one gets rows or the step that it lacks."""

from __future__ import annotations

import pytest

from mnemo_helpers.grading import (
    Closure,
    Cover,
    Dependencies,
    Keys,
    Parts,
    Verdict,
    judge,
    relation,
    wrong,
)
from mnemo_helpers.grading._relation import Asked
from mnemo_helpers.relations import Relation

LETTERS = Relation("ABCDE", "A -> B; BC -> D; D -> C")
FLIGHTS = Relation(
    ["day", "carrier", "name", "flight", "origin", "plane", "model"],
    "carrier -> name; plane -> model; day, carrier, flight, origin -> plane",
)
TUTORS = Relation(["trainee", "type", "tutor"], "trainee, type -> tutor; tutor -> type")


def said(of: Relation, asks: Asked, answer: str, **rejects: str) -> Verdict:
    """Return the verdict on an answer to an exercise that knows these wrong ones."""
    exercise = relation(
        "9.9.1",
        minutes=1,
        of=of,
        asks=asks,
        reference="",
        hints=("?", "?", "?"),
        rejects={name: wrong(text, f"This is {name}.") for name, text in rejects.items()},
    )
    return judge(exercise, answer, dataset="none")


@pytest.mark.parametrize(
    ("of", "asks", "answer"),
    [
        (LETTERS, Closure("AC"), "ABCD"),
        (LETTERS, Closure("AC"), "{ D, C, B, A }"),
        (LETTERS, Closure("AC"), "closure: A B C D"),
        (FLIGHTS, Closure("carrier, plane"), "carrier, name\nplane; model"),
        (LETTERS, Keys(), "ACE, ADE"),
        (LETTERS, Keys(), "{A,D,E}, {A,C,E}"),
        (LETTERS, Keys(), "keys:\nACE\nEDA"),
        (FLIGHTS, Keys(), "day, carrier, flight, origin"),
        (FLIGHTS, Keys(), "(origin, flight, carrier, day)"),
        (LETTERS, Cover(), "A -> B; BC -> D; D -> C"),
        (Relation("ABC", "A -> BC; B -> C; A -> B; AB -> C"), Cover(), "B -> C\nA -> B"),
        (Relation("ABC", "A -> B; B -> A; A -> C"), Cover(), "A -> B; B -> A; B -> C"),
        (FLIGHTS, Dependencies(), "carrier -> name; plane -> model; day, carrier, flight, origin -> plane, model"),
        (Relation(["a", "b", "c"], "a -> b, c; b, c -> a"), Keys(), "a\n(b, c)"),
        (Relation(["a", "b", "c"], "a -> b, c; b, c -> a"), Keys(), "(b, c); a"),
        (FLIGHTS, Parts("BCNF"), "carrier, name\nplane, model\nday, carrier, flight, origin, plane"),
        (FLIGHTS, Parts("3NF"), "(plane, model), (name, carrier) and (day, carrier, flight, origin, plane)"),
        (TUTORS, Parts("3NF"), "(trainee, type, tutor)"),
        (TUTORS, Parts("BCNF", preserving=False), "(tutor, type), (trainee, tutor)"),
        (Relation("ABC", "A ->> B"), Parts("4NF"), "AB AC"),
    ],
)
def test_a_right_answer_passes_however_it_is_written(of: Relation, asks: Asked, answer: str) -> None:
    """Order, brackets, lines, a label, another cover and another split are free."""
    verdict = said(of, asks, answer)
    assert verdict.status == "pass", verdict


@pytest.mark.parametrize(
    ("of", "asks", "answer", "message"),
    [
        (LETTERS, Closure("AC"), "ABCDE", "AC does not determine E"),
        (LETTERS, Closure("AC"), "BD", "Every set determines itself, so AC belongs in too"),
        (LETTERS, Closure("AC"), "ABC", "You have BC, and BC -> D is given"),
        (FLIGHTS, Closure("plane"), "plane, model, name", "(plane) does not determine name"),
        (LETTERS, Keys(), "ACE", "this is a candidate key. You have 1 of 2"),
        (LETTERS, Keys(), "ABCE, ADE", "B could go"),
        (LETTERS, Keys(), "AE", "AE does not determine"),
        (Relation("ABC", "A -> B; B -> C; C -> A"), Keys(), "A, B", "these are candidate keys. You have 2 of 3"),
        (LETTERS, Cover(), "A -> B; D -> C", "BC -> D is given, and does not follow from yours"),
        (LETTERS, Cover(), "A -> B; BC -> D; D -> C; AC -> D", "AC -> D follows from the others and could go"),
        (Relation("ABC", "A -> B; A -> C"), Cover(), "A -> BC", "more than one attribute on its right side"),
        (FLIGHTS, Dependencies(), "carrier -> name; plane -> model", "and break day, carrier, flight, origin -> plane"),
        (FLIGHTS, Parts("3NF"), "(carrier, name), (plane, model)", "No part has day, flight, origin"),
        (
            FLIGHTS,
            Parts("3NF"),
            "(carrier, name), (day, carrier, flight, origin), (plane, model, day)",
            "Your split invents rows",
        ),
        (
            FLIGHTS,
            Parts("3NF"),
            "(carrier, name); (day, carrier, flight, origin, plane, model)",
            "not in 3NF, because of plane -> model",
        ),
        (TUTORS, Parts("BCNF"), "(tutor, type), (trainee, tutor)", "trainee, type -> tutor cannot be checked within"),
        (TUTORS, Parts("BCNF"), "trainee, type, tutor", "not in BCNF, because of tutor -> type"),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong_with_it(of: Relation, asks: Asked, answer: str, message: str) -> None:
    """With the first thing that is wrong, not with the right answer."""
    verdict = said(of, asks, answer)
    assert verdict.status == "fail", verdict
    assert verdict.misconception is None
    assert message in verdict.message


@pytest.mark.parametrize(
    ("of", "asks", "answer"),
    [
        (LETTERS, Closure("AC"), "ABCDE"),
        (LETTERS, Keys(), "AE"),
        (LETTERS, Cover(), "A -> B"),
        (LETTERS, Cover(), "A -> B; BC -> D; D -> C; D -> A"),
        (FLIGHTS, Dependencies(), "carrier -> name"),
        (FLIGHTS, Parts("3NF"), "(carrier, name), (day, carrier, flight, origin), (plane, model, day)"),
        (FLIGHTS, Parts("3NF"), "(carrier, name); (day, carrier, flight, origin, plane, model)"),
        (TUTORS, Parts("BCNF"), "(tutor, type), (trainee, tutor)"),
    ],
)
def test_a_wrong_answer_gets_rows(of: Relation, asks: Asked, answer: str) -> None:
    """They keep what is told and break what was answered, in text and as a table."""
    (evidence,) = said(of, asks, answer).evidence
    assert "<table" in evidence._repr_mimebundle_()["text/html"]
    assert evidence.text.count("\n") >= 3


def test_a_superkey_without_any_of_yours_shows_that_there_is_another_key() -> None:
    """It leads to the missing key and does not give it away."""
    message = said(LETTERS, Keys(), "ACE").message
    assert "ABDE determines every attribute too, and does not contain it" in message
    assert "ADE" not in message.replace("ABDE", "")


@pytest.mark.parametrize(
    ("of", "asks", "answer", "part"),
    [
        (
            TUTORS,
            Parts("BCNF", preserving=False),
            "(tutor, type), (trainee, tutor), (trainee, type)",
            "(trainee, type)",
        ),
        (LETTERS, Parts("3NF"), "AB, BCD, ACE, CD", "CD"),
    ],
)
def test_a_part_too_many_is_no_mistake_and_is_remarked_on(of: Relation, asks: Asked, answer: str, part: str) -> None:
    """What was asked for is there, and the fact has two places."""
    verdict = said(of, asks, answer)
    assert verdict.status == "pass"
    assert f"The part {part} could go" in verdict.message


def test_a_broken_dependency_is_told_as_the_sentence_that_states_it() -> None:
    """In the words of the business."""
    sentences = ("A carrier has one name.", "A plane is of one model.", "A flight is flown by one plane.")
    verdict = said(FLIGHTS, Dependencies(sentences), "carrier -> name; day, carrier, flight, origin -> plane, model")
    assert "and break this sentence: A plane is of one model." in verdict.message


def test_a_dependency_that_nobody_stated_is_named() -> None:
    """It would refuse rows that all that is told allows."""
    also = "carrier -> name; plane -> model; day, carrier, flight, origin -> plane; plane -> carrier"
    verdict = said(FLIGHTS, Dependencies(), also)
    assert "plane -> carrier says more than is told" in verdict.message
    assert verdict.evidence


@pytest.mark.parametrize(
    ("asks", "known", "answer"),
    [
        (Closure("AC"), "ABCDE", "E D C B A"),
        (Keys(), "ACE", "{E, C, A}"),
        (Cover(), "A -> B", "A->B"),
        (Parts("BCNF"), "AB, CDE", "(C, D, E), (B, A)"),
    ],
)
def test_a_known_mistake_is_named_however_it_is_written(asks: Asked, known: str, answer: str) -> None:
    """It is told by what it says."""
    verdict = said(LETTERS, asks, answer, other="A, B" if "->" not in known else "B -> A", mistake=known)
    assert (verdict.status, verdict.misconception) == ("fail", "mistake")
    assert verdict.message.startswith("This is mistake.\n")


@pytest.mark.parametrize(
    ("of", "asks", "answer", "message"),
    [
        (LETTERS, Closure("AC"), "ABX", "There is no attribute 'X'"),
        (FLIGHTS, Keys(), "day, carier", "Did you mean 'carrier'?"),
        (LETTERS, Closure("AC"), "{A, B}, {C}", "One set is asked for, and there are 2"),
        (LETTERS, Keys(), "(A, B) or else (C)", "Outside the brackets stands 'or else'"),
        (FLIGHTS, Keys(), "day, (carrier, flight)", "Outside the brackets stands 'day,'"),
        (LETTERS, Cover(), "A => B", "-> was expected"),
        (LETTERS, Cover(), "A <-> B", "'<->' is no arrow of one direction"),
        (FLIGHTS, Closure("plane"), "plane -> model", "'->' is none"),
        (FLIGHTS, Keys(), "keys = day, carrier", "'=' is none"),
        (LETTERS, Cover(), "A ->", "nothing stands right of ->"),
        (LETTERS, Keys(), "SELECT 1; DROP TABLE flights", "There is no attribute"),
        (LETTERS, Keys(), "()", "There is no key in your answer"),
        (LETTERS, Parts("BCNF"), "()", "No part has A, B, C, D, E"),
    ],
)
def test_what_cannot_be_read_is_told(of: Relation, asks: Asked, answer: str, message: str) -> None:
    """What is wrong, where, and what was expected; it is no error of the notebook."""
    verdict = said(of, asks, answer)
    assert verdict.status == "fail"
    assert message in verdict.message


def test_an_answer_that_would_take_for_ever_is_cut_short() -> None:
    """Thousands of parts, or of names, are refused before anything is computed of them."""
    pairs = "; ".join(f"{a}{b}" for a in "ABCDE" for b in "ABCDE" if a < b) + "; ABC"
    assert "11 parts for 5 attributes: fewer will do" in said(LETTERS, Parts("BCNF"), pairs).message
    assert "longer than 2,000 characters" in said(LETTERS, Keys(), "AB; " * 1000).message


@pytest.mark.parametrize("answer", ["", "-- nothing", "keys:", "AB, ____"])
def test_what_was_not_tried_is_not_judged(answer: str) -> None:
    """An empty cell, a comment, a label, a gap."""
    assert said(LETTERS, Keys(), answer).status == "not_attempted"
