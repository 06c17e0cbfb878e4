"""The page: what is in it, and in a browser, that nothing sticks out, lines up, folds and copies."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from symbackprop import api
from symbackprop.backward.derivation import derive
from symbackprop.networks.layers import Options
from symbackprop.networks.pattern import read_pattern
from symbackprop.render.formats.latex import environment
from symbackprop.render.html import html_page
from symbackprop.render.listing import Telling, tell
from symbackprop.render.markup import LATEX
from symbackprop.tables.costs import COSTS
from symbackprop.tables.notations import NOTATIONS

SOFTMAX = "n -> m relu bias -> p softmax"


def derivation(pattern, cost="half-squared", title="", **options):
    network = read_pattern(pattern, Options(COSTS[cost], **options))
    return derive(network.with_facts(title=title, step_at_zero=network.step_at_zero))


def page(pattern, cost="half-squared", notations=("slater",), form="auto", title="", telling=None, **options):
    tellings = [replace(telling or Telling(NOTATIONS[n], form), notation=NOTATIONS[n]) for n in notations]
    return html_page(derivation(pattern, cost, title, **options), tellings)


class Outline(HTMLParser):
    """The elements of a page with their attributes, and whether every one that opens is closed."""

    VOID = {"meta", "link"}  # noqa: RUF012

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.open = []
        self.words = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append((self.open[-1] if self.open else "", data))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


PAGES = {
    "chain": ("relu relu relu", {}),
    "scalar, expanded": ("relu", {"expand": True}),
    "softmax": (SOFTMAX, {"cost": "cross-entropy"}),
    "softmax, matrices": (SOFTMAX, {"cost": "cross-entropy", "form": "matrix"}),
    "two notations": (SOFTMAX, {"cost": "cross-entropy", "notations": ("slater", "nielsen")}),
    "batch": ("2 -> 3 gelu-tanh -> 1 sigmoid", {"batch": "m", "notations": ("cs231n_notes", "udl", "ng_dls")}),
    "two layers": ("k relu bias", {}),
}


@pytest.fixture(params=PAGES, scope="module")
def text(request):
    pattern, options = PAGES[request.param]
    return page(pattern, **options)


def test_page_is_well_formed(text):
    outline = Outline(text)
    assert text.startswith("<!doctype html>\n")
    assert outline.all("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in outline.all("meta")
    headings = [tag for tag, _ in outline.elements if re.fullmatch("h[1-6]", tag)]
    assert Counter(headings)["h1"] == 1
    assert headings[0] == "h1"
    assert all(int(after[1]) <= int(before[1]) + 1 for before, after in pairwise(headings))


def test_ids_are_unique_and_links_lead_to_them(text):
    outline = Outline(text)
    ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert [name for name, times in Counter(ids).items() if times > 1] == []
    assert not any(re.search(r"\s", name) for name in ids)
    links = [attributes["href"] for attributes in outline.all("a")]
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)
    named = {attributes["aria-labelledby"] for attributes in outline.all("section")}
    assert named <= set(ids)


def test_nothing_is_fetched(text):
    outline = Outline(text)
    for tag, attributes in outline.elements:
        assert "src" not in attributes
        assert tag not in ("iframe", "img", "object", "embed", "base", "form")
        assert not any(name.startswith("on") for name in attributes)
        if "href" in attributes:
            assert attributes["href"] == "data:," or attributes["href"].startswith("#")
    assert not re.search(r"//\w|url\(|@import|@font-face|import\(|fetch\(", text)


def test_formulas_are_well_formed_and_have_a_text(text):
    formulas = re.findall(r"<math\b.*?</math>", text)
    assert len(formulas) == text.count("<math") > 5
    for formula in formulas:
        assert ET.fromstring(formula).get("alttext")


def test_steps_are_open_until_a_script_closes_them(text):
    outline = Outline(text)
    steps = outline.all("details")
    assert steps
    assert all("open" in step for step in steps)
    assert len(outline.all("summary")) == len(outline.all("h3")) == len(steps)
    (bar,) = (attributes for attributes in outline.all("div") if attributes.get("class") == "bar")
    assert "hidden" in bar


def latex(derivation, telling):
    """The LaTeX of every equation, in the order of the page."""
    sections = tell(derivation, telling, LATEX).sections
    return [environment("aligned", [e]) for section in sections for e in section.equations]


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize(
    ("pattern", "form"),
    [("relu relu", "scalar"), ("n -> m sigmoid bias -> p", "index"), ("n -> m sigmoid bias -> p", "matrix")],
)
def test_every_equation_has_its_latex_to_copy(notation, pattern, form):
    telling = Telling(NOTATIONS[notation], form, rate="eta")
    network = derivation(pattern)
    outline = Outline(html_page(network, [telling]))
    copied = [attributes["data-latex"] for attributes in outline.all("div") if "data-latex" in attributes]
    assert copied == latex(network, telling)


def test_columns_have_their_own_latex():
    network = derivation(SOFTMAX, "cross-entropy")
    tellings = [Telling(NOTATIONS[name], "matrix") for name in ("goodfellow", "mit_6036")]
    cells = [a for a in Outline(html_page(network, tellings)).all("div") if "data-latex" in a]
    for number, telling in enumerate(tellings):
        mine = [cell for cell in cells if cell["style"] == f"--column: {number}"]
        assert [cell["data-latex"] for cell in mine] == latex(network, telling)
        assert {cell["aria-label"] for cell in mine} == {telling.notation.title}


def test_anchors():
    outline = Outline(page("relu relu"))
    assert [step["id"] for step in outline.all("details")][-2:] == ["dC-dz1", "dC-dW0"]
    ids = {attributes["id"] for attributes in outline.all("div") if "id" in attributes}
    assert {"z1", "r1", "z2", "r2", "C"} <= ids
    assert [a["href"] for a in outline.all("a")] == ["#dC-dW1", "#dC-dW0"]


@pytest.mark.parametrize(
    "title",
    [
        "<script>alert(1)</script>", "</title></script><img src=x onerror=alert(1)>", '"><b>', "a & b &amp; c",
        "'; alert(1); '", "<!--", "]]>", "${x} {x} %s", "\u202e\u0000", "x" * 500,
    ],
)  # fmt: skip
def test_a_hostile_title_stays_a_title(title):
    outline = Outline(page("relu", title=title))
    plain = Outline(page("relu", title="plain"))
    assert outline.elements == plain.elements
    shown = "".join(words for tag, words in outline.words if tag == "h1").strip()
    assert shown == title.replace("\x00", "\ufffd") or shown == title


def test_arrows_of_a_pattern_are_set_as_arrows():
    assert "<title>The gradients of n\u00a0→ m</title>" in page("n -> m")


def test_size():
    assert len(page("relu").encode()) < 30_000
    assert len(page("relu relu relu").encode()) < 60_000


def test_size_grows_with_depth_and_no_faster():
    small, large = (len(page(f"relu*{depth}")) for depth in (60, 120))
    assert large < 2.2 * small


def test_final_formulas_alone_have_no_steps():
    outline = Outline(page("relu", telling=Telling(NOTATIONS["slater"], show="closed")))
    assert outline.all("details") == []
    assert [a["id"] for a in outline.all("div") if "data-latex" in a] == ["dC-dW0"]


def test_networks_compared_stand_side_by_side_and_differences_are_marked():
    telling = Telling(NOTATIONS["slater"], against=derivation("sigmoid"))
    outline = Outline(page("relu", telling=telling))
    cells = [a for a in outline.all("div") if "data-latex" in a]
    assert {a["aria-label"] for a in cells} == {"relu", "sigmoid", "relu, differs", "sigmoid, differs"}
    differing = {a.get("id") for a in cells if a["class"] == "eq differs"}
    assert "C" not in differing
    assert "z1" not in differing
    heading = "".join(words for tag, words in outline.words if tag == "h1")
    assert heading == "relu against sigmoid"


def test_scripts_and_styles_come_with_the_package():
    from importlib.resources import files

    for name in ("page.css", "page.js"):
        assert (files("symbackprop.render") / name).is_file()


# In a browser

WAIT = "const tick = () => new Promise((done) => setTimeout(done, 50));\nawait tick();\n"

STICKS_OUT = """
document.querySelectorAll("details").forEach((step) => { step.open = true; });
await tick();
const inside = (element) => {
  for (let box = element; box; box = box.parentElement) {
    if (["auto", "hidden", "scroll"].includes(getComputedStyle(box).overflowX)) return true;
  }
};
const out = [...document.body.querySelectorAll("*")].filter((element) => {
  const box = element.getBoundingClientRect();
  return box.width && (box.right > innerWidth + 1 || box.left < -1) && !inside(element.parentElement);
});
return [innerWidth, document.documentElement.scrollWidth, out.map((element) => element.outerHTML.slice(0, 80))];
"""

SIGNS = """
document.querySelectorAll("details").forEach((step) => { step.open = true; });
await tick();
const left = (math) => math.querySelector("mo").getBoundingClientRect().left;
const spread = (values) => Math.max(...values) - Math.min(...values);
const spreads = [];
for (const rights of document.querySelectorAll(".rights")) {
  spreads.push(spread([...rights.querySelectorAll("math:not(.more)")].map(left)));
}
for (const sheet of document.querySelectorAll("section > .sheet")) {
  const rows = [...sheet.querySelectorAll(".rights")];
  if (rows.length) spreads.push(spread(rows.map((rights) => left(rights.querySelector("math")))));
}
const baselines = [...document.querySelectorAll(".eq")].map((equation) => {
  const sign = equation.querySelector(".rights math mo").getBoundingClientRect();
  const side = equation.querySelector("math");
  const before = [...side.querySelectorAll(":scope > mo")].find((mo) => mo.textContent === "=");
  return before ? Math.abs(before.getBoundingClientRect().top - sign.top) : 0;
});
return [spreads.length, Math.max(...spreads), Math.max(...baselines)];
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "page.html"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def at_width(chromium_eval, written):
    """Runs a script in a page shown so many pixels wide: in a frame, since a browser's window is never narrow."""

    def run(text, script, width):
        frame = f'<iframe style="border: 0; width: {width}px; height: 900px" srcdoc="{escape(text)}"></iframe>'
        path = written(f'<!doctype html><meta charset="utf-8"><body style="margin: 0">{frame}')
        inner = f"""
        const {{ contentDocument, contentWindow }} = document.querySelector("iframe");
        const style = contentWindow.getComputedStyle.bind(contentWindow);
        return (async (document, innerWidth, getComputedStyle) => {{ {WAIT + script} }})(
          contentDocument, contentWindow.innerWidth, style);
        """
        return chromium_eval(path, inner, width=1600)

    return run


