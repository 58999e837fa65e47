"""Settings reach the next worker, whatever way it is started."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from tests.rig import BIN, Circusd, environment_of, wait_until

Make = Callable[..., Circusd]


def test_an_edited_setting_is_in_force_after_a_crash_and_a_removed_one_is_gone(make: Make) -> None:
    with make(settings={"OLD_ONE": "1"}) as circus:
        first = circus.beating()
        assert environment_of(first)["OLD_ONE"] == "1"
        (circus.data / "local.ini").write_text("[env:worker]\nBATCH_ROWS = 7\n")
        circus.ini.write_text(circus.ini.read_text().replace("OLD_ONE = 1\n", ""))

        os.kill(first, signal.SIGKILL)
        second = circus.beating(other_than=first)

        assert environment_of(second)["BATCH_ROWS"] == "7"
        assert "OLD_ONE" not in environment_of(second)


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
