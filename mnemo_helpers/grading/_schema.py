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
    """A schema to be designed, with the application's actions and questions.

    Attributes:
        actions: what the application does.
        questions: what it asks.
        legal: histories that must go in, by the sentence of the business that they follow.
        illegal: histories whose last step must be refused, by the sentence that it breaks.
        one_fact: histories whose last step must touch exactly one row, by the sentence that says what is one fact.
        laws: queries that must give no row, by the sentence that a row of theirs breaks. Each question is a relation of
            its name to them.
        round_trip: original rows that go in and must come back.
        given: statements that run before the answer's, under its role; the answer then adds to what they make.
        with_data: whether all that happens on a copy of the lesson's data set, not in an empty database.
    """

    kind: ClassVar[str] = "schema"

    actions: tuple[Action, ...]
    questions: tuple[Question, ...]
    legal: Mapping[str, History]
    illegal: Mapping[str, History]
    one_fact: Mapping[str, History]
    laws: Mapping[str, str]
    round_trip: RoundTrip | None = None
    given: str = ""
    with_data: bool = False

    def action(self, name: str) -> Action:
        """Return the action of this name."""
        return next(action for action in self.actions if action.name == name)

    @property
    def roles(self) -> set[str]:
        """The roles under which actions are taken and questions asked, other than the owner of the tables."""
        parts: tuple[Action | Question, ...] = (*self.actions, *self.questions)
        return {part.role for part in parts if part.role}

    @property
    def checks(self) -> int:
        """How many checks an answer has to pass."""
        told = (self.legal, self.illegal, self.one_fact, self.laws)
        return sum(map(len, told)) + bool(self.round_trip) + len(self.raced)

    @property
    def raced(self) -> dict[str, History]:
        """The histories, legal and illegal, that are tried in two sessions at once as well."""
        told = {**self.legal, **self.illegal}
        return {sentence: history for sentence, history in told.items() if history.at_once}


def schema(
    id: str,
    *,
    minutes: int,
    actions: tuple[Action, ...],
    reference: str,
    hints: tuple[str, ...],
    questions: tuple[Question, ...] = (),
    legal: Mapping[str, History] | None = None,
    illegal: Mapping[str, History] | None = None,
    one_fact: Mapping[str, History] | None = None,
    laws: Mapping[str, str] | None = None,
    round_trip: RoundTrip | None = None,
    given: str = "",
    with_data: bool = False,
    accepts: tuple[str, ...] = (),
    rejects: Mapping[str, Wrong] | None = None,
    optional: bool = False,
    timeout_s: float = 5.0,
) -> Schema:
    """Describe a schema to be designed; its tables, columns and types are the learner's own.

    Args:
        id: the lesson's id and a number.
        minutes: how long it takes.
        actions: what the application does; the answer has a section for each that has no SQL.
        reference: a right answer.
        hints: three, each nearer to the answer.
        questions: what it asks; the answer has a section for each that has no SQL.
        legal: histories that must go in, by the sentence of the business that they follow.
        illegal: histories whose last step must be refused, by the sentence that it breaks.
        one_fact: histories whose last step must touch one row, by the sentence that says what is one fact.
        laws: queries that must give no row, by the sentence that a row of theirs breaks; each question is a relation
            of its name to them.
        round_trip: original rows that go in and must come back.
        given: statements that run before the answer's, under its role; the answer then adds to what they make.
        with_data: True to have all that happen on a copy of the lesson's data set, not in an empty database.
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
        legal=legal or {},
        illegal=illegal or {},
        one_fact=one_fact or {},
        laws=laws or {},
        round_trip=round_trip,
        given=given,
        with_data=with_data,
    )
