"""Entities and relationships, whether sketched or read from a catalog: one value, drawn and told the same way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# How many, as UML writes it, and the two ends that Mermaid draws for it, left and right of the line.
MULTIPLICITIES = {"1": ("||", "||"), "0..1": ("|o", "o|"), "0..*": ("}o", "o{"), "1..*": ("}|", "|{")}

_PLAIN = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class Entity:
    """A kind of thing: a table, or what may become one.

    Attributes:
        name: what it is called.
        keys: its key columns, each (type, column, ``PK`` and ``FK`` and ``UK`` as far as they apply).
    """

    name: str
    keys: tuple[tuple[str, str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Relationship:
    """How many of one entity belong to how many of another.

    Attributes:
        left: an entity.
        left_count: how many of it belong to one of the other: ``"1"``, ``"0..1"``, ``"0..*"`` or ``"1..*"``.
        right_count: how many of the other belong to one of it.
        right: the other; it may be the same.
        label: what the relationship is called, or the columns that refer.
    """

    left: str
    left_count: str
    right_count: str
    right: str
    label: str = ""

    def __str__(self) -> str:
        """Return it as a line of a sketch."""
        line = f"{quoted(self.left)} {self.left_count} -- {self.right_count} {quoted(self.right)}"
        return f"{line} : {self.label}" if self.label else line

    @property
    def turned(self) -> Relationship:
        """The same, seen from the other side."""
        return Relationship(self.right, self.right_count, self.left_count, self.left, self.label)


@dataclass(frozen=True)
class Model:
    """Entities and the relationships between them.

    In a notebook it is drawn by JupyterLab, which knows Mermaid; its text has the same facts, and is a sketch itself.
    """

    entities: tuple[Entity, ...]
    relationships: tuple[Relationship, ...]

    def __str__(self) -> str:
        """Return it as text: each entity with its keys, then each relationship, as ``sketch`` reads it."""
        lines = []
        for entity in self.entities:
            keys = ", ".join(f"{quoted(column)} {' '.join(marks)}" for _, column, marks in entity.keys)
            lines.append(f"{quoted(entity.name)} ({keys})" if keys else quoted(entity.name))
        return "\n".join([*lines, *map(str, self.relationships)])

    @property
    def mermaid(self) -> str:
        """The diagram as Mermaid's ``erDiagram``.

        Source: https://mermaid.js.org/syntax/entityRelationshipDiagram.html
        """
        shown = _shown(entity.name for entity in self.entities)
        lines = ["erDiagram"]
        for entity in self.entities:
            lines.append(f'    "{shown[entity.name]}" {{' if entity.keys else f'    "{shown[entity.name]}"')
            for type, column, marks in entity.keys:
                lines.append(f"        {_word(type)} {_word(column)} {', '.join(marks)}")
            lines += ["    }"] * bool(entity.keys)
        for each in self.relationships:
            ends = f"{MULTIPLICITIES[each.left_count][0]}--{MULTIPLICITIES[each.right_count][1]}"
            lines.append(f'    "{shown[each.left]}" {ends} "{shown[each.right]}" : "{_text(each.label)}"')
        return "\n".join(lines)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/vnd.mermaid": self.mermaid, "text/plain": str(self)}


def quoted(name: str) -> str:
    """Return a name as a sketch has it: in double quotes where it is more than letters, digits and underscores."""
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    # Between Mermaid's quotes these have no escape; what looks alike stands for them.
    return re.sub(r"\s+", " ", text).translate(str.maketrans('"%\\', "″％＼"))


def _shown(names: Iterable[str]) -> dict[str, str]:
    """Return what each name is drawn as; two names never as the same."""
    shown: dict[str, str] = {}
    for name in names:
        drawn = _text(name) or "∅"
        while drawn in shown.values():
            drawn += "′"
        shown[name] = drawn
    return shown


def _word(text: str) -> str:
    # A word of Mermaid's: letters, digits, underscores and brackets, a letter first.
    short = text.replace("timestamp with time zone", "timestamptz").replace("timestamp without time zone", "timestamp")
    short = short.replace("character varying", "varchar")
    word = re.sub(r"[^A-Za-z0-9_\[\]\u00c0-\uffff]+", "_", re.sub(r"\([^)]*\)", "", short)).strip("_") or "_"
    return word if re.match(r"[A-Za-z_\u00c0-\uffff]", word) else f"_{word}"
