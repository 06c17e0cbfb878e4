from decimal import Decimal, getcontext
from fractions import Fraction

import hypothesis.strategies as st
import mpmath
import pytest
from hypothesis import given, settings

from symbackprop.judge.enclosures import Enclosures, pi
from symbackprop.judge.reals import Interval, Reals, Undecided, agree, differs, shown
from symbackprop.symbolic.algebra import applied
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.errors import InputError

TRUE = mpmath.mp.clone()
TRUE.dps = 120
OUTSIDE = {
    "relu": lambda z: max(z, TRUE.mpf(0)),
    "abs": abs,
    "step": lambda z: TRUE.mpf(z >= 0),
    "sign": TRUE.sign,
    "sqrt": TRUE.sqrt,
    "exp": TRUE.exp,
    "log": TRUE.log,
    "sin": TRUE.sin,
    "cos": TRUE.cos,
    "erf": TRUE.erf,
    "tanh": TRUE.tanh,
    "sigmoid": lambda z: 1 / (1 + TRUE.exp(-z)),
    "softplus": lambda z: TRUE.log1p(TRUE.exp(z)),
    "elu": lambda z: z if z > 0 else TRUE.expm1(z),
    "silu": lambda z: z / (1 + TRUE.exp(-z)),
    "gelu": lambda z: z * (1 + TRUE.erf(z / TRUE.sqrt(2))) / 2,
    "gelu-tanh": lambda z: z * (1 + TRUE.tanh(TRUE.sqrt(2 / TRUE.pi) * (z + TRUE.mpf("0.044715") * z**3))) / 2,
    "leaky-relu": lambda z: z if z > 0 else z / 100,
}
RISING = ("exp", "erf", "tanh", "sigmoid", "softplus", "elu", "relu")


def true(value):
    return TRUE.mpf(value.numerator) / value.denominator


SLACK = TRUE.mpf(10) ** -100


def holds(interval, value, slack=SLACK):
    """mpmath's own rounding is the slack."""
    low, high = (TRUE.mpf(str(bound)) for bound in interval)
    slack *= max(abs(value), 1)
    return low - slack <= value <= high + slack


def call(reals, name, *values):
    return applied(reals, FUNCTIONS[name], [reals.number(Fraction(v)) for v in values])


NUMBERS = st.fractions(min_value=-30, max_value=30, max_denominator=50)
WIDE = st.builds(lambda n, e: n * Fraction(10) ** e, NUMBERS, st.integers(-45, 1))
LEAVES = st.tuples(st.just("number"), NUMBERS) | st.just(("pi",))
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.just("add"), st.lists(inner, min_size=2, max_size=4).map(tuple)),
        st.tuples(st.just("mul"), st.lists(inner, min_size=2, max_size=4).map(tuple)),
        st.tuples(st.just("power"), inner, st.integers(-4, 5).map(Fraction)),
        st.tuples(
            st.just("power"), inner, st.sampled_from([Fraction(1, 2), Fraction(-3, 2), Fraction(1, 3), Fraction(5, 7)])
        ),
        st.tuples(st.sampled_from(["max", "min"]), inner, inner),
        st.tuples(st.sampled_from(sorted(OUTSIDE)), inner),
    ),
    max_leaves=8,
)


def certified(reals, e):
    name, *parts = e
    if name == "number":
        return reals.number(parts[0])
    if name == "pi":
        return reals.symbol("pi")
    if name in ("add", "mul"):
        return getattr(reals, name)([certified(reals, part) for part in parts[0]])
    if name == "power":
        return reals.power(certified(reals, parts[0]), reals.number(parts[1]))
    return applied(reals, FUNCTIONS[name], [certified(reals, part) for part in parts])


def outside(e):
    name, *parts = e
    if name == "number":
        return true(parts[0])
    if name == "pi":
        return +TRUE.pi
    if name in ("add", "mul"):
        values = [outside(part) for part in parts[0]]
        return TRUE.fsum(values) if name == "add" else TRUE.fprod(values)
    if name == "power":
        return outside(parts[0]) ** true(parts[1])
    values = [outside(part) for part in parts]
    return {"max": max, "min": min, **OUTSIDE}[name](*values)


@settings(max_examples=600, deadline=None)
@given(EXPRESSIONS, st.sampled_from([20, 50, 60]))
def test_the_true_value_is_inside(e, digits):
    reals = Reals(digits)
    try:
        interval = certified(reals, e)
    except (InputError, Undecided):
        return
    size = max(abs(bound) for bound in interval)
    if size < 10**40 and interval.hi - interval.lo < Decimal(10) ** -10:  # else mpmath's digits may not reach
        assert holds(interval, outside(e), TRUE.mpf(10) ** -60)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(OUTSIDE)), NUMBERS | WIDE)
