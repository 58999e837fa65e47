"""Settings reach the next worker, whatever way it is started."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.postbox import Postbox
from tests.rig import BIN, Circusd, environment_of, wait_until
from worker.ledger.ledger import Ledger

Make = Callable[..., Circusd]


def test_an_edited_setting_is_in_force_after_a_crash_and_a_removed_one_is_gone(make: Make) -> None:
    with make(settings={"ACCOUNT_CARD": "OLD"}) as circus:
        first = circus.beating()
        assert environment_of(first)["ACCOUNT_CARD"] == "OLD"
        (circus.data / "local.ini").write_text("[env:worker]\nBATCH_ROWS = 7\n")
        circus.ini.write_text(circus.ini.read_text().replace("ACCOUNT_CARD = OLD\n", ""))

        os.kill(first, signal.SIGKILL)
        second = circus.beating(other_than=first)

        assert environment_of(second)["BATCH_ROWS"] == "7"
        assert "ACCOUNT_CARD" not in environment_of(second)


def test_everything_carries_our_marks_and_runs_circusds_interpreter(make: Make) -> None:
    with make() as circus:
        worker = circus.beating()

        for pid in (worker, circus.pid("plugin:heartbeat"), circus.pid("plugin:recycle")):
            assert pid
            found = environment_of(pid)
            assert found["DAYBREAK_TREE"] == "1"
            assert found["DAYBREAK_INI"] == str(circus.ini)
            assert found["PATH"].startswith(f"{BIN}:")
            assert Path(f"/proc/{pid}/cwd").readlink() == circus.folder


def test_a_relative_path_to_circus_ini_is_enough(make: Make) -> None:
    circus = make(circusd=("/bin/sh", "-c", f'exec "{BIN}/circusd" circus.ini'))
    with circus:
        worker = circus.beating()

        assert environment_of(worker)["DAYBREAK_INI"] == str(circus.ini)


def test_the_demo_erp_stays_stopped_while_another_erp_is_named(make: Make) -> None:
    stay = {"watcher:demo-erp": {"cmd": "sleep 300", "graceful_timeout": "1"}}
    with make(demo=True, sections=stay, settings={"ERP_URL": "https://erp.example.com"}) as circus:
        circus.beating()
        assert circus.status()["demo-erp"] == "stopped"

        circus.write_ini(ERP_URL=f"http://localhost:{circus.demo_port}")
        circus.ctl("start", "demo-erp")

        wait_until("the demo", lambda: circus.pid("demo-erp"))


def test_circusds_own_log_is_a_daily_file_too(make: Make) -> None:
    with make() as circus:
        worker = circus.beating()

        wait_until("the line in the file", lambda: f"worker started (pid {worker})" in circus.daily_log("circusd"))
        assert f"worker started (pid {worker})" in circus.log


def mailing(server: Postbox) -> dict[str, str]:
    """Return the settings of a channel to this server."""
    return {
        "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(server.port), "SMTP_TLS": "off",
        "MAIL_FROM": "daybreak@example.com", "MAIL_TO": "office@example.com",
    }  # fmt: skip


def status(circus: Circusd) -> tuple[int, list[str]]:
    """Return the exit code and the problems of `daybreak status`, as an operator sees them."""
    done = subprocess.run(
        [str(BIN / "daybreak"), "status", "--json"],
        env={"DAYBREAK_INI": str(circus.ini), "PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, json.loads(done.stdout)["problems"]


@pytest.mark.parametrize(
    ("spoiled", "named"),
    [
        pytest.param(
            b"[env:worker]\nerp_url = https://erp.example.com\n",
            "write it in capitals: ERP_URL",
            marks=pytest.mark.deep,
        ),
        pytest.param("[env:worker]\n# 메모\n".encode("cp949"), "save it as UTF-8", marks=pytest.mark.deep),
        (b"[env:worker]\nINTERVAL_MIN = 7\n", "INTERVAL_MIN='7'"),
    ],
    ids=["lower case", "cp949", "a value"],
)
def test_a_worker_that_refuses_its_settings_is_told_by_mail_and_status_by_what_is_wrong(
    tmp_path: Path, spoiled: bytes, named: str
) -> None:
    knobs = json.dumps({"delays": 0, "arrivals_per_min": 0})
    with (
        Postbox() as server,
        Circusd(tmp_path, demo=True, settings={**mailing(server), "DEMO_KNOBS": knobs}) as circus,
    ):
        circus.beating()
        (circus.data / "local.ini").write_bytes(spoiled)

        circus.ctl("restart", "worker")

        code, problems = status(circus)
        assert code != 0
        assert named in "\n".join(problems)
        assert "nothing runs" not in "\n".join(problems)
        wait_until("the mail", lambda: any("settings are wrong" in one for one in server.subjects()), 90)
        number = next(number for number, one in enumerate(server.subjects()) if "settings are wrong" in one)
        assert named in server.text(number)
        assert circus.pid() is None
        assert status(circus)[0] == 2

        (circus.data / "local.ini").unlink()
        circus.ctl("start", "worker")

        circus.beating()
        with Ledger(circus.data, create=False) as ledger:
            notes = ledger.incidents(datetime.now(UTC) - timedelta(hours=1))
        whys = [one["facts"]["why"] for one in notes if one["kind"] == "start"]  # type: ignore[index]
        assert whys[-1] == "operator"
        assert not [one for one in status(circus)[1] if "settings" in one]
        circus.stop()


def test_a_file_that_is_broken_while_all_runs_is_told_before_the_next_start(tmp_path: Path) -> None:
    knobs = json.dumps({"delays": 0, "arrivals_per_min": 0})
    with (
        Postbox() as server,
        Circusd(tmp_path, demo=True, settings={**mailing(server), "DEMO_KNOBS": knobs}) as circus,
    ):
        circus.beating()
        wait_until("the first look", lambda: "keeps its promises" in circus.guards_log)

        (circus.data / "local.ini").write_text("[env:worker]\nERP_USER = daybreak\n MODE = production\n")

        wait_until("the mail", lambda: "[daybreak] The settings can't be read" in server.subjects(), 60)
        assert "line 3: the line begins with a blank" in server.text()
        code, problems = status(circus)
        assert code == 1
        assert "local.ini, line 3" in "\n".join(problems)
        assert circus.pid()
