"""The shop: a simulated business with a true history, the same bytes for the same size and seed everywhere.

``datasets/shop`` holds what it is made from (schema, vocabularies, distributions) and what must be true of it.
"""

from mnemo_helpers.datagen._check import Finding, check, rules
from mnemo_helpers.datagen._load import copy, fill, pieces, schema, tables
from mnemo_helpers.datagen._plan import SEED, SIZES, Plan, plan
from mnemo_helpers.datagen._words import sources

__all__ = [
    "SEED",
    "SIZES",
    "Finding",
    "Plan",
    "check",
    "copy",
    "fill",
    "pieces",
    "plan",
    "rules",
    "schema",
    "sources",
    "tables",
]
