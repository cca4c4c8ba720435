"""The kind ``relation``: a closure, keys, a cover, dependencies or a split, judged by algorithm.

The answer is written as on paper: ``AB, CD`` or ``(carrier, flight); (day, plane)``, one set or dependency a line or
with semicolons between them. Any right answer passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from mnemo_helpers.grading._exercise import FreeAnswer, Wrong
from mnemo_helpers.relations import Relation


@dataclass(frozen=True)
class Closure:
    """Asks for everything that ``attributes`` determine, themselves included."""

    attributes: str


@dataclass(frozen=True)
class Keys:
    """Asks for all candidate keys."""


@dataclass(frozen=True)
class Cover:
    """Asks for a minimal cover."""


@dataclass(frozen=True)
class Dependencies:
    """Asks for the dependencies themselves; any that say the same will do.

    Attributes:
        sentences: for each dependency of the relation, in its order, the sentence of the business that states it.
    """

    sentences: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Parts:
    """Asks for a split that loses no row and whose parts are in a normal form.

    Attributes:
        form: the form.
        preserving: whether every dependency must be kept within the parts too.
    """

    form: Literal["2NF", "3NF", "BCNF", "4NF"]
    preserving: bool = True


Asked = Closure | Keys | Cover | Dependencies | Parts


@dataclass(frozen=True, kw_only=True, eq=False)
class Reasoning(FreeAnswer):
    """A question about a relation.

    Attributes:
        of: the relation and its dependencies.
        asks: what is asked of it.
    """

    kind: ClassVar[str] = "relation"

    of: Relation
    asks: Asked


def relation(
    id: str,
    *,
    minutes: int,
    of: Relation,
    asks: Asked,
    reference: str,
    hints: tuple[str, ...],
    accepts: tuple[str, ...] = (),
    rejects: Mapping[str, Wrong] | None = None,
    optional: bool = False,
) -> Reasoning:
    """Describe a question about a relation, which an algorithm answers.

    Args:
        id: the lesson's id and a number.
        minutes: how long it takes.
        of: the relation and its dependencies.
        asks: ``Closure``, ``Keys``, ``Cover``, ``Dependencies`` or ``Parts``.
        reference: a right answer.
        hints: three, each nearer to the answer.
        accepts: other right answers.
        rejects: wrong answers by misconception; an answer that says the same is known by it.
        optional: True where the lesson goes on without it.
    """
    return Reasoning(
        id=id,
        minutes=minutes,
        hints=tuple(hints),
        optional=optional,
        reference=reference,
        accepts=tuple(accepts),
        rejects=rejects or {},
        of=of,
        asks=asks,
    )
