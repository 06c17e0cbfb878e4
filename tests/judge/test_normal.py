import random
from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from symbackprop.backward.evaluation import forward_values, gradient_values, points
from symbackprop.backward.numbers import Exact
from symbackprop.backward.slopes import slope_tree
from symbackprop.backward.sweep import sweep
from symbackprop.judge.normal import Normal, TooLarge
from symbackprop.judge.reals import Reals, Undecided, differs
from symbackprop.networks.pattern import read_pattern
from symbackprop.symbolic.algebra import applied, in_values
from symbackprop.tables.activations import ACTIVATIONS
from symbackprop.tables.functions import CALLABLE, FUNCTIONS
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.formulas import read_formula

NAMES = ("x", "y", "z", "w", "n")


def value(algebra, text, **values):
    """A formula in an algebra; its letters are atoms, unless values are given."""
    tree = read_formula(text, NAMES, FUNCTIONS)
    return in_values(algebra, tree, {**{name: algebra.atom(name) for name in NAMES if not values}, **values})


def equal(left, right, **options):
    normal = Normal(**options)
    return normal.equal(value(normal, left), value(normal, right))


ALWAYS = [
    "(x + y)^2 = x^2 + 2*x*y + y^2",
    "1/x + 1/y = (x + y)/(x*y)",
    "x/(x*y - x) = 1/(y - 1)",
    "(x^2 - y^2)/(x - y) = x + y",
    "1/(1/x + 1/y) = x*y/(x + y)",
    "x^(-2)*x^3 = x",
    "relu(z) = step(z)*z",
    "relu(3*z) = 3*relu(z)",
    "relu(z)/2 = relu(z/2)",
    "step(2*z/3) = step(z)",
    "step(x/(x + y) + 1) = step((2*x + y)/(y + x))",
    "abs(z) = 2*relu(z) - z",
    "abs(-z) = abs(z)",
    "abs(y - z) = abs(z - y)",
    "sign(-z) = -sign(z)",
    "sign(5*z) = sign(z)",
    "max(0, z) = relu(z)",
    "max(z, 0) = relu(z)",
    "max(x, y) = max(y, x)",
    "max(x, y) + min(x, y) = x + y",
    "min(0, z) = z - relu(z)",
    "max(2, -3) + abs(-1/2) + sign(-2) + step(4) = 5/2",
    "exp(x + y) = exp(x)*exp(y)",
    "exp(3*x - 2*y) = exp(x)^3/exp(y)^2",
    "exp(-z)*exp(z) = 1",
    "exp(x*y + x)/exp(x*(1 + y)) = 1",
    "exp(2*x/(1 + y)) = exp(x/(1 + y))^2",
    "exp(100*z)*exp(-100*z) = 1",
    "exp(0) = 1",
    "exp(log(z)) = z",
    "exp(2*log(z) + x) = z^2*exp(x)",
    "exp(log(z)/2) = sqrt(z)",
    "log(exp(z)) = z",
    "log(exp(z)/exp(y)) = z - y",
    "log(3*exp(z)) = log(3) + z",
    "log(1/z) = -log(z)",
    "log(2*z) = log(z) + log(2)",
    "log(1) = 0",
    "log(exp(x)/(exp(x) + exp(y))) = x - log(exp(y) + exp(x))",
    "sqrt(z)^2 = z",
    "1/sqrt(z) = sqrt(z)/z",
    "sqrt(8) = 2*sqrt(2)",
    "sqrt(2/pi) = sqrt(2)/sqrt(pi)",
    "sqrt(2*pi) = sqrt(2)*sqrt(pi)",
    "sqrt(12)*sqrt(3) = 6",
    "sqrt(9/4) = 3/2",
    "1/(sqrt(x + y) - 1) = (sqrt(x + y) + 1)/(x + y - 1)",
    "z^(3/2) = z*sqrt(z)",
    "z^(-3/2) = sqrt(z)/z^2",
    "x^(n + 2) = x^2*x^n",
    "x^(-n)*x^n = 1",
    "x^(2*n) = (x^n)^2",
    "sin(z)^2 + cos(z)^2 = 1",
    "sin(-z) = -sin(z)",
    "cos(-z) = cos(z)",
    "sin(z)^4 = (1 - cos(z)^2)^2",
    "sin(0) + cos(0) + erf(0) = 1",
    "erf(y - z) = -erf(z - y)",
    "sigmoid(-z) = 1 - sigmoid(z)",
    "tanh(z) = 2*sigmoid(2*z) - 1",
    "tanh(z) = (exp(z) - exp(-z))/(exp(z) + exp(-z))",
    "tanh(-z) = -tanh(z)",
    "1 - tanh(z)^2 = 4*sigmoid(2*z)*sigmoid(-2*z)",
    "sigmoid(z)*(1 - sigmoid(z)) = exp(-z)/(1 + exp(-z))^2",
    "softplus(z) - softplus(-z) = z",
    "softplus(z) = -log(sigmoid(-z))",
    "log(sigmoid(z)/(1 - sigmoid(z))) = z",
    "silu(z) + silu(-z) = z*(2*sigmoid(z) - 1)",
    "-(y*log(sigmoid(z)) + (1 - y)*log(1 - sigmoid(z))) = softplus(z) - y*z",
    "sqrt(2/pi)*exp(-z^2/2)/2 = exp(-z^2/2)/sqrt(2*pi)",
]
NEVER = [
    "x = y",
    "step(-z) = 1 - step(z)",
    "step(z)^2 = step(z)",
    "step(-z) = step(z)",
    "step(z) = 1",
    "sign(z) = 2*step(z) - 1",
    "sign(z)^2 = 1",
    "relu(-z) = -relu(z)",
    "relu(-z) = relu(z)",
    "abs(z) = z",
    "sqrt(z^2) = z",
    "sqrt(x*y) = sqrt(x)*sqrt(y) + 1",
    "sqrt(z)^3 = z",
    "exp(z/2) = exp(z)",
    "exp(x*y) = exp(x)*exp(y)",
    "exp(x) = exp(-x)",
    "log(-z) = -log(z)",
    "log(2*z) = 2*log(z)",
    "log(z^2) = log(z)",
    "log(x) = x",
    "erf(-z) = erf(z)",
    "cos(z) = sin(z)",
    "step(0) = 1",
    "step(0) = 0",
    "max(x, y) = min(x, y)",
    "x^n = x^(-n)",
    "x^(n/2) = x^n",
    "0*x + 1 = 1 + x/10^30",
]
OFF_KINKS = [
    "step(-z) = 1 - step(z)",
    "step(z)^2 = step(z)",
    "sign(z) = 2*step(z) - 1",
    "sign(z)^2 = 1",
    "z*sign(z) = abs(z)",
    "abs(z)^2 = z^2",
    "relu(z) - relu(-z) = z",
    "relu(z) + relu(-z) = abs(z)",
    "relu(z)*relu(-z) = 0",
    "z/abs(z) = sign(z)",
]


