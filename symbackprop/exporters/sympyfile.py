"""The file for SymPy: named subexpressions entry by entry, and a function that puts values or expressions in."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from symbackprop.backward.evaluation import Point, points
from symbackprop.exporters.arrays import Node
from symbackprop.exporters.describing import conventions, docstring, heading
from symbackprop.exporters.entrywise import EntryProgrammer
from symbackprop.exporters.program import Program
from symbackprop.exporters.sharing import nodes
from symbackprop.exporters.writing import ATOM, POWER, PRODUCT, SIGN, SUM, WIDTH, Text, Writer, listed
from symbackprop.networks.model import Network
from symbackprop.vocabulary.quantities import Quantity

FUNCTIONS = {
    "exp": "exp({0})",
    "log": "log({0})",
    "sqrt": "sqrt({0})",
    "abs": "Abs({0})",
    "sign": "sign({0})",
    "step": "Heaviside({0}, {zero})",
    "max": "Max({0}, {1})",
    "min": "Min({0}, {1})",
    "relu": "Max(0, {0})",
    "erf": "erf({0})",
    "sin": "sin({0})",
    "cos": "cos({0})",
    "tanh": "tanh({0})",
    "softplus": "log(1 + sympy.exp({0}))",
}
"""How SymPy writes the functions that :data:`symbackprop.exporters.dialects.NATIVE` names, but sigmoid."""

MOST_DIFFERENTIATED = 200
"""A program of at most so many operations is compared with SymPy's diff, which takes long on nested formulas."""

TEST = '''

def random_values(rng, lively):
    """Random numbers for all leaves; weights near those that pass a signal on, if lively."""
    values = {{}}
    weights = sum(kind == "weight" for kind, _ in LEAVES.values())
    for kind, nested in LEAVES.values():
        symbols = list(flat(nested))
        rows = len(nested) if isinstance(nested, list) else 1
        for symbol in symbols:
            u = sympy.Rational(rng.randint(-999, 999), 1000)
            if kind == "target":
                u = sympy.Rational(1, 2) + u * 2 / 5
            elif kind == "weight" and lively:
                u = (1 + u / weights) / rows
            elif lively:
                u = abs(u)
            values[symbol] = sympy.Float(u, DIGITS)
    for group in DISTRIBUTIONS:
        total = sum(values[symbol] for symbol in group)
        values.update((symbol, values[symbol] / total) for symbol in group)
    return values


def evaluated(values):
    """All lines in numbers."""
    values = dict(values)
    for name, expression in LINES:
        for function, definite in DEFINITE.items():
            expression = expression.replace(function, definite)
        values[name] = expression.xreplace(values).evalf(DIGITS)
    return values


def self_test():
    """Compare the gradients with finite differences of {digits} digits{and_diff}; 0 if they agree, else 1."""
    rng = random.Random(0)
    compared = wrong = points = at_kinks = 0
    for draw in range(300):
        values = random_values(rng, lively=draw % 3 == 0)
        found = evaluated(values)
        if not found[COST].is_real or not found[COST].is_finite:
            continue  # such as the logarithm of a negative number: not a point of the domain
        points += 1
        places = [(name, *pair) for name, nested in GRADIENTS.items() if name in LEAVES
                  for pair in zip(flat(LEAVES[name][1]), flat(nested))]
        if len(places) > {entries}:
            places = [places[0], places[-1], *rng.sample(places[1:-1], {entries} - 2)]
        for name, leaf, gradient in places:
            slopes = []
            for h in (sympy.Float("1e-18", DIGITS), sympy.Float("5e-19", DIGITS)):
                ends = [evaluated({{**values, leaf: values[leaf] + moved}})[COST] for moved in (h, -h)]
                slopes.append((ends[0] - ends[1]) / (2 * h))
            close = sympy.Float("1e-18", 20) * (1 + abs(slopes[0]) + abs(found[gradient]))
            if not abs(slopes[0] - slopes[1]) <= close:
                at_kinks += 1
                continue
            compared += 1
            if not abs(slopes[1] - found[gradient]) <= close:
                print(f"{{gradient}} is {{found[gradient]}}, by differences {{slopes[1]}}")
                wrong += 1
{compare}        if points == {points}:
            break
    print(f"gradients: {{compared}} entries at {{points}} points compared with finite differences, {{wrong}} wrong"
          + (f", {{at_kinks}} left out at kinks" if at_kinks else ""))
{report}    for name in GRADIENTS:
        if name not in LEAVES:
            print(f"the gradient by {{name}} was not compared: {{name}} is no argument that could be moved")
    return 1 if wrong or (not compared and any(name in LEAVES for name in GRADIENTS)) else 0


if __name__ == "__main__":
    sys.exit(self_test())
'''

COMPARE = """        cost = written_out(COST)
        for function, definite in DEFINITE.items():
            cost = cost.replace(function, definite)
        for name, leaf, gradient in places:
            slope = sympy.diff(cost, leaf).xreplace(values).evalf(DIGITS)
            differentiated += 1
            if not abs(slope - found[gradient]) <= sympy.Float("1e-30", 20) * (1 + abs(slope)):
                print(f"{gradient} is {found[gradient]}, by diff {slope}")
                wrong += 1
"""