def test_functions_are_sharp(name, z):
    reals = Reals()
    if name in ("sqrt", "log") and z <= 0 or name in ("log", "step") and z == 0:
        return
    interval, value = call(reals, name, z), OUTSIDE[name](true(z))
    assert holds(interval, value)
    assert agree(interval, interval) >= 43 - (4 if z else 0)


@pytest.mark.parametrize("name", ["tanh", "erf", "sin", "elu", "softplus", "sigmoid", "sqrt"])
def test_small_values_keep_their_digits(name):
    reals = Reals()
    for z in (Fraction(1, 10**30), Fraction(-1, 10**30), Fraction(-40), Fraction(-90)):
        if name == "sqrt" and z < 0 or name in ("tanh", "erf") and z < -1:
            continue
        low, high = call(reals, name, z)
        assert high - low <= abs(low) * Decimal("1E-45"), (name, z)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(OUTSIDE)),
    NUMBERS,
    st.fractions(0, 3, max_denominator=9),
    st.fractions(0, 1, max_denominator=7),
)
def test_functions_of_wide_intervals(name, low, width, part):
    reals = Reals()
    z = Interval(reals.number(low).lo, reals.number(low + width).hi)
    try:
        interval = applied(reals, FUNCTIONS[name], [z])
    except (Undecided, InputError):
        return
    assert holds(interval, OUTSIDE[name](true(low + width * part)))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(NUMBERS, st.fractions(0, 9, max_denominator=9), st.fractions(0, 1)), min_size=2, max_size=3))
def test_products_and_powers_of_wide_intervals(parts):
    reals = Reals()
    wide = [Interval(reals.number(low).lo, reals.number(low + width).hi) for low, width, _ in parts]
    inside = [true(low + width * part) for low, width, part in parts]
    assert holds(reals.mul(wide), TRUE.fprod(inside))
    assert holds(reals.add(wide), TRUE.fsum(inside))
    for n in range(6):
        assert holds(reals.power(wide[0], reals.number(Fraction(n))), inside[0] ** n)


@pytest.mark.parametrize(
    "z", [Fraction(10) ** 40 + Fraction(1, 3), Fraction(10**25), Fraction(22), Fraction(355, 113), Fraction(11, 7)]
)
def test_sines_of_large_arguments(z):
    for name in ("sin", "cos"):
        for sign in (1, -1):
            interval = call(Reals(), name, sign * z)
            fine = mpmath.mp.clone()
            fine.dps = 200
            rounded = Reals().number(sign * z)
            at = (fine.mpf(str(rounded.lo)), fine.mpf(str(rounded.hi)))
            values = [getattr(fine, name)(x) for x in at]
            assert all(holds(interval, TRUE.mpf(value), TRUE.mpf(10) ** -90) for value in values)


def test_pi_to_any_precision():
    with mpmath.workdps(1100):
        for digits in (1, 5, 50, 1000):
            low, high = (mpmath.mpf(str(bound)) for bound in pi(digits))
            assert low < mpmath.pi < high
            assert high - low <= mpmath.mpf(10) ** (2 - digits)


def test_the_context_of_the_thread_does_not_matter():
    usual = [
        Enclosures(50).sine(Decimal("7.25")),
        Enclosures(50).erf(Decimal("-1.25")),
        Enclosures(50).tanh(Decimal("-0.01")),
    ]
    before = getcontext().prec
    getcontext().prec = 3
    try:
        assert usual == [
            Enclosures(50).sine(Decimal("7.25")),
            Enclosures(50).erf(Decimal("-1.25")),
            Enclosures(50).tanh(Decimal("-0.01")),
        ]
        assert shown(Reals().number(Fraction(22, 7)), 8) == "3.1428571..."
        assert str(Reals().native[FUNCTIONS["abs"]](Reals().number(Fraction(-22, 7))).hi).startswith("3.14285714285714")
    finally:
        getcontext().prec = before


def test_exact_values_are_points():
    reals = Reals()
    n = reals.number
    for interval, value in [
        (reals.add([n(Fraction(1, 2)), n(Fraction(1, 4))]), "0.75"),
        (reals.power(n(Fraction(9, 4)), n(Fraction(-1, 2))), None),
        (reals.power(n(Fraction(4)), n(Fraction(-3, 2))), "0.125"),
        (reals.power(n(Fraction(0)), n(Fraction(0))), "1"),
        (reals.power(n(Fraction(0)), n(Fraction(1, 3))), "0"),
        (call(reals, "sqrt", Fraction(81, 100)), "0.9"),
        (call(reals, "exp", 0), "1"),
        (call(reals, "log", 1), "0"),
        (call(reals, "cos", 0), "1"),
        (call(reals, "tanh", 0), "0"),
        (call(reals, "erf", 0), "0"),
        (call(reals, "sigmoid", 0), "0.5"),
        (call(reals, "elu", 3), "3"),
        (call(reals, "max", 2, -3), "2"),
        (call(reals, "min", 2, -3), "-3"),
    ]:
        assert (interval.lo == interval.hi) == (value is not None)
        assert value is None or shown(interval) == value


