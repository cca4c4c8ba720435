"""``python -m mnemo_helpers.cli`` is ``mnemo``."""

import sys

from mnemo_helpers.cli import main

sys.exit(main())
