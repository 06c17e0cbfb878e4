"""Derivatives checked from outside: never with the rule that made them.

The primal is written again here, in plain Python over mpmath numbers, and differentiated numerically at 80 digits.
"""

from dataclasses import replace
from fractions import Fraction
from math import isclose
from typing import ClassVar

import hypothesis.strategies as st
import mpmath
import numpy
import pytest
from hypothesis import assume, given, settings

from symbackprop.backward.closed import ClosedForms
from symbackprop.backward.entries import entries
from symbackprop.backward.evaluation import entry_name, forward_values, gradient_values, points
from symbackprop.backward.numbers import Exact, Float
from symbackprop.backward.sweep import sweep
from symbackprop.networks.builder import Builder
from symbackprop.networks.layers import Options
from symbackprop.networks.pattern import read_pattern
from symbackprop.symbolic.algebra import applied, in_values
from symbackprop.tables.activations import ACTIVATIONS
from symbackprop.tables.costs import COSTS
from symbackprop.tables.functions import FUNCTIONS, slope_tree, value_tree
from symbackprop.vocabulary.arithmetic import add, mul, power, summed
from symbackprop.vocabulary.expressions import Add, Call, Delta, Mul, Number, Pow, Ref, Sum, Symbol
from symbackprop.vocabulary.quantities import Dimension, Index
from symbackprop.vocabulary.terms import Map

mp = mpmath.mp.clone()
mp.dps = 80
H = mp.mpf(10) ** -25
CLOSE = mp.mpf(10) ** -16  # a difference quotient is off by about (H/p)^2, and a probability p may be small


class Precise:
    """Numbers of 80 digits, f = sin where a function is unspecified."""

    native: ClassVar = {
        FUNCTIONS["relu"]: lambda z: max(z, mp.mpf(0)),
        FUNCTIONS["exp"]: mp.exp,
        FUNCTIONS["log"]: mp.log,
        FUNCTIONS["sqrt"]: mp.sqrt,
        FUNCTIONS["abs"]: abs,
        FUNCTIONS["sign"]: mp.sign,
        FUNCTIONS["step"]: lambda z: mp.mpf(1 if z >= 0 else 0),
        FUNCTIONS["max"]: max,
        FUNCTIONS["min"]: min,
        FUNCTIONS["erf"]: mp.erf,
        FUNCTIONS["sin"]: mp.sin,
        FUNCTIONS["cos"]: mp.cos,
    }

    def number(self, value):
        return mp.mpf(value.numerator) / value.denominator

    def symbol(self, name):
        return {"pi": +mp.pi}[name]

    def add(self, terms):
        return mp.fsum(terms)

    def mul(self, factors):
        return mp.fprod(factors)

    def power(self, base, exponent):
        return base**exponent

    def unspecified(self, function, arguments, slope):
        if len(arguments) > 1:
            return mp.mpf(0)  # the value of an unspecified cost, of which only the partials count
        return mp.cos(arguments[0]) if slope else mp.sin(arguments[0])


PRECISE = Precise()

ACTIVATION = {
    "identity": lambda z: z,
    "relu": lambda z: z if z > 0 else 0 * z,
    "leaky-relu": lambda z: z if z > 0 else z / 100,
    "elu": lambda z: z if z > 0 else mp.expm1(z),
    "sigmoid": lambda z: (1 + mp.tanh(z / 2)) / 2,
    "tanh": lambda z: mp.tanh(z),
    "softplus": lambda z: mp.log1p(mp.exp(z)),
    "silu": lambda z: z * (1 + mp.tanh(z / 2)) / 2,
    "gelu": lambda z: z * mp.ncdf(z),
    "gelu-tanh": lambda z: z / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (z + mp.mpf("0.044715") * z**3))),
    "f": lambda z: mp.sin(z),
}


def softmax(zs):
    top = max(zs)
    weights = [mp.exp(z - top) for z in zs]
    return [e / mp.fsum(weights) for e in weights]


def huber(u):
    return u * u / 2 if abs(u) <= 1 else abs(u) - mp.mpf(1) / 2


