"""``mnemo data``: a shop is loaded, exported and checked, and each thing that cannot be is said in a line."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from mnemo_helpers import database, datagen, server
from mnemo_helpers.cli import main


@pytest.fixture
def target() -> Iterator[str]:
    """The connection string of an empty database of the learner's."""
    with database.scratch("learner") as name:
        yield server.conninfo(server.ensure(), "learner", name)


def said(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run ``mnemo data`` and return its status, what it printed and what it complained of."""
    status = main(["data", *arguments])
    printed = capfd.readouterr()
    return status, printed.out, printed.err


def test_a_shop_is_loaded_and_then_checked_where_it_lies(capfd: pytest.CaptureFixture[str], target: str) -> None:
    """With rows a second; the check says each rule with its count, and writes nothing."""
    status, out, err = said(capfd, "load", "--size", "tiny", "--seed", "9", "--into", target)
    assert (status, err) == (0, "")
    assert out.startswith("Loaded ")
    assert out.endswith(" a second.\n")
    status, out, err = said(capfd, "check", "--dsn", target)
    assert (status, err) == (0, "")
    assert "ok     stock never negative: 0 broken (" in out
    assert out.endswith(" findings, no error.\n")


def test_a_broken_shop_ends_in_an_error(capfd: pytest.CaptureFixture[str], target: str) -> None:
    """The rule's line says ERROR, and the status is not zero."""
    said(capfd, "load", "--size", "tiny", "--into", target)
    with psycopg.connect(target) as connection:
        connection.execute("UPDATE orders SET shipping = shipping + 1 WHERE order_id = 5")
    status, out, err = said(capfd, "check", "--dsn", target)
    assert status == 1
    assert "ERROR  payment is the order's total: " in out
    assert err.startswith("1 of ")


def test_a_shop_is_checked_to_the_byte(capfd: pytest.CaptureFixture[str]) -> None:
    """One that is made for the purpose is also compared with what everybody gets."""
    status, out, err = said(capfd, "check", "--size", "tiny", "--seed", "7")
    assert (status, err) == (0, "")
    assert out.startswith("ok     the same bytes as everywhere: 0 of 34 tables differ")


def test_the_exported_sql_makes_the_same_shop(capfd: pytest.CaptureFixture[str], target: str, tmp_path: Path) -> None:
    """psql reads it into an empty database: keys, comments and every byte."""
    to = tmp_path / "shop"
    status, out, _ = said(capfd, "export", "--size", "tiny", "--format", "sql", "--to", str(to), "--form", "flat")
    assert (status, sorted(path.name for path in to.iterdir())) == (0, ["shop.sql"])
    assert out.endswith("(1 file).\n")
    bindir = server.choose().bindir
    if bindir is None or not (bindir / "psql").is_file():
        pytest.skip("this PostgreSQL comes without psql")
    psql = [bindir / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", to / "shop.sql", target]
    subprocess.run(psql, check=True, cwd="/")
    with psycopg.connect(target, autocommit=True) as connection:
        assert datagen.fingerprints(connection) == datagen.committed(datagen.plan("tiny"))
        keys = connection.execute("SELECT count(*) FROM pg_constraint WHERE contype = 'f'").fetchone()
        assert keys is not None
        assert keys[0] > 40
        assert connection.execute("SELECT FROM order_export").rowcount == 862


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("load", "--size", "huge"), "There is no size 'huge'."),
        (("load", "--size", "-3"), "A shop of size -3 cannot be made."),
        (("load", "--seed", "seven"), "The seed 'seven' is no whole number."),
        (("load", "--size", "tiny", "--form", "wide"), "There is no form of the shop 'wide'."),
    ],
)
def test_what_cannot_be_made_is_said_and_nothing_is_there(
    capfd: pytest.CaptureFixture[str], target: str, arguments: tuple[str, ...], line: str
) -> None:
    """Before anything is connected to."""
    action, *options = arguments
    joined = [f"{name}={value}" for name, value in zip(options[::2], options[1::2], strict=True)]
    status, out, err = said(capfd, action, *joined, f"--into={target}")
    assert (status, out) == (1, "")
    assert err.startswith(line)
    assert "Traceback" not in err
    with psycopg.connect(target) as connection:
        assert connection.execute("SELECT FROM pg_class WHERE relname = 'orders'").rowcount == 0


def test_a_target_with_such_a_table_is_left_alone(capfd: pytest.CaptureFixture[str], target: str) -> None:
    """Somebody's orders are not replaced by the shop's."""
    with psycopg.connect(target) as connection:
        connection.execute("CREATE TABLE orders AS SELECT 1 AS mine")
    status, out, err = said(capfd, "load", "--size", "tiny", "--into", target)
    assert (status, out) == (1, "")
    assert err.startswith("The database has a table orders already; nothing was changed.")
    with psycopg.connect(target) as connection:
        assert connection.execute("TABLE orders").fetchall() == [(1,)]
        assert connection.execute("SELECT FROM pg_class WHERE relname = 'users'").rowcount == 0


def test_a_target_without_rights_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    """The learner may not create tables in everybody's database."""
    dsn = server.conninfo(server.ensure(), "learner", "postgres")
    status, out, err = said(capfd, "load", "--size", "tiny", "--into", dsn)
    assert (status, out) == (1, "")
    assert err.startswith("The role may not create tables there; nothing was changed.\n")
    assert len(err.splitlines()) == 3


@pytest.mark.parametrize(
    ("dsn", "line"),
    [
        ("no string", "That is no connection string."),
        ("postgresql://me:geheim@127.0.0.1:1/shop", "There is no connection to the database shop."),
    ],
)
def test_a_target_that_is_not_there_says_so_without_its_password(
    capfd: pytest.CaptureFixture[str], dsn: str, line: str
) -> None:
    """In three lines at most."""
    for arguments in (("load", "--into", dsn), ("check", "--dsn", dsn)):
        status, out, err = said(capfd, *arguments)
        assert (status, out) == (1, "")
        assert err.startswith(line)
        assert "geheim" not in err
        assert len(err.splitlines()) <= 3


def test_a_directory_with_something_in_it_is_left_alone(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Nothing in it is overwritten."""
    (tmp_path / "mine.txt").write_text("mine")
    status, out, err = said(capfd, "export", "--size", "tiny", "--to", str(tmp_path))
    assert (status, out) == (1, "")
    assert "is not an empty directory; nothing was written." in err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_how_far_it_has_come_is_shown_where_somebody_looks(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    """A bar that grows, with rows a second, on one line that ends when all is in."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    status, _, err = said(capfd, "load", "--size", "0.1", "--into", target)
    *grown, last = err.rstrip("\n").split("\r")[1:]
    assert status == 0
    filled = [line.count("#") for line in (*grown, last)]
    assert filled == sorted(filled)
    assert filled[-1] == 30
    assert all(" a second" in line for line in (*grown, last))
