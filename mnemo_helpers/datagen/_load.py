"""The shop into a database: made in one thread while the server takes in what came before."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from psycopg import sql

from mnemo_helpers.datagen._copy import HEADER, TRAILER
from mnemo_helpers.datagen._files import folder
from mnemo_helpers.datagen._make import make
from mnemo_helpers.datagen._plan import Plan
from mnemo_helpers.datagen._tables import FEW, many

Progress = Callable[[int, int], None]

# A table's rows are sent when they are so many bytes, or a quarter of what was sent of it before. The server adds to a
# table by up to 64 pages at once, and what a piece does not need of them stays empty: large pieces leave fewer holes.
_PIECE_BYTES, _LARGEST_BYTES = 1 << 20, 2 << 20
_PIECES_AHEAD = 3
# What all this takes in memory at once, on the server's side.
_SETTINGS = "SET LOCAL maintenance_work_mem = '64MB'; SET LOCAL work_mem = '64MB'; SET LOCAL synchronous_commit = off"
# Rows for each order, to say how far the loading has come; what there is in the end is counted.
_ROWS_FOR_AN_ORDER = 38


def tables() -> tuple[str, ...]:
    """Return the names of the shop's tables."""
    return (*FEW, *many())


def schema() -> bytes:
    """Return the statements that create the tables, with their constraints and comments."""
    return (folder() / "schema.sql").read_bytes()


def fill(connection: psycopg.Connection[Any], plan: Plan, progress: Progress) -> int:
    """Fill the shop's empty tables, in one transaction and in constant memory.

    Keys are dropped first and added when the rows are there, since checking all rows at once is faster.

    Args:
        connection: to the database that holds the tables of ``schema()``.
        plan: how much, and which.
        progress: told how many rows are in, of about how many.

    Returns:
        How many rows there are.
    """
    with connection.transaction():
        connection.execute(_SETTINGS)
        names = sql.SQL(", ").join(map(sql.Identifier, tables()))
        # COPY into tables that this transaction emptied keeps the order and freezes the rows as they come.
        connection.execute(sql.SQL("TRUNCATE {}").format(names))
        keys = _keys(connection)
        for table, name, _ in reversed(keys):
            connection.execute(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name))
            )
        done = copy(connection, plan, progress)
        _add(connection, keys)
    return done


def copy(connection: psycopg.Connection[Any], plan: Plan, progress: Progress) -> int:
    """Copy the shop's rows into its tables and return how many they are; ``fill`` does it with all that belongs to it.

    Args:
        connection: within the transaction that emptied or created the tables.
        plan: how much, and which.
        progress: told how many rows are in, of about how many.
    """
    done, expected = 0, plan.orders * _ROWS_FOR_AN_ORDER
    with _Ahead(pieces(plan)) as ready:
        for table, rows, parts in ready:
            with connection.cursor().copy(
                sql.SQL("COPY {} FROM STDIN (FORMAT binary, FREEZE)").format(sql.Identifier(table))
            ) as into:
                into.write(HEADER)
                for part in parts:
                    into.write(part)
                into.write(TRAILER)
            done += rows
            progress(min(done, expected), expected)
    progress(done, done)
    return done


Piece = tuple[str, int, list[bytes | memoryview]]


def pieces(plan: Plan) -> Iterator[Piece]:
    """Yield the shop's rows, table by table in pieces that are worth sending."""
    waiting: dict[str, list[bytes | memoryview]] = {}
    rows: dict[str, int] = {}
    size: dict[str, int] = {}
    due: dict[str, int] = {}
    for table, count, part in make(plan):
        waiting.setdefault(table, []).append(part)
        rows[table] = rows.get(table, 0) + count
        size[table] = size.get(table, 0) + len(part)
        if size[table] >= due.setdefault(table, _PIECE_BYTES):
            yield table, rows.pop(table), waiting.pop(table)
            due[table] = min(due[table] + size.pop(table) // 4, _LARGEST_BYTES)
    for table, parts in waiting.items():
        yield table, rows[table], parts


class _Ahead:
    """Takes pieces out of an iterator in a thread of its own, a few ahead of whoever iterates over it."""

    def __init__(self, made: Iterator[Piece]) -> None:
        self._made = made
        self._ready: queue.Queue[Piece | BaseException | None] = queue.Queue(_PIECES_AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="mnemo shop", daemon=True)

    def _work(self) -> None:
        try:
            for piece in self._made:
                if not self._put(piece):
                    return
            self._put(None)
        except BaseException as problem:  # handed over to whoever iterates
            self._put(problem)

    def _put(self, piece: Piece | BaseException | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._ready.put(piece, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def __enter__(self) -> Iterator[Piece]:
        self._thread.start()
        return iter(self._next, None)

    def _next(self) -> Piece | None:
        got = self._ready.get()
        if isinstance(got, BaseException):
            raise got
        return got

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()


def _keys(connection: psycopg.Connection[Any]) -> list[tuple[str, str, str]]:
    """Return table, name and definition of primary, unique and foreign keys, in an order in which they can be added."""
    return [
        (table, name, definition)
        for table, name, definition in connection.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = ANY (%s::regclass[]) AND contype IN ('p', 'u', 'f')"
            " ORDER BY contype = 'f', contype, conrelid::regclass::text, conname",
            [list(tables())],
        )
    ]


def _add(connection: psycopg.Connection[Any], keys: list[tuple[str, str, str]]) -> None:
    for table, name, definition in keys:
        connection.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} ").format(sql.Identifier(table), sql.Identifier(name))
            + sql.SQL(definition)
        )
