"""Right derivations as they are printed, and mistakes planted in them.

A plant is a claim with the mistakes that were made on purpose. Whether it really differs from the truth is for the
oracle to say, which knows nothing of the judge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random

from symbackprop import api
from symbackprop.judge.dressed import Dressed
from symbackprop.networks.equations.trees import rebuilt
from symbackprop.networks.spec import notation_of
from symbackprop.reading import read
from symbackprop.reading import tree as t
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Node, Sym
from tests.judge.oracle import KNOWN, Layer, Net, Outside, Reader, World, _plain, free_letters, inner, worlds
from tests.judge.oracle import names as all_names

NOTATIONS = "slater nielsen ng_dls goodfellow cs231n_notes bishop udl mit_6036 d2l_mlp cs229_2018 d2l_backprop".split()
SMOOTH = "sigmoid tanh softplus silu gelu gelu-tanh elu".split()
ACTIVATIONS = ["relu"] * 6 + ["leaky-relu", "identity", "f", "f"] + SMOOTH
MOST_CLAIMS, LARGEST = 14, 120
SQUARES = ["half-squared"] * 4 + ["squared", "mse", "absolute", "huber"]


def random_net(rng: Random) -> Net:
    """A network of any kind that a pattern can say."""
    kind = rng.choice(["chain", "chain", "dense", "dense", "symbolic", "general"])
    if kind == "general":
        return Net((Layer(rng.choice(ACTIVATIONS), None, rng.random() < 0.5),), general=True)
    count = rng.choice((1, 2, 2, 3, 3, 4, 5) if kind == "chain" else (1, 2, 2, 3))
    widths: list = [None] * (count + 1)
    if kind == "dense":
        widths = [rng.choice((1, 2, 2, 3)) for _ in widths]
    if kind == "symbolic":
        widths = list("nmpq"[: count + 1])
    activations = [rng.choice(ACTIVATIONS) for _ in range(count)]
    cost = rng.choice(SQUARES)
    last = rng.random()
    if last < 0.25 and kind != "chain":
        activations[-1] = "softmax"
        cost = rng.choice(("half-squared", "cross-entropy", "cross-entropy"))
    elif last < 0.45:
        activations[-1], cost = "sigmoid", rng.choice(("half-squared", "binary-cross-entropy"))
    elif last < 0.5:
        activations[-1], cost = "identity", "binary-cross-entropy-logits"
    layers = tuple(Layer(a, w, rng.random() < 0.4) for a, w in zip(activations, widths[1:], strict=True))
    batch = rng.choice((None, None, None, 3, "s")) if kind != "symbolic" else rng.choice((None, None, "s"))
    return Net(layers, widths[0], cost, batch, l2=rng.random() < 0.15)


class Sheet:
    """A derivation as it is printed in a notation, read again: right claims about one network."""

    def __init__(self, net: Net, notation: str, form: str = "auto", seed: int = 0) -> None:
        self.net, self.name, self.form, self.seed = net, notation, form, seed
        self.notation = notation_of(notation)
        derived = api.derive(net.pattern, notation=notation, form=form, **net.options)
        self.network = derived.network
        self.subject = Dressed(self.network, self.notation)
        self.reader = Reader(net, self.notation)
        self.text = derived.render("aligned")
        self.errors: list[str] = []

    def blocks(self) -> Iterator[str]:
        """The parts of the text that differentiate."""
        for block in re.findall(r"\\begin\{aligned\}.*?\\end\{aligned\}", self.text, re.S):
            block = re.sub(r"\\quad \\cdot", r"\\cdot", block)
            if not re.search(r"\\mathrm\{\w+\}'?\(z\) &=|^  \S+'?\(z\) &=", block) and re.search(
                r"partial|nabla| d[\\A-Za-z]", block
            ):
                yield block

    @cached_property
    def rows(self) -> list[t.Chain]:
        """The printed equations about derivatives."""
        found = []
        for block in self.blocks():
            reading = read(block, self.subject.table)
            self.errors += [
                f"{self.net.pattern!r} {self.net.options} {self.name} {self.form}: {e}" for e in reading.errors
            ]
            found += [row.tree for row in reading.rows if isinstance(row.tree, t.Chain)]
        return found

    @cached_property
    def worlds(self) -> list[World]:
        """Where formulas are compared."""
        return worlds(self.net, float(self.network.step_at_zero), self.seed)

    @cached_property
    def claims(self) -> list[tuple[Node, Node]]:
        """Left and right sides that the oracle understands, and finds equal."""
        sides = [(row.first, right) for row in self.rows for _, right in row.links if size(right) <= LARGEST]
        Random(self.seed).shuffle(sides)
        found = []
        for left, right in sides[: 2 * MOST_CLAIMS]:
            try:
                if all(self.reader.equal(left, right, world) for world in self.worlds[:4]):
                    found.append((left, right))
            except Outside:
                continue
        return found[:MOST_CLAIMS]

    def differs(self, left: Node, right: Node) -> bool:
        """Whether two formulas differ anywhere; raises :class:`Outside` where that cannot be told."""
        return any(not self.reader.equal(left, right, world) for world in self.worlds)

    # what a formula is made of

    def quantity(self, node: Node) -> str | None:
        """The canonical name of a name, None for anything else."""
        if not isinstance(node, Sym):
            return None
        try:
            return None if self.reader.gradient_of(node) else self.reader.quantity(node)
        except Outside:
            return None

    def by(self, left: Node) -> str | None:
        """What a left side differentiates the cost by."""
        if isinstance(left, Sym):
            try:
                return self.reader.gradient_of(left)
            except Outside:
                return None
        by = left.by[0] if isinstance(left, t.Deriv) else left.by if isinstance(left, t.Grad) else None
        return self.quantity(by) if by is not None else None

    def activation(self, quantity: str) -> str:
        """The activation of the layer of a quantity, empty for the input."""
        if self.net.general:
            return self.net.layers[0].activation
        number = int(quantity[1:]) if quantity[1:].isdigit() else 0
        return self.net.layers[number - 1].activation if number else ""

    def is_slope(self, node: Node) -> bool:
        """Whether a node is the slope of an activation."""
        if isinstance(node, t.Indicator):
            return True
        if isinstance(node, t.Deriv) and len(node.by) == 1:
            of, by = self.quantity(node.of), self.quantity(node.by[0])
            return bool(of and by and of[0] == "r" and by[0] == "z" and of[1:] == by[1:])
        if not isinstance(node, t.App) or _plain(node.function.base) == "diag":
            return isinstance(node, t.App) and self.is_slope(node.arguments[0])
        return node.function.primes > 0 or KNOWN.get(_plain(node.function.base)) == "step"

    def is_upstream(self, node: Node) -> bool:
        """Whether a node is a derivative of the cost."""
        if isinstance(node, Sym):
            return self.by(node) is not None
        return isinstance(node, t.Deriv | t.Grad) and self.quantity(node.of) == "C"

    def like(self, name: Sym, quantity: str) -> Sym | None:
        """A name of the same sort for another quantity."""
        n, family = self.notation, quantity[0]
        letter = {"z": n.z, "r": n.r, "W": n.W, "b": n.b, "x": n.x, "y": n.y}.get(family)
        if letter is None or "^" in letter or "_" in letter:
            return None
        tree = read(letter + self._label(quantity), self.subject.table)
        if tree.errors or not isinstance(tree.rows[0].tree, Sym):
            return None
        return replace(tree.rows[0].tree, indices=name.indices)

    def _label(self, quantity: str) -> str:
        number = quantity[1:]
        if not number.isdigit():
            return ""
        n = self.notation
        shift = {"z": n.z_shift, "r": n.r_shift, "W": n.W_shift, "b": n.b_shift}[quantity[0]]
        number = str(int(number) + shift)
        return {
            "paren": f"^{{({number})}}",
            "bracket": f"^{{[{number}]}}",
            "bare": f"^{{{number}}}",
            "subscript": f"_{{{number}}}",
        }[n.label]

    def is_matrix(self, node: Node) -> bool:
        """Whether a node is surely a matrix or vector."""
        if not isinstance(node, Sym):
            return (
                not isinstance(node, t.Num | t.Div)
                and any(self.is_matrix(p) for p in inner(node))
                and not free_letters(node)
            )
        quantity = self.quantity(node) or self.by(node)
        return bool(quantity and self.net.axes()[quantity] and not node.indices)


@dataclass(frozen=True)
class Plant:
    """A claim with mistakes made on purpose."""

    sheet: Sheet
    left: Node
    right: Node
    mistakes: frozenset[str]


Choice = tuple[Node, Node]
"""A left and a right side."""


def all_nodes(tree: Node) -> Iterator[Node]:
    """Every node of a formula; a derivative is one node."""
    yield tree
    if isinstance(tree, t.Deriv | t.Grad):
        return
    for part in inner(tree):
        yield from all_nodes(part)


def size(tree: Node) -> int:
    """The number of nodes of a formula."""
    return sum(1 for _ in all_nodes(tree))


def put(tree: Node, old: Node, new: Node) -> Node:
    """The tree with one node replaced."""
    return rebuilt(tree, lambda node: new if node is old else None)


def without(node: t.Mul | t.Had, k: int) -> Node:
    """A product without one of its factors."""
    factors = (*node.factors[:k], *node.factors[k + 1 :])
    if len(factors) == 1:
        return factors[0]
    return t.Had(factors) if isinstance(node, t.Had) else t.Mul(factors, ("",) * (len(factors) - 1))


def mul(*factors: Node) -> Node:
    """A product."""
    return t.Mul(factors, ("",) * (len(factors) - 1))


def sign(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    yield left, right.body if isinstance(right, t.Neg) else t.Neg(right)
    for node in all_nodes(right):
        if isinstance(node, t.Add):
            for k, term in enumerate(node.terms):
                other = term.body if isinstance(term, t.Neg) else t.Neg(term)
                yield left, put(right, node, t.Add((*node.terms[:k], other, *node.terms[k + 1 :])))


def slope_dropped(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    for node in all_nodes(right):
        if isinstance(node, t.Mul | t.Had):
            for k, factor in enumerate(node.factors):
                if s.is_slope(factor):
                    yield left, put(right, node, without(node, k))


def slope_at_wrong_point(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    for node in all_nodes(right):
        if (
            isinstance(node, t.App)
            and s.is_slope(node)
            and _plain(node.function.base) != "diag"
            and isinstance(node.arguments[0], Sym)
        ):
            argument = node.arguments[0]
            quantity = s.quantity(argument)
            if quantity and quantity[0] == "z" and not s.net.general:
                axes = s.net.axes()
                for other in [
                    f"r{quantity[1:]}",
                    *(z for z in axes if z[0] == "z" and z != quantity and len(axes[z]) == len(axes[quantity])),
                ]:
                    new = s.like(argument, other)
                    if new is not None and not (other[0] == "r" and s.activation(other) in ("relu", "leaky-relu")):
                        yield left, put(right, node, replace(node, arguments=(new,)))


def relu_as_identity(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    for node in all_nodes(right):
        if isinstance(node, t.App) and not node.function.primes and KNOWN.get(_plain(node.function.base)) == "relu":
            yield left, put(right, node, node.arguments[0])


def transpose(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    for node in all_nodes(right):
        if isinstance(node, t.Transpose):
            yield left, put(right, node, node.body)
        if (
            isinstance(node, Sym)
            and (quantity := s.quantity(node))
            and len(s.net.axes()[quantity]) == 2
            and not node.indices
        ):
            yield left, put(right, node, t.Transpose(node))
        if isinstance(node, t.Mul):
            for k in range(len(node.factors) - 1):
                one, two = node.factors[k : k + 2]
                if s.is_matrix(one) and s.is_matrix(two):
                    yield (
                        left,
                        put(right, node, replace(node, factors=(*node.factors[:k], two, one, *node.factors[k + 2 :]))),
                    )


def hadamard_for_product(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    for node in all_nodes(right):
        if isinstance(node, t.Had) and len(node.factors) == 2:
            yield left, put(right, node, mul(*node.factors))
        if isinstance(node, t.Mul):
            for k in range(len(node.factors) - 1):
                one, two = node.factors[k : k + 2]
                if s.is_matrix(one) and s.is_matrix(two):
                    rest = (*node.factors[:k], t.Had((one, two)), *node.factors[k + 2 :])
                    yield left, put(right, node, mul(*rest) if len(rest) > 1 else rest[0])


def sum_dropped(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    for node in all_nodes(right):
        if isinstance(node, t.Sum) and not _about_samples_of_bias(s, left, node):
            yield left, put(right, node, node.body)


def bias_not_summed(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    for node in all_nodes(right):
        if isinstance(node, t.Sum) and _about_samples_of_bias(s, left, node):
            yield left, put(right, node, node.body)
        if isinstance(node, t.Mul) and (s.by(left) or "?")[0] == "b":
            names = [factor.body if isinstance(factor, t.Transpose) else factor for factor in node.factors]
            repeated = any(isinstance(n, Sym) and (s.quantity(n) or "").startswith("b") for n in names)  # b 1^T: no sum
            for k, body in enumerate(names):
                if isinstance(body, Sym) and body.base == "1" and not repeated:
                    yield left, put(right, node, without(node, k))


def _about_samples_of_bias(s: Sheet, left: Node, node: t.Sum) -> bool:
    if (s.by(left) or "?")[0] != "b" or s.net.batch is None or len(node.ranges) != 1:
        return False
    letter, axes = compact(node.ranges[0].index), s.net.axes()
    for name in all_names(node.body):
        quantity = s.quantity(name) or s.by(name)
        if quantity and name.indices and compact(name.indices[0]) == letter and axes[quantity][:1] == (s.net.batch,):
            return True
    return False


def path_dropped(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    if (s.by(left) or "?")[0] == "e" and isinstance(right, t.Add):
        for k in range(len(right.terms)):
            rest = (*right.terms[:k], *right.terms[k + 1 :])
            yield left, t.Add(rest) if len(rest) > 1 else rest[0]


def regulariser_dropped(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    for node in all_nodes(right):
        if isinstance(node, t.Add) and (s.by(left) or "?")[0] == "W":
            for k, term in enumerate(node.terms):
                if any(isinstance(n, Sym) and n.base == "lambda" for n in all_nodes(term)):
                    rest = (*node.terms[:k], *node.terms[k + 1 :])
                    yield left, put(right, node, t.Add(rest) if len(rest) > 1 else rest[0])


def index_swap(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    letters = list(dict.fromkeys(compact(i) for n in all_nodes(right) if isinstance(n, Sym) for i in n.indices))
    for node in all_nodes(right):
        if not isinstance(node, Sym) or not node.indices:
            continue
        if len(node.indices) == 2:
            yield left, put(right, node, replace(node, indices=node.indices[::-1]))
        for k, script in enumerate(node.indices):
            for letter in letters:
                if letter != compact(script):
                    yield (
                        left,
                        put(
                            right, node, replace(node, indices=(*node.indices[:k], Sym(letter), *node.indices[k + 1 :]))
                        ),
                    )


def layer_off_by_one(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    slopes = {id(a) for n in all_nodes(right) if s.is_slope(n) for a in all_nodes(n)}
    for node in all_nodes(right):
        quantity = s.quantity(node)
        if isinstance(node, Sym) and quantity and isinstance(node.layer, t.Num) and id(node) not in slopes:
            for step in (1, -1):
                other = f"{quantity[0]}{int(quantity[1:]) + step}" if quantity[1:].isdigit() else ""
                if len(s.net.axes().get(other, "????????")) == len(s.net.axes()[quantity]):
                    yield left, put(right, node, replace(node, layer=t.Num(str(int(node.layer.text) + step))))


def bias_times_input(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    by = s.by(left) or "?"
    if by[0] != "b" or s.net.general:
        return
    below = f"r{int(by[1:]) - 1}" if by[1:] != "1" else "x"
    name = s.like(Sym("x"), below)
    if name is None:
        return
    axes = s.net.axes()[below]
    if not axes:
        yield left, mul(right, name)
    elif free_letters(left):
        samples = [Sym("s")] if s.net.batch is not None else []
        letters = [*samples, Sym("i")]
        if samples and isinstance(right, t.Sum) and len(axes) == len(letters):
            yield left, replace(right, body=mul(right.body, replace(name, indices=tuple(letters))))
        elif not samples and len(axes) == 1:
            yield left, mul(right, replace(name, indices=(Sym("i"),)))
    elif s.notation.vectors == "columns":
        yield left, mul(right, t.Transpose(name))
    else:
        yield left, mul(t.Transpose(name), right)


def batch_factor(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    if s.net.batch is None:
        return
    m: Node = t.Num(str(s.net.batch)) if isinstance(s.net.batch, int) else Sym(s.net.batch)
    yield left, mul(m, right)
    yield left, mul(t.Div(t.Num("1"), m), right)


def factor_two(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    yield left, mul(t.Num("2"), right)
    yield left, mul(t.Div(t.Num("1"), t.Num("2")), right)


def softmax_diagonal_only(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    last = len(s.net.layers)
    if s.net.general or s.net.layers[-1].activation != "softmax" or s.by(left) != f"z{last}":
        return
    name = left if isinstance(left, Sym) else left.by[0] if isinstance(left, t.Deriv) else left.by
    r = s.like(name, f"r{last}")
    cost = next((n.of for row in s.rows for n in all_nodes(row.first) if isinstance(n, t.Deriv | t.Grad)), None)
    if r is not None and name.indices and cost is not None:
        yield left, mul(t.Deriv("partial", cost, (r,)), r, t.Add((t.Num("1"), t.Neg(r))))


def loss_mismatch(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    if s.net.general:
        return
    last = s.net.layers[-1].activation
    costs = ["half-squared"]
    if last == "softmax":
        costs += ["cross-entropy"]
    if last == "sigmoid":
        costs += ["binary-cross-entropy"]
    for cost in costs:
        if cost == s.net.cost or {cost, s.net.cost} <= {"half-squared", "squared", "mse"}:
            continue
        try:
            other = Sheet(replace(s.net, cost=cost), s.name, s.form, s.seed)
        except Exception:
            continue
        for row in other.rows:
            if row.first == left:
                yield left, row.links[-1][1]


def upstream_dropped(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    for node in all_nodes(right):
        if isinstance(node, t.Mul | t.Had):
            for k, factor in enumerate(node.factors):
                if s.is_upstream(factor):
                    yield left, put(right, node, without(node, k))


def wrong_symbol(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    last = "r(k+1)" if s.net.general else f"r{len(s.net.layers)}"
    pairs = {"y": ["x", last], "x": ["y"], last: ["y"]}
    for node in all_nodes(right):
        quantity = s.quantity(node)
        for other in pairs.get(quantity or "", ()):
            new = s.like(node, other)
            if new is not None and len(s.net.axes().get(other, "????")) == len(s.net.axes()[quantity]):
                yield left, put(right, node, new)


def wrong_left_hand_side(s: Sheet, left: Node, right: Node) -> Iterator[Choice]:
    by = s.by(left)
    name = left.by[0] if isinstance(left, t.Deriv) else left.by if isinstance(left, t.Grad) else None
    if by is None or name is None:
        return
    axes = s.net.axes()
    for other in axes:
        if (
            other != by
            and other[0] in "zrWb"
            and len(axes[other]) == len(axes[by])
            and (new := s.like(name, other)) is not None
        ):
            yield replace(left, by=(new,)) if isinstance(left, t.Deriv) else replace(left, by=new), right


PLANTERS: dict[str, Callable[[Sheet, Node, Node], Iterator[Choice]]] = {
    "sign": sign,
    "slope-dropped": slope_dropped,
    "slope-at-wrong-point": slope_at_wrong_point,
    "relu-as-identity": relu_as_identity,
    "transpose": transpose,
    "hadamard-for-product": hadamard_for_product,
    "sum-dropped": sum_dropped,
    "path-dropped": path_dropped,
    "index-swap": index_swap,
    "layer-off-by-one": layer_off_by_one,
    "bias-not-summed": bias_not_summed,
    "bias-times-input": bias_times_input,
    "batch-factor": batch_factor,
    "factor-two": factor_two,
    "softmax-diagonal-only": softmax_diagonal_only,
    "loss-mismatch": loss_mismatch,
    "upstream-dropped": upstream_dropped,
    "regulariser-dropped": regulariser_dropped,
    "wrong-symbol": wrong_symbol,
    "wrong-left-hand-side": wrong_left_hand_side,
}
"""How each mistake is planted; ``arithmetic`` needs numbers worked out, which no derivation in letters has."""


def planted(sheet: Sheet, kind: str, rng: Random) -> Plant | None:
    """A plant of one kind, None where it makes no sense here."""
    choices = [c for left, right in sheet.claims for c in PLANTERS[kind](sheet, left, right)]
    if not choices:
        return None
    left, right = rng.choice(choices)
    return Plant(sheet, left, right, frozenset([kind]))


def once_more(plant: Plant, kind: str, rng: Random) -> Plant | None:
    """A plant with one more mistake."""
    choices = list(PLANTERS[kind](plant.sheet, plant.left, plant.right))
    if kind in plant.mistakes or not choices:
        return None
    left, right = rng.choice(choices)
    return Plant(plant.sheet, left, right, plant.mistakes | {kind})


def sheets(rng: Random) -> Iterator[Sheet]:
    """Derivations of random networks in random notations, without end."""
    while True:
        net = random_net(rng)
        try:
            yield Sheet(
                net, rng.choice(NOTATIONS), rng.choice(("auto", "auto", "index", "matrix")), rng.randrange(10**6)
            )
        except api.InputError:
            continue
