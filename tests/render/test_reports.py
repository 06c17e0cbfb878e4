"""Reports say every verdict in plain words, place the first wrong link, and let no hostile text through."""

from __future__ import annotations

import json as json_module
import re
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from symbackprop.backward.derivation import derive
from symbackprop.networks.pattern import read_pattern
from symbackprop.reading import Symbol, SymbolTable, read
from symbackprop.render.readback import latex
from symbackprop.render.reports import html, json, markdown, text
from symbackprop.render.reports.telling import MARKS, VERDICT_WORDS, Voice, message
from symbackprop.tables.mistakes import MISTAKES
from symbackprop.tables.notations import NOTATIONS
from symbackprop.vocabulary.errors import InputError, Place
from symbackprop.vocabulary.expressions import Partial, Ref
from symbackprop.vocabulary.verdicts import VERDICTS, Judgement, Regions, Report, Witness

TABLE = SymbolTable(
    [
        *(Symbol(name, "scalar", layer=("paren",)) for name in "Wzr"),
        *(Symbol(name, "scalar") for name in "xy"),
        Symbol("C", "loss"),
        Symbol("Step", "function"),
    ]
)
RIGHT = r"\frac{\partial C}{\partial W^{(0)}} = (r^{(1)} - y)\,\mathrm{Step}(z^{(1)}) x"
WRONG = r"\frac{\partial C}{\partial W^{(0)}} = x (r^{(1)} - y) = (y - r^{(1)}) x"
SOURCE = f"${RIGHT}$\n${WRONG}$\n$V x$\n"
NETWORK = read_pattern("relu")
VOICE = Voice(NETWORK, NOTATIONS["slater"], TABLE)


def place(of: str) -> Place:
    start = SOURCE.index(of)
    return Place(SOURCE, start, start + len(of), "hand.tex")


def judged(verdict, formula=RIGHT, **facts):
    tree = read(formula, TABLE).tree()
    return Judgement(place(formula), verdict, latex(tree, TABLE), tree=tree, **facts)


def expected():
    derivation = derive(NETWORK)
    (weight,) = derivation.targets
    return Partial(Ref(NETWORK.cost), Ref(weight)), derivation.forms.adjoint(weight)


WITNESS = Witness({"W0": "2", "x": "1", "y": "0"}, "2", "-2")
PROVED = judged("proved", evidence="both sides have the same normal form")
SIGN = judged(
    "wrong", WRONG, first_wrong_link=2, link=place("(y - r^{(1)}) x"), witness=WITNESS, mistakes=("sign",),
    expected=expected(),
)  # fmt: skip
UNREAD = Judgement(
    place("V x"), "unread", error=InputError("unknown-symbol", "V is not declared here", place("V"), "did you mean W?")
)
HAND = Report("hand.tex", (PROVED, SIGN, UNREAD), ("Two lines hold no formula.",))

