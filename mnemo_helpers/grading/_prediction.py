"""The kind ``prediction``: a number that is written down first and measured afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from inspect import cleandoc
from typing import ClassVar

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading._answer import number
from mnemo_helpers.grading._exercise import Exercise, Verdict
from mnemo_helpers.grading._measure import as_shown, in_own

_OWN_S = 10.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction(Exercise):
    """A number to be guessed before it is measured.

    Attributes:
        label: what stands before the colon in the cell.
        measure: a query that gives the number.
        within_factor: how many times too large or too small a guess may be.
        unit: what is counted, as ``"rows"``.
        because: what to say when it is ``too_low`` or ``too_high``.
    """

    kind: ClassVar[str] = "prediction"

    label: str
    measure: str
    within_factor: float = 2.0
    unit: str = ""
    because: Mapping[str, str] = field(default_factory=dict)


def prediction(
    id: str,
    *,
    minutes: int,
    label: str,
    measure: str,
    within_factor: float = 2.0,
    unit: str = "",
    because: Mapping[str, str] | None = None,
    hints: tuple[str, ...] = (),
    optional: bool = False,
) -> Prediction:
    """Describe a number to be guessed before it is measured.

    Args:
        id: the lesson's id and a number.
        minutes: how long it takes.
        label: what stands before the colon in the cell.
        measure: a query, one row, one column: the number.
        within_factor: how many times too large or too small a guess may be.
        unit: what is counted.
        because: what to say when it is ``too_low`` or ``too_high``.
        hints: none or three.
        optional: True where the lesson goes on without it.
    """
    return Prediction(
        id=id,
        minutes=minutes,
        hints=tuple(hints),
        optional=optional,
        label=label,
        measure=measure,
        within_factor=within_factor,
        unit=unit,
        because=because or {},
    )


def guess(exercise: Prediction, answer: str) -> float:
    """Return the number that an answer gives.

    Raises:
        NotAnAttempt: it gives none that could be meant.
    """
    return number(answer, words=(exercise.unit, exercise.label))


def judge(exercise: Prediction, answer: str | None, dataset: str, own: str | None) -> Verdict:
    """Measure now, and compare a guess with it.

    Args:
        exercise: the prediction.
        answer: the guess, None where nothing was guessed.
        dataset: what to measure where ``own`` cannot be.
        own: the learner's database.
    """
    guessed = None if answer is None else guess(exercise, answer)
    measured, where = _measure(exercise, dataset, own)
    shown = (render.pre(cleandoc(exercise.measure)),)
    number = f"Measured{where}: {_amount(exercise, measured)}"
    if guessed is None:
        return Verdict("not_attempted", f"{number}. You had not written down a prediction.", evidence=shown)
    if guessed == measured or (guessed and measured and _factor(guessed, measured) <= exercise.within_factor):
        return Verdict("pass", f"{number}. You wrote {guessed:,.10g}: close enough.", evidence=shown)
    side = "too_low" if guessed < measured else "too_high"
    factor = _factor(guessed, measured) if guessed and measured else 0.0
    far = f"{factor:,.{0 if factor >= 10 else 1}f} times " if factor >= 1.05 else ""
    because = f"\n{exercise.because[side]}" if side in exercise.because else ""
    message = f"{number}. You wrote {guessed:,.10g}: {far}{side.replace('_', ' ')}.{because}"
    return Verdict("fail", message, side, shown)


def _measure(exercise: Prediction, dataset: str, own: str | None) -> tuple[float, str]:
    if own is not None:
        try:
            return float(in_own(own, exercise.measure, statement_s=_OWN_S)), " in your database"
        except (MnemoError, ValueError):
            where = " on the data as shown, since your database does not answer this now"
    else:
        where = " on the data as shown"
    return float(as_shown(dataset, exercise.measure)), where


def _factor(guessed: float, measured: float) -> float:
    return max(guessed / measured, measured / guessed)


def _amount(exercise: Prediction, measured: float) -> str:
    return f"{measured:,.10g} {exercise.unit}".strip()
