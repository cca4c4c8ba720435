"""Rows of the shop: made by the simulation of ``mnemo_helpers.datagen`` from the files in this folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import psycopg

from mnemo_helpers import datagen
from mnemo_helpers.errors import UnknownName


def variant(*words: str) -> tuple[str, ...]:
    """Return size, seed and form of what ``shop``, ``shop:tiny``, ``shop:raw`` or ``shop:tiny:42:raw`` stands for.

    ``MNEMO_SEED`` names the seed where the words name none, so that lessons can be tried on other data.

    Args:
        words: a size, a seed after it, and as the last one a form; the form may be missing, or stand alone.

    Raises:
        MnemoError: there is no such size, seed or form.
    """
    form = [word for word in words[-1:] if word in datagen.FORMS]
    usual = ("small", os.environ.get("MNEMO_SEED") or str(datagen.SEED))
    size, seed, *more = (*words[: len(words) - len(form)], *usual[len(words) - len(form) :])
    if more:
        raise UnknownName("form of the shop", more[-1], datagen.FORMS)
    plan = datagen.plan(size, seed)
    return plan.size, str(plan.seed), *form


def schema(size: str, seed: str, *form: str) -> bytes:
    """Return the statements that create the tables of a variant."""
    return b"\n".join([datagen.schema(), *map(datagen.form_schema, form)])


def sources() -> tuple[Path, ...]:
    """Return the files that the rows depend on."""
    return datagen.sources()


def load(
    connection: psycopg.Connection, progress: Callable[[int, int], None], size: str, seed: str, *form: str
) -> None:
    """Fill the empty tables, in the order of time and in constant memory.

    Args:
        connection: a connection to the database that holds the tables.
        progress: told how many rows are in, of about how many.
        size: as ``variant`` returned it.
        seed: as ``variant`` returned it.
        form: as ``variant`` returned it.
    """
    datagen.fill(connection, datagen.plan(size, seed), progress)
    for each in form:
        datagen.fill_form(connection, each)
