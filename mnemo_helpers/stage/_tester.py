"""Plays a spec as PostgreSQL's isolationtester does, and prints what that prints.

Where isolationtester would hang, because the next step belongs to a session that cannot go on before it, this says that
the order cannot happen, and goes on with the next.

Source: the rules are those of src/test/isolation/README; the form of results is that of libpq's ``PQprint``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from psycopg import pq
from psycopg.pq.abc import PGresult

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.stage._cast import Cast
from mnemo_helpers.stage._session import Session
from mnemo_helpers.stage._spec import Blocker, Spec, Turn

# Long enough for most steps to be done, so that the server is seldom asked in vain.
_LOOK_S = 0.003
_NUMERIC = frozenset(b"0123456789.Ee -")


@dataclass
class _Step:
    name: str
    sql: str
    session: Session
    blockers: tuple[Blocker, ...]
    targets: dict[str, int]


class _CannotHappen(Exception):
    """The next step would have to wait for itself."""


class Tester:
    """Plays the orders of one spec with one cast."""

    def __init__(self, spec: Spec, cast: Cast, *, limit_s: float) -> None:
        """Take the cast, whose sessions are those of the spec."""
        self._spec, self._cast, self._limit_s = spec, cast, limit_s
        self._printed: list[str] = []
        self._owners, self._texts = spec.owners, spec.texts
        self._active: dict[str, _Step] = {}
        self._waiting: list[_Step] = []
        self._noticed = False
        # A session that may end its own wait, or be ended, is waited for.
        self._limited = {
            session.name
            for session in spec.sessions
            if "timeout" in " ".join((session.setup, *(sql for _, sql in session.steps))).lower()
        }
        for session in cast.sessions.values():
            session.on_notice = self._noticing(session.name)

    def transcript(self) -> str:
        """Play every order, and return what was printed.

        Raises:
            MnemoError: a set-up fails, or a step does not return.
        """
        self._print(f"Parsed test spec with {len(self._spec.sessions)} sessions")
        for order in self._spec.orders():
            self._permutation(order)
        return "".join(self._printed)

    def _permutation(self, order: Sequence[Turn]) -> None:
        self._print("\nstarting permutation: " + " ".join(turn.step for turn in order))
        for sql in self._spec.setups:
            self._print_rows(self._cast.tell(sql, "setup"))
        for session in self._spec.sessions:
            if session.setup:
                self._print_rows(self._at_once(session.name, session.setup, f"setup of session {session.name}"))
        self._active, self._waiting = {}, []
        try:
            for turn in order:
                self._take(turn)
            self._retry(nonblock=False)
            if self._waiting:
                raise _CannotHappen(f"{self._waiting[0].name}: steps hold each other back")
        except _CannotHappen as problem:
            self._print(f"step {problem}; this order cannot happen")
            self._cast.end_steps()
        for session in self._spec.sessions:
            if session.teardown:
                self._print_rows(self._last(session.name, session.teardown))
        if self._spec.teardown:
            self._print_rows(self._cast.tell(self._spec.teardown, "teardown"))

    def _take(self, turn: Turn) -> None:
        session = self._cast.sessions[self._owners[turn.step]]
        if session.name in self._active:
            self._free(session)
        session.start(self._texts[turn.step])
        targets = {
            blocker.step: blocker.notices + self._cast.sessions[self._owners[blocker.step]].notices_ever
            for blocker in turn.blockers
            if blocker.kind == "notices"
        }
        step = _Step(turn.step, self._texts[turn.step], session, turn.blockers, targets)
        self._active[session.name] = step
        held = not self._complete(step, nonblock=True, retry=False)
        self._retry(nonblock=True)
        if held:
            self._waiting.append(step)

    def _free(self, session: Session) -> None:
        """Wait until a session's step is done, so that its next can begin."""
        while (old := self._active.get(session.name)) is not None:
            before = (len(self._waiting), sum(one.notices_ever for one in self._cast.sessions.values()))
            if self._complete(old, nonblock=False, retry=True):
                self._waiting.remove(old)
            self._retry(nonblock=True)
            after = (len(self._waiting), sum(one.notices_ever for one in self._cast.sessions.values()))
            if session.name in self._active and before == after and not self._any_runs():
                raise _CannotHappen(f"{old.name}: held back by {', '.join(b.step for b in old.blockers)}")

    def _retry(self, *, nonblock: bool) -> None:
        """Complete those waiting steps that can be, in the order in which they began."""
        while True:
            self._noticed, before, blocked = False, len(self._waiting), False
            for step in list(self._waiting):
                if self._complete(step, nonblock=nonblock, retry=True):
                    self._waiting.remove(step)
                else:
                    blocked |= bool(step.blockers)
            if not (blocked and (len(self._waiting) < before or self._noticed)):
                return

    def _complete(self, step: _Step, *, nonblock: bool, retry: bool) -> bool:
        """Wait for a step until it is done, or known to wait; tell whether it is done."""
        if not retry and any(blocker.kind == "once" for blocker in step.blockers):
            self._print(f"step {step.name}: {step.sql} <waiting ...>")
            return False
        if not self._returned(step, nonblock=nonblock) or self._held(step):
            if not retry:
                self._print(f"step {step.name}: {step.sql} <waiting ...>")
            return False
        self._print(f"step {step.name}: <... completed>" if retry else f"step {step.name}: {step.sql}")
        for result in step.session.results():
            self._print_result(result)
        self._print_notifications(step.session)
        del self._active[step.session.name]
        return True

    def _returned(self, step: _Step, *, nonblock: bool) -> bool:
        deadline = time.monotonic() + self._limit_s
        while step.session.busy():
            step.session.wait(_LOOK_S)
            if not step.session.busy():
                break
            graph = self._cast.blockers(self._cast.active)
            ours = {name: {pid for pid in pids if pid in self._cast.pids} for name, pids in graph.items()}
            if ours[step.session.name]:
                if nonblock:
                    # What has arrived while we asked is heard first, notices too.
                    if step.session.busy():
                        return False
                    break
                self._refuse_to_hang(step, ours)
            if time.monotonic() > deadline:
                self._cast.end_steps()
                raise MnemoError(
                    f"Step {step.name} did not return within {self._limit_s:g} s, and waits for no other session.",
                    remedy="Take out what takes so long, or give the stage a larger limit_s.",
                )
        return True

    def _refuse_to_hang(self, step: _Step, graph: dict[str, set[int]]) -> None:
        """Raise where a session can only go on after a later step."""
        names = self._cast.pids
        reached, open_ = {step.session.name}, [step.session.name]
        while open_:
            for pid in graph[open_.pop()]:
                other = names[pid]
                if other in graph and other not in reached:
                    reached.add(other)
                    open_.append(other)
        whom = sorted({names[pid] for name in reached for pid in graph[name]})
        runs = any(not graph[name] for name in reached)
        if runs or self._limited & (reached | set(whom)) or _circle({n: {names[p] for p in graph[n]} for n in reached}):
            return
        raise _CannotHappen(f"{step.name}: waits for session {' and '.join(whom)}")

    def _any_runs(self) -> bool:
        return any(session.active and session.busy() for session in self._cast.sessions.values())

    def _held(self, step: _Step) -> bool:
        for blocker in step.blockers:
            if blocker.kind == "step":
                active = self._active.get(self._owners[blocker.step])
                if active is not None and active.name == blocker.step:
                    return True
            elif blocker.kind == "notices":
                owner = self._cast.sessions[self._owners[blocker.step]]
                if owner.notices_ever < step.targets[blocker.step]:
                    return True
        return False

    def _at_once(self, name: str, sql: str, what: str) -> PGresult:
        result = self._last(name, sql)
        if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            raise MnemoError(f"The {what} failed: {_message(result)}")
        return result

    def _last(self, name: str, sql: str) -> PGresult:
        return self._cast.sessions[name].run(sql)[-1]

    def _print(self, line: str) -> None:
        self._printed.append(line + "\n")

    def _print_rows(self, result: PGresult) -> None:
        if result.status == pq.ExecStatus.TUPLES_OK:
            self._printed += [line + "\n" for line in table(result)]

    def _print_result(self, result: PGresult) -> None:
        match result.status:
            case pq.ExecStatus.TUPLES_OK:
                self._print_rows(result)
            case pq.ExecStatus.COMMAND_OK | pq.ExecStatus.EMPTY_QUERY:
                pass
            case pq.ExecStatus.FATAL_ERROR:
                self._print(_message(result))
            case other:
                self._print(f"unexpected result status: PGRES_{pq.ExecStatus(other).name}")

    def _print_notifications(self, session: Session) -> None:
        session.busy()
        while (found := session.pgconn.notifies()) is not None:
            sender = self._cast.pids.get(found.be_pid, f"PID {found.be_pid}")
            self._print(
                f'{session.name}: NOTIFY "{found.relname.decode()}" with payload "{found.extra.decode()}" from {sender}'
            )
            session.busy()

    def _noticing(self, name: str) -> Callable[[str], None]:
        def note(text: str) -> None:
            self._printed.append(f"{name}: {text}")
            self._noticed = True

        return note