def unspecified_cost(ys, ps):
    """What L stands for here."""
    return mp.fsum(mp.sin((k + 1) * y) * p * p + mp.cos(y * p) for k, (y, p) in enumerate(zip(ys, ps, strict=True)))


COST = {
    "half-squared": lambda ys, ps: mp.fsum((y - p) ** 2 for y, p in zip(ys, ps, strict=True)) / 2,
    "squared": lambda ys, ps: mp.fsum((y - p) ** 2 for y, p in zip(ys, ps, strict=True)),
    "mse": lambda ys, ps: mp.fsum((y - p) ** 2 for y, p in zip(ys, ps, strict=True)) / len(ys),
    "absolute": lambda ys, ps: mp.fsum(abs(y - p) for y, p in zip(ys, ps, strict=True)),
    "huber": lambda ys, ps: mp.fsum(huber(y - p) for y, p in zip(ys, ps, strict=True)),
    "binary-cross-entropy": lambda ys, ps: (
        -mp.fsum(y * mp.log(p) + (1 - y) * mp.log(1 - p) for y, p in zip(ys, ps, strict=True))
    ),
    "binary-cross-entropy-logits": lambda ys, ps: (
        -mp.fsum(
            y * mp.log(s) + (1 - y) * mp.log(1 - s) for y, s in zip(ys, map(ACTIVATION["sigmoid"], ps), strict=True)
        )
    ),
    "cross-entropy": lambda ys, ps: -mp.fsum(y * mp.log(p) for y, p in zip(ys, ps, strict=True)),
    "cross-entropy-logits": lambda ys, ps: -mp.fsum(y * mp.log(p) for y, p in zip(ys, softmax(ps), strict=True)),
    "L": unspecified_cost,
}


def test_every_activation_and_cost_is_written_again_here():
    assert set(ACTIVATION) == set(ACTIVATIONS)
    assert set(COST) == set(COSTS)


def primal(case, leaves):
    """The cost of a layered network."""
    inputs, layers, cost, batch, l2 = case
    samples = range(batch) if batch else [None]
    total = mp.mpf(0)

    def value(name, *point):
        return leaves[entry_name(name, tuple(p for p in point if p is not None))]

    def units(width):
        return [None] if width is None else range(width)

    for s in samples:
        r = {i: value("x", s, i) for i in units(inputs)}
        for number, (width, activation, bias) in enumerate(layers, start=1):
            zs = []
            for j in units(width):
                z = mp.fsum(value(f"W{number - 1}", i, j) * r[i] for i in r)
                zs.append(z + value(f"b{number}", j) if bias else z)
            rs = softmax(zs) if activation == "softmax" else [ACTIVATION[activation](z) for z in zs]
            r = dict(zip(units(width), rs, strict=True))
        total += COST[cost]([value("y", s, j) for j in r], list(r.values()))
    total /= batch or 1
    if l2:
        weights = [v for name, v in leaves.items() if name.startswith("W")]
        total += leaves["lamda"] / 2 * mp.fsum(v * v for v in weights)
    return total


@st.composite
def cases(draw):
    depth = draw(st.integers(1, 3))
    chain = draw(st.booleans())
    cost = draw(st.sampled_from(sorted(COST)))
    layers = []
    for number in range(depth):
        width = None if chain else draw(st.integers(1, 3))
        allowed = sorted(ACTIVATION)
        if number == depth - 1:
            if cost in ("cross-entropy", "binary-cross-entropy"):
                allowed = ["sigmoid"]
            elif cost == "cross-entropy-logits" and not chain:
                width = draw(st.integers(2, 3))
        if not chain and width > 1:
            allowed = [*allowed, "softmax", "softmax"]
        layers.append((width, draw(st.sampled_from(allowed)), draw(st.booleans())))
    if chain and cost == "cross-entropy-logits":
        cost = "half-squared"
    inputs = None if chain else draw(st.integers(1, 3))
    batch = draw(st.sampled_from([None, None, 1, 2]))
    return inputs, tuple(layers), cost, batch, draw(st.booleans())


