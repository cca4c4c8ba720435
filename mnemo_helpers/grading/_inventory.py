"""Every exercise of the course, as the lessons' ``exercises.py`` hold them."""

from __future__ import annotations

import functools
from pathlib import Path

from mnemo_helpers import course
from mnemo_helpers.errors import MnemoError, UnknownName
from mnemo_helpers.grading._exercise import Exercise


def exercises() -> dict[str, Exercise]:
    """Return every exercise by id, in the order of the course.

    Raises:
        MnemoError: two have the same id, or one has the id of another lesson.
    """
    return _exercises(course.root())


@functools.cache
def _exercises(_root: Path) -> dict[str, Exercise]:
    found: dict[str, Exercise] = {}
    for lesson in course.lessons().values():
        if not lesson.exercises.is_file():
            continue
        values = [value for value in vars(course.load(lesson.exercises)).values() if isinstance(value, Exercise)]
        for exercise in sorted(dict.fromkeys(values), key=lambda exercise: [*map(int, exercise.id.split("."))]):
            if exercise.id in found or exercise.lesson != lesson.id:
                raise MnemoError(f"The exercises of lesson {lesson.id} hold one numbered {exercise.id}.")
            found[exercise.id] = exercise
    return found


def exercise(id: str) -> Exercise:
    """Return the exercise of that id.

    Raises:
        UnknownName: there is none; the message names the nearest.
    """
    known = exercises()
    if id not in known:
        raise UnknownName("exercise", id, known)
    return known[id]
