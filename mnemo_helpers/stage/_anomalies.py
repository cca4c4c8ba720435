"""The anomalies of the literature as histories, and which of them this server lets happen at which level.

Source: Adya, Weak Consistency (1999), for the names and what they mean; Fekete, O'Neil and O'Neil, A Read-Only
Transaction Anomaly Under Snapshot Isolation (2004); Kleppmann's Hermitage (2014) for trying them on servers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from mnemo_helpers import render
from mnemo_helpers.errors import UnknownName
from mnemo_helpers.stage._cast import Cast, opener
from mnemo_helpers.stage._explore import LEVELS
from mnemo_helpers.stage._play import Player
from mnemo_helpers.stage._run import Run
from mnemo_helpers.stage._script import read

_SETUP = "CREATE TABLE anomaly (id int PRIMARY KEY, n int NOT NULL); INSERT INTO anomaly VALUES (1, 10), (2, 20)"
_TEARDOWN = "DROP TABLE anomaly"


@dataclass(frozen=True)
class Anomaly:
    """A history that no serial order could give.

    Attributes:
        name: as the literature calls it.
        says: what happens, in a few words.
        script: one order of steps in which it can happen.
        seen: tells of a run of them whether it did.
    """

    name: str
    says: str
    script: str
    seen: Callable[[Run], bool]


def _all_committed(run: Run) -> bool:
    return not any(run.errors(session) for session in run.sessions)


def _read(run: Run, *numbers: int) -> tuple[str | None, ...]:
    return tuple(run.value(number) for number in numbers)


ANOMALIES = (
    Anomaly(
        "G0",
        "dirty write: the writes of two transactions are mixed",
        """
t1: BEGIN
t2: BEGIN
t1: UPDATE anomaly SET n = 11 WHERE id = 1
t2: UPDATE anomaly SET n = 12 WHERE id = 1
t1: UPDATE anomaly SET n = 21 WHERE id = 2
t1: COMMIT
t2: UPDATE anomaly SET n = 22 WHERE id = 2
t2: COMMIT
t1: SELECT n FROM anomaly ORDER BY id
""",
        lambda run: run.rows(9) not in ((("11",), ("21",)), (("12",), ("22",))),
    ),
    Anomaly(
        "G1a",
        "aborted read: what is rolled back is read",
        """
t1: BEGIN
t2: BEGIN
t1: UPDATE anomaly SET n = 101 WHERE id = 1
t2: SELECT n FROM anomaly WHERE id = 1
t1: ROLLBACK
t2: SELECT n FROM anomaly WHERE id = 1
t2: COMMIT
""",
        lambda run: "101" in _read(run, 4, 6),
    ),
    Anomaly(
        "G1b",
        "intermediate read: what is not the last word is read",
        """
t1: BEGIN
t2: BEGIN
t1: UPDATE anomaly SET n = 101 WHERE id = 1
t2: SELECT n FROM anomaly WHERE id = 1
t1: UPDATE anomaly SET n = 11 WHERE id = 1
t1: COMMIT
t2: SELECT n FROM anomaly WHERE id = 1
t2: COMMIT
""",
        lambda run: "101" in _read(run, 4, 7),
    ),
    Anomaly(
        "G1c",
        "circular information flow: two transactions read each other's writes",
        """
t1: BEGIN
t2: BEGIN
t1: UPDATE anomaly SET n = 11 WHERE id = 1
t2: UPDATE anomaly SET n = 22 WHERE id = 2
t1: SELECT n FROM anomaly WHERE id = 2
t2: SELECT n FROM anomaly WHERE id = 1
t1: COMMIT
t2: COMMIT
""",
        lambda run: _read(run, 5, 6) == ("22", "11"),
    ),
    Anomaly(
        "OTV",
        "observed transaction vanishes: a transaction is seen in one row and gone in the next",
        """
t1: BEGIN
t2: BEGIN
t3: BEGIN
t1: UPDATE anomaly SET n = 11 WHERE id = 1
t1: UPDATE anomaly SET n = 19 WHERE id = 2
t2: UPDATE anomaly SET n = 12 WHERE id = 1
t1: COMMIT
t3: SELECT n FROM anomaly WHERE id = 1
t2: UPDATE anomaly SET n = 18 WHERE id = 2
t3: SELECT n FROM anomaly WHERE id = 2
t2: COMMIT
t3: SELECT n FROM anomaly WHERE id = 2
t3: SELECT n FROM anomaly WHERE id = 1
t3: COMMIT
""",
        lambda run: _read(run, 8, 10) == ("11", "18") or _read(run, 12, 13) in (("19", "12"), ("18", "11")),
    ),
    Anomaly(
        "PMP",
        "predicate-many-preceders: rows appear that were not there",
        """
t1: BEGIN
t2: BEGIN
t1: SELECT id FROM anomaly WHERE n = 30
t2: INSERT INTO anomaly VALUES (3, 30)
t2: COMMIT
t1: SELECT id FROM anomaly WHERE n = 30
t1: COMMIT
""",
        lambda run: run.rows(3) != run.rows(6),
    ),
    Anomaly(
        "P4",
        "lost update: both read, both write, one is lost",
        """
