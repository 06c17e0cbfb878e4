"""TeX-math tokens with their place in the source; Unicode mathematics becomes the commands it stands for."""

from __future__ import annotations

import re
from typing import NamedTuple

from symbackprop.vocabulary.errors import InputError, Place

MAX_LENGTH = 100_000
MAX_DIGITS = 60


class Token(NamedTuple):
    """``kind`` is letter, digit, command, newline, other, or the special character itself."""

    kind: str
    text: str
    start: int
    end: int
    gap: bool = False


_PATTERN = re.compile(r"(\s+|%[^\n]*(?:\n|$))|\\([a-zA-Z]+)|\\(.)|([a-zA-Z])|([0-9])|(.)", re.DOTALL)
_SPECIAL = frozenset("{}^_&$'")
_GREEK = (
    "α alpha β beta γ gamma δ delta ε epsilon ϵ epsilon ζ zeta η eta θ theta κ kappa λ lambda μ mu ν nu ξ xi "
    "π pi ρ rho σ sigma ς varsigma τ tau φ phi ϕ phi χ chi ψ psi ω omega Γ Gamma Δ Delta Θ Theta Λ Lambda "
    "Π Pi Σ Sigma Φ Phi Ψ Psi Ω Omega ℓ ell ∂ partial ∇ nabla ∑ sum ∏ prod · cdot ⋅ cdot × times ⊙ odot "
    "∘ circ ⊗ otimes ≤ le ≥ ge ≠ ne ≈ approx ≡ equiv ← leftarrow → rightarrow ⇒ Rightarrow ∈ in ∀ forall "
    "∞ infty ⟨ langle ⟩ rangle ‖ Vert … ldots ⋯ cdots ⊤ top √ sqrt"
).split()
_COMMANDS = dict(zip(_GREEK[::2], _GREEK[1::2], strict=True))
_PLAIN = {"−": "-", "′": "'", "’": "'", "（": "(", "）": ")", "，": ",", "＝": "=", "＋": "+"}
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁱⁿˡᵏᵗᵀ", "0123456789+-()inlktT", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ᵢⱼₖₗₘₙₜₓ", "0123456789+-()ijklmntx", strict=True))
_ACCENTED = {"ŷ": ("hat", "y"), "ỹ": ("tilde", "y"), "ȳ": ("bar", "y"), "â": ("hat", "a"), "ẑ": ("hat", "z")}
_COMBINING = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u20d7": "vec"}


def tokenize(text: str) -> list[Token]:
    r"""The tokens of a formula without comments; blanks are remembered as ``gap`` of the next token.

    >>> [token.text for token in tokenize(r"\frac12 σ % note")]
    ['\\frac', '1', '2', '\\sigma']
    """
    if len(text) > MAX_LENGTH:
        place = Place(text[:80], 0, 1)
        raise InputError("too-long", f"{len(text)} characters; at most {MAX_LENGTH} can be read", place)
    tokens: list[Token] = []
    gap = False
    digits = 0
    for match in _PATTERN.finditer(text):
        which = match.lastindex
        start, end = match.span()
        if which == 1:
            gap = True
            continue
        if which == 5:
            digits += 1
            if digits > MAX_DIGITS:
                raise InputError("too-long", f"a number of more than {MAX_DIGITS} digits", Place(text, start, end))
            tokens.append(Token("digit", match[5], start, end, gap))
            gap = False
            continue
        digits = 0
        if which == 2:
            tokens.append(Token("command", match[0], start, end, gap))
        elif which == 3:
            kind = "newline" if match[3] == "\\" else "command"
            tokens.append(Token(kind, match[0], start, end, gap))
        elif which == 4:
            tokens.append(Token("letter", match[4], start, end, gap))
        else:
            character = match[6]
            if character in _SPECIAL:
                tokens.append(Token(character, character, start, end, gap))
            elif character.isascii():
                tokens.append(Token("other", character, start, end, gap))
            else:
                _unicode(tokens, character, start, end, gap)
        gap = False
    return tokens


def _unicode(tokens: list[Token], character: str, start: int, end: int, gap: bool) -> None:
    """Add what a character outside ASCII stands for."""
    if character in _COMMANDS:
        tokens.append(Token("command", "\\" + _COMMANDS[character], start, end, gap))
    elif character in _PLAIN:
        plain = _PLAIN[character]
        tokens.append(Token("'" if plain == "'" else "other", plain, start, end, gap))
    elif character in _RAISED or character in _LOWERED:
        script, table = ("^", _RAISED) if character in _RAISED else ("_", _LOWERED)
        plain = table[character]
        kind = "letter" if plain.isalpha() else "digit" if plain.isdigit() else "other"
        open_script = _last_script(tokens, start)
        if open_script == script:  # a run of raised or lowered characters is one script
            tokens.pop()
        else:
            tokens.append(Token(script, script, start, end, gap))
            tokens.append(Token("{", "{", start, end))
        tokens.append(Token(kind, plain, start, end))
        tokens.append(Token("}", "}", start, end))
    elif character in _ACCENTED:
        accent, letter = _ACCENTED[character]
        tokens.append(Token("command", "\\" + accent, start, end, gap))
        tokens.append(Token("letter", letter, start, end))
    elif character in _COMBINING and tokens and tokens[-1].kind in ("letter", "command"):
        last = tokens.pop()
        tokens.append(Token("command", "\\" + _COMBINING[character], last.start, end, last.gap))
        tokens.append(Token(last.kind, last.text, last.start, end))
    else:
        tokens.append(Token("other", character, start, end, gap))


def _last_script(tokens: list[Token], start: int) -> str:
    """The kind of the script written in raised or lowered characters that ends just before ``start``."""
    if len(tokens) < 4 or tokens[-1].kind != "}" or tokens[-1].end != start or tokens[-1].end - tokens[-1].start != 1:
        return ""
    if tokens[-1].start != tokens[-2].start:
        return ""
    for token in reversed(tokens):
        if token.kind in "^_":
            return token.kind
    return ""
