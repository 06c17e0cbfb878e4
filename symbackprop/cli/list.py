"""``symbackprop list``."""

from __future__ import annotations

from collections.abc import Callable

import click


def activations() -> dict[str, str]:
    """The activations."""
    from symbackprop.tables.activations import ACTIVATIONS, SOFTMAX

    return {f.name: f.summary for f in (*ACTIVATIONS.values(), SOFTMAX)}


def costs() -> dict[str, str]:
    """The costs."""
    from symbackprop.tables.costs import COSTS

    return {cost.name: cost.summary for cost in COSTS.values()}


def layers() -> dict[str, str]:
    """What a pattern may contain."""
    from symbackprop.networks.pattern import PIECES

    return PIECES


def notations() -> dict[str, str]:
    """The notations."""
    from symbackprop.tables.notations import NOTATIONS

    return {notation.name: notation.title for notation in NOTATIONS.values()}


def formats() -> dict[str, str]:
    """The output formats."""
    from symbackprop.render import formats as known

    return {name: known.find(name).summary for name in known.names()}


def dialects() -> dict[str, str]:
    """The hosts that notes are written for."""
    from symbackprop.notes import dialects as known

    return {name: known.find(name).summary for name in known.names()}


def mistakes() -> dict[str, str]:
    """The mistakes that reports name."""
    from symbackprop.tables.mistakes import MISTAKES

    return {mistake.name: mistake.summary for mistake in MISTAKES.values()}


def rules() -> dict[str, str]:
    """The rules that steps apply."""
    from symbackprop.tables.rules import RULES

    return {rule.name: rule.reason for rule in RULES.values()}


def derivations() -> dict[str, str]:
    """The specs that ship with the program."""
    import tomllib

    from symbackprop.api import SPEC_FOLDERS

    paths = sorted(path for folder in SPEC_FOLDERS for path in folder.glob("*.toml"))
    return {path.stem: str(tomllib.loads(path.read_text("utf-8")).get("title", "")) for path in paths}


SORTS: dict[str, Callable[[], dict[str, str]]] = {
    f.__name__: f for f in (activations, costs, layers, notations, formats, dialects, mistakes, rules, derivations)
}


@click.command("list")
@click.argument("sort", required=False, metavar=f"[{'|'.join(SORTS)}]")
def command(sort: str | None) -> None:
    """List what there is.

    \b
    symbackprop list notations
    """
    from symbackprop.vocabulary.errors import unknown

    if sort is not None and sort not in SORTS:
        raise unknown("list", sort, SORTS)
    for name in [sort] if sort else SORTS:
        entries = SORTS[name]()
        if not sort:
            click.echo(f"{name}:")
        width = max(map(len, entries), default=0)
        for entry, summary in entries.items():
            click.echo(f"{'' if sort else '  '}{entry:<{width}}  {summary}".rstrip())
