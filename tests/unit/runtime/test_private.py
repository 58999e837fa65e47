"""Nobody is let in: what others made is not used, and what we make is ours alone from its first byte on."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.rig import PROJECT
from worker.config import secret
from worker.errors import SettingsError
from worker.runtime import heartbeat, private
from worker.runtime.heartbeat import Heartbeat, Phase
from worker.runtime.process_identity import Identity

#: Another user of the same machine (nobody), and a third one.
OTHER, THIRD = 65534, 65533

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")


def run_as_other(
    code: str, folder: Path, *, uid: int = OTHER, first: str = "from worker.browser.launch import sweep"
) -> str:
    """Run Python code as another user with `folder` as its folder for temporary files; return what it printed.

    `first` runs as root.
    """
    become = f"os.setgroups([]); os.setgid({uid}); os.setuid({uid})"
    done = subprocess.run(
        # What another user could not even read is loaded before.
        [
            sys.executable,
            "-c",
            f"import encodings.ascii, os\nfrom pathlib import Path\n{first}\n{become}\n{code}",
        ],
        env={"PATH": os.defpath, "TMPDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def everybodys(tmp_path: Path) -> Iterator[Path]:
    """Return a folder that is like /tmp, and can be reached by everybody."""
    folder = Path("/tmp") / f"daybreak-test-{os.getpid()}-{tmp_path.name}"
    folder.mkdir()
    folder.chmod(0o1777)
    yield folder
    subprocess.run(["rm", "-rf", str(folder)], check=True)


@pytest.mark.parametrize("forged", ["a folder", "a link", "a file", "an open folder"])
@as_root
def test_a_folder_that_another_user_made_never_becomes_the_browsers(everybodys: Path, forged: str) -> None:
    data = everybodys / "data"
    data.mkdir(mode=0o700)
    os.chown(data, OTHER, OTHER)
    code = f"print(sweep(Path({str(data)!r})))"
    usual = Path(run_as_other(code, everybodys))
    assert usual.parent == everybodys
    usual.rmdir()
    if forged == "a link":
        usual.symlink_to(everybodys / "elsewhere")
    elif forged == "a file":
        usual.touch()
    else:
        usual.mkdir(mode=0o777 if forged == "an open folder" else 0o755)

    place = Path(run_as_other(code, everybodys))

    assert place == data / "tmp"
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


@as_root
def test_a_forged_beat_makes_no_worker_look_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "heartbeat.txt"
    forged = tmp_path / "memory" / "beat"
    monkeypatch.setattr(heartbeat, "fallback", lambda _: forged)
    forged.parent.mkdir(mode=0o700)
    beat = Heartbeat(
        identity=Identity.own(), phase=Phase.WAITING, patience=10, at=datetime.now().astimezone(), ticks=1e9
    )
    beat.write(forged)
    found = heartbeat.read(path)
    assert found is not None
    assert found.ticks == beat.ticks

    os.chown(forged.parent, OTHER, OTHER)

    assert heartbeat.read(path) is None


@as_root
def test_a_beat_that_another_user_puts_where_everybody_may_write_is_not_read(everybodys: Path) -> None:
    data = everybodys / "data"
    data.mkdir(mode=0o700)
    os.chown(data, THIRD, THIRD)
    path = data / "heartbeat.txt"
    first = (
        "from datetime import datetime\n"
        "from worker.runtime import heartbeat\n"
        "from worker.runtime.heartbeat import Heartbeat, Phase\n"
        "from worker.runtime.process_identity import Identity"
    )
    beat = (
        f"path = Path({str(path)!r})\n"
        "def beat(ticks):\n"
        "    return Heartbeat(identity=Identity.own(), phase=Phase.WAITING, patience=10,"
        " at=datetime.now().astimezone(), ticks=ticks)\n"
    )
    look = f"{beat}found = heartbeat.read(path)\nprint(found.ticks, found.is_broken(1000.0), heartbeat.fallback(path))"
    said = run_as_other(f"{beat}beat(1.0).write(path)\n{look}", everybodys, uid=THIRD, first=first)
    assert said.startswith("1.0 True /dev/shm/")
    forged = Path(said.rpartition(" ")[2])

    try:
        # It is readable by all, and says that the silent worker has beaten just now.
        run_as_other(
            f"os.umask(0)\nPath({str(forged)!r}).parent.mkdir()\n{beat}beat(999.0).write(Path({str(forged)!r}))",
            everybodys,
            first=first,
        )
        assert forged.stat().st_uid == OTHER
        after = run_as_other(look, everybodys, uid=THIRD, first=first)
    finally:
        subprocess.run(["rm", "-rf", str(forged.parent)], check=True)

    assert after == said


@as_root
def test_nobody_else_sees_a_file_of_the_ledger_the_logs_the_status_page_or_the_spool(everybodys: Path) -> None:
    data = everybodys / "var"
    data.mkdir(mode=0o755)
    data.chmod(0o755)
    os.chown(data, OTHER, OTHER)
    first = (
        "import logging\nfrom datetime import UTC, datetime\nfrom zoneinfo import ZoneInfo\n"
        "from worker.runtime import logs\n"
        "from worker.runtime import spool\n"
        "from worker.ledger.ledger import Ledger\n"
        "from worker.runtime import private"
    )
    run_as_other(
        f"data = Path({str(data)!r})\nprivate.umask()\nprivate.put_right(data)\n"
        "logs.start(data / 'logs', 'worker', ZoneInfo('UTC'))\nlogging.getLogger('x').error('a name')\n"
        "spool.put(data, spool.NoteKind.ALERT, at=datetime.now(UTC), text='a name')\n"
        "(data / 'status.html').write_text('a name')\n"
        "ledger = Ledger(data)\nledger.begin_generation({})\nos._exit(0)",
        everybodys,
        first=first,
    )
    made = [one for one in data.rglob("*") if one.is_file()]
    assert {"ledger.db", "ledger.db-wal", "ledger.db-shm", "status.html"} <= {one.name for one in made}
    assert {one.parent.name for one in made} >= {"logs", "spool"}

    # The files are shut as well as the folder: who opens that one by mistake has shown nothing.
    for folder in (data, *(one for one in data.rglob("*") if one.is_dir())):
        assert run_as_other(f"print(os.access({str(folder)!r}, os.X_OK | os.R_OK))", everybodys, uid=THIRD) == "False"
        folder.chmod(0o755)
    seen = run_as_other(
        f"print([one for one in {[str(one) for one in made]!r} if os.access(one, os.R_OK)])", everybodys, uid=THIRD
    )

    assert seen == "[]"


def test_a_folder_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "open").chmod(0o755)

    with pytest.raises(private.NotOurs, match="others can enter it"):
        private.make(tmp_path / "open")


def test_the_data_folder_is_put_right_once(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    assert private.put_right(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert not private.put_right(tmp_path)
    assert not private.put_right(tmp_path / "not there yet")


def test_a_secret_may_come_from_systemd(tmp_path: Path) -> None:
    (tmp_path / "erp").write_text("p4ss", encoding="utf-8")
    (tmp_path / "erp").chmod(0o400)
    given = {"CREDENTIALS_DIRECTORY": str(tmp_path)}

    path = secret.place("credential:erp", tmp_path / "elsewhere", given)

    assert secret.password(path, "ERP_PASSWORD_FILE") == "p4ss"
    assert secret.place("credential:../../etc/passwd", tmp_path, given) == tmp_path / "passwd"


def test_a_secret_of_systemds_may_show_its_access_list_as_rights_of_the_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "erp"
    file.write_text("p4ss", encoding="utf-8")
    file.chmod(0o440)  # -r--r-----+: root's, and the service's user may read it

    with pytest.raises(SettingsError, match="can be read by others"):
        secret.password(file, "ERP_PASSWORD_FILE")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert secret.password(file, "ERP_PASSWORD_FILE") == "p4ss"
    file.chmod(0o444)
    with pytest.raises(SettingsError, match="can be read by others"):
        secret.password(file, "ERP_PASSWORD_FILE")
