"""What every exercise has, the wrong answers that it knows, and the verdict on an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from mnemo_helpers import render

Status = Literal["pass", "fail", "not_attempted", "not_graded"]


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that people really give.

    Attributes:
        answer: what they write.
        because: one or two sentences that tell the reader why it is wrong.
        hint: what ``%hint`` says first after this answer, if anything.
    """

    answer: str
    because: str
    hint: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Exercise:
    """What every kind of exercise has.

    Attributes:
        id: the lesson's id and a number, as ``"1.1.2"``; never given to another exercise.
        minutes: how long it takes.
        hints: three, each nearer to the answer than the one before; some short kinds have none.
        optional: True where the lesson goes on without it.
    """

    kind: ClassVar[str]

    id: str
    minutes: int
    hints: tuple[str, ...] = ()
    optional: bool = False

    @property
    def lesson(self) -> str:
        """The id of its lesson."""
        return self.id.rpartition(".")[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class FreeAnswer(Exercise):
    """An exercise whose answer is written freely, and so may be right or wrong in several ways.

    Attributes:
        reference: a right answer, shown by ``%solution``.
        accepts: other right answers.
        rejects: wrong answers, by the misconception that each shows.
        timeout_s: seconds that one statement of the answer may take.
    """

    reference: str
    accepts: tuple[str, ...] = ()
    rejects: Mapping[str, Wrong] = field(default_factory=dict)
    timeout_s: float = 5.0


@dataclass(frozen=True)
class Verdict(render.Showing):
    """What became of an answer.

    Attributes:
        status: ``pass``, ``fail``, ``not_attempted``, or ``not_graded`` where it could not be judged.
        message: what to tell the reader.
        misconception: the name of the known wrong answer that it behaves as.
        evidence: what was seen, as tables.
    """

    status: Status
    message: str
    misconception: str | None = None
    evidence: tuple[render.Shown, ...] = ()

    @property
    def shown(self) -> render.Shown:
        """The verdict as a learner sees it."""
        return render.note(self.status, self.message, *self.evidence)


def wrong(answer: str, because: str, hint: str | None = None) -> Wrong:
    """Describe a wrong answer that people really give.

    Args:
        answer: what they write.
        because: one or two sentences that tell the reader why it is wrong.
        hint: what ``%hint`` says first after this answer.
    """
    return Wrong(answer, because, hint)
