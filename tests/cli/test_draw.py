"""``symbackprop draw`` as it is typed."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

import pytest

from symbackprop import api
from tests.cli.running import within

run = partial(within, "draw")


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (["relu", "--what", "grpah"], "unknown-picture", "did you mean graph?"),
        (["relu", "--format", "tizk"], "unknown-format", "did you mean tikz?"),
        (["relu", "--notation", "nielson"], "unknown-notation", "did you mean nielsen?"),
        (["relu", "--wrt", "W7"], "unknown-target", "did you mean W0?"),
        (["rleu"], "unknown-activation", "did you mean relu?"),
        (["relu", "--at", "x=1"], "missing-value", "W0, y"),
        (["relu", "--cost", "hubr"], "unknown-cost", "did you mean huber?"),
        (["no-such.toml"], "unreadable-file", "no such file"),
    ],
)
def test_bad_input_is_told_clearly(arguments, code, hint, capsys):
    status, out, err = run(*arguments, capsys=capsys)
    assert (status, out) == (2, "")
    assert code in err
    assert hint in err
    assert "Traceback" not in err


def test_what_is_printed_is_the_picture(capsys):
    arguments = ["2 -> 3 tanh -> 1", "--what", "graph", "--notation", "nielsen", "--wrt", "W0"]
    drawing = api.draw("2 -> 3 tanh -> 1", "graph", wrt="W0", notation="nielsen")
    assert run(*arguments, capsys=capsys) == (0, drawing.svg(), "")
    assert run(*arguments, "--format", "tikz", capsys=capsys) == (0, drawing.tikz(), "")


def test_a_full_disk_and_a_folder_that_is_not_there(tmp_path, capsys):
    for place in ("/dev/full", str(tmp_path / "none" / "net.svg"), str(tmp_path)):
        status, out, err = run("relu", "-o", place, capsys=capsys)
        assert (status, out) == (2, ""), place
        assert "unwritable" in err
    assert list(tmp_path.iterdir()) == []
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "symbackprop", "draw"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert result.returncode == 2
    assert "no space left" in result.stderr


def test_a_file_is_written_whole(tmp_path, capsys):
    path = tmp_path / "net.svg"
    assert run("relu", "-o", str(path), capsys=capsys) == (0, "", "")
    assert path.read_text("utf-8") == api.draw("relu").svg()
    assert [p.name for p in tmp_path.iterdir()] == ["net.svg"]


def test_nothing_heavy_is_imported():
    code = (
        "import sys; sys.argv = ['symbackprop', 'draw', '2 -> 3 tanh -> 1', '--what', 'graph']\n"
        "from symbackprop.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('sympy', 'numpy', 'matplotlib') if m in sys.modules], file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stderr.strip() == "[]"
