"""Sketches: entities and relationships as somebody writes them down before there is a table."""

from __future__ import annotations

import re

from mnemo_helpers.catalog._model import MULTIPLICITIES, Entity, Model, Relationship
from mnemo_helpers.errors import MnemoError

_NAME = r'(?:"(?:[^"]|"")+"|[^\W\d]\w*)'
_COUNT = r"[\w.*]+"
_LINE = re.compile(
    rf"(?P<left>{_NAME})\s+(?P<of>{_COUNT})\s*--\s*(?P<to>{_COUNT})\s+(?P<right>{_NAME})(?:\s*:\s*(?P<label>.*))?"
)
_ALONE = re.compile(rf"(?P<name>{_NAME})(?:\s*\(.*\))?")
_OTHERWISE = {"*": "0..*", "n": "0..*", "m": "0..*", "many": "0..*", "0..n": "0..*", "1..n": "1..*", "1..1": "1"}


def sketch(text: str) -> Model:
    """Return what a sketch says.

    Args:
        text: a relationship a line, as ``customers 1 -- 0..* orders : places``, read "one customer has any number of
            orders, an order has one customer"; or an entity alone. The counts are ``1``, ``0..1``, ``0..*`` (also
            ``*``) and ``1..*``. A name with blanks stands in double quotes; ``#`` begins a comment.

    Raises:
        MnemoError: a line cannot be read; the message quotes it.
    """
    names: dict[str, None] = {}
    relationships: list[Relationship] = []
    for number, written in enumerate(text.splitlines(), 1):
        line = _uncommented(written)
        if not line:
            continue
        if alone := _ALONE.fullmatch(line):
            names[_name(alone["name"])] = None
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise MnemoError(
                f"Line {number} of the sketch cannot be read: {line}",
                remedy="Write an entity alone, or a relationship as in: customers 1 -- 0..* orders : places",
            )
        one = Relationship(
            _name(found["left"]),
            _count(found["of"], number),
            _count(found["to"], number),
            _name(found["right"]),
            (found["label"] or "").strip(),
        )
        names |= {one.left: None, one.right: None}
        relationships.append(one)
    if not names:
        raise MnemoError("The sketch is empty.", remedy="Write a line, as in: customers 1 -- 0..* orders : places")
    return Model(tuple(map(Entity, names)), tuple(relationships))


def _uncommented(line: str) -> str:
    return re.sub(r'^((?:[^"#]|"[^"]*")*)#.*', r"\1", line).strip()


def _name(written: str) -> str:
    return written[1:-1].replace('""', '"') if written.startswith('"') else written


def _count(written: str, number: int) -> str:
    count = _OTHERWISE.get(written.lower(), written)
    if count not in MULTIPLICITIES:
        raise MnemoError(
            f"Line {number} of the sketch has the count {written!r}.",
            remedy=f"There are {', '.join(MULTIPLICITIES)}; * is short for 0..*.",
        )
    return count
