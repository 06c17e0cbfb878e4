"""Flows as they are printed: the matrices meet and multiply to the gradient in every notation; every format is whole."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import symbackprop as sb
from symbackprop.factors.flow import flow_of
from symbackprop.networks.pattern import read_pattern
from symbackprop.render.flows.chart import Series, sparkline, svg
from symbackprop.render.flows.products import Products
from symbackprop.render.matrix_terms import Diagonal, Identity, Product, Transposed, Whole, WholePartial
from symbackprop.render.views import layout_of
from symbackprop.tables.notations import NOTATIONS
from symbackprop.vocabulary.expressions import Add, Call, Mul, Number
from tests.factors.networks import Case
from tests.factors.tape import gradients


class Matrices:
    """Puts the arrays of a case into matrix formulas, laid out as a notation shows them."""

    def __init__(self, case, layout):
        self.layout = layout
        self.case = case
        self.true = gradients(case.names, case.weights, case.biases, case.x, case.y)
        z, r = self.true["z"], self.true["r"]
        self.true["x"] = case.weights[0] @ self.true["z1"]
        self.arrays = {"x": case.x, "y": case.y, "r0": case.x}
        for k, w in enumerate(case.weights):
            self.arrays |= {f"W{k}": w, f"z{k + 1}": z[k], f"r{k + 1}": r[k + 1], f"b{k + 1}": case.biases[k]}

    def shown(self, array, quantity):
        if array.ndim == 2:
            return array if self.layout.in_order(quantity) else array.T
        return array.reshape(-1, 1) if self.layout.vectors == "columns" else array.reshape(1, -1)

    def value(self, e):
        match e:
            case Whole():
                return self.shown(self.arrays[e.quantity.name], e.quantity)
            case WholePartial():
                return self.shown(self.true[e.by.name], e.by)
            case Transposed():
                return self.value(e.inner).T
            case Diagonal():
                return np.diag(self.value(e.vector).ravel())
            case Identity():
                return np.eye(e.dimension.size)
            case Product():
                return (
                    np.linalg.multi_dot([*map(self.value, e.factors)])
                    if len(e.factors) > 1
                    else self.value(e.factors[0])
                )
            case Add():
                return sum(map(self.value, e.terms))
            case Mul():
                numbers = [float(f.value) for f in e.factors if isinstance(f, Number)]
                (matrix,) = [self.value(f) for f in e.factors if not isinstance(f, Number)]
                return np.prod(numbers) * matrix
            case Call():
                layer = int(e.arguments[0].quantity.name[1:]) - 1
                return self.shown(np.diag(self.true["J"][layer]), e.arguments[0].quantity)
        raise AssertionError(e)


@pytest.mark.parametrize("name", sorted(NOTATIONS))
def test_the_matrices_of_a_product_meet_and_multiply_to_the_gradient(name):
    layout = layout_of(NOTATIONS[name])
    for seed in range(12):
        case = Case(seed)
        network = read_pattern(case.pattern)
        inner = [network.quantity(q) for q in ("x", "z1", *(["r1"] if len(case.names) > 1 else []))]
        flow = flow_of(network, [*network.parameters, *inner])
        matrices = Matrices(case, layout)
        products = Products(network, flow, layout)
        for gradient in flow.gradients:
            (share,) = gradient.shares
            found = None
            for group in products.share(gradient, share):
                for factor in group.factors:
                    matrix = matrices.value(factor)
                    found = matrix if found is None else found @ matrix
            target = gradient.target.quantity
            wanted = matrices.shown(matrices.true[target.name], target)
            assert found.shape == wanted.shape, (case.pattern, target)
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6 * (1 + np.abs(wanted).max()))


def test_a_chain_in_words():
    assert (
        sb.flow("relu sigmoid", wrt="W0").render()
        == """\
The flow of the gradient through relu sigmoid

Gradients, a factor for each layer
    upstream: ∂C/∂r⁽²⁾ = r⁽²⁾ - y

    ∂C/∂W⁽⁰⁾ = (r⁽²⁾ - y) · σ'(z⁽²⁾) W⁽¹⁾ · Step(z⁽¹⁾) x
               ╰upstream╯   ╰─ layer 2 ─╯   ╰ layer 1 ─╯

Bounds of the factors
    layer 2  |σ'(z⁽²⁾) W⁽¹⁾| ≤ 1/4 |W⁽¹⁾|
    layer 1  |Step(z⁽¹⁾)| = 0 or 1
    |σ'(z)| ≤ 1/4  (sigmoid: r(1 - r) is largest at r = 1/2)
    |Step(z)| = 0 or 1  (relu: Step is 0 or 1)

Bounds of the gradients
    W0  |∂C/∂W⁽⁰⁾| ≤ |r⁽²⁾ - y| · 1/4 |W⁽¹⁾| |x|

