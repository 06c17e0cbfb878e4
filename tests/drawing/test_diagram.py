"""The diagram of a network: which layers, units and weights it shows, and what it calls them."""

from __future__ import annotations

import pytest

from symbackprop import api
from symbackprop.drawing.picture import Dots, Text
from symbackprop.vocabulary.errors import InputError


def said(pattern: str, **options: object) -> set[str]:
    """The inscriptions of a diagram, as plain text."""
    picture = api.draw(pattern, **options).picture
    return {shape.inscription.spoken for shape in picture.shapes if isinstance(shape, Text)}


DESCRIPTIONS = {
    "relu": "From left to right: one input x; weights W⁽⁰⁾ to one unit r⁽¹⁾; and the cost.",
    "2 -> 3 tanh bias -> 1": "From left to right: 2 inputs x; weights W⁽⁰⁾ and biases b⁽¹⁾ to 3 units r⁽¹⁾; "
    "weights W⁽¹⁾ to one unit r⁽²⁾; and the cost.",
    "n -> m relu": "From left to right: n inputs x; weights W⁽⁰⁾ to m units r⁽¹⁾; and the cost.",
    "relu*9": "From left to right: one input x; weights W⁽⁰⁾ to one unit r⁽¹⁾; weights W⁽¹⁾ to one unit r⁽²⁾; "
    "5 more layers; weights W⁽⁷⁾ to one unit r⁽⁸⁾; weights W⁽⁸⁾ to one unit r⁽⁹⁾; and the cost.",
}


@pytest.mark.parametrize("pattern", DESCRIPTIONS)
def test_the_picture_in_words(pattern: str) -> None:
    assert api.draw(pattern).picture.description == DESCRIPTIONS[pattern]


def test_everything_of_a_small_network_is_named() -> None:
    names = said("2 -> 2 tanh bias -> 1 sigmoid")
    assert {"x₁", "x₂", "r⁽¹⁾₁", "r⁽¹⁾₂", "r⁽²⁾₁", "C", "y₁", "b⁽¹⁾₁", "b⁽¹⁾₂"} < names
    assert {f"W⁽⁰⁾{ij}" for ij in ("₁₁", "₁₂", "₂₁", "₂₂")} | {"W⁽¹⁾₁₁", "W⁽¹⁾₂₁"} < names
    assert {"tanh", "σ", "ŷ = r⁽²⁾", "input", "hidden, layer 1", "output, layer 2", "cost"} < names


def test_weights_carry_the_indices_of_the_notation() -> None:
    assert "W⁽⁰⁾₁₂" in said("1 -> 2")
    assert "w²₂₁" in said("1 -> 2", notation="nielsen")
    assert {"Θ⁽¹⁾₂₁", "a⁽²⁾₂", "output, layer 2"} < said("1 -> 2", notation="ng_ml2011")


def test_of_many_units_the_first_and_the_last_are_shown() -> None:
    names = said("784 -> 100 relu -> 10 softmax")
    assert {"x₁", "x₂", "x₃", "x₇₈₄", "r⁽¹⁾₁₀₀", "784 units", "W⁽⁰⁾", "784 × 100", "softmax", "10 units"} < names
    assert "x₄" not in names
    symbolic = said("n -> m relu")
    assert {"x₁", "x₂", "xₙ", "r⁽¹⁾ₘ", "n units", "W⁽⁰⁾", "n × m"} < symbolic


def test_a_layer_has_as_many_dots_as_layers_are_left_out() -> None:
    dots = [s for s in api.draw("n -> m relu*9 -> p").picture.shapes if isinstance(s, Dots)]
    assert sorted(d.upright for d in dots) == [False, True, True, True, True, True]


def test_numbers_stand_in_units_and_on_edges() -> None:
    names = said("relu relu", at="x=2, W0=1/2, W1=-3, y=1")
    assert {"W⁽⁰⁾ = 1/2", "W⁽¹⁾ = -3", "y = 1", "2", "1", "0", "1/2"} < names


def test_a_batch_shows_one_sample() -> None:
    assert {"xₛ₁", "r⁽¹⁾ₛ₂", "W⁽⁰⁾₁₂"} < said("1 -> 2 relu", batch="m")


def test_a_network_that_is_not_layers_in_a_row_is_drawn_as_its_graph() -> None:
    for spec in ("residual", "tied-weight", "recurrence"):
        assert api.draw(spec).picture.title.startswith("The computation graph of")
    assert api.draw("logistic-regression").picture.title.startswith("The network")


def test_unknown_subjects_are_refused() -> None:
    with pytest.raises(InputError, match="did you mean graph"):
        api.draw("relu", "grahp")
    with pytest.raises(InputError, match="there is no format 'png'"):
        api.draw("relu").render("png")
