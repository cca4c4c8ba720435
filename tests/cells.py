"""Runs cells as a notebook does: in IPython, their outputs caught in the order in which a reader sees them."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from dataclasses import dataclass

from IPython.core.interactiveshell import InteractiveShell


@dataclass(frozen=True)
class Ran:
    """What one cell did."""

    text: str
    value: object
    error: BaseException | None


class Cells:
    """A shell to run cells in."""

    def __init__(self, shell: InteractiveShell) -> None:
        """Take the shell."""
        self.shell = shell

    def __call__(self, cell: str) -> Ran:
        """Run a cell and return what it showed, its value and its error."""
        caught = io.StringIO()
        with redirect_stdout(caught):
            result = self.shell.run_cell(cell)
        text = re.sub(r"^Out\[\d+\]: ?\n?", "", caught.getvalue(), flags=re.MULTILINE)
        return Ran(text.strip("\n"), result.result, result.error_before_exec or result.error_in_exec)

    def last(self, *cells: str) -> Ran:
        """Run several cells, each of which must work but the last; return what that did."""
        for cell in cells[:-1]:
            ran = self(cell)
            assert ran.error is None, (cell, ran.text)
        return self(cells[-1])
