"""Which exercises are left, for a lesson that leads on from there."""

from __future__ import annotations


def missed(number: str) -> list[str]:
    """Return the exercises of a lesson that have not been passed, in their order.

    Args:
        number: the lesson's id, as ``"0.2"``.

    Raises:
        UnknownName: there is no such lesson.
    """
    from mnemo_helpers import grading

    return grading.missed(number)
