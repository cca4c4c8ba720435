"""The extension that colours SQL cells: JupyterLab finds it, and what it finds is what stands in the package."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import mnemo_helpers

FOLDER = Path(mnemo_helpers.__file__).parent / "labextension"


def test_jupyterlab_finds_it_and_takes_it() -> None:
    """It is installed with the package, enabled, and fits this version of JupyterLab."""
    done = subprocess.run(
        [sys.executable, "-m", "jupyter", "labextension", "list"], capture_output=True, text=True, check=True
    )
    seen = re.sub(r"\x1b\[\d+m", "", done.stdout + done.stderr)
    assert f"mnemo-sql v{mnemo_helpers.__version__} enabled OK (python, mnemo)" in seen


def test_what_is_installed_is_what_stands_in_the_package() -> None:
    """The version is the package's, and the file that JupyterLab loads registers under the extension's name."""
    package = json.loads((FOLDER / "package.json").read_text())
    assert package["version"] == mnemo_helpers.__version__
    entry = Path(package["jupyterlab"]["_build"]["load"])
    installed = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / package["name"]
    for name in ("package.json", "install.json", str(entry)):
        assert (installed / name).read_bytes() == (FOLDER / name).read_bytes(), "install the package again"
    assert f"window._JUPYTERLAB['{package['name']}']" in (FOLDER / entry).read_text()