@pytest.mark.parametrize("identity", ALWAYS)
@pytest.mark.parametrize("options", [{}, {"idempotent": True}, {"off_kinks": True}], ids=str)
def test_identities_are_proved(identity, options):
    assert equal(*identity.split(" = "), **options)


@pytest.mark.parametrize("identity", NEVER)
def test_what_is_not_always_so_is_not_proved(identity):
    assert not equal(*identity.split(" = "))


@pytest.mark.parametrize("identity", OFF_KINKS)
def test_what_holds_off_the_kinks(identity):
    assert equal(*identity.split(" = "), off_kinks=True)


def test_idempotent_steps():
    assert equal("step(z)^3*y", "step(z)*y", idempotent=True)
    assert equal("step(z)*relu(z)", "relu(z)", idempotent=True)
    assert equal("(1 - step(z))*step(z)", "0*z", idempotent=True)
    assert not equal("step(-z)", "1 - step(z)", idempotent=True)
    assert not equal("step(0)", "1", off_kinks=True)
    assert not equal("step(0)", "1 - step(0)", off_kinks=True)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_slopes_in_z_and_in_the_output(name):
    """The slope from the table, and the one that closed forms use."""
    normal, f = Normal(), ACTIVATIONS[name]
    z = normal.atom("z")
    assert normal.equal(applied(normal, f, [z], 1), applied(normal, f, [z], 1, slope_of=slope_tree))


