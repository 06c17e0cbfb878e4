"""The command line. Nothing here does any work: it reads options, calls the library and writes the result."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module

import click

from symbackprop import __version__
from symbackprop.vocabulary.errors import InputError

COMMANDS = {
    "derive": "The derivation of a network's gradients, step by step.",
    "draw": "Pictures: the network, or its computation graph, as SVG or TikZ.",
    "verify": "Judge hand derivations, line by line.",
    "notes": "Derivations in notes: written in place, kept current, judged.",
    "flow": "The factors of every gradient, their bounds: does it vanish or explode?",
    "export": "A NumPy, PyTorch, JAX or SymPy program of the closed forms.",
    "style": "The LaTeX style file for derivations by their names.",
    "list": "What there is: activations, costs, notations, formats, ...",
}
"""Every command and its short help, so that asking for help imports nothing."""

BAD_INPUT, FAULT, INTERRUPTED = 2, 70, 130


class Commands(click.Group):
    """The commands, each imported when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"symbackprop.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name; the nearest one is offered for a name that does not exist."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from symbackprop.vocabulary.errors import unknown

            raise unknown("command", args[0], COMMANDS)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands in the help text."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="symbackprop")
def cli() -> None:
    """Backpropagation derived in symbols, step by step.

    \b
    symbackprop derive "relu relu relu"
    symbackprop derive "2 -> 3 tanh -> 1 sigmoid" --form matrix --format text

    Exit status: 0 done, 1 something that was judged is not right, 2 bad input, 3 undecided, 70 a fault of the program.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; errors are told without a traceback."""
    _speak_utf8()
    try:
        status = cli.main(arguments, prog_name="symbackprop", standalone_mode=False)
    except InputError as error:
        click.echo(f"symbackprop: {error.report()}", err=True)
        status = BAD_INPUT
    except click.ClickException as error:
        error.show()
        status = BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        click.echo("symbackprop: stopped", err=True)
        status = INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        status = 0
    except Exception as error:
        if "SYMBACKPROP_TRACEBACK" in os.environ:
            raise
        click.echo(f"symbackprop: a fault of the program itself: {type(error).__name__}: {error}", err=True)
        click.echo("set SYMBACKPROP_TRACEBACK=1 to see where", err=True)
        status = FAULT
    sys.exit(status if isinstance(status, int) else 0)


def _speak_utf8() -> None:
    """Let results be in UTF-8 as files are, whatever the system writes by default (on Windows into a file: cp1252)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