Verdict
    What decides: after the upstream gradient the longest product has 2 slopes and 1 weight, and
      goes with them.
    sigmoid: a slope is at most 1/4, so the gradient vanishes unless the weights make up for it: a
      layer keeps its size only with |w| of 4 or more, and only where slopes are near their bound.
    relu: on an active path every slope is exactly 1, so the slopes neither shrink nor grow the
      gradient and the weights alone decide: over n layers with weights of one size w it goes like
      w^n. relu takes away one cause of vanishing, the slopes, and not the other.
    Vanishes: with every |w| below 4 the product is below 1, whatever the input; at 3.6 the weight
      and all slopes together are at most 0.9.
    Explodes: only with some |w| above 4, and only while the slopes stay near their bounds; at 4.4
      the bound is 1.1.
    Dead units: where z < 0 the slope of relu is exactly 0, and with it the whole product: one dead
      unit makes the gradient of every weight at or below it exactly 0.
"""
    )


def test_a_long_chain_has_dots_in_print_and_everything_in_json():
    flow = sb.flow("relu*50")
    text = flow.render("text")
    assert "⋯" in text
    assert "42 more of the same pattern" in text
    found = json.loads(flow.render("json"))
    assert [layer["name"] for layer in found["layers"]] == [f"layer {k}" for k in range(50, 0, -1)]
    assert [g["wrt"] for g in found["gradients"]] == [f"W{k}" for k in range(50)]
    assert found["gradients"][0]["products"] == [{"start": "r50", "last_layer": 49, "factors": 99}]


def test_json_grows_in_proportion_to_the_depth():
    short, long = (len(sb.flow(f"tanh*{n}").render("json")) for n in (100, 1000))
    assert long < 11 * short


@pytest.mark.parametrize(
    "pattern", ["relu*30", "2 -> 3 tanh bias -> 2 softmax", "k sigmoid bias", "n -> m gelu -> p f"]
)
@pytest.mark.parametrize("notation", ["slater", "nielsen", "goodfellow", "cs231n_notes"])
def test_katex_sets_every_formula(pattern, notation, katex_errors):
    flow = sb.flow(pattern, notation=notation)
    blocks = [block.split("```")[0] for block in flow.render("markdown").split("```math\n")[1:]]
    found = json.loads(flow.render("json"))
    formulas = [*blocks, *(g["latex"] for g in found["gradients"]), *(g["bound"] or "0" for g in found["gradients"])]
    formulas += [layer["bound"] or "0" for layer in found["layers"]]
    assert katex_errors(formulas) == [None] * len(formulas)


@pytest.mark.parametrize(
    ("pattern", "options"),
    [
        ("relu*4", {"at": "x=1, y=2, W*=0.5"}),
        ("2 -> 3 tanh bias -> 2 softmax", {"cost": "cross-entropy", "notation": "nielsen"}),
        ("relu*60", {"init": "he", "samples": 3, "against": "sigmoid*60"}),
        ("n -> m gelu -> p f", {"title": "50 % of x_1 & <σ>"}),
    ],
)
def test_pdflatex_sets_the_fragment(pattern, options, compile_latex):
    fragment = sb.flow(pattern, **options).render("latex")
    before = r"\documentclass{article}\usepackage[utf8]{inputenc}\usepackage{amsmath,amssymb}\begin{document}"
    pdf = compile_latex(f"{before}\n{fragment}\n\\end{{document}}\n")
    assert pdf.pages >= 1
    assert fragment.count("underbrace") > 3


def test_pages_are_well_formed_and_fetch_nothing():
    page = sb.flow("relu*20", against="2 -> 3 tanh -> 1", notation="nielsen").render("html")
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace('http-equiv="Content', "")
    assert page.count("<section>") == 2
    start, stop = page.index("<main>"), page.index("</main>") + len("</main>")
    ET.fromstring(page[start:stop].replace("&nbsp;", " "))


def test_names_from_a_user_are_escaped():
    page = sb.flow("relu", title="<script>alert(1)</script> & |x|").render("html")
    assert "<script>alert" not in page
    assert "\\<script\\>" in sb.flow("relu", title="<script>").render("markdown")


def test_the_chart_shows_curves_and_says_where_they_are_0():
    root = ET.fromstring(svg([Series("a & b", (0.0, -1.0, None, None, -5.0))], "t"))
    lines = [e for e in root.iter() if e.tag.endswith("polyline")]
    assert len(lines) == 2
    assert "0 at 2 of 5 points" in "".join(root.itertext())


def test_sparklines_fall_with_their_values_and_stay_short():
    assert sparkline([3, 2, 1, 0]) == "█▆▃▁"
    assert len(sparkline([float(k) for k in range(10_000)])) == 80
    assert sparkline([None, None]) == "··"
    assert sparkline([1.0, 1.0 + 1e-12]) == "▁▁"


def test_two_networks_side_by_side():
    text = sb.flow("relu*10", against="sigmoid").render("text")
    table = text.split("Side by side")[1]
    assert "relu*10" in table
    assert "sigmoid*10" in table
    assert "9.54e-7" in table
