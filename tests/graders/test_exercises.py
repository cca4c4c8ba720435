"""The checks checked: every right answer that an exercise knows passes, every wrong one fails as itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
from kill_table import PROPERTY

from mnemo_helpers import course, grading, sql
from mnemo_helpers.grading import Choice, Exercise, FreeAnswer, Interleaved, Level, Prediction, Query
from mnemo_helpers.grading._choice import right_letter
from mnemo_helpers.grading._measure import as_shown

EXERCISES = grading.exercises()
every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


@pytest.fixture
def count(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Note for the table at the end what became of the answers of an exercise."""

    def noted(exercise: Exercise, **counts: int) -> None:
        record_property(PROPERTY, [exercise.id, exercise.kind, counts])

    return noted


def right_answers(exercise: Exercise) -> list[str]:
    """Return every right answer that an exercise knows."""
    match exercise:
        case FreeAnswer():
            return [exercise.reference, *exercise.accepts]
        case Choice():
            letter = right_letter(exercise, data_of(exercise))
            return [letter, f"letter: {letter.upper()}", exercise.options[letter]]
        case Prediction():
            measured = float(as_shown(data_of(exercise), exercise.measure))
            factor = exercise.within_factor * 0.999
            return [f"{exercise.label}: {guess:.6f}" for guess in (measured, measured * factor, measured / factor)]
    raise AssertionError(exercise.kind)


def wrong_answers(exercise: Exercise) -> Mapping[str, tuple[str, str]]:
    """Return every wrong answer that an exercise knows, and what is then to be said, by its misconception."""
    match exercise:
        case FreeAnswer():
            return {name: (wrong.answer, wrong.because) for name, wrong in exercise.rejects.items()}
        case Choice():
            right = right_letter(exercise, data_of(exercise))
            return {name: (name, exercise.because.get(name, "?")) for name in exercise.options if name != right}
        case Prediction():
            measured = float(as_shown(data_of(exercise), exercise.measure))
            guesses = {
                "too_low": measured / exercise.within_factor / 1.01,
                "too_high": measured * exercise.within_factor * 1.01,
            }
            return {name: (f"{guess:.6f}", exercise.because.get(name, "")) for name, guess in guesses.items()}
    raise AssertionError(exercise.kind)


def data_of(exercise: Exercise) -> str:
    """Return the data set of the exercise's lesson."""
    return course.lesson(exercise.lesson).data


def starters(exercise: Exercise) -> list[str]:
    """Return what stands in the exercise's cells of the lesson before anybody has written there."""
    text = course.lesson(exercise.lesson).source.read_text(encoding="utf-8")
    return re.findall(rf"^%%exercise {re.escape(exercise.id)}[ \t]*\n(.*?)^```", text, re.M | re.S)


def shape(answer: str) -> str:
    """Return an answer without what changes nothing: comments, blanks, case."""
    return " ".join(sql.uncommented(answer).casefold().replace(";", " ").split())


@every_exercise
def test_right_answers_pass(exercise: Exercise, count: Callable[..., None]) -> None:
    """The reference, and every other."""
    answers = right_answers(exercise)
    verdicts = [grading.check(exercise.id, answer) for answer in answers]
    count(exercise, right=len(answers), accepted=sum(verdict.status == "pass" for verdict in verdicts))
    failed = [
        f"{answer}\n{verdict}" for answer, verdict in zip(answers, verdicts, strict=True) if verdict.status != "pass"
    ]
    assert not failed, "\n\n".join(failed)


@every_exercise
def test_wrong_answers_fail_as_themselves(exercise: Exercise, count: Callable[..., None]) -> None:
    """Each with its own name and its own message."""
    answers = wrong_answers(exercise)
    verdicts = {name: grading.check(exercise.id, answer) for name, (answer, _) in answers.items()}
    rejected = {name for name, verdict in verdicts.items() if verdict.status == "fail"}
    named = {
        name
        for name, verdict in verdicts.items()
        if verdict.misconception == name and answers[name][1] in verdict.message
    }
    count(exercise, wrong=len(answers), rejected=len(rejected), named=len(named & rejected))
    others = [f"{name}\n{verdict}" for name, verdict in verdicts.items() if name not in named & rejected]
    assert not others, "\n\n".join(others)


@every_exercise
def test_what_was_not_tried_is_not_judged(exercise: Exercise) -> None:
    """An empty cell, a comment, and the cell as the lesson has it."""
    cells = starters(exercise)
    assert len(cells) == 1, f"lesson {exercise.lesson} has {len(cells)} cells for exercise {exercise.id}"
    for answer in ("", " \n", "-- nothing yet\n/* nor here */", *cells):
        verdict = grading.check(exercise.id, answer)
        assert verdict.status == "not_attempted", f"{answer}\n{verdict}"
        assert verdict.message


@every_exercise
def test_an_exercise_has_what_every_exercise_has(exercise: Exercise) -> None:
    """Minutes, three hints, answers of several shapes, mistakes that are told apart in words."""
    assert 0 < exercise.minutes <= 20
    assert len({*exercise.hints}) == len(exercise.hints)
    if isinstance(exercise, FreeAnswer):
        assert len(exercise.hints) == 3
        assert len({*map(shape, (exercise.reference, *exercise.accepts))}) == 1 + len(exercise.accepts) >= 3
        # Of three isolation levels, two are not the weakest that will do.
        level = isinstance(exercise, Interleaved) and isinstance(exercise.asks, Level)
        assert len(exercise.rejects) >= (2 if level else 3)
        reasons = [wrong.because for wrong in exercise.rejects.values()]
        assert len({*reasons}) == len(reasons)
        assert all(reasons)
    else:
        assert len(exercise.hints) in (0, 3)
    if isinstance(exercise, Query):
        assert len(exercise.rows) >= 2
    if isinstance(exercise, Choice):
        assert {*exercise.because} == {*exercise.options} - {right_letter(exercise, data_of(exercise))}
    for text in [*exercise.hints, *(because for _, because in wrong_answers(exercise).values() if because)]:
        assert text.strip().endswith((".", "?")), text
