"""SQL cells in a real kernel: memory, interrupts, and what is left when the kernel is killed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel
from server_room import until

from mnemo_helpers import database

DEADLINE_S = 60.0
SETUP = """
import resource
from mnemo_helpers import database, sql
sql.use(lambda session: database.connect({!r}, name=session))
sql.load(get_ipython())
%sql SELECT * FROM generate_series(1, 1000) AS i
"""
PEAK_KIB = "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
MILLION = "%sql SELECT i, md5(i::text), i / 3.0, now(), ARRAY[i, i] FROM generate_series(1, 1000000) AS i"


@dataclass(frozen=True)
class Kernel:
    """A kernel, and what speaks with it."""

    manager: KernelManager
    client: BlockingKernelClient

    def send(self, cell: str) -> str:
        """Send a cell and do not wait for it."""
        return self.client.execute(cell)

    def finish(self, message: str) -> tuple[str, str]:
        """Return the cell's status, and everything that it showed."""
        shown: list[str] = []
        while True:
            content = (got := self.client.get_iopub_msg(timeout=DEADLINE_S))["content"]
            if got["parent_header"].get("msg_id") != message:
                continue
            if got["msg_type"] == "status" and content["execution_state"] == "idle":
                break
            shown += [content.get("text", ""), content.get("data", {}).get("text/plain", "")]
            shown += content.get("traceback", [])
        reply: dict[str, Any] = {"parent_header": {}}
        # A kernel that was slow to start has been asked who it is several times, and answers each.
        while reply["parent_header"].get("msg_id") != message:
            reply = self.client.get_shell_msg(timeout=DEADLINE_S)
        return reply["content"]["status"], "\n".join(piece for piece in shown if piece).strip()

    def run(self, cell: str) -> tuple[str, str]:
        """Run a cell to its end."""
        return self.finish(self.send(cell))


@pytest.fixture(scope="module")
def kernel(scratch_db: str) -> Iterator[Kernel]:
    """A kernel with SQL cells."""
    manager, client = start_new_kernel(startup_timeout=DEADLINE_S)
    kernel = Kernel(manager, client)
    assert kernel.run(SETUP.format(scratch_db))[0] == "ok"
    yield kernel
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def working(outside: database.Connection, query: str) -> int:
    """Count the sessions of cells that are at work on a query of that kind."""
    row = outside.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE %s AND pid <> pg_backend_pid()"
        " AND datname = current_database()",
        [query],
    ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.skipif(sys.platform == "darwin", reason="ru_maxrss counts in other units there")
def test_a_million_rows_take_no_memory(kernel: Kernel) -> None:
    """They are counted as they come: the peak stays within 50 MB of what the kernel needs idle."""
    idle = int(kernel.run(PEAK_KIB)[1])
    status, shown = kernel.run(MILLION)
    assert (status, shown.split("\n")[-1]) == ("ok", "the first 100 of 1,000,000 rows; NAME << SELECT … keeps all")
    assert int(kernel.run(PEAK_KIB)[1]) - idle <= 50 * 1024


ENDLESS = ", ".join(f"generate_series(1, 100000) AS {name}" for name in "abc")
STATEMENTS = {
    "one that waits": ("SELECT pg_sleep(600)", "SELECT pg_sleep(600)"),
    "one that computes": (f"SELECT count(*) FROM {ENDLESS}", "SELECT count%"),
    "one that sends rows": (f"SELECT a FROM {ENDLESS}", "SELECT a%"),
    "one that copies": (f"COPY (SELECT a FROM {ENDLESS}) TO STDOUT", "COPY%"),
    "one among several": ("SELECT 1; SELECT pg_sleep(600); CREATE TABLE never (i int)", "SELECT pg_sleep(600);"),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_an_interrupt_cancels_the_statement_and_leaves_the_session(
    name: str, kernel: Kernel, outside: database.Connection
) -> None:
    """The server stops working at once, the cell fails briefly, and temporary tables and settings are still there."""
    statement, seen = STATEMENTS[name]
    kernel.run("%sql CREATE TEMP TABLE IF NOT EXISTS mine AS SELECT 7 AS n")
    message = kernel.send(f"%%sql\n{statement}")
    until(lambda: working(outside, seen), "it works")
    kernel.manager.interrupt_kernel()
    status, shown = kernel.finish(message)
    assert status == "error"
    assert "ERROR:  canceling statement due to user request" in shown
    assert "SQLSTATE:  57014" in shown
    assert "Traceback" not in shown
    until(lambda: not working(outside, seen), "it has stopped")
    assert kernel.run("%sql SELECT n FROM mine") == ("ok", "n\n-\n7\n1 row")
    assert outside.execute("SELECT to_regclass('never')").fetchone() == (None,)


def test_an_interrupt_inside_a_transaction_aborts_it_as_in_psql(kernel: Kernel, outside: database.Connection) -> None:
    """The transaction is there, aborted, until the learner ends it."""
    kernel.run("%sql BEGIN")
    message = kernel.send("%sql SELECT pg_sleep(600)")
    until(lambda: working(outside, "SELECT pg_sleep(600)"), "it works")
    kernel.manager.interrupt_kernel()
    kernel.finish(message)
    assert "SQLSTATE:  25P02" in kernel.run("%sql SELECT 1")[1]
    assert kernel.run("%sql ROLLBACK") == ("ok", "ROLLBACK")


def test_the_work_of_a_killed_kernel_ends(kernel: Kernel, outside: database.Connection) -> None:
    """Nobody is left to read the answer: the server notices, stops the statement and frees its locks."""
    kernel.run("%%sql\nCREATE TABLE locked (i int); BEGIN; LOCK TABLE locked")
    kernel.send("%sql SELECT pg_sleep(600)")
    until(lambda: working(outside, "SELECT pg_sleep(600)"), "it works")
    kernel.manager.shutdown_kernel(now=True)
    until(lambda: not working(outside, "SELECT pg_sleep(600)"), "it has stopped")
    outside.execute("SET lock_timeout = '20s'; SELECT * FROM locked")
