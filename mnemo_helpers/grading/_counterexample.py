"""The kind ``counterexample``: a few legal rows that make a claim fail.

The answer is written as ``INSERT INTO … VALUES …``, since everybody who takes the course has written that before: the
starter gives its head, the rows can be tried in a cell of one's own, and several tables need no form of their own. Rows
alone will do where there is one table. It is read as data: only values that are written out are sent, so an answer
cannot compute, loop, drop or look anything up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from mnemo_helpers.grading._claims import Alike, Rule
from mnemo_helpers.grading._exercise import FreeAnswer, Wrong


@dataclass(frozen=True, kw_only=True, eq=False)
class Counterexample(FreeAnswer):
    """A claim to be refuted by rows.

    Attributes:
        tables: statements that make the tables, and any rows that are there before.
        claim: what the rows must break.
        given: rules that the rows must keep, beyond what the tables enforce.
        most_rows: how many rows there may be, in all tables.
        mistake: a query on rows that break nothing, one row, one column: the misconception, or NULL.
    """

    kind: ClassVar[str] = "counterexample"

    tables: str
    claim: Rule | Alike
    given: tuple[Rule, ...] = ()
    most_rows: int = 5
    mistake: str = ""


def counterexample(
    id: str,
    *,
    minutes: int,
    tables: str,
    claim: Rule | Alike,
    reference: str,
    hints: tuple[str, ...],
    given: tuple[Rule, ...] = (),
    most_rows: int = 5,
    mistake: str = "",
    accepts: tuple[str, ...] = (),
    rejects: Mapping[str, Wrong] | None = None,
    optional: bool = False,
    timeout_s: float = 5.0,
) -> Counterexample:
    """Describe a claim that a few rows refute; they go into an empty database that holds these tables only.

    Args:
        id: the lesson's id and a number.
        minutes: how long it takes.
        tables: statements that make the tables, and any rows that are there before.
        claim: what the rows must break: ``determines``, ``joins_back``, ``alike`` or ``never``.
        reference: a right answer.
        hints: three, each nearer to the answer.
        given: rules that the rows must keep, beyond what the tables enforce, such as dependencies that do hold.
        most_rows: how many rows there may be, in all tables.
        mistake: a query that is asked where the rows are legal and the claim holds; one row, one column: the name of
            the misconception in ``rejects`` that they show, or NULL. Other failures need no query: they are known by
            the error, the rule or the words with which a wrong answer fails too.
        accepts: other right answers.
        rejects: wrong answers by misconception.
        optional: True where the lesson goes on without it.
        timeout_s: seconds that one statement of the check may take.
    """
    return Counterexample(
        id=id,
        minutes=minutes,
        hints=tuple(hints),
        optional=optional,
        reference=reference,
        accepts=tuple(accepts),
        rejects=rejects or {},
        timeout_s=timeout_s,
        tables=tables,
        claim=claim,
        given=tuple(given),
        most_rows=most_rows,
        mistake=mistake,
    )
