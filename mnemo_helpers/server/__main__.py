"""``python -m mnemo_helpers.server KEY CONTROL HOME`` is the keeper of a server; Mnemo starts it, people need not."""

import sys

from mnemo_helpers.server import _keeper

if __name__ == "__main__":
    _keeper.main(*sys.argv[1:])
