"""The directives in real builds: what is set, what is referred to, what is warned of and where, what is built anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from symbackprop import api
from symbackprop.tables.notations import NOTATIONS
from tests.tools.sphinx import sphinx, warnings
from tests.tools.tex import Pdf, article

EXAMPLE = Path(__file__).parents[2] / "examples" / "hosts" / "sphinx"
CONF = 'extensions = ["myst_parser", "symbackprop.hosts.sphinxext"]\n'
WRONG = r"\frac{\partial C}{\partial W^{(0)}} = (y - r^{(1)}) \, \mathrm{Step}(z^{(1)}) \, x"


def folder(path: Path, documents: Mapping[str, str]) -> Path:
    """A folder of documents with their settings."""
    path.mkdir(exist_ok=True)
    for name, text in {"conf.py": CONF, **documents}.items():
        (path / name).write_text(text)
    return path


def rows(text: str) -> list[str]:
    """The rows of formulas without what surrounds and aligns them."""
    text = re.sub(r"\\(?:begin|end)\{(?:aligned|split|equation\*?)\}|&", " ", text)
    return [
        row for row in (re.sub(r"\s+", " ", row).strip() for row in re.split(r"\\\\\n|\n\n|\n(?=\s*$)", text)) if row
    ]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, built."""
    output = tmp_path_factory.mktemp("html")
    result = sphinx(EXAMPLE, output, "-W")
    assert (result.returncode, result.stderr) == (0, "")
    return output


def test_the_example_refers_to_its_equations(page: Path) -> None:
    text = (page / "index.html").read_text()
    assert 'id="equation-deep-dc-dw0"' in text
    assert re.search(r'href="#equation-deep-dc-dw0"[^>]*>\(9\)', text)
    assert r"\delta^{2} x^T" in text
    assert 'class="symbackprop proved' in text
    assert api.draw("n -> m sigmoid -> 1 sigmoid", notation="nielsen").svg().strip() in text
    markdown = (page / "markdown.html").read_text()
    assert re.search(r'href="#equation-neuron-dc-dw0"[^>]*>\(1\)', markdown)
    assert r"(\mathrm{ReLU}(W^{(0)} x) - y) \, \mathrm{Step}(W^{(0)} x) \, x" in markdown


def test_the_example_in_latex_compiles(tmp_path: Path, compile_latex: Callable[..., Pdf]) -> None:
    result = sphinx(EXAMPLE, tmp_path, "-W", builder="latex")
    assert (result.returncode, result.stderr) == (0, "")
    text = (tmp_path / "backpropagation.tex").read_text()
    found = re.findall(r"\\begin\{equation\*?\}.*?\\end\{equation\*?\}", text, re.DOTALL)
    labels = re.findall(r"\\label\{([^}]+)\}", "".join(found))
    assert "equation:index:deep-dC-dW0" in labels
    assert rf"\eqref{{{labels[-2]}}}" in text
    assert r"\usepackage{tikz}" in text
    picture = text[text.index(r"\begingroup\setbox0\hbox{%") : text.index(r"\box0\fi\endgroup")] + r"\box0\fi\endgroup"
    body = [picture, *found, *(rf"\eqref{{{label}}}" for label in labels)]
    assert compile_latex(article("\n\n".join(body), "amsmath,amssymb,bm,tikz"), runs=2).overfull == ()


