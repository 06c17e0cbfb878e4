"""What TeX commands are to the math list: tables only, no meaning."""

from __future__ import annotations

FONTS = {
    "\\mathbf": "bold",
    "\\boldsymbol": "bold",
    "\\bm": "bold",
    "\\pmb": "bold",
    "\\symbf": "bold",
    "\\textbf": "bold",
    "\\mathcal": "cal",
    "\\mathscr": "cal",
    "\\mathbb": "bb",
    "\\mathds": "bb",
    "\\mathfrak": "frak",
    "\\mathrm": "roman",
    "\\mathit": "roman",
    "\\mathsf": "roman",
    "\\mathtt": "roman",
    "\\mathnormal": "roman",
    "\\operatorname": "roman",
    "\\operatornamewithlimits": "roman",
    "\\symup": "roman",
}
TEXTS = frozenset(
    [
        "\\text",
        "\\mbox",
        "\\textrm",
        "\\textit",
        "\\textsf",
        "\\texttt",
        "\\textnormal",
        "\\hbox",
        "\\intertext",
        "\\shortintertext",
    ]
)
SWITCHES = {
    "\\rm": "roman",
    "\\it": "roman",
    "\\sf": "roman",
    "\\tt": "roman",
    "\\bf": "bold",
    "\\cal": "cal",
}
ACCENTS = {
    "\\hat": "hat",
    "\\widehat": "hat",
    "\\tilde": "tilde",
    "\\widetilde": "tilde",
    "\\bar": "bar",
    "\\overline": "bar",
    "\\vec": "vec",
    "\\overrightarrow": "vec",
    "\\dot": "dot",
    "\\ddot": "ddot",
    "\\underline": "underline",
    "\\check": "check",
    "\\breve": "breve",
    "\\mathring": "ring",
}
FRACTIONS = frozenset(["\\frac", "\\dfrac", "\\tfrac", "\\cfrac", "\\nicefrac", "\\sfrac"])
TRANSPARENT = frozenset(
    [
        "\\boxed",
        "\\fbox",
        "\\framebox",
        "\\mathop",
        "\\mathrel",
        "\\mathbin",
        "\\mathord",
        "\\mathclose",
        "\\mathopen",
        "\\mathinner",
        "\\smash",
        "\\ensuremath",
        "\\bbox",
        "\\mathstrut",
    ]
)
BRACES = frozenset(["\\underbrace", "\\overbrace", "\\underbracket", "\\overbracket"])
COLOURS = frozenset(["\\textcolor", "\\colorbox"])
DROPPED = frozenset(
    [
        "\\displaystyle",
        "\\textstyle",
        "\\scriptstyle",
        "\\scriptscriptstyle",
        "\\limits",
        "\\nolimits",
        "\\nonumber",
        "\\notag",
        "\\hline",
        "\\tiny",
        "\\small",
        "\\normalsize",
        "\\large",
        "\\Large",
        "\\LARGE",
        "\\huge",
        "\\Huge",
        "\\strut",
        "\\allowbreak",
        "\\centering",
        "\\,",
        "\\;",
        "\\:",
        "\\!",
        "\\ ",
        "\\>",
        "\\space",
        "\\enspace",
        "\\thinspace",
        "\\medspace",
        "\\thickspace",
        "\\negthinspace",
        "\\hfill",
        "\\noindent",
        "\\nobreak",
        "\\relax",
        "\\/",
        "\\mathstrut",
        "\\displaylimits",
        "\\middle",
        "\\\n",
        "\\null",
    ]
)
DROPPED_WITH_ARGUMENT = frozenset(
    [
        "\\label",
        "\\tag",
        "\\color",
        "\\vspace",
        "\\phantom",
        "\\hphantom",
        "\\vphantom",
        "\\eqref",
        "\\ref",
        "\\cite",
    ]
)
SPACED = frozenset(["\\hspace", "\\hskip", "\\kern", "\\mkern", "\\mskip"])
"""Spaces with their width."""
EMS = {"em": 1.0, "ex": 0.45, "pt": 0.1, "mm": 0.28, "cm": 2.8, "in": 7.2, "mu": 0.06, "px": 0.08}
WIDE = 0.9
"""From how many em on a space keeps formulas apart, as ``\\quad`` does."""
SIZES = frozenset(f"\\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m"))
WIDE_SPACES = frozenset(["\\quad", "\\qquad"])
OPENING = {
    "(": ")",
    "[": "]",
    "\\{": "\\}",
    "\\langle": "\\rangle",
    "\\lVert": "\\rVert",
    "\\lvert": "\\rvert",
    "\\lbrace": "\\}",
    "\\lbrack": "]",
    "\\lfloor": "\\rfloor",
    "\\lceil": "\\rceil",
}
CLOSING = frozenset([")", "]", "\\}", "\\rangle", "\\rVert", "\\rvert", "\\rfloor", "\\rceil", "\\rbrace", "\\rbrack"])
SAME_DELIMITER = {
    "\\rbrace": "\\}",
    "\\rbrack": "]",
    "\\lbrace": "\\{",
    "\\lbrack": "[",
    "\\Vert": "\\|",
    "\\vert": "|",
    "\\lt": "<",
    "\\gt": ">",
}
DELIMITERS = frozenset(OPENING) | CLOSING | {"|", "\\|", "\\Vert", "\\vert", ".", "/", "<", ">"}
BIG = frozenset(["\\sum", "\\prod", "\\int", "\\bigoplus", "\\bigotimes", "\\bigcup", "\\bigcap"])
OPERATORS = frozenset(
    [
        "\\cdot",
        "\\times",
        "\\odot",
        "\\circ",
        "\\ast",
        "\\star",
        "\\bullet",
        "\\otimes",
        "\\oslash",
        "\\div",
        "\\pm",
        "\\mp",
        "\\le",
        "\\leq",
        "\\ge",
        "\\geq",
        "\\ne",
        "\\neq",
        "\\approx",
        "\\equiv",
        "\\sim",
        "\\simeq",
        "\\propto",
        "\\leftarrow",
        "\\gets",
        "\\rightarrow",
        "\\to",
        "\\longrightarrow",
        "\\Rightarrow",
        "\\Longrightarrow",
        "\\implies",
        "\\iff",
        "\\Leftrightarrow",
        "\\mapsto",
        "\\coloneqq",
        "\\triangleq",
        "\\doteq",
        "\\in",
        "\\notin",
        "\\forall",
        "\\leqslant",
        "\\geqslant",
        "\\ll",
        "\\gg",
        "\\therefore",
        "\\colon",
        "\\coloneq",
        "\\Leftarrow",
        "\\impliedby",
        "\\cong",
        "\\longleftarrow",
        "\\setminus",
        "\\subset",
        "\\mid",
        "\\because",
    ]
)
DOTS = frozenset(["\\dots", "\\ldots", "\\cdots", "\\hdots", "\\vdots", "\\ddots", "\\dotsc", "\\dotsb", "\\dotsm"])
ALIGNING = frozenset(
    [
        "align",
        "align*",
        "aligned",
        "alignat",
        "alignat*",
        "alignedat",
        "flalign",
        "flalign*",
        "gather",
        "gather*",
        "gathered",
        "split",
        "equation",
        "equation*",
        "eqnarray",
        "eqnarray*",
        "multline",
        "multline*",
        "displaymath",
        "math",
        "dmath",
        "dmath*",
        "IEEEeqnarray",
        "IEEEeqnarray*",
    ]
)
CASES = frozenset(["cases", "dcases", "cases*", "dcases*", "numcases"])
MATRICES = frozenset(
    ["matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "array", "subarray"]
)
WITH_COLUMNS = frozenset(["array", "alignat", "alignat*", "alignedat", "IEEEeqnarray", "IEEEeqnarray*", "subarray"])
SYMBOLS = frozenset(
    f"\\{name}"
    for name in (
        "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho "
        "varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi "
        "Psi Omega ell partial nabla infty top intercal prime dagger hbar imath jmath Re Im emptyset digamma "
        "vartriangle triangle exp log ln tanh sinh cosh sin cos tan max min arg det dim lim sup inf Pr ker "
        "sgn sign diag tr argmax argmin"
    ).split()
)
KNOWN = (
    frozenset(FONTS)
    | TEXTS
    | frozenset(SWITCHES)
    | frozenset(ACCENTS)
    | FRACTIONS
    | TRANSPARENT
    | BRACES
    | COLOURS
    | DROPPED
    | DROPPED_WITH_ARGUMENT
    | SPACED
    | SIZES
    | WIDE_SPACES
    | frozenset(OPENING)
    | CLOSING
    | BIG
    | OPERATORS
    | DOTS
    | SYMBOLS
    | {
        "\\sqrt",
        "\\left",
        "\\right",
        "\\begin",
        "\\end",
        "\\over",
        "\\underset",
        "\\overset",
        "\\stackrel",
        "\\substack",
        "\\not",
        "\\newline",
        "\\tfrac",
    }
)