def network_of(case):
    inputs, layers, cost, batch, l2 = case
    words = [f"{'' if width is None else width} {a}{' bias' if bias else ''}" for width, a, bias in layers]
    text = " ".join(words) if inputs is None else " -> ".join([str(inputs), *words])
    return read_pattern(text, Options(COSTS[cost], batch=batch, l2="lambda" if l2 else None))


def numbers(seed):
    state = numpy.random.default_rng(seed)
    return lambda low=-2.0, high=2.0: (
        mp.mpf(Fraction(int(state.integers(1, 10**6)), 10**6)._numerator) / 10**6 * (mp.mpf(high) - mp.mpf(low))
        + mp.mpf(low)
    )


def leaves_of(network, seed, constrained=False):
    """Random values, by name; targets between 0 and 1, of sum 1 where that is assumed."""
    number = numbers(seed)
    values = {"lamda": number(0, 1)}
    for leaf in network.leaves:
        target = leaf.kind == "target"
        names = [entry_name(leaf.name, point) for point in points(leaf.axes)]
        values |= {name: number(0.05, 0.95) if target else number() for name in names}
        if target and constrained and leaf.axes:
            groups = {}
            for point in points(leaf.axes):
                groups.setdefault(point[:-1], []).append(entry_name(leaf.name, point))
            for group in groups.values():
                total = mp.fsum(values[name] for name in group)
                values |= {name: values[name] / total for name in group}
        elif target and constrained:
            values[names[0]] = mp.mpf(1)
    return values


def slopes(function, values, names):
    """Central differences."""
    found = {}
    for name in names:
        ends = [function({**values, name: values[name] + step}) for step in (H, -H)]
        found[name] = (ends[0] - ends[1]) / (2 * H)
    return found


def agrees(ours, outside):
    return abs(ours - outside) <= CLOSE * (1 + abs(ours) + abs(outside))


def at_leaves(network, leaves):
    return {(q, p): leaves[entry_name(q.name, p)] for q in network.leaves for p in points(q.axes)}


def symbols_of(case, network, leaves):
    """Hyperparameters, and the partials of the cost that stands for L."""
    symbols = {"lambda": leaves["lamda"]}
    if case[2] != "L":
        return symbols
    values = forward_values(network, at_leaves(network, leaves), PRECISE, symbols)
    prediction = network.prediction
    for sample in range(case[3]) if case[3] else [None]:
        mine = [p for p in points(prediction.axes) if sample is None or p[0] == sample]
        target = next(q for q in network.leaves if q.kind == "target")
        ys, ps = [values[target, p] for p in mine], [values[prediction, p] for p in mine]
        for k, point in enumerate(mine):
            for name, vector in ((target.name, ys), (prediction.name, ps)):
                ends = []
                for step in (H, -H):
                    vector[k] += step
                    ends.append(unspecified_cost(ys, ps))
                    vector[k] -= step
                symbols[entry_name(f"dL_d{name}", point)] = (ends[0] - ends[1]) / (2 * H)
    return symbols


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 10**9))
def test_all_adjoints_of_random_networks(case, seed):
    network = network_of(case)
    leaves = leaves_of(network, seed)
    symbols = symbols_of(case, network, leaves)
    values = forward_values(network, at_leaves(network, leaves), PRECISE, symbols)
    if case[2] != "L":
        assert agrees(values[network.cost, ()], primal(case, leaves))
    found = gradient_values(network, sweep(network), values, PRECISE, symbols)
    names = {entry_name(q.name, p): (q, p) for q in network.leaves for p in points(q.axes)}
    outside = slopes(lambda at: primal(case, at), leaves, names)
    for name, place in names.items():
        assert agrees(found[place], outside[name]), name


def at_a_kink(network, values):
    """Whether a function with a kink at 0 is at it, as every unit after a dead one without a bias is."""
    return any(
        isinstance(d, Map) and d.function.kinks and values[d.arguments[0].quantity, point] == 0
        for d in network.definitions
        for point in points(d.quantity.axes)
    )


