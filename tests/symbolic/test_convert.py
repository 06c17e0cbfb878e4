import sys
import time
from fractions import Fraction

import pytest
import sympy
from sympy import DiracDelta, Heaviside, IndexedBase, Symbol, symbols

from symbackprop.backward.closed import ClosedForms
from symbackprop.networks.layers import Options
from symbackprop.networks.pattern import read_pattern
from symbackprop.symbolic.classes import ReLU, Step
from symbackprop.symbolic.convert import CANONICAL_DEPTH, to_sympy
from symbackprop.tables.activations import ACTIVATIONS
from symbackprop.tables.costs import COSTS

W0, W1, x, y = symbols("W0 W1 x y")


def closed(pattern, wrt="W0", at_zero=Fraction(1), **options):
    options = {"cost": "half-squared", **options}
    network = read_pattern(pattern, Options(**{**options, "cost": COSTS[options["cost"]]}))
    forms = ClosedForms(network)
    return to_sympy(forms.in_leaves(forms.adjoint(network.quantity(wrt))), at_zero)


def test_the_gradient_of_one_neuron_as_its_author_writes_it():
    assert closed("relu") == (ReLU(W0 * x) - y) * Heaviside(W0 * x, 1) * x
    assert closed("relu", at_zero=Fraction(1, 2)) == (ReLU(W0 * x, sympy.S.Half) - y) * Heaviside(W0 * x) * x
    assert closed("relu").rewrite(Heaviside) == (W0 * x * Heaviside(W0 * x, 1) - y) * Heaviside(W0 * x, 1) * x


def test_names_are_plain_symbols():
    assert closed("relu").free_symbols == {W0, x, y}
    assert closed("relu").subs({W0: 2, x: 3, y: 1}) == 15


def test_general_layers():
    W, R, D = (IndexedBase(name) for name in ("W_k", "r_k", "dC_dr_k1"))
    e = closed("k", "W(k)")
    (inner,) = e.atoms(sympy.Sum)
    (k,) = inner.variables
    i, j, n = symbols("i j n_k")
    assert inner == sympy.Sum(W[k, j] * R[k], (k, 0, n - 1))
    assert e == D[j] * Step(inner) * R[i]


def test_symbolic_widths():
    W, X = IndexedBase("W0"), IndexedBase("x")
    i, j, n = symbols("i j n")
    e = read_pattern("n -> m relu").expression("z1")
    (k,) = e.variables
    assert e == sympy.Sum(W[k, i] * X[k], (k, 0, n - 1))
    assert closed("n -> m").has(IndexedBase("y")[j])


def test_no_index_bears_the_name_of_a_size():
    e = closed("n -> m relu -> p relu -> q softmax", cost="cross-entropy", batch="s", l2="i")
    bound = {limit[0] for total in e.atoms(sympy.Sum) for limit in total.limits}
    assert not {str(letter) for letter in bound} & {"n", "m", "p", "q", "s", "i"}


LIGHT = ("relu", "sigmoid", "tanh", "elu")
PAIRS = [(a, c) for a in LIGHT for c in COSTS if c not in ("cross-entropy-logits", "L")]
PAIRS += [(a, "half-squared") for a in ACTIVATIONS if a not in LIGHT]


@pytest.mark.parametrize(("activation", "cost"), PAIRS)
def test_agrees_with_sympys_own_derivative_of_the_primal(activation, cost):
    """SymPy differentiates what it was given; both at a point of 30 digits, away from kinks."""
    pattern = f"{activation} bias" if activation.startswith("gelu") else f"{activation} bias {activation}"
    network = read_pattern(pattern, Options(COSTS[cost]))
    cost_expression = network.expression("C")
    forms = ClosedForms(network)
    point = {"W0": 7, "W1": 3, "b1": 2, "x": 5, "y": 4}
    point = {Symbol(name): sympy.Rational(value, 10) for name, value in point.items()}
    for leaf in network.leaves:
        ours = to_sympy(forms.in_leaves(forms.adjoint(leaf)))
        theirs = cost_expression.diff(Symbol(leaf.name))
        assert not theirs.has(DiracDelta, sympy.Derivative, sympy.Subs)
        assert not ours.diff(Symbol("W0")).has(DiracDelta)
        f = sympy.Function
        pair = [e.replace(f("f_prime"), sympy.cos).replace(f("f"), sympy.sin).subs(point) for e in (ours, theirs)]
        assert abs(sympy.N(pair[0] - pair[1], 30)) < 1e-25


