import pickle

import numpy
import pytest
import sympy
from sympy import DiracDelta, Heaviside, Rational, Symbol, symbols

from symbackprop.symbolic.classes import Largest, Magnitude, ReLU, Sign, Smallest, Step, unspecified

w, x, y = symbols("w x y")


def test_sympy_leaves_a_dirac_delta_that_is_zero_and_ours_does_not():
    assert sympy.diff(w * x * Heaviside(w * x), w).has(DiracDelta)
    assert sympy.diff(ReLU(w * x), w) == x * Step(w * x)
    assert sympy.diff(ReLU(w * x).rewrite(Heaviside), w) == x * Heaviside(w * x, 1)


def test_sympy_questions_abs_of_a_plain_symbol_and_ours_is_real():
    assert sympy.diff(sympy.Abs(x), x).has(sympy.re)
    assert sympy.diff(sympy.sign(Symbol("x", real=True))).has(DiracDelta)
    assert Magnitude(x - y).diff(y) == -Sign(x - y)
    assert Sign(x - y).diff(y) == 0


@pytest.mark.parametrize("times", [1, 2, 3])
def test_no_derivative_of_anything_meets_a_dirac_delta(times):
    e = ReLU(w * x, Rational(1, 2)) * Magnitude(w) + Sign(x) * Largest(w, x) - Smallest(1, w * x) * Step(w)
    assert not sympy.diff(e, w, times).has(DiracDelta)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Step(w * x), Heaviside(w * x, 1)),
        (Step(x, Rational(1, 2)), Heaviside(x)),
        (Sign(w * x), sympy.sign(w * x)),
        (Magnitude(w * x), sympy.Abs(w * x, evaluate=False)),
        (Largest(0, x), sympy.Max(0, x)),
        (Largest(y, x), sympy.Max(x, y)),
        (Smallest(x, -1), sympy.Min(-1, x)),
        (unspecified("f")(x), sympy.Function("f")(x)),
    ],
)
def test_what_stands_for_a_sympy_function_is_equal_to_it(ours, theirs):
    assert ours == theirs
    assert theirs == ours
    assert hash(ours) == hash(theirs)
    assert ours - theirs == 0
    assert theirs * x - ours * x == 0
    assert str(ours) == str(theirs)
    assert sympy.latex(ours) == sympy.latex(theirs)
    assert isinstance(ours, type(theirs))
    assert ours.func(*ours.args) == ours
    assert pickle.loads(pickle.dumps(ours)) == ours


def test_different_conventions_differ():
    assert Step(x, 1) != Step(x, 0)
    assert Step(x, 1) != Heaviside(x)
    assert Step(x) != Step(y)
    assert ReLU(x, 1) != ReLU(x, 0)


def test_relu_of_numbers_and_of_symbols_of_known_sign():
    p, n, real = Symbol("p", positive=True), Symbol("n", negative=True), Symbol("t", real=True)
    assert [ReLU(v) for v in (-2, 0, 3, sympy.pi, sympy.sqrt(2) - 2)] == [0, 0, 3, sympy.pi, 0]
    assert (ReLU(p), ReLU(n), Step(p * 2), Step(n)) == (p, 0, 1, 0)
    assert [Step(0, h) for h in (0, 1, Rational(1, 2))] == [0, 1, Rational(1, 2)]
    assert ReLU(real).is_nonnegative
    assert ReLU(real).is_real
    assert ReLU(x).is_nonnegative is None
    assert ReLU(sympy.nan) is sympy.nan
    assert (Largest(2, 3), Smallest(2, 3), Magnitude(-3), Sign(-3)) == (3, 2, 3, -1)


def test_relu_prints_as_people_write_it():
    assert str(ReLU(w * x)) == "ReLU(w*x)"
    assert sympy.latex(ReLU(w * x)) == r"\mathrm{ReLU}{\left(w x \right)}"
    assert sympy.latex(ReLU(x) ** 2) == r"\mathrm{ReLU}^{2}{\left(x \right)}"
    assert str(ReLU(x, Rational(1, 2))) == "ReLU(x, 1/2)"
    assert repr(ReLU(x).rewrite(sympy.Max)) == "Max(0, x)"
    assert ReLU(x).rewrite(sympy.Piecewise) == sympy.Piecewise((x, x > 0), (0, True))


@pytest.mark.parametrize("module", ["numpy", "math", "mpmath", "sympy", None])
@pytest.mark.parametrize(("at", "value"), [((2, 3, 1), 15), ((-2, 3, 1), 0), ((0, 3, 1), Rational(-3, 2))])
def test_lambdify(module, at, value):
    h = Rational(1, 2)
    e = (ReLU(w * x, h) - y) * Step(w * x, h) * x
    assert float(sympy.lambdify((w, x, y), e, module)(*at)) == float(value)
    assert e.subs(dict(zip((w, x, y), at, strict=True))) == value
    assert float(e.evalf(subs=dict(zip((w, x, y), at, strict=True)))) == float(value)


def test_lambdify_works_on_arrays():
    e = Magnitude(x * w) + Sign(w) * Largest(x, -1) + Smallest(x, w) + ReLU(w)
    f = sympy.lambdify((w, x), e, "numpy")
    assert f(numpy.array([1.0, -1.0]), 2.0).tolist() == [6.0, -1.0]


def test_the_text_of_deeply_nested_relu_stays_linear():
    e = x
    for _ in range(12):
        e = ReLU(w * e)
    assert len(str(e)) < 150
    assert len(sympy.lambdify((w, x), e, "mpmath").__doc__) < 600


def test_an_unspecified_function_has_derivatives_with_names():
    f = unspecified("f")
    assert f(w * x).diff(w) == x * sympy.Function("f_prime")(w * x)
    assert not f(w * x).diff(w).has(sympy.Derivative, sympy.Subs)
    assert unspecified("L")(x**2, y).diff(x) == 2 * x * sympy.Function("L_prime_1")(x**2, y)
    assert f(x).diff(x, 2) == sympy.Function("f_prime_prime")(x)
    assert f(x).subs(x, 2) == f(2)
    assert f(x).replace(sympy.Function("f"), sympy.sin) == sympy.sin(x)