@pytest.mark.parametrize("name", PAGES)
def test_nothing_sticks_out_of_a_phone(at_width, name):
    pattern, options = PAGES[name]
    width, needed, out = at_width(page(pattern, **options), STICKS_OUT, 400)
    assert (width, needed, out) == (400, 400, [])


@pytest.mark.parametrize("name", ["chain", "softmax", "softmax, matrices"])
@pytest.mark.parametrize("width", [400, 1200])
def test_relation_signs_line_up(at_width, name, width):
    pattern, options = PAGES[name]
    blocks, spread, baselines = at_width(page(pattern, **options), SIGNS, width)
    assert blocks > 10
    assert spread <= 2
    if width > 640:
        assert baselines <= 2


def test_columns_stand_side_by_side_where_there_is_room(at_width):
    text = page(SOFTMAX, "cross-entropy", ("slater", "nielsen"))
    places = """
    const boxes = [...document.querySelectorAll("section > .sheet > .eq[id=z1], section > .sheet > .eq[id=z1] + .eq")];
    return boxes.map((box) => [box.getBoundingClientRect().left, box.getBoundingClientRect().top]);
    """
    (left, top), (other, beside) = at_width(text, places, 1400)
    assert other > left + 500
    assert abs(top - beside) <= 2
    (left, top), (other, below) = at_width(text, places, 400)
    assert other == left
    assert below > top + 20


