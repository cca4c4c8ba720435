"""Plays steps in their order: each is started, and the next only when every session has finished or waits."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.sql import bind
from mnemo_helpers.stage._answer import Answer, Refusal, carried, read
from mnemo_helpers.stage._cast import Cast, named
from mnemo_helpers.stage._run import Played, Run, Wait
from mnemo_helpers.stage._script import Step
from mnemo_helpers.stage._session import IDLE_TIMEOUTS, OWN_TIMEOUTS, Session, seconds, wait_for_any
from mnemo_helpers.stage._touched import Watch

LIMIT_S = 30.0

_LOOK_S = 0.001
# What a step answers is kept whole.
_MOST_BYTES = 16_000_000
# A wait that an idle outsider causes can take this long to be one, where nobody looks after them.
_OUTSIDE_S = 0.2
# Who looks on has a snapshot, and with it keeps VACUUM from clearing away what it has come for.
_CLEANS_S = 1.0
# What waits for another thing than a lock looks for no circle, and never says that it has.
_LOOKS_S = 0.2
_CIRCLE = re.compile(r"[Pp]rocess (\d+) waits for (.*?) on .*?; blocked by process (\d+)")


@dataclass
class _Underway:
    number: int
    step: Step
    wait: Wait | None = None
    began: float = field(default_factory=time.monotonic)


class Player:
    """Plays orders of steps with one cast."""

    def __init__(self, cast: Cast, *, limit_s: float = LIMIT_S) -> None:
        """Take the cast.

        Args:
            cast: the sessions, nothing under way in them.
            limit_s: how long a step that waits for nobody may take.
        """
        self._cast = cast
        self._limit_s = limit_s

    def play(self, steps: Sequence[Step], watch: Watch | None = None) -> Run:
        """Play steps in their order, and end what they leave open.

        Args:
            steps: in order.
            watch: notes what each step touches.

        Raises:
            MnemoError: a step does not return, or waits for a session that is not on the stage.
        """
        self._watch = watch
        self._played: dict[int, Played] = {}
        self._underway: dict[str, _Underway] = {}
        self._limits = {name: dict(self._cast.limits_s) for name in self._cast.sessions}
        self._carried: dict[str, dict[str, Any]] = {}
        impossible = ""
        for number, step in enumerate(steps, start=1):
            session = self._cast.sessions[step.session]
            if session.active:
                impossible = self._cannot(number, step)
                break
            step = replace(step, sql=bind(step.sql, self._carried.get(step.session, {})))
            sent = watch.sent(number, step, in_transaction=session.in_transaction) if watch else step.sql
            if session.lost:
                gone = Refusal("08003", "the session is gone")
                self._played[number] = Played(number, step.session, step.sql, error=gone)
                continue
            if "deadlock_timeout" not in step.sql.lower():
                # Only a session that another waits for can close a circle.
                waited_for = any(under.wait and step.session in under.wait.whom for under in self._underway.values())
                session.hasten(at_once=waited_for)
            else:
                session.may_hasten = False
            session.start(sent)
            self._underway[step.session] = _Underway(number, step)
            self._settle(number, session)
        notes = self._end()
        return Run(
            tuple(dict.fromkeys(step.session for step in steps)),
            tuple(self._played[number] for number in sorted(self._played)),
            impossible,
            () if impossible else tuple(notes),
        )

    def _settle(self, number: int, newest: Session) -> None:
        """Wait until each session has finished its step or waits for one that is idle."""
        deadline = time.monotonic() + self._limit_s
        under = self._underway[newest.name]
        newest.wait(_CLEANS_S if under.step.sql.lstrip()[:6].upper() == "VACUUM" else _LOOK_S)
        looks_until = 0.0
        while True:
            for name in list(self._underway):
                session = self._cast.sessions[name]
                if not session.busy():
                    self._finish(number, session)
            active = self._cast.active
            if not active:
                return
            graph = self._cast.blockers(active)
            if self._settled(graph):
                # One that has yet to look for a circle must do so before the next step can close one.
                looks_until = looks_until or time.monotonic() + _LOOKS_S
                if time.monotonic() > looks_until or not any(session.yet_to_look for session in active):
                    self._note_waits(graph)
                    return
            if any(session.heard_bytes > _MOST_BYTES for session in active):
                self._refuse_flood(next(session.name for session in active if session.heard_bytes > _MOST_BYTES))
            if time.monotonic() > deadline:
                self._give_up(graph)
            wait_for_any(active, _LOOK_S)

    def _settled(self, graph: Mapping[str, frozenset[int]]) -> bool:
        """Tell whether nothing moves any more until another step is played."""
        names = self._cast.pids
        for name, pids in graph.items():
            if not pids or not all(pid in names for pid in pids):
                self._refuse_outsiders(name, pids, names)
                return False
            if self._ends_by_itself(name, [names[pid] for pid in pids]):
                return False
        # Whoever waits for a session that runs is not settled; a circle is broken by the server.
        still = {name: {names[pid] for pid in pids} for name, pids in graph.items()}
        while still:
            free = [name for name, whom in still.items() if not whom & set(still)]
            if not free:
                return False
            for name in free:
                del still[name]
        return True

    def _ends_by_itself(self, name: str, whom: Sequence[str]) -> bool:
        own = [self._limits[name].get(setting, 0.0) for setting in OWN_TIMEOUTS]
        theirs = [
            self._limits[other].get(setting, 0.0)
            for other in whom
            if not self._cast.sessions[other].active
            for setting in IDLE_TIMEOUTS
        ]
        return any(0 < limit_s <= self._limit_s for limit_s in (*own, *theirs))

    def _finish(self, number: int, session: Session) -> None:
        under = self._underway.pop(session.name)
        results = session.results()
        if self._watch is not None:
            results = self._watch.heard(under.number, number, results)
            if self._watch.steps[under.number].alone and session.in_transaction:
                session.run("ROLLBACK")
        answers, error = [], None
        for result in results:
            said = read(result)
            if isinstance(said, Answer):
                answers.append(said)
            elif isinstance(said, Refusal) and error is None:
                error = said
        self._carried.setdefault(session.name, {}).update(carried(answers))
        if error is None and session.lost:
            error = session.farewell or Refusal("08006", "The connection is gone.")
        if error is not None and error.sqlstate == "40P01":
            error = Refusal(error.sqlstate, f"{error.message}: {self._circle(error.detail)}", error.detail)
        wait = Wait(under.wait.whom, under.wait.lock, number) if under.wait else None
        notices = tuple(notice.strip().split("\n")[0] for notice in session.notices)
        self._played[under.number] = Played(
            under.number, session.name, under.step.sql, tuple(answers), error, notices, wait
        )
        if "timeout" in under.step.sql.lower():
            self._read_limits(session)

    def _note_waits(self, graph: Mapping[str, frozenset[int]]) -> None:
        names = self._cast.pids
        for name, under in self._underway.items():
            if under.wait is None:
                session = self._cast.sessions[name]
                under.wait = Wait(named(graph[name], names), self._cast.lock(session))
                if self._watch is not None:
                    self._watch.waits(under.number)

    def _circle(self, detail: str) -> str:
        names = self._cast.pids
        waits = [(names.get(int(a), "another"), names.get(int(b), "another")) for a, _, b in _CIRCLE.findall(detail)]
        first = min(range(len(waits)), key=lambda i: waits[i], default=0)
        return ", ".join(f"{a} waits for {b}" for a, b in waits[first:] + waits[:first])

    def _cannot(self, number: int, step: Step) -> str:
        under = self._underway[step.session]
        whom = " and ".join(under.wait.whom) if under.wait else "nobody"
        return (
            f"Step {number} ({step.session}: {_clipped(step.sql)}) cannot happen here: "
            f"{step.session} still waits for {whom} since step {under.number}."
        )

    def _end(self) -> list[str]:
        """End what is open, and say what was."""
        notes = []
        for name, under in self._underway.items():
            self._played[under.number] = Played(under.number, name, under.step.sql, wait=under.wait)
            whom = " and ".join(under.wait.whom) if under.wait else "nobody"
            notes.append(f"{name} still waits for {whom} at the end; step {under.number} was given up.")
        for session in self._cast.sessions.values():
            session.busy()  # One that another session has ended knows it when it is looked at.
        there = [session for session in self._cast.sessions.values() if session.farewell is None]
        left = [session.name for session in there if session.in_transaction]
        self._cast.end_steps()
        notes += [f"{name}'s transaction was still open at the end; it was rolled back." for name in left]
        self._underway = {}
        return notes

    def _give_up(self, graph: Mapping[str, frozenset[int]]) -> None:
        name = next((name for name, pids in graph.items() if not pids), next(iter(graph)))
        under = self._underway[name]
        self._cast.end_steps()
        raise MnemoError(
            f"Step {under.number} ({name}: {_clipped(under.step.sql)}) did not return within {self._limit_s:g} s, "
            "and it waits for no session of the stage. It was cancelled, and every open transaction rolled back.",
            remedy="Take out what takes so long, or give the stage a larger limit_s.",
        )

    def _refuse_flood(self, name: str) -> None:
        under = self._underway[name]
        self._cast.end_steps()
        raise MnemoError(
            f"Step {under.number} ({name}: {_clipped(under.step.sql)}) answers with more than "
            f"{_MOST_BYTES // 1_000_000} MB of rows. It was cancelled, and every open transaction rolled back.",
            remedy="Let it count, or read fewer rows.",
        )

    def _refuse_outsiders(self, name: str, pids: frozenset[int], names: Mapping[int, str]) -> None:
        """Raise when a session waits for one that is not on the stage and does nothing."""
        under = self._underway[name]
        if time.monotonic() - under.began < _OUTSIDE_S:
            return
        for pid in sorted(pids - set(names)):
            if pid == self._cast.guarding:
                raise MnemoError(
                    f"Step {under.number} ({name}: {_clipped(under.step.sql)}) writes to a table that no step names, "
                    "so its rows could not be put back. It was cancelled; nothing has changed.",
                    remedy="Name the table in a comment of the step, or give the script `setup:` lines.",
                )
            application, state = self._cast.outsider(pid)
            if not state.startswith("idle in transaction") and state != "prepared":
                continue
            self._cast.end_steps()
            raise MnemoError(
                f"Step {under.number} ({name}: {_clipped(under.step.sql)}) waits for a session that is not on the "
                f"stage: {application} ({state}). Every open transaction of the stage was rolled back.",
                remedy="COMMIT or ROLLBACK there, then run this again.",
            )

    def _read_limits(self, session: Session) -> None:
        for name in self._cast.limits_s:
            shown = session.setting(name)
            if shown is not None:
                self._limits[session.name][name] = seconds(shown)


def _clipped(text: str, width: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 2] + " …"
