"""What commands mean that a text uses and does not define: a font, a name, a transpose, a derivative."""

from __future__ import annotations

import re
from collections.abc import Iterable

from symbackprop.reading.commands import KNOWN

_COMMAND = re.compile(r"\\([A-Za-z]+)(?:\s*(\{))?")
_FONTS = ("mathbf", "mathcal", "mathfrak", "mathbb")
_PARTIAL = r"[2]{\frac{\partial #1}{\partial #2}}"
_TOTAL = r"[2]{\frac{d #1}{d #2}}"
USUAL = {
    "pd": _PARTIAL,
    "pdv": _PARTIAL,
    "pder": _PARTIAL,
    "pderiv": _PARTIAL,
    "pdiff": _PARTIAL,
    "parder": _PARTIAL,
    "partials": _PARTIAL,
    "dv": _TOTAL,
    "deriv": _TOTAL,
    "diff": _TOTAL,
    "grad": r"{\nabla}",
    "norm": r"[1]{\|#1\|}",
    "abs": r"[1]{|#1|}",
    "T": r"{\top}",
    "R": r"{\mathbb{R}}",
    "relu": r"{\mathrm{ReLU}}",
    "ReLU": r"{\mathrm{ReLU}}",
    "softmax": r"{\mathrm{softmax}}",
    "sigmoid": r"{\mathrm{sigmoid}}",
    "sigm": r"{\mathrm{sigmoid}}",
    "diag": r"{\mathrm{diag}}",
}
"""Commands of well-known packages, and names that everybody gives to the same thing."""


def assumed_macros(texts: Iterable[str], defined: Iterable[str] = ()) -> str:
    r"""Definitions of the commands that the texts use and that nothing defines.

    A command around one name (``\matr{X}``) is taken for a font, each command for one of its own, so that no two
    names become one; a command alone (``\Vb``) for a name; one that says so, for a transpose. Any other is left out,
    and the reader will refuse it.

    >>> assumed_macros([r"\matr{Z} = \matr{X} \transp{\matr{Y}} + \Vb"])
    '\\newcommand{\\matr}[1]{\\mathbf{#1}}\n\\newcommand{\\transp}[1]{{#1}^{\\top}}\n\\newcommand{\\Vb}{\\mathrm{Vb}}\n'
    """
    text = "\n".join(texts)
    known = set(defined) | set(re.findall(r"\\(?:re)?newcommand\*?\s*\{?\\([A-Za-z]+)", text))
    seen: dict[str, set[bool]] = {}
    for name, brace in _COMMAND.findall(text):
        if "\\" + name not in KNOWN and name not in known:
            seen.setdefault(name, set()).add(bool(brace))
    found = []
    fonts = iter(_FONTS)
    for name, braced in seen.items():
        body = USUAL.get(name)
        if body is None and braced == {False}:
            body = rf"{{\mathrm{{{name}}}}}"
        elif body is None and braced == {True} and not re.search(rf"\\{name}\s*\{{[^{{}}]*\}}\s*\{{", text):
            if re.fullmatch(r"transp\w*|trans|tp|tr|trp|t", name, re.IGNORECASE):
                body = r"[1]{{#1}^{\top}}"
            elif (font := next(fonts, None)) is not None:
                body = rf"[1]{{\{font}{{#1}}}}"
        if body is not None:
            found.append(rf"\newcommand{{\{name}}}{body}" + "\n")
    return "".join(found)
