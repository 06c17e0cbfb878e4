"""The judge: what we print is right, what is right in another way is, and what is wrong is not."""

from __future__ import annotations

import re

import pytest

from symbackprop import api as sb
from symbackprop.judge.claims import claim_of
from symbackprop.judge.deciding import Decider
from symbackprop.judge.dressed import Dressed
from symbackprop.judge.extended import Extended
from symbackprop.judge.judging import Judge
from symbackprop.reading import read
from symbackprop.tables.notations import NOTATIONS

RIGHT = {"proved", "agrees"}
PRINTED = [
    ("relu sigmoid", {}),
    ("2 -> 3 relu bias -> 2 sigmoid", {}),
    ("2 -> 3 tanh -> 2 softmax", {"cost": "cross-entropy"}),
    ("n -> m tanh -> p", {"batch": "q"}),
    ("k sigmoid bias", {}),
    ("2 -> 3 relu -> 1", {"l2": "lambda"}),
]


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize(("pattern", "options"), PRINTED)
def test_what_is_printed_is_read_back_and_right(notation: str, pattern: str, options: dict[str, str]) -> None:
    derivation = sb.derive(pattern, notation=notation, form="auto", **options)
    subject = Extended(Dressed(derivation.network, NOTATIONS[notation]), [])
    decider = Decider(Judge(subject))
    blocks = re.findall(r"\\begin\{aligned\}.*?\\end\{aligned\}", derivation.render("aligned"), re.DOTALL)
    count = 0
    for block in blocks:
        if re.search(r"\\mathrm\{Step\}\(z\) &|\\mathrm\{ReLU\}'?\(z\) &|\\mathbf\{1\}\[z", block):
            continue  # what the functions are, by cases
        reading = read(block.replace(r"&\quad \cdot", r"&\cdot"), subject.table)
        assert not reading.errors, reading.errors[0]
        for row in reading.rows:
            claim = claim_of(row)
            assert claim is not None
            for decision in decider.decided(claim):
                assert decision.verdict in RIGHT | {"agrees-except-at-kinks"}, (block, decision.link, decision.witness)
                count += 1
    assert count > 5


def verdict(pattern: str, claim: str, **options: object) -> str:
    """The verdict on one claim."""
    return sb.verify(pattern, claim, **options).verdict  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pattern", "claim"),
    [
        ("relu", r"\frac{\partial C}{\partial W^{(0)}} = -(y - \max(0, W^{(0)} x)) \, x \, \mathrm{Step}(2 z^{(1)})"),
        ("relu", r"z^{(1)} \mathrm{Step}(z^{(1)}) = r^{(1)}"),
        ("sigmoid", r"\sigma'(z) = \sigma(z) (1 - \sigma(z))"),
        ("sigmoid", r"\sigma(-z) = 1 - \sigma(z)"),
        ("sigmoid", r"\frac{d}{dz} \sigma(z) = \frac{e^{-z}}{(1 + e^{-z})^2}"),
        ("2 -> 3 tanh", r"\tanh'(z) = 1 - \tanh(z)^2"),
        ("relu", r"\frac{\partial}{\partial r^{(1)}} \frac12 (y - r^{(1)})^2 = r^{(1)} - y"),
        ("relu", r"W^{(0)} \leftarrow W^{(0)} - \eta \frac{\partial C}{\partial W^{(0)}}"),
        ("f f", r"\frac{\partial C}{\partial W^{(0)}} = (r^{(2)} - y) f'(z^{(2)}) W^{(1)} f'(z^{(1)}) x"),
        ("2 -> 3 relu -> 2", r"\frac{\partial z^{(1)}_j}{\partial W^{(0)}_{ij}} = x_i"),
        ("2 -> 3 relu -> 2", r"\frac{\partial z^{(1)}_k}{\partial W^{(0)}_{ij}} = \delta_{jk} x_i"),
        ("2 -> 3 relu -> 2", r"\frac{\partial C}{\partial W^{(0)}} = x (\delta^{(1)})^T"),
        ("2 -> 3 relu -> 2", r"\delta^{(1)} = (W^{(1)} \delta^{(2)}) \odot \mathrm{ReLU}'(z^{(1)})"),
        ("2 -> 3 relu -> 2", r"\delta^{(1)} = \mathrm{diag}(\mathrm{ReLU}'(z^{(1)})) W^{(1)} \delta^{(2)}"),
        ("n -> m f -> p f", r"\delta^{(k)}_i = f'(z^{(k)}_i) \sum_j W^{(k)}_{ij} \delta^{(k+1)}_j"),
        ("n -> m sigmoid", r"\frac{\partial C}{\partial W^{(0)}_{ij}} = (r_j - y_j) r_j (1 - r_j) x_i"),
        ("k", r"\frac{\partial C}{\partial r^{(k)}_i} = \sum_j \frac{\partial C}{\partial z^{(k+1)}_j} W^{(k)}_{ij}"),
        ("2 -> 2 softmax", r"\frac{\partial r_i}{\partial z_j} = r_i (\delta_{ij} - r_j)"),
    ],
)  # fmt: skip
def test_right_in_many_ways(pattern: str, claim: str) -> None:
    assert verdict(pattern, claim) in RIGHT


