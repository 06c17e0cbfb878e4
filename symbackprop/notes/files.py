"""Files of notes: read with all that will have to be kept, and replaced as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from symbackprop.vocabulary.errors import InputError

LARGEST = 40_000_000
BOM = "\ufeff".encode()
_OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\x00\x00\xfe\xff": "UTF-32"}


@dataclass(frozen=True, slots=True)
class File:
    """A text file as it was read: its bytes, and its text without a byte order mark."""

    path: Path
    data: bytes
    text: str

    def encoded(self, text: str) -> bytes:
        """Another text for the file, as bytes."""
        return (BOM if self.data.startswith(BOM) else b"") + text.encode()


def read_file(path: Path) -> File:
    """Read a file of notes. Raises ``InputError`` for what is no regular file or no text in UTF-8."""
    name = str(path)[:200]
    try:
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            hint = f"name the file itself: {os.path.realpath(path)}"
            raise InputError("link", f"{name} is a symbolic link", hint=hint)
        if stat.S_ISDIR(found.st_mode):
            raise InputError("directory", f"{name} is a directory", hint=f"name the files, such as {name}/*.md")
        if not stat.S_ISREG(found.st_mode):
            raise InputError("not-a-file", f"{name} is a device or a pipe")
        if found.st_size > LARGEST:
            raise InputError("too-long", f"{name} has more than {LARGEST} bytes")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError("unreadable-file", f"{name}: {_reason(error)}") from None
    for mark, encoding in _OTHER_ENCODINGS.items():
        if data.startswith(mark):
            raise InputError("not-text", f"{name} is in {encoding}", hint="save it as UTF-8")
    if b"\0" in data:
        raise InputError("not-text", f"{name} is not a text file: there is a zero byte in it")
    try:
        return File(path, data, data.removeprefix(BOM).decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"{name} is not in UTF-8: line {line} has the byte 0x{error.object[error.start]:02x}"
        raise InputError("not-text", message, hint="save it as UTF-8") from None


def replace_file(file: File, text: str) -> None:
    """Put another text in the place of a file, in one move.

    Whoever reads it meanwhile, and whatever happens to this process, finds the old text or the new one; owner,
    permissions and extended attributes stay. Raises ``InputError``, and leaves the file as it is, where somebody else
    has changed it since it was read, where it has a second name, or where it cannot be written.
    """
    path, name = file.path, str(file.path)[:200]
    temporary = ""
    try:
        found = path.lstat()
        if not found.st_mode & 0o222 or not os.access(path, os.W_OK):
            raise InputError("unwritable", f"{name}: permission denied")
        if found.st_nlink > 1:
            hint = "copy it, and remove the other names"
            raise InputError(
                "hard-link", f"{name} is one file with {found.st_nlink} names, which would part", hint=hint
            )
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:60]}.", suffix=".symbackprop", dir=path.parent)
        with os.fdopen(handle, "wb") as new:
            new.write(file.encoded(text))
            new.flush()
            _take_over(path, found, new.fileno())
            os.fsync(new.fileno())
        now = path.lstat()
        if not os.path.samestat(now, found) or not stat.S_ISREG(now.st_mode) or path.read_bytes() != file.data:
            raise InputError("changed", f"{name} was changed by someone else meanwhile", hint="run it again")
        os.replace(temporary, path)
        temporary = ""
        _settle(path.parent)
    except OSError as error:
        raise InputError("unwritable", f"{name}: {_reason(error)}") from None
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _take_over(path: Path, old: os.stat_result, new: int) -> None:
    """Give a new file the owner, the permissions and the extended attributes of the old one."""
    if hasattr(os, "fchown"):
        with contextlib.suppress(OSError):
            os.fchown(new, old.st_uid, old.st_gid)
    if hasattr(os, "listxattr"):
        with contextlib.suppress(OSError):
            for attribute in os.listxattr(path):
                os.setxattr(new, attribute, os.getxattr(path, attribute))
    if hasattr(os, "fchmod"):
        os.fchmod(new, stat.S_IMODE(old.st_mode))


def _settle(folder: Path) -> None:
    """See to it that the move is on the disk; where a folder cannot be opened, the system does so in its time."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return f"{text[:1].lower()}{text[1:]}"
