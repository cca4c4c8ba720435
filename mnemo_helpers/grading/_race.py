"""Two sessions at once: the last two steps of a history, each in a transaction of its own, neither seeing the other."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

from mnemo_helpers import database
from mnemo_helpers.grading import _clock
from mnemo_helpers.grading._histories import AT, Step
from mnemo_helpers.grading._play import Seen, act, ask, read, touched
from mnemo_helpers.grading._run import Refused, Session, session
from mnemo_helpers.grading._schema import Schema
from mnemo_helpers.grading._sections import Design

ALWAYS_RIGHT = ("40001", "40P01")
"""What may refuse one of two sessions whatever is asked for: a serialization failure, a deadlock."""

_LOOK_S = 0.002


def race(
    place: str, design: Design, exercise: Schema, steps: Sequence[Step], asked: Sequence[str] = (), *, all_s: float
) -> Seen:
    """Commit all steps but two, then take these in two sessions at once, and say which was refused.

    The second session acts when the first has acted and not yet committed. Where it then waits, the first commits.

    Args:
        place: a database that holds the learner's schema and is used for nothing else.
        design: the learner's SQL.
        exercise: what its actions are.
        steps: what to do.
        asked: the names of the questions to ask afterwards.
        all_s: seconds after which the sessions are ended.

    Returns:
        What came of it; ``went_in`` counts the steps before the one that was refused.

    Raises:
        TookTooLong: a section had to be stopped.
    """
    with contextlib.ExitStack() as stack:
        first, second = (
            stack.enter_context(session(place, statement_s=exercise.timeout_s, all_s=all_s)) for _ in range(2)
        )
        *before, one, other = steps
        for i, step in enumerate(before):
            try:
                if step[0] == AT:
                    for each in (first, second):
                        each.control(_clock.setting(step[1]).replace("SET LOCAL", "SET", 1))
                else:
                    first.control("BEGIN")
                    act(first, design, exercise, step)
                    first.control("COMMIT")
            except Refused as no:
                return Seen(i, no.error)
        first.control("BEGIN")
        second.control("BEGIN")
        try:
            act(first, design, exercise, one)
        except Refused as no:
            return Seen(len(before), no.error)
        with ThreadPoolExecutor(1) as pool:
            acting = pool.submit(act, second, design, exercise, other)
            _until_it_acts_or_waits(place, acting, second)
            try:
                first.control("COMMIT")
            except Refused as no:
                with contextlib.suppress(Refused):
                    acting.result()
                return Seen(len(before), no.error)
            try:
                acting.result()
                tables = touched(second)
                second.control("COMMIT")
            except Refused as no:
                return Seen(len(before) + 1, no.error)
        second.control("BEGIN")
        rows = read(second, [table for table, counts in tables.items() if any(counts)])
        answers = {
            question.name: ask(second, question, design.questions[question.name])
            for question in exercise.questions
            if question.name in asked
        }
        return Seen(len(steps), answers=answers, contents=rows)


def _until_it_acts_or_waits(place: str, acting: Future[None], second: Session) -> None:
    pid = second.connection.info.backend_pid
    with database.connect(place, role="answer", name="mnemo check") as watch:
        while True:
            with contextlib.suppress(NotYet, Refused):
                acting.result(timeout=_LOOK_S)
                return
            if acting.done():
                return
            row = watch.execute("SELECT pg_catalog.cardinality(pg_catalog.pg_blocking_pids(%s)) > 0", [pid]).fetchone()
            if row and row[0]:
                return
