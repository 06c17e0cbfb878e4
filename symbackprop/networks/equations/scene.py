"""What one set of equations is about: its definitions, its leaves, and what is known of their axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from symbackprop.networks.equations.declaring import Meanings
from symbackprop.networks.equations.einstein import summed_out
from symbackprop.networks.equations.kinds import BIASES
from symbackprop.networks.equations.meanings import function_of
from symbackprop.networks.equations.names import Key, Names
from symbackprop.networks.equations.sizes import Size, Sizes
from symbackprop.networks.equations.surroundings import Form
from symbackprop.networks.equations.table import Forward
from symbackprop.networks.equations.tensors import Value
from symbackprop.networks.equations.translating import Translator
from symbackprop.networks.equations.trees import symbols
from symbackprop.networks.equations.unrolling import Equation
from symbackprop.reading.sexpr import compact
from symbackprop.reading.tree import Node, Sym
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import Call, Expression, Symbol
from symbackprop.vocabulary.quantities import Index, Quantity


@dataclass(frozen=True, slots=True)
class Row:
    """A definition with the quantity it defines."""

    key: Key
    left: Sym
    right: Node


class Scene:
    """The quantities of one set of equations while their axes are found out; placeholders stand for them."""

    def __init__(
        self,
        forward: Forward,
        names: Names,
        rows: Sequence[Equation],
        declared: Mapping[Key, Form],
        meanings: Meanings,
        sizes: Sizes,
        letters: Mapping[str, Size],
    ) -> None:
        self.forward = forward
        self.names = names
        self.sizes = sizes
        self.meanings = meanings
        self.declared = declared
        self.forms: dict[Key, Form] = dict(declared)
        self.letters = letters
        self.rows = [Row(names.sighted(r.left).key, r.left, r.right) for r in rows if isinstance(r.left, Sym)]
        self.defined = {row.key: row for row in self.rows}
        self.first: dict[Key, Sym] = {}
        self.translator = Translator(forward, names, sizes, self)
        self._placeholders: dict[Key, Quantity] = {}
        self._check_order()

    def error(self, code: str, message: str, node: Node, hint: str | None = None) -> InputError:
        """An error at a node."""
        return self.forward.error(code, message, node.span, hint)

    def spelled(self, key: Key, name: Sym) -> str:
        """A quantity in a message and in a network: its normalised name."""
        return self.names.spelled(self.first.get(key, name), key, self.forward.equations).name

    def _check_order(self) -> None:
        """Every quantity is defined once, and before it is used."""
        position: dict[Key, int] = {}
        for number, row in enumerate(self.rows):
            self.first.setdefault(row.key, row.left)
            if row.key in position:
                first = self.forward.equations[: self.rows[position[row.key]].left.span[0]].count("\n") + 1
                raise self.error(
                    "defined-twice",
                    f"{self.spelled(row.key, row.left)} is defined twice",
                    row.left,
                    f"the first definition is in line {first} of the equations; "
                    "give one of them another name, or say layers = { ... }",
                )
            position[row.key] = number
        for number, row in enumerate(self.rows):
            for name in symbols(row.right):
                key = self.names.sighted(name).key
                self.first.setdefault(key, name)
                whole = key._replace(below="")
                if key.below and key not in self.declared and whole in self.names.arrays:
                    raise self.error(
                        "free-index",
                        f"{self.forward.equations[slice(*name.span)]} is an entry, and its index is not summed over, "
                        "not on the left and not a number",
                        name,
                    )
                if position.get(key, -1) < number:
                    continue
                what = "is defined by itself" if position[key] == number else "is used before it is defined"
                raise self.error("used-before-defined", f"{self.spelled(key, name)} {what}", name)

    def check_spelling(self, cost: Key) -> None:
        """Refuse a leaf that is spelled almost like a quantity which is defined and never used."""
        used = {self.names.sighted(name).key for row in self.rows for name in symbols(row.right)}
        unused = [row for row in self.rows if row.key not in used and row.key != cost]
        for key, name in self.leaves().items() if unused else ():
            for row in unused:
                later = name.span[0] > row.left.span[0]  # the first place where it stands
                alike = row.key._replace(base=row.key.base.lower(), accent="")
                if later and key not in self.declared and alike == key._replace(base=key.base.lower(), accent=""):
                    meant = self.spelled(row.key, row.left)
                    raise self.error(
                        "unknown-symbol",
                        f"{self.spelled(key, name)} is not defined, and {meant} is never used",
                        name,
                        f"did you mean {meant}? if not, give both a shape",
                    )

    def leaves(self) -> dict[Key, Sym]:
        """The quantities that nothing defines, in order of appearance."""
        found: dict[Key, Sym] = {}
        for row in self.rows:
            for name in symbols(row.right):
                key = self.names.sighted(name).key
                if key in self.defined or key in found or self.constant(key, name):
                    continue
                found[key] = name
        return found

    def constant(self, key: Key, name: Sym) -> bool:
        """Whether a name is the vector of ones, pi, or a size."""
        return key.base == "1" or (key.base == "pi" and key not in self.declared) or self.size(name) is not None

    def size(self, name: Sym) -> str | None:
        """The size that a name means; what is defined, or declared with a shape of its own, means no size."""
        size = self.names.is_size(name)
        if size is None:
            return None
        bare = self.names.sighted(replace(name, indices=())).key
        for key in (bare, self.names.sighted(name).key):
            declared = self.declared.get(key)
            if key in self.defined or (declared is not None and declared.axes):
                return None
        return size

    def form(self, key: Key, name: Sym) -> Form | None:
        """The axes of a quantity, None where they are not known yet."""
        found = self.forms.get(key)
        if found is None and key.base == "pi" and key not in self.defined:
            return Form((), ())
        return found

    def infer(self, key: Key, name: Sym, value: Value) -> bool:
        """Give a leaf the sides of a value; a bias in a sum of matrices may be a row, so nothing is concluded."""
        if key in self.defined or key in self.forms or (key.base in BIASES and len(value.open) > 1):
            return False
        tensors = self.translator.tensors
        self.forms[key] = Form((), tuple(None if s is None else tensors.size(s) for s in value.sides))
        return True

    def quantity(self, key: Key, name: Sym) -> Quantity | Expression:
        """A placeholder for the quantity, or what a constant is."""
        if key.base == "pi" and key not in self.defined and key not in self.declared:
            return Symbol("pi")
        return self._placeholders.setdefault(key, Quantity(key.base, "auxiliary"))

    def letter(self, letter: str) -> Size | None:
        """The declared size of an index letter."""
        return self.letters.get(letter)

    def meaning(self, function: Sym) -> tuple[str, str]:
        """What a function means, and its LaTeX."""
        return self.meanings.of(function)

    def applied(self, function: str, head: str, argument: Value, axis: Index | None, top: bool) -> Value:
        """A function applied; only the axes of the result matter here."""
        if axis is not None:
            return argument
        return argument.with_expression(Call(function_of(function, head), (argument.expression,)))

    def whole(self, head: str, arguments: list[Value], top: bool) -> Value:
        """An unspecified function of all entries of its arguments."""
        function = function_of("scalar", head, len(arguments))
        return Value(Call(function, tuple(a.expression for a in arguments)))

    def scope(self, row: Row) -> tuple[list[Index], dict[str, Index]]:
        """The indices on the left side of a row that it carries in front, and all of them by their letters."""
        _, carried, indices = self.names.sighted(row.left)
        scope: dict[str, Index] = {}
        front = []
        form = self.forms.get(row.key)
        axes = form.axes if form is not None else ()
        for position, script in enumerate((*carried, *indices)):
            letter = compact(script)
            if not isinstance(script, Sym) or letter in scope:
                raise self.error("left-side", "the indices on the left side must be different letters", script)
            size = axes[position] if position < len(axes) else self.axis(script)
            index = self.translator.tensors.index(size, letter)
            scope[letter] = index
            if position < len(carried):
                front.append(index)
        if indices and form is not None and len(scope) != len(form.axes):
            raise self.error(
                "index-count",
                f"{self.spelled(row.key, row.left)} has {len(form.axes)} axes, and {len(scope)} indices here",
                row.left,
            )
        return front, scope

    def axis(self, script: Node) -> Size:
        """The size of the axis that a script numbers."""
        letter = compact(script) if isinstance(script, Sym) else ""
        declared = self.letters.get(letter)
        return self.sizes.fresh(letter) if declared is None else declared

    def right(self, row: Row) -> Value:
        """The value of a right side; with ``einstein``, indices that are not on the left are summed in each product."""
        right = row.right
        if self.forward.einstein:
            left = self.translator.scope
            right = summed_out(right, left, self.names.letters, lambda name: self.size(name) is not None)
        self.translator.top = right
        return self.translator.value(right)
