"""Matrix form against the index form: with numbers, entry by entry, and against what textbooks write."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symbackprop.backward.closed import ClosedForms
from symbackprop.networks.builder import Builder
from symbackprop.networks.closing import right_side
from symbackprop.networks.layers import Options
from symbackprop.networks.model import Network
from symbackprop.networks.pattern import read_pattern
from symbackprop.render.matrix import matrix_form
from symbackprop.render.matrix_shapes import ShapeError, shape
from symbackprop.render.matrix_terms import (
    Diagonal,
    Hadamard,
    HadamardPower,
    Identity,
    Layout,
    Ones,
    Product,
    SquaredNorm,
    Transposed,
    Whole,
    WholePartial,
    members,
    shown,
)
from symbackprop.tables.activations import ACTIVATIONS, SOFTMAX
from symbackprop.tables.costs import COSTS
from symbackprop.vocabulary.arithmetic import add, mul, power, summed
from symbackprop.vocabulary.expressions import (
    HALF,
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Call,
    Delta,
    Expression,
    Mul,
    Number,
    Partial,
    Pow,
    Ref,
    Sum,
    Symbol,
    free_indices,
)
from symbackprop.vocabulary.quantities import Dimension, Index, Quantity

LAYOUTS = [
    Layout(weights, vectors, samples, slopes, gradients)  # type: ignore[arg-type]
    for weights in ("source-first", "target-first")
    for vectors in ("columns", "rows")
    for samples in ("rows", "columns")
    for slopes in ("hadamard", "diagonal")
    for gradients in ("shape of the variable", "transposed")
]
SIZES = {"n": 2, "h": 3, "m": 2, "q": 3, "n_k": 2, "n_k1": 3}


# Numbers ---------------------------------------------------------------------------------------------------------


def extent(dimension: Dimension | None) -> int:
    if dimension is None:
        return 1
    return dimension.size if isinstance(dimension.size, int) else SIZES[dimension.size]


def sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


VALUES: dict[tuple[str, int], Any] = {
    ("relu", 0): lambda z: np.maximum(0, z),
    ("relu", 1): lambda z: np.where(z > 0, 1.0, 0.0),
    ("step", 0): lambda z: np.where(z > 0, 1.0, 0.0),
    ("tanh", 0): np.tanh,
    ("tanh", 1): lambda z: 1 - np.tanh(z) ** 2,
    ("sigmoid", 0): sigma,
    ("sigmoid", 1): lambda z: sigma(z) * (1 - sigma(z)),
    ("softplus", 0): lambda z: np.log1p(np.exp(z)),
    ("softplus", 1): sigma,
    ("exp", 0): np.exp,
    ("exp", 1): np.exp,
    ("log", 0): lambda z: np.log(np.abs(z)),
    ("abs", 0): np.abs,
    ("sign", 0): np.sign,
    ("max", 0): np.maximum,
    ("min", 0): np.minimum,
    ("sqrt", 0): lambda z: np.sqrt(np.abs(z)),
    ("bce", 0): lambda y, p: -(y * np.log(np.abs(p)) + (1 - y) * np.log(np.abs(1 - p))),
    ("reciprocal", 0): lambda z: 1 / z,
    ("quotient", 0): lambda a, b: a / b,
    ("f", 0): lambda z: z**3,
    ("f", 1): lambda z: 3 * z**2,
}


class Numbers:
    """Random values for everything a formula names, drawn once."""

    def __init__(self, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.known: dict[Any, Any] = {}

    def of(self, key: Any, axes: tuple[Dimension, ...]) -> Any:
        if key not in self.known:
            size = tuple(extent(axis) for axis in axes)
            self.known[key] = self.random.uniform(0.3, 1.4, size) * self.random.choice([-1, 1], size)
        return self.known[key]

    def symbol(self, name: str) -> float:
        return float(SIZES[name]) if name in SIZES else float(self.of(name, ()))

    def partial(self, function: Any, slope: int, quantities: tuple[Quantity, ...]) -> Any:
        """An unspecified function's gradient by one argument, at the wholes of all."""
        return self.of((function, slope, quantities), quantities[slope - 1].axes)


