"""Sets of attributes and dependencies, as a learner writes them."""

from __future__ import annotations

import re

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.relations import Dependency, Relation

Names = frozenset[str]
_ARROW = re.compile(r"<?-+>+|=>|[=→↠]")

# "keys:" before the answer; a name in double quotes may hold a colon.
_LABEL = re.compile(r"\s*[^\W\d][\w ]*:")
_BRACKETS = re.compile(r"[({\[]([^(){}\[\]]*)[)}\]]")
_BETWEEN = re.compile(r"(?:[\s,;.]|\band\b)*")


def read_set(relation: Relation, text: str) -> Names:
    """Return the one set of attributes that a text gives: ``AB``, ``{carrier, flight}``, one a line.

    Raises:
        MnemoError: it names an attribute that the relation does not have, or gives several sets.
    """
    said = _only_names(text)
    found = _BRACKETS.findall(said)
    if len(found) > 1:
        raise MnemoError(f"One set is asked for, and there are {len(found)}.")
    return frozenset(relation.subset(re.sub(r"[;\n(){}\[\]]", " ", said)))


def read_sets(relation: Relation, text: str) -> list[Names]:
    """Return the sets of attributes that a text gives, each once, in its order.

    One stands on a line, or in brackets, or before a semicolon, and one answer may mix them. Of one-letter names, a
    comma or a blank ends a set.

    Raises:
        MnemoError: it names an attribute that the relation does not have, or something stands outside the brackets.
    """
    said = _only_names(text).strip()
    parts: list[str]
    if _BRACKETS.search(said):
        parts = _in_brackets(said)
    elif re.search(r"[;\n]", said):
        parts = re.split(r"[;\n]", said)
    elif all(len(name) == 1 for name in relation.attributes):
        parts = re.split(r"[\s,]+", said)
    else:
        parts = [said]
    sets = [frozenset(relation.subset(part)) for part in parts if part.strip(" \t,.") or part == ""]
    return list(dict.fromkeys(one for one in sets if one))


def _only_names(text: str) -> str:
    """Return a text without its label."""
    said = _LABEL.sub("", text, count=1)
    if found := _ARROW.search(said):
        raise MnemoError(
            f"Attributes are asked for here, and {found[0]!r} is none.", remedy="Leave arrows and signs out."
        )
    return said


def _in_brackets(said: str) -> list[str]:
    """Return what stands in brackets, and what stands alone on its line or before its semicolon."""
    inside, parts = iter(_BRACKETS.findall(said)), list[str]()
    for piece in re.split(r"[;\n]", _BRACKETS.sub("()", said)):
        brackets, outside = piece.count("()"), piece.replace("()", " ")
        if not _BETWEEN.fullmatch(outside):
            if brackets:
                raise MnemoError(
                    f"Outside the brackets stands {' '.join(outside.split())!r}.",
                    remedy="Write each set in brackets of its own, or one a line without any.",
                )
            parts.append(piece)
        parts += (next(inside) for _ in range(brackets))
    return parts


def read_dependencies(relation: Relation, text: str) -> list[Dependency]:
    """Return the dependencies that a text gives, in its order.

    Raises:
        MnemoError: one is malformed, or names an attribute that the relation does not have.
    """
    if found := re.search(r"<-+>?|↔", text):
        raise MnemoError(f"{found[0]!r} is no arrow of one direction.", remedy="Write a -> b and b -> a, one a line.")
    return list(Relation(relation.attributes, _LABEL.sub("", text, count=1)).dependencies)
