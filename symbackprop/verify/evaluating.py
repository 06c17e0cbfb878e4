"""What a formula comes to at an instance of a network: every kind of node of the tree that the reader gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Generic, NamedTuple, TypeVar

from symbackprop.networks.equations.trees import letters_in, parts_of, rebuilt, with_numbers
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact, sexpr
from symbackprop.reading.tree import Node, Sym
from symbackprop.symbolic.algebra import applied
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.verify.arrays import Array, Arrays, Mismatch, Sides, flat, offset, points
from symbackprop.verify.instances import Instance
from symbackprop.verify.letters import free_letters, sizes_of
from symbackprop.verify.normal import Normal
from symbackprop.verify.reals import Interval, Undecided, differs
from symbackprop.verify.subjects import Alias, Constant, Free, Named, Ones, Subject, derivative
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Quantity

T = TypeVar("T")
MOST_DIGITS = 40
MOST_TERMS = 20_000


@dataclass(frozen=True, slots=True)
class Reading:
    """How a formula is to be understood where people differ.

    ``rows``: a derivative by a vector is a row, by a matrix transposed (numerator layout). ``entrywise``: the
    derivative of an array by one of the same shape, and the slope of a function at an array, are taken entry by entry
    and act as a diagonal matrix where a matrix is needed. ``dots``: a dot or star between arrays of one shape is a
    product entry by entry. ``repeated``: repeated indices are summed. ``immediate``: a derivative by an argument of a
    definition is taken with its other arguments held fixed.
    """

    rows: bool = False
    entrywise: bool = False
    dots: bool = False
    repeated: bool = False
    immediate: bool = False


LITERAL = Reading()


class Tag(NamedTuple):
    """What a derivative is taken of or by: a quantity, the entry if one is meant, and how it lies."""

    quantity: Quantity
    fixed: tuple[int, ...] | None
    sides: Sides


class Undefined(Exception):
    """A formula has no value at an instance: an index out of its range, a layer that does not exist."""


class Unsupported(Exception):
    """A kind of formula that cannot be judged; ``node`` is where it stands."""

    def __init__(self, message: str, node: Node, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.node = node
        self.hint = hint


class Meter:
    """How much more may be worked out for one claim; :class:`Unsupported` when it is used up."""

    MOST = 600_000

    def __init__(self) -> None:
        self.left = self.MOST

    def use(self, amount: int, node: Node) -> None:
        """Use up an amount of work at a node."""
        self.left -= amount
        if self.left < 0:
            raise Unsupported("this takes more work than one claim may", node)


class Misshapen(Exception):
    """Two parts of a formula whose shapes do not meet; ``node`` is the formula, ``shapes`` those of its parts."""

    def __init__(self, node: Node, mismatch: Mismatch) -> None:
        super().__init__(mismatch.rule)
        self.node = node
        self.rule = mismatch.rule
        self.shapes = mismatch.shapes


class Evaluator(Generic[T]):
    """Evaluates formulas at one instance, under one reading; ``letters`` are the values of free letters."""

    def __init__(
        self, subject: Subject, instance: Instance[T], reading: Reading = LITERAL, meter: Meter | None = None
    ) -> None:
        self.subject = subject
        self.meter = meter or Meter()
        self.instance = instance
        self.reading = reading
        self.algebra = instance.algebra
        self.arrays = Arrays(self.algebra)
        self.letters: dict[str, int] = {}
        self.held: dict[Node, Array[T]] = {}
        self.touched: set[Quantity] = set()

    def at(self, node: Node, letters: Mapping[str, int]) -> Array[T]:
        """The value of a formula for given values of its free letters."""
        self.letters = dict(letters)
        return self.value(node)

    def value(self, node: Node) -> Array[T]:
        """The value of a formula."""
        if self.held and node in self.held:
            return self.held[node]
        formulas = self.subject.formulas
        if formulas and isinstance(node, t.Grad | t.App | t.Transpose) and node in formulas:
            return self.value(formulas[node])
        self.meter.use(1, node)
        way = _WAYS.get(type(node))
        if way is None:
            raise Unsupported(f"{_KINDS.get(type(node), 'this')} cannot be judged", node)
        try:
            return way(self, node)
        except Mismatch as mismatch:
            raise Misshapen(node, mismatch) from None

    # numbers and names

    def number(self, value: Fraction | int) -> Array[T]:
        """A number as an array."""
        return Array((self.algebra.number(Fraction(value)),))

    def digits(self, node: t.Num) -> Array[T]:
        """A number as it is written."""
        if len(node.text) > MOST_DIGITS:
            raise Unsupported(f"a number of more than {MOST_DIGITS} digits", node)
        return self.number(Fraction(node.text.rstrip(".") if node.text.endswith(".") else node.text))

    def name(self, node: Sym) -> Array[T]:
        """A quantity or an entry of it, a size, a constant, or what a further name stands for."""
        meaning = self.subject.meaning(node) or self.subject.value_of(node)
        if isinstance(meaning, Named):
            quantity, at, sides, axes = self.lying(meaning, node)
            self.touched.add(quantity)
            values = self.instance.values
            if not axes:
                return Array((values[quantity, at],))
            shape = [self.instance.shape(quantity)[a] for a in axes]
            order = sorted(range(len(axes)), key=lambda k: axes[k])
            entries = []
            for point in points(shape):
                free = iter([point[k] for k in order])
                entries.append(values[quantity, tuple(next(free) if i < 0 else i for i in at)])
            return Array(tuple(entries), sides)
        if isinstance(meaning, Constant):
            return Array((self.constant(meaning.name),))
        if isinstance(meaning, Free):
            return Array((self.instance.free(meaning.name),))
        if isinstance(meaning, Ones):
            raise Unsupported("how long the vector of ones is cannot be told here", node)
        if isinstance(meaning, Alias):
            return self.meant(meaning, node)
        if node.base in self.letters and not node.indices and node.layer is None:
            return self.number(self.letters[node.base] + self.subject.first)
        if node.base == "1":
            return self.number(1)
        raise Unsupported(f"{compact(node)} is no quantity of this network", node)

    def constant(self, name: str) -> T:
        """The value of a size, a hyperparameter or pi."""
        if name in self.instance.symbols:
            return self.instance.symbols[name]
        return self.algebra.symbol(name)

    def lying(self, meaning: Named, node: Node) -> tuple[Quantity, tuple[int, ...], Sides, tuple[int, ...]]:
        """The entry that a name fixes (-1: free) and the axes that stay free, as they lie."""
        quantity = meaning.quantity
        axes = len(quantity.axes)
        shape = self.instance.shape(quantity)
        scripts = meaning.scripts
        if meaning.carried and len(scripts) in (0, axes - meaning.carried):
            implied = [self.letters[s] for s in self.samples(quantity, meaning.carried)]
            if len(implied) == meaning.carried:
                at = (*implied, *([-1] * (axes - meaning.carried)))
                if scripts:
                    for position, script in enumerate(scripts, meaning.carried):
                        at = (*at[:position], self.index(script, shape[position]), *at[position + 1 :])
                    return quantity, at, (), ()
                return (quantity, at, *self.sides(meaning.layout, shape))
        if len(scripts) == axes:
            found = [0] * axes
            for script, axis in zip(scripts, meaning.order, strict=True):
                found[axis] = self.index(script, shape[axis])
            return quantity, tuple(found), (), ()
        if len(scripts) == meaning.carried:
            at = tuple(self.index(s, shape[k]) for k, s in enumerate(scripts)) + (-1,) * (axes - meaning.carried)
            return (quantity, at, *self.sides(meaning.layout, shape))
        if not scripts:
            every: tuple[int | None, ...] = tuple(range(axes))
            return (quantity, (-1,) * axes, *self.sides((0, None) if axes == 1 else every, shape))
        if len(scripts) == axes - 1 and meaning.carried in (0, axes - 2):
            at = [-1] * axes
            for script, axis in zip(scripts, meaning.order, strict=False):
                at[axis] = self.index(script, shape[axis])
            free = at.index(-1)
            return quantity, tuple(at), (shape[free], None), (free,)
        raise Unsupported(f"{compact(node)} has {len(scripts)} indices, and {axes} axes", node)

    def samples(self, quantity: Quantity, carried: int) -> list[str]:
        """The letters of samples that are bound around a quantity which does not show them."""
        names = [axis.size for axis in quantity.axes[:carried]]
        bound = [
            letter
            for letter, size in self.subject.letters.items()
            if letter in self.letters and size in names and self.letters[letter] < self.instance.size(quantity.axes[0])
        ]
        return bound if len(bound) == carried else []

    def sides(self, layout: tuple[int | None, ...], shape: tuple[int, ...]) -> tuple[Sides, tuple[int, ...]]:
        """The sizes of the sides, and the axes that lie there."""
        return tuple(None if a is None else shape[a] for a in layout), tuple(a for a in layout if a is not None)

    def index(self, script: Node, size: int) -> int:
        """The entry that a script picks, counted from zero."""
        found = self.whole(script)
        if isinstance(script, t.Num):
            found -= self.subject.first
        if not 0 <= found < size:
            raise Undefined(f"there is no entry {compact(script)}")
        return found

    def whole(self, script: Node) -> int:
        """The value of a script: a letter's, counted from zero, or a number as it is written."""
        if isinstance(script, t.Num) and script.text.isdigit() and len(script.text) <= 7:
            return int(script.text)
        if isinstance(script, Sym):
            letter = compact(script)
            if letter in self.letters:
                return self.letters[letter]
            meaning = self.subject.meaning(script)
            if isinstance(meaning, Constant) and meaning.name in self.instance.sizes:
                return self.instance.sizes[meaning.name] - 1
        if isinstance(script, t.Neg):
            return -self.whole(script.body)
        if isinstance(script, t.Add):
            return sum(map(self.whole, script.terms))
        if isinstance(script, t.Mul):
            found = 1
            for factor in script.factors:
                found *= self.whole(factor)
            return found
        raise Unsupported(f"{compact(script)} is no index here", script)

    def meant(self, alias: Alias, node: Sym) -> Array[T]:
        """What a further name stands for, with its letters bound to what is written."""
        tree, left = unfolded(alias, node), alias.left
        formals = [compact(i) for i in left.indices]
        outer = self.letters
        if len(node.indices) == len(formals):
            values = [self.whole(i) - (self.subject.first if isinstance(i, t.Num) else 0) for i in node.indices]
            self.letters = {**outer, **dict(zip(formals, values, strict=True))}
            try:
                return self.value(tree)
            finally:
                self.letters = outer
        if node.indices:
            if not formals:
                whole = self.value(tree)
                at = [self.index(i, size) for i, size in zip(node.indices, whole.shape, strict=False)]
                if len(at) == len(whole.shape):
                    return Array((whole.entries[offset(whole.shape, at)],))
            raise Unsupported(
                f"{compact(node)} has {len(node.indices)} indices, and is defined with {len(formals)}", node
            )
        return self.value(without_indices(tree, frozenset(formals)))

    # sums, products, powers

    def added(self, node: t.Add) -> Array[T]:
        """A sum."""
        return self.arrays.sum([self.value(term) for term in node.terms])

    def negated(self, node: t.Neg) -> Array[T]:
        """Minus the body."""
        return self.arrays.scaled(self.algebra.number(Fraction(-1)), self.value(node.body))

    def times(self, node: t.Mul) -> Array[T]:
        """A product from left to right."""
        values = [self.factor(f) for f in node.factors]
        known = [v for v in values if v is not None]
        if len(known) < len(values):
            return self.with_ones(node, values)
        total = known[0]
        for sign, right in zip(node.operators, known[1:], strict=True):
            total = self.pair(sign, total, right)
        return total

    def factor(self, node: Node) -> Array[T] | None:
        """The value of a factor, None for a vector of ones."""
        inner = node.body if isinstance(node, t.Transpose) else node
        if isinstance(inner, Sym) and isinstance(self.subject.meaning(inner), Ones):
            return None
        return self.value(node)

    def with_ones(self, node: t.Mul, values: list[Array[T] | None]) -> Array[T]:
        """A product with a vector of ones: a sum over rows or columns, or a repetition, which is left to the sum."""
        total: Array[T] | None = None
        for position, value in enumerate(values):
            if value is None and total is None:
                following = next((v for v in values[position + 1 :] if v is not None), None)
                if following is None or not following.sides or following.sides[0] is None:
                    return self.with_ones_left(node, values)
                one = self.algebra.number(Fraction(1))
                total = Array((one,) * following.sides[0], (None, following.sides[0]))
            elif value is None and total is not None:
                last = total.sides[-1] if total.sides else None
                if last is None:
                    continue
                one = self.algebra.number(Fraction(1))
                total = self.arrays.product(total, Array((one,) * last, (last, None)))
            elif value is not None:
                total = value if total is None else self.arrays.product(total, value)
        assert total is not None
        return total

    def with_ones_left(self, node: t.Mul, values: list[Array[T] | None]) -> Array[T]:
        """Ones beside a row or a number: the row is repeated where it is added to something."""
        known = [v for v in values if v is not None]
        total = known[0] if known else self.number(1)
        for value in known[1:]:
            total = self.arrays.product(total, value)
        return total

    def pair(self, sign: str, left: Array[T], right: Array[T]) -> Array[T]:
        """A product of two; a dot between two columns is their inner product."""
        if sign == "\\cdot" and left.column and right.column and not self.reading.dots and left.inner is None:
            return self.arrays.dot(left, right)
        if sign and self.reading.dots and left.shape == right.shape and left.shape:
            return self.arrays.hadamard([left, right])
        try:
            return self.arrays.product(left, right)
        except Mismatch:
            pulled = self.arrays.contracted(left, right)
            if pulled is not None:
                return pulled
            if self.reading.entrywise:
                for a, b, first in ((left, right, True), (right, left, False)):
                    if isinstance(a.of, Slope) and len(a.shape) == 1:
                        diagonal = self.arrays.diagonal(a, self.algebra.number(Fraction(0)))
                        return self.arrays.product(diagonal, b) if first else self.arrays.product(b, diagonal)
            raise

    def entrywise(self, node: t.Had) -> Array[T]:
        """A product entry by entry; a derivative of one array by another of the same shape is its diagonal there."""
        values = [self.value(f) for f in node.factors]
        plain = next((v.shape for v in values if len(v.shape) <= 2 and not _square(v)), None)
        if plain is not None:
            values = [self.entry_by_entry(v) if _square(v) and v.shape[: v.inner] == plain else v for v in values]
        total = values[0]
        for value in values[1:]:
            total = self.arrays.hadamard([total, value])
        return total

    def entry_by_entry(self, array: Array[T]) -> Array[T]:
        """The diagonal of the derivative of an array by another of its shape, shaped like it."""
        shape = array.shape[: array.inner]
        n = 1
        for size in shape:
            n *= size
        zero = self.algebra.number(Fraction(0))
        for i in range(n):
            if any(array.entries[i * n + j] != zero for j in range(n) if j != i):
                raise Mismatch("entries of one depend on all entries of the other", array, array)
        sides = array.of.sides if isinstance(array.of, Tag) else (shape[0], None)
        return Array(tuple(array.entries[i * n + i] for i in range(n)), sides)

    def quotient(self, node: t.Div) -> Array[T]:
        """A quotient, entry by entry where both sides have entries."""
        above, below = self.value(node.numerator), self.value(node.denominator)
        minus = self.algebra.number(Fraction(-1))
        inverse = self.arrays.mapped(below, lambda e: self.algebra.power(e, minus))
        if not below.sides or below.number:
            return self.arrays.scaled(inverse.entries[0], above)
        return self.arrays.hadamard([above, inverse], "what is divided entry by entry must have the same shape")

    def raised(self, node: t.Pow) -> Array[T]:
        """A power of every entry; the square of a norm needs no root."""
        exponent = self.value(node.exponent)
        if not exponent.number:
            raise Unsupported("a power must be a number", node.exponent)
        if isinstance(node.base, t.Norm) and isinstance(node.exponent, t.Num) and node.exponent.text == "2":
            return self.squares(node.base)
        base = self.value(node.base)
        if isinstance(node.exponent, t.Num) and len(node.exponent.text) > 3:
            raise Unsupported("a power of at most 999 is expected", node.exponent)
        return self.arrays.mapped(base, lambda e: self.algebra.power(e, exponent.entries[0]))

    def root(self, node: t.Root) -> Array[T]:
        """A root of every entry."""
        if node.degree is not None and not isinstance(node.degree, t.Num):
            raise Unsupported("the degree of a root must be a number", node)
        degree = Fraction(1, int(node.degree.text[:3])) if isinstance(node.degree, t.Num) else Fraction(1, 2)
        power = self.algebra.number(degree)
        return self.arrays.mapped(self.value(node.body), lambda e: self.algebra.power(e, power))

    def squares(self, node: t.Norm) -> Array[T]:
        """The square of a norm."""
        if node.order is not None and sexpr(node.order) not in ("2", "F"):
            raise Unsupported(f"the norm {sexpr(node.order)}", node)
        value = self.value(node.body).plain()
        return self.arrays.total(self.arrays.mapped(value, lambda e: self.algebra.mul((e, e))))

    def norm(self, node: t.Norm) -> Array[T]:
        """A norm over all entries."""
        if node.order is not None and sexpr(node.order) == "1":
            return self.arrays.total(self.arrays.mapped(self.value(node.body), self.absolute))
        half = self.algebra.number(Fraction(1, 2))
        return self.arrays.mapped(self.squares(node), lambda e: self.algebra.power(e, half))

    def absolute(self, value: T) -> T:
        """An absolute value."""
        return applied(self.algebra, FUNCTIONS["abs"], [value])

    def ranges(self, node: t.Sum | t.Prod) -> list[tuple[str, list[int]]]:
        """Every letter that a sum binds, with its values counted from zero; inner ones last."""
        found = []
        for over in node.ranges:
            letter = compact(over.index)
            if over.lower is not None and over.upper is not None or over.upper is not None:
                low = self.limit(over.lower) if over.lower is not None else self.subject.first
                try:
                    high = self.limit(over.upper)
                except Unsupported:
                    size = self.range_of(letter, node.body)
                    if size is None or not isinstance(over.upper, Sym) or low != self.subject.first:
                        raise
                    high = size - 1 + low
                values = list(range(low - self.subject.first, high - self.subject.first + 1))
            else:
                size = self.range_of(letter, node.body)
                if size is None:
                    raise Unsupported(f"it cannot be told what {letter} runs over", over.index)
                values = list(range(size))
            self.meter.use(len(values), over.index)
            if len(values) > MOST_TERMS:
                raise Unsupported("a sum of too many terms", over.index)
            found.append((letter, values))
        return found

    def limit(self, node: Node) -> int:
        """A limit of a sum, as it is written."""
        if isinstance(node, Sym):
            meaning = self.subject.meaning(node)
            if isinstance(meaning, Constant) and meaning.name in self.instance.sizes:
                return self.instance.sizes[meaning.name]
            if compact(node) in self.letters:
                return self.letters[compact(node)] + self.subject.first
            if isinstance(meaning, Constant):
                name = meaning.name
                for size, value in self.instance.sizes.items():
                    if re.fullmatch(rf"{re.escape(name)}[+-]\d+", size):
                        return value - int(size[len(name) :])
                raise Unsupported(f"{compact(node)} is no size", node)
        if isinstance(node, t.Num) and node.text.isdigit():
            return int(node.text[:7])
        if isinstance(node, t.Neg):
            return -self.limit(node.body)
        if isinstance(node, t.Add):
            return sum(map(self.limit, node.terms))
        raise Unsupported(f"{compact(node)} is no limit of a sum here", node)

    def range_of(self, letter: str, body: Node) -> int | None:
        """The size of the axes that a letter numbers in a formula."""
        found = sizes_of(self.subject, body).get(letter)
        axis = next(iter(found)) if found else self.subject.letters.get(letter)
        if axis is None:
            return None
        return self.instance.sizes[axis] if isinstance(axis, str) else axis

    def total(self, node: t.Sum) -> Array[T]:
        """A sum over its ranges; over all entries where it has none."""
        if not node.ranges:
            own = [letter for letter in free_letters(node.body) if letter not in self.letters]
            if own:
                ranges = tuple(t.Range(Sym(letter)) for letter in own)
                return self.total(t.Sum(ranges, node.body, span=node.span))
            value = self.value(node.body)
            if value.number:
                raise Unsupported("it is not clear what this sums over", node, r"write \sum_{i=1}^{n}")
            return self.arrays.total(value)
        terms = self.terms(node)
        return self.arrays.sum([v.plain() for v in terms]) if terms else self.number(0)

    def multiplied(self, node: t.Prod) -> Array[T]:
        """A product over its ranges."""
        terms = self.terms(node) if node.ranges else []
        if not terms:
            return self.number(1)
        total = terms[0]
        for value in terms[1:]:
            total = self.arrays.product(total, value)
        return total

    def terms(self, node: t.Sum | t.Prod) -> list[Array[T]]:
        """The values of the body for all values of the letters for which the conditions hold."""
        outer = self.letters
        bound = self.ranges(node)
        found: list[Array[T]] = []

        def inside(position: int, letters: dict[str, int]) -> None:
            if position == len(bound):
                self.letters = letters
                if all(r.condition is None or self.holds(r.condition) for r in node.ranges):
                    found.append(self.value(node.body))
                return
            letter, values = bound[position]
            for value in values:
                inside(position + 1, {**letters, letter: value})

        try:
            inside(0, outer)
        finally:
            self.letters = outer
        return found

    # conditions

    def holds(self, condition: Node) -> bool:
        """Whether a condition holds; on indices, or on numbers."""
        if not isinstance(condition, t.Chain):
            raise Unsupported("a condition is a comparison", condition)
        left: Node = condition.first
        for sign, right in condition.links:
            if not self.compared(left, sign, right):
                return False
            left = right
        return True

    def compared(self, left: Node, sign: str, right: Node) -> bool:
        """One comparison."""
        if sign in ("in", "notin"):
            raise Unsupported("which set this is cannot be told", right)
        try:
            difference: Any = self.counted(left) - self.counted(right)
        except Unsupported:
            both = self.arrays.alike([self.value(left), self.value(right)], "both must have the same shape")
            if not all(v.number for v in both):
                raise Unsupported("conditions are read for numbers only", left) from None
            minus = self.algebra.number(Fraction(-1))
            difference = self.algebra.add([both[0].entries[0], self.algebra.mul((minus, both[1].entries[0]))])
            difference = self.signed(difference)
        return {
            ">": difference > 0, ">=": difference >= 0, "<": difference < 0, "<=": difference <= 0,
            "=": difference == 0, "!=": difference != 0, "equiv": difference == 0,
        }[sign]  # fmt: skip

    def counted(self, script: Node) -> int:
        """A script counted from zero, whether it is a letter or a number."""
        return self.whole(script) - (self.subject.first if isinstance(script, t.Num) else 0)

    def signed(self, value: Any) -> Any:
        """Something with the sign of a value, remembering where it is zero."""
        while isinstance(value, tuple) and type(value) is tuple:  # a dual number
            value = value[0]
        algebra: Any = self.algebra
        while hasattr(algebra, "base"):
            algebra = algebra.base
        if isinstance(algebra, Normal):
            raise Undecided("the sign of an unknown")
        sign = algebra.native[FUNCTIONS["sign"]](value)
        return sign.lo if isinstance(sign, Interval) else sign

    def indicator(self, node: t.Indicator) -> Array[T]:
        """One where the condition holds, entry by entry."""
        return self.where(node.condition)

    def where(self, condition: Node) -> Array[T]:
        """One where a condition holds: for a comparison of arrays, entry by entry."""
        if isinstance(condition, t.Chain) and len(condition.links) == 1:
            sign, right = condition.links[0]
            try:
                self.counted(condition.first)
                self.counted(right)
            except (Unsupported, InputError):
                both = self.arrays.alike(
                    [self.value(condition.first), self.value(right)], "both must have the same shape"
                )
                if not both[0].number:
                    entries = []
                    outer = self.held
                    for a, b in zip(both[0].entries, both[1].entries, strict=True):
                        self.held = {_LEFT: Array((a,)), _RIGHT: Array((b,))}
                        entries.append(self.algebra.number(Fraction(self.compared(_LEFT, sign, _RIGHT))))
                    self.held = outer
                    return Array(tuple(entries), both[0].sides)
        return self.number(int(self.holds(condition)))

    def kronecker(self, node: t.Kronecker) -> Array[T]:
        """One where two indices are equal."""
        return self.number(int(self.counted(node.left) == self.counted(node.right)))

    def cases(self, node: t.Cases) -> Array[T]:
        """The first value whose condition holds, entry by entry."""
        left: Array[T] = self.number(1)
        total: list[Array[T]] = []
        one, minus = self.number(1), self.algebra.number(Fraction(-1))
        for branch, condition in node.branches:
            holds = one if condition is None else self.where(condition)
            share = self.arrays.hadamard([left, holds])
            total.append(self.arrays.hadamard([share, self.value(branch).plain()]))
            rest = self.arrays.sum([one, self.arrays.scaled(minus, holds)])
            left = self.arrays.hadamard([left, rest])
        return self.arrays.sum(total)

    # functions

    def called(self, node: t.App) -> Array[T]:
        """A function applied to arguments, or to the entries of an array."""
        symbol = node.function
        meaning = self.subject.meaning(replace(symbol, primes=0))
        if isinstance(meaning, Named | Alias):
            return self.quantity_called(node, meaning)
        for formal, meant in self.subject.calls:
            found = _called(formal, meant, node)
            if found is not None:
                return self.value(found)
        function = self.subject.function(symbol)
        arguments = [self.value(a) for a in node.arguments]
        if isinstance(function, str):
            return self.of_arrays(function, node, arguments)
        for _ in range(symbol.primes):
            function = derivative(function)
        if len(arguments) != len(function.parameters):
            raise Unsupported(f"this function takes {len(function.parameters)} arguments", node)
        like = self.arrays.alike([a.plain() for a in arguments], "the arguments must have the same shape")
        entries = tuple(self.applied(function, each) for each in zip(*(a.entries for a in like), strict=True))
        slope = Slope(function) if symbol.primes else None
        return Array(entries, like[0].sides, of=slope)

    def applied(self, function: Function, arguments: tuple[T, ...]) -> T:
        """A function of numbers."""
        return applied(self.algebra, function, arguments)

    def quantity_called(self, node: t.App, meaning: Named | Alias) -> Array[T]:
        """A quantity written with what it is a function of: ``C(a)``, and ``C'(a)`` for its derivative by that."""
        bare = replace(node.function, primes=0)
        if not node.function.primes:
            return self.value(bare)
        if len(node.arguments) != 1 and node.function.primes == 1:
            parts = [self.value(t.Deriv("partial", bare, (a,), span=node.span)) for a in node.arguments]
            if all(p.number for p in parts):
                return Array(tuple(p.entries[0] for p in parts), (len(parts), None))
        if len(node.arguments) != 1:
            raise Unsupported("which argument the prime means cannot be told", node)
        return self.value(t.Deriv("total", bare, (node.arguments[0],) * node.function.primes, span=node.span))

    def of_arrays(self, function: str, node: t.App, arguments: list[Array[T]]) -> Array[T]:
        """A function of whole arrays."""
        if len(arguments) != 1:
            if function == "scalar":
                return self.whole_function(node)
            raise Unsupported("this function takes one argument", node)
        value = arguments[0]
        if function == "scalar":
            return self.whole_function(node)
        if function == "diag":
            return self.arrays.diagonal(value, self.algebra.number(Fraction(0)))
        if function in ("tr", "trace"):
            if len(value.shape) != 2 or value.shape[0] != value.shape[1]:
                raise Mismatch("only a square matrix has a trace", value)
            return self.arrays.total(self.arrays.diagonal(value, value.entries[0]))
        if function in ("sum", "mean", "var"):
            return self.moment(function, value)
        return self.softmax(function, node, value.plain())

    def whole_function(self, node: t.App) -> Array[T]:
        """The cost written as the function that defines it."""
        quantity = self.defined_as(node)
        if quantity is None:
            raise Unsupported("this is not what the network defines by that function", node)
        return Array((self.instance.values[quantity, ()],))

    def defined_as(self, node: Node) -> Quantity | None:
        """The quantity whose definition this formula is, as the author writes it."""
        network = self.subject.network
        scene = getattr(network, "scene", None)
        if scene is None:
            return None
        shown = sexpr(node)
        for row in scene.rows:
            if sexpr(row.right) == shown:
                found: Quantity | None = network.keys.get(row.key)  # type: ignore[attr-defined]
                return found
        return None

    def moment(self, function: str, value: Array[T]) -> Array[T]:
        """The sum, mean or variance of all entries."""
        total = self.arrays.total(value)
        if function == "sum":
            return total
        count = self.algebra.number(Fraction(1, len(value.entries)))
        mean = self.arrays.scaled(count, total)
        if function == "mean":
            return mean
        minus = self.algebra.number(Fraction(-1))
        centred = self.arrays.sum([value, self.arrays.repeated(self.arrays.scaled(minus, mean), value.sides)])
        return self.moment("mean", self.arrays.mapped(centred, lambda e: self.algebra.mul((e, e))))

    def softmax(self, function: str, node: t.App, value: Array[T]) -> Array[T]:
        """Softmax of a vector, or of every row (or column) of a matrix; its derivative at a prime."""
        if node.function.primes or not value.shape:
            raise Unsupported("softmax of a number, or its slope, cannot be judged", node)
        exponentials = self.arrays.mapped(value, lambda e: self.applied(FUNCTIONS["exp"], (e,)))
        minus = self.algebra.number(Fraction(-1))
        if len(value.shape) == 1:
            inverse = self.algebra.power(self.algebra.add(list(exponentials.entries)), minus)
            return self.arrays.scaled(inverse, exponentials)
        rows, columns = value.shape
        entries = []
        for i, j in points((rows, columns)):
            line = range(columns) if function != "softmax-columns" else range(rows)
            of = [
                exponentials.entries[i * columns + k if function != "softmax-columns" else k * columns + j]
                for k in line
            ]
            inverse = self.algebra.power(self.algebra.add(of), minus)
            entries.append(self.algebra.mul((exponentials.entries[i * columns + j], inverse)))
        return Array(tuple(entries), value.sides)

    # arrays

    def transposed(self, node: t.Transpose) -> Array[T]:
        """The transpose."""
        value = self.value(node.body)
        if not value.sides and isinstance(node.body, Sym):
            return value
        return self.arrays.transposed(value)

    def inner(self, node: t.Inner) -> Array[T]:
        """An inner product."""
        return self.arrays.dot(self.value(node.left), self.value(node.right))

    def outer(self, node: t.Outer) -> Array[T]:
        """An outer product."""
        return self.arrays.outer(self.value(node.left), self.value(node.right))

    def entry(self, node: t.Entry) -> Array[T]:
        """An entry of a formula in brackets."""
        value = self.value(node.body)
        if len(value.shape) != len(node.indices):
            raise Unsupported(f"{len(node.indices)} indices on {len(value.shape)} axes", node)
        at = [self.index(i, size) for i, size in zip(node.indices, value.shape, strict=True)]
        return Array((value.entries[offset(value.shape, at)],))

    def matrix(self, node: t.Matrix) -> Array[T]:
        """A matrix written out entry by entry."""
        rows, columns = len(node.rows), max(map(len, node.rows))
        if any(len(row) != columns for row in node.rows):
            raise Unsupported("the rows of this matrix are not equally long", node)
        values = [self.value(e) for row in node.rows for e in row]
        if not all(v.number for v in values):
            if columns == 1 and all(v.column for v in values):
                return Array(tuple(e for v in values for e in v.entries), (sum(len(v.entries) for v in values), None))
            raise Unsupported("the entries of a matrix must be numbers", node)
        sides: Sides = (rows if rows > 1 else None, columns if columns > 1 else None)
        return flat(Array(tuple(v.entries[0] for v in values), sides))

    def absolutes(self, node: t.Abs) -> Array[T]:
        """Absolute values."""
        return self.arrays.mapped(self.value(node.body), self.absolute)

    # derivatives

    def gradient(self, node: t.Grad) -> Array[T]:
        """A gradient, shaped like what it is taken by."""
        if node.by is None:
            raise Unsupported("a gradient by what?", node, r"write \nabla_W C")
        return self.derived(t.Deriv("partial", node.of, (node.by,), span=node.span))

    def derived(self, node: t.Deriv) -> Array[T]:
        """A derivative: of the cost, of one quantity by another, or of a formula."""
        if len(node.by) > 1:
            inner = replace(node, by=node.by[:-1])
            return self.changed(inner, node.by[-1], node)
        by = node.by[0]
        if isinstance(by, t.Transpose):
            return self.arrays.transposed(self.derived(replace(node, by=(by.body,))))
        variable = self.variable(by)
        if variable is None:
            return self.by_formula(node, by)
        self.touched.add(variable[0])
        whole = self.plainly(node.of)
        if whole is not None:
            return self.laid(self.jacobian(whole, variable), node)
        return self.laid(self.changed(node.of, by, node), node)

    def variable(self, by: Node) -> tuple[Quantity, tuple[int, ...], Sides, tuple[int, ...]] | None:
        """The quantity, or entry of one, that a derivative is taken by."""
        if isinstance(by, t.App) and not by.function.primes:
            meaning = self.subject.meaning(by.function)
            if isinstance(meaning, Named):
                return self.lying(meaning, by.function)
        if isinstance(by, t.Entry) and isinstance(by.body, Sym):
            inner = self.variable(by.body)
            if inner is not None and len(inner[3]) == len(by.indices):
                shape = self.instance.shape(inner[0])
                free = {a: self.index(i, shape[a]) for a, i in zip(inner[3], by.indices, strict=True)}
                return inner[0], tuple(free.get(k, i) for k, i in enumerate(inner[1])), (), ()
        if isinstance(by, Sym):
            meaning = self.subject.meaning(by) or self.subject.value_of(by)
            if isinstance(meaning, Named):
                return self.lying(meaning, by)
            if isinstance(meaning, Alias) and isinstance(meaning.right, Sym):
                return self.variable(meaning.right)
        quantity = self.defined_as(by)
        if quantity is not None:
            axes = len(quantity.axes)
            layout: tuple[int | None, ...] = (0, None) if axes == 1 else tuple(range(axes))
            return (quantity, (-1,) * axes, *self.sides(layout, self.instance.shape(quantity)))
        return None

    def plainly(self, of: Node) -> tuple[Quantity, tuple[int, ...], Sides, tuple[int, ...]] | None:
        """The quantity that a derivative is taken of, None where it is a formula."""
        if isinstance(of, t.App):
            meaning = self.subject.meaning(of.function)
            if isinstance(meaning, Named):
                return self.lying(meaning, of.function)
        if isinstance(of, Sym) and isinstance(meaning := self.subject.meaning(of) or self.subject.value_of(of), Named):
            return self.lying(meaning, of)
        quantity = self.defined_as(of) if isinstance(of, t.App) else None
        if quantity is not None and not quantity.axes:
            return quantity, (), (), ()
        return None

    def jacobian(
        self,
        of: tuple[Quantity, tuple[int, ...], Sides, tuple[int, ...]],
        by: tuple[Quantity, tuple[int, ...], Sides, tuple[int, ...]],
    ) -> Array[T]:
        """The derivatives of the free entries of one quantity by those of another."""
        self.touched.add(of[0])
        immediate = self.reading.immediate and of[0] is not self.subject.network.cost
        derivative_of = self.instance.immediate if immediate else self.instance.derivative
        entries = tuple(derivative_of(of[0], at, by[0], point) for at in self.entries(of) for point in self.entries(by))
        return self.tagged(entries, Tag(of[0], of[1], of[2]), Tag(by[0], by[1], by[2]), len(of[3]))

    def entries(self, part: tuple[Quantity, tuple[int, ...], Sides, tuple[int, ...]]) -> list[tuple[int, ...]]:
        """The entries of a quantity that are meant, as they lie."""
        quantity, at, _, axes = part
        if not axes:
            return [at]
        shape = self.instance.shape(quantity)
        order = sorted(range(len(axes)), key=lambda k: axes[k])
        found = []
        for point in points([shape[a] for a in axes]):
            free = iter([point[k] for k in order])
            found.append(tuple(next(free) if i < 0 else i for i in at))
        return found

    def tagged(self, entries: tuple[T, ...], of: Tag, by: Tag, inner: int) -> Array[T]:
        """A derivative as an array with the sides of both."""
        front = tuple(s for s in of.sides if s is not None)
        back = tuple(s for s in by.sides if s is not None)
        if not front:
            sides = by.sides
        elif not back:
            sides = of.sides
        else:
            sides = (*front, *back)
        return Array(entries, sides, of, by, inner)

    def laid(self, array: Array[T], node: Node) -> Array[T]:
        """A derivative in the layout of the reading."""
        if self.reading.rows and array.inner == 0 and 0 < len(array.shape) <= 2:
            turned = self.arrays.transposed(array)
            return Array(turned.entries, turned.sides)
        if self.reading.entrywise and _square(array):
            try:
                return replace(self.entry_by_entry(array), of=Slope(None))
            except Mismatch:
                return array
        return array

    def changed(self, of: Node, by: Node, node: t.Deriv) -> Array[T]:
        """The derivative of a formula: what changes of it when one entry does."""
        variable = self.variable(by)
        if variable is None:
            raise Unsupported("what this is a derivative by cannot be told", node)
        columns: list[Array[T]] = []
        zero = self.algebra.number(Fraction(0))
        for point in self.entries(variable):
            inside = Evaluator(
                self.subject, self.instance.changing(variable[0], point), replace(self.reading, rows=False)
            )
            inside.letters = self.letters
            value = inside.value(of)
            self.touched |= inside.touched
            columns.append(Array(tuple(zero if d is None else d for _, d in value.entries), value.sides))
        first = columns[0]
        entries = tuple(c.entries[k] for k in range(len(first.entries)) for c in columns)
        formula = Tag(variable[0], None, first.sides)._replace(quantity=_formula(of))
        return self.tagged(entries, formula, Tag(variable[0], variable[1], variable[2]), len(first.shape))

    def by_formula(self, node: t.Deriv, by: Node) -> Array[T]:
        """The derivative of a formula by a part of it, such as ``(y - a)^2`` by ``y - a``."""
        values = self.value(by)
        inside = contains(node.of, by)
        quantity = None if inside else self.same(by, values)
        if quantity is not None:
            axes = len(quantity.axes)
            layout: tuple[int | None, ...] = (0, None) if axes == 1 else tuple(range(axes))
            variable = (quantity, (-1,) * axes, *self.sides(layout, self.instance.shape(quantity)))
            whole = self.plainly(node.of)
            if whole is None:
                raise Unsupported("what this is a derivative of cannot be told", node.of)
            return self.laid(self.jacobian(whole, variable), node)
        if not inside:
            raise Unsupported("this does not occur in what is differentiated, and is no quantity of the network", by)
        one = self.algebra.number(Fraction(1))
        lifted = self.instance.lifted()
        columns: list[Array[T]] = []
        for k in range(len(values.entries)):
            within = Evaluator(self.subject, lifted, replace(self.reading, rows=False), self.meter)
            within.letters = self.letters
            changing = tuple((e, one if i == k else None) for i, e in enumerate(values.entries))
            within.held = {by: Array(changing, values.sides)}
            value = within.value(node.of)
            zero = self.algebra.number(Fraction(0))
            columns.append(Array(tuple(zero if d is None else d for _, d in value.entries), value.sides))
        first = columns[0]
        entries = tuple(c.entries[k] for k in range(len(first.entries)) for c in columns)
        tags = Tag(_formula(node.of), None, first.sides), Tag(_formula(by), None, values.sides)
        return self.laid(self.tagged(entries, *tags, len(first.shape)), node)

    def same(self, node: Node, values: Array[T]) -> Quantity | None:
        """The quantity that a formula is equal to in all entries, such as a pre-activation that has no name."""
        known: dict[Node, Quantity | None] = self.subject.same
        if node not in known:
            if self.instance.cut:
                raise Undecided("which quantity this is cannot be told where pre-activations are unknowns")
            found = None
            for definition in self.subject.network.definitions:
                quantity = definition.quantity
                if quantity.kind == "cost" or self.instance.shape(quantity) != values.shape:
                    continue
                entries = [self.instance.values[quantity, p] for p in points(values.shape)]
                if all(map(self.alike, entries, values.entries)):
                    found = quantity
                    break
            known[node] = found
        return known[node]

    def alike(self, a: T, b: T) -> bool:
        """Whether two values are equal, as far as can be told."""
        if isinstance(a, Interval) and isinstance(b, Interval):
            return not differs(a, b)
        if isinstance(self.algebra, Normal):
            return self.algebra.equal(a, b)  # type: ignore[arg-type]
        return a == b

    def point(self, node: t.At) -> Array[T]:
        """A value at a point: the value itself, since every name means what the network says."""
        return self.value(node.body)


