"""What every test starts from."""

from __future__ import annotations

import os
from pathlib import Path

# Before anything imports Mnemo, and for every process that a test starts: a learner's own state is never touched.
# It is kept between runs, so that the second is quick.
os.environ["MNEMO_STATE"] = str(Path(__file__).resolve().parents[1] / ".cache" / "state")
# The tests' server should not outlive them by much.
os.environ.setdefault("MNEMO_KEEP_S", "30")
