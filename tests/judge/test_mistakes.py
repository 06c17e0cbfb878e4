"""A mistake planted alone is named; a few together are named together."""

import pytest

from symbackprop import api
from symbackprop.judge.dressed import Dressed
from symbackprop.judge.verifying import Verifier, Written
from symbackprop.networks.spec import notation_of


def mistakes(pattern, claim, notation="slater", **options):
    dressed = notation_of(notation)
    network = api.network(pattern, step_at_zero=dressed.step_at_zero, **options)
    (judgement,) = Verifier(Dressed(network, dressed)).judgements(Written(claim, 0, claim, ""))
    assert judgement.error is None, judgement.error
    return set(judgement.mistakes)


CHAIN = [
    (
        r"\frac{\partial C}{\partial W^{(0)}} = (y - r^{(2)}) \mathrm{Step}(z^{(2)}) W^{(1)} \mathrm{Step}(z^{(1)}) x",
        "sign",
    ),
    (r"\frac{\partial C}{\partial W^{(0)}} = (r^{(2)} - y) \mathrm{Step}(z^{(2)}) W^{(1)} x", "slope-dropped"),
    (r"\frac{\partial C}{\partial W^{(0)}} = (y - r^{(2)}) W^{(1)} x", "sign slope-dropped"),
    (r"\frac{\partial C}{\partial W^{(0)}} = (W^{(1)} W^{(0)} x - y) W^{(1)} x", "relu-as-identity"),
    (r"r^{(2)} = W^{(1)} W^{(0)} x", "relu-as-identity"),
    (r"\frac{\partial C}{\partial W^{(1)}} = 2 (r^{(2)} - y) \mathrm{Step}(z^{(2)}) r^{(1)}", "factor-two"),
]


@pytest.mark.parametrize(("claim", "names"), CHAIN)
def test_on_a_chain(claim, names):
    assert mistakes("relu relu", claim) == set(names.split())


DENSE = [
    (r"\frac{\partial C}{\partial r^{(1)}} = (w^{3})^T \delta^{3}", None),
    (r"\frac{\partial C}{\partial a^{2}} = w^{3} \delta^{3}", "transpose"),
    (r"\frac{\partial C}{\partial w^{3}} = \delta^{3} \odot a^{2}", "hadamard-for-product transpose"),
    (r"\delta^{2} = ((w^{3})^T \delta^{3}) \sigma'(z^{2})", "hadamard-for-product"),
    (r"\frac{\partial C}{\partial a^{2}_i} = \delta^{3}_j w^{3}_{ji}", "sum-dropped"),
    (r"\frac{\partial C}{\partial b^{2}_j} = \delta^{2}_j x_i", "bias-times-input"),
    (r"\frac{\partial C}{\partial b^{2}} = \delta^{2} x^T", "bias-times-input"),
]


@pytest.mark.parametrize(("claim", "names"), DENSE[1:])
def test_on_dense_layers(claim, names):
    assert mistakes("n -> m sigmoid bias -> p sigmoid", claim, "nielsen") == set(names.split())


def test_sum_over_samples_and_its_average():
    assert mistakes(
        "n -> m relu bias", r"\frac{\partial C}{\partial b^{(1)}} = \frac{\partial C}{\partial z^{(1)}}", batch="s"
    ) == {"bias-not-summed"}
    claim = r"\frac{\partial C}{\partial W^{(0)}} = \sum_k (r^{(1)}_k - y_k) \mathrm{Step}(z^{(1)}_k) x_k"
    assert mistakes("relu", claim, batch="s") == {"batch-factor"}


def test_penalty_forgotten():
    claim = r"\frac{\partial C}{\partial W^{(0)}} = (r^{(1)} - y) \mathrm{Step}(z^{(1)}) x"
    assert mistakes("relu", claim, l2="lambda") == {"regulariser-dropped"}


def test_softmax():
    claim = r"\frac{\partial C}{\partial z^{(1)}_j} = (r^{(1)}_j - y_j) r^{(1)}_j (1 - r^{(1)}_j)"
    assert mistakes("n -> m softmax", claim) == {"softmax-diagonal-only"}


def test_another_cost():
    claim = r"\frac{\partial C}{\partial z^{(1)}} = (r^{(1)} - y) r^{(1)} (1 - r^{(1)})"
    assert mistakes("sigmoid", claim, cost="binary-cross-entropy") == {"loss-mismatch"}


def test_numbers_alone():
    assert mistakes("relu", r"0.5 (1 - 0.5) = 0.35") == {"arithmetic"}
    assert mistakes("relu", r"\frac{\partial C}{\partial W^{(0)}} = 3") == set()


def test_what_nothing_explains_has_no_name():
    assert mistakes("relu relu", r"\frac{\partial C}{\partial W^{(0)}} = x^3 + y^5") == set()
