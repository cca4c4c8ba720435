"""The matrix of anomalies: which of them this server lets happen at which level."""

from __future__ import annotations

import pytest

from mnemo_helpers import database, server
from mnemo_helpers.errors import MnemoError, UnknownName
from mnemo_helpers.stage import ANOMALIES, LEVELS, Matrix, anomalies


@pytest.fixture(scope="module")
def matrix(scratch_db: str) -> Matrix:
    """All of it, played."""
    return anomalies(dsn=server.conninfo(server.ensure(), "learner", scratch_db))


def test_what_happens_at_which_level(matrix: Matrix) -> None:
    """READ COMMITTED lets six happen, REPEATABLE READ three, SERIALIZABLE none."""
    happened = {level: [a.name for a in ANOMALIES if matrix.happens(a.name, level)] for level in LEVELS}
    assert happened == {
        "read committed": ["PMP", "P4", "G-single", "G2-item", "G2", "read-only"],
        "repeatable read": ["G2-item", "G2", "read-only"],
        "serializable": [],
    }
    assert len(ANOMALIES) == 11


def test_every_history_is_played_to_its_end(matrix: Matrix) -> None:
    """No order of them is impossible at any level, and none leaves a transaction open."""
    assert [(*run.notes, run.impossible) for run in matrix.runs.values()] == 33 * [("",)]


def test_the_table(matrix: Matrix) -> None:
    """A cell tells whether it happens, is refused, and by what; a history can be looked at."""
    lines = matrix.shown.text.split("\n")
    assert [word.strip() for word in lines[8].split("|")] == [
        "P4",
        "happens",
        "refused, 40001",
        "refused, 40001",
        "lost update: both read, both write, one is lost",
    ]
    assert matrix.run("P4", "repeatable read").errors("t2") == ("40001",)
    with pytest.raises(UnknownName):
        matrix.happens("P4", "snapshot")


def test_a_table_of_that_name(outside: database.Connection) -> None:
    """A learner's own table is left alone."""
    outside.execute("CREATE TABLE anomaly AS SELECT 1 AS mine")
    dsn = server.conninfo(server.ensure(), "learner", outside.info.dbname)
    with pytest.raises(MnemoError, match='relation "anomaly" already exists'):
        anomalies(dsn=dsn)
    assert outside.execute("SELECT mine FROM anomaly").fetchone() == (1,)
    outside.execute("DROP TABLE anomaly")
