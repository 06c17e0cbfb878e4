import subprocess
import sys

import hypothesis.strategies as st
import pytest
import sympy
from hypothesis import given, settings
from sympy.parsing.sympy_parser import parse_expr

from symbackprop.backward.closed import ClosedForms
from symbackprop.networks.layers import Options
from symbackprop.networks.pattern import read_pattern
from symbackprop.symbolic.convert import to_sympy
from symbackprop.symbolic.text import sympy_text, text_length
from symbackprop.tables.activations import ACTIVATIONS
from symbackprop.tables.costs import COSTS
from symbackprop.vocabulary.arithmetic import add, mul, power
from symbackprop.vocabulary.expressions import Add, Mul, Number, Pow, Symbol


def gradient(pattern, wrt="W0", **options):
    options = {"cost": "half-squared", **options}
    network = read_pattern(pattern, Options(**{**options, "cost": COSTS[options["cost"]]}))
    forms = ClosedForms(network)
    return forms.in_leaves(forms.adjoint(network.quantity(wrt)))


@pytest.mark.parametrize(
    ("pattern", "wrt", "options", "text"),
    [
        ("relu", "W0", {}, "(Max(0, W0*x) - y)*Heaviside(W0*x, 1)*x"),
        (
            "relu relu",
            "W1",
            {},
            "(Max(0, W1*Max(0, W0*x)) - y)*Heaviside(W1*Max(0, W0*x), 1)*Max(0, W0*x)",
        ),
        ("sigmoid", "W0", {"cost": "binary-cross-entropy"}, "(1/(1 + exp(-W0*x)) - y)*x"),
        ("f", "W0", {}, "(f(W0*x) - y)*f_prime(W0*x)*x"),
        ("k", "W(k)", {}, "dC_dr_k1[j]*Heaviside(Sum(W_k[k, j]*r_k[k], (k, 0, n_k - 1)), 1)*r_k[i]"),
        ("n -> m", "W0", {"cost": "L"}, "dL_dr1[j]*x[i]"),
        ("identity", "W0", {"l2": "lambda"}, "(W0*x - y)*x + lamda*W0"),
    ],
)
def test_whole_texts(pattern, wrt, options, text):
    e = gradient(pattern, wrt, **options)
    assert sympy_text(e) == text
    assert text_length(e) == len(text)


LOCALS = {name: sympy.IndexedBase(name) for name in ("W0", "W1", "b1", "x", "y", "dL_dr1", "dL_dr2")}


@pytest.mark.parametrize("activation", sorted({*ACTIVATIONS, "softmax"}))
@pytest.mark.parametrize("batch", [None, "q"])
@pytest.mark.parametrize("read", [sympy.sympify, lambda text, locals: parse_expr(text, local_dict=locals)])
def test_sympy_reads_back_what_is_meant(activation, batch, read):
    e = gradient(f"n -> m {activation} bias -> 2 tanh", batch=batch, cost="huber", l2="lambda")
    text = sympy_text(e)
    assert text_length(e) == len(text)
    max_for_relu = to_sympy(e).rewrite(sympy.Max)
    difference = read(text, locals=LOCALS).rewrite(sympy.Max) - max_for_relu
    if activation not in ("gelu-tanh", "leaky-relu", "elu"):  # written out by other formulas of the same value
        assert sympy.expand(difference) == 0
    assert not sympy.sympify(text, locals=LOCALS).has(sympy.Float)


def test_writing_text_does_not_load_sympy():
    script = "import sys, symbackprop.symbolic.text, symbackprop.backward.evaluation; print('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "False\n"


a, b = Symbol("a"), Symbol("b")


@pytest.mark.parametrize(
    ("e", "text"),
    [
        (mul(Number(-1), add(a, b)), "-(a + b)"),
        (add(a, mul(Number(-1), b)), "a - b"),
        (Add((mul(Number(-1), a), mul(Number(-1), b))), "-(a + b)"),
        (Add((a, mul(Number(-1), add(a, b)))), "a - (a + b)"),
        (power(add(a, b), Number(2)), "(a + b)**2"),
        (power(power(a, b), Number(-1)), "1/a**b"),
        (Pow(Number(-2), a), "(-2)**a"),
        (Pow(mul(Number(-1), a), Number(-2)), "1/a**2"),
        (mul(a, power(b, Number(-1)), a), "a/b*a"),
        (mul(power(add(a, b), Number(-2)), a), "1/(a + b)**2*a"),
        (power(a, Number(1) and mul(Number(-1), b)), "a**(-b)"),
        (Number(0), "0"),
        (Mul((Number(1), a)), "a"),
        (Mul((Number(0), a)), "0"),
        (Symbol("lambda"), "lamda"),
    ],
)
def test_parentheses_and_signs(e, text):
    assert sympy_text(e) == text
    assert text_length(e) == len(text)
    assert sympy.simplify(sympy.sympify(text, locals={"a": sympy.Symbol("a")}) - to_sympy(e)) == 0


def trees():
    leaves = st.one_of(
        st.sampled_from([a, b, Symbol("c")]),
        st.fractions(-5, 5, max_denominator=7).map(Number),
    )
    exponents = st.sampled_from([-3, -2, -1, 2, 3]).map(Number)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=4).map(lambda parts: Add(tuple(parts))),
            st.lists(inner, min_size=2, max_size=4).map(lambda parts: Mul(tuple(parts))),
            st.tuples(inner, exponents).map(lambda parts: Pow(*parts)),
        ),
        max_leaves=12,
    )


def value(e, at):
    if isinstance(e, Number):
        return e.value
    if isinstance(e, Symbol):
        return at[e.name]
    if isinstance(e, Pow):
        return value(e.base, at) ** value(e.exponent, at)
    parts = [value(part, at) for part in e.parts()]
    total = parts[0]
    for part in parts[1:]:
        total = total + part if isinstance(e, Add) else total * part
    return total


@settings(max_examples=150, deadline=None)
@given(trees())
def test_random_texts_have_the_value_of_their_tree(e):
    numbers = {"a": sympy.Rational(3, 7), "b": sympy.Rational(-11, 5), "c": sympy.Rational(13, 9)}
    from fractions import Fraction

    try:
        expected = value(e, {name: Fraction(int(v.p), int(v.q)) for name, v in numbers.items()})
    except ZeroDivisionError:
        return
    text = sympy_text(e)
    assert text_length(e) == len(text)
    read = parse_expr(text, local_dict={name: sympy.Symbol(name) for name in numbers})
    assert read.subs(numbers) == sympy.Rational(expected.numerator, expected.denominator)


def test_the_length_of_exponential_text_is_found_at_once():
    e = a
    for _ in range(200):
        e = Add((Pow(e, Number(2)), Mul((e, b))))
    assert text_length(e) > 10**15
