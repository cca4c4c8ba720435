"""Many clients at once, each on a connection of its own: how much they get done, and whether it is right."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import psycopg

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.stage._cast import Cast, Opener, opener
from mnemo_helpers.stage._outcome import holds
from mnemo_helpers.stage._retry import retry

Worker = Callable[["psycopg.Connection[Any]", random.Random], object]

_LOOK_S = 0.05
_CANCEL_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Race(render.Showing):
    """What many clients got done.

    Attributes:
        clients: how many there were.
        seconds: how long it took.
        commits: how many transactions were committed.
        retries: how many were tried again, by SQLSTATE.
        failures: how many failed for good, by SQLSTATE.
        killed: how many sessions were ended in the middle.
        times_s: how long each committed transaction took, its retries included, sorted.
        holds: whether the invariant was true afterwards; None without one.
    """

    clients: int
    seconds: float
    commits: int
    retries: Mapping[str, int]
    failures: Mapping[str, int]
    killed: int
    times_s: tuple[float, ...] = field(repr=False)
    holds: bool | None = None

    @property
    def commits_per_s(self) -> float:
        """The throughput."""
        return self.commits / self.seconds

    @property
    def p95_s(self) -> float:
        """The time within which 95 of 100 transactions were committed; 0 where none was."""
        return self.times_s[min(len(self.times_s) - 1, int(0.95 * len(self.times_s)))] if self.times_s else 0.0

    @cached_property
    def shown(self) -> render.Shown:
        """All of it in one table."""
        lines = [
            ("clients", f"{self.clients}"),
            ("commits", f"{self.commits:,}"),
            ("commits per second", f"{self.commits_per_s:,.0f}"),
            ("95 % within", f"{self.p95_s * 1000:.1f} ms"),
            *((f"tried again, {code}", f"{n:,}") for code, n in sorted(self.retries.items())),
            *((f"failed, {code}", f"{n:,}") for code, n in sorted(self.failures.items())),
        ]
        if self.killed:
            lines.append(("sessions ended in the middle", f"{self.killed}"))
        if self.holds is not None:
            lines.append(("invariant", "holds" if self.holds else "broken"))
        return render.table(("race", ""), lines, right=(False, True))


def race(
    worker: Worker,
    clients: int,
    seconds: float = 1.0,
    *,
    transactions: int | None = None,
    invariant: str | None = None,
    level: str | None = None,
    attempts: int = 100,
    kills: int = 0,
    seed: int = 1,
    dsn: str | None = None,
) -> Race:
    """Let many clients do the same work over and over, each on a real connection, and count what comes of it.

    Each call of the worker is one transaction, tried again whole as ``retry`` does.

    Args:
        worker: given a connection and a source of random numbers of the client's own; it does one transaction's work.
        clients: how many at once.
        seconds: for how long.
        transactions: how many each client does, instead of a time.
        invariant: what must be true afterwards, in SQL.
        level: the isolation level of the transactions; None is the server's.
        attempts: how often one is tried at most.
        kills: how many sessions are ended in the middle, spread over the race; their clients connect anew and go on.
        seed: for the clients' random numbers; what they do is the same for the same seed, in which order is not.
        dsn: where; None is the open lesson's database.

    Raises:
        MnemoError: the invariant is no boolean, or the numbers make no race.
        ServerUnavailable: a session cannot be opened.
        Exception: whatever the worker raises that is no error of the server's.
    """
    if clients < 1 or seconds <= 0 or (transactions is not None and transactions < 1):
        raise MnemoError("A race needs at least one client, and a time or a number of transactions above zero.")
    open = opener(dsn)
    with Cast([], open) as cast:
        if invariant is not None:
            holds(cast, invariant)
        track = _Track(worker, clients, seconds, transactions, level, attempts, kills, seed, open, cast)
        took = track.run()
        true = None if invariant is None else holds(cast, invariant)
    return Race(
        clients,
        took,
        len(track.times_s),
        dict(track.retries),
        dict(track.failures),
        track.killed,
        tuple(sorted(track.times_s)),
        true,
    )


def plot_races(races: Mapping[str, Mapping[float, Race]], along: str) -> render.Shown:
    """Draw the throughput of several ways to do the same, along what was varied, with the figures below.

    Args:
        races: for each way, its races by what was varied.
        along: what was varied, as a label.
    """
    lines = {way: {x: race.commits_per_s for x, race in found.items()} for way, found in races.items()}
    rows = [
        (way, f"{x:g}", f"{race.commits_per_s:,.0f}", f"{race.p95_s * 1000:.1f} ms", sum(race.retries.values()))
        for way, found in races.items()
        for x, race in found.items()
    ]
    table = render.table(
        ("way", along, "commits per second", "95 % within", "tried again"), rows, right=(False, True, True, True, True)
    )
    return render.stack(render.lines(lines, along, "commits per second"), table)


class _Track:
    """The clients under way."""

    def __init__(
        self,
        worker: Worker,
        clients: int,
        seconds: float,
        transactions: int | None,
        level: str | None,
        attempts: int,
        kills: int,
        seed: int,
        open: Opener,
        cast: Cast,
    ) -> None:
        self.times_s: list[float] = []
        self.retries: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.killed = 0
        self._worker, self._clients, self._seconds, self._transactions = worker, clients, seconds, transactions
        self._level, self._attempts, self._kills, self._seed = level, attempts, kills, seed
        self._open, self._cast = open, cast
        self._lock = threading.Lock()
        self._start = threading.Barrier(clients + 1)
        self._stop = threading.Event()
        self._problem: BaseException | None = None
        self._connections: dict[int, psycopg.Connection[Any]] = {}
        self._draw = random.Random(f"{seed} kills")

    def run(self) -> float:
        """Run to the end, and return how long it took, in seconds."""
        threads = [threading.Thread(target=self._client, args=(i,), daemon=True) for i in range(self._clients)]
        try:
            for i in range(self._clients):
                self._connections[i] = self._connect(i)
            for thread in threads:
                thread.start()
            self._began = time.perf_counter()
            self._start.wait()
            while any(thread.is_alive() for thread in threads):
                for thread in threads:
                    thread.join(_LOOK_S)
        except BaseException:
            self._stop.set()
            self._start.abort()
            for connection in list(self._connections.values()):
                with suppress(psycopg.Error):
                    connection.cancel_safe(timeout=_CANCEL_TIMEOUT_S)
            raise
        finally:
            for thread in threads:
                if thread.ident is not None:
                    thread.join()
            for connection in self._connections.values():
                connection.close()
        if self._problem is not None:
            raise self._problem
        return time.perf_counter() - self._began

    def _client(self, i: int) -> None:
        draw = random.Random(f"{self._seed} client {i}")
        try:
            self._start.wait()
            done = 0
            until = time.perf_counter() + self._seconds
            while not self._stop.is_set():
                if done >= self._transactions if self._transactions is not None else time.perf_counter() >= until:
                    return
                self._one(i, draw)
                done += 1
                with self._lock:
                    self._kill_if_due(i)
        except threading.BrokenBarrierError:
            return
        except BaseException as problem:
            self._problem = self._problem or problem
            self._stop.set()

    def _one(self, i: int, draw: random.Random) -> None:
        began = time.perf_counter()
        try:
            retry(
                self._connections[i],
                lambda connection: self._worker(connection, draw),
                attempts=self._attempts,
                noted=self._note,
                draw=draw.random,
            )
        except psycopg.Error as problem:
            with self._lock:
                self.failures[problem.sqlstate or "08006"] += 1
            if self._connections[i].closed:
                self._connections[i].close()
                self._connections[i] = self._connect(i)
            return
        with self._lock:
            self.times_s.append(time.perf_counter() - began)

    def _note(self, sqlstate: str) -> None:
        with self._lock:
            self.retries[sqlstate] += 1

    def _kill_if_due(self, i: int) -> None:
        """End another client's session if as much of the race is over as is to pass before the next."""
        if self.killed >= self._kills or self._clients == 1:
            return
        if self._transactions is not None:
            share = len(self.times_s) / (self._clients * self._transactions)
        else:
            share = (time.perf_counter() - self._began) / self._seconds
        if share >= (self.killed + 1) / (self._kills + 1):
            other = self._draw.choice([j for j in range(self._clients) if j != i])
            pid = self._connections[other].pgconn.backend_pid
            self.killed += self._cast.ask(b"SELECT pg_terminate_backend($1::int)", str(pid))[0][0] == "t"

    def _connect(self, i: int) -> psycopg.Connection[Any]:
        connection = self._open(f"client {i + 1}")
        if self._level is not None:
            connection.isolation_level = psycopg.IsolationLevel[self._level.upper().replace(" ", "_")]
        return connection
