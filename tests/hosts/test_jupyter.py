"""Notebooks, really run: what shows itself, what the magics do, and how mistakes are told."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import pytest

from symbackprop import api
from symbackprop.hosts.jupyter import derive, verify
from symbackprop.tables.notations import NOTATIONS
from symbackprop.vocabulary.errors import InputError
from tests.tools.presence import missing

EXAMPLE = Path(__file__).parents[2] / "examples" / "hosts" / "jupyter" / "notebook.ipynb"
RUN = """
import sys, warnings
warnings.simplefilter("ignore")
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.stdin, 4)
NotebookClient(notebook, kernel_name="python3", timeout=60, allow_errors="strict" not in sys.argv).execute()
nbformat.write(notebook, sys.stdout)
"""
CLAIM = r"\frac{\partial C}{\partial W^{(0)}} = (r^{(1)} - y) \, \mathrm{Step}(z^{(1)}) \, x"


def ran(*sources: str, text: str = "", strict: bool = False) -> list[list[dict[str, object]]]:
    """The outputs of the cells of a notebook."""
    for name in ("nbclient", "ipykernel"):
        if find_spec(name) is None:
            missing(name)
    import nbformat

    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    text = text or nbformat.writes(nbformat.v4.new_notebook(cells=cells))
    mode = ["strict"] if strict else []
    result = subprocess.run(
        [sys.executable, "-c", RUN, *mode], input=text, capture_output=True, encoding="utf-8", timeout=120
    )
    assert result.returncode == 0, result.stderr
    return [cell.outputs for cell in nbformat.reads(result.stdout, 4).cells if cell.cell_type == "code"]


class Balanced(HTMLParser):
    """Refuses HTML whose elements are not nested, and whatever could run or be fetched."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "img", "iframe", "style")
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_example_runs_and_everything_in_it_shows_itself() -> None:
    loaded, derived, drawn, judged, net, derivation, closed, proved, flow = ran(text=EXAMPLE.read_text(), strict=True)
    assert loaded == []
    assert drawn[0]["data"]["image/svg+xml"].startswith("<svg")
    assert drawn[0]["data"]["text/plain"].startswith(
        "The network 2 -> 3 tanh -> 1 sigmoid. From left to right: 2 inputs"
    )
    for (output,) in (derived, judged, net, derivation, proved, flow):
        assert output["output_type"] == "execute_result"
        assert {"text/plain", "text/html"} <= output["data"].keys()
        assert {"text/latex", "text/markdown"} & output["data"].keys()
        Balanced(output["data"]["text/html"])
        assert "<math" in output["data"]["text/html"]
    assert r"\tanh" in derived[0]["data"]["text/latex"]
    assert "wrong" in judged[0]["data"]["text/html"]
    assert "the sign is wrong" in judged[0]["data"]["text/latex"]
    assert net[0]["data"]["text/plain"].startswith("The network relu\n")
    assert "Backward" not in net[0]["data"]["text/plain"]
    assert closed[0]["data"]["text/plain"] == "x*(-y + ReLU(W0*x))*Heaviside(W0*x, 1)"
    assert "proved" in proved[0]["data"]["text/html"]
    assert "<svg" in flow[0]["data"]["text/html"]
    assert "$$\n\\begin{aligned}" in flow[0]["data"]["text/markdown"]
    assert "```" not in flow[0]["data"]["text/markdown"]


def test_the_magics(tmp_path: Path) -> None:
    outputs = ran(
        "%load_ext symbackprop",
        "found = %derive 2 -> 3 tanh -> 1 --wrt W0 --show closed\nprint(found.network.source)",
        "%derive relu --show closed --format text",
        "%%derive relu\n--show closed\n--notation nielsen --format aligned",
        f"dC = x = y = 'hack'; partial = {{}}\n%verify relu --claim '{CLAIM}' --format text",
        f"%%verify relu --name 'w = W0'\nWith $z = w x$\n\n$$\n{CLAIM}\n$$",
        "%%verify relu\nimport os; os.abort()",
        "%derive rleu",
        "%derive relu -o page.html",
        "%derive 'relu",
        "%derive absent.toml",
        "%verify relu",
        "%derive relu --format jsn",
        "%draw rleu",
        "%%draw relu\n--what grpah",
        "%draw relu --format tikz",
    )
    told = ["".join(str(output.get("text", "")) for output in cell) for cell in outputs]
    assert told[1] == "2 -> 3 tanh -> 1\n"
    assert told[2] == api.derive("relu", show="closed").render("text")
    assert told[3] == api.derive("relu", show="closed", notation="nielsen").render("aligned")
    assert told[4].startswith("1:1: ✓ proved")
    assert "2 claims: 2 proved." in outputs[5][0]["data"]["text/plain"]
    assert "not read" in outputs[6][0]["data"]["text/plain"]
    expected = [
        "  derive rleu\n         ^^^^\n  hint: did you mean relu?",
        "-o has no place in a magic",
        "a quotation mark is never closed",
        "absent.toml: no such file or directory",
        "there is nothing to judge",
        "did you mean json?",
        "  draw rleu\n       ^^^^\n  hint: did you mean relu?",
        "did you mean graph?",
    ]
    assert told[-1] == api.draw("relu").tikz()
    for cell, text in zip(outputs[7:-1], expected, strict=True):
        (output,) = cell
        assert output["name"] == "stderr"
        assert output["text"].startswith("UsageError: ")
        assert text in output["text"]
        assert "Traceback" not in output["text"]


def test_the_magics_are_functions_too() -> None:
    found = verify("relu --name 'w = W0'", r"\frac{dC}{dw} = (y - r^{(1)}) x")
    assert found is not None
    assert found.verdict == "wrong"
    with pytest.raises(InputError, match="did you mean W0"):
        derive("relu --wrt W9")


@pytest.mark.parametrize("name", NOTATIONS)
def test_every_notation_shows_itself(name: str) -> None:
    shown = api.derive("n -> m relu bias -> p softmax", notation=name, cost="cross-entropy")._repr_mimebundle_()
    Balanced(shown["text/html"])
    assert shown["text/html"].count("<math") > 30
    Balanced(api.network("k sigmoid bias")._repr_mimebundle_()["text/html"])


def test_several_things_in_a_list_say_in_a_line_what_they_are() -> None:
    found = [
        api.derive("relu relu"),
        api.verify("relu", "dC/dW0 = (y - r1)*step(z1)*x"),
        api.draw("relu"),
        api.flow("relu*3", against="sigmoid"),
    ]
    assert repr(found) == (
        "[<Derivation of relu relu by W0, W1>, <Verification: 1 claim: 1 wrong>, <Drawing: The network relu>, "
        "<Flow of relu*3 against sigmoid*3>]"
    )
    assert str(found[0]) == found[0].render("text")
    assert str(found[1]) == found[1].render("text")


def test_what_a_student_typed_cannot_be_obeyed() -> None:
    for text in ("<script>alert(1)</script> = x", r"\text{<img src=x onerror=alert(1)>} = x", "a\x1b[31m = <b>"):
        shown = api.verify("relu", text)._repr_mimebundle_()
        Balanced(shown["text/html"])
        assert "\x1b" not in "".join(shown.values())
