"""What ``mnemo`` is told, before anything is started."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
import small_course

from mnemo_helpers import __version__
from mnemo_helpers.cli import main


@pytest.fixture(autouse=True)
def _course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNEMO_COURSE", str(small_course.write(tmp_path)))


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run ``mnemo`` and return its status, what it printed and what it complained of."""
    status = main(arguments)
    printed = capsys.readouterr()
    return status, printed.out, printed.err


@pytest.mark.parametrize(
    ("wrong", "near"), [("stauts", "status"), ("labb", "lab"), ("rest", "reset"), ("biuld", "build")]
)
def test_an_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str], wrong: str, near: str) -> None:
    """A slip of the finger costs one look."""
    status, out, err = said(capsys, wrong)
    assert (status, out) == (1, "")
    assert f"There is no command '{wrong}'." in err
    assert f"Did you mean '{near}'?" in err


@pytest.mark.parametrize("command", [("reset", "90.11"), ("build", "90.11"), ("build", "--check", "90.11")])
def test_an_unknown_lesson_names_the_nearest(capsys: pytest.CaptureFixture[str], command: tuple[str, ...]) -> None:
    """No command guesses a lesson, none ends in a traceback."""
    status, out, err = said(capsys, *command)
    assert (status, out) == (1, "")
    assert err.startswith("There is no lesson '90.11'.\nWhat to do: Did you mean ")
    assert "Traceback" not in err


def test_a_lesson_is_due_where_one_is_reset(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is reset by leaving a word out."""
    with pytest.raises(SystemExit) as ended:
        main(["reset"])
    assert ended.value.code == 2
    assert "LESSON" in capsys.readouterr().err


def test_an_option_that_only_jupyterlab_knows_is_refused_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    """Options are passed on by ``mnemo lab`` alone."""
    with pytest.raises(SystemExit) as ended:
        main(["stop", "--no-browser"])
    assert ended.value.code == 2
    assert "--no-browser" in capsys.readouterr().err


def test_a_server_that_mnemo_does_not_know_is_an_error_of_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may hold a password is not repeated."""
    monkeypatch.setenv("MNEMO_SERVER", "mysql://ada:secret@host/x")
    status, out, err = said(capsys, "status", "--dsn")
    assert (status, out) == (1, "")
    assert "What to do: " in err
    assert "secret" not in err


@pytest.mark.parametrize("command", ["status", "doctor"])
def test_a_given_server_that_does_not_answer_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """And the status tells; the password is not in it."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("MNEMO_SERVER", f"postgresql://ada:secret@127.0.0.1:{port}/x")
    status, out, err = said(capsys, command)
    assert (status, err) == (1, "")
    assert "No server runs" not in out
    assert "The server that MNEMO_SERVER names does not let Mnemo in." in out
    assert "secret" not in out


def test_doctor_says_what_is_missing_and_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every finding is looked at, a bad one does not end the list, and the status tells that there was one."""
    monkeypatch.setenv("MNEMO_SERVER", f"local:{tmp_path}")
    small_course.lesson_file(tmp_path).unlink()
    status, out, err = said(capsys, "doctor")
    assert (status, err) == (1, "")
    lines = out.split("\n")
    assert lines[0].startswith("✔ Python ")
    server = next(index for index, line in enumerate(lines) if line.startswith("✘ MNEMO_SERVER is local"))
    assert lines[server + 1].startswith("  What to do: Name the directory that holds initdb and postgres")
    assert any(line.startswith(f"✘ course.toml has lesson {small_course.FIRST}") for line in lines)
    assert any(line.endswith("MB free") for line in lines)


def test_help_and_version_load_none_of_what_commands_need() -> None:
    """A command line that is slow to answer would be felt at each use."""
    heavy = "pandas matplotlib psycopg nbformat jupyterlab IPython sqlglot sqlalchemy jupytext"
    code = f"""
import sys
from mnemo_helpers.cli import main
try:
    main(["--version"])
except SystemExit as ended:
    assert ended.code == 0
print(sorted(set({heavy!r}.split()) & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"mnemo {__version__}\n[]\n"


def test_a_reader_who_leaves_early_gets_no_traceback(tmp_path: Path) -> None:
    """``mnemo doctor | head -1`` is quiet."""
    mnemo = f'"{sys.executable}" -m mnemo_helpers.cli'
    done = subprocess.run(f"{mnemo} doctor | true", shell=True, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
