"""Where the formulas of a handed-in file stand, which of them are claims, and what is said about the others."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbackprop.reading import Symbol, SymbolTable, read, read_macros, sexpr
from symbackprop.reading.claims import is_claim
from symbackprop.reading.documents import Formula, HandIn, find_formulas
from symbackprop.reading.lines import is_prose
from symbackprop.vocabulary.errors import InputError


def found(text: str, kind: str) -> list[str]:
    """The claims, after the check that every formula is the exact slice at its start."""
    hand_in = find_formulas(text, kind)
    for formula in (*hand_in.formulas, *hand_in.given):
        assert hand_in.text[formula.start : formula.start + len(formula.text)] == formula.text
        assert formula.text == formula.text.strip()
    return [formula.text for formula in hand_in.formulas]


def given_in(text: str, kind: str) -> list[str]:
    found(text, kind)
    return [formula.text for formula in find_formulas(text, kind).given]


def codes(text: str, kind: str) -> list[tuple[str, int, int]]:
    errors = find_formulas(text, kind).errors
    return [(error.code, *error.place.line_and_column()) for error in errors if error.place is not None]


def notebook(*cells: str) -> str:
    return json.dumps({"cells": [{"cell_type": "markdown", "source": cell} for cell in cells]})


def test_a_whole_file() -> None:
    text = r"""\documentclass{article}
\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}
\DeclareMathOperator{\relu}{ReLU}
\title{$a = b$}
\begin{document}
We have $n = 2$ inputs.
% given
% z = w x \\
\[ r = \relu(z) \]
% /given
Then
\begin{align}
  \pd{C}{w} &= (r - y) \\
            &\quad x
