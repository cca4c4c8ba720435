"""What is shown: text, and the same as a page."""

from __future__ import annotations

import html
from dataclasses import dataclass


@dataclass(frozen=True)
class Shown:
    """Something to look at, and its equivalent in plain text."""

    text: str
    html: str

    def __str__(self) -> str:
        """Return the plain text."""
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}


class Showing:
    """What shows itself in a cell and as text, by its ``shown``."""

    @property
    def shown(self) -> Shown:
        """What there is to look at."""
        raise NotImplementedError

    def __str__(self) -> str:
        """Return it as plain text."""
        return self.shown.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.shown._repr_mimebundle_(include, exclude)


def escape(text: str) -> str:
    """Return text that HTML and SVG show as it is."""
    return html.escape(text, quote=False)
