"""MathML is well formed, of MathML Core, and says the same as the LaTeX of the same formula, sign by sign."""

import re
import unicodedata
import xml.etree.ElementTree as ET
from fractions import Fraction

import pytest

from symbackprop.backward.derivation import derive
from symbackprop.backward.worked import work_out
from symbackprop.networks.layers import Options
from symbackprop.networks.pattern import read_pattern
from symbackprop.render.listing import Telling, tell
from symbackprop.render.markup import LATEX
from symbackprop.render.mathml import MATHML, formula
from symbackprop.render.mathml_symbols import OPERATORS, Piece, grouped, spelled
from symbackprop.render.sentences import Formula
from symbackprop.render.setting import Setter
from symbackprop.tables.costs import COSTS
from symbackprop.tables.notations import NOTATIONS
from symbackprop.vocabulary.errors import InputError
from symbackprop.vocabulary.expressions import Ref
from symbackprop.vocabulary.quantities import Dimension, Index, Quantity

CHILDREN = {"mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3, "munder": 2, "mover": 2}
ROWS = {"math", "mrow", "msqrt", "mtable", "mtr", "mtd"}
TOKENS = {"mi", "mn", "mo", "mtext"}
ATTRIBUTES = {
    "math": {"display", "alttext"},
    "mi": {"mathvariant"},
    "mo": {"stretchy", "form", "lspace", "rspace", "minsize", "maxsize"},
    "mtd": {"style"},
    "mover": {"accent"},
    "mspace": {"width"},
}
NETWORKS = [
    ("relu relu", "half-squared", {}),
    ("relu*2", "half-squared", {"expand": True}),
    ("2 -> 3 gelu-tanh -> 1 sigmoid", "huber", {"batch": "m"}),
    ("relu sigmoid", "L", {}),
    ("n -> m relu bias -> p softmax", "cross-entropy", {}),
    ("n -> m tanh bias -> p", "mse", {"batch": "m_1", "l2": "lambda"}),
    ("n -> 1", "absolute", {}),
    ("n -> m leaky-relu bias -> p sigmoid", "binary-cross-entropy", {"batch": 7}),
    ("k f bias", "half-squared", {}),
]
FORMS = ("auto", "index", "matrix")


def told(pattern, cost, options, notation, form, rate="eta"):
    """The listing in LaTeX and in MathML, or None for a form that the network has not."""
    derivation = derive(read_pattern(pattern, Options(COSTS[cost], **options)))
    telling = Telling(NOTATIONS[notation], form, rate=rate if pattern[0] != "k" else "")
    try:
        return [tell(derivation, telling, markup) for markup in (LATEX, MATHML)]
    except InputError:
        return None


def formulas(listing):
    """Every formula of a listing, left and right sides and those in sentences."""
    found = []
    for section in listing.sections:
        sentences = [*section.remarks, *(e.reason for e in section.equations)]
        found += [part.text for sentence in sentences for part in sentence if isinstance(part, Formula)]
        for equation in section.equations:
            found += [equation.left, *(part.text for right in equation.rights for part in right)]
    return found


def check(element):
    """An element is of MathML Core, with as many children as it takes and text in tokens only."""
    name = element.tag
    assert name in {*CHILDREN, *ROWS, *TOKENS, "mspace"}
    assert set(element.attrib) <= ATTRIBUTES.get(name, set())
    assert not (element.tail or "").strip()
    if name in TOKENS:
        assert len(element) == 0
        assert element.text
        assert "\\" not in element.text
    elif name != "mspace":
        assert not (element.text or "").strip()
        assert len(element) == CHILDREN.get(name, len(element))
        assert len(element) > 0
    if name == "mo":
        assert "-" not in element.text  # a minus is not a hyphen
    if name == "mi" and len(element.text) == 1 and element.text in "∂∇ΘΩ":
        assert element.get("mathvariant") == "normal"
    for child in element:
        check(child)


# Back to LaTeX, and LaTeX to the same form. The letters come from the names that Unicode gives them.

COMMANDS = {
    r"\partial": "∂", r"\nabla": "∇", r"\odot": "⊙", r"\oslash": "⊘", r"\circ": "∘", r"\top": "⊤", r"\times": "×",
    r"\in": "∈", r"\leftarrow": "←", r"\cdot": "⋅", r"\ge": "≥", r"\ell": "ℓ", r"\sum": "∑", r"\lVert": "‖",
    r"\rVert": "‖", r"\lvert": "|", r"\rvert": "|", ".*": ".∗", "*": "∗", "-": "−", r"\phi": "ϕ", r"\varphi": "φ",
}  # fmt: skip


def greek(name):
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    name = {"lambda": "lamda"}.get(name, name).upper()
    return unicodedata.lookup(f"GREEK {case} LETTER {name}")


def in_font(style, letter):
    if letter.startswith("\\"):
        letter = greek(letter[1:])
        style = "bold" if style == "bold italic" and letter.isupper() else style
    name = unicodedata.name(letter).replace("LATIN ", "").replace("GREEK ", "").replace("LETTER ", "")
    if "DIGIT" in name:
        style = "bold"
    try:
        return unicodedata.lookup(f"MATHEMATICAL {style.upper()} {name}")
    except KeyError:
        return unicodedata.lookup(f"{style.upper()} {name}")


FONTS = {"boldsymbol": "bold italic", "mathbf": "bold", "mathcal": "script", "mathbb": "double-struck"}


def normal(latex):
    """LaTeX with Unicode letters, a brace round every script and accent, and nothing that is only for the eye."""
    latex = re.sub(
        r"\\(boldsymbol|mathbf|mathcal|mathbb)\s*(?:\{\s*(\\?\w+)\s*\}|(\w))",
        lambda m: in_font(FONTS[m[1]], m[2] or m[3]),
        latex,
    )
    latex = re.sub(r"\\(?:begin\{pmatrix\}|Bigl\()", "(", latex)
    latex = re.sub(r"\\(?:end\{pmatrix\}|Bigr\))", ")", latex)
    latex = latex.replace(r"\begin{cases}", "[cases]").replace(r"\end{cases}", "").replace(r"\\", ";")
    latex = re.sub(r"\\(?:mathrm|text)\{([^{}]*)\}", r"\1", latex)
    latex = re.sub(r"\\hat\s*(?:\{\s*(.)\s*\}|(.))", lambda m: rf"\hat{{{m[1] or m[2]}}}", latex)
    latex = re.sub(r"\\bar\s+(.)", r"\\bar{\1}", latex)
    latex = re.sub(r"\\(?:left|right)(?![a-z])|\\,|\\q?quad", "", latex)
    latex = re.sub(r"\.\*|\*|-|\\[lr][vV]ert", lambda m: COMMANDS[m[0]], latex)
    latex = re.sub(r"\\[A-Za-z]+", lambda m: COMMANDS.get(m[0]) or _word(m[0]), latex)
    latex = re.sub(r"\s", "", latex).replace("‹", "\\")
    latex = re.sub(r"([_^])(?!\{)([^\\])", r"\1{\2}", latex)
    return re.sub(r"(_\{[^{}]*\})(\^\{[^{}]*\})", r"\2\1", latex)


def _word(command):
    if command in (r"\frac", r"\hat", r"\bar", r"\sqrt"):
        return "‹" + command[1:]
    if command[1:] in ("tanh", "exp", "log", "max", "min", "sin", "cos"):
        return command[1:]
    return greek(command[1:])


def back(element):
    """MathML as LaTeX in the form of :func:`normal`."""
    name = element.tag
    if name in TOKENS:
        text = re.sub("[\u2061\u2062\u2063\\s]", "", element.text).replace("′", "'")
        return "[cases]" if text == "{" else text.replace("-", "−")
    if name == "mspace":
        return ""
    if name == "mtable":
        return ";".join("&".join(back(cell) for cell in row) for row in element)
    parts = [back(child) for child in element]
    if name in ROWS - {"msqrt"}:
        return "".join(parts)
    if name == "mfrac":
        return rf"\frac{{{parts[0]}}}{{{parts[1]}}}"
    if name == "msqrt":
        return rf"\sqrt{{{''.join(parts)}}}"
    if name == "mover":
        return {"^": r"\hat", "¯": r"\bar"}[parts[1]] + f"{{{parts[0]}}}"
    if name == "msup" and parts[1] == "'":
        return parts[0] + "'"
    if name == "msubsup" and parts[2] == "'":
        return f"{parts[0]}_{{{parts[1]}}}'"
    if name == "msubsup":
        return f"{parts[0]}^{{{parts[2]}}}_{{{parts[1]}}}"
    return f"{parts[0]}{'^' if name == 'msup' else '_'}{{{parts[1]}}}"


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize(("pattern", "cost", "options"), NETWORKS, ids=[f"{p}, {c}" for p, c, _ in NETWORKS])
def test_every_formula_says_what_its_latex_says(pattern, cost, options, notation):
    letters = NOTATIONS[notation]
    seen = 0
    for form in FORMS:
        listings = told(pattern, cost, options, notation, form)
        if listings is None:
            continue
        in_latex, in_mathml = map(formulas, listings)
        assert len(in_latex) == len(in_mathml)
        for latex, mathml in zip(in_latex, in_mathml, strict=True):
            element = ET.fromstring(formula(mathml))
            check(element)
            if "_" in letters.b and letters.b in latex:
                continue  # a letter with an index of its own cannot take another in LaTeX; in MathML it does
            assert back(element) == normal(latex), latex
            seen += 1
    assert seen > 10


@pytest.mark.parametrize("form", ["index", "matrix"])
def test_numbers_and_networks_compared(form):
    values = "W0=[[1,-2],[3,4]], W1=[[1/3],[2]], x=[1,2], y=[3]"
    networks = [read_pattern(f"2 -> 2 {name} -> 1") for name in ("relu", "tanh")]
    relu, tanh = (derive(net, worked=work_out(net, values)) for net in networks)
    telling = Telling(NOTATIONS["slater"], form, against=tanh)
    in_latex, in_mathml = (formulas(tell(relu, telling, markup)) for markup in (LATEX, MATHML))
    assert any("pmatrix" in latex for latex in in_latex)
    for latex, mathml in zip(in_latex, in_mathml, strict=True):
        element = ET.fromstring(formula(mathml))
        check(element)
        assert back(element) == normal(latex), latex


@pytest.mark.parametrize(
    ("latex", "mathml"),
    [
        ("W", "<mi>W</mi>"),
        (r"\hat y", '<mover accent="true"><mi>y</mi><mo stretchy="false">^</mo></mover>'),
        (r"\hat{\boldsymbol y}", '<mover accent="true"><mi>𝒚</mi><mo stretchy="false">^</mo></mover>'),
        (r"\boldsymbol{W}", "<mi>𝑾</mi>"),
        (r"\boldsymbol{\beta}", "<mi>𝜷</mi>"),
        (r"\boldsymbol{\Omega}", "<mi>𝛀</mi>"),
        (r"\mathbf o", "<mi>𝐨</mi>"),
        (r"\mathbf{1}", "<mi>𝟏</mi>"),
        (r"\mathcal L", "<mi>ℒ</mi>"),
        (r"\mathcal{J}", "<mi>𝒥</mi>"),
        (r"\mathbb{R}", "<mi>ℝ</mi>"),
        (r"\mathrm{ReLU}", "<mi>ReLU</mi>"),
        (r"\mathrm{d}", '<mi mathvariant="normal">d</mi>'),
        (r"\mathrm{learning rate}", "<mi>learning rate</mi>"),
        (r"\mathrm{GELU}_{\tanh}", "<msub><mi>GELU</mi><mi>tanh</mi></msub>"),
        (r"\Theta", '<mi mathvariant="normal">Θ</mi>'),
        (r"\varphi", "<mi>φ</mi>"),
        (r"\phi", "<mi>ϕ</mi>"),
        ("a^{L}", "<msup><mi>a</mi><mi>L</mi></msup>"),
        ("W_0", "<msub><mi>W</mi><mn>0</mn></msub>"),
        (
            r"h_\Theta(x)",
            '<msub><mi>h</mi><mi mathvariant="normal">Θ</mi></msub><mo>\u2061</mo>'
            '<mrow><mo stretchy="false">(</mo><mi>x</mi><mo stretchy="false">)</mo></mrow>',
        ),
        (
            r"\bar h_\theta(x)",
            '<msub><mover accent="true"><mi>h</mi><mo stretchy="false">¯</mo></mover><mi>θ</mi></msub><mo>\u2061</mo>'
            '<mrow><mo stretchy="false">(</mo><mi>x</mi><mo stretchy="false">)</mo></mrow>',
        ),
        (
            r"\mathbf{z}^{(1)}",
            '<msup><mi>𝐳</mi><mrow><mo stretchy="false">(</mo><mn>1</mn><mo stretchy="false">)</mo></mrow></msup>',
        ),
        (r"x_{\text{in}}", "<msub><mi>x</mi><mi>in</mi></msub>"),
        ("y'", "<msup><mi>y</mi><mo>′</mo></msup>"),
        (r"d\boldsymbol{W}", "<mi>d</mi><mi>𝑾</mi>"),
        (r"\unheard{x}", "<mi>unheard</mi><mi>x</mi>"),
        (".*", '<mo lspace="0" rspace="0">.∗</mo>'),
    ],
)
def test_names(latex, mathml):
    assert MATHML.symbol(latex) == mathml


@pytest.mark.parametrize(
    "latex",
    [
        "<script>alert(1)</script>", r"\mathrm{<b>}", "a&b", r"\text{x<y}", "x_", "x^", "{", "}", "(", ")", "^_'",
        r"\hat", r"\hat{",
        r"\boldsymbol", "x_{a_{b_{c}}}", r"\mathrm", "", " ", r"\frac{1}{2}", "x''''", r"\left(x\right)",
        '"', "𝒚",
    ],
)  # fmt: skip
def test_any_name_is_well_formed(latex):
    for text in (latex, f"a{latex}b"):
        for script in (False, True):
            ET.fromstring(formula(spelled(text, script)))
    assert "<script" not in spelled(latex)


def test_author_s_own_name_takes_an_index_beside_its_superscript():
    n = Dimension("n", "n")
    quantity = Quantity("z1", "pre-activation", (n,), latex=r"\mathbf{z}^{(1)}")
    setter = Setter(read_pattern("relu"), NOTATIONS["slater"], MATHML)
    assert setter.set(Ref(quantity, (Index("j", n),))) == (
        '<msubsup><mi>𝐳</mi><mi>j</mi><mrow><mo stretchy="false">(</mo><mn>1</mn><mo stretchy="false">)</mo></mrow>'
        "</msubsup>"
    )


def test_name_with_an_index_takes_another():
    assert MATHML.scripts(spelled("W_0"), ["j"], "1") == (
        "<msubsup><mi>W</mi><mrow><mn>0</mn><mo>,</mo><mi>j</mi></mrow><mn>1</mn></msubsup>"
    )


a, b = MATHML.symbol("a"), MATHML.symbol("b")


def parens(inside):
    return f'<mrow><mo stretchy="false">(</mo>{inside}<mo stretchy="false">)</mo></mrow>'


@pytest.mark.parametrize(
    ("piece", "mathml"),
    [
        (MATHML.number(Fraction(3)), "<mn>3</mn>"),
        (MATHML.number(Fraction(1, 2)), "<mfrac><mn>1</mn><mn>2</mn></mfrac>"),
        (MATHML.added([(True, a), (False, b), (True, a)]),
         '<mo form="prefix">−</mo><mi>a</mi><mo>+</mo><mi>b</mi><mo>−</mo><mi>a</mi>'),
        (MATHML.fraction(MATHML.added([(False, a), (False, b)]), b),
         "<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>b</mi></mfrac>"),
        (MATHML.juxtaposed([a, b]), "<mi>a</mi><mo>\u2062</mo><mi>b</mi>"),
        (MATHML.juxtaposed([a, "<mn>2</mn>"]), "<mi>a</mi><mo>⋅</mo><mn>2</mn>"),
        (MATHML.juxtaposed([a, MATHML.parenthesised(b)]),
         f'<mi>a</mi><mo rspace=".17em">\u2062</mo>{parens("<mi>b</mi>")}'),
        (MATHML.juxtaposed(["<mn>2</mn>", MATHML.parenthesised(b)]),
         f'<mn>2</mn><mo>\u2062</mo>{parens("<mi>b</mi>")}'),
        (MATHML.parenthesised(MATHML.fraction(a, b)),
         "<mrow><mo>(</mo><mfrac><mi>a</mi><mi>b</mi></mfrac><mo>)</mo></mrow>"),
        (MATHML.called(MATHML.symbol(r"\tanh"), [a, b]),
         f'<mi>tanh</mi><mo>\u2061</mo>{parens("<mi>a</mi><mo>,</mo><mi>b</mi>")}'),
        (MATHML.power(MATHML.parenthesised(a), "2"), f'<msup>{parens("<mi>a</mi>")}<mn>2</mn></msup>'),
        (MATHML.primed(MATHML.symbol(r"\sigma")), "<msup><mi>σ</mi><mo>′</mo></msup>"),
        (MATHML.root(a), "<msqrt><mi>a</mi></msqrt>"),
        (MATHML.fenced("norm", a),
         '<mrow><mo form="prefix" stretchy="false">‖</mo><mi>a</mi><mo form="postfix" stretchy="false">‖</mo></mrow>'),
        (MATHML.indicator(MATHML.related(a, ">", "0")),
         '<mi>𝟏</mi><mo>\u2061</mo><mrow><mo stretchy="false">[</mo><mi>a</mi><mo>&gt;</mo><mn>0</mn>'
         '<mo stretchy="false">]</mo></mrow>'),
        (MATHML.total(["i"], a), "<munder><mo>∑</mo><mi>i</mi></munder><mi>a</mi>"),
        (MATHML.partial(a, b),
         '<mfrac><mrow><mi mathvariant="normal">∂</mi><mi>a</mi></mrow>'
         '<mrow><mi mathvariant="normal">∂</mi><mi>b</mi></mrow></mfrac>'),
        (MATHML.juxtaposed([MATHML.partial("", b), a]),
         '<mfrac><mi mathvariant="normal">∂</mi><mrow><mi mathvariant="normal">∂</mi><mi>b</mi></mrow></mfrac>'
         '<mo rspace=".17em">\u2061</mo><mi>a</mi>'),
        (MATHML.nabla(a, b),
         '<msub><mi mathvariant="normal">∇</mi><mi>a</mi></msub><mo rspace=".17em">\u2061</mo><mi>b</mi>'),
        (MATHML.underbraced(a, MATHML.words("error & more")),
         "<munder><munder><mi>a</mi><mo>⏟</mo></munder><mtext>error &amp; more</mtext></munder>"),
        (MATHML.related(a, r"\leftarrow", b), "<mi>a</mi><mo>←</mo><mi>b</mi>"),
        (MATHML.joined(r"\times", ["2", a]), "<mn>2</mn><mo>×</mo><mi>a</mi>"),
        (MATHML.decimal("-0.025"), '<mo form="prefix">−</mo><mn>0.025</mn>'),
        (MATHML.decimal("1.5e-07"),
         '<mn>1.5</mn><mo>⋅</mo><msup><mn>10</mn><mrow><mo form="prefix">−</mo><mn>7</mn></mrow></msup>'),
        (MATHML.decimal("1e+20"), "<mn>1</mn><mo>⋅</mo><msup><mn>10</mn><mrow><mn>20</mn></mrow></msup>"),
        (MATHML.marked(a, "2 -> 3"), '<mi>a</mi><mspace width="2em"></mspace><mtext>(2 -&gt; 3)</mtext>'),
        (MATHML.matrix([["1", a]]),
         "<mrow><mo>(</mo><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mi>a</mi></mtd></mtr></mtable><mo>)</mo></mrow>"),
        (MATHML.cases([("1", MATHML.related(a, ">", "0"))]),
         '<mrow><mo form="prefix">{</mo><mtable><mtr><mtd style="text-align: left"><mn>1</mn></mtd>'
         '<mtd style="text-align: left"><mtext>if\u00a0</mtext><mi>a</mi><mo>&gt;</mo><mn>0</mn></mtd></mtr></mtable>'
         "</mrow>"),
        (MATHML.opened(a), '<mo minsize="1.8em" maxsize="1.8em">(</mo><mi>a</mi>'),
        (MATHML.closed(a), '<mi>a</mi><mo minsize="1.8em" maxsize="1.8em">)</mo>'),
        (MATHML.scripts(a, ["i", "j"], MATHML.label("paren", "2")),
         "<msubsup><mi>a</mi><mrow><mi>i</mi><mo>\u2063</mo><mi>j</mi></mrow><mtext>(2)</mtext></msubsup>"),
        (MATHML.scripts(a, ["2,ij"], ""),
         '<msub><mi>a</mi><mrow><mn>2</mn><mo lspace="0" rspace="0">,</mo><mi>i</mi><mo>\u2063</mo><mi>j</mi></mrow>'
         "</msub>"),
    ],
)  # fmt: skip
def test_pieces(piece, mathml):
    assert piece == mathml


def test_symbolic_layer_is_a_formula():
    signs = '<mi>k</mi><mo lspace="0" rspace="0">+</mo><mn>1</mn>'
    assert MATHML.scripts(a, [], MATHML.label("paren", "k+1")) == f"<msup><mi>a</mi>{parens(signs)}</msup>"


def test_piece_that_is_one_element_is_not_wrapped():
    assert grouped(a) is a
    assert grouped(MATHML.juxtaposed([a])) == a
    assert grouped(str(a)) == "<mrow><mi>a</mi></mrow>"  # a mere string may be several elements
    assert isinstance(grouped("<mi>a</mi><mi>b</mi>"), Piece)


def test_formula_has_a_text_for_those_who_do_not_get_it():
    assert formula(a, 'a < "b"', display=True) == (
        '<math display="block" alttext="a &lt; &quot;b&quot;"><mi>a</mi></math>'
    )
    assert formula(a) == "<math><mi>a</mi></math>"


def test_operators_are_single_signs():
    assert all(len(sign) == 1 or sign == ".∗" for sign in OPERATORS.values())
