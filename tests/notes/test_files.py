"""Files of notes: read with everything kept, replaced as a whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from symbackprop.notes.files import read_file, replace_file
from symbackprop.vocabulary.errors import InputError


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as refused:
        read_file(path)
    assert str(path) in refused.value.message
    return refused.value.code


def test_what_is_no_text_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link.md").symlink_to(tmp_path / "missing.md")
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "zero.md").write_bytes(b"a\0b")
    (tmp_path / "latin.md").write_bytes("é".encode("latin-1"))
    (tmp_path / "wide.md").write_bytes("é".encode("utf-16"))
    names = ["missing.md", "link.md", "pipe.md", ".", "zero.md", "latin.md", "wide.md"]
    codes = [refusal(tmp_path / name) for name in names]
    assert codes == ["unreadable-file", "link", "not-a-file", "directory", "not-text", "not-text", "not-text"]


def test_another_text_keeps_mark_of_bytes_and_permissions(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_bytes(b"\xef\xbb\xbfold\r\n")
    path.chmod(0o640)
    file = read_file(path)
    assert file.text == "old\r\n"
    replace_file(file, "nü\r\n")
    assert path.read_bytes() == b"\xef\xbb\xbfn\xc3\xbc\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["notes.md"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_the_owner_stays(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("old")
    os.chown(path, 1234, 4321)
    path.chmod(0o4750)
    replace_file(read_file(path), "new")
    found = path.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (1234, 4321, 0o4750)


def unchanged(path: Path, code: str, text: str) -> None:
    """Replacing the file is refused, and leaves nothing behind."""
    file = read_file(path)
    beside = set(os.listdir(path.parent))
    before = path.read_bytes()
    with pytest.raises(InputError) as refused:
        replace_file(file, text)
    assert refused.value.code == code
    assert path.read_bytes() == before
    assert set(os.listdir(path.parent)) == beside


def test_a_file_with_a_second_name_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("old")
    os.link(path, tmp_path / "other.md")
    unchanged(path, "hard-link", "new")


def test_a_file_that_nobody_may_write_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("old")
    path.chmod(0o444)
    unchanged(path, "unwritable", "new")


@pytest.mark.parametrize("call", ["fsync", "replace", "fchmod"])
def test_a_full_disk_leaves_the_file_as_it_was(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "notes.md"
    path.write_text("old")
    monkeypatch.setattr(os, call, full)
    unchanged(path, "unwritable", "new")


@pytest.mark.parametrize("change", ["write", "replace", "remove", "link"])
def test_a_file_changed_meanwhile_is_left_as_it_is(change: str, tmp_path: Path) -> None:
    path, other = tmp_path / "notes.md", tmp_path / "other.md"
    path.write_text("old")
    file = read_file(path)
    other.write_text("theirs")
    if change == "write":
        path.write_text("theirs")
    elif change == "replace":
        os.replace(other, path)
    elif change == "remove":
        path.unlink()
    else:
        path.unlink()
        path.symlink_to(other)
    with pytest.raises(InputError) as refused:
        replace_file(file, "ours")
    assert refused.value.code in ("changed", "unwritable")
    assert not path.exists() or path.read_text() == "theirs"
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".symbackprop")]
