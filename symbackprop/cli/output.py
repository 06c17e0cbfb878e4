"""Writing a result: to standard output, or to a file as a whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from symbackprop.vocabulary.errors import InputError


def write(text: str | bytes, path: str | None) -> None:
    """Write text (or the bytes of a picture) to a path, or to standard output for ``-`` or nothing.

    The file is replaced in one move, so nobody ever sees half of it; it keeps its permissions. Raises
    :class:`InputError` when it cannot be written.
    """
    if path in (None, "-"):
        if isinstance(text, bytes):
            sys.stdout.buffer.write(text)
        else:
            sys.stdout.write(text)
        sys.stdout.flush()
        return
    data = text if isinstance(text, bytes) else text.encode("utf-8")
    import tempfile

    target = Path(str(path)).resolve()
    temporary = ""
    try:
        if target.is_dir():
            raise InputError("unwritable", f"{path} is a directory")
        if target.exists() and not target.is_file():  # a device or a pipe
            target.write_bytes(data)
            return
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask())
        os.replace(temporary, target)
    except OSError as error:
        raise InputError("unwritable", f"{str(path)[:200]}: {(error.strerror or str(error)).lower()}") from None
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
