r"""What interrupts the text of a TeX or Markdown file, outside of its formulas and within them.

Each pattern runs over what is of no interest and then takes the one thing that stopped it, or nothing: it always
matches, so it never goes back, and a file is read in time proportional to its length, whatever stands in it.
(A possessive group would say the same; those of Python 3.11.2 match wrongly.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from symbackprop.reading import commands as tex

RUN = 1_000  # how many pieces of no interest are run over at once
INNER = frozenset(["aligned", "alignedat", "gathered", "split"])  # stand within other formulas, or alone in a quotation
DISPLAYED = tex.ALIGNING - INNER - {"math"}
BODY_ONLY = frozenset(["equation", "equation*", "displaymath", "math"])  # environments without rows and arguments

_WORD_END = "(?![A-Za-z@])"
_BLANK = r"[ \t\r]*+(?:\n|\Z)"
_MD_BLANK = r"[ \t\r>]*+(?:\n|\Z)"
_VERBATIM = r"(?:[vV]erbatim|lstlisting|comment|filecontents)\*?|minted|alltt"
_VERBAL = r"(?:verb\*?|lstinline(?:\[[^\]\n]{0,99}\])?|mintinline\{\w{0,30}\}|url|nolinkurl|path|href)(?![A-Za-z\s@])"
_TEXTS = "|".join(sorted(name[1:] for name in tex.TEXTS | {"\\tag", "\\label", "\\ref", "\\eqref", "\\footnote"}))
_MARK = r"(?i:given|/[ \t]*given|end[ \t]+given)[ \t]*:?[ \t\r]*(?=\n|\Z)"
_ENVIRONMENT = "|".join(sorted(map(re.escape, tex.ALIGNING), key=len, reverse=True))
_NO_RELATION = r"[^$\\%`\n<:=≈≡←≔＝≃≅≜]"


@dataclass(frozen=True, slots=True)
class Markup:
    """How formulas stand in one kind of file, and what a single dollar may be besides the sign of a formula."""

    outside: re.Pattern[str]
    in_given: re.Pattern[str]
    inside: re.Pattern[str]
    money: bool = False  # a dollar begins a formula only if what is around it allows so
    spaced: bool = True  # ``$ z = w x $`` is a formula too


def _pattern(skipped: list[str], commands: list[str], others: list[str]) -> re.Pattern[str]:
    """Run over what is skipped and over commands that are not looked for, then take a token if there is one."""
    unnamed = "|".join(re.sub(r"\(\?P<\w+>", "(?:", command) for command in commands)
    run = "|".join([*skipped, rf"(?!{unnamed})\\(?:[A-Za-z@]++|.)"])
    return re.compile(rf"(?:{run}){{0,{RUN}}}(?:{'|'.join([*commands, *others])}|)", re.DOTALL)


_DOLLARS = r"(?P<dollars>\$\$?)"
_BEGIN = rf"(?P<begin>\\begin[ \t]*\{{(?:{_ENVIRONMENT})\}})"
_DEFINITION = (
    r"(?P<definition>\\(?:(?:re|provide)?newcommand|DeclareRobustCommand|DeclareMathOperator|[gex]?def"
    rf"|(?:re)?newenvironment|(?:New|Renew|Provide|Declare)DocumentCommand){_WORD_END})"
)
_INSIDE = [
    r"(?P<bracket>\\[\[\]()])",
    r"(?P<begin>\\begin[ \t]*\{[A-Za-z]*\*?\})",
    r"(?P<end>\\end[ \t]*\{[A-Za-z]*\*?\})",
    rf"(?P<words>\\(?:{_TEXTS})\*?[ \t]*\{{)",
    _DEFINITION,
]

_TEX_SKIPPED = [r"[^\\$%]++", rf"\${_NO_RELATION}++\$", r"\$\$\$\$"]
_TEX_MARKER = rf"(?P<marker>%[ \t%]*+{_MARK})"
_TEX_OUTSIDE = [
    r"(?P<bracket>\\[\[(])",
    r"(?P<stray>\\[\])])",
    _BEGIN,
    rf"(?P<end>\\end[ \t]*\{{(?:{_ENVIRONMENT})\}})",
    rf"(?P<verbatim>\\begin[ \t]*\{{(?:{_VERBATIM})\}})",
    r"(?P<stop>\\end[ \t]*\{document\})",
    rf"(?P<code>\\{_VERBAL})",
    rf"(?P<unseen>\\iffalse{_WORD_END})",
    _DEFINITION,
]
TEX = Markup(
    outside=_pattern([*_TEX_SKIPPED, rf"%(?![ \t%]*+{_MARK})[^\n]*+"], _TEX_OUTSIDE, [_DOLLARS, _TEX_MARKER]),
    in_given=_pattern(_TEX_SKIPPED, _TEX_OUTSIDE, [_DOLLARS, _TEX_MARKER, r"(?P<comment>%[^\n]*)"]),
    inside=_pattern(
        [r"[^\\$%\n]++", rf"\n(?!{_BLANK})", r"%[^\n]*+"], _INSIDE, [_DOLLARS, rf"(?P<blank>\n)(?={_BLANK})"]
    ),
)

_MD_OUTSIDE = _pattern(
    [
        r"[^\\$`<\n]++",
        r"\n(?![ \t>]*+(?:```|~~~))",
        r"`[^`\n]++`(?!`)",
        r"<(?!!--|(?:pre|code|script|style)\b)",
        rf"\$(?!\s){_NO_RELATION}++(?<!\s)\$(?!\d)",
        r"\$\$\$\$",
    ],
    [r"(?P<bracket>\\\\?[\[(])", _BEGIN, _DEFINITION],
    [
        r"(?P<fence>\n[ \t>]*+(?:`{3,}+[^`\n]*+|~{3,}+[^\n]*+)(?=\n|\Z))",
        r"(?P<ticked>\$`)",
        _DOLLARS,
        r"(?P<ticks>`+)",
        r"(?P<html><!--)",
        r"(?P<element><(?:pre|code|script|style))\b",
    ],
)
_MD_INSIDE = _pattern(
    [r"[^\\$\n]++", rf"\n(?!{_MD_BLANK})"],
    [r"(?P<doubled>\\\\[\])])", *_INSIDE],
    [_DOLLARS, rf"(?P<blank>\n)(?={_MD_BLANK})"],
)
MARKDOWN = Markup(_MD_OUTSIDE, _MD_OUTSIDE, _MD_INSIDE, money=True, spaced=False)
NOTEBOOK = Markup(_MD_OUTSIDE, _MD_OUTSIDE, _MD_INSIDE, money=True)
FENCE = re.compile(r"\n?[ \t>]*+(?P<run>`{3,}+(?=[^`\n]*+(?:\n|\Z))|~{3,}+)[ \t]*+(?P<word>[^\s`]*+)[^\n]*+")
CLOSING_FENCE = re.compile(r"\n[ \t>]*+(?P<run>`{3,}|~{3,})[ \t\r]*(?=\n|\Z)")

BRACES = re.compile(rf"(?:[^{{}}\\%]++|\\.|%[^\n]*+){{0,{RUN}}}(?:(?P<open>\{{)|(?P<close>\}})|)", re.DOTALL)
WORDS = re.compile(
    rf"(?:[^{{}}\\\n]++|\n(?!{_BLANK})|\\(?!(?:begin|end)[ \t]*\{{).){{0,{RUN}}}"
    rf"(?:(?P<open>\{{)|(?P<close>\}})|(?P<stop>\n(?={_BLANK})|\\(?=(?:begin|end)[ \t]*\{{))|)",
    re.DOTALL,
)


def environment_name(command: str) -> str:
    r"""The name in ``\begin{...}`` or ``\end{...}``.

    >>> environment_name(r"\begin {align*}")
    'align*'
    """
    return command[command.index("{") + 1 : -1]
