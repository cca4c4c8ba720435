"""The shop: a simulated business with a true history, the same bytes for the same size and seed everywhere.

``datasets/shop`` holds what it is made from (schema, vocabularies, distributions) and what must be true of it.
"""

from mnemo_helpers.datagen._check import Finding, check, compare, rules
from mnemo_helpers.datagen._fingerprint import committed, fingerprints
from mnemo_helpers.datagen._forms import FORMS, Dirt, dirt, fill_form, form_schema
from mnemo_helpers.datagen._load import copy, fill, pieces, schema, tables
from mnemo_helpers.datagen._plan import SEED, SIZES, Plan, plan
from mnemo_helpers.datagen._target import connected, export, load, loaded
from mnemo_helpers.datagen._words import sources

__all__ = [
    "FORMS",
    "SEED",
    "SIZES",
    "Dirt",
    "Finding",
    "Plan",
    "check",
    "committed",
    "compare",
    "connected",
    "copy",
    "dirt",
    "export",
    "fill",
    "fill_form",
    "fingerprints",
    "form_schema",
    "load",
    "loaded",
    "pieces",
    "plan",
    "rules",
    "schema",
    "sources",
    "tables",
]