def test_what_depends_on_a_zero_that_cannot_be_told():
    reals = Reals(step_at_zero=Fraction(1, 2))
    third = reals.number(Fraction(1, 3))
    nothing = reals.add([third, third, third, reals.number(Fraction(-1))])
    assert nothing.lo < 0 < nothing.hi
    for name in ("step", "sign", "sqrt", "log"):
        with pytest.raises(Undecided):
            applied(reals, FUNCTIONS[name], [nothing])
    for exponent in (Fraction(-1), Fraction(-2), Fraction(1, 3)):
        with pytest.raises(Undecided):
            reals.power(nothing, reals.number(exponent))
    for name in ("relu", "abs"):
        assert applied(reals, FUNCTIONS[name], [nothing]).lo == 0
    assert shown(nothing) == "about 0"
    assert [shown(call(reals, "step", z)) for z in (-1, 0, 2)] == ["0", "0.5", "1"]
    assert [shown(call(reals, "sign", z)) for z in (-1, 0, 2)] == ["-1", "0", "1"]


@pytest.mark.parametrize(
    ("code", "compute"),
    [
        ("division-by-zero", lambda r: r.power(r.number(Fraction(0)), r.number(Fraction(-1)))),
        ("division-by-zero", lambda r: r.power(r.number(Fraction(0)), r.number(Fraction(-1, 3)))),
        ("out-of-domain", lambda r: call(r, "log", 0)),
        ("out-of-domain", lambda r: call(r, "sqrt", -1)),
        ("out-of-domain", lambda r: r.power(r.number(Fraction(-8)), r.number(Fraction(1, 3)))),
        ("out-of-range", lambda r: call(r, "exp", 10**6)),
        ("out-of-range", lambda r: call(r, "exp", -(10**6))),
        ("out-of-range", lambda r: call(r, "sin", 10**2000)),
        ("out-of-range", lambda r: r.power(r.number(Fraction(10)), r.number(Fraction(10**12)))),
        ("out-of-range", lambda r: r.mul([call(r, "exp", 10**5)] * 30000)),
        ("no-value", lambda r: r.symbol("n")),
        ("no-value", lambda r: applied(r, FUNCTIONS["f"], [r.symbol("pi")])),
    ],
)
def test_what_has_no_value(code, compute):
    with pytest.raises(InputError) as caught:
        compute(Reals())
    assert caught.value.code == code


def test_extreme_arguments_of_bounded_functions():
    reals = Reals()
    for name, low, high in [
        ("sigmoid", 0, 1),
        ("tanh", -1, 1),
        ("erf", -1, 1),
        ("elu", -1, 10**9),
        ("softplus", 0, 10**9),
    ]:
        for z, end in ((-(10**9), low), (10**9, high)):
            interval = call(reals, name, z)
            assert interval.lo <= end <= interval.hi
            assert interval.hi - interval.lo < Decimal("1E-39")


def test_unspecified_functions_are_asked_for():
    seen = []

    def functions(function, arguments, slope):
        seen.append((function.name, slope))
        return arguments[0]

    reals = Reals(functions=functions)
    assert shown(applied(reals, FUNCTIONS["f"], [reals.number(Fraction(3))])) == "3"
    assert shown(applied(reals, FUNCTIONS["f"], [reals.number(Fraction(3))], 1)) == "3"
    assert seen == [("f", 0), ("f", 1)]


@settings(max_examples=200, deadline=None)
@given(NUMBERS, NUMBERS)
def test_differs_and_agree(a, b):
    reals = Reals()
    left, right = reals.number(a), reals.number(b)
    assert differs(left, right) == (a != b)
    n = agree(left, right)
    if a == b:
        assert n >= 48
    else:
        bound = max(abs(a), abs(b), 1)
        assert abs(a - b) < bound / Fraction(10) ** n if n else abs(a - b) >= bound / 10 * Fraction(99, 100)
        assert abs(a - b) * 10 ** (n + 1) >= bound * Fraction(99, 100)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(0), "0"),
        (Fraction(1, 8), "0.125"),
        (Fraction(-15), "-15"),
        (Fraction(1500000), "1500000"),
        (Fraction(10**40), "1E+40"),
        (Fraction(2, 3), "0.666666..."),
        (Fraction(-2, 3), "-0.666666..."),
        (Fraction(10**9, 3), "3.33333...E+8"),
        (Fraction(100, 3), "33.3333..."),
        (Fraction(123456789123456789), "1.23456...E+17"),
    ],
)
def test_shown(value, expected):
    assert shown(Reals().number(value)) == expected


def test_shown_says_about_where_no_digit_is_certain():
    reals = Reals()
    third = reals.number(Fraction(1, 3))
    assert shown(reals.mul([third, reals.number(Fraction(3, 2))])) == "about 0.500000"
    assert shown(call(reals, "sigmoid", 1), 10) == "0.7310585786..."