SAID = [
    (judged("proved"), "Right: it is proved for all values."),
    (PROVED, "Right: both sides have the same normal form."),
    (judged("agrees"), "Right: the two sides agree wherever they were compared."),
    (judged("agrees", evidence="they agree in all 8 activation regions."), "Right: they agree in all 8 activation regions."),
    (
        judged("agrees-except-at-kinks"),
        "Right, except where an activation has a kink and its slope there is a matter of convention.",
    ),
    (
        judged("agrees-except-at-kinks", evidence="they differ where z1 = 0"),
        "Right, except where an activation has a kink and its slope there is a matter of convention (they differ where z1 = 0).",
    ),
    (judged("right-in-another-convention"), "Right, but in another convention than the usual one."),
    (
        judged("right-in-another-convention", convention="gradients are transposed", witness=WITNESS),
        "Right, in this convention: gradients are transposed. In the usual one, with W0 = 2, x = 1 and y = 0, "
        "the left side is 2 and the right side is -2.",
    ),
    (judged("right-under-assumption"), "Right only under an assumption."),
    (
        judged(
            "right-under-assumption", assumption="x > 0", regions=Regions(1, 3), witness=WITNESS,
            mistakes=("relu-as-identity", "factor-two"),
        ),
        "Right only if x > 0; it holds in 1 of 3 activation regions. Elsewhere, with W0 = 2, x = 1 and y = 0, the left "
        "side is 2 and the right side is -2. The likely mistakes together: (1) ReLU is treated as if it let everything "
        "through, but only an active unit does; (2) a factor 2 or 1/2 is missing or one too many.",
    ),
    (judged("undecided"), "Not decided: neither a proof nor a counterexample was found."),
    (
        judged("undecided", evidence="it is too large", regions=Regions(40, 40)),
        "Not decided: it is too large; it holds in 40 of 40 activation regions.",
    ),
    (judged("wrong"), "Wrong: the two sides are not equal."),
    (judged("wrong", first_wrong_link=1), "Wrong: the two sides are not equal."),
    (judged("wrong", WRONG, first_wrong_link=1), "Wrong at the first equality: the two sides are not equal."),
    (judged("wrong", WRONG, first_wrong_link=12), "Wrong at equality 12: the two sides are not equal."),
    (
        SIGN,
        "Wrong at the second equality: with W0 = 2, x = 1 and y = 0, the left side is 2 and the right side is -2. "
        "The likely mistake: the sign is wrong, as when the minus from differentiating y - p by p is forgotten.",
    ),
    (
        judged("wrong", witness=Witness({"x_1": "1"}, "2", "3", entry="i = 1, j = 2")),
        "Wrong: with x_1 = 1, the entry i = 1, j = 2 is 2 on the left side and 3 on the right.",
    ),
    (
        judged("wrong", witness=Witness({}, "2 x 3", "3 x 2", shapes=True), mistakes=("transpose",)),
        "Wrong: the left side has the shape 2 x 3 and the right side 3 x 2. The likely mistake: a transpose is missing "
        "or one too many, or matrices are multiplied in the wrong order.",
    ),
    (UNREAD, "Not read: V is not declared here (did you mean W?)."),
    (Judgement(place("V x"), "unread"), "Not read: this could not be understood."),
]  # fmt: skip


@pytest.mark.parametrize(("judgement", "said"), SAID, ids=lambda part: getattr(part, "verdict", ""))
def test_a_judgement_in_plain_words(judgement, said):
    assert message(judgement) == said


def test_every_verdict_has_words_and_a_mark():
    assert set(VERDICT_WORDS) == set(MARKS) == {judgement.verdict for judgement, _ in SAID} == set(VERDICTS)


@pytest.mark.parametrize("name", MISTAKES)
def test_every_mistake_is_a_clause(name):
    summary = MISTAKES[name].summary
    assert re.fullmatch(r"(?:[a-z]|ReLU)[^;:]*[^.]", summary)
    assert len(summary) < 110
    assert message(judged("wrong", mistakes=(name,))).endswith(f" The likely mistake: {summary}.")


def test_text():
    assert (
        text.render([HAND], [VOICE])
        == r"""hand.tex:1:2: ✓ proved: ∂C/∂W⁽⁰⁾ = (r⁽¹⁾ - y) Step(z⁽¹⁾) x  [both sides have the same normal form]
hand.tex:2:2: ✗ wrong: ∂C/∂W⁽⁰⁾ = x (r⁽¹⁾ - y) = (y - r⁽¹⁾) x
      $\frac{\partial C}{\partial W^{(0)}} = x (r^{(1)} - y) = (y - r^{(1)}) x$
                                                               ^^^^^^^^^^^^^^^
    Wrong at the second equality: with W0 = 2, x = 1 and y = 0, the left side is 2 and the right
    side is -2.
    The likely mistake: the sign is wrong, as when the minus from differentiating y - p by p is
    forgotten.
    Right would be: ∂C/∂W⁽⁰⁾ = (r⁽¹⁾ - y) Step(z⁽¹⁾) x
hand.tex:3:2: ? not read
    hand.tex:3:2: unknown-symbol: V is not declared here
      $V x$
       ^
      hint: did you mean W?

note: Two lines hold no formula.
3 claims: 1 proved, 1 wrong, 1 not read.
"""
    )


def test_text_of_what_is_long_or_stated_otherwise():
    long = read("C = " + " + ".join(["W^{(1)} x"] * 14), TABLE).tree()
    judgement = replace(PROVED, tree=long, stated="wrong", name="claim-1")
    assert (
        text.render([Report("", (replace(judgement, place=Place("C", 0, 1)),))], [VOICE])
        == """1:1: ✓ proved (claim-1):
    C = W⁽¹⁾ x + W⁽¹⁾ x + W⁽¹⁾ x + W⁽¹⁾ x + W⁽¹⁾ x + W⁽¹⁾ x + W⁽¹⁾ x + W⁽¹⁾ x + W⁽¹⁾ x + W⁽¹⁾ x +
        W⁽¹⁾ x + W⁽¹⁾ x + W⁽¹⁾ x + W⁽¹⁾ x
    [both sides have the same normal form]
    The file states another verdict: wrong.
1 claim: 1 proved.
"""
    )


