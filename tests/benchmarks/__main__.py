"""Measure what a learner waits for, each figure beside what it should reach: ``make bench [ARGS=name]``.

Where a figure is a ratio, both sides are measured here, in the same run.
"""

from __future__ import annotations

import os
import pwd
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks import plans, shop, stage

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("MNEMO_STATE", str(ROOT / ".cache" / "state"))
LESSON = "1.1"


@contextmanager
def fresh_state() -> Iterator[dict[str, str]]:
    """Yield an environment in which Mnemo has never run, and remove what it made there."""
    with tempfile.TemporaryDirectory(prefix="mnemo-bench-") as folder:
        environ = {**os.environ, "MNEMO_STATE": folder}
        try:
            yield environ
        finally:
            mnemo = [sys.executable, "-m", "mnemo_helpers.cli", "stop"]
            subprocess.run(mnemo, env=environ, stdout=subprocess.DEVNULL, check=False)
            places = "from mnemo_helpers import places; print(places.server())"
            made = subprocess.check_output([sys.executable, "-c", places], env=environ, text=True)
            shutil.rmtree(made.strip(), ignore_errors=True)


def in_python(code: str, environ: dict[str, str] | None = None) -> float:
    """Run the code in a new process and return the number that its last line prints."""
    script = textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return float(done.stdout.split()[-1])


def timed(action: Callable[[], object], runs: int) -> float:
    """Return the median seconds of one run."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def imports() -> str:
    """Import of the package that a lesson begins with."""
    code = "import time; s = time.perf_counter(); from mnemo_helpers import lesson; print(time.perf_counter() - s)"
    bare = "import time; s = time.perf_counter(); import mnemo_helpers; print(time.perf_counter() - s)"
    runs = [in_python(code) for _ in range(5)]
    return f"{statistics.median(in_python(bare) for _ in range(5)):.3f} s; with lesson {statistics.median(runs):.3f} s"


OPEN = f"""
import time
from mnemo_helpers import lesson
s = time.perf_counter()
lesson.open("{LESSON}")
print(time.perf_counter() - s)
"""


def open_warm() -> str:
    """A lesson that was opened before, in a new kernel, its server running; then once more in the same kernel."""
    from jupyter_client.manager import start_new_kernel

    first, again = [], []
    for _ in range(7):
        manager, client = start_new_kernel(stderr=subprocess.DEVNULL)
        try:
            for took in (first, again):
                said: list[str] = []
                client.execute_interactive(
                    OPEN, output_hook=lambda m, said=said: said.append(m["content"].get("text", ""))
                )
                took.append(float("".join(said).split()[-1]))
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    return (
        f"{statistics.median(first) * 1000:.0f} ms; again in the same kernel {statistics.median(again) * 1000:.0f} ms"
    )


def open_first() -> str:
    """The first lesson on a machine: binaries, initdb, start, the template of the flights, the lesson's database."""
    with fresh_state() as environ:
        return f"{in_python(OPEN, environ):.1f} s"


def new_database() -> str:
    """A lesson's new database beside a bare CREATE DATABASE of the same template, in turn."""
    from mnemo_helpers import course, database

    lesson = course.lesson(LESSON)
    database.open_lesson(lesson)
    template = database.template(lesson.data, "full")
    with database.connect("postgres", role="owner") as owner:

        def bare() -> None:
            owner.execute(f'CREATE DATABASE bench_bare TEMPLATE "{template}"'.encode())

        ours, theirs = [], []
        for _ in range(5):
            database.drop_lesson(lesson)
            owner.execute("CHECKPOINT")
            ours.append(timed(lambda: database.open_lesson(lesson), 1))
            owner.execute("CHECKPOINT")
            theirs.append(timed(bare, 1))
            owner.execute("DROP DATABASE bench_bare WITH (FORCE)")
    a, b = statistics.median(ours), statistics.median(theirs)
    return f"{a / b:.2f} times ({a * 1000:.0f} ms against {b * 1000:.0f} ms)"


