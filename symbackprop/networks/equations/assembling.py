"""From definitions whose axes are known to a network: every one is written in index form."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from symbackprop.networks.builder import Builder
from symbackprop.networks.equations.kinds import classified
from symbackprop.networks.equations.meanings import ACTIVATING, function_of
from symbackprop.networks.equations.names import Key
from symbackprop.networks.equations.parting import parted
from symbackprop.networks.equations.scene import Row, Scene
from symbackprop.networks.equations.settling import Settler
from symbackprop.networks.equations.tensors import Mismatch, Value
from symbackprop.reading.sexpr import sexpr
from symbackprop.reading.tree import App, Div, Node, Sum, Sym
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.vocabulary.arithmetic import replace_index, summed
from symbackprop.vocabulary.expressions import Call, Expression, Ref, Symbol, free_indices
from symbackprop.vocabulary.quantities import Index, Kind, Quantity

PRE_ACTIVATIONS = ("z", "a", "s", "u", "v", "p", "q")
ACTIVATIONS = ("a", "h", "r", "o", "u", "v", "p", "q")
EXPONENTIALS, TOTALS, PARTS = ("e", "u", "v", "g"), ("S", "N", "D", "Q"), ("u", "v", "p", "q")
"""Letters for what has to be named and has no name, in order of preference."""


class Assembly:
    """Writes a scene into a builder; it stands in for the scene around the translator, with quantities in it."""

    def __init__(
        self, scene: Scene, builder: Builder, cost: Key, parameters: Collection[Key], judging: bool = False
    ) -> None:
        self.judging = judging
        self.scene = scene
        self.builder = builder
        self.names = scene.names
        self.sizes = scene.sizes
        self.translator = scene.translator
        self.translator.around = self
        self.form, self.infer, self.size = scene.form, scene.infer, scene.size
        self.letter, self.meaning = scene.letter, scene.meaning
        self.quantities: dict[Key, Quantity] = {}
        self.hyperparameters: dict[Key, Symbol] = {}
        self._generated: dict[Expression, tuple[Quantity, tuple[Index, ...]]] = {}
        self._row = scene.rows[0]
        self.kinds: dict[Key, Kind | None] = self._classified(cost, parameters)
        self._build()

    def quantity(self, key: Key, name: Sym) -> Quantity | Expression:
        """The quantity, or what a constant is."""
        if key in self.hyperparameters:
            return self.hyperparameters[key]
        return self.quantities.get(key) or self.scene.quantity(key, name)

    def applied(self, function: str, head: str, argument: Value, axis: Index | None, top: bool) -> Value:
        """A function applied; activations, and what they are applied to, get definitions of their own."""
        if function == "softmax":
            assert axis is not None
            return self._softmax(argument, axis, top)
        f = function_of(function, head)
        if not _activates(function):
            return argument.with_expression(Call(f, (argument.expression,)))
        argument = self._named(argument, "pre-activation", PRE_ACTIVATIONS)
        value = argument.with_expression(Call(f, (argument.expression,)))
        if top or self.kinds.get(self._row.key) == "cost":
            return value
        return self._named(value, "activation", ACTIVATIONS)

    def whole(self, head: str, arguments: list[Value], top: bool) -> Value:
        """An unspecified function of all entries of its arguments."""
        f = function_of("scalar", head, len(arguments))
        named = [self._named(a, "auxiliary", PARTS) for a in arguments]
        refs = tuple(self._along(named[0], other).expression for other in named)
        value = Value(Call(f, refs))
        return value if top else self._named(value, "inline", PARTS)

    def _along(self, first: Value, other: Value) -> Value:
        """An argument of an unspecified function with the index letters of the first one: no other sum is meant."""
        tensors = self.translator.tensors
        sizes = ([self.sizes.root(tensors.size(i)) for i in value.open] for value in (first, other))
        if next(sizes) != next(sizes):
            raise Mismatch(first, other, "the arguments of an unspecified function must have one shape")
        return Value(replace_index(other.expression, dict(zip(other.open, first.open, strict=True))), first.sides)

    def _classified(self, cost: Key, parameters: Collection[Key]) -> dict[Key, Kind | None]:
        """Decide what every quantity is."""
        leaves = {key: not self.scene.forms[key].axes for key in self.scene.leaves()}

        def activated(node: Node) -> Node | None:
            if isinstance(node, App):
                arguments = [a for a in node.arguments if sexpr(a) != "0"]
                meaning = self.meaning(node.function)[0]
                relu = meaning == "max" and len(arguments) < len(node.arguments)
                return arguments[0] if len(arguments) == 1 and (relu or _activates(meaning)) else None
            if isinstance(node, Div) and isinstance(node.denominator, Sum) and isinstance(node.numerator, App):
                same = isinstance(node.denominator.body, App) and node.numerator.function.base == "exp"
                return node.numerator.arguments[0] if same else None
            return None

        return classified(
            leaves, [(r.key, r.right) for r in self.scene.rows], cost, parameters,
            lambda name: self.names.sighted(name).key, activated,
        )  # fmt: skip

    def _build(self) -> None:
        """Write every leaf and definition."""
        for key, name in self.scene.leaves().items():
            kind = self.kinds[key]
            if (
                not self.judging
                and kind is None
                and re.fullmatch(r"[A-Za-z]|lambda|epsilon|eta|alpha|rho|tau|kappa|mu", key.base)
            ):
                below = key.below if key.below.isdigit() else ""
                if key._replace(base="", below="") == Key("", "") and (below or not key.below):
                    self.hyperparameters[key] = Symbol(key.base + below)
                    continue
            self.quantities[key] = self._leaf(key, name, kind or "input")
        for row in self.scene.rows:
            self._row = row
            self._define(row)

    def _leaf(self, key: Key, name: Sym, kind: Kind) -> Quantity:
        spelling = self.names.spelled(self.scene.first.get(key, name), key, self.scene.forward.equations)
        axes = tuple(self.sizes.dimension(s) for s in self.scene.forms[key].axes)
        return self.builder.leaf(spelling.name, kind, axes, latex=dressed(spelling.latex, bool(axes)))

    def _define(self, row: Row) -> None:
        form = self.scene.forms[row.key]
        carried, scope = self.scene.scope(row)
        self.translator.scope = scope
        value = self.scene.right(row)
        settler = self._settler()
        if scope and len(scope) == len(form.axes):
            order = tuple(scope.values())
        else:
            order = (*carried, *value.open)
        indices = settler.fix(order)
        expression = settler.settled(value.expression)
        kind = self.kinds[row.key] or "auxiliary"
        spelling = self.names.spelled(self.scene.first[row.key], row.key, self.scene.forward.equations)
        latex = dressed(spelling.latex, bool(indices))
        if kind != "cost":
            expression = parted(expression, self._part)
        quantity = self.builder.define(spelling.name, kind, indices, expression, latex=latex)
        self.quantities[row.key] = quantity

    def _settler(self) -> Settler:
        reserved = {str(self.sizes.value(s)) for f in self.scene.forms.values() for s in f.axes}
        reserved |= {s.base for s in self.names.table.symbols if s.kind != "size"} - self.names.letters
        reserved |= {key.base for key in self.scene.forms}
        return Settler(self.translator.tensors, reserved, self.names.letters)

    def _named(self, value: Value, kind: Kind, letters: Sequence[str]) -> Value:
        """A value as a quantity of its own, with a letter that the author does not use."""
        if isinstance(value.expression, Ref):
            return value
        inside = [i for i in self.translator.scope.values() if i in free_indices(value.expression)]
        order = (*dict.fromkeys((*inside, *value.open)),)
        settler = self._settler()
        indices = settler.fix(order)
        expression = settler.settled(value.expression)
        known = self._generated.get(expression)
        if known is not None and set(known[1]) == set(indices):
            back = dict(zip(indices, order, strict=True))
            return value.with_expression(Ref(known[0], tuple(back[i] for i in known[1])))
        whole = expression
        if kind != "inline":
            expression = parted(expression, self._part)
        name, latex = self._generated_name(letters, bool(indices))
        quantity = self.builder.define(name, kind, indices, expression, latex=latex)
        self._generated[whole] = quantity, indices
        return value.with_expression(Ref(quantity, order))

    def _part(self, expression: Expression) -> Ref:
        """A part of a formula, settled already, as a quantity of its own."""
        known = self._generated.get(expression)
        if known is None:
            indices = free_indices(expression)
            name, latex = self._generated_name(PARTS, bool(indices))
            quantity = self.builder.define(name, "auxiliary", indices, expression, latex=latex)
            known = self._generated[expression] = quantity, indices
        return Ref(*known)

    def _generated_name(self, letters: Sequence[str], axes: bool) -> tuple[str, str]:
        used = {s.base for s in self.names.table.symbols}
        letter = next((letter for letter in letters if letter not in used), letters[0])
        own = self.names.spelled(self._row.left, self._row.key, self.scene.forward.equations).name
        scripts = re.search(r"(?<=[\w}])(_\w|_\{[^{}]*\})?(\^\w|\^\{[^{}]*\})?$", own)
        tail = scripts[0] if scripts and "^" not in self._row.key.label else ""
        number, name = 1, letter + tail
        while name in self.builder.names:
            number += 1
            name = f"{letter}_{{{number}}}" if number > 9 else f"{letter}_{number}"
        return name, dressed(name, axes)

    def _softmax(self, argument: Value, axis: Index, top: bool) -> Value:
        """Softmax by its elementary lines e = exp z, S = sum e; the quotient is left to the row where it is the row."""
        argument = self._named(argument, "pre-activation", PRE_ACTIVATIONS)
        exponential = self._named(
            argument.with_expression(Call(FUNCTIONS["exp"], (argument.expression,))), "auxiliary", EXPONENTIALS
        )
        total = self._named(
            Value(summed((axis,), exponential.expression), tuple(s if s != axis else None for s in argument.sides)),
            "auxiliary", TOTALS,
        )  # fmt: skip
        quotient = Call(FUNCTIONS["quotient"], (exponential.expression, total.expression))
        value = argument.with_expression(quotient)
        return value if top else self._named(value, "activation", ACTIVATIONS)


def _activates(function: str) -> bool:
    return function in ACTIVATING or function == "elementwise" or function.startswith("softmax")


def dressed(latex: str, indexed: bool) -> str:
    r"""The LaTeX of a name that indices are set below: in braces where it has a subscript already.

    TeX drops the braces around a single accented letter with its subscript, so an empty group goes before it.

    >>> dressed("W_1", True), dressed("W_1", False), dressed("W^{(1)}", True), dressed(r"\hat{y}_2", True)
    ('{W_1}', 'W_1', 'W^{(1)}', '{{}\\hat{y}_2}')
    """
    if not indexed or not re.search(r"(?<!\\)_", latex):
        return latex
    return f"{{{{}}{latex}}}" if _ACCENTED.match(latex) else f"{{{latex}}}"


_ACCENTED = re.compile(
    r"\\(?:wide)?(?:hat|tilde|check)|\\(?:bar|overline|underline|vec|d+ot|breve|acute|grave|mathring)\b"
)