def test_text_of_several_files_and_in_colour():
    reports = [HAND, Report("anna.tex", (PROVED,)), Report("b.tex", (SIGN,)), Report("empty.tex", ())]
    assert (
        text.render(reports, [None] * 4, colour=True)
        == """hand.tex   ? not read  3 claims: 1 proved, 1 wrong, 1 not read
anna.tex   \x1b[32m✓ proved  \x1b[0m  1 claim: 1 proved
b.tex      \x1b[31m✗ wrong   \x1b[0m  1 claim: 1 wrong
empty.tex  ? not read  no claim was found
4 files, 5 claims: 2 proved, 2 wrong, 1 not read.
"""
    )


def test_markdown(katex_errors):
    page = markdown.render([HAND], [VOICE])
    assert (
        page
        == r"""# Report on hand.tex

3 claims: 1 proved, 1 wrong, 1 not read.

Two lines hold no formula.

## 1. ✓ Line 1: proved

```math
\frac{\partial C}{\partial W^{(0)}} = (r^{(1)} - y) \, \mathrm{Step}(z^{(1)}) \, x
```

Right: both sides have the same normal form.

## 2. ✗ Line 2: wrong

```math
\begin{aligned}
  \frac{\partial C}{\partial W^{(0)}} &= x \, (r^{(1)} - y) \\
    &= (y - r^{(1)}) \, x
\end{aligned}
```

```text
  $\frac{\partial C}{\partial W^{(0)}} = x (r^{(1)} - y) = (y - r^{(1)}) x$
                                                           ^^^^^^^^^^^^^^^
```

Wrong at the second equality: with W0 = 2, x = 1 and y = 0, the left side is 2 and the right side is -2.

The likely mistake: the sign is wrong, as when the minus from differentiating y - p by p is forgotten.

Right would be:

```math
\frac{\partial C}{\partial W^{(0)}} = (r^{(1)} - y) \, \mathrm{Step}(z^{(1)}) \, x
```

## 3. ? Line 3: not read

```text
  $V x$
   ^
```

Not read: V is not declared here (did you mean W?).
"""
    )
    formulas = re.findall(r"```math\n(.*?)\n```", page, re.DOTALL)
    assert katex_errors(formulas) == [None] * 3


def test_markdown_of_several_files():
    page = markdown.render([HAND, Report("a_b|c.tex", (PROVED,))], [VOICE, None])
    assert page.startswith(
        "# Report on 2 files, 4 claims: 2 proved, 1 wrong, 1 not read\n\n"
        "| file | verdict | claims |\n|---|---|---|\n"
        "| hand.tex | ? not read | 3 claims: 1 proved, 1 wrong, 1 not read |\n"
        "| a\\_b\\|c.tex | ✓ proved | 1 claim: 1 proved |\n\n# Report on hand.tex\n"
    )
    assert "# Report on a\\_b\\|c.tex\n" in page


def test_json():
    (first, wrong, unread) = json_module.loads(json.render([HAND], [VOICE]))["claims"]
    assert (first["verdict"], first["expected"], first["witness"]) == ("proved", None, None)
    assert wrong == {
        "name": "",
        "line": 2,
        "column": 2,
        "read": r"\frac{\partial C}{\partial W^{(0)}} = x \, (r^{(1)} - y) = (y - r^{(1)}) \, x",
        "verdict": "wrong",
        "first_wrong_link": 2,
        "assumption": None,
        "convention": None,
        "regions": None,
        "witness": {
            "values": {"W0": "2", "x": "1", "y": "0"}, "left": "2", "right": "-2", "entry": "", "shapes": False
        },
        "mistakes": ["sign"],
        "expected": r"\frac{\partial C}{\partial W^{(0)}} = (r^{(1)} - y) \, \mathrm{Step}(z^{(1)}) \, x",
        "message": message(SIGN),
        "evidence": "",
        "stated": None,
        "error": None,
    }  # fmt: skip
    assert unread["error"] == {
        "code": "unknown-symbol", "message": "V is not declared here", "hint": "did you mean W?", "line": 3, "column": 2
    }  # fmt: skip


