"""People are told while no worker runs, and while no disk takes a note."""

import json
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.postbox import Postbox
from tests.rig import Circusd, wait_until
from tests.supervision.test_verbs import daybreak
from worker.alerts import sender
from worker.ledger.ledger import Ledger
from worker.runtime import spool

Make = Callable[..., Circusd]


def mailing(postbox: Postbox) -> dict[str, str]:
    """Return the settings that mail by this postbox."""
    return {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(postbox.port),
        "SMTP_TLS": "off",
        "MAIL_FROM": "daybreak@example.com",
        "MAIL_TO": "office@example.com",
    }


def test_a_guard_has_people_told_while_the_worker_is_down(make: Make, postbox: Postbox) -> None:
    with make(settings=mailing(postbox)) as circus:
        first = circus.beating()
        wait_until("the guard's word", lambda: "keeps its promises" in circus.guards_log)
        circus.tell("exit 78")  # the next one refuses its settings

        os.kill(first, signal.SIGSTOP)

        wait_until("two mails", lambda: len(postbox.mails) >= 2, 30)
        assert sorted(postbox.subjects()) == [
            "[daybreak] The settings are wrong, nothing is posted",
            "[daybreak] The worker hung and was replaced",
        ]
        assert any(f"pid {first}" in postbox.text(number) for number in range(2))
        wait_until("an empty spool", lambda: not list(spool.waiting(circus.data)))
        with Ledger(circus.data, create=False) as ledger:
            assert {one.cause for one in ledger.alarms()} == {"settings", "promise broken"}
        assert circus.pid() is None


def test_the_worker_has_people_told_of_a_changed_screen_and_of_its_end(tmp_path: Path, postbox: Postbox) -> None:
    knobs = {"delays": 0, "arrivals_per_min": 0, "status_column": "none"}
    settings = {**mailing(postbox), "DEMO_PAYMENTS": "5", "DEMO_KNOBS": json.dumps(knobs), "REPORT_LANGUAGE": "ko"}
    with Circusd(tmp_path, demo=True, command=None, settings=settings) as circus:
        circus.beating()
        wait_until("the first mail", lambda: postbox.mails, 60)
        assert postbox.subjects() == ["[daybreak] ERP 화면 구성이 바뀌었습니다"]
        assert "cycle-1" in postbox.text()

        circus.erp("/knobs", {"status_column": "type"})
        done = daybreak(circus, "once")
        assert done.returncode == 0, done.stdout + done.stderr
        wait_until("the second mail", lambda: len(postbox.mails) == 2, 60)
        assert postbox.subjects()[1].startswith("[daybreak] 복구됨 (")

        tested = daybreak(circus, "alert-test")
        assert (tested.returncode, tested.stdout) == (0, "mail: 시험 메시지를 전달했습니다\n")
        assert postbox.subjects()[2] == "[daybreak] 시험 메시지: 알림이 정상적으로 전달됩니다"
        postbox.down()
        tested = daybreak(circus, "alert-test")
        assert tested.returncode == 1
        assert "접속이 거부되었습니다" in tested.stdout
        with Ledger(circus.data, create=False) as ledger:
            assert ledger.note(sender.tested("mail"))


def test_production_stays_down_until_a_test_message_has_got_through(tmp_path: Path, postbox: Postbox) -> None:
    (tmp_path / "secret").write_text("pass")
    (tmp_path / "secret").chmod(0o600)
    real = {
        "ERP_URL": "http://127.0.0.1:9/", "ERP_COMPANY": "1", "ERP_USER": "a", "ERP_PASSWORD_FILE": "secret",
        "MODE": "production", "PING_URL": "off", "HOURS_MON_FRI": "", "HOURS_SAT": "", "DAYS_OFF_CYCLE": "23:59",
    }  # fmt: skip
    with Circusd(tmp_path, command=None, settings={**mailing(postbox), **real}) as circus:
        wait_until("the mail", lambda: "[daybreak] The settings are wrong, nothing is posted" in postbox.subjects())
        assert circus.pid() is None
        before = json.loads(daybreak(circus, "status", "--json").stdout)
        assert any("no test message has shown that people can be told" in one for one in before["problems"])

        assert daybreak(circus, "alert-test").returncode == 0
        circus.ctl("start", "worker")

        circus.beating()
        after = json.loads(daybreak(circus, "status", "--json").stdout)
        assert not any("MODE" in one for one in after["problems"])


def test_without_a_channel_a_test_says_what_to_set(tmp_path: Path) -> None:
    circus = Circusd(tmp_path)
    circus.write_ini()

    tested = daybreak(circus, "alert-test")

    assert tested.returncode == 1
    assert "none is configured. Set SMTP_HOST" in tested.stderr


def test_status_says_that_nobody_is_told_and_what_did_not_get_out(make: Make, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("pass")
    (tmp_path / "secret").chmod(0o600)
    real = {"ERP_URL": "https://erp.example.com", "ERP_COMPANY": "1", "ERP_USER": "a", "ERP_PASSWORD_FILE": "secret"}
    with make(settings=real) as circus:
        circus.beating()
        before = json.loads(daybreak(circus, "status", "--json").stdout)
        at = datetime.now(UTC)
        with Ledger(circus.data) as ledger:
            ledger.raise_alarm("disk", "full", at=at)
            ledger.add_mail(key="", subject="report", text="", at=at, channels=["mail"])
            ledger.note_failed(ledger.undelivered()[0], at=at, error="connection refused")
        circus.write_ini(SMTP_HOST="mail.example.com", MAIL_FROM="a@example.com", MAIL_TO="b@example.com")

        found = json.loads(daybreak(circus, "status", "--json").stdout)

    assert any("nobody is told" in one for one in before["problems"])
    assert not any("nobody is told" in one for one in found["problems"])
    assert any("1 messages could not be delivered since" in one for one in found["problems"])
    assert found["alarms"]["undelivered"][0]["error"] == "connection refused"
    assert found["alarms"]["open"][0]["cause"] == "disk"


def test_what_no_disk_takes_is_mailed_at_once(make: Make, postbox: Postbox) -> None:
    circus = make(settings=mailing(postbox))
    circus.data.mkdir(parents=True)
    (circus.data / "spool").write_text("in the way")
    with circus:
        first = circus.beating()
        wait_until("the guard's word", lambda: "keeps its promises" in circus.guards_log)

        os.kill(first, signal.SIGSTOP)

        wait_until("the mail", lambda: postbox.mails, 30)
        assert postbox.subjects() == ["[daybreak] The worker hung and was replaced"]
        assert f"pid {first}" in postbox.text()
        assert "could not be stored for the ledger" in circus.guards_log


def test_a_mail_server_that_is_down_is_tried_until_it_is_back(make: Make, postbox: Postbox) -> None:
    postbox.down()
    circus = make(settings=mailing(postbox))
    circus.tell("exit 78")
    with circus:
        wait_until("a try", (circus.data / "post_due").exists, 30)
        with Ledger(circus.data, create=False) as ledger:
            wait_until("an error", lambda: [one.error for one in ledger.undelivered() if one.error])
            postbox.up()
            # A minute later it would come by itself; nobody has to wait for that here.
            (one,) = ledger.undelivered()
            ledger.put_off(one, until=one.at, error=one.error)
        (circus.data / "post_due").write_text("2026-01-01T00:00:00+00:00")

        wait_until("the mail", lambda: postbox.mails, 30)

        assert postbox.subjects() == ["[daybreak] The settings are wrong, nothing is posted"]
