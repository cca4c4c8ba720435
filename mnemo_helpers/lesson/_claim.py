"""Claims of the course, shown where they are proven."""

from __future__ import annotations

from mnemo_helpers import course, render
from mnemo_helpers.errors import ClaimFailed, UnknownName


def claim(id: str, held: bool, seen: str) -> None:
    """Show that a claim of the course holds, and what was seen.

    Args:
        id: the claim's number in ``claims.toml``.
        held: whether it holds here.
        seen: what was measured, in a few words.

    Raises:
        ClaimFailed: it does not hold.
        UnknownName: the course makes no such claim.
        TypeError: ``held`` is no bool, so that nothing was decided: the text 'f' would count as true.
    """
    known = course.claims()
    if id not in known:
        raise UnknownName("claim", id, known)
    if not isinstance(held, bool):
        raise TypeError(f"Claim {id} needs True or False, not {held!r}.")
    if not held:
        raise ClaimFailed(f"Claim {id} does not hold on this server: {known[id]}\nSeen: {seen}")
    render.show(render.note("claim", f"{id}: {seen}"))