def test_json_of_several_files_has_the_worst_verdict():
    found = json_module.loads(json.render([Report("a", (PROVED,)), Report("b", (SIGN,))], [None, VOICE]))
    assert found["verdict"] == "wrong"
    assert [(f["file"], f["verdict"], len(f["claims"]), f["remarks"]) for f in found["files"]] == [
        ("a", "proved", 1, []),
        ("b", "wrong", 1, []),
    ]


class Outline(HTMLParser):
    """The elements of a page, every one of which must be closed, and what it says."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[str] = []
        self.words = ""
        self.feed(page)
        self.close()
        assert not self.inside

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        assert self.inside.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.inside):
            self.words += data


def test_html_is_well_formed_and_folds_away_what_is_right(tmp_path, chromium_eval):
    page = html.render([HAND], [VOICE])
    outline = Outline(page)
    claims = [attrs for tag, attrs in outline.elements if tag == "details"]
    assert [(c["id"], c["class"], "open" in c) for c in claims] == [
        ("claim-1", "right", False),
        ("claim-2", "wrong", True),
        ("claim-3", "open", True),
    ]
    assert "<mark>(y - r^{(1)}) x</mark>" in page
    assert message(SIGN).split(". The")[0] in outline.words
    for element in re.findall("<math.*?</math>", page, re.DOTALL):
        ET.fromstring(element)
    copied = [attrs["data-latex"] for _, attrs in outline.elements if "data-latex" in attrs]
    assert len(copied) == 3
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    for width in (400, 1200):
        script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert chromium_eval(path, script, width) == 0
    assert chromium_eval(path, "return document.querySelectorAll('.copy').length") == 3


def test_html_of_several_files_links_to_each():
    page = html.render([HAND, Report("<b>.tex", (PROVED,) * 7 + (SIGN,))], [VOICE, None])
    ids = [attrs["id"] for _, attrs in Outline(page).elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in re.findall('href="(#[^"]*)"', page)} == {"file-1", "file-2", "claim-2-8"}
    assert "&lt;b&gt;.tex" in page
    assert "<b>" not in page


HOSTILE = "<script>alert(1)</script>\n```\n# x | $y$ *z* &lt; \x1b[31m\r\u202e`[a](javascript:b)\u2028"


def hostile() -> Report:
    source = HOSTILE.replace("\n", " ") + "\n"
    error = InputError("unknown-symbol", HOSTILE, Place(source, 0, 30, HOSTILE), HOSTILE)
    witness = Witness({HOSTILE: HOSTILE}, HOSTILE, HOSTILE, HOSTILE)
    wrong = Judgement(
        Place(source, 0, 9, HOSTILE), "wrong", HOSTILE, witness=witness, mistakes=(HOSTILE,), link=error.place,
        name=HOSTILE, stated=HOSTILE,
    )  # fmt: skip
    under = replace(wrong, verdict="right-under-assumption", assumption=HOSTILE)
    return Report(HOSTILE, (wrong, under, Judgement(Place(source, 0, 9), "unread", error=error)), (HOSTILE,))


def test_hostile_text_does_nothing():
    reports = [hostile()], [None]
    for shown in (text.render(*reports), markdown.render(*reports), html.render(*reports)):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e\u2028]", shown)
    assert len([tag for tag, _ in Outline(html.render(*reports)).elements if tag == "script"]) == 1
    page = markdown.render(*reports)
    outside = re.sub(r"^(`{3,})(?:math|text)\n.*?\n\1$", "", page, flags=re.DOTALL | re.MULTILINE)
    assert "```" not in outside
    assert not re.search(r"(?<!\\)[<>$*`|]|\](?=\()(?<!\\\])|&lt", outside)
    assert all(line.startswith(("# Report", "## ")) for line in outside.splitlines() if line.startswith("#"))
    json_module.loads(json.render(*reports))


def test_a_thousand_claims_are_printed_fast():
    many = SOURCE * 340
    claims = []
    for number in range(1000):
        shift = number // 3 * len(SOURCE)
        claim = HAND.judgements[number % 3]
        moved = [
            None if p is None else Place(many, p.start + shift, p.end + shift, p.name)
            for p in (claim.place, claim.link)
        ]
        claims.append(replace(claim, place=moved[0], link=moved[1]))
    for render in (text.render, markdown.render, json.render, html.render):
        start = time.process_time()
        render([Report("many.tex", tuple(claims))], [VOICE])
        assert time.process_time() - start < 4  # measured 0.05 to 0.4
