"""Notebooks as files, and how a cell is spoken of."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from mnemo_helpers.errors import MnemoError

# nbformat gives both as dictionaries with attributes, and has no types for them.
Notebook = Any
Cell = Any


def read(path: Path) -> Notebook:
    """Read a notebook.

    Raises:
        MnemoError: it is not one.
    """
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except Exception as problem:  # nbformat lets through whatever its JSON and schema readers raise
        raise MnemoError(f"{path} is not a notebook: {type(problem).__name__}.") from None


def text(notebook: Notebook) -> str:
    """Return the one text that this notebook is written as."""
    import nbformat

    written: str = nbformat.writes(notebook)
    return written + "\n"


def write(notebook: Notebook, path: Path) -> bool:
    """Write a notebook, whole or not at all; tell whether the file changed."""
    new = text(notebook).encode()
    if path.is_file() and path.read_bytes() == new:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        half.write_bytes(new)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return True


def tags(cell: Cell) -> list[str]:
    """Return the cell's tags."""
    return list(cell.metadata.get("tags", []))


def name_cells(cells: list[Cell], slug: str) -> None:
    """Give each cell its id: the lesson's slug, its source's hash, its occurrence among cells of the same source."""
    seen: dict[str, int] = {}
    for cell in cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = f"{slug[:44]}-{digest}-{seen[digest]}"


def first_line(cell: Cell) -> str:
    """Return the cell's first line, cut where it is long."""
    line: str = cell.source.strip().split("\n")[0]
    return line if len(line) <= 60 else line[:59] + "…"
