"""Putting an answer that holds in every order to the faults of the world: sent twice, cut off, and in a crowd."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mnemo_helpers import render, sql
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading import _orders
from mnemo_helpers.grading._ground import Ground
from mnemo_helpers.grading._rows import Rows
from mnemo_helpers.grading._run import Refused
from mnemo_helpers.grading._seen import RIGHT, Seen
from mnemo_helpers.grading._stage import TRY_AGAIN, Raced, Steps
from mnemo_helpers.stage import Run, Script, Step, rush

Told = Mapping[str, object]

_SHOWN = 8
_TWICE = "The same request, sent twice at once."
_CUT = (
    "SELECT pg_terminate_backend(pid, 5000) AS cut_off FROM pg_stat_activity "
    "WHERE application_name = '{name}' AND datname = current_database()"
)


@dataclass(frozen=True)
class _Broken:
    """What does not hold afterwards: whose law it is, in words, and the rows that break it."""

    law: str
    said: str
    rows: render.Shown | None = None


def twice(place: Ground, asks: Steps, raced: Raced, client: Script) -> Seen | None:
    """Judge one request that comes twice at once, by every order of its steps; None where it holds.

    Args:
        place: where it plays.
        asks: what is asked.
        raced: what there is at first.
        client: its steps, the values of a request by name.

    Raises:
        CannotPlay: a step does not return, or ends sessions.
        MnemoError: the exercise itself does not work.
    """
    place = replace(place, exercise=replace(place.exercise, tables=f"{place.exercise.tables};{raced.twice}"))
    place.make()
    name, (level,) = asks.sessions[0], place.exercise.levels
    names = (name, f"{name}_again")
    script = Script(tuple(step for each in names for step in _steps(client, each, asks.values[name])))
    run = _orders.played(place, script, level)
    if run.impossible or run.notes:
        told = run.impossible or run.notes[0]
        return Seen("twice", f"{_TWICE} The sessions do not come to an end. {told}", (run.shown,), "open", "open")
    seen = _orders.every_order(place, replace(asks, sessions=names, most_waits=None), script)
    return None if seen.way == RIGHT else replace(seen, way="twice", message=f"{_TWICE} {seen.message}")


def cut_off(place: Ground, asks: Steps, raced: Raced, client: Script) -> Seen | None:
    """Judge a client that is cut off after each of its steps in turn; None where all holds.

    The other sessions that are asked for come next, then the client again, with the same values.

    Args:
        place: where it plays.
        asks: what is asked.
        raced: what must hold.
        client: its steps, the values of a request by name.

    Raises:
        CannotPlay: a step does not return, or ends sessions.
        MnemoError: the exercise itself does not work.
    """
    (level,) = place.exercise.levels
    name, *others = asks.sessions
    again, count = f"{name}_again", len(client.steps)
    failed: list[tuple[int, Run, _Broken, render.Shown]] = []
    ends: set[tuple[str, bool, Hashable]] = set()
    for cut in range(1, count + 1):
        steps = [
            *_steps(client, name, asks.values[name])[:cut],
            Step("network", _CUT.format(name=name)),
            *(step for other in others for step in _steps(client, other, asks.values[other])),
            *_steps(client, again, asks.values[name]),
        ]
        run = _orders.played(place, Script(tuple(steps)), level)
        came = {**asks.values, again: asks.values[name]}
        told = [{**came[each], **run.known(each)} for each in (*others, again) if not run.errors(each)]
        broken = _failure(asks, run) or _broken(place, asks, raced, told, must_do=True)
        if broken is not None:
            failed.append((cut, run, broken, place.shown()))
            # With all steps done, what is lost is the answer alone: another mistake than work that is done by halves.
            ends.add((broken.law, cut == count, place.contents()))
    if not failed:
        return None
    cut, run, broken, tables = failed[0]
    message = (
        f"One after the other, it does what is asked. But cut off after step {cut} of {count}, before it hears the "
        f"answer, {name} tries again with the same values, and then {broken.said}"
    )
    if len(failed) > 1:
        message += f"\nSo it is after {len(failed)} of {count} steps."
    evidence = (run.shown, *([broken.rows] if broken.rows else []), tables)
    return Seen("cut off", message, evidence, frozenset(ends), frozenset(end[:2] for end in ends))


def race(place: Ground, asks: Steps, raced: Raced, client: Script) -> Seen | None:
    """Judge many clients at once, some of them cut off; None where all holds.

    Args:
        place: where they race.
        asks: what is asked.
        raced: who races, and what must hold.
        client: the steps of each, the values of a request by name.

    Raises:
        CannotPlay: a session was ended.
        MnemoError: the exercise itself does not work.
    """
    exercise, (level,) = place.exercise, place.exercise.levels
    place.make()
    try:
        place.own.control(raced.tables)
    except Refused as no:
        raise place.broken("tables of the race", no) from None
    with _orders.playing():
        found = rush(
            client,
            raced.clients,
            raced.requests,
            values=lambda c, r: {name: text.format(client=c, request=r) for name, text in raced.values.items()},
            cuts=raced.cuts,
            level=level,
            limit_s=exercise.timeout_s,
            dsn=place.dsn,
        )
    strange = {code: n for code, n in found.failures.items() if code not in asks.may_fail or code in TRY_AGAIN}
    if strange:
        code, n = min(strange.items())
        broken: _Broken | None = _Broken(code, f"{n} failed with {code}, and nobody expects that.")
    else:
        broken = _broken(place, asks, raced, found.told, must_do=False)
    if broken is None:
        return None
    evidence = (found.shown, *([broken.rows] if broken.rows else []))
    # In which order they come is left to the server: of what breaks, the first law alone is the same each time.
    message = f"Of two clients it holds. But {_crowd(raced)}, and then {broken.said}"
    return Seen("raced", message, evidence, broken.law, broken.law)


def praise(raced: Raced, client: Script) -> str:
    """Say what an answer has come through."""
    steps = f"each of its {len(client.steps)} steps"
    return (
        f"Cut off after {steps} and sent again, and sent twice at once, it holds. Then {_crowd(raced)}: all laws held."
    )


def _crowd(raced: Raced) -> str:
    requests = f"{raced.requests} request{'s' if raced.requests > 1 else ''} each"
    return f"{raced.clients} clients with {requests} raced, {raced.cuts} of the requests cut off"


def _broken(place: Ground, asks: Steps, raced: Raced, told: Iterable[Told], *, must_do: bool) -> _Broken | None:
    exercise = place.exercise
    _write_down(place, raced, told)
    if exercise.invariant != "serial" and not place.true("invariant", exercise.invariant):
        return _Broken("invariant", f"this breaks: {exercise.says}")
    for law, query in raced.laws.items():
        try:
            rows = place.own.run(query, most=1000)
        except Refused as no:
            raise place.broken(f"law “{law}”", no) from None
        if rows is None:
            raise MnemoError(f"A law of exercise {exercise.id} is no query: {law}")
        if rows.rows:
            return _Broken(law, f"this breaks: {law}", _table(rows))
    if must_do and not place.true("work to be done", asks.must_do):
        return _Broken("must_do", f"this is not so: {asks.says}")
    return None


def _write_down(place: Ground, raced: Raced, told: Iterable[Told]) -> None:
    """Write down what clients were told, where the laws can read it and no answer can."""
    columns = ", ".join(f"{name} text" for name in raced.told)
    lines = [sql.bind(f"({', '.join(f':{name}' for name in raced.told)})", _texts(raced, each)) for each in told]
    place.own.control(f"DROP TABLE IF EXISTS pg_temp.told; CREATE TEMPORARY TABLE told ({columns})")
    if lines:
        place.own.control(f"INSERT INTO pg_temp.told VALUES {', '.join(lines)}")


def _texts(raced: Raced, told: Told) -> dict[str, str | None]:
    return {name: None if told.get(name) is None else str(told[name]) for name in raced.told}


def _failure(asks: Steps, run: Run) -> _Broken | None:
    for session, code, said in _orders.failures(run):
        if code not in asks.may_fail or code in TRY_AGAIN:
            return _Broken(code, f"{session} fails: {code} {said}")
    if run.notes or run.impossible:
        return _Broken("open", f"the sessions do not come to an end. {run.impossible or run.notes[0]}")
    return None


def _steps(client: Script, name: str, values: Mapping[str, str | int]) -> Sequence[Step]:
    return [Step(name, sql.bind(step.sql, values)) for step in client.steps]


def _table(rows: Rows) -> render.Shown:
    more = len(rows.rows) - _SHOWN
    return render.table(rows.columns, rows.readable()[:_SHOWN], caption=f"and {more} more" if more > 0 else "")
