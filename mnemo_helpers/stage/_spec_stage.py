"""A stage for specs in PostgreSQL's isolation test language."""

from __future__ import annotations

from mnemo_helpers.errors import MnemoError, UnknownName
from mnemo_helpers.stage._answer import Refusal, read
from mnemo_helpers.stage._cast import Cast, Opener
from mnemo_helpers.stage._play import Player
from mnemo_helpers.stage._run import Run
from mnemo_helpers.stage._script import Step
from mnemo_helpers.stage._spec import Spec
from mnemo_helpers.stage._tester import Tester

_STYLES = ("isolationtester", "text")


class SpecStage:
    """A spec, and where it is played.

    Attributes:
        spec: what is played.
    """

    def __init__(self, spec: Spec, opener: Opener, *, limit_s: float) -> None:
        """Note what is played and where."""
        self.spec = spec
        self._opener = opener
        self._limit_s = limit_s

    def transcript(self, style: str = "isolationtester") -> str:
        """Play every order of the spec, and return what is to be printed.

        Args:
            style: ``isolationtester`` for what PostgreSQL's program prints, ``text`` for what a stage prints.

        Raises:
            UnknownName: there is no such style.
            MnemoError: a set-up fails, or a step does not return.
            ServerUnavailable: a session cannot be opened.
        """
        if style not in _STYLES:
            raise UnknownName("style", style, _STYLES)
        if style == "text":
            return "\n\n".join(run.text for run in self.runs())
        with self._cast(hasten=False) as cast:
            return Tester(self.spec, cast, limit_s=self._limit_s).transcript()

    def runs(self) -> tuple[Run, ...]:
        """Play every order of the spec as a stage does, waits settled after each step, and return what happened.

        Raises:
            MnemoError: a set-up fails, or a step does not return.
            ServerUnavailable: a session cannot be opened.
        """
        owners, texts = self.spec.owners, self.spec.texts
        runs = []
        with self._cast(hasten=True) as cast:
            player = Player(cast, limit_s=self._limit_s)
            for order in self.spec.orders():
                for sql in self.spec.setups:
                    cast.tell(sql, "setup")
                for session in self.spec.sessions:
                    self._do(cast, session.name, session.setup, "setup")
                runs.append(player.play([Step(owners[turn.step], texts[turn.step]) for turn in order]))
                for session in self.spec.sessions:
                    self._do(cast, session.name, session.teardown, "teardown")
                if self.spec.teardown:
                    cast.tell(self.spec.teardown, "teardown")
        return tuple(runs)

    def _cast(self, *, hasten: bool) -> Cast:
        return Cast([session.name for session in self.spec.sessions], self._opener, hasten=hasten)

    @staticmethod
    def _do(cast: Cast, name: str, sql: str, what: str) -> None:
        for result in cast.sessions[name].run(sql) if sql else ():
            said = read(result)
            if isinstance(said, Refusal):
                raise MnemoError(f"The {what} of session {name} failed: {said.message} ({said.sqlstate}).")