def test_every_notation_is_set_as_it_is_printed(
    tmp_path: Path, katex_errors: Callable[[Sequence[str]], list[str | None]]
) -> None:
    pattern = "n -> m relu bias -> p softmax"
    documents = {"index.rst": "Title\n=====\n"}
    for number, name in enumerate(NOTATIONS):
        rst = f":orphan:\n\nTitle\n=====\n\n.. derive:: {pattern}\n   :notation: {name}\n   :cost: cross-entropy\n"
        fence = f"```{{derive}} {pattern} --notation {name} --cost cross-entropy\n```"
        documents |= (
            {f"{name}.md": f"---\norphan: true\n---\n# Title\n\n{fence}\n"} if number % 2 else {f"{name}.rst": rst}
        )
    source = folder(tmp_path / "source", documents)
    result = sphinx(source, tmp_path / "xml", "-W", "-j", "2", builder="xml")
    assert (result.returncode, result.stderr) == (0, "")
    formulas: list[str] = []
    for name in NOTATIONS:
        text = (tmp_path / "xml" / f"{name}.xml").read_text()
        shown = [unescaped(block) for block in re.findall(r"<math_block[^>]*>(.*?)</math_block>", text, re.DOTALL)]
        printed = api.derive(pattern, notation=name, cost="cross-entropy").render("aligned")
        assert [row for block in shown for row in rows(block)] == rows(printed.replace("\n\n", "\\\\\n"))
        formulas += [rf"\begin{{split}}{block}\end{{split}}" for block in shown]
        formulas += [unescaped(found) for found in re.findall(r"<math>(.*?)</math>", text, re.DOTALL)]
    assert [error for error in katex_errors(formulas) if error] == []


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def test_whatever_is_wrong_is_warned_of_where_it_stands(tmp_path: Path) -> None:
    source = folder(
        tmp_path / "source",
        {
            "conf.py": f'{CONF}myst_enable_extensions = ["dollarmath"]\n',
            "index.rst": f"""\
Title
=====

.. derive:: rleu

.. derive:: 2 -> 3 tanh -> 1
   :wrt: W9

* In a list

  .. verify:: relu --notation slater

     Here,

     .. math:: {WRONG}

.. derive:: relu --bogus

.. derive:: relu -o page.html

.. derive:: "relu

.. derive:: absent.toml

.. derive:: ../above.toml

.. derive:: relu
   :label: a b

.. verify:: relu

.. verify:: relu

   No formula.

.. derive:: relu
   :notation: slatr

.. draw:: relu
   :what: grpah

.. include:: part.txt

.. toctree::

   other
""",
            "part.txt": f"\n.. verify:: relu\n\n   A part: :math:`{WRONG.replace('y - r^{(1)}', 'y + r^{(1)}')}`.\n",
            "other.md": f"""\
# Title

- item

  ```{{derive}} relu --wrt W9
  ```

```{{verify}} relu
:notation: slater

Text, then

$$
{WRONG}
$$
```

```{{derive}} 2 -> 3 rleu
```
""",
        },
    )
    result = sphinx(source, tmp_path / "html", "-W", "--keep-going")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    expected = [
        ("index.rst", 4, "unknown-activation"),
        ("index.rst", 6, "unknown-target"),
        ("index.rst", 15, "wrong"),
        ("index.rst", 17, "unknown-option"),
        ("index.rst", 19, "option-in-mark"),
        ("index.rst", 21, "unclosed-quote"),
        ("index.rst", 23, "unreadable-file"),
        ("index.rst", 25, "not-beside"),
        ("index.rst", 27, "bad-label"),
        ("index.rst", 30, "no-claims"),
        ("index.rst", 34, "unread"),
        ("index.rst", 36, "unknown-notation"),
        ("index.rst", 39, "unknown-picture"),
        ("part.txt", 4, "wrong"),
        ("other.md", 5, "unknown-target"),
        ("other.md", 14, "wrong"),
        ("other.md", 18, "unknown-activation"),
    ]
    assert warnings(result) == [(name, line, f"symbackprop.{kind}") for name, line, kind in expected]
    assert "  derive '2 -> 3 rleu'\n                 ^^^^\n  hint: did you mean relu?" in result.stderr
    assert "the sign is wrong" in result.stderr
    assert "there is no activation" in (tmp_path / "html" / "index.html").read_text()
    assert not (source / "page.html").exists()


def test_a_document_is_built_anew_when_its_spec_changes(tmp_path: Path) -> None:
    source = folder(
        tmp_path / "source",
        {
            "index.rst": "T\n=\n\n.. derive:: net.toml\n   :show: closed\n\n.. toctree::\n\n   other\n",
            "other.rst": "T\n=\n\n.. derive:: tanh\n",
            "net.toml": 'network = "relu"\n',
        },
    )
    output = tmp_path / "html"
    assert sphinx(source, output, "-W").returncode == 0
    page = output / "index.html"
    other = (output / "other.html").stat().st_mtime_ns
    assert "ReLU" in page.read_text()
    (source / "net.toml").write_text('network = "sigmoid"\nnotation = "nielsen"\n')
    assert sphinx(source, output, "-W").returncode == 0
    assert r"\sigma(w^{2} x)" in page.read_text()
    (source / "net.toml").unlink()
    assert warnings(sphinx(source, output)) == [("index.rst", 4, "symbackprop.unreadable-file")]
    (source / "net.toml").write_text('network = "relu"\n')
    assert sphinx(source, output, "-W").returncode == 0
    assert "ReLU" in page.read_text()
    assert (output / "other.html").stat().st_mtime_ns == other


def test_a_notation_for_all_that_does_not_exist_is_warned_of_once(tmp_path: Path) -> None:
    conf = f'{CONF}symbackprop_notation = "nielson"\n'
    source = folder(tmp_path / "source", {"conf.py": conf, "index.rst": "T\n=\n\n.. derive:: relu\n\n.. draw:: relu\n"})
    result = sphinx(source, tmp_path / "html")
    assert result.stderr.startswith("WARNING: symbackprop_notation: unknown-notation")
    assert result.stderr.count("did you mean nielsen?") == result.stderr.count("WARNING") == 1


def test_a_notation_for_all_a_warning_suppressed_and_a_label_given_twice(tmp_path: Path) -> None:
    derive = ".. derive:: relu\n   :show: closed\n"
    settings = 'symbackprop_notation = "ng_dls"\nsuppress_warnings = ["symbackprop.wrong"]\n'
    source = folder(
        tmp_path / "source",
        {
            "conf.py": CONF + settings,
            "index.rst": f"T\n=\n\n.. verify:: relu --notation slater\n\n   :math:`{WRONG}`\n\n{derive}\n{derive}\n"
            f".. derive:: net.toml\n   :show: closed\n\n{derive}   :label: net\n\n{derive}   :label: net\n",
            "net.toml": 'network = "tanh"\nnotation = "slater"\n',
        },
    )
    result = sphinx(source, tmp_path / "html")
    assert [found for found in warnings(result) if found[2] != "docutils"] == [("index.rst", 21, "ref.equation")]
    text = (tmp_path / "html" / "index.html").read_text()
    assert "W^{[1]}" in text
    assert r"\tanh(W^{(0)} x)" in text
