"""Kept pages can be played back: by somebody who has no account, without scripts, without what is personal."""

from pathlib import Path

import pytest

from tests.browser.conftest import OpenOffice
from tests.erp import DemoErp
from worker.erp import playback
from worker.errors import ErpUnavailable
from worker.runtime.commands import CommandKind


def test_kept_pages_are_read_again_as_they_were_seen_and_masked_ones_as_well(
    open_office: OpenOffice, erp: DemoErp, tmp_path: Path
) -> None:
    erp.reset(payments=206)
    office = open_office(real=True, signed_in=False, MODE="test", DEPOSIT_LIST="on")
    office.errand(CommandKind.PROBE)
    [folder] = (office.folder / "evidence").glob("*/probe-*")
    payers = {one["payer"] for one in erp.payments()}

    with office._browser():
        told = list(playback.play(office.settings, folder, mask=False))
        masked = list(playback.play(office.settings, folder, mask=True))

    for lines in (told, masked):
        assert any("100 rows on page 1 of 3" in line for line in lines), "\n".join(lines)
        assert any("upload_labels" in line and "✓" in line for line in lines)
        assert not any(line.strip().startswith("✗") for line in lines), "\n".join(lines)
    kept = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.html")}
    clean = {path.name: path.read_text(encoding="utf-8") for path in (folder / playback.MASKED).glob("*.html")}
    assert kept.keys() == clean.keys()
    assert any(payer in text for text in kept.values() for payer in payers)
    assert not [payer for text in clean.values() for payer in payers if f">{payer}<" in text]
    assert all("<script" not in text and "ec_req_sid=AB-" not in text for text in [*kept.values(), *clean.values()])
    assert "demo-pass-1" not in "".join(kept.values())
    assert erp.uploads() == []


def test_a_folder_without_kept_pages_is_refused_by_name(open_office: OpenOffice, tmp_path: Path) -> None:
    with pytest.raises(ErpUnavailable, match="holds no kept page"):
        list(playback.play(open_office().settings, tmp_path, mask=False))
