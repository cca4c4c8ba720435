"""Claims of the course, shown where they are proven."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from mnemo_helpers import course, render
from mnemo_helpers.errors import ClaimFailed, UnknownName


@runtime_checkable
class Decided(Protocol):
    """What says yes or no and why, as the theory of relations does."""

    @property
    def holds(self) -> bool:
        """Whether it is so."""


def claim(id: str, held: bool | Decided, seen: str) -> None:
    """Show that a claim of the course holds, and what was seen.

    Args:
        id: the claim's number in ``claims.toml``.
        held: whether it holds here.
        seen: what was measured, in a few words.

    Raises:
        ClaimFailed: it does not hold.
        UnknownName: the course makes no such claim.
        TypeError: ``held`` decides nothing, as the text 'f', which would count as true.
    """
    known = course.claims()
    if id not in known:
        raise UnknownName("claim", id, known)
    if isinstance(held, Decided):
        held = held.holds
    if not isinstance(held, bool):
        raise TypeError(f"Claim {id} needs True or False, not {held!r}.")
    if not held:
        raise ClaimFailed(
            f"Claim {id} does not hold here: {known[id]}\nSeen: {seen}",
            remedy="If a cell was run twice, or rows were changed, lesson.reset() brings the lesson back: run it "
            "from the top. If it fails then too, please report it.",
        )
    render.show(render.note("claim", f"{id}: {seen}"))
