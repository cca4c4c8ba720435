"""What a database says of itself: by its catalog tables, how they refer, words, constraints; by its rows what may be.

Tables are named as in SQL, ``"orders"`` or ``"sales.orders"``; without names, those that the search path reaches are
meant, without temporary ones and without partitions, whose parent speaks for them. Every function takes a connection,
and without one asks in the main session of the SQL cells, open transaction included.
"""

from mnemo_helpers.catalog._audit import Audit, Finding, audit
from mnemo_helpers.catalog._compare import Comparison, Difference, compare
from mnemo_helpers.catalog._constraints import Constraint, Constraints, Pairing, constraints, pair
from mnemo_helpers.catalog._diagram import diagram
from mnemo_helpers.catalog._dictionary import Dictionary, Entry, dictionary, undocumented
from mnemo_helpers.catalog._indexes import IndexFinding, IndexReport, index_report
from mnemo_helpers.catalog._model import Entity, Model, Relationship
from mnemo_helpers.catalog._sketch import sketch

__all__ = [
    "Audit",
    "Comparison",
    "Constraint",
    "Constraints",
    "Dictionary",
    "Difference",
    "Entity",
    "Entry",
    "Finding",
    "IndexFinding",
    "IndexReport",
    "Model",
    "Pairing",
    "Relationship",
    "audit",
    "compare",
    "constraints",
    "diagram",
    "dictionary",
    "index_report",
    "pair",
    "sketch",
    "undocumented",
]
