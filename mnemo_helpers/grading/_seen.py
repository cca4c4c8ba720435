"""What became of an answer about several sessions, and what tells it from others."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from mnemo_helpers import render

RIGHT = "right"

ENDED = "Your answer has ended the sessions of the check, which is none of its work."


@dataclass(frozen=True)
class Seen:
    """What was seen of an answer.

    Attributes:
        way: in what way it fails, or ``right``.
        message: what to tell the reader.
        evidence: what was seen.
        ends: how it can end, to the row; two answers that agree in this are the same mistake.
        errors: how it can end, but for the rows.
    """

    way: str
    message: str
    evidence: tuple[render.Shown, ...] = field(default=(), compare=False)
    ends: Hashable = ()
    errors: Hashable = ()
