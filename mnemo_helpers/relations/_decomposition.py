"""A relation split into parts: what was lost, and the tables that hold it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.relations import _ddl
from mnemo_helpers.relations._dependency import Dependency
from mnemo_helpers.relations._heading import spelled
from mnemo_helpers.relations._values import Listed, Table

if TYPE_CHECKING:
    from mnemo_helpers.relations._relation import Relation


@dataclass(frozen=True, repr=False)
class Decomposition:
    """The parts of a relation.

    Attributes:
        parts: the attributes of each part.
        lost: the given dependencies that no check within the parts keeps.
    """

    parts: Listed[Listed[str]]
    lost: Listed[Dependency]
    _whole: Relation = field(compare=False)
    _explain: Callable[[], Table] | None = field(default=None, compare=False)

    @property
    def steps(self) -> Table:
        """How it came about, a step a row."""
        return self._explain() if self._explain else self._facts()

    @property
    def relations(self) -> tuple[Relation, ...]:
        """Each part as a relation, with the dependencies that hold in it."""
        return tuple(self._whole.project(part, name=name) for part, name in self._named())

    def to_sql(self, types: Mapping[str, str] | None = None) -> str:
        """Return the statements that make a table for each part, with keys and foreign keys.

        Args:
            types: a type for a column; text where none is given.

        Raises:
            TooMany: a part has too many keys.
        """
        return _ddl.create(self._tables(), types or {})

    def split_sql(self, source: str) -> str:
        """Return the statements that fill the tables of the parts.

        Args:
            source: a table, or a query in parentheses with an alias.
        """
        if not source.strip():
            raise MnemoError("There is no source to fill the tables from.", remedy="Name a table, or give a query.")
        return _ddl.split(self._tables(), source)

    def join_sql(self) -> str:
        """Return the query that joins the parts back. A join drops rows whose shared columns are NULL."""
        return _ddl.join(self._tables(), tuple(self._whole.attributes))

    def __str__(self) -> str:
        """Return it as plain text."""
        return self.shown.text

    __repr__ = __str__

    @property
    def shown(self) -> render.Shown:
        """What a reader sees."""
        lost = ", ".join(map(str, self.lost)) or "nothing"
        parts = ", ".join(f"({', '.join(part)})" for part in self.parts)
        return render.pre(f"parts: {parts}\nlost:  {lost}")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.shown._repr_mimebundle_()

    def _facts(self) -> Table:
        lost = self.lost
        rows = [
            (spelled(part), "; ".join(map(str, relation.dependencies)) or "none")
            for part, relation in zip(self.parts, self.relations, strict=True)
        ]
        return Table(("part", "what holds in it"), tuple(rows), f"lost: {', '.join(map(str, lost)) or 'nothing'}")

    def _named(self) -> list[tuple[Listed[str], str]]:
        return [(part, f"{self._whole.name}_{i}") for i, part in enumerate(self.parts, start=1)]

    def _tables(self) -> list[_ddl.Part]:
        heading = self._whole._heading
        return [self._whole._table(heading.mask(part), name) for part, name in self._named()]
