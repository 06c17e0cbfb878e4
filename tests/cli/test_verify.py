"""``symbackprop verify`` as a user types it: hand-ins judged, what is printed, exit statuses, bad input."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.test_derive import refused, symbackprop

RIGHT = "dC/dW0 = (relu(W0*x) - y)*step(W0*x)*x"
WRONG = "dC/dW0 = (y - relu(W0*x))*step(W0*x)*x"
GIVEN = r"""
% given
% \hat y = \text{ReLU}(w_1 \text{ReLU}(w_2 x)) \\
% C = \frac12 (y - \hat y)^2
% /given
"""


def verdicts(*arguments: str, **options: object) -> tuple[list[str], int]:
    """The verdicts on all claims, and the exit status."""
    result = symbackprop("verify", *arguments, "--format", "json", **options)
    assert "Traceback" not in result.stderr, result.stderr
    return [claim["verdict"] for claim in json.loads(result.stdout)["claims"]], result.returncode


def test_a_right_claim_is_proved() -> None:
    assert verdicts("relu", "--claim", RIGHT) == (["proved"], 0)


def test_a_wrong_claim_comes_with_a_witness_its_mistake_and_the_right_formula() -> None:
    printed = symbackprop("verify", "relu", "--claim", WRONG)
    assert printed.returncode == 1
    assert "✗ wrong: dC/dW0 = (y - relu(W0 · x)) · step(W0 · x) · x" in printed.stdout
    assert re.search(r"^ {15}\^{29}$", printed.stdout, re.MULTILINE)
    told = re.search(r"the left\s+side\s+is\s+(-?\d+)\s+and\s+the\s+right\s+side\s+is\s+(-?\d+)", printed.stdout)
    assert told is not None
    assert int(told[1]) == -int(told[2]) != 0
    assert "The likely mistake: the sign is wrong" in printed.stdout
    assert "Right would be: ∂C/∂W⁽⁰⁾ = (ReLU(W⁽⁰⁾ x) - y) Step(W⁽⁰⁾ x) x" in printed.stdout


@pytest.mark.parametrize(
    ("pattern", "names", "claim"),
    [
        ("relu", {"w_1": "W0"}, r"\frac{dC}{dw_1} = (y - \text{ReLU}(w_1 x)) \cdot x"),
        (
            "relu relu",
            {"w_1": "W1", "w_2": "W0"},
            r"\frac{dC}{dw_2} = (y - \text{ReLU}(w_1 \text{ReLU}(w_2 x))) \cdot (w_1 x)",
        ),
        (
            "relu*3",
            {"w_1": "W2", "w_2": "W1", "w_3": "W0"},
            r"\frac{dC}{dw_3} = (y - \text{ReLU}(w_1 \text{ReLU}(w_2 \text{ReLU}(w_3 x)))) \cdot (w_1 w_2 x)",
        ),
    ],
)
def test_the_derivations_that_were_asked_about(pattern: str, names: dict[str, str], claim: str) -> None:
    options = [word for own, ours in names.items() for word in ("--name", f"{own} = {ours}")]
    result = symbackprop("verify", pattern, *options, "--claim", claim, "--assume", "x > 0", "--format", "json")
    found = json.loads(result.stdout)["claims"][0]
    assert (found["verdict"], result.returncode) == ("wrong", 1)
    assert set(found["mistakes"]) == {"sign", "slope-dropped"}
    assert int(found["witness"]["left"]) == -int(found["witness"]["right"]) != 0


def test_nested_relus_collapse_only_where_every_unit_is_active() -> None:
    result = symbackprop(
        "verify", "relu relu", "--name", "w_1 = W1", "--name", "w_2 = W0", "--format", "json",
        "--claim", r"\mathrm{ReLU}(w_1 \mathrm{ReLU}(w_2 x)) = w_1 w_2 x",
    )  # fmt: skip
    found = json.loads(result.stdout)["claims"][0]
    assert (found["verdict"], result.returncode) == ("right-under-assumption", 1)
    assert found["assumption"] == "every argument of ReLU and Step in it is positive"
    assert found["mistakes"] == ["relu-as-identity"]
    assert found["witness"]["left"] != found["witness"]["right"]


def test_a_hand_in_in_its_author_s_own_names(tmp_path: Path) -> None:
    hand = tmp_path / "hand.tex"
    hand.write_text(
        GIVEN + r"We find $\frac{\partial C}{\partial \hat y} = \hat y - y$ and"
        "\n"
        r"\[ \frac{dC}{dw_1} = (y - \hat y) \text{Step}(w_1 \text{ReLU}(w_2 x)) \text{ReLU}(w_2 x). \]"
    )
    printed = symbackprop("verify", str(hand))
    assert re.search(r"hand.tex:6:10: ✓ proved:\s+∂C/∂ŷ = ŷ - y", printed.stdout)
    assert "hand.tex:7:4: ✗ wrong" in printed.stdout
    assert printed.returncode == 1


def test_later_lines_are_judged_on_the_truth() -> None:
    claims = ["dC/dz1 = (y - r1)*step(z1)", "dC/dW0 = dC/dz1*x"]
    assert verdicts("relu", "--claim", claims[0], "--claim", claims[1]) == (["wrong", "proved"], 1)


def test_the_first_wrong_link_of_a_chain_is_named() -> None:
    claim = "dC/dW0 = dC/dz1*x = (y - r1)*step(z1)*x = (y - r1)*step(W0*x)*x"
    result = symbackprop("verify", "relu", "--claim", claim, "--format", "json")
    assert json.loads(result.stdout)["claims"][0]["first_wrong_link"] == 2


def test_standard_input_is_one_claim_a_line() -> None:
    assert verdicts("relu", "-", input=f"{RIGHT}\n\n{WRONG}\n") == (["proved", "wrong"], 1)


def test_many_files_and_one_that_is_bad(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(RIGHT)
    (tmp_path / "b.txt").write_text(WRONG)
    (tmp_path / "c.tex").write_bytes(bytes(range(256)))
    files = [str(tmp_path / name) for name in ("a.txt", "b.txt", "c.tex", "missing.md")]
    for jobs in ("1", "2"):
        result = symbackprop("verify", "relu", *files, "--jobs", jobs)
        lines = result.stdout.splitlines()
        assert [line.split(maxsplit=2)[1] for line in lines[:4]] == ["✓", "✗", "?", "?"], result
        assert result.returncode == 2


def test_a_spec_judges_its_own_claims(tmp_path: Path) -> None:
    spec = tmp_path / "claims.toml"
    spec.write_text(
        r"""
