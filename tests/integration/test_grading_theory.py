"""Counterexamples and questions on relations in a lesson: tried, hinted, solved, and noted as every exercise is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import small_data
import small_lesson

from mnemo_helpers import grading
from mnemo_helpers.lesson import missed

EXERCISES = """
from mnemo_helpers.grading import Keys, counterexample, determines, keeps, relation, wrong
from mnemo_helpers.relations import Relation

STONES = Relation("ABC", "AB -> C; C -> B")
keys = relation(
    "LESSON.1", minutes=1, of=STONES, asks=Keys(), reference="AB, AC",
    rejects={"one_is_not_all": wrong("AB", "One known key is not all.", hint="What does C determine?")},
    hints=("first", "second", "third"),
)
not_b = counterexample(
    "LESSON.2", minutes=1, tables="CREATE TABLE r (a int, b int, c int)",
    given=keeps("r", STONES), claim=determines("r", "b", "c"), reference="(1, 1, 1), (2, 1, 2)",
    rejects={"against_the_rules": wrong("(1, 1, 1), (1, 1, 2)", "But A and B determine C.", hint="Look at A.")},
    hints=("first", "second", "third"),
)
"""


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The number of a lesson with one exercise of each kind, in a course that only this module has."""
    root = tmp_path_factory.mktemp("course")
    with pytest.MonkeyPatch.context() as patch, small_data.small(root, patch) as data:
        patch.setenv("MNEMO_PROGRESS", str(root / "progress.sqlite"))
        yield small_lesson.write(root, data, EXERCISES)


@pytest.mark.parametrize(
    ("number", "wrong", "because", "hint", "right"),
    [
        (1, "keys: AB", "One known key is not all.", "What does C determine?", "keys: BA, CA"),
        (2, "VALUES (3, 1, 1), (3, 1, 2)", "But A and B determine C.", "Look at A.", "(1, 2, 3), (2, 2, 4)"),
    ],
)
def test_they_are_exercises_as_all_others(
    lesson: str, number: int, wrong: str, because: str, hint: str, right: str
) -> None:
    """The misconception's hint comes first, the solution after a try, and what is passed is noted."""
    id = f"{lesson}.{number}"
    assert "There is no answer" in str(grading.attempt(id, "-- nothing"))
    assert "Try it first" in str(grading.solution(id))
    assert because in str(grading.attempt(id, wrong))
    assert str(grading.hint(id)) == f"→ {hint}"
    assert str(grading.hint(id)) == "→ 1 of 3: first"
    assert grading.exercise(id).reference in str(grading.solution(id))  # type: ignore[attr-defined]
    assert id in missed(lesson)
    assert str(grading.attempt(id, right)).startswith("✔ Right")
    assert id not in missed(lesson)
