"""A database to try things in, and a notebook's shell in front of it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest
import small_data
from cells import Cells
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from mnemo_helpers import database, sql


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small data set that only one module of tests has."""
    with pytest.MonkeyPatch.context() as patch, small_data.small(tmp_path_factory.mktemp("course"), patch) as name:
        yield name


@pytest.fixture(scope="module")
def scratch_db() -> Iterator[str]:
    """An empty database of the learner's for one module of tests; dropped afterwards."""
    with database.scratch("learner") as name:
        yield name


@pytest.fixture(scope="module")
def opener(scratch_db: str) -> Callable[[str], database.Connection]:
    """What opens a named session in that database."""
    return lambda session: database.connect(scratch_db, name=session)


@pytest.fixture
def outside(opener: Callable[[str], database.Connection]) -> Iterator[database.Connection]:
    """A connection that no cell uses, to look and to act from outside."""
    with opener("outside") as connection:
        yield connection


@pytest.fixture
def interruptible() -> Iterator[None]:
    """An interrupt reaches the test; whoever runs the tests in the background has had it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def shell() -> Iterator[InteractiveShell]:
    """IPython as a kernel has it, without its history file."""
    quiet = Config()
    quiet.HistoryManager.enabled = False
    quiet.InteractiveShell.colors = "nocolor"
    yield InteractiveShell.instance(config=quiet)
    InteractiveShell.clear_instance()


@pytest.fixture
def run(shell: InteractiveShell, opener: Callable[[str], database.Connection]) -> Iterator[Cells]:
    """Runs cells in new sessions; what a test leaves in Python or in a session does not reach the next."""
    before = dict(shell.user_ns)
    sql.use(opener)
    sql.load(shell)
    yield Cells(shell)
    sql.close_all()
    shell.user_ns.clear()
    shell.user_ns.update(before)