@dataclass(frozen=True)
class Slope:
    """Marks an array as slopes of a function, entry by entry."""

    function: Function | None
    sides: Sides = ()


_FORMULAS: dict[str, Quantity] = {}


def _formula(of: Node) -> Quantity:
    """Something that stands for a formula where a quantity is expected."""
    return (
        _FORMULAS.setdefault(sexpr(of), Quantity("formula", "auxiliary"))
        if len(_FORMULAS) < 1000
        else Quantity("formula", "auxiliary")
    )


def _square(array: Array[T]) -> bool:
    """Whether an array is the derivative of an array by another of the same shape."""
    return bool(array.inner) and array.shape[: array.inner] == array.shape[array.inner or 0 :]


def _called(formal: t.App, meant: Node, actual: t.App) -> Node | None:
    """What a call stands for that is defined for an argument with letters; None if it is another one."""
    f, g = formal.function, actual.function
    if (f.base, f.accent, f.primes) != (g.base, g.accent, g.primes) or len(actual.arguments) != 1:
        return None
    one, other = formal.arguments[0], actual.arguments[0]
    if one == other:
        return meant
    if not isinstance(one, Sym) or not isinstance(other, Sym) or (one.base, one.accent) != (other.base, other.accent):
        return None
    if isinstance(one.layer, Sym) and other.layer is not None:
        return with_scripts(meant, compact(one.layer), other.layer)
    return None


