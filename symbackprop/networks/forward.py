r"""The author's own forward pass as a network.

The equations are read (:mod:`symbackprop.reading`), layers are written out, axes are found out, and every equation
becomes definitions in index form. A quantity is named by its LaTeX without its indices and without blanks, accents and
fonts in braces: ``W^{(1)}``, ``\hat{y}``, ``\mathbf{z}``, ``W_{hh}``, and ``w_1`` for a number that is called so. What
is what (weight, bias, input, target, ...) is told by the rules of :mod:`symbackprop.networks.equations.kinds`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from pathlib import Path

from symbackprop.networks.builder import Builder
from symbackprop.networks.equations.assembling import Assembly
from symbackprop.networks.equations.costs import check_rivals, cost_of
from symbackprop.networks.equations.counting import averages, with_counts
from symbackprop.networks.equations.declaring import (
    Meanings,
    as_written,
    called_in,
    forms_of,
    given_size,
    letter_of,
    read_name,
    shapes_of,
    shapes_written_out,
    sizes_named,
    table_of,
)
from symbackprop.networks.equations.finding import find_forms
from symbackprop.networks.equations.kinds import is_fixed
from symbackprop.networks.equations.labels import labels, repeated, with_first
from symbackprop.networks.equations.names import Key, Names, survey
from symbackprop.networks.equations.reaching import free_letters, reaching
from symbackprop.networks.equations.rows import definitions
from symbackprop.networks.equations.sampling import with_samples
from symbackprop.networks.equations.scene import Scene
from symbackprop.networks.equations.sizes import Sizes, extent
from symbackprop.networks.equations.table import Forward, Range, read_table
from symbackprop.networks.equations.trees import (
    letters_in,
    rebuilt,
    scripts_of,
    sums,
    symbols,
    with_number,
    with_numbers,
)
from symbackprop.networks.equations.unrolling import Equation, unrolled
from symbackprop.networks.model import Constraint, Network
from symbackprop.networks.spec import Spec
from symbackprop.reading import SymbolTable, read
from symbackprop.reading.sexpr import compact, sexpr
from symbackprop.reading.tree import Chain, Node, Num, Sum, Sym
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import Symbol
from symbackprop.vocabulary.quantities import Quantity


@dataclass(frozen=True, slots=True)
class AuthoredNetwork(Network):
    """A network given by its author's equations: names are read as the author writes them.

    ``table`` is what the author's formulas are read with; :meth:`named` tells which quantity a name in one means.
    """

    table: SymbolTable = field(default_factory=lambda: SymbolTable([]), compare=False, repr=False)
    names: Names | None = field(default=None, compare=False, repr=False)
    keys: Mapping[Key, Quantity] = field(default_factory=dict, compare=False, repr=False)
    scene: Scene | None = field(default=None, compare=False, repr=False)
    constants: Mapping[Key, Symbol] = field(default_factory=dict, compare=False, repr=False)
    """The hyperparameters."""
    unrolled: Mapping[str, range] = field(default_factory=dict, compare=False, repr=False)
    """Letters of layers and of steps in time that were written out, with their values."""
    last: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    """What names of a number of layers mean, and labels of unknown entries, that were given a number."""
    functions: tuple[Equation, ...] = field(default=(), compare=False, repr=False)
    """The functions that the author defines by a formula in formal arguments."""

    @property
    def told_apart(self) -> Mapping[Quantity, str]:
        """Quantities that the letters of their indices tell apart: ``a_j``, ``a_k``; and their LaTeX without these."""
        if self.names is None or not self.names.typed:
            return {}
        apart = {q: q.latex for key, q in self.keys.items() if key.each and key._replace(each="") in self.names.typed}
        return {q: latex.rpartition("_")[0] for q, latex in apart.items() if latex is not None}

    def quantity(self, name: str) -> Quantity:
        r"""The quantity of a name in any spelling that the equations take: ``W^{(1)}``, ``\hat y``, ``w_{ij}``."""
        try:
            return Network.quantity(self, name)
        except InputError:
            written = as_written(name[:200], self.table)
            quantity = self.named(written) if written is not None else None
            if quantity is None:
                raise
            return quantity

    @property
    def parameters(self) -> tuple[Quantity, ...]:
        """The weights and biases; where there are none, everything that is given but the target."""
        found = Network.parameters.fget(self)  # type: ignore[attr-defined]
        return found or tuple(q for q in self.leaves if q.kind == "input")

    def named(self, name: Sym) -> Quantity | None:
        """The quantity that a name in a formula means, whatever its indices."""
        if self.names is None:
            return None
        key = self.names.sighted(name).key
        found = self.keys.get(key)
        if found is None and key.below:  # letters that only a formula outside of the equations uses
            found = self.keys.get(key._replace(below=""))
            return found if found is not None and len(found.axes) == len(name.indices) else None
        return found


DEPTH = 3
"""How many layers, or steps in time, stand for any number of them where claims are judged."""


def build_forward(spec: Spec, step: Fraction, judging: bool = False) -> Network:
    r"""The network of a spec with a ``[forward]`` table. Raises :class:`InputError`, placed in the file.

    For ``judging`` claims a symbolic number of layers becomes a small one, and equations without a cost get one.

    >>> from symbackprop.networks.spec import read_spec
    >>> net = build_forward(read_spec('''
    ... [forward]
    ... equations = "z = W x + b \\\\\\\\ a = \\\\tanh(z) \\\\\\\\ C = \\\\frac12 \\\\|y - a\\\\|^2"
    ... shapes = { x = "n", W = "m x n" }
    ... '''), Fraction(1))
    >>> [(q.name, q.kind, q.shape) for q in net.leaves]
    [('W', 'weight', ('m', 'n')), ('x', 'input', ('n',)), ('b', 'bias', ('m',)), ('y', 'target', ('m',))]
    """
    forward = read_table(spec)
    last: dict[str, int] = {}
    if judging:
        forward, last = with_depth(forward)
    try:
        network = _network(forward, last, judging)
    except InputError as error:
        if error.place is not None and error.place.text == forward.equations:
            raise spec.located(error, forward.equations) from None
        raise
    return network.with_facts(title=str(spec.values.get("title", "")), step_at_zero=step)


def with_depth(forward: Forward) -> tuple[Forward, dict[str, int]]:
    """The equations with a number for a symbolic number of layers or steps; and what its name then means."""
    last: dict[str, int] = {}

    def numbered(ranges: Mapping[str, Range]) -> dict[str, Range]:
        found = {}
        for letter, over in ranges.items():
            symbol = re.fullmatch(r"\\?([A-Za-z]+(?:_\{?\w+\}?)?)\s*([+-]\s*\d+)?", over.upper)
            if over.values is None and over.lower.isdigit() and symbol:
                offset = int((symbol[2] or "0").replace(" ", ""))
                base, _, below = symbol[1].partition("_")
                name = f"{base}[{below.strip('{}')}]" if below else base
                last.setdefault(name, int(over.lower) + DEPTH - 1 - offset)
                over = Range(over.lower, str(last[name] + offset))
            found[letter] = over
        return found

    layers = numbered(forward.layers)
    samples = forward.samples
    if any(_shifts(forward.equations, letter) for letter in samples):
        samples = numbered(samples)
    return replace(forward, layers=layers, samples=samples), last


def _shifts(equations: str, letter: str) -> bool:
    """Whether a script of the equations is the letter less or plus a number: one step in time from another."""
    return re.search(rf"(?<![A-Za-z\\]){re.escape(letter)}\s*[-+]\s*\d", equations) is not None


def _network(forward: Forward, last: Mapping[str, int], judging: bool) -> Network:
    table, functions = table_of(forward)
    reading = read(forward.equations, table)
    if reading.errors:
        raise reading.errors[0]
    written, own = definitions(reading, forward, called_in(forward, table))
    rows = [Equation(with_last(row.left, last), with_last(row.right, last)) for row in written]
    cost = read_name(forward, forward.cost, table) if forward.cost else None
    samples = {k: r for k, r in forward.samples.items() if not _is_one_sample(k, cost, rows)}
    forward = replace(forward, samples=samples)
    shapes = [
        (_sym(with_last(name, last)), _shape_with(shape, last), text) for name, shape, text in shapes_of(forward, table)
    ]
    if judging:
        rows = [Equation(r.left, reaching(r.right, free_letters(r.left))) for r in rows]
    rows, done = unrolled(rows, forward)
    if cost is not None:
        for letter, values in done.items():
            cost = with_numbers(cost, letter, values[-1]) if len(values) else cost
        cost = _sym(with_last(cost, last))
    for letter, values in done.items():
        shapes = shapes_written_out(shapes, letter, values)
    samples = {k: r for k, r in samples.items() if k not in done}
    listed = {sexpr(name) for text in forward.parameters if (name := as_written(text, table)) is not None}
    rows, shapes = with_samples(
        rows, shapes, replace(forward, samples=samples), lambda name: is_fixed(name, sexpr(name) in listed)
    )
    sizes = Sizes()
    letters = {
        letter_of(forward, key, table): given_size(forward, sizes, key, over)
        for key, over in (*forward.indices.items(), *samples.items())
    }
    means = averages(rows, [name for name, _, _ in shapes])
    rows = [Equation(row.left, with_counts(row.right, means)) for row in rows]
    limits = [
        extent("1" if r.lower is None else compact(r.lower), compact(r.upper))
        for row in rows
        for s in sums(row.right)
        for r in s.ranges
        if r.upper is not None and (r.lower is None or compact(r.lower).isdigit())
    ]
    named_sizes = sizes_named(forward, shapes, limits)
    names = survey(rows, shapes, letters, samples, named_sizes, table)
    unknown = labels(rows, names) if judging and not forward.einstein else set()
    if unknown and repeated(rows, unknown, names):
        forward = replace(forward, einstein=True)
    elif unknown:
        first = 0 if any(r.lower == "0" for r in forward.indices.values()) else 1
        rows = with_first(rows, unknown, names, first)
        last = {**last, **dict.fromkeys(sorted(unknown), first)}
        names = survey(rows, shapes, letters, samples, named_sizes, table)
    known = forms_of(forward, shapes, names, letters, sizes)
    scene = Scene(forward, names, rows, known, Meanings(forward, table, functions), sizes, letters)
    try:
        find_forms(scene)
        cost_of(scene, cost)
    except InputError as error:
        if error.code != "no-cost" or not judging or not isinstance(rows[-1].left, Sym):
            raise
        return _network(_with_cost(forward, rows[-1].left, done), last, judging)
    cost_row = cost_of(scene, cost)
    scene.check_spelling(cost_row.key)
    if cost is None:
        check_rivals(scene, cost_row)
    parameters = {names.sighted(name).key for text in forward.parameters if (name := as_written(text, table))}
    builder = Builder(Path(forward.spec.name).name or "the author's equations")
    assembly = Assembly(scene, builder, cost_row.key, parameters, judging)
    builder.constraints += _constraints(forward, assembly)
    network = builder.build(
        assembly.quantities[cost_row.key],
        hyperparameters=tuple(assembly.hyperparameters.values()),
        sizes=tuple(dict.fromkeys(s for q in assembly.quantities.values() for s in q.shape if isinstance(s, str))),
    )
    given = {f.name: getattr(network, f.name) for f in fields(Network) if f.name != "_names"}
    return AuthoredNetwork(
        **given,
        table=table,
        names=names,
        keys=assembly.quantities,
        scene=scene,
        constants=assembly.hyperparameters,
        unrolled=done,
        last=last,
        functions=tuple(own),
    )


def _with_cost(forward: Forward, left: Sym, done: Mapping[str, range]) -> Forward:
    """The equations with a cost of their own: all that was defined last, squared and added up."""
    name = forward.equations[slice(*left.span)]
    for letter, values in done.items():
        name = re.sub(rf"(?<![A-Za-z\\]){re.escape(letter)}(?![A-Za-z])", str(values[-1]), name)
    for index in left.indices:
        name = re.sub(r"_\{[^{}]*\}|_\w", "", name, count=1) if index.span[1] > index.span[0] else name
    row = rf"{forward.equations.rstrip().rstrip(chr(92))} \\\\ {UNNAMED} = \|{name}\|^2"
    return replace(forward, equations=row, cost=UNNAMED)


UNNAMED = r"\mathrm{unnamed}"


def _sym(node: Node) -> Sym:
    assert isinstance(node, Sym)
    return node


def with_last(node: Node, last: Mapping[str, int]) -> Node:
    """A tree with numbers for the names of the last layer in scripts and limits of sums."""
    if not last:
        return node

    def script(at: Node) -> Node | None:
        if isinstance(at, Sym) and compact(at) in last:
            return Num(str(last[compact(at)]), span=at.span)
        return None

    def change(at: Node) -> Node | None:
        if isinstance(at, Sym):
            layer, sample, *indices = (
                None if s is None else with_number(rebuilt(s, script), "", 0)
                for s in (at.layer, at.sample, *at.indices)
            )
            return replace(at, layer=layer, sample=sample, indices=tuple(i for i in indices if i is not None))
        if isinstance(at, Sum):
            limits = [[None if s is None else rebuilt(s, script) for s in (r.lower, r.upper)] for r in at.ranges]
            ranges = tuple(replace(r, lower=x, upper=y) for r, (x, y) in zip(at.ranges, limits, strict=True))
            return replace(at, ranges=ranges, body=with_last(at.body, last))
        return None

    return rebuilt(node, change)


def _shape_with(shape: str, last: Mapping[str, int]) -> str:
    """The text of a shape with numbers for the names of the last layer below its sizes."""
    for name, value in last.items():
        base, _, below = name.rstrip("]").partition("[")
        spelled = rf"{base}_\{{?{below}\}}?" if below else base
        shape = re.sub(rf"_\{{\s*{spelled}\s*\}}|_{spelled}(?![A-Za-z])", f"_{value}", shape)
    return shape


def _is_one_sample(letter: str, cost: Sym | None, rows: list[Equation]) -> bool:
    """Whether the cost is that of one sample, whose number then is part of every name."""
    if cost is None or not isinstance(cost.sample, Sym) or compact(cost.sample) != letter:
        return False
    scripts = [s for row in rows for n in (*symbols(row.left), *symbols(row.right)) for s in scripts_of(n)]
    return all(isinstance(script, Sym) for script in scripts if letter in letters_in(script))


def _constraints(forward: Forward, assembly: Assembly) -> list[Constraint]:
    r"""What the assumptions of the form ``\sum_j y_j = 1`` say."""
    found = []
    for text in forward.assume:
        reading = read(text, assembly.names.table)
        tree = reading.rows[0].tree if len(reading.rows) == 1 and not reading.errors else None
        if not isinstance(tree, Chain) or len(tree.links) != 1 or tree.links[0] != ("=", Num("1")):
            continue
        if isinstance(tree.first, Sum) and isinstance(tree.first.body, Sym) and len(tree.first.ranges) == 1:
            key, _, indices = assembly.names.sighted(tree.first.body)
            quantity = assembly.quantities.get(key)
            last = indices[-1:] == (tree.first.ranges[0].index,)
            if quantity is not None and quantity.axes and last and key not in assembly.scene.defined:
                found.append(Constraint(quantity))
    return found