@settings(max_examples=25, deadline=None)
@given(cases().filter(lambda case: case[2] != "L"), st.integers(0, 10**9))
def test_all_adjoints_of_hidden_quantities(case, seed):
    """Each hidden quantity in turn is cut loose and moved by hand."""
    network = network_of(case)
    leaves = leaves_of(network, seed)
    symbols = symbols_of(case, network, leaves)
    values = forward_values(network, at_leaves(network, leaves), PRECISE, symbols)
    found = gradient_values(network, sweep(network), values, PRECISE, symbols)
    assume(not at_a_kink(network, values))
    for definition in network.definitions[:-1]:
        cut = replace(network, definitions=tuple(d for d in network.definitions if d is not definition), _names={})
        known = {k: v for k, v in values.items() if k[0] in network.leaves or k[0] is definition.quantity}
        for point in points(definition.quantity.axes):
            place = (definition.quantity, point)
            ends = [
                forward_values(cut, {**known, place: known[place] + h}, PRECISE, symbols)[network.cost, ()]
                for h in (H, -H)
            ]
            assert agrees(found[place], (ends[0] - ends[1]) / (2 * H)), place


def at_indices(e, at, values, symbols):
    """A formula in index form at given indices, by its meaning alone."""
    if isinstance(e, Number):
        return PRECISE.number(e.value)
    if isinstance(e, Symbol):
        return symbols[e.name] if e.name in symbols else PRECISE.symbol(e.name)
    if isinstance(e, Ref):
        return values[e.quantity, tuple(at[i] if isinstance(i, Index) else i for i in e.indices)]
    if isinstance(e, Delta):
        left, right = (at[i] if isinstance(i, Index) else i for i in (e.left, e.right))
        return mp.mpf(left == right)
    if isinstance(e, Sum):
        inner = [dict(zip(e.indices, p, strict=True)) for p in points([i.dimension for i in e.indices])]
        return mp.fsum(at_indices(e.body, {**at, **more}, values, symbols) for more in inner)
    if isinstance(e, Call) and e.function.whole and e.slope:
        by = e.arguments[e.slope - 1]
        return symbols[entry_name(f"dL_d{by.quantity.name}", tuple(at[i] for i in by.indices))]
    assert isinstance(e, Add | Mul | Pow | Call)
    parts = e.terms if isinstance(e, Add) else e.factors if isinstance(e, Mul) else ()
    parts = (e.base, e.exponent) if isinstance(e, Pow) else e.arguments if isinstance(e, Call) else parts
    inner = [at_indices(part, at, values, symbols) for part in parts]
    if isinstance(e, Call):
        return applied(PRECISE, e.function, inner, e.slope)
    return mp.fsum(inner) if isinstance(e, Add) else mp.fprod(inner) if isinstance(e, Mul) else inner[0] ** inner[1]


@settings(max_examples=40, deadline=None)
@given(cases(), st.integers(0, 10**9))
def test_closed_forms_of_random_networks(case, seed):
    """In quantities and in leaves, where the targets are as the cost assumes."""
    network = network_of(case)
    constrained = any(network.constraints)
    leaves = leaves_of(network, seed, constrained)
    symbols = symbols_of(case, network, leaves)
    values = forward_values(network, at_leaves(network, leaves), PRECISE, symbols)
    forms = ClosedForms(network)
    quantities = [q for q in network.leaves if q.kind in ("weight", "bias", "input")]
    names = {entry_name(q.name, p): (q, p) for q in quantities for p in points(q.axes)}
    outside = slopes(lambda at: primal(case, at), leaves, names)
    for name, (quantity, point) in names.items():
        closed = forms.adjoint(quantity)
        at = dict(zip(forms.indices(quantity), point, strict=True))
        assert agrees(at_indices(closed, at, values, symbols), outside[name]), name
        if forms.size_in_leaves(quantity) < 150:  # evaluated without sharing, it takes exponential time
            assert agrees(at_indices(forms.in_leaves(closed), at, values, symbols), outside[name]), name


