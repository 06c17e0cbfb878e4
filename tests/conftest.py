"""Fixtures for the programs from outside (see tests/tools), and how hypothesis runs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.tools.chromium import chromium_dom as dom
from tests.tools.chromium import chromium_eval as evaluate
from tests.tools.chromium import chromium_pdf as print_page
from tests.tools.chromium import chromium_screenshot as screenshot
from tests.tools.chromium import require_chromium
from tests.tools.katex import katex_errors as errors
from tests.tools.katex import require_katex
from tests.tools.presence import program
from tests.tools.tex import Pdf
from tests.tools.tex import compile_latex as compile_document
from tests.tools.tex import pdf_text as text
from tests.tools.tex import pdf_to_png as pictures

# One example may take long on a busy machine, and that is no failure; elsewhere than in continuous integration,
# where hypothesis repeats the same examples, it goes on finding new ones.
settings.register_profile("symbackprop", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("symbackprop")

MARKERS = {
    "compile_latex": "tex",
    "pdf_to_png": "tex",
    "pdf_text": "tex",
    "katex_errors": "katex",
    "chromium_screenshot": "chromium",
    "chromium_pdf": "chromium",
    "chromium_dom": "chromium",
    "chromium_eval": "chromium",
}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test with the programs that its fixtures need: `pytest -m "not chromium"` leaves the browser out."""
    for marker in {MARKERS[name] for name in getattr(item, "fixturenames", ()) if name in MARKERS}:
        item.add_marker(marker)


@pytest.fixture
def compile_latex(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Pdf]:
    program("pdflatex")

    def compile_in_new_directory(document: str, **options: Any) -> Pdf:
        return compile_document(document, directory=tmp_path_factory.mktemp("latex"), **options)

    return compile_in_new_directory


@pytest.fixture
def pdf_to_png() -> Callable[..., list[Path]]:
    program("pdftoppm")
    return pictures


@pytest.fixture
def pdf_text() -> Callable[[Path], str]:
    program("pdftotext")
    return text


@pytest.fixture
def katex_errors() -> Callable[[Sequence[str]], list[str | None]]:
    require_katex()
    return errors


@pytest.fixture
def chromium_screenshot() -> Callable[..., None]:
    require_chromium()
    return screenshot


@pytest.fixture
def chromium_pdf() -> Callable[[Path, Path], None]:
    require_chromium()
    return print_page


@pytest.fixture
def chromium_dom() -> Callable[[Path], str]:
    require_chromium()
    return dom


@pytest.fixture
def chromium_eval() -> Callable[..., Any]:
    require_chromium()
    return evaluate
