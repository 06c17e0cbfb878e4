"""``symbackprop flow`` as it is typed."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial

import pytest

from tests.cli.running import within

run = partial(within, "flow")


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (["relu*0"], "bad-depth", "relu*0"),
        (["relu*1000000"], "too-deep", "^^^^^^^"),
        (["1000000000 -> 1"], "too-large", "^^^^^^^^^^"),
        (["relu", "--at", "W0=1"], "missing-value", "x, y"),
        (["relu", "--at", "W0=1,x=1,y=1,W7=1"], "unknown-name", "did you mean W0?"),
        (["relu", "--at", "W0=abc,x=1,y=1"], "unknown-symbol", "is not a number"),
        (["relu", "--init", "xaviar"], "unknown-initialisation", "did you mean xavier?"),
        (["relu", "--init", "uniform:-1"], "bad-value", "positive number"),
        (["relu", "--init", "he", "--samples", "0"], "bad-value", "0 samples"),
        (["relu", "--init", "he", "--samples", "many"], "bad-value", "whole number"),
        (["relu", "--seed", "1.5"], "bad-value", "whole number"),
        (["relu", "--plot", "flow.svg"], "no-numbers", "--init he"),
        (["relu", "--plot", "flow.pdf", "--init", "he"], "unknown-format", ".svg"),
        (["relu", "--format", "latx"], "unknown-format", "latex"),
        (["relu", "--wrt", "W9"], "unknown-target", "did you mean W0?"),
        (["relu", "--against", "sigmiod"], "unknown-activation", "did you mean sigmoid?"),
    ],
)
def test_bad_input_is_told_clearly(arguments, code, hint, capsys):
    status, out, err = run(*arguments, capsys=capsys)
    assert (status, out) == (2, "")
    assert code in err
    assert hint in err
    assert "Traceback" not in err


def test_a_full_disk_and_a_folder_that_is_not_there(tmp_path, capsys):
    for place in ("/dev/full", str(tmp_path / "none" / "flow.svg"), str(tmp_path)):
        option = "--plot" if place.endswith((".svg", "full")) else "-o"
        status, out, err = run("relu", "--init", "he", option, place, capsys=capsys)
        assert (status, out) == (2, ""), place
        assert "unwritable" in err
    assert list(tmp_path.iterdir()) == []


def test_plots_are_written_whole(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    for name, start in (("flow.svg", b"<svg"), ("flow.png", b"\x89PNG")):
        status, _, err = run("relu*9", "--at", "W*=2,x=1,y=0", "--plot", str(tmp_path / name), capsys=capsys)
        assert (status, err) == (0, "")
        assert (tmp_path / name).read_bytes().startswith(start)


def test_without_matplotlib_a_png_is_refused_and_nothing_printed(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    status, out, err = run("relu", "--init", "he", "--plot", str(tmp_path / "flow.png"), capsys=capsys)
    assert (status, out) == (2, "")
    assert "symbackprop[plot]" in err
    assert list(tmp_path.iterdir()) == []


def test_without_numpy_random_weights_are_refused(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    status, out, err = run("relu", "--init", "he", capsys=capsys)
    assert (status, out) == (2, "")
    assert "symbackprop[numpy]" in err


def test_against_is_told_in_every_format(tmp_path, capsys):
    for format_ in ("text", "latex", "markdown", "html", "json"):
        path = tmp_path / format_
        assert run("relu*3", "--against", "sigmoid*3", "--format", format_, "-o", str(path), capsys=capsys)[0] == 0
        assert "sigmoid" in path.read_text("utf-8")
    assert json.loads((tmp_path / "json").read_text("utf-8"))["against"]["network"] == "sigmoid*3"


def test_neither_sympy_nor_numpy_is_loaded_for_factors_and_numbers():
    script = (
        "import sys\nfrom symbackprop.cli import main\n"
        "try:\n main(['flow', 'relu*5', '--at', 'W*=2,x=1,y=0', '-o', '/dev/null'])\n"
        "except SystemExit as stop:\n assert stop.code == 0, stop.code\n"
        "print(sorted({'sympy', 'numpy', 'mpmath', 'matplotlib'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (found.stdout, found.stderr) == ("[]\n", "")


def test_ten_thousand_layers_at_the_default_recursion_limit(capsys):
    status, out, _ = run("relu*10000", "--wrt", "W0", capsys=capsys)
    assert status == 0
    assert "10000 slopes and 9999 weights" in out
