"""The README's commands print and draw what it says; ``python -m tests.test_readme`` puts the real output in."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from symbackprop.cli import main

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
PICTURE = re.compile(r"^    (symbackprop draw .*) -o (\S+\.svg)$", re.MULTILINE)
PICTURES = README.parent / "examples" / "pictures"


def run(command: str) -> str:
    """What a command of the README prints."""
    program, *arguments = shlex.split(command)
    assert program == "symbackprop"
    output = io.StringIO()
    with contextlib.redirect_stdout(output), pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code in ((0, 1) if arguments[0] == "verify" else (0,))
    return output.getvalue()


def with_output(block: str) -> str:
    """The block with the output of each of its commands."""
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return "\n".join(f"$ {command}\n{run(command)}" for command in commands)


def blocks() -> list[str]:
    """The console blocks of the README."""
    return BLOCK.findall(README.read_text("utf-8"))


@pytest.mark.parametrize("block", blocks())
def test_commands_print_what_the_readme_says(block: str) -> None:
    assert block == with_output(block)


@pytest.mark.parametrize(("command", "name"), PICTURE.findall(README.read_text("utf-8")))
def test_pictures_are_what_the_commands_beside_them_draw(command: str, name: str) -> None:
    assert (PICTURES / name).read_text("utf-8") == run(command)


def test_every_picture_is_in_the_readme() -> None:
    text = README.read_text("utf-8")
    kept = {path.name for path in PICTURES.iterdir()}
    assert kept == {name for _, name in PICTURE.findall(text)} == set(re.findall(r"\(examples/pictures/(.*?)\)", text))


def test_the_two_commands_are_there() -> None:
    text = README.read_text("utf-8")
    assert text.index("make derive") < text.index("make test") < text.index("$ symbackprop")


if __name__ == "__main__":
    text = README.read_text("utf-8")
    for command, name in PICTURE.findall(text):
        (PICTURES / name).write_text(run(command), "utf-8")
    README.write_text(BLOCK.sub(lambda m: f"```console\n{with_output(m[1])}```", text), "utf-8")
