"""The computation graph: what is made of what, and that its partials are the slopes that differences measure."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import pytest

from symbackprop import api
from symbackprop.drawing.picture import Text
from symbackprop.tables.notations import NOTATIONS
from symbackprop.vocabulary.errors import InputError


def said(network: str, tone: str, **options: object) -> list[str]:
    """The inscriptions of one tone in a graph."""
    shapes = api.draw(network, "graph", **options).picture.shapes
    return [s.inscription.spoken for s in shapes if isinstance(s, Text) and s.tone == tone]


def test_a_chain() -> None:
    assert sorted(said("relu", "backward")) == sorted(
        [
            "∂C/∂W⁽⁰⁾", "∂C/∂z⁽¹⁾", "∂C/∂r⁽¹⁾", "∂C/∂U",
            "∂z⁽¹⁾/∂W⁽⁰⁾ = x", "∂r⁽¹⁾/∂z⁽¹⁾ = Step(z⁽¹⁾)", "∂U/∂r⁽¹⁾ = -1", "∂C/∂U = U",
        ]
    )  # fmt: skip
    assert sorted(said("relu", "forward")) == sorted(["W⁽⁰⁾ x", "ReLU(z⁽¹⁾)", "y - r⁽¹⁾", "1/2 (y - r⁽¹⁾)²"])


def test_a_connection_that_skips_a_layer_has_a_partial_of_its_own() -> None:
    found = said("residual", "backward")
    assert "∂z⁽²⁾ᵢ/∂xᵢ = 1" in found
    assert "∂z⁽²⁾ⱼ/∂a⁽¹⁾ᵢ = W⁽²⁾ⱼᵢ" in found or "∂z⁽²⁾ᵢ/∂a⁽¹⁾ⱼ = W⁽²⁾ᵢⱼ" in found


def test_a_weight_that_is_used_twice_has_a_partial_for_each_use() -> None:
    assert {"∂z₁/∂w = x₁", "∂z₂/∂w = x₂"} < set(said("recurrence", "backward"))


def test_only_the_way_back_to_the_target_is_shown() -> None:
    found = said("relu relu relu", "backward", wrt="W2")
    assert "∂C/∂W⁽²⁾" in found
    assert not any("⁽¹⁾" in text for text in found)


@pytest.mark.parametrize("notation", NOTATIONS)
def test_errors_are_called_what_the_notation_calls_them(notation: str) -> None:
    found = said("relu", "backward", notation=notation)
    letter = {"δ": "δ", "d": "d"}.get(NOTATIONS[notation].gradient[:1], "")
    assert all("/" in text or "∇" in text or "δ" in text or "d" in text for text in found), letter
    assert len(set(found)) == len(found)


def number(text: str) -> float:
    return float(Fraction(text.replace("−", "-")))


def ends(texts: list[str]) -> dict[str, float]:
    """The number at the end of every inscription that has one, by what it is the derivative of."""
    found = {}
    for text in texts:
        name, *_, last = text.split(" = ")
        if re.fullmatch(r"-?[\d./]+", last):
            found[name] = number(last)
    return found


def test_numbers_are_what_differences_say() -> None:
    x, w0, w1, y = 0.7, 1.3, -0.4, 0.25

    def cost(w0: float, w1: float) -> float:
        return 0.5 * (y - 1 / (1 + math.exp(-w1 * math.tanh(w0 * x)))) ** 2

    found = ends(said("tanh sigmoid", "backward", at=f"x={x}, W0={w0}, W1={w1}, y={y}"))
    h = 1e-5
    by_w0 = (cost(w0 + h, w1) - cost(w0 - h, w1)) / (2 * h)
    by_w1 = (cost(w0, w1 + h) - cost(w0, w1 - h)) / (2 * h)
    assert found["∂C/∂W⁽⁰⁾"] == pytest.approx(by_w0, rel=1e-4)
    assert found["∂C/∂W⁽¹⁾"] == pytest.approx(by_w1, rel=1e-4)
    chain = ["∂C/∂U", "∂U/∂r⁽²⁾", "∂r⁽²⁾/∂z⁽²⁾", "∂z⁽²⁾/∂r⁽¹⁾", "∂r⁽¹⁾/∂z⁽¹⁾", "∂z⁽¹⁾/∂W⁽⁰⁾"]
    assert math.prod(found[name] for name in chain) == pytest.approx(by_w0, rel=1e-4)


def test_the_picture_in_words_has_every_node_and_partial() -> None:
    words = api.draw("relu", "graph").picture.description
    assert words.startswith("From top to bottom: z⁽¹⁾ from W⁽⁰⁾, x; r⁽¹⁾ from z⁽¹⁾; U from ")
    assert "∂r⁽¹⁾/∂z⁽¹⁾ = Step(z⁽¹⁾)" in words
    assert "steps in the middle are left out" in api.draw("relu*100", "graph").picture.description


def test_a_graph_that_is_too_wide_is_refused(tmp_path) -> None:
    names = [f"w_{{{n}}}" for n in range(130)]
    total = " + ".join(names)
    spec = tmp_path / "wide.toml"
    spec.write_text(f"[forward]\nequations = '''\n  s = {total} \\\\\\\\\n  C = s^2\n'''\n", "utf-8")
    with pytest.raises(InputError) as error:
        api.draw(str(spec), "graph")
    assert "too-large-to-draw" in str(error.value)
