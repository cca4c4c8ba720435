"""JupyterLab on the learner's own copies of the lessons."""

from __future__ import annotations

import contextlib
import logging
import signal
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
        MnemoError: JupyterLab is not installed.
    """
    try:
        from jupyterlab.labapp import LabApp
    except ImportError:
        raise MnemoError("JupyterLab is not installed.", remedy="Install the course again: make lab does it.") from None

    for copied in build.update_workbook():
        say(_told(copied))
    with _warming():
        app = LabApp.initialize_server(argv=[*_options(), *arguments])
        address = app.local_url
        # JupyterLab would say the address once more, among others.
        app.log.addFilter(lambda record: record.levelno != logging.CRITICAL or address not in record.getMessage())
        # Once it runs: before that nobody listens there.
        app.io_loop.add_callback(say, f"Mnemo is open at {address}\nCtrl-C ends it.")
        # JupyterLab would ask whether Ctrl-C is meant, and without a terminal leave its kernels to themselves.
        signal.signal(signal.SIGINT, signal.getsignal(signal.SIGTERM))
        app.start()
    return 0


def _options() -> list[str]:
    import zmq

    first = next(iter(course.lessons().values()))
    return [
        f"--ServerApp.root_dir={course.root() / 'workbook'}",
        "--ServerApp.ip=127.0.0.1",
        "--Application.log_level=ERROR",
        f"--LabApp.default_url=/lab/tree/{first.notebook.as_posix()}",
        # Nothing is asked of, or told to, any other machine.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        # Otherwise each kernel warns that what it says can be overheard.
        *(["--KernelManager.transport_encryption=auto"] if zmq.has("curve") else []),
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
