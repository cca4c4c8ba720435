"""Plans: what PostgreSQL does to answer a statement, what each part takes by itself, and what that costs others."""

from mnemo_helpers.plans._compare import Comparison, compare
from mnemo_helpers.plans._explain import explain
from mnemo_helpers.plans._findings import Finding, find
from mnemo_helpers.plans._interval import Interval
from mnemo_helpers.plans._load import Load, under_load
from mnemo_helpers.plans._node import Node
from mnemo_helpers.plans._own import Own
from mnemo_helpers.plans._plan import Plan
from mnemo_helpers.plans._price import Price, Written, price
from mnemo_helpers.plans._read import read
from mnemo_helpers.plans._tally import Tally, Touched, tally
from mnemo_helpers.plans._what_if import WhatIf, what_if

__all__ = [
    "Comparison",
    "Finding",
    "Interval",
    "Load",
    "Node",
    "Own",
    "Plan",
    "Price",
    "Tally",
    "Touched",
    "WhatIf",
    "Written",
    "compare",
    "explain",
    "find",
    "price",
    "read",
    "tally",
    "under_load",
    "what_if",
]
