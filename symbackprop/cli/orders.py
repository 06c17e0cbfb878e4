"""The commands that stand in notes, read by the commands of the command line: in a mark, a directive or a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import click

from symbackprop.notes.commands import Order
from symbackprop.vocabulary.errors import InputError, Place, unknown


@dataclass(frozen=True)
class Sort:
    """A command as notes give it: parameters that it lacks there, and those that it has only there."""

    lacking: tuple[str, ...]
    own: tuple[click.Parameter, ...] = ()


DIALECT = click.Option(["--dialect"], metavar="NAME", help="The host for which the block is written.")
FORMAT = click.Option(["--format"], metavar="NAME", help="The output format.")
LABEL = click.Option(["--label"], metavar="NAME", help="What the labels begin with.")
_DERIVE = Sort(("output", "format_"), (FORMAT, LABEL, DIALECT))
_DRAW = Sort(("output", "format_"))
_DRAWN = Sort(("output", "format_"), (DIALECT,))
_VERIFY = Sort(("hand", "claims", "format_", "jobs", "output"))
PLACES = {
    "mark": {"derive": _DERIVE, "draw": _DRAWN, "verify": _VERIFY},
    "block": {"derive": _DERIVE, "draw": _DRAW, "verify": _VERIFY},
    "directive": {"derive": Sort(("output", "format_"), (LABEL,)), "draw": _DRAW, "verify": _VERIFY},
    "magic": {
        "derive": Sort(("output", "format_"), (FORMAT,)),
        "draw": Sort(("output", "format_"), (FORMAT,)),
        "verify": Sort(("hand", "format_", "jobs", "output"), (FORMAT,)),
    },
}
"""Where commands stand in notes, and which: in a comment, a fence of pandoc, a directive of Sphinx, a cell."""


def command_line(words: Sequence[str], where: str = "mark") -> Order:
    """What the words of a mark ask for, or those of a command that stands in another of the ``PLACES``.

    Raises ``InputError``; its place, where it has one, is in the word that is wrong.

    >>> command_line(["derive", "relu", "--wrt", "W0"]).values["wrt"]
    ('W0',)
    """
    name, *rest = words or [""]
    command = _command(name, where)
    try:
        return Order(name, command.make_context(name, list(rest)).params)
    except click.ClickException as error:
        raise _told(error, command, where, rest) from None


def options(name: str, where: str) -> dict[str, bool]:
    """The options of a command in a place, without their dashes, and whether each may be repeated.

    >>> options("derive", "directive")["wrt"], options("verify", "directive")["notation"]
    (True, False)
    """
    found = (p for p in _command(name, where).params if isinstance(p, click.Option))
    return {option.opts[-1].removeprefix("--"): option.multiple for option in found}


def _command(name: str, where: str) -> click.Command:
    """A command as it is in a place. Raises ``InputError`` (``no-command``, ``unknown-command``)."""
    if not name:
        raise InputError("no-command", f"a {where} says what to do", hint="symbackprop: derive relu")
    if name not in PLACES[where]:
        error = unknown("command", name, PLACES[where], Place(name, 0, len(name)))
        hint = "leave the word out" if name == "symbackprop" else error.hint
        raise InputError(error.code, f"{error.message} for a {where}", error.place, hint)
    sort = PLACES[where][name]
    parameters = [p for p in _whole(name).params if p.name not in sort.lacking]
    return click.Command(name, params=[*parameters, *sort.own], add_help_option=False)


def _whole(name: str) -> click.Command:
    """A command as the command line has it."""
    command: click.Command = import_module(f"symbackprop.cli.{name}").command
    return command


def _told(error: click.ClickException, command: click.Command, where: str, words: Sequence[str]) -> InputError:
    """An error of click's, in our words, placed in the word it is about."""
    if isinstance(error, click.NoSuchOption):
        name = error.option_name
        word = next((w for w in words if w.startswith(name)), words[0])
        place = Place(word, 0, len(name) if word.startswith(name) else len(word))
        if name in _options(_whole(str(command.name))):
            hint = "options here: " + _listed(command)
            return InputError("option-in-mark", f"{name} has no place in a {where}", place, hint)
        if not name.lstrip("-").isidentifier() and not name.startswith("--"):
            return InputError("unquoted-pattern", f"{word!r} is no option", place, 'quote a pattern: "2 -> 3 tanh"')
        return unknown("option", name, _options(command), place)
    message = error.format_message().rstrip(".")
    if isinstance(error, click.MissingParameter):
        return InputError("no-network", "a network was expected", hint=f"{command.name} relu")
    quoted = [w for w in words if w and (f"({w}" in message or f"{w!r}" in message or f" {w})" in message)]
    wrong: Place | None = Place(quoted[-1], 0, len(quoted[-1])) if quoted else None
    if "unexpected extra argument" in message:
        hint = 'quote a pattern that has spaces: "2 -> 3 tanh"'
        return InputError("unexpected-word", message[:1].lower() + message[1:], wrong, hint)
    option = getattr(error, "option_name", None)
    if option in words:
        wrong = Place(str(option), 0, len(str(option)))
    return InputError("bad-option", message[:1].lower() + message[1:], wrong)


def _options(command: click.Command) -> list[str]:
    return [name for parameter in command.params if isinstance(parameter, click.Option) for name in parameter.opts]


def _listed(command: click.Command) -> str:
    return ", ".join(_options(command))
