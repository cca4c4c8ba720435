"""Rows as the server reads them: PostgreSQL's binary COPY format, put together by numpy a table at a time.

A row is laid out at its greatest width, each text in a place that holds the longest; a mask of the same shape says
which bytes are there, and one selection drops the others. Source: PostgreSQL's manual, COPY, Binary Format.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mnemo_helpers.datagen._draw import Ints

HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
TRAILER = struct.pack(">h", -1)
NULL = int(np.iinfo(np.int64).min)
# Instants in columns count microseconds since 1970, as Python does; the server counts from 2000.
_EPOCH_US = 946_684_800_000_000

_INTEGERS = {"int2": 2, "int4": 4, "int8": 8, "time": 8}
_NUMERIC_BYTES = 16


class Vocabulary:
    """Texts that columns refer to by their index, laid out for numpy.

    Args:
        texts: the texts, in the order of their indexes.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        """Lay out the texts."""
        self.texts = tuple(texts)
        encoded = [text.encode() for text in self.texts]
        self.lengths = np.array([len(text) for text in encoded], dtype=np.int64)
        self.width = int(self.lengths.max())
        self.bytes = np.zeros((len(encoded), self.width), dtype=np.uint8)
        for row, text in enumerate(encoded):
            self.bytes[row, : len(text)] = np.frombuffer(text, dtype=np.uint8)
        self.mask = np.arange(self.width) < self.lengths[:, None]

    def fields(self, codes: Ints) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Return bytes and masks of the texts with these indexes, each as one value: numpy moves those at once."""
        return self.bytes.view(f"V{self.width}")[codes, 0], self.mask.view(f"V{self.width}")[codes, 0]


@dataclass(frozen=True)
class Digits:
    """A piece of a text: a number, with leading zeros up to ``least`` digits and at most ``most``."""

    most: int
    least: int = 1


@dataclass(frozen=True)
class Text:
    """A text of pieces, each from a column of its own: ``email.0``, ``email.1``, …; a piece that is a str is fixed."""

    pieces: tuple[Vocabulary | Digits | str, ...]


Kind = str | Vocabulary | Text
Columns = Mapping[str, Kind]
Rows = Mapping[str, Ints]


def encode(columns: Columns, rows: Rows) -> memoryview:
    """Return rows in the binary COPY format, without its header and trailer.

    Args:
        columns: what each column is, in the order of the table: ``int2``, ``int4``, ``int8``, ``time`` (microseconds
            since 1970), ``money`` (hundredths), a vocabulary (indexes) or a text of pieces. ``NULL`` stands for none.
        rows: the values of each column.
    """
    count = len(next(iter(rows.values())))
    width = 2 + sum(4 + _width(kind) for kind in columns.values())
    buffer = np.empty((count, width), dtype=np.uint8)
    sheet = _Sheet(buffer)
    sheet.integer(len(columns), 2)
    for name, kind in columns.items():
        if isinstance(kind, Text):
            sheet.pieces(name, kind, rows)
        elif isinstance(kind, Vocabulary):
            sheet.word(kind, rows[name])
        elif kind == "money":
            sheet.money(rows[name])
        else:
            values = rows[name]
            sheet.fixed(values - _EPOCH_US if kind == "time" else values, values == NULL, _INTEGERS[kind])
    return sheet.bytes()


def _width(kind: Kind) -> int:
    if isinstance(kind, Text):
        return sum(map(_piece_width, kind.pieces))
    if isinstance(kind, Vocabulary):
        return kind.width
    return _NUMERIC_BYTES if kind == "money" else _INTEGERS[kind]


def _piece_width(piece: Vocabulary | Digits | str) -> int:
    if isinstance(piece, str):
        return len(piece.encode())
    return piece.most if isinstance(piece, Digits) else piece.width


class _Sheet:
    """A table of bytes that is filled from left to right."""

    def __init__(self, buffer: npt.NDArray[np.uint8]) -> None:
        self.buffer = buffer
        self.mask: npt.NDArray[np.bool_] | None = None
        self.at = 0

    def bytes(self) -> memoryview:
        return (self.buffer.reshape(-1) if self.mask is None else self.buffer[self.mask]).data

    def take(self, width: int) -> slice:
        self.at += width
        return slice(self.at - width, self.at)

    def hide(self, place: slice, shown: Any) -> None:
        if self.mask is None:
            self.mask = np.ones(self.buffer.shape, dtype=np.bool_)
        self.mask[:, place] = shown

    def field(self, sheet: npt.NDArray[Any], place: slice, kind: Any) -> npt.NDArray[Any]:
        """Return a column of a sheet as values of another type, to be written to."""
        return np.ndarray(len(sheet), kind, sheet, offset=place.start, strides=(sheet.shape[1],))

    def integer(self, values: Ints | int, width: int) -> None:
        self.field(self.buffer, self.take(width), f">i{width}")[:] = values

    def fixed(self, values: Ints, absent: npt.NDArray[np.bool_], width: int) -> None:
        if absent.any():
            self.integer(np.where(absent, -1, width), 4)
            self.integer(np.where(absent, 0, values), width)
            self.hide(slice(self.at - width, self.at), ~absent[:, None])
        else:
            self.integer(width, 4)
            self.integer(values, width)

    def word(self, vocabulary: Vocabulary, codes: Ints) -> None:
        absent = codes == NULL
        known = np.where(absent, 0, codes)
        self.integer(np.where(absent, -1, vocabulary.lengths[known]), 4)
        place = self.take(vocabulary.width)
        if self.mask is None:
            self.mask = np.ones(self.buffer.shape, dtype=np.bool_)
        texts, there = vocabulary.fields(known)
        self.field(self.buffer, place, texts.dtype)[:] = texts
        self.field(self.mask, place, there.dtype)[:] = there
        if absent.any():
            self.mask[absent, place] = False

    def money(self, hundredths: Ints) -> None:
        # Four digits of base 10,000, the last behind the point; the server drops what is zero.
        self.integer(_NUMERIC_BYTES, 4)
        whole, rest = np.divmod(np.abs(hundredths), 100)
        self.integer(4, 2)
        self.integer(2, 2)
        self.integer(np.where(hundredths < 0, 0x4000, 0), 2)
        self.integer(2, 2)
        self.integer(whole // 100_000_000, 2)
        self.integer(whole // 10_000 % 10_000, 2)
        self.integer(whole % 10_000, 2)
        self.integer(rest * 100, 2)

    def pieces(self, name: str, text: Text, rows: Rows) -> None:
        start = self.take(4)
        length = np.zeros(len(self.buffer), dtype=np.int64)
        absent = np.zeros(len(self.buffer), dtype=np.bool_)
        for number, piece in enumerate(text.pieces):
            place = self.take(_piece_width(piece))
            if isinstance(piece, str):
                self.buffer[:, place] = np.frombuffer(piece.encode(), dtype=np.uint8)
                length += place.stop - place.start
                continue
            values = rows[f"{name}.{number}"]
            absent |= values == NULL
            values = np.where(values == NULL, 0, values)
            if isinstance(piece, Digits):
                powers = 10 ** np.arange(piece.most - 1, -1, -1, dtype=np.int64)
                self.buffer[:, place] = values[:, None] // powers % 10 + ord("0")
                digits = np.maximum((values[:, None] >= powers).sum(axis=1), piece.least)
                self.hide(place, np.arange(piece.most, 0, -1) <= digits[:, None])
                length += digits
            else:
                self.buffer[:, place] = piece.bytes[values]
                self.hide(place, piece.mask[values])
                length += piece.lengths[values]
        end, self.at = self.at, start.start
        self.integer(np.where(absent, -1, length), 4)
        self.at = end
        if absent.any():
            assert self.mask is not None
            self.mask[:, start.stop : end] &= ~absent[:, None]


def encode_few(kinds: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return the rows of a small table in the binary COPY format, without its header and trailer.

    Args:
        kinds: of its columns: as for ``encode``, or ``text``.
        rows: their values: int, str or None.
    """
    begin, none = struct.pack(">h", len(kinds)), struct.pack(">i", -1)
    writers = [_WRITERS[kind] for kind in kinds]
    parts = []
    for row in rows:
        parts.append(begin)
        parts += [none if value is None else write(value) for write, value in zip(writers, row, strict=True)]
    return b"".join(parts)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack(">i", len(encoded)) + encoded


_WRITERS: dict[str, Callable[[Any], bytes]] = {
    "text": _text,
    "int2": lambda value: struct.pack(">ih", 2, value),
    "int4": lambda value: struct.pack(">ii", 4, value),
    "int8": lambda value: struct.pack(">iq", 8, value),
    "time": lambda value: struct.pack(">iq", 8, value - _EPOCH_US),
}
