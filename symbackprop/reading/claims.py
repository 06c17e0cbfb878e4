r"""Which formulas of a text claim something: those that equate, and are no condition (``i = j``), range or value."""

from __future__ import annotations

import re
from collections.abc import Iterable

from symbackprop.reading import commands as tex

EQUATING = frozenset(
    r"= == := <- ≈ ≡ ← ≔ ＝ ≃ ≅ ≜ \approx \simeq \equiv \cong \leftarrow \gets \longleftarrow \coloneqq \coloneq "
    r"\triangleq \doteq".split()
)
COMPARING = frozenset(
    r"< > <= >= != ≤ ≥ ≠ ∈ \le \leq \leqslant \ge \geq \geqslant \ne \neq \sim \propto \in \notin \ll \gg \lt "
    r"\gt".split()
)
MAX_SIGNS = 5_000  # a formula that has not equated anything by then is left to the reader
MAX_CONDITION = 300

_NOTED = "|".join(
    sorted(
        name[1:]
        for name in tex.TEXTS | tex.DROPPED_WITH_ARGUMENT | tex.COLOURS | {"\\underset", "\\overset", "\\stackrel"}
    )
)
_SIGN = re.compile(
    rf"%[^\n]*|(?P<hidden>(?:[_^]|\\(?:{_NOTED})\*?)\s*\{{)|\\begin\s*\{{(?P<begin>[^{{}}]*)\}}|(?P<end>\\end\s*\{{[^{{}}]*\}})"
    r"|\\left(?![A-Za-z])\s*(?P<left>\\[A-Za-z]+|\\.|.)|(?P<right>\\right(?![A-Za-z])\s*(?:\\[A-Za-z]+|\\.|.))|\\not\s*="
    r"|(?P<command>\\[A-Za-z]+)|(?P<open>\()|(?P<close>[)\]])|(?P<square>\[)|(?P<set>\\\{)|(?P<unset>\\\})|\\."
    r"|(?P<group>\{)|(?P<ungroup>\})|(?P<sign><=|>=|!=|==|:=|<-|[=≈≡←≔＝≃≅≜<>≤≥≠∈])|(?P<comma>[,;])",
    re.DOTALL,
)


def equates(text: str, commands: Iterable[str] = ()) -> bool:
    r"""Whether there is a relation that equates, outside of scripts, brackets and words.

    >>> equates(r"z = w x"), equates(r"\sum_{i=1}^n x_i"), equates(r"x \in \mathbb{R}^n")
    (True, False, False)
    """
    return any(kind == "equal" for kind, _, _ in _signs(text, frozenset(commands), shown=True))


def is_claim(text: str, commands: Iterable[str] = ()) -> bool:
    r"""Whether a formula within a sentence equates something, and not only an index, a size, a range or a value.

    >>> [is_claim(text) for text in ("z = w x", r"k = 1, \dots, m", "l = L - 1", "x = 3", r"x_i = (1, 0)^\top")]
    [True, False, False, False, False]
    """
    own = frozenset(commands)
    if len(text) > MAX_CONDITION:
        return equates(text, own)
    piece: list[str] = []
    equal = False
    before = 0
    found = [*_signs(text, own, shown=False), ("comma", len(text), len(text))]
    for kind, start, end in found:
        piece.append(text[before:start])
        before = end
        equal = equal or kind == "equal"
        if kind == "comma":
            if equal and not _is_condition(piece):
                return True
            piece, equal = [], False
    return False


