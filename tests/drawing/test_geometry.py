"""Every picture is readable: no text covers another or a node, no line runs through a node, all of it is inside."""

from __future__ import annotations

import pytest

from symbackprop import api
from symbackprop.drawing.fitting import Area, area_of
from symbackprop.drawing.picture import Dots, Line, Node, Picture, Text
from symbackprop.drawing.routing import crosses
from symbackprop.tables.notations import NOTATIONS
from tests import gallery

NETWORKS = [
    "relu", "relu*3", "relu*100", "2 -> 3 tanh bias -> 1 sigmoid", "3 -> 3 relu -> 3 softmax", "2 -> 4 bias -> 2",
    "1 -> 6 -> 1", "5 -> 6 tanh bias -> 7", "n -> m relu bias -> p softmax", "784 -> 100 relu -> 10 softmax", "k relu bias",
]  # fmt: skip
WITH_NUMBERS = {
    "relu sigmoid": "x=2, W0=1/2, W1=-3, y=1",
    "2 -> 2 relu bias -> 1": "x=[1, -1/2], W0=[[1/2, -1/3], [2, 0.25]], b1=[1, 2], W1=[[1], [-1]], y=[3]",
}


def of(picture: Picture, kind: type) -> list:
    return [shape for shape in picture.shapes if isinstance(shape, kind)]


def smaller(area: Area, by: float) -> Area:
    return Area(area.left + by, area.top + by, area.right - by, area.bottom - by)


def core(node: Node) -> Area:
    """What of a node its round corners do not cut off."""
    return smaller(area_of(node), 0.2 * min(node.width, node.height))


def complaints(picture: Picture) -> list[str]:
    """What is wrong with where things stand."""
    texts, nodes, lines = of(picture, Text), of(picture, Node), of(picture, Line)
    areas = {text: smaller(area_of(text), 1.5) for text in texts}
    found = []
    for number, text in enumerate(texts):
        name, area = text.inscription.spoken, areas[text]
        found += [f"{name} on {t.inscription.spoken}" for t in texts[:number] if area.meets(areas[t])]
        for node in nodes:
            box = area_of(node)
            inside = (
                box.left <= area.left and area.right <= box.right and box.top <= area.top and area.bottom <= box.bottom
            )
            if area.meets(core(node)) and not inside:
                found.append(f"{name} on a node")
        if area.left < 0 or area.top < 0 or area.right > picture.width or area.bottom > picture.height:
            found.append(f"{name} is cut off")
    for line in lines:
        found += ["a line through a node" for node in nodes if crosses(line.points, core(node))]
    for one, other in ((a, b) for n, a in enumerate(nodes) for b in nodes[:n]):
        found += ["two nodes in one place"] if area_of(one).meets(area_of(other)) else []
    return found


@pytest.mark.parametrize("what", ["network", "graph"])
@pytest.mark.parametrize("pattern", NETWORKS)
def test_nothing_covers_anything_in_any_notation(pattern: str, what: str) -> None:
    for notation in NOTATIONS:
        assert complaints(api.draw(pattern, what, notation=notation).picture) == [], notation


@pytest.mark.parametrize("notation", ["slater", "ng_dls", "wikipedia_scalar"])
def test_ways_of_penalties_stay_on_the_side_of_the_weights(notation: str) -> None:
    picture = api.draw("leaky-relu identity elu elu softplus", "graph", notation=notation, l2="lambda").picture
    assert complaints(picture) == []
    corners = [point for line in of(picture, Line) if len(line.points) > 2 for point in line.points]
    cost = next(node for node in of(picture, Node) if node.kind == "cost")
    assert corners
    assert min(point.x for point in corners) >= cost.at.x


@pytest.mark.parametrize("what", ["network", "graph"])
@pytest.mark.parametrize("pattern", WITH_NUMBERS)
def test_nothing_covers_anything_with_numbers(pattern: str, what: str) -> None:
    assert complaints(api.draw(pattern, what, at=WITH_NUMBERS[pattern]).picture) == []


@pytest.mark.parametrize("what", ["network", "graph"])
@pytest.mark.parametrize("spec", [spec.stem for spec in gallery.specs()])
def test_nothing_covers_anything_in_the_gallery(spec: str, what: str) -> None:
    assert complaints(api.draw(spec, what).picture) == []


@pytest.mark.parametrize("pattern", ["relu", "relu*3", "relu*100", "2 -> 3 tanh bias -> 1", "k relu bias"])
def test_labels_of_a_graph_are_clear_of_all_lines(pattern: str) -> None:
    for notation in ("slater", "nielsen", "ng_dls", "goodfellow", "udl"):
        picture = api.draw(pattern, "graph", notation=notation).picture
        lines = of(picture, Line)
        areas = {text.inscription.spoken: smaller(area_of(text), 1.5) for text in of(picture, Text)}
        assert [name for name, area in areas.items() if any(crosses(line.points, area) for line in lines)] == []


def test_labels_of_weights_are_on_their_own_edge_in_the_order_of_the_edges() -> None:
    picture = api.draw("2 -> 3 tanh -> 1", notation="nielsen").picture
    first = [text for text in of(picture, Text) if text.inscription.spoken.startswith("w²")]
    names = [text.inscription.spoken for text in sorted(first, key=lambda text: text.at.y)]
    assert names == ["w²₁₁", "w²₂₁", "w²₃₁", "w²₁₂", "w²₂₂", "w²₃₂"]
    assert len({round(text.at.x) for text in first}) == 1


def test_what_is_wrong_is_seen() -> None:
    picture = api.draw("relu").picture
    text, node = of(picture, Text)[0], of(picture, Node)[0]
    moved = Picture("", "", picture.width, picture.height, (*picture.shapes, Text(node.at, text.inscription)))
    assert complaints(moved) != []


@pytest.mark.parametrize("pattern", ["relu*100", "relu*3000", "784 -> 100 relu*50 -> 10 softmax"])
def test_large_networks_stay_small_pictures(pattern: str) -> None:
    for what in ("network", "graph"):
        picture = api.draw(pattern, what, wrt="W0").picture
        assert len(of(picture, Dots)) >= 1
        assert len(picture.shapes) < 250
        assert picture.width < 1100
        assert picture.height < 1700