def entry(e: Expression, at: dict[Index, int], numbers: Numbers) -> float:
    """An index formula at an entry, by its definition."""

    def value(inner: Expression) -> float:
        return entry(inner, at, numbers)

    def place(index: Index | int) -> int:
        return at[index] if isinstance(index, Index) else index

    if isinstance(e, Number):
        return float(e.value)
    if isinstance(e, Symbol):
        return numbers.symbol(e.name)
    if isinstance(e, Ref):
        return float(numbers.of(e.quantity, e.quantity.axes)[tuple(map(place, e.indices))])
    if isinstance(e, Partial):
        assert isinstance(e.of, Ref)
        gradient = numbers.of((e.of.quantity, e.by.quantity), e.by.quantity.axes)
        return float(gradient[tuple(map(place, e.by.indices))])
    if isinstance(e, Delta):
        return float(place(e.left) == place(e.right))
    if isinstance(e, Add):
        return sum(map(value, e.terms))
    if isinstance(e, Mul):
        return float(np.prod([value(f) for f in e.factors]))
    if isinstance(e, Pow):
        return float(value(e.base) ** value(e.exponent))
    if isinstance(e, Sum):
        ranges = [range(extent(i.dimension)) for i in e.indices]
        return sum(entry(e.body, at | dict(zip(e.indices, k, strict=True)), numbers) for k in product(*ranges))
    assert isinstance(e, Call)
    if e.function is SOFTMAX:
        (argument,) = e.arguments
        last = argument.indices[-1] if isinstance(argument, Ref) else free_indices(argument)[-1]
        assert isinstance(last, Index)
        every = [np.exp(entry(argument, at | {last: k}, numbers)) for k in range(extent(last.dimension))]
        return float(every[at[last]] / sum(every))
    if e.function.whole and e.slope:
        refs = [a for a in e.arguments if isinstance(a, Ref)]
        gradient = numbers.partial(e.function, e.slope, tuple(a.quantity for a in refs))
        return float(gradient[tuple(map(place, refs[e.slope - 1].indices))])
    if e.function.whole:
        total = 0.0
        for k, argument in enumerate(e.arguments, start=1):
            local = [i for i in free_indices(argument) if i not in at]
            for where in product(*(range(extent(i.dimension)) for i in local)):
                total += k * entry(argument, at | dict(zip(local, where, strict=True)), numbers) ** 3
        return total
    return float(VALUES[e.function.name, e.slope](*map(value, e.arguments)))


def matrix(e: Expression, layout: Layout, numbers: Numbers) -> Any:
    """A matrix formula as a real matrix; nothing is repeated that the formula does not repeat."""

    def value(inner: Expression) -> Any:
        return matrix(inner, layout, numbers)

    def laid_out(array: Any, quantity: Quantity, gradient: bool) -> Any:
        if len(quantity.axes) == 2:
            array = array if layout.in_order(quantity) else array.T
        elif quantity.axes:
            array = array[:, None] if layout.stands(quantity.axes[0]) else array[None, :]
        else:
            array = np.reshape(array, (1, 1))
        return array.T if gradient and layout.gradients == "transposed" else array

    if isinstance(e, Number):
        return np.array([[float(e.value)]])
    if isinstance(e, Symbol):
        return np.array([[numbers.symbol(e.name)]])
    if isinstance(e, Whole):
        return laid_out(numbers.of(e.quantity, e.quantity.axes), e.quantity, False)
    if isinstance(e, WholePartial):
        return laid_out(numbers.of((e.of, e.by), e.by.axes), e.by, True)
    if isinstance(e, Ones):
        return np.ones((extent(e.dimension), 1))
    if isinstance(e, Identity):
        return np.eye(extent(e.dimension))
    if isinstance(e, Transposed):
        return value(e.inner).T
    if isinstance(e, Diagonal):
        vector = value(e.vector)
        assert 1 in vector.shape
        return np.diag(vector.ravel())
    if isinstance(e, SquaredNorm):
        return np.array([[np.sum(value(e.inner) ** 2)]])
    if isinstance(e, Product):
        found = value(e.factors[0])
        for factor in e.factors[1:]:
            found = found @ value(factor)
        return found
    if isinstance(e, HadamardPower):
        return value(e.base) ** value(e.exponent)
    if isinstance(e, Pow):
        assert value(e.base).shape == (1, 1)
        return value(e.base) ** value(e.exponent)
    if isinstance(e, Call) and e.function.whole and e.function is not SOFTMAX:
        if e.slope:
            quantities = tuple(a.quantity for a in e.arguments if isinstance(a, Whole))
            gradient = numbers.partial(e.function, e.slope, quantities)
            return laid_out(gradient, quantities[e.slope - 1], True)
        return np.array([[sum(k * np.sum(value(a) ** 3) for k, a in enumerate(e.arguments, start=1))]])
    if isinstance(e, Add | Hadamard):
        parts = [value(p) for p in e.parts()]
        assert len({p.shape for p in parts}) == 1
        return sum(parts) if isinstance(e, Add) else np.prod(parts, axis=0)
    if isinstance(e, Mul):
        factors = [value(f) for f in e.factors]
        assert sum(f.shape != (1, 1) for f in factors) <= 1
        found = np.ones((1, 1))
        for factor in factors:
            found = found * factor
        return found
    assert isinstance(e, Call)
    arguments = [value(a) for a in e.arguments]
    assert len({a.shape for a in arguments} - {(1, 1)}) <= 1
    if e.function is SOFTMAX:
        (z,) = arguments
        rows, columns = shape(e.arguments[0], layout)
        over = None if rows is None or columns is None else int(rows.name == layout.batch)
        return np.exp(z) / np.sum(np.exp(z), axis=over, keepdims=True)
    return VALUES[e.function.name, e.slope](*arguments)


