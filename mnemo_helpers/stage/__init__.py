"""Several sessions at once, on real connections: played in one order, or in every order that can happen."""

from mnemo_helpers.stage._anomalies import ANOMALIES, Anomaly, Matrix, anomalies
from mnemo_helpers.stage._exploration import Exploration, Explored, Outcome
from mnemo_helpers.stage._explore import LEVELS, explore
from mnemo_helpers.stage._race import Race, plot_races, race
from mnemo_helpers.stage._retry import retry
from mnemo_helpers.stage._run import Played, Run, Wait
from mnemo_helpers.stage._rush import Rush, rush
from mnemo_helpers.stage._script import Script, Step
from mnemo_helpers.stage._spec_stage import SpecStage
from mnemo_helpers.stage._stage import Play, Stage

__all__ = [
    "ANOMALIES",
    "LEVELS",
    "Anomaly",
    "Exploration",
    "Explored",
    "Matrix",
    "Outcome",
    "Play",
    "Played",
    "Race",
    "Run",
    "Rush",
    "Script",
    "SpecStage",
    "Stage",
    "Step",
    "Wait",
    "anomalies",
    "explore",
    "plot_races",
    "race",
    "retry",
    "rush",
]
