"""What the lens costs above the statement, what a price costs above its writes, and whose figures add up."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import plan_queries

_PEV2 = "pev2@1.21.0"
_ROUNDING_MS = 0.01


@contextmanager
def _session() -> Iterator[Any]:
    from mnemo_helpers import database, sql

    with database.scratch("learner") as name:
        sql.use(lambda session: database.connect(name, name=session))
        try:
            yield sql.session()
        finally:
            sql.close_all()


def _took_ms(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


def lens() -> str:
    """Reading a plan, sharing its figures out, looking for findings and drawing it, without the statement."""
    from mnemo_helpers import plans
    from mnemo_helpers.plans._read import plan

    said = []
    with _session() as connection:
        connection.execute("CREATE TABLE t AS SELECT n FROM generate_series(1, 100) AS n")
        for branches in (24, 499):
            statement = " UNION ALL ".join(["SELECT count(*) FROM t WHERE n > 3"] * branches)
            found = plans.explain(statement)
            told = connection.execute(
                f"EXPLAIN (ANALYZE, VERBOSE, BUFFERS, WAL, SETTINGS, FORMAT JSON) {statement}"
            ).fetchone()[0]
            took = statistics.median(_took_ms(lambda told=told: plan(told, "SELECT").shown) for _ in range(9))  # type: ignore[misc]
            said.append(f"{len(found.nodes)} nodes {took:.0f} ms")
    return "; ".join(said)


def price() -> str:
    """``plans.price`` over the same writes, done with and without the index by hand."""
    from mnemo_helpers import plans

    write = "INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, 50000) AS n"
    index = "CREATE INDEX ON t (n)"

    def by_hand(connection: Any) -> None:
        for _ in range(3):
            for statements in ((write,), (index, write)):
                for statement in ("BEGIN", *statements, "ROLLBACK"):
                    connection.execute(statement)

    with _session() as connection:
        connection.execute("CREATE TABLE t (n int, word text)")
        ratios = []
        for _ in range(5):
            hand = _took_ms(lambda: by_hand(connection))
            ratios.append(_took_ms(lambda: plans.price(index, {"insert": write}, runs=3)) / hand)
    return f"{statistics.median(ratios):.2f}"


def conserved() -> str:
    """Of all nodes of the corpus, those in plans whose figures add up to the statement's, ours and pev2's."""
    from mnemo_helpers.plans._interval import total
    from mnemo_helpers.plans._read import plan

    corpus = plan_queries.corpus()
    theirs = _pev2(corpus)
    nodes, ours, times, pages = 0, 0, 0, 0
    for name, told in corpus.items():
        found = plan(told)
        owned, count = found.owned, len(found.nodes)
        nodes += count
        ours += 0 if owned.impossible else count
        if theirs is None:
            continue
        summed = total(own.ms for own in owned.nodes.values() if own.ms)
        ms, hit = (sum(column) for column in zip(*theirs[name], strict=True))
        least = min(took for took, _ in theirs[name])
        times += (
            count if summed.low - _ROUNDING_MS <= ms <= summed.high + _ROUNDING_MS and least >= -_ROUNDING_MS else 0
        )
        pages += count if hit in owned.whole.counts["Shared Hit Blocks"] else 0
    if theirs is None:
        return f"ours {ours} of {nodes}; npm is not here, so that pev2 was not asked"
    return f"of {nodes} nodes, ours {ours}; {_PEV2}: time {times}, pages {pages}"


def _pev2(corpus: dict[str, Any]) -> dict[str, list[tuple[float, int]]] | None:
    if shutil.which("npm") is None:
        return None
    with tempfile.TemporaryDirectory(prefix="mnemo-pev2-") as folder:
        subprocess.run(["npm", "install", "--silent", "--no-fund", "--prefix", folder, _PEV2], check=True)
        script = Path(__file__).with_name("pev2.mjs")
        dist = Path(folder) / "node_modules" / "pev2" / "dist"
        done = subprocess.run(
            ["node", str(script), str(dist)], input=json.dumps(corpus), capture_output=True, text=True, check=True
        )
    told: dict[str, list[tuple[float, int]]] = json.loads(done.stdout)
    return told


FIGURES = {
    "plans: the lens above the statement": (lens, "<= 20; 200 ms"),
    "plans: price over its writes": (price, "<= 1.2"),
    "plans: nodes whose figures add up": (conserved, "all"),
}
