"""What a program says about its arguments: a table of their shapes, and the docstring."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from symbackprop.exporters.preparing import GIVEN
from symbackprop.exporters.program import Argument, Program
from symbackprop.networks.model import Network

MOST_LISTED = 8
"""Arguments of one letter, kind and shape are listed one by one up to this number; more are told as a range."""


def runs(arguments: Sequence[Argument]) -> list[list[Argument]]:
    """The arguments in order, those of one letter, kind and shape with successive numbers together.

    >>> from symbackprop.exporters.program import Programmer
    >>> from symbackprop.networks.pattern import read_pattern
    >>> net = read_pattern("relu*12")
    >>> [[a.name for a in run][:2] for run in runs(Programmer(net, net.parameters).program().arguments)]
    [['x'], ['W0', 'W1'], ['y']]
    """
    found: list[list[Argument]] = []
    open_runs: dict[tuple[object, ...], list[Argument]] = {}
    for argument in arguments:
        stem, number = _numbered(argument.name)
        key = (stem, argument.quantity.kind, argument.shape)
        run = open_runs.get(key)
        if run is not None and number is not None and _numbered(run[-1].name)[1] == number - 1:
            run.append(argument)
        else:
            run = open_runs[key] = [argument]
            found.append(run)
    return [part for run in found for part in ([run] if len(run) > MOST_LISTED else [[a] for a in run])]


def _numbered(name: str) -> tuple[str, int | None]:
    match = re.fullmatch(r"([A-Za-z]+)(\d+)", name)
    return (match[1], int(match[2])) if match else (name, None)


def table(program: Program) -> Iterator[str]:
    """The lines of the table LEAVES: the kind and the shape of every array."""
    yield "LEAVES = {"
    for run in runs(program.arguments):
        first = run[0]
        row = f'("{first.quantity.kind}", {_shape(first)})'
        if len(run) == 1:
            yield f'    "{first.name}": {row},'
        else:
            stem, low = _numbered(first.name)
            assert low is not None
            yield f'    **{{f"{stem}{{k}}": {row} for k in range({low}, {low + len(run)})}},'
    yield "}"
    yield '"""The kind and the shape of every argument; a name stands for one size throughout."""'


def _shape(argument: Argument) -> str:
    sizes = [f'"{s}"' if isinstance(s, str) else str(s) for s in argument.shape]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def heading(network: Network, command: str, note: str = "") -> Iterator[str]:
    """The docstring of the file; a title or a path is a stranger's text, and must not end it."""
    title = f"{network.title} ({network.source})" if network.title else network.source
    yield f'"""Cost and gradients of {quoted(title)}, by the closed forms of backpropagation.'
    yield ""
    yield f"Written by: symbackprop export {quoted(command)}" if command else "Written by symbackprop."
    yield f"Checks itself with: python FILE{note}"
    yield '"""'


def quoted(text: str) -> str:
    r"""A text as it may stand in a docstring, on one line.

    >>> print(quoted('"w" in \\new'))
    'w' in \\new
    """
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain.replace("\\", "\\\\").replace('"', "'")


def spoken(shape: tuple[int | str, ...]) -> str:
    """A shape as prose: ``(m, 2)``; that of a number is ``number``."""
    if not shape:
        return "number"
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def docstring(program: Program, conventions: Iterable[str], indent: str = "    ") -> Iterator[str]:
    """The docstring of the function: arguments, results and conventions."""
    network = program.network
    rows = []
    for run in runs(program.arguments):
        names = run[0].name if len(run) == 1 else f"{run[0].name} ... {run[-1].name}"
        rows.append((names, spoken(run[0].shape), _meaning(run, network)))
    for name in program.plain:
        rows.append((name, "number", "hyperparameter"))
    for given in program.given:
        by = f", its partial by {given.function.parameters[given.slope - 1]}" if given.slope else ""
        values = ", ".join(given.function.parameters)
        rows.append((given.name, "callable", f"{given.name}({values}){by}" + _whole(given.function.whole, given.slope)))
    widths = [max(len(row[k]) for row in rows) for k in range(2)]
    targets = list(program.gradients)
    listed = ", ".join(targets) if len(targets) <= MOST_LISTED else f"{targets[0]}, ..., {targets[-1]}"
    yield f'{indent}"""The cost {program.cost} and its gradients by {listed or "nothing"}.'
    yield ""
    for name, shape, meaning in rows:
        yield f"{indent}{name:<{widths[0]}}  {shape:<{widths[1]}}  {meaning}".rstrip()
    yield ""
    yield f"{indent}Returns {program.cost}, a number, and a dict of the gradients by name, each in its array's shape."
    yield ""
    for sentence in conventions:
        yield f"{indent}{sentence}"
    yield f'{indent}"""'


def _whole(whole: bool, slope: int) -> str:
    if not whole:
        return ", entry by entry"
    return ", in the shape of that argument" if slope else ", one number for each sample or a number"


def _meaning(run: Sequence[Argument], network: Network) -> str:
    first = run[0].quantity
    if first.kind == "weight" and first.label is not None and first.latex is None and len(first.axes) == 2:
        return f"weight: {run[0].name}[i, j] leads from unit i to unit j of the next layer"
    if first.name.startswith(GIVEN):
        return f"the gradient of the cost by {first.name.removeprefix(GIVEN)}, given"
    if any(c.quantity is first for c in network.constraints):
        return f"{first.kind}, of sum 1 along the last axis"
    return first.kind


def conventions(program: Program, one_axis_missing: bool, step: bool) -> Iterator[str]:
    """Sentences on what the arrays hold."""
    network = program.network
    if network.batch is not None:
        size = next((a.shape[0] for a in program.arguments if a.quantity.axes[:1] == (network.batch,)), "m")
        mean = "the cost is the sum over them" if _given_upstream(program) else "the cost is the mean over them"
        yield f"Samples lie along the first axis, {size} of them; {mean}."
        if one_axis_missing:
            yield "One sample alone may be given without that axis."
    yield "Indices count from zero."
    if step:
        yield f"Step(0) is {network.step_at_zero}."
    yield from map(quoted, network.remarks)


def _given_upstream(program: Program) -> bool:
    return any(a.quantity.name.startswith(GIVEN) for a in program.arguments)
