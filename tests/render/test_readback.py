"""What was understood is written again so that it reads as the same, in LaTeX that KaTeX takes and MathML that is one."""

from __future__ import annotations

import inspect
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbackprop.reading import Symbol, SymbolTable, read, sexpr
from symbackprop.reading import tree as t
from symbackprop.render.markup import LATEX
from symbackprop.render.mathml import MATHML, formula
from symbackprop.render.readback import ReadBack, latex
from symbackprop.render.text import TEXT
from tests.reading.notations import MLP, NOTATIONS
from tests.reading.test_gold import RIGHT

TABLE = SymbolTable(
    [
        *(Symbol(name, "vector", layer=("bare",), arity=(1,)) for name in ("a", "\\delta")),
        Symbol("u", "vector", layer=("bracket",), sample=("paren",)),
        Symbol("h", "vector", sample=("angle",)),
        Symbol("n", "size", layer=("subscript",), arity=(1,)),
        Symbol("W", "matrix", label="hh"),
        Symbol("W", "matrix"),
        Symbol("S", "matrix", raised=True),
        Symbol("s", "scalar"),
        Symbol("\\mathbf{v}", "vector"),
        Symbol("k", "tensor", arity=(2,)),
        Symbol("C", "loss"),
        Symbol("f", "function", layer=("bare",)),
        Symbol("dW", "matrix"),
        Symbol("\\theta", "scalar", label="out"),
    ],
    prefixes=frozenset(["\\Delta"]),
    samples=frozenset(["t"]),
)
CASES = [
    # what is written, what is understood, the same as text
    ("a^2", "a^{2}", "a²"),
    ("(a)^2", "(a)^2", "(a)²"),
    ("a^{l+1}_i", "a^{l+1}_i", "aˡ⁺¹ᵢ"),
    ("u^{[2](i)}_3", "u^{[2](i)}_3", "u^[2](i)₃"),
    (r"h^{\langle t-1 \rangle}", r"h^{\langle t-1 \rangle}", "h^(⟨t-1⟩)"),
    (r"\delta_{ij} s", r"\delta_{ij} s", "δᵢⱼ s"),
    (r"W_{hh} h", r"W_{\mathrm{hh}} \, h", "Wₕₕ h"),
    (r"W_{h,h} s", "W_{h,h} s", "W_(h,h) s"),
    (r"\mathbf{v}^\top v", r"\mathbf{v}^T \mathbf{v}", "vᵀ v"),
    (r"S^{ij} s", "S^{ij} s", "Sⁱʲ s"),
    (r"\Delta s", r"\Delta s", "Δs"),
    (r"\theta_{\text{out}}^3", r"\theta_{\mathrm{out}}^3", "θₒᵤₜ³"),
    ("dW + s", r"\mathrm{dW} + s", "dW + s"),
    ("s - (s - s)", "s - (s - s)", "s - (s - s)"),
    ("s + (s + s)", "s + (s + s)", "s + (s + s)"),
    ("-(-s)", "-(-s)", "-(-s)"),
    (r"s \cdot -2", r"s \cdot (-2)", "s · (-2)"),
    (r"2 \cdot 3 s", r"2 \cdot 3 s", "2 · 3 s"),
    (r"2 / s s", r"\frac{2}{s s}", "2/(s s)"),
    (r"\frac{s}{2} s", r"\frac{s}{2} s", "(s/2) s"),
    (r"\sqrt[3]{s} + \sqrt{2}", r"\sqrt[{3}]{s} + \sqrt{2}", "³√(s) + √(2)"),
    (r"h \odot v ./ v", r"(h \odot \mathbf{v}) \oslash \mathbf{v}", "(h ⊙ v) ⊘ v"),
    (r"W v \odot h", r"(W \mathbf{v}) \odot h", "(W v) ⊙ h"),
    (r"\sum_i v_i s + h_i", r"\left(\sum_i \mathbf{v}_i s\right) + h_i", "(Σᵢ vᵢ s) + hᵢ"),
    (r"\sum_i v_i s + h_j", r"\sum_i \mathbf{v}_i s + h_j", "Σᵢ vᵢ s + hⱼ"),
    (r"(\sum_i v_i) s", r"\left(\sum_i \mathbf{v}_i\right) \, s", "(Σᵢ vᵢ) s"),
    (r"\prod_{1 \le i \le n} v_i", r"\prod_{i=1}^{n} \mathbf{v}_i", "Π_(i=1)ⁿ vᵢ"),
    (r"\sum_{i, j \ne i} k_{ij}", r"\sum_{i,j \ne i} k_{ij}", "Σ_(i,j≠i) kᵢⱼ"),
    (r"\sum_{j=1}^{n_{l}-1} v_{2 \cdot j}", r"\sum_{j=1}^{n_{l}-1} \mathbf{v}_{2 \cdot j}", "Σ_(j=1)^(nₗ-1) v_(2·j)"),
    (r"\sum h", r"\sum h", "Σ h"),
    (r"\frac{d^2 C}{d s^2}", r"\frac{\mathrm{d}^2 C}{\mathrm{d} s \, \mathrm{d} s}", "d²C/dsds"),
    (r"\frac{\partial}{\partial s}(s + 2)", r"\frac{\partial (s + 2)}{\partial s}", "∂(s + 2)/∂s"),
    (r"\nabla C", r"\nabla C", "∇C"),
    (r"(\nabla_h C) s", r"(\nabla_{h} C) \, s", "(∇[h] C) s"),
    (r"C \cdot (h + v)", r"C \cdot (h + \mathbf{v})", "C · (h + v)"),
    (r"f'(h)^2", "(f'(h))^2", "(f'(h))²"),
    (r"f^{2}(h)", "f^{2}(h)", "f²(h)"),
    (r"\left. s^2 \right|_{s = 1}", r"\left.s^2\right|_{s = 1}", "s² at s = 1"),
    (r"\max(0, s)", r"\max(0, s)", "max(0, s)"),
    (r"\operatorname{diag}(h)_{ij}", r"\mathrm{diag}(h)_{ij}", "diag(h)ᵢⱼ"),
    (r"(W v)_i", r"(W \mathbf{v})_i", "(W v)ᵢ"),
    (r"\|h\|_\infty", r"\lVert h \rVert_{\infty}", "‖h‖_∞"),
    (r"\langle h, v \rangle", r"\langle h, \mathbf{v} \rangle", "⟨h, v⟩"),
    (r"h \otimes v", r"h \otimes \mathbf{v}", "h ⊗ v"),
    ("(s, 2)", "(s, 2)", "(s, 2)"),
    (r"s := 2 \le 3", r"s := 2 \le 3", "s := 2 ≤ 3"),
    (r"s = 2 \implies h = v", r"s = 2 \implies h = \mathbf{v}", "s = 2 ⟹ h = v"),
    (r"s \leftarrow s - 1", r"s \leftarrow s - 1", "s ← s - 1"),
    (r"s = 1 \\ h = v", r"\begin{gathered} s = 1 \\ h = \mathbf{v} \end{gathered}", "s = 1; h = v"),
    (
        r"f(h) = \begin{cases} 1 & s \in h \\ 0 & \text{else} \end{cases}",
        r"f(h) = \begin{cases} 1 & \text{if } s \in h \\ 0 & \text{otherwise} \end{cases}",
        "f(h) = 1 if s ∈ h, 0 otherwise",
    ),
    (r"[s > 0]^2", r"(\mathbf{1}[s > 0])^2", "(1[s > 0])²"),
    (r"\begin{bmatrix} 1 & s \end{bmatrix}^T", r"\begin{pmatrix} 1 & s \end{pmatrix}^T", "[1 s]ᵀ"),
]


