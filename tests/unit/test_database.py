"""What the lesson's database is called and made from, without a server."""

from __future__ import annotations

import secrets
from pathlib import Path

import psycopg
import pytest
import small_data

from mnemo_helpers import database
from mnemo_helpers.database import _connect, _databases, _grading, _template
from mnemo_helpers.errors import MnemoError, UnknownName
from mnemo_helpers.server import _roles


def test_an_unknown_data_set_names_the_nearest() -> None:
    """As every unknown name does."""
    with pytest.raises(UnknownName, match=r"no data set 'flight'\.\nWhat to do: Did you mean 'flights'\?"):
        database.template("flight")
    assert "flights" in database.datasets()


def test_a_long_name_is_cut_and_stays_its_own() -> None:
    """PostgreSQL would cut it silently at 63 bytes, and two learners would share a database."""
    assert _databases.fit("learner_1_1") == "learner_1_1"
    names = [_databases.fit("é" * 40 + end) for end in ("a_1_1", "b_1_1")]
    assert len(set(names)) == 2
    for name in names:
        assert len(_databases.new_name(name).encode()) <= 63


def test_a_data_set_is_what_makes_its_rows_not_its_card(tmp_path: Path) -> None:
    """Words about it change no template; a comma in its SQL does, and so does the name of a file."""
    folder = small_data.write(tmp_path, "stones")
    data = _template.DataSet("stones", folder)
    versions = [data.version]
    (folder / "card.md").write_text("# Other words\n")
    assert data.version == versions[0]
    (folder / "schema.sql").write_text("CREATE TABLE stones ();")
    versions.append(data.version)
    (folder / "finish.sql").rename(folder / "end.sql")
    versions.append(data.version)
    assert len(set(versions)) == 3


def test_progress_is_told_in_steps() -> None:
    """A line every hundred thousand rows and one at the end, however the rows arrive."""
    said: list[str] = []
    progress = _template._teller("flights", said.append)
    for done in (1, 99_999, 100_001, 150_000, 310_000, 336_776, 336_776):
        progress(done, 336_776)
    assert said == [f"flights: {step} of 336,776 rows" for step in ("100,000", "300,000", "336,776")]


def test_what_the_server_stores_of_a_password_is_recognised() -> None:
    """Made by libpq's own way or by ours; another password, none, or an old kind is not it."""
    password = secrets.token_urlsafe(24)
    stored = _roles.verifier(password)
    assert _grading._opens(stored, password)
    assert not _grading._opens(stored, password + "x")
    assert not _grading._opens(None, password)
    assert not _grading._opens("md5" + "0" * 32, password)


@pytest.mark.parametrize(
    ("problem", "what", "remedy"),
    [
        (psycopg.errors.DiskFull, "The server's disk is full: making it was not possible.", "Make room"),
        (psycopg.errors.InsufficientPrivilege, "The server does not allow it: making it was not possible.", "CREATEDB"),
        (psycopg.errors.AdminShutdown, "Making it was broken off.", "Run the cell again"),
    ],
)
def test_what_the_server_refuses_is_told_with_a_remedy(problem: type[psycopg.Error], what: str, remedy: str) -> None:
    """What was being done, the server's words, what to do; no traceback of the driver."""
    with pytest.raises(MnemoError) as raised, _connect.told("making it"):
        raise problem("its own words")
    assert raised.value.what == what
    assert raised.value.tried == ("its own words",)
    assert remedy in raised.value.remedy
