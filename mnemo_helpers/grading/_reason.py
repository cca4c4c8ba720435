"""Whether an answer about a relation is right; a wrong one gets rows, or the step that it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading._answer import require_attempt
from mnemo_helpers.grading._exercise import Verdict
from mnemo_helpers.grading._relation import Asked, Closure, Cover, Dependencies, Keys, Parts, Reasoning
from mnemo_helpers.grading._sets import Names, read_dependencies, read_set, read_sets
from mnemo_helpers.relations import Answer, Dependency, Relation, Table

_LONGEST = 2000
_SHOWN = 8


@dataclass(frozen=True)
class _Seen:
    """What an answer comes to."""

    right: bool
    message: str
    evidence: tuple[render.Shown, ...] = ()


def judge(exercise: Reasoning, answer: str) -> Verdict:
    """Judge an answer by the algorithms of ``relations``."""
    said = require_attempt(answer)
    if len(said) > _LONGEST:
        return Verdict("fail", f"Your answer is longer than {_LONGEST:,} characters; a few names are asked for.")
    try:
        given = _read(exercise.of, exercise.asks, said)
    except MnemoError as problem:
        return Verdict("fail", f"Your answer cannot be read. {problem}")
    seen = _look(exercise.of, exercise.asks, given)
    if seen.right:
        return Verdict("pass", f"Right. {seen.message[:1].upper()}{seen.message[1:]}", evidence=seen.evidence)
    meant = _meaning(exercise.asks, given)
    for name, wrong in exercise.rejects.items():
        if meant == _meaning(exercise.asks, _read(exercise.of, exercise.asks, wrong.answer)):
            return Verdict("fail", f"{wrong.because}\n{seen.message}", name, seen.evidence)
    return Verdict("fail", f"Not yet. {seen.message}", evidence=seen.evidence)


def _read(relation: Relation, asked: Asked, text: str) -> Any:
    match asked:
        case Closure():
            return read_set(relation, text)
        case Keys() | Parts():
            return read_sets(relation, text)
        case Cover() | Dependencies():
            return read_dependencies(relation, text)


def _meaning(asked: Asked, given: Any) -> Names | frozenset[Any]:
    """Return what an answer says, however it is written."""
    if not isinstance(asked, Cover | Dependencies):
        return frozenset(given)
    return frozenset(
        (one.left, right, one.multivalued)
        for one in given
        for right in ([one.right] if one.multivalued else [frozenset([name]) for name in one.right - one.left])
    )


def _look(relation: Relation, asked: Asked, given: Any) -> _Seen:
    match asked:
        case Closure():
            return _closure(relation, relation.subset(asked.attributes), given)
        case Keys():
            return _keys(relation, given)
        case Cover():
            answer = relation.is_minimal_cover(given)
            return _Seen(bool(answer), answer.because, _rows(answer))
        case Dependencies():
            return _dependencies(relation, asked.sentences, given)
        case Parts():
            return _parts(relation, asked, given)


def _closure(relation: Relation, start: Names, given: Names) -> _Seen:
    right = relation.closure(start)
    said = _text(relation, start)
    for name in relation.attributes:
        if name in given - right:
            answer = relation.implies(Dependency(frozenset(start), frozenset([name])))
            return _Seen(
                False, f"{said} does not determine {name}: these two rows keep every dependency.", _rows(answer)
            )
    if given == right:
        return _Seen(True, f"From {said} follows {_text(relation, right)}, and nothing else.")
    if start - given:
        return _Seen(False, f"Every set determines itself, so {_text(relation, start - given)} belongs in too.")
    for one in relation.dependencies:
        if not one.multivalued and one.left <= given and one.right - given:
            return _Seen(
                False, f"You have {_text(relation, one.left)}, and {one} is given: the closure goes on from there."
            )
    return _Seen(False, "More follows than you have.")


def _keys(relation: Relation, given: Sequence[Names]) -> _Seen:
    for one in given:
        answer = relation.is_key(one)
        if not answer:
            return _Seen(False, answer.because, _rows(answer))
    keys = relation.keys()
    missing = [key for key in keys if key not in given]
    if not missing:
        said = {1: "This is the only candidate key", 2: "These are both candidate keys"}
        return _Seen(True, f"{said.get(len(keys), f'These are all {len(keys)} candidate keys')}.")
    if not given:
        return _Seen(False, "There is no key in your answer, and every relation has one.")
    # Everything but one attribute of each of yours, and none of the missing key's.
    rest = set(relation.attributes)
    for one in given:
        rest.discard([name for name in relation.attributes if name in one - missing[0]][-1])
    have = "this is a candidate key" if len(given) == 1 else "these are candidate keys"
    return _Seen(
        False,
        f"So far so good: {have}. You have {len(given)} of {len(keys)}. "
        f"Look: {_text(relation, rest)} determines every attribute too, and "
        + ("does not contain it." if len(given) == 1 else "contains none of them."),
    )


def _dependencies(relation: Relation, sentences: Sequence[str], given: Sequence[Dependency]) -> _Seen:
    yours = Relation(relation.attributes, given)
    for i, one in enumerate(relation.dependencies):
        answer = yours.implies(one)
        if not answer:
            told = f"this sentence: {sentences[i]}" if sentences else f"{one}."
            return _Seen(False, f"These two rows keep all your dependencies, and break {told}", _rows(answer))
    for one in given:
        answer = relation.implies(one)
        if not answer:
            return _Seen(
                False,
                f"{one} says more than is told: these two rows break it, and all that is told allows them.",
                _rows(answer),
            )
    return _Seen(True, "Your dependencies say what is told, no less and no more.")


def _parts(relation: Relation, asked: Parts, given: Sequence[Names]) -> _Seen:
    if not _covers(relation, given):
        missing = [name for name in relation.attributes if not any(name in part for part in given)]
        return _Seen(False, f"No part has {', '.join(missing)}.")
    if len(given) > 2 * len(relation.attributes):
        return _Seen(False, f"{len(given)} parts for {len(relation.attributes)} attributes: fewer will do.")
    answer = relation.is_lossless(given)
    if not answer:
        return _Seen(False, f"Your split invents rows: {answer.because}", _rows(answer))
    for part in given:
        here = relation.project(part)
        for one in here.violations(asked.form):
            return _Seen(
                False,
                f"The part {_text(relation, part)} is not in {asked.form}, because of {one}. "
                "These rows may stand in it, and store one fact twice:",
                _rows(here.is_superkey(one.left)),
            )
    answer = relation.preserves(given)
    if asked.preserving and not answer:
        return _Seen(False, answer.because, _rows(answer))
    lost = relation.split(given).lost
    said = f"Joined, your parts lose and invent nothing, and each is in {asked.form}."
    kept = f"It loses {', '.join(map(str, lost))}: keep that another way." if lost else "Every dependency is kept."
    return _Seen(True, " ".join([said, kept, *_spare(relation, given, lost)]))


def _spare(relation: Relation, given: Sequence[Names], lost: frozenset[Dependency]) -> list[str]:
    """Return a remark on a part that could go; that it is there breaks no rule that was asked for."""
    for part in given:
        rest = [other for other in given if other != part]
        if _covers(relation, rest) and relation.is_lossless(rest) and relation.split(rest).lost <= lost:
            return [f"The part {_text(relation, part)} could go: the others hold all that it says."]
    return []


def _covers(relation: Relation, parts: Iterable[Names]) -> bool:
    return relation.attributes <= frozenset().union(*parts)


def _rows(answer: Answer) -> tuple[render.Shown, ...]:
    shown = [_few(table).shown for table in answer.counterexamples]
    return (render.beside(*shown),) if shown else ()


def _few(table: Table) -> Table:
    more = len(table) - _SHOWN
    return replace(table, rows=table.rows[:_SHOWN], caption=f"{table.caption} (and {more} more)") if more > 0 else table


def _text(relation: Relation, names: Iterable[str]) -> str:
    wanted = set(names)
    ordered = [name for name in relation.attributes if name in wanted]
    return "".join(ordered) if all(len(name) == 1 for name in relation.attributes) else f"({', '.join(ordered)})"