[forward]
equations = 'z = w x + b \\ a = \sigma(z) \\ C = \frac12 (y - a)^2'
functions = { '\sigma' = "sigmoid" }

[[claim]]
id = "first"
latex = '\frac{\partial C}{\partial w} = (a - y) a (1 - a) x'
verdict = "right"

[[claim]]
latex = '\frac{\partial C}{\partial b} = (a - y) x'
verdict = "wrong"
"""
    )
    result = symbackprop("verify", str(spec), "--format", "json")
    found = json.loads(result.stdout)["claims"]
    assert [(c["name"], c["verdict"], c["stated"]) for c in found] == [
        ("first", "proved", "right"),
        ("claim 2", "wrong", "wrong"),
    ]


@pytest.mark.parametrize("format_", ["text", "markdown", "html", "json"])
def test_every_format_tells_of_both_claims(format_: str, tmp_path: Path) -> None:
    target = tmp_path / "report"
    result = symbackprop("verify", "relu", "--claim", RIGHT, "--claim", WRONG, "--format", format_, "-o", str(target))
    assert (result.returncode, result.stdout) == (1, "")
    assert "wrong" in target.read_text("utf-8")


def test_what_cannot_be_read_is_no_reason_to_stop() -> None:
    result = symbackprop("verify", "relu", "--claim", "dC/dW0 = (rleu(W0*x) - y)*x", "--claim", RIGHT)
    assert result.returncode == 2
    assert "? not read" in result.stdout
    assert "did you mean" in result.stdout
    assert "✓ proved" in result.stdout


def test_bad_options_are_refused() -> None:
    assert "did you mean text?" in refused("verify", "relu", "--claim", RIGHT, "--format", "txet")
    assert "bad-assumption" in refused("verify", "relu", "--claim", RIGHT, "--assume", "x is nice")
    assert "unknown-target" in refused("verify", "relu", "--claim", RIGHT, "--name", "w = W7")
    assert "bad-name" in refused("verify", "relu", "--claim", RIGHT, "--name", "w")
    assert "no-claims" in refused("verify", "relu")
    assert "too-large" in refused("verify", "1000000 -> 1000000 relu", "--claim", "dC/dz1 = 1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9^{9^{9^9}} = dC/dW0",
        "$$C = " + "{" * 2000 + "x" + "}" * 2000 + "$$",
        "$$C = x_{" + ",".join(["i"] * 10_000) + "}$$",
        "$$C = " + "+".join(["x"] * 20_000) + "$$",
        r"$$C = \sum_{i=1}^{9999999} x$$",
        r"$$C = (((x^{99})^{99})^{99})^{99}$$",
        r"$$\frac{\partial C}{\partial W^{(7)}} = z^{(9)}$$",
        "__import__('os').system('true') = C",
    ],
)
def test_hostile_text_is_not_read(text: str) -> None:
    found, status = verdicts("relu", "-", input=text)
    assert set(found) <= {"unread", "undecided"}
    assert status in (2, 3)


def test_help_and_errors_need_no_sympy() -> None:
    for arguments in (("verify", "--help"), ("verify", "relu", "--claim", RIGHT)):
        result = symbackprop(*arguments, env={"PYTHONPATH": ".", "PATH": "/usr/bin", "PYTHONVERBOSE": "1"})
        assert result.returncode == 0
        assert "import 'sympy'" not in result.stderr


def test_the_network_has_the_options_of_derive() -> None:
    claim = "dC/dW0 = (r1 - y)*x"
    assert verdicts("sigmoid", "--cost", "binary-cross-entropy", "--claim", claim) == (["proved"], 0)
    assert verdicts("sigmoid", "--claim", claim) == (["wrong"], 1)
    decayed = "dC/dW0 = (r1 - y)*x + lambda*W0"
    assert verdicts("identity", "--l2", "lambda", "--claim", decayed) == (["proved"], 0)
    assert refused("verify", "sigmoid", "--cost", "entropy", "--claim", claim)