@pytest.mark.parametrize(("written", "understood", "text"), CASES, ids=lambda part: str(part))
def test_a_formula_is_written_again(written: str, understood: str, text: str) -> None:
    tree = read(written, TABLE).tree()
    assert latex(tree, TABLE) == understood
    assert ReadBack(TEXT, TABLE).set(tree) == text
    assert sexpr(read(understood, TABLE).tree()) == sexpr(tree)


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: str(case["id"]))
def test_what_is_written_again_reads_as_the_same(case: dict[str, str]) -> None:
    table = NOTATIONS[case["ctx"]]
    again = latex(read(case["latex"], table).tree(), table)
    assert sexpr(read(again, table).tree()) == case["gold"]
    assert latex(read(again, table).tree(), table) == again


def test_katex_takes_every_formula(katex_errors) -> None:
    again = [latex(read(c["latex"], NOTATIONS[c["ctx"]]).tree(), NOTATIONS[c["ctx"]]) for c in RIGHT]
    again += [understood for _, understood, _ in CASES]
    assert [pair for pair in zip(again, katex_errors(again), strict=True) if pair[1]] == []


def test_mathml_is_well_formed() -> None:
    trees = [(read(c["latex"], NOTATIONS[c["ctx"]]).tree(), NOTATIONS[c["ctx"]]) for c in RIGHT]
    trees += [(read(written, TABLE).tree(), TABLE) for written, _, _ in CASES]
    children = {"mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3, "mroot": 2}
    for tree, table in trees:
        page = formula(ReadBack(MATHML, table).set(tree))
        assert "\\" not in page
        for element in ET.fromstring(page).iter():
            assert len(element) == children.get(element.tag, len(element))


def test_every_kind_of_node_can_be_written() -> None:
    kinds = {kind for _, kind in inspect.getmembers(t, inspect.isclass) if issubclass(kind, t.Node)}
    assert kinds - set(ReadBack(LATEX)._ways) == {t.Node, t.Num, t.Sym, t.Kronecker, t.Range, t.Dots}


def test_without_a_table_a_layer_stands_in_parentheses() -> None:
    tree = t.Pow(t.Sym("eta", "hat", layer=t.Num("2"), indices=(t.Sym("i"), t.Num("1"))), t.Num("2"))
    assert latex(tree) == r"(\hat{\eta}^{(2)}_{i,1})^2"


def test_a_tree_too_deep_to_read_is_not_written_out() -> None:
    tree: t.Node = t.Sym("x")
    for _ in range(100_000):
        tree = t.Div(tree, t.Sym("x"))
    assert latex(tree) == r"\text{a formula nested more than 500 deep}"


def _may_be_a_condition(relation: t.Node) -> bool:
    return not latex(relation).startswith(r"\nabla")  # which the reader takes for an index there


def _scalars(inner: st.SearchStrategy[t.Node]) -> st.SearchStrategy[t.Node]:
    pair = st.tuples(inner, inner)
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    index = st.sampled_from([t.Sym("i"), t.Sym("j"), t.Num("1"), t.Add((t.Sym("i"), t.Num("1")))])
    lower = st.sampled_from([None, t.Num("1"), t.Neg(t.Sym("m"))])
    ranges = st.builds(t.Range, st.sampled_from([t.Sym("i"), t.Sym("j")]), lower, st.sampled_from([None, t.Sym("m")]))
    condition = pair.map(lambda two: t.Chain(two[0], ((">", two[1]),))).filter(_may_be_a_condition)
    return st.one_of(
        several.map(t.Add),
        inner.map(t.Neg),
        st.builds(
            lambda factors, signs: t.Mul(factors, signs[: len(factors) - 1]),
            several,
            st.tuples(st.sampled_from(["", r"\cdot"]), st.sampled_from(["", r"\cdot"])),
        ),
        several.map(t.Had),
        pair.map(lambda two: t.Outer(*two)),
        pair.map(lambda two: t.Inner(*two)),
        pair.map(lambda two: t.Div(*two)),
        pair.map(lambda two: t.Div(*two, elementwise=True)),
        st.builds(t.Pow, inner, st.sampled_from([t.Num("2"), t.Sym("x"), t.Neg(t.Num("1"))])),
        inner.map(t.Root),
        inner.filter(lambda node: not isinstance(node, t.Num)).map(t.Transpose),
        st.builds(t.App, st.sampled_from([t.Sym("sigma"), t.Sym("ReLU", primes=1)]), several),
        st.builds(
            t.Deriv, st.sampled_from(["partial", "total"]), inner, st.lists(LEAVES, min_size=1, max_size=2).map(tuple)
        ),
        st.builds(t.Grad, inner, st.one_of(st.none(), LEAVES)),
        st.builds(t.Sum, st.tuples(ranges), inner),
        st.builds(t.Prod, st.tuples(ranges), inner),
        condition.map(t.Indicator),
        inner.map(t.Abs),
        st.builds(t.Norm, inner, st.sampled_from([None, t.Num("2"), t.Sym("infty")])),
        st.builds(t.Entry, inner, st.tuples(index, index)),
        st.builds(t.At, inner, condition),
        st.builds(t.Kronecker, index, index),
        several.map(lambda row: t.Matrix((row, row))),
        st.builds(lambda a, c, b: t.Cases(((a, c), (b, None))), inner, condition, inner),
    )


LEAVES = st.sampled_from(
    [
        t.Num("2"),
        t.Num("0.5"),
        t.Sym("x"),
        t.Sym("C"),
        t.Sym("y", "hat"),
        t.Sym("W", layer=t.Num("1")),
        t.Sym("delta", layer=t.Add((t.Sym("l"), t.Num("1"))), indices=(t.Sym("j"),)),
        t.Sym("a", indices=(t.Num("1"),)),
    ]
)


@settings(max_examples=300)
@given(st.recursive(LEAVES, _scalars, max_leaves=12))
def test_any_tree_reads_as_itself(tree: t.Node) -> None:
    again = latex(tree, MLP)
    reading = read(again, MLP)
    assert [error.report() for error in reading.errors] == []
    assert sexpr(reading.tree()) == sexpr(tree)
