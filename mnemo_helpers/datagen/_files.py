"""Where the shop is made from: the files of ``datasets/shop``, and this package's own."""

from __future__ import annotations

from pathlib import Path

from mnemo_helpers import course


def folder() -> Path:
    """Return the data set's folder."""
    return course.root() / "datasets" / "shop"


def sources() -> tuple[Path, ...]:
    """Return every file that the rows depend on, the data set's own and the code's."""
    code = Path(__file__).parent
    return (
        *sorted((folder() / "vocabulary").glob("*.toml")),
        folder() / "distributions.toml",
        folder() / "dirt.toml",
        *sorted(folder().glob("forms/*/*.sql")),
        *sorted(code.glob("*.py")),
    )
