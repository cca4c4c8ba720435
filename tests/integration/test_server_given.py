"""A server that MNEMO_SERVER names: used with the rights that it grants, its password shown nowhere."""

from __future__ import annotations

import re
import socket
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
import pytest
from server_room import ask, kinds

from mnemo_helpers import server
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.server import _cast, _server

_PASSWORD = "öpen@sesame: 'a\\b/c%"

Give = Callable[[str], str]


@pytest.fixture(params=kinds())
def give(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Give]:
    """Make a role with some rights on a server of the session; return how a teacher would hand it out."""
    monkeypatch.setenv("MNEMO_SERVER", request.param)
    monkeypatch.delenv("MNEMO_ANSWER", raising=False)
    own = server.ensure()
    owner = server.conninfo(own, "owner")
    made: list[str] = []

    def make(rights: str) -> str:
        role = f"given_{uuid.uuid4().hex[:8]}"
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {role} LOGIN {rights}".encode())
            connection.execute(f"GRANT CONNECT ON DATABASE postgres TO {role}".encode())
            password = psycopg.sql.SQL("ALTER ROLE {} PASSWORD {}")
            connection.execute(password.format(psycopg.sql.Identifier(role), psycopg.sql.Literal(_PASSWORD)))
        made.append(role)
        return f"postgresql://{role}:{quote(_PASSWORD, safe='')}@127.0.0.1:{own.port}/postgres"

    # What is told of given servers does not belong to the session's own state.
    monkeypatch.setenv("MNEMO_STATE", str(tmp_path / "state"))
    yield make
    _server._let_go()
    with psycopg.connect(owner, autocommit=True) as connection:
        for role in made:
            connection.execute(f"REVOKE CONNECT ON DATABASE postgres FROM {role}".encode())
            for name in (f"{role}_answer", *(f"{part}_of_{role}" for part in server.CAST), role):
                connection.execute(f"DROP ROLE IF EXISTS {name}".encode())


