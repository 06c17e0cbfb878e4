"""The programs that judge what symbackprop prints are themselves on trial: each must refuse what is wrong."""

import struct

import pytest

from tests.tools import presence
from tests.tools.chromium import PageError
from tests.tools.tex import LatexError, article

ALIGNED = r"\begin{aligned} z &= W x \\ r &= \mathrm{ReLU}(z) \end{aligned}"


def test_missing_tool_skips_and_says_so(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-program is not installed"):
        presence.program("no-such-program")


def test_missing_tool_fails_in_continuous_integration(monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-program or nor-this is not installed"):
        presence.program("no-such-program", "nor-this")


def test_latex_compiles(compile_latex, pdf_text, pdf_to_png):
    pdf = compile_latex(article(rf"\[{ALIGNED}\] first \newpage second"))
    assert pdf.pages == 2
    assert pdf.overfull == ()
    assert pdf.warnings == ()
    assert "first" in pdf_text(pdf.path)
    assert [picture.read_bytes()[:8] for picture in pdf_to_png(pdf.path, 50)] == [b"\x89PNG\r\n\x1a\n"] * 2


def test_latex_has_the_packages_of_the_document_formats(compile_latex):
    packages = "amsmath,amssymb,lmodern,bm,hyperref,tikz"  # beamer fails at \mathbf where bm comes before lmodern
    slide = (
        rf"\documentclass{{beamer}}\usepackage{{{packages}}}\begin{{document}}\begin{{frame}}"
        r"\[\bm{W}\]\begin{tikzpicture}\draw (0,0) -- (1,1);\end{tikzpicture}\end{frame}\end{document}"
    )
    assert compile_latex(slide).pages == 1
    assert compile_latex(article("x", f"{packages},geometry")).pages == 1


def test_latex_inputs_fragments(compile_latex, pdf_text):
    pdf = compile_latex(article(r"\input{fragment}"), files={"fragment.tex": "from the fragment%"})
    assert "from the fragment" in pdf_text(pdf.path)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (r"$\nosuchmacro$", "Undefined control sequence"),
        (r"\[ x", "Missing $ inserted"),
        (r"\begin{align*} x &= y" "\n\n" r"\end{align*}", "Paragraph ended before"),
        ("$\u03c3$", "Unicode character"),
        (r"$\symbol{200}$", "Missing character"),
        (r"\input{absent}", "`absent.tex' not found"),
    ],
)
def test_latex_that_does_not_compile(compile_latex, body, complaint):
    with pytest.raises(LatexError, match=complaint.replace("$", r"\$")):
        compile_latex(article(body))


def test_latex_that_writes_no_page(compile_latex):
    with pytest.raises(LatexError, match="no page was written"):
        compile_latex(article(""))


def test_latex_that_sticks_out(compile_latex):
    wide = compile_latex(article(r"\begin{align*} x &= " + "+".join(["abcdefgh"] * 20) + r"\end{align*}"))
    assert [line.split(" (")[0] for line in wide.overfull] == [r"Overfull \hbox"]
    assert compile_latex(article(r"\noindent\hbox to 1.05\textwidth{x\hfil}")).overfull == ()


def test_latex_reference_to_nowhere(compile_latex):
    (first, *_) = compile_latex(article(r"\ref{nowhere}")).warnings
    assert first.startswith("LaTeX Warning: Reference `nowhere' on page 1 undefined")
    label = r"\begin{equation}\label{here} x \end{equation} \ref{here}"
    assert compile_latex(article(label), runs=2).warnings == ()


def test_katex_reads_what_it_can(katex_errors):
    assert katex_errors([ALIGNED, "", r"\gdef\x{1}"]) == [None, None, None]
    assert katex_errors([r"x^2"], display=False) == [None]


@pytest.mark.parametrize(
    ("formula", "complaint"),
    [
        (r"\nosuchmacro", r"Undefined control sequence: \nosuchmacro"),
        (r"\x", r"Undefined control sequence: \x"),  # defined by another formula of the same call only
        (r"\frac{1", "expected '}'"),
        ("é", "Accented Unicode text character"),
        (r"\href{http://example.org}{x}", r"not trusted: \href"),
        (r"\label{a} x", "label"),
        (r"\def\a{\a}\a", "Too many expansions"),
    ],
)
def test_katex_says_what_it_cannot_read(katex_errors, formula, complaint):
    before, error, after = katex_errors([r"\gdef\x{1}\x", formula, "x"])
    assert (before, after) == (None, None)
    assert error is not None
    assert complaint in error


@pytest.fixture
def page(tmp_path):
    def write(body):
        path = tmp_path / "page.html"
        path.write_text(f'<!doctype html><meta charset="utf-8"><title>page</title>{body}', encoding="utf-8")
        return path

    return write


def test_chromium_shows_a_page(chromium_screenshot, page, tmp_path):
    pictures = [tmp_path / name for name in ("blank.png", "full.png", "again.png")]
    for body, picture in zip(("", "<math><mi>x</mi></math>", "<math><mi>x</mi></math>"), pictures, strict=True):
        chromium_screenshot(page(body), picture, 640, 480)
    blank, full, again = (picture.read_bytes() for picture in pictures)
    assert struct.unpack(">II", full[16:24]) == (640, 480)
    assert full == again
    assert full != blank


def test_chromium_runs_the_scripts_of_a_page(chromium_dom, page):
    script = "<script>setTimeout(() => { document.getElementById('p').textContent = 'after' }, 3000)</script>"
    assert '<p id="p">after</p>' in chromium_dom(page(f'<p id="p">before</p>{script}'))


def test_chromium_reports_errors_of_a_page(chromium_dom, page):
    with pytest.raises(PageError, match="Uncaught ReferenceError: nonesuch is not defined"):
        chromium_dom(page("<script>nonesuch()</script>"))


def test_chromium_uses_a_page(chromium_eval, page):
    button = page("""<button onclick="this.textContent = '&lt;σ&gt; ' + ++n">0</button><script>let n = 0</script>""")
    click = "const b = document.querySelector('button'); b.click(); await 0; b.click(); return [b.textContent, null]"
    assert chromium_eval(button, click) == ["<σ> 2", None]
    assert chromium_eval(button, "document.title = 'no result'") is None


def test_chromium_counts_what_a_page_asks_the_network_for(chromium_eval, page):
    asked = "return performance.getEntriesByType('resource').map(entry => entry.name)"
    assert chromium_eval(page('<img src="http://example.org/x.png">'), asked) == ["http://example.org/x.png"]
    assert chromium_eval(page("<p>nothing</p>"), asked) == []


@pytest.mark.parametrize(
    ("javascript", "complaint"),
    [
        ("throw new Error('thrown')", "thrown"),
        ("return (", "SyntaxError"),
        ("await new Promise(() => {})", "did not come to an end"),
        ("setTimeout(nonesuch)", "nonesuch is not defined"),
    ],
)
def test_chromium_reports_what_goes_wrong_in_using_a_page(chromium_eval, page, javascript, complaint):
    with pytest.raises(PageError, match=complaint):
        chromium_eval(page(""), javascript)
