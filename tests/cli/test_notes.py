"""``symbackprop notes`` as a user types it: what is written, what is left alone, exit statuses, bad input."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from symbackprop.cli import main
from tests.cli.test_derive import symbackprop
from tests.tools.presence import program
from tests.tools.tex import Pdf

RIGHT = r"$\frac{\partial C}{\partial W^{(0)}} = (r^{(1)} - y)\,\mathrm{Step}(z^{(1)})\,x$"
WRONG = r"$\frac{\partial C}{\partial W^{(0)}} = (y - r^{(1)})\,\mathrm{Step}(z^{(1)})\,x$"
DERIVED = "<!-- symbackprop: derive relu --show closed -->\n<!-- /symbackprop -->\n"
HOSTS = {
    "notes.tex": ("% ", ""),
    "notes.md": ("<!-- ", " -->"),
    "notes.qmd": ("<!-- ", " -->"),
    "notes.rst": (".. ", ""),
    "notes.py": ("# ", ""),
    "notes.js": ("// ", ""),
    "notes.c": ("/* ", " */"),
}


def notes(*arguments: str | Path, status: int = 0, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the command: within this process, or with options in one of its own."""
    words = ["notes", *map(str, arguments)]
    if options:
        result = symbackprop(*words, **options)
    else:
        printed, told = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(told), pytest.raises(SystemExit) as stop:
            main(words)
        result = subprocess.CompletedProcess(words, int(str(stop.value.code)), printed.getvalue(), told.getvalue())
    assert "Traceback" not in result.stderr, result.stderr
    assert result.returncode == status, result
    return result