def contains(node: Node, part: Node) -> bool:
    """Whether a formula stands inside another."""
    todo = [node]
    while todo:
        at = todo.pop()
        if at == part:
            return True
        todo.extend(parts_of(at))
    return False


_LEFT, _RIGHT = Sym("left"), Sym("right")


def unfolded(alias: Alias, name: Sym) -> Node:
    """What a further name stands for under the layer and sample that are written."""
    tree = alias.right
    for formal, actual in ((alias.left.layer, name.layer), (alias.left.sample, name.sample)):
        if isinstance(formal, Sym) and actual is not None:
            tree = with_scripts(tree, compact(formal), actual)
    return tree


def with_scripts(node: Node, letter: str, script: Node) -> Node:
    """A tree with a script for a letter in all scripts."""

    def inside(at: Node) -> Node | None:
        return script if isinstance(at, Sym) and compact(at) == letter else None

    def change(at: Node) -> Node | None:
        if isinstance(at, Sym) and any(letter in letters_in(s) for s in (at.layer, at.sample, *at.indices) if s):
            if isinstance(script, t.Num) and script.text.isdigit():
                return with_numbers(at, letter, int(script.text))
            return replace(
                at,
                layer=None if at.layer is None else rebuilt(at.layer, inside),
                sample=None if at.sample is None else rebuilt(at.sample, inside),
                indices=tuple(rebuilt(i, inside) for i in at.indices),
            )
        return None

    return rebuilt(node, change)


