"""``symbackprop notes``."""

from __future__ import annotations

import difflib
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from symbackprop.vocabulary.errors import InputError

if TYPE_CHECKING:
    from symbackprop.notes.updating import Outcome, Wanted


@click.command("notes")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a block is stale or a claim is not right.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would be written.")
@click.option("--force", is_flag=True, help="Write over generated blocks that somebody edited.")
@click.option("--dialect", metavar="NAME", help="The host that blocks are written for (default: by the kind of file).")
@click.option("--jobs", default=1, type=click.IntRange(1, 64), metavar="N", help="N files at a time.")
def command(files: tuple[str, ...], check: bool, diff: bool, force: bool, dialect: str | None, jobs: int) -> int:
    """Write the derivations that stand in notes, and judge the claims that are marked there.

    A comment begins a block, and another ends it. What it says is a command as typed here, derive, draw or verify:

    \b
    <!-- symbackprop: derive relu --wrt W0 -->          written by the program
    <!-- /symbackprop -->
    % symbackprop: verify "n -> m relu -> 1"            written by you, judged by the program
    % /symbackprop

    Comments: % in LaTeX and MyST, <!-- --> in Markdown, Quarto and Markdown cells of notebooks, .. in
    reStructuredText; elsewhere these and # // ; -- /* */. A mark in code or verbatim is only shown. In a mark,
    --dialect NAME says the host (symbackprop list dialects) and --label NAME what its labels begin with.

    \b
    symbackprop notes lecture.tex README.md
    symbackprop notes --check --diff *.qmd

    Exit status: 0 done, 2 bad input, a block that was edited by hand, or a claim that could not be read. With
    --check: 0 everything is current and right, 1 something is not, 3 a claim is undecided.
    """
    gc.disable()  # formulas hold no cycles, and the process ends with the report
    from symbackprop.cli.orders import command_line
    from symbackprop.notes.updating import Wanted

    if dialect is not None:
        from symbackprop.notes import dialects

        dialects.find(dialect)
    wanted = Wanted(command_line, dialect, not (check or diff), force)
    outcomes = list(_told(_outcomes(_once(files), wanted, jobs), diff, wanted.write))
    if len(outcomes) > 1:
        click.echo(_summary(outcomes))
    return _status(outcomes, check)


def _once(files: Sequence[str]) -> list[str]:
    """The files, each once, whatever it is called."""
    return list({os.path.normcase(os.path.abspath(file)): file for file in reversed(files)}.values())[::-1]


def _outcomes(files: Sequence[str], wanted: Wanted, jobs: int) -> Iterator[Outcome]:
    if jobs == 1 or len(files) == 1:
        for file in files:
            yield _outcome(file, wanted)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(min(jobs, len(files))) as pool:
        yield from pool.map(_outcome, files, [wanted] * len(files))


def _outcome(file: str, wanted: Wanted) -> Outcome:
    """What came of a file; a fault of the program in one is no reason to leave the others undone."""
    from symbackprop.notes.updating import Outcome, update

    try:
        return update(file, wanted)
    except Exception as error:
        if "SYMBACKPROP_TRACEBACK" in os.environ:
            raise
        message = f"{file}: a fault of the program itself: {type(error).__name__}: {error}"
        return Outcome(file, errors=(InputError("fault", message, hint="set SYMBACKPROP_TRACEBACK=1 to see where"),))


def _told(outcomes: Iterator[Outcome], diff: bool, write: bool) -> Iterator[Outcome]:
    """Print what came of each file."""
    from symbackprop.render.reports.telling import RIGHT, Speaker, clean
    from symbackprop.render.reports.text import claim
    from symbackprop.render.text import TEXT

    for outcome in outcomes:
        for error in outcome.errors:
            click.echo(f"symbackprop: {clean(error.report())}", err=True)
        if diff:
            sys.stdout.writelines(_difference(outcome))
        for one in outcome.generated:
            if one.state == "stale" and not write:
                line, _ = one.place.line_and_column()
                click.echo(
                    f"{clean(one.place.name)}:{line}: stale: {clean(one.place.text[one.place.start : one.place.end])}"
                )
        for found in outcome.judged:
            speaker = Speaker(found.voice, TEXT)
            for judgement in found.report.judgements:
                if judgement.verdict not in RIGHT:
                    click.echo("\n".join(claim(judgement, found.report, speaker, sys.stdout.isatty())))
        click.echo(f"{clean(outcome.name)}: {_line(outcome, write)}")
        yield outcome


def _difference(outcome: Outcome) -> Iterator[str]:
    old, new = (text.splitlines(keepends=True) for text in (outcome.old, outcome.new))
    for line in difflib.unified_diff(old, new, outcome.name, outcome.name):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _line(outcome: Outcome, write: bool) -> str:
    """What came of a file, in a line."""
    from symbackprop.render.reports.telling import summary

    stale = "written" if outcome.written else "stale"
    counts = [
        (outcome.count("stale"), stale),
        (outcome.count("current"), "current"),
        (outcome.count("edited"), "edited"),
    ]
    parts = [f"{number} {word}" for number, word in counts if number]
    if outcome.judged:
        parts.append(summary([j for found in outcome.judged for j in found.report.judgements]))
    if outcome.errors:
        parts.append(
            f"{len(outcome.errors)} {'error' if len(outcome.errors) == 1 else 'errors'}"
            + ("; not written" if write else "")
        )
    return ", ".join(parts) or "no marks"


def _summary(outcomes: Sequence[Outcome]) -> str:
    written = sum(outcome.written for outcome in outcomes)
    wrong = sum(bool(outcome.errors) for outcome in outcomes)
    parts = [
        f"{written} written",
        f"{len(outcomes) - written - wrong} as they were",
        *([f"{wrong} with errors"] if wrong else []),
    ]
    return f"{len(outcomes)} files: {', '.join(parts)}"


def _status(outcomes: Sequence[Outcome], check: bool) -> int:
    """The exit status."""
    from symbackprop.cli.verify import STATUSES
    from symbackprop.vocabulary.verdicts import worst

    errors = [error.code for outcome in outcomes for error in outcome.errors]
    verdicts = [found.report.verdict for outcome in outcomes for found in outcome.judged]
    status = STATUSES.get(worst(verdicts), 0) if verdicts else 0
    if "fault" in errors:
        return 70
    if errors or status == 2:
        return 2
    if not check:
        return 0
    return 1 if any(outcome.new != outcome.old for outcome in outcomes) else status
