"""From an answer to its verdict, whatever the kind of the exercise."""

from __future__ import annotations

import psycopg

from mnemo_helpers import course, render
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading import _behaviour, _choice, _indexed, _interleaved, _prediction, _query, _reason, _refute
from mnemo_helpers.grading._answer import NotAnAttempt, require_attempt
from mnemo_helpers.grading._choice import Choice, list_options
from mnemo_helpers.grading._counterexample import Counterexample
from mnemo_helpers.grading._exercise import Exercise, Verdict
from mnemo_helpers.grading._index import Indexed
from mnemo_helpers.grading._inventory import exercise
from mnemo_helpers.grading._prediction import Prediction
from mnemo_helpers.grading._query import Query
from mnemo_helpers.grading._relation import Reasoning
from mnemo_helpers.grading._schema import Schema
from mnemo_helpers.grading._stage import Interleaved


def check(id: str, answer: str, *, own: str | None = None) -> Verdict:
    """Judge an answer; nothing is noted of it.

    Args:
        id: the exercise's.
        answer: what was written.
        own: the learner's database, on which a prediction is measured; without it, the data as shown.

    Raises:
        UnknownName: there is no such exercise.
    """
    asked = exercise(id)
    return judge(asked, answer, dataset=course.lesson(asked.lesson).data, own=own)


def judge(exercise: Exercise, answer: str | None, *, dataset: str, own: str | None = None) -> Verdict:
    """Judge an answer to an exercise that need not stand in a lesson; never raises.

    Args:
        exercise: what was asked.
        answer: what was written; None only for a prediction that nobody made.
        dataset: the data set as shown.
        own: the learner's database, on which a prediction is measured.
    """
    try:
        return _judge(exercise, answer, dataset, own)
    except NotAnAttempt as lack:
        options = f"\n{list_options(exercise)}" if isinstance(exercise, Choice) else ""
        return Verdict("not_attempted", f"{lack}{options}", evidence=_shown_before(exercise))
    except MnemoError as problem:
        return Verdict("not_graded", f"Your answer was not judged. {problem}")
    except (psycopg.Error, OSError) as problem:
        return Verdict(
            "not_graded", f"Your answer was not judged: the check has no connection.\n{problem}\nRun this cell again."
        )
    except Exception as problem:
        # A learner can do nothing about a defect of the course, so it must not stop their notebook.
        return Verdict(
            "not_graded",
            f"Your answer was not judged. This is a defect of the course, not of your answer; please report it: "
            f"{type(problem).__name__}: {problem}",
        )


def _shown_before(exercise: Exercise) -> tuple[render.Shown, ...]:
    """Return what is to be seen before there is an answer: the demands of a workload."""
    if not isinstance(exercise, Indexed):
        return ()
    try:
        return (_indexed.rules(exercise),)
    except (MnemoError, psycopg.Error, OSError):
        return ()


def _judge(exercise: Exercise, answer: str | None, dataset: str, own: str | None) -> Verdict:
    if answer is not None:
        require_attempt(answer)
    match exercise:
        case Prediction():
            return _prediction.judge(exercise, answer, dataset, own)
        case Choice():
            return _choice.judge(exercise, answer, dataset)
        case Query():
            return _query.judge(exercise, answer or "", dataset)
        case Counterexample():
            return _refute.judge(exercise, answer or "")
        case Reasoning():
            return _reason.judge(exercise, answer or "")
        case Schema():
            return _behaviour.judge(exercise, answer or "", dataset)
        case Indexed():
            return _indexed.judge(exercise, answer or "")
        case Interleaved():
            return _interleaved.judge(exercise, answer or "")
    raise MnemoError(f"No check is known for exercises of the kind {exercise.kind}.")
