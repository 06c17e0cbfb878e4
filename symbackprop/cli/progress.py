"""Telling how long it takes: the size of what was asked for before it is made, and a bar while it is."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

import click

from symbackprop.backward.derivation import Derivation

T = TypeVar("T")

LARGE = 1_000_000
"""From so many characters on, the size of a result is told before it is made."""

PATIENCE = 1.0
"""Seconds without a word."""


def tell_size(derivation: Derivation) -> None:
    """Say on standard error how large the closed forms will be, if everything is to be written out and that is much."""
    if not derivation.completely:
        return
    length = derivation.length_in_full()
    if length >= LARGE:
        click.echo(
            f"symbackprop: written out in full, the {len(derivation.targets):,} gradients take at least "
            f"{length / 1e6:,.0f} million characters",
            err=True,
        )
        click.echo("hint: --show deltas has them on a line each; Ctrl-C stops, and nothing is written", err=True)


def watched(parts: Sequence[T], label: str = "Deriving") -> Iterator[T]:
    """The parts one by one; with a bar on standard error, if that is a terminal and they take longer than a second."""
    if not sys.stderr.isatty():
        yield from parts
        return
    start = time.monotonic()
    for done, part in enumerate(parts):
        if time.monotonic() - start > PATIENCE:
            rest = parts[done:]
            with click.progressbar(rest, label=label, length=len(parts), file=sys.stderr) as bar:
                bar.update(done)
                yield from bar
            return
        yield part
