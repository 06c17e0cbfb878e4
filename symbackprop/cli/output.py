"""Writing a result: to standard output, or to a file as a whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from symbackprop.vocabulary.errors import InputError


def write(text: str, path: str | None) -> None:
    """Write text to a path, or to standard output for ``-`` or nothing.

    The file is replaced in one move, so nobody ever sees half of it; it keeps its permissions. Raises
    :class:`InputError` when it cannot be written.
    """
    if path in (None, "-"):
        _write_out(text)
        return
    import tempfile

    target = Path(str(path)).resolve()
    temporary = ""
    try:
        if target.is_dir():
            raise InputError("unwritable", f"{path} is a directory")
        if target.exists() and not target.is_file():  # a device or a pipe
            target.write_text(text, encoding="utf-8")
            return
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask())
        os.replace(temporary, target)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise InputError("unwritable", f"{str(path)[:200]}: {(error.strerror or str(error)).lower()}") from None


def _write_out(text: str) -> None:
    """Write to standard output; what a full disk has not taken is not tried again when the program ends."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        message = f"standard output: {(error.strerror or str(error)).lower()}"
        raise InputError("unwritable", message) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
