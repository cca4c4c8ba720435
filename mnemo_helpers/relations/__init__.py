"""The theory of relations, executable: what determines what, keys, normal forms, and splits that lose nothing."""

from mnemo_helpers.relations._decomposition import Decomposition
from mnemo_helpers.relations._dependency import Dependency
from mnemo_helpers.relations._discover import Discovery, discover, discover_nearly, exceptions, holds_in
from mnemo_helpers.relations._instance import rejoin
from mnemo_helpers.relations._relation import Relation
from mnemo_helpers.relations._theory import TooMany
from mnemo_helpers.relations._values import Answer, Listed, Table

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
