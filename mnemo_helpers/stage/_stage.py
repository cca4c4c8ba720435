"""A stage: a script, and where it is played."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from mnemo_helpers.stage import _spec
from mnemo_helpers.stage._cast import Cast, opener
from mnemo_helpers.stage._play import LIMIT_S, Player
from mnemo_helpers.stage._run import Run
from mnemo_helpers.stage._script import Script, read
from mnemo_helpers.stage._spec_stage import SpecStage

Play = Callable[[Script, str | None], Run]


class Stage:
    """Several sessions on real connections, and the order of their steps.

    Attributes:
        script: what is played.
    """

    def __init__(
        self,
        script: str | Script,
        dsn: str | None = None,
        *,
        sessions: Sequence[str] | None = None,
        level: str | None = None,
        limit_s: float = LIMIT_S,
    ) -> None:
        """Read a script: a step a line as ``alice: SELECT 1``; lines that are set in go on with the step above.

        Where a session has read one row, its later steps may name what it read, as an application would that computes
        with it: after ``SELECT n FROM t`` its ``:n`` is that value.

        Args:
            script: the text; ``setup:`` and ``teardown:`` lines are run before and after, in a session of their own.
            dsn: where; None is the open lesson's database.
            sessions: the names that there are; None for any.
            level: the isolation level that ``BEGIN`` alone means; None is the server's.
            limit_s: how long a step that waits for nobody may take.

        Raises:
            UnknownName: a step is for a session that is not among ``sessions``.
            MnemoError: a line is no step.
        """
        self.script = script if isinstance(script, Script) else read(script, sessions)
        self._opener = opener(dsn)
        self._level = level
        self._limit_s = limit_s

    @staticmethod
    def from_spec(text: str, dsn: str | None = None, *, limit_s: float = LIMIT_S) -> SpecStage:
        """Read a test in PostgreSQL's isolation test language.

        Args:
            text: the spec.
            dsn: where; None is the open lesson's database.
            limit_s: how long a step that waits for nobody may take.

        Raises:
            UnknownName: an order names a step that there is not.
            MnemoError: it is no spec; with the line.

        Source: src/test/isolation/README of PostgreSQL's source.
        """
        return SpecStage(_spec.read(text), opener(dsn), limit_s=limit_s)

    def run(self) -> Run:
        """Play the steps in the written order, each on a real connection, and end every session.

        A step is sent when all sessions have finished or wait. Waits are what the server says they are; a step that
        waits keeps its session until another lets it go on. Of a deadlock the server ends the step that closes the
        circle.

        Raises:
            MnemoError: a step does not return, or waits for a session that is not on the stage; the set-up fails.
            ServerUnavailable: a session cannot be opened.
        """
        with self.rehearsal() as play:
            return play(self.script, self._level)

    @contextmanager
    def rehearsal(self) -> Iterator[Play]:
        """Open the sessions once for several runs, each of which begins with all of them as they were opened.

        Yields:
            What plays a script with these sessions, at the isolation level that ``BEGIN`` alone is to mean, None for
            the server's; it raises as ``run`` does.

        Raises:
            ServerUnavailable: a session cannot be opened.
        """
        with Cast(self.script.sessions, self._opener) as cast:
            played = 0

            def play(script: Script, level: str | None) -> Run:
                nonlocal played
                if level is not None or played:
                    cast.begin_anew(level)
                played += 1
                return self._play(cast, script)

            yield play

    def _play(self, cast: Cast, script: Script) -> Run:
        for sql in script.setup:
            cast.tell(sql, "set-up of the stage")
        try:
            return Player(cast, limit_s=self._limit_s).play(script.steps)
        finally:
            cast.end_steps()
            for sql in script.teardown:
                cast.tell(sql, "teardown of the stage")

    def __str__(self) -> str:
        """Return the script as it would be written."""
        return self.script.text
