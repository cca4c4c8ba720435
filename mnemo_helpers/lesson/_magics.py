"""The magics of a lesson: each a line over a function, whose module is imported by the first that needs it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.lesson._open import database_of

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from mnemo_helpers.plans import Plan
    from mnemo_helpers.stage import Run


def exercise(line: str, cell: str) -> None:
    """Judge the cell as the answer to an exercise: ``%%exercise 1.1.2``."""
    from mnemo_helpers import grading

    id = _id(line, "%%exercise")
    render.show(grading.attempt(id, cell, own=database_of(id)))


def hint(line: str) -> None:
    """Show the next hint: ``%hint 1.1.2``."""
    from mnemo_helpers import grading

    render.show(grading.hint(_id(line, "%hint")))


def solution(line: str) -> None:
    """Show a right answer, after a try: ``%solution 1.1.2``."""
    from mnemo_helpers import grading

    render.show(grading.solution(_id(line, "%solution")))


def measure(line: str) -> None:
    """Measure what was predicted: ``%measure 1.1.1``."""
    from mnemo_helpers import grading

    id = _id(line, "%measure")
    render.show(grading.measure(id, own=database_of(id)))


def progress(line: str) -> None:
    """Show the map of the course: ``%progress``."""
    from mnemo_helpers import grading

    render.show(grading.progress())


def stage(line: str, cell: str, variables: dict[str, Any]) -> Run:
    """Play several sessions, a step a line: ``%%stage``; ``%%stage NAME <<`` keeps what happened as NAME."""
    from mnemo_helpers.stage import Stage

    words, name = _kept_as(line)
    if words:
        raise MnemoError(f"%%stage does not take {line.strip()!r}.", remedy="%%stage NAME << keeps what happened.")
    try:
        run = Stage(cell).run()
    except KeyboardInterrupt:
        raise MnemoError("The stage was interrupted; its sessions are ended, what was open is rolled back.") from None
    if name:
        variables[name] = run
    return run


def plan(line: str, cell: str, variables: dict[str, Any]) -> Plan:
    """Show how a statement is answered, and undo it: ``%%plan [--plain] [--runs N] [SESSION] [NAME <<]``.

    It is executed and measured; ``--plain`` only asks what would be done.
    """
    from mnemo_helpers import plans

    words, name = _kept_as(line)
    analyze, runs, session = True, 1, None
    while words:
        match words:
            case ["--plain", *words]:
                analyze = False
            case ["--runs", number, *words] if number.isdecimal():
                runs = int(number)
            case [word] if not word.startswith("-"):
                session, words = word, []
            case _:
                raise MnemoError(
                    f"%%plan does not take {' '.join(words)!r}.",
                    remedy="It takes --plain, --runs N, a session's name, and NAME << to keep the plan.",
                )
    try:
        found = plans.explain(cell, analyze=analyze, runs=runs, session=session, variables=variables)
    except KeyboardInterrupt:
        raise MnemoError("The statement was interrupted; what it did is undone.") from None
    if name:
        variables[name] = found
    return found


def register(shell: InteractiveShell) -> None:
    """Register the magics on IPython's shell; twice does no more than once."""
    transforms = shell.input_transformer_manager.cleanup_transforms
    if _give_body not in transforms:
        transforms.insert(0, _give_body)
    shell.register_magic_function(exercise, magic_kind="cell")
    shell.register_magic_function(partial(stage, variables=shell.user_ns), "cell", "stage")
    shell.register_magic_function(partial(plan, variables=shell.user_ns), "cell", "plan")
    for magic in (hint, solution, measure, progress):
        shell.register_magic_function(magic, magic_kind="line")


def _give_body(lines: list[str]) -> list[str]:
    # IPython refuses a cell magic with nothing below it before the magic is asked.
    alone = len(lines) == 1 and lines[0].split()[:1] in (["%%exercise"], ["%%stage"], ["%%plan"])
    return [lines[0].rstrip("\n") + "\n", "\n"] if alone else lines


def _kept_as(line: str) -> tuple[list[str], str]:
    """Return the words of a magic's line, and the name before ``<<`` at their end, if there is one."""
    match line.split():
        case [*words, name, "<<"] if name.isidentifier():
            return words, name
        case words:
            return words, ""


def _id(line: str, magic: str) -> str:
    words = line.split()
    if len(words) != 1:
        raise MnemoError(f"{magic} takes one exercise.", remedy=f"Name it, as in {magic} 1.1.1.")
    return words[0].strip("\"'")
