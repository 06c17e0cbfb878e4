"""Unicode for a terminal: superscripts, subscripts and Greek where they exist, plain ASCII where they do not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from symbackprop.render.markup import Markup

_ABOVE = dict(zip("0123456789+-()klijnmpLNTᵀ⊙", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵏˡⁱʲⁿᵐᵖᴸᴺᵀᵀ⊙", strict=True))
_BELOW = dict(zip("0123456789+-()ijklmnprstuvaehox", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎ᵢⱼₖₗₘₙₚᵣₛₜᵤᵥₐₑₕₒₓ", strict=True))
SYMBOLS = {
    r"\delta": "δ", r"\eta": "η", r"\lambda": "λ", r"\sigma": "σ", r"\phi": "φ", r"\varphi": "φ", r"\alpha": "α",
    r"\beta": "β", r"\gamma": "γ", r"\mu": "μ", r"\epsilon": "ε", r"\pi": "π", r"\rho": "ρ", r"\tau": "τ",
    r"\theta": "θ", r"\kappa": "κ", r"\Theta": "Θ", r"\Omega": "Ω", r"\ell": "ℓ", r"\odot": "⊙", r"\oslash": "⊘",
    r"\circ": "∘",
    r"\top": "ᵀ", r"\leftarrow": "←", r"\ge": "≥", r"\le": "≤", r"\cdot": "·", r"\times": "×", r"\in": "∈",
    r"\nabla": "∇", r"\partial": "∂", r"\ne": "≠", r"\approx": "≈", r"\infty": "∞",
}  # fmt: skip
"""LaTeX commands and the characters they stand for."""

_ACCENTS = {r"\hat": "\u0302", r"\bar": "\u0304", r"\tilde": "\u0303"}
_COMPOSED = {"y\u0302": "ŷ", "h\u0304": "h̄"}
_SCRIPT_CAPITALS = {"L": "ℒ", "C": "𝒞", "E": "ℰ", "J": "𝒥"}
_FONT = re.compile(r"\\(?:mathrm|mathbf|mathbb|boldsymbol|mathcal|text)\s*\{([^{}]*)\}|\\(?:mathcal)\s+(\w)")


def plain(latex: str) -> str:
    r"""The Unicode spelling of a LaTeX letter or name.

    >>> plain(r"\hat y"), plain(r"\mathrm{ReLU}"), plain(r"W^{(1)}"), plain(r"\mathrm{GELU}_{\tanh}")
    ('ŷ', 'ReLU', 'W⁽¹⁾', 'GELU_tanh')
    """
    text = re.sub(r"\\mathcal\s*\{?(\w)\}?", lambda m: _SCRIPT_CAPITALS.get(m[1], m[1]), latex)
    text = text.replace(r"\mathbb{R}", "ℝ")
    text = _FONT.sub(lambda m: m[1] or m[2], text)
    for accent, mark in _ACCENTS.items():
        text = re.sub(
            rf"\{accent}\s*(?:\{{\s*(\\?\w+)\s*\}}|(\\?\w))",
            lambda m, mark=mark: (m[1] or m[2]) + mark,  # type: ignore[misc]
            text,
        )
    text = re.sub(r"\\[A-Za-z]+", lambda m: SYMBOLS.get(m[0], m[0][1:]), text)
    text = re.sub(r"\^\{([^{}]*)\}|\^(\w)", lambda m: raised(m[1] or m[2]), text)
    text = re.sub(r"_\{([^{}]*)\}|_(\w)", lambda m: lowered(m[1] or m[2]), text)
    for pair, letter in _COMPOSED.items():
        text = text.replace(pair, letter)
    return re.sub(r"[{} ]", "", text)


def raised(text: str) -> str:
    """A superscript, in Unicode where every character has one.

    >>> raised("(k+1)"), raised("[2]")
    ('⁽ᵏ⁺¹⁾', '^[2]')
    """
    if all(c in _ABOVE for c in text):
        return "".join(_ABOVE[c] for c in text)
    return f"^{text}" if len(text) == 1 or text[0] in "([" else f"^({text})"


def lowered(text: str) -> str:
    """A subscript, in Unicode where every character has one.

    >>> lowered("ij"), lowered("in"), lowered("decay")
    ('ᵢⱼ', 'ᵢₙ', '_decay')
    """
    word = len(text) > 3 and text.isalpha()
    if all(c in _BELOW for c in text) and not word:
        return "".join(_BELOW[c] for c in text)
    return f"_{text}" if text.isalnum() else f"_({text})"


class Text(Markup):
    """Formulas on one line of a terminal."""

    fraction_is_atom = False

    def symbol(self, latex: str) -> str:
        return plain(latex)

    def scripts(self, base: str, sub: Sequence[str], sup: str) -> str:
        below = ",".join(sub) if any(len(s) > 1 for s in sub) and len(sub) > 1 else "".join(sub)
        return base + (raised(sup) if sup else "") + (lowered(below) if below else "")

    def label(self, style: str, text: str) -> str:
        return {"paren": f"({text})", "bracket": f"[{text}]"}.get(style, text)

    def number(self, value: Fraction) -> str:
        return str(value)

    def decimal(self, text: str) -> str:
        return text

    def marked(self, row: str, name: str) -> str:
        return f"{row}    ({name})"

    def fraction(self, above: str, below: str) -> str:
        return f"{above}/{below}"

    def juxtaposed(self, factors: Sequence[str]) -> str:
        text = factors[0]
        for factor in factors[1:]:
            text += f" · {factor}" if factor[0].isdigit() else f" {factor}"
        return text

    def joined(self, operator: str, parts: Sequence[str]) -> str:
        return (", " if operator == "," else f" {plain(operator)} ").join(parts)

    def added(self, terms: Sequence[tuple[bool, str]]) -> str:
        text = ("-" if terms[0][0] else "") + terms[0][1]
        return text + "".join((" - " if negative else " + ") + term for negative, term in terms[1:])

    def parenthesised(self, inside: str) -> str:
        return f"({inside})"

    def opened(self, inside: str) -> str:
        return f"({inside}"

    def closed(self, inside: str) -> str:
        return f"{inside})"

    def cases(self, rows: Sequence[tuple[str, str]]) -> str:
        return ", ".join(f"{value} if {condition}" for value, condition in rows)

    def called(self, head: str, arguments: Sequence[str]) -> str:
        return f"{head}({', '.join(arguments)})"

    def power(self, base: str, exponent: str) -> str:
        return base + raised(exponent)

    def primed(self, head: str) -> str:
        return f"{head}'"

    def root(self, inside: str) -> str:
        return f"√({inside})"

    def fenced(self, kind: str, inside: str) -> str:
        bar = "|" if kind == "abs" else "‖"
        return f"{bar}{inside}{bar}"

    def indicator(self, inside: str) -> str:
        return f"1[{inside}]"

    def total(self, indices: Sequence[str], body: str) -> str:
        return f"Σ{lowered(','.join(indices) if any(len(i) > 1 for i in indices) else ''.join(indices))} {body}"

    def partial(self, of: str, by: str) -> str:
        return f"∂{of}/∂{by}" if of else f"∂/∂{by}"

    def nabla(self, by: str, of: str) -> str:
        return f"∇[{by}] {of}"

    def underbraced(self, body: str, below: str) -> str:
        return f"{body} [{below}]"

    def related(self, left: str, relation: str, right: str) -> str:
        return f"{left} {plain(relation)} {right}"

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        return "[" + "; ".join(" ".join(row) for row in rows) + "]"

    def words(self, text: str) -> str:
        return text


TEXT = Text()
