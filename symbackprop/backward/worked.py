"""The numbers of a derivation: given values for the leaves, the value of every quantity and of every adjoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symbackprop.backward.evaluation import forward_values, gradient_values, points
from symbackprop.backward.numbers import Exact, Float
from symbackprop.backward.sweep import sweep
from symbackprop.networks.model import Network
from symbackprop.vocabulary.errors import InputError, Place, nearest
from symbackprop.vocabulary.expressions import Number
from symbackprop.vocabulary.formulas import read_formula
from symbackprop.vocabulary.quantities import Quantity

Value = Fraction | float
MOST_ENTRIES, MOST_LISTED = 10_000, 12


@dataclass(frozen=True)
class Worked:
    """Values of entries: ``values[q, (i, j)]`` and the adjoints'; exact if every one is a fraction."""

    values: Mapping[tuple[Quantity, tuple[int, ...]], Fraction] | Mapping[tuple[Quantity, tuple[int, ...]], float]
    adjoints: Mapping[tuple[Quantity, tuple[int, ...]], Fraction] | Mapping[tuple[Quantity, tuple[int, ...]], float]
    exact: bool


def work_out(network: Network, text: str) -> Worked:
    """Every value that the assignments in a text determine.

    Exact rational arithmetic where it is possible, floating point where an activation is transcendental. Raises
    :class:`InputError` for a name that does not exist, a value that is missing, or a shape that does not fit.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> net = read_pattern("relu")
    >>> work_out(net, "W0=1/2, x=2, y=1").adjoints[net.quantity("W0"), ()]
    Fraction(0, 1)
    """
    leaves, symbols = read_values(network, text)
    adjoints = sweep(network)
    try:
        exact = Exact(network.step_at_zero)
        values = forward_values(network, leaves, exact, symbols)
        return Worked(values, gradient_values(network, adjoints, values, exact, symbols), True)
    except InputError as error:
        if error.code not in ("not-rational", "no-value"):
            raise
    floating = Float(network.step_at_zero)
    rates = {name: float(value) for name, value in symbols.items()}
    rounded = forward_values(network, {key: float(value) for key, value in leaves.items()}, floating, rates)
    return Worked(rounded, gradient_values(network, adjoints, rounded, floating, rates), False)


def read_values(
    network: Network, text: str
) -> tuple[dict[tuple[Quantity, tuple[int, ...]], Fraction], dict[str, Fraction]]:
    """The values of the leaves' entries and of the hyperparameters that ``W0=[[1, 2]], x=3`` gives."""
    needed = [(q, point) for q in network.leaves for point in _points(q)]
    known = {q.name: q for q in network.leaves}
    hyperparameters = {s.name for s in network.hyperparameters}
    leaves: dict[tuple[Quantity, tuple[int, ...]], Fraction] = {}
    begun: set[Quantity] = set()
    symbols: dict[str, Fraction] = {}
    for start, part in _split(text, 0):
        name, equals, written = part.partition("=")
        place = Place(text, start, start + max(1, len(part)))
        if not equals or not written.strip():
            raise InputError("bad-value", f"{part.strip()!r} gives no value", place, "for example W0=1/2, x=[1, 2]")
        if name.strip() in hyperparameters:
            symbols[name.strip()] = _number(written, place)
            continue
        quantity, point = _named(name.strip(), known, place)
        if quantity in begun if point is None else (quantity, point) in leaves:
            raise InputError("given-twice", f"{name.strip()} is given twice", place)
        begun.add(quantity)
        offset = start + len(name) + 1
        if point is not None:
            leaves[quantity, point] = _number(written, place)
            continue
        given = _nested(text, offset, offset + len(written))
        for at, number in _entries(given, quantity, place):
            leaves[quantity, at] = number
    missing = dict.fromkeys(q.name for q, point in needed if (q, point) not in leaves)
    lacking = [*missing, *sorted(hyperparameters - set(symbols))]
    if lacking:
        raise InputError(
            "missing-value", f"no value is given for {_listed(lacking)}", hint=f"--at '{lacking[0]}=1, ...'"
        )
    return leaves, symbols


