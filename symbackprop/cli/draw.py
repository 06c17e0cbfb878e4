"""``symbackprop draw``."""

from __future__ import annotations

import gc
from typing import Any

import click


@click.command("draw")
@click.argument("network", default="relu")
@click.option("--what", default="network", metavar="WHAT", help="network (default) or graph: the computation graph.")
@click.option("--wrt", multiple=True, metavar="NAME", help="A target whose way back is shown (default: all).")
@click.option("--at", metavar="VALUES", help="Numbers on nodes and edges: 'W0=1/2, x=2, y=1'.")
@click.option("--cost", metavar="NAME", help="The cost (default half-squared); see symbackprop list costs.")
@click.option("--batch", metavar="M", help="Average over M samples (a number or a name).")
@click.option("--l2", metavar="RATE", help="Add an L2 penalty, RATE/2 times the sum of W^2.")
@click.option("--step-at-zero", metavar="VALUE", help="Step(0): 1, 0 or 1/2 (default: the notation's).")
@click.option("--notation", metavar="NAME", help="A notation (default slater).")
@click.option("--format", "format_", default="svg", metavar="NAME", help="svg (default) or tikz.")
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
def command(network: str, what: str, wrt: tuple[str, ...], format_: str, output: str | None, **options: Any) -> None:
    """Draw NETWORK: its layers, or its computation graph with the partials on the way back.

    \b
    symbackprop draw "2 -> 3 tanh -> 1 sigmoid" -o net.svg
    symbackprop draw relu --what graph --at "W0=1/2, x=2, y=3" -o graph.svg
    symbackprop draw "n -> m relu -> p softmax" --notation nielsen --format tikz -o net.tex

    An SVG stands by itself in a page or beside a text; TikZ needs the package tikz and nothing else.
    """
    gc.disable()  # formulas hold no cycles, and the process ends with the picture
    from symbackprop import api
    from symbackprop.cli.output import write
    from symbackprop.drawing import drawing

    drawing.known(what, format_)
    spec = api.with_options(api.spec_of(network), {**options, "wrt": list(wrt) or None})
    write(api.draw_spec(spec, what).render(format_), output)
