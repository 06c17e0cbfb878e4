"""``symbackprop verify``."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symbackprop.vocabulary.errors import InputError, unknown

if TYPE_CHECKING:
    from symbackprop.grading import Grader
    from symbackprop.render.reports.telling import Voice
    from symbackprop.vocabulary.verdicts import Report, Verdict

FORMATS = ("text", "markdown", "html", "json")
LARGEST = 40_000_000
HANDED_IN = (".tex", ".ltx", ".md", ".markdown", ".qmd", ".ipynb", ".txt")


@click.command("verify")
@click.argument("network")
@click.argument("hand", nargs=-1)
@click.option("--claim", "claims", multiple=True, metavar="FORMULA", help="A claim to judge (repeatable).")
@click.option("--cost", metavar="NAME", help="The cost (default half-squared); see symbackprop list costs.")
@click.option("--batch", metavar="M", help="Average over M samples (a number or a name).")
@click.option("--l2", metavar="RATE", help="Add an L2 penalty, RATE/2 times the sum of W^2.")
@click.option("--assume", multiple=True, metavar="SIGN", help="Assume a sign such as 'x > 0' (repeatable).")
@click.option(
    "--name", "names", multiple=True, metavar="'OWN = OURS'", help="What the author calls a quantity: 'w_2 = W0'."
)
@click.option("--notation", metavar="NAME", help="The notation that the claims use (default: the network's).")
@click.option("--step-at-zero", metavar="VALUE", help="Step(0): 1, 0 or 1/2 (default: the notation's).")
@click.option("--format", "format_", default="text", metavar="NAME", help="text (default), markdown, html or json.")
@click.option("--jobs", default=1, type=click.IntRange(1, 64), metavar="N", help="Judge N files at a time.")
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
def command(
    network: str,
    hand: tuple[str, ...],
    claims: tuple[str, ...],
    format_: str,
    jobs: int,
    output: str | None,
    **options: Any,
) -> int:
    """Judge hand derivations about NETWORK: .tex, .md, .txt or .ipynb files, or - for standard input.

    Without a file and without --claim, NETWORK is a spec whose own [[claim]]s are judged, or a hand-in that states its
    forward equations itself.

    \b
    symbackprop verify relu --claim 'dC/dW0 = (relu(W0*x) - y)*step(W0*x)*x'
    symbackprop verify "relu relu" homework.tex --name 'w_2 = W0' --name 'w_1 = W1'
    symbackprop verify network.toml hand-ins/*.tex --jobs 4 --format json

    Exit status: 0 everything is right, 1 something is not, 2 something could not be read, 3 undecided.
    """
    gc.disable()  # formulas hold no cycles, and the process ends with the report
    if format_ not in FORMATS:
        raise unknown("format", format_, FORMATS)
    if not hand and not claims and network.endswith(HANDED_IN) and Path(network).is_file():
        network, hand = "", (network,)
    judged = list(_claims(network, claims, options) if claims or not hand else _files(network, hand, options, jobs))
    from importlib import import_module

    from symbackprop.cli.output import write
    from symbackprop.vocabulary.verdicts import worst

    reports, voices = [report for report, _ in judged], [voice for _, voice in judged]
    renderer: Any = import_module(f"symbackprop.render.reports.{format_}")
    colour = {"colour": True} if format_ == "text" and output is None and sys.stdout.isatty() else {}
    write(renderer.render(reports, voices, **colour), output)
    return STATUSES.get(worst(report.verdict for report in reports), 0)


def _grader(network: str, options: dict[str, Any]) -> Grader:
    from symbackprop.api import spec_of, with_options
    from symbackprop.grading import Grader, Options, own_name
    from symbackprop.networks.spec import Spec

    spec = spec_of(network) if network else Spec(values={})
    spec = with_options(spec, {key: options[key] for key in ("cost", "batch", "l2")})
    given = Options(
        options["assume"], dict(map(own_name, options["names"])), options["notation"], options["step_at_zero"]
    )
    return Grader(spec, given)


def _claims(network: str, claims: Sequence[str], options: dict[str, Any]) -> Iterator[tuple[Report, Voice | None]]:
    grader = _grader(network, options)
    yield grader.claims(claims) if claims else grader.stated()


def _files(
    network: str, paths: Sequence[str], options: dict[str, Any], jobs: int
) -> Iterator[tuple[Report, Voice | None]]:
    grader = _grader(network, options)
    if not grader.spec.values and len(paths) > 0 and network:
        raise InputError("no-network", f"{network!r} names no network")
    if len(paths) == 1:
        yield _file(grader, paths[0])
        return
    with click.progressbar(length=len(paths), label="Judging", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        if jobs == 1:
            for path in paths:
                yield _file(grader, path)
                bar.update(1)
            return
        from concurrent.futures import ProcessPoolExecutor

        with ProcessPoolExecutor(jobs) as pool:
            for result in pool.map(_file, [grader] * len(paths), paths):
                yield result
                bar.update(1)


def _file(grader: Grader, path: str) -> tuple[Report, Voice | None]:
    """The report on one file; what is wrong with the file is a report too, so that the others are still judged."""
    from symbackprop.grading import kind_of, unread
    from symbackprop.vocabulary.verdicts import Report

    try:
        text = _read(path)
        if not grader.spec.values and "given" not in text:
            raise InputError("no-network", f"{path} states no forward equations, and no network was named",
                             hint="a block between '% given' and '% /given'")  # fmt: skip
        return grader.text(text, path if path != "-" else "<stdin>", kind_of(path))
    except InputError as error:
        if error.code == "fault":
            raise
        return Report(path, (unread(error, error.place.text if error.place else " ", path),)), None


def _read(path: str) -> str:
    try:
        if path == "-":
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(LARGEST + 1)
    except OSError as error:
        raise InputError("unreadable-file", f"{path}: {(error.strerror or str(error)).lower()}") from None
    if len(data) > LARGEST:
        raise InputError("too-long", f"{path} has more than {LARGEST} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("not-text", f"{path} is not a UTF-8 text file") from None


STATUSES: dict[Verdict, int] = {
    "unread": 2, "wrong": 1, "undecided": 3, "right-under-assumption": 1, "right-in-another-convention": 1,
}  # fmt: skip
"""The exit status of verdicts that are not right."""
