"""Rows that a learner gives: read as data, and never run as a program."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mnemo_helpers import sql

_FORM = "Rows are given as INSERT INTO table (columns) VALUES (…), (…)"
_NUMBER = re.compile(r"[+-]?\s*(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", re.I)
_WORDS = {"null", "true", "false", "default"}
_LONGEST = 20_000


class Unreadable(Exception):
    """What was written is not rows of these tables; the text says what it is and what is asked for."""


@dataclass(frozen=True)
class Given:
    """Rows for one table.

    Attributes:
        table: its name as it was written, empty where rows stand alone.
        columns: as they were written, none where none are named.
        rows: each value as it was written, which is a literal.
    """

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def statement(self) -> str:
        """The one statement that puts them in."""
        rows = ", ".join(f"({', '.join(row)})" for row in self.rows)
        return f"INSERT INTO {self.table} ({', '.join(self.columns)}) VALUES {rows}"


def read(text: str) -> list[Given]:
    """Return the rows of an answer, statement by statement.

    Args:
        text: ``INSERT INTO`` statements with ``VALUES``, or ``VALUES`` or rows alone; commas between rows may lack.

    Raises:
        Unreadable: it is anything else, or a value is not written out.
    """
    if len(text) > _LONGEST:
        raise Unreadable(f"This is longer than {_LONGEST:,} characters; a few short rows are asked for.")
    reader = _Reader(text)
    given = []
    while reader.peek():
        given.append(reader.statement())
        while reader.took(";"):
            pass
    return given


def place(given: Sequence[Given], tables: Mapping[str, tuple[str, ...]]) -> list[Given]:
    """Return the rows with table and columns named, in the order in which the tables were made.

    Args:
        given: what was read.
        tables: the columns of each table, in the order in which they were made.

    Raises:
        Unreadable: there is no such table or column, or a row has too few or too many values.
    """
    placed = []
    for part in given:
        table = _known(part.table, tables, "table", _told(tables)) if part.table else _only(tables)
        columns = tables[table]
        named = [_known(name, columns, f"column of {table}", _told({table: columns})) for name in part.columns]
        due = tuple(named) or columns
        for i, row in enumerate(part.rows, 1):
            if len(row) != len(due):
                count = f"{len(row)} value{'s' if len(row) != 1 else ''}"
                raise Unreadable(f"Row {i} of {table} has {count}, ({', '.join(row)}); due are {_listed(due)}.")
        placed.append(Given(_quoted(table), tuple(map(_quoted, due)), part.rows))
    order = list(map(_quoted, tables))
    return sorted(placed, key=lambda part: order.index(part.table))


class _Reader:
    """A place in the tokens of an answer."""

    def __init__(self, text: str) -> None:
        self.text = sql.uncommented(text)
        self.tokens = [token for token in sql.tokens(self.text) if token[0] != "space"]
        self.at = 0

    def kind(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead][0] if self.at + ahead < len(self.tokens) else ""

    def peek(self, ahead: int = 0) -> str:
        if self.at + ahead >= len(self.tokens):
            return ""
        _, start, end = self.tokens[self.at + ahead]
        return self.text[start:end]

    def take(self) -> str:
        taken = self.peek()
        self.at += 1
        return taken

    def took(self, *written: str) -> bool:
        found = self.peek().lower() in written
        self.at += found
        return found

    def statement(self) -> Given:
        begin, table = self.peek(), ""
        columns: tuple[str, ...] = ()
        if self.took("insert"):
            if not self.took("into") or self.kind() not in ("word", "name"):
                raise Unreadable(f"After INSERT comes INTO and a table. {_FORM}.")
            table = self.take()
            columns = self.columns() if self.peek() == "(" else ()
            if not self.took("values"):
                raise Unreadable(f"{self.here()} stands where VALUES is due. {_FORM}; nothing is computed.")
        elif not self.took("values") and begin != "(":
            raise Unreadable(f"{self.here()} begins no rows. {_FORM}, and nothing else runs.")
        rows: list[tuple[str, ...]] = []
        while self.peek() == "(":
            rows.append(self.row(len(rows) + 1))
            self.took(",")
        if not rows:
            raise Unreadable(f"There is no row after VALUES. {_FORM}.")
        if self.peek().lower() not in ("", ";", "insert", "values"):
            raise Unreadable(f"{self.here()} has no place after the rows. {_FORM}.")
        return Given(table, columns, tuple(rows))

    def columns(self) -> tuple[str, ...]:
        self.take()
        names = []
        while self.kind() in ("word", "name"):
            names.append(self.take())
            self.took(",")
        if not names or not self.took(")"):
            raise Unreadable(f"{self.here()} stands where a column or ) is due. {_FORM}.")
        return tuple(names)

    def row(self, number: int) -> tuple[str, ...]:
        self.take()
        values = [self.value(number)]
        while self.took(","):
            values.append(self.value(number))
        if not self.took(")"):
            raise Unreadable(f"{self.here()} stands in row {number} where a comma or ) is due.")
        return tuple(values)

    def value(self, number: int) -> str:
        begin = self.at
        if self.at < len(self.tokens) and (found := _NUMBER.match(self.text, self.tokens[self.at][1])):
            while self.at < len(self.tokens) and self.tokens[self.at][1] < found.end():
                self.at += 1
            if self.tokens[self.at - 1][2] != found.end():
                raise Unreadable(f"In row {number}, “{_short(self.peek(-1))}” is no number.")
        elif self.peek().lower() in _WORDS:
            self.take()
        elif (words := self.typed()) is not None:
            self.at += words
            self.string(number)
        else:
            raise Unreadable(f"In row {number}, {self.no_value()}")
        while self.took("::"):
            if self.kind() != "word":
                raise Unreadable(f"In row {number}, a type is due after ::, not {self.here()}.")
            while self.kind() == "word":
                self.take()
        return self.text[self.tokens[begin][1] : self.tokens[self.at - 1][2]]

    def string(self, number: int) -> None:
        written = self.take()
        # A quote that is doubled inside a text reads as two texts without a gap.
        while self.kind() == "string" and self.tokens[self.at][1] == self.tokens[self.at - 1][2]:
            written += self.take()
        if (written.endswith("'") and len(written) > 1 and not written.count("'") % 2) or written[0] in "eE":
            return
        raise Unreadable(f"In row {number}, a text has no closing quote: {_short(written)}")

    def typed(self) -> int | None:
        """Return how many words of a type stand before a string, as one in DATE '2013-01-01'; None without string."""
        words = 0
        while self.kind(words) == "word":
            words += 1
        return words if self.kind(words) == "string" else None

    def no_value(self) -> str:
        written = self.peek()
        if self.kind() == "name":
            return f"{_short(written)} would name a column. Text stands in single quotes: '{_short(written[1:-1])}'."
        if self.kind() == "word" and self.peek(1) in (",", ")"):
            return f"{_short(written)} is no value. Text stands in quotes: '{_short(written)}'."
        if written in (",", ")"):
            return "a value is missing. Where there is none, write NULL."
        return f"{self.here()} is no value. Write values out, as 12, 'text', '2013-01-01' or NULL; nothing is computed."

    def here(self) -> str:
        return f"“{_short(self.peek())}”" if self.peek() else "The end"


def _known(written: str, known: Mapping[str, object] | Sequence[str], what: str, there: str) -> str:
    name = written[1:-1].replace('""', '"') if written.startswith('"') else written.lower()
    if name not in known:
        near = difflib.get_close_matches(name, list(known), n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise Unreadable(f"There is no {what} called {_short(name)}.{meant} There is: {there}.")
    return name


def _only(tables: Mapping[str, tuple[str, ...]]) -> str:
    if len(tables) != 1:
        raise Unreadable(f"Say into which table the rows go. {_FORM}. There is: {_told(tables)}.")
    return next(iter(tables))


def _told(tables: Mapping[str, tuple[str, ...]]) -> str:
    return ", ".join(f"{table} {_listed(columns)}" for table, columns in tables.items())


def _listed(names: Sequence[str]) -> str:
    return f"({', '.join(names)})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
