"""One lesson's database: made from a template of its data, opened, reset; and the databases that answers are judged in.

The only layer that opens connections for learners. ``connect`` opens them all.
"""

from mnemo_helpers.database._connect import Connection, connect, terminate
from mnemo_helpers.database._grading import grading, secure_answer
from mnemo_helpers.database._lesson import Opened, Reset, drop_lesson, open_lesson, reset_lesson
from mnemo_helpers.database._scratch import scratch
from mnemo_helpers.database._template import built, datasets, template

__all__ = [
    "Connection",
    "Opened",
    "Reset",
    "built",
    "connect",
    "datasets",
    "drop_lesson",
    "grading",
    "open_lesson",
    "reset_lesson",
    "scratch",
    "secure_answer",
    "template",
    "terminate",
]