def test_steps_unfold_one_at_a_time(chromium_eval, written):
    script = """
    const steps = [...document.querySelectorAll("details")];
    const state = () => steps.map((step) => +step.open).join("");
    const button = (name) => document.querySelector(`[data-do=${name}]`);
    const seen = [state()];
    for (const name of ["next", "next", "open", "close"]) { button(name).click(); await tick(); seen.push(state()); }
    const summary = steps[2].querySelector("summary");
    summary.focus();
    seen.push(document.activeElement === summary);
    summary.click(); await tick(); seen.push(state());
    location.hash = "#dC-dW0"; await tick(); await tick(); seen.push(state());
    dispatchEvent(new Event("beforeprint")); seen.push(state());
    dispatchEvent(new Event("afterprint")); seen.push(state());
    button("open").click(); await tick(); seen.push(button("next").getAttribute("aria-disabled"));
    button("next").focus(); button("next").click(); seen.push(document.activeElement === button("next"));
    seen.push(document.querySelector(".bar output").textContent);
    return seen;
    """
    assert chromium_eval(written(page("relu")), WAIT + script) == [
        "1000", "1100", "1110", "1111", "0000", True, "0010", "0011", "1111", "0011", "true", True, "4 of 4 steps",
    ]  # fmt: skip


def test_a_step_that_opens_is_told_to_who_hears_the_page(chromium_eval, written):
    script = """
    document.querySelector("[data-do=next]").click();
    return [document.querySelector("#said").textContent, document.querySelector("#said").role
            || document.querySelector("#said").getAttribute("role")];
    """
    assert chromium_eval(written(page("relu")), WAIT + script) == ["Step 2: Product rule", "status"]


