"""A running PostgreSQL: the one that MNEMO_SERVER names, or one of Mnemo's own, started when needed and kept.

The only layer that starts processes. One server serves all kernels of a user; it outlives each, and stops when nobody
has used it for some minutes.
"""

from mnemo_helpers.server._cast import CAST
from mnemo_helpers.server._choice import Choice, choose
from mnemo_helpers.server._server import Server, Status, cast, conninfo, ensure, status, stop

__all__ = ["CAST", "Choice", "Server", "Status", "cast", "choose", "conninfo", "ensure", "status", "stop"]
