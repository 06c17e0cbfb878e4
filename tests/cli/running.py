"""The command line run inside of the test's own process."""

from __future__ import annotations

import pytest

from symbackprop.cli import main


def within(command, *arguments, capsys):
    """The exit status of a command, and what it writes to standard output and standard error."""
    with pytest.raises(SystemExit) as stop:
        main([command, *arguments])
    captured = capsys.readouterr()
    return stop.value.code, captured.out, captured.err
