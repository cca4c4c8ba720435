"""The theory of relations, executable: what determines what, keys, normal forms, and splits that lose nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mnemo_helpers.relations._decomposition import Decomposition
from mnemo_helpers.relations._dependency import Dependency
from mnemo_helpers.relations._instance import rejoin
from mnemo_helpers.relations._relation import Relation
from mnemo_helpers.relations._theory import TooMany
from mnemo_helpers.relations._values import Answer, Listed, Table

if TYPE_CHECKING:
    from mnemo_helpers.relations._discover import Discovery, discover, discover_nearly, exceptions, holds_in

__all__ = [
    "Answer",
    "Decomposition",
    "Dependency",
    "Discovery",
    "Listed",
    "Relation",
    "Table",
    "TooMany",
    "discover",
    "discover_nearly",
    "exceptions",
    "holds_in",
    "rejoin",
]


def __getattr__(name: str) -> Any:
    # Discovery needs numpy, which takes longer to import than all the rest, and is rarely asked for.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mnemo_helpers.relations import _discover

    return getattr(_discover, name)
