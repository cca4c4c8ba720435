"""A learner and the exercises of a small lesson: choices, predictions, tries, hints, solutions, progress."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import small_data
import small_lesson

from mnemo_helpers import database, grading
from mnemo_helpers.errors import MnemoError, UnknownName
from mnemo_helpers.grading import _progress
from mnemo_helpers.grading._prediction import Prediction, judge
from mnemo_helpers.lesson import missed

EXERCISES = """
from mnemo_helpers.grading import choice, prediction, query, wrong

count = query(
    "LESSON.1", minutes=1, reference="SELECT count(*) FROM stones",
    rows={"one stone": "INSERT INTO stones VALUES (1, 'a')"},
    rejects={"piles": wrong("SELECT count(*) FROM piles", "Those are piles.", hint="What is counted?"),
              "five": wrong("SELECT 5", "Always five.")},
    hints=("first", "second", "third"),
)
first = count  # one exercise under two names is one exercise
bigger = choice(
    "LESSON.2", minutes=1, options={"a": "stones", "b": "piles"},
    because={"b": "Two of the stones lie in piles."},
    proof="SELECT CASE WHEN (SELECT count(*) FROM stones) > (SELECT count(*) FROM piles) THEN 'a' ELSE 'b' END",
)
stones = prediction(
    "LESSON.10", minutes=1, label="stones", unit="stones", measure="SELECT count(*) FROM stones", within_factor=2,
    because={"too_low": "Count them all."},
)
foretold = choice(
    "LESSON.12", minutes=1, options={"a": "stones", "b": "piles"}, because={"b": "Stones lie in piles."},
    proof="SELECT 'a'", predicts=True,
)
broken = choice("LESSON.11", minutes=1, options={"a": "x"}, because={}, proof="SELECT 'z'")
"""


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The number of a lesson with five exercises, in a course that only this module has."""
    root = tmp_path_factory.mktemp("course")
    with pytest.MonkeyPatch.context() as patch, small_data.small(root, patch) as data:
        yield small_lesson.write(root, data, EXERCISES)


@pytest.fixture(autouse=True)
def untouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was tried before."""
    monkeypatch.setenv("MNEMO_PROGRESS", str(tmp_path / "progress.sqlite"))


def test_the_inventory_is_in_order(lesson: str) -> None:
    """By number, not by letters; an unknown one names the nearest."""
    assert list(grading.exercises()) == [f"{lesson}.{n}" for n in (1, 2, 10, 11, 12)]
    with pytest.raises(UnknownName, match=rf"Did you mean '{lesson}.10'"):
        grading.exercise(f"{lesson}.100")
    with pytest.raises(UnknownName):
        grading.check("9.9.9", "SELECT 1")


def test_what_was_not_passed_is_missed(lesson: str) -> None:
    """Untouched and failed ones alike, in their order; what was passed once stays passed."""
    assert missed(lesson) == [f"{lesson}.{n}" for n in (1, 2, 10, 11, 12)]
    grading.attempt(f"{lesson}.2", "b")
    grading.attempt(f"{lesson}.1", "SELECT count(*) FROM stones")
    grading.attempt(f"{lesson}.1", "SELECT 5")
    assert missed(lesson) == [f"{lesson}.{n}" for n in (2, 10, 11, 12)]
    with pytest.raises(UnknownName):
        missed("9.9")


@pytest.mark.parametrize(
    ("number", "answer", "status", "misconception", "said"),
    [
        (2, "letter: a", "pass", None, "Right: stones."),
        (2, "Piles", "fail", "b", "Two of the stones lie in piles."),
        (2, "c", "not_attempted", None, "“c” is not among the answers. Write one of a, b.\na)  stones\nb)  piles"),
        (2, "letter:", "not_attempted", None, "a)  stones"),
        (10, "5", "pass", None, "Measured on the data as shown: 5 stones. You wrote 5: close enough."),
        (10, "10", "pass", None, "close enough"),
        (10, "2.5", "pass", None, "close enough"),
        (10, "10.01", "fail", "too_high", "You wrote 10.01: 2.0 times too high."),
        (10, "stones: 2.49", "fail", "too_low", "2.0 times too low.\nCount them all."),
        (10, "0", "fail", "too_low", "You wrote 0: too low."),
        (10, "many", "not_attempted", None, "“many” is not one number"),
        (10, "-3", "not_attempted", None, "below zero"),
        (10, "1e400", "not_attempted", None, "larger than anything"),
        (11, "a", "not_graded", None, "gives 'z', which is none of its answers"),
    ],
)
def test_choices_and_predictions_are_judged_by_what_is_measured(
    lesson: str, number: int, answer: str, status: str, misconception: str | None, said: str
) -> None:
    """Within the factor either way; what cannot be meant is no attempt."""
    verdict = grading.check(f"{lesson}.{number}", answer)
    assert (verdict.status, verdict.misconception) == (status, misconception), str(verdict)
    assert said in verdict.message


def test_a_prediction_is_measured_where_the_learner_works(lesson: str) -> None:
    """On the learner's own database as it is now; on the data as shown where that cannot answer."""
    with database.scratch("learner") as own:
        lost = grading.check(f"{lesson}.10", "5", own=own)
        assert lost.status == "pass"
        assert "on the data as shown, since your database does not answer this now: 5 stones" in lost.message
        with database.connect(own) as connection:
            connection.execute("CREATE TABLE stones AS SELECT generate_series(1, 300)")
        found = grading.check(f"{lesson}.10", "5", own=own)
        assert found.message.startswith("Measured in your database: 300 stones. You wrote 5: 60 times too low.")
        assert found.evidence[0].text == "SELECT count(*) FROM stones"