SLOPES = {
    "sigmoid": ["exp(-z)/(1 + exp(-z))^2", "sigmoid(z)*sigmoid(-z)", "1/(2 + exp(z) + exp(-z))"],
    "tanh": ["4/(exp(z) + exp(-z))^2", "4*exp(2*z)/(1 + exp(2*z))^2"],
    "softplus": ["1/(1 + exp(-z))", "exp(z)/(exp(z) + 1)"],
    "silu": ["sigmoid(z)*(1 + z*(1 - sigmoid(z)))"],
    "relu": ["step(z)", "step(7*z)"],
    "leaky-relu": ["1/100 + 99/100*step(z)"],
    "gelu": ["1/2*(1 + erf(z*sqrt(2)/2)) + z*exp(-z*z/2)/sqrt(pi)/sqrt(2)"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in SLOPES.items() for text in texts])
def test_slopes_as_people_write_them(name, text):
    normal = Normal()
    assert normal.equal(applied(normal, FUNCTIONS[name], [normal.atom("z")], 1), value(normal, text))


def test_unspecified_functions():
    n = Normal()
    f, x, y = FUNCTIONS["f"], n.atom("x"), n.atom("y")
    total, other = (
        n.add([x, y]),
        n.mul([n.add([n.mul([x, x]), n.negative(n.mul([y, y]))]), n.reciprocal(n.add([x, n.negative(y)]))]),
    )
    assert n.equal(total, other)
    assert n.equal(applied(n, f, [total]), applied(n, f, [other]))
    assert not n.equal(applied(n, f, [x]), applied(n, f, [y]))
    assert not n.equal(applied(n, f, [x]), applied(n, f, [x], 1))
    assert not n.equal(applied(n, f, [x]), x)


def test_names_and_keys_are_different_atoms():
    n = Normal()
    assert n.equal(n.symbol("m"), n.symbol("m"))
    assert not n.equal(n.symbol("m"), n.atom("m"))
    assert not n.equal(n.atom(("W0", (0, 1))), n.atom(("W0", (1, 0))))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1/(x - x)", "division-by-zero"),
        ("1/((x + y)^2 - x^2 - 2*x*y - y^2)", "division-by-zero"),
        ("log(x - x)", "out-of-domain"),
        ("log(-2)", "out-of-domain"),
        ("log(-exp(x))", "out-of-domain"),
        ("sqrt(-2)", "out-of-domain"),
        ("(x - x)^(-1/2)", "division-by-zero"),
    ],
)
def test_what_is_defined_nowhere(text, code):
    with pytest.raises(InputError) as caught:
        value(Normal(), text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        "(x + y + z + w + 1)^40",
        "(x + y)^60*(z + w)^60",
        "x^60*x^60*x^60",
        "(x^60)^60",
        "(2^60)^60*((2^60)^60)^60",
        "(1 + 1/(x + 1)^60)*(1 + 1/(y + z)^60)",
    ],
)
def test_the_budget(text):
    with pytest.raises(TooLarge):
        value(Normal(budget=1000), text)


def test_exponents_do_not_run_into_their_neighbours():
    n = Normal()
    x, y = n.atom("x"), n.atom("y")
    power = n.power(x, n.number(Fraction(127)))
    assert n.equal(n.mul([power, y, n.power(x, n.number(Fraction(-127)))]), y)
    for other in (x, n.power(x, n.number(Fraction(100)))):
        with pytest.raises(TooLarge):
            n.mul([power, other])


# Random expressions, evaluated exactly. Letters are leaves; Step(0) is any number.