def expected(e: Expression, result: tuple[Index, ...], numbers: Numbers) -> Any:
    """All entries of an index formula."""
    ranges = [range(extent(i.dimension)) for i in result]
    flat = [entry(e, dict(zip(result, where, strict=True)), numbers) for where in product(*ranges)]
    return np.reshape(flat, [extent(i.dimension) for i in result])


def agrees(
    node: Expression,
    entries: Any,
    indices: tuple[Index, ...],
    result: tuple[Index, ...],
    layout: Layout,
    gradient: bool,
    numbers: Numbers,
) -> None:
    """Assert that a matrix formula has these entries, laid out, and says its own shape."""
    want = entries
    if len(result) == 2:
        want = entries if result == indices else entries.T
    elif len(result) == 1:
        want = entries[:, None] if layout.stands(result[0].dimension) else entries[None, :]
    else:
        want = np.reshape(entries, (1, 1))
    if gradient and layout.gradients == "transposed":
        want = want.T
    if node == ZERO:
        np.testing.assert_allclose(want, 0, atol=1e-12)
        return
    got = matrix(node, layout, numbers)
    assert got.shape == want.shape == tuple(map(extent, shape(node, layout)))
    scale = max(1.0, float(np.max(np.abs(want))))
    np.testing.assert_allclose(got / scale, want / scale, rtol=1e-8, atol=1e-9)


# Random formulas -------------------------------------------------------------------------------------------------

A, B, S, U = Dimension("a", 2), Dimension("b", 3), Dimension("samples", 2), Dimension("u", 4)
LETTERS = [Index("i", A), Index("k", A), Index("j", B), Index("l", B), Index("s", S), Index("u", U)]
ELEMENTWISE = [ACTIVATIONS["relu"], ACTIVATIONS["tanh"], ACTIVATIONS["sigmoid"]]
POOL: dict[Any, Quantity] = {}


def pooled(name: str, kind: Any, axes: tuple[Dimension, ...]) -> Quantity:
    return POOL.setdefault((name, kind, axes), Quantity(f"{name}_{'_'.join(a.name for a in axes)}", kind, axes))


COST = pooled("C", "cost", ())


@st.composite
def formulas(draw: Any, free: tuple[Index, ...], depth: int) -> Expression:
    """A formula whose free indices are among ``free``, which are at most three."""
    kinds = ["ref", "ref", "partial"] + (["product", "product", "sum", "add", "call", "power"] if depth else [])
    kind = draw(st.sampled_from(kinds))
    if kind in ("ref", "partial"):
        own = tuple(draw(st.permutations(free)))[: draw(st.integers(0, min(2, len(free))))]
        if len(own) == 2 and kind == "ref" and own[0].dimension == own[1].dimension and draw(st.booleans()):
            return Delta(*own)
        name, what = draw(st.sampled_from([("W", "weight"), ("V", "weight"), ("p", "auxiliary"), ("x", "input")]))
        entry = Ref(pooled(name, what, tuple(i.dimension for i in own)), own)
        return entry if kind == "ref" else Partial(Ref(COST), entry)
    if kind == "product":
        factors = draw(st.lists(formulas(free, depth - 1), min_size=2, max_size=4))
        front = draw(st.sampled_from([ONE, HALF, MINUS_ONE, Symbol("lambda")]))
        return mul(front, *factors)
    if kind == "add":
        return add(*draw(st.lists(formulas(free, depth - 1), min_size=2, max_size=3)))
    if kind == "sum":
        others = [i for i in LETTERS if i not in free]
        bound = tuple(draw(st.permutations(others)))[: draw(st.integers(1, 2))]
        kept = tuple(draw(st.permutations(free)))[: draw(st.integers(0, 2))]
        body = draw(formulas((*kept, *bound), depth - 1))
        return draw(st.sampled_from([Sum, summed]))(bound, body)
    inner = draw(formulas(free, depth - 1))
    if kind == "call":
        return Call(draw(st.sampled_from(ELEMENTWISE)), (inner,), draw(st.integers(0, 1)))
    return power(inner, draw(st.sampled_from([Number(2), Number(3), MINUS_ONE, Number(-2)])))


@st.composite
def cases(draw: Any) -> tuple[Expression, tuple[Index, ...], Layout, bool]:
    result = tuple(draw(st.permutations(LETTERS)))[: draw(st.integers(0, 2))]
    return draw(formulas(result, 3)), result, draw(st.sampled_from(LAYOUTS)), draw(st.booleans())


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_a_random_formula_and_its_matrix_form_have_the_same_entries(case: Any) -> None:
    e, result, layout, gradient = case
    node = matrix_form(e, result, layout, gradient)
    if node is not None:
        with np.errstate(all="raise"):
            numbers = Numbers()
            try:
                entries = expected(e, result, numbers)
            except (FloatingPointError, ZeroDivisionError, OverflowError):
                return
        if np.max(np.abs(entries)) < 1e12:
            agrees(node, entries, result, result, layout, gradient, numbers)