def test_sympy_says_zero_where_quantities_are_plain_symbols_and_ours_is_written_out():
    z, cost = symbols("z1 C")
    assert sympy.Derivative(cost, z).doit() == 0
    assert sympy.expand(read_pattern("relu").expression("C").diff(W0) - closed("relu")) == 0


def test_sympy_captures_an_index_and_ours_does_not():
    W, X, i, n = IndexedBase("W0"), IndexedBase("x"), Symbol("i"), Symbol("n")
    wrong = sympy.Sum(W[i] * X[i], (i, 0, n - 1)).diff(W[i])
    assert wrong == sympy.Sum(X[i], (i, 0, n - 1))
    assert closed("n -> m", "W0").has(IndexedBase("x")[i])
    assert isinstance(closed("n -> m", "W0"), sympy.Mul)


def test_sympy_cannot_differentiate_matrices_entry_by_entry():
    A, B = sympy.MatrixSymbol("A", 2, 2), sympy.MatrixSymbol("B", 2, 2)
    cost = (A * B).as_explicit()[0, 0]
    assert sympy.MatrixSymbol("C", 2, 2)[0, 0].diff(A) == sympy.ZeroMatrix(2, 2)
    assert cost.diff(A[0, 0]) == B[0, 0]
    assert closed("2 -> 1", "W0").has(IndexedBase("W0"))


def test_sympy_fails_on_nested_networks_and_ours_takes_a_thousand_layers():
    nested = x
    for k in range(200):
        nested = ReLU(Symbol(f"W{k}") * nested, evaluate=False)
    with pytest.raises(RecursionError):
        str(nested)
    assert sys.getrecursionlimit() <= 1000
    network = read_pattern("relu*1000")
    started = time.perf_counter()
    e = network.r(1000)
    assert time.perf_counter() - started < 5
    assert (e.func, len(e.args[0].args)) == (ReLU, 2)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "gelu"])
def test_a_deep_gradient_is_quick(activation):
    network = read_pattern(f"{activation}*{4 * CANONICAL_DEPTH}")
    forms = ClosedForms(network)
    e = forms.in_leaves(forms.adjoint(network.quantity("W0")))
    started = time.perf_counter()
    assert to_sympy(e).is_Mul
    assert time.perf_counter() - started < 2


def test_the_tree_does_not_grow_exponentially():
    """z*Heaviside(z) nested more than doubles with every layer."""
    naive = x
    for k in range(8):
        naive = Symbol(f"W{k}") * naive
        naive = naive * Heaviside(naive, evaluate=False)
    assert sympy.count_ops(naive) > 500
    assert sympy.count_ops(closed("relu*8")) < 250


def test_what_is_below_and_above_the_canonical_depth_has_one_value():
    shallow, deep = CANONICAL_DEPTH // 2 - 2, CANONICAL_DEPTH
    for n in (shallow, deep):
        e = closed(f"relu*{n}")
        values = {Symbol(f"W{k}"): 1 for k in range(n)} | {x: 2, y: 5}
        assert e.xreplace({k: sympy.Integer(v) for k, v in values.items()}).doit() == -6


def test_second_derivatives_are_free_of_dirac_delta():
    for cost in ("absolute", "huber", "half-squared"):
        for activation in ("relu", "elu", "leaky-relu"):
            e = closed(f"{activation} {activation}", cost=cost)
            assert not e.diff(W0).has(DiracDelta)
            assert not e.rewrite(Heaviside).diff(W0).has(DiracDelta)


def test_step_is_a_heaviside_to_whoever_looks():
    e = closed("relu relu")
    assert e.has(Heaviside)
    assert Heaviside(W0 * x, 1) in e.atoms(Heaviside)
    assert e.subs(Heaviside(W0 * x, 1), 1).atoms(Heaviside) == {Step(W1 * ReLU(W0 * x))}
