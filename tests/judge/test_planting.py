"""Mistakes planted in right derivations: none is judged right, and no right formula is judged wrong."""

from random import Random

import pytest

from tests.judge.oracle import Layer, Net, Outside
from tests.judge.planting import PLANTERS, Sheet, planted, sheets
from tests.judge.trial import RIGHT, Trial

COUNT = 40
"""How many derivations of random networks are tried here; ``benchmarks/plants.py`` tries as many as one likes."""


@pytest.mark.parametrize("seed", range(4))
def test_plants_are_refused_and_right_formulas_are_not(seed):
    rng = Random(seed)
    for sheet, _ in zip(sheets(rng), range(COUNT // 4), strict=False):
        trial = Trial(sheet.subject)
        about = sheet.net.pattern, sheet.net.options, sheet.name
        for left, right in sheet.claims[:2]:
            assert trial.verdict(left, right) not in ("wrong", "right-under-assumption"), (*about, left, right)
        for kind in rng.sample(list(PLANTERS), 6):
            plant = planted(sheet, kind, rng)
            try:
                differs = plant is not None and sheet.differs(plant.left, plant.right)
            except Outside:
                continue
            if differs:
                assert trial.verdict(plant.left, plant.right) not in RIGHT, (*about, kind, plant.left, plant.right)


def test_every_kind_can_be_planted():
    """Each planter has something to plant in some network."""
    two = (Layer("relu", 2, True), Layer("softmax", 3))
    dense = [
        Net(two, 2), Net(two, 2, batch=3, l2=True), Net((Layer("relu", 2), Layer("tanh", 2), Layer("sigmoid", 2, True)), 2),
        Net((Layer("relu"), Layer("relu"))),
    ]  # fmt: skip
    able = {
        kind
        for net in dense
        for form in ("auto", "matrix")[: 1 + any(layer.width for layer in net.layers)]
        for kind in PLANTERS
        if planted(Sheet(net, "slater", form), kind, Random(1)) is not None
    }
    assert able == set(PLANTERS)


REGIONS = [
    ("2 -> 1 relu bias -> 1 identity", {"cost": "mse"}, "mit_6036",
     r"\frac{\partial L}{\partial Z^{1}} = \mathrm{diag}(\mathrm{ReLU}'(Z^{2})) \, \frac{\partial L}{\partial A^{1}}"),
    ("n -> m relu bias", {"cost": "huber"}, "slater", r"\frac{\partial C}{\partial z^{(1)}_j} = \mathrm{Step}(z^{(1)}_j)"),
    ("relu bias sigmoid", {"cost": "binary-cross-entropy"}, "slater",
     r"\frac{\partial C}{\partial b^{(1)}} = (r^{(2)} - y) \, W^{(1)} \, \mathrm{Step}(z^{(2)})"),
    ("sigmoid relu bias tanh f", {}, "slater", r"\frac{\partial C}{\partial z^{(2)}} = \frac{\partial C}{\partial r^{(2)}}"),
    ("2 -> 3 gelu -> 2 f -> 2 relu bias", {"cost": "absolute"}, "bishop", r"\delta^{(3)} = \mathrm{ReLU}'(a^{(3)})"),
    ("n -> m sigmoid bias -> p relu", {"cost": "absolute", "batch": "s"}, "slater",
     r"\frac{\partial C}{\partial z^{(2)}} = -\frac{1}{s} (\mathrm{sign}(r^{(2)} - \mathrm{ReLU}(z^{(2)})) \odot \mathrm{Step}(z^{(2)}))"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "options", "notation", "claim"), REGIONS)
def test_a_region_that_chance_seldom_visits(pattern, options, notation, claim):
    """Claims that only a dead unit, a residual of the other sign or a kink on an open set tells from the truth."""
    from symbackprop import api
    from symbackprop.judge.dressed import Dressed
    from symbackprop.judge.verifying import Verifier, Written
    from symbackprop.networks.spec import notation_of

    dressed = notation_of(notation)
    network = api.network(pattern, step_at_zero=dressed.step_at_zero, **options)
    (judgement,) = Verifier(Dressed(network, dressed)).judgements(Written(claim, 0, claim, ""))
    assert judgement.verdict not in (*RIGHT, "unread")
