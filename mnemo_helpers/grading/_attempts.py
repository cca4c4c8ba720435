"""What a learner does with an exercise: tries it, asks for a hint, measures, looks at the solution; all of it noted."""

from __future__ import annotations

from collections import defaultdict
from inspect import cleandoc
from typing import Literal, TypeGuard

from mnemo_helpers import course, render
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading import _progress
from mnemo_helpers.grading._answer import NotAnAttempt, letter
from mnemo_helpers.grading._check import check, judge
from mnemo_helpers.grading._choice import Choice, list_options, right_letter
from mnemo_helpers.grading._exercise import Exercise, FreeAnswer, Verdict
from mnemo_helpers.grading._inventory import exercise, exercises
from mnemo_helpers.grading._prediction import Prediction, guess
from mnemo_helpers.render import Shown


def attempt(id: str, answer: str, *, own: str | None = None) -> Shown:
    """Judge an answer and note what became of it; a prediction is noted only, to be measured later.

    Args:
        id: the exercise's.
        answer: what was written.
        own: the learner's database.

    Raises:
        UnknownName: there is no such exercise.
    """
    asked = exercise(id)
    if not _predicts(asked):
        return _noted(id, check(id, answer, own=own))
    try:
        if isinstance(asked, Choice):
            noted = letter(answer, asked.options)
            said = f"{noted}) {asked.options[noted]}"
        else:
            number = guess(asked, answer)
            noted, said = f"{number:.10g}", f"{number:,.10g} {asked.unit}".rstrip()
    except NotAnAttempt as lack:
        options = f"\n{list_options(asked)}" if isinstance(asked, Choice) else ""
        return render.note("not_attempted", f"{lack}{options}")
    return _with(_progress.add(id, guess=noted), render.note("info", f"Noted: {said}. %measure {id} compares."))


def measure(id: str, *, own: str | None = None) -> Shown:
    """Measure what was predicted, and compare.

    Args:
        id: the exercise's.
        own: the learner's database; without it, the data as shown are measured.

    Raises:
        UnknownName: there is no such exercise.
        MnemoError: the exercise is no prediction.
    """
    asked = exercise(id)
    if not _predicts(asked):
        raise MnemoError(f"Exercise {id} is no prediction.", remedy=f"Answer it in a cell that begins %%exercise {id}.")
    entries, trouble = _progress.read()
    guessed = entries[id].guess if id in entries else None
    verdict = judge(asked, guessed, dataset=course.lesson(asked.lesson).data, own=own)
    return _with(trouble, _noted(id, verdict))


def hint(id: str) -> Shown:
    """Return the next hint: first what the last wrong answer calls for, then the exercise's own, one at a time.

    Raises:
        UnknownName: there is no such exercise.
    """
    asked = exercise(id)
    entries, trouble = _progress.read()
    known = entries.get(id, _progress.Entry())
    special = asked.rejects.get(known.misconception or "") if isinstance(asked, FreeAnswer) else None
    if special and special.hint and known.hinted != known.misconception:
        trouble = _progress.add(id, hinted=known.misconception) or trouble
        return _with(trouble, render.note("hint", special.hint))
    count = len(asked.hints)
    if known.hints < count:
        trouble = _progress.add(id, hints=1) or trouble
        return _with(trouble, render.note("hint", f"{known.hints + 1} of {count}: {asked.hints[known.hints]}"))
    given = [f"{i} of {count}: {text}" for i, text in enumerate(asked.hints, 1)]
    if given:
        last = f"There are no more hints. Last comes %solution {id}."
    elif _predicts(asked):
        last = f"A prediction has no hints: guess, then %measure {id} shows what is so."
    else:
        last = "This exercise has no hints: choose one of its answers, and the verdict says why."
    return _with(trouble, render.note("hint", "\n".join([*given, last])))


def solution(id: str) -> Shown:
    """Return a right answer, once the exercise has been tried.

    Raises:
        UnknownName: there is no such exercise.
        MnemoError: the right answer must be measured, and cannot be.
    """
    asked = exercise(id)
    dataset = course.lesson(asked.lesson).data
    entries, trouble = _progress.read()
    if id not in entries or not entries[id].tries:
        helps = (
            f"; %measure {id} compares a guess" if _predicts(asked) else f"; %hint {id} helps" if asked.hints else ""
        )
        return _with(trouble, render.note("info", f"Try it first{helps}. The solution is shown after a try."))
    match asked:
        case FreeAnswer():
            shown = render.note("info", "One right answer, of several:", render.pre(cleandoc(asked.reference)))
        case Choice():
            right = right_letter(asked, dataset)
            shown = render.note("info", f"{right})  {asked.options[right]}", render.pre(cleandoc(asked.proof)))
        case _:
            shown = judge(asked, entries[id].guess, dataset=dataset).shown
    return _with(trouble, shown)


def progress() -> Shown:
    """Return the map of the course: its lessons, and what became of their exercises."""
    entries, trouble = _progress.read()
    of: dict[str, list[tuple[str, Literal["passed", "tried", "untouched"]]]] = defaultdict(list)
    for id, asked in exercises().items():
        known = entries.get(id, _progress.Entry())
        of[asked.lesson].append((id, "passed" if known.passed else "tried" if known.tries else "untouched"))
    modules: dict[str, list[render.Stop]] = defaultdict(list)
    for lesson in course.lessons().values():
        modules[lesson.module].append(render.Stop(f"{lesson.id} {lesson.title}", tuple(of[lesson.id])))
    return _with(trouble, render.course_map(modules))


def missed(number: str) -> list[str]:
    """Return the exercises of a lesson that nobody has passed here yet, in their order.

    Args:
        number: the lesson's id.

    Raises:
        UnknownName: there is no such lesson.
    """
    course.lesson(number)
    entries, trouble = _progress.read()
    if trouble:
        render.show(render.note("info", trouble))
    return [
        id
        for id, asked in exercises().items()
        if asked.lesson == number and not entries.get(id, _progress.Entry()).passed
    ]


def _predicts(asked: Exercise) -> TypeGuard[Prediction | Choice]:
    return isinstance(asked, Prediction) or (isinstance(asked, Choice) and asked.predicts)


def _noted(id: str, verdict: Verdict) -> Shown:
    if verdict.status not in ("pass", "fail"):
        return verdict.shown
    passed = verdict.status == "pass"
    return _with(_progress.add(id, tries=1, passed=passed, misconception=verdict.misconception), verdict.shown)


def _with(trouble: str | None, shown: Shown) -> Shown:
    return render.stack(shown, render.note("info", trouble)) if trouble else shown
