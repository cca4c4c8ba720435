"""The kind ``schema``: a schema of the learner's own, judged by what it lets in, refuses, changes and gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from mnemo_helpers.grading._exercise import FreeAnswer, Wrong
from mnemo_helpers.grading._histories import History, RoundTrip
from mnemo_helpers.grading._sections import Action, Question


@dataclass(frozen=True, kw_only=True, eq=False)
class Schema(FreeAnswer):
    """A schema to be designed, with the application's actions and questions written for it.

    Attributes:
        actions: what the application does.
        questions: what it asks.
        legal: histories that must go in, by the sentence of the business that they follow.
        illegal: histories whose last step must be refused, by the sentence that it breaks.
        one_fact: histories whose last step must touch exactly one row, by the sentence that says what is one fact.
        round_trip: original rows that go in and must come back.
    """

    kind: ClassVar[str] = "schema"

    actions: tuple[Action, ...]
    questions: tuple[Question, ...]
    legal: Mapping[str, History]
    illegal: Mapping[str, History]
    one_fact: Mapping[str, History]
    round_trip: RoundTrip | None = None

    @property
    def args(self) -> dict[str, tuple[str, ...]]:
        """The names of each action's values."""
        return {action.name: action.args for action in self.actions}


def schema(
    id: str,
    *,
    minutes: int,
    actions: tuple[Action, ...],
    questions: tuple[Question, ...],
    legal: Mapping[str, History],
    illegal: Mapping[str, History],
    one_fact: Mapping[str, History],
    reference: str,
    hints: tuple[str, ...],
    round_trip: RoundTrip | None = None,
    accepts: tuple[str, ...] = (),
    rejects: Mapping[str, Wrong] | None = None,
    optional: bool = False,
    timeout_s: float = 5.0,
) -> Schema:
    """Describe a schema to be designed; its tables, columns and types are the learner's own.

    Args:
        id: the lesson's id and a number.
        minutes: how long it takes.
        actions: what the application does; the answer has a section for each.
        questions: what it asks; the answer has a section for each.
        legal: histories that must go in, by the sentence of the business that they follow.
        illegal: histories whose last step must be refused, by the sentence that it breaks.
        one_fact: histories whose last step must touch one row, by the sentence that says what is one fact.
        reference: a right answer.
        hints: three, each nearer to the answer.
        round_trip: original rows that go in and must come back.
        accepts: other right answers.
        rejects: wrong answers by misconception.
        optional: True where the lesson goes on without it.
        timeout_s: seconds that one statement of the answer may take.
    """
    return Schema(
        id=id,
        minutes=minutes,
        hints=tuple(hints),
        optional=optional,
        reference=reference,
        accepts=tuple(accepts),
        rejects=rejects or {},
        timeout_s=timeout_s,
        actions=tuple(actions),
        questions=tuple(questions),
        legal=legal,
        illegal=illegal,
        one_fact=one_fact,
        round_trip=round_trip,
    )
