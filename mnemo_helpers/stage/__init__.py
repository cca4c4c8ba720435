"""Several sessions at once, on real connections: played in one order, or in every order that can happen."""

from mnemo_helpers.stage._run import Run
from mnemo_helpers.stage._stage import Stage

__all__ = ["Run", "Stage"]
