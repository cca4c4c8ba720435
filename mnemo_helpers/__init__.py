"""Mnemo: notebooks that teach database design on a real PostgreSQL.

A lesson begins with ``from mnemo_helpers import lesson`` and ``lesson.open("1.1")``.
"""

__version__ = "0.1.0"
