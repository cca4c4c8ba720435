"""What happened on a stage: each step, what it answered, whom it waited for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.stage._answer import Answer, Refusal, carried
from mnemo_helpers.stage._script import words

_ROWS = 10


@dataclass(frozen=True)
class Wait:
    """A step that waited.

    Attributes:
        whom: the sessions that it waited for.
        lock: for what.
        until: the number of the step with which it went on; None where it waited to the end.
    """

    whom: tuple[str, ...]
    lock: str
    until: int | None = None


@dataclass(frozen=True)
class Played:
    """A step that was played.

    Attributes:
        number: its place in the order, from 1.
        session: whose.
        sql: what was sent.
        answers: what came back, one for each statement.
        error: the error that ended it, or None.
        notices: what the server said beside it, the first line of each.
        wait: whom it waited for, or None.
    """

    number: int
    session: str
    sql: str
    answers: tuple[Answer, ...] = ()
    error: Refusal | None = None
    notices: tuple[str, ...] = ()
    wait: Wait | None = None

    @property
    def finished(self) -> bool:
        """Whether it came to an end while the steps were played."""
        return self.wait is None or self.wait.until is not None

    def said(self) -> Iterator[str]:
        """Yield what came back, a line each."""
        yield from self.notices
        for answer in self.answers:
            # That BEGIN answers BEGIN is no news; that COMMIT answers ROLLBACK is.
            if answer.columns or words(self.sql)[: answer.status.count(" ") + 1] != answer.status.lower().split(" "):
                yield from _lines(answer)
        if self.error is not None:
            yield f"{self.error.sqlstate} {self.error.message}"


@dataclass(frozen=True)
class Run(render.Showing):
    """One order of the steps, played.

    Attributes:
        sessions: their names.
        steps: those that were played.
        impossible: why the next step could not be sent, where one could not, or "".
        notes: what was left open at the end, a sentence each.
    """

    sessions: tuple[str, ...]
    steps: tuple[Played, ...]
    impossible: str = ""
    notes: tuple[str, ...] = ()

    def step(self, number: int) -> Played:
        """Return a step by its number, from 1.

        Raises:
            MnemoError: there is none of that number.
        """
        if not 1 <= number <= len(self.steps):
            raise MnemoError(f"There is no step {number}.", remedy=f"There are steps 1 to {len(self.steps)}.")
        return self.steps[number - 1]

    def rows(self, number: int) -> tuple[tuple[str | None, ...], ...]:
        """Return the rows of a step, as the server's text."""
        answers = self.step(number).answers
        return answers[-1].rows if answers else ()

    def value(self, number: int) -> str | None:
        """Return the first value of the first row of a step, as the server's text; None where there is no row."""
        rows = self.rows(number)
        return rows[0][0] if rows else None

    def errors(self, session: str) -> tuple[str, ...]:
        """Return the SQLSTATEs of the errors of a session, in their order."""
        return tuple(step.error.sqlstate for step in self.steps if step.session == session and step.error)

    def known(self, session: str) -> dict[str, str | Decimal | None]:
        """Return what a session has read, by name, as its later steps may name it."""
        return carried(answer for step in self.steps if step.session == session for answer in step.answers)

    @property
    def waits(self) -> int:
        """How many steps waited."""
        return sum(step.wait is not None for step in self.steps)

    @cached_property
    def shown(self) -> render.Shown:
        """The picture, and the same in text."""
        moments = []
        for step in self.steps:
            wait, resumed = step.wait, [later for later in self.steps if later.wait and later.wait.until == step.number]
            moments.append(
                render.Moment(
                    step.number,
                    step.session,
                    step.sql,
                    said=tuple(step.said()) if wait is None else (),
                    failed=wait is None and step.error is not None,
                    waits=None if wait is None else render.Waiting(wait.whom, wait.lock, wait.until),
                    resumed=tuple(
                        render.Resumed(later.number, later.session, tuple(later.said()), later.error is not None)
                        for later in resumed
                        if later is not step
                    ),
                )
            )
        return render.swimlanes(self.sessions, moments, [*([self.impossible] if self.impossible else []), *self.notes])

    @property
    def text(self) -> str:
        """What happened, as text."""
        return self.shown.text


def _lines(answer: Answer) -> Iterator[str]:
    if not answer.columns:
        yield answer.status
    elif len(answer.columns) == 1 and len(answer.rows) == 1:
        value = answer.rows[0][0]
        yield f"{answer.columns[0]} = {'NULL' if value is None else value}"
    else:
        table = render.table(answer.columns, answer.rows[:_ROWS], right=answer.right)
        yield from table.text.split("\n")
        if not answer.rows:
            yield "no rows"
        elif len(answer.rows) > _ROWS:
            yield f"… and {len(answer.rows) - _ROWS} more rows"
