"""Numbers put into a flow: decimal arithmetic of any exponent, so that nothing overflows and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, Context, Decimal, DecimalException, getcontext, localcontext
from fractions import Fraction
from functools import partial
from math import log2

from symbackprop.backward.evaluation import forward_values, gradient_values, points
from symbackprop.backward.numbers import Exact
from symbackprop.backward.slopes import slope_tree
from symbackprop.backward.sweep import sweep
from symbackprop.backward.worked import read_values
from symbackprop.networks.model import Network
from symbackprop.symbolic.algebra import applied, in_values
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.amounts import shown
from symbackprop.vocabulary.errors import InputError, Place
from symbackprop.vocabulary.expressions import Expression
from symbackprop.vocabulary.flows import BoundTerm, Flow, GradientNumbers, LayerNumbers, Norm, Stage, Worked
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Slope

Point = tuple[int, ...]
Values = dict[tuple[Quantity, Point], Decimal]
EXACT_UP_TO = 60
"""A network of so many definitions is worked out with fractions, where its functions allow it."""
DIGITS = (60, 600, 6000)
"""Precisions; the next one is taken while a slope that is never 0 is rounded to it."""


class Decimals:
    """Decimal numbers with exponents of eighteen digits.

    >>> sigmoid = applied(Decimals(), FUNCTIONS["sigmoid"], [Decimal(-100000)])
    >>> shown(sigmoid)
    '3.56295e-43430'
    """

    def __init__(self, step_at_zero: Fraction = Fraction(1)) -> None:
        at_zero = self.number(step_at_zero)
        self.native: Mapping[Function, Callable[..., Decimal]] = {
            FUNCTIONS["relu"]: lambda z: max(z, Decimal(0)),
            FUNCTIONS["abs"]: abs,
            FUNCTIONS["sign"]: lambda z: Decimal((z > 0) - (z < 0)),
            FUNCTIONS["step"]: lambda z: at_zero if z == 0 else Decimal(int(z > 0)),
            FUNCTIONS["max"]: max,
            FUNCTIONS["min"]: min,
            FUNCTIONS["sqrt"]: lambda z: self.power(z, Decimal("0.5")),
            FUNCTIONS["exp"]: lambda z: z.exp(),
            FUNCTIONS["log"]: self._log,
            FUNCTIONS["sin"]: partial(_through_mpmath, "sin"),
            FUNCTIONS["cos"]: partial(_through_mpmath, "cos"),
            FUNCTIONS["erf"]: partial(_through_mpmath, "erf"),
            FUNCTIONS["sigmoid"]: _sigmoid,
            FUNCTIONS["tanh"]: _tanh,
            FUNCTIONS["softplus"]: lambda z: max(z, Decimal(0)) + _log_of_one_more((-abs(z)).exp()),
            FUNCTIONS["elu"]: lambda z: z if z > 0 else _exp_less_one(z),
        }

    def number(self, value: Fraction) -> Decimal:
        """A rational number, rounded."""
        return Decimal(value.numerator) / Decimal(value.denominator)

    def symbol(self, name: str) -> Decimal:
        """Only pi has a value of its own."""
        if name == "pi":
            return _through_mpmath("acos", Decimal(-1))
        raise InputError("no-value", f"{name} has no value")

    def add(self, terms: Sequence[Decimal]) -> Decimal:
        """A sum."""
        return sum(terms, Decimal(0))

    def mul(self, factors: Sequence[Decimal]) -> Decimal:
        """A product."""
        product = Decimal(1)
        for factor in factors:
            product *= factor
        return product

    def power(self, base: Decimal, exponent: Decimal) -> Decimal:
        """A power."""
        if base == 0 and exponent < 0:
            raise InputError("division-by-zero", "with these values the network divides by zero")
        if base < 0 and exponent != exponent.to_integral_value():
            raise InputError("no-value", f"with these values the network takes the root of {shown(base)}")
        if exponent == Decimal("0.5"):
            return base.sqrt()
        return Decimal(1) if exponent == 0 else base**exponent

    def _log(self, z: Decimal) -> Decimal:
        if z <= 0:
            raise InputError("no-value", f"with these values the network takes the logarithm of {shown(z)}")
        return z.ln()

    def unspecified(self, function: Function, arguments: Sequence[Decimal], slope: int) -> Decimal:
        """An unspecified function has no value."""
        raise InputError(
            "no-value", f"the function {function.name} is not specified, so there are no numbers",
            hint="an activation or a cost that has a formula",
        )  # fmt: skip


TINY = Decimal("1e-20")
"""Below this the first two terms of a series are as good as the digits that are kept."""


def _sigmoid(z: Decimal) -> Decimal:
    e = (-abs(z)).exp()
    return (1 if z >= 0 else e) / (1 + e)


def _exp_less_one(z: Decimal) -> Decimal:
    if abs(z) < TINY:
        return z + z * z / 2
    with localcontext() as context:
        context.prec += 25
        found = z.exp() - 1
    return +found


def _tanh(z: Decimal) -> Decimal:
    e = _exp_less_one(-2 * abs(z))
    return (-e / (2 + e)).copy_sign(z)


def _log_of_one_more(e: Decimal) -> Decimal:
    if e < TINY:
        return e - e * e / 2
    with localcontext() as context:
        context.prec += 25
        found = (1 + e).ln()
    return +found


def _through_mpmath(name: str, z: Decimal) -> Decimal:
    import mpmath

    with mpmath.workdps(getcontext().prec + 5):
        value = getattr(mpmath, name)(mpmath.mpf(str(z)))
        return +Decimal(mpmath.nstr(value, getcontext().prec + 5))


ALL = {"W": "weight", "b": "bias"}
_WHOLE = re.compile(r"(?:^|[,;])\s*(\w{1,40})\*\s*=")


def expanded(network: Network, text: str) -> str:
    """The assignments of a text with ``W*=0.5`` (all weights, ``b*`` all biases) written out for those not given.

    >>> from symbackprop.networks.pattern import read_pattern
    >>> expanded(read_pattern("relu*3"), "x=1, W1=2, W*=0.5, y=0")
    'x=1, W1=2, y=0, W0=0.5, W2=0.5'
    """
    values: dict[str, str] = {}
    kept, position = [], 0
    while match := _WHOLE.search(text, position):
        if match[1] not in ALL:
            place = Place(text, match.start(1), match.end(1) + 1)
            raise InputError(
                "unknown-name", f"{match[1]}* names no quantities", place, "W* (all weights) or b* (all biases)"
            )
        kept.append(text[position : match.start()])
        position = _end_of_value(text, match.end())
        values[match[1]] = text[match.end() : position].strip()
    if not values:
        return text
    kept.append(text[position:])
    rest = [part.strip(" ,;") for part in kept]
    given = set(re.findall(r"(?:^|[,;])\s*(\w{1,40}?)(?:_\d+)*\s*=", ",".join(rest)))
    parts = [part for part in rest if part]
    for letter, value in values.items():
        parts += [f"{q.name}={value}" for q in network.leaves if q.kind == ALL[letter] and q.name not in given]
    return ", ".join(parts)


def _end_of_value(text: str, start: int) -> int:
    """Where a value ends: at the next comma that no bracket holds."""
    depth = 0
    for position in range(start, len(text)):
        depth += (text[position] in "[(") - (text[position] in "])")
        if text[position] in ",;" and depth == 0:
            return position
    return len(text)


def worked(network: Network, flow: Flow, text: str) -> Worked:
    """The numbers of a flow for the values that a text gives to the leaves.

    Raises :class:`InputError` for a name that does not exist, a value that is missing or no number, a symbolic size.
    """
    try:
        return _worked(network, flow, *read_values(network, expanded(network, text)))
    except DecimalException:
        raise InputError(
            "too-large", "with these values a number is beyond 10^(10^18)", hint="smaller values"
        ) from None


def _worked(
    network: Network, flow: Flow, leaves: dict[tuple[Quantity, Point], Fraction], symbols: dict[str, Fraction]
) -> Worked:
    adjoints = sweep(network)
    if len(network.definitions) <= EXACT_UP_TO:
        try:
            exact = Exact(network.step_at_zero)
            values = forward_values(network, leaves, exact, symbols)
            gradients = gradient_values(network, adjoints, values, exact, symbols)
        except InputError as error:
            if error.code not in ("not-rational", "no-value"):
                raise
        else:
            with localcontext(_context(DIGITS[0])):
                algebra = Decimals(network.step_at_zero)
                return _Reporter(
                    network,
                    flow,
                    {key: algebra.number(v) for key, v in values.items()},
                    {key: algebra.number(v) for key, v in gradients.items()},
                    {name: algebra.number(v) for name, v in symbols.items()},
                    algebra,
                ).worked(exact=True)
    for digits in DIGITS:
        with localcontext(_context(digits)):
            algebra = Decimals(network.step_at_zero)
            rates = {name: algebra.number(v) for name, v in symbols.items()}
            rounded = forward_values(network, {k: algebra.number(v) for k, v in leaves.items()}, algebra, rates)
            found = gradient_values(network, adjoints, rounded, algebra, rates)
            reporter = _Reporter(network, flow, rounded, found, rates, algebra)
            if digits == DIGITS[-1] or not reporter.lost():
                return reporter.worked(exact=False)
    raise AssertionError("the last precision is always reported")


def _context(digits: int) -> Context:
    return Context(prec=digits, Emax=999_999_999_999_999_999, Emin=-999_999_999_999_999_999)


class _Reporter:
    """Reads sizes, factors and bounds off the values of a network."""

    def __init__(
        self,
        network: Network,
        flow: Flow,
        values: Mapping[tuple[Quantity, Point], Decimal],
        gradients: Mapping[tuple[Quantity, Point], Decimal],
        symbols: Mapping[str, Decimal],
        algebra: Decimals,
    ) -> None:
        self.network = network
        self.flow = flow
        self.values = values
        self.gradients = gradients
        self.symbols = symbols
        self.algebra = algebra
        self.norms: dict[Norm, Decimal] = {}

    def slopes(self, stage: Stage) -> list[Decimal]:
        """The slopes of a stage that is an activation."""
        found = []
        for path in stage.paths[:1]:
            for link in path:
                for factor in link.factors:
                    if isinstance(factor, Slope) and len(factor.arguments) == 1 and not factor.function.whole:
                        for point in points(factor.output.quantity.axes):
                            found.append(self.slope(factor, point))
        return found

    def slope(self, factor: Slope, point: Point) -> Decimal:
        """One slope."""
        (argument,) = factor.arguments
        z = self.values[argument.quantity, point]
        r = self.values[factor.output.quantity, point]
        return applied(self.algebra, factor.function, [z], 1, r, slope_tree)

    def lost(self) -> bool:
        """Whether a slope that is never 0 was rounded to 0."""
        for stage in self.flow.stages:
            functions = [
                f.function for p in stage.paths[:1] for link in p for f in link.factors if isinstance(f, Slope)
            ]
            if functions and functions[0].rising and 0 in self.slopes(stage):
                return True
        return False

    def size(self, quantity: Quantity) -> Decimal:
        """The length of the gradient by a quantity."""
        return length([self.gradients[quantity, p] for p in points(quantity.axes)])

    def worked(self, exact: bool) -> Worked:
        """Everything that is printed."""
        flow = self.flow
        starts = list(flow.upstream)
        top = self.size(starts[0]) if starts else Decimal(0)
        layers = []
        by_layer: dict[int, list[Stage]] = {}
        for stage in flow.stages:
            by_layer.setdefault(stage.layer, []).append(stage)
        for number, stages in by_layer.items():
            layers.append(self.layer(number, stages))
        gradients, lost = [], self.lost()
        for gradient in flow.gradients:
            target = gradient.target.quantity
            size, bound = self.size(target), self.gradient_bound(gradient.shares)
            limit = "" if bound is None else upward(bound)
            gradients.append(GradientNumbers(target, shown(size), limit, log10(size), size == 0 and not lost))
        remarks = [
            "Numbers are worked out exactly, and shown to six digits." if exact else "Numbers are shown to six digits."
        ]
        if lost:
            remarks.append(f"A slope that is never 0 is below 10^-{DIGITS[-1]} here, and taken for 0.")
        return Worked(shown(top), log10(top), tuple(layers), tuple(gradients), exact, tuple(remarks))

    def layer(self, number: int, stages: Sequence[Stage]) -> LayerNumbers:
        """The numbers of one layer."""
        above, below = self.size(stages[0].upper), self.size(stages[-1].lower)
        slopes = [s for stage in stages for s in self.slopes(stage)]
        z: list[Decimal] = []
        norms: list[Norm] = []
        for stage in stages:
            if stage.lower.kind == "pre-activation":
                z += [self.values[stage.lower, p] for p in points(stage.lower.axes)]
            norms += [n for term in stage.bound or () for n in term.norms]
        bound = product_of(self.bound(stage.bound) for stage in stages)
        weight = ""
        if len(norms) == 1:
            scalar = norms[0].kind == "abs"
            weight = shown(self.values[norms[0].quantity, ()]) if scalar else upward(self.norm(norms[0]))
        if above:
            factor = shown(self.signed(stages) if not stages[0].upper.axes else below / above)
        else:
            factor = "" if stages[0].upper.axes else shown(self.signed(stages))
        return LayerNumbers(
            number,
            extent(z),
            extent(slopes),
            weight,
            factor,
            "" if bound is None else upward(bound),
            shown(below),
            log10(below),
        )

    def signed(self, stages: Sequence[Stage]) -> Decimal:
        """The factor of a layer of numbers: the product of its local derivatives, a sum over the ways."""
        product = Decimal(1)
        for stage in stages:
            total = Decimal(0)
            for path in stage.paths:
                way = Decimal(1)
                for link in path:
                    way *= self.value(link.coefficient)
                    for factor in link.factors:
                        if isinstance(factor, Slope):
                            arguments = [self.values[a.quantity, ()] for a in factor.arguments]
                            r = self.values[factor.output.quantity, ()]
                            way *= applied(self.algebra, factor.function, arguments, factor.position + 1, r, slope_tree)
                        else:
                            way *= self.values[factor.quantity, ()]  # type: ignore[union-attr]
                total += way
            product *= total
        return product

    def value(self, e: Expression) -> Decimal:
        """A coefficient."""
        return in_values(self.algebra, e, self.symbols)

    def gradient_bound(self, shares: Sequence[object]) -> Decimal | None:
        """The bound of a gradient, with the sizes and norms that these values have."""
        total = Decimal(0)
        for share in shares:
            if share.direct is not None:  # type: ignore[attr-defined]
                return None
            own = self.bound(share.bound)  # type: ignore[attr-defined]
            above = self.through(share.last)  # type: ignore[attr-defined]
            if own is None or above is None or share.start is None:  # type: ignore[attr-defined]
                return None
            total += own * above * self.size(share.start)  # type: ignore[attr-defined]
        return total

    def through(self, last: int | None) -> Decimal | None:
        """The product of the bounds of all stages down to one."""
        if not hasattr(self, "_through"):
            self._through: list[Decimal | None] = []
            for stage in self.flow.stages:
                own = self.bound(stage.bound)
                above = Decimal(1) if stage.above is None else self._through[stage.above]
                self._through.append(None if own is None or above is None else own * above)
        return Decimal(1) if last is None else self._through[last]

    def bound(self, bound: tuple[BoundTerm, ...] | None) -> Decimal | None:
        """The value of a bound."""
        if bound is None:
            return None
        total = Decimal(0)
        for term in bound:
            value = abs(self.value(term.coefficient))
            for function, times in term.slopes.items():
                value *= self.algebra.number(Fraction(function.bound)) ** times
            for norm in term.norms:
                value *= self.norm(norm)
            total += value
        return total

    def norm(self, norm: Norm) -> Decimal:
        """A norm of a quantity, never less than it is."""
        if norm not in self.norms:
            quantity = norm.quantity
            entries = [self.values[quantity, p] for p in points(quantity.axes)]
            if norm.kind == "abs":
                value = abs(entries[0])
            elif norm.kind == "max":
                value = max(map(abs, entries))
            elif norm.kind == "2" and len(quantity.axes) == 2:
                width = quantity.shape[1]
                assert isinstance(width, int)
                value = spectral([entries[k : k + width] for k in range(0, len(entries), width)])
            else:
                value = length(entries)
            self.norms[norm] = value
        return self.norms[norm]


def product_of(bounds: object) -> Decimal | None:
    """The product of bounds, None where one is missing."""
    total = Decimal(1)
    for bound in bounds:  # type: ignore[attr-defined]
        if bound is None:
            return None
        total *= bound
    return total


def length(entries: Sequence[Decimal]) -> Decimal:
    """The Euclidean length.

    >>> length([Decimal(3), Decimal(-4)])
    Decimal('5')
    """
    return abs(entries[0]) if len(entries) == 1 else sum((v * v for v in entries), Decimal(0)).sqrt()


SAFE = 1 + 1e-9
"""What a bound in floating point is rounded up by."""


def spectral(matrix: Sequence[Sequence[Decimal]]) -> Decimal:
    """An upper bound of the largest singular value, at most a few parts in a thousand too large for 100 x 100.

    With A = M^T M it is ``||A^k||_F^(1/(2k))``, which is at most n^(1/(4k)) times the largest singular value; k is a
    power of two by repeated squaring (Golub and Van Loan, Matrix Computations, section 2.3).

    >>> f"{spectral([[Decimal(3), Decimal(0)], [Decimal(4), Decimal(5)]]):.6f}"  # the exact value is sqrt(45)
    '6.708204'
    """
    largest = max(abs(v) for row in matrix for v in row)
    if not largest:
        return Decimal(0)
    rows = [[float(v / largest) for v in row] for row in matrix]
    if len(rows) > len(rows[0]):
        rows = [list(column) for column in zip(*rows, strict=True)]
    gram = [[_dot(a, b) for b in rows] for a in rows]
    squarings = max(6, min(30, round(24 - 4.5 * log2(len(gram)))))
    exponent, total = 1.0, 0.0
    for _ in range(squarings):
        frobenius = sum(v * v for row in gram for v in row) ** 0.5
        total += exponent * log2(frobenius)
        gram = [[v / frobenius for v in row] for row in gram]
        gram = [[_dot(a, b) for b in gram] for a in gram]
        exponent /= 2
    frobenius = sum(v * v for row in gram for v in row) ** 0.5
    total += exponent * log2(frobenius)
    return largest * Decimal(2 ** (total / 2) * SAFE)


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(map(float.__mul__, a, b))


def extent(values: Sequence[Decimal]) -> tuple[str, ...]:
    """The least and the greatest value, or the only one."""
    if not values:
        return ()
    low, high = shown(min(values), 4), shown(max(values), 4)
    return (shown(values[0]),) if len(values) == 1 else (low,) if low == high else (low, high)


def upward(value: Decimal, digits: int = 6) -> str:
    """A bound rounded up.

    >>> upward(Decimal("0.12345601")), upward(Decimal(2))
    ('0.123457', '2')
    """
    return shown(Context(prec=digits, rounding=ROUND_CEILING, Emax=10**17, Emin=-(10**17)).plus(value), digits)


def log10(value: Decimal) -> float | None:
    """The decimal logarithm of a size, None of 0."""
    return float(value.log10(Context(prec=20, Emax=10**17, Emin=-(10**17)))) if value else None
