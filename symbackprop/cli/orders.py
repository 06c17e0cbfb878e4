"""The command in a mark, read by the commands of the command line, without those of their options that write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import click

from symbackprop.notes.commands import Order
from symbackprop.vocabulary.errors import InputError, Place, unknown


@dataclass(frozen=True)
class Sort:
    """A command that a mark may give: parameters that it lacks there, and those that only a mark has."""

    lacking: tuple[str, ...]
    own: tuple[click.Parameter, ...] = ()


DIALECT = click.Option(["--dialect"], metavar="NAME", help="The host for which the block is written.")
SORTS = {
    "derive": Sort(
        ("output", "format_"),
        (click.Option(["--format"]), click.Option(["--label"]), DIALECT),
    ),
    "draw": Sort(("output", "format_"), (DIALECT,)),
    "verify": Sort(("hand", "claims", "format_", "jobs", "output")),
}


def command_line(words: Sequence[str]) -> Order:
    """What the words of a mark ask for.

    Raises ``InputError``; its place, where it has one, is in the word that is wrong.

    >>> command_line(["derive", "relu", "--wrt", "W0"]).values["wrt"]
    ('W0',)
    """
    if not words:
        raise InputError("no-command", "a mark says what to do", hint="symbackprop: derive relu")
    name, *rest = words
    if name not in SORTS:
        error = unknown("command", name, SORTS, Place(name, 0, len(name)))
        hint = "leave the word out" if name == "symbackprop" else error.hint
        raise InputError(error.code, f"{error.message} for a mark", error.place, hint)
    sort = SORTS[name]
    whole: click.Command = import_module(f"symbackprop.cli.{name}").command
    parameters = [p for p in whole.params if p.name not in sort.lacking]
    command = click.Command(name, params=[*parameters, *sort.own], add_help_option=False)
    try:
        return Order(name, command.make_context(name, list(rest)).params)
    except click.ClickException as error:
        raise _told(error, command, whole, rest) from None


def _told(
    error: click.ClickException, command: click.Command, whole: click.Command, words: Sequence[str]
) -> InputError:
    """An error of click's, in our words, placed in the word it is about."""
    if isinstance(error, click.NoSuchOption):
        name = error.option_name
        word = next((w for w in words if w.startswith(name)), words[0])
        place = Place(word, 0, len(name) if word.startswith(name) else len(word))
        if name in _options(whole):
            return InputError(
                "option-in-mark", f"{name} has no place in a mark", place, "options here: " + _listed(command)
            )
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
