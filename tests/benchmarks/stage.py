"""How fast orders of steps are played, beside isolationtester on the same server, and whether they drift."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests import isolation_specs, isolationtester
from tests.benchmarks import drift

_SKEW = """
setup: CREATE TABLE t (id int PRIMARY KEY, n int, word text); INSERT INTO t VALUES (1, 10, 'one'), (2, 20, NULL);
a: BEGIN; SELECT sum(n) FROM t
a: UPDATE t SET n = 0 WHERE id = 1
a: COMMIT
b: BEGIN; SELECT sum(n) FROM t
b: UPDATE t SET n = 0 WHERE id = 2
b: COMMIT
teardown: DROP TABLE t
"""
_TRANSFERS = """
setup: CREATE TABLE account (id int PRIMARY KEY, n int); INSERT INTO account VALUES (1, 100), (2, 100), (3, 100)
a: BEGIN
a: SELECT n FROM account WHERE id = 1
a: UPDATE account SET n = n - 10 WHERE id = 1
a: UPDATE account SET n = n + 10 WHERE id = 2
a: COMMIT
b: BEGIN
b: SELECT n FROM account WHERE id = 2
b: UPDATE account SET n = n - 20 WHERE id = 2
b: UPDATE account SET n = n + 20 WHERE id = 1
b: COMMIT
teardown: DROP TABLE account
"""
# The session that is waited for asks the server how long the wait has lasted when its own next step begins.
_NOTICED = """
setup: CREATE TABLE t (n int)
a: BEGIN; LOCK TABLE t
b: SELECT n FROM t
a: SELECT extract(epoch FROM clock_timestamp() - waitstart) * 1000 FROM pg_locks WHERE NOT granted
a: COMMIT
teardown: DROP TABLE t
"""


@contextmanager
def _dsn() -> Iterator[str]:
    from mnemo_helpers import database, server

    with database.scratch("learner") as name:
        yield server.conninfo(server.ensure(), "learner", name)


def _took(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def against_isolationtester() -> str:
    """Write skew, two sessions of three steps, 20 orders at one level, in turn with the program.

    All of them with the tables made anew each time; then explored, equivalents skipped and the rows put back.
    """
    from mnemo_helpers.stage import Stage, explore

    said = []
    with _dsn() as dsn:
        for level in ("repeatable read", "serializable"):
            spec = isolation_specs.SPECS[f"write skew at {level}"]
            assert Stage.from_spec(spec, dsn).transcript() == isolationtester.transcript(spec, dsn)
            theirs, ours, skipped = [], [], []
            for _ in range(15):
                theirs.append(_took(lambda spec=spec: isolationtester.transcript(spec, dsn)))  # type: ignore[misc]
                ours.append(_took(lambda spec=spec: Stage.from_spec(spec, dsn).transcript()))  # type: ignore[misc]
                skipped.append(
                    _took(lambda level=level: explore(_SKEW, "(SELECT sum(n) FROM t) > 0", [level], dsn=dsn))  # type: ignore[misc]
                )
            a, b, c = map(statistics.median, (theirs, ours, skipped))
            said.append(f"{level}: all {b / a:.2f}, equivalents skipped {c / a:.2f} (theirs {a * 1000:.0f} ms)")
    return "; ".join(said)


def matrix() -> str:
    """Eleven anomalies at three levels."""
    from mnemo_helpers.stage import anomalies

    with _dsn() as dsn:
        return f"{statistics.median(_took(lambda: anomalies(dsn=dsn)) for _ in range(5)):.2f} s"


def exploration() -> str:
    """Two sessions of five steps with waits and deadlocks, 252 orders at each of three levels, judged as serial."""
    from mnemo_helpers.stage import explore

    with _dsn() as dsn:
        began = time.perf_counter()
        found = explore(_TRANSFERS, dsn=dsn)
        took = time.perf_counter() - began
    runs, waits = sum(one.runs for one in found.levels), sum(one.waits for one in found.levels)
    return f"{took:.2f} s, {runs} runs of {sum(one.total for one in found.levels)}, {waits} waits"


def noticed() -> str:
    """From when the server knows of a wait to when the next step has begun: noticing, naming and sending."""
    from mnemo_helpers.stage import Stage

    with _dsn() as dsn:
        waits_ms = sorted(float(Stage(_NOTICED, dsn).run().value(3) or "nan") for _ in range(100))
    return f"median {statistics.median(waits_ms):.1f} ms, 95 of 100 within {waits_ms[94]:.1f} ms"


def anomalies_drift() -> str:
    """Every anomaly at every level 200 times while both cores are busy: how many transcripts there are of each."""
    from mnemo_helpers.stage import anomalies

    seen: dict[tuple[str, str], set[str]] = {}
    with drift.busy(), _dsn() as dsn:
        for _ in range(drift.RUNS):
            for key, run in anomalies(dsn=dsn).runs.items():
                seen.setdefault(key, set()).add(run.text)
    return f"{sum(len(texts) > 1 for texts in seen.values())} of {len(seen)} histories had more than one transcript"


FIGURES = {
    "stage: write skew over isolationtester": (against_isolationtester, "<= 1.2; < 1"),
    "stage: anomaly matrix": (matrix, "<= 3 s"),
    "stage: 2 sessions of 5 steps, 3 levels": (exploration, "<= 5 s, < 756"),
    "stage: a wait is noticed": (noticed, "<= 5 ms"),
    "stage: drift of the matrix, 200 runs": (anomalies_drift, "0"),
    "stage: drift of the course, 200 runs": (drift.course_stages, "0"),
}
