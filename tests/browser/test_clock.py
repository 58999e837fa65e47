"""The machine's clock against the ERP's, on the real way: the answers of a whole cycle."""

from datetime import datetime, timedelta, tzinfo

import pytest

from tests.office import Office
from worker.runtime import clock


def test_a_clock_that_is_wrong_is_told_and_its_end_too(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.cycle()
    assert not [one for one in office.ledger.alarms() if one.cause == "clock"]
    right = clock.wall

    def ahead(zone: tzinfo) -> datetime:
        return right(zone) + timedelta(minutes=3)

    monkeypatch.setattr(clock, "wall", ahead)
    office.cycle()

    (alarm,) = [one for one in office.ledger.alarms() if one.cause == "clock"]
    assert "s ahead of the ERP's: set it by NTP" in alarm.what
    monkeypatch.setattr(clock, "wall", right)
    office.cycle()
    assert not [one for one in office.ledger.alarms() if one.cause == "clock"]