@st.composite
def graphs(draw: Any, free: tuple[Index, ...], depth: int) -> Expression:
    """A product of vectors and matrices over a random graph of free and summed indices."""
    others = [i for i in LETTERS if i not in free]
    bound = tuple(draw(st.permutations(others)))[: draw(st.integers(1, 3))]
    nodes = (*free, *bound)
    factors: list[Expression] = []
    for _ in range(draw(st.integers(2, 5))):
        own = tuple(draw(st.permutations(nodes)))[: draw(st.integers(1, 2))]
        axes = tuple(i.dimension for i in own)
        kind = draw(st.sampled_from(["W", "p", "d", "call", "square", "delta", "inner", "sum"]))
        factor: Expression = Ref(pooled(kind, "weight" if kind == "W" else "auxiliary", axes), own)
        if kind == "d":
            factor = Partial(Ref(COST), factor)  # type: ignore[arg-type]
        elif kind == "call":
            factor = Call(draw(st.sampled_from(ELEMENTWISE)), (factor,), draw(st.integers(0, 1)))
        elif kind == "square":
            factor = power(factor, Number(2))
        elif kind == "delta" and len(own) == 2 and own[0].dimension.size == own[1].dimension.size:
            factor = Delta(*own)
        elif kind == "inner" and depth:
            factor = draw(graphs(own, depth - 1))
        elif kind == "sum" and depth:
            factor = add(factor, draw(graphs(own, depth - 1)))
        factors.append(factor)
    return Sum(bound, mul(draw(st.sampled_from([ONE, HALF, MINUS_ONE])), *factors))


@st.composite
def graph_cases(draw: Any) -> tuple[Expression, tuple[Index, ...], Layout, bool]:
    result = tuple(draw(st.permutations(LETTERS)))[: draw(st.integers(0, 2))]
    return draw(graphs(result, 1)), result, draw(st.sampled_from(LAYOUTS)), draw(st.booleans())


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(graph_cases())
def test_a_random_product_over_a_graph_and_its_matrix_form_have_the_same_entries(case: Any) -> None:
    e, result, layout, gradient = case
    node = matrix_form(e, result, layout, gradient)
    if node is not None:
        numbers = Numbers()
        agrees(node, expected(e, result, numbers), result, result, layout, gradient, numbers)


# Networks --------------------------------------------------------------------------------------------------------


def residual() -> Network:
    """r1 = f(W0 x), r2 = x + W0^T r1 with the weights tied, a scalar product of a row of weights behind it."""
    b = Builder("residual")
    n, h = Dimension("n0", "n"), Dimension("n1", "h")
    i, j = Index("i", n), Index("j", h)
    x, w, v = (
        b.leaf("x", "input", (n,)),
        b.leaf("W0", "weight", (n, h)),
        b.leaf("v", "weight", (n,)),
    )
    z = b.define("z1", "pre-activation", (j,), Sum((i,), mul(Ref(w, (i, j)), Ref(x, (i,)))))
    r = b.map("r1", "activation", (j,), ACTIVATIONS["tanh"], (Ref(z, (j,)),))
    skip = add(Ref(x, (i,)), Sum((j,), mul(Ref(w, (i, j)), Ref(r, (j,)))))
    r2 = b.define("r2", "activation", (i,), skip)
    z3 = b.define("z3", "pre-activation", (), Sum((i,), mul(Ref(v, (i,)), Ref(r2, (i,)), Ref(x, (i,)))))
    c = b.define("C", "cost", (), power(add(Ref(b.leaf("y", "target")), mul(MINUS_ONE, Ref(z3))), Number(2)))
    return b.build(c, sizes=("n", "h"))


def attention() -> Network:
    """Scores of all tokens against all, softmaxed by their elementary lines, times the values: all matrices."""
    b = Builder("attention")
    tokens, width, inner = Dimension("tokens", "m"), Dimension("n0", "n"), Dimension("n1", "h")
    t, s, i, j = Index("t", tokens), Index("s", tokens), Index("i", width), Index("j", inner)
    x = b.leaf("X", "input", (tokens, width))
    query, key, value = (b.leaf(name, "weight", (width, inner)) for name in ("W0", "W1", "W2"))

    def projected(name: str, weight: Quantity) -> Quantity:
        return b.define(name, "auxiliary", (t, j), Sum((i,), mul(Ref(x, (t, i)), Ref(weight, (i, j)))))

    q, k, v = projected("Q", query), projected("K", key), projected("V", value)
    scores = Sum((j,), mul(power(Symbol("h"), Number(-1)), Ref(q, (t, j)), Ref(k, (s, j))))
    a = b.softmax("A", "auxiliary", (t, s), Ref(b.define("Z", "pre-activation", (t, s), scores), (t, s)))
    out = b.define("O", "activation", (t, j), Sum((s,), mul(Ref(a, (t, s)), Ref(v, (s, j)))))
    error = add(Ref(b.leaf("Y", "target", (tokens, inner)), (t, j)), mul(MINUS_ONE, Ref(out, (t, j))))
    return b.build(b.define("C", "cost", (), mul(HALF, Sum((t, j), power(error, Number(2))))), sizes=("m", "n", "h"))