LEAVES = st.sampled_from(["x", "y", "1", "2", "-1", "0"])
RATIONAL = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds("({} - {})".format, inner, inner),
        st.builds("({})*({})".format, inner, inner),
        st.builds("({})/({})".format, inner, inner),
        st.builds("({})^{}".format, inner, st.integers(0, 3)),
        st.builds("{}({})".format, st.sampled_from(["relu", "step", "abs", "sign", "leaky-relu"]), inner).map(
            lambda text: text.replace("leaky-relu", "relu")
        ),
        st.builds("{}({}, {})".format, st.sampled_from(["max", "min"]), inner, inner),
    ),
    max_leaves=7,
)
SMOOTH = st.recursive(
    st.sampled_from(["x", "y", "1", "2", "1/2", "pi"]),
    lambda inner: st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds("({} - {})".format, inner, inner),
        st.builds("({})*({})".format, inner, inner),
        st.builds("({})/({})".format, inner, inner),
        st.builds("({})^({})".format, inner, st.sampled_from(["2", "-1", "1/2", "-3/2", "y", "2*y", "y - 1"])),
        st.builds(
            "{}({})".format,
            st.sampled_from(["exp", "log", "sqrt", "sin", "cos", "erf", "sigmoid", "tanh", "softplus", "relu", "abs"]),
            inner,
        ),
    ),
    max_leaves=6,
)
COORDINATES = st.sampled_from([Fraction(0), *map(Fraction, ("1", "-1", "2", "-2", "1/2", "-3/7", "5"))])


def evaluated(algebra, text, x, y):
    try:
        tree = read_formula(text, ("x", "y"), FUNCTIONS)
        return in_values(algebra, tree, {"x": x, "y": y})
    except (InputError, Undecided, TooLarge):
        return None


def pair(normal, left, right):
    x, y = normal.atom("x"), normal.atom("y")
    return evaluated(normal, left, x, y), evaluated(normal, right, x, y)


@settings(max_examples=700, deadline=None)
@given(
    RATIONAL,
    RATIONAL,
    st.lists(st.tuples(COORDINATES, COORDINATES), min_size=5, max_size=8),
    st.sampled_from([Fraction(1), Fraction(0), Fraction(3, 7)]),
)
def test_what_is_equal_has_equal_values(left, right, at, at_zero):
    normal, exact = Normal(), Exact(at_zero)
    a, b = pair(normal, left, right)
    if a is None or b is None or not normal.equal(a, b):
        return
    for x, y in at:
        values = evaluated(exact, left, x, y), evaluated(exact, right, x, y)
        assert None in values or values[0] == values[1]


@settings(max_examples=400, deadline=None)
@given(
    RATIONAL,
    st.lists(st.tuples(COORDINATES, COORDINATES), min_size=4, max_size=6),
    st.sampled_from([Fraction(1), Fraction(0), Fraction(3, 7)]),
)
def test_a_normal_form_keeps_the_value(text, at, at_zero):
    """The normal form, worked out with the values of its atoms, is the value of the expression."""
    for options in ({}, {"idempotent": True}):
        if options and at_zero.denominator != 1:
            continue
        normal, exact = Normal(**options), Exact(at_zero)
        form, _ = pair(normal, text, "0")
        for x, y in at if form is not None else ():
            expected = evaluated(exact, text, x, y)
            found = worked_out(normal, form, {"x": x, "y": y}, exact)
            assert None in (found, expected) or found == expected


def worked_out(normal, form, leaves, algebra):
    """A normal form in another algebra."""

    def atom(place):
        known = normal.atoms[place]
        name, *rest = known.kind if isinstance(known.kind, tuple) else (known.kind,)
        if name == "atom":
            return leaves[rest[0]]
        if name == "symbol":
            return algebra.symbol(rest[0])
        arguments = [ratio(a) for a in known.arguments]
        if name == "root":
            return algebra.power(arguments[0], algebra.number(Fraction(1, rest[0])))
        if name == "power":
            return algebra.power(*arguments)
        return applied(algebra, FUNCTIONS[name], arguments)

    def polynomial(p):
        terms = []
        for monomial, coefficient in p.items():
            factors, place = [algebra.number(Fraction(coefficient))], 0
            while monomial >> place:
                if exponent := (monomial >> place) & 255:
                    factors.append(algebra.power(atom(place), algebra.number(Fraction(exponent))))
                place += 8
            terms.append(algebra.mul(factors))
        return algebra.add(terms)

    def ratio(r):
        below = [
            algebra.power(polynomial(normal.pieces[piece].polynomial), algebra.number(Fraction(-n)))
            for piece, n in r.below
        ]
        return algebra.mul([polynomial(r.top), algebra.number(Fraction(1, r.scale)), *below])

    try:
        return ratio(form)
    except (InputError, Undecided):
        return None