def marked(name: str, command: str, body: str = "") -> str:
    opening, closing = HOSTS[name]
    return f"{opening}symbackprop: {command}{closing}\n{body}{opening}/symbackprop{closing}\n"


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_blocks_are_written_once_and_everything_else_stays(name: str, ending: str, mark: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    before, after = "Tëxt\t \nlone\rmixed\r\n\x0cpage\u2028\n", "no end at the end"
    text = before + marked(name, "derive relu --wrt W0").replace("\n", ending) + after
    path.write_bytes(mark + text.encode())
    assert "1 written" in notes(path).stdout
    written = path.read_bytes()
    assert written.startswith(mark + before.encode() + HOSTS[name][0].encode())
    assert written.endswith(f"{HOSTS[name][1]}{ending}{after}".encode())
    block = written.decode("utf-8-sig")[len(before) : -len(after)]
    assert "W" in block
    assert block.count("\n") == block.count(ending) > 8
    assert "1 current" in notes(path, "--check").stdout
    assert "1 current" in notes(path).stdout
    assert path.read_bytes() == written


def test_a_stale_block_fails_the_check_and_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text(f"# Title\n\n{DERIVED}")
    notes(path)
    stale = path.read_text().replace("derive relu", "derive tanh")
    path.write_text(stale)
    checked = notes(path, "--check", status=1)
    assert f"{path}:3: stale: derive tanh --show closed\n" in checked.stdout
    shown = notes(path, "--diff").stdout
    assert f"--- {path}\n+++ {path}\n" in shown
    assert re.search(r"^-.*\\mathrm\{ReLU\}", shown, re.MULTILINE)
    assert re.search(r"^\+.*\\tanh", shown, re.MULTILINE)
    assert path.read_text() == stale
    assert notes(path, "--check", "--diff", status=1).stdout.startswith(shown.splitlines()[0])
    notes(path)
    assert "\\tanh" in path.read_text()


def test_the_diff_is_one_that_patch_applies(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text(f"one\n{DERIVED}last line without an end")
    shown = notes("notes.md", "--diff", cwd=tmp_path).stdout
    applied = subprocess.run([program("patch"), "--quiet", "notes.md"], input=shown, text=True, cwd=tmp_path)
    assert applied.returncode == 0
    assert "1 current" in notes(path, "--check").stdout


def test_a_block_edited_by_hand_is_left_alone_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text(f"{DERIVED}\n{DERIVED}")
    notes(path)
    written = path.read_text()
    edited = written.replace("\\mathrm{ReLU}", "\\mathrm{relu}", 1)
    path.write_text(edited)
    for options in ([], ["--check"], ["--diff"]):
        refused = notes(path, *options, status=2)
        assert f"{path}:1:19: edited-block: this block was edited by hand" in refused.stderr
        assert path.read_text() == edited
    notes(path, "--force")
    assert path.read_text() == written


def test_what_the_program_did_not_write_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "notes.tex"
    path.write_text(marked("notes.tex", "derive relu", "My own derivation.\n"))
    assert "holds what the program did not write" in notes(path, status=2).stderr
    assert "My own derivation." in path.read_text()


def test_other_line_endings_and_another_margin_are_no_edit(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text(DERIVED)
    notes(path)
    written = path.read_text()
    path.write_bytes(written.replace("\n", "\r\n").encode())
    assert "1 current" in notes(path).stdout
    path.write_text("- item\n\n" + "".join(f"  {line}\n" if line else "\n" for line in written.splitlines()))
    assert "1 current" in notes(path).stdout


@pytest.mark.parametrize(("margin", "before"), [("> ", "> quoted\n>\n"), ("  ", "- item\n\n"), ("   > ", "1. one\n\n")])
def test_blocks_keep_their_margin(margin: str, before: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text(before + "".join(f"{margin}{line}\n" for line in DERIVED.splitlines()))
    notes(path)
    lines = path.read_text()[len(before) :].splitlines()
    assert all(line.startswith(margin) or line == margin.rstrip() for line in lines)
    assert f"{margin}```math" in lines
    notes(path, "--check")


@pytest.mark.parametrize("before", ["Text that goes on\n", "\tText\n"])
@pytest.mark.parametrize("margin", ["    ", "\t"])
def test_marks_that_would_be_code_are_refused(before: str, margin: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    text = f"Text\n{before}" + "".join(f"{margin}{line}\n" for line in DERIVED.splitlines())
    path.write_text(text)
    assert f"{path}:3:" in (told := notes(path, status=2).stderr)
    assert "indented-mark" in told
    assert path.read_text() == text


def test_labels_are_each_given_once(tmp_path: Path) -> None:
    path = tmp_path / "notes.tex"
    block = marked("notes.tex", "derive relu --show closed")
    named = marked("notes.tex", "derive relu --show closed --label net")
    path.write_text(f"\\label{{eq:mine}}\n{block}{block}{named}")
    notes(path)
    assert re.findall(r"\\label\{(.*?)\}", path.read_text()) == ["eq:mine", "eq:dC-dW0", "eq:dC-dW0-2", "eq:net-dC-dW0"]
    path.write_text("\\label{eq:dC-dW0}\n" + path.read_text())
    notes(path)
    labels = re.findall(r"\\label\{(.*?)\}", path.read_text())
    assert len(labels) == len(set(labels)) == 5


def test_the_dialect_is_that_of_the_file_or_the_one_that_was_asked_for(tmp_path: Path) -> None:
    block = marked("notes.md", "derive relu --show closed")
    for name, text, options, sign in (
        ("a.md", block, [], "```math"),
        ("b.md", f"```{{note}}\nHello\n```\n{block}", [], "```{math}"),
        ("c.md", block, ["--dialect", "pandoc"], "$$\n"),
        ("d.md", marked("notes.md", "derive relu --show closed --dialect quarto"), [], "{#eq-dC-dW0}"),
        ("e.qmd", block, [], "{#eq-dC-dW0}"),
        ("f.txt", block, [], "```math"),
        ("g.tex", "\\documentclass{beamer}\n" + marked("notes.tex", "derive relu"), [], "\\begin{frame}"),
        ("h.tex", marked("notes.tex", "derive relu"), [], "\\begin{align}"),
    ):
        (tmp_path / name).write_text(text)
        notes(tmp_path / name, *options)
        assert sign in (tmp_path / name).read_text(), name


def test_marked_claims_are_judged_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    text = f"# Notes\n\n{marked('notes.md', 'verify relu', f'So {RIGHT} and{chr(10)}{WRONG}.{chr(10)}')}\n{WRONG} is not marked."
    path.write_text(text)
    plain = notes(path).stdout
    assert f"{path}:5:2: ✗ wrong" in plain
    assert "2 claims: 1 proved, 1 wrong" in plain
    checked = notes(path, "--check", status=1)
    assert f"{path}:5:2: ✗ wrong" in checked.stdout
    assert "The likely mistake: the sign is wrong" in checked.stdout
    assert "Right would be" in checked.stdout
    assert path.read_text() == text
    path.write_text(text.replace(f"{WRONG}.", "nothing."))
    assert "1 claim: 1 proved" in notes(path, "--check").stdout


@pytest.mark.parametrize(
    ("claim", "status"),
    [
        (RIGHT, 0),
        (r"$\frac{\partial C}{\partial W^{(0)}} = (r^{(1)} - y) x$", 1),
        (r"$\frac{\partial C}{\partial W^{(0)}} = \foo(x)$", 2),
        ("no claim at all", 2),
    ],
)
def test_the_exit_status_tells_of_claims(claim: str, status: int, tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text(marked("notes.md", "verify relu", f"{claim}\n"))
    notes(path, "--check", status=status)


def test_commands_of_the_author_and_of_the_notation_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "notes.tex"
    claim = r"\[ \pd{C}{w^2} = (w^3)^T (a^3 - y) \odot \sigma'(z^2) \, x^T \]"
    command = 'verify "2 -> 3 sigmoid -> 1 identity" --notation nielsen'
    path.write_text(
        "\\newcommand{\\pd}[2]{\\frac{\\partial #1}{\\partial #2}}\n\n" + marked("notes.tex", command, f"{claim}\n")
    )
    assert "1 claim: 1" in notes(path, "--check").stdout


def test_directives_and_comments_hold_claims_too(tmp_path: Path) -> None:
    claims = {
        "notes.rst": ".. math::\n   :label: a\n\n   \\frac{\\partial C}{\\partial W^{(0)}} &= (y - r^{(1)}) \\mathrm{Step}(z^{(1)}) \\, x \\\\\n   &= 0\n\n",
        "notes.py": "# dC/dW0 = (y - r1)*step(z1)*x\n",
        "notes.c": "/* dC/dW0 = (y - r1)*step(z1)*x */\n",
    }
    for name, body in claims.items():
        (tmp_path / name).write_text(marked(name, "verify relu", f"\n{body}"))
        line = 6 if name == "notes.rst" else 3
        assert f"{name}:{line}:" in notes(tmp_path / name, "--check", status=1).stdout


def test_notebooks_name_the_cell(tmp_path: Path) -> None:
    path = tmp_path / "notes.ipynb"
    source = DERIVED + marked("notes.md", "verify relu", f"{WRONG}\n")
    cells = [{"cell_type": "code", "source": "# symbackprop: derive relu"}, {"cell_type": "markdown", "source": source}]
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}, indent=1))
    checked = notes(path, "--check", status=1)
    assert f"{path}:cell 2:1: stale" in checked.stdout
    assert f"{path}:cell 2:4:2: ✗ wrong" in checked.stdout
    notes(path)
    assert "$$\n\\begin{aligned}" in json.loads(path.read_text())["cells"][1]["source"]
    assert "1 current" in notes(path).stdout


@pytest.mark.parametrize(
    ("command", "column", "told"),
    [
        ("derive rleu", 23, "did you mean relu?"),
        ("deriv relu", 16, "did you mean derive?"),
        ("derive relu --wtr W0", 28, "did you mean --wrt?"),
        ("derive relu --notation nielson", 39, "did you mean nielsen?"),
        ('derive "2 -> 3 tahn -> 1"', 31, "did you mean tanh?"),
        ("derive 2 -> 3 tanh", 25, "quote a pattern"),
        ("derive relu -o out.tex", 28, "-o has no place in a mark"),
        ("derive relu --format html", 37, "known: latex, aligned"),
        ("derive ../secret.toml", 23, "in the folder of the notes"),
        ("derive relu --against /etc/secret.toml", 38, "in the folder of the notes"),
        ("derive relu --dialect quatro", 38, "did you mean quarto?"),
        ("derive relu --dialect pandoc", 16, "no comment in pandoc"),
        ('derive "relu', 23, "never closed"),
        ("verify relu hand.tex", 28, "unexpected"),
        ("verify relu --claim x", 28, "--claim has no place in a mark"),
        ("verify", 16, "a network was expected"),
    ],
)
def test_a_bad_command_is_shown_with_a_caret(command: str, column: int, told: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.tex"
    good = marked("notes.tex", "derive relu")
    path.write_text(good + marked("notes.tex", command))
    before = path.read_bytes()
    refused = notes(path, status=2)
    assert f"{path}:3:{column}: " in refused.stderr
    assert f"\n  {' ' * (column - 1)}^" in refused.stderr
    assert told in refused.stderr
    assert path.read_bytes() == before


def test_a_spec_beside_the_notes_is_found_from_anywhere(tmp_path: Path) -> None:
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "net.toml").write_text('network = "tanh"\n')
    (folder / "notes.md").write_text(marked("notes.md", "derive net.toml --show closed"))
    notes("course/notes.md", cwd=tmp_path)
    assert "\\tanh" in (folder / "notes.md").read_text()
    notes("notes.md", "--check", cwd=folder)


def test_single_entries_of_a_notation_hold_in_what_is_written_and_in_what_is_judged(tmp_path: Path) -> None:
    table = 'base = "nielsen"\nr = "h"\nW = "\\\\Theta"\nz = "a"\n'
    (tmp_path / "net.toml").write_text(f'network = "n -> m sigmoid -> p sigmoid"\n[notation]\n{table}')
    path = tmp_path / "notes.tex"
    derive = marked("notes.tex", "derive net.toml --form matrix --show closed --substitute none")
    hand = r"\[ \frac{\partial C}{\partial \Theta^3} = (h^3 - y) \odot \sigma'(a^3) \, (h^2)^T \]"
    path.write_text(derive + marked("notes.tex", "verify net.toml", f"{hand}\n"))
    assert "1 written, 1 claim: 1 agrees" in notes(path).stdout
    written = path.read_text().split("% /symbackprop")[0]
    assert r"\frac{\partial C}{\partial \Theta^{3}} &= " in written
    assert r"(h^{2})^T" in written
    path.write_text(
        written.replace("derive", "verify", 1).replace(" --form matrix --show closed --substitute none", "")
        + "% /symbackprop\n"
    )
    assert re.search(r": \d+ claims: \d+ (proved|agrees)$", notes(path, "--check").stdout)


def test_one_bad_file_never_stops_the_others(tmp_path: Path) -> None:
    files = {
        "a.md": DERIVED.encode(),
        "noend.md": b"<!-- symbackprop: derive relu -->\n",
        "binary.md": b"\0\1\2",
        "latin.md": "é <!-- symbackprop: -->".encode("latin-1"),
        "broken.ipynb": b'{"cells": [ symbackprop',
        "z.md": DERIVED.encode(),
        "plain.md": b"no marks here",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "link.md").symlink_to(tmp_path / "a.md")
    names = [
        "noend.md",
        "binary.md",
        "latin.md",
        "broken.ipynb",
        "link.md",
        "missing.md",
        ".",
        "a.md",
        "plain.md",
        "z.md",
    ]
    for jobs in ("1", "2"):
        (tmp_path / "a.md").write_bytes(files["a.md"])
        (tmp_path / "z.md").write_bytes(files["z.md"])
        result = notes(*names, "--jobs", jobs, status=2, cwd=tmp_path)
        assert [line.split(":")[0] for line in result.stdout.splitlines()] == [*names, "10 files"]
        assert result.stdout.endswith("10 files: 2 written, 1 as they were, 7 with errors\n")
        assert len(re.findall("^symbackprop: ", result.stderr, re.MULTILINE)) == 7
        for name in ("noend.md", "binary.md", "latin.md", "broken.ipynb", "plain.md"):
            assert (tmp_path / name).read_bytes() == files[name]
        assert (tmp_path / "link.md").is_symlink()


def test_what_is_told_is_utf8_whatever_the_system_writes(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(marked("notes.md", "verify relu", f"{WRONG}\n"), "utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    told = notes("notes.md", "--check", status=1, cwd=tmp_path, env=environment).stdout
    assert "✗ wrong: ∂C/∂W⁽⁰⁾" in told


def test_a_file_named_twice_is_done_once(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(DERIVED)
    assert notes(path, tmp_path / "." / "a.md").stdout.count("written") == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["tempfile.mkstemp", "os.fdopen", "os.fchmod", "os.fsync", "os.replace"])
def test_a_file_is_the_old_one_or_the_new_one_whenever_the_program_is_killed(
    call: str, when: str, tmp_path: Path
) -> None:
    path = tmp_path / "notes.md"
    old = f"{'x' * 200_000}\n{DERIVED}"
    path.write_text(old)
    notes(path)
    new = path.read_text()
    path.write_text(old)
    script = f"""
import os, signal, sys, tempfile
from symbackprop.cli import main
call = {call}
def killed(*arguments, **options):
    {"result = call(*arguments, **options)" if when == "after" else ""}
    os.kill(os.getpid(), signal.SIGKILL)
{call} = killed
main(["notes", {str(path)!r}])
"""
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert process.returncode == -signal.SIGKILL
    assert path.read_text() == (new if (call, when) == ("os.replace", "after") else old)


def test_a_file_too_large_for_the_disk_stays(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    text = "x" * 200_000 + "\n" + DERIVED
    path.write_text(text)

    def limited() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    assert "unwritable" in notes(path, status=2, preexec_fn=limited).stderr
    assert path.read_text() == text
    assert os.listdir(tmp_path) == ["notes.md"]


def test_help_and_errors_import_nothing_slow(tmp_path: Path) -> None:
    path = tmp_path / "notes.tex"
    path.write_text(marked("notes.tex", "derive rleu"))
    script = "import sys; from symbackprop.cli import main\ntry: main(sys.argv[1:])\nexcept SystemExit: pass\nprint({'sympy', 'numpy'} & set(sys.modules))"
    for arguments in (["notes", "--help"], ["notes", str(path)]):
        result = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
        assert result.stdout.endswith("set()\n")


EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "notes").iterdir())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_are_current(path: Path) -> None:
    assert "current" in notes(path, "--check").stdout


@pytest.mark.parametrize("name", ["neuron.tex", "slides.tex"])
def test_the_examples_in_latex_compile(name: str, compile_latex: Callable[..., Pdf]) -> None:
    path = next(path for path in EXAMPLES if path.name == name)
    compiled = compile_latex(path.read_text("utf-8"), runs=2)
    assert (compiled.warnings, compiled.overfull) == ((), ())


def test_latex_notes_compile_with_what_was_written(tmp_path: Path, compile_latex: Callable[..., Pdf]) -> None:
    path = tmp_path / "notes.tex"
    path.write_text(
        "\\documentclass{article}\n\\usepackage{amsmath,amssymb}\n\\begin{document}\nSee \\eqref{eq:dC-dW0}.\n"
        + marked("notes.tex", "derive relu")
        + "\\begin{itemize}\n  \\item\n"
        + marked("notes.tex", "derive k --label k")
        + "\\end{itemize}\n\\begin{equation}\n"
        + marked("notes.tex", "derive relu --show closed --format aligned")
        + "\\end{equation}\n\\end{document}\n"
    )
    notes(path)
    compiled = compile_latex(path.read_text(), runs=2)
    assert compiled.warnings == ()
