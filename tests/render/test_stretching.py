"""What is told of a layer that stands for many is what the derivation of every layer tells, letter by letter."""

from __future__ import annotations

import random

import pytest

import symbackprop as sb
from symbackprop.networks.deep import DeepNetwork
from symbackprop.networks.model import Network, Stretch
from symbackprop.render.equations import Equation, Listing, Section
from symbackprop.render.listing import tell
from symbackprop.render.markup import LATEX
from symbackprop.render.rows import Row
from symbackprop.render.stretching import Numbers, stretched
from symbackprop.tables.notations import NOTATIONS


def shown(pattern: str, format: str, **options: object) -> str:
    return sb.derive(pattern, **options).render(format)


def one_by_one(pattern: str, format: str, **options: object) -> str:
    """The same, the parameters all asked for by name, so that every layer is derived."""
    names = [q.name for q in sb.network(pattern, **options).parameters]  # type: ignore[arg-type]
    return sb.derive(pattern, wrt=names, **options).render(format)


@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_notation_spells_a_chain_as_layer_by_layer(notation: str) -> None:
    for format, pattern, show in (
        ("latex", "relu*105", "deltas"),
        ("text", "relu*105", "closed"),
        ("text", "tanh*60", "steps"),
        ("latex", "tanh*60", "steps"),
    ):
        options = {"notation": notation, "show": show, "update": "eta"}
        assert shown(pattern, format, **options) == one_by_one(pattern, format, **options)


def test_random_networks() -> None:
    rng = random.Random(7)
    for _ in range(12):
        width = rng.choice(["", "2", "n"])
        parts = [width] if width else []
        for _ in range(rng.randint(1, 2)):
            layer = f"{rng.choice(['relu', 'tanh', 'gelu', 'identity'])}*{rng.choice([1, 5, 61, 64])}"
            parts.append(f"{width} {layer}{rng.choice(['', ' bias'])}".strip())
        options = {
            "notation": rng.choice(list(NOTATIONS)),
            "show": rng.choice(["deltas", "steps", "closed"]),
            "form": rng.choice(["auto", "matrix"]) if width else "auto",
            "batch": rng.choice([None, "m", "5"]) if width else None,
            "l2": rng.choice([None, None, "lambda", "4200000"]),
            "update": rng.choice([None, "eta", "4200000"]),
        }
        pattern = (" -> " if width else " ").join(parts)
        format = rng.choice(["latex", "text", "markdown", "aligned"])
        assert shown(pattern, format, **options) == one_by_one(pattern, format, **options), (pattern, options, format)


def test_a_deep_network_is_written_when_it_is_looked_into() -> None:
    net = sb.network("relu*1000 bias")
    assert isinstance(net, DeepNetwork)
    short = net.shortened()
    assert short is not None
    assert len(short.network.parameters) < 60
    assert len(net.parameters) == 2000
    assert net.quantity("z1000") in net.quantities
    assert [d.quantity.name for d in net.definitions[-2:]] == ["U", "C"]
    assert net.cost is net.quantity("C")
    assert not hasattr(net, "anything_else")
    assert sb.network("relu relu").shortened() is None


def test_a_changed_network_is_told_layer_by_layer() -> None:
    from dataclasses import replace

    net = replace(sb.network("relu*100"), title="mine", _names={})
    assert isinstance(net, Network)
    assert net.shortened() is None
    assert "mine" in sb.derive(net, show="deltas").render("text")


def listing(*equations: tuple[int, str, str]) -> Listing:
    rows = tuple(Equation(f"z{number}", left, ((Row(right),),)) for number, left, right in equations)
    return Listing("", (Section("", rows),))


STRETCH = Stretch(20, 40, 4_200_000)
LAYERS = [*range(15, 20), *range(4_199_997, 4_200_004), *range(40, 45)]


def test_what_does_not_repeat_is_not_stretched() -> None:
    regular = listing(*((k, f"z_{{{k}}}", f"w_{{{k}}} {k - 1}") for k in LAYERS))
    found = stretched(regular, [STRETCH])
    assert found is not None
    assert [(e.name, e.left, e.rights[0][0].text) for e in found.sections[0].equations] == [
        (f"z{k}", f"z_{{{k}}}", f"w_{{{k}}} {k - 1}") for k in range(15, 45)
    ]
    constant = listing(*((k, f"z_{{{k}}}", "4200000 x") for k in LAYERS))
    assert stretched(constant, [STRETCH]) is None
    irregular = listing(*((k, f"z_{{{k}}}", f"{k % 2} x") for k in LAYERS))
    assert stretched(irregular, [STRETCH]) is None
    elsewhere = listing(*((k, f"z_{{{k}}}", "x") for k in LAYERS), (99, "C", "w_{4200001}"))
    assert stretched(elsewhere, [STRETCH]) is None


def test_numbers_are_spelled_as_they_stand() -> None:
    assert list(Numbers(4_200_000, [99, 100]).put_in("δ⁴²⁰⁰⁰⁰¹ w₄₁₉₉₉₉₉ 50% 14200000")) == [
        "δ¹⁰⁰ w₉₈ 50% 14200000",
        "δ¹⁰¹ w₉₉ 50% 14200000",
    ]


def test_a_thousand_layers_are_told_by_one() -> None:
    derivation = sb.derive("relu*1000", show="deltas")
    assert len(tell(derivation.plain, derivation.tellings[0], LATEX).sections[0].equations) == 2000
    assert "forms" not in vars(derivation.plain)
