"""Numbers put into flows: exact where they can be, never lost, dead units exactly 0."""

from __future__ import annotations

from fractions import Fraction

import mpmath as mp
import pytest

import symbackprop as sb
from symbackprop.vocabulary.errors import InputError


def numbers(pattern, at, **options):
    return sb.flow(pattern, at=at, **options).plain.worked


def test_one_dead_unit_makes_everything_at_or_below_it_exactly_0():
    found = numbers("relu*3", "x=1, y=2, W0=1, W1=-1, W2=5")
    assert [(g.target.name, g.size, g.dead) for g in found.gradients] == [
        ("W0", "0", True),
        ("W1", "0", True),
        ("W2", "0", True),
    ]
    assert [(layer.slope, layer.factor) for layer in found.layers] == [(("1",), "5"), (("0",), "0"), (("1",), "1")]
    assert found.exact


def test_a_layer_of_dead_units():
    found = numbers("2 -> 2 relu bias -> 1 bias", "x=[1, 1], y=[0], W0=[[1,1],[1,1]], b1=[-5,-5], W1=[[1],[1]], b2=[1]")
    assert {g.target.name: g.size for g in found.gradients} == {"W0": "0", "b1": "0", "W1": "0", "b2": "1"}


def test_a_saturated_unit_is_not_taken_for_a_dead_one():
    (gradient, _) = numbers("sigmoid sigmoid", "x=1, y=0, W0=-1000, W1=1").gradients
    mp.mp.dps = 60
    r1 = 1 / (1 + mp.exp(1000))
    r2 = 1 / (1 + mp.exp(-r1))
    true = r2 * r2 * (1 - r2) * r1 * (1 - r1)
    assert not gradient.dead
    assert gradient.log10 == pytest.approx(float(mp.log10(true)), abs=1e-6)


def test_a_thousand_layers_neither_overflow_nor_vanish():
    found = numbers("relu*1000", "W*=100, x=1, y=0")
    assert found.gradients[0].log10 == pytest.approx(2 * 1000 + 2 * 999, abs=1e-6)  # r = 100^1000, times 100^999 x
    found = numbers("tanh*2000", "W*=0.01, x=1, y=1")
    assert found.gradients[0].log10 == pytest.approx(-2 * 1999, abs=0.01)


def test_the_product_of_all_factors_is_the_gradient():
    found = numbers("relu leaky-relu identity", "x=3, y=1, W0=1/2, W1=-2, W2=4")
    product = Fraction(found.upstream)
    for layer in found.layers:
        product *= Fraction(layer.factor)
    assert Fraction(found.gradients[0].size) == abs(product) * 3


def test_a_batch_and_a_penalty():
    found = numbers("relu", "x=[1,2], y=[0,0], W0=1", batch=2)
    assert found.gradients[0].size == "2.5"  # (1*1 + 2*2)/2
    found = numbers("identity", "x=1, y=0, W0=3, lambda=2", l2="lambda")
    assert found.gradients[0].size == "9"
    assert found.gradients[0].bound == ""


def test_all_weights_at_once_leave_those_that_are_given():
    found = numbers("relu*4 bias", "W*=2, W1=3, b*=0, x=1, y=0")
    assert [layer.weight for layer in found.layers] == ["2", "2", "3", ""]


@pytest.mark.parametrize("name", ["tanh", "elu", "softplus", "sigmoid", "silu", "gelu"])
@pytest.mark.parametrize("z", ["-1e-400", "1e-15", "-3", "-60", "40", "1e300"])
def test_functions_of_decimals_keep_their_digits(name, z):
    from decimal import Context, Decimal, localcontext

    from symbackprop.factors.decimals import Decimals
    from symbackprop.symbolic.algebra import applied
    from symbackprop.tables.functions import FUNCTIONS
    from tests.test_outside import ACTIVATION

    with localcontext(Context(prec=60, Emax=10**17, Emin=-(10**17))):
        found = applied(Decimals(), FUNCTIONS[name], [Decimal(z)])
    with mp.workdps(900):
        true = ACTIVATION[name](mp.mpf(z))
        assert mp.almosteq(mp.mpf(str(found)), true, 1e-9 if name == "gelu" and z in ("-3", "-60") else 1e-30)


def test_numbers_beyond_everything_are_refused():
    with pytest.raises(InputError) as error:
        numbers("g", "W0=1e300, x=1e300, y=0", activations={"g": "exp(z)"})
    assert error.value.code == "too-large"


@pytest.mark.parametrize(
    ("pattern", "at", "code"),
    [
        ("relu", "W0=1", "missing-value"),
        ("relu", "", "missing-value"),
        ("relu", "W0=1, x=1, y=1, q=2", "unknown-name"),
        ("relu", "W0=two, x=1, y=1", "unknown-symbol"),
        ("relu", "W0=1e999999, x=1, y=1", "bad-character"),
        ("relu", "V*=1, x=1, y=1", "unknown-name"),
        ("relu", "W0=1, W0=2, x=1, y=1", "given-twice"),
        ("n -> m relu", "x=1", "symbolic-size"),
        ("f", "W0=1, x=1, y=1", "no-value"),
        ("1000 -> 1000 relu", "x=1", "too-large"),
    ],
)
def test_numbers_that_cannot_be_used(pattern, at, code):
    with pytest.raises(InputError) as error:
        numbers(pattern, at)
    assert (
        error.value.code in (code, "unexpected", "bad-value") if code == "bad-character" else error.value.code == code
    )


def test_decimals_of_any_size_are_read():
    assert numbers("identity", "W0=1, x=1e300, y=0").gradients[0].log10 == pytest.approx(600)
    one, other = (float(numbers("gelu", at).gradients[0].size) for at in ("W0=1, x=2, y=0", "W0=2, x=1, y=0"))
    assert one == pytest.approx(2 * other, rel=1e-5)
