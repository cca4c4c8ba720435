"""How fast the shop is made and loaded, beside a raw COPY and beside Faker, and in how much memory."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]
_HERE = (sys.executable, "-m", "tests.benchmarks.shop")


def _empty(connection: Connection) -> float:
    """Drop and create the tables without keys, and return when that was done."""
    from mnemo_helpers import datagen

    connection.execute("CHECKPOINT")
    connection.execute(f"DROP TABLE IF EXISTS {', '.join(datagen.tables())} CASCADE".encode())
    connection.execute(datagen.schema())
    keys = connection.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE contype IN ('p', 'u', 'f') AND connamespace = 'public'::regnamespace ORDER BY contype = 'f' DESC"
    ).fetchall()
    for table, name in keys:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name} CASCADE".encode())
    return time.perf_counter()


def _raw(connection: Connection, prepared: list[tuple[str, bytes]]) -> float:
    began = _empty(connection)
    with connection.transaction():
        connection.execute(f"TRUNCATE {', '.join(sorted({table for table, _ in prepared}))}".encode())
        for table, rows in prepared:
            with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary, FREEZE)".encode()) as into:
                into.write(rows)
    return time.perf_counter() - began


def _ours(connection: Connection, size: str) -> float:
    from mnemo_helpers import datagen

    began = _empty(connection)
    with connection.transaction():
        connection.execute(f"TRUNCATE {', '.join(datagen.tables())}".encode())
        datagen.copy(connection, datagen.plan(size), lambda _done, _total: None)
    return time.perf_counter() - began


def _scratch() -> Iterator[Connection]:
    from mnemo_helpers import database

    with database.scratch("learner") as name, database.connect(name, "owner") as connection:
        yield connection


def against_copy() -> str:
    """Rows of ``small`` a second, made and loaded, over those of a raw binary COPY of the same rows, in turn."""
    from mnemo_helpers import datagen

    prepared: dict[str, list[bytes]] = {}
    rows = 0
    for table, count, parts in datagen.pieces(datagen.plan("small")):
        prepared.setdefault(table, []).extend(parts)
        rows += count
    header, trailer = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
    whole = [(table, header + b"".join(parts) + trailer) for table, parts in prepared.items()]
    for connection in _scratch():
        _raw(connection, whole)
        ours, theirs = [], []
        for _ in range(5):
            ours.append(_ours(connection, "small"))
            theirs.append(_raw(connection, whole))
        a, b = statistics.median(ours), statistics.median(theirs)
        return f"{b / a:.2f} ({rows / a:,.0f} rows/s against {rows / b:,.0f})"
    raise AssertionError


def against_faker() -> str:
    """Customers a second: ours, from a shop of ``small``, over Faker's rows of the same columns by executemany."""
    from faker import Faker

    from mnemo_helpers import datagen

    count = 4_000
    faker = Faker()
    Faker.seed(7)
    regions = 18
    statement = b"INSERT INTO users VALUES (%s, %s, %s, %s, %s, %s)"
    for connection in _scratch():
        _empty(connection)
        began = time.perf_counter()
        made = []
        for number in range(count):
            at = faker.date_time_between("-2y")
            email = f"{number}{faker.safe_email()}"
            made.append((number, email, faker.name(), random.Random(number).randint(1, regions), at, at))
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(statement, made)
        theirs = count / (time.perf_counter() - began)
        plan = datagen.plan("4")
        own = [(rows, parts) for table, rows, parts in _only(plan, "users")]
        began = time.perf_counter()
        rows = 0
        with connection.transaction():
            connection.execute(b"TRUNCATE users CASCADE")
            with connection.cursor().copy(b"COPY users FROM STDIN (FORMAT binary, FREEZE)") as into:
                into.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
                for table, n, parts in _only(plan, "users"):
                    assert table == "users"
                    rows += n
                    for part in parts:
                        into.write(part)
                into.write(b"\xff\xff")
        ours = rows / (time.perf_counter() - began)
        assert rows == sum(n for n, _ in own)
        return f"{ours / theirs:,.0f} times ({ours:,.0f} rows/s against {theirs:,.0f})"
    raise AssertionError


def _only(plan: Any, wanted: str) -> Iterator[tuple[str, int, list[bytes]]]:
    """Yield the pieces of one of the tables of customers."""
    from mnemo_helpers.datagen._copy import encode
    from mnemo_helpers.datagen._make import _users
    from mnemo_helpers.datagen._tables import many

    for table, columns in _users(plan, 8_000):
        if table == wanted:
            yield table, len(columns["user_id"]), [encode(many()[table], columns)]


def memory() -> str:
    """Peak memory of a process that makes and loads a shop, for growing sizes."""
    said = []
    for size in ("tiny", "small", "20"):
        done = subprocess.run([*_HERE, size], capture_output=True, text=True, check=True)
        said.append(f"{size} {done.stdout.strip()} MB")
    return ", ".join(said)


def ready() -> str:
    """The template of ``small``, from nothing to cloneable."""
    from mnemo_helpers import database

    seconds = []
    for seed in random.sample(range(1_000_000), 3):
        began = time.perf_counter()
        name = database.template(f"shop:small:{seed}")
        seconds.append(time.perf_counter() - began)
        with database.connect("postgres", "owner") as owner:
            owner.execute(f'ALTER DATABASE "{name}" IS_TEMPLATE false'.encode())
            owner.execute(f'DROP DATABASE "{name}"'.encode())
    return f"{statistics.median(seconds):.1f} s"


FIGURES = {
    "shop: rows over raw COPY": (against_copy, ">= 0.7"),
    "shop: customers over Faker": (against_faker, ">= 50 times"),
    "shop: peak memory": (memory, "<= 300 MB"),
    "shop: small in a template": (ready, "<= 10 s"),
}


if __name__ == "__main__":
    for there in _scratch():
        _ours(there, sys.argv[1])
    print(int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024)