def table(result: PGresult) -> Iterator[str]:
    """Yield rows as libpq's ``PQprint`` lays them out: a column stands to the right unless something is no number."""
    if not result.nfields:
        return
    columns = range(result.nfields)
    heads = [result.fname(i) or b"" for i in columns]
    rows = [[result.get_value(row, i) or b"" for i in columns] for row in range(result.ntuples)]
    left = [any(value and not _is_number(value) for value in column) for column in zip(*rows, strict=True)]
    left = left or [False] * len(heads)
    widths = [max(len(head), *(len(row[i]) for row in rows)) if rows else len(head) for i, head in enumerate(heads)]

    def line(values: Sequence[bytes]) -> str:
        placed = (v.ljust(w) if to else v.rjust(w) for v, w, to in zip(values, widths, left, strict=True))
        return b"|".join(placed).decode()

    yield line(heads)
    yield "+".join("-" * width for width in widths)
    yield from map(line, rows)
    yield f"({result.ntuples} row{'' if result.ntuples == 1 else 's'})"
    yield ""


def _is_number(value: bytes) -> bool:
    return set(value) <= _NUMERIC and value[:1] not in (b"E", b"e") and value[-1:].isdigit()


def _message(result: PGresult) -> str:
    severity = result.error_field(pq.DiagnosticField.SEVERITY)
    primary = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY)
    if severity and primary:
        return f"{severity.decode()}:  {primary.decode()}"
    return (result.error_message or b"").decode()


def _circle(graph: dict[str, set[str]]) -> bool:
    """Tell whether sessions wait for each other in a circle, which the server will break."""
    left = {name: whom & set(graph) for name, whom in graph.items()}
    while free := [name for name, whom in left.items() if not whom & set(left)]:
        for name in free:
            del left[name]
    return bool(left)