@pytest.mark.parametrize("activation", sorted(ACTIVATION))
@pytest.mark.parametrize("cost", sorted(COST))
def test_every_activation_with_every_cost(activation, cost):
    last = "sigmoid" if cost in ("cross-entropy", "binary-cross-entropy") else activation
    case = (2, ((2, activation, True), (2, last, False)), cost, None, False)
    network = network_of(case)
    leaves = leaves_of(network, 5)
    symbols = symbols_of(case, network, leaves)
    values = forward_values(network, at_leaves(network, leaves), PRECISE, symbols)
    found = gradient_values(network, sweep(network), values, PRECISE, symbols)
    names = {entry_name(q.name, p): (q, p) for q in network.leaves for p in points(q.axes)}
    outside = slopes(lambda at: primal(case, at), leaves, names)
    assert all(agrees(found[place], outside[name]) for name, place in names.items())


N, M, T = Dimension("n", 2), Dimension("m", 2), 3
I, J = Index("i", N), Index("j", M)  # noqa: E741


def checked(network, written_again, seed=11):
    """All adjoints of the leaves of a network against differences of its primal written again."""
    leaves = leaves_of(network, seed)
    values = forward_values(network, at_leaves(network, leaves), PRECISE)
    assert agrees(values[network.cost, ()], written_again(leaves))
    found = gradient_values(network, sweep(network), values, PRECISE)
    forms = ClosedForms(network)
    names = {entry_name(q.name, p): (q, p) for q in network.leaves for p in points(q.axes)}
    outside = slopes(written_again, leaves, names)
    for name, (quantity, point) in names.items():
        assert agrees(found[quantity, point], outside[name]), name
        at = dict(zip(forms.indices(quantity), point, strict=True))
        assert agrees(at_indices(forms.in_leaves(forms.adjoint(quantity)), at, values, {}), outside[name]), name
        text = entries(forms, quantity)[",".join(map(str, point))]
        assert agrees(read_by_sympy(text, leaves), outside[name]), name


def read_by_sympy(text, leaves):
    import sympy

    given_values = {sympy.Symbol(name): sympy.Float(str(value), 50) for name, value in leaves.items()}
    return mp.mpf(str(sympy.sympify(text).subs(given_values).evalf(45)))


def test_a_residual_connection():
    b = Builder("residual")
    x, w, v, y = (Ref(b.leaf(n, k)) for n, k in (("x", "input"), ("w", "weight"), ("v", "weight"), ("y", "target")))
    z = Ref(b.define("z", "pre-activation", (), mul(w, x)))
    r = Ref(b.define("r", "activation", (), Call(FUNCTIONS["tanh"], (z,))))
    out = Ref(b.define("out", "activation", (), add(x, mul(v, r), r)))
    cost = b.define("C", "cost", (), power(add(y, mul(Number(-1), out)), Number(2)))

    def again(at):
        r = mp.tanh(at["w"] * at["x"])
        return (at["y"] - (at["x"] + at["v"] * r + r)) ** 2

    checked(b.build(cost), again)


def test_a_tied_weight():
    b = Builder("tied")
    w = b.leaf("w", "weight", (N, N))
    x = b.leaf("x", "input", (N,))
    k = Index("k", N)
    h = b.define("h", "pre-activation", (I,), summed((k,), mul(Ref(w, (k, I)), Ref(x, (k,)))))
    a = b.define("a", "activation", (I,), Call(FUNCTIONS["sigmoid"], (Ref(h, (I,)),)))
    out = b.define("out", "activation", (I,), summed((k,), mul(Ref(w, (I, k)), Ref(a, (k,)))))
    trace = summed((I,), Ref(w, (I, I)))
    cost = b.define("C", "cost", (), add(summed((I,), power(Ref(out, (I,)), Number(2))), mul(Number(3), trace)))

    def again(at):
        units = range(2)
        a = [ACTIVATION["sigmoid"](sum(at[f"w_{k}_{i}"] * at[f"x_{k}"] for k in units)) for i in units]
        out = [sum(at[f"w_{i}_{k}"] * a[k] for k in units) for i in units]
        return sum(o * o for o in out) + 3 * (at["w_0_0"] + at["w_1_1"])

    checked(b.build(cost), again)


