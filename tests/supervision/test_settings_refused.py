"""A wrong account in the settings, on the real tree: one mail, one answer, and every payment posted once."""

import json
from pathlib import Path

import pytest

from tests.postbox import Postbox
from tests.rig import Circusd, wait_until
from tests.supervision.test_alarms import mailing
from tests.supervision.test_verbs import daybreak
from worker.ledger.ledger import Ledger
from worker.ledger.state import State


def states(circus: Circusd) -> dict[str, int]:
    with Ledger(circus.data, create=False) as ledger:
        return ledger.counts()


@pytest.mark.deep
def test_a_wrong_account_is_one_question_and_once_it_is_mended_all_is_posted(tmp_path: Path) -> None:
    knobs = {"delays": 0, "arrivals_per_min": 0}
    settings = {"DEMO_PAYMENTS": "12", "DEMO_KNOBS": json.dumps(knobs), "ACCOUNT_CARD": "카드회사"}
    with (
        Postbox() as server,
        Circusd(tmp_path, demo=True, command=None, settings={**mailing(server), **settings}) as circus,
    ):
        circus.beating()
        wait_until("the mail", lambda: server.mails, 120)
        assert server.subjects() == ["[daybreak] The settings are wrong, nothing is posted"]
        assert "daybreak resolve settings --mended" in server.text()
        assert [one["rows"] for one in circus.erp("/uploads")] == [12, 1]
        assert states(circus) == {State.SEEN: 12}

        done = daybreak(circus, "once")
        assert done.returncode == 1
        assert "The cycle ran" not in done.stdout
        assert "12 payments wait and none is sent" in done.stdout
        assert "12 payments wait and none is sent" in daybreak(circus, "resolve").stdout

        assert daybreak(circus, "resolve", "settings", "--mended").returncode == 0
        done = daybreak(circus, "once")
        assert (done.returncode, len(circus.erp("/uploads"))) == (1, 4)
        assert states(circus) == {State.SEEN: 12}

        circus.write_ini(ACCOUNT_CARD="카드사")
        circus.ctl("restart", "worker")
        wait_until("all deposits", lambda: len(circus.erp("/slips")) == 12, 120)
        wait_until("the word that it is over", lambda: len(server.mails) == 2, 60)
        assert server.subjects()[1].startswith("[daybreak] recovered")
        done = daybreak(circus, "once")
        assert (done.returncode, len(circus.erp("/slips"))) == (0, 12)
        assert states(circus) == {}
