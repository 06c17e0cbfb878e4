"""Unicode for a terminal: superscripts, subscripts and Greek where they exist, plain ASCII where they do not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from symbackprop.render.markup import Markup

_ABOVE = dict(zip("0123456789+-()klijnmpLNTᵀ⊙", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵏˡⁱʲⁿᵐᵖᴸᴺᵀᵀ⊙", strict=True))
_BELOW = dict(zip("0123456789+-()ijklmnprstuvaehox", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎ᵢⱼₖₗₘₙₚᵣₛₜᵤᵥₐₑₕₒₓ", strict=True))
SYMBOLS = {
    r"\delta": "δ", r"\eta": "η", r"\lambda": "λ", r"\sigma": "σ", r"\phi": "φ", r"\varphi": "φ", r"\alpha": "α",
    r"\beta": "β", r"\gamma": "γ", r"\mu": "μ", r"\epsilon": "ε", r"\pi": "π", r"\rho": "ρ", r"\tau": "τ",
    r"\theta": "θ", r"\kappa": "κ", r"\varepsilon": "ε", r"\zeta": "ζ", r"\vartheta": "ϑ", r"\iota": "ι", r"\nu": "ν",
    r"\xi": "ξ", r"\varsigma": "ς", r"\upsilon": "υ", r"\chi": "χ", r"\psi": "ψ", r"\omega": "ω", r"\Gamma": "Γ",
    r"\Delta": "Δ", r"\Theta": "Θ", r"\Lambda": "Λ", r"\Xi": "Ξ", r"\Pi": "Π", r"\Sigma": "Σ", r"\Upsilon": "Υ",
    r"\Phi": "Φ", r"\Psi": "Ψ", r"\Omega": "Ω", r"\hbar": "ℏ", r"\imath": "ı", r"\jmath": "ȷ", r"\ell": "ℓ",
    r"\odot": "⊙", r"\oslash": "⊘", r"\circ": "∘", r"\top": "ᵀ", r"\leftarrow": "←", r"\ge": "≥", r"\le": "≤",
    r"\cdot": "·", r"\times": "×", r"\in": "∈", r"\nabla": "∇", r"\partial": "∂", r"\ne": "≠", r"\approx": "≈",
    r"\infty": "∞", r"\equiv": "≡", r"\propto": "∝", r"\notin": "∉", r"\ll": "≪", r"\gg": "≫", r"\implies": "⟹",
    r"\iff": "⟺", r"\langle": "⟨", r"\rangle": "⟩", r"\otimes": "⊗", r"\sum": "Σ", r"\prod": "Π",
    r"\cdots": "⋯",
}  # fmt: skip
SPELLED = {shown: spelled for spelled, shown in SYMBOLS.items() if len(shown) == 1 and not shown.isascii()}
"""The LaTeX of single signs, for those who set plain words in TeX."""
"""LaTeX commands and the characters they stand for."""

_ACCENTS = {
    r"\hat": "\u0302", r"\bar": "\u0304", r"\tilde": "\u0303", r"\vec": "\u20d7", r"\dot": "\u0307", r"\ddot": "\u0308",
    r"\underline": "\u0332", r"\check": "\u030c", r"\breve": "\u0306", r"\mathring": "\u030a",
}  # fmt: skip
_COMPOSED = {"y\u0302": "ŷ", "h\u0304": "h̄"}
_SCRIPT_CAPITALS = {"L": "ℒ", "C": "𝒞", "E": "ℰ", "J": "𝒥"}
_FONT = re.compile(r"\\(?:mathrm|mathbf|mathbb|boldsymbol|mathcal|text)\s*\{([^{}]*)\}|\\(?:mathcal)\s+(\w)")


@lru_cache(maxsize=4096)
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
    return f"_{text}" if text.isalnum() or len(text) == 1 else f"_({text})"


def _bare(script: str) -> str:
    """What stands in a script, without LaTeX."""
    return plain(script) if "\\" in script or "{" in script else script


class Text(Markup):
    """Formulas on one line of a terminal."""

    fraction_is_atom = False

    def symbol(self, latex: str) -> str:
        return plain(latex)

    def scripts(self, base: str, sub: Sequence[str], sup: str) -> str:
        below = ",".join(sub) if any(len(s) > 1 for s in sub) and len(sub) > 1 else "".join(sub)
        return base + (raised(_bare(sup)) if sup else "") + (lowered(_bare(below)) if below else "")

    def label(self, style: str, text: str) -> str:
        return {"paren": f"({text})", "bracket": f"[{text}]", "angle": f"⟨{text}⟩"}.get(style, text)

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
        return ", ".join(f"{value} if {condition}" if condition else f"{value} otherwise" for value, condition in rows)

    def called(self, head: str, arguments: Sequence[str]) -> str:
        return f"{head}({', '.join(arguments)})"

    def power(self, base: str, exponent: str) -> str:
        return base + raised(exponent)

    def primed(self, head: str) -> str:
        return f"{head}'"

    def root(self, inside: str, degree: str = "") -> str:
        return f"{raised(degree) if degree else ''}√({inside})"

    def fenced(self, kind: str, inside: str) -> str:
        left, right = {"abs": ("|", "|"), "norm": ("‖", "‖"), "angle": ("⟨", "⟩")}[kind]
        return f"{left}{inside}{right}"

    def indicator(self, inside: str) -> str:
        return f"1[{inside}]"

    def total(self, indices: Sequence[str], body: str, upper: str = "", sign: str = r"\sum") -> str:
        below = _bare(",".join(indices) if any(len(i) > 1 for i in indices) else "".join(indices))
        limits = (lowered(below) if below else "") + (raised(_bare(upper)) if upper else "")
        return f"{plain(sign)}{limits} {body}"

    def derivative(self, sign: str, of: str, by: Sequence[str]) -> str:
        sign = plain(sign)
        above = sign + raised(str(len(by))) if len(by) > 1 else sign
        return f"{above}{of}/{''.join(f'{sign}{variable}' for variable in by)}"

    def nabla(self, by: str, of: str) -> str:
        return f"∇[{by}] {of}" if by else f"∇{of}"

    def evaluated(self, body: str, condition: str) -> str:
        return f"{body} at {condition}"

    def stacked(self, rows: Sequence[str]) -> str:
        return "; ".join(rows)

    def underbraced(self, body: str, below: str) -> str:
        return f"{body} [{below}]"

    def related(self, left: str, relation: str, right: str) -> str:
        return f"{left} {plain(relation)} {right}"

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        return "[" + "; ".join(" ".join(row) for row in rows) + "]"

    def words(self, text: str) -> str:
        return text


TEXT = Text()