def test_everything_is_reached_with_the_keyboard(chromium_eval, written):
    script = """
    document.querySelectorAll("details").forEach((step) => { step.open = true; });
    await tick();
    const unreachable = [...document.querySelectorAll("a, button, summary, [tabindex]")].filter((element) => {
      if (element.closest("[hidden]")) return false;
      element.focus();
      return document.activeElement !== element;
    });
    const unnamed = [...document.querySelectorAll("button, nav, section, details, svg[role=img]")].filter((element) => {
      const by = element.getAttribute("aria-labelledby");
      const words = by ? by.split(" ").map((id) => document.getElementById(id)?.textContent).join(" ") : "";
      return !(words || element.getAttribute("aria-label") || element.textContent).trim();
    });
    const landmarks = ["header", "nav", "main", "footer"].map((name) => document.querySelectorAll(`body > ${name}`).length);
    return [unreachable.length, unnamed.length, landmarks];
    """
    text = api.derive("2 -> 3 relu bias -> 2 softmax").render("html")
    assert chromium_eval(written(text), WAIT + script) == [0, 0, [1, 1, 1, 1]]


def test_steps_of_a_deep_network_fold_too():
    outline = Outline(page("relu*30"))
    assert len(outline.all("details")) == 91
    assert len(outline.all("a")) == 30
    assert Outline(page("relu*150")).all("details") == []


def test_wide_formulas_are_measured_for_the_printer(chromium_eval, written):
    script = """
    dispatchEvent(new Event("beforeprint"));
    return [...document.querySelectorAll(".rights math")].map((row) => +row.style.getPropertyValue("--width"));
    """
    widths = chromium_eval(written(page("2 -> 3 gelu-tanh -> 1 sigmoid", batch="m")), WAIT + script)
    assert min(widths) > 0.5
    assert max(widths) > 30


def test_buttons_copy_the_latex(chromium_eval, written):
    script = """
    const copied = [];
    Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => { copied.push(text); } } });
    const buttons = [...document.querySelectorAll("button.copy")];
    for (const button of buttons) button.click();
    await tick();
    return [copied, buttons[0].textContent, document.querySelector("#said").textContent,
            buttons.at(-1).getAttribute("aria-label")];
    """
    network, telling = derivation("relu relu"), Telling(NOTATIONS["slater"])
    copied, label, said, labelled = chromium_eval(written(html_page(network, [telling])), WAIT + script)
    assert copied == latex(network, telling)
    assert (label, said, labelled) == ("copied", "LaTeX copied", "Copy ∂C/∂W⁽⁰⁾ as LaTeX")


def test_buttons_copy_where_there_is_no_clipboard(chromium_eval, written):
    script = """
    Object.defineProperty(navigator, "clipboard", { value: undefined });
    let selected;
    document.execCommand = () => { selected = document.activeElement.value; return true; };
    document.querySelector("button.copy").click();
    await tick();
    return [selected, document.querySelectorAll("textarea").length, document.activeElement.className];
    """
    network, telling = derivation("relu"), Telling(NOTATIONS["slater"])
    copied = [latex(network, telling)[0], 0, "copy"]
    assert chromium_eval(written(html_page(network, [telling])), WAIT + script) == copied


