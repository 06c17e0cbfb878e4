r"""The style file: named fragments, kept current by ``notes``, set by ``\symbackprop{NAME}``."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from symbackprop.cli import main
from tests.tools.tex import Pdf

EXAMPLE = Path(__file__).parents[2] / "examples" / "hosts" / "latex"


def run(*arguments: str | Path) -> object:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return stop.value.code


@pytest.fixture
def lecture(tmp_path: Path, compile_latex: Callable[..., Pdf]) -> Callable[[str], Pdf]:
    """Compiles a document beside the style file and the fragments of the example."""
    folder = tmp_path / "lecture"
    shutil.copytree(EXAMPLE, folder)
    assert run("style", "-o", folder / "symbackprop.sty") == 0

    def compiled(document: str) -> Pdf:
        names = ["symbackprop.sty", "fragments/neuron.tex", "fragments/layer.tex"]
        files = {Path(name).name: (folder / name).read_text() for name in names}
        return compile_latex(document.replace(r"\usepackage{symbackprop}", PREAMBLE), files=files, runs=2)

    return compiled


PREAMBLE = r"\newcommand*\symbackproppath{.}\usepackage{symbackprop}"


def test_the_example(lecture: Callable[[str], Pdf], pdf_text: Callable[[Path], str]) -> None:
    pdf = lecture((EXAMPLE / "lecture.tex").read_text())
    assert (pdf.pages, pdf.overfull, pdf.warnings) == (1, (), ())
    lines = [line for line in pdf_text(pdf.path).splitlines() if line.strip()]
    goes_on = next(line for line in lines if "not at all" in line)
    assert "and by (1)" in goes_on
    assert run("notes", "--check", *sorted((EXAMPLE / "fragments").iterdir())) == 0


def test_a_fragment_that_is_missing_is_warned_of(
    lecture: Callable[[str], Pdf], pdf_text: Callable[[Path], str]
) -> None:
    document = r"\documentclass{article}\usepackage{symbackprop}\begin{document}a \symbackprop{no_such} b\end{document}"
    pdf = lecture(document)
    assert [line for line in pdf.warnings if "There is no ./no_such.tex" in line]
    assert "?? no_such b" in pdf_text(pdf.path)


def test_no_blank_stands_before_the_text_that_goes_on(lecture: Callable[[str], Pdf]) -> None:
    document = (
        r"\documentclass{article}\usepackage{symbackprop}\begin{document}a"
        "\n\\symbackprop{neuron}\n\\typeout{SKIP=\\the\\lastskip.}and on\\end{document}"
    )
    assert "SKIP=0.0pt." in lecture(document).log
