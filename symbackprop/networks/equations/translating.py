"""From the tree of a right side to its value: every kind of node, and what it does to entries and sides."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from symbackprop.networks.equations import applying, summing
from symbackprop.networks.equations.names import Key, Names
from symbackprop.networks.equations.sizes import Size, Sizes
from symbackprop.networks.equations.surroundings import Surroundings, UnknownForm
from symbackprop.networks.equations.table import Forward
from symbackprop.networks.equations.tensors import Mismatch, Tensors, Value
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact, sexpr
from symbackprop.reading.tree import Node
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.arithmetic import delta, is_coefficient, mul, power, replace_index, split
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import MINUS_ONE, ONE, Call, Expression, Number, Ref, Symbol, children
from symbackprop.vocabulary.quantities import Index

MOST_DIGITS, MOST_BITS = 40, 10_000


class Translator:
    """Translates right sides over one set of names and sizes."""

    def __init__(self, forward: Forward, names: Names, sizes: Sizes, around: Surroundings) -> None:
        self.forward = forward
        self.names = names
        self.sizes = sizes
        self.tensors: Tensors = Tensors(sizes)
        self.around = around
        self.scope: dict[str, Index] = {}
        self.opened = False
        """Whether any vector or matrix was met that shows no index."""
        self.top: Node | None = None
        """The whole right side that is being translated."""
        self.entries = False
        """Whether a power is surely one of entries, inside a sum of all entries."""

    def error(self, code: str, message: str, node: Node, hint: str | None = None) -> InputError:
        """An error at a node."""
        return self.forward.error(code, message, node.span, hint)

    def written(self, node: Node) -> str:
        """A node as the author wrote it."""
        return " ".join(self.forward.equations[slice(*node.span)].split())

    def value(self, node: Node) -> Value:
        """The value of a node."""
        try:
            return self._value(node)
        except Mismatch as mismatch:
            left, right = (self.tensors.shape(v) for v in (mismatch.left, mismatch.right))
            shapes = left if mismatch.left is mismatch.right else f"{left} and {right}"
            raise self.error(
                "shapes", f"in {self.written(node)} the shapes {shapes} do not meet: {mismatch.rule}", node
            ) from None

    def _value(self, node: Node) -> Value:
        match node:
            case t.Num():
                return self.number(node)
            case t.Sym():
                return self.name(node)
            case t.Add():
                return self.tensors.sum(self.values(node.terms), "terms of a sum must have the same shape")
            case t.Neg():
                return self.mapped(node.body, lambda e: mul(MINUS_ONE, e))
            case t.Mul():
                return self.times(node)
            case t.Had():
                rule = "factors entry by entry must have the same shape"
                return self.tensors.hadamard(self.values(node.factors), rule)
            case t.Inner():
                return self.tensors.dot(*self.values((node.left, node.right)))
            case t.Outer():
                return self.tensors.outer(self.value(node.left), self.value(node.right))
            case t.Div():
                return self.quotient(node)
            case t.Pow():
                return self.raised(node)
            case t.Root():
                return self.root(node)
            case t.Transpose():
                return self.tensors.transposed(self.value(node.body))
            case t.Abs():
                return self.mapped(node.body, lambda e: Call(FUNCTIONS["abs"], (e,)))
            case t.Norm():
                return self.norm(node)
            case t.Sum():
                return summing.total(self, node)
            case t.App():
                return applying.applied(self, node)
            case t.Cases():
                return applying.cases(self, node)
            case t.Indicator():
                return Value(applying.indicator(self, node.condition))
            case t.Kronecker():
                left, right = (self.index(script, self.size_of(script)) for script in (node.left, node.right))
                return Value(delta(left, right))
            case t.Entry():
                return self.entry(node)
        raise self.error("unsupported", f"{_KINDS.get(type(node), 'this')} cannot stand in a forward equation", node)

    def mapped(self, node: Node, change: Callable[[Expression], Expression]) -> Value:
        """The value of a node with every entry changed."""
        value = self.value(node)
        return value.with_expression(change(value.expression))

    def values(self, nodes: tuple[Node, ...]) -> list[Value]:
        """The values of nodes that have one shape; a bare name whose shape is not known takes that of the others."""
        found: dict[int, Value] = {}
        unknown: dict[int, UnknownForm] = {}
        for position, node in enumerate(nodes):
            try:
                found[position] = self.value(node)
            except UnknownForm as missing:
                unknown[position] = missing
        known = next((v for v in found.values() if v.sides), next(iter(found.values()), None))
        for position in unknown:
            name = _bare(nodes[position])
            if name is None or known is None or not self.infer(name, known):
                raise UnknownForm({key: name for missing in unknown.values() for key, name in missing.keys.items()})
            found[position] = self.value(nodes[position])
        return [found[position] for position in range(len(nodes))]

    def infer(self, name: t.Sym, value: Value) -> bool:
        """Give a quantity the sides of a value."""
        key, carried, indices = self.names.sighted(name)
        return not carried and not indices and self.around.infer(key, name, value)

    def number(self, node: t.Num) -> Value:
        """A number, exactly."""
        if len(node.text) > MOST_DIGITS:
            raise self.error("too-long", f"a number of more than {MOST_DIGITS} digits", node)
        return Value(Number(Fraction(node.text)))

    def index(self, script: Node, size: Size) -> Index | int:
        """A script as an index over a size."""
        if isinstance(script, t.Num) and script.text.isdigit() and len(script.text) <= 7:
            start = 0 if any(r.lower == "0" for r in self.forward.indices.values()) else 1
            last = self.sizes.value(size)
            if int(script.text) < start or isinstance(last, int) and int(script.text) >= last + start:
                raise self.error("index-range", f"there is no entry {script.text} of {last}", script)
            return int(script.text) - start
        letter = compact(script)
        if not isinstance(script, t.Sym) or letter not in self.names.letters:
            raise self.error(
                "shifted-index",
                f"the index {letter} is not a letter or a number: shifted indices are not supported",
                script,
            )
        index = self.scope.get(letter)
        if index is None:
            raise self.error(
                "free-index",
                f"the index {letter} is neither on the left nor summed over",
                script,
                rf"write \sum_{letter}, with brackets around all that it sums; or einstein = true",
            )
        if not self.sizes.meet(self.tensors.size(index), size):
            spoken = self.sizes.spoken(self.tensors.size(index)), self.sizes.spoken(size)
            raise self.error(
                "shapes", f"the index {letter} runs to {spoken[0]} and cannot number {spoken[1]} entries", script
            )
        return index

    def name(self, node: t.Sym) -> Value:
        """A name: all of a quantity, one entry of it, a size, or a constant."""
        if node.base == "1" and self.around.form(self.names.sighted(node).key, node) is None:
            return Value(ONE, (self.tensors.index(self.sizes.fresh()), None))
        size = self.around.size(node)
        if size is not None:
            meant = self.sizes.meant(size)
            return Value(Number(meant) if isinstance(meant, int) else Symbol(meant))
        key, carried, indices = self.names.sighted(node)
        form = self.around.form(key, node)
        if form is None:
            raise UnknownForm({key: node})
        real = tuple(s for s in form.sides if s is not None)
        given = (*carried, *indices)
        quantity = self.around.quantity(key, node)
        if isinstance(quantity, Expression):
            return Value(quantity)
        if len(given) == len(form.axes):
            at = tuple(self.index(script, size) for script, size in zip(given, form.axes, strict=True))
            return Value(Ref(quantity, at))
        if len(given) == len(form.carried):
            at = tuple(self.index(script, size) for script, size in zip(given, form.carried, strict=True))
            sides = tuple(None if s is None else self.tensors.index(s) for s in form.sides)
        elif not given:
            at, sides = (), tuple(self.tensors.index(s) for s in form.axes)
            sides = (*sides, None) if len(sides) == 1 else sides
        elif len(indices) == 1 and len(real) == 2 and len(carried) == len(form.carried):
            at = tuple(self.index(script, size) for script, size in zip(given, form.axes, strict=False))
            sides = (self.tensors.index(real[1]), None)
        else:
            raise self.error(
                "index-count", f"{self.written(node)} has {len(given)} indices, and {len(form.axes)} axes", node
            )
        self.opened = self.opened or bool(sides)
        if node.base == "1":
            return Value(ONE, sides)
        return Value(Ref(quantity, at + tuple(s for s in sides if s is not None)), sides)

    def times(self, node: t.Mul) -> Value:
        """A product from left to right; a dot between two columns is their inner product."""
        try:
            values = [self.value(f) for f in node.factors]
        except UnknownForm:
            raise UnknownForm(self.unknowns(node.factors)) from None
        total = values[0]
        for sign, right in zip(node.operators, values[1:], strict=True):
            columns = [len(v.sides) == 2 and v.sides[0] is not None and v.sides[1] is None for v in (total, right)]
            if sign == "\\cdot" and all(columns):
                total = self.tensors.dot(total, right)
            else:
                try:
                    total = self.tensors.product(total, right)
                except Mismatch as mismatch:
                    if all(columns):
                        mismatch.rule += r" (write u^T v or u \cdot v for an inner product, u \odot v entry by entry)"
                    raise
        return total

    def unknowns(self, nodes: tuple[Node, ...]) -> dict[Key, t.Sym]:
        """All quantities in some nodes whose axes are not known."""
        found: dict[Key, t.Sym] = {}
        for node in nodes:
            try:
                self.value(node)
            except UnknownForm as missing:
                found.update(missing.keys)
        return found

    def quotient(self, node: t.Div) -> Value:
        """A quotient, entry by entry where both sides have entries."""
        normal = applying.normalised(self, node)
        if normal is not None:
            return normal
        above, below = self.value(node.numerator), self.value(node.denominator)
        if node is self.top and not _constant(above.expression) and not _constant(below.expression):
            both = self.tensors.entrywise([above, below], "what is divided entry by entry must have the same shape")
            return both[0].with_expression(Call(FUNCTIONS["quotient"], tuple(v.expression for v in both)))
        inverse = below.with_expression(power(below.expression, MINUS_ONE))
        if not below.sides:
            return Value(mul(above.expression, inverse.expression), above.sides)
        return self.tensors.hadamard([above, inverse], "what is divided entry by entry must have the same shape")

    def raised(self, node: t.Pow) -> Value:
        """A power of every entry; the square of a norm needs no root."""
        exponent = self.value(node.exponent)
        if not isinstance(exponent.expression, Number) or abs(exponent.expression.value) > 64:
            raise self.error("bad-power", "a power must be a number of at most 64", node.exponent, r"or \exp(...)")
        if isinstance(node.base, t.Norm) and exponent.expression == Number(2) and not self.order(node.base):
            value = self.value(node.base.body)
            return self.tensors.total(value.with_expression(power(value.expression, Number(2))))
        value = self.value(node.base)
        number = split(value.expression)[0]
        longest = max(number.numerator.bit_length(), number.denominator.bit_length())
        if longest * abs(exponent.expression.value) > MOST_BITS:
            raise self.error("too-large", "this power of a number is too large", node)
        sizes = {self.sizes.root(self.tensors.size(i)) for i in value.open}
        inverse = exponent.expression.value < 0
        if len(value.open) == 2 and (len(sizes) == 1 or inverse) and not self.entries:
            raise self.error(
                "matrix-power",
                "a power of a square matrix can be read in two ways"
                if len(sizes) == 1
                else "only a square matrix has an inverse",
                node,
                r"write A A, or A \odot A",
            )
        return value.with_expression(power(value.expression, exponent.expression))

    def root(self, node: t.Root) -> Value:
        """A root of every entry."""
        value = self.value(node.body)
        degree = Number(2) if node.degree is None else self.value(node.degree).expression
        if not isinstance(degree, Number) or not 0 < degree.value <= 64:
            raise self.error("bad-power", "the degree of a root must be a number", node)
        if degree == Number(2) and not isinstance(value.expression, Number) and not is_coefficient(value.expression):
            return value.with_expression(Call(FUNCTIONS["sqrt"], (value.expression,)))
        return value.with_expression(power(value.expression, Number(1 / degree.value)))

    def order(self, node: t.Norm) -> int:
        """The order of a norm, 0 for the usual one."""
        order = "" if node.order is None else sexpr(node.order)
        if order not in ("", "1", "2", "F"):
            raise self.error("bad-norm", f"the norm {order} is not supported", node, "norms 1, 2 and F are")
        return 1 if order == "1" else 0

    def norm(self, node: t.Norm) -> Value:
        """A norm over all entries."""
        value = self.value(node.body)
        if self.order(node):
            return self.tensors.total(value.with_expression(Call(FUNCTIONS["abs"], (value.expression,))))
        squares = self.tensors.total(value.with_expression(power(value.expression, Number(2))))
        return Value(Call(FUNCTIONS["sqrt"], (squares.expression,)))

    def size_of(self, script: Node) -> Size:
        """The size that a script runs over."""
        index = self.scope.get(compact(script))
        return self.sizes.fresh() if index is None else self.tensors.size(index)

    def entry(self, node: t.Entry) -> Value:
        """An entry of a formula in brackets."""
        value = self.value(node.body)
        if len(value.open) != len(node.indices):
            raise self.error("index-count", f"{len(node.indices)} indices on {len(value.open)} axes", node)
        mapping: dict[Index, Index | int] = {
            side: self.index(script, self.tensors.size(side))
            for side, script in zip(value.open, node.indices, strict=True)
        }
        return Value(replace_index(value.expression, mapping))


def _constant(e: Expression) -> bool:
    """Whether an expression is made of numbers, sizes and hyperparameters."""
    return isinstance(e, Number) or is_coefficient(e) or bool(children(e)) and all(map(_constant, children(e)))


def _bare(node: Node) -> t.Sym | None:
    """The name that a term is, with a sign or a transpose or not."""
    while isinstance(node, t.Neg):
        node = node.body
    return node if isinstance(node, t.Sym) else None


_KINDS: dict[type[Node], str] = {
    t.Deriv: "a derivative",
    t.Grad: "a gradient",
    t.Prod: "a product over an index",
    t.Matrix: "a matrix written out",
    t.Tuple: "a list",
    t.At: "a value at a point",
    t.Chain: "a relation",
    t.Update: "an assignment",
}
