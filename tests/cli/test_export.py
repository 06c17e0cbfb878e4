"""``symbackprop export`` as a user types it: what it writes runs, what is refused and how."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_derive import refused, symbackprop


def ran(path: Path) -> subprocess.CompletedProcess[str]:
    """An exported file run as a program."""
    return subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("to", ["numpy", "sympy"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("relu",),
        ("2 -> 3 relu bias -> 2 softmax bias", "--cost", "cross-entropy", "--l2", "0.01"),
        ("2 -> 2 sigmoid -> 1", "--batch", "3", "--wrt", "W1", "--wrt", "x"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_program_runs_as_it_is(arguments: tuple[str, ...], to: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    printed = symbackprop("export", *arguments, "--to", to, "-o", str(path))
    assert (printed.returncode, printed.stdout, printed.stderr) == (0, "", "")
    result = ran(path)
    assert (result.returncode, result.stderr) == (0, "")
    assert "compared with finite differences, 0 wrong" in result.stdout


def test_a_wrong_gradient_ends_with_status_1(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(symbackprop("export", "relu").stdout.replace("(r1 - y)", "(y - r1)"))
    result = ran(path)
    assert (result.returncode, result.stderr) == (1, "")
    assert "the gradient by W0[] is " in result.stdout


def test_the_program_names_the_command_that_wrote_it() -> None:
    printed = symbackprop("export", "2 -> 1", "--to", "torch", "--step-at-zero", "0").stdout
    assert "Written by: symbackprop export '2 -> 1' --to torch --step-at-zero 0" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["relu", "--to", "pytorch"], "unknown-library: there is no library 'pytorch'\n  hint: did you mean torch?"),
        (["rleu"], "unknown-activation"),
        (["relu", "--wrt", "W7"], "hint: did you mean W0?"),
        (["relu", "--wrt", "C"], "target-is-cost"),
        (["k", "--wrt", "r(k+1)"], "given-target"),
        (["relu", "--cost", "hubber"], "did you mean huber?"),
        (["relu", "--batch", "0"], "bad-size"),
        (["n -> m", "--batch", "m", "--to", "sympy"], "symbolic-size"),
        (["tied-weight", "--batch", "m"], "'m' is a size of the network already"),
        (["n -> m", "--to", "sympy"], "put a number for"),
        (["1000 -> 1000", "--to", "sympy"], "too-large"),
        (["2 -> 1", "--cost", "L", "--to", "sympy"], "unspecified-function"),
        (["nowhere.toml"], "unreadable-file"),
        (["relu*0"], "bad-depth"),
        (["1 -> 1000000000"], "too-large"),
        (["relu", "-o", "/dev/full"], "no space left"),
        (["relu", "-o", "/nonexistent/net.py"], "no such file or directory"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_refused(arguments: list[str], message: str) -> None:
    assert message in refused("export", *arguments)


def test_nothing_is_written_where_something_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text("mine")
    for arguments in (["relu", "--to", "fortran"], ["relu", "--wrt", "W9"], ["n -> m", "--to", "sympy"]):
        refused("export", *arguments, "-o", str(path))
    assert [p.read_text() for p in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("command", ["derive", "export"])
def test_a_full_disk_behind_standard_output(command: str) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "symbackprop", command, "relu"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert result.returncode == 2
    assert result.stderr == "symbackprop: unwritable: standard output: no space left on device\n"
