"""Equations that are built for judging claims only: unknown labels, sums without brackets, indices summed unsaid."""

from __future__ import annotations

import pytest

from symbackprop.networks.forward import AuthoredNetwork
from symbackprop.networks.model import Network
from symbackprop.networks.spec import build, read_spec
from symbackprop.vocabulary.errors import InputError


def _spec(equations: str, **tables: str) -> str:
    return f"[forward]\nequations = '''{equations}'''\n" + "\n".join(f"{k} = {v}" for k, v in tables.items())


def _judged(spec: str) -> AuthoredNetwork:
    network = build(read_spec(spec), judging=True)
    assert isinstance(network, AuthoredNetwork)
    return network


SOFTMAX = r"p_k = \frac{e^{f_k}}{\sum_j e^{f_j}} \\ L = -\log p_"
CLASSES = '{ k = "K", j = "K" }'


@pytest.mark.parametrize(
    ("label", "last"), [("c", {"c": 1}), ("{y_i}", {"y[i]": 1}), (r"{\tilde y}", {"tilde.y": 1}), ("k", {"k": 1})]
)
def test_the_class_of_a_sample_is_the_first_one(label: str, last: dict[str, int]) -> None:
    indices = CLASSES.replace(" }", r""", '\tilde y' = "K", c = "K" }""")
    network = _judged(_spec(SOFTMAX + label, cost='"L"', indices=indices))
    assert network.last == last
    assert [q.name for q in network.leaves] == ["f"]


def test_entries_counted_from_zero_have_a_first_one_too() -> None:
    network = _judged(_spec(SOFTMAX + "c", cost='"L"', indices='{ k = "0..K-1", j = "0..K-1", c = "0..K-1" }'))
    assert network.last == {"c": 0}


def test_nothing_is_assumed_where_no_claims_are_judged() -> None:
    with pytest.raises(InputError) as raised:
        build(read_spec(_spec(SOFTMAX + "c", cost='"L"', indices='{ k = "K", j = "K", c = "K" }')))
    assert raised.value.code == "free-index"


def _same(left: Network, right: Network) -> bool:
    return [repr(d) for d in left.definitions] == [repr(d) for d in right.definitions]


def test_a_sum_reaches_over_the_terms_that_carry_its_index() -> None:
    without = r"C = -\frac1m \sum_{i=1}^m y_i \log p_i + (1 - y_i) \log(1 - p_i) + w"
    within = r"C = -\frac1m \sum_{i=1}^m (y_i \log p_i + (1 - y_i) \log(1 - p_i)) + w"
    assert _same(_judged(_spec(without)), _judged(_spec(within)))
    with pytest.raises(InputError) as raised:
        build(read_spec(_spec(without)))
    assert raised.value.code == "free-index"


def test_indices_that_occur_twice_are_summed() -> None:
    unsaid = r"z_j = w_{ij} x_i \\ C = \frac12 z_j z_j"
    said = r"z_j = \sum_i w_{ij} x_i \\ C = \frac12 \sum_j z_j z_j"
    network = _judged(_spec(unsaid))
    assert network.scene is not None
    assert network.scene.forward.einstein
    assert _same(network, _judged(_spec(said)))


SEVERAL = """
[forward.first]
equations = 'C = w x'

[forward.second]
equations = 'C = 2 w x'

[[claim]]
latex = 'a'
forward = "second"
"""


def test_several_networks_in_one_file() -> None:
    forwards = read_spec(SEVERAL).forwards()
    assert {name: str(build(spec).cost) for name, spec in forwards.items()} == {"first": "C", "second": "C"}
    assert forwards["second"].values["forward"] == {"equations": "C = 2 w x"}


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        (SEVERAL.replace('"second"', '"third"'), "unknown-network", "known: first, second"),
        (SEVERAL.replace("forward =", "forwrad ="), "unknown-key", "did you mean forward?"),
        (SEVERAL + "layout = 'left'", "unknown-layout", "known: numerator, denominator"),
        (SEVERAL + "lhs = 3", "bad-value", ""),
    ],
)
def test_a_claim_with_a_key_that_is_wrong(text: str, code: str, hint: str) -> None:
    with pytest.raises(InputError) as raised:
        read_spec(text)
    assert raised.value.code == code
    assert hint in (raised.value.hint or "")


def test_which_of_several_networks_has_to_be_said() -> None:
    with pytest.raises(InputError) as raised:
        build(read_spec(SEVERAL))
    assert (raised.value.code, raised.value.hint) == ("which-network", "one of first, second")
