"""A Python value as a literal of PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from mnemo_helpers.errors import MnemoError

if TYPE_CHECKING:
    from psycopg.abc import AdaptContext


def literal(name: str, value: Any, context: AdaptContext | None) -> str:
    """Return the value as SQL: text, numbers, dates, uuid, bytes, None, lists as arrays, dicts as jsonb.

    Raises:
        MnemoError: PostgreSQL has no literal for it; the message says which ``:name`` was to be filled in.
    """
    if isinstance(value, list | tuple):
        # ARRAY[1, 2] gets its type from its elements, as if written by hand; psycopg would say smallint[].
        if not value:
            return "'{}'"
        return f"ARRAY[{', '.join(literal(name, element, context).strip() for element in value)}]"
    try:
        written = sql.Literal(Jsonb(value) if isinstance(value, dict) else value).as_string(context)
    except (psycopg.Error, TypeError, ValueError) as problem:
        reason = str(problem).split("\n")[0]
        raise MnemoError(
            f":{name} cannot be filled in: {type(value).__name__} has no literal in PostgreSQL ({reason}).",
            remedy=f"Give {name} a str, number, bool, None, date, time, uuid, bytes, list or dict.",
        ) from None
    return written
