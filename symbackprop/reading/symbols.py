"""What is declared before a formula is read: every name with its kind, layer and sample style and indices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from symbackprop.reading.builder import scan
from symbackprop.reading.macros import Macro
from symbackprop.reading.mathlist import Item
from symbackprop.reading.tree import Sym
from symbackprop.vocabulary.errors import nearest

KINDS = frozenset(["scalar", "vector", "matrix", "tensor", "function", "loss", "size", "index"])
STYLES = frozenset(["paren", "bracket", "angle", "bare", "subscript"])
_ARITY = {"vector": (1,), "matrix": (2,), "tensor": (3, 4)}
_MARKS = frozenset(["bold", "cal", "bb", "frak"])
NAMED_FUNCTIONS = (
    "exp",
    "log",
    "ln",
    "tanh",
    "sinh",
    "cosh",
    "sin",
    "cos",
    "tan",
    "max",
    "min",
    "softmax",
    "sgn",
    "sign",
    "diag",
    "tr",
    "det",
)
MEANINGS = {
    "\\cdot": "product",
    "\\times": "product",
    "*": "product",
    "\\ast": "product",
    "\\star": "product",
    "\\bullet": "product",
    "\\odot": "hadamard",
    "\\circ": "hadamard",
    ".*": "hadamard",
    "\\otimes": "outer",
    "@": "product",
}


@dataclass(frozen=True, slots=True)
class Symbol:
    r"""One declared name, as it is written: ``\hat{y}``, ``W``, ``\mathbf{x}``, ``ReLU``.

    ``layer`` and ``sample`` are the styles its layer label and its sample or time label may take (paren
    ``W^{(l)}``, bracket ``W^{[l]}``, angle, bare ``W^l``, subscript ``W_l``); ``arity`` the numbers of indices it may
    carry, besides none; ``sizes`` the ranges of these indices; ``label`` a subscript that belongs to the name
    (``W_{hh}``); ``raised`` says that its indices are written above; ``first`` and ``last`` bound numeric layers.

    >>> Symbol("W", "matrix", layer=("paren",)).arity
    (2,)
    """

    spelling: str
    kind: str
    layer: tuple[str, ...] = ()
    sample: tuple[str, ...] = ()
    arity: tuple[int, ...] = ()
    sizes: tuple[str, ...] = ()
    label: str = ""
    raised: bool = False
    first: int | None = None
    last: int | None = None
    base: str = ""
    accent: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no kind of symbol {self.kind!r}; known: {', '.join(sorted(KINDS))}")
        for style in (*self.layer, *self.sample):
            if style not in STYLES:
                raise ValueError(f"no style {style!r}; known: {', '.join(sorted(STYLES))}")
        spelling = normal(self.spelling)
        object.__setattr__(self, "spelling", spelling)
        if not self.arity:
            object.__setattr__(self, "arity", _ARITY.get(self.kind, ()))
        accent, base = parts(spelling)
        if not self.base:
            object.__setattr__(self, "base", base)
            object.__setattr__(self, "accent", accent)

    @property
    def shown(self) -> str:
        r"""How the name is written, for messages: a name of several letters in ``\text``."""
        name = self.spelling
        name = f"\\text{{{name}}}" if len(name) > 1 and name.isalnum() and name.isascii() else name
        return f"{name}_{{{self.label}}}" if self.label else name


@dataclass(frozen=True, slots=True)
class SymbolTable:
    r"""All declared names, and what the operator signs mean here.

    ``operators`` overrides the meaning (product, hadamard, outer) of a sign; ``differentials`` are signs beside
    ``d`` and ``\partial`` that mark a derivative; ``samples`` are the letters that number samples or time steps;
    ``prefixes`` are signs that make one name of the name after them (``\Delta w``); ``powers`` are the names that
    are defined with an exponent (``\sigma^2 = ...``), as spelling, label and exponent, and mean one quantity;
    ``cost`` is what ``dW`` alone is the derivative of, where a differential means that.

    >>> table = SymbolTable([Symbol("\\hat y", "vector"), Symbol("W", "matrix", layer=("paren",))])
    >>> table.find("\\hat{y}").accent
    'hat'
    """

    symbols: Iterable[Symbol]
    operators: Mapping[str, str] = field(default_factory=dict)
    differentials: frozenset[str] = frozenset()
    samples: frozenset[str] = frozenset()
    macros: Mapping[str, Macro] = field(default_factory=dict)
    prefixes: frozenset[str] = frozenset()
    powers: frozenset[tuple[str, str, str]] = frozenset()
    cost: Sym | None = None
    by_name: dict[str, dict[str, Symbol]] = field(init=False, repr=False, compare=False)
    relaxed: dict[str, set[str]] = field(init=False, repr=False, compare=False)
    words: dict[str, list[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name: dict[str, dict[str, Symbol]] = {}
        for symbol in self.symbols:
            by_name.setdefault(symbol.spelling, {})[symbol.label] = symbol
        for name in NAMED_FUNCTIONS:
            if name not in by_name and "\\" + name not in by_name:
                by_name[name] = {"": Symbol(name, "function")}
        relaxed: dict[str, set[str]] = {}
        words: dict[str, list[str]] = {}
        for name in by_name:
            relaxed.setdefault(_relax(name), set()).add(name)
            if len(name) > 1 and name.rstrip("'").isalnum() and name[0].isalpha():
                words.setdefault(name[0], []).append(name.rstrip("'"))
        for names in words.values():
            names.sort(key=lambda name: -len(name))
        object.__setattr__(self, "symbols", tuple(self.symbols))
        object.__setattr__(self, "by_name", by_name)
        object.__setattr__(self, "relaxed", relaxed)
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "operators", {**MEANINGS, **self.operators})

    def variants(self, spelling: str) -> dict[str, Symbol]:
        r"""The symbols of a name by their label; fonts and vector marks are ignored where that is unambiguous."""
        found = self.by_name.get(spelling)
        if found is None:
            found = self.by_name.get(spelling[1:], {}) if spelling[1:] in NAMED_FUNCTIONS else None
        if found:
            return found
        names = self.relaxed.get(_relax(spelling), ())
        return self.by_name[next(iter(names))] if len(names) == 1 else {}

    def find(self, spelling: str, label: str = "") -> Symbol | None:
        """The symbol of that name and label, or None."""
        return self.variants(spelling).get(label)

    def close_to(self, spelling: str, commands: Iterable[str] = ()) -> list[str]:
        """Declared names near to what was written, as they should be written, best first."""
        by_plain: dict[str, Symbol] = {}
        for variants in self.by_name.values():
            for symbol in variants.values():
                by_plain.setdefault(symbol.spelling, symbol)
        plain = _relax(spelling)
        close = []
        accent, base = parts(spelling)
        for symbol in by_plain.values():
            same = symbol.base.lower() == base.lower() and symbol.base != ""
            if same or (accent and symbol.base == base):
                close.append(symbol.shown)
        if not close and len(plain.lstrip("\\")) > 1:
            found = nearest(spelling, [name for name in (*by_plain, *commands) if name != spelling])
            if found:
                close.append(by_plain[found].shown if found in by_plain else found)
        return close


def normal(latex: str) -> str:
    r"""The spelling of a name as the tables hold it.

    >>> normal("\\hat y"), normal("\\text{ReLU}"), normal("\\boldsymbol{W}")
    ('\\hat{y}', 'ReLU', '\\mathbf{W}')
    """
    if latex.isalnum():
        return latex
    items = scan(latex)
    primes = items[-1].primes if items else 0
    name = "".join(spelling(item) for item in items)
    return name + "'" * primes


def spelling(item: Item) -> str:
    """The spelling of one math-list item without its scripts; empty where it cannot be a name."""
    if item.kind in ("sym", "num", "unknown"):
        return item.text
    if item.kind == "text":
        return item.text.strip()
    if item.kind in ("font", "accent") and any(part.sub or part.sup or part.primes for part in item.body):
        return ""
    if item.kind == "font":
        inner = "".join(spelling(part) for part in item.body)
        if item.text in _MARKS and inner:
            if inner.startswith("\\hat{") or inner.startswith("\\tilde{") or inner.startswith("\\bar{"):
                accent, _, rest = inner[:-1].partition("{")
                return f"{accent}{{{_font(item.text, rest)}}}"
            return _font(item.text, inner)
        return inner
    if item.kind == "accent":
        inner = "".join(spelling(part) for part in item.body)
        return f"\\{item.text}{{{inner}}}" if inner else ""
    if item.kind == "op" and item.text in ("*", "+", "-"):
        return item.text
    return ""


def parts(name: str) -> tuple[str, str]:
    r"""The accent and the bare base of a spelling.

    >>> parts("\\hat{\\mathbf{y}}")
    ('hat', 'y')
    """
    accent = ""
    while name.endswith("}") and name.startswith("\\"):
        command, _, inner = name[1:-1].partition("{")
        if command in ("mathbf", "mathcal", "mathbb", "mathfrak"):
            name = inner
        else:
            accent = accent or command
            name = inner
    return accent, name.lstrip("\\")


def _font(family: str, inner: str) -> str:
    command = {"bold": "\\mathbf", "cal": "\\mathcal", "bb": "\\mathbb", "frak": "\\mathfrak"}[family]
    return f"{command}{{{inner}}}"


def _relax(name: str) -> str:
    """A spelling without fonts and vector marks."""
    accent, base = parts(name)
    return base if accent in ("", "vec", "underline") else f"{accent} {base}"
