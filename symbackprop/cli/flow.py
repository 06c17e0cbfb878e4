"""``symbackprop flow``."""

from __future__ import annotations

import gc
from functools import partial
from typing import Any

import click


@click.command("flow")
@click.argument("network")
@click.option("--wrt", multiple=True, metavar="NAME", help="A target such as W0 or b1 (repeatable; default: all).")
@click.option("--against", metavar="NETWORK", help="Another network (or activation) beside it.")
@click.option("--at", metavar="VALUES", help="Put numbers in: 'W0=1/2, W1=2, x=2, y=1'; 'W*=1/2' for all weights.")
@click.option("--init", metavar="RULE", help="Random weights: he, xavier, lecun or uniform:A.")
@click.option("--samples", metavar="N", help="So many random networks (default 1000).")
@click.option("--seed", metavar="N", help="The same seed gives the same numbers (default 0).")
@click.option("--plot", metavar="FILE", help="Plot the numbers, on a logarithmic scale: an .svg or .png file.")
@click.option("--cost", metavar="NAME", help="The cost (default half-squared); see symbackprop list costs.")
@click.option("--batch", metavar="M", help="Average over M samples (a number or a name).")
@click.option("--l2", metavar="RATE", help="Add an L2 penalty, RATE/2 times the sum of W^2.")
@click.option("--step-at-zero", metavar="VALUE", help="Step(0): 1, 0 or 1/2 (default: the notation's).")
@click.option("--notation", metavar="NAME", help="The notation (default slater).")
@click.option(
    "--format", "format_", default="text", metavar="NAME", help="text (default), latex, markdown, html or json."
)
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
def command(
    network: str,
    wrt: tuple[str, ...],
    at: str | None,
    init: str | None,
    samples: str | None,
    seed: str | None,
    plot: str | None,
    format_: str,
    output: str | None,
    **options: Any,
) -> None:
    """The gradients of NETWORK as products with one factor per layer, and whether they vanish or explode.

    \b
    symbackprop flow "relu*10" --against "sigmoid*10"
    symbackprop flow "2 -> 3 tanh bias -> 1 sigmoid" --notation nielsen --format markdown
    symbackprop flow "relu*3" --at "W*=0.5, x=2, y=1"
    symbackprop flow "100 -> 100 relu -> 100 relu -> 10" --init he --samples 100 --plot flow.svg
    """
    gc.disable()  # formulas hold no cycles, and the process ends with the flow
    from symbackprop import api
    from symbackprop.cli.output import write
    from symbackprop.cli.progress import watched
    from symbackprop.flowing import FORMATS, Numbers
    from symbackprop.render.flows.plot import kind_of
    from symbackprop.vocabulary.errors import InputError, unknown

    if format_ not in FORMATS:
        raise unknown("format", format_, FORMATS)
    kind = kind_of(plot) if plot is not None else ""
    counts = whole("samples", samples, 1000), whole("seed", seed, 0)
    if init is None and (samples is not None or seed is not None):
        raise InputError("no-rule", "samples of what? there is no rule for random weights", hint="--init he")
    numbers = Numbers(at, init, *counts, watched=partial(watched, label="Drawing weights"))
    numbers.check()
    spec = api.with_options(api.spec_of(network), {**options, "wrt": list(wrt) or None})
    flow = api.flow_spec(spec, numbers)
    picture = flow.plot(kind) if plot is not None else b""
    text = flow.render(format_)
    if plot is not None:
        write(picture, plot)
    write(text, output)


def whole(name: str, text: str | None, default: int) -> int:
    """A whole number of an option."""
    from symbackprop.vocabulary.errors import InputError

    if text is None:
        return default
    written = text.strip()
    if not (written.isascii() and written.lstrip("-").isdigit() and len(written) <= 20):
        raise InputError("bad-value", f"--{name} {text[:40]!r}: a whole number was expected", hint=f"--{name} 1000")
    return int(written)