def server_from_nothing() -> str:
    """A server from nothing to its first query, beside initdb and postgres by hand with the same binaries."""
    import psycopg

    from mnemo_helpers import places, server

    ours_code = """
        import time; s = time.perf_counter()
        import psycopg
        from mnemo_helpers import server
        found = server.ensure()
        psycopg.connect(server.conninfo(found)).execute("SELECT 1")
        print(time.perf_counter() - s)
    """
    bindir = server.choose().bindir
    assert bindir is not None, "this figure is about a server of Mnemo's own"
    # PostgreSQL refuses to run as root.
    user = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []} if places.as_root() else {}
    ours, theirs = [], []
    for _ in range(3):
        with fresh_state() as environ:
            ours.append(in_python(ours_code, environ))
        with tempfile.TemporaryDirectory(prefix="mnemo-bench-", dir="/var/tmp") as folder:
            os.chmod(folder, 0o777)
            data, port = Path(folder) / "data", "54399"
            start = time.perf_counter()
            quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/", **user}
            subprocess.run([bindir / "initdb", "-D", data, "-A", "trust", "-U", "raw"], check=True, **quiet)
            here = ["-p", port, "-k", "", "-h", "127.0.0.1"]
            running = subprocess.Popen([bindir / "postgres", "-D", data, *here], **quiet)
            while True:
                try:
                    psycopg.connect(f"host=127.0.0.1 port={port} user=raw dbname=postgres").execute("SELECT 1")
                    break
                except psycopg.OperationalError:
                    time.sleep(0.01)
            theirs.append(time.perf_counter() - start)
            running.terminate()
            running.wait()
    a, b = statistics.median(ours), statistics.median(theirs)
    return f"{a / b:.2f} times ({a:.2f} s against {b:.2f} s)"


def cell() -> str:
    """A ``%%sql`` cell over the same statement on a raw psycopg connection."""
    from IPython.core.interactiveshell import InteractiveShell

    from mnemo_helpers import course, database, sql

    opened = database.open_lesson(course.lesson(LESSON))
    shell = InteractiveShell.instance()
    sql.load(shell)
    sql.use(lambda name: database.connect(opened.database, name=name))
    raw = sql.session()
    runs = 300
    shell.run_cell_magic("sql", "", "SELECT 1")
    ours = timed(lambda: shell.run_cell_magic("sql", "", "SELECT 1"), runs)
    theirs = timed(lambda: raw.execute("SELECT 1").fetchall(), runs)
    return f"{(ours - theirs) * 1000:.2f} ms more ({ours * 1000:.2f} against {theirs * 1000:.2f})"


def verdict() -> str:
    """A verdict on a query exercise over all its data sets, warm."""
    from mnemo_helpers import grading

    exercise = next(e for e in grading.exercises().values() if e.kind == "query" and e.id.startswith("1."))
    for answer in (exercise.reference, next(iter(exercise.rejects.values())).answer):
        grading.check(exercise.id, answer)
    right = timed(lambda: grading.check(exercise.id, exercise.reference), 7)
    wrong = timed(lambda: grading.check(exercise.id, next(iter(exercise.rejects.values())).answer), 7)
    return f"{right * 1000:.0f} ms right, {wrong * 1000:.0f} ms wrong ({exercise.id})"


def large_schema() -> str:
    """A verdict on fifteen tables, two races and another time included; wrong is the first wrong answer in a kernel."""
    from mnemo_helpers.grading import judge
    from tests.large_schema import LARGE

    judge(LARGE, LARGE.reference, dataset="flights")
    right = timed(lambda: judge(LARGE, LARGE.reference, dataset="flights"), 5)
    wrong = timed(lambda: judge(LARGE, [*LARGE.rejects.values()][-1].answer, dataset="flights"), 1)
    return f"{right:.2f} s right, {wrong:.2f} s wrong"


