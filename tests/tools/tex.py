"""pdfLaTeX and poppler: whether a document compiles, what its log complains of, what its pages show."""

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.tools.presence import program

# Below this a box sticks out by less than a reader sees.
TOLERATED_POINTS = 20.0


class LatexError(AssertionError):
    """A document that does not compile, or loses a character; the message is what the log says of it."""


@dataclass(frozen=True)
class Pdf:
    """A compiled document: its file, its number of pages, its log, and the log's complaints."""

    path: Path
    pages: int
    log: str

    @property
    def overfull(self) -> tuple[str, ...]:
        """The log's lines on boxes that stick out, to the side or off the page's foot, by more than 20pt."""
        found = re.findall(r"^(Overfull \\[hv]box \(([\d.]+)pt too (?:wide|high)\).*)$", self.log, re.M)
        return tuple(line for line, points in found if float(points) > TOLERATED_POINTS)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The log's LaTeX and package warnings, such as those on undefined references."""
        return tuple(re.findall(r"^(?:LaTeX|Package \w+) Warning: .*$", self.log, re.M))


def article(body: str, packages: str = "amsmath,amssymb,bm") -> str:
    """Return the smallest document that holds the body."""
    return f"\\documentclass{{article}}\n\\usepackage{{{packages}}}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"


def compile_latex(
    document: str,
    directory: Path | None = None,
    files: Mapping[str, str] | None = None,
    runs: int = 1,
) -> Pdf:
    """Compile a document with pdfLaTeX.

    `directory` is where to do it (default: a new temporary one), `files` maps names to the text of what the document
    inputs, and `runs` is 2 for a document that refers to its own labels. Raises LatexError.
    """
    __tracebackhide__ = True
    pdflatex = program("pdflatex")
    directory = directory or Path(tempfile.mkdtemp(prefix="symbackprop-latex-"))
    for name, text in {"document.tex": document, **(files or {})}.items():
        (directory / name).write_text(text, encoding="utf-8")
    for _ in range(runs):
        subprocess.run(
            [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "document.tex"],
            cwd=directory,
            env={**os.environ, "max_print_line": "10000"},  # TeX breaks the lines of its log at 79 otherwise
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=120,
        )
        log = (directory / "document.log").read_text(encoding="utf-8", errors="replace")
        if found := complaints(log):
            raise LatexError(found)
    written = re.search(r"^Output written on document\.pdf \((\d+) pages?", log, re.M)
    if not written:
        raise LatexError("no page was written\n" + log[-1000:])
    return Pdf(directory / "document.pdf", int(written[1]), log)


def complaints(log: str) -> str:
    """Return the part of a log that tells why the document is no good: errors, and characters no font had."""
    error = re.search(r"^(?:!|.*:\d+: ).*?(?:^l\.\d+.*?\n.*?\n|\Z)", log, re.M | re.S)
    lost = re.findall(r"^Missing character: .*$", log, re.M)
    return "\n".join(([error[0].rstrip()] if error else []) + lost)


def pdf_to_png(path: Path, dpi: int = 100) -> list[Path]:
    """Turn a PDF into pictures beside it, one a page."""
    stem = path.with_suffix("")
    subprocess.run([program("pdftoppm"), "-png", "-r", str(dpi), path, stem], check=True, timeout=120)
    return sorted(path.parent.glob(f"{stem.name}-*.png"))


def pdf_text(path: Path) -> str:
    """Return the text on a PDF's pages, laid out as it stands there."""
    answer = subprocess.run([program("pdftotext"), "-layout", path, "-"], check=True, capture_output=True, timeout=120)
    return answer.stdout.decode("utf-8")