t1: BEGIN
t2: BEGIN
t1: SELECT n FROM anomaly WHERE id = 1
t2: SELECT n FROM anomaly WHERE id = 1
t1: UPDATE anomaly SET n = 11 WHERE id = 1
t2: UPDATE anomaly SET n = 11 WHERE id = 1
t1: COMMIT
t2: COMMIT
""",
        _all_committed,
    ),
    Anomaly(
        "G-single",
        "read skew: two rows are read from two moments",
        """
t1: BEGIN
t2: BEGIN
t1: SELECT n FROM anomaly WHERE id = 1
t2: UPDATE anomaly SET n = 12 WHERE id = 1
t2: UPDATE anomaly SET n = 18 WHERE id = 2
t2: COMMIT
t1: SELECT n FROM anomaly WHERE id = 2
t1: COMMIT
""",
        lambda run: _read(run, 3, 7) == ("10", "18"),
    ),
    Anomaly(
        "G2-item",
        "write skew: each writes what the other has read",
        """
t1: BEGIN
t2: BEGIN
t1: SELECT n FROM anomaly WHERE id IN (1, 2)
t2: SELECT n FROM anomaly WHERE id IN (1, 2)
t1: UPDATE anomaly SET n = 11 WHERE id = 1
t2: UPDATE anomaly SET n = 21 WHERE id = 2
t1: COMMIT
t2: COMMIT
""",
        _all_committed,
    ),
    Anomaly(
        "G2",
        "write skew over a predicate: each adds a row that the other has looked for",
        """
t1: BEGIN
t2: BEGIN
t1: SELECT id FROM anomaly WHERE n % 3 = 0
t2: SELECT id FROM anomaly WHERE n % 3 = 0
t1: INSERT INTO anomaly VALUES (3, 30)
t2: INSERT INTO anomaly VALUES (4, 42)
t1: COMMIT
t2: COMMIT
""",
        _all_committed,
    ),
    Anomaly(
        "read-only",
        "read-only anomaly: a transaction that only reads sees what no serial order shows",
        """
t1: BEGIN
t1: SELECT n FROM anomaly ORDER BY id
t2: BEGIN
t2: UPDATE anomaly SET n = n + 20 WHERE id = 2
t2: COMMIT
t3: BEGIN
t3: SELECT n FROM anomaly ORDER BY id
t3: COMMIT
t1: UPDATE anomaly SET n = n - 11 WHERE id = 1
t1: COMMIT
""",
        _all_committed,
    ),
)


@dataclass(frozen=True)
class Matrix(render.Showing):
    """Which anomalies happened at which level.

    Attributes:
        runs: each history, played, by the anomaly's name and the level.
    """

    runs: dict[tuple[str, str], Run]

    def run(self, name: str, level: str) -> Run:
        """Return how an anomaly's history went at a level.

        Raises:
            UnknownName: it was not played.
        """
        if (name, level) not in self.runs:
            raise UnknownName("anomaly and level", f"{name}, {level}", [", ".join(pair) for pair in self.runs])
        return self.runs[name, level]

    def happens(self, name: str, level: str) -> bool:
        """Tell whether an anomaly happened at a level.

        Raises:
            UnknownName: it was not played.
        """
        run = self.run(name, level)
        return next(anomaly.seen(run) for anomaly in ANOMALIES if anomaly.name == name)

    @cached_property
    def shown(self) -> render.Shown:
        """One line for each anomaly, one column for each level."""
        names = dict.fromkeys(name for name, _ in self.runs)
        levels = dict.fromkeys(level for _, level in self.runs)
        rows = [(name, *(self._cell(name, level) for level in levels), _SAYS[name]) for name in names]
        return render.table(("anomaly", *levels, "what it is"), rows)

    def _cell(self, name: str, level: str) -> str:
        if self.happens(name, level):
            return "happens"
        run = self.run(name, level)
        codes = sorted({code for session in run.sessions for code in run.errors(session)} - {"25P02"})
        return f"refused, {', '.join(codes)}" if codes else "not seen"


_SAYS = {anomaly.name: anomaly.says for anomaly in ANOMALIES}


def anomalies(levels: Sequence[str] = LEVELS, *, dsn: str | None = None) -> Matrix:
    """Play the history of every anomaly at every level, on a table ``anomaly`` that is made and dropped.

    Args:
        levels: the isolation levels.
        dsn: where; None is the open lesson's database.

    Raises:
        MnemoError: there is a table ``anomaly`` already.
        ServerUnavailable: a session cannot be opened.
    """
    runs = {}
    with Cast(("t1", "t2", "t3"), opener(dsn)) as cast:
        player = Player(cast)
        for level in levels:
            cast.begin_anew(level)
            for anomaly in ANOMALIES:
                cast.tell(_SETUP, "set-up of the table anomaly")
                try:
                    runs[anomaly.name, level] = player.play(read(anomaly.script).steps)
                finally:
                    cast.end_steps()
                    cast.tell(_TEARDOWN, "teardown of the table anomaly")
    return Matrix({(anomaly.name, level): runs[anomaly.name, level] for anomaly in ANOMALIES for level in levels})
