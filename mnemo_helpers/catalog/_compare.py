"""A sketch beside the catalog: what differs, and why."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mnemo_helpers import render
from mnemo_helpers.catalog import _read
from mnemo_helpers.catalog._diagram import relationship
from mnemo_helpers.catalog._model import Model, Relationship
from mnemo_helpers.catalog._read import Connection, Reference, singular
from mnemo_helpers.errors import UnknownName

_HOW_MANY = {"1": "exactly one", "0..1": "none or one", "0..*": "any number", "1..*": "at least one"}


@dataclass(frozen=True)
class Difference:
    """Something that a sketch and the catalog do not agree about.

    Attributes:
        where: ``table``, ``relationship`` or ``count``.
        sketched: what the sketch says, empty where it says nothing.
        built: what the catalog has, empty where it has nothing.
        because: what in the catalog says so, or what it lacks.
    """

    where: Literal["table", "relationship", "count"]
    sketched: str
    built: str
    because: str


@dataclass(frozen=True)
class Comparison(render.Showing):
    """How a sketch and the catalog compare.

    Attributes:
        agreed: the sketch's relationships that are as the catalog has them.
        differences: everything else.
    """

    agreed: tuple[Relationship, ...]
    differences: tuple[Difference, ...]

    def beyond(self, earlier: Comparison) -> Comparison:
        """Return what has come to differ since an earlier comparison of the same sketch, and nothing else."""
        return Comparison(self.agreed, tuple(each for each in self.differences if each not in earlier.differences))

    @property
    def shown(self) -> render.Shown:
        """The differences as a table."""
        same = f"{_number(len(self.agreed), 'relationship')} as sketched"
        if not self.differences:
            return render.note("info", f"No differences; {same}.")
        rows = [(each.where, each.sketched, each.built, each.because) for each in self.differences]
        return render.table(
            ["", "sketched", "in the catalog", "because"], rows, caption=f"{_number(len(rows), 'difference')}; {same}"
        )


def compare(
    sketched: Model,
    *tables: str,
    known_as: Mapping[str, str] | None = None,
    connection: Connection | None = None,
) -> Comparison:
    """Compare a sketch with what the catalog says of tables.

    Args:
        sketched: what was written down first.
        tables: the names of the tables that it is about; without names, all that the search path reaches.
        known_as: the name of a table by the sketch's name for it, where they differ by more than case, blanks or an s.
        connection: where to ask; None for the main session of the SQL cells.

    Raises:
        UnknownName: there is no such table, or ``known_as`` names what the sketch does not have.
        SQLError: the server refuses to tell.
    """
    names = [table.name for table in _read.tables(tables, connection)]
    every = _read.references(connection)
    place = _places(sketched, names, known_as or {})
    differences: list[Difference] = [
        Difference("table", entity.name, "", "No table is called so; if it has another name there, say known_as.")
        for entity in sketched.entities
        if entity.name not in place
    ]
    differences += [
        Difference("table", "", name, "The sketch does not have it.") for name in names if name not in place.values()
    ]
    within = [each for each in every if each.table in names and each.to in names]
    left = list(within)
    agreed = []
    for one in sketched.relationships:
        if one.left not in place or one.right not in place:
            continue
        wanted = Relationship(place[one.left], one.left_count, one.right_count, place[one.right], one.label)
        reference = _nearest(wanted, left)
        if reference is None:
            among = within if _way(wanted.left, wanted.right, within) else every
            missing = _missing(one, wanted, among)
            differences += [missing] if missing else []
            agreed += [] if missing else [one]
            continue
        left.remove(reference)
        counts = _counts(one, wanted, reference)
        differences += counts
        agreed += [] if counts else [one]
    for reference in left:
        if {reference.table, reference.to} <= set(place.values()):
            because = f"The foreign key {reference.name}."
            differences.append(Difference("relationship", "", str(relationship(reference)), because))
    return Comparison(tuple(agreed), tuple(differences))


def _places(sketched: Model, names: Sequence[str], known_as: Mapping[str, str]) -> dict[str, str]:
    """Return the table of each entity that has one."""
    entities = [entity.name for entity in sketched.entities]
    for entity, table in known_as.items():
        if entity not in entities:
            raise UnknownName("entity in the sketch", entity, entities)
        if table not in names:
            raise UnknownName("table among those compared", table, names)
    alike: dict[str, str] = {}
    for name in names:
        alike.setdefault(singular(name), name)
    place = {}
    for entity in entities:
        exact = entity if entity in names else alike.get(singular(entity))
        if found := known_as.get(entity, exact):
            place[entity] = found
    return place


def _nearest(wanted: Relationship, among: Sequence[Reference]) -> Reference | None:
    """Return the foreign key between two tables that differs least; what is labelled with its columns goes first."""
    found = []
    for each in among:
        built = relationship(each)
        for seen in (wanted, wanted.turned):
            if (seen.left, seen.right) == (built.left, built.right):
                unlike = (seen.left_count != built.left_count) + (seen.right_count != built.right_count)
                found.append((wanted.label != built.label, unlike, each.name, each))
    return min(found, key=lambda one: one[:3])[3] if found else None


def _counts(one: Relationship, wanted: Relationship, reference: Reference) -> list[Difference]:
    built = relationship(reference)
    seen, said = (
        (wanted, one)
        if (wanted.left, wanted.right) == (built.left, built.right)
        else (
            wanted.turned,
            one.turned,
        )
    )
    if seen.left == seen.right and (seen.left_count, seen.right_count) == (built.right_count, built.left_count):
        return []
    differences = []
    columns = ", ".join(reference.columns)
    if seen.left_count != built.left_count:
        many = f"A row holds one value of {columns}: it cannot refer to several."
        some = f"No column of {columns} may be NULL in {reference.table}."
        because = many if "*" in seen.left_count else _nullable(reference) if reference.nullable else some
        differences.append(_count(said.right, said.left_count, said.left, built.left_count, because))
    if seen.right_count != built.right_count:
        if seen.right_count == "1..*" and not reference.unique:
            because = f"No constraint asks for a first row of {reference.table}."
        elif reference.unique:
            because = f"{', '.join(reference.unique)} is unique in {reference.table}"
            because += ", and no constraint asks for a row." if seen.right_count == "1" else "."
        else:
            because = f"Nothing unique lies within {columns} of {reference.table}."
        differences.append(_count(said.left, said.right_count, said.right, built.right_count, because))
    return differences


def _count(of: str, sketched: str, what: str, built: str, because: str) -> Difference:
    return Difference("count", f"{of}: {_HOW_MANY[sketched]} of {what}", f"{_HOW_MANY[built]}", because)


def _missing(one: Relationship, wanted: Relationship, among: Sequence[Reference]) -> Difference | None:
    """Return what stands in place of a foreign key that is not there; None where a table in between is as good."""
    way = _way(wanted.left, wanted.right, among)
    if not way:
        return Difference("relationship", str(one), "", "No foreign key leads from one to the other.")
    steps = [step for step, _ in way]
    built, between = _joined(steps), [step.right for step in steps[:-1]]
    if len(between) == 1 and all(each.table == between[0] for _, each in way) and _same_counts(built, wanted):
        return None
    because = f"No foreign key between the two; the way leads by {', '.join(between)}."
    for _, each in way:
        if each.nullable and each.table in between:
            because += f" {_nullable(each)}"
    return Difference("relationship", str(one), str(built), because)


def _same_counts(built: Relationship, wanted: Relationship) -> bool:
    return all(
        ("*" in one) == ("*" in other)
        for one, other in ((built.left_count, wanted.left_count), (built.right_count, wanted.right_count))
    )


def _joined(way: Sequence[Relationship]) -> Relationship:
    """Return what several relationships, one after the other, say of the first entity and the last."""

    def count(steps: Sequence[str]) -> str:
        return "0..*" if any("*" in step for step in steps) else "0..1" if "0..1" in steps else "1"

    return Relationship(
        way[0].left, count([step.left_count for step in way]), count([step.right_count for step in way]), way[-1].right
    )


def _way(start: str, end: str, among: Sequence[Reference]) -> list[tuple[Relationship, Reference]]:
    """Return the shortest way from one table to another along foreign keys, in either direction; empty without one."""
    came: dict[str, tuple[Relationship, Reference] | None] = {start: None}
    due = deque([start])
    while due:
        here = due.popleft()
        for each in among:
            built = relationship(each)
            for step in (built, built.turned):
                if step.left == here and step.right not in came:
                    came[step.right] = (step, each)
                    due.append(step.right)
    way: list[tuple[Relationship, Reference]] = []
    while (last := came.get(way[-1][0].left if way else end)) is not None:
        way.append(last)
    return way[::-1]


def _nullable(reference: Reference) -> str:
    return f"{', '.join(reference.nullable)} of {reference.table} may be NULL."


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"
