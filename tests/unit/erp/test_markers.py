"""The table of marks, and an operator's overrides of it."""

from pathlib import Path

import pytest

from worker.config import loading
from worker.erp.ecount import markers
from worker.errors import SettingsError
from worker.runtime import installation


def test_an_override_changes_one_mark_and_says_so() -> None:
    found, problems = markers.read({"TAB_OPEN": "a#tabNotYet", "column_status": "SETL_STAT_NM 결제상태 명"})

    assert problems == []
    assert found.tab_open == "a#tabNotYet"
    assert found.payment_columns["status"] == ("SETL_STAT_NM", "결제상태 명")
    assert found.tab_reflected == markers.DEFAULT.tab_reflected
    assert found.changes() == [
        "the marker tab_open is 'a#tabNotYet' by [markers] in local.ini, not 'a#tabUnReflect'",
        "the marker column_status is 'SETL_STAT_NM 결제상태 명' by [markers] in local.ini, "
        "not 'SETL_STATUS_TYPE 결제상태'",
    ]


def test_without_overrides_the_table_is_its_own() -> None:
    found, _ = markers.read({})

    assert found == markers.DEFAULT
    assert found.changes() == []


@pytest.mark.parametrize("name", list(markers.ABOUT))
def test_every_mark_can_be_overridden_by_its_own_text(name: str) -> None:
    text = markers.DEFAULT.text(name)

    found, problems = markers.read({name: text})

    assert problems == []
    assert found.text(name) == text


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("tab_opne", "a", "[markers] tab_opne is no marker; do you mean tab_open?"),
        ("xyz", "a", "[markers] xyz is no marker; daybreak probe names them"),
        ("tab_open", " ", "[markers] tab_open=' ': it is empty"),
        ("shell", "(", "it is no regular expression"),
        ("result", "(성공)", "it must have two groups"),
        ("column_status", "SETL_STAT_NM", "write the column's id, a blank and its label"),
        ("upload_labels", "일자, 순번", "write 12 labels with commas between"),
        ("page_rows", "0", "write a number from 1 to 9999"),
    ],
)
def test_an_override_that_can_not_be_used_is_named(name: str, text: str, sentence: str) -> None:
    found, problems = markers.read({name: text})

    assert len(problems) == 1
    assert sentence in problems[0]
    assert found == markers.DEFAULT


def test_overrides_stand_in_local_ini_and_wrong_ones_stop_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(installation.INI_VARIABLE, str(tmp_path / "circus.ini"))
    (tmp_path / "circus.ini").write_text("[env:worker]\nDATA_DIR = var\n", encoding="utf-8")
    (tmp_path / "var").mkdir()
    local = tmp_path / "var" / "local.ini"

    local.write_text("[markers]\nuploader = #webUploader2\n", encoding="utf-8")
    assert loading.load().erp.markers == {"uploader": "#webUploader2"}

    local.write_text("[markers]\nuplaoder = #webUploader2\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="do you mean uploader"):
        loading.load()


def test_markers_are_no_setting_of_the_worker() -> None:
    with pytest.raises(SettingsError, match="MARKERS is no setting"):
        loading.load({"DATA_DIR": "/tmp", "MARKERS": "x"})
