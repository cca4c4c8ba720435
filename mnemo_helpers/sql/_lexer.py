"""The text of a cell: where its statements end, and which ``:name`` stands for a value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mnemo_helpers.sql._literal import literal

if TYPE_CHECKING:
    import psycopg

# sqlglot's tokenizer was tried first. It refuses what the server should answer (an unterminated string or comment),
# cuts E'a' <newline> 'b\'c' wrongly, knows neither COPY's data nor BEGIN ATOMIC, gives comments no position, and takes
# 0.15 s to import. These are the rules of PostgreSQL's scan.l and psqlscan.l, as far as statements and names need them.
_LETTER = r"A-Za-z_\x80-\U0010ffff"
_ESCAPED = r"[^'\\]*(?:(?:\\.|'')[^'\\]*)*(?:'|\Z)"
_CONTINUED = r"[ \t\f\v]*(?:--[^\n\r]*)?[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*"
_JUNK = rf"(?:[{_LETTER}][{_LETTER}0-9$]*)?"
_TOKEN = re.compile(
    rf"""
    (?P<space> [ \t\n\r\f\v]+ )
  | (?P<comment> --[^\n\r]* )
  | (?P<block> /\* )
  | (?P<dollar> \$(?:[{_LETTER}][{_LETTER}0-9]*)?\$ )
  | (?P<parameter> \$[0-9]+{_JUNK} )
  # A string that goes on after a line break keeps its rules.
  | (?P<string> [eE]'{_ESCAPED} (?:{_CONTINUED}'{_ESCAPED})* | '[^']*(?:'|\Z) )
  | (?P<name> "[^"]*(?:"|\Z) )
  | (?P<word> [{_LETTER}][{_LETTER}0-9$]* )
  | (?P<number> [0-9][0-9_.]*{_JUNK} )
  | (?P<colons> ::|:= )
  | (?P<bind> :[{_LETTER}][{_LETTER}0-9]* )
  | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_NESTED = re.compile(r"/\*|\*/")
_SPACE = " \t\n\r\f\v"  # PostgreSQL's; a no-break space is a letter to it
_OPERANDS = frozenset({"number", "string", "dollar", "name", "parameter", "bind"})

Token = tuple[str, int, int]


@dataclass(frozen=True)
class Statement:
    """One statement of a cell.

    Attributes:
        text: what is sent, as it was written.
        data: the rows that follow ``COPY … FROM STDIN``, otherwise None.
        command: psql's backslash command and its arguments, if the statement holds one.
    """

    text: str
    data: str | None = None
    command: str | None = None


def statements(text: str) -> Iterator[Statement]:
    """Yield the statements of a cell, cut where psql cuts them; comments alone are no statement.

    After ``COPY … FROM STDIN;`` the following lines are its data, up to a line ``\\.`` or the end of the cell.
    """
    start, nesting, empty, command = 0, _Nesting(), True, None
    for kind, at, end in tokens(text):
        if kind in ("space", "comment"):
            continue
        if kind == "other" and text[at] == ";" and nesting.outside:
            if not empty:
                written = text[start:end].strip(_SPACE)
                if nesting.copies_in and command is None:
                    data, rest = _data(text, end)
                    yield Statement(written, data)
                    yield from statements(rest)
                    return
                yield Statement(written, None, command)
            start, nesting, empty, command = end, _Nesting(), True, None
            continue
        if kind == "other" and text[at] == "\\" and command is None:
            command = text[at:].split("\n", 1)[0].strip()
        nesting.feed(kind, text[at:end])
        empty = False
    if not empty:
        yield Statement(text[start:].strip(_SPACE), None, command)


def split(text: str) -> list[str]:
    """Return the statements of a text as they were written, cut where psql cuts them.

    A semicolon in a string, a quoted name, a comment, parentheses or a body (``$$…$$``, ``BEGIN ATOMIC … END``) cuts
    nothing. Comments alone are no statement; the data of a ``COPY … FROM STDIN`` belong to none.
    """
    return [statement.text for statement in statements(text)]


def uncommented(text: str) -> str:
    """Return a text with a blank in place of each comment; what is quoted keeps what looks like one."""
    return "".join(" " if kind == "comment" else text[start:end] for kind, start, end in tokens(text))


def bind(text: str, variables: Mapping[str, Any], connection: psycopg.Connection[Any] | None = None) -> str:
    """Fill in each ``:name`` that is a variable, as a literal of PostgreSQL.

    Nothing is filled in inside strings, quoted names, comments and bodies; a cast (``::``), an argument's name (``:=``)
    and the bounds of a slice (``a[1:n]``) are no names. A name that is no variable stays as it is.

    Args:
        text: one statement or several.
        variables: the values by name; names that begin with an underscore are never filled in.
        connection: the one that the text is sent on, for its encoding and its rules of quoting.

    Raises:
        MnemoError: a value has no literal in PostgreSQL.
    """
    if ":" not in text:
        return text
    done, position = [], 0
    for start, end in binds(text):
        name = text[start + 1 : end]
        if name.startswith("_") or name not in variables:
            continue
        value = literal(name, variables[name], connection)
        # What stands beside the name must not become part of the value: LIMIT:n, 'a':name.
        before = " " if start and (text[start - 1].isalnum() or text[start - 1] in "_$'\"") else ""
        after = " " if text[end : end + 1] in ("'", '"') else ""
        done += [text[position:start], before, value, after]
        position = end
    return "".join([*done, text[position:]])


def binds(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each ``:name`` stands that could be filled in."""
    nesting, before = _Nesting(), ("", 0, 0)
    brackets: list[str] = []
    for token in tokens(text):
        kind, start, end = token
        if kind in ("space", "comment"):
            continue
        if kind == "bind" and not nesting.in_body:
            slice_ = brackets[-1:] == ["["] and _ends_operand(text, before, start)
            if not slice_:
                yield start, end
        elif kind == "other":
            if text[start] in "([":
                brackets.append(text[start])
            elif text[start] in ")]" and brackets:
                brackets.pop()
        if kind == "other" and text[start] == ";" and nesting.outside:
            nesting = _Nesting()
        else:
            nesting.feed(kind, text[start:end])
        before = token


def first_word(text: str) -> str:
    """Return the word that a statement begins with, in small letters."""
    return next((text[start:end].lower() for kind, start, end in tokens(text) if kind == "word"), "")


def comments(text: str) -> Iterator[str]:
    """Yield the comments of a text."""
    return (text[start:end] for kind, start, end in tokens(text) if kind == "comment")


def tokens(text: str) -> Iterator[Token]:
    """Yield the kind, the start and the end of each token of a text, blanks and comments included.

    The kinds are ``space``, ``comment``, ``unclosed`` (a comment), ``string``, ``dollar`` (a string too), ``name`` (in
    double quotes), ``word``, ``number``, ``parameter``, ``colons``, ``bind`` and ``other`` (one character).
    """
    position, length = 0, len(text)
    while position < length:
        found = _TOKEN.match(text, position)
        assert found is not None  # the last alternative takes any character
        kind, end = str(found.lastgroup), found.end()
        if kind == "block":
            closed, end = _comment_end(text, end)
            # What is not closed is no comment: the server shall say so.
            kind = "comment" if closed else "unclosed"
        elif kind == "dollar":
            closing = text.find(found.group(), end)
            end = length if closing < 0 else closing + len(found.group())
        yield kind, position, end
        position = end


def _ends_operand(text: str, token: Token, at: int) -> bool:
    # In a[lo:hi] the colon follows an operand at once; in ARRAY[CASE WHEN x THEN :y END] a keyword and a blank.
    kind, start, end = token
    if kind == "word":
        return end == at
    return kind in _OPERANDS or (kind == "other" and text[start] in ")]")


def _comment_end(text: str, position: int) -> tuple[bool, int]:
    depth = 1
    for found in _NESTED.finditer(text, position):
        depth += 1 if found.group() == "/*" else -1
        if depth == 0:
            return True, found.end()
    return False, len(text)


def _data(text: str, position: int) -> tuple[str, str]:
    # As in psql the data begin on the next line; what follows the semicolon on its own line comes after them.
    line, _, below = text[position:].partition("\n")
    lines = below.splitlines(keepends=True)
    for number, row in enumerate(lines):
        if row.rstrip("\r\n") == "\\.":
            return "".join(lines[:number]), line + "\n" + "".join(lines[number + 1 :])
    # Blank lines at the end of a cell are no rows.
    data = below.rstrip("\r\n")
    return data + "\n" if data else "", line


class _Nesting:
    """Parentheses and BEGIN ATOMIC bodies that are open in one statement, by psql's rules (psqlscan.l)."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.last = ""
        self.parentheses = 0
        self.begins = 0
        self.copies_in = False

    @property
    def outside(self) -> bool:
        return self.parentheses == 0 and self.begins == 0

    @property
    def in_body(self) -> bool:
        return self.begins > 0

    def feed(self, kind: str, written: str) -> None:
        if kind == "other":
            if written == "(":
                self.parentheses += 1
            elif written == ")":
                self.parentheses = max(0, self.parentheses - 1)
        if kind != "word":
            self.last = ""
            return
        word = written.lower()
        if len(self.words) < 4:
            self.words.append(word)
        if self.parentheses == 0:
            if word == "stdin" and self.last == "from" and self.words[0] == "copy":
                self.copies_in = True
            if self._creates_routine():
                if word == "begin" or (word == "case" and self.begins):
                    self.begins += 1
                elif word == "end" and self.begins:
                    self.begins -= 1
        self.last = word

    def _creates_routine(self) -> bool:
        match self.words:
            case ["create", "function" | "procedure", *_] | ["create", "or", "replace", "function" | "procedure", *_]:
                return True
        return False