def _listed(names: Sequence[str]) -> str:
    """Names in a sentence; of very many the first ones."""
    more = len(names) - MOST_LISTED
    return ", ".join(names[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def _points(quantity: Quantity) -> list[tuple[int, ...]]:
    if any(isinstance(size, str) for size in quantity.shape):
        sizes = ", ".join(str(s) for s in quantity.shape if isinstance(s, str))
        raise InputError(
            "symbolic-size", f"numbers need sizes that are numbers, and {quantity.name} has {sizes}", hint="2 -> 3 relu"
        )
    found = list(points(quantity.axes))
    if len(found) > MOST_ENTRIES:
        raise InputError("too-large", f"{quantity.name} has {len(found)} entries, more than {MOST_ENTRIES}")
    return found


def _named(name: str, known: Mapping[str, Quantity], place: Place) -> tuple[Quantity, tuple[int, ...] | None]:
    if name in known:
        return known[name], None
    stem, *rest = name.split("_")
    if stem in known and rest and all(part.isascii() and part.isdigit() and len(part) < 8 for part in rest):
        point = tuple(map(int, rest))
        shape = known[stem].shape
        if len(point) == len(shape) and all(isinstance(s, str) or p < s for p, s in zip(point, shape, strict=True)):
            return known[stem], point
        raise InputError("bad-index", f"{stem} has shape {_shape(shape)}, so there is no {name}", place)
    close = nearest(name, known)
    question = f"did you mean {close}? " if close else ""
    raise InputError(
        "unknown-name",
        f"{name!r} is not an input, weight, bias or target",
        place,
        f"{question}known: {_listed([*known])}",
    )


def _entries(given: Any, quantity: Quantity, place: Place) -> list[tuple[tuple[int, ...], Fraction]]:
    found: list[tuple[tuple[int, ...], Fraction]] = []
    shape = quantity.shape

    def visit(part: Any, at: tuple[int, ...]) -> None:
        if len(at) == len(shape):
            if isinstance(part, list):
                raise InputError("bad-shape", f"{quantity.name} has shape {_shape(shape)}", place)
            found.append((at, part))
            return
        size = shape[len(at)]
        if not isinstance(part, list) or (isinstance(size, int) and len(part) != size):
            raise InputError(
                "bad-shape", f"{quantity.name} has shape {_shape(shape)}", place, f"{quantity.name}={_example(shape)}"
            )
        for k, inner in enumerate(part):
            visit(inner, (*at, k))

    visit(given, ())
    return found


def _shape(shape: tuple[int | str, ...]) -> str:
    return " x ".join(map(str, shape)) if shape else "a single number"


def _example(shape: tuple[int | str, ...]) -> str:
    if not shape:
        return "1"
    count = shape[0] if isinstance(shape[0], int) and shape[0] <= 3 else 2
    return "[" + ", ".join([_example(shape[1:])] * count) + "]"


def _nested(text: str, start: int, end: int) -> Any:
    inside = text[start:end].strip()
    if not inside.startswith("["):
        return _number(inside, Place(text, start, end))
    begin = text.index("[", start)
    if not inside.endswith("]"):
        raise InputError("unclosed", "this bracket is never closed", Place(text, begin, begin + 1))
    close = start + text[start:end].rindex("]")
    if inside[1:].count("[") > 64:
        depth = max(inside[:k].count("[") - inside[:k].count("]") for k in range(min(len(inside), 2000)))
        if depth > 8:
            raise InputError("too-deep", "brackets are nested too deep", Place(text, begin, begin + 1))
    return [_nested(text, s, s + len(part)) for s, part in _split(text[:close], begin + 1)]


def _split(text: str, start: int) -> list[tuple[int, str]]:
    """The parts of a text between commas outside brackets, with where each starts."""
    parts, depth, begin = [], 0, start
    for position in range(start, len(text)):
        character = text[position]
        depth += (character in "[(") - (character in "])")
        if character in ",;" and depth == 0:
            parts.append((begin, text[begin:position]))
            begin = position + 1
    parts.append((begin, text[begin:]))
    return [(s, part) for s, part in parts if part.strip()]


def _number(text: str, place: Place) -> Fraction:
    try:
        tree = read_formula(text.strip(), (), {})
    except InputError as error:
        raise InputError(
            error.code, f"{text.strip()!r} is not a number", place, "for example 2, -1/3 or 0.25"
        ) from None
    if not isinstance(tree, Number):
        raise InputError("bad-value", f"{text.strip()!r} is not a number", place, "for example 2, -1/3 or 0.25")
    return tree.value
