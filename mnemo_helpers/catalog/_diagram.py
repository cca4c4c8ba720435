"""The diagram of tables, drawn from the catalog."""

from __future__ import annotations

from mnemo_helpers.catalog import _read
from mnemo_helpers.catalog._model import Entity, Model, Relationship
from mnemo_helpers.catalog._read import Connection, Reference


def diagram(*tables: str, connection: Connection | None = None) -> Model:
    """Return the entities and relationships that the catalog has: tables with their key columns, and foreign keys.

    A foreign key says how many: exactly one row is referred to, or none where a column of it may be NULL; any number
    of rows refer, or at most one where columns of it are unique. That at least one row refers, no key can say. One
    that has not been checked for all rows is marked so.

    Args:
        tables: their names; foreign keys between them are drawn. Without names, all that the search path reaches.
        connection: where to ask; None for the main session of the SQL cells.

    Raises:
        UnknownName: there is no such table.
        SQLError: the server refuses to tell.
    """
    chosen = _read.tables(tables, connection)
    keys = _read.keys(chosen, connection)
    names = {table.name for table in chosen}
    return Model(
        tuple(Entity(table.name, tuple(keys[table.oid])) for table in chosen),
        tuple(relationship(each) for each in _read.references(connection) if each.table in names and each.to in names),
    )


def relationship(reference: Reference) -> Relationship:
    """Return what a foreign key says of how many."""
    return Relationship(
        reference.to,
        "0..1" if reference.nullable else "1",
        "0..1" if reference.unique else "0..*",
        reference.table,
        ", ".join(reference.columns) + ("" if reference.valid else " (not valid)"),
    )
