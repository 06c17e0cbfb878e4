"""The command line as a user types it: what is printed, what is refused and how."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest


def symbackprop(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "symbackprop", *arguments], capture_output=True, text=True, timeout=60, **options
    )


def refused(*arguments: str) -> str:
    """The message of a command that must be refused: exit status 2, nothing printed, no traceback."""
    result = symbackprop(*arguments)
    assert result.returncode == 2, result
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


def test_the_published_answer_in_order() -> None:
    printed = symbackprop("derive", "relu", "--outer", "expand").stdout
    steps = [
        r"z^{(1)} &= W^{(0)} x",
        r"\hat y = r^{(1)} &= \mathrm{ReLU}(z^{(1)})",
        r"C &= \frac{1}{2} (y - r^{(1)})^2",
        r"\frac{\partial C}{\partial \hat y} = \frac{\partial C}{\partial r^{(1)}}",
        r"\frac{1}{2} \frac{\partial}{\partial r^{(1)}} \, (y - r^{(1)})^2",
        r"\frac{1}{2} \frac{\partial}{\partial r^{(1)}} \, (y^2 - 2 y r^{(1)} + (r^{(1)})^2)",
        r"&= r^{(1)} - y",
        r"\frac{\partial C}{\partial z^{(1)}} &= \frac{\partial C}{\partial r^{(1)}} \, \frac{\partial r^{(1)}}{\partial z^{(1)}}",
        r"&= (r^{(1)} - y) \, \mathrm{Step}(z^{(1)})",
        r"&= (\mathrm{ReLU}(z^{(1)}) - y) \, \mathrm{Step}(z^{(1)})",
        r"\frac{\partial C}{\partial W^{(0)}} &= \frac{\partial C}{\partial z^{(1)}} \, \frac{\partial z^{(1)}}{\partial W^{(0)}}",
        r"&= (\mathrm{ReLU}(W^{(0)} x) - y) \, \mathrm{Step}(W^{(0)} x) \, x",
    ]
    position = 0
    for step in steps:
        position = printed.index(step, position) + len(step)


def test_both_outer_derivatives_end_alike() -> None:
    ways = [symbackprop("derive", "relu", "--outer", way, "--show", "closed").stdout for way in ("chain", "expand")]
    assert ways[0] == ways[1] != ""
    assert "U &= y - r^{(1)}" in symbackprop("derive", "relu", "--outer", "chain").stdout


def test_the_general_case_has_its_three_equations() -> None:
    printed = symbackprop("derive", "k").stdout
    for right in (
        r"\frac{\partial C}{\partial r^{(k+1)}_j} \, \mathrm{Step}(z^{(k+1)}_j)",
        r"\sum_j \frac{\partial C}{\partial z^{(k+1)}_j} W^{(k)}_{ij}",
        r"\frac{\partial C}{\partial z^{(k+1)}_j} r^{(k)}_i",
    ):
        assert re.search(re.escape(f"&= {right} ") + r"\\label", printed)


def test_softmax_with_cross_entropy_ends_in_p_minus_y() -> None:
    printed = symbackprop(
        "derive", "n -> p softmax", "--cost", "cross-entropy", "--wrt", "z1", "--format", "text"
    ).stdout
    assert printed.rstrip().endswith("= r⁽¹⁾ⱼ - yⱼ")
    assert "1/S⁽¹⁾" in printed


def test_wrt_takes_inner_quantities_and_inputs() -> None:
    record = json.loads(symbackprop("derive", "relu relu", "--wrt", "x", "--wrt", "z1", "--format", "json").stdout)
    assert [g["wrt"] for g in record["gradients"]] == ["x", "z1"]


def test_json_keys_are_the_promised_ones() -> None:
    record = json.loads(symbackprop("derive", "2 -> 1 relu", "--format", "json").stdout)
    assert {"network", "notation", "forward", "gradients", "adjoints"} <= set(record)
    assert {"quantity", "latex", "sympy"} <= set(record["forward"][0])
    gradient = record["gradients"][0]
    assert {"wrt", "shape", "latex", "sympy", "entries", "steps"} <= set(gradient)
    assert {"quantity", "rule", "latex", "justification"} <= set(gradient["steps"][0])
    assert (gradient["wrt"], gradient["shape"], list(gradient["entries"])) == ("W0", [2, 1], ["0,0", "1,0"])


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (["relu rleu"], "unknown-activation", "did you mean relu?"),
        (["relu", "--cost", "squred"], "unknown-cost", "did you mean squared?"),
        (["relu", "--notation", "slator"], "unknown-notation", "did you mean slater?"),
        (["relu", "--wrt", "W9"], "unknown-target", "did you mean W0?"),
        (["relu", "--format", "pdf"], "unknown-format", "known: aligned"),
        (["relu", "--form", "tensor"], "unknown-form", "known: auto"),
        (["relu", "--form", "matrix"], "no-such-form", "1 -> 1 relu"),
        (["2 -> 1 relu", "--form", "scalar"], "no-such-form", "--form index"),
        (["2 -> 0 relu"], "bad-width", "^"),
        (["2 -> -3 relu"], "malformed-pattern", "^"),
        (["2 -> 3 -> "], "missing-width", "^"),
        (["relu ->"], "missing-width", "3 relu"),
        (["2 3 relu"], "malformed-pattern", "^"),
        (["softmax"], "softmax-of-one", "use sigmoid"),
        (["3 -> 1 softmax"], "softmax-of-one", "2 or more"),
        (["relu*0"], "bad-depth", "^"),
        (["relu*1000000000"], "too-deep", "^"),
        (["1000000000 -> 2"], "too-large", "^"),
        (["relu", "--step-at-zero", "2"], "bad-step", "1, 0 or 1/2"),
        (["relu", "--outer", "expand", "--cost", "absolute"], "no-square", "half-squared"),
        (["relu", "--outer", "expnd"], "unknown-outer", "did you mean expand?"),
        (["relu", "--substitute", "al"], "unknown-substitute", "known: auto, full, none"),
        (["relu", "--batch", "0"], "bad-size", "between"),
        (["relu", "--batch", "x"], "reserved-name", "means something else"),
        (["relu", "--batch", "²"], "bad-size", "a number or a name"),
        (["relu", "--step-at-zero", "1e99999999"], "bad-step", "1, 0 or 1/2"),
        (["relu", "--l2", "nan"], "reserved-name", "means something else"),
        (["relu", "--at", "x=(((9^64)^64)^64)^64, W0=1, y=1"], "bad-value", "not a number"),
        (["relu", "--at", "x=1, x=2, W0=1, y=1"], "given-twice", "x"),
        (["relu", "--cost", "cross-entropy-logits", "--batch", "2"], "softmax-of-one", "width"),
        (["relu", "-o", "a" * 5000], "unwritable", "too long"),
        (["k", "--cost", "mse"], "no-such-network", "given"),
        (["k", "--wrt", "r(k+1)"], "given-target", "given"),
        (["relu*200000 relu"], "too-deep", "^"),
        (["𝒏 -> 2"], "malformed-pattern", "^"),
        (["relu", "--l2", "-"], "bad-rate", "--l2 lambda"),
        (["relu", "--l2", "W"], "reserved-name", "means something else"),
        (["relu", "--update", "1/2"], "bad-rate", "--update eta"),
        (["relu", "--assume", "x big"], "bad-assumption", "x > 0"),
        (["relu", "--assume", "x < 1"], "no-sign", "x > 0"),
        (["relu", "--assume", "q > 0"], "unknown-target", "it has"),
        (["relu", "--assume", "x > 0", "--assume", "x < 0"], "contradiction", "x"),
        (["relu", "--at", "W0=1, x=2"], "missing-value", "y"),
        (["relu", "--at", "W0=1, x=2, y=1, q=3"], "unknown-name", "known: x"),
        (["relu", "--at", "W0=one, x=2, y=1"], "", "not a number"),
        (["2 -> 1 relu", "--at", "W0=1, x=[1,2], y=[1]"], "bad-shape", "2 x 1"),
        (["n -> 1 relu", "--at", "W0=1, x=1, y=1"], "symbolic-size", "n"),
        (["no-such-file.toml"], "unreadable-file", "no such file"),
        (["__import__('os').system('echo hacked')"], "malformed-pattern", "^"),
    ],
)
def test_bad_input_is_refused_with_a_reason(arguments: list[str], code: str, hint: str) -> None:
    message = refused("derive", *arguments)
    assert code in message
    assert hint in message


def test_click_refuses_unknown_options_and_commands() -> None:
    assert "--notation" in refused("derive", "relu", "--notatoin", "slater")
    assert "did you mean derive?" in refused("dervie")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('network = "relu', "1:16: malformed-spec"),
        ('netwrk = "relu"', "1:1: unknown-key: a spec has no key 'netwrk'"),
        ('network = "relu"\ncost = 3', "2:1: bad-value: cost must be a string"),
        ('network = "relu rleu"', "1:17: unknown-activation"),
        ('network = "relu"\ncost = "squred"', "2:9: unknown-cost"),
        ('title = "nothing"', "no-network"),
        ('network = "a"\n[activations]\na = "z/(1 + exq(z))"', "3:13: unknown-function"),
        ('network = "a"\n[activations]\na = "z/(1 + exp(z)"', "3:8: unclosed"),
        ('network = "relu"\n[activations]\nrelu = "z"', "3:1: defined-twice"),
        ('network = "a"\n[activations]\na = "z/0"', "3:8: division-by-zero"),
        ('network = "relu"\ncost = "c"\n[costs]\nc = "(y - q)^2"', "4:11: unknown-symbol"),
        ('network = "relu"\n[notation]\nbase = "slater"\ncolour = "red"', "unknown-notation-entry"),
        ('network = "relu"\n[notation]\nlabel = "sideways"', "one of paren, bracket"),
        ('network = "relu"\n[notation]\nr = "}{"', "bad-notation-entry"),
        ("network = 'relu'\n[notation]\nr = '\\input{x}'", "spec.toml:3:1: bad-notation-entry"),
        ("network = 'relu'\n[notation]\nr = 'z'", "z and r would both be written 'z'"),
    ],
)
def test_bad_specs_are_refused_with_their_place(tmp_path: Path, text: str, expected: str) -> None:
    spec = tmp_path / "spec.toml"
    spec.write_text(text, "utf-8")
    assert expected in refused("derive", str(spec))


def test_specs_that_are_not_text(tmp_path: Path) -> None:
    binary = tmp_path / "binary.toml"
    binary.write_bytes(bytes(range(256)) * 20)
    assert "not-text" in refused("derive", str(binary))
    (tmp_path / "folder.toml").mkdir()
    assert "unreadable-file" in refused("derive", str(tmp_path / "folder.toml"))


def test_nothing_half_written(tmp_path: Path) -> None:
    target = tmp_path / "out.tex"
    target.write_text("kept", "utf-8")
    target.chmod(0o640)
    refused("derive", "rleu", "-o", str(target))
    assert target.read_text("utf-8") == "kept"
    assert symbackprop("derive", "relu", "-o", str(target)).returncode == 0
    assert "\\begin{align}" in target.read_text("utf-8")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["out.tex"]
    assert "unwritable" in refused("derive", "relu", "-o", str(tmp_path / "no" / "where.tex"))
    assert "directory" in refused("derive", "relu", "-o", str(tmp_path))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told() -> None:
    result = symbackprop("derive", "relu", "-o", "/dev/full")
    assert result.returncode == 2
    assert "no space left" in result.stderr


def test_a_closed_pipe_is_no_fault() -> None:
    command = f"{sys.executable} -m symbackprop derive relu*200 | head -1"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert result.stderr == ""


def test_completion_knows_commands_and_options() -> None:
    environment = {
        **os.environ,
        "_SYMBACKPROP_COMPLETE": "bash_complete",
        "COMP_WORDS": "symbackprop d",
        "COMP_CWORD": "1",
    }
    command = [sys.executable, "-c", "from symbackprop.cli import main; main()"]
    assert "plain,derive" in subprocess.run(command, env=environment, capture_output=True, text=True).stdout
    environment |= {"COMP_WORDS": "symbackprop derive --not", "COMP_CWORD": "2"}
    assert "plain,--notation" in subprocess.run(command, env=environment, capture_output=True, text=True).stdout


def imported(*arguments: str) -> set[str]:
    """The modules that a command has loaded when it ends."""
    code = (
        "import sys, atexit, io\n"
        "sys.stdout = io.StringIO()\n"
        f"sys.argv = ['symbackprop', *{list(arguments)!r}]\n"
        "atexit.register(lambda: sys.stderr.write(' '.join(m for m in sys.modules if '.' not in m)))\n"
        "from symbackprop.cli import main; main()"
    )
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["derive", "--help"],
        ["derive", "relu relu relu"],
        ["derive", "rleu"],
        ["derive", "relu", "--format", "json"],
    ],
)
def test_sympy_is_not_loaded_where_it_is_not_needed(arguments: list[str]) -> None:
    modules = imported(*arguments)
    assert "click" in modules
    assert not {"sympy", "mpmath", "numpy"} & modules


def test_every_list_prints() -> None:
    everything = symbackprop("list").stdout
    for sort in ("activations", "costs", "layers", "notations", "formats", "rules", "derivations"):
        one = symbackprop("list", sort)
        assert one.returncode == 0
        assert one.stdout.splitlines()[0].split()[0] in everything
    assert "did you mean notations?" in refused("list", "notation")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output_is_told() -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "symbackprop", "derive", "relu"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert result.returncode == 2
    assert result.stderr == "symbackprop: unwritable: standard output: no space left on device\n"


def test_what_is_written_out_in_full_is_measured_first_and_can_be_stopped(tmp_path: Path) -> None:
    target = tmp_path / "out.tex"
    command = [sys.executable, "-m", "symbackprop", "derive", "relu*300", "--substitute", "full", "-o", str(target)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert re.fullmatch(r"symbackprop: written out in full, the 300 gradients take at least \d+ million .*\n", first)
    assert rest.endswith("symbackprop: stopped\n")
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == []


def test_small_closed_forms_are_written_without_a_word() -> None:
    assert symbackprop("derive", "relu*4", "--substitute", "full").stderr == ""


def test_a_bar_is_shown_to_a_terminal_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    from symbackprop.cli import progress

    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(progress, "PATIENCE", -1.0)
    monkeypatch.setattr(sys, "stderr", terminal)
    assert list(progress.watched(range(5))) == [0, 1, 2, 3, 4]
    assert "Deriving" in terminal.getvalue()
    quiet = io.StringIO()
    monkeypatch.setattr(sys, "stderr", quiet)
    assert list(progress.watched(range(5))) == [0, 1, 2, 3, 4]
    assert quiet.getvalue() == ""


def test_many_missing_values_are_not_all_listed() -> None:
    message = refused("derive", "relu*1000", "--at", "x=1")
    assert "W0, W1, W2, W3, W4, W5, W6, W7, W8, W9, W10, W11 and 989 more" in message
    assert "missing-value" in refused("derive", "relu", "--at", "")
