"""How long statements take while many clients are at work: the median, and the tail that an average hides."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import psycopg

from mnemo_helpers import render, sql, stage
from mnemo_helpers.errors import MnemoError


@dataclass(frozen=True)
class Load(render.Showing):
    """How long statements took under load.

    Attributes:
        clients: how many worked at once.
        latency_ms: what each round trip took longer, as over a network.
        times_ms: for each question by its name, how long each asking took, sorted.
        limit_ms: within which time they were to be answered; None where nothing is asked.
    """

    clients: int
    latency_ms: float
    times_ms: Mapping[str, tuple[float, ...]] = field(repr=False)
    limit_ms: float | None = None

    def percentile(self, question: str, share: float) -> float:
        """Return the time within which that share of the askings were answered, in ms.

        Args:
            question: its name.
            share: from 0 to 1, as 0.95.
        """
        times = self.times_ms[question]
        return times[min(len(times) - 1, int(share * len(times)))]

    @property
    def asked(self) -> int:
        """How many askings were answered, of all questions together."""
        return sum(len(times) for times in self.times_ms.values())

    @property
    def mean_ms(self) -> float:
        """The mean time of all askings together."""
        return sum(sum(times) for times in self.times_ms.values()) / self.asked

    @property
    def late(self) -> tuple[str, ...]:
        """The questions of which 95 in 100 were not answered within the limit."""
        return tuple(
            name for name in self.times_ms if self.limit_ms is not None and self.percentile(name, 0.95) > self.limit_ms
        )

    @cached_property
    def shown(self) -> render.Shown:
        """Each question's median and tail, drawn and in a table."""
        spans = {name: tuple(self.percentile(name, share) for share in (0.5, 0.95, 0.99)) for name in self.times_ms}
        rows = [
            (name, f"{len(self.times_ms[name]):,}", *(f"{ms:,.1f}" for ms in (sum(times) / len(times), *spans[name])))
            for name, times in self.times_ms.items()
        ]
        heads = ("question", "asked", "mean, ms", "half within", "95 % within", "99 % within")
        table = render.table(heads, rows, right=(False, True, True, True, True, True))
        axis = f"ms, {self.clients} client{'s' if self.clients != 1 else ''}"
        axis += f", {self.latency_ms:g} ms away" if self.latency_ms else ""
        picture = render.spans(spans, axis, limit=self.limit_ms)
        return render.stack(picture, table)


def under_load(
    questions: Mapping[str, str],
    clients: int = 8,
    seconds: float = 3.0,
    *,
    values: Mapping[str, Sequence[Any]] | None = None,
    weights: Mapping[str, float] | None = None,
    latency_ms: float = 0.0,
    limit_ms: float | None = None,
    seed: int = 1,
    dsn: str | None = None,
) -> Load:
    """Let many clients ask the same questions over and over, each on a connection of its own, and time each answer.

    Args:
        questions: statements by name; where one is several statements, each is a round trip, and they count together.
        clients: how many at once.
        seconds: for how long.
        values: for each ``:name`` in the questions, the values of which one is drawn at each asking.
        weights: how often each question is asked, beside the others; None is all alike.
        latency_ms: how much longer a round trip takes, as if the server were that far away.
        limit_ms: within which time 95 in 100 are to be answered.
        seed: for what is drawn.
        dsn: where; None is the open lesson's database.

    Raises:
        MnemoError: there is nothing to ask; the server refused a question; the numbers make no load.
    """
    asked = {name: sql.split(text) for name, text in questions.items()}
    if not asked or not all(asked.values()):
        raise MnemoError("There is nothing to ask.", remedy="Give questions: statements by name.")
    if latency_ms < 0:
        raise MnemoError("A round trip takes no less than no time.", remedy="Give latency_ms a number of 0 or more.")
    names = list(asked)
    shares = [1.0 if weights is None else weights.get(name, -1) for name in names]
    if min(shares) < 0 or not sum(shares) or not {*(weights or ())} <= {*names}:
        raise MnemoError("These weights do not fit the questions.", remedy="Give each question one, of 0 or more.")
    times_ms: dict[str, list[float]] = defaultdict(list)
    lock = threading.Lock()

    def ask(connection: psycopg.Connection[Any], draw: random.Random) -> None:
        name = draw.choices(names, shares)[0]
        drawn = {key: draw.choice(given) for key, given in (values or {}).items()}
        statements = [sql.bind(statement, drawn, connection).encode() for statement in asked[name]]
        began = time.perf_counter()
        for statement in statements:
            if latency_ms:
                time.sleep(latency_ms / 1000)
            try:
                cursor = connection.execute(statement)
            except psycopg.Error as problem:
                # Class 40 goes away when it is tried again; anything else comes back each time.
                if problem.sqlstate and problem.sqlstate.startswith("40"):
                    raise
                raise _refused(name, problem) from None
            if cursor.description:
                cursor.fetchall()
        took = (time.perf_counter() - began) * 1000
        with lock:
            times_ms[name].append(took)

    race = stage.race(ask, clients, seconds, seed=seed, dsn=dsn)
    if race.failures:
        failed = ", ".join(f"{count:,} with {code}" for code, count in race.failures.items())
        raise MnemoError(f"Questions failed each time they were tried again: {failed}.")
    found = {name: tuple(sorted(times_ms[name])) for name in names if times_ms[name]}
    return Load(clients, latency_ms, found, limit_ms)


def _refused(name: str, problem: psycopg.Error) -> MnemoError:
    return MnemoError(
        f"The question {name} was refused.\n{sql.error_from(problem)}", remedy="Ask it in a %%sql cell first."
    )
