"""What a cell's magic line orders: a session, a name for the rows, options; the rest is SQL, to the letter."""

from __future__ import annotations

import re
from argparse import Action, ArgumentParser
from collections.abc import Collection
from dataclasses import dataclass

from mnemo_helpers.errors import MnemoError, UnknownName
from mnemo_helpers.sql._lexer import comments

_OPTION = re.compile(r"[ \t]*(--[A-Za-z][\w-]*|-[A-Za-z](?=\s|$))=?")
_VALUE = re.compile(r"[ \t]*(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
# No statement is a word with a digit of these lengths, so the codes end where the SQL begins.
_SQLSTATE = re.compile(r"[ \t,]*(?=[0-9A-Z]*[0-9])([0-9A-Z]{5}|[0-9A-Z]{2})(?![\w.])")
_WORD = re.compile(r"[ \t]*(\S+)")
_NAMED = re.compile(r"\s*([^\W\d]\w*)\s*<<")

_REFUSED = {
    "persist": "A table is designed, not guessed from a DataFrame: write CREATE TABLE, then fill it with "
    "COPY … FROM STDIN in a cell, or from Python with a cursor of sql.session().",
    "append": "Add rows with INSERT or COPY … FROM STDIN in a cell, or from Python with a cursor of sql.session().",
    "creator": "Name the database on the cell: %%sql postgresql://USER@HOST/DATABASE",
    "section": "Name the database on the cell: %%sql postgresql://USER@HOST/DATABASE",
    "connection_arguments": "Write them into the address: %%sql postgresql://USER@HOST/DATABASE?connect_timeout=5",
}


@dataclass(frozen=True)
class Order:
    """A magic line, understood.

    Attributes:
        text: the SQL, exactly as written.
        session: a name, ``@name`` or an address; None for the main session.
        result: the variable left of ``<<``.
        expect: SQLSTATEs or their classes, one of which must come.
        file: a file whose SQL runs first.
        list: whether to list the sessions.
        close: the session to close.
    """

    text: str
    session: str | None = None
    result: str | None = None
    expect: tuple[str, ...] = ()
    file: str | None = None
    list: bool = False
    close: str | None = None


def read(line: str, cell: str, parser: ArgumentParser, sessions: Collection[str]) -> Order:
    """Understand a magic line: options, a session and ``name <<`` come first, in any order; the rest is SQL.

    Args:
        line: what follows the magic on its line.
        cell: the lines below it.
        parser: knows the options.
        sessions: the names of the sessions that there are.

    Raises:
        UnknownName: an option that does not exist.
        MnemoError: an option that these cells refuse, one without its value, or one after the SQL.
    """
    rest, words = line, list[str]()
    session: str | None = None
    result: str | None = None
    while True:
        if option := _OPTION.match(rest):
            given, rest = _option(option[1], rest[option.end() :], parser)
            words += given
        elif session is None and (word := _WORD.match(rest)) and _is_session(word[1], sessions):
            session, rest = word[1], rest[word.end() :]
        elif result is None and (named := _NAMED.match(rest)):
            result, rest = named[1], rest[named.end() :]
        else:
            break
    for comment in comments(rest):
        if re.match(r"--\w", comment):
            raise MnemoError(
                f"{comment.split()[0]} stands after the SQL; as an option it belongs before it.",
                remedy="Put it right after %%sql. If it is a comment, write a blank after the two dashes.",
            )
    text = rest + "\n" + cell if rest.strip() else cell
    if result is None and (named := _NAMED.match(text)):
        result, text = named[1], text[named.end() :]
    arguments = parser.parse_args(words)
    for name, remedy in _REFUSED.items():
        if getattr(arguments, name):
            raise MnemoError(f"--{name} is not for these cells.", remedy=remedy)
    return Order(
        text=text,
        session=session,
        result=result,
        expect=tuple(arguments.expect or ()),
        file=arguments.file,
        list=arguments.connections,
        close=arguments.close,
    )


def _option(word: str, rest: str, parser: ArgumentParser) -> tuple[list[str], str]:
    actions: dict[str, Action] = parser._option_string_actions
    if word not in actions:
        refused = {f"--{name}" for name in (*_REFUSED, "help")}
        raise UnknownName("option", word, {known for known in actions if known.startswith("--")} - refused)
    if actions[word].nargs == 0:
        return [word], rest
    values, pattern = list[str](), _SQLSTATE if word == "--expect" else _VALUE
    while (value := pattern.match(rest)) and (word == "--expect" or not values):
        values.append(next(group for group in value.groups() if group is not None))
        rest = rest[value.end() :]
    if not values:
        what = "the SQLSTATE of the error, as in --expect 23505" if word == "--expect" else "a value"
        raise MnemoError(f"{word} needs {what}.")
    return [word, *values], rest


def _is_session(word: str, sessions: Collection[str]) -> bool:
    return word.startswith("@") or "://" in word or word in sessions
