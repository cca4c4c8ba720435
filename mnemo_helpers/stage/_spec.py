"""The language of PostgreSQL's own isolation tests: sessions, named steps, and the orders in which they are played.

Source: src/test/isolation/README of PostgreSQL's source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from mnemo_helpers.errors import MnemoError, UnknownName

_TOKEN = re.compile(
    r"""
    (?P<space> [ \t\r\f\n]+ | \#[^\n\r]* )
  | (?P<block> \{[ \t\r\f]*(?P<sql>[^}]*?)[ \t\r\f]*\} )
  | (?P<quoted> "(?:[^"\n]|"")*" )
  | (?P<word> [A-Za-z_\x80-\U0010ffff][A-Za-z_0-9$\x80-\U0010ffff]* )
  | (?P<number> [0-9]+ )
  | (?P<mark> [,()*] )
    """,
    re.VERBOSE,
)
_KEYWORDS = ("notices", "permutation", "session", "setup", "step", "teardown")


@dataclass(frozen=True)
class Blocker:
    """What a step is held back by, though it may be done.

    Attributes:
        kind: another step that is under way, a number of notices, or once and for the moment.
        step: the other step; "" for once.
        notices: how many, since the step began.
    """

    kind: Literal["step", "notices", "once"]
    step: str = ""
    notices: int = 0


@dataclass(frozen=True)
class Turn:
    """A step in an order.

    Attributes:
        step: its name.
        blockers: what holds it back.
    """

    step: str
    blockers: tuple[Blocker, ...] = ()


@dataclass(frozen=True)
class SpecSession:
    """A session of a spec.

    Attributes:
        name: its name.
        setup: what it does before the steps, or "".
        steps: the text of each step by its name, in order.
        teardown: what it does after them, or "".
    """

    name: str
    setup: str
    steps: tuple[tuple[str, str], ...]
    teardown: str


@dataclass(frozen=True)
class Spec:
    """A test: its set-up, its sessions, and the orders that were asked for.

    Attributes:
        setups: what is done before each order.
        teardown: what is done after each, or "".
        sessions: the sessions.
        permutations: the orders; none where every one is meant.
    """

    setups: tuple[str, ...]
    teardown: str
    sessions: tuple[SpecSession, ...]
    permutations: tuple[tuple[Turn, ...], ...]

    @property
    def owners(self) -> dict[str, str]:
        """The session of each step."""
        return {step: session.name for session in self.sessions for step, _ in session.steps}

    @property
    def texts(self) -> dict[str, str]:
        """The text of each step."""
        return {step: sql for session in self.sessions for step, sql in session.steps}

    def orders(self) -> Iterator[tuple[Turn, ...]]:
        """Yield the orders that were asked for, or every one."""
        yield from self.permutations or _every([[step for step, _ in session.steps] for session in self.sessions])


def read(text: str) -> Spec:
    """Read a spec.

    Raises:
        MnemoError: it is none; with the line.
        UnknownName: an order names a step that there is not.
    """
    spec = _Reader(text).spec()
    owners = spec.owners
    if len(owners) < sum(len(session.steps) for session in spec.sessions):
        names = [step for session in spec.sessions for step, _ in session.steps]
        twice = next(name for name in names if names.count(name) > 1)
        raise MnemoError(f"The spec has two steps {twice!r}.", remedy="Steps need a name of their own.")
    for order in spec.permutations:
        here = {turn.step for turn in order}
        for turn in order:
            if turn.step not in owners:
                raise UnknownName("step", turn.step, owners)
            for blocker in turn.blockers:
                if blocker.kind == "once":
                    continue
                if blocker.step not in here:
                    raise UnknownName("step in this order", blocker.step, here)
                if owners[blocker.step] == owners[turn.step]:
                    raise MnemoError(f"The step {turn.step} cannot wait for {blocker.step} of its own session.")
    return spec


def _every(piles: Sequence[Sequence[str]]) -> Iterator[tuple[Turn, ...]]:
    if not any(piles):
        yield ()
    for at, pile in enumerate(piles):
        if pile:
            for rest in _every([*piles[:at], pile[1:], *piles[at + 1 :]]):
                yield (Turn(pile[0]), *rest)


class _Reader:
    """The tokens of a spec, read from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str, int]] = []
        self._at = position = 0
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None:
                raise self._wrong(f"unexpected character {text[position]!r}", position)
            kind = str(found.lastgroup)
            if found["block"] is not None:
                self._tokens.append(("block", found["sql"], position))
            elif kind == "quoted":
                self._tokens.append(("name", found.group()[1:-1].replace('""', '"'), position))
            elif kind == "word":
                word = found.group()
                self._tokens.append((word if word in _KEYWORDS else "name", word, position))
            elif kind != "space":
                self._tokens.append((found.group() if kind == "mark" else kind, found.group(), position))
            position = found.end()

    def spec(self) -> Spec:
        setups = []
        while self._take("setup"):
            setups.append(self._need("block"))
        teardown = self._need("block") if self._take("teardown") else ""
        sessions = []
        while self._take("session"):
            sessions.append(self._session())
        permutations = []
        while self._take("permutation"):
            permutations.append(self._permutation())
        if not sessions or self._at < len(self._tokens):
            raise self._unexpected()
        return Spec(tuple(setups), teardown, tuple(sessions), tuple(permutations))

    def _session(self) -> SpecSession:
        name = self._need("name")
        setup = self._need("block") if self._take("setup") else ""
        steps = []
        while self._take("step"):
            steps.append((self._need("name"), self._need("block")))
        if not steps:
            raise self._unexpected()
        teardown = self._need("block") if self._take("teardown") else ""
        return SpecSession(name, setup, tuple(steps), teardown)

    def _permutation(self) -> tuple[Turn, ...]:
        turns = []
        while (step := self._take("name")) is not None:
            blockers = []
            if self._take("("):
                blockers.append(self._blocker())
                while self._take(","):
                    blockers.append(self._blocker())
                self._need(")")
            turns.append(Turn(step, tuple(blockers)))
        if not turns:
            raise self._unexpected()
        return tuple(turns)

    def _blocker(self) -> Blocker:
        if self._take("*"):
            return Blocker("once")
        step = self._need("name")
        if self._take("notices"):
            return Blocker("notices", step, int(self._need("number")))
        return Blocker("step", step)

    def _take(self, kind: str) -> str | None:
        if self._at < len(self._tokens) and self._tokens[self._at][0] == kind:
            self._at += 1
            return self._tokens[self._at - 1][1]
        return None

    def _need(self, kind: str) -> str:
        found = self._take(kind)
        if found is None:
            raise self._unexpected()
        return found

    def _unexpected(self) -> MnemoError:
        if self._at == len(self._tokens):
            return self._wrong("it ends too early", len(self._text))
        kind, word, position = self._tokens[self._at]
        return self._wrong("unexpected block" if kind == "block" else f"unexpected {word!r}", position)

    def _wrong(self, what: str, position: int) -> MnemoError:
        line = self._text.count("\n", 0, position) + 1
        return MnemoError(
            f"This is no isolation test: {what} in line {line}.",
            remedy="Write setup { … }, teardown { … }, session NAME with step NAME { … }, then permutation lines.",
        )