@pytest.mark.parametrize(
    ("pattern", "claim"),
    [
        ("relu", r"\frac{\partial C}{\partial W^{(0)}} = (y - r^{(1)}) \, \mathrm{Step}(z^{(1)}) \, x"),
        ("relu relu", r"\frac{\partial C}{\partial W^{(0)}} = (r^{(2)} - y) W^{(1)} \mathrm{Step}(z^{(2)}) x^2"),
        ("sigmoid", r"\sigma'(z) = \sigma(z) (1 + \sigma(z))"),
        ("2 -> 3 relu -> 2", r"\delta^{(1)} = (W^{(1)})^T \delta^{(2)} \odot \mathrm{Step}(z^{(1)})"),
        ("3 -> 3 relu -> 3", r"\delta^{(1)} = ((W^{(1)})^T \delta^{(2)}) \odot \mathrm{Step}(z^{(1)})"),
        ("n -> m f -> p f", r"\delta^{(k)}_i = f'(z^{(k)}_i) \sum_j W^{(k)}_{ji} \delta^{(k+1)}_j"),
        ("2 -> 2 softmax", r"\frac{\partial r_i}{\partial z_j} = r_i (1 - r_j)"),
        ("relu", r"W^{(0)} \leftarrow W^{(0)} + \eta \frac{\partial C}{\partial W^{(0)}}"),
        ("2 -> 3 relu bias -> 2", r"\frac{\partial C}{\partial b^{(1)}} = \delta^{(1)} x^T"),
    ],
)  # fmt: skip
def test_wrong_with_a_witness(pattern: str, claim: str) -> None:
    found = sb.verify(pattern, claim).claims[0]
    assert found.verdict == "wrong"
    assert found.witness is not None
    assert found.witness.left != found.witness.right


def test_where_a_slope_is_missing_the_claim_holds_for_active_units_only() -> None:
    found = sb.verify("relu relu", r"\frac{\partial C}{\partial W^{(1)}} = (r^{(2)} - y) r^{(1)}").claims[0]
    assert (found.verdict, found.assumption) == ("right-under-assumption", "z2 > 0")
    assert found.regions is not None
    assert 0 < found.regions.equal < found.regions.all
    assumed = {"assume": ["z2 > 0"]}
    assert verdict("relu relu", r"\frac{\partial C}{\partial W^{(1)}} = (r^{(2)} - y) r^{(1)}", **assumed) == "agrees"


def test_a_sign_error_that_agrees_where_a_unit_is_dead_is_wrong() -> None:
    assert (
        verdict(
            "relu relu",
            r"\frac{\partial C}{\partial W^{(0)}} = -(r^{(2)} - y) \mathrm{Step}(z^{(2)}) W^{(1)} \mathrm{Step}(z^{(1)}) x",
        )
        == "wrong"
    )


def test_step_at_zero_is_a_convention() -> None:
    claim = r"\frac{\partial C}{\partial z^{(1)}} = (r^{(1)} - y) \mathbb{1}[z^{(1)} > 0]"
    assert verdict("relu", claim) == "agrees-except-at-kinks"
    assert verdict("relu", claim, step_at_zero=0) in RIGHT


def test_a_step_left_out_in_front_of_a_dead_layer_is_right_for_one_value_of_step_at_zero() -> None:
    claim = r"\frac{\partial C}{\partial W^{(0)}} = (r^{(2)} - y) \mathrm{Step}(z^{(2)}) W^{(1)} x"
    found = sb.verify("relu relu", claim).claims[0]
    assert (found.verdict, found.assumption) == ("right-under-assumption", "Step(0) = 0")


def test_a_transposed_layout_is_excused_only_if_all_of_the_hand_in_uses_it() -> None:
    turned = r"\frac{\partial C}{\partial W^{(0)}} = \delta^{(1)} x^T"
    upright = r"\frac{\partial C}{\partial W^{(1)}} = r^{(1)} (\delta^{(2)})^T"
    alone = sb.verify("2 -> 3 relu -> 2", [turned]).claims[0]
    assert alone.verdict == "right-in-another-convention"
    both = sb.verify("2 -> 3 relu -> 2", [turned, upright]).claims
    assert [c.verdict for c in both] == ["wrong", "proved"]


def test_numbers_are_compared_to_the_digits_that_are_written() -> None:
    assert verdict("relu", r"0.6174 (1 - 0.6174) = 0.2362") == "agrees"
    assert verdict("relu", r"0.6174 (1 - 0.6174) = 0.2462") == "wrong"


