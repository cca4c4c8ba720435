"""``mnemo`` with a server of its own, from nothing to stopped."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import small_course
from server_room import psql

from mnemo_helpers import build, course, places, server
from mnemo_helpers.server import _cluster

Mnemo = Callable[..., subprocess.CompletedProcess[str]]
DEADLINE_S = 60


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A course and a state directory of these tests' own; in the end nothing of it runs or remains."""
    root = small_course.write(tmp_path_factory.mktemp("course"))
    env = {name: value for name, value in os.environ.items() if name != "MNEMO_SERVER"}
    env |= {
        "MNEMO_COURSE": str(root),
        "MNEMO_STATE": str(tmp_path_factory.mktemp("state") / "mnemo's own"),
        "MNEMO_KEEP_S": "60",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNEMO_COURSE", env["MNEMO_COURSE"])
        patch.setenv("MNEMO_STATE", env["MNEMO_STATE"])
        for lesson in course.lessons().values():
            build.write(build.source(lesson), root / "notebooks" / lesson.notebook)
        held = places.server()
    yield env
    subprocess.run([sys.executable, "-m", "mnemo_helpers.cli", "stop"], env=env, capture_output=True, check=False)
    shutil.rmtree(held, ignore_errors=True)


@pytest.fixture(scope="module")
def mnemo(environ: dict[str, str]) -> Mnemo:
    """Run the command to its end."""

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mnemo_helpers.cli", *arguments]
        return subprocess.run(
            command, env=environ | more, capture_output=True, text=True, timeout=DEADLINE_S, check=False
        )

    return run


@pytest.fixture(scope="module")
def warm(mnemo: Mnemo) -> str:
    """What ``mnemo warm`` said when there was nothing."""
    done = mnemo("warm")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_status_and_doctor_start_nothing(mnemo: Mnemo, environ: dict[str, str]) -> None:
    """Looking is free: they say what would be used, and no data directory appears."""
    done = mnemo("status")
    assert done.stdout.startswith("No server runs. The next lesson, or mnemo status --dsn, will use PostgreSQL 18")
    looked = mnemo("doctor")
    assert "✔ it does not run; the next lesson starts it" in looked.stdout
    assert looked.stdout.count("✔ Python") == 1
    assert not list(Path(environ["MNEMO_STATE"]).rglob("PG_VERSION"))


def test_stopping_nothing_is_no_error(mnemo: Mnemo) -> None:
    """A script may always begin with it."""
    done = mnemo("stop")
    assert (done.returncode, done.stdout) == (0, "No server of Mnemo's was running.\n")


def test_warm_prepares_server_data_and_workbook(warm: str, environ: dict[str, str]) -> None:
    """Each said as it comes."""
    assert "pebbles: 3 of 3 rows" in warm
    assert warm.endswith("The data set pebbles is ready.\n")
    assert small_course.notebook_file(Path(environ["MNEMO_COURSE"]), folder="workbook").is_file()


@pytest.mark.parametrize(("role", "superuser"), [("learner", "f"), ("owner", "t")])
def test_the_connection_string_is_for_psql_and_for_others(warm: str, mnemo: Mnemo, role: str, superuser: str) -> None:
    """One line, no password in it; psql and psycopg get in with it, each from its own working directory."""
    done = mnemo("status", "--dsn", "--role", role)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    dsn = done.stdout.strip()
    assert "passfile=" in dsn
    assert "password=" not in dsn
    asked = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    done = subprocess.run([psql(), "-XAtc", asked, dsn], capture_output=True, text=True, cwd="/", check=True)
    assert done.stdout.strip() == superuser
    with psycopg.connect(dsn) as connection:
        assert connection.execute(asked.encode()).fetchone() == (superuser == "t",)


def test_another_database_may_be_asked_for(warm: str, mnemo: Mnemo) -> None:
    """A lesson's own, say."""
    assert mnemo("status", "--dsn", "--database", "template1").stdout.strip().endswith("dbname=template1")


def test_status_and_doctor_see_what_runs(warm: str, mnemo: Mnemo) -> None:
    """Version, port, process, data; and no password anywhere."""
    done = mnemo("status")
    assert done.stdout.startswith("A server runs, for ")
    for name in ("port", "process", "data", "client sessions"):
        assert f"\n  {name}: " in done.stdout
    looked = mnemo("doctor")
    assert "✔ it runs: process " in looked.stdout
    assert "✔ data pebbles: ready" in looked.stdout


def test_reset_brings_a_lesson_back_and_says_what_it_ended(warm: str, mnemo: Mnemo) -> None:
    """Also from beside a notebook that holds a transaction open."""
    number = small_course.FIRST
    assert mnemo("reset", number).returncode == 0
    database = f"learner_{number.replace('.', '_')}"
    dsn = mnemo("status", "--dsn", "--database", database).stdout.strip()
    with psycopg.connect(dsn, application_name="main") as connection:
        connection.execute("DELETE FROM pebbles")
        done = mnemo("reset", number)
        connection.close()
    assert done.returncode == 0
    assert "ended: main (idle in transaction, its open transaction undone)" in done.stdout
    assert done.stdout.endswith(f"The database of lesson {number}, Count what is there, is back at its start.\n")
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT count(*) FROM pebbles").fetchone() == (3,)


def test_ctrl_c_is_quiet(warm: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever gets tired of waiting gets the prompt back, and no traceback."""
    monkeypatch.setenv("MNEMO_STATE", environ["MNEMO_STATE"])
    monkeypatch.delenv("MNEMO_SERVER", raising=False)
    with _cluster.locate(server.choose().key).lock():
        waiting = subprocess.Popen(
            [sys.executable, "-m", "mnemo_helpers.cli", "status", "--dsn"],
            env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            # A shell that put the tests in the background has them, and so their children, ignore it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )  # fmt: skip
        assert waiting.stderr is not None
        first = waiting.stderr.readline()
        waiting.send_signal(signal.SIGINT)
        out, rest = waiting.communicate(timeout=DEADLINE_S)
    assert "waiting for it" in first
    assert (waiting.returncode, out, rest) == (130, "", "")


def test_stop_ends_the_server_and_says_so(warm: str, mnemo: Mnemo) -> None:
    """And then there is none."""
    done = mnemo("stop")
    assert (done.returncode, done.stdout) == (0, "Stopping the server.\n")
    assert mnemo("status").stdout.startswith("No server runs.")