def without_indices(node: Node, letters: frozenset[str]) -> Node:
    """A tree in which the given index letters are left off, so that whole arrays are meant."""

    def change(at: Node) -> Node | None:
        if isinstance(at, Sym) and at.indices:
            kept = tuple(i for i in at.indices if compact(i) not in letters)
            return replace(at, indices=kept) if len(kept) < len(at.indices) else at
        return None

    return rebuilt(node, change)


_WAYS: dict[type[Node], Callable[[Any, Any], Array[Any]]] = {
    t.Num: Evaluator.digits,
    t.Sym: Evaluator.name,
    t.Add: Evaluator.added,
    t.Neg: Evaluator.negated,
    t.Mul: Evaluator.times,
    t.Had: Evaluator.entrywise,
    t.Outer: Evaluator.outer,
    t.Inner: Evaluator.inner,
    t.Div: Evaluator.quotient,
    t.Pow: Evaluator.raised,
    t.Root: Evaluator.root,
    t.Transpose: Evaluator.transposed,
    t.App: Evaluator.called,
    t.Deriv: Evaluator.derived,
    t.Grad: Evaluator.gradient,
    t.Sum: Evaluator.total,
    t.Prod: Evaluator.multiplied,
    t.Cases: Evaluator.cases,
    t.Indicator: Evaluator.indicator,
    t.Kronecker: Evaluator.kronecker,
    t.Abs: Evaluator.absolutes,
    t.Norm: Evaluator.norm,
    t.Matrix: Evaluator.matrix,
    t.Entry: Evaluator.entry,
    t.At: Evaluator.point,
}
_KINDS: dict[type[Node], str] = {t.Tuple: "a list", t.Chain: "a relation inside a formula", t.Update: "an assignment"}
