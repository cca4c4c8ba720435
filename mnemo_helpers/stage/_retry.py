"""A transaction that is tried again, whole, when the server asks for it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from psycopg import pq

from mnemo_helpers.errors import MnemoError

Result = TypeVar("Result")

# serialization_failure and deadlock_detected: all that was done is undone, and another try may well succeed.
AGAIN = ("40001", "40P01")


def retry(
    connection: psycopg.Connection[Any],
    work: Callable[[psycopg.Connection[Any]], Result],
    *,
    attempts: int = 10,
    pause_s: float = 0.01,
    longest_pause_s: float = 1.0,
    noted: Callable[[str], None] = lambda sqlstate: None,
    draw: Callable[[], float] = random.random,
    sleep: Callable[[float], None] = time.sleep,
) -> Result:
    """Do work in a transaction, and all of it again when the server could not put it in order with the others.

    Between two tries it waits a random part of a time that doubles, so that those who met do not meet again. Nothing
    else is tried again: not another error, and not a connection that broke, since its COMMIT may have been done.

    Args:
        connection: no transaction may be open in it; ``connection.isolation_level`` says which kind is begun.
        work: reads and writes on the connection, and nothing outside of the database; it may run several times.
        attempts: how often it is tried at most.
        pause_s: the longest first pause.
        longest_pause_s: no pause is longer.
        noted: told the SQLSTATE of each try that failed and is made again.
        draw: a random number from 0 to 1.
        sleep: waits that many seconds.

    Returns:
        What ``work`` returned, once its COMMIT has succeeded.

    Raises:
        psycopg.Error: what the server raised, at the last try or for another reason.
        MnemoError: a transaction is open; then its first statements would be left out of the next try.

    Source: PostgreSQL's manual, section 13.5, Serialization Failure Handling; the pauses are "full jitter" of Marc
    Brooker, Exponential Backoff and Jitter (2015).
    """
    if connection.info.transaction_status != pq.TransactionStatus.IDLE:
        raise MnemoError(
            "A transaction is open, and only a whole one can be tried again.",
            remedy="COMMIT or ROLLBACK it, and do all that belongs together in the work that is given to retry.",
        )
    for attempt in range(1, attempts + 1):
        try:
            with connection.transaction():
                return work(connection)
        except psycopg.Error as problem:
            if problem.sqlstate not in AGAIN:
                raise
            if attempt == attempts:
                problem.add_note(f"Given up after {attempts} tries.")
                raise
            noted(problem.sqlstate)
        sleep(draw() * min(longest_pause_s, pause_s * 2 ** (attempt - 1)))
    raise MnemoError("Work is tried at least once.", remedy="Give retry at least one of attempts.")
