"""The rows of one statement: what is shown of them, and what Python gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError

if TYPE_CHECKING:
    import pandas as pd

# Answers that are a text cut into lines, not a table.
_TEXTS = (("QUERY PLAN",), ("COPY",))
_WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE")


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """What a statement returned, shown as psql prints it.

    It stands for all its rows: ``len`` counts them all, and asking for one that was not kept raises.

    Attributes:
        columns: the names, in order; two may be alike.
        count: how many rows there are.
        status: what the server said at the end, as ``INSERT 0 2``.
        session: the session's name, or "" for the main one.
    """

    columns: tuple[str, ...]
    count: int
    status: str
    session: str
    _rows: list[tuple[Any, ...]] = field(default_factory=list)
    texts: list[list[str | None]] = field(default_factory=list)
    _right: tuple[bool, ...] = ()

    def __len__(self) -> int:
        """Return the number of rows, kept or not."""
        return self.count

    def __getitem__(self, index: int | slice) -> Any:
        """Return a row as a tuple of Python values, or several as a list."""
        if self.cut and isinstance(index, slice):
            wanted = range(self.count)[index]
            if wanted and max(wanted) >= len(self._rows):
                self._refuse()
        elif self.cut and not isinstance(index, slice) and not -1 < index < len(self._rows):
            self._refuse()
        return self._rows[index]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Yield each row as a tuple of Python values."""
        if self.cut:
            self._refuse()
        return iter(self._rows)

    def __str__(self) -> str:
        """Return the table as plain text."""
        return self.shown.text

    __repr__ = __str__

    @property
    def cut(self) -> bool:
        """Whether rows were counted only, not kept."""
        return len(self._rows) < self.count

    @property
    def caption(self) -> str:
        """Return the line under the table: rows, status where it says more, session."""
        parts = []
        if self.columns not in _TEXTS or self.cut or len(self.texts) < self.count:
            parts.append(self._counted())
        if self.status.startswith(_WRITES):
            parts.append(self.status)
        if self.session:
            parts.append(f"session {self.session}")
        return " · ".join(parts)

    @property
    def shown(self) -> render.Shown:
        """What a reader sees: at most the first rows, as the server wrote them."""
        if self.columns in _TEXTS:
            text = render.pre("\n".join(line or "" for (line,) in self.texts))
            return render.stack(text, render.pre(self.caption)) if self.caption else text
        if not self.columns:
            return render.pre(self.caption)
        return render.table(self.columns, self.texts, caption=self.caption, right=self._right)

    def by_column(self) -> dict[str, tuple[Any, ...]]:
        """Return each column's values by its name.

        Raises:
            MnemoError: two columns are called alike, or rows were not kept.
        """
        self._distinct()
        columns = zip(*self, strict=True) if self.count else ((),) * len(self.columns)
        return dict(zip(self.columns, columns, strict=True))

    def dicts(self) -> Iterator[dict[str, Any]]:
        """Yield each row as a dict.

        Raises:
            MnemoError: two columns are called alike, or rows were not kept.
        """
        self._distinct()
        return (dict(zip(self.columns, row, strict=True)) for row in self)

    def DataFrame(self) -> pd.DataFrame:  # noqa: N802 (ipython-sql's name)
        """Return the rows as a pandas DataFrame.

        Raises:
            MnemoError: rows were not kept; the message says how to keep them.
        """
        if self.cut:
            self._refuse()
        import pandas as pd

        return pd.DataFrame(self._rows, columns=list(self.columns))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.shown._repr_mimebundle_()

    def _counted(self) -> str:
        if len(self.texts) == self.count:
            return rows(self.count)
        kept = "; NAME << SELECT … keeps all" if self.cut else ""
        return f"the first {len(self.texts):,} of {rows(self.count)}{kept}"

    def _distinct(self) -> None:
        twice = [name for name in self.columns if self.columns.count(name) > 1]
        if twice:
            raise MnemoError(
                f"Two columns are called {twice[0]!r}.", remedy="Give each a name of its own: SELECT a.id AS a_id, …"
            )

    def _refuse(self) -> NoReturn:
        raise MnemoError(
            f"Of {rows(self.count)} only the first {len(self._rows):,} were kept; the others were counted.",
            remedy="Keep them all under a name: %%sql NAME << SELECT …, then ask NAME.",
        )


def rows(count: int) -> str:
    """Return a count of rows in words: ``1 row``, ``1,000 rows``."""
    return "1 row" if count == 1 else f"{count:,} rows"
