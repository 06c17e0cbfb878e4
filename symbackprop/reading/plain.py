"""Formulas in plain text (``dC/dW0 = (relu(W0*x) - y)*x``) as the same math list that LaTeX gives."""

from __future__ import annotations

import re

from symbackprop.reading.builder import build
from symbackprop.reading.mathlist import MAX_NESTING, Item, too_deep
from symbackprop.reading.symbols import Symbol, SymbolTable
from symbackprop.reading.tokens import MAX_LENGTH, Token, tokenize
from symbackprop.vocabulary.errors import InputError, Place

_MARKS = re.compile(r"\*|[A-Za-z]\d|\.T\b")
_PIECE = re.compile(
    r"(?P<blank>\s+|\#[^\n]*)|(?P<row>\n)|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d_⁰¹²³⁴-⁹₀-₉ᵢⱼₖₗₘₙₜₓᵀⁱⁿˡᵏᵗ]+\d*)|(?P<power>\*\*|\^)|(?P<transpose>\.T\b)"
    r"|(?P<sign><=|>=|!=|==|:=|<-|\.\*|\./|.)",
    re.DOTALL,
)
_SIGNS = {"<=": "\\le", ">=": "\\ge", "!=": "\\ne", "==": "=", ":=": "\\coloneqq", "<-": "\\leftarrow"}
_WORDS = {"sum": "\\sum", "prod": "\\prod", "partial": "\\partial", "nabla": "\\nabla", "grad": "\\nabla"}
_STYLED = {"paren": ("^", "(", ")"), "bracket": ("^", "[", "]"), "bare": ("^", "", ""), "subscript": ("_", "", "")}


def is_plain(text: str) -> bool:
    """Whether a text is plain rather than LaTeX: no TeX signs, and ``*``, a name such as ``W0``, or ``.T``.

    >>> is_plain("dC/dW0 = (relu(W0*x) - y)*x"), is_plain("W_{12} x_2"), is_plain("z = wx + b")
    (True, False, False)
    """
    return not any(sign in text for sign in "\\{}$&") and _MARKS.search(text) is not None


def scan_plain(text: str, table: SymbolTable) -> list[Item]:
    """The math list of a plain formula; names are looked up whole before they are taken apart.

    >>> table = SymbolTable([Symbol("W", "matrix", layer=("paren",)), Symbol("x", "vector")])
    >>> [(item.kind, item.text) for item in scan_plain("W0*x", table)]
    [('group', '{'), ('op', '*'), ('sym', 'x')]
    """
    if len(text) > MAX_LENGTH:
        raise InputError("too-long", f"at most {MAX_LENGTH} characters can be read", Place(text[:80], 0, 1))
    return build(_Writer(text, table).tokens(), text)


