"""``symbackprop derive``."""

from __future__ import annotations

import gc
from typing import Any

import click


@click.command("derive")
@click.argument("network", default="relu")
@click.option("--wrt", multiple=True, metavar="NAME", help="A target such as W0 or b1 (repeatable; default: all).")
@click.option("--form", metavar="FORM", help="auto, scalar, index or matrix.")
@click.option("--show", metavar="WHAT", help="steps (default), closed (final formulas), deltas (one line each).")
@click.option("--outer", metavar="WAY", help="Differentiate the square by chain (U = y - p) or expand it.")
@click.option("--substitute", metavar="HOW", help="auto, full or none: how far closed forms are written out.")
@click.option("--step-at-zero", metavar="VALUE", help="Step(0): 1, 0 or 1/2 (default: the notation's).")
@click.option("--cost", metavar="NAME", help="The cost (default half-squared); see symbackprop list costs.")
@click.option("--batch", metavar="M", help="Average over M samples (a number or a name).")
@click.option("--l2", metavar="RATE", help="Add an L2 penalty, RATE/2 times the sum of W^2.")
@click.option("--assume", multiple=True, metavar="SIGN", help="Simplify by a sign such as 'x > 0' (repeatable).")
@click.option("--at", metavar="VALUES", help="Work the numbers out beside the symbols: 'W0=1/2, x=2, y=1'.")
@click.option(
    "--against", metavar="OTHER", help="Beside the same network with another activation (or another network)."
)
@click.option("--update", metavar="RATE", help="Add the gradient-descent update with this rate.")
@click.option(
    "--notation", multiple=True, metavar="NAME", help="A notation (repeatable: side by side; own: the spec's)."
)
@click.option("--format", "format_", default="latex", metavar="NAME", help="The output format (default latex).")
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
def command(
    network: str,
    wrt: tuple[str, ...],
    assume: tuple[str, ...],
    notation: tuple[str, ...],
    format_: str,
    output: str | None,
    **options: Any,
) -> None:
    """Derive the gradients of NETWORK: a pattern, a spec file or the name of a shipped spec.

    \b
    symbackprop derive relu --format text
    symbackprop derive "2 -> 3 tanh -> 1 sigmoid" --wrt W0 --form matrix
    symbackprop derive "n -> m relu bias -> p softmax" --cost cross-entropy --notation nielsen
    """
    gc.disable()  # formulas hold no cycles, and the process ends with the derivation
    from dataclasses import replace

    from symbackprop import api
    from symbackprop.cli.output import write
    from symbackprop.cli.progress import tell_size, watched
    from symbackprop.render import formats

    formats.find(format_)
    spec = api.with_options(api.spec_of(network), {**options, "wrt": list(wrt) or None, "assume": list(assume) or None})
    derivation = api.derive_spec(spec, notations=notation)
    tell_size(derivation.plain)
    tellings = tuple(replace(telling, watched=watched) for telling in derivation.tellings)
    write(replace(derivation, tellings=tellings).render(format_), output)