def test_dots_stand_for_what_lies_between() -> None:
    right = r"\frac{\partial C}{\partial W^{(0)}} = (r^{(4)} - y) \mathrm{Step}(z^{(4)}) W^{(3)} \mathrm{Step}(z^{(3)}) \cdots W^{(1)} \mathrm{Step}(z^{(1)}) x"
    assert verdict("relu*4", right) in RIGHT
    assert verdict("relu*4", right.replace("W^{(1)}", "W^{(2)}", 1)) != "proved"


def test_names_of_the_author() -> None:
    claim = r"\frac{dC}{dw_2} = (\hat y - y) \mathrm{Step}(w_1 r^{(1)}) w_1 \mathrm{Step}(w_2 x) x"
    assert verdict("relu relu", claim, names={"w_1": "W1", "w_2": "W0"}) == "proved"


WHOLE = [
    ("1 -> 2 elu -> 2 relu", "udl", "auto", {}),
    ("relu elu sigmoid", "udl", "index", {}),
    ("elu sigmoid bias", "cs231n_notes", "index", {"cost": "binary-cross-entropy", "batch": "s"}),
    ("2 -> 2 relu -> 2 relu", "cs231n_notes", "matrix", {"batch": 3}),
    ("1 -> 2 sigmoid bias", "mit_6036", "auto", {"cost": "binary-cross-entropy", "batch": 3, "l2": "lambda"}),
    ("3 -> 2 softmax", "slater", "matrix", {"cost": "cross-entropy", "batch": "s"}),
]


@pytest.mark.parametrize(("pattern", "notation", "form", "options"), WHOLE)
def test_whole_documents_are_read_back(pattern: str, notation: str, form: str, options: dict[str, object]) -> None:
    printed = sb.derive(pattern, notation=notation, form=form, **options).render("latex")
    report = sb.verify(pattern, printed, "tex", notation=notation, **options)
    immediate = "agrees-except-at-kinks", "right-in-another-convention"  # Step(0); partials of a definition
    assert {claim.verdict for claim in report.claims} <= {*RIGHT, *immediate}
    assert len(report.claims) > 8


def test_one_unit_is_dead_and_all_after_it_are_alive_at_some_point() -> None:
    claim = r"$\frac{\partial \ell}{\partial f_2} = \frac{\partial \ell}{\partial h_3}$"
    found = sb.verify("relu relu relu tanh bias relu", claim, "tex", notation="udl")
    assert found.verdict == "right-under-assumption"
    assert found.claims[0].witness is not None


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("dC/dz2 = (r2 - y)/N", "agrees"),
        ("dC/dW1 = r1.T @ (r2 - y)/N", "agrees"),
        ("dC/dW0 = x.T @ (((r2 - y) @ W1.T) * step(z1))/N", "agrees"),
        ("dC/dW1 = r1 @ (r2 - y).T/N", "wrong"),
        ("dC/dW1 = r1.T @ (r2 - y)", "wrong"),
    ],
)
def test_in_plain_text_samples_lie_along_the_first_axis(claim: str, verdict: str) -> None:
    found = sb.verify("n -> m relu bias -> p softmax", claim, cost="cross-entropy", batch="N")
    assert found.verdict == verdict


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"r^{(1)} \, \mathrm{diag}(S^{(1)}) = e^{(1)}", "agrees"),
        (r"r^{(1)} = e^{(1)} \, \mathrm{diag}(S^{(1)})^{-1}", "agrees"),
        (r"r^{(1)} = e^{(1)} \, \mathrm{diag}(S^{(1)})^{-2}", "unread"),
        (r"z^{(1)} \odot z^{(1)} = (z^{(1)})^{\odot 2}", "agrees"),
        (r"\mathbf{1} S^{(1)} \oslash e^{(1)} = (r^{(1)})^{\circ -1}", "agrees"),
        (r"z^{(1)} = (z^{(1)})^{\odot 2}", "wrong"),
        (r"z^{(1)} = (z^{(1)})^{\odot n}", "unread"),
    ],
)
def test_diagonal_matrices_are_inverted_and_powers_taken_entry_by_entry(claim: str, verdict: str) -> None:
    assert sb.verify("3 -> 2 softmax", f"${claim}$", "tex", cost="cross-entropy", batch="s").verdict == verdict


@pytest.mark.parametrize(
    ("notation", "claim"),
    [
        ("slater", r"\frac{\partial C}{\partial z^{(1)}} = \frac{\partial C}{\partial r^{(1)}}"),
        ("bishop", r"\frac{\partial E}{\partial a^{(1)}} = \frac{\partial E}{\partial z^{(1)}}"),
        ("udl", r"\frac{\partial \ell}{\partial f_0} = \frac{\partial \ell}{\partial h_1}"),
    ],
)
def test_a_slope_left_out_before_a_dead_layer_needs_a_step_of_zero_in_any_notation(notation: str, claim: str) -> None:
    found = sb.verify("relu relu", f"${claim}$", "tex", notation=notation).claims[0]
    assert (found.verdict, found.assumption) == ("right-under-assumption", "Step(0) = 0")
    assert found.witness is not None
    assert found.witness.left != found.witness.right
