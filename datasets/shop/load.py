"""Rows of the shop: made by the simulation of ``mnemo_helpers.datagen`` from the files in this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg

from mnemo_helpers import datagen


def variant(size: str = "small", seed: str = str(datagen.SEED)) -> tuple[str, str]:
    """Return the size and the seed that ``shop``, ``shop:tiny`` or ``shop:tiny:42`` stands for.

    Raises:
        MnemoError: there is no such size or seed.
    """
    plan = datagen.plan(size, seed)
    return plan.size, str(plan.seed)


def sources() -> tuple[Path, ...]:
    """Return the files that the rows depend on."""
    return datagen.sources()


def load(connection: psycopg.Connection, progress: Callable[[int, int], None], size: str, seed: str) -> None:
    """Fill the empty tables, in the order of time and in constant memory.

    Args:
        connection: a connection to the database that holds the tables.
        progress: told how many rows are in, of about how many.
        size: as ``variant`` returned it.
        seed: as ``variant`` returned it.
    """
    datagen.fill(connection, datagen.plan(size, seed), progress)
