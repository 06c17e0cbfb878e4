r"""From the LaTeX spelling of a letter or name to MathML Core: ``\hat{\boldsymbol y}``, ``h_\Theta(x)``, ``W_0``.

Only names come this way, and what stands in their scripts. Nothing is refused: what is not known is shown as it is
called. MathML Core knows no styles of letters, so bold and script letters are characters of their own.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import NamedTuple

from symbackprop.render.text import SYMBOLS

FUNCTION_APPLICATION, INVISIBLE_TIMES, INVISIBLE_COMMA = "\u2061", "\u2062", "\u2063"

OPERATORS = {
    "=": "=", "+": "+", "-": "\u2212", ",": ",", "*": "\u2217", ".*": ".\u2217", "<": "<", ">": ">", ":": ":", "/": "/",
    "|": "|", ";": ";", "!": "!", "[": "[", "]": "]", ")": ")", r"\|": "\u2016", r"\top": "\u22a4", r"\cdot": "\u22c5",
    r"\oplus": "\u2295", r"\otimes": "\u2297", r"\ast": "\u2217", r"\star": "\u22c6", r"\dagger": "\u2020",
    r"\rightarrow": "\u2192", r"\to": "\u2192", r"\ldots": "\u2026", r"\dots": "\u2026", r"\geq": "\u2265",
    r"\leq": "\u2264", r"\prime": "\u2032", r"\pm": "\u00b1", r"\mid": "|",
    ":=": "\u2254",
    **{s: SYMBOLS[s] for s in (r"\odot", r"\oslash", r"\circ", r"\leftarrow", r"\ge", r"\le", r"\times", r"\in",
                               r"\ne", r"\approx", r"\equiv", r"\propto", r"\notin", r"\ll", r"\gg", r"\implies",
                               r"\iff", r"\langle", r"\rangle")},
}  # fmt: skip
"""Signs between two pieces, by their LaTeX spelling."""

_LETTERS = SYMBOLS | {r"\phi": "ϕ", r"\epsilon": "ϵ"}
_ACCENTS = {
    r"\hat": "^", r"\widehat": "^", r"\bar": "\u00af", r"\overline": "\u00af", r"\tilde": "~", r"\widetilde": "~",
    r"\vec": "\u2192", r"\dot": "\u02d9", r"\ddot": "\u00a8", r"\check": "\u02c7", r"\breve": "\u02d8",
    r"\mathring": "\u02da", r"\underline": "_", r"\acute": "\u00b4", r"\grave": "`",
}  # fmt: skip
_UPRIGHT = {r"\mathrm", r"\operatorname", r"\mathop", r"\text", r"\textrm", r"\mbox", r"\mathit", r"\mathnormal"}
_SPACES = {r"\,", r"\;", r"\:", r"\ ", r"\quad", r"\qquad", r"\!", r"\limits", r"\nolimits", r"\left", r"\right", "~"}


class _Alphabet(NamedTuple):
    """Where a style of letters starts in Unicode; 0 where it has none of the kind."""

    upper: int
    lower: int
    digits: int = 0
    greek_upper: int = 0
    greek_lower: int = 0


_ALPHABETS = {
    r"\boldsymbol": _Alphabet(0x1D468, 0x1D482, 0x1D7CE, 0x1D6A8, 0x1D736),
    r"\mathbf": _Alphabet(0x1D400, 0x1D41A, 0x1D7CE, 0x1D6A8),
    r"\mathcal": _Alphabet(0x1D49C, 0x1D4B6),
    r"\mathbb": _Alphabet(0x1D538, 0x1D552, 0x1D7D8),
    r"\mathfrak": _Alphabet(0x1D504, 0x1D51E),
    r"\mathsf": _Alphabet(0x1D5A0, 0x1D5BA, 0x1D7E2),
    r"\mathtt": _Alphabet(0x1D670, 0x1D68A, 0x1D7F6),
}
_ALPHABETS |= {
    r"\bm": _ALPHABETS[r"\boldsymbol"],
    r"\pmb": _ALPHABETS[r"\boldsymbol"],
    r"\textbf": _ALPHABETS[r"\mathbf"],
    r"\mathscr": _ALPHABETS[r"\mathcal"],
}
# Letters that Unicode had before it got the alphabets, which leave a gap there.
_OLDER = dict(zip("ℬℰℱℋℐℒℳℛℯℊℴℭℌℑℜℨℂℍℕℙℚℝℤ", (
    0x1D49D, 0x1D4A0, 0x1D4A1, 0x1D4A3, 0x1D4A4, 0x1D4A7, 0x1D4A8, 0x1D4AD, 0x1D4BA, 0x1D4BC, 0x1D4C4,
    0x1D506, 0x1D50B, 0x1D50C, 0x1D515, 0x1D51D, 0x1D53A, 0x1D53F, 0x1D545, 0x1D547, 0x1D548, 0x1D549, 0x1D551,
), strict=True))  # fmt: skip
_GAPS = {place: letter for letter, place in _OLDER.items()}


class Piece(str):
    """MathML that knows what can be done with it.

    ``single``: it is one element, so it can be a child where one is wanted. ``airy``: as a factor it wants space
    around it. ``parts``: the base, subscript and superscript it is made of. ``operator``: it acts on what follows.
    """

    single: bool
    airy: bool
    operator: bool
    parts: tuple[str, str, str] | None

    def __new__(
        cls,
        text: str,
        single: bool = True,
        airy: bool = False,
        operator: bool = False,
        parts: tuple[str, str, str] | None = None,
    ) -> Piece:
        piece = super().__new__(cls, text)
        piece.single, piece.airy, piece.operator, piece.parts = single, airy, operator, parts
        return piece


def grouped(piece: str) -> Piece:
    """A piece as one element.

    >>> grouped("<mi>a</mi><mi>b</mi>"), grouped(Piece("<mi>a</mi>"))
    ('<mrow><mi>a</mi><mi>b</mi></mrow>', '<mi>a</mi>')
    """
    return piece if isinstance(piece, Piece) and piece.single else Piece(f"<mrow>{piece}</mrow>")


def identifier(text: str) -> Piece:
    """A letter, set in italics as mathematics is where it is Latin or small Greek, or a name, set upright.

    >>> identifier("x"), identifier("ReLU"), identifier("Θ")
    ('<mi>x</mi>', '<mi>ReLU</mi>', '<mi mathvariant="normal">Θ</mi>')
    """
    slanted = len(text) > 1 or text not in "∂∇" and not "Α" <= text <= "Ω"
    return Piece(f"<mi>{escape(text)}</mi>" if slanted else f'<mi mathvariant="normal">{text}</mi>')


def scripted(base: str, below: str, above: str) -> Piece:
    """A base with scripts; a base that has scripts itself takes them where it has none yet."""
    if not below and not above:
        return grouped(base)
    if isinstance(base, Piece) and base.parts:
        inner, old_below, old_above = base.parts
        if not (above and old_above):
            if below and old_below:
                below = f"{old_below}<mo>,</mo>{below}"
            return scripted(inner, below or old_below, above or old_above)
    name = ("m" if base else "") + "sub" * bool(below) + "sup" * bool(above)
    children = "".join(grouped(child) for child in (base, below, above) if child)
    airy = isinstance(base, Piece) and base.airy
    return Piece(f"<{name}>{children}</{name}>", airy=airy, parts=(base, below, above))


PRIME = Piece("<mo>′</mo>")
_NUMBERED = re.compile(r"\(\d+\)$|\[\d+\]$")


@lru_cache(maxsize=4096)
def spelled(latex: str, script: bool = False) -> Piece:
    r"""The MathML of a name; in a script, letters side by side are indices and signs take no space.

    A layer's number in parentheses or brackets is a mark, not a formula.

    >>> spelled(r"\boldsymbol{W}"), spelled(r"\mathcal L"), spelled("ij", script=True).count(INVISIBLE_COMMA)
    ('<mi>𝑾</mi>', '<mi>ℒ</mi>', 1)
    >>> spelled(r"\hat y")
    '<mover accent="true"><mi>y</mi><mo stretchy="false">^</mo></mover>'
    """
    if latex in OPERATORS:
        return Piece(f'<mo lspace="0" rspace="0">{escape(OPERATORS[latex])}</mo>')
    if script and _NUMBERED.match(latex):
        return Piece(f"<mtext>{latex}</mtext>")
    pieces = _Spelling(latex, script).row("")
    return pieces[0] if len(pieces) == 1 else Piece("".join(pieces), single=False)


_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\.\*|\S")
_ARGUMENT = re.compile(r"\s*\{([\w .-]*)\}")


class _Spelling:
    """A walk over the tokens of a name."""

    def __init__(self, latex: str, script: bool) -> None:
        self.latex = latex
        self.tokens = list(_TOKEN.finditer(latex))
        self.at = 0
        self.script = script

    def peek(self) -> str:
        """The token that comes next; empty at the end."""
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        """The next token, which is left behind."""
        self.at += 1
        return self.tokens[self.at - 1][0]

    def row(self, stop: str, font: str = "", script: bool = False) -> list[Piece]:
        """Pieces side by side, up to a closing token."""
        outer, self.script = self.script, self.script or script
        pieces: list[Piece] = []
        while (token := self.peek()) and token != stop:
            if token == "(" and pieces and not self.script:
                pieces.append(Piece(f"<mo>{FUNCTION_APPLICATION}</mo>"))
            piece = self.with_scripts(font)
            if self.script and pieces and not _is_sign(piece) and not _is_sign(pieces[-1]):
                pieces.append(Piece(f"<mo>{INVISIBLE_COMMA}</mo>"))
            if piece:
                pieces.append(piece)
        if self.peek():
            self.take()
        self.script = outer
        return pieces

    def with_scripts(self, font: str) -> Piece:
        """An atom with the scripts and primes after it."""
        piece = Piece("<mrow></mrow>") if self.peek() in ("^", "_", "'") else self.atom(font)
        while self.peek() in ("^", "_", "'"):
            token = self.take()
            if token == "'":
                piece = scripted(piece, "", PRIME)
            else:
                script = self.argument("", script=True)
                piece = scripted(piece, script if token == "_" else "", script if token == "^" else "")
        return piece

    def argument(self, font: str, script: bool = False) -> Piece:
        """What a command or a script sign takes: a group or one atom."""
        if self.peek() == "{":
            self.take()
            pieces = self.row("}", font, script)
            return pieces[0] if len(pieces) == 1 else Piece("".join(pieces), single=False)
        return self.atom(font)

    def atom(self, font: str) -> Piece:
        """A letter, a number, a sign, a group or a command with its argument."""
        if self.peek() in ("{", ""):
            return grouped(self.argument(font)) if self.peek() else Piece("")
        token = self.take()
        if token == "(":
            return fence("(", "".join(self.row(")", font)), ")")
        if token in _ACCENTS:
            name = "munder" if token == r"\underline" else "mover"
            attribute = ' accent="true"' if name == "mover" else ""
            return Piece(
                f'<{name}{attribute}>{grouped(self.argument(font))}<mo stretchy="false">{_ACCENTS[token]}</mo></{name}>'
            )
        if token in _ALPHABETS:
            return grouped(self.argument(token))
        if token in _UPRIGHT:
            return self.upright()
        if token in _SPACES:
            return Piece("")
        if token in OPERATORS:
            return Piece(f'<mo lspace="0" rspace="0">{escape(OPERATORS[token])}</mo>')
        if token[0].isdigit():
            digits = "".join(_styled(c, font) for c in token)
            return Piece(f"<mn>{digits}</mn>") if digits == token else Piece(f"<mi>{digits}</mi>")
        letter = _LETTERS.get(token, token.lstrip("\\"))
        return identifier(_styled(letter, font))

    def upright(self) -> Piece:
        """The argument of a command for upright letters."""
        match = _ARGUMENT.match(self.latex, self.tokens[self.at - 1].end())
        if not match:
            return grouped(self.argument(""))
        while self.at < len(self.tokens) and self.tokens[self.at].start() < match.end():
            self.at += 1
        name = match[1].strip()
        return Piece(f'<mi mathvariant="normal">{name}</mi>') if len(name) == 1 else Piece(f"<mi>{name}</mi>")


_TALL = re.compile("<m(?:frac|under|sqrt|table)")


def fence(left: str, inside: str, right: str) -> Piece:
    """A piece between fences, which grow with what is tall inside, but not with mere scripts.

    >>> fence("(", "<mi>z</mi>", ")")
    '<mrow><mo stretchy="false">(</mo><mi>z</mi><mo stretchy="false">)</mo></mrow>'
    """
    still = "" if _TALL.search(inside) else ' stretchy="false"'
    forms = (' form="prefix"', ' form="postfix"') if left == right else ("", "")
    return Piece(f"<mrow><mo{forms[0]}{still}>{left}</mo>{inside}<mo{forms[1]}{still}>{right}</mo></mrow>", airy=True)


def _is_sign(piece: str) -> bool:
    return not piece or piece.startswith("<mo") and not piece.startswith("<mover")


def _styled(letter: str, font: str) -> str:
    alphabet = _ALPHABETS.get(font)
    if alphabet is None or len(letter) != 1:
        return letter
    for first, last, start in (
        ("A", "Z", alphabet.upper),
        ("a", "z", alphabet.lower),
        ("0", "9", alphabet.digits),
        ("Α", "Ω", alphabet.greek_upper),
        ("α", "ω", alphabet.greek_lower),
    ):
        if first <= letter <= last and start:
            place = start + ord(letter) - ord(first)
            return _GAPS.get(place, chr(place))
    return letter