def layered(pattern: str, cost: str, batch: str | None = None, l2: str | None = None) -> Network:
    return read_pattern(pattern, Options(COSTS[cost], batch=batch, l2=l2))


NETWORKS = {
    "one neuron": layered("relu", "half-squared"),
    "scalars over a batch": layered("relu sigmoid bias", "half-squared", "q"),
    "two layers": layered("n -> h relu -> m relu", "half-squared"),
    "biased": layered("n -> h tanh bias -> m sigmoid bias", "binary-cross-entropy"),
    "logits": layered("n -> h softplus bias -> m", "binary-cross-entropy-logits", l2="lambda"),
    "softmax": layered("n -> h relu -> m softmax", "cross-entropy"),
    "softmax of logits": layered("n -> m", "cross-entropy-logits"),
    "batch": layered("n -> h relu bias -> m relu bias", "half-squared", "q", "lambda"),
    "batch, softmax": layered("n -> h sigmoid bias -> m softmax bias", "cross-entropy", "q"),
    "batch, mean": layered("n -> h f -> m tanh", "mse", "q"),
    "unspecified cost": layered("n -> h relu -> m f bias", "L"),
    "unspecified cost, penalty": layered("n -> h relu -> m tanh bias", "L", None, "lambda"),
    "unspecified cost, batch": layered("n -> m tanh", "L", "q"),
    "general": read_pattern("k"),
    "residual": residual(),
    "attention": attention(),
}


def formulas_of(network: Network) -> list[tuple[str, Expression, tuple[Index, ...], Quantity, bool]]:
    """Every formula that a derivation of a network shows, with its free indices in the quantity's order."""
    closed = ClosedForms(network)
    found = []
    for d in network.definitions:
        for e in (right_side(d), closed.closing.put_in(d)):
            found.append((f"{d.quantity}", e, d.indices, d.quantity, False))
    for q, adjoint in closed.adjoints.items():
        letters, e = closed.indices(q), closed.adjoint(q)
        steps = [closed.local(c) for c in adjoint.contributions]
        for form in (*steps, e, closed.in_leaves(e)):
            found.append((f"d{q}", form, letters, q, True))
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_every_formula_of_a_network_and_its_matrix_form_have_the_same_entries(name: str) -> None:
    numbers = Numbers(7)
    without = set()
    for label, e, indices, quantity, gradient in formulas_of(NETWORKS[name]):
        entries = None
        for layout in LAYOUTS:
            result = shown(quantity, indices, layout)
            node = matrix_form(e, result, layout, gradient)
            if node is None:
                without.add(label)
                continue
            if entries is None:
                entries = expected(e, indices, numbers)
            agrees(node, entries, indices, result, layout, gradient, numbers)
    assert without == ({"L"} if name == "unspecified cost, batch" else set())


# What textbooks write --------------------------------------------------------------------------------------------


def text(e: Expression | None, around: int = 0) -> str:
    """A matrix formula in a line of text: a product is written side by side, 1 is a column of ones."""

    def joined(separator: str, level: int) -> str:
        line = separator.join(text(p, level + 1) for p in members(e) if p != MINUS_ONE)
        line = line.replace("+ -", "- ")
        line = f"-{line}" if isinstance(e, Mul) and e.factors[0] == MINUS_ONE else line
        return f"({line})" if around > level else line

    if e is None:
        return "none"
    if isinstance(e, Number):
        return str(e.value)
    if isinstance(e, Symbol):
        return e.name
    if isinstance(e, Whole):
        return repr(e.quantity)
    if isinstance(e, WholePartial):
        return f"d{e.by}"
    if isinstance(e, Ones):
        return "1"
    if isinstance(e, Identity):
        return "I"
    if isinstance(e, Transposed):
        return f"{text(e.inner, 9)}'"
    if isinstance(e, Diagonal):
        return f"diag({text(e.vector)})"
    if isinstance(e, SquaredNorm):
        return f"|{text(e.inner)}|^2"
    if isinstance(e, Pow):
        return f"{text(e.base, 9)}^{text(e.exponent, 9)}"
    if isinstance(e, HadamardPower):
        return f"{text(e.base, 9)}^.{text(e.exponent, 9)}"
    if isinstance(e, Call):
        return f"{e.function.name}{chr(96) * e.slope}({', '.join(map(text, e.arguments))})"
    if isinstance(e, Add):
        return joined(" + ", 1)
    if isinstance(e, Mul):
        return joined(" ", 2)
    if isinstance(e, Hadamard):
        return joined(" o ", 2)
    assert isinstance(e, Product)
    return joined(" ", 3)