CODE = '''


def flat(nested):
    """The entries of nested lists, of a Matrix or of an Array, in order."""
    nested = nested.tolist() if hasattr(nested, "tolist") else nested
    if not isinstance(nested, (list, tuple)):
        return [sympy.sympify(nested)]
    return [entry for part in nested for entry in flat(part)]


def filled(nested, values):
    """Nested lists of symbols as an Array of their values; one symbol as its value."""
    shape = []
    part = nested
    while isinstance(part, list):
        shape.append(len(part))
        part = part[0]
    entries = [values[symbol] for symbol in flat(nested)]
    return sympy.Array(entries, tuple(shape)) if shape else entries[0]


def written_out(symbol):
    """A named subexpression in the leaves alone; long for a deep network."""
    values = {}
    for name, expression in LINES:
        values[name] = expression.xreplace(values)
    return values[symbol]


'''


class SymPyLanguage:
    """The :class:`symbackprop.exporters.writing.Language` of SymPy: exact numbers."""

    cubes = False
    decimals = False

    def __init__(self, at_zero: Fraction, rational: str = "Rational") -> None:
        self.rational = rational
        self.zero = self.number(at_zero)[0]
        self.used: dict[str, None] = {}

    def number(self, value: Fraction) -> Text:
        """A constant, exactly."""
        if value.denominator == 1:
            return str(value.numerator), SIGN if value < 0 else ATOM
        return f"{self.rational}({value.numerator}, {value.denominator})", ATOM

    def operation(self, node: Node, writer: Writer) -> Text:
        """A function of numbers."""
        if node.op == "power":
            base, exponent = (writer.bound(a, ATOM) for a in node.args)
            return f"{base}**{exponent}", POWER
        if node.op == "sigmoid":
            return f"1 / (1 + sympy.exp(-{writer.bound(node.args[0], ATOM)}))", PRODUCT
        args = [writer.bound(a, SUM) for a in node.args]
        if node.op == "call":
            return f"{node.data}({', '.join(args)})", ATOM
        return f"sympy.{FUNCTIONS[node.op].format(*args, zero=self.zero)}", ATOM


def write(network: Network, targets: Sequence[Quantity], target: str, command: str) -> str:
    """The source of the file.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> net = read_pattern("relu")
    >>> print(write(net, net.parameters, "sympy", "").split("LINES = ")[1].split("]")[0])
    [
        (z1, W0 * x),
        (r1, sympy.Max(0, z1)),
        (U, y - r1),
        (C, U**2 / 2),
        (delta1, (r1 - y) * sympy.Heaviside(z1, 1)),
        (dW0, delta1 * x),
    <BLANKLINE>
    """
    programmer = EntryProgrammer(network, targets)
    program = programmer.program()
    language = SymPyLanguage(network.step_at_zero, "sympy.Rational")
    writer = Writer(language, program.names)
    lines = [*heading(network, command), "", "import random", "import sys", "", "import sympy", ""]
    names = [p for a in program.arguments for p in program.parts[a.name]]
    lines += _symbols([*names, *program.plain])
    for given in program.given:
        lines.append(f'{given.name} = sympy.Function("{given.name}")')
    leaves = {a.name: (a.quantity, program.parts[a.name]) for a in program.arguments}
    lines += ["", "LEAVES = {"]
    for name, (quantity, parts) in leaves.items():
        lines += listed(f'"{name}": ("{quantity.kind}", ', [_nested(quantity, parts)], "),")
    for name in program.plain:
        lines.append(f'    "{name}": ("hyperparameter", {name}),')
    lines += ["}", '"""The kind of every argument, and the symbols of its entries."""', ""]
    lines += _symbols([line.name for line in program.lines])
    lines += ["", "LINES = ["]
    for line in program.lines:
        value = writer.whole(line.value)
        if line.value.op == "number":
            value = f"sympy.Integer({value})" if line.value.data.denominator == 1 else value
        lines += _line(line.name, value)
    lines += ["]", '"""Every named subexpression and what it stands for, in order."""', ""]
    lines += [f"COST = {program.cost}", "GRADIENTS = {"]
    by_name = {program.gradients[name]: q for name, q in zip(program.gradients, programmer.targets, strict=True)}
    for name, gradient in program.gradients.items():
        nested = _nested(by_name[gradient], program.parts[gradient])
        inside = nested[1:-1]
        items = inside.replace("], [", "],\n[").split(",\n") if "[" in inside else inside.split(", ")
        lines += listed(f'"{name}": [', items, "],") if nested[0] == "[" else [f'    "{name}": {nested},']
    lines += ["}"]
    return "\n".join(lines) + CODE + "\n".join(_function(program, network)) + "\n" + _test(program, network)


