"""From ``lessons/`` to ``notebooks/``, and from there to a learner's own copies.

A lesson's text becomes a notebook whose cells have lasting names, is executed on a server of the build's own, and is
written so that building it again gives the same bytes.
"""

from mnemo_helpers.build._build import build, check
from mnemo_helpers.build._execute import environment, execute, fresh, where
from mnemo_helpers.build._lint import claims_in, lint
from mnemo_helpers.build._notebook import Cell, Notebook, read, write
from mnemo_helpers.build._source import source
from mnemo_helpers.build._workbook import Copied, update_workbook

__all__ = [
    "Cell",
    "Copied",
    "Notebook",
    "build",
    "check",
    "claims_in",
    "environment",
    "execute",
    "fresh",
    "lint",
    "read",
    "source",
    "update_workbook",
    "where",
    "write",
]
