"""The kind ``choice``: one of several sentences is right, and a query says which."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import cleandoc
from typing import ClassVar

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading._answer import letter
from mnemo_helpers.grading._exercise import Exercise, Verdict
from mnemo_helpers.grading._measure import as_shown


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice(Exercise):
    """A question with its answers given.

    Attributes:
        options: the answers by letter.
        proof: a query on the data as shown that gives the right letter.
        because: for each wrong letter, why it is wrong.
        predicts: whether the letter is noted first, and judged when it is measured.
    """

    kind: ClassVar[str] = "choice"

    options: Mapping[str, str]
    proof: str
    because: Mapping[str, str]
    predicts: bool = False


def choice(
    id: str,
    *,
    minutes: int,
    options: Mapping[str, str],
    proof: str,
    because: Mapping[str, str],
    hints: tuple[str, ...] = (),
    optional: bool = False,
    predicts: bool = False,
) -> Choice:
    """Describe a question with its answers given, of which a query finds the right one.

    Args:
        id: the lesson's id and a number.
        minutes: how long it takes.
        options: the answers by letter.
        proof: a query on the data as shown, one row, one column: the right letter.
        because: for each wrong letter, why it is wrong.
        hints: none or three.
        optional: True where the lesson goes on without it.
        predicts: True where it is to be answered before the lesson shows it: the letter is noted, then measured.
    """
    return Choice(
        id=id,
        minutes=minutes,
        hints=tuple(hints),
        optional=optional,
        options=options,
        proof=proof,
        because=because,
        predicts=predicts,
    )


def judge(exercise: Choice, answer: str | None, dataset: str) -> Verdict:
    """Compare a letter with the one that the proof gives; None where nothing was predicted."""
    right = right_letter(exercise, dataset)
    seen = render.stack(render.note("info", "What says so:"), render.pre(cleandoc(exercise.proof)))
    if answer is None:
        told = f"Measured: {right}) {exercise.options[right]}. You had not written down a prediction."
        return Verdict("not_attempted", told, evidence=(seen,))
    said = letter(answer, exercise.options)
    if said == right:
        return Verdict("pass", f"Right: {exercise.options[said]}.", evidence=(seen,))
    return Verdict("fail", exercise.because.get(said, "That is not it."), said)


def list_options(exercise: Choice) -> str:
    """Return the answers, one a line."""
    return "\n".join(f"{name})  {text}" for name, text in exercise.options.items())


@functools.cache
def right_letter(exercise: Choice, dataset: str) -> str:
    """Return the letter that the proof gives on the data as shown."""
    found = as_shown(dataset, exercise.proof)
    if found not in exercise.options:
        raise MnemoError(f"The proof of exercise {exercise.id} gives {found!r}, which is none of its answers.")
    return found
