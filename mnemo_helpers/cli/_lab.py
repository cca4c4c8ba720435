"""JupyterLab on the learner's own copies of the lessons."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

from mnemo_helpers import build, course, places
from mnemo_helpers.errors import MnemoError


def run(arguments: Sequence[str], say: Callable[[str], None]) -> int:
    """Bring ``workbook/`` up to date, open JupyterLab on the first lesson, and return when it was stopped.

    Args:
        arguments: JupyterLab's own options; they come after Mnemo's and so overrule them.
        say: told what was copied, and the address.

    Raises:
        MnemoError: JupyterLab is not installed or refuses to start.
    """
    try:
        from jupyterlab.labapp import LabApp
    except ImportError:
        raise MnemoError("JupyterLab is not installed.", remedy="Install the course again: make lab does it.") from None

    for copied in build.update_workbook():
        say(_told(copied))
    with _warming():
        app = LabApp.initialize_server(argv=[*_options(), *arguments])
        app.log.addFilter(
            lambda record: not (record.levelno == logging.CRITICAL and app.local_url in record.getMessage())
        )
        say(f"Mnemo is open at {app.local_url}\nCtrl-C ends it.")
        app.start()
    return 0


def _options() -> list[str]:
    first = next(iter(course.lessons().values()))
    return [
        f"--ServerApp.root_dir={course.root() / 'workbook'}",
        "--ServerApp.ip=127.0.0.1",
        "--Application.log_level=WARN",
        "--ServerApp.answer_yes=True",  # Ctrl-C stops it at once
        f"--LabApp.default_url=/lab/tree/{first.notebook.as_posix()}",
        # Nothing is asked of, or told to, any other machine.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        *(["--allow-root"] if places.as_root() else []),
    ]


def _told(copied: build.Copied) -> str:
    path = copied.path.relative_to(course.root()).as_posix()
    return {
        "new": f"Your copy of lesson {copied.lesson}: {path}",
        "updated": f"Lesson {copied.lesson} has changed, and you had not: your copy is the new one, {path}",
        "beside": f"Lesson {copied.lesson} has changed. Your copy stays as it is; the new one is {path}",
    }[copied.how]


@contextlib.contextmanager
def _warming() -> Iterator[None]:
    """Start the server and build the data meanwhile; whoever opens a lesson sooner waits for the same work."""
    # In a session of its own: Ctrl-C is for JupyterLab.
    warming = subprocess.Popen(
        [sys.executable, "-m", "mnemo_helpers.cli", "warm"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        warming.terminate()
        warming.wait()
