"""A dependency, functional or multivalued, and how it is read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.relations._heading import Heading, spelled
from mnemo_helpers.relations._values import Listed

_ARROW = re.compile(r"->>|->|→→|↠|→")
_LIKE_AN_ARROW = re.compile(r"<?[-=]+>*|>+|:|⇒|⟶")
_MULTIVALUED = ("->>", "→→", "↠")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


@dataclass(frozen=True, repr=False)
class Dependency:
    """``left -> right``: rows that agree on ``left`` agree on ``right``; or ``left ->> right``.

    Attributes:
        left: the determining attributes.
        right: the determined ones.
        multivalued: whether it is ``->>``: with the left side given, ``right`` and all the rest vary independently.
    """

    left: frozenset[str]
    right: frozenset[str]
    multivalued: bool = False

    def __str__(self) -> str:
        """Return it as it is written: ``AB -> C``."""
        left, right = (side if isinstance(side, Listed) else sorted(side) for side in (self.left, self.right))
        return f"{spelled(left)} {'->>' if self.multivalued else '->'} {spelled(right)}"

    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return render.pre(str(self))._repr_mimebundle_()


Dependencies: TypeAlias = "str | Dependency | Iterable[str | Dependency]"
Masks: TypeAlias = tuple[int, int, bool]


def read(heading: Heading, dependencies: Dependencies) -> list[Masks]:
    """Return dependencies as sets of the heading: left, right, and whether multivalued.

    Args:
        heading: the attributes that they speak of.
        dependencies: ``"A -> B; BC ->> D | E"``, a ``Dependency``, or several of either.

    Raises:
        MnemoError: one is malformed or names an unknown attribute; it says which, and what was expected.
    """
    if isinstance(dependencies, str):
        dependencies = _split(dependencies)
    elif isinstance(dependencies, Dependency):
        dependencies = [dependencies]
    elif not isinstance(dependencies, Iterable):
        raise _malformed(repr(dependencies), 1, "dependencies are a text, or a list of texts or Dependencies")
    found: list[Masks] = []
    for place, one in enumerate(dependencies, start=1):
        if isinstance(one, Dependency):
            where = f"the dependency {one}"
            found.append((heading.mask(one.left, where), heading.mask(one.right, where), one.multivalued))
        elif isinstance(one, str):
            for part in _split(one):
                found += _one(heading, part, place)
        else:
            raise _malformed(repr(one), place, "a dependency is a text or a Dependency")
    return found


def write(heading: Heading, masks: Masks) -> Dependency:
    """Return a dependency as the reader's value."""
    left, right, multivalued = masks
    return Dependency(heading.set(left), heading.set(right), multivalued)


def single(heading: Heading, dependency: str | Dependency) -> list[Masks]:
    """Return the one dependency that is asked about; ``A ->> B | C`` is two.

    Raises:
        MnemoError: there is none or more than one.
    """
    if isinstance(dependency, str):
        parts = _split(dependency)
        if len(parts) != 1:
            raise MnemoError(
                f"One dependency is asked for; {dependency!r} has {len(parts)}.", remedy='Write it as "A -> B".'
            )
    elif not isinstance(dependency, Dependency):
        raise _malformed(repr(dependency), 1, "a dependency is a text or a Dependency")
    return read(heading, dependency)


def _split(text: str) -> list[str]:
    # A semicolon or a new line inside a quoted name does not count.
    hidden = _QUOTED.sub(lambda quoted: "x" * len(quoted[0]), text)
    parts, start = [], 0
    for end in [*(match.start() for match in re.finditer(r"[;\n]", hidden)), len(text)]:
        parts.append(text[start:end].strip())
        start = end + 1
    return [part for part in parts if part]


def _one(heading: Heading, text: str, place: int) -> list[Masks]:
    hidden = _QUOTED.sub(lambda quoted: "x" * len(quoted[0]), text)
    arrows = list(_ARROW.finditer(hidden))
    if not arrows:
        like = _LIKE_AN_ARROW.search(hidden)
        seen = f"{like[0]!r} is no arrow: " if like else "it has no arrow: "
        raise _malformed(text, place, f"{seen}-> was expected, or ->> for a multivalued one")
    if len(arrows) > 1:
        raise _malformed(text, place, "it has two arrows; a semicolon was expected between two dependencies")
    arrow = arrows[0]
    left, right = text[: arrow.start()], text[arrow.end() :]
    multivalued = arrow[0] in _MULTIVALUED
    if not left.strip():
        raise _malformed(text, place, f"nothing stands left of {arrow[0]}; {{}} says that the right side never varies")
    if not right.strip():
        raise _malformed(text, place, f"nothing stands right of {arrow[0]}; at least one attribute was expected")
    # The bar belongs to A ->> B | C.
    rights = _bars(right) if multivalued else [right]
    if not multivalued and len(_bars(right)) > 1:
        raise _malformed(text, place, "a bar belongs to a multivalued dependency: A ->> B | C")
    if not all(part.strip() for part in rights):
        raise _malformed(text, place, "nothing stands on one side of |; at least one attribute was expected")
    where = f"the dependency {text!r}, number {place}"
    return [(heading.mask(left, where), heading.mask(part, where), multivalued) for part in rights]


def _bars(text: str) -> list[str]:
    hidden = _QUOTED.sub(lambda quoted: "x" * len(quoted[0]), text)
    ends = [*(match.start() for match in re.finditer(r"\|", hidden)), len(text)]
    return [text[start:end] for start, end in zip([0, *(end + 1 for end in ends[:-1])], ends, strict=True)]


def _malformed(text: str, place: int, expected: str) -> MnemoError:
    return MnemoError(
        f"Dependency number {place} cannot be read: {text}",
        tried=[expected],
        remedy='Write dependencies as "A -> B; BC -> D", multivalued ones as "A ->> B".',
    )
