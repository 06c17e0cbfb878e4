"""What two notations cannot both express is said where they stand side by side, and only there."""

from __future__ import annotations

from html import escape
from itertools import combinations

import pytest

from symbackprop import api
from symbackprop.tables.notations import NOTATIONS


def said(notations: tuple[str, ...], network: str = "2 -> 3 relu bias -> 2", **options: object) -> list[set[str]]:
    """What the section on notation says in every column."""
    spec = api.with_options(api.spec_of(network), options)
    text = api.derive_spec(spec, notations=notations).render("text")
    found = []
    for part in text.split("Notation\n")[1:]:
        found.append({line.strip() for line in part.split("\n\n")[0].splitlines()})
    return found


def test_nothing_is_said_of_one_notation_or_of_two_that_agree() -> None:
    for name in NOTATIONS:
        assert said((name,)) == []
    assert said(("slater", "slater")) == []


def test_layers_and_errors() -> None:
    nielsen, ng = said(("nielsen", "ng_dls"))
    assert "The inputs are layer 1; from there w² leads to z²." in nielsen
    assert "The inputs are layer 0; from there W^[1] leads to z^[1]." in ng
    assert "δ² stands for ∂C/∂z²." in nielsen
    assert "dz^[1] stands for ∂J/∂z^[1]." in ng


def test_which_index_is_the_source_and_what_a_row_is() -> None:
    slater, nielsen = said(("slater", "nielsen"))
    assert any(line.startswith("W⁽⁰⁾ᵢⱼ is the weight from unit i to unit j;") for line in slater)
    assert any(line.startswith("w²ⱼᵢ is the weight from unit i to unit j;") for line in nielsen)
    rows = [line for column in (slater, nielsen) for line in column if "has a row for every" in line]
    assert ["source" in rows[0], "target" in rows[1]] == [True, True]


def test_where_the_share_of_a_sample_stands() -> None:
    nielsen, ng = said(("nielsen", "ng_dls"), batch="m")
    assert "The 1/m of a batch is part of every derivative of the cost." in nielsen
    assert any(line.startswith("The book leaves the 1/m of a batch out of its errors") for line in ng)
    assert not any("1/m" in line for column in said(("nielsen", "ng_dls")) for line in column)


def test_what_a_book_has_in_another_way() -> None:
    nielsen, bishop = said(("nielsen", "bishop"), batch="m")
    assert "A bias has a letter of its own, b²." in nielsen
    assert "The book counts a bias among the weights, from an input that is always 1; here it is b⁽¹⁾." in bishop
    assert "The book adds the costs of the samples up; here their mean is taken." in bishop
    assert not any("bias" in line for column in said(("nielsen", "bishop"), "2 -> 1") for line in column)


def test_step_at_zero_is_the_first_notations() -> None:
    slater, ng = said(("slater", "ng_dls"))
    assert "Step(0) is 1 in this notation." in slater
    assert "Step(0) is 0 in this notation, but 1 in every formula here." in ng


@pytest.mark.parametrize("pair", list(combinations(NOTATIONS, 2))[::7])
def test_any_two_notations_stand_side_by_side(pair: tuple[str, str]) -> None:
    spec = api.with_options(api.spec_of("2 -> 3 relu bias -> 2"), {"batch": "m", "form": "matrix"})
    page = api.derive_spec(spec, notations=pair).render("html")
    assert all(escape(NOTATIONS[name].title) in page for name in pair)
    columns = said(pair, batch="m")
    assert len(columns) in (0, 2)
    assert not set.intersection(*columns) if columns else True
