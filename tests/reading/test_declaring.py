"""Tables from an author's own equations, and formulas from published notes read with them."""

from __future__ import annotations

import pytest

from symbackprop.reading import read, read_macros, sexpr
from symbackprop.reading.declaring import declared


def test_a_layer_is_told_from_a_power_by_its_letter() -> None:
    table = declared(r"z^l_j = \sum_k w^l_{jk} a^{l-1}_k \\ C = \frac12 \sum_j (a^L_j - y_j)^2", layers={"l": "2..L"})
    tree = read(r"\frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_k \delta_{jk}", table).tree()
    assert sexpr(tree) == "(= (pd C w@(l)[j,k]) (mul a@(l-1)[k] (kron j k)))"


def test_samples_and_layers_may_both_stand_in_brackets() -> None:
    table = declared(
        r"h_\theta(x^{(i)}) = g(\theta^T x^{(i)})",
        shapes={r"\theta": "n", "x^{(i)}": "n"},
        functions={"g": "sigmoid"},
        samples={"i": "m"},
    )
    assert sexpr(read(r"g(\theta^T x^{(i)}) x^{(i)}_j", table).tree()) == "(mul (app g (mul (T theta) x#(i))) x#(i)[j])"


def test_a_label_is_no_pair_of_indices() -> None:
    table = declared(
        r"h_t = tanh(W_{hh} h_{t-1} + W_{xh} x_t)",
        shapes={"h_0": "n", "x_t": "d", "W_{hh}": "n x n", "W_{xh}": "n x d"},
        samples={"t": "1..T"},
    )
    tree = read(r"\frac{\partial h_t}{\partial h_{t-1}} = tanh'(W_{hh}h_{t-1})W_{hh}", table).tree()
    assert sexpr(tree) == "(= (pd h#(t) h#(t-1)) (mul (app tanh' (mul W_hh h#(t-1))) W_hh))"


def test_names_of_several_letters_are_found_on_the_left() -> None:
    table = declared(r"net_m = \sum_h w_{hm} o_h \\ E = \frac12 \sum_m (net_m - y_m)^2")
    assert sexpr(read(r"\frac{\partial E}{\partial net_m} o_h", table).tree()) == "(mul (pd E net[m]) o[h])"


def test_numbers_below_are_layers_beside_numbered_matrices() -> None:
    table = declared(r"Z_1 = X W_1 \\ Z_2 = Z_1 W_2", shapes={"X": "N x n", "W_1": "n x m", "W_2": "m x p"})
    assert sexpr(read(r"\frac{\partial Z_2}{\partial W_2} = Z_1^T", table).tree()) == "(= (pd Z@(2) W@(2)) (T Z@(1)))"


def test_a_sign_before_a_name_makes_another_name() -> None:
    table = declared(
        r"E = w x", definitions=r"\Delta w = -\eta \frac{\partial E}{\partial w}", shapes={"w": "", "x": ""}
    )
    assert sexpr(read(r"\Delta w = -\eta x", table).tree()) == "(= Delta.w (neg (mul eta x)))"


def test_the_authors_macros_and_operators() -> None:
    table = declared(
        r"\vx = \mW \vy",
        macros=read_macros(r"\newcommand{\vx}{\mathbf{x}} \newcommand{\vy}{\mathbf y} \def\mW{\mathbf{W}}"),
        operators={"*": "hadamard"},
        differentials=frozenset([r"\delta"]),
    )
    assert sexpr(read(r"\frac{\delta \vx}{\delta \vy} = \mW * \mathbf{W}", table).tree()) == "(= (pd x y) (had W W))"


def test_functions_defined_by_the_author() -> None:
    table = declared(r"S(z) = \frac{1}{1 + e^{-z}}")
    assert sexpr(read(r"S'(z) = S(z) \cdot (1 - S(z))", table).tree()) == (
        "(= (app S' z) (mul (app S z) (add 1 (neg (app S z)))))"
    )


MLP = declared(
    r"""z_i^{(l+1)} = \sum_{j=1}^{s_l} W_{ij}^{(l)} a_j^{(l)} + b_i^{(l)} \\ a_i^{(l)} = f(z_i^{(l)}) \\
        J = \frac12 \sum_i (a_i^{(n_l)} - y_i)^2""",
    cost="J",
    functions={"f": "elementwise"},
    layers={"l": "1..L"},
    definitions=r"\delta_i^{(l)} = \frac{\partial J}{\partial z_i^{(l)}}",
)


@pytest.mark.parametrize(
    ("latex", "tree"),
    [
        (
            r"""\delta_i^{(l)} = \frac{\partial J}{\partial a_i^{(l)}} \frac{\partial a_i^{(l)}}{\partial z_i^{(l)}}
                = \frac{\partial J}{\partial a_i^{(l)}} f'(z_i^{(l)}).""",
            "(= delta@(l)[i] (mul (pd J a@(l)[i]) (pd a@(l)[i] z@(l)[i])) (mul (pd J a@(l)[i]) (app f' z@(l)[i])))",
        ),
        (
            r"\frac{\partial J}{\partial a_i^{(l)}} = \sum_{j=1}^{s_{(l+1)}} \delta_j^{(l+1)} W_{ji}^{(l)}.",
            "(= (pd J a@(l)[i]) (sum ((j 1 s[l+1])) (mul delta@(l+1)[j] W@(l)[j,i])))",
        ),
        (
            r"\frac{\partial J}{\partial a_i^{(n_l)}} = a_i^{(n_l)} - y_i.",
            "(= (pd J a@(n[l])[i]) (add a@(n[l])[i] (neg y[i])))",
        ),
    ],
)
def test_published_formulas(latex: str, tree: str) -> None:
    assert sexpr(read(latex, MLP).tree()) == tree


def test_a_function_that_nobody_declared_is_not_taken_for_a_factor() -> None:
    error = read(r"a = \varphi(z)", declared(r"a = \varphi(z)")).errors[0]
    assert (error.code, error.place and error.place.line_and_column()) == ("unknown-symbol", (1, 5))
    table = declared(r"a = \varphi(z)", shapes={r"\varphi": ""})
    assert sexpr(read(r"a = \varphi(z)", table).tree()) == "(= a (mul varphi z))"


def test_a_square_that_is_defined_is_one_name() -> None:
    table = declared(r"\sigma^2 = \frac1n \sum_j (x_j - \mu)^2 \\ y_i = \frac{x_i - \mu}{\sqrt{\sigma^2}}")
    tree = read(r"\frac{\partial \sigma^2}{\partial x_i} = (\sigma^2)^{-1} \sigma^4", table).tree()
    assert sexpr(tree) == "(= (pd sigma_^2 x[i]) (mul (pow sigma_^2 (neg 1)) (pow sigma 4)))"


def test_indices_below_the_number_of_a_layer() -> None:
    table = declared(r"Z_2 = X W_2 \\ L = \sum_n \sum_i Z_{2_{n,i}}", shapes={"X": "N x n", "W_2": "n x m"})
    assert sexpr(read(r"\frac{\partial L}{\partial Z_2} = Z_{2_{n,i}}", table).tree()) == "(= (pd L Z@(2)) Z@(2)[n,i])"


def test_a_kronecker_delta_with_one_index_raised() -> None:
    table = declared(r"O^{ib} = A^{ij} V^{jb}", shapes={"A": "m x n", "V": "n x d"})
    assert sexpr(read(r"A^{im} \delta^b_n", table).tree()) == "(mul A[i,m] (kron b n))"
    assert read(r"\delta^b_n", declared("z = w x")).errors[0].code == "unknown-symbol"