def million() -> str:
    """Peak memory of a cell that selects a million rows, above the same process before it."""
    code = """
        import contextlib, io, pathlib
        from IPython.core.interactiveshell import InteractiveShell
        from mnemo_helpers import course, database, sql
        opened = database.open_lesson(course.lesson("1.1"))
        shell = InteractiveShell.instance()
        sql.load(shell)
        sql.use(lambda name: database.connect(opened.database, name=name))
        run = lambda text: shell.run_cell_magic("sql", "", text)
        peak_kb = lambda: int(pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
        with contextlib.redirect_stdout(io.StringIO()):
            run("SELECT 1")
            pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew, from what is used now
            idle = peak_kb()
            run("SELECT i, md5(i::text) FROM generate_series(1, 1000000) AS i")
        print((peak_kb() - idle) / 1024)
    """
    return f"{in_python(code):.0f} MB"


def dependencies() -> str:
    """All minimal dependencies of the 19 columns of all flights, beside one SELECT DISTINCT of the same table."""
    from mnemo_helpers import database, relations

    with database.connect(database.grading("flights"), "answer") as flights:
        found: list[int] = []
        ours = timed(lambda: found.append(len(relations.discover("flights", connection=flights).dependencies)), 3)
        theirs = timed(lambda: flights.execute("SELECT count(*) FROM (SELECT DISTINCT * FROM flights) AS d"), 3)
    # HyFD, as Desbordante 2.5 implements it, finds as many and the same.
    assert set(found) == {69}, found
    return f"{ours:.1f} s for {found[0]} dependencies; {ours / theirs:.1f} times one SELECT DISTINCT"


def wide_relation() -> str:
    """Every question about a relation of 20 attributes and 30 dependencies, the slowest of them."""
    import random

    from mnemo_helpers.relations import Relation, TooMany

    letters = "ABCDEFGHIJKLMNOPQRST"
    slowest, broken_off = (0.0, ""), 0
    for seed in range(40):
        rng = random.Random(seed)
        sides = [("".join(rng.sample(letters, rng.choice((1, 1, 2, 2, 3)))), rng.choice(letters)) for _ in range(30)]
        relation = Relation(letters, [f"{left} -> {right}" for left, right in sides])
        questions: dict[str, Callable[[], object]] = {
            "keys": relation.keys,
            "minimal_cover": relation.minimal_cover,
            "violations": lambda relation=relation: relation.violations("3NF"),
            "decompose": relation.decompose,
            "synthesize": relation.synthesize,
            "is_lossless": lambda relation=relation: relation.is_lossless(["ABCDEFGHIJ", "JKLMNO", "OPQRSTA"]).steps,
        }
        for name, ask in questions.items():
            try:
                slowest = max(slowest, (timed(ask, 1), f"{name}, seed {seed}"))
            except TooMany:
                broken_off += 1
    return f"{slowest[0]:.2f} s ({slowest[1]}); {broken_off} of 240 broken off as too many"


FIGURES: dict[str, tuple[Callable[[], str], str]] = {
    "import mnemo_helpers": (imports, "<= 0.3 s"),
    "lesson.open, warm": (open_warm, "<= 150 ms"),
    "%%sql select 1 over raw psycopg": (cell, "<= 1 ms more"),
    "a verdict on a query, three data sets": (verdict, "<= 300 ms"),
    "a verdict on a schema of 15 tables": (large_schema, "<= 2 s"),
    "a million rows in a cell, above idle": (million, "<= 50 MB"),
    "new lesson database over a bare one": (new_database, "<= 3 times"),
    "20 attributes, 30 dependencies": (wide_relation, "<= 1 s"),
    "dependencies of 19 columns of all flights": (dependencies, "<= 30 s"),
    "server from nothing over initdb + postgres": (server_from_nothing, "<= 1.5 times"),
    "first lesson.open on a machine": (open_first, "<= 12 s"),
    **shop.FIGURES,
    **stage.FIGURES,
    **plans.FIGURES,
}


def main() -> None:
    """Print every figure, or those whose name holds the words given."""
    wanted = " ".join(sys.argv[1:])
    for name, (measure, reach) in FIGURES.items():
        if wanted in name:
            print(f"{name:44} {reach:14} {measure()}", flush=True)


if __name__ == "__main__":
    main()