def test_a_near_miss_is_not_told_a_factor(lesson: str) -> None:
    """Where little is forgiven, a guess may be wrong and hardly off: “1.0 times too low” says nothing."""
    asked = grading.exercise(f"{lesson}.10")
    assert isinstance(asked, Prediction)
    with database.scratch("learner") as own:
        with database.connect(own) as connection:
            connection.execute("CREATE TABLE stones AS SELECT generate_series(1, 100)")
        strict = replace(asked, within_factor=1.001)
        assert judge(strict, "99", "none", own).message.startswith(
            "Measured in your database: 100 stones. You wrote 99: too low."
        )
        assert "You wrote 90: 1.1 times too low." in judge(strict, "90", "none", own).message


def test_a_prediction_is_noted_first_and_compared_when_measured(lesson: str) -> None:
    """What is no number is not noted; nothing counts as tried before it was measured."""
    id = f"{lesson}.10"
    assert "You had not written down a prediction." in grading.measure(id).text
    assert "not one number" in grading.attempt(id, "stones: many").text
    assert grading.attempt(id, "stones: 1,000").text == f"· Noted: 1,000 stones. %measure {id} compares."
    assert _progress.read()[0][id] == _progress.Entry(guess="1000")
    assert "You wrote 1,000: 200 times too high." in grading.measure(id).text
    grading.attempt(id, "4")
    assert "close enough" in grading.measure(id).text
    assert _progress.read()[0][id] == _progress.Entry(2, True, guess="4")
    with pytest.raises(MnemoError, match="is no prediction"):
        grading.measure(f"{lesson}.1")


def test_a_letter_can_be_predicted(lesson: str) -> None:
    """It is noted without a word of what is right; measuring judges it, guessed or not."""
    id = f"{lesson}.12"
    assert grading.attempt(id, "letter:").text.endswith("b)  piles")
    assert "Measured: a) stones. You had not written down a prediction." in grading.measure(id).text
    assert grading.attempt(id, "letter: b").text == f"· Noted: b) piles. %measure {id} compares."
    assert _progress.read()[0][id] == _progress.Entry(guess="b")
    assert "✘ Stones lie in piles." in grading.measure(id).text
    assert _progress.read()[0][id].tries == 1


def test_hints_come_one_by_one(lesson: str) -> None:
    """First what the last mistake calls for, once; then the three; then it says what comes last."""
    id = f"{lesson}.1"
    assert grading.hint(id).text == "→ 1 of 3: first"
    assert "✘ Those are piles." in grading.attempt(id, "SELECT count(*) FROM piles").text
    assert grading.hint(id).text == "→ What is counted?"
    assert grading.hint(id).text == "→ 2 of 3: second"
    assert "✘ Always five." in grading.attempt(id, "SELECT 2 + 3").text
    assert grading.hint(id).text == "→ 3 of 3: third"
    for _ in range(2):
        assert grading.hint(id).text.endswith(f"3 of 3: third\n  There are no more hints. Last comes %solution {id}.")
    assert "This exercise has no hints" in grading.hint(f"{lesson}.2").text
    assert "guess, then %measure" in grading.hint(f"{lesson}.10").text


def test_the_solution_is_shown_after_a_try(lesson: str) -> None:
    """Not after an empty cell; then a right answer of each kind."""
    ids = [f"{lesson}.{n}" for n in (1, 2, 10)]
    for id in ids:
        grading.attempt(id, "-- nothing yet")
        assert "Try it first" in grading.solution(id).text
    for id, answer in zip(ids, ("SELECT 1", "b", "40"), strict=True):
        grading.attempt(id, answer)
    grading.measure(ids[2])
    shown = [grading.solution(id).text for id in ids]
    assert shown[0].endswith("SELECT count(*) FROM stones")
    assert "a)  stones" in shown[1]
    assert "5 stones. You wrote 40: 8.0 times too high." in shown[2]


def test_the_map_shows_what_became_of_each(lesson: str) -> None:
    """Passed stays passed."""
    grading.attempt(f"{lesson}.1", "SELECT count(*) FROM stones")
    grading.attempt(f"{lesson}.1", "SELECT 1")
    grading.attempt(f"{lesson}.2", "b")
    assert grading.progress().text.splitlines() == [
        "Small",
        f"  {lesson} Stones: 1 of 5 passed",
        f"    ● {lesson}.1  ◐ {lesson}.2  ○ {lesson}.10  ○ {lesson}.11  ○ {lesson}.12",
        "● passed  ◐ tried  ○ untouched",
    ]


def test_a_locked_progress_does_not_hide_the_verdict(lesson: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict is shown, and below it what is wrong."""
    monkeypatch.setattr(_progress, "_BUSY_S", 0.05)
    with contextlib.closing(sqlite3.connect(_progress.path(), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        shown = grading.attempt(f"{lesson}.1", "SELECT count(*) FROM stones").text
    assert shown.startswith("✔ Right, on 2 data sets")
    assert "Your progress could not be noted (database is locked)" in shown
    grading.attempt(f"{lesson}.2", "a")
    assert _progress.read()[0][f"{lesson}.1"].passed


def test_an_exercise_in_the_wrong_lesson_is_found(tmp_path: Path, lesson: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes exercises reads which one it is."""
    number = small_lesson.write(tmp_path, "none", EXERCISES.replace("LESSON", "7.2"))
    monkeypatch.setenv("MNEMO_COURSE", str(tmp_path))
    with pytest.raises(MnemoError, match=rf"The exercises of lesson {number} hold one numbered 7.2.1."):
        grading.exercises()
