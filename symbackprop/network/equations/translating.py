"""From the tree of a right side to its value: every kind of node, and what it does to entries and sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple, Protocol

from symbackprop.network.equations.meanings import function_of
from symbackprop.network.equations.names import Key, Names
from symbackprop.network.equations.sizes import Size, Sizes, extent
from symbackprop.network.equations.table import Forward
from symbackprop.network.equations.tensors import Mismatch, Tensors, Value
from symbackprop.network.equations.trees import letters_in
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact, sexpr
from symbackprop.reading.tree import Node
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import (
    MINUS_ONE,
    ONE,
    Call,
    Expression,
    Number,
    Ref,
    Symbol,
    add,
    delta,
    free_indices,
    is_coefficient,
    mul,
    power,
    replace_index,
    summed,
)
from symbackprop.vocabulary.quantities import Index, Quantity

MOST_DIGITS = 40


class Form(NamedTuple):
    """The axes of a quantity: indices it carries in front (samples, a family), then its sides, None for a unit."""

    carried: tuple[Size, ...]
    sides: tuple[Size | None, ...]

    @property
    def axes(self) -> tuple[Size, ...]:
        """The sizes of all axes."""
        return self.carried + tuple(s for s in self.sides if s is not None)


class UnknownForm(Exception):
    """The axes of these quantities have to be known first."""

    def __init__(self, keys: Mapping[Key, t.Sym]) -> None:
        super().__init__(", ".join(k.base for k in keys))
        self.keys = dict(keys)


class Surroundings(Protocol):
    """What a translation needs to know of the network around it."""

    def form(self, key: Key, name: t.Sym) -> Form | None:
        """The axes of a quantity, None where they are not known yet."""

    def infer(self, key: Key, name: t.Sym, value: Value) -> bool:
        """Give a quantity the sides of a value, if it may take them."""

    def quantity(self, key: Key, name: t.Sym) -> Quantity | Expression:
        """The quantity, or what a hyperparameter is."""

    def letter(self, letter: str) -> Size | None:
        """The declared size of an index letter."""

    def meaning(self, function: t.Sym) -> tuple[str, str]:
        """What a function means, and its LaTeX."""

    def applied(self, function: str, head: str, argument: Value, axis: Index | None, name: str) -> Value:
        """A function that needs definitions of its own: an activation inside a formula, softmax, an unspecified scalar."""

    def whole(self, head: str, arguments: list[Value]) -> Value:
        """An unspecified function of all entries of its arguments."""


class Translator:
    """Translates right sides over one set of names and sizes."""

    def __init__(self, forward: Forward, names: Names, sizes: Sizes, around: Surroundings) -> None:
        self.forward = forward
        self.names = names
        self.sizes = sizes
        self.tensors = Tensors(sizes)
        self.around = around
        self.scope: dict[str, Index] = {}
        self.opened = False
        """Whether any vector or matrix was met that shows no index."""

    def error(self, code: str, message: str, node: Node, hint: str | None = None) -> InputError:
        """An error at a node."""
        return self.forward.error(code, message, node.span, hint)

    def written(self, node: Node) -> str:
        """A node as the author wrote it."""
        return " ".join(self.forward.equations[slice(*node.span)].split())

    def value(self, node: Node) -> Value:
        """The value of a node."""
        method = _METHODS.get(type(node))
        if method is None:
            raise self.error(
                "unsupported", f"{_KINDS.get(type(node), 'this')} cannot stand in a forward equation", node
            )
        try:
            return method(self, node)
        except Mismatch as mismatch:
            left, right = (self.tensors.shape(v) for v in (mismatch.left, mismatch.right))
            shapes = left if mismatch.left is mismatch.right else f"{left} and {right}"
            raise self.error(
                "shapes", f"in {self.written(node)} the shapes {shapes} do not meet: {mismatch.rule}", node
            ) from None

    def values(self, nodes: tuple[Node, ...]) -> list[Value]:
        """The values of nodes that have one shape; a bare name whose shape is not known takes that of the others."""
        found: dict[int, Value] = {}
        unknown: list[tuple[int, UnknownForm]] = []
        for position, node in enumerate(nodes):
            try:
                found[position] = self.value(node)
            except UnknownForm as missing:
                unknown.append((position, missing))
        known = next((v for v in found.values() if v.sides), next(iter(found.values()), None))
        for position, missing in unknown:
            name = _bare(nodes[position])
            if name is None or known is None or not self.infer(name, known):
                raise UnknownForm({k: n for _, m in unknown for k, n in m.keys.items()})
            found[position] = self.value(nodes[position])
        return [found[position] for position in range(len(nodes))]

    def infer(self, name: t.Sym, value: Value) -> bool:
        """Give a quantity the sides of a value."""
        key, carried, indices = self.names.sighted(name)
        return not carried and not indices and self.around.infer(key, name, value)

    def number(self, node: t.Num) -> Value:
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
                rf"write \sum_{letter}, or einstein = true if repeated indices are summed",
            )
        if not self.sizes.meet(self.tensors.size(index), size):
            spoken = self.sizes.spoken(self.tensors.size(index)), self.sizes.spoken(size)
            raise self.error(
                "shapes", f"the index {letter} runs to {spoken[0]} and cannot number {spoken[1]} entries", script
            )
        return index

    def name(self, node: t.Sym) -> Value:
        if node.base == "1" and self.around.form(self.names.sighted(node).key, node) is None:
            return Value(ONE, (self.tensors.index(self.sizes.fresh()), None))
        size = self.names.is_size(node)
        key, carried, indices = self.names.sighted(node)
        if size is not None and not carried and not indices and self.around.form(key, node) in (None, Form((), ())):
            return Value(Number(int(size)) if size.isdigit() else Symbol(size))
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

    def plus(self, node: t.Add) -> Value:
        return self.tensors.sum(self.values(node.terms), "terms of a sum must have the same shape")

    def minus(self, node: t.Neg) -> Value:
        value = self.value(node.body)
        return value.with_expression(mul(MINUS_ONE, value.expression))

    def times(self, node: t.Mul) -> Value:
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

    def hadamard(self, node: t.Had) -> Value:
        return self.tensors.hadamard(self.values(node.factors), "factors entry by entry must have the same shape")

    def inner(self, node: t.Inner) -> Value:
        return self.tensors.dot(*self.values((node.left, node.right)))

    def outer(self, node: t.Outer) -> Value:
        return self.tensors.outer(self.value(node.left), self.value(node.right))

    def quotient(self, node: t.Div) -> Value:
        normal = self.normalised(node)
        if normal is not None:
            return normal
        above, below = self.value(node.numerator), self.value(node.denominator)
        inverse = below.with_expression(power(below.expression, MINUS_ONE))
        if not below.sides:
            return Value(mul(above.expression, inverse.expression), above.sides)
        return self.tensors.hadamard([above, inverse], "what is divided entry by entry must have the same shape")

    def normalised(self, node: t.Div) -> Value | None:
        """Softmax written out: exp of something over the sum of the same over its index."""
        above, below = node.numerator, node.denominator
        if not (isinstance(below, t.Sum) and len(below.ranges) == 1 and below.ranges[0].condition is None):
            return None
        if not (_is_exp(above) and _is_exp(below.body)):
            return None
        assert isinstance(above, t.App) and isinstance(below.body, t.App)
        letter = compact(below.ranges[0].index)
        for own in sorted(self.scope):
            if own != letter and sexpr(_lettered(above, own, letter)) == sexpr(below.body):
                self.bind(below.ranges[0], lambda: self.value(below.body))
                argument = self.value(above.arguments[0])
                if self.scope[own] in free_indices(argument.expression):
                    over = self.scope[own]
                    self.limits(below.ranges[0], over)
                    return self.around.applied("softmax", r"\mathrm{softmax}", argument, over, "")
        return None

    def raised(self, node: t.Pow) -> Value:
        exponent = self.value(node.exponent)
        if not isinstance(exponent.expression, Number) or abs(exponent.expression.value) > 64:
            raise self.error("bad-power", "a power must be a number of at most 64", node.exponent, r"or \exp(...)")
        if isinstance(node.base, t.Norm) and exponent.expression == Number(2) and not self.order(node.base):
            value = self.value(node.base.body)
            return self.tensors.total(value.with_expression(power(value.expression, Number(2))))
        value = self.value(node.base)
        if len(value.open) == 2 and value.open[0].dimension == value.open[1].dimension and not self.entries:
            raise self.error(
                "matrix-power", "a power of a square matrix can be read in two ways", node, r"write A A, or A \odot A"
            )
        return value.with_expression(power(value.expression, exponent.expression))

    entries = False
    """Whether a power is surely one of entries, inside a sum of all entries."""

    def root(self, node: t.Root) -> Value:
        value = self.value(node.body)
        degree = Number(2) if node.degree is None else self.value(node.degree).expression
        if not isinstance(degree, Number) or not 0 < degree.value <= 64:
            raise self.error("bad-power", "the degree of a root must be a number", node)
        if degree == Number(2) and not isinstance(value.expression, Number) and not is_coefficient(value.expression):
            return value.with_expression(Call(FUNCTIONS["sqrt"], (value.expression,)))
        return value.with_expression(power(value.expression, Number(1 / degree.value)))

    def transposed(self, node: t.Transpose) -> Value:
        return self.tensors.transposed(self.value(node.body))

    def absolute(self, node: t.Abs) -> Value:
        value = self.value(node.body)
        return value.with_expression(Call(FUNCTIONS["abs"], (value.expression,)))

    def order(self, node: t.Norm) -> int:
        """The order of a norm, 0 for the usual one."""
        order = "" if node.order is None else sexpr(node.order)
        if order not in ("", "1", "2", "F"):
            raise self.error("bad-norm", f"the norm {order} is not supported", node, "norms 1, 2 and F are")
        return 1 if order == "1" else 0

    def norm(self, node: t.Norm) -> Value:
        value = self.value(node.body)
        if self.order(node):
            return self.tensors.total(value.with_expression(Call(FUNCTIONS["abs"], (value.expression,))))
        squares = self.tensors.total(value.with_expression(power(value.expression, Number(2))))
        return Value(Call(FUNCTIONS["sqrt"], (squares.expression,)))

    def total(self, node: t.Sum) -> Value:
        letters = [compact(r.index) for r in node.ranges]
        entries = [x for r in node.ranges if (x := r.index) and isinstance(x, t.Sym) and self.around.form(self.names.sighted(x).key, x)]
        if not node.ranges or len(entries) == len(node.ranges) == 1 and letters[0] not in self.forward.samples:
            before, self.entries = self.entries, True
            value = self.value(node.body)
            self.entries = before
            if not value.sides:
                raise self.error(
                    "sum-of-nothing", "it is not clear what this sums over", node, r"write \sum_{i=1}^{n}"
                )
            return self.tensors.total(value)
        body = node.body
        if len(node.ranges) > 1:
            body = t.Sum(node.ranges[1:], body, span=node.span)
        over = node.ranges[0]
        if over.condition is not None:
            raise self.error("condition", "a sum under a condition is not supported here", over.condition)

        def inside() -> Value:
            value = self.value(body)
            index = self.scope[compact(over.index)]
            if letters[0] in self.forward.samples and index not in free_indices(value.expression):
                raise self.error(
                    "no-sample",
                    f"nothing in this sum carries the sample {letters[0]}",
                    node,
                    f"write it on what varies with the sample, such as x_{letters[0]} or y^{{({letters[0]})}}",
                )
            self.limits(over, index)
            return value.with_expression(summed((index,), value.expression))

        return self.bind(over, inside)

    def bind(self, over: t.Range, inside: Callable[[], Value]) -> Value:
        """A value in which the letter of a range is bound."""
        letter = compact(over.index)
        size = self.around.letter(letter)
        index = self.tensors.index(self.sizes.fresh(letter) if size is None else size, letter)
        before = self.scope.get(letter)
        self.scope[letter] = index
        try:
            return inside()
        finally:
            if before is None:
                del self.scope[letter]
            else:
                self.scope[letter] = before

    def limits(self, over: t.Range, index: Index) -> None:
        """Let the limits of a sum agree with the size of its index."""
        if over.upper is None:
            return
        lower = "1" if over.lower is None else compact(over.lower)
        try:
            size = self.sizes.given(extent(lower, compact(over.upper)))
        except InputError as error:
            raise self.error(error.code, error.message, over.index, error.hint) from None
        if not self.sizes.meet(self.tensors.size(index), size):
            spoken = self.sizes.spoken(self.tensors.size(index))
            raise self.error(
                "shapes",
                f"the sum takes {self.sizes.spoken(size)} values of {compact(over.index)}, and there are {spoken}",
                over.index,
            )

    def applied(self, node: t.App) -> Value:
        meaning, head = self.around.meaning(node.function)
        arguments = list(node.arguments)
        if meaning == "scalar":
            return self.around.whole(head, [self.value(a) for a in arguments])
        if meaning in ("max", "min") and len(arguments) == 2:
            zero = next((k for k, a in enumerate(arguments) if a == t.Num("0")), None)
            if meaning == "max" and zero is not None:
                arguments.pop(zero)
                meaning, head = "relu", r"\mathrm{ReLU}"
            else:
                both = self.tensors.entrywise(
                    self.values(tuple(arguments)), "both must have the same shape"
                )
                return both[0].with_expression(Call(FUNCTIONS[meaning], tuple(v.expression for v in both)))
        if len(arguments) != 1:
            raise self.error(
                "argument-count", f"{self.written(node.function)} takes one argument, not {len(arguments)}", node
            )
        argument = self.value(arguments[0])
        if meaning in _WHOLE:
            return _WHOLE[meaning](self, argument)
        if meaning.startswith("softmax"):
            return self.softmax(node, meaning, head, argument)
        return self.around.applied(meaning, head, argument, None, self.written(node))

    def softmax(self, node: t.App, meaning: str, head: str, argument: Value) -> Value:
        """Softmax of a vector, or of every row (or column) of a matrix."""
        open_ = argument.open
        if not open_:
            raise self.error(
                "softmax-of-one", "softmax needs a vector or a matrix to compare entries of", node,
                "or write it out: e^{z_j} / \\sum_k e^{z_k}",
            )  # fmt: skip
        axis = open_[0] if meaning == "softmax-columns" else open_[-1]
        return self.around.applied("softmax", head, argument, axis, self.written(node))

    def cases(self, node: t.Cases) -> Value:
        """Values by cases as a sum of values times indicators."""
        left: Expression = ONE
        terms = []
        for branch, condition in node.branches:
            holds = ONE if condition is None else self.indicator(condition)
            value = self.value(branch)
            if value.sides:
                raise self.error("unsupported", "cases are read for numbers only", branch, "write it for one entry")
            terms.append(mul(left, holds, value.expression))
            left = mul(left, add(ONE, mul(MINUS_ONE, holds)))
        return Value(add(*terms))

    def indicated(self, node: t.Indicator) -> Value:
        return Value(self.indicator(node.condition))

    def indicator(self, condition: Node) -> Expression:
        """One where a comparison holds, by the step function."""
        signs = {">": 1, ">=": 1, "<": -1, "<=": -1}
        if not isinstance(condition, t.Chain) or len(condition.links) != 1 or condition.links[0][0] not in signs:
            raise self.error("condition", "a condition is one comparison, such as z > 0", condition)
        sign, right = condition.links[0]
        left, other = self.value(condition.first), self.value(right)
        if left.sides or other.sides:
            raise self.error("condition", "conditions are read for numbers only", condition)
        difference = add(left.expression, mul(MINUS_ONE, other.expression))
        return Call(FUNCTIONS["step"], (mul(Number(signs[sign]), difference),))

    def kronecker(self, node: t.Kronecker) -> Value:
        found = [self.index(script, self.size_of(script)) for script in (node.left, node.right)]
        return Value(delta(found[0], found[1]))

    def size_of(self, script: Node) -> Size:
        """The size that a script runs over."""
        index = self.scope.get(compact(script))
        return self.sizes.fresh() if index is None else self.tensors.size(index)

    def entry(self, node: t.Entry) -> Value:
        value = self.value(node.body)
        if len(value.open) != len(node.indices):
            raise self.error("index-count", f"{len(node.indices)} indices on {len(value.open)} axes", node)
        mapping: dict[Index, Index | int] = {
            side: self.index(script, self.tensors.size(side))
            for side, script in zip(value.open, node.indices, strict=True)
        }
        return Value(replace_index(value.expression, mapping))


def _mean(self: Translator, value: Value) -> Value:
    total = self.tensors.total(value).expression
    count = mul(*(summed((i,), ONE) for i in value.open))
    return Value(mul(power(count, MINUS_ONE), total))


def _variance(self: Translator, value: Value) -> Value:
    centred = add(value.expression, mul(MINUS_ONE, _mean(self, value).expression))
    return _mean(self, value.with_expression(power(centred, Number(2))))


_WHOLE: dict[str, Callable[[Translator, Value], Value]] = {
    "diag": lambda self, v: self.tensors.diagonal(v),
    "tr": lambda self, v: self.tensors.trace(v),
    "trace": lambda self, v: self.tensors.trace(v),
    "sum": lambda self, v: self.tensors.total(v),
    "mean": _mean,
    "var": _variance,
}


def _bare(node: Node) -> t.Sym | None:
    """The name that a term is, with a sign or a transpose or not."""
    while isinstance(node, t.Neg):
        node = node.body
    return node if isinstance(node, t.Sym) else None


def _is_exp(node: Node) -> bool:
    return isinstance(node, t.App) and node.function.base == "exp" and len(node.arguments) == 1


def _lettered(node: Node, old: str, new: str) -> Node:
    """The tree with one index letter in place of another."""
    from symbackprop.network.equations.trees import rebuilt

    def script(at: Node) -> Node | None:
        if isinstance(at, t.Sym) and compact(at) == old:
            accent, _, base = new.rpartition(".")
            primes = len(base) - len(base.rstrip("'"))
            return t.Sym(base.rstrip("'"), accent, primes=primes)
        return None

    def change(at: Node) -> Node | None:
        if not isinstance(at, t.Sym) or not any(old in letters_in(s) for s in (at.sample, at.layer, *at.indices) if s):
            return None
        return t.Sym(
            at.base,
            at.accent,
            None if at.layer is None else rebuilt(at.layer, script),
            None if at.sample is None else rebuilt(at.sample, script),
            tuple(rebuilt(i, script) for i in at.indices),
            at.label,
            at.primes,
        )

    return rebuilt(node, change)


_METHODS: dict[type[Node], Callable[[Translator, Node], Value]] = {
    t.Num: Translator.number,
    t.Sym: Translator.name,
    t.Add: Translator.plus,
    t.Neg: Translator.minus,
    t.Mul: Translator.times,
    t.Had: Translator.hadamard,
    t.Inner: Translator.inner,
    t.Outer: Translator.outer,
    t.Div: Translator.quotient,
    t.Pow: Translator.raised,
    t.Root: Translator.root,
    t.Transpose: Translator.transposed,
    t.Abs: Translator.absolute,
    t.Norm: Translator.norm,
    t.Sum: Translator.total,
    t.App: Translator.applied,
    t.Cases: Translator.cases,
    t.Indicator: Translator.indicated,
    t.Kronecker: Translator.kronecker,
    t.Entry: Translator.entry,
}  # type: ignore[dict-item]

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
