"""How a name that was read is written again: its letter, and what stands below and above it, as LaTeX."""

from __future__ import annotations

from collections.abc import Sequence

from symbackprop.reading.commands import ACCENTS, SYMBOLS
from symbackprop.reading.symbols import Symbol, SymbolTable
from symbackprop.reading.tree import Add, Chain, Mul, Neg, Node, Num, Range, Sym

RELATIONS = {
    "<=": r"\le",
    ">=": r"\ge",
    "!=": r"\ne",
    "approx": r"\approx",
    "equiv": r"\equiv",
    "propto": r"\propto",
    "<-": r"\leftarrow",
    "in": r"\in",
    "notin": r"\notin",
    "<<": r"\ll",
    ">>": r"\gg",
    "implies": r"\implies",
    "iff": r"\iff",
}
"""The LaTeX of a relation that the tree has by another name."""

_ACCENTS = {name: command for command, name in reversed(ACCENTS.items())}
_UPRIGHT = {"sgn", "sign", "diag", "tr", "argmax", "argmin"}


def letter(name: str) -> str:
    r"""The LaTeX of a bare name.

    >>> letter("W"), letter("eta"), letter("ReLU"), letter("diag"), letter("y'")
    ('W', '\\eta', '\\mathrm{ReLU}', '\\mathrm{diag}', "y'")
    """
    stem = name.rstrip("'")
    if len(stem) > 1 and stem.isalnum():
        command = f"\\{stem}"
        stem = command if command in SYMBOLS and stem not in _UPRIGHT else rf"\mathrm{{{stem}}}"
    return stem + name[len(stem.removeprefix(r"\mathrm{").strip("\\}")) :]


def relation(name: str) -> str:
    """The LaTeX of a relation."""
    return RELATIONS.get(name, name)