def test_the_role_in_the_string_is_the_learner(give: Give, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The given role is used, through a private passfile; its password, however odd, is nowhere else."""
    monkeypatch.setenv("MNEMO_SERVER", give("CREATEDB"))
    running = server.ensure()
    assert (running.kind, running.owner) == ("given", None)
    assert ask(running, "SELECT session_user::text", "learner") == running.learner
    (passfile,) = (tmp_path / "state").rglob("passfile-*")
    assert passfile.stat().st_mode & 0o077 == 0
    shown = [repr(running), running.how, server.conninfo(running), repr(server.status()), repr(server.choose())]
    shown += [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    for form in (_PASSWORD, quote(_PASSWORD, safe=""), "sesame"):
        assert not [text for text in shown if form in text]


def test_without_a_second_role_there_is_no_answer_role(give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    """A role that may not make roles leaves answers without theirs, and conninfo says what to do."""
    monkeypatch.setenv("MNEMO_SERVER", give("CREATEDB"))
    running = server.ensure()
    assert running.answer is None
    with pytest.raises(MnemoError, match="answer role") as caught:
        server.conninfo(running, "answer")
    assert "MNEMO_ANSWER" in str(caught.value)
    with pytest.raises(MnemoError, match="owner role"):
        server.conninfo(running, "owner")


def test_a_role_that_may_make_roles_gets_an_answer_role(give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    """The role is made once, has a password of its own, no rights, and the learner may give it databases."""
    monkeypatch.setenv("MNEMO_SERVER", give("CREATEDB CREATEROLE"))
    first = server.ensure()
    assert first.answer == f"{first.learner}_answer"
    rights = f"SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = '{first.answer}'"
    assert ask(first, rights, "learner") is False
    _server._let_go()
    second = server.ensure()
    assert second.reach == first.reach
    name = f"{first.learner}_db"
    ask(second, f"CREATE DATABASE {name} OWNER {second.answer}", "learner")
    with psycopg.connect(server.conninfo(second, "answer", name)) as connection:
        assert connection.info.user == first.answer
    ask(second, f"DROP DATABASE {name}", "learner")


def test_a_pair_of_roles_made_by_the_teacher(give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    """MNEMO_ANSWER names the second role."""
    monkeypatch.setenv("MNEMO_SERVER", give("CREATEDB"))
    monkeypatch.setenv("MNEMO_ANSWER", give(""))
    running = server.ensure()
    assert running.answer is not None
    assert running.answer != running.learner
    assert ask(running, "SELECT session_user::text", "answer") == running.answer


def _parts(monkeypatch: pytest.MonkeyPatch, dsn: str) -> tuple[str, ...]:
    # The cast of a server is there already: this one is told by other names, which end with it.
    parts = tuple(f"{part}_of_{_user(dsn)}" for part in server.CAST)
    monkeypatch.setattr(_cast, "CAST", parts)
    return parts


def _user(dsn: str) -> str:
    return dsn.removeprefix("postgresql://").partition(":")[0]


def test_a_role_that_may_make_roles_gets_the_cast(give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part is made once, logs in nowhere, and both the learner and the answer role may put it on."""
    dsn = give("CREATEDB CREATEROLE")
    parts = _parts(monkeypatch, dsn)
    monkeypatch.setenv("MNEMO_SERVER", dsn)
    for _ in range(2):
        running = server.ensure()
        assert server.cast() == parts
        for part in parts:
            with psycopg.connect(server.conninfo(running)) as connection:
                connection.execute(f"SET ROLE {part}".encode())
            assert ask(running, f"SELECT pg_has_role('{running.answer}', '{part}', 'MEMBER')", "learner")
            assert ask(running, f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{part}'", "learner") is False
        _server._let_go()


def test_without_the_cast_it_is_said_what_to_send_to_the_server(give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    """A role that may not make roles is told the statements; when they have been sent, nothing is lacking."""
    dsn, answer = give("CREATEDB"), give("")
    parts = _parts(monkeypatch, dsn)
    monkeypatch.setenv("MNEMO_SERVER", dsn)
    monkeypatch.setenv("MNEMO_ANSWER", answer)
    with pytest.raises(MnemoError, match="lacks roles") as caught:
        server.cast()
    assert all(part in caught.value.what for part in parts)
    (statements,) = re.findall(r"CREATE ROLE .*;", caught.value.remedy)
    with psycopg.connect(give("CREATEROLE"), autocommit=True) as teacher:
        teacher.execute(statements.encode())
    assert server.cast() == parts


def test_twice_the_same_role_is_refused(give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    """The learner's role cannot be its own answer role."""
    dsn = give("CREATEDB")
    monkeypatch.setenv("MNEMO_SERVER", dsn)
    monkeypatch.setenv("MNEMO_ANSWER", dsn)
    with pytest.raises(MnemoError, match="same role"):
        server.ensure()


def _refusal(monkeypatch: pytest.MonkeyPatch, dsn: str) -> str:
    monkeypatch.setenv("MNEMO_SERVER", dsn)
    with pytest.raises(MnemoError) as caught:
        server.ensure()
    said = str(caught.value)
    assert not server.status().running
    for form in (_PASSWORD, quote(_PASSWORD, safe=""), "sesame", "wrong-word"):
        assert form not in said
    return said


def test_a_wrong_password_is_said(give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error tells user and password to check."""
    dsn = give("CREATEDB").replace(quote(_PASSWORD, safe=""), "wrong-word")
    assert "Check the user and the password" in _refusal(monkeypatch, dsn)


def test_a_missing_database_is_said(give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the database and where it stands in the string."""
    said = _refusal(monkeypatch, give("CREATEDB").replace("/postgres", "/nothere"))
    assert "nothere" in said
    assert "Check the database" in said


def test_a_server_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A refused connection tells host and port to check."""
    monkeypatch.setenv("MNEMO_STATE", str(tmp_path))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said = _refusal(monkeypatch, f"postgresql://ada:sesame@127.0.0.1:{port}/class")
    assert str(port) in said
    assert "the host and the port" in said


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://ada:sesame@[half/class",
        "postgresql://ada:sesame@host/class?nonsense=1",
        "postgresql://ada:ses%zame-sesame@host/class",
        "postgresql://ada:sesame@127.0.0.1:port/class",
    ],
)
def test_a_string_that_libpq_does_not_understand_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dsn: str
) -> None:
    """The error shows the form of a connection string, and nothing of what was given."""
    monkeypatch.setenv("MNEMO_STATE", str(tmp_path))
    assert "postgresql://" in _refusal(monkeypatch, dsn) or "port" in _refusal(monkeypatch, dsn)


def test_a_given_server_is_not_stopped(give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mnemo stops only what it has started."""
    monkeypatch.setenv("MNEMO_SERVER", give("CREATEDB"))
    with pytest.raises(MnemoError, match="not Mnemo's to stop"):
        server.stop()
    assert server.status().running