\end{align}
and $\pd{C}{x} = w$. % $c = d$
\end{document}
$e = f$
"""
    align = text[text.index(r"\begin{align}") : text.index(r"\end{align}") + 11]
    assert find_formulas(text, "tex") == HandIn(
        formulas=(
            Formula(align, text.index(align), False),
            Formula(r"\pd{C}{x} = w", text.index(r"\pd{C}{x}"), False),
        ),
        given=(
            Formula("z = w x", text.index("z = w x"), False),
            Formula(r"r = \relu(z)", text.index(r"r = \relu"), False),
        ),
        macros=text[text.index(r"\newcommand") : text.index(r"\title") - 1],
        remarks=("1 condition, range or value within a sentence is no claim",),
        text=text,
    )
    assert set(read_macros(find_formulas(text, "tex").macros)) == {r"\pd", r"\relu"}


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        (r"so $z = w x$, and", ["z = w x"]),
        (r"$$ z = w x $$", ["z = w x"]),
        (r"\( z = w x \)", ["z = w x"]),
        ("\\[\nz = w x\n\\]", ["z = w x"]),
        ("\\[\nz\n\n= w x\n\\]", ["z\n\n= w x"]),
        ("$$\n\nz = w \\\\\n\na = b\n\n$$\n\nso", ["z = w \\\\\n\na = b"]),
        (r"\begin{equation} z = w x \end{equation}", ["z = w x"]),
        (r"\begin{equation*}z = w x\end{equation*}", ["z = w x"]),
        (r"\begin{displaymath} z = w x \end{displaymath}", ["z = w x"]),
        (r"\begin{math} z = w x \end{math}", ["z = w x"]),
        (r"\begin {align} z &= w \end{align}", [r"\begin {align} z &= w \end{align}"]),
        (r"\begin{alignat*}{2} z &= w \end{alignat*}", [r"\begin{alignat*}{2} z &= w \end{alignat*}"]),
        (r"\begin{equation}\begin{split} z &= w \end{split}\end{equation}", [r"\begin{split} z &= w \end{split}"]),
        (
            r"so \begin{gather} z = w \\[2pt] \begin{aligned} a &= b \end{aligned} \end{gather} b",
            [r"\begin{gather} z = w \\[2pt] \begin{aligned} a &= b \end{aligned} \end{gather}"],
        ),
        (r"\[ \begin{align} z &= w \\ &= x \end{align} \]", [r"\begin{align} z &= w \\ &= x \end{align}"]),
        (
            r"f is \[ f = \begin{cases} z & \text{if $z > 0$} \\ 0 \end{cases} \]",
            [r"f = \begin{cases} z & \text{if $z > 0$} \\ 0 \end{cases}"],
        ),
        (r"$z = \text{the {big} $x=y$ of } x$ b", [r"z = \text{the {big} $x=y$ of } x"]),
        (r"$z = \text{$x$ if \}} x$ b", [r"z = \text{$x$ if \}} x"]),
        (r"\$5 and $z = w$ for \$6 = x", ["z = w"]),
        (r"$a = b$$c = d$", ["a = b", "c = d"]),
        (r"$a$$c = d$", ["c = d"]),
        ("50\\% of $z = w$ % and $a = b$\n$c = d$", ["z = w", "c = d"]),
        ("$z = w % $ \n x$", ["z = w % $ \n x"]),
        ("\\[ z = % \\] \n w \\]", ["z = % \\] \n w"]),
        (r"\\[2pt] $z = w$ \\(a = b)", ["z = w"]),
        (r"\verb|$a = b$| \verb*+$c = d$+ $z = w$", ["z = w"]),
        (r"\lstinline[language=C]{$a = b$} \url{http://a%20b/$c=d$} $z = w$", ["z = w"]),
        (r"\begin{verbatim} $a = b$ \end{verbatim} $z = w$", ["z = w"]),
        (r"\begin{lstlisting}[a=b] \[ a = b \] \end{lstlisting} $z = w$", ["z = w"]),
        (r"\begin{minted}{python} $a = b$ \end{minted} $z = w$", ["z = w"]),
        (r"\begin{comment} $a = b$ \end{comment} \iffalse $c = d$ \fi $z = w$", ["z = w"]),
        (r"\newcommand{\eq}{$a = b$} $z = w$", ["z = w"]),
        (r"\newenvironment{x}{$a = b$}{$$} $z = w$", ["z = w"]),
        (
            r"\begin{theorem}[$a$] \begin{subequations}\begin{align*}z&=w\end{align*}\end{subequations}",
            [r"\begin{align*}z&=w\end{align*}"],
        ),
        (r"\begin{aligned} z &= w \end{aligned}", [r"\begin{aligned} z &= w \end{aligned}"]),
        (r"\[ = w x \] and $ = w$", ["= w x", "= w"]),
        (r"\[ x \in \mathbb{R}^n \] \[ n = 3 \]", ["n = 3"]),
        (r"\[ \boxed{z = w x} \] $\color{red}{a = b}$", [r"\boxed{z = w x}", r"\color{red}{a = b}"]),
        (
            r"\[ \left\{ \begin{aligned} z &= w \end{aligned} \right. \]",
            [r"\left\{ \begin{aligned} z &= w \end{aligned} \right."],
        ),
        (r"\begin{align} z &= w \end{align*} $a = b$", [r"\begin{align} z &= w \end{align*}", "a = b"]),
        (r"\newcommand{\defeq}{\stackrel{def}{=}} $z \defeq w x$", [r"z \defeq w x"]),
        (r"\newcommand{\sumi}{\sum_{i=1}} $\sumi x$", []),
    ],
)
def test_tex(text: str, formulas: list[str]) -> None:
    assert found(text, "tex") == formulas
    assert find_formulas(text, "tex").errors == ()


@pytest.mark.parametrize(
    ("text", "formulas", "errors"),
    [
        ("$$ a = b\n\nThen $$ z = w $$", ["z = w"], [("unclosed", 1, 1)]),
        ("$$ a = b\n\n$$ z = w $$", ["z = w"], [("unclosed", 1, 1)]),
        ("$$ a = b\n\n$$\nz = w\n$$", ["z = w"], [("unclosed", 1, 1)]),
        ("so $ a = b\n\nThen $z = w$", ["z = w"], [("unclosed", 1, 4)]),
        ("so $$ a = b $ then $z = w$", ["z = w"], [("unclosed", 1, 4)]),
        ("\n\\[ a = b\n\nThen \\[ z = w \\]", ["z = w"], [("unclosed", 2, 1)]),
        ("\\( a = b\n\nThen \\( z = w \\)", ["z = w"], [("unclosed", 1, 1)]),
        ("\\[ a = b\n\\begin{align} z &= w \\end{align}", [r"\begin{align} z &= w \end{align}"], [("unclosed", 1, 1)]),
        ("\\begin{align} a = b\n$z = w$", ["z = w"], [("unclosed", 1, 1)]),
        (
            "\\begin{align} a = b\n\nThen\n\\begin{align}\nz &= w\n\\end{align}",
            ["\\begin{align}\nz &= w\n\\end{align}"],
            [("unclosed", 1, 1)],
        ),
        ("\\begin{itemize}\\begin{align} a = b\n\\end{itemize}\n$z = w$", ["z = w"], [("unclosed", 1, 16)]),
        ("a = b \\] and $z = w$ \\end{align}", ["z = w"], [("unbalanced", 1, 7), ("unbalanced", 1, 22)]),
        ("\\begin{verbatim}\n$z = w$", ["z = w"], [("unclosed", 1, 1)]),
        ("\\newcommand{\\a}{x $z = w$", ["z = w"], [("unclosed", 1, 1)]),
        ("$z = \\text{a$\n\n$z = w$", ["z = w"], [("unclosed", 1, 1)]),
        ("$z = w$\n% /given\n", ["z = w"], [("unbalanced", 2, 1)]),
        ("$z = w$ $=" + "a" * 100_001 + "$ $z = x$", ["z = w", "z = x"], [("too-long", 1, 10)]),
    ],
)
def test_what_is_not_closed_does_not_hide_the_rest(
    text: str, formulas: list[str], errors: list[tuple[str, int, int]]
) -> None:
    assert found(text, "tex") == formulas
    assert codes(text, "tex") == errors


def test_an_error_says_what_is_missing() -> None:
    assert [str(error) for error in find_formulas("\\begin{align} a = b\n$z = w$", "tex").errors] == [
        "1:1: unclosed: this '\\begin{align}' is never closed\n"
        "  \\begin{align} a = b\n"
        "  ^^^^^^^^^^^^^\n"
        "  hint: write \\end{align}"
    ]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("so $z = w x$, and", ["z = w x"]),
        ("$$\nz = w x\n$$", ["z = w x"]),
        ("$$ a &= b \\\\\n c &= d $$", ["a &= b \\\\\n c &= d"]),
        ("```math\nz = w\n```", ["z = w"]),
        ("text\n  ~~~ math\n  z = w\n  ~~~", ["z = w"]),
        ("````math\nz = w\n```\n````\n$a = b$", ["z = w\n```", "a = b"]),
        ("```python\n$a = b$\n```\n$z = w$", ["z = w"]),
        ("~~~\n```\n$a = b$\n~~~\n$z = w$", ["z = w"]),
        ("`$a = b$` and ``$c = `d$`` and $z = w$", ["z = w"]),
        ("a ` b $z = w$", ["z = w"]),
        ("GitHub's $`z = w`$ too", ["z = w"]),
        ("costs $5 and $6 = x", []),
        ("costs $5 and $z = w$", ["z = w"]),
        ("from $5=x to 6$5 and $z = w$ is", ["z = w"]),
        (r"\$a = b\$ and \\$z = w$", ["z = w"]),
        ("$a = b $ and $z = w$", ["z = w"]),
        ("$a = b $5 and $z = w$", ["z = w"]),
        (r"\( z = w \) and \[ a = b \]", ["z = w", "a = b"]),
        (r"\\( z = w \\) and \\[ a = b \\[2pt] c \\]", ["z = w", r"a = b \\[2pt] c"]),
        ("\\begin{align}\nz &= w\n\\end{align}", ["\\begin{align}\nz &= w\n\\end{align}"]),
        ("<!-- $a = b$ --> $z = w$ <!--\n$c = d$\n-->", ["z = w"]),
        ("<pre>$a = b$</pre> <b>$z = w$</b> <code>$c = d$</code>", ["z = w"]),
        ("---\ntitle: $a = b$\n---\n$z = w$", ["z = w"]),
        ("$a = b$\n\n---\n\n$z = w$\n\n---\n", ["a = b", "z = w"]),
        ("> $z = w$\n> $$\n> a = b\n> $$", ["z = w", "a = b"]),
        ("$z = w \\text{ if $x>0$}$", ["z = w \\text{ if $x>0$}"]),
        ("z = w x", []),
        ("$ z = w $", []),
    ],
)
def test_markdown(text: str, formulas: list[str]) -> None:
    assert found(text, "md") == formulas
    assert find_formulas(text, "md").errors == ()


@pytest.mark.parametrize(
    ("text", "formulas", "errors"),
    [
        ("$$ a = b\n\n$$ z = w $$", ["z = w"], [("unclosed", 1, 1)]),
        ("so $a = b\n\n$z = w$", ["z = w"], []),
        ("```python\n$z = w$", ["z = w"], [("unclosed", 1, 1)]),
        ("<!-- $z = w$", ["z = w"], [("unclosed", 1, 1)]),
        ("> $$\n> a = b\n> = c\n> $$\n\n$z = w$", ["z = w"], [("quoted", 1, 5)]),
        ("a <!-- /given --> $z = w$", ["z = w"], [("unbalanced", 1, 3)]),
    ],
)
def test_mistakes_in_markdown(text: str, formulas: list[str], errors: list[tuple[str, int, int]]) -> None:
    assert (found(text, "md"), codes(text, "md")) == (formulas, errors)


def test_blanks_inside_of_dollars_are_remarked_in_markdown_and_read_in_notebooks() -> None:
    assert find_formulas("so $ z = w $", "md").remarks == ("1 formula with blanks inside of its dollars was skipped",)
    assert found(notebook("so $ z = w $ and $ 5 and $ 6"), "ipynb") == ["z = w"]


def test_a_dollar_alone_is_remarked_unless_a_number_follows() -> None:
    assert find_formulas("it costs $5, or $z = w\n\nand more", "md").remarks == (
        "1 dollar has no other that would end a formula",
    )


def test_a_notebook_is_its_markdown_cells() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# One\n", "$z = w$ and\n", "$$a = b"]},
        {"cell_type": "code", "source": "x = '$c = d$'", "outputs": [{"text": "$e = f$"}]},
        {"cell_type": "markdown", "source": "$c = d$ <!-- given -->"},
        {"cell_type": "markdown", "source": "$r = f(z)$ \ud800 <!-- /given -->"},
        {"cell_type": "markdown"},
        {"cell_type": "markdown", "source": None},
    ]
    hand_in = find_formulas(json.dumps({"cells": cells, "nbformat": 4}), "ipynb")
    text = (
        "# One\n$z = w$ and\n$$a = b\n\n$c = d$ <!-- given -->\n\n"
        "$r = f(z)$ \N{REPLACEMENT CHARACTER} <!-- /given -->\n\n\n\n"
    )
    assert (hand_in.text, hand_in.formulas, hand_in.given) == (
        text,
        (Formula("z = w", 7, False), Formula("c = d", 28, False)),
        (Formula("r = f(z)", text.index("r = f"), False),),
    )
    assert [(error.code, error.place and error.place.text) for error in hand_in.errors] == [("unclosed", text)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"cells": [', (1, 12)),
        ("$z = w$", (1, 1)),
        ("{}", (1, 1)),
        ("[]", (1, 1)),
        ('{"cells": []}', (1, 1)),
        ('{"cells": {"a": 1}}', (1, 1)),
        ('{"cells": [1]}', (1, 1)),
        ("[" * 100_000, (1, 1)),
        ("9" * 10_000, (1, 1)),
    ],
)
def test_what_is_not_a_notebook(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(InputError) as caught:
        find_formulas(text, "ipynb")
    assert caught.value.code == "not-a-notebook"
    assert caught.value.place is not None
    assert caught.value.place.line_and_column() == place


@pytest.mark.parametrize("kind", ["txt", "tex"])
@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("dC/dW0 = (r - y)*x\ndC/db1 = r - y\n", ["dC/dW0 = (r - y)*x", "dC/db1 = r - y"]),
        ("dC/dW0 = (r - y)\r\n   * x\r\n\r\ndC/dx = w", ["dC/dW0 = (r - y)\r\n   * x", "dC/dx = w"]),
        ("dC/dW0 = (r - y)\n  + x", ["dC/dW0 = (r - y)\n  + x"]),
        ("dC/dW0\n  = (r - y)\n  = x", ["dC/dW0\n  = (r - y)\n  = x"]),
        ("dC/dW0 = a\n\n= b", ["dC/dW0 = a\n\n= b"]),
        ("dC/dW0 =\n  (r - y)*x\ndC/dx = w", ["dC/dW0 =\n  (r - y)*x", "dC/dx = w"]),
        ("# a = b\n% c = d\n\nz = w", ["z = w"]),
        ("which is\n= w x", ["= w x"]),
        ("Solution to exercise 3:\nz = w\nwhere z is the pre-activation\n", ["z = w"]),
        ("The cost is C = 1/2 (y - r)^2.\nz = w", ["z = w"]),
        ("where z = w x + b is the input\nz = w", ["z = w"]),
        (
            "So dC/dw = x\nHence, z = w\n1. a = b\n2) c = d\n(3) e = f\nb) g = h\n",
            ["dC/dw = x", *"z = w|a = b|c = d|e = f|g = h".split("|")],
        ),
        ("Gradient of W0: dC/dW0 = x\n* dC/db = 1", ["dC/dW0 = x", "dC/db = 1"]),
        ("z = w*x, where w is the weight", ["z = w*x, where w is the weight"]),
        ("w <- w - eta*g\nw := w - g\nz ≈ 3", ["w <- w - eta*g", "w := w - g", "z ≈ 3"]),
        ("Title\n=====\nz = w\n-----\n", ["z = w"]),
        ("{\\rm if}~i=j,~z = w", ["{\\rm if}~i=j,~z = w"]),
        ("因此 z = w\nz = w", ["z = w"]),
        ("z = w \\\\\na = b \\\\[2pt]\nc = d", ["z = w", "a = b \\\\[2pt]", "c = d"]),
        ("a = b\n\n-c = d", ["a = b", "-c = d"]),
        ("\\frac{d C}{d w} = x\n\\delta = y", ["\\frac{d C}{d w} = x", "\\delta = y"]),
        ("x > 3\nx in R\nplain", []),
    ],
)
def test_lines(text: str, formulas: list[str], kind: str) -> None:
    assert found(text, kind) == formulas
    assert find_formulas(text, kind).errors == ()


@pytest.mark.parametrize(
    ("text", "formulas", "errors"),
    [
        ("a = b\n-c = d", ["a = b"], [("ambiguous-row", 2, 1)]),
        ("- a = b", [], [("ambiguous-row", 1, 1)]),
        ("a = b\n# note\n + c", ["a = b"], [("broken-row", 3, 2)]),
        ("a = b" + "b" * 100_001 + "\nz = w", ["z = w"], [("too-long", 1, 1)]),
        ("# /given\nz = w", ["z = w"], [("unbalanced", 1, 1)]),
    ],
)
def test_lines_that_can_be_taken_in_two_ways_are_refused(
    text: str, formulas: list[str], errors: list[tuple[str, int, int]]
) -> None:
    assert (found(text, "txt"), codes(text, "txt")) == (formulas, errors)


def test_lines_of_prose_are_counted_and_plain_ones_marked() -> None:
    hand_in = find_formulas("Let us say that x = 3\n\nthe end = b\nz = w*x\n\\delta = x\n", "txt")
    assert hand_in.remarks == ("2 lines are prose, the first of them line 1",)
    assert [formula.plain for formula in hand_in.formulas] == [True, False]
    assert [formula.plain for formula in find_formulas("z = w*x\nz = wx", "tex").formulas] == [True, False]


def test_plain_text_with_mathematics_is_read_like_markdown() -> None:
    text = "given:\n$z = w x$\n\nIt costs $5.\nc = d\n$$a = b$$"
    assert (given_in(text, "txt"), found(text, "txt")) == (["z = w x"], ["a = b"])


@pytest.mark.parametrize(
    ("text", "kind", "formulas", "givens"),
    [
        ("% given\n% z = w x \\\\\n%   r = f(z)\n% /given\n$a = b$", "tex", ["a = b"], ["z = w x", "r = f(z)"]),
        ("%% Given:\n$z = w x$\n% end given\n$a = b$", "tex", ["a = b"], ["z = w x"]),
        ("% given\n% $z = w$ and \\(r = f(z)\\)\n% /given\n$a = b$", "tex", ["a = b"], ["z = w", "r = f(z)"]),
        ("% given\n% \\begin{align}\n%  z &= w \\\\\n% \\end{align}\n% /given\n$a = b$", "tex", ["a = b"], ["z &= w"]),
        ("% given\n\\begin{align}z&=w\\end{align} % c = d\n% /given", "tex", [], ["\\begin{align}z&=w\\end{align}"]),
        ("% given\n% the network has one neuron\n% z = w\n% /given\n$a = b$", "tex", ["a = b"], ["z = w"]),
        ("$a = b$ % given\n$c = d$", "tex", ["a = b", "c = d"], []),
        ("% given\n% z = w\nr = f(z)\n% /given\na = b", "tex", ["a = b"], ["z = w", "r = f(z)"]),
        ("<!-- given -->$z = w$\n<!-- /given --> $a = b$", "md", ["a = b"], ["z = w"]),
        ("<!--given:-->$z = w$\n<!-- end given --> $a = b$", "md", ["a = b"], ["z = w"]),
        ("given:\nz = w*x\nr = f(z)\n\na = b", "txt", ["a = b"], ["z = w*x", "r = f(z)"]),
        ("Given: z = w*x\n   + b\n\na = b", "txt", ["a = b"], ["z = w*x\n   + b"]),
        ("# given\n\nz = w*x\n# r = f(z)\n\n# /given\na = b", "txt", ["a = b"], ["z = w*x", "r = f(z)"]),
        ("given that x = 3\na = b", "txt", ["a = b"], []),
    ],
)
def test_given(text: str, kind: str, formulas: list[str], givens: list[str]) -> None:
    assert (found(text, kind), given_in(text, kind)) == (formulas, givens)
    assert find_formulas(text, kind).errors == ()


@pytest.mark.parametrize(
    ("text", "kind", "place"),
    [
        ("$a = b$\n  % given\n$z = w$", "tex", (2, 3)),
        ("% given\n$z = w$\n% given\n", "tex", (1, 1)),
        ("\\documentclass{a}\n% given\n\\begin{document}\\end{document}", "tex", (2, 1)),
        ("a\n<!-- given -->\n$z = w$", "md", (2, 1)),
        ("# given\nz = w", "txt", (1, 1)),
        ("# given\nz = w\n# given\n# /given", "txt", (1, 1)),
        (notebook("a <!-- given -->", "$z = w$"), "ipynb", (1, 3)),
    ],
)
def test_a_block_of_givens_must_end(text: str, kind: str, place: tuple[int, int]) -> None:
    with pytest.raises(InputError) as caught:
        find_formulas(text, kind)
    assert caught.value.code == "unclosed-given"
    assert caught.value.place is not None
    assert caught.value.place.line_and_column() == place


@pytest.mark.parametrize("line", ["% + b x", "% \\cdot b", "% z = w +"])
def test_an_equation_in_comments_never_loses_a_line(line: str) -> None:
    assert codes(f"% given\n% z = w\n{line}\n% /given\n$a = b$", "tex") == [("broken-row", 3, 3)]


@pytest.mark.parametrize(
    "condition",
    [
        r"k=1,\dots,m",
        r"k = 1, 2, \ldots, L",
        r"i \ne j",
        r"x \in \mathbb{R}^n",
        "n = 3",
        r"W \in R^{m\times n}",
        "l = L",
        "l = L-1",
        r"\ell = L, L-1, \dots, 1",
        "x > 0",
        "x = 3",
        r"\eta = 0.1",
        r"w_{12} = -0.5",
        r"W^{(1)} = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
        r"\mathbf{x} = (1, 0)^\top",
        r"x_1 = 1, x_2 = 3",
        r"\hat{y} = \frac{1}{2}",
        r"S = \{1, \dots, n\}",
        "i = j",
        "k = y_i",
        r"i = 1 \dots n",
        r"f = \tanh",
        r"\phi = \mathrm{ReLU}",
        r"\text{for } i = j",
        r"P(X = 1)",
        r"\sum_{i=1}^n x_i",
        r"\mathbb{1}[k = j]",
        r"x \not= y",
        r"\text{a = b}",
        "=",
        r"x",
        r"\lambda \propto 3",
        r"x \sim N(0, 1)",
    ],
)
def test_conditions_ranges_and_values_within_sentences_are_no_claims(condition: str) -> None:
    assert not is_claim(condition)
    for kind in ("tex", "md"):
        assert found(f"a ${condition}$ b", kind) == []


@pytest.mark.parametrize(
    "claim",
    [
        "z = w x",
        r"\hat y = a",
        r"\frac{\partial C}{\partial w} = 3",
        r"\sigma'(z) = 0",
        r"\sigma(0) = 1/2",
        r"\nabla C = 0",
        r"w \leftarrow w - \eta \delta",
        r"w \gets w - g",
        r"z_i = x_i, \quad i = 1, \dots, n",
        r"n = wp + b",
        r"C = \frac1n (a_1 + \dots + a_n)",
        r"z \approx w x",
        r"z \equiv w x",
        r"z := w x",
        r"z \coloneqq w x",
        "z ≈ w x",
        r"i = 1, z = w x",
        r"= (r - y) x",
        "z = ",
        r"\delta = \begin{cases} 1 \\ 0 \end{cases} x",
        r"z = f(x; k = 1)",
    ],
)
def test_what_equates_quantities_is_a_claim(claim: str) -> None:
    assert is_claim(claim)
    assert found(f"a ${claim}$ b", "tex") == [claim.strip()]


@pytest.mark.parametrize(
    "line",
    [
        "dC/dW0 = delta * x",
        "loss = 1/2 (y - yhat)^2",
        "dloss/dw = dloss/dz dz/dw",
        "w = w - eta grad",
        "delta = (a - y) sigmoid'(z)",
        "a = b if z > 0",
        r"z = \text{the input of the neuron}",
        "Step(z) = 1 for z > 0",
        "C = sum_i (y_i - r_i)^2",
    ],
)
def test_formulas_in_plain_text_are_not_taken_for_prose(line: str) -> None:
    assert not is_prose(line)
    assert found(line, "txt") == [line]


@pytest.mark.parametrize(
    "line",
    [
        "The answer = 3",
        "we get z = w x",
        "with z = w x + b",
        "Here is what I found: use dC/dw = x and then stop",
        "Cross entropy = best",
        "Donc nous avons z = w",
        "By the chain rule, dC/dw = dC/dz * dz/dw",
    ],
)
def test_sentences_are_prose(line: str) -> None:
    assert found(line, "txt") == []
    assert find_formulas(line, "txt").remarks == ("line 1 is prose",)


@pytest.mark.parametrize(
    ("text", "macros"),
    [
        (r"\def\a#1{x #1}$\newcommand\b{y}$", "\\def\\a#1{x #1}\n\\newcommand\\b{y}"),
        (r"\renewcommand*{\a}[2][x]{{\bf #1} #2}", r"\renewcommand*{\a}[2][x]{{\bf #1} #2}"),
        (r"\gdef\a{x}", r"\def\a{x}"),
        ("\\newcommand{\\a}{% a } comment\n x}", "\\newcommand{\\a}{% a } comment\n x}"),
        ("% \\newcommand{\\a}{x}\n\\newcommand{\\b}{\\}}", "\\newcommand{\\b}{\\}}"),
        (r"\begin{verbatim}\newcommand{\a}{x}\end{verbatim}", ""),
    ],
)
def test_macros(text: str, macros: str) -> None:
    assert find_formulas(text, "tex").macros == macros
    read_macros(macros)


def test_macros_that_cannot_be_used_are_remarked() -> None:
    text = r"\newcommand{\@a}{x}\newcommand{\b}{x}\renewcommand{\b}{y}\newcommand{\be}{\begin{equation}}"
    assert find_formulas(text, "tex").remarks == (
        r"\b is defined 2 times; the last one is used",
        "1 definition could not be read",
        r"formulas that \be begins are not looked for",
    )
    assert set(read_macros(find_formulas(text, "tex").macros)) == {r"\b", r"\be"}


def test_what_is_skipped_is_counted() -> None:
    assert find_formulas(r"$$ $$ \( \) \[ x \] \[ x > 0 \] $n = 3$, $i = 1$", "tex").remarks == (
        "2 empty formulas were skipped",
        "2 displayed formulas equate nothing",
        "2 conditions, ranges or values within sentences are no claims",
    )


@pytest.mark.parametrize("kind", ["tex", "md", "txt", "ipynb"])
@pytest.mark.parametrize("text", ["", " \n\t\n"])
def test_an_empty_file(text: str, kind: str) -> None:
    assert find_formulas(text, kind) == HandIn((), (), "", text=text)


@pytest.mark.parametrize("kind", ["tex", "md", "txt"])
def test_a_file_without_formulas(kind: str) -> None:
    text = "Dear teacher,\n\nmy dog ate it: $x$.\n"
    assert find_formulas(text, kind) == HandIn((), (), "", text=text)


@pytest.mark.parametrize("kind", ["tex", "md", "txt", "ipynb"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("$z = w$\0", "not-text"),
        ("%PDF-1.5\n" + "\x01\x02\ufffd\ufffd x" * 50, "not-text"),
        ("x" * 10_000_001, "too-long"),
    ],
)
def test_what_cannot_be_read_at_all(text: str, code: str, kind: str) -> None:
    with pytest.raises(InputError) as caught:
        find_formulas(text, kind)
    assert caught.value.code == code
    assert caught.value.report()


def test_a_nul_in_a_notebook_and_an_unknown_kind() -> None:
    with pytest.raises(InputError, match="not-text"):
        find_formulas(notebook("a\0b"), "ipynb")
    with pytest.raises(InputError, match="did you mean txt"):
        find_formulas("$z = w$", "text")


@pytest.mark.parametrize("text", [r"$$z = w x \\ = x$$", r"\begin{alignat*}{2} z &= w x \\ &= x \end{alignat*}"])
def test_the_reader_reads_what_is_found(text: str) -> None:
    table = SymbolTable([Symbol("z", "scalar"), Symbol("w", "scalar"), Symbol("x", "scalar")])
    (formula,) = find_formulas(text, "tex").formulas
    assert sexpr(read(formula.text, table, "latex").tree()) == "(= z (mul w x) x)"


CLAIMS = st.sampled_from(
    [
        r"z = w x",
        r"\delta_k = \sum_{i=1}^n w_{ki}",
        r"C = \text{half $x$ of} y",
        "a &= b \\\\\n &= c",
        r"f(x) = \{x\}^2",
    ]
)
PROSE = st.lists(
    st.sampled_from(["so", "we get", "the loss", "where", "(see above).", "é梯", "5%,".replace("%", ""), "x", "a-b:"]),
    min_size=1,
).map(" ".join)
WRAPPED = {
    "tex": ["${}$", "$$ {} $$", "\\[{}\\]", "\\({}\\)", "\\begin{{equation}}\n{}\n\\end{{equation}}"],
    "md": ["${}$", "$$\n{}\n$$", "\\[{}\\]", "$`{}`$", "\n```math\n{}\n```\n"],
}
WRAPPED["txt"] = WRAPPED["ipynb"] = WRAPPED["md"]
NOISE = {
    "tex": ["% $a = b$\n", r"\verb|$a=b$|", r"costs \$5", "$n = 3$", "\n\n", r"\\[2pt]", "$x$"],
    "md": ["`$a=b$`", "<!-- $a = b$ -->", "costs $5 and", "\n```py\n$a = b$\n```\n", "$n = 3$", "\n\n", "$x$"],
}
NOISE["txt"] = NOISE["ipynb"] = NOISE["md"]


@pytest.mark.parametrize("kind", ["tex", "md", "txt", "ipynb"])
@given(data=st.data())
def test_exactly_what_was_written_is_found(kind: str, data: st.DataObject) -> None:
    claims = data.draw(st.lists(CLAIMS, min_size=1, max_size=6))
    parts = [data.draw(PROSE)]
    for claim in claims:
        wrapper = data.draw(st.sampled_from(WRAPPED[kind]))
        parts += [wrapper.format(claim), data.draw(PROSE)]
        if data.draw(st.booleans()):
            parts += [data.draw(st.sampled_from(NOISE[kind])), data.draw(PROSE)]
    text = " ".join(parts)
    assert found(notebook(text) if kind == "ipynb" else text, kind) == claims


PLAIN = st.sampled_from(["dC/dW0 = (r - y)*x", "z1 = W0*x\n  + b", "a = relu(z)", "w <- w - eta*g"])
SENTENCES = st.sampled_from(
    ["Solution to exercise 3:", "where z is the pre-activation", "", "so we get x = 3", "# a = b"]
)


@given(st.lists(st.tuples(PLAIN, SENTENCES), min_size=1, max_size=6))
def test_exactly_the_lines_that_were_written_are_found(lines: list[tuple[str, str]]) -> None:
    text = "\n".join(line for pair in lines for line in pair)
    assert found(text, "txt") == [claim for claim, _ in lines]
    assert found(text, "tex") == [claim for claim, _ in lines]


LENGTH = 300_000
HOSTILE = [
    *[
        "$",
        "{",
        "\\",
        "`",
        "%\n",
        "\n",
        "= b\n",
        "+ b\n",
        "a = b\n",
        "> $$\n",
        "<!--",
        "<pre>",
        "$a ",
        "$a$ ",
        "$a=b$ ",
    ],
    *[
        "$\\a$ ",
        "$\\text{",
        "$$\\text{$x$} ",
        "$a\\text{{}",
        "\\[ ",
        "\\]",
        "\\begin{align}",
        "\\end{align}",
        "\\verb|",
    ],
    *["\\begin{verbatim}", "\\[\\begin{align}", "\\newcommand{\\a}{", "\\def\\a{x}", "```a\n", "~~~~x\n```\n", "`` ` "],
    *[
        "% given\n% /given\n",
        "given:\n",
        "given: a=b\n\n",
        "costs $5 and ",
        "plain prose = the loss\n",
        "$(=)$ ",
        "- a = b\n",
    ],
    *["\\iffalse ", "\\begin{align}\\begin{aligned}", "$x^{2}=", "\\begin{document}", "---\n", "$ a = b c", "word "],
]


@pytest.mark.parametrize("kind", ["tex", "md", "txt", "ipynb"])
@pytest.mark.parametrize("unit", HOSTILE)
def test_no_text_takes_long(unit: str, kind: str) -> None:
    text = (unit * (LENGTH // len(unit) + 1))[:LENGTH]
    try:
        hand_in = find_formulas(notebook(text) if kind == "ipynb" else text, kind)
    except InputError as error:
        hand_in = HandIn((), (), "", errors=(error,))
    assert len(hand_in.errors) <= 200
    assert all(error.report() for error in hand_in.errors[:1])


@pytest.mark.parametrize("kind", ["tex", "md", "txt"])
@pytest.mark.parametrize(
    "run", [" " * 90_000, "\\\\" * 40_000, "\\text{a}" * 10_000, "+ " * 40_000, "$$\\text{a}\n\n" * 9_000]
)
@pytest.mark.parametrize("start", ["a = b", "% given\n% a = b", "given: a = b", "$$ a = b\n\n", "$$ a = b", "a\n= b, "])
def test_no_run_takes_long(start: str, run: str, kind: str) -> None:
    with suppress(InputError):
        found(f"{start}{run}c\n% /given\n", kind)


PIECES = [
    *"$${}[]()\\%`~<>!-=+*/ab&_^,.;:# \n\n0",
    "\\[",
    "\\]",
    "\\(",
    "\\)",
    "\\begin{align}",
    "\\end{align}",
    "\\text{",
]
PIECES += [
    "<!-- given -->",
    "<!-- /given -->",
    "% given\n",
    "% /given\n",
    "```math\n",
    "```\n",
    "\\newcommand{\\a}{",
    "\\a",
]


@pytest.mark.parametrize("kind", ["tex", "md", "txt", "ipynb"])
@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_any_text_gives_exact_slices_or_an_error_of_the_input(kind: str, text: str) -> None:
    with suppress(InputError):
        found(notebook(text) if kind == "ipynb" else text, kind)
