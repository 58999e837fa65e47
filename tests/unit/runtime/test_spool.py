"""Notes for the ledger: complete or not at all, oldest first, never without end."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker.i18n import Message, message, reasons
from worker.i18n.language import Language
from worker.runtime import spool
from worker.runtime.spool import NoteKind

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_notes_are_read_oldest_first_with_all_they_hold(tmp_path: Path) -> None:
    assert spool.put(tmp_path, NoteKind.INCIDENT, at=NOW, text="silent", phase="uploading", processes=[{"pid": 1}])
    assert spool.put(tmp_path, NoteKind.ALERT, at=NOW, text="조용하다")

    notes = [values for _, values in spool.waiting(tmp_path)]

    assert [note["text"] for note in notes] == ["silent", "조용하다"]
    assert notes[0] == {
        "kind": "incident",
        "at": "2026-11-23T09:00:00.000+00:00",
        "text": "silent",
        "phase": "uploading",
        "processes": [{"pid": 1}],
    }


def test_a_note_that_is_a_message_is_still_one_when_it_is_read(tmp_path: Path) -> None:
    spool.put(tmp_path, NoteKind.DAY, at=NOW, text=message("undoing {day}", day="2026-11-28"))

    ((_, note),) = spool.waiting(tmp_path)

    assert note["text"] == "undoing 2026-11-28"
    assert reasons.say(note["text"], Language.KO) == "2026-11-28 지정 취소"


def test_a_message_stays_one_in_the_text_and_in_the_facts(tmp_path: Path) -> None:
    why = message("crash ({how})", how=message("exit {code}", code="1"))
    spool.put(
        tmp_path, NoteKind.END, at=NOW, text=message("{name} (pid {pid}): {why}", name="a", pid="1", why=why), why=why
    )

    ((_, note),) = spool.waiting(tmp_path)

    assert (note["text"], note["why"]) == ("a (pid 1): crash (exit 1)", "crash (exit 1)")
    assert isinstance(note["text"], Message)
    assert isinstance(note["why"], Message)


def test_a_note_stays_until_its_reader_removes_it(tmp_path: Path) -> None:
    spool.put(tmp_path, NoteKind.ALERT, at=NOW, text="one")

    for path, _ in spool.waiting(tmp_path):
        assert path.exists()
        path.unlink()

    assert not list(spool.waiting(tmp_path))


@pytest.mark.parametrize("text", ["", "{", '{"kind": "gossip"}', "[1]", "\0\0"])
def test_a_damaged_note_is_removed_and_hides_no_other(tmp_path: Path, text: str) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "00000-1-1.json").write_text(text)
    spool.put(tmp_path, NoteKind.ALERT, at=NOW, text="kept")

    assert [values["text"] for _, values in spool.waiting(tmp_path)] == ["kept"]
    assert len(list((tmp_path / "spool").iterdir())) == 1


def test_a_loop_does_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "MOST", 3)

    assert [spool.put(tmp_path, NoteKind.ALERT, at=NOW, text="again") for _ in range(5)] == [True] * 3 + [False] * 2


def test_a_place_that_takes_no_note_is_told(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("in the way")

    assert not spool.put(tmp_path, NoteKind.ALERT, at=NOW, text="lost")
    assert not list(spool.waiting(tmp_path))


def test_what_waits_is_a_sentence_for_a_daybreak_that_knows_no_messages(tmp_path: Path) -> None:
    why = message("crash (signal {number})", number="9")
    spool.put(tmp_path, NoteKind.START, at=NOW, text=message("worker (pid {pid}): {why}", pid="7", why=why), why=why)

    spool.as_sentences(tmp_path)

    [path] = (tmp_path / "spool").iterdir()
    values = json.loads(path.read_text(encoding="utf-8"))
    assert (values["text"], values["why"]) == ("worker (pid 7): crash (signal 9)", "crash (signal 9)")
