"""What a server answers to a step: rows, a status line, or an error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from psycopg import pq
from psycopg.errors import Diagnostic
from psycopg.pq.abc import PGresult

_ENCODING = "utf-8"
# The types that stand to the right: int2, int4, int8, oid, float4, float8, numeric, money.
_RIGHT = frozenset({20, 21, 23, 26, 700, 701, 790, 1700})


@dataclass(frozen=True)
class Answer:
    """Rows as the server's text, or the status line alone.

    Attributes:
        status: as ``UPDATE 1``.
        columns: the headings; none where the statement returns no rows.
        rows: None is NULL.
        right: which columns stand to the right.
    """

    status: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    right: tuple[bool, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """An error.

    Attributes:
        sqlstate: the five-character code; ``08006`` where the connection broke without one.
        message: the first line.
        detail: what the server adds to it, or "".
    """

    sqlstate: str
    message: str
    detail: str = ""


def read(result: PGresult) -> Answer | Refusal | None:
    """Return what a result of libpq says; None for an empty query and the begin of a copy."""
    match result.status:
        case pq.ExecStatus.TUPLES_OK:
            columns = range(result.nfields)
            return Answer(
                _text(result.command_status),
                tuple(_text(result.fname(i)) for i in columns),
                tuple(tuple(value(result, row, i) for i in columns) for row in range(result.ntuples)),
                tuple(result.ftype(i) in _RIGHT for i in columns),
            )
        case pq.ExecStatus.COMMAND_OK:
            return Answer(_text(result.command_status))
        case pq.ExecStatus.EMPTY_QUERY | pq.ExecStatus.COPY_IN | pq.ExecStatus.COPY_OUT:
            return None
    said = Diagnostic(result, _ENCODING)
    if said.sqlstate is None:
        first = _text(result.error_message).strip().split("\n")[0]
        return Refusal("08006", first or "The connection is gone.")
    return Refusal(said.sqlstate, said.message_primary or "", said.message_detail or "")


def carried(answers: Iterable[Answer]) -> dict[str, str | Decimal | None]:
    """Return what a session knows by name after answers of one row: each column, as ``\\gset`` of psql keeps it.

    Of an answer without rows each column is NULL; of several rows nothing is kept.
    """
    known: dict[str, str | Decimal | None] = {}
    for answer in answers:
        if len(answer.rows) < 2:
            row = answer.rows[0] if answer.rows else (None,) * len(answer.columns)
            known.update(zip(answer.columns, map(_number, row, answer.right), strict=True))
    return known


def value(result: PGresult, row: int, column: int) -> str | None:
    """Return one value as the server wrote it; None for NULL."""
    found = result.get_value(row, column)
    return None if found is None else _text(found)


def _number(text: str | None, right: bool) -> str | Decimal | None:
    try:
        return Decimal(text) if text is not None and right else text
    except InvalidOperation:  # money
        return text


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode(_ENCODING, "backslashreplace")
