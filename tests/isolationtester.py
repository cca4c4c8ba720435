"""PostgreSQL's own isolationtester, of the server that the tests have."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from mnemo_helpers import server


def program() -> Path | None:
    """Return the program, or None where the server came without."""
    bindir = server.choose().bindir
    found = sorted((Path(bindir).parent / "lib").rglob("isolationtester")) if bindir else []
    return found[0] if found and os.access(found[0], os.X_OK) else None


def transcript(spec: str, dsn: str) -> str:
    """Return what it prints for a spec; what it complains of counts too.

    Args:
        spec: the test.
        dsn: where it is played.
    """
    path = program()
    assert path is not None
    done = subprocess.run(
        [path, dsn],
        input=spec,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PG_TEST_TIMEOUT_DEFAULT": "10"},
    )
    return done.stdout + "".join(line + "\n" for line in done.stderr.splitlines() if not line.startswith("unused step"))
