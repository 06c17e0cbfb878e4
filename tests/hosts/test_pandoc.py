"""The filter behind pandoc: what each writer gets, what is refused, and what stands in the document is read back."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from symbackprop import api
from symbackprop.hosts.pandoc import LUA, Filter
from symbackprop.hosts.pandoc import main as filtering
from symbackprop.hosts.settings import Settings
from symbackprop.render.reports.telling import RIGHT
from symbackprop.tables.notations import NOTATIONS
from tests.tools.pandoc import FILTER, pandoc, require_pandoc
from tests.tools.tex import Pdf

EXAMPLES = Path(__file__).parents[2] / "examples" / "hosts" / "pandoc"
GRADIENT = r"\frac{\partial C}{\partial W^{(0)}}"
RIGHT_ONE = rf"{GRADIENT} = (r^{{(1)}} - y) \, \mathrm{{Step}}(z^{{(1)}}) \, x"
WRONG_ONE = rf"{GRADIENT} = (y - r^{{(1)}}) \, \mathrm{{Step}}(z^{{(1)}}) \, x"


def written(text: str, to: str = "markdown", *options: str, **more: object) -> str:
    """What pandoc writes for a text."""
    result = pandoc("-f", "markdown", "-t", to, "--fail-if-warnings", *options, input=text, **more)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def refused(text: str, *options: str) -> str:
    """What the filter has against a text; nothing is written."""
    result = pandoc("-t", "markdown", *options, input=text)
    assert result.returncode == 83
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.mark.parametrize("format", ["html", "docx"])
def test_the_example_in_pages_and_in_word(format: str, tmp_path: Path) -> None:
    output = tmp_path / f"notes.{format}"
    result = pandoc("--fail-if-warnings", "--standalone", "--mathml", "notes.md", "-o", output, cwd=EXAMPLES)
    assert (result.returncode, result.stderr) == (0, "")
    if format == "html":
        text = output.read_text()
        assert text.count("<math") == 14
        assert 'id="eq:layer-dC-dW0"' in text
        assert 'class="symbackprop proved"' in text
    else:
        document = zipfile.ZipFile(output).read("word/document.xml").decode()
        assert document.count("<m:oMath>") == 14
        assert "aligned" not in document


@pytest.mark.parametrize("writer", ["latex", "beamer"])
def test_the_example_in_latex(writer: str, compile_latex: Callable[..., Pdf]) -> None:
    text = (EXAMPLES / "notes.md").read_text().replace("neuron\n", "neuron {.allowframebreaks}\n")
    result = pandoc("-f", "markdown", "-t", writer, "--standalone", input=text)
    assert (result.returncode, result.stderr) == (0, "")
    assert r"\label{eq:layer-dC-dW0}" in result.stdout
    pdf = compile_latex(result.stdout)
    assert pdf.pages >= 2
    assert pdf.overfull == ()


def test_the_example_for_quarto_has_labels_that_quarto_refers_to() -> None:
    text = written((EXAMPLES / "notes.qmd").read_text())
    assert re.search(r"^\$\$ \{#eq-deep-dC-dW0\}$", text, re.MULTILINE)
    assert "@eq-deep-dC-dW0" in text
    assert "](data:image/svg+xml;base64," in text


def test_a_fence_is_read_in_whichever_way_it_was_written() -> None:
    wanted = written("```{.symbackprop}\nderive relu --show closed --wrt W0\n```\n")
    assert r"(\mathrm{ReLU}(W^{(0)} x) - y) \, \mathrm{Step}(W^{(0)} x) \, x" in wanted
    ways = (
        "```symbackprop\nderive relu\n  --show closed\n```\n",
        "```symbackprop derive relu --show closed\n```\n",
        '``` {.symbackprop derive="relu" show=closed wrt="W0"}\n```\n',
        "~~~ {.symbackprop show=closed}\nderive relu\n~~~\n",
    )
    assert written("\n".join(ways)) == "\n".join(wanted for _ in ways)
    assert written("```{.symbackprop}\nderive relu --show closed\n```\n", "markdown", "-f", "gfm") == wanted
    quoted = written("> - ```symbackprop\n>   derive relu --show closed\n>   ```\n")
    assert [line.strip("> -") for line in quoted.splitlines()] == [line.strip() for line in wanted.splitlines()]


def test_everything_else_stays() -> None:
    text = "# Title {#id .c k=v}\n\nA `symbackprop derive relu` in a line, and\n\n```sh\nsymbackprop derive relu\n```\n\n| a | b |\n|---|---|\n| 1 | $x$ |\n\n[^1]: Note.\n"
    parsed = [pandoc_json(text, filtered) for filtered in (False, True)]
    assert parsed[0] == parsed[1]


def pandoc_json(text: str, filtered: bool) -> object:
    result = pandoc("-f", "markdown", "-t", "json", input=text)
    if not filtered:
        result = subprocess.run(
            [require_pandoc(), "-f", "markdown", "-t", "json"], input=text, capture_output=True, encoding="utf-8"
        )
    return json.loads(result.stdout)


def test_several_columns_of_notation_and_a_spec_beside_the_notes(tmp_path: Path) -> None:
    (tmp_path / "net.toml").write_text('network = "relu"\nnotation = "ng_dls"\n')
    fence = "```symbackprop\nderive {} --show closed\n```\n"
    text = written(
        "---\nsymbackprop:\n  notation: nielsen\n---\n"
        + fence.format("net.toml")
        + fence.format("relu")
        + fence.format("relu --notation slater --notation bishop"),
        cwd=tmp_path,
    )
    assert text.index("W^{[1]}") < text.index("w^{2}") < text.index("Slater") < text.index("Bishop")


BAD_BLOCKS = (
    ("```symbackprop\nderive rleu\n```", "  derive rleu\n         ^^^^\n  hint: did you mean relu?"),
    (
        "```{.symbackprop wrt=W9}\nderive relu\n```",
        "  derive relu --wrt=W9\n         ^^^^\n  hint: did you mean W0?",
    ),
    ("```{.symbackprop wrong=W9}\nderive relu\n```", "there is no option '--wrong'"),
    ("```{.symbackprop dialect=qarto}\nderive relu\n```", "did you mean quarto?"),
    ("```{.symbackprop format=json}\nderive relu\n```", "there is no format 'json'"),
    ("```symbackprop\n```", "no-command"),
    ("```symbackprop\nrender relu\n```", "there is no command 'render' for a block"),
    ('```symbackprop\nderive "relu\n```', "a quotation mark is never closed"),
    ("```symbackprop\nderive relu -o page.html\n```", "-o has no place in a block"),
    ("```symbackprop\nderive ../net.toml\n```", "not-beside"),
    ("```symbackprop\nverify relu\n```", '::: {.symbackprop verify="relu"}'),
    ("::: {.symbackprop}\n$a = b$\n:::", "a network was expected"),
    ('::: {.symbackprop verify="relu"}\nNothing.\n:::', "no-claims"),
)


def test_bad_blocks_are_all_told_of() -> None:
    told = refused("\n\n".join(text for text, _ in BAD_BLOCKS))
    messages = re.split(r"^symbackprop block \d+: ", told, flags=re.MULTILINE)[1:]
    for (text, message), found in zip(BAD_BLOCKS, messages, strict=True):
        assert message in found, text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("---\nsymbackprop: nielsen\n---\n", "bad-settings"),
        ("---\nsymbackprop: {strickt: true}\n---\n", "did you mean strict?"),
        ("---\nsymbackprop: {strict: perhaps}\n---\n", "strict is true or false"),
        ("---\nsymbackprop: {notation: slatr}\n---\n```symbackprop\nderive relu\n```", "did you mean slater?"),
    ],
)
def test_bad_metadata(text: str, message: str) -> None:
    assert message in refused(text)


def test_all_that_is_wrong_is_told_at_once_with_its_place_where_pandoc_says_it(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text(
        f"```symbackprop\nderive rleu\n```\n\n::: {{.symbackprop verify=relu}}\n${WRONG_ONE}$\n\n${RIGHT_ONE}$\n:::\n"
    )
    told = refused("", str(path))
    assert told.startswith("symbackprop block 1: unknown-activation")
    assert "symbackprop block 2: ✗ wrong: ∂C/∂W⁽⁰⁾ = (y - r⁽¹⁾) Step(z⁽¹⁾) x" in told
    assert told.count("wrong:") == 1
    placed = refused("", "-f", "commonmark_x+sourcepos", str(path))
    assert re.findall(r"^\S*/notes\.md:(\d+): (\S+)", placed, re.MULTILINE) == [
        ("1", "unknown-activation:"),
        ("6", "✗"),
    ]


def test_the_filter_in_lua_tells_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "symbackprop.lua").write_text(LUA)
    (tmp_path / "net.toml").write_text('network = "relu"\n')
    (tmp_path / "notes.md").write_text(
        f"# One\n\n```symbackprop\nderive net.toml --show closed\n```\n\n::: {{.symbackprop verify=relu}}\n"
        f"${RIGHT_ONE}$ and\n\n> $$\n> {RIGHT_ONE} \\\\\n> {WRONG_ONE}\n> $$\n\n"
        f"\\begin{{align}}\n{WRONG_ONE} \\\\\n\\end{{align}}\n:::\n"
    )
    (tmp_path / "more.md").write_text("# Two\n\n```{.symbackprop show=closed}\nderive rleu\n```\n")
    files = [f"{tmp_path.name}/{name}" for name in ("notes.md", "more.md")]
    result = subprocess.run(
        [require_pandoc(), "--lua-filter", tmp_path / "symbackprop.lua", "-t", "markdown", *files],
        cwd=tmp_path.parent,
        env={**os.environ, "PATH": f"{FILTER.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert (result.returncode, result.stdout) == (83, "")
    told = re.findall(r"^\S+/(\w+\.md:\d+): (\S+)", result.stderr, re.MULTILINE)
    assert told == [("notes.md:12", "✗"), ("notes.md:16", "✗"), ("more.md:4", "unknown-activation:")]


def test_pictures_are_what_each_writer_takes(compile_latex: Callable[..., Pdf]) -> None:
    text = "---\nheader-includes: \\usepackage{xcolor}\n---\n> ```symbackprop\n> draw 2 -> 3 tanh -> 1 --notation nielsen\n> ```\n"
    shown = api.draw("2 -> 3 tanh -> 1", notation="nielsen")
    assert ElementTree.fromstring(shown.svg()).tag.endswith("svg")
    assert shown.svg().strip() in written(text, "html").replace("</blockquote>", "")
    tex = written(text, "latex", "--standalone")
    assert shown.tikz().strip() in tex
    assert compile_latex(tex).overfull == ()
    image = re.search(
        r"!\[(The network 2 .*?)\]\(data:image/svg\+xml;base64,([\w+/=]+)\)", written(text, "commonmark"), re.DOTALL
    )
    assert image is not None
    assert base64.b64decode(image[2]).decode() == shown.svg()
    assert "did you mean graph?" in refused("```symbackprop\ndraw relu --what grpah\n```\n")


def test_labels_are_each_given_once_in_a_document() -> None:
    block = "```{.symbackprop dialect=quarto}\nderive relu --show closed\n```\n\n"
    assert re.findall(r"\{#(eq-.*?)\}", written(block + block)) == ["eq-dC-dW0", "eq-dC-dW0-2"]


def test_a_block_keeps_its_name_and_its_other_classes() -> None:
    text = written(
        "```{.symbackprop #one .wide show=closed}\nderive relu\n```\n\n```{.symbackprop .wide}\ndraw relu\n```\n",
        "html",
        "--mathml",
    )
    assert text.startswith('<div id="one" class="wide">')
    assert text.count('<div class="wide">') == 1


def test_what_is_nested_too_deep_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    quoted = '{"t":"BlockQuote","c":[' * 600 + "]}" * 600
    assert filtered(f'{{"meta":{{}},"blocks":[{quoted}]}}'.encode(), monkeypatch) == 2
    assert "too-deep" in capsys.readouterr().err


def test_a_draft_is_written_all_the_same() -> None:
    text = f"---\nsymbackprop: {{strict: false}}\n---\n```symbackprop\nderive rleu\n```\n\n::: {{.symbackprop verify=relu}}\n${WRONG_ONE}$\n:::\n"
    result = pandoc("-f", "markdown", "-t", "html", input=text)
    assert result.returncode == 0
    assert "✗ wrong" in result.stderr
    assert "there is no activation" in result.stdout
    assert 'class="symbackprop wrong"' in result.stdout


def test_every_notation_is_read_back() -> None:
    pattern = "n -> m sigmoid bias"
    for name in NOTATIONS:
        block = {
            "t": "CodeBlock",
            "c": [["", ["symbackprop"], []], f"derive {pattern} --show closed --notation {name}"],
        }
        passing = Filter(Settings())
        shown = passing.blocks([block])
        assert passing.amiss == []
        formulas = "\n\n".join(f"$${part['c'][1]}$$" for b in shown for part in b["c"] if part["t"] == "Math")
        found = api.verify(pattern, formulas, kind="md", notation=name)
        assert len(found.claims) >= 2
        assert {claim.verdict for claim in found.claims} <= RIGHT, (name, found.render())


def filtered(data: bytes, monkeypatch: pytest.MonkeyPatch) -> object:
    """The exit status for what comes in."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    monkeypatch.setattr(sys, "argv", ["symbackprop-pandoc", "html"])
    with pytest.raises(SystemExit) as stop:
        filtering()
    return stop.value.code


@pytest.mark.parametrize("data", [b"", b"# Notes", b"[1]", b'{"blocks": []}', b"\xff"])
def test_what_does_not_come_from_pandoc(
    data: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert filtered(data, monkeypatch) == 2
    assert "pandoc --filter symbackprop-pandoc" in capsys.readouterr().err
