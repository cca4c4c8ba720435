"""The file of a learner's progress: several writers, a broken file, a locked one."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from mnemo_helpers.grading import _progress
from mnemo_helpers.grading._progress import Entry


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of the test's own for the file."""
    monkeypatch.setenv("MNEMO_PROGRESS", str(tmp_path / "progress.sqlite"))
    monkeypatch.setattr(_progress, "_waiting", [])
    return tmp_path


def read() -> dict[str, Entry]:
    """Return what is known, where nothing is wrong with the file."""
    entries, trouble = _progress.read()
    assert trouble is None
    return entries


def test_what_is_added_is_kept() -> None:
    """A pass stays a pass; the misconception is that of the last try."""
    assert read() == {}
    _progress.add("1.1.1", tries=1, misconception="fan_out")
    _progress.add("1.1.1", hints=1)
    _progress.add("1.1.1", hinted="fan_out")
    assert read()["1.1.1"] == Entry(tries=1, misconception="fan_out", hinted="fan_out", hints=1)
    _progress.add("1.1.1", tries=1, passed=True)
    _progress.add("1.1.1", tries=1)
    _progress.add("1.1.2", guess="40")
    assert read() == {"1.1.1": Entry(3, True, None, "fan_out", 1), "1.1.2": Entry(guess="40")}


def test_kernels_write_at_the_same_time(state: Path) -> None:
    """No try of any of them is lost."""
    code = "from mnemo_helpers.grading import _progress\nfor _ in range(20): assert not _progress.add('1.1.1', tries=1)"
    writers = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert read()["1.1.1"].tries == 60


def test_a_file_that_is_no_database_is_moved_aside(state: Path) -> None:
    """It is said, what was there is kept under another name, and the try is noted in a new file."""
    _progress.path().write_bytes(b"These are notes of somebody's. " * 100)
    said = _progress.add("1.1.1", tries=1, passed=True)
    assert said is not None
    assert "could not be read" in said
    assert str(state) not in said
    assert read() == {"1.1.1": Entry(1, True)}
    (aside,) = state.glob("progress-unreadable-*")
    assert aside.read_bytes().startswith(b"These are notes")


def test_a_database_that_is_broken_inside_is_moved_aside(state: Path) -> None:
    """As when a disk gave back other bytes than were written; reading notices it too."""
    _progress.add("1.1.1", tries=1)
    whole = _progress.path().read_bytes()
    _progress.path().write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    entries, said = _progress.read()
    assert entries == {}
    assert said is not None
    assert read() == {}
    assert len(list(state.glob("progress-unreadable-*.sqlite"))) == 1


def test_a_locked_file_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said, and what could not be written goes in with the next answer."""
    monkeypatch.setattr(_progress, "_BUSY_S", 0.05)
    _progress.add("1.1.1", tries=1)
    with contextlib.closing(sqlite3.connect(_progress.path(), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        said = _progress.add("1.1.1", tries=1, passed=True)
        assert said is not None
        assert "locked" in said
        assert "locked" in str(_progress.read()[1])
    assert _progress.add("1.1.2", tries=1) is None
    assert read() == {"1.1.1": Entry(2, True), "1.1.2": Entry(1)}


def test_a_locked_file_is_not_taken_for_a_broken_one(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one kernel moves a broken file aside, another may already write the new one."""
    monkeypatch.setattr(_progress, "_BUSY_S", 0.05)
    _progress.add("1.1.1", tries=1)
    with contextlib.closing(sqlite3.connect(_progress.path(), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            _progress._move_aside()
    assert "kept beside it" in _progress._move_aside()
    assert read() == {"1.1.1": Entry(1)}
    assert not list(state.glob("progress-unreadable-*"))


def test_a_directory_in_place_of_the_file_is_told(state: Path) -> None:
    """Nothing is raised."""
    _progress.path().mkdir()
    assert "could not be noted" in str(_progress.add("1.1.1", tries=1))
    assert "could not be read" in str(_progress.read()[1])


def test_a_state_directory_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is raised then either."""
    monkeypatch.delenv("MNEMO_PROGRESS")
    (tmp_path / "file").touch()
    monkeypatch.setenv("MNEMO_STATE", str(tmp_path / "file" / "state"))
    assert "could not be noted" in str(_progress.add("1.1.1", tries=1))
    assert "could not be read" in str(_progress.read()[1])
