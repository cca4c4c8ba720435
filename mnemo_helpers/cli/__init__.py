"""The command ``mnemo``."""

from mnemo_helpers.cli._main import main

__all__ = ["main"]
