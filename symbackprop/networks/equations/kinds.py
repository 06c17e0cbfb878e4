r"""What every quantity of an author's equations is: weight, bias, input, target, pre-activation, activation, cost.

Nobody says so, hence these rules, in this order.

- What the spec lists in ``wrt`` or ``parameters`` and nothing defines is a *weight*, unless it is named like a bias.
- A leaf with the name of a weight (W, w, V, v, U, \Theta, \theta, \omega, \gamma, a word beginning with W or w and a
  digit) is a weight; one named b or \beta a bias, one named c where it stands as a term of a sum.
- V beside leaves Q and K is an input as they are.
- A leaf named y, t or d (any accent, any case but D) that stands only where no pre-activation or activation is
  defined is the *target*.
- A scalar leaf with the name of a rate or a count (\lambda, \eta, \alpha, \epsilon, \rho, n, m, N, ...) is a
  *hyperparameter*, a symbol that nothing is differentiated by.
- Any other leaf is an *input*.
- What is defined by applying an activation (of the tables, unspecified, or softmax) is an *activation*; what an
  activation is applied to is a *pre-activation*; the cost is the *cost*; anything else is *auxiliary*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence

from symbackprop.networks.equations.names import Key
from symbackprop.networks.equations.trees import parts_of
from symbackprop.reading.tree import Add, Neg, Node, Sym
from symbackprop.vocabulary.quantities import Kind

WEIGHTS = frozenset("W w V v U Theta theta vartheta omega Omega gamma Gamma weight weights".split())
BIASES = frozenset("b B beta bias".split())
TERMS = frozenset("c".split())
TARGETS = frozenset("y Y t T d".split())
RATES = frozenset("lambda eta alpha epsilon varepsilon rho tau kappa mu lamda".split())
COUNTS = frozenset("n m N M K".split())


def classified(
    leaves: Mapping[Key, bool],
    rows: Sequence[tuple[Key, Node]],
    cost: Key,
    parameters: Collection[Key],
    key_of: Callable[[Sym], Key],
    activated: Callable[[Node], Node | None],
) -> dict[Key, Kind | None]:
    """The kind of every quantity, None for a hyperparameter.

    ``leaves`` says of each leaf whether it is a scalar; ``activated`` what a node applies an
    activation to, None if it does not.
    """
    found: dict[Key, Kind | None] = {}
    nodes = [(key, node) for key, right in rows for node in _all(right)]
    for key, right in rows:
        found[key] = "auxiliary" if activated(right) is None else "activation"
    for _, node in nodes:
        argument = activated(node)
        if isinstance(argument, Sym) and found.get(key_of(argument)) == "auxiliary":
            found[key_of(argument)] = "pre-activation"
    inner = {key for key, kind in found.items() if kind in ("pre-activation", "activation")} - {cost}
    used_inside = {key_of(node) for key, node in nodes if isinstance(node, Sym) and key in inner}
    summands = [_unsigned(term) for _, node in nodes if isinstance(node, Add) for term in node.terms]
    terms = {key_of(term) for term in summands if isinstance(term, Sym)}
    found[cost] = "cost"
    attention = {"Q", "K", "V"} <= {key.base for key in leaves}
    for key, scalar in leaves.items():
        if attention and key.base == "V" and key not in parameters:
            found[key] = "input"
            continue
        found[key] = _leaf(key, scalar, key in parameters, key in terms, key in used_inside)
    return found


def _leaf(key: Key, scalar: bool, listed: bool, term: bool, inside: bool) -> Kind | None:
    base = key.base.rstrip("'")
    if base in BIASES or (base in TERMS and term):
        return "bias"
    if listed or (not key.accent or key.accent == "vec") and (base in WEIGHTS or re.fullmatch(r"[Ww]\d+", base)):
        return "weight"
    if base in TARGETS and not inside:
        return "target"
    if scalar and (base in RATES or base in COUNTS) and not key.accent:
        return None
    return "input"


def is_fixed(name: Sym, listed: bool) -> bool:
    """Whether a leaf is the same for all samples, by its name: a parameter, a rate or a count."""
    kind = _leaf(Key(name.accent, name.base), not name.indices, listed, False, True)
    return kind in ("weight", "bias", None)


def _unsigned(node: Node) -> Node:
    return node.body if isinstance(node, Neg) else node


def _all(node: Node) -> list[Node]:
    found, todo = [], [node]
    while todo:
        at = todo.pop()
        found.append(at)
        todo.extend(parts_of(at))
    return found
