"""What a learner wrote: whether it is an attempt, and the number or letter that it gives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from mnemo_helpers import sql

_NUMBER = re.compile(
    r"[~≈]?\s*(?:about\s+)?([+-]?(?:\d{1,3}(?:[,_ ]\d{3})+|\d+)?(?:\.\d+)?(?:e[+-]?\d+)?)\s*(.*)", re.I | re.S
)
_LARGEST = 1e30


class NotAnAttempt(Exception):
    """What was written is no answer yet; the text says why."""


def require_attempt(text: str) -> str:
    """Return what was written, without comments.

    Raises:
        NotAnAttempt: it is empty, holds only comments or a label, or still has a gap.
    """
    said = sql.uncommented(text).strip()
    if not said:
        raise NotAnAttempt("There is no answer here yet.")
    if "____" in said:
        raise NotAnAttempt("A gap is still open: put something in place of ____.")
    if re.fullmatch(r"[^:;'\"()]*:", said):
        raise NotAnAttempt("There is no answer after the colon yet.")
    return said


def excerpt(statement: str) -> str:
    """Return a statement's beginning on one line, without comments, to be quoted."""
    one_line = " ".join(sql.uncommented(statement).split()).rstrip("; ")
    return one_line if len(one_line) <= 60 else f"{one_line[:59]}…"


def number(text: str, *, words: Sequence[str] = ()) -> float:
    """Return the one number that an answer gives, after its label if it has one.

    Args:
        text: what was written, as ``"rows: 1,000"``.
        words: what may stand behind the number, as its unit.

    Raises:
        NotAnAttempt: it gives none, several, one below zero or one beyond all measure.
    """
    said = require_attempt(text).rpartition(":")[2].strip()
    found = _NUMBER.fullmatch(said)
    digits = re.sub(r"[,_ ]", "", found[1]) if found else ""
    behind = {"", "x", "×", "times", "%", *(word.casefold() for word in words)}
    try:
        value = float(digits)
    except ValueError:
        value = None
    if value is None or found is None or found[2].rstrip(". ").casefold() not in behind:
        raise NotAnAttempt(f"{_quoted(said)} is not one number. Write a number alone, such as 40 or 2.5 or 1e6.")
    if re.search(r"\.\d{3}$", found[1]) and "," not in found[1]:
        raise NotAnAttempt(f"{_quoted(said)} may be a fraction or thousands. Write thousands as 10,000 or 10000.")
    if "%" in found[2] and "%" not in words:
        raise NotAnAttempt(f"{_quoted(said)} is a share; asked is a number{_of(words)}.")
    if value < 0:
        raise NotAnAttempt(f"{_quoted(said)} is below zero, which nothing counted or timed can be.")
    if value > _LARGEST:
        raise NotAnAttempt(f"{_quoted(said)} is larger than anything that is measured here.")
    return value


def _of(words: Iterable[str]) -> str:
    unit = next(iter(words), "")
    return f" of {unit}" if unit else ""


def letter(text: str, options: Mapping[str, str]) -> str:
    """Return the option that an answer names, by its letter or by its whole text.

    Raises:
        NotAnAttempt: it names none of them.
    """
    said = require_attempt(text)
    by_name = {_plain(name): name for name in options} | {_plain(text): name for name, text in options.items()}
    for part in (said, said.rpartition(":")[2]):
        if _plain(part) in by_name:
            return by_name[_plain(part)]
        both = re.fullmatch(r"\(?(\w)[).:\s]+(.*)", part.strip(), re.S)
        if both and both[1].casefold() in options and by_name.get(_plain(both[2])) == both[1].casefold():
            return both[1].casefold()
    answer = said.rpartition(":")[2].strip() or said
    raise NotAnAttempt(f"{_quoted(answer)} is not among the answers. Write one of {', '.join(options)}.")


def _plain(text: str) -> str:
    return " ".join(text.split()).strip("()[].;'\"` ").casefold()


def _quoted(text: str) -> str:
    one_line = " ".join(text.split())
    return f"“{one_line if len(one_line) <= 40 else one_line[:39] + '…'}”"
