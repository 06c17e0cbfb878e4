"""What is asked for in a directive, a fenced block or a cell: a command as typed, with options in fields beside it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from symbackprop.api import Derivation, Drawing
from symbackprop.cli.orders import command_line, options
from symbackprop.grading import Grader
from symbackprop.notes.asking import derivation_of, drawing_of, grader_of
from symbackprop.notes.commands import Order, about, words_of
from symbackprop.notes.filling import prefix
from symbackprop.notes.judging import Judged
from symbackprop.notes.labels import Labels
from symbackprop.render.reports.telling import RIGHT, Speaker
from symbackprop.render.reports.text import claim
from symbackprop.render.text import TEXT
from symbackprop.vocabulary.errors import InputError, Place

_OPTION = re.compile(r"-(?:-|[A-Za-z])")
_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


@dataclass(frozen=True, slots=True)
class Asked:
    """A command line and what it asks for."""

    command: str
    order: Order

    def derivation(self, folder: Path, notation: str = "") -> Derivation:
        """The derivation; ``folder`` is that of the notes. Raises ``InputError``, placed in the command."""
        with _placed(self.command):
            return derivation_of(self.order, folder, notation)

    def drawing(self, folder: Path, notation: str = "") -> Drawing:
        """The picture. Raises ``InputError``, placed in the command."""
        with _placed(self.command):
            return drawing_of(self.order, folder, notation)

    def label(self, labels: Labels) -> None:
        """Let labels begin as the command says. Raises ``InputError``, placed in the command."""
        with _placed(self.command):
            labels.prefix = prefix(self.order.values.get("label"))

    def grader(self, folder: Path, notation: str = "") -> Grader:
        """The judge. Raises ``InputError``, placed in the command."""
        with _placed(self.command):
            return grader_of(self.order, folder, notation)


def asked(name: str, typed: str, where: str, fields: Mapping[str, str] | None = None) -> Asked:
    """What a command asks for that is ``typed`` behind its name, with options in ``fields`` beside it.

    A pattern need not be quoted before the first option; a field holds several values of an option that may be
    repeated, with commas between. Raises ``InputError``, placed in the command.

    >>> asked("derive", "2 -> 3 tanh --show closed", "directive", {"wrt": "W0, W1"}).command
    "derive '2 -> 3 tanh' --show closed --wrt=W0 --wrt=W1"
    """
    typed = " ".join(typed.split())
    command = f"{name} {_joined(typed)}".rstrip()
    repeated = {key for key, several in options(name, where).items() if several}
    for key, value in (fields or {}).items():
        values = _listed(value) if key in repeated else [" ".join(value.split())]
        command += "".join(f" --{key}={shlex.quote(one)}" for one in values)
    with _placed(command):
        return Asked(command, command_line([word.text for word in words_of(command)], where))


def told(error: InputError) -> str:
    """What is wrong, for a reader who is told by the host where."""
    if error.place is not None and error.place.name:
        return error.report()
    lines = [f"{error.code}: {error.message}"]
    lines += [error.place.caret()] if error.place is not None else []
    lines += [f"  hint: {error.hint}"] if error.hint else []
    return "\n".join(lines)


def objections(judged: Judged) -> Iterator[tuple[str, int, str]]:
    """The verdicts on claims that are not right, the lines of these, and what is said of them."""
    speaker = Speaker(judged.voice, TEXT)
    for judgement in judged.report.judgements:
        if judgement.verdict not in RIGHT:
            head, *rest = claim(judgement, judged.report, speaker)
            line, _ = judgement.place.line_and_column()
            yield judgement.verdict, line, "\n".join([head.split(": ", 1)[1], *rest])


def _joined(typed: str) -> str:
    """What was typed, the words before the first option as one."""
    try:
        words = words_of(typed)
    except InputError:
        return typed  # told where the whole command is read
    network = list(takewhile(lambda word: not _OPTION.match(word.text), words))
    if len(network) < 2:
        return typed
    return shlex.quote(" ".join(word.text for word in network)) + typed[network[-1].end :]


def _listed(text: str) -> list[str]:
    """What stands between commas and line ends that are in no brackets.

    >>> _listed("w_{1,2} = W0, x = W1")
    ['w_{1,2} = W0', 'x = W1']
    """
    depth, parts = 0, [""]
    for sign in text:
        depth += _BRACKETS.get(sign, 0)
        if sign in ",\n" and depth <= 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()]


@contextmanager
def _placed(command: str) -> Iterator[None]:
    """Errors about a command are placed in it."""
    try:
        yield
    except InputError as error:
        if error.place is not None and error.place.name:
            raise
        raise InputError(error.code, error.message, Place(command, *about(error, command)), error.hint) from None
