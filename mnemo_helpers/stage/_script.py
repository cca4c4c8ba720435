"""What is played: the steps of several sessions, in the order in which they are written."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mnemo_helpers.errors import MnemoError, UnknownName
from mnemo_helpers.sql import split, tokens

_STEP = re.compile(r"([^\W\d]\w*)[ \t]*:(?![:=])[ \t]*(.*)", re.DOTALL)
_ENDS = ("commit", "end", "rollback", "abort")
_BEFORE, _AFTER = "setup", "teardown"


@dataclass(frozen=True)
class Step:
    """What one session sends at once, and waits for.

    Attributes:
        session: its name.
        sql: the text, sent as it is.
    """

    session: str
    sql: str


@dataclass(frozen=True)
class Script:
    """Steps in an order.

    Attributes:
        steps: every session's steps, in the order of their start.
        setup: statements that are run before, in a session of their own.
        teardown: statements that are run afterwards, whatever happened.
    """

    steps: tuple[Step, ...]
    setup: tuple[str, ...] = ()
    teardown: tuple[str, ...] = ()

    @property
    def sessions(self) -> tuple[str, ...]:
        """The names, in the order of first appearance."""
        return tuple(dict.fromkeys(step.session for step in self.steps))

    @property
    def order(self) -> tuple[str, ...]:
        """Whose turn it is, step by step."""
        return tuple(step.session for step in self.steps)

    @property
    def text(self) -> str:
        """The script as it would be written."""
        width = max(len(name) for name in self.sessions) + 1
        lines = [("setup", sql) for sql in self.setup] + [(step.session, step.sql) for step in self.steps]
        lines += [("teardown", sql) for sql in self.teardown]
        pad = " " * (width + 1)
        return "\n".join(f"{name + ':':{width}} " + sql.replace("\n", "\n" + pad) for name, sql in lines)

    def ordered(self, order: Sequence[str]) -> Script:
        """Return the same steps in another order.

        Args:
            order: whose turn it is, step by step; each session's own steps keep their order.

        Raises:
            MnemoError: a session has another number of steps than turns.
        """
        if Counter(order) != Counter(self.order):
            raise MnemoError("An order names each session as often as it has steps.")
        steps: dict[str, Iterator[Step]] = {
            name: iter([step for step in self.steps if step.session == name]) for name in self.sessions
        }
        return replace(self, steps=tuple(next(steps[name]) for name in order))


def read(text: str, sessions: Sequence[str] | None = None) -> Script:
    """Read a script: a step a line as ``alice: SELECT 1``; lines that are set in go on with the step above.

    Lines ``setup:`` and ``teardown:`` are no sessions; they are run before and after. ``--`` and ``#`` begin comments.

    Args:
        text: the script.
        sessions: the names that there are; None for any.

    Raises:
        UnknownName: a step is for a session that is not among ``sessions``.
        MnemoError: a line is no step, or a session begins with the end of a transaction.
    """
    found: list[tuple[str, list[str]]] = []
    for line in textwrap.dedent(text).split("\n"):
        if not line.strip() or line.lstrip().startswith("#") or (line.startswith("--")):
            continue
        step = None if line[0] in " \t" else _STEP.fullmatch(line)
        if step is not None:
            found.append((step[1], [step[2]]))
        elif line[0] in " \t" and found:
            found[-1][1].append(line)
        else:
            raise MnemoError(
                f"This line is no step: {line.strip()}",
                remedy="Write the session's name and a colon before it, as in `alice: SELECT 1`; "
                "a line that goes on with the step above is set in.",
            )
    written = [(name, _joined(lines)) for name, lines in found]
    for name, sql in written:
        if sessions is not None and name not in (*sessions, _BEFORE, _AFTER):
            raise UnknownName("session", name, sessions)
        if not split(sql):
            raise MnemoError(f"A step of {name} is empty.", remedy="Write its statement behind the colon.")
        if "\0" in sql:
            raise MnemoError(f"There is a NUL character in a step of {name}; PostgreSQL would read no further.")
    steps = tuple(Step(name, sql) for name, sql in written if name not in (_BEFORE, _AFTER))
    if not steps:
        raise MnemoError("There is no step to play.", remedy="Write one a line, as in `alice: SELECT 1`.")
    _refuse_strangers(steps)
    return Script(
        steps,
        tuple(sql for name, sql in written if name == _BEFORE),
        tuple(sql for name, sql in written if name == _AFTER),
    )


def words(sql: str) -> list[str]:
    """Return the words of a statement in small letters; what is quoted is none."""
    return [sql[start:end].lower() for kind, start, end in tokens(sql) if kind == "word"]


def _joined(lines: list[str]) -> str:
    return "\n".join([lines[0], textwrap.dedent("\n".join(lines[1:]))]).strip() if len(lines) > 1 else lines[0].strip()


def _refuse_strangers(steps: Sequence[Step]) -> None:
    # A name that is mistyped makes a session of its own; it shows where that ends a transaction that it never began.
    seen: set[str] = set()
    for step in steps:
        first = words(step.sql)[:2]
        if step.session not in seen and first[:1] and first[0] in _ENDS and first[1:] != ["prepared"]:
            others = {other.session for other in steps} - {step.session}
            if others:
                raise UnknownName("session", step.session, others)
            raise MnemoError(f"{step.session} ends a transaction that it never began.")
        seen.add(step.session)