class _Writer:
    """Writes the tokens that LaTeX would have, each at its place in the plain text."""

    def __init__(self, text: str, table: SymbolTable) -> None:
        self.text = text
        self.table = table
        self.pieces = [match for match in _PIECE.finditer(text) if match.lastgroup != "blank" or "\n" in match[0]]
        self.at = 0
        self.nesting = 0
        self.written: list[Token] = []

    def tokens(self) -> list[Token]:
        while self.at < len(self.pieces):
            self.piece()
        return self.written

    def write(self, kind: str, text: str, span: tuple[int, int]) -> None:
        gap = not self.written or self.written[-1].end < span[0]
        self.written.append(Token(kind, text, span[0], span[1], gap))

    def write_latex(self, latex: str, span: tuple[int, int]) -> None:
        for token in tokenize(latex):
            self.write(token.kind, token.text, span)

    def next_is(self, *texts: str, ahead: int = 0) -> bool:
        at = self.at + ahead
        return at < len(self.pieces) and self.pieces[at][0] in texts

    def piece(self) -> None:
        match = self.pieces[self.at]
        kind, text, span = match.lastgroup, match[0], match.span()
        if kind == "name":
            self.name(text, span)
            return
        self.at += 1
        if kind in ("blank", "row"):
            self.write("newline", "\\\\", span)
        elif kind == "number":
            self.number(text, span)
        elif kind == "power":
            self.power(span, keep=False)
        elif kind == "transpose":
            self.write_latex("^{\\top}", span)
        elif text == "∂" and self.next_is("/") and self.next_is("∂", ahead=1):
            self.operator("\\partial", span, skipped=2)
        elif text == "_":
            self.script("_", span)
        elif text in _SIGNS:
            self.write_latex(_SIGNS[text], span)
        else:
            for token in tokenize(text):
                self.write(token.kind, token.text, span)
            if text in (".*", "./"):
                del self.written[-2:]
                self.write("other", ".", (span[0], span[0] + 1))
                self.write("other", text[1], (span[0] + 1, span[1]))

    def number(self, text: str, span: tuple[int, int]) -> None:
        mantissa, _, power = text.lower().partition("e")
        for offset, character in enumerate(mantissa):
            place = (span[0] + offset, span[0] + offset + 1)
            self.write("digit" if character.isdigit() else "other", character, place)
        if power:
            self.write_latex(f"\\cdot 10^{{{power}}}", span)

    def power(self, span: tuple[int, int], *, keep: bool) -> None:
        """An exponent: a bracket (without its brackets unless it is a layer), a signed number, or a name."""
        self.write("^", "^", span)
        self.write("{", "{", span)
        if self.next_is("("):
            self.bracket(keep=keep)
        else:
            if self.next_is("-", "+"):
                self.piece()
            if self.next_is("T"):
                self.write("command", "\\top", self.pieces[self.at].span())
                self.at += 1
            elif self.at < len(self.pieces):
                self.piece()
        self.write("}", "}", span)

    def bracket(self, *, keep: bool) -> None:
        """A bracket and what is in it."""
        opening = self.pieces[self.at]
        closing = {"(": ")", "[": "]"}[opening[0]]
        self.at += 1
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise too_deep(self.text, *opening.span())
        if keep:
            self.write("other", opening[0], opening.span())
        depth = 1
        while self.at < len(self.pieces):
            text = self.pieces[self.at][0]
            depth += 1 if text == opening[0] else -1 if text == closing else 0
            if depth == 0:
                break
            self.piece()
        if depth:
            place = Place(self.text, opening.start(), opening.end())
            raise InputError("unclosed", f"this '{opening[0]}' is never closed", place)
        if keep:
            self.write("other", closing, self.pieces[self.at].span())
        self.at += 1
        self.nesting -= 1

    def script(self, kind: str, span: tuple[int, int]) -> None:
        """A subscript: the run of letters and digits after ``_``, or a bracket."""
        self.write(kind, kind, span)
        self.write("{", "{", span)
        self.below()
        self.write("}", "}", span)

    def below(self) -> None:
        if self.next_is("(", "["):
            self.bracket(keep=False)
            return
        if self.at < len(self.pieces) and self.pieces[self.at].lastgroup in ("name", "number"):
            match = self.pieces[self.at]
            self.at += 1
            for offset, character in enumerate(match[0]):
                place = (match.start() + offset, match.start() + offset + 1)
                for token in tokenize(character):
                    self.write(token.kind, token.text, place)

    def name(self, text: str, span: tuple[int, int]) -> None:
        self.at += 1
        if text in ("d", "partial") and self.next_is("/") and self.after_slash():
            self.operator("d" if text == "d" else "\\partial", span, skipped=1)
            return
        if text in _WORDS and not self.table.variants(text):
            self.write("command", _WORDS[text], span)
            return
        if text in ("sqrt", "abs") and self.next_is("(") and not self.table.variants(text):
            self.wrapped(text, span)
            return
        if not self.known(text) and text[0] in "d∂" and len(text) > 1 and self.beside_slash():
            self.write("letter", "d", (span[0], span[0] + 1))
            text, span = text[1:], (span[0] + 1, span[1])
        self.quantity(text, span)

    def after_slash(self) -> bool:
        following = self.pieces[self.at + 1] if self.at + 1 < len(self.pieces) else None
        return following is not None and following[0].startswith(("d", "partial"))

    def beside_slash(self) -> bool:
        """Whether a name is one side of ``dC/dw``."""
        if len(self.written) > 0 and self.written[-1].text == "/":
            return True
        ahead = 0
        if self.next_is("(", "["):
            depth = 0
            while self.at + ahead < len(self.pieces):
                text = self.pieces[self.at + ahead][0]
                depth += 1 if text in "([" else -1 if text in ")]" else 0
                ahead += 1
                if depth == 0:
                    break
        elif self.next_is("_"):
            ahead = 2
        return self.next_is("/", ahead=ahead)

    def operator(self, sign: str, span: tuple[int, int], *, skipped: int) -> None:
        """``d/dw`` before what it differentiates."""
        self.at += skipped
        self.write_latex(f"\\frac{{{sign}}}", span)
        self.write("{", "{", span)
        match = self.pieces[self.at] if self.at < len(self.pieces) else None
        self.write_latex(sign, span)
        if match is not None and match.lastgroup == "name":
            self.at += 1
            text, start = match[0], match.start()
            if text == "partial" and self.at < len(self.pieces):
                match = self.pieces[self.at]
                self.at += 1
                text, start = match[0], match.start()
            elif skipped == 1:
                text, start = text[1:], start + 1
            self.quantity(text, (start, match.end()))
        self.write("}", "}", span)

    def wrapped(self, text: str, span: tuple[int, int]) -> None:
        """``sqrt(...)`` and ``abs(...)``."""
        self.write_latex("\\sqrt{" if text == "sqrt" else "\\left|", span)
        self.bracket(keep=False)
        self.write_latex("}" if text == "sqrt" else "\\right|", span)

    def known(self, text: str) -> bool:
        base = "".join(token.text for token in tokenize(text.rstrip("0123456789")))
        return bool(self.table.variants(text) or base != text and self.table.variants(base) or self.function(text))

    def function(self, text: str) -> Symbol | None:
        """A declared function whose name differs in capitals only."""
        for name, variants in self.table.by_name.items():
            symbol = variants.get("")
            if symbol is not None and symbol.kind == "function" and name.lower() == text.lower():
                return symbol
        return None

    def quantity(self, text: str, span: tuple[int, int]) -> None:
        """A name with the layer, indices and label that are written in it or after it."""
        base = text.rstrip("0123456789")
        digits = text[len(base) :]
        if not base.isascii():
            base = "".join(token.text for token in tokenize(base))
        variants = self.table.variants(text)
        if variants:
            base, digits = text, ""
        else:
            variants = self.table.variants(base)
        accented = self.accent(base)
        if accented:
            base, variants = accented, self.table.variants(accented)
        if not variants and (found := self.function(text)) is not None:
            base, digits, variants = found.spelling, "", {"": found}
        if not variants and len(text) > 1 and text.isalpha() and all(self.table.variants(c) for c in text):
            for offset, letter in enumerate(text):
                self.quantity(letter, (span[0] + offset, span[0] + offset + 1))
            return
        symbol = variants.get("") or next(iter(variants.values()), None)
        if symbol is None:
            self.write_latex(f"\\operatorname{{{text}}}" if len(text) > 1 else text, span)
            return
        shown = symbol.spelling
        simple = not digits and not (self.next_is("[") and symbol.arity) and not self.next_is("_", "^")
        if simple:
            self.write_latex(f"\\operatorname{{{shown}}}" if len(shown) > 1 and shown.isalnum() else shown, span)
            return
        self.write("{", "{", span)
        self.write_latex(f"\\operatorname{{{shown}}}" if len(shown) > 1 and shown.isalnum() else shown, span)
        below = self.styled(symbol, digits, span)
        self.subscripts(symbol, below, span)
        self.write("}", "}", span)

    def styled(self, symbol: Symbol, digits: str, span: tuple[int, int]) -> str:
        """Write a layer number that stands in a name as the table's notation does; what belongs below is returned."""
        if not digits:
            if self.next_is("^") and self.next_is("(", ahead=1) and "paren" in (*symbol.layer, *symbol.sample):
                self.at += 1
                self.power(span, keep=True)
            return ""
        style = next((known for known in symbol.layer if known in _STYLED), "subscript")
        script, opening, closing = _STYLED[style]
        if script == "_":
            return digits
        self.write_latex(f"^{{{opening}{digits}{closing}}}", span)
        return ""

    def subscripts(self, symbol: Symbol, below: str, span: tuple[int, int]) -> None:
        """Write all that stands below: digits of the name, ``_ij`` and ``[i, j]``."""
        more = self.next_is("_") or self.next_is("[") and bool(symbol.arity)
        if not below and not more:
            return
        self.write_latex("_{" + below, span)
        separate = bool(below)
        while self.next_is("_") or self.next_is("[") and symbol.arity:
            if separate:
                self.write("other", ",", span)
            if self.next_is("_"):
                self.at += 1
            self.below()
            separate = True
        self.write("}", "}", span)

    def accent(self, base: str) -> str | None:
        """``yhat`` and ``y_hat`` as the accented name, if that is declared."""
        for accent in ("hat", "tilde", "bar"):
            if base.endswith(accent) and base != accent:
                name = f"\\{accent}{{{base.removesuffix(accent)}}}"
                return name if self.table.variants(name) else None
            if self.next_is("_") and self.next_is(accent, ahead=1):
                name = f"\\{accent}{{{base}}}"
                if self.table.variants(name):
                    self.at += 2
                    return name
        return None
