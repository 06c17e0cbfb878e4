"""``symbackprop export``."""

from __future__ import annotations

import gc
import shlex
from typing import Any

import click


@click.command("export")
@click.argument("network")
@click.option("--to", "to", default="numpy", metavar="LIBRARY", help="numpy (default), torch, jax or sympy.")
@click.option("--wrt", multiple=True, metavar="NAME", help="A target such as W0 or x (repeatable; default: all).")
@click.option("--step-at-zero", metavar="VALUE", help="Step(0): 1, 0 or 1/2 (default: the notation's).")
@click.option("--cost", metavar="NAME", help="The cost (default half-squared); see symbackprop list costs.")
@click.option("--batch", metavar="M", help="The number of samples, as a number or a name.")
@click.option("--l2", metavar="RATE", help="Add an L2 penalty, RATE/2 times the sum of W^2.")
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
def command(network: str, to: str, wrt: tuple[str, ...], output: str | None, **options: Any) -> None:
    """Write a program that computes the cost of NETWORK and all gradients by their closed forms.

    NETWORK is a pattern, a spec file or the name of a shipped spec. The program is one file with a function
    cost_and_gradients and a self-test against finite differences: run it to check it.

    \b
    symbackprop export "2 -> 3 relu -> 1" --to numpy -o net.py && python net.py
    symbackprop export "784 -> 128 relu bias -> 10 softmax bias" --cost cross-entropy --to torch
    symbackprop export "relu relu" --to sympy --wrt W0

    Without --batch the samples of a pattern lie along the first axis all the same, and the cost is the mean over them;
    to SymPy goes one sample.
    """
    gc.set_threshold(50_000, 20, 1_000)  # seldom: what is made is kept, but for the many small cycles of deep networks
    from symbackprop import api
    from symbackprop.cli.output import write

    spec = api.with_options(api.spec_of(network), {**options, "wrt": list(wrt) or None})
    words = [network, "--to", to, *(w for name in wrt for w in ("--wrt", name))]
    words += [w for key, value in options.items() if value is not None for w in (f"--{key.replace('_', '-')}", value)]
    write(api.export_spec(spec, to, command=shlex.join(words)), output)
