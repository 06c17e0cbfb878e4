"""Which lines are marks, which only show one, and how marks that do not pair are told."""

from __future__ import annotations

import pytest

from symbackprop.notes.kinds import kind_of
from symbackprop.notes.marks import Sheet, read_sheet


def sheet(text: str, name: str) -> Sheet:
    return read_sheet(text, name, kind_of(name))


def commands(text: str, name: str) -> list[str]:
    found = sheet(text, name)
    assert found.errors == ()
    return [block.command for block in found.blocks]


@pytest.mark.parametrize(
    ("name", "begin", "end"),
    [
        ("a.tex", "% symbackprop: derive relu", "% /symbackprop"),
        ("a.tex", "  %%symbackprop:derive relu  ", "%% /symbackprop sum=12ab"),
        ("a.md", "<!-- symbackprop: derive relu -->", "<!-- /symbackprop -->"),
        ("a.md", "<!--symbackprop: derive relu-->", "<!--/symbackprop sum=0-->"),
        ("a.md", "> <!-- symbackprop: derive relu -->", "> <!-- /symbackprop -->"),
        ("a.md", "* <!-- symbackprop: derive relu -->", "  <!-- /symbackprop -->"),
        ("a.md", "% symbackprop: derive relu", "% /symbackprop"),
        ("a.qmd", "<!-- symbackprop: derive relu -->", "<!-- /symbackprop -->"),
        ("a.rst", ".. symbackprop: derive relu", ".. /symbackprop"),
        ("a.py", "# symbackprop: derive relu", "# /symbackprop"),
        ("a.js", "// symbackprop: derive relu", "// /symbackprop"),
        ("a.lua", "-- symbackprop: derive relu", "-- /symbackprop"),
        ("a.lisp", ";; symbackprop: derive relu", ";; /symbackprop"),
        ("a.c", "/* symbackprop: derive relu */", "/* /symbackprop */"),
    ],
)
def test_comments_that_hold_marks(name: str, begin: str, end: str) -> None:
    for ending in ("\n", "\r\n", "\r"):
        assert commands(f"before{ending}{begin}{ending}{end}", name) == ["derive relu"]


MARKED = "<!-- symbackprop: derive relu -->\n<!-- /symbackprop -->\n"


def indented(text: str, margin: str) -> str:
    return "".join(f"{margin}{line}\n" for line in text.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        f"```\n{MARKED}```\n",
        f"~~~~html\n```\n{MARKED}```\n~~~~\n",
        f"> ```\n{indented(MARKED, '> ')}> ```\n",
        f"- ```\n{indented(MARKED, '  ')}  ```\n",
        f"Text.\n\n{indented(MARKED, '    ')}\nText.\n",
        f"- item\n\n{indented(MARKED, '      ')}",
        f"```{{code-block}} html\n{MARKED}```\n",
        f"```\n{MARKED}",
        "Write `<!-- symbackprop: derive relu -->` for it.\n",
        "# symbackprop: derive everything\n",
    ],
)
def test_marks_in_code_of_markdown_are_examples(text: str) -> None:
    assert commands(text, "a.md") == []


@pytest.mark.parametrize(
    "text",
    [
        f"```\ncode\n```\n{MARKED}",
        f"````{{note}}\n{MARKED}````\n",
        f"- item\n\n{indented(MARKED, '  ')}",
        f"1. one\n   - two\n\n{indented(MARKED, '     ')}",
        f"- item\n    more\n\ntext\n{MARKED}",
        f"``` a ` b\n{MARKED}",
    ],
)
def test_marks_beside_code_of_markdown_are_marks(text: str) -> None:
    assert commands(text, "a.md") == ["derive relu"]


def test_marks_in_verbatim_are_examples() -> None:
    marked = "% symbackprop: derive relu\n% /symbackprop\n"
    for name in ("verbatim", "lstlisting", "minted", "comment", "Verbatim*"):
        assert commands(f"\\begin{{{name}}}\n{marked}\\end{{{name}}}\n", "a.tex") == []
    assert commands(f"% \\begin{{verbatim}}\n{marked}", "a.tex") == ["derive relu"]
    assert commands(f"\\begin{{verbatim}}\n\\end{{verbatim}}\n{marked}", "a.tex") == ["derive relu"]


def test_marks_in_literal_blocks_are_examples() -> None:
    marked = ".. symbackprop: derive relu\n.. /symbackprop\n"
    assert commands(f"So::\n\n{indented(marked, '   ')}", "a.rst") == []
    assert commands(f".. code-block:: rst\n\n{indented(marked, '   ')}\n{marked}", "a.rst") == ["derive relu"]
    assert commands(f".. note::\n\n{indented(marked, '   ')}", "a.rst") == ["derive relu"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\n% symbackprop: derive relu\n", [(2, "no-end")]),
        ("% /symbackprop\n", [(1, "no-begin")]),
        ("% symbackprop: derive relu\n% /symbackprop\n% /symbackprop\n", [(3, "no-begin")]),
        ("% symbackprop: derive relu\n% symbackprop: derive relu\n% /symbackprop\n", [(2, "nested-block")]),
        ("% symbackprop derive relu\n", [(1, "no-mark")]),
        ("% Symbackprop: draw relu\n% /symbackprop\n", [(1, "no-mark"), (2, "no-begin")]),
        ("% symbackprop: derive relu\n% /symbackprop some=1\n", [(2, "bad-end")]),
        ("text % symbackprop: derive relu\n", [(1, "not-alone")]),
    ],
)
def test_marks_that_do_not_pair(text: str, told: list[tuple[int, str]]) -> None:
    found = sheet(text, "a.tex").errors
    assert [(error.place.line_and_column()[0], error.code) for error in found if error.place] == told


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<!-- symbackprop: derive relu\n--wrt W0 -->\n<!-- /symbackprop -->\n", "unclosed-comment"),
        ("<!-- symbackprop: derive relu --> text\n<!-- /symbackprop -->\n", "not-alone"),
        ("<!-- symbackprop: derive relu -->\n% /symbackprop\n", "other-comment"),
    ],
)
def test_comments_that_do_not_end_as_they_should(text: str, code: str) -> None:
    assert code in [error.code for error in sheet(text, "a.md").errors]


def test_prose_about_the_program_is_no_mark() -> None:
    assert commands("% symbackprop wrote this\n% see symbackprop: it derives\n", "a.tex") == []