def _symbols(names: Sequence[str]) -> Iterator[str]:
    """The lines that make symbols of names."""
    row: list[str] = []
    for name in (*names, ""):
        if row and (not name or 2 * (len(" ".join(row)) + len(name)) + len(row) > WIDTH - 36):
            left = ", ".join(row)
            if len(row) == 1:
                yield f'{left} = sympy.Symbol("{left}", real=True)'
            else:
                yield f'{left} = sympy.symbols("{" ".join(row)}", real=True)'
            row = []
        row.append(name)


def _nested(quantity: Quantity, parts: Sequence[str]) -> str:
    """The names of the entries in nested lists."""
    if not quantity.axes:
        return parts[0]
    names: Mapping[Point, str] = dict(zip(points(quantity.axes), parts, strict=True))

    def part(point: Point) -> str:
        if len(point) == len(quantity.axes):
            return names[point]
        size = quantity.axes[len(point)].size
        assert isinstance(size, int)
        return f"[{', '.join(part((*point, k)) for k in range(size))}]"

    return part(())


def _line(name: str, value: str) -> Iterator[str]:
    row = f"    ({name}, {value}),"
    if len(row) <= WIDTH:
        yield row
        return
    yield f"    ({name},"
    for part in textwrap.wrap(value, WIDTH - 8, break_long_words=False, break_on_hyphens=False):
        yield f"     {part}"
    yield "    ),"


def _function(program: Program, network: Network) -> Iterator[str]:
    """The function that puts numbers or expressions in for the leaves."""
    given = [*(a.name for a in program.arguments), *program.plain, *(g.name for g in program.given)]
    yield from listed("def cost_and_gradients(", [f"{name}=None" for name in given], "):", "")
    step = any(n.op == "step" for line in program.lines for n in (line.value, *line.value.args))
    yield from docstring(
        program,
        ["What is not given stays a symbol. Arrays are nested lists, a Matrix or an Array; gradients are Arrays.",
         *conventions(program, False, step)],
    )  # fmt: skip
    yield "    given = locals()"
    yield "    values = {}"
    yield "    for name, (_, nested) in LEAVES.items():"
    yield "        symbols = flat(nested)"
    yield "        entries = symbols if given[name] is None else flat(given[name])"
    yield "        if len(entries) != len(symbols):"
    yield '            raise ValueError(f"{name} has {len(entries)} entries, but {len(symbols)} were expected")'
    yield "        values.update(zip(symbols, entries))"
    names = ", ".join(f"{g.name}: {g.name}" for g in program.given)
    if program.given:
        yield f"    functions = {{globals()[name]: given[name] for name in {[g.name for g in program.given]}}}"
    yield "    for name, expression in LINES:"
    if names:
        yield "        for function, definite in functions.items():"
        yield "            if definite is not None:"
        yield "                expression = expression.replace(function, definite)"
    yield "        values[name] = expression.xreplace(values)"
    yield "    return values[COST], {name: filled(nested, values) for name, nested in GRADIENTS.items()}"


def _test(program: Program, network: Network) -> str:
    differentiated = sum(1 for line in program.lines for _ in nodes(line.value)) <= MOST_DIFFERENTIATED
    groups = []
    for constraint in network.constraints:
        argument = next((a for a in program.arguments if a.quantity is constraint.quantity), None)
        if argument is not None and constraint.quantity.axes:
            size = constraint.quantity.axes[-1].size
            assert isinstance(size, int)
            parts = program.parts[argument.name]
            groups += [parts[k : k + size] for k in range(0, len(parts), size)]
    shown = ", ".join(f"[{', '.join(group)}]" for group in groups)
    functions = ", ".join(f"{g.name}: {_definite(len(g.function.parameters), g.slope)}" for g in program.given)
    head = f'''

DIGITS = 60
DISTRIBUTIONS = [{shown}]
"""Leaves whose sum is 1."""
DEFINITE = {{{functions}}}
"""What unspecified functions are in the self-test."""
'''
    test = TEST.format(
        digits=60,
        and_diff=" and with SymPy's diff" if differentiated else "",
        entries=max(2, min(60, 3_000 // len(program.lines))),
        points=3 if differentiated else 2,
        compare=COMPARE if differentiated else "",
        report='    print(f"and {differentiated} with SymPy\'s diff of the cost written out")\n'
        if differentiated
        else "",
    )
    if differentiated:
        test = test.replace("points = at_kinks = 0", "points = at_kinks = differentiated = 0")
    return head + test


def _definite(count: int, slope: int) -> str:
    """The sum and the product of the sines of all arguments, or its partial by one of them."""
    names = [f"a{k}" for k in range(count)]
    sines = [f"sympy.sin({name})" for name in names]
    head = f"lambda {', '.join(names)}: "
    if not slope:
        return head + " + ".join((*sines, "*".join(sines)) if count > 1 else sines)
    others = "*".join(s for k, s in enumerate(sines) if k != slope - 1)
    return head + f"sympy.cos({names[slope - 1]})" + (f"*(1 + {others})" if others else "")