@settings(max_examples=700, deadline=None)
@given(SMOOTH, st.lists(st.tuples(COORDINATES, COORDINATES), min_size=3, max_size=5))
def test_a_normal_form_of_a_smooth_function_keeps_the_value(text, at):
    normal, reals = Normal(), Reals()
    form, _ = pair(normal, text, "0")
    for x, y in at if form is not None else ():
        x, y = reals.number(x), reals.number(y)
        expected = evaluated(reals, text, x, y)
        found = worked_out(normal, form, {"x": x, "y": y}, reals)
        assert None in (found, expected) or not differs(found, expected)


REWRITINGS = [
    ("({} + y) - y", "({})"),
    ("({})*x/x", "({})"),
    ("({0})*(1 + y) - ({0})*y", "({0})"),
    ("(({0})^2 - 4)/(({0}) - 2)", "({0}) + 2"),
    ("relu(2*({0}))", "2*({0})*step({0})"),
    ("min({0}, y)", "({0}) + y - max(y, {0})"),
    ("1/(1 + 1/({0}))", "({0})/(1 + ({0}))"),
    ("sigmoid({0})", "1 - sigmoid(-({0}))"),
    ("exp(-({0}))", "1/exp({0})"),
    ("abs({0})", "abs((1 - 2)*({0}))"),
]


@settings(max_examples=500, deadline=None)
@given(
    RATIONAL,
    st.sampled_from(REWRITINGS),
    st.sampled_from(["{}", "relu({})", "step({} - x)", "({})*x + 1", "1/(3 + ({}))", "tanh({})"]),
)
def test_rewritten_expressions_are_found_equal(text, rewriting, around):
    normal = Normal()
    left, right = (around.format(side.format(text)) for side in rewriting)
    a, b = pair(normal, left, right)
    assert None in (a, b) or normal.equal(a, b)


# Networks


def worked(pattern, normal):
    network = read_pattern(pattern)
    leaves = {(q, point): normal.atom((q.name, point)) for q in network.leaves for point in points(q.axes)}
    values = forward_values(network, leaves, normal)
    return network, gradient_values(network, sweep(network), values, normal)


@pytest.mark.parametrize(
    "pattern", ["relu relu relu", "2 -> 3 relu bias -> 2 relu", "2 -> 2 leaky-relu", "3 -> 2 relu -> 2 identity"]
)
def test_gradients_have_their_values(pattern):
    normal, exact, chance = Normal(), Exact(Fraction(2, 5)), random.Random(1)
    network, gradients = worked(pattern, normal)
    leaves = {(q, point): Fraction(chance.randint(-4, 4)) for q in network.leaves for point in points(q.axes)}
    values = forward_values(network, leaves, exact)
    expected = gradient_values(network, sweep(network), values, exact)
    named = {(q.name, point): v for (q, point), v in leaves.items()}
    assert {key: worked_out(normal, form, named, exact) for key, form in gradients.items()} == expected


def test_gradients_of_a_deep_chain_and_of_a_wide_layer():
    for pattern, count in ((" ".join(["relu"] * 10), 10), ("8 -> 8 relu -> 8 relu", 128)):
        _, gradients = worked(pattern, Normal())
        assert sum(q.name.startswith("W") for q, _ in gradients) == count


def test_softmax_and_cross_entropy_give_p_minus_y():
    normal = Normal()
    e = [value(normal, f"exp({name})", x=normal.atom("x"), y=normal.atom("y"), z=normal.atom("z")) for name in "xyz"]
    share = [normal.mul([each, normal.reciprocal(normal.add(e))]) for each in e]
    assert normal.equal(normal.add(share), normal.number(Fraction(1)))
    square = normal.add([share[0], normal.negative(normal.mul([share[0], share[0]]))])
    assert normal.equal(square, normal.mul([share[0], normal.add(share[1:])]))


def test_every_function_of_the_tables_has_a_normal_form():
    for name, function in CALLABLE.items():
        if function.whole:
            continue
        normal = Normal()
        arguments = [normal.atom(p) for p in function.parameters]
        form = applied(normal, function, arguments)
        assert normal.equal(form, applied(normal, function, arguments)), name