def test_what_cannot_be_copied_is_selected_for_the_reader(chromium_eval, written):
    script = """
    Object.defineProperty(navigator, "clipboard", {
      value: { writeText: async () => { throw new DOMException("", "NotAllowedError"); } },
    });
    document.execCommand = () => false;
    document.querySelector("button.copy").click();
    await tick();
    const area = document.activeElement;
    const seen = [area.value, area.selectionEnd - area.selectionStart === area.value.length, area.ariaLabel,
                  document.querySelector("#said").textContent];
    area.blur();
    return [...seen, document.querySelectorAll("textarea").length];
    """
    network, telling = derivation("relu"), Telling(NOTATIONS["slater"])
    assert chromium_eval(written(html_page(network, [telling])), WAIT + script) == [
        latex(network, telling)[0], True, "LaTeX of this formula, to copy by hand", "LaTeX selected, to copy by hand", 0,
    ]  # fmt: skip


def test_browser_asks_the_network_for_nothing(chromium_eval, written):
    asked = "return performance.getEntriesByType('resource').map(entry => entry.name)"
    assert chromium_eval(written(page("relu relu")), WAIT + asked) == []


def test_browser_knows_every_element(chromium_eval, written):
    strange = """
    const core = new Set("math mi mn mo mtext mrow mfrac msup msub msubsup munder mover msqrt".split(" "));
    return [...document.querySelectorAll("math, math *")]
      .filter((e) => e.namespaceURI !== "http://www.w3.org/1998/Math/MathML" || !core.has(e.localName))
      .map((e) => e.localName);
    """
    assert chromium_eval(written(page("2 -> 3 gelu-tanh -> 1 sigmoid")), WAIT + strange) == []


def test_picture_is_neither_blank_nor_the_same_on_a_phone(chromium_screenshot, written, tmp_path):
    path = written(page("relu"))
    pictures = [tmp_path / "wide.png", tmp_path / "narrow.png"]
    for picture, width in zip(pictures, (1200, 400), strict=True):
        chromium_screenshot(path, picture, width, 800)
    wide, narrow = (picture.stat().st_size for picture in pictures)
    assert wide > 10_000
    assert narrow > 5_000


# On paper, in the dark, with pictures


def test_paper_has_every_step_and_no_button(chromium_pdf, pdf_text, written, tmp_path):
    pdf = tmp_path / "page.pdf"
    chromium_pdf(written(api.derive("relu relu").render("html")), pdf)
    text = pdf_text(pdf)
    assert all(title in text for title in ("Derivative of the cost", "Product rule", "Weight", "The computation graph"))
    assert text.count("because") == 6
    assert not any(words in text for words in ("Next step", "Open all", "LaTeX", "of 9 steps"))
    assert 2 <= text.count("\f") <= 5


def test_pictures_of_a_page_are_inside_of_it(at_width):
    script = """
    return [...document.querySelectorAll(".picture svg")].map((svg) => {
      const box = svg.parentElement.getBoundingClientRect();
      return [box.left >= 0 && box.right <= innerWidth, svg.parentElement.tabIndex];
    });
    """
    text = api.derive("2 -> 3 tanh bias -> 1").render("html")
    assert at_width(text, script, 1200) == [[True, -1], [True, -1]]
    (inside, reached), (other, _) = at_width(text, script, 390)
    assert (inside, other, reached) == (True, True, 0)


def test_every_picture_has_ids_and_a_text_of_its_own():
    spec = api.with_options(api.spec_of("2 -> 3 tanh -> 1"), {})
    text = api.derive_spec(spec, notations=["nielsen", "ng_dls"]).render("html")
    outline = Outline(text)
    pictures = [attributes for attributes in outline.all("svg") if attributes.get("role") == "img"]
    assert len(pictures) == len({attributes["aria-labelledby"] for attributes in pictures}) == 4
    ids = Counter(attributes["id"] for _, attributes in outline.elements if "id" in attributes)
    assert set(ids.values()) == {1}
    captions = [words for tag, words in outline.words if tag == "figcaption"]
    assert captions == 2 * [
        "Nielsen, Neural Networks and Deep Learning, chapter 2",
        "Andrew Ng, Deep Learning Specialization",
    ]
