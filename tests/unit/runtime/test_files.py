"""Small files: replaced in one step and through to the disk, ours alone; read whatever they hold."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from worker.runtime.files import put, read_json, read_text, sync_names, write_private


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return what was brought through to the disk, in order; it is brought there all the same."""
    found: list[Path] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        found.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    return found


def test_a_file_is_replaced_through_to_the_disk_and_then_its_name(tmp_path: Path, synced: list[Path]) -> None:
    path = tmp_path / "a.json"

    write_private(path, "first")
    write_private(path, b"second")

    assert path.read_bytes() == b"second"
    assert [*tmp_path.iterdir()] == [path]
    assert synced == [tmp_path / f".a.json.{os.getpid()}", tmp_path] * 2


def test_what_need_not_last_waits_for_no_disk(tmp_path: Path, synced: list[Path]) -> None:
    write_private(tmp_path / "beat", "now", durable=False)

    assert (tmp_path / "beat").read_text() == "now"
    assert not synced


def test_a_finished_draft_is_through_to_the_disk_before_it_counts(tmp_path: Path, synced: list[Path]) -> None:
    draft, path = tmp_path / "draft", tmp_path / "ledger.db"
    draft.write_text("whole")

    put(draft, path)

    assert path.read_text() == "whole"
    assert synced == [draft, tmp_path]


@pytest.mark.parametrize("left", ["a file", "a link"])
def test_only_we_can_read_it_whatever_stood_in_the_drafts_place(tmp_path: Path, left: str) -> None:
    path, draft, other = tmp_path / "a.json", tmp_path / f".a.json.{os.getpid()}", tmp_path / "other"
    other.write_text("not ours to change")
    if left == "a link":
        draft.symlink_to(other)
    else:
        draft.write_text("of an earlier process")
        draft.chmod(0o666)

    write_private(path, "ours")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.is_symlink()
    assert (path.read_text(), other.read_text()) == ("ours", "not ours to change")


def test_a_write_that_fails_leaves_the_file_as_it_was_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.mkdir()

    with pytest.raises(OSError, match="directory"):
        write_private(path, "a file can't take a folder's place")

    assert [*tmp_path.iterdir()] == [path]


def test_names_are_synced_in_every_folder_that_knows_it_and_missed_in_none(tmp_path: Path) -> None:
    sync_names(tmp_path)

    sync_names(Path("/proc/self"))  # fsync(2) says EINVAL there, as on some network drives
    with pytest.raises(FileNotFoundError):
        sync_names(tmp_path / "gone")


def as_number(values: Any) -> int:
    return int(values["number"])


def test_what_is_whole_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_private(path, '{"number": 7}')

    assert read_json(path, as_number, 0) == 7


@pytest.mark.parametrize(
    "content",
    [b"", b'{"number": 7', b"\xff\xfe", b"null", b"[]", b'"7"', b"{}", b'{"number": "x"}', b'{"number": Infinity}'],
)
def test_what_is_not_is_no_exception_and_can_be_told_from_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)

    assert read_json(path, as_number, 0) == 0
    assert read_json(path, as_number, 0, damaged=lambda _: -1) == -1
    assert read_json(tmp_path / "gone", as_number, 0, damaged=lambda _: -1) == 0


def test_neither_a_folder_nor_a_deep_nest_is_an_exception(tmp_path: Path) -> None:
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 100_000)

    assert read_json(tmp_path, as_number, 0) == 0
    assert read_json(deep, as_number, 0) == 0


def test_text_is_read_whatever_it_holds(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a\xffb")

    assert read_text(tmp_path / "a") == "a\N{REPLACEMENT CHARACTER}b"
    assert read_text(tmp_path / "gone") == read_text(tmp_path) == ""
