"""What the theory answers with: sets that keep their order, tables, and a yes or no that can say why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

from psycopg import sql

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError

T = TypeVar("T")


@dataclass(frozen=True, repr=False)
class Table:
    """Rows under their columns: the steps of a result, or the rows of a counterexample.

    Attributes:
        columns: the headings.
        rows: one tuple a row; None is NULL.
        caption: one line under the table.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    caption: str = field(default="", compare=False)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Yield each row."""
        return iter(self.rows)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    def __str__(self) -> str:
        """Return the table as plain text."""
        return self.shown.text

    __repr__ = __str__

    @property
    def shown(self) -> render.Shown:
        """What a reader sees."""
        return render.table(self.columns, self.rows, caption=self.caption)

    def values_sql(self, name: str = "r") -> str:
        """Return the rows as what stands after FROM: ``(VALUES ('a1', 'b1')) AS r (a, b)``.

        Args:
            name: what the rows are called by.

        Raises:
            MnemoError: there are no rows, of which VALUES could be made.
        """
        if not self.rows:
            raise MnemoError("There are no rows to make VALUES of.", remedy="Ask whether len() is 0 first.")
        lines = ", ".join(f"({', '.join(sql.Literal(value).as_string() for value in row)})" for row in self.rows)
        names = ", ".join(sql.Identifier(column).as_string() for column in self.columns)
        return f"(VALUES {lines}) AS {sql.Identifier(name).as_string()} ({names})"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.shown._repr_mimebundle_()


class Listed(frozenset[T], Generic[T]):
    """A frozenset that is walked and shown in its own order, and can show how it came about.

    It equals any set of the same members.
    """

    _order: tuple[T, ...]
    _explain: Callable[[], Table] | None

    def __new__(cls, members: Iterable[T] = (), explain: Callable[[], Table] | None = None) -> Listed[T]:
        """Keep the members, each once, in the order given."""
        order = tuple(dict.fromkeys(members))
        made = super().__new__(cls, order)
        made._order, made._explain = order, explain
        return made

    def __iter__(self) -> Iterator[T]:
        """Yield the members in order."""
        return iter(self._order)

    def __repr__(self) -> str:
        """Return the members in braces."""
        texts = [str(member) for member in self._order]
        # A dependency has commas of its own.
        return "{" + ("; " if any("->" in text for text in texts) else ", ").join(texts) + "}"

    __str__ = __repr__

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy the members; the steps stay behind."""
        return type(self), (self._order,)

    @property
    def steps(self) -> Table:
        """How it came about, a step a row."""
        return self._explain() if self._explain else Table(("member",), tuple((str(m),) for m in self._order))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return render.pre(repr(self))._repr_mimebundle_()


@dataclass(frozen=True, eq=False, repr=False)
class Answer:
    """Yes or no, with the reason; true or false where Python asks.

    Attributes:
        holds: whether it is so.
        because: the reason, one or two sentences.
    """

    holds: bool
    because: str
    _steps: Callable[[], Table] | None = None
    _counterexample: Callable[[], Table | tuple[Table, ...]] | None = None

    def __bool__(self) -> bool:
        """Return whether it is so."""
        return self.holds

    def __eq__(self, other: object) -> bool:
        """Compare as the truth value that it is."""
        return self.holds == other if isinstance(other, bool) else isinstance(other, Answer) and self is other

    def __hash__(self) -> int:
        """Hash as the truth value that it is."""
        return hash(self.holds)

    def __str__(self) -> str:
        """Return the answer as plain text."""
        return self.shown.text

    __repr__ = __str__

    @cached_property
    def steps(self) -> Table:
        """How the answer was found, a step a row."""
        return self._steps() if self._steps else Table(("step",), ((self.because,),))

    @cached_property
    def counterexamples(self) -> tuple[Table, ...]:
        """The tables that show the no, none where there is nothing to show."""
        found = self._counterexample() if self._counterexample else ()
        return found if isinstance(found, tuple) else (found,)

    @property
    def counterexample(self) -> Table | None:
        """The rows that show the no: they keep every dependency and break what was asked; None after a yes."""
        return self.counterexamples[0] if self.counterexamples else None

    @property
    def shown(self) -> render.Shown:
        """What a reader sees."""
        word = "Yes" if self.holds else "No"
        more = [render.beside(*(table.shown for table in self.counterexamples))] if self.counterexamples else []
        return render.note("pass" if self.holds else "fail", f"{word}: {self.because}", *more)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.shown._repr_mimebundle_()
