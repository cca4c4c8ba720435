"""psql's backslash commands: what to write instead in a notebook."""

from __future__ import annotations

from typing import NoReturn

from mnemo_helpers.errors import MnemoError

_COLUMNS = (
    "SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns "
    "WHERE table_name = '{}' ORDER BY ordinal_position"
)
_RELATIONS = "SELECT relname FROM pg_class WHERE relkind = '{}' AND relnamespace = 'public'::regnamespace"
_INSTEAD = {
    "dt": _RELATIONS.format("r"),
    "dv": _RELATIONS.format("v"),
    "di": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "ds": _RELATIONS.format("S"),
    "df": "SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "dn": "SELECT nspname FROM pg_namespace",
    "du": "SELECT rolname FROM pg_roles",
    "dx": "SELECT extname, extversion FROM pg_extension",
    "l": "SELECT datname FROM pg_database",
    "conninfo": "SELECT current_user, current_database()",
    "sf": "SELECT pg_get_functiondef('{}'::regproc)",
    "sv": "SELECT pg_get_viewdef('{}'::regclass)",
    "copy": "COPY … FROM STDIN; with the rows on the lines below it, or COPY … TO STDOUT",
    "echo": "print(…) in a cell of Python",
    "i": "%sql -f FILE",
    "c": "%%sql postgresql://USER@HOST/DATABASE",
    "timing": "%%time is for Python; EXPLAIN ANALYZE tells where a statement spends its time",
    "set": "a Python variable, and :name in the statement",
    "gset": "%%sql NAME << SELECT …",
    "q": "nothing: the session ends with the notebook",
}


def refuse(command: str) -> NoReturn:
    """Refuse a command of psql, and name what to write instead.

    Raises:
        MnemoError: always.
    """
    word, _, argument = command[1:].partition(" ")
    word, argument = word.rstrip("+S;"), argument.strip(" ;")
    if word == "d" and not argument:
        word = "dt"
    instead = _COLUMNS.format(argument) if word == "d" else _INSTEAD.get(word, "").format(argument)
    raise MnemoError(
        f"\\{word} is a command of psql, not SQL; nothing of this cell was sent.",
        remedy=f"Write: {instead}" if instead else "The catalog answers in SQL: pg_class, information_schema.columns.",
    )
