"""The names of a network given by a pattern: those of a notation, and the canonical ones (``W0``, ``z1``, ``x``)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from symbackprop.judge.subjects import Alias, Constant, Free, Meaning, Named, Ones
from symbackprop.networks.equations.meanings import OF_MATRICES, STANDARD
from symbackprop.networks.model import Network
from symbackprop.reading import Symbol, SymbolTable
from symbackprop.reading.macros import Macro
from symbackprop.reading.sexpr import compact
from symbackprop.reading.symbols import normal, parts
from symbackprop.reading.tree import Deriv, Node, Num, Sym
from symbackprop.tables.functions import FUNCTIONS
from symbackprop.tables.notations import Notation
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.functions import Function
from symbackprop.vocabulary.quantities import Quantity
from symbackprop.vocabulary.terms import Map

STEPS = ("Step", "step", "H", "heaviside", "Heaviside", "theta", "Theta", "u")
"""What the unit step is called."""
ANY_ACTIVATION = ("\\sigma", "f", "g", "\\phi", "\\varphi", "\\psi", "h")
"""Letters that mean the activation of a network that has only one."""
WRITTEN_WITH_SIGMOID = frozenset(["silu", "softplus"])
COSTS = ("C", "L", "J", "E", "\\mathcal{L}", "\\ell")
FAMILIES = (("z", "z"), ("r", "r"), ("W", "W"), ("b", "b"), ("x", "x"), ("y", "y"), ("C", "cost"))
SHIFTS = {"z": "z_shift", "r": "r_shift", "W": "W_shift", "b": "b_shift", "delta": "z_shift"}


@dataclass(frozen=True)
class Dressed:
    """A pattern's network in a notation.

    ``names`` are further names for its quantities, by their spelling; ``macros`` the commands that the author defines.
    """

    network: Network
    notation: Notation
    names: Mapping[str, str] = field(default_factory=dict)
    macros: Mapping[str, Macro] = field(default_factory=dict)
    _known: dict[Sym, Meaning | None] = field(default_factory=dict, compare=False, repr=False)
    _called: dict[Sym, Function | str] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def families(self) -> dict[str, dict[int | str, Quantity]]:
        """The quantities of each letter by their layer; an input is also the activation of layer 0."""
        found: dict[str, dict[int | str, Quantity]] = {family: {} for family, _ in FAMILIES}
        for quantity in self.network.quantities:
            stem = re.match(r"[A-Za-z]+", quantity.name)
            letter = stem[0] if stem else ""
            if quantity.kind == "difference" or quantity.kind == "auxiliary":
                found.setdefault(letter, {})
            if letter not in found or quantity.label is None and letter in SHIFTS:
                continue
            label = quantity.label
            number: int | str = 0 if label is None else label.offset if label.base is None else str(label)
            found[letter][number] = quantity
        if found["x"]:
            found["r"].setdefault(0, next(iter(found["x"].values())))
        return found

    @cached_property
    def letters_of(self) -> dict[tuple[str, str, str], str]:
        """The family that a spelling (accent, base, label) belongs to."""
        notation = self.notation
        found: dict[tuple[str, str, str], str] = {}
        given = [(family, str(getattr(notation, entry))) for family, entry in FAMILIES]
        given.insert(0, ("delta", notation.delta or r"\delta"))
        if self.network.prediction is not None:
            given += [("prediction", notation.prediction_beside(self.network.sizes)), ("prediction", r"\hat y")]
        given += [(family, self.upper(getattr(notation, entry))) for family, entry in FAMILIES[:1] + FAMILIES[1:2]]
        given += [("x", self.upper(notation.x)), ("y", self.upper(notation.y)), ("C", "C")]
        given += [("W", "w"), ("b", self.upper(notation.b))]
        given += [
            (family, "p" if family == "u" else family) for family in self.families if family not in dict(FAMILIES)
        ]
        for family, latex in given:
            key = spelled(latex)
            if key is not None and (family != "delta" or self.families["z"]):
                found.setdefault(key, family)
        return found

    @staticmethod
    def upper(letter: str) -> str:
        """The capital letter, as samples side by side are often written."""
        return letter.upper() if len(letter) == 1 else letter

    @cached_property
    def table(self) -> SymbolTable:
        """Every name that claims may use."""
        own = list(self._given_names())
        spellings = {symbol.spelling for symbol in own}
        usual = [*self._letters(), *self._canonical(), *self._functions(), *self._others()]
        symbols = [*(symbol for symbol in usual if symbol.spelling not in spellings), *own]
        operators = (
            {"*": "hadamard"} if self.notation.hadamard == "*" and any(q.axes for q in self.network.leaves) else {}
        )
        return SymbolTable(symbols, operators, macros=self.macros)

    @property
    def styles(self) -> tuple[str, ...]:
        """How a layer may be written: as the notation does, or in brackets, which mean nothing else."""
        if self.notation.label == "subscript":
            return ("subscript",)
        return tuple(dict.fromkeys((self.notation.label, "paren", "bracket")))

    def _letters(self) -> Iterator[Symbol]:
        styles = self.styles
        if not self.indexed:
            styles = (*styles, "subscript")
        batch = self.network.batch is not None
        for (accent, base, label), family in self.letters_of.items():
            members = self.members(family)
            arity = tuple(sorted({len(q.axes) for q in members} | ({1} if batch else set())))
            layered = family in SHIFTS or family not in ("x", "y", "C", "prediction", "U")
            kind = {0: "scalar", 1: "vector", 2: "matrix"}.get(max(arity, default=0), "tensor")
            if family == "C":
                kind, arity = "loss", ()
            sample = ("paren",) if batch and family in ("x", "y", "prediction") else ()
            spelling = (
                f"\\{accent}{{{base}}}" if accent else base if len(base) == 1 or not self._greek(base) else f"\\{base}"
            )
            yield Symbol(spelling, kind, styles if layered else (), sample, tuple(a for a in arity if a), label=label)
            if self.notation.gradient == "d" and not accent and not label and family not in ("x", "y", "C", "delta"):
                shape = tuple(a for a in arity if a)
                yield Symbol("d" + base, kind, styles if layered else (), (), shape)

    @staticmethod
    def _greek(base: str) -> bool:
        return base.lower() in _GREEK

    def members(self, family: str) -> list[Quantity]:
        """The quantities of a family."""
        if family == "delta":
            return list(self.families["z"].values())
        if family == "prediction":
            return [self.network.prediction] if self.network.prediction is not None else []
        return list(self.families[family].values())

    def _canonical(self) -> Iterator[Symbol]:
        known = {base for _, base, _ in self.letters_of}
        for quantity in self.network.quantities:
            if quantity.name not in known and quantity.name.isalnum() and len(quantity.name) > 1:
                kind = {0: "scalar", 1: "vector", 2: "matrix"}.get(len(quantity.axes), "tensor")
                arity = (len(quantity.axes),) if quantity.axes else ()
                yield Symbol(quantity.name, kind, arity=arity)
        if self.network.prediction is not None:
            arity = (len(self.network.prediction.axes),) if self.network.prediction.axes else ()
            for name in ("y_hat", "yhat"):
                yield Symbol(
                    name,
                    {0: "scalar", 1: "vector"}.get(len(arity and self.network.prediction.axes), "matrix"),
                    arity=arity,
                )

    @property
    def indexed(self) -> bool:
        """Whether any quantity has axes."""
        return any(q.axes for q in self.network.quantities)

    def _functions(self) -> Iterator[Symbol]:
        taken = {base for _, base, _ in self.letters_of}
        styles = self.styles
        if self.called is not None and self.called[0]:
            yield Symbol(f"\\{self.called[0]}{{{self.called[1]}}}", "function", arity=(1,))
        for name in dict.fromkeys(
            (*self._function_names(), *STEPS, *STANDARD, "ReLU", "Sigmoid", "Softmax", "bce", "tr", "diag")
        ):
            spelling = normal(name)
            if parts(spelling)[1] not in taken:
                greek = spelling if spelling.startswith("\\") or not self._greek(spelling) else f"\\{spelling}"
                yield Symbol(greek, "function", layer=styles, arity=(1,))

    def _function_names(self) -> list[str]:
        heads = [f.head for f in self.functions if f.head]
        return [*heads, self.notation.f, *ANY_ACTIVATION]

    def _given_names(self) -> Iterator[Symbol]:
        """The author's own names, with their numbers where the author puts them."""
        for spelling, target in self.names.items():
            quantity = self.network.quantity(target)
            base, _, below = spelling.partition("_")
            kind = {0: "scalar", 1: "vector", 2: "matrix"}.get(len(quantity.axes), "tensor")
            style = ("subscript",) if below.strip("{}").isdigit() else ()
            yield Symbol(base.split("^")[0], kind, style or self.styles)

    def _others(self) -> Iterator[Symbol]:
        taken = {base for _, base, _ in self.letters_of}
        yield Symbol("\\mathbf{1}", "vector")
        for size in self.network.sizes:
            if size not in taken:
                yield Symbol(size, "size")
            numbered = re.fullmatch(r"([A-Za-z])_?(\d+)", size)
            if numbered and numbered[1] not in taken:
                yield Symbol(numbered[1], "size", ("subscript",))
        if "z" not in taken:
            yield Symbol("z", "scalar")
        rates = {symbol.name for symbol in self.network.hyperparameters} | {"eta", "alpha", "lambda", "epsilon"}
        for rate in sorted(rates):
            if rate not in taken and rate not in self.network.sizes:
                yield Symbol(f"\\{rate}" if self._greek(rate) else rate, "scalar")

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """The functions that the network applies, in order."""
        return tuple(dict.fromkeys(d.function for d in self.network.definitions if isinstance(d, Map)))

    @cached_property
    def activations(self) -> dict[int | str, Function]:
        """The activation of every layer."""
        found = {}
        for definition in self.network.definitions:
            if isinstance(definition, Map) and definition.quantity.kind == "activation" and definition.quantity.label:
                label = definition.quantity.label
                found[label.offset if label.base is None else str(label)] = definition.function
        return found

    @cached_property
    def layers(self) -> Mapping[str, range]:
        """Letters that stand for every layer."""
        numbers = [n for n in self.families["z"] if isinstance(n, int)]
        if not numbers:
            return {}
        shift = self.notation.z_shift
        over = range(min(numbers) + shift, max(numbers) + shift + 1)
        return (
            dict.fromkeys(dict.fromkeys((parts(self.notation.layer)[1], "l", "k", "ell")), over)
            if not self.indexed
            else dict.fromkeys(dict.fromkeys((parts(self.notation.layer)[1], "l", "ell")), over)
        )

    @property
    def letters(self) -> Mapping[str, int | str]:
        """No index letter has a declared size."""
        return {}

    @property
    def first(self) -> int:
        """Entries are counted from one."""
        return 1

    def meaning(self, name: Sym) -> Meaning | None:
        """What a name means."""
        if name not in self._known:
            self._known[name] = self._meaning(name)
        return self._known[name]

    def _meaning(self, name: Sym) -> Meaning | None:
        named = self._by_name(name)
        if named is not None:
            return named
        if name.primes:
            return None
        if self.called == (name.accent, name.base) and name.layer is None and self.network.prediction is not None:
            return Named(self.network.prediction, (), (), 0, self.lying(self.network.prediction))
        family = self.letters_of.get((name.accent, name.base, name.label)) or (
            self.letters_of.get((name.accent, name.base, "")) if not name.label else None
        )
        if family is not None and (family != "C" or not name.indices):
            member = self._member(family, name)
            if member is not None:
                return member
        if name.base.startswith("d") and not name.accent and (inner := self.letters_of.get(("", name.base[1:], ""))):
            target = replace(name, base=name.base[1:], indices=())
            if inner != "C" and isinstance(self._member(inner, target), Named):
                cost = self.cost_name
                return Alias(replace(name, indices=()), Deriv("partial", cost, (target,)))
        if name.base in ("y_hat", "yhat") and self.network.prediction is not None:
            return self._named(self.network.prediction, name, "prediction")
        quantity = next((q for q in self.network.quantities if q.name == name.base), None)
        if quantity is not None and not name.accent and name.layer is None:
            canonical = Named(quantity, name.indices, tuple(range(len(quantity.axes))), 0, _layout(quantity))
            return canonical
        if isinstance(name.layer, Num) and f"{name.base}{name.layer.text}" in self.network.sizes:
            return Constant(f"{name.base}{name.layer.text}")
        if name.base in self.network.sizes or any(s.name == name.base for s in self.network.hyperparameters):
            return Constant(name.base)
        if name.base in ("eta", "alpha", "lambda", "epsilon"):
            return Constant(name.base)
        if name.base == "pi":
            return Constant("pi")
        if name.base == "1":
            return Ones()
        variable = family is not None or name.base == "z"
        return Free(name.base) if variable and name.layer is None and not name.indices else None

    @property
    def cost_name(self) -> Sym:
        """The cost as a name."""
        accent, base, label = next(key for key, family in self.letters_of.items() if family == "C")
        return Sym(base, accent, label=label)

    @cached_property
    def called(self) -> tuple[str, str] | None:
        r"""Accent and base of a prediction that is written as a function of the input, such as ``h_\Theta(x)``."""
        head, bracket, _ = self.notation.prediction_beside(self.network.sizes).partition("(")
        if not bracket or self.network.prediction is None:
            return None
        accent, base = parts(normal(head.partition("_")[0]))
        return accent, base

    def _by_name(self, name: Sym) -> Named | None:
        if not self.names:
            return None
        bare = compact(replace(name, indices=()))
        for spelling, target in self.names.items():
            if _plain(spelling) == _plain(bare):
                quantity = self.network.quantity(target)
                return Named(quantity, name.indices, self._order(quantity), 0, self.lying(quantity))
        return None

    def _member(self, family: str, name: Sym) -> Meaning | None:
        if family == "prediction":
            assert self.network.prediction is not None
            return self._named(self.network.prediction, name, family)
        if family == "delta":
            target = self._member("z", replace(name, base="z", accent="", indices=(), label=""))
            if not isinstance(target, Named):
                return None
            accent, base, label = next(key for key, f in self.letters_of.items() if f == "z")
            by = Sym(base, accent, name.layer, None, (), label)
            return Alias(replace(name, indices=()), Deriv("partial", self.cost_name, (by,)))
        members = self.families[family]
        label_node = name.layer
        if label_node is None:
            quantity = next(iter(members.values())) if len(members) == 1 else None
            if family == "r" and len(members) == 2 and 0 in members:
                quantity = next(q for n, q in members.items() if n != 0)
        else:
            quantity = members.get(self._label(label_node, family))
        return None if quantity is None else self._named(quantity, name, family)

    def _label(self, node: Node, family: str) -> int | str:
        shift = int(getattr(self.notation, SHIFTS.get(family, "z_shift"))) if family not in ("x", "y", "C") else 0
        if isinstance(node, Num):
            return int(node.text) - shift if node.text.isdigit() else node.text
        shown = compact(node).replace(parts(self.notation.layer)[1], "k", 1).replace("l", "k", 1)
        base, sign, offset = shown.partition("+") if "+" in shown else shown.partition("-")
        number = (int(offset) if offset.isdigit() else 0) * (-1 if sign == "-" else 1) - shift + self.notation.r_shift
        return f"{base}{number:+d}" if number else base

    def _named(self, quantity: Quantity, name: Sym, family: str) -> Named:
        scripts = name.indices
        if name.sample is not None:
            scripts = (name.sample, *scripts)
        return Named(quantity, scripts, self._order(quantity), 0, self.lying(quantity))

    def _order(self, quantity: Quantity) -> tuple[int, ...]:
        """The axes that written indices number."""
        axes = tuple(range(len(quantity.axes)))
        if quantity.kind == "weight" and self.notation.weights == "target-first":
            return axes[:-2] + axes[-2:][::-1]
        return axes

    def lying(self, quantity: Quantity) -> tuple[int | None, ...]:
        """The axes as they lie in rows and columns."""
        notation = self.notation
        if len(quantity.axes) == 2 and quantity.kind != "weight":
            return (1, 0) if notation.samples == "columns" else (0, 1)
        if len(quantity.axes) == 2:
            return self._order(quantity)
        if len(quantity.axes) == 1:
            rows = notation.vectors == "rows"
            if quantity.kind == "auxiliary" and quantity.axes[0] == self.network.batch:  # a number for each sample
                rows = notation.samples == "columns"
            return (None, 0) if rows else (0, None)
        return tuple(range(len(quantity.axes)))

    def value_of(self, name: Sym) -> Named | None:
        """No function's name stands for a value in a notation."""
        return None

    @property
    def printed_sigmoid(self) -> bool:
        """Whether slopes of this network are written with a sigmoid, so that sigma cannot mean any activation."""
        names = {f.name for f in self.functions}
        return bool(names & WRITTEN_WITH_SIGMOID) or self.network.cost_name.endswith("logits")

    @cached_property
    def generic(self) -> frozenset[str]:
        """The letters that may mean the activation of any layer."""
        return frozenset(parts(normal(letter))[1] for letter in (*ANY_ACTIVATION, self.notation.f))

    def function_at(self, name: Sym, argument: Node) -> Function | None:
        """The activation of the layer whose pre-activation an ambiguous letter is applied to; None if it is clear."""
        if name.base not in self.generic or not isinstance(argument, Sym) or name.layer is not None:
            return None
        meaning = self.meaning(argument)
        if not isinstance(meaning, Named) or meaning.quantity.kind != "pre-activation":
            return None
        label = meaning.quantity.label
        own = None if label is None else self.activations.get(label.offset if label.base is None else str(label))
        several = len({f for f in self.activations.values() if f.name not in ("identity", "quotient")}) > 1
        letters = {"f": parts(normal(self.notation.f))[1]}
        head = None if own is None else letters.get(own.name) or parts(normal(own.head))[1] if own.head else None
        return own if several and head == name.base else None

    def function(self, name: Sym) -> Function | str:
        """The function that a function symbol is here."""
        if name not in self._called:
            self._called[name] = self._function(name)
        return self._called[name]

    def _function(self, name: Sym) -> Function | str:
        base = name.base
        lower = base.lower()
        if base in OF_MATRICES or lower == "softmax":
            return "softmax" if lower == "softmax" else base
        standard = STANDARD.get(base) or STANDARD.get(lower) or ("bce" if lower == "bce" else None)
        if standard is not None:
            return FUNCTIONS[standard]
        for function in self.functions:
            if function.whole and (function.head == base or function.name == base):
                return "scalar"
            if function.head and spelled(function.head) == ("", base, ""):
                return function
        if base in STEPS and not (base == "u" and name.primes):
            return FUNCTIONS["step"]
        used = {label: f for label, f in self.activations.items() if f.name not in ("identity", "quotient")}
        if base == "sigma" and self.printed_sigmoid:
            return FUNCTIONS["sigmoid"]
        if isinstance(name.layer, Num) and (found := self.activations.get(self._label(name.layer, "z"))):
            return found
        if len(set(used.values())) == 1:
            return next(iter(used.values()))
        if not used and self.activations:
            return FUNCTIONS["identity"]
        raise InputError("unknown-function", f"{base} may be the activation of any layer: write which")


def spelled(latex: str) -> tuple[str, str, str] | None:
    r"""Accent, base and label of the LaTeX of a letter; None where it is more than a letter.

    >>> spelled(r"\hat y"), spelled("W_0"), spelled(r"h_\Theta(x)")
    (('hat', 'y', ''), ('', 'W', '0'), None)
    """
    letter, _, label = latex.partition("_")
    if "^" in latex or "(" in latex or label and not re.fullmatch(r"\w|\{\w+\}", label):
        return None
    accent, base = parts(normal(letter))
    return accent, base, label.strip("{}")


def _layout(quantity: Quantity) -> tuple[int | None, ...]:
    axes = len(quantity.axes)
    return (0, None) if axes == 1 else tuple(range(axes))


def _plain(name: str) -> str:
    return re.sub(r"[\\{}()\s_^@\[\]]", "", name)


_GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi varphi psi omega "
    "varsigma ell".split()
)