def lines(pattern: str, layout: Layout, cost: str = "half-squared", **options: str) -> dict[str, str]:
    """The definitions of a network and, as dC/dq, the sums of the contributions to its adjoints."""
    network = layered(pattern, cost, **options)
    closed, found = ClosedForms(network), {}
    for d in network.definitions:
        node = matrix_form(closed.closing.put_in(d), shown(d.quantity, d.indices, layout), layout)
        found[repr(d.quantity)] = text(node)
    for q, adjoint in closed.adjoints.items():
        result = shown(q, closed.indices(q), layout)
        contributions = add(*(closed.local(c) for c in adjoint.contributions))
        found[f"d{q}"] = text(matrix_form(contributions, result, layout, gradient=True))
        found[f"closed d{q}"] = text(matrix_form(closed.adjoint(q), result, layout, gradient=True))
        found[f"leaves d{q}"] = text(matrix_form(closed.in_leaves(closed.adjoint(q)), result, layout, gradient=True))
    return found


SLATER = Layout()
NIELSEN = Layout("target-first")
ROWS = Layout(vectors="rows")
NG = Layout("target-first", samples="columns")
MIT = Layout(slopes="diagonal")
NUMERATOR = Layout("target-first", gradients="transposed")

TWO_LAYERS = {
    "slater": (SLATER, {}, "z2 = W1' r1; dz2 = dr2 o relu`(z2); dr1 = W1 dz2; dW1 = r1 dz2'"),
    "nielsen": (
        NIELSEN,
        {},
        "z2 = W1 r1 + b2; dz2 = dr2 o relu`(z2); dr1 = W1' dz2; dW1 = dz2 r1'; db2 = dz2",
    ),
    "rows": (ROWS, {}, "z2 = r1 W1 + b2; dz2 = dr2 o relu`(z2); dr1 = dz2 W1'; dW1 = r1' dz2; db2 = dz2"),
    "rows, batch": (
        ROWS,
        {"batch": "q"},
        "z2 = r1 W1 + 1 b2; dz2 = dr2 o relu`(z2); dr1 = dz2 W1'; dW1 = r1' dz2; db2 = 1' dz2",
    ),
    "samples in rows, biases in columns": (
        SLATER,
        {"batch": "q"},
        "z2 = r1 W1 + 1 b2'; dr1 = dz2 W1'; dW1 = r1' dz2; db2 = dz2' 1",
    ),
    "ng": (
        NG,
        {"batch": "q"},
        "z2 = W1 r1 + b2 1'; dz2 = dr2 o relu`(z2); dr1 = W1' dz2; dW1 = dz2 r1'; db2 = dz2 1",
    ),
    "mit": (MIT, {}, "z2 = W1' r1 + b2; dz2 = diag(relu`(z2)) dr2; dr1 = W1 dz2; dW1 = r1 dz2'; db2 = dz2"),
    "numerator": (
        NUMERATOR,
        {},
        "z2 = W1 r1 + b2; dz2 = dr2 o relu`(z2)'; dr1 = dz2 W1; dW1 = r1 dz2; db2 = dz2",
    ),
    "slater, closed": (
        SLATER,
        {},
        "closed dW1 = r1 ((r2 - y) o step(z2))'; closed dW0 = x (W1 ((r2 - y) o step(z2)) o step(z1))'; "
        "leaves dW1 = relu(W0' x) ((relu(W1' relu(W0' x)) - y) o step(W1' relu(W0' x)))'; "
        "leaves dW0 = x (W1 ((relu(W1' relu(W0' x)) - y) o step(W1' relu(W0' x))) o step(W0' x))'",
    ),
    "nielsen, closed": (
        NIELSEN,
        {},
        "closed dW1 = ((r2 - y) o step(z2)) r1'; closed dW0 = (W1' ((r2 - y) o step(z2)) o step(z1)) x'",
    ),
    "rows, closed": (
        ROWS,
        {},
        "closed dW0 = x' (((r2 - y) o step(z2)) W1' o step(z1)); "
        "closed dx = (((r2 - y) o step(z2)) W1' o step(z1)) W0'",
    ),
    "ng, closed": (
        NG,
        {"batch": "q"},
        "C = 1/2 q^-1 |U|^2; closed dW1 = q^-1 ((r2 - y) o step(z2)) r1'; "
        "closed db1 = q^-1 (W1' ((r2 - y) o step(z2)) o step(z1)) 1",
    ),
    "mit, closed": (MIT, {}, "closed dW0 = x (diag(step(z1)) W1 diag(step(z2)) (r2 - y))'"),
    "penalty": (
        SLATER,
        {"l2": "lambda"},
        "C = 1/2 |U|^2 + 1/2 lambda |W0|^2 + 1/2 lambda |W1|^2; closed dW1 = r1 ((r2 - y) o step(z2))' + lambda W1",
    ),
}


