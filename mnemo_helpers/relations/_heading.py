"""The attributes of a relation: their names as a reader writes them, and as the bits of a number for us."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.relations._values import Listed

MOST_ATTRIBUTES = 64
# A name in double quotes may hold anything; else names end at a comma or a blank.
_NAME = re.compile(r'"((?:[^"]|"")+)"|([^\s,"]+)')
_SEPARATORS = re.compile(r"[\s,]*")
_PLAIN = re.compile(r"[^\s,;|\"{}()\[\]∅]+")


class Heading:
    """The attributes of a relation, in order; a set of them is a number whose bit ``i`` is the ``i``-th name.

    Attributes:
        names: the names, in order.
        full: the set of all of them.
        letters: whether each name is one letter, so that ``AB`` stands for A and B.
    """

    def __init__(self, attributes: str | Iterable[str]) -> None:
        """Read the names.

        Args:
            attributes: ``"ABC"`` for one-letter names, ``"flight, carrier"``, or one string a name.

        Raises:
            MnemoError: there are none, too many, one twice, or one that is no name.
        """
        if isinstance(attributes, str):
            text = attributes.strip()
            names = tokens(text) if re.search(r'[\s,"]', text) else list(text)
        else:
            names = _members(attributes, "The attributes of a relation")
        _refuse(names)
        self.names = tuple(names)
        self.full = (1 << len(names)) - 1
        self.letters = all(len(name) == 1 for name in names)
        self._place = {name: i for i, name in enumerate(names)}

    def mask(self, attributes: str | Iterable[str], where: str = "") -> int:
        """Return the set that names stand for.

        Args:
            attributes: ``"AB"``, ``"flight, carrier"`` or one string a name; ``"{}"`` is the empty set.
            where: what is being read, for the error.

        Raises:
            MnemoError: a name is no attribute's; the nearest one is named.
        """
        if isinstance(attributes, str):
            text = attributes.strip()
            if text.startswith("{") and text.endswith("}"):
                text = text[1:-1]
            words = [] if text.strip() in ("", "∅") else tokens(text, where)
        else:
            words = _members(attributes, where[:1].upper() + where[1:] or "A set of attributes")
        found = 0
        for word in words:
            for name in self._read(word, where):
                found |= 1 << self._place[name]
        return found

    def listed(self, mask: int) -> tuple[str, ...]:
        """Return the names in a set, in order."""
        return tuple(name for i, name in enumerate(self.names) if mask >> i & 1)

    def set(self, mask: int) -> Listed[str]:
        """Return a set as the reader's frozenset of names."""
        return Listed(self.listed(mask))

    def text(self, mask: int) -> str:
        """Return a set as text: ``AB``, or ``flight, carrier``; ``{}`` is the empty set."""
        return spelled(self.listed(mask))

    def _read(self, word: object, where: str) -> Sequence[str]:
        if isinstance(word, str):
            if word in self._place:
                return (word,)
            if self.letters and all(letter in self._place for letter in word):
                return word
        unknown = word
        if self.letters and isinstance(word, str):
            unknown = next((letter for letter in word if letter not in self._place), word)
        near = difflib.get_close_matches(str(unknown), self.names, n=1, cutoff=0.0)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise MnemoError(
            f"There is no attribute {unknown!r} in this relation.",
            tried=[f"reading {where}"] if where else (),
            remedy=f"{hint}Its attributes are: {', '.join(self.names)}.",
        )


def spelled(names: Iterable[str]) -> str:
    """Return names as a reader writes them: one-letter names together, others with commas."""
    names = list(names)
    if not names:
        return "{}"
    quoted = [
        name if _PLAIN.fullmatch(name) and "->" not in name else '"' + name.replace('"', '""') + '"' for name in names
    ]
    return "".join(quoted) if all(len(name) == 1 for name in quoted) else ", ".join(quoted)


def tokens(text: str, where: str = "") -> list[str]:
    """Return the names in a text that commas or blanks separate; a name in double quotes may hold them.

    Raises:
        MnemoError: a double quote is not closed.
    """
    found, at = [], _end(_SEPARATORS.match(text))
    while at < len(text):
        name = _NAME.match(text, at)
        if name is None:
            raise MnemoError(
                f"A name opens with a double quote that is not closed: {text[at:]}",
                tried=[f"reading {where}"] if where else (),
                remedy='Close it, as in "first name".',
            )
        found.append(name[1].replace('""', '"') if name[1] is not None else name[2])
        at = _end(_SEPARATORS.match(text, name.end()))
    return found


def bits(mask: int) -> list[int]:
    """Return each member of a set as a set of its own."""
    found = []
    while mask:
        found.append(mask & -mask)
        mask &= mask - 1
    return found


def _members(attributes: object, what: str) -> list[str]:
    if not isinstance(attributes, Iterable):
        raise MnemoError(
            f"{what} cannot be {attributes!r}.", remedy='Give a text, as in "flight, carrier", or a list of names.'
        )
    return list(attributes)


def _refuse(names: Sequence[object]) -> None:
    if not names:
        raise MnemoError(
            "A relation needs at least one attribute.", remedy='Name them, as in Relation("ABC", "A -> B").'
        )
    wrong = next((name for name in names if not isinstance(name, str) or not name.strip()), None)
    if wrong is not None:
        raise MnemoError(
            f"An attribute is called {wrong!r}, which is no name.", remedy="Give each attribute a text as its name."
        )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        places = [str(i) for i, name in enumerate(names, start=1) if name == twice[0]]
        words = (
            isinstance(twice[0], str) and len(twice[0]) == 1 and all(isinstance(n, str) and len(n) == 1 for n in names)
        )
        advice = ' A name of several letters needs a comma or a list: Relation(["flight"], …).' if words else ""
        raise MnemoError(
            f"Two attributes are called {twice[0]!r}: the {' and the '.join(map(_ordinal, places))}.",
            remedy=f"Each attribute of a relation has a name of its own.{advice}",
        )
    if len(names) > MOST_ATTRIBUTES:
        raise MnemoError(
            f"A relation of {len(names)} attributes is too wide to reason about: at most {MOST_ATTRIBUTES} are taken.",
            remedy="Leave out those that no dependency mentions, or that depend on a single one you keep.",
        )


def _ordinal(place: str) -> str:
    ending = {"1": "st", "2": "nd", "3": "rd"}.get(place[-1], "th") if place[-2:-1] != "1" else "th"
    return place + ending


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0