class Names:
    """The names of one table of symbols, in the spelling and with the layer style that it declares."""

    def __init__(self, table: SymbolTable | None = None) -> None:
        self.table = table
        symbols = tuple(table.symbols) if table else ()
        self.declared = {(s.base, s.accent, s.label): s for s in reversed(symbols)}

    def symbol(self, name: Sym) -> Symbol | None:
        """What the name is declared as, if it is."""
        return self.declared.get((name.base, name.accent, name.label)) or self.declared.get(
            (name.base, name.accent.rpartition(".")[2] if "." in name.accent else "", name.label)
        )

    def letter(self, name: Sym) -> str:
        r"""The LaTeX of a name without primes and scripts.

        >>> Names().letter(Sym("y", accent="hat")), Names().letter(Sym("w", accent="Delta"))
        ('\\hat{y}', '\\Delta w')
        """
        signs = name.accent.split(".") if name.accent else []
        before = "".join(f"{letter(sign)} " for sign in signs if sign not in _ACCENTS)
        symbol = self.symbol(name)
        if symbol is not None:
            spelling = symbol.spelling
            bare = spelling.removeprefix("\\")
            return before + (letter(bare) if bare.rstrip("'").isalnum() else spelling)
        spelling = letter(name.base)
        for accent in (sign for sign in signs if sign in _ACCENTS):
            spelling = f"{_ACCENTS[accent]}{{{spelling}}}"
        return before + spelling

    def below(self, name: Sym) -> str:
        """The subscript: label, layer or sample where they are declared to stand there, indices."""
        symbol = self.symbol(name)
        parts = [letter(word) for word in name.label.split(",")] if name.label else []
        if symbol is not None and name.layer is not None and self.layer_style(name) == "subscript":
            parts.append(self.index(name.layer))
        if symbol is not None and name.sample is not None and symbol.sample[:1] == ("subscript",):
            parts.append(self.index(name.sample))
        if not (symbol and symbol.raised):
            parts += [self.index(index) for index in name.indices]
        below = listed(parts)
        label = (name.base, name.accent, below)  # another name, of which these letters are the label
        return ",".join(parts) if label in self.declared and not name.label else below

    def above(self, name: Sym) -> list[tuple[str, str]]:
        """The parts of the superscript, each with the style in which it is written."""
        symbol = self.symbol(name)
        found = []
        if name.layer is not None and (style := self.layer_style(name)) != "subscript":
            found.append((style, self.index(name.layer)))
        if name.sample is not None:
            style = next((s for s in symbol.sample if not found or s != found[0][0]), "paren") if symbol else "paren"
            if style != "subscript":
                found.append((style, self.index(name.sample)))
        if name.indices and symbol and symbol.raised:
            found.append(("bare", "".join(self.index(index) for index in name.indices)))
        return found

    def layer_style(self, name: Sym) -> str:
        """The style of a name's layer label."""
        symbol = self.symbol(name)
        return symbol.layer[0] if symbol and symbol.layer else "paren"

    def may_be_labelled(self, name: Sym) -> bool:
        """Whether a superscript on the name could be taken for a label, so that a power of it needs brackets."""
        symbol = self.symbol(name)
        return bool(self.above(name)) or bool(symbol and (symbol.layer or symbol.sample or symbol.raised))

    def is_called(self, name: Sym) -> bool:
        """Whether brackets behind the name could be taken for its arguments."""
        symbol = self.symbol(name)
        return symbol is not None and symbol.kind in ("loss", "function")

    def index(self, node: Node) -> str:
        r"""An index, a size, a layer label or a relation between them.

        >>> Names().index(Add((Sym("l"), Neg(Num("1"))))), Names().index(Mul((Num("2"), Sym("i")), ("",)))
        ('l-1', '2 \\cdot i')
        """
        match node:
            case Num(text=text):
                return text
            case Sym():
                above = f"^{{({self.index(node.sample)})}}" if node.sample is not None else ""
                below = listed([*([letter(node.label)] if node.label else []), *map(self.index, node.indices)])
                return self.letter(node) + "'" * node.primes + above + (f"_{{{below}}}" if below else "")
            case Neg(body=body):
                return f"-{self._index_atom(body)}"
            case Add(terms=terms):
                shown = [f"({self.index(t)})" if isinstance(t, Add) else self.index(t) for t in terms]
                return shown[0] + "".join(t if t.startswith("-") else f"+{t}" for t in shown[1:])
            case Mul(factors=factors):
                return r" \cdot ".join(map(self._index_atom, factors))
            case Chain(first=first, links=links):
                return self.index(first) + "".join(f" {relation(sign)} {self.index(side)}" for sign, side in links)
        raise TypeError(f"{type(node).__name__} is no index")

    def _index_atom(self, node: Node) -> str:
        return f"({self.index(node)})" if isinstance(node, Add | Neg | Mul) else self.index(node)

    def limits(self, ranges: Sequence[Range]) -> tuple[list[str], str]:
        r"""What stands below and above a sum sign.

        >>> Names().limits([Range(Sym("j"), Num("1"), Sym("n"))])
        (['j=1'], 'n')
        """
        if not ranges:
            return [], ""
        shared = (
            ranges[0].upper if len(ranges) == 1 else next((r.upper for r in ranges if not r.lower and r.upper), None)
        )
        below = []
        for item in ranges:
            index = self.index(item.index)
            if item.condition is not None:
                below.append(self.index(item.condition))
            elif item.lower is None:
                below.append(index)
            elif item.upper is None or item.upper == shared:
                below.append(f"{index}={self.index(item.lower)}")
            else:
                below.append(rf"{self.index(item.lower)} \le {index} \le {self.index(item.upper)}")
        return below, self.index(shared) if shared is not None else ""


def listed(parts: Sequence[str]) -> str:
    """Indices side by side where each is a letter, otherwise with commas.

    >>> listed(["i", "j"]), listed(["1", "2"]), listed(["i", "j+1"])
    ('ij', '1,2', 'i,j+1')
    """
    return "".join(parts) if all(len(part) == 1 and part.isalpha() for part in parts) else ",".join(parts)
