"""Other forms of the same shop: a wide table, documents, and a raw copy with dirt that an answer key knows.

They are made inside the database, from the tables; what is planted is the same in every size and with every seed.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from mnemo_helpers.datagen._files import folder
from mnemo_helpers.errors import UnknownName

FORMS = ("documents", "flat", "raw")


@dataclass(frozen=True)
class Dirt:
    """One kind of dirt.

    Attributes:
        name: what it is called.
        form: the form that it is planted into.
        says: what is wrong.
        keys: which rows or documents have it.
        count: how many.
        plant: the statement that plants it, given the keys as ``$1``.
        find: a query that gives the keys to somebody who does not know them.
        mend: what to do about it.
    """

    name: str
    form: str
    says: str
    keys: tuple[str, ...]
    count: int
    plant: str
    find: str
    mend: str


@functools.cache
def dirt() -> tuple[Dirt, ...]:
    """Return the answer key: every kind of dirt, in the order in which it is planted."""
    with (folder() / "dirt.toml").open("rb") as file:
        return tuple(Dirt(**{**each, "keys": tuple(each["keys"])}) for each in tomllib.load(file)["dirt"])


def form_schema(form: str) -> bytes:
    """Return the statements that create the tables of a form.

    Raises:
        UnknownName: there is no such form.
    """
    return (_where(form) / "schema.sql").read_bytes()


def fill_form(connection: psycopg.Connection[Any], form: str) -> None:
    """Fill the tables of a form from those of the shop, and plant the dirt that belongs to it.

    Args:
        connection: to the database that holds the shop and the empty tables of the form.
        form: ``flat``, ``documents`` or ``raw``.
    """
    with connection.transaction():
        connection.execute("SET LOCAL work_mem = '64MB'")
        connection.execute((_where(form) / "fill.sql").read_bytes())
        for each in dirt():
            if each.form == form:
                psycopg.RawCursor(connection).execute(each.plant.encode(), [list(each.keys)])


def _where(form: str) -> Path:
    if form not in FORMS:
        raise UnknownName("form of the shop", form, FORMS)
    return folder() / "forms" / form
