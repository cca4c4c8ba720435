"""A lesson on a small data set, in a course of the test's own and with a number that no other has."""

from __future__ import annotations

import secrets
from pathlib import Path

COURSE = '[[modules]]\nfolder = "{module}_small"\ntitle = "Small"\nlessons = ["1_stones"]\n'
TEXT = "---\ntitle: Stones\nminutes: 5\nobjectives: [count]\ndata: {data}\n---\n\n# Stones\n"


def write(root: Path, data: str, exercises: str) -> str:
    """Make it the course's only lesson, and return its number, which stands for ``LESSON`` in its exercises."""
    module = 10_000 + secrets.randbelow(10**6)
    folder = root / "lessons" / f"{module}_small" / "1_stones"
    folder.mkdir(parents=True)
    (root / "lessons" / "course.toml").write_text(COURSE.format(module=module))
    (root / "lessons" / "claims.toml").write_text('[claims]\n"X-01" = "Stones are counted."\n')
    (folder / "lesson.md").write_text(TEXT.format(data=data))
    (folder / "exercises.py").write_text(exercises.replace("LESSON", f"{module}.1"))
    return f"{module}.1"