def test_softmax_from_elementary_definitions():
    b = Builder("softmax")
    z = b.leaf("z", "input", (M,))
    y = b.leaf("y", "target", (M,))
    e = b.define("e", "auxiliary", (J,), Call(FUNCTIONS["exp"], (Ref(z, (J,)),)))
    total = b.define("S", "auxiliary", (), summed((J,), Ref(e, (J,))))
    p = b.define("p", "activation", (J,), mul(Ref(e, (J,)), power(Ref(total), Number(-1))))
    cost = b.define("C", "cost", (), summed((J,), power(add(Ref(y, (J,)), mul(Number(-1), Ref(p, (J,)))), Number(2))))

    def again(at):
        ps = softmax([at["z_0"], at["z_1"]])
        return sum((at[f"y_{j}"] - ps[j]) ** 2 for j in range(2))

    checked(b.build(cost), again)


def test_a_recurrence_of_two_steps():
    b = Builder("recurrence")
    w, u = b.leaf("w", "weight", (M, M)), b.leaf("u", "weight", (N, M))
    inputs = [b.leaf(f"x{t}", "input", (N,)) for t in (1, 2)]
    state = b.leaf("h0", "input", (M,))
    k = Index("k", M)
    for t, x in enumerate(inputs, start=1):
        z = add(summed((k,), mul(Ref(w, (k, J)), Ref(state, (k,)))), summed((I,), mul(Ref(u, (I, J)), Ref(x, (I,)))))
        a = b.define(f"a{t}", "pre-activation", (J,), z)
        state = b.define(f"h{t}", "activation", (J,), Call(FUNCTIONS["tanh"], (Ref(a, (J,)),)))
    first = Ref(state, (0,))
    cost = b.define("C", "cost", (), add(summed((J,), power(Ref(state, (J,)), Number(2))), mul(Number(2), first)))

    def again(at):
        h = [at["h0_0"], at["h0_1"]]
        for t in (1, 2):
            h = [
                mp.tanh(sum(at[f"w_{k}_{j}"] * h[k] + at[f"u_{k}_{j}"] * at[f"x{t}_{k}"] for k in range(2)))
                for j in range(2)
            ]
        return h[0] ** 2 + h[1] ** 2 + 2 * h[0]

    checked(b.build(cost), again)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 3), min_size=2, max_size=4), st.integers(0, 10**9))
def test_exact_rationals_of_linear_networks(widths, seed):
    """The cost is a polynomial: of degree 2 in each single weight, so two exact values give its slope exactly."""
    network = read_pattern(" -> ".join(map(str, widths)))
    state = numpy.random.default_rng(seed)

    def number():
        return Fraction(int(state.integers(-9, 10)), int(state.integers(1, 6)))

    leaves = {(q, p): number() for q in network.leaves for p in points(q.axes)}
    values = forward_values(network, leaves, Exact())
    found = gradient_values(network, sweep(network), values, Exact())
    for place in leaves:
        ends = [
            forward_values(network, {**leaves, place: leaves[place] + h}, Exact())[network.cost, ()] for h in (1, -1)
        ]
        assert found[place] == (ends[0] - ends[1]) / 2


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_complex_step(activation):
    network = read_pattern(f"3 -> 4 {activation} bias -> 2 {activation}")
    state = numpy.random.default_rng(3)
    leaves = {(q, p): float(state.normal()) for q in network.leaves for p in points(q.axes)}
    found = gradient_values(network, sweep(network), forward_values(network, leaves, Float()), Float())
    function = numpy.tanh if activation == "tanh" else lambda z: 1 / (1 + numpy.exp(-z))

    def cost(values):
        a = {q.name: numpy.array([values[q, p] for p in points(q.axes)]).reshape(q.shape) for q in network.leaves}
        hidden = function(a["x"] @ a["W0"] + a["b1"])
        return ((a["y"] - function(hidden @ a["W1"])) ** 2).sum() / 2

    for place, value in leaves.items():
        assert isclose(found[place], cost({**leaves, place: value + 1e-30j}).imag / 1e-30, rel_tol=1e-12, abs_tol=1e-15)


