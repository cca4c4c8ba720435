"""What Mnemo raises: what happened, what was tried, what to do now."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class MnemoError(Exception):
    """Something that its reader can mend.

    Args:
        what: what happened, one sentence.
        tried: what was tried before giving up, one line each.
        remedy: what to do now, one or two sentences.

    In a notebook it shows as these lines only, never as a traceback. No password belongs in any of them.
    """

    def __init__(self, what: str, *, tried: Sequence[str] = (), remedy: str = "") -> None:
        """Keep the three parts apart and join them for ``str``."""
        self.what = what
        self.tried = tuple(tried)
        self.remedy = remedy
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """Return the message, one string a line."""
        lines = [self.what, *(f"  tried: {attempt}" for attempt in self.tried)]
        if self.remedy:
            lines.append(f"What to do: {self.remedy}")
        return lines

    def _render_traceback_(self) -> list[str]:
        # IPython shows these lines in place of a traceback.
        return self.lines()


class ServerUnavailable(MnemoError):
    """No PostgreSQL server could be found or started."""


class NoAnswerRole(MnemoError):
    """The server has no second role, under which alone answers are run."""

    def __init__(self, what: str = "This server has no role for running answers.") -> None:
        """Say what is missing and who can mend it."""
        super().__init__(
            what,
            remedy="Set MNEMO_ANSWER to the connection string of a second role that your teacher made for you, "
            "or unset MNEMO_SERVER to use a server of your own.",
        )


class UnknownName(MnemoError):
    """A lesson, exercise, session or option that does not exist; names the nearest that does."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        """Say which ``kind`` of thing was not found and what comes nearest among ``known``."""
        self.name = name
        self.known = sorted(known)
        near = difflib.get_close_matches(name, self.known, n=1, cutoff=0.0)
        remedy = (
            f"Did you mean {near[0]!r}? There are: {', '.join(self.known)}." if near else f"There is no {kind} yet."
        )
        super().__init__(f"There is no {kind} {name!r}.", remedy=remedy)


class ClaimFailed(MnemoError):
    """A claim of the course does not hold in the lesson's database as it is now."""


class SQLError(MnemoError):
    """An error that the server raised for a statement; its lines read as psql's do.

    Attributes:
        sqlstate: the five-character code, or None where the connection broke.
        rule: the table and the constraint that refused, or the column that may not be NULL; None where the server
            names none.
    """

    def __init__(self, lines: Sequence[str], sqlstate: str | None, rule: tuple[str, str] | None = None) -> None:
        """Keep at most eight lines, the SQLSTATE and what refused."""
        self.sqlstate = sqlstate
        self.rule = rule
        self._lines = list(lines)[:8]
        super().__init__(self._lines[0] if self._lines else "The server raised an error.")

    def lines(self) -> list[str]:
        """Return the message, one string a line."""
        return self._lines
