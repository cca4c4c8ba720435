"""``%sql`` on a shell, and what ``%config SqlMagic`` sets; light, for a lesson opens with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.magic import magic_kinds, needs_local_scope, no_var_expand
from traitlets import Bool, Int, TraitError, Unicode, validate
from traitlets.config import Configurable

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from mnemo_helpers.sql._sessions import Sessions

_NOT_HERE = {
    "autocommit": "a transaction is open from your BEGIN to your COMMIT",
    "autolimit": "a SELECT shows its first rows and counts the others; write LIMIT where you mean it",
    "dsn_filename": "write the address on the cell: %%sql postgresql://USER@HOST/DATABASE",
    "short_errors": "an error is always shown as the server wrote it",
    "style": "tables have one style",
}


class SqlMagic(Configurable):
    """The settings of SQL cells; ``%config`` finds them by the name of this class, which is ipython-sql's."""

    displaylimit = Int(None, allow_none=True, min=0, help="How many rows are shown (100; 0: all)").tag(config=True)
    displaycon = Bool(False, help="Print the session's name before each answer").tag(config=True)
    feedback = Bool(True, help="Print status lines such as INSERT 0 1").tag(config=True)
    autopandas = Bool(False, help="Return a DataFrame of all rows").tag(config=True)
    column_local_vars = Bool(False, help="Set a variable for each column, with the values of all rows").tag(config=True)

    autocommit = Bool(True, help="Cannot be set").tag(config=True)
    autolimit = Int(0, help="Cannot be set").tag(config=True)
    dsn_filename = Unicode("odbc.ini", help="Cannot be set").tag(config=True)
    short_errors = Bool(True, help="Cannot be set").tag(config=True)
    style = Unicode("DEFAULT", help="Cannot be set").tag(config=True)

    @validate(*_NOT_HERE)
    def _refused(self, proposal: Any) -> Any:
        # Kept unheeded, a setting of ipython-sql would let its reader believe in something that does not happen.
        trait = proposal["trait"]
        if proposal["value"] != trait.default_value:
            raise TraitError(f"SqlMagic.{trait.name} cannot be set: {_NOT_HERE[trait.name]}.")
        return proposal["value"]


def _give_body(lines: list[str]) -> list[str]:
    # IPython refuses %%sql with nothing below it before the magic is asked.
    alone = len(lines) == 1 and lines[0].split()[:1] == ["%%sql"]
    return [lines[0].rstrip("\n") + "\n", "\n"] if alone else lines


def register(shell: InteractiveShell, sessions: Sessions) -> None:
    """Register the magic; ipython-sql (0.2 s) is imported by the first cell that uses it."""
    settings = next((found for found in shell.configurables if isinstance(found, SqlMagic)), None)
    if settings is None:
        settings = SqlMagic(config=shell.config)
        shell.configurables[:] = [c for c in shell.configurables if type(c).__name__ != "SqlMagic"] + [settings]
    # %load_ext sql, out of habit, must not put ipython-sql's own engine back in place.
    shell.extension_manager.loaded.add("sql")
    transforms = shell.input_transformer_manager.cleanup_transforms
    if _give_body not in transforms:
        transforms.insert(0, _give_body)
    magic: Any = None

    @no_var_expand  # type: ignore[untyped-decorator]
    @needs_local_scope  # type: ignore[untyped-decorator]
    def sql(line: str, cell: str = "", local_ns: dict[str, Any] | None = None) -> Any:
        """Send SQL to PostgreSQL as it is written, and show what it answers.

        %sql SELECT 1                       one line
        %%sql                               the lines below; several statements, split as psql splits them
        %%sql --expect 23505                the error that must come: SQLSTATEs, or classes as 23
        %%sql NAME << SELECT …              keep all rows as NAME; NAME.DataFrame() is pandas'
        %%sql @bob                          in a session of its own; afterwards %%sql bob
        %%sql postgresql://USER@HOST/DB     in another database
        %sql -f FILE    %sql -l    %sql -x bob     run a file; list the sessions; close one

        :name is filled in with the Python variable, as a literal. A transaction is open from BEGIN to COMMIT, over as
        many cells as there are between. COPY … FROM STDIN; takes its rows from the lines below it, up to a line \\. .
        """
        nonlocal magic
        if magic is None:
            from mnemo_helpers.sql._magic import PostgresMagic

            magic = PostgresMagic(shell, sessions, settings)
        return magic.execute(line, cell, local_ns)

    for kind in magic_kinds:
        shell.register_magic_function(sql, kind, "sql")