@pytest.mark.parametrize("name", TWO_LAYERS)
def test_two_layers_come_out_as_in_the_textbooks(name: str) -> None:
    layout, options, wanted = TWO_LAYERS[name]
    biased = "b1" in wanted or "b2" in wanted
    pattern = "n -> h relu bias -> m relu bias" if biased else "n -> h relu -> m relu"
    found = lines(pattern, layout, **options)
    assert "; ".join(f"{key} = {found[key]}" for key in (w.split(" = ")[0] for w in wanted.split("; "))) == wanted


@pytest.mark.parametrize(
    ("layout", "batch", "wanted"),
    [
        (SLATER, None, "e1 = exp(z1); S1 = 1' e1; r1 = S1^-1 e1; C = -y' log(r1); closed dz1 = r1 - y"),
        (ROWS, None, "e1 = exp(z1); S1 = e1 1; r1 = S1^-1 e1; C = -y log(r1)'; closed dz1 = r1 - y"),
        (
            SLATER,
            "q",
            "S1 = e1 1; r1 = diag(S1^.-1) e1; C = -q^-1 1' (y o log(r1)) 1; closed dz1 = q^-1 (r1 - y)",
        ),
        (
            NG,
            "q",
            "S1 = 1' e1; r1 = e1 diag(S1^.-1); C = -q^-1 1' (y o log(r1)) 1; closed dz1 = q^-1 (r1 - y)",
        ),
    ],
)
def test_softmax_and_cross_entropy_come_out_as_in_the_textbooks(layout: Layout, batch: str | None, wanted: str) -> None:
    found = lines("n -> m softmax", layout, "cross-entropy", **({"batch": batch} if batch else {}))
    assert "; ".join(f"{key} = {found[key]}" for key in (w.split(" = ")[0] for w in wanted.split("; "))) == wanted


def test_a_sum_of_products_over_one_index_is_a_sum_of_scalar_products() -> None:
    assert lines("n -> m sigmoid", SLATER, "binary-cross-entropy")["C"] == "-(y' log(r1) + (1 - y)' log(1 - r1))"
    assert lines("n -> m", SLATER, "binary-cross-entropy-logits")["C"] == "1' softplus(r1) - y' r1"


# What has no matrix form -----------------------------------------------------------------------------------------

LEFT, RIGHT, J, L, _, M = LETTERS
T = Quantity("T", "auxiliary", (A, B, A))
W, P = Quantity("W", "weight", (A, B)), Quantity("P", "auxiliary", (A, A))
X, Z = Quantity("x", "input", (A,)), Quantity("z", "pre-activation", (B,))
D = [Index(letter, Dimension(letter, size)) for size, letter in enumerate("abcd", start=2)]
COMPLETE = Sum(
    tuple(D),
    mul(*(Ref(Quantity("E", "auxiliary", (g.dimension, h.dimension)), (g, h)) for g in D for h in D if g < h)),
)


@pytest.mark.parametrize(
    ("e", "result"),
    [
        (Ref(T, (LEFT, J, RIGHT)), (LEFT, J)),
        (Sum((RIGHT,), Ref(T, (LEFT, J, RIGHT))), (LEFT, J)),
        (Ref(W, (0, J)), (J,)),
        (Ref(P, (LEFT, LEFT)), (LEFT,)),
        (Sum((LEFT,), Ref(P, (LEFT, LEFT))), ()),
        (Delta(LEFT, 1), (LEFT,)),
        (Delta(LEFT, J), (LEFT, J)),
        (Ref(X, (J,)), (J,)),
        (Sum((J,), power(Ref(X, (J,)), Number(2))), ()),
        (Partial(Ref(Z, (J,)), Ref(X, (LEFT,))), (J, LEFT)),
        (mul(Ref(W, (LEFT, J)), Ref(X, (RIGHT,))), (LEFT, J)),
        (Ref(W, (LEFT, J)), (LEFT,)),
        (Ref(W, (LEFT, J)), (LEFT, J, RIGHT)),
        (Ref(P, (LEFT, RIGHT)), (LEFT, LEFT)),
        (Call(SOFTMAX, (Ref(P, (LEFT, RIGHT)),)), (LEFT, RIGHT)),
        (Call(SOFTMAX, (Add((Ref(W, (LEFT, J)), Ref(X, (LEFT,)))),)), (LEFT, J)),
        (COMPLETE, ()),
    ],
)
def test_what_has_no_matrix_form_gets_none(e: Expression, result: tuple[Index, ...]) -> None:
    assert all(matrix_form(e, result, layout) is None for layout in LAYOUTS)


def test_the_value_for_every_sample_of_an_unspecified_cost_has_no_matrix_form() -> None:
    network = NETWORKS["unspecified cost, batch"]
    per_sample = next(d for d in network.definitions if repr(d.quantity) == "L")
    assert matrix_form(right_side(per_sample), per_sample.indices, SLATER) is None


