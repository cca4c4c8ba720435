"""The shop: a simulated business with a true history, the same bytes for the same size and seed everywhere.

``datasets/shop`` holds what it is made from (schema, vocabularies, distributions) and what must be true of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnemo_helpers.datagen._check import Finding, check, compare, rules
    from mnemo_helpers.datagen._files import sources
    from mnemo_helpers.datagen._fingerprint import committed, fingerprints
    from mnemo_helpers.datagen._forms import FORMS, Dirt, dirt, fill_form, form_schema
    from mnemo_helpers.datagen._load import copy, fill, pieces, schema, tables
    from mnemo_helpers.datagen._plan import SEED, SIZES, Plan, plan
    from mnemo_helpers.datagen._target import connected, export, load, loaded

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

# A lesson that is opened again asks for size and sources only, and need not wait for numpy.
_WHERE = {
    "Dirt": "_forms",
    "FORMS": "_forms",
    "Finding": "_check",
    "Plan": "_plan",
    "SEED": "_plan",
    "SIZES": "_plan",
    "check": "_check",
    "committed": "_fingerprint",
    "compare": "_check",
    "connected": "_target",
    "copy": "_load",
    "dirt": "_forms",
    "export": "_target",
    "fill": "_load",
    "fill_form": "_forms",
    "fingerprints": "_fingerprint",
    "form_schema": "_forms",
    "load": "_target",
    "loaded": "_target",
    "pieces": "_load",
    "plan": "_plan",
    "rules": "_check",
    "schema": "_load",
    "sources": "_files",
    "tables": "_load",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
