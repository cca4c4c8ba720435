"""Many clients who send the same steps at once, are cut off, and try again until they are told."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.sql import bind
from mnemo_helpers.stage._answer import Answer, carried, read
from mnemo_helpers.stage._cast import Cast, Opener, opener
from mnemo_helpers.stage._outcome import holds
from mnemo_helpers.stage._race import Race
from mnemo_helpers.stage._retry import AGAIN
from mnemo_helpers.stage._script import Script
from mnemo_helpers.stage._script import read as read_script

Values = Mapping[str, Any]

_PAUSE_S, _LONGEST_PAUSE_S = 0.005, 0.2
_CANCEL_TIMEOUT_S = 5.0
# The session that is cut off is gone before its client comes back; how long that may take, in ms.
_END = "SELECT pg_terminate_backend(%s, 5000)"


@dataclass(frozen=True)
class Rush(Race):
    """A race in which each client keeps what it was told.

    Attributes:
        told: for each request that was done to its end, its values, and what its last try has read, by name; with
            ``client`` and ``request``, numbers from 1.
    """

    told: tuple[Values, ...] = field(default=(), repr=False)


def rush(
    steps: str | Script,
    clients: int,
    requests: int = 1,
    *,
    values: Callable[[int, int], Values] = lambda client, request: {},
    cuts: int = 0,
    invariant: str | None = None,
    level: str | None = None,
    attempts: int = 100,
    limit_s: float = 10.0,
    seed: int = 1,
    dsn: str | None = None,
) -> Rush:
    """Let many clients send the same steps at once, each on a real connection, as an application does.

    A request is all steps, one after the other, with its own values by name. After 40001 and 40P01 all of them come
    again. A client that is cut off has done a step and not heard the answer, also where the step was COMMIT: its
    session is ended, it connects anew, and sends all steps again with the same values. It is told when the last step
    is done.

    Args:
        steps: those of one session, a step a line as a stage has them; ``setup:`` lines are run before.
        clients: how many at once.
        requests: how many each client has, one after the other.
        values: what a request has of its own, by client and request, numbers from 1.
        cuts: how many requests are cut off, once each; which of them is drawn, and each step has its turn.
        invariant: what must be true afterwards, in SQL.
        level: the isolation level that ``BEGIN`` alone means; None is the server's.
        attempts: how often a request is sent at most.
        limit_s: how long a step may take, waits included; 0 for any time.
        seed: for the draws; in which order the clients get their turn is left to the server.
        dsn: where; None is the open lesson's database.

    Returns:
        What they got done, how long each took, and what they were told.

    Raises:
        MnemoError: the steps are not of one session, the invariant is no boolean, or the numbers make no race.
        ServerUnavailable: a session cannot be opened.
        psycopg.Error: a session was ended from elsewhere.
    """
    script = steps if isinstance(steps, Script) else read_script(steps)
    if len(script.sessions) != 1:
        raise MnemoError("All clients send the same steps: write those of one session.")
    if clients < 1 or requests < 1 or not 0 <= cuts <= clients * requests:
        raise MnemoError("A race needs a client, a request and no more cuts than requests.")
    texts = [step.sql for step in script.steps]
    drawn = random.Random(seed).sample([(c, r) for c in range(1, clients + 1) for r in range(1, requests + 1)], cuts)
    cut_after = {which: 1 + i % len(texts) for i, which in enumerate(drawn)}
    open = opener(dsn)
    settings = [f"SET statement_timeout = {round(limit_s * 1000)}"]
    settings += [f"SET default_transaction_isolation = '{level}'"] if level else []
    with Cast([], open) as cast:
        for text in script.setup:
            cast.tell(text, "set-up of the rush")
        if invariant is not None:
            holds(cast, invariant)
        crowd = _Crowd(texts, values, cut_after, requests, attempts, "; ".join(settings), seed, open)
        seconds = crowd.run(clients)
        true = None if invariant is None else holds(cast, invariant)
    return Rush(
        clients,
        seconds,
        len(crowd.told),
        dict(crowd.retries),
        dict(crowd.failures),
        len(cut_after) - len(crowd.cut_after),
        tuple(sorted(crowd.times_s)),
        true,
        tuple(sorted(crowd.told, key=lambda each: (each["client"], each["request"]))),
    )


class _Crowd:
    """The clients under way."""

    def __init__(
        self,
        texts: Sequence[str],
        values: Callable[[int, int], Values],
        cut_after: dict[tuple[int, int], int],
        requests: int,
        attempts: int,
        settings: str,
        seed: int,
        open: Opener,
    ) -> None:
        self.told: list[Values] = []
        self.times_s: list[float] = []
        self.retries: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.cut_after = dict(cut_after)
        self._texts, self._values, self._requests = texts, values, requests
        self._attempts, self._settings, self._seed, self._open = attempts, settings, seed, open
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._connections: dict[int, psycopg.Connection[Any]] = {}

    def run(self, clients: int) -> float:
        """Run to the end, and return how long it took, in seconds."""
        start = threading.Barrier(clients)
        try:
            for client in range(1, clients + 1):
                self._connect(client)
            began = time.perf_counter()
            with ThreadPoolExecutor(clients) as pool:
                self._wait([pool.submit(self._client, client, start) for client in range(1, clients + 1)])
            return time.perf_counter() - began
        finally:
            for connection in self._connections.values():
                connection.close()

    def _wait(self, all: Sequence[Future[None]]) -> None:
        try:
            for one in all:
                one.result()
        except BaseException:
            self._stop.set()
            for connection in list(self._connections.values()):
                with suppress(psycopg.Error):
                    connection.cancel_safe(timeout=_CANCEL_TIMEOUT_S)
            raise

    def _client(self, client: int, start: threading.Barrier) -> None:
        draw = random.Random(f"{self._seed} client {client}")
        start.wait()
        for request in range(1, self._requests + 1):
            began = time.perf_counter()
            told = self._request(client, request, draw)
            with self._lock:
                if told is not None:
                    self.told.append({"client": client, "request": request} | told)
                    self.times_s.append(time.perf_counter() - began)
            if self._stop.is_set():
                return

    def _request(self, client: int, request: int, draw: random.Random) -> dict[str, Any] | None:
        """Send a request until it is done, and return what its last try has and has read; None if it fails for good."""
        tries = 0
        while not self._stop.is_set():
            known = dict(self._values(client, request))
            try:
                for number, text in enumerate(self._texts, start=1):
                    answer = carried(self._send(client, bind(text, known)))
                    if self.cut_after.get((client, request)) == number:
                        break
                    known |= answer
                else:
                    return known
            except psycopg.Error as problem:
                if self._connections[client].closed:
                    raise  # Nobody of this race has ended it.
                self._connections[client].execute("ROLLBACK")
                tries += 1
                again = problem.sqlstate in AGAIN and tries < self._attempts
                with self._lock:
                    (self.retries if again else self.failures)[problem.sqlstate or "08006"] += 1
                if not again:
                    return None
                time.sleep(draw.random() * min(_LONGEST_PAUSE_S, _PAUSE_S * 2 ** min(tries, 10)))
            else:
                del self.cut_after[client, request]
                self._connect(client)
        return None

    def _send(self, client: int, text: str) -> Iterator[Answer]:
        """Send a step, and yield what it answers."""
        cursor = self._connections[client].execute(text.encode())
        more: bool | None = True
        while more:
            said = read(cursor.pgresult) if cursor.pgresult else None
            if isinstance(said, Answer):
                yield said
            more = cursor.nextset()

    def _connect(self, client: int) -> None:
        """Connect a client, and have the server end the session that it had before."""
        connection, before = self._open(f"client {client}"), self._connections.get(client)
        self._connections[client] = connection
        connection.execute(self._settings.encode())
        if before is not None:
            connection.execute(_END, [before.info.backend_pid])
            before.close()
