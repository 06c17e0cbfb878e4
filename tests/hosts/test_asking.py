"""What a command and its fields ask for, the same in every host."""

from __future__ import annotations

import pytest

from symbackprop.cli.orders import PLACES, options
from symbackprop.hosts.asking import asked, told
from symbackprop.vocabulary.errors import InputError


@pytest.mark.parametrize(
    ("typed", "fields", "network", "wrt"),
    [
        ("", {}, "relu", ()),
        ("2 -> 3 tanh -> 1", {}, "2 -> 3 tanh -> 1", ()),
        ("2 -> 3 tanh --wrt W0 --wrt b1", {}, "2 -> 3 tanh", ("W0", "b1")),
        ('"2 -> 3 tanh" --wrt W0', {}, "2 -> 3 tanh", ("W0",)),
        ("n ->\n  m relu", {"wrt": "W0, b1\nW1"}, "n -> m relu", ("W0", "b1", "W1")),
        ("--wrt W0 relu", {}, "relu", ("W0",)),
        ("k", {"wrt": "z(k+1), r(k)"}, "k", ("z(k+1)", "r(k)")),
    ],
)
def test_patterns_need_no_quotes_and_fields_hold_several_values(
    typed: str, fields: dict[str, str], network: str, wrt: tuple[str, ...]
) -> None:
    values = asked("derive", typed, "directive", fields).order.values
    assert (values["network"], values["wrt"]) == (network, wrt)


def test_the_names_of_an_author_may_hold_commas_and_dashes() -> None:
    order = asked("verify", "relu", "directive", {"name": r"w_{1,2} = W0, -\beta = x", "assume": "x > 0"}).order
    assert order.values["names"] == ("w_{1,2} = W0", r"-\beta = x")
    assert order.values["assume"] == ("x > 0",)


@pytest.mark.parametrize("where", PLACES)
def test_every_place_has_the_options_of_the_command_line_but_none_that_writes(where: str) -> None:
    derive = options("derive", where)
    assert {"wrt", "form", "show", "outer", "substitute", "step-at-zero", "cost", "notation", "at"} <= derive.keys()
    assert "output" not in derive
    assert {"assume", "name", "notation", "step-at-zero"} <= options("verify", where).keys()


@pytest.mark.parametrize(
    ("typed", "fields", "caret"),
    [
        ("2 -> 3 rleu", {}, "  derive '2 -> 3 rleu'\n                 ^^^^"),
        ("relu --form sclar", {}, "  derive relu --form sclar\n"),
        ("relu", {"at": "W0=1, x=q"}, "  derive relu --at='W0=1, x=q'\n"),
        ('"relu', {}, '  derive "relu\n         ^^^^^'),
    ],
)
def test_what_is_wrong_is_shown_in_the_command(typed: str, fields: dict[str, str], caret: str) -> None:
    from pathlib import Path

    with pytest.raises(InputError) as raised:
        asked("derive", typed, "directive", fields).derivation(Path())
    assert caret in told(raised.value)
