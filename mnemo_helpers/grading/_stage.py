"""The kind ``stage``: several sessions at once, judged by playing every order of their steps that can happen.

What sessions do is written as the stage has it, ``alice: UPDATE …`` a line, or as plain SQL where one text is asked
for: each statement is then a step, ``BEGIN`` together with the one behind it. What a session has read, its later
statements may name: after ``SELECT n FROM counter`` its ``:n`` is that value, as an application keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading._exercise import FreeAnswer, Wrong
from mnemo_helpers.stage import LEVELS, Stage

TRY_AGAIN = ("40001", "40P01")
"""What ends a transaction that is to be tried again: a serialization failure, a deadlock."""


@dataclass(frozen=True)
class Raced:
    """Has the steps that are asked for run by clients that are cut off, all with one text and values of their own.

    First a client is cut off after each of its steps, what the step has answered lost with it; the others come, and
    then the same again with the same values. Then one request comes twice at once, in every order. At last many
    clients race, and some are cut off. A client is told what its last try has read, once its last step is done.

    Attributes:
        values: the values of each request by name; ``{client}`` and ``{request}`` in them are numbers from 1.
        told: the names among those that a request has or reads which the laws speak of.
        laws: what must hold afterwards, in words, and a query of the rows that break it; it may read the table
            ``told``, which has a row for each request whose client was told, and those names as texts.
        tables: statements that follow those which make the tables, for the race of many.
        twice: statements that follow those which make the tables, for the request that comes twice at once: where there
            is enough for both, doing it twice shows.
        clients: how many there are at once.
        requests: how many each of them has.
        cuts: how many of all requests are cut off.
    """

    values: Mapping[str, str]
    told: tuple[str, ...]
    laws: Mapping[str, str]
    tables: str = ""
    twice: str = ""
    clients: int = 16
    requests: int = 4
    cuts: int = 16


@dataclass(frozen=True)
class Steps:
    """Asks what sessions do, so that the invariant holds in every order at each level that the exercise names.

    Attributes:
        sessions: whose steps are asked for.
        must_do: a sentence in SQL that is true when all sessions have come one after the other, in any order; the work
            that an answer must get done.
        says: the same in words.
        values: where one text is asked for that all sessions run, the values of each by name, as ``:name`` in the text.
        decides: what the answer decides about its transactions: ``nothing``, since its steps stand between a BEGIN and
            a COMMIT that are given; its ``transaction``, begun and ended where it likes; or their ``level`` too.
        most_waits: how many steps may wait in one order; None for any number.
        most_steps: how many steps a session may take, those that are given to it aside.
        may_fail: the SQLSTATEs with which a session may fail; one to be tried again only where others are at work.
        race: what else an answer goes through that holds in every order; None where that is all.
    """

    sessions: tuple[str, ...]
    must_do: str
    says: str
    values: Mapping[str, Mapping[str, str | int]] = field(default_factory=dict)
    decides: Literal["nothing", "transaction", "level"] = "transaction"
    most_waits: int | None = None
    most_steps: int = 6
    may_fail: tuple[str, ...] = TRY_AGAIN
    race: Raced | None = None


@dataclass(frozen=True)
class Level:
    """Asks for the weakest isolation level at which the invariant holds in every order of the given steps."""


@dataclass(frozen=True)
class Invariant:
    """Asks for a sentence in SQL that is true or false: what must always hold.

    Attributes:
        good: statements that lead to a state in which it must be true, by what happened in words.
        broken: statements that lead to a state in which it must be false.
    """

    good: Mapping[str, str]
    broken: Mapping[str, str]


@dataclass(frozen=True)
class Order:
    """Asks for an order of the given steps in which the invariant breaks."""


Asked = Steps | Level | Invariant | Order


@dataclass(frozen=True, kw_only=True, eq=False)
class Interleaved(FreeAnswer):
    """A question about sessions that are at work at the same time.

    Attributes:
        tables: statements that make the tables and their rows.
        given: the steps that are given, as a stage has them.
        invariant: what must be true after each run, in SQL; or ``serial``: the same as one after the other.
        says: the same in words.
        levels: the isolation levels at which it is played.
        asks: what is asked.
    """

    kind: ClassVar[str] = "stage"

    tables: str
    given: str
    invariant: str
    says: str
    levels: tuple[str, ...]
    asks: Asked


def stage(
    id: str,
    *,
    minutes: int,
    tables: str,
    asks: Asked,
    reference: str,
    hints: tuple[str, ...],
    says: str,
    given: str = "",
    invariant: str = "serial",
    levels: tuple[str, ...] = ("read committed",),
    accepts: tuple[str, ...] = (),
    rejects: Mapping[str, Wrong] | None = None,
    optional: bool = False,
    timeout_s: float = 5.0,
) -> Interleaved:
    """Describe a question about several sessions; each order begins from the same tables, in a database of its own.

    Args:
        id: the lesson's id and a number.
        minutes: how long it takes.
        tables: statements that make the tables and their rows.
        asks: ``Steps``, ``Level``, ``Invariant`` or ``Order``.
        reference: a right answer.
        hints: three, each nearer to the answer.
        says: what must always hold, in words, as a sentence.
        given: the steps that are given, as a stage has them; for ``Level`` and ``Order`` all of them.
        invariant: what must always hold, in SQL; or ``serial``: what is read, raised and left is what it is when the
            sessions come one after the other. Of no use where ``Invariant`` is asked.
        levels: the isolation levels at which it must hold; for ``Order`` the one at which it is played.
        accepts: other right answers.
        rejects: wrong answers by misconception; an answer that fails in the same way, with the same ends, is known by
            it.
        optional: True where the lesson goes on without it.
        timeout_s: seconds that one step may take when it waits for no other.

    Raises:
        MnemoError: the parts do not fit together.
    """
    _fit(asks, given, levels)
    return Interleaved(
        id=id,
        minutes=minutes,
        hints=tuple(hints),
        optional=optional,
        reference=reference,
        accepts=tuple(accepts),
        rejects=rejects or {},
        timeout_s=timeout_s,
        tables=tables,
        given=given,
        invariant=invariant,
        says=says,
        levels=tuple(levels),
        asks=asks,
    )


def _fit(asks: Asked, given: str, levels: tuple[str, ...]) -> None:
    unknown = [level for level in levels if level not in LEVELS]
    if unknown or not levels:
        raise MnemoError(
            f"There is no isolation level {', '.join(unknown)}.", remedy=f"There are: {', '.join(LEVELS)}."
        )
    there = Stage(given).script.sessions if given else ()
    match asks:
        case Steps(sessions=sessions, values=values, race=race):
            if race is not None and (given or len(levels) != 1 or {*race.values} != {*next(iter(values.values()), ())}):
                raise MnemoError("A race is run at one level, with one text and the values that its sessions have.")
            if not sessions or len({*sessions, *there}) < 2 or {*sessions} & {*there}:
                raise MnemoError("The sessions that are asked for and those that are given make two or more.")
            if values and {*values} != {*sessions}:
                raise MnemoError("Where one text is asked for, each session has its values.")
        case Invariant(good=good, broken=broken):
            if not good or not broken:
                raise MnemoError("An invariant needs a good end and a broken one, to be judged by.")
        case Level() | Order():
            if len(there) < 2:
                raise MnemoError("The steps of two or more sessions are given.")
            if isinstance(asks, Order) and len(levels) != 1:
                raise MnemoError("An order is played at one level.")