def test_a_product_of_sums_is_multiplied_out_where_the_sums_have_no_matrix_form() -> None:
    v, u = Quantity("v", "auxiliary", (B,)), Quantity("u", "auxiliary", (Dimension("u", 4),))
    unfit = Add((Ref(X, (LEFT,)), mul(Ref(v, (J,)), Ref(u, (M,)))))
    e = Sum((J, M), mul(unfit, Ref(Quantity("V", "auxiliary", (B, M.dimension)), (J, M))))
    assert text(matrix_form(e, (LEFT,), SLATER)) == "1' V 1 x + v' V u 1"


def entrywise(name: str, *indices: Index) -> Ref:
    return Ref(pooled(name, "auxiliary", tuple(i.dimension for i in indices)), indices)


def test_a_sum_inside_a_product_that_has_no_matrix_form_is_opened_without_capturing_an_index() -> None:
    inner = Sum((L,), mul(entrywise("E", LEFT, L), entrywise("F", J, L), entrywise("G", M, L)))
    e = Sum((J, M, L), Mul((entrywise("f", J), entrywise("g", M), entrywise("h", L), inner)))
    node = matrix_form(e, (LEFT,), SLATER)
    assert text(node) == "1' h_b E_a_b (F_b_b' f_b o G_u_b' g_u)"
    assert node is not None
    numbers = Numbers()
    agrees(node, expected(e, (LEFT,), numbers), (LEFT,), (LEFT,), SLATER, False, numbers)


def test_a_square_is_a_norm_only_if_nothing_else_hangs_on_it() -> None:
    w, p, x = Ref(W, (LEFT, J)), Ref(P, (LEFT, RIGHT)), Ref(X, (LEFT,))
    assert text(matrix_form(Sum((LEFT, J), mul(w, w)), (), SLATER)) == "|W|^2"
    assert text(matrix_form(Sum((LEFT, J), mul(w, w, x)), (), SLATER)) == "1' (W o W)' x"
    assert text(matrix_form(Sum((J, LEFT), mul(w, w, x)), (), SLATER)) == "1' (W o W)' x"
    assert text(matrix_form(Sum((J,), mul(w, w)), (LEFT,), SLATER)) == "(W o W) 1"
    assert text(matrix_form(Sum((LEFT, RIGHT), Mul((p, Ref(P, (RIGHT, LEFT))))), (), SLATER)) == "1' (P o P') 1"


def test_a_sum_of_terms_that_is_no_scalar_stays_one_matrix() -> None:
    a, b, c = (entrywise(name, M, J) for name in "abc")
    assert text(matrix_form(Sum((M,), add(mul(a, b), c)), (J,), SLATER)) == "(a_u_b o b_u_b + c_u_b)' 1"


def test_deltas_rename_summed_indices_and_stay_identities_between_free_ones() -> None:
    chain = Sum((RIGHT, J), mul(Delta(LEFT, RIGHT), Ref(W, (RIGHT, L)), Delta(L, J), Ref(Z, (J,))))
    assert text(matrix_form(chain, (LEFT, L), SLATER)) == "W diag(z)"
    assert text(matrix_form(mul(Delta(LEFT, RIGHT), Ref(X, (LEFT,))), (LEFT, RIGHT), SLATER)) == "diag(x)"
    assert text(matrix_form(Delta(LEFT, RIGHT), (LEFT, RIGHT), SLATER)) == "I"


def test_dimensions_of_one_size_may_have_different_names() -> None:
    other = Index("o", Dimension("elsewhere", 2))
    e = add(Ref(X, (other,)), Sum((J,), mul(Ref(W, (other, J)), Ref(Z, (J,)))))
    assert text(matrix_form(e, (other,), SLATER)) == "x + W z"


def test_the_zero_of_any_shape_is_zero() -> None:
    assert all(matrix_form(ZERO, result, SLATER) == ZERO for result in ((), (LEFT,), (LEFT, J)))


def test_no_formula_is_too_deep() -> None:
    layers, square = 3000, Quantity("W", "weight", (A, A))
    chain: Expression = Ref(X, (LEFT,))
    slopes: Expression = Ref(X, (LEFT,))
    for depth in range(layers):
        here, below = (RIGHT, LEFT) if depth % 2 == 0 else (LEFT, RIGHT)
        chain = Sum((below,), Mul((Ref(square, (here, below)), chain)))
        slopes = Mul((Sum((below,), Mul((Ref(square, (here, below)), slopes))), Ref(X, (here,))))
    node = matrix_form(chain, (LEFT,), SLATER)
    assert isinstance(node, Product)
    assert len(node.factors) == layers + 1
    assert matrix_form(slopes, (LEFT,), SLATER) is not None


def test_shapes_that_cannot_meet_are_refused() -> None:
    w, x = Whole(W), Whole(X)
    for wrong in (
        Product((w, x)),
        Add((w, x)),
        Hadamard((x, Transposed(x))),
        Mul((x, x)),
        Diagonal(w),
        Pow(x, HALF),
    ):
        with pytest.raises(ShapeError):
            shape(wrong, SLATER)