@pytest.mark.parametrize("at_zero", [Fraction(0), Fraction(1), Fraction(1, 2)])
def test_at_a_kink_step_is_what_the_convention_says(at_zero):
    import sympy

    from symbackprop.symbolic.convert import to_sympy

    network = replace(read_pattern("relu relu"), step_at_zero=at_zero, _names={})
    network = replace(network)
    x, w0, w1, y = (network.quantity(n) for n in ("x", "W0", "W1", "y"))
    leaves = {(x, ()): Fraction(3), (w0, ()): Fraction(0), (w1, ()): Fraction(5), (y, ()): Fraction(7)}
    values = forward_values(network, leaves, Exact(at_zero))
    found = gradient_values(network, sweep(network), values, Exact(at_zero))
    expected = -7 * at_zero * 5 * at_zero * 3
    assert found[w0, ()] == expected
    text = entries(ClosedForms(network), w0)[""]
    assert sympy.sympify(text).subs({q.name: v for (q, _), v in leaves.items()}) == expected
    forms = ClosedForms(network)
    closed = to_sympy(forms.in_leaves(forms.adjoint(w0)), at_zero)
    assert closed.subs({q.name: sympy.Rational(v) for (q, _), v in leaves.items()}) == expected
    assert network.r(2).diff(sympy.Symbol("W0")).subs({"W0": 0, "W1": 5, "x": 3}) == 15 * at_zero**2


SLOPED = [(name, k) for name, f in FUNCTIONS.items() for k in range(len(f.slopes))]


@pytest.mark.parametrize(("name", "position"), SLOPED)
def test_slopes_of_the_tables(name, position):
    f = FUNCTIONS[name]
    number = numbers(position)
    positive = name in ("log", "sqrt", "bce", "quotient", "reciprocal")
    for _ in range(40):
        point = [number(0.05, 0.95) if positive else number(-3, 3) for _ in f.parameters]
        ends = []
        for step in (H, -H):
            moved = [v + step if k == position else v for k, v in enumerate(point)]
            ends.append(applied(PRECISE, f, moved))
        outside = (ends[0] - ends[1]) / (2 * H)
        assert agrees(applied(PRECISE, f, point, position + 1), outside), point
        tree = slope_tree(f, position)
        given_output = {**dict(zip(f.parameters, point, strict=True)), "r": applied(PRECISE, f, point)}
        assert agrees(in_values(PRECISE, tree, given_output), outside)


@pytest.mark.parametrize("name", sorted(n for n, f in FUNCTIONS.items() if f.bound and not f.whole))
def test_bounds_of_slopes_are_true_and_tight(name):
    f = FUNCTIONS[name]
    others = [0.0] * (len(f.parameters) - 1)
    slope = [abs(applied(Float(), f, [z / 100, *others], 1)) for z in range(-2000, 2001)]
    bound = float(Fraction(f.bound))
    assert max(slope) <= bound + 1e-15
    assert max(slope) >= bound * 0.995


@pytest.mark.parametrize("name", sorted(n for n in ACTIVATION if n != "f"))
@pytest.mark.parametrize("z", [-800.0, -40.0, -1e-9, 1e-9, 0.5, 40.0, 800.0])
def test_floats_are_stable(name, z):
    f = FUNCTIONS[name]
    exact = ACTIVATION[name](mp.mpf(z))
    assert isclose(applied(Float(), f, [z]), float(exact), rel_tol=1e-12, abs_tol=1e-20)
    slope = (ACTIVATION[name](mp.mpf(z) + H) - ACTIVATION[name](mp.mpf(z) - H)) / (2 * H)
    assert isclose(applied(Float(), f, [z], 1), float(slope), rel_tol=1e-9, abs_tol=1e-15)


@pytest.mark.parametrize("name", sorted(n for n, f in ACTIVATIONS.items() if f.formula))
def test_formulas_of_the_tables_are_what_they_are_called(name):
    number = numbers(1)
    tree = value_tree(FUNCTIONS[name])
    for _ in range(20):
        z = number(-4, 4)
        assert agrees(in_values(PRECISE, tree, {"z": z}), ACTIVATION[name](z))
