"""Whether a sentence is an invariant: true of every good end, false of every broken one."""

from __future__ import annotations

from dataclasses import dataclass

from mnemo_helpers import render
from mnemo_helpers.grading._ground import Ground, NoSentence
from mnemo_helpers.grading._run import Refused
from mnemo_helpers.grading._seen import RIGHT, Seen
from mnemo_helpers.grading._stage import Invariant

_SAID = {True: "true", False: "false", None: "unknown (NULL)"}


@dataclass(frozen=True)
class _Judged:
    """What a sentence says of one end."""

    happened: str
    wanted: bool
    says: bool | None
    tables: render.Shown

    @property
    def right(self) -> bool:
        return self.says is self.wanted


def invariant(place: Ground, asks: Invariant, answer: str) -> Seen:
    """Ask a sentence of every end that the exercise gives.

    Args:
        place: the exercise's tables.
        asks: the ends.
        answer: the sentence.

    Raises:
        MnemoError: the exercise's own statements do not run.
        TimedOut: the sentence takes too long.
    """
    judged: list[_Judged] = []
    ends = [(*end, True) for end in asks.good.items()] + [(*end, False) for end in asks.broken.items()]
    for happened, statements, wanted in ends:
        try:
            place.own.control("BEGIN")
            place.own.control(statements)
        except Refused as no:
            raise place.broken(f"end “{happened}”", no) from None
        tables = place.shown()
        try:
            place.own.control("SET TRANSACTION READ ONLY")
            says = place.holds(answer)
        except Refused as no:
            lines = no.error.lines()
            state = no.error.sqlstate or ""
            return Seen("refused", "The server refuses it.", (render.pre("\n".join(lines)),), (state, lines[0]), state)
        except NoSentence as no:
            return Seen("no sentence", f"An invariant is one sentence that is true or false. {no}", ends=no.reason)
        finally:
            place.own.control("ROLLBACK")
        judged.append(_Judged(happened, wanted, says, tables))
    wrong = next((each for each in judged if not each.right), None)
    table = render.table(
        ("what happened", "should be", "your sentence"),
        [(each.happened, _SAID[each.wanted], _SAID[each.says] + ("" if each.right else "  ✘")) for each in judged],
    )
    if wrong is None:
        good, broken = len(asks.good), len(asks.broken)
        return Seen(RIGHT, f"Right: it is true of {good} good ends and false of {broken} broken ones.", (table,))
    ends_so = f"“{wrong.happened}”"
    if wrong.says is None:
        message = f"After {ends_so} your sentence is neither true nor false: it is NULL, which no check takes for true."
    elif wrong.wanted:
        message = f"{ends_so} is as it should be, and your sentence is false of it:"
    else:
        message = f"{ends_so} is what must never be, and your sentence is true of it:"
    return Seen("wrong", message, (wrong.tables, table), tuple(each.says for each in judged))
