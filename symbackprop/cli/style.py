"""``symbackprop style``."""

from __future__ import annotations

import click


@click.command("style")
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
def command(output: str | None) -> None:
    r"""The LaTeX style file that sets derivations by their names: \symbackprop{NAME} is fragments/NAME.tex.

    \b
    symbackprop style -o symbackprop.sty
    symbackprop notes fragments/*.tex
    """
    from importlib.resources import files

    from symbackprop.cli.output import write

    write((files("symbackprop.notes") / "symbackprop.sty").read_text(encoding="utf-8"), output)
