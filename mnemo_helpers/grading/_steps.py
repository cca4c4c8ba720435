"""Reading what a learner lets sessions do: steps of each, and nothing that has no place in one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from mnemo_helpers import sql
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading._answer import NotAnAttempt, require_attempt
from mnemo_helpers.grading._stage import Interleaved, Steps
from mnemo_helpers.stage import LEVELS, Script, Stage, Step

_LONGEST = 10_000
_WORK = ("select", "with", "values", "table", "insert", "update", "delete", "merge", "lock", "savepoint", "release")
_BEGINS = ("begin", "start")
_ENDS = ("commit", "end", "rollback", "abort")
# What a check cannot take: it would wait by the clock, end sessions or change how they work.
_STRANGE = ("pg_sleep", "pg_sleep_for", "pg_sleep_until", "pg_terminate_backend", "pg_cancel_backend", "set_config")


class Unreadable(Exception):
    """What is written are no steps that can be played; ``reason`` says in a word why, the text what to do."""

    def __init__(self, reason: str, told: str) -> None:
        """Keep the reason."""
        self.reason = reason
        super().__init__(told)


def read_steps(exercise: Interleaved, asks: Steps, answer: str) -> Script:
    """Return the given steps and those of an answer.

    Raises:
        Unreadable: they cannot be played; it says why.
    """
    _sound(answer)
    written = _written(asks, answer)
    missing = [name for name in asks.sessions if not written.get(name)]
    if missing:
        raise Unreadable("missing", f"There is no step of {', '.join(missing)}.")
    steps: list[Step] = []
    for name, texts in written.items():
        for text in texts:
            _proper(asks, text)
        if len(texts) > asks.most_steps:
            most = f"{asks.most_steps} step{'s are' if asks.most_steps != 1 else ' is'} the most"
            raise Unreadable("long", f"{name} takes {len(texts)} steps; {most}. Which of them does it need?")
        given_transaction = asks.decides == "nothing"
        texts = [f"BEGIN; {texts[0]}", *texts[1:], "COMMIT"] if given_transaction else list(_apart(texts))
        steps += [Step(name, sql.bind(text, asks.values.get(name, {}))) for text in texts]
    given = Stage(exercise.given).script.steps if exercise.given else ()
    return Script((*steps, *given))


def read_client(exercise: Interleaved, asks: Steps, answer: str) -> Script:
    """Return the steps of one client, where all of them run the answer; the values of each are left by name.

    Raises:
        Unreadable: they cannot be played; it says why.
    """
    name = asks.sessions[0]
    return read_steps(exercise, replace(asks, sessions=(name,), values={name: {}}), answer)


def read_order(exercise: Interleaved, answer: str) -> Script:
    """Return the given steps in the order of an answer.

    Raises:
        Unreadable: they are others, or no steps.
    """
    _sound(answer)
    given = Stage(exercise.given).script
    script = _script(answer, given.sessions)
    for name in given.sessions:
        wanted = [step.sql for step in given.steps if step.session == name]
        found = [step.sql for step in script.steps if step.session == name]
        keys = [_key(text) for text in wanted]
        for text in found:
            if _key(text) not in keys:
                raise Unreadable("changed", f"This step is not among those that are given: {name}: {_line(text)}")
        for text in wanted:
            if found and [_key(each) for each in found].count(_key(text)) > keys.count(_key(text)):
                raise Unreadable("twice", f"This step is there too often: {name}: {_line(text)}")
        for text in wanted:
            if [_key(each) for each in found].count(_key(text)) < keys.count(_key(text)):
                raise Unreadable("missing", f"This step is missing: {name}: {_line(text)}")
        if [_key(text) for text in found] != keys:
            raise Unreadable("turned", f"{name}'s own steps stand in another order than they are given in.")
    # What is played are the given steps, however the answer has written them.
    return given.ordered(script.order)


def read_level(answer: str) -> str:
    """Return the isolation level that an answer names, as itself or as a statement has it.

    Raises:
        NotAnAttempt: it names none.
    """
    said = " ".join(re.sub(r"[_;:.]", " ", require_attempt(answer)).lower().split())
    # PostgreSQL takes the one for the other: it shows nobody what is not committed.
    named = {*(level for level in (*LEVELS, "read uncommitted") if re.search(rf"\b{level}\b", said))}
    if len(named) != 1:
        listed = ", ".join(level.upper() for level in LEVELS)
        raise NotAnAttempt(f"Name one isolation level: {listed}.")
    (level,) = named
    return LEVELS[0] if level == "read uncommitted" else level


def _written(asks: Steps, answer: str) -> dict[str, list[str]]:
    labelled = re.search(rf"^\s*(?:{'|'.join(map(re.escape, asks.sessions))})\s*:(?![:=])", answer, re.M)
    if asks.values:
        if labelled:
            raise Unreadable("labelled", "One text is asked for, which every session runs: write it without a name.")
        return dict.fromkeys(asks.sessions, _statements(answer))
    if len(asks.sessions) == 1 and not labelled:
        return {asks.sessions[0]: _statements(answer)}
    script = _script(answer, asks.sessions)
    return {name: [step.sql for step in script.steps if step.session == name] for name in script.sessions}


def _script(answer: str, sessions: Sequence[str]) -> Script:
    try:
        script = Stage(answer, sessions=sessions).script
    except MnemoError as problem:
        raise Unreadable("no steps", f"{problem.what} {problem.remedy}".strip()) from None
    if script.setup or script.teardown:
        raise Unreadable("no steps", "The tables are made before; write the sessions' steps only.")
    return script


def _statements(answer: str) -> list[str]:
    """Return each statement as a step; BEGIN, which nobody else can tell, together with the one behind it."""
    found: list[str] = []
    begun = ""
    for statement in map(str.strip, sql.split(answer)):
        statement = sql.uncommented(statement).strip().rstrip(";").strip()
        if not statement:
            continue
        if not begun and _words(statement)[:1] in [["begin"], ["start"]]:
            begun = f"{statement}; "
        else:
            found.append(begun + statement)
            begun = ""
    return [*found, begun.rstrip("; ")] if begun else found


def _apart(steps: Sequence[str]) -> Iterator[str]:
    """Yield steps such that what changes something is one, and that it is committed another.

    A statement outside of a transaction is one of its own, whose commit comes a moment later: what others do between
    must be among the orders.
    """
    inside = False
    for step in steps:
        begins = [_words(statement) for statement in sql.split(step)]
        control = [words for words in begins if words[:1] and words[0] in (*_BEGINS, *_ENDS) and "to" not in words]
        if not inside and not control and any(map(_changes, begins)):
            yield f"BEGIN; {step}"
            yield "COMMIT"
        else:
            yield step
        if control:
            inside = control[-1][0] in _BEGINS


def _changes(words: Sequence[str]) -> bool:
    """Tell whether a statement outside of a transaction may do something that others can tell."""
    match list(words):
        case ["select" | "values" | "table", *rest]:
            return "for" in rest
        case ["lock" | "savepoint" | "release" | "set" | "rollback", *_]:
            return False  # An error, which it would not be behind a BEGIN.
    return True


def _sound(answer: str) -> None:
    if len(answer) > _LONGEST:
        raise Unreadable("long", f"Your answer is longer than {_LONGEST:,} characters; a few steps are asked for.")
    if "\0" in answer or any("\ud800" <= letter <= "\udfff" for letter in answer):
        raise Unreadable("characters", "Your answer holds a character that no text may hold.")


def _proper(asks: Steps, step: str) -> None:
    """Refuse what has no place in a step."""
    for statement in sql.split(step):
        words = _words(statement)
        first, line = words[:1], _line(statement)
        back = words[:2] == ["rollback", "to"] or words[:3] in (
            ["rollback", "work", "to"],
            ["rollback", "transaction", "to"],
        )
        if asks.decides != "level" and "isolation" in words and first[:1] != ["select"]:
            raise Unreadable("level", f"The isolation level is given here, and BEGIN alone takes it: {line}")
        if first and first[0] in (*_BEGINS, *_ENDS) and not back:
            if asks.decides == "nothing":
                raise Unreadable(
                    "transaction", f"The transaction is given: your steps stand between BEGIN and COMMIT. Not: {line}"
                )
            if "prepared" in words:
                raise Unreadable("place", f"This has no place in a step: {line}")
            continue
        level = words[:2] == ["set", "transaction"] and asks.decides == "level"
        if not (back or level or words[:2] == ["set", "constraints"] or (first and first[0] in _WORK)):
            raise Unreadable("place", f"This has no place in a step, which reads, writes or locks: {line}")
        strange = next((word for word in words if word in _STRANGE), None)
        if strange:
            raise Unreadable("place", f"{strange} has no place in a step: sessions and their settings are the check's.")


def _key(text: str) -> tuple[str, ...]:
    """Return what a step says, however it is written."""
    said = [
        text[start:end].lower() if kind == "word" else text[start:end]
        for kind, start, end in sql.tokens(text)
        if kind not in ("space", "comment")
    ]
    return tuple(said[:-1] if said[-1:] == [";"] else said)


def _words(text: str) -> list[str]:
    return [text[start:end].lower() for kind, start, end in sql.tokens(text) if kind == "word"]


def _line(text: str, width: int = 70) -> str:
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
