"""A table or a query whose rows are looked at: its columns, its rows as codes, and what it says in SQL."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg import sql

from mnemo_helpers import sql as cells
from mnemo_helpers.errors import MnemoError, UnknownName
from mnemo_helpers.relations._heading import Heading

if TYPE_CHECKING:
    from mnemo_helpers.relations._mine import Codes

Connection = psycopg.Connection[Any]

MOST_COLUMNS = 60
_QUERY = re.compile(r"\s*(\(|--|/\*|(select|with|table|values)\b)", re.IGNORECASE)
# Types of which equal values are written alike, or can be made so (type oids of pg_type.dat).
_ALIKE = {16, 17, 18, 19, 20, 21, 23, 25, 26, 1043, 1082, 1083, 1114, 1184, 2950}
_MADE_ALIKE: dict[int, LiteralString] = {700: "{} + 0", 701: "{} + 0", 1700: "trim_scale({})", 1042: "{}::text"}


class Source:
    """The rows of a table or a query.

    Attributes:
        heading: its columns, those that are looked at.
    """

    def __init__(self, source: str, columns: Sequence[str] | None = None, connection: Connection | None = None) -> None:
        """Ask the server for the columns.

        Args:
            source: a table's name, or a query.
            columns: which columns to look at; None for all.
            connection: where to ask; None for the main session of the SQL cells.

        Raises:
            SQLError: the server refuses the query, or there is no such table.
            UnknownName: there is no such column.
            MnemoError: two columns are called alike, or there are too many.
        """
        if not source.strip():
            raise MnemoError("There is no table to look at.", remedy='Name one, or give a query: "SELECT … FROM …".')
        self._connection = cells.session() if connection is None else connection
        self._from = _from(source)
        with self.asking():
            cursor = self._connection.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(self._from))
        types = {column.name: column.type_code for column in cursor.description or ()}
        names = [column.name for column in cursor.description or ()]
        if columns is not None:
            Heading(names)
            for name in columns:
                if name not in types:
                    raise UnknownName("column in it", name, names)
            names = list(columns)
        self.heading = Heading(names)
        if len(names) > MOST_COLUMNS:
            raise MnemoError(
                f"Here are {len(names)} columns; at most {MOST_COLUMNS} are looked at together.",
                remedy="Name those that matter: columns=[…].",
            )
        self._types = [types[name] for name in names]

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Turn what the server refuses into the error that a SQL cell shows."""
        try:
            yield
        except psycopg.Error as problem:
            raise cells.error_from(problem) from None

    def ask(self, query: LiteralString, **parts: int | sql.Composable) -> list[tuple[Any, ...]]:
        """Return the rows of a query in which ``{src}`` stands for the source, and a set of columns for its names.

        Raises:
            SQLError: the server refuses it.
        """
        with self.asking():
            return self._connection.execute(self._filled(query, parts)).fetchall()

    def names(self, columns: int, of: str = "") -> sql.Composed:
        """Return columns as SQL, with commas; ``of`` a table where several have them."""
        qualified = (sql.Identifier(*([of] if of else []), name) for name in self.heading.listed(columns))
        return sql.SQL(", ").join(qualified)

    def grouped(self, columns: int) -> sql.Composable:
        """Return a GROUP BY of columns; of none, all rows are one group."""
        return sql.SQL("GROUP BY {}").format(self.names(columns) if columns else sql.SQL("()"))

    def count(self) -> int:
        """Return how many rows there are."""
        return int(self.ask("SELECT count(*) FROM {src}")[0][0])

    def lines(self, every: int = 1) -> bytes:
        """Return the rows as text of COPY, in which equal values are written alike.

        Args:
            every: 1 for all rows, n for about one in n, the same at each call.

        Raises:
            MnemoError: of a part only, values of this type cannot be compared by how they are written.
        """
        if every > 1:
            for name, type in zip(self.heading.names, self._types, strict=True):
                if type not in _ALIKE and type not in _MADE_ALIKE:
                    raise MnemoError(
                        f"There are too many rows to look at all, and equal values of {name} may be written unlike.",
                        remedy="Name the other columns: columns=[…]; or cast it in a query.",
                    )
        part = sql.SQL("WHERE hashtextextended(q::text, 1) % {} = 0").format(sql.Literal(every))
        return self._copied("SELECT {alike} FROM {src} {part}", part=part if every > 1 else sql.SQL(""))

    def breaking_lines(self, left: int, right: int) -> bytes:
        """Return a few rows that break a functional dependency, written as by ``lines``."""
        return self._copied(
            "SELECT {alike} FROM (SELECT q.*, row_number() OVER (PARTITION BY {both}) AS mnemo_nth FROM {src}"
            " WHERE EXISTS (SELECT FROM (SELECT {left} FROM (SELECT DISTINCT {both} FROM {src}) AS d {grouped}"
            " HAVING count(*) > 1 LIMIT 5) AS g WHERE ROW(g.*) IS NOT DISTINCT FROM ROW({of_q}))) AS q"
            " WHERE mnemo_nth = 1 LIMIT 200",
            both=left | right,
            left=left if left else sql.SQL("1"),
            grouped=self.grouped(left),
            of_q=self.names(left, of="q") if left else sql.SQL("1"),
        )

    def _alike(self) -> sql.Composable:
        shown: list[sql.Composable] = []
        for name, type in zip(self.heading.names, self._types, strict=True):
            column = sql.Identifier(name)
            if type in _MADE_ALIKE:
                shown.append(sql.SQL(_MADE_ALIKE[type]).format(column))
            elif type in _ALIKE:
                shown.append(column)
            else:
                shown.append(sql.SQL("dense_rank() OVER (ORDER BY {})").format(column))
        return sql.SQL(", ").join(shown)

    def _filled(self, query: LiteralString, parts: Mapping[str, int | sql.Composable]) -> sql.Composed:
        filled = {name: self.names(part) if isinstance(part, int) else part for name, part in parts.items()}
        return sql.SQL(query).format(src=self._from, **filled)

    def _copied(self, query: LiteralString, **parts: int | sql.Composable) -> bytes:
        asked = sql.SQL("COPY ({}) TO STDOUT").format(self._filled(query, {"alike": self._alike(), **parts}))
        with self.asking(), self._connection.cursor() as cursor, cursor.copy(asked) as copy:
            return b"".join(map(bytes, copy))


def encoded(lines: bytes, width: int) -> Codes:
    """Return the rows of COPY as codes, equal where the text is; NULL is a value like any other."""
    import numpy as np
    import pandas as pd

    if not lines:
        return np.zeros((width, 0), dtype=np.int64)
    frame = pd.read_csv(
        io.BytesIO(lines),
        sep="\t",
        header=None,
        names=list(range(width)),
        # As categories, 007 and 7 would be one number.
        dtype=object,
        keep_default_na=False,
        na_filter=False,
        skip_blank_lines=False,
        quoting=3,
        lineterminator="\n",
        encoding="utf-8",
    )
    return np.array([pd.factorize(frame[column])[0] for column in frame.columns], dtype=np.int64)


def _from(source: str) -> sql.Composable:
    text = source.strip().rstrip(";").rstrip()
    if _QUERY.match(text):
        # On a line of its own the parenthesis is in no comment.
        return sql.SQL("(") + sql.SQL(text) + sql.SQL("\n) AS q")
    return sql.SQL("{} AS q").format(sql.Identifier(*text.split(".")))