def _signs(text: str, own: frozenset[str], *, shown: bool) -> Iterable[tuple[str, int, int]]:
    """The relations and commas on the top level: equal, compare, comma or many, with their places.

    In a formula that is set apart (``shown``) systems of equations count too, which stand in cases or after a brace.
    """
    hidden = 0
    brackets = 0
    opened: list[tuple[int, int]] = []
    for number, match in enumerate(_SIGN.finditer(text)):
        kind, sign = match.lastgroup, match[0]
        if number > MAX_SIGNS:
            yield "equal", *match.span()
            return
        if kind in ("hidden", "group", "begin", "left"):
            system = (
                kind == "group"
                or kind == "begin"
                and (match["begin"] in tex.ALIGNING or shown)
                or kind == "left"
                and shown
                and match["left"] in ("\\{", "\\lbrace")
            )
            opened.append((hidden, brackets))
            hidden += 0 if system else 1
        elif kind in ("ungroup", "end", "right"):
            if opened:
                hidden, brackets = opened.pop()
        elif kind in ("open", "square", "set"):
            brackets += 1
        elif kind in ("close", "unset"):
            brackets = max(0, brackets - 1)
        elif hidden or brackets:
            continue
        elif kind == "comma" or sign in ("\\quad", "\\qquad"):
            yield "comma", *match.span()
        elif sign in EQUATING or sign in own:
            yield "equal", *match.span()
        elif sign in COMPARING:
            yield "compare", *match.span()


_SCRIPTS = r"(?:\s*+(?:[_^]\s*+(?:\{[^{}]*+(?:\{[^{}]*+\}[^{}]*+)*\}|\\[A-Za-z]++|[^\s{}\\])|'))*"
_STYLE = r"(?:\\(?:" + "|".join(sorted(name[1:] for name in {**tex.FONTS, **tex.ACCENTS})) + r")\s*+\{?\s*+){0,2}"
_LETTER = r"(?:[^\W\d_]|\\(?!(?:[dt]?frac|partial|nabla|sum|prod|left|sqrt)(?![A-Za-z]))[A-Za-z]++)"
_BARE = re.compile(rf"{_STYLE}{_LETTER}\}}{{0,2}}{_SCRIPTS}|[^\W\d_]{{1,9}}\d*")
_INDEX = re.compile(rf"(?:[ijklmnqNMLKTt]|\\ell|ℓ){_SCRIPTS}")
_INDICES = re.compile(rf"{_LETTER}{_SCRIPTS}|(?:[ijklmnqtNMLKTBDd\d+\-*/()\s]|\\(?:ell|cdot|times)(?![A-Za-z])|ℓ)+")
_FUNCTION = re.compile(
    r"\\(?:tanh|exp|log|ln|max|min|sin|cos|sinh|cosh|(?:mathrm|operatorname|text|mathit|mathsf|textrm)\*?\s*\{[^{}]*\})"
)
_VALUE = re.compile(
    r"(?:[\d.,\s+\-−/()\[\]&%{}^]|\\\\|\\[,;:! ]|\\(?:[dt]?frac|left|right|infty|cdot|times|top|intercal)(?![A-Za-z])|T"
    r"|\\(?:begin|end)\s*+\{(?:small|[bpv])?matrix\})+"
)
_DOTS = r"(?:\\[lch]?dots[cbm]?(?![A-Za-z])|\.\.\.|…)"
_LIST = re.compile(rf"\\\{{.*|[\w\s\-+{{}}]*+{_DOTS}(?:[\w\s\-+{{}}]|\\ell)*+", re.DOTALL)
_WORDS = re.compile(r"\\(?:text|mbox|textrm|mathrm)\s*+\{[^{}]*+\}")


def _is_condition(sides: list[str]) -> bool:
    """Whether the sides of a relation are names before a number, a list or a function, or are indices."""
    sides = [side.strip(" \t\n\r.:&~") for side in sides]
    *names, last = [_WORDS.sub("", side).strip() or side for side in sides]
    if not any(sides):
        return True
    if not last or not all(_BARE.fullmatch(name) for name in names):
        return False
    if _VALUE.fullmatch(last) and re.search(r"\d|\\infty", last) or _LIST.fullmatch(last) or _FUNCTION.fullmatch(last):
        return True
    return all(_INDEX.fullmatch(name) for name in names) and _INDICES.fullmatch(last) is not None
