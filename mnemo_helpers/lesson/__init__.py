"""What a lesson calls: open its database, reset it, show that a claim holds, tell which exercises are left.

Importing it is light: what needs a server is imported when a lesson is opened.
"""

from mnemo_helpers.lesson._claim import claim
from mnemo_helpers.lesson._missed import missed
from mnemo_helpers.lesson._open import open, reset

__all__ = ["claim", "missed", "open", "reset"]
